"""Where separators are in a number, read along its row without cutting it.

A network like that of `numerist.reading.whole_row`, with labels for separators behind those for
digits. It sees what shapes alone don't tell: points as thick as the hand makes them, commas that
hang, colons whose points differ.
"""

from __future__ import annotations

import functools
import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.reading.pieces import HEIGHT
from numerist.reading.whole_row import APART, MARGIN, NONE, WRITING, labels_along

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numerist.model.along import RowModel
    from numerist.reading.pieces import Pieces

Array: TypeAlias = npt.NDArray[Any]

NETWORK = Path(__file__).with_name("separators_along.onnx")
"""The network that finds separators along rows; it comes with numerist."""

_SIGNS = ".,-:/"  # its labels behind that for nothing
_LOW = 0.65  # heights: what is so low may be a separator by itself
_NEAR = 0.35  # heights: so near to where it is heard it stands
_LEAST, _MOST = 0.1, 0.98  # probabilities: what is less is nothing, and nothing is surer
_BESIDE = 1.5  # columns beside what is looked at

UNHEARD: Array = np.zeros((0, NONE + 1 + len(_SIGNS)), np.float32)
"""What is read along the row of a number in which no separator is looked for."""


@functools.cache
def network() -> RowModel:
    """Return the network that comes with numerist; it stays loaded."""
    from numerist.model.along import RowModel  # noqa: PLC0415

    return RowModel(NETWORK)


def separators_along(numbers: Sequence[Pieces], worth: Sequence[bool]) -> list[Array]:
    """Return for each number ln of the probabilities along it, float32 (columns, 16).

    Each column's labels are the ten digits, nothing, and the separators `.,-:/`.

    Args:
        numbers: cut; only their ink and boxes are looked at.
        worth: of each, whether to look; `UNHEARD` is what the others have.
    """
    some = [pieces for pieces, look in zip(numbers, worth, strict=True) if look]
    found = iter(labels_along(some, network()) if some else [])
    return [next(found) if look else UNHEARD for look in worth]


def digits_within(columns: Array, boxes: Array) -> Array:
    """Return how probably some digit is heard within each box, float (boxes,).

    Args:
        columns: as `separators_along` returns them.
        boxes: (n, 4), in pixels of the cut row; only their sides count.

    Returns:
        The probability of the likeliest digit in the likeliest column; 1 if nothing was looked at.
    """
    if not len(columns):
        return np.ones(len(boxes))
    digits = np.exp(columns[:, :NONE].max(axis=1).astype(float))
    edges = ((boxes[:, [0, 2]] / HEIGHT * WRITING + MARGIN) / APART - 0.5).astype(int)
    first, last = np.clip(edges, 0, len(digits) - 1).T
    ends = np.column_stack([first, last + 2]).ravel()
    result: Array = np.maximum.reduceat(np.append(digits, [0.0, 0.0]), ends)[::2]
    return result


def heard_beside(columns: Array, left: float, right: float) -> dict[str, float]:
    """Return how probably each separator stands between two places of the cut row.

    Args:
        columns: as `separators_along` returns them.
        left: the first place, in pixels.
        right: the other.
    """
    middles = (np.array([left, right]) / HEIGHT * WRITING + MARGIN) / APART - 0.5
    first, last = int(middles[0] - _BESIDE), int(middles[1] + _BESIDE) + 1
    near = columns[max(first, 0) : last + 1, NONE + 1 :]
    most = np.exp(near.max(axis=0)).tolist() if len(near) else itertools.repeat(0.0)
    return dict(zip(_SIGNS, most, strict=False))


def joined_separators(pieces: Pieces, columns: Array) -> list[dict[str, float]]:
    """Return which separators may touch what is before each piece, so that no piece is one.

    Args:
        pieces: of a number.
        columns: as `separators_along` returns them.

    Returns:
        Of each piece, how probably each separator that is likely stands there.
    """
    found: list[dict[str, float]] = [{} for _ in pieces.boxes]
    heard = list(_places_heard(columns))
    if not heard:
        return found
    begins, boxes = pieces.uncut
    low = boxes[boxes[:, 3] - boxes[:, 1] <= _LOW * HEIGHT]
    lefts, reach = pieces.boxes[:, 0], _NEAR * HEIGHT
    cut = np.setdiff1d(np.arange(len(lefts)), begins)
    for place, said in heard:
        if ((low[:, 0] - reach < place) & (place < low[:, 2] + reach)).any():
            continue
        for starts in (begins, cut):  # rather between strokes than at a cut
            apart = np.abs(lefts[starts] - place)
            if apart.min(initial=np.inf) < reach:
                found[int(starts[apart.argmin()])] |= said
                break
    return [{}, *found[1:]]  # none is before the number


def _places_heard(columns: Array) -> Iterator[tuple[float, dict[str, float]]]:
    """Yield where separators are heard, in pixels of the cut row, and how probably each is there.

    Neighbouring columns hear the same one. Slashes are left out: they are as high as digits, and
    pieces of their own.
    """
    likely = np.exp(columns[:, NONE + 1 : -1])
    edges = np.flatnonzero(np.diff(likely.max(axis=1, initial=0) > _LEAST, prepend=0, append=0))
    for begin, end in edges.reshape(-1, 2).tolist():
        here = likely[begin:end]
        place = begin + float(here.max(axis=1).argmax()) + 0.5
        most = dict(zip(_SIGNS, np.minimum(here.max(axis=0), _MOST).tolist(), strict=False))
        yield (
            (place * APART - MARGIN) * HEIGHT / WRITING,
            {sign: sure for sign, sure in most.items() if sure > _LEAST},
        )
