"""The chapter's experiment, one epoch at a time, in the ways in which people would compute it.

Each contender begins from the same weights and learns the same mini-batches: sigmoid neurons,
the quadratic cost, plain gradient descent in float32 (the chapter's way: float64). Each is written
as a user of its library would who cares for speed; small matrices gain nothing from a second
thread, so PyTorch gets one. scikit-learn has no quadratic cost for classes: its MLPClassifier
learns with softmax and log-likelihood, from weights and with a rate of its own: the same work on
other numbers.

A contender is made with (sizes, seed, m, η); `start` prepares it, `again` gives it new weights,
`epoch(order)` learns, and `right` counts the test images that it gets right.
"""

from __future__ import annotations

import warnings
from functools import cached_property
from typing import Any

import numpy as np

from numerist import load_mnist
from numerist.chapter.plain import PlainNetwork
from numerist.network import Network

Array = np.ndarray[Any, Any]


class Contender:
    name = ""

    def __init__(self, sizes: list[int], seed: int, m: int, eta: float) -> None:
        self.sizes, self.seed, self.m, self.eta = sizes, seed, m, eta
        self.net = Network(sizes, seed=seed)

    @cached_property
    def mnist(self) -> Any:
        return load_mnist()

    @cached_property
    def x(self) -> Array:
        rows: Array = self.mnist.training.rows
        return rows

    @cached_property
    def y(self) -> Array:
        targets: Array = np.eye(self.sizes[-1], dtype=np.float32)[self.mnist.training.labels]
        return targets

    def batches(self, order: Array) -> Array:
        """Return the order as rows of mini-batches; the benchmark's m divides 50,000."""
        batches: Array = order.reshape(-1, self.m)
        return batches

    def start(self) -> None:
        """Prepare: data in the library's form, weights, compilation."""

    def again(self, seed: int) -> None:
        """Begin anew with other weights."""
        self.net = Network(self.sizes, seed=seed)

    def epoch(self, order: Array) -> None:
        raise NotImplementedError

    def weights(self) -> tuple[list[Array], list[Array]]:
        raise NotImplementedError

    def right(self) -> int:
        """Return how many test images it gets right."""
        self.net.weights, self.net.biases = self.weights()
        return self.net.evaluate(self.mnist.test)


class Chapter(Contender):
    name = "the chapter's way"

    def start(self) -> None:
        self.pairs = [
            (x.reshape(-1, 1), y.reshape(-1, 1))
            for x, y in zip(self.x.astype(float), self.y.astype(float), strict=True)
        ]

    def again(self, seed: int) -> None:
        super().again(seed)
        self.plain = PlainNetwork(self.net.weights, self.net.biases)

    def epoch(self, order: Array) -> None:
        for batch in self.batches(order):
            self.plain.learn([self.pairs[i] for i in batch], self.eta)

    def weights(self) -> tuple[list[Array], list[Array]]:
        return self.plain.weights, self.plain.biases


class Ours(Contender):
    def weights(self) -> tuple[list[Array], list[Array]]:
        return self.net.weights, self.net.biases


class NumPy(Ours):
    name = "Numerist, NumPy engine"

    def epoch(self, order: Array) -> None:
        for batch in self.batches(order):
            self.net._step(self.x[batch], self.y[batch], self.eta / self.m)  # noqa: SLF001


class Compiled(Ours):
    name = "Numerist, compiled engine"

    def start(self) -> None:
        from numerist.engine import Loop

        net = self.net
        self.loop = Loop(self.sizes, net.hidden, net.output, net.cost, self.x, self.y)

    def epoch(self, order: Array) -> None:
        self.loop.epoch(self.net.weights, self.net.biases, order, self.m, self.eta, mean=True)


class TorchEager(Contender):
    name = "PyTorch, eager"

    def start(self) -> None:
        import torch

        torch.set_num_threads(1)
        self.torch = torch
        self.tensors = torch.from_numpy(self.x), torch.from_numpy(self.y)

    def again(self, seed: int) -> None:
        super().again(seed)
        torch = self.torch
        nn = torch.nn
        layers: list[Any] = []
        for w, b in zip(self.net.weights, self.net.biases, strict=True):
            linear = nn.Linear(w.shape[1], w.shape[0])
            linear.weight.data = torch.from_numpy(w.copy())
            linear.bias.data = torch.from_numpy(b[:, 0].copy())
            layers += [linear, nn.Sigmoid()]
        self.model = nn.Sequential(*layers)
        self.linears = layers[::2]
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=self.eta, fused=True)

    def epoch(self, order: Array) -> None:
        x, y = self.tensors
        for batch in self.torch.from_numpy(self.batches(order)):
            self.optimizer.zero_grad()
            loss = (self.model(x[batch]) - y[batch]).square().sum() / (2 * self.m)
            loss.backward()
            self.optimizer.step()

    def weights(self) -> tuple[list[Array], list[Array]]:
        return (
            [linear.weight.detach().numpy() for linear in self.linears],
            [linear.bias.detach().numpy().reshape(-1, 1) for linear in self.linears],
        )


