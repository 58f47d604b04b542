"""Row X4: the ways do the same work, and the verdict follows the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from numerist import engine
from numerist.chapter.rows.speed import Race, much_faster, race

if TYPE_CHECKING:
    from numerist.data import Mnist


def test_every_way_learns_the_same_work(mnist: Mnist) -> None:
    found = race(mnist.training[:8000], mnist.validation[:1000], rounds=2)
    ways = {"plain", "numpy"} | ({"compiled"} if engine.available() else set())
    assert set(found.seconds) == set(found.right) == ways
    middles = {name: np.mean(right) for name, right in found.right.items()}
    assert min(middles.values()) > 500  # of 1,000; 100 would be chance
    assert max(middles.values()) - min(middles.values()) < 60
    assert all(len(times) == 2 and min(times) > 0 for times in found.seconds.values())
    assert list(found.times_faster()) == [name for name in found.seconds if name != "plain"]


@pytest.mark.parametrize(
    ("seconds", "right", "agrees"),
    [
        ([0.05, 0.06, 5.0], [91, 92, 90], True),  # one round was disturbed
        ([0.3, 0.3, 0.01], [91, 92, 90], False),  # not much faster
        ([0.05, 0.06, 0.05], [91, 80, 80], False),  # faster, but it learned less
    ],
)
def test_faster_counts_only_where_as_much_was_learned(
    seconds: list[float], right: list[int], agrees: bool
) -> None:
    found = Race({"plain": [2.0] * 3, "quick": seconds}, {"plain": [90, 91, 92], "quick": right})
    assert much_faster(found, 100) is agrees
