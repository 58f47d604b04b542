"""Learning from teachers: networks that are trained already say what each image looks like.

A vote of several networks is right more often than each of them. One network that learns to
give the vote's answers comes near it, at a fraction of its cost (G. Hinton, O. Vinyals, J. Dean,
"Distilling the knowledge in a neural network", 2015).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from numerist.deep.export import trainable
from numerist.errors import InputError
from numerist.model.layers import Dense, read_layers

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence


TRUST = 0.9
"""The share of the target that is the teachers' answer; the rest is the label."""


class Vote:
    """The mean of what several networks answer.

    Args:
        files: model files of networks with as many outputs as the one that learns from them.
        outputs: how many that is.

    Attributes:
        digest: SHA-256 over the files, in hexadecimal digits.

    Raises:
        InputError: a network with other outputs.
        ModelError: a file that can't be read.
    """

    def __init__(self, files: Sequence[str | os.PathLike[str]], outputs: int) -> None:
        self._nets = [_teacher(file, outputs) for file in files]
        content = hashlib.sha256()
        for net in self._nets:
            for tensor in net.state_dict().values():
                content.update(tensor.numpy().tobytes())
        self.digest = content.hexdigest()

    def to(self, device: str) -> Vote:
        """Bring the networks to a device, as PyTorch names it; return the vote."""
        for net in self._nets:
            net.to(device, memory_format=torch.channels_last)
        return self

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Return the mean of the probabilities, float32 (n, outputs), for images (n, 1, 28, 28)."""
        with torch.no_grad():
            answers = [net(images).float().softmax(dim=1) for net in self._nets]
        return torch.stack(answers).mean(dim=0)


def taught_loss(
    logits: torch.Tensor, labels: torch.Tensor, told: torch.Tensor, smoothing: float
) -> torch.Tensor:
    """Return the mean cross-entropy with what teachers say and with the labels.

    Where the teachers are wrong, by the label, the label alone counts.

    Args:
        logits: float32 (n, outputs), of the network that learns.
        labels: int64 (n,).
        told: float32 (n, outputs), the teachers' probabilities.
        smoothing: of the labels; see `numerist.deep.recipe.Recipe`.
    """
    trust = TRUST * (told.argmax(dim=1) == labels)
    by_label = functional.cross_entropy(logits, labels, label_smoothing=smoothing, reduction="none")
    as_told = functional.cross_entropy(logits, told, reduction="none")
    return ((1 - trust) * by_label + trust * as_told).mean()


def _teacher(file: str | os.PathLike[str], outputs: int) -> nn.Module:
    layers = read_layers(file)
    last = layers[-1]
    found = len(last.biases) if isinstance(last, Dense) else 0
    if found != outputs:
        raise InputError(
            f"teacher {file}", f"{outputs} outputs, as the network that learns has", str(found),
            "Train the teacher on the same classes, with a recipe that is like in its strangers.",
        )  # fmt: skip
    return trainable(layers, outputs).eval()
