"""Diagnosis: what is observed, against numbers worked by hand; verdicts on runs made wrong."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import numerist
from numerist.data import Dataset
from numerist.diagnosis import Cause, Finding, Observer, Record, diagnose
from numerist.errors import DivergedError, InputError, ShapeError
from numerist.network import Network

if TYPE_CHECKING:
    from collections.abc import Callable

    from numerist.data import Mnist

# The seeds here are 0 to 9; the thresholds were chosen with 100 and above. The runs are a fifth or
# a tenth of full size, which takes a second each and gives the same verdicts.


@cache
def images(count: int) -> tuple[Dataset, Dataset]:
    mnist = numerist.load_mnist()
    return mnist.training[:count], mnist.validation


def watched(  # noqa: PLR0917 -- what a run consists of
    net: Network, training: Dataset, validation: Dataset, epochs: int, eta: float, m: int = 10
) -> tuple[Record, list[Finding]]:
    observer = Observer(net, training, validation, eta=eta, mini_batch_size=m)
    net.SGD(training, epochs, m, eta, engine="numpy", on_epoch=observer)
    record = observer.record()
    findings = diagnose(record)
    for finding in findings:
        assert not re.search(r"[,;:] [A-Z]", finding.evidence)  # in mid-sentence
        assert not re.search(r"(^|\. )[a-z]", finding.evidence)
    return record, findings


def causes(findings: list[Finding]) -> list[Cause]:
    return [finding.cause for finding in findings]


# Runs made wrong on purpose, and good ones.


@pytest.mark.parametrize("seed", range(10))
def test_silent_on_good_runs(seed: int) -> None:
    _, findings = watched(Network([784, 30, 10], seed=seed), *images(6000), 8, 3.0)
    assert findings == []


@pytest.mark.parametrize(
    "net",
    [
        Network([784, 100, 10], seed=0, cost="cross-entropy"),
        Network([784, 30, 10], seed=0, output="softmax", cost="log-likelihood"),
    ],
    ids=["cross-entropy", "softmax"],
)
def test_silent_on_good_runs_with_other_costs(net: Network) -> None:
    _, findings = watched(net, *images(8000), 8, 0.5)
    assert findings == []


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    ("eta", "cause", "advice"),
    [
        (100.0, Cause.RATE_TOO_HIGH, "η = 10 instead of 100"),
        (30.0, Cause.RATE_TOO_HIGH, "η = 3 instead of 30"),
        (0.001, Cause.RATE_TOO_LOW, "η = 0.01 instead of 0.001"),
    ],
)
def test_a_wrong_learning_rate(seed: int, eta: float, cause: Cause, advice: str) -> None:
    _, findings = watched(Network([784, 30, 10], seed=seed), *images(5000), 8, eta)
    assert causes(findings) == [cause]
    assert advice in findings[0].cure


@pytest.mark.parametrize(("eta", "epochs"), [(0.1, 3), (0.01, 8)])
@pytest.mark.parametrize("seed", [1, 5])
def test_outputs_that_sank_slowly_do_not_speak_of_a_rate_too_high(
    seed: int, eta: float, epochs: int
) -> None:
    """The chapter's [784, 100, 10] with η = 0.001, in fewer and longer steps; both, 3.0 is best."""
    record, findings = watched(Network([784, 100, 10], seed=seed), *images(5000), epochs, eta)
    assert len(record.snapshots[-1].dead) > 5 or epochs == 8
    assert causes(findings) == [Cause.RATE_TOO_LOW]
    assert f"η = {eta * 10:g} instead of {eta:g}" in findings[0].cure


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("m", [10, 100])
def test_cross_entropy_with_a_rate_that_is_too_high(seed: int, m: int) -> None:
    """60 to 68 % are right with m = 10, 85 to 87 with 100; with η = 1 and m = 10 it is 91."""
    net = Network([784, 30, 10], seed=seed, cost="cross-entropy")
    _, findings = watched(net, *images(5000), 8, 10.0, m)
    assert causes(findings) == [Cause.RATE_TOO_HIGH, Cause.TOO_FEW_STEPS][: 1 if m == 10 else 2]
    assert findings[0].cure.startswith("η = 1 instead of 10")


@pytest.mark.parametrize(("m", "steps"), [(100, 50), (1000, 5), (5000, 1)])
def test_a_mini_batch_that_is_too_large(m: int, steps: int) -> None:
    _, findings = watched(Network([784, 30, 10], seed=0), *images(5000), 8, 3.0, m)
    assert causes(findings) == [Cause.TOO_FEW_STEPS]
    assert f"gives {steps} step" in findings[0].evidence
    assert findings[0].cure.startswith(f"mini-batches of 10 instead of {m}")


