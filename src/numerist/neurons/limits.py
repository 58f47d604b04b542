"""Sigmoid networks whose weights grow: they become perceptron networks, almost always.

Take a network of perceptrons, put sigmoid neurons in their place, and multiply all weights and
biases by c. As c grows, σ(c z) tends to 1 where z > 0 and to 0 where z < 0, as a perceptron
says. Where z = w·x + b is exactly 0, σ(c z) is ½ for every c, while the perceptron says 0. What
follows such a neuron is then decided by that ½, and may be anything: the same as in the
perceptron network, the opposite, or ½ again.

>>> from numerist.neurons.perceptron_network import PerceptronNetwork
>>> chain = PerceptronNetwork([[[1]], [[4]]], [[-1], [-1]])  # at x = 1 the first has z = 0 …
>>> undecided(chain, [1])
[(1, 0)]
>>> chain([1])  # … and says 0, so the second has z = −1 and says 0
array([0])
>>> sigmoid_twin(chain, c=100)([1]).round(6)  # but ½ makes z = 4·½ − 1 = 1 of it
array([1.])
>>> sigmoid_twin(chain, c=100)([0]).round(6), chain([0])  # at x = 0 all is decided
(array([0.]), array([0]))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numerist.errors import ShapeError
from numerist.neurons.arrays import binary_columns, finite_array
from numerist.neurons.firing import signs
from numerist.neurons.sigmoid_network import SigmoidNetwork

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from numerist.neurons.activations import Array
    from numerist.neurons.perceptron_network import PerceptronNetwork


def sigmoid_twin(network: PerceptronNetwork, c: float) -> SigmoidNetwork:
    """Return the sigmoid network with c times the weights and biases of a perceptron network.

    Raises:
        InputError: c is not a positive finite number, or products over- or underflow.

    >>> from numerist.neurons.gates import XOR
    >>> sigmoid_twin(XOR, c=10)([[0, 0, 1, 1], [0, 1, 0, 1]]).round(3)
    array([[0., 1., 1., 0.]])
    """
    scaled = network.scaled(c)
    return SigmoidNetwork(scaled.weights, scaled.biases)


def undecided(network: PerceptronNetwork, inputs: ArrayLike) -> list[tuple[int, int]]:
    """Return the perceptrons for which w·x + b is exactly 0, as (layer, neuron).

    Layer 0 is the input layer, so the first layer of perceptrons is 1; neurons count from 0. If
    the list is empty, the sigmoid network becomes the perceptron network as c grows.

    Args:
        network: a network of perceptrons.
        inputs: one input (n,), each 0 or 1.

    Raises:
        ShapeError: there are not n inputs, or there are columns of them.
        InputError: an input is neither 0 nor 1.
    """
    if np.ndim(inputs) != 1:
        raise ShapeError(
            "input", f"shape ({network.sizes[0]},)", f"shape {np.shape(inputs)}", "Give one input."
        )
    layers = network.activations(inputs)
    found = []
    for number, (w, b) in enumerate(zip(network.weights, network.biases, strict=True), start=1):
        sign = signs(w, layers[number - 1][:, np.newaxis].astype(np.float64), b)
        found += [(number, int(j)) for j in np.flatnonzero(sign == 0)]
    return found


def limit(network: PerceptronNetwork, inputs: ArrayLike) -> Array:
    """Return what the outputs of `sigmoid_twin(network, c)` tend to as c grows: 0, ½ or 1.

    Layer by layer: suppose the activations tend to a, each 0, ½ or 1, and are off by no more
    than an exponentially small term e^−kc. Then w·a + b ≠ 0 drives the next neuron to 0 or 1, again
    exponentially fast. And if w·a + b = 0, what is left is c times the exponentially small term,
    which tends to 0, so that the neuron tends to σ(0) = ½.

    Args:
        network: a network of perceptrons.
        inputs: one input (n,), or m inputs in columns (n, m); each entry 0 or 1.

    Returns:
        float64 (k,) or (k, m).

    Raises:
        ShapeError: there are not n inputs.
        InputError: an input is neither 0 nor 1.

    >>> from numerist.neurons.perceptron_network import PerceptronNetwork
    >>> limit(PerceptronNetwork([[[1]]], [[-1]]), [[0, 1]])
    array([[0. , 0.5]])
    """
    a = binary_columns(inputs, network.sizes[0], "inputs of a perceptron network")
    for w, b in zip(network.weights, network.biases, strict=True):
        a = (signs(w, a, b) + 1) / 2
    return a[:, 0] if np.ndim(inputs) == 1 else a


def gaps(network: PerceptronNetwork, inputs: ArrayLike, factors: ArrayLike) -> Array:
    """Return how far the sigmoid network is from the perceptron network, for growing c.

    Args:
        network: a network of perceptrons.
        inputs: one input (n,), or m inputs in columns (n, m); each entry 0 or 1.
        factors: the values of c, shape (k,).

    Returns:
        float64 (k,): the largest difference of any output at any of the inputs.

    Raises:
        ShapeError: there are not n inputs.
        InputError: an input is neither 0 nor 1, or a factor is not positive.

    >>> from numerist.neurons.gates import XOR
    >>> bool(np.all(np.diff(gaps(XOR, [[0, 0, 1, 1], [0, 1, 0, 1]], [1, 2, 4, 8, 16])) < 0))
    True
    """
    says = network(inputs)
    return np.array(
        [
            np.abs(sigmoid_twin(network, float(c))(inputs) - says).max(initial=0.0)
            for c in finite_array(factors, "factors").ravel()
        ]
    )
