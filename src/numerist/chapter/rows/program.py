"""Rows I1 to I6: the chapter's program, name by name."""
# ruff: noqa: PLC0415  (what a row needs loads when the row runs)

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from numerist.chapter.row import Result, Row, Scale
from numerist.chapter.training import count, images, minus

if TYPE_CHECKING:
    from numerist.network import Network
    from numerist.neurons.activations import Array


# Row I1: mnist_loader


def _run_i1(_scale: Scale) -> Result:
    from numerist import mnist_loader

    lists, seconds = _lists()
    parts = dict(zip(("training_data", "validation_data", "test_data"), lists, strict=True))
    arrays = mnist_loader.load_data()
    found = {
        name: {"type": type(pairs).__name__, "length": len(pairs), "x": np.shape(pairs[0][0])}
        for name, pairs in parts.items()
    }
    shapes_y = [np.shape(pairs[0][1]) for pairs in parts.values()]
    flat = [(images_.shape, digits.shape) for images_, digits in arrays]
    agrees = (
        all(part["type"] == "list" and part["x"] == (784, 1) for part in found.values())
        and [part["length"] for part in found.values()] == [50_000, 10_000, 10_000]
        and shapes_y == [(10, 1), (), ()]
        and [x for x, _ in flat] == [(50_000, 784), (10_000, 784), (10_000, 784)]
    )
    return Result(
        f"`load_data_wrapper()` gives, in {seconds:.1f} s, "
        + "; ".join(
            f"{name}, a {part['type']} of {count(part['length'])} pairs, x of shape {part['x']} "
            f"and y {f'of shape {y}' if y else 'a plain digit'}"
            for (name, part), y in zip(found.items(), shapes_y, strict=True)
        )
        + ". A list can be counted and gone through again. `load_data()` gives pairs of arrays: "
        + "; ".join(f"{x} and {y}" for x, y in flat)
        + ".",
        agrees,
        {
            "parts": found,
            "shapes_of_y": shapes_y,
            "shapes_of_arrays": flat,
            "seconds": seconds,
        },
    )


@cache
def _lists() -> tuple[tuple[list[Any], list[Any], list[Any]], float]:
    """Return what `load_data_wrapper` gives, and how long it took; two rows need it."""
    from numerist import mnist_loader

    start = perf_counter()
    return mnist_loader.load_data_wrapper(), perf_counter() - start


# Row I2: Network(sizes)


def _run_i2(scale: Scale) -> Result:
    from numerist.chapter.figures import draw_functions
    from numerist.network import Network

    sizes = [784, 30, 10]
    net, again = Network(sizes, seed=0), Network(sizes, seed=0)
    weights, biases = [w.shape for w in net.weights], [b.shape for b in net.biases]
    drawn = [
        np.concatenate([array.ravel() for array in (*Network(sizes, seed=seed).weights,)])
        for seed in range(scale.choose(10, 2))
    ]
    everything = np.concatenate(drawn)
    mean, deviation = float(everything.mean()), float(everything.std())
    apart = distance_from_normal(everything)
    allowed = 1.63 / math.sqrt(everything.size)  # Kolmogorov and Smirnov: exceeded 1 time in 100
    repeats = all(np.array_equal(a, b) for a, b in zip(net.weights, again.weights, strict=True))
    agrees = (
        weights == [(n_out, n_in) for n_in, n_out in pairwise(sizes)]
        and biases == [(n, 1) for n in sizes[1:]]
        and apart < allowed
        and repeats
    )
    z = np.linspace(-4, 4, 81)
    middle = (z[1:] + z[:-1]) / 2
    density = np.histogram(everything, bins=z)[0] / everything.size / (z[1] - z[0])
    return Result(
        f"For {sizes} the weights have the shapes {weights}, the biases {biases}. "
        f"{count(everything.size)} weights of {len(drawn)} networks have the mean "
        f"{minus(f'{mean:.4f}')} and the standard deviation {deviation:.4f}; their "
        f"distribution is nowhere further than {apart:.4f} from N(0, 1), "
        f"where chance alone allows {allowed:.4f}. The same seed "
        f"gives {'the same' if repeats else 'another'} network.",
        agrees,
        {
            "weights": weights,
            "biases": biases,
            "mean": mean,
            "deviation": deviation,
            "distance_from_normal": apart,
            "allowed": allowed,
        },
        [
            draw_functions(
                middle,
                {
                    "weights drawn": density,
                    "N(0, 1)": np.exp(-(middle**2) / 2) / math.sqrt(2 * math.pi),
                },
                xlabel="weight",
                ylabel="density",
                alt="How often each weight is drawn, as measured, beside the bell of the standard "
                f"normal distribution. Their distribution functions are {apart:.4f} apart at most.",
            )
        ],
    )


