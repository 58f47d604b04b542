"""Lines that are known whatever the height of the writing: tight boxes, and squares in a cut-out.

Rules are known by being longer than any digit. The sides of a tight box are not; they are known by
standing around something, all four of them. Nor are the lines of squared paper in a small picture;
they are known by leading from border to border both ways. On larger pages squares, and on scans of
whole pages boxes too, are found as rules, since all the writing says how high it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.reading.lines import Line, Lines, find_lines, line_through
from numerist.reading.parts import connected_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

Array: TypeAlias = npt.NDArray[Any]

_SMALL = 600  # pixels of the longer side of a picture that is cut out of a page
_NET = 2  # lines each way, at least
_FINE = 0.06  # of the shorter side: they are no thicker
_PART = 1 / 3  # of the shorter side: about the height of writing
_RIM = 1  # pixels from the border, at most, where they end
_PARALLEL = 0.03  # in slope
_BROKEN = 8  # parts of the shorter side: a gap in a broken line is no wider
_LARGEST = 4_000_000  # pixels: a scan of a whole page has more
_LEAST = 12  # pixels of a side
_HOLLOW = 0.65  # of a frame's box is inked, at most
_NEAR, _SKEW = 0.04, 0.04  # of the shorter side and of its own length: so far off lies a side's ink
_NEAREST, _FARTHEST = 2, 12  # pixels: but at least, and at most, so far
_CLOSED = 0.85  # of each of three sides is inked,
_OPEN = 0.5  # and so much of the fourth
_HOLDS = 0.3  # of its height, at least, is that of ink in it
_SLIM, _THIN = 0.11, 2.5  # of the shorter side, or pixels: a frame's sides are no thicker
_SIDES = 3  # straight ones of the four, at least
_MOST = 300  # pieces large enough; more are no form


class _Outline(NamedTuple):
    """The outer edge of a side: from one column to another, in a row."""

    begin: int
    end: int
    row: float


def known_lines(strokes: Array, depth: Array) -> Lines:
    """Return the squares of a small picture, or else the sides of tight boxes.

    Args:
        strokes: bool (h, w).
        depth: float32 (h, w), how strongly each pixel is inked, 0…1.
    """
    net = _net(strokes, depth)
    return net if any(net) else _frame_sides(strokes, depth)


def _net(strokes: Array, depth: Array) -> Lines:
    """Return the lines of squared paper in a small picture."""
    if max(strokes.shape) > _SMALL:
        return Lines([], [])
    found = Lines(_through(strokes, depth), _through(strokes.T, depth.T))
    return found if min(len(found.lying), len(found.standing)) >= _NET else Lines([], [])


def is_net(strokes: Array, depth: Array) -> bool:
    """Return whether strokes of a small picture are, for the most part, squares, maybe broken.

    Args:
        strokes: bool (h, w).
        depth: float32 (h, w), how strongly each pixel is inked, 0…1.
    """
    import cv2  # noqa: PLC0415

    gap = max(3, min(strokes.shape) // _BROKEN)
    ways = []
    for drawn, inked in ((strokes, depth), (strokes.T, depth.T)):
        mended = cv2.morphologyEx(
            np.pad(drawn, ((0, 0), (gap, gap)), mode="edge").astype(np.uint8),
            cv2.MORPH_CLOSE, np.ones((1, gap), np.uint8),
        )  # fmt: skip
        ways.append(_through(mended[:, gap:-gap] > 0, inked))
    return min(map(len, ways)) >= _NET


def _through(strokes: Array, depth: Array) -> list[Line]:
    """Return the thin lines that lie from border to border, as parallel as most of them."""
    size, wide = min(strokes.shape), strokes.shape[1]
    thin = max(_FINE * size, _THIN)
    found = [
        line
        for line in find_lines(strokes, depth, _PART * size, wide - 2 * _RIM)
        if line.thickness <= thin
    ]
    usual = float(np.median([line.slope for line in found])) if found else 0.0
    return [line for line in found if abs(line.slope - usual) <= _PARALLEL]


def _frame_sides(strokes: Array, depth: Array) -> Lines:
    """Return the sides of frames."""
    lying: list[Line] = []
    standing: list[Line] = []
    if strokes.size > _LARGEST:
        return Lines(lying, standing)
    for box in _frames(strokes):
        flat = _sides(strokes, depth, box)
        upright = _sides(strokes.T, depth.T, (box[1], box[0], box[3], box[2]))
        found = [line for line in (*flat, *upright) if isinstance(line, Line)]
        thin = max(_SLIM * min(box[2] - box[0], box[3] - box[1]), _THIN)
        if len(found) >= _SIDES and all(line.thickness <= thin for line in found):
            lying += [_alike(line, found) for line in flat]
            standing += [_alike(line, found) for line in upright]
    return Lines(lying, standing)


def _frames(strokes: Array) -> Iterator[tuple[int, int, int, int]]:
    """Yield left, top, right, bottom of each frame; none that the picture's border cuts."""
    _, found = connected_parts(strokes)
    right, bottom = (found[:, :2] + found[:, 2:4]).T
    free = (found[:, :2] > 0).all(axis=1) & (right < strokes.shape[1]) & (bottom < len(strokes))
    large = found[(found[:, 2:4].min(axis=1) >= _LEAST) & free]
    if len(large) > _MOST:
        return
    begins, ends = large[:, :2], large[:, :2] + large[:, 2:4]
    known: set[tuple[int, int, int, int]] = set()
    for first, last in zip(begins, ends, strict=True):
        meets = (begins < last).all(axis=1) & (ends > first).all(axis=1)
        together = (*begins[meets].min(axis=0).tolist(), *ends[meets].max(axis=0).tolist())
        for box in {(*first.tolist(), *last.tolist()), together} - known:
            known.add(box)
            if _is_frame(strokes, box):
                yield box


