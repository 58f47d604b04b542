"""The ink of a page: how strongly each pixel is inked, and which pixels are strokes."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.image.paper import darker_than, strength
from numerist.image.resample import shrink
from numerist.reading.afar import Afar, from_afar, median
from numerist.reading.windows import closed

Array: TypeAlias = npt.NDArray[Any]

_LEAST = 0.05  # of the paper's light; less contrast is not ink
_ABOVE_NOISE = 6.0
_SURE = 4.0  # times the noise
_INK = 0.45  # of the ink's strength nearby: surely part of a stroke
_FAINT = 0.3  # of it: part of a stroke if connected to what surely is
_PALEST = 0.2  # of it: no ink
_FULL = 0.9  # of it: all ink
_FAINTEST = 0.3  # of the page's strongest ink: what is fainter is measured by that
_NEARBY = 24  # parts of the page's longer side
_BLOCKS = 16  # blocks across such a part: ink nearby needs no more of them
_FROM_AFAR = 320  # pixels of the longer side: paper needs no more of them
_COARSE = 600  # pixels of the longer side: enough for shares of the picture
_WINDOW = 9  # parts of the longer side: paper is alike within one
_SMALL = 256  # pixels of the shorter side: a few digits may fill the picture
_BLOT = 0.18  # of the shorter side: no pen is as thick
_BROAD = 0.02  # of the shorter side: only in close-ups strokes are as thick,
_HARDLY = 0.005  # no more than that of them is lighter than paper,
_FOUND = 0.8  # and if so much of their ink is found in a narrower window, that is wide enough
_THICK = 0.08  # of the shorter side, and
_THICKER = 2.2  # times as thick as most: this may be the edge of a shadow,
_MANY = 0.08  # of the picture, lighter than paper where ink is darker: so may this be,
_THINNER = 0.6  # if strokes are thinner than this share of it without that,
_NARROWER, _FAR_THINNER = 0.03, 0.35  # or, where it is only so thick, than this
_LEADS = 0.01  # of a small picture's border is inked: this may be the edge of a shadow, too,
_KEPT = 0.8  # if so much of all other ink is there without it,
_BESIDE = (2, 5)  # and so many pixels beside it
_DARKER = 0.88  # the darker paper is so much of the lighter
_PIECES = 20  # that lead to the border are looked at
_WIDEST = 0.2  # of the shorter side: no stroke is wider, and no shadow narrower
_MUCH = 0.15  # of a picture: more is hardly writing
_LEAST_LINE = 8  # pixels
_BLURS = (0.0, 1.0, 1.7)  # pixels, one after the other
_HALVES = 2  # parts of the longer side: writing hardly fills one
_MOST_PAPER = (0.02, 0.98)  # between these shares of all paper
_EVEN = 0.98  # the darkest is so much of the lightest
_LINES = 2.4  # that a picture shows
_FURTHER = 30  # of its height writing seen from further off is blurred,
_LEAST_BLUR, _MOST_BLUR = 0.5, 30.0  # in pixels: so much at least and at most; more takes long
_COLOURFUL, _DRAWN = 0.2, 0.005  # of the light, off the paper's colour; of the picture
_OUTSIDE = -1.0  # what lies around a sheet: neither ink nor paper
_BARE = 0.3  # of the ink's strength: what differs less is paper
_DARKEST = 0.1  # paper darker than this is not made up for, its noise would be
_STRONG = 0.5  # of the strongest difference: what shows the ink's colour


class Ink(NamedTuple):
    """What is drawn on a page.

    Attributes:
        level: float32 (h, w), paper 0.0 and the middle of strokes 1.0.
        strokes: bool (h, w), what belongs to a stroke.
        depth: float32 (h, w), how much it differs from paper: the page's strongest ink 1.0.
    """

    level: Array
    strokes: Array
    depth: Array


def page_ink(picture: Array) -> Ink:
    """Return the ink of a page, whatever its light and its pens.

    In small pictures and close-ups a few thick digits may fill everything, so paper is first looked
    for far around each pixel; if that leaves blots, thicker than any pen, they are shadows, and
    paper is looked for closer by. If blots are still left, or nothing at all, a shadow with a sharp
    edge, or the edge of the paper, may lie across the picture, where no window holds one kind of
    paper only; and so it may where, in a small picture, something leads to the border.

    Args:
        picture: float32 (h, w) or (h, w, 3), 0…1.
    """
    longest, shortest = max(picture.shape[:2]), min(picture.shape[:2])
    afar = from_afar(picture)
    near = longest / _WINDOW
    far = max(near, shortest / (1 if shortest <= _SMALL else 4))
    if far < shortest / 2 and _is_close_up(picture, afar, far / longest):
        far = shortest
    difference = from_paper(picture, afar, far / longest)
    ink = _ink(difference)
    thickest, usual = _thickness(ink.strokes)
    against = _against(difference)
    if far > near and thickest > _BLOT * shortest:
        difference = from_paper(picture, afar, near / longest)
        against = max(against, _against(difference))
        ink = _ink(difference)
        thickest, usual = _thickness(ink.strokes)
    blotted = not thickest or thickest > max(_THICK * shortest, _THICKER * usual)
    edged = afar.sheet is None and thickest > max(_NARROWER * shortest, _THICKER * usual)
    if blotted or edged or against > _MANY:
        other = _by_nearest_paper(picture, difference)
        thinner = _thickness(other.strokes)[0]
        share = _THINNER if blotted else _FAR_THINNER if against <= _MANY else 1
        if thinner > 0 and (not thickest or thinner <= share * thickest):
            return other
    if blotted or against > _MANY:
        return ink
    if longest <= _COARSE and _at_border(ink.strokes) > _LEADS:
        other = _by_nearest_paper(picture, difference)
        if _lacks_edges_alone(other.strokes, ink.strokes, picture):
            return other
    return ink


def is_evenly_lit(picture: Array) -> bool:
    """Return whether paper is about as light everywhere in a picture.

    Args:
        picture: as `page_ink`.
    """
    small = np.atleast_3d(shrink(picture, _FROM_AFAR))
    paper = median(small, 2 * (max(small.shape[:2]) // _HALVES // 2) + 3).mean(axis=2)
    dark, light = np.quantile(paper, _MOST_PAPER)
    return bool(dark > _EVEN * light)


def ink_close_by(picture: Array) -> Ink:
    """Return the ink of a page by the paper right beside each pixel.

    It follows a lamp's glare and the edges of shadows, in which `page_ink` may lose strokes;
    strokes that nearly fill a picture are lost to it.

    Args:
        picture: as `page_ink`.
    """
    afar = from_afar(picture)
    lighter = _towards_ink(darker_than(afar.small, afar.paper(1 / _WINDOW))).sum() < 0
    nearest = from_nearest_paper(1 - picture if lighter else picture)
    return _ink(_on_paper(nearest, afar))


def ink_from_further_off(picture: Array, height: float) -> Ink:
    """Return the ink of a page as if seen from further off, where chalk and grains make strokes.

    Args:
        picture: as `page_ink`.
        height: of the writing, in pixels; 0.0 if it is not known: as of a line or two.
    """
    import cv2  # noqa: PLC0415

    height = height or min(picture.shape[:2]) / _LINES
    blur = min(max(height / _FURTHER, _LEAST_BLUR), _MOST_BLUR)
    alone = _paper_alone(picture)
    ink = page_ink(cv2.GaussianBlur(alone, (0, 0), blur))
    if not _at_border(ink.strokes):
        return ink
    spread = ~page_ink(alone).strokes  # no stroke leads to the border because it is blurred
    spread[1:-1, 1:-1] = False
    return ink._replace(strokes=ink.strokes & ~spread)


def _paper_alone(picture: Array) -> Array:
    """Return a picture with paper instead of the table around it and of things on it."""
    afar = from_afar(picture)
    outside = afar.outside(picture.shape[:2])
    if outside is None:
        return picture
    paper = _enlarged(afar.small, picture.shape[:2]).reshape(picture.shape)
    result: Array = np.where(
        outside.reshape(outside.shape + (1,) * (picture.ndim - 2)), paper, picture
    )
    return result


def is_colourful(picture: Array) -> bool:
    """Return whether in a picture there is something of another colour than its paper.

    Args:
        picture: as `page_ink`.
    """
    if picture.ndim == 2 or picture.shape[2] == 1:  # noqa: PLR2004
        return False
    of_paper = shrink(picture, _FROM_AFAR) / _paper_colour(picture)
    apart = np.ptp(of_paper, axis=2) / np.maximum(of_paper.max(axis=2), 1)
    return bool((apart > _COLOURFUL).mean() > _DRAWN)


def ink_in_all_colours(picture: Array) -> Ink:
    """Return what differs from paper in all colours: writing in black, not a red stamp on it.

    Args:
        picture: as `page_ink`, in colour.
    """
    paper = _paper_colour(picture)
    of_paper = picture / paper
    darker, lighter = np.minimum(of_paper, 1).max(axis=2), np.maximum(of_paper, 1).min(axis=2)
    return page_ink(np.clip(darker * lighter * paper.mean(), 0, 1).astype(np.float32))


def _paper_colour(picture: Array) -> Array:
    """Return the colour of most of a picture, float (3,), not quite black."""
    colour: Array = np.median(shrink(picture, _FROM_AFAR), axis=(0, 1))
    return np.maximum(colour, _DARKEST)


def _is_close_up(picture: Array, afar: Afar, window: float) -> bool:
    """Return whether a few thick digits fill a picture of any size, all of it in the same light.

    Strokes that fill the window are lost then, or paper between them is taken for ink.

    Args:
        picture: float32 (h, w) or (h, w, 3).
        afar: the same, made small.
        window: a share of the longer side, in which paper would be looked for.
    """
    import cv2  # noqa: PLC0415

    small = shrink(picture, _FROM_AFAR // 2)
    shortest, longest = min(small.shape[:2]), max(small.shape[:2])
    difference = from_paper(small, from_afar(small), shortest / longest)
    strokes = _ink(difference).strokes
    thickest, usual = _thickness(strokes)
    if usual < _BROAD * shortest or thickest > _BLOT * shortest:
        return False
    if _against(difference) > _HARDLY:
        return False
    found = _ink(from_paper(shrink(picture, _FROM_AFAR), afar, window)).strokes
    strokes = cv2.resize(strokes.astype(np.uint8), found.shape[::-1]) > 0
    return bool(np.count_nonzero(found & strokes) < _FOUND * np.count_nonzero(strokes))


def _by_nearest_paper(picture: Array, difference: Array) -> Ink:
    """Return the ink of a page by the paper right beside each pixel.

    Args:
        picture: float32 (h, w) or (h, w, 3).
        difference: as `from_paper` found it: what lies around a sheet is no ink.
    """
    nearest = from_nearest_paper(picture)
    nearest[difference == _OUTSIDE] = _OUTSIDE
    return _ink(nearest)


def _at_border(strokes: Array) -> float:
    """Return the share of the picture's border that is inked."""
    rim = np.concatenate([strokes[0], strokes[-1], strokes[:, 0], strokes[:, -1]])
    return float(rim.mean())


