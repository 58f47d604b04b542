"""Opening pictures, whatever they are, and whoever sent them.

A picture may be a file, its bytes, an open file, a Pillow image or an array. It comes out upright,
opaque, in floats, and not larger than asked for. Files are taken for hostile: only formats that
hold pixels are read, the size that a file declares is looked at before anything is decoded, what is
decoded is turned into floats strip by strip, and whatever goes wrong in decoding is a
`PictureError` that names the file.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
import re
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.checks import are_shares
from numerist.errors import InputError, PictureError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image

Array: TypeAlias = npt.NDArray[Any]
Picture: TypeAlias = (
    "str | os.PathLike[str] | bytes | bytearray | memoryview | Readable | Image | Array"
)

MOST_PIXELS = 80_000_000
LONGEST_SIDE = 200_000
MOST_BYTES = 256 * 1024 * 1024
LARGEST_SIDE = 2048

_FORMATS = ("PNG", "JPEG", "MPO", "GIF", "BMP", "TIFF", "WEBP", "AVIF", "PPM", "ICO", "TGA", "HEIF")
_REDUCIBLE = ("JPEG", "MPO")  # their decoder can leave out pixels that nobody asked for
_MOST_PIXELS_OF = {  # of decoders that hold a picture several times over
    "WEBP": 50_000_000,
    "AVIF": 50_000_000,
    "HEIF": 60_000_000,
    "ICO": 1_000_000,
}
_MOST_SCANNED = 20 * MOST_PIXELS  # pixels times scans: a JPEG may paint over itself for ever
_STRIP = 1_000_000  # pixels that are turned into floats at once
_ORIENTATION = 0x0112  # EXIF's number for it
_BRIGHTNESS = np.array([0.299, 0.587, 0.114])  # of red, green and blue (ITU-R BT.601)
_FRINGE = 0.05  # of full brightness: so much paler are edges in which there is some paper
_HEIF = (b"hei", b"hev", b"mif", b"msf")  # how its brands begin
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")  # of JPEG; after it a length, or the end
_SCAN, _END = 0xDA, 0xD9
_OPENING = threading.Lock()  # Python's list of warnings to ignore belongs to all threads


class Readable(Protocol):
    """A file that is open for bytes, or whatever else gives some when asked for so many."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes; none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture as numbers.

    Attributes:
        pixels: float32 (h, w) grey or (h, w, 3) RGB, from 0 (black) to 1 (white).
        scale: how many pixels of the original, in each direction, one pixel here is the mean of.
        size: width and height of the upright original in pixels.
    """

    pixels: Array
    scale: float
    size: tuple[int, int]


def open_picture(picture: Picture) -> Array:
    """Return any picture upright and opaque, as numbers.

    Args:
        picture: the path of a file; the bytes of one; a file opened for reading bytes; a Pillow
            image; or an array: (h, w) or (h, w, 1) grey, (h, w, 2) grey with alpha, (h, w, 3) RGB,
            (h, w, 4) RGB with alpha, of bytes, uint16, bool, or floats from 0 to 1. Where 16 bits
            hold nothing above 255, that is white. Of several frames or pages the first counts.
            HEIC and HEIF need pillow-heif.

    Returns:
        float32 (h, w) grey or (h, w, 3) RGB from 0 (black) to 1 (white), neither side longer than
        `LARGEST_SIDE`. What is transparent shows a paper that its strokes stand out from.

    Raises:
        PictureError: no such file, not a picture, damaged, or larger than `MOST_PIXELS` (of WebP,
            AVIF and HEIF, whose decoders need more memory, than 50 or 60 million).
        InputError: not a picture in any of these forms; an array that holds anything but numbers
            from 0 to 1.
        ShapeError: an array of another shape.

    >>> open_picture(np.array([[0, 255]], np.uint8))
    array([[0., 1.]], dtype=float32)
    """
    place = name_of(picture)
    with opened(picture, place) as content:
        if not hasattr(content, "read"):
            return as_frame(content, place, LARGEST_SIDE, whole=True).pixels
        with decoder(content, place) as image:
            return as_frame(image, place, LARGEST_SIDE, own=True, whole=True).pixels


def name_of(picture: Picture) -> str:
    """Return what to call a picture in messages: its path, or "picture".

    >>> name_of("scans/cheque.png"), name_of(b"")
    ('scans/cheque.png', 'picture')
    """
    if isinstance(picture, str | os.PathLike):
        return os.fspath(picture)
    name = getattr(picture, "name", None)
    return name if isinstance(name, str) else "picture"


@contextlib.contextmanager
def opened(picture: Picture, place: str) -> Iterator[Any]:
    """Give an array or a Pillow image as it is, and anything else as a file that can be searched.

    Raises:
        PictureError: no such file, or one that can't be opened; more than `MOST_BYTES` of a stream.
        InputError: none of the forms that `open_picture` takes.
    """
    from PIL import Image  # noqa: PLC0415

    if isinstance(picture, np.ndarray | Image.Image):
        yield picture
    elif isinstance(picture, str | os.PathLike):
        if not os.fspath(picture):  # of which Path makes this folder
            raise _error(place or "picture", "an empty name", "Name a file with a picture.")
        with _file(Path(picture), place) as file:
            yield file
    elif isinstance(picture, bytes | bytearray | memoryview):
        yield io.BytesIO(picture)
    elif hasattr(picture, "read"):
        yield _whole(picture, place)
    else:
        raise InputError(
            "picture",
            "a path, bytes, an open file, a Pillow image or an array",
            type(picture).__name__,
            "Give one of these.",
        )


def _file(path: Path, place: str) -> BinaryIO:
    try:
        if not path.is_file():
            found = "a folder" if path.is_dir() else "no file"
            raise _error(place, found, "Name a file with a picture.")
        return path.open("rb")
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise _error(
            place, getattr(error, "strerror", None) or str(error), "Name another file."
        ) from error


def _whole(file: Any, place: str) -> BinaryIO:
    """Return the rest of an open file as one that can be searched."""
    content = io.BytesIO()
    left = MOST_BYTES + 1
    while left > 0 and (part := _part(file, left, place)):  # a pipe gives what is there
        content.write(part)
        left -= len(part)
    if left <= 0:
        raise _error(place, f"more than {MOST_BYTES >> 20} MiB", "Send a smaller picture.")
    if not content.tell():
        raise _error(
            place, "an open file with nothing left to read",
            "Go back to its beginning with seek(0); if it is empty, open another.",
        )  # fmt: skip
    content.seek(0)
    return content


def _part(file: Any, most: int, place: str) -> bytes:
    """Return what an open file gives at once; nothing at its end."""
    try:
        part = file.read(most)
    except (OSError, ValueError) as error:  # ValueError: it is closed
        found = getattr(error, "strerror", None) or str(error)
        raise _error(place, f"a file that can't be read ({found})", "Open it again.") from error
    if not isinstance(part, bytes):
        raise InputError(
            "picture", "a file opened for bytes", f"one that gives {type(part).__name__}",
            'Open it with "rb".',
        )  # fmt: skip
    return part


@contextlib.contextmanager
def decoder(file: BinaryIO, place: str) -> Iterator[Image]:
    """Give the Pillow image of a file, before anything is decoded; of several frames the first.

    Raises:
        PictureError: not a picture in any format that is read.
    """
    from PIL import Image  # noqa: PLC0415

    Image.init()
    _learn_heif(file, place)
    formats = [name for name in _FORMATS if name in Image.OPEN]
    with naming(place), without_warnings():
        image = Image.open(file, formats=formats)
    with image:
        yield image


def _learn_heif(file: BinaryIO, place: str) -> None:
    """Teach Pillow to read HEIC and HEIF, unless it can, or the file is something else.

    Raises:
        PictureError: it is HEIC or HEIF, and the package that reads it is missing; or it is empty.
    """
    from PIL import Image  # noqa: PLC0415

    start = file.read(12)
    file.seek(0)
    if not start:
        raise _error(place, "an empty file", "Send it again.")
    if start[4:8] != b"ftyp" or start[8:11] not in _HEIF or "HEIF" in Image.OPEN:
        return
    try:
        from pillow_heif import register_heif_opener  # noqa: PLC0415
    except ImportError as error:
        raise _error(
            place, "HEIC or HEIF, which pillow-heif reads", "pip install pillow-heif"
        ) from error
    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)


@contextlib.contextmanager
def without_warnings() -> Iterator[None]:
    """Keep what Pillow warns of damaged headers from the user; not for long work, it locks."""
    with _OPENING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def naming(place: str) -> Iterator[None]:
    """Turn whatever a decoder raises into a `PictureError`."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415

    try:
        yield
    except UnidentifiedImageError as error:
        raise _error(
            place,
            "something else, or a damaged one",
            "PNG, JPEG, TIFF, GIF, BMP, WebP and HEIC are read, PDF by `numerist read`.",
        ) from error
    except Image.DecompressionBombError as error:
        raise _error(place, f"more than {MOST_PIXELS:,} pixels", "Send a smaller one.") from error
    except (PictureError, InputError):
        raise
    except Exception as error:  # decoders raise anything: struct.error, SyntaxError, EOFError …
        raise _error(
            place, f"a damaged one ({error})" if str(error) else "a damaged one", "Send it again."
        ) from error


