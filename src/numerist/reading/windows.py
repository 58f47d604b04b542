"""What is in windows around pixels; morphology in a time that hardly depends on their size.

OpenCV's takes as long as the window is wide.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

_NONE = 1e-6  # of a window: less is an error of rounding


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


def mean_around(values: Array, where: Array, side: int) -> tuple[Array, Array]:
    """Return the mean of some values in a window around each pixel, and where there are any.

    Args:
        values: float32 (h, w).
        where: bool (h, w), the values that count.
        side: of the window, odd.

    Returns:
        float32 (h, w), 0.0 without any; bool (h, w).
    """
    import cv2  # noqa: PLC0415

    weight = cv2.blur(where.astype(np.float32), (side, side))
    total = cv2.blur(np.where(where, values, np.float32(0)), (side, side))
    return total / np.maximum(weight, np.float32(_NONE)), weight > _NONE
