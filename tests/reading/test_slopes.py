"""Rows that climb or fall."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from numerist.reading import Reader
from numerist.reading.patterns import digits_of
from numerist.reading.slopes import common_slope, levelled, rise_of, slope_of
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
    assert [digits_of(number.text) for number in numbers] == said  # a speck may be a point
    assert [number.line for number in numbers] == [0, 0, 1, 1]


def rows_of(slope: float, own: float, columns: int = 3, apart: int = 600) -> list[Any]:
    """Four lines, 110 pixels apart, of rows of three pieces that lean by a slope of their own."""
    step = np.array([-40, 0, 40])
    middles = [(apart * c, 110 * k + slope * apart * c) for k in range(4) for c in range(columns)]
    return [np.stack([x + step, y + own * step], axis=1) for x, y in middles]


def test_the_common_slope_of_lines_by_hand() -> None:
    def found(rows: list[Any]) -> float:
        return common_slope(rows, np.full(len(rows), 40.0))

    assert found(rows_of(0.06, 0.06)) == pytest.approx(0.06, abs=0.002)
    assert found(rows_of(-0.06, -0.04)) == pytest.approx(-0.06, abs=0.002)
    assert found(rows_of(0.0, 0.0)) == 0
    assert found(rows_of(0.0, -0.04)) == 0  # a hand that climbs keeps to level lines
    assert found(rows_of(0.06, 0.01)) == 0  # columns that each begin lower, on a level page
    assert found(rows_of(0.06, 0.06)[:2]) == 0  # two are in line whatever they are
    assert found(rows_of(0.06, 0.06, columns=1)) == 0
    assert found([row[:1] for row in rows_of(0.06, 0.06)]) == 0  # single digits do not lean
    assert common_slope(rows_of(0.06, 0.06), np.array([20.0, 40.0, 80.0] * 4)) == 0  # nothing alike
    assert found([]) == 0


@pytest.mark.parametrize("angle", [0, 2, -3, 5])
@pytest.mark.parametrize(("columns", "apart"), [(2, 800), (4, 400)])
def test_tables_aslant_are_read_by_their_lines(columns: int, apart: int, angle: float) -> None:
    """Numbers far apart and too short to climb by themselves; each is one of noughts."""
    rng = np.random.default_rng(6)
    page = np.full((700, columns * apart), 255, np.uint8)
    places = []
    for line in range(5):
        for column in range(columns):
            if (line, column) == (2, 1):
                continue  # an empty cell
            x, y = 120 + apart * column, 110 + 110 * line
            for digit in range(2 + (line + column) % 3):
                middle = (x + 36 * digit, y + int(rng.integers(-2, 3)))
                cv2.ellipse(page, middle, (11, 20), 0, 0, 360, 20, 4)
            places.append((line, x, y))
    picture, move = turned(page, angle)
    numbers = Reader().read(picture).pages[0].numbers
    assert [number.line for number in numbers] == [line for line, _, _ in places]
    for number, (_, x, y) in zip(numbers, places, strict=True):
        left, top, right, bottom = number.box
        there = move @ (x, y, 1)  # of its first digit
        assert left < there[0] < left + 36 < right
        assert top < there[1] < bottom


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
