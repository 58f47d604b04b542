"""What lines say of a row: tables part it, one line by hand strikes it out; by made lines."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from numerist.reading import Reader
from numerist.reading.lines import Line
from numerist.reading.ruled import fences, strikes
from numerist.reading.strings import make_number

if TYPE_CHECKING:
    from numerist import Dataset
    from numerist.data import Mnist

BOX, HEIGHT, HIGH = (100, 50, 300, 80), 30.0, 600


def ink(*gaps: tuple[int, int]) -> np.ndarray:
    """A row's ink in its box, everywhere but between these columns of the page."""
    mask = np.ones((BOX[3] - BOX[1], BOX[2] - BOX[0]), bool)
    for begin, end in gaps:
        mask[:, begin - BOX[0] : end - BOX[0]] = False
    return mask


def line(begin: int, length: int, place: float) -> Line:
    return Line(begin, np.full(length, place), 2.0, 1.0, 0.9)


@pytest.mark.parametrize(
    ("standing", "found"),
    [
        ([line(0, 200, 180)], (180.0,)),
        ([line(0, 200, 180), line(0, 200, 90), line(0, 200, 310)], (180.0,)),
        ([line(0, 200, 180), line(0, 200, 183)], (180.0,)),  # both edges of one
        ([line(45, 40, 180)], ()),  # the side of a box for one digit
        ([line(70, 200, 180)], ()),  # beside the lower part only
        ([line(0, 200, x) for x in range(60, 340, 40)], ()),  # squares
    ],
)
def test_a_long_line_with_none_near_it_parts_a_row(
    standing: list[Line], found: tuple[float, ...]
) -> None:
    assert fences(BOX, HEIGHT, ink((170, 190)), standing, HIGH) == found


