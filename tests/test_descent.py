"""Gradient descent against closed forms, roots, other formulas, and walks that go wrong."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerist.descent import (
    VALLEYS,
    Descent,
    Ending,
    Valley,
    compare_directions,
    count_parameters,
    minimise,
    numerical_gradient,
    second_derivatives,
)
from numerist.errors import InputError, ShapeError

if TYPE_CHECKING:
    from numerist.neurons.activations import Array


def square(v: Any) -> Any:
    return (v**2).sum()


def test_steps_worked_by_hand() -> None:
    # C = v₁² + 3 v₂², ∇C = (2 v₁, 6 v₂), η = 0.25: v₁ is halved, v₂ changes sign and is halved.
    walk = minimise(
        lambda v: v[0] ** 2 + 3 * v[1] ** 2,
        [8.0, 4.0],
        0.25,
        3,
        lambda v: np.array([2 * v[0], 6 * v[1]]),
    )
    assert walk.path.tolist() == [[8, 4], [4, -2], [2, 1], [1, -0.5]]
    assert walk.costs.tolist() == [112, 28, 7, 1.75]
    assert walk.gradients.tolist() == [[16, 24], [8, -12], [4, 6], [2, -3]]
    assert walk.slopes == pytest.approx(np.sqrt([832, 208, 52, 13]))
    assert (walk.steps, walk.ending) == (3, Ending.STEPS_DONE)


def test_a_quadratic_valley_follows_its_closed_form() -> None:
    # v_k = Q (1 − ηλ)^k Q^T v_0 for C = ½ v·A v with A = Q λ Q^T.
    rng = np.random.default_rng(5)
    q, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    eigenvalues = np.array([0.1, 0.5, 1, 2, 3, 4])
    a, start, eta = q @ np.diag(eigenvalues) @ q.T, rng.normal(size=6), 0.3
    walk = minimise(lambda v: v @ a @ v / 2, start, eta, 40, lambda v: a @ v)
    for k in (1, 7, 40):
        expected = q @ ((1 - eta * eigenvalues) ** k * (q.T @ start))
        assert walk.path[k] == pytest.approx(expected, abs=1e-12)


def test_given_and_numerical_gradient_walk_the_same_way() -> None:
    valley = VALLEYS["rosenbrock"]
    given_gradient = minimise(valley.function, valley.start, 1e-3, 500, valley.gradient)
    numerical = minimise(valley.function, valley.start, 1e-3, 500)
    assert numerical.path == pytest.approx(given_gradient.path, abs=1e-7)


def test_rosenbrocks_minimum_is_reached() -> None:
    valley = VALLEYS["rosenbrock"]
    walk = minimise(valley.function, valley.start, 1.5e-3, 60_000, valley.gradient)
    assert walk.ending is Ending.GRADIENT_SMALL
    assert walk.end == pytest.approx([1, 1], abs=1e-6)
    assert "level" in walk.sentence


@pytest.mark.parametrize(("start", "hollow"), [(3.0, 2.0), (0.1, 2.0), (-0.1, -1.0), (-1.5, -1.0)])
def test_one_variable_rolls_into_the_hollow_on_its_side(start: Any, hollow: float) -> None:
    valley = VALLEYS["two hollows"]
    walk = minimise(valley.function, start, 0.05, 1000)
    assert isinstance(walk.end, float)
    assert walk.end == pytest.approx(hollow, abs=1e-6)
    assert walk.path.shape == (walk.steps + 1, 1)
    # Each step goes against the slope: downhill to the left where C' > 0, to the right where < 0.
    moves = np.diff(walk.path[:, 0])
    assert (np.sign(moves) == -np.sign(valley.gradient(walk.path[:-1, 0]))).all()


@pytest.mark.parametrize("valley", VALLEYS.values(), ids=VALLEYS)
def test_example_valleys_have_exact_gradients_and_true_minima(valley: Valley) -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        v = rng.uniform(-2, 2, size=np.shape(valley.start))[()]
        # A fourth-order formula of another stencil than the one in the package.
        h = 1e-3
        expected = np.empty(np.shape(v))
        for j in np.ndindex(np.shape(v)):
            e = np.zeros(np.shape(v))
            e[j] = h
            f = valley.function
            expected[j] = (f(v - 2 * e) - 8 * f(v - e) + 8 * f(v + e) - f(v + 2 * e)) / (12 * h)
        assert valley.gradient(v) == pytest.approx(expected, abs=1e-6)
        assert valley.function(v) >= valley.function(np.asarray(valley.minimum)[()])
    assert valley.gradient(np.asarray(valley.minimum)[()]) == pytest.approx(0, abs=1e-15)


def test_any_shape_goes_in_and_comes_back() -> None:
    seen = []

    def function(v: Any) -> Any:
        seen.append(v.shape)
        return ((v - 2) ** 2).sum()

    walk = minimise(function, np.zeros((2, 3, 4)), 0.4, 50)
    assert set(seen) == {(2, 3, 4)}
    assert walk.path.shape == (walk.steps + 1, 24)
    assert walk.end.shape == (2, 3, 4)
    assert walk.end == pytest.approx(np.full((2, 3, 4), 2.0), abs=1e-6)


def test_a_function_that_writes_into_its_argument_does_no_harm() -> None:
    def function(v: Any) -> Any:
        v *= v
        return v.sum()

    start = np.array([1.0, -2.0])
    walk = minimise(function, start, 0.25, 4)
    assert start.tolist() == [1, -2]
    assert walk.end == pytest.approx([1 / 16, -2 / 16], abs=1e-9)


def test_no_steps_and_a_start_at_the_bottom() -> None:
    walk = minimise(square, [3.0, 4.0], 0.1, 0)
    assert (walk.path.tolist(), walk.ending) == ([[3, 4]], Ending.STEPS_DONE)
    assert minimise(square, [0.0, 0.0], 0.1, 100).ending is Ending.GRADIENT_SMALL
    assert minimise(square, [0.0, 0.0], 0.1, 100).steps == 0


def test_it_stops_as_soon_as_the_gradient_is_no_larger_than_the_tolerance() -> None:
    # ∇C halves in every step: 2, 1, ½, ¼.
    walk = minimise(lambda v: v * v, 1.0, 0.25, 100, lambda v: 2 * v, tolerance=0.25)
    assert walk.gradients[:, 0].tolist() == [2, 1, 0.5, 0.25]
    assert walk.ending is Ending.GRADIENT_SMALL


@given(st.floats(1e-3, 50), st.floats(-100, 100).filter(lambda v: abs(v) > 1e-3))
def test_a_parabola_diverges_exactly_above_the_rate_two_over_its_curvature(
    curvature: float, start: Any
) -> None:
    def walk(eta: float) -> Descent:
        return minimise(
            lambda v: curvature * v * v / 2, start, eta, 300, lambda v: curvature * v, tolerance=0
        )

    below, above = walk(1.9 / curvature), walk(2.1 / curvature)
    assert below.ending is not Ending.DIVERGED
    assert (np.diff(below.costs) <= 0).all()
    assert above.ending is Ending.DIVERGED
    assert "too large" in above.sentence
    assert "grown 5 steps in a row" in above.sentence


def test_growth_counts_only_when_it_lasts_five_steps() -> None:
    def walk(factors: list[float]) -> Descent:
        """A cost that is multiplied by the next factor in each step."""
        costs = iter(np.cumprod([1.0, *factors]).tolist())
        return minimise(lambda _: next(costs), 0.0, 1.0, len(factors), lambda _: 1.0)

    assert walk([0.5, 2, 2, 2, 2, 0.5, 2, 2, 2, 2, 0.1]).ending is Ending.STEPS_DONE
    grown = walk([0.5, 2, 2, 2, 2, 2, 0.01, 0.01])
    assert (grown.ending, grown.steps) == (Ending.DIVERGED, 6)


def test_a_rate_just_above_what_the_bottom_bears_is_noticed_on_arriving_there() -> None:
    # Rosenbrock's largest curvature at (1, 1) is 501 + √250601 = 1001.6: 2 / 1001.6 = 0.0019968.
    valley = VALLEYS["rosenbrock"]
    walk = minimise(valley.function, valley.start, 2e-3, 60_000, valley.gradient)
    assert walk.ending is Ending.DIVERGED
    assert walk.costs.min() < 1e-4


def test_growth_by_rounding_at_the_bottom_is_no_divergence() -> None:
    costs = iter([1.0, 0.1, *(0.1 + i * np.spacing(0.1) for i in range(1, 200))])
    walk = minimise(lambda _: next(costs), 0.0, 1.0, 150, lambda _: 1.0)
    assert walk.ending is Ending.STEPS_DONE


@pytest.mark.parametrize(
    ("function", "gradient", "start"),
    [
        (lambda v: (v**4).sum(), None, [10.0, 3.0]),  # overflows in NumPy, here and in ∇C
        (lambda v: np.exp(v * v), lambda v: 2 * v * np.exp(v * v), 2.0),
        (lambda v: math.exp(-v) + v * v, None, 300.0),  # Python's own OverflowError
        (lambda v: v - np.log(v), lambda v: 1 - 1 / v, 10.0),  # walks out of the domain: NaN
        (lambda _: 1.0, lambda v: 1.0 if v == 2 else np.inf, 2.0),  # only ∇C is infinite
        (lambda v: float((v * 1e-300).sum()), lambda _: np.array([1e308, 1e308]), [0.0, -1e308]),
    ],
)
def test_leaving_the_finite_numbers_is_said_and_neither_raised_nor_warned(
    function: Any, gradient: Any, start: Any
) -> None:
    walk = minimise(function, start, 20.0, 1000, gradient)
    assert walk.ending is Ending.DIVERGED
    assert "Diverged" in walk.sentence
    assert "too large" in walk.sentence
    assert np.isfinite(walk.path).all()
    assert np.isfinite(walk.costs).all()
    assert np.isfinite(walk.gradients).all()
    assert len(walk.path) == len(walk.costs) == len(walk.gradients)
    assert walk.share is None


def test_a_cost_that_grew_in_too_few_steps_to_be_sure_is_said_too() -> None:
    walk = minimise(square, [1.0], 1.5, 2)
    assert walk.ending is Ending.STEPS_DONE
    assert "it grew" in walk.sentence


def test_a_cost_that_swings_is_said() -> None:
    # From one wall of the valley to the other and back.
    costs = iter([1, 0.1, 0.9, 0.1, 0.9, 0.1, 0.9])
    walk = minimise(lambda _: next(costs), 0.0, 1.0, 6, lambda _: 1.0)
    assert "no steady trend" in walk.sentence
    assert "lowest at step 1" in walk.sentence


@pytest.mark.parametrize("eta", [1e-6, 1e-4, 1e-3, 1e-2])
def test_the_share_of_the_way_is_exact_in_a_round_bowl(eta: float) -> None:
    # The cost shrinks by (1 − 2η)² in every step, so the share after k steps is 1 − (1 − 2η)^2k.
    walk = minimise(square, [3.0, -4.0], eta, 100, lambda v: 2 * v)
    assert walk.share == pytest.approx(1 - (1 - 2 * eta) ** 200, rel=1e-4)
    assert ("too small" in walk.sentence) == (eta < 3e-3)


def test_a_walk_that_jumps_across_the_valley_for_ever_is_on_no_way_down() -> None:
    walk = minimise(square, [1.0], 1.0, 30)  # 1, −1, 1, −1, …, to rounding
    assert walk.share is None
    assert "After 30 steps the cost is unchanged, 1, and the ground is not level" in walk.sentence
    assert "η = 1 is too large" in walk.sentence
    assert walk.sentence.endswith("try half of it.")
    exact = minimise(square, [1.0], 1.0, 31, lambda v: 2 * v)
    assert exact.share is None
    assert "too large" in exact.sentence


@pytest.mark.parametrize("eta", [0.99, 0.999])
def test_a_rate_at_the_edge_of_divergence_is_not_said_to_be_too_small(eta: float) -> None:
    """In the bowl the best is 0.5, and above 1.0 it diverges."""
    bowl = VALLEYS["bowl"]
    walk = minimise(bowl.function, bowl.start, eta, 20, bowl.gradient)
    assert f"η = {eta} is too large" in walk.sentence
    assert "small" not in walk.sentence


@pytest.mark.parametrize(
    ("curvature", "eta", "steps"), [(100.0, 0.0199, 20), (10.0, 0.2, 30), (10.0, 0.1999, 30)]
)
def test_a_walk_that_bounces_between_the_walls_of_a_long_valley_has_too_large_a_rate(
    curvature: float, eta: float, steps: int
) -> None:
    """The largest rate is 2 / curvature, where v₁ changes its sign for ever."""

    def cost(v: Array) -> float:
        return float(v[0] ** 2 + curvature * v[1] ** 2) / 2

    walk = minimise(cost, [-4.0, 1.0], eta, steps)
    assert "too large; try half of it." in walk.sentence
    assert "of the way down" not in walk.sentence
    assert "too large" not in minimise(cost, [-4.0, 1.0], eta / 2, steps).sentence


@pytest.mark.parametrize("eta", [0.55, 0.7, 0.9])
def test_swinging_that_settles_is_no_fault(eta: float) -> None:
    walk = minimise(square, [2.0, 1.5], eta, 20, lambda v: 2 * v)
    assert "large" not in walk.sentence


@pytest.mark.parametrize(("eta", "cost"), [(0.0005, 3.977), (0.0025, 2.416)])
def test_most_of_rosenbrocks_way_is_not_called_nearly_nothing(eta: float, cost: float) -> None:
    """From 24.2, of which 0 is the bottom; with 0.01 it diverges."""
    valley = VALLEYS["rosenbrock"]
    walk = minimise(valley.function, valley.start, eta, 100, valley.gradient)
    assert walk.costs[-1] == pytest.approx(cost, abs=5e-4)
    assert "small" not in walk.sentence
    assert "nothing" not in walk.sentence


@pytest.mark.parametrize("eta", [1e-12, 0.001, 0.1, 0.3])
def test_of_one_step_only_what_happened_is_said(eta: float) -> None:
    bowl = VALLEYS["bowl"]
    walk = minimise(bowl.function, bowl.start, eta, 1, bowl.gradient)
    assert walk.sentence == f"After 1 step the cost went from 6.25 to {walk.costs[1]:.4g}."


def test_steps_too_small_for_any_number_to_change_are_said_to_be_too_small() -> None:
    walk = minimise(square, [1.0], 1e-18, 30, lambda v: 2 * v)
    assert walk.share is None
    assert "unchanged" in walk.sentence
    assert "too small" in walk.sentence
    # One that is small and shows is not taken for a jump.
    assert minimise(square, [1.0], 1e-10, 30, lambda v: 2 * v).share == pytest.approx(0, abs=1e-5)


def test_no_steps_are_no_reason_to_blame_the_rate() -> None:
    walk = minimise(square, [1.0], 0.1, 0, lambda v: 2 * v)
    assert walk.sentence == (
        "No step was taken: the cost is 1, and the ground is not level (gradient 2)."
    )
    level = minimise(square, [0.0], 0.1, 0, lambda v: 2 * v)
    assert "the ground is level" in level.sentence


@pytest.mark.parametrize(
    ("eta", "steps", "said"),
    [
        (0.1, 20, "about 99.987 %"),  # 1 − 0.8^40 = 0.999867
        (0.1, 4, "about 83 %"),  # 1 − 0.8^8 = 0.832
        (0.1, 100, "practically all"),
        (0.001, 20, "about 7.7 %"),  # 1 − 0.998^40 = 0.0770
        (1e-12, 20, "nearly nothing"),
    ],
)
def test_shares_read_naturally(eta: float, steps: int, said: str) -> None:
    walk = minimise(square, [1.0], eta, steps, lambda v: 2 * v, tolerance=0)
    assert f": {said} of the way down" in walk.sentence


def test_where_no_end_is_in_sight_the_share_is_none_of_it() -> None:
    walk = minimise(lambda v: v, 0.0, 0.1, 50, lambda _: 1.0)  # an endless slope
    assert walk.share == pytest.approx(0, abs=1e-12)
    assert "too small" in walk.sentence
    assert minimise(square, [1.0], 0.1, 1).share is None


# The numerical gradient.


@pytest.mark.parametrize(
    ("function", "place", "derivative"),
    [
        (np.sin, 1.3, math.cos(1.3)),
        (np.exp, -2.0, math.exp(-2)),
        (lambda v: v**3, 1000.0, 3e6),
        (lambda v: 1 / v, 1e-2, -1e4),
        (lambda _: 7.0, 3.0, 0.0),
    ],
)
def test_derivatives_known_by_heart(function: Any, place: Any, derivative: float) -> None:
    found = numerical_gradient(function, place)
    assert isinstance(found, float)
    assert found == pytest.approx(derivative, rel=1e-6, abs=1e-9)


def test_the_step_is_near_the_best_of_all_steps() -> None:
    exact = math.cos(1.3)
    errors = [abs(numerical_gradient(np.sin, 1.3, 10**-e) - exact) for e in np.arange(1, 12, 0.125)]
    assert abs(numerical_gradient(np.sin, 1.3) - exact) < 1e-10
    assert max(errors) > 1e-6  # a careless step is far worse


def test_a_step_of_ones_own_serves_functions_of_low_precision() -> None:
    def rough(v: Any) -> float:
        return float(np.sin(np.float32(v)))

    assert numerical_gradient(rough, 1.3, 5e-3) == pytest.approx(math.cos(1.3), abs=1e-4)
    assert numerical_gradient(rough, 1.3) != pytest.approx(math.cos(1.3), abs=1e-3)


def test_the_gradient_of_a_quadratic_form_is_a_matrix_times_v() -> None:
    rng = np.random.default_rng(0)
    a, v = rng.normal(size=(12, 12)), rng.normal(size=(3, 4))
    found = numerical_gradient(lambda u: u.ravel() @ a @ u.ravel(), v)
    assert found == pytest.approx(((a + a.T) @ v.ravel()).reshape(3, 4), abs=1e-8)


# Steepest descent.


@pytest.mark.parametrize("n", [1, 2, 3, 50])
def test_no_direction_beats_minus_the_gradient_to_first_order(n: Any) -> None:
    rng = np.random.default_rng(n)
    a, place = rng.normal(size=(n, n)), rng.normal(size=n)
    found = compare_directions(
        lambda v: np.sin(v @ a @ v), place, 1e-4, count=5000, seed=n, gradient=None
    )
    assert found.beaten_by == 0
    assert found.first_order.min() >= found.steepest_first_order * (1 + 1e-12)
    lengths = np.linalg.norm(found.steps, axis=1)
    assert lengths == pytest.approx(np.full(5000, 1e-4))
    assert np.linalg.norm(found.steepest_step) == pytest.approx(1e-4)
    assert found.steepest_change < 0


def test_in_the_plane_the_change_goes_with_the_cosine() -> None:
    # C = 3 v₁ + 4 v₂, ‖∇C‖ = 5: a step of length 2 at the angle φ from −∇C changes C by −10 cos φ.
    found = compare_directions(
        lambda v: 3 * v[0] + 4 * v[1],
        [7.0, -1.0],
        2.0,
        count=2000,
        gradient=lambda _: np.array([3.0, 4.0]),
        seed=4,
    )
    angles = np.arctan2(found.steps[:, 1], found.steps[:, 0]) - math.atan2(-4, -3)
    assert found.changes == pytest.approx(-10 * np.cos(angles), abs=1e-12)
    assert found.cosines == pytest.approx(np.cos(angles), abs=1e-12)
    assert found.steepest_first_order == pytest.approx(-10)
    assert found.steepest_step == pytest.approx([-1.2, -1.6])
    assert found.cosines.max() > 0.999
    assert found.cosines.min() < -0.999


def test_a_wrong_gradient_is_beaten() -> None:
    found = compare_directions(
        square, [1.0, 2.0], 1e-3, gradient=lambda _: np.array([2.0, -4.0]), seed=0
    )
    assert (found.changes < found.steepest_change - 1e-4).any()
    assert found.beaten_by > 100


@pytest.mark.parametrize("degrees", [3, 10, -40])
def test_a_gradient_turned_a_little_is_beaten(degrees: float) -> None:
    turn = np.radians(degrees)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])

    def slope(v: Array) -> Array:
        return np.array([np.exp(v[0]), 4 * v[1] ** 3])

    def beaten(gradient: Any) -> int:
        return compare_directions(
            lambda v: np.exp(v[0]) + v[1] ** 4, [0.5, 1.0], 1e-4, gradient=gradient, seed=1
        ).beaten_by

    assert beaten(slope) == 0
    assert beaten(lambda v: turned @ slope(v)) > 0


def test_the_margin_is_what_curvature_can_do() -> None:
    # (v + Δv)² + (v − Δv)² − 2v² = 2 Δv², the same for all steps of a length in a round bowl.
    found = compare_directions(square, [1.0, 2.0], 1e-2, count=50, seed=0)
    assert found.margin == pytest.approx(2e-4)
    assert compare_directions(np.sum, [1.0, 2.0], 1e-2, count=50, seed=0).margin < 1e-13


def test_the_true_change_leaves_the_first_order_as_the_square_of_the_length() -> None:
    def surplus(length: float) -> float:
        found = compare_directions(
            lambda v: np.exp(v[0]) + v[1] ** 4, [0.5, 1.0], length, count=200, seed=1
        )
        return float(np.abs(found.changes - found.first_order).max())

    assert surplus(1e-2) / surplus(1e-3) == pytest.approx(100, rel=0.05)


def test_a_seed_repeats_the_directions() -> None:
    def steps(seed: int) -> Array:
        return compare_directions(square, [1.0, 2.0], count=10, seed=seed).steps

    assert (steps(3) == steps(3)).all()
    assert (steps(3) != steps(4)).all()


# Counting.


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_second_derivatives_are_as_many_as_pairs(n: Any) -> None:
    pairs = [(j, k) for j in range(n) for k in range(n)]
    assert second_derivatives(n).all == len(pairs)
    assert second_derivatives(n).distinct == len({frozenset(pair) for pair in pairs})


def test_large_counts_are_exact() -> None:
    assert second_derivatives(10**15 + 1).all == 1_000_000_000_000_002_000_000_000_000_001
    assert second_derivatives(np.int32(1_000_000)).all == 10**12


@given(st.lists(st.integers(1, 20), min_size=2, max_size=5))
def test_parameters_are_as_many_as_the_numbers_in_the_arrays(sizes: list[Any]) -> None:
    weights = [np.empty((b, a)) for a, b in pairwise(sizes)]
    biases = [np.empty((b, 1)) for b in sizes[1:]]
    assert count_parameters(sizes) == sum(array.size for array in weights + biases)


# Bad input.


@pytest.mark.parametrize("eta", [0, -1, math.nan, math.inf])
def test_a_rate_that_is_not_positive_is_refused(eta: float) -> None:
    with pytest.raises(InputError, match="eta: expected a finite number above 0"):
        minimise(square, [1.0], eta, 10)


@pytest.mark.parametrize("steps", [-1, 1.5, "3"])
def test_steps_that_are_no_count_are_refused(steps: Any) -> None:
    with pytest.raises(InputError, match="steps"):
        minimise(square, [1.0], 0.1, steps)


@pytest.mark.parametrize("start", [[math.nan], [math.inf, 0], "here", None, [], [[1.0], [1, 2]]])
def test_a_start_that_is_no_place_is_refused(start: Any) -> None:
    with pytest.raises(InputError, match="start"):
        minimise(square, start, 0.1, 10)


def test_a_start_outside_the_domain_is_refused() -> None:
    with pytest.raises(InputError, match="Start where the function is defined"):
        minimise(np.log, -1.0, 0.1, 10)


@pytest.mark.parametrize("tolerance", [-1e-9, math.nan])
def test_a_negative_tolerance_is_refused(tolerance: float) -> None:
    with pytest.raises(InputError, match="tolerance"):
        minimise(square, [1.0], 0.1, 10, tolerance=tolerance)


def test_functions_with_values_of_the_wrong_shape_or_kind_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"cost: expected one number, found shape \(2,\)"):
        minimise(lambda v: v**2, [1.0, 2.0], 0.1, 10)
    with pytest.raises(ShapeError, match=r"gradient: expected shape \(2,\)"):
        minimise(square, [1.0, 2.0], 0.1, 10, lambda v: 2 * v[0])
    with pytest.raises(InputError, match="real numbers"):
        minimise(lambda v: v + 1j, 1.0, 0.1, 10)
    with pytest.raises(InputError, match="real numbers"):
        minimise(lambda _: None, 1.0, 0.1, 10)


def test_a_comparison_on_level_ground_or_with_bad_numbers_is_refused() -> None:
    with pytest.raises(InputError, match="away from the minimum"):
        compare_directions(square, [0.0, 0.0])
    with pytest.raises(InputError, match="length"):
        compare_directions(square, [1.0], 0.0)
    with pytest.raises(InputError, match="count"):
        compare_directions(square, [1.0], count=0)
    with pytest.raises(InputError, match="step of the gradient"):
        numerical_gradient(square, [1.0], 0.0)


@pytest.mark.parametrize("sizes", [[], [3], [3, 0], [3, 1.5], [3, -1, 2]])
def test_sizes_that_make_no_network_are_refused(sizes: list[Any]) -> None:
    with pytest.raises(InputError):
        count_parameters(sizes)


@pytest.mark.parametrize("n", [0, -3, 2.0, "4"])
def test_a_number_of_variables_that_is_no_count_is_refused(n: Any) -> None:
    with pytest.raises(InputError, match="number of variables"):
        second_derivatives(n)


def test_what_is_no_list_of_layers_is_refused() -> None:
    with pytest.raises(InputError, match="sizes of the network"):
        count_parameters(3)  # type: ignore[arg-type]


def test_a_step_that_changes_nothing_is_refused() -> None:
    """1 + 1e-17 is 1 in float64, and (C − C) / 0 is no derivative."""
    with pytest.raises(InputError, match="one that changes each variable"):
        numerical_gradient(square, [1.0, 2.0], step=1e-17)
    assert numerical_gradient(square, [0.0, 0.0], step=1e-17).tolist() == [0, 0]