def test_a_large_mini_batch_and_a_rate_that_makes_up_for_it_are_both_wrong() -> None:
    _, findings = watched(Network([784, 30, 10], seed=0), *images(5000), 8, 30.0, 1000)
    assert causes(findings) == [Cause.RATE_TOO_HIGH, Cause.TOO_FEW_STEPS]


def test_softmax_outputs_that_begin_saturated_are_no_fault() -> None:
    """With log-likelihood the gradient is a − y, saturated or not; seed 1 begins so."""
    net = Network([784, 30, 10], seed=1, output="softmax", cost="log-likelihood")
    record, findings = watched(net, *images(5000), 3, 0.01)
    assert record.snapshots[0].saturated[-1] > 0.65
    assert causes(findings) == [Cause.RATE_TOO_LOW]


# Following the advice.

_SPOILT = [
    ("quadratic", 0.1, 10), ("quadratic", 30.0, 10), ("quadratic", 3.0, 1000),
    ("quadratic", 30.0, 1000), ("quadratic", 0.1, 100), ("quadratic", 100.0, 5000),
    ("cross-entropy", 0.01, 10), ("cross-entropy", 10.0, 10), ("cross-entropy", 3.0, 1000),
    ("cross-entropy", 30.0, 100), ("log-likelihood", 0.01, 1000), ("log-likelihood", 30.0, 10),
]  # fmt: skip


@pytest.mark.parametrize(("cost", "eta", "m"), _SPOILT)
def test_who_follows_the_advice_does_better_and_never_comes_back(
    cost: str, eta: float, m: int
) -> None:
    """Until nothing is found, or more epochs are all that is asked for."""
    been, right = [], [0.0]
    while True:
        been.append((cost, eta, m))
        assert len(been) == len(set(been)) <= 6
        net = Network(
            [784, 30, 10],
            seed=3,
            cost=cost,
            output="softmax" if cost == "log-likelihood" else "sigmoid",
        )
        _, findings = watched(net, *images(5000), 6, eta, m)
        right.append(net.evaluate(images(5000)[1]) / 10_000)
        assert right[-1] > right[-2]
        if not set(causes(findings)) - {Cause.TOO_FEW_EPOCHS}:
            break
        for finding in findings:
            words = finding.cure.split()
            if finding.cause in (Cause.RATE_TOO_HIGH, Cause.RATE_TOO_LOW):
                eta = float(words[2])
            elif finding.cause == Cause.TOO_FEW_STEPS:
                m = int(words[2])
            else:
                assert finding.cause == Cause.DEAD_OUTPUTS
                cost, eta = "cross-entropy", float(words[words.index("=") + 1].rstrip(";"))
    assert len(been) > 1
    assert right[-1] > (0.7 if findings else 0.85)


def test_more_epochs_are_no_cure_where_the_cost_rises() -> None:
    record, findings = watched(Network([784, 30, 10], seed=0), *images(5000), 2, 3.0)
    assert causes(findings) == [Cause.TOO_FEW_EPOCHS]
    before, last = record.snapshots[-2:]
    risen = replace(last, training_cost=1.05 * before.training_cost)
    risen = replace(risen, validation_cost=0.9 * before.validation_cost)
    record = replace(record, snapshots=[*record.snapshots[:-1], risen])
    assert Cause.TOO_FEW_EPOCHS not in causes(diagnose(record))


def test_one_class_alone_is_not_blamed_on_its_labels() -> None:
    training, validation = images(20_000)
    threes = training[training.labels == 3][:1000]
    _, findings = watched(Network([784, 30, 10], seed=0), threes, validation, 5, 3.0)
    assert causes(findings) == [Cause.TOO_LITTLE_DATA]
    assert "output 0, 1, 2, 4, 5, 6, 7, 8, 9" in findings[0].evidence


