"""Strokes without the lines that are not writing: what crosses these, or is darker, stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from numerist.reading.lines import Line, Lines

Array: TypeAlias = npt.NDArray[Any]

DARKER = 0.2  # of the page's strongest ink: what is so much darker than a line is none of it
_CROSSING = 1.7  # times the line's thickness: a stroke that crosses it
_REST = 0.7  # of a piece: so much beside a line, and it is the rest of it
_RUN_ON = 3.0  # pixels below an underline: a stroke that leads there crosses it,
_CROSSED = 0.15  # as none, or hardly any, does if writing stands on it
_MANY = 4  # rules make ruled paper
_PALE = 0.6  # of the page's strongest ink: printed lines that are paler are not written with it


def take_out(strokes: Array, depth: Array, lines: Lines) -> Array:
    """Return the strokes without some lines and the rest beside them; what crosses them stays.

    Args:
        strokes: bool (h, w).
        depth: float32 (h, w), how strongly each pixel is inked, 0…1.
        lines: that go.

    Returns:
        bool (h, w); the strokes themselves if there are no lines.
    """
    if not any(lines):
        return strokes
    result, beside = strokes.copy(), np.zeros_like(strokes)
    for line in lines.lying:
        _take_out(line, strokes, depth, result, beside)
    for line in lines.under:
        _take_out(line, strokes, depth, result, beside, under=True)
    for line in lines.standing:
        _take_out(line, strokes.T, depth.T, result.T, beside.T)
    return _without_rest(result, beside)


def _take_out(
    line: Line,
    strokes: Array,
    depth: Array,
    result: Array,
    beside: Array,
    *,
    under: bool = False,
) -> None:
    """Take a lying line out of the result, and mark what is on it or right beside it."""
    import cv2  # noqa: PLC0415

    half = line.thickness / 2
    tall = int(max(_CROSSING * line.thickness, line.thickness + 1.5)) + 1
    aside = np.arange(-tall - 3, tall + 4)[:, None]
    rows = np.rint(line.middles).astype(int) + aside
    columns = np.broadcast_to(line.begin + np.arange(len(line)), rows.shape)
    inside = (rows >= 0) & (rows < len(strokes))
    # a strip along the line, in which it lies straight
    near = np.clip(rows, 0, len(strokes) - 1), columns
    inked, off = strokes[near].astype(np.uint8), np.abs(rows - line.middles)
    crossing = cv2.morphologyEx(inked, cv2.MORPH_OPEN, np.ones((tall, 1), np.uint8)) > 0
    alike = inside & (depth[near] <= line.depth + DARKER)
    gone = alike & ~crossing & (off <= half + 1.5)
    if under:
        lower = rows - line.middles
        below = inside & (inked > 0) & (lower > half + 1) & (lower <= half + _RUN_ON)
        through = np.any(below, axis=0)
        if through.mean() <= _CROSSED:
            gone |= alike & ~through & (lower >= -half / 2) & (lower <= half + 1)
    result[rows[gone], columns[gone]] = False
    gone = alike & (off <= half + 2)
    beside[rows[gone], columns[gone]] = True


def _without_rest(strokes: Array, beside: Array) -> Array:
    """Return the strokes without pieces that lie right beside lines that were taken out."""
    import cv2  # noqa: PLC0415

    count, numbers = cv2.connectedComponents(strokes.astype(np.uint8), connectivity=8)
    whole = np.bincount(numbers[strokes], minlength=count)
    rest = np.bincount(numbers[strokes & beside], minlength=count)
    kept = rest <= _REST * whole
    kept[0] = False
    result: Array = kept[numbers]
    return result


def without_paler(strokes: Array, depth: Array, lines: Lines) -> Array:
    """Return the strokes without some lines and, where these are many and pale, what is as pale.

    Args:
        strokes: bool (h, w).
        depth: float32 (h, w), how strongly each pixel is inked, 0…1.
        lines: that go.

    Returns:
        bool (h, w).
    """
    result = take_out(strokes, depth, lines)
    printed = [line.depth for line in (*lines.flat, *lines.standing)]
    if len(printed) < _MANY:
        return result
    usual = float(np.median(printed))
    return darker(result, depth, usual + DARKER / 2) if usual <= _PALE else result


def without_stubs(level: Array, strokes: Array, kept: Array) -> Array:
    """Return the ink of strokes without what is left at their sides of lines taken out of them.

    The soft edge of a stroke is shown, a pixel around it; where a line crossed the stroke, that is
    the line. Above and below it stays: it may be the foot of a digit that stands on the line.

    Args:
        level: float32 (h, w), how strongly each pixel is inked, 0…1.
        strokes: bool (h, w), with lines.
        kept: bool (h, w), without.

    Returns:
        float32 (h, w).
    """
    import cv2  # noqa: PLC0415

    near = cv2.dilate(kept.astype(np.uint8), np.ones((3, 1), np.uint8)) > 0
    result: Array = np.where(strokes & ~near, np.float32(0), level)
    return result


def darker(strokes: Array, depth: Array, least: float) -> Array:
    """Return the strokes that are inked more strongly, and two pixels around: their edges.

    Args:
        strokes: bool (h, w).
        depth: float32 (h, w), how strongly each pixel is inked, 0…1.
        least: depth above which they count.

    Returns:
        bool (h, w).
    """
    import cv2  # noqa: PLC0415

    dark = (strokes & (depth > least)).astype(np.uint8)
    result: Array = strokes & (cv2.dilate(dark, np.ones((5, 5), np.uint8)) > 0)
    return result
