"""Printed lines in a picture of one digit: ruled and squared paper, boxes and combs of forms.

A printed line is long, thin and straight, and goes on beyond the digit at both ends; so do no
strokes of a digit but the stem of a 4, for which reason upright lines have to fit to level ones.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

_NONE = 1 << 30
_SMALLEST = 40  # pixels a side: in smaller pictures strokes are as thin as lines
_LONG = 4  # the picture's side divided by this: shorter is no line
_BRIDGED = 32  # the picture's side divided by this: so long a gap may be in a line
_THIN = 24  # the picture's longer side divided by this: what is thicker is no line
_COVERED = 0.5  # of its length a line is thin, where no stroke crosses it
_BEYOND = 0.03  # of the picture's side, a line goes on beyond the digit
_LONGER = 1.1  # times the digit's longer side, at least
_SEVERAL = 2  # lines from side to side are those of a sheet
_FEWEST = 16  # pixels of a digit
_LARGE = 0.3  # of the largest piece's pixels: it belongs to the digit
_OUTLIERS = 0.02  # of the digit's ink may cross lines on each side
_NEAR = 0.04  # of the picture's longer side: lines that are so near meet
_AT_EDGE = 0.02  # of the picture's side: a line that comes so near goes to the edge
_CORNER, _SIDE, _EDGE = "corner", "side", "edge"  # of a box, and of the picture


class _Line(NamedTuple):
    """A straight line, thin but where strokes cross it."""

    begin: int
    end: int
    low: int  # where it lies across, from
    high: int  # to, without it
    whole: Array  # bool, (h, w) of the picture
    pixels: Array  # those where nothing crosses it


class _Extent(NamedTuple):
    """Where the digit lies along an axis."""

    low: int
    high: int


class _Lines(NamedTuple):
    level: list[_Line]
    upright: list[_Line]


def printed_lines(inked: Array) -> Array:
    """Return which pixels of ink belong to printed lines and to no stroke that crosses them.

    Everything straight may be a line first; then it is again and again seen which lines fit to a
    digit of all other ink.

    Args:
        inked: bool (h, w).

    Returns:
        bool (h, w); none where nothing but lines is there.
    """
    if min(inked.shape) < _SMALLEST:
        return np.zeros_like(inked)
    upright = [line._replace(whole=line.whole.T, pixels=line.pixels.T) for line in _lines(inked.T)]
    lines = _Lines(_lines(inked), upright)
    gone = _pixels(lines, inked)
    if (inked & ~gone).sum() < _FEWEST:
        lines = _Lines(lines.level, [line for line in upright if all(_ends(line, lines, inked))])
        gone = _pixels(lines, inked)
    while lines.level or lines.upright:
        rest = inked & ~gone
        if rest.sum() < _FEWEST:
            return np.zeros_like(inked)
        numbers, large = _pieces(rest)
        fitting = _fitting(lines, large[numbers])
        if len(fitting.level + fitting.upright) == len(lines.level + lines.upright):
            teeth = np.zeros_like(large)  # short ones of a comb
            teeth[numbers[_grown(gone) & _corners(lines.level, inked.shape)]] = True
            teeth &= ~large
            teeth[0] = False
            return gone | teeth[numbers]
        lines = fitting
        gone = _pixels(lines, inked)
    return gone


def _pixels(lines: _Lines, inked: Array) -> Array:
    """Return the pixels of lines, with those where level lines meet upright ones."""
    wholes = []
    gone = np.zeros_like(inked)
    for some in lines:
        whole = np.zeros_like(inked)
        for line in some:
            whole |= line.whole
            gone |= line.pixels
        wholes.append(whole)
    result: Array = gone | (inked & wholes[0] & wholes[1] & _grown(gone))
    return result


def _fitting(lines: _Lines, digit: Array) -> _Lines:
    """Return those lines that lie to a digit as printed ones do."""
    height, width = digit.shape
    across, down = _extent(digit.sum(axis=0)), _extent(digit.sum(axis=1))
    longer = max(across.high - across.low, down.high - down.low)
    sheet = _is_sheet(lines.level, width, height)
    level = [
        line
        for line in lines.level
        if (sheet and _goes_through(line, width)) or _goes_beyond(line, across, longer, width)
    ]
    fitting = _Lines(level, [])
    sheet = _is_sheet(lines.upright, height, width)
    for line in lines.upright:
        ends = _ends(line, fitting, digit)
        through = _goes_through(line, height)
        beyond = through and _goes_beyond(line, down, longer, height)
        if (_grown(line.pixels) & digit).any():
            printed = (through and sheet) or (beyond and bool(level))
        else:
            beside = line.high <= across.low or line.low >= across.high
            printed = beyond or (beside and (_CORNER in ends or _SIDE in ends))
        if printed or (_CORNER in ends and all(end in (_CORNER, _EDGE) for end in ends)):
            fitting.upright.append(line)
    return fitting


def _is_sheet(lines: list[_Line], side: int, across: int) -> bool:
    """Return whether several lines, none of them along an edge, go through the picture."""
    near = _NEAR * max(side, across)
    inner = [line for line in lines if line.low > near and line.high < across - near]
    return sum(_goes_through(line, side) for line in inner) >= _SEVERAL


def _pieces(ink: Array) -> tuple[Array, Array]:
    """Return the number of the piece of each pixel (0: none), and which pieces are large."""
    import cv2  # noqa: PLC0415

    _, numbers, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    pixels = stats[:, cv2.CC_STAT_AREA]
    large = pixels >= _LARGE * pixels[1:].max()
    large[0] = False
    return numbers, large


def _corners(level: list[_Line], shape: tuple[int, ...]) -> Array:
    """Return what lies near the ends of level lines that end within the picture."""
    result = np.zeros(shape, bool)
    near = int(_NEAR * max(shape))
    for line in level:
        for end in (line.begin, line.end):
            if near < end < shape[1] - near:
                rows = slice(max(line.low - near, 0), line.high + near)
                result[rows, end - near : end + near] = True
    return result


def _goes_beyond(line: _Line, digit: _Extent, longer: int, side: int) -> bool:
    """Return whether a line goes on beyond the digit at both ends, and is longer than it."""
    margin = max(1.0, _BEYOND * side)
    outside = line.begin <= digit.low - margin and line.end >= digit.high + margin
    return outside and line.end - line.begin >= _LONGER * longer


def _goes_through(line: _Line, side: int) -> bool:
    """Return whether a line goes from one side of the picture to the other."""
    return line.begin <= _AT_EDGE * side and line.end >= (1 - _AT_EDGE) * side


def _ends(line: _Line, lines: _Lines, picture: Array) -> list[str]:
    """Return what an upright line meets at its ends: a corner, a side, the edge or nothing."""
    height, near = picture.shape[0], _NEAR * max(picture.shape)
    found = []
    for end in (line.begin, line.end):
        met = [other for other in lines.level if other.low - near <= end <= other.high + near]
        corners = [place for other in met for place in (other.begin, other.end)]
        if any(line.low - near <= place <= line.high + near for place in corners):
            found.append(_CORNER)
        elif any(other.begin <= line.low and line.high <= other.end for other in met):
            found.append(_SIDE)
        else:
            at_edge = min(end, height - end) <= max(1.0, _AT_EDGE * height)
            found.append(_EDGE if at_edge else "")
    return found


def _extent(profile: Array) -> _Extent:
    """Return where the digit lies, but for what may be outliers."""
    total = np.cumsum(profile)
    low, high = np.searchsorted(total, [_OUTLIERS * total[-1], (1 - _OUTLIERS) * total[-1]])
    return _Extent(int(low), int(high) + 1)


def _grown(mask: Array) -> Array:
    import cv2  # noqa: PLC0415

    grown: Array = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return grown


def _lines(inked: Array) -> list[_Line]:
    """Return what may be lines from left to right."""
    import cv2  # noqa: PLC0415

    height, width = inked.shape
    thick = inked.copy()  # so that a slant line's steps are connected
    thick[1:] |= inked[:-1]
    thick[:-1] |= inked[1:]
    thick |= _runs(~thick) <= width // _BRIDGED
    runs = _runs(thick)
    long = (runs >= max(9, width // _LONG)) & (runs < _NONE)
    found: list[_Line] = []
    if not long.any():
        return found
    count, numbers, stats, _ = cv2.connectedComponentsWithStats(
        long.astype(np.uint8), connectivity=8
    )
    depths = _runs(inked.T).T
    most = max(3, max(height, width) // _THIN)
    for number in range(1, count):
        left, top, wide, high, _ = stats[number].tolist()
        whole = numbers == number
        thin = whole & (depths <= most)
        if thin.any(axis=0).sum() >= _COVERED * wide:
            pixels = whole & (depths <= 1.5 * float(np.median(depths[thin])) + 1)
            found.append(_Line(left, left + wide, top, top + high, whole, pixels))
    return found


def _runs(mask: Array) -> Array:
    """Return for each true pixel how many in its row are true without a gap; 2³⁰ where false."""
    height, width = mask.shape
    padded = np.zeros((height, width + 1), np.int8)
    padded[:, :-1] = mask
    steps = np.diff(padded.ravel(), prepend=np.int8(0))
    begins, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    runs = np.full(mask.shape, _NONE)
    runs[mask] = np.repeat(ends - begins, ends - begins)
    return runs
