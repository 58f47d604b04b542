"""Row X5: what is put aside, what is wrong, and when the promise counts as kept."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from numerist.chapter.rows import real_use
from numerist.chapter.rows.real_use import (
    PROMISES,
    Answer,
    Judged,
    answer,
    at_least,
    groups,
    read_slips,
    reliable,
)
from numerist.chapter.slips import PATTERNS
from numerist.model import load_model
from numerist.reading import Reader
from numerist.reading.result import Alternative, Number, PageReading, Reading
from numerist.reading.strings import Made

if TYPE_CHECKING:
    from numerist.data import Mnist

BOX = (0.0, 0.0, 9.0, 9.0)


@given(st.integers(0, 40), st.integers(0, 40), st.floats(0.001, 0.5))
def test_at_least_is_the_tail_of_the_binomial_distribution(
    wrong: int, more: int, rate: float
) -> None:
    exact = float(stats.binom.sf(wrong - 1, wrong + more, rate))
    assert at_least(wrong, wrong + more, rate) == pytest.approx(exact, abs=1e-9)


def _says(*numbers: Number) -> Reader:
    reading = Reading("slip", (PageReading(1, (9, 9), numbers),))
    return cast("Reader", SimpleNamespace(read=lambda _: reading))


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([Number("12", 0.9, BOX, 0)], Answer("12", "12", 0.9, given=True)),
        (
            [Number("?", 0.0, BOX, 0, (), (Alternative("12", 0.6), Alternative("72", 0.3)))],
            Answer("12", "12", 0.6, given=False),
        ),
        ([Number("?", 0.0, BOX, 0)], Answer("12", "", 0.0, given=False)),
        ([], Answer("12", "", 0.0, given=False)),
        (
            [Number("1", 0.5, BOX, 0), Number("2", 0.5, BOX, 0)],
            Answer("12", "1 2", 0.25, given=True),
        ),
        (
            [Number("12", 0.9, BOX, 0), Number("?", 0.0, BOX, 1)],
            Answer("12", "12 ", 0.0, given=False),
        ),
    ],
)
def test_an_answer_is_all_that_the_reader_says(numbers: list[Number], expected: Answer) -> None:
    found = answer(_says(*numbers), Made(np.zeros((1, 1), np.uint8), "12"))
    assert found == expected
    assert found.right is (found.guess == "12")


def _answers(given: int, wrong: int, right_aside: int, total: int, sure: float) -> Judged:
    aside = total - given
    return Judged(
        [Answer("1", "7" if k < wrong else "1", sure, given=True) for k in range(given)]
        + [Answer("1", "1" if k < right_aside else "", sure, given=False) for k in range(aside)]
    )


def test_counts_are_those_of_the_answers() -> None:
    judged = _answers(given=7, wrong=2, right_aside=1, total=10, sure=0.5)
    assert (judged.given, judged.wrong, judged.right, judged.confidence) == (7, 2, 6, 0.5)
    said = real_use._promised(0.05, judged)
    assert "answers 70 % (7 slips, 2 of them wrong)" in said
    assert "33 % of which would have been right" in said


@pytest.mark.parametrize(
    ("first", "strict", "agrees"),
    [
        ((150, 3, 25, 200, 0.88), (80, 0, 92, 200, 0.88), True),  # 172 of 200 right
        ((150, 20, 25, 200, 0.79), (80, 0, 92, 200, 0.79), False),  # 20 of 150 where 7.5 are due
        ((150, 3, 25, 200, 0.88), (80, 6, 98, 200, 0.88), False),  # 6 of 80 where 0.8 are due
        ((99, 3, 76, 200, 0.88), (80, 0, 92, 200, 0.88), False),  # fewer than half answered
        ((150, 3, 25, 200, 0.92), (80, 0, 92, 200, 0.92), False),  # surer than right
        ((150, 3, 25, 200, 0.80), (80, 0, 92, 200, 0.80), False),  # less sure
    ],
)
def test_the_verdict_follows_the_figures(first: Any, strict: Any, agrees: bool) -> None:
    assert reliable({PROMISES[0]: _answers(*first), PROMISES[1]: _answers(*strict)}) is agrees


def test_groups_are_of_equal_size_and_the_least_sure_come_first() -> None:
    sure = [0.9, 0.1, 0.8, 0.2, 0.7, 0.3]
    right = [True, False, True, False, False, True]
    found = groups(
        [Answer("1", "1" if r else "", s, given=False) for s, r in zip(sure, right, strict=True)], 3
    )
    assert np.array(found) == pytest.approx(np.array([(0.15, 0), (0.5, 0.5), (0.85, 1)]))
    assert len(groups([Answer("1", "1", 0.5, given=True)], 6)) == 1


def test_slips_are_read_by_a_reader_of_their_kind_and_promise(mnist: Mnist) -> None:
    model = load_model()
    slips, found = read_slips(mnist.validation, each=4, seeds=2, model=model)
    assert len(slips) == 16
    assert ["." in slip.text for slip in slips] == [False, True] * 8
    assert len({slip.text for slip in slips}) == 16
    assert list(found) == list(PROMISES)
    for kind, first in zip(PATTERNS, (0, 1), strict=True):
        free = Reader(model, pattern=PATTERNS[kind])
        for k in range(first, 16, 2):
            said = free.read(slips[k].picture)
            for promise, judged in found.items():
                one = judged.answers[k]
                assert one.truth == slips[k].text
                if len(said.numbers) == 1 and said.text != "?":
                    assert one.guess == said.text
                    assert one.confidence == pytest.approx(said.confidence, abs=1e-6)
                    assert one.given is (said.confidence >= 1 - promise)
    right = found[PROMISES[0]].right
    assert right >= 8  # of 16: it does read


def test_a_sure_slip_is_never_said_to_be_certain() -> None:
    assert real_use._caption(Answer("1", "1", 0.99996, given=True)) == "1\n99.9 %"
    assert real_use._caption(Answer("1", "7", 0.6, given=False)) == "?\n60 %"


@pytest.mark.parametrize("shape", [(90, 400), (90, 400, 3), (300, 50), (2, 2)])
def test_a_thumbnail_is_the_picture_on_paper(shape: tuple[int, ...]) -> None:
    picture = np.full(shape, 255, np.uint8)
    picture[: shape[0] // 2] = 55
    small = real_use._thumbnail(picture)
    assert small.shape == (72, 216)
    assert small.max() == pytest.approx(200 / 255, abs=0.01)
    assert small.min() == 0
