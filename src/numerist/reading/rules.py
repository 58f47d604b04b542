"""Lines that are not writing: ruled and squared paper, frames of forms, underlines.

Rules are straight strokes that are longer than any digit's, and those that end at other rules on
both sides: the sides of a box are no longer than a one.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.reading.combs import hidden_sides
from numerist.reading.lines import Line, Lines, find_lines, lines_across
from numerist.reading.removal import DARKER, darker, take_out, without_paler
from numerist.reading.underlines import is_underline, is_written_on, second_underlines

Array: TypeAlias = npt.NDArray[Any]

_LYING = 1.6  # times the height of the writing: no digit has a straight stroke as long lying,
_STANDING = 1.8  # nor as long standing
_SLIM = 0.11  # of the height: a long line is no thicker,
_LONGER = 1.5  # unless it is so many times as long as that
_EVEN = 0.6  # of a long line, at least, that nothing crosses or touches
_SIDE = 0.8  # of the height: the least side of a box
_SIDES = 1.6  # times the thickness of the rules at its ends: a side is no thicker
_END = 0.05  # of the height: from a side's end to the rule that it ends at
_SKEW = 0.1  # off the right angle between a side and the rules at its ends
_PAIRS = 40_000  # of lines that may meet; more are a texture, not boxes
_CRAMPED = 20  # pixels: in so low a picture a one leads from border to border
_HIGHER = 1.3  # times the writing: in a lower picture a one does, too
_THINNER = 0.3  # of its thickness another line may be thinner or thicker than one like it
_PALE = 0.6  # of the page's strongest ink: printed lines that are paler are not written with it
_DASH = 0.4  # of the height: what noise leaves of a rule is as long,
_DASHES = 40  # and so many of them are paper whose lines are broken,
_FAINT = 0.45  # of the page's strongest ink: if they are no darker
_MOST = 10_000  # dashes; more are a texture
_PARTNERS = 2  # dashes that go on with one
_APART = 5.0  # heights, at most, from middle to middle
_OFF, _TURN = 0.05, 0.02  # of the height, and of the way: so far off may they lie
_PARTS = 40  # of a page's longer side: about the least height of its writing,
_LOWEST = 10.0  # pixels: and at least this
_ACROSS = 0.2  # of a page's longer side, and
_THIN = 32.0  # times as long as thick: not writing, however high that is;
_THROUGH = 12.0  # nor is so thin a line from border to border

_NO_LINES = Lines([], [])


def without_rules(strokes: Array, depth: Array, height: float, known: Lines = _NO_LINES) -> Array:
    """Return the strokes without rules; what crosses them, or is darker than they, stays whole.

    Args: as `taken_out`.
    """
    return taken_out(strokes, depth, height, known)[0]


def taken_out(
    strokes: Array, depth: Array, height: float, known: Lines = _NO_LINES
) -> tuple[Array, Lines]:
    """Return the strokes without rules, and the rules; what crosses them, or is darker, stays.

    Args:
        strokes: bool (h, w).
        depth: float32 (h, w), how strongly each pixel is inked, 0…1.
        height: about that of the writing, in pixels.
        known: lines which are rules however long they are; others may end at them.

    Returns:
        bool (h, w), and all lines but a second one under writing, those that are known among them.
    """
    rules = _rules(strokes, depth, height, known)
    free = without_paler(take_out(strokes, depth, known), depth, rules)
    both = Lines([*known.lying, *rules.lying], [*known.standing, *rules.standing], rules.under)
    if not any(is_written_on(line, strokes, height) for line in rules.flat):
        return free, both
    left = find_lines(free, depth, height, _SIDE * height)
    second = second_underlines(left, rules.flat, free, height)
    return take_out(free, depth, Lines([], [], second)), both


def _rules(strokes: Array, depth: Array, height: float, known: Lines) -> Lines:
    """Return the lines that are longer than strokes of digits, sides of boxes, or under writing."""
    lying = find_lines(strokes, depth, height, _SIDE * height)
    standing = find_lines(strokes.T, depth.T, height, _SIDE * height)
    under = [line for line in lying if is_underline(line, strokes, height)]
    lying, standing = _long_or_sides(lying, standing, height, strokes.shape, known)
    lying = [line for line in lying if all(line is not other for other in under)]
    across = _lines_across(strokes, depth, height)
    flat = [*lying, *under, *known.lying]
    several = [*across, *flat]
    across = [line for line in across if line.depth <= _PALE or _is_one_of_several(line, several)]
    lying += _unknown(across, flat)
    if len(strokes) > _HIGHER * height:
        across = _lines_across(strokes.T, depth.T, height)
        pale = [line for line in across if line.depth <= _PALE]
        standing += _unknown(pale, standing + known.standing)
    standing += hidden_sides(strokes.T, standing + known.standing, height)
    return Lines(lying, standing, under)


def without_page_rules(strokes: Array) -> Array:
    """Return the strokes without lines across the page, whatever the height of the writing.

    Args:
        strokes: bool (h, w).

    Returns:
        bool (h, w).
    """
    depth = strokes.astype(np.float32)
    return without_paler(strokes, depth, Lines(_across(strokes), _across(strokes.T)))


def without_dashes(strokes: Array, depth: Array, height: float) -> Array:
    """Return the strokes without rules that noise has broken into dashes, and what is as pale.

    Nothing is taken out unless there are many dashes, thin and pale, that lie in lines.

    Args:
        strokes: bool (h, w).
        depth: float32 (h, w), how strongly each pixel is inked, 0…1.
        height: about that of the writing, in pixels.

    Returns:
        bool (h, w).
    """
    dashes = [
        line
        for one, ink in ((strokes, depth), (strokes.T, depth.T))
        for line in _in_line(find_lines(one, ink, height, _DASH * height), height)
    ]
    usual = float(np.median([line.depth for line in dashes])) if dashes else 1.0
    if len(dashes) < _DASHES or usual > _FAINT:
        return strokes
    return darker(strokes, depth, usual + DARKER / 2)


def _in_line(lines: list[Line], height: float) -> list[Line]:
    """Return the thin lines that others, before or behind them, go on with."""
    thin = [line for line in lines if line.thickness <= max(_SLIM * height, 2.0)]
    if len(thin) > _MOST:
        return []
    x = np.array([line.begin + len(line) / 2 for line in thin])
    y = np.array([line.middles.mean() for line in thin])
    slope = np.array([line.slope for line in thin])
    found = []
    for k, line in enumerate(thin):
        across = x - x[k]
        far, off = np.abs(across), np.abs(y - y[k] - slope[k] * across)
        goes_on = (off <= _OFF * height + _TURN * far) & (far >= height) & (far <= _APART * height)
        if (goes_on & (np.abs(slope - slope[k]) <= _SKEW)).sum() >= _PARTNERS:
            found.append(line)
    return found


def _across(strokes: Array) -> list[Line]:
    """Return the lying lines that lead across much of the page, and are thin."""
    longest, wide = max(strokes.shape), strokes.shape[1]
    height = max(longest / _PARTS, _LOWEST)
    found = find_lines(strokes, strokes.astype(np.float32), height, _ACROSS * longest)
    return [
        line
        for line in found
        if len(line) > (_THROUGH if len(line) >= wide - 1 else _THIN) * line.thickness
    ]


def _long_or_sides(
    lying: list[Line],
    standing: list[Line],
    height: float,
    shape: tuple[int, ...],
    known: Lines,
) -> tuple[list[Line], list[Line]]:
    """Return the lines that are rules: all those that are left when no more can be ruled out."""
    high, wide = shape
    if len(lying) * len(standing) > _PAIRS:
        lying = [line for line in lying if _is_long(line, _LYING * height, height)]
        standing = [line for line in standing if _is_long(line, _STANDING * height, height)]
    while True:
        before = len(lying) + len(standing)
        lying = [
            line
            for line in lying
            if _is_long(line, _LYING * height, height)
            or _is_side(line, standing + known.standing, height, wide)
        ]
        standing = [
            line
            for line in standing
            if _is_long(line, _STANDING * height, height)
            or _is_side(line, lying + known.lying, height, high)
        ]
        if len(lying) + len(standing) == before:
            return lying, standing


def _is_long(line: Line, least: float, height: float) -> bool:
    """Return whether a line is longer and slimmer than a digit's stroke, and mostly free."""
    slim = line.thickness <= max(_SLIM * height, 2.0) or len(line) >= _LONGER * least
    return len(line) >= least and slim and line.even >= _EVEN


