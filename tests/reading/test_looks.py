"""Looks at a page: how they are compared, by hand; and what further looks show, on made numbers."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from numerist.reading import Reader
from numerist.reading.confidence import CURVE, Evidence
from numerist.reading.looks import Look, Seen
from numerist.reading.reader import _are_sure
from numerist.reading.strings import make_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numerist.data import Dataset, Mnist

PAGE = (0, 0, 200, 100)


@dataclass(frozen=True)
class Fake:
    """A word with nothing but a box."""

    pieces: Any
    by: tuple[int, int] = (0, 0)
    line: int = 0

    def on_page(self, box: Sequence[float]) -> tuple[float, ...]:
        return tuple(np.add(box, (*self.by, *self.by)).tolist())

    def moved(self, right: int, down: int) -> Fake:
        return replace(self, by=(right, down))


def seen(sure: float, *box: float, text: str = "12", known: float = -0.1) -> Seen:
    """A number in a box (left, top, right, bottom), read rightly with a probability."""
    share = (math.log(sure / (1 - sure)) - CURVE.always - CURVE.known * known) / CURVE.share
    word = Fake(SimpleNamespace(boxes=np.array([box])))
    one: Any = Seen(
        word, None, [(SimpleNamespace(text=text), sure)], Evidence(share, known, 0.0, 0.0)  # type: ignore[arg-type, list-item]
    )  # fmt: skip
    assert one.sure == pytest.approx(sure)
    return Seen(*one)


def look(*some: Seen) -> Look:
    return Look(list(some), -3.4)


@pytest.mark.parametrize(("mine", "other", "gains"), [
    ([seen(0.95, 20, 20, 60, 60)], [seen(0.6, 20, 20, 60, 60)], True),
    ([seen(0.62, 20, 20, 60, 60)], [seen(0.6, 20, 20, 60, 60)], False),  # hardly more
    ([seen(0.6, 20, 20, 60, 60)], [seen(0.95, 20, 20, 60, 60)], False),
    ([seen(0.6, 20, 20, 60, 60)], [], True),
    ([], [seen(0.1, 20, 20, 60, 60)], False),
    # as sure, but in a larger box: the same place counts once
    ([seen(0.8, 10, 18, 64, 62)], [seen(0.8, 20, 20, 60, 60)], False),
    # another number besides, which meets the border
    ([seen(0.9, 20, 20, 60, 60), seen(0.9, 0, 0, 9, 100)], [seen(0.9, 20, 20, 60, 60)], False),
    ([seen(0.9, 20, 20, 60, 60), seen(0.9, 90, 20, 99, 60)], [seen(0.9, 20, 20, 60, 60)], True),
    # a part of it, and two: not if the whole is read well
    ([seen(0.99, 20, 20, 58, 60)], [seen(0.8, 20, 20, 100, 60)], False),
    ([seen(0.99, 20, 20, 58, 60)], [seen(0.6, 20, 20, 100, 60)], True),
    ([seen(0.9, 20, 20, 58, 60), seen(0.9, 62, 20, 100, 60)], [seen(0.8, 20, 20, 100, 60)], False),
    ([seen(0.9, 20, 20, 58, 60), seen(0.9, 62, 20, 100, 60)], [seen(0.6, 20, 20, 100, 60)], True),
    # its box, as it is known in pieces of 40 pixels, is a pixel off the border
    ([seen(0.9, 20, 20, 60, 60), seen(0.9, 2, 1, 30, 99)], [seen(0.9, 20, 20, 60, 60)], False),
    ([seen(0.9, 20, 20, 60, 60), seen(0.9, 90, 3, 99, 60)], [seen(0.9, 20, 20, 60, 60)], True),
    # it fills the page, and the other has nothing
    ([seen(0.9, 0, 0, 190, 100)], [], True),
    ([seen(0.9, 0, 0, 90, 100)], [], False),
    ([seen(0.9, 0, 0, 190, 100)], [seen(0.6, 20, 20, 180, 90)], False),
    # a digit more in the same place, close to the border and further from it
    ([seen(0.95, 8, 30, 90, 70, text="145")], [seen(0.6, 20, 30, 90, 70)], False),
    ([seen(0.95, 8, 30, 90, 70)], [seen(0.6, 20, 30, 90, 70)], True),
    ([seen(0.95, 15, 30, 90, 70, text="145")], [seen(0.6, 20, 30, 90, 70)], True),
    # a point more, and no digit
    ([seen(0.95, 8, 30, 90, 70, text="1.2")], [seen(0.6, 20, 30, 90, 70)], True),
    # the other is cut off by the border, too
    ([seen(0.9, 0, 20, 60, 60)], [seen(0.6, 0, 20, 60, 60)], True),
])  # fmt: skip
def test_a_look_gains_where_clearly_more_is_read_for_sure(
    mine: list[Seen], other: list[Seen], gains: bool
) -> None:
    assert look(*mine).without_edges(look(*other), PAGE).gains(look(*other)) is gains


def test_areas_and_heights_are_those_of_the_boxes() -> None:
    page = look(
        seen(0.75, 0, 0, 40, 20), seen(0.75, 50, 0, 60, 10), seen(0.01, 0, 50, 10, 90),
    )  # fmt: skip
    assert page.area == 40 * 20 + 10 * 10
    assert page.all_area == page.area + 400
    assert page.right == pytest.approx(0.75 * page.area)
    assert page.height == 20  # most ink by far is so high, or lower
    assert look().height == 0


def test_numbers_in_doubt_are_looked_at_closer_and_where_nearly_all_are_numbers_the_rest() -> None:
    boxes = [(20 * k, 0, 20 * k + 9, 9) for k in range(10)]
    sure = [0.99, 0.7, 0.99, 0.5, 0.99, 0.79, 0.81, 0.01, 0.99, 0.99]
    some = [seen(p, *box) for p, box in zip(sure, boxes, strict=True)]
    assert look(*some).doubtful() == [5, 1, 3, 7]  # the surest first; 7 is none
    words = [seen(0.01, *box) for box in boxes[:4]]  # more than three in ten are none
    assert look(*words, *some[1:7]).doubtful() == [8, 4, 6]
    assert look(some[1]).doubtful() == []  # all there is
    assert len(look(*[some[1]] * 100).doubtful()) == 40
    line = seen(0.01, 0, 20, 199, 29)  # wider than any number: words
    assert look(*some, line).doubtful() == [5, 1, 3, 7]


def test_what_is_around_a_number_and_in_its_place() -> None:
    one = seen(0.7, 20, 30, 60, 50)
    assert one.surroundings((100, 200)) == (slice(22, 58), slice(12, 68))
    assert one.surroundings((52, 62)) == (slice(22, 52), slice(12, 62))
    assert seen(0.7, 0, 0, 9, 9).surroundings((100, 200)) == (slice(0, 13), slice(0, 13))
    there, surer, beside, part, beyond = (
        seen(0.9, 12, 20, 48, 42), seen(0.95, 11, 20, 48, 41), seen(0.99, 60, 20, 80, 40),
        seen(0.99, 10, 20, 25, 40), seen(0.99, 6, 20, 50, 40),
    )  # fmt: skip
    assert [
        found.word
        for found in look(there, surer, beside, part, beyond).in_place_of(one, 10, 10).seen
    ] == [surer.word.moved(10, 10)]
    capped = one._replace(most=0.6)
    assert [found.sure for found in look(surer).in_place_of(capped, 10, 10).seen] == [0.6]


def test_a_closer_look_counts_unless_it_covers_something_else_or_lies_in_it() -> None:
    one, other = seen(0.5, 20, 20, 60, 40), seen(0.9, 70, 20, 90, 40)
    better, over, within = (
        seen(0.9, 19, 20, 61, 40), seen(0.9, 20, 20, 85, 40), seen(0.9, 72, 22, 80, 30),
    )  # fmt: skip
    page = look(one, other)
    assert page.with_instead(0, better).seen == [better, other]
    assert page.with_instead(0, over).seen == page.with_instead(0, within).seen == [one, other]


def grainy(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    crumbs = cv2.GaussianBlur(rng.standard_normal(picture.shape), (0, 0), 1.2)
    drawn = (255.0 - picture) * np.clip(0.75 + 0.45 * crumbs / crumbs.std(), 0, 1)
    return np.asarray(np.rint(np.clip(250 - drawn, 0, 255)), np.uint8)


def page_with_crumbling_numbers(
    digits: Dataset, rng: np.random.Generator
) -> tuple[np.ndarray, list[tuple[int, int, int, str]]]:
    """Of seventy numbers ten crumble: the page, and of each left, right, top and text."""
    page = np.full((1500, 2300), 250, np.uint8)
    crumbled = []
    for k in range(70):
        made = make_number(digits, 3, rng, gap="close", height=(60, 60))
        inked = [np.flatnonzero((made.picture < 128).any(axis=axis)) for axis in (1, 0)]
        part = made.picture[tuple(slice(at[0], at[-1] + 1) for at in inked)]
        left, top = 30 + 320 * (k % 7), 20 + 140 * (k // 7)
        if k % 7 == 3:
            part = grainy(part, rng)
            crumbled.append((left, left + part.shape[1], top, made.text))
        page[top : top + part.shape[0], left : left + part.shape[1]] = part
    return page, crumbled


def test_on_a_page_of_many_numbers_those_that_crumble_are_looked_at_closer(
    mnist: Mnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, crumbled = page_with_crumbling_numbers(mnist.validation, np.random.default_rng(0))

    def right() -> int:
        numbers = Reader().read(page).numbers
        corners = [np.array(number.box).reshape(2, 2) for number in numbers]
        for (begin, end), (other_begin, other_end) in itertools.combinations(corners, 2):
            assert (np.minimum(end, other_end) <= np.maximum(begin, other_begin)).any()
        assert [number.line for number in numbers] == sorted(number.line for number in numbers)
        found = [(*number.box[:2], number.text) for number in numbers]
        return sum(
            any(abs(x - left) + abs(y - top) < 10 and said == text for x, y, said in found)
            for left, _, top, text in crumbled
        )

    assert right() >= 7
    monkeypatch.setattr("numerist.reading.looks._CLOSER", 0)
    assert right() <= 4


def test_what_the_closer_look_cuts_off_is_no_digit(
    mnist: Mnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scribble begins close behind each number that crumbles, and goes on out of sight."""
    page, crumbled = page_with_crumbling_numbers(mnist.validation, np.random.default_rng(3))
    for _, right, top, _ in crumbled:
        x = np.arange(right + 14, right + 74, 5)
        y = top + 30 + np.where(np.arange(len(x)) % 2, 18, -18)
        cv2.polylines(page, [np.stack([x, y], axis=1)], False, 0, 3)
    reader = Reader()

    def more_digits() -> int:
        return sum(
            abs(number.box[1] - top) < 25 and abs(number.box[0] - left) < 25
            and len(number.text) > len(text) and number.text.startswith(text)
            for number in reader.read(page).numbers for left, _, top, text in crumbled
        )  # fmt: skip

    closer = more_digits()
    monkeypatch.setattr("numerist.reading.looks._CLOSER", 0)
    assert closer <= more_digits()


