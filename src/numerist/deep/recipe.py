"""How to train: everything that decides the result but the data and the seed."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import Any

from numerist.checks import choice, finite, positive, whole
from numerist.deep.distortion import Distortion
from numerist.errors import InputError

OPTIMISERS = ("sgd", "adamw")
PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True, slots=True)
class Recipe:
    """A way of training.

    Attributes:
        model: name of the architecture, see `numerist.deep.architectures`.
        epochs: times through the training images.
        batch: size of a mini-batch.
        group: how many images of a mini-batch batch normalisation looks at together, about; see
            `groups`. 0: at all of them.
        rate: highest learning rate of the schedule.
        warm_up: share of the steps in which the rate rises to its highest; after it, it falls
            along half a cosine to (almost) zero. 0 with `decay` off: a constant rate.
        decay: whether the rate falls at all.
        optimiser: "sgd" (with Nesterov momentum) or "adamw".
        momentum: of SGD.
        weight_decay: of the weights; biases and normalisation have none.
        smoothing: share of the probability that the target gives to all classes alike.
        average: weight of the past in the running average of the weights that is kept in the end;
            0 keeps the last weights.
        distortion: what is done to each image, anew in each epoch.
        strangers: images that show no digit, for each digit in a mini-batch; 0 trains no answer
            for them.
        neighbours: share of the digits that look as if cut out of a row; see
            `numerist.deep.neighbours`.
        precision: "float32", or "bfloat16" for the products of convolutions and dense layers,
            which is faster where the processor has instructions for it.
    """

    model: str
    epochs: int
    batch: int = 128
    group: int = 0
    rate: float = 0.1
    warm_up: float = 0.2
    decay: bool = True
    optimiser: str = "sgd"
    momentum: float = 0.9
    weight_decay: float = 5e-4
    smoothing: float = 0.0
    average: float = 0.0
    distortion: Distortion = field(default_factory=Distortion)
    strangers: float = 0.0
    neighbours: float = 0.0
    precision: str = "float32"

    def __post_init__(self) -> None:
        whole("epochs", self.epochs, least=0)
        whole("batch", self.batch, least=2)
        if whole("group", self.group, least=0) == 1:
            raise InputError("group", "two images or more, or 0", "1", "Try 32.")
        positive("rate", self.rate)
        choice("optimiser", self.optimiser, dict.fromkeys(OPTIMISERS))
        choice("precision", self.precision, dict.fromkeys(PRECISIONS))
        for name in ("smoothing", "average"):  # 1 would leave nothing to learn
            if not 0 <= finite(name, getattr(self, name)) < 1:
                raise InputError(
                    name, "a number from 0 to below 1", str(getattr(self, name)),
                    "Try the default.",
                )  # fmt: skip
        for name in ("warm_up", "momentum", "strangers", "neighbours"):
            if not 0 <= finite(name, getattr(self, name)) <= 1:
                raise InputError(
                    name, "a number from 0 to 1", str(getattr(self, name)), "Try the default."
                )

    @property
    def groups(self) -> int:
        """In how many groups a mini-batch is normalised, each about as large as the others.

        As many workers can share a step, or half or a third as many and so on.

        >>> [Recipe("cnn", 1, batch, group=32).groups for batch in (128, 100, 20)]
        [4, 3, 1]
        """
        return max(1, self.batch // self.group) if self.group else 1

    def rate_at(self, progress: float) -> float:
        """Return the learning rate after a share of all steps, 0…1.

        >>> recipe = Recipe("cnn", 1, rate=0.4, warm_up=0.5)
        >>> [round(recipe.rate_at(share), 3) for share in (0, 0.25, 0.5, 0.75, 1)]
        [0.04, 0.22, 0.4, 0.2, 0.0]
        """
        if progress < self.warm_up:
            return self.rate * (0.1 + 0.9 * progress / self.warm_up)
        if not self.decay:
            return self.rate
        behind = (progress - self.warm_up) / (1 - self.warm_up) if self.warm_up < 1 else 1.0
        return self.rate * (1 + math.cos(math.pi * behind)) / 2

    def as_dict(self) -> dict[str, Any]:
        """Return plain numbers and names, as JSON has them."""
        return dataclasses.asdict(self)


MNIST_HANDS = Distortion(
    rotation=8, shear=0.12, scale=0.08, stretch=0.08, shift=0.8, elastic=0.7, pen=0.4, variants=0.15
)
"""Distortions about as strong as hands differ, chosen on the validation images."""

_BEST = Recipe(
    "cnn",
    epochs=45,
    group=32,
    smoothing=0.1,
    average=0.999,
    strangers=0.2,
    neighbours=0.15,
    distortion=dataclasses.replace(MNIST_HANDS.times(0.7), variants=0.15, coarse=0.15),
)
RECIPES = {
    "quick": Recipe("cnn-small", epochs=2, group=64, smoothing=0.1),
    "good": Recipe(
        "cnn-medium",
        epochs=10,
        group=64,
        smoothing=0.1,
        average=0.99,
        distortion=MNIST_HANDS.times(0.7),
    ),
    "best": _BEST,
    "finish": dataclasses.replace(
        _BEST, distortion=dataclasses.replace(_BEST.distortion, coarse=0.25)
    ),
    "deep": Recipe(
        "deep-mlp", epochs=10, group=64, rate=0.003, optimiser="adamw", weight_decay=0.01
    ),
}
"""The ways to train a convolutional network, from seconds to an hour or two.

"finish" is for what "best" began: from its model file, in which normalisation has become part of
the convolutions. The rate is then a tenth, as always where training goes on from a model file.
"""
