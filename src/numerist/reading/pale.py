"""What is paler than the writing, and none: what shows through from the back, stains, nets."""

from __future__ import annotations

import itertools
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.reading.frames import is_net
from numerist.reading.parts import connected_parts
from numerist.reading.removal import darker

Array: TypeAlias = npt.NDArray[Any]

_SMALL = 600  # pixels of the longer side: in larger pictures no line is as thick as strokes
_RIM, _MEETS = 3, 6  # pixels; times that a net meets the border, at least
_ACROSS = 0.9  # of the picture: a net
_CREST = 5  # pixels: the middle of a stroke is the darkest in such a window,
_NEARLY = 0.97  # or so dark
_SMOOTH = 100  # pixels of the shorter side: in smaller pictures strokes are too thin to blur
_PALER = 0.4  # of the writing's depth: what is another kind of stroke
_BETWEEN = (0.3, 0.7)  # of the way from pale to dark
_HARDLY = 0.1  # of all strokes lie there
_NEARER = 0.35  # of that way: thin strokes of the writing are paler than thick ones
_SEEN = 0.6  # of the pale strokes' depth: so pale they go on beside dark ones
_CROSSES, _FEW = 0.025, 3  # of them, and so many places at least, lie where something is written
_INNER = 0.8  # of the sides of its box, in the middle,
_FILLED = 0.2  # of a digit's ink, at least
_AS_HIGH = 0.5  # of what is pale, at least: what may be written over it
_CLOSE = 0.1  # of its height, on all sides
_LOWEST = 5  # pixels: lower writing can't be read


def without_pale_behind(strokes: Array, depth: Array) -> Array:
    """Return the strokes without others that are far paler and go on behind them.

    Writing on the back shows through, a cup leaves a ring: all of that is of one pale kind, with
    hardly anything between it and the dark, and goes across what is written. The numbers of a paler
    pen stand beside the others.

    Args:
        strokes: bool (h, w).
        depth: float32 (h, w), how strongly each pixel is inked, 0…1.
    """
    import cv2  # noqa: PLC0415

    smooth = cv2.blur(depth, (3, 3)) if min(depth.shape) >= _SMOOTH else depth
    crests = smooth >= _NEARLY * cv2.dilate(smooth, np.ones((_CREST, _CREST), np.uint8))
    kinds = _two_kinds(np.clip(smooth[strokes & crests], 0, 1))
    if kinds is None:
        return strokes
    pale, dark = kinds
    level = pale + _NEARER * (dark - pale)
    written = darker(strokes, depth, level)
    boxes, lower = _boxes(written), _boxes(strokes & ~written)
    if len(lower):
        boxes = boxes[boxes[:, 3] >= _AS_HIGH * np.median(lower[:, 3])]
    behind = crests & (smooth > _SEEN * pale) & (smooth < level)
    behind &= cv2.dilate(written.astype(np.uint8), np.ones((_CREST, _CREST), np.uint8)) == 0
    crossing = np.count_nonzero(behind & _around(boxes, strokes.shape))
    return written if crossing >= max(_FEW, _CROSSES * np.count_nonzero(behind)) else strokes


def _two_kinds(depths: Array) -> tuple[float, float] | None:
    """Return how deep pale and dark strokes are; None if there are no two kinds, far apart.

    Args:
        depths: of the middles of strokes, 0…1.
    """
    if not depths.size:
        return None
    are_dark = depths > _between(np.rint(255 * depths).astype(np.uint8))
    if are_dark.all() or not are_dark.any():
        return None
    pale, dark = (float(np.median(depths[some])) for some in (~are_dark, are_dark))
    low, high = (pale + share * (dark - pale) for share in _BETWEEN)
    between = ((depths > low) & (depths < high)).mean()
    return (pale, dark) if pale <= _PALER * dark and between <= _HARDLY else None


