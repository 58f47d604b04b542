"""The steps that a lattice offers, and what each costs.

Each edge has a cost, the negative logarithm of how well it fits: a candidate read as a digit, a
small piece read as a separator, a piece left out as dirt.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.reading.patterns import SEPARATORS
from numerist.reading.pieces import HEIGHT
from numerist.reading.separators import separators
from numerist.reading.separators_along import digits_within

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from numerist.reading.lattice import Lattice
    from numerist.reading.pieces import Pieces

Array: TypeAlias = npt.NDArray[Any]

_LEAST = 1e-3  # probabilities of digits below this are not followed, unless asked for
_DEAREST = 7.0  # the most that a probability may cost,
_HARDLY_HEARD = 0.01  # and the least probability of what is heard
_DOUBT = 0.05  # that both networks have of a digit: with less, what is heard counts less
_MOST_INK = 400.0  # pixels


@dataclass(frozen=True)
class Weights:
    """What the costs are made of; fitted on numbers made of validation digits, but for some.

    These have no separators: what those cost was chosen by numbers that have, `apart` and `heard`
    by what made numbers do not show (docs/decisions.md).

    Each is multiplied with what it says and added up:

    Attributes:
        digit: once for each digit.
        answer: −ln of the digit's probability.
        apart: the same once more, where no cut touches the digit: of these the network for single
            digits knows most, and more than made numbers show (docs/decisions.md).
        known: −ln of the probability that it is a digit at all.
        in_row: −ln of the probability that it is this digit, as it stands in its row.
        heard: −ln of the probability that some digit is heard there, along the row, by the network
            that knows separators; at most −ln 0.01, and less where both others are sure of it.
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
    apart: float = 0.80
    known: float = 0.48
    in_row: float = 1.28
    heard: float = 0.70
    cut: float = 0.07
    gap: float = 3.75
    joined: float = 0.31
    low: float = 0.17
    wide: float = 5.93
    off: float = 1.79
    dirt: float = 0.43
    lost: float = 1.00
    ink: float = 0.84
    separator: float = -0.60
    shape: float = 1.33

    def of(self, **features: float) -> float:
        """Return the cost of features by name."""
        own = vars(self)
        return math.fsum([own[name] * value for name, value in features.items()])


WEIGHTS = Weights()


class Edge(NamedTuple):
    """A step through the lattice.

    Attributes:
        after: the piece behind it.
        character: that it reads; "" for none. A space stands before its digit.
        shared: what it costs whatever is read, by the names of `Weights`.
        candidate: the number of the candidate that is read, −1 for none.
        answer, in_row, apart: what it costs to read this digit, as `Weights` has them.
    """

    after: int
    character: str
    shared: dict[str, float]
    candidate: int = -1
    answer: float = 0.0
    in_row: float = 0.0
    apart: float = 0.0

    @property
    def features(self) -> dict[str, float]:
        """All that it costs, by the names of `Weights`."""
        own = {"answer": self.answer, "in_row": self.in_row, "apart": self.apart}
        return self.shared | own


