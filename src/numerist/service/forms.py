"""Files out of forms, as browsers and curl send them.

Forms are taken apart in the processes that may be ended, like all else that is parsed.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeAlias

from numerist.service.refused import RefusedError

if TYPE_CHECKING:
    from python_multipart.multipart import File

Upload: TypeAlias = tuple[str, bytes]
"""The name of a file, and what is in it."""

_LONGEST = 200  # characters of a name


def uploads(kind: str, body: bytes, most: int) -> list[Upload]:
    r"""Return the files of a body, with their names: those of a form, or the body itself.

    Args:
        kind: the body's Content-Type.
        body: all of it.
        most: how many there may be.

    Raises:
        RefusedError: a damaged form; one with other fields; no files, empty ones, or too many.

    >>> part = b'Content-Disposition: form-data; name="file"; filename="a.png"\r\n\r\nabc\r\n'
    >>> uploads("multipart/form-data; boundary=x", b"--x\r\n" + part + b"--x--\r\n", 1)
    [('a.png', b'abc')]
    """
    from python_multipart.multipart import parse_options_header  # noqa: PLC0415

    form, options = parse_options_header(kind)
    found = [("picture", body)]
    if form == b"multipart/form-data":
        found = _parts(options.get(b"boundary", b""), body, most)
    if not found or not all(content for _, content in found):
        raise RefusedError(
            "body", "at least one file, and none that is empty", "nothing", "Send a picture.",
            kind=(422, "empty"),
        )  # fmt: skip
    return found


def _parts(boundary: bytes, body: bytes, most: int) -> list[Upload]:
    from python_multipart.exceptions import FormParserError  # noqa: PLC0415
    from python_multipart.multipart import Field, FormParser  # noqa: PLC0415

    found: list[Upload] = []
    ended: list[bool] = []

    def keep(file: File) -> None:
        if len(found) == most:
            raise RefusedError(
                "body", f"at most {most}", "more", "Send them in several requests.",
                kind=(413, "too_many_files"),
            )  # fmt: skip
        file.file_object.seek(0)
        found.append((_name(file), file.file_object.read()))

    def refuse(field: Field) -> None:
        name = (field.field_name or b"").decode("utf-8", "replace")
        raise _bad(f"the field {name[:50]!r}")

    logging.getLogger("python_multipart").setLevel(logging.ERROR)  # it warns of each odd byte
    if not boundary:
        raise _bad("a form without a boundary")
    in_memory = {"MAX_MEMORY_FILE_SIZE": len(body) + 1}
    try:
        parser = FormParser(
            "multipart/form-data", refuse, keep, lambda: ended.append(True), boundary,
            config=in_memory,
        )  # fmt: skip
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError, AssertionError) as error:
        raise _bad(f"one that can't be taken apart ({error})") from error
    if not ended:
        raise _bad("one that is cut off")
    return found


def _name(file: File) -> str:
    """Return the last part of a name, whatever system it comes from."""
    name = (file.file_name or b"").decode("utf-8", "replace").replace("\\", "/")
    return name.rpartition("/")[2][:_LONGEST] or "picture"


def _bad(found: str) -> RefusedError:
    return RefusedError(
        "body", "a form of files, without other fields", found,
        "Parameters stand in the address: /v1/read?length=6.", kind=(422, "bad_form"),
    )  # fmt: skip
