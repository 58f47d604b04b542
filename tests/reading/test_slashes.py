"""Slashes that look like ones: how high they are, and how they lean beside the digits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from numerist.reading.pieces import cut_row, parts_of
from numerist.reading.separators import lean_and_thickness
from numerist.reading.slashes import _USUAL, Look, Odds, likeliest_slashes, looks, odds_of

if TYPE_CHECKING:
    from numerist.data import Mnist

DIGITS = "0", "1", "0"


def zero(ink: Any, left: int, lean: float) -> None:
    """Draw a box 24 pixels wide from row 25 to 65, leaning to the right."""
    corners = [(left, 65), (left + 24, 65), (left + 24 + 40 * lean, 25), (left + 40 * lean, 25)]
    cv2.polylines(ink, [np.array(corners).round().astype(np.int32)], True, 1.0, 4)


def odds(
    *, high: float, lean: float, thick: int = 4, digits: tuple[float, float] = (0.0, 0.0)
) -> Odds | None:
    """What a stroke is between two zeros 40 pixels high, which lean, too."""
    ink = np.zeros((90, 240), np.float32)
    for left, leaning in zip((40, 180), digits, strict=True):
        zero(ink, left, leaning)
    by = 40 * high / 2
    low = round(120 - lean * by), round(45 + by)
    cv2.line(ink, low, (round(120 + lean * by), round(45 - by)), 1.0, thick)
    pieces = cut_row(parts_of(ink, ink > 0, 40.0))
    begins, _ = pieces.uncut
    ends = [*begins[1:].tolist(), len(pieces.boxes)]
    places = list(zip(begins.tolist(), ends, strict=True))
    assert len(places) == len(DIGITS)
    found = looks(dict(zip(places, DIGITS, strict=True)), pieces, 25.0, 65.0)
    assert found.keys() <= {places[1]}
    return odds_of(found[places[1]]) if found else None


@pytest.mark.parametrize(
    ("high", "lean", "thick", "expected"),
    [
        (1.1, 0.5, 4, 0.0),  # and the pen's width
        (1.3, 0.5, 4, 3.0),
        (0.9, 0.5, 4, -3.0),
        (1.7, 0.3, 4, 4.0),  # at most
        (1.3, 0.0, 4, -math.inf),  # upright
        (1.3, -0.5, 4, -math.inf),  # to the left
    ],
)
def test_a_high_stroke_that_leans_is_a_slash_anywhere(
    high: float, lean: float, thick: int, expected: float
) -> None:
    found = odds(high=high, lean=lean, thick=thick)
    assert found is not None
    assert found.anywhere == pytest.approx(expected, abs=1.6)


def test_what_leans_more_than_the_digits_is_one_where_it_makes_a_fraction() -> None:
    upright = odds(high=1.0, lean=0.6)
    assert upright is not None
    assert upright.fitting > 1
    for lean, digits in ((0.5, (0.5, 0.5)), (0.1, (0.0, 0.0)), (-0.6, (0.0, 0.0))):
        one = odds(high=1.0, lean=lean, digits=digits)
        assert one is not None
        assert one.fitting < 0
    hands = odds(high=1.0, lean=0.6, digits=(-0.5, 0.5))  # who knows how a one of theirs leans
    assert hands is not None
    assert hands.fitting < upright.fitting - 2


def test_a_blot_is_none() -> None:
    assert odds_of(Look(1.3, 0.5, 0.1, 0.0, 0.1)).fitting > 2
    assert odds_of(Look(1.3, 0.5, 0.3, 0.0, 0.1)) == (-math.inf, -math.inf)


def test_digits_lean_as_those_of_mnist(mnist: Mnist) -> None:
    training = mnist.training
    images = np.asarray(training.images).reshape(-1, 28, 28)[:4000]
    inked = images > 0.4 * images.max()
    for digit, usual in enumerate(_USUAL):
        own = inked[np.asarray(training.labels)[:4000] == digit]
        leans = [lean_and_thickness(one)[0] for one in own]
        assert np.mean(leans) == pytest.approx(usual, abs=4 * np.std(leans) / len(leans) ** 0.5)


def leaning(*places: int) -> dict[int, Odds]:
    """Strokes no higher than digits that lean more than these do."""
    return dict.fromkeys(places, Odds(-3.0, 2.0))


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("17120", [2]), ("814", [1]), ("851100", [2]), ("311", [1]), ("5105", [1]),
        ("31112126", [2, 5]), ("111212026", [1, 4]), ("314126", [1, 3]),
    ],
)  # fmt: skip
def test_fractions_and_dates(text: str, places: list[int]) -> None:
    found, sure = likeliest_slashes(text, leaning(*places))
    assert sorted(found) == places
    assert sure >= 2


def test_a_date_is_not_left_with_one_slash() -> None:
    """2/3/23, whose first slash alone is as sure as anything may be."""
    odds = {1: Odds(4.0, 4.0), 3: Odds(-3.0, -0.5)}
    assert sorted(likeliest_slashes("213123", odds)[0]) == [1, 3]
    assert sorted(likeliest_slashes("213923", {1: odds[1]})[0]) == [1]


@pytest.mark.parametrize(
    ("text", "place"),
    [("171205", 2), ("017120", 3), ("17100", 2), ("0120", 1), ("1.7120", 3), ("31311126", 5)],
)
def test_and_this_is_none_unless_it_is_high(text: str, place: int) -> None:
    assert likeliest_slashes(text, {place: Odds(-3.0, 4.0)}) == ({place: -3.0}, -3.0)
    assert likeliest_slashes(text, {place: Odds(2.0, -4.0)}) == ({place: 2.0}, 2.0)


def test_where_no_stroke_may_be_one_there_is_none() -> None:
    assert likeliest_slashes("17120", {}) == ({}, -math.inf)
