"""THE normaliser: from any picture of one digit to 28×28, as MNIST's makers made theirs.

`docs/normaliser.md` describes each step, so that it can be repeated in another language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.errors import InputError, ShapeError
from numerist.image.ink import find_ink
from numerist.image.picture import open_picture
from numerist.image.resample import between, footprints

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numerist.image.picture import Picture

Array: TypeAlias = npt.NDArray[Any]
Floats: TypeAlias = npt.NDArray[np.float32]

NORMALISER_VERSION = "3"

SIDE = 28  # pixels of a normalised image
BOX = 20  # pixels of the digit's longer side in it
_PLACES = np.arange(SIDE, dtype=np.float64)
_EDGE = 0.5  # of full ink: where a stroke ends
_RIDGE = 16  # that many pixels of a digit at least are the middle of a stroke
_LEAST = 0.02  # of full ink: less is paper
_PAPER = 2 / 3  # of full ink, on average: it is light paper
_INKY = 0.9  # the darkest pixel of an image that is normalised already
_THIN = 1.6  # normalised pixels: thinner strokes are broadened
_CLOSE = 0.8  # old pixels: normalised ones that lie closer are found by cubic convolution


def normalise(picture: Picture) -> Floats:
    """Return the digit in a picture as the network sees it.

    Args:
        picture: anything that `open_picture` opens, with one digit: of any size and colour, dark
            on light or light on dark.

    Returns:
        float32 (28, 28), paper 0.0 and ink 1.0. The digit's longer side has 20 pixels and its
        centre of mass lies in the middle. All zeros if there is no ink. What is normalised
        already, as MNIST's own images, comes back as it is.

    Raises:
        PictureError, InputError, ShapeError: as `open_picture`.

    >>> paper = np.full((100, 60), 200, np.uint8)
    >>> paper[20:70, 25:33] = 40
    >>> seen = normalise(paper)
    >>> seen.shape, float(seen.max()), (seen > 0.5).sum(axis=0).max()
    ((28, 28), 1.0, np.int64(20))
    >>> normalise(paper[:, :20]).max()
    np.float32(0.0)
    """
    pixels = open_picture(picture)
    if pixels.shape == (SIDE, SIDE):
        for ink in (pixels, 1 - pixels):
            if is_normalised(ink):
                return ink
    return normalise_ink(find_ink(pixels))


def normalise_all(pictures: Iterable[Picture]) -> Floats:
    """Return several pictures normalised, float32 (n, 28, 28); see `normalise`."""
    images = [normalise(picture) for picture in pictures]
    return np.stack(images) if images else np.zeros((0, SIDE, SIDE), np.float32)


def dark_on_light(images: Floats) -> Floats:
    """Return images of ink, (n, 28, 28), those normalised that can only be dark on light paper.

    No digit inks two thirds of its picture: where so much is light, it is the paper.

    >>> paper = np.full((1, 28, 28), 0.9, np.float32)
    >>> paper[0, 4:24, 13:16] = 0.1
    >>> ink = dark_on_light(paper)
    >>> bool(ink[0, 14, 14] == 1), bool(ink.mean() < 0.2), dark_on_light(ink) is ink
    (True, True, True)
    """
    light = np.flatnonzero(images.mean(axis=(1, 2)) > _PAPER)
    if len(light):
        images = images.copy()
        images[light] = normalise_all(list(images[light]))
    return images


def is_normalised(ink: Array) -> bool:
    """Return whether a (28, 28) map of ink, 0…1, is just as `normalise` would leave it.

    >>> is_normalised(np.zeros((28, 28)))
    False
    """
    rows, columns = ink.max(axis=1) > 0, ink.max(axis=0) > 0
    if not rows.any() or ink.max() < _INKY or max(_extent(rows), _extent(columns)) != BOX:
        return False
    return all(_shift(ink.sum(axis=axis, dtype=np.float64)) == 0 for axis in (0, 1))


def normalise_ink(ink: Array) -> Floats:
    """Return a digit as the network sees it, where its ink is known already.

    Args:
        ink: floats (h, w), paper 0.0 and the middle of strokes 1.0.

    Returns:
        float32 (28, 28), as `normalise`.

    Raises:
        ShapeError: not (h, w).
        InputError: anything but numbers from 0 to 1.

    >>> normalise_ink(np.eye(50)).shape
    (28, 28)
    """
    _refuse_unfit(ink)
    top, bottom = _ends(ink.max(axis=1))
    left, right = _ends(ink.max(axis=0))
    longest = max(bottom - top, right - left)
    if longest <= 0:
        return np.zeros((SIDE, SIDE), np.float32)
    broad = min(max(1 + _THIN - stroke_width(ink) * BOX / longest, 1.0), _THIN)
    step = longest / (BOX + 1 - broad)
    window = max(step * broad, 1.0)
    lines = []
    for low, high, size in ((top, bottom, ink.shape[0]), (left, right, ink.shape[1])):
        start = (low + high - SIDE * step) / 2
        if step < _CLOSE and window == 1:
            lines.append(between(start, step, SIDE, size))
        else:
            lines.append(footprints(start, step, window, SIDE, size))
    image = lines[0] @ ink.astype(np.float64) @ lines[1].T
    ridge = max(
        float(np.partition(image, -_RIDGE, axis=None)[-_RIDGE]), _LEAST
    )  # of a speck: no ink there
    image = np.minimum(image / ridge, 1)
    image[image < _LEAST] = 0
    return _centred(image)


def stroke_width(ink: Array) -> float:
    """Return about how wide the strokes are, in pixels: twice their area by their outline.

    >>> bar = np.zeros((60, 60))
    >>> bar[5:55, 20:24] = 1
    >>> round(stroke_width(bar), 1)
    3.7
    """
    inside = ink >= 0.5  # noqa: PLR2004
    return 2 * float(np.count_nonzero(inside)) / _outline(inside)


def _outline(inside: Array) -> float:
    """Return the length of the outline in steps between pixels, at least 1."""
    total = 0.0
    for lines in (inside, inside.T):
        total += float(np.count_nonzero(lines[1:] != lines[:-1]))
        total += float(np.count_nonzero(lines[0])) + float(np.count_nonzero(lines[-1]))
    return max(total, 1.0)


def _refuse_unfit(ink: Array) -> None:
    if ink.ndim != 2 or ink.size == 0:  # noqa: PLR2004
        raise ShapeError("ink", "(height, width)", f"shape {ink.shape}", "Give one digit.")
    if ink.dtype.kind not in "fb" or not (ink.min() >= 0 and ink.max() <= 1):
        raise InputError(
            "ink",
            "numbers from paper 0.0 to ink 1.0",
            f"{ink.dtype} from {ink.min()} to {ink.max()}",
            "Use normalise for a picture as it was taken.",
        )


def _ends(profile: Array) -> tuple[float, float]:
    """Return where ink begins and ends in a profile of maxima, to a fraction of a pixel.

    A pixel that an edge runs through is ink by the share that lies on the edge's inner side.
    """
    inside = np.flatnonzero(profile >= _EDGE)
    if not inside.size:
        return 0.0, 0.0
    padded = np.concatenate([[0.0], profile.astype(np.float64), [0.0]])
    first, last = int(inside[0]), int(inside[-1])
    begin = first + 1 - padded[first + 1] - padded[first]
    end = last + padded[last + 1] + padded[last + 2]
    return float(begin), float(end)


def _centred(image: Array) -> Array:
    """Return the image moved by whole pixels: centre of mass at pixel 14, nothing cut off."""
    before, after = [], []
    for axis in (0, 1):
        mass = image.sum(axis=1 - axis, dtype=np.float64)
        inked = np.flatnonzero(mass)
        shift = min(max(_shift(mass), -int(inked[0])), SIDE - 1 - int(inked[-1]))
        before.append(slice(max(-shift, 0), SIDE - max(shift, 0)))
        after.append(slice(max(shift, 0), SIDE - max(-shift, 0)))
    moved = np.zeros((SIDE, SIDE), np.float32)
    moved[tuple(after)] = image[tuple(before)]
    return moved


def _shift(mass: Array) -> int:
    """Return by how many pixels the centre of mass is to move along an axis, (28,) along it.

    Of two places that are as good, the one further right or down, whatever the last bit says.
    """
    centre = float(mass @ _PLACES) / float(mass.sum())
    return int(np.floor(SIDE / 2 - centre + 0.5 + 1e-6))


def _extent(inked: Array) -> int:
    places = np.flatnonzero(inked)
    return int(places[-1] - places[0]) + 1
