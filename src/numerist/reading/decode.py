"""The best ways through a lattice, and how probable each is.

The probability of a way is e^-cost over the sum of that of all ways (J. Lafferty, A. McCallum,
F. Pereira, "Conditional random fields", ICML 2001). The ways are found one after the other, the
cheapest first, by A*: the exact cost of the rest is known beforehand from a pass backwards.

Which texts there are to choose from, the lattice says, and the network that reads along the row:
where two digits overlap so that no cut parts them, the row may still be read.
"""

from __future__ import annotations

import functools
import heapq
import itertools
import math
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.reading.dates import height_beside, slashes
from numerist.reading.edges import WEIGHTS, Edge, edges_of
from numerist.reading.patterns import DIGITS, SPACE, any_number, digits_of
from numerist.reading.pieces import HEIGHT
from numerist.reading.separators import ends_amount
from numerist.reading.separators_along import joined_separators
from numerist.reading.slashes import likeliest_slashes, looks, odds_of
from numerist.reading.whole_row import likely_texts, text_log_probabilities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from numerist.reading.edges import Weights
    from numerist.reading.lattice import Lattice
    from numerist.reading.patterns import Automaton
    from numerist.reading.slashes import Look

Array: TypeAlias = npt.NDArray[Any]

_MOST_WAYS = 20_000  # steps of the search
_SURE = math.log(0.95)  # along the row: then no other text is likely
_TRIED = 100  # ways that are looked at for the best texts,
_WORSE = 5.0  # unless they cost so much more than the best; more never counts against a text
_HIDDEN = 4.0  # what a digit costs that lies within another's strokes
_TOGETHER = 3  # digits in one candidate, all but one of them hidden
_MORE = 2  # digits than pieces
_BEHIND = 100.0  # a place of the lattice that is reached at so much more is not gone on from
_GAP, _USUAL_GAP = 0.35, 0.6  # heights: a space has this gap at least, and costs nothing at that
_DENSE, _CLEAR = 4.0, 2.0  # a height less costs so much, and more is never worth more than that
_JOINED = 2.0  # a separator that no piece is costs so much more than its logarithm of odds
_SLASHES = 3  # in a text: of more, all are heard alike
_DATE = 4.0  # in logarithms of odds: so much more probable a date is than a number with such ones
_ROUNDING = 1e-9  # costs that are added up in another order
FARTHEST = -60.0
"""What the network along the row can say against a text, at most: ln of its probability."""


class Step(NamedTuple):
    """An edge that was taken: from which piece, and at which cost.

    A digit that hides in a neighbour's strokes has the neighbour's candidate and no piece.
    """

    begin: int
    edge: Edge
    cost: float

    @property
    def hidden(self) -> bool:
        """Whether it is a digit that hides in a neighbour's strokes."""
        return self.edge.after == self.begin


_Chain: TypeAlias = "tuple[Step, Any] | None"  # the last step, and the chain before it


class Way(NamedTuple):
    """A way through the lattice, from the first piece to the last.

    Attributes:
        text: that it reads.
        cost: of its steps.
        steps: in order; those of hidden digits take no piece.
        along: ln of the text's probability by the network that reads along the row.
    """

    text: str
    cost: float
    steps: tuple[Step, ...]
    along: float = 0.0


class Balance(NamedTuple):
    """What the lattice's cost and the network along the row count; see docs/decisions.md.

    Attributes:
        cost: of a way, as far as `_WORSE` above the cheapest.
        along: ln of its text's probability, as far as `FARTHEST`.
        digit: one more of them, where all digits of a number are joined: those that overlap hide
            each other, above all ones, and both sides then see too few.
    """

    cost: float
    along: float
    digit: float

    def of(self, found: Sequence[Way], lattice: Lattice) -> list[float]:
        """Return the scores of ways through a lattice, in logarithms of odds."""
        cheapest = min((way.cost for way in found), default=0.0)
        scores = [
            self.along * max(way.along, FARTHEST) - self.cost * min(way.cost - cheapest, _WORSE)
            for way in found
        ]
        if not found:
            return scores
        best = max(zip(scores, found, strict=True), key=lambda pair: pair[0])[1]
        more = self.digit * joined(best, lattice)
        return [
            score + more * len(digits_of(way.text))
            for score, way in zip(scores, found, strict=True)
        ]


