"""Rings around numbers are no zeros, and zeros are no rings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from numerist.reading import Reader, rings
from numerist.reading.rings import without_rings
from numerist.reading.strings import GAPS, make_number

if TYPE_CHECKING:
    from numerist.data import Mnist


def ringed(made: Any, end: float, width: int) -> Any:
    """The number with an ellipse around it, drawn up to an angle in degrees."""
    high, wide = made.picture.shape
    page = cv2.copyMakeBorder(made.picture, 30, 30, 60, 60, cv2.BORDER_CONSTANT, value=(255,))
    middle, radii = ((wide + 120) // 2, (high + 60) // 2), (wide // 2 + 20, high // 2 + 12)
    cv2.ellipse(page, middle, radii, -3, 0, end, 20, width, cv2.LINE_AA)
    return page


@pytest.mark.parametrize(("end", "width"), [(360, 2), (360, 4), (350, 3)])
def test_a_number_in_a_ring_is_read_as_without(mnist: Mnist, end: float, width: int) -> None:
    rng = np.random.default_rng(3)
    reader = Reader()
    alike = 0
    for _ in range(15):
        made = make_number(mnist.validation, int(rng.integers(2, 5)), rng, height=(30, 50))
        page = ringed(made, end, width)
        alike += reader.read(page).text == reader.read(made.picture).text
        ink = page < 128
        inside = np.zeros(ink.shape, bool)
        inside[30:-30, 60:-60] = made.picture < 128
        assert np.array_equal(without_rings(ink), inside)
    assert alike >= 14


def test_on_a_large_page_only_the_ring_goes(mnist: Mnist) -> None:
    made = make_number(mnist.validation, 3, np.random.default_rng(3), height=(40, 41))
    page = ringed(made, 360, 3)
    high, wide = page.shape
    large = np.zeros((2600, 3400), bool)
    for left in (500, 1700):
        large[1200 : 1200 + high, left : left + wide] = page < 128
    expected = large.copy()
    expected[1200 : 1200 + high] = False
    for left in (500, 1700):
        inner = made.picture < 128
        expected[1230 : 1200 + high - 30, left + 60 : left + wide - 60] = inner
    assert np.array_equal(without_rings(large), expected)


@pytest.mark.parametrize("gap", list(GAPS))
def test_no_digit_is_taken_for_a_ring(mnist: Mnist, gap: str) -> None:
    rng = np.random.default_rng(4)
    for _ in range(60):
        strokes = make_number(mnist.validation, 8, rng, gap=gap).picture < 140
        assert without_rings(strokes) is strokes


def zero(inside: Any) -> Any:
    page = np.zeros((90, 80), np.uint8)
    cv2.ellipse(page, (40, 45), (24, 38), 0, 0, 360, 1, 4)
    start, end = inside
    cv2.line(page, start, end, 1, 4)
    return page > 0


@pytest.mark.parametrize("radius", [24, 28, 38])
def test_zeros_beside_digits_of_their_height_stay_whatever_is_in_them(radius: int) -> None:
    for inside in (
        [((36, 60), (46, 30))],
        [((30, 62), (52, 28))],
        [((40, 32), (40, 58))],
        [((34, 30), (34, 58)), ((46, 30), (46, 58))],
    ):
        page = np.zeros((90, 240), np.uint8)
        cv2.line(page, (20, 8), (20, 82), 1, 4)
        cv2.ellipse(page, (100, 45), (radius, 38), 0, 0, 360, 1, 4)
        for start, end in inside:
            cv2.line(page, (start[0] + 60, start[1]), (end[0] + 60, end[1]), 1, 4)
        cv2.ellipse(page, (190, 45), (radius, 38), 0, 0, 360, 1, 4)
        strokes = page > 0
        assert without_rings(strokes) is strokes


def test_a_broken_ring_on_a_huge_page_costs_no_digit(mnist: Mnist) -> None:
    made = make_number(mnist.validation, 3, np.random.default_rng(3), height=(60, 61))
    high, wide = made.picture.shape
    written = np.zeros((4600, 4600), bool)
    written[2000 : 2000 + high, 2000 : 2000 + wide] = made.picture < 128
    ring = np.zeros(written.shape, np.uint8)
    middle = (2000 + wide // 2, 2000 + high // 2)
    for part in range(0, 360, 15):
        cv2.ellipse(ring, middle, (wide // 2 + 30, high // 2 + 20), 0, part, part + 14, 1, 3)
    found = without_rings(written | (ring > 0))
    assert (found & written).sum() == written.sum()
    assert (found & ~written).sum() < 0.1 * (ring > 0).sum()


def test_curves_within_each_other_are_not_all_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each holds all the smaller ones: one by one they would be sixty times the picture."""
    looked_at: list[int] = []
    held = rings._held

    def counted(numbers: Any, *what: Any) -> Any:
        looked_at.append(numbers.size)
        return held(numbers, *what)

    monkeypatch.setattr(rings, "_held", counted)
    page = np.zeros((1450, 1450), np.uint8)
    for radius in range(20, 720, 6):
        cv2.circle(page, (725, 725), radius, 1, 2)
    without_rings(page > 0)
    assert 0 < sum(looked_at) <= 4 * page.size


