"""A number cut into digits in several ways: each segment in a colour, with what it was read as."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import to_rgb

from numerist.chapter.figures.arguments import grid, one_each
from numerist.chapter.figures.arguments import images as checked_images
from numerist.chapter.figures.board import Board
from numerist.chapter.figures.palette import BLUE, GREEN, GREY, PURPLE, VERMILION
from numerist.chapter.figures.svg import SMALL, TEXT, WIDTH, picture
from numerist.errors import InputError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from numerist.chapter.figures.picture import Picture
    from numerist.neurons.activations import Array

_COLOURS = (BLUE, VERMILION, GREEN, PURPLE)  # of the segments, in turn; what is left out is grey
_EDGE = 4.0
_CAPTION = 22.0  # height
_LABEL = 1.25 * SMALL  # height of each of the two lines
_APART = 38.0  # between the middles of neighbouring labels, unless there are too many
_TALLEST = 100.0  # of the image of a number
_GAP = 12.0  # between two ways


def draw_cuts(
    ink: ArrayLike,
    segments: ArrayLike,
    labels: Sequence[Sequence[str]],
    captions: Sequence[str],
    *,
    alt: str,
) -> Picture:
    r"""Draw ways to cut a number, one below the other.

    Args:
        ink: (height, width), paper 0 and ink 1.
        segments: whole numbers (n, height, width): for each way, which segment a pixel belongs to,
            counted from 1; 0 for none. Ink of no segment is grey.
        labels: for each way, what stands below each of its segments; may have two lines.
        captions: for each way, what stands above it.
        alt: what a screen reader says.

    Returns:
        An SVG picture. Its classes: `image` and `caption` (one for each way), `label` (one for
        each line of each segment's).

    Raises:
        InputError: ink outside 0…1, a segment without pixels, no alt text.
        ShapeError: another shape, or not as many captions as ways or labels as segments.

    >>> two = np.array([[[1, 1, 0, 2]]])
    >>> drawn = draw_cuts(np.ones((1, 4)), two, [["5", "0"]], ["50"], alt="Cut in two.")
    >>> drawn.data.count('"label"')
    2
    """
    owners = checked_images(segments, "segments").astype(int)
    level = grid(ink, "ink", (owners.shape[1], owners.shape[2]))
    if level.min() < 0 or level.max() > 1:
        found = f"{level.min():g} to {level.max():g}"
        raise InputError("ink", "values from 0 to 1", found, "Divide bytes by 255.")
    one_each(captions, "captions", len(owners))
    _check_labels(labels, owners)
    scale = min((WIDTH - 2 * _EDGE) / level.shape[1], _TALLEST / level.shape[0])
    wide, tall = scale * level.shape[1], scale * level.shape[0]
    row = _CAPTION + tall + 4 + 2 * _LABEL + _GAP
    left = (WIDTH - wide) / 2

    def paint(figure: Figure) -> None:
        board = Board(figure)
        for index, (owner, caption) in enumerate(zip(owners, captions, strict=True)):
            top = index * row
            board.write((WIDTH / 2, top + _CAPTION / 2), caption, "caption", size=TEXT)
            board.pixels(_coloured(level, owner), (left, top + _CAPTION, wide, tall))
            middles = [left + scale * middle for middle in _middles(owner)]
            below = top + _CAPTION + tall + 4 + _LABEL
            for x, label in zip(_spread_out(middles), labels[index], strict=True):
                board.write((x, below), label, "label")

    return picture(WIDTH, len(owners) * row - _GAP, alt, paint)


def _check_labels(labels: Sequence[Sequence[str]], owners: Array) -> None:
    one_each(labels, "labels", len(owners))
    for owner, of_way in zip(owners, labels, strict=True):
        there = set(np.unique(owner).tolist()) - {0}
        if there != set(range(1, len(of_way) + 1)):
            raise ShapeError(
                "segments",
                f"those of {len(of_way)} labels, counted from 1",
                f"{sorted(there)}",
                "Give a label for each segment, and pixels to each.",
            )


def _coloured(level: Array, owner: Array) -> Array:
    """Return ink in the colours of its segments on white paper, uint8 (height, width, 3)."""
    table = np.array([to_rgb(colour) for colour in (GREY, *_COLOURS)])
    index = np.where(owner > 0, (owner - 1) % len(_COLOURS) + 1, 0)
    pixels = 1 - level[..., np.newaxis] * (1 - table[index])
    coloured: Array = np.rint(255 * pixels).astype(np.uint8)
    return coloured


def _middles(owner: Array) -> list[float]:
    """Return the middle of each segment from its left to its right side, in pixels."""
    found = []
    for segment in range(1, int(owner.max()) + 1):
        columns = np.flatnonzero((owner == segment).any(axis=0))
        found.append((columns[0] + columns[-1] + 1) / 2)
    return found


def _spread_out(places: Sequence[float]) -> list[float]:
    """Return places moved as far apart as labels need, and back into the picture.

    >>> _spread_out([20.0, 30.0, 300.0]), _spread_out([300.0, 340.0])
    ([20.0, 58.0, 300.0], [283.0, 321.0])
    """
    apart = min(_APART, WIDTH / len(places)) if places else _APART
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + apart if moved else apart / 2))
    most = WIDTH - apart / 2
    for k in range(len(moved) - 1, -1, -1):
        moved[k] = min(moved[k], most)
        most = moved[k] - apart
    return moved
