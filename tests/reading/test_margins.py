"""Margins around a picture change nothing of what is read in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from numerist.reading import Reader
from numerist.reading.margins import within_margins
from numerist.reading.strings import make_number

if TYPE_CHECKING:
    from numerist.data import Mnist

ALL = slice(None)


def photo(mnist: Mnist, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    return make_number(mnist.validation, 4, rng, paper="photo").picture


def as_floats(picture: Any) -> Any:
    return picture.astype(np.float32) / 255


@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (40, 90, 200)])
@pytest.mark.parametrize("sides", [(30, 30, 30, 30), (60, 0, 0, 0), (0, 0, 17, 90), (1, 2, 3, 4)])
def test_the_same_is_read_where_it_stands(
    mnist: Mnist, colour: tuple[int, ...], sides: tuple[int, ...]
) -> None:
    top, bottom, left, right = sides
    reader = Reader()
    for seed in range(3):
        picture = photo(mnist, seed)
        # margins are found to within the pixels that JPEG would smear: those are cut off, too
        high, wide = picture.shape[:2]
        smear = [2 if side else 0 for side in sides]
        kept = picture[smear[0] : high - smear[1], smear[2] : wide - smear[3]]
        page = np.full((high + top + bottom, wide + left + right, 3), colour, np.uint8)
        page[top : top + high, left : left + wide] = picture
        rows, columns = within_margins(as_floats(page))
        assert (rows.start, rows.stop) == (top + smear[0], top + high - smear[1])
        assert (columns.start, columns.stop) == (left + smear[2], left + wide - smear[3])
        plain, framed = reader.read(kept), reader.read(page)
        assert framed.text == plain.text
        for one, other in zip(plain.pages[0].numbers, framed.pages[0].numbers, strict=True):
            x, y = left + smear[2], top + smear[0]
            assert other.box == pytest.approx(np.add(one.box, (x, y, x, y)))


def test_margins_that_jpeg_was_at_and_margins_around_margins(mnist: Mnist) -> None:
    picture = photo(mnist, 5)
    inner = cv2.copyMakeBorder(picture, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=(0, 0, 0))
    page: Any = cv2.copyMakeBorder(inner, 64, 64, 64, 64, cv2.BORDER_CONSTANT, value=(255,) * 3)
    coded = cv2.imencode(".jpg", page, [int(cv2.IMWRITE_JPEG_QUALITY), 85])[1]
    page = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR))
    rows, columns = within_margins(as_floats(page))
    assert (rows.start, columns.start) == pytest.approx((104, 104), abs=8)
    assert (rows.stop, columns.stop) == pytest.approx(np.add(picture.shape[:2], 104), abs=8)
    assert Reader().read(page).text == Reader().read(picture).text


def drawn(*strokes: tuple[tuple[int, int], tuple[int, int], int], paper: int = 255) -> Any:
    page = np.full((200, 300), paper, np.uint8)
    for start, end, width in strokes:
        cv2.line(page, start, end, 255 - paper, width)
    return page


def test_large_pages_are_looked_at_from_afar(mnist: Mnist) -> None:
    picture = cv2.resize(photo(mnist, 6), None, fx=9, fy=9)
    high, wide = picture.shape[:2]
    page = np.full((high + 1000, wide + 900, 3), 255, np.uint8)
    page[333 : 333 + high, 555 : 555 + wide] = picture
    step = max(page.shape) // 800
    assert step > 2
    rows, columns = within_margins(as_floats(page))
    for found, begin, size in ((rows, 333, high), (columns, 555, wide)):
        assert begin + 2 <= found.start <= begin + 2 + step
        assert begin + size - 2 - step <= found.stop <= begin + size - 2


@pytest.mark.parametrize("paper", [255, 0])
def test_what_is_drawn_on_even_paper_has_no_margin(mnist: Mnist, paper: int) -> None:
    frame = [((50, 50), (250, 50)), ((250, 50), (250, 150)), ((250, 150), (50, 150)),
             ((50, 150), (50, 50))]  # fmt: skip
    clean = make_number(mnist.validation, 5, np.random.default_rng(0)).picture
    for page in (
        drawn(paper=paper),
        drawn(((150, 60), (150, 140), 30), paper=paper),  # a one by a broad pen
        drawn(((60, 100), (240, 100), 20), paper=paper),
        cv2.GaussianBlur(drawn(((150, 20), (150, 180), 36), paper=paper), (0, 0), 3),
        cv2.GaussianBlur(drawn(((150, 20), (150, 180), 24), paper=paper), (0, 0), 6),
        drawn(*((start, end, 3) for start, end in frame), paper=paper),
        drawn(*((start, end, 3) for start, end in frame), ((140, 70), (160, 130), 5), paper=paper),
        clean if paper else 255 - clean,
        np.full((1, 1), paper, np.uint8),
        np.full((3, 400), paper, np.uint8),
    ):
        assert within_margins(as_floats(page)) == tuple(slice(0, side) for side in page.shape)


def test_a_board_on_a_white_page_is_a_picture_within_margins() -> None:
    page = np.full((300, 400), 255, np.uint8)
    page[60:220, 80:330] = 30
    cv2.putText(page, "7", (150, 190), cv2.FONT_HERSHEY_SIMPLEX, 4, 250, 9)
    assert within_margins(as_floats(page)) == (slice(62, 218), slice(82, 328))
