"""PDF documents, page by page, as pixels.

PDFium renders them, in a process of its own: a page can be made to take for ever or all memory (a
form that draws ten forms that draw ten forms …), PDFium can't be interrupted while it reads one,
and a library that is fed with whatever people send may fall over. The process is ended then, and
started again behind that page. It renders one page ahead, and waits.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from numerist.errors import PictureError
from numerist.image.picture import Frame

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

SECONDS = 4  # of computing, for one page
PATIENCE = 60.0  # seconds by the clock, for one page, where computing is not measured
MEMORY = 768 * 1024 * 1024
MOST_BREAKDOWNS = 3  # after so many pages have ended the process, the rest is not tried

_RENDERER = Path(__file__).with_name("pdf_renderer.py")
_START = 1024  # bytes in which the mark of a PDF stands; some programs write something before it
_OTHERS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"RIFF", b"BM", b"\0\0\0")


def is_pdf(file: BinaryIO) -> bool:
    """Say whether a file is a PDF, by its content.

    >>> import io
    >>> is_pdf(io.BytesIO(b"%PDF-1.7 ...")), is_pdf(io.BytesIO(b"GIF89a"))
    (True, False)
    """
    start = file.read(_START)
    file.seek(0)
    return b"%PDF-" in start and not start.startswith(_OTHERS)  # who mention PDF in a comment


def rendered(
    file: BinaryIO, place: str, largest: int
) -> Iterator[tuple[int, Frame | PictureError]]:
    """Yield the pages of a PDF, each with its number from 1, as they are seen in a viewer.

    Args:
        file: the document, at its start.
        place: what to call it in messages.
        largest: the longest side of a page in pixels; up to it, pages have 300 dots an inch. The
            `size` of a frame is that of the page at 300 dots an inch.

    Yields:
        For each page its number and its pixels, or why it could not be rendered: damaged, more than
        `SECONDS` or `MEMORY`. For a document that can't be opened one error, with the number 1.
    """
    if importlib.util.find_spec("pypdfium2") is None:
        yield 1, _error(place, "a PDF, which pypdfium2 renders", "pip install pypdfium2")
        return
    with tempfile.TemporaryFile() as copy:
        try:
            file.fileno()
        except OSError:  # bytes, not a file
            copy.write(file.read())
            file = copy
        yield from _restarting(file, place, largest)


def has_more_pages(content: bytes, most: int) -> bool:
    """Say whether a file is a PDF with more pages than that, as far as it can be told at once."""
    if not is_pdf(io.BytesIO(content)):
        return False
    with tempfile.TemporaryFile() as file:
        file.write(content)
        with contextlib.closing(_messages(file, most + 1, 1)) as messages:
            message, _ = next(messages, ({"page": None}, b""))
    return bool(message["page"])


def _restarting(
    file: BinaryIO, place: str, largest: int
) -> Iterator[tuple[int, Frame | PictureError]]:
    number = 1
    for _ in range(MOST_BREAKDOWNS):
        for message, pixels in _messages(file, number, largest):
            if message["page"] is None:
                return
            if message["page"] == 0:
                yield 1, _unopened(place, message)
                return
            number = message["page"]
            yield number, _frame(f"{place}, page {number}", message, pixels)
            number += 1
        found = f"one that takes more than {SECONDS} s or {MEMORY >> 20} MiB, or breaks PDFium"
        yield number, _error(f"{place}, page {number}", found, "Save the page as a picture.")
        number += 1
    found = f"{MOST_BREAKDOWNS} pages that could not be rendered"
    yield number, _error(f"{place}, page {number} and later", found, "Save them as pictures.")


def _messages(file: BinaryIO, first: int, largest: int) -> Generator[tuple[dict[str, Any], bytes]]:
    """Yield what a process renders from a page on, until it ends in whatever way."""
    file.seek(0)
    limits = [str(number) for number in (first, largest, SECONDS, MEMORY)]
    with subprocess.Popen(  # noqa: S603  (this interpreter, our own program)
        [sys.executable, "-P", str(_RENDERER), *limits],
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            while received := _received(process):
                yield received
        finally:
            process.kill()


def _received(process: subprocess.Popen[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """Return the next message, or None when the process has ended or does not answer."""
    out = process.stdout
    assert out is not None  # noqa: S101  (a pipe was asked for)
    watch = threading.Timer(PATIENCE, process.kill)
    watch.daemon = True
    watch.start()
    try:
        line = out.readline()
        if not line.endswith(b"\n"):
            return None
        message = json.loads(line)
        length = message.get("stride", 0) * message.get("height", 0)
        pixels = out.read(length)
        return (message, pixels) if len(pixels) == length else None
    finally:
        watch.cancel()


def _frame(place: str, message: dict[str, Any], pixels: bytes) -> Frame | PictureError:
    if "failed" in message:
        return _error(place, f"a damaged one ({message['failed']})", "Save the document again.")
    width, height, stride = (message[key] for key in ("width", "height", "stride"))
    rows = np.frombuffer(pixels, np.uint8).reshape(height, stride)
    colour = rows[:, : 3 * width].reshape(height, width, 3)
    red, green, blue = (colour[..., k] for k in range(3))
    grey = np.array_equal(red, green) and np.array_equal(red, blue)
    result = (red if grey else colour).astype(np.float32)
    result /= 255
    return Frame(result, message["scale"], tuple(message["size"]))


def _unopened(place: str, message: dict[str, Any]) -> PictureError:
    if message["locked"]:
        return _error(place, "one that asks for a password", "Save it without one.")
    return _error(place, "a damaged one", "Send it again.")


def _error(place: str, found: str, cure: str) -> PictureError:
    return PictureError(place, "a PDF that can be rendered", found, cure)
