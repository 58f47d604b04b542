"""Rows E1 to E5: the chapter's own experiments, with its rates and with worse ones."""
# ruff: noqa: PLC0415  (what a row needs loads when the row runs)

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from numerist.chapter.learning_result import by_epoch, learning_result
from numerist.chapter.row import Result, Row, Scale
from numerist.chapter.training import (
    Run,
    answers,
    count,
    images,
    recall,
    seeds_named,
    share_spread,
    spread,
    train,
    words,
)

if TYPE_CHECKING:
    from numerist.data import Dataset
    from numerist.network import Network

CHANCE_ERROR = 50  # images: two standard errors of 95 % of 10,000, and a little for the seeds
LOST = 0.1  # a digit is lost if less than this share of its images is read: no better than chance


# Row E1: 30 hidden neurons


def _run_e1(scale: Scale) -> Result:
    said_first, said_best = 9129, 9542
    data, seeds = images(scale), scale.choose(scale.seeds, 2)
    runs = [
        train([784, 30, 10], data.training, data.test, epochs=scale.choose(30, 3), seed=seed)
        for seed in range(seeds)
    ]
    first, last, best = _of(runs, "first"), _of(runs, "last"), _of(runs, "best")
    three = max(best[:3])
    total = runs[0].total
    # The first epoch is noisier: weights move fast there. Three times the margin, for the median.
    agrees = (
        abs(three - said_best) <= CHANCE_ERROR
        and abs(median(first) - said_first) <= 3 * CHANCE_ERROR
    )
    return learning_result(
        f"Right of {count(total)} test images, {seeds_named(seeds)}: after epoch 0 "
        f"{spread(first)}, after the last epoch {spread(last)}. Choosing the best epoch of each "
        f"run, as the chapter does, gives {spread(best)}, and {count(three)} for the best of the "
        f"first {min(seeds, 3)} runs; that choice looks at the test images, so only the last "
        "epoch counts as a result.",
        None if scale.quick else agrees,
        {"30 hidden neurons": by_epoch(runs)},
        total,
        numbers={"best_of_three": three, "seconds": [run.seconds for run in runs]},
        references=None if scale.quick else {"the chapter's best": said_best / 10_000},
    )


# Row E2: 100 hidden neurons


def _run_e2(scale: Scale) -> Result:
    data, seeds = images(scale), scale.choose(scale.seeds, 1)
    epochs, shorter = scale.choose(30, 2), scale.choose(10, 2)
    runs, lost, starts, errors, signals = [], [], [], [], []
    rescued, rescued_lost = [], []
    for seed in range(seeds):
        starts.append(spread_at_start([784, 100, 10], seed, data.validation))
        runs.append(train([784, 100, 10], data.training, data.test, epochs=epochs, seed=seed))
        lost.append(lost_digits(runs[-1].net, data.validation))
        for digit in lost[-1]:
            error, signal = _signal(runs[-1].net, data.validation, digit)
            errors.append(error)
            signals.append(signal)
        # A rate of 0.5: without the factor σ' the steps are several times larger.
        rescued.append(
            train(
                [784, 100, 10],
                data.training,
                data.test,
                epochs=shorter,
                eta=0.5,
                seed=seed,
                cost="cross-entropy",
            )
        )
        rescued_lost.append(lost_digits(rescued[-1].net, data.validation))
    last, best, saved = _of(runs, "last"), _of(runs, "best"), _of(rescued, "last")
    deadness = (
        f" On images of its own digit a lost output is wrong by {median(errors):.3f} in the "
        f"median, and all that comes back is (y − a) σ' = {median(signals):.0e}."
        if errors
        else ""
    )
    return learning_result(
        f"Right of {count(runs[0].total)}, {seeds_named(seeds)}: after the last epoch "
        f"{spread(last)}; best epoch {spread(best)}. The bad runs lose whole digits: "
        f"{_digits_by_seed(lost)}. At the start, before any learning, the weighted inputs of the "
        f"outputs have a standard deviation of {median([s['deviation'] for s in starts]):.1f}, so "
        f"{share_spread([s['saturated'] for s in starts], 0)} of the outputs are below 0.01 or "
        f"above 0.99, where the quadratic cost's gradient has a factor σ' near 0.{deadness} "
        f"With cross-entropy y − a itself comes back: from the same weights it reaches "
        f"{spread(saved)} in {shorter} epochs (the quadratic cost by then: "
        f"{spread([run.right[shorter - 1] for run in runs])}), and the digits it loses are: "
        f"{_digits_by_seed(rescued_lost)}. “Agrees” means here that the best epoch of the best run "
        "is within one point of the chapter's 96.59 %, and that the runs end more than one point "
        "apart.",
        None if scale.quick else near_and_wide(best, last),
        {"quadratic cost": by_epoch(runs), "cross-entropy": by_epoch(rescued)},
        runs[0].total,
        numbers={
            "lost_digits": lost,
            "starts": starts,
            "error_of_lost_outputs": errors,
            "signal_of_lost_outputs": signals,
            "cross_entropy_lost_digits": rescued_lost,
        },
    )


