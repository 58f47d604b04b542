"""The members of a zip archive, one by one, and what is in them.

The standard library's `zipfile` holds the whole directory in memory, half a kilobyte or more for
each member. Here entries are looked at one after the other, so a million of them cost no more than
one. Members are found where the directory says, never where they seem to begin; together they must
not claim more bytes than the archive has, so that none is used twice.
"""

from __future__ import annotations

import stat
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from numerist.errors import PictureError

if TYPE_CHECKING:
    from collections.abc import Iterator

_END = struct.Struct("<4s4H2LH")  # "end of central directory"
_END_64_AT = struct.Struct("<4sLQL")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_MOST_COMMENT = 0xFFFF
_IN_64 = 0xFFFFFFFF  # the number is elsewhere, in 64 bits
_EXTRA_64 = 1
_ENCRYPTED, _UTF8 = 0x41, 0x800  # bits of the flags; strong encryption is one of them
_STORED, _DEFLATED = 0, 8
_STEP = 1 << 16


@dataclass(frozen=True, slots=True)
class Member:
    """What the directory says of a member.

    Attributes:
        name: decoded; `raw`: as it stands there.
        kind: "file", "folder", "link" or "encrypted".
        offset: where its own header begins, from the beginning of the file.
        stored: how many bytes it takes in the archive; `size`: how many it has.
        method: of compression; `checksum`: CRC-32 of its content.
    """

    name: str
    raw: bytes
    kind: str
    offset: int
    stored: int
    size: int
    method: int
    checksum: int


def members(file: BinaryIO, place: str) -> Iterator[Member]:
    """Yield what the directory of an archive lists.

    Args:
        file: the archive, to be searched; nobody else moves in it meanwhile.
        place: its name, for messages.

    Raises:
        PictureError: not a zip archive, a damaged one, or one that is cut off.
    """
    count, size, begin, shift = _directory(file, place)
    file.seek(begin)
    claimed = number = 0
    while size:
        number += 1
        member, length = _entry(file, size, shift, place)
        size -= length
        claimed += member.stored + _LOCAL.size
        if claimed > begin or member.offset + _LOCAL.size + member.stored > begin:
            raise _error(place, "one whose members lie over each other, or outside of it")
        yield member
    if number != count:
        raise _error(place, f"one that lists {number:,} members and tells of {count:,}")


def content(file: BinaryIO, member: Member, place: str, most: int) -> bytes:
    """Return what is in a member; the beginning, if it is more than `most` bytes.

    Raises:
        PictureError: damaged, not as long as the directory says, or compressed in a way that is not
            read here.
    """
    file.seek(member.offset)
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size or not header.startswith(b"PK\3\4"):
        raise _damaged(place, "no header")
    *_, name_length, extra_length = _LOCAL.unpack(header)
    if file.read(name_length) != member.raw:
        raise _damaged(place, "another name than in the directory")
    file.seek(extra_length, 1)
    if member.method == _STORED:
        result = file.read(min(member.stored, most))
    elif member.method == _DEFLATED:
        result = _inflated(file, member, place, most)
    else:
        raise PictureError(
            place, "a member that is stored or deflated", f"method {member.method}",
            "Make the archive again.",
        )  # fmt: skip
    if len(result) < most or member.size <= most:
        _refuse_lies(result, member, place)
    return result


def _directory(file: BinaryIO, place: str) -> tuple[int, int, int, int]:
    """Return the directory's members, its bytes, where it begins, and how far all is shifted."""
    length = file.seek(0, 2)
    tail_at = max(0, length - _MOST_COMMENT - _END.size)
    file.seek(tail_at)
    tail = file.read()
    at = len(tail)
    while True:
        at = tail.rfind(b"PK\5\6", 0, at)
        if at < 0:
            raise _error(place, "something else, or one that is cut off")
        if len(tail) - at >= _END.size:
            end = _END.unpack_from(tail, at)
            if at + _END.size + end[-1] == len(tail):
                break
    ends = tail_at + at
    disk, first_disk, here, count, size, begin, ends = _directory_64(file, ends, end, place)
    if disk or first_disk or here != count:
        raise _error(place, "a part of one")
    if size + begin > ends:
        raise _error(place, "one whose directory lies outside of it")
    return count, size, ends - size, ends - size - begin


