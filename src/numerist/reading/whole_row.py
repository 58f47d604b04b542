"""What a whole number looks like, read along its row without cutting it.

A network of convolutions sees the row at once and says, column by column, which digit it passes, or
none. How probable a text is by that, however its digits are spread over the columns, is what
connectionist temporal classification adds up (A. Graves, S. Fernández, F. Gomez, J. Schmidhuber,
ICML 2006). It knows nothing of cuts and so errs elsewhere than the lattice does: it judges the
lattice's best texts.
"""

from __future__ import annotations

import functools
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.reading.pieces import HEIGHT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numerist.model.along import RowModel
    from numerist.reading.pieces import Pieces

Array: TypeAlias = npt.NDArray[Any]

NETWORK = Path(__file__).with_name("whole_row.onnx")
"""The network that reads along rows; it comes with numerist."""

HIGH = 32  # pixels of a view
WRITING = 20  # pixels of a view that the writing is high
APART = 2  # pixels of a view from column to column
MARGIN = 8  # pixels of paper at either end
_TALL = 0.5  # of the height: what is lower says nothing of where the writing stands
_ROOM = 32  # pixels: views are brought to a multiple of it with paper at the right
_BATCH = 16  # views judged at once
NONE = 10  # the column's label that stands for no digit
_BEAM = 12  # beginnings of texts that are followed
_FEW = 0.002  # less probable digits of a column are not followed
_HEARD = 0.1  # probability of a digit in a column: it may be one,
_REACH = 0.6  # heights to either side of it are its ink
_SCALED, _TINY = 16, 1e-300  # columns from one scaling to the next, to the largest probability
_LIKELY = 0.02  # as probable as the best text, at least


def view(level: Array, boxes: Array) -> Array:
    """Return a row as the network sees it, float32 (32, w): writing 20 pixels high, in the middle.

    Args:
        level: float32 (h, w), ink with writing about `HEIGHT` pixels high.
        boxes: int (n, 4), left, top, right, bottom of what is written.
    """
    import cv2  # noqa: PLC0415

    tall = boxes[boxes[:, 3] - boxes[:, 1] > _TALL * HEIGHT]
    top, bottom = np.median(tall[:, [1, 3]], axis=0) if len(tall) else (0, level.shape[0])
    reach = HIGH * HEIGHT // WRITING  # of the row that the view shows
    begin = round((top + bottom - reach) / 2) + reach
    window = np.pad(level, ((reach, reach), (0, 0)))[begin : begin + reach]
    wide = max(1, round(level.shape[1] * WRITING / HEIGHT))
    small = cv2.resize(window, (wide, HIGH), interpolation=cv2.INTER_AREA)
    result: Array = np.pad(small, ((0, 0), (MARGIN, MARGIN + wide % 2))).astype(np.float32)
    return result


@functools.cache
def network() -> RowModel:
    """Return the network that comes with numerist; it stays loaded."""
    from numerist.model.along import RowModel  # noqa: PLC0415

    return RowModel(NETWORK)


def judged_along(numbers: Sequence[Pieces]) -> list[Array]:
    """Return for each number ln of the probabilities along it, float32 (columns, 11).

    The last of each column's eleven is for no digit.

    Args:
        numbers: cut; only their ink and boxes are looked at.
    """
    return labels_along(numbers, network())


