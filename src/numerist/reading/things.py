"""Things that lie on the paper or reach into the picture: a thumb, a coin, a cup, a rubber.

They are broader than any stroke nearby, begin at once, and nothing is written on them: where
strokes lie in a dark part of a picture or lead into it, it is paper in shadow.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.image.paper import darker_than, strength
from numerist.reading.parts import connected_parts
from numerist.reading.sheet import spread
from numerist.reading.windows import closed, mean_around

Array: TypeAlias = npt.NDArray[Any]

_DIM = 0.35  # of white: where most is darker, ink may be lighter than what it is on
_NARROW = 0.2  # of the shorter side: no stroke is wider
_LEAST = 0.05  # of the paper's light; less contrast is not ink
_ABOVE_NOISE = 6.0
_INKED = 0.3  # of the strongest
_SLENDER = 5.0  # radii: strokes' boxes are as long, at least
_LOWEST = 5  # pixels: lower strokes can't be read
_FLAT = 3.0  # times as wide as high: a line
_ACROSS = 0.6  # of the picture: no number is as high
_DIFFERS = 0.2  # of the ink's strength: what may be a thing
_BROADER = 2.0  # times as broad as strokes: a thing
_BROAD = 0.3  # of the writing's height: its radius, at least
_COMPACT = 4.5  # radii: its box is as long, at most, unless it leads to the border
_LARGER = 1.3  # times as long as the highest digit is high: no digit. Of shorter things
_WHOLE = 0.9  # so much is broad,
_CONVEX = 0.93  # that is so much of its convex hull, and
_ROUND = 0.75  # the shorter side of their box is so much of the longer: a zero is narrower
_MOST = 12  # of a kind are looked at, the broadest
_LONG = 0.3  # of its length, at least, is drawn beside it
_CORNER = 5  # pixels: so far discs don't reach into corners
_SHARP = 0.4  # of its rise within a few pixels,
_MOSTLY = 0.8  # of its edge, at least
_EDGE, _BESIDE = 3, 9  # pixels: the edge itself, and what is compared on both sides
_NEAR = 2  # pixels on both sides of its edge: strokes cross it
_GROUND = 4.0  # times half their width: strokes don't fill such a window
_WRITTEN = 0.7  # of the ink's strength, at least: what is so dark
_DIGIT = 0.5  # as many pixels as half a digit has


class _Parts(NamedTuple):
    """Connected parts.

    Attributes:
        numbers: int32 (h, w), of the part that a pixel belongs to, from 1.
        boxes: int32 (parts, 5), as `connected_parts`.
        radius: float32 (parts,), of the largest disc in each, in pixels.
    """

    numbers: Array
    boxes: Array
    radius: Array

    @property
    def length(self) -> Array:
        """About how long each would be as a stroke, in pixels."""
        result: Array = self.boxes[:, 4] / (2 * self.radius)
        return result

    @property
    def side(self) -> Array:
        """The longer side of each box, in pixels."""
        result: Array = self.boxes[:, 2:4].max(axis=1)
        return result


class _Pen(NamedTuple):
    """What a picture is written with.

    Attributes:
        strokes: int32 (h, w), of the stroke that a pixel belongs to, from 1.
        strength: by how much they are darker than paper, as a share of its light.
        thick: half the width of most, in pixels.
        height: of most digits, in pixels.
        tallest: height of the highest digit, by a broader pen, too, in pixels.
        ink: how many pixels of most digits are inked.
    """

    strokes: Array
    strength: float
    thick: float
    height: float
    tallest: float
    ink: float


def find_things(small: Array, paper: Array) -> Array | None:
    """Return which pixels belong to things; None without any.

    Args:
        small: float32 (h, w, channels), 0…1, longer side at most about 320 pixels.
        paper: as it is far around each pixel.

    Returns:
        bool (h, w).
    """
    light = small.mean(axis=2)
    pen = _pen(light) if np.median(light) > _DIM else None
    if pen is None:
        return None
    relative = darker_than(small, paper)
    size, darker = np.abs(relative).max(axis=2), relative.sum(axis=2) > 0
    differs = size > _DIFFERS * pen.strength
    things, paper_too = (np.zeros(size.shape, bool) for _ in range(2))
    for mask in (differs, differs & darker, differs & ~darker):
        parts = _parts(mask)
        broad = np.flatnonzero(_are_broad(parts, pen))
        for k in broad[np.argsort(-parts.radius[broad], kind="stable")][:_MOST]:
            thing = _broad_in(parts.numbers == k + 1, pen.thick)
            known = (thing & (things | paper_too)).any()
            if known or not _is_like_a_thing(thing, parts, int(k), pen, size):
                continue
            if _is_written_on(thing, light, pen):
                paper_too |= thing
            else:
                things |= thing
    return things if things.any() else None


def _pen(light: Array) -> _Pen | None:
    """Return what a picture is written with, however light its paper is; None without strokes.

    Args:
        light: float32 (h, w), 0…1.
    """
    whole = np.rint(255 * light).astype(np.uint8)
    side = 2 * (int(max(_NARROW * min(whole.shape), 9)) // 2) + 1
    paper = closed(whole, side, side).astype(np.float32) / 255
    darker = darker_than(light, paper)
    strong = strength(darker)
    inked = darker > _INKED * strong
    noise = 1.48 * float(np.median(darker[~inked])) if not inked.all() else 0.0
    if strong < max(_LEAST, _ABOVE_NOISE * noise):
        return None
    parts = _parts(inked)
    wide, high = parts.boxes[:, 2], parts.boxes[:, 3]
    slender = (parts.side >= _SLENDER * parts.radius) & (high >= _LOWEST)
    slender &= (wide <= _FLAT * high) & (high <= _ACROSS * whole.shape[0])
    if not slender.any():
        return None
    thick = _middle(parts.radius[slender], parts.length[slender])
    tallest = float(high[slender].max())
    narrow = parts.radius <= _BROADER * thick
    slender &= narrow
    length = parts.length[slender]
    height, ink = (_middle(parts.boxes[slender, k], length) for k in (3, 4))
    strokes = parts.numbers * np.append(False, narrow & (parts.side >= _LOWEST))[parts.numbers]
    strong = float(np.median(darker[strokes > 0]))
    return _Pen(strokes, strong, thick, height, tallest, ink)


def _parts(mask: Array) -> _Parts:
    import cv2  # noqa: PLC0415

    numbers, boxes = connected_parts(mask)
    framed = np.pad(mask, 1).astype(np.uint8)
    away = cv2.distanceTransform(framed, cv2.DIST_L2, 3)[1:-1, 1:-1]
    radius = np.zeros(len(boxes) + 1, np.float32)
    np.maximum.at(radius, numbers.ravel(), away.ravel())
    return _Parts(numbers, boxes, radius[1:])


def _middle(values: Array, weights: Array) -> float:
    """Return the median of values by weight."""
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


def _are_broad(parts: _Parts, pen: _Pen) -> Array:
    """Return which parts are too broad for a pen, and compact or at the picture's border."""
    high, wide = parts.numbers.shape
    left, top = parts.boxes[:, 0], parts.boxes[:, 1]
    right, bottom = left + parts.boxes[:, 2], top + parts.boxes[:, 3]
    leads = (left == 0) | (top == 0) | (right == wide) | (bottom == high)
    broad: Array = parts.radius > max(_BROADER * pen.thick, _BROAD * pen.height)
    broad &= leads | (parts.side < _COMPACT * parts.radius)
    return broad