def test_light_on_dark_against_dark_on_light_is_not_blamed_on_the_labels() -> None:
    training, validation = images(5000)
    inverted = Dataset(1 - training.images, training.labels)
    _, findings = watched(Network([784, 30, 10], seed=0), inverted, validation, 5, 3.0)
    assert causes(findings) == [Cause.OTHER_IMAGES]
    assert "0.87 in training images and 0.13 in validation images" in findings[0].evidence


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    ("eta", "cause"), [(100.0, Cause.RATE_TOO_HIGH), (0.001, Cause.RATE_TOO_LOW)]
)
def test_a_wrong_rate_that_was_not_told(seed: int, eta: float, cause: Cause) -> None:
    net, (training, validation) = Network([784, 30, 10], seed=seed), images(5000)
    observer = Observer(net, training, validation)
    net.SGD(training, 8, 10, eta, engine="numpy", on_epoch=observer)
    record = observer.record()
    assert (record.kept, record.steps) == ({}, None)
    assert causes(diagnose(record)) == [cause]


@pytest.mark.parametrize("seed", [0, 1])
def test_all_weights_zero(seed: int) -> None:
    net = Network([784, 30, 10], seed=seed)
    for array in (*net.weights, *net.biases):
        array.fill(0)
    _, findings = watched(net, *images(5000), 8, 3.0)
    assert causes(findings) == [Cause.INITIALISATION]
    assert "same weights" in findings[0].evidence


@pytest.mark.parametrize("seed", [0, 1])
def test_weights_far_too_large(seed: int) -> None:
    net = Network([784, 30, 10], seed=seed)
    net.weights = [w * 100 for w in net.weights]
    _, findings = watched(net, *images(5000), 8, 3.0)
    assert causes(findings) == [Cause.INITIALISATION]
    assert "too large" in findings[0].evidence


@pytest.mark.parametrize("seed", [0, 1])
def test_fifty_examples(seed: int) -> None:
    _, findings = watched(Network([784, 30, 10], seed=seed), *images(50), 30, 3.0)
    assert causes(findings) == [Cause.TOO_LITTLE_DATA]
    assert "50 examples" in findings[0].evidence


@pytest.mark.parametrize("seed", [0, 1])
def test_shuffled_labels(seed: int) -> None:
    training, validation = images(5000)
    shuffled = np.random.default_rng(seed).permutation(training.labels)
    wrong = Dataset(training.images, shuffled)
    _, findings = watched(Network([784, 30, 10], seed=seed), wrong, validation, 8, 3.0)
    assert causes(findings) == [Cause.LABELS]


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("count", [5000, 50_000])
def test_two_epochs_only(seed: int, count: int) -> None:
    _, findings = watched(Network([784, 30, 10], seed=seed), *images(count), 2, 3.0)
    assert causes(findings) == [Cause.TOO_FEW_EPOCHS]
    assert "After 2 epochs" in findings[0].evidence


@pytest.mark.parametrize("seed", [0, 1])
def test_pixels_left_at_0_to_255(seed: int) -> None:
    training, validation = (Dataset(part.images * 255, part.labels) for part in images(5000))
    _, findings = watched(Network([784, 30, 10], seed=seed), training, validation, 8, 3.0)
    assert causes(findings) == [Cause.INPUTS]
    assert "divide them by 255" in findings[0].cure


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_hundred_hidden_neurons_lose_whole_digits(seed: int) -> None:
    """The finding names the outputs whose digits the network never gets right."""
    net = Network([784, 100, 10], seed=seed)
    training, validation = images(5000)
    record, findings = watched(net, training, validation, 8, 3.0)
    assert causes(findings) == [Cause.DEAD_OUTPUTS]
    assert "100 hidden neurons together with the quadratic cost" in findings[0].evidence
    assert "cross-entropy" in findings[0].cure
    answers = net.feedforward(validation.rows.T).argmax(axis=0)
    recall = [(answers[validation.labels == digit] == digit).mean() for digit in range(10)]
    dead = record.snapshots[-1].dead
    assert dead
    assert max(recall[digit] for digit in dead) < 0.02
    assert {digit for digit in range(10) if recall[digit] == 0} <= set(dead)


@pytest.mark.parametrize("count", [1, 2, 10])
def test_a_few_images_are_too_little_data_and_say_nothing_of_labels(count: int) -> None:
    _, findings = watched(Network([784, 30, 10], seed=1), *images(count), 10, 3.0)
    assert Cause.TOO_LITTLE_DATA in causes(findings)
    assert Cause.LABELS not in causes(findings)


@pytest.mark.parametrize("eta", [3.0, 10.0])
def test_a_lost_output_without_hidden_neurons_is_not_blamed_on_the_rate(eta: float) -> None:
    _, findings = watched(Network([784, 10], seed=2), *images(5000), 15, eta)
    assert causes(findings)[0] == Cause.DEAD_OUTPUTS
    assert findings[0].cure.startswith("the cross-entropy cost")


