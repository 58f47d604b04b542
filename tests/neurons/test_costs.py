from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from numerist.neurons import ACTIVATIONS, COSTS, Cost


def test_quadratic_by_hand() -> None:
    # ½ ((0.8 − 1)² + (0.1 − 0)²) = ½ (0.04 + 0.01) = 0.025
    a, y = np.array([[0.8], [0.1]]), np.array([[1.0], [0.0]])
    assert COSTS["quadratic"].each(a, y) == pytest.approx([0.025])
    np.testing.assert_allclose(COSTS["quadratic"].derivative(a, y), [[-0.2], [0.1]])


def test_cross_entropy_and_log_likelihood_by_hand() -> None:
    # −(ln ½ + ln(1 − ¼)) = ln 2 + ln(4/3) = ln(8/3); −ln ½ = ln 2
    a, y = np.array([[0.5], [0.25]]), np.array([[1.0], [0.0]])
    assert COSTS["cross-entropy"].each(a, y) == pytest.approx([math.log(8 / 3)])
    assert COSTS["log-likelihood"].each(a, y) == pytest.approx([math.log(2)])


def derivative_error(cost: Cost) -> float:
    rng = np.random.default_rng(1)
    a, y = rng.uniform(0.05, 0.95, (4, 6)), rng.uniform(0, 1, (4, 6))
    numeric = np.empty_like(a)
    step = 1e-6
    for index in np.ndindex(a.shape):
        up, down = a.copy(), a.copy()
        up[index] += step
        down[index] -= step
        numeric[index] = (cost.each(up, y).sum() - cost.each(down, y).sum()) / (2 * step)
    return float(np.abs(cost.derivative(a, y) - numeric).max())


@pytest.mark.parametrize("cost", COSTS.values(), ids=lambda c: c.name)
def test_derivative(cost: Cost) -> None:
    assert derivative_error(cost) < 1e-7


@pytest.mark.parametrize("cost", COSTS.values(), ids=lambda c: c.name)
def test_a_planted_wrong_derivative_is_caught(cost: Cost) -> None:
    wrong = dataclasses.replace(cost, derivative=lambda a, y: cost.derivative(a, y) + 1e-5)
    assert derivative_error(wrong) > 1e-6


@pytest.mark.parametrize("cost", COSTS.values(), ids=lambda c: c.name)
def test_the_partner_cancels_to_a_minus_y(cost: Cost) -> None:
    """Compared with the product of the two derivatives where nothing is saturated."""
    assert cost.partner is not None
    output = ACTIVATIONS[cost.partner]
    rng = np.random.default_rng(2)
    a = output(rng.normal(size=(4, 6)))
    y = np.eye(4)[:, rng.integers(0, 4, 6)]
    product = output.backward(a, cost.derivative(a, y))
    np.testing.assert_allclose(cost.delta(output, a, y), product, atol=1e-12)


@pytest.mark.parametrize("cost", COSTS.values(), ids=lambda c: c.name)
def test_wholly_wrong_answers_cost_finite_amounts(cost: Cost) -> None:
    a, y = np.array([[0.0], [1.0]]), np.array([[1.0], [0.0]])
    assert np.isfinite(cost.each(a, y)).all()
    assert np.isfinite(cost.derivative(a, y)).all()
    assert cost.each(y, y) == pytest.approx([0.0])
