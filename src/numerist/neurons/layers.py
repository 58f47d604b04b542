"""Layers of neurons: one matrix of weights and one column of biases each."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from numerist.checks import generator, positive, whole
from numerist.errors import InputError, ShapeError
from numerist.neurons.arrays import finite_array

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from numerist.neurons.activations import Array


class Layers:
    """Weights and biases of a layered network, or one number for each of them.

    Args:
        weights: for each layer a matrix (n_out, n_in); n_in is n_out of the layer before.
        biases: for each layer (n_out, 1), or flat (n_out,).

    Attributes:
        weights: tuple of float64 (n_out, n_in).
        biases: tuple of float64 (n_out, 1).

    Raises:
        ShapeError: there is no layer, or the shapes do not fit together.
        InputError: a number is not finite, or so large that sums overflow.

    >>> layers = Layers([[[1, 2, 3], [4, 5, 6]], [[1, 1]]], [[0, 0], [0]])
    >>> layers.sizes
    (3, 2, 1)
    """

    def __init__(self, weights: Sequence[ArrayLike], biases: Sequence[ArrayLike]) -> None:
        if not 1 <= len(weights) == len(biases):
            raise ShapeError(
                "layers",
                "as many weight matrices as bias columns, at least one",
                f"{len(weights)} and {len(biases)}",
                "Give both for each layer after the input layer.",
            )
        pairs = [
            _layer(w, b, f"layer {i}")
            for i, (w, b) in enumerate(zip(weights, biases, strict=True), start=1)
        ]
        self.weights = tuple(w for w, _ in pairs)
        self.biases = tuple(b for _, b in pairs)
        for i, (before, after) in enumerate(pairwise(self.weights), start=2):
            if after.shape[1] != before.shape[0]:
                raise ShapeError(
                    f"layer {i}",
                    f"{before.shape[0]} weights a neuron, one for each neuron of layer {i - 1}",
                    f"{after.shape[1]}",
                    "Make the matrices fit: (n_out, n_in).",
                )

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of input units, then of neurons in each layer."""
        return (self.weights[0].shape[1], *(w.shape[0] for w in self.weights))

    @classmethod
    def random(cls, sizes: Sequence[int], seed: int | np.random.Generator) -> Self:
        """Return layers of these sizes with weights and biases drawn from N(0, 1).

        Raises:
            InputError: fewer than two sizes, one that is no whole number from 1 up, or a bad seed.

        >>> Layers.random([3, 3, 4, 1], seed=0).sizes
        (3, 3, 4, 1)
        """
        cure = "Begin with the number of inputs, then the neurons of each layer."
        try:
            counts = [whole("sizes", size, least=1) for size in sizes]
        except TypeError as error:  # nothing to go through
            raise InputError("sizes", "two or more numbers from 1 up", repr(sizes), cure) from error
        if len(counts) <= 1:
            raise InputError("sizes", "two or more numbers from 1 up", str(counts), cure)
        rng = generator(seed)
        return cls(
            [rng.standard_normal((n_out, n_in)) for n_in, n_out in pairwise(counts)],
            [rng.standard_normal((n_out, 1)) for n_out in counts[1:]],
        )

    def scaled(self, c: float) -> Self:
        """Return the same with every weight and bias multiplied by c > 0.

        Raises:
            InputError: c is not a positive finite number, or a product over- or underflows.

        >>> Layers([[[1, -2]]], [[3]]).scaled(0.5).weights[0]
        array([[ 0.5, -1. ]])
        """
        c = positive("c", c, "Take c > 0, such as 2.")
        with np.errstate(over="ignore", under="ignore"):
            weights, biases = [w * c for w in self.weights], [b * c for b in self.biases]
        old, new = [*self.weights, *self.biases], [*weights, *biases]
        if any(((a != 0) & (b == 0)).any() for a, b in zip(old, new, strict=True)):
            raise InputError("c", "no weight that vanishes", str(c), "Take a larger c.")
        return type(self)(weights, biases)

    def changed(self, change: Layers) -> Self:
        """Return the same with a change added to every weight and bias.

        Raises:
            InputError, ShapeError: it is no `Layers`, or has other sizes.

        >>> Layers([[[1, -2]]], [[3]]).changed(Layers([[[0.5, 0]]], [[1]])).biases[0]
        array([[4.]])
        """
        refuse_other_sizes(change, self.sizes)
        return type(self)(
            [w + dw for w, dw in zip(self.weights, change.weights, strict=True)],
            [b + db for b, db in zip(self.biases, change.biases, strict=True)],
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(sizes={self.sizes})"


def refuse_other_sizes(change: Any, sizes: tuple[int, ...]) -> None:
    """Refuse a change that is not one of layers of these sizes.

    Raises:
        ShapeError: the sizes differ.
        InputError: it is no `Layers`.
    """
    if not isinstance(change, Layers):
        raise InputError(
            "change",
            f"Layers of sizes {sizes}",
            f"{change!r:.60}",
            "Write Layers(weights, biases), with the changes of both.",
        )
    if change.sizes != sizes:
        raise ShapeError(
            "change",
            f"layers of sizes {sizes}",
            f"{change.sizes}",
            "Give one number for each weight and bias.",
        )


def _layer(weights: ArrayLike, biases: ArrayLike, place: str) -> tuple[Array, Array]:
    """Return one layer's weights (n_out, n_in) and biases (n_out, 1)."""
    w = finite_array(weights, f"weights of {place}")
    b = finite_array(biases, f"biases of {place}")
    fits = w.ndim == 2 and w.shape[0] >= 1 and b.shape in ((w.shape[0],), (w.shape[0], 1))  # noqa: PLR2004  (a matrix has two axes)
    if not fits:
        raise ShapeError(
            place,
            "weights (n_out, n_in) and biases (n_out, 1), n_out ≥ 1",
            f"shapes {w.shape} and {b.shape}",
            "Give one row of weights and one bias for each neuron.",
        )
    b = b.reshape(-1, 1)
    with np.errstate(over="ignore"):
        total = np.abs(w).sum(axis=1, keepdims=True) + np.abs(b)
    if not np.isfinite(total).all():
        raise InputError(
            place, "numbers whose sums are finite", "sums that overflow", "Scale them down."
        )
    return w, b
