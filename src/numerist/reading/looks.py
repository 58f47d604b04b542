"""Looks at a page: what is seen with its ink found in one way, and when another way is worth it."""

from __future__ import annotations

import dataclasses
import itertools
import math
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy.typing as npt

from numerist.reading.confidence import NUMBER, calibrated, odds_of
from numerist.reading.ink import (
    ink_close_by,
    ink_from_further_off,
    ink_in_all_colours,
    is_colourful,
    is_evenly_lit,
    page_ink,
)
from numerist.reading.pieces import HEIGHT

if TYPE_CHECKING:
    from collections.abc import Callable

    from numerist.reading.confidence import Evidence
    from numerist.reading.decode import Way
    from numerist.reading.ink import Ink
    from numerist.reading.lattice import Lattice
    from numerist.reading.words import Word

Array: TypeAlias = npt.NDArray[Any]
Box: TypeAlias = tuple[float, float, float, float]

DOUBTFUL = 0.02
"""Less probable is a stray mark, or "?" where few answers may be wrong."""
_CLEAR = 0.95  # of what is read is right: less, and it is looked at in other ways, too,
_FEW, _HARDLY = 60, 4  # if there are so many words at most; if nothing is read in them,
_LARGE = 4_000_000  # pixels: if it is not so large and blank,
_NARROW = 8  # pixels: and not so narrow;
_MORE = 0.05  # of the area: that counts if so much more is read rightly
_STRANGE, _LIKELY = -5.0, 0.5  # ln of the probability of being a digit; of being read rightly
_WELL = 0.75  # a number is read rightly, so probably: a part of it tells nothing new
_COMMON = 0.5  # of all that two boxes cover: the same place; of one of them: a part of the other
_FILLED = 0.5  # of the page's area: so much of it a number fills that was cut out of another
_NEAR = 0.25  # of its height a number is from the border: what is added to it may be an edge
_MEETS = 1 / HEIGHT  # of its height, or less than a pixel: it meets the border, as boxes are known
_SURE_ENOUGH = 0.8  # less sure numbers are looked at closer by themselves,
_NEARLY_ALL = 0.7  # of all that is seen are numbers: what is none is looked at closer, too,
_CLOSER = 40  # so many of a page at most,
_BESIDE = 0.4  # and so many heights around them;
_BEYOND = 0.15  # heights beyond them what is read there is something else
_UNREAD = 0.1  # of all that is seen: so much may be left that is no number


class Seen(NamedTuple):
    """What may be a number.

    Attributes:
        word: where it is.
        lattice: of its candidates.
        texts: the best if nothing is asked for, with their shares.
        evidence: what speaks for the best; None where there is none.
        most: how sure it may be at most: what is close beside it may be a part of it.
    """

    word: Word
    lattice: Lattice
    texts: list[tuple[Way, float]]
    evidence: Evidence | None
    most: float = 1.0

    @property
    def digits(self) -> int:
        """How many digits the best text has."""
        return sum(character.isdigit() for character in self.texts[0][0].text) if self.texts else 0

    @property
    def box(self) -> Box:
        """The box around it on its page: left, top, right, bottom."""
        boxes = self.word.pieces.boxes
        sides = *boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)
        return self.word.on_page([float(side) for side in sides])

    @property
    def odds(self) -> float:
        """The logarithm of the odds that it is a number and no word."""
        if self.evidence is None or self._is_strange(self.evidence):
            return -math.inf
        return odds_of(NUMBER, self.evidence)

    @property
    def sure(self) -> float:
        """How probably the best text is right."""
        return 0.0 if self.evidence is None else min(calibrated(self.evidence), self.most)

    def surroundings(self, shape: tuple[int, ...]) -> tuple[slice, slice]:
        """Return its rows and columns on a page of this shape, and some around it."""
        left, top, right, bottom = self.box
        beside = _BESIDE * (bottom - top)
        high, wide = shape
        return (
            slice(max(0, int(top - beside)), min(high, math.ceil(bottom + beside))),
            slice(max(0, int(left - beside)), min(wide, math.ceil(right + beside))),
        )

    def _is_strange(self, evidence: Evidence) -> bool:
        """Return whether its digits look like none, each by itself, and the text is in doubt."""
        return evidence.known < _STRANGE * self.digits and self.sure < _LIKELY


