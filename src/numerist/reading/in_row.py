"""What a candidate looks like where it stands: with its neighbours, and what was cut from it.

A cut between digits that overlap gives each a part of the other. Seen alone such a piece is no
digit; seen in its row it is, and half a digit is known by its other half. A network of its own,
learned from candidates of made numbers (`benchmarks/learn_in_row.py`), judges these views.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numerist.model import Model
    from numerist.reading.lattice import Candidate
    from numerist.reading.pieces import Pieces

Array: TypeAlias = npt.NDArray[Any]

NETWORK = Path(__file__).with_name("in_row.onnx")
"""The network that judges the views; it comes with numerist."""

SIDE = 28  # pixels of a view
WINDOW = 56  # pixels of the cut row that it shows


def views(pieces: Pieces, candidates: Sequence[Candidate]) -> Array:
    """Return each candidate as it stands in its row, float32 (n, 2, 28, 28).

    The first picture shows all ink around the candidate's middle, the second the candidate alone.
    Writing is about 20 pixels high in both.

    Args:
        pieces: of a number.
        candidates: of them.
    """
    import cv2  # noqa: PLC0415

    level, numbers = np.pad(pieces.level, WINDOW), np.pad(pieces.numbers, WINDOW)
    found = np.zeros((len(candidates), 2, SIDE, SIDE), np.float32)
    for view, candidate in zip(found, candidates, strict=True):
        left, top, right, bottom = candidate.box
        x, y = ((low + high + WINDOW) // 2 for low, high in ((left, right), (top, bottom)))
        window = slice(y, y + WINDOW), slice(x, x + WINDOW)
        inside = (numbers[window] > candidate.first) & (numbers[window] <= candidate.after)
        around = level[window]
        alone = np.where(inside, around, np.float32(0))
        for place, ink in enumerate((around, alone)):
            view[place] = cv2.resize(ink, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return found


@functools.cache
def network() -> Model:
    """Return the network that comes with numerist; it stays loaded."""
    from numerist.model import load_model  # noqa: PLC0415

    return load_model(NETWORK)


def judged_in_row(pieces: Sequence[Pieces], candidates: Sequence[Sequence[Candidate]]) -> Array:
    """Return how probably each candidate is each digit, float32 (all candidates, 10).

    Args:
        pieces: of several numbers.
        candidates: of each number.
    """
    seen = [views(*pair) for pair in zip(pieces, candidates, strict=True)]
    _, sure, probabilities = network().judge(np.concatenate(seen))
    known = sure / np.maximum(probabilities.max(axis=1), 1e-9)
    result: Array = probabilities * known[:, None]
    return result