def test_a_network_that_is_too_small() -> None:
    _, findings = watched(Network([784, 2, 10], seed=0), *images(5000), 8, 3.0)
    assert causes(findings) == [Cause.ARCHITECTURE]
    assert "2 neurons" in findings[0].evidence


def test_a_gradient_that_vanishes() -> None:
    net = Network([784, 30, 30, 30, 30, 30, 10], seed=0)
    net.weights = [w / np.float32(math.sqrt(w.shape[1])) for w in net.weights]
    _, findings = watched(net, *images(5000), 5, 3.0)
    assert causes(findings) == [Cause.ARCHITECTURE]
    assert "vanished" in findings[0].evidence


def test_a_run_that_diverged_before_its_first_epoch_was_whole(tiny: Dataset) -> None:
    net = Network([784, 10], seed=0, output="identity")
    observer = Observer(net, tiny, tiny)
    kept = [w.copy() for w in net.weights], [b.copy() for b in net.biases]
    with pytest.raises(DivergedError):
        net.SGD(tiny, 1, 4, 1e20, on_epoch=observer)
    assert observer.record().epochs == 0
    assert causes(diagnose(observer.record())) == [Cause.RATE_TOO_HIGH]
    net.weights, net.biases = kept  # as the command line does, which keeps the last whole epoch
    assert causes(diagnose(observer.record(diverged=True))) == [Cause.RATE_TOO_HIGH]


def test_nothing_is_said_of_a_run_of_no_epochs(tiny: Dataset) -> None:
    net = Network([784, 3, 10], seed=0)
    assert diagnose(Observer(net, tiny, tiny).record()) == []


# What is observed, against other ways to compute it.


def two_by_two() -> tuple[Network, Observer, list[tuple[Any, Any]]]:
    """Two neurons: z = (x₁ − 5, 5 x₂) with inputs (0, 0), (1, 0), (1, 1), (0, 1)."""
    net = Network([2, 2], seed=0)
    net.weights, net.biases = [np.array([[1.0, 0.0], [0.0, 5.0]])], [np.array([[-5.0], [0.0]])]
    data = [
        (np.array([0.0, 0.0]), 1),
        (np.array([1.0, 0.0]), 0),
        (np.array([1.0, 1.0]), 1),
        (np.array([0.0, 1.0]), 1),
    ]
    return net, Observer(net, data, data), data


def test_saturation_answers_and_range_by_hand() -> None:
    """σ is saturated beyond |z| = ln 99 = 4.6: neuron 0 at z = −5, twice, neuron 1 at 5, twice.

    Neuron 0 gives σ(−5), σ(−4); neuron 1 gives ½ or σ(5), and so the answer, always.
    """
    _, observer, _ = two_by_two()
    record = observer.record()
    first = record.snapshots[0]
    assert first.saturated == [4 / 8]
    assert first.training_accuracy == first.validation_accuracy == 3 / 4
    assert first.winning == [0.0, 1.0]
    assert first.firing == pytest.approx([1 / (1 + math.exp(4)), 1 / (1 + math.exp(-5))])
    assert first.changes == [0.0]
    assert first.alignment == 0.0
    assert first.spread == pytest.approx(
        [math.sqrt(25.5 / 51)]
    )  # ±(½, −2½, −2½) of (1, 0, −5), (0, 5, 0)
    assert (record.lowest_input, record.highest_input) == (0.0, 1.0)
    assert (record.chance, record.lookup, record.examples) == (3 / 4, 1.0, 4)


def test_how_much_of_its_promise_a_step_keeps_in_a_parabola() -> None:
    """C = ½(wx + b − y)²: a step makes the error e(1 − η(x² + 1)), and 1 − η(x² + 1)/2 is kept.

    With x = 1, η = 0.6: 0.4; ten times as long: −5.
    """
    net = Network([1, 1], output="identity", seed=0)
    net.weights, net.biases = [np.array([[0.7]])], [np.array([[-0.3]])]
    data = [(np.array([1.0]), np.array([1.0]))]
    kept = Observer(net, data, data, eta=0.6).record().kept
    assert kept == pytest.approx({m: 1 - 0.6 * m for m in (0.001, 0.01, 0.1, 1.0, 3.0, 10.0)})


def test_a_step_keeps_all_of_no_promise() -> None:
    net = Network([1, 1], output="identity", seed=0)
    net.weights, net.biases = [np.array([[0.5]])], [np.array([[0.5]])]
    data = [(np.array([1.0]), np.array([1.0]))]
    assert set(Observer(net, data, data, eta=0.6).record().kept.values()) == {1.0}


