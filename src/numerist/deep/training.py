"""Training, one step after the other, so that it can stop and go on at any step.

What is random in a step comes from the seed and the number of the step alone. A run that goes on
from a checkpoint therefore takes the steps that it would have taken, to the bit.
"""

from __future__ import annotations

import copy
import functools
import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from numerist.checks import whole
from numerist.deep.architectures import build
from numerist.deep.distortion import SIDE, coarsen, distort
from numerist.deep.export import trainable
from numerist.deep.ghost_norm import normalise_in_groups
from numerist.deep.neighbours import with_neighbours
from numerist.deep.optimisers import optimiser_for
from numerist.deep.strangers import gently, strangers
from numerist.deep.teachers import taught_loss
from numerist.deep.variants import draw_variants
from numerist.errors import DivergedError, InputError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numerist.data import Dataset
    from numerist.deep.recipe import Recipe
    from numerist.deep.teachers import Vote
    from numerist.model.layers import Layer

_EVALUATE = 500  # images at once; bounds memory
_SEEDS = 1 << 63  # PyTorch's generators take no larger ones


class Training:
    """A network, and all that its next step depends on.

    Args:
        recipe: how to train.
        data: what to learn from; images 28×28.
        classes: how many there are.
        seed: of all that is random.
        device: where to compute, as PyTorch names it.
        start: the layers of a trained network to go on from, instead of the recipe's architecture.
        teachers: trained networks whose vote, on the very images that are learned from, is most of
            the target; labels alone if not given.

    Attributes:
        net: the network as it is now; its outputs are logits, (n, classes), and one more for "none
            of them" if the recipe has strangers.
        kept: the running average of the network, or `net` itself if the recipe has none.
        step: steps taken.
        losses: the sum of the losses in the present epoch, and of how many steps.
        first_weights: SHA-256 over the numbers that the network began with.

    Raises:
        InputError: fewer images than a mini-batch, images of another size, labels that are no
            classes, a seed outside 0…2⁶³ − 1, or a model that there is not.
    """

    def __init__(  # noqa: PLR0917  (what a run is made of)
        self,
        recipe: Recipe,
        data: Dataset,
        classes: int,
        seed: int,
        device: str = "cpu",
        start: Sequence[Layer] = (),
        teachers: Vote | None = None,
    ) -> None:
        _check(recipe, data, classes, seed)
        self.recipe, self.seed, self.device, self.classes = recipe, seed, device, classes
        self.images = torch.from_numpy(np.ascontiguousarray(data.images, np.float32))
        self.labels = torch.from_numpy(data.labels.astype(np.int64))
        outputs = classes + (1 if recipe.strangers else 0)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            net = trainable(start, outputs) if start else build(recipe.model, outputs)
        self.first_weights = _digest(net)
        normalise_in_groups(net, recipe.groups // self.workers)
        self.net = net.to(device, memory_format=torch.channels_last)
        self.kept = copy.deepcopy(self.net).requires_grad_(False) if recipe.average else self.net
        self.teachers = None if teachers is None else teachers.to(device)
        self.optimiser = optimiser_for(self.net, recipe)
        self.step = 0
        self.losses = 0.0, 0
        self._order: tuple[int, torch.Tensor] | None = None

    @functools.cached_property
    def data_hash(self) -> str:
        """SHA-256 over images and labels, in hexadecimal digits."""
        content = hashlib.sha256(self.images.numpy().tobytes())
        content.update(self.labels.numpy().tobytes())
        return content.hexdigest()

    @property
    def steps_an_epoch(self) -> int:
        """Full mini-batches in the training images; what is left over waits for another epoch."""
        return len(self.images) // self.recipe.batch

    @property
    def steps(self) -> int:
        """Steps of the whole training."""
        return self.recipe.epochs * self.steps_an_epoch

    @property
    def mean_loss(self) -> float:
        """The mean loss of the steps in the present epoch; NaN before any."""
        total, steps = self.losses
        return total / steps if steps else np.nan

    @property
    def workers(self) -> int:
        """How many processes share each step."""
        return 1

    @property
    def _strangers(self) -> int:
        """How many images of a mini-batch show no digit."""
        return round(self.recipe.strangers * self.recipe.batch)

    def take_step(self) -> float:
        """Learn one mini-batch; return its loss.

        Raises:
            DivergedError: the loss is no longer finite.
        """
        recipe = self.recipe
        for group in self.optimiser.param_groups:
            group["lr"] = recipe.rate_at(self.step / self.steps)
        self.net.train()
        self.optimiser.zero_grad(set_to_none=True)
        value = self._go_back()
        self.optimiser.step()
        if self.step % self.steps_an_epoch == 0:
            self.losses = 0.0, 0
        self.step += 1
        if recipe.average:
            self._average()
        loss = float(value.item())
        if not np.isfinite(loss):
            raise DivergedError(
                f"step {self.step}",
                "a finite loss",
                str(loss),
                f"The learning rate {recipe.rate:g} is too high; try {recipe.rate / 10:g}.",
            )
        total, steps = self.losses
        self.losses = total + loss, steps + 1
        return loss

    def agreed(self, wish: bool) -> bool:
        """Return whether any worker has this wish, so that all act alike."""
        return wish

    def _go_back(self) -> torch.Tensor:
        """Work out the gradients for the mini-batch of this step; return its loss."""
        loss = self._loss(*self.mini_batch(self.step))
        loss.backward()
        return loss.detach()

    def _loss(self, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Return the mean loss of images (n, 28, 28) with labels (n,)."""
        seen, target = self._as_input(images), labels.to(self.device)
        smoothing = self.recipe.smoothing
        with self._precision():
            logits = self.net(seen)
        logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
        if self.teachers is None:
            return functional.cross_entropy(logits, target, label_smoothing=smoothing)
        with self._precision():
            told = self.teachers(seen)
        return taught_loss(logits, target, told, smoothing)

    def mini_batch(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the images (m, 28, 28) and labels (m,) of a step, distorted, group by group.

        In each group strangers are last; there are about as many in all groups.
        """
        recipe = self.recipe
        chance = _generator(self.seed, 1, step)
        epoch, place = divmod(step, self.steps_an_epoch)
        chosen = self._shuffled(epoch)[place * recipe.batch : (place + 1) * recipe.batch]
        images, labels = self.images[chosen], self.labels[chosen]
        plain = images
        if recipe.distortion.variants:
            images = draw_variants(images, labels, recipe.distortion.variants, chance)
        if recipe.neighbours:
            images = with_neighbours(images, plain, recipe.neighbours, chance)
        images = distort(images, recipe.distortion, chance)
        if recipe.strangers:
            more = self._strangers
            strange = gently(strangers(more, plain, chance), chance)
            strange = coarsen(strange, recipe.distortion.coarse, chance)
            images = torch.cat([images, strange])
            labels = torch.cat([labels, torch.full((more,), self.classes)])
            groups = [torch.arange(k, len(labels), recipe.groups) for k in range(recipe.groups)]
            order = torch.cat(groups)
            images, labels = images[order], labels[order]
        return images, labels

    def logits(self, images: torch.Tensor | np.ndarray[Any, Any]) -> torch.Tensor:
        """Return what the kept network answers, (n, outputs), on the CPU."""
        images = torch.as_tensor(images)
        self.kept.eval()
        with torch.no_grad():
            parts = [
                self.kept(self._as_input(images[start : start + _EVALUATE])).cpu()
                for start in range(0, len(images), _EVALUATE)
            ]
        return torch.cat(parts)

    def right(self, data: Dataset) -> int:
        """Return how many of the images the kept network gets right."""
        answers = self.logits(data.images)[:, : self.classes].argmax(dim=1).numpy()
        return int((answers == data.labels).sum())

    def _precision(self) -> torch.autocast:
        lower = self.recipe.precision != "float32"
        return torch.autocast(self.device, torch.bfloat16, enabled=lower)

    def _as_input(self, images: torch.Tensor) -> torch.Tensor:
        return images[:, None].to(self.device, memory_format=torch.channels_last)

    def _shuffled(self, epoch: int) -> torch.Tensor:
        if self._order is None or self._order[0] != epoch:
            chance = _generator(self.seed, 0, epoch)
            self._order = epoch, torch.randperm(len(self.images), generator=chance)
        return self._order[1]

    def _average(self) -> None:
        """Move the kept network towards the present one, weights and statistics alike.

        In the beginning the average is over the steps so far, so that the first weights, which
        know nothing, are forgotten.
        """
        weight = max(1 - self.recipe.average, 1 / (self.step + 1))
        with torch.no_grad():
            kept, now = self.kept.state_dict(), self.net.state_dict()
            floats = [name for name, tensor in now.items() if tensor.is_floating_point()]
            torch._foreach_lerp_([kept[k] for k in floats], [now[k] for k in floats], weight)


def _check(recipe: Recipe, data: Dataset, classes: int, seed: int) -> None:
    """Refuse what can't be learned from."""
    if len(data) < recipe.batch:
        raise InputError(
            "training images",
            f"at least a mini-batch of {recipe.batch}",
            str(len(data)),
            "Give more images, or a smaller --batch.",
        )
    if data.images.shape[1:] != (SIDE, SIDE):
        raise ShapeError(
            "training images",
            f"{SIDE}×{SIDE} pixels",
            "×".join(map(str, data.images.shape[1:])),
            "Bring each image to that size first.",
        )
    if data.labels.max() >= classes:
        raise InputError(
            "training labels",
            f"numbers below {classes}, the classes",
            str(data.labels.max()),
            "Number the classes from 0.",
        )
    if whole("seed", seed, least=0) >= _SEEDS:
        raise InputError("seed", f"a whole number below {_SEEDS}", str(seed), "Try 0.")


def _digest(net: nn.Module) -> str:
    """Return the SHA-256 over all numbers of a network."""
    content = hashlib.sha256()
    for tensor in net.state_dict().values():
        content.update(tensor.numpy().tobytes())
    return content.hexdigest()


def _generator(*numbers: int) -> torch.Generator:
    """Return a generator whose numbers depend on all of `numbers`, and on nothing else."""
    state = np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state >> np.uint64(1)))
