"""How sure a reading is: from what the lattice says to a share of numbers that are right."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from numerist.checks import positive
from numerist.errors import InputError

if TYPE_CHECKING:
    from numerist.reading.decode import Way
    from numerist.reading.lattice import Lattice

SLOPE, LEVEL = 1.03, 0.52
"""Of the logistic curve from the logarithm of the odds to confidence; fitted on made numbers."""


def calibrated(probability: float, way: Way, lattice: Lattice) -> float:
    """Return how probable it is that a number is right.

    Args:
        probability: of its text among the best texts.
        way: the best of all, by which it is judged how much like digits it all looks.
        lattice: of the number.
    """
    return 1 / (1 + math.exp(-(LEVEL + SLOPE * log_odds(probability, way, lattice))))


def log_odds(probability: float, way: Way, lattice: Lattice) -> float:
    """Return what the curve begins with: probable among others, and all of it like digits.

    Args:
        probability: as `calibrated`.
        way: as there.
        lattice: as there.
    """
    known = math.prod(
        float(lattice.known[step.edge.candidate]) for step in way.steps if step.edge.candidate >= 0
    )
    sure = min(max(probability * known, 1e-9), 1 - 1e-9)
    return math.log(sure / (1 - sure))


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
