"""From the strokes of a page to rows of pieces that may be numbers."""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.reading.frames import known_lines
from numerist.reading.lines import Lines
from numerist.reading.pale import without_pale_behind, without_pale_net
from numerist.reading.parts import connected_parts
from numerist.reading.removal import take_out
from numerist.reading.rings import without_rings
from numerist.reading.ruled import fences, strikes
from numerist.reading.rules import taken_out, without_dashes, without_page_rules, without_rules
from numerist.reading.slopes import common_slope, slope_of
from numerist.reading.surroundings import without_table

Array: TypeAlias = npt.NDArray[Any]

_SPECK = 0.35  # of the height of the writing: what is smaller starts no row
_OVERLAP = 0.4  # of the smaller height, for two pieces to stand beside each other
_TIMES, _SHARE = 5, 0.17  # a piece counts for five at most, or for so much of all if that is more
_AROUND, _HELD = 4.0, 2  # heights; rows in its box: no digit is so high and has so many
_LINEAR = 0.09  # of its length is what is straight off a line, on average
_APART = 2.6  # heights between two pieces of one row
_NET = 3.0  # heights
_TOWER = 2.2  # heights
_LINES, _BROADEST = 4.0, 0.6  # heights: no digit is as high, no pen as broad
_COMMA_WIDE, _COMMA_HIGH = 0.4, 0.6  # heights: a comma is no larger,
_ABOVE, _BELOW = 0.35, 0.08  # and begins so near to where the digits beside it end
_MARGIN = 4  # pixels from the border
_CUT_OUT, _REACHES = 0.6, 2  # of the picture's height: digits cut out with pixels around them
_STRAIGHT = 0.9  # of its box is inked
_BAR = 1.2  # times its diagonal: a bar is no longer
_SOLID = 0.7  # of its box is inked, and of the height its shorter side: it may be a disc
_ROUND = 0.42  # of its longer side is the radius of the largest disc in it: it is one
_HOLE, _ROUNDER = 0.35, 0.46  # of the height: a smaller disc is one if it is so round
_HARDLY = 0.08  # of its box
_COARSE = 1000  # pixels of the longer side: enough to see how high the writing is
_ALIKE = 0.2  # in logarithms: with heights that differ more, other lines are found
_LOWER = (0.6, 0.35)  # of the height of all pieces: that of writing in a frame
_LEFT_OVER = 0.15  # of the ink, at least, is writing
_BROAD = 1.5  # heights: a digit is not as wide
_FRAMED = 0.3  # of the ink is in what may be frames with writing: else they don't count
_MOST = 150  # pieces of a row; more are a texture
_SLIVER = 0.08  # of the height: a dash is no thicker,
_BROKEN = 100  # and so many of them, most of all pieces, may be broken lines;
_TEXTURE = 20_000  # more are a texture
_LINED = 0.95  # of the ink is left, or less: there were printed lines
_FEW = 3  # rows: of no more, none is a rest; nor are no more, without printed lines
_DARK = 0.85  # of a row's ink is paler than what counts as its depth;
_PALE = 0.65  # of that of most ink: a rest is paler,
_LITTLE = 0.2  # of the square of the height: and has less ink
_ALONGSIDE = 0.5  # heights off is the same line still,
_ALONGSIDE_ASLANT = 0.8  # where lines climb
_LEAST = 5  # pixels: lower writing can't be read
_LOWEST = 12  # pixels: nor is writing looked for that is lower than this, and far lower than most,
_NEAR = 0.5  # heights from rows of that, nor where there are
_SMALL = 500_000  # pairs of such a piece and a group: they are a texture


@dataclass(frozen=True, slots=True)
class Row:
    """Pieces of ink that stand side by side.

    Attributes:
        mask: bool (h, w), the ink of the row, in its box.
        box: left, top, right, bottom on the page, in pixels.
        height: of the writing in it, in pixels.
        line: of the page that it stands in, from 0.
        slope: how steeply it falls, in pixels down for one to the right.
        fences: columns of the page where a line of a table stands between its pieces.
        strikes: from and to which column of the page a line was drawn through them.
    """

    mask: Array
    box: tuple[int, int, int, int]
    height: float
    line: int = 0
    slope: float = 0.0
    fences: tuple[float, ...] = ()
    strikes: tuple[tuple[float, float], ...] = ()


