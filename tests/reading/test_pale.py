"""What lies behind the writing goes; the numbers of a paler pen stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from numerist.reading.pale import without_pale_behind

if TYPE_CHECKING:
    from collections.abc import Callable

    from numerist.data import Mnist

    Grid = Callable[..., tuple[np.ndarray, int]]


def share(part: np.ndarray, whole: np.ndarray) -> float:
    return float((part & whole).sum() / whole.sum())


def layers(front: np.ndarray, back: np.ndarray, pale: float) -> tuple[np.ndarray, np.ndarray]:
    """Strokes and their depth, with soft edges as pictures have them."""
    depth = np.maximum(front.astype(np.float32), pale * back.astype(np.float32))
    depth = cv2.GaussianBlur(depth, (0, 0), 0.7)
    return depth > 0.4 * pale, depth


@pytest.mark.parametrize("pale", [0.15, 0.2, 0.3])
def test_writing_on_the_back_goes(pale: float, grid: Grid) -> None:
    front, _ = grid(500, 700)
    back = np.roll(front[:, ::-1], (25, 11), axis=(0, 1))
    strokes, depth = layers(front, back, pale)
    alone = back & (cv2.dilate(front.astype(np.uint8), np.ones((9, 9), np.uint8)) == 0)
    assert share(strokes, alone) > 0.95
    left = without_pale_behind(strokes, depth)
    assert share(left, alone) < 0.02
    assert share(left, front) > 0.99


@pytest.mark.parametrize("pale", [0.3, 0.39])
def test_the_ring_of_a_cup_across_numbers_goes(pale: float, grid: Grid) -> None:
    front, _ = grid(500, 700)
    ring = np.zeros(front.shape, np.uint8)
    cv2.circle(ring, (340, 220), 140, 1, 7)
    strokes, depth = layers(front, ring > 0, pale)
    left = without_pale_behind(strokes, depth)
    clear = (ring > 0) & (cv2.dilate(front.astype(np.uint8), np.ones((9, 9), np.uint8)) == 0)
    assert share(left, clear) < 0.02
    assert share(left, front) > 0.99


@pytest.mark.parametrize("pale", [0.15, 0.3, 0.39])
@pytest.mark.parametrize("apart", [12, 60])
def test_numbers_of_a_paler_pen_beside_the_others_stay(pale: float, apart: int, grid: Grid) -> None:
    front, _ = grid(500, 700)
    half = front[:, :332]
    front, other = (
        np.pad(half, sides) for sides in (((0, 0), (0, 332 + apart)), ((0, 0), (332 + apart, 0)))
    )
    strokes, depth = layers(front, other, pale)
    assert share(without_pale_behind(strokes, depth), other) > 0.95


@pytest.mark.parametrize("pale", [0.15, 0.3])
def test_lines_of_a_paler_pen_between_the_others_stay(pale: float, grid: Grid) -> None:
    line = np.pad(grid(90, 700)[0][20:60], ((6, 6), (0, 0)))
    blank = np.zeros_like(line)
    front, other = (np.vstack([*pair] * 4) for pair in ((line, blank), (blank, line)))
    strokes, depth = layers(front, other, pale)
    assert share(without_pale_behind(strokes, depth), other) > 0.95


def test_a_page_of_pale_numbers_with_specks_all_over_it_stays(grid: Grid) -> None:
    written, _ = grid(500, 700)
    specks = np.zeros(written.shape, np.uint8)
    for x, y in np.random.default_rng(3).integers(10, 490, (40, 2)):
        cv2.circle(specks, (int(x), int(y)), 4, 1, -1)
    strokes, depth = layers(specks > 0, written, 0.2)
    assert share(without_pale_behind(strokes, depth), written) > 0.95


def test_faint_writing_in_a_printed_form_stays(grid: Grid) -> None:
    """Its frames are darker, and it lies in them, but a frame is no writing."""
    written, _ = grid(500, 700)
    frames = np.zeros(written.shape, np.uint8)
    for top in range(10, 450, 80):
        cv2.rectangle(frames, (6, top), (690, top + 62), 1, 2)
    strokes, depth = layers(frames > 0, written, 0.2)
    assert share(without_pale_behind(strokes, depth), written) > 0.95


def test_a_dry_pen_keeps_its_palest_strokes(mnist: Mnist) -> None:
    """What a pen leaves is of all depths, not of two."""
    rng = np.random.default_rng(2)
    ink = np.hstack([cv2.resize(image, (120, 120)) for image in mnist.validation.images[:8]])
    press = cv2.GaussianBlur(rng.normal(0, 1, ink.shape), (0, 0), 9)
    depth = (ink * np.clip(0.6 + 0.3 * press / press.std(), 0.1, 1)).astype(np.float32)
    strokes = (ink > 0.4) & (depth > 0.05)
    assert (without_pale_behind(strokes, depth) == strokes).all()


def test_ink_of_one_depth_and_no_ink_stay_as_they_are(grid: Grid) -> None:
    front, _ = grid(200, 300)
    assert (without_pale_behind(front, front.astype(np.float32)) == front).all()
    nothing = np.zeros((20, 30), bool)
    assert not without_pale_behind(nothing, nothing.astype(np.float32)).any()
