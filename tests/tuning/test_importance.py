from __future__ import annotations

import subprocess
import sys

import numpy as np
import optuna
from optuna.trial import TrialState, create_trial

from numerist.tuning.importance import FEWEST, importances
from numerist.tuning.plan import Plan, new

FIXED = {"cost": "quadratic", "activation": "sigmoid"}


def _study(plan: Plan, count: int, *, pruned_above: float = np.inf) -> optuna.Study:
    """Trials at random, whose result hangs on the rate alone."""
    rng = np.random.default_rng(1)
    study = optuna.create_study(direction="maximize")
    rate = optuna.distributions.FloatDistribution(0.01, 30, log=True)
    whole = optuna.distributions.IntDistribution(4, 128, log=True)
    neurons = optuna.distributions.IntDistribution(10, 200, log=True)
    for _ in range(count):
        drawn = float(np.exp(rng.uniform(np.log(0.01), np.log(30))))
        pruned = drawn > pruned_above
        study.add_trial(
            create_trial(
                state=TrialState.PRUNED if pruned else TrialState.COMPLETE,
                value=1 - abs(np.log(drawn)) / 10,
                intermediate_values={0: 1 - abs(np.log(drawn)) / 10},
                params={
                    "rate": drawn,
                    "batch": int(rng.integers(4, 129)),
                    "hidden": int(rng.integers(10, 201)),
                },
                distributions={"rate": rate, "batch": whole, "hidden": neurons},
            )
        )
    assert plan.model == "network"
    return study


def test_what_alone_decides_is_what_mattered() -> None:
    plan = new({"space": FIXED})
    found = importances(_study(plan, 60), plan)
    assert set(found) == {"rate", "batch", "hidden"}
    assert next(iter(found)) == "rate"
    assert found["rate"] > 0.7
    assert abs(sum(found.values()) - 1) < 1e-9


def test_trials_that_were_stopped_count() -> None:
    plan = new({"space": FIXED})
    all_run = importances(_study(plan, 60), plan)
    assert importances(_study(plan, 60, pruned_above=1.0), plan) == all_run


def test_where_most_trials_are_does_not_hide_what_decides() -> None:
    """As TPE does it: nearly all trials have the better activation."""
    plan = new({"space": {"hidden": "30", "cost": "quadratic"}})
    rng = np.random.default_rng(2)
    study = optuna.create_study(direction="maximize")
    kinds = {
        "rate": optuna.distributions.FloatDistribution(0.01, 30, log=True),
        "batch": optuna.distributions.IntDistribution(4, 128, log=True),
        "activation": optuna.distributions.CategoricalDistribution(("sigmoid", "tanh", "relu")),
    }
    for number in range(60):
        activation = "relu" if number % 12 == 0 else "sigmoid"
        rate, batch = float(np.exp(rng.uniform(-4, 3))), int(rng.integers(4, 129))
        params = {"rate": rate, "batch": batch, "activation": activation}
        value = (0.2 if activation == "relu" else 0.9) + batch / 10_000
        study.add_trial(create_trial(value=value, params=params, distributions=kinds))
    found = importances(study, plan)
    assert next(iter(found)) == "activation"
    assert found["activation"] > 0.7


def test_where_all_came_to_the_same_nothing_mattered() -> None:
    plan = new({"space": FIXED})
    study = _study(plan, 20)
    flat = optuna.create_study(direction="maximize")
    for trial in study.get_trials():
        flat.add_trial(
            create_trial(value=0.5, params=trial.params, distributions=trial.distributions)
        )
    assert importances(flat, plan) == {}


def test_where_all_drew_the_same_nothing_mattered() -> None:
    plan = new({"space": {**FIXED, "rate": "1", "batch": "10", "hidden": "30,40"}})
    kinds: dict[str, optuna.distributions.BaseDistribution] = {
        "hidden": optuna.distributions.CategoricalDistribution((30, 40))
    }
    study = optuna.create_study(direction="maximize")
    for number in range(FEWEST):
        study.add_trial(
            create_trial(value=0.9 + number / 1000, params={"hidden": 30}, distributions=kinds)
        )
    assert importances(study, plan) == {}


def test_without_scikit_learn_the_line_that_installs_it_is_named() -> None:
    code = """
import sys
sys.modules["sklearn"] = None
from numerist.tuning.importance import check
try:
    check()
except Exception as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("NumeristError")
    assert "pip install 'numerist[tune]'" in done.stdout


def test_of_few_trials_nothing_is_said() -> None:
    plan = new({"space": FIXED})
    assert importances(_study(plan, FEWEST - 1), plan) == {}
    assert importances(_study(plan, FEWEST), plan)


def test_where_nothing_is_searched_nothing_mattered() -> None:
    space = {**FIXED, "rate": "1", "batch": "10", "hidden": "30"}
    plan = new({"space": space})
    assert importances(_study(plan, 20), plan) == {}
