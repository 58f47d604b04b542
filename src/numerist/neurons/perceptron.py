"""The perceptron, in its two forms: with a threshold, and with a bias."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from numerist.errors import InputError, ShapeError
from numerist.neurons.arrays import binary_columns, finite_array, one_by_one
from numerist.neurons.firing import signs
from numerist.neurons.truth_table import TruthTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from numerist.neurons.activations import Array


class _Binary:
    """What both forms share: n weights, n binary inputs, one binary output."""

    def __init__(self, weights: ArrayLike, other: float, name: str) -> None:
        self.weights = finite_array(weights, "weights of a perceptron")
        number = finite_array(other, f"{name} of a perceptron")
        if self.weights.ndim != 1 or number.ndim != 0:
            raise ShapeError(
                f"weights and {name} of a perceptron",
                "shape (n,) and one number",
                f"shapes {self.weights.shape} and {number.shape}",
                "Give one weight for each input; a layer of perceptrons is a PerceptronNetwork.",
            )
        with np.errstate(over="ignore"):
            total = np.abs(self.weights).sum() + np.abs(number)
        if not np.isfinite(total):
            raise InputError(
                f"weights and {name} of a perceptron",
                "numbers whose sum is finite",
                "a sum that overflows",
                "Divide them all by the same number: the perceptron stays what it is.",
            )
        self.weights.flags.writeable = False  # circuits share perceptrons

    def __call__(self, inputs: ArrayLike, *others: float) -> int:
        """Return the output for one input: 0 or 1.

        Args:
            inputs: x, shape (n,), each 0 or 1; or the first of them, if they come one by one.
            others: the others, if they come one by one.

        Raises:
            ShapeError: there are not n inputs.
            InputError: an input is neither 0 nor 1.
        """
        x = finite_array(one_by_one(inputs, others), "input of a perceptron")
        if x.ndim != 1:
            raise ShapeError(
                "input of a perceptron",
                f"shape ({self.weights.size},)",
                f"shape {x.shape}",
                "For many inputs in columns use .outputs(columns).",
            )
        return int(self.outputs(x)[0])

    def outputs(self, inputs: ArrayLike) -> Array:
        """Return the outputs for many inputs at once.

        Args:
            inputs: columns (n, m), each entry 0 or 1.

        Returns:
            int64 (m,), zeros and ones.

        Raises:
            ShapeError: there are not n inputs to a column.
            InputError: an input is neither 0 nor 1.
        """
        return self._fire(binary_columns(inputs, self.weights.size, "inputs of a perceptron"))

    def _fire(self, x: Array) -> Array:
        raise NotImplementedError

    def truth_table(self, names: Sequence[str] | None = None, output: str = "out") -> TruthTable:
        """Return what every input gives; inputs are called x1, x2, … unless named.

        >>> print(Perceptron([-2, -2], 3).truth_table(output="NAND"))
        x1 x2 | NAND
        0  0  | 1
        0  1  | 1
        1  0  | 1
        1  1  | 0
        """
        return TruthTable.of(self.outputs, self.weights.size, names, output)


class ThresholdPerceptron(_Binary):
    """A perceptron with a threshold: 1 if Σ_j w_j x_j > threshold, else 0; equation (1).

    It adds up in exact fractions, so that an input on the threshold itself is never mistaken for
    one beside it. `Perceptron` is the form that computes fast.

    Args:
        weights: w, shape (n,), one for each input; n may be 0.
        threshold: the number that the weighted sum must exceed.

    Raises:
        ShapeError: the weights are not a flat list, or the threshold is not one number.
        InputError: one of them is not finite, or their sum overflows.

    >>> perceptron = ThresholdPerceptron(weights=[1, 1], threshold=1)
    >>> perceptron([1, 0]), perceptron([1, 1])  # equal to the threshold is not above it
    (0, 1)
    """

    def __init__(self, weights: ArrayLike, threshold: float) -> None:
        super().__init__(weights, threshold, "threshold")
        self.threshold = float(threshold)

    def _fire(self, x: Array) -> Array:
        weights = np.array([Fraction(w) for w in self.weights.tolist()], dtype=object)
        threshold = Fraction(self.threshold)
        return np.array(
            [int(sum(weights[column == 1], Fraction(0)) > threshold) for column in x.T],
            dtype=np.int64,
        )

    def with_bias(self) -> Perceptron:
        """Return the same perceptron in the other form: bias = −threshold.

        >>> ThresholdPerceptron([6, 2, 2], threshold=5).with_bias()
        Perceptron(weights=[6.0, 2.0, 2.0], bias=-5.0)
        """
        return Perceptron(self.weights, 0.0 - self.threshold)

    def __repr__(self) -> str:
        return f"ThresholdPerceptron(weights={self.weights.tolist()}, threshold={self.threshold})"


class Perceptron(_Binary):
    """A perceptron with a bias: 1 if w·x + b > 0, else 0; equation (2).

    Without inputs it always says the same: 1 if b > 0, else 0.

    Args:
        weights: w, shape (n,), one for each input; n may be 0.
        bias: b: how easy it is to make the perceptron say 1.

    Raises:
        ShapeError: the weights are not a flat list, or the bias is not one number.
        InputError: one of them is not finite, or their sum overflows.

    >>> nand = Perceptron(weights=[-2, -2], bias=3)
    >>> nand([0, 1]), nand(1, 1)
    (1, 0)
    """

    def __init__(self, weights: ArrayLike, bias: float) -> None:
        super().__init__(weights, bias, "bias")
        self.bias = float(bias)

    def _fire(self, x: Array) -> Array:
        sign = signs(self.weights[np.newaxis], x, np.array([[self.bias]]))
        fired: Array = (sign[0] > 0).astype(np.int64)
        return fired

    def with_threshold(self) -> ThresholdPerceptron:
        """Return the same perceptron in the other form: threshold = −bias.

        >>> Perceptron([-2, -2], bias=3).with_threshold()
        ThresholdPerceptron(weights=[-2.0, -2.0], threshold=-3.0)
        """
        return ThresholdPerceptron(self.weights, 0.0 - self.bias)

    def __repr__(self) -> str:
        return f"Perceptron(weights={self.weights.tolist()}, bias={self.bias})"
