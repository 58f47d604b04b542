from __future__ import annotations

import dataclasses
import math
from decimal import Decimal, localcontext

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


def exact_cross_entropy(z: float, y: float) -> float:
    """Return −y ln σ(z) − (1 − y) ln(1 − σ(z)) in decimals of 400 digits: σ is never 0 or 1."""
    with localcontext() as context:
        context.prec = 400
        a = 1 / (1 + Decimal(-z).exp())
        return float(-Decimal(y) * a.ln() - (1 - Decimal(y)) * (1 - a).ln())


@pytest.mark.parametrize("z", [0.0, 0.3, -2.0, 20.0, 36.7, 36.8, 40.0, -40.0, 100.0, -100.0, 700.0])
@pytest.mark.parametrize("y", [0.0, 0.25, 1.0])
def test_cross_entropy_is_exact_at_saturated_outputs(z: float, y: float) -> None:
    sigmoid = ACTIVATIONS["sigmoid"]
    cost = COSTS["cross-entropy"].at(sigmoid, np.array([[z]]), np.array([[y]]))
    assert cost == pytest.approx([exact_cross_entropy(z, y)], rel=1e-14, abs=1e-300)


def test_log_likelihood_is_exact_at_saturated_outputs() -> None:
    """−ln a_j of two outputs is what cross-entropy is of one, at the difference of their z."""
    softmax = ACTIVATIONS["softmax"]
    for z in (0.3, 20.0, 40.0, 700.0, -750.0, 3000.0):
        inputs, y = np.array([[z + 5], [5.0]]), np.array([[0.0], [1.0]])
        cost = COSTS["log-likelihood"].at(softmax, inputs, y)
        exact = exact_cross_entropy(z, 0.0) if z < 900 else z  # ln(1 + e^z) − z < e^−900
        assert cost == pytest.approx([exact], rel=1e-14)


@pytest.mark.parametrize("cost", COSTS.values(), ids=lambda c: c.name)
@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
def test_the_cost_at_z_is_the_cost_of_the_activations(cost: Cost, output: str) -> None:
    rng = np.random.default_rng(3)
    z, y = rng.normal(size=(4, 6)), rng.dirichlet(np.ones(4), 6).T
    f = ACTIVATIONS[output]
    np.testing.assert_allclose(cost.at(f, z, y), cost.each(f(z), y), rtol=1e-12)


def test_answers_rounded_to_1_cost_as_much_as_rounding_can_tell() -> None:
    """No jump where σ(z) becomes 1, at z = 36.74: −ln(ε/2) = 53 ln 2 = 36.74."""
    a, y = np.array([[1.0 - 2**-53, 1.0]]), np.zeros((1, 2))
    assert COSTS["cross-entropy"].each(a, y) == pytest.approx([53 * math.log(2)] * 2)
