from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from numerist.errors import InputError
from numerist.tuning import picture
from numerist.tuning.outcome import Outcome
from numerist.tuning.picture import best_so_far, check, draw, rungs
from numerist.tuning.plan import new

if TYPE_CHECKING:
    from pathlib import Path

    from numerist.tuning.space import Value


def _one(number: int, rate: float, shares: list[float], kind: str = "complete") -> Outcome:
    settings: dict[str, Value] = {
        "rate": rate, "batch": 10, "hidden": 30 + number, "cost": "quadratic",
        "activation": ["sigmoid", "tanh", "relu"][number % 3],
    }  # fmt: skip
    diverged = "NaN" if kind == "diverged" else ""
    return Outcome(number, settings, 1, "numpy", shares, kind == "complete", diverged, 1.0)


ENDED = [
    _one(0, 3.0, [0.90, 0.95]),
    _one(1, 2.5, [0.93, 0.94]),
    _one(2, 0.011, [0.10, 0.12], "pruned"),
    _one(3, 30.0, [0.70], "diverged"),
    _one(5, 0.9, [0.80, 0.97]),
    _one(6, 20.0, [], "diverged"),
]


def test_the_ladder_has_the_best_of_each_step() -> None:
    # steps of a factor of √10: 0.0056–0.018, …, 0.56–1.8, 1.8–5.6, 5.6–18, 18–56
    assert rungs(ENDED) == [
        (0.01, 0.10, 0.12),
        (1.0, 0.80, 0.97),
        (3.0, 0.93, 0.95),
        (30.0, 0.70, 0.0),
    ]


def test_the_best_so_far_only_rises() -> None:
    assert best_so_far(ENDED) == [(0, 0.95), (5, 0.97)]


@pytest.mark.parametrize(
    ("kind", "model"), [("png", "network"), ("svg", "network"), ("svg", "cnn")]
)
def test_the_picture_is_one_and_the_same_each_time(tmp_path: Path, kind: str, model: str) -> None:
    plan = new({"model": model})
    ended = ENDED
    if model == "cnn":
        settings = {"batch": 64, "smoothing": 0.1, "average": 0.99, "distortion": 0.5}
        ended = [
            Outcome(one.number, {**settings, "rate": one.settings["rate"]}, 1, "cpu,float32",
                    one.shares, one.complete, one.diverged, 1.0)
            for one in ENDED
        ]  # fmt: skip
    mattered = {"rate": 0.7, "batch": 0.3}
    once, again = tmp_path / f"once.{kind}", tmp_path / f"again.{kind}"
    draw(once, plan, ended, mattered)
    draw(again, plan, ended, mattered)
    assert once.read_bytes() == again.read_bytes()
    if kind == "png":
        assert np.asarray(Image.open(once).convert("L")).std() > 10
        return
    words = "".join(ET.fromstring(once.read_text(encoding="utf-8")).itertext())  # noqa: S314
    assert "×" not in words  # as in 3 × 10¹, between the powers of ten and over each other
    for said in (*plan.parameters, "the ladder of rates", "what mattered", "the search"):
        assert said in words


def test_a_study_without_trials_and_one_without_anything_searched_are_drawn(
    tmp_path: Path,
) -> None:
    draw(tmp_path / "none.png", new({}), [], {})
    fixed = {name: str(value) for name, value in ENDED[0].settings.items()}
    plan = new({"space": fixed})
    draw(tmp_path / "fixed.png", plan, ENDED[:1], {})
    assert (tmp_path / "fixed.png").stat().st_size > 1000


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--plot"):
        check(tmp_path / "picture.jpg")


def test_without_matplotlib_the_line_that_installs_it_is_named() -> None:
    code = """
import sys
sys.modules["matplotlib"] = None
from numerist.tuning.picture import check
try:
    check("picture.png")
except Exception as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("NumeristError")
    assert "pip install 'numerist[tune]'" in done.stdout


def test_trials_are_counted_in_whole_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(picture, "save", lambda figure, _: seen.append(figure))
    draw(tmp_path / "x.png", new({}), ENDED[:3], {})
    history = seen[0].axes[0]
    assert history.get_xlabel() == "trial"
    ticks = [tick for tick in history.get_xticks() if 0 <= tick <= 2]
    assert ticks == [0, 1, 2]
