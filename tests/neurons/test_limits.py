from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerist.errors import InputError, ShapeError
from numerist.neurons.adders import adder
from numerist.neurons.binary import all_inputs, from_bits
from numerist.neurons.limits import gaps, limit, sigmoid_twin, undecided
from numerist.neurons.perceptron_network import PerceptronNetwork

shapes = st.lists(st.integers(1, 4), min_size=2, max_size=4)


def whole_network(shape: list[int], seed: int) -> PerceptronNetwork:
    """Small whole weights: w·x + b is often 0, and otherwise at least ½ in the limit."""
    rng = np.random.default_rng(seed)
    pairs = list(pairwise(shape))
    return PerceptronNetwork(
        [rng.integers(-2, 3, (n_out, n_in)) for n_in, n_out in pairs],
        [rng.integers(-2, 3, n_out) for _, n_out in pairs],
    )


@given(shapes, st.integers(0, 2**32))
def test_the_limit_is_where_growing_c_leads(shape: list[int], seed: int) -> None:
    network, x = whole_network(shape, seed), all_inputs(shape[0])
    assert np.abs(sigmoid_twin(network, 1000)(x) - limit(network, x)).max() < 1e-9


@given(shapes, st.integers(0, 2**32))
def test_where_all_is_decided_the_limit_is_the_perceptron_network(
    shape: list[int], seed: int
) -> None:
    network = whole_network(shape, seed)
    for x in all_inputs(shape[0]).T:
        layers = network.activations(x)
        by_hand = [
            (number, j)
            for number, (w, b) in enumerate(zip(network.weights, network.biases, strict=True), 1)
            for j in range(len(w))
            if w[j] @ layers[number - 1] + b[j, 0] == 0  # whole numbers: exact
        ]
        assert undecided(network, x) == by_hand
        if not by_hand:
            assert np.array_equal(limit(network, x), network(x))
            assert gaps(network, x, [100])[0] < 1e-9


@given(shapes, st.integers(0, 2**32))
def test_half_a_unit_added_to_whole_biases_decides_everything(shape: list[int], seed: int) -> None:
    whole = whole_network(shape, seed)
    network = PerceptronNetwork(whole.weights, [b + 0.5 for b in whole.biases])
    x = all_inputs(shape[0])
    far = gaps(network, x, [10, 20, 40, 80])
    assert far[-1] < 1e-15
    assert (np.diff(far) <= 0).all()
    assert np.array_equal(limit(network, x), network(x))


def test_one_neuron_by_hand() -> None:
    network = PerceptronNetwork([[[2]]], [[-1]])  # z = −1 and 1
    expected = [1 / (1 + np.exp(c)) for c in (1, 2, 5)]
    assert gaps(network, [[0, 1]], [1, 2, 5]).tolist() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("weight", "bias", "becomes"), [(4, -1, 1.0), (1, -1, 0.0), (2, -1, 0.5), (-1, 1, 1.0)]
)
def test_behind_a_neuron_at_its_boundary_anything_may_follow(
    weight: int, bias: int, becomes: float
) -> None:
    network = PerceptronNetwork([[[1]], [[weight]]], [[-1], [bias]])
    assert undecided(network, [1])[0] == (1, 0)
    for c in (1, 10, 1000):
        first = PerceptronNetwork(network.weights[:1], network.biases[:1])
        assert sigmoid_twin(first, c)([1]) == 0.5  # however large c is
    assert sigmoid_twin(network, 1000)([1]) == pytest.approx(becomes)
    assert limit(network, [1]) == becomes
    assert network([1]) == (bias > 0)  # the perceptron before it says 0


def test_a_sigmoid_network_adds_numbers() -> None:
    network = adder(3).to_network()
    x = all_inputs(6)
    sums = from_bits(x[:3]) + from_bits(x[3:])
    assert np.array_equal(from_bits(sigmoid_twin(network, 20)(x).round()), sums)
    assert not np.array_equal(from_bits(sigmoid_twin(network, 0.1)(x).round()), sums)


def test_bad_arguments() -> None:
    network = PerceptronNetwork([[[2]]], [[-1]])
    for c in (0, -1):
        with pytest.raises(InputError, match="above 0"):
            gaps(network, [1], [c])
    with pytest.raises(ShapeError, match="one input"):
        undecided(network, [[1]])
    with pytest.raises(InputError, match="0 or 1"):
        limit(network, [0.5])
