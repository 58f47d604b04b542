"""Lines that are not writing: ruled and squared paper, frames of forms, underlines.

Rules are straight strokes that are longer than any digit's, and those that end at other rules on
both sides: the sides of a box are no longer than a one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.reading.combs import hidden_sides
from numerist.reading.lines import Line, find_lines, lines_across

if TYPE_CHECKING:
    from collections.abc import Sequence

Array: TypeAlias = npt.NDArray[Any]

_LYING = 1.6  # times the height of the writing: no digit has a straight stroke as long lying,
_STANDING = 1.8  # nor as long standing
_SLIM = 0.11  # of the height: a long line is no thicker,
_LONGER = 1.5  # unless it is so many times as long as that
_EVEN = 0.6  # of a long line, at least, that nothing crosses or touches
_TOUCHED = 0.45  # the same of a line under writing
_UNDER = 1.6  # of the height, at least, is a line under writing, as thick as a pen's; writing is
_WRITTEN = 0.6  # of its columns, at least, above it; and as many are free
_BELOW = 0.5  # of the height, below it
_RUN_ON = 3.0  # pixels below an underline: a stroke that leads there crosses it,
_CROSSED = 0.15  # as none, or hardly any, does if writing stands on it
_SHORTER = 1.1  # of the height: a shorter one, which
_BEYOND = 0.12  # of the height, at least, reaches beyond the writing on both sides, and
_WRITTEN_SHORT = 0.3  # of its columns, at least, has writing above;
_TOUCHES = 0.04  # of them, at most, has something hanging below
_SIDE = 0.8  # of the height: the least side of a box
_SIDES = 1.6  # times the thickness of the rules at its ends: a side is no thicker
_END = 0.05  # of the height: from a side's end to the rule that it ends at
_SKEW = 0.1  # off the right angle between a side and the rules at its ends
_DARKER = 0.2  # of the page's strongest ink: what is so much darker than a rule is none of it
_CROSSING = 1.7  # times the line's thickness: a stroke that crosses it
_REST = 0.7  # of a piece: so much beside a rule, and it is the rest of it
_PAIRS = 40_000  # of lines that may meet; more are a texture, not boxes
_CRAMPED = 20  # pixels: in so low a picture a one leads from border to border
_HIGHER = 1.3  # times the writing: in a lower picture a one does, too
_THINNER = 0.3  # of its thickness another line may be thinner or thicker than one like it
_MANY = 4  # rules make ruled paper
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


def without_rules(
    strokes: Array,
    depth: Array,
    height: float,
    known: tuple[list[Line], list[Line]] = ([], []),
) -> Array:
    """Return the strokes without rules; what crosses them, or is darker than they, stays whole.

    Args:
        strokes: bool (h, w).
        depth: float32 (h, w), how strongly each pixel is inked, 0…1.
        height: about that of the writing, in pixels.
        known: lines that lie, and that stand, with rows and columns exchanged, which are rules
            however long they are; others may end at them.

    Returns:
        bool (h, w).
    """
    lying = find_lines(strokes, depth, height, _SIDE * height)
    standing = find_lines(strokes.T, depth.T, height, _SIDE * height)
    under = [line for line in lying if _is_underline(line, strokes, height)]
    lying, standing = _rules(lying, standing, height, strokes.shape, known)
    lying = [line for line in lying if all(line is not other for other in under)]
    across = _lines_across(strokes, depth, height)
    others = [*across, *lying, *under, *known[0]]
    across = [line for line in across if line.depth <= _PALE or _is_one_of_several(line, others)]
    lying += _unknown(across, lying + under + known[0])
    if len(strokes) > _HIGHER * height:
        across = _lines_across(strokes.T, depth.T, height)
        pale = [line for line in across if line.depth <= _PALE]
        standing += _unknown(pale, standing + known[1])
    standing += hidden_sides(strokes.T, standing + known[1], height)
    free = _without(take_out(strokes, depth, *known), depth, lying, standing, under)
    gone = [*lying, *under]
    if not any(_is_written_on(line, strokes, height) for line in gone):
        return free
    second = [
        line
        for line in find_lines(free, depth, height, _SIDE * height)
        if _is_underline(line, free, height) and all(_is_apart(line, other) for other in gone)
    ]
    return take_out(free, depth, [], [], second)


def _is_apart(line: Line, other: Line) -> bool:
    """Return whether there is paper between two lying lines along most of what they share."""
    begin = max(line.begin, other.begin)
    end = min(line.begin + len(line), other.begin + len(other))
    if begin >= end:
        return True
    one, two = (each.middles[begin - each.begin : end - each.begin] for each in (line, other))
    return bool(np.median(np.abs(one - two)) >= (line.thickness + other.thickness) / 2 + 1)


def _is_written_on(line: Line, strokes: Array, height: float) -> bool:
    """Return whether a lying line has writing all along above it."""
    above = _inked_beside(line, strokes, -height, -line.thickness / 2 - 1)
    return bool(above.mean() >= _WRITTEN)


def without_page_rules(strokes: Array) -> Array:
    """Return the strokes without lines across the page, whatever the height of the writing.

    Args:
        strokes: bool (h, w).

    Returns:
        bool (h, w).
    """
    depth = strokes.astype(np.float32)
    return _without(strokes, depth, _across(strokes), _across(strokes.T))


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
    return darker(strokes, depth, usual + _DARKER / 2)


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


def _rules(
    lying: list[Line],
    standing: list[Line],
    height: float,
    shape: tuple[int, ...],
    known: tuple[list[Line], list[Line]],
) -> tuple[list[Line], list[Line]]:
    """Return the lines that are rules: all those that are left when no more can be ruled out."""
    high, wide = shape
    flat, upright = known
    if len(lying) * len(standing) > _PAIRS:
        lying = [line for line in lying if _is_long(line, _LYING * height, height)]
        standing = [line for line in standing if _is_long(line, _STANDING * height, height)]
    while True:
        before = len(lying) + len(standing)
        lying = [
            line
            for line in lying
            if _is_long(line, _LYING * height, height)
            or _is_side(line, standing + upright, height, wide)
        ]
        standing = [
            line
            for line in standing
            if _is_long(line, _STANDING * height, height)
            or _is_side(line, lying + flat, height, high)
        ]
        if len(lying) + len(standing) == before:
            return lying, standing


def _is_underline(line: Line, strokes: Array, height: float) -> bool:
    """Return whether a lying line has writing above it, and hardly any below.

    A long one has it all along; a shorter one reaches beyond it on both sides, as the foot of a two
    does not, and nothing hangs from it, as from the bar of a seven.
    """
    if len(line) < _SHORTER * height or line.even < _TOUCHED:
        return False
    half = line.thickness / 2
    above, below = (
        _inked_beside(line, strokes, begin, end)
        for begin, end in ((-height, -half - 1), (half + 2, half + _BELOW * height))
    )
    if below.mean() > 1 - _WRITTEN:
        return False
    if len(line) >= _UNDER * height and above.mean() >= _WRITTEN:
        return True
    hanging = _inked_beside(line, strokes, half + 1, half + _RUN_ON)
    free = max(1, round(_BEYOND * height))
    beyond = not (above[:free].any() or above[-free:].any())
    return bool(above.mean() >= _WRITTEN_SHORT and beyond and hanging.mean() <= _TOUCHES)


def _inked_beside(line: Line, strokes: Array, begin: float, end: float) -> Array:
    """Return in which of a line's columns there is ink in some rows, counted from its middle."""
    columns = line.begin + np.arange(len(line))
    rows = np.rint(line.middles).astype(int) + np.arange(round(begin), round(end))[:, None]
    inked = strokes[np.clip(rows, 0, len(strokes) - 1), columns]
    found: Array = np.any(inked & (rows >= 0) & (rows < len(strokes)), axis=0)
    return found


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
        and abs(line.depth - other.depth) <= _DARKER
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
    return line.depth <= darkest + _DARKER and all(
        others or off for others, off in zip(met, cut_off, strict=True)
    )


