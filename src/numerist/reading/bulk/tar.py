"""The members of a tar archive, one by one, from front to back.

`tarfile` of the standard library parses each header; the loop around it is our own. That of
`tarfile` remembers all members, believes the length of a long name whatever it is, and goes
backwards where a size is negative, all of which an archive from a stranger can use.
"""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from numerist.errors import PictureError

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK = 512
MOST_HEADER = 1 << 20  # bytes of a long name, or of the attributes before a member
_MOST_BEFORE = 8  # such headers before one member
_STEP = 1 << 20
_MOST_FILL = 1 << 20  # zeros behind the end mark: programs fill a last record, of 10 KiB mostly
_FILES = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
_LINKS = (tarfile.LNKTYPE, tarfile.SYMTYPE)
_WITHOUT_DATA = (*_LINKS, tarfile.DIRTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)
_SPARSE = tarfile.GNUTYPE_SPARSE
_MEANT = frozenset({"path", "size", "GNU.sparse.name"})  # what pax attributes are read for
_EXTENDED_AT = 504  # in a header that continues one of a sparse file: whether one more comes


@dataclass(frozen=True, slots=True)
class Member:
    """What a header says.

    Attributes:
        name: as it stands there, of any characters; bytes that are no UTF-8 as escapes.
        kind: "file", "folder", "link", "sparse" or "other".
        offset: where its data begin, from the beginning of the (uncompressed) archive.
        size: how many bytes they are.
    """

    name: str
    kind: str
    offset: int
    size: int


