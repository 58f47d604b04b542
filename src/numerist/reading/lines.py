"""Straight strokes that lie, up to about 8° aslant and a little bent, found among all strokes."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.reading.parts import connected_parts
from numerist.reading.windows import opened_along

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Array: TypeAlias = npt.NDArray[Any]

_STRETCH = 0.45  # of the height of the writing: a line has stretches as long that are straight
_STEP = 0.03  # of the height: so far up or down a stretch may lead, beyond its thickness
_GAP = 0.08  # of the height: that a line may be broken
_THICKEST = 0.3  # of the height
_SLOPE = 0.25  # pixels down for one aside
_EVEN = 0.4  # of a line's columns, at least, that nothing crosses or touches
_SHORT = 4.0  # heights: much of a shorter line may be touched
_BOWED, _BENT = 1.6, 8.0  # heights: longer lines may be bent one way, and to and fro
_STRAIGHT = 0.85  # of those columns lie where a slightly bent line would have them
_MOST = 0.7  # of them, which say where the line is
_DENSE = 8  # times the page: what lines lie in; more are a texture
_MANY = 3000  # the widest of them are looked at
_RIM = 2  # pixels at the border: a line that leads there is inked in one
_PAIRS = 200  # of places where lines may begin and end; more are a texture
_SEEN, _ALONG = 0.6, 0.9  # of its usual depth a line has, in so much of its length
_BESIDE = 2  # pixels from it, something else may be written
_USUAL = 0.4  # of a line's pixels are paler than what counts as its own depth


@dataclass(frozen=True, slots=True)
class Line:
    """A straight stroke that lies.

    Attributes:
        begin: the first column.
        middles: float (n,), the row of its middle in each column.
        thickness: in pixels.
        depth: how strongly it is inked, 0…1.
        even: the share of its columns that nothing crosses or touches.
    """

    begin: int
    middles: Array
    thickness: float
    depth: float
    even: float

    def __len__(self) -> int:
        return len(self.middles)

    @property
    def slope(self) -> float:
        """Pixels down for one aside, from end to end."""
        return float(self.middles[-1] - self.middles[0]) / len(self)

    def ends(self) -> Iterator[tuple[float, float]]:
        """Yield the column and row of both ends."""
        yield self.begin, float(self.middles[0])
        yield self.begin + len(self), float(self.middles[-1])

    def lies_on(self, other: Line, reach: float) -> bool:
        """Return whether another line is within reach of its middle, in pixels."""
        middle = len(self) // 2
        return other.meets(self.begin + middle, float(self.middles[middle]), reach)

    def meets(self, x: float, y: float, reach: float) -> bool:
        """Return whether a point is within reach of it, in pixels."""
        reach += self.thickness / 2
        if not self.begin - reach <= x <= self.begin + len(self) + reach:
            return False
        place = min(max(round(x) - self.begin, 0), len(self) - 1)
        return abs(float(self.middles[place]) - y) <= reach


class Lines(NamedTuple):
    """Lines of a page that are not writing.

    Attributes:
        lying: those that lie.
        standing: those that stand, rows and columns exchanged.
        under: lying ones under writing, of which what stands on them, and does not cross, leaves
            little.
    """

    lying: list[Line]
    standing: list[Line]
    under: Sequence[Line] = ()

    @property
    def flat(self) -> list[Line]:
        """All those that lie."""
        return [*self.lying, *self.under]


def find_lines(strokes: Array, depth: Array, height: float, least: float) -> list[Line]:
    """Return the straight strokes that lie.

    Args:
        strokes: bool (h, w).
        depth: float32 (h, w), how strongly each pixel is inked, 0…1.
        height: about that of the writing, in pixels.
        least: their length, in pixels.
    """
    import cv2  # noqa: PLC0415

    strokes = np.ascontiguousarray(strokes)
    stretch, least = round(_STRETCH * height), max(least, 3.0)
    if strokes.shape[1] < least or stretch < 2:  # noqa: PLR2004
        return []
    step = max(1, round(_STEP * height))
    # a slanting line is a staircase: broadened upwards and downwards, its steps overlap
    broad = cv2.dilate(strokes.astype(np.uint8), np.ones((2 * step + 1, 1), np.uint8))
    flat = opened_along(broad, stretch)
    gap = np.ones((1, max(1, round(_GAP * height))), np.uint8)
    flat &= strokes
    if not flat.any():
        return []
    flat = cv2.morphologyEx(flat, cv2.MORPH_CLOSE, gap)
    numbers, boxes = connected_parts(flat)
    wide, high = boxes[:, 2], boxes[:, 3]
    may_be = (wide >= least) & (high <= _SLOPE * wide + 2 * _THICKEST * height + 2 * step)
    if (wide * high)[may_be].sum(dtype=np.int64) > _DENSE * strokes.size:
        return []
    found = []
    parts = np.flatnonzero(may_be)
    widest = np.sort(np.argsort(-wide[parts], kind="stable")[:_MANY])
    for part in parts[widest].tolist():
        left, top, wide, high = boxes[part, :4].tolist()
        window = slice(top, top + high), slice(left, left + wide)
        rows, columns = np.nonzero((numbers[window] == part + 1) & strokes[window])
        found.append(line_through(rows + top, columns + left, depth, height))
    return [line for line in found if line is not None and len(line) >= least]


def lines_across(strokes: Array, depth: Array, thickest: float) -> list[Line]:
    """Return the straight lines that can be seen from the left border to the right one.

    They begin and end as strokes; on the way they may be too pale for that.

    Args:
        strokes: bool (h, w).
        depth: float32 (h, w), how strongly each pixel is inked, 0…1.
        thickest: in pixels.
    """
    wide = strokes.shape[1]
    begins, ends = (
        [sum(run) / 2 - 0.5 for run in _runs(rim) if run[1] - run[0] <= thickest]
        for rim in (strokes[:, :_RIM], strokes[:, -_RIM:])
    )
    ways = [
        (begin, end)
        for begin, end in itertools.product(begins[:_PAIRS], ends[:_PAIRS])
        if abs(end - begin) <= _SLOPE / 2 * wide
    ]
    if len(ways) > _PAIRS:
        return []
    lines = [
        _seen_across(strokes, depth, np.linspace(begin, end, wide), thickest) for begin, end in ways
    ]
    found: list[Line] = []
    for line in lines:
        if line is not None and not any(line.lies_on(other, thickest) for other in found):
            found.append(line)
    return found


def _seen_across(strokes: Array, depth: Array, middles: Array, thickest: float) -> Line | None:
    """Return the line along which depth is alike, and mostly less above and below; or None."""
    aside = np.ceil(thickest / 2) + _BESIDE
    rows = np.rint(middles).astype(int) + np.arange(-int(aside), int(aside) + 1)[:, None]
    near = np.clip(rows, 0, len(depth) - 1), np.arange(len(middles))
    profile, inked = depth[near], strokes[near]
    center = len(rows) // 2
    along = profile[center - 1 : center + 2].max(axis=0)
    usual = float(np.median(along))
    seen = along >= _SEEN * usual
    free = profile[[0, -1]].max(axis=0) < _SEEN * usual
    if usual <= 0 or seen.mean() < _ALONG or free.mean() < _EVEN:
        return None
    counts = inked.sum(axis=0)[free & inked[center]]
    thickness = float(np.median(counts)) if len(counts) else 1.0
    return Line(0, middles, thickness, usual, float(free.mean()))


def _runs(rim: Array) -> list[tuple[int, int]]:
    """Return the rows from where to before where something is True in some columns, each time."""
    steps = np.diff(np.any(rim, axis=1).astype(np.int8), prepend=0, append=0)
    pairs = zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True)
    return [(int(begin), int(end)) for begin, end in pairs]


def line_through(rows: Array, columns: Array, depth: Array, height: float) -> Line | None:
    """Return the line that most of some pixels lie on, if they do and it is straight and thin.

    It is found by the columns that are no thicker than usual: nothing crosses or touches it there.

    Args:
        rows: int (n,), of the pixels.
        columns: int (n,), of the pixels.
        depth: float32 (h, w), how strongly each pixel of the page is inked, 0…1.
        height: about that of the writing, in pixels.
    """
    begin = int(columns.min())
    counts = np.bincount(columns - begin)
    size, inked = len(counts), np.flatnonzero(counts)
    usual = 0.5 if len(inked) > _SHORT * height else 0.3
    thickness = float(np.sort(counts[inked])[int(usual * len(inked))])
    thin = inked[counts[inked] <= widest(thickness)]
    if thickness > max(_THICKEST * height, 3.0) or len(thin) < max(_EVEN * size, 3):
        return None
    middles = np.bincount(columns - begin, rows)[thin] / counts[thin]
    degree = 1 + (size > _BOWED * height) + (size > _BENT * height)
    curve = _fitted(thin / size, middles, degree)
    off, full = np.abs(middles - curve(thin / size)), curve(np.arange(size) / size)
    is_straight = (off <= max(1.0, thickness / 4)).mean() >= _STRAIGHT
    if not is_straight or abs(full[-1] - full[0]) > _SLOPE * size:
        return None
    # two lines side by side are one with a gap in its middle
    across = np.rint(full + thickness / 3 * np.array([[-1], [0], [1]])).astype(int)
    near = np.clip(across, 0, len(depth) - 1)
    along = np.sort(depth[near, np.arange(begin, begin + size)].max(axis=0))
    return Line(begin, full, thickness, float(along[int(_USUAL * size)]), len(thin) / size)


def widest(thickness: float) -> float:
    """Return how far a line of a thickness is inked across, at most, where nothing touches it."""
    return thickness + max(1.5, thickness / 3)


def _fitted(x: Array, y: Array, degree: int) -> Callable[[Array], Array]:
    """Return the polynomial that is nearest to most of some points, by least squares."""
    powers = np.vander(x, degree + 1)
    near = np.ones(len(x), bool)
    for _ in range(4):
        factors = _straight(x[near], y[near]) if degree == 1 else _bent(powers[near], y[near])
        off = np.abs(y - powers @ factors)
        near = off <= max(float(np.sort(off)[int(_MOST * len(off))]), 0.5)
    return lambda x: np.polyval(factors, x)


def _straight(x: Array, y: Array) -> Array:
    """Return slope and height at 0 of the straight line that is nearest to points."""
    middle = x.mean()
    away = x - middle
    slope = (away @ y) / max(float(away @ away), 1e-12)
    return np.array([slope, y.mean() - slope * middle])


def _bent(powers: Array, y: Array) -> Array:
    factors: Array = np.linalg.lstsq(powers, y, rcond=None)[0]
    return factors
