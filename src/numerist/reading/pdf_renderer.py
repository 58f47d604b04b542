"""The program that renders a PDF for `numerist.reading.pdf`, in a process of its own.

    python pdf_renderer.py FIRST_PAGE LARGEST_SIDE SECONDS BYTES <document.pdf

For each page, from the first asked for, it writes a line of JSON, and after the line of a page that
worked its pixels, row by row in RGB. The last line says that there are no more pages. Whoever sent
the document may want it never to end: a page that takes more seconds of computing, or more bytes of
memory, ends this process instead.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import sys
from typing import Any

DOTS = 300  # an inch
_POINTS = 72  # an inch
_ALMOST = 1 - 1e-6  # 2480.0001 pixels are 2480: the one more would blur all others
_PASSWORD = 4  # PDFium's number for a missing one


def main() -> None:
    """Render the document on standard input."""
    first, largest, seconds, memory = (int(argument) for argument in sys.argv[1:5])
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing that a library says may come between the pixels
    _limit_memory(memory)
    _limit_time(seconds)
    import pypdfium2  # type: ignore[import-untyped]  # noqa: PLC0415

    try:
        document = pypdfium2.PdfDocument(sys.stdin.buffer)
        pages = len(document)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) == _PASSWORD
        _send(out, {"page": 0, "locked": locked})
        return
    for number in range(first, pages + 1):
        _limit_time(seconds)
        try:
            message, pixels = _rendered(document, number, largest)
        except Exception as error:  # noqa: BLE001  (of a damaged page, anything)
            message, pixels = {"page": number, "failed": str(error)}, b""
        _limit_time(0)
        _send(out, message, pixels)
    _send(out, {"page": None})


def _rendered(document: Any, number: int, largest: int) -> tuple[dict[str, Any], Any]:
    """Return the message and the pixels of a page; the page is as a viewer shows it, upright."""
    with contextlib.closing(document[number - 1]) as page:
        points = page.get_size()
        if not all(math.isfinite(side) and side > 0 for side in points):
            raise ValueError("a page without an area")
        full = DOTS / _POINTS
        scale = min(full, largest / max(points))
        bitmap = page.render(scale=scale * _ALMOST, rev_byteorder=True)
        message = {
            "page": number,
            "width": bitmap.width,
            "height": bitmap.height,
            "stride": bitmap.stride,
            "scale": full / scale,
            "size": [max(1, math.ceil(side * full - 0.01)) for side in points],
        }
        return message, bitmap.buffer


def _send(out: Any, message: dict[str, Any], pixels: Any = b"") -> None:
    out.write(json.dumps(message).encode() + b"\n")
    out.write(pixels)
    out.flush()


def _limit_memory(most: int) -> None:
    """End this process when it asks for more, where the system can do that."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415

        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_time(seconds: int) -> None:
    """End this process after so many seconds of computing from now; 0: don't."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


if __name__ == "__main__":
    main()
