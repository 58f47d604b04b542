"""The compiled training loop behind `Network.SGD`, for speed; NumPy is its oracle.

Same algorithm, same order of examples, float32; only sums are rounded in another order. The loop is
C++ (loop.cpp, written to be read) and is built where numerist is installed with a C++ compiler at
hand; without one NumPy learns, with one note that says so.
"""

from __future__ import annotations

import functools
import logging
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from numerist.checks import choice
from numerist.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numerist.neurons import Activation, Cost

Array: TypeAlias = np.ndarray[Any, Any]

ENGINES = ("auto", "numpy", "compiled")
_WORK = 100_000_000  # products of weight and activation in one call: a few hundredths of a second


@functools.cache
def available() -> bool:
    """Tell whether the compiled loop was built with this installation.

    >>> available() in (True, False)
    True
    """
    try:
        from numerist.engine import _loop  # noqa: F401, PLC0415  (loads when it is used)
    except ImportError:
        return False
    return True


def resolve(engine: str, weights: Sequence[Array] = ()) -> str:
    """Return "numpy" or "compiled" for `engine`, which may also be "auto".

    Args:
        engine: "numpy", "compiled", or "auto" for the compiled one where it is available.
        weights: what is to learn; the compiled engine learns float32 only.

    Raises:
        InputError: the compiled engine is asked for where it is not, or where it can't be used.

    >>> resolve("numpy")
    'numpy'
    """
    choice("engine", engine, dict.fromkeys(ENGINES))
    if engine == "numpy":
        return engine
    single = all(array.dtype == np.float32 for array in weights)
    if engine == "auto":
        if not available():
            _note_once()
        return "compiled" if available() and single else "numpy"
    if not available():
        raise InputError(
            "engine", "the compiled engine", "an installation without it", f"{_CURE} Or say numpy."
        )
    if not single:
        raise InputError(
            "engine", "float32 weights", "others", 'Say engine="numpy", which learns in any type.'
        )
    return engine


_CURE = "Install a C++ compiler, then numerist again."


@functools.cache
def _note_once() -> None:
    logging.getLogger(__name__).warning(
        "numerist was installed without its compiled engine; NumPy learns, more slowly. %s",
        _CURE,
    )


class Loop:
    """The compiled loop over one set of training data.

    Args:
        sizes: neurons in each layer.
        hidden, output: activations of the hidden layers and of the last.
        cost: the cost function.
        x: inputs, float32 (n, n_in).
        y: desired outputs, float32 (n, n_out).
        version: which of the versions for several processors; the fastest that runs if not given.
    """

    def __init__(  # noqa: PLR0917  (a network's parts, in their order)
        self,
        sizes: Sequence[int],
        hidden: Activation,
        output: Activation,
        cost: Cost,
        x: Array,
        y: Array,
        *,
        version: str = "",
    ) -> None:
        from numerist.engine import _loop  # noqa: PLC0415  (loads when it is used)

        self._loop = _loop.Loop(
            list(sizes),
            hidden.name,
            output.name,
            cost.partner == output.name,
            np.ascontiguousarray(x),
            np.ascontiguousarray(y),
            version,
        )
        self._parameters = sum((n + 1) * k for n, k in pairwise(sizes))

    def epoch(
        self,
        weights: list[Array],
        biases: list[Array],
        order: Array,
        mini_batch_size: int,
        eta: float,
        *,
        mean: bool,
        progress: Callable[[range], Iterable[int]] = iter,
    ) -> None:
        """Learn from all examples once; weights and biases change in place, at the end.

        An exception, Ctrl-C among them, leaves them as they were.

        Args:
            weights: of the network, each (n_out, n_in), float32.
            biases: of the network, each (n_out, 1), float32.
            order: the numbers of the examples in the order in which to learn them, (n,).
            mini_batch_size: m; the last mini-batch may be smaller.
            eta: the learning rate η.
            mean: of the gradients in a mini-batch; otherwise their sum.
            progress: wraps the range of first examples of a call into the loop, which learns many
                mini-batches.
        """
        for layer, (w, b) in enumerate(zip(weights, biases, strict=True)):
            self._loop.weights(layer)[...] = w.T
            self._loop.biases(layer)[...] = b
        order = order.astype(np.int64, copy=False)
        together = max(1, _WORK // (mini_batch_size * self._parameters)) * mini_batch_size
        for start in progress(range(0, len(order), together)):
            self._loop.learn(order[start : start + together], mini_batch_size, eta, mean)
        for layer, (w, b) in enumerate(zip(weights, biases, strict=True)):
            w[...] = self._loop.weights(layer).T
            b[...] = self._loop.biases(layer)
