"""Opening pictures, whatever they are, and whoever sent them.

A picture may be a file, its bytes, an open file, a Pillow image or an array. It comes out upright,
opaque, in floats, and not larger than `LARGEST_SIDE`. Files are taken for hostile: only formats
that hold pixels are read, the size that a file declares is looked at before anything is decoded,
and whatever goes wrong in decoding is a `PictureError` that names the file.
"""

from __future__ import annotations

import contextlib
import io
import os
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.errors import InputError, PictureError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image

Array: TypeAlias = npt.NDArray[Any]
Picture: TypeAlias = "str | os.PathLike[str] | bytes | BinaryIO | Image | Array"

MOST_PIXELS = 80_000_000
MOST_BYTES = 256 * 1024 * 1024
LARGEST_SIDE = 2048

_FORMATS = ("PNG", "JPEG", "MPO", "GIF", "BMP", "TIFF", "WEBP", "AVIF", "PPM", "ICO", "TGA")
_ORIENTATION = 0x0112  # EXIF's number for it
_BRIGHTNESS = np.array([0.299, 0.587, 0.114])  # of red, green and blue (ITU-R BT.601)
_OPENING = threading.Lock()  # Python's list of warnings to ignore belongs to all threads


def open_picture(picture: Picture) -> Array:
    """Return any picture upright and opaque, as numbers.

    Args:
        picture: the path of a file; the bytes of one; a file opened for reading bytes; a Pillow
            image; or an array: (h, w) or (h, w, 1) grey, (h, w, 2) grey with alpha, (h, w, 3) RGB,
            (h, w, 4) RGB with alpha, of bytes, uint16, bool, or floats from 0 to 1. Of several
            frames or pages the first counts.

    Returns:
        float32 (h, w) grey or (h, w, 3) RGB from 0 (black) to 1 (white), neither side longer than
        `LARGEST_SIDE`. What is transparent shows a paper that its strokes stand out from.

    Raises:
        PictureError: no such file, not a picture, damaged, or larger than `MOST_PIXELS`.
        InputError: not a picture in any of these forms; an array that holds anything but numbers
            from 0 to 1.
        ShapeError: an array of another shape.

    >>> open_picture(np.array([[0, 255]], np.uint8))
    array([[0., 1.]], dtype=float32)
    """
    from PIL import Image  # noqa: PLC0415

    if isinstance(picture, np.ndarray):
        return _from_array(picture)
    if isinstance(picture, Image.Image):
        return _decoded(picture, "picture")
    if isinstance(picture, str | os.PathLike):
        return _from_file(Path(picture))
    if isinstance(picture, bytes | bytearray | memoryview):
        return _from_stream(io.BytesIO(picture), "picture")
    if hasattr(picture, "read"):
        return _from_stream(_whole(picture), str(getattr(picture, "name", "picture")))
    raise InputError(
        "picture",
        "a path, bytes, an open file, a Pillow image or an array",
        type(picture).__name__,
        "Give one of these.",
    )


def _from_file(path: Path) -> Array:
    try:
        if not path.is_file():
            found = "a folder" if path.is_dir() else "no file"
            raise _error(str(path), found, "Name a file with a picture.")
        with path.open("rb") as file:
            return _from_stream(file, str(path))
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise _error(
            str(path), getattr(error, "strerror", None) or str(error), "Name another file."
        ) from error


def _whole(file: Any) -> BinaryIO:
    """Return the rest of an open file as one that can be searched."""
    content = file.read(MOST_BYTES + 1)
    if not isinstance(content, bytes):
        raise InputError(
            "picture", "a file opened for bytes", "one opened for text", 'Open it with "rb".'
        )
    if len(content) > MOST_BYTES:
        raise _error("picture", f"more than {MOST_BYTES >> 20} MiB", "Send a smaller picture.")
    return io.BytesIO(content)


def _from_stream(file: BinaryIO, place: str) -> Array:
    from PIL import Image  # noqa: PLC0415

    Image.init()
    formats = [name for name in _FORMATS if name in Image.OPEN]
    with _naming(place):
        with _OPENING, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(file, formats=formats)
        with image:
            _refuse_too_large(image.size, place)
            image.draft(None, (LARGEST_SIDE, LARGEST_SIDE))  # JPEG can decode to less at once
            return _decoded(image, place)


