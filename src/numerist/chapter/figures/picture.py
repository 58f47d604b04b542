"""What every drawing function returns."""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass
from typing import Any, Literal

from numerist.chapter.minus import minus
from numerist.errors import InputError


def checked_alt(alt: Any) -> str:
    """Return the alt text with true minus signs in its numbers, or refuse it.

    Raises:
        InputError: it is not a text, or empty.

    >>> checked_alt(" From -2 to 2. ")
    'From −2 to 2.'
    """
    if not isinstance(alt, str) or not alt.strip():
        raise InputError(
            "alt", "a sentence that says what is to be seen", repr(alt), "Describe the picture."
        )
    return minus(alt.strip())


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that goes inline into a page.

    Attributes:
        kind: "svg" or "png".
        data: the text of an `<svg>` element, or the bytes of a PNG file.
        width, height: natural size in CSS pixels. A page shows it at its own width, down to the
            320 pixels or so of a phone; wider pictures are meant to be scrolled sideways.
        alt: what a screen reader says.

    Raises:
        InputError: there is no alt text, or the data are not of the kind.

    >>> Picture("svg", "<svg/>", 10, 10, "Nothing.").html()
    '<svg/>'
    """

    kind: Literal["svg", "png"]
    data: str | bytes
    width: int
    height: int
    alt: str

    def __post_init__(self) -> None:
        checked_alt(self.alt)
        if not isinstance(self.data, {"svg": str, "png": bytes}.get(self.kind, ())):
            raise InputError(
                "picture",
                "kind 'svg' with text, or 'png' with bytes",
                f"{self.kind!r} with {type(self.data).__name__}",
                "Let a drawing function make it.",
            )

    def html(self) -> str:
        """Return the element for a page: the `<svg>` itself, or an `<img>` with the PNG inside."""
        if isinstance(self.data, str):
            return self.data
        code = base64.b64encode(self.data).decode("ascii")
        return (
            f'<img src="data:image/png;base64,{code}" width="{self.width}" '
            f'height="{self.height}" alt="{html.escape(self.alt)}">'
        )

    def to_bytes(self) -> bytes:
        """Return what a file of this picture holds."""
        return self.data.encode() if isinstance(self.data, str) else self.data
