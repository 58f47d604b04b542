"""Splitting a row into words: where the gap between two pieces is wide, a new number begins."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.reading.parts import connected_parts
from numerist.reading.pieces import HEIGHT, Pieces
from numerist.reading.slopes import rise_of
from numerist.reading.struck import is_struck_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numerist.reading.rows import Row

Array: TypeAlias = npt.NDArray[Any]

_EDGE = 3  # pixels of paper around a word
_WIDE = 0.9  # heights: a gap at least this wide may part two numbers,
_WIDER = 1.9  # if it is so many times as wide as usual gaps in the row
_NARROW = 0.6  # heights: the same in what is no number as a whole
_CLOSE = 0.35  # heights: the same where what is beside it is surely a number
_SPECK = 0.25  # heights: smaller pieces are specks
_SCRIBBLED, _TALL, _DENSE = 0.6, 0.4, 0.6  # heights; of its box is inked: it is struck out
_BESIDE = 0.2  # heights: so near to a digit a low stroke is its bar,
_JOINS = 0.45  # and so near to two of them it joins them
_ACROSS = 0.25  # heights: a piece that reaches farther across a line of a table is not parted by it
_SIGN_HIGH, _SIGN_WIDE = 0.35, 0.25  # heights: a sign between numbers is as high and as wide
_LINE, _LONGEST_LINE, _LOW = 0.2, 1.0, 0.25  # heights: so long is a line of =, and so high
_FLAT, _ABOVE = 2.0, 0.5  # times as long as high; so much of both is one above the other
_A_PART = 0.8  # of a sign is no part of a digit beside it, at most
_STRUCK = 0.8  # of a word, at least, a line was drawn through,
_LONGER = 2.0  # heights: and it is hardly longer than the word


@dataclass(frozen=True, slots=True)
class Word:
    """Pieces that are read as one number.

    Attributes:
        pieces: cut, at their own size.
        origin: left and top of its picture on the page, in pixels, but for the margin.
        margin: of paper around the row, in the page's pixels.
        line: of the page, from 0.
        slope: of its row, which has been made level.
        struck: whether a line was drawn through it.
    """

    pieces: Pieces
    origin: tuple[float, float]
    margin: float
    line: int
    slope: float = 0.0
    struck: bool = False

    def on_page(self, box: Sequence[float]) -> tuple[float, float, float, float]:
        """Return where a box of its pieces lies on the page: left, top, right, bottom in pixels."""
        left, top, right, bottom = (side / self.pieces.scale - self.margin for side in box)
        right_by, down_by = self.origin
        down_by += self.slope * (left + right) / 2
        return left + right_by, top + down_by, right + right_by, bottom + down_by

    def moved(self, right: int, down: int) -> Word:
        """Return the word so many pixels further on the page."""
        left, top = self.origin
        return dataclasses.replace(self, origin=(left + right, top + down))


def split_words(row: Row, pieces: Pieces, *, together: bool = False) -> list[Word]:
    """Return the words of a row.

    Args:
        row: that was cut.
        pieces: of it.
        together: leave it whole, but for lines of a table in it.
    """
    if not len(pieces.boxes):
        return []
    left, top, right, _ = row.box
    origin = left, top - rise_of(row.slope, right - left)
    whole = Word(pieces, origin, pieces.margin, row.line, row.slope)
    ends = [] if together else _ends(pieces)
    places = [(place - left + pieces.margin) * pieces.scale for place in row.fences]
    ends = sorted({*ends, *_behind(pieces, places)})
    return [_struck(word, row) for word in _parted(whole, ends)]


def _behind(pieces: Pieces, places: list[float]) -> Iterator[int]:
    """Yield the first piece behind each of some columns, if none stands across it.

    Args:
        pieces: of a row.
        places: of the columns, in the cut row's pixels.
    """
    begins, boxes = pieces.uncut
    left, right = boxes[:, 0], boxes[:, 2]
    for place in places:
        before = (left + right) / 2 < place
        overlap = np.minimum(place - left, right - place)  # so far a piece reaches across it
        if overlap.max(initial=0.0) > _ACROSS * HEIGHT or before.all() or not before.any():
            continue
        first = int(np.argmin(before))
        if not before[first:].any():
            yield int(begins[first])


def _struck(word: Word, row: Row) -> Word:
    """Return a word, marked if a line was drawn through most of it."""
    boxes = word.pieces.boxes
    begin, _, _, _ = word.on_page(boxes[0].tolist())
    _, _, end, _ = word.on_page(boxes[boxes[:, 2].argmax()].tolist())
    struck = any(
        min(end, last) - max(begin, first) >= _STRUCK * (end - begin)
        and last - first <= end - begin + _LONGER * row.height
        for first, last in row.strikes
    )
    struck = struck or is_struck_out(word.pieces.numbers > 0, HEIGHT)
    return dataclasses.replace(word, struck=struck)


def smaller_words(word: Word, *, close: bool = False) -> list[Word]:
    """Return the parts of a word that is no number as a whole, or all of it if it has none.

    Gaps between words may be narrower than between numbers, and where letters are joined they are
    the usual ones: there is no gap within words.

    Args:
        word: as `split_words` returns it.
        close: whether gaps are enough that may lie within a number or a word, too.
    """
    return _parted(word, _ends(word.pieces, least=_CLOSE if close else _NARROW, joined=True))


def parted_from_blots(word: Word) -> list[Word]:
    """Return a word and what is struck out right before it or behind it; all of it if nothing is.

    Args:
        word: as `split_words` returns it.
    """
    pieces = word.pieces
    begins, boxes = pieces.uncut
    wide, high = (boxes[:, 2:] - boxes[:, :2]).T
    inked = np.add.reduceat(pieces.areas, begins) / (wide * high)
    blots = (wide >= _SCRIBBLED * HEIGHT) & (high >= _TALL * HEIGHT) & (inked >= _DENSE)
    others = np.flatnonzero(~blots & (np.maximum(wide, high) >= _SPECK * HEIGHT))
    if not len(others):
        return [word]
    ends = []
    if blots[: others[0]].any():
        ends.append(int(begins[others[0]]))
    if blots[others[-1] :].any():
        ends.append(int(begins[others[-1] + 1]))
    return _parted(word, ends)


def parted_at_signs(word: Word, read: Array) -> list[Word]:
    """Return what stands on both sides of signs between digits, such as +, × and =.

    Args:
        word: as `split_words` returns it.
        read: int (n,), in which character of its best text each of its pieces is, counted from 1;
            0: in none.

    Returns:
        The word alone, if there is no such sign.
    """
    if not len(read):
        return [word]
    signs = sorted(_signs(word.pieces, read))
    firsts, afters = [first for first, _ in signs], [after for _, after in signs]
    pairs = zip([0, *afters], [*firsts, len(read)], strict=True)
    return [_part(word, first, after) for first, after in pairs if after > first]


def beginning(word: Word, count: int) -> Word:
    """Return the first pieces of a word, so many."""
    return _part(word, 0, count)


def _signs(pieces: Pieces, read: Array) -> Iterator[tuple[int, int]]:
    """Yield the first piece of each sign between digits, and that behind its last.

    That is, of two lines of =, or of what is as large as + and not read: some of it is left out, or
    taken for a part of a digit beside it. Nothing else is above or below a sign.
    """
    _, parts = connected_parts(pieces.numbers > 0)
    if read.all() and len(parts) == len(set(read.tolist())):
        return
    left, wide, high = parts[:, 0], parts[:, 2], parts[:, 3]
    right = left + wide
    flat = (wide >= _LINE * HEIGHT) & (wide <= _LONGEST_LINE * HEIGHT)
    flat &= (high <= _LOW * HEIGHT) & (wide >= _FLAT * high)
    large = (high >= _SIGN_HIGH * HEIGHT) & (wide >= _SIGN_WIDE * HEIGHT)
    in_order = sorted(np.flatnonzero(flat).tolist(), key=lambda k: int(left[k]))
    for sign in [*np.flatnonzero(large)[:, None].tolist(), *map(list, pairwise(in_order))]:
        begin, end = left[sign].min(), right[sign].max()
        free = (right <= begin) | (left >= end)
        free[sign] = True
        common = right[sign].min() - left[sign].max()
        if not free.all() or common < _ABOVE * (end - begin):
            continue
        places = np.flatnonzero((pieces.boxes[:, 0] >= begin) & (pieces.boxes[:, 2] <= end))
        first, after = int(places[0]), int(places[-1]) + 1
        if len(sign) > 1 or not _is_read(read, pieces.areas, first, after):
            yield first, after


def _is_read(read: Array, areas: Array, first: int, after: int) -> bool:
    """Return whether some pieces are most of a character, or most of them are a part of one.

    Args:
        read: as `parted_at_signs`.
        areas: of all pieces.
        first: of them;
        after: the piece behind the last.
    """
    inside, count = slice(first, after), int(read.max()) + 1
    here = np.bincount(read[inside], areas[inside], count)[1:]
    whole = np.bincount(read, areas, count)[1:]
    return bool((here > whole / 2).any() or (here >= _A_PART * areas[inside].sum()).any())


def _ends(pieces: Pieces, *, least: float = _WIDE, joined: bool = False) -> list[int]:
    """Return before which pieces a new word begins.

    Specks, such as the rest of a ruled line, make no gap narrower; each stays with what is nearer.

    Args:
        pieces: of a row or word.
        least: how wide a gap is at least, in heights.
        joined: whether pieces without a gap between them tell how wide gaps usually are.
    """
    boxes = pieces.boxes
    large = np.flatnonzero(_uncut_sizes(pieces) >= _SPECK * HEIGHT)
    reach = np.maximum.accumulate(boxes[large, 2])[:-1]
    begins = boxes[large[1:], 0]
    gaps = np.maximum(begins - reach, 0) / HEIGHT
    between = gaps if joined else gaps[gaps > 0]
    usual = float(np.median(between)) if len(between) else 0.0
    result = []
    for k in np.flatnonzero(gaps > max(least, _WIDER * usual)):
        specks = boxes[large[k] + 1 : large[k + 1]]
        nearer = specks[:, 0] + specks[:, 2] < reach[k] + begins[k]
        result.append(int(large[k] + 1 + np.count_nonzero(np.logical_and.accumulate(nearer))))
    return result


def _uncut_sizes(pieces: Pieces) -> Array:
    """Return for each piece the longer side of what it was cut from, in pixels.

    Of a dash by itself, low and with gaps around it, each piece counts alone, unless they are
    narrow on both sides: then it joins two groups of digits.
    """
    _, boxes = pieces.uncut
    before = boxes[:, 0] - np.maximum.accumulate(np.append(-HEIGHT, boxes[:-1, 2]))
    behind = np.append(boxes[1:, 0], np.inf) - boxes[:, 2]
    counts = boxes[:, 3] - boxes[:, 1] >= _SPECK * HEIGHT
    counts |= before <= _BESIDE * HEIGHT
    counts |= np.maximum(before, behind) <= _JOINS * HEIGHT
    part = np.cumsum(pieces.cut == 0) - 1
    alone = pieces.boxes[:, 2:] - pieces.boxes[:, :2]
    whole = (boxes[:, 2:] - boxes[:, :2])[part]
    sizes: Array = np.where(counts[part], whole.max(axis=1), alone.max(axis=1))
    return sizes


def _parted(word: Word, ends: list[int]) -> list[Word]:
    """Return the parts of a word that begin before these pieces, and its first."""
    bounds = [0, *ends, len(word.pieces.boxes)]
    return [_part(word, first, after) for first, after in pairwise(bounds)]


def _part(word: Word, first: int, after: int) -> Word:
    """Return some of a word's pieces, numbered anew, in the part of the picture they are in."""
    pieces = word.pieces
    boxes = pieces.boxes[first:after].copy()
    begin = max(int(boxes[:, 0].min()) - _EDGE, 0)
    columns = slice(begin, int(boxes[:, 2].max()) + _EDGE)
    numbers = pieces.numbers[:, columns]
    inside = (numbers > first) & (numbers <= after)
    level = np.where((numbers > 0) & ~inside, np.float32(0), pieces.level[:, columns])
    boxes[:, [0, 2]] -= begin
    cut = pieces.cut[first:after].copy()
    cut[0] = 0.0
    part = Pieces(
        level, np.where(inside, numbers - first, 0), boxes, pieces.areas[first:after], cut,
        pieces.scale, pieces.margin, pieces.answers[first:after],
    )  # fmt: skip
    before = begin / pieces.scale
    left, top = word.origin
    return dataclasses.replace(word, pieces=part, origin=(left + before, top + word.slope * before))
