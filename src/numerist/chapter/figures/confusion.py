"""The confusion matrix: which digits are taken for which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numerist.chapter.figures.board import Board
from numerist.chapter.figures.palette import BLUE, VERMILION
from numerist.chapter.figures.svg import TEXT, WIDTH, picture
from numerist.errors import InputError, ShapeError
from numerist.neurons.arrays import finite_array

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from numerist.chapter.figures.picture import Picture
    from numerist.neurons.activations import Array

_LEFT, _TOP = 36.0, 40.0
_STRONGEST = 0.5  # opacity; above, text on it would fade on one of the backgrounds
_MOST = 12  # classes: more have no room for their counts


def draw_confusion(counts: ArrayLike, *, alt: str, labels: Sequence[str] | None = None) -> Picture:
    """Draw how often each true digit (row) got each answer (column).

    Right answers are blue, wrong ones vermilion, the stronger the more frequent; the two have a
    scale each, as there are many right ones. Zeros are left empty.

    Args:
        counts: whole numbers (n, n), 2 ≤ n ≤ 12: counts[true, answer].
        alt: what a screen reader says.
        labels: names of the classes; 0, 1, 2, … if None.

    Returns:
        An SVG picture. Its classes: `cell right`, `cell wrong`, `count`, `label`.

    Raises:
        InputError: counts that are not whole, or negative; too few or too many classes.
        ShapeError: not a square, or not one label for each class.

    >>> draw_confusion([[9, 1], [0, 8]], alt="One 0 was taken for a 1.").data.count('"count"')
    3
    """
    table = _checked(counts)
    names = [str(i) for i in range(len(table))] if labels is None else list(labels)
    if len(names) != len(table):
        raise ShapeError("labels", str(len(table)), str(len(names)), "Give one for each class.")
    cell = (WIDTH - _LEFT - 2) / len(table)

    def paint(figure: Figure) -> None:
        board = Board(figure)
        board.write((_LEFT + cell * len(table) / 2, 10), "the network's answer", "label", size=TEXT)
        board.write((9, _TOP + cell * len(table) / 2), "true digit", "label", size=TEXT, angle=90)
        for index, name in enumerate(names):
            middle = (index + 0.5) * cell
            board.write((_LEFT + middle, _TOP - 11), name, "label", bold=True)
            board.write((_LEFT - 10, _TOP + middle), name, "label", bold=True)
        for (row, column), strength in np.ndenumerate(_strengths(table)):
            x, y = _LEFT + column * cell, _TOP + row * cell
            right = row == column
            name, colour = ("cell right", BLUE) if right else ("cell wrong", VERMILION)
            board.fill(x + 1, y + 1, cell - 2, cell - 2, name, colour=colour, alpha=strength)
            if table[row, column]:
                board.write((x + cell / 2, y + cell / 2), f"{table[row, column]:.0f}", "count")

    return picture(WIDTH, _TOP + cell * len(table) + 4, alt, paint)


def _strengths(table: Array) -> Array:
    """Return the opacity of each cell (n, n): by the root of the count, so that few are seen."""
    right = np.eye(len(table), dtype=bool)
    strength = np.zeros(table.shape)
    for part in (right, ~right):
        strength[part] = np.sqrt(table[part] / max(1.0, table[part].max()))
    faintest = 0.05
    opacity: Array = faintest + (_STRONGEST - faintest) * strength
    return opacity


def _checked(counts: ArrayLike) -> Array:
    table = finite_array(counts, "counts")
    if table.ndim != 2 or table.shape[0] != table.shape[1]:  # noqa: PLR2004
        raise ShapeError("counts", "shape (n, n)", f"shape {table.shape}", "Give a square table.")
    if not 2 <= len(table) <= _MOST:  # noqa: PLR2004
        raise InputError("counts", f"2 to {_MOST} classes", str(len(table)), "Choose some.")
    if (table < 0).any() or (table != np.rint(table)).any():
        raise InputError(
            "counts", "whole numbers, 0 or more", f"{table.min():g}", "Count, do not divide."
        )
    return table
