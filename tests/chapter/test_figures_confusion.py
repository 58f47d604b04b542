"""The confusion matrix: each count in its cell."""
# ruff: noqa: S314  (the SVG that is parsed is our own)

from __future__ import annotations

import re
from collections import Counter
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from numerist.chapter.figures import Picture, draw_confusion
from numerist.errors import InputError, ShapeError


def _elements(picture: Picture, name: str) -> list[ET.Element]:
    return [e for e in ET.fromstring(picture.data).iter() if e.get("class") == name]


def test_every_cell_is_there_and_zeros_are_not_written() -> None:
    counts = np.diag([980, 1135, 7]) + np.array([[0, 0, 3], [2, 0, 0], [0, 0, 0]])
    picture = draw_confusion(counts, alt="Mostly right.")
    classes = Counter(e.get("class") for e in ET.fromstring(picture.data).iter())
    assert classes["cell right"] == 3
    assert classes["cell wrong"] == 6
    assert [e.text for e in _elements(picture, "count")] == ["980", "3", "2", "1135", "7"]


def test_rows_are_true_digits_and_columns_answers() -> None:
    counts = np.zeros((4, 4), dtype=int)
    counts[1, 3] = 5  # a 1 that was taken for a 3
    picture = draw_confusion(counts, labels=["a", "b", "c", "d"], alt="One kind of mistake.")
    (count,) = _elements(picture, "count")
    labels = [e for e in _elements(picture, "label") if e.text in set("abcd")]
    above = {e.text: float(e.attrib["x"]) for e in labels[0::2]}
    beside = {e.text: float(e.attrib["y"]) for e in labels[1::2]}
    x, y = float(count.attrib["x"]), float(count.attrib["y"])
    assert min(above, key=lambda name: abs(above[name] - x)) == "d"
    assert min(beside, key=lambda name: abs(beside[name] - y)) == "b"


def test_more_is_stronger_and_text_on_it_stays_readable() -> None:
    picture = draw_confusion([[900, 1], [40, 950]], alt="Two classes.")
    opacities = [
        float(re.findall(r"(?<![-\w])opacity: ([\d.]+)", e.attrib["style"])[0])
        for name in ("cell wrong", "cell right")
        for e in _elements(picture, name)
    ]
    few, many, *right = opacities
    assert few < many <= 0.5
    assert max(right) <= 0.5


@pytest.mark.parametrize(
    ("error", "draw", "said"),
    [
        (ShapeError, lambda: draw_confusion([[1, 2]], alt="x"), "found shape (1, 2)"),
        (ShapeError, lambda: draw_confusion([1, 2], alt="x"), "found shape (2,)"),
        (InputError, lambda: draw_confusion([[1]], alt="x"), "2 to 12 classes, found 1"),
        (InputError, lambda: draw_confusion(np.eye(13), alt="x"), "2 to 12 classes, found 13"),
        (InputError, lambda: draw_confusion(np.eye(2) / 2, alt="x"), "whole numbers"),
        (InputError, lambda: draw_confusion([[-1, 1], [1, 1]], alt="x"), "whole numbers"),
        (
            ShapeError,
            lambda: draw_confusion(np.eye(2), labels=["a"], alt="x"),
            "labels: expected 2, found 1",
        ),
    ],
)
def test_bad_input_is_refused(error: type[Exception], draw: Any, said: str) -> None:
    with pytest.raises(error, match=re.escape(said)):
        draw()