def _without(
    strokes: Array,
    depth: Array,
    lying: list[Line],
    standing: list[Line],
    under: Sequence[Line] = (),
) -> Array:
    """Return the strokes without these lines, and without what would be left of them."""
    result = take_out(strokes, depth, lying, standing, under)
    printed = [line.depth for line in (*lying, *standing, *under)]
    if len(printed) < _MANY:
        return result
    usual = float(np.median(printed))
    return darker(result, depth, usual + _DARKER / 2) if usual <= _PALE else result


def take_out(
    strokes: Array,
    depth: Array,
    lying: list[Line],
    standing: list[Line],
    under: Sequence[Line] = (),
) -> Array:
    """Return the strokes without some lines and the rest beside them; what crosses them stays.

    Args:
        strokes: bool (h, w).
        depth: float32 (h, w), how strongly each pixel is inked, 0…1.
        lying: lines.
        standing: lines, rows and columns exchanged.
        under: lines under writing, of which what stands on them, and does not cross, leaves little.

    Returns:
        bool (h, w); the strokes themselves if there are no lines.
    """
    if not (lying or standing or under):
        return strokes
    result, beside = strokes.copy(), np.zeros_like(strokes)
    for line in lying:
        _take_out(line, strokes, depth, result, beside)
    for line in under:
        _take_out(line, strokes, depth, result, beside, under=True)
    for line in standing:
        _take_out(line, strokes.T, depth.T, result.T, beside.T)
    return _without_rest(result, beside)


