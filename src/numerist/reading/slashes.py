"""Slashes that look like ones: 17/20, 3/4/26.

MNIST's ones lean to the right, as slashes do, and many slashes are no higher than digits. But all
digits of a hand lean about alike: what leans much more than the digits beside it is a slash.
"""

from __future__ import annotations

import math
import re
from operator import mul
from typing import TYPE_CHECKING, NamedTuple

from numerist.reading.dates import is_date
from numerist.reading.separators import lean_and_thickness, strokes_like_slashes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numerist.reading.pieces import Pieces

_USUAL = 0.22, 0.25, 0.12, 0.07, 0.07, 0.23, 0.03, 0.03, 0.19, 0.0
"""How the digits 0 to 9 lean, as `lean_and_thickness` has it: means of MNIST's training digits."""

_FEW = 0.3  # digits: as if so many more leaned as usual,
_UNEVEN = 0.2  # and another this much more or less
_HIGHER, _HIGHEST = 1.12, 0.4  # times as high as digits, and how much more at most
_THIN, _BLOT = 0.1, 0.25  # of its length: how thick a stroke is at least, and a slash at most
_MORE, _APART = 0.7, 0.5  # leaning more than the digits, and how these differ: at most
_BASE, _WEIGHTS = 4.5, (13.8, -26.1, 7.1, -22.9)  # logarithms of odds, as in `Look.features`
_ANYWHERE = 1.2  # times as high as digits: as probably a slash as a one, whatever it is between,
_STEEP = 15.0  # by how much more, in logarithms of odds, for one more height,
_LEANS, _STRAIGHT = 0.2, 0.16  # if it leans so much at least, and is no thicker
_ONE = 0.2  # of its length: a one that is no thicker has no foot and no upstroke
_A_DATE = 1.0  # in logarithms of odds: what speaks for a date besides its slashes
_MOST = 4.0  # logarithms of odds: surer nothing is
_FRACTION = re.compile(r"[1-9]\d?/([1-9]\d?|0[1-9]|100)")
_DATE = re.compile(r"(\d\d?)/(\d\d?)/(\d\d(?:\d\d)?)")


class Look(NamedTuple):
    """How a stroke looks beside the digits of its number.

    Attributes:
        high: times as high as these.
        lean: to the right, a pixel up.
        thick: of its length.
        hand: how much more than usual the digits lean.
        spread: how far apart they are in that.
    """

    high: float
    lean: float
    thick: float
    hand: float
    spread: float

    @property
    def features(self) -> tuple[float, float, float, float]:
        """How much higher, how thick, how much further to the right, how far apart; in bounds."""
        return (
            min(max(self.high - _HIGHER, 0.0), _HIGHEST),
            max(self.thick, _THIN),
            min(max(self.lean - _USUAL[1] - self.hand, 0.0), _MORE),
            min(self.spread, _APART),
        )

    @property
    def is_blot(self) -> bool:
        """Whether it is too thick for a slash."""
        return self.thick > _BLOT


class Odds(NamedTuple):
    """How probably a stroke is a slash rather than a one, as ln of the odds.

    Attributes:
        anywhere: by its height.
        fitting: by how it leans, too, where it makes a fraction or a date.
    """

    anywhere: float
    fitting: float


def looks(
    digits: Mapping[tuple[int, int], str], pieces: Pieces, upper: float, lower: float
) -> dict[tuple[int, int], Look]:
    """Return how those ones of a number look that may be slashes.

    Args:
        digits: of the number, by the first piece of each and that behind its last.
        pieces: of the number.
        upper: top of its digits in the cut row.
        lower: their bottom.
    """
    strokes = strokes_like_slashes(pieces, upper, lower)
    hand = _hand(digits, pieces)
    return {
        place: Look(*stroke, *hand) for place, stroke in strokes.items() if digits.get(place) == "1"
    }


def odds_of(look: Look) -> Odds:
    """Return how probably a stroke is a slash, by height and by lean.

    The latter is a logistic regression (`benchmarks/fit_slashes.py`), learned from ones of MNIST's
    training digits, each by another hand, and ones and slashes in fonts made from people's
    handwriting; one in four of them is a slash.
    """
    leans = look.lean >= _LEANS and look.thick <= _STRAIGHT
    anywhere = _STEEP * (look.high - _ANYWHERE) if leans else -math.inf
    fitting = _BASE + sum(map(mul, _WEIGHTS, look.features)) if not look.is_blot else -math.inf
    return Odds(min(anywhere, _MOST), min(fitting, _MOST))


def _hand(digits: Mapping[tuple[int, int], str], pieces: Pieces) -> tuple[float, float]:
    """Return how much more than usual a number's digits lean, and how far apart they are in that.

    Straight strokes are left out, since they may be slashes.
    """
    more = []
    for (first, after), digit in digits.items():
        lean, thick = lean_and_thickness((pieces.numbers > first) & (pieces.numbers <= after))
        if digit != "1" or thick > _ONE:
            more.append(lean - _USUAL[int(digit)])
    lean = sum(more) / (len(more) + _FEW)
    squares = sum((one - lean) ** 2 for one in more) + _UNEVEN**2
    return lean, math.sqrt(squares / (len(more) + 1))


def likeliest_slashes(text: str, odds: Mapping[int, Odds]) -> tuple[dict[int, float], float]:
    """Return where a text has slashes for ones, and ln of the odds that it has.

    Args:
        text: with ones.
        odds: of those that may be slashes, by their places in it.

    Returns:
        How probably each is one, ln of the odds; and the odds of all. Where none is likely, the
        likeliest.

    >>> likeliest_slashes("17120", {2: Odds(-5.0, 2.0)})
    ({2: 2.0}, 2.0)
    >>> likeliest_slashes("171205", {2: Odds(-5.0, 2.0)})  # no fraction
    ({2: -5.0}, -5.0)
    """
    if not odds:
        return {}, -math.inf
    most = max(one.anywhere for one in odds.values())
    high = {k: one.anywhere for k, one in odds.items() if one.anywhere >= min(most, 0.0)}
    ways = [(high, most), *_fitting(text, odds)]
    return max(ways, key=lambda way: (way[1], len(way[0])))


def _fitting(text: str, odds: Mapping[int, Odds]) -> Iterator[tuple[dict[int, float], float]]:
    """Yield the fractions and dates that a text may be, as `likeliest_slashes` returns them."""
    for first, one in odds.items():
        slashed = text[:first] + "/" + text[first + 1 :]
        if _FRACTION.fullmatch(slashed):
            yield {first: one.fitting}, one.fitting
        for second, other in odds.items():
            both = slashed[:second] + "/" + slashed[second + 1 :]
            date = _DATE.fullmatch(both) if first < second else None
            if date and is_date(*date.groups()):
                sure = min(one.fitting + other.fitting + _A_DATE, _MOST)
                yield {first: one.fitting, second: other.fitting}, sure
