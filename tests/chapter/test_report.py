"""The two files, and the times in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from numerist.chapter import book, report
from numerist.chapter.figures import draw_bars
from numerist.chapter.row import Result, Scale
from numerist.chapter.runner import Outcome
from numerist.chapter.shelf import Kept

if TYPE_CHECKING:
    from pathlib import Path


def outcomes() -> dict[str, Outcome]:
    rows = book.rows()
    bar = draw_bars(["a"], [1], label="b", alt="One bar.")
    kept = [
        Kept(Result("It is 3.", True, {"x": 3}, [bar]), 61.26, 100.5),
        Kept(Result("It is 4.", False, {"x": 4}, [bar]), 2.0, 1.25),
    ]
    return {
        "P1": Outcome(rows["P1"], kept[0], None, fresh=True),
        "P2": Outcome(rows["P2"], kept[1], None, fresh=False),
        "P3": Outcome(rows["P3"], None, "its process died", fresh=True),
    }


def test_times_add_up() -> None:
    assert report.times(outcomes(), 55.123) == report.Times(55.12, 63.26, 101.75, 1)
    assert report.times({}, None) == report.Times(None, 0, 0, 0)


def test_both_files_tell_the_times(tmp_path: Path) -> None:
    page, data = report.write(tmp_path, outcomes(), Scale(), 125.0)
    found = json.loads(data.read_text(encoding="utf-8"))
    assert found["seconds"] == {"wall": 125.0, "rows": 63.26, "processor": 101.75, "kept": 1}
    times = [(row["seconds"], row["processor_seconds"]) for row in found["rows"]]
    assert times == [(61.26, 100.5), (2.0, 1.25), (None, None)]
    text = " ".join(page.read_text(encoding="utf-8").split())
    assert "The whole took 2 min 5 s, with 1 row kept from before; the rows" in text
    assert (
        "the rows, one by one, took 1 min 3 s by the clock and 1 min 42 s of processor time."
        in text
    )
    assert "Measured here, in 1 min 1 s" in text
    assert "its process died" in text


def test_a_report_without_a_clock_leaves_the_whole_out(tmp_path: Path) -> None:
    page, data = report.write(tmp_path, outcomes(), Scale())
    assert json.loads(data.read_text(encoding="utf-8"))["seconds"]["wall"] is None
    assert "The whole took" not in page.read_text(encoding="utf-8")
