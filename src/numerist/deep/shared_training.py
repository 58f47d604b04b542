"""Training that several workers share: each has all of the network, and a part of each step.

A part is whole groups of the mini-batch (`numerist.deep.ghost_norm`), so that nothing depends on
other parts but the sum of the gradients, taken once a step together with all else that workers tell
each other. What is learned is therefore what one process would have learned, but for the order in
which numbers are added up.

Images are distorted by chance, and a mini-batch is drawn as a whole, so that it hangs on seed and
step alone. So that making them is shared as well, the workers take turns: of as many steps as there
are workers each makes one, and gives every other worker its part of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import distributed

from numerist.deep.distortion import SIDE
from numerist.deep.training import Training
from numerist.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numerist.data import Dataset
    from numerist.deep.recipe import Recipe
    from numerist.deep.teachers import Vote
    from numerist.model.layers import Layer


class SharedTraining(Training):
    """A training as its workers have it, each in a process of its own.

    There is a process group (`torch.distributed`). All workers are made of the same arguments, and
    do the same at the same time: steps, `right`, and whatever follows from `agreed`.

    Args and attributes are those of `Training`.

    Raises:
        InputError: as `Training`, or a number of workers that the groups can't be shared by.
    """

    def __init__(  # noqa: PLR0917  (as `Training`)
        self,
        recipe: Recipe,
        data: Dataset,
        classes: int,
        seed: int,
        device: str = "cpu",
        start: Sequence[Layer] = (),
        teachers: Vote | None = None,
    ) -> None:
        refuse_uneven(self.workers, recipe)
        super().__init__(recipe, data, classes, seed, device, start, teachers)
        self._rank = distributed.get_rank()
        self._weights = list(self.net.parameters())
        self._statistics = [b for b in self.net.buffers() if b.is_floating_point()]
        self._made: dict[int, torch.Tensor] = {}  # my part of the next steps' images, by step,
        self._coming: distributed.Work | None = None  # when they are there
        self._wish = self._granted = False

    @property
    def workers(self) -> int:
        """How many processes share each step."""
        count: int = distributed.get_world_size()
        return count

    def agreed(self, wish: bool) -> bool:
        """Return whether any worker had this wish before the last step; the same for all of them.

        A wish travels with the gradients of the next step.
        """
        self._wish = wish
        return self._granted

    def right(self, data: Dataset) -> int:
        """Return how many of the images the kept network gets right; each worker counts some."""
        mine = data[self._rank :: self.workers]
        right = torch.tensor(super().right(mine) if len(mine) else 0)
        distributed.all_reduce(right)
        total: int = right.item()
        return total

    def _go_back(self) -> torch.Tensor:
        images, labels = self._part()
        loss = self._loss(images, labels) * (len(labels) / self._rows)
        loss.backward()
        return self._summed(loss.detach())

    def _summed(self, loss: torch.Tensor) -> torch.Tensor:
        """Put the sum of all workers' gradients in the place of mine; return the sum of losses.

        What normalisation remembers becomes the workers' mean in the same way.
        """
        added = [weight.grad for weight in self._weights]
        more = torch.stack([loss, loss.new_tensor(self._wish)])
        told = [*added, *(part / self.workers for part in self._statistics), more]
        sums = torch.cat([part.flatten() for part in told])
        coming = distributed.all_reduce(sums, async_op=True)
        self._prepare(self.step + 1)  # instead of waiting
        coming.wait()
        *summed, more = sums.split([part.numel() for part in told])
        for mine, total in zip([*added, *self._statistics], summed, strict=True):
            mine.copy_(total.view(mine.shape))
        self._granted = bool(more[1] > 0)
        return more[0]

    @property
    def _rows(self) -> int:
        """Images in a mini-batch."""
        return self.recipe.batch + self._strangers

    def _part(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return my part of this step's mini-batch: images (n, 28, 28) and labels (n,)."""
        self._prepare(self.step)
        if self._coming is not None:
            self._coming.wait()
            self._coming = None
        rows = self._made.pop(self.step)
        return rows[:, 1:].reshape(-1, SIDE, SIDE), rows[:, 0].long()

    def _prepare(self, step: int) -> None:
        """Make one of the next mini-batches, from a step on, and begin to exchange the parts.

        Nothing is done if my part of that step has been asked for, or no steps are left. A part has
        a row for each image: its label, then its pixels.
        """
        steps = range(step, min(step + self.workers, self.steps))
        if not steps or step in self._made:
            return
        parts = parts_of(self._rows, self.recipe.groups, self.workers)
        if self._rank < len(steps):
            images, labels = self.mini_batch(steps[self._rank])
            out, sizes = torch.cat([labels[:, None].float(), images.flatten(1)], dim=1), parts
        else:
            out, sizes = torch.empty(0, 1 + SIDE * SIDE), [0] * self.workers
        mine = parts[self._rank]
        received = [mine if rank < len(steps) else 0 for rank in range(self.workers)]
        rows = torch.empty(sum(received), 1 + SIDE * SIDE)
        self._coming = distributed.all_to_all_single(rows, out, received, sizes, async_op=True)
        self._made = dict(zip(steps, rows.split(mine), strict=True))


def refuse_uneven(workers: int, recipe: Recipe) -> None:
    """Raise InputError if workers can't have as many groups of a mini-batch as each other."""
    groups = recipe.groups
    if groups % workers:
        possible = [str(n) for n in range(1, groups + 1) if groups % n == 0]
        raise InputError(
            "--workers",
            f"one of {', '.join(possible)}, as a mini-batch of {recipe.batch} images is normalised"
            f" in {groups} of {recipe.batch // groups}",
            str(workers),
            "Take as many, smaller groups (--group) or a larger --batch.",
        )


def parts_of(rows: int, groups: int, workers: int) -> list[int]:
    """Return how many rows each worker has: those of its groups.

    >>> parts_of(154, groups=4, workers=2)  # groups of 39, 39, 38, 38
    [78, 76]
    """
    least, more = divmod(rows, groups)
    sizes = [least + (group < more) for group in range(groups)]
    each = groups // workers
    return [sum(sizes[first : first + each]) for first in range(0, groups, each)]
