"""Dark panels on light paper, such as labels and displays, with something light in them.

Ink differs from paper in one direction on all of a page, so what is written light on such a panel
is looked at by itself.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

_COARSE = 800  # pixels of the longer side: enough to see panels
_SMALLEST = 20  # coarse pixels: no panel with writing is lower,
_LEAST = 0.05  # of the page's longer side
_FULL = 0.9  # of the smallest rectangle around it, it fills
_LIGHT = 0.004, 0.45  # of it is light: what is written on it
_CONTRAST = 0.25  # of white: it is darker than the paper,
_EDGE = 3  # coarse pixels on both sides of its edge, too, unlike a corner in the shade
_MOST = 0.5  # of the page is dark, at most: else paper is
_BEYOND = 0.02  # of its shorter side, its edge, is left out
_MANY = 20  # of a page; more are a pattern


def dark_panels(picture: Array) -> list[tuple[slice, slice]]:
    """Return the rows and columns within each dark panel.

    Args:
        picture: float32 (h, w) or (h, w, 3), 0…1.
    """
    import cv2  # noqa: PLC0415

    grey = picture if picture.ndim == 2 else picture.mean(axis=2)  # noqa: PLR2004
    step = max(1, -(-max(grey.shape) // _COARSE))
    small = np.ascontiguousarray((255 * np.clip(grey[::step, ::step], 0, 1)).astype(np.uint8))
    if min(small.shape) < _SMALLEST:
        return []
    _, dark = cv2.threshold(small, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    if not 0 < dark.mean() <= _MOST:
        return []
    if small[dark == 0].mean() - small[dark > 0].mean() < 255 * _CONTRAST:
        return []
    outlines, _ = cv2.findContours(dark, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    least = max(_SMALLEST, _LEAST * max(small.shape))
    found = []
    for outline in outlines:
        left, top, wide, high = cv2.boundingRect(outline)
        if min(wide, high) < least:
            continue
        around = cv2.minAreaRect(outline)[1]
        if cv2.contourArea(outline) < _FULL * around[0] * around[1]:
            continue
        inside = cv2.drawContours(np.zeros_like(dark), [outline], 0, 1, cv2.FILLED)
        if not _is_sharp(small, inside):
            continue
        light = 1 - dark[inside > 0].mean()
        if _LIGHT[0] <= light <= _LIGHT[1]:
            edge = 1 + round(_BEYOND * min(wide, high))
            found.append((
                slice(step * (top + edge), step * (top + high - edge)),
                slice(step * (left + edge), step * (left + wide - edge)),
            ))  # fmt: skip
    return found if len(found) <= _MANY else []


def _is_sharp(grey: Array, inside: Array) -> bool:
    """Return whether it is much darker right inside of an outline than right outside.

    Args:
        grey: uint8 (h, w).
        inside: uint8 (h, w), 1 inside.
    """
    import cv2  # noqa: PLC0415

    reach = np.ones((2 * _EDGE + 1, 2 * _EDGE + 1), np.uint8)
    outer = grey[(cv2.dilate(inside, reach) > 0) & (inside == 0)]
    inner = grey[(cv2.erode(inside, reach, borderValue=1) == 0) & (inside > 0)]
    if not (len(outer) and len(inner)):
        return False
    return bool(np.median(outer) - np.median(inner) >= 255 * _CONTRAST)
