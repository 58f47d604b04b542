"""Minus signs, where Python writes hyphens."""

from __future__ import annotations

import re

# Before a digit, and behind neither a word nor a bracket nor a digit: "−2", but not "x-1", "1-2"
# and "2026-11"; or in an exponent.
_HYPHENS = re.compile(r"(?<![\w)\]}-])-(?=\.?\d)|(?<=\de)-(?=\d)")


def minus(text: str) -> str:
    """Return a text with true minus signs in its numbers; other hyphens stay.

    >>> minus("-0.50, 2e-05 and cross-entropy in [784-30-10], (-.5)")
    '−0.50, 2e−05 and cross-entropy in [784-30-10], (−.5)'
    """
    return _HYPHENS.sub("−", text)
