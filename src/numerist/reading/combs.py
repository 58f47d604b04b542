"""The inner lines of combs: boxes side by side, a digit in each.

A digit that leans on such a line hides it along much of its length, so it may not be known as one
by itself. It is known by where it stands: the others are as far from each other. Where nothing
hides it, it is judged like any line, and may be a one.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.reading.lines import Line, widest

if TYPE_CHECKING:
    from collections.abc import Iterator

Array: TypeAlias = npt.NDArray[Any]

_LENGTHS = 4.0  # heights of the writing: the lines of a comb are no longer;
_MOST = 2000  # more short lines are a texture
_ALIKE = 0.15  # of their length: so far off are the ends of lines of one comb
_EVEN = 0.08  # of a distance: so far off is another that is equal
_BOXES = 12  # with hidden sides, at most, between two lines that are seen
_NARROWEST, _WIDEST = 0.4, 3.0  # times as wide as high: boxes for one digit
_OFF = 2  # pixels from where it should be, at most, a hidden line is
_INKED = 0.95  # of its length, at least,
_FREE = (0.15, 0.8)  # of which so much is free: else nothing shows that it is thin, or hides it


def hidden_sides(strokes: Array, sides: list[Line], height: float) -> list[Line]:
    """Return the standing lines that are missing between others at equal distances.

    They are inked there, as thin as the others in part, and hidden in part.

    Args:
        strokes: bool (w, h), columns and rows of the page exchanged.
        sides: standing lines of boxes and whatever else stands, in that view.
        height: about that of the writing, in pixels.
    """
    short = [line for line in sides if len(line) <= _LENGTHS * height]
    if len(short) > _MOST:
        return []
    return [line for comb in _combs(short) for line in _missing(comb, strokes)]


def _combs(sides: list[Line]) -> list[list[Line]]:
    """Return lines that stand side by side, each between the same heights as the one before."""
    combs: list[list[Line]] = []
    for line in sorted(sides, key=_place):
        for comb in combs:
            if _goes_on(comb[-1], line):
                if _place(line) - _place(comb[-1]) > line.thickness:  # it may be known twice
                    comb.append(line)
                break
        else:
            combs.append([line])
    return combs


def _place(line: Line) -> float:
    return float(line.middles.mean())


def _goes_on(last: Line, line: Line) -> bool:
    """Return whether a line goes on with a comb that ends with another; the comb may climb."""
    off = _ALIKE * min(len(last), len(line))
    if abs(last.begin - line.begin) > off or abs(len(last) - len(line)) > off:
        return False
    return _place(line) - _place(last) <= _BOXES * _WIDEST * len(last)


def _missing(comb: list[Line], strokes: Array) -> Iterator[Line]:
    """Yield the lines that are missing in a comb, and there."""
    gaps = np.diff([_place(line) for line in comb])
    wide = _width(gaps, _NARROWEST * len(comb[0]))
    if wide is None:
        return
    for first, last, gap in zip(comb, comb[1:], gaps.tolist(), strict=False):
        boxes = round(gap / wide)
        if not 1 < boxes <= _BOXES or abs(gap - boxes * wide) > _EVEN * gap:
            continue
        for place in range(1, boxes):
            line = _between(first, last, place / boxes)
            best = max(_moved(line, strokes), key=lambda pair: pair[1])
            if best[1] >= _INKED and _FREE[0] <= _free(best[0], strokes) < _FREE[1]:
                yield best[0]


def _width(gaps: Array, least: float) -> float | None:
    """Return the distance, at least so large, that most gaps have; None if no two have one."""
    wide = np.sort(gaps[gaps >= least])
    equal = np.searchsorted(wide, wide * (1 + _EVEN), side="right") - np.arange(len(wide))
    return float(wide[equal.argmax()]) if (equal > 1).any() else None


def _between(first: Line, last: Line, share: float) -> Line:
    """Return the line that stands between two, so far from the first."""
    size = min(len(first), len(last))
    middles = (1 - share) * first.middles[:size] + share * last.middles[:size]
    begin = round((1 - share) * first.begin + share * last.begin)
    thickness = max(first.thickness, last.thickness)
    return Line(begin, middles, thickness, max(first.depth, last.depth), 0.0)


def _moved(line: Line, strokes: Array) -> Iterator[tuple[Line, float]]:
    """Yield a line where it may stand, nearest first, and how much of it is inked there."""
    for off in sorted(range(-_OFF, _OFF + 1), key=abs):
        moved = dataclasses.replace(line, middles=line.middles + off)
        yield moved, float(_across(moved, strokes, 0).sum()) / len(line)


def _free(line: Line, strokes: Array) -> float:
    """Return the share of a line at which nothing touches it: no more than it is inked across."""
    most = widest(line.thickness)
    reach = int(most) + 1
    across = _across(line, strokes, reach)
    runs = (
        np.logical_and.accumulate(side).sum(axis=0)
        for side in (across[reach::-1], across[reach + 1 :])
    )
    return float((sum(runs) <= most).mean())


def _across(line: Line, strokes: Array, reach: int) -> Array:
    """Return the strokes along a line, (2 reach + 1, n), its middle in the middle."""
    rows = np.rint(line.middles).astype(int) + np.arange(-reach, reach + 1)[:, None]
    columns = np.broadcast_to(line.begin + np.arange(len(line)), rows.shape)
    inside = (rows >= 0) & (rows < len(strokes)) & (columns >= 0) & (columns < strokes.shape[1])
    result = np.zeros(rows.shape, bool)
    result[inside] = strokes[rows[inside], columns[inside]]
    return result
