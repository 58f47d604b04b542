"""The picture of a lattice: green where the best way went, one bracket never over another."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest

from numerist.errors import PictureError
from numerist.reading import Reader
from numerist.reading.decode import ways
from numerist.reading.explaining import _EDGE, _GREEN, _LARGER, _best, _levels, draw_lattices
from numerist.reading.patterns import any_number, of_length

if TYPE_CHECKING:
    from numerist.data import Mnist


@pytest.fixture(scope="module")
def picture(mnist: Mnist) -> np.ndarray:
    images = mnist.training.images[:3]
    ink = np.concatenate(list(np.pad(images, ((0, 0), (0, 0), (0, 6)))), axis=1)
    pixels: np.ndarray = np.rint(255 * (1 - ink)).astype(np.uint8)
    return pixels


def test_green_brackets_stand_below_the_digits_that_were_read(picture: np.ndarray) -> None:
    reader = Reader()
    drawn = reader.explain(picture)
    assert drawn.dtype == np.uint8
    assert drawn.ndim == 3
    green = (drawn == _GREEN).all(axis=2).any(axis=0)
    lattice = reader.lattices((picture / 255).astype(np.float32))[1][0]
    inked = (lattice.pieces.numbers > 0).any(axis=0)
    columns = np.flatnonzero(inked) * _LARGER + _EDGE + 1
    assert green[columns].mean() > 0.9
    assert green.mean() < 0.95  # there are gaps between digits


def test_the_text_that_the_network_along_the_row_decides_for_is_drawn(picture: np.ndarray) -> None:
    lattice = Reader().lattices((picture / 255).astype(np.float32))[1][0]
    cheapest, other, *_ = ways(lattice)
    columns = np.full((2 * len(other.text) + 1, 11), np.log(1e-9))
    columns[::2, 10] = 0.0
    for k, sign in enumerate(other.text):
        columns[2 * k + 1, int(sign)] = 0.0
    loud = dataclasses.replace(lattice, columns=columns)
    best = _best(loud, any_number())
    assert best is not None
    assert best.text == other.text != cheapest.text


def test_brackets_on_a_level_do_not_overlap(picture: np.ndarray) -> None:
    lattice = Reader().lattices((picture / 255).astype(np.float32))[1][0]
    levels = _levels(lattice, list(range(len(lattice.candidates))))
    taken: set[tuple[int, int]] = set()
    for number, level in levels.items():
        left, _, right, _ = lattice.candidates[number].box
        cells = {(level, column) for column in range(left, right)}
        assert not cells & taken
        taken |= cells


def test_nothing_to_show_and_nothing_that_fits(picture: np.ndarray) -> None:
    assert draw_lattices([], any_number()).shape[2] == 3
    lattices = Reader().lattices((picture / 255).astype(np.float32))[1]
    drawn = draw_lattices(lattices, of_length(50))
    assert not (drawn == _GREEN).all(axis=2).any()
    with pytest.raises(PictureError):
        Reader().explain(b"no picture")
