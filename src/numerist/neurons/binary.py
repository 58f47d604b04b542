"""Whole numbers as columns of bits, the most significant bit on top."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from numerist.checks import whole
from numerist.errors import InputError, ShapeError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from numerist.neurons.activations import Array

MAX_WIDTH = 62  # bits that a sum of two numbers can have and still fit into int64
MAX_INPUTS = 24  # 2^24 columns are 16.8 million: the most that is sensible to go through


def to_bits(numbers: ArrayLike, width: int) -> Array:
    """Return whole numbers (m,), or a single one, as bits, int64 (width, m); m is 1 for one.

    Raises:
        InputError: the width is outside 0…62, or a number is not whole or needs more bits.
        ShapeError: the numbers are not a flat list.

    >>> to_bits([5, 6], width=3)
    array([[1, 1],
           [0, 1],
           [1, 0]])
    """
    width = whole("width", width, least=0)
    if width > MAX_WIDTH:
        raise InputError("width", f"0 to {MAX_WIDTH} bits", str(width), "Take fewer bits.")
    values = _numbers(numbers)
    if values.ndim != 1:
        raise ShapeError("numbers", "shape (m,)", f"shape {values.shape}", "Give a flat list.")
    wrong = [v for v in values.tolist() if v != v // 1] if values.dtype.kind == "f" else []
    if values.size and (values.dtype.kind not in "iubf" or wrong):
        raise InputError(
            "numbers",
            "whole numbers",
            repr((wrong or values.tolist())[0]),
            "Round them first." if wrong else "Give numbers; int(…) makes them of texts.",
        )
    if values.size and not (values.min() >= 0 and values.max() < 2**width):
        raise InputError(
            "numbers",
            f"0 to {2**width - 1}, which {width} bits hold",
            f"{values.min()} to {values.max()}",
            "Take more bits.",
        )
    places = np.arange(width - 1, -1, -1)[:, np.newaxis]
    bits: Array = (values.astype(np.int64) >> places) & 1
    return bits


def _numbers(numbers: ArrayLike) -> Array:
    """Return numbers as an array; one alone becomes a list of one."""
    try:
        return np.atleast_1d(np.asarray(numbers))
    except ValueError as error:  # rows of different lengths
        raise InputError(
            "numbers", "a flat list of whole numbers", str(numbers), "Give a flat list."
        ) from error


def from_bits(bits: ArrayLike) -> Array:
    """Return bits (width, m) as whole numbers, int64 (m,); the reverse of `to_bits`.

    Raises:
        ShapeError: the bits are not a matrix, or are more than 62 to a number.
        InputError: something is neither 0 nor 1.

    >>> from_bits([[1, 1], [0, 1], [1, 0]])
    array([5, 6])
    """
    b = np.asarray(bits)
    if b.ndim != 2 or b.shape[0] > MAX_WIDTH:  # noqa: PLR2004  (a matrix has two axes)
        raise ShapeError(
            "bits",
            f"shape (width, m), width ≤ {MAX_WIDTH}",
            f"shape {b.shape}",
            "Give one column for each number.",
        )
    if not np.isin(b, (0, 1)).all():
        raise InputError("bits", "0 or 1", "something else", "Round activations first.")
    powers = 1 << np.arange(b.shape[0] - 1, -1, -1, dtype=np.int64)
    numbers: Array = powers @ b.astype(np.int64)
    return numbers


def all_inputs(n: int) -> Array:
    """Return every input of n bits as a column: int64 (n, 2^n), in counting order.

    Raises:
        InputError: n is negative or above 24.

    >>> all_inputs(2)
    array([[0, 0, 1, 1],
           [0, 1, 0, 1]])
    """
    return inputs_between(0, 2 ** checked_inputs(n), n)


def inputs_between(start: int, stop: int, n: int) -> Array:
    """Return the columns `start` to `stop` − 1 of `all_inputs(n)`.

    >>> inputs_between(2, 4, 2)
    array([[1, 1],
           [0, 1]])
    """
    return to_bits(np.arange(start, stop), n)


def checked_inputs(n: int) -> int:
    """Return n if one can go through all 2^n inputs.

    Raises:
        InputError: n is negative or above 24.

    >>> checked_inputs(8)
    8
    """
    if not 0 <= n <= MAX_INPUTS:
        raise InputError(
            "number of inputs",
            f"0 to {MAX_INPUTS}, to go through all 2^n of them",
            str(n),
            "Evaluate chosen inputs instead.",
        )
    return n


def checked_names(names: Any, place: str) -> tuple[str, ...]:
    """Return the names as a tuple.

    Raises:
        InputError: they are no list of names.

    >>> checked_names(["a", "b"], "inputs")
    ('a', 'b')
    """
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise InputError(place, "a list of names", repr(names)[:60], "Write ['a', 'b'].")
    return tuple(names)


def checked_outputs(outputs: Any, place: str, what: str) -> None:
    """Refuse outputs that do not stand by their names.

    Raises:
        InputError: they are no mapping.
    """
    if not isinstance(outputs, Mapping):
        raise InputError(
            place,
            f"a dictionary from each output's name to its {what}",
            repr(outputs)[:60],
            "Write {'out': …}.",
        )
