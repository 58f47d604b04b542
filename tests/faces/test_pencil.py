"""The pencil, against areas and places worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from numerist.faces.pencil import Pencil, arc

SQUARE = [(-1, -1), (1, -1), (1, 1), (-1, 1)]


def test_a_disc_has_the_area_of_a_disc_and_stands_where_it_was_put() -> None:
    pencil = Pencil(40)
    pencil.at(25, 12).fill(arc(6, 6, points=60), 1.0)
    picture = pencil.picture()
    assert picture.sum() == pytest.approx(math.pi * 6.17**2, rel=0.04)  # its border is inked too
    rows, columns = np.indices(picture.shape) + 0.5
    assert (picture * columns).sum() / picture.sum() == pytest.approx(25, abs=0.25)
    assert (picture * rows).sum() / picture.sum() == pytest.approx(12, abs=0.25)


def test_ink_covers_what_lies_below() -> None:
    pencil = Pencil(6)
    pencil.at(3, 3, grow=2).fill(SQUARE, 1.0)
    pencil.at(3, 3, grow=2).fill(SQUARE, 0.2)
    assert pencil.picture()[3, 3] == pytest.approx(0.2)


def _spot(place: Pencil, sheet: Pencil) -> tuple[int, int]:
    """Draw a spot at (4, 0) of a place; return the row and the column of its darkest pixel."""
    place.at(4, 0, grow=0.4).fill(SQUARE, 1.0)
    row, column = np.unravel_index(sheet.picture().argmax(), (20, 20))
    return int(row), int(column)


def test_places_within_places() -> None:
    # Turned by 90° clockwise, x points down; twice as large, (4, 0) is 8 pixels away.
    sheet = Pencil(20)
    place = sheet.at(10.5, 5.5, tilt=math.pi / 2)
    assert _spot(place, sheet) == (9, 10)
    sheet = Pencil(20)
    assert _spot(sheet.at(10.5, 5.5, tilt=math.pi / 2, grow=2), sheet) == (13, 10)
    # A place at (2, 0) of a place twice as large is 4 pixels to the right.
    sheet = Pencil(20)
    assert _spot(sheet.at(5.5, 5.5, grow=2).at(2, 0, grow=0.5), sheet) == (5, 13)


def test_upside_down() -> None:
    pictures = []
    for flip in (False, True):
        pencil = Pencil(21)
        pencil.at(10.5, 10.5, flip=flip).fill([(-3, -6), (3, -6), (0, 6)], 1.0)
        pictures.append(pencil.picture())
    upright, flipped = pictures
    assert upright[5].sum() > 3
    assert upright[15].sum() < 2
    assert np.abs(upright[::-1] - flipped).sum() < 0.2 * upright.sum()


def test_lines_grow_with_their_place() -> None:
    thin, thick = Pencil(20), Pencil(20)
    thin.line([(2, 10), (18, 10)], 1.0, 1.0)
    thick.at(0, 0, grow=2).line([(1, 5), (9, 5)], 1.0, 1.0)
    assert thick.picture().sum() == pytest.approx(2 * thin.picture().sum(), rel=0.02)