def _is_like_a_thing(thing: Array, parts: _Parts, k: int, pen: _Pen, size: Array) -> bool:
    """Return whether something is drawn beside it, it is no digit, and it has a sharp edge."""
    beside = np.count_nonzero(pen.strokes[~thing]) / (2 * pen.thick)
    if beside < _LONG * parts.length[k]:
        return False
    if parts.side[k] < _LARGER * pen.tallest:
        alone = np.count_nonzero(thing) > _WHOLE * parts.boxes[k, 4]
        wide, high = parts.boxes[k, 2:4]
        is_round = min(wide, high) > _ROUND * max(wide, high)
        if not (alone and is_round and _is_convex(thing)):  # a digit whose holes ran full
            return False
    return _begins_at_once(thing, size)


def _broad_in(part: Array, thick: float) -> Array:
    """Return what of a part is broader than strokes, bool (h, w)."""
    import cv2  # noqa: PLC0415

    core = cv2.morphologyEx(part.astype(np.uint8), cv2.MORPH_OPEN, _disc(_BROADER * thick))
    broad: Array = part & (cv2.dilate(core, np.ones((_CORNER, _CORNER), np.uint8)) > 0)
    return broad


def _disc(radius: float) -> Array:
    import cv2  # noqa: PLC0415

    side = 2 * int(np.ceil(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))


