"""Rows S1 to S7: sigmoid neurons, why small changes stay small, and how they become perceptrons."""
# ruff: noqa: PLC0415  (pictures need Matplotlib, which loads when a row runs)

from __future__ import annotations

import warnings
from decimal import Decimal, localcontext
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from numerist.chapter.row import Result, Row
from numerist.chapter.training import between, images, nines, seeds_named, share_spread
from numerist.descent import numerical_gradient
from numerist.network import Network
from numerist.neurons import (
    ACTIVATIONS,
    XOR,
    Layers,
    Perceptron,
    PerceptronNetwork,
    SigmoidNetwork,
    SigmoidNeuron,
    all_inputs,
    approximate,
    gaps,
    limit,
    linear_change,
    sigmoid,
    step,
    undecided,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numerist.chapter.figures import Picture
    from numerist.chapter.row import Scale
    from numerist.neurons.activations import Array


def _exact_sigmoid(z: float) -> Decimal:
    """Return σ(z) to 40 digits, by decimal arithmetic."""
    with localcontext() as context:
        context.prec = 40
        return 1 / (1 + (-Decimal(z)).exp())


def _run_sigmoid(scale: Scale) -> Result:
    """Compare σ with 40 digits, from −10⁴ to 10⁴, and a neuron with equation (4)."""
    wide = np.linspace(-1e4, 1e4, scale.choose(full=4001, quick=401))
    near = np.linspace(-750, 50, scale.choose(full=8001, quick=801))
    z = np.concatenate([wide, near])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        computed = sigmoid(z)
    exact = [_exact_sigmoid(value) for value in z.tolist()]
    # Against the distance of neighbouring float64 numbers, which is 5e-324 below the normal ones.
    tiny = np.finfo(np.float64).tiny
    normal = np.array([value >= tiny for value in exact])
    errors = [abs(Decimal(a) - e) for a, e in zip(computed.tolist(), exact, strict=True)]
    units = [
        float(error / Decimal(float(np.spacing(float(e)))))
        for error, e, is_normal in zip(errors, exact, normal, strict=True)
        if is_normal
    ]
    beyond = max((float(e) for e, n in zip(errors, normal, strict=True) if not n), default=0.0)
    neuron = SigmoidNeuron([6, 2, 2], bias=-5)
    x = np.random.default_rng(0).uniform(0, 1, (200, 3)).tolist()
    by_hand = [_exact_sigmoid(6 * a + 2 * b + 2 * c - 5) for a, b, c in x]
    neuron_error = max(
        float(abs(Decimal(neuron(inputs)) - e)) for inputs, e in zip(x, by_hand, strict=True)
    )
    few, rounding = 4, 1e-15
    return Result(
        measured=(
            f"At {z.size:,} places from −10⁴ to 10⁴, σ is off by at most {max(units):.1f} units "
            f"in the last place of float64, and by less than {tiny:.1g} where σ itself is "
            f"smaller than that; {len(caught)} warnings. A neuron with three inputs anywhere in "
            f"0…1 (200 random inputs, seed 0) is off from equation (4) by at most "
            f"{neuron_error:.1g}."
        ),
        agrees=max(units) <= few
        and beyond < float(tiny)
        and not caught
        and neuron_error < rounding,
        numbers={
            "places": int(z.size),
            "largest error in units of the last place": max(units),
            "largest error where σ is below the normal numbers": beyond,
            "warnings": len(caught),
            "largest error of a neuron": neuron_error,
        },
        pictures=[_draw_neuron(neuron)],
    )


def _draw_neuron(neuron: SigmoidNeuron) -> Picture:
    """Draw the output of a sigmoid neuron as its first input goes from 0 to 1."""
    from numerist.chapter.figures import draw_functions

    x = np.linspace(0, 1, 101)
    return draw_functions(
        x,
        {"sigmoid neuron": [neuron([first, 0, 0]) for first in x.tolist()]},
        xlabel="x₁, with x₂ = x₃ = 0",
        ylabel="output",
        alt="The output of a sigmoid neuron with weights 6, 2, 2 and bias −5: as its first input "
        "goes from 0 to 1 it rises smoothly from nearly 0 to about 0.73, and is a half where "
        "6x = 5.",
    )


S1 = Row(
    id="S1",
    title="The sigmoid neuron",
    idea="A sigmoid neuron adds up evidence as a perceptron does, but then says how much: its "
    "output is σ of the sum, anywhere between 0 and 1. Its inputs may lie anywhere in between "
    "as well.",
    says="Equations (3) and (4): σ(z) = 1 / (1 + e^−z), and the output is σ(w·x + b). The inputs "
    "can be any value from 0 to 1, such as 0.638.",
    code="""\
import numpy as np
from numerist.neurons import SigmoidNeuron, sigmoid

neuron = SigmoidNeuron(weights=[6, 2, 2], bias=-5)
print(neuron([0.638, 1, 0]))
print(sigmoid(np.array([-1e4, -1, 0, 1, 1e4])))
""",
    run=_run_sigmoid,
    seconds=1.0,
)


def _run_shapes(_: Scale) -> Result:
    """Draw σ and the step, and measure what smooth means: the largest jump between neighbours."""
    from numerist.chapter.figures import draw_functions, draw_step

    spacings = [0.1, 0.01, 0.001]
    jumps: dict[str, list[float]] = {"σ": [], "step": []}
    for spacing in spacings:
        z = (np.arange(round(8 / spacing)) + 0.5) * spacing - 4  # 0 lies between two places
        jumps["σ"].append(float(np.diff(sigmoid(z)).max()))
        jumps["step"].append(float(np.diff(step(z)).max()))
    far = np.array([-20.0, -10.0, 10.0, 20.0])
    apart = float(np.abs(sigmoid(far) - step(far)).max())
    at_zero = {
        "perceptron": Perceptron([1], 0)([0]),
        "step, as a perceptron": float(step(np.array(0.0))),
        "step, as in textbooks": float(step(np.array(0.0), at_zero=1)),
        "σ": float(sigmoid(np.array(0.0))),
    }
    steepest = 0.25  # σ'(0), the largest slope there is
    smooth = all(j <= steepest * s for j, s in zip(jumps["σ"], spacings, strict=True))
    z = np.linspace(-5, 5, 201)
    return Result(
        measured=(
            f"From one place to the next, {spacings[0]:g}, {spacings[1]:g} and {spacings[2]:g} "
            "apart, σ rises by at most "
            + ", ".join(f"{jump:.2g}" for jump in jumps["σ"])
            + ", the step by "
            + ", ".join(f"{jump:g}" for jump in jumps["step"])
            + f". Ten or more away from 0 they differ by {apart:.1g} at most. At 0 a perceptron "
            f"says {at_zero['perceptron']}, the step of textbooks "
            f"{at_zero['step, as in textbooks']:g}, and σ {at_zero['σ']:g}."
        ),
        agrees=smooth
        and jumps["step"] == [1.0] * 3
        and apart < 1e-4  # noqa: PLR2004  (e^-10)
        and list(at_zero.values()) == [0, 0, 1, 0.5],
        numbers={"spacings": spacings, "largest jumps": jumps, "at 0": at_zero, "far": apart},
        pictures=[
            draw_functions(
                z,
                {"σ": sigmoid(z)},
                ylabel="σ(z)",
                alt="The sigmoid function: nearly 0 on the left, rising smoothly through one half "
                "at z = 0, nearly 1 on the right.",
            ),
            draw_step(
                alt="The step function as a perceptron has it: 0 up to z = 0, and a full dot at "
                "0 says that 0 itself still gives 0; 1 right of it.",
            ),
            draw_step(
                alt="The step function as textbooks have it: 0 left of z = 0, and a full dot at "
                "1 says that 0 itself already gives 1.",
                at_zero=1,
            ),
        ],
    )


S2 = Row(
    id="S2",
    title="σ, a smoothed step",
    idea="The formula of σ matters less than its shape: it is the step function of the perceptron "
    "with its edge rounded off, so that close inputs have close outputs.",
    says="σ is a smoothed-out version of the step function. With the step in its place the "
    "neuron would be a perceptron, but for w·x + b = 0, where the perceptron says 0 and the step "
    "function 1.",
    code="""\
import numpy as np
from numerist.neurons import sigmoid, step

z = np.array([-4, -1, -0.001, 0, 0.001, 1, 4])
print(sigmoid(z).round(3))
print(step(z))  # at 0 as a perceptron says
print(step(z, at_zero=1))  # at 0 as the chapter's footnote has it
""",
    run=_run_shapes,
    seconds=0.3,
)


def _run_small_changes(scale: Scale) -> Result:
    """Measure the error of equation (5) for random networks and shrinking changes."""
    from numerist.chapter.figures import draw_error

    sizes = [3, 4, 4, 1]
    factors = [0.08, 0.04, 0.02, 0.01, 0.005, 0.0025]
    orders, errors, slopes = [], [], []
    for seed in range(scale.seeds):
        rng = np.random.default_rng(seed)
        network = SigmoidNetwork.random(sizes, rng)
        x = rng.uniform(0, 1, sizes[0])
        change = Layers.random(sizes, rng)
        found = approximate(network, x, change, factors)
        orders.append(found.order)
        errors.append(found.error)
        slopes.append(_derivative_error(network, x, change))
    nudge = 0.001
    flips = Perceptron([1], -1 + nudge)([1]) - Perceptron([1], -1 - nudge)([1])
    slides = SigmoidNeuron([1], -1 + nudge)([1]) - SigmoidNeuron([1], -1 - nudge)([1])
    near_square, exact = 0.25, 1e-8
    return Result(
        measured=(
            f"In random networks {sizes} ({seeds_named(scale.seeds)}, all weights and biases "
            f"changed at once) the error of equation (5) goes as the power "
            f"{between(orders)} of the size of the change. Its derivatives differ from central "
            f"differences by {max(slopes):.1g} at most. A neuron at w·x + b = 0 whose bias moves "
            f"by {2 * nudge:g}: a perceptron changes its output by {flips}, a sigmoid neuron by "
            f"{slides:.4f}."
        ),
        agrees=abs(median(orders) - 2) < near_square
        and max(slopes) < exact
        and flips == 1
        and slides < 2 * nudge,
        numbers={
            "sizes": sizes,
            "factors": factors,
            "powers": orders,
            "errors": [error.tolist() for error in errors],
            "largest error of a derivative": max(slopes),
            "change of a perceptron": flips,
            "change of a sigmoid neuron": slides,
        },
        pictures=[
            draw_error(
                factors[::-1],
                {"error of equation (5)": [error[::-1] for error in errors]},
                xlabel="size of the change",
                ylabel="error",
                slope=2,
                slope_name="∝ square of the size",
                alt="Both axes logarithmic: the error of the linear approximation falls along a "
                "straight line with the size of the change; half the change has about a quarter "
                "of the error.",
            )
        ],
    )


def _derivative_error(network: SigmoidNetwork, x: Array, change: Layers) -> float:
    """Return how far equation (5) is from a central difference along the same change."""
    h = 1e-5
    forth, back = (
        network.changed(Layers([s * w for w in change.weights], [s * b for b in change.biases]))(x)
        for s in (h, -h)
    )
    return abs(float((forth - back)[0]) / (2 * h) - linear_change(network.derivatives(x), change))


S3 = Row(
    id="S3",
    title="Small changes have small effects",
    idea="Change weights and biases a little, and the output of a sigmoid network changes a "
    "little, almost in proportion. That makes learning possible; a perceptron on its boundary "
    "flips instead.",
    says="Equation (5): Δoutput ≈ Σ ∂output/∂w_j Δw_j + ∂output/∂b Δb. The change of the output is "
    "nearly a linear function of the changes of weights and biases.",
    code="""\
from numerist.neurons import Layers, SigmoidNetwork, approximate

network = SigmoidNetwork.random([3, 4, 4, 1], seed=0)
change = Layers.random([3, 4, 4, 1], seed=1)  # in all weights and biases at once
found = approximate(network, [0.2, 0.7, 0.5], change, sizes=[0.1, 0.05, 0.025])
for size, actual, linear in zip(found.sizes, found.actual, found.linear):
    print(size, actual, linear, abs(actual - linear))
print(found.order)  # about 2: half the change, a quarter of the error
""",
    run=_run_small_changes,
    seconds=0.5,
)


def _run_activations(scale: Scale) -> Result:
    """Check each derivative in the table against central differences."""
    from numerist.chapter.figures import draw_functions

    errors = {}
    for name, f in ACTIVATIONS.items():
        worst = []
        for seed in range(scale.seeds):
            rng = np.random.default_rng(seed)
            z, gradient = rng.standard_normal((2, 5, 4)) * 2
            z += np.where(z >= 0, 0.01, -0.01)  # away from the kink of ReLU
            analytic = f.backward(f.function(z), gradient)
            numerical = numerical_gradient(_weighted(f.function, gradient), z)
            worst.append(float(np.abs(analytic - numerical).max()))
        errors[name] = max(worst)
    z = np.linspace(-3, 3, 121)
    single = ("sigmoid", "tanh", "relu", "identity")
    exact = 1e-8
    return Result(
        measured=(
            "Largest difference between the derivative in the table and central differences "
            f"(20 places for each of {seeds_named(scale.seeds)}): "
            + ", ".join(f"{name} {error:.1g}" for name, error in errors.items())
            + "."
        ),
        agrees=max(errors.values()) < exact and set(errors) >= {*single, "softmax"},
        numbers={"largest errors of derivatives": errors},
        pictures=[
            draw_functions(
                z,
                {name: ACTIVATIONS[name](z) for name in single},
                ylabel="f(z)",
                alt="Four activation functions: sigmoid rises from 0 to 1, tanh from −1 to 1, "
                "ReLU is 0 up to z = 0 and z beyond, and the identity is a straight line.",
            )
        ],
    )


def _weighted(function: Callable[[Array], Array], weights: Array) -> Callable[[Array], float]:
    """Return Σ weights · f(z) as a function of z: one number, whose gradient can be taken."""
    return lambda z: float((weights * function(z)).sum())


S4 = Row(
    id="S4",
    title="Other activation functions",
    idea="Any smooth rise would do in the place of σ; what changes are the derivatives. Five "
    "functions stand in one table, each with its own, and networks take them by name.",
    says="Neurons with the output f(w·x + b) are considered occasionally. The main thing that "
    "changes with f is the values of the partial derivatives in equation (5).",
    code="""\
import numpy as np
from numerist import Network
from numerist.neurons import ACTIVATIONS

z = np.array([-2.0, 0.0, 2.0])
for name, f in ACTIVATIONS.items():
    print(name, f(z).round(3))
net = Network([784, 30, 10], activation="tanh", output="softmax", cost="cross-entropy")
""",
    run=_run_activations,
    seconds=0.4,
)

_BORDERS = (0.1, 0.3, 0.5, 0.7, 0.9)


class _Judged(NamedTuple):
    """How a border does: precision of those called a 9, and recall of those that are."""

    precision: float | None  # None where nothing is called a 9
    recall: float


def _judge(outputs: Array, truth: Array, border: float) -> _Judged:
    """Return precision and recall for outputs (n,) and the truth, bool (n,)."""
    said = outputs >= border
    hits = int((said & truth).sum())
    return _Judged(hits / int(said.sum()) if said.any() else None, hits / int(truth.sum()))


def _run_single_output(scale: Scale) -> Result:
    """Train one-output networks to tell nines, and judge them with several borders."""
    data = images(scale)
    training, test = nines(data.training), nines(data.test)
    epochs = scale.choose(full=10, quick=4)
    seeds = scale.choose(full=scale.seeds, quick=1)
    outputs: list[Array] = []
    right: dict[float, list[float]] = {border: [] for border in _BORDERS}
    for seed in range(seeds):
        net = Network([784, 30, 1], seed=seed)
        net.SGD(training, epochs, 10, 3.0, on_epoch=lambda *_: None)
        outputs.append(net.feedforward(test.rows.T)[0])
        for net.border in _BORDERS:
            right[net.border].append(net.evaluate(test) / len(test))
    are_nines = test.labels == 1
    found = {border: [_judge(a, are_nines, border) for a in outputs] for border in _BORDERS}
    never = float(1 - are_nines.mean())
    return Result(
        measured=(
            f"[784, 30, 1] after {epochs} epochs at η = 3, {seeds_named(seeds)}, on {len(test):,} "
            f"test images: with the border 0.5 it is right on {share_spread(right[0.5], 2)}; "
            f"always saying no is right on {100 * never:.2f} %. The "
            + "; ".join(
                f"border {border:g} has precision {_precisions(found[border])} and recall "
                f"{share_spread([judged.recall for judged in found[border]])}"
                for border in _BORDERS[::2]
            )
            + "."
        ),
        # A border of 0.5 works; a higher one gives fewer false nines and misses more of them.
        agrees=None if scale.quick else min(right[0.5]) > never and _borders_trade(found),
        numbers={
            "epochs": epochs,
            "seeds": seeds,
            "accuracy of always saying no": never,
            "by border": {
                f"{border:g}": {
                    "accuracy": right[border],
                    "precision": [judged.precision for judged in found[border]],
                    "recall": [judged.recall for judged in found[border]],
                }
                for border in _BORDERS
            },
        },
        pictures=[_draw_borders(outputs, are_nines)],
    )


def _precisions(judged: list[_Judged]) -> str:
    values = [j.precision for j in judged if j.precision is not None]
    return share_spread(values) if values else "undefined, as nothing is called a 9"


def _borders_trade(found: dict[float, list[_Judged]]) -> bool:
    """Whether in every run the highest border is more precise than the lowest, and finds less."""
    return all(
        (low.precision or 0) < (high.precision or 0) and low.recall > high.recall
        for low, high in zip(found[_BORDERS[0]], found[_BORDERS[-1]], strict=True)
    )


def _draw_borders(outputs: list[Array], truth: Array) -> Picture:
    """Draw precision and recall by border, means over seeds, up to where all have a precision."""
    from numerist.chapter.figures import draw_functions

    highest = min(0.98, *(float(a.max()) for a in outputs))
    borders = np.linspace(0.02, max(0.04, highest), 49)
    judged = [[_judge(a, truth, border) for a in outputs] for border in borders.tolist()]
    precision = [float(np.mean([j.precision or 0.0 for j in each])) for each in judged]
    recall = [float(np.mean([j.recall for j in each])) for each in judged]
    return draw_functions(
        borders,
        {"precision": precision, "recall": recall},
        xlabel="border",
        ylabel="share, mean over seeds",
        alt=f"As the border rises from {borders[0]:.2f} to {borders[-1]:.2f}, precision goes from "
        f"{precision[0]:.2f} to {precision[-1]:.2f} and recall from {recall[0]:.2f} to "
        f"{recall[-1]:.2f}.",
    )


S5 = Row(
    id="S5",
    title="One output and a border: is it a 9?",
    idea="A sigmoid neuron never quite says yes or no, so a border has to be agreed on. A high one "
    "makes the network careful, with few false nines and more missed ones (high precision, low "
    "recall); a low one does the opposite.",
    says="By convention an output of at least 0.5 means that the image is a 9, and less than 0.5 "
    "that it is not.",
    code="""\
import numpy as np
from numerist import Dataset, Network, load_mnist

training, validation, _ = load_mnist()
def is_nine(data):
    return Dataset(data.images, (data.labels == 9).astype(np.uint8))

net = Network([784, 30, 1], seed=0)
net.SGD(is_nine(training[:5000]), 3, 10, 3.0, test_data=is_nine(validation[:1000]))
for net.border in (0.1, 0.5, 0.9):
    print(net.border, net.evaluate(is_nine(validation[:1000])))
""",
    run=_run_single_output,
    seconds=12.0,
)


def _whole_network(
    sizes: Sequence[int], rng: np.random.Generator, shift: float
) -> PerceptronNetwork:
    """Return random perceptrons with whole weights, and whole biases plus a shift."""
    pairs = list(pairwise(sizes))
    return PerceptronNetwork(
        [rng.integers(-3, 4, (n_out, n_in)) for n_in, n_out in pairs],
        [rng.integers(-3, 4, (n_out, 1)) + shift for _, n_out in pairs],
    )


def _run_scaling(scale: Scale) -> Result:
    """Scale random networks, those on the boundary included, and count the outputs that change."""
    sizes = [4, 5, 3, 2]
    x = all_inputs(sizes[0])
    networks = comparisons = changed = on_boundary = 0
    for seed in range(scale.seeds):
        rng = np.random.default_rng(seed)
        for _ in range(scale.choose(full=100, quick=10)):
            # Products of whole numbers and these factors are exact, so boundaries stay boundaries.
            whole = _whole_network(sizes, rng, shift=0)
            on_boundary += sum(bool(undecided(whole, column)) for column in x.T)
            tests = [(whole, c) for c in (0.5, 3.0, 1000.0)]
            normal = PerceptronNetwork.random(sizes, rng)
            tests += [(normal, float(c)) for c in 10 ** rng.uniform(-6, 6, 3)]
            for network, c in tests:
                comparisons += x.shape[1]
                says, scaled = network(x), network.scaled(c)(x)
                changed += int((says != scaled).any(axis=0).sum())
            networks += 2
    return Result(
        measured=(
            f"{networks} random networks {sizes} ({seeds_named(scale.seeds)}), each multiplied by "
            f"three factors c between 10⁻⁶ and 10⁶: {changed} of {comparisons:,} outputs on all "
            f"inputs changed. {on_boundary:,} of the inputs put a perceptron exactly on its "
            "boundary."
        ),
        agrees=changed == 0,
        numbers={
            "networks": networks,
            "comparisons": comparisons,
            "changed": changed,
            "inputs with a perceptron on its boundary": on_boundary,
        },
        pictures=[_draw_scaled(c) for c in (1, 3)],
    )


def _draw_scaled(c: float) -> Picture:
    """Draw the network for XOR with all weights and biases multiplied by c."""
    from numerist.chapter.figures import draw_network

    network = XOR.scaled(c)
    says = ", ".join(
        f"{a}{b} gives {out}"
        for (a, b), (out,) in zip(all_inputs(2).T, network(all_inputs(2)).T, strict=True)
    )
    return draw_network(
        [2, 2, 1],
        weights=network.weights,
        biases=network.biases,
        alt=f"A network of three perceptrons, its weights and biases multiplied by {c:g}. "
        f"The input {says}.",
    )


S6 = Row(
    id="S6",
    title="Exercise: scaling a network of perceptrons",
    idea="A perceptron only asks on which side of 0 the number w·x + b lies. A factor c > 0 keeps "
    "it there, so every perceptron of the first layer says the same as before, therefore every "
    "one of the second, and so on.",
    says="Show that a network of perceptrons behaves the same when all its weights and biases are "
    "multiplied by a constant c > 0.",
    code="""\
from numerist.neurons import PerceptronNetwork, all_inputs

network = PerceptronNetwork.random([4, 5, 3, 2], seed=0)
for c in (0.001, 7, 1e6):
    print(c, (network.scaled(c)(all_inputs(4)) == network(all_inputs(4))).all())
""",
    run=_run_scaling,
    seconds=1.0,
)

# At x = 1 the first perceptron of both has w·x + b = 0. It says 0, its sigmoid twin always ½.
_STUCK = PerceptronNetwork([[[1]]], [[-1]])
_OPPOSITE = PerceptronNetwork([[[1]], [[4]]], [[-1], [-1]])


def _run_limit(scale: Scale) -> Result:
    """Let c grow, for networks where all is decided and for the two ways in which it can fail."""
    from numerist.chapter.figures import draw_ladder

    factors = [2, 4, 8, 16, 32, 64]
    sizes = [4, 5, 3, 2]
    count = scale.choose(full=50, quick=10)
    decided = []
    for seed in range(scale.seeds):
        rng = np.random.default_rng(seed)
        # Halves added to whole biases keep every w·x + b at least ½ away from 0.
        networks = [_whole_network(sizes, rng, shift=0.5) for _ in range(count)]
        each = [gaps(network, all_inputs(sizes[0]), factors) for network in networks]
        decided.append(np.max(each, axis=0))
    stuck, opposite = (gaps(network, [1], factors) for network in (_STUCK, _OPPOSITE))
    culprits = [undecided(network, [1]) for network in (_STUCK, _OPPOSITE)]
    limits = [float(limit(network, [1])[0]) for network in (_STUCK, _OPPOSITE)]
    largest = float(np.max(decided, axis=0)[-1])
    close = 1e-6
    return Result(
        measured=(
            f"{count * scale.seeds} random networks {sizes} without w·x + b = 0 "
            f"({seeds_named(scale.seeds)}, all inputs): the largest gap between sigmoid and "
            f"perceptron outputs falls from {np.max(decided, axis=0)[0]:.2f} at c = {factors[0]} "
            f"to {largest:.1g} at c = {factors[-1]}. A neuron with w·x + b = 0 stays "
            f"{stuck[-1]:.2f} away for every c; with one more neuron behind it the gap grows to "
            f"{opposite[-1]:.2f}, the opposite answer."
        ),
        agrees=largest < close
        and bool(np.allclose(stuck, 0.5, atol=close))
        and opposite[-1] > 1 - close
        and culprits == [[(1, 0)], [(1, 0)]]
        and limits == [0.5, 1.0],
        numbers={
            "c": factors,
            "largest gap by seed, all decided": [run.tolist() for run in decided],
            "gap of one neuron at 0": stuck.tolist(),
            "gap of two neurons, the first at 0": opposite.tolist(),
            "undecided neurons (layer, neuron)": [[list(where) for where in c] for c in culprits],
            "limits of the failing cases": limits,
        },
        pictures=[
            draw_ladder(
                factors,
                {
                    "no w·x + b is 0": decided,
                    "last one is 0": stuck,
                    "first one is 0": opposite,
                },
                xlabel="c",
                ylabel="gap to the perceptrons",
                shares=False,
                alt="As c grows from 2 to 64, the gap between sigmoid and perceptron networks "
                "falls to 0 where no weighted sum is 0. With a sum of 0 in the last neuron it "
                "stays at a half; with a sum of 0 in an earlier neuron it rises to 1.",
            )
        ],
    )


S7 = Row(
    id="S7",
    title="Exercise: sigmoid neurons become perceptrons",
    idea="The factor c that perceptrons do not notice makes σ steeper and steeper, until it is a "
    "step. Only where w·x + b is exactly 0 it stays σ(0) = ½ for every c, while the perceptron "
    "says 0, and all that follows may come out differently.",
    says="As c → ∞ the network of sigmoid neurons behaves exactly as that of perceptrons, if "
    "w·x + b ≠ 0 for every perceptron. How can it fail when one of them is 0?",
    code="""\
from numerist.neurons import XOR, PerceptronNetwork, all_inputs, gaps, sigmoid_twin, undecided

print(gaps(XOR, all_inputs(2), factors=[1, 4, 16, 64]))  # no w·x + b is 0: the gap closes
chain = PerceptronNetwork(weights=[[[1]], [[4]]], biases=[[-1], [-1]])
print(undecided(chain, [1]))  # layer 1, neuron 0 has w·x + b = 0
print(chain([1]), sigmoid_twin(chain, c=64)([1]))  # and what follows comes out the opposite
""",
    run=_run_limit,
    seconds=1.0,
)

ROWS: tuple[Row, ...] = (S1, S2, S3, S4, S5, S6, S7)
