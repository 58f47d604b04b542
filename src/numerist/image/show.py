"""Digits as people look at them: sheets as PNG files, and pictures in the terminal.

All functions take images as the rest of the project does: floats, paper 0.0 and ink 1.0. On paper
ink is dark; in a terminal it is bright, because most terminals are dark.
"""

from __future__ import annotations

import math
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np

from numerist.checks import whole
from numerist.errors import InputError, ShapeError
from numerist.files import replacing

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    import numpy.typing as npt
    from PIL.Image import Image

    Array = npt.NDArray[Any]

_GREYS = 24  # of the terminal's 256 colours, 232 (black) to 255 (white) are a ramp of greys
_RAMP = " .:-=+*#%@"
_CAPTION = 13  # pixels, height of the captions' letters


def _images(values: Any) -> Array:
    """Return images as floats (n, height, width), n ≥ 0; what is no image is refused by name."""
    cure = "Reshape rows of 784 pixels with .reshape(-1, 28, 28)."
    try:
        array = np.asarray(values)
        array = array if array.dtype.kind == "f" else array.astype(np.float64)
    except (TypeError, ValueError) as error:
        expected = "numbers in an array (n, height, width)"
        raise InputError("images", expected, type(values).__name__, cure) from error
    if array.ndim != 3:  # noqa: PLR2004
        raise ShapeError("images", "shape (n, height, width)", f"shape {array.shape}", cure)
    if not np.isfinite(array).all():
        raise InputError(
            "images", "finite numbers", "NaN or infinity", "Look where they were made."
        )
    return array


def sheet(images: Array, columns: int | None = None, gap: int = 2) -> Array:
    """Lay images out in rows, left to right, on one sheet of paper.

    Args:
        images: (n, height, width), n ≥ 1.
        columns: images in one row; about as many as there are rows if None.
        gap: pixels of paper between them.

    Returns:
        The sheet, (rows · (height + gap) + gap, columns · (width + gap) + gap).

    Raises:
        InputError: there is no image, something else than finite numbers, or no column.
        ShapeError: another shape.

    >>> sheet(np.ones((3, 28, 28)), columns=2).shape
    (62, 62)
    """
    images = _images(images)
    columns = _columns(len(images)) if columns is None else whole("columns", columns, least=1)
    gap = whole("gap", gap, least=0)
    count, height, width = images.shape
    rows = math.ceil(count / columns)
    paper = np.zeros((rows * (height + gap) + gap, columns * (width + gap) + gap))
    for index, image in enumerate(images):
        top = gap + index // columns * (height + gap)
        left = gap + index % columns * (width + gap)
        paper[top : top + height, left : left + width] = image
    return paper


def write_png(path: str | os.PathLike[str], image: Array, scale: int = 2) -> None:
    """Write an image (height, width) as a PNG file, ink dark on white paper.

    Args:
        path: the file; written whole or not at all.
        image: floats from 0 to 1.
        scale: pixels of the file for one of the image, in each direction.

    Raises:
        WriteError: the file can't be written.
    """
    from PIL import Image  # noqa: PLC0415  (loads when it is used)

    _save(path, Image.fromarray(_on_paper(image, scale)))


