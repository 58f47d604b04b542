"""Cost functions: one table from name to cost and derivative.

Outputs a and desired outputs y are columns (n, m): n output neurons, m examples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from numerist.errors import InputError

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
            With softmax that takes desired outputs that add up to 1, see `check`.
        each_at: (z, y) → the cost of each example, (m,), at the weighted inputs z of its partner,
            exact where a is rounded to 0 or 1; None if `each` is exact there.
    """

    name: str
    each: Callable[[Array, Array], Array]
    derivative: Callable[[Array, Array], Array]
    partner: str | None
    each_at: Callable[[Array, Array], Array] | None = None

    def at(self, output: Activation, z: Array, y: Array) -> Array:
        """Return the cost of each example, (m,), at weighted inputs z, (n, m), of the outputs."""
        if self.each_at is not None and output.name == self.partner:
            return self.each_at(z, y)
        return self.each(output(z), y)

    def check(self, output: Activation, outputs: int) -> None:
        """Refuse what this cost can't go with, and an output activation that can say nothing.

        Raises:
            InputError: the cost needs another activation, or a single softmax output is always 1.
        """
        if self.name != "quadratic" and self.partner != output.name:
            raise InputError(
                f"cost {self.name}",
                f"outputs that are probabilities ({self.partner})",
                f"output {output.name}",
                f"Choose the output {self.partner}, or the cost quadratic.",
            )
        if output.name == "softmax" and outputs == 1:
            raise InputError(
                "output softmax",
                "two outputs or more, which add up to 1",
                "one, which is always 1",
                "Choose the output sigmoid, or one output for each class.",
            )

    def check_desired(self, y: Array, place: str) -> None:
        """Refuse desired outputs (n, m) for which a − y is no gradient.

        Raises:
            InputError: this is the log-likelihood, and those of an example do not add up to 1.
        """
        if self.name != "log-likelihood":
            return
        sums = y.sum(axis=0, dtype=np.float64)
        wrong = np.flatnonzero(np.abs(sums - 1) > _SUM)
        if wrong.size:
            raise InputError(
                place,
                "numbers that add up to 1 in each example, as probabilities do",
                f"{sums[wrong[0]]:g} in example {wrong[0]}",
                "Name one class, or choose the output sigmoid with the cost cross-entropy.",
            )

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


_SUM = 1e-4  # as near to 1 as sums of float32 and of written-down decimals come


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
    """−Σ (y ln a + (1 − y) ln(1 − a)): each output neuron answers a question of its own.

    Where a is rounded to 1, 1 − a is between 0 and ε/2, and ε/2 is taken: z is known no better.
    """
    rest = np.maximum(1 - a, np.finfo(a.dtype).eps / 2)
    cost: Array = -(y * _log(a) + (1 - y) * np.log(rest)).sum(axis=0)
    return cost


def _cross_entropy_at(z: Array, y: Array) -> Array:
    """Σ (y ln(1 + e^−z) + (1 − y) ln(1 + e^z)), which is the same with a = σ(z)."""
    cost: Array = (y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z)).sum(axis=0)
    return cost


def _cross_entropy_derivative(a: Array, y: Array) -> Array:
    derivative: Array = (a - y) / np.maximum(a * (1 - a), np.finfo(a.dtype).tiny)
    return derivative


def _log_likelihood(a: Array, y: Array) -> Array:
    """−Σ y ln a: the output neurons share one question, their activations add up to 1."""
    cost: Array = -(y * _log(a)).sum(axis=0)
    return cost


def _log_likelihood_at(z: Array, y: Array) -> Array:
    """Σ y (ln Σ_k e^z_k − z), which is the same with a the softmax of z."""
    cost: Array = (y * (np.logaddexp.reduce(z, axis=0) - z)).sum(axis=0)
    return cost


def _log_likelihood_derivative(a: Array, y: Array) -> Array:
    derivative: Array = -y / np.maximum(a, np.finfo(a.dtype).tiny)
    return derivative


COSTS: dict[str, Cost] = {
    cost.name: cost
    for cost in (
        Cost("quadratic", _quadratic, lambda a, y: a - y, "identity"),
        Cost(
            "cross-entropy", _cross_entropy, _cross_entropy_derivative, "sigmoid", _cross_entropy_at
        ),
        Cost(
            "log-likelihood",
            _log_likelihood,
            _log_likelihood_derivative,
            "softmax",
            _log_likelihood_at,
        ),
    )
}
