"""The step function, which σ smooths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numerist.neurons.activations import Array


def step(z: Array, at_zero: float = 0.0) -> Array:
    """Return 0 where z < 0 and 1 where z > 0, elementwise; `at_zero` where z is exactly 0.

    What happens at 0 is a convention. A perceptron gives 0 there (equation 2: w·x + b ≤ 0), and
    that is the default here. The step function of the textbooks gives 1. The limit of σ(cz) for
    growing c gives ½, since σ(0) = ½ however large c is.

    Args:
        z: weighted inputs of any shape; a plain number will do.
        at_zero: the value at 0.

    >>> step(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 1.])
    >>> step(np.array([-2.0, 0.0, 3.0]), at_zero=1)
    array([0., 1., 1.])
    """
    stepped: Array = np.heaviside(z, at_zero)
    return stepped
