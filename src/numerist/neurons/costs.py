"""Cost functions: one table from name to cost and derivative.

Outputs a and desired outputs y are columns (n, m): n output neurons, m examples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numerist.neurons.activations import Activation, Array


@dataclass(frozen=True, slots=True)
class Cost:
    """A cost function, its derivative, and the output activation that was made for it.

    Attributes:
        name: its name in `COSTS`.
        each: (a, y) → the cost of each example, (m,).
        derivative: (a, y) → ∂C/∂a, (n, m), where C is the sum over the examples.
        partner: the output activation with which ∂C/∂z is exactly a − y; None if there is none.
    """

    name: str
    each: Callable[[Array, Array], Array]
    derivative: Callable[[Array, Array], Array]
    partner: str | None

    def delta(self, output: Activation, a: Array, y: Array) -> Array:
        """Return ∂C/∂z, (n, m), at an output layer with activation `output`.

        With its partner the cost's derivative and the activation's cancel to a − y, which stays
        exact where their product would be 0 · ∞: at a saturated neuron.
        """
        if output.name == self.partner:
            return a - y
        return output.backward(a, self.derivative(a, y))

    def __reduce__(self) -> tuple[Callable[[str], Cost], tuple[str]]:
        """Pickle by name: the table holds functions that have no name of their own."""
        return _called, (self.name,)


def _called(name: str) -> Cost:
    return COSTS[name]


def _quadratic(a: Array, y: Array) -> Array:
    """½ ‖y − a‖²: one term of equation (6)."""
    cost: Array = 0.5 * np.square(y - a).sum(axis=0)
    return cost


def _log(a: Array) -> Array:
    """Return ln a, with a held away from 0 so that a wholly wrong answer costs much, not ∞."""
    logarithm: Array = np.log(np.maximum(a, np.finfo(a.dtype).tiny))
    return logarithm


def _cross_entropy(a: Array, y: Array) -> Array:
    """−Σ (y ln a + (1 − y) ln(1 − a)): each output neuron answers a question of its own."""
    cost: Array = -(y * _log(a) + (1 - y) * _log(1 - a)).sum(axis=0)
    return cost


def _cross_entropy_derivative(a: Array, y: Array) -> Array:
    derivative: Array = (a - y) / np.maximum(a * (1 - a), np.finfo(a.dtype).tiny)
    return derivative


def _log_likelihood(a: Array, y: Array) -> Array:
    """−Σ y ln a: the output neurons share one question, their activations add up to 1."""
    cost: Array = -(y * _log(a)).sum(axis=0)
    return cost


def _log_likelihood_derivative(a: Array, y: Array) -> Array:
    derivative: Array = -y / np.maximum(a, np.finfo(a.dtype).tiny)
    return derivative


COSTS: dict[str, Cost] = {
    cost.name: cost
    for cost in (
        Cost("quadratic", _quadratic, lambda a, y: a - y, "identity"),
        Cost("cross-entropy", _cross_entropy, _cross_entropy_derivative, "sigmoid"),
        Cost("log-likelihood", _log_likelihood, _log_likelihood_derivative, "softmax"),
    )
}
