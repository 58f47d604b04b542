"""Several processes, with real images: what they do is small."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from optuna.trial import TrialState

import numerist
from numerist.errors import NumeristError
from numerist.tuning import crew
from numerist.tuning.alive import mark
from numerist.tuning.outcome import outcomes
from numerist.tuning.storage import open_storage
from numerist.tuning.study import begin_or_join

if TYPE_CHECKING:
    from pathlib import Path

    import optuna

TRIALS = 6
GIVEN = {"seed": 3, "epochs": 2, "train_on": 500, "space": {"hidden": "10:30"}}


@pytest.fixture
def begun(tmp_path: Path) -> tuple[optuna.Study, Any, crew.Task]:
    file = str(tmp_path / "tune.db")
    study, plan = begin_or_join(open_storage(file), "s", GIVEN)
    numerist.load_mnist()  # so that it is at hand for the processes
    return study, plan, crew.Task(file, "s", TRIALS, None, "auto", None)


def test_two_processes_do_what_is_wanted_and_one_that_is_killed_is_replaced(
    begun: tuple[optuna.Study, Any, crew.Task],
) -> None:
    study, plan, task = begun
    killed: list[int] = []

    def look() -> None:
        running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        for trial in running:
            marked = trial.user_attrs.get("process", "")
            if marked and not killed:
                killed.append(int(marked.split(" ")[2]))
                os.kill(killed[0], signal.SIGKILL)

    def kill_the_first() -> None:
        if mark():
            look()

    begin = time.monotonic()
    original, crew._LOOK = crew._LOOK, 0.01
    try:
        crew.run(task, 2, kill_the_first, lambda: len(outcomes(study, plan)))
    finally:
        crew._LOOK = original
    assert time.monotonic() - begin < 100
    ended = outcomes(study, plan)
    assert len(ended) == TRIALS
    # whoever begins while a dead one is not found yet may take the place of another, too
    assert {one.seed for one in ended} <= {3 + place for place in range(TRIALS)}
    if mark():
        assert killed


def test_processes_that_die_one_after_the_other_are_not_replaced_for_ever(
    begun: tuple[optuna.Study, Any, crew.Task], monkeypatch: pytest.MonkeyPatch
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


def test_what_a_process_raises_is_raised_here(
    begun: tuple[optuna.Study, Any, crew.Task], tmp_path: Path
) -> None:
    _, _, task = begun
    empty = tmp_path / "empty"
    empty.mkdir()
    missing = crew.Task(task.storage, "s", TRIALS, None, "auto", empty)
    with pytest.raises(NumeristError, match="train-images"):
        crew.run(missing, 1, lambda: None, lambda: 0)


def test_ctrl_c_ends_the_processes(begun: tuple[optuna.Study, Any, crew.Task]) -> None:
    _, _, task = begun

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        crew.run(task, 2, interrupt, lambda: 0)
    assert not multiprocessing.active_children()


@pytest.mark.skipif(not mark(), reason="this system does not tell who lives")
def test_processes_end_with_the_one_that_started_them(
    begun: tuple[optuna.Study, Any, crew.Task],
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
    end = time.monotonic() + 60
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
