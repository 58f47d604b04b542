from __future__ import annotations

import optuna
import pytest
from optuna.trial import TrialState

from numerist.tuning.sampler import Sampler, place_of

DONE, CUT, FAILED, RUNS = (
    TrialState.COMPLETE,
    TrialState.PRUNED,
    TrialState.FAIL,
    TrialState.RUNNING,
)


def _trials(*states: TrialState) -> list[optuna.trial.FrozenTrial]:
    return [
        optuna.trial.create_trial(state=state, value=1.0 if state == DONE else None)
        if state != RUNS
        else optuna.trial.FrozenTrial(0, RUNS, None, None, None, {}, {}, {}, {}, {}, 0)
        for state in states
    ]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ([], (0, 0)),
        ([DONE, CUT, RUNS], (3, 0)),
        ([DONE, FAILED], (1, 1)),
        ([FAILED, FAILED], (0, 2)),
        ([DONE, FAILED, FAILED, DONE], (2, 0)),
    ],
)
def test_trials_that_failed_take_no_place(
    before: list[TrialState], expected: tuple[int, int]
) -> None:
    assert place_of([*_trials(*before), *_trials(RUNS, RUNS)], len(before)) == expected


def _study(seed: int = 1) -> optuna.Study:
    return optuna.create_study(
        direction="maximize", sampler=Sampler(seed, {"x": 3.0, "n": 5, "c": "b"})
    )


def _draw(trial: optuna.Trial) -> tuple[float, int, str]:
    x = trial.suggest_float("x", 0.01, 30, log=True)
    return x, trial.suggest_int("n", 1, 9), trial.suggest_categorical("c", ("a", "b"))


def _score(drawn: tuple[float, int, str]) -> float:
    return -abs(drawn[0] - 1) + drawn[1]


def _drawn(study: optuna.Study, count: int, failing: tuple[int, ...] = ()) -> list[object]:
    """What the trials draw that do not fail, where some of the first ones do."""
    drawn: list[object] = []
    while len(drawn) < count:
        trial = study.ask()
        values = _draw(trial)
        if trial.number in failing:
            study.tell(trial, state=TrialState.FAIL)
        else:
            study.tell(trial, _score(values))
            drawn.append(values)
    return drawn


def test_the_first_trial_takes_the_usual_settings() -> None:
    assert _drawn(_study(), 1) == [(3.0, 5, "b")]


def test_the_first_trial_takes_the_usual_settings_as_far_as_they_may_be_tried() -> None:
    trial = _study().ask()
    assert trial.suggest_float("x", 4.0, 5.0) >= 4.0
    assert trial.suggest_categorical("c", ("a", "z")) in ("a", "z")
    assert trial.suggest_int("n", 1, 9) == 5


def test_a_seed_repeats_a_study_and_another_does_not() -> None:
    once = _drawn(_study(), 20)
    assert _drawn(_study(), 20) == once
    assert _drawn(_study(seed=2), 20)[1:] != once[1:]
    assert len(set(once)) == 20  # no place repeats another's draw


def test_a_study_with_trials_that_failed_goes_on_as_one_without() -> None:
    assert _drawn(_study(), 20, failing=(0, 3, 4, 16)) == _drawn(_study(), 20)


def test_settings_that_fail_three_times_are_left() -> None:
    study = _study()
    _drawn(study, 4)
    tried = []
    for _ in range(4):
        trial = study.ask()
        tried.append(_draw(trial))
        study.tell(trial, state=TrialState.FAIL)
    assert tried[0] == tried[1] == tried[2] != tried[3]


def test_it_finds_a_maximum_better_than_chance_does() -> None:
    found, chance = [], []
    for seed in range(5):
        study = _study(seed)
        found.append(max(map(_score, _drawn(study, 40))))  # type: ignore[arg-type]
        other = optuna.create_study(
            direction="maximize", sampler=optuna.samplers.RandomSampler(seed=seed)
        )
        chance.append(max(map(_score, _drawn(other, 40))))  # type: ignore[arg-type]
    assert sum(found) > sum(chance)