def test_what_no_digit_of_looks_like_one_is_no_number_unless_it_is_likely_right() -> None:
    assert seen(0.3, 0, 0, 9, 9, text="1", known=-6).odds == -math.inf
    assert seen(0.7, 0, 0, 9, 9, text="1", known=-6).odds > -math.inf
    assert seen(0.3, 0, 0, 9, 9, text="12", known=-6).odds > -math.inf  # of one of them only


def test_what_is_close_beside_a_word_is_no_surer_than_it_may_be() -> None:
    assert seen(0.99, 0, 0, 9, 9)._replace(most=0.9).sure == 0.9
    assert seen(0.7, 0, 0, 9, 9)._replace(most=0.9).sure == pytest.approx(0.7)


def hatched(picture: np.ndarray) -> np.ndarray:
    """With something struck out behind it, 0.6 of its height away."""
    high, wide = picture.shape
    page = np.pad(picture, ((0, 0), (0, 2 * high)), constant_values=255)
    for left in range(wide + high // 4, wide + high, high // 10):
        for lean in (high // 10, -high // 10):
            ends = (left, high // 5), (left + lean, 4 * high // 5)
            cv2.line(page, *ends, 0, max(1, high // 30), cv2.LINE_AA)
    return page


def test_a_number_close_beside_something_else_is_at_most_so_sure(mnist: Mnist) -> None:
    reader = Reader()
    rng = np.random.default_rng(9)
    made = [make_number(mnist.validation, 3, rng, gap="close", height=(90, 110)) for _ in range(6)]
    right = []
    for number in made:
        ink = np.flatnonzero((number.picture < 128).any(axis=0))
        picture = number.picture[20:-20, : ink[-1] + 25]
        (alone,) = reader.read(picture).pages[0].numbers
        fractions = [other for other in alone.alternatives if "/" in other.text]
        assert alone.confidence + sum(other.confidence for other in fractions) > 0.9  # 616, 6/6
        beside = reader.read(hatched(picture)).pages[0].numbers
        right += [one.confidence for one in beside if one.text == number.text]
    assert len(right) >= 3
    assert max(right) <= 0.9


@pytest.mark.parametrize("shape", [(300, 500, 3), (120, 200, 3), (200, 300)])
def test_nothing_is_read_in_noise(shape: tuple[int, ...]) -> None:
    reader = Reader()
    for seed in range(4):
        noise = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
        assert reader.read(noise).text == ""


def test_close_parts_are_read_only_where_several_digits_are_sure_and_nothing_is_in_doubt() -> None:
    sure, single, doubtful = (
        seen(0.99, 0, 0, 9, 9, text="12"),
        seen(0.99, 20, 0, 29, 9, text="1"),
        seen(0.6, 40, 0, 49, 9, text="34"),
    )
    assert sure.odds >= 3
    assert _are_sure([sure])
    assert _are_sure([sure, single])
    assert not _are_sure([single])
    assert not _are_sure([sure, doubtful])
    assert not _are_sure([])


def in_chalk(picture: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(1)
    crumbs = cv2.GaussianBlur(rng.standard_normal(picture.shape), (0, 0), 1.2)
    drawn = (255 - picture) * np.clip(0.7 + 0.5 * crumbs / crumbs.std(), 0, 1)
    board = np.clip(60 + 0.6 * drawn + rng.normal(0, 4, drawn.shape), 0, 255)
    return np.asarray(np.rint(board), np.uint8)


def stamped(picture: np.ndarray) -> np.ndarray:
    """With a red ring across its digits."""
    covered = np.zeros(picture.shape, np.uint8)
    high, wide = picture.shape
    for radius in (0.42, 0.3):
        cv2.circle(
            covered, (wide // 2, high // 2), int(radius * high), 255, high // 25, cv2.LINE_AA
        )
    red = 1 - covered[..., None] / 255 * [0.1, 0.6, 0.5]
    return np.asarray(np.rint(picture[..., None] * red), np.uint8)


def copied_with_edges(picture: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(2)
    page = np.pad(picture, ((0, 0), (30, 0)), constant_values=255)
    ragged = np.clip(9 + np.cumsum(rng.normal(0, 0.8, len(page))), 2, 16)
    page[np.arange(page.shape[1]) < ragged[:, None]] = 10
    return page


@pytest.mark.parametrize(("change", "least"), [
    (hatched, 11), (in_chalk, 9), (stamped, 11), (copied_with_edges, 11),
])  # fmt: skip
def test_numbers_are_read_whatever_lies_beside_them_or_across(
    change: Any, least: int, mnist: Mnist
) -> None:
    reader = Reader()
    rng = np.random.default_rng(8)
    made = [make_number(mnist.validation, 3, rng, gap="close", height=(90, 110)) for _ in range(12)]
    whole = [reader.read(number.picture).text for number in made]
    again = [reader.read(change(number.picture)).text for number in made]
    assert sum(a == b for a, b in zip(whole, again, strict=True)) >= least
