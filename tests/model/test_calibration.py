from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, special, stats

from numerist.model import calibration


def made(n: int, truth: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose labels are drawn from softmax(truth · logits)."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 3, (n, 10))
    chances = special.softmax(truth * logits, axis=1)
    labels = np.array([rng.choice(10, p=row) for row in chances])
    return logits, labels


@pytest.mark.parametrize("truth", [0.4, 1.0, 2.5])
def test_sharpness_is_the_one_that_the_labels_were_drawn_with(truth: float) -> None:
    logits, labels = made(4000, truth, 1)
    found = calibration.sharpness(logits, labels)

    def loss(factor: float) -> float:
        return float(-special.log_softmax(factor * logits, axis=1)[range(4000), labels].sum())

    best = optimize.minimize_scalar(loss, bounds=(0.05, 20), method="bounded").x
    assert found == pytest.approx(best, abs=2e-3)
    assert found == pytest.approx(truth, rel=0.1)


def test_a_threshold_keeps_its_promise_on_other_images() -> None:
    rng = np.random.default_rng(2)

    def answers(n: int) -> tuple[np.ndarray, np.ndarray]:
        confidence = rng.beta(20, 0.3, n)
        return confidence, rng.random(n) < confidence  # calibrated by construction

    kept = []
    for _ in range(200):
        found = {e["max_error"]: e for e in calibration.thresholds(*answers(5000), [0.01])}
        threshold = found[0.01]["threshold"]
        confidence, right = answers(200_000)
        kept.append((~right[confidence >= threshold]).mean() <= 0.01)
        assert found[0.01]["answered"] == pytest.approx((confidence >= threshold).mean(), abs=0.05)
    assert 0.82 <= np.mean(kept) <= 0.99  # nine times out of ten, as stated; 200 trials


def test_thresholds_by_hand() -> None:
    confidence = np.array([0.9] * 300 + [0.8] * 300)
    right = np.ones(600, bool)
    found = calibration.thresholds(confidence, right, [0.01, 0.005, 0.001])
    # no error among n: the limit is 2.3/n; 300 answers promise 0.0077, 600 promise 0.0038
    assert [(e["max_error"], e["answered"]) for e in found] == [(0.01, 1.0), (0.005, 1.0)]
    right[400] = False  # one among the less sure: 3.89/600 = 0.0065
    found = calibration.thresholds(confidence, right, [0.01, 0.005, 0.0077])
    assert [(e["max_error"], e["answered"]) for e in found] == [(0.01, 1.0), (0.0077, 1.0)]
    right[400:403] = False  # three: 6.68/600 = 0.0111
    found = calibration.thresholds(confidence, right, [0.01, 0.008])
    assert [e["answered"] for e in found] == [0.5, 0.5]
    assert found[0]["threshold"] == pytest.approx(0.9)


def test_equal_confidences_are_not_split() -> None:
    confidence = np.full(1000, 0.7)
    right = np.arange(1000) < 900
    assert calibration.thresholds(confidence, right, [0.05]) == []


@pytest.mark.parametrize("errors", [0, 1, 7, 60])
def test_limit_against_the_chi_squared_form(errors: int) -> None:
    assert calibration._most(errors) == pytest.approx(stats.chi2.ppf(0.9, 2 * errors + 2) / 2)


def test_a_border_lets_the_share_pass_and_no_more_than_it_must() -> None:
    known = np.random.default_rng(3).permutation(np.arange(1, 1001) / 1000)
    lets_pass = {"known": 0.006, "accepted": 0.995}  # five of a thousand are below
    assert calibration.border(known) == lets_pass
    assert calibration.border(np.ones(10)) == {"known": 1.0, "accepted": 1.0}


def test_curve_and_reliability_by_hand() -> None:
    confidence = np.array([0.6, 0.9, 0.8, 0.7])
    right = np.array([False, True, True, True])
    answered, wrong = calibration.curve(confidence, right)
    assert answered.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert wrong.tolist() == [0, 0, 0, 0.25]
    table = calibration.reliability(confidence, right, bins=2)
    assert [row["count"] for row in table] == [2, 2]
    assert table[0]["confidence"] == pytest.approx(0.65)
    assert table[0]["right"] == pytest.approx(0.5)
    error = calibration.calibration_error(confidence, right, bins=2)
    assert error == pytest.approx((abs(0.65 - 0.5) + abs(0.85 - 1.0)) / 2)
