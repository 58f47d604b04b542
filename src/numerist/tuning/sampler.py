"""What a trial tries: first the usual settings, then what TPE proposes.

TPE: J. Bergstra and others, "Algorithms for hyper-parameter optimization", 2011.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
from optuna.trial import TrialState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

    from numerist.tuning.space import Value

_TRIES = 3  # of the same proposal, before another is made instead


def place_of(trials: Sequence[FrozenTrial], number: int) -> tuple[int, int]:
    """Return the place of a trial in its study, and how often that was begun in vain before.

    Trials that failed, because they were interrupted or their process was killed, take no place:
    the next one gets it, and with it the same seeds.

    Args:
        trials: of the study, in the order of their numbers.
        number: of the trial.
    """
    place = in_vain = 0
    for trial in trials[:number]:
        failed = trial.state == TrialState.FAIL
        place, in_vain = (place, in_vain + 1) if failed else (place + 1, 0)
    return place, in_vain


class Sampler(optuna.samplers.BaseSampler):
    """Draws from a seed and the place of the trial alone, given the trials before it.

    A study that goes on after an interruption therefore proposes what it would have proposed.

    Args:
        seed: of the study.
        usual: settings for the first trial, as far as the space has them.
    """

    def __init__(self, seed: int, usual: Mapping[str, Value]) -> None:
        self._seed = seed
        self._usual = usual
        self._first = False
        self._inner = optuna.samplers.TPESampler(seed=seed)

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Take the seed of the trial's place."""
        place, in_vain = place_of(study.get_trials(deepcopy=False), trial.number)
        self._first = place == 0 and in_vain < _TRIES
        chance = np.random.SeedSequence([self._seed, place, in_vain // _TRIES])
        self._inner = optuna.samplers.TPESampler(seed=int(chance.generate_state(1)[0]))
        self._inner.before_trial(study, trial)

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """As TPE does."""
        return self._inner.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """As TPE does, but for the first trial."""
        return {} if self._first else self._inner.sample_relative(study, trial, search_space)

    def sample_independent(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Return the usual setting for the first trial, and what TPE draws for the others."""
        if self._first and _has(param_distribution, self._usual[param_name]):
            return self._usual[param_name]
        return self._inner.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        """As TPE does."""
        self._inner.after_trial(study, trial, state, values)


def _has(distribution: BaseDistribution, value: Value) -> bool:
    if isinstance(distribution, optuna.distributions.CategoricalDistribution):
        return value in distribution.choices
    return bool(distribution.low <= value <= distribution.high)  # type: ignore[attr-defined]
