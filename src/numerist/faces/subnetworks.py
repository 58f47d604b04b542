"""One small network for each question, each trained on its own.

At the bottom of the tree a network sees the pixels of its region, and learns its own question
from pictures that are labelled with the answer. Above, a single neuron sees the answers from
below, as these networks give them, and learns how to weigh them; so it can trust a sub-network
that is often right more than one that is not. All are the chapter's `Network`, trained by its SGD.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from numerist.checks import choice
from numerist.errors import InputError, ShapeError
from numerist.faces.questions import FACE
from numerist.network import Network, sigmoid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numerist.faces.drawing import Faces
    from numerist.faces.questions import Question
    from numerist.neurons.activations import Array

RELAY = 10.0
"""Weight of a relay neuron: it turns 0.9 into σ(10 · 0.4) = 0.98, and leaves ½ as it is."""


@dataclass(frozen=True)
class Plan:
    """How long and how fast a network learns; the arguments of `Network.SGD`.

    >>> Plan(epochs=5).eta
    1.0
    """

    epochs: int = 20
    mini_batch_size: int = 10
    eta: float = 1.0


def relayed(answers: Array, times: int = 1) -> Array:
    """Return answers (any shape) after so many relay neurons, each σ(w (a − ½)) with w = `RELAY`.

    >>> relayed(np.array([0.1, 0.5, 0.9])).round(3)
    array([0.018, 0.5  , 0.982])
    """
    for _ in range(times):
        answers = sigmoid(RELAY * (answers - 0.5))
    return answers


def learn(sizes: Sequence[int], inputs: Array, answers: Array, seed: int, plan: Plan) -> Network:
    """Return a network that has learnt yes-or-no answers from examples.

    Sigmoid neurons and cross-entropy. The initial weights, N(0, 1) in the chapter, are divided by
    the square root of the number of inputs: with hundreds of pixels the neurons would begin
    saturated, which would be unfair to the network that sees the whole picture.

    Args:
        sizes: of the layers.
        inputs: (n, n_in), an example a row.
        answers: (n, n_out) of bool or 0 and 1; or (n,) for a single output.
        seed: of initial weights and of the order of examples.
        plan: how to train.

    Raises:
        InputError, ShapeError: as `Network` and its `SGD`.
        DivergedError: the rate is far too high.

    >>> x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> net = learn([2, 1], x, [0, 0, 0, 1], seed=0, plan=Plan(epochs=200, mini_batch_size=4))
    >>> (net.feedforward(x.T) > 0.5).tolist()
    [[False, False, False, True]]
    """
    network = Network(sizes, cost="cross-entropy", seed=seed)
    network.weights = [w / np.sqrt(w.shape[1], dtype=np.float32) for w in network.weights]
    desired = np.asarray(answers, dtype=np.float32).reshape(len(inputs), -1)
    network.SGD(
        (inputs, desired), plan.epochs, plan.mini_batch_size, plan.eta, on_epoch=_in_silence
    )
    return network


def train_subnetworks(
    faces: Faces, seed: int | Sequence[int], plan: Plan | None = None, above: Plan | None = None
) -> dict[str, Network]:
    """Return a trained network for every question about faces, by its name.

    Those at the bottom take the pixels of their region; the others the answers of their parts,
    each relayed until the slowest part has answered (see `numerist.faces.assembly`).

    Args:
        faces: pictures to learn from.
        seed: of everything random; each network gets its own numbers from it.
        plan: how those at the bottom are trained.
        above: how the others are trained; they have few weights and need few epochs.

    >>> from numerist.faces.drawing import draw_faces
    >>> networks = train_subnetworks(draw_faces(20, seed=0), seed=0, plan=Plan(epochs=1))
    >>> networks["nose"].sizes, networks["left eye"].sizes, networks["face"].sizes
    ([182, 8, 1], [3, 1], [5, 1])
    """
    networks: dict[str, Network] = {}
    seeds = dict(zip(FACE, np.random.SeedSequence(seed).generate_state(len([*FACE])), strict=True))
    answers: dict[str, Array] = {}
    for question in reversed([*FACE]):  # parts come before what they are parts of
        if question.parts:
            inputs, sizes = _from_parts(question, answers), [len(question.parts), 1]
        else:
            inputs = pixels_of(question, faces.rows)
            sizes = [inputs.shape[1], question.hidden, 1]
        how = (above or Plan(epochs=5, eta=0.5)) if question.parts else (plan or Plan())
        truth = faces.answer(question.name)
        network = learn(sizes, inputs, truth, int(seeds[question]), how)
        networks[question.name] = network
        answers[question.name] = network.feedforward(inputs.T)[0]
    return {question.name: networks[question.name] for question in FACE}


def ask(question: Question, networks: Mapping[str, Network], pictures: Array) -> dict[str, Array]:
    """Ask the networks one after another, and return every answer, (n,), by its question's name.

    This is what the assembled network computes in one go; it is here for training, and as the
    plain way to compare with.

    Args:
        question: the top of a tree.
        networks: one for each question in it.
        pictures: (n, pixels), a flattened picture a row.

    Raises:
        InputError: a network is missing, or a region leaves the pictures.
        ShapeError: the pictures are not flattened squares.
    """
    answers: dict[str, Array] = {}
    for asked in reversed([*question]):
        network = choice("network for a question", asked.name, networks)
        inputs = _from_parts(asked, answers) if asked.parts else pixels_of(asked, pictures)
        answers[asked.name] = network.feedforward(inputs.T)[0]
    return {asked.name: answers[asked.name] for asked in question}


def pixels_of(question: Question, pictures: Array) -> Array:
    """Return the pixels that a question at the bottom is asked of, (n, pixels in its region).

    Args:
        question: one with a region.
        pictures: (n, size·size), flattened square pictures in rows.

    Raises:
        InputError: the question has no region, or the region leaves the pictures.
        ShapeError: the pictures are not flattened squares.
    """
    if question.region is None:
        raise InputError(
            f"question '{question.name}'", "a region", "none", "Ask one at the bottom of the tree."
        )
    pixels = pictures.shape[1] if pictures.ndim == 2 else 0  # noqa: PLR2004  (rows)
    size = math.isqrt(pixels)
    if size == 0 or size * size != pixels:
        raise ShapeError(
            "pictures",
            "flattened square pictures in rows, (n, size·size)",
            f"shape {pictures.shape}",
            "Write .reshape(len(pictures), -1) for pictures (n, size, size).",
        )
    return pictures[:, question.region.pixels(size)]


def _from_parts(question: Question, answers: Mapping[str, Array]) -> Array:
    """Return the answers of the parts as they arrive at the question, (n, number of parts)."""
    return np.column_stack(
        [relayed(answers[part.name], question.depth - 1 - part.depth) for part in question.parts]
    )


def _in_silence(epoch: int, right: int | None, total: int | None) -> None:
    """Print nothing after an epoch."""
