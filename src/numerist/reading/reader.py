"""The reader: from a picture to a reading.

Find the ink, its rows, cut each row into words and each word into pieces, judge all candidates of a
page at once, and take the best way through each word's lattice. What is no number as a whole is
looked at once more in parts, and a page that is read in doubt in another ink.
Single numbers in doubt are looked at closer.
"""

from __future__ import annotations

import functools
import itertools
import math
import os
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.checks import finite
from numerist.errors import InputError, PictureError
from numerist.reading.checkdigits import validator
from numerist.reading.confidence import (
    calibrated,
    evidence_for,
    least_confidence,
    least_odds,
    may_be_number,
    others_share,
)
from numerist.reading.decode import (
    Way,
    before_closing_stroke,
    best_texts,
    joined,
    lead_over,
    with_slash,
)
from numerist.reading.edges import WEIGHTS
from numerist.reading.explaining import draw_lattices
from numerist.reading.ink import page_ink
from numerist.reading.lattice import judged, surely_digits
from numerist.reading.looks import BY_ITSELF, DOUBTFUL, OTHER_WAYS, Look, Seen
from numerist.reading.margins import within_margins
from numerist.reading.pages import open_pages
from numerist.reading.panels import dark_panels
from numerist.reading.patterns import SPACE, any_number, digits_of, of_length, of_pattern
from numerist.reading.pieces import cut_row, parts_of
from numerist.reading.removal import without_stubs
from numerist.reading.result import UNKNOWN, Alternative, Digit, Number, PageReading, Reading
from numerist.reading.rows import find_rows
from numerist.reading.slopes import levelled
from numerist.reading.streaks import without_streaks
from numerist.reading.turned import (
    is_read_better,
    is_upright,
    lies_on_side,
    may_be_upside_down,
    on_page,
    worth,
)
from numerist.reading.whole_row import best_path, judged_along, likeliest, nothing, unheard
from numerist.reading.words import (
    beginning,
    parted_at_signs,
    parted_from_blots,
    smaller_words,
    split_words,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numerist.image.picture import Picture
    from numerist.model import Model
    from numerist.reading.confidence import Evidence
    from numerist.reading.edges import Edge
    from numerist.reading.ink import Ink
    from numerist.reading.lattice import Lattice
    from numerist.reading.looks import WayToLook
    from numerist.reading.pages import Page
    from numerist.reading.pieces import Pieces
    from numerist.reading.words import Word

Array: TypeAlias = npt.NDArray[Any]

MOST_ROWS = 1000
MOST_PARTS = 400
"""Of one number, about 130 digits that overlap: more are a texture, in which nothing is read, not
even "?"."""
_LEAST_AGAINST, _LEAST_BOTH = 1e-6, 1e-12
_LONGEST_AMOUNT = 300  # digits: no float holds more
_BEST = 5  # readings of a number that are reported
_AHEAD, _APART, _ALIKE = 2.0, 0.7, 3.0
"""In logarithms of odds: so far ahead is what does not fit, and it is "?"; with digits that all
stand apart; with the same digits."""
_UNTRUE = 0.05  # so probably, as seen from here, what is asked for does not hold of a number
_FAR = 50.0  # in logarithms of odds: further ahead is as far
_NO_SLASH = 0.02  # less probable slashes are none
_UNLIKE = 7.0  # so far from a separator: it is none
_SURELY = 3.0  # in logarithms of odds, twenty to one: what is close beside a word is a number,
_CLOSE = 0.9  # but no surer than this, as what is beside it may be a part of it
_STRUCK_OUT = 0.5  # nor is a number surer through which a line was drawn
_NOTHING = 0.9  # how probable it is that the row says no digit: more, and it is no number


class Reader:
    """Reads pictures, one after the other, with a model that stays loaded.

    Args:
        model: a model file or a loaded model of the ten digits; what comes with numerist if not
            given.
        length: how many digits every number has.
        pattern: a regular expression over digits and the separators - . , / : and space that every
            number fits as a whole; see `numerist.reading.patterns.of_pattern`.
        check: the name of a check digit that every number has, "luhn" for one; see
            `numerist.reading.checkdigits`.
        least, most: the range that every number lies in; points and commas as in amounts.
        max_error: the share of wrong numbers that is bearable among those that are answered; 0.01
            for one in a hundred. The others are "?".
        force: answer with the best reading even where none fits or none keeps `max_error`.

    Raises:
        InputError: arguments that make no sense, or a model of other classes.
        ModelError: a model file that can't be used.

    >>> paper = np.full((60, 40), 255, np.uint8)
    >>> Reader().read(paper).text
    ''
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | Model | None = None,
        *,
        length: int | None = None,
        pattern: str | None = None,
        check: str | None = None,
        least: float | None = None,
        most: float | None = None,
        max_error: float | None = None,
        force: bool = False,
    ) -> None:
        if length is not None and pattern is not None:
            raise InputError(
                "length, pattern",
                "one of the two",
                "both",
                r"Say the length in the pattern: '\d{5}'.",
            )
        self._automaton = any_number()
        if length is not None:
            self._automaton = of_length(length)
        if pattern is not None:
            self._automaton = of_pattern(pattern)
        self._constrained = length is not None or pattern is not None
        self._counts_separators = pattern is not None
        self._fits = _conditions(check, least, most)
        self._has_range = least is not None or most is not None
        self._constrained |= self._fits is not None
        self._least = 0.0 if max_error is None else least_confidence(max_error)
        self._force = force
        self.model = _loaded(model)

    def read(self, picture: Picture, name: str | None = None) -> Reading:
        """Return what a picture, or a document of several pages, says.

        Args:
            picture: whatever `numerist.reading.pages.open_pages` opens.
            name: how the reading calls it; by default a file's path, else "picture".

        Raises:
            PictureError: nothing of it can be opened. Where some pages can, the others have their
                `error`.
            InputError: not a picture in any form.
        """
        source, pages = "picture", []
        failure: PictureError | None = None
        for number, page in enumerate(open_pages(picture, name), 1):
            if isinstance(page, PictureError):
                failure = page
                pages.append(PageReading(number, (0, 0), error=str(page)))
                source = name or page.place
                continue
            source = page.source
            try:
                pages.append(self.read_page(page))
            except PictureError as error:
                failure = error
                pages.append(PageReading(number, page.size, error=str(error)))
        if failure is not None and all(page.error for page in pages):
            raise failure
        return Reading(source, tuple(pages))

    def read_page(self, page: Page) -> PageReading:
        """Return what one page says.

        Raises:
            PictureError: more on it than `MOST_ROWS` rows of strokes.
        """
        page, look = self._upright(page)
        least = -math.inf if self._force else look.least
        found = [self._number(one, page) for one in look.seen if one.texts and one.odds >= least]
        numbers = tuple(number for number in found if number is not None)
        return PageReading(page.number, page.size, numbers, turned=90 * (-page.turns % 4))

    def _upright(self, page: Page) -> tuple[Page, Look]:
        """Return a page and what is seen on it; turned if it lies on its side or upside down."""
        look = self._look(page.pixels)
        ways = []
        for turned in (page.turned(1), page.turned(3)) if lies_on_side(look) else ():
            try:
                ways.append((turned, self._look(turned.pixels)))
            except PictureError:  # more strokes than a page has
                continue
        best = max(ways, key=lambda way: worth(way[1]), default=(page, look))
        if is_read_better(best[1], look):
            return best
        return self._not_upside_down(page, look) if may_be_upside_down(look) else (page, look)

    def _not_upside_down(self, page: Page, look: Look) -> tuple[Page, Look]:
        """Return a page and what is seen on it; turned by a half if it is upside down.

        Its ink is looked for in one way only, unless that shows that it is.
        """
        turned = page.turned(2)
        try:
            if is_upright(self._look_at(turned.pixels, page_ink), look):
                return turned, self._look(turned.pixels)
        except PictureError:  # more strokes than a page has
            pass
        return page, look

    def _look(self, pixels: Array) -> Look:
        """Return what is seen on a page.

        Where that is in doubt, the ink is looked for in other ways, too; such a look counts if
        clearly more is read in it. Single numbers that are still in doubt are looked at closer.
        """
        rows, columns = within_margins(pixels)
        page = (columns.start, rows.start, columns.stop, rows.stop)

        def kept(other: Look, best: Look, way: WayToLook) -> Look:
            return other.without_edges(best, page) if way.drops_edges else other

        best = self._look_at(pixels, page_ink)
        best = self._in_other_ways(best, OTHER_WAYS, pixels, pixels[rows, columns], kept)
        for place in best.doubtful():
            best = best.with_instead(place, self._closer(best.seen[place], best.least, pixels))
        for rows, columns in dark_panels(pixels):
            panel = self._look_at(pixels[rows, columns], page_ink)
            best = best.with_panel(panel, columns, rows)
        return best

    def _in_other_ways(
        self,
        best: Look,
        ways: Iterable[WayToLook],
        pixels: Array,
        inside: Array,
        kept: Callable[[Look, Look, WayToLook], Look],
    ) -> Look:
        """Return the best look at a picture in all ways that are worth it.

        Args:
            best: so far.
            ways: in which to look, one after the other.
            pixels: the picture.
            inside: the same, without margins if it has any.
            kept: what counts of another look, beside the best so far.
        """
        for way in ways:
            if not way.is_worth_it(best, inside):
                continue
            try:
                other = self._look_at(pixels, way.find_ink(best))
            except PictureError:  # more strokes than a page has
                continue
            other = kept(other, best, way).with_strikes_of(best, _STRUCK_OUT)
            best = other if other.gains(best) else best
        return best

    def _closer(self, one: Seen, least: float, pixels: Array) -> Seen:
        """Return what is seen in the place of something if it alone is looked at in other ways.

        Args:
            one: that is in doubt.
            least: as `Look.least` of its page.
            pixels: of the page.
        """
        rows, columns = one.surroundings(pixels.shape[:2])
        around = pixels[rows, columns]
        borders = (columns.start, rows.start, columns.stop, rows.stop)
        look = Look([one], least)
        ways = OTHER_WAYS if look.numbers() else (BY_ITSELF, *OTHER_WAYS)

        def kept(other: Look, best: Look, _: WayToLook) -> Look:
            there = other._replace(least=least).in_place_of(one, columns.start, rows.start)
            return there.without_edges(best, borders)  # what is cut off there says nothing

        return self._in_other_ways(look, ways, around, around, kept).seen[0]

    def _look_at(self, pixels: Array, find_ink: Callable[[Array], Ink]) -> Look:
        seen = self._seen(pixels, find_ink)
        return Look(seen, least_odds([one.odds for one in seen]))

    def _seen(self, pixels: Array, find_ink: Callable[[Array], Ink]) -> list[Seen]:
        """Return what may be numbers on a page; of what is none as a whole, its parts if one is."""
        first = self._judged(self.words(pixels, find_ink))
        if self._force or SPACE in self._automaton.characters:
            return first
        seen = self._without_closing_strokes(
            self._parted_at_signs(self._parted(first, smaller_words))
        )
        seen = self._parted(seen, partial(smaller_words, close=True), most=_CLOSE, count=_are_sure)
        return self._parted(seen, parted_from_blots, most=_CLOSE, count=_have_several_digits)

    def _parted(
        self,
        first: list[Seen],
        part: Callable[[Word], list[Word]],
        *,
        most: float = 1.0,
        count: Callable[[list[Seen]], bool] = bool,
    ) -> list[Seen]:
        """Return what may be numbers, or, of what is none as a whole, its parts if one is.

        Args:
            first: what may be numbers.
            part: how to part a word.
            most: how sure its parts are at most.
            count: whether the parts that are numbers count as such.
        """
        none = least_odds([])
        parts = [part(one.word) if one.odds < none else [] for one in first]
        seen: list[Seen] = []
        for whole, words in zip(first, self._judged_parts(parts), strict=True):
            several = [one._replace(most=min(one.most, most)) for one in words]
            read = [one for one in several if one.odds >= none]
            seen += several if read and count(read) else [whole]
        return seen

    def _parted_at_signs(self, first: list[Seen]) -> list[Seen]:
        """Return what may be numbers, or, of one with a sign between digits, what is beside that.

        A sign is what the best text leaves out though it is as large as writing.
        """
        none = least_odds([])
        parts = [
            parted_at_signs(one.word, _characters_in(one)) if one.texts and one.odds >= none else []
            for one in first
        ]
        seen: list[Seen] = []
        for whole, words in zip(first, self._judged_parts(parts), strict=True):
            several = [one._replace(most=min(one.most, whole.most)) for one in words]
            seen += several if several and all(one.odds >= none for one in several) else [whole]
        return seen

    def _without_closing_strokes(self, first: list[Seen]) -> list[Seen]:
        """Return what may be numbers, and of amounts such as 25/- and 25/= what is before that."""
        counts = [before_closing_stroke(one.texts[0][0], one.lattice) if one.texts else 0
                  for one in first]  # fmt: skip
        places = [place for place, count in enumerate(counts) if count]
        shorter = self._judged([beginning(first[place].word, counts[place]) for place in places])
        seen = list(first)
        for place, one in zip(places, shorter, strict=True):
            if one.odds >= least_odds([]):
                seen[place] = one._replace(most=min(first[place].most, _CLOSE))
        return seen

    def _judged_parts(self, parts: list[list[Word]]) -> Iterator[list[Seen]]:
        """Yield what is seen in the parts of each word, of all at once; nothing of one alone."""
        parts = [words if len(words) > 1 else [] for words in parts]
        again = iter(self._judged(list(itertools.chain.from_iterable(parts))))
        for words in parts:
            yield list(itertools.islice(again, len(words)))

    def _judged(self, words: list[Word]) -> list[Seen]:
        pieces = [word.pieces for word in words]
        along = judged_along(pieces)
        worth = [self._force or _may_say_number(*pair) for pair in zip(along, pieces, strict=True)]
        lattices = judged(self.model, pieces, along, worth)
        texts = [self._texts(lattice) for lattice in lattices]
        return [
            Seen(
                word,
                lattice,
                found,
                _evidence(found, lattice) if found else None,
                _STRUCK_OUT if word.struck else 1.0,
            )
            for word, lattice, found in zip(words, lattices, texts, strict=True)
        ]

    def _texts(self, lattice: Lattice) -> list[tuple[Way, float]]:
        """Return the best texts of what may be a number, whatever is asked for."""
        if not (self._force or lattice.candidates):
            return []
        return best_texts(lattice, always=self._force and not self._constrained)

    def lattices(self, pixels: Array) -> tuple[list[Word], list[Lattice]]:
        """Return the words of a page and the lattice of each.

        Args:
            pixels: as `words`.

        Raises:
            PictureError: as `read_page`.
        """
        words = self.words(pixels)
        pieces = [word.pieces for word in words]
        return words, judged(self.model, pieces, judged_along(pieces), [True] * len(words))

    def words(self, pixels: Array, find_ink: Callable[[Array], Ink] = page_ink) -> list[Word]:
        """Return what may be numbers on a page, cut into pieces; none of more than `MOST_PARTS`.

        Args:
            pixels: float32 (h, w) or (h, w, 3), 0…1.
            find_ink: the way to find the ink.

        Raises:
            PictureError: as `read_page`.
        """
        inside = within_margins(pixels)
        ink = without_streaks(find_ink(pixels[inside]))
        words: list[Word] = []
        together = SPACE in self._automaton.characters
        rows = find_rows(ink.strokes, ink.depth)
        if len(rows) > MOST_ROWS:
            raise PictureError(
                "page", f"at most {MOST_ROWS} rows of strokes", f"{len(rows)}",
                "It looks like a texture; cut out the part with the numbers.",
            )  # fmt: skip
        parts = []
        for row in rows:
            left, top, right, bottom = row.box
            here, mask = (slice(top, bottom), slice(left, right)), row.mask
            level = without_stubs(ink.level[here], ink.strokes[here], mask)
            if row.slope:
                level, mask = levelled(level, mask, row.slope)
            parts.append(parts_of(level, mask, row.height))
        for row, part, answers in zip(rows, parts, surely_digits(self.model, parts), strict=True):
            words += split_words(row, cut_row(part, answers), together=together)
        top, left = (side.start for side in inside)
        return [word.moved(left, top) for word in words if len(word.pieces.boxes) <= MOST_PARTS]

    def explain(self, picture: Picture) -> Array:
        """Return the lattices of the first page's numbers as a picture, uint8 (h, w, 3).

        Args:
            picture: as `read`.

        Raises:
            PictureError: its first page can't be opened.
        """
        page = next(open_pages(picture))
        if isinstance(page, PictureError):
            raise page
        lattices = [seen.lattice for seen in self._upright(page)[1].seen]
        return draw_lattices(lattices, self._automaton)

    def _number(self, seen: Seen, page: Page) -> Number | None:
        """Return the number that a word is; None if it is none."""
        word, lattice, anything = seen.word, seen.lattice, seen.texts
        fitting = anything
        if self._constrained:
            fitting = best_texts(
                lattice, self._automaton, fits=self._fits, always=self._force,
                digits_alone=not self._has_range,
            )  # fmt: skip
            if not fitting and self._force:
                fitting = anything
        lead, most = 0.0, seen.most
        if self._constrained and fitting:
            lead = lead_over(lattice, anything[0][0], fitting[0][0])
            if digits_of(anything[0][0].text) != digits_of(fitting[0][0].text):
                most = min(most, _surest(lead))
        found = _with_confidence(fitting, lattice, most)
        if "/" not in self._automaton.characters:
            found = _with_slash(found, lattice, asked=self._constrained)
        if not found or self._is_another(found[0][0], anything[0][0], lead, lattice):
            others = tuple(Alternative(other.text, sure) for other, sure in found)
            return Number(UNKNOWN, 0.0, _ink_box(word, page), word.line, (), others)
        way, confidence = found[0]
        if confidence < DOUBTFUL and not (self._constrained or self._force or self._least):
            return None
        others = tuple(Alternative(other.text, sure) for other, sure in found[1:])
        if confidence < self._least and not self._force:
            others = (Alternative(way.text, confidence), *others)
            return Number(UNKNOWN, 0.0, _ink_box(word, page), word.line, (), others)
        digits = tuple(self._digits(way, confidence, lattice, word, page))
        box = _around([digit.box for digit in digits])
        return Number(way.text, confidence, box, word.line, digits, others)

    def _is_another(self, way: Way, best: Way, lead: float, lattice: Lattice) -> bool:
        """Return whether a number is far more probably one that does not fit what was asked for.

        Or has a separator where nothing looks like that one, or, with a pattern, leaves one out
        that is rather there than not.

        Args:
            way: the best that fits.
            best: the best of all.
            lead: how far it is ahead, as `lead_over`.
            lattice: of the number.
        """
        if not self._constrained or self._force:
            return False
        if any(step.edge.shared.get("shape", 0.0) > _UNLIKE for step in way.steps):
            return True
        if set(way.text) - any_number().characters:
            return False  # slashes and spaces, which are not read where they are not asked for
        if digits_of(best.text) != digits_of(way.text):
            return lead > (_AHEAD if joined(best, lattice) else _APART)
        left_out = len(best.text) > len(way.text)
        return lead > (0.0 if left_out and self._counts_separators else _ALIKE)

    def _digits(
        self, way: Way, confidence: float, lattice: Lattice, word: Word, page: Page
    ) -> Iterator[Digit]:
        """Yield the digits of a way, with what else the networks saw in each.

        Their confidences multiply to the number's: each has its share of what speaks against it.
        """
        against = [_against(step.edge) for step in way.steps]
        total = math.fsum(against)
        both = lattice.both
        for (begin, edge, _), share in zip(way.steps, against, strict=True):
            if not edge.character:
                continue
            sign, sure = edge.character[-1:], confidence ** (share / total)
            if edge.candidate < 0:
                boxes = lattice.pieces.boxes[begin : edge.after]
                sides = *boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist()
                box = _on_page(sides, word, page)
                yield Digit(sign, sure, box)
                continue
            others = tuple(_others(both[edge.candidate], int(sign), 1 - sure))
            box = _on_page(lattice.candidates[edge.candidate].box, word, page)
            yield Digit(sign, sure, box, others)


def _may_say_number(along: Array, pieces: Pieces) -> bool:
    """Return whether what is read along a row leaves any chance of a number.

    Lines of words, through which there are very many ways, mostly have none.
    """
    if nothing(along) > _NOTHING:
        return False
    beside = unheard(along, pieces)
    return may_be_number(best_path(along), beside) or may_be_number(likeliest(along), beside)


def _characters_in(seen: Seen) -> Array:
    """Return which character of the best text each piece is in, from 1; 0: in none, int (n,)."""
    result = np.zeros(len(seen.word.pieces.boxes), int)
    for number, (begin, edge, _) in enumerate(seen.texts[0][0].steps, 1):
        if edge.character:
            result[begin : edge.after] = number
    return result


def _are_sure(parts: list[Seen]) -> bool:
    """Return whether one of some parts, of several digits, is surely a number, and none in doubt.

    Single digits are found in much that is none, as in what shows through from the back.
    """
    known = any(one.odds >= _SURELY and one.digits > 1 for one in parts)
    return known and all(one.sure >= _CLOSE for one in parts)


def _have_several_digits(parts: list[Seen]) -> bool:
    """Return whether none of some parts is a single digit: beside bold letters there are many."""
    return all(one.digits > 1 for one in parts)


def _evidence(texts: list[tuple[Way, float]], lattice: Lattice) -> Evidence:
    """Return what speaks for the best of some texts."""
    way, share = texts[0]
    return evidence_for(share, way, lattice.pieces.areas)


def _surest(lead: float) -> float:
    """Return how sure a text may be at most, if another were read but for what is asked for.

    Args:
        lead: how far the other is ahead, in logarithms of odds.
    """
    against = _UNTRUE / (1 - _UNTRUE) * math.exp(min(lead, _FAR))
    return 1 / (1 + against)


def _with_confidence(
    found: list[tuple[Way, float]], lattice: Lattice, most: float
) -> list[tuple[Way, float]]:
    """Return the best of some texts, and instead of their shares how probably each is right."""
    if not found:
        return []
    (best, share), *others = found
    sure = min(calibrated(_evidence(found, lattice)), most)
    left = others_share(share, sure)
    return [(best, sure), *((way, left * other) for way, other in others)][:_BEST]


def _with_slash(
    found: list[tuple[Way, float]], lattice: Lattice, *, asked: bool
) -> list[tuple[Way, float]]:
    """Return some texts, the best first, if what the best reads as a one may be a slash.

    Args:
        found: texts without slashes, but for dates, and how probably each is right.
        lattice: of the number.
        asked: whether something is asked for that slashes do not fit.
    """
    if not found:
        return []
    (best, sure), *others = found
    slashed, odds = with_slash(best, lattice)
    share = 1 / (1 + math.exp(-odds)) if odds > -_FAR else 0.0
    if share < _NO_SLASH:
        return found
    both = [(best, sure * (1 - share)), (slashed, sure * share)]
    return [both[0], *others] if asked else [*sorted(both, key=lambda one: -one[1]), *others]


def _against(edge: Edge) -> float:
    """Return what speaks against a digit or separator, above 0; 0 for a piece left out."""
    if not edge.character:
        return 0.0
    if edge.candidate < 0:
        return max(WEIGHTS.shape * edge.shared["shape"], _LEAST_AGAINST)
    alone = WEIGHTS.of(answer=edge.answer, apart=edge.apart, known=edge.shared["known"])
    return max(alone + WEIGHTS.in_row * edge.in_row, _LEAST_AGAINST)


def _others(both: Array, read: int, left: float) -> Iterator[Alternative]:
    """Yield what a digit may be else: at most two, as probable against it as the networks say.

    Args:
        both: (10,), as `Lattice.both`.
        read: the digit that was read.
        left: how probable all others are together.
    """
    shares = both / max(float(both.sum()), _LEAST_BOTH)
    for digit in np.argsort(-shares)[:3].tolist():
        sure = min(float(shares[digit]), left)
        if digit != read and sure > 0.001:  # noqa: PLR2004
            yield Alternative(str(digit), sure)


def _loaded(model: str | os.PathLike[str] | Model | None) -> Model:
    from numerist.model import Model, load_model  # noqa: PLC0415

    if model is None:
        return _shipped()
    if isinstance(model, str | os.PathLike):
        model = load_model(model)
    if not isinstance(model, Model):
        raise InputError("model", "a model file or a Model", f"{model!r:.60}", "Leave it out.")
    if model.classes != [str(digit) for digit in range(10)] or tuple(
        model.metadata.input_shape
    ) != (28, 28):
        raise InputError(
            "model", "one of the ten digits, 28×28", f"classes {', '.join(model.classes[:12])}",
            "Take the model that comes with numerist.",
        )  # fmt: skip
    return model


@functools.cache
def _shipped() -> Model:
    """Return the model that comes with numerist; it stays loaded."""
    from numerist.model import load_model  # noqa: PLC0415

    return load_model()


def _conditions(
    check: str | None, least: float | None, most: float | None
) -> Callable[[str], bool] | None:
    """Return the test of a text that the options ask for; None if they ask for none."""
    tests: list[Callable[[str], bool]] = []
    if check is not None:
        tests.append(validator(check))
    if least is not None or most is not None:
        low = -math.inf if least is None else finite("min", least)
        high = math.inf if most is None else finite("max", most)
        if low > high:
            raise InputError("min, max", "min below max", f"{low:g} and {high:g}", "Swap them.")
        tests.append(partial(_lies_within, low, high))
    return partial(_passes, tests) if tests else None


def _lies_within(low: float, high: float, text: str) -> bool:
    return low <= amount(text) <= high


def _passes(tests: Iterable[Callable[[str], bool]], text: str) -> bool:
    return all(test(text) for test in tests)


def amount(text: str) -> float:
    """Return the value of a number as it is written; NaN if it has none.

    The last point or comma with one or two digits behind it is that of decimals; all others group.
    A dash before the digits, which only a pattern can ask for, is a minus.

    >>> amount("1.234,50"), amount("1,234"), amount("12.5"), amount("-40")
    (1234.5, 1234.0, 12.5, -40.0)
    >>> amount("1" * 400)
    inf
    >>> amount("12:30")
    nan
    """
    if ":" in text:
        return math.nan
    place = max(text.rfind("."), text.rfind(","))
    behind = len(text) - place - 1
    decimals = behind if place >= 0 and behind in (1, 2) else 0
    digits = "".join(character for character in text if character.isdigit())
    sign = -1 if text.startswith("-") else 1
    if len(digits.lstrip("0")) > _LONGEST_AMOUNT:
        return sign * math.inf
    return sign * int(digits) / 10**decimals if digits else math.nan


def _on_page(box: tuple[int, ...], word: Word, page: Page) -> tuple[float, float, float, float]:
    """Return a box of a cut word in pixels of the original page."""
    high, wide = page.pixels.shape[:2]
    there = on_page(word.on_page(box), page.turns, (wide, high))
    left, top, right, bottom = (side * page.scale for side in there)
    wide, high = page.size
    return (
        min(max(left, 0.0), wide), min(max(top, 0.0), high),
        min(max(right, 0.0), wide), min(max(bottom, 0.0), high),
    )  # fmt: skip


def _ink_box(word: Word, page: Page) -> tuple[float, float, float, float]:
    return _around([_on_page(tuple(box), word, page) for box in word.pieces.boxes.tolist()])


def _around(boxes: list[tuple[float, float, float, float]]) -> tuple[float, float, float, float]:
    sides = list(zip(*boxes, strict=True))
    return min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3])
