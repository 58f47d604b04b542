"""Check digits by name, from python-stdnum."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from numerist.errors import InputError
from numerist.reading.patterns import digits_of

if TYPE_CHECKING:
    from collections.abc import Callable

CHECKS = {
    "luhn": "luhn",
    "verhoeff": "verhoeff",
    "damm": "damm",
    "mod-11-2": "iso7064.mod_11_2",
    "mod-11-10": "iso7064.mod_11_10",
    "mod-97-10": "iso7064.mod_97_10",
    "ean": "ean",
    "isbn": "isbn",
    "imei": "imei",
}
"""Names of check digits, and where python-stdnum has them."""


def validator(name: str) -> Callable[[str], bool]:
    """Return the test whether the digits of a text end in the right check digit.

    Args:
        name: one of `CHECKS`.

    Raises:
        InputError: there is no such check digit.

    >>> validator("luhn")("79927398713"), validator("luhn")("79927398710")
    (True, False)
    """
    if name not in CHECKS:
        raise InputError("check", f"one of {', '.join(CHECKS)}", repr(name), 'Try "luhn".')
    import importlib  # noqa: PLC0415

    module = importlib.import_module(f"stdnum.{CHECKS[name]}")
    return partial(_fits, module.is_valid)  # goes through pickle, as a function in here would not


def _fits(is_valid: Callable[[str], bool], text: str) -> bool:
    digits = digits_of(text)
    return len(digits) > 1 and bool(is_valid(digits))