@contextlib.contextmanager
def _naming(place: str) -> Iterator[None]:
    """Turn whatever a decoder raises into a `PictureError`."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415

    try:
        yield
    except UnidentifiedImageError as error:
        raise _error(
            place, "something else, or nothing", "PNG, JPEG, TIFF, GIF, BMP and WebP are read."
        ) from error
    except Image.DecompressionBombError as error:
        raise _error(place, f"more than {MOST_PIXELS:,} pixels", "Send a smaller one.") from error
    except (PictureError, InputError):
        raise
    except Exception as error:  # decoders raise anything: struct.error, SyntaxError, EOFError …
        raise _error(
            place, f"a damaged one ({error})" if str(error) else "a damaged one", "Send it again."
        ) from error


def _decoded(image: Image, place: str) -> Array:
    _refuse_too_large(image.size, place)
    with _naming(place):
        image.load()  # first: of TIFF, Pillow turns the pixels itself, and forgets the orientation
        turn = _turn(image)
        plain = _plain(image)
        reduced = _opaque(_reduced(plain))
    return _upright(reduced, turn)


def _refuse_too_large(size: tuple[int, int], place: str) -> None:
    """Raise `PictureError` unless there are pixels, and not too many."""
    width, height = size
    if width * height == 0:
        raise _error(place, "one without pixels", "Send another picture.")
    if width * height > MOST_PIXELS:
        raise _error(
            place, f"{width}×{height} pixels, more than {MOST_PIXELS:,}", "Send a smaller one."
        )


def _turn(image: Image) -> int:
    """Return the orientation that EXIF tells, 1 (upright) to 8."""
    try:
        with _OPENING, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            turn = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001  (damaged EXIF data are no reason to refuse the pixels)
        return 1
    return turn if turn in range(1, 9) else 1


def _plain(image: Image) -> Array:
    """Return the pixels of any kind of image: grey, grey with alpha, RGB, or RGB with alpha."""
    if image.mode.startswith("I;16"):
        return np.asarray(image).astype(np.uint16, copy=False)
    if image.mode in ("I", "F"):
        return _stretched(np.asarray(image, np.float32))
    if "transparency" in image.info or image.mode in ("PA", "La", "RGBa"):
        return np.asarray(image.convert("RGBA"))
    if image.mode in ("1", "L", "LA", "RGB", "RGBA"):
        return np.asarray(image.convert("L") if image.mode == "1" else image)
    return np.asarray(image.convert("RGB"))


def _stretched(values: Array) -> Array:
    """Return numbers of an unknown range from 0 to 1; what is not finite becomes 0."""
    finite = np.isfinite(values)
    low, high = (values[finite].min(), values[finite].max()) if finite.any() else (0, 0)
    if low >= 0 and high <= 1:
        return np.where(finite, values, 0)
    scaled = (np.where(finite, values, low) - low) / max(float(high) - float(low), 1e-30)
    return np.clip(scaled, 0, 1)


def _from_array(values: Array) -> Array:
    grey = values.ndim == 2  # noqa: PLR2004
    if not (grey or (values.ndim == 3 and values.shape[2] in (1, 2, 3, 4))) or 0 in values.shape:  # noqa: PLR2004
        raise ShapeError(
            "picture",
            "(height, width), or (height, width, 1 to 4 channels)",
            f"shape {values.shape}",
            "Give one picture at a time.",
        )
    _refuse_too_large((values.shape[1], values.shape[0]), "picture")
    if values.dtype not in (np.uint8, np.uint16, np.bool_):
        _refuse_outside(values)
    return _opaque(_reduced(values))


def _refuse_outside(values: Array) -> None:
    """Raise `InputError` unless all numbers are floats from 0 to 1."""
    if values.dtype.kind != "f":
        raise InputError(
            "picture",
            "uint8, uint16, bool or floats",
            f"an array of {values.dtype}",
            "Convert it, say with .astype(np.uint8).",
        )
    if not ((values >= 0) & (values <= 1)).all():
        raise InputError(
            "picture",
            "floats from 0 to 1",
            f"{values.min():g} to {values.max():g}",
            "Divide grey values by 255, or pass them as uint8.",
        )


def _reduced(pixels: Array) -> Array:
    """Return float32 from 0 to 1, each pixel the mean of a square of the old ones."""
    full = 1.0 if pixels.dtype.kind in "fb" else float(np.iinfo(pixels.dtype).max)
    every = -(-max(pixels.shape[:2]) // LARGEST_SIDE)
    if every > 1:
        pixels = _means(pixels, every)
    result: Array = pixels.astype(np.float32) / np.float32(full)
    return result


def _means(pixels: Array, every: int) -> Array:
    """Return the means of squares of `every`² pixels; the last row and column may be smaller."""
    rows = []
    columns = np.arange(0, pixels.shape[1], every)
    wide = np.minimum(columns + every, pixels.shape[1]) - columns
    for top in range(0, pixels.shape[0], every):
        row = pixels[top : top + every].mean(axis=0, dtype=np.float32)
        sums = np.add.reduceat(row, columns, axis=0)
        rows.append(sums / wide.reshape(-1, *[1] * (sums.ndim - 1)).astype(np.float32))
    return np.stack(rows)


def _opaque(pixels: Array) -> Array:
    """Return the pixels without alpha and without needless axes.

    What is transparent becomes paper: where most of the picture is opaque, paper of its most usual
    colour; else paper that contrasts with the strokes, which may be of any colour.
    """
    if pixels.ndim == 2:  # noqa: PLR2004
        return pixels
    if pixels.shape[2] in (1, 3):
        return pixels[..., 0] if pixels.shape[2] == 1 else pixels
    colour, alpha = pixels[..., :-1], pixels[..., -1:]
    if alpha.min() < 1:
        paper: Any
        if alpha.mean() > 0.5:  # noqa: PLR2004
            paper = np.median(colour[alpha[..., 0] > 0.5], axis=0).astype(np.float32)  # noqa: PLR2004
        else:
            mean = (colour * alpha).sum(axis=(0, 1)) / max(float(alpha.sum()), 1e-6)
            brightness = mean @ _BRIGHTNESS if len(mean) == 3 else mean[0]  # noqa: PLR2004
            paper = np.float32(brightness < 0.5)  # noqa: PLR2004
        colour = colour * alpha + paper * (1 - alpha)
    return colour[..., 0] if colour.shape[2] == 1 else colour


def _upright(pixels: Array, turn: int) -> Array:
    """Return the pixels turned and mirrored as EXIF's orientation says."""
    if turn in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if turn in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if turn in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def _error(place: str, found: str, cure: str) -> PictureError:
    return PictureError(place, "a picture", found, cure)
