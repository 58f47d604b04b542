"""Even margins around a picture: of the page that a photo stands on, bars beside a screenshot.

A margin has one colour, and behind it another begins all along the side. What is drawn on paper
does not begin like that, however broad the paper around it is.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

_COARSE = 800  # pixels of the longer side: enough to see margins
_EVEN = 0.012, 0.06  # of white: what differs less is of the same colour, where JPEG was at it, too
_SMALLEST = 12  # pixels: no picture within margins is smaller
_DEEP, _DEEPER = 0.04, 10  # of a side, and pixels: so far in all differs, not in a frame alone
_ALONG, _EACH = 0.9, 0.75  # of the side, on average and in each line of that depth
_AT_ONCE = 0.5  # of the other colour is there behind what JPEG smears
_SMEAR = 2  # pixels along the edge, where JPEG mixes both colours
_DRAWN = 0.002  # of what is within: else a thick stroke alone is taken for a picture
_FRAMES = 3  # margins around margins


def within_margins(picture: Array) -> tuple[slice, slice]:
    """Return the rows and columns of a picture that lie within its margins; all if it has none.

    Args:
        picture: float32 (h, w) or (h, w, 3), 0…1.
    """
    rows, columns = slice(0, picture.shape[0]), slice(0, picture.shape[1])
    step = max(1, -(-max(picture.shape[:2]) // _COARSE))
    for _ in range(_FRAMES):
        some = np.atleast_3d(picture[rows, columns][::step, ::step])
        box = _box(some, _EVEN[0]) or _box(some, _EVEN[1])
        if box is None:
            break
        rows = _within(rows, box[0], some.shape[0], step)
        columns = _within(columns, box[1], some.shape[1], step)
    return rows, columns


def _within(side: slice, box: tuple[int, int], size: int, step: int) -> slice:
    """Return what of a side lies in a box, of so many places that are `step` pixels apart."""
    first, after = box
    begin = side.start + first * step + _SMEAR if first else side.start
    end = side.start + (after - 1) * step + 1 - _SMEAR if after < size else side.stop
    return slice(begin, end)


def _box(picture: Array, even: float) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return from where to where the rows and columns within the margins go; None without any."""
    away = np.abs(picture - picture[0, 0]).max(axis=2)
    differs = away > even
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not len(rows):
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    left, right = int(columns[0]), int(columns[-1]) + 1
    inside = away[top:bottom, left:right]
    if inside.shape == differs.shape or min(inside.shape) < _SMALLEST:
        return None
    cut = top > 0, right < differs.shape[1], bottom < differs.shape[0], left > 0
    for turn in np.flatnonzero(cut).tolist():
        if not _begins(np.rot90(inside, turn), even):  # that side is the upper one
            return None
    if not _shows_something(picture[top:bottom, left:right]):
        return None
    return (top, bottom), (left, right)


def _begins(away: Array, even: float) -> bool:
    """Return whether another colour begins all along the upper side, and at once.

    Args:
        away: float32 (h, w), how far each pixel is from the margin's colour.
        even: what is as far is not of that colour.
    """
    deep = min(max(_DEEPER, round(_DEEP * len(away))), len(away) // 3)
    lines = away[1:deep]
    shares = (lines > even).mean(axis=1)
    if shares.mean() < _ALONG or shares.min() < _EACH:
        return False
    first, last = np.median(lines[min(_SMEAR, len(lines) - 1)]), np.median(lines[-1])
    return bool(first >= _AT_ONCE * last)


def _shows_something(inside: Array) -> bool:
    """Return whether what lies within margins is more than one colour."""
    within = inside[_SMEAR:-_SMEAR, _SMEAR:-_SMEAR]
    usual = np.median(within, axis=(0, 1))
    return bool((np.abs(within - usual) > _EVEN[1]).any(axis=2).mean() > _DRAWN)
