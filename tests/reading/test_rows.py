"""Rows of made pages, against what was drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from numerist.reading.rows import find_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    Grid = Callable[..., tuple[np.ndarray, int]]


def test_lines_of_a_page_become_rows_from_the_top(grid: Grid) -> None:
    strokes, lines = grid(420, 500)
    rows = find_rows(strokes)
    assert [row.line for row in rows] == list(range(lines))
    for k, row in enumerate(rows):
        left, top, right, bottom = row.box
        assert (top, bottom) == (20 + 80 * k, 60 + 80 * k)
        assert row.mask.shape == (bottom - top, right - left)
        assert (row.mask == strokes[top:bottom, left:right]).all()
        assert row.height == pytest.approx(40)


def test_far_apart_is_another_row_of_the_same_line() -> None:
    strokes = np.zeros((100, 900), bool)
    for left in (20, 60, 500, 540):
        strokes[30:70, left : left + 6] = True
    rows = find_rows(strokes)
    assert [row.line for row in rows] == [0, 0]
    assert [row.box[0] for row in rows] == [20, 500]


def test_specks_start_no_row_and_a_point_belongs_to_its_row(grid: Grid) -> None:
    strokes, _ = grid(120, 300)
    clean = find_rows(strokes)
    strokes[100:103, 40:43] = True  # below, alone
    strokes[55:60, 50:54] = True  # at the baseline, between two digits
    rows = find_rows(strokes)
    assert len(rows) == len(clean) == 1
    assert rows[0].mask.sum() == clean[0].mask.sum() + 20


@pytest.mark.parametrize("size", [20, 40, 70])
def test_rows_of_squared_paper_are_as_high_as_the_writing(size: int, grid: Grid) -> None:
    """Though the grid is one piece, as high as the page, and has more ink than the writing."""
    strokes, _ = grid(1000, 900, size)
    strokes[20 + 3 * size :] = False
    lines = int(strokes[20 + 2 * size].any()) + 1
    strokes[5::50] = strokes[6::50] = True
    strokes[:, 3::50] = strokes[:, 4::50] = True
    rows = find_rows(strokes)
    assert len({row.line for row in rows}) == lines
    assert all(row.height == pytest.approx(size, abs=4) for row in rows)


def test_a_ring_around_numbers_is_none_and_takes_none_with_it(grid: Grid) -> None:
    strokes, _ = grid(420, 500)
    strokes[:95] = strokes[310:] = strokes[:, :90] = strokes[:, 400:] = False
    clean = [row.box for row in find_rows(strokes)]
    y, x = np.mgrid[0:420, 0:500]
    radius = np.hypot((x - 250) / 248, (y - 205) / 203)
    strokes |= (radius < 1) & (radius > 0.992)
    assert len(clean) == 3
    assert [row.box for row in find_rows(strokes)] == clean


def test_many_pieces_take_time_in_proportion() -> None:
    strokes = np.zeros((1500, 1500), bool)
    strokes[::8, ::8] = strokes[1::8, ::8] = strokes[2::8, ::8] = True
    strokes[3::8, ::8] = strokes[4::8, ::8] = True
    assert find_rows(strokes) == []  # a texture


def test_nothing_to_find() -> None:
    assert find_rows(np.zeros((50, 80), bool)) == []
    assert find_rows(np.ones((1, 1), bool)) == []