def near_and_wide(best: list[int], last: list[int]) -> bool | None:
    """Return whether runs with 100 hidden neurons are as the chapter says, None for a single one.

    Args:
        best: of 10,000 test images, right after the best epoch of each run.
        last: right after its last epoch.

    >>> near_and_wide([9650, 8700], [9640, 8690]), near_and_wide([9650, 9600], [9640, 9590])
    (True, False)
    """
    if len(last) == 1:
        return None
    said, point = 9659, 100  # a point is also more than seeds differ by with 30 hidden neurons
    return abs(max(best) - said) <= point and max(last) - min(last) > point


def lost_digits(net: Network, data: Dataset) -> list[int]:
    """Return the digits of whose images the network reads less than a tenth."""
    return [digit for digit, share in enumerate(recall(net, data)) if share < LOST]


def spread_at_start(sizes: list[int], seed: int, data: Dataset) -> dict[str, float]:
    """Return how the outputs of an untrained network are spread, over neurons and images.

    Returns:
        "deviation": the standard deviation of their weighted inputs z; "saturated": the share of
        activations below 0.01 or above 0.99.
    """
    from numerist.network import Network

    outputs = Network(sizes, seed=seed).feedforward(data.rows.T)
    # The sigmoid turned around; held away from 0 and 1, where it would be infinite.
    inside = np.clip(outputs, 1e-15, 1 - 1e-15)
    z = np.log(inside / (1 - inside))
    return {
        "deviation": float(z.std()),
        "saturated": float(((outputs < 0.01) | (outputs > 0.99)).mean()),  # noqa: PLR2004
    }


def _signal(net: Network, data: Dataset, digit: int) -> tuple[float, float]:
    """Return medians of y − a and of (y − a) σ' at a digit's output, for images of that digit.

    The second is what the quadratic cost sends back into the output's weighted input, the first
    what cross-entropy would; σ' is a (1 − a).
    """
    a = net.feedforward(data.rows[data.labels == digit].T)[digit]
    return float(np.median(1 - a)), float(np.median((1 - a) * a * (1 - a)))


def _digits_by_seed(lost: list[list[int]]) -> str:
    """Return in words which digits belong to which seed.

    >>> _digits_by_seed([[3], [], [1, 2, 6]]), _digits_by_seed([[], []])
    ('3 (seed 0), 1, 2 and 6 (seed 2)', 'none')
    """
    named = [
        f"{' and '.join(', '.join(map(str, digits)).rsplit(', ', 1))} (seed {seed})"
        for seed, digits in enumerate(lost)
        if digits
    ]
    return ", ".join(named) or "none"


# Row E3: a rate that is too small


