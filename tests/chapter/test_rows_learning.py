"""Rows G1 to G3 and G9 to G11: what they compute, against numbers found in another way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from numerist.chapter.row import Scale
from numerist.chapter.rows import learning
from numerist.chapter.rows.learning import (
    cost_by_hand,
    epoch_by_hand,
    estimate_gradients,
    estimates_agree,
    gradient,
    speed_ups,
)
from numerist.chapter.training import Images
from numerist.data import Dataset
from numerist.network import Network

if TYPE_CHECKING:
    from numerist.data import Mnist


def made(n: int, seed: int = 0) -> Dataset:
    rng = np.random.default_rng(seed)
    return Dataset(rng.random((n, 2, 2), dtype=np.float32), rng.integers(0, 3, n).astype(np.uint8))


def zeros(sizes: list[int]) -> Network:
    net = Network(sizes, seed=0)
    for array in (*net.weights, *net.biases):
        array.fill(0)
    return net


def test_the_cost_by_hand_of_outputs_that_are_all_one_half(mnist: Mnist) -> None:
    # ½ ‖y − a‖² = ½ · 10 · ¼ for every image, whatever its digit.
    assert cost_by_hand(zeros([784, 10]), mnist.test[:7]) == pytest.approx(1.25)


def test_the_cost_by_hand_knows_right_from_wrong(mnist: Mnist) -> None:
    always_seven = zeros([784, 10])
    always_seven.biases[0][:] = -40
    always_seven.biases[0][7] = 40
    seven, other = mnist.test[:1], mnist.test[1:2]  # the first test image is a 7, the second a 2
    assert cost_by_hand(always_seven, seven) == pytest.approx(0)
    assert cost_by_hand(always_seven, other) == pytest.approx(1)  # ½ (1 + 1)


@pytest.mark.parametrize("piece", [4, 5, 100])
def test_the_gradient_is_that_of_the_cost_by_central_differences(piece: int) -> None:
    data, net, h = made(11), Network([4, 3, 3], seed=0), 1e-5
    net.weights = [w.astype(np.float64) for w in net.weights]
    net.biases = [b.astype(np.float64) for b in net.biases]
    desired = np.eye(3)[data.labels]

    def cost() -> float:
        outputs = net.feedforward(data.rows.T)
        return float(0.5 * np.square(desired.T - outputs).sum() / len(data))

    measured = []
    for array in (*net.biases, *net.weights):
        for place in np.ndindex(array.shape):
            kept = array[place]
            array[place] = kept + h
            above = cost()
            array[place] = kept - h
            measured.append((above - cost()) / (2 * h))
            array[place] = kept
    found = gradient(net, data.rows, desired, piece=piece)
    np.testing.assert_allclose(found, measured, atol=1e-9)


def test_errors_of_estimates_are_those_that_statistics_demand() -> None:
    data, net = made(60), Network([4, 3, 3], seed=1)
    net.biases[-1][:] = 0  # no output wrong for nearly all: gradients point in many directions
    desired = np.eye(3)[data.labels]
    each = np.array([gradient(net, data.rows[[k]], desired[[k]]) for k in range(60)])
    true = each.mean(axis=0)
    variance = np.square(each - true).sum() / 59
    sizes = [1, 5, 30]
    found = estimate_gradients(net, data, sizes, work=1_000_000)
    # Of a sample drawn without repetition: variance / m, less as the sample nears the whole.
    wanted = [np.sqrt(variance / m * (1 - m / 60)) / np.linalg.norm(true) for m in sizes]
    np.testing.assert_allclose(found.errors, wanted, rtol=0.1)
    assert found.repetitions == [1_000, 1_000, 1_000]
    share = (each @ true > 0).mean()
    assert share < 0.95
    assert found.downhill[0] == pytest.approx(share, abs=0.04)


def test_an_epoch_by_hand_is_an_epoch(mnist: Mnist) -> None:
    few = mnist.training[:205]  # the last mini-batch is smaller
    assert epoch_by_hand(few, "mean", 3.0) < 1e-5
    assert epoch_by_hand(few, "sum", 0.3) < 1e-5


def test_an_epoch_by_hand_notices_a_wrong_step(
    mnist: Mnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = Network._step

    def wrong(self: Network, x: Any, y: Any, rate: float) -> None:
        step(self, x, y, 0.99 * rate)

    monkeypatch.setattr(Network, "_step", wrong)
    assert epoch_by_hand(mnist.training[:205], "mean", 3.0) > 1e-3


def test_all_seeds_are_used(mnist: Mnist, monkeypatch: pytest.MonkeyPatch) -> None:
    few = Images(mnist.training[:300], mnist.validation[:100], mnist.test[:100])
    monkeypatch.setattr(learning, "images", lambda _: few)
    scale = Scale(seeds=2)
    monkeypatch.setattr(Scale, "choose", lambda _, full, quick: full if full == 2 else quick)
    estimates, stochastic = (row.run(scale) for row in learning.ROWS[3:5])
    assert len(set(estimates.numbers["slopes"])) == 2
    assert "seeds 0 to 1" in estimates.measured
    assert all(len(runs) == 2 for runs in stochastic.numbers["right"].values())
    assert "seeds 0 to 1" in stochastic.measured


def test_the_rates_that_did_best_are_told(mnist: Mnist) -> None:
    result = learning.ROWS[5].run(Scale(quick=True))
    one, twenty = (result.numbers["rates"][m] for m in ("1", "20"))
    assert f"the rate that did best is {one:g}, and {twenty:g} with m = 20" in result.measured


def test_all_seeds_of_the_cost_are_used(mnist: Mnist, monkeypatch: pytest.MonkeyPatch) -> None:
    few = Images(mnist.training[:600], mnist.validation[:100], mnist.test[:100])
    monkeypatch.setattr(learning, "images", lambda _: few)
    monkeypatch.setattr(Scale, "choose", lambda _, full, quick: full if full == 2 else quick)
    result = learning.ROWS[2].run(Scale(seeds=2))
    training = result.numbers["by_epoch"]["training"]
    assert [len(run) for run in training] == [3, 3]
    assert training[0] != training[1]
    assert training[1][0] == pytest.approx(Network([784, 30, 10], seed=1).total_cost(few.training))
    assert "seeds 0 to 1" in result.measured


class Timed(Network):
    """A network on whose clock each example takes as long as any other."""

    clock = 0.0

    def backprop(self, x: Any, y: Any) -> Any:  # noqa: ARG002
        self.clock += 0.25
        return [], []


def test_ten_examples_one_by_one_are_as_many_times_quicker_as_they_are_fewer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    net = Timed([4, 3])
    monkeypatch.setattr("numerist.chapter.rows.learning.process_time", lambda: net.clock)
    assert speed_ups(net, made(300), trials=3, examples=100) == [30, 30, 30]
    assert net.clock == 0.25 * 3 * (100 + 100)  # of the 300 as many as asked, and ten tens


@pytest.mark.parametrize(
    ("slopes", "quicker", "agrees"),
    [
        ([-0.5, -0.45], [5_000.0] * 3, True),
        ([-0.5, -0.45], [4_100.0, 5_900.0, 11_547.0], True),  # single trials may be disturbed
        ([-0.5, -0.39], [5_000.0] * 3, False),  # one seed
        ([-0.5, -0.45], [3_900.0] * 3, False),
        ([-0.5, -0.45], [6_100.0, 6_100.0, 5_000.0], False),
    ],
)
def test_g9_agrees_by_the_median_of_its_trials(
    slopes: list[float], quicker: list[float], agrees: bool
) -> None:
    assert estimates_agree(slopes, quicker, 5_000) is agrees


def test_a_wrong_desired_output_is_seen(mnist: Mnist, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "numerist.mnist_loader.vectorized_result", lambda digit: np.eye(10)[:, [9 - digit]]
    )
    assert learning.ROWS[1].run(Scale(quick=True)).agrees is False
