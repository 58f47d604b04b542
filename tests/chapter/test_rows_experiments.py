"""Rows E1 to E5: what they compute, against numbers found in another way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from numerist.chapter.rows import experiments
from numerist.chapter.rows.experiments import lost_digits
from numerist.chapter.training import recall, train
from numerist.network import Network, sigmoid

if TYPE_CHECKING:
    from numerist.data import Dataset, Mnist


def knower() -> Network:
    """A network that reads the made digits: class k has ink in rows 2k and 2k + 1."""
    net = Network([784, 10], seed=0)
    net.weights = [np.repeat(np.eye(10), 56, axis=1)]
    net.weights[0] = np.hstack([net.weights[0], np.zeros((10, 224))])
    net.biases = [np.zeros((10, 1))]
    return net


def test_a_digit_is_lost_when_its_output_is_dead(tiny: Dataset) -> None:
    net = knower()
    assert recall(net, tiny) == [1.0] * 10
    assert lost_digits(net, tiny) == []
    net.biases[0][[3, 8]] = -1e3
    assert lost_digits(net, tiny) == [3, 8]


def test_the_start_is_that_of_the_weighted_inputs(mnist: Mnist) -> None:
    data = mnist.validation[:200]
    net = Network([784, 100, 10], seed=3)
    hidden = sigmoid(net.weights[0] @ data.rows.T.astype(np.float64) + net.biases[0])
    z = net.weights[1] @ hidden + net.biases[1]
    start = experiments.spread_at_start([784, 100, 10], 3, data)
    assert start["deviation"] == pytest.approx(z.std(), rel=1e-3)
    border = np.log(0.99 / 0.01)  # σ(z) = 0.99
    assert start["saturated"] == pytest.approx((np.abs(z) > border).mean())
    # About half of 100 hidden neurons fire, each with a weight from N(0, 1): √50 = 7.1.
    assert 5 < start["deviation"] < 10


@pytest.mark.parametrize(
    ("best", "last", "agrees"),
    [
        ([9659, 8700], [9600, 8600], True),
        ([9559, 8700], [9500, 8600], True),  # just within one point
        ([9558, 8700], [9500, 8600], False),
        ([9659, 9650], [9600, 9500], False),  # one point apart is not wide
        ([8700, 7800], [8700, 7700], False),  # wide, but every run has lost a digit
        ([9659], [9600], None),
    ],
)
def test_e2_agrees_if_the_best_is_near_and_the_runs_differ(
    best: list[int], last: list[int], agrees: bool | None
) -> None:
    assert experiments.near_and_wide(best, last) is agrees


@pytest.mark.parametrize(
    ("first", "last", "agrees"),
    [
        ([1100, 1000, 900], [1000, 1001, 1500], True),
        ([1041, 1041, 1041], [1018, 1018, 2000], False),  # one run rises, the median falls
        ([1000, 1000, 1000], [1100, 1100, 5000], False),  # not slow
        ([1000, 1000, 2500], [1100, 1100, 3000], False),  # not near chance at first
    ],
)
def test_e3_agrees_if_the_median_rises(first: list[int], last: list[int], agrees: bool) -> None:
    assert experiments.slow_but_rising(first, last, 10_000) is agrees


def test_what_comes_back_at_an_output_that_says_one_tenth(tiny: Dataset) -> None:
    net = knower()
    net.weights[0][:] = 0
    net.biases[0][4] = np.log(0.1 / 0.9)
    error, signal = experiments._signal(net, tiny, 4)
    assert error == pytest.approx(0.9)
    assert signal == pytest.approx(0.9 * 0.1 * 0.9)


def test_a_run_counts_as_evaluate_does(mnist: Mnist) -> None:
    seen: list[int] = []
    training, judges = mnist.training[:500], mnist.validation[:300]
    run = train(
        [784, 12, 10],
        training,
        judges,
        epochs=3,
        seed=5,
        watch=lambda net: seen.append(net.evaluate(judges)),
    )
    assert run.right == seen[1:]  # the first is before learning
    assert run.last == seen[-1]
    assert run.best == max(seen[1:])
    again = Network([784, 12, 10], seed=5)
    again.SGD(training, 3, 10, 3.0)
    assert run.last == again.evaluate(judges)
