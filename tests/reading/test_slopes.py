"""Rows that climb or fall."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from numerist.reading import Reader
from numerist.reading.slopes import levelled, rise_of, slope_of
from numerist.reading.strings import make_number

if TYPE_CHECKING:
    from numerist.data import Mnist


def test_slopes_by_hand() -> None:
    falling = np.array([[0, 0], [100, 10], [200, 20], [300, 30]])
    assert slope_of(falling, 40) == pytest.approx(0.1)
    assert slope_of(falling[::-1], 40) == pytest.approx(0.1)
    assert slope_of(falling * [1, -1], 40) == pytest.approx(-0.1)
    with_comma = np.vstack([falling, [150, 60], [250, -30]])
    assert slope_of(with_comma, 40) == pytest.approx(0.1, abs=0.05)
    assert slope_of(falling, 60) == 0  # half a height from end to end is level
    assert slope_of(falling[:2], 10) == 0  # two pieces are no line
    assert slope_of(np.array([[0, 0], [1, 90], [2, 10]]), 40) == 0  # above each other
    assert slope_of(np.array([[0, 0], [100, 80], [200, 0], [300, 80]]), 40) == 0  # up and down
    assert slope_of(falling * [1, 5], 40) == 0  # too steep for a line
    assert slope_of(np.zeros((0, 2)), 40) == 0


@pytest.mark.parametrize("slope", [0.2, -0.2, 0.07])
def test_levelled_every_column_is_moved_as_a_whole(slope: float) -> None:
    rng = np.random.default_rng(1)
    high, wide = 30, 60
    down = rise_of(slope, wide)
    level = np.zeros((high, wide), np.float32)
    level[rng.integers(0, high, wide), np.arange(wide)] = 1
    ink, mask = levelled(level, level > 0, slope)
    assert mask.any(axis=0).all()
    for x in range(wide):
        y = float(np.flatnonzero(level[:, x])[0]) - slope * x + down
        found = float((ink[:, x] * np.arange(len(ink))).sum() / ink[:, x].sum())
        assert found == pytest.approx(y, abs=0.05)
        assert ink[:, x].sum() == pytest.approx(1, abs=1e-4)  # nothing is cut off


def turned(picture: Any, angle: float) -> tuple[Any, Any]:
    """A picture turned about its middle, and the matrix that moves its points."""
    high, wide = picture.shape[:2]
    move = cv2.getRotationMatrix2D((wide / 2, high / 2), angle, 1)
    c, s = abs(math.cos(math.radians(angle))), abs(math.sin(math.radians(angle)))
    size = math.ceil(high * s + wide * c), math.ceil(high * c + wide * s)
    move[:, 2] += (size[0] - wide) / 2, (size[1] - high) / 2
    border = cv2.BORDER_REPLICATE
    return cv2.warpAffine(picture, move, size, flags=cv2.INTER_CUBIC, borderMode=border), move


@pytest.mark.parametrize("angle", [7.0, -7.0])
def test_a_long_number_aslant_is_read_where_it_stands(mnist: Mnist, angle: float) -> None:
    rng = np.random.default_rng(4)
    reader = Reader()
    right = level = 0
    for _ in range(12):
        made = make_number(mnist.validation, 9, rng, height=(30, 40))
        picture, move = turned(made.picture, angle)
        reading = reader.read(picture)
        level += reader.read(made.picture).text == made.text
        if reading.text != made.text:
            continue
        right += 1
        digits = reading.pages[0].numbers[0].digits
        for placed, digit in zip(made.digits, digits, strict=True):
            high, wide = placed.ink.shape
            x, y = move @ (placed.left + wide / 2, placed.top + high / 2, 1)
            left, top, end, bottom = digit.box
            assert left - 3 < x < end + 3
            assert (top + bottom) / 2 == pytest.approx(y, abs=7)
    assert right >= level - 2
    assert level >= 10


def test_lines_aslant_are_in_order(mnist: Mnist) -> None:
    """Two columns of numbers, turned: the right one of a line stands higher than the left one."""
    rng = np.random.default_rng(5)
    page = np.full((420, 1500), 255, np.uint8)
    said = []
    for line in range(2):
        for column in range(2):
            made = make_number(mnist.validation, 6, rng, height=(36, 37))
            high, wide = made.picture.shape
            top, left = 40 + 180 * line, 40 + 760 * column
            page[top : top + high, left : left + wide] = made.picture
            said.append(made.text)
    picture, _ = turned(page, 6)
    numbers = Reader().read(picture).pages[0].numbers
    assert [number.text for number in numbers] == said
    assert [number.line for number in numbers] == [0, 0, 1, 1]


@pytest.mark.parametrize("angle", [5, -7])
def test_close_lines_aslant_stay_apart(angle: float) -> None:
    page = np.full((420, 1300), 255, np.uint8)
    for line in range(4):
        for digit in range(24):
            middle = (80 + 48 * digit, 90 + 75 * line)
            cv2.ellipse(page, middle, (11, 17), 0, 0, 360, 20, 4)
    picture, _ = turned(page, angle)
    numbers = Reader().read(picture).pages[0].numbers
    assert [number.line for number in numbers] == [0, 1, 2, 3]
    assert [number.text for number in numbers] == ["0" * 24] * 4