BALANCE = Balance(0.45, 0.6, 1.5)


def ways(
    lattice: Lattice,
    automaton: Automaton | None = None,
    weights: Weights = WEIGHTS,
    *,
    within: float = math.inf,
    digits_alone: bool = False,
) -> Iterator[Way]:
    """Yield the best way of each text that the automaton accepts, the cheapest first.

    Many ways that differ by a pixel in where they cut are not many witnesses.

    Args:
        lattice: of one number.
        automaton: what it may look like; any number if not given.
        weights: of the costs.
        within: how much more than the cheapest they cost at most.
        digits_alone: whether of texts with the same digits the best is enough, but for those at
            which the automaton ends in another state.
    """
    automaton = automaton or any_number()
    edges = _priced(edges_of(lattice, automaton.characters), automaton.characters, weights)
    if SPACE in automaton.characters:
        _add_spaces(edges, lattice.pieces.boxes)
    _add_joined_separators(edges, lattice, automaton.characters)
    rest = _rest(edges, automaton)

    @functools.cache
    def onwards(piece: int, state: int) -> list[tuple[Step, int, float]]:
        """Return the steps that lead to an end, the state behind each, the cost of the rest."""
        return [
            (step, after, rest[step.edge.after][after])
            for step in edges[piece]
            if (after := _follow(automaton, state, step.edge.character)) is not None
            and rest[step.edge.after][after] < math.inf
        ]

    most = rest[0][0] + within + _ROUNDING
    signs = {step.edge.character for steps in edges for step in steps}
    tells = {sign: digits_of(sign) if digits_alone else sign for sign in signs}
    order = itertools.count()
    heap: list[tuple[float, int, float, int, int, str, _Chain]] = []
    if rest[0][0] < math.inf:
        heap.append((rest[0][0], next(order), 0.0, 0, 0, "", None))
    # to a piece and a state with what tells texts apart: whoever comes dearer goes on the same way
    cheapest = {(0, 0, ""): 0.0}
    for _ in range(_MOST_WAYS):
        if not heap:
            return
        _, _, cost, piece, state, told, behind = heapq.heappop(heap)
        if cost > cheapest[piece, state, told]:
            continue
        if piece == len(edges):
            yield _way(behind, cost)
            continue
        for step, after, least in onwards(piece, state):
            end = step.edge.after
            place, so_far = (end, after, told + tells[step.edge.character]), cost + step.cost
            if so_far >= cheapest.get(place, math.inf) or so_far + least > most:
                continue
            cheapest[place] = so_far
            entry = so_far + least, next(order), so_far, end, after, place[2], (step, behind)
            heapq.heappush(heap, entry)


def _add_spaces(edges: list[list[Step]], boxes: Array) -> None:
    """Add steps that read a space before a digit, where a gap is before its first piece."""
    reach = np.maximum.accumulate(boxes[:, 2])[:-1]
    gaps = (boxes[1:, 0] - reach) / HEIGHT
    for steps, gap in zip(edges[1:], gaps.tolist(), strict=True):
        if gap < _GAP:
            continue
        cost = max(_DENSE * (_USUAL_GAP - gap), -_CLEAR)
        steps += [
            Step(begin, edge._replace(character=SPACE + edge.character), price + cost)
            for begin, edge, price in steps
            if edge.candidate >= 0
        ]


def _add_joined_separators(
    edges: list[list[Step]], lattice: Lattice, characters: AbstractSet[str]
) -> None:
    """Add steps that read a separator before a digit where the row hears one, but no piece is it.

    It touches a digit, so that its ink is part of that.
    """
    for steps, said in zip(
        edges, joined_separators(lattice.pieces, lattice.separators), strict=True
    ):
        likely = [(sign, sure) for sign, sure in said.items() if sign in characters]
        steps += [
            Step(
                begin,
                edge._replace(character=sign + edge.character),
                price + _JOINED + math.log((1 - sure) / sure),
            )
            for begin, edge, price in steps
            if edge.candidate >= 0 and edge.character.isdigit()
            for sign, sure in likely
        ]


def _way(chain: _Chain, cost: float) -> Way:
    """Return the way that takes the steps of a chain."""
    steps = []
    while chain is not None:
        step, chain = chain
        steps.append(step)
    steps.reverse()
    return Way("".join(step.edge.character for step in steps), cost, tuple(steps))


