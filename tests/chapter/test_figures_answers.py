"""Images with the bars of their outputs, measured in the picture."""
# ruff: noqa: S314  (the SVG that is parsed is our own)

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from numerist.chapter.figures import Picture, draw_answers
from numerist.errors import InputError, ShapeError

BLANK = np.zeros((2, 28, 28))
NAMES = list("0123456789")


def _boxes(picture: Picture, name: str) -> list[tuple[float, float, float, float]]:
    found = []
    for element in ET.fromstring(picture.data).iter():
        if element.get("class") == name:
            numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", element.attrib["d"])]
            x, y = numbers[::2], numbers[1::2]
            found.append((min(x), min(y), max(x), max(y)))
    return found


def test_a_bar_is_as_high_as_its_output_and_stands_on_its_row() -> None:
    outputs = np.zeros((2, 10))
    outputs[0, 3], outputs[1, 7] = 1, 0.25
    picture = draw_answers(BLANK, outputs, NAMES, alt="Two rows.")
    high, low = _boxes(picture, "bar")
    assert low[3] - low[1] == pytest.approx((high[3] - high[1]) / 4, abs=0.02)
    bases = [box[1] for box in _boxes(picture, "base")]
    assert [high[3], low[3]] == pytest.approx(bases, abs=0.02)
    step = (low[0] - high[0]) / 4
    assert step == pytest.approx((high[2] - high[0]) / 0.66, abs=0.05)


def test_bars_stand_above_their_names() -> None:
    picture = draw_answers(np.zeros((10, 2, 2)), np.eye(10), NAMES, alt="The identity.")
    middles = [(left + right) / 2 for left, _, right, _ in _boxes(picture, "bar")]
    texts = [e for e in ET.fromstring(picture.data).iter() if e.get("class") == "name"]
    assert [e.text for e in texts] == NAMES
    places = [float(e.attrib["x"]) for e in texts]
    assert middles == pytest.approx(places, abs=0.1)


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="outputs: expected values from 0 to 1"):
        draw_answers(BLANK, np.full((2, 10), 1.1), NAMES, alt="Too much.")
    with pytest.raises(InputError, match="images: expected values from 0 to 1"):
        draw_answers(BLANK + 255, np.zeros((2, 10)), NAMES, alt="Bytes.")
    with pytest.raises(ShapeError, match=r"outputs: expected shape \(2, 10\)"):
        draw_answers(BLANK, np.zeros((3, 10)), NAMES, alt="Three rows.")
    with pytest.raises(ShapeError, match="outputs"):
        draw_answers(BLANK, np.zeros((2, 10)), NAMES[:9], alt="Nine names.")
