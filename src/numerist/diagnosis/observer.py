"""Watching a network learn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from numerist.checks import positive, whole
from numerist.data.examples import Array, Examples, as_examples
from numerist.diagnosis.measures import (
    cosine,
    functions,
    kept,
    largest_class,
    lookup_accuracy,
    ratio,
    right_answers,
    sample_of,
    saturated,
    spread_of,
    which_died,
    winning_shares,
)
from numerist.diagnosis.record import Record, Snapshot
from numerist.errors import InputError

if TYPE_CHECKING:
    from numerist.network import Network

_MULTIPLES = 0.001, 0.01, 0.1, 1.0, 3.0, 10.0  # of η, that are tried before learning


class Observer:
    """Watches a network learn; an instance is an `on_epoch` callback of `Network.SGD`.

    Make it just before learning begins: it looks at the network then, too. It draws its samples
    with a generator of its own, so that it does not change what is learned. A look at 1,000 and
    1,000 images costs a few hundredths of a second.

    Args:
        net: the network that learns.
        training, validation: examples, as for `Network.SGD`; each desired output is 0 or 1.
        eta, mini_batch_size: the learning rate and the m of `Network.SGD`. Without the rate no
            step can be tried, without m nobody knows how many were taken, and the advice knows
            less.
        sample: how many training examples to look at, and as many validation examples.

    Raises:
        InputError, ShapeError: data that `Network.SGD` would refuse, or desired outputs that are
            neither 0 nor 1: this is for networks that classify.

    >>> from numerist import Network
    >>> from numerist.diagnosis import diagnose
    >>> points = np.random.default_rng(0).random((400, 2))
    >>> above = (points[:, 0] + points[:, 1] > 1).astype(int)
    >>> training, validation = (points[:300], above[:300]), (points[300:], above[300:])
    >>> net = Network([2, 4, 2], seed=0)
    >>> observer = Observer(net, training, validation)
    >>> net.SGD(training, 20, 10, 3.0, on_epoch=observer)
    >>> diagnose(observer.record())
    []
    >>> [w.fill(0) for w in (*net.weights, *net.biases)]
    [None, None, None, None]
    >>> observer = Observer(net, training, validation)
    >>> net.SGD(training, 5, 10, 3.0, on_epoch=observer)
    >>> print(diagnose(observer.record())[0].cause)
    initialisation
    """

    def __init__(
        self,
        net: Network,
        training: Examples,
        validation: Examples,
        *,
        eta: float | None = None,
        mini_batch_size: int | None = None,
        sample: int = 1000,
    ) -> None:
        whole("sample", sample, least=1)
        self._net = net
        self._eta = None if eta is None else positive("eta", eta)
        if mini_batch_size is not None:
            mini_batch_size = whole("mini_batch_size", mini_batch_size, least=1)
        self._mini_batch_size = mini_batch_size
        inputs, desired = self._rows(training, "training")
        self._examples = len(inputs)
        self._range = float(inputs.min()), float(inputs.max())
        self._training = sample_of(inputs, desired, sample)
        new, wanted = self._rows(validation, "validation")
        self._validation = sample_of(new, wanted, sample)
        self._missing = np.flatnonzero(wanted.any(axis=0) & ~desired.any(axis=0)).tolist()
        self._kept: dict[float, float] = {}
        if eta is not None:
            with np.errstate(over="ignore", invalid="ignore"):
                for multiple in _MULTIPLES:
                    self._kept[multiple] = kept(net, *self._training, multiple * eta)
        self._snapshots: list[Snapshot] = []
        self._before = self._parameters()
        self._look()

    def __call__(self, epoch: int, right: int | None = None, total: int | None = None) -> None:  # noqa: ARG002
        """Look at the network after an epoch; the arguments are those of `on_epoch`."""
        self._look()

    def record(self, *, diverged: bool = False) -> Record:
        """Return what was seen; call it when learning is over, while the network is as it was left.

        Args:
            diverged: say so if `DivergedError` was raised, but the weights were put back.
        """
        finite = all(np.isfinite(a).all() for a in (*self._net.weights, *self._net.biases))
        return Record(
            sizes=list(self._net.sizes),
            activation=self._net.hidden.name,
            output=self._net.output.name,
            cost=self._net.cost.name,
            eta=self._eta,
            mini_batch_size=self._mini_batch_size,
            kept=dict(self._kept),
            missing=list(self._missing),
            means=(float(self._training[0].mean()), float(self._validation[0].mean())),
            examples=self._examples,
            sampled=(self._training[0].shape[1], self._validation[0].shape[1]),
            lowest_input=self._range[0],
            highest_input=self._range[1],
            chance=largest_class(self._validation[1]),
            lookup=lookup_accuracy(self._training, self._validation),
            snapshots=list(self._snapshots),
            diverged=diverged or not finite,
        )

    def _rows(self, data: Examples, place: str) -> tuple[Array, Array]:
        inputs, desired = as_examples(data, self._net.sizes[0], self._net.sizes[-1], place)
        if not np.isin(desired, (0, 1)).all():
            raise InputError(
                f"{place}, desired outputs",
                "0 or 1, as of a network that classifies",
                f"{desired.min():g} to {desired.max():g}",
                "Only networks that classify can be diagnosed.",
            )
        return inputs, desired

    def _look(self) -> None:
        net = self._net
        (x, y), (new, wanted) = self._training, self._validation
        with np.errstate(over="ignore", invalid="ignore"):  # large weights: a cost may be infinite
            layers = net.activations(x)[1:]
            outputs, unseen = layers[-1], net.activations(new)[-1]
            nabla_b, nabla_w = net.backprop(x, y)
            now = self._parameters()
            moves = [a - b for a, b in zip(now, self._before, strict=True)]
            snapshot = Snapshot(
                epochs=len(self._snapshots),
                saturated=[
                    float(saturated(f, a).mean())
                    for f, a in zip(functions(net), layers, strict=True)
                ],
                gradients=[
                    math.hypot(np.linalg.norm(b), np.linalg.norm(w)) / x.shape[1]
                    for b, w in zip(nabla_b, nabla_w, strict=True)
                ],
                changes=[
                    ratio(np.linalg.norm(move), np.linalg.norm(w))
                    for move, w in zip(moves[: len(net.weights)], now, strict=False)
                ],
                alignment=-cosine(moves, [*nabla_w, *nabla_b]),
                spread=[spread_of(w, b) for w, b in zip(net.weights, net.biases, strict=True)],
                training_cost=float(net.cost.each(outputs, y).mean()),
                validation_cost=float(net.cost.each(unseen, wanted).mean()),
                training_accuracy=float(right_answers(outputs, y, net.border).mean()),
                validation_accuracy=float(
                    right_answers(unseen, self._validation[1], net.border).mean()
                ),
                winning=winning_shares(unseen, wanted, net.border),
                firing=[float(a) for a in unseen.max(axis=1)],
                dead=which_died(net.output, outputs, y),
            )
        self._snapshots.append(snapshot)
        self._before = now

    def _parameters(self) -> list[Array]:
        """Return a copy of the weights, then of the biases, float64."""
        return [a.astype(np.float64) for a in (*self._net.weights, *self._net.biases)]