def distance_from_normal(values: Array) -> float:
    """Return the largest distance of a sample's distribution function from that of N(0, 1).

    >>> round(distance_from_normal(np.array([0.0])), 3)  # ½ on each side of the only step
    0.5
    """
    ordered = np.sort(values.astype(np.float64))
    normal = np.array([0.5 * (1 + math.erf(value / math.sqrt(2))) for value in ordered.tolist()])
    steps = np.arange(len(ordered) + 1) / len(ordered)
    return float(max((steps[1:] - normal).max(), (normal - steps[:-1]).max()))


# Row I3: feedforward


def _run_i3(scale: Scale) -> Result:
    from numerist.network import Network

    net = Network([784, 30, 10], seed=0)
    rows = images(scale).test.rows[: scale.choose(1_000, 100)]
    start = perf_counter()
    at_once = net.feedforward(rows.T)
    seconds_at_once = perf_counter() - start
    start = perf_counter()
    columns = [net.feedforward(row.reshape(784, 1)) for row in rows]
    seconds_one_by_one = perf_counter() - start
    flat = net.feedforward(rows[0])
    shapes = [columns[0].shape, at_once.shape, flat.shape]
    apart = float(np.abs(np.hstack(columns) - at_once).max())
    by_component = [feedforward_by_component(net, row.tolist()) for row in rows[:10]]
    apart_component = float(np.abs(np.array(by_component).T - at_once[:, :10]).max())
    right_shapes = shapes == [(10, 1), (10, len(rows)), (10,)]
    agrees = right_shapes and max(apart, apart_component) < 1e-12  # noqa: PLR2004  (rounding)
    return Result(
        f"One column gives {shapes[0]}, {count(len(rows))} columns at once {shapes[1]}, one flat "
        f"input {shapes[2]}. All agree to {max(apart, apart_component):.0e}, the component form, "
        "written as sums over single weights, included. All columns at once are "
        f"{seconds_one_by_one / seconds_at_once:.0f} times quicker than one by one.",
        agrees,
        {
            "shapes": shapes,
            "difference_of_columns": apart,
            "difference_of_components": apart_component,
            "seconds_at_once": seconds_at_once,
            "seconds_one_by_one": seconds_one_by_one,
        },
    )


def feedforward_by_component(net: Network, inputs: list[float]) -> list[float]:
    """Return the output activations, equation (22) neuron by neuron: a'_j = σ(Σ_k w_jk a_k + b_j).

    The chapter's exercise. Only plain numbers are added and multiplied.

    Args:
        net: a network of sigmoid neurons.
        inputs: n_in numbers.

    >>> from numerist.network import Network
    >>> net = Network([2, 1], seed=0)
    >>> (w1, w2), b = net.weights[0][0].tolist(), net.biases[0].item()
    >>> by_hand = 1 / (1 + math.exp(-(w1 * 0.5 + w2 * 1.0 + b)))
    >>> abs(feedforward_by_component(net, [0.5, 1.0])[0] - by_hand) < 1e-15
    True
    """
    a = inputs
    for w, b in zip(net.weights, net.biases, strict=True):
        z = [
            sum(w_jk * a_k for w_jk, a_k in zip(w_j, a, strict=True)) + b_j
            for w_j, (b_j,) in zip(w.tolist(), b.tolist(), strict=True)
        ]
        a = [1 / (1 + math.exp(-z_j)) if z_j > 0 else 1 - 1 / (1 + math.exp(z_j)) for z_j in z]
    return a


