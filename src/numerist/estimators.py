"""The chapter's network as a scikit-learn classifier, to be used and compared with all others.

It needs scikit-learn, which comes with the extra `chapter`.
"""
# ruff: noqa: N803  (X is what scikit-learn calls it, also by keyword)

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from numerist.baselines.classifier import ImageClassifier, drawn_seed
from numerist.checks import choice
from numerist.errors import InputError
from numerist.network import Network

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numerist.neurons.activations import Array

_OUTPUTS = {name: name for name in ("sigmoid", "softmax")}  # those that can be probabilities
_SCALINGS = {name: name for name in ("auto", "standardise", "none")}


class NetworkClassifier(ImageClassifier):
    """A `Network` that learns by stochastic gradient descent, as a scikit-learn classifier.

    X is (n, d), or images (n, height, width); y any labels, numbers or strings. There is one output
    neuron for each label, and the answer is the one with the highest activation.

    Args:
        hidden: sizes of the hidden layers, from the input on; () for none.
        epochs, mini_batch_size, eta: of `Network.SGD`; the defaults are the chapter's.
        activation, cost: as for `Network`.
        output: activation of the last layer: "sigmoid", as in the chapter, or "softmax".
        scaling: "standardise" moves and stretches each input to mean 0 and standard deviation 1 on
            the training data, without which inputs far from 0…1 saturate the neurons; "none"
            takes them as they are; "auto" takes them as they are if all of the training data lie
            in 0…1, as grey values do, and standardises them if not.
        random_state: seed of initial weights and shuffles; None for a fresh one in each `fit`.

    Attributes:
        network_: the trained `Network`.
        shift_, scale_: what is taken from each input, and what it is then divided by, (d,).

    Raises:
        InputError: in `fit`, an argument makes no sense. Data are checked by scikit-learn and
            raise its own errors.
        DivergedError: in `fit`, the weights left the finite numbers.

    >>> quadrants = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> model = NetworkClassifier(hidden=(4,), epochs=300, random_state=0)
    >>> model.fit(quadrants, ["same", "other", "other", "same"]).predict(quadrants).tolist()
    ['same', 'other', 'other', 'same']
    """

    network_: Network
    shift_: Array
    scale_: Array

    def __init__(
        self,
        *,
        hidden: Sequence[int] = (30,),
        epochs: int = 30,
        mini_batch_size: int = 10,
        eta: float = 3.0,
        activation: str = "sigmoid",
        output: str = "sigmoid",
        cost: str = "quadratic",
        scaling: str = "auto",
        random_state: Any = None,
    ) -> None:
        self.hidden = hidden
        self.epochs = epochs
        self.mini_batch_size = mini_batch_size
        self.eta = eta
        self.activation = activation
        self.output = output
        self.cost = cost
        self.scaling = scaling
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from labelled examples, from new random weights."""
        choice("output", self.output, _OUTPUTS)
        choice("scaling", self.scaling, _SCALINGS)
        rows, numbers = self._learnt_from(X, y)
        self.shift_, self.scale_ = self._scaling_for(rows)
        classes = len(self.classes_)
        self.network_ = Network(
            [rows.shape[1], *_sizes(self.hidden), classes],
            activation=self.activation,
            output=self.output,
            cost=self.cost,
            seed=drawn_seed(self.random_state),
        )
        self.network_.SGD(
            (self._scaled(rows), np.eye(classes)[numbers]),
            self.epochs,
            self.mini_batch_size,
            self.eta,
            on_epoch=_say_nothing,
        )
        return self

    def predict(self, X: Any) -> Array:
        """Return the label of each example, (n,)."""
        answers = self._activations(X).argmax(axis=1)
        labels: Array = self.classes_[answers]
        return labels

    def predict_proba(self, X: Any) -> Array:
        """Return the output activations divided by their sum, (n, k), columns as in `classes_`.

        With softmax outputs these are the activations themselves. Sigmoid outputs answer k separate
        questions and add up to 1 only by this division; do not rely on them as probabilities.
        """
        activations = self._activations(X) + np.finfo(np.float64).tiny  # not 0 / 0
        probabilities: Array = activations / activations.sum(axis=1, keepdims=True)
        return probabilities

    def _activations(self, X: Any) -> Array:
        """Of the output neurons, (n, k)."""
        rows = self._asked_about(X)
        return self.network_.feedforward(self._scaled(rows).T).T

    def _scaling_for(self, rows: Array) -> tuple[Array, Array]:
        as_they_are = self.scaling == "none" or (
            self.scaling == "auto" and rows.min() >= 0 and rows.max() <= 1
        )
        if as_they_are:
            return np.zeros(rows.shape[1]), np.ones(rows.shape[1])
        spread = rows.std(axis=0, dtype=np.float64)
        return rows.mean(axis=0, dtype=np.float64), np.where(spread > 0, spread, 1.0)

    def _scaled(self, rows: Array) -> Array:
        if not self.shift_.any() and (self.scale_ == 1).all():
            return rows  # all of MNIST need not be copied
        scaled: Array = (rows - self.shift_) / self.scale_
        return scaled


def _sizes(hidden: Any) -> list[Any]:
    """Return the sizes of hidden layers as a list; whether they are whole numbers is seen later."""
    if isinstance(hidden, str) or not isinstance(hidden, Iterable):
        raise InputError(
            "hidden", "the sizes of the hidden layers, in a list or tuple", repr(hidden),
            "For one layer write (30,).",
        )  # fmt: skip
    return list(hidden)


def _say_nothing(*_: int | None) -> None:
    """Instead of the chapter's line after each epoch: scikit-learn's estimators are silent."""
