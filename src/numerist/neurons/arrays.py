"""Reading arguments as arrays, with the errors that say what was wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from numerist.errors import InputError, ShapeError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from numerist.neurons.activations import Array


def finite_array(values: ArrayLike, place: str) -> Array:
    """Return the values as a fresh float64 array of the same shape; all are finite.

    Raises:
        InputError: they are not numbers, not a rectangle, or one is NaN or infinite.

    >>> finite_array([-2, -2], "weights")
    array([-2., -2.])
    """
    array = float_array(values, place)
    if not np.isfinite(array).all():
        raise InputError(
            place, "finite numbers", "NaN or infinity", "Look where they were computed."
        )
    return array


def float_array(values: ArrayLike, place: str) -> Array:
    """Return the values as a fresh float64 array of the same shape.

    Raises:
        InputError: they are not numbers, or not a rectangle.

    >>> float_array([1, float("inf")], "z")
    array([ 1., inf])
    """
    try:
        return _numbers(np.array(values))
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(
            place,
            "a number, or numbers in rows of equal length",
            _short(values),
            "Give plain numbers.",
        ) from error


def one_by_one(first: ArrayLike, others: tuple[float, ...]) -> ArrayLike:
    """Return inputs written one by one, as in NAND(1, 0), as a list; a list stays what it is.

    >>> one_by_one(1, (0,)), one_by_one(1, ()), one_by_one([1, 0], ())
    ([1, 0], [1], [1, 0])
    """
    listed: Any = [first, *others]
    return listed if others or np.isscalar(first) else first


def _numbers(given: Array) -> Array:
    """Return an array as float64; TypeError for what NumPy alone would take."""
    if given.dtype.kind in "SUc" or (given.dtype == object and None in given.ravel().tolist()):
        raise TypeError
    return given.astype(np.float64)


def input_columns(inputs: ArrayLike, n: int, place: str) -> Array:
    """Return inputs (n,) or (n, m) as columns, float64 (n, m); one flat input is one column.

    Raises:
        ShapeError: there are not n inputs along the first axis.
        InputError: an input is not a finite number.

    >>> input_columns([1, 0], 2, "x").shape
    (2, 1)
    """
    x = finite_array(inputs, place)
    if x.ndim not in (1, 2) or x.shape[0] != n:
        raise ShapeError(
            place,
            f"shape ({n},) for one input, or ({n}, m) for m of them in columns",
            f"shape {x.shape}",
            "Give one row for each input unit; transpose if the examples stand in rows.",
        )
    return x.reshape(n, 1) if x.ndim == 1 else x


def binary_columns(inputs: ArrayLike, n: int, place: str) -> Array:
    """Return `input_columns` that are all 0 or 1.

    Raises:
        ShapeError: as `input_columns`.
        InputError: an input is neither 0 nor 1.

    >>> binary_columns([[0, 1], [1, 1]], 2, "x").shape
    (2, 2)
    """
    x = input_columns(inputs, n, place)
    wrong = x[(x != 0) & (x != 1)]
    if wrong.size:
        raise InputError(
            place,
            "inputs that are 0 or 1",
            f"{wrong[0]:g}",
            "Perceptrons have binary inputs; a sigmoid neuron takes anything from 0 to 1.",
        )
    return x


def unit_columns(inputs: ArrayLike, n: int, place: str) -> Array:
    """Return `input_columns` that all lie in 0…1, as sigmoid neurons take them.

    Raises:
        ShapeError: as `input_columns`.
        InputError: an input lies outside 0…1.

    >>> unit_columns([0.5, 1], 2, "x").shape
    (2, 1)
    """
    x = input_columns(inputs, n, place)
    wrong = x[(x < 0) | (x > 1)]
    if wrong.size:
        raise InputError(
            place,
            "inputs from 0 to 1",
            f"{wrong[0]:g}",
            "Scale them; grey values 0…255 are divided by 255.",
        )
    return x


def _short(values: object) -> str:
    """Return what was given, cut off where it gets long."""
    text, limit = repr(values), 60
    return text if len(text) <= limit else text[: limit - 1] + "…"