def _directory_64(
    file: BinaryIO, ends: int, end: tuple[int, ...], place: str
) -> tuple[int, int, int, int, int, int, int]:
    """Return what the 64-bit end says, if there is one; else the same as the plain one."""
    file.seek(max(0, ends - _END_64_AT.size))
    locator = file.read(_END_64_AT.size)
    if not locator.startswith(b"PK\6\7") or len(locator) < _END_64_AT.size:
        _, disk, first_disk, here, count, size, begin, _ = end
        return disk, first_disk, here, count, size, begin, ends
    at = ends - _END_64_AT.size - _END_64.size
    file.seek(max(0, at))
    record = file.read(_END_64.size)
    if not record.startswith(b"PK\6\6") or len(record) < _END_64.size:
        raise _error(place, "a damaged one")
    *_, disk, first_disk, here, count, size, begin = _END_64.unpack(record)
    return disk, first_disk, here, count, size, begin, at


def _entry(file: BinaryIO, left: int, shift: int, place: str) -> tuple[Member, int]:
    """Return the entry that begins here, and its length."""
    head = file.read(_ENTRY.size)
    if len(head) < _ENTRY.size or not head.startswith(b"PK\1\2"):
        raise _error(place, "one with a damaged directory")
    entry = _ENTRY.unpack(head)
    flags, method, checksum, stored, size = entry[3], entry[4], entry[7], entry[8], entry[9]
    lengths, attributes, offset = entry[10:13], entry[15], entry[16]
    length = _ENTRY.size + sum(lengths)
    rest = file.read(sum(lengths))
    if length > left or len(rest) < sum(lengths):
        raise _error(place, "one with a damaged directory")
    raw, extra = rest[: lengths[0]], rest[lengths[0] : lengths[0] + lengths[1]]
    size, stored, offset = _in_64_bits(extra, [size, stored, offset], place)
    name = raw.decode("utf-8" if flags & _UTF8 else "cp437", "backslashreplace")
    kind = _kind(name, flags, attributes >> 16)
    return Member(name, raw, kind, offset + shift, stored, size, method, checksum), length


def _kind(name: str, flags: int, mode: int) -> str:
    if name.endswith("/"):
        return "folder"
    if stat.S_ISLNK(mode):
        return "link"
    return "encrypted" if flags & _ENCRYPTED else "file"


def _in_64_bits(extra: bytes, numbers: list[int], place: str) -> list[int]:
    """Return size, stored and offset, those from the extra field that stand there."""
    while len(extra) >= 4 and _IN_64 in numbers:  # noqa: PLR2004
        kind, length = struct.unpack_from("<2H", extra)
        field, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind != _EXTRA_64:
            continue
        for which, number in enumerate(numbers):
            if number == _IN_64:
                if len(field) < 8:  # noqa: PLR2004
                    raise _error(place, "one with a damaged directory")
                numbers[which] = int.from_bytes(field[:8], "little")
                field = field[8:]
        break
    return numbers


def _inflated(file: BinaryIO, member: Member, place: str, most: int) -> bytes:
    """Return the deflated content, at most one byte more than it should have, or `most`."""
    wanted = min(member.size + 1, most)
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    result, left = bytearray(), member.stored
    try:
        while len(result) < wanted and not inflate.eof:
            step = inflate.unconsumed_tail
            if not step:
                step = file.read(min(_STEP, left))
                left -= len(step)
                if not step:
                    break
            result += inflate.decompress(step, wanted - len(result))
    except zlib.error as error:
        raise _damaged(place, str(error)) from error
    return bytes(result)


def _refuse_lies(result: bytes, member: Member, place: str) -> None:
    if len(result) != member.size:
        raise _damaged(place, f"not the {member.size:,} bytes that the directory tells of")
    if zlib.crc32(result) != member.checksum:
        raise _damaged(place, "a wrong checksum")


def _damaged(place: str, what: str) -> PictureError:
    return PictureError(
        place, "a whole member of an archive", f"a damaged one ({what})", "Make the archive again."
    )


def _error(place: str, found: str) -> PictureError:
    return PictureError(place, "a whole zip archive", found, "Make it again.")
