"""The tables of a run: in parts while it is under way, two files at its end.

    results.parquet              numbers
    results.failures.parquet     what could not be read
    results.parquet.parts/       while the run is under way: a file for each chunk
    results.parquet.lock         while a process is writing

A part holds whole inputs, is written beside and moved, and only one process writes. So at any
moment the parts are what has been read, and a run that was killed goes on from there. Once all is
read the two files are made in the folder of parts and moved out; then the folder is moved away, and
removed. Whoever is killed in between finds the folder, and makes the two files again.
"""

from __future__ import annotations

import contextlib
import heapq
import os
import shutil
from typing import TYPE_CHECKING

from numerist.errors import InputError, WriteError
from numerist.files import replacing
from numerist.reading.bulk import table
from numerist.reading.bulk.lock import locked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BASE = ("base-numbers.parquet", "base-failures.parquet")  # a finished run that is gone on with
_MADE = ("made-numbers.parquet", "made-failures.parquet")  # not yet moved out


class Parts:
    """What a run has written.

    Args:
        out: the file of numbers; through a link, the one that it points to.
        about: how its inputs are read, as `table.settled` says it.
    """

    def __init__(self, out: Path, about: str) -> None:
        self.out = out = out.resolve() if out.is_symlink() else out
        self.failures = out.with_name(f"{out.stem}.failures{out.suffix}")
        self.folder = out.with_name(f"{out.name}.parts")
        self._gone = out.with_name(f".{out.name}.gone")
        self._about = about

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Keep others from writing them.

        Raises:
            WriteError: another process does, or nothing can be written there.
        """
        lock = self.out.with_name(f"{self.out.name}.lock")
        with locked(lock):
            try:
                self._tidy()
                yield
            finally:
                lock.unlink(missing_ok=True)

    def exist(self) -> bool:
        """Tell whether anything is there."""
        return any(path.exists() for path in (self.out, self.failures, self.folder))

    def inputs(self) -> Iterator[tuple[int, str]]:
        """Yield the number and the name of each input that has been read.

        Raises:
            InputError: something else is there, or it was read with other settings.
        """
        if not self.folder.exists():
            yield from self._of_both(self.out, self.failures)
            return
        yield from self._of_both(*(self.folder / name for name in _BASE))
        for path in self._parts():
            yield from table.inputs(path, self._about)

    def failed(self) -> int:
        """Return how many inputs have been read and could not be, or not wholly."""
        if not self.folder.exists():
            return table.failed(self.failures) if self.failures.exists() else 0
        before = self.folder / _BASE[1]
        return sum(map(table.failed, [*([before] if before.exists() else []), *self._parts()]))

    def write(self, first: int, content: bytes) -> None:
        """Write a part.

        Args:
            first: the number of its first input.
            content: the bytes of a Parquet file.
        """
        with _naming(self.folder):
            if not self.folder.exists():
                self._begin()
            with replacing(self.folder / f"part-{first:015d}.parquet") as part:
                part.write_bytes(content)

    def finish(self) -> None:
        """Make the two files, and remove the parts; nothing is done where no part was written."""
        if self.out.exists() and not self.folder.exists():
            return
        with _naming(self.folder):
            self._finish()

    def _finish(self) -> None:
        if not self.folder.exists():
            self._begin()
        base = [path for name in _BASE if (path := self.folder / name).exists()]
        made = [self.folder / name for name in _MADE]
        table.merge([*base, *self._parts()], self._about, *made)
        for path in made:
            _sync(path)
        made[1].replace(self.failures)
        made[0].replace(self.out)
        self.folder.replace(self._gone)
        shutil.rmtree(self._gone, ignore_errors=True)

    def _tidy(self) -> None:
        """Remove what was being written or removed when a process was killed."""
        shutil.rmtree(self._gone, ignore_errors=True)
        if self.folder.exists():
            for left in self.folder.glob(".*"):
                left.unlink(missing_ok=True)

    def _parts(self) -> list[Path]:
        return sorted(self.folder.glob("part-*.parquet"))

    def _of_both(self, numbers: Path, failures: Path) -> Iterator[tuple[int, str]]:
        """Yield the inputs of a finished run; one may be in both files."""
        there = [table.inputs(path, self._about) for path in (numbers, failures) if path.exists()]
        last = None
        for pair in heapq.merge(*there):
            if pair != last:
                yield pair
            last = pair

    def _begin(self) -> None:
        """Make the folder; what a finished run left is its base."""
        shutil.rmtree(self._gone, ignore_errors=True)
        self._gone.mkdir(parents=False)
        for path, name in zip((self.out, self.failures), _BASE, strict=True):
            if path.exists():
                _link(path, self._gone / name)
        self._gone.replace(self.folder)


def _link(path: Path, other: Path) -> None:
    try:
        os.link(path.resolve(), other)  # a link to a link would lead elsewhere
    except OSError:  # no links there
        shutil.copy2(path, other)


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


@contextlib.contextmanager
def _naming(folder: Path) -> Iterator[None]:
    try:
        yield
    except WriteError:
        raise
    except OSError as error:
        raise WriteError(
            str(error.filename or folder), "files that can be written",
            error.strerror or str(error), "Choose another place, or free space and permissions.",
        ) from error  # fmt: skip


def refuse_existing(parts: Parts) -> None:
    """Raise unless there is nothing yet.

    Raises:
        InputError: there is something.
    """
    if parts.exist():
        raise InputError(
            str(parts.out), "a new file", "one that is there, or its parts",
            "Go on with it by --resume, remove it, or choose another name.",
        )  # fmt: skip
