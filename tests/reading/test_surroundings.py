"""Several sheets on a table: by made pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from numerist.reading import Reader
from numerist.reading.strings import make_number
from numerist.reading.surroundings import around, without_table

if TYPE_CHECKING:
    from numerist.data import Mnist


def test_the_line_around_a_picture() -> None:
    picture = np.arange(30).reshape(5, 6)
    assert sorted(around(picture, 1).tolist()) == [7, 8, 9, 10, 13, 16, 19, 20, 21, 22]


def table() -> np.ndarray:
    strokes = np.ones((300, 400), bool)
    strokes[20:140, 20:380] = strokes[160:280, 20:380] = False
    return strokes


@pytest.mark.parametrize("parts", [1, 2])
def test_what_lies_on_the_sheets_stays(parts: int) -> None:
    strokes = table()
    if parts > 1:  # a sheet from the top to the bottom
        strokes[:, 190:210] = False
    assert without_table(strokes) is strokes  # nothing is written there
    strokes[40:60, 50:56] = True
    expected = np.zeros_like(strokes)
    expected[40:60, 50:56] = True
    assert (without_table(strokes) == expected).all()
    assert strokes.sum() > expected.sum()


@pytest.mark.parametrize("thick", [2, 5, 8])
def test_a_frame_and_what_touches_it_stay(thick: int) -> None:
    frame = np.zeros((300, 420), bool)
    frame[:thick] = frame[-thick:] = frame[:, :thick] = frame[:, -thick:] = True
    frame[:60, 50:56] = frame[100:160, 50:56] = True
    assert without_table(frame) is frame


@pytest.mark.parametrize("high", [100, 500])
def test_a_digit_that_fills_its_picture_stays(high: int) -> None:
    wide = 6 * high // 10
    digit, thick = np.zeros((high, wide), np.uint8), high // 12
    axes = wide // 2 - thick // 2, high // 2 - thick // 2
    cv2.ellipse(digit, (wide // 2, high // 2), axes, 0, 0, 360, 1, thick)
    digit[high // 2, wide // 2] = 1  # a speck
    assert without_table(digit > 0).sum() == digit.sum()


@pytest.mark.parametrize("desk", [90, 40])
def test_numbers_on_coloured_notes_are_read(desk: int, mnist: Mnist) -> None:
    rng = np.random.default_rng(5)
    page = np.full((820, 900, 3), desk, np.float32)
    said = []
    for place, colour in enumerate([(120, 180, 230), (240, 140, 180), (250, 230, 110)] * 2):
        row, column = divmod(place, 2)
        left, top = 30 + 430 * column, 25 + 265 * row
        page[top : top + 240, left : left + 400] = colour
        made = make_number(mnist.validation, 4, rng, gap="wide", height=(45, 45))
        ink = 1 - made.picture[..., None] / 255
        high, wide = ink.shape[:2]
        part = page[top + 60 : top + 60 + high, left + 30 : left + 30 + wide]
        part[:] = part * (1 - ink) + ink * np.array([130, 20, 20])
        said.append(made.text)
    page += rng.normal(0, 3, page.shape)
    numbers = Reader().read(page.clip(0, 255).astype(np.uint8)).numbers
    assert sum(number.text in said for number in numbers) >= 5
    assert len(numbers) == 6
