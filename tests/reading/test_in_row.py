"""Candidates as they stand in their row: what the views show, and that they help."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from numerist import Dataset, load_model
from numerist.reading import lattice as room
from numerist.reading.in_row import judged_in_row, network, views
from numerist.reading.lattice import Candidate, find_candidates, judged, surely_digits
from numerist.reading.pieces import HEIGHT, Pieces, cut_row, parts_of
from numerist.reading.strings import make_number
from numerist.reading.whole_row import judged_along

if TYPE_CHECKING:
    from numerist.data import Mnist
    from numerist.model import Model


@pytest.fixture
def bars() -> Pieces:
    """Three bars, 8 pixels wide and 40 high, in columns 10, 30 and 50."""
    level, numbers = np.zeros((44, 70), np.float32), np.zeros((44, 70), int)
    boxes = np.array([(left, 2, left + 8, 42) for left in (10, 30, 50)])
    for number, (left, top, right, bottom) in enumerate(boxes, 1):
        level[top:bottom, left:right] = number / 4
        numbers[top:bottom, left:right] = number
    answers = np.zeros((3, 11), np.float32)
    return Pieces(level, numbers, boxes, np.full(3, 320), np.zeros(3), 1.0, 2, answers)


def test_a_view_shows_the_candidate_alone_and_what_is_around_it(bars: Pieces) -> None:
    seen = views(bars, [Candidate(1, 2, (30, 2, 38, 42), 0.0)])
    expected = np.zeros((2, 28, 28), np.float32)
    # half the size, the candidate's middle, (34, 22), at (14, 14): column x of the row at x/2 - 3
    for left, grey in ((2, 1), (12, 2), (22, 3)):
        expected[0, 4:24, left : left + 4] = grey / 4
    expected[1, 4:24, 12:16] = 0.5
    np.testing.assert_allclose(seen, expected[None], atol=1e-6)


def test_a_candidate_of_two_pieces_shows_both(bars: Pieces) -> None:
    ((around, alone),) = views(bars, [Candidate(1, 3, (30, 2, 58, 42), 12.0)])
    assert set(np.unique(alone)) == {0.0, 0.5, 0.75}
    assert {0.25, 0.5, 0.75} <= set(np.unique(around))


def test_a_view_at_the_edge_is_filled_with_paper(bars: Pieces) -> None:
    ((around, alone),) = views(bars, [Candidate(0, 1, (10, 2, 18, 42), 0.0)])
    np.testing.assert_array_equal(alone.max(axis=0) > 0, np.arange(28) // 4 == 3)
    assert not around[:, :12].any()


def test_the_network_knows_digits_from_their_halves_in_their_row(mnist: Mnist) -> None:
    """Touching pairs, cut at their one thinnest place: each side is its digit."""
    rng = np.random.default_rng(4)
    validation = mnist.validation
    right = halves = count = 0
    for _ in range(60):
        made = make_number(validation, 2, rng, gap="wide", height=(40, 40))
        ink = 1 - made.picture.astype(np.float32) / 255
        parts = parts_of(ink, ink > 0.5, HEIGHT)
        pieces = cut_row(parts, np.full((len(parts.stats), 11), 0.5, np.float32))
        if len(pieces.boxes) != 2:
            continue
        candidates = [Candidate(k, k + 1, tuple(pieces.boxes[k].tolist()), 0.0) for k in range(2)]
        answers = judged_in_row([pieces], [candidates])
        right += sum(
            str(row.argmax()) == digit for row, digit in zip(answers, made.text, strict=True)
        )
        both = Candidate(0, 2, (0, 0, pieces.level.shape[1], pieces.level.shape[0]), 5.0)
        halves += judged_in_row([pieces], [[both]]).max() > 0.5
        count += 1
    assert count > 40
    assert right >= 0.95 * 2 * count
    assert halves <= 0.1 * count  # two digits are none


def test_what_is_surely_a_digit_is_judged_once(
    mnist: Mnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    digits = Dataset(mnist.validation.images[:50], mnist.validation.labels[:50])
    made = make_number(digits, 5, np.random.default_rng(1), gap="wide", height=(40, 40))
    ink = 1 - made.picture.astype(np.float32) / 255
    parts = parts_of(ink, ink > 0.5, HEIGHT)
    model = load_model()
    sure = surely_digits(model, [parts])[0]
    assert (sure[:, :10].max(axis=1) > 0.9).sum() >= 4
    pieces = cut_row(parts, sure)
    judged_images: list[int] = []
    judge = type(model).judge

    def counted(self: Model, images: np.ndarray) -> object:
        judged_images.append(len(images))
        return judge(self, images)

    monkeypatch.setattr(type(model), "judge", counted)
    made_of = judged(model, [pieces], judged_along([pieces]), [True])[0]
    singles = [
        k for k, c in enumerate(find_candidates(pieces))
        if c.after == c.first + 1 and pieces.whole[c.first]
    ]  # fmt: skip
    assert len(singles) >= 4
    np.testing.assert_array_equal(
        made_of.probabilities[singles], pieces.answers[pieces.whole][:, :10]
    )
    assert sum(judged_images) == 2 * len(made_of.candidates) - len(singles)  # in its row as well
    monkeypatch.undo()
    images = room.candidate_images(pieces, made_of.candidates)
    again = model.judge(images)[2]
    np.testing.assert_allclose(made_of.probabilities, again, atol=1e-5)


def test_the_network_is_loaded_once() -> None:
    assert network() is network()


def test_what_the_row_gives_no_chance_is_not_looked_at_alone(bars: Pieces) -> None:
    candidates = find_candidates(bars)
    worth = np.arange(len(candidates)) % 2 == 0
    found = room.judged_alone(load_model(), [bars], [candidates], worth)
    assert found[worth].any(axis=1).all()
    assert not found[~worth].any()