def find_rows(strokes: Array, depth: Array | None = None) -> list[Row]:
    """Return the rows of a page, from the top down and from the left.

    Args:
        strokes: bool (h, w).
        depth: float32 (h, w), how strongly each pixel is inked, 0…1; all alike if not given.
    """
    if depth is None:
        depth = np.ones(strokes.shape, np.float32)
    strokes = without_table(strokes)
    numbers, boxes, lines = _writing(strokes, depth)
    if not len(boxes):
        return []
    height = _height(boxes, strokes.shape)
    net = _is_net(boxes, height)
    net |= _are_discs(numbers, boxes, height)
    tall = (boxes[:, 3] >= max(_SPECK * height, _LEAST)) & ~net
    flat = _is_rule(boxes, height)
    slivers = _is_sliver(boxes, strokes.shape)
    slivers &= ~_is_cut_out_one(boxes, tall & ~slivers, strokes.shape)
    dirt = slivers | (flat & (boxes[:, 2] > height))
    large = tall & ~flat & ~dirt
    if not large.any():  # a picture that a one alone fills
        large, dirt = tall & ~flat, dirt & flat
    if not large.any():
        return []
    tower = boxes[:, 3] > _TOWER * height
    group, towers = (
        [members for members in _grouped(boxes, np.flatnonzero(chosen)) if len(members) <= _MOST]
        for chosen in (large & ~tower, large & tower)
    )
    towers = [members for members in towers if not _is_edge(numbers, boxes, members, height)]
    if len(group) > _FEW:
        towers = [
            members
            for members in towers
            if len(members) > 1
            or not (
                _is_around(boxes, members[0], group, height)
                or _is_fold(numbers, boxes, members[0], height)
            )
        ]
    group = _with_towers(boxes, group, towers)
    group = _with_lower(boxes, group, ~(net | dirt | flat), height)
    group, commas = _with_commas(boxes, group, height)
    large[list(itertools.chain.from_iterable(group))] = True
    rows = [
        _row(numbers, boxes, members, large | dirt | net, hanging)
        for members, hanging in zip(group, commas, strict=True)
    ]
    rows = [_with_lines(row, lines, strokes.shape) for row in rows if row.height >= _LEAST]
    lined = np.count_nonzero(numbers) < _LINED * np.count_nonzero(strokes)
    middles = boxes[:, :2] + boxes[:, 2:4] / 2
    heights = np.array([np.median(boxes[members, 3]) for members in group])
    lean = common_slope([middles[members] for members in group], heights)
    return _in_reading_order(_without_rests(rows, depth, lined=bool(lined)), lean)


def _with_lower(
    boxes: Array, groups: list[list[int]], written: Array, height: float
) -> list[list[int]]:
    """Return groups of pieces, and writing so much lower that its pieces counted as specks.

    Args:
        boxes: of all pieces.
        groups: of those that are no specks.
        written: bool (n,), which pieces may be writing.
        height: of most of it.
    """
    sides = np.array([_around(boxes, members) for members in groups])
    high = np.array([np.quantile(boxes[members, 3], 0.75) for members in groups])
    low = written & (boxes[:, 3] < _SPECK * height) & (boxes[:, 3] >= _LOWEST)
    places = np.flatnonzero(low)
    if len(places) <= 1 or len(places) * len(groups) > _SMALL:
        return groups
    middle = boxes[places, None, :2] + boxes[places, None, 2:4] / 2
    reach = _NEAR * high[:, None]
    near = (middle > sides[:, :2] - reach) & (middle < sides[:, 2:] + reach)
    specks = (near.all(axis=2) & (boxes[places, 3, None] < _SPECK * high)).any(axis=1)
    low[places[specks]] = False
    if np.count_nonzero(low) <= 1:
        return groups
    lower = _height(boxes[low], ())
    low &= (boxes[:, 3] >= _SPECK * lower) & ~_is_rule(boxes, lower)
    alike = high < lower / _SPECK
    joined = [
        piece for members, is_low in zip(groups, alike, strict=True) if is_low for piece in members
    ]
    again = _grouped(boxes, np.array([*joined, *np.flatnonzero(low)], int))
    again = [members for members in again if len(members) > 1 or members[0] in joined]
    rest = [members for members, is_low in zip(groups, alike, strict=True) if not is_low]
    return [*rest, *(members for members in again if len(members) <= _MOST)]


