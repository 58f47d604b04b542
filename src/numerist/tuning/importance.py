"""What mattered: which share of the differences between trials is due to each parameter alone.

fANOVA: F. Hutter, H. Hoos and K. Leyton-Brown, "An efficient approach for assessing hyperparameter
importance", 2014. A random forest learns accuracy from settings, and its variance over the whole
space, not only where most trials are, is split up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import optuna
from optuna.trial import TrialState

from numerist.errors import NumeristError
from numerist.tuning.outcome import fits
from numerist.tuning.study import FINISHED
from numerist.tuning.trials import DIVERGED

if TYPE_CHECKING:
    from numerist.tuning.plan import Plan

FEWEST = 8  # trials from which it says anything
_SEED = 0  # of the forest: the same trials have the same importances


def check() -> None:
    """Refuse now what would be missing later.

    Raises:
        NumeristError: scikit-learn, whose forest it is, is not installed.
    """
    try:
        import sklearn.ensemble  # noqa: F401, PLC0415  (only to say what is missing)
    except ImportError as error:
        raise NumeristError(
            "importance of parameters", "scikit-learn", f"none ({error})",
            "Install it with: pip install 'numerist[tune]'",
        ) from error  # fmt: skip


def importances(study: optuna.Study, plan: Plan) -> dict[str, float]:
    """Return the importance of each searched parameter; they add up to 1.

    Trials that were stopped early count, with what they had reached by then: they are among the
    worse, and without them the worse part of the space would be hidden.

    Args:
        study: of which trials have ended.
        plan: of the study.

    Returns:
        By name, the most important first; nothing for fewer than `FEWEST` trials, if nothing was
        searched, if all drew the same, or if all came to the same.
    """
    searched = [name for name, domain in plan.domains.items() if not domain.fixed]
    ended = study.get_trials(deepcopy=False, states=FINISHED)
    whole = [trial for trial in ended if fits(trial, plan)]
    if len(whole) < FEWEST or not searched or len({_value(trial) for trial in whole}) == 1:
        return {}
    flat = optuna.create_study(direction="maximize")
    for trial in whole:
        flat.add_trial(
            optuna.create_trial(
                state=TrialState.COMPLETE,
                value=_value(trial),
                params=trial.params,
                distributions=trial.distributions,
            )
        )
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=_SEED)
    try:
        found = optuna.importance.get_param_importances(flat, evaluator=evaluator)
    except RuntimeError:  # no tree tells the trials apart: all drew the same
        return {}
    return {str(name): float(share) for name, share in found.items()}


def _value(trial: optuna.trial.FrozenTrial) -> float:
    if DIVERGED in trial.user_attrs or trial.value is None:
        return 0.0
    return trial.value
