"""Which inputs have been read: a bag of names that is on disk, however many they are."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import tempfile
from typing import TYPE_CHECKING

from numerist.errors import WriteError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CACHE = 16 * 1024  # KiB of memory
_AT_ONCE = 10_000
_KEY = 16  # bytes of a name's hash: two of a billion names agree with a probability of 1e-21


class Names:
    """A bag of names: one that was put in twice can be taken out twice.

    It is a database in a temporary file that nobody else sees and that is gone with this object.
    What UTF-8 can't say of a name counts as the escapes that are written for it in tables.

    Args:
        names: to put in.

    Raises:
        WriteError: by any method, too: there is no room for the file.

    >>> names = Names(["a.png", "b.png", "a.png"])
    >>> names.total(), names.take("a.png"), names.take("a.png"), names.take("a.png")
    (3, True, True, False)
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._base = sqlite3.connect("", isolation_level=None)
        self._base.execute(f"PRAGMA cache_size = -{_CACHE}")
        self._base.execute("PRAGMA journal_mode = OFF")
        self._base.execute("CREATE TABLE names (key BLOB PRIMARY KEY, count INTEGER) WITHOUT ROWID")
        self._base.execute("BEGIN")  # for ever: nobody is to find this again
        self._total = self._left = 0
        waiting = []
        for name in names:
            waiting.append((_key(name),))
            if len(waiting) == _AT_ONCE:
                self._add(waiting)
                waiting = []
        self._add(waiting)

    def total(self) -> int:
        """Return how many were put in."""
        return self._total

    def take(self, name: str) -> bool:
        """Take a name out, and tell whether it was there."""
        if not self._left:
            return False
        with _naming():
            taken = self._base.execute(
                "UPDATE names SET count = count - 1 WHERE key = ? AND count > 0", (_key(name),)
            ).rowcount
        self._left -= taken
        return bool(taken)

    def __del__(self) -> None:
        self._base.close()

    def _add(self, keys: list[tuple[bytes]]) -> None:
        with _naming():
            self._base.executemany(
                "INSERT INTO names VALUES (?, 1) ON CONFLICT DO UPDATE SET count = count + 1", keys
            )
        self._total += len(keys)
        self._left += len(keys)


def _key(name: str) -> bytes:
    return hashlib.blake2b(name.encode("utf-8", "backslashreplace"), digest_size=_KEY).digest()


@contextlib.contextmanager
def _naming() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise WriteError(
            tempfile.gettempdir(), "room for the names of what has been read", str(error),
            "Free space there, or name another folder by SQLITE_TMPDIR.",
        ) from error  # fmt: skip
