"""The best ways through a lattice, and how probable each is.

Each edge has a cost, the negative logarithm of how well it fits: a candidate read as a digit, a
small piece read as a separator, a piece left out as dirt. The probability of a way is e^-cost over
the sum of that of all ways (J. Lafferty, A. McCallum, F. Pereira, "Conditional random fields",
ICML 2001). The ways are found one after the other, the cheapest first, by A*: the exact cost of the
rest is known beforehand from a pass backwards.
"""

from __future__ import annotations

import heapq
import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from numerist.reading.patterns import any_number
from numerist.reading.pieces import HEIGHT
from numerist.reading.whole_row import text_log_probabilities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numerist.reading.lattice import Candidate, Lattice
    from numerist.reading.patterns import Automaton
    from numerist.reading.pieces import Pieces

_LEAST = 1e-3  # probabilities of digits below this are not followed
_DEAREST = 7.0  # the most that a probability may cost
_MOST_INK = 400.0  # pixels
_MOST_WAYS = 20_000  # steps of the search
_TRIED = 100  # ways that are looked at for the best texts,
_WORSE = 10.0  # unless they cost so much more than the best
FARTHEST = -60.0
"""What the network along the row can say against a text, at most: ln of its probability."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What the costs are made of; fitted on numbers made of training digits.

    Each is multiplied with what it says and added up:

    Attributes:
        digit: once for each digit.
        answer: −ln of the digit's probability.
        known: −ln of the probability that it is a digit at all.
        in_row: −ln of the probability that it is this digit, as it stands in its row.
        cut: pixels of ink that the cuts at both sides go through, half of them.
        gap: the widest gap within, as a share of the height.
        joined: how many boundaries within lie between unconnected pieces.
        low: what is missing to 0.6 of the row's height, in heights.
        wide: what is wider than one height, in heights.
        off: how far top and bottom lie from those of the row, in heights.
        dirt: once for each piece that is left out.
        lost: −ln of the probability that such a piece is no digit, as it stands in its row.
        ink: hundreds of pixels of such a piece.
        separator: once for each separator.
        shape: how far it is from the separator's usual shape and place.
    """

    digit: float = -3.44
    answer: float = 0.16
    known: float = 0.48
    in_row: float = 1.28
    cut: float = 0.07
    gap: float = 3.75
    joined: float = 0.31
    low: float = 0.17
    wide: float = 5.93
    off: float = 1.79
    dirt: float = 0.43
    lost: float = 1.00
    ink: float = 0.84
    separator: float = 6.40
    shape: float = 1.33

    def of(self, **features: float) -> float:
        """Return the cost of features by name."""
        return math.fsum(getattr(self, name) * value for name, value in features.items())


WEIGHTS = Weights()


class Edge(NamedTuple):
    """A step through the lattice.

    Attributes:
        after: the piece behind it.
        character: that it reads; "" for none.
        shared: what it costs whatever is read, by the names of `Weights`.
        candidate: the number of the candidate that is read, −1 for none.
        answer, in_row: what it costs to read this digit, as `Weights` has them.
    """

    after: int
    character: str
    shared: dict[str, float]
    candidate: int = -1
    answer: float = 0.0
    in_row: float = 0.0

    @property
    def features(self) -> dict[str, float]:
        """All that it costs, by the names of `Weights`."""
        return self.shared | {"answer": self.answer, "in_row": self.in_row}


class Step(NamedTuple):
    """An edge that was taken: from which piece, and at which cost."""

    begin: int
    edge: Edge
    cost: float


class Way(NamedTuple):
    """A way through the lattice, from the first piece to the last.

    Attributes:
        text: that it reads.
        cost: of its steps.
        steps: in order.
        along: ln of the text's probability by the network that reads along the row.
    """

    text: str
    cost: float
    steps: tuple[Step, ...]
    along: float = 0.0


class Balance(NamedTuple):
    """What the lattice's cost and the network along the row count; fitted as the weights are.

    Attributes:
        cost: of a way.
        along: ln of its text's probability, as far as `FARTHEST`.
    """

    cost: float
    along: float

    def of(self, way: Way) -> float:
        """Return the score of a way, in logarithms of odds."""
        return self.along * max(way.along, FARTHEST) - self.cost * way.cost


