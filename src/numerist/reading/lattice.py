"""The lattice of a number: all pieces that together may be a digit, and what speaks for each."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.image import normalise_ink
from numerist.reading.in_row import judged_in_row
from numerist.reading.pieces import HEIGHT
from numerist.reading.separators_along import separators_along

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numerist.model import Model
    from numerist.reading.pieces import Parts, Pieces

Array: TypeAlias = npt.NDArray[Any]
Box: TypeAlias = tuple[int, int, int, int]

MOST_PIECES = 8  # of one digit
_WIDEST = 1.5  # heights
_TALL, _WHOLE = 0.6, 1.0  # heights: so high at least and so wide at most a digit alone is,
_SURE = 0.97  # if the network is as sure as this
_LOWEST = 0.3  # heights: what is lower is no digit
_HARDLY = 0.03  # if it is a digit, as it stands in its row, less probably: not looked at alone


@dataclass(frozen=True, slots=True)
class Candidate:
    """Neighbouring pieces that together may be a digit.

    Attributes:
        first: number of the first piece, from 0.
        after: number of the piece behind the last one.
        box: left, top, right, bottom in the cut row.
        gap: the widest gap within, in pixels of the cut row; 0 where the pieces overlap.
    """

    first: int
    after: int
    box: Box
    gap: float


@dataclass(frozen=True, slots=True)
class Lattice:
    """A number's candidates with what the network says of them.

    Attributes:
        pieces: that the number was cut into.
        candidates: what may be a digit.
        probabilities: float (candidates, 10), of each digit, if it is one.
        known: float (candidates,), how probably it is one. 0 where the row says that it is hardly
            one.
        in_row: float (candidates, 10), how probably it is each digit, as it stands in its row.
        columns: float (columns, 11), ln of what is read along the row, without cuts; see
            `numerist.reading.whole_row`.
        separators: float (columns, 16), the same with separators; no columns where none are looked
            for.
    """

    pieces: Pieces
    candidates: tuple[Candidate, ...]
    probabilities: Array
    known: Array
    in_row: Array
    columns: Array
    separators: Array

    @property
    def both(self) -> Array:
        """How probably each candidate is each digit by both networks: their geometric mean."""
        result: Array = np.sqrt(self.probabilities * self.known[:, None] * self.in_row)
        return result


def find_candidates(pieces: Pieces) -> tuple[Candidate, ...]:
    """Return all runs of pieces that are together high enough, and not too wide, for a digit."""
    found = []
    count = len(pieces.boxes)
    for first in range(count):
        left, top, right, bottom = (int(side) for side in pieces.boxes[first])
        gap = 0.0
        for last in range(first, min(first + MOST_PIECES, count)):
            if pieces.whole[first : last + 1].sum() > 1:
                break  # two digits
            box = pieces.boxes[last]
            gap = max(gap, float(box[0]) - right)
            left, top = min(left, int(box[0])), min(top, int(box[1]))
            right, bottom = max(right, int(box[2])), max(bottom, int(box[3]))
            if right - left > _WIDEST * HEIGHT:
                break
            if bottom - top >= _LOWEST * HEIGHT:
                found.append(Candidate(first, last + 1, (left, top, right, bottom), gap))
    return tuple(found)


def candidate_images(pieces: Pieces, candidates: Sequence[Candidate]) -> Array:
    """Return the candidates as the network sees them, float32 (n, 28, 28)."""
    seen = np.zeros((len(candidates), 28, 28), np.float32)
    for k, candidate in enumerate(candidates):
        left, top, right, bottom = candidate.box
        window = (slice(max(0, top - 1), bottom + 1), slice(max(0, left - 1), right + 1))
        numbers = pieces.numbers[window]
        others = (numbers > 0) & ((numbers <= candidate.first) | (numbers > candidate.after))
        seen[k] = normalise_ink(np.where(others, np.float32(0), pieces.level[window]))
    return seen


def surely_digits(model: Model, rows: Sequence[Parts]) -> list[Array]:
    """Return what the network says of those parts of each row that are, beyond doubt, digits.

    Args:
        model: of the ten digits.
        rows: their parts.

    Returns:
        For each row float32 (parts, 11), as `Pieces.answers`.
    """
    images, place = [], []
    for number, parts in enumerate(rows):
        for part, (left, top, wide, high, _) in enumerate(parts.stats.tolist()):
            if high < _TALL * HEIGHT or wide > _WHOLE * HEIGHT:
                continue
            window = (
                slice(max(0, top - 1), top + high + 1),
                slice(max(0, left - 1), left + wide + 1),
            )
            others = (parts.numbers[window] > 0) & (parts.numbers[window] != part + 1)
            images.append(normalise_ink(np.where(others, np.float32(0), parts.level[window])))
            place.append((number, part))
    result = [np.zeros((len(parts.stats), 11), np.float32) for parts in rows]
    if images:
        answers = _answers(model, np.stack(images))
        sure = answers[:, :10].max(axis=1) * answers[:, 10] >= _SURE
        for (number, part), answer in zip(
            np.array(place)[sure].tolist(), answers[sure], strict=True
        ):
            result[number][part] = answer
    return result


def _answers(model: Model, images: Array) -> Array:
    """Return the probability of each digit, and that of being one at all, float32 (n, 11)."""
    _, sure, probabilities = model.judge(images)
    known = sure / np.maximum(probabilities.max(axis=1), 1e-9)
    return np.column_stack([probabilities, known])


def judged(
    model: Model, numbers: Sequence[Pieces], along: Sequence[Array], worth: Sequence[bool]
) -> list[Lattice]:
    """Return the lattices of several numbers, all their candidates judged at once.

    Args:
        model: of the ten digits.
        numbers: cut.
        along: of each, what is read along the row, as `Lattice.columns`.
        worth: of each, whether to look for candidates; the lattices of the others have none.
    """
    if not numbers:
        return []
    candidates = [
        find_candidates(pieces) if hope else () for pieces, hope in zip(numbers, worth, strict=True)
    ]
    in_row = np.zeros((0, 10), np.float32)
    if any(candidates):
        in_row = judged_in_row(numbers, candidates)
    alone = judged_alone(model, numbers, candidates, in_row.sum(axis=1) >= _HARDLY)
    ends = list(itertools.accumulate(map(len, candidates)))[:-1]
    return [
        Lattice(pieces, found, answers[:, :10], answers[:, 10], places, columns, signs)
        for pieces, found, answers, places, columns, signs in zip(
            numbers, candidates, np.split(alone, ends), np.split(in_row, ends), along,
            separators_along(numbers, worth), strict=True,
        )
    ]  # fmt: skip


def judged_alone(
    model: Model,
    numbers: Sequence[Pieces],
    candidates: Sequence[Sequence[Candidate]],
    worth: Array,
) -> Array:
    """Return what the network says of all candidates, float32 (n, 11), as `Pieces.answers`.

    Args:
        model: of the ten digits.
        numbers: cut.
        candidates: of each. What is surely a digit has been judged already.
        worth: bool (n,), which others to look at; the rest get zeros.
    """
    answers = [
        np.array([pieces.answers[c.first] * (c.after == c.first + 1) for c in found], np.float32)
        for pieces, found in zip(numbers, candidates, strict=True)
    ]
    result = np.concatenate([np.zeros((0, 11), np.float32), *(a for a in answers if len(a))])
    missing = worth & ~result.any(axis=1)
    if missing.any():
        ends = list(itertools.accumulate(map(len, candidates)))[:-1]
        others = [
            list(itertools.compress(found, chosen.tolist()))
            for found, chosen in zip(candidates, np.split(missing, ends), strict=True)
        ]
        images = [candidate_images(*pair) for pair in zip(numbers, others, strict=True)]
        result[missing] = _answers(model, np.concatenate(images))
    return result