def _run_e3(scale: Scale) -> Result:
    from numerist.network import Network

    said_first, said_last = 1139, 2142
    # Five seeds at least: whether the accuracy rises at all hangs on the first weights.
    data, seeds = images(scale), scale.choose(max(scale.seeds, 5), 1)
    runs = [
        train(
            [784, 100, 10],
            data.training,
            data.test,
            epochs=scale.choose(30, 3),
            eta=0.001,
            seed=seed,
        )
        for seed in range(seeds)
    ]
    first, last, total = _of(runs, "first"), _of(runs, "last"), runs[0].total
    gained = [end - begin for begin, end in zip(first, last, strict=True)]
    begun = [
        Network([784, 100, 10], seed=seed).total_cost(data.validation) for seed in range(seeds)
    ]
    ended = [run.net.total_cost(data.validation) for run in runs]
    falls = sum(after < before for before, after in zip(begun, ended, strict=True))
    # What must agree: near chance at first, less than half right even after 30 epochs, a cost that
    # falls in every run, and, as in the chapter, an accuracy that rises, in the median.
    agrees = slow_but_rising(first, last, total) and falls == seeds
    rising = sum(gain > 0 for gain in gained)
    reason = (
        ""
        if rising == seeds
        else " Whether accuracy rises depends on the seed. Where it does not, the cost can fall "
        "because outputs that were too high sink, which does not yet change which of them is the "
        "highest."
    )
    return learning_result(
        f"Right of {count(total)}, {seeds_named(seeds)}: after epoch 0 {spread(first)} (the "
        f"chapter: {count(said_first)}), after the last {spread(last)} (the chapter: "
        f"{count(said_last)}). Accuracy rises in {rising} of {words(seeds, 'run')}, the cost falls "
        f"in {falls}; its median is {median(begun):.2f} before, {median(ended):.2f} after.{reason}",
        None if scale.quick else agrees,
        {"η = 0.001": by_epoch(runs)},
        total,
        numbers={"cost_before": begun, "cost_after": ended},
    )


def slow_but_rising(first: list[int], last: list[int], total: int) -> bool:
    """Return whether runs start near chance, stay below one half, and rise in the median.

    Args:
        first: images right after the first epoch of each run.
        last: after its last epoch.
        total: of how many.

    >>> slow_but_rising([1139], [2142], 10_000)  # the chapter's own
    True
    """
    slow = max(first) < 0.25 * total and max(last) < 0.5 * total
    return slow and median(last) > median(first)


# Row E4: a ladder of rates


def _run_e4(scale: Scale) -> Result:
    from numerist.chapter.figures import draw_ladder

    rates = scale.choose((0.001, 0.01, 0.1, 1.0, 3.0, 10.0, 30.0), (0.01, 1.0, 3.0, 30.0))
    data, seeds = images(scale), scale.choose(scale.seeds, 1)
    epochs = scale.choose(10, 2)
    runs = {
        rate: [
            train([784, 30, 10], data.training, data.validation, epochs=epochs, eta=rate, seed=seed)
            for seed in range(seeds)
        ]
        for rate in rates
    }
    total = len(data.validation)
    middle = {rate: median(_of(runs[rate], "last")) for rate in rates}
    best = max(rates, key=lambda rate: middle[rate])
    small = [middle[rate] for rate in rates if rate <= 1]
    # Each step up to 1.0 must help, and 3.0 be as good as the best within the chance error.
    agrees = small == sorted(small) and middle[best] - middle[3.0] <= CHANCE_ERROR
    by_rate = ", ".join(f"{rate:g}: {100 * middle[rate] / total:.1f} %" for rate in rates)
    return learning_result(
        f"Accuracy on the {count(total)} validation images after {epochs} epochs, median of "
        f"{seeds_named(seeds)}, by rate: {by_rate}. The best is η = {best:g}. The network has 30 "
        "hidden neurons, whose runs differ little by chance, and the test images are left out, "
        "because a rate is chosen here.",
        None if scale.quick else agrees,
        {f"η = {rate:g}": by_epoch(runs[rate]) for rate in rates},
        total,
        numbers={"rates": list(rates), "best_rate": best},
        pictures=[
            draw_ladder(
                rates,
                {
                    f"after {words(n, 'epoch')}": [
                        [runs[rate][seed].shares[n - 1] for rate in rates] for seed in range(seeds)
                    ]
                    for n in (1, epochs)
                },
                xlabel="learning rate η",
                ylabel="accuracy on the validation images",
                alt=f"Accuracy against the learning rate. After {epochs} epochs, median by rate: "
                f"{by_rate}.",
            )
        ],
        judges="validation",
    )


