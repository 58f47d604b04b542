from __future__ import annotations

import shlex

import optuna
import pytest
from optuna.trial import TrialState, create_trial

from numerist.cli.train import train
from numerist.errors import InputError
from numerist.tuning.outcome import Outcome, best, command, described, outcome, outcomes
from numerist.tuning.plan import new

NETWORK = {
    "rate": 1e-05, "batch": 10, "hidden": 93, "cost": "log-likelihood", "activation": "tanh",
}  # fmt: skip
CNN = {"rate": 0.123, "batch": 64, "smoothing": 0.0, "average": 0.99999, "distortion": 0.51}


def made(number: int, share: float, *, complete: bool = True, **more: object) -> Outcome:
    parts = {
        "settings": NETWORK, "seed": 7, "engine": "numpy", "diverged": "", "seconds": 1.0,
        "shares": [share / 2, share], **more,
    }  # fmt: skip
    return Outcome(number=number, complete=complete, **parts)  # type: ignore[arg-type]


def test_the_best_ran_to_its_end_and_is_the_first_of_equals() -> None:
    ended = [
        made(0, 0.5), made(1, 0.7), made(2, 0.7), made(3, 0.9, complete=False),
        made(4, 0.95, complete=False, diverged="NaN"),
    ]  # fmt: skip
    assert best(ended) is ended[1]
    assert best(ended[3:]) is None


def _parsed(line: str) -> dict[str, object]:
    words = shlex.split(line)
    assert words[:2] == ["numerist", "train"]
    return train.make_context("train", words[2:]).params


def test_the_command_trains_the_chapters_network_with_just_these_settings() -> None:
    plan = new({"epochs": 12, "train_on": 700})
    params = _parsed(command(plan, made(0, 0.5)))
    wanted = {
        "rate": 1e-05, "batch": 10, "hidden": "93", "cost": "log-likelihood", "output": "softmax",
        "activation": "tanh", "epochs": 12, "train_on": 700, "seed": 7, "engine": "numpy",
        "model": "network",
    }  # fmt: skip
    assert {name: params[name] for name in wanted} == wanted


def test_the_command_trains_a_cnn_with_just_these_settings() -> None:
    plan = new({"model": "cnn", "recipe": "good", "epochs": 3})
    line = command(plan, made(0, 0.5, settings=CNN, engine="cuda,bfloat16"))
    params = _parsed(line)
    wanted = {
        **CNN, "model": "cnn", "recipe": "good", "epochs": 3, "seed": 7, "device": "cuda",
        "precision": "bfloat16", "train_on": None,
    }  # fmt: skip
    assert {name: params[name] for name in wanted} == wanted


def test_nothing_that_a_study_holds_becomes_part_of_the_command_but_settings() -> None:
    line = command(new({}), made(0, 0.5, engine="numpy; rm -rf ~"))
    assert "rm" not in line
    line = command(new({"model": "cnn"}), made(0, 0.5, settings=CNN, engine="cpu; rm -rf ~,x y"))
    assert "rm" not in line
    trial = create_trial(state=TrialState.PRUNED, user_attrs={"seed": "7; rm -rf ~"})
    fixed = {name: str(value) for name, value in NETWORK.items()}
    with pytest.raises(InputError, match="seed"):
        outcome(trial, new({"space": fixed}))


def test_trials_that_something_else_added_are_left_out() -> None:
    plan = new({"space": {"hidden": "30", "cost": "quadratic", "activation": "tanh"}})
    study = optuna.create_study(direction="maximize")
    rate = optuna.distributions.FloatDistribution(0, 1000)
    batch = optuna.distributions.CategoricalDistribution((10, "ten"))
    for params in (
        {"rate": 1.0, "batch": 10}, {"rate": 999.0, "batch": 10}, {"rate": 1.0, "batch": "ten"},
        {"rate": 1.0}, {},
    ):  # fmt: skip
        kinds = {"rate": rate, "batch": batch}
        distributions = {name: kinds[name] for name in params}
        study.add_trial(
            create_trial(state=TrialState.PRUNED, params=params, distributions=distributions)
        )
    assert [one.number for one in outcomes(study, plan)] == [0]


def test_settings_in_words() -> None:
    words = "rate 1e-05, batch 10, hidden 93, log-likelihood, tanh"
    assert described(NETWORK) == words  # type: ignore[arg-type]