def as_frame(
    content: Image | Array, place: str, largest: int, *, own: bool = False, whole: bool = False
) -> Frame:
    """Return a Pillow image (its current frame) or an array as numbers.

    Args:
        content: as `decoder` or `opened` give it.
        place: what to call it in messages.
        largest: the longest side kept, in pixels; beyond it areas become their means.
        own: the image came from `decoder` and may be changed: JPEG is then decoded to less at once.
        whole: take means of whole pixels only, so that `scale` is a whole number.

    Raises:
        PictureError: damaged, or larger than `MOST_PIXELS` (of a JPEG decoded to less: twice that).
        InputError, ShapeError: as `open_picture`, of arrays.

    >>> as_frame(np.array([[0, 255, 255, 0, 51]], np.uint8), "picture", 3, whole=True)
    Frame(pixels=array([[0.5, 0.5, 0.2]], dtype=float32), scale=2, size=(5, 1))
    """
    if isinstance(content, np.ndarray):
        _refuse_no_picture(content)
        size = content.shape[1], content.shape[0]
        _refuse_too_large(size, place)
        scale = _scale(size, largest, whole=whole)
        return Frame(_opaque(_joined(content, size, scale)), scale, size)
    with naming(place):
        return _decoded(content, place, largest, own=own, whole=whole)