def _lines_across(strokes: Array, depth: Array, height: float) -> list[Line]:
    """Return the thin lines from border to border, unless the picture is very small."""
    if min(strokes.shape) < _CRAMPED:
        return []
    return lines_across(strokes, depth, max(_SLIM * height, 2.0))


def _is_one_of_several(line: Line, lines: list[Line]) -> bool:
    """Return whether another line, elsewhere, is as thick and as dark: no digit has two."""
    return any(
        abs(line.thickness - other.thickness) <= max(1, _THINNER * line.thickness)
        and abs(line.depth - other.depth) <= DARKER
        and not line.lies_on(other, line.thickness)
        for other in lines
    )


def _unknown(lines: list[Line], rules: list[Line]) -> list[Line]:
    """Return the lines across a picture that are none of some rules."""
    return [line for line in lines if not any(line.lies_on(rule, line.thickness) for rule in rules)]


def _is_side(line: Line, across: list[Line], height: float, size: int) -> bool:
    """Return whether a line ends at lines like it, at right angles, on both sides.

    One of the ends may be where the picture, so many pixels wide, cuts it off. A thin line is paler
    where it falls between two pixels, so it need only be no darker than the darker of those lines.
    """
    reach = _END * height + 1
    ends = list(line.ends())
    met = [
        [
            other
            for other in across
            if other.meets(y, x, reach)
            and line.thickness <= _SIDES * other.thickness
            and abs(line.slope + other.slope) <= _SKEW
        ]
        for x, y in ends
    ]
    darkest = max((other.depth for others in met for other in others), default=-1.0)
    cut_off = [x <= 1 or x >= size - 1 for x, _ in ends]
    return line.depth <= darkest + DARKER and all(
        others or off for others, off in zip(met, cut_off, strict=True)
    )
