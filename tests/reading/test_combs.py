"""Boxes side by side whose inner lines digits lean on, drawn at known places."""

from __future__ import annotations

import numpy as np
import pytest

from numerist.reading.rules import without_rules

HEIGHT, WIDE, HIGH, TOP, LEFT = 30, 40, 46, 20, 25
BOXES = 6


def comb(*, without: int | None = None) -> np.ndarray:
    """Six boxes with sides two pixels thick; maybe without one of the sides."""
    page = np.zeros((HIGH + 40, BOXES * WIDE + 50), bool)
    right = LEFT + BOXES * WIDE
    for y in (TOP, TOP + HIGH):
        page[y : y + 2, LEFT : right + 2] = True
    for side in range(BOXES + 1):
        if side != without:
            x = LEFT + side * WIDE
            page[TOP : TOP + HIGH + 2, x : x + 2] = True
    return page


def leaning(side: int) -> np.ndarray:
    """Writing on both sides of a side, along most of it: three bars at its left, at its right."""
    page = np.zeros_like(comb())
    x = LEFT + side * WIDE
    for y in (TOP + 6, TOP + 19, TOP + 32):
        page[y : y + 10, x - 14 : x] = page[y : y + 10, x + 2 : x + 16] = True
    return page


def alone(side: int) -> np.ndarray:
    """Where a side stands by itself: rows between the bars that lean on it."""
    page = np.zeros_like(comb())
    x = LEFT + side * WIDE
    for y in (TOP + 3, TOP + 16, TOP + 29, TOP + 42):
        page[y : y + 3, x : x + 2] = True
    return page


def left_of(strokes: np.ndarray) -> np.ndarray:
    return without_rules(strokes, strokes.astype(np.float32), HEIGHT)


@pytest.mark.parametrize("side", [2, 3, 4])
def test_a_side_that_writing_hides_is_known_by_the_others(side: int) -> None:
    strokes = comb() | leaning(side)
    left = left_of(strokes)
    assert not (left & alone(side)).any()
    assert (left & leaning(side)).sum() > 0.9 * leaning(side).sum()


def test_writing_stays_where_no_side_is_printed() -> None:
    written = leaning(3)
    left = left_of(comb(without=3) | written)
    assert (left & written).sum() > 0.98 * written.sum()


def test_a_one_where_a_side_would_stand_stays() -> None:
    one = np.zeros_like(comb())
    x = LEFT + 3 * WIDE
    one[TOP + 5 : TOP + HIGH - 4, x : x + 3] = True
    left = left_of(comb(without=3) | one)
    assert (left & one).sum() == one.sum()


@pytest.mark.parametrize("thick", [4, 6])
@pytest.mark.parametrize("over", [-2, 0, 4])
def test_a_one_as_high_as_a_box_of_two_is_no_side(thick: int, over: int) -> None:
    one = np.zeros_like(comb())
    x = LEFT + 3 * WIDE + 1 - thick // 2
    one[TOP - over : TOP + HIGH + 2 + over, x : x + thick] = True
    left = left_of(comb(without=3) | one)
    assert (left & one).sum() > 0.8 * one.sum()
