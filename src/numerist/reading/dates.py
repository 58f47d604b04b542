"""Dates among numbers: 12/03/2026, whose slashes look like ones.

Of 10,000 numbers of ten random digits hardly one says a day, a month and a year with ones between.
Where both of these are straight, lean to the right and are higher than the digits, it is a date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numerist.reading.pieces import HEIGHT
from numerist.reading.separators import separators

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numerist.reading.pieces import Pieces

_FORMS = {10: [(2, 2, 4)], 9: [(1, 2, 4), (2, 1, 4)], 8: [(1, 1, 4), (2, 2, 2)]}
_FIRST, _LAST = 1600, 2099  # years of four digits
_DAYS, _MONTHS = 31, 12
_TALL = 0.5  # heights: lower strokes are no digits
_SLASH = 4.5  # so far from a slash at most: hardly any one is so near


def slashes(text: str, ones: Mapping[int, tuple[int, int]], pieces: Pieces) -> dict[int, float]:
    """Return which ones of a number are the slashes of a date, and how far each is from one.

    Args:
        text: of it; there are no other separators in dates with slashes.
        ones: by their places in it the first piece of each one, and that behind its last.
        pieces: of the number.

    Returns:
        By their places in the text; empty if it is no date.
    """
    found = list(_places(text)) if text.isdigit() else []
    height = height_beside(ones, pieces) if found else None
    if height is None:
        return {}
    shapes = {
        (first, after): shape
        for first, after, sign, shape in separators(pieces, *height)
        if sign == "/" and shape <= _SLASH
    }
    straight = {place: shapes[both] for place, both in ones.items() if both in shapes}
    dates = [
        {place: straight[place] for place in places}
        for places in found
        if all(place in straight for place in places)
    ]
    return min(dates, key=lambda date: sum(date.values()), default={})


def height_beside(
    ones: Mapping[int, tuple[int, int]], pieces: Pieces
) -> tuple[float, float] | None:
    """Return top and bottom of the other digits, the medians; None if there are none."""
    others = np.ones(len(pieces.boxes), bool)
    for first, after in ones.values():
        others[first:after] = False
    begins, boxes = pieces.uncut
    tall = boxes[others[begins] & (boxes[:, 3] - boxes[:, 1] > _TALL * HEIGHT)]
    return (float(np.median(tall[:, 1])), float(np.median(tall[:, 3]))) if len(tall) else None


def _places(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the slashes of a date are, if these ones are some."""
    for first, second, _ in _FORMS.get(len(text), []):
        place, behind = first, first + 1 + second
        if text[place] == text[behind] == "1" and is_date(
            text[:place], text[place + 1 : behind], text[behind + 1 :]
        ):
            yield place, behind


def is_date(first: str, second: str, year: str) -> bool:
    """Return whether digits say a day and a month, in any order, and a year of two or four digits.

    >>> is_date("31", "12", "2026"), is_date("12", "31", "99"), is_date("13", "13", "2026")
    (True, True, False)
    """
    low, high = sorted((int(first), int(second)))
    long_ago = len(year) == 4 and not _FIRST <= int(year) <= _LAST  # noqa: PLR2004
    return 1 <= low <= _MONTHS and high <= _DAYS and not long_ago
