"""Studies that are begun at once by several, or by one that is killed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import optuna
import pytest

from numerist.errors import InputError, NumeristError
from numerist.tuning.plan import new
from numerist.tuning.storage import open_storage
from numerist.tuning.study import begin_or_join, open_study

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def storage(tmp_path: Path) -> optuna.storages.RDBStorage:
    return open_storage(str(tmp_path / "tune.db"))


def test_who_begins_a_moment_later_with_something_else_is_refused(
    storage: optuna.storages.RDBStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, plan = begin_or_join(storage, "s", {"epochs": 4})
    monkeypatch.setattr(optuna, "get_all_study_names", lambda _: [])  # it looked before
    with pytest.raises(InputError, match="--epochs"):
        begin_or_join(storage, "s", {"epochs": 5})
    assert begin_or_join(storage, "s", {"epochs": 4})[1] == plan
    assert open_study(storage, "s")[1] == plan


def test_who_joins_while_another_begins_waits_for_the_plan(
    storage: optuna.storages.RDBStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = optuna.create_study(storage=storage, study_name="s", direction="maximize")
    plan = new({"epochs": 4})
    monkeypatch.setattr(
        time, "sleep", lambda _: begun.set_user_attr("numerist plan", plan.as_json())
    )
    assert begin_or_join(storage, "s", {})[1] == plan


def test_a_study_whose_beginner_was_killed_is_begun_again(
    storage: optuna.storages.RDBStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    optuna.create_study(storage=storage, study_name="s", direction="maximize")
    monkeypatch.setattr(time, "sleep", lambda _: None)
    _, plan = begin_or_join(storage, "s", {"epochs": 4})
    assert plan.epochs == 4
    assert open_study(storage, "s")[1] == plan


def test_a_study_of_something_else_is_refused_and_left_as_it_is(
    storage: optuna.storages.RDBStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    optuna.create_study(storage=storage, study_name="minimize", direction="minimize")
    noted = optuna.create_study(storage=storage, study_name="noted", direction="maximize")
    noted.set_user_attr("of", "somebody")
    tried = optuna.create_study(storage=storage, study_name="tried", direction="maximize")
    tried.add_trial(optuna.create_trial(value=1.0))
    optuna.create_study(storage=storage, study_name="two", directions=["maximize", "maximize"])
    for name in ("minimize", "noted", "tried", "two"):
        with pytest.raises(NumeristError, match=f"study {name}: .* another"):
            begin_or_join(storage, name, {})
        left = optuna.load_study(storage=storage, study_name=name)
        assert "numerist plan" not in left.user_attrs
