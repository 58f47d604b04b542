"""From anything a person hands over to upright pages.

One idiom for failures, here and in `sources`: what could not be read arrives as a `PictureError` in
its place among the pages, and is not raised. So a damaged page costs none of the others, no batch
ends early, and a type checker reminds whoever forgets to ask.

    for page in open_pages("scans.pdf"):
        if isinstance(page, PictureError):
            print(page)
        else:
            ...
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from numerist.errors import PictureError
from numerist.image.picture import as_frame, decoder, name_of, naming, opened, without_warnings
from numerist.reading.pdf import is_pdf, rendered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from PIL.Image import Image

    from numerist.image.picture import Array, Frame, Picture

LARGEST_SIDE = 4096  # A4 at 300 dots an inch has 2480 × 3508
MOST_PAGES = 10_000
MOST_FAILURES = 20  # in a row: then a document lies about its pages


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        source: where it comes from: the path as given, or "picture".
        number: its number in the source, from 1.
        pixels: float32 (h, w) grey or (h, w, 3) RGB, from 0 (black) to 1 (white), upright, opaque,
            neither side longer than `LARGEST_SIDE`.
        scale: how many pixels of the original, in each direction, one pixel here covers; 1 or more.
        size: width and height of the upright original in pixels; of a PDF, at 300 dots an inch.
        turns: by how many quarters `pixels` were turned against the clock, as what is written there
            lies on its side or upside down; scale and size are those of the page before.
    """

    source: str
    number: int
    pixels: Array
    scale: float
    size: tuple[int, int]
    turns: int = 0

    def turned(self, turns: int) -> Page:
        """Return the page turned by so many quarters against the clock."""
        pixels = np.ascontiguousarray(np.rot90(self.pixels, turns))
        return replace(self, pixels=pixels, turns=(self.turns + turns) % 4)


def open_pages(picture: Picture, name: str | None = None) -> Iterator[Page | PictureError]:
    """Yield the pages of anything that holds some, one at a time.

    Args:
        picture: whatever `numerist.image.open_picture` opens; besides, of a TIFF every page, and a
            PDF. Of animations the first frame counts, of HEIC the main picture, of a Pillow image
            the current frame. The content decides, not the name.
        name: what to call it, instead of its path or "picture".

    Yields:
        Each page, or the `PictureError` that says which page (or whole file) can't be read and why.
        After it the pages that can be read go on. At most `MOST_PAGES`, and not behind more than
        `MOST_FAILURES` failures in a row.

    Raises:
        InputError, ShapeError: not a picture in any form, which is a mistake of the program.

    >>> import numpy as np
    >>> [page.size for page in open_pages(np.zeros((3, 5)))]
    [(5, 3)]
    >>> [error.found for error in open_pages("nowhere.png")]
    ['no file']
    """
    place = name or name_of(picture)
    failures = 0
    for number, frame in _frames(picture, place):
        rest = f"{place}, page {number} and later"
        if number > MOST_PAGES:
            yield PictureError(rest, f"at most {MOST_PAGES:,} pages", "more", "Split the document.")
            return
        if failures == MOST_FAILURES:
            found = f"{MOST_FAILURES} in a row that can't"
            yield PictureError(rest, "pages that can be read", found, "Send the document again.")
            return
        if isinstance(frame, PictureError):
            failures += 1
            yield frame
        else:
            failures = 0
            yield Page(place, number, frame.pixels, frame.scale, frame.size)


def _frames(picture: Picture, place: str) -> Iterator[tuple[int, Frame | PictureError]]:
    """Yield each page with its number, or why there is none."""
    try:
        with opened(picture, place) as content:
            if not hasattr(content, "read"):
                yield 1, as_frame(content, place, LARGEST_SIDE)
            elif is_pdf(content):
                yield from rendered(content, place, LARGEST_SIDE)
            else:
                yield from _decoded(content, place)
    except PictureError as error:
        yield 1, error
    except OSError as error:  # no room for a copy, no more processes
        found = error.strerror or str(error)
        yield 1, PictureError(place, "a picture that can be opened here", found, "Try again later.")


def _decoded(file: BinaryIO, place: str) -> Iterator[tuple[int, Frame | PictureError]]:
    with decoder(file, place) as image:
        if image.format != "TIFF":
            yield 1, as_frame(image, place, LARGEST_SIDE, own=True)
            return
        for number in itertools.count(1):
            at = f"{place}, page {number}"
            frame: Frame | PictureError
            try:
                if not _turned_to(image, number, at):
                    return
                frame = as_frame(image, at, LARGEST_SIDE, own=True)
            except PictureError as error:
                frame = error
            yield number, frame


def _turned_to(image: Image, number: int, place: str) -> bool:
    """Turn to a page of a TIFF, and say whether there is one.

    Each page says where the next one is; Pillow ends such a list where it comes back to itself.

    Raises:
        PictureError: there should be one.
    """
    with naming(place), without_warnings():
        try:
            image.seek(number - 1)
        except EOFError:
            return False
    return True
