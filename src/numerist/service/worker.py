"""A process of the service that opens and reads what people send, one thing after the other.

It may be ended at any moment, and then nothing is lost but what it works on. The service starts it
as `python -m numerist.service.worker`; it answers each frame on its input by one on its output.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import sys
import traceback
from typing import TYPE_CHECKING, Any

import numpy as np

from numerist.errors import InputError, NumeristError, PictureError
from numerist.service.forms import uploads
from numerist.service.frames import Frame, read_frame, write_frame
from numerist.service.refused import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image

    from numerist.model import Model
    from numerist.reading.result import Reading

_TOO_MANY_PIXELS = "too_many_pixels"
_BEHIND = 5  # the service, in the order in which the system lets programs compute
_GRACE = 5  # seconds that the service is late with ending this process, if it is there still


def main() -> None:
    """Work until the input ends. The only argument is JSON: the model, and limits."""
    with contextlib.suppress(BrokenPipeError):  # the service is gone
        _serve(json.loads(sys.argv[1]))


def _serve(settings: dict[str, Any]) -> None:
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not stand among the answers
    _be_deaf()
    if hasattr(os, "nice"):
        os.nice(_BEHIND)  # so that the service answers at once, be it with a refusal
    try:
        work = _Work(settings)
    except NumeristError as error:
        write_frame(output, _refusal(422, "bad_model", error))
        return
    write_frame(output, {"status": 200})
    while (frame := read_frame(sys.stdin.buffer)) is not None:
        with _alarm(frame[0]["seconds"] + _GRACE):
            answer = work.answer(*frame)
        write_frame(output, *answer)


def _be_deaf() -> None:
    """Leave it to the service when to stop; a terminal or a supervisor may signal to all."""
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """End this process after so long, where the system can."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


