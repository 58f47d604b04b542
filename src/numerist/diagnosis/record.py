"""What was seen of a training run."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A network at one moment. Lists by layer leave out the input layer.

    Attributes:
        epochs: how many epochs it had learned; 0 is before learning.
        saturated: by layer, the share of activations that are saturated, over neurons and examples.
        gradients: by layer, the length ‖∇C‖ of the gradient of the training sample's mean cost.
        changes: by layer, how far the weights moved since the snapshot before, ‖Δw‖ / ‖w‖.
        alignment: the cosine of the angle between that move, of all weights and biases together,
            and −∇C at its end. 1 is straight down the valley; long steps swing across it.
        spread: by layer, how far its neurons differ in weights and bias: 0 if all are the same, 1
            if their mean is 0.
        training_cost, validation_cost: mean cost.
        training_accuracy, validation_accuracy: share of right answers.
        winning: by output, the share of validation examples in which it is the highest (with
            several outputs per class: in which it is at least 0.5).
        firing: by output, the largest activation on validation examples.
        dead: the outputs that are saturated near 0 on the training examples in which they should
            be 1.
    """

    epochs: int
    saturated: list[float]
    gradients: list[float]
    changes: list[float]
    alignment: float
    spread: list[float]
    training_cost: float
    validation_cost: float
    training_accuracy: float
    validation_accuracy: float
    winning: list[float]
    firing: list[float]
    dead: list[int]


@dataclass(frozen=True, slots=True)
class Record:
    """What was seen of a training run.

    Attributes:
        sizes: neurons by layer.
        activation, output, cost: names, as in `Network`.
        eta: the learning rate, if it was told.
        mini_batch_size: m, if it was told.
        kept: by multiple of η, how much of its promise a step of that length from the start keeps;
            empty if the rate was not told. 1: the ground is straight that far; below 0: it goes up.
        missing: the outputs that validation examples ask for, and no training example does.
        means: the mean input of the training examples looked at, and of the validation examples.
        examples: how many training examples there are.
        sampled: how many of them, and of the validation examples, were looked at.
        lowest_input, highest_input: the range of the training inputs.
        chance: the share of the most frequent class among the validation examples.
        lookup: accuracy of answering with the class of the most similar sampled training example.
        snapshots: before learning, and after every epoch.
        diverged: whether the weights left the finite numbers.
    """

    sizes: list[int]
    activation: str
    output: str
    cost: str
    eta: float | None
    mini_batch_size: int | None
    kept: dict[float, float]
    missing: list[int]
    means: tuple[float, float]
    examples: int
    sampled: tuple[int, int]
    lowest_input: float
    highest_input: float
    chance: float
    lookup: float
    snapshots: list[Snapshot]
    diverged: bool

    @property
    def epochs(self) -> int:
        """The number of epochs learned."""
        return len(self.snapshots) - 1

    @property
    def steps(self) -> int | None:
        """The number of mini-batches learned in a whole run; None if m was not told."""
        if self.mini_batch_size is None:
            return None
        return self.epochs * -(-self.examples // self.mini_batch_size)

    def numbers(self) -> dict[str, Any]:
        """Return everything as lists and plain numbers, ready for JSON and for drawing.

        The fields of the snapshots stand in `curves`, each a list over `curves["epochs"]`. What is
        not finite is None.
        """
        numbers = asdict(self)
        snapshots = numbers.pop("snapshots")
        numbers["curves"] = {name: [s[name] for s in snapshots] for name in snapshots[0]}
        plain: dict[str, Any] = _plain(numbers)
        return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
