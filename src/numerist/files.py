"""Writing files whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numerist.errors import InputError, WriteError

if TYPE_CHECKING:
    from collections.abc import Iterator


def as_path(name: Any, place: str) -> Path:
    """Return the name of a file or folder as a path.

    Raises:
        InputError: it is neither a text nor a path, or an empty text.

    >>> as_path("digits.onnx", "path").name
    'digits.onnx'
    """
    if isinstance(name, str) and not name:
        raise InputError(place, "a name or a pathlib.Path", "an empty text", "Name a file.")
    try:
        return Path(name)
    except TypeError as error:
        raise InputError(
            place, "a name or a pathlib.Path", f"{name!r:.60}", "Write the name in quotes."
        ) from error


@contextlib.contextmanager
def replacing(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a path beside `target` to write to; move it over `target` once the block succeeds.

    Whoever reads `target`, at any moment, finds the old file or the new one, never a part.
    When the block fails or is interrupted, the file beside it is removed and `target` stays as
    it was. A process killed outright may leave a `.NAME.….part` file behind, never half a `target`.

    Args:
        target: the file to write; its folder must exist.

    Raises:
        InputError: `target` is neither a text nor a path.
        WriteError: the folder is missing or not writable, `target` is a folder, the disk is full.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = Path(folder, "answer.txt")
    ...     with replacing(target) as part:
    ...         _ = part.write_text("42")
    ...     target.read_text()
    '42'
    """
    target = as_path(target, "path").resolve()  # through links: what they point to is replaced
    try:
        if target.exists() and not target.is_file():
            raise OSError(errno.EINVAL, "a folder or a device")  # noqa: TRY301
        part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        try:  # the name is known before the file is there: no interruption can leave it behind
            part.touch(exist_ok=False)
            yield part
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            if target.exists():
                part.chmod(target.stat().st_mode & 0o777)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise WriteError(
            str(target),
            "a file that can be written",
            error.strerror or str(error),
            "Choose another place, or free space and permissions there.",
        ) from error


def as_utf8(name: str | os.PathLike[str]) -> str:
    r"""Return the name of a file as text that is UTF-8, whatever bytes it is made of.

    >>> as_utf8("η"), as_utf8(os.fsdecode(b"bad\xff"))
    ('η', 'bad\\xff')
    """
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def make_folder(folder: str | os.PathLike[str]) -> Path:
    """Make a folder, and those above it, unless it is there already.

    Raises:
        WriteError: something else is in the way, or it can't be made there.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(
            str(folder),
            "a folder, or a place for one",
            error.strerror or str(error),
            "Choose another place.",
        ) from error
    return Path(folder)


def refuse_unwritable(target: str | os.PathLike[str]) -> None:
    """Raise `WriteError` now if `target` could not be written later, after long work.

    Nothing is left behind, and `target` is not touched.
    """
    with contextlib.suppress(_Unchanged), replacing(target):
        raise _Unchanged


class _Unchanged(Exception):  # noqa: N818  (a signal, no error)
    """Leaves `replacing` without moving anything."""
