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
_SMEAR = 2  # pixels along the edge, where JPEG mixes both colours
_DRAWN = 0.002  # of what is within: else a thick stroke alone is taken for a picture
_FRAMES = 3  # margins around margins


def within_margins(picture: Array) -> tuple[slice, slice]:
    """Return the rows and columns of a picture that lie within its margins; all if it has none.

    Args:
        picture: float32 (h, w) or (h, w, 3), 0…1.
    """
    rows, columns = slice(0, picture.shape[0]), slice(0, picture.shape[1])
    step = max(1, max(picture.shape[:2]) // _COARSE)
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
    differs = (np.abs(picture - picture[0, 0]) > even).any(axis=2)
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not len(rows):
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    left, right = int(columns[0]), int(columns[-1]) + 1
    inside = differs[top:bottom, left:right]
    if inside.shape == differs.shape or min(inside.shape) < _SMALLEST:
        return None
    high, wide = inside.shape
    deep_down, deep_across = (
        min(max(_DEEPER, round(_DEEP * side)), side // 3) for side in (high, wide)
    )
    sides = [
        (top > 0, inside[1:deep_down]),
        (bottom < differs.shape[0], inside[-deep_down:-1]),
        (left > 0, inside[:, 1:deep_across].T),
        (right < differs.shape[1], inside[:, -deep_across:-1].T),
    ]
    for there, lines in sides:
        shares = lines.mean(axis=1)
        if there and (shares.mean() < _ALONG or shares.min() < _EACH):
            return None
    if not _shows_something(picture[top:bottom, left:right]):
        return None
    return (top, bottom), (left, right)


def _shows_something(inside: Array) -> bool:
    """Return whether what lies within margins is more than one colour."""
    within = inside[_SMEAR:-_SMEAR, _SMEAR:-_SMEAR]
    usual = np.median(within, axis=(0, 1))
    return bool((np.abs(within - usual) > _EVEN[1]).any(axis=2).mean() > _DRAWN)
