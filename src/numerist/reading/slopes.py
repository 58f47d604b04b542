"""Rows that climb or fall: a page that lies aslant, a hand that does not keep to the line.

What judges numbers expects that they stand on a level line. So a row that does not is sheared: each
column moves up or down as a whole, which leaves digits upright and a little slanted.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

_PIECES = 3  # of a row, at least: two say nothing of a line
_CLIMBS = 0.6  # heights from end to end, at least: digits may stand so far off the line
_STEEPEST = 0.3  # pixels down for one to the right
_OFF = 0.35  # heights that the pieces stand off the line, most of them
_MOST = 40  # pieces that are looked at, spread over the row
_SLOPES = np.arange(-70, 71) / 500  # of a page: a scan lies no more than 8° aslant
_IN_LINE = 0.25  # heights: rows that stand so far off a common line, or less, may be on it
_SIMILAR = 1.6  # times as high, at most, is a row as another of its line
_CLEARER = 2.0  # times as many pairs of rows are in line as on a level page,
_AGREE, _FEWEST = 0.2, 1.5  # of all rows; pairs: at least so many are
_PAIRS, _ROWS = 5000, 1000  # that are looked at, spread over the page; more rows are a texture


def slope_of(middles: Array, height: float) -> float:
    """Return how steeply a row falls, in pixels down for one to the right; 0 if it is level.

    The median of the slopes between any two pieces (P. K. Sen, 1968): a comma or a digit that
    hangs below does not move it.

    Args:
        middles: (n, 2), x and y of the middle of each piece.
        height: of the writing.
    """
    some = _spread(middles)
    across, down = _pairs(some, height)
    if len(some) < _PIECES or not len(across):
        return 0.0
    slope = float(np.median(down / across))
    climbs = abs(slope) * (some[-1, 0] - some[0, 0])
    away = some[:, 1] - slope * some[:, 0]
    off = float(np.median(np.abs(away - np.median(away))))
    if climbs < _CLIMBS * height or abs(slope) > _STEEPEST or off > _OFF * height:
        return 0.0
    return slope


def common_slope(rows: list[Array], heights: Array) -> float:
    """Return how steeply the lines of a page fall, in pixels down for one to the right.

    With that slope the most rows are in line with one beside them, at least twice as many as on a
    level page; else it is 0. The rows themselves must lean at least half as much: columns that each
    begin a little lower than the one before look, but for that, like a page that lies aslant.

    Args:
        rows: of each, (n, 2), x and y of the middle of each piece.
        heights: (rows,), of the writing in each.
    """
    if not 1 < len(rows) <= _ROWS:
        return 0.0
    middles = np.array([np.median(row, axis=0) for row in rows])
    begins, ends = (np.array([side(row[:, 0]) for row in rows]) for side in (np.min, np.max))
    before, behind = np.nonzero(begins > ends[:, None])
    across, down = (middles[behind] - middles[before]).T
    high, higher = np.sort([heights[before], heights[behind]], axis=0)
    beside = np.abs(down) <= _SLOPES[-1] * across + _IN_LINE * high
    pairs = np.flatnonzero(beside & (higher <= _SIMILAR * high))
    step = max(1, -(-len(pairs) // _PAIRS))
    some = pairs[::step]
    off = (down[some] - _SLOPES[:, None] * across[some]) / (_IN_LINE * high[some])
    in_line = step * np.maximum(0, 1 - off**2).sum(axis=1)  # pairs, those a little off less
    level = in_line[_SLOPES == 0].item()
    own = _own_slope(rows, heights)
    in_line[(_SLOPES * own <= 0) | (np.abs(_SLOPES) > 2 * abs(own))] = 0
    best = int(in_line.argmax())
    least = max(_CLEARER * level, _AGREE * len(rows), _FEWEST)
    return float(_SLOPES[best]) if in_line[best] >= least else 0.0


def _own_slope(rows: list[Array], heights: Array) -> float:
    """Return the slope of most pairs of pieces of a row, those further apart counting more."""
    pairs = [_pairs(_spread(row), height) for row, height in zip(rows, heights, strict=True)]
    across, down = np.concatenate(pairs, axis=1)
    if not len(across):
        return 0.0
    order = np.argsort(down / across)
    half = np.searchsorted(np.cumsum(across[order]), across.sum() / 2)
    return float(down[order[half]] / across[order[half]])


def _spread(middles: Array) -> Array:
    """Return the middles of a row's pieces from the left, at most `_MOST` of them."""
    order = np.argsort(middles[:, 0], kind="stable")
    return middles[order[:: max(1, -(-len(order) // _MOST))]].astype(float)


def _pairs(some: Array, height: float) -> Array:
    """Return how far pieces are to the right of others and below them, (2, n), where not close."""
    first, second = np.triu_indices(len(some), 1)
    steps = (some[second] - some[first]).T
    return steps[:, steps[0] > height / 2]


def rise_of(slope: float, wide: int) -> float:
    """Return by how many pixels a row of so many columns becomes higher at its first one."""
    return max(0.0, slope * wide)


def levelled(level: Array, mask: Array, slope: float) -> tuple[Array, Array]:
    """Return a row with its line made level; each column x moves up by `slope`·x, down by its rise.

    Args:
        level: float32 (h, w), ink of the row's box, 0…1.
        mask: bool (h, w), which of it is the row's.
        slope: as `slope_of`.
    """
    import cv2  # noqa: PLC0415

    high, wide = mask.shape
    down = rise_of(slope, wide)
    size = (wide, high + round(abs(slope) * wide) + 1)
    move = np.array([[1, 0, 0], [-slope, 1, down]], np.float32)
    ink = cv2.warpAffine(np.where(mask, level, np.float32(0)), move, size, flags=cv2.INTER_LINEAR)
    theirs = cv2.warpAffine(mask.astype(np.uint8), move, size, flags=cv2.INTER_NEAREST)
    return ink, theirs > 0
