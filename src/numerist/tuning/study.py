"""Studies: begun, found again, and looked at."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

import optuna
from optuna.trial import TrialState

from numerist.tuning.plan import from_json, joined, new
from numerist.tuning.sampler import Sampler

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numerist.tuning.plan import Plan

_PLAN = "numerist plan"
_STARTUP = 5  # trials that run to their end before any is stopped early
_LOOKS, _LOOK = 20, 0.1  # at a study without a plan, and the seconds between them
_WARM_UP = 6  # the share of the epochs, as 1 in so many, in which none is: some begin slowly
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)


def begin_or_join(
    storage: optuna.storages.BaseStorage,
    name: str,
    given: Mapping[str, Any],
    check: Callable[[Plan], None] = lambda _: None,
) -> tuple[optuna.Study, Plan]:
    """Return the study of that name and its plan; begin it if it is not there.

    Args:
        storage: where studies are kept.
        name: of the study.
        given: what is asked for; see `numerist.tuning.plan.new`.
        check: is called with a new plan before it is kept; what it raises leaves no study behind.

    Raises:
        InputError: what is asked for makes no sense, or is not what the study was begun with.
        NumeristError: the study is none that this made.
    """
    if name not in optuna.get_all_study_names(storage):
        fresh = new(given)  # refuses before anything is kept
        check(fresh)
        with contextlib.suppress(optuna.exceptions.DuplicatedStudyError):  # others were quicker
            study = optuna.create_study(storage=storage, study_name=name, direction="maximize")
            study.set_user_attr(_PLAN, fresh.as_json())
            return prepared(study, fresh), fresh
    study = optuna.load_study(storage=storage, study_name=name)
    if _is_bare(study):  # whoever began it was killed before they could say what it is
        fresh = new(given)
        check(fresh)
        study.set_user_attr(_PLAN, fresh.as_json())
    study, plan = open_study(storage, name)
    return study, joined(plan, given, f"study {name}")


def _is_bare(study: optuna.Study) -> bool:
    """Tell whether a study has no plan, and gets none from whoever begins it just now."""
    for _ in range(_LOOKS):
        ours = study.directions == [optuna.study.StudyDirection.MAXIMIZE]
        if not ours or study.user_attrs or study.get_trials(deepcopy=False):
            return False
        time.sleep(_LOOK)
    return True


def prepared(study: optuna.Study, plan: Plan) -> optuna.Study:
    """Return the study with what proposes its trials and what stops them early."""
    study.sampler = Sampler(plan.seed, plan.usual)
    study.pruner = (
        optuna.pruners.MedianPruner(
            n_startup_trials=_STARTUP, n_warmup_steps=max(1, plan.epochs // _WARM_UP)
        )
        if plan.pruning
        else optuna.pruners.NopPruner()
    )
    return study


def open_study(storage: optuna.storages.BaseStorage, name: str) -> tuple[optuna.Study, Plan]:
    """Return a study that is there, and its plan.

    Raises:
        NumeristError: the study is none that this made.
    """
    study = optuna.load_study(storage=storage, study_name=name)
    plan = from_json(study.user_attrs.get(_PLAN), f"study {name}")
    return prepared(study, plan), plan
