"""The page with what was read drawn onto it: boxes, answers, and how sure they are.

Green stands for a confidence of 99 % or more, orange for 90 % or more, red for less, and violet
for "?".
"""

from __future__ import annotations

import math
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.errors import InputError
from numerist.files import replacing
from numerist.reading.result import UNKNOWN
from numerist.reading.source import DRAWN_BY
from numerist.reading.turned import on_page

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PIL.Image import Image

    from numerist.reading.pages import Page
    from numerist.reading.result import Box, Number, PageReading

Array: TypeAlias = npt.NDArray[Any]
Colour: TypeAlias = tuple[int, int, int]

SURE = ((0.99, (0, 120, 85)), (0.9, (180, 94, 0)), (0.0, (200, 30, 30)))
"""Least confidence and colour, the best first; dark enough for white letters."""

NO_ANSWER = (120, 60, 170)

_LEAST_SIDE = 900  # pixels: smaller pages are enlarged, so that there is room for letters
_MOST_ENLARGED = 8
_LETTERS = 0.33  # of the usual height of a number
_LEAST_LETTERS = 13  # pixels
_LETTERS_OF_PAGE = 110  # letters to a longer side, at least: readable where the page fits a screen
_MOST_LETTERS_OF_PAGE = 20
_WHITE = (255, 255, 255)
_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