def test_steps_are_counted_with_the_last_smaller_mini_batch(tiny: Dataset) -> None:
    """40 examples in mini-batches of 15: 15, 15 and 10."""
    record, _ = watched(Network([784, 5, 10], seed=0), tiny, tiny, 4, 1.0, 15)
    assert record.steps == 12


def test_gradients_are_central_differences_of_the_cost() -> None:
    net, observer, data = two_by_two()
    h = 1e-6
    squares = 0.0
    arrays: list[Any] = [net.weights[0], net.biases[0]]
    for array in arrays:
        for index in np.ndindex(array.shape):
            sides = []
            for sign in (1, -1):
                array[index] += sign * h
                sides.append(plain_cost(net, data))
                array[index] -= sign * h
            squares += ((sides[0] - sides[1]) / (2 * h)) ** 2
    assert observer.record().snapshots[0].gradients == pytest.approx([math.sqrt(squares)], rel=1e-5)


def plain_cost(net: Network, data: list[tuple[Any, Any]]) -> float:
    """½ Σ (a − y)², averaged over the examples, in loops."""
    total = 0.0
    for x, label in data:
        for k in range(2):
            z = sum(net.weights[0][k, j] * x[j] for j in range(2)) + net.biases[0][k, 0]
            total += 0.5 * (1 / (1 + math.exp(-z)) - (k == label)) ** 2
    return total / len(data)


def test_cost_accuracy_and_lookup_are_those_of_plain_code(mnist: Mnist) -> None:
    """With samples as large as the data there is nothing left to chance."""
    training, validation = mnist.training[:300], mnist.validation[:200]
    net = Network([784, 30, 10], seed=0)
    record, _ = watched(net, training, validation, 3, 3.0)
    last = record.snapshots[-1]
    assert last.training_accuracy == net.evaluate(training) / 300
    assert last.validation_accuracy == net.evaluate(validation) / 200
    assert last.training_cost == pytest.approx(net.total_cost(training))
    assert last.validation_cost == pytest.approx(net.total_cost(validation))
    right = 0
    for image, label in zip(validation.rows, validation.labels, strict=True):
        squares = [float(((image - other) ** 2).sum()) for other in training.rows]
        right += int(training.labels[int(np.argmin(squares))] == label)
    assert record.lookup == right / 200
    assert record.chance == np.bincount(validation.labels).max() / 200
    assert record.sampled == (300, 200)


def test_a_small_step_down_the_gradient_is_aligned_and_a_random_one_is_not(tiny: Dataset) -> None:
    net = Network([784, 5, 10], seed=0)
    observer = Observer(net, tiny, tiny)
    before = np.linalg.norm(net.weights[1])
    start = net.weights[1].copy()
    net.update_mini_batch((tiny.rows, tiny.labels), 0.01)
    observer(0, None, None)
    rng = np.random.default_rng(0)
    net.weights = [w + np.asarray(rng.standard_normal(w.shape)) for w in net.weights]
    observer(1, None, None)
    snapshots = observer.record().snapshots
    assert snapshots[1].alignment == pytest.approx(1, abs=0.01)
    assert abs(snapshots[2].alignment) < 0.1
    moved = np.linalg.norm(net.weights[1] - start) / np.linalg.norm(net.weights[1])
    assert snapshots[2].changes[1] == pytest.approx(moved, rel=0.01)
    assert snapshots[1].changes[1] < 0.01 < before


@pytest.mark.parametrize(
    ("output", "saturated"),
    [("tanh", 2 / 3), ("relu", 1 / 3), ("identity", 0.0), ("sigmoid", 1 / 3)],
)
def test_saturation_of_each_activation_by_hand(output: str, saturated: float) -> None:
    """At z = −3, 2 and 10, of them tanh' is 0.01, 0.07, 0; at −3 and 2 σ' is 0.045, 0.105."""
    net = Network([1, 3], output=output)
    net.weights, net.biases = [np.zeros((3, 1))], [np.array([[-3.0], [2.0], [10.0]])]
    data = [(np.array([0.5]), 1)]
    assert Observer(net, data, data).record().snapshots[0].saturated == [saturated]


def test_dead_outputs_by_hand() -> None:
    """Thirty outputs that fire for their own class only, σ(±10), but for number 3: always σ(−10).

    The others are near 0 for 29 classes of 30, as they should be.
    """
    net = Network([30, 30])
    net.weights, net.biases = [20 * np.eye(30)], [np.full((30, 1), -10.0)]
    net.weights[0][3] = 0
    data = [(np.eye(30)[k], k) for k in range(30) for _ in range(10)]
    assert Observer(net, data, data).record().snapshots[0].dead == [3]
    nine = data[:30] + data[31:]  # of class 3, from which nothing is concluded
    assert Observer(net, nine, data).record().snapshots[0].dead == []


