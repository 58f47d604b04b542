from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from numerist import Dataset, mnist_loader
from numerist.data.examples import as_columns, as_examples, as_labelled
from numerist.errors import InputError, ShapeError

X = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])  # two examples of three inputs
UNIT = np.array([[0.0, 1.0], [1.0, 0.0]])


@pytest.mark.parametrize(
    "data",
    [
        [(X[0], 1), (X[1], 0)],
        [(X[0].reshape(3, 1), np.int64(1)), (X[1].reshape(3, 1), np.uint8(0))],
        [(X[0], UNIT[0]), (X[1], UNIT[1].reshape(2, 1))],
        [(X[0].tolist(), 1), (X[1].tolist(), 0)],
        zip(X, [1, 0], strict=True),
        (X, np.array([1, 0])),
        (X, UNIT),
        (X, [1, 0]),
        (X, (1, 0)),
        (X, [UNIT[0], UNIT[1].reshape(2, 1)]),
        (X.reshape(2, 3, 1), UNIT.reshape(2, 2, 1)),
        ((X[0], 1), (X[1], 0)),
        Dataset(X.reshape(2, 1, 3).astype(np.float32), np.array([1, 0], np.uint8)),
    ],
    ids=[
        "flat",
        "columns",
        "vectors",
        "lists",
        "zip",
        "arrays",
        "both",
        "labels",
        "labels in a tuple",
        "vectors beside",
        "columns beside",
        "tuple",
        "Dataset",
    ],
)
def test_every_way_to_hold_examples_gives_the_same_rows(data: Any) -> None:
    inputs, desired = as_examples(data, 3, 2, "training_data")
    np.testing.assert_allclose(inputs, X, rtol=1e-6)
    np.testing.assert_array_equal(desired, UNIT)


def test_labels_from_numbers_and_from_vectors() -> None:
    for ys in ([1, 0], UNIT):
        data = list(zip(X, ys, strict=True))
        assert as_labelled(data, 3, 2, "test_data")[1].tolist() == [1, 0]
    assert as_labelled([(X[0], 1), (X[1], [0.0])], 3, 1, "test_data")[1].tolist() == [1, 0]