def _decoded(image: Image, place: str, largest: int, *, own: bool, whole: bool) -> Frame:
    full = image.size
    if own and image.format in _REDUCIBLE:
        _draft(image, place, largest)
    declared = image.size
    _refuse_too_large(declared, place, _MOST_PIXELS_OF.get(image.format or "", MOST_PIXELS))
    if image.format == "TIFF":
        _turn(image)  # now, or Pillow looks at the EXIF data while it decodes, and warns of damage
    image.load()  # first: of TIFF, Pillow turns the pixels itself, and forgets the orientation
    if image.size != declared:  # of ICO and turned TIFF, only decoding tells
        _refuse_too_large(image.size, place)
        full = image.size
    turn = _turn(image)
    scale = _scale(image.size, largest, whole=whole)
    pixels = _upright(_opaque(_joined(image, image.size, scale)), turn)
    scale *= round(max(full) / max(image.size))
    return Frame(pixels, scale, full[::-1] if turn in (5, 6, 7, 8) else full)


def _draft(image: Image, place: str, largest: int) -> None:
    """Tell a JPEG decoder to decode to less at once, if that is enough.

    A JPEG in one scan is decoded as it arrives. One in several scans, as progressive ones are, is
    held whole, and each scan goes through all of it, so that a small file can take for ever.

    Raises:
        PictureError: too many pixels, or too many scans.
    """
    width, height = image.size
    scans = _scans(image.fp)  # type: ignore[attr-defined]
    if scans > 1:
        _refuse_too_large(image.size, place)
    if scans * width * height > _MOST_SCANNED:
        raise _error(place, f"{width}×{height} pixels in {scans} scans", "Save it as a plain JPEG.")
    image.draft(None, (largest, largest))


def _scans(file: BinaryIO) -> int:
    """Return the number of scans of a JPEG, that is how often it goes through its pixels."""
    file.seek(0)
    content = file.read(MOST_BYTES)
    at, scans = 2, 0
    while (found := _MARKER.search(content, at)) and (marker := content[found.end() - 1]) != _END:
        scans += marker == _SCAN
        length = int.from_bytes(content[found.end() : found.end() + 2], "big")
        at = found.end() + length
    return scans


def _refuse_too_large(size: tuple[int, int], place: str, most: int = MOST_PIXELS) -> None:
    """Raise `PictureError` unless there are pixels, and not too many."""
    width, height = size
    if width * height == 0:
        raise _error(place, "one without pixels", "Send another picture.")
    found = f"{width}×{height} pixels, "
    if width * height > most:
        raise _error(place, found + f"more than {most:,}", "Send a smaller one.")
    if max(size) > LONGEST_SIDE:
        raise _error(place, found + f"a side longer than {LONGEST_SIDE:,}", "Cut it into pieces.")


def _scale(size: tuple[int, int], largest: int, *, whole: bool) -> float:
    """Return how many pixels in each direction are to become one."""
    scale = max(1, max(size) / largest)
    return math.ceil(scale) if whole else scale