def _with_lines(row: Row, lines: Lines, shape: tuple[int, ...]) -> Row:
    """Return a row with what the lines that were taken out say of it."""
    return dataclasses.replace(
        row,
        fences=fences(row.box, row.height, row.mask, lines.standing, shape[0]),
        strikes=strikes(row.box, row.height, lines.flat, shape[1]),
    )


def _height(boxes: Array, shape: tuple[int, ...]) -> float:
    """Return the height of most of the writing: the median, pieces of much ink counting more.

    Of many pieces none counts for too much: it may be the edge of a shadow.
    """
    if not len(boxes):
        return float(min(shape[:2]))
    heights = boxes[:, 3].astype(float)
    weights = np.minimum(heights * np.minimum(boxes[:, 2], heights), boxes[:, 4])
    pieces = max(int(np.count_nonzero(heights >= _LEAST)), 1)
    weights = np.minimum(weights, max(_SHARE, _TIMES / pieces) * weights.sum())
    order = np.argsort(heights)
    total = np.cumsum(weights[order])
    return float(heights[order][np.searchsorted(total, total[-1] / 2)])


def _writing(strokes: Array, depth: Array) -> tuple[Array, Array, Lines]:
    """Return the pieces without rules, as `connected_parts`, and the rules.

    They are looked for again if the height is another.
    """
    strokes = without_rings(without_pale_net(strokes, depth))
    known = known_lines(strokes, depth)
    first = _first_height(take_out(strokes, depth, known))
    free, lines = taken_out(strokes, depth, first, known)
    free = without_pale_behind(free, depth)
    numbers, boxes = connected_parts(free)
    height = _height(boxes, strokes.shape)
    if abs(np.log(height / first)) > _ALIKE:
        free, more = taken_out(free, depth, height)
        lines = Lines(*([*one, *other] for one, other in zip(lines, more, strict=True)))
        numbers, boxes = connected_parts(free)
    slivers = boxes[:, 2:4].min(axis=1) <= max(_SLIVER * height, 2)
    if _TEXTURE >= slivers.sum() >= max(_BROKEN, len(boxes) / 2):
        numbers, boxes = connected_parts(without_dashes(free, depth, height))
    return numbers, boxes, lines


