"""Rows E6, E7, E9, E10 and E11: what the chapter's results are to be measured against."""
# ruff: noqa: PLC0415  (what a row needs loads when the row runs)

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from numerist.chapter.row import Result, Row, Scale
from numerist.chapter.rows.experiments import lost_digits, spread_at_start
from numerist.chapter.training import (
    Images,
    answers,
    count,
    images,
    seeds_named,
    share_spread,
    spread,
    train,
    words,
)
from numerist.data import Dataset

if TYPE_CHECKING:
    from collections.abc import Callable

    from numerist.diagnosis import Finding
    from numerist.neurons.activations import Array


# Row E6: no hidden layer


def _run_e6(scale: Scale) -> Result:
    from numerist.chapter.figures import draw_learning_curves, draw_weights

    data, seeds = images(scale), scale.choose(scale.seeds, 1)
    epochs = scale.choose(15, 2)
    runs = {
        cost: [
            train(
                [784, 10],
                data.training,
                data.test,
                epochs=epochs,
                eta=eta,
                seed=seed,
                cost=cost,
            )
            for seed in range(seeds)
        ]
        for cost, eta in (("quadratic", 3.0), ("cross-entropy", 0.5))
    }
    last = {cost: [run.last for run in of_cost] for cost, of_cost in runs.items()}
    lost = [lost_digits(run.net, data.validation) for run in runs["quadratic"]]
    starts = [spread_at_start([784, 10], seed, data.validation) for seed in range(seeds)]
    total = len(data.test)
    net = runs["cross-entropy"][0].net
    return Result(
        f"Right of {count(total)} after {epochs} epochs, {seeds_named(seeds)}: "
        f"{spread(last['quadratic'])} with the chapter's cost and η = 3.0. Those runs lose "
        f"{share_spread([len(digits) / 10 for digits in lost], 0)} of the ten digits, as in "
        f"row E2: before learning, {share_spread([start['saturated'] for start in starts], 0)} of "
        "the outputs are below 0.01 or above 0.99. With cross-entropy and η = 0.5: "
        f"{spread(last['cross-entropy'])}.",
        None,  # the chapter asks, and gives no figure
        {
            "right": {cost: [run.right for run in of_cost] for cost, of_cost in runs.items()},
            "lost_digits": lost,
            "starts": starts,
            "total": total,
        },
        [
            draw_learning_curves(
                {cost: [run.shares for run in of_cost] for cost, of_cost in runs.items()},
                alt=f"Accuracy by epoch without a hidden layer, {seeds_named(seeds)}: "
                + ", ".join(
                    f"it ends at {share_spread([n / total for n in of_cost])} with {name}"
                    for name, of_cost in zip(
                        ("the quadratic cost", "cross-entropy"), last.values(), strict=True
                    )
                )
                + ".",
            ),
            draw_weights(
                _inked(net.weights[0], data.training),
                [str(digit) for digit in range(10)],
                alt="The weights of the ten outputs as pictures: blurred shapes of the digits, "
                "blue where ink speaks for the digit, red where it speaks against.",
            ),
        ],
    )


def _inked(weights: Array, data: Dataset) -> Array:
    """Return weights as pictures, 0 for pixels that are paper almost always: they don't learn."""
    shown = data.images.mean(axis=0) > 0.02  # noqa: PLR2004
    pictures: Array = weights.reshape(-1, *shown.shape) * shown
    return pictures


# Row E7: baselines


