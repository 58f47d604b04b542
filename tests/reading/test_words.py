"""Words of a row, and what stands beside them."""

from __future__ import annotations

import numpy as np
import pytest

from numerist.reading.pieces import HEIGHT, cut_row, parts_of
from numerist.reading.rows import Row
from numerist.reading.words import Word, parted_at_signs, parted_from_blots, split_words


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
    before = [whole.on_page(box) for box in whole.pieces.boxes.tolist()]
    after = [part.on_page(box) for part in parts for box in part.pieces.boxes.tolist()]
    assert np.allclose(before, after)


@pytest.mark.parametrize(
    ("wide", "high", "inked", "blot"),
    [
        (30, 30, 0.9, True),
        (30, 30, 0.65, True),
        (30, 30, 0.5, False),  # a bold letter
        (20, 30, 0.9, False),  # a bold one
        (30, 12, 0.9, False),  # a bar
    ],
)
def test_a_blot_is_broad_and_high_and_dense(wide: int, high: int, inked: float, blot: bool) -> None:
    mask = np.zeros((HEIGHT + 8, 90), bool)
    mask[4:-4, 8:12] = True  # a one
    hole = round(wide * (1 - (1 - inked) ** 0.5)), round(high * (1 - (1 - inked) ** 0.5))
    left, top = 50, (HEIGHT + 8 - high) // 2
    mask[top : top + high, left : left + wide] = True
    mask[
        top + hole[1] // 2 : top + high - hole[1] // 2,
        left + hole[0] // 2 : left + wide - hole[0] // 2,
    ] = False
    pieces = cut_row(parts_of(mask.astype(np.float32), mask, HEIGHT))
    (whole,) = split_words(Row(mask, (0, 0, *mask.shape[::-1]), HEIGHT), pieces, together=True)
    assert len(parted_from_blots(whole)) == 1 + blot


@pytest.mark.parametrize("seed", range(60))
def test_whatever_was_read_signs_part_a_word_and_lose_nothing_else(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = np.zeros((HEIGHT + 8, 160), bool)
    for _ in range(int(rng.integers(1, 9))):
        top, left = int(rng.integers(4, HEIGHT)), int(rng.integers(4, 150))
        high, wide = (int(size) for size in rng.integers(1, 24, 2))
        mask[top : min(top + high, HEIGHT + 4), left : min(left + wide, 156)] = True
    pieces = cut_row(parts_of(mask.astype(np.float32), mask, HEIGHT))
    if not len(pieces.boxes):
        return
    (whole,) = split_words(Row(mask, (0, 0, 160, HEIGHT + 8), HEIGHT), pieces, together=True)
    for most in (1, 2, 5):
        read = np.sort(rng.integers(0, most + 1, len(whole.pieces.boxes)))
        parts = parted_at_signs(whole, rng.permutation(read))
        assert sum(part.pieces.areas.sum() for part in parts) <= whole.pieces.areas.sum()
        assert all(len(part.pieces.boxes) for part in parts)
