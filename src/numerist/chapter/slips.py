"""Made pictures of what banks and post offices read: amounts of money and postcodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numerist.checks import choice
from numerist.reading.strings import GAPS, Made, make_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numerist.data import Dataset
    from numerist.neurons.activations import Array

PATTERNS: Mapping[str, str] = {"postcode": r"\d{5}", "amount": r"\d{1,4}\.\d{2}"}
"""What each kind of slip looks like, as a pattern for the reader."""

_HEIGHT = (20.0, 60.0)  # of the digits, in pixels
_INKED = 0.3  # of full ink: where a number's box ends
_MARGIN = 0.6  # of the height, around the amount


def make_slip(kind: str, digits: Dataset, rng: np.random.Generator) -> Made:
    """Return a picture of a postcode or of an amount, and what it says.

    Digits are 20 to 60 pixels high; their gaps are wide, close, touching or overlapping, half of
    the slips are clean, and half look like photos or, for amounts, lie in uneven light.

    Args:
        kind: "postcode", five digits; or "amount", one to four digits, a point and two digits.
        digits: to take them from; images (n, 28, 28), labels 0…9.
        rng: of all that is random.

    Raises:
        InputError: another kind.

    >>> from numerist.data import Dataset
    >>> ones = np.zeros((1, 28, 28), np.float32)
    >>> ones[:, 4:24, 13:15] = 1
    >>> ones = Dataset(ones, np.array([1], np.uint8))
    >>> make_slip("postcode", ones, np.random.default_rng(0)).text
    '11111'
    """
    make = choice("kind", kind, {"postcode": _postcode, "amount": _amount})
    return make(digits, rng, str(rng.choice(list(GAPS))), bool(rng.integers(2)))


def _postcode(digits: Dataset, rng: np.random.Generator, gap: str, clean: bool) -> Made:
    paper = "clean" if clean else "photo"
    return make_number(digits, 5, rng, gap=gap, paper=paper, height=_HEIGHT)


def _amount(digits: Dataset, rng: np.random.Generator, gap: str, clean: bool) -> Made:
    """Set two clean numbers and a point between them on one line."""
    height = rng.uniform(*_HEIGHT)
    parts = [
        make_number(digits, length, rng, gap=gap, height=(height, height))
        for length in (int(rng.integers(1, 5)), 2)
    ]
    whole, cents = (_ink(part) for part in parts)
    ink = _on_one_line([whole, _point(height, rng), cents])
    ink = np.pad(ink, round(_MARGIN * height))
    light = np.ones_like(ink) if clean else _uneven_light(ink.shape, rng)
    pen = 0.0 if clean else rng.uniform(0.05, 0.4)
    picture = 255 * light * (1 - (1 - pen) * ink)
    return Made(
        np.rint(np.clip(picture, 0, 255)).astype(np.uint8), f"{parts[0].text}.{parts[1].text}"
    )


def _ink(made: Made) -> Array:
    """Return the ink of a clean number, 0…1, cut to its box."""
    ink = 1 - made.picture / 255
    rows, columns = (np.flatnonzero((ink >= _INKED).any(axis=axis)) for axis in (1, 0))
    box: Array = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return box


def _point(height: float, rng: np.random.Generator) -> Array:
    """Return a round point with paper at its sides, (h, w), 0…1; it stands on the line."""
    radius = height * rng.uniform(0.05, 0.08)
    before, after = height * rng.uniform(0.08, 0.3, 2)
    wide, high = round(before + 2 * radius + after), round(2 * radius) + 1
    y, x = np.mgrid[:high, :wide] + 0.5
    inside = radius - np.hypot(y - high / 2, x - before - radius) + 0.5
    point: Array = np.clip(inside, 0, 1)
    return point


def _on_one_line(parts: list[Array]) -> Array:
    """Return parts side by side, their lower edges level."""
    high = max(len(part) for part in parts)
    return np.concatenate([np.pad(p, ((high - len(p), 0), (0, 0))) for p in parts], axis=1)


def _uneven_light(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Return how bright paper is, (h, w), 0…1: darker to one side, and with grain."""
    turn = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    along = (x * np.cos(turn) + y * np.sin(turn)) / 2**0.5
    light = rng.uniform(0.75, 1) * (1 - rng.uniform(0, 0.3) * (1 + along) / 2)
    bright: Array = light + rng.normal(0, rng.uniform(0.003, 0.02), shape)
    return bright
