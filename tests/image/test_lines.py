"""Printed lines beside and across a digit, and what must not be taken for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from numerist.image import normalise
from numerist.image.lines import printed_lines

if TYPE_CHECKING:
    from numerist.data import Mnist

Array = npt.NDArray[Any]

SIDE = 150
STROKES = {
    "a straight 1": [[(75, 35), (75, 115)]],
    "1": [[(60, 50), (75, 35), (75, 115)], [(58, 115), (92, 115)]],  # with a foot
    "2": [[(50, 50), (62, 35), (88, 35), (96, 55), (48, 113), (102, 113)]],
    "4": [[(66, 35), (50, 80), (102, 80)], [(84, 50), (84, 115)]],
    "5": [[(98, 35), (54, 35), (52, 65), (85, 68), (96, 90), (80, 113), (50, 108)]],
    "7": [[(45, 36), (102, 36), (65, 115)], [(55, 75), (100, 75)]],
}


def pen(strokes: list[Any], width: int = 7) -> Array:
    """Strokes drawn on a picture of 150 by 150: where there is ink."""
    image = Image.new("L", (SIDE, SIDE))
    for stroke in strokes:
        ImageDraw.Draw(image).line(stroke, 255, width, joint="curve")
    return np.asarray(image) > 0


def level(place: int, begin: int = 0, end: int = SIDE, width: int = 2) -> Array:
    lines = np.zeros((SIDE, SIDE), bool)
    lines[place : place + width, begin:end] = True
    return lines


def box(left: int, top: int, right: int, bottom: int, width: int = 2) -> Array:
    image = Image.new("L", (SIDE, SIDE))
    ImageDraw.Draw(image).rectangle((left, top, right, bottom), outline=255, width=width)
    return np.asarray(image) > 0


SQUARED = level(20) | level(70) | level(120) | level(10).T | level(75).T | level(140).T
LINES = {
    "ruled": level(20) | level(70) | level(120),
    "squared": SQUARED,
    "box": box(15, 12, 135, 138),
    "box at the edge": box(0, 0, SIDE - 1, SIDE - 1),
    "comb": level(128, 15, 135) | level(15, 90, 130).T | level(133, 90, 130).T,
    "comb with short teeth": level(128, 15, 135) | level(15, 112, 130).T | level(133, 112, 130).T,
}


@pytest.mark.parametrize("lines", LINES)
@pytest.mark.parametrize("digit", STROKES)
def test_lines_go_and_the_digit_stays(digit: str, lines: str) -> None:
    strokes, printed = pen(STROKES[digit]), LINES[lines]
    gone = printed_lines(strokes | printed)
    assert (gone & strokes & ~printed).sum() <= 3
    assert (gone & printed & ~strokes).sum() > 0.9 * (printed & ~strokes).sum()


@pytest.mark.parametrize("digit", STROKES)
@pytest.mark.parametrize("width", [3, 7])
@pytest.mark.parametrize("margin", [0, 1, 3, 20])
def test_strokes_alone_are_no_lines(digit: str, width: int, margin: int) -> None:
    """However closely the digit is cut out, on any side."""
    ink = pen(STROKES[digit], width)
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    top, bottom = max(rows[0] - margin, 0), rows[-1] + 1 + margin
    left, right = max(columns[0] - margin, 0), columns[-1] + 1 + margin
    for cut in (ink[top:bottom, left:right], ink[top:bottom], ink[:, left:right]):
        assert not printed_lines(cut).any()


def test_slant_lines_and_lines_with_gaps_go() -> None:
    strokes = pen(STROKES["2"])
    down, across = np.indices(strokes.shape)
    for slope in (-0.03, 0.02):
        line = np.abs(down + slope * (across - 75) - 70) < 1.5
        line[:, 30:34] = False
        gone = printed_lines(strokes | line)
        assert (gone & line & ~strokes).sum() > 0.9 * (line & ~strokes).sum()
        assert not (gone & strokes & ~line).any()


def test_a_line_is_longer_than_the_digit_and_thin() -> None:
    strokes = pen(STROKES["4"])
    assert not printed_lines(strokes | level(75, 30, 110)).any()  # an underline through it
    assert not printed_lines(strokes | level(60, width=20)).any()  # a bar
    assert printed_lines(strokes | level(75)).any()


def test_lines_alone_and_small_pictures_are_left() -> None:
    assert not printed_lines(SQUARED).any()
    assert not printed_lines(np.zeros((60, 60), bool)).any()
    small = pen(STROKES["4"]).copy()[::5, ::5]
    small[3] = True
    assert not printed_lines(small).any()


@pytest.mark.parametrize("light", [True, False])
def test_a_digit_of_mnist_looks_the_same_on_squared_paper(mnist: Mnist, light: bool) -> None:
    """Within what a line hides of it."""
    apart = []
    for digit in mnist.validation.images[:50]:
        ink = np.zeros((SIDE, SIDE))
        ink[19:131, 19:131] = np.kron(digit, np.ones((4, 4)))
        lined = np.maximum(ink, 0.5 * SQUARED)
        plain, seen = (normalise(x if light else 1 - x) for x in (ink, lined))
        apart.append(np.abs(plain - seen).mean())
    assert np.median(apart) < 0.01
    assert np.mean(apart) < 0.02  # a 1 on an upright line loses what is as narrow as that
