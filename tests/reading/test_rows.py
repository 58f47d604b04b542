"""Ink and rows of made pages, against what was drawn."""

from __future__ import annotations

import numpy as np
import pytest

from numerist.reading.ink import page_ink
from numerist.reading.rows import find_rows
from numerist.reading.rules import without_rules

RNG = np.random.default_rng(0)


def drawn(strokes: np.ndarray, kind: str) -> np.ndarray:
    """A page with these strokes, 0…1."""
    high, wide = strokes.shape
    y, x = np.mgrid[0 : 1 : high * 1j, 0 : 1 : wide * 1j]
    light = {
        "plain": np.ones_like(x),
        "sloping": 1 - 0.5 * x,
        "dark corners": 1 - 0.8 * ((x - 0.5) ** 2 + (y - 0.5) ** 2),
        "shadow": 1 - 0.35 / (1 + np.exp(-(x - y) / 0.03)),
        "inverse": np.ones_like(x),
        "noisy": np.ones_like(x),
        "faint": np.ones_like(x),
    }[kind]
    paper, pen = {"inverse": (0.1, 0.9), "faint": (0.9, 0.75)}.get(kind, (0.9, 0.25))
    noise = 0.03 if kind == "noisy" else 0.004
    page = (paper + (pen - paper) * strokes) * light + RNG.normal(0, noise, strokes.shape)
    result: np.ndarray = np.clip(page, 0, 1).astype(np.float32)
    return result


def zeros_and_ones(high: int, wide: int, size: int = 40) -> tuple[np.ndarray, int]:
    """Digits like 0 and 1 in a grid; how many lines."""
    page = np.zeros((high, wide), bool)
    lines = 0
    for top in range(20, high - size - 10, 2 * size):
        lines += 1
        for place, left in enumerate(range(20, wide - size, round(0.9 * size))):
            if place % 2:
                page[top : top + size, left + 8 : left + 13] = True
            else:
                page[top : top + size, left : left + 25] = True
                page[top + 5 : top + size - 5, left + 5 : left + 20] = False
    return page, lines


@pytest.mark.parametrize(
    "kind", ["plain", "sloping", "dark corners", "shadow", "inverse", "noisy", "faint"]
)
@pytest.mark.parametrize("colour", [False, True])
def test_ink_is_what_was_drawn_whatever_the_light(kind: str, colour: bool) -> None:
    strokes, _ = zeros_and_ones(300, 420)
    page = drawn(strokes, kind)
    if colour:
        page = np.stack([page, page**1.1, page**1.3], axis=2)
    ink = page_ink(page)
    both = (ink.strokes & strokes).sum()
    assert both / strokes.sum() > 0.95
    near = ink.strokes[12:228, 12:380]  # the edge of a shadow may stay where nothing is written
    assert both / near.sum() > 0.85  # an edge may be half a pixel wider
    assert ink.level[strokes].mean() > 0.8
    assert ink.level[~strokes].mean() < 0.06


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (60, 40)])
def test_blank_paper_has_no_ink(size: tuple[int, int]) -> None:
    for level in (0.0, 0.5, 1.0):
        assert not page_ink(np.full(size, level, np.float32)).strokes.any()
    noise = np.clip(RNG.normal(0.8, 0.01, size), 0, 1).astype(np.float32)
    assert page_ink(noise).strokes.mean() < 0.02


def test_a_thick_digit_that_fills_a_small_picture_is_not_hollow() -> None:
    strokes = np.zeros((60, 44), bool)
    strokes[6:54, 16:30] = True
    ink = page_ink(drawn(strokes, "plain"))
    assert (ink.strokes & strokes).sum() / strokes.sum() > 0.95


def test_lines_of_a_page_become_rows_from_the_top() -> None:
    strokes, lines = zeros_and_ones(420, 500)
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


def test_specks_start_no_row_and_a_point_belongs_to_its_row() -> None:
    strokes, _ = zeros_and_ones(120, 300)
    clean = find_rows(strokes)
    strokes[100:103, 40:43] = True  # below, alone
    strokes[55:60, 50:54] = True  # at the baseline, between two digits
    rows = find_rows(strokes)
    assert len(rows) == len(clean) == 1
    assert rows[0].mask.sum() == clean[0].mask.sum() + 20


@pytest.mark.parametrize("slope", [0.0, 0.02, -0.03])
def test_ruled_lines_go_and_what_crosses_them_stays(slope: float) -> None:
    strokes, _ = zeros_and_ones(220, 500)
    ruled = strokes.copy()
    x = np.arange(500)
    for middle in (64, 144):
        y = np.rint(middle + slope * (x - 250)).astype(int)
        for thick in (0, 1):
            ruled[np.clip(y + thick, 0, 219), x] = True
    ruled[:, 5:7] = True  # a margin
    left = without_rules(ruled, 40.0)
    lost = (strokes & ~left).sum() / strokes.sum()
    assert lost < 0.04
    extra = (left & ~strokes).sum() / (ruled & ~strokes).sum()
    assert extra < 0.12


def test_digits_alone_lose_nothing_to_the_search_for_lines() -> None:
    strokes, _ = zeros_and_ones(220, 500)
    assert (without_rules(strokes, 40.0) == strokes).all()


def test_nothing_to_find() -> None:
    assert find_rows(np.zeros((50, 80), bool)) == []
    assert find_rows(np.ones((1, 1), bool)) == []
