"""Pages of every format, in their order, and what hostile documents do."""

from __future__ import annotations

import importlib
import io
import itertools
import os
import struct
import subprocess
import sys
import time
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image, ImageOps, features

from numerist.errors import InputError, PictureError, ShapeError
from numerist.image import picture as pictures
from numerist.reading import pages as reading
from numerist.reading import pdf
from numerist.reading.pages import LARGEST_SIDE, Page, open_pages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

RNG = np.random.default_rng(6)
GREY = RNG.integers(0, 256, (5, 7), dtype=np.uint8)
RGB = RNG.integers(0, 256, (5, 7, 3), dtype=np.uint8)


def encoded(image: Image.Image, kind: str, **how: Any) -> bytes:
    buffer = io.BytesIO()
    image.copy().save(buffer, kind, **how)
    return buffer.getvalue()


def tiff(*frames: Any) -> bytes:
    images = [Image.fromarray(frame) for frame in frames]
    return encoded(images[0], "TIFF", save_all=True, append_images=images[1:])


def one(content: Any, name: str | None = None) -> Page:
    (page,) = open_pages(content, name)
    assert isinstance(page, Page)
    return page


def failure(content: Any) -> PictureError:
    (page,) = open_pages(content)
    assert isinstance(page, PictureError)
    return page


def kinds(content: Any) -> list[Any]:
    """The number of each page that is read, and None for each failure."""
    return [page.number if isinstance(page, Page) else None for page in open_pages(content)]


# Pictures