BALANCE = Balance(0.56, 0.57)


def edges_of(lattice: Lattice) -> list[list[Edge]]:
    """Return the edges that begin at each piece."""
    pieces = lattice.pieces
    found: list[list[Edge]] = [[] for _ in pieces.boxes]
    upper_lower = _height(pieces)
    digits = np.zeros(len(pieces.boxes))  # how probably each piece is a digit by itself
    for number, candidate in enumerate(lattice.candidates):
        base = _features(pieces, candidate, upper_lower)
        base["known"] = _surprise(lattice.known[number])
        alone = lattice.probabilities[number]
        in_row = lattice.in_row[number]
        if candidate.after == candidate.first + 1:
            digits[candidate.first] = in_row.sum()
        found[candidate.first] += [
            Edge(
                candidate.after, str(digit), base, number,
                _surprise(alone[digit]), _surprise(in_row[digit]),
            )
            for digit in np.flatnonzero(np.maximum(alone, in_row) >= _LEAST).tolist()
        ]  # fmt: skip
    for piece, edges in enumerate(found):
        ink = min(float(pieces.areas[piece]), _MOST_INK) / 100
        lost = _surprise(1 - digits[piece])
        edges.append(Edge(piece + 1, "", {"dirt": 1.0, "lost": lost, "ink": ink}))
        for character, shape in _separators(pieces, piece, upper_lower).items():
            edges.append(Edge(piece + 1, character, {"separator": 1.0, "shape": shape}))
    return found


def _surprise(probability: float) -> float:
    return min(-math.log(max(float(probability), 1e-9)), _DEAREST)


def _features(
    pieces: Pieces, candidate: Candidate, upper_lower: tuple[float, float]
) -> dict[str, float]:
    """Return what speaks against a candidate whatever digit it is read as."""
    left, top, right, bottom = candidate.box
    after = candidate.after
    sides = [float(pieces.cut[k]) for k in (candidate.first, after) if k < len(pieces.cut)]
    upper, lower = upper_lower
    return {
        "digit": 1.0,
        "cut": sum(sides) / 2,
        "gap": candidate.gap / HEIGHT,
        "joined": float((pieces.cut[candidate.first + 1 : after] == 0).sum()),
        "low": max(0.0, 0.6 - (bottom - top) / HEIGHT),
        "wide": max(0.0, (right - left) / HEIGHT - 1.0),
        "off": (abs(top - upper) + abs(bottom - lower)) / HEIGHT,
    }


