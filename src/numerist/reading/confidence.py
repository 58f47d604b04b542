"""How sure a reading is: from what the lattice says to a share of numbers that are right."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.checks import positive
from numerist.errors import InputError
from numerist.reading.decode import FARTHEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numerist.reading.decode import Way

Array: TypeAlias = npt.NDArray[Any]


class Evidence(NamedTuple):
    """What speaks for a reading, each the better the higher.

    Attributes:
        share: logarithm of the odds of its text among the best texts.
        known: ln of the probability that all its digits are digits, each seen alone.
        along: ln of the probability of its text, as it is read along the row.
        whole: minus the share of the ink that is left out.
        always: 1.
    """

    share: float
    known: float
    along: float
    whole: float
    always: float = 1.0


_FAR = 700.0  # e to more is no float
_LEAST = 1e-4  # the share of all that was not looked at, at least
CURVE = Evidence(1.129, 0.195, 0.044, 0.0, 0.144)
"""What each counts for a text to be right, in logarithms of odds: a logistic regression on made
numbers and on others. Ink that is left out tells numbers from words, not right texts from wrong."""

NUMBER = Evidence(0.071, 0.502, 0.932, 13.185, 3.221)
"""What each counts for a number to be one at all: a logistic regression on made numbers and on
words in fonts like handwriting."""
_RARE = 30.0  # words are, unless others on a page say something else: one in so many
_MOST_DOUBT = 1.0  # in logarithms of odds: the best numbers have less than four


def calibrated(evidence: Evidence) -> float:
    """Return how probable it is that a number is right, 0…1."""
    odds = odds_of(CURVE, evidence)
    return 1 / (1 + math.exp(-odds)) if odds > -_FAR else 0.0


def least_odds(found: Sequence[float]) -> float:
    """Return from which odds on (`NUMBER`) something on a page is a number and no word.

    Where most are words, what is in doubt is one too; what is no word for sure never is.

    Args:
        found: the odds of all that may be numbers on the page, in logarithms.

    >>> [round(least_odds([3.0] * 20 + [-9.0] * words), 2) for words in (0, 49, 10_000)]
    [-3.4, 0.0, 1.0]
    """
    none = -math.log(_RARE)
    numbers = sum(odds >= none for odds in found)
    words = len(found) - numbers
    return min(max(none, math.log((words + 1) / (numbers + _RARE))), _MOST_DOUBT)


def may_be_number(along: float, left_out: float) -> bool:
    """Return whether anything can be a number that the row says no better text of.

    Args:
        along: ln of the probability of its likeliest text along the row.
        left_out: the share of its ink that is beside all digits that the row may say.

    >>> may_be_number(-1.0, 0.0), may_be_number(-20.0, 0.0), may_be_number(-1.0, 0.6)
    (True, False, False)
    """
    most = Evidence(math.log((1 - _LEAST) / _LEAST), 0.0, along, -left_out)
    return odds_of(NUMBER, most) >= least_odds([])


def odds_of(counts: Evidence, evidence: Evidence) -> float:
    """Return the logarithm of the odds that evidence gives."""
    return math.fsum(a * b for a, b in zip(counts, evidence, strict=True))


def evidence_for(share: float, way: Way, areas: Array) -> Evidence:
    """Return what speaks for a text.

    Args:
        share: its probability among the best texts.
        way: the best of all, by which it is judged how much like digits it all looks.
        areas: of the pieces of its lattice.
    """
    sure = min(max(share, _LEAST), 1 - _LEAST)
    known = math.fsum(step.edge.shared["known"] for step in way.steps if step.edge.candidate >= 0)
    left_out = np.array([step.begin for step in way.steps if not step.edge.character], int)
    along = max(way.along, FARTHEST)
    return Evidence(
        math.log(sure / (1 - sure)), -known, along, -float(areas[left_out].sum() / areas.sum())
    )


def others_share(share: float, sure: float) -> float:
    """Return what to multiply the shares of the other texts with.

    None of them is then more probable, against the best, than the lattice says, and all together
    are right at most where the best is wrong.

    Args:
        share: of the best text among all.
        sure: how probable it is that the best is right.

    >>> others_share(0.8, 0.8), others_share(0.8, 0.4), round(others_share(0.8, 0.9), 3)
    (1.0, 0.5, 0.5)
    """
    return min(sure / share, (1 - sure) / max(1 - share, _LEAST))


def least_confidence(max_error: float) -> float:
    """Return the confidence from which on at most a share `max_error` of the numbers is wrong.

    Where each answer is right with at least 1 − `max_error`, all together are.

    Raises:
        InputError: not between 0 and 1.

    >>> least_confidence(0.25)
    0.75
    """
    if not positive("max_error", max_error) < 1:
        raise InputError("max_error", "below 1", f"{max_error:g}", "Try 0.01.")
    return 1 - max_error