def _lacks_edges_alone(other: Array, strokes: Array, picture: Array) -> bool:
    """Return whether other strokes lack the edge of a shadow that leads to the border, and only it.

    On one side of such an edge paper is darker than on the other; around a digit that the border
    cuts it is alike.
    """
    import cv2  # noqa: PLC0415

    rim = np.ones_like(strokes)
    rim[1:-1, 1:-1] = False
    leading = connected_to(strokes, strokes & rim)
    inner = strokes & ~leading
    if int((inner & other).sum()) < _KEPT * max(int(inner.sum()), 1):
        return False
    light = np.atleast_3d(picture).mean(axis=2)
    count, numbers = cv2.connectedComponents(leading.astype(np.uint8), connectivity=8)
    edges = 0
    for piece in range(1, min(count, _PIECES)):
        mask = (numbers == piece).astype(np.uint8)
        if np.count_nonzero(other & (mask > 0)) > np.count_nonzero(mask) / 2:
            continue
        near, far = (cv2.dilate(mask, np.ones((2 * k + 1,) * 2, np.uint8)) for k in _BESIDE)
        beside = light[(far > near) & ~strokes]
        if not beside.size:
            return False
        dark, lit = np.quantile(beside, 0.15), np.quantile(beside, 0.85)
        if dark > _DARKER * lit:
            return False
        edges += 1
    return edges > 0


