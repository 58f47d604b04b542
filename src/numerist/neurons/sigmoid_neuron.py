"""One sigmoid neuron."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numerist.checks import finite
from numerist.errors import InputError, ShapeError
from numerist.neurons.activations import sigmoid
from numerist.neurons.arrays import finite_array, one_by_one

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class SigmoidNeuron:
    """A neuron with output σ(Σ_j w_j x_j + b), equation (4).

    Args:
        weights: w, shape (n,), one for each input.
        bias: b.

    Raises:
        ShapeError: the weights are not a flat list of at least one number.
        InputError: a weight or the bias is not finite, or their sum overflows.

    >>> neuron = SigmoidNeuron(weights=[6, 2, 2], bias=-5)
    >>> round(neuron([1, 0, 0]), 3)
    0.731
    """

    def __init__(self, weights: ArrayLike, bias: float) -> None:
        self.weights = finite_array(weights, "weights of a sigmoid neuron")
        self.bias = finite("bias of a sigmoid neuron", bias)
        if self.weights.ndim != 1 or self.weights.size == 0:
            raise ShapeError(
                "weights of a sigmoid neuron",
                "shape (n,) with n ≥ 1",
                f"shape {self.weights.shape}",
                "Give one number for each input.",
            )
        with np.errstate(over="ignore"):
            total = np.abs(self.weights).sum() + abs(self.bias)
        if not np.isfinite(total):
            raise InputError(
                "weights and bias of a sigmoid neuron",
                "numbers whose sum is finite",
                "a sum that overflows",
                "Take smaller ones: at z = 40 the output is 1 already.",
            )

    def __call__(self, inputs: ArrayLike, *others: float) -> float:
        """Return the output, between 0 and 1.

        Args:
            inputs: x, shape (n,), anywhere in 0…1; or the first of them, if they come one by one.
            others: the others, if they come one by one.

        Raises:
            ShapeError: the number of inputs is not the number of weights.
            InputError: an input is no number, NaN, or lies outside 0…1.
        """
        x = finite_array(one_by_one(inputs, others), "inputs of a sigmoid neuron")
        if x.shape != self.weights.shape:
            raise ShapeError(
                "inputs of a sigmoid neuron",
                f"shape {self.weights.shape}, one input for each weight",
                f"shape {x.shape}",
                "Give as many inputs as there are weights.",
            )
        if not ((x >= 0) & (x <= 1)).all():
            raise InputError(
                "inputs of a sigmoid neuron",
                "numbers from 0 to 1",
                f"{x.min():g} to {x.max():g}",
                "Scale them; grey values 0…255 are divided by 255.",
            )
        return float(sigmoid(self.weights @ x + self.bias))