def _boxes(strokes: Array) -> Array:
    """Return the boxes around connected strokes that may be digits, as `connected_parts`.

    A frame is none: it has hardly any ink but at the sides of its box.
    """
    numbers, boxes = connected_parts(strokes)
    rows, columns = np.nonzero(numbers)
    part = numbers[rows, columns] - 1
    left, top, wide, high, area = boxes.T
    across, down = (columns - left[part] + 0.5) / wide[part], (rows - top[part] + 0.5) / high[part]
    inner = np.maximum(np.abs(across - 0.5), np.abs(down - 0.5)) < _INNER / 2
    filled = np.bincount(part[inner], minlength=len(boxes)) >= _FILLED * area
    return np.asarray(boxes[filled & (high >= _LOWEST)])


def _around(boxes: Array, shape: tuple[int, ...]) -> Array:
    """Return what lies in boxes or close to them, bool (h, w)."""
    left, top, wide, high, _ = boxes.T
    close = np.rint(_CLOSE * high).astype(int)
    columns, rows = (
        np.clip([begin - close, begin + size + close], 0, most)
        for begin, size, most in ((left, wide, shape[1]), (top, high, shape[0]))
    )
    corners = np.zeros((shape[0] + 1, shape[1] + 1), np.int32)
    for row, column in itertools.product((0, 1), repeat=2):
        np.add.at(corners, (rows[row], columns[column]), 1 if row == column else -1)
    result: Array = corners.cumsum(axis=0).cumsum(axis=1)[:-1, :-1] > 0
    return result


def without_pale_net(strokes: Array, depth: Array) -> Array:
    """Return the strokes without what is pale and reaches across all of the picture.

    Writing on squared paper is one piece with its lines, which may be as thick as strokes in a
    small picture; or they are so pale that they are broken.
    """
    high, wide = strokes.shape
    if max(high, wide) > _SMALL or not _reaches_across(strokes):
        return strokes
    numbers, boxes = connected_parts(strokes)
    across = (boxes[:, 2] >= _ACROSS * wide) & (boxes[:, 3] >= _ACROSS * high)
    for piece in np.flatnonzero(across):
        pale = _paler(numbers == piece + 1, depth)
        if _leaves_often(pale):
            strokes = strokes & ~pale
    pale = _paler(strokes, depth)
    if _leaves_often(pale) and is_net(pale, depth):
        strokes = strokes & ~pale
    return strokes


def _paler(strokes: Array, depth: Array) -> Array:
    """Return those of two kinds of strokes that are pale, and not right beside the dark ones."""
    if not strokes.any():
        return strokes
    levels = np.rint(255 * np.clip(depth[strokes], 0, 1)).astype(np.uint8)
    result: Array = strokes & ~darker(strokes, depth, _between(levels))
    return result


def _reaches_across(strokes: Array) -> bool:
    """Return whether the box around strokes is nearly as wide and as high as the picture."""
    spans = [np.flatnonzero(strokes.any(axis=axis)) for axis in (0, 1)]
    return all(
        len(span) and np.ptp(span) >= _ACROSS * (size - 1)
        for span, size in zip(spans, strokes.shape[::-1], strict=True)
    )


def _between(levels: Array) -> float:
    """Return the level, 0…1, that parts uint8 levels into dark and pale (N. Otsu, 1979)."""
    import cv2  # noqa: PLC0415

    pale = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[0]  # up to this
    return (float(pale) + 0.5) / 255


def _leaves_often(part: Array) -> bool:
    """Return whether something meets the border of a picture as often as two lines each way do.

    A digit that is cut out tightly meets it about once a side, however unevenly it is inked.
    """
    rim = (part[:_RIM].any(axis=0), part[-_RIM:].any(axis=0),
           part[:, :_RIM].any(axis=1), part[:, -_RIM:].any(axis=1))  # fmt: skip
    meets = [np.count_nonzero(np.diff(side.astype(np.int8), prepend=0) == 1) for side in rim]
    return bool(min(meets) > 0 and sum(meets) >= _MEETS)
