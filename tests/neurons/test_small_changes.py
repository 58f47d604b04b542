import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from numerist.errors import InputError, ShapeError
from numerist.neurons.layers import Layers
from numerist.neurons.perceptron_network import PerceptronNetwork
from numerist.neurons.sigmoid_network import SigmoidNetwork
from numerist.neurons.small_changes import approximate, linear_change


def test_one_neuron_by_hand() -> None:
    # w = (1, −2), b = ½, x = (1, ¼): z = 1. Δw = (0.2, −0.4), Δb = 0.1: Δz = 0.2.
    network, change = SigmoidNetwork([[[1, -2]]], [[0.5]]), Layers([[[0.2, -0.4]]], [[0.1]])
    result = approximate(network, [1, 0.25], change, sizes=[1])
    before, after = 1 / (1 + math.exp(-1)), 1 / (1 + math.exp(-1.2))
    assert result.actual.tolist() == pytest.approx([after - before])
    assert result.linear.tolist() == pytest.approx([before * (1 - before) * 0.2])
    assert result.error.tolist() == pytest.approx([before * (1 - before) * 0.2 - (after - before)])


@given(st.integers(0, 2**32))
def test_the_error_shrinks_as_the_square(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = [3, 4, 2]
    network, change = SigmoidNetwork.random(sizes, rng), Layers.random(sizes, rng)
    x = rng.random(3)
    t = 3e-5  # so small that the third derivative hardly counts
    result = approximate(network, x, change, sizes=[t, t / 2, t / 4, t / 8], output=1)
    assume(result.error[0] > 1e-3 * t**2)  # the second derivative may happen to vanish
    assert np.abs(result.error[:-1] / result.error[1:] - 4).max() < 0.5
    assert result.order == pytest.approx(2, abs=0.1)


def test_where_a_perceptron_flips_a_sigmoid_neuron_changes_little() -> None:
    # At z = 0 σ' is ¼; a perceptron's output goes from 0 to 1 for any growth of its weight.
    change, t = Layers([[[1]]], [[0]]), 1e-3
    result = approximate(SigmoidNetwork([[[1]]], [[-1]]), [1], change, sizes=[t])
    assert result.actual[0] == pytest.approx(t / 4, rel=1e-3)
    perceptron = PerceptronNetwork([[[1]]], [[-1]])
    assert perceptron.changed(change.scaled(t))([1]) - perceptron([1]) == 1


def test_order_without_an_error_to_measure() -> None:
    network, nothing = SigmoidNetwork([[[1]]], [[-1]]), Layers([[[0]]], [[0]])
    assert math.isnan(approximate(network, [1], nothing).order)


def test_bad_arguments() -> None:
    network, change = SigmoidNetwork([[[1]]], [[-1]]), Layers([[[1]]], [[0]])
    for sizes in ([0.1, 0], [-1], 0.1):
        with pytest.raises(InputError, match="sizes: expected positive numbers"):
            approximate(network, [1], change, sizes=sizes)
    with pytest.raises(ShapeError, match="change"):
        linear_change(change, Layers([[[1, 1]]], [[0]]))


@pytest.mark.parametrize("change", [[1, 1], ([[[1]]], [[0]]), None])
def test_a_change_is_layers(change: Any) -> None:
    network = SigmoidNetwork([[[1]]], [[-1]])
    for use in (lambda: approximate(network, [1], change), lambda: network.changed(change)):
        with pytest.raises(InputError, match=r"change: expected Layers of sizes \(1, 1\), found"):
            use()


def test_perceptrons_have_no_derivatives_to_approximate_by() -> None:
    network: Any = PerceptronNetwork([[[1]]], [[-1]])
    with pytest.raises(InputError, match=r"network: expected a SigmoidNetwork, .*sigmoid_twin"):
        approximate(network, [1], Layers([[[1]]], [[0]]))


@pytest.mark.parametrize("output", [5, 2, -1, 1.5, 0.5, "0", None])
def test_an_output_that_is_not_there_is_refused(output: Any) -> None:
    network = SigmoidNetwork([[[1, 2], [3, 4]]], [[0, 0]])
    change = Layers([[[1, 1], [1, 1]]], [[1, 1]])
    with pytest.raises(InputError, match="a whole number from 0 to 1"):
        approximate(network, [0.5, 0.5], change, output=output)
    with pytest.raises(InputError, match="a whole number from 0 to 1"):
        network.derivatives([0.5, 0.5], output=output)