# Row I4: SGD


def _run_i4(scale: Scale) -> Result:
    import io
    import re
    from contextlib import redirect_stdout

    from numerist import network

    (training_data, _, test_data), _ = _lists()
    training_data = training_data[: scale.choose(50_000, 1_003)]  # any number: the last mini-batch
    epochs = scale.choose(5, 2)  # is smaller then
    net = network.Network([784, 30, 10], seed=0)
    transcript = io.StringIO()
    with redirect_stdout(transcript):
        net.SGD(training_data, epochs, 10, 3.0, test_data=test_data)
        net.SGD(training_data[:100], 1, 10, 3.0)
    lines = transcript.getvalue().splitlines()
    wanted = [rf"Epoch {epoch}: (\d+) / 10000" for epoch in range(epochs)] + ["Epoch 0 complete"]
    found = [re.fullmatch(*pair) for pair in zip(wanted, lines, strict=True)]
    last = net.evaluate(test_data)
    return Result(
        f"Called as the chapter calls it (seed 0, {count(len(training_data))} images), it prints: "
        + "; ".join(f"“{line}”" for line in lines)
        + ". The last is what it says without test data.",
        all(found),
        {"lines": lines, "right_in_the_end": last},
    )


# Row I5: the other names


def _run_i5(scale: Scale) -> Result:
    from numerist.network import Network, sigmoid, sigmoid_prime

    errors = {}
    for cost, output in (
        ("quadratic", "sigmoid"),
        ("quadratic", "tanh"),
        ("quadratic", "softmax"),
        ("cross-entropy", "sigmoid"),
        ("log-likelihood", "softmax"),
    ):
        for hidden in scale.choose(("sigmoid", "tanh", "relu", "identity"), ("sigmoid", "tanh")):
            name = f"{cost}, {hidden} hidden, {output} output"
            errors[name] = gradient_error([5, 4, 3], hidden, output, cost)
    worst = max(errors, key=lambda name: errors[name])
    z, h = np.linspace(-8, 8, 161), 1e-6
    slope = (sigmoid(z + h) - sigmoid(z - h)) / (2 * h)
    slope_error = float(np.abs(slope - sigmoid_prime(z)).max())
    step = _step_error()
    a, y = np.array([[0.2], [0.9]]), np.array([[0.0], [1.0]])
    derivative = float(np.abs(Network([2, 2]).cost_derivative(a, y) - (a - y)).max())
    limit = 1e-6  # central differences in float64 give about nine digits
    agrees = max(errors[worst], slope_error, derivative) < limit and step < 1e-6  # noqa: PLR2004
    return Result(
        f"`backprop` against central differences, for {len(errors)} choices of cost and "
        f"activations (seed 0): the relative error is at most {errors[worst]:.0e}. "
        f"`sigmoid_prime` differs from the slope of `sigmoid` by {slope_error:.0e}, "
        f"`cost_derivative` from a − y by {derivative:.0e}, and a step of `update_mini_batch` "
        f"from w − η/m Σ ∂C/∂w by {step:.0e}, the rounding of float32.",
        agrees,
        {
            "gradient_errors": errors,
            "sigmoid_prime_error": slope_error,
            "cost_derivative_error": derivative,
            "step_error": step,
        },
    )


