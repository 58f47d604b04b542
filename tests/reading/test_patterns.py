"""Automata against Python's own regular expressions."""

from __future__ import annotations

import itertools
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerist.errors import InputError
from numerist.reading.checkdigits import CHECKS, validator
from numerist.reading.patterns import any_number, of_length, of_pattern

PATTERNS = [
    r"\d{5}(-\d{4})?", r"[1-9]\d{0,2}(,\d{3})*(\.\d\d)?", r"\d\d[./-]\d\d[./-](19|20)\d\d",
    r"\d+", r"(0|1)*", r"4[0-9]{3} ?[0-9]{4}", r"\d{2}:\d{2}", r"[^1]\d",
]  # fmt: skip
ALPHABET = "0123456789-.,/: "


@pytest.mark.parametrize("pattern", PATTERNS)
@given(text=st.text(ALPHABET, max_size=12))
def test_an_automaton_accepts_what_python_matches(pattern: str, text: str) -> None:
    assert of_pattern(pattern).accepts(text) == bool(re.fullmatch(pattern, text))


@pytest.mark.parametrize("pattern", PATTERNS)
@given(data=st.data())
def test_and_what_is_made_to_match(pattern: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(pattern, fullmatch=True, alphabet=ALPHABET))
    assert of_pattern(pattern).accepts(text)


@given(text=st.text("0123456789-.,/: ", max_size=6))
def test_any_number_has_single_separators_between_digits(text: str) -> None:
    assert any_number().accepts(text) == bool(re.fullmatch(r"(\d([-.,:]?\d)*)?", text))


@given(text=st.text("01239-", max_size=8), length=st.integers(1, 7))
def test_a_length_counts_digits(text: str, length: int) -> None:
    assert of_length(length).accepts(text) == (text.isdigit() and len(text) == length)


@pytest.mark.parametrize(
    "pattern",
    ["", "(", "[", "a", "abc", "[a-z]+", r"\d{101}", r"\d{9999}", "(((((((1*)*)*)*)*)*)*)*",
     "1" * 201, r"(\d{1,100}){1,100}", "[^\\d]", r"(?=1)2", "*", "\\"],
)  # fmt: skip
def test_a_pattern_that_makes_no_sense_or_is_too_large_is_refused_soon(pattern: str) -> None:
    begun = time.process_time()
    with pytest.raises(InputError, match=r"pattern: expected a regular expression"):
        of_pattern(pattern)
    assert time.process_time() - begun < 20


@pytest.mark.parametrize(
    ("pattern", "needs"),
    [
        (r"€\d+", "'€'"), (r"\+\d+", "'\\+'"), (r"\d+%", "'%'"), (r"CHF \d+", "'C'"),
        (r"[A-Z]\d", "'A' or 'B' or 'C'"), (r"\d{2}(kg|lb)", "'k' or 'l'"), (r"\$\d", "'\\$'"),
        (r"\d\\$", r"'\\\\'"),
    ],
)  # fmt: skip
def test_a_pattern_that_no_number_fits_is_refused_by_the_character_that_is_never_read(
    pattern: str, needs: str
) -> None:
    with pytest.raises(InputError, match=rf"found one that needs {needs}, which is never read: "):
        of_pattern(pattern)


@pytest.mark.parametrize("pattern", [r"\d+€?", r"€?\d+", r"(€\d|\d+)", r"[$0-9]+", r"\d+( EUR)*"])
def test_of_a_pattern_that_also_has_other_characters_the_rest_counts(pattern: str) -> None:
    accepted = of_pattern(pattern)
    assert all(accepted.accepts(text) for text in ("1", "12345"))
    assert not accepted.accepts("")
    assert accepted.characters == set("0123456789")


@pytest.mark.parametrize(
    "pattern",
    [r"(\d{1,9}[-.]?){1,20}", r"((\d|-)?\d{1,4}){1,25}", r"(\d+ ?){1,30}", r"(\d*-?){90}"],
)  # each took 6 to 30 s to be made an automaton
def test_a_pattern_that_takes_long_to_understand_is_refused(pattern: str) -> None:
    with pytest.raises(InputError, match="repetitions of others of many lengths"):
        of_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(\d{3} ?){20}", "123 " * 20), (r"\d{1,3}(,\d{3}){1,20}", "1" + ",234" * 20),
        (r"(\d{1,4} ){1,12}", "1234 " * 12), (r"\d{1,40}-\d{1,30}", "1" * 40 + "-" + "2" * 30),
    ],
)  # fmt: skip
def test_long_patterns_that_are_quick_are_not_refused(pattern: str, text: str) -> None:
    assert of_pattern(pattern).accepts(text)


@pytest.mark.parametrize("pattern", [r"^\d{2}$", r"^\d{2}", r"\d{2}$"])
def test_anchors_around_a_pattern_say_what_holds_anyway(pattern: str) -> None:
    assert of_pattern(pattern) == of_pattern(r"\d{2}")


@pytest.mark.parametrize("length", [0, -1, 101, 2.5, "5"])
def test_a_length_that_makes_no_sense_is_refused(length: object) -> None:
    with pytest.raises(InputError, match="length"):
        of_length(length)  # type: ignore[arg-type]


def luhn_by_hand(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


@given(st.text("0123456789", min_size=2, max_size=16), st.integers(1, 15))
def test_luhn_is_luhn_and_does_not_mind_separators(digits: str, place: int) -> None:
    fits = validator("luhn")
    assert fits(digits) == luhn_by_hand(digits)
    assert fits(f"{digits[:place]}-{digits[place:]}") == luhn_by_hand(digits)


def test_every_check_digit_by_name_accepts_some_and_not_most() -> None:
    lengths = {"ean": 13, "isbn": 10, "imei": 15}
    for name in CHECKS:
        length = lengths.get(name, 6)
        start = 978_000_000_000_0 if name == "ean" else 10 ** (length - 1) + 12345
        numbers = (str(start + step).zfill(length) for step in range(1000))
        share = sum(map(validator(name), numbers)) / 1000
        assert 0.005 <= share <= 0.15, name


def test_a_check_digit_that_there_is_not_is_refused() -> None:
    with pytest.raises(InputError, match="luhn"):
        validator("lunh")


def test_the_example_of_a_postal_code() -> None:
    accepted = of_pattern(r"\d{5}(-\d{4})?")
    texts = ["".join(text) for text in itertools.product("1-", repeat=5)]
    assert [text for text in texts if accepted.accepts(text)] == ["11111"]