def annotated(page: Page, reading: PageReading) -> Image:
    """Return a page with its numbers drawn in.

    Args:
        page: the page; small ones come back enlarged.
        reading: what was read there.

    Returns:
        An RGB image. Around each number and, thinner, around each of its digits is a box; beside
        it stands the answer with its confidence in per cent, where it hides no other number if
        there is such a place. On a page that lies on its side the answers lie as the digits do.
    """
    from PIL import ImageDraw, ImageFont  # noqa: PLC0415

    picture, scale = _canvas(page)
    numbers = [_upright(number, scale, reading.turned, picture.size) for number in reading.numbers]
    boxes = [number.box for number in numbers]
    picture = picture.rotate(-reading.turned, expand=True)
    letters = _letters(boxes, max(picture.size))
    font = ImageFont.load_default(letters)
    pen = ImageDraw.Draw(picture)
    line = max(2, letters // 12)
    for number in numbers:
        _draw_boxes(pen, number, line)
    taken = _Places(boxes, picture.size)
    for number in numbers:
        text = caption(number)
        width = math.ceil(font.getlength(text)) + letters
        left, top, right, bottom = taken.beside(number.box, (width, round(1.4 * letters)), line + 1)
        pen.rectangle((left, top, right, bottom), fill=colour(number), outline=_WHITE)
        middle = (left + right) / 2, (top + bottom) / 2
        pen.text(middle, text, fill=_WHITE, font=font, anchor="mm")
    return picture.rotate(reading.turned, expand=True)


def caption(number: Number) -> str:
    """Return what stands beside a number: its text, and its confidence, rounded down; "?" has none.

    >>> from numerist.reading.result import Number
    >>> caption(Number("74", 0.99996, (0, 0, 9, 9), line=0))
    '74  99.9%'
    """
    if number.text == UNKNOWN:
        return UNKNOWN
    return f"{number.text}  {math.floor(1000 * number.confidence + 1e-9) / 10:g}%"


def colour(number: Number) -> Colour:
    """Return the colour of a number: by its confidence."""
    return NO_ANSWER if number.text == UNKNOWN else _colour(number.confidence)


def write_picture(path: str | os.PathLike[str], picture: Image | Array) -> None:
    """Write a picture in the format that its ending asks for, marked as one that is drawn.

    Args:
        path: the file; written whole or not at all.
        picture: a Pillow image, or an array uint8 (h, w) or (h, w, 3).

    Raises:
        InputError: an ending that is not known.
        WriteError: the file can't be written.
    """
    from PIL import ExifTags, Image  # noqa: PLC0415

    kind = picture_format(path)
    image = Image.fromarray(picture) if isinstance(picture, np.ndarray) else picture
    exif = Image.Exif()
    exif[ExifTags.Base.Software] = DRAWN_BY
    with replacing(path) as part:
        image.save(part, format=kind, exif=exif)


def picture_format(path: str | os.PathLike[str]) -> str:
    """Return the name of the format that the ending of a file asks for.

    Raises:
        InputError: an ending that is not known.

    >>> picture_format("page.jpg")
    'JPEG'
    """
    ending = Path(path).suffix.lower()
    if ending not in _FORMATS:
        raise InputError(
            os.fspath(path), "a name that ends in " + ", ".join(_FORMATS), repr(ending),
            "Choose another name.",
        )  # fmt: skip
    return _FORMATS[ending]


def _canvas(page: Page) -> tuple[Image, float]:
    """Return the page as an image to draw on, and its pixels for one of the upright original."""
    from PIL import Image  # noqa: PLC0415

    pixels = np.rint(255 * np.clip(page.pixels, 0, 1)).astype(np.uint8)
    picture = Image.fromarray(pixels).convert("RGB")
    times = min(_MOST_ENLARGED, math.ceil(_LEAST_SIDE / max(picture.size)))
    if times > 1:
        size = picture.width * times, picture.height * times
        picture = picture.resize(size, Image.Resampling.BICUBIC)
    return picture, max(1, times) / page.scale


def _upright(number: Number, scale: float, turned: int, size: tuple[int, int]) -> Number:
    """Return a number with the boxes that it has on the canvas, once that is turned.

    Args:
        number: with boxes in pixels of the page.
        scale: pixels of the canvas for one of the page.
        turned: by how many degrees with the clock the canvas is going to be turned.
        size: of the canvas before.
    """

    def turned_box(box: Box) -> Box:
        left, top, right, bottom = (scale * side for side in box)
        return on_page((left, top, right, bottom), turned // 90, size)

    digits = tuple(replace(digit, box=turned_box(digit.box)) for digit in number.digits)
    return replace(number, box=turned_box(number.box), digits=digits)


def _letters(boxes: Sequence[Box], longest: int) -> int:
    """Return the height of the letters in pixels, by the numbers and by the page."""
    heights = [bottom - top for _, top, _, bottom in boxes] or [0.0]
    wanted = _LETTERS * float(np.median(heights))
    least = max(_LEAST_LETTERS, longest / _LETTERS_OF_PAGE)
    return round(min(max(wanted, least), max(longest / _MOST_LETTERS_OF_PAGE, _LEAST_LETTERS)))


def _draw_boxes(pen: Any, number: Number, line: int) -> None:
    """Draw the boxes of a number and of its digits, each with an edge that shows on dark paper."""
    if len(number.digits) > 1:
        for digit in number.digits:
            pen.rectangle(
                _ordered(digit.box), outline=_colour(digit.confidence), width=max(1, line // 2)
            )
    left, top, right, bottom = _ordered(number.box)
    pen.rectangle((left - line - 1, top - line - 1, right + line + 1, bottom + line + 1),
                  outline=_WHITE)  # fmt: skip
    pen.rectangle((left - line, top - line, right + line, bottom + line),
                  outline=colour(number), width=line)  # fmt: skip


def _ordered(box: Box) -> Box:
    """Return a box that has an area, as Pillow wants it; right and bottom are its last pixels."""
    left, top, right, bottom = box
    return left, top, max(left, right - 1), max(top, bottom - 1)


def _colour(confidence: float) -> Colour:
    return next((shade for least, shade in SURE if confidence >= least), SURE[-1][1])


class _Places:
    """Where there is room for captions."""

    def __init__(self, boxes: Sequence[Box], size: tuple[int, int]) -> None:
        self._size = size
        self._taken = np.zeros((2 * len(boxes), 4))
        self._taken[: len(boxes)] = np.reshape(boxes, (-1, 4))
        self._count = len(boxes)

    def beside(self, box: Box, size: tuple[int, int], gap: int) -> Box:
        """Return where a caption of this size goes: the place near the box that hides least."""
        places = [self._inside(place, size) for place in _around(box, size, gap)]
        best = min(places, key=self._hidden)
        self._taken[self._count] = best
        self._count += 1
        return best

    def _inside(self, place: tuple[float, float], size: tuple[int, int]) -> Box:
        left, top = (
            max(0, min(at, whole - part - 1))
            for at, whole, part in zip(place, self._size, size, strict=True)
        )
        return left, top, left + size[0], top + size[1]

    def _hidden(self, box: Box) -> float:
        """Return how many pixels of boxes and captions a caption would hide."""
        taken = self._taken[: self._count]
        wide = np.minimum(taken[:, 2], box[2]) - np.maximum(taken[:, 0], box[0])
        high = np.minimum(taken[:, 3], box[3]) - np.maximum(taken[:, 1], box[1])
        return float((np.maximum(wide, 0) * np.maximum(high, 0)).sum())


def _around(box: Box, size: tuple[int, int], gap: int) -> Iterator[tuple[float, float]]:
    """Yield left and top of a caption above, below, right and left of a box, the best first."""
    left, top, right, bottom = box
    width, height = size
    middle = (top + bottom - height) / 2
    yield left - gap, top - gap - height
    yield left - gap, bottom + gap
    yield right + gap, middle
    yield left - gap - width, middle
