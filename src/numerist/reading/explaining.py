"""The lattice of each number as a picture: the pieces, what they may be, and what was taken.

A panel for each number, or what may be one. Above, its pieces in colours. Below, a bracket for each
candidate from its left to its right side, with the digit that both networks see in it and how sure
they are; the best way in green, the others the paler the less probable. At the top what it says, at
which cost, and how probable that is by the network that reads along the row.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.reading.decode import best_texts, ways

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

    from numerist.reading.decode import Way
    from numerist.reading.lattice import Lattice
    from numerist.reading.patterns import Automaton

Array: TypeAlias = npt.NDArray[Any]

MOST = 40  # numbers of a page that are drawn
_LARGER = 4  # times the size that numbers are cut at
_LEVEL = 26  # pixels between brackets
_EDGE = 12
_PALEST = 0.02  # less sure candidates are left out, unless they were taken
_COLOURS = [
    (31, 119, 180), (255, 127, 14), (44, 160, 44), (214, 39, 40), (148, 103, 189),
    (140, 86, 75), (227, 119, 194), (188, 189, 34), (23, 190, 207),
]  # fmt: skip
_GREEN = (0, 130, 60)


def draw_lattices(lattices: list[Lattice], automaton: Automaton) -> Array:
    """Return the lattices of a page, uint8 (h, w, 3).

    Args:
        lattices: of its numbers; more than `MOST` are counted only.
        automaton: that their best ways are taken by.
    """
    from PIL import Image  # noqa: PLC0415

    panels = [_panel(lattice, _best(lattice, automaton)) for lattice in lattices[:MOST]]
    if len(lattices) > MOST or not lattices:
        panels.append(_words(f"{len(lattices[MOST:])} more" if lattices else "no numbers"))
    wide = max(panel.width for panel in panels)
    whole = Image.new("RGB", (wide, sum(panel.height for panel in panels)), "white")
    top = 0
    for panel in panels:
        whole.paste(panel, (0, top))
        top += panel.height
    return np.asarray(whole)


def _best(lattice: Lattice, automaton: Automaton) -> Way | None:
    """Return the way that is taken, or where nothing is read the cheapest; None if none fits."""
    found = best_texts(lattice, automaton)
    return found[0][0] if found else next(ways(lattice, automaton), None)


def _panel(lattice: Lattice, way: Way | None) -> Image:
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415

    taken: dict[int, str] = {}
    for step in way.steps if way else ():
        read = step.edge.character[-1:]
        taken[step.edge.candidate] = taken.get(step.edge.candidate, "") + read
    sure = lattice.both
    shown = [
        number
        for number in np.argsort(sure.max(axis=1))  # the surest last, above the others
        if number in taken or sure[number].max() >= _PALEST
    ]
    levels = _levels(lattice, shown)
    pieces = _coloured(lattice)
    below = (max(levels.values(), default=-1) + 2) * _LEVEL
    size = (pieces.width + 2 * _EDGE, pieces.height + below + 3 * _EDGE)
    panel = Image.new("RGB", (max(size[0], 220), size[1]), "white")
    panel.paste(pieces, (_EDGE, _EDGE + _LEVEL))
    pen, font = ImageDraw.Draw(panel), ImageFont.load_default(14)
    said = f"{way.text or 'nothing'}   cost {way.cost:.2f}" if way else "?   nothing fits"
    if way and way.along:
        said += f"   along the row {math.exp(way.along):.2f}"
    pen.text((_EDGE, 4), said, fill="black", font=ImageFont.load_default(18))
    for number in shown:
        digits = taken.get(number) or str(sure[number].argmax())
        probable = max(float(sure[number, int(digit)]) for digit in digits)
        colour = _GREEN if number in taken else _pale(probable)
        place = pieces.height + 2 * _EDGE + _LEVEL + levels[number] * _LEVEL
        _bracket(pen, lattice.candidates[number].box, place, colour)
        left = _EDGE + _LARGER * lattice.candidates[number].box[0]
        label = f"{digits} {probable:.2f}"
        pen.text((left + 3, place - 17), label, fill=colour, font=font)
    return panel


def _levels(lattice: Lattice, shown: list[Any]) -> dict[Any, int]:
    """Return for each candidate the first level on which nothing else is in its way."""
    ends: list[list[tuple[int, int]]] = []
    result = {}
    for number in sorted(shown, key=lambda n: lattice.candidates[n].box[0]):
        left, _, right, _ = lattice.candidates[number].box
        right = max(right, left + 14)  # room for the label
        ends.append([])
        level = next(
            level
            for level, taken in enumerate(ends)
            if all(right <= begin or left >= end for begin, end in taken)
        )
        ends[level].append((left, right))
        result[number] = level
    return result


def _coloured(lattice: Lattice) -> Image:
    """Return the pieces in colours, larger."""
    from PIL import Image  # noqa: PLC0415

    pieces = lattice.pieces
    colours = np.array([(255, 255, 255), *_COLOURS], np.float32)
    index = np.where(pieces.numbers > 0, (pieces.numbers - 1) % len(_COLOURS) + 1, 0)
    shade = np.maximum(pieces.level, 0.35)[..., None] * (pieces.numbers > 0)[..., None]
    pixels = 255 - (255 - colours[index]) * shade
    image = Image.fromarray(np.rint(pixels).astype(np.uint8))
    return image.resize((image.width * _LARGER, image.height * _LARGER), Image.Resampling.NEAREST)


def _bracket(pen: ImageDraw, box: tuple[int, int, int, int], place: int, colour: Any) -> None:
    left, right = (_EDGE + _LARGER * side for side in (box[0], box[2]))
    pen.line([(left, place - 5), (left, place), (right, place), (right, place - 5)], colour, 2)


def _pale(sure: float) -> tuple[int, int, int]:
    grey = round(205 - 130 * min(max(sure, 0.0), 1.0))
    return grey, grey, grey


def _words(text: str) -> Image:
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415

    panel = Image.new("RGB", (220, 40), "white")
    ImageDraw.Draw(panel).text((_EDGE, 8), text, fill="black", font=ImageFont.load_default(18))
    return panel
