"""Row D1: many segmentations are counted and compared rightly, and the simple way is simple."""

from __future__ import annotations

import itertools
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerist.chapter.row import Scale
from numerist.chapter.rows import segmentation
from numerist.chapter.rows.segmentation import (
    Compared,
    compare,
    each_piece_a_digit,
    on_paper,
    pushed_together,
    segmentations,
    solved,
)
from numerist.image import normalise_ink, open_picture
from numerist.model import load_model
from numerist.reading import Reader
from numerist.reading.decode import best_texts
from numerist.reading.strings import GAPS, make_number

if TYPE_CHECKING:
    from numerist.data import Mnist
    from numerist.model import Model


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


def test_the_simple_way_reads_each_digit_as_the_network_reads_it_alone(
    mnist: Mnist, model: Model
) -> None:
    digits = mnist.validation.images[[1, 2, 5, 7]]  # each of one piece
    alone = model.predict(np.stack([normalise_ink(np.pad(digit, 4)) for digit in digits]))
    row = np.concatenate(list(digits), axis=1)
    assert each_piece_a_digit(on_paper(row), model) == "".join(map(str, alone))
    row[25:27, 55:57] = 1  # a point: no digit
    assert each_piece_a_digit(on_paper(row), model) == "".join(map(str, alone))
    row[14:16, 10:40] = 1  # a stroke from the first to the second: one piece
    assert len(each_piece_a_digit(on_paper(row), model)) == 3


def test_empty_paper_has_no_digits(model: Model) -> None:
    assert not each_piece_a_digit(np.full((60, 200), 255, np.uint8), model)


def test_digits_pushed_together_have_no_paper_between_them(mnist: Mnist) -> None:
    six = mnist.training.images[:6]
    row = pushed_together(six)
    inked = [np.flatnonzero((digit >= 0.3).any(axis=0)) for digit in six]
    assert row.shape == (28, sum(columns[-1] - columns[0] + 1 for columns in inked))
    assert row[:, [0, -1]].max(axis=0).min() >= 0.3
    picture = on_paper(row)
    assert picture.shape == (28 + 28, row.shape[1] + 28)
    assert picture[0].min() == 255
    assert picture.min() == 255 - round(255 * float(six.max()))


@given(st.integers(1, 7), st.sets(st.tuples(st.integers(0, 6), st.integers(1, 7))))
def test_segmentations_are_counted_as_if_listed(pieces: int, pairs: set[tuple[int, int]]) -> None:
    there = {(a, b) for a, b in pairs if a < b <= pieces}
    listed = 0
    for count in range(pieces):  # choose where to cut: every set of the places between
        for cuts in itertools.combinations(range(1, pieces), count):
            bounds = [0, *cuts, pieces]
            listed += all(pair in there for pair in itertools.pairwise(bounds))
    lattice = SimpleNamespace(
        pieces=SimpleNamespace(boxes=np.zeros((pieces, 4))),
        candidates=[SimpleNamespace(first=a, after=b) for a, b in there],
    )
    assert segmentations(cast("Any", lattice)) == listed


def test_both_ways_get_the_same_numbers_and_are_judged_by_the_truth(
    mnist: Mnist, model: Model
) -> None:
    truths, pictures = [], []
    for seed in range(2):
        rng = np.random.default_rng([seed, list(GAPS).index("wide")])
        for _ in range(4):
            made = make_number(mnist.validation, 6, rng, gap="wide")
            truths.append(made.text)
            pictures.append(made.picture)
    seen: list[Any] = []

    def knows_all_but_the_third(picture: Any) -> Any:
        seen.append(picture)
        text = truths[len(seen) - 1] if len(seen) != 3 else "000000"
        return SimpleNamespace(text=text)

    reader = cast("Reader", SimpleNamespace(read=knows_all_but_the_third, model=model))
    found = compare(reader, mnist.validation, "wide", each=4, seeds=2)
    assert all((a == b).all() for a, b in zip(seen, pictures, strict=True))
    assert found.lattice.tolist() == [True, True, False, True, True, True, True, True]
    simply = [each_piece_a_digit(picture, model) for picture in pictures]
    assert found.simple.tolist() == [a == b for a, b in zip(simply, truths, strict=True)]
    assert found.simple.sum() >= 5  # wide ones are easy


def _right(lattice: int, simple: int, both: int) -> Compared:
    """A hundred numbers, of which each way reads so many, and both so many of the same."""
    ours, theirs = np.zeros(100, bool), np.zeros(100, bool)
    ours[:lattice] = True
    theirs[lattice - both : lattice - both + simple] = True
    return Compared(ours, theirs)


@pytest.mark.parametrize(
    ("touching", "wide", "agrees"),
    [
        ((90, 30, 30), (98, 95, 95), True),
        ((90, 30, 30), (92, 95, 92), True),  # three behind, by chance
        ((90, 30, 30), (85, 95, 85), False),  # wide ones are read less well
        ((50, 10, 10), (98, 95, 95), False),  # not more than half
        ((70, 69, 60), (98, 95, 95), False),  # no better than the simple way
        ((70, 80, 60), (98, 95, 95), False),
    ],
)
def test_the_verdict_follows_the_figures(
    touching: tuple[int, int, int], wide: tuple[int, int, int], agrees: bool
) -> None:
    assert solved({"touching": _right(*touching), "wide": _right(*wide)}) is agrees


def test_the_lead_is_judged_number_by_number() -> None:
    found = _right(70, 69, 60)
    ahead = [1.0] * 10 + [-1.0] * 9 + [0.0] * 81
    assert found.shares == (0.7, 0.69)
    assert found.lead == pytest.approx((0.01, np.std(ahead) / 10))


def test_each_way_that_is_drawn_is_the_way_that_is_named(mnist: Mnist) -> None:
    picture = on_paper(pushed_together(mnist.training.images[:6]))
    (lattice,) = Reader().lattices(open_picture(picture))[1]
    found = [way for way, _ in best_texts(lattice) if way.text.isdigit()]
    assert len(found) > 1
    for way in found[:4]:
        owner, labels = segmentation._cut(way, lattice)
        assert "".join(label[0] for label in labels) == way.text
        assert sorted(set(owner.ravel().tolist()) - {0}) == list(range(1, len(labels) + 1))
        boxes = [np.flatnonzero((owner == k + 1).any(axis=0)) for k in range(len(labels))]
        taken = [step.edge.candidate for step in way.steps if step.edge.candidate >= 0]
        for columns, number in zip(boxes, taken, strict=True):
            left, _, right, _ = lattice.candidates[number].box
            assert (columns[0], columns[-1] + 1) == (left, right)


def test_a_misread_picture_of_the_chapter_is_not_agreed_with(
    mnist: Mnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segmentation, "CHAPTERS", "504193")
    result = segmentation.ROWS[0].run(Scale(quick=True))
    assert result.agrees is False
    assert "read as 504192" in result.measured
    assert result.numbers["chapter"]["read_as"] == "504192"
    assert result.numbers["pushed_together"]["ways"] > 1
    drawn = str(result.pictures[0].data)
    assert re.search(r": cost −\d", drawn)
    assert not re.search(r": cost -\d", drawn)
