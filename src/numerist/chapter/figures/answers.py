"""Images, and beside each what the outputs say or should say, as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numerist.chapter.figures.arguments import grid, one_each
from numerist.chapter.figures.arguments import images as checked_images
from numerist.chapter.figures.board import Board
from numerist.chapter.figures.palette import BLUE
from numerist.chapter.figures.svg import WIDTH, picture
from numerist.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from numerist.chapter.figures.picture import Picture
    from numerist.neurons.activations import Array

_ROW = 36.0  # height of an image and its bars
_SIDE = 30.0  # of an image
_LEFT = 56.0  # where the bars begin
_BELOW = 18.0  # for the names of the outputs


def draw_answers(
    images: ArrayLike, outputs: ArrayLike, names: Sequence[str], *, alt: str
) -> Picture:
    """Draw each image with a bar beside it for each output.

    Args:
        images: (n, height, width), paper 0 and ink 1.
        outputs: (n, k), from 0 to 1: the height of each bar.
        names: of the k outputs, written once, below.
        alt: what a screen reader says.

    Returns:
        An SVG picture. Its classes: `image`, `bar` (one for each output above 0), `base` (the
        level 0 of each row), `name`.

    Raises:
        InputError: values outside 0…1, no alt text.
        ShapeError: no images, or not one row of outputs for each, or not one name for each output.

    >>> six = np.eye(10)[[6]]
    >>> picture = draw_answers(np.zeros((1, 28, 28)), six, list("0123456789"), alt="A six.")
    >>> picture.data.count('"bar"'), picture.data.count('"name"')
    (1, 10)
    """
    pixels = checked_images(images, "images")
    heights = grid(outputs, "outputs", (len(pixels), len(names)))
    one_each(names, "names", heights.shape[1])
    for place, values in (("images", pixels), ("outputs", heights)):
        if values.min() < 0 or values.max() > 1:
            raise InputError(
                place, "values from 0 to 1", f"{values.min():g} to {values.max():g}", "Scale them."
            )
    step = (WIDTH - _LEFT - 4) / len(names)

    def paint(figure: Figure) -> None:
        board = Board(figure)
        for index, (image, row) in enumerate(zip(pixels, heights, strict=True)):
            top = index * _ROW
            board.image(1 - image, (4, top + 2, _SIDE, _SIDE), "gray", (0, 1))
            _draw_row(board, row, top + 2 + _SIDE, step)
        for k, name in enumerate(names):
            board.write((_LEFT + (k + 0.5) * step, len(pixels) * _ROW + 8), name, "name")

    return picture(WIDTH, len(pixels) * _ROW + _BELOW, alt, paint)


def _draw_row(board: Board, outputs: Array, base: float, step: float) -> None:
    board.line([(_LEFT, base), (_LEFT + step * len(outputs), base)], "base", width=0.8, alpha=0.5)
    for k in np.flatnonzero(outputs):
        height = float(outputs[k]) * (_SIDE - 2)
        board.fill(
            _LEFT + (k + 0.17) * step, base - height, 0.66 * step, height, "bar", colour=BLUE
        )
