"""One writer at a time."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from numerist.errors import WriteError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file against all others that ask for it in this way; it is made if it is not there.

    However this process ends, the lock goes with it. Where the system has no such locks, nobody is
    kept out.

    Raises:
        WriteError: somebody else holds it; it can't be made.
    """
    try:
        import fcntl  # noqa: PLC0415
    except ImportError:  # Windows
        yield
        return
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise WriteError(
            str(path), "a file that can be written", error.strerror or str(error),
            "Choose another place, or free space and permissions there.",
        ) from error  # fmt: skip
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _taken(path) from error
        except OSError:
            pass  # a file system without locks
        if not _is_still(file, path):  # removed by the one that held it
            raise _taken(path)
        yield
    finally:
        os.close(file)


def _is_still(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except OSError:
        return False


def _taken(path: Path) -> WriteError:
    return WriteError(
        str(path), "a file that nobody else is writing", "another process that does",
        "Wait for its end, or choose another name.",
    )  # fmt: skip
