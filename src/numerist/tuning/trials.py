"""One trial: settings are drawn, a network learns with them, and the study hears how it goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import optuna

from numerist.errors import DivergedError
from numerist.tuning.alive import mark
from numerist.tuning.interrupts import Interrupts
from numerist.tuning.sampler import place_of
from numerist.tuning.space import settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from numerist.tuning.learners import Learner
    from numerist.tuning.plan import Plan
    from numerist.tuning.space import Domain, Parameter, Value

PROCESS, SEED, ENGINE, DIVERGED = "process", "seed", "engine", "diverged"
"""What is noted of a trial beside Optuna's own."""


class SurplusError(Exception):
    """Another process has begun the last trial that was wanted."""


@dataclass
class Objective:
    """Lets a network learn with what a trial draws, for `optuna.Study.optimize`.

    Args:
        plan: of the study.
        learner: lets the network learn.
        wanted: how many trials there are to be in all.
        watch: called with the number of the trial, the epoch and the share right.

    Attributes:
        interrupts: that let Ctrl-C in while the network learns.
        raised: what the last trial ended with, if not with a result.
    """

    plan: Plan
    learner: Learner
    wanted: int
    watch: Callable[[int, int, float], None] = lambda *_: None
    interrupts: Interrupts = field(default_factory=Interrupts, init=False)
    raised: BaseException | None = field(default=None, init=False)

    def __call__(self, trial: optuna.Trial) -> float:
        """Return the share of the validation images that are right after the last epoch.

        Raises:
            TrialPruned: it was stopped early, or diverged.
            SurplusError: it is one too many.
        """
        self.raised = None
        try:
            return self._learn(trial)
        except BaseException as error:
            self.raised = error
            raise

    def _learn(self, trial: optuna.Trial) -> float:
        trial.set_user_attr(PROCESS, mark())
        place, _ = place_of(trial.study.get_trials(deepcopy=False), trial.number)
        if place >= self.wanted:
            raise SurplusError
        seed = self.plan.seed + place
        trial.set_user_attr(SEED, seed)
        trial.set_user_attr(ENGINE, self.learner.engine)
        chosen = draw(trial, self.plan)

        def after_epoch(epoch: int, share: float) -> None:
            with self.interrupts.held_back():
                trial.report(share, epoch)
                self.watch(trial.number, epoch, share)
                stop = epoch < self.plan.epochs - 1 and trial.should_prune()
            if stop:
                raise optuna.TrialPruned

        try:
            with self.interrupts.let_in():
                return self.learner(chosen, seed, after_epoch)
        except DivergedError as error:
            trial.set_user_attr(DIVERGED, str(error))
            # Pruned, not failed: what proposes the next trials is to learn from it.
            raise optuna.TrialPruned from error


def draw(trial: optuna.Trial, plan: Plan) -> dict[str, Value]:
    """Return the settings of a trial."""
    domains = plan.domains
    drawn = {
        name: _drawn(trial, parameter, domains[name])
        for name, parameter in plan.parameters.items()
        if not domains[name].fixed
    }
    return settings(plan.parameters, domains, drawn)


def _drawn(trial: optuna.Trial, parameter: Parameter, domain: Domain) -> Any:
    name = parameter.name
    if domain.values:
        return trial.suggest_categorical(name, domain.values)
    if parameter.kind is int:
        return trial.suggest_int(name, int(domain.low), int(domain.high), log=parameter.log)
    return trial.suggest_float(name, domain.low, domain.high, log=parameter.log)
