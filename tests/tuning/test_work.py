from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from optuna.trial import TrialState

from numerist.errors import DivergedError
from numerist.tuning import storage as storages
from numerist.tuning.alive import mark
from numerist.tuning.outcome import outcomes
from numerist.tuning.storage import open_storage
from numerist.tuning.study import begin_or_join, open_study
from numerist.tuning.trials import PROCESS, Objective, SurplusError
from numerist.tuning.work import work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import optuna

    from numerist.tuning.plan import Plan
    from numerist.tuning.space import Value

TRIALS = 12


class Hill:
    """A learner whose result is a formula: best at a rate of 1, better with more neurons."""

    engine = "numpy"

    def __init__(self, epochs: int = 4) -> None:
        self.epochs = epochs
        self.epochs_learned = 0

    def __call__(
        self,
        settings: Mapping[str, Value],
        seed: int,
        after_epoch: Callable[[int, float], None],
    ) -> float:
        top = 0.9 / (1 + abs(float(settings["rate"]) - 1)) + int(settings["hidden"]) / 1e4
        share = 0.0
        for epoch in range(self.epochs):
            share = top * (1 - 0.5 ** (epoch + 1)) + seed * 1e-9
            self.epochs_learned += 1
            after_epoch(epoch, share)
        return share


def _told(study: optuna.Study, plan: Plan) -> list[dict[str, Any]]:
    """All of a study that does not hang on the clock or on numbers of failed trials."""
    keys = ("settings", "seed", "validation", "state")
    return [{key: one.as_json()[key] for key in keys} for one in outcomes(study, plan)]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What a study comes to that nothing happens to."""
    storage = open_storage(str(tmp_path_factory.mktemp("undisturbed") / "tune.db"))
    study, plan = begin_or_join(storage, "hill", {"seed": 3, "epochs": 4})
    work(study, Objective(plan, Hill(), TRIALS))
    told = _told(study, plan)
    assert len(told) == TRIALS
    return told


def test_the_first_trial_is_the_chapters_and_all_is_better_in_the_end(
    undisturbed: list[dict[str, Any]],
) -> None:
    assert undisturbed[0]["settings"] == {
        "rate": 3.0, "batch": 10, "hidden": 30, "cost": "quadratic", "activation": "sigmoid",
    }  # fmt: skip
    assert [one["seed"] for one in undisturbed] == [3 + place for place in range(TRIALS)]
    complete = [one["validation"][-1] for one in undisturbed if one["state"] == "complete"]
    assert max(complete) > complete[0]


def test_the_same_seed_repeats_a_study(undisturbed: list[dict[str, Any]], hill_study: Any) -> None:
    study, plan = hill_study("again.db")
    work(study, Objective(plan, Hill(), TRIALS))
    assert _told(study, plan) == undisturbed
    study, plan = hill_study("other.db", seed=4)
    work(study, Objective(plan, Hill(), TRIALS))
    assert _told(study, plan)[1:] != undisturbed[1:]


def test_trials_that_fall_behind_are_stopped_and_only_where_that_is_wanted(
    hill_study: Any,
) -> None:
    learned = {}
    for pruning in (True, False):
        study, plan = hill_study(f"{pruning}.db", pruning=pruning)
        hill = Hill()
        work(study, Objective(plan, hill, TRIALS))
        ended = outcomes(study, plan)
        early = [one for one in ended if not one.complete]
        assert bool(early) == pruning
        # The rule: from a sixth of the epochs on, here the second, below the median of those
        # that ran to their end before. The first five never stop.
        for one in early:
            epoch = len(one.shares) - 1
            before = sorted(
                other.shares[epoch]
                for other in ended
                if other.complete and other.number < one.number
            )
            assert len(before) >= 5
            middle = (before[(len(before) - 1) // 2] + before[len(before) // 2]) / 2
            assert one.shares[epoch] < middle
            assert 1 <= epoch < 3
        learned[pruning] = hill.epochs_learned
    assert learned[True] < learned[False] == 4 * TRIALS


@pytest.mark.parametrize("when", [0, 2, 25])
def test_after_ctrl_c_a_study_goes_on_as_one_that_was_not_disturbed(
    undisturbed: list[dict[str, Any]], hill_study: Any, when: int
) -> None:
    study, plan = hill_study("cut.db")
    hill = Hill()

    def interrupt(*_: object) -> None:
        if hill.epochs_learned > when:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work(study, Objective(plan, hill, TRIALS, interrupt))
    assert len(outcomes(study, plan)) < TRIALS
    study, plan = hill_study("cut.db")
    work(study, Objective(plan, Hill(), TRIALS))
    assert _told(study, plan) == undisturbed


def _work_and_die(file: str, epochs: int) -> None:
    study, plan = open_study(open_storage(file), "hill")
    hill = Hill()

    def die(*_: object) -> None:
        if hill.epochs_learned > epochs:
            os.kill(os.getpid(), signal.SIGKILL)

    work(study, Objective(plan, hill, TRIALS, die))


def _in_process(target: Any, *arguments: Any) -> multiprocessing.context.SpawnProcess:
    root = str(Path(__file__).parents[2])  # where the process finds these tests
    if root not in sys.path:
        sys.path.append(root)
    process = multiprocessing.get_context("spawn").Process(target=target, args=arguments)
    process.start()
    return process


@pytest.mark.skipif(not mark(), reason="only a heartbeat tells here, after a minute")
def test_after_sigkill_a_study_goes_on_at_once_as_one_that_was_not_disturbed(
    undisturbed: list[dict[str, Any]], hill_study: Any, tmp_path: Path
) -> None:
    study, plan = hill_study("killed.db")
    process = _in_process(_work_and_die, str(tmp_path / "killed.db"), 21)
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    running = study.get_trials(states=(TrialState.RUNNING,))
    assert len(running) == 1
    work(study, Objective(plan, Hill(), TRIALS))
    assert _told(study, plan) == undisturbed
    assert study.get_trials()[running[0].number].state == TrialState.FAIL


def _begun(study: optuna.Study) -> optuna.Trial:
    """A trial that nothing here runs, and that has no heartbeat."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # just that
        return study.ask()


