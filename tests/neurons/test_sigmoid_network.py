import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerist.errors import InputError, ShapeError
from numerist.neurons.layers import Layers
from numerist.neurons.sigmoid_network import SigmoidNetwork
from numerist.neurons.sigmoid_neuron import SigmoidNeuron


@given(
    st.lists(st.integers(1, 4), min_size=2, max_size=4), st.integers(0, 2**32), st.integers(0, 3)
)
def test_derivatives_are_central_differences(sizes: list[int], seed: int, output: int) -> None:
    output %= sizes[-1]
    rng = np.random.default_rng(seed)
    network = SigmoidNetwork.random(sizes, rng)
    x = rng.random(sizes[0])
    exact = network.derivatives(x, output)
    assert exact.sizes == network.sizes
    h = 1e-5
    for part in ("weights", "biases"):
        for layer, array in enumerate(getattr(network, part)):
            for index in np.ndindex(array.shape):
                ends = []
                for sign in (1, -1):
                    arrays = {
                        p: [a.copy() for a in getattr(network, p)] for p in ("weights", "biases")
                    }
                    arrays[part][layer][index] += sign * h
                    ends.append(SigmoidNetwork(**arrays)(x)[output])
                numerical = (ends[0] - ends[1]) / (2 * h)
                assert getattr(exact, part)[layer][index] == pytest.approx(numerical, abs=1e-9)


def test_one_layer_of_neurons() -> None:
    network = SigmoidNetwork.random([3, 2], seed=1)
    x = np.array([[0.2, 1], [0.9, 0], [0, 0.5]])
    for j in range(2):
        neuron = SigmoidNeuron(network.weights[0][j], network.biases[0][j, 0])
        assert network(x)[j].tolist() == pytest.approx([neuron(x[:, 0]), neuron(x[:, 1])])
        assert network(x[:, 0])[j] == pytest.approx(neuron(x[:, 0]))


def test_derivatives_by_hand() -> None:
    # z = 2·0.5 − 1 = 0, so σ'(z) = 1/4: ∂/∂w = x/4 and ∂/∂b = 1/4.
    d = SigmoidNetwork([[[2, 7]]], [[-1]]).derivatives([0.5, 0])
    assert d.weights[0].tolist() == [[0.125, 0]]
    assert d.biases[0].tolist() == [[0.25]]


def test_bad_arguments() -> None:
    network = SigmoidNetwork.random([2, 2], seed=0)
    with pytest.raises(InputError, match="from 0 to 1"):
        network([0, 1.5])
    with pytest.raises(ShapeError, match="one input"):
        network.derivatives([[0], [1]])
    for output in (-1, 2):
        with pytest.raises(InputError, match="output: expected a whole number from 0 to 1"):
            network.derivatives([0, 1], output)
    assert isinstance(network.derivatives([0, 1]), Layers)


def test_inputs_written_one_by_one_are_a_list() -> None:
    network, neuron = SigmoidNetwork([[[1, -2]]], [[0.5]]), SigmoidNeuron([1, -2], 0.5)
    assert network(0.25, 1).tolist() == network([0.25, 1]).tolist()
    assert neuron(0.25, 1) == neuron([0.25, 1])
    assert SigmoidNeuron([1], 0)(0.5) == SigmoidNeuron([1], 0)([0.5])
    for one in (network, neuron):
        with pytest.raises(ShapeError, match=r"found shape \(3,\)"):
            one(0.25, 1, 1)
