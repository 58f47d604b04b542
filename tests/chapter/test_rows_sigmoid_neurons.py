"""Rows S1 to S7: every row runs, and notices when what it shows is not so."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from numerist.chapter.row import Result, Row, Scale
from numerist.chapter.rows import sigmoid_neurons
from numerist.chapter.rows.sigmoid_neurons import ROWS
from numerist.chapter.training import nines
from numerist.data import Dataset
from numerist.neurons import ACTIVATIONS, Activation, PerceptronNetwork, linear_change

MODULE = "numerist.chapter.rows.sigmoid_neurons"


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    return {row.id: row.run(Scale(quick=True, seeds=2)) for row in ROWS}


@pytest.mark.parametrize("row", [r for r in ROWS if r.id != "S6"], ids=lambda row: row.id)
def test_there_is_a_picture(row: Row, results: dict[str, Result]) -> None:
    assert results[row.id].pictures


def test_forty_digits_of_sigma() -> None:
    # σ(ln 3) = 1 / (1 + 1/3) = 3/4; σ(z) + σ(−z) = 1.
    assert abs(sigmoid_neurons._exact_sigmoid(float(np.log(3))) - Decimal("0.75")) < 1e-16
    total = sigmoid_neurons._exact_sigmoid(2.5) + sigmoid_neurons._exact_sigmoid(-2.5)
    assert abs(total - 1) < Decimal("1e-38")


def test_a_sigma_that_is_less_exact_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def tanh_form(z: np.ndarray[tuple[int], np.dtype[np.float64]]) -> object:
        return (1 + np.tanh(z / 2)) / 2  # loses all digits far left of 0

    monkeypatch.setattr(f"{MODULE}.sigmoid", tanh_form)
    assert sigmoid_neurons.S1.run(Scale(quick=True)).agrees is False


def test_conventions_at_zero(results: dict[str, Result]) -> None:
    assert list(results["S2"].numbers["at 0"].values()) == [0, 0.0, 1.0, 0.5]
    perceptron, textbook = (str(p.data) for p in results["S2"].pictures[1:])
    assert perceptron != textbook


def test_wrong_derivatives_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{MODULE}.linear_change", lambda d, c: 1.01 * linear_change(d, c))
    assert sigmoid_neurons.S3.run(Scale(quick=True)).agrees is False
    tanh = ACTIVATIONS["tanh"]
    wrong = Activation("tanh", tanh.function, lambda a, g: g * (1 - a), -1, 1)
    monkeypatch.setitem(ACTIVATIONS, "tanh", wrong)
    assert sigmoid_neurons.S4.run(Scale(quick=True)).agrees is False


def test_precision_and_recall_by_hand() -> None:
    outputs = np.array([0.9, 0.8, 0.5, 0.3, 0.2])
    truth = np.array([True, False, True, True, False])
    # At ½ three are called nines, two of them rightly, of three nines in all.
    assert sigmoid_neurons._judge(outputs, truth, 0.5) == (2 / 3, 2 / 3)
    assert sigmoid_neurons._judge(outputs, truth, 0.85) == (1.0, 1 / 3)
    assert sigmoid_neurons._judge(outputs, truth, 0.95) == (None, 0.0)


def test_nines_are_relabelled() -> None:
    digits = Dataset(np.zeros((3, 2, 2), np.float32), np.array([9, 0, 9], np.uint8))
    assert nines(digits).labels.tolist() == [1, 0, 1]


def test_the_networks_own_border_is_what_is_judged(results: dict[str, Result]) -> None:
    by_border = results["S5"].numbers["by border"]
    assert list(by_border) == ["0.1", "0.3", "0.5", "0.7", "0.9"]
    in_all = 1000 * (1 - results["S5"].numbers["accuracy of always saying no"])
    for judged in by_border.values():
        for accuracy, precision, recall in zip(*judged.values(), strict=True):
            hits = recall * in_all
            false_alarms = hits / precision - hits if precision else 0
            wrong = in_all - hits + false_alarms
            assert accuracy == pytest.approx(1 - wrong / 1000)
    recalls = [judged["recall"][0] for judged in by_border.values()]
    assert recalls == sorted(recalls, reverse=True)
    assert recalls[0] > recalls[-1]


def test_a_network_that_never_says_nine_has_no_precision() -> None:
    never = sigmoid_neurons._judge(np.zeros(4), np.array([True, False, False, False]), 0.1)
    assert sigmoid_neurons._precisions([never]) == "undefined, as nothing is called a 9"
    assert sigmoid_neurons._draw_borders([np.zeros(4)], np.array([True] * 4)).alt


def test_scaling_meets_the_boundary_and_a_negative_factor_is_seen(
    results: dict[str, Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert results["S6"].numbers["inputs with a perceptron on its boundary"] > 0

    class Turned(PerceptronNetwork):
        def scaled(self, c: float) -> Turned:
            return type(self)([-c * w for w in self.weights], [-c * b for b in self.biases])

    monkeypatch.setattr(f"{MODULE}.PerceptronNetwork", Turned)
    assert sigmoid_neurons.S6.run(Scale(quick=True, seeds=1)).agrees is False


def test_the_failing_cases_by_hand(results: dict[str, Result]) -> None:
    numbers = results["S7"].numbers
    # One neuron at 0 says ½ for every c. Behind it z = 4 · ½ − 1 = 1, so σ(c) goes to 1.
    assert numbers["gap of one neuron at 0"] == [0.5] * len(numbers["c"])
    expected = [1 / (1 + np.exp(-c)) for c in numbers["c"]]
    assert numbers["gap of two neurons, the first at 0"] == pytest.approx(expected)


def test_networks_on_the_boundary_do_not_pass_for_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    right = sigmoid_neurons._whole_network
    monkeypatch.setattr(
        f"{MODULE}._whole_network", lambda sizes, rng, shift: right(sizes, rng, 0 * shift)
    )
    assert sigmoid_neurons.S7.run(Scale(quick=True, seeds=1)).agrees is False