# Row E5: a rate that is too large


def _run_e5(scale: Scale) -> Result:
    from numerist.chapter.figures import draw_bars
    from numerist.diagnosis import Cause, Finding, Observer, diagnose

    said = (982, 1009)
    data, seeds = images(scale), scale.choose(scale.seeds, 1)
    runs: list[Run] = []
    findings: list[list[Finding]] = []
    for seed in range(seeds):
        observers: list[Observer] = []

        def watch(net: Network, observers: list[Observer] = observers) -> None:
            if observers:
                observers[0](0)
            else:  # before learning
                observers.append(
                    Observer(net, data.training, data.validation, eta=100.0, mini_batch_size=10)
                )

        runs.append(
            train(
                [784, 30, 10],
                data.training,
                data.test,
                epochs=scale.choose(30, 2),
                eta=100.0,
                seed=seed,
                watch=watch,
            )
        )
        findings.append(diagnose(observers[0].record()))
    right = [after for run in runs for after in run.right]
    total = runs[0].total
    states = [_saturation(run.net, data.validation) for run in runs]
    hidden, outputs, given = (
        [state[name] for state in states] for name in ("hidden", "outputs", "answers")
    )
    causes = [found[0].cause if found else None for found in findings]
    # "Stuck near 1,000": never above a quarter right, saturated, and the right cause named.
    agrees = (
        max(right) < 0.25 * total
        and min(outputs) > 0.9  # noqa: PLR2004
        and set(causes) == {Cause.RATE_TOO_HIGH}
    )
    says = str(findings[0][0]) if findings[0] else "nothing"
    return learning_result(
        f"Right of {count(total)}, {seeds_named(seeds)}, over all epochs: {spread(right)} (the "
        f"chapter: {count(said[0])} to {count(said[1])}). The reason can be seen: of the output "
        f"activations {share_spread(outputs)} are below 0.01 or above 0.99, of the hidden ones "
        f"{share_spread(hidden)}. There σ' is nearly 0, so no gradient leads back. All the "
        f"network ever answers is {_digits_by_seed(given)}. The program says, of seed 0: “{says}”",
        None if scale.quick else agrees,
        {"η = 100": by_epoch(runs)},
        total,
        numbers={"saturation": states, "causes": causes},
        pictures=[
            draw_bars(
                ["hidden neurons", "output neurons"],
                [median(hidden), median(outputs)],
                label="activations below 0.01 or above 0.99",
                shares=True,
                horizontal=True,
                alt=f"Saturated activations: {100 * median(hidden):.0f} percent of the hidden "
                f"neurons', {100 * median(outputs):.0f} percent of the output neurons'.",
            ),
        ],
    )


def _saturation(net: Network, data: Dataset) -> dict[str, Any]:
    """Return the share of saturated activations by layer, and the digits it answers with."""
    hidden, outputs = net.activations(data.rows.T)[1:]
    return {
        "hidden": float(((hidden < 0.01) | (hidden > 0.99)).mean()),  # noqa: PLR2004
        "outputs": float(((outputs < 0.01) | (outputs > 0.99)).mean()),  # noqa: PLR2004
        "answers": sorted({int(answer) for answer in answers(net, data)}),
    }


def _of(runs: list[Run], which: str) -> list[int]:
    """Return right answers after the first, last or best epoch of each run."""
    return [run.right[0] if which == "first" else getattr(run, which) for run in runs]


