"""Work in processes: in order, few in flight, and one that dies takes only its own task with it."""

from __future__ import annotations

import contextlib
import functools
import importlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from numerist.errors import InputError, NumeristError, WriteError
from numerist.reading.workers import IN_FLIGHT, cores, in_order

if TYPE_CHECKING:
    from collections.abc import Iterator

posix = pytest.mark.skipif(os.name == "nt", reason="signals work otherwise on Windows")

# What the processes do; a module of its own, because they must find it by name.
MADE_WORK = """
import atexit, functools, os, signal, time
from numerist.errors import InputError, WriteError

def prepare(how):
    return functools.partial(globals()[how], prepared=os.getpid())

def squared(task, prepared):
    assert prepared == os.getpid()
    return task * task

def uneven(task, prepared):
    time.sleep(0.3 if task % 5 == 0 else 0.001)
    return task

def first_slow(task, prepared):
    time.sleep(0.0 if task else 1.5)
    return task

class Heavy(str):
    pass

def dies_of_3_and_5(task, prepared):
    if task == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    if task == 5:
        os._exit(7)
    return task

def refuses_3(task, prepared):
    if task == 3:
        raise WriteError("task", "another", str(task), "Try another.")
    return uneven(task, prepared)

def refuses(task, prepared):
    raise InputError("task", "another", str(task), "Try another.")

def surroundings(task, prepared):
    ignored = signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    return prepared, ignored, os.environ.get("OMP_NUM_THREADS")

def terminated_at_exit(task, prepared):
    atexit.register(os.kill, prepared, signal.SIGTERM)
    return task

def never_starts(how):
    os._exit(3)

def told_to_end(how):
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(100)

def can_not_start(how):
    raise InputError("model", "one", "none", "Train one.")
"""


@pytest.fixture
def made_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    (tmp_path / "made_work.py").write_text(MADE_WORK)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("made_work")
    del sys.modules["made_work"]


def run(made_work: Any, how: str, tasks: Any, count: int = 2) -> Any:
    begin = functools.partial(made_work.prepare, how)
    return in_order(tasks, begin, count, lambda task, reason: (task, reason))


def test_results_are_those_of_a_plain_loop(made_work: Any) -> None:
    assert list(run(made_work, "squared", range(100))) == [k * k for k in range(100)]
    assert list(run(made_work, "squared", [])) == []


def test_results_come_in_order_however_long_each_takes(made_work: Any) -> None:
    assert list(run(made_work, "uneven", range(21), count=3)) == list(range(21))


def test_few_tasks_are_taken_before_their_time(made_work: Any) -> None:
    taken = 0

    def tasks() -> Iterator[int]:
        nonlocal taken
        for task in range(200):
            taken += 1
            yield task

    ahead = []
    for number, _ in enumerate(run(made_work, "first_slow", tasks(), count=2)):
        ahead.append(taken - number)
    assert number == 199
    assert 2 * IN_FLIGHT - 1 <= max(ahead) <= 2 * IN_FLIGHT + 1


def test_what_waits_behind_a_slow_task_is_results_only(made_work: Any) -> None:
    alive: weakref.WeakSet[Any] = weakref.WeakSet()

    def tasks() -> Iterator[Any]:
        for number in range(IN_FLIGHT):
            task = made_work.Heavy(number or "")  # the first one is slow
            alive.add(task)
            yield task

    with contextlib.closing(run(made_work, "first_slow", tasks())) as results:
        assert next(results) == ""
        assert len(alive) <= 2


@posix
def test_a_process_that_dies_takes_its_own_task_only(made_work: Any) -> None:
    results = list(run(made_work, "dies_of_3_and_5", range(9)))
    assert results[3] == (3, "killed by signal 9")
    assert results[5] == (5, "ended with status 7")
    assert [results[k] for k in (0, 1, 2, 4, 6, 7, 8)] == [0, 1, 2, 4, 6, 7, 8]


def test_processes_are_used_again_and_ignore_interrupts(
    made_work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    results = list(run(made_work, "surroundings", range(20)))
    assert len({prepared for prepared, _, _ in results}) <= 2
    assert all(ignored and threads == "1" for _, ignored, threads in results)
    assert os.environ["OMP_NUM_THREADS"] == "3"
    assert signal.getsignal(signal.SIGINT) == signal.default_int_handler


def test_our_own_errors_end_it_all(made_work: Any) -> None:
    with pytest.raises(InputError, match=r"Try another\."):
        list(run(made_work, "refuses", range(9)))
    assert not multiprocessing.active_children()
    with pytest.raises(InputError, match=r"Train one\."):
        list(in_order(range(9), functools.partial(made_work.can_not_start, ""), 2, print))
    assert not multiprocessing.active_children()


def test_what_comes_before_an_error_is_not_lost(made_work: Any) -> None:
    results = run(made_work, "refuses_3", range(9), count=3)
    assert [next(results), next(results), next(results)] == [0, 1, 2]
    with pytest.raises(WriteError, match=r"task: expected another, found 3\. Try another\."):
        next(results)


def test_processes_that_never_start_end_it_all(made_work: Any) -> None:
    never = functools.partial(made_work.never_starts, "")
    with pytest.raises(NumeristError, match="ended with status 3, again and again"):
        list(in_order(range(9), never, 2, print))
    assert not multiprocessing.active_children()


@posix
def test_one_that_is_told_to_end_while_it_prepares_just_ends(made_work: Any) -> None:
    """An exit in the middle of loading a library comes out as a traceback of that."""
    ended = functools.partial(made_work.told_to_end, "")
    with pytest.raises(NumeristError, match="killed by signal 15, again and again"):
        list(in_order(range(9), ended, 2, print))


@posix
def test_one_that_dies_while_it_waits_takes_nothing_with_it(made_work: Any) -> None:
    def tasks() -> Iterator[int]:
        yield 0
        deadline = time.monotonic() + 100
        while not multiprocessing.active_children() and time.monotonic() < deadline:
            time.sleep(0.01)
        yield 1
        for process in multiprocessing.active_children():  # by now one waits for work
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
            process.join()
        yield 2

    with contextlib.closing(run(made_work, "squared", tasks(), count=1)) as results:
        assert list(results) == [0, 1, 4]


def test_leaving_early_leaves_no_process(made_work: Any) -> None:
    with contextlib.closing(run(made_work, "uneven", range(50))) as results:
        assert next(results) == 0
        assert multiprocessing.active_children()
    assert not multiprocessing.active_children()


@posix
def test_a_process_that_is_leaving_is_not_disturbed(
    made_work: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    assert list(run(made_work, "terminated_at_exit", range(3), count=1)) == [0, 1, 2]
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="looks for a process in /proc")
def test_idle_processes_end_with_the_one_that_started_them(made_work: Any, tmp_path: Path) -> None:
    script = tmp_path / "starts_one.py"
    script.write_text(
        "import functools, os, time, made_work\n"
        "from numerist.reading.workers import in_order\n"
        "if __name__ == '__main__':\n"
        "    begin = functools.partial(made_work.prepare, 'surroundings')\n"
        "    for result in in_order([1, 2], begin, 1, print):\n"
        "        print(result[0], flush=True)\n"
        "        time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        worker = Path("/proc", process.stdout.readline().strip())
        assert worker.is_dir()
        process.kill()
        process.wait(100)
    deadline = time.monotonic() + 100
    while worker.is_dir() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not worker.is_dir()


def test_there_are_cores() -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)
