"""What lines that were taken out say of a row: where a table parts it, and what is struck out.

A line of a table stands between two numbers, however near these are to each other. It is longer
than the sides of a box for one digit, and no other is as near as in squares and combs; in a whole
grid with a digit in each cell, a sudoku, they may be nearer. A single line may be that of a margin.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from numerist.reading.lines import Line

    Box: TypeAlias = tuple[int, int, int, int]

Array: TypeAlias = npt.NDArray[Any]

_TABLE = 2.2  # heights: a line of a table is at least as long,
_BESIDE = 0.9  # of the row's height are beside it,
_NEXT = 1.9  # heights, at least, to the next: nearer ones are squares, or boxes for one digit,
_NEXT_IN_GRID = 1.25  # unless they are no nearer than this,
_MOST_IN_GRID = 17  # no more than so many lines,
_AS_HIGH = 0.5  # a grid at least so high beside its width,
_OFF = 0.04  # of its height off, at most, they begin and end
_DIGITS_APART = 0.35  # heights: less room around the only line is that between digits
_SAME = 0.4  # heights: nearer still, it is the same line, or its other edge
_MIDDLE = 0.22, 0.78  # of a row's height: a line through it lies between these
_ALONE = 0.8  # heights, at least, to the next line that lies: ruled paper has them about as near
_BORDER = 4  # pixels from the picture's border: there lines of ruled paper end
_LONG = 4.0  # heights: nor is a line longer, beyond what it strikes out
_MANY = 500  # lines or more: they are a texture, or squares


def fences(
    box: Box, height: float, mask: Array, standing: list[Line], page_high: int
) -> tuple[float, ...]:
    """Return the columns in which lines of a table stand beside or in a row.

    Args:
        box: left, top, right, bottom of the row, in pixels.
        height: of its writing.
        mask: bool (h, w), the row's ink in its box.
        standing: the page's lines that stand, rows and columns exchanged.
        page_high: the page, in pixels.
    """
    left, top, right, bottom = box
    beside = []
    for line in standing if len(standing) < _MANY else ():
        shared = min(line.begin + len(line), bottom) - max(line.begin, top)
        if len(line) >= _TABLE * height and shared >= _BESIDE * (bottom - top):
            middle = min(max((top + bottom) // 2 - line.begin, 0), len(line) - 1)
            beside.append((float(line.middles[middle]), line))
    beside.sort(key=itemgetter(0))
    places = np.array([place for place, _ in beside])
    apart = np.diff(places, prepend=-np.inf) > _SAME * height
    lines = places[apart].tolist()
    inside = tuple(place for place in lines if left < place < right)
    if len(lines) == 1 and inside and _room(mask, inside[0] - left) < _DIGITS_APART * height:
        return ()  # a margin's line
    nearest = float(np.diff(lines).min(initial=np.inf)) / height
    if nearest >= _NEXT:
        return inside
    if nearest < _NEXT_IN_GRID or len(lines) > _MOST_IN_GRID:
        return ()
    grid = _is_whole_grid([line for _, line in beside], lines[-1] - lines[0], page_high)
    crossed = [_room(mask, place - left) == 0 for place in inside]
    return inside if grid and not any(crossed) else ()


def _room(mask: Array, place: float) -> float:
    """Return how wide the paper at a column of a row's ink is, in pixels; 0.0 if ink is there."""
    inked = np.flatnonzero(mask.any(axis=0))
    behind = int(np.searchsorted(inked, place))
    if not 0 < behind < len(inked):
        return float("inf")
    before, after = float(inked[behind - 1]), float(inked[behind])
    return after - before - 1


def _is_whole_grid(lines: list[Line], wide: float, page_high: int) -> bool:
    """Return whether standing lines begin and end together, within the page: a printed puzzle's.

    Squared paper goes on to its edges, and boxes for the digits of a number are in a strip.
    """
    begins, ends = np.array([(line.begin, line.begin + len(line)) for line in lines]).T
    begin, end = float(np.median(begins)), float(np.median(ends))
    off = _OFF * (end - begin)
    together = (abs(begins - begin) <= off) & (abs(ends - end) <= off)
    within = begin > _BORDER and end < page_high - _BORDER
    return bool(within and together.all() and end - begin >= _AS_HIGH * wide)


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
