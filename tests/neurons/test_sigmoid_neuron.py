from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerist.errors import InputError, ShapeError
from numerist.neurons import SigmoidNeuron


def test_by_hand() -> None:
    # w·x + b = 2·0.5 − 1·1 + ln 3 = ln 3, so σ = 3/4
    assert SigmoidNeuron([2, -1], math.log(3))([0.5, 1.0]) == pytest.approx(0.75)


@given(st.floats(-1e4, 1e4))
def test_any_bias_gives_an_output_between_0_and_1(bias: float) -> None:
    assert 0 <= SigmoidNeuron([0.0], bias)([0.5]) <= 1


@pytest.mark.parametrize("inputs", [[1], [1, 1, 1], [[1, 1]], 1.0])
def test_another_number_of_inputs_is_refused(inputs: object) -> None:
    with pytest.raises(ShapeError, match=r"\(2,\)"):
        SigmoidNeuron([1, 1], 0)(inputs)  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [-0.1, 1.1, math.nan, math.inf])
def test_inputs_outside_0_to_1_are_refused(bad: float) -> None:
    with pytest.raises(InputError):
        SigmoidNeuron([1, 1], 0)([0.5, bad])


def test_bad_weights_are_refused() -> None:
    with pytest.raises(ShapeError):
        SigmoidNeuron([], 0)
    with pytest.raises(InputError):
        SigmoidNeuron([math.nan], 0)
    with pytest.raises(InputError):
        SigmoidNeuron([1], math.inf)


@pytest.mark.parametrize(
    "inputs", ["ab", [1j, 1], {}, [[1], [0, 1]], ["0.5", "1"], [None, 1], [math.nan, 1]]
)
def test_inputs_that_are_no_numbers_are_refused_by_name(inputs: Any) -> None:
    with pytest.raises((InputError, ShapeError), match="inputs of a sigmoid neuron"):
        SigmoidNeuron([1, 1], 0)(inputs)


def test_weights_whose_sum_overflows_are_refused() -> None:
    """Which of them is added first would decide between 0, ½ and 1."""
    with pytest.raises(InputError, match="a sum that overflows"):
        SigmoidNeuron([1e308, 1e308, -1e308, -1e308], 0)
