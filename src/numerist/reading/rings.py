"""Rings that are drawn around numbers: of marks on exam papers, of answers in a list.

A ring is one thin stroke, closed or nearly, with writing in it that is much of its height. No digit
holds another; but a zero may hold a slash, nearly as high as itself, and is as high as the digits
beside it.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.reading.parts import connected_parts

Array: TypeAlias = npt.NDArray[Any]

_COARSE = 1500  # pixels of the longer side: enough to see rings
_SMALL = 200  # pixels of a ring's longer side: enough to see what lies within
_LEAST = 12  # pixels of a ring's sides
_HOLLOW = 0.35  # of its box is inked, at most
_HOLDS = 0.3  # of its height, at least, is that of a piece within
_MANY = 60  # pieces within: more are no number
_RIM = 3  # pixels from the picture's border: there it is cut
_GAP, _FARTHEST = 0.25, 0.12  # of its shorter and longer side: its ends are no further apart
_SQUARE = 0.88  # of its box lies within: it has corners
_MOSTLY = 0.9  # of a piece lies within
_DIRECTIONS, _SEEN = 24, 0.83  # as seen from what is within; of which so many meet the ring
_SLIM = 0.3  # as wide as long, or less: a straight stroke;
_ROUND = 0.95  # of its height is the width of a ring around nothing but such,
_SHORT = 0.65  # unless these are no higher: the slash of a zero leads from side to side
_AS_HIGH, _BESIDE, _NEAR = 0.75, 0.6, 3.0  # of its height; of it beside the other; heights away
_USUAL, _BAND = 0.75, 1.5  # most of its stroke is no thicker; times that it reaches inwards
_DEEP = 0.15  # of its shorter side: writing that touches it reaches further inwards
_MOST = 100  # pieces that are looked at,
_AREA = 4.0  # and pixels, in pictures


class _Ring(NamedTuple):
    """A ring: its pixels, bool (h, w), at left and top of the picture; which borders cut it."""

    left: int
    top: int
    pixels: Array
    cut: tuple[bool, ...]


def without_rings(strokes: Array) -> Array:
    """Return the strokes without rings around others.

    Args:
        strokes: bool (h, w).
    """
    import cv2  # noqa: PLC0415

    step = -(-max(strokes.shape) // _COARSE)
    small = strokes
    if step > 1:
        broad = cv2.dilate(strokes.astype(np.uint8), np.ones((step, step), np.uint8))
        small = broad[step // 2 :: step, step // 2 :: step] > 0
    rings = _rings(small)
    if not rings:
        return strokes
    result = strokes.copy()
    for ring in rings:
        gone = _outermost(ring).repeat(step, axis=0).repeat(step, axis=1)
        window = result[ring.top * step :, ring.left * step :][: gone.shape[0], : gone.shape[1]]
        window &= ~gone[: window.shape[0], : window.shape[1]]
    return result


def _rings(strokes: Array) -> list[_Ring]:
    """Return the rings that hold writing."""
    numbers, boxes = connected_parts(strokes)
    left, top, wide, high, area = boxes.T
    right, bottom = left + wide, top + high
    may_be = (np.minimum(wide, high) >= _LEAST) & (area <= _HOLLOW * wide * high)
    found: dict[int, _Ring] = {}
    looked_at = 0.0
    for ring in np.flatnonzero(may_be)[:_MOST].tolist():
        within = (left > left[ring]) & (right < right[ring])
        within &= (top > top[ring]) & (bottom < bottom[ring])
        within &= high >= max(_HOLDS * high[ring], 3)
        pieces = np.flatnonzero(within)
        if not 0 < len(pieces) <= _MANY:
            continue
        looked_at += float(wide[ring]) * float(high[ring])
        if looked_at > _AREA * strokes.size:
            break
        x, y = int(left[ring]), int(top[ring])
        window = numbers[y : bottom[ring], x : right[ring]]
        cut = (x == 0, y == 0, right[ring] == strokes.shape[1], bottom[ring] == strokes.shape[0])
        this = _Ring(x, y, window == ring + 1, tuple(map(bool, cut)))
        held = pieces[_held(window, this, pieces + 1)]
        if not len(held):
            continue
        slim = all(_is_slim(window == piece + 1) for piece in held)
        short = (high[held] <= _SHORT * high[ring]).all()
        if not slim or short or wide[ring] >= _ROUND * high[ring]:
            found[ring] = this
    writing = np.setdiff1d(np.arange(len(boxes)), list(found))
    return [this for ring, this in found.items() if not _as_high_beside(boxes, ring, writing)]


def _as_high_beside(boxes: Array, ring: int, writing: Array) -> bool:
    """Return whether other writing beside a ring is about as high: then it is a zero."""
    left, top, wide, high = boxes[writing, :4].T
    x, y, w, h = boxes[ring, :4]
    outside = (left + wide <= x) | (left >= x + w)
    near = (left < x + w + _NEAR * h) & (left + wide > x - _NEAR * h)
    beside = np.minimum(top + high, y + h) - np.maximum(top, y) >= _BESIDE * h
    alike = (high >= _AS_HIGH * h) & (high * _AS_HIGH <= h)
    return bool((outside & near & beside & alike).any())


def _held(numbers: Array, ring: _Ring, pieces: Array) -> Array:
    """Return which pieces lie within a ring, whose ends need not quite meet: bool (pieces,).

    What has corners is a frame; of those `numerist.reading.frames` knows more.

    Args:
        numbers: int (h, w), of the pieces in the ring's box.
        ring: around them.
        pieces: int (n,), their numbers.
    """
    none = np.zeros(len(pieces), bool)
    inside = _filled(ring)
    if inside.mean() > _SQUARE:
        return none
    size = int(numbers.max()) + 1
    pixels = np.bincount(numbers.ravel(), minlength=size)
    share = np.bincount(numbers.ravel(), inside.ravel(), size) / np.maximum(pixels, 1)
    held: Array = share[pieces] >= _MOSTLY
    if held.any() and not _surrounds(ring, np.isin(numbers, pieces[held])):
        return none
    return held


def _surrounds(ring: _Ring, within: Array) -> bool:
    """Return whether a ring is met in most directions from the middle of what is within."""
    rows, columns = (np.flatnonzero(within.any(axis=axis)) for axis in (1, 0))
    y, x = np.nonzero(_with_borders(ring))
    down = (y - rows.mean()) / (np.ptp(rows) + 1)
    across = (x - columns.mean()) / (np.ptp(columns) + 1)
    outside = np.maximum(np.abs(down), np.abs(across)) >= 0.5  # noqa: PLR2004  (of its box)
    turn = np.arctan2(down, across)[outside] / (2 * np.pi) + 0.5
    seen = np.unique(np.minimum((turn * _DIRECTIONS).astype(int), _DIRECTIONS - 1))
    return len(seen) >= _SEEN * _DIRECTIONS


def _is_slim(piece: Array) -> bool:
    """Return whether a piece is one straight stroke."""
    import cv2  # noqa: PLC0415

    sides = cv2.minAreaRect(np.argwhere(piece).astype(np.float32))[1]
    return bool(min(sides) + 1 <= _SLIM * (max(sides) + 1))


def _with_borders(ring: _Ring) -> Array:
    """Return the pixels of a ring, and the picture's border where it cuts it."""
    pixels = ring.pixels.copy()
    for turn in np.flatnonzero(ring.cut).tolist():
        side: Array = np.rot90(pixels, turn)  # where that side is the left one
        meets = np.flatnonzero(side[:, :_RIM].any(axis=1))
        if len(meets):
            side[meets[0] : meets[-1], 0] = True
    return pixels


