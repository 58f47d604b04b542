from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerist.errors import InputError, ShapeError
from numerist.neurons.binary import all_inputs
from numerist.neurons.firing import fires, signs
from numerist.neurons.perceptron import Perceptron, ThresholdPerceptron

numbers = st.one_of(
    st.integers(-4, 4).map(float),
    st.sampled_from([0.1, 0.2, 0.3, -0.1, -0.3, 0.7, 1e-20, -1e-20, 1e16, -1e16, 5e-324]),
    st.floats(-1e6, 1e6),
)


@st.composite
def weights_and_threshold(draw: st.DrawFn) -> tuple[list[float], float]:
    """Thresholds are often the sum of some of the weights: then inputs lie on the boundary."""
    weights = draw(st.lists(numbers, max_size=6))
    some = draw(st.lists(st.booleans(), min_size=len(weights), max_size=len(weights)))
    on_boundary = float(sum(w for w, taken in zip(weights, some, strict=True) if taken))
    return weights, draw(st.one_of(st.just(on_boundary), numbers))


@given(weights_and_threshold())
def test_both_forms_agree_on_every_input(case: tuple[list[float], float]) -> None:
    weights, threshold = case
    x = all_inputs(len(weights))
    by_hand = [
        int(sum(Fraction(w) for w, bit in zip(weights, column, strict=True) if bit) > threshold)
        for column in x.T
    ]
    form1, form2 = ThresholdPerceptron(weights, threshold), Perceptron(weights, -threshold)
    assert form1.outputs(x).tolist() == by_hand  # equation (1)
    assert form2.outputs(x).tolist() == by_hand  # equation (2)
    assert form1.with_bias().outputs(x).tolist() == by_hand
    assert form2.with_threshold().outputs(x).tolist() == by_hand
    assert [form2(column) for column in x.T] == by_hand


@pytest.mark.parametrize("perceptron", [ThresholdPerceptron([2, 2], 2), Perceptron([2, 2], -2)])
def test_equal_to_the_threshold_gives_0(perceptron: Perceptron) -> None:
    assert [perceptron(x) for x in ([0, 0], [0, 1], [1, 0], [1, 1])] == [0, 0, 0, 1]


@pytest.mark.parametrize("threshold", [1.0, np.nextafter(1, 2), np.nextafter(1, 0)])
def test_rounding_does_not_decide(threshold: float) -> None:
    # Ten times the float 0.1 is 1 + 5.55e-17: above 1, below the float after 1. A sum that is
    # rounded at every step gives 0.9999999999999999.
    expected = int(threshold <= 1)
    assert ThresholdPerceptron([0.1] * 10, threshold)([1] * 10) == expected
    assert Perceptron([0.1] * 10, -threshold)([1] * 10) == expected


def test_without_inputs_it_always_says_the_same() -> None:
    assert [Perceptron([], b)([]) for b in (-1, 0, 1)] == [0, 0, 1]
    assert [ThresholdPerceptron([], t)([]) for t in (-1, 0, 1)] == [1, 0, 0]


@given(st.lists(st.sampled_from([-90.0, -2.0, 0.0, 0.1, 1.0, 37.0, 1e9]), max_size=4), numbers)
def test_rows_read_by_many_perceptrons(weights: list[float], bias: float) -> None:
    rng = np.random.default_rng(0)
    values = rng.integers(0, 2, (5, 7)).astype(np.int8)
    sources = rng.integers(0, 5, (len(weights), 3))
    expected = [Perceptron(weights, bias).outputs(values[rows]) == 1 for rows in sources.T]
    fired = fires(np.array(weights, dtype=np.float64), bias, values, sources)
    assert np.array_equal(fired, expected)


def test_signs_at_one_half() -> None:
    halves = np.array([[0.5], [0.5]])
    assert signs(
        np.array([[1.0, 2.0], [1.0, 1.0]]), halves, np.array([[-1.5], [-2.0]])
    ).tolist() == [
        [0.0],
        [-1.0],
    ]
    assert signs(np.array([[0.1, 0.2]]), halves, np.array([[-0.15]])).tolist() == [[1.0]]


@pytest.mark.parametrize("kind", [Perceptron, ThresholdPerceptron])
def test_bad_arguments(kind: type[Perceptron]) -> None:
    with pytest.raises(ShapeError, match=r"shapes \(1, 2\) and \(\)"):
        kind([[1, 2]], 0)
    with pytest.raises(ShapeError, match="one number"):
        kind([1, 2], [0])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="NaN"):
        kind([1, float("nan")], 0)
    with pytest.raises(InputError, match="finite"):
        kind([1], float("inf"))
    with pytest.raises(InputError, match="overflows"):
        kind([1e308, 1e308], 0)
    perceptron = kind([1, 2], 0)
    with pytest.raises(InputError, match=r"expected inputs that are 0 or 1, found 0\.5"):
        perceptron([0, 0.5])
    with pytest.raises(ShapeError, match=r"expected shape \(2,\)"):
        perceptron([0, 1, 1])
    with pytest.raises(ShapeError, match=r"use \.outputs"):
        perceptron([[0], [1]])


def test_weights_do_not_change_under_ones_hands() -> None:
    with pytest.raises(ValueError, match="read-only"):
        Perceptron([1, 2], 0).weights[0] = 5


def test_as_many_names_as_inputs() -> None:
    with pytest.raises(InputError, match="names: expected 2, one for each input, found 1"):
        Perceptron([1, 1], 0).truth_table(names=["a"])


@pytest.mark.parametrize("inputs", [[[1], [0, 1]], {}, ["0", "1"], [None, 1]])
def test_an_input_that_is_no_list_of_bits_is_refused_by_name(inputs: Any) -> None:
    with pytest.raises((InputError, ShapeError), match="input of a perceptron"):
        Perceptron([1, 1], 0)(inputs)