def test_watching_changes_nothing(tiny: Dataset) -> None:
    nets = Network([784, 5, 10], seed=3), Network([784, 5, 10], seed=3)
    observer = Observer(nets[0], tiny, tiny)
    nets[0].SGD(tiny, 3, 10, 1.0, on_epoch=observer)
    observer.record()
    nets[1].SGD(tiny, 3, 10, 1.0, on_epoch=lambda *_: None)
    for watched_, alone in zip(nets[0].weights, nets[1].weights, strict=True):
        assert watched_.tobytes() == alone.tobytes()


def test_numbers_are_ready_for_json(tiny: Dataset) -> None:
    record, _ = watched(Network([784, 5, 10], seed=0), tiny, tiny, 3, 1.0)
    numbers = json.loads(json.dumps(record.numbers(), allow_nan=False))
    curves = numbers["curves"]
    assert curves["epochs"] == [0, 1, 2, 3]
    assert {len(curve) for curve in curves.values()} == {4}
    assert np.shape(curves["saturated"]) == np.shape(curves["gradients"]) == (4, 2)
    assert curves["training_cost"][-1] == record.snapshots[-1].training_cost
    assert (numbers["eta"], numbers["sizes"]) == (1.0, [784, 5, 10])
    endless = replace(record.snapshots[0], training_cost=math.inf)
    assert replace(record, snapshots=[endless]).numbers()["curves"]["training_cost"] == [None]


def test_a_single_output_and_four_outputs_for_ten_classes(mnist: Mnist) -> None:
    """Answers are right beyond the border, or where all four bits are."""
    parts = mnist.training[:5000], mnist.validation[:1000]
    nine = [(part.rows, (part.labels == 9).astype(int)) for part in parts]
    net = Network([784, 15, 1], seed=0, border=0.99)
    observer = Observer(net, *nine)
    net.SGD(nine[0], 8, 10, 1.0, on_epoch=observer)
    record = observer.record()
    assert record.snapshots[-1].validation_accuracy == net.evaluate(nine[1]) / 1000

    bits = [(part.rows, (part.labels[:, np.newaxis] >> np.arange(4)) & 1) for part in parts]
    net = Network([784, 30, 4], seed=0, cost="cross-entropy")
    observer = Observer(net, *bits)
    net.SGD(bits[0], 8, 10, 0.5, on_epoch=observer)
    record = observer.record()
    said = (net.feedforward(bits[1][0].T) >= 0.5).astype(int).T @ [1, 2, 4, 8]
    right = (said == parts[1].labels).mean()
    assert record.snapshots[-1].validation_accuracy == right
    assert record.chance == np.bincount(parts[1].labels).max() / 1000


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda net, tiny: Observer(net, [], tiny), InputError, "at least one example"),
        (lambda net, tiny: Observer(net, tiny, tiny, sample=0), InputError, "sample"),
        (lambda net, tiny: Observer(net, tiny, tiny, eta=-1.0), InputError, "eta"),
        (
            lambda net, tiny: Observer(net, tiny, (tiny.rows[:, :9], tiny.labels)),
            ShapeError,
            "validation, input: expected shape .n, 784.",
        ),
        (
            lambda net, tiny: Observer(net, (tiny.rows, np.full((40, 10), 0.3)), tiny),
            InputError,
            "training, desired outputs: expected 0 or 1",
        ),
    ],
)
def test_bad_input(
    tiny: Dataset, make: Callable[[Network, Dataset], Observer], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        make(Network([784, 5, 10], seed=0), tiny)


def test_a_finding_reads_as_sentences() -> None:
    finding = Finding(Cause.LABELS, "It is right in 10 %.", "look at them.")
    assert str(finding) == (
        "Likely cause: labels do not fit the images. It is right in 10 %. Try: look at them."
    )


def test_only_a_record_is_diagnosed() -> None:
    observer: Any = Observer(Network([3, 2]), [(np.zeros(3), 1)], [(np.zeros(3), 1)])
    with pytest.raises(
        InputError, match=r"found Observer\. Write diagnose\(observer\.record\(\)\)"
    ):
        diagnose(observer)
    assert isinstance(diagnose(observer.record()), list)
