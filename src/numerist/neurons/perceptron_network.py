"""Perceptrons in layers, each layer weighing up the decisions of the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numerist.neurons.arrays import binary_columns, one_by_one
from numerist.neurons.firing import signs
from numerist.neurons.layers import Layers
from numerist.neurons.truth_table import TruthTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from numerist.neurons.activations import Array


class PerceptronNetwork(Layers):
    """A layered network of perceptrons, each as in equation (2).

    The input layer is made of units that are no perceptrons: they just output x1, x2, …

    Args:
        weights: for each layer a matrix (n_out, n_in).
        biases: for each layer (n_out, 1), or flat (n_out,).

    Raises:
        ShapeError: there is no layer, or the shapes do not fit together.
        InputError: a number is not finite, or so large that sums overflow.

    Multiplying all weights and biases by the same c > 0 changes nothing that the network says
    (the chapter's exercise): c (w·x + b) lies on the same side of 0 as w·x + b, so every
    perceptron of the first layer says the same, so every one of the second, and so on.
    (As numbers of the machine, products can be rounded; then an input within the rounding of
    some perceptron's boundary may change sides. Whole numbers and powers of two are exact.)

    >>> network = PerceptronNetwork([[[1, 1], [-2, -2]], [[1, 1]]], [[0, 3], [-1]])  # x1 ≠ x2
    >>> network([0, 1])
    array([1])
    >>> network([[0, 0, 1, 1], [0, 1, 0, 1]])
    array([[0, 1, 1, 0]])
    >>> network.scaled(7)([[0, 0, 1, 1], [0, 1, 0, 1]])
    array([[0, 1, 1, 0]])
    """

    def __call__(self, inputs: ArrayLike, *others: float) -> Array:
        """Return the outputs of the last layer.

        Args:
            inputs: one input (n,), or m inputs in columns (n, m); each entry 0 or 1. Or the first
                entry of one, if its entries come one by one.
            others: the other entries, if they come one by one.

        Returns:
            int64 (k,) for one input, (k, m) for columns.

        Raises:
            ShapeError: there are not n inputs.
            InputError: an input is neither 0 nor 1.
        """
        return self.activations(one_by_one(inputs, others))[-1]

    def truth_table(self, names: Sequence[str] | None = None, output: str = "out") -> TruthTable:
        """Return what every input gives.

        Args:
            names: of the inputs; x1, x2, … without them.
            output: name of the output; several are numbered: out1, out2, …

        Raises:
            InputError: there is not one name for each input, or more than 24 inputs.

        >>> print(PerceptronNetwork([[[-1], [1]]], [[1, 0]]).truth_table())
        x1 | out1 out2
        0  | 1    0
        1  | 0    1
        """
        return TruthTable.of(self, self.sizes[0], names, output)

    def activations(self, inputs: ArrayLike) -> list[Array]:
        """Return what every layer says, the input layer first; arguments as in the call.

        >>> network = PerceptronNetwork([[[1, 1], [-2, -2]], [[1, 1]]], [[0, 3], [-1]])
        >>> network.activations([1, 1])
        [array([1, 1]), array([1, 0]), array([0])]
        """
        a = binary_columns(inputs, self.sizes[0], "inputs of a perceptron network")
        layers = [a]
        for w, b in zip(self.weights, self.biases, strict=True):
            a = (signs(w, a, b) > 0).astype(np.float64)
            layers.append(a)
        flat = np.ndim(inputs) == 1
        return [(a[:, 0] if flat else a).astype(np.int64) for a in layers]