def _is_frame(strokes: Array, box: tuple[int, int, int, int]) -> bool:
    left, top, right, bottom = box
    inside = strokes[top:bottom, left:right]
    high, wide = (_nearby(box, side) for side in (right - left, bottom - top))
    bands = (inside[:high], inside[-high:], inside[:, :wide].T, inside[:, -wide:].T)
    inked = sorted(float(band.any(axis=0).mean()) for band in bands)
    if inked[0] < _OPEN or inked[1] < _CLOSED or inside.mean() > _HOLLOW:
        return False
    within = inside[high + 1 : -high - 1, wide + 1 : -wide - 1]
    return bool(within.any(axis=1).sum() >= _HOLDS * (bottom - top))


def _nearby(box: tuple[int, int, int, int], length: int) -> int:
    """Return how many pixels from a box's side, of a length, the ink of a frame lies, at most."""
    left, top, right, bottom = box
    near = round(_NEAR * min(right - left, bottom - top) + _SKEW * length)
    return min(max(near, _NEAREST), _FARTHEST)


def _sides(strokes: Array, depth: Array, box: tuple[int, int, int, int]) -> list[Line | _Outline]:
    """Return the lines along the upper and the lower side of a box.

    Where so much touches a side that no line is found in it, its outer edge stands for it.
    """
    left, top, right, bottom = box
    near = _nearby(box, right - left)
    result: list[Line | _Outline] = []
    for begin, end in ((top, top + near), (bottom - 1, bottom - 1 - near)):
        down = 1 if end > begin else -1
        band = strokes[range(begin, end, down), left:right]
        started = np.logical_or.accumulate(band)
        outermost = band & ~np.logical_or.accumulate(started & ~band)
        rows, columns = np.nonzero(outermost)
        line = line_through(begin + down * rows, columns + left, depth, float(right - left))
        edge = begin + down * float(np.median(band.argmax(axis=0)[band.any(axis=0)]))
        result.append(_Outline(left, right, edge) if line is None else line)
    return result


def _alike(side: Line | _Outline, others: list[Line]) -> Line:
    """Return a side as a line, as thick and as dark as the frame's others."""
    if isinstance(side, Line):
        return side
    thickness, depth = (
        float(np.median(values))
        for values in ([line.thickness for line in others], [line.depth for line in others])
    )
    return Line(side.begin, np.full(side.end - side.begin, side.row), thickness, depth, 0.0)