def test_a_trial_of_a_machine_that_is_gone_is_failed_for_want_of_a_heartbeat(
    hill_study: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storages, "HEARTBEAT", 1)
    monkeypatch.setattr(storages, "GRACE", 2)
    hill_study("far.db")
    storage = open_storage(str(tmp_path / "far.db"))
    study, plan = begin_or_join(storage, "hill", {})
    lost = _begun(study)
    lost.set_user_attr(PROCESS, "another-machine pid:[1] 17 4711")
    began = time.monotonic()
    storage.record_heartbeat(lost._trial_id)
    work(study, Objective(plan, Hill(), 3))
    assert time.monotonic() - began > 1.5  # not before it was surely without one
    assert study.get_trials()[lost.number].state == TrialState.FAIL
    assert len(outcomes(study, plan)) == 3


def test_a_trial_that_never_said_it_had_begun_is_failed_after_a_while(
    hill_study: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, plan = hill_study("never.db")
    lost = _begun(study)
    monkeypatch.setattr(storages, "GRACE", 1)
    work(study, Objective(plan, Hill(), 2))
    assert study.get_trials()[lost.number].state == TrialState.FAIL
    assert len(outcomes(study, plan)) == 2


def test_a_trial_that_runs_elsewhere_is_left_alone_and_waited_for(
    hill_study: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, plan = hill_study("beside.db")
    beside = _begun(study)
    beside.set_user_attr(PROCESS, mark())
    looks = []

    def look(_: float) -> None:  # while the last trial runs elsewhere
        looks.append(study.get_trials()[beside.number].state)
        if len(looks) == 3:
            for name in plan.parameters:
                assert name not in beside.params
            study.tell(beside, state=TrialState.FAIL)

    monkeypatch.setattr(time, "sleep", look)
    work(study, Objective(plan, Hill(), 2))
    assert looks == [TrialState.RUNNING] * 3
    assert len(outcomes(study, plan)) == 2


def test_a_trial_that_others_took_for_dead_ends_and_the_work_goes_on(hill_study: Any) -> None:
    study, plan = hill_study("taken.db")
    other, _ = hill_study("taken.db")

    def take(number: int, epoch: int, _: float) -> None:
        if (number, epoch) == (1, 2):
            other.tell(number, state=TrialState.FAIL)

    work(study, Objective(plan, Hill(), 4, take))
    assert study.get_trials()[1].state == TrialState.FAIL
    assert len(outcomes(study, plan)) == 4


def test_what_diverges_is_noted_and_the_study_goes_on(hill_study: Any) -> None:
    study, plan = hill_study("wild.db")

    class Wild(Hill):
        def __call__(self, settings: Any, seed: int, after_epoch: Any) -> float:
            if float(settings["rate"]) > 2.5:
                after_epoch(0, 0.99)
                raise DivergedError("epoch 1", "finite weights", "NaN", "Try less.")
            return super().__call__(settings, seed, after_epoch)

    work(study, Objective(plan, Wild(), 14))
    ended = outcomes(study, plan)
    assert len(ended) == 14
    for one in ended:
        assert bool(one.diverged) == (float(one.settings["rate"]) > 2.5)
        if one.diverged:
            assert (one.complete, one.share) == (False, 0.0)


def test_no_trial_begins_when_the_time_is_over(hill_study: Any) -> None:
    study, plan = hill_study("late.db")
    work(study, Objective(plan, Hill(), TRIALS), until=time.monotonic())
    assert not study.get_trials()


def test_one_trial_too_many_learns_nothing_and_takes_no_place(hill_study: Any) -> None:
    study, plan = hill_study("surplus.db")
    hill = Hill()
    study.optimize(Objective(plan, hill, 1), n_trials=2, catch=(SurplusError,))
    assert hill.epochs_learned == 4  # of the first
    assert [trial.state for trial in study.get_trials()] == [TrialState.COMPLETE, TrialState.FAIL]
    work(study, Objective(plan, hill, 2))
    assert [one.seed for one in outcomes(study, plan)] == [3, 4]


def _work_along(file: str) -> None:
    study, plan = open_study(open_storage(file), "hill")
    work(study, Objective(plan, Hill(), TRIALS))


def test_several_processes_come_to_exactly_as_many_trials_as_are_wanted(
    hill_study: Any, tmp_path: Path
) -> None:
    study, plan = hill_study("crew.db", pruning=False)
    processes = [_in_process(_work_along, str(tmp_path / "crew.db")) for _ in range(3)]
    for process in processes:
        process.join(100)
        assert process.exitcode == 0
    ended = outcomes(study, plan)
    assert len(ended) == TRIALS
    assert len({one.seed for one in ended}) == TRIALS
    assert len({str(one.settings) for one in ended}) == TRIALS
    assert not study.get_trials(states=(TrialState.RUNNING,))