def test_slashed_and_dotted_zeros_stay_and_a_one_in_a_circle_stays_alone() -> None:
    for inside in (((30, 70), (50, 20)), ((40, 44), (40, 46)), ((20, 70), (60, 20))):
        strokes = zero(inside)
        assert without_rings(strokes) is strokes
    short = ((36, 60), (46, 30))
    one = np.zeros((90, 80), np.uint8)
    cv2.line(one, *short, 1, 4)
    left = without_rings(zero(short))  # a slash would reach nearly from side to side
    assert left.sum() < 1.3 * one.sum()
    assert (left & (one > 0)).sum() > 0.7 * one.sum()
    beside = np.pad(zero(short), ((0, 0), (0, 60)))
    beside[8:84, 100:106] = True
    assert without_rings(beside) is beside  # unless digits beside it are as high
    circle = np.zeros((90, 90), np.uint8)
    cv2.circle(circle, (45, 45), 40, 1, 3)
    one = np.zeros_like(circle)
    cv2.line(one, (45, 25), (45, 65), 1, 4)
    assert np.array_equal(without_rings((circle | one) > 0), one > 0)


@pytest.mark.parametrize("begin", range(0, 360, 45))
def test_a_ring_may_be_open_by_some_pixels_at_any_side(begin: int) -> None:
    page, written = np.zeros((130, 160), np.uint8), np.zeros((130, 160), np.uint8)
    cv2.ellipse(page, (80, 65), (60, 55), 0, begin + 8, begin + 352, 1, 3)
    for left in (50, 85):
        cv2.ellipse(written, (left + 10, 65), (12, 24), 0, 0, 360, 1, 4)
    found = without_rings((page | written) > 0)
    assert np.array_equal(found, written > 0)
    page[:] = 0
    cv2.ellipse(page, (80, 65), (60, 55), 0, begin + 30, begin + 330, 1, 3)
    wide_open = (page | written) > 0
    assert without_rings(wide_open) is wide_open  # a bow, as of a C


def test_an_underline_that_touches_holds_nothing() -> None:
    page = np.zeros((80, 200), np.uint8)
    for left in (40, 90, 150):
        cv2.ellipse(page, (left, 35), (15, 22), 0, 0, 360, 1, 3)
    cv2.line(page, (12, 15), (12, 55), 1, 3)
    cv2.line(page, (2, 60), (198, 56), 1, 3)  # it touches the zeros
    strokes = page > 0
    assert without_rings(strokes) is strokes
    assert without_rings(np.zeros((5, 5), bool)).sum() == 0


def test_underlines_that_join_digits_take_none_away(mnist: Mnist) -> None:
    rng = np.random.default_rng(0)
    for _ in range(150):
        made = make_number(mnist.validation, int(rng.integers(3, 8)), rng, gap="close")
        page = made.picture.copy()
        low = max(digit.top + digit.ink.shape[0] for digit in made.digits) - int(rng.integers(2, 9))
        cv2.line(page, (made.digits[0].left - 5, low), (page.shape[1] - 15, low), 0, 2)
        strokes = page < 128
        assert without_rings(strokes) is strokes


def test_writing_that_touches_its_ring_stays(mnist: Mnist) -> None:
    rng = np.random.default_rng(6)
    for _ in range(10):
        made = make_number(mnist.validation, 3, rng, height=(40, 50))
        ink = ringed(made, 360, 3) < 128
        inner = np.zeros(ink.shape, bool)
        inner[30:-30, 60:-60] = made.picture < 128
        rows, columns = np.nonzero(inner)
        last = columns.argmax()
        row, column = int(rows[last]), int(columns[last])
        ink[row - 1 : row + 2, column : column + 40] |= True  # to the ring, or beyond
        ink[:, column + 41 :] &= ringed(made, 360, 3)[:, column + 41 :] < 128
        found = without_rings(ink)
        assert (found & inner).sum() > 0.99 * inner.sum()
        assert (found & ~inner).sum() < 0.2 * inner.sum()