class Look(NamedTuple):
    """What is seen on a page with its ink found in one way.

    Attributes:
        seen: all that may be numbers.
        least: odds, from which on something is one.
    """

    seen: list[Seen]
    least: float

    @property
    def area(self) -> float:
        """Of the boxes around all numbers, in the page's pixels; 0.0 where nothing is read."""
        return math.fsum(_area(one.box) for one in self.numbers())

    @property
    def all_area(self) -> float:
        """Of the boxes around all that may be numbers."""
        return math.fsum(_area(one.box) for one in self.seen)

    @property
    def height(self) -> float:
        """Of most of what may be numbers, by area, in the page's pixels; 0.0 without any."""
        sizes = sorted((one.box[3] - one.box[1], _area(one.box)) for one in self.seen)
        upto = itertools.accumulate(area for _, area in sizes)
        half = math.fsum(area for _, area in sizes) / 2
        return next(
            (high for (high, _), so_far in zip(sizes, upto, strict=True) if so_far >= half), 0.0
        )

    @property
    def right(self) -> float:
        """How much of that area is read rightly, in expectation."""
        return math.fsum(one.sure * _area(one.box) for one in self.numbers())

    def doubtful(self) -> list[int]:
        """Return the places in `seen` of what is in doubt beside others, the surest first.

        That is, of numbers; and of what is none, where nearly all the others are, and no line of
        words. At most `_CLOSER`. What is all there is has been looked at.
        """
        if len(self.seen) == 1:
            return []
        numbers = [self._is_number(one) for one in self.seen]
        widest = 0.0
        if sum(numbers) > _NEARLY_ALL * len(numbers):
            widest = max(_wide(one.box) for one in self.numbers())
        found = [
            place
            for place, (one, number) in enumerate(zip(self.seen, numbers, strict=True))
            if (one.sure < _SURE_ENOUGH if number else _wide(one.box) <= widest)
        ]
        return sorted(found, key=lambda place: -self.seen[place].sure)[:_CLOSER]

    def with_instead(self, place: int, other: Seen) -> Look:
        """Return the look with something else in a place of `seen`.

        It is as before where that covers most of anything else that was seen, or lies in it.
        """
        rest = [one.box for one in (*self.seen[:place], *self.seen[place + 1 :])]
        area = _area(other.box)
        if any(_common(other.box, box) > _COMMON * min(area, _area(box)) for box in rest):
            return self
        return self._replace(seen=[*self.seen[:place], other, *self.seen[place + 1 :]])

    def with_panel(self, panel: Look, columns: slice, rows: slice) -> Look:
        """Return the look with the numbers of a look at a part of the page instead of what it saw.

        It is as before if more of that part is read in it, or nothing in the other.

        Args:
            panel: the look at the part.
            columns: of the page, in which the part is.
            rows: likewise.
        """
        part = columns.start, rows.start, columns.stop, rows.stop
        there = [one for one in self.seen if _common(one.box, part) > _COMMON * _area(one.box)]
        numbers = [
            one._replace(word=one.word.moved(columns.start, rows.start)) for one in panel.numbers()
        ]
        before = self._replace(seen=there)
        rest = [one for one in self.seen if all(one is not other for other in there)]
        after = self._replace(
            seen=[
                one
                for one in numbers
                if one.odds >= self.least and not any(_common(one.box, other.box) for other in rest)
            ]
        )
        if after.right <= before.right:
            return self
        line = 1 + max((one.word.line for one in rest), default=-1)
        new = [
            one._replace(word=dataclasses.replace(one.word, line=line + one.word.line))
            for one in after.seen
        ]
        return self._replace(seen=[*rest, *new])

    def in_place_of(self, other: Seen, right: int, down: int) -> Look:
        """Return the look with what it saw, so far to the left and above, of something else.

        That is what is in the same place, the surest, if it does not reach beyond it.

        Args:
            other: seen on its page; line and `most` stay those.
            right: where on that page the picture begins that was looked at, in pixels;
            down: likewise.
        """
        there = [
            one._replace(
                word=dataclasses.replace(one.word.moved(right, down), line=other.word.line),
                most=min(one.most, other.most),
            )
            for one in self.seen
        ]
        there = [
            one
            for one in there
            if _same_place(one.box, other.box) and _beyond(one.box, other.box) <= _BEYOND
        ]
        return self._replace(seen=sorted(there, key=lambda one: -one.sure)[:1])

    def without_edges(self, other: Look, page: Box) -> Look:
        """Return the look without numbers that are, or begin or end with, the edge of something.

        What meets the page's border goes, unless another look read a number at the border, too, or
        read nothing and this number fills most of the page. What is close to the border goes if it
        has more digits than what the other look read in its place.

        Args:
            other: look at the same page.
            page: the box of the page without its margins.
        """
        theirs = other.numbers()
        most = _FILLED * _area(page)
        if theirs:
            cut = any(_meets_border(one.box, page) for one in theirs)
            most = -math.inf if cut else math.inf

        def is_edge(one: Seen) -> bool:
            if _meets_border(one.box, page) and _area(one.box) <= most:
                return True
            there = [number for number in theirs if _same_place(one.box, number.box)]
            near = _to_border(one.box, page) < _NEAR * (one.box[3] - one.box[1])
            return near and any(number.digits < one.digits for number in there)

        return self._replace(
            seen=[one for one in self.seen if not self._is_number(one) or not is_edge(one)]
        )

    def with_strikes_of(self, other: Look, most: float) -> Look:
        """Return the look with what is struck out in another: in none of them it is surer.

        Args:
            other: look at the same page.
            most: how sure it may be at most.
        """
        struck = [one.box for one in other.seen if one.word.struck]
        return self._replace(
            seen=[
                one._replace(most=min(one.most, most))
                if any(_same_place(one.box, box) for box in struck)
                else one
                for one in self.seen
            ]
        )

    def gains(self, other: Look) -> bool:
        """Return whether in this one clearly more is read rightly, less what is read wrongly.

        Args:
            other: look at the same page.
        """
        theirs = [(one.box, one.sure) for one in other.numbers()]
        mine = [_compared(one.box, one.sure, theirs) for one in self.numbers()]
        areas = [math.fsum(_area(box) for box, _ in look) for look in (mine, theirs)]
        right = [
            math.fsum(_area(box) * (2 * sure - 1) for box, sure in look) for look in (mine, theirs)
        ]
        return areas[0] > 0 and right[0] - right[1] > _MORE * max(areas)

    def numbers(self) -> list[Seen]:
        """Return what is read."""
        return [one for one in self.seen if self._is_number(one)]

    def _is_number(self, one: Seen) -> bool:
        return one.odds >= self.least and one.sure >= DOUBTFUL