def labels_along(numbers: Sequence[Pieces], network: RowModel) -> list[Array]:
    """Return for each number ln of the probabilities along it, float32 (columns, labels).

    Args:
        numbers: cut; only their ink and boxes are looked at.
        network: that sees them.
    """
    views = [view(pieces.level, pieces.boxes) for pieces in numbers]
    widths = [_ROOM * -(-seen.shape[1] // _ROOM) for seen in views]
    result: list[Array] = [np.zeros(0, np.float32)] * len(views)
    for wide in sorted(set(widths)):  # as much paper behind each, whatever else is on the page
        alike = [k for k, width in enumerate(widths) if width == wide]
        for start in range(0, len(alike), _BATCH):
            some = alike[start : start + _BATCH]
            batch = np.zeros((len(some), HIGH, wide), np.float32)
            for row, k in zip(batch, some, strict=True):
                row[:, : views[k].shape[1]] = views[k]
            for k, answers in zip(some, network.log_probabilities(batch), strict=True):
                result[k] = answers[: views[k].shape[1] // APART]
    return result


def text_log_probabilities(columns: Array, texts: Sequence[str]) -> Array:
    """Return ln of the probability that the columns say each text, float64 (texts,).

    Args:
        columns: (n, 11), ln of each column's probabilities, the last for no digit.
        texts: only their digits count.

    >>> half = np.full((2, 11), -np.inf)
    >>> half[:, [7, 10]] = np.log(0.5)  # two columns: a seven or nothing
    >>> np.exp(text_log_probabilities(half, ["7", "", "77"])).round(6)
    array([0.75, 0.25, 0.  ])
    """
    digits = [[int(sign) for sign in text if sign.isdigit()] for text in texts]
    longest = 2 * max(map(len, digits), default=0) + 1
    states = np.full((len(texts), longest), NONE)
    for line, labels in zip(states, digits, strict=True):
        line[1 : 2 * len(labels) : 2] = labels
    skips = np.zeros((len(texts), longest))  # a digit may follow another one with nothing between
    skips[:, 3::2] = states[:, 3::2] != states[:, 1:-2:2]
    reached = np.zeros((len(texts), longest + 2))  # two states before the first, never reached
    reached[:, 2] = 1.0  # before the first column
    scale = np.zeros(len(texts))
    for place, column in enumerate(np.exp(columns[:, states].astype(float))):
        reached[:, 2:] = (reached[:, 2:] + reached[:, 1:-1] + reached[:, :-2] * skips) * column
        if place % _SCALED == 0:  # before numbers become too small
            most = np.maximum(reached.max(axis=1), _TINY)
            reached /= most[:, None]
            scale += np.log(most)
    ends = 2 * np.array([len(labels) for labels in digits], int) + 2
    rows = np.arange(len(texts))
    found = reached[rows, ends] + np.where(ends > 2, reached[rows, ends - 1], 0.0)  # noqa: PLR2004
    shut = np.full(len(texts), -np.inf)
    result: Array = np.log(found, out=shut, where=found > 0) + scale
    return result


def nothing(columns: Array) -> float:
    """Return the probability that there is no digit.

    Args:
        columns: (n, 11), ln of each column's probabilities, the last for no digit.
    """
    return math.exp(columns[:, NONE].astype(float).sum())


def unheard(columns: Array, pieces: Pieces) -> float:
    """Return the share of a number's ink that is beside all digits that the row may say.

    Args:
        columns: (n, 11), ln of each column's probabilities, the last for no digit.
        pieces: of the number.
    """
    says = np.flatnonzero(columns[:, NONE] < math.log(1 - _HEARD))
    middles = ((says + 0.5) * APART - MARGIN) * HEIGHT / WRITING
    ink = np.count_nonzero(pieces.numbers, axis=0)
    edges = np.zeros(len(ink) + 1, int)  # where what a digit reaches begins, and ends
    begins, ends = (middles + side * _REACH * HEIGHT for side in (-1, 1))
    np.add.at(edges, np.clip(begins.astype(int), 0, len(ink)), 1)
    np.add.at(edges, np.clip(ends.astype(int) + 1, 0, len(ink)), -1)
    return float(ink[np.cumsum(edges[:-1]) == 0].sum() / max(ink.sum(), 1))


def likeliest(columns: Array) -> float:
    """Return ln of the probability of the likeliest text that is not empty; −∞ if there is none.

    Args:
        columns: (n, 11), ln of each column's probabilities, the last for no digit.
    """
    texts = [text for text in _followed(columns) if text]
    return max(text_log_probabilities(columns, texts).tolist(), default=-math.inf)


def best_path(columns: Array) -> float:
    """Return ln of the probability of the likeliest label of each column; −∞ if all are no digit.

    It takes no search, and the likeliest text is no less probable.

    Args:
        columns: (n, 11), ln of each column's probabilities, the last for no digit.
    """
    if (columns.argmax(axis=1) == NONE).all():
        return -math.inf
    return float(columns.max(axis=1).sum())


def likely_texts(columns: Array) -> list[str]:
    """Return the texts that the columns may say, the most probable first.

    Texts less than `_LIKELY` times as probable as the best are left out.

    Args:
        columns: (n, 11), ln of each column's probabilities, the last for no digit.

    >>> half = np.full((2, 11), -np.inf)
    >>> half[:, [7, 10]] = np.log(0.5)  # two columns: a seven or nothing
    >>> likely_texts(half)
    ['7', '']
    """
    beam = _followed(columns)
    best = max(beam.values())
    ranked = sorted(beam.items(), key=lambda pair: -pair[1])
    return [text for text, share in ranked if share >= _LIKELY * best]


def _followed(columns: Array) -> dict[str, float]:
    """Return the most probable texts, at most about `_BEAM`, with their shares.

    A search along the columns with the beginnings of texts (A. Graves, N. Jaitly, "Towards
    end-to-end speech recognition with recurrent neural networks", ICML 2014) keeps the best of
    them.
    """
    beam = {"": (1.0, 0.0)}  # how probable so far: with nothing in the last column; with a digit
    possible = columns[:, :NONE] > math.log(_FEW)
    for column, digits in zip(np.exp(columns.astype(float)).tolist(), possible, strict=True):
        longer = {
            text: (
                (apart + within) * column[NONE],
                within * column[int(text[-1])] if text else 0.0,
            )
            for text, (apart, within) in beam.items()
        }
        if digits.any():
            _add_digits(longer, beam, column, np.flatnonzero(digits).tolist())
            kept = sorted(longer.items(), key=lambda pair: -sum(pair[1]))[:_BEAM]
            total = math.fsum(sum(both) for _, both in kept)
            longer = {text: (a / total, b / total) for text, (a, b) in kept}
        beam = longer
    return {text: sum(both) for text, both in beam.items()}


def _add_digits(
    longer: dict[str, tuple[float, float]],
    beam: dict[str, tuple[float, float]],
    column: list[float],
    digits: list[int],
) -> None:
    """Add to the texts behind a column those that one of some digits in it makes longer by one."""
    for text, (apart, within) in beam.items():
        for digit in digits:
            sign = str(digit)
            more = (apart if text.endswith(sign) else apart + within) * column[digit]
            nothing, something = longer.get(text + sign, (0.0, 0.0))
            longer[text + sign] = nothing, something + more
