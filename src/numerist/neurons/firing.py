"""On which side of 0 weighted sums lie: exactly, in spite of rounding."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numerist.neurons.activations import Array

_BYTE = 128  # whole numbers below it fit into int8, whatever their sign
_HALVES = 2.0**52  # below it float64 holds every half of a whole number


def signs(weights: Array, inputs: Array, biases: Array) -> Array:
    """Return the sign of w x + b, −1, 0 or 1, as if it were computed without rounding.

    A perceptron decides by this sign, so the rounding of a sum must not decide for it: ten
    weights of 0.1 add up to 1 or to a little less, depending on the order of the additions, and
    a matrix product picks its own order. So wherever the rounded sum is too close to 0 to be
    trusted, it is added up again with `math.fsum`, which rounds only once and keeps the sign.

    Args:
        weights: (k, n). The sum of their magnitudes must be finite.
        inputs: (n, m), each 0, ½ or 1, so that no product is rounded.
        biases: (k, 1).

    Returns:
        float64 (k, m).

    >>> signs(np.full((1, 10), 0.1), np.ones((10, 1)), np.array([[-1.0]]))
    array([[1.]])
    """
    z = weights @ inputs + biases
    sign: Array = np.sign(z)
    magnitude = np.abs(weights).sum(axis=1, keepdims=True) + np.abs(biases)
    if _sums_are_exact(weights, biases, magnitude):
        return sign
    bound = (weights.shape[1] + 1) * np.finfo(np.float64).eps * magnitude
    for j, i in np.argwhere(np.abs(z) <= bound):
        sign[j, i] = np.sign(math.fsum([*(weights[j] * inputs[:, i]), biases[j, 0]]))
    return sign


def fires(weights: Array, bias: float, values: Array, sources: Array) -> Array:
    """Return what g perceptrons with the same weights and bias say, each reading other rows.

    Small whole weights, as gates have them, are added up exactly in single bytes, which is much
    faster; all others go through `signs`.

    Args:
        weights: (k,).
        bias: b.
        values: int8 (units, m), zeros and ones.
        sources: (k, g): for each weight and perceptron the row that is read.

    Returns:
        bool (g, m).

    >>> fires(np.array([-2.0, -2.0]), 3.0, np.array([[0, 1], [1, 1]], "i1"), np.array([[0], [1]]))
    array([[ True, False]])
    """
    shape = sources.shape[1], values.shape[1]
    if _is_whole(weights) and bias == np.rint(bias) and np.abs(weights).sum() + abs(bias) < _BYTE:
        z = np.full(shape, bias, dtype=np.int8)
        for weight, rows in zip(weights.astype(np.int8), sources, strict=True):
            z += weight * values[rows]
        return np.greater(z, 0)
    columns = values[sources].reshape(len(weights), shape[0] * shape[1]).astype(np.float64)
    fired: Array = signs(weights[np.newaxis], columns, np.array([[bias]])) > 0
    return fired.reshape(shape)


def _is_whole(numbers: Array) -> bool:
    return bool((numbers == np.rint(numbers)).all())


def _sums_are_exact(weights: Array, biases: Array, magnitude: Array) -> bool:
    """Whole numbers, and halves of them, add up exactly below 2^52."""
    return _is_whole(weights) and _is_whole(biases) and bool((magnitude < _HALVES).all())
