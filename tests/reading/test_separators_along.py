"""Separators that are heard along the row: where, by which network, and where no piece is one."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from numerist.model.along import RowModel
from numerist.reading import Reader
from numerist.reading.edges import edges_of
from numerist.reading.lattice import Lattice, find_candidates
from numerist.reading.pieces import HEIGHT, Pieces, cut_row, parts_of
from numerist.reading.separators_along import (
    NETWORK,
    UNHEARD,
    digits_within,
    heard_beside,
    joined_separators,
    separators_along,
)
from numerist.reading.strings import make_number
from numerist.reading.whole_row import APART, WRITING, view

if TYPE_CHECKING:
    from numerist.data import Mnist

LABELS = "0123456789 .,-:/"  # of a column, nothing among them
Line = tuple[tuple[float, float], tuple[float, float]]
MARKS: dict[str, list[Line]] = {  # lines in heights, to the right and down from the middle of a gap
    ".": [((0, 0.45), (0, 0.46))],
    ",": [((0.05, 0.4), (-0.05, 0.7))],
    "-": [((-0.2, 0), (0.2, 0))],
    ":": [((0, 0.3), (0, 0.31)), ((0, -0.3), (0, -0.29))],
    "/": [((-0.25, 0.65), (0.25, -0.65))],
}


def marked(sign: str, mnist: Mnist, height: int, rng: np.random.Generator) -> np.ndarray:
    """A number of four digits, with a mark in a wide gap in the middle; or none."""
    made = make_number(mnist.validation, 4, rng, height=(height, height))
    ink = 1 - made.picture.astype(np.float32) / 255
    first, second = made.digits[1:3]
    right, middle = first.left + first.ink.shape[1], first.top + first.ink.shape[0] / 2
    if sign:
        room = max(0, round(0.6 * height) - (second.left - right))
        apart = np.zeros((len(ink), room), np.float32)
        ink = np.hstack([ink[:, :right], apart, ink[:, right:]])
    for begin, end in MARKS.get(sign, []):
        (x, y), (u, v) = height * np.array([begin, end]) + (right + 0.3 * height, middle)
        thick = max(2, round(0.14 * height))
        cv2.line(ink, (round(x), round(y)), (round(u), round(v)), 1.0, thick, cv2.LINE_AA)
    return 1 - ink


@pytest.mark.parametrize("sign", MARKS)
def test_the_network_hears_separators(mnist: Mnist, sign: str) -> None:
    rng = np.random.default_rng(ord(sign))
    reader = Reader()
    for drawn in (sign, ""):
        pictures = [marked(drawn, mnist, int(rng.integers(24, 60)), rng) for _ in range(8)]
        pieces = [
            max(reader.words(one), key=lambda word: word.pieces.areas.sum()).pieces
            for one in pictures
        ]
        heard = [
            heard_beside(columns, 0, 9000)[sign] > 0.5
            for columns in separators_along(pieces, [True] * 8)
        ]
        assert sum(heard) >= 6 if drawn else sum(heard) <= 1


def test_its_file_says_what_it_knows_and_what_it_learned_from() -> None:
    network = RowModel(NETWORK)
    assert "".join("" if name == "none" else name for name in network.metadata.classes) == (
        LABELS.replace(" ", "")
    )
    assert "--separators" in network.metadata.made_by


def saying(**heard: tuple[float, float]) -> np.ndarray:
    """60 columns that say nothing but some separators: where, in pixels of the row, and how sure.

    `point`, `comma` and `dash` are what they are called.
    """
    columns = np.full((60, 16), 1e-4)
    margin = (view(np.zeros((HEIGHT, 40), np.float32), np.zeros((0, 4))).shape[1] - 20) / 2
    for name, (place, sure) in heard.items():
        sign = {"point": ".", "comma": ",", "dash": "-"}[name]
        column = (place * WRITING / HEIGHT + margin) / APART
        columns[int(column), LABELS.index(sign)] = sure
    result: np.ndarray = np.log(columns)
    return result


def test_a_separator_is_heard_where_it_stands() -> None:
    columns = saying(comma=(60, 0.9))
    assert heard_beside(columns, 57, 63)[","] == pytest.approx(0.9)
    assert heard_beside(columns, 57, 63)["."] < 0.1
    assert heard_beside(columns, 75, 80)[","] < 0.1
    assert heard_beside(columns, 40, 45)[","] < 0.1
    assert heard_beside(columns, 9000, 9010)[","] == 0
    assert set(heard_beside(UNHEARD, 0, 50).values()) <= {0}


def test_a_digit_is_heard_within_its_box() -> None:
    columns = saying()
    columns[20, 7] = math.log(0.8)
    margin = (view(np.zeros((HEIGHT, 40), np.float32), np.zeros((0, 4))).shape[1] - 20) / 2
    place = (20.5 * APART - margin) * HEIGHT / WRITING
    boxes = np.array([[place - 12, 0, place + 12, 40], [place + 16, 0, place + 40, 40]])
    heard, unheard = digits_within(columns, boxes)
    assert heard == pytest.approx(0.8)
    assert unheard < 0.01
    assert digits_within(columns, np.array([[5000, 0, 5020, 40]])) < 0.01
    assert digits_within(UNHEARD, boxes).tolist() == [1, 1]
    assert len(digits_within(columns, np.zeros((0, 4)))) == 0


def rings(*, point: bool) -> Pieces:
    """Two rings, the second begins at 80 pixels, and perhaps a point between them."""
    ink = np.zeros((90, 160), np.uint8)
    for x in (50, 94):
        cv2.ellipse(ink, (x, 40), (12, 18), 0, 0, 360, 255, 4, cv2.LINE_AA)
    if point:
        cv2.circle(ink, (72, 58), 3, 255, -1)
    level = ink.astype(np.float32) / 255
    return cut_row(parts_of(level, level > 0.4, HEIGHT))


def test_a_separator_that_no_piece_is_stands_before_the_piece_behind_it() -> None:
    pieces = rings(point=False)
    begins, boxes = pieces.uncut
    first, second = boxes[:, 0].tolist()

    def found(pieces: Pieces = pieces, **heard: tuple[float, float]) -> dict[int, dict[str, float]]:
        said = joined_separators(pieces, saying(**heard))
        return {place: signs for place, signs in enumerate(said) if signs}

    place = int(begins[1])
    between = second - 6
    both = found(point=(between, 0.9), dash=(between + 2, 0.3))
    assert both == {place: {".": pytest.approx(0.9), "-": pytest.approx(0.3)}}
    assert found(point=(second, 1.0)) == {place: {".": pytest.approx(0.98)}}
    assert found(point=(first, 0.9)) == {}  # before the number
    assert found(point=(second, 0.05)) == {}
    assert not any(joined_separators(pieces, UNHEARD))
    assert found(rings(point=True), point=(between, 0.9)) == {}


def test_a_comma_that_touches_a_digit_is_read_now_and_then(mnist: Mnist) -> None:
    """A comma whose head is at the foot of the second digit, without a gap, is one piece with it.

    Without the network along the row none is.
    """
    rng, reader, right, lost = np.random.default_rng(3), Reader(), 0, 0
    for _ in range(10):
        made = make_number(mnist.validation, 4, rng, height=(50.0, 50.0))
        second = made.digits[1]
        foot = second.top + second.ink.shape[0]
        edge = int(np.flatnonzero(second.ink[-6:].max(axis=0) > 0.5)[-1]) + second.left
        picture = made.picture.copy()
        cv2.circle(picture, (edge + 6, foot - 3), 4, 0, -1, cv2.LINE_AA)
        cv2.line(picture, (edge + 6, foot - 3), (edge + 2, foot + 12), 0, 4, cv2.LINE_AA)
        text = reader.read(picture).text
        right += text == f"{made.text[:2]},{made.text[2:]}"
        lost += text.replace(",", "") != made.text
    assert right >= 2
    assert lost <= 3


def test_what_is_not_looked_at_says_nothing(mnist: Mnist) -> None:
    made = make_number(mnist.validation, 3, np.random.default_rng(0))
    (word,) = Reader().words(made.picture.astype(np.float32) / 255)
    heard, nothing = separators_along([word.pieces] * 2, [True, False])
    assert heard.shape[1] == 16
    assert len(heard) > 0
    assert np.allclose(np.exp(heard).sum(axis=1), 1, atol=1e-4)
    assert nothing is UNHEARD
    assert math.isclose(sum(heard_beside(nothing, 0, 10).values()), 0)


def test_what_is_not_heard_is_doubted_where_the_others_are_not_sure() -> None:
    """Two rings read as zeros by both other networks, the second with some doubt."""
    pieces = rings(point=False)
    candidates = find_candidates(pieces)
    zero = np.zeros((len(candidates), 10))
    zero[:, 0] = 1.0
    known = np.where([candidate.box[0] > 75 for candidate in candidates], 0.8, 1.0)

    def against(columns: np.ndarray) -> list[float]:
        lattice = Lattice(pieces, candidates, zero, known, zero, columns[:, :11], columns)
        edges = itertools.chain(*edges_of(lattice))
        return [edge.shared["heard"] for edge in edges if edge.candidate >= 0]

    silent = against(saying())
    assert sorted(set(silent)) == pytest.approx([0, -math.log(0.01)])
    heard = saying()
    heard[:, 5] = math.log(0.9)  # any digit
    assert max(against(heard)) == pytest.approx(-math.log(0.9))
    assert set(against(UNHEARD)) == {0.0}
