"""Checks of single arguments, so that every room says the same thing of the same mistake."""

from __future__ import annotations

import math
import numbers
import operator
from typing import TYPE_CHECKING, Any

from numerist.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeVar

    T = TypeVar("T")


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
            place, f"a whole number of at least {least}", repr(value), f"Try {max(least, 10)}."
        )
    return number


def positive(place: str, value: Any) -> float:
    """Return `value` as a float if it is a finite number above zero.

    Raises:
        InputError: it is not.

    >>> positive("eta", 3)
    3.0
    """
    number = float(value) if isinstance(value, numbers.Real) else math.nan
    if not (math.isfinite(number) and number > 0) or isinstance(value, bool):
        raise InputError(
            place, "a finite number above 0", repr(value), "The chapter's value is 3.0."
        )
    return number


def choice(place: str, name: Any, table: Mapping[str, T]) -> T:
    """Return the entry of `table` called `name`.

    Raises:
        InputError: there is none; the message lists those there are.

    >>> choice("cost", "quadratic", {"quadratic": 6})
    6
    """
    if not isinstance(name, str) or name not in table:
        raise InputError(place, "one of " + ", ".join(table), repr(name), "Choose one of these.")
    return table[name]
