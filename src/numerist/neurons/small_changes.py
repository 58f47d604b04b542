"""Small changes of weights and biases, and the small change of the output that follows.

That an output changes little, and almost in proportion, is what makes learning possible: it is
the difference between a sigmoid neuron and a perceptron, which can flip.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from numerist.errors import InputError
from numerist.neurons.arrays import finite_array
from numerist.neurons.layers import refuse_other_sizes
from numerist.neurons.sigmoid_network import SigmoidNetwork

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from numerist.neurons.activations import Array
    from numerist.neurons.layers import Layers


def linear_change(derivatives: Layers, change: Layers) -> float:
    """Return Σ ∂output/∂w_j Δw_j + ∂output/∂b Δb over all weights and biases, equation (5).

    Args:
        derivatives: what `SigmoidNetwork.derivatives` returned.
        change: Δw and Δb, of the same sizes.

    Raises:
        InputError, ShapeError: the change is no `Layers`, or its sizes differ.

    >>> from numerist.neurons.layers import Layers
    >>> linear_change(Layers([[[0.25, 0.5]]], [[0.25]]), Layers([[[4, 2]]], [[-4]]))
    1.0
    """
    refuse_other_sizes(change, derivatives.sizes)
    pairs = zip(
        [*derivatives.weights, *derivatives.biases], [*change.weights, *change.biases], strict=True
    )
    return float(sum(np.vdot(d, c) for d, c in pairs))


@dataclass(frozen=True, slots=True)
class Approximation:
    """How well equation (5) tells the change of the output, for changes of several sizes.

    Attributes:
        sizes: (k,), the factors t by which the change was multiplied.
        actual: (k,), output after the change − output before it.
        linear: (k,), what equation (5) says: t times the same number.
        error: (k,), |actual − linear|. It shrinks as t².
    """

    sizes: Array
    actual: Array
    linear: Array
    error: Array

    @property
    def order(self) -> float:
        """The power of t as which the error shrinks: the slope of log error over log t.

        About 2 for small changes; NaN where no error is left to measure.
        """
        if self.sizes.size <= 1 or not (self.error > 0).all():
            return float("nan")
        return float(np.polyfit(np.log(self.sizes), np.log(self.error), 1)[0])


def approximate(
    network: SigmoidNetwork,
    inputs: ArrayLike,
    change: Layers,
    sizes: ArrayLike = (0.1, 0.05, 0.025, 0.0125),
    output: int = 0,
) -> Approximation:
    """Compare equation (5) with what happens, for a change multiplied by several sizes.

    Args:
        network: the network to be changed.
        inputs: x, shape (n,), each in 0…1.
        change: Δw and Δb for size 1, of the network's sizes.
        sizes: positive factors t, shape (k,). Below about 1e-6 rounding hides the error.
        output: which of the outputs, from 0.

    Raises:
        ShapeError: inputs or change do not fit the network.
        InputError: a size is not positive, an input lies outside 0…1, there is no such output,
            the change is no `Layers`, or the network not of sigmoid neurons.

    >>> from numerist.neurons.layers import Layers
    >>> neuron = SigmoidNetwork([[[1, -2]]], [[0.5]])
    >>> result = approximate(neuron, [1, 0.3], Layers([[[1, 1]]], [[1]]))
    >>> (result.error[:-1] / result.error[1:]).round()  # half the change, a quarter of the error
    array([4., 4., 4.])
    >>> round(result.order, 1)
    2.0
    """
    if not isinstance(network, SigmoidNetwork):
        raise InputError(
            "network",
            "a SigmoidNetwork",
            f"{network!r:.60}",
            "Perceptrons have no derivatives; sigmoid_twin(network, c=1) makes sigmoid neurons of "
            "a PerceptronNetwork's.",
        )
    t = finite_array(sizes, "sizes")
    if t.ndim != 1 or not (t > 0).all():
        raise InputError("sizes", "positive numbers in a flat list", str(t), "Try 0.1, 0.05.")
    linear = t * linear_change(network.derivatives(inputs, output), change)
    before = network(inputs)[output]
    actual = np.array([network.changed(change.scaled(s))(inputs)[output] for s in t]) - before
    return Approximation(t, actual, linear, np.abs(actual - linear))