def _height(pieces: Pieces) -> tuple[float, float]:
    """Return top and bottom of the writing: of the larger pieces, the medians."""
    tall = [box for box in pieces.boxes.tolist() if box[3] - box[1] > 0.5 * HEIGHT]
    if not tall:
        return 0.0, float(pieces.level.shape[0])
    tops, bottoms = sorted(box[1] for box in tall), sorted(box[3] for box in tall)
    return float(tops[len(tops) // 2]), float(bottoms[len(bottoms) // 2])


def _separators(pieces: Pieces, piece: int, height: tuple[float, float]) -> dict[str, float]:
    """Return which separators a piece may be, by shape and place, and what each costs."""
    left, top, right, bottom = (float(side) for side in pieces.boxes[piece])
    wide, high = (right - left) / HEIGHT, (bottom - top) / HEIGHT
    upper, lower = height
    middle = ((top + bottom) / 2 - upper) / max(lower - upper, 1.0)
    below = (bottom - lower) / HEIGHT
    found: dict[str, float] = {}
    if wide < 0.3 and high < 0.3 and middle > 0.65:  # noqa: PLR2004
        found["."] = 6 * max(0.0, high - 0.2) + 4 * max(0.0, below)
    if wide < 0.3 and 0.12 < high < 0.55 and middle > 0.7 and below > 0:  # noqa: PLR2004
        found[","] = 0.3 + 4 * max(0.0, 0.15 - below) + 2 * max(0.0, wide - high)
    if wide > 0.15 and high < 0.35 and wide > 1.5 * high and 0.25 < middle < 0.8:  # noqa: PLR2004
        found["-"] = 2 * max(0.0, wide - 0.8)
    if high > 0.7 and 0.15 < wide < 0.9:  # noqa: PLR2004
        found["/"] = 3.0
    if wide < 0.25 and 0.35 < high < 0.9 and 0.3 < middle < 0.7:  # noqa: PLR2004
        found[":"] = 2.0
    return found


def ways(
    lattice: Lattice, automaton: Automaton | None = None, weights: Weights = WEIGHTS
) -> Iterator[Way]:
    """Yield the best way of each text that the automaton accepts, the cheapest first.

    Many ways that differ by a pixel in where they cut are not many witnesses.

    Args:
        lattice: of one number.
        automaton: what it may look like; any number if not given.
        weights: of the costs.
    """
    automaton = automaton or any_number()
    edges = _priced(edges_of(lattice), automaton, weights)
    rest = _rest(edges, automaton)
    order = itertools.count()
    heap: list[tuple[float, int, float, int, int, str, tuple[Step, ...]]] = []
    if rest[0][0] < math.inf:
        heap.append((rest[0][0], next(order), 0.0, 0, 0, "", ()))
    been: set[tuple[int, str]] = set()
    for _ in range(_MOST_WAYS):
        if not heap:
            return
        _, _, cost, piece, state, text, behind = heapq.heappop(heap)
        if (piece, text) in been:
            continue  # whoever came first came cheaper, and goes on as this one would
        been.add((piece, text))
        if piece == len(edges):
            yield Way(text, cost, behind)
            continue
        for step in edges[piece]:
            edge = step.edge
            after = _follow(automaton, state, edge.character)
            if after is None or rest[edge.after][after] == math.inf:
                continue
            so_far = cost + step.cost
            entry = (
                so_far + rest[edge.after][after], next(order), so_far, edge.after, after,
                text + edge.character, (*behind, step),
            )  # fmt: skip
            heapq.heappush(heap, entry)


def best_texts(
    lattice: Lattice,
    automaton: Automaton | None = None,
    weights: Weights = WEIGHTS,
    fits: Callable[[str], bool] | None = None,
) -> list[tuple[Way, float]]:
    """Return the best way of each of the best texts, and how probable it is among them.

    The lattice proposes them; the network that reads along the row has its say on each. Where
    leaving out all of it is best there is none.

    Args:
        lattice: of one number.
        automaton: what it may look like; any number if not given.
        weights: of the costs.
        fits: what else a text has to fulfil.
    """
    found: list[Way] = []
    for rank, way in enumerate(itertools.islice(ways(lattice, automaton, weights), _TRIED)):
        if found and way.cost > found[0].cost + _WORSE:
            break
        if not way.text and rank == 0:
            return []
        if way.text and (fits is None or fits(way.text)):
            found.append(way)
    if not found:
        return []
    along = text_log_probabilities(lattice.columns, [way.text for way in found]).tolist()
    found = [way._replace(along=said) for way, said in zip(found, along, strict=True)]
    scores = [BALANCE.of(way) for way in found]
    total = _log_add(scores)
    ranked = sorted(zip(scores, found, strict=True), key=lambda pair: -pair[0])
    return [(way, math.exp(score - total)) for score, way in ranked]


def _priced(edges: list[list[Edge]], automaton: Automaton, weights: Weights) -> list[list[Step]]:
    """Return the edges whose characters the automaton knows, with their costs."""
    known = automaton.characters | {""}
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
                cost += weights.answer * edge.answer + weights.in_row * edge.in_row
            result[-1].append(Step(piece, edge, cost))
    return result


def _follow(automaton: Automaton, state: int, character: str) -> int | None:
    return automaton.steps[state].get(character) if character else state


def _rest(edges: list[list[Step]], automaton: Automaton) -> list[list[float]]:
    """Return for each piece and state the cost of the cheapest rest of the way."""
    states = range(len(automaton.steps))
    rest = [[math.inf] * len(states) for _ in range(len(edges) + 1)]
    for state in automaton.ends:
        rest[-1][state] = 0.0
    for piece in range(len(edges) - 1, -1, -1):
        for state in states:
            best = math.inf
            for step in edges[piece]:
                after = _follow(automaton, state, step.edge.character)
                if after is not None:
                    best = min(best, step.cost + rest[step.edge.after][after])
            rest[piece][state] = best
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
    priced = _priced(edges, automaton, weights)
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
