"""Small networks of sigmoid neurons, with the derivatives of an output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numerist.errors import InputError, ShapeError
from numerist.neurons.activations import sigmoid, sigmoid_prime
from numerist.neurons.arrays import one_by_one, unit_columns
from numerist.neurons.layers import Layers

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from numerist.neurons.activations import Array


class SigmoidNetwork(Layers):
    """A layered network of sigmoid neurons, each as in equation (4).

    It is for looking at how an output depends on weights and biases; for learning there is
    `numerist.network.Network`. One neuron is a network with one layer of one.

    Args:
        weights: for each layer a matrix (n_out, n_in).
        biases: for each layer (n_out, 1), or flat (n_out,).

    Raises:
        ShapeError: there is no layer, or the shapes do not fit together.
        InputError: a number is not finite, or so large that sums overflow.

    >>> neuron = SigmoidNetwork([[[6, 2, 2]]], [[-5]])
    >>> neuron([1, 0, 0]).round(3)
    array([0.731])
    """

    def __call__(self, inputs: ArrayLike, *others: float) -> Array:
        """Return the outputs of the last layer.

        Args:
            inputs: one input (n,), or m inputs in columns (n, m); each entry in 0…1. Or the first
                entry of one, if its entries come one by one.
            others: the other entries, if they come one by one.

        Returns:
            float64 (k,) for one input, (k, m) for columns.

        Raises:
            ShapeError: there are not n inputs.
            InputError: an input lies outside 0…1.
        """
        inputs = one_by_one(inputs, others)
        a = unit_columns(inputs, self.sizes[0], "inputs of a sigmoid network")
        for w, b in zip(self.weights, self.biases, strict=True):
            a = sigmoid(w @ a + b)
        return a[:, 0] if np.ndim(inputs) == 1 else a

    def derivatives(self, inputs: ArrayLike, output: int = 0) -> Layers:
        """Return ∂output/∂w and ∂output/∂b for every weight and bias, at one input.

        For a single neuron they are σ'(z) x_j and σ'(z), with z = w·x + b. In a network,
        ∂output/∂z passes back from each layer to the one before.

        Args:
            inputs: x, shape (n,), each in 0…1.
            output: which of the outputs, from 0.

        Raises:
            ShapeError: there are not n inputs, or there are columns of them.
            InputError: an input lies outside 0…1, or there is no such output.

        >>> neuron = SigmoidNetwork([[[2, -2]]], [[0]])  # at (1, 1) z = 0, where σ' = 1/4
        >>> neuron.derivatives([1, 1]).weights[0]
        array([[0.25, 0.25]])
        """
        if np.ndim(inputs) != 1:
            raise ShapeError(
                "input", f"shape ({self.sizes[0]},)", f"shape {np.shape(inputs)}", "Give one input."
            )
        if output not in range(self.sizes[-1]):
            raise InputError(
                "output",
                f"a whole number from 0 to {self.sizes[-1] - 1}",
                repr(output),
                "Outputs count from 0.",
            )
        a = [unit_columns(inputs, self.sizes[0], "input of a sigmoid network")]
        z = []
        for w, b in zip(self.weights, self.biases, strict=True):
            z.append(w @ a[-1] + b)
            a.append(sigmoid(z[-1]))
        delta = sigmoid_prime(z[-1]) * (np.arange(self.sizes[-1])[:, np.newaxis] == output)
        weights, biases = [delta @ a[-2].T], [delta]
        for layer in range(len(z) - 2, -1, -1):
            delta = sigmoid_prime(z[layer]) * (self.weights[layer + 1].T @ delta)
            weights.insert(0, delta @ a[layer].T)
            biases.insert(0, delta)
        return Layers(weights, biases)