class _Work:
    """The model, and what is done with it."""

    def __init__(self, settings: dict[str, Any]) -> None:
        import cv2  # noqa: PLC0415

        from numerist.model import load_model  # noqa: PLC0415
        from numerist.reading.reader import Reader  # noqa: PLC0415

        cv2.setNumThreads(1)
        self._settings = settings
        self._model: Model = load_model(settings["model"]) if settings["model"] else load_model()
        paper = np.full((60, 40), 255, np.uint8)
        paper[15:45, 18:22] = 0
        Reader(self._model).read(paper)  # so that nothing is loaded later

    def answer(self, head: dict[str, Any], body: bytes) -> Frame:
        """Return the answer to a frame, whatever is in it."""
        do = {"read": self._read, "digits": self._digits, "numbers": self._numbers}[head["do"]]
        try:
            return do(head, body)
        except NumeristError as error:
            return _refusal(*_kind(error), error), b""
        except Exception as error:  # noqa: BLE001  (a fault of ours must not take this process)
            traceback.print_exc()  # for the log of the service
            found = f"one that breaks the reader ({type(error).__name__})"
            what = PictureError("picture", "one that can be read", found, "Please report it.")
            return _refusal(422, "bad_picture", what), b""

    def _read(self, head: dict[str, Any], body: bytes) -> Frame:
        """Return the reading of a document as JSON."""
        from numerist.reading.output import JsonLines, encoded  # noqa: PLC0415
        from numerist.reading.reader import Reader  # noqa: PLC0415

        ((name, document),) = uploads(head["type"], body, 1)
        reader = Reader(self._model, **head["options"])
        reading = self._pages(reader, document, name)
        return {"status": 200}, encoded(JsonLines().record(reading))

    def _pages(self, reader: Any, body: bytes, name: str) -> Reading:
        """Read page by page, as `Reader.read`, but no more than the limits allow.

        Raises:
            PictureError: none of it can be read.
            RefusedError: it has too many pages, or pixels.
        """
        from numerist.reading.pages import open_pages  # noqa: PLC0415
        from numerist.reading.pdf import has_more_pages  # noqa: PLC0415
        from numerist.reading.result import PageReading, Reading  # noqa: PLC0415

        self._refuse_large(body, name, all_pages=True)
        most = self._settings["pages"]
        pages: list[PageReading] = []
        failure: PictureError | None = None
        for number, page in enumerate(open_pages(body, name), 1):
            # At the second page, as most PDFs have one, and counting takes a tenth of a second.
            if number > most or (number == 2 and has_more_pages(body, most)):  # noqa: PLR2004
                raise self._too_many_pages(name)
            try:
                if isinstance(page, PictureError):
                    raise page
                pages.append(reader.read_page(page))
            except PictureError as error:
                failure = error
                size = (0, 0) if isinstance(page, PictureError) else page.size
                pages.append(PageReading(number, size, error=str(error)))
        if failure is not None and all(page.error for page in pages):
            raise failure
        return Reading(name, tuple(pages))

    def _digits(self, head: dict[str, Any], body: bytes) -> Frame:
        """Return pictures of one digit each, normalised: float32 (n, 28, 28) as bytes."""
        from numerist.image import normalise  # noqa: PLC0415

        images = []
        for name, picture in uploads(head["type"], body, self._settings["images"]):
            self._refuse_large(picture, name)
            try:
                images.append(normalise(picture))
            except PictureError as error:
                error.place = name
                raise
        return {"status": 200}, np.stack(images).astype("<f4").tobytes()

    def _numbers(self, _: dict[str, Any], body: bytes) -> Frame:
        """Return images that came as JSON, likewise."""
        from numerist.service.images import images_of  # noqa: PLC0415

        images = images_of(body, self._settings["images"])
        return {"status": 200}, images.astype("<f4").tobytes()

    def _refuse_large(self, body: bytes, name: str, *, all_pages: bool = False) -> None:
        """Raise `RefusedError` unless it is a document, or a picture of not too many pixels.

        Args:
            body: the file.
            name: of it.
            all_pages: whether those of a TIFF behind the first are looked at, and counted, too.
        """
        from numerist.image.picture import decoder  # noqa: PLC0415
        from numerist.reading.pdf import is_pdf  # noqa: PLC0415

        file = io.BytesIO(body)
        if is_pdf(file):
            return  # pages are rendered as large as they may be
        with decoder(file, name) as image:
            self._refuse_pixels(image.size, name)
            if all_pages and image.format == "TIFF":
                self._refuse_pages(image, name)

    def _refuse_pages(self, image: Image, name: str) -> None:
        """Raise `RefusedError` for a TIFF of too many pages, or with one of too many pixels."""
        from numerist.image.picture import without_warnings  # noqa: PLC0415

        for number in range(1, self._settings["pages"] + 1):
            try:
                with without_warnings():
                    image.seek(number)
            except EOFError:
                return
            except Exception:  # noqa: BLE001, S112  (a damaged page: who reads it tells)
                continue
            self._refuse_pixels(image.size, name)
            if number == self._settings["pages"]:
                raise self._too_many_pages(name)

    def _refuse_pixels(self, size: tuple[int, int], name: str) -> None:
        width, height = size
        if width * height > self._settings["pixels"]:
            raise RefusedError(
                name, f"at most {self._settings['pixels']:,} pixels", f"{width}×{height}",
                "Send a smaller picture.", kind=(413, _TOO_MANY_PIXELS),
            )  # fmt: skip

    def _too_many_pages(self, name: str) -> RefusedError:
        return RefusedError(
            name, f"at most {self._settings['pages']} pages", "more",
            "Split the document.", kind=(413, "too_many_pages"),
        )  # fmt: skip


def _kind(error: NumeristError) -> tuple[int, str]:
    """Return the status and the code of an error."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415

    if isinstance(error, RefusedError):
        return error.kind
    if isinstance(error, InputError):
        return 422, "bad_parameter"
    if isinstance(error.__cause__, Image.DecompressionBombError):
        return 413, _TOO_MANY_PIXELS
    if isinstance(error.__cause__, UnidentifiedImageError):  # no decoder knows such a file
        return 415, "not_a_picture"
    return 422, "bad_picture"


def _refusal(status: int, code: str, error: NumeristError) -> dict[str, Any]:
    parts = {name: getattr(error, name) for name in ("place", "expected", "found", "cure")}
    return {"status": status, "code": code, **parts}


if __name__ == "__main__":
    main()