def edges_of(
    lattice: Lattice, characters: AbstractSet[str] | None = None, *, every: bool = False
) -> list[list[Edge]]:
    """Return the edges that begin at each piece.

    Args:
        lattice: of one number.
        characters: that are asked for: no separators but these; all if not given.
        every: whether each candidate may be each digit; only those that a network finds possible if
            not.
    """
    pieces = lattice.pieces
    found: list[list[Edge]] = [[] for _ in pieces.boxes]
    upper_lower = writing_height(pieces)
    digits = np.zeros(len(pieces.boxes))  # how probably each piece is a digit by itself
    possible = every | (np.maximum(lattice.probabilities, lattice.in_row) >= _LEAST)
    alone, in_row = _surprises(lattice.probabilities), _surprises(lattice.in_row)
    which: list[list[int]] = [[] for _ in lattice.candidates]
    for number, digit in np.argwhere(possible).tolist():
        which[number].append(digit)
    shared = _features(lattice, upper_lower)
    for number, (candidate, base) in enumerate(zip(lattice.candidates, shared, strict=True)):
        if candidate.after == candidate.first + 1:
            digits[candidate.first] = lattice.in_row[number].sum()
        answers, places, counts = alone[number], in_row[number], base["cut"] == 0
        found[candidate.first] += [
            Edge(
                candidate.after, str(digit), base, number, answers[digit], places[digit],
                answers[digit] if counts else 0.0,
            )
            for digit in which[number]
        ]  # fmt: skip
    for piece, edges in enumerate(found):
        ink = min(float(pieces.areas[piece]), _MOST_INK) / 100
        lost = _surprise(1 - digits[piece])
        edges.append(Edge(piece + 1, "", {"dirt": 1.0, "lost": lost, "ink": ink}))
    asked = set(SEPARATORS) & (characters if characters is not None else set(SEPARATORS))
    if asked:
        row, slashes = lattice.separators, "/" in asked
        for first, after, sign, shape in separators(pieces, *upper_lower, row, slashes=slashes):
            if sign in asked:
                found[first].append(Edge(after, sign, {"separator": 1.0, "shape": shape}))
    return found


def _unheard(lattice: Lattice) -> Array:
    """Return what is to be said against candidates in which no digit is heard, float (candidates,).

    Where the other networks are sure of a digit it is less.
    """
    boxes = np.array([candidate.box for candidate in lattice.candidates]).reshape(-1, 4)
    heard = np.maximum(digits_within(lattice.separators, boxes), _HARDLY_HEARD)
    sure = (
        lattice.known
        * lattice.probabilities.max(axis=1, initial=0)
        * lattice.in_row.max(axis=1, initial=0)
    )
    result: Array = -np.log(heard) * np.clip((1 - sure) / _DOUBT, 0, 1)
    return result


def _surprise(probability: float) -> float:
    return min(-math.log(max(float(probability), 1e-9)), _DEAREST)


def _surprises(probabilities: Array) -> Any:
    """Return the same of many, in lists."""
    found = -np.log(np.maximum(probabilities.astype(float), 1e-9))
    return np.minimum(found, _DEAREST).tolist()


def _features(lattice: Lattice, upper_lower: tuple[float, float]) -> list[dict[str, float]]:
    """Return what speaks against each candidate whatever digit it is read as."""
    pieces, candidates = lattice.pieces, lattice.candidates
    if not candidates:
        return []
    left, top, right, bottom = np.array([candidate.box for candidate in candidates]).T
    first, after = np.array([(candidate.first, candidate.after) for candidate in candidates]).T
    cut = np.append(pieces.cut, 0.0)  # nothing is cut behind the last
    apart = np.append(0, np.cumsum(pieces.cut == 0))
    upper, lower = upper_lower
    features = {
        "digit": np.ones(len(candidates)),
        "cut": (cut[first] + cut[after]) / 2,
        "gap": np.array([candidate.gap for candidate in candidates]) / HEIGHT,
        "joined": apart[after] - apart[first + 1],
        "low": np.maximum(0.0, 0.6 - (bottom - top) / HEIGHT),
        "wide": np.maximum(0.0, (right - left) / HEIGHT - 1.0),
        "off": (np.abs(top - upper) + np.abs(bottom - lower)) / HEIGHT,
        "known": _surprises(lattice.known),
        "heard": _unheard(lattice),
    }
    columns = [np.asarray(column, float).tolist() for column in features.values()]
    return [dict(zip(features, values, strict=True)) for values in zip(*columns, strict=True)]


def writing_height(pieces: Pieces) -> tuple[float, float]:
    """Return top and bottom of the writing: of the larger pieces, the medians."""
    tall = [box for box in pieces.boxes.tolist() if box[3] - box[1] > 0.5 * HEIGHT]
    if not tall:
        return 0.0, float(pieces.level.shape[0])
    tops, bottoms = sorted(box[1] for box in tall), sorted(box[3] for box in tall)
    return float(tops[len(tops) // 2]), float(bottoms[len(bottoms) // 2])