def best_texts(
    lattice: Lattice,
    automaton: Automaton | None = None,
    weights: Weights = WEIGHTS,
    fits: Callable[[str], bool] | None = None,
    *,
    always: bool = False,
    digits_alone: bool = True,
) -> list[tuple[Way, float]]:
    """Return the best way of each of the best texts, and how probable it is among them.

    The lattice proposes texts and so does the network that reads along the row; both have their say
    on each. Of texts with the same digits the best counts: whether a speck is a point makes none of
    them less probable. Where leaving out all of it is best there is none, whoever says so.

    Args:
        lattice: of one number.
        automaton: what it may look like; any number if not given.
        weights: of the costs.
        fits: what else a text has to fulfil.
        always: whether there are texts even where leaving out all of it is best.
        digits_alone: whether what else a text has to fulfil asks for its digits alone.
    """
    automaton = automaton or any_number()
    found: list[Way] = []
    # where anything may be read, the cheapest way is found first, or there is none
    within = math.inf if always or fits else _WORSE
    cheapest = ways(lattice, automaton, weights, within=within, digits_alone=digits_alone)
    for rank, way in enumerate(itertools.islice(cheapest, _TRIED)):
        if found and way.cost > found[0].cost + _WORSE:
            break
        if not way.text and rank == 0 and not always:
            return []
        if way.text and (fits is None or fits(way.text)):
            found.append(way)
    found = _with_along(lattice, found)
    more = [
        way for way in _by_row(lattice, automaton, weights, found) if not fits or fits(way.text)
    ]
    found += _with_along(lattice, more)
    scored = list(zip(BALANCE.of(found, lattice), found, strict=True))
    if automaton is any_number() and fits is None:
        scored += _dates(scored, lattice)
    scored.sort(key=lambda pair: -pair[0])
    best: dict[str, tuple[float, Way]] = {}  # by its digits
    for score, way in scored:
        best.setdefault(digits_of(way.text), (score, way))
    ranked = list(best.values())
    total = _log_add([score for score, _ in ranked])
    if ranked and not ranked[0][1].text and not always:
        return []  # along the row nothing is written
    return [(way, math.exp(score - total)) for score, way in ranked if way.text]


def _dates(scored: list[tuple[float, Way]], lattice: Lattice) -> list[tuple[float, Way]]:
    """Return the dates whose slashes some texts read as ones, with their scores."""
    dates = [(score, way, _with_slashes(way, lattice)) for score, way in scored]
    return [(score + _DATE, date) for score, way, date in dates if date is not way]


def _with_slashes(way: Way, lattice: Lattice) -> Way:
    """Return the way with the slashes of a date where it reads ones; as it is if it is no date."""
    return _slashed(way, slashes(way.text, _ones(way), lattice.pieces))


def with_slash(way: Way, lattice: Lattice) -> tuple[Way, float]:
    """Return a way with slashes where it reads ones between digits that may be some, and the odds.

    Returns:
        The way with all that rather are slashes, or with the likeliest; as it is if there is none.
        And ln of the odds that they are.
    """
    odds = {place: odds_of(look) for place, look in looks_of_ones(way, lattice).items()}
    found, most = likeliest_slashes(way.text, odds)
    return _slashed(way, {place: max(0.0, -more) for place, more in found.items()}), most


def looks_of_ones(way: Way, lattice: Lattice) -> dict[int, Look]:
    """Return by their places in its text how a way's ones look that may be slashes between digits.

    There are none where it has a slash already.
    """
    between = {
        place: one
        for place, one in _ones(way).items()
        if way.text[max(place - 1, 0) : place].isdigit()
        and way.text[place + 1 : place + 2].isdigit()
    }
    height = height_beside(between, lattice.pieces) if between else None
    if height is None or "/" in way.text:
        return {}
    digits = {
        (step.begin, step.edge.after): step.edge.character[-1]
        for step in way.steps
        if step.edge.candidate >= 0 and not step.hidden
    }
    found = looks(digits, lattice.pieces, *height)
    return {place: found[one] for place, one in between.items() if one in found}


def before_closing_stroke(way: Way, lattice: Lattice) -> int:
    """Return how many pieces are before the stroke that ends an amount, as in 25/-; 0 if none does.

    It has been read as a one.
    """
    first, _ = _ones(way).get(len(way.text) - 1, (0, 0))
    return first if first and ends_amount(lattice.pieces, first) else 0


