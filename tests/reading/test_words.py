"""Words of a row, and what stands beside them."""

from __future__ import annotations

import numpy as np
import pytest

from numerist.reading.pieces import HEIGHT, cut_row, parts_of
from numerist.reading.rows import Row
from numerist.reading.words import Word, parted_from_blots, split_words


def word(*shapes: str) -> Word:
    """Shapes beside each other: | a stroke, o a ring, # a square inked all over, . a speck."""
    drawn = []
    for shape in shapes:
        part = np.zeros((HEIGHT, HEIGHT), bool)
        if shape == "|":
            part[:, 18:22] = True
        elif shape == "o":
            part[:] = True
            part[4:-4, 4:-4] = False
        elif shape == "#":
            part[5:-5] = True
        elif shape == ".":
            part[18:22, 18:22] = True
        drawn += [part, np.zeros((HEIGHT, 4), bool)]
    mask = np.pad(np.hstack(drawn), 4)
    pieces = cut_row(parts_of(mask.astype(np.float32), mask, HEIGHT))
    (whole,) = split_words(Row(mask, (0, 0, *mask.shape[::-1]), HEIGHT), pieces, together=True)
    return whole


@pytest.mark.parametrize(
    ("shapes", "kept"),
    [
        ("|o#", [2, 1]),
        ("#|o", [1, 2]),
        ("#|#", [1, 1, 1]),
        ("##|", [2, 1]),
        ("|.#", [1, 2]),
        ("o|o", [3]),
        ("|#|", [3]),
        ("##", [2]),
    ],
)
def test_what_is_inked_all_over_at_an_end_is_parted_from_the_rest(
    shapes: str, kept: list[int]
) -> None:
    whole = word(*shapes)
    parts = parted_from_blots(whole)
    begins = [np.count_nonzero(part.pieces.cut == 0) for part in parts]
    assert begins == kept
    assert sum(part.pieces.areas.sum() for part in parts) == whole.pieces.areas.sum()
    for part in parts:  # each is where it was
        left, _, right, _ = part.on_page(tuple(part.pieces.boxes[0].tolist()))
        assert 0 <= left < right <= whole.pieces.level.shape[1]
