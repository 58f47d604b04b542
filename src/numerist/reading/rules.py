"""Lines that are not writing: ruled paper, frames of forms, underlines."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

_ACROSS = 1.25  # times the height of the writing: no digit has a straight stroke as long lying,
_UPRIGHT = 1.8  # nor as long standing
_THICKEST = 0.3  # of the height of the writing
_CROSSING = 1.7  # times the line's thickness: a stroke that crosses it


def without_rules(strokes: Array, height: float) -> Array:
    """Return the strokes without long straight lines; what crosses such a line stays whole.

    Args:
        strokes: bool (h, w).
        height: about that of the writing, in pixels.

    Returns:
        bool (h, w).
    """
    lying = _rules(strokes, round(_ACROSS * height), height)
    standing = _rules(strokes.T, round(_UPRIGHT * height), height).T
    if not lying.any() and not standing.any():
        return strokes
    return strokes & ~lying & ~standing


def _rules(strokes: Array, length: int, height: float) -> Array:
    """Return the pixels of lying lines of at least a length that nothing crosses there."""
    import cv2  # noqa: PLC0415

    if strokes.shape[1] < length or length < 3:  # noqa: PLR2004
        return np.zeros_like(strokes)
    pixels = strokes.astype(np.uint8)
    # a slanting line is a staircase: broadened upwards and downwards, its steps overlap
    broad = cv2.dilate(pixels, np.ones((3, 1), np.uint8))
    long = cv2.morphologyEx(broad, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    found: Array = (long > 0) & strokes
    if not found.any():
        return found
    runs = _runs_down(strokes)
    thickness = float(np.median(runs[found]))
    if thickness > max(_THICKEST * height, 3):
        return np.zeros_like(strokes)
    return found & (runs <= max(_CROSSING * thickness, thickness + 1.5))


def _runs_down(strokes: Array) -> Array:
    """Return for each inked pixel the length of the upright run of ink that it is in."""
    height = len(strokes)
    above = np.zeros(strokes.shape, np.int32)
    below = np.zeros(strokes.shape, np.int32)
    for y in range(height):
        above[y] = (above[y - 1] + 1 if y else 1) * strokes[y]
    for y in range(height - 1, -1, -1):
        below[y] = (below[y + 1] + 1 if y + 1 < height else 1) * strokes[y]
    result: Array = np.where(strokes, above + below - 1, 0)
    return result
