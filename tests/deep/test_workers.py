"""Processes that work together: killed, broken, interrupted; and nothing is left of them."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from numerist.deep import workers
from numerist.deep.workers import Crew, work_together
from numerist.errors import DivergedError, NumeristError, WriteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

JOBS = Path(__file__).parent / "jobs"
posix = pytest.mark.skipif(os.name == "nt", reason="signals to a child work otherwise on Windows")


@pytest.fixture(scope="module")
def jobs() -> Any:
    """The functions that workers of tests do; processes started later find them as well."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(JOBS))
        yield importlib.import_module("crew_jobs")


@pytest.fixture
def crew(tmp_path: Path) -> Crew:
    return Crew(2, tmp_path, "cpu", 1)


@posix
def test_when_one_is_killed_all_begin_again(jobs: Any, crew: Crew) -> None:
    work_together(crew, jobs.die, 1, 1)
    assert {file.name for file in crew.folder.glob("done-*")} == {"done-0-1", "done-1-1"}


def test_nothing_is_left_in_the_folder_for_temporary_files(
    jobs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with workers.shared_folder() as folder:
        work_together(Crew(2, folder, "cpu", 1), jobs.die, 0, 0)
    assert not list(tmp_path.iterdir())


@posix
def test_who_is_killed_too_often_is_named(
    jobs: Any, crew: Crew, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(workers, "MOST_RESTARTS", 1)
    with pytest.raises(NumeristError, match="after 1 new beginnings") as caught:
        work_together(crew, jobs.die, 9, 0)
    assert re.search("killed by signal 9|closed|reset", caught.value.found)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("job", "kind"), [("diverge", DivergedError), ("disk_full", WriteError)])
def test_an_error_of_ours_comes_out_as_it_is_and_once(
    jobs: Any, crew: Crew, job: str, kind: type, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(kind, match=r"Says one of 2|No space left"):
        work_together(crew, getattr(jobs, job))
    assert capfd.readouterr() == ("", "")


def test_a_bug_is_told_in_one_line(
    jobs: Any, crew: Crew, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(workers, "MOST_RESTARTS", 0)
    with pytest.raises(NumeristError, match="processes that live, found ValueError: no number,"):
        work_together(crew, jobs.bug)
    assert capfd.readouterr() == ("", "")


ALONE = (
    f"import sys; sys.path.insert(0, {str(JOBS)!r}); import crew_jobs; from pathlib import Path;"
    "from numerist.deep.workers import Crew, work_together;"
    "work_together(Crew(2, Path(sys.argv[1]), 'cpu', 1), crew_jobs.wait_to_be_stopped,"
    " Path(sys.argv[2]))"
)


def is_running(pid: int) -> bool:
    """Whether there is such a process that is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are seen in /proc")
@pytest.mark.parametrize("how", ["Ctrl-C", "Ctrl-C of a terminal", "twice", "killed"])
def test_however_it_ends_no_process_stays(
    tmp_path: Path, begun: Callable[[Path, Path], subprocess.Popen[str]], how: str
) -> None:
    folder, pids = tmp_path / "crew", tmp_path / "pids"
    process = begun(folder, pids)
    while len(list(pids.iterdir())) < 2:
        assert process.poll() is None
        time.sleep(0.05)
    assert not (pids / "hears-interrupts").exists()  # nor did they, while they were starting
    started = [int(file.name) for file in pids.iterdir() if file.name.isdecimal()]
    assert all(map(is_running, started))
    if how == "killed":
        process.kill()
    elif how == "Ctrl-C of a terminal":
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.SIGINT)
    if how == "twice":
        while not (folder / "stop").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=300)
    while any(map(is_running, started)):
        time.sleep(0.05)
    if how.startswith("Ctrl-C"):
        assert (process.returncode, err) == (0, "")
    if how != "twice":
        assert {file.name for file in pids.glob("stopped-*")} == {"stopped-0", "stopped-1"}
    assert folder.exists() == (how != "killed")  # else who asked for it tidies up


@pytest.fixture
def begun() -> Iterator[Callable[[Path, Path], subprocess.Popen[str]]]:
    """Start a process that starts workers, a session of its own; in the end it is over."""
    processes: list[subprocess.Popen[str]] = []

    def begin(folder: Path, pids: Path) -> subprocess.Popen[str]:
        folder.mkdir()
        pids.mkdir()
        words = [sys.executable, "-c", ALONE, str(folder), str(pids)]
        processes.append(
            subprocess.Popen(words, start_new_session=True, stderr=subprocess.PIPE, text=True)
        )
        return processes[-1]

    yield begin
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
