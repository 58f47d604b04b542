"""Pages that lie on their side or upside down: what shows it, and which way up they read better.

What lies on its side falls into single digits that stand close above each other. What is upside
down is read in doubt.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from numerist.reading.looks import Look

Array: TypeAlias = npt.NDArray[Any]
Box: TypeAlias = tuple[float, float, float, float]

_WELL = 1.5  # digits of a number on average, as surely as they are read: the page stands upright
_FEWEST, _MOST = 2, 2000  # things on a page that can show it
_IN_LINE = 0.5  # of the narrower of two: so much of it lies in line with the other
_CLOSE = 2.0  # times the longer side of a box: so near may be what belongs together
_STACKED = 0.5  # of all have one so close above or below, but none as close at their sides
_BETTER = 1.6  # times as long numbers are read as well another way up,
_AS_MUCH = 0.8  # and of what is read rightly at least so much is there, too
_DOUBTED = 0.8  # of the digits, and of things that are none, is less read rightly upside down,
_FEW, _DOUBTED_OF_FEW = 8, 0.5  # or of fewer than eight less than this: they say less,
_CLEARLY = 0.85  # and of the digits the other way up no less than this,
_MORE, _DIGITS = 1.5, 1.5  # times as many rightly, and so many at least
_MANY = 10  # digits that are read surely lie on no side: a sudoku's
_SURELY = 0.97  # on average: what is read so is a column of single digits, if it is as much


def lies_on_side(look: Look) -> bool:
    """Return whether a page, as it was looked at, seems to lie on its side.

    Args:
        look: at the page as it is.
    """
    if not _FEWEST <= len(look.seen) <= _MOST or worth(look) >= _WELL:
        return False
    if _digits(look) >= _MANY and _is_sure(look):
        return False
    boxes = np.array([one.box for one in look.seen])
    return bool(_are_stacked(boxes).mean() >= _STACKED)


def is_read_better(other: Look, look: Look) -> bool:
    """Return whether a look at the page turned reads clearly more in it than the one before."""
    if _is_sure(look) and _right(look) >= _right(other):
        return False
    longer = worth(other) > _BETTER * worth(look)
    return longer and _right(other) >= _AS_MUCH * _right(look)


def may_be_upside_down(look: Look) -> bool:
    """Return whether much of what there is on a page is read in doubt, or not at all."""
    there = _digits(look) + len(look.seen) - len(look.numbers())
    doubted = _DOUBTED if there >= _FEW else _DOUBTED_OF_FEW
    return 0 < len(look.seen) <= _MOST and _right(look) < doubted * there


def is_upright(other: Look, look: Look) -> bool:
    """Return whether a look at the page upside down reads clearly more, and surely.

    Args:
        other: at the page turned by 180°.
        look: at the page as it is.
    """
    right = _right(other)
    more = right >= max(_MORE * _right(look), _DIGITS)
    return more and right >= _CLEARLY * _digits(other)


def worth(look: Look) -> float:
    """Return how many digits a number has on average, each counted as far as it is surely read."""
    numbers = look.numbers()
    return math.fsum(one.sure**2 * one.digits for one in numbers) / max(1, len(numbers))


def _is_sure(look: Look) -> bool:
    """Return whether all that is read on a page is read surely."""
    return _right(look) >= _SURELY * _digits(look)


def _digits(look: Look) -> int:
    """Return how many digits are read on a page."""
    return sum(one.digits for one in look.numbers())


def _right(look: Look) -> float:
    """Return how many digits are read rightly, in expectation."""
    return math.fsum(one.sure * one.digits for one in look.numbers())


def on_page(box: Box, turns: int, size: tuple[float, float]) -> Box:
    """Return a box on a page before the page was turned.

    Args:
        box: on the turned page.
        turns: by how many quarters the page was turned, against the clock.
        size: width and height of the turned page, in pixels.

    >>> on_page((1, 2, 4, 8), 1, (20, 10))  # what was on the right is on top
    (2, 1, 8, 4)
    """
    wide, high = size
    for _ in range(turns % 4):
        left, top, right, bottom = box
        box = (high - bottom, left, high - top, right)
        wide, high = high, wide
    return box


def _are_stacked(boxes: Array) -> Array:
    """Return which boxes have one close above or below, and none so close at their sides.

    Args:
        boxes: left, top, right and bottom, (n, 4).
    """
    low, high = boxes[:, :2], boxes[:, 2:]
    sizes = high - low
    common = np.minimum(high[:, None], high) - np.maximum(low[:, None], low)
    in_line = common > _IN_LINE * np.minimum(sizes[:, None], sizes)
    gaps = np.maximum(-common, 0)
    np.fill_diagonal(in_line[..., 0], val=False)
    np.fill_diagonal(in_line[..., 1], val=False)
    down = np.where(in_line[..., 0], gaps[..., 1], np.inf).min(axis=1)
    across = np.where(in_line[..., 1], gaps[..., 0], np.inf).min(axis=1)
    stacked: Array = (down < across) & (down < _CLOSE * sizes.max(axis=1))
    return stacked