def _against(difference: Array) -> float:
    """Return the share of the picture that differs from paper as ink does, the other way round."""
    step = max(1, max(difference.shape) // _COARSE)
    some = difference[::step, ::step]
    return float(((some < -_BARE * strength(some)) & (some > _OUTSIDE)).mean())


def stroke_thickness(strokes: Array) -> float:
    """Return about how thick most strokes are, in pixels; 0.0 without any.

    Args:
        strokes: bool (h, w).
    """
    return _thickness(strokes)[1]


def _thickness(strokes: Array) -> tuple[float, float]:
    """Return half the width of the thickest stroke, and about that of most, in pixels."""
    import cv2  # noqa: PLC0415

    step = max(1, max(strokes.shape) // (2 * _COARSE))
    step = step if strokes[::step, ::step].any() else 1
    some = strokes[::step, ::step]
    padded = np.pad(some, 1, constant_values=True)  # a blot may go on beyond the border
    away = cv2.distanceTransform(padded.astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1][some]
    if not away.size:
        return 0.0, 0.0
    return step * float(away.max()), 2 * step * float(np.median(away))


def _ink(difference: Array) -> Ink:
    """Return the ink of a page that differs so much from its paper.

    Where a pattern printed on the paper hides it, it is looked for in a blurred picture, in which
    fine patterns even out.
    """
    import cv2  # noqa: PLC0415

    for blur in _BLURS:
        if blur:
            outside = difference == _OUTSIDE
            difference = cv2.GaussianBlur(
                np.where(outside, np.float32(0), difference), (0, 0), blur
            )
            if not outside.all():
                difference -= np.median(difference[~outside])  # paper, with what is printed on it
            difference[outside] = _OUTSIDE
        strong = strength(difference)
        noise = _noise(difference, strong)
        if strong >= max(_LEAST, _ABOVE_NOISE * noise):
            ink = _of_strength(difference, strong, noise)
            if not _is_texture(ink.strokes):
                return ink
    nothing = np.zeros_like(difference)
    return Ink(nothing, np.zeros(difference.shape, bool), nothing)


def _of_strength(difference: Array, strong: float, noise: float) -> Ink:
    """Return the ink of a page whose strongest is so strong, and whose paper has so much noise."""
    import cv2  # noqa: PLC0415

    smooth = cv2.blur(difference, (3, 3)) if min(difference.shape) >= 64 else difference  # noqa: PLR2004
    near = _strongest_nearby(smooth, max(8, max(difference.shape) // _NEARBY))
    np.clip(near, _FAINTEST * strong, strong, out=near)
    least = np.multiply(near, np.float32(_FAINT))  # pages are large: its memory is used again
    inked = difference > np.maximum(least, np.float32(_SURE * noise), out=least)
    surely = inked & (difference > np.multiply(near, np.float32(_INK), out=least))
    level = np.divide(difference, near, out=least)
    level -= np.float32(_PALEST)
    level /= np.float32(_FULL - _PALEST)
    np.clip(level, 0, 1, out=level)
    return Ink(level, connected_to(inked, surely), difference / np.float32(strong))


def _strongest_nearby(smooth: Array, reach: int) -> Array:
    """Return the largest number within about `reach` / 2 pixels of each, evened out: (h, w).

    The wider that is, the coarser are the blocks of which only the largest number counts.
    """
    import cv2  # noqa: PLC0415

    block = max(1, reach // _BLOCKS)
    coarse = _largest(_largest(smooth, block).T, block).T
    side = 2 * (reach // block // 2) + 1
    near = cv2.dilate(np.ascontiguousarray(coarse), np.ones((side, side), np.uint8))
    near = cv2.blur(near, (side, side), borderType=cv2.BORDER_REPLICATE)
    return _enlarged(near, smooth.shape)[..., 0] if block > 1 else near


def _largest(lines: Array, block: int) -> Array:
    """Return the largest number of each `block` lines, in each column."""
    if block == 1:
        return lines
    result = lines[::block].copy()
    for start in range(1, block):
        some = lines[start::block]
        np.maximum(result[: len(some)], some, out=result[: len(some)])
    return result


def _is_texture(strokes: Array) -> bool:
    """Return whether much of a picture is inked, mostly by what is a pixel thin: dots, waves.

    Lines across it, which are ruled, do not count.
    """
    import cv2  # noqa: PLC0415

    if strokes.mean() < _MUCH:
        return False
    strokes = _without_lines(strokes)
    if strokes.mean() < _MUCH:
        return False
    thick = cv2.morphologyEx(strokes.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    return bool(np.count_nonzero(thick) < np.count_nonzero(strokes) / 2)


def _without_lines(strokes: Array) -> Array:
    """Return the strokes without what is straight along half of a row or of a column."""
    import cv2  # noqa: PLC0415

    inked = strokes.astype(np.uint8)
    high, wide = (max(side // 2, _LEAST_LINE) for side in strokes.shape)
    lines = [
        cv2.morphologyEx(inked, cv2.MORPH_OPEN, np.ones(size, np.uint8))
        for size in ((1, wide), (high, 1))
    ]
    rest: Array = strokes & (np.maximum(*lines) == 0)
    return rest


def from_paper(picture: Array, afar: Afar, window: float) -> Array:
    """Return how much each pixel differs from the paper around it, in the ink's direction.

    The paper at a pixel is the median of a window around it, which strokes do not fill; then,
    where that shows ink, the mean of the bare paper in the window. The ink's direction is that of
    colour, to the dark or to the light, in which the picture differs most from its paper.

    Args:
        picture: float32 (h, w) or (h, w, 3).
        afar: the same, made small.
        window: a share of the longer side.

    Returns:
        float32 (h, w), 0.0 on paper, positive for ink, as a share of the paper's light; −1 on the
        table around a sheet and on things.
    """
    paper = afar.paper(window)
    darker = darker_than(afar.small, paper)
    ink = _towards_ink(darker)
    difference = darker @ ink
    bare = np.abs(difference) < _BARE * max(strength(difference), 1e-6)
    paper = _mean_of_bare(afar.small, bare, afar.side(window), paper)
    full = _enlarged(paper, picture.shape[:2])
    relative = full - np.atleast_3d(picture)
    relative /= np.maximum(full, np.float32(_DARKEST))
    return _on_paper(_along(relative, ink), afar)


def _on_paper(difference: Array, afar: Afar) -> Array:
    """Mark in a difference from paper what is none; in place."""
    outside = afar.outside(difference.shape)
    if outside is not None:
        difference[outside] = _OUTSIDE
    return difference


def _along(colours: Array, direction: Array) -> Array:
    """Return how far colours (h, w, channels) lie in a direction (channels,): float32 (h, w)."""
    alone = len(direction) == 1
    result: Array = colours[..., 0] * direction[0] if alone else colours @ direction
    return result.astype(np.float32, copy=False)


def from_nearest_paper(picture: Array) -> Array:
    """Return how much darker each pixel is than the paper right beside it.

    The paper is what is left when all that is dark and narrower than `_WIDEST` is closed
    (morphological closing): it keeps edges between a light and a dark part as they are. Near the
    picture's border, which would cut a slanting edge to a corner, only what is narrow along its row
    or its column.

    Args:
        picture: float32 (h, w) or (h, w, 3).

    Returns:
        float32 (h, w), as `from_paper`.
    """
    import cv2  # noqa: PLC0415

    light = np.atleast_3d(picture).mean(axis=2)
    whole = cv2.medianBlur(np.rint(255 * light).astype(np.uint8), 3)
    side = 2 * (int(max(_WIDEST * min(whole.shape), 9)) // 2) + 1
    lying, standing, both = (closed(whole, *size) for size in ((side, 1), (1, side), (side, side)))
    paper = np.maximum(lying, standing)
    inside = slice(side, -side), slice(side, -side)
    paper[inside] = both[inside]
    paper = paper.astype(np.float32) / 255
    result = darker_than(light, paper)
    return result - np.float32(np.median(result))


def _towards_ink(difference: Array) -> Array:
    """Return the ink's direction of colour, (channels,): the side that is further from paper.

    Light multiplies, so how far is a matter of logarithms: paper in the light is less far from
    paper in shadow than ink is.
    """
    far = -np.log(np.clip(1 - difference, _DARKEST, 1 / _DARKEST))
    size = np.abs(far).max(axis=2)
    strong = size >= _STRONG * max(strength(size), 1e-6)
    darker = far.sum(axis=2) > 0
    dark, light = (np.abs(far[strong & side]).sum() for side in (darker, ~darker))
    direction = difference[strong & (darker if dark >= light else ~darker)].sum(axis=0)
    result: Array = direction / max(float(np.abs(direction).sum()), 1e-6)
    return result.astype(np.float32)


def _mean_of_bare(small: Array, bare: Array, window: int, otherwise: Array) -> Array:
    """Return the mean of bare paper in a window around each pixel; `otherwise` without any."""
    import cv2  # noqa: PLC0415

    sure = cv2.erode(bare.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.float32)
    size = (window, window)
    share = cv2.blur(sure, size, borderType=cv2.BORDER_REFLECT)[..., None]
    total = np.atleast_3d(cv2.blur(small * sure[..., None], size, borderType=cv2.BORDER_REFLECT))
    enough = np.minimum(share / 0.1, 1)
    mixed: Array = enough * total / np.maximum(share, 0.02) + (1 - enough) * otherwise
    return mixed


def _enlarged(paper: Array, shape: tuple[int, int]) -> Array:
    import cv2  # noqa: PLC0415

    if paper.shape[:2] == shape:
        return paper
    return np.atleast_3d(cv2.resize(paper, shape[::-1], interpolation=cv2.INTER_LINEAR))


def _noise(difference: Array, strong: float) -> float:
    """Return the standard deviation of the difference on paper."""
    step = 2 * max(1, max(difference.shape) // _COARSE // 2)
    on_paper = np.abs(difference[::step, ::step])
    on_paper = on_paper[on_paper < _BARE * max(strong, 1e-6)]
    return 1.48 * float(np.median(on_paper)) if on_paper.size else 0.0


def connected_to(inked: Array, surely: Array) -> Array:
    """Return the connected parts of `inked` that hold some of `surely`."""
    import cv2  # noqa: PLC0415

    count, numbers = cv2.connectedComponents(inked.astype(np.uint8), connectivity=8)
    kept = np.zeros(count, bool)
    kept[numbers[surely]] = True
    places = np.flatnonzero(inked)
    result = np.zeros(inked.shape, bool)
    result.ravel()[places[kept[numbers.ravel()[places]]]] = True
    return result
