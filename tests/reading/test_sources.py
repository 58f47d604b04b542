"""What stands on a command line, and the files that it means."""

from __future__ import annotations

import io
import os
import sys
import tracemalloc
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from numerist.errors import PictureError
from numerist.reading.drawing import write_picture
from numerist.reading.pages import Page, open_pages
from numerist.reading.sources import Source, find_sources


def found(*arguments: Any) -> list[str]:
    """The names in their order; of a failure what was found, after an exclamation mark."""
    return [
        source.name if isinstance(source, Source) else f"!{source.found}"
        for source in find_sources(arguments)
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to stand in."""
    monkeypatch.chdir(tmp_path)
    for name in (
        *("b.png", "a.JPG", "notes.txt", ".hidden.png", "scan.pdf"),
        *("sub/c.tiff", "sub/deep/d.webp", ".git/e.png", "other/f.heic"),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"text")
    return tmp_path


def test_files_in_their_order_whatever_they_are(folder: Path) -> None:
    assert found("scan.pdf", "./notes.txt", Path("b.png"), ".hidden.png") == [
        *("scan.pdf", "./notes.txt", "b.png", ".hidden.png"),
    ]


def test_a_folder_stands_for_the_pictures_below_it(folder: Path) -> None:
    expected = ["a.JPG", "b.png", "scan.pdf", "other/f.heic", "sub/c.tiff", "sub/deep/d.webp"]
    assert found(".") == [str(Path(name)) for name in expected]
    assert found(folder) == [str(folder / name) for name in expected]
    assert found("sub", "b.png") == [
        *(str(Path("sub/c.tiff")), str(Path("sub/deep/d.webp")), "b.png"),
    ]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "PDF"])
def test_in_a_folder_the_beginning_decides_without_an_ending(kind: str, tmp_path: Path) -> None:
    Image.new("L", (3, 3)).save(tmp_path / "unnamed", kind)
    (tmp_path / "letter").write_bytes(b"Dear Sir")
    (tmp_path / "empty").touch()
    assert found(tmp_path) == [str(tmp_path / "unnamed")]


def test_patterns_that_no_shell_expanded(folder: Path) -> None:
    def system(*names: str) -> list[str]:
        return [str(Path(name)) for name in names]

    assert found("*.png") == ["b.png"]
    assert found(".*.png") == [".hidden.png"]
    assert found("[ab].*") == ["a.JPG", "b.png"]
    assert found("sub/*") == system("sub/c.tiff", "sub/deep/d.webp")
    assert found("*/?.*") == system("other/f.heic", "sub/c.tiff")
    assert found("**/*.webp") == system("sub/deep/d.webp")
    assert found("**/**/d.*") == system("sub/deep/d.webp")
    assert found("sub/**") == system("sub/c.tiff", "sub/deep/d.webp")
    assert found("**/*.t*") == system("notes.txt", "sub/c.tiff")
    assert found(str(folder / "s*" / "*.tiff")) == [str(folder / "sub/c.tiff")]
    assert found("*.gif") == ["!a pattern that no file matches"]


@pytest.mark.parametrize("name", ["page.png", "page.JPG", "page.webp"])
def test_our_own_drawings_are_read_only_where_they_are_named(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    noise = np.random.default_rng(5).integers(0, 256, (300, 200, 3), np.uint8)
    (tmp_path / "drawn").mkdir()
    write_picture(f"drawn/{name}", noise)
    with Image.open(f"drawn/{name}") as image:
        assert image.getexif()[ExifTags.Base.Software].startswith("Drawn by numerist")
    only = ", but drawings of numerist's own"
    assert found("drawn") == [f"!a folder without any{only}"]
    assert found("drawn/*") == [f"!a pattern that no file matches{only}"]
    Image.fromarray(noise).save(f"z{name}")
    assert found(".") == found("**/*", ".")[:1] == [f"z{name}"]
    assert found(f"drawn/{name}") == [str(Path("drawn", name))]


def test_a_file_named_like_a_pattern(folder: Path) -> None:
    (folder / "scan[1].png").touch()
    assert found("scan[1].png") == ["scan[1].png"]


def test_what_is_not_there_costs_nothing_else(folder: Path) -> None:
    (folder / "none").mkdir()
    assert found("nowhere.png", "b.png", "none", "a\0b", "x" * 5000, "a.JPG")[1::4] == [
        *("b.png", "a.JPG"),
    ]
    first, *_ = find_sources(["nowhere.png"])
    assert isinstance(first, PictureError)
    assert str(first).startswith("nowhere.png: ")
    assert found("none") == ["!a folder without any"]


def test_archives_in_a_folder_are_named_where_they_lie(folder: Path) -> None:
    (folder / "scans").mkdir()
    for name in ("a.png", "b.tar", "c.tar.gz", "d.ZIP", "e.7z", ".f.zip"):
        (folder / "scans" / name).touch()
    told = "!an archive in a folder"
    assert found("scans") == [str(Path("scans/a.png")), told, told, told]
    (folder / "scans/a.png").unlink()
    places = [
        source.place for source in find_sources(["scans"]) if isinstance(source, PictureError)
    ]
    assert places == [str(Path("scans", name)) for name in ("b.tar", "c.tar.gz", "d.ZIP")]


def test_links_that_lead_in_circles(folder: Path) -> None:
    for link, target in (
        *(("sub/up", ".."), ("sub/deep/again", "../../sub"), ("other/sub", "../sub")),
        *(("itself", "itself"), ("gone.png", "nowhere"), ("also.png", "b.png")),
    ):
        (folder / link).symlink_to(target)
    names = found(".")
    assert "also.png" in names
    assert len([name for name in names if name.endswith("c.tiff")]) == 1
    assert len(names) == 7
    assert len(found("**/*.tiff")) == 1


def test_pipes_in_a_folder_are_left_out(folder: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes here")
    os.mkfifo(folder / "sub/pipe.png")
    assert found("sub") == [str(Path("sub/c.tiff")), str(Path("sub/deep/d.webp"))]


def test_a_folder_that_must_not_be_read(folder: Path) -> None:
    (folder / "sub").chmod(0)
    try:
        if os.access(folder / "sub", os.R_OK):
            pytest.skip("whoever runs this may read everything")
        assert found("sub", "b.png") == ["!Permission denied", "b.png"]
    finally:
        (folder / "sub").chmod(0o755)


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.BytesIO()
    Image.new("L", (4, 3), 255).save(buffer, "PNG")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(buffer.getvalue())))
    (source,) = find_sources(["-"])
    assert isinstance(source, Source)
    (page,) = open_pages(source.content(), source.name)
    assert isinstance(page, Page)
    assert (page.source, page.size) == ("standard input", (4, 3))
    monkeypatch.setattr(sys, "stdin", None)
    assert found("-", "-")[0].startswith("!none")


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes are Linux's")
def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/caf\xe9.png"
    Path(os.fsdecode(name)).touch()
    (source,) = find_sources([tmp_path])
    assert isinstance(source, Source)
    assert source.name.endswith("caf\\xe9.png")
    assert isinstance(source.picture, Path)
    assert source.picture.exists()


def test_many_files_lazily_in_little_memory(tmp_path: Path) -> None:
    for k in range(20):
        (tmp_path / f"{k:02}").mkdir()
        for name in range(500):
            (tmp_path / f"{k:02}" / f"{name:03}.png").touch()
    tracemalloc.start()
    sources = find_sources([tmp_path])
    assert isinstance(next(sources), Source)
    (tmp_path / "19" / "late.png").touch()  # not looked into before its turn, so that it is found
    count = 1 + sum(isinstance(source, Source) for source in sources)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 10_001
    assert peak < 600_000
