"""Zip archives beside the standard library's reader, and what strangers may send."""

from __future__ import annotations

import io
import stat
import struct
import tracemalloc
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerist.errors import PictureError
from numerist.reading.bulk import zip as zipped

MOST = 1 << 20


def archive(
    members: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b""
) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in members:
            file.writestr(zipfile.ZipInfo(name), content, method)
        file.comment = comment
    return buffer.getvalue()


def listed(content: bytes) -> list[zipped.Member]:
    return list(zipped.members(io.BytesIO(content), "a.zip"))


def contents(content: bytes, most: int = MOST) -> list[bytes]:
    file = io.BytesIO(content)
    return [zipped.content(file, member, "a.zip/x", most) for member in listed(content)]


def refused(content: bytes) -> str:
    with pytest.raises(PictureError) as caught:
        contents(content)
    return caught.value.found


def changed(content: bytes, signature: bytes, offset: int, form: str, value: int) -> bytes:
    """The archive with one number of its last such record changed."""
    result = bytearray(content)
    struct.pack_into(form, result, content.rfind(signature) + offset, value)
    return bytes(result)


names = st.text(st.characters(exclude_characters="\0/\\", exclude_categories=["Cs"]), min_size=1)


@given(
    st.dictionaries(names, st.binary(max_size=3000), max_size=5),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    st.binary(max_size=40).filter(lambda comment: b"PK" not in comment),
    st.binary(max_size=50),
)
def test_members_are_those_that_the_standard_library_finds(
    members: dict[str, bytes], method: int, comment: bytes, before: bytes
) -> None:
    content = before + archive(list(members.items()), method, comment)
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        expected = [(i.filename, i.file_size, i.compress_size, i.CRC) for i in file.infolist()]
        inside = [file.read(info) for info in file.infolist()]
    found = listed(content)
    assert [(m.name, m.size, m.stored, m.checksum) for m in found] == expected
    assert contents(content) == inside
    assert contents(content, most=7) == [content[:7] for content in inside]


def test_sixty_four_bits_and_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)  # so that small ones are like large
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 20)
    content = archive([("a.png", b"x" * 100), ("b.png", b"y" * 3), ("c.png", bytes(1000))])
    assert b"PK\6\6" in content
    assert contents(content) == [b"x" * 100, b"y" * 3, bytes(1000)]

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.png", b"x" * 100)  # sizes come behind the data
    assert contents(pipe.getvalue()) == [b"x" * 100]


def test_more_members_than_sixteen_bits_count() -> None:
    content = archive([(f"{k}.png", b"") for k in range(66_000)], zipfile.ZIP_STORED)
    assert len(listed(content)) == 66_000


def test_folders_links_and_encrypted_ones_are_told() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("folder/", b"")
        link = zipfile.ZipInfo("l.png")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "../../etc/passwd")
        file.writestr("secret.png", b"x")
    content = changed(buffer.getvalue(), b"PK\1\2", 8, "<H", 1)
    assert [m.kind for m in listed(content)] == ["folder", "link", "encrypted"]


def test_one_that_is_cut_or_something_else_is_refused() -> None:
    content = archive([("a.png", b"x" * 700), ("b.png", b"y" * 10)])
    for cut in range(0, len(content), 7):
        assert refused(content[:cut]) == "something else, or one that is cut off"
    assert refused(content[:50] + content[60:]) == "one whose directory lies outside of it"


def test_a_lying_directory_is_refused() -> None:
    content = archive([("a.png", bytes(range(256)) * 4), ("b.png", b"y" * 10)])
    end = b"PK\5\6"
    assert "tells of 3" in refused(changed(changed(content, end, 8, "<H", 3), end, 10, "<H", 3))
    assert refused(changed(content, end, 4, "<H", 1)) == "a part of one"
    assert "outside" in refused(changed(content, end, 12, "<L", 1 << 20))
    assert "damaged directory" in refused(changed(content, end, 12, "<L", 40))
    entry = b"PK\1\2"
    assert "outside" in refused(changed(content, entry, 42, "<L", len(content)))
    assert "damaged directory" in refused(changed(content, entry, 28, "<H", 0xFFFF))
    assert "directory tells of" in refused(changed(content, entry, 24, "<L", 0xFFFFFFFF))


def test_a_member_that_is_not_what_the_directory_says_is_refused() -> None:
    content = archive([("a.png", b"y" * 50)])
    entry, local = b"PK\1\2", b"PK\3\4"
    assert "not the 49 bytes" in refused(changed(content, entry, 24, "<L", 49))
    assert "not the 51 bytes" in refused(changed(content, entry, 24, "<L", 51))
    assert "wrong checksum" in refused(changed(content, entry, 16, "<L", 7))
    assert "method 12" in refused(changed(content, entry, 10, "<H", 12))
    assert "no header" in refused(changed(content, local, 0, "<L", 0))
    assert "another name" in refused(content.replace(b"a.png", b"b.png", 1))
    at = content.find(b"a.png") + 5  # where the data begin
    assert "invalid block type" in refused(content[:at] + b"\xff" + content[at + 1 :])


def test_members_that_lie_over_each_other_are_refused() -> None:
    """What small bombs are made of: many entries for the same bytes."""
    content = archive([("a.png", bytes(range(256)))], zipfile.ZIP_STORED)
    begin, end = content.find(b"PK\1\2"), content.find(b"PK\5\6")
    entry = content[begin:end]
    bomb = bytearray(content[:begin] + entry * 3 + content[end:])
    at = len(bomb) - 22
    struct.pack_into("<2H2L", bomb, at + 8, 3, 3, 3 * len(entry), begin)
    file = io.BytesIO(bytes(bomb))
    members = zipped.members(file, "a.zip")
    next(members)
    with pytest.raises(PictureError, match="lie over each other"):
        next(members)


def test_a_bomb_is_not_unpacked_beyond_what_it_declares() -> None:
    content = archive([("a.png", bytes(64 << 20))])
    lying = changed(content, b"PK\1\2", 24, "<L", 1000)
    tracemalloc.start()
    assert "not the 1,000 bytes" in refused(lying)
    assert len(contents(content, most=5000)[0]) == 5000
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


def test_many_members_cost_no_more_memory_than_few() -> None:
    content = io.BytesIO(archive([(f"{k:06}.png", b"") for k in range(20_000)]))
    tracemalloc.start()
    assert sum(1 for _ in zipped.members(content, "a.zip")) == 20_000
    assert tracemalloc.get_traced_memory()[1] < 200_000
    tracemalloc.stop()


@given(st.data())
def test_whatever_is_damaged_ends_in_our_own_error(data: st.DataObject) -> None:
    content = bytearray(archive([("a.png", b"x" * 300), ("b.png", b"y" * 10)]))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    try:
        found = contents(bytes(content))
    except PictureError:
        return
    assert len(found) <= 2
