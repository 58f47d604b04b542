"""Networks by name: chains of a few kinds of layers, each of which the model file knows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from torch import nn

from numerist.checks import layer_sizes
from numerist.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PIXELS = 28 * 28
MAX_WEIGHTS = 100_000_000
"""Of a dense network: 400 MB, and four times that in training."""


@dataclass(frozen=True, slots=True)
class Block:
    """One convolution with batch normalisation and rectified linear units.

    Attributes:
        channels: of its output.
        kernel: side of the filters.
        pool: side of the max-pooling behind it; 1 for none.
        padding: pixels of paper around its input.
        stride: pixels from filter to filter.
    """

    channels: int
    kernel: int = 3
    pool: int = 1
    padding: int = 0
    stride: int = 1


SMALL = (Block(16, kernel=5, stride=2), Block(32, pool=2), Block(64), Block(64))
"""61,000 parameters, 0.7 million multiply-adds: learns in seconds."""

MEDIUM = (Block(16, kernel=5, pool=2), Block(32, pool=2), Block(64), Block(64))
"""61,000 parameters, 0.9 million multiply-adds."""

LARGE = (
    Block(32), Block(32, pool=2), Block(64), Block(64, pool=2),
    Block(128, padding=1), Block(128, padding=1),
)  # fmt: skip
"""288,000 parameters, 13 million multiply-adds: the one that ships."""


def convolutional(blocks: Sequence[Block], outputs: int) -> nn.Sequential:
    """Return a chain of blocks, a mean over what is left of the picture, and one dense layer.

    Args:
        blocks: from the picture on.
        outputs: how many logits.
    """
    layers: list[nn.Module] = []
    channels = 1
    for block in blocks:
        layers += [
            nn.Conv2d(
                channels, block.channels, block.kernel,
                stride=block.stride, padding=block.padding, bias=False,
            ),
            nn.BatchNorm2d(block.channels),
            nn.ReLU(inplace=True),
        ]  # fmt: skip
        if block.pool > 1:
            layers.append(nn.MaxPool2d(block.pool))
        channels = block.channels
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, outputs)
    )


def mlp(hidden: Sequence[int], outputs: int) -> nn.Sequential:
    """Return the chapter's kind of network: sigmoid neurons, weights and biases from N(0, 1).

    Its outputs are logits; what makes probabilities of them is softmax.
    """
    layers: list[nn.Module] = [nn.Flatten()]
    for n_in, n_out in pairwise([PIXELS, *hidden]):
        layers += [nn.Linear(n_in, n_out), nn.Sigmoid()]
    layers.append(nn.Linear(hidden[-1], outputs))
    for layer in layers:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight)
            nn.init.normal_(layer.bias)
    return nn.Sequential(*layers)


def deep_mlp(hidden: Sequence[int], outputs: int) -> nn.Sequential:
    """Return a deep network as it is built today.

    Rectified linear units, weights as K. He and others ("Delving deep into rectifiers", 2015) draw
    them, batch normalisation (S. Ioffe and C. Szegedy, 2015) in each hidden layer.
    """
    layers: list[nn.Module] = [nn.Flatten()]
    for n_in, n_out in pairwise([PIXELS, *hidden]):
        dense = nn.Linear(n_in, n_out, bias=False)
        nn.init.kaiming_normal_(dense.weight, nonlinearity="relu")
        layers += [dense, nn.BatchNorm1d(n_out), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, nn.Linear(hidden[-1], outputs))


_CONVOLUTIONAL = {"cnn-small": SMALL, "cnn-medium": MEDIUM, "cnn": LARGE}
_DENSE: dict[str, tuple[Callable[[Sequence[int], int], nn.Sequential], tuple[int, ...]]] = {
    "mlp": (mlp, (30,)),
    "deep-mlp": (deep_mlp, (100,) * 5),
}
ARCHITECTURES = (*_CONVOLUTIONAL, *_DENSE)


def build(name: str, outputs: int) -> nn.Sequential:
    """Return a new network for images (n, 1, 28, 28); its weights come from PyTorch's generator.

    Args:
        name: one of `ARCHITECTURES`; the dense ones may name their hidden layers: mlp:100,30.
        outputs: how many logits.

    Raises:
        InputError: there is no such architecture.

    >>> [type(layer).__name__ for layer in build("mlp:20", 10)]
    ['Flatten', 'Linear', 'Sigmoid', 'Linear']
    """
    kind, colon, layers = name.partition(":")
    if kind in _CONVOLUTIONAL and not colon:
        return convolutional(_CONVOLUTIONAL[kind], outputs)
    if kind in _DENSE and re.fullmatch(r"(:[0-9]{1,9}(,[0-9]{1,9})*)?", colon + layers):
        make, usual = _DENSE[kind]
        hidden = [int(size) for size in layers.split(",")] if layers else usual
        sizes = layer_sizes([PIXELS, *hidden, outputs])
        weights = sum(n_in * n_out for n_in, n_out in pairwise(sizes))
        if weights > MAX_WEIGHTS:
            raise InputError(
                "model", f"at most {MAX_WEIGHTS:,} weights", f"{weights:,}", "Make it smaller."
            )
        return make(sizes[1:-1], outputs)
    raise InputError(
        "model", f"one of {', '.join(ARCHITECTURES)}", repr(name),
        "Hidden layers follow a colon: deep-mlp:100,100,100.",
    )  # fmt: skip
