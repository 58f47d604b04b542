"""The chapter's way of computing: one example after the other, one backward pass each.

It is what the chapter's Python does, written down plainly, to be measured against.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def sigma(z: Array) -> Array:
    result: Array = 1 / (1 + np.exp(-z))
    return result


class PlainNetwork:
    """Sigmoid neurons, quadratic cost; weights and biases may be given to compare with others."""

    def __init__(self, weights: list[Array], biases: list[Array]) -> None:
        self.weights = [w.copy() for w in weights]
        self.biases = [b.copy() for b in biases]

    def gradient(self, x: Array, y: Array) -> tuple[list[Array], list[Array]]:
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
        pairs = list(pairs)
        random.Random(seed).shuffle(pairs)  # noqa: S311  (no secrets here)
        for start in range(0, len(pairs), size):
            self.learn(pairs[start : start + size], eta)

    def right(self, pairs: list[tuple[Array, int]]) -> int:
        count = 0
        for x, digit in pairs:
            for w, b in zip(self.weights, self.biases, strict=True):
                x = sigma(np.dot(w, x) + b)  # noqa: PLW2901
            count += int(np.argmax(x) == digit)
        return count
