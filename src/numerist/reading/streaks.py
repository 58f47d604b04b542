"""White lines across a page that break its strokes: of a fax, a dirty scanner, a worn printer.

A pen may leave a gap anywhere, and digits may nearly touch; but where all strokes that reach a
line break at it, and several do, and go on behind it as they were, it was not the pen.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.reading.ink import Ink, stroke_thickness

Array: TypeAlias = npt.NDArray[Any]

_BROADEST, _THIN = 100, 0.5  # parts of the shorter side; of strokes: a white line is no broader,
_PIXELS, _LOWER = 2, 20  # or than this, and in small pictures a twentieth of that side
_INKED = 0.1  # of what reaches it is inked in it, at most
_GOES_ON = 0.45  # of what reaches it from either side goes on at the other
_STROKES = 2  # at least, are broken
_ABRUPT, _DEEP = 0.6, 3  # of the ink in each of the lines before it is in the last


def without_streaks(ink: Ink) -> Ink:
    """Return the ink with strokes made whole where white lines break them, along rows or columns.

    Args:
        ink: of a page; nothing of it is changed.
    """
    thickness = stroke_thickness(ink.strokes)
    lying = [
        gap
        for gap in _broken(ink.strokes, thickness)
        if gap[1] - gap[0] <= _PIXELS or _is_abrupt(ink.strokes, *gap)
    ]
    standing = [gap for gap in _broken(ink.strokes.T, thickness) if _is_abrupt(ink.strokes.T, *gap)]
    if not lying and not standing:
        return ink
    whole = Ink(ink.level.copy(), ink.strokes.copy(), ink.depth.copy())
    for gap in lying:
        _fill(whole.strokes, (whole.level, whole.depth), gap)
    for gap in standing:
        _fill(whole.strokes.T, (whole.level.T, whole.depth.T), gap)
    return whole


def _broken(strokes: Array, thickness: float) -> list[tuple[int, int]]:
    """Return the first row of each white line, and the first behind it."""
    high = len(strokes)
    counts = np.count_nonzero(strokes, axis=1)
    shorter = min(strokes.shape)
    broadest = max(
        min(_PIXELS, shorter // _LOWER), min(shorter // _BROADEST, int(_THIN * thickness))
    )
    found = []
    for begin in (np.flatnonzero(counts[1:] < _INKED * counts[:-1]) + 1).tolist():
        least = _INKED * counts[begin - 1]
        ends = np.flatnonzero(counts[begin : begin + broadest + 1] > least)
        if not len(ends):
            continue
        end = begin + int(ends[0])
        if begin >= _DEEP and end <= high - _DEEP and _goes_on(strokes, counts, begin, end):
            found.append((begin, end))
    return found


def _goes_on(strokes: Array, counts: Array, begin: int, end: int) -> bool:
    """Return whether several strokes above some rows go on below them, and hardly any does not."""
    both = _between(strokes, begin, end)
    several = np.count_nonzero(np.diff(both.astype(np.int8), prepend=0) == 1) >= _STROKES
    on = [strokes[row] & both for row in (begin - 1, end)]
    least = _GOES_ON * max(counts[begin - 1], counts[end])
    return bool(several and min(np.count_nonzero(some) for some in on) >= least)


def _is_abrupt(strokes: Array, begin: int, end: int) -> bool:
    """Return whether strokes are nearly as broad right before and behind some rows as elsewhere.

    The sides of two round digits that nearly touch are not.
    """
    counts = np.count_nonzero(strokes[begin - _DEEP : end + _DEEP], axis=1)
    return bool(min(counts[_DEEP - 1], counts[-_DEEP]) >= _ABRUPT * counts.max())


def _between(strokes: Array, begin: int, end: int) -> Array:
    """Return which columns of some rows lie between strokes above and below, up to 45° aslant."""
    import cv2  # noqa: PLC0415

    above, below = strokes[begin - 1], strokes[end]
    aside = np.ones((1, 2 * (end - begin) + 1), np.uint8)
    near = [cv2.dilate(row[None].astype(np.uint8), aside)[0] > 0 for row in (above, below)]
    result: Array = near[0] & near[1] & (above | below)
    return result


def _fill(strokes: Array, amounts: tuple[Array, ...], gap: tuple[int, int]) -> None:
    """Ink rows from the first of a gap to before the second as strongly as what is around them."""
    begin, end = gap
    both = _between(strokes, begin, end)
    strokes[begin:end] |= both
    for amount in amounts:
        beside = np.maximum(amount[begin - 1], amount[end])
        amount[begin:end] = np.where(both, np.maximum(amount[begin:end], beside), amount[begin:end])