def test_a_single_output_takes_numbers_as_desired_outputs() -> None:
    data = [(X[0], 0.25), (X[1], np.array([[0.75]]))]
    assert as_examples(data, 3, 1, "training_data")[1].tolist() == [[0.25], [0.75]]


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        ([], InputError, "at least one example"),
        ((X[:0], np.array([], int)), InputError, "at least one example"),
        ([(X[0], 1), (X[1][:2], 0)], ShapeError, "input 1: .*found shape \\(2,\\)"),
        ([(X[0].reshape(1, 3), 1)], ShapeError, r"input 0: .*Write \.reshape\(3, 1\)"),
        ([(X, [1, 0])], ShapeError, "input 0: .*two arrays, \\(inputs, answers\\)"),
        ([(X[0], 1), (None, 0)], InputError, "input 1: .*numbers, found None.*Fill it in"),
        ([(X[0], 1), (X[1], None)], InputError, "desired output 1: .*numbers, found None"),
        ([("3", 1)], InputError, "input 0: .*numbers, found '3'.*Convert"),
        ([(X[0], "3")], InputError, "desired output 0: .*numbers, found '3'.*Convert"),
        ((X, ["3", "4"]), InputError, "desired output 0: .*numbers, found '3'.*Convert"),
        ([(3, 1)], ShapeError, "input 0: .*takes 3 numbers here"),
        ((X, np.array([1.0, 0.0])), ShapeError, r"\.astype\(int\)"),
        ((X[0], 1), ShapeError, r"write \[\(x, y\)\]"),
        ((X[0].reshape(3, 1), UNIT[0].reshape(2, 1)), ShapeError, r"write \[\(x, y\)\]"),
        ((np.zeros((4, 4, 2)), np.array([1, 0])), ShapeError, "one answer for each input"),
        ([(X[0], np.zeros(3))], ShapeError, "desired output 0"),
        ([(X[0], 2)], InputError, "label 0: .*0 to 1, found 2"),
        ([(X[0], 1), (X[1], -1)], InputError, "label 1: .*found -1"),
        ([([0.1, math.nan, 0.2], 1)], InputError, "at \\(0, 1\\): .*nan"),
        ([([0.1, math.inf, 0.2], 1)], InputError, "inf"),
        ([(["a", "b", "c"], 1)], InputError, "numbers"),
        ([(X[0] * 1j, 1)], InputError, "complex"),
        ([X[0], X[1]], InputError, "pairs"),
        ([([[0.1], [0.2, 0.3]], 1)], ShapeError, "equal length"),
        ([(X[0], 1.0)], ShapeError, "whole number"),
        (5, InputError, "found 5"),
        (None, InputError, "found None"),
        ([(X[0], 1), (X[1],)], InputError, "tuple as number 1"),
        (X, InputError, "pairs"),
        ((X, np.array([1, 0, 1])), ShapeError, "two arrays"),
        ((X, UNIT[:, :1]), ShapeError, "desired output"),
    ],
)
def test_what_makes_no_sense_is_refused_by_place(
    data: Any, error: type[InputError], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        as_examples(data, 3, 2, "training_data")
    assert caught.value.place.startswith("training_data")


@pytest.mark.parametrize(
    ("data", "mended"),
    [
        ((X.T, np.array([1, 0])), (X.T.T, np.array([1, 0]))),
        ((X.T, UNIT), (X.T.T, UNIT)),
        ((X, np.eye(3)[:2].T), (X, np.eye(3)[:2])),
    ],
    ids=["inputs and labels", "inputs", "answers"],
)
def test_columns_where_rows_are_wanted_are_mended_by_transposing(data: Any, mended: Any) -> None:
    n_out = mended[1].shape[-1]  # 2 for two labels, too
    with pytest.raises(ShapeError, match=r"Each example is a row: write \.T"):
        as_examples(data, 3, n_out, "training_data")
    np.testing.assert_array_equal(as_examples(mended, 3, n_out, "training_data")[0], X)


@pytest.mark.parametrize(("size", "said"), [(1, "takes 1 number here"), (2, "takes 2 numbers")])
def test_one_number_is_singular(size: int, said: str) -> None:
    with pytest.raises(ShapeError, match=said):
        as_examples([(X[0], np.zeros(size))], size, size, "training_data")


def test_a_class_in_place_of_a_column_is_mended_by_its_unit_vector() -> None:
    for size, cure in ((10, "mnist_loader.vectorized_result(5)"), (7, "np.eye(7)[5]")):
        with pytest.raises(ShapeError) as caught:
            as_columns(5, size, "y", desired=True)
        assert caught.value.cure == f"For class 5 write {cure}."
        column = as_columns(eval(cure, {"np": np, "mnist_loader": mnist_loader}), size, "y")  # noqa: S307
        assert column.ravel().tolist() == [float(j == 5) for j in range(size)]
    for no_class, desired in ((5, False), (12, True), (-1, True), (1.5, True)):
        with pytest.raises(ShapeError, match="must have 10 numbers"):
            as_columns(no_class, 10, "y", desired=desired)


def test_a_single_output_has_the_classes_0_and_1() -> None:
    with pytest.raises(InputError, match="0 to 1, found 2"):
        as_labelled([(X[0], 2)], 3, 1, "test_data")
    with pytest.raises(InputError, match="0 or 1"):
        as_labelled([(X[0], 0.5)], 3, 1, "test_data")


@pytest.mark.parametrize("shape", [(3,), (3, 1), (3, 5), (3, 3)])
def test_columns_of_these_shapes_are_taken(shape: tuple[int, ...]) -> None:
    columns = as_columns(np.zeros(shape, np.float32), 3, "a")
    assert columns.shape == (3, shape[1] if len(shape) > 1 else 1)
    assert columns.dtype == np.float64


@pytest.mark.parametrize(
    ("shape", "cure"),
    [
        ((1, 3), r"\.reshape\(3, 1\)"),
        ((5, 3), "transpose"),
        ((2,), "3 numbers"),
        ((), "3 numbers"),
        ((3, 1, 1), "reshape"),
        ((7, 3, 1), "batch"),
    ],
)
def test_no_other_shape_is_guessed_at(shape: tuple[int, ...], cure: str) -> None:
    with pytest.raises(ShapeError, match=cure):
        as_columns(np.zeros(shape), 3, "a")


def test_one_output_is_not_said_to_stand_for_one_class() -> None:
    with pytest.raises(InputError, match="a single output: class 1 where it reaches the border"):
        as_labelled([(X[0], 5)], 3, 1, "test_data")
    with pytest.raises(InputError, match="one output for each class"):
        as_labelled([(X[0], 5)], 3, 4, "test_data")
