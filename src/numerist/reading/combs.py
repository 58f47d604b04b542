"""The inner lines of combs: boxes side by side, a digit in each.

A digit that leans on such a line hides it along much of its length, so it may not be known as one
by itself. It is known by where it stands: the others are as far from each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.reading.lines import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

Array: TypeAlias = npt.NDArray[Any]

_LENGTHS = 4.0  # heights of the writing: the lines of a comb are no longer,
_MOST = 2000  # and on a page no more
_ALIKE = 0.15  # of their length: so far off are the ends of lines of one comb
_EVEN = 0.08  # of it: so far off from equal are the distances between them
_BOXES = 12  # with hidden sides, at most, between two lines that are seen
_WIDEST = 3.0  # times as wide as high: no box for one digit is wider
_INKED = 0.95  # of a hidden line's length, at least


def hidden_sides(strokes: Array, sides: list[Line], height: float) -> list[Line]:
    """Return the standing lines that are missing between others at equal distances.

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
    """Return lines that stand side by side, each as high and as long as the next, in order."""
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
    off = _ALIKE * min(len(last), len(line))
    if abs(last.begin - line.begin) > off or abs(len(last) - len(line)) > off:
        return False
    return _place(line) - _place(last) <= _BOXES * _WIDEST * len(last)


def _missing(comb: list[Line], strokes: Array) -> Iterator[Line]:
    """Yield the lines that are missing in a comb, and inked."""
    gaps = np.diff([_place(line) for line in comb])
    wide = _width(gaps)
    if wide is None:
        return
    for first, last, gap in zip(comb, comb[1:], gaps.tolist(), strict=False):
        boxes = round(gap / wide)
        if not 1 < boxes <= _BOXES or abs(gap - boxes * wide) > _EVEN * gap:
            continue
        for place in range(1, boxes):
            line = _between(first, last, place / boxes)
            best = max(_moved(line, strokes), key=lambda pair: pair[1])
            if best[1] >= _INKED:
                yield best[0]


def _width(gaps: Array) -> float | None:
    """Return the distance that two gaps at least have, the least such; None without any."""
    ordered = np.sort(gaps)
    twice = ordered[1:] - ordered[:-1] <= _EVEN * ordered[1:]
    return float(ordered[1:][twice][0]) if twice.any() else None


def _between(first: Line, last: Line, share: float) -> Line:
    """Return the line that stands between two, so far from the first."""
    size = min(len(first), len(last))
    middles = (1 - share) * first.middles[:size] + share * last.middles[:size]
    begin = round((1 - share) * first.begin + share * last.begin)
    thickness = max(first.thickness, last.thickness)
    return Line(begin, middles, thickness, max(first.depth, last.depth), 0.0)


def _moved(line: Line, strokes: Array) -> Iterator[tuple[Line, float]]:
    """Yield a line where it may stand, nearest first, and how much of it is inked there."""
    columns = line.begin + np.arange(len(line))
    inside = (columns >= 0) & (columns < strokes.shape[1])
    for off in sorted(range(-2, 3), key=abs):
        middles = line.middles + off
        rows = np.clip(np.rint(middles).astype(int), 0, len(strokes) - 1)
        inked = strokes[rows[inside], columns[inside]]
        moved = Line(line.begin, middles, line.thickness, line.depth, line.even)
        yield moved, float(inked.sum()) / len(line)