class Tar:
    """A tar archive that is read once, from front to back.

    Args:
        file: its bytes, uncompressed; `read` is enough, with `seek` it is faster.
        place: its name, for messages.
        length: of the file in bytes, if that is known and it can be searched.
    """

    def __init__(self, file: BinaryIO, place: str, length: int | None = None) -> None:
        self._file, self._place, self._length = file, place, length
        self._at = 0  # in the file
        self._end = 0  # of the member's data, with what fills the last block

    def __iter__(self) -> Iterator[Member]:
        """Yield the members.

        Raises:
            PictureError: not a tar archive, a damaged one, one that is cut off, or one that goes on
                behind its end mark.
        """
        while (member := self._member()) is not None:
            yield member

    def data(self, member: Member, most: int) -> bytes:
        """Return the next bytes, at most `most`, of the member that was yielded last."""
        return self._read(min(most, member.offset + member.size - self._at))

    def _member(self) -> Member | None:
        """Return the next member; None at the end."""
        attributes: dict[str, str] = {}
        for _ in range(_MOST_BEFORE):
            self._skip()
            header = self._header()
            if header is None:
                return None
            if header.type == tarfile.GNUTYPE_LONGNAME:
                name = self._attributes_data(header).partition(b"\0")[0]
                attributes["path"] = name.decode("utf-8", "backslashreplace")
            elif header.type == tarfile.GNUTYPE_LONGLINK:
                self._attributes_data(header)
            elif header.type in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE):
                attributes.update(self._records(self._attributes_data(header)))
            elif header.type == tarfile.XGLTYPE:
                if not _MEANT.isdisjoint(self._records(self._attributes_data(header))):
                    raise self._error("one that gives all members one name or size")
            else:
                return self._told(header, attributes)
        raise self._error(f"more than {_MOST_BEFORE} headers for one member")

    def _header(self) -> tarfile.TarInfo | None:
        """Return what a block says; None for the end mark.

        Raises:
            PictureError: it is no header.
        """
        first = self._at == 0
        block = self._read(BLOCK)
        if not any(block):
            self._refuse_more()
            return None
        try:
            header = tarfile.TarInfo.frombuf(block, "utf-8", "backslashreplace")
        except tarfile.HeaderError as error:
            found = "something else" if first else f"a damaged one ({error})"
            raise self._error(found) from error
        self._end = self._at
        if not 0 <= header.size < 1 << 62:
            raise self._error(f"a member of {header.size} bytes")
        return header

    def _refuse_more(self) -> None:
        """Look at what is behind a block of zeros: of a compressed archive its checksum, too.

        Raises:
            PictureError: it is more than what fills the last record.
        """
        rest = self._up_to(_MOST_FILL + 1)
        if rest[:BLOCK].strip(b"\0"):
            raise self._error("a damaged one (zeros where a member should begin)")
        if rest.strip(b"\0"):
            raise self._error("one with something behind its end mark")
        if len(rest) > _MOST_FILL:
            raise self._error(f"one with more than {_MOST_FILL >> 20} MiB of zeros at its end")

    def _attributes_data(self, header: tarfile.TarInfo) -> bytes:
        if header.size > MOST_HEADER:
            raise self._error(f"a name of {header.size:,} bytes")
        content = self._read(header.size)
        self._end = self._at + -header.size % BLOCK
        return content

    def _records(self, content: bytes) -> dict[str, str]:
        """Return the attributes of a pax header: lines of "length key=value"."""
        found = {}
        rest = content.rstrip(b"\0")
        while rest:
            digits, _, _ = rest[:20].partition(b" ")
            length = int(digits) if digits.isdigit() else 0
            record, rest = rest[len(digits) + 1 : length], rest[length:]
            key, equals, value = record.partition(b"=")
            if not equals or not value.endswith(b"\n") or len(digits) + 1 + len(record) != length:
                raise self._error("a damaged one (attributes that break their format)")
            found[key.decode("utf-8", "replace")] = value[:-1].decode("utf-8", "backslashreplace")
        return found

    def _told(self, header: tarfile.TarInfo, attributes: dict[str, str]) -> Member:
        """Return the member that a header and the attributes before it tell of."""
        size = header.size
        if "size" in attributes:
            digits = attributes["size"]
            if not (digits.isdecimal() and digits.isascii() and len(digits) < 19):  # noqa: PLR2004
                raise self._error(f"a member of {digits[:30]!r} bytes")
            size = int(digits)
        kind = _kind(header, attributes)
        if kind == "sparse" and header.type == _SPARSE:
            self._skip_sparse_headers(header)
        if header.type in _WITHOUT_DATA:
            size = 0
        name = attributes.get("GNU.sparse.name") or attributes.get("path") or header.name
        self._end = self._at + size + -size % BLOCK
        if self._length is not None and self._at + size > self._length:
            raise self._error(f"one that ends within {name[:200]}")
        return Member(name, kind, self._at, size)

    def _skip_sparse_headers(self, header: tarfile.TarInfo) -> None:
        _, extended, _ = header._sparse_structs  # type: ignore[attr-defined]  # noqa: SLF001
        while extended:
            extended = self._read(BLOCK)[_EXTENDED_AT] != 0

    def _skip(self) -> None:
        """Go to the end of the member."""
        if self._length is not None:
            self._file.seek(self._end)
            self._at = self._end
        while self._at < self._end:
            self._read(min(_STEP, self._end - self._at))

    def _read(self, size: int) -> bytes:
        """Return so many bytes.

        Raises:
            PictureError: there are fewer.
        """
        content = self._up_to(size)
        if len(content) < size:
            raise self._error("one that is cut off" if self._at else "an empty file")
        return content

    def _up_to(self, size: int) -> bytes:
        """Return so many bytes, or all that are left."""
        parts = []
        while size and (part := self._file.read(size)):
            parts.append(part)
            self._at += len(part)
            size -= len(part)
        return b"".join(parts)

    def _error(self, found: str) -> PictureError:
        return PictureError(self._place, "a whole tar archive", found, "Make it again.")


def _kind(header: tarfile.TarInfo, attributes: dict[str, str]) -> str:
    if header.type == _SPARSE or any(key.startswith("GNU.sparse.") for key in attributes):
        return "sparse"
    if header.isdir():
        return "folder"
    if header.type in _LINKS:
        return "link"
    return "file" if header.type in _FILES else "other"
