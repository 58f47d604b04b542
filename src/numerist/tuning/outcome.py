"""What came of a study: its trials as plain values, the best of them, and how to train it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optuna.trial import TrialState

from numerist.checks import whole
from numerist.engine import ENGINES
from numerist.tuning.space import output, settings
from numerist.tuning.study import FINISHED
from numerist.tuning.trials import DIVERGED, ENGINE, SEED

if TYPE_CHECKING:
    from collections.abc import Sequence

    import optuna

    from numerist.tuning.plan import Plan
    from numerist.tuning.space import Value


@dataclass(frozen=True, slots=True)
class Outcome:
    """A trial that has ended.

    Attributes:
        number: of the trial in its study.
        settings: a value for each parameter.
        seed: of its network.
        engine: what computed.
        shares: of the validation images, those right after each epoch.
        complete: whether it ran to its end.
        diverged: what it said when it left the finite numbers, or "".
        seconds: how long it took.
    """

    number: int
    settings: dict[str, Value]
    seed: int
    engine: str
    shares: list[float]
    complete: bool
    diverged: str
    seconds: float

    @property
    def share(self) -> float:
        """The share of the validation images that were right in the end; 0 if it diverged."""
        return self.shares[-1] if self.shares and not self.diverged else 0.0

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "trial": self.number,
            "settings": self.settings,
            "seed": self.seed,
            "engine": self.engine,
            "validation": self.shares,
            "state": "complete" if self.complete else "diverged" if self.diverged else "pruned",
            "seconds": round(self.seconds, 3),
        }


def outcomes(study: optuna.Study, plan: Plan) -> list[Outcome]:
    """Return all trials of a study that have ended, in the order of their numbers.

    Those with settings that are not of the plan are left out: something else added them.
    """
    trials = study.get_trials(deepcopy=False, states=FINISHED)
    return [outcome(trial, plan) for trial in trials if fits(trial, plan)]


def fits(trial: optuna.trial.FrozenTrial, plan: Plan) -> bool:
    """Tell whether a trial drew what the plan searches, and nothing that it does not allow."""
    return all(
        name in trial.params and trial.params[name] in domain
        for name, domain in plan.domains.items()
        if not domain.fixed
    )


def outcome(trial: optuna.trial.FrozenTrial, plan: Plan) -> Outcome:
    """Return a trial that has ended."""
    duration = trial.duration
    return Outcome(
        number=trial.number,
        settings=settings(plan.parameters, plan.domains, trial.params),
        seed=whole("seed of a trial", trial.user_attrs.get(SEED, plan.seed), least=0),
        engine=str(trial.user_attrs.get(ENGINE, "auto")),
        shares=[share for _, share in sorted(trial.intermediate_values.items())],
        complete=trial.state == TrialState.COMPLETE,
        diverged=str(trial.user_attrs.get(DIVERGED, "")),
        seconds=duration.total_seconds() if duration else 0.0,
    )


def best(ended: Sequence[Outcome]) -> Outcome | None:
    """Return the complete trial with most images right, the first of several; None if none is."""
    complete = [one for one in ended if one.complete]
    return max(complete, key=lambda one: (one.share, -one.number), default=None)


def command(plan: Plan, chosen: Outcome) -> str:
    """Return the command line that trains a trial's network again, to be pasted.

    It evaluates on the test images, which no trial has seen.
    """
    given = chosen.settings
    if plan.model == "network":
        words = {
            "hidden": given["hidden"],
            "epochs": plan.epochs,
            "batch": given["batch"],
            "rate": given["rate"],
            "cost": given["cost"],
            "activation": given["activation"],
            "output": output(str(given["cost"])),
            "engine": chosen.engine if chosen.engine in ENGINES else "auto",
        }
    else:
        device, _, precision = chosen.engine.partition(",")
        words = {
            "model": plan.model,
            "recipe": plan.recipe,
            "epochs": plan.epochs,
            **given,
            "device": device if device.isalnum() else "auto",
            "precision": precision if precision.isalnum() else "auto",
        }
    if plan.train_on != _ALL:
        words["train-on"] = plan.train_on
    words["seed"] = chosen.seed
    options = [f"--{name} {shlex.quote(_written(value))}" for name, value in words.items()]
    return " ".join(["numerist train", *options])


_ALL = 50_000


def _written(value: Value) -> str:
    """Return a value so that reading it gives the same value: 0.5, 3, 1e-05."""
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def described(chosen: dict[str, Value]) -> str:
    """Return settings in words.

    >>> described({"rate": 3.0, "batch": 10, "cost": "quadratic"})
    'rate 3, batch 10, quadratic'
    """
    words = [
        _written(value) if isinstance(value, str) else f"{name} {_written(value)}"
        for name, value in chosen.items()
    ]
    return ", ".join(words)