def gradient_error(sizes: list[int], hidden: str, output: str, cost: str, seed: int = 0) -> float:
    """Return the relative error of `backprop`: its distance from central differences.

    Every weight and bias is moved a little up and a little down, and the cost computed anew.

    Args:
        sizes: of a small network.
        hidden: activation of its hidden layers.
        output: activation of its outputs.
        cost: by name.
        seed: of the network and of one example.
    """
    from numerist.network import Network

    net = Network(sizes, activation=hidden, output=output, cost=cost, seed=seed)
    # In float64: differences of nearly equal costs need all the digits.
    net.weights = [w.astype(np.float64) for w in net.weights]
    net.biases = [b.astype(np.float64) for b in net.biases]
    rng = np.random.default_rng(seed)
    x, y = rng.random((sizes[0], 1)), np.eye(sizes[-1])[:, :1]
    nabla_b, nabla_w = net.backprop(x, y)
    given = np.concatenate([array.ravel() for array in (*nabla_b, *nabla_w)])
    measured = []
    h = 1e-5
    for array in (*net.biases, *net.weights):
        for place in np.ndindex(array.shape):
            kept = array[place]
            costs = []
            for moved in (kept + h, kept - h):
                array[place] = moved
                costs.append(float(net.cost.each(net.feedforward(x), y)[0]))
            array[place] = kept
            measured.append((costs[0] - costs[1]) / (2 * h))
    return float(np.linalg.norm(given - measured) / np.linalg.norm(measured))


def _step_error() -> float:
    """Return how far a step of `update_mini_batch` is from equation (20), for ten examples."""
    from numerist.network import Network

    net, rng = Network([5, 4, 3], seed=0), np.random.default_rng(0)
    batch = [(rng.random((5, 1)), np.eye(3)[:, [k % 3]]) for k in range(10)]
    wanted = [w.astype(np.float64) for w in net.weights]
    for x, y in batch:
        for w, nabla in zip(wanted, net.backprop(x, y)[1], strict=True):
            w -= 3.0 / len(batch) * nabla  # noqa: PLW2901  (in place)
    net.update_mini_batch(batch, 3.0)
    return max(float(np.abs(a - b).max()) for a, b in zip(net.weights, wanted, strict=True))


# Row I6: brevity


def _run_i6(_scale: Scale) -> Result:
    import inspect

    from numerist import network
    from numerist.chapter.figures import draw_bars

    said, sitting = 74, 200
    parts = {
        "all the module": code_lines(inspect.getsource(network)),
        "what the chapter's has too": _shared_lines(network.Network),
        "the chapter's": said,
    }
    lines, shared, _ = parts.values()
    return Result(
        f"The module of `Network` has {lines} lines without comments, docstrings and blank lines, "
        f"against the chapter's {said}. {shared} of them do what the chapter's do, from the first "
        "weights to the evaluation, with activations and costs by name; the rest refuses "
        "what can't be meant, saves and loads, and imports. “Agrees” means here that it can be "
        f"read in one sitting, taken as {sitting} lines.",
        lines <= sitting,
        {"lines": parts, "one_sitting": sitting},
        [
            draw_bars(
                list(parts),
                list(parts.values()),
                label="lines of code",
                horizontal=True,
                alt="Lines of code: " + ", ".join(f"{k} {v}" for k, v in parts.items()) + ".",
            )
        ],
    )


def code_lines(source: str) -> int:
    """Return the number of lines of Python that are not blank, comment or docstring.

    >>> lines = ["# why", "", "def f(x):", "    'Docstring.'", "    return (x +  # one", "     1)"]
    >>> code_lines(chr(10).join(lines))
    3
    """
    import ast
    import io
    import tokenize

    words = (tokenize.NAME, tokenize.OP, tokenize.NUMBER, tokenize.STRING)
    names = [*words, *(kind for kind, name in tokenize.tok_name.items() if "FSTRING" in name)]
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in names:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and ast.get_docstring(node) is not None
        ):
            text = node.body[0]
            lines.difference_update(range(text.lineno, (text.end_lineno or text.lineno) + 1))
    return len(lines)


def _shared_lines(network: type[Any]) -> int:
    """Return the lines of the methods that the chapter's class has too, and of what they call."""
    import inspect
    import textwrap

    names = (
        "__init__",
        "feedforward",
        "SGD",
        "update_mini_batch",
        "backprop",
        "evaluate",
        "cost_derivative",
        "_activations",
        "_backprop",
        "_step",
        "_right",
    )
    sources = [textwrap.dedent(inspect.getsource(getattr(network, name))) for name in names]
    return sum(map(code_lines, sources))


