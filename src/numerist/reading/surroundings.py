"""What lies around several sheets on a table: ink to the eye that looks for dark on light.

A single sheet is found by its edges (`sheet`); of several, notes and labels, the table between them
is one broad piece, or a few, along much of the picture's border.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.reading.parts import connected_parts

Array: TypeAlias = npt.NDArray[Any]

_SMALL = 256  # pixels of the shorter side: a few digits may fill the picture, and a 0 be around it
_DEPTH = 0.03  # of the shorter side, from the border: no frame is as broad
_WRITING = 0.02  # of the shorter side, at least, is the height of writing on the sheets
_ALONG = 0.4  # of a line around the picture so far inside is inked,
_PART = 0.05  # and of that so much at least in each piece of the table


def without_table(strokes: Array) -> Array:
    """Return the strokes of a page without the table that sheets lie on.

    Args:
        strokes: bool (h, w); unchanged.
    """
    shortest = min(strokes.shape)
    depth = round(_DEPTH * shortest)
    if shortest <= _SMALL or around(strokes, depth).mean() < _ALONG:
        return strokes
    numbers, boxes = connected_parts(strokes)
    seen = np.bincount(around(numbers, depth), minlength=len(boxes) + 1)[1:]
    table = seen >= _PART * seen.sum()
    if (boxes[~table, 3] < _WRITING * shortest).all():
        return strokes
    rest: Array = strokes & ~np.append(False, table)[numbers]
    return rest


def around(picture: Array, depth: int) -> Array:
    """Return the pixels of a line around a picture, so many pixels from its border: (n,)."""
    inner = picture[depth:-depth, depth:-depth]
    return np.concatenate([inner[0], inner[-1], inner[1:-1, 0], inner[1:-1, -1]])
