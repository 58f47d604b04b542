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

from numerist.reading.pieces import HEIGHT

if TYPE_CHECKING:
    from numerist.reading.lattice import Candidate, Lattice
    from numerist.reading.pieces import Pieces

Array: TypeAlias = npt.NDArray[Any]

_LEAST = 1e-3  # probabilities of digits below this are not followed, unless asked for
_DEAREST = 7.0  # the most that a probability may cost
_MOST_INK = 400.0  # pixels


@dataclass(frozen=True, slots=True)
class Weights:
    """What the costs are made of; fitted on numbers made of validation digits, all but `apart`.

    Each is multiplied with what it says and added up:

    Attributes:
        digit: once for each digit.
        answer: −ln of the digit's probability.
        apart: the same once more, where no cut touches the digit: of these the network for single
            digits knows most, and more than made numbers show (docs/decisions.md).
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
    apart: float = 0.80
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


def edges_of(lattice: Lattice, *, every: bool = False) -> list[list[Edge]]:
    """Return the edges that begin at each piece.

    Args:
        lattice: of one number.
        every: whether each candidate may be each digit; only those that a network finds possible if
            not.
    """
    pieces = lattice.pieces
    found: list[list[Edge]] = [[] for _ in pieces.boxes]
    upper_lower = _height(pieces)
    digits = np.zeros(len(pieces.boxes))  # how probably each piece is a digit by itself
    possible = every | (np.maximum(lattice.probabilities, lattice.in_row) >= _LEAST)
    known = _surprises(lattice.known)
    alone, in_row = _surprises(lattice.probabilities), _surprises(lattice.in_row)
    for number, candidate in enumerate(lattice.candidates):
        base = _features(pieces, candidate, upper_lower)
        base["known"] = known[number]
        if candidate.after == candidate.first + 1:
            digits[candidate.first] = lattice.in_row[number].sum()
        found[candidate.first] += [
            Edge(
                candidate.after, str(digit), base, number, alone[number][digit],
                in_row[number][digit], alone[number][digit] if base["cut"] == 0 else 0.0,
            )
            for digit in np.flatnonzero(possible[number]).tolist()
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


def _surprises(probabilities: Array) -> Any:
    """Return the same of many, in lists."""
    found = -np.log(np.maximum(probabilities.astype(float), 1e-9))
    return np.minimum(found, _DEAREST).tolist()


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