def _filled(ring: _Ring) -> Array:
    """Return a ring with all that lies within, though its ends may not quite meet."""
    import cv2  # noqa: PLC0415

    whole = _with_borders(ring)
    high, wide = whole.shape
    step = -(-max(high, wide) // _SMALL)
    padded = np.pad(whole, ((0, -high % step), (0, -wide % step)))
    drawn = np.asarray(padded.reshape(len(padded) // step, step, -1, step).any(axis=(1, 3)))
    gap = max(3, round(min(_GAP * min(drawn.shape), _FARTHEST * max(drawn.shape))))
    roomy = np.pad(_with_ends_joined(drawn, gap).astype(np.uint8), gap + 1)
    mended = cv2.morphologyEx(roomy, cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8))
    areas = cv2.connectedComponents(1 - mended, connectivity=4)[1]
    inside = (areas != areas[0, 0])[gap + 1 : -gap - 1, gap + 1 : -gap - 1]
    result: Array = inside.repeat(step, axis=0).repeat(step, axis=1)[:high, :wide]
    return result


def _with_ends_joined(drawn: Array, farthest: int) -> Array:
    """Return a ring with its ends joined, those where most of a turn is empty, if they are near."""
    import cv2  # noqa: PLC0415

    rows, columns = np.nonzero(drawn)
    high, wide = drawn.shape
    turn = np.arctan2((rows + 0.5) / high - 0.5, (columns + 0.5) / wide - 0.5)
    order = np.argsort(turn)
    turns = turn[order]
    last = int(np.argmax(np.diff(turns, append=turns[0] + 2 * np.pi)))
    begin, end = (int(order[place % len(order)]) for place in (last, last + 1))
    (x, y), (x1, y1) = ((int(columns[k]), int(rows[k])) for k in (begin, end))
    if math.hypot(x1 - x, y1 - y) > farthest:
        return drawn
    joined: Array = cv2.line(drawn.astype(np.uint8), (x, y), (x1, y1), 1, 2) > 0
    return joined


def _outermost(ring: _Ring) -> Array:
    """Return what of a ring is its stroke, not writing that touches it from within."""
    import cv2  # noqa: PLC0415

    outside = np.pad((~_filled(ring)).astype(np.uint8), 1, constant_values=1)
    deep, within = (
        cv2.distanceTransform(mask, cv2.DIST_L2, 5)[1:-1, 1:-1]
        for mask in (1 - outside, np.pad(ring.pixels, 1).astype(np.uint8))
    )
    broad = 2 * float(np.quantile(within[ring.pixels], _USUAL))
    inner = ring.pixels & (deep > _BAND * broad + 1)
    numbers, boxes = connected_parts(inner)
    reaches = np.zeros(len(boxes) + 1, bool)
    reaches[numbers[inner & (deep > _DEEP * min(ring.pixels.shape))]] = True
    result: Array = ring.pixels & ~reaches[numbers]
    return result