def _run_e7(scale: Scale) -> Result:
    from numerist.baselines import SVM, AverageDarkness, Chance, TunedSVM
    from numerist.chapter.figures import draw_bars, draw_digits

    said_dark, said_svm, said_tuned = 2225, 9435, 9850
    everything = images(Scale())  # darkness takes no time
    few = images(scale)
    few = Images(few.training[: scale.choose(50_000, 300)], few.validation, few.test)
    darkness = AverageDarkness()
    right: dict[str, float] = {}
    chance = [_right(Chance(random_state=seed), everything) for seed in range(scale.seeds)]
    right["chance"] = median(chance)
    right["average darkness"] = _right(darkness, everything)
    start = perf_counter()
    right["SVM, defaults of its day"] = svm = _right(SVM(), few)
    middle = perf_counter()
    right["SVM, tuned"] = tuned = _right(TunedSVM(), few)
    seconds = [middle - start, perf_counter() - middle]
    agrees = (
        right["average darkness"] == said_dark
        and all(abs(n - 1000) <= 90 for n in chance)  # three standard errors  # noqa: PLR2004
        and (scale.quick or (svm == said_svm and tuned > said_tuned))
    )
    totals = [10_000, 10_000, len(few.test), len(few.test)]
    means = np.array(
        [everything.training.images[everything.training.labels == d].mean(0) for d in range(10)]
    )
    return Result(
        f"Right of 10,000: chance {spread(chance)} ({seeds_named(scale.seeds)}), average darkness "
        f"{count(right['average darkness'])}. Trained on {count(len(few.training))} images, right "
        f"of {count(len(few.test))}: SVM with C = 1, γ = 1/784 and pixels divided by 256 "
        f"{count(svm)} in {seconds[0]:.0f} s; SVM tuned on the validation images (digits set "
        f"upright, C = 5, γ = 0.025) {count(tuned)} in {seconds[1]:.0f} s. The other three "
        "have nothing random in them.",
        agrees,
        {
            "right": right,
            "chance": chance,
            "totals": totals,
            "darkness": darkness.darkness_.tolist(),
            "training_images_of_the_svms": len(few.training),
            "seconds_of_the_svms": seconds,
        },
        [
            draw_bars(
                list(right),
                [n / total for n, total in zip(right.values(), totals, strict=True)],
                label="accuracy on the test images",
                shares=True,
                horizontal=True,
                alt="Accuracy of the baselines: "
                + ", ".join(
                    f"{name} {100 * n / total:.2f} percent"
                    for (name, n), total in zip(right.items(), totals, strict=True)
                )
                + ".",
            ),
            draw_bars(
                [str(digit) for digit in range(10)],
                darkness.darkness_,
                label="average darkness",
                shares=True,
                alt="Average darkness of the training images of each digit: the 0 is the darkest, "
                "the 1 the lightest by far.",
            ),
            draw_digits(
                means,
                [f"{100 * dark:.1f} %" for dark in darkness.darkness_],
                alt="The average image of each digit, 0 to 9, with its average darkness.",
            ),
        ],
    )


def _right(classifier: Any, data: Images) -> int:
    """Return how many test images a classifier gets right once it has learnt."""
    classifier.fit(data.training.rows, data.training.labels)
    return int((classifier.predict(data.test.rows) == data.test.labels).sum())


# Row E9: hard images


def _run_e9(scale: Scale) -> Result:
    from numerist.chapter.figures import draw_confusion, draw_digits

    data, seeds = images(scale), scale.choose(max(scale.seeds, 2), 2)
    runs = [
        train(
            [784, 100, 10],
            data.training,
            data.test,
            epochs=scale.choose(15, 1),
            eta=0.5,
            seed=seed,
            cost="cross-entropy",
        )
        for seed in range(seeds)
    ]
    given = np.array([answers(run.net, data.test) for run in runs])
    wrong = given != data.test.labels
    by_all = np.flatnonzero(wrong.all(axis=0))
    doubt = np.mean([_margins(run.net.feedforward(data.test.rows.T), data.test) for run in runs], 0)
    shown = by_all[np.argsort(doubt[by_all], kind="stable")][:24]
    truth = data.test.labels[shown]
    captions = [
        f"{digit} → {'/'.join(dict.fromkeys(map(str, given[:, index].tolist())))}"
        for index, digit in zip(shown, truth, strict=True)
    ]
    confusion = np.zeros((10, 10), dtype=int)
    np.add.at(confusion, (data.test.labels, given[0]), 1)
    each = wrong.sum(axis=1).tolist()
    return Result(
        f"Networks [784, 100, 10] trained with cross-entropy misread {spread(each)} of "
        f"{count(len(data.test))} test images ({seeds_named(seeds)}); {count(len(by_all))} images "
        f"are misread by all of them, which are the hard ones. Shown are {len(shown)}, the "
        "truth and then the answers, those first where the networks were surest of what is wrong.",
        None,  # the chapter's 18 are those of better networks
        {
            "misread": each,
            "misread_by_all": by_all.tolist(),
            "answers": given[:, by_all].T.tolist(),
            "truth": data.test.labels[by_all].tolist(),
            "confusion": confusion.tolist(),
        },
        [
            draw_digits(
                data.test.images[shown],
                captions,
                alt="Test images that all networks misread, with the true digit and the answers: "
                + ", ".join(captions)
                + ".",
            ),
            draw_confusion(
                confusion,
                alt="True digits against the answers of the network of seed 0; the most frequent "
                f"mistake takes {_worst(confusion)}.",
            ),
        ],
    )


