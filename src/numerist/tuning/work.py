"""Trial after trial, until a study has as many as are wanted; beside others, if there are any."""

from __future__ import annotations

import contextlib
import time
import warnings
from typing import TYPE_CHECKING

import optuna
from optuna.trial import TrialState

from numerist.tuning import storage as storages
from numerist.tuning.alive import is_gone
from numerist.tuning.study import FINISHED
from numerist.tuning.trials import PROCESS, SurplusError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numerist.tuning.trials import Objective

_LOOK = 0.5  # seconds between looks at the others' last trials


def work(
    study: optuna.Study,
    objective: Objective,
    until: float | None = None,
    after_trial: Callable[[], None] = lambda: None,
) -> None:
    """Run trials until the study has as many as the objective wants, or the time is over.

    Trials whose process died are failed, and others take their place. While others run the last
    trials, this waits: one of them may die.

    Args:
        study: with its sampler and pruner.
        objective: what a trial does.
        until: as `time.monotonic` counts; no trial begins after it.
        after_trial: called after each trial of this process, and while it waits.

    Raises:
        KeyboardInterrupt: as soon as it comes; the present trial is failed.
    """
    lost = Lost(study)
    with objective.interrupts as interrupts:
        while True:
            with interrupts.let_in():
                pass
            lost.fail()
            trials = study.get_trials(deepcopy=False)
            finished = sum(trial.state in FINISHED for trial in trials)
            running = sum(trial.state == TrialState.RUNNING for trial in trials)
            if finished >= objective.wanted or (until is not None and time.monotonic() >= until):
                return
            if finished + running >= objective.wanted:
                with interrupts.let_in():
                    time.sleep(_LOOK)
            else:
                _run_one(study, objective)
            after_trial()


def _run_one(study: optuna.Study, objective: Objective) -> None:
    """Run one trial; end it without a word if others have failed it.

    They may have taken this process for dead, while the machine slept. Optuna then refuses what
    comes of the trial, with an error that is not the objective's.
    """
    taken = optuna.exceptions.UpdateFinishedTrialError
    try:
        study.optimize(objective, n_trials=1, catch=(SurplusError,))
    except (ValueError, taken) as error:
        if error is objective.raised and not isinstance(error, taken):
            raise


class Lost:
    """Finds the trials whose process is no more, and fails them."""

    def __init__(self, study: optuna.Study) -> None:
        self._study = study
        self._seen: dict[int, float] = {}

    def fail(self) -> None:
        """Fail every trial that is known by now to be lost."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            optuna.storages.fail_stale_trials(self._study)  # those without a heartbeat
        running = self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        for trial in running:
            if is_gone(trial.user_attrs.get(PROCESS)) or self._never_began(trial):
                with contextlib.suppress(ValueError, optuna.exceptions.UpdateFinishedTrialError):
                    self._study.tell(trial.number, state=TrialState.FAIL)

    def _never_began(self, trial: optuna.trial.FrozenTrial) -> bool:
        """Tell whether a process died before it could say that it had begun the trial."""
        if PROCESS in trial.user_attrs:
            return False
        first = self._seen.setdefault(trial.number, time.monotonic())
        return time.monotonic() - first > storages.GRACE
