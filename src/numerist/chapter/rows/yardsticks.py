"""Rows E6, E7, E9 and E11: what the chapter's results are to be measured against."""
# ruff: noqa: PLC0415  (what a row needs loads when the row runs)

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from numerist.chapter.learning_result import by_epoch, learning_result
from numerist.chapter.row import Result, Row, Scale
from numerist.chapter.rows.experiments import lost_digits, spread_at_start
from numerist.chapter.training import (
    Images,
    answers,
    count,
    images,
    ranged,
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
    from numerist.chapter.figures import draw_weights

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
    likeness = _likeness(net.weights[0], data.training)
    return learning_result(
        f"Right of {count(total)} after {epochs} epochs, {seeds_named(seeds)}: "
        f"{spread(last['quadratic'])} with the chapter's cost and η = 3.0. Those runs lose "
        f"{share_spread([len(digits) / 10 for digits in lost], 0)} of the ten digits, as in "
        f"row E2: before learning, {share_spread([start['saturated'] for start in starts], 0)} of "
        "the outputs are below 0.01 or above 0.99. With cross-entropy and η = 0.5: "
        f"{spread(last['cross-entropy'])}.",
        None,  # the chapter asks, and gives no figure
        {cost: by_epoch(of_cost) for cost, of_cost in runs.items()},
        total,
        numbers={"lost_digits": lost, "starts": starts, "likeness_of_weights": likeness},
        pictures=[
            draw_weights(
                _inked(net.weights[0], data.training),
                [str(digit) for digit in range(10)],
                alt="The weights of the ten outputs as pictures (cross-entropy, seed 0), blue "
                "where ink speaks for the digit, red where it speaks against. Their correlation "
                f"with the average image of the digit, less that of all digits, is "
                f"{ranged(likeness)}.",
            )
        ],
    )


def _likeness(weights: Array, data: Dataset) -> list[float]:
    """Return how far each output's weights look like its digit: a correlation over pixels.

    With the average image of the digit, less that of all digits, where there is ever any ink.
    """
    shown = _has_ink(data)
    everyone = data.images.mean(axis=0)
    return [
        float(np.corrcoef((data.images[data.labels == d].mean(axis=0) - everyone)[shown], w)[0, 1])
        for d, w in enumerate(weights.reshape(-1, *shown.shape)[:, shown])
    ]


def _has_ink(data: Dataset) -> Array:
    """Return which pixels are not paper in almost all images, bool (height, width)."""
    shown: Array = data.images.mean(axis=0) > 0.02  # noqa: PLR2004
    return shown


def _inked(weights: Array, data: Dataset) -> Array:
    """Return weights as pictures, 0 for pixels that are paper almost always: they don't learn."""
    shown = _has_ink(data)
    pictures: Array = weights.reshape(-1, *shown.shape) * shown
    return pictures


# Row E7: baselines


def _run_e7(scale: Scale) -> Result:
    from numerist.baselines import AverageDarkness, Chance
    from numerist.chapter.figures import draw_bars, draw_digits

    said_dark, said_svm, said_tuned = 2225, 9435, 9850
    everything = images(Scale())  # darkness takes no time
    few = _images_for_svms(scale)
    darkness = AverageDarkness()
    right: dict[str, float] = {}
    chance = [_right(Chance(random_state=seed), everything) for seed in range(scale.seeds)]
    right["chance"] = median(chance)
    right["average darkness"] = _right(darkness, everything)
    fits = fit_svms(scale, scale.choose(2, 1))
    (svm, _), (tuned, _) = fits
    seconds = [took for _, took in fits]
    right |= {"SVM, defaults of its day": svm, "SVM, tuned": tuned}
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
                alt="Average darkness of the training images of each digit: the "
                f"{darkness.darkness_.argmax()} is the darkest, {darkness.darkness_.max():.1%}, "
                f"the {darkness.darkness_.argmin()} the lightest, {darkness.darkness_.min():.1%}.",
            ),
            draw_digits(
                means,
                [f"{100 * dark:.1f} %" for dark in darkness.darkness_],
                alt="The average image of each digit, 0 to 9, with its average darkness.",
            ),
        ],
    )


def fit_svms(scale: Scale, processes: int) -> list[tuple[int, float]]:
    """Return for the SVM of the chapter's day and the tuned one: test images right, and seconds.

    Args:
        scale: says how many images they learn from, and how many they are judged by.
        processes: 1 for one after the other; 2 for both at once, the tuned one in a process of its
            own, which ends with this one. The results are the same.
    """
    if processes == 1:
        return [_fit_svm(scale, tuned=False), _fit_svm(scale, tuned=True)]
    from numerist.chapter.processes import companions

    with companions(1) as pool:
        tuned = pool.submit(_fit_svm, scale, tuned=True)
        return [_fit_svm(scale, tuned=False), tuned.result()]


