"""Tight boxes around digits and squares behind them: they go, digits stay and are no boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw

from numerist.reading.frames import known_lines
from numerist.reading.removal import take_out

if TYPE_CHECKING:
    from numerist.data import Mnist

LARGE = 3  # times as large as in MNIST


def strokes_of(digit: np.ndarray, large: int = LARGE) -> np.ndarray:
    return np.kron(digit, np.ones((large, large))) > 0.4


def without(strokes: np.ndarray, depth: np.ndarray) -> np.ndarray:
    depth = depth.astype(np.float32)
    return take_out(strokes, depth, known_lines(strokes, depth))


def around(ink: np.ndarray, room: int, turn: float) -> np.ndarray:
    """A box of lines two pixels thick around ink, room for so many pixels, turned; bool."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    left, top, right, bottom = columns[0], rows[0], columns[-1], rows[-1]
    x, y = (left + right) / 2, (top + bottom) / 2
    wide, high = (right - left) / 2 + room, (bottom - top) / 2 + room
    corners = [
        (x + wide * a - turn * high * b, y + high * b + turn * wide * a)
        for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    ]
    picture = Image.new("1", ink.shape[::-1])
    ImageDraw.Draw(picture).line(corners, fill=1, width=2)
    return np.asarray(picture)


@pytest.mark.parametrize("room", [2, 5, 9])
@pytest.mark.parametrize("turn", [0.0, 0.03, -0.03])
@pytest.mark.parametrize("pale", [1.0, 0.5])
def test_a_box_goes_and_what_is_in_it_stays(
    room: int, turn: float, pale: float, mnist: Mnist
) -> None:
    lost, left = [], []
    for digit in mnist.validation.images[:40]:
        ink = np.pad(strokes_of(digit), 20)
        box = around(ink, room, turn)
        strokes = ink | box
        result = without(strokes, np.where(ink, 1, pale * box))
        assert not (result & ~strokes).any()
        alone = box & ~ink
        lost.append((ink & ~result).sum() / ink.sum())
        left.append((result & alone).sum() / alone.sum())
    touches = room < 3
    assert np.mean(left) < (0.12 if touches else 0.01)
    assert np.mean(lost) < (0.02 if touches else 0.001)


@pytest.mark.parametrize("large", [1, 2, 3])
def test_no_digit_is_a_box(large: int, mnist: Mnist) -> None:
    for digit in mnist.validation.images[:1000]:
        ink = strokes_of(digit, large)
        assert (without(ink, ink) == ink).all()


@pytest.mark.parametrize("cell", [24, 31])
@pytest.mark.parametrize("turn", [0.0, 0.03])
def test_dark_squares_in_a_small_picture_go(cell: int, turn: float, mnist: Mnist) -> None:
    """They touch the digits and are no longer than they are high."""
    lost, left = [], []
    for digit in mnist.validation.images[:40]:
        ink = np.pad(strokes_of(digit), 8)
        size = len(ink)
        picture = Image.new("1", (size, size))
        for place in range(9, size, cell):
            off = turn * size
            for line in ((0, place, size, place + off), (place, 0, place - off, size)):
                ImageDraw.Draw(picture).line(line, fill=1, width=2)
        net = np.asarray(picture)
        result = without(ink | net, np.where(ink, 1, 0.95 * net))
        lost.append((ink & ~result).sum() / ink.sum())
        left.append((result & net & ~ink).sum() / (net & ~ink).sum())
    assert np.mean(lost) < 0.05
    assert np.mean(left) < 0.15  # where a digit covers too much of a line all stay
    assert np.median(left) < 0.05
