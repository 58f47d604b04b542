from __future__ import annotations

from typing import TYPE_CHECKING, Any

import optuna
import pytest

from numerist.tuning.plan import Plan
from numerist.tuning.storage import open_storage
from numerist.tuning.study import begin_or_join

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

optuna.logging.set_verbosity(optuna.logging.CRITICAL)


Made = tuple[optuna.Study, Plan]


@pytest.fixture
def hill_study(tmp_path: Path) -> Callable[..., Made]:
    """Begins a study of the chapter's network, or goes on with it, in a file of that name."""

    def begin(file: str = "tune.db", **given: Any) -> Made:
        storage = open_storage(str(tmp_path / file))
        return begin_or_join(storage, "hill", {"seed": 3, "epochs": 4, **given})

    return begin
