"""Pages that lie on their side or upside down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from numerist.reading import Reader
from numerist.reading.pages import Page
from numerist.reading.strings import make_number
from numerist.reading.turned import on_page

if TYPE_CHECKING:
    from numerist.data import Mnist

TURNS = {
    0: 0,
    90: 1,
    180: 2,
    270: 3,
}  # degrees to turn it back, quarters before


def sheet(mnist: Mnist, rows: int, digits: int) -> tuple[np.ndarray, list[str]]:
    """Numbers in rows, uint8 (h, w), and what they say."""
    rng = np.random.default_rng(12)
    page, texts = np.full((40 + 90 * rows, 100 + 45 * digits), 245, np.uint8), []
    for row in range(rows):
        made = make_number(
            mnist.validation, digits, rng, gap="wide", height=(42, 46), paper="clean"
        )
        ink = made.picture[8:-8, 8:-8][:90, : page.shape[1] - 30]
        place = page[20 + 90 * row : 20 + 90 * row + ink.shape[0], 30 : 30 + ink.shape[1]]
        np.minimum(place, ink, out=place)
        texts.append(made.text)
    return page, texts


@pytest.mark.parametrize("size", [(3, 5), (7, 3)])
@pytest.mark.parametrize("degrees", TURNS)
def test_a_page_is_read_whichever_side_it_lies_on(
    degrees: int, size: tuple[int, int], mnist: Mnist
) -> None:
    page, texts = sheet(mnist, *size)
    lying = np.ascontiguousarray(np.rot90(page, TURNS[degrees]))
    found = Reader().read(lying).pages[0]
    assert found.turned == degrees
    assert found.text.split() == texts
    assert found.size == lying.shape[1::-1]
    for number in found.numbers:  # the boxes are those on the page as it lies there
        for digit in number.digits:
            left, top, right, bottom = (round(side) for side in digit.box)
            assert (lying[top:bottom, left:right] < 128).mean() > 0.05
            around = lying[max(top - 2, 0) : bottom + 2, max(left - 2, 0) : right + 2]
            assert (around < 128).sum() <= 1.3 * (lying[top:bottom, left:right] < 128).sum()


@pytest.mark.parametrize("digits", [[2, 3, 4, 5, 7], [0]])  # on its side 0 is a 0, too
def test_a_column_of_single_digits_stands_upright(digits: list[int], mnist: Mnist) -> None:
    rng = np.random.default_rng(4)
    images, labels = mnist.validation.images, mnist.validation.labels
    chosen = rng.choice(np.flatnonzero(np.isin(labels, digits)), 6, replace=False)
    page = np.full((40 + 60 * 6, 120), 245.0)
    for row, digit in enumerate(chosen):
        page[20 + 60 * row : 76 + 60 * row, 30:86] -= 220 * np.kron(images[digit], np.ones((2, 2)))
    found = Reader().read(page.astype(np.uint8)).pages[0]
    assert found.turned == 0
    assert found.text.split() == [str(labels[digit]) for digit in chosen]


@pytest.mark.parametrize("text", ["1", "808", "6", "69", "11"])
def test_what_says_something_both_ways_up_stands_upright(text: str, mnist: Mnist) -> None:
    rng = np.random.default_rng(7)
    images, labels = mnist.validation.images, mnist.validation.labels
    page = np.full((120, 60 + 60 * len(text)), 245.0)
    for place, digit in enumerate(text):
        image = images[rng.choice(np.flatnonzero(labels == int(digit)))]
        page[30:86, 30 + 60 * place : 86 + 60 * place] -= 220 * np.kron(image, np.ones((2, 2)))
    found = Reader().read(page.astype(np.uint8)).pages[0]
    assert (found.turned, found.text) == (0, text)


@pytest.mark.parametrize("turns", range(4))
def test_boxes_are_turned_back_as_pixels_are(turns: int) -> None:
    page = Page("p", 1, np.zeros((30, 50), np.float32), 1.0, (50, 30))
    page.pixels[4:9, 12:20] = 1
    turned = page.turned(turns)
    rows, columns = (np.flatnonzero(turned.pixels.any(axis=axis)) for axis in (1, 0))
    box = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    assert turned.turns == turns
    assert on_page(box, turns, turned.pixels.shape[::-1]) == (12, 4, 20, 9)
