"""Pictures of all kinds, and what hostile files do."""

from __future__ import annotations

import io
import os
import struct
import threading
import time
import tracemalloc
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from numerist.errors import InputError, NumeristError, ShapeError
from numerist.image import PictureError, open_picture, picture
from numerist.image.picture import LARGEST_SIDE, MOST_PIXELS

if TYPE_CHECKING:
    from pathlib import Path

    from numerist.image.picture import Picture

RNG = np.random.default_rng(8)
GREY = RNG.integers(0, 256, (5, 7), dtype=np.uint8)
RGB = RNG.integers(0, 256, (5, 7, 3), dtype=np.uint8)


def encoded(image: Image.Image, kind: str, **how: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **how)
    return buffer.getvalue()


# The same picture in every form


def test_every_way_in_gives_the_same_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    image = Image.fromarray(RGB)
    image.save(path)
    expected = RGB / 255
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(path, "a.png")
    content = path.read_bytes()
    with (
        path.open("rb") as file,
        zipfile.ZipFile(tmp_path / "a.zip") as archive,
        archive.open("a.png") as member,
    ):
        ways: list[Picture] = [  # types are a promise, too
            path, str(path), content, bytearray(content), memoryview(content),
            file, io.BytesIO(content), member, image, RGB,
        ]  # fmt: skip
        for way in ways:
            opened = open_picture(way)
            assert opened.dtype == np.float32
            np.testing.assert_allclose(opened, expected, atol=1e-6)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM", "GIF", "WEBP", "TGA"])
def test_lossless_formats_keep_grey_values(kind: str) -> None:
    opened = open_picture(encoded(Image.fromarray(GREY), kind, lossless=True))
    grey = opened if opened.ndim == 2 else opened.mean(axis=2)
    np.testing.assert_allclose(grey, GREY / 255, atol=1e-6)


def test_an_open_file_may_give_its_bytes_little_by_little(tmp_path: Path) -> None:
    content = encoded(Image.fromarray(GREY), "PNG")
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb", buffering=0) as pipe:
        os.write(write_end, content[:20])  # as much as is there comes at once

        def later() -> None:
            with os.fdopen(write_end, "wb") as file:
                file.write(content[20:])

        writer = threading.Timer(0.2, later)
        writer.start()
        np.testing.assert_allclose(open_picture(pipe), GREY / 255, atol=1e-6)
        writer.join()
    with pytest.raises(PictureError, match="closed file"):
        open_picture(pipe)


def test_a_stream_at_its_end_is_told_to_go_back() -> None:
    content = encoded(Image.fromarray(RGB), "PNG")
    stream = io.BytesIO(content)
    assert stream.read() == content
    with pytest.raises(PictureError, match=r"nothing left to read.* seek\(0\)"):
        open_picture(stream)
    stream.seek(0)
    np.testing.assert_array_equal(open_picture(stream), open_picture(content))


def test_a_stream_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless:
        given = 0

        def read(self, most: int) -> bytes:
            self.given += min(most, 100)
            return bytes(min(most, 100))

    monkeypatch.setattr(picture, "MOST_BYTES", 1 << 20)
    endless: Any = Endless()
    with pytest.raises(PictureError, match="more than 1 MiB"):
        open_picture(endless)
    assert endless.given == (1 << 20) + 1


def test_the_name_of_a_file_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "really_a_png.jpg"
    path.write_bytes(encoded(Image.fromarray(GREY), "PNG"))
    np.testing.assert_allclose(open_picture(path), GREY / 255, atol=1e-6)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_exif_orientation_as_pillow_turns(turn: int, kind: str) -> None:
    smooth = np.asarray(Image.fromarray(GREY).resize((56, 40), Image.Resampling.BICUBIC))
    image = Image.fromarray(smooth)
    exif = Image.Exif()
    exif[0x0112] = turn
    content = encoded(image, kind, exif=exif)
    with Image.open(io.BytesIO(content)) as stored:
        assert stored.getexif()[0x0112] == turn
        expected = np.asarray(ImageOps.exif_transpose(stored))
    np.testing.assert_allclose(open_picture(content), expected / 255, atol=1e-6)
    assert expected.shape == ((40, 56) if turn < 5 else (56, 40))