class WayToLook(NamedTuple):
    """A way to find the ink of a page where a first look leaves doubt.

    Attributes:
        find_ink: after a look, how to find the ink of a picture, as `page_ink` does.
        is_worth_it: whether it may show more than a look did, and does not take too long.
        drops_edges: whether what it reads at the page's border is rather the edge of something.
    """

    find_ink: Callable[[Look], Callable[[Array], Ink]]
    is_worth_it: Callable[[Look, Array], bool]
    drops_edges: bool = True


def _in_doubt(look: Look, pixels: Array) -> bool:
    clear = look.area and look.right >= _CLEAR * look.area
    return not clear and _is_quick(look, pixels)


def _is_quick(look: Look, pixels: Array) -> bool:
    """Return whether another look at a page does not take too long, and may show writing at all."""
    if len(look.seen) > (_FEW if look.area else _HARDLY) or min(pixels.shape[:2]) < _NARROW:
        return False
    return bool(look.seen) or math.prod(pixels.shape[:2]) <= _LARGE


def _may_be_crossed(look: Look, pixels: Array) -> bool:
    """Return whether something of another colour may lie across what is written."""
    if not look.seen or not _is_quick(look, pixels):
        return False
    left = look.all_area - look.area > _UNREAD * look.all_area
    return (left or _in_doubt(look, pixels)) and is_colourful(pixels)


BY_ITSELF = WayToLook(lambda _: page_ink, _in_doubt)
"""The usual way, to look at a part of a page as at a page."""
OTHER_WAYS = (
    WayToLook(
        lambda _: ink_close_by,
        lambda look, pixels: _in_doubt(look, pixels) and not is_evenly_lit(pixels),
        drops_edges=False,
    ),
    WayToLook(lambda look: partial(ink_from_further_off, height=look.height), _in_doubt),
    WayToLook(lambda _: ink_in_all_colours, _may_be_crossed),
)
"""All others than `page_ink`, in the order in which they are tried."""


def _area(box: Box) -> float:
    left, top, right, bottom = box
    return max(right - left, 0.0) * max(bottom - top, 0.0)


def _wide(box: Box) -> float:
    return box[2] - box[0]


def _beyond(box: Box, other: Box) -> float:
    """Return how far a box reaches beyond another at most, in heights of that."""
    beyond = max(other[0] - box[0], other[1] - box[1], box[2] - other[2], box[3] - other[3])
    return beyond / max(other[3] - other[1], 1.0)


def _to_border(box: Box, page: Box) -> float:
    """Return how far the nearest border of a page is from a box in it."""
    return min(box[0] - page[0], box[1] - page[1], page[2] - box[2], page[3] - box[3])


def _meets_border(box: Box, page: Box) -> bool:
    return _to_border(box, page) < max(1.0, _MEETS * (box[3] - box[1]))


def _compared(box: Box, sure: float, others: list[tuple[Box, float]]) -> tuple[Box, float]:
    """Return where a number is and how sure, beside what another look read there.

    In the place of another it is as large as that; as a part of one that is read well it is no
    surer than that.
    """
    for there, so_sure in others:
        if _same_place(box, there):
            return there, sure
        if _common(box, there) > _COMMON * _area(box) and so_sure >= _WELL:
            return box, min(sure, so_sure)
    return box, sure


def _same_place(one: Box, other: Box) -> bool:
    """Return whether two boxes have most of their areas in common."""
    both = _common(one, other)
    return both > _COMMON * (_area(one) + _area(other) - both)


def _common(one: Box, other: Box) -> float:
    """Return the area that two boxes have in common."""
    left, top = (max(pair) for pair in zip(one[:2], other[:2], strict=True))
    right, bottom = (min(pair) for pair in zip(one[2:], other[2:], strict=True))
    return _area((left, top, right, bottom))
