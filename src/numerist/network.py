"""The chapter's network: `Network`, with its names, its shapes and its learning algorithm.

What differs from the chapter's listing, and why:
- A mini-batch is computed as matrices, one column an example, not example by example: the same
  sums in another order, many times faster. `numerist.engine` computes them faster still.
- Random numbers come from a generator of the network's own, so that `seed` repeats a run to the
  bit; the caller's training list is left in its order.
- Other activations and costs can be named; the defaults are the chapter's.
- Its methods don't call one another, as they would example by example; a subclass that overrides
  one which the chapter's code would call is told so, not passed over.
- An array of the wrong shape is an error. The chapter's code broadcasts a flat target (10,)
  against a column (10, 1) into a 10×10 matrix, and learns nothing without saying so.

Only feedforward networks: no output is ever fed back. Everywhere below, n_in and n_out are the
sizes of two neighbouring layers, and m is the number of examples, one a column.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from numerist import checks
from numerist import engine as engines
from numerist.checks import choice, finite, generator, layer_sizes, positive, whole
from numerist.data.examples import (
    Array,
    Examples,
    as_columns,
    as_examples,
    as_labelled,
    refuse_other_count,
)
from numerist.errors import InputError
from numerist.neurons import ACTIVATIONS, COSTS, sigmoid, sigmoid_prime

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Sequence

    import numpy.typing as npt

__all__ = ["Network", "sigmoid", "sigmoid_prime"]

_ETA = "The chapter's learning rate is 3.0."


class Network:
    """A feedforward network that learns by stochastic gradient descent.

    Args:
        sizes: neurons in each layer, the input layer first: [784, 30, 10].
        activation: of the hidden layers: sigmoid, tanh, relu or identity.
        output: activation of the last layer: any of those, or softmax.
        cost: quadratic, cross-entropy or log-likelihood. Cross-entropy with softmax outputs is the
            log-likelihood, as everywhere in the field.
        seed: of everything random here, initial weights and shuffles; None for a fresh one.
        border: with a single output, the answer is 1 where the activation is at least this.

    Attributes:
        sizes, num_layers: the layers, as in the chapter.
        hidden, output: the `Activation` of the hidden layers and of the last one.
        cost: the `Cost`.
        border: as above; may be changed.
        rng: the generator of all that is random here.
        biases: a list of arrays (n_out, 1), one for each layer but the first, drawn from N(0, 1).
        weights: a list of arrays (n_out, n_in), drawn from N(0, 1). Both are float32, in which
            learning is computed; `feedforward` and `backprop` compute in float64 with them.

    Raises:
        InputError: fewer than two layers, a size below 1, a name that is in no table, a cost that
            can't go with the output's activation, or a single softmax output.

    >>> net = Network([2, 3, 1], seed=0)
    >>> [w.shape for w in net.weights], [b.shape for b in net.biases]
    ([(3, 2), (1, 3)], [(3, 1), (1, 1)])
    """

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        activation: str = "sigmoid",
        output: str = "sigmoid",
        cost: str = "quadratic",
        seed: int | None = None,
        border: float = 0.5,
    ) -> None:
        self.sizes = layer_sizes(sizes)
        self.num_layers = len(self.sizes)
        elementwise = {name: f for name, f in ACTIVATIONS.items() if name != "softmax"}
        self.hidden = choice("activation of the hidden layers", activation, elementwise)
        self.output = choice("activation of the output layer", output, ACTIVATIONS)
        if (cost, output) == ("cross-entropy", "softmax"):
            cost = "log-likelihood"
        self.cost = choice("cost", cost, COSTS)
        self.cost.check(self.output, self.sizes[-1])
        self.border = finite("border", border)
        self.rng = generator(seed)
        self.biases: list[Array] = [
            self.rng.standard_normal((n_out, 1)).astype(np.float32) for n_out in self.sizes[1:]
        ]
        self.weights: list[Array] = [
            self.rng.standard_normal((n_out, n_in)).astype(np.float32)
            for n_in, n_out in pairwise(self.sizes)
        ]

    def __repr__(self) -> str:
        return f"Network({self.sizes})"

    def feedforward(self, a: npt.ArrayLike) -> Array:
        """Return the output of the network for the input `a`, by equation (22) layer by layer.

        Args:
            a: one column (n_in, 1), m columns (n_in, m), or one flat input (n_in,).

        Returns:
            The output activations in the same form: (n_out, 1), (n_out, m) or (n_out,).

        Raises:
            ShapeError, InputError: another shape, or not finite numbers.
        """
        outputs = self.activations(a)[-1]
        return outputs[:, 0] if np.ndim(a) == 1 else outputs

    def activations(self, a: npt.ArrayLike) -> list[Array]:
        """Return the activations of every layer for the input `a`, the input itself first.

        Args:
            a: as for `feedforward`; a flat input counts as one column.

        Returns:
            For each layer an array (size of the layer, m), float64.

        Raises:
            ShapeError, InputError: another shape, or not finite numbers.

        >>> [layer.shape for layer in Network([2, 3, 1], seed=0).activations([0.5, 1.0])]
        [(2, 1), (3, 1), (1, 1)]
        """
        checks.parameters(self.sizes, self.weights, self.biases)
        return self._activations(as_columns(a, self.sizes[0], "input of the network"))

    def SGD(  # noqa: N802  (the chapter's name)
        self,
        training_data: Examples,
        epochs: int,
        mini_batch_size: int,
        eta: float,
        test_data: Examples | None = None,
        *,
        reduction: str = "mean",
        engine: str = "auto",
        on_epoch: Callable[[int, int | None, int | None], None] | None = None,
        progress: Callable[[range], Iterable[int]] = iter,
    ) -> None:
        """Learn by stochastic gradient descent, equations (20) and (21).

        In each epoch the examples are shuffled and partitioned into mini-batches; each mini-batch
        gives one step. Prints the chapter's line after each epoch.

        Args:
            training_data: a list of pairs (x, y), or a `Dataset`.
            epochs: how often to go through the training data; 0 learns nothing.
            mini_batch_size: m; the last mini-batch of an epoch may be smaller.
            eta: the learning rate η.
            test_data: if given, evaluated after each epoch.
            reduction: "mean", as in the chapter, or "sum" of the gradients in a mini-batch.
            engine: "numpy" for the code below, "compiled" for `numerist.engine`, "auto" for the
                latter where it is installed and the weights are float32. Each repeats its own
                results to the bit; the two differ by rounding.
            on_epoch: called with (epoch, right, total) instead of printing the line; right and
                total are None without test data.
            progress: wraps a range of first examples, as tqdm does: of each mini-batch, or of each
                run of many mini-batches that the compiled engine learns in one go.

        Raises:
            InputError, ShapeError: an argument makes no sense, or the network overrides a method
                that the chapter's SGD would call.
            DivergedError: a weight is no longer finite.
        """
        checks.refuse_overrides(self, Network, "SGD" if test_data is None else "SGD with test_data")
        whole("epochs", epochs, least=0)
        whole("mini_batch_size", mini_batch_size, least=1)
        positive("eta", eta, _ETA)
        mean = choice("reduction", reduction, {"mean": True, "sum": False})
        x, y = self._examples(training_data, "training_data")
        compiled = engines.resolve(engine, [*self.weights, *self.biases]) == "compiled"
        test = None if test_data is None else self._labelled(test_data, "test_data")
        mini_batch_size = min(mini_batch_size, len(x))
        loop = (
            engines.Loop(self.sizes, self.hidden, self.output, self.cost, x, y)
            if compiled
            else None
        )
        for epoch in range(epochs):
            order = self.rng.permutation(len(x))
            if loop:
                loop.epoch(
                    self.weights, self.biases, order, mini_batch_size, eta,
                    mean=mean, progress=progress,
                )  # fmt: skip
            else:
                with np.errstate(over="ignore", invalid="ignore"):  # said below, by name
                    for start in progress(range(0, len(x), mini_batch_size)):
                        batch = order[start : start + mini_batch_size]
                        self._step(x[batch], y[batch], eta / len(batch) if mean else eta)
            checks.refuse_divergence([*self.weights, *self.biases], epoch, eta)
            right, total = (None, None) if test is None else (self._right(*test), len(test[1]))
            (on_epoch or _print_epoch)(epoch, right, total)

    def update_mini_batch(self, mini_batch: Examples, eta: float) -> None:
        """Take one step of gradient descent, on the mean gradient of one mini-batch.

        Args:
            mini_batch: a list of pairs (x, y).
            eta: the learning rate η.
        """
        checks.refuse_overrides(self, Network, "update_mini_batch")
        x, y = self._examples(mini_batch, "mini_batch")
        self._step(x, y, positive("eta", eta, _ETA) / len(x))

    def backprop(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[list[Array], list[Array]]:
        """Return the gradient of the cost of one example, or the sum over columns of examples.

        Args:
            x: inputs, (n_in,), (n_in, 1) or (n_in, m).
            y: desired outputs, (n_out,), (n_out, 1) or (n_out, m).

        Returns:
            (nabla_b, nabla_w): lists of arrays shaped as `biases` and `weights`.
        """
        checks.refuse_overrides(self, Network, "backprop")
        checks.parameters(self.sizes, self.weights, self.biases)
        inputs = as_columns(x, self.sizes[0], "x")
        desired = as_columns(y, self.sizes[-1], "y", desired=True)
        refuse_other_count(inputs, desired, "x and y")
        self._refuse_unreachable(desired, "y")
        self.cost.check_desired(desired, "y")
        return self._backprop(inputs, desired)

    def evaluate(self, test_data: Examples) -> int:
        """Return the number of test inputs that the network gets right.

        The answer is the number of the output neuron with the highest activation or, with a single
        output, whether its activation reaches `border`.

        Args:
            test_data: a list of pairs (x, class) or a `Dataset`; the class is a number, or a
                desired output vector.
        """
        checks.refuse_overrides(self, Network, "evaluate")
        return self._right(*self._labelled(test_data, "test_data"))

    def total_cost(self, data: Examples) -> float:
        """Return the cost C over all of `data`; for the quadratic cost, equation (6)."""
        x, y = self._examples(data, "data")
        inner = self._activations(x.T.astype(np.float64))[-2]
        z = self.weights[-1] @ inner + self.biases[-1]
        return float(self.cost.at(self.output, z, y.T).mean())

    def cost_derivative(self, output_activations: Array, y: Array) -> Array:
        """Return ∂C_x/∂a for the output activations a, (n_out, m); a − y for the quadratic cost."""
        a = as_columns(output_activations, self.sizes[-1], "output_activations")
        desired = as_columns(y, self.sizes[-1], "y", desired=True)
        refuse_other_count(a, desired, "output_activations and y")
        return self.cost.derivative(a, desired)

    def save(self, path: str | os.PathLike[str], **about: Any) -> None:
        """Write the network as a model file.

        Args:
            path: of the file, ending in .onnx by custom; written whole or not at all.
            about: fields of `numerist.model.Metadata` that only the caller knows.

        Raises:
            WriteError: the file can't be written.
        """
        from numerist import model  # noqa: PLC0415  (ONNX loads when it is used)

        model.write_network(path, self, **about)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Network:
        """Read back what `save` wrote; the outputs are the same to the bit.

        The generator of random numbers is a fresh one: learning on is possible, repeating is not.

        Raises:
            NotAModelError, DamagedModelError, NewerModelError: the file is not such a model.
        """
        from numerist import model  # noqa: PLC0415

        parts = model.read_network(path)
        net = cls(
            parts.sizes,
            activation=parts.activation,
            output=parts.output,
            cost=parts.cost,
            border=parts.border,
        )
        net.weights, net.biases = parts.weights, parts.biases
        return net

    def _activations(self, x: Array) -> list[Array]:
        """As `activations`, for columns that are checked already, in their own dtype."""
        activations = [x]
        functions = [self.hidden] * (self.num_layers - 2) + [self.output]
        for f, w, b in zip(functions, self.weights, self.biases, strict=True):
            activations.append(f.function(w @ activations[-1] + b))
        return activations

    def _backprop(self, x: Array, y: Array, scale: float = 1.0) -> tuple[list[Array], list[Array]]:
        """Return `scale` times the gradient of the summed cost of the columns."""
        activations = self._activations(x)
        delta = scale * self.cost.delta(self.output, activations[-1], y)
        nabla_b, nabla_w = [], []
        for layer in range(self.num_layers - 2, -1, -1):
            nabla_b.append(delta.sum(axis=1, keepdims=True))
            nabla_w.append(delta @ activations[layer].T)
            if layer > 0:
                delta = self.hidden.backward(activations[layer], self.weights[layer].T @ delta)
        return nabla_b[::-1], nabla_w[::-1]

    def _step(self, x: Array, y: Array, rate: float) -> None:
        """Move weights and biases against the gradient; x (m, n_in) and y (m, n_out) are rows."""
        nabla_b, nabla_w = self._backprop(x.T, y.T, rate)
        for b, w, nb, nw in zip(self.biases, self.weights, nabla_b, nabla_w, strict=True):
            b -= nb  # noqa: PLW2901  (in place)
            w -= nw  # noqa: PLW2901

    def _right(self, x: Array, labels: Array) -> int:
        outputs = self._activations(x.T)[-1]
        answers = outputs.argmax(axis=0) if self.sizes[-1] > 1 else outputs[0] >= self.border
        return int((answers == labels).sum())

    def _examples(self, data: Examples, place: str) -> tuple[Array, Array]:
        checks.parameters(self.sizes, self.weights, self.biases)
        x, y = as_examples(data, self.sizes[0], self.sizes[-1], place)
        self._refuse_unreachable(y, f"{place}, desired outputs")
        self.cost.check_desired(y.T, f"{place}, desired outputs")
        dtype = self.weights[0].dtype
        if np.abs(x).max() > np.finfo(dtype).max:
            raise InputError(
                f"{place}, inputs",
                f"numbers that {dtype} can hold",
                f"{np.abs(x).max():g}",
                "Scale them to 0…1.",
            )
        return x.astype(dtype, copy=False), y.astype(dtype, copy=False)

    def _refuse_unreachable(self, y: Array, place: str) -> None:
        low, high = self.output.low, self.output.high
        if not ((y >= low) & (y <= high)).all():
            raise InputError(
                place,
                f"numbers from {low:g} to {high:g}, which {self.output.name} can give",
                f"{y.min():g} to {y.max():g}",
                "Scale them, or choose another output activation.",
            )

    def _labelled(self, data: Examples, place: str) -> tuple[Array, Array]:
        checks.parameters(self.sizes, self.weights, self.biases)
        x, labels = as_labelled(data, self.sizes[0], self.sizes[-1], place)
        return x.astype(np.float64, copy=False), labels


def _print_epoch(epoch: int, right: int | None, total: int | None) -> None:
    print(  # noqa: T201  (the chapter's transcript)
        f"Epoch {epoch} complete" if right is None else f"Epoch {epoch}: {right} / {total}"
    )
