"""What workers settle: by two processes of a real group, through a file."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from numerist.deep.agreement import _flat
from numerist.deep.workers import Crew, work_together


@pytest.fixture(scope="module")
def jobs() -> Any:
    """The functions that workers of tests do; processes started later find them as well."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parent / "jobs"))
        yield importlib.import_module("crew_jobs")


def test_a_difference_is_told_to_all_and_the_newest_checkpoint_goes_to_all(
    jobs: Any, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    work_together(Crew(2, tmp_path_factory.mktemp("crew"), "cpu", 1), jobs.settle, tmp_path)
    said = [json.loads((tmp_path / f"said-{rank}").read_text()) for rank in (0, 1)]
    assert said[0] == said[1]
    assert said[0][0].startswith(
        "worker 1, recipe, rate: expected 0.5, as worker 0 has it, found 0.25. Give the same"
    )
    assert said[0][1].startswith("worker 1, teachers: expected nothing, as worker 0")
    assert said[0][2] is None
    checkpoints = [(tmp_path / f"checkpoint-{rank}").read_text() for rank in (0, 1)]
    assert checkpoints == ["of worker 1"] * 2


def test_settings_within_settings() -> None:
    assert _flat({"a": {"b": {"c": None}}, "d": "e"}) == {"a, b, c": "null", "d": '"e"'}