def _margins(outputs: Array, data: Dataset) -> Array:
    """Return by how much the right output (10, n) exceeds the largest other one, (n,)."""
    columns = np.arange(len(data))
    right = outputs[data.labels, columns]
    others = outputs.copy()
    others[data.labels, columns] = -np.inf
    margins: Array = right - others.max(axis=0)
    return margins


def _worst(confusion: Array) -> str:
    """Return the most frequent mistake in words.

    >>> _worst(np.array([[5, 2], [1, 9]]))
    'a 0 for a 1'
    """
    wrong = confusion - np.diag(np.diag(confusion))
    true, answer = divmod(int(wrong.argmax()), len(wrong))
    return f"a {true} for a {answer}"


# Row E10: more data


def _run_e10(scale: Scale) -> Result:
    from numerist.chapter.figures import draw_ladder

    sizes = scale.choose((100, 300, 1_000, 3_000, 10_000, 50_000), (100, 500, 2_000))
    seen = scale.choose(500_000, 6_000)  # examples, each as often as that allows
    data, seeds = images(scale), scale.choose(scale.seeds, 1)
    right = [[_learn_from(size, seen, seed, data) for size in sizes] for seed in range(seeds)]
    total = len(data.test)
    medians = [median(column) for column in zip(*right, strict=True)]
    # More examples must never make it worse by more than chance does.
    margin = 0.005 * total
    agrees = (
        all(after > before - margin for before, after in pairwise(medians))
        and medians[-1] > medians[0]
    )
    by_size = ", ".join(
        f"{count(size)}: {100 * middle / total:.1f} %"
        for size, middle in zip(sizes, medians, strict=True)
    )
    return Result(
        f"[784, 30, 10], m = 10, η = 3.0, accuracy on {count(total)} test images, median of "
        f"{seeds_named(seeds)}, by the number of training images: {by_size}. Every network saw "
        f"{count(seen)} examples in all, so that only the variety differs, not the work. Over the "
        f"seeds, {spread([r[0] for r in right])} test images are right with the fewest training "
        f"images, {spread([r[-1] for r in right])} with the most.",
        None if scale.quick else agrees,
        {"sizes": list(sizes), "right": right, "total": total, "examples_seen": seen},
        [
            draw_ladder(
                sizes,
                {"30 hidden neurons": [[n / total for n in row] for row in right]},
                xlabel="training images",
                alt="Accuracy against the number of training images, on a logarithmic axis: "
                f"from {100 * medians[0] / total:.0f} to "
                f"{100 * medians[-1] / total:.0f} percent.",
            )
        ],
    )


