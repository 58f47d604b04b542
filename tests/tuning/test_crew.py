"""Several processes, with real images: what they do is small."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState

import numerist
from numerist.errors import NumeristError
from numerist.tuning import crew
from numerist.tuning.alive import mark
from numerist.tuning.storage import open_storage
from numerist.tuning.study import FINISHED, begin_or_join

TRIALS = 6
GIVEN = {"seed": 3, "epochs": 2, "train_on": 500, "space": {"hidden": "10:30"}}


Begun = tuple[optuna.Study, Any, crew.Task]


@pytest.fixture
def begun(tmp_path: Path) -> Begun:
    file = str(tmp_path / "tune.db")
    study, plan = begin_or_join(open_storage(file), "s", GIVEN)
    numerist.load_mnist()  # so that it is at hand for the processes
    return study, plan, crew.Task(file, "s", TRIALS, None, "auto", None)


class _Enough(Exception):  # noqa: N818  (a signal, no error)
    """Ends a search that goes on for as long as the test has not seen what it looks for."""


@pytest.mark.skipif(not mark(), reason="this system does not tell who runs a trial")
def test_one_of_two_processes_that_is_killed_is_replaced(
    begun: Begun, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, _, task = begun
    killed: list[tuple[int, str]] = []
    monkeypatch.setattr(crew, "_LOOK", 0.01)

    def look() -> None:
        trials = study.get_trials(deepcopy=False)
        marks = {trial.user_attrs.get("process") for trial in trials} - {None}
        if len(marks) >= 3:  # the first two, and the one in the place of the killed one
            raise _Enough
        for trial in trials:
            marked = trial.user_attrs.get("process")
            if marked and not killed and trial.state == TrialState.RUNNING:
                killed.append((trial.number, marked))
                os.kill(int(marked.split(" ")[2]), signal.SIGKILL)

    with pytest.raises(_Enough):
        crew.run(dataclasses.replace(task, wanted=100_000), 2, look, lambda: 0)
    assert not multiprocessing.active_children()
    trials = study.get_trials(deepcopy=False)
    ((number, marked),) = killed
    assert trials[number].state in (TrialState.FAIL, *FINISHED)  # it may have ended just before
    by_it = [trial for trial in trials if trial.user_attrs.get("process") == marked]
    assert all(trial.number <= number + 1 for trial in by_it)


def test_processes_are_deaf_to_ctrl_c_from_their_first_moment_on(begun: Begun) -> None:
    status = Path("/proc/self/status")
    if not status.exists() or "SigIgn" not in status.read_text():
        pytest.skip("this system does not tell")
    worker = crew._Worker(begun[2])
    try:
        told = Path(f"/proc/{worker.process.pid}/status").read_text()
        (ignored,) = re.findall(r"^SigIgn:\s*([0-9a-f]+)$", told, re.MULTILINE)
        assert int(ignored, 16) >> (signal.SIGINT - 1) & 1
    finally:
        worker.process.terminate()
        worker.end()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_while_processes_are_started_ends_those_that_are(
    begun: Begun, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = crew._Worker.__init__

    def start_one(self: Any, task: crew.Task) -> None:
        if multiprocessing.active_children():
            raise KeyboardInterrupt
        start(self, task)

    monkeypatch.setattr(crew._Worker, "__init__", start_one)
    with pytest.raises(KeyboardInterrupt):
        crew.run(begun[2], 2, lambda: None, lambda: 0)
    assert not multiprocessing.active_children()


def test_processes_that_die_one_after_the_other_are_not_replaced_for_ever(
    begun: Begun, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, task = begun
    started = []
    start = crew._Worker.__init__

    def start_and_kill(self: Any, task: crew.Task) -> None:
        start(self, task)
        started.append(self.process.pid)
        self.process.kill()

    monkeypatch.setattr(crew._Worker, "__init__", start_and_kill)
    with pytest.raises(NumeristError, match="--jobs"):
        crew.run(task, 1, lambda: None, lambda: 0)
    assert len(started) == 3


def test_what_a_process_raises_is_raised_here(begun: Begun, tmp_path: Path) -> None:
    _, _, task = begun
    empty = tmp_path / "empty"
    empty.mkdir()
    missing = crew.Task(task.storage, "s", TRIALS, None, "auto", empty)
    with pytest.raises(NumeristError, match="train-images"):
        crew.run(missing, 1, lambda: None, lambda: 0)


def test_ctrl_c_ends_the_processes(begun: Begun) -> None:
    _, _, task = begun

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        crew.run(task, 2, interrupt, lambda: 0)
    assert not multiprocessing.active_children()


@pytest.mark.skipif(not mark(), reason="this system does not tell who lives")
def test_processes_end_with_the_one_that_started_them(
    begun: Begun,
) -> None:
    study, _, task = begun
    code = f"""
from numerist.tuning import crew
if __name__ == "__main__":
    task = crew.Task({task.storage!r}, "s", 10_000, None, "auto", None)
    crew.run(task, 1, lambda: None, lambda: 0)
"""
    file = f"{task.storage}.py"
    with open(file, "w", encoding="utf-8") as script:  # noqa: PTH123
        script.write(code)
    parent = subprocess.Popen([sys.executable, file])
    child = ""
    end = time.monotonic() + 300
    while not child and time.monotonic() < end:
        time.sleep(0.1)
        for trial in study.get_trials(deepcopy=False):
            child = trial.user_attrs.get("process", child)
    assert child
    parent.kill()
    parent.wait()
    number = int(child.split(" ")[2])
    while time.monotonic() < end:
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("it lives on")


@pytest.mark.skipif(os.name == "nt", reason="os.kill ends a process at once there, handled or not")
def test_a_process_that_is_leaving_is_not_disturbed() -> None:
    program = (
        "import atexit, os, signal; from numerist.tuning import crew; crew._work = print;"
        " atexit.register(os.kill, os.getpid(), signal.SIGTERM); crew._main('done', None)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=100, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "done\n", "")
