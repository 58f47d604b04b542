"""Digits as they come out of a row: with bits of their neighbours, or with an edge cut off.

Whoever reads a number has to cut between digits that touch, and never cuts quite right.
"""

from __future__ import annotations

import torch

from numerist.deep.distortion import SIDE, refit, warp
from numerist.deep.variants import ink_box

_OVERLAP = (-5.0, 1.5)  # pixels from a digit's box to its neighbour's
_LOST = 0.15  # of its width: the most that a digit loses,
_LOST_PIXELS = 2.5  # and in pixels
_KEPT = 0.4  # of its neighbour's width: the most that stays of that,
_KEPT_PIXELS = 3.5  # and in pixels
_LEAN = 0.25  # pixels to the side for each upwards, of a cut


def with_neighbours(
    images: torch.Tensor, others: torch.Tensor, share: float, generator: torch.Generator
) -> torch.Tensor:
    """Return the images, a share of them cut out of a row of digits.

    Beside such a digit, touching or overlapping it, stands another one; a straight cut that leans a
    little parts them near the digit's edge; what is on the digit's side of it is fitted into the
    picture again. A third of them have neighbours on both sides.

    Args:
        images: float32 (n, 28, 28), ink 1, paper 0.
        others: float32 (at least 1, 28, 28), to take neighbours from.
        share: of the images that change.
        generator: of all that is random.
    """
    chance = torch.rand(len(images), generator=generator)
    side = torch.rand(len(images), generator=generator)
    images = images.clone()
    cut = []
    for chosen, flip in ((side < 2 / 3, False), (side > 1 / 3, True)):
        here = torch.nonzero((chance < share) & chosen)[:, 0]
        if not len(here):
            continue
        picked = others[torch.randint(len(others), (len(here),), generator=generator)]
        mine = images[here]
        if flip:
            images[here] = _cut(mine.flip(2), picked.flip(2), generator).flip(2)
        else:
            images[here] = _cut(mine, picked, generator)
        cut.append(here)
    if cut:
        changed = torch.cat(cut).unique()
        images[changed] = refit(images[changed])
    return images


def _cut(
    images: torch.Tensor, neighbours: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """Return the images with neighbours at their right, and all beyond a cut left out."""
    n = len(images)
    left, _, right, _ = ink_box(images)
    begin, _, end, _ = ink_box(neighbours)
    low, high = _OVERLAP
    gap = low + (high - low) * torch.rand(n, generator=generator)
    beside = torch.maximum(images, _moved(neighbours, right + 1 + gap - begin))
    lost = torch.minimum(_LOST * (right - left), torch.tensor(_LOST_PIXELS))
    kept = torch.minimum(_KEPT * (end - begin), torch.tensor(_KEPT_PIXELS))
    place = right + 1 - lost + (lost + kept) * torch.rand(n, generator=generator)
    lean = _LEAN * torch.randn(n, generator=generator)
    y, x = torch.arange(SIDE) - SIDE / 2, torch.arange(SIDE) + 0.5
    border = place[:, None] + lean[:, None] * y
    return beside * (border[:, :, None] - x + 0.5).clamp(0, 1)


def _moved(images: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    """Return the images moved to the right by so many pixels each."""
    line = (torch.arange(SIDE) + 0.5) * (2 / SIDE) - 1
    n = len(images)
    x = line[None, None, :] - columns[:, None, None] * (2 / SIDE)
    y = line[None, :, None].expand(n, SIDE, SIDE)
    return warp(images, torch.stack([x.expand(n, SIDE, SIDE), y], dim=3))