def _fit_svm(scale: Scale, *, tuned: bool) -> tuple[int, float]:
    from numerist.baselines import SVM, TunedSVM

    data = _images_for_svms(scale)
    start = perf_counter()
    right = _right(TunedSVM() if tuned else SVM(), data)
    return right, perf_counter() - start


def _images_for_svms(scale: Scale) -> Images:
    data = images(scale)
    return data._replace(training=data.training[: scale.choose(50_000, 300)])


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


# Row E11: debugging

GOOD_RUNS = 10  # seeds over which the diagnosis must be silent


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
    observer = Observer(net, training, validation, eta=fault.eta, mini_batch_size=10)
    net.SGD(training, fault.epochs or epochs, 10, fault.eta, on_epoch=observer)
    record = observer.record()
    return diagnose(record), [moment.validation_accuracy for moment in record.snapshots]


def _run_e11(scale: Scale) -> Result:
    from numerist.chapter.figures import draw_learning_curves

    data, epochs, seeds = images(scale), scale.choose(10, 2), scale.choose(scale.seeds, 1)
    some = scale.choose(list(FAULTS), ["η = 100", "weights all zero", "pixels 0 to 255"])
    found = {
        name: [find_fault(FAULTS[name], data, epochs, seed) for seed in range(seeds)]
        for name in some
    }
    named = {
        name: sum(bool(f) and f[0].cause.name == FAULTS[name].cause for f, _ in of_fault)
        for name, of_fault in found.items()
    }
    # Two epochs are too few for a good run as well: it would be blamed for that, and rightly.
    good_epochs = 30
    good = [
        find_fault(Fault(None), data, good_epochs, seed)
        for seed in range(scale.choose(max(scale.seeds, GOOD_RUNS), 0))
    ]
    silent = sum(not findings for findings, _ in good)
    curves = {name: [curve for _, curve in of_fault] for name, of_fault in found.items()}
    quiet = ""
    if good:
        curves["nothing wrong"] = [curve for _, curve in good]
        quiet = (
            f" Of {words(len(good), 'run')} with nothing wrong ({count(len(data.training))} "
            f"images, {words(good_epochs, 'epoch')}, {seeds_named(len(good))}), nothing was said "
            f"of {silent}."
        )
    first = found["η = 100"][0][0]
    ends = "; ".join(
        f"{name} {share_spread([run[-1] for run in of_name], 0)}"
        for name, of_name in curves.items()
    )
    return Result(
        f"{_tally(named, seeds)}{quiet} For η = 100 it says: “{first[0] if first else 'nothing'}”",
        None if scale.quick else set(named.values()) == {seeds} and silent == len(good),
        {
            "found": {
                name: [[str(finding) for finding in findings] for findings, _ in of_fault]
                for name, of_fault in found.items()
            },
            "found_in_good_runs": [[str(f) for f in findings] for findings, _ in good],
            "validation_accuracy": curves,
        },
        [
            draw_learning_curves(
                curves,
                xlabel="epochs done",
                ylabel="accuracy on validation images",
                alt="Accuracy by epoch of the runs made wrong on purpose"
                f"{' and of those with nothing wrong' if good else ''}. At the end: {ends}.",
            )
        ],
    )


def _tally(named: dict[str, int], seeds: int) -> str:
    """Say for how many runs of each fault the cause was named.

    >>> _tally({"η = 100": 2, "50 images": 1}, seeds=2)
    'Of 4 runs made wrong on purpose (2 faults, seeds 0 to 1), the cause was named in 3: η = 100; \
not always: 50 images (1 of 2).'
    """
    always = [name for name, times in named.items() if times == seeds]
    rest = [f"{name} ({times} of {seeds})" for name, times in named.items() if times < seeds]
    return (
        f"Of {words(seeds * len(named), 'run')} made wrong on purpose "
        f"({words(len(named), 'fault')}, {seeds_named(seeds)}), the cause was named in "
        f"{sum(named.values())}"
        + (f": {', '.join(always)}" if always else "")
        + (f"; not always: {', '.join(rest)}" if rest else "")
        + "."
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
        seconds=450,
        processes=2,
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
observer = Observer(net, training[:5000], validation, eta=100.0, mini_batch_size=10)
net.SGD(training[:5000], 3, 10, 100.0, on_epoch=observer)
for finding in diagnose(observer.record()):
    print(finding)
""",
        _run_e11,
        seconds=70,
    ),
)
