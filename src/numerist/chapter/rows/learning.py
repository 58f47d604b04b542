"""Rows G1 to G3 and G9 to G11: the images, the cost, and stochastic gradient descent."""
# ruff: noqa: PLC0415  (what a row needs loads when the row runs)

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time
from typing import TYPE_CHECKING

import numpy as np

from numerist.chapter.learning_result import by_epoch, learning_result
from numerist.chapter.row import Result, Row, Scale
from numerist.chapter.training import (
    Run,
    between,
    count,
    images,
    ranged,
    seeds_named,
    share_spread,
    spread,
    train,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numerist.data import Dataset
    from numerist.network import Network
    from numerist.neurons.activations import Array


# Row G1: MNIST


def _run_g1(_scale: Scale) -> Result:
    from numerist.chapter.figures import draw_bars, draw_sheet

    data = images(Scale())  # whole: it costs less than a second
    sizes = [len(part) for part in data]
    pixels = {part.images.shape[1:] for part in data}
    low = min(float(part.images.min()) for part in data)
    high = max(float(part.images.max()) for part in data)
    by_digit = [np.bincount(part.labels, minlength=10).tolist() for part in data]
    agrees = sizes == [50_000, 10_000, 10_000] and pixels == {(28, 28)}
    return Result(
        f"{count(sizes[0])} images to learn from, {count(sizes[1])} to choose by, "
        f"{count(sizes[2])} to judge by, all 28×28, from {low:g} (paper) to {high:g} (ink); the "
        "validation images are the last 10,000 of the 60,000. Every file is checked against its "
        "SHA-256 sum before use. The digits are not equally frequent: among the training images "
        f"there are {count(min(by_digit[0]))} to {count(max(by_digit[0]))} of each.",
        agrees,
        {"sizes": sizes, "by_digit": by_digit, "lowest": low, "highest": high},
        [
            draw_sheet(
                data.training.images[:100],
                columns=10,
                alt="The first hundred training images: handwritten digits, each of another hand.",
            ),
            draw_bars(
                [str(digit) for digit in range(10)],
                by_digit[0],
                label="training images",
                alt=f"Training images of each digit: from {min(by_digit[0])} to {max(by_digit[0])}"
                f", the {int(np.argmax(by_digit[0]))} being the most frequent.",
            ),
        ],
    )


# Row G2: the desired output


def _run_g2(_scale: Scale) -> Result:
    from numerist.chapter.figures import draw_answers
    from numerist.mnist_loader import vectorized_result

    vectors = np.hstack([vectorized_result(digit) for digit in range(10)])
    six = vectorized_result(6)
    agrees = bool(np.array_equal(vectors, np.eye(10))) and six.shape == (10, 1)
    data = images(Scale()).training
    first = [int(np.flatnonzero(data.labels == digit)[0]) for digit in range(10)]
    return Result(
        f"y for a 6 is ({', '.join(f'{value:g}' for value in six.ravel())}), a column of shape "
        f"{six.shape}. The columns for 0 to 9, side by side, are the identity matrix.",
        agrees,
        {"vectors": vectors.tolist()},
        [
            draw_answers(
                data.images[first],
                vectors.T,
                [str(digit) for digit in range(10)],
                alt="The first training image of each digit, and beside it y as ten bars: bar "
                + ", ".join(str(int(y.argmax())) for y in vectors.T)
                + " is 1, in this order; all others are 0.",
            )
        ],
    )


# Row G3: the cost


def _run_g3(scale: Scale) -> Result:
    from numerist.chapter.figures import draw_learning_curves
    from numerist.network import Network

    data, seeds = images(scale), scale.choose(scale.seeds, 1)
    part = data.training[:10_000]
    costs: dict[str, list[list[float]]] = {"training": [], "validation": []}

    def watch(net: Network) -> None:
        costs["training"][-1].append(net.total_cost(part))
        costs["validation"][-1].append(net.total_cost(data.validation))

    some, by_hand, by_network = data.training[:500], [], []
    for seed in range(seeds):
        for of_part in costs.values():
            of_part.append([])
        net = train(
            [784, 30, 10],
            data.training,
            data.validation,
            epochs=scale.choose(10, 2),
            seed=seed,
            watch=watch,
        ).net
        by_hand.append(cost_by_hand(net, some))
        by_network.append(net.total_cost(some))
    rounding = 1e-9
    same = all(abs(a - b) < rounding * a for a, b in zip(by_hand, by_network, strict=True))
    others = {
        name: Network([784, 30, 10], cost=name, output=output, seed=0).total_cost(some)
        for name, output in (
            ("quadratic", "sigmoid"),
            ("cross-entropy", "sigmoid"),
            ("log-likelihood", "softmax"),
        )
    }
    falls = all(run[-1] < run[0] for run in costs["training"])
    begun, ended, unseen = (
        ranged([run[k] for run in costs[name]], ".3f")
        for name, k in (("training", 0), ("training", -1), ("validation", -1))
    )
    return Result(
        f"Over 500 images, equation (6) written as a loop over images gives {by_hand[0]:.6f} "
        f"(seed 0), the network's own sum {by_network[0]:.6f}. While it learns "
        f"({seeds_named(seeds)}) the cost of the first {count(len(part))} training images falls "
        f"from {begun} to {ended}, that of the validation images to {unseen}. Other costs by "
        "name, before learning: "
        + ", ".join(f"{name} {value:.2f}" for name, value in others.items())
        + ".",
        same and falls,
        {"by_hand": by_hand, "by_network": by_network, "by_epoch": costs, "by_name": others},
        [
            draw_learning_curves(
                {f"{name} images": runs for name, runs in costs.items()},
                ylabel="quadratic cost",
                xlabel="epochs done",
                shares=False,
                alt=f"The quadratic cost by epoch, {seeds_named(seeds)}: of training images it "
                f"goes from {begun} to {ended}, of validation images to {unseen}.",
            )
        ],
    )


def cost_by_hand(net: Network, data: Dataset) -> float:
    """Return the quadratic cost, equation (6), image by image: 1/(2n) Σ ‖y(x) − a‖²."""
    from numerist.mnist_loader import vectorized_result

    total = 0.0
    for image, digit in zip(data.rows, data.labels.tolist(), strict=True):
        a = net.feedforward(image)
        total += float(np.linalg.norm(vectorized_result(digit)[:, 0] - a) ** 2)
    return total / (2 * len(data))


# Row G9: a mini-batch estimates the gradient


@dataclass(frozen=True, slots=True)
class Estimates:
    """How well mini-batches of several sizes estimate a gradient.

    Attributes:
        sizes: m.
        repetitions: mini-batches of each size.
        errors: ‖estimate − ∇C‖ / ‖∇C‖ for each size, the root of its mean square.
        downhill: share of the estimates that have a positive product with ∇C.
        seconds: to compute one estimate: the median.
        full_seconds: to compute ∇C over all examples.
        slope: the power of m with which the error falls.
    """

    sizes: list[int]
    repetitions: list[int]
    errors: list[float]
    downhill: list[float]
    seconds: list[float]
    full_seconds: float
    slope: float


def estimate_gradients(
    net: Network, data: Dataset, sizes: Sequence[int], work: int = 10_000, seed: int = 0
) -> Estimates:
    """Compare gradients of random mini-batches, equation (19), with that of all the data.

    The examples of a mini-batch are drawn without repeating one. The error is the root of the mean
    square, as statistics has it: a few examples, read badly, have gradients many times longer than
    the others, so that a median would make small samples look better than they are.

    Args:
        net: where on the surface of the cost.
        data: all the examples.
        sizes: m, rising, each smaller than the data.
        work: examples in all the mini-batches of one size; there are 20 at least, 1,000 at most.
        seed: of the draw.
    """
    rng = np.random.default_rng(seed)
    inputs, desired = data.rows, np.eye(net.sizes[-1])[data.labels]
    start = perf_counter()
    true = gradient(net, inputs, desired)
    full_seconds = perf_counter() - start
    repetitions = [min(max(work // m, 20), 1_000) for m in sizes]
    errors, downhill, seconds = [], [], []
    for m, times in zip(sizes, repetitions, strict=True):
        squares, down, took = np.empty(times), np.empty(times), np.empty(times)
        for k in range(times):
            sample = rng.choice(len(data), m, replace=False)
            x, y = inputs[sample], desired[sample]
            start = perf_counter()
            estimate = gradient(net, x, y)
            took[k] = perf_counter() - start
            squares[k] = np.square(estimate - true).sum() / np.square(true).sum()
            down[k] = estimate @ true > 0
        errors.append(float(np.sqrt(squares.mean())))
        downhill.append(float(down.mean()))
        seconds.append(float(np.median(took)))
    slope = float(np.polyfit(np.log(sizes), np.log(errors), 1)[0])
    return Estimates([*sizes], repetitions, errors, downhill, seconds, full_seconds, slope)


def gradient(net: Network, inputs: Array, desired: Array, piece: int = 5_000) -> Array:
    """Return the mean gradient over rows of examples as one long vector, float64.

    Args:
        net: the network.
        inputs: (n, n_in).
        desired: (n, n_out).
        piece: examples computed at once, to spare memory.
    """
    total: Array = np.zeros(sum(array.size for array in (*net.biases, *net.weights)))
    for start in range(0, len(inputs), piece):
        rows = slice(start, start + piece)
        nabla_b, nabla_w = net.backprop(inputs[rows].T, desired[rows].T)
        total += np.concatenate([array.ravel() for array in (*nabla_b, *nabla_w)])
    return total / len(inputs)


def _run_g9(scale: Scale) -> Result:
    from numerist.chapter.figures import draw_error

    data, seeds = images(scale).training, scale.choose(scale.seeds, 1)
    sizes = scale.choose((1, 10, 100, 1_000, 10_000), (1, 10, 100))
    runs: list[Estimates] = []
    for seed in range(seeds):
        net = train([784, 30, 10], data, data[:100], epochs=1, seed=seed).net
        runs.append(estimate_gradients(net, data, sizes, scale.choose(20_000, 2_000), seed))
    slopes = [run.slope for run in runs]
    downhill = [run.downhill[1] for run in runs]
    errors, seconds = (
        [median(column) for column in zip(*each, strict=True)]
        for each in ([run.errors for run in runs], [run.seconds for run in runs])
    )
    for_all = median(run.full_seconds for run in runs)
    quicker = speed_ups(net, data, scale.choose(11, 3), 1_000)
    fewer = len(data) / 10
    repetitions = runs[0].repetitions
    by_size = ", ".join(
        f"m = {count(m)}: {error:.3g}" for m, error in zip(sizes, errors, strict=True)
    )
    return Result(
        f"After one epoch ({seeds_named(seeds)}), error of the estimate as a multiple of the "
        f"gradient's length, root mean square of {repetitions[-1]} to {count(repetitions[0])} "
        f"mini-batches{', median of the seeds' if seeds > 1 else ''}: {by_size}. It falls as m to "
        f"the power {between(slopes)}; 1/√m would be −0.5. Of the estimates with m = 10, "
        f"{share_spread(downhill, 0)} point downhill. Ten of {count(len(data))} examples are "
        f"{count(fewer)} times fewer: example by example that is {ranged(quicker, ',.0f')} times "
        f"quicker in {len(quicker)} trials, in processor time; with matrices, which make large "
        f"batches cheap, {for_all / seconds[1]:,.0f} times.",
        None if scale.quick else estimates_agree(slopes, quicker, fewer),
        {
            "sizes": list(sizes),
            "repetitions": repetitions,
            "errors": [run.errors for run in runs],
            "downhill": [run.downhill for run in runs],
            "seconds": seconds,
            "seconds_for_all": for_all,
            "speed_ups_one_by_one": quicker,
            "slopes": slopes,
            "examples": len(data),
        },
        [
            draw_error(
                sizes,
                {"measured": errors},
                ylabel="relative error of the gradient",
                alt="Error of the estimated gradient against the size of the mini-batch, both axes "
                f"logarithmic, beside a line that falls as 1/√m: {by_size}.",
            ),
            draw_error(
                [*sizes, len(data)],
                {"with matrices": [*seconds, for_all]},
                ylabel="seconds for one estimate",
                slope=1.0,
                slope_name="∝ m",
                alt="Time for one estimate against the size of the mini-batch, both axes "
                f"logarithmic, beside a line that grows as m: from {seconds[0]:.1g} to "
                f"{for_all:.1g} seconds.",
            ),
        ],
    )


def speed_ups(net: Network, data: Dataset, trials: int, examples: int) -> list[float]:
    """Return how many times quicker ten examples are than all, one by one; measured several times.

    Each trial goes through some examples once, which tells what all take, and makes estimates of
    ten examples, each drawn anew, with as many examples in all. The two are timed in processor
    time, right after each other: whatever else the machine does, waits and changes of its pace
    concern both.

    Args:
        net: whose gradients.
        data: all the examples.
        trials: how often.
        examples: in each half of a trial; a multiple of ten.
    """
    rng = np.random.default_rng(0)
    desired = np.eye(net.sizes[-1])[data.labels]

    def work(samples: Array) -> float:
        start = process_time()
        for sample in samples:
            for k in sample:
                net.backprop(data.rows[k], desired[k])
        return (process_time() - start) / len(samples)

    found = []
    for _ in range(trials):
        through = rng.permutation(len(data))[np.newaxis, :examples]
        tens = [rng.choice(len(data), 10, replace=False) for _ in range(examples // 10)]
        found.append(work(through) / examples * len(data) / work(np.array(tens)))
    return found


def estimates_agree(slopes: Sequence[float], quicker: Sequence[float], fewer: float) -> bool:
    """Return whether mini-batches do what the chapter says.

    The error must fall as 1/√m, which statistics demand: the power be within 0.1 of −0.5 for every
    seed. And ten examples must be as many times quicker as they are fewer. That is arithmetic, so
    the measurement can only be off by the clock and the cache; the median of the trials may be so
    by a fifth.

    Args:
        slopes: the power of m with which the error falls, by seed.
        quicker: times, by trial.
        fewer: how many times fewer ten examples are.

    >>> estimates_agree([-0.48, -0.52], [4_900, 5_100, 9_000], 5_000)  # one trial was disturbed
    True
    >>> estimates_agree([-0.48, -0.52], [2_400, 2_500, 2_600], 5_000)
    False
    """
    powers = all(abs(slope + 0.5) < 0.1 for slope in slopes)  # noqa: PLR2004
    return powers and abs(median(quicker) / fewer - 1) < 0.2  # noqa: PLR2004


# Row G10: stochastic gradient descent


def _run_g10(scale: Scale) -> Result:
    data, seeds = images(scale), scale.choose(scale.seeds, 1)
    few = data.training[:1_000]
    mean, total = epoch_by_hand(few, "mean", 3.0), epoch_by_hand(few, "sum", 0.3)
    epochs = scale.choose(10, 2)
    runs = {
        f"m = {count(m)}": [
            train([784, 30, 10], data.training, data.validation, epochs=epochs, m=m, seed=seed)
            for seed in range(seeds)
        ]
        for m in (10, 100, len(data.training))
    }
    last = {name: [run.last for run in of_m] for name, of_m in runs.items()}
    stochastic, *_, full = last.values()
    total_images = len(data.validation)
    # Weights are float32, near 1: a hundred steps round off about so much.
    agrees = max(mean, total) < 1e-4 and min(stochastic) > max(full)  # noqa: PLR2004
    steps = epochs * len(data.training) // 10
    return learning_result(
        "An epoch of 1,000 images by `SGD`, and the same by hand (shuffle, cut into tens, add up "
        f"the gradients one by one), end in weights that differ by {mean:.0e} at most; with the "
        f"sum of the gradients and η = 0.3, instead of their mean and η = 3.0, by {total:.0e}; "
        f"both are rounding. In {epochs} epochs mini-batches of ten take {count(steps)} steps and "
        f"read, of {count(total_images)} validation images, {spread(stochastic)}; the whole "
        f"gradient takes {epochs} steps and reads {spread(full)} ({seeds_named(seeds)}).",
        agrees,
        {name: by_epoch(of_m) for name, of_m in runs.items()},
        total_images,
        numbers={"difference_by_mean": mean, "difference_by_sum": total},
        judges="validation",
    )


def epoch_by_hand(data: Dataset, reduction: str, eta: float) -> float:
    """Return how far an epoch by hand ends from one by `SGD`: the largest difference of a weight.

    By hand: shuffle, partition into mini-batches of ten, and for each take the step of equations
    (20) and (21), with gradients computed example by example. The order is that of the network's
    own generator, so the two differ by rounding only.

    Args:
        data: the examples.
        reduction: "mean" for η/m, "sum" for η.
        eta: the learning rate η.
    """
    from numerist.mnist_loader import vectorized_result
    from numerist.network import Network

    net, other = Network([784, 30, 10], seed=0), Network([784, 30, 10], seed=0)
    net.SGD(data, 1, 10, eta, reduction=reduction, engine="numpy", on_epoch=_quiet)
    order = other.rng.permutation(len(data))
    for start in range(0, len(data), 10):
        batch = order[start : start + 10]
        rate = eta / len(batch) if reduction == "mean" else eta
        gradients = [
            other.backprop(data.rows[k], vectorized_result(int(data.labels[k]))) for k in batch
        ]
        for layer in range(2):
            other.biases[layer] -= np.float32(rate) * sum(g[0][layer] for g in gradients)
            other.weights[layer] -= np.float32(rate) * sum(g[1][layer] for g in gradients)
    return _distance(net, other)


def _distance(one: Network, other: Network) -> float:
    """Return the largest difference of two weights or biases in the same place."""
    pairs = zip((*one.weights, *one.biases), (*other.weights, *other.biases), strict=True)
    return max(float(np.abs(a - b).max()) for a, b in pairs)


def _quiet(_epoch: int, _right: int | None, _total: int | None) -> None:
    """Print nothing."""


# Row G11: online learning


def _run_g11(scale: Scale) -> Result:
    from numerist.chapter.figures import draw_bars

    data, seeds = images(scale), scale.choose(scale.seeds, 1)
    rates = scale.choose((0.1, 0.3, 1.0, 3.0, 10.0), (0.3, 3.0))
    few = data.training[: scale.choose(10_000, 500)]
    chosen: dict[int, float] = {}
    for m in (1, 20):  # each with the rate that suits it, by the validation images
        tried = {
            eta: train([784, 30, 10], few, data.validation, epochs=1, m=m, eta=eta).last
            for eta in rates
        }
        chosen[m] = max(tried, key=lambda eta: tried[eta])
    epochs = scale.choose(4, 1)
    learn = data.training[: scale.choose(50_000, 1_000)]
    runs: dict[int, list[Run]] = {
        m: [
            train([784, 30, 10], learn, data.test, epochs=epochs, m=m, eta=eta, seed=seed)
            for seed in range(seeds)
        ]
        for m, eta in chosen.items()
    }
    seconds = {m: median(run.seconds / epochs for run in of_m) for m, of_m in runs.items()}
    last = {m: [run.last for run in of_m] for m, of_m in runs.items()}
    total = len(data.test)
    names = {1: f"m = 1, η = {chosen[1]:g}", 20: f"m = 20, η = {chosen[20]:g}"}
    return learning_result(
        f"Each with the rate that did best on validation images (out of {len(rates)} after one "
        f"epoch of {count(len(few))}): m = 1 with η = {chosen[1]:g} takes {seconds[1]:.2f} s an "
        f"epoch, m = 20 with η = {chosen[20]:g} {seconds[20]:.2f} s. Right of {count(total)} test "
        f"images after {words(epochs, 'epoch')}, {seeds_named(seeds)}: {spread(last[1])} against "
        f"{spread(last[20])}. In favour of m = 1: it learns from every single example at once, and "
        "needs no others to wait for. Against it: each step follows one example's noise (the "
        f"rate that did best is {chosen[1]:g}, and {chosen[20]:g} with m = 20), and matrices can't "
        "do many examples at a time.",
        None,  # the chapter asks for an advantage and a disadvantage, and gives no figure
        {names[m]: by_epoch(of_m) for m, of_m in runs.items()},
        total,
        numbers={
            "rates": {str(m): eta for m, eta in chosen.items()},
            "seconds_per_epoch": {str(m): value for m, value in seconds.items()},
        },
        pictures=[
            draw_bars(
                list(names.values()),
                [round(seconds[m], 3) for m in names],
                label="seconds an epoch",
                horizontal=True,
                alt=f"An epoch takes {seconds[1]:.2f} seconds one by one, {seconds[20]:.2f} in "
                "mini-batches of 20.",
            ),
        ],
    )


ROWS: tuple[Row, ...] = (
    Row(
        "G1",
        "MNIST: the images",
        "A network learns from examples: scanned handwritten digits, each with the digit that was "
        "meant. Some are kept apart, to see how it reads what it never saw.",
        "60,000 and 10,000 greyscale images of 28×28 pixels. Of the 60,000, 50,000 are to learn "
        "from and 10,000 are the validation set; the other 10,000 are the test.",
        """\
import numerist
from numerist.image.show import terminal_sheet

training, validation, test = numerist.load_mnist()
print(training.images.shape, validation.images.shape, test.images.shape)
print(terminal_sheet(training.images[:4], [str(d) for d in training.labels[:4]], unicode=False))
""",
        _run_g1,
        seconds=2,
    ),
    Row(
        "G2",
        "The desired output",
        "For each image the network is told what its ten outputs should be: 1 for the digit that "
        "was written, 0 for the other nine.",
        "y(x) is a ten-dimensional column: for a 6 it is (0, 0, 0, 0, 0, 0, 1, 0, 0, 0).",
        """\
from numerist.mnist_loader import vectorized_result

print(vectorized_result(6).T)
""",
        _run_g2,
    ),
    Row(
        "G3",
        "The cost",
        "One number says how far the outputs are from what they should be: half the squared "
        "distance, averaged over the examples. To learn is to make it small.",
        "C(w, b) = 1/(2n) Σ ‖y(x) − a‖², equation (6): never negative, and near 0 when the outputs "
        "are right for all the examples.",
        """\
import numerist
from numerist.chapter.rows.learning import cost_by_hand

training, _, _ = numerist.load_mnist()
net = numerist.Network([784, 30, 10], seed=0)
print("before:", net.total_cost(training[:500]), cost_by_hand(net, training[:500]))
net.SGD(training[:5000], 3, 10, 3.0)
print("after: ", net.total_cost(training[:500]), cost_by_hand(net, training[:500]))
""",
        _run_g3,
        seconds=8,
    ),
    Row(
        "G9",
        "A mini-batch estimates the gradient",
        "The gradient is a mean over all examples, and a mean can be estimated from a sample, as "
        "in a poll. A small sample is a rough guide, and costs a tiny part of the work.",
        "A sample of m gradients has about the mean of all n, equations (18) and (19). With m = 10 "
        "of n = 60,000 the estimate is 6,000 times quicker.",
        """\
import numerist
from numerist.chapter.rows.learning import estimate_gradients

training, _, _ = numerist.load_mnist()
net = numerist.Network([784, 30, 10], seed=0)
found = estimate_gradients(net, training[:5000], sizes=(1, 10, 100, 1000))
for m, error, seconds in zip(found.sizes, found.errors, found.seconds):
    print(f"m = {m}: relative error {error:.3f}, {1000 * seconds:.2f} ms")
""",
        _run_g9,
        seconds=12,
    ),
    Row(
        "G10",
        "Stochastic gradient descent",
        "Shuffle the examples, cut them into mini-batches, and take a step for each: that is an "
        "epoch. Many rough steps get further than a few exact ones.",
        "Equations (20) and (21): w → w − η/m Σ ∂C/∂w over the mini-batch, the same for b. Some "
        "leave out the 1/m, which only rescales η.",
        """\
import numerist

training, validation, _ = numerist.load_mnist()
for m in (10, 100, 10000):
    net = numerist.Network([784, 30, 10], seed=0)
    net.SGD(training[:10000], 3, m, 3.0, on_epoch=lambda *counts: None)
    print(f"m = {m}: {net.evaluate(validation)} of 10000")
""",
        _run_g10,
        seconds=40,
    ),
    Row(
        "G11",
        "Exercise: online learning",
        "With mini-batches of one, the network learns from each example alone, as soon as it sees "
        "it. Larger mini-batches average the noise away, and let matrices do many examples at "
        "once.",
        "An advantage and a disadvantage of m = 1 against m = 20 are to be named. No figures are "
        "given.",
        """\
import time
import numerist

training, validation, _ = numerist.load_mnist()
for m, eta in ((1, 0.3), (20, 3.0)):
    net = numerist.Network([784, 30, 10], seed=0)
    start = time.perf_counter()
    net.SGD(training[:5000], 2, m, eta, on_epoch=lambda *counts: None)
    print(f"m = {m}: {time.perf_counter() - start:.2f} s, {net.evaluate(validation)} of 10000")
""",
        _run_g11,
        seconds=90,
    ),
)