def write_captioned_png(
    path: str | os.PathLike[str], images: Array, captions: Sequence[str], scale: int = 2
) -> None:
    """Write images as one PNG file, in rows, each with a caption below it.

    Args:
        path: the file; written whole or not at all.
        images: (n, height, width), n ≥ 1.
        captions: one for each image.
        scale: pixels of the file for one of an image.

    Raises:
        InputError: there is no image.
        WriteError: the file can't be written.
    """
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415

    images = _images(images)
    height, width = images.shape[1] * scale, images.shape[2] * scale
    font = ImageFont.load_default(size=_CAPTION)
    widest = max([font.getlength(caption) for caption in captions], default=0)
    cell = (max(width, math.ceil(widest)) + _CAPTION, height + 2 * _CAPTION)
    columns = _columns(len(images))
    size = (columns * cell[0], math.ceil(len(images) / columns) * cell[1])
    picture = Image.new("L", size, color=255)
    pen = ImageDraw.Draw(picture)
    for index, (image, caption) in enumerate(zip(images, captions, strict=True)):
        left, top = index % columns * cell[0], index // columns * cell[1]
        middle = left + cell[0] // 2
        digit = Image.fromarray(_on_paper(image, scale))
        picture.paste(digit, (middle - width // 2, top + _CAPTION // 3))
        pen.text((middle, top + height + _CAPTION // 3), caption, fill=0, font=font, anchor="ma")
    _save(path, picture)


def _columns(count: int) -> int:
    """Return about as many columns as there will be rows."""
    if count == 0:
        raise InputError("images", "at least one image", "none", "Ask for one or more.")
    return math.ceil(math.sqrt(count))


def _on_paper(image: Array, scale: int) -> npt.NDArray[np.uint8]:
    """Return dark ink on white paper, each pixel enlarged to a square."""
    grey = np.rint(255 * (1 - np.clip(image, 0, 1))).astype(np.uint8)
    return np.repeat(np.repeat(grey, scale, axis=0), scale, axis=1)


def _save(path: str | os.PathLike[str], picture: Image) -> None:
    with replacing(path) as part:
        picture.save(part, format="PNG")


def terminal_picture(image: Array, *, colour: bool, unicode: bool = True) -> list[str]:
    """Draw an image with characters: one column and half a line for each pixel.

    Args:
        image: (height, width), finite.
        colour: whether the terminal shows colours; else the shades are characters.
        unicode: whether it shows characters beyond ASCII; needed for colour.

    Returns:
        ⌈height/2⌉ lines of `width` visible characters.
    """
    (image,) = _images(np.asarray(image)[np.newaxis])
    if image.shape[0] % 2:
        image = np.vstack([image, np.zeros((1, image.shape[1]))])
    upper, lower = np.clip(image[0::2], 0, 1), np.clip(image[1::2], 0, 1)
    if colour and unicode:
        return [_coloured(top, bottom) for top, bottom in zip(upper, lower, strict=True)]
    levels = np.rint((upper + lower) / 2 * (len(_RAMP) - 1)).astype(int)
    return ["".join(_RAMP[level] for level in line) for line in levels]


def _coloured(upper: Array, lower: Array) -> str:
    """One line of ▀: its ink colour is the upper pixel, its background the lower one."""
    tops = 232 + np.rint(upper * (_GREYS - 1)).astype(int)
    bottoms = 232 + np.rint(lower * (_GREYS - 1)).astype(int)
    cells = (f"\x1b[38;5;{t};48;5;{b}m▀" for t, b in zip(tops, bottoms, strict=True))
    return "".join(cells) + "\x1b[0m"


def terminal_sheet(
    images: Array,
    captions: Sequence[str],
    *,
    width: int = 80,
    colour: bool = False,
    unicode: bool = True,
) -> str:
    """Draw images side by side in the terminal, at half size, a caption under each.

    Args:
        images: (n, height, width) with even height and width.
        captions: one for each image; cut to the width that an image takes.
        width: columns of the terminal.
        colour: as in `terminal_picture`.
        unicode: as in `terminal_picture`.

    Raises:
        ShapeError: not one caption for each image.
    """
    images = _images(images)
    if len(captions) != len(images):
        raise ShapeError(
            "captions", f"{len(images)}, one for each image", f"{len(captions)}", "Give as many."
        )
    half = images.reshape(len(images), images.shape[1] // 2, 2, images.shape[2] // 2, 2)
    small = np.sqrt(half.mean(axis=(2, 4)))  # thin strokes stay visible
    cell = max(small.shape[2], 16)
    columns = max(1, width // (cell + 2))
    lines: list[str] = []
    for start in range(0, len(small), columns):
        group = range(start, min(start + columns, len(small)))
        pictures = [
            terminal_picture(small[index], colour=colour, unicode=unicode) for index in group
        ]
        margin = " " * (cell - small.shape[2] + 2)
        lines += [margin.join(parts).rstrip() for parts in zip_longest(*pictures, fillvalue="")]
        lines.append("  ".join(f"{captions[index]:{cell}.{cell}}" for index in group).rstrip())
        lines.append("")
    return "\n".join(lines)
