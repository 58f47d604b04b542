"""Made numbers: that they say what they say they do."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from numerist import Dataset
from numerist.errors import InputError
from numerist.reading import strings
from numerist.reading.strings import GAPS, make_number, make_row


@pytest.fixture(scope="module")
def blocks() -> Dataset:
    """Digits that can't be mistaken: a block of 20×(2 + label) pixels."""
    images = np.zeros((10, 28, 28), np.float32)
    for digit in range(10):
        images[digit, 4:24, 8 : 10 + digit] = 1
    return Dataset(images, np.arange(10, dtype=np.uint8))


def runs(picture: np.ndarray) -> list[tuple[int, int]]:
    """Begin and end of the columns with ink."""
    inked = np.concatenate([[False], (picture < 128).any(axis=0), [False]])
    edges = np.flatnonzero(np.diff(inked.astype(int)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def test_digits_stand_in_order_with_the_gaps_asked_for(blocks: Dataset) -> None:
    rng = np.random.default_rng(0)
    for _ in range(30):
        made = make_number(blocks, 5, rng, gap="wide", height=(56, 56))
        found = runs(made.picture)
        assert len(found) == len(made.text) == 5
        widths = [(end - begin) / 56 * 20 for begin, end in found]
        leans = [width - 2 - int(digit) for width, digit in zip(widths, made.text, strict=True)]
        assert max(map(abs, leans)) < 8  # the slant makes a block wider, all of them alike
        gaps = [(right[0] - left[1]) / 2 for left, right in pairwise(found)]
        low, high = GAPS["wide"]
        assert low - 1 <= min(gaps) <= max(gaps) <= high + 1


@pytest.mark.parametrize(("gap", "most"), [("touching", 1.0), ("overlapping", -0.4)])
def test_touching_digits_touch_and_overlapping_ones_overlap(
    blocks: Dataset, gap: str, most: float
) -> None:
    """The whole is as wide as its digits are together, or narrower."""
    rng = np.random.default_rng(1)
    for _ in range(20):
        state = rng.bit_generator.state
        apart = runs(make_number(blocks, 3, rng, gap="wide", height=(56, 56)).picture)
        rng.bit_generator.state = state
        made = make_number(blocks, 3, rng, gap=gap, height=(56, 56))
        whole = runs(made.picture)
        alone = sum(end - begin for begin, end in apart)
        wide = whole[-1][1] - whole[0][0]
        assert wide - alone <= 2 * 2 * most + 3


def test_a_seed_gives_the_same_picture_and_papers_differ(blocks: Dataset) -> None:
    first, again = (make_number(blocks, 4, np.random.default_rng(3), paper="photo") for _ in "12")
    assert first.text == again.text
    assert np.array_equal(first.picture, again.picture)
    assert first.picture.ndim == 3
    worn = make_number(blocks, 4, np.random.default_rng(3), paper="worn")
    assert worn.text == first.text
    assert not np.array_equal(worn.picture, first.picture)
    clean = make_number(blocks, 4, np.random.default_rng(3))
    assert clean.picture.ndim == 2
    assert clean.picture.dtype == first.picture.dtype == np.uint8
    assert clean.text == first.text


def test_sizes_are_those_asked_for(blocks: Dataset) -> None:
    rng = np.random.default_rng(4)
    for height in (20, 60):
        made = make_number(blocks, 6, rng, height=(height, height))
        rows = np.flatnonzero((made.picture < 128).any(axis=1))
        assert 0.85 * height <= np.ptp(rows) + 1 <= 1.5 * height  # each digit is off the line a bit


def test_uneven_digits_differ_in_height_and_stand_between_top_and_line(blocks: Dataset) -> None:
    rng = np.random.default_rng(5)
    made = [make_number(blocks, 6, rng, height=(50, 50), uneven=0.25) for _ in range(40)]
    heights = np.array([[digit.ink.shape[0] for digit in number.digits] for number in made])
    assert 0.15 < np.log(heights / 50).std() < 0.3
    assert heights.min() >= 0.5 * 0.92 * 50 - 1
    assert heights.max() <= 1.5 * 1.08 * 50 + 1
    below = [
        (digit.top + digit.ink.shape[0] / 2) - np.median([d.top + d.ink.shape[0] / 2 for d in n])
        for n in (number.digits for number in made)
        for digit in n
        if digit.ink.shape[0] < 40
    ]
    assert 1 < np.mean(below) < 10  # on the line rather than above it


@pytest.mark.parametrize(
    "wrong",
    [{"length": 0}, {"gap": "none"}, {"paper": "stone"}, {"uneven": -0.1}, {"uneven": np.nan}],
)
def test_what_makes_no_sense_is_refused(blocks: Dataset, wrong: dict[str, object]) -> None:
    words = {"length": 3, "rng": np.random.default_rng(0), **wrong}
    with pytest.raises(InputError):
        make_number(blocks, **words)  # type: ignore[arg-type]


def test_it_is_known_where_each_digit_stands(blocks: Dataset) -> None:
    rng = np.random.default_rng(3)
    for gap in GAPS:
        made = make_number(blocks, 6, rng, gap=gap)
        assert "".join(str(digit.label) for digit in made.digits) == made.text
        drawn = np.zeros(made.picture.shape, np.float32)
        for digit in made.digits:
            high, wide = digit.ink.shape
            part = drawn[digit.top : digit.top + high, digit.left : digit.left + wide]
            part[:] = np.maximum(part, digit.ink)
        np.testing.assert_allclose(1 - made.picture / 255, drawn, atol=0.003)


@pytest.mark.parametrize("size", [14.0, 19.9, 20.1, 45.0])
def test_all_sizes_lean_alike(size: float) -> None:
    """A bar that leans by 0.3: its top is 0.3 of its height further to the right."""
    bar = np.zeros((20, 6), np.float32)
    bar[:, :3] = 1
    for slant in (0.3, -0.3):
        leaned = strings._scaled(bar, size, slant)
        middles = (leaned * np.arange(leaned.shape[1])).sum(axis=1) / leaned.sum(axis=1)
        rise = np.polyfit(np.arange(len(middles)), middles, 1)[0]
        assert rise == pytest.approx(-slant, abs=0.03)
        assert leaned.shape[0] == pytest.approx(size, abs=1.1)


def test_a_row_is_of_what_is_given_in_this_order() -> None:
    high, low = np.ones((20, 10), np.float32), np.ones((10, 30), np.float32)
    rng = np.random.default_rng(0)
    made = make_row([low, high, low], [10, 7, 10], rng, gap="wide", height=(40.0, 40.0))
    assert made.text == "10710"
    assert [digit.label for digit in made.digits] == [10, 7, 10]
    shapes = [digit.ink.shape for digit in made.digits]
    assert shapes[1][0] == pytest.approx(2 * 20, rel=0.12)  # 20 pixels high is the usual height
    assert shapes[0][0] == pytest.approx(shapes[1][0] / 2, rel=0.25)
    assert shapes[2][1] > 2 * shapes[1][1]
    for one, other in pairwise(made.digits):
        gap = (other.left - one.left - one.ink.shape[1]) * 28 / 40
        assert GAPS["wide"][0] - 1 <= gap <= GAPS["wide"][1] + 1


def test_a_number_is_a_row_of_digits_drawn_by_the_generator(blocks: Dataset) -> None:
    one, other = np.random.default_rng(3), np.random.default_rng(3)
    how: dict[str, Any] = {
        "gap": "close", "paper": "photo", "height": (30.0, 33.0), "uneven": 0.2
    }  # fmt: skip
    made = make_number(blocks, 4, one, **how)
    chosen = other.integers(len(blocks), size=4)
    labels = blocks.labels[chosen].tolist()
    again = make_row(list(blocks.images[chosen]), labels, other, **how)
    assert np.array_equal(made.picture, again.picture)
    assert made.text == again.text


WRONG = {"gap": "huge"}, {"paper": "blue"}, {"uneven": -0.1}, {"lower": [1, 2]}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_row_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=str(next(iter(wrong)))):
        make_row([np.ones((20, 10))], [1], np.random.default_rng(0), **wrong)


def test_what_stands_lower_does_so_by_so_many_twentieths_of_the_height() -> None:
    block, rng, off = np.ones((20, 8), np.float32), np.random.default_rng(4), []
    for _ in range(40):
        row = make_row([block, block], [1, 1], rng, height=(40, 40), lower=[0, 5])
        first, second = (digit.top + digit.ink.shape[0] / 2 for digit in row.digits)
        off.append(second - first)
    assert np.mean(off) == pytest.approx(5 * 40 / 20, abs=1.5)
