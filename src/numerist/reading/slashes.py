"""Slashes that look like ones: 17/20, 3/4/26.

MNIST's ones lean to the right, as slashes do, and many slashes are no higher than digits. But all
digits of a hand lean about alike: what leans much more than the digits beside it is a slash.
"""

from __future__ import annotations

import math
import re
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
_THIN, _BLOT = 0.1, 0.25  # of its length: how thick a stroke is
_MORE, _APART = 0.7, 0.5  # leaning more than the digits, and how these differ: at most
_BASE, _HIGH, _THICK, _LEAN, _SPREAD = 3.4, 13.8, -18.4, 8.4, -23.4  # logarithms of odds
_ANYWHERE = 1.2  # times as high as digits: as probably a slash as a one, whatever it is between,
_STEEP = 15.0  # by how much more, in logarithms of odds, for one more height,
_LEANS, _STRAIGHT = 0.2, 0.16  # if it leans so much at least, and is no thicker
_ONE = 0.2  # of its length: a one that is no thicker has no foot and no upstroke
_A_DATE = 1.0  # in logarithms of odds: what speaks for a date besides its slashes
_MOST = 4.0  # logarithms of odds: surer nothing is
_FRACTION = re.compile(r"[1-9]\d?/([1-9]\d?|0[1-9]|100)")
_DATE = re.compile(r"(\d\d?)/(\d\d?)/(\d\d(?:\d\d)?)")


class Odds(NamedTuple):
    """How probably a stroke is a slash rather than a one, as ln of the odds.

    Attributes:
        anywhere: by its height.
        fitting: by how it leans, too, where it makes a fraction or a date.
    """

    anywhere: float
    fitting: float


def odds_of_slashes(
    digits: Mapping[tuple[int, int], str], pieces: Pieces, upper: float, lower: float
) -> dict[tuple[int, int], Odds]:
    """Return what each one of a number is, by height and lean, where it may be a slash.

    A logistic regression, learned from ones among MNIST's training digits (each by another hand)
    and from ones and slashes in 31 fonts made from people's handwriting; so one in four of these
    is a slash.

    Args:
        digits: of the number, by the first piece of each and that behind its last.
        pieces: of the number.
        upper: top of its digits in the cut row.
        lower: their bottom.
    """
    strokes = strokes_like_slashes(pieces, upper, lower)
    lean, spread = _hand(digits, pieces)
    found = {}
    for place in strokes.keys() & digits.keys():
        if digits[place] != "1":
            continue
        high, leaning, thick = strokes[place]
        more = min(max(leaning - _USUAL[1] - lean, 0.0), _MORE)
        fitting = _BASE + _SPREAD * min(spread, _APART) + _LEAN * more
        fitting += _THICK * min(max(thick, _THIN), _BLOT)
        fitting += _HIGH * min(max(high - _HIGHER, 0.0), _HIGHEST)
        leans = leaning >= _LEANS and thick <= _STRAIGHT
        anywhere = _STEEP * (high - _ANYWHERE) if leans else -math.inf
        found[place] = Odds(min(anywhere, _MOST), min(fitting, _MOST))
    return found


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
    return max(ways, key=lambda way: way[1])


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
