"""Tar archives beside the standard library's reader, and what strangers may send."""

from __future__ import annotations

import io
import itertools
import tarfile
import tracemalloc
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerist.errors import PictureError
from numerist.reading.bulk.tar import BLOCK, MOST_HEADER, Tar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

FORMATS = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)


def archive(members: list[tuple[str, bytes]], form: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as file:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def header(name: str, kind: bytes, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT)


class Stream(io.RawIOBase):
    """Bytes that can be read once only, a few at a time."""

    def __init__(self, content: bytes) -> None:
        self._inner = io.BytesIO(content)

    def read(self, size: int = -1) -> bytes:
        return self._inner.read(min(size, 700))


def both_ways(content: bytes) -> Iterator[Tar]:
    yield Tar(io.BytesIO(content), "a.tar", len(content))
    yield Tar(cast("BinaryIO", Stream(content)), "a.tar")


def refused(content: bytes) -> set[str]:
    """What was found instead of a whole archive, either way."""
    found = set()
    for way in both_ways(content):
        with pytest.raises(PictureError) as caught:
            list(way)
        assert caught.value.place == "a.tar"
        found.add(caught.value.found)
    return found


names = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


@given(
    st.lists(st.tuples(names.filter(lambda n: not n.endswith("/")), st.binary(max_size=1600))),
    st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
)
def test_members_are_those_that_the_standard_library_finds(
    members: list[tuple[str, bytes]], form: int
) -> None:
    content = archive(members, form)
    with tarfile.open(fileobj=io.BytesIO(content)) as file:
        expected = [(info.name, info.offset_data, info.size) for info in file]
    for way in both_ways(content):
        found = []
        for number, member in enumerate(way):
            found.append((member.name.rstrip("/"), member.offset, member.size))
            assert member.kind == "file"
            if number % 2:  # some are read, some are not, some in part
                data = way.data(member, 5) + way.data(member, 10_000)
                assert data == content[member.offset : member.offset + member.size]
            elif number % 4:
                way.data(member, 3)
        assert found == expected


@pytest.mark.parametrize("form", FORMATS)
def test_long_names_and_folders_in_every_format(form: int) -> None:
    times = 1 if form == tarfile.USTAR_FORMAT else 3  # it has room for a hundred bytes
    long = "/".join(["folder" * 12] * times) + "/η.png"
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as file:
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        file.addfile(folder)
        for kind, name in ((tarfile.SYMTYPE, "l.png"), (tarfile.LNKTYPE, "h.png"),
                           (tarfile.FIFOTYPE, "f.png")):  # fmt: skip
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, long
            file.addfile(info)
        file.addfile(tarfile.TarInfo(long))
    for way in both_ways(buffer.getvalue()):
        assert [(m.name, m.kind) for m in way] == [
            ("folder", "folder"), ("l.png", "link"), ("h.png", "link"), ("f.png", "other"),
            (long, "file"),
        ]  # fmt: skip


def test_sizes_that_need_more_digits_than_the_header_has() -> None:
    info = tarfile.TarInfo("large.png")
    info.size = 1 << 35
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        tar = Tar(cast("BinaryIO", Stream(info.tobuf(form) + b"x" * BLOCK)), "a.tar")
        member = next(iter(tar))
        assert member.size == 1 << 35


def test_one_that_is_cut_anywhere_is_refused() -> None:
    content = archive([("a.png", b"x" * 700), ("b" * 150, b"y" * 10), ("c.png", b"")])
    end = max(k for k, byte in enumerate(content) if byte) + 1
    for cut in [0, 1, BLOCK - 1, *range(BLOCK, end - end % BLOCK + BLOCK, 97)]:
        assert all("cut off" in f or "ends within" in f or "empty" in f
                   for f in refused(content[:cut])), cut  # fmt: skip
    for way in both_ways(content[: end - end % BLOCK + 2 * BLOCK]):
        assert len(list(way)) == 3


def test_what_is_no_archive_or_damaged_is_refused() -> None:
    assert refused(b"\x89PNG" * 1000) == {"something else"}
    content = bytearray(archive([("a.png", b"x" * 700), ("b.png", b"y")], tarfile.GNU_FORMAT))
    content[BLOCK * 3 + 5] ^= 1  # in the second member's name
    (found,) = refused(bytes(content))
    assert found.startswith("a damaged one")


def test_what_stands_behind_zeros_is_not_passed_over() -> None:
    members = [(f"{k}.png", b"x" * 700) for k in range(6)]
    content = archive(members, tarfile.GNU_FORMAT)
    zeroed = bytearray(content)
    zeroed[2 * 3 * BLOCK : (2 * 3 + 1) * BLOCK] = bytes(BLOCK)  # the header of the third
    for bad, found in (
        (bytes(zeroed), "a damaged one (zeros where a member should begin)"),
        (content + content, "one with something behind its end mark"),
        (content + bytes(1 << 20), "one with more than 1 MiB of zeros at its end"),
    ):
        assert refused(bad) == {found}
    for way in both_ways(bytes(zeroed)):
        assert [member.name for member in itertools.islice(way, 2)] == ["0.png", "1.png"]


def test_archives_that_end_early_or_are_filled_up_are_whole() -> None:
    content = archive([("a.png", b"x" * 700)]).rstrip(b"\0")
    content += bytes(-len(content) % BLOCK)
    for zeros in (BLOCK, 2 * BLOCK, 20 * BLOCK, 1 << 20):
        for way in both_ways(content + bytes(zeros)):
            assert len(list(way)) == 1


@pytest.mark.parametrize("size", [-512, -1, -(1 << 40), 1 << 62])
def test_sizes_that_lead_backwards_or_nowhere_are_refused(size: int) -> None:
    (found,) = refused(header("a.png", tarfile.REGTYPE, size) + bytes(2048))
    assert found == f"a member of {size} bytes"


def test_long_names_without_end_are_refused_before_they_are_read() -> None:
    for kind in (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE,
                 tarfile.XGLTYPE):  # fmt: skip
        (found,) = refused(header("x", kind, MOST_HEADER + 1) + bytes(2048))
        assert "a name of 1,048,577 bytes" in found
    chain = b"".join(header("x", tarfile.GNUTYPE_LONGLINK, 0) for _ in range(5000))
    assert refused(chain) == {"more than 8 headers for one member"}


@pytest.mark.parametrize(
    "records",
    [b"5 a=b", b"0 a=b\n", b"99 path=x\n", b"-9 path=x\n", b"9 pathx\n", b"path=x\n", b"\xb2 a=b\n",
     b"12 size=-12\n", b"14 size=\xd9\xa1\xd9\xa2\n", b"28 size=9999999999999999999\n"],
)  # fmt: skip
def test_attributes_that_break_their_format_are_refused(records: bytes) -> None:
    fill = bytes(-len(records) % BLOCK)
    content = header("x", tarfile.XHDTYPE, len(records)) + records + fill
    refused(content + header("a.png", tarfile.REGTYPE, 1) + bytes(2048))


def test_attributes_for_all_members_are_skipped_unless_they_name_them() -> None:
    def with_global(records: bytes) -> bytes:
        fill = bytes(-len(records) % BLOCK)
        return header("x", tarfile.XGLTYPE, len(records)) + records + fill

    rest = archive([("a.png", b"x")])
    for way in both_ways(with_global(b"13 comment=x\n") + rest):
        assert [member.name for member in way] == ["a.png"]
    assert refused(with_global(b"10 path=x\n") + rest) == {
        "one that gives all members one name or size"
    }


def test_sparse_files_are_told_and_passed_over() -> None:
    old = bytearray(header("old.png", tarfile.GNUTYPE_SPARSE, 600))
    old[482] = 1  # one more header follows
    old[148:156] = b"%06o\0 " % (256 + sum(old[:148]) + sum(old[156:]))
    records = b"22 GNU.sparse.major=1\n"
    new = header("x", tarfile.XHDTYPE, len(records)) + records + bytes(BLOCK - len(records))
    content = (
        bytes(old) + bytes(BLOCK) + b"x" * 600 + bytes(1024 - 600)
        + new + header("new.png", tarfile.REGTYPE, 3) + b"abc" + bytes(BLOCK - 3)
        + archive([("a.png", b"x")])
    )  # fmt: skip
    for way in both_ways(content):
        assert [(m.name, m.kind) for m in way] == [
            ("old.png", "sparse"), ("new.png", "sparse"), ("a.png", "file"),
        ]  # fmt: skip


class Endless(io.RawIOBase):
    """An archive of many members that is made while it is read."""

    def __init__(self, count: int) -> None:
        self._blocks = self._made(count)
        self._rest = b""

    @staticmethod
    def _made(count: int) -> Iterator[bytes]:
        for number in range(count):
            yield header(f"{number:08}.png", tarfile.REGTYPE, 3) + b"abc" + bytes(BLOCK - 3)
        yield bytes(2 * BLOCK)

    def read(self, size: int = -1) -> bytes:
        self._rest = self._rest or next(self._blocks, b"")
        part, self._rest = self._rest[:size], self._rest[size:]
        return part


def test_many_members_cost_no_more_memory_than_few() -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        found = sum(1 for _ in Tar(cast("Any", Endless(count)), "a.tar"))
        result = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert found == count
        return result

    assert peak(4_200) < peak(200) + 16_000  # no pointer to each, for one