ROWS: tuple[Row, ...] = (
    Row(
        "E1",
        "The chapter's network: 30 hidden neurons",
        "784 inputs, 30 hidden neurons and 10 outputs learn from 50,000 images, ten at a time. "
        "After 30 epochs the network reads about 95 of 100 digits that it has never seen.",
        "[784, 30, 10], 30 epochs, mini-batches of 10, η = 3.0: 9,129 of 10,000 test images after "
        "the first epoch, 9,542 after the best one; best of three runs.",
        """\
import numerist

training, validation, test = numerist.load_mnist()
net = numerist.Network([784, 30, 10], seed=0)
# The chapter learns from all 50,000 for 30 epochs; this is a first taste.
net.SGD(training[:5000], 3, 10, 3.0, test_data=test)
""",
        _run_e1,
        seconds=35,
    ),
    Row(
        "E2",
        "More hidden neurons: 100",
        "With 100 hidden neurons the network can do better, and some runs do. Others lose whole "
        "digits: weights drawn from N(0, 1) add up, the outputs start saturated, and an output "
        "that stays there hardly learns.",
        "[784, 100, 10], all else as before: 96.59 %; readers report wide variation between runs, "
        "some of them a good deal worse.",
        """\
import numerist
from numerist.chapter.rows.experiments import lost_digits

training, validation, test = numerist.load_mnist()
for cost, eta in [("quadratic", 3.0), ("cross-entropy", 0.5)]:
    net = numerist.Network([784, 100, 10], cost=cost, seed=1)
    net.SGD(training[:5000], 3, 10, eta, test_data=test)
    print(cost, "has lost the digits", lost_digits(net, validation))
""",
        _run_e2,
        seconds=130,
    ),
    Row(
        "E3",
        "A learning rate that is far too small",
        "At η = 0.001 every step goes the right way and almost nowhere. The cost still falls from "
        "epoch to epoch, which is the sign that a larger rate would help.",
        "[784, 100, 10], η = 0.001: 1,139 of 10,000 after the first epoch, 2,142 after the 30th.",
        """\
import numerist

training, validation, test = numerist.load_mnist()
net = numerist.Network([784, 100, 10], seed=0)
net.SGD(training[:10000], 3, 10, 0.001, test_data=test)
""",
        _run_e3,
        seconds=110,
    ),
    Row(
        "E4",
        "Raising the rate by steps",
        "If a larger rate helps, try a still larger one, until it no longer does. A ladder of "
        "rates, each ten times or three times the one before, finds the good range in a few runs.",
        "0.01 is better than 0.001; going on leads to about 1.0, and fine tuning to 3.0.",
        """\
import numerist

training, validation, _ = numerist.load_mnist()
for eta in (0.01, 0.1, 1.0, 3.0, 30.0):
    net = numerist.Network([784, 30, 10], seed=0)
    net.SGD(training[:5000], 2, 10, eta, on_epoch=lambda *counts: None)
    print(eta, net.evaluate(validation))
""",
        _run_e4,
        seconds=85,
    ),
    Row(
        "E5",
        "A learning rate that is far too large",
        "At η = 100 the first steps throw the weights so far that the neurons saturate: each says "
        "almost exactly 0 or 1, whatever it sees, and there the gradient is nearly zero.",
        "[784, 30, 10], η = 100: 1,009 of 10,000 at first and 982 at the end, no better than "
        "chance, and nothing in the output says why.",
        """\
import numpy as np
import numerist

training, validation, test = numerist.load_mnist()
net = numerist.Network([784, 30, 10], seed=0)
net.SGD(training[:5000], 2, 10, 100.0, test_data=test)
outputs = net.feedforward(validation.rows[:1000].T)
print("saturated outputs:", np.mean((outputs < 0.01) | (outputs > 0.99)))
print("digits answered:", set(outputs.argmax(axis=0).tolist()))
""",
        _run_e5,
        seconds=40,
    ),
)