def _ones(way: Way) -> dict[int, tuple[int, int]]:
    """Return by their places in its text the first piece of each one, and that behind its last."""
    ends = itertools.accumulate(len(step.edge.character) for step in way.steps)
    return {
        end - 1: (step.begin, step.edge.after)
        for end, step in zip(ends, way.steps, strict=True)
        if step.edge.character.endswith("1") and not step.hidden
    }


def _slashed(way: Way, found: dict[int, float]) -> Way:
    """Return the way with slashes at some places, so far from the usual shape."""
    if not found:
        return way
    ones = _ones(way)
    edges = {
        ones[place]: Edge(ones[place][1], "/", {"separator": 1.0, "shape": shape})
        for place, shape in found.items()
    }
    steps = tuple(
        step._replace(edge=edges.get((step.begin, step.edge.after), step.edge))
        for step in way.steps
    )
    return way._replace(text="".join(step.edge.character for step in steps), steps=steps)


def lead_over(lattice: Lattice, best: Way, way: Way) -> float:
    """Return how far the best way of all is ahead of another, in logarithms of odds, 0 or more.

    Args:
        lattice: of one number.
        best: that would be taken if nothing were asked for.
        way: that fits what was asked for; both with what the row says of their texts.
    """
    first, second = BALANCE.of([best, way], lattice)
    return max(0.0, first - second)


def joined(way: Way, lattice: Lattice) -> float:
    """Return which share of a way's digits, but the first, are joined with the one before.

    A cut parts them, or one of them hides in the other.
    """
    digits = [step for step in way.steps if step.edge.character]
    parted = [
        one.edge.candidate == other.edge.candidate >= 0 or lattice.pieces.cut[other.begin] > 0
        for one, other in itertools.pairwise(digits)
    ]
    return sum(parted) / len(parted) if parted else 0.0


def _by_row(
    lattice: Lattice, automaton: Automaton, weights: Weights, found: list[Way]
) -> Iterator[Way]:
    """Yield the cheapest ways of texts that are likely along the row and are not found yet."""
    if max((way.along for way in found), default=-math.inf) > _SURE:
        return
    known = {digits_of(way.text) for way in found}
    texts = [text for text in likely_texts(lattice.columns) if text not in known]
    if not texts:
        return
    said = automaton.characters - set(DIGITS) | set("".join(texts))
    edges = _by_character(_priced(edges_of(lattice, said, every=True), said, weights))
    for text in texts:
        way = _cheapest(edges, automaton, text)
        if way is not None:
            yield way


def _by_character(edges: list[list[Step]]) -> list[dict[str, list[Step]]]:
    """Return the edges that begin at each piece by the character that they read."""
    result: list[dict[str, list[Step]]] = []
    for here in edges:
        result.append({})
        for step in here:
            result[-1].setdefault(step.edge.character, []).append(step)
    return result


class _Reached(NamedTuple):
    """A place of the lattice with the cheapest way to it.

    Attributes:
        cost: of all steps.
        part: of the text that was read last, in one go: digits, a separator, or nothing.
        step: of that part; of several digits, the one that shows.
        before: where it began: the piece, the automaton's state, how many digits were read.
    """

    cost: float
    part: str = ""
    step: Step | None = None
    before: tuple[int, int, int] = (0, 0, 0)


def _cheapest(edges: list[dict[str, list[Step]]], automaton: Automaton, digits: str) -> Way | None:
    """Return the cheapest way that reads these digits in this order; None if there is none.

    Args:
        edges: as `_by_character`.
        automaton: that accepts its text, in which there may be separators.
        digits: all of them.
    """
    rest = _least_rest(edges)
    for most in (rest[0] + _WORSE, math.inf):  # most are soon found, or cost what does not matter
        way = _cheapest_within(edges, automaton, digits, [most - cost for cost in rest])
        if way is not None:
            return way
    return None


def _least_rest(edges: list[dict[str, list[Step]]]) -> list[float]:
    """Return for each piece, and behind the last, what the rest costs at least."""
    rest = [math.inf] * len(edges) + [0.0]
    for piece in range(len(edges) - 1, -1, -1):
        steps = itertools.chain.from_iterable(edges[piece].values())
        rest[piece] = min((step.cost + rest[step.edge.after] for step in steps), default=math.inf)
    return rest


