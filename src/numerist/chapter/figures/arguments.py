"""Reading the arguments of drawing functions, with the errors that say what was wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numerist.errors import InputError, ShapeError
from numerist.neurons.arrays import finite_array

if TYPE_CHECKING:
    from collections.abc import Mapping, Sized

    from numpy.typing import ArrayLike

    from numerist.neurons.activations import Array


def flat(values: ArrayLike, place: str, *, least: int = 1) -> Array:
    """Return finite numbers (n,), float64.

    Raises:
        InputError: they are not finite numbers.
        ShapeError: they are not a flat list of at least `least`.

    >>> flat([1, 2], "x")
    array([1., 2.])
    """
    array = finite_array(values, place)
    if array.ndim != 1 or len(array) < least:
        raise ShapeError(
            place, f"a flat list of {least} or more", f"shape {array.shape}", "Give such a list."
        )
    return array


def rising(values: ArrayLike, place: str, *, positive: bool = False) -> Array:
    """Return `flat` numbers, two or more, each above the one before; all positive if asked.

    Raises:
        InputError: they do not rise, or one is not positive.
        ShapeError: as `flat`.

    >>> rising([0.1, 1, 3], "rates", positive=True)
    array([0.1, 1. , 3. ])
    """
    array = flat(values, place, least=2)
    if (np.diff(array) <= 0).any() or (positive and array[0] <= 0):
        raise InputError(
            place,
            "positive numbers that rise" if positive else "numbers that rise",
            str(array.tolist())[:60],
            "Sort them, and leave out repeated ones.",
        )
    return array


def runs(values: ArrayLike, place: str, *, points: int | None = None) -> Array:
    """Return results of several runs, float64 (runs, points); a flat list is one run.

    Args:
        values: (points,) or (runs, points).
        place: what to call them in an error.
        points: how many there must be; one or more if None.

    Raises:
        InputError: they are not finite numbers.
        ShapeError: the shape is another.

    >>> runs([0.9, 0.95], "accuracies").shape
    (1, 2)
    """
    array = np.atleast_2d(finite_array(values, place))
    fits = array.ndim == 2 and array.size > 0 and points in (None, array.shape[1])  # noqa: PLR2004
    if not fits:
        raise ShapeError(
            place,
            f"shape (runs, {points or 'points'})",
            f"shape {np.shape(values)}",
            "Give one row for each run, one column for each point.",
        )
    return array


def grid(values: ArrayLike, place: str, shape: tuple[int, int]) -> Array:
    """Return finite numbers of this shape, float64.

    Raises:
        InputError: they are not finite numbers.
        ShapeError: the shape is another.

    >>> grid([[1, 2]], "cost", (1, 2))
    array([[1., 2.]])
    """
    array = finite_array(values, place)
    if array.shape != shape:
        raise ShapeError(place, f"shape {shape}", f"shape {array.shape}", "Give one value each.")
    return array


def images(values: ArrayLike, place: str) -> Array:
    """Return images as float64 (n, height, width), one or more.

    Raises:
        InputError: they are not finite numbers.
        ShapeError: the shape is another, or there is no image.

    >>> images(np.zeros((2, 28, 28)), "images").shape
    (2, 28, 28)
    """
    array = finite_array(values, place)
    if array.ndim != 3 or array.size == 0:  # noqa: PLR2004
        raise ShapeError(
            place,
            "shape (n, height, width), one image or more",
            f"shape {array.shape}",
            "Reshape rows of 784 pixels with .reshape(-1, 28, 28).",
        )
    return array


def one_each(things: Sized, place: str, count: int) -> None:
    """Check that there are as many things as wanted.

    Raises:
        ShapeError: there are more or fewer.

    >>> one_each(["a", "b"], "captions", 2)
    """
    if len(things) != count:
        raise ShapeError(place, str(count), str(len(things)), "Give one for each.")


def some_named(series: Mapping[str, object], place: str, most: int) -> None:
    """Check that there is at least one series, and not more than can be told apart.

    Raises:
        InputError: there are none, or too many.

    >>> some_named({"η = 3": [0.9]}, "curves", most=10)
    """
    if not 1 <= len(series) <= most:
        raise InputError(
            place, f"1 to {most} of them", str(len(series)), "Draw more than one picture."
        )
