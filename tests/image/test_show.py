from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from numerist.errors import InputError, ShapeError
from numerist.image import sheet, terminal_picture, terminal_sheet, write_captioned_png, write_png

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_sheet_puts_images_left_to_right_by_hand() -> None:
    images = np.stack([np.full((2, 3), value) for value in (0.1, 0.2, 0.3)])
    assert sheet(images, columns=2, gap=1).tolist() == [
        [0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0.1, 0.1, 0.1, 0, 0.2, 0.2, 0.2, 0],
        [0, 0.1, 0.1, 0.1, 0, 0.2, 0.2, 0.2, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0.3, 0.3, 0.3, 0, 0, 0, 0, 0],
        [0, 0.3, 0.3, 0.3, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 0],
    ]
    with pytest.raises(InputError):
        sheet(images[:0])


def test_png_has_dark_ink_on_white_paper(tmp_path: Path) -> None:
    image = np.array([[0.0, 1.0], [0.5, 0.0]])
    write_png(tmp_path / "a.png", image, scale=3)
    with Image.open(tmp_path / "a.png") as picture:
        pixels = np.asarray(picture)
    assert pixels.shape == (6, 6)
    assert pixels[::3, ::3].tolist() == [[255, 0], [128, 255]]


def test_captions_stand_below_their_images(tmp_path: Path) -> None:
    images = np.ones((3, 10, 10))
    write_captioned_png(tmp_path / "a.png", images, ["", "MMMMM", ""], scale=4)
    with Image.open(tmp_path / "a.png") as picture:
        ink = np.asarray(picture) < 128
    width, height = ink.shape[1] // 2, ink.shape[0] // 2
    cells = [ink[:height, :width], ink[:height, width:], ink[height:, :width], ink[height:, width:]]
    assert [cell.sum() == 1600 for cell in cells] == [True, False, True, False]
    assert cells[3].sum() == 0
    below = np.flatnonzero(cells[1].any(axis=1))
    assert below.max() - below.min() > 40 + 5
    with pytest.raises(InputError):
        write_captioned_png(tmp_path / "b.png", images[:0], [])


def test_shades_and_colours_say_the_same() -> None:
    image = np.array([[0.0, 1.0], [0.0, 1.0], [0.0, 0.0], [0.0, 2 / 3]])
    assert terminal_picture(image, colour=False) == [" @", " -"]
    coloured = terminal_picture(image, colour=True)
    assert [re.findall(r"38;5;(\d+);48;5;(\d+)", line) for line in coloured] == [
        [("232", "232"), ("255", "255")],
        [("232", "232"), ("232", "247")],
    ]
    assert terminal_picture(image, colour=True, unicode=False) == [" @", " -"]
    assert len(terminal_picture(np.ones((3, 5)), colour=False)) == 2


@pytest.mark.parametrize("width", [20, 80, 200])
def test_a_sheet_fits_the_terminal_and_has_every_caption(width: int) -> None:
    text = terminal_sheet(np.ones((7, 28, 28)), [f"caption {k}" for k in range(7)], width=width)
    assert all(len(line) <= width for line in text.splitlines())
    assert re.findall(r"caption \d", text) == [f"caption {k}" for k in range(7)]


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: terminal_sheet(np.zeros((2, 784)), ["a", "b"]), r"\(2, 784\).*reshape"),
        (lambda: sheet(np.zeros((2, 784))), r"\(2, 784\).*reshape"),
        (lambda: terminal_picture(np.full((28, 28), np.nan), colour=False), "finite"),
        (lambda: terminal_sheet([[0.0, 1.0], [1.0]], ["a", "b"]), "images: expected"),  # type: ignore[arg-type]
        (lambda: sheet([[0.0, 1.0], [1.0, 0.0]]), r"\(2, 2\)"),  # type: ignore[arg-type]
        (lambda: sheet(np.zeros((2, 28, 28)), columns=-1), "columns"),
        (lambda: sheet(np.zeros((2, 28, 28)), columns=0), "columns"),
    ],
)
def test_what_is_no_list_of_images_is_refused_by_name(
    draw: Callable[[], object], words: str
) -> None:
    with pytest.raises((InputError, ShapeError), match=words):
        draw()
