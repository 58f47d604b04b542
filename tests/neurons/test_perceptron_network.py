from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerist.errors import InputError, ShapeError
from numerist.neurons.binary import all_inputs
from numerist.neurons.layers import Layers
from numerist.neurons.perceptron_network import PerceptronNetwork

sizes = st.lists(st.integers(1, 5), min_size=2, max_size=5)
seeds = st.integers(0, 2**32 - 1)


def whole_network(shape: list[int], seed: int) -> PerceptronNetwork:
    """Small whole weights: many inputs lie on the boundary of some perceptron."""
    rng = np.random.default_rng(seed)
    pairs = list(pairwise(shape))
    return PerceptronNetwork(
        [rng.integers(-2, 3, (n_out, n_in)) for n_in, n_out in pairs],
        [rng.integers(-2, 3, n_out) for _, n_out in pairs],
    )


def slowly(network: PerceptronNetwork, x: list[int]) -> list[int]:
    """One neuron after the other, in fractions."""
    for w, b in zip(network.weights, network.biases, strict=True):
        x = [
            int(sum(Fraction(wj) * xj for wj, xj in zip(row, x, strict=True)) + Fraction(bj) > 0)
            for row, bj in zip(w.tolist(), b[:, 0].tolist(), strict=True)
        ]
    return x


@given(sizes, seeds)
def test_all_columns_at_once_are_each_on_its_own(shape: list[int], seed: int) -> None:
    for network in (whole_network(shape, seed), PerceptronNetwork.random(shape, seed)):
        assert list(network.sizes) == shape
        x = all_inputs(shape[0])
        expected = np.array([slowly(network, column) for column in x.T.tolist()]).T
        assert np.array_equal(network(x), expected)
        assert np.array_equal(network(x[:, -1]), expected[:, -1])


@given(sizes, seeds, st.one_of(st.integers(1, 10**6), st.sampled_from([2.0**-30, 0.5, 2.0**40])))
def test_scaling_changes_nothing_on_the_boundary_either(
    shape: list[int], seed: int, c: float
) -> None:
    network, x = whole_network(shape, seed), all_inputs(shape[0])
    before, after = network.activations(x), network.scaled(c).activations(x)
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


@given(sizes, seeds, st.floats(1e-6, 1e6))
def test_scaling_random_networks_changes_nothing(shape: list[int], seed: int, c: float) -> None:
    network, x = PerceptronNetwork.random(shape, seed), all_inputs(shape[0])
    assert np.array_equal(network(x), network.scaled(c)(x))


def test_a_negative_factor_would_change_it() -> None:
    network, x = PerceptronNetwork([[[2]]], [[-1]]), all_inputs(1)
    negated = PerceptronNetwork([-network.weights[0]], [-network.biases[0]])
    assert network(x).tolist() != negated(x).tolist()
    for c in (0, -1, float("nan"), float("inf")):
        with pytest.raises(InputError, match="c: expected a finite number above 0"):
            network.scaled(c)


def test_scaling_that_leaves_the_numbers_of_the_machine() -> None:
    network = PerceptronNetwork([[[2, 1e-300]]], [[-1]])
    with pytest.raises(InputError, match="vanishes"):
        network.scaled(1e-200)
    with pytest.raises(InputError, match="finite"):
        network.scaled(1e308)


def test_the_chapters_three_four_one() -> None:
    # 3 perceptrons, then 4, then 1: is the number of ones among x1 … x3 odd?
    first = [[1, 1, 1]] * 3, [-0.5, -1.5, -2.5]  # at least 1, 2, 3 ones
    second = [[1, -1, 0], [0, 1, -1], [0, 0, 1], [1, 0, 0]], [0, 0, 0, 0]  # exactly 1, 2, 3; any
    third = [[1, 0, 1, 0]], [0]
    network = PerceptronNetwork([first[0], second[0], third[0]], [first[1], second[1], third[1]])
    assert network.sizes == (3, 3, 4, 1)
    assert network(all_inputs(3)).tolist() == [[0, 1, 1, 0, 1, 0, 0, 1]]


def test_bad_networks() -> None:
    with pytest.raises(ShapeError, match="layer 2: expected 2 weights a neuron"):
        PerceptronNetwork([[[1], [1]], [[1, 1, 1]]], [[0, 0], [0]])
    with pytest.raises(ShapeError, match="layer 1"):
        PerceptronNetwork([[[1, 1]]], [[0, 0]])
    with pytest.raises(ShapeError, match="at least one"):
        PerceptronNetwork([], [])
    with pytest.raises(ShapeError, match="1 and 2"):
        PerceptronNetwork([[[1]]], [[0], [0]])
    with pytest.raises(InputError, match="overflow"):
        PerceptronNetwork([[[1e308, 1e308]]], [[0]])
    for bad in ([3], [3, 0], []):
        with pytest.raises(InputError, match="sizes"):
            PerceptronNetwork.random(bad, seed=0)
    network = PerceptronNetwork.random([3, 1], seed=0)
    with pytest.raises(ShapeError, match=r"expected shape \(3,\)"):
        network([0, 1])
    with pytest.raises(InputError, match="0 or 1"):
        network([0, 1, 0.5])
    with pytest.raises(ShapeError, match="change"):
        network.changed(Layers([[[1, 1]]], [[1]]))


@pytest.mark.parametrize("seed", ["x", -1, 1.5])
def test_seeds_that_make_no_sense(seed: object) -> None:
    with pytest.raises(InputError, match="seed: expected a whole number of at least 0"):
        PerceptronNetwork.random([2, 1], seed)  # type: ignore[arg-type]


@pytest.mark.parametrize("sizes", [[], [2], [2, 0], [2, 1.5], [2, True], "21", None, 3])
def test_sizes_that_make_no_network(sizes: object) -> None:
    with pytest.raises(InputError, match="sizes: expected"):
        PerceptronNetwork.random(sizes, 0)  # type: ignore[arg-type]


def test_inputs_written_one_by_one_are_a_list() -> None:
    network = whole_network([3, 4, 2], 0)
    for bits in all_inputs(3).T.tolist():
        assert network(*bits).tolist() == slowly(network, bits)
    with pytest.raises(ShapeError, match=r"found shape \(2,\)"):
        network(1, 0)


@given(st.integers(1, 4), st.integers(1, 3), seeds)
def test_a_truth_table_is_what_each_input_gives(n: int, k: int, seed: int) -> None:
    network = whole_network([n, 3, k], seed)
    table = network.truth_table()
    assert table.inputs == tuple(f"x{j}" for j in range(1, n + 1))
    assert list(table.outputs) == (["out"] if k == 1 else [f"out{j}" for j in range(1, k + 1)])
    for row, bits in enumerate(product((0, 1), repeat=n)):
        assert [int(v[row]) for v in table.outputs.values()] == slowly(network, list(bits))


def test_names_in_a_truth_table() -> None:
    network = whole_network([2, 2], 0)
    table = network.truth_table(["a", "b"], output="f")
    assert (table.inputs, list(table.outputs)) == (("a", "b"), ["f1", "f2"])
    with pytest.raises(InputError, match="names: expected 2, one for each input, found 1"):
        network.truth_table(["a"])
    with pytest.raises(InputError, match="a list of names"):
        network.truth_table(2)  # type: ignore[arg-type]
