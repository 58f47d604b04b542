"""Cutting a row of ink into pieces: at every place where one digit might end.

More cuts than needed; which of them are right is decided by what the pieces look like together.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.reading.parts import connected_parts

Array: TypeAlias = npt.NDArray[Any]

HEIGHT = 40  # pixels of the writing's height, to which rows are brought before they are cut
_PAPER = 0.02  # what a cut through paper costs, a pixel
_ASIDE = 0.03  # what a step aside costs
_SMALLEST = 0.35  # of the height: narrower ink is not cut
_DEAREST = 25.0  # pixels of ink that a cut may go through
_EVERY = 3  # pixels between cuts, at least
_MARGIN = 2  # of the page's pixels, around a row
_LEFT, _RIGHT = slice(0, -1), slice(1, None)  # all pixels of a line but the last, but the first
_HALF = 0.4  # of a pixel: inked
_THINNEST = 0.15  # of a pixel: inked, if
_ALIKE = 0.5  # times what is inked of any pixel around it is not more
_LEAST_AREA = 8  # pixels; less becomes part of the neighbour


@dataclass(frozen=True, slots=True)
class Pieces:
    """A row, cut.

    Attributes:
        level: float32 (h, w), the row's ink, with writing about `HEIGHT` pixels high.
        numbers: int (h, w), which piece a pixel belongs to, counted from 1; 0: none.
        boxes: int (n, 4), left, top, right, bottom of each piece, from left to right.
        areas: int (n,), pixels of each.
        cut: float (n,), how many pixels of ink the cut between a piece and its left neighbour
            goes through; 0 where they are not connected.
        scale: pixels here for one of the page.
        margin: of paper around the row, in the page's pixels.
        answers: float32 (n, 11), of pieces that are surely digits by themselves how probable each
            digit is, and how probably it is one at all; zeros for all others.
    """

    level: Array
    numbers: Array
    boxes: Array
    areas: Array
    cut: Array
    scale: float
    margin: float
    answers: Array

    @property
    def whole(self) -> Array:
        """Which pieces are surely digits by themselves, bool (n,)."""
        result: Array = self.answers[:, -1] > 0
        return result

    @property
    def uncut(self) -> tuple[Array, Array]:
        """With which pieces what they were cut from begins, and the boxes of that, (n, 4)."""
        begins = np.flatnonzero(self.cut == 0)
        least = np.minimum.reduceat(self.boxes[:, :2], begins)
        most = np.maximum.reduceat(self.boxes[:, 2:], begins)
        return begins, np.concatenate([least, most], axis=1)


@dataclass(frozen=True, slots=True)
class Parts:
    """A row at the size that it is cut at, and its connected parts.

    Attributes:
        level: as `Pieces` has it.
        numbers: int32 (h, w), which part a pixel belongs to, counted from 1; 0: none.
        stats: int32 (n, 5), left, top, width, height and pixels of each.
        scale: as `Pieces` has it.
    """

    level: Array
    numbers: Array
    stats: Array
    scale: float


def parts_of(level: Array, mask: Array, height: float) -> Parts:
    """Return the connected parts of a row.

    Args:
        level: float32 (h, w), ink of the row's box, 0…1.
        mask: bool (h, w), which of it is the row's.
        height: of the writing, in pixels.
    """
    scale = HEIGHT / height
    level, mask = _brought_to(level, mask, scale)
    return Parts(level, *connected_parts(mask), scale)


def cut_row(parts: Parts, answers: Array | None = None) -> Pieces:
    """Return a row cut into pieces.

    Args:
        parts: of the row.
        answers: (n, 11), as `Pieces` has them: what is surely a digit is not cut.
    """
    if answers is None:
        answers = np.zeros((len(parts.stats), 11), np.float32)
    found: list[_Found] = []
    for part, (left, top, wide, high, area) in enumerate(parts.stats.tolist()):
        if area < _LEAST_AREA:
            continue
        window = (slice(top, top + high), slice(left, left + wide))
        inside = parts.numbers[window] == part + 1
        surely = answers[part].any()
        cut = [(0, inside, 0.0)] if surely else _cut_part(parts.level[window], inside)
        found += [
            _Found(left + right_by, top, piece, cost, part, answers[part])
            for right_by, piece, cost in cut
        ]
    return _sorted(parts.level, found, parts.scale)


class _Found(NamedTuple):
    """A piece: pixels, bool (h, w), at left and top of the row; its cut's cost; part; answers."""

    left: int
    top: int
    pixels: Array
    cut: float
    part: int
    answers: Array


def _brought_to(level: Array, mask: Array, scale: float) -> tuple[Array, Array]:
    """Return ink and mask at another size; ink only where the mask is, and one pixel around."""
    import cv2  # noqa: PLC0415

    edge = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8))
    level = np.pad(np.where(edge > 0, level, 0), _MARGIN).astype(np.float32)
    shape = np.maximum(np.rint(np.array(level.shape) * scale).astype(int), 1)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    size = (int(shape[1]), int(shape[0]))
    level = np.clip(cv2.resize(level, size, interpolation=how), 0, 1)
    share = cv2.resize(np.pad(mask, _MARGIN).astype(np.float32), size, interpolation=how)
    inked = share > _HALF
    if scale < 1:  # strokes thinner than a pixel
        most = cv2.dilate(share, np.ones((3, 3), np.uint8))
        inked |= (share > _THINNEST) & (share > _ALIKE * most)
    return level, inked


