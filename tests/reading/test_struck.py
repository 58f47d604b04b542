"""A line by hand through a whole number, by drawn digits and by real ones."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from numerist.reading import Reader
from numerist.reading.strings import make_number
from numerist.reading.struck import is_struck_out

if TYPE_CHECKING:
    from numerist.data import Mnist

HEIGHT = 40


def zeros(count: int, gap: int) -> np.ndarray:
    """So many rings, 30 pixels wide and 40 high, uint8."""
    mask = np.zeros((60, 40 + count * (30 + gap)), np.uint8)
    for k in range(count):
        cv2.ellipse(mask, (35 + k * (30 + gap), 30), (15, 20), 0, 0, 360, 1, 4)
    return mask


@pytest.mark.parametrize(
    ("begin", "end", "struck"),
    [
        (30, 30, True),
        (36, 24, True),
        (48, 12, True),  # from corner to corner
        (10, 10, False),  # along the top, as the bars of sevens
        (50, 50, False),  # along the bottom
    ],
)
def test_a_line_through_the_middle_strikes_out(begin: int, end: int, struck: bool) -> None:
    mask = zeros(3, 6)
    cv2.line(mask, (12, begin), (mask.shape[1] - 12, end), 1, 4)
    assert is_struck_out(mask > 0, HEIGHT) is struck


def test_a_very_long_row_takes_no_longer() -> None:
    mask = zeros(400, 6)
    cv2.line(mask, (12, 30), (mask.shape[1] - 12, 30), 1, 4)
    tracemalloc.start()
    assert is_struck_out(mask > 0, HEIGHT)
    assert tracemalloc.get_traced_memory()[1] < 40_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("gap", [-4, 0, 6])
def test_digits_that_touch_are_not_struck_out(gap: int) -> None:
    assert not is_struck_out(zeros(4, gap) > 0, HEIGHT)


def test_a_digit_with_a_bar_is_not_struck_out() -> None:
    mask = zeros(1, 0)
    cv2.line(mask, (12, 30), (58, 30), 1, 4)
    assert not is_struck_out(mask > 0, HEIGHT)
    assert not is_struck_out(np.zeros((9, 9), bool), HEIGHT)


@pytest.mark.parametrize("rise", [0.0, 0.15, 0.7])
def test_a_number_struck_out_closely_is_in_doubt(mnist: Mnist, rise: float) -> None:
    rng = np.random.default_rng(3)
    sure: list[float] = []
    bare: list[float] = []
    for _ in range(8):
        made = make_number(mnist.validation, 4, rng, gap="close", height=(50, 50))
        rows, columns = np.nonzero(made.picture < 128)
        left, right = int(columns.min()) - 6, int(columns.max()) + 6
        middle, by = (int(rows.min()) + int(rows.max())) / 2, rise * np.ptp(rows) / 2
        picture = made.picture.copy()
        cv2.line(picture, (left, round(middle + by)), (right, round(middle - by)), 10, 4)
        for found, one in ((sure, picture), (bare, made.picture)):
            numbers = Reader().read(one).pages[0].numbers
            found.append(max((number.confidence for number in numbers), default=0.0))
    assert max(sure) <= 0.5
    assert sum(confidence > 0.5 for confidence in bare) >= 6