def _cheapest_within(
    edges: list[dict[str, list[Step]]], automaton: Automaton, digits: str, most: list[float]
) -> Way | None:
    """Return the cheapest way that reads these digits in this order; None if there is none.

    Args:
        edges: as `_cheapest` has them,
        automaton: and this,
        digits: and these.
        most: what it may have cost at each piece, and behind the last.
    """
    onwards = functools.cache(functools.partial(_onwards, automaton, digits))
    # at each piece, by the automaton's state and how many digits were read
    reached: list[dict[tuple[int, int], _Reached]] = [{} for _ in range(len(edges) + 1)]
    reached[0][0, 0] = _Reached(0.0)
    for piece, (here, steps) in enumerate(zip(reached, edges, strict=False)):
        fewest = len(digits) - (len(edges) - piece) - _MORE
        dearest = min((place.cost for place in here.values()), default=0.0) + _BEHIND
        dearest = min(dearest, most[piece] + _ROUNDING)
        for (state, read), (cost, *_) in here.items():
            if read < fewest or cost > dearest:
                continue
            before = piece, state, read
            for part, hidden, shown, place in onwards(state, read):
                for step in itertools.chain.from_iterable(steps.get(sign, ()) for sign in shown):
                    whole, there = cost + hidden + step.cost, reached[step.edge.after]
                    if place not in there or whole < there[place].cost:
                        there[place] = _Reached(whole, part, step, before)
    ends = [end for end in automaton.ends if (end, len(digits)) in reached[-1]]
    if not ends:
        return None
    place = min(((end, len(digits)) for end in ends), key=lambda place: reached[-1][place].cost)
    last = reached[-1][place]
    if last.cost > most[-1] + _ROUNDING:
        return None  # there may be a cheaper one
    cost, text = last.cost, ""
    taken: tuple[Step, ...] = ()
    while last.step is not None:
        piece, state, read = last.before
        text, taken = last.part + text, (*_in_one(edges[piece], last.part, last.step), *taken)
        last = reached[piece][state, read]
    return Way(text, cost, taken)


def _onwards(
    automaton: Automaton, digits: str, state: int, read: int
) -> list[tuple[str, float, tuple[str, ...], tuple[int, int]]]:
    """Return what may be read next in one go.

    Returns:
        Each part of the text, what its hidden digits cost, which of its characters may show, and
        the state and the count of digits behind it.
    """
    ends = range(read + 1, min(read + _TOGETHER, len(digits)) + 1)
    parts = [(sign, read) for sign in sorted(automaton.characters - set(DIGITS))]
    parts += [(digits[read:end], end) for end in ends]
    if digits[read : read + 1] == "1":
        parts.append(("/", read + 1))  # heard as a one
    return [("", 0.0, ("",), (state, read))] + [
        (part, _HIDDEN * (len(part) - 1), tuple(dict.fromkeys(part)), (after, end))
        for part, end in parts
        if (after := _follow(automaton, state, part)) is not None
    ]


def _in_one(steps: dict[str, list[Step]], part: str, shown: Step) -> Iterator[Step]:
    """Yield the steps of digits that are read in one candidate, of which one shows.

    Args:
        steps: from its first piece, by character.
        part: the digits.
        shown: the step of the one that shows.
    """
    place = part.index(shown.edge.character)
    for k, digit in enumerate(part or [""]):
        if k == place:
            yield shown
            continue
        at = shown.begin if k < place else shown.edge.after
        same = (s.edge for s in steps[digit] if s.edge.candidate == shown.edge.candidate)
        yield Step(at, next(same)._replace(after=at), _HIDDEN)


def _with_along(lattice: Lattice, found: list[Way]) -> list[Way]:
    """Return the ways with what the row says of their texts."""
    if not found:
        return []
    heard = [_heard(way.text) for way in found]
    said = iter(text_log_probabilities(lattice.columns, list(itertools.chain(*heard))).tolist())
    return [
        way._replace(along=_log_add(list(itertools.islice(said, len(texts)))))
        for way, texts in zip(found, heard, strict=True)
    ]


