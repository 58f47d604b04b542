"""Checks of single arguments, so that every room says the same thing of the same mistake."""

from __future__ import annotations

import difflib
import math
import numbers
import operator
from collections.abc import Sized
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from numerist.errors import DivergedError, InputError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TypeVar

    T = TypeVar("T")


# Of the chapter's listing: which methods each calls, itself or through another.
_LEARNING = "update_mini_batch", "backprop", "cost_derivative"
_CALLED = {
    "SGD": _LEARNING,
    "SGD with test_data": (*_LEARNING, "evaluate", "feedforward"),
    "update_mini_batch": _LEARNING[1:],
    "backprop": _LEARNING[2:],
    "evaluate": ("feedforward",),
}
_INSTEAD = {
    "update_mini_batch": "Override SGD, too, with a loop that calls it.",
    "backprop": "Override SGD and update_mini_batch, too, with loops that call it.",
    "cost_derivative": "Name a cost, Network(sizes, cost='cross-entropy'); for one of your own "
    "override backprop, too.",
    "evaluate": "Rename yours, and call it in a function that SGD(…, on_epoch=function) calls.",
    "feedforward": "Name an activation, Network(sizes, activation='relu'), or rename yours.",
}
_ROUNDING = 1e-5  # beyond 0 and 1: what it makes of them where pictures are computed


def are_shares(values: Any) -> bool:
    """Tell whether all of an array's numbers are from 0 to 1, or as good as that.

    >>> are_shares(np.array([0, 1.0000001])), are_shares(np.array([0.5, np.nan]))
    (True, False)
    """
    return bool(((values >= -_ROUNDING) & (values <= 1 + _ROUNDING)).all())


def whole(place: str, value: Any, least: int) -> int:
    """Return `value` as an int if it is a whole number of at least `least`.

    Raises:
        InputError: it is not.

    >>> whole("epochs", 30, least=0)
    30
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least or isinstance(value, bool):
        raise InputError(
            place, f"a whole number of at least {least}", repr(value), "Give a whole number."
        )
    return number


def positive(place: str, value: Any, cure: str = "Give a number above 0.") -> float:
    """Return `value` as a float if it is a finite number above zero.

    Raises:
        InputError: it is not.

    >>> positive("eta", 3)
    3.0
    """
    if not (_is_finite(value) and value > 0):
        raise InputError(place, "a finite number above 0", repr(value), cure)
    return float(value)


def finite(place: str, value: Any) -> float:
    """Return `value` as a float if it is a finite number.

    Raises:
        InputError: it is not.

    >>> finite("border", 0.5)
    0.5
    """
    if not _is_finite(value):
        raise InputError(place, "a finite number", repr(value), "Give a number.")
    return float(value)


def generator(seed: Any) -> np.random.Generator:
    """Return a generator of random numbers for a seed; a fresh one for None.

    Raises:
        InputError: the seed is neither a whole number of at least 0, nor a list of such, nor None.
    """
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError) as error:
        raise InputError(
            "seed", "a whole number of at least 0, or None", repr(seed), "Try 0."
        ) from error


def _is_finite(value: Any) -> bool:
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    try:
        return real and math.isfinite(float(value))
    except OverflowError:  # a whole number, or a fraction, that no float can hold
        return False


def choice(place: str, name: Any, table: Mapping[str, T]) -> T:
    """Return the entry of `table` called `name`.

    Raises:
        InputError: there is none; the message lists those there are.

    >>> choice("cost", "quadratic", {"quadratic": 6})
    6
    """
    if not isinstance(name, str) or name not in table:
        near = nearest(name, table)
        cure = f"Did you mean {near}?" if near else "Choose one of these."
        raise InputError(place, "one of " + ", ".join(table), repr(name), cure)
    return table[name]


def nearest(name: Any, names: Iterable[str]) -> str | None:
    """Return the name that one which is none of them looks like; None if it looks like none.

    >>> nearest("Sigmod", ["tanh", "sigmoid"])
    'sigmoid'
    """
    lower = {known.lower(): known for known in names}
    near = difflib.get_close_matches(str(name).lower(), lower, n=1)
    return lower[near[0]] if near else None


def layer_sizes(sizes: Any) -> list[int]:
    """Return `sizes` as a list if it is one of at least two whole numbers above 0.

    Raises:
        InputError: it is not.

    >>> layer_sizes((784, 30, 10))
    [784, 30, 10]
    """
    try:
        checked = [whole(f"size of layer {k}", size, least=1) for k, size in enumerate(sizes)]
    except TypeError:
        checked = []
    if len(checked) < 2:  # noqa: PLR2004
        raise InputError(
            "sizes",
            "a list of at least two layers",
            repr(sizes),
            "The chapter's network is [784, 30, 10].",
        )
    return checked


def parameters(sizes: Sequence[int], weights: Any, biases: Any) -> None:
    """Refuse weights and biases, which anybody may change or replace, that do not fit the layers.

    Raises:
        ShapeError: not one array of floating-point numbers (n_out, n_in), and one (n_out, 1), for
            each two neighbouring layers.
        InputError: a number is not finite.
    """
    shapes = {
        "weights": [(n_out, n_in) for n_in, n_out in pairwise(sizes)],
        "biases": [(n_out, 1) for n_out in sizes[1:]],
    }
    for name, arrays in (("weights", weights), ("biases", biases)):
        wanted = len(shapes[name])
        count = len(arrays) if isinstance(arrays, Sized) and np.iterable(arrays) else None
        if count != wanted:
            raise ShapeError(
                name,
                f"a list of {wanted} array{'s' if wanted > 1 else ''}",
                f"{arrays!r:.40}" if count is None else str(count),
                "Give one for each layer but the first.",
            )
        for layer, (array, shape) in enumerate(zip(arrays, shapes[name], strict=True)):
            _refuse_unfit(f"{name}[{layer}]", array, shape)


def refuse_overrides(network: Any, base: type, caller: str) -> None:
    """Refuse a network with methods of its own that `caller` passes over, and the chapter's calls.

    Raises:
        InputError: it has one; the message names it, and what to do instead.
    """
    for name in _CALLED[caller]:
        if name in vars(network) or getattr(type(network), name) is not getattr(base, name):
            raise InputError(
                f"{type(network).__name__}.{name}",
                f"{name} as it is in {base.__name__}, for {caller} doesn't call it",
                "one that overrides it",
                _INSTEAD[name],
            )


def refuse_divergence(arrays: Sequence[Any], epoch: int, eta: float) -> None:
    """Raise `DivergedError` if learning has led weights or biases out of the finite numbers."""
    if not all(np.isfinite(array).all() for array in arrays):
        raise DivergedError(
            f"epoch {epoch}",
            "finite weights",
            "NaN or infinity",
            f"The learning rate {eta} is too high for this network; begin anew with {eta / 10:g}.",
        )


def _refuse_unfit(place: str, array: Any, shape: tuple[int, int]) -> None:
    found = type(array).__name__
    if isinstance(array, np.ndarray):
        if array.dtype.kind == "f" and array.shape == shape:
            if np.isfinite(array).all():
                return
            raise InputError(
                place,
                "finite numbers",
                "NaN or infinity",
                "Make a new network; if learning led here, with a lower learning rate.",
            )
        found = f"{array.dtype} of shape {array.shape}"
    raise ShapeError(
        place,
        f"an array of floating-point numbers of shape {shape}",
        found,
        f"Write {place}[...] = numbers, which keeps shape and type.",
    )