def _is_convex(thing: Array) -> bool:
    """Return whether a thing fills nearly all of its convex hull."""
    import cv2  # noqa: PLC0415

    if not thing.any():
        return False
    rows, columns = np.nonzero(thing)
    corners = [(columns + x, rows + y) for x in (0, 1) for y in (0, 1)]
    points = np.concatenate([np.stack(corner, axis=1) for corner in corners]).astype(np.int32)
    return len(rows) > _CONVEX * cv2.contourArea(cv2.convexHull(points))


def _begins_at_once(thing: Array, size: Array) -> bool:
    """Return whether a thing differs from paper right from its edge on, nearly all along it.

    Args:
        thing: bool (h, w).
        size: float32 (h, w), how much each pixel differs from paper.
    """
    import cv2  # noqa: PLC0415

    if not thing.any():
        return False
    rise = float(np.median(size[thing]))
    body = thing & (size > rise / 2)  # without its shadow
    mask = body.astype(np.uint8)
    edge = body & (cv2.erode(mask, np.ones((3, 3), np.uint8), borderValue=1) == 0)
    near, far = (
        cv2.dilate(edge.astype(np.uint8), np.ones((n, n), np.uint8)) > 0 for n in (_EDGE, _BESIDE)
    )
    beside = far & ~near
    inside, outside = (mean_around(size, beside & side, _BESIDE)[0] for side in (body, ~body))
    jump = (inside - outside)[edge]
    return bool(jump.size and (jump > _SHARP * rise).mean() > _MOSTLY)


def _is_written_on(thing: Array, light: Array, pen: _Pen) -> bool:
    """Return whether strokes lie in a part of the picture or lead into it."""
    import cv2  # noqa: PLC0415

    room = np.pad(thing, 1).astype(np.uint8)
    room = cv2.morphologyEx(room, cv2.MORPH_CLOSE, _disc(_GROUND * pen.thick))  # over strokes
    inside, outside = (
        cv2.distanceTransform(part, cv2.DIST_L2, 3)[1:-1, 1:-1] for part in (room, 1 - room)
    )
    within, without = (np.unique(pen.strokes[side > _NEAR]) for side in (inside, outside))
    if np.any(np.intersect1d(within, without) > 0):
        return True
    inner = inside > _NEAR
    if not inner.any():
        return False
    alone = spread(light[..., None], inner)[..., 0]
    whole = np.rint(255 * alone).astype(np.uint8)
    window = 2 * int(np.ceil(_GROUND * pen.thick)) + 1
    ground = cv2.medianBlur(whole, window).astype(np.float32) / 255
    dark = (ground - alone > _WRITTEN * pen.strength * ground) & inner
    return bool(np.count_nonzero(dark) >= _DIGIT * pen.ink)