def _learn_from(size: int, seen: int, seed: int, data: Images) -> int:
    """Return test images right after learning from the first `size` images only."""
    from numerist.network import Network

    net = Network([784, 30, 10], seed=seed)
    net.SGD(data.training[:size], seen // size, 10, 3.0, on_epoch=lambda *_: None)
    return net.evaluate(data.test)


# Row E11: debugging


@dataclass(frozen=True, slots=True)
class Fault:
    """A training run made wrong on purpose, and the cause that is to be found.

    Attributes:
        cause: its name in `numerist.diagnosis.Cause`; None for a run that is right.
        sizes: neurons in each layer.
        eta: the learning rate.
        epochs: how many; None for as many as a good run has.
        images: how many to learn from; None for all.
        spoil: changes the images and labels, or nothing.
        weights: what the first weights and biases are multiplied by.
    """

    cause: str | None
    sizes: tuple[int, ...] = (784, 30, 10)
    eta: float = 3.0
    epochs: int | None = None
    images: int | None = None
    spoil: Callable[[Dataset], Dataset] | None = None
    weights: float = 1.0


def _shuffled(data: Dataset) -> Dataset:
    """Give each image the label of another."""
    return Dataset(data.images, np.random.default_rng(0).permutation(data.labels))


def _as_bytes(data: Dataset) -> Dataset:
    """Leave the pixels at 0…255."""
    return Dataset(data.images * np.float32(255), data.labels)


FAULTS: dict[str, Fault] = {
    "η = 100": Fault("RATE_TOO_HIGH", eta=100.0),
    "η = 0.001": Fault("RATE_TOO_LOW", eta=0.001),
    "weights all zero": Fault("INITIALISATION", weights=0.0),
    "weights × 10": Fault("INITIALISATION", weights=10.0),
    "50 images": Fault("TOO_LITTLE_DATA", images=50),
    "labels shuffled": Fault("LABELS", spoil=_shuffled),
    "2 epochs, η = 0.3": Fault("TOO_FEW_EPOCHS", eta=0.3, epochs=2),
    "pixels 0 to 255": Fault("INPUTS", spoil=_as_bytes),
    "100 hidden": Fault("DEAD_OUTPUTS", sizes=(784, 100, 10)),
}


def find_fault(
    fault: Fault, data: Images, epochs: int, seed: int = 0
) -> tuple[list[Finding], list[float]]:
    """Train a network with a fault, watched; return what is found, and accuracy by epoch.

    The images to learn from and those to choose by are spoilt alike; the test images stay out.
    """
    from numerist.diagnosis import Observer, diagnose
    from numerist.network import Network

    training, validation = data.training[: fault.images], data.validation
    if fault.spoil is not None:
        training, validation = fault.spoil(training), fault.spoil(validation)
    net = Network(fault.sizes, seed=seed)
    for array in (*net.weights, *net.biases):
        array *= np.float32(fault.weights)  # noqa: PLW2901  (in place)
    observer = Observer(net, training, validation, eta=fault.eta)
    net.SGD(training, fault.epochs or epochs, 10, fault.eta, on_epoch=observer)
    record = observer.record()
    return diagnose(record), [moment.validation_accuracy for moment in record.snapshots]


def _run_e11(scale: Scale) -> Result:
    from numerist.chapter.figures import draw_learning_curves

    data, epochs = images(scale), scale.choose(10, 2)
    some = scale.choose(list(FAULTS), ["η = 100", "weights all zero", "pixels 0 to 255"])
    found, curves, named = {}, {}, []
    for name in some:
        findings, curves[name] = find_fault(FAULTS[name], data, epochs, seed=1)
        found[name] = [str(finding) for finding in findings]
        if findings and findings[0].cause.name == FAULTS[name].cause:
            named.append(name)
    # Two epochs are too few for a good run as well: it would be blamed for that, and rightly.
    good = [
        find_fault(Fault(None), data, epochs, seed) for seed in range(scale.choose(scale.seeds, 0))
    ]
    silent = sum(not findings for findings, _ in good)
    missed = [name for name in some if name not in named]
    agrees = not missed and silent == len(good)
    quiet = ""
    if good:
        curves["nothing wrong"] = good[0][1]
        quiet = (
            f" Of {words(len(good), 'run')} with nothing wrong ({seeds_named(len(good))}, "
            f"{words(epochs, 'epoch')}), nothing was said of {silent}."
        )
    says = found["η = 100"][0] if found["η = 100"] else "nothing"
    longest = max(map(len, curves.values()))
    padded = {
        name: [*curve, *curve[-1:] * (longest - len(curve))] for name, curve in curves.items()
    }
    return Result(
        f"Of {words(len(some), 'run')} made wrong on purpose (seed 1), the cause was named in "
        f"{len(named)}"
        + (f": {', '.join(named)}" if named else "")
        + (f"; not in: {', '.join(missed)}" if missed else "")
        + f".{quiet} For η = 100 it says: “{says}”",
        None if scale.quick else agrees,
        {
            "found": found,
            "found_in_good_runs": [[str(f) for f in findings] for findings, _ in good],
            "validation_accuracy": curves,
        },
        [
            draw_learning_curves(
                padded,
                xlabel="epochs done",
                ylabel="accuracy on validation images",
                alt="Accuracy by epoch of the runs made wrong on purpose, each with its last "
                f"value: {', '.join(f'{name} {100 * c[-1]:.0f} %' for name, c in curves.items())}. "
                "A run that stopped early is drawn on as a level line.",
            )
        ],
    )


ROWS: tuple[Row, ...] = (
    Row(
        "E6",
        "Exercise: no hidden layer",
        "The ten outputs look straight at the pixels, so each can only add up ink for and against "
        "its digit. That reads far more than chance, and less than a hidden layer does.",
        "A network [784, 10] is to be trained; which accuracy can it achieve? No figure is given.",
        """\
import numerist

training, validation, test = numerist.load_mnist()
net = numerist.Network([784, 10], cost="cross-entropy", seed=0)
net.SGD(training[:10000], 3, 10, 0.5, test_data=test)
""",
        _run_e6,
        seconds=25,
    ),
    Row(
        "E7",
        "Baselines: chance, darkness, support vector machines",
        "A figure means something beside others. Guessing is right one time in ten; to know how "
        "dark an image is helps a little; a support vector machine is a serious rival.",
        "Chance 10 %; average darkness 2,225 of 10,000; an SVM with scikit-learn's defaults of "
        "that day 9,435; a tuned one above 98.5 %.",
        """\
import numerist
from numerist.baselines import SVM, AverageDarkness

training, validation, test = numerist.load_mnist()
dark = AverageDarkness().fit(training.images, training.labels)
print((dark.predict(test.images) == test.labels).sum(), "of 10000 by darkness")
svm = SVM().fit(training.images[:2000], training.labels[:2000])  # all 50,000 take minutes
print((svm.predict(test.images[:1000]) == test.labels[:1000]).sum(), "of 1000 by SVM")
""",
        _run_e7,
        seconds=720,
    ),
    Row(
        "E9",
        "Hard images",
        "What a network still gets wrong shows where the difficulty lies. Some mistakes are one "
        "network's own; others are made by all, and often a person hesitates there too.",
        "Quite a few test images are hard even for people: 18 misread ones are shown. The best "
        "networks of 2013 get all but 21 of 10,000 right.",
        """\
import numpy as np
import numerist
from numerist.image.show import terminal_sheet

training, validation, test = numerist.load_mnist()
net = numerist.Network([784, 30, 10], cost="cross-entropy", seed=0)
net.SGD(training[:10000], 3, 10, 0.5, on_epoch=lambda *counts: None)
answers = net.feedforward(test.rows.T).argmax(axis=0)
wrong = np.flatnonzero(answers != test.labels)[:4]
captions = [f"{test.labels[i]} read as {answers[i]}" for i in wrong]
print(terminal_sheet(test.images[wrong], captions, unicode=False))
""",
        _run_e9,
        seconds=40,
    ),
    Row(
        "E10",
        "More data",
        "The same network, the same rate, the same number of steps, and only the number of "
        "different examples grows: from a hundred to the 50,000 that MNIST has.",
        "A hundred images are a beginning; with thousands, or even millions or billions, of "
        "training examples a recogniser of handwriting gets better.",
        """\
import numerist

training, validation, test = numerist.load_mnist()
for size in (100, 1000, 10000):
    net = numerist.Network([784, 30, 10], seed=0)
    net.SGD(training[:size], 20000 // size, 10, 3.0, on_epoch=lambda *counts: None)
    print(size, net.evaluate(test))
""",
        _run_e10,
        seconds=90,
    ),
    Row(
        "E11",
        "Finding out why a network does not learn",
        "A bad result alone does not say what is wrong. Saturated neurons, gradients layer by "
        "layer, and the costs of training and validation images do: each fault leaves its traces.",
        "Debugging is hard: is it the rate, too low or too high, the first weights, too little "
        "data, too few epochs, or the architecture? It is an art that one has to learn.",
        """\
import numerist
from numerist.diagnosis import Observer, diagnose

training, validation, _ = numerist.load_mnist()
net = numerist.Network([784, 30, 10], seed=0)
observer = Observer(net, training[:5000], validation, eta=100.0)
net.SGD(training[:5000], 3, 10, 100.0, on_epoch=observer)
for finding in diagnose(observer.record()):
    print(finding)
""",
        _run_e11,
        seconds=60,
    ),
)
