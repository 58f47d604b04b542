"""The icon of the installed page: a seven, drawn here."""

from __future__ import annotations

import functools
import io

SIZES = (180, 192, 512)
"""Pixels of a side: for Apple's home screen, for others, for splash screens."""

_PAPER, _INK = (29, 95, 168), (255, 255, 255)
_STROKES = (  # in a square of 1; within the middle four fifths, which every mask leaves
    ((0.30, 0.27), (0.70, 0.27), (0.58, 0.50), (0.45, 0.76)),
    ((0.41, 0.52), (0.64, 0.52)),
)
_WIDTH = 0.085
_FINER = 4  # drawn so many times larger, for smooth edges


@functools.cache
def icon(size: int) -> bytes:
    """Return the icon as a PNG file.

    Args:
        size: pixels of a side.
    """
    from PIL import Image, ImageDraw  # noqa: PLC0415

    side = size * _FINER
    image = Image.new("RGB", (side, side), _PAPER)
    pen = ImageDraw.Draw(image)
    radius = _WIDTH * side / 2
    for stroke in _STROKES:
        points = [(x * side, y * side) for x, y in stroke]
        pen.line(points, _INK, width=round(2 * radius))
        for x, y in points:  # round ends and bends
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), _INK)
    buffer = io.BytesIO()
    image.resize((size, size), Image.Resampling.LANCZOS).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