def _first_height(strokes: Array) -> float:
    """Return about the height of the writing, whatever lines cross the page."""
    import cv2  # noqa: PLC0415

    high, wide = strokes.shape
    step = max(1, min(max(high, wide) // _COARSE, high, wide))
    broad = cv2.dilate(strokes.astype(np.uint8), np.ones((step, step), np.uint8))
    small = without_page_rules(broad[step // 2 :: step, step // 2 :: step] > 0)
    boxes = connected_parts(small)[1]
    height = _height(boxes, small.shape)
    if _may_be_framed(boxes, height):
        height = _within_lines(small, height) or height
    return float(step) * height


def _may_be_framed(boxes: Array, height: float) -> bool:
    """Return whether much of the ink is in pieces that are wider than a digit or hold another."""
    left, top, wide, high, area = boxes[boxes[:, 3] >= _SPECK * height].T
    right, bottom = left + wide, top + high
    large = wide > _BROAD * height
    for k in np.flatnonzero((high >= height) & ~large)[:_MOST]:
        inside = (left > left[k]) & (right < right[k]) & (top > top[k]) & (bottom < bottom[k])
        large[k] = inside.any()
    return bool(area[large].sum() >= _FRAMED * max(area.sum(), 1))


def _within_lines(strokes: Array, height: float) -> float | None:
    """Return the height of writing that stands in a frame or a grid, and is one piece with it.

    Such a piece is as high as the frame, and for that height its sides are no rules. So rules are
    looked for as of lower writing; if what they leave is alike in height with them taken out for
    that very height, it is the writing.

    Args:
        strokes: bool (h, w).
        height: of the pieces.
    """
    depth = strokes.astype(np.float32)
    for share in _LOWER:
        lower = _height_without(strokes, depth, share * height)
        if lower is None or abs(np.log(lower / height)) <= _ALIKE:
            continue
        again = _height_without(strokes, depth, lower)
        if again is not None and abs(np.log(again / lower)) <= _ALIKE:
            return again
    return None


def _height_without(strokes: Array, depth: Array, height: float) -> float | None:
    """Return the height of pieces without rules; None if hardly any ink is left, or all of it."""
    if height < _LEAST:
        return None
    free = without_rules(strokes, depth, height)
    left = float(free.sum()) / max(float(strokes.sum()), 1.0)
    return _height(connected_parts(free)[1], strokes.shape) if _LEFT_OVER <= left < 1 else None


def _is_rule(boxes: Array, height: float) -> Array:
    """Return which pieces are flat: dashes, underlines, the rest of ruled lines."""
    wide, high = boxes[:, 2], boxes[:, 3]
    flat: Array = (wide > 3 * high) & (high < 0.4 * height)
    return flat


def _is_net(boxes: Array, height: float) -> Array:
    """Return which pieces are much higher than writing, and hardly inked: drawings, tables."""
    wide, high, area = boxes[:, 2:5].T.astype(float)
    net: Array = (high > _NET * height) & (area < _HARDLY * wide * high)
    return net


def _are_discs(numbers: Array, boxes: Array, height: float) -> Array:
    """Return which pieces are solid discs larger than any point; none if all are.

    Those smaller than digits, as punched holes are, must be rounder than blots, and not close to
    writing, as points are.
    """
    wide, high, area = boxes[:, 2:5].T.astype(float)
    side = np.minimum(wide, high)
    large = side > _SOLID * height
    solid = (area > _SOLID * wide * high) & (large | (side > max(_HOLE * height, _LEAST)))
    result = np.zeros(len(boxes), bool)
    for k in np.flatnonzero(solid)[:_MOST]:
        if not large[k] and _is_beside_writing(boxes, k, height):
            continue  # a point
        least = _ROUND if large[k] else _ROUNDER
        result[k] = _radius(numbers, boxes, k) > least * max(wide[k], high[k])
    return result & ~result.all()


def _is_beside_writing(boxes: Array, piece: int, height: float) -> bool:
    """Return whether something about as high as writing stands less than that beside a piece."""
    left, top, wide, high = boxes[:, :4].T
    gap = np.maximum(left - (left + wide)[piece], left[piece] - (left + wide))
    level = np.minimum(top + high, (top + high)[piece]) > np.maximum(top, top[piece])
    beside = level & (gap < height) & (high >= _SOLID * height)
    beside[piece] = False
    return bool(beside.any())


def _is_edge(numbers: Array, boxes: Array, members: list[int], height: float) -> bool:
    """Return whether pieces are one bar alone, higher than lines of writing and broader than pens.

    Leading to the page's border it is the edge of a shadow.
    """
    piece, *others = members
    left, top, wide, high, area = boxes[piece].tolist()
    below, right = (size - _MARGIN for size in numbers.shape)
    leads = min(left, top) < _MARGIN or left + wide > right or top + high > below
    if others or high < _LINES * height or not leads:
        return False
    thick = 2 * _radius(numbers, boxes, piece)
    return thick > _BROADEST * height and area < _BAR * thick * float(np.hypot(wide, high))


def _is_around(boxes: Array, piece: int, rows: list[list[int]], height: float) -> bool:
    """Return whether a piece is far higher than writing and has rows of it in its box."""
    left, top, wide, high = boxes[piece, :4].tolist()
    if high <= _AROUND * height:
        return False
    inside = 0
    for row in rows:
        begin, above, end, below = _around(boxes, row)
        inside += left <= begin and above >= top and end <= left + wide and below <= top + high
    return inside >= _HELD


def _is_fold(numbers: Array, boxes: Array, piece: int, height: float) -> bool:
    """Return whether a piece higher than writing is about straight, with no writing beside it."""
    left, top, wide, high, area = boxes[piece].tolist()
    long = float(np.hypot(wide, high))
    if area > height * long or _is_beside_writing(boxes, piece, height):
        return False
    inked = np.argwhere(numbers[top : top + high, left : left + wide] == piece + 1)
    off_line = float(np.linalg.eigvalsh(np.cov(inked.T))[0])  # squared, on average
    return off_line < (_LINEAR * long) ** 2


def _radius(numbers: Array, boxes: Array, piece: int) -> float:
    """Return the radius of the largest disc in a piece."""
    import cv2  # noqa: PLC0415

    left, top, wide, high = boxes[piece, :4].tolist()
    inked = numbers[top : top + high, left : left + wide] == piece + 1
    away = cv2.distanceTransform(np.pad(inked, 1).astype(np.uint8), cv2.DIST_L2, 3)
    return float(away.max())


def _is_sliver(boxes: Array, shape: tuple[int, ...]) -> Array:
    """Return which pieces lie along the page's border, cut off by it."""
    left, top, wide, high = boxes[:, :4].T
    at_side = (left == 0) | (left + wide == shape[1])
    at_end = (top == 0) | (top + high == shape[0])
    through = (top == 0) & (top + high == shape[0]) & (wide < 0.2 * high)
    thin: Array = (at_side & (wide < 0.12 * high)) | (at_end & (high < 0.25 * wide)) | through
    return thin


def _is_cut_out_one(boxes: Array, others: Array, shape: tuple[int, ...]) -> Array:
    """Return which upright pieces are ones of a number that is cut out along its ink.

    At one side, where the others reach the other side; or from the top to the bottom, where others
    reach as far, unless they are as straight as printed lines. The edge of a desk has paper beside
    it, and at the other side.

    Args:
        boxes: of all pieces.
        others: bool (pieces,), those that may be digits, but for the ones.
        shape: of the picture.
    """
    high, wide = shape[:2]
    if not others.any() or boxes[others, 3].max() < _CUT_OUT * high:
        return np.zeros(len(boxes), bool)
    left, top = boxes[:, 0], boxes[:, 1]
    right, bottom = left + boxes[:, 2], top + boxes[:, 3]
    begins, ends, rises, falls = (
        bool(reaches[others].any())
        for reaches in (
            left < _REACHES, right > wide - _REACHES, top < _REACHES, bottom > high - _REACHES,
        )
    )  # fmt: skip
    upright = (boxes[:, 3] >= _CUT_OUT * high) & (boxes[:, 2] < boxes[:, 3] / 2)
    at_side = ((left == 0) & ends) | ((right == wide) & begins)
    straight = boxes[:, 4] >= _STRAIGHT * boxes[:, 2] * boxes[:, 3]
    inner = (left > 0) & (right < wide) & ~straight & (rises and falls)
    result: Array = upright & (at_side | inner)
    return result


def _grouped(boxes: Array, chosen: Array) -> list[list[int]]:
    """Return groups of pieces, each beside another of its group."""
    parent = {int(i): int(i) for i in chosen}

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    if not len(chosen):
        return []
    left, top, wide, high = boxes[:, :4].T.astype(float)
    right, bottom = left + wide, top + high
    order = chosen[np.argsort(left[chosen])]
    reach = right[order] + _APART * high[order].max()
    ends = np.searchsorted(left[order], reach, side="right")
    for place, i in enumerate(order):
        later = order[place + 1 : ends[place]]
        gap = left[later] - right[i]
        larger = np.maximum(high[later], high[i])
        smaller = np.minimum(high[later], high[i])
        shared = np.minimum(bottom[later], bottom[i]) - np.maximum(top[later], top[i])
        for j in later[(gap <= _APART * larger) & (shared >= _OVERLAP * smaller)]:
            parent[root(int(j))] = root(int(i))
    groups: dict[int, list[int]] = {}
    for i in order:
        groups.setdefault(root(int(i)), []).append(int(i))
    return list(groups.values())


def _with_commas(
    boxes: Array, rows: list[list[int]], height: float
) -> tuple[list[list[int]], list[list[int]]]:
    """Return the rows but commas by themselves, and for each row those that hang from it.

    Args:
        boxes: of all pieces.
        rows: of pieces.
        height: of most of the writing.
    """
    narrow = (boxes[:, 2] <= _COMMA_WIDE * height) & (boxes[:, 3] <= _COMMA_HIGH * height)
    low = [piece for row in rows if narrow[row].all() for piece in row]
    sides = np.array([_around(boxes, row) for row in rows]).reshape(-1, 4)
    found: dict[int, int] = {}  # from which row a comma hangs
    for piece in low:
        left, top, right, _ = _around(boxes, [piece])
        beside = (sides[:, 0] < left) & (sides[:, 2] > right)
        beside &= (sides[:, 1] < top) & (sides[:, 3] > top - _BELOW * height)
        for k in np.flatnonzero(beside).tolist():
            if not narrow[rows[k]].all() and _hangs(boxes, piece, np.array(rows[k])):
                found[piece] = k
                break
    commas = [[piece for piece, row in found.items() if row == k] for k in range(len(rows))]
    rest = [[piece for piece in row if piece not in found] for row in rows]
    both = [(row, hanging) for row, hanging in zip(rest, commas, strict=True) if row]
    return [row for row, _ in both], [hanging for _, hanging in both]


def _hangs(boxes: Array, piece: int, row: Array) -> bool:
    """Return whether a piece begins where its neighbours in a row end, and reaches below."""
    left, top, wide, high = boxes[piece, :4].tolist()
    middles, ends = boxes[row, 0] + boxes[row, 2] / 2, boxes[row, 1] + boxes[row, 3]
    before, behind = np.flatnonzero(middles < left), np.flatnonzero(middles > left + wide)
    if not (len(before) and len(behind)):
        return False
    beside = [before[middles[before].argmax()], behind[middles[behind].argmin()]]
    line, height = float(ends[beside].mean()), float(np.median(boxes[row, 3]))
    return bool(-_ABOVE * height <= top - line <= _BELOW * height and top + high > line)


def _row(numbers: Array, boxes: Array, members: list[int], others: Array, commas: list[int]) -> Row:
    """Return a row of large pieces with the small ones that lie between or beside them.

    `others` are pieces that belong to other rows, or to none; `commas` hang from this one.
    """
    left, top = boxes[members, :2].min(axis=0)
    right, bottom = (boxes[members, :2] + boxes[members, 2:4]).max(axis=0)
    heights = np.sort(boxes[members, 3])
    height = float(heights[len(heights) // 2 :].mean())
    middle = boxes[:, :2] + boxes[:, 2:4] / 2
    reach = 0.6 * height
    near = (middle[:, 0] > left - reach) & (middle[:, 0] < right + reach)
    near &= (middle[:, 1] > top - 0.1 * height) & (middle[:, 1] < bottom + 0.1 * height)
    kept = near & ~others & (boxes[:, 4] >= max(3, 0.002 * height**2))
    kept[[*members, *commas]] = True
    left, top = boxes[kept, :2].min(axis=0)
    right, bottom = (boxes[kept, :2] + boxes[kept, 2:4]).max(axis=0)
    mask = np.concatenate([[False], kept])[numbers[top:bottom, left:right]]
    box = (int(left), int(top), int(right), int(bottom))
    return Row(mask, box, height, slope=slope_of(middle[members], height))


def _with_towers(boxes: Array, rows: list[list[int]], towers: list[list[int]]) -> list[list[int]]:
    """Return rows of pieces with those much higher than writing: beside one line a part of it.

    What reaches across several lines, the edge of a shadow for one, would join them: it is by
    itself.
    """
    for members in towers:
        left, top, right, bottom = _around(boxes, members)
        sides = np.array([_around(boxes, row) for row in rows]).reshape(-1, 4)
        gap = np.maximum(sides[:, 0] - right, left - sides[:, 2])
        shared = np.minimum(sides[:, 3], bottom) - np.maximum(sides[:, 1], top)
        beside = (gap <= _APART * (bottom - top)) & (
            shared >= _OVERLAP * (sides[:, 3] - sides[:, 1])
        )
        near = sides[beside]
        if len(near) and near[:, 1].max() < near[:, 3].min():
            joined = [
                piece for row, is_near in zip(rows, beside, strict=True) if is_near for piece in row
            ]
            rows = [row for row, is_near in zip(rows, beside, strict=True) if not is_near]
            rows.append([*joined, *members])
        else:
            rows = [*rows, members]
    return rows


def _around(boxes: Array, members: list[int]) -> tuple[float, ...]:
    """Return left, top, right and bottom of some pieces together."""
    some = boxes[members]
    return (*some[:, :2].min(axis=0).tolist(), *(some[:, :2] + some[:, 2:4]).max(axis=0).tolist())


def _without_rests(rows: list[Row], depth: Array, *, lined: bool) -> list[Row]:
    """Return the rows without what is left of printed lines: a little ink by itself, and pale.

    Args:
        rows: of a page.
        depth: float32 (h, w), how strongly each pixel is inked, 0…1.
        lined: whether printed lines were found; if not, a few such rows are none of their rests.
    """
    if len(rows) <= _FEW:
        return rows
    sizes = np.array([row.mask.sum() for row in rows])
    dark = np.array([
        np.quantile(depth[row.box[1] : row.box[3], row.box[0] : row.box[2]][row.mask], _DARK)
        for row in rows
    ])  # fmt: skip
    order = np.argsort(dark)
    total = np.cumsum(sizes[order])
    usual = dark[order][np.searchsorted(total, total[-1] / 2)]
    height = float(np.average([row.height for row in rows], weights=sizes))
    kept = (dark >= _PALE * usual) | (sizes >= _LITTLE * height**2)
    if not lined and np.count_nonzero(~kept) <= _FEW:
        return rows
    return [row for row, is_kept in zip(rows, kept.tolist(), strict=True) if is_kept]


def _in_reading_order(rows: list[Row], lean: float) -> list[Row]:
    """Return rows by lines from the top down, within a line from the left.

    Args:
        rows: of a page.
        lean: how steeply its lines fall; 0 if that is not clear: then they do as most rows.
    """
    alongside = _ALONGSIDE
    if not lean:
        lean = _lean(rows)
        alongside = _ALONGSIDE_ASLANT if lean else _ALONGSIDE

    def middle(row: Row) -> float:
        left, top, right, bottom = row.box
        return (top + bottom - lean * (left + right)) / 2

    def extent(row: Row) -> float:
        """How high it is but for what it climbs."""
        left, top, right, bottom = row.box
        return max(bottom - top - abs(lean) * (right - left), row.height)

    lines: list[list[Row]] = []
    for row in sorted(rows, key=middle):
        last = min(lines[-1], key=lambda row: row.height) if lines else None
        if last and abs(middle(row) - middle(last)) <= alongside * extent(last):
            lines[-1].append(row)
        else:
            lines.append([row])
    return [
        dataclasses.replace(row, line=number)
        for number, line in enumerate(lines)
        for row in sorted(line, key=lambda row: row.box[0])
    ]


def _lean(rows: list[Row]) -> float:
    """Return the slope of most rows, longer ones counting more."""
    if not rows:
        return 0.0
    slopes = np.array([row.slope for row in rows])
    lengths = np.array([row.box[2] - row.box[0] for row in rows])
    order = np.argsort(slopes)
    half = np.searchsorted(np.cumsum(lengths[order]), lengths.sum() / 2)
    return float(slopes[order[half]])
