"""How sure a reading is: from what the lattice says to a share of numbers that are right."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from numerist.checks import positive
from numerist.errors import InputError

if TYPE_CHECKING:
    from numerist.reading.decode import Way
    from numerist.reading.lattice import Lattice

SLOPE, LEVEL = 0.99, 0.37
"""Of the logistic curve from the logarithm of the odds to confidence; fitted on made numbers."""

THRESHOLDS: dict[float, float] = {0.05: 0.739, 0.02: 0.847, 0.01: 0.938, 0.005: 0.994, 0.002: 0.994}
"""For each bearable share of errors the confidence that keeps it; found on made numbers."""


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
        probability, way, lattice: as `calibrated`.
    """
    known = math.prod(
        float(lattice.known[step.edge.candidate]) for step in way.steps if step.edge.candidate >= 0
    )
    sure = min(max(probability * known, 1e-9), 1 - 1e-9)
    return math.log(sure / (1 - sure))


def least_confidence(max_error: float) -> float:
    """Return the confidence from which on at most a share `max_error` of the numbers is wrong.

    Raises:
        InputError: nothing is known for so few errors.
    """
    positive("max_error", max_error)
    fitting = [share for share in THRESHOLDS if share <= max_error]
    if not fitting:
        raise InputError(
            "max_error", f"at least {min(THRESHOLDS):g}", f"{max_error:g}", "Bear more errors."
        )
    return THRESHOLDS[max(fitting)]
