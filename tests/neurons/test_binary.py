from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerist.errors import InputError, ShapeError
from numerist.neurons.binary import all_inputs, from_bits, inputs_between, to_bits


@given(st.lists(st.integers(0, 2**62 - 1)))
def test_bits_are_those_that_format_writes(numbers: list[int]) -> None:
    bits = to_bits(numbers, 62)
    assert ["".join(map(str, column)) for column in bits.T] == [f"{n:062b}" for n in numbers]
    assert from_bits(bits).tolist() == numbers


@pytest.mark.parametrize("n", range(7))
def test_all_inputs_in_counting_order(n: int) -> None:
    assert [tuple(column) for column in all_inputs(n).T] == list(product((0, 1), repeat=n))
    assert np.array_equal(inputs_between(2**n // 2, 2**n, n), all_inputs(n)[:, 2**n // 2 :])


@pytest.mark.parametrize("bad", [[-1], [8], [1.5], [float("nan")], ["1"]])
def test_numbers_that_three_bits_do_not_hold(bad: list[object]) -> None:
    with pytest.raises(InputError, match="numbers: expected"):
        to_bits(bad, 3)  # type: ignore[arg-type]


def test_whole_floats_are_numbers() -> None:
    assert to_bits([5.0], 3).ravel().tolist() == [1, 0, 1]


def test_a_single_number_is_a_list_of_one() -> None:
    assert to_bits(16, 5).ravel().tolist() == [1, 0, 0, 0, 0]
    with pytest.raises(InputError, match="0 to 15, which 4 bits hold"):
        to_bits(16, 4)


@pytest.mark.parametrize("width", [1.5, True, "3", None, -1])
def test_widths_that_are_no_count(width: object) -> None:
    with pytest.raises(InputError, match="width: expected a whole number of at least 0"):
        to_bits([1], width)  # type: ignore[arg-type]


def test_shapes_and_ranges() -> None:
    with pytest.raises(InputError, match="numbers: expected a flat list"):
        to_bits([[1], [2, 3]], 3)
    with pytest.raises(ShapeError, match="numbers"):
        to_bits([[1]], 3)
    with pytest.raises(InputError, match="width"):
        to_bits([1], 63)
    with pytest.raises(ShapeError, match="bits"):
        from_bits([1, 0])
    with pytest.raises(InputError, match="0 or 1"):
        from_bits([[2]])
    for n in (-1, 25):
        with pytest.raises(InputError, match="number of inputs"):
            all_inputs(n)


@pytest.mark.parametrize(("bad", "found"), [("3", "'3'"), ([1, "3"], "'1'"), (2.5, "2.5")])
def test_what_is_no_whole_number_is_shown_as_it_was_written(bad: object, found: str) -> None:
    with pytest.raises(InputError) as caught:
        to_bits(bad, 4)  # type: ignore[arg-type]
    assert caught.value.found == found
    assert ("int(" in caught.value.cure) == ("'" in found)
