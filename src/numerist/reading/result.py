"""What was read: a tree of document, page, number and digit, each with text, confidence and box."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels of the upright page; right and bottom lie beyond the ink."""

UNKNOWN = "?"
SCHEMA_VERSION = "1"
SCHEMA = Path(__file__).with_name("schema.json")


def schema() -> dict[str, Any]:
    """Return the JSON schema of readings as plain values.

    >>> schema()["title"]
    'What numerist has read'
    """
    content: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return content


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another answer, and how probable it is."""

    text: str
    confidence: float

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as JSON has them."""
        return {"text": self.text, "confidence": _rounded(self.confidence)}


@dataclass(frozen=True, slots=True)
class Digit:
    """One digit of a number, or a separator within it.

    Attributes:
        text: "0" to "9", or one of "-.,/:". A space has no ink, and is none.
        confidence: how probable it is that the text is right, 0…1.
        box: where it stands.
        alternatives: other digits, the most probable first.
    """

    text: str
    confidence: float
    box: Box
    alternatives: tuple[Alternative, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as JSON has them."""
        return _as_dict(self)


@dataclass(frozen=True, slots=True)
class Number:
    """One number.

    Attributes:
        text: its digits and separators; "?" alone where no answer keeps the promise.
        confidence: how probable it is that all its digits are right, 0…1, whatever separators are
            between them; 0 of "?".
        box: where it stands.
        line: the line of the page that it stands in, from 0.
        digits: and separators, from left to right, without spaces; empty where the text is "?".
        alternatives: other readings of the whole number, the most probable first; of "?" all there
            are.
    """

    text: str
    confidence: float
    box: Box
    line: int
    digits: tuple[Digit, ...] = ()
    alternatives: tuple[Alternative, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as JSON has them."""
        return {**_as_dict(self), "line": self.line, "digits": [d.as_dict() for d in self.digits]}


@dataclass(frozen=True, slots=True)
class PageReading:
    """All numbers of a page, by lines from the top down and within a line from the left.

    Attributes:
        number: of the page in its document, from 1.
        size: width and height of the upright page, in pixels.
        numbers: what was read.
        error: why the page could not be read; None if it could.
        turned: by how many degrees with the clock the page, which lay on its side or upside down,
            was turned to be read, 0, 90, 180 or 270. Boxes are those before.
    """

    number: int
    size: tuple[int, int]
    numbers: tuple[Number, ...] = ()
    error: str | None = None
    turned: int = 0

    @property
    def text(self) -> str:
        """The numbers, a line of the page a line, with spaces between."""
        lines: dict[int, list[str]] = {}
        for number in self.numbers:
            lines.setdefault(number.line, []).append(number.text)
        return "\n".join(" ".join(texts) for texts in lines.values())

    @property
    def confidence(self) -> float:
        """How probable it is that all numbers are right: their product; 1.0 of none."""
        return _product(number.confidence for number in self.numbers)

    @property
    def box(self) -> Box:
        """The whole page."""
        return (0, 0, *self.size)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as JSON has them."""
        return {
            "page": self.number,
            **_as_dict(self),
            "turned": self.turned,
            "numbers": [number.as_dict() for number in self.numbers],
            "error": self.error,
        }


@dataclass(frozen=True, slots=True)
class Reading:
    """All pages of a document, or the one page of a picture.

    Attributes:
        source: the name of the file, or "picture".
        pages: in their order.
    """

    source: str
    pages: tuple[PageReading, ...] = field(default=())

    @property
    def text(self) -> str:
        """The text of the pages; between two of them a form feed, as plain text has it."""
        return "\f".join(page.text for page in self.pages)

    @property
    def confidence(self) -> float:
        """How probable it is that everything is right: the product."""
        return _product(page.confidence for page in self.pages)

    @property
    def numbers(self) -> tuple[Number, ...]:
        """The numbers of all pages."""
        return tuple(number for page in self.pages for number in page.numbers)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as JSON has them, after `schema()`."""
        return {
            "schema": SCHEMA_VERSION,
            "source": self.source,
            "text": self.text,
            "confidence": _rounded(self.confidence),
            "pages": [page.as_dict() for page in self.pages],
        }


def _as_dict(node: Digit | Number | PageReading) -> dict[str, Any]:
    result: dict[str, Any] = {
        "text": node.text,
        "confidence": _rounded(node.confidence),
        "box": [round(float(side), 1) for side in node.box],
    }
    if not isinstance(node, PageReading):
        result["alternatives"] = [other.as_dict() for other in node.alternatives]
    return result


def _rounded(confidence: float) -> float:
    return round(float(confidence), 6)


def _product(values: Any) -> float:
    result = 1.0
    for value in values:
        result *= value
    return result
