"""From ten outputs to four bits: the chapter's exercise of the extra layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numerist.checks import positive
from numerist.errors import InputError, ShapeError
from numerist.neurons.arrays import finite_array
from numerist.neurons.binary import to_bits

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from numerist.neurons.activations import Array

DIGITS, BITS = 10, 4
RIGHT, WRONG = 0.99, 0.01  # the right output is at least the one, the others less than the other


def bits_layer(strength: float = 20.0) -> tuple[Array, Array]:
    """Return weights and biases of the layer that turns the ten outputs into four bits.

    A bit listens to the outputs of those digits that have it, each with weight `strength`, and
    says 1 if together they exceed one half: its bias is −strength / 2. So for a digit that has
    the bit, z ≥ strength (0.99 − 0.5); for one that has not, at most five wrong outputs speak,
    and z < strength (5 · 0.01 − 0.5). `worst_cases` proves it for every activation in the bounds.

    As sigmoid neurons the bits come out at least as decided as the ten outputs went in, ≥ 0.99
    or < 0.01, for every strength from 10.3 up. As perceptrons they are exact for any strength.

    Args:
        strength: the weight of a line; positive.

    Returns:
        weights float64 (4, 10) and biases (4, 1); row 0 is the bit worth 8, row 3 the one worth 1.

    Raises:
        InputError: the strength is not a positive finite number.

    >>> weights, biases = bits_layer()
    >>> weights[0]  # 8 and 9 are the digits with the bit worth 8
    array([ 0.,  0.,  0.,  0.,  0.,  0.,  0.,  0., 20., 20.])
    >>> a = np.full((10, 1), 0.009)
    >>> a[6] = 0.99
    >>> (weights @ a + biases > 0).astype(int).ravel()  # 6 is 0110
    array([0, 1, 1, 0])
    """
    strength = positive("strength", strength, "Take 20.")
    has_bit = to_bits(np.arange(DIGITS), BITS)
    return strength * has_bit, np.full((BITS, 1), -strength / 2)


def box(digit: int, right: float = RIGHT, wrong: float = WRONG) -> tuple[Array, Array]:
    """Return the bounds of the ten outputs when the answer is `digit`: low and high, (10, 1).

    The right output lies in right…1, every other one in 0…wrong (the end included, so that what
    holds in the box holds for less than `wrong` too).

    Raises:
        InputError: there is no such digit, or a bound is outside 0…1.

    >>> low, high = box(1)
    >>> float(low[1, 0]), float(high[1, 0]), float(low[0, 0]), float(high[0, 0])
    (0.99, 1.0, 0.0, 0.01)
    """
    if digit not in range(DIGITS):
        raise InputError("digit", "0 to 9", str(digit), "Take a decimal digit.")
    if not (0 <= right <= 1 and 0 <= wrong <= 1):
        raise InputError(
            "bounds of activations", "0 to 1", f"{right} and {wrong}", "Take 0.99 and 0.01."
        )
    low, high = np.zeros((DIGITS, 1)), np.full((DIGITS, 1), float(wrong))
    low[digit], high[digit] = right, 1.0
    return low, high


def bounds(weights: ArrayLike, biases: ArrayLike, low: Array, high: Array) -> tuple[Array, Array]:
    """Return the least and the greatest w a + b over all a with low ≤ a ≤ high.

    Interval arithmetic: each input is taken where it does most harm, by the sign of its weight.
    Both ends are reached, at corners of the box, so these are no mere estimates. (To rounding:
    a few units in the 16th place.)

    Args:
        weights: (k, n).
        biases: (k, 1).
        low: (n, 1).
        high: (n, 1).

    Returns:
        two arrays float64 (k, 1).

    Raises:
        ShapeError: the shapes do not fit together.
        InputError: a number is not finite.

    >>> bounds([[2, -1]], [[0.5]], np.array([[0], [0]]), np.array([[1], [1]]))
    (array([[-0.5]]), array([[2.5]]))
    """
    w, b = finite_array(weights, "weights"), finite_array(biases, "biases")
    if w.ndim != 2 or b.shape != (len(w), 1) or not low.shape == high.shape == (w.shape[1], 1):  # noqa: PLR2004  (a matrix has two axes)
        raise ShapeError(
            "layer",
            "weights (k, n), biases (k, 1), bounds (n, 1)",
            f"{w.shape}, {b.shape}, {low.shape} and {high.shape}",
            "Give one bias a row of weights, one bound a column.",
        )
    up, down = np.maximum(w, 0), np.minimum(w, 0)
    return up @ low + down @ high + b, up @ high + down @ low + b


def worst_cases(
    weights: ArrayLike, biases: ArrayLike, right: float = RIGHT, wrong: float = WRONG
) -> Array:
    """Return the margin of each bit for each digit, in the worst case over all its activations.

    The margin is z where the bit should be 1 and −z where it should be 0. If all margins are
    positive, the layer is right for every vector of activations within the bounds: a proof, as
    no vector has a smaller margin.

    Args:
        weights: (4, 10).
        biases: (4, 1).
        right: lower bound of the right output.
        wrong: upper bound of the others.

    Returns:
        float64 (10, 4), a row for each digit.

    Raises:
        ShapeError: the layer is not one from ten to four.
        InputError: a number is not finite, or a bound is outside 0…1.

    >>> float(worst_cases(*bits_layer(strength=1)).min().round(6))  # reached where no 1 should be
    0.45
    """
    desired = to_bits(np.arange(DIGITS), BITS)
    margins = np.empty((DIGITS, BITS))
    for digit in range(DIGITS):
        least, greatest = bounds(weights, biases, *box(digit, right, wrong))
        if least.shape != (BITS, 1):
            raise ShapeError("layer", "four rows, one a bit", f"{len(least)}", "Give four.")
        margins[digit] = np.where(desired[:, digit] == 1, least[:, 0], -greatest[:, 0])
    return margins
