"""Rows that climb or fall: a page that lies aslant, a hand that does not keep to the line.

What judges numbers expects that they stand on a level line. So a row that does not is sheared: each
column moves up or down as a whole, which leaves digits upright and a little slanted.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

_PIECES = 3  # of a row, at least: two say nothing of a line
_CLIMBS = 0.6  # heights from end to end, at least: digits may stand so far off the line
_STEEPEST = 0.3  # pixels down for one to the right
_OFF = 0.35  # heights that the pieces stand off the line, most of them
_MOST = 40  # pieces that are looked at, spread over the row


def slope_of(middles: Array, height: float) -> float:
    """Return how steeply a row falls, in pixels down for one to the right; 0 if it is level.

    The median of the slopes between any two pieces (P. K. Sen, 1968): a comma or a digit that
    hangs below does not move it.

    Args:
        middles: (n, 2), x and y of the middle of each piece.
        height: of the writing.
    """
    order = np.argsort(middles[:, 0], kind="stable")
    some = middles[order[:: max(1, -(-len(order) // _MOST))]].astype(float)
    pairs = np.array(list(combinations(range(len(some)), 2)), int).reshape(-1, 2)
    across, down = (some[pairs[:, 1]] - some[pairs[:, 0]]).T
    apart = across > height / 2
    if len(some) < _PIECES or not apart.any():
        return 0.0
    slope = float(np.median(down[apart] / across[apart]))
    climbs = abs(slope) * (some[-1, 0] - some[0, 0])
    away = some[:, 1] - slope * some[:, 0]
    off = float(np.median(np.abs(away - np.median(away))))
    if climbs < _CLIMBS * height or abs(slope) > _STEEPEST or off > _OFF * height:
        return 0.0
    return slope


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