def test_damaged_exif_is_no_reason_to_refuse() -> None:
    content = encoded(Image.fromarray(GREY), "PNG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xffrubbish")
    np.testing.assert_allclose(open_picture(content), GREY / 255, atol=1e-6)


def test_kinds_of_pixels() -> None:
    image = Image.fromarray(RGB)
    deep = (GREY.astype(np.uint16) << 8) | 255
    np.testing.assert_allclose(open_picture(encoded(Image.fromarray(deep), "PNG")), deep / 65535)
    for order in "<>":
        there = deep.astype(f"{order}u2")
        np.testing.assert_allclose(open_picture(there), deep / 65535, atol=1e-6)
        floats = (GREY / 255).astype(f"{order}f4")
        np.testing.assert_allclose(open_picture(floats), GREY / 255, atol=1e-6)
    cmyk = open_picture(encoded(image.convert("CMYK"), "TIFF"))
    np.testing.assert_allclose(cmyk, RGB / 255, atol=0.01)
    bits = GREY > 127
    np.testing.assert_array_equal(open_picture(bits), bits)
    stored = encoded(Image.fromarray(bits), "PNG")
    np.testing.assert_array_equal(open_picture(stored), bits)
    floats = (GREY / 255).astype(np.float64)
    np.testing.assert_allclose(open_picture(floats), floats, atol=1e-6)
    flat = Image.fromarray((GREY * 3.5 - 80).astype(np.float32))  # 32 bit, of any range
    stretched = open_picture(encoded(flat, "TIFF"))
    low, high = float(GREY.min()), float(GREY.max())
    np.testing.assert_allclose(stretched, (GREY - low) / (high - low), atol=1e-5)
    palette = image.quantize(256)
    np.testing.assert_allclose(
        open_picture(encoded(palette, "PNG")), np.asarray(palette.convert("RGB")) / 255, atol=1e-6
    )


@pytest.mark.parametrize("shape", [(5, 7), (4000, 600)])
def test_bytes_that_stand_in_16_bits_are_bytes(shape: tuple[int, int]) -> None:
    grey = np.resize(GREY, shape)
    deep = grey.astype(np.uint16)
    expected = open_picture(grey)
    assert expected.max() > 0.5
    np.testing.assert_array_equal(open_picture(deep), expected)
    for kind in ("PNG", "TIFF"):
        np.testing.assert_array_equal(open_picture(encoded(Image.fromarray(deep), kind)), expected)
    deep[-1, -1] = 4095  # 12 bits stay dark, as nobody knows how many there are
    np.testing.assert_allclose(open_picture(deep)[:1], expected[:1] * 255 / 65535, atol=1e-6)


def test_what_rounding_makes_of_black_and_white_is_black_and_white() -> None:
    almost = np.array([[-1e-7, 0.5, 1.0000001]], np.float32)
    np.testing.assert_array_equal(open_picture(almost), [[0, 0.5, 1]])
    with pytest.raises(InputError, match=r"found 0\.204 to 1\.00002"):
        open_picture(np.array([[0.204, 1.00002]]))


@pytest.mark.parametrize("kind", [np.int64, np.uint32, np.int16, np.float32])
def test_what_is_said_of_numbers_of_another_range_mends_it(kind: type[np.number[Any]]) -> None:
    with pytest.raises(InputError, match=r"/ 255 for 0 to 255\.$"):
        open_picture(GREY.astype(kind))
    np.testing.assert_allclose(open_picture(GREY.astype(kind) / 255), GREY / 255, atol=1e-6)


@pytest.mark.parametrize("mode", ["LA", "La"])
def test_grey_with_alpha_of_both_kinds(mode: str) -> None:
    image = Image.fromarray(GREY).convert("LA").convert(mode)
    np.testing.assert_allclose(open_picture(image), GREY / 255, atol=1e-6)


