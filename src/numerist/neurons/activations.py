"""Activation functions: one table from name to function and derivative.

Every function here acts on columns: an array (n,) or (n, m) holds n neurons for m examples.
Derivatives are written in terms of the activation a = f(z), which all five of these allow, so
that back-propagation need not keep z.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from numerist.neurons.arrays import float_array

if TYPE_CHECKING:
    from collections.abc import Callable

Array: TypeAlias = np.ndarray[Any, Any]  # floating point; each docstring gives the shape


def sigmoid(z: Array) -> Array:
    """Return σ(z) = 1 / (1 + e^−z), equation (3), elementwise.

    Correct to floating-point precision for every z. Where e^−z leaves the range of the format,
    below z = −709 for float64, the result is 0, which it is to within the smallest normal number;
    that overflow is meant, and gives no warning.

    Args:
        z: weighted inputs of any shape; a plain number will do.

    >>> sigmoid(np.array([-1e4, 0.0, 1e4]))
    array([0. , 0.5, 1. ])
    """
    with np.errstate(over="ignore"):
        a: Array = 1 / (1 + np.exp(-_floating(z)))
    return a


def _floating(z: Any) -> Array:
    """Return z as floating-point numbers: −z of unsigned whole numbers would wrap around."""
    if isinstance(z, np.ndarray | np.floating) and z.dtype.kind == "f":
        return np.asarray(z)
    return float_array(z, "weighted inputs z")


def sigmoid_prime(z: Array) -> Array:
    """Return σ'(z) = σ(z) (1 − σ(z)), elementwise; 1 − σ(z) is taken as σ(−z), which is exact.

    >>> float(sigmoid_prime(np.array(0.0)))
    0.25
    """
    return sigmoid(z) * sigmoid(-_floating(z))


@dataclass(frozen=True, slots=True)
class Activation:
    """An activation function and how a gradient passes back through it.

    Attributes:
        name: its name in `ACTIVATIONS`.
        function: z → a, both (n, m).
        backward: (a, ∂C/∂a) → ∂C/∂z, all (n, m); a is what `function` returned.
        low, high: bounds of the activation.
    """

    name: str
    function: Callable[[Array], Array]
    backward: Callable[[Array, Array], Array]
    low: float
    high: float

    def __call__(self, z: Array) -> Array:
        """Return the activations for the weighted inputs z, (n, m), (n,) or a list."""
        return self.function(_floating(z))

    def __reduce__(self) -> tuple[Callable[[str], Activation], tuple[str]]:
        """Pickle by name: the table holds functions that have no name of their own."""
        return _called, (self.name,)


def _called(name: str) -> Activation:
    return ACTIVATIONS[name]


def _softmax(z: Array) -> Array:
    """e^z_j / Σ_k e^z_k over the neurons (axis 0), shifted by the maximum so as not to overflow."""
    e = np.exp(z - z.max(axis=0, keepdims=True))
    a: Array = e / e.sum(axis=0, keepdims=True)
    return a


def _softmax_backward(a: Array, gradient: Array) -> Array:
    """Jacobian ∂a_k/∂z_j = a_k (δ_jk − a_j), times the gradient."""
    back: Array = a * (gradient - (gradient * a).sum(axis=0, keepdims=True))
    return back


_inf = float("inf")

ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation("sigmoid", sigmoid, lambda a, g: g * (a * (1 - a)), 0.0, 1.0),
        Activation("tanh", np.tanh, lambda a, g: g * (1 - a * a), -1.0, 1.0),
        Activation("relu", lambda z: np.maximum(z, 0), lambda a, g: g * (a > 0), 0.0, _inf),
        Activation("identity", lambda z: z, lambda a, g: g, -_inf, _inf),  # noqa: ARG005
        Activation("softmax", _softmax, _softmax_backward, 0.0, 1.0),
    )
}
