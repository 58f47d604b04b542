"""Lines that somebody drew under what is written, once or twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from numerist.reading.lines import Line

Array: TypeAlias = npt.NDArray[Any]

_TOUCHED = 0.45  # of an underline, at least, nothing crosses or touches
_UNDER = 1.6  # of the height, at least, is one as thick as a pen's; writing is
_WRITTEN = 0.6  # of its columns, at least, above it; and as many are free
_BELOW = 0.5  # of the height, below it
_SHORTER = 1.1  # of the height: a shorter one, which
_BEYOND = 0.12  # of the height, at least, reaches beyond the writing on both sides, and
_WRITTEN_SHORT = 0.3  # of its columns, at least, has writing above;
_HANGING = 3.0  # pixels below: what is there hangs from it,
_TOUCHES = 0.04  # as nothing does from more of its columns


def is_underline(line: Line, strokes: Array, height: float) -> bool:
    """Return whether a lying line has writing above it, and hardly any below.

    A long one has it all along; a shorter one reaches beyond it on both sides, as the foot of a two
    does not, and nothing hangs from it, as from the bar of a seven.
    """
    if len(line) < _SHORTER * height or line.even < _TOUCHED:
        return False
    half = line.thickness / 2
    above, below = (
        _inked_beside(line, strokes, begin, end)
        for begin, end in ((-height, -half - 1), (half + 2, half + _BELOW * height))
    )
    if below.mean() > 1 - _WRITTEN:
        return False
    if len(line) >= _UNDER * height and above.mean() >= _WRITTEN:
        return True
    hanging = _inked_beside(line, strokes, half + 1, half + _HANGING)
    free = max(1, round(_BEYOND * height))
    beyond = not (above[:free].any() or above[-free:].any())
    return bool(above.mean() >= _WRITTEN_SHORT and beyond and hanging.mean() <= _TOUCHES)


def is_written_on(line: Line, strokes: Array, height: float) -> bool:
    """Return whether a lying line has writing all along above it."""
    above = _inked_beside(line, strokes, -height, -line.thickness / 2 - 1)
    return bool(above.mean() >= _WRITTEN)


def second_underlines(
    lines: list[Line], before: list[Line], strokes: Array, height: float
) -> list[Line]:
    """Return which lines are drawn under writing besides those that were taken out before.

    Args:
        lines: that lie in the strokes.
        before: those that were taken out.
        strokes: bool (h, w), without them.
        height: about that of the writing, in pixels.
    """
    return [
        line
        for line in lines
        if is_underline(line, strokes, height) and all(_is_apart(line, other) for other in before)
    ]


def _is_apart(line: Line, other: Line) -> bool:
    """Return whether there is paper between two lying lines along most of what they share."""
    begin = max(line.begin, other.begin)
    end = min(line.begin + len(line), other.begin + len(other))
    if begin >= end:
        return True
    one, two = (each.middles[begin - each.begin : end - each.begin] for each in (line, other))
    return bool(np.median(np.abs(one - two)) >= (line.thickness + other.thickness) / 2 + 1)


def _inked_beside(line: Line, strokes: Array, begin: float, end: float) -> Array:
    """Return in which of a line's columns there is ink in some rows, counted from its middle."""
    columns = line.begin + np.arange(len(line))
    rows = np.rint(line.middles).astype(int) + np.arange(round(begin), round(end))[:, None]
    inked = strokes[np.clip(rows, 0, len(strokes) - 1), columns]
    found: Array = np.any(inked & (rows >= 0) & (rows < len(strokes)), axis=0)
    return found
