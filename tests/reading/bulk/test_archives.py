"""The pictures in archives: the same in all kinds, and none that leads astray."""

from __future__ import annotations

import gzip
import io
import os
import stat
import tarfile
import tracemalloc
import zipfile
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from PIL import Image

from numerist.errors import InputError, PictureError
from numerist.image.picture import MOST_BYTES
from numerist.reading.bulk import archives
from numerist.reading.source import Source
from numerist.reading.sources import find_sources

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KINDS = (".tar", ".tar.gz", ".tgz", ".tar.zst", ".zip")


def picture(shade: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (5, 4), shade).save(buffer, "PNG")
    return buffer.getvalue()


def written(path: Path, members: list[tuple[str, bytes]]) -> Path:
    """An archive of the kind that its name says."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for name, content in members:
                file.writestr(zipfile.ZipInfo(name), content)
        return path
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as packed:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
    content = buffer.getvalue()
    if path.name.endswith((".gz", ".tgz")):
        content = gzip.compress(content)
    elif path.name.endswith(".zst"):
        content = pa.compress(content, codec="zstd", asbytes=True)
    path.write_bytes(content)
    return path


def found(path: Path) -> list[tuple[str, bytes | str]]:
    """Names and bytes; of failures what was found."""
    top = f"{path}/"
    result: list[tuple[str, bytes | str]] = []
    for source in find_sources([path]):
        if isinstance(source, PictureError):
            result.append((source.place.removeprefix(top), source.found))
            continue
        assert source.path == path / source.name.removeprefix(top)
        content = source.content()
        assert isinstance(content, bytes)
        result.append((source.name.removeprefix(top), content))
    return result


MEMBERS = [
    ("b/1.png", picture(1)), ("a.png", picture(2)), ("unnamed", picture(3)),
    ("letter.txt", b"Dear Sir"), (".hidden.png", picture(4)), ("x/.git/y.png", picture(4)),
    ("__MACOSX/._a.png", b"x"), ("no picture.png", b"x"), ("empty", b""),
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_ends_or_begins_as_a_picture_is_found_in_order(kind: str, tmp_path: Path) -> None:
    path = written(tmp_path / f"scans{kind}", MEMBERS)
    before = sorted(tmp_path.rglob("*"))
    assert found(path) == [
        ("b/1.png", picture(1)), ("a.png", picture(2)), ("unnamed", picture(3)),
        ("no picture.png", b"x"),
    ]  # fmt: skip
    assert sorted(tmp_path.rglob("*")) == before  # nothing is unpacked


@pytest.mark.parametrize("kind", KINDS)
def test_names_that_lead_out_and_archives_within_are_refused(kind: str, tmp_path: Path) -> None:
    bad = ["../a.png", "/etc/a.png", "a/../../b.png", "..\\a.png", "C:\\a.png", "\\\\host\\a.png"]
    nested = ["more.tar", "more.ZIP", "more.tar.gz", "x.7z", "a.png.gz"]
    path = written(
        tmp_path / f"scans{kind}",
        [*((name, picture(1)) for name in (*bad, *nested)), ("./good.png", picture(2))],
    )
    results = found(path)
    assert [what for _, what in results] == [
        *["a name that leads out of the archive"] * len(bad),
        *["an archive within an archive"] * len(nested),
        picture(2),
    ]
    assert results[0][0] == "../a.png"


def test_links_and_devices_are_named(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as file:
        for name, kind in (("link.png", tarfile.SYMTYPE), ("hard.png", tarfile.LNKTYPE),
                           ("pipe.png", tarfile.FIFOTYPE), ("link", tarfile.SYMTYPE)):  # fmt: skip
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            file.addfile(info)
    assert [what for _, what in found(tmp_path / "a.tar")] == [
        "a link to another file", "a link to another file", "no file",
    ]  # fmt: skip
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        link = zipfile.ZipInfo("link.png")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        packed.writestr(link, "/etc/passwd")
    assert found(tmp_path / "a.zip") == [("link.png", "a link to another file")]


@pytest.mark.parametrize("kind", KINDS)
def test_one_that_is_cut_off_gives_what_it_can_and_says_so(kind: str, tmp_path: Path) -> None:
    members = [(f"{k}.png", os.urandom(3000)) for k in range(5)]
    path = written(tmp_path / f"scans{kind}", members)
    path.write_bytes(path.read_bytes()[:-9000])
    (*good, (place, what)) = found(path)
    assert place == str(path)
    assert "cut" in str(what) or "ends within" in str(what) or "damaged" in str(what)
    assert good == members[: len(good)]
    least, most = {".zip": (0, 0), ".tar.zst": (0, 3)}.get(kind, (1, 3))
    assert least <= len(good) <= most


def test_gzip_is_read_to_its_checksum(tmp_path: Path) -> None:
    members = [(f"{k}.png", os.urandom(3000)) for k in range(5)]
    content = written(tmp_path / "scans.tgz", members).read_bytes()
    for bad in (content[:-4], content[:-8] + b"\0\0\0\0" + content[-4:]):
        (tmp_path / "scans.tgz").write_bytes(bad)
        (*good, (place, what)) = found(tmp_path / "scans.tgz")
        assert good == members
        assert place == str(tmp_path / "scans.tgz")
        assert str(what).startswith("a damaged one (")


@pytest.mark.parametrize("kind", [".tar", ".tar.gz", ".tar.zst"])
def test_two_archives_in_one_file_are_not_read_as_one(kind: str, tmp_path: Path) -> None:
    path = written(tmp_path / f"scans{kind}", [("a.png", picture(1))])
    path.write_bytes(path.read_bytes() * 2)
    assert found(path) == [
        ("a.png", picture(1)), (str(path), "one with something behind its end mark"),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_something_else_by_that_name_or_nothing_in_it(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"scans{kind}"
    for content in (b"", picture(1), b"\0" * 5):
        path.write_bytes(content)
        ((place, _),) = found(path)
        assert place == str(path)
    assert found(written(path, [("letter.txt", b"x")])) == [
        (str(path), "an archive without any"),
    ]


def test_one_that_grows_beyond_all_measure_is_given_up(tmp_path: Path) -> None:
    """A bomb: a header that promises 8 GiB, and zeros."""
    info = tarfile.TarInfo("letter.txt")
    info.size = 8 << 30
    for kind, packed in ((".tar.gz", gzip.compress), (".tar.zst", _zstd)):
        zeros = packed(bytes(64 << 20))
        path = tmp_path / f"bomb{kind}"
        path.write_bytes(packed(info.tobuf(tarfile.GNU_FORMAT)) + zeros * 128)
        tracemalloc.start()
        ((place, what),) = found(path)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
        tracemalloc.stop()
        assert (place, what) == (str(path), "one that grows to more than 500 times its size")


def _zstd(content: bytes) -> bytes:
    return bytes(pa.compress(content, codec="zstd", asbytes=True))


def test_one_that_is_too_large_is_named_and_not_read(tmp_path: Path) -> None:
    info = tarfile.TarInfo("large.png")
    info.size = MOST_BYTES + 1
    with (tmp_path / "a.tar").open("wb") as file:
        file.write(info.tobuf())
        file.truncate(512 + -(-info.size // 512) * 512 + 1024)  # a hole of zeros
    ((name, what),) = found(tmp_path / "a.tar")
    assert name == "large.png"
    assert what == "268,435,457 bytes, more than 256 MiB"


def test_an_archive_that_changes_meanwhile_is_a_failure_of_its_pictures(tmp_path: Path) -> None:
    for kind in (".tar", ".zip"):
        path = written(tmp_path / f"scans{kind}", [("a.png", picture(1)), ("b.png", picture(2))])
        first, second = find_sources([path])
        assert isinstance(first, Source)
        assert isinstance(second, Source)
        path.write_bytes(path.read_bytes()[:100])
        with pytest.raises(PictureError, match=r"b\.png: "):
            second.content()
        path.unlink()
        with pytest.raises(PictureError, match=r"a\.png: .*No such file"):
            first.content()


def test_a_pattern_of_archives_and_one_that_is_not_there(tmp_path: Path) -> None:
    for name in ("1.tar", "2.zip"):
        written(tmp_path / name, [("a.png", picture(1))])
    sources = list(find_sources([tmp_path / "?.*", tmp_path / "3.tar"]))
    assert [s.name if isinstance(s, Source) else s.found for s in sources] == [
        f"{tmp_path}/1.tar/a.png", f"{tmp_path}/2.zip/a.png", "no such file",
    ]  # fmt: skip


def test_from_a_stream_the_pictures_come_with_their_bytes(tmp_path: Path) -> None:
    for kind in KINDS:
        path = written(tmp_path / f"scans{kind}", MEMBERS)
        opened: Callable[[], io.BytesIO] = lambda path=path: io.BytesIO(path.read_bytes())  # type: ignore[misc]  # noqa: E731
        sources = list(archives.pictures(opened, f"s3://bucket/scans{kind}"))
        assert all(isinstance(s, Source) and isinstance(s.picture, bytes) for s in sources)
        assert [s.name for s in sources if isinstance(s, Source)] == [
            f"s3://bucket/scans{kind}/{name}"
            for name in ("b/1.png", "a.png", "unnamed", "no picture.png")
        ]


def test_zstandard_without_pyarrow_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.tar.zst", MEMBERS)
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(InputError, match=r"pip install 'numerist\[cloud\]'"):
        list(find_sources([path]))
