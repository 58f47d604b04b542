"""White lines through strokes: drawn in known places, the strokes come back, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from numerist.reading import Reader
from numerist.reading.ink import Ink
from numerist.reading.streaks import without_streaks
from numerist.reading.strings import make_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from numerist.data import Mnist

    Grid = Callable[..., tuple[np.ndarray, int]]


def ink_of(strokes: np.ndarray) -> Ink:
    level = strokes.astype(np.float32)
    return Ink(level, strokes, 0.8 * level)


def pieces(strokes: np.ndarray) -> int:
    return int(cv2.connectedComponents(strokes.astype(np.uint8))[0]) - 1


def bars(lean: float = 0.0) -> np.ndarray:
    """Two upright strokes, four pixels thick, leaning by so much a row."""
    rows, columns = np.mgrid[:60, :90]
    both = [np.abs(columns - x - lean * (rows - 30)) < 2 for x in (25, 55)]
    return np.asarray((both[0] | both[1]) & (rows >= 8) & (rows < 52))


@pytest.mark.parametrize("thick", [1, 2])
def test_upright_strokes_are_whole_again_to_the_pixel(thick: int) -> None:
    whole = bars()
    for strokes in (whole, whole.T):
        cut = strokes.copy()
        (cut if strokes is whole else cut.T)[20 : 20 + thick] = False
        before = ink_of(cut)
        ink = without_streaks(before)
        assert np.array_equal(ink.strokes, strokes)
        assert np.array_equal(ink.level, strokes.astype(np.float32))
        assert np.allclose(ink.depth, 0.8 * strokes)
        assert np.array_equal(before.strokes, cut)  # is left alone


@pytest.mark.parametrize("lean", [-1.0, -0.4, 0.4, 1.0])
def test_leaning_strokes_are_joined(lean: float) -> None:
    cut = bars(lean)
    cut[20:22] = False
    assert pieces(cut) == 4
    ink = without_streaks(ink_of(cut))
    assert pieces(ink.strokes) == 2
    assert (ink.strokes & ~bars(lean)).sum() <= 8


@pytest.mark.parametrize("what", ["equals", "underlined", "ones", "eights", "lines", "broad"])
def test_gaps_that_are_none_stay(what: str, grid: Grid) -> None:
    strokes = np.zeros((70, 120), bool)
    if what == "equals":  # one stroke over another
        strokes[20:24, 20:60] = strokes[25:29, 20:60] = True
    elif what == "underlined":
        digits = grid(90, 120)[0][15:65]
        strokes[:50, :] |= digits
        bottom = int(np.flatnonzero(strokes.any(axis=1))[-1])
        strokes[bottom + 2 : bottom + 5, 10:110] = True
    elif what == "ones":
        strokes[10:50, 30:34] = strokes[10:50, 35:39] = True
    elif what == "eights":  # two pairs of rings that nearly touch
        picture = np.zeros(strokes.shape, np.uint8)
        for x in (30, 52):
            for y in (20, 40):
                cv2.circle(picture, (x, y), 9, 1, 2)
        strokes = picture > 0
        assert not strokes[:, 41].any()
    elif what == "lines":  # of writing, close to each other, the same digits in other places
        strokes[5:30, 10:14] = strokes[5:30, 40:44] = strokes[5:30, 70:74] = True
        strokes[32:60, 20:24] = strokes[32:60, 50:54] = strokes[32:60, 80:84] = True
    else:
        strokes[5:60, 20:24] = strokes[5:60, 60:64] = True
        strokes[30:36] = False
    before = ink_of(strokes)
    assert without_streaks(before) is before


@pytest.mark.parametrize("gap", [4, 6, 8])
def test_lines_of_the_same_digits_close_under_each_other_are_not_joined(gap: int) -> None:
    picture = np.zeros((900, 700), np.uint8)
    for y in range(100, 500, 39 + gap):
        for x in (300, 340, 380):
            cv2.ellipse(picture, (x, y), (12, 16), 0, 0, 360, 1, 5)
    strokes = picture > 0
    assert not strokes[120 : 119 + gap].any()
    before = ink_of(strokes)
    assert without_streaks(before) is before


def test_a_number_is_read_through_white_lines(mnist: Mnist) -> None:
    reader = Reader()
    rng = np.random.default_rng(11)
    made = [make_number(mnist.validation, 4, rng, gap="close", height=(60, 80)) for _ in range(12)]
    whole = [reader.read(number.picture).text for number in made]
    streaked = [number.picture.copy() for number in made]
    for picture in streaked:
        high, wide = picture.shape
        picture[high // 3] = picture[high // 2 : high // 2 + 2] = 255
        picture[:, wide // 2] = 255
    again = [reader.read(picture).text for picture in streaked]
    assert sum(a == b for a, b in zip(whole, again, strict=True)) >= 10
