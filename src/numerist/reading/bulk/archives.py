"""The pictures in a tar or zip archive; nothing is ever extracted to disk.

Members of plain tar and zip files are fetched by whoever reads them. Those of compressed tar files,
and of archives on other machines, come with their bytes, since only reading on leads to the next.
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from numerist.errors import InputError, PictureError
from numerist.image.picture import MOST_BYTES
from numerist.reading.bulk import tar
from numerist.reading.bulk import zip as zipped
from numerist.reading.bulk.extra import needed
from numerist.reading.source import (
    ARCHIVES,
    BEGINNING,
    GZIP,
    TAR,
    ZIP,
    Source,
    begins_as_picture,
    ends_as_picture,
    refused,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_OTHERS = (
    *(".gz", ".bz2", ".xz", ".zst", ".lzma", ".tbz", ".tbz2", ".txz", ".lz4", ".br", ".z"),
    *(".7z", ".rar", ".cab", ".cbz", ".cbr", ".jar", ".cpio", ".iso"),
)
MOST_RATIO = 500  # of bytes to compressed bytes, beyond `MOST_BYTES`: blank scans stay far below
_OUTSIDE = re.compile(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)|\0")
_HIDDEN = re.compile(r"(^|/)(\.(?!/)[^/]|__MACOSX/)")


def pictures(
    opened: Callable[[], BinaryIO], name: str, path: Path | None = None
) -> Iterator[Source | PictureError]:
    """Yield the pictures in an archive, in its order.

    Args:
        opened: opens the archive for reading bytes; that of a zip file can be searched.
        name: its name, whose ending says what it is.
        path: where it is, if it is a file here.

    Yields:
        What ends or begins as a picture does, and is not hidden; called `name`/member. What can't
        be told as a picture but should be (a link, a member that is encrypted, too large, or leads
        out of the archive, an archive in the archive) arrives as the `PictureError` that names it.
        Where the archive itself is damaged, or grows beyond all measure, that stands at the end.
    """
    walk = _zipped if name.lower().endswith(ZIP) else _tarred
    empty = True
    try:
        for source in walk(opened, name, path):
            empty = False
            yield source
    except PictureError as error:
        yield error
        return
    except InputError:
        raise  # a package is missing
    except (OSError, EOFError, zlib.error, ValueError) as error:  # gzip and Arrow raise any of them
        yield _unreadable(name, error)
        return
    if empty:
        yield refused(name, "an archive without any", "Name another.")


def _unreadable(name: str, error: Exception) -> PictureError:
    if isinstance(error, FileNotFoundError):
        return refused(name, "no such file", "Check the name.")
    reason = getattr(error, "strerror", None)
    if reason:  # of the disk or the network
        return refused(name, reason, "Try again.")
    found = f"a damaged one ({error})" if str(error) else "a damaged one"
    return PictureError(name, "a whole archive", found, "Make it again.")


@dataclass(frozen=True, slots=True)
class _Tarred:
    """A picture in a plain tar file."""

    archive: Path
    offset: int
    size: int

    def fetch(self, name: str) -> bytes:
        """Return its bytes."""
        with _reading(self.archive, name) as file:
            file.seek(self.offset)
            content = file.read(self.size)
        if len(content) < self.size:
            raise refused(name, "an archive that is cut off", "Make it again.")
        return content


@dataclass(frozen=True, slots=True)
class _Zipped:
    """A picture in a zip file."""

    archive: Path
    member: zipped.Member

    def fetch(self, name: str) -> bytes:
        """Return its bytes."""
        with _reading(self.archive, name) as file:
            return zipped.content(file, self.member, name, MOST_BYTES)


def _reading(archive: Path, name: str) -> BinaryIO:
    try:
        return archive.open("rb")
    except OSError as error:
        raise refused(name, error.strerror or str(error), "Is the archive still there?") from error


def _tarred(
    opened: Callable[[], BinaryIO], name: str, path: Path | None
) -> Iterator[Source | PictureError]:
    with opened() as file:
        plain = name.lower().endswith(TAR)
        length = None
        if plain and path is not None:
            length = file.seek(0, io.SEEK_END)
            file.seek(0)
        archive = tar.Tar(_unpacked(file, name), name, length)
        for member in archive:
            place, wrong = f"{name}/{member.name}", _wrong(member.name, member.kind, member.size)
            if wrong:
                yield refused(place, *wrong)
            elif wrong is None and length is not None and path is not None:
                if ends_as_picture(member.name) or _begins(archive, member):
                    below = path / _plain(member.name)
                    yield Source(place, _Tarred(path, member.offset, member.size), below)
            elif wrong is None:
                start = archive.data(member, BEGINNING)
                if ends_as_picture(member.name) or begins_as_picture(start):
                    content = start + archive.data(member, MOST_BYTES)
                    yield Source(place, content, path and path / _plain(member.name))


def _begins(archive: tar.Tar, member: tar.Member) -> bool:
    return begins_as_picture(archive.data(member, BEGINNING))


def _zipped(
    opened: Callable[[], BinaryIO], name: str, path: Path | None
) -> Iterator[Source | PictureError]:
    with opened() as directory, opened() as file:
        for member in zipped.members(directory, name):
            place, wrong = f"{name}/{member.name}", _wrong(member.name, member.kind, member.size)
            if wrong:
                yield refused(place, *wrong)
            if wrong is not None:
                continue
            try:
                if not ends_as_picture(member.name) and not begins_as_picture(
                    zipped.content(file, member, place, BEGINNING)
                ):
                    continue
                if path is not None:
                    yield Source(place, _Zipped(path, member), path / _plain(member.name))
                else:
                    yield Source(place, zipped.content(file, member, place, MOST_BYTES))
            except PictureError as error:
                yield error


_ODD = {
    "link": "a link to another file",
    "sparse": "a sparse file",
    "encrypted": "an encrypted one",
    "other": "no file",
}


def _wrong(name: str, kind: str, size: int) -> tuple[()] | tuple[str, str] | None:
    """Return what is wrong with a member and what to do about it; () if it is none of our concern.

    None says that it may be a picture.
    """
    wrong: tuple[()] | tuple[str, str] | None = None
    if kind == "folder" or name.endswith("/"):
        wrong = ()
    elif not name or _OUTSIDE.search(name):
        wrong = "a name that leads out of the archive", "Who made this archive? Make it again."
    elif _HIDDEN.search(name):
        wrong = ()
    elif name.lower().endswith((*ARCHIVES, *_OTHERS)):
        wrong = "an archive within an archive", "Unpack it, and name it on its own."
    elif kind in _ODD:
        wrong = (_ODD[kind], "Put the picture itself there.") if ends_as_picture(name) else ()
    elif size > MOST_BYTES:
        found = f"{size:,} bytes, more than {MOST_BYTES >> 20} MiB"
        wrong = (found, "Send a smaller picture.") if ends_as_picture(name) else ()
    return wrong


def _plain(name: str) -> str:
    """Return a member's name without what stands for the same folder."""
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def _unpacked(file: BinaryIO, name: str) -> Any:
    """Return what is in a compressed tar file, or the file itself if it is plain."""
    ending = name.lower()
    if ending.endswith(TAR):
        return file
    counted = _Counted(file)
    if ending.endswith(GZIP):
        return _Bounded(gzip.GzipFile(fileobj=counted, mode="rb"), counted, name)
    arrow = needed("pyarrow", name)
    return _Bounded(
        arrow.CompressedInputStream(arrow.PythonFile(counted, "r"), "zstd"), counted, name
    )


class _Counted(io.RawIOBase):
    """A file that remembers how much was read from it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.count = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return some bytes."""
        content = self._file.read(size)
        self.count += len(content)
        return content


class _Bounded:
    """What is in a compressed file, as long as it does not grow beyond all measure."""

    def __init__(self, file: Any, packed: _Counted, name: str) -> None:
        self._file, self._packed, self._name = file, packed, name
        self._count = 0

    def read(self, size: int) -> bytes:
        """Return some bytes.

        Raises:
            PictureError: there have been too many, for so few compressed ones.
        """
        content: bytes = self._file.read(min(size, 1 << 20))
        self._count += len(content)
        if self._count > MOST_BYTES + MOST_RATIO * self._packed.count:
            found = f"one that grows to more than {MOST_RATIO} times its size"
            raise PictureError(self._name, "an archive of pictures", found, "Who made it?")
        return content
