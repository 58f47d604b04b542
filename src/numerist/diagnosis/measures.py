"""What an observer measures of a network on a sample of examples.

Everywhere below, a are the output activations (n_out, m) and y the desired ones, 0 or 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numerist.data.examples import Array
    from numerist.network import Network
    from numerist.neurons import Activation

# A neuron is saturated where less than this share of the steepest slope is left: a sigmoid outside
# 0.01…0.99, where σ' < 0.0099 of at most 0.25. Less than 1/25 of a gradient passes through it.
_FLAT = 0.04
_BARELY = 0.95  # an output is dead if it is saturated near 0 on nearly all images of its own class
_UNSEEN = 1e-9  # of a cost: by less it can't be seen to fall
_FEW_IMAGES = 10  # of fewer images of a class nothing is concluded


def sample_of(inputs: Array, desired: Array, count: int) -> tuple[Array, Array]:
    """Return a sample in columns: float64 (n_in, m) and (n_out, m), always the same one."""
    chosen = np.random.default_rng(0).permutation(len(inputs))[:count]
    return inputs[chosen].T.astype(np.float64), desired[chosen].T.astype(np.float64)


def functions(net: Network) -> list[Activation]:
    """Return the activation function of each layer but the input layer."""
    return [net.hidden] * (net.num_layers - 2) + [net.output]


def saturated(f: Activation, a: Array) -> Array:
    """Return where the slope at activation a is below 4 % of the steepest, bool as a."""
    if f.name == "softmax":
        slope, steepest = a * (1 - a), 0.25
    else:
        slope, steepest = f.backward(a, np.ones_like(a)), 0.25 if f.name == "sigmoid" else 1.0
    below: Array = slope < _FLAT * steepest
    return below


def which_died(output: Activation, a: Array, y: Array) -> list[int]:
    """Return the outputs that are saturated near 0 on nearly all examples of their own class."""
    low = saturated(output, a) & (a < 0.5)  # noqa: PLR2004
    return [
        j
        for j, own in enumerate(y > 0)
        if own.sum() >= _FEW_IMAGES and low[j, own].mean() >= _BARELY
    ]


def right_answers(a: Array, y: Array, border: float) -> Array:
    """Return which examples are answered right, bool (m,)."""
    right: Array
    if _unit(y):
        right = a.argmax(axis=0) == y.argmax(axis=0)
    else:
        right = ((a >= border) == (y > 0)).all(axis=0)
    return right


def winning_shares(a: Array, y: Array, border: float) -> list[float]:
    """Return by output the share of examples in which it gives the answer, 0 to 1."""
    won = a == a.max(axis=0) if _unit(y) else a >= border
    return [float(share) for share in won.mean(axis=1)]


def kept(net: Network, x: Array, y: Array, step: float) -> float:
    """Return how much of its promise one step of gradient descent keeps, tried but not taken.

    The slope promises that the cost falls by η‖∇C‖², equation (9). 1: the ground is straight that
    far. ½: in a parabola, the step ends at the bottom. 0: it ends across the valley, as high as it
    began. Less: higher.

    Args:
        net: where the step is tried; it stays as it is.
        x: inputs in columns.
        y: desired outputs in columns; C is their mean cost.
        step: η.
    """
    nabla_b, nabla_w = ([g / x.shape[1] for g in part] for part in net.backprop(x, y))
    before = float(net.cost.each(net.activations(x)[-1], y).mean())
    promised = step * sum(float(np.square(g).sum()) for g in (*nabla_b, *nabla_w))
    if not promised > _UNSEEN * before:
        return 1.0
    a = x
    for f, w, b, nw, nb in zip(
        functions(net), net.weights, net.biases, nabla_w, nabla_b, strict=True
    ):
        a = f.function((w - step * nw) @ a + (b - step * nb))
    return (before - float(net.cost.each(a, y).mean())) / promised


def _unit(y: Array) -> bool:
    """Whether each desired output is a unit vector: one output for each class."""
    return len(y) > 1 and bool((y.sum(axis=0) == 1).all())


def spread_of(w: Array, b: Array) -> float:
    """Return how far a layer's neurons differ: 0 if all are the same, 1 if their mean is 0."""
    neurons = np.hstack([w, b]).astype(np.float64)
    return ratio(np.linalg.norm(neurons - neurons.mean(axis=0)), np.linalg.norm(neurons))


def cosine(first: Sequence[Array], second: Sequence[Array]) -> float:
    """Return the cosine of the angle between two vectors, each in pieces; 0 if one of them is 0."""
    a, b = (np.concatenate([piece.ravel() for piece in pieces]) for pieces in (first, second))
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    return ratio(a @ b, lengths)


def ratio(a: Any, b: Any) -> float:
    """Return a / b; 0 if b is not positive."""
    return float(a / b) if b > 0 else 0.0


def largest_class(y: Array) -> float:
    """Return the share of the most frequent desired output, 0 to 1."""
    return float(np.unique(y, axis=1, return_counts=True)[1].max() / y.shape[1])


def lookup_accuracy(known: tuple[Array, Array], new: tuple[Array, Array]) -> float:
    """Return the share of new examples that have the desired output of the nearest known one."""
    (x, y), (v, t) = known, new
    distance = (x * x).sum(axis=0)[:, np.newaxis] - 2 * x.T @ v  # + v·v, the same for all x
    return float((y[:, distance.argmin(axis=0)] == t).all(axis=0).mean())
