"""The compiled engine against its oracle, NumPy, and what it promises besides."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerist import engine as engines
from numerist.errors import DivergedError, InputError
from numerist.network import Network

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numerist.data import Dataset, Mnist

ELEMENTWISE = ("sigmoid", "tanh", "relu", "identity")
PAIRS = [
    *((output, "quadratic") for output in (*ELEMENTWISE, "softmax")),
    ("sigmoid", "cross-entropy"),
    ("softmax", "cross-entropy"),
    ("softmax", "log-likelihood"),
]
EXPECTED = os.environ.get("NUMERIST_EXPECT_ENGINE", "0") not in ("", "0")

needs_engine = pytest.mark.skipif(
    not engines.available() and not EXPECTED, reason="installed without the compiled engine"
)


def versions() -> list[str]:
    if not engines.available():
        return ["baseline"]
    from numerist.engine import _loop  # noqa: PLC0415

    return _loop.versions()


def quiet(*_: object) -> None:
    pass


def made(n_in: int, n_out: int, n: int, seed: int, ink: float) -> tuple[Any, Any]:
    """Examples of which a share of the inputs is not zero, and answers that add up to 1."""
    rng = np.random.default_rng(seed)
    x: Any = rng.uniform(0.1, 1, (n, n_in)) * (rng.uniform(size=(n, n_in)) < ink)
    y: Any = rng.uniform(0.05, 1, (n, n_out))
    return x.astype(np.float32), (y / y.sum(axis=1, keepdims=True)).astype(np.float32)


def small(net: Network, seed: int = 3) -> Network:
    """Weights so small that nothing saturates and rounding is not amplified."""
    rng = np.random.default_rng(seed)
    net.weights = [
        (rng.standard_normal(w.shape) / np.sqrt(w.shape[1])).astype(np.float32) for w in net.weights
    ]
    for b in net.biases:
        b[...] = rng.normal(0, 0.3, b.shape)
    return net


def distance(one: Network, other: Network) -> float:
    """Largest difference of any weight or bias."""
    pairs = zip((*one.weights, *one.biases), (*other.weights, *other.biases), strict=True)
    return max(float(np.abs(np.subtract(a, b, dtype=np.float64)).max()) for a, b in pairs)


def both(  # noqa: PLR0917
    sizes: list[int],
    data: Any,
    m: int,
    eta: float,
    epochs: int = 2,
    reduction: str = "mean",
    **names: Any,
) -> tuple[Network, Network, Network]:
    """The same learning three times: by the compiled engine, by NumPy, and by NumPy in float64."""
    nets: list[Network] = []
    for engine in ("compiled", "numpy", "numpy"):
        net = small(Network(sizes, seed=1, **names))
        if len(nets) == 2:
            net.weights = [w.astype(np.float64) for w in net.weights]
            net.biases = [b.astype(np.float64) for b in net.biases]
        net.SGD(data, epochs, m, eta, reduction=reduction, engine=engine, on_epoch=quiet)
        nets.append(net)
    compiled, single, double = nets
    return compiled, single, double


@pytest.mark.skipif(not EXPECTED, reason="NUMERIST_EXPECT_ENGINE is not set")
def test_the_engine_is_there_where_it_is_expected() -> None:
    assert engines.available()
    assert engines.resolve("auto") == "compiled"


# Against NumPy: after two epochs no weight is further than 2e-6 from that of NumPy in float64,
# where the learning itself does not amplify rounding; with any sizes than 5e-6, or, where NumPy in
# float32 is nearly as far or further, than twice that.


@needs_engine
@pytest.mark.parametrize("activation", ELEMENTWISE)
@pytest.mark.parametrize(("output", "cost"), PAIRS)
def test_every_activation_and_cost(activation: str, output: str, cost: str) -> None:
    data = made(40, 10, 60, seed=0, ink=0.3)
    sizes = [40, 17, 10]
    names: Any = {"activation": activation, "output": output, "cost": cost}
    compiled, single, double = both(sizes, data, 10, 0.1, **names)
    start = small(Network(sizes, seed=1))
    assert distance(start, double) > 0.001  # it has learned
    assert distance(single, double) < 2e-6
    assert distance(compiled, double) < 2e-6


@needs_engine
@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.integers(1, 40), min_size=2, max_size=5),
    st.integers(1, 200),
    st.integers(1, 150),
    st.sampled_from([0.0, 0.05, 0.5, 1.0]),
    st.sampled_from(["mean", "sum"]),
    st.sampled_from([("tanh", "sigmoid", "cross-entropy"), ("sigmoid", "softmax", "quadratic")]),
)
def test_any_sizes_and_mini_batches(  # noqa: PLR0917
    sizes: list[int], m: int, n: int, ink: float, reduction: str, names: tuple[str, str, str]
) -> None:
    if "softmax" in names and sizes[-1] == 1:  # would say 1 to everything
        sizes = [*sizes[:-1], 2]
    data = made(sizes[0], sizes[-1], n, seed=m, ink=ink)
    eta = 0.05 if reduction == "mean" else 0.05 / min(m, n)
    kinds: Any = dict(zip(("activation", "output", "cost"), names, strict=True))
    compiled, single, double = both(sizes, data, m, eta, reduction=reduction, **kinds)
    assert distance(compiled, double) < max(5e-6, 2 * distance(single, double))


@needs_engine
@pytest.mark.parametrize(
    "sizes", [[784, 1, 10], [784, 64, 10], [784, 65, 10], [5, 300, 7], [3, 16, 16, 32, 1]]
)
@pytest.mark.parametrize("m", [1, 2, 10, 15, 16, 17, 31, 32, 33, 64, 1000])
def test_sizes_around_those_of_vectors_and_slices(sizes: list[int], m: int) -> None:
    data = made(sizes[0], sizes[-1], 130, seed=2, ink=0.2)
    compiled, _, double = both(sizes, data, m, 0.2)
    assert distance(compiled, double) < 5e-6


@needs_engine
@pytest.mark.parametrize("version", versions())
def test_every_version_for_this_processor(version: str) -> None:
    x, y = made(50, 9, 150, seed=4, ink=0.2)
    net = small(Network([50, 21, 13, 9], seed=0, activation="tanh"))
    oracle = small(Network([50, 21, 13, 9], seed=0, activation="tanh"))
    oracle.weights = [w.astype(np.float64) for w in oracle.weights]
    oracle.biases = [b.astype(np.float64) for b in oracle.biases]
    loop = engines.Loop(net.sizes, net.hidden, net.output, net.cost, x, y, version=version)
    loop.epoch(net.weights, net.biases, net.rng.permutation(150), 10, 0.5, mean=True)
    oracle.SGD((x, y), 1, 10, 0.5, on_epoch=quiet, engine="numpy")
    assert distance(net, oracle) < 2e-6


@needs_engine
@pytest.mark.parametrize("hidden", [30, 100])
def test_an_epoch_of_mnist_agrees_with_numpy(mnist: Mnist, hidden: int) -> None:
    """Weights within 2e-5 at η = 0.3, where a rounding is not yet amplified by learning."""
    nets = []
    for engine in ("compiled", "numpy"):
        net = small(Network([784, hidden, 10], seed=3))
        net.SGD(mnist.training, 1, 10, 0.3, engine=engine, on_epoch=quiet)
        nets.append(net)
    assert distance(*nets) < 2e-5
    right = [net.evaluate(mnist.test) for net in nets]
    assert abs(right[0] - right[1]) <= 2
    assert right[0] > 8_500


@needs_engine
def test_the_chapters_epoch_is_as_good_as_with_numpy(mnist: Mnist) -> None:
    """At η = 3 and weights from N(0, 1) learning amplifies roundings until the weights differ in
    the first digit, NumPy in float32 from NumPy in float64 no less; how good it gets does not."""
    right: dict[str, list[int]] = {"compiled": [], "numpy": []}
    for engine, counts in right.items():
        for seed in range(4):
            net = Network([784, 30, 10], seed=seed)
            net.SGD(mnist.training, 1, 10, 3.0, engine=engine, on_epoch=quiet)
            counts.append(net.evaluate(mnist.test))
    assert all(count > 8_000 for count in right["compiled"])
    assert abs(np.mean(right["compiled"]) - np.mean(right["numpy"])) < 150


# To the bit.


@needs_engine
def test_a_seed_repeats_to_the_bit_whatever_runs_beside_it(tiny: Dataset) -> None:
    def weights(seed: int) -> bytes:
        net = Network([784, 30, 10], seed=seed)
        net.SGD(tiny, 40, 7, 1.0, engine="compiled", on_epoch=quiet)
        return b"".join(array.tobytes() for array in (*net.weights, *net.biases))

    alone = [weights(seed) for seed in range(6)]
    assert len(set(alone)) == 6
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(weights, range(6)))
    assert together == alone


@needs_engine
def test_where_calls_into_the_loop_begin_changes_nothing(
    tiny: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = []
    for work in (1, 100_000_000):
        monkeypatch.setattr(engines, "_WORK", work)
        net = Network([784, 12, 10], seed=0)
        ranges: list[range] = []

        def watch(starts: range, ranges: list[range] = ranges) -> Iterable[int]:
            ranges.append(starts)
            return starts

        net.SGD(tiny, 1, 7, 1.0, engine="compiled", on_epoch=quiet, progress=watch)
        results.append([w.tobytes() for w in net.weights])
        assert len(ranges) == 1
        assert len(ranges[0]) == (6 if work == 1 else 1)
    assert results[0] == results[1]


@needs_engine
def test_zeros_that_are_left_out_are_those_that_do_nothing() -> None:
    """The same examples with zeros, and with numbers so small that they are lost in every sum."""
    x, y = made(30, 4, 50, seed=1, ink=0.2)
    dense = np.where(x == 0, np.float32(1e-30), x)
    results = []
    for inputs in (x, dense):
        net = small(Network([30, 8, 4], seed=0))
        net.SGD((inputs, y), 2, 10, 0.5, engine="compiled", on_epoch=quiet)
        results.append(net)
    assert distance(*results) < 1e-6
    assert (x == 0).mean() > 0.7


# The activations.


@needs_engine
@pytest.mark.parametrize("version", versions())
def test_activations_are_correct_to_two_roundings(version: str) -> None:
    from numerist.engine import _loop  # noqa: PLC0415

    z = np.concatenate([
        np.linspace(-87, 87, 200_001), np.linspace(-1, 1, 100_001), np.logspace(-30, 1, 5000),
        -np.logspace(-30, 1, 5000),
    ]).astype(np.float32)  # fmt: skip
    double = z.astype(np.float64)
    exact = {"sigmoid": 1 / (1 + np.exp(-double)), "tanh": np.tanh(double)}
    for name, wanted in exact.items():
        found = z.copy()
        _loop.activate(name, found, version)
        error = np.abs(found - wanted) / np.abs(wanted).clip(np.finfo(np.float32).tiny)
        assert error.max() < 4e-7, (name, float(z[error.argmax()]))


@needs_engine
@pytest.mark.parametrize("version", versions())
def test_the_exponential_is_within_2e_7(version: str) -> None:
    from numerist.engine import _loop  # noqa: PLC0415

    z = np.linspace(-87, 88, 1_000_003, dtype=np.float32)
    found = z.copy()
    _loop.activate("exponential", found, version)
    exact = np.exp(z.astype(np.float64))
    assert np.abs(found / exact - 1).max() < 2e-7


@needs_engine
@pytest.mark.parametrize("name", [*ELEMENTWISE, "softmax"])
def test_activations_of_what_is_large_or_no_number(name: str) -> None:
    from numerist.engine import _loop  # noqa: PLC0415

    z = np.array([-np.inf, -1e30, -200, -89, 0, 89, 200, 1e30], np.float32)
    found = z.copy()
    _loop.activate(name, found)
    with np.errstate(over="ignore"):
        wanted = Network([1, 2], output=name).output.function(z)
    np.testing.assert_allclose(found, wanted, atol=1e-37)
    nan = np.full(16, np.nan, np.float32)
    _loop.activate(name, nan)
    assert np.isnan(nan).all()


# What goes wrong.


@needs_engine
def test_divergence_is_reported_as_with_numpy() -> None:
    rng = np.random.default_rng(0)
    data = [(x, x.sum(keepdims=True)) for x in rng.uniform(size=(200, 5))]
    messages = []
    for engine in ("compiled", "numpy"):
        net = Network([5, 5, 1], activation="relu", output="identity", seed=0)
        with pytest.raises(DivergedError) as caught:
            net.SGD(data, 5, 10, 1e6, engine=engine)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


def test_an_unknown_engine_is_refused(tiny: Dataset) -> None:
    with pytest.raises(InputError, match="auto, numpy, compiled"):
        Network([784, 10]).SGD(tiny, 1, 10, 1.0, engine="cuda")


@needs_engine
def test_double_precision_is_numpys(tiny: Dataset) -> None:
    nets = [Network([784, 10], seed=0) for _ in range(2)]
    for net, engine in zip(nets, ("auto", "numpy"), strict=True):
        net.weights = [w.astype(np.float64) for w in net.weights]
        net.SGD(tiny, 1, 10, 1.0, engine=engine, on_epoch=quiet)
        assert net.weights[0].dtype == np.float64
    assert nets[0].weights[0].tobytes() == nets[1].weights[0].tobytes()
    with pytest.raises(InputError, match="float32"):
        nets[0].SGD(tiny, 1, 10, 1.0, engine="compiled")


def test_without_the_engine_numpy_learns_and_says_so_once(
    tiny: Dataset, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(engines, "available", lambda: False)
    engines._note_once.cache_clear()
    nets = [Network([784, 10], seed=0) for _ in range(2)]
    with caplog.at_level(logging.WARNING):
        for net, engine in zip(nets, ("auto", "numpy"), strict=True):
            net.SGD(tiny, 1, 10, 1.0, engine=engine, on_epoch=quiet)
        nets[0].SGD(tiny, 1, 10, 1.0, on_epoch=quiet)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "compiler" in caplog.text
    nets[1].SGD(tiny, 1, 10, 1.0, engine="numpy", on_epoch=quiet)
    assert nets[0].weights[0].tobytes() == nets[1].weights[0].tobytes()
    with pytest.raises(InputError, match="without it"):
        nets[0].SGD(tiny, 1, 10, 1.0, engine="compiled")
    engines._note_once.cache_clear()


@needs_engine
def test_the_loop_refuses_what_would_leave_its_memory() -> None:
    from numerist.engine import _loop  # noqa: PLC0415

    x, y = made(4, 2, 5, seed=0, ink=1)
    loop = _loop.Loop([4, 3, 2], "sigmoid", "sigmoid", False, x, y)
    for order in ([5], [-1]):
        with pytest.raises(IndexError):
            loop.learn(np.array(order), 1, 1.0, True)
    with pytest.raises(ValueError, match="mini-batches"):
        loop.learn(np.array([0]), 0, 1.0, True)
    with pytest.raises(ValueError, match="fit"):
        _loop.Loop([5, 3, 2], "sigmoid", "sigmoid", False, x, y)
    with pytest.raises(ValueError, match="activation"):
        _loop.Loop([4, 3, 2], "softmin", "sigmoid", False, x, y)
    with pytest.raises(IndexError):
        loop.weights(2)


@needs_engine
def test_views_of_the_loop_outlive_it() -> None:
    from numerist.engine import _loop  # noqa: PLC0415

    x, y = made(4, 2, 5, seed=0, ink=1)
    view = _loop.Loop([4, 3, 2], "sigmoid", "sigmoid", False, x, y).weights(0)
    view[...] = 7
    assert view.sum() == 7 * 12


# Ctrl-C.


def interrupt_after(seconds: float, work: Callable[[], None]) -> float:
    """Return how many seconds the processor worked on after a Ctrl-C before `work` ended."""
    sent = [0.0]

    def send() -> None:
        sent[0] = time.process_time()
        signal.raise_signal(signal.SIGINT)

    timer = threading.Timer(seconds, send)
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            work()
        return time.process_time() - sent[0]
    finally:
        timer.cancel()


@needs_engine
@pytest.mark.skipif(sys.platform == "win32", reason="signals go to the main thread only on POSIX")
@pytest.mark.parametrize(("hidden", "m"), [(500, 10), (6000, 20_000)])  # an epoch of seconds
def test_ctrl_c_ends_learning_soon_and_leaves_the_last_epoch(hidden: int, m: int) -> None:
    x, y = made(784, 10, 20_000, seed=0, ink=0.5)
    net = Network([784, hidden, 10], seed=0)
    kept: list[Any] = []

    def keep(*_: object) -> None:
        kept[:] = [w.copy() for w in net.weights]

    keep()
    late = interrupt_after(
        0.5, lambda: net.SGD((x, y), 1000, m, 0.01, engine="compiled", on_epoch=keep)
    )
    assert late < 1  # about 0.1 s
    for a, b in zip(net.weights, kept, strict=True):
        assert a.tobytes() == b.tobytes()
    net.SGD((x[:100], y[:100]), 1, 10, 0.01, engine="compiled", on_epoch=quiet)


# The command line and the import.


@needs_engine
def test_the_command_line_takes_the_engine(
    numerist_command: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    words = ("train", "--epochs", "1", "--train-on", "500", "--seed", "1")
    lines = {}
    for engine in ("auto", "compiled", "numpy"):
        ran = numerist_command(*words, "--engine", engine)
        assert ran.returncode == 0, ran.stderr
        lines[engine] = ran.stdout.splitlines()[0]
    assert lines["auto"] == lines["compiled"]
    assert "compiled engine" in lines["compiled"]
    assert "numpy engine" in lines["numpy"]


def test_importing_does_not_load_the_extension() -> None:
    code = "import sys, numerist; sys.exit('numerist.engine._loop' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
