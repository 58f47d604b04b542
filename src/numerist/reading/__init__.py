"""Reading handwritten numbers in pictures of whole pages.

    from numerist import Reader
    reader = Reader(max_error=0.01)
    print(reader.read("page.jpg").text)

The way of a page: `pages` opens it; `ink` tells strokes from paper and `streaks` makes broken ones
whole; `rules` takes lines out; `rows` finds what stands side by side; `pieces` cuts it and `words`
parts it into numbers; `lattice` lets the network judge what may be a digit; `decode` finds the best
way through, along a pattern of `patterns`; `confidence` says how sure that is; where it leaves
doubt, `looks` says how else to look; `result` is the tree that comes out.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os

    from numerist.image.picture import Picture
    from numerist.model import Model
    from numerist.reading.reader import Reader
    from numerist.reading.result import Alternative, Digit, Number, PageReading, Reading, schema

__all__ = [
    "Alternative",
    "Digit",
    "Number",
    "PageReading",
    "Reader",
    "Reading",
    "read",
    "schema",
]

_MODULE = dict.fromkeys(__all__, "result") | {"Reader": "reader"}


def read(
    picture: Picture,
    model: str | os.PathLike[str] | Model | None = None,
    *,
    length: int | None = None,
    pattern: str | None = None,
    check: str | None = None,
    least: float | None = None,
    most: float | None = None,
    max_error: float | None = None,
    force: bool = False,
) -> Reading:
    """Return what a picture says.

    Args:
        picture: a path, bytes, an open file, a Pillow image or an array; a PDF or TIFF of several
            pages as well.
        model: a model of the ten digits; what comes with numerist if not given.
        length: how many digits every number has; this and all below as `Reader`, which is faster
            for many pictures.
        pattern: a regular expression that every number fits as a whole.
        check: the name of a check digit that every number has.
        least: what no number is less than.
        most: what no number is greater than.
        max_error: the share of wrong numbers that is bearable among those that are answered.
        force: answer with the best reading even where none fits.

    Raises:
        PictureError: nothing of it can be opened.
        InputError: options that make no sense.
    """
    from numerist.reading.reader import Reader  # noqa: PLC0415

    reader = Reader(
        model, length=length, pattern=pattern, check=check, least=least, most=most,
        max_error=max_error, force=force,
    )  # fmt: skip
    return reader.read(picture)


def __getattr__(name: str) -> Any:  # what reading takes is loaded only when it is asked for
    if name in _MODULE:
        return getattr(importlib.import_module(f"{__name__}.{_MODULE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
