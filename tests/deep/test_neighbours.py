"""Digits cut out of rows: what stays of them, and what comes from beside them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from numerist.deep import neighbours
from numerist.deep.neighbours import with_neighbours
from numerist.deep.variants import ink_box

if TYPE_CHECKING:
    from numerist.data import Mnist


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def digits(mnist: Mnist) -> torch.Tensor:
    return torch.from_numpy(mnist.training.images[:1000])


@pytest.fixture
def as_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Digits where they were, before they are fitted into the picture again."""
    monkeypatch.setattr(neighbours, "refit", lambda images: images)


def test_the_share_is_the_share(digits: torch.Tensor) -> None:
    before = digits.clone()
    made = with_neighbours(digits, digits, 0.3, seeded(1))
    assert torch.equal(digits, before)
    touched = int((made != digits).any(dim=2).any(dim=1).sum())
    assert abs(touched - 0.3 * len(digits)) < 5 * math.sqrt(0.21 * len(digits))
    assert torch.equal(with_neighbours(digits, digits, 0.0, seeded(1)), digits)


@pytest.mark.usefixtures("as_cut")
def test_without_ink_beside_it_a_digit_only_loses_a_little_at_its_edges(
    digits: torch.Tensor,
) -> None:
    made = with_neighbours(digits, torch.zeros(1, 28, 28), 1.0, seeded(2))
    assert (made <= digits + 1e-6).all()
    left, _, right, _ = ink_box(digits)
    for k in range(len(digits)):
        width = float(right[k] - left[k]) + 1
        inner = slice(int(left[k] + 0.2 * width) + 4, int(right[k] - 0.2 * width) - 3)
        assert torch.allclose(made[k, 7:21, inner], digits[k, 7:21, inner])
    kept = made.sum(dim=(1, 2)) / digits.sum(dim=(1, 2))
    assert kept.mean() > 0.9


@pytest.mark.usefixtures("as_cut")
def test_what_is_beside_it_comes_in_only_near_its_edges() -> None:
    bar = torch.zeros(400, 28, 28)
    bar[:, 4:24, 10:18] = 1
    beside = torch.zeros(1, 28, 28)
    beside[0, 4:24, 6:22] = 1
    made = with_neighbours(bar, beside, 1.0, seeded(3)).numpy()
    columns = made[:, 13:15].mean(axis=1)  # the middle rows, where the cut's lean is nothing
    right, left = columns[:, 18:].sum(axis=1), columns[:, :10].sum(axis=1)
    assert right.max() <= 3.5 + 0.5
    assert left.max() <= 3.5 + 0.5
    for sums in (right, left):
        assert 0.3 < np.mean(sums > 0.3) < 0.75  # two thirds, where the cut is not before the edge
    assert 0.1 < np.mean((right > 0.3) & (left > 0.3)) < 0.4


def test_it_is_fitted_into_the_picture_again(digits: torch.Tensor) -> None:
    made = with_neighbours(digits, digits, 1.0, seeded(4)).numpy()
    y, x = np.mgrid[:28, :28] + 0.5
    sizes = []
    for image in made[:300]:
        ys, xs = np.nonzero(image > 0.25)
        sizes.append(max(np.ptp(ys), np.ptp(xs)) + 1)
        middle = (image * x).sum() / image.sum(), (image * y).sum() / image.sum()
        np.testing.assert_allclose(middle, 14, atol=0.8)
    low, high = np.quantile(sizes, [0.03, 1])  # a pale bit may count before, and not after
    assert 18 <= low <= high <= 22


def test_a_seed_gives_the_same_bits(digits: torch.Tensor) -> None:
    first, again, other = (with_neighbours(digits, digits, 0.5, seeded(k)) for k in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
