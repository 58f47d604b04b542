"""A ring of neurons, each of which listens to the one before: what feedforward leaves out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from numerist.chapter.figures.board import Board, subscripted, trimmed
from numerist.chapter.figures.palette import VERMILION
from numerist.chapter.figures.svg import WIDTH, picture
from numerist.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from numerist.chapter.figures.picture import Picture

_RADIUS = 20.0
_RING = 62.0  # from the middle to the neurons
_MOST = 8
_HEIGHT = 190


def draw_loop(names: Sequence[str], *, alt: str) -> Picture:
    """Draw a ring of neurons with arrows from each to the next, and from the last to the first.

    Args:
        names: of the neurons, two to eight.
        alt: what a screen reader says.

    Returns:
        An SVG picture. Its classes: `neuron`, `name`, `loop` (the arrows) and `head`.

    Raises:
        InputError: too few names or too many, or no alt text.

    >>> draw_loop(["n1", "n2", "n3"], alt="A ring of three.").data.count('"loop"')
    3
    """
    if not 2 <= len(names) <= _MOST:  # noqa: PLR2004
        raise InputError("names", f"2 to {_MOST} neurons", str(len(names)), "Draw fewer.")
    turn = 2 * math.pi / len(names)
    centres = [
        (
            WIDTH / 2 + 1.5 * _RING * math.sin(turn * k),
            _HEIGHT / 2 - _RING * math.cos(turn * k),
        )
        for k in range(len(names))
    ]

    def paint(figure: Figure) -> None:
        board = Board(figure)
        for k, (name, centre) in enumerate(zip(names, centres, strict=True)):
            following = centres[(k + 1) % len(centres)]
            (ax, ay), (bx, by) = trimmed(centre, following, _RADIUS, _RADIUS + 2)
            bow = 14.0 / math.hypot(bx - ax, by - ay)  # so that there and back are two lines
            middle = ((ax + bx) / 2 + bow * (by - ay), (ay + by) / 2 - bow * (bx - ax))
            board.arrow([(ax, ay), middle, (bx, by)], "loop", colour=VERMILION)
            board.circle(centre, _RADIUS, "neuron")
            board.write(centre, subscripted(name), "name")

    return picture(WIDTH, _HEIGHT, alt, paint)