def _cut_part(level: Array, inside: Array) -> list[tuple[int, Array, float]]:
    """Return the pieces of one connected part: first column, pixels, what the cut left of it costs.

    A piece that is too small to be one stays with that at its left; the first with that at its
    right.
    """
    wide = inside.shape[1]
    if wide < _SMALLEST * HEIGHT or wide < 8:  # noqa: PLR2004
        return [(0, inside, 0.0)]
    seams, costs = _seams(np.where(inside, np.maximum(level, 0.3), 0))
    if not len(seams):
        return [(0, inside, 0.0)]
    seams = np.maximum.accumulate(seams, axis=0)
    columns = np.arange(wide)
    place = np.stack([np.searchsorted(row, columns, side="right") for row in seams.T])
    sizes = np.bincount(place[inside], minlength=len(seams) + 1)
    begins = [0, *(k for k in range(1, len(sizes)) if sizes[k] >= _LEAST_AREA)]
    if len(begins) > 1 and sizes[: begins[1]].sum() < _LEAST_AREA:
        del begins[1]
    pieces = []
    for first, after in pairwise([*begins, len(sizes)]):
        left = int(seams[first - 1].min()) if first else 0
        right = int(seams[after - 1].max()) if after < len(sizes) else wide
        here = place[:, left:right]
        piece = inside[:, left:right] & (first <= here) & (here < after)
        pieces.append((left, piece, float(costs[first - 1]) if first else 0.0))
    return pieces


def _seams(ink: Array) -> tuple[Array, Array]:
    """Return cuts from the top down through as little ink as can be, and how much that is.

    Args:
        ink: float (h, w).

    Returns:
        int (k, h), where each seam is in each row (the first column at its right), from left to
        right; float (k,).
    """
    high, wide = ink.shape
    cost = ink + _PAPER
    down, from_above = _cheapest(cost)
    up, from_below = _cheapest(cost[::-1])
    middle = high // 2
    through = down[middle] + up[::-1][middle] - cost[middle]
    pure = through - _PAPER * high
    candidates = [
        x
        for x in np.argsort(pure, kind="stable")
        if 2 <= x < wide - 2 and pure[x] <= _DEAREST  # noqa: PLR2004
    ]
    most = 3 + wide // 5
    chosen: list[int] = []
    near = np.zeros(wide, bool)  # one that is chosen
    for x in candidates:
        if not near[x]:
            chosen.append(int(x))
            near[max(x - _EVERY + 1, 0) : x + _EVERY] = True
        if len(chosen) == most:
            break
    chosen.sort()
    seams = np.zeros((len(chosen), high), int)
    for k, x in enumerate(chosen):
        seams[k, middle] = x
        for y in range(middle, 0, -1):
            seams[k, y - 1] = seams[k, y] + from_above[y, seams[k, y]]
        flipped = from_below[::-1]
        for y in range(middle, high - 1):
            seams[k, y + 1] = seams[k, y] + flipped[y, seams[k, y]]
    return seams, pure[chosen]


def _cheapest(cost: Array) -> tuple[Array, Array]:
    """Return the cost of the cheapest way from the first row to each pixel, and each last step."""
    high = len(cost)
    total = np.empty_like(cost)
    step = np.zeros(cost.shape, int)
    total[0] = cost[0]
    for y in range(1, high):
        before, best = total[y - 1], step[y]
        cheapest = before.copy()
        aside = before + _ASIDE
        for side, here, there in ((-1, _RIGHT, _LEFT), (1, _LEFT, _RIGHT)):
            better = aside[there] < cheapest[here]
            best[here][better] = side
            cheapest[here][better] = aside[there][better]
        total[y] = cost[y] + cheapest
    return total, step


def _sorted(level: Array, found: list[_Found], scale: float) -> Pieces:
    """Return the pieces numbered from left to right by the middle of their ink."""
    numbers = np.zeros(level.shape, int)
    boxes = np.zeros((len(found), 4), int)
    areas, cut = np.zeros(len(found), int), np.zeros(len(found))
    middles = [piece.left + np.nonzero(piece.pixels)[1].mean() for piece in found]
    order = np.argsort(middles, kind="stable").tolist()
    for place, number in enumerate(order):
        piece = found[number]
        ys, xs = np.nonzero(piece.pixels)
        numbers[piece.top + ys, piece.left + xs] = place + 1
        left, top = piece.left + xs.min(), piece.top + ys.min()
        boxes[place] = left, top, piece.left + xs.max() + 1, piece.top + ys.max() + 1
        areas[place] = len(xs)
        if place and found[order[place - 1]].part == piece.part:
            cut[place] = piece.cut
    answers = np.array([found[number].answers for number in order], np.float32).reshape(-1, 11)
    return Pieces(level, numbers, boxes, areas, cut, scale, _MARGIN, answers)
