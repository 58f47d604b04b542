"""Whether a line by hand goes through a whole number: it is struck out.

Lines that are found before there are numbers (`ruled`) run free for most of their way. One through
digits as close as people write them does not; but it joins them all, and its whole way is inked.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.reading.parts import connected_parts

Array: TypeAlias = npt.NDArray[Any]

_WIDE = 1.7  # heights: what is narrower may be one digit with a bar
_MOST = 0.85  # of all there is, across, the line joins
_MIDDLE = 0.2, 0.8  # of the height: its middle lies between these
_STEEP = 0.75  # a pixel across: no line rises more
_INKED = 0.97  # of its way, at least
_WAYS, _LOOKS = 32, 500  # places at which it may begin, and end; on the way, at most


def is_struck_out(mask: Array, height: float) -> bool:
    """Return whether a straight line goes through all that is inked, from side to side.

    Args:
        mask: bool (h, w), what is inked of a number.
        height: of its writing, in pixels.
    """
    numbers, parts = connected_parts(mask)
    if not len(parts):
        return False
    widest = int(np.argmax(parts[:, 2]))
    left, top, wide, high = parts[widest, :4].tolist()
    across = np.ptp(np.flatnonzero(mask.any(axis=0))) + 1
    if wide < max(_WIDE * height, _MOST * across):
        return False
    ink = numbers[top : top + high, left : left + wide] == widest + 1
    return _longest_line(ink) >= _INKED


def _longest_line(ink: Array) -> float:
    """Return the largest share of any straight way from side to side that is inked or beside it."""
    high, wide = ink.shape
    ink = ink | np.pad(ink[1:], ((0, 1), (0, 0))) | np.pad(ink[:-1], ((1, 0), (0, 0)))
    ends = np.linspace(0, high - 1, _WAYS)
    begin, end = (places.reshape(-1, 1) for places in np.meshgrid(ends, ends))
    middle = (begin + end) / 2 / high
    some = (middle > _MIDDLE[0]) & (middle < _MIDDLE[1]) & (np.abs(end - begin) <= _STEEP * wide)
    begin, end = begin[some[:, 0]], end[some[:, 0]]
    columns = np.linspace(0, wide - 1, min(wide, _LOOKS)).astype(int)
    rows = np.rint(begin + (end - begin) * columns / max(wide - 1, 1)).astype(int)
    return float(ink[rows, columns].mean(axis=1).max(initial=0.0))
