"""The chapter's way, which others are measured against, does the same as they do."""

from __future__ import annotations

import random

import numpy as np
import pytest

from numerist.chapter.plain import PlainNetwork
from numerist.network import Network


@pytest.mark.parametrize("sizes", [[6, 2], [6, 4, 2], [6, 4, 3, 2]])
def test_the_chapters_way_and_network_take_the_same_steps(sizes: list[int]) -> None:
    rng = np.random.default_rng(0)
    pairs = [(rng.uniform(size=(6, 1)), rng.uniform(size=(2, 1))) for _ in range(23)]
    net = Network(sizes, seed=1)
    net.weights = [w.astype(np.float64) for w in net.weights]
    net.biases = [b.astype(np.float64) for b in net.biases]
    slow = PlainNetwork(net.weights, net.biases)
    slow.epoch(pairs, 5, 3.0, seed=7)
    shuffled = list(pairs)
    random.Random(7).shuffle(shuffled)  # noqa: S311  (no secrets here)
    for start in range(0, 23, 5):
        net.update_mini_batch(shuffled[start : start + 5], 3.0)
    for ours, theirs in zip(
        (*net.weights, *net.biases), (*slow.weights, *slow.biases), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)