def _joined(content: Image | Array, size: tuple[int, int], scale: float) -> Array:
    """Return float32 from 0 to 1, each pixel the mean of a square of `scale`² old ones.

    Strip by strip, so that of a large picture only the small one exists in floats.
    """
    columns, rows = (_edges(extent, scale) for extent in size)
    limits, white = _limits(content), _white(content)
    at_once = max(1, int(_STRIP / (size[0] * scale)))
    result = None
    for first in range(0, len(rows) - 1, at_once):
        edges = rows[first : first + at_once + 1]
        strip = _strip(content, math.floor(edges[0]), math.ceil(edges[-1]), limits)
        if scale > 1:
            strip = _means(_means(strip, edges - math.floor(edges[0]), 0), columns, 1)
        if result is None:
            result = np.empty((len(rows) - 1, *strip.shape[1:]), np.float32)
        np.divide(strip, white, out=result[first : first + len(strip)], casting="unsafe")
    assert result is not None  # noqa: S101  (there are pixels)
    return np.clip(result, 0, 1, out=result)


def _edges(extent: int, scale: float) -> Array:
    """Return where the new pixels begin and end along a side of `extent` old ones."""
    count = math.ceil(extent / scale - 1e-6)
    edges: Array = np.minimum(np.arange(count + 1) * scale, extent)
    return edges


def _means(pixels: Array, edges: Array, axis: int) -> Array:
    """Return the means between edges along an axis; a pixel that is cut counts in part."""
    first = np.floor(edges[:-1]).astype(int)
    shape = (-1,) + (1,) * (pixels.ndim - 1 - axis)
    means: Array = np.zeros(0)
    for k in range(int((np.ceil(edges[1:]) - first).max())):
        start, end = np.maximum(edges[:-1], first + k), np.minimum(edges[1:], first + k + 1)
        share = (np.maximum(end - start, 0) / np.diff(edges)).astype(np.float32).reshape(shape)
        there = np.minimum(first + k, pixels.shape[axis] - 1)
        part = pixels.take(there, axis=axis) * share
        means = part if k == 0 else np.add(means, part, out=means)
    return means


def _strip(content: Image | Array, top: int, bottom: int, limits: tuple[float, float]) -> Array:
    """Return the rows from `top` to `bottom` as an array of one of the plain kinds."""
    if isinstance(content, np.ndarray):
        return content[top:bottom]
    part = content.crop((0, top, content.width, bottom))
    if part.mode in ("I", "F"):
        return _stretched(np.asarray(part, np.float32), limits)
    return _plain(part)


def _limits(content: Image | Array) -> tuple[float, float]:
    """Return the least and the greatest finite number of an image that may hold any."""
    low, high = math.inf, -math.inf
    if isinstance(content, np.ndarray) or content.mode not in ("I", "F"):
        return 0, 1
    for strip in _strips(content):
        values = strip.astype(np.float32)
        finite = values[np.isfinite(values)]
        low, high = finite.min(initial=low), finite.max(initial=high)
    return float(low), float(high)


def _white(content: Image | Array) -> float:
    """Return the number that stands for white in the strips of a picture.

    Where 16 bits hold nothing above 255, they hold bytes that somebody has widened as they were.
    """
    if isinstance(content, np.ndarray):
        kind, strips = content.dtype.str[1:], iter([content])
    elif content.mode.startswith("I;16"):
        kind, strips = "u2", _strips(content)
    else:
        kind, strips = "f4" if content.mode in ("I", "F") else "u1", iter(())
    if kind == "u2":
        return 255.0 if all(strip.max() <= 255 for strip in strips) else 65535.0  # noqa: PLR2004
    return 255.0 if kind == "u1" else 1.0


