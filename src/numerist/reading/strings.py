"""Made numbers: single digits set side by side into pictures, with what they say.

To measure a reader, and to calibrate it: real pictures of numbers are few, MNIST's digits are many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.checks import finite
from numerist.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numerist.data import Dataset

Array: TypeAlias = npt.NDArray[Any]

GAPS = {
    "wide": (5.0, 14.0),
    "close": (1.0, 5.0),
    "touching": (0.0, 0.0),
    "overlapping": (-4.0, -1.0),
}
"""From box to box of neighbouring digits, in pixels where digits are 28 pixels high."""

PAPERS = ("clean", "photo", "worn")
_UNIT = 28  # the height that gaps are measured at
_DIGIT = 20  # pixels: a digit's height as it comes
_INK = 0.3  # of full ink: where a digit's box ends
_THIN = 0.4  # of the worn
_SHADOWS = 0.5  # of the photos
_MARGIN = 0.6  # of the height, around the number
_HEIGHTS = 0.5, 1.5  # of the usual height, of the digits of an uneven number
_STANDS = -0.3, 1.0  # where an uneven digit stands: -1 hangs from the top, 1 stands on the line


@dataclass(frozen=True, slots=True)
class Placed:
    """A digit where it stands in a picture.

    Attributes:
        label: which one it is.
        left, top: of its ink, in pixels.
        ink: float32 (h, w), 0…1.
    """

    label: int
    left: int
    top: int
    ink: Array


@dataclass(frozen=True, slots=True)
class Made:
    """A picture of a number, and what it says.

    Attributes:
        picture: uint8 (h, w) grey or (h, w, 3) RGB, dark on light.
        text: its digits.
        digits: where they stand, from left to right, where that is known.
    """

    picture: Array
    text: str
    digits: tuple[Placed, ...] = ()


def make_number(
    digits: Dataset,
    length: int,
    rng: np.random.Generator,
    *,
    gap: str = "wide",
    paper: str = "clean",
    height: tuple[float, float] = (20.0, 60.0),
    uneven: float = 0.0,
) -> Made:
    """Return a picture of a number, made of single digits at random.

    Args:
        digits: to take them from; images (n, 28, 28), labels 0…9.
        length: how many digits.
        rng: of all that is random: digits, size, gaps, slant, drift of the baseline, paper.
        gap: one of `GAPS`.
        paper: "clean"; "photo": uneven light, texture, noise, blur, a pen of some colour, JPEG; or
            "worn": a photo of strokes that are pale in places, or thin.
        height: the digits' mean height lies between these, in pixels.
        uneven: how much the digits of one number differ in height, beyond the little that all do:
            standard deviation of the logarithm. Small ones stand on the line or hang above it.

    Raises:
        InputError: a length below 1, a gap or paper that there is not, or `uneven` below 0.
    """
    if length < 1:
        raise InputError("length", "at least 1", str(length), "Try 6.")
    chosen = rng.integers(len(digits), size=length)
    images, labels = list(digits.images[chosen]), digits.labels[chosen].tolist()
    return make_row(images, labels, rng, gap=gap, paper=paper, height=height, uneven=uneven)


def make_row(
    images: Sequence[Array],
    labels: Sequence[int],
    rng: np.random.Generator,
    *,
    gap: str = "wide",
    paper: str = "clean",
    height: tuple[float, float] = (20.0, 60.0),
    uneven: float = 0.0,
    lower: Sequence[float] | None = None,
) -> Made:
    """Return a picture of a row of digits, or of whatever else stands in rows, in this order.

    Args:
        images: of each, float (h, w), 0…1, ink 1; a digit is 20 pixels high, as MNIST's.
        labels: of each; the text is made of them.
        rng: of all else that is random.
        gap: one of `GAPS`.
        paper: one of `PAPERS`.
        height: as for `make_number`.
        uneven: as for `make_number`.
        lower: of each, how far its middle is below that of the digits, in pixels beside digits of
            20; none is if it is left out.

    Raises:
        InputError: a gap or paper that there is not, `uneven` below 0, or `lower` not of each.
    """
    if gap not in GAPS or paper not in PAPERS:
        raise InputError(
            "gap, paper", f"one of {', '.join(GAPS)}; one of {', '.join(PAPERS)}",
            f"{gap}, {paper}", "Name one of each.",
        )  # fmt: skip
    if not finite("uneven", uneven) >= 0:
        raise InputError("uneven", "at least 0", str(uneven), "Try 0.2.")
    if lower is not None and len(lower) != len(images):
        raise InputError(
            "lower", f"{len(images)}, one of each", str(len(lower)), "Give 0 for most."
        )
    size = rng.uniform(*height)
    sizes = size * _shares(len(images), uneven, rng)
    below = np.zeros(len(images)) if lower is None else np.asarray(lower) * sizes / _DIGIT
    placed = _in_a_row(images, labels, sizes, GAPS[gap], rng, below=below)
    ink = _together(placed, round(_MARGIN * size))
    if paper == "worn":
        ink = _worn(ink, size, rng)
    picture = 255 * (1 - ink) if paper == "clean" else _on_paper(ink, rng)
    text = "".join(map(str, labels))
    return Made(np.rint(np.clip(picture, 0, 255)).astype(np.uint8), text, tuple(placed))


def _in_a_row(
    images: Sequence[Array],
    labels: Sequence[int],
    sizes: Array,
    gap: tuple[float, float],
    rng: Any,
    *,
    below: Array,
) -> list[Placed]:
    """Return the digits side by side, each of its size, with a margin around them all."""
    size = float(np.median(sizes))
    slant, drift = rng.normal(0, 0.08), rng.normal(0, 0.03)
    drawn = [
        _scaled(_cut_out(image), own * rng.uniform(0.92, 1.08), slant)
        for image, own in zip(images, sizes, strict=True)
    ]
    right = 0.0
    lefts: list[int] = []
    tops: list[int] = []
    for ink, own, down in zip(drawn, sizes, below, strict=True):
        left = right + (rng.uniform(*gap) * size / _UNIT if lefts else 0)
        lefts.append(max(0, round(left)))
        middle = drift * lefts[-1] + rng.normal(0, 0.03) * size
        if own != size:
            middle += rng.uniform(*_STANDS) * (size - own) / 2
        tops.append(round(middle + down - ink.shape[0] / 2))
        right = lefts[-1] + ink.shape[1]
    margin = round(_MARGIN * size)
    return [
        Placed(label, left + margin, top - min(tops) + margin, ink)
        for label, left, top, ink in zip(labels, lefts, tops, drawn, strict=True)
    ]


def _shares(count: int, uneven: float, rng: Any) -> Array:
    """Return how high each digit is, as a share of the usual height."""
    if not uneven:
        return np.ones(count)
    result: Array = np.clip(np.exp(rng.normal(0, uneven, count)), *_HEIGHTS)
    return result


def _together(digits: list[Placed], margin: int) -> Array:
    """Return the ink of all digits, (h, w), 0…1, with a margin at the right and below."""
    height = max(digit.top + digit.ink.shape[0] for digit in digits) + margin
    width = max(digit.left + digit.ink.shape[1] for digit in digits) + margin
    result = np.zeros((height, width), np.float32)
    for digit in digits:
        high, wide = digit.ink.shape
        part = result[digit.top : digit.top + high, digit.left : digit.left + wide]
        np.maximum(part, digit.ink, out=part)
    return result


def _cut_out(image: Array) -> Array:
    inked = image >= _INK
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _scaled(ink: Array, size: float, slant: float) -> Array:
    """Return ink of one digit at a size (MNIST's longer side is 20), slanted, cut to its box."""
    import cv2  # noqa: PLC0415

    scale = size / _DIGIT
    larger = max(scale, 1.0)  # it leans at full size or larger, and is made smaller after that
    height, width = ink.shape
    offset = (larger - 1) / 2
    lean = slant * larger
    matrix = np.array([[larger, -lean, max(lean, 0) * height + offset], [0, larger, offset]])
    room = (round(width * larger + abs(lean) * height) + 1, max(2, round(height * larger)))
    result = cv2.warpAffine(ink, matrix.astype(np.float32), room, flags=cv2.INTER_CUBIC)
    if scale < 1:
        smaller = (max(1, round(room[0] * scale)), max(2, round(room[1] * scale)))
        result = cv2.resize(result, smaller, interpolation=cv2.INTER_AREA)
    result = np.clip(result, 0, 1)
    return _cut_out(result) if result.max() >= _INK else result


def _worn(ink: Array, size: float, rng: Any) -> Array:
    """Return the ink as of a pen that presses unevenly, and is thinner at times."""
    import cv2  # noqa: PLC0415

    if rng.random() < _THIN:
        ink = cv2.erode(ink, np.ones((2, 2), np.uint8)) if size > _UNIT else ink**2
    spread = size * rng.uniform(0.06, 0.25)
    press = cv2.GaussianBlur(rng.normal(0, 1, ink.shape), (0, 0), spread)
    pale = rng.uniform(0.1, 0.5) * press / max(float(press.std()), 1e-6)
    result: Array = ink * np.clip(1 - np.maximum(pale, 0), 0.15, 1)
    return result.astype(np.float32)


def _on_paper(ink: Array, rng: Any) -> Array:
    """Return the ink as a photo: (h, w, 3), 0…255."""
    import cv2  # noqa: PLC0415

    height, width = ink.shape
    turn = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    along = x * np.cos(turn) + y * np.sin(turn)
    light = 1 - rng.uniform(0, 0.25) * (along + 1) / 2
    if rng.random() < _SHADOWS:  # the soft edge of a shadow
        light -= rng.uniform(0.05, 0.3) / (1 + np.exp(-(along - rng.uniform(-0.7, 0.7)) / 0.15))
    grain = cv2.GaussianBlur(rng.normal(0, 1, (height, width)), (0, 0), rng.uniform(0.6, 2.5))
    paper = rng.uniform(0.75, 0.98, 3) * rng.uniform(0.8, 1)
    pen = rng.uniform(0.02, 0.35, 3) * paper
    colour = paper + (pen - paper) * ink[..., None]
    colour = colour * light[..., None] + rng.uniform(0.002, 0.02) * grain[..., None] / grain.std()
    blurred = cv2.GaussianBlur(colour, (0, 0), rng.uniform(0.2, 0.9) * max(1.0, height / 80))
    noisy = 255 * (blurred + rng.normal(0, rng.uniform(0.002, 0.02), blurred.shape))
    pixels = np.rint(np.clip(noisy, 0, 255)).astype(np.uint8)
    quality = [int(cv2.IMWRITE_JPEG_QUALITY), int(rng.integers(50, 95))]
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", pixels, quality)[1], cv2.IMREAD_COLOR))
