"""Rows I1 to I6: the chapter's program, name by name."""
# ruff: noqa: PLC0415  (what a row needs loads when the row runs)

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from numerist.chapter.learning_result import learning_result
from numerist.chapter.minus import minus
from numerist.chapter.row import Result, Row, Scale
from numerist.chapter.training import count, images, seeds_named, spread, words

if TYPE_CHECKING:
    from numerist.chapter.figures import Picture
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
        [_draw_pairs(parts["training_data"][:6], "training"), _draw_pairs(lists[2][:6], "test")],
    )


def _draw_pairs(pairs: list[Any], kind: str) -> Picture:
    """Draw the first pairs (x, y) of a list, y as it stands there: its shape, and its digit."""
    from numerist.chapter.figures import draw_digits

    digits = [int(np.argmax(y)) if np.ndim(y) else int(y) for _, y in pairs]
    shape = np.shape(pairs[0][1])
    said = [f"y {shape}\n{digit}" if shape else f"y = {digit}" for digit in digits]
    return draw_digits(
        np.array([x.reshape(28, 28) for x, _ in pairs]),
        said,
        columns=6,
        alt=f"The first {len(pairs)} pairs of the {kind} data: x as an image, y as its digit, "
        f"{', '.join(map(str, digits))}" + (f", as columns of shape {shape}." if shape else "."),
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
        [_draw_feedforward()],
    )


def _draw_feedforward() -> Picture:
    """Draw a small network with its weights, its biases, and every neuron's activation."""
    from numerist.chapter.figures import draw_network
    from numerist.network import Network

    net, inputs = Network([3, 2, 1], seed=0), [0.0, 0.5, 1.0]
    layers = net.activations(inputs)
    (answer,) = feedforward_by_component(net, inputs)
    return draw_network(
        net.sizes,
        weights=net.weights,
        biases=net.biases,
        activations=layers,
        alt="A network [3, 2, 1] with its weights on the lines, its biases in the circles and the "
        "activations in bold. The inputs 0, 0.5 and 1 give "
        + " and ".join(f"{a:.2f}" for a in layers[1].ravel())
        + f" in the hidden layer and {layers[2].item():.2f} at the output; neuron by neuron, "
        f"equation (22) gives {answer:.2f}.",
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
    import re

    (training_data, _, test_data), _ = _lists()
    training_data = training_data[: scale.choose(50_000, 1_003)]  # any number: the last mini-batch
    epochs, seeds = scale.choose(5, 2), scale.choose(scale.seeds, 1)  # is smaller then
    wanted = [rf"Epoch {epoch}: (\d+) / 10000" for epoch in range(epochs)]
    transcripts = [_transcript(training_data, test_data, epochs, seed) for seed in range(seeds)]
    found = [
        [re.fullmatch(*pair) for pair in zip([*wanted, "Epoch 0 complete"], lines, strict=True)]
        for lines in transcripts
    ]
    right = [[int(match[1]) if match else 0 for match in run[:-1]] for run in found]
    as_said = all(all(run) for run in found)
    last = [run[-1] for run in right]
    return learning_result(
        f"Called as the chapter calls it (seed 0, {count(len(training_data))} images), it prints: "
        + "; ".join(f"“{line}”" for line in transcripts[0])
        + ". The last is what it says without test data. With "
        f"{seeds_named(seeds)} it gets {spread(last)} of 10,000 right after "
        f"{words(epochs, 'epoch')}.",
        as_said,
        {"30 hidden neurons": right},
        10_000,
        numbers={"lines": transcripts},
    )


def _transcript(training_data: Any, test_data: Any, epochs: int, seed: int) -> list[str]:
    """Return the lines that training prints, and then one epoch without test data."""
    import io
    from contextlib import redirect_stdout

    from numerist import network

    net = network.Network([784, 30, 10], seed=seed)
    printed = io.StringIO()
    with redirect_stdout(printed):
        net.SGD(training_data, epochs, 10, 3.0, test_data=test_data)
        net.SGD(training_data[:100], 1, 10, 3.0)
    return printed.getvalue().splitlines()


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
        [_draw_gradients()],
    )


def _draw_gradients() -> Picture:
    """Draw every derivative by `backprop` against how the cost really changes."""
    from numerist.chapter.figures import draw_agreement

    given, measured = both_gradients([5, 4, 3], "sigmoid", "sigmoid", "quadratic")
    return draw_agreement(
        measured,
        given,
        xlabel="change of the cost by change of the weight",
        ylabel="derivative by backprop",
        alt=f"The {given.size} derivatives of the quadratic cost of a network [5, 4, 3], by "
        "backprop against central differences: points on the diagonal, from which they are "
        f"{np.abs(given - measured).max():.0e} away at most.",
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
    given, measured = both_gradients(sizes, hidden, output, cost, seed)
    return float(np.linalg.norm(given - measured) / np.linalg.norm(measured))


def both_gradients(
    sizes: list[int], hidden: str, output: str, cost: str, seed: int = 0
) -> tuple[Array, Array]:
    """Return all derivatives of the cost of one example, by `backprop` and by differences.

    Args:
        sizes: of a small network.
        hidden: activation of its hidden layers.
        output: activation of its outputs.
        cost: by name.
        seed: of the network and of one example.

    Returns:
        Two vectors of the same length: biases layer by layer, then weights.
    """
    from numerist.descent import numerical_gradient
    from numerist.network import Network

    net = Network(sizes, activation=hidden, output=output, cost=cost, seed=seed)
    # In float64: differences of nearly equal costs need all the digits.
    parameters = [array.astype(np.float64) for array in (*net.biases, *net.weights)]
    net.biases, net.weights = parameters[: len(sizes) - 1], parameters[len(sizes) - 1 :]
    rng = np.random.default_rng(seed)
    x, y = rng.random((sizes[0], 1)), np.eye(sizes[-1])[:, :1]
    nabla_b, nabla_w = net.backprop(x, y)

    def cost_at(place: Array) -> float:
        at = 0
        for array in parameters:
            array[:] = place[at : at + array.size].reshape(array.shape)
            at += array.size
        return float(net.cost.each(net.feedforward(x), y)[0])

    measured: Array = numerical_gradient(cost_at, _joined(parameters))
    return _joined([*nabla_b, *nabla_w]), measured


def _joined(arrays: list[Array]) -> Array:
    return np.concatenate([array.ravel() for array in arrays])


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
        "activations",
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