@pytest.mark.parametrize("room", [6, 20])
def test_a_margins_line_goes_through_a_number_and_a_tables_between_two(room: int) -> None:
    mask = ink((180 - room // 2, 180 + room // 2))
    single, several = [line(0, 200, 180)], [line(0, 200, 180), line(0, 200, 400)]
    assert fences(BOX, HEIGHT, mask, single, HIGH) == ((180.0,) if room > 10 else ())
    assert fences(BOX, HEIGHT, mask, several, HIGH) == (180.0,)


@pytest.mark.parametrize(
    ("standing", "gaps", "found"),
    [
        ([line(20, 400, x) for x in range(70, 420, 45)], range(115, 300, 45), True),
        ([line(20, 400, x) for x in range(70, 420, 45)], (115, 205, 250, 295), False),  # crossed
        ([line(0, 400, x) for x in range(70, 420, 45)], range(115, 300, 45), False),  # squares
        ([line(20, 400, x) for x in range(70, 420, 35)], range(105, 300, 35), False),  # narrow ones
        ([line(20, 400, x) for x in range(25, 900, 45)], range(115, 300, 45), False),  # many
        ([line(20, 100, x) for x in range(70, 420, 45)], range(115, 300, 45), False),  # a strip
        ([line(20, x, x) for x in range(115, 420, 45)], range(115, 300, 45), False),  # uneven
    ],
)
def test_a_whole_grids_lines_part_what_stands_in_its_cells(
    standing: list[Line], gaps: range | tuple[int, ...], found: bool
) -> None:
    mask = ink(*((place - 8, place + 9) for place in gaps))
    inside = fences(BOX, HEIGHT, mask, standing, HIGH)
    assert inside == ((115.0, 160.0, 205.0, 250.0, 295.0) if found else ())


@pytest.mark.parametrize(
    ("lying", "struck"),
    [
        ([line(90, 220, 65)], True),
        ([line(90, 220, 83)], False),  # under it
        ([line(90, 220, 53)], False),  # along its top
        ([line(0, 600, 65)], False),  # from border to border
        ([line(20, 500, 65)], False),  # much longer
        ([line(90, 220, 65), line(60, 300, 110)], False),  # one of several, as on ruled paper
    ],
)
def test_a_line_through_the_middle_and_hardly_longer_strikes_out(
    lying: list[Line], struck: bool
) -> None:
    assert strikes(BOX, HEIGHT, lying, 600) == (((90.0, 310.0),) if struck else ())


def cut_out(digits: Dataset, length: int, seed: int, height: float = 40) -> tuple[np.ndarray, str]:
    """A made number without paper around it, and what it says."""
    rng = np.random.default_rng(seed)
    number = make_number(digits, length, rng, gap="close", height=(height, height))
    grey = np.asarray(number.picture)
    rows, columns = (np.flatnonzero((grey < 128).any(axis=axis)) for axis in (1, 0))
    return grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], number.text


def pasted(page: np.ndarray, number: np.ndarray, left: int, top: int) -> None:
    high, wide = number.shape
    part = page[top : top + high, left : left + wide]
    np.minimum(part, number, out=part)


@pytest.mark.parametrize("ruled", [True, False])
def test_numbers_in_neighbouring_cells_are_parted_by_the_line_between_them(
    ruled: bool, mnist: Mnist
) -> None:
    page = np.full((480, 700), 250, np.uint8)
    said = []
    for row in range(5):
        for column, (length, place) in enumerate([(3, -1), (2, 1)]):
            number, text = cut_out(mnist.validation, length, 10 * row + column)
            left = 338 - number.shape[1] if place < 0 else 362  # 0.6 heights apart
            pasted(page, number, left, 20 + 90 * row)
            said.append(text)
    if ruled:
        cv2.line(page, (350, 8), (350, 470), 80, 2)
    texts = [number.text for number in Reader().read(page).numbers]
    assert len(texts) == (10 if ruled else 5)
    assert not ruled or sum(a == b for a, b in zip(texts, said, strict=True)) >= 9


def test_the_digits_of_a_sudoku_are_numbers_of_their_own(mnist: Mnist) -> None:
    page, side, rng = np.full((700, 760), 245, np.uint8), 66, np.random.default_rng(3)
    for k in range(10):
        thick = 1 if k % 3 else 4
        cv2.line(page, (50 + k * side, 40), (50 + k * side, 40 + 9 * side), 30, thick)
        cv2.line(page, (50, 40 + k * side), (50 + 9 * side, 40 + k * side), 30, thick)
    written = {}
    for cell in rng.choice(81, 40, replace=False).tolist():
        digit, text = cut_out(mnist.validation, 1, cell)
        row, column = divmod(cell, 9)
        left, top = (
            50 + column * side + (side - digit.shape[1]) // 2,
            40 + row * side + (side - digit.shape[0]) // 2,
        )
        pasted(page, digit, left, top)
        written[cell] = text
    read = {}
    for number in Reader().read(page).numbers:
        left, top, right, bottom = number.box
        cell = 9 * int(((top + bottom) / 2 - 40) // side) + int(((left + right) / 2 - 50) // side)
        read[cell] = number.text
    assert sum(read.get(cell) == text for cell, text in written.items()) >= 39
    assert set(read) <= set(written)


def test_a_number_that_is_struck_out_is_in_doubt_and_its_neighbour_is_not(mnist: Mnist) -> None:
    sure = []
    for seed in range(6):
        page = np.full((120, 600), 250, np.uint8)
        for place, length in ((40, 4), (360, 3)):
            number, _ = cut_out(mnist.validation, length, seed + place)
            pasted(page, number, place, 30)
            if place == 40:
                middle, end = 30 + number.shape[0] // 2, 40 + number.shape[1]
                cv2.line(page, (30, middle + 3), (end + 10, middle - 3), 10, 3)
        numbers = Reader().read(page).numbers
        sure += [[number.confidence for number in numbers if number.box[0] < 300]]
        assert any(number.box[0] > 300 and number.confidence > 0.5 for number in numbers)
    assert sum(max(struck, default=0.0) <= 0.5 for struck in sure) >= 5


def test_parts_of_what_is_struck_out_are_struck_out(
    mnist: Mnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = np.full((110, 600), 250, np.uint8)
    for place, length in ((40, 3), (330, 3)):  # wide apart: two parts of one word, if that is none
        number, _ = cut_out(mnist.validation, length, place)
        pasted(page, number, place, 30)
    reader = Reader()
    first = reader._judged(reader.words((page / 255).astype(np.float32)))
    struck = [
        one._replace(word=dataclasses.replace(one.word, struck=True), evidence=None)
        for one in first
    ]
    halves = reader._parted(struck, lambda word: [word, word])
    assert len(halves) == 2 * len(struck)
    assert {one.most for one in halves} == {0.5}


@pytest.mark.parametrize("sign", ["+", "x"])
def test_a_sign_between_two_numbers_parts_them(sign: str, mnist: Mnist) -> None:
    right = 0
    for seed in range(6):
        page = np.full((110, 420), 250, np.uint8)
        (first, one), (second, other) = (cut_out(mnist.validation, 2, 2 * seed + k) for k in (0, 1))
        x = 40 + first.shape[1] + 26
        pasted(page, first, 40, 25)
        pasted(page, second, x + 26, 25)
        y, r = 25 + first.shape[0] // 2, 11
        ends = ((-r, 0), (0, -r)) if sign == "+" else ((-r, -r), (r, -r))
        for dx, dy in ends:
            cv2.line(page, (x + dx, y + dy), (x - dx, y - dy), 20, 3)
        texts = [number.text for number in Reader().read(page).numbers]
        assert one + other not in texts
        right += texts == [one, other]
    assert right >= 5


def test_small_numbers_beside_a_large_one_are_read(mnist: Mnist) -> None:
    page = np.full((520, 760), 250, np.uint8)
    large, text = cut_out(mnist.validation, 4, 1, height=130)
    pasted(page, large, 40, 20)
    said = [text]
    for k in range(4):
        small, text = cut_out(mnist.validation, 3, 20 + k, height=34)
        pasted(page, small, 60 + 320 * (k % 2), 250 + 110 * (k // 2))
        said.append(text)
    texts = [number.text for number in Reader().read(page).numbers]
    assert sum(a == b for a, b in zip(texts, said, strict=True)) >= 4