ROWS: tuple[Row, ...] = (
    Row(
        "I1",
        "mnist_loader: the images as lists of columns",
        "The chapter's loader gives pairs (x, y) of columns, ready for the network. The same names "
        "do the same here, and fetch the images if they are not at hand.",
        "`load_data`, `load_data_wrapper` and `vectorized_result` give tuples and lists of arrays "
        "of shapes (784, 1) and (10, 1).",
        """\
from numerist import mnist_loader

training_data, validation_data, test_data = mnist_loader.load_data_wrapper()
x, y = training_data[0]
print(len(training_data), x.shape, y.shape)
x, digit = test_data[0]
print(len(test_data), x.shape, digit)
""",
        _run_i1,
        seconds=2,
    ),
    Row(
        "I2",
        "Network(sizes): weights and biases",
        "A list of sizes makes a network. Its weights and biases are lists of matrices, drawn at "
        "random around 0.",
        "`weights` and `biases` are lists of arrays (n_out, n_in) and (n_out, 1), drawn from a "
        "normal distribution with mean 0 and standard deviation 1; the input layer has no biases.",
        """\
from numerist import network

net = network.Network([2, 3, 1], seed=0)
print(net.sizes, [w.shape for w in net.weights], [b.shape for b in net.biases])
print(net.weights[1])
""",
        _run_i2,
    ),
    Row(
        "I3",
        "feedforward, and the exercise in components",
        "A layer's activations are its weights times those of the layer before, plus its biases, "
        "put through σ. As matrices that is one line; as components, a sum for every neuron.",
        "a' = σ(w a + b), equation (22). The exercise: write it in component form, and check that "
        "it gives the same as equation (4).",
        """\
import numerist
from numerist.chapter.rows.program import feedforward_by_component

net = numerist.Network([4, 3, 2], seed=0)
x = [0.0, 0.5, 1.0, 0.25]
print(net.feedforward(x))
print(feedforward_by_component(net, x))
""",
        _run_i3,
        seconds=2,
    ),
    Row(
        "I4",
        "SGD: the call and its transcript",
        "One call trains the network, and says after each epoch how many test images it gets "
        "right. Without test data it only says that the epoch is over.",
        "`net.SGD(training_data, 30, 10, 3.0, test_data=test_data)` prints lines such as "
        "“Epoch 0: 9129 / 10000”; without test data, “Epoch 0 complete”.",
        """\
from numerist import mnist_loader, network

training_data, validation_data, test_data = mnist_loader.load_data_wrapper()
net = network.Network([784, 30, 10])
net.SGD(training_data[:5000], 2, 10, 3.0, test_data=test_data)
""",
        _run_i4,
        seconds=6,
    ),
    Row(
        "I5",
        "backprop and the other names",
        "`backprop` computes the gradient for one example by going backwards through the layers. "
        "To trust it, move each weight a little and see how the cost really changes.",
        "`update_mini_batch`, `backprop`, `evaluate`, `cost_derivative`, `sigmoid` and "
        "`sigmoid_prime`, as listed; how `backprop` works is left for later.",
        """\
from numerist.chapter.rows.program import gradient_error

for cost, output in [("quadratic", "sigmoid"), ("log-likelihood", "softmax")]:
    error = gradient_error([5, 4, 3], "tanh", output, cost)
    print(f"{cost}: backprop and central differences differ by {error:.1e}")
""",
        _run_i5,
    ),
    Row(
        "I6",
        "Brevity",
        "A network that reads handwriting fits on a page or two. That is worth keeping: what can "
        "be read in one sitting can be understood, and trusted.",
        "The program has 74 lines without comments and blank lines.",
        """\
import inspect
from numerist import network
from numerist.chapter.rows.program import code_lines

print(code_lines(inspect.getsource(network)), "lines")
""",
        _run_i6,
    ),
)
