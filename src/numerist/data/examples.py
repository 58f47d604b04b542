"""From the ways in which people hold examples to the two matrices that learning needs.

Examples come as the chapter's list of pairs (x, y), as the two arrays of the chapter's
``load_data`` (the answers may be a list), or as a `Dataset`. Inside, they are rows: inputs
(n, n_in) and desired outputs (n, n_out), because a mini-batch is then a choice of rows that lie
together in memory.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from numerist.data.dataset import Dataset
from numerist.errors import InputError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Iterable

Array: TypeAlias = np.ndarray[Any, Any]
_TEN = 10  # classes, which `mnist_loader.vectorized_result` is for
Examples: TypeAlias = "Iterable[tuple[Any, Any]] | tuple[Array, Array] | Dataset"


def as_columns(values: Any, size: int, place: str, *, desired: bool = False) -> Array:
    """Return `values` as float64 columns (size, m).

    Args:
        values: one column (size, 1), m columns (size, m), or one flat vector (size,).
        size: how many numbers one column has.
        place: what to call it in an error.
        desired: whether these are desired outputs, for which people give the class.

    Raises:
        ShapeError: any other shape; nothing is broadcast or transposed by guess.
        InputError: not numbers, or a NaN or infinity among them.
    """
    array = _finite(values, place).astype(np.float64, copy=False)
    if array.shape == (size,):
        return array.reshape(size, 1)
    if array.ndim == 2 and array.shape[0] == size:  # noqa: PLR2004
        return array
    if desired and array.ndim == 0 and array.item() in range(size):
        digit = int(array.item())
        unit = f"mnist_loader.vectorized_result({digit})"
        cure = f"For class {digit} write {unit if size == _TEN else f'np.eye({size})[{digit}]'}."
    elif array.size == size:
        cure = _in_a_column(size)
    elif array.ndim == 2 and array.shape[1] == size:  # noqa: PLR2004
        cure = "These look like rows; columns are wanted: write .T to transpose."
    elif array.ndim == 3 and array[0].size == size:  # noqa: PLR2004
        cure = f"For a batch of images write .reshape(-1, {size}).T to get columns."
    else:
        cure = f"Each example must have {_numbers(size)}."
    raise ShapeError(
        place, f"shape ({size},), or columns of shape ({size}, m)", f"shape {array.shape}", cure
    )


def as_examples(data: Examples, n_in: int, n_out: int, place: str) -> tuple[Array, Array]:
    """Return training examples as rows: inputs (n, n_in) and desired outputs (n, n_out).

    A desired output may be a vector of n_out numbers or, for n_out ≥ 2, the number of the class,
    which stands for the unit vector; for n_out = 1, a number.

    Raises:
        InputError: no examples, not numbers, not finite, or a label out of range.
        ShapeError: an input or desired output of another length; the first such is named.
    """
    xs, ys = _inputs_and_answers(data, place)
    rows = _rows(xs, n_in, f"{place}, input")
    if _are_labels(ys) and n_out > 1:
        return rows, np.eye(n_out)[_labels(ys, n_out, place)]
    return rows, _rows(ys, n_out, f"{place}, desired output")


def as_labelled(data: Examples, n_in: int, n_out: int, place: str) -> tuple[Array, Array]:
    """Return test examples: inputs as rows (n, n_in), and the class of each, int (n,).

    A class may be given by its number or, as for training, by a vector whose largest entry counts.
    With a single output the classes are 0 and 1.

    Raises:
        InputError, ShapeError: as `as_examples`.
    """
    xs, ys = _inputs_and_answers(data, place)
    rows = _rows(xs, n_in, f"{place}, input")
    if _are_labels(ys):
        return rows, _labels(ys, n_out, place)
    answers = _rows(ys, n_out, f"{place}, class")
    if n_out > 1:
        return rows, answers.argmax(axis=1)
    if not np.isin(answers, (0, 1)).all():
        raise InputError(
            f"{place}, class",
            "0 or 1 for a network with one output",
            "other numbers",
            "Say which class each example belongs to.",
        )
    return rows, answers[:, 0].astype(np.intp)


def refuse_other_count(a: Array, b: Array, place: str) -> None:
    """Raise `ShapeError` unless the columns of `a` and `b` are as many: nothing is broadcast."""
    if a.shape[1] != b.shape[1]:
        raise ShapeError(
            place,
            "as many columns in both",
            f"shapes {a.shape} and {b.shape}",
            "Give one desired output for each example.",
        )


def _inputs_and_answers(data: Any, place: str) -> tuple[Any, Any]:
    xs: Any
    ys: Any
    if isinstance(data, Dataset):
        xs, ys = data.rows, data.labels
    elif isinstance(data, tuple) and len(data) == 2 and isinstance(data[0], np.ndarray):  # noqa: PLR2004
        xs, ys = data
        if not isinstance(ys, list | tuple):
            ys = _array(ys, place)
        shape = (len(ys),) if isinstance(ys, list | tuple) else ys.shape
        if xs.ndim < 2 or xs.shape[:1] != shape[:1]:  # noqa: PLR2004
            raise _not_side_by_side(xs.shape, shape, place)
        xs = xs.reshape(len(xs), math.prod(xs.shape[1:]))
    else:
        xs, ys = _unzip(data, place)
    if len(xs) == 0:
        raise InputError(place, "at least one example", "none", "Give a list of pairs (x, y).")
    return xs, ys


def _not_side_by_side(inputs: tuple[int, ...], answers: tuple[int, ...], place: str) -> ShapeError:
    """Return the error for two arrays of these shapes, which have not as many rows."""
    if len(inputs) == 2 and {inputs[0], inputs[-1]} & {*answers[:1], *answers[-1:]} - {1}:  # noqa: PLR2004
        cure = "Each example is a row: write .T for the array in which it is a column."
    else:
        cure = "Give one answer for each input; for a single example write [(x, y)]."
    expected = "two arrays, inputs (n, n_in) and answers (n,) or (n, n_out)"
    return ShapeError(place, expected, f"shapes {inputs} and {answers}", cure)


def _unzip(data: Any, place: str) -> tuple[list[Any], list[Any]]:
    pairs: list[tuple[Any, Any]] = []
    pair = data
    try:
        for pair in data:
            x, y = pair
            pairs.append((x, y))
    except (TypeError, ValueError) as error:
        found = f"{type(pair).__name__} as number {len(pairs)}" if pair is not data else repr(data)
        raise InputError(
            place,
            "a list of pairs (x, y), two arrays, or a Dataset",
            found,
            "mnist_loader.load_data_wrapper() gives such lists.",
        ) from error
    return [x for x, _ in pairs], [y for _, y in pairs]


def _rows(vectors: Any, size: int, place: str) -> Array:
    """Return vectors (size,) or (size, 1), or an array (n, size), as rows (n, size)."""
    if not isinstance(vectors, np.ndarray):
        vectors = [_array(vector, place) for vector in vectors]
        for index, vector in enumerate(vectors):
            _refuse_other_than_numbers(vector, f"{place} {index}")
        for index, vector in enumerate(vectors):
            if vector.shape not in ((size,), (size, 1)) and (vector.shape, size) != ((), 1):
                raise ShapeError(
                    f"{place} {index}",
                    f"shape ({size},) or ({size}, 1)",
                    f"shape {vector.shape}",
                    _cure_of_one(vector, size),
                )
        vectors = np.array([vector.reshape(size) for vector in vectors])
    _refuse_other_than_numbers(vectors, place)
    if vectors.shape[1:] == (size, 1) or (vectors.ndim == 1 and size == 1):
        vectors = vectors.reshape(-1, size)
    if vectors.ndim != 2 or vectors.shape[1] != size:  # noqa: PLR2004
        raise ShapeError(
            place,
            f"shape (n, {size})",
            f"shape {vectors.shape}",
            f"This network takes {_numbers(size)} here."
            if vectors.ndim > 1
            else "Classes are named by whole numbers: write .astype(int) if these are.",
        )
    return _finite(vectors, place)


def _cure_of_one(vector: Array, size: int) -> str:
    """Say what to do about the input or answer of one example that is not of this size."""
    if vector.size == size > 1:
        return _in_a_column(size)
    if vector.ndim == 2 and vector.shape[1] == size:  # noqa: PLR2004
        return "These look like many examples: pass two arrays, (inputs, answers)."
    alone = "; one whole number stands for a class only, in all examples alike"
    return f"This network takes {_numbers(size)} here{alone if vector.ndim == 0 else ''}."


def _in_a_column(size: int) -> str:
    return f"Write .reshape({size}, 1) if these are the numbers of one example, in order."


def _numbers(count: int) -> str:
    return "1 number" if count == 1 else f"{count} numbers"


def _are_labels(ys: Any) -> bool:
    """Tell class numbers from vectors: every answer a single whole number."""
    if isinstance(ys, np.ndarray):
        return ys.ndim == 1 and ys.dtype.kind in "iub"
    return all(np.ndim(y) == 0 and np.asarray(y).dtype.kind in "iub" for y in ys)


def _labels(ys: Any, outputs: int, place: str) -> Array:
    classes = max(outputs, 2)
    labels = np.asarray(ys).astype(np.intp)
    wrong = np.flatnonzero((labels < 0) | (labels >= classes))
    if wrong.size:
        raise InputError(
            f"{place}, label {wrong[0]}",
            f"a whole number from 0 to {classes - 1}",
            str(labels[wrong[0]]),
            "The network has one output for each class, numbered from 0."
            if outputs > 1
            else "The network has a single output: class 1 where it reaches the border, else 0.",
        )
    return labels


def _array(values: Any, place: str) -> Array:
    try:
        return np.asarray(values)
    except ValueError as error:  # lists of different lengths
        raise ShapeError(
            place, "numbers in rows of equal length", f"{values!r:.40}", "Make the rows equal."
        ) from error


def _finite(values: Any, place: str) -> Array:
    """Return an array of finite floating-point numbers; float32 and float64 stay what they are."""
    array = _array(values, place)
    _refuse_other_than_numbers(array, place)
    if array.dtype.kind in "iub":
        array = array.astype(np.float64)
    if not np.isfinite(array).all():
        wrong = np.argwhere(~np.isfinite(array))
        raise InputError(
            f"{place}, at {tuple(int(index) for index in wrong[0])}",
            "finite numbers",
            str(array[tuple(wrong[0])]),
            "Look where it was computed; a division by zero is a usual cause.",
        )
    return array


def _refuse_other_than_numbers(array: Array, place: str) -> None:
    if array.dtype.kind not in "iubf":
        values = array.tolist()
        missing = "Fill it in, or leave the example out."
        cure = "Convert them to int or float." if values is not None else missing
        raise InputError(place, "numbers", f"{values!r:.40} ({array.dtype})", cure)
