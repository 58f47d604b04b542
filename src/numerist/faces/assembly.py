"""Many networks put together into one.

    pixels      layer 1            layer 2           layer 3         layer 4
    region   →  hidden neurons  →  brow?          →  left eye?    →  face?
    region   →  hidden neurons  →  lashes?        ↗               ↗
    region   →  hidden neurons  →  iris?          ↗               ↗
    region   →  hidden neurons  →  nose?          →  relay        ↗

The large network is an ordinary `Network`. In each of its weight matrices every sub-network has
its block; all other weights are zero, so that a sub-network sees its own region and its own
neurons only. An answer that is known before it is needed, such as the nose's, is handed on by
relay neurons: one input of large weight w and the bias −w/2, so that ½ stays ½ and what is above
or below comes nearer to 1 or 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from numerist.checks import choice
from numerist.descent import count_parameters
from numerist.errors import InputError, ShapeError
from numerist.faces.questions import SIZE
from numerist.faces.subnetworks import RELAY
from numerist.network import Network

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numerist.faces.questions import Question
    from numerist.neurons.activations import Array


@dataclass(frozen=True, eq=False)
class Assembled:
    """A network put together of sub-networks, and where in it each question is answered.

    Attributes:
        network: the whole: pixels in, the answer to the largest question out.
        neurons: for each question, where its answer stands: (layer, neuron), the input layer
            being layer 0.
        relays: how many neurons only hand an answer on.
        trained: how many weights and biases were learnt: those of the sub-networks. Each relay
            adds a weight and a bias that were set; all other weights are zero.
    """

    network: Network
    neurons: Mapping[str, tuple[int, int]]
    relays: int
    trained: int

    def answers(self, pictures: Array) -> dict[str, Array]:
        """Return the activation (n,) of the neuron that answers each question, by its name.

        Args:
            pictures: (n, pixels), a flattened picture a row, or (n, height, width).

        Raises:
            ShapeError, InputError: they do not fit the network, or are not finite numbers.
        """
        layers = self.network.activations(np.asarray(pictures).reshape(len(pictures), -1).T)
        return {name: layers[layer][neuron] for name, (layer, neuron) in self.neurons.items()}


def assemble(question: Question, networks: Mapping[str, Network], *, size: int = SIZE) -> Assembled:
    """Put the networks for a question and for all below it together into one.

    Args:
        question: the top of the tree.
        networks: for each question by name: [pixels in its region, hidden, 1] at the bottom,
            [number of parts, 1] above; sigmoid neurons throughout.
        size: height and width of the pictures.

    Raises:
        InputError: a network is missing or has other neurons, or a region leaves the picture.
        ShapeError: a network has other sizes than its question asks for.

    >>> from numerist.faces.questions import Question, Region
    >>> parts = (Question("left", Region(0, 0, 2, 1), 3), Question("right", Region(0, 1, 2, 1), 1))
    >>> networks = {
    ...     "both": Network([2, 1], seed=0),
    ...     "left": Network([2, 3, 1], seed=1),
    ...     "right": Network([2, 1, 1], seed=2),
    ... }
    >>> whole = assemble(Question("both", parts=parts, enough=2), networks, size=2)
    >>> whole.network.sizes, whole.neurons["right"], whole.trained
    ([4, 4, 2, 1], (2, 1), 21)
    """
    checked = {asked.name: _network_for(asked, networks) for asked in question}
    builder = _Builder(checked, size, question.depth)
    builder.add(question)
    return Assembled(
        network=builder.network(),
        neurons={asked.name: builder.answers[asked.name] for asked in question},
        relays=builder.relays,
        trained=sum(count_parameters(part.sizes) for part in checked.values()),
    )


def _network_for(question: Question, networks: Mapping[str, Network]) -> Network:
    network = choice("network for a question", question.name, networks)
    if question.region is None:
        wanted = [len(question.parts), 1]
    else:
        wanted = [question.region.height * question.region.width, question.hidden, 1]
    if network.sizes != wanted:
        raise ShapeError(
            f"network for '{question.name}'",
            f"sizes {wanted}",
            f"{network.sizes}",
            "Build it for this question.",
        )
    kinds = {network.output.name} | ({network.hidden.name} if len(wanted) > 2 else set())  # noqa: PLR2004
    if kinds != {"sigmoid"}:
        raise InputError(
            f"network for '{question.name}'",
            "sigmoid neurons, as relays are",
            ", ".join(sorted(kinds)),
            "Build it with activation and output sigmoid.",
        )
    return network


class _Builder:
    """Collects neurons layer by layer; each is a bias and weights from some of the layer before."""

    def __init__(self, networks: Mapping[str, Network], size: int, depth: int) -> None:
        self._networks = networks
        self._size = size
        self._layers: list[list[tuple[Array, Array, float]]] = [[] for _ in range(depth)]
        self.answers: dict[str, tuple[int, int]] = {}
        self.relays = 0

    def add(self, question: Question) -> None:
        """Add the neurons for a question and for all below it; note where its answer stands."""
        network, depth = self._networks[question.name], question.depth
        if question.region is None:
            sources = np.array([self._handed_on(part, depth - 1) for part in question.parts])
        else:
            pixels = question.region.pixels(self._size)
            sources = self._add_neurons(1, pixels, network.weights[0], network.biases[0])
        (neuron,) = self._add_neurons(depth, sources, network.weights[-1], network.biases[-1])
        self.answers[question.name] = (depth, int(neuron))

    def _handed_on(self, part: Question, layer: int) -> int:
        """Add a part, and relays up to a layer; return which neuron there holds its answer."""
        self.add(part)
        known, neuron = self.answers[part.name]
        weight, bias = np.array([[RELAY]]), np.array([[-RELAY / 2]])
        for later in range(known + 1, layer + 1):
            neuron = int(self._add_neurons(later, np.array([neuron]), weight, bias)[0])
            self.relays += 1
        return neuron

    def _add_neurons(self, layer: int, sources: Array, w: Array, b: Array) -> Array:
        """Add k neurons to a layer and return their numbers there.

        Args:
            layer: from 1, the first after the input.
            sources: which neurons of the layer before they see, (n,).
            w: their weights, (k, n).
            b: their biases, (k, 1).
        """
        neurons = self._layers[layer - 1]
        first = len(neurons)
        neurons += [(sources, row, float(bias)) for row, bias in zip(w, b[:, 0], strict=True)]
        return np.arange(first, len(neurons))

    def network(self) -> Network:
        """Return the network of all the neurons added."""
        sizes = [self._size * self._size, *map(len, self._layers)]
        network = Network(sizes, cost="cross-entropy", seed=0)
        for neurons, w, b in zip(self._layers, network.weights, network.biases, strict=True):
            w[:] = 0
            for k, (sources, row, bias) in enumerate(neurons):
                w[k, sources], b[k] = row, bias
        return network
