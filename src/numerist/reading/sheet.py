"""The sheet of paper in a photo that shows the table around it.

Nothing on the table is read, and its colour says nothing of the paper's. A sheet is a large part of
the picture between sharp edges, about convex, lighter than what is beside it, with a corner in
sight. The edge of a shadow is blurred, or has no such corner. In a picture cut out of a page the
table may be a strip along a side, in which nothing stands.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.reading.windows import mean_around

Array: TypeAlias = npt.NDArray[Any]

_PEN = 11  # pixels, the longer side being about 320: wider than strokes
_LINES = 3  # pixels: dark squares, of which a median leaves a pattern, have lines as narrow
_NEAR, _FAR = 5, 15  # pixels: a sharp edge rises all within the nearer
_SHARP = 0.6  # of the rise; or
_STEEP = 0.6  # of the light (its logarithm) within the nearer
_RISE = 0.12  # at an edge at least
_DARKEST = 0.04  # of white: darker than this is all alike
_LEAKS = (9, 13, 17, 21)  # pixels: an edge may have narrower gaps, wider ones if need be
_SMOOTH = 0.98  # of its convex hull is sheet: there is no need
_MOSTLY = 0.8  # of a part is left, at least, when a gap is closed
_LARGE = 0.15  # of the picture, at least
_TABLE = 0.05  # of the picture's border, at least
_TABLES = 0.75  # of what is around it, at least, is darker than the nearest of it
_CONVEX = 0.93  # of its convex hull, at least
_BESIDE = 3  # pixels on both sides of its edge, where paper and table are compared
_LIGHTER = 0.9  # of its edge, at least
_INSIDE = 0.01  # of the sides: a corner is in sight if it is further from the border
_SMALLEST = 16  # pixels of a picture in which strips are looked for
_UNEVEN = 0.03  # of a strip may be of another colour,
_ALIKE = 0.35  # of the rise to the paper away from it
_STRAIGHT = 1.5  # pixels off a straight line
_SLOPE = 0.2  # of a strip's edge
_BROADEST = 0.45  # of the picture: no strip is broader
_RISEN = 0.75  # of the rise, right behind the edge
_ROUND = 0.03  # of the sheet's outline: corners are no rounder


def find_sheet(small: Array) -> Array | None:
    """Return which pixels are the sheet's; None if all of the picture may be.

    Args:
        small: float32 (h, w, channels), 0…1, longer side at most about 320 pixels.

    Returns:
        bool (h, w).
    """
    sheet = _whole_sheet(small)
    if sheet is not None:
        return sheet
    beside = _strips(small)
    return ~beside if beside.any() else None


def _whole_sheet(small: Array) -> Array | None:
    """Return the sheet that lies on a table, bool (h, w), if there is one."""
    import cv2  # noqa: PLC0415

    if min(small.shape[:2]) < 4 * _FAR or _is_all_alike(small):
        return None
    pixels = np.rint(255 * small).astype(np.uint8)
    sheet = _sheet_in(pixels)
    if sheet is None:
        square = np.ones((_LINES, _LINES), np.uint8)
        sheet = _sheet_in(cv2.morphologyEx(pixels, cv2.MORPH_CLOSE, square))
    return sheet


def _strips(small: Array) -> Array:
    """Return the table, or whatever it is, along whole sides of the picture: bool (h, w).

    Nothing stands in it, it is darker than the paper, and its edge is straight and sharp. Were it a
    shadow, nothing would be lost.
    """
    result = np.zeros(small.shape[:2], bool)
    light = np.log(np.maximum(small, _DARKEST))
    for turn in range(4):
        edge = _left_edge(np.rot90(light, turn))
        if edge is not None:
            turned: Array = np.rot90(result, turn)
            turned |= np.arange(turned.shape[1]) < edge[:, None]
    return result


def _left_edge(picture: Array) -> Array | None:
    """Return where the strip along the left side ends, (h,); None without a strip.

    Args:
        picture: float32 (h, w, channels), logarithms of light.
    """
    high, wide = picture.shape[:2]
    if min(high, wide) < _SMALLEST:
        return None
    rim = picture[:, :2].mean(axis=1)
    strip, paper = np.median(rim, axis=0), np.median(picture[:, wide // 2 :], axis=(0, 1))
    rise = float(np.abs(paper - strip).max())
    if rise < _RISE or strip.mean() > paper.mean() or _off(rim, strip, rise) > _UNEVEN:
        return None
    beyond = np.abs(picture - strip).max(axis=2) > rise / 2
    edge, rows = beyond.argmax(axis=1), np.arange(high)
    near = np.ones(high, bool)
    for _ in range(3):
        slope, begin = np.polyfit(rows[near], edge[near], 1)
        line = begin + slope * rows
        near = np.abs(edge - line) <= _STRAIGHT
        if near.mean() < 1 - _UNEVEN or abs(slope) > _SLOPE:
            return None
    if line.min() < 1 or line.max() > _BROADEST * wide:
        return None
    columns = np.arange(wide)
    inside = picture[columns < line[:, None] - _STRAIGHT]
    behind = picture[rows, np.minimum(line + 2 * _STRAIGHT, wide - 1).astype(int)]
    sharp = np.median(np.abs(behind - strip).max(axis=1)) > _RISEN * rise
    if not sharp or (len(inside) and _off(inside, strip, rise) > _UNEVEN):
        return None
    result: Array = line + _STRAIGHT
    return result


def _off(colours: Array, colour: Array, rise: float) -> float:
    """Return the share of colours (n, channels) that are far from one, measured by the rise."""
    return float((np.abs(colours - colour).max(axis=1) > _ALIKE * rise).mean())


def _sheet_in(pixels: Array) -> Array | None:
    """Return the sheet in pixels uint8 (h, w, channels), bool (h, w), if there is one."""
    import cv2  # noqa: PLC0415

    light = np.atleast_3d(cv2.medianBlur(pixels, _PEN))
    light = np.log(np.maximum(light.astype(np.float32) / 255, _DARKEST))
    outline = _outline(light)
    if outline is None:
        return None
    hull = cv2.convexHull(outline)  # dense writing near its edge may seem to be no part of it
    sheet = cv2.drawContours(np.zeros(light.shape[:2], np.uint8), [hull], -1, 1, cv2.FILLED)
    if not _is_sheet(hull, cv2.contourArea(outline), sheet) or not _is_lighter(
        light.mean(axis=2), sheet
    ):
        return None
    result: Array = sheet > 0
    small = np.atleast_3d(pixels).astype(np.float32) / 255
    around, paper = (
        np.log(np.maximum(picture.mean(axis=2), _DARKEST))[~result]
        for picture in (small, spread(small, result))
    )
    if (around < paper - _RISE).mean() < _TABLES:
        return None  # paper around as well: blank between digits at both ends
    return result


def _outline(light: Array) -> Array | None:
    """Return the outline of the largest part between sharp edges, as OpenCV has it.

    Where the table is as light as the paper the edge has a gap, through which a little of the table
    belongs to it, too: of several widths of what may be a gap, the first that leaves it convex; the
    most convex if none. Of a part that is far from convex nothing is cut off.

    Args:
        light: float32 (h, w, channels), logarithms.
    """
    import cv2  # noqa: PLC0415

    between = (~_sharp_edges(light)).astype(np.uint8)
    best, convex = None, 0.0
    for leak in _LEAKS:
        outline = _largest_part(between, leak)
        if outline is None:
            break
        area = cv2.contourArea(outline)
        share = area / max(cv2.contourArea(cv2.convexHull(outline)), 1.0)
        if best is not None and area < _MOSTLY * cv2.contourArea(best):
            break
        if best is None or share > convex:
            best, convex = outline, share
        if not _CONVEX <= convex < _SMOOTH:
            break
    return best


def _largest_part(between: Array, leak: int) -> Array | None:
    """Return the outline of the largest part between edges whose gaps are closed; None if none is.

    Args:
        between: uint8 (h, w), 0 on edges.
        leak: gaps are narrower, in pixels.
    """
    import cv2  # noqa: PLC0415

    apart = cv2.erode(between, np.ones((leak, leak), np.uint8), borderValue=1)
    _, numbers, stats, _ = cv2.connectedComponentsWithStats(apart, connectivity=4)
    if len(stats) < 2:  # noqa: PLR2004
        return None
    largest = numbers == 1 + np.argmax(stats[1:, 4])
    wider = np.ones((leak + _NEAR - 1,) * 2, np.uint8)
    part = cv2.dilate(largest.astype(np.uint8), wider)
    outlines, _ = cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(max(outlines, key=cv2.contourArea))


def _is_all_alike(small: Array) -> bool:
    """Return whether a picture's border is even, and hardly anything is lighter: there is no table.

    Beside a sheet that reaches the border, the border would be uneven; around one that does not,
    darker than a large part of the picture.
    """
    light = np.log(np.maximum(small.mean(axis=2), _DARKEST))
    border = np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]])
    lightest = np.quantile(light, 1 - _LARGE / 2)
    return bool(np.ptp(border) < _RISE and lightest - np.median(border) < _RISE / 2)


def _sharp_edges(light: Array) -> Array:
    """Return where the light changes much at once, in some colour: bool (h, w)."""
    near, far = (_range(light, size) for size in (_NEAR, _FAR))
    sharp: Array = (near > _RISE) & (near > np.minimum(_SHARP * far, _STEEP))
    return np.asarray(sharp.any(axis=2))


def _range(light: Array, size: int) -> Array:
    import cv2  # noqa: PLC0415

    window = np.ones((size, size), np.uint8)
    return np.atleast_3d(cv2.dilate(light, window) - cv2.erode(light, window))


def _is_sheet(hull: Array, area: float, sheet: Array) -> bool:
    """Return whether a sheet is large and convex, has table around it and a corner in sight.

    Args:
        hull: around it, as OpenCV has it.
        area: without what the hull adds to it.
        sheet: uint8 (h, w), the hull, filled.
    """
    import cv2  # noqa: PLC0415

    border = np.concatenate([sheet[0], sheet[-1], sheet[:, 0], sheet[:, -1]])
    if area < max(_LARGE * sheet.size, _CONVEX * cv2.contourArea(hull)):
        return False
    if (border == 0).mean() < _TABLE:
        return False
    corners = cv2.approxPolyDP(hull, _ROUND * cv2.arcLength(hull, closed=True), closed=True)[:, 0]
    size = np.array(sheet.shape[::-1])
    room = np.minimum(corners, size - 1 - corners) / size
    return bool((room.min(axis=1) > _INSIDE).any())


def _is_lighter(light: Array, sheet: Array) -> bool:
    """Return whether the sheet is lighter than the table at most of its edge."""
    import cv2  # noqa: PLC0415

    inside, outside = (
        (away > _BESIDE - 1) & (away < _BESIDE + 1)
        for away in (cv2.distanceTransform(side, cv2.DIST_L2, 3) for side in (sheet, 1 - sheet))
    )
    (paper, has_paper), (table, has_table) = (
        mean_around(light, side, 4 * _BESIDE + 1) for side in (inside, outside)
    )
    edge = (cv2.dilate(1 - sheet, np.ones((3, 3), np.uint8)) * sheet > 0) & has_paper & has_table
    return bool(edge.any() and (paper > table)[edge].mean() >= _LIGHTER)


def spread(small: Array, sheet: Array) -> Array:
    """Return a picture whose sheet goes on to its borders, as light as where it ends.

    Args:
        small: float32 (h, w, channels).
        sheet: bool (h, w).
    """
    import cv2  # noqa: PLC0415

    inner = cv2.erode(sheet.astype(np.uint8), np.ones((_NEAR, _NEAR), np.uint8), borderValue=1)
    _, nearest = cv2.distanceTransformWithLabels(
        1 - inner, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    smooth = np.atleast_3d(cv2.medianBlur(np.rint(255 * small).astype(np.uint8), _PEN))
    values = np.zeros((int(nearest.max()) + 1, small.shape[2]), np.float32)
    values[nearest[inner > 0]] = smooth[inner > 0].astype(np.float32) / 255
    return np.where(inner[..., None] > 0, small, values[nearest])
