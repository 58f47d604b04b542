"""Rows I1 to I6: their measures can tell right from wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from numerist.chapter.row import Scale
from numerist.chapter.rows import program
from numerist.chapter.rows.program import (
    both_gradients,
    code_lines,
    distance_from_normal,
    feedforward_by_component,
    gradient_error,
)
from numerist.network import Network

if TYPE_CHECKING:
    from numerist.data import Mnist

SOURCE = '''\
"""A module.

With a long docstring.
"""

import os  # one


class Thing:
    """Nothing."""

    def do(self, what: str) -> str:  # two, three
        """Do it."""
        # why
        text = """four

        six"""

        return (
            what
            + text
        )
'''


def test_lines_of_code_counted_by_hand() -> None:
    # import, class, def; text takes three lines; return takes four.
    assert code_lines(SOURCE) == 3 + 3 + 4


def test_the_component_form_of_a_network_worked_by_hand() -> None:
    net = Network([2, 2, 1], seed=0)
    net.weights = [np.array([[1.0, -1.0], [0.0, 2.0]]), np.array([[2.0, -2.0]])]
    net.biases = [np.array([[0.0], [-1.0]]), np.array([[0.0]])]
    # z = (1 − ½, 1 − 1) = (½, 0); a = (0.6224593, ½); z = 0.2449187; a = 0.5609255.
    assert feedforward_by_component(net, [1.0, 0.5]) == [pytest.approx(0.5609255, abs=1e-7)]


@pytest.mark.parametrize(("bias", "output"), [(1e4, 1.0), (-1e4, 0.0)])
def test_the_component_form_far_out(bias: float, output: float) -> None:
    net = Network([1, 1], seed=0)
    net.biases = [np.array([[bias]])]
    assert feedforward_by_component(net, [1.0]) == [output]


def test_the_distance_from_a_normal_distribution_of_samples_worked_by_hand() -> None:
    # Φ(−1) = 0.1587, Φ(0) = ½, Φ(1) = 0.8413. The sample's function jumps at its values only.
    assert distance_from_normal(np.array([1.0, -1.0])) == pytest.approx(0.8413 - 0.5, abs=1e-4)
    assert distance_from_normal(np.array([1.0, 0.0])) == pytest.approx(0.5)
    assert distance_from_normal(np.array([-1.0, -1.0])) == pytest.approx(0.8413, abs=1e-4)


def test_a_sample_is_normal_and_a_shifted_one_is_not() -> None:
    sample = np.random.default_rng(0).standard_normal(20_000)
    allowed = 1.63 / np.sqrt(20_000)
    assert distance_from_normal(sample) < allowed
    assert distance_from_normal(sample + 0.05) > allowed
    assert distance_from_normal(1.1 * sample) > allowed


def test_the_gradient_check_passes_and_catches_a_planted_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert gradient_error([5, 4, 3], "tanh", "sigmoid", "quadratic") < 1e-8
    right = Network._backprop

    def wrong(self: Network, x: Any, y: Any, scale: float = 1.0) -> Any:
        nabla_b, nabla_w = right(self, x, y, scale)
        nabla_w[0][0, 0] *= 1.01
        return nabla_b, nabla_w

    monkeypatch.setattr(Network, "_backprop", wrong)
    assert gradient_error([5, 4, 3], "tanh", "sigmoid", "quadratic") > 1e-5


def test_both_gradients_are_those_of_a_network_worked_by_hand() -> None:
    # One neuron, one example: ∂C/∂b = (a − y) a (1 − a), and times x for the weight; y is 1.
    net = Network([1, 1], seed=4)
    x = float(np.random.default_rng(4).random((1, 1)).item())
    a = float(net.feedforward([x])[0])
    wanted = (a - 1) * a * (1 - a) * np.array([1, x])
    for found in both_gradients([1, 1], "sigmoid", "sigmoid", "quadratic", seed=4):
        assert found == pytest.approx(wanted, rel=1e-6)


def test_what_is_printed_is_read(mnist: Mnist) -> None:
    result = program.ROWS[3].run(Scale(quick=True))
    (lines,) = result.numbers["lines"]
    (right,) = result.numbers["right"]["30 hidden neurons"]
    assert lines == [*(f"Epoch {k}: {n} / 10000" for k, n in enumerate(right)), "Epoch 0 complete"]
    net = Network([784, 30, 10], seed=0)
    net.SGD(mnist.training[:1_003], 2, 10, 3.0, on_epoch=lambda *_: None)
    assert right[-1] == net.evaluate(mnist.test)


@pytest.mark.parametrize("line", ["Epoch 1 : 5 / 10000", "Epoch 1: 5 / 1000", "Epoch 2: 5 / 10000"])
def test_another_line_than_the_chapters_is_seen(
    line: str, mnist: Mnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["Epoch 0: 1000 / 10000", line, "Epoch 0 complete"]
    monkeypatch.setattr(program, "_transcript", lambda *_: lines)
    assert program.ROWS[3].run(Scale(quick=True)).agrees is False
