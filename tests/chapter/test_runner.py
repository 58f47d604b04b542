"""Rows run in processes of their own, are kept, and do not take each other down."""

from __future__ import annotations

import multiprocessing
import os
import time
import timeit
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from numerist.chapter import book, runner, shelf
from numerist.chapter.figures import Picture
from numerist.chapter.processes import companions
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
        time.sleep(900)
    if row_id in ("P8", "P9"):
        with log.open("a") as file:
            file.write(f"{row_id} begins\\n")
        time.sleep(0.3)
        with log.open("a") as file:
            file.write(f"{row_id} ends\\n")
    return Kept(Result(f"{row_id} was measured", True, {"x": 1}), 0.5, 0.25)
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
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
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
    assert os.environ["OPENBLAS_NUM_THREADS"] == "3"


def test_the_longest_row_comes_first(tmp_path: Path, how: Any) -> None:
    list(runner.run(made("P7", "P1", "P5"), SCALE, tmp_path / "shelf", 1, how))
    assert [line.split()[0] for line in log(tmp_path)] == ["P1", "P5", "P7"]


def test_rows_that_begin_are_told(tmp_path: Path, how: Any) -> None:
    begun: list[str] = []
    rows = made("P1", "P2", "P5")
    Shelf(tmp_path / "shelf", SCALE).put("P5", Kept(Result("measured", True), 1.0, 1.0))
    list(runner.run(rows, SCALE, tmp_path / "shelf", 2, how, begun=begun.append))
    assert sorted(begun) == ["P1", "P2"]  # the one on the shelf does not begin


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_a_row_of_several_processes_holds_as_many_workers(
    tmp_path: Path, how: Any, jobs: int
) -> None:
    """P8 and P9 each ask for two: with three workers or fewer they never overlap."""
    rows = [replace(row, processes=2) for row in made("P8", "P9")] + made("P1")
    outcomes = list(runner.run(rows, Scale(seeds=1), tmp_path / "shelf", jobs, how))
    assert all(outcome.kept for outcome in outcomes)
    spans = [line for line in log(tmp_path) if line.endswith(("begins", "ends"))]
    assert spans == ["P8 begins", "P8 ends", "P9 begins", "P9 ends"]


def test_stopping_while_a_row_waits_for_workers(tmp_path: Path, how: Any) -> None:
    """P4 sleeps in one worker; P5 has the other and waits for a second one."""
    rows = [*made("P4"), replace(made("P5")[0], processes=2), *made("P1")]
    rows[2] = replace(rows[2], seconds=9)
    running = runner.run(rows, Scale(seeds=1), tmp_path / "shelf", 2, how)
    assert next(running).row.id == "P1"
    start = time.monotonic()
    running.close()  # type: ignore[attr-defined]
    assert time.monotonic() - start < 600  # P4 would sleep for a quarter of an hour
    assert not multiprocessing.active_children()
    assert not [line for line in log(tmp_path) if line.startswith("P5")]


def test_what_is_expected(tmp_path: Path) -> None:
    rows = made("P1", "P5", "P6")
    kept = Shelf(tmp_path, SCALE)
    kept.put("P1", Kept(Result("measured", True), 7.0, 1.0))
    assert runner.expected(rows, SCALE, tmp_path) == {
        "P5": rows[1].expected(SCALE),
        "P6": rows[2].expected(SCALE),
    }
    path = next(path for path in tmp_path.iterdir() if path.name.startswith("P1"))
    path.write_text(path.read_text().replace('"key": "', '"key": "other'))
    assert runner.expected(rows, SCALE, tmp_path)["P1"] == 7.0  # outdated, but a good guess
    path.write_text(path.read_text().replace('"seconds": 7.0', '"seconds": NaN'))
    assert runner.expected(rows, SCALE, tmp_path)["P1"] == rows[0].expected(SCALE)


def test_processor_time_counts_the_processes_of_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    row = Row("P1", "P1", "idea", "says", "pass", _compute_beside)
    monkeypatch.setattr(book, "rows", lambda: {"P1": row})
    kept = runner.measure("P1", SCALE)
    beside = float(kept.result.numbers["seconds"])
    assert kept.processor >= beside > 0.2


def _compute_beside(_: Scale) -> Result:
    with companions(1) as pool:
        # what a process imports by its name, as it can't import this file
        busy = pool.submit(timeit.timeit, "sum(range(10_000))", "pass", time.process_time, 4000)
        return Result("measured", True, {"seconds": busy.result()})


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
    kept = Kept(Result("measured", None, {"list": [1, 2.5], "name": "σ"}, pictures), 1.25, 2.5)
    Shelf(tmp_path, SCALE).put("P1", kept)
    assert Shelf(tmp_path, SCALE).get("P1") == kept
    assert Shelf(tmp_path, Scale(quick=True, seeds=2)).get("P1") is None
    assert Shelf(tmp_path, Scale(quick=False, seeds=1)).get("P1") is None
    assert Shelf(tmp_path, SCALE).get("P2") is None


@pytest.mark.parametrize("spoil", ["", "{", "[]", '{"key": 1}', None])
def test_a_spoilt_or_outdated_file_is_as_good_as_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: str | None
) -> None:
    Shelf(tmp_path, SCALE).put("P1", Kept(Result("measured", True), 1.0, 1.0))
    (path,) = tmp_path.iterdir()
    if spoil is None:
        monkeypatch.setattr(shelf, "_sources", lambda: "other sources")
    else:
        path.write_text(spoil)
    assert Shelf(tmp_path, SCALE).get("P1") is None


def test_numbers_that_json_does_not_have_are_no_result(tmp_path: Path) -> None:
    kept = Kept(Result("measured", True, {"x": float("nan")}), 1.0, 1.0)
    with pytest.raises(ValueError, match="JSON"):
        Shelf(tmp_path, SCALE).put("P1", kept)
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".json"]
