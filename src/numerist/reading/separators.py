"""What may be a separator between digits: a point, comma, dash, colon or slash, by shape and place.

A separator is a piece, or all pieces that a stroke was cut into; a colon is two points, one above
the other.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.reading.parts import connected_parts
from numerist.reading.pieces import HEIGHT
from numerist.reading.separators_along import UNHEARD, heard_beside

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numerist.reading.pieces import Pieces

Array: TypeAlias = npt.NDArray[Any]

_TALL = 0.5  # heights: higher parts are digits
_POINT, _LOW = 0.3, 0.65  # heights: a point is no larger; of the writing's height, it is lower,
_BELOW = 1.18  # and hardly lower,
_SPECK, _ROUND = 0.65, 1.8  # times as thick as the pen: hardly less broad, or higher
_COMMA, _NARROW = 0.62, 0.45  # heights: no comma is higher or wider
_LONG = 2.1  # times as high as the pen is thick: hardly less,
_TAIL = 1.15  # of the writing's height: about so far down commas reach,
_OR_POINT = 0.1  # and else it may be a point
_FLAT, _DASH, _HARDLY = 0.35, 0.15, 0.7  # heights: a dash is no higher, longer, hardly longer,
_LEVELS = 0.25, 0.8  # of the writing's height: between these
_DARK = 0.75  # of what digits have of ink: with less, it is hardly a separator
_SLASH, _WIDE = 0.7, 1.0  # heights: a slash is higher, and no wider
_LONGEST = 2.0  # heights: no slash is higher
_BEYOND = 1.25  # times as high as the writing: hardly lower
_LEAN = 0.15  # to the right, a pixel up: hardly less
_THIN = 0.13  # of its length: hardly thicker, both as standard deviations
_ALIGNED, _APART = 0.25, (0.2, 0.8)  # heights: how far the points of a colon are from each other
_AMONG_DIGITS = 3.0  # what it costs to be above or below a digit's ink, not beside it,
_BELOW_THEM = 0.4  # even if that is far above it,
_CUT_OFF = 8.0  # to be cut off from something,
_HALF_A_COLON = 8.0  # to have another point above it, or below,
_OR_ONE = 4.0  # and to be a slash, as it may be a one
_LOW_SIGNS, _HANGING = ".,-", 0.8  # heights: none of these is higher
_UNLIKE = 3.0  # how far a low stroke is at most from one of them that the row hears,
_HALF = 1.5  # and a point, of which the other is lost, from a colon,
_LIKELY = 0.2  # so probably at least
_CLOSE = 0.45  # heights: a stroke that ends an amount is so near to its dashes,
_PRICED = 0.2, 0.9  # which are, of its own height, between these
_STRAIGHT = 0.16  # of its length: how thick a stroke is at most


class Separator(NamedTuple):
    """What pieces may be.

    Attributes:
        first: number of the first piece, from 0.
        after: number of the piece behind the last one.
        character: that they may be.
        shape: how far they are from its usual shape and place, 0 or more.
    """

    first: int
    after: int
    character: str
    shape: float


def separators(
    pieces: Pieces, upper: float, lower: float, along: Array = UNHEARD, *, slashes: bool = True
) -> Iterator[Separator]:
    """Yield what some of a number's pieces may be.

    Args:
        pieces: of it.
        upper: top of the writing in the cut row.
        lower: its bottom.
        along: what is read along the row, as `separators_along` returns it; without, shape and
            place tell.
        slashes: whether to look for slashes, too.
    """
    strokes = _strokes(pieces, _LONGEST if slashes else _HANGING)
    if not strokes:
        return
    row = _Row(pieces, upper, lower, along)
    spans = [row.span(first, after) for first, after in strokes]
    halves = set()
    for one, other in itertools.pairwise(spans):
        if not _are_above_each_other(one, other):
            continue
        said = row.said(one.first, other.after)
        if not (well := _stand_as_colon(one, other)) and said.get(":", 0.0) < _LIKELY:
            continue
        halves |= {one.first, other.first}
        shape = max(one.doubt, other.doubt) + (0.0 if well else _HALF)
        yield Separator(one.first, other.after, ":", _heard(":", shape, said))
    for span in spans:
        said, shapes = row.said(span.first, span.after), _shapes(span)
        if slashes and span.is_slash:
            shapes["/"] = row.slash(span.first, span.after)
        if span.high < _HANGING:
            heard = (sign for sign in _LOW_SIGNS if said.get(sign, 0.0) > _LIKELY)
            shapes = dict.fromkeys(heard, _UNLIKE) | shapes
        if span.is_point and said.get(":", 0.0) > _LIKELY:
            shapes[":"] = _HALF
        doubt = span.doubt + _HALF_A_COLON * (span.first in halves)
        for sign, shape in shapes.items():
            yield Separator(span.first, span.after, sign, _heard(sign, shape + doubt, said))


def _heard(sign: str, shape: float, said: Mapping[str, float]) -> float:
    """Return how far a stroke is from a separator; what the row says of it there speaks for it."""
    return shape * (1 - said.get(sign, 0.0))


def strokes_like_slashes(
    pieces: Pieces, upper: float, lower: float
) -> dict[tuple[int, int], tuple[float, float, float]]:
    """Return what strokes there are that touch nothing and are as high and narrow as slashes.

    Args:
        pieces: of a number.
        upper: top of its digits in the cut row.
        lower: their bottom.

    Returns:
        By the first piece of each stroke and that behind its last: its height, as a share of the
        digits', how it leans to the right, a pixel up, and its thickness, as a share of its length.
    """
    row, found = _Row(pieces, upper, lower), {}
    for first, after in _strokes(pieces, _LONGEST):
        span = row.span(first, after)
        if span.is_slash and span.doubt < _CUT_OFF:
            found[first, after] = row.stroke(first, after)
    return found


def ends_amount(pieces: Pieces, first: int) -> bool:
    """Return whether a stroke and what is behind it end an amount of money, as in 25/- and 25/=.

    The stroke is straight, and nothing is behind it but a dash or two, one above the other.

    Args:
        pieces: of a number.
        first: piece of the stroke.
    """
    numbers, parts = connected_parts(pieces.numbers > first)
    stroke, *dashes = np.argsort(parts[:, 0], kind="stable").tolist()
    if pieces.cut[first] or not 0 < len(dashes) <= 2:  # noqa: PLR2004
        return False
    left, upper, width, height = parts[stroke, :4].tolist()
    begin, top, wide, high = parts[dashes, :4].T
    flat = (wide > np.maximum(_DASH * HEIGHT, 1.5 * high)) & (high < _FLAT * HEIGHT)
    level = np.abs((top + high / 2 - upper) / height - np.mean(_PRICED)) < np.ptp(_PRICED) / 2
    beside = np.abs(begin - left - width) < _CLOSE * HEIGHT
    common = (begin + wide).min() - begin.max() > wide.max() / 2
    if not ((flat & level & beside).all() and common):
        return False
    return lean_and_thickness(numbers == stroke + 1)[1] <= _STRAIGHT


def _strokes(pieces: Pieces, most: float) -> list[tuple[int, int]]:
    """Return the first piece of each stroke, and that behind its last.

    Args:
        pieces: of a number.
        most: how high they are at most, in heights.
    """
    if not len(pieces.boxes):
        return []
    begins, boxes = pieces.uncut
    ends = [*begins[1:].tolist(), len(pieces.boxes)]
    low = boxes[:, 3] - boxes[:, 1] <= most * HEIGHT
    return list(itertools.compress(zip(begins.tolist(), ends, strict=True), low.tolist()))


class _Span(NamedTuple):
    """A piece, or the pieces of a stroke.

    Attributes:
        first, after: as `Separator` has them.
        wide, high: its size, in heights.
        long: how many times as high as the pen is thick.
        centre: across, in heights.
        top, bottom: as shares of the writing's height: 0 at its top, 1 at its bottom.
        doubt: what speaks against any separator.
    """

    first: int
    after: int
    wide: float
    high: float
    long: float
    centre: float
    top: float
    bottom: float
    doubt: float

    @property
    def middle(self) -> float:
        """Between top and bottom."""
        return (self.top + self.bottom) / 2

    @property
    def is_point(self) -> bool:
        """Whether it may be a point, wherever it is."""
        return max(self.wide, self.high) < _POINT and self.doubt < _CUT_OFF

    @property
    def is_slash(self) -> bool:
        """Whether it is as high as a slash, and as narrow."""
        return self.high > _SLASH and self.wide < _WIDE


class _Row:
    """The pieces of a number beside its digits.

    Args:
        pieces: of the number.
        upper: top of the writing in the cut row.
        lower: its bottom.
        along: what is read along the row, if that is known.
    """

    def __init__(self, pieces: Pieces, upper: float, lower: float, along: Array = UNHEARD) -> None:
        self._pieces, self._along = pieces, along
        self._upper, self._high = upper, max(lower - upper, 1.0)
        _, boxes = pieces.uncut
        part = np.cumsum(pieces.cut == 0) - 1
        tall = boxes[part, 3] - boxes[part, 1] > _TALL * HEIGHT
        digits = np.append(False, tall)[pieces.numbers]
        self._dark = float(np.median(pieces.level[digits])) if digits.any() else 0.0
        self._pen = _thickness(digits)
        low = max(0, int((upper + lower) / 2))
        self._all: Array = np.asarray(digits.any(axis=0))
        self._low: Array = np.asarray(digits[low:].any(axis=0))

    def span(self, first: int, after: int) -> _Span:
        """Return size, place and doubt of some pieces."""
        left, top, right, bottom = self._box(first, after)
        high, middle = bottom - top, (top + bottom) / 2
        doubt = _CUT_OFF * self._touches(first, after)
        if high <= _TALL * HEIGHT:
            above = (middle - self._upper) / self._high
            columns = self._low if above > _LOW else self._all
            doubt += _AMONG_DIGITS * float(columns[left:right].mean())
            doubt += _BELOW_THEM * float(self._all[left:right].mean())
            doubt += 6 * max(0.0, _DARK - self._darkest(first, after) / max(self._dark, 1e-6))
            broad = math.sqrt(self._pieces.areas[first:after].sum()) / self._pen
            doubt += 8 * max(0.0, _SPECK - broad)
        return _Span(
            first, after, (right - left) / HEIGHT, high / HEIGHT, high / self._pen,
            (left + right) / 2 / HEIGHT,
            (top - self._upper) / self._high, (bottom - self._upper) / self._high, doubt,
        )  # fmt: skip

    def slash(self, first: int, after: int) -> float:
        """Return how far some pieces are from a slash: straight, high, leaning to the right."""
        high, lean, thick = self.stroke(first, after)
        low, upright = max(0.0, _BEYOND - high), max(0.0, _LEAN - lean)
        return _OR_ONE + 12 * max(0.0, thick - _THIN) + 2 * low + 4 * upright

    def stroke(self, first: int, after: int) -> tuple[float, float, float]:
        """Return how high some pieces are, how they lean, and how thick they are.

        As shares of the writing's height, of their own (to the right), and of their length.
        """
        left, top, right, bottom = self._box(first, after)
        numbers = self._pieces.numbers[top:bottom, left:right]
        lean, thick = lean_and_thickness((numbers > first) & (numbers <= after))
        return (bottom - top) / self._high, lean, thick

    def said(self, first: int, after: int) -> dict[str, float]:
        """Return how probably each separator stands where some pieces are; empty if unknown."""
        if not len(self._along):
            return {}
        left, _, right, _ = self._box(first, after)
        return heard_beside(self._along, left, right)

    def _touches(self, first: int, after: int) -> bool:
        """Return whether some pieces touch others, which need not be their neighbours in order."""
        import cv2  # noqa: PLC0415

        left, top, right, bottom = self._box(first, after)
        rows, columns = slice(max(top - 1, 0), bottom + 1), slice(max(left - 1, 0), right + 1)
        numbers = self._pieces.numbers[rows, columns]
        own = (numbers > first) & (numbers <= after)
        around = cv2.dilate(own.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        return bool(((numbers > 0) & around & ~own).any())

    def _box(self, first: int, after: int) -> list[int]:
        boxes = self._pieces.boxes[first:after]
        box: list[int] = [*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist()]
        return box

    def _darkest(self, first: int, after: int) -> float:
        left, top, right, bottom = self._box(first, after)
        window = slice(top, bottom), slice(left, right)
        numbers = self._pieces.numbers[window]
        inked = self._pieces.level[window][(numbers > first) & (numbers <= after)]
        return float(inked.max(initial=0.0))


def lean_and_thickness(inked: Array) -> tuple[float, float]:
    """Return how a stroke leans, to the right, and how thick it is, as a share of its length.

    Args:
        inked: bool (h, w), where it is.
    """
    y, x = np.nonzero(inked)
    (across, both), (_, down) = np.cov(x, y).tolist() if len(x) > 1 else ((1.0, 0.0), (0, 1.0))
    least, most = np.linalg.eigvalsh([[across, both], [both, down]]).tolist()
    return -both / max(down, 1e-6), math.sqrt(max(least, 0.0) / max(most, 1e-6))


def _thickness(strokes: Array) -> float:
    """Return about how thick strokes are, in pixels, 1 or more.

    A stroke that is an even number of pixels thick is 1, 2 … half as many deep, and back. The mean
    tells thicknesses between; the median of `ink.stroke_thickness` jumps in strokes so thin.
    """
    import cv2  # noqa: PLC0415

    if not strokes.any():
        return 1.0
    depth = cv2.distanceTransform(np.pad(strokes, 1).astype(np.uint8), cv2.DIST_L2, 3)
    return max(4 * float(depth[depth > 0].mean()) - 2, 1.0)


def _shapes(span: _Span) -> dict[str, float]:
    """Return which points, commas and dashes a span may be, and how far it is from each."""
    wide, high, middle, bottom = span.wide, span.high, span.middle, span.bottom
    found: dict[str, float] = {}
    if max(wide, high) < _POINT and middle > _LOW:
        found["."] = 2 * max(0.0, span.long - _ROUND) + 4 * max(0.0, bottom - _BELOW)
    if wide < _NARROW and high < _COMMA and middle > _LOW and bottom > 1:
        found[","] = _OR_POINT + 2 * max(0.0, _LONG - span.long) + 4 * max(0.0, _TAIL - bottom)
    if wide > max(_DASH, 1.5 * high) and high < _FLAT and _LEVELS[0] < middle < _LEVELS[1]:
        found["-"] = 2 * max(0.0, wide - _HARDLY)
    return found


def _are_above_each_other(one: _Span, other: _Span) -> bool:
    """Return whether two points stand one above the other."""
    points = one.is_point and other.is_point and one.after == other.first
    return points and abs(one.centre - other.centre) < _ALIGNED


def _stand_as_colon(one: _Span, other: _Span) -> bool:
    """Return whether two points, one above the other, are as far apart and as low as a colon's."""
    apart, middles = abs(one.middle - other.middle), sorted((one.middle, other.middle))
    return _APART[0] < apart < _APART[1] and middles[0] > 0 and middles[1] < _BELOW