def _take_out(
    line: Line,
    strokes: Array,
    depth: Array,
    result: Array,
    beside: Array,
    *,
    under: bool = False,
) -> None:
    """Take a lying line out of the result, and mark what is on it or right beside it."""
    import cv2  # noqa: PLC0415

    half = line.thickness / 2
    tall = int(max(_CROSSING * line.thickness, line.thickness + 1.5)) + 1
    aside = np.arange(-tall - 3, tall + 4)[:, None]
    rows = np.rint(line.middles).astype(int) + aside
    columns = np.broadcast_to(line.begin + np.arange(len(line)), rows.shape)
    inside = (rows >= 0) & (rows < len(strokes))
    # a strip along the line, in which it lies straight
    near = np.clip(rows, 0, len(strokes) - 1), columns
    inked, off = strokes[near].astype(np.uint8), np.abs(rows - line.middles)
    crossing = cv2.morphologyEx(inked, cv2.MORPH_OPEN, np.ones((tall, 1), np.uint8)) > 0
    alike = inside & (depth[near] <= line.depth + _DARKER)
    gone = alike & ~crossing & (off <= half + 1.5)
    if under:
        lower = rows - line.middles
        below = inside & (inked > 0) & (lower > half + 1) & (lower <= half + _RUN_ON)
        through = np.any(below, axis=0)
        if through.mean() <= _CROSSED:
            gone |= alike & ~through & (lower >= -half / 2) & (lower <= half + 1)
    result[rows[gone], columns[gone]] = False
    gone = alike & (off <= half + 2)
    beside[rows[gone], columns[gone]] = True


def _without_rest(strokes: Array, beside: Array) -> Array:
    """Return the strokes without pieces that lie right beside lines that were taken out."""
    import cv2  # noqa: PLC0415

    count, numbers = cv2.connectedComponents(strokes.astype(np.uint8), connectivity=8)
    whole = np.bincount(numbers[strokes], minlength=count)
    rest = np.bincount(numbers[strokes & beside], minlength=count)
    kept = rest <= _REST * whole
    kept[0] = False
    result: Array = kept[numbers]
    return result


def darker(strokes: Array, depth: Array, least: float) -> Array:
    """Return the strokes that are inked as strongly, and two pixels around: their edges."""
    import cv2  # noqa: PLC0415

    dark = (strokes & (depth > least)).astype(np.uint8)
    result: Array = strokes & (cv2.dilate(dark, np.ones((5, 5), np.uint8)) > 0)
    return result
