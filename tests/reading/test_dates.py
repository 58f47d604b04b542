"""Dates whose slashes look like ones: by hand, by chance, and drawn."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerist.reading.dates import _places, is_date


@given(day=st.dates(dt.date(1600, 1, 1), dt.date(2099, 12, 31)))
def test_every_day_is_a_date_in_any_order(day: dt.date) -> None:
    for first, second in ((day.day, day.month), (day.month, day.day)):
        assert is_date(str(first), str(second), f"{day.year:04}")
        text = f"{first:02}1{second:02}1{day.year}"
        assert (2, 5) in _places(text)


@pytest.mark.parametrize(
    ("first", "second", "year"),
    [("00", "12", "2026"), ("13", "13", "2026"), ("32", "1", "2026"), ("1", "1", "2100"),
     ("1", "1", "1599"), ("12", "00", "26")],
)  # fmt: skip
def test_and_this_is_none(first: str, second: str, year: str) -> None:
    assert not is_date(first, second, year)


def test_hardly_any_number_says_one_by_chance() -> None:
    rng = np.random.default_rng(0)
    for length, most in ((10, 8), (9, 8), (8, 60)):
        texts = ["".join(map(str, rng.integers(10, size=length))) for _ in range(10_000)]
        assert sum(any(list(_places(text))) for text in texts) <= most
    assert not any(list(_places(text)) for text in ("1", "11", "314121", "12345678901"))
