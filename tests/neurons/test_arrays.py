from collections.abc import Callable

import numpy as np
import pytest

from numerist.errors import InputError, ShapeError
from numerist.neurons.arrays import binary_columns, finite_array, input_columns, unit_columns


def test_the_result_is_a_copy() -> None:
    given = np.array([1.0, 2.0])
    finite_array(given, "x")[0] = 9
    assert given[0] == 1


@pytest.mark.parametrize("bad", ["abc", [[1], [1, 2]], [None, 1], [1j], [float("nan")], [np.inf]])
def test_only_finite_numbers(bad: object) -> None:
    with pytest.raises(InputError, match=r"^here: expected"):
        finite_array(bad, "here")  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(), (3,), (3, 2), (2, 2, 1)])
def test_inputs_must_fit(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"expected shape \(2,\)"):
        input_columns(np.zeros(shape), 2, "here")


@pytest.mark.parametrize(
    ("read", "bad"),
    [(binary_columns, 0.5), (binary_columns, 2), (binary_columns, -1), (unit_columns, 1.01)],
)
def test_range(read: Callable[..., object], bad: float) -> None:
    read([0, 1], 2, "here")
    with pytest.raises(InputError, match=f"found {bad}"):
        read([0, bad], 2, "here")


def test_sigmoid_inputs_may_be_anything_between() -> None:
    assert unit_columns([0.25, 1], 2, "here").tolist() == [[0.25], [1.0]]
    with pytest.raises(InputError, match=r"found -0\.1"):
        unit_columns([-0.1, 1], 2, "here")


@pytest.mark.parametrize("bad", [None, "x", ["1", "0"], 10**400, [b"1"]])
def test_text_nothing_and_what_no_float_holds_are_no_numbers(bad: object) -> None:
    with pytest.raises(InputError, match="here: expected a number, or numbers in rows"):
        finite_array(bad, "here")  # type: ignore[arg-type]