def test_strokes_that_live_in_alpha_alone() -> None:
    alpha = np.zeros((20, 20), np.uint8)
    alpha[5:15, 8:11] = 255
    for colour in ((0, 0, 0), (255, 255, 255), (200, 30, 30), (250, 240, 90)):
        rgba = np.dstack([np.full((20, 20, 3), colour, np.uint8), alpha])
        opened = open_picture(rgba)
        difference = np.abs(opened - opened[0, 0]).max(axis=2)
        assert difference[5:15, 8:11].min() > 0.4
        assert difference[alpha == 0].max() == 0
        np.testing.assert_array_equal(open_picture(encoded(Image.fromarray(rgba), "PNG")), opened)


@pytest.mark.parametrize("light", [False, True])
def test_paper_is_seen_in_the_edges_of_thin_strokes(light: bool) -> None:
    """A stroke drawn smoothly on paper, of which only what is just like the paper was removed."""
    grey = np.full((40, 40), 255, np.uint8)
    grey[8:32, 15:23] = 235  # hardly inked
    grey[8:32, 17:21] = 200
    grey[8:32, 18:20] = 20
    opened = [grey, 255 - grey][light]
    alpha = np.where(grey == 255, 0, 255).astype(np.uint8)
    seen = open_picture(np.dstack([opened] * 3 + [alpha]))
    np.testing.assert_allclose(seen[..., 0], opened / 255, atol=1e-6)


