from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerist.errors import InputError, ShapeError
from numerist.neurons.bits import bits_layer, bounds, box, worst_cases
from numerist.neurons.perceptron_network import PerceptronNetwork

WRITTEN = ["0000", "0001", "0010", "0011", "0100", "0101", "0110", "0111", "1000", "1001"]


def corners(digit: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """All 2^10 corners of the box of activations for a digit, in columns."""
    sides = [(0.99, 1.0) if j == digit else (0.0, 0.01) for j in range(10)]
    return np.array(list(product(*sides))).T


@pytest.mark.parametrize("digit", range(10))
def test_right_at_every_corner_of_the_box(digit: int) -> None:
    # z is linear, so what holds at all corners holds in the whole box.
    weights, biases = bits_layer()
    z = weights @ corners(digit) + biases
    desired = np.array(list(map(int, WRITTEN[digit])))[:, np.newaxis]
    assert ((z > 0) == desired).all()
    signed = np.where(desired == 1, z, -z).min(axis=1)
    assert worst_cases(weights, biases)[digit].tolist() == pytest.approx(signed.tolist())


@given(st.integers(0, 9), st.floats(0.99, 1), st.lists(st.floats(0, 0.00999), min_size=9))
def test_right_within_the_box(digit: int, right: float, wrong: list[float]) -> None:
    activations = np.array([*wrong[:digit], right, *wrong[digit:9]])
    weights, biases = bits_layer()
    z = weights @ activations + biases[:, 0]
    assert "".join("1" if value > 0 else "0" for value in z) == WRITTEN[digit]
    a = 1 / (1 + np.exp(-z))
    assert all(
        v >= 0.99 if bit == "1" else v < 0.01 for v, bit in zip(a, WRITTEN[digit], strict=True)
    )


def test_margins_by_hand() -> None:
    margins = worst_cases(*bits_layer(strength=1))
    assert margins.shape == (10, 4)
    # A 1 bit: its own output at 0.99, the others at 0. The bit worth 8 of digit 8: 0.99 − 0.5.
    assert margins[8, 0] == pytest.approx(0.49)
    # A 0 bit: all that have it at 0.01. Worth 1: the five odd digits; worth 8: only 8 and 9.
    assert margins[8, 3] == pytest.approx(0.45)
    assert margins[0, 0] == pytest.approx(0.48)
    assert margins.min() == pytest.approx(0.45)


def test_sigmoid_bits_are_as_decided_as_the_digits_from_10_3_up() -> None:
    decided = np.log(99)  # σ(ln 99) = 0.99
    assert worst_cases(*bits_layer(10.3)).min() > decided > worst_cases(*bits_layer(10.1)).min()


def test_a_wrong_layer_is_seen() -> None:
    weights, biases = bits_layer()
    weights[3, 6] = -weights[3, 7]
    assert worst_cases(weights, biases).min() > 0  # a stronger no for 6 does no harm
    weights[3, 6] = weights[3, 7]
    assert worst_cases(weights, biases)[6, 3] < 0
    assert (worst_cases(*bits_layer(), right=0.5) <= 0).any()
    assert (worst_cases(*bits_layer(), wrong=0.1) <= 1e-9).any()


def test_perfect_outputs_through_perceptrons() -> None:
    network = PerceptronNetwork(*([part] for part in bits_layer()))
    columns = network(np.eye(10))
    assert ["".join(map(str, column)) for column in columns.T] == WRITTEN


@given(st.integers(0, 2**32))
def test_bounds_are_reached_and_never_passed(seed: int) -> None:
    rng = np.random.default_rng(seed)
    w, b = rng.standard_normal((2, 4)), rng.standard_normal((2, 1))
    low = rng.standard_normal((4, 1))
    high = low + rng.random((4, 1))
    least, greatest = bounds(w, b, low, high)
    ends = np.array(list(product(*np.hstack([low, high])))).T
    z = w @ ends + b
    assert least.ravel() == pytest.approx(z.min(axis=1))
    assert greatest.ravel() == pytest.approx(z.max(axis=1))


def test_bad_arguments() -> None:
    for strength in (0, -1, float("nan"), float("inf")):
        with pytest.raises(InputError, match="strength"):
            bits_layer(strength)
    for digit in (-1, 10):
        with pytest.raises(InputError, match="digit"):
            box(digit)
    with pytest.raises(InputError, match="bounds"):
        box(1, right=1.5)
    with pytest.raises(ShapeError, match="layer"):
        worst_cases(np.zeros((4, 9)), np.zeros((4, 1)))
    with pytest.raises(ShapeError, match="four rows"):
        worst_cases(np.zeros((3, 10)), np.zeros((3, 1)))
