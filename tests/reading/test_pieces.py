"""Cutting rows: where a cut goes through least ink, worked by hand and by a plain search."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerist.reading import pieces as room
from numerist.reading.pieces import HEIGHT, Pieces, cut_row, parts_of
from numerist.reading.rows import Row
from numerist.reading.words import smaller_words, split_words


def cut(ink: np.ndarray, height: float = HEIGHT) -> Pieces:
    level = ink.astype(np.float32)
    return cut_row(parts_of(level, level > 0.5, height))


def rings(*lefts: int, wide: int = 24, high: int = 40) -> np.ndarray:
    """Zeros, 4 pixels thick, at the given columns."""
    ink = np.zeros((high, max(lefts) + wide), np.float32)
    for left in lefts:
        ink[:, left : left + wide] = 1
    for left in lefts:
        ink[4:-4, left + 4 : left + wide - 4] = 0
    return ink


def test_two_touching_zeros_can_be_parted_where_they_touch() -> None:
    ink = np.zeros((40, 60), np.float32)
    for middle in (15, 41):  # radius 13, pen 4: they touch along a few pixels in column 28
        cv2.ellipse(ink, (middle, 20), (13, 18), 0, 0, 360, 1.0, 4)
    made = cut(ink)
    ends = {int(box[2]) for box in made.boxes}
    assert any(abs(end - 2 - 28) <= 3 for end in ends)  # 2 pixels of margin
    assert len(made.boxes) >= 2


def test_pieces_are_a_partition_of_the_ink() -> None:
    ink = rings(0, 20, 60)
    made = cut(ink)
    inked = np.pad(ink, 2) > 0.5
    assert ((made.numbers > 0) == inked).all()
    for number, (box, area) in enumerate(zip(made.boxes, made.areas, strict=True), 1):
        ys, xs = np.nonzero(made.numbers == number)
        assert box.tolist() == [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
        assert area == len(xs)
    middles = [np.nonzero(made.numbers == n + 1)[1].mean() for n in range(len(made.boxes))]
    assert middles == sorted(middles)
    assert made.cut[0] == 0


@pytest.mark.parametrize("angle", [0, 30, 90])
def test_a_stroke_thinner_than_a_pixel_of_the_cut_row_is_not_lost(angle: int) -> None:
    ink = np.zeros((240, 240), np.uint8)
    cv2.ellipse(ink, (120, 120), (60, 100), angle, 0, 360, 1, 2)  # a sixth as high: a third of one
    made = parts_of(ink.astype(np.float32), ink > 0, 6 * HEIGHT)
    assert len(made.stats) == 1
    assert made.stats[0, 2:4] == pytest.approx(np.ptp(np.nonzero(ink), axis=1)[::-1] / 6, abs=2)


def test_thin_strokes_side_by_side_stay_apart() -> None:
    ink = np.zeros((240, 120), bool)
    ink[20:220, 50:53] = ink[20:220, 65:68] = True  # two pixels of the cut row from each other
    assert len(parts_of(ink.astype(np.float32), ink, 6 * HEIGHT).stats) == 2


def test_a_thin_stroke_is_not_cut_and_a_whole_one_is_left_whole() -> None:
    bar = np.ones((40, 5), np.float32)
    assert len(cut(bar).boxes) == 1
    level = rings(0, 24)
    parts = parts_of(level, level > 0.5, HEIGHT)
    whole = cut_row(parts, np.full((1, 11), 0.5, np.float32))
    assert len(whole.boxes) == 1
    assert whole.whole.tolist() == [True]


@pytest.mark.parametrize("scale", [0.4, 1.0, 2.5])
def test_any_size_is_brought_to_one(scale: float) -> None:
    ink = rings(0, 40)
    size = (round(ink.shape[1] * scale), round(ink.shape[0] * scale))
    resized = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
    made = cut(resized, HEIGHT * scale)
    assert abs(made.boxes[-1][3] - made.boxes[-1][1] - HEIGHT) <= 3
    assert made.scale == pytest.approx(1 / scale)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 5), st.integers(2, 5), st.integers(0, 1000))
def test_the_cheapest_way_down_is_the_cheapest_of_all(high: int, wide: int, seed: int) -> None:
    cost = np.random.default_rng(seed).random((high, wide))
    total, _ = room._cheapest(cost)
    for end in range(wide):
        best = np.inf
        for columns in itertools.product(range(wide), repeat=high - 1):
            way = (*columns, end)
            steps = np.abs(np.diff(way))
            if (steps <= 1).all():
                price = sum(cost[y, x] for y, x in enumerate(way)) + room._ASIDE * steps.sum()
                best = min(best, price)
        assert total[-1, end] == pytest.approx(best)


def test_a_row_is_split_where_gaps_are_wide() -> None:
    ink = np.zeros((40, 400), np.float32)
    for left in (0, 30, 60, 200, 230, 390):
        ink[:, left : left + 6] = 1
    made = cut(ink)
    row = Row(ink > 0.5, (7, 9, 407, 49), HEIGHT, 3)
    words = split_words(row, made)
    assert [len(word.pieces.boxes) for word in words] == [3, 2, 1]
    assert all(word.origin[1] == 9 and word.line == 3 for word in words)
    place = 0
    for word in words:
        found = [word.origin[0] + (box[0] / word.pieces.scale) for box in word.pieces.boxes]
        lefts = [7 + left for left in (0, 30, 60, 200, 230, 390)][place : place + len(found)]
        np.testing.assert_allclose(found, np.array(lefts) + word.margin, atol=0.6)
        place += len(found)
        assert set(np.unique(word.pieces.numbers)) == {*range(len(word.pieces.boxes) + 1)}
        assert word.pieces.cut[0] == 0
        ink = word.pieces.level.sum()
        assert ink == pytest.approx(40 * 6 * len(word.pieces.boxes), rel=0.1)  # its own alone
    assert len(split_words(row, made, together=True)) == 1
    even = np.zeros((40, 400), np.float32)
    for left in range(0, 400, 80):  # far apart, but all alike
        even[:, left : left + 6] = 1
    assert len(split_words(row, cut(even))) == 1


def test_what_is_no_number_is_split_at_narrower_gaps_and_stays_where_it_is() -> None:
    ink = np.zeros((40, 400), np.float32)
    lefts = (0, 8, 16, 50, 58, 66, 100, 108, 116)  # three words of letters that hardly part
    for left in lefts:
        ink[:, left : left + 6] = 1
    row = Row(ink > 0.5, (7, 9, 407, 49), HEIGHT, 3)
    (whole,) = split_words(row, cut(ink))
    words = smaller_words(whole)
    assert [len(word.pieces.boxes) for word in words] == [3, 3, 3]
    boxes = [word.on_page(box) for word in words for box in word.pieces.boxes.tolist()]
    np.testing.assert_allclose([box[0] for box in boxes], 7 + np.array(lefts), atol=0.6)
    np.testing.assert_allclose([box[1] for box in boxes], 9, atol=0.6)
    assert len(smaller_words(words[0])) == 1


def test_close_parts_are_parted_only_if_asked_for() -> None:
    ink = np.zeros((40, 120), np.float32)
    for left in (0, 9, 18, 42, 51, 60):  # half a height between two threes
        ink[:, left : left + 6] = 1
    (whole,) = split_words(Row(ink > 0.5, (0, 0, 120, 40), HEIGHT, 1), cut(ink))
    assert len(smaller_words(whole)) == 1
    assert [len(word.pieces.boxes) for word in smaller_words(whole, close=True)] == [3, 3]


def test_specks_make_no_gap_narrower() -> None:
    """The rest of a ruled line between two numbers must not join them."""
    ink = np.zeros((40, 260), np.float32)
    for left in (0, 30, 60, 150, 180, 210):
        ink[:, left : left + 6] = 1
    for left in (88, 108, 124):
        ink[36:39, left : left + 5] = 1
    row = Row(ink > 0.5, (0, 0, 260, 40), HEIGHT)
    words = split_words(row, cut(ink))
    assert [len(word.pieces.boxes) for word in words] == [3 + 1, 2 + 3]


@pytest.mark.parametrize("begin", [50, 60])
def test_the_end_of_a_bar_that_was_cut_is_no_speck(begin: int) -> None:
    """A five's bar reaches far to the right: where it is cut up, no gap begins before its end."""
    ink = np.zeros((40, 300), np.float32)
    for left in (0, 50, 150, 200, 250):
        ink[:, left : left + 6] = 1
    ink[:4, begin:100] = 1
    row = Row(ink > 0.5, (0, 0, 300, 40), HEIGHT)
    made = cut(ink)
    sides = made.boxes[:, 2:] - made.boxes[:, :2]
    assert len(made.boxes) > 5
    assert sides.max(axis=1).min() < 10
    assert len(split_words(row, made)) == 1


def test_a_dash_between_two_numbers_parts_them_still() -> None:
    ink = np.zeros((40, 300), np.float32)
    for left in (0, 30, 60, 170, 200, 230):
        ink[:, left : left + 6] = 1
    ink[18:23, 105:130] = 1
    row = Row(ink > 0.5, (0, 0, 300, 40), HEIGHT)
    made = cut(ink)
    assert len(made.boxes) > 7  # the dash is cut, too
    assert len(split_words(row, made)) == 2
