"""The chapter's way of computing: one example after the other, one backward pass each.

It is what the chapter's Python does, written down plainly, to be measured against: row X4 and
`benchmarks/` do.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

Array: TypeAlias = np.ndarray[Any, Any]


def sigma(z: Array) -> Array:
    """Return 1 / (1 + e^−z), equation (3)."""
    result: Array = 1 / (1 + np.exp(-z))
    return result


class PlainNetwork:
    """Sigmoid neurons and the quadratic cost, from given weights and biases on.

    Args:
        weights: of each layer, (n_out, n_in).
        biases: of each layer, (n_out, 1).
    """

    def __init__(self, weights: Sequence[Array], biases: Sequence[Array]) -> None:
        self.weights = [w.copy() for w in weights]
        self.biases = [b.copy() for b in biases]

    def gradient(self, x: Array, y: Array) -> tuple[list[Array], list[Array]]:
        """Return the gradient of one example's cost by biases and by weights.

        Args:
            x: input, (n_in, 1).
            y: desired output, (n_out, 1).
        """
        weighted, outputs = [], [x]
        for w, b in zip(self.weights, self.biases, strict=True):
            weighted.append(np.dot(w, outputs[-1]) + b)
            outputs.append(sigma(weighted[-1]))
        by_bias = [np.zeros(b.shape) for b in self.biases]
        by_weight = [np.zeros(w.shape) for w in self.weights]
        error = outputs[-1] - y
        for k in reversed(range(len(self.weights))):
            error = error * (sigma(weighted[k]) * (1 - sigma(weighted[k])))
            by_bias[k] = error
            by_weight[k] = np.dot(error, outputs[k].transpose())
            if k > 0:
                error = np.dot(self.weights[k].transpose(), error)
        return by_bias, by_weight

    def learn(self, mini_batch: list[tuple[Array, Array]], eta: float) -> None:
        """Take one step down the mean gradient of a mini-batch, equations (20) and (21)."""
        sum_b = [np.zeros(b.shape) for b in self.biases]
        sum_w = [np.zeros(w.shape) for w in self.weights]
        for x, y in mini_batch:
            by_bias, by_weight = self.gradient(x, y)
            sum_b = [total + one for total, one in zip(sum_b, by_bias, strict=True)]
            sum_w = [total + one for total, one in zip(sum_w, by_weight, strict=True)]
        rate = eta / len(mini_batch)
        self.biases = [b - rate * g for b, g in zip(self.biases, sum_b, strict=True)]
        self.weights = [w - rate * g for w, g in zip(self.weights, sum_w, strict=True)]

    def epoch(self, pairs: list[tuple[Array, Array]], size: int, eta: float, seed: int) -> None:
        """Learn from each pair once, in mini-batches of `size`, shuffled by a seed."""
        pairs = list(pairs)
        random.Random(seed).shuffle(pairs)  # noqa: S311  (no secrets here)
        for start in range(0, len(pairs), size):
            self.learn(pairs[start : start + size], eta)

    def right(self, pairs: list[tuple[Array, int]]) -> int:
        """Return of how many pairs of input and digit the digit's neuron is the most active."""
        count = 0
        for x, digit in pairs:
            for w, b in zip(self.weights, self.biases, strict=True):
                x = sigma(np.dot(w, x) + b)  # noqa: PLW2901
            count += int(np.argmax(x) == digit)
        return count
