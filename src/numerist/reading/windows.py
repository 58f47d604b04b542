"""Morphology with large windows, in a time that hardly depends on how large they are.

OpenCV's takes as long as the window is wide.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]


def closed(picture: Array, wide: int, high: int) -> Array:
    """Return a picture in which all that is dark and narrower or lower than a window is gone.

    Morphological closing, the picture going on beyond its border as it is there; like OpenCV's, but
    in a time that hardly depends on the window.

    Args:
        picture: (h, w).
        wide: of the window, odd.
        high: of the window, odd.
    """
    reach = wide // 2, high // 2
    result = np.pad(picture, ((2 * reach[1],) * 2, (2 * reach[0],) * 2), mode="edge")
    for of in (np.maximum, np.minimum):
        result = _running(of, _running(of, result, high).T, wide).T
    return result


def _running(of: np.ufunc, lines: Array, size: int) -> Array:
    """Return the largest or smallest number of each `size` lines, in each column.

    Of twice as many lines it is that of two such windows: so few passes are enough.
    """
    reach = 1
    while reach < size:
        further = min(reach, size - reach)
        lines = of(lines[:-further], lines[further:])
        reach += further
    return lines


def opened_along(picture: Array, wide: int) -> Array:
    """Return a picture in which all that is light and narrower than a window is gone.

    Morphological opening along the rows; what lies beyond the border does not count, as in OpenCV.

    Args:
        picture: uint8 (h, w).
        wide: of the window; where it is even, the result is moved by a pixel, as OpenCV's is.
    """
    before, behind = wide // 2, wide - 1 - wide // 2
    result = picture.T
    for of, neutral in ((np.minimum, 255), (np.maximum, 0)):
        room = np.pad(result, ((before, behind), (0, 0)), constant_values=neutral)
        result = _running(of, room, wide)
    return np.ascontiguousarray(result.T)