def test_every_way_in_gives_the_same_page(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    image = Image.fromarray(RGB)
    image.save(path)
    with path.open("rb") as file:
        ways = [path, str(path), path.read_bytes(), file, image, RGB]
        pages = [one(way) for way in ways]
    for page in pages:
        np.testing.assert_allclose(page.pixels, RGB / 255, atol=1e-6)
        assert (page.number, page.scale, page.size) == (1, 1, (7, 5))
        assert page.pixels.dtype == np.float32
    assert [page.source for page in pages] == [
        *(str(path), str(path), "picture"),
        *(str(path), "picture", "picture"),
    ]
    assert one(GREY, name="cheque 5").source == "cheque 5"


def test_the_content_decides_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "really_a_tiff.pdf"
    path.write_bytes(tiff(GREY, GREY))
    assert kinds(path) == [1, 2]


def test_every_page_of_a_tiff() -> None:
    frames = [GREY, RGB, np.full((3, 2), 9, np.uint8)]
    for k, page in enumerate(open_pages(tiff(*frames))):
        assert isinstance(page, Page)
        np.testing.assert_allclose(page.pixels, frames[k] / 255, atol=1e-6)
        assert page.number == k + 1
    assert k == 2


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_the_first_frame_of_an_animation(kind: str) -> None:
    frames = [Image.fromarray(np.full((4, 4), value, np.uint8)) for value in (10, 200, 250)]
    content = encoded(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
    with Image.open(io.BytesIO(content)) as image:
        assert getattr(image, "n_frames", 1) == 3
    np.testing.assert_allclose(one(content).pixels, 10 / 255, atol=1e-6)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_upright_as_exif_says(kind: str, turn: int) -> None:
    smooth = Image.fromarray(GREY).resize((56, 40), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0112] = turn
    content = encoded(smooth, kind, exif=exif)
    with Image.open(io.BytesIO(content)) as stored:
        expected = np.asarray(ImageOps.exif_transpose(stored).convert("L"))
    page = one(content)
    grey = page.pixels if page.pixels.ndim == 2 else page.pixels.mean(axis=2)
    np.testing.assert_allclose(grey, expected / 255, atol=0.01)
    assert page.size == ((56, 40) if turn < 5 else (40, 56))


@pytest.fixture
def heif() -> Any:
    return importlib.import_module("pillow_heif")


@pytest.mark.parametrize("turn", [1, 3, 6, 8])
def test_heic_comes_back_as_it_was(heif: Any, turn: int, tmp_path: Path) -> None:
    heif.register_heif_opener()
    smooth = Image.fromarray(RGB).resize((96, 64), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0112] = turn
    path = tmp_path / "photo.jpg"
    path.write_bytes(encoded(smooth, "HEIF", quality=95, exif=exif.tobytes()))
    expected = np.asarray(ImageOps.exif_transpose(smooth_with(smooth, turn)))
    page = one(path)
    assert page.pixels.shape == expected.shape
    assert np.abs(page.pixels - expected / 255).mean() < 0.02


def smooth_with(image: Image.Image, turn: int) -> Image.Image:
    exif = Image.Exif()
    exif[0x0112] = turn
    with Image.open(io.BytesIO(encoded(image, "PNG", exif=exif))) as stored:
        stored.load()
        return stored


def test_heic_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    Image.init()
    monkeypatch.delitem(Image.OPEN, "HEIF", raising=False)
    error = failure(b"\0\0\0\x18ftypheic" + bytes(50))
    assert "pip install pillow-heif" in str(error)


def test_mentioning_pdf_makes_no_pdf() -> None:
    content = encoded(Image.fromarray(GREY), "GIF", comment=b"printed from a.pdf: %PDF-1.4")
    assert b"%PDF-" in content[:1024]
    assert one(content).size == (7, 5)


# Sizes


def test_one_pixel() -> None:
    assert one(encoded(Image.new("L", (1, 1), 51), "PNG")).pixels.tolist() == [[pytest.approx(0.2)]]


@pytest.mark.parametrize("width", [LARGEST_SIDE, LARGEST_SIDE + 1, 5000, 9000])
def test_beyond_the_largest_side_areas_become_means(width: int) -> None:
    row = RNG.integers(0, 256, width, dtype=np.uint8)
    common = np.gcd(width, LARGEST_SIDE)
    fine = np.repeat(row, LARGEST_SIDE // common)  # so many that they make whole groups
    expected = fine.reshape(LARGEST_SIDE, width // common).mean(axis=1) / 255
    values = np.tile(row, (3, 1))
    for picture in (values, encoded(Image.fromarray(values), "PNG")):
        page = one(picture)
        assert page.scale == width / LARGEST_SIDE
        assert page.size == (width, 3)
        assert page.pixels.shape == (int(np.ceil(3 / page.scale)), LARGEST_SIDE)
        np.testing.assert_allclose(page.pixels, np.tile(expected, (len(page.pixels), 1)), atol=1e-6)
    upright = one(np.dstack([values.T] * 3)).pixels
    np.testing.assert_allclose(upright[:, 0], np.transpose([expected] * 3), atol=1e-6)


def test_strips_leave_no_seams(monkeypatch: pytest.MonkeyPatch) -> None:
    rgba = RNG.integers(0, 256, (611, 5003, 4), dtype=np.uint8)
    image = Image.fromarray(rgba)
    at_once = one(image).pixels
    monkeypatch.setattr(pictures, "_STRIP", 20_000)
    np.testing.assert_allclose(one(image).pixels, at_once, atol=0.01)  # but for paper, a sample
    deep = Image.fromarray(RNG.normal(5, 3, (300, 900)).astype(np.float32))
    in_strips = one(deep).pixels
    assert (in_strips.min(), in_strips.max()) == (0, 1)


def test_a_large_jpeg_is_decoded_to_less() -> None:
    dots = np.full((900, 1200), 220, np.uint8)
    dots[300:600, 240:480] = 30
    content = encoded(Image.fromarray(dots).resize((12_000, 9_000)), "JPEG")
    page = one(content)
    assert page.size == (12_000, 9_000)
    assert page.scale == pytest.approx(12_000 / LARGEST_SIDE)
    assert page.pixels.shape == (3072, 4096)
    rows, columns = np.nonzero(page.pixels < 0.5)
    edges = np.array([columns.min(), columns.max() + 1, rows.min(), rows.max() + 1]) * page.scale
    np.testing.assert_allclose(edges, [2400, 4800, 3000, 6000], atol=20)


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="asks Linux for memory")  # noqa: PTH110
@pytest.mark.parametrize(
    ("mode", "size", "kind"),
    [("RGB", (50_000, 1600), "PNG"), ("RGBA", (8_900, 8_900), "PNG"), ("F", (8900, 8900), "TIFF")],
)
def test_memory_is_bounded(mode: str, size: tuple[int, int], kind: str, tmp_path: Path) -> None:
    path = tmp_path / "large"
    Image.new(mode, size).save(path, kind, compress_level=1)
    program = (
        "import sys; from numerist.reading.pages import open_pages\n"
        "print(*open_pages(sys.argv[1]))\n"
        "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, check=True
    )
    assert "Page(" in done.stdout
    assert int(done.stdout.split()[-1]) < 850_000  # kB


# PDF


def written_pdf(
    pages: Sequence[tuple[bytes, bytes]], objects: Sequence[bytes] = (), count: int | None = None
) -> bytes:
    """A PDF by hand: for each page its entries and its content; `objects` are numbered from 10."""
    kids = [20 + 2 * k for k in range(len(pages))]
    listed = b" ".join(b"%d 0 R" % kid for kid in kids)
    total = len(pages) if count is None else count
    numbered = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Count %d/Kids[%s]>>" % (total, listed),
        **{10 + k: one for k, one in enumerate(objects)},
    }
    for kid, (entries, content) in zip(kids, pages, strict=True):
        if entries:  # else a page that is not there
            numbered[kid] = b"<</Type/Page/Parent 2 0 R/Contents %d 0 R%s>>" % (kid + 1, entries)
            numbered[kid + 1] = stream(b"", content)
    written, places = b"%PDF-1.4\n", {}
    for number, body in numbered.items():
        places[number] = len(written)
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%d 1\n%010d 00000 n \n" % one for one in places.items())
    return written + b"xref\n0 1\n0000000000 65535 f \n%s" % table + trailer(len(written))


def trailer(table: int, more: bytes = b"") -> bytes:
    return b"trailer\n<</Size 99/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (more, table)


def stream(entries: bytes, content: bytes) -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries, len(content), content)


SQUARE = b"72 144 72 36 re f"  # an inch from the left, two from the bottom; in points
LETTER = b"/MediaBox[0 0 612 792]"


def black(page: Page) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is black."""
    rows, columns = np.nonzero(np.atleast_3d(page.pixels)[..., -1] < 0.5)
    return (
        *(int(columns.min()), int(rows.min())),
        *(int(columns.max()) + 1, int(rows.max()) + 1),
    )


def test_a_pdf_has_300_dots_an_inch() -> None:
    page = one(written_pdf([(LETTER, SQUARE)]))
    assert page.pixels.shape == (3300, 2550)
    assert (page.scale, page.size) == (1, (2550, 3300))
    np.testing.assert_allclose(black(page), (300, 3300 - 750, 600, 3300 - 600), atol=1)
    assert (page.pixels == 0).sum() == pytest.approx(300 * 150, rel=0.02)


def test_a_turned_pdf_page_is_upright_and_colours_are_kept() -> None:
    page = one(written_pdf([(LETTER + b"/Rotate 90", b"0 1 0 rg " + SQUARE)]))
    assert page.pixels.shape == (2550, 3300, 3)
    np.testing.assert_allclose(black(page), (600, 300, 750, 600), atol=1)
    np.testing.assert_allclose(page.pixels[400, 700], (0, 1, 0), atol=1e-6)


def test_a_scan_in_a_pdf_keeps_its_size_and_place() -> None:
    smooth = Image.fromarray(GREY).resize((900, 600), Image.Resampling.BICUBIC)
    values = np.asarray(smooth)
    image = stream(
        b"/Type/XObject/Subtype/Image/Width 900/Height 600/BitsPerComponent 8"
        b"/ColorSpace/DeviceGray/Filter/FlateDecode",
        zlib.compress(values.tobytes()),
    )
    uses = b"/Resources<</XObject<</I 10 0 R>>>>/MediaBox[0 0 216 144]"  # 300 dots an inch
    page = one(written_pdf([(uses, b"216 0 0 144 0 0 cm /I Do")], [image]))
    assert page.pixels.shape == (600, 900)
    difference = np.abs(page.pixels - values / 255).mean()
    assert difference < 0.5 * np.abs(page.pixels[1:] - values[:-1] / 255).mean()
    assert difference < 0.01


def test_pages_of_a_pdf_that_pillow_wrote(tmp_path: Path) -> None:
    path = tmp_path / "scans.pdf"
    images = [Image.new("L", (300, 200), 40 * k) for k in range(1, 5)]
    images[0].save(path, save_all=True, append_images=images[1:], resolution=300)
    for k, page in enumerate(open_pages(path), 1):
        assert isinstance(page, Page)
        assert (page.number, page.size, page.source) == (k, (300, 200), str(path))
        np.testing.assert_allclose(page.pixels, 40 * k / 255, atol=0.02)
    assert k == 4


@pytest.mark.parametrize(
    ("box", "square", "expected"),
    [
        (b"10000000 10000000", b"0 0 5000000 5000000 re f", (0, 2048, 2048, 4096)),
        (b"7200 10", b"3600 0 3600 10 re f", (2048, 0, 4096, 6)),
    ],
)
def test_enormous_page_boxes(box: bytes, square: bytes, expected: Any) -> None:
    page = one(written_pdf([(b"/MediaBox[0 0 " + box + b"]", square)]))
    assert max(page.pixels.shape) == LARGEST_SIDE
    np.testing.assert_allclose(black(page), expected, atol=1)
    assert page.scale == pytest.approx(page.size[0] / LARGEST_SIDE, rel=1e-6)


def test_a_damaged_page_costs_no_other() -> None:
    good = (LETTER, SQUARE)
    content = written_pdf([good, (b"", b""), good, (b"", b""), good])
    assert kinds(content) == [1, None, 3, None, 5]
    assert next(itertools.islice(open_pages(content, "a.pdf"), 1, 2)).place == "a.pdf, page 2"  # type: ignore[union-attr]


def test_a_password_is_named() -> None:
    content = written_pdf([(LETTER, SQUARE)])
    table = content.rindex(b"xref\n0 1")
    secret = b"/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (
        *(b"11" * 32, b"22" * 32),
    )
    locked = content[: content.rindex(b"trailer")] + trailer(table, secret)
    assert "password" in failure(locked).found


@pytest.mark.parametrize("content", [b"%PDF-1.4", b"%PDF-1.7 rubbish" * 100])
def test_what_only_says_that_it_is_a_pdf(content: bytes) -> None:
    error = failure(content)
    assert error.place == "picture"
    assert "damaged" in error.found


def drawing(times: int, drawn: list[bytes]) -> bytes:
    """Three pages; the second draws the first of some objects so many times."""
    uses = b"/Resources<</XObject<</F 10 0 R>>>>"
    again = b"q 600 0 0 600 0 0 cm /F Do Q " * times
    return written_pdf([(LETTER, SQUARE), (LETTER + uses, again), (LETTER, SQUARE)], drawn)


def a_form_of_forms() -> bytes:
    """Ten forms of ten forms …, nine deep: reading them takes all memory."""
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 600 600]/Resources<</XObject<</F %d 0 R>>>>"
    deep = [stream(form % number, b"/F Do " * 10) for number in range(11, 19)]
    return drawing(10, [*deep, stream(form % 9, SQUARE)])


def a_slow_image() -> bytes:
    """An image of 1.6 billion pixels, a hundred times: little memory, much time."""
    image = b"/Type/XObject/Subtype/Image/Width 40000/Height 40000/BitsPerComponent 1"
    once = zlib.compress(bytes(40_000 * 40_000 // 8), 1)
    entries = b"/ColorSpace/DeviceGray/Filter[/FlateDecode/FlateDecode]"
    return drawing(100, [stream(image + entries, zlib.compress(once))])


@pytest.mark.parametrize("bomb", [a_form_of_forms, a_slow_image])
def test_a_page_that_never_ends_is_given_up(bomb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "SECONDS", 1)
    monkeypatch.setattr(pdf, "PATIENCE", 900)  # so that it is computing that is measured
    content = bomb()
    start = time.perf_counter()
    pages = list(open_pages(content, "bomb.pdf"))
    assert time.perf_counter() - start < 600  # on a very busy machine; never else
    assert [isinstance(page, Page) for page in pages] == [True, False, True]
    assert isinstance(pages[1], PictureError)
    assert pages[1].place == "bomb.pdf, page 2"
    assert "more than 1 s" in pages[1].found


def test_a_renderer_that_does_not_answer_is_given_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sleeper = tmp_path / "sleeper.py"
    sleeper.write_text("import time; time.sleep(900)")
    monkeypatch.setattr(pdf, "_RENDERER", sleeper)
    monkeypatch.setattr(pdf, "PATIENCE", 0.2)
    start = time.perf_counter()
    pages = list(open_pages(written_pdf([(LETTER, SQUARE)])))
    assert time.perf_counter() - start < 600
    assert all(isinstance(page, PictureError) for page in pages)
    assert len(pages) == pdf.MOST_BREAKDOWNS + 1


def test_the_renderer_ends_with_its_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    popen = subprocess.Popen

    def noted(*args: Any, **kwargs: Any) -> Any:
        started.append(popen(*args, **kwargs))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", noted)
    pages = open_pages(written_pdf([(LETTER, SQUARE)] * 5))
    assert isinstance(next(pages), Page)
    assert started[0].poll() is None
    del pages
    assert started[0].poll() is not None
    assert len(started) == 1


def test_pages_are_made_one_at_a_time() -> None:
    before = os.times()
    pages = open_pages(written_pdf([(LETTER, SQUARE)] * 2000))
    assert isinstance(next(pages), Page)
    del pages  # which ends the renderer
    assert os.times().children_user - before.children_user < 20  # all would take minutes


def test_a_count_that_lies() -> None:
    pages = list(open_pages(written_pdf([(LETTER, SQUARE)], count=10**6)))
    assert isinstance(pages[0], Page)
    assert len(pages) == 1 + reading.MOST_FAILURES + 1
    assert "in a row" in str(pages[-1])


@pytest.mark.parametrize("kind", ["tiff", "pdf"])
def test_too_many_pages(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_PAGES", 3)
    tiny = (b"/MediaBox[0 0 9 9]", b"")
    content = tiff(*[GREY] * 5) if kind == "tiff" else written_pdf([tiny] * 5)
    *pages, last = open_pages(content)
    assert [page.number for page in pages] == [1, 2, 3]  # type: ignore[union-attr]
    assert "at most 3 pages" in str(last)


# Hostile pictures


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "an empty file"),
        (b"no picture", "something else"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "damaged"),
        ("none.png", "no file"),
        ("a\0b.png", ""),
    ],
)
def test_what_is_no_picture_is_named_and_not_raised(content: Any, found: str) -> None:
    assert found in failure(content).found


def png(width: int, height: int) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        code = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", code)

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(10_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data)


@pytest.mark.parametrize(
    ("size", "found"),
    [
        ((50_000, 50_000), "pixels"),
        ((9_000, 9_000), "9000×9000 pixels"),
        ((2**31 - 1, 1), "pixels"),
        ((250_000, 3), "a side longer than 200,000"),
    ],
)
def test_bombs_are_refused_before_they_go_off(size: tuple[int, int], found: str) -> None:
    start = time.process_time()
    assert found in failure(png(*size)).found
    assert time.process_time() - start < 20


def test_a_picture_50_000_pixels_wide_is_read() -> None:
    page = one(encoded(Image.new("L", (50_000, 3), 51), "PNG"))
    assert page.pixels.shape == (1, LARGEST_SIDE)
    np.testing.assert_allclose(page.pixels, 0.2, atol=1e-6)


def test_a_jpeg_that_paints_over_itself_for_ever() -> None:
    content = encoded(Image.new("L", (6000, 5000), 128), "JPEG", progressive=True)
    assert one(content).size == (6000, 5000)
    scan = content[content.rindex(b"\xff\xda") : -2]
    bomb = content[:-2] + scan * 5000 + content[-2:]
    start = time.process_time()
    assert "scans" in failure(bomb).found
    assert time.process_time() - start < 20


def test_marks_of_scans_that_are_none_are_not_counted() -> None:
    comment = b"\xff\xda" * 30_000
    content = encoded(Image.new("L", (6000, 5000), 128), "JPEG", comment=comment)
    assert content.count(b"\xff\xda") > 30_000
    assert one(content).size == (6000, 5000)


def links(content: bytes) -> list[int]:
    """Where a little-endian TIFF says where its next page is."""
    places = []
    at = 4
    while start := struct.unpack_from("<I", content, at)[0]:
        places.append(at)
        at = start + 2 + 12 * struct.unpack_from("<H", content, start)[0]
    return [*places, at]


def test_a_tiff_whose_list_of_pages_loops_or_leads_nowhere() -> None:
    content = bytearray(tiff(GREY, GREY, GREY))
    first, *_, end = links(bytes(content))
    looped = content.copy()
    looped[end : end + 4] = looped[first : first + 4]
    assert kinds(bytes(looped)) == [1, 2, 3]
    for nowhere in (10**9, len(content) - 3, end + 1):
        broken = content.copy()
        broken[end : end + 4] = struct.pack("<I", nowhere)
        read = kinds(bytes(broken))
        assert read[:4] == [1, 2, 3, None]
        assert len(read) <= 4 + reading.MOST_FAILURES


@pytest.mark.skipif(not features.check("libtiff"), reason="Pillow without libtiff")
def test_a_damaged_page_of_a_tiff_costs_no_other() -> None:
    frames = [Image.fromarray(RNG.integers(0, 256, (40, 40), dtype=np.uint8)) for _ in range(3)]
    content = bytearray(
        encoded(
            frames[0], "TIFF", save_all=True, append_images=frames[1:], compression="tiff_deflate"
        )
    )
    with Image.open(io.BytesIO(content)) as image:
        image.seek(1)
        start = image.tag_v2[273][0]  # type: ignore[attr-defined]
    content[start : start + 20] = bytes(20)
    assert kinds(bytes(content)) == [1, None, 3]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [(None, InputError), (io.StringIO("text"), InputError), (np.zeros(7), ShapeError)],
)
def test_mistakes_of_the_program_are_raised(wrong: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        next(open_pages(wrong))
