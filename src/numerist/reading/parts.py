"""The connected parts of what is inked, looked for where there is ink and nowhere else."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]


def connected_parts(inked: Array) -> tuple[Array, Array]:
    """Return the number of the part that each pixel belongs to, and each part's box and size.

    Pixels that touch, if only by their corners, belong to one part.

    Args:
        inked: bool or uint8 (h, w).

    Returns:
        int32 (h, w), counted from 1 (0: none); int32 (parts, 5), left, top, width, height, pixels.

    >>> numbers, boxes = connected_parts(np.eye(3, 5) > 0)
    >>> numbers.max(), boxes
    (np.int32(1), array([[0, 0, 3, 3, 3]], dtype=int32))
    """
    import cv2  # noqa: PLC0415

    numbers = np.zeros(inked.shape, np.int32)
    rows, columns = (np.flatnonzero(inked.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return numbers, np.zeros((0, 5), np.int32)
    top, left = int(rows[0]), int(columns[0])
    window = slice(top, int(rows[-1]) + 1), slice(left, int(columns[-1]) + 1)
    some = np.ascontiguousarray(inked[window]).astype(np.uint8, copy=False)
    _, numbers[window], boxes, _ = cv2.connectedComponentsWithStats(some, connectivity=8)
    return numbers, boxes[1:] + np.array([left, top, 0, 0, 0], np.int32)
