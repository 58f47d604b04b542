"""What lines that were taken out say of a row: where a table parts it, and what is struck out.

A line of a table stands between two numbers, however near these are to each other. It is longer
than the sides of a box for one digit, and no other is as near as in squares and combs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from numerist.reading.lines import Line

    Box: TypeAlias = tuple[int, int, int, int]

Array: TypeAlias = npt.NDArray[Any]

_TABLE = 2.2  # heights: a line of a table is at least as long,
_BESIDE = 0.9  # of the row's height are beside it,
_NEXT = 1.9  # heights, at least, to the next: nearer ones are squares, or boxes for one digit
_SAME = 0.4  # heights: nearer still, it is the same line, or its other edge
_MIDDLE = 0.22, 0.78  # of a row's height: a line through it lies between these
_ALONE = 0.8  # heights, at least, to the next line that lies: ruled paper has them about as near
_BORDER = 4  # pixels from the picture's border: there lines of ruled paper end
_LONG = 4.0  # heights: nor is a line longer, beyond what it strikes out
_MANY = 500  # lines or more: they are a texture, or squares


def fences(box: Box, height: float, standing: list[Line]) -> tuple[float, ...]:
    """Return the columns in which lines of a table stand beside or in a row.

    Args:
        box: left, top, right, bottom of the row, in pixels.
        height: of its writing.
        standing: the page's lines that stand, rows and columns exchanged.
    """
    left, top, right, bottom = box
    places = []
    for line in standing if len(standing) < _MANY else ():
        shared = min(line.begin + len(line), bottom) - max(line.begin, top)
        if len(line) >= _TABLE * height and shared >= _BESIDE * (bottom - top):
            middle = min(max((top + bottom) // 2 - line.begin, 0), len(line) - 1)
            places.append(float(line.middles[middle]))
    places.sort()
    lines = [
        place
        for before, place in zip([-np.inf, *places], places, strict=False)
        if place - before > _SAME * height
    ]
    if len(lines) > 1 and np.diff(lines).min() < _NEXT * height:
        return ()
    return tuple(place for place in lines if left < place < right)


def strikes(
    box: Box, height: float, lying: list[Line], wide: int
) -> tuple[tuple[float, float], ...]:
    """Return from and to which column lines by hand were drawn through a row.

    Args:
        box: left, top, right, bottom of the row, in pixels.
        height: of its writing.
        lying: the page's lines that lie.
        wide: the page, in pixels.
    """
    left, top, right, bottom = box
    found = []
    for line in lying if len(lying) < _MANY else ():
        begin, end = line.begin, line.begin + len(line)
        shared = min(end, right) - max(begin, left)
        if begin <= _BORDER or end >= wide - _BORDER or shared < len(line) - _LONG * height:
            continue
        inside = line.middles[max(left - begin, 0) : max(right - begin, 0)]
        if not len(inside):
            continue
        place = (float(np.median(inside)) - top) / (bottom - top)
        if _MIDDLE[0] <= place <= _MIDDLE[1] and not _is_ruled(line, lying, height):
            found.append((float(begin), float(end)))
    return tuple(found)


def _is_ruled(line: Line, lying: list[Line], height: float) -> bool:
    """Return whether another line lies above or below one, as far off as on ruled paper."""
    middle = len(line) // 2
    column, row = line.begin + middle, float(line.middles[middle])
    for other in lying:
        place = column - other.begin
        beside = 0 <= place < len(other)
        if beside and abs(float(other.middles[place]) - row) >= _ALONE * height:
            return True
    return False
