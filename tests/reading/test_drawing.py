"""Boxes and answers on the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from numerist.errors import InputError, WriteError
from numerist.reading.drawing import (
    NO_ANSWER,
    SURE,
    annotated,
    caption,
    colour,
    picture_format,
    write_picture,
)
from numerist.reading.pages import Page
from numerist.reading.result import Digit, Number, PageReading
from numerist.reading.turned import on_page

if TYPE_CHECKING:
    from pathlib import Path

GREEN, ORANGE, RED = (shade for _, shade in SURE)


def number(text: str, confidence: float, box: Any) -> Number:
    return Number(text, confidence, box, 0)


def drawn(paper: Any, *numbers: Number, scale: float = 1.0) -> Any:
    height, width = paper.shape[:2]
    page = Page("x.png", 1, paper, scale, (round(width * scale), round(height * scale)))
    return np.asarray(annotated(page, PageReading(1, page.size, numbers)))


def paper(height: int, width: int, grey: float = 0.9) -> Any:
    return np.full((height, width), grey, np.float32)


def where(picture: Any, shade: Any) -> Any:
    return (picture == shade).all(axis=-1)


def test_without_numbers_the_page_is_as_it_was() -> None:
    pixels = np.random.default_rng(0).random((1000, 700, 3)).astype(np.float32)
    picture = drawn(pixels)
    assert picture.shape == (1000, 700, 3)
    assert np.abs(picture / 255 - pixels).max() <= 0.5 / 255 + 1e-6


@pytest.mark.parametrize("grey", [0.0, 0.5, 1.0])
def test_the_box_stands_around_the_number_on_any_paper(grey: float) -> None:
    picture = drawn(paper(1000, 1200, grey), number("504192", 0.999, (300, 400, 500, 460)))
    inside = picture[400:460, 300:500]
    assert (inside == round(255 * grey)).all()  # the digits stay to be seen
    green = where(picture, GREEN)
    assert green[399, 300:500].all()
    assert green[460, 300:500].all()
    assert green[400:460, 299].all()
    assert green[400:460, 500].all()
    rows, columns = np.flatnonzero(green.any(axis=1)), np.flatnonzero(green.any(axis=0))
    assert rows[0] > 300  # the caption is near
    assert rows[-1] < 560
    assert columns[0] > 200
    assert columns[-1] < 700
    assert where(picture, (255, 255, 255))[:400].sum() > 200  # white letters, even on black


def test_boxes_are_in_pixels_of_the_original() -> None:
    box = (600, 800, 1000, 920)
    picture = drawn(paper(1000, 1200), number("1", 0.999, box), scale=2.0)
    assert picture.shape[:2] == (1000, 1200)
    assert where(picture, GREEN)[399, 300:500].all()
    assert where(picture, GREEN)[460, 300:500].all()


def test_small_pages_are_enlarged_so_that_letters_can_be_read() -> None:
    picture = drawn(paper(28, 60), number("12", 0.95, (5, 5, 50, 25)))
    assert picture.shape == (28 * 8, 60 * 8, 3)
    assert where(picture, ORANGE)[5 * 8 - 1, 5 * 8 : 50 * 8].all()


def test_digits_have_boxes_of_their_own() -> None:
    digits = (Digit("1", 0.5, (300, 400, 380, 460)), Digit("2", 0.999, (400, 400, 500, 460)))
    both = Number("12", 0.95, (300, 400, 500, 460), 0, digits)
    picture = drawn(paper(1000, 1200), both)
    assert where(picture, RED)[405:455, 379].all()
    assert where(picture, GREEN)[405:455, 400].all()
    assert where(picture, ORANGE)[405:455, 299].all()


def test_captions_hide_no_number_where_there_is_room() -> None:
    tops = [100, 145, 300, 390, 480, 525, 700, 745, 900]  # some below each other, without a gap
    lines = [number("7", 0.999, (300, top, 500, top + 40)) for top in tops]
    picture = drawn(paper(1000, 1200), *lines)
    for one in lines:
        left, top, right, bottom = map(int, one.box)
        assert (picture[top:bottom, left:right] == round(0.9 * 255)).all(), one.text


@pytest.mark.parametrize("turns", [1, 3])
def test_a_page_on_its_side_is_drawn_on_as_when_it_stands(turns: int) -> None:
    def numbers(*boxes: Any) -> tuple[Number, ...]:
        one, digit, other = boxes
        return Number("12", 0.95, one, 0, (Digit("1", 0.5, digit),) * 2), number("34", 0.2, other)

    pixels = np.random.default_rng(0).random((1000, 1200)).astype(np.float32)
    boxes = [(600, 800, 1000, 920), (600, 800, 760, 920), (600, 940, 1000, 1060)]
    stands = drawn(pixels, *numbers(*boxes), scale=2.0)
    page = Page("x.png", 1, pixels.copy(), 2.0, (2400, 2000)).turned(-turns)
    there = numbers(*(on_page(box, turns, (2400, 2000)) for box in boxes))
    reading = PageReading(1, (2000, 2400), there, turned=90 * (-turns % 4))
    np.testing.assert_array_equal(np.asarray(annotated(page, reading)), np.rot90(stands, -turns))


def test_captions_stay_on_the_page_and_boxes_need_no_area() -> None:
    corners = [(0, 0, 40, 20), (1160, 0, 1200, 20), (0, 980, 40, 1000), (1160, 980, 1200, 1000)]
    letters = {}
    for box in [(600, 500, 640, 520), *corners, (600, 500, 600, 500), (0, 0, 1200, 1000)]:
        picture = drawn(paper(1000, 1200), number("123456789", 0.999, box))
        green = where(picture, GREEN)
        high, wide = np.nonzero(green)
        assert high.max() < 1000
        assert wide.max() < 1200
        bright = picture.min(axis=-1) > 245  # letters, and the edge around box and caption
        letters[box] = int(bright.sum())
    for box in corners:
        assert letters[box] > 0.8 * letters[600, 500, 640, 520]
    assert min(letters.values()) > 200


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (2, 2, 3)])
def test_pages_of_any_shape(shape: tuple[int, ...]) -> None:
    picture = drawn(np.zeros(shape, np.float32), number("7", 0.5, (0, 0, 1, 1)))
    assert picture.ndim == 3


def test_a_page_full_of_numbers() -> None:
    numbers = [
        number("1234", 0.9, (left, top, left + 50, top + 40))
        for left in range(0, 3600, 60)
        for top in range(0, 3000, 60)
    ]
    assert drawn(paper(3000, 3600), *numbers).shape == (3000, 3600, 3)


def test_captions_and_colours() -> None:
    box = (0, 0, 9, 9)
    expected = {
        0.99999: ("7  99.9%", GREEN), 0.99: ("7  99%", GREEN), 0.9899: ("7  98.9%", ORANGE),
        0.9: ("7  90%", ORANGE), 0.5: ("7  50%", RED), 0.0: ("7  0%", RED), 1.0: ("7  100%", GREEN),
    }  # fmt: skip
    for confidence, (text, shade) in expected.items():
        assert caption(number("7", confidence, box)) == text
        assert colour(number("7", confidence, box)) == shade
    assert caption(number("?", 0.0, box)) == "?"
    assert colour(number("?", 0.0, box)) == NO_ANSWER
    for shade in (GREEN, ORANGE, RED, NO_ANSWER):  # contrast with white after WCAG 2
        linear = [
            (c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4) for c in shade
        ]
        luminance = np.dot([0.2126, 0.7152, 0.0722], linear)
        assert 1.05 / (luminance + 0.05) >= 4.5, shade


@pytest.mark.parametrize(("ending", "kind"), [("png", "PNG"), ("JPG", "JPEG"), ("webp", "WEBP")])
def test_pictures_are_written_by_their_ending(tmp_path: Path, ending: str, kind: str) -> None:
    path = tmp_path / f"page.{ending}"
    write_picture(path, np.full((20, 30, 3), 200, np.uint8))
    with Image.open(path) as image:
        assert image.format == kind
        assert image.size == (30, 20)
    write_picture(path, Image.new("RGB", (7, 5)))
    with Image.open(path) as image:
        assert image.size == (7, 5)


def test_other_endings_and_places_are_refused(tmp_path: Path) -> None:
    for name in ("page", "page.txt", "page.pdf"):
        with pytest.raises(InputError, match=r"\.png"):
            picture_format(tmp_path / name)
    with pytest.raises(WriteError):
        write_picture(tmp_path / "none" / "page.png", np.zeros((2, 2), np.uint8))