class TorchCompiled(Contender):
    name = "PyTorch, torch.compile"

    def start(self) -> None:
        import torch

        torch.set_num_threads(1)
        self.torch = torch
        self.tensors = torch.from_numpy(self.x), torch.from_numpy(self.y)
        eta, m = self.eta, self.m

        def cost(parameters: Any, x: Any, y: Any) -> Any:
            for w, b in parameters:
                x = torch.sigmoid(torch.nn.functional.linear(x, w, b))
            return (x - y).square().sum() / (2 * m)

        def step(parameters: Any, x: Any, y: Any, batch: Any) -> None:
            gradients = torch.func.grad(cost)(parameters, x[batch], y[batch])
            for (w, b), (nabla_w, nabla_b) in zip(parameters, gradients, strict=True):
                w.sub_(eta * nabla_w)
                b.sub_(eta * nabla_b)

        self.step = torch.compile(step, fullgraph=True)

    def again(self, seed: int) -> None:
        super().again(seed)
        from_numpy = self.torch.from_numpy
        self.parameters = [
            (from_numpy(w.copy()), from_numpy(b[:, 0].copy()))
            for w, b in zip(self.net.weights, self.net.biases, strict=True)
        ]

    def epoch(self, order: Array) -> None:
        x, y = self.tensors
        with self.torch.no_grad():
            for batch in self.torch.from_numpy(self.batches(order)):
                self.step(self.parameters, x, y, batch)

    def weights(self) -> tuple[list[Array], list[Array]]:
        return (
            [w.numpy() for w, _ in self.parameters],
            [b.numpy().reshape(-1, 1) for _, b in self.parameters],
        )


class Jax(Contender):
    name = "JAX, jit and lax.scan"

    def start(self) -> None:
        import jax
        from jax import numpy as jnp

        self.jnp = jnp
        self.arrays = jnp.asarray(self.x), jnp.asarray(self.y)
        eta, m = self.eta, self.m

        def cost(parameters: Any, x: Any, y: Any) -> Any:
            for w, b in parameters:
                x = jax.nn.sigmoid(x @ w + b)
            return jnp.square(x - y).sum() / (2 * m)

        def epoch(parameters: Any, x: Any, y: Any, batches: Any) -> Any:
            def step(parameters: Any, batch: Any) -> Any:
                gradients = jax.grad(cost)(parameters, x[batch], y[batch])
                return jax.tree.map(lambda p, g: p - eta * g, parameters, gradients), None

            return jax.lax.scan(step, parameters, batches)[0]

        self.jitted = jax.jit(epoch, donate_argnums=0)

    def again(self, seed: int) -> None:
        super().again(seed)
        self.parameters = [
            (self.jnp.asarray(w.T), self.jnp.asarray(b[:, 0]))
            for w, b in zip(self.net.weights, self.net.biases, strict=True)
        ]

    def epoch(self, order: Array) -> None:
        batches = self.jnp.asarray(self.batches(order), dtype=self.jnp.int32)
        self.parameters = self.jitted(self.parameters, *self.arrays, batches)
        for w, b in self.parameters:
            w.block_until_ready()
            b.block_until_ready()

    def weights(self) -> tuple[list[Array], list[Array]]:
        return (
            [np.asarray(w).T for w, _ in self.parameters],
            [np.asarray(b).reshape(-1, 1) for _, b in self.parameters],
        )


class ScikitLearn(Contender):
    name = "scikit-learn, MLPClassifier"

    def again(self, seed: int) -> None:
        from sklearn.neural_network import MLPClassifier

        self.model = MLPClassifier(
            self.sizes[1:-1], activation="logistic", solver="sgd", alpha=0, batch_size=self.m,
            learning_rate_init=0.3, momentum=0, max_iter=1, shuffle=False, random_state=seed,
        )  # fmt: skip

    def epoch(self, order: Array) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.model.partial_fit(
                self.x[order], self.mnist.training.labels[order], classes=np.arange(self.sizes[-1])
            )

    def right(self) -> int:
        test = self.mnist.test
        return int((self.model.predict(test.rows) == test.labels).sum())


ALL = {c.name: c for c in (
    Chapter, NumPy, Compiled, TorchEager, TorchCompiled, Jax, ScikitLearn
)}  # fmt: skip
