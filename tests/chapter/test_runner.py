"""Rows run in processes of their own, are kept, and do not take each other down."""

from __future__ import annotations

import multiprocessing
import os
from typing import TYPE_CHECKING, Any

import pytest

from numerist.chapter import runner, shelf
from numerist.chapter.figures import Picture
from numerist.chapter.row import Result, Row, Scale
from numerist.chapter.shelf import Kept, Shelf

if TYPE_CHECKING:
    from pathlib import Path

SCALE = Scale(quick=True, seeds=1)

# How the made rows behave; a module of its own, because the workers must find it by name.
HOW = """
import os, pathlib, time
from numerist.chapter.row import Result
from numerist.chapter.shelf import Kept

def measure(row_id, scale):
    log = pathlib.Path(os.environ["MADE_ROWS_LOG"])
    with log.open("a") as file:
        file.write(f"{row_id} {os.environ.get('OPENBLAS_NUM_THREADS')}\\n")
    if row_id == "P2":
        raise ValueError("too bad")
    if row_id == "P3":
        os._exit(9)
    if row_id == "P4":
        time.sleep(60)
    return Kept(Result(f"{row_id} was measured", True, {"x": 1}), 0.5)
"""


def never(scale: Scale) -> Result:
    raise AssertionError(scale)


def made(*ids: str) -> list[Row]:
    return [Row(id_, id_, "idea", "says", "pass", never, seconds=9 - int(id_[1])) for id_ in ids]


@pytest.fixture
def how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "made_rows.py").write_text(HOW)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("MADE_ROWS_LOG", str(tmp_path / "log"))
    import made_rows  # type: ignore[import-not-found]  # noqa: PLC0415

    return made_rows.measure


def log(folder: Path) -> list[str]:
    return (folder / "log").read_text().splitlines()


def test_results_come_back_and_are_kept(tmp_path: Path, how: Any) -> None:
    rows = made("P1", "P5", "P6")
    first = list(runner.run(rows, SCALE, tmp_path / "shelf", 2, how))
    assert {o.row.id: o.kept.result.measured for o in first if o.kept} == {
        row.id: f"{row.id} was measured" for row in rows
    }
    assert all(outcome.fresh for outcome in first)
    assert sorted(log(tmp_path)) == ["P1 1", "P5 1", "P6 1"]  # each once, on one thread
    again = list(runner.run(rows, SCALE, tmp_path / "shelf", 2, how))
    assert [outcome.fresh for outcome in again] == [False] * 3
    assert len(log(tmp_path)) == 3
    assert "OPENBLAS_NUM_THREADS" not in os.environ or os.environ["OPENBLAS_NUM_THREADS"] != ""


def test_the_longest_row_comes_first(tmp_path: Path, how: Any) -> None:
    list(runner.run(made("P7", "P1", "P5"), SCALE, tmp_path / "shelf", 1, how))
    assert [line.split()[0] for line in log(tmp_path)] == ["P1", "P5", "P7"]


def test_a_failing_and_a_dying_row_take_no_other_with_them(tmp_path: Path, how: Any) -> None:
    rows = made("P1", "P2", "P3", "P5", "P6")
    outcomes = {o.row.id: o for o in runner.run(rows, SCALE, tmp_path / "shelf", 2, how)}
    assert outcomes["P2"].failure == "ValueError: too bad"
    assert outcomes["P3"].failure == "its process died"
    for row_id in ("P1", "P5", "P6"):
        assert outcomes[row_id].failure is None
        assert outcomes[row_id].kept
    again = {o.row.id: o.fresh for o in runner.run(rows, SCALE, tmp_path / "shelf", 2, how)}
    assert again == {"P1": False, "P2": True, "P3": True, "P5": False, "P6": False}


def test_stopping_ends_the_processes_and_keeps_what_is_finished(tmp_path: Path, how: Any) -> None:
    running = runner.run(made("P4", "P5"), SCALE, tmp_path / "shelf", 2, how)
    assert next(running).row.id == "P5"
    running.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()
    assert Shelf(tmp_path / "shelf", SCALE).get("P5")


def test_what_is_kept_comes_back_with_its_pictures(tmp_path: Path) -> None:
    pictures = [
        Picture("svg", "<svg/>", 3, 4, "A line."),
        Picture("png", b"\x89PNG\x00\xff", 5, 6, "A dot."),
    ]
    kept = Kept(Result("measured", None, {"list": [1, 2.5], "name": "σ"}, pictures), 1.25)
    Shelf(tmp_path, SCALE).put("P1", kept)
    assert Shelf(tmp_path, SCALE).get("P1") == kept
    assert Shelf(tmp_path, Scale(quick=True, seeds=2)).get("P1") is None
    assert Shelf(tmp_path, Scale(quick=False, seeds=1)).get("P1") is None
    assert Shelf(tmp_path, SCALE).get("P2") is None


@pytest.mark.parametrize("spoil", ["", "{", "[]", '{"key": 1}', None])
def test_a_spoilt_or_outdated_file_is_as_good_as_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: str | None
) -> None:
    Shelf(tmp_path, SCALE).put("P1", Kept(Result("measured", True), 1.0))
    (path,) = tmp_path.iterdir()
    if spoil is None:
        monkeypatch.setattr(shelf, "_sources", lambda: "other sources")
    else:
        path.write_text(spoil)
    assert Shelf(tmp_path, SCALE).get("P1") is None


def test_numbers_that_json_does_not_have_are_no_result(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        Shelf(tmp_path, SCALE).put("P1", Kept(Result("measured", True, {"x": float("nan")}), 1.0))
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".json"]