def test_strips_of_a_large_picture_say_what_the_whole_says(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    colour = rng.random((57, 31, 3)).astype(np.float32)
    alpha = (rng.random((57, 31)) > 0.4).astype(np.float32)
    whole = picture._brightness_of_strokes(colour, alpha)
    opaque = np.pad(alpha > 0, 1)
    inside = opaque[1:-1, 1:-1] & opaque[:-2, 1:-1] & opaque[2:, 1:-1]
    inside &= opaque[1:-1, :-2] & opaque[1:-1, 2:]
    grey = colour @ np.array([0.299, 0.587, 0.114])
    assert whole[1:] == pytest.approx((grey[inside].mean(), grey[(alpha > 0) & ~inside].mean()))
    monkeypatch.setattr(picture, "_STRIP", 31 * 5)
    assert picture._brightness_of_strokes(colour, alpha) == pytest.approx(whole)


def test_an_opaque_photo_with_transparent_corners_gets_no_black_corners() -> None:
    photo = np.full((20, 20, 4), 220, np.uint8)
    photo[..., 3] = 255
    photo[8:12, 8:12, :3] = 30
    photo[:4, :4] = 0
    opened = open_picture(photo)
    np.testing.assert_allclose(opened[:4, :4], 220 / 255, atol=1e-6)


def test_a_palette_with_a_transparent_colour() -> None:
    image = Image.fromarray(np.array([[0, 1], [1, 1]], np.uint8), "P")
    image.putpalette([255, 0, 0, 10, 10, 10])
    opened = open_picture(encoded(image, "PNG", transparency=0))
    np.testing.assert_allclose(opened[0, 0], opened[1, 1], atol=1e-6)  # paper of the usual colour


def test_the_first_frame_counts() -> None:
    frames = [Image.fromarray(np.full((4, 4), value, np.uint8)) for value in (10, 200, 250)]
    for kind in ("GIF", "TIFF", "WEBP"):
        content = encoded(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
        np.testing.assert_allclose(open_picture(content), 10 / 255, atol=1e-6)


# Sizes


def test_large_pictures_become_means_of_squares() -> None:
    values = RNG.integers(0, 256, (3, 2 * LARGEST_SIDE + 1), dtype=np.uint8)
    opened = open_picture(values)
    assert opened.shape == (1, -(-values.shape[1] // 3))
    assert opened[0, 5] == pytest.approx(values[:, 15:18].mean() / 255, abs=1e-6)
    assert opened[0, -1] == pytest.approx(values[:, -2:].mean() / 255, abs=1e-6)
    wide = open_picture(encoded(Image.fromarray(np.full((9, 50_000), 77, np.uint8)), "PNG"))
    assert wide.shape == (1, 2000)
    np.testing.assert_allclose(wide, 77 / 255, atol=1e-6)


def test_one_pixel() -> None:
    assert open_picture(encoded(Image.new("L", (1, 1), 51), "PNG")).tolist() == [
        [pytest.approx(0.2)]
    ]


def test_a_large_jpeg_is_decoded_small() -> None:
    content = encoded(Image.new("RGB", (9000, 8000), (10, 20, 30)), "JPEG")
    tracemalloc.start()
    opened = open_picture(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert max(opened.shape) <= LARGEST_SIDE
    assert peak < 150e6
    np.testing.assert_allclose(opened.mean(axis=(0, 1)), np.array([10, 20, 30]) / 255, atol=0.01)


# Hostile files


def png(width: int, height: int, data: bytes = b"") -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        code = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", code)

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("width", "height"),
    [(50_000, 50_000), (2**31 - 1, 2**31 - 1), (9_500, 9_000), (20_000, 9_000), (1_000_000, 100)],
)
def test_a_declared_size_is_refused_before_decoding(width: int, height: int) -> None:
    assert width * height > MOST_PIXELS
    start = time.process_time()
    with pytest.raises(PictureError, match="pixels"):
        open_picture(png(width, height, zlib.compress(b"\0" * 100_000)))
    assert time.process_time() - start < 20


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"])
def test_cut_off_and_changed_files_never_raise_anything_else(kind: str) -> None:
    image = Image.fromarray(np.asarray(Image.fromarray(RGB).resize((60, 40))))
    content = encoded(image, kind)
    rng = np.random.default_rng(1)
    refused, message = 0, ""
    for cut in np.linspace(0, len(content) - 1, 30).astype(int):
        try:
            open_picture(content[:cut])
        except PictureError as error:
            refused += 1
            message = str(error)
    assert message.startswith("picture: expected a picture")
    for _ in range(60):
        changed = bytearray(content)
        for place in rng.integers(0, len(content), 5):
            changed[place] = rng.integers(256)
        try:
            assert open_picture(bytes(changed)).dtype == np.float32
        except PictureError:
            refused += 1
    assert refused >= 15


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 5000,
        b"not a picture at all",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9",
    ],
)
def test_what_is_no_picture(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="expected a picture"):
        open_picture(content)
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(PictureError, match=r"a\.png"):
        open_picture(path)


def test_places_without_a_picture(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="a folder"):
        open_picture(tmp_path)
    with pytest.raises(PictureError, match=r"^picture: expected a picture, found an empty name"):
        open_picture("")
    with pytest.raises(PictureError, match="no file"):
        open_picture(tmp_path / "none.png")
    with pytest.raises(PictureError, match="expected a picture"):
        open_picture("a\0b.png")
    with pytest.raises(PictureError):
        open_picture("x" * 5000)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")  # reading it would wait for ever
        with pytest.raises(PictureError, match="no file"):
            open_picture(tmp_path / "pipe.png")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (None, InputError),
        (7, InputError),
        ([[0, 1]], InputError),
        (io.StringIO("text"), InputError),
        (np.zeros((4, 4), np.int64), InputError),
        (np.full((4, 4), np.nan), InputError),
        (np.full((4, 4), 255.0), InputError),
        (np.zeros((4, 4), complex), InputError),
        (np.array([["a"]]), InputError),
        (np.zeros(784), ShapeError),
        (np.zeros((4, 4, 5)), ShapeError),
        (np.zeros((0, 4)), ShapeError),
        (np.zeros((2, 2, 2, 2)), ShapeError),
    ],
)
def test_wrong_arguments(wrong: Any, error: type[NumeristError]) -> None:
    with pytest.raises(error):
        open_picture(wrong)


def test_the_callers_image_stays_as_it_is() -> None:
    content = encoded(Image.new("L", (5000, 4000), 9), "JPEG")
    with Image.open(io.BytesIO(content)) as image:
        open_picture(image)
        assert image.size == (5000, 4000)
    grey = GREY.copy()
    open_picture(grey)[:] = 5
    np.testing.assert_array_equal(grey, GREY)
    floats = np.zeros((4, 4), np.float32)
    open_picture(floats)[:] = 1
    assert not floats.any()
