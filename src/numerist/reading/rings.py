"""Rings that are drawn around numbers: of marks on exam papers, of answers in a list.

A ring is one thin stroke, closed or nearly, with writing in it that is much of its height. No digit
holds another.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.reading.parts import connected_parts

Array: TypeAlias = npt.NDArray[Any]

_COARSE = 1500  # pixels of the longer side: enough to see rings
_RIM = 3  # pixels from the picture's border: there it is cut
_LEAST = 12  # pixels of a ring's sides
_HOLLOW = 0.35  # of its box is inked, at most
_HOLDS = 0.3  # of its height, at least, is that of a piece within
_SLIM = 0.55  # as wide as high, or less: a one within a ring, or the stroke within a zero,
_ROUND = 0.72  # which is narrower than rings are
_GAP = 0.12  # of its longer side: its ends are no further apart
_SQUARE = 0.88  # of its box lies within: it has corners
_MOSTLY = 0.9  # of a piece lies within
_USUAL, _BAND = 0.75, 1.5  # most of its stroke is no thicker; times that it reaches inwards
_DEEP = 0.15  # of its shorter side: writing that touches it reaches further inwards
_MOST = 300  # pieces that are looked at


def without_rings(strokes: Array) -> Array:
    """Return the strokes without rings around others.

    Args:
        strokes: bool (h, w).
    """
    import cv2  # noqa: PLC0415

    step = max(1, max(strokes.shape) // _COARSE)
    small = strokes
    if step > 1:
        broad = cv2.dilate(strokes.astype(np.uint8), np.ones((step, step), np.uint8))
        small = broad[step // 2 :: step, step // 2 :: step] > 0
    result = strokes
    for left, top, wide, high in _rings(small):
        window = (
            slice(max(0, (top - 1) * step), (top + high + 1) * step),
            slice(max(0, (left - 1) * step), (left + wide + 1) * step),
        )
        numbers, boxes = connected_parts(result[window])
        ring = numbers == 1 + int(np.argmax(boxes[:, 2] * boxes[:, 3]))
        if result is strokes:
            result = strokes.copy()
        cut = _cut_by_border((left, top, wide, high), small.shape)
        result[window] &= ~_outermost(ring, cut)
    return result


def _cut_by_border(box: tuple[int, ...], shape: tuple[int, ...]) -> tuple[bool, ...]:
    """Return whether a box ends where the picture does: at the left, top, right, bottom."""
    left, top, wide, high = box
    return left == 0, top == 0, left + wide == shape[1], top + high == shape[0]


def _outermost(ring: Array, cut: tuple[bool, ...]) -> Array:
    """Return what of a ring is its stroke, not writing that touches it from within."""
    import cv2  # noqa: PLC0415

    outside = np.pad((~_filled(ring, cut)).astype(np.uint8), 1, constant_values=1)
    deep, within = (
        cv2.distanceTransform(mask, cv2.DIST_L2, 5)[1:-1, 1:-1]
        for mask in (1 - outside, np.pad(ring, 1).astype(np.uint8))
    )
    broad = 2 * float(np.quantile(within[ring], _USUAL))
    inner = ring & (deep > _BAND * broad + 1)
    numbers, boxes = connected_parts(inner)
    reaches = np.zeros(len(boxes) + 1, bool)
    reaches[numbers[inner & (deep > _DEEP * min(ring.shape))]] = True
    result: Array = ring & ~reaches[numbers]
    return result


def _filled(ring: Array, cut: tuple[bool, ...]) -> Array:
    """Return a ring with all that lies within, though its ends may not quite meet.

    Args:
        ring: bool (h, w), in its box.
        cut: whether the picture's border cuts it at the left, top, right, bottom.
    """
    import cv2  # noqa: PLC0415

    gap = max(3, round(_GAP * max(ring.shape)))
    ring = ring.copy()
    for turn in np.flatnonzero(cut).tolist():
        side: Array = np.rot90(ring, turn)  # where that side is the left one
        meets = np.flatnonzero(side[:, :_RIM].any(axis=1))
        if len(meets):
            side[meets[0] : meets[-1], 0] = True
    drawn = np.pad(ring.astype(np.uint8), gap + 1)
    mended = cv2.morphologyEx(drawn, cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8))
    areas = cv2.connectedComponents(1 - mended, connectivity=4)[1]
    result: Array = (areas != areas[0, 0])[gap + 1 : -gap - 1, gap + 1 : -gap - 1]
    return result


def _rings(strokes: Array) -> list[tuple[int, int, int, int]]:
    """Return the boxes of rings: left, top, width, height."""
    numbers, boxes = connected_parts(strokes)
    left, top, wide, high, area = boxes.T
    right, bottom = left + wide, top + high
    may_be = (np.minimum(wide, high) >= _LEAST) & (area <= _HOLLOW * wide * high)
    found = []
    for ring in np.flatnonzero(may_be)[:_MOST].tolist():
        within = (left > left[ring]) & (right < right[ring])
        within &= (top > top[ring]) & (bottom < bottom[ring])
        within &= high >= max(_HOLDS * high[ring], 3)
        pieces = np.flatnonzero(within)
        if not len(pieces):
            continue
        window = numbers[top[ring] : bottom[ring], left[ring] : right[ring]]
        cut = _cut_by_border(tuple(boxes[ring, :4].tolist()), strokes.shape)
        held = pieces[_held(window, ring + 1, pieces + 1, cut)]
        slim = wide[held] <= _SLIM * high[held]
        if len(held) and (len(held) > 1 or not slim[0] or wide[ring] >= _ROUND * high[ring]):
            found.append(tuple(boxes[ring, :4].tolist()))
    return found


def _held(numbers: Array, ring: int, pieces: Array, cut: tuple[bool, ...]) -> Array:
    """Return which pieces lie within a ring, whose ends need not quite meet: bool (pieces,).

    What has corners is a frame; of those `numerist.reading.frames` knows more.

    Args:
        numbers: int (h, w), of the pieces in the ring's box.
        ring: its number.
        pieces: int (n,), theirs.
        cut: as `_filled`.
    """
    inside = _filled(numbers == ring, cut)
    if inside.mean() > _SQUARE:
        return np.zeros(len(pieces), bool)
    return np.array([inside[numbers == piece].mean() >= _MOSTLY for piece in pieces], bool)