def _strips(image: Image) -> Iterator[Array]:
    """Yield the pixels of an image, as many rows at a time as are turned into floats at once."""
    step = max(1, _STRIP // image.width)
    for top in range(0, image.height, step):
        yield np.asarray(image.crop((0, top, image.width, min(top + step, image.height))))


def _turn(image: Image) -> int:
    """Return the orientation that EXIF tells, 1 (upright) to 8."""
    try:
        with without_warnings():
            turn = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001  (damaged EXIF data are no reason to refuse the pixels)
        return 1
    return turn if turn in range(1, 9) else 1


def _plain(image: Image) -> Array:
    """Return the pixels of any kind of image: grey, grey with alpha, RGB, or RGB with alpha."""
    if image.mode.startswith("I;16"):
        return np.asarray(image).astype(np.uint16, copy=False)
    if image.mode == "La":  # Pillow turns it into nothing else
        return np.asarray(image.convert("LA"))
    if "transparency" in image.info or image.mode in ("PA", "RGBa"):
        return np.asarray(image.convert("RGBA"))
    if image.mode in ("1", "L", "LA", "RGB", "RGBA"):
        return np.asarray(image.convert("L") if image.mode == "1" else image)
    return np.asarray(image.convert("RGB"))


def _stretched(values: Array, limits: tuple[float, float]) -> Array:
    """Return numbers between any two limits as from 0 to 1; what is not finite becomes 0."""
    low, high = limits
    finite = np.isfinite(values)
    if low >= 0 and high <= 1:
        return np.where(finite, values, 0)
    scaled = (np.where(finite, values, low).astype(np.float64) - low) / max(high - low, 1e-30)
    return np.clip(scaled, 0, 1).astype(np.float32)


def _refuse_no_picture(values: Array) -> None:
    """Raise `ShapeError` or `InputError` unless an array can be a picture."""
    grey = values.ndim == 2  # noqa: PLR2004
    if not (grey or (values.ndim == 3 and values.shape[2] in (1, 2, 3, 4))) or 0 in values.shape:  # noqa: PLR2004
        raise ShapeError(
            "picture",
            "(height, width), or (height, width, 1 to 4 channels)",
            f"shape {values.shape}",
            "Give one picture at a time.",
        )
    if values.dtype.str[1:] not in ("u1", "u2", "b1"):  # in any order of bytes
        _refuse_outside(values)


def _refuse_outside(values: Array) -> None:
    """Raise `InputError` unless all numbers are floats from 0 to 1, or almost so."""
    if values.dtype.kind != "f":
        raise InputError(
            "picture",
            "uint8, uint16, bool or floats",
            f"an array of {values.dtype}",
            "Bring it from black 0.0 to white 1.0, as by array / 255 for 0 to 255.",
        )
    if not are_shares(values):
        raise InputError(
            "picture",
            "floats from 0 to 1",
            f"{values.min():g} to {values.max():g}",
            "Divide them by the value of white, as array / 255 for 0 to 255.",
        )


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
        paper = _paper_behind(colour, alpha)
        for channel, shade in enumerate(paper):  # in place, and one by one: there may be many
            colour[..., channel] *= alpha[..., 0]
            colour[..., channel] += shade * (1 - alpha[..., 0])
    return np.ascontiguousarray(colour[..., 0] if colour.shape[2] == 1 else colour)


def _paper_behind(colour: Array, alpha: Array) -> Array:
    """Return the colour (channels,) of the paper that shows where a picture is transparent.

    Behind strokes alone it is white or black, whichever is further from them; but if their edges
    are paler or darker than their middle, there is some of the old paper in these.
    """
    if alpha.mean() > 0.5:  # noqa: PLR2004
        every = math.ceil(math.sqrt(alpha.size / _STRIP))  # of a large picture, a part is enough
        colour, there = colour[::every, ::every], alpha[::every, ::every, 0] > 0.5  # noqa: PLR2004
        usual = np.median(colour[there] if there.any() else colour[0], axis=0)
        return usual.astype(np.float32)
    strokes, middle, edge = _brightness_of_strokes(colour, alpha[..., 0])
    paler = edge - middle
    white = paler > 0 if abs(paler) > _FRINGE else strokes < 0.5  # noqa: PLR2004
    return np.full(colour.shape[2], white, np.float32)


def _brightness_of_strokes(colour: Array, alpha: Array) -> tuple[float, float, float]:
    """Return how bright pixels are: all, by alpha; opaque ones without and with others beside them.

    NaN where there are no such pixels. A large picture is gone through in strips.
    """
    sums, counts = np.zeros(3), np.zeros(3)
    high = max(1, _STRIP // colour.shape[1])
    for top in range(0, len(colour), high):
        strip = slice(top, top + high)
        pixels = colour[strip]
        bright = pixels @ _BRIGHTNESS if pixels.shape[2] == 3 else pixels[..., 0]  # noqa: PLR2004
        around = alpha[max(top - 1, 0) : top + high + 1] > 0.5  # noqa: PLR2004
        pads = int(top == 0), int(top + high >= len(colour))
        there = np.pad(around, (pads, (1, 1)))
        opaque = there[1:-1, 1:-1]
        inside = opaque & there[:-2, 1:-1] & there[2:, 1:-1] & there[1:-1, :-2] & there[1:-1, 2:]
        for k, weights in enumerate((alpha[strip] + 1e-6, inside, opaque & ~inside)):
            sums[k] += float((bright * weights).sum())
            counts[k] += float(weights.sum())
    with np.errstate(invalid="ignore"):
        every, middle, edge = (sums / counts).tolist()
    return every, middle, edge


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