def _heard(text: str) -> list[str]:
    """Return what the row may say of a text: it hears a slash as a one, or not at all."""
    parts = text.split("/")
    if len(parts) - 1 > _SLASHES:
        return ["".join(parts), "1".join(parts)]
    between = itertools.product(("", "1"), repeat=len(parts) - 1)
    texts = ("".join(itertools.chain(*zip(parts, (*ones, ""), strict=True))) for ones in between)
    return list(dict.fromkeys(texts))


def _priced(
    edges: list[list[Edge]], characters: AbstractSet[str], weights: Weights
) -> list[list[Step]]:
    """Return the edges that read one of some characters, or none, with their costs."""
    known = characters | {""}
    shared: dict[int, float] = {}  # costs of the candidates, whatever they are read as
    result: list[list[Step]] = []
    for piece, here in enumerate(edges):
        result.append([])
        for edge in here:
            if edge.character not in known:
                continue
            if edge.candidate < 0:
                cost = weights.of(**edge.shared)
            else:
                if edge.candidate not in shared:
                    shared[edge.candidate] = weights.of(**edge.shared)
                cost = shared[edge.candidate]
                cost += weights.answer * edge.answer + weights.apart * edge.apart
                cost += weights.in_row * edge.in_row
            result[-1].append(Step(piece, edge, cost))
    return result


def _follow(automaton: Automaton, state: int, text: str) -> int | None:
    after: int | None = state
    for character in text:
        after = automaton.steps[after].get(character) if after is not None else None
    return after


def _rest(edges: list[list[Step]], automaton: Automaton) -> list[list[float]]:
    """Return for each piece and state the cost of the cheapest rest of the way."""
    states = range(len(automaton.steps))
    signs = {step.edge.character for steps in edges for step in steps}
    leads = {sign: [_follow(automaton, state, sign) for state in states] for sign in signs}
    rest = [[math.inf] * len(states) for _ in range(len(edges) + 1)]
    for state in automaton.ends:
        rest[-1][state] = 0.0
    for piece in range(len(edges) - 1, -1, -1):
        here = rest[piece]
        for step in edges[piece]:
            cost, behind = step.cost, rest[step.edge.after]
            for state, after in enumerate(leads[step.edge.character]):
                if after is not None and cost + behind[after] < here[state]:
                    here[state] = cost + behind[after]
    return rest


def log_sums(edges: list[list[Step]], automaton: Automaton) -> list[list[float]]:
    """Return for each piece and state ln of the sum of e^-cost over all rests of the way."""
    states = range(len(automaton.steps))
    total = [[-math.inf] * len(states) for _ in range(len(edges) + 1)]
    for state in automaton.ends:
        total[-1][state] = 0.0
    for piece in range(len(edges) - 1, -1, -1):
        for state in states:
            terms = [
                total[step.edge.after][after] - step.cost
                for step in edges[piece]
                for after in [_follow(automaton, state, step.edge.character)]
                if after is not None
            ]
            total[piece][state] = _log_add(terms)
    return total


def expected(
    edges: list[list[Edge]], automaton: Automaton, weights: Weights
) -> tuple[float, dict[str, float]]:
    """Return ln of the sum of all accepted ways, and the features that a way has on average.

    The difference of two such averages is the gradient of a text's probability by the weights.
    """
    priced = _priced(edges, automaton.characters, weights)
    behind = log_sums(priced, automaton)
    total = behind[0][0]
    found: dict[str, float] = {}
    if total == -math.inf:
        return total, found
    states = range(len(automaton.steps))
    before = [[-math.inf] * len(states) for _ in range(len(priced) + 1)]
    before[0][0] = 0.0
    for piece, here in enumerate(priced):
        for state in states:
            if before[piece][state] == -math.inf:
                continue
            for step in here:
                after = _follow(automaton, state, step.edge.character)
                if after is None or behind[step.edge.after][after] == -math.inf:
                    continue
                so_far = before[piece][state] - step.cost
                place = before[step.edge.after]
                place[after] = _log_add([place[after], so_far])
                share = math.exp(so_far + behind[step.edge.after][after] - total)
                for name, value in step.edge.features.items():
                    found[name] = found.get(name, 0.0) + share * value
    return total, found


def _log_add(terms: list[float]) -> float:
    largest = max(terms, default=-math.inf)
    if largest == -math.inf:
        return largest
    return largest + math.log(sum(math.exp(term - largest) for term in terms))
