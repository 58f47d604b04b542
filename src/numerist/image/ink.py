"""Which ink in a picture is the digit: its pieces together, without specks, lines and shadows."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.image.frame import without_frame
from numerist.image.lines import printed_lines
from numerist.image.paper import darkening, strength
from numerist.image.resample import shrink

Array: TypeAlias = npt.NDArray[Any]

_LEAST = 0.05  # of the paper's light; less contrast is not ink
_ABOVE_NOISE = 6.0
_INK = 0.4  # of the ink's strength: surely part of a stroke
_FAINT = 0.22  # of the ink's strength: part of a stroke if connected to what surely is
_FAINTEST = 0.4  # of the usual ink's strength: fainter strokes stay fainter
_SURE = 5.0  # times the noise
_LOOKS = 3
_FROM_AFAR = 256  # pixels of the longer side
_LARGE = 0.4  # of the picture: a digit that large needs no closer look
_ENOUGH = 128  # pixels of a digit: more are of no use for the 20 to come, and slower,
_DIGIT = 80  # so that it is looked at again at this size
_SPECK = 0.08  # of the digit's size
_NEAR = 0.1  # of the digit's size
_DOT = 10.0  # pixels: smaller blobs may be anything
_ROUND = 1.3  # times as long as wide is about round
_SOLID = 0.7  # of its box; of a disc it is π/4
_SMALLER = 1.5  # times as large as a blob is something else, in whose favour it is left out


Box: TypeAlias = tuple[int, int, int, int]  # left, top, right, bottom


def find_ink(picture: Array) -> Array:
    """Return the ink of the one digit in a picture, cut out with some paper around it.

    A large picture is looked at from afar first, then again where the digit is. A frame is cut
    off, unless nothing lies within it: then it was a digit.

    Args:
        picture: float32 (h, w) or (h, w, 3), 0…1.

    Returns:
        float32 (h', w'), paper exactly 0.0 and the middle of strokes 1.0; all 0.0 without ink.
    """
    inside = without_frame(picture)
    ink = _closer(inside)
    return ink if inside is picture or ink.any() else _closer(picture)


def _closer(picture: Array) -> Array:
    """Return the ink, after as many looks as it takes to come close to the digit."""
    seen = look(shrink(picture, _FROM_AFAR))
    for _ in range(_LOOKS):
        if seen.box is None:
            break
        longest, size = max(seen.digit.shape), _longest(seen.box)
        if size < _LARGE * longest:
            picture = _cut_out(picture, seen.box, max(picture.shape[:2]) / longest)
            closer = look(shrink(picture, _FROM_AFAR))
        elif size > _ENOUGH:
            closer = look(shrink(picture, longest * _DIGIT // size))
        else:
            break
        if closer.box is None:
            break
        seen = closer
    return stretched(seen)


def _cut_out(picture: Array, box: Box, scale: float) -> Array:
    """Return the part of a picture around a box that was found in it when it was smaller."""
    left, top, right, bottom = box
    margin = max(0.5 * max(right - left, bottom - top), 6.0)
    rows = slice(max(0, int((top - margin) * scale)), int((bottom + margin) * scale) + 1)
    columns = slice(max(0, int((left - margin) * scale)), int((right + margin) * scale) + 1)
    return picture[rows, columns]


class Seen(NamedTuple):
    """What was found in a picture.

    Attributes:
        difference: from the paper, float32 (h, w); 0.0 for ink that is not the digit's.
        noise: the standard deviation of it on paper.
        digit: bool (h, w), the pixels of the digit.
        box: in whole pixels; None if there is no digit.
    """

    difference: Array
    noise: float
    digit: Array
    box: Box | None


def look(picture: Array) -> Seen:
    """Return where the digit is in a picture, at the picture's own size.

    Args:
        picture: float32 (h, w) or (h, w, 3), 0…1.
    """
    difference, noise = darkening(picture)
    strong, inked = _inked(difference, noise)
    lines = printed_lines(inked)
    if lines.any():
        difference = _without_lines(difference, inked, lines)
        strong, inked = _inked(difference, noise)
    surely = inked & (difference >= _INK * strong)
    if strong < max(_LEAST, _ABOVE_NOISE * noise) or not surely.any():
        return Seen(difference, noise, np.zeros_like(inked), None)
    pieces, stats = _pieces(inked, surely)
    kept = digit_pieces(stats, difference.shape)
    digit = np.concatenate([[False], kept])[pieces]
    boxes = stats[kept]
    left, top = boxes[:, :2].min(axis=0).tolist()
    right, bottom = (boxes[:, :2] + boxes[:, 2:4]).max(axis=0).tolist()
    difference = np.where(inked & ~digit, np.float32(0), difference)
    return Seen(difference, noise, digit, (left, top, right, bottom))


def _inked(difference: Array, noise: float) -> tuple[float, Array]:
    strong = strength(difference)
    return strong, difference > max(_FAINT * strong, _SURE * noise)


def _without_lines(difference: Array, inked: Array, lines: Array) -> Array:
    """Return the difference from the paper without lines and their soft edges."""
    import cv2  # noqa: PLC0415

    near = cv2.dilate(lines.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return np.where(near & ~(inked & ~lines), np.float32(0), difference)


def _longest(box: Box) -> int:
    return max(box[2] - box[0], box[3] - box[1])


def _pieces(inked: Array, surely: Array) -> tuple[Array, Array]:
    """Return the number of the piece of each pixel (0: none), and the pieces as `digit_pieces`.

    Each piece is connected, and some of it is surely ink: the rest of a stroke may be fainter.
    """
    import cv2  # noqa: PLC0415

    count, numbers, stats, _ = cv2.connectedComponentsWithStats(
        inked.astype(np.uint8), connectivity=8
    )
    sure = np.zeros(count, bool)
    sure[numbers[surely & inked]] = True
    sure[0] = False
    renumbered = np.cumsum(sure) * sure
    return renumbered[numbers], stats[sure]


def stretched(seen: Seen) -> Array:
    """Return the ink with paper at 0.0 and the middle of strokes at 1.0, near the digit only.

    Where a stroke is fainter than others, it is stretched more: full ink is the strongest in the
    neighbourhood, but not below a share of the whole digit's.

    Returns:
        float32 (h, w).
    """
    import cv2  # noqa: PLC0415

    if seen.box is None:
        return np.zeros_like(seen.difference)
    size = _longest(seen.box)
    usual = np.quantile(seen.difference[seen.digit], 0.75).astype(np.float32)
    full = np.where(seen.digit, seen.difference, np.float32(0))
    reach = 2 * max(size // 14, min(size // 6, 3)) + 1
    full = cv2.dilate(full, np.ones((reach, reach), np.uint8))
    full = cv2.blur(full, (reach, reach), borderType=cv2.BORDER_REPLICATE)
    full = np.clip(full, _FAINTEST * usual, usual)
    floor = min(np.float32(3 * seen.noise), np.float32(0.15) * usual)
    edge = 2 * (1 + size // 40) + 1
    near = cv2.dilate(seen.digit.astype(np.uint8), np.ones((edge, edge), np.uint8))
    ink: Array = np.clip((seen.difference - floor) / (full - floor), 0, 1) * near
    return ink.astype(np.float32)


def digit_pieces(stats: Array, shape: tuple[int, int]) -> Array:
    """Return which connected pieces of ink make the digit.

    Args:
        stats: a row a piece: left, top, width, height, pixels.
        shape: height and width of the picture.

    Returns:
        bool (pieces,), at least one of them true.
    """
    left, top, width, height, pixels = stats.T.astype(np.float64)
    size = np.maximum(width, height)
    free = ~_at_the_edge(stats, shape)
    if not free.any():
        free[:] = True
    blob = _blobs(size, np.minimum(width, height), pixels) & free
    if not (free & ~blob & (size >= _SMALLER * size[blob].max(initial=0))).any():
        blob[:] = False
    worth = np.where(free & ~blob, pixels, 0.0)
    main = int(worth.argmax())
    kept = np.zeros(len(stats), bool)
    kept[main] = True
    box = np.array([left[main], top[main], left[main] + width[main], top[main] + height[main]])
    while True:
        whole = max(box[2] - box[0], box[3] - box[1])
        across = np.maximum(np.maximum(box[0] - left - width, left - box[2]), 0)
        down = np.maximum(np.maximum(box[1] - top - height, top - box[3]), 0)
        gap = np.hypot(across, down)
        large = (pixels >= 0.3 * pixels[main]) & ~blob
        near = (size >= _SPECK * whole) & (gap <= _NEAR * whole + 0.5 * size * ~blob)
        new = free & ~kept & (large | near)
        if not new.any():
            return kept
        kept |= new
        box[:2] = np.minimum(box[:2], [left[new].min(), top[new].min()])
        box[2:] = np.maximum(box[2:], [(left + width)[new].max(), (top + height)[new].max()])


def _blobs(size: Array, thick: Array, pixels: Array) -> Array:
    """Return which pieces are as punched holes or buttons: solid, round or square."""
    return (size >= _DOT) & (size <= _ROUND * thick) & (pixels >= _SOLID * size * thick)


def _at_the_edge(stats: Array, shape: tuple[int, int]) -> Array:
    """Return which pieces are lines, frames or shadows that come in from the edges.

    These run from one side to the opposite side, while all other ink keeps away from both; or they
    are slivers along one side.
    """
    left, top, width, height = stats[:, :4].T
    result = np.zeros(len(stats), bool)
    for begin, size, depth, across in (
        (left, width, height, shape[::-1]),
        (top, height, width, shape),
    ):
        long, deep = across
        through = (begin == 0) & (begin + size == long) & (depth < 0.3 * deep)
        margin = 0.04 * long
        away = (begin >= margin) & (begin + size <= long - margin)
        if (through | away).all() and away.any():
            result |= through
        result |= ((begin == 0) | (begin + size == long)) & (size < 0.06 * long)
    return result
