"""Rows G4 to G8: every row runs, and notices a descent that is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from numerist.chapter.row import Result, Row, Scale
from numerist.chapter.rows import descent
from numerist.chapter.rows.descent import ROWS
from numerist.descent import (
    VALLEYS,
    Valley,
    minimise,
)
from numerist.neurons import sigmoid, sigmoid_prime

IDS = [row.id for row in ROWS]
MODULE = "numerist.chapter.rows.descent"


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    return {row.id: row.run(Scale(quick=True, seeds=2)) for row in ROWS}


@pytest.mark.parametrize(("row", "pictures"), list(zip(IDS[:4], (2, 2, 1, 2), strict=True)))
def test_there_are_pictures(row: str, pictures: int, results: dict[str, Result]) -> None:
    assert len(results[row].pictures) == pictures


def test_the_valley_is_drawn_with_its_path(results: dict[str, Result]) -> None:
    valley, gorge = (str(picture.data) for picture in results["G4"].pictures)
    assert valley.count('"path"') == gorge.count('"path"') == 1
    assert gorge.count('"contours"') == 1


def test_the_long_valley_has_its_gradient() -> None:
    cost, gradient = descent._long_valley(3)
    # Curvatures 0.5, 1.25, 2; at (1, 2, 0) C = (1.25 · 1 + 2 · 1) / 2.
    place = np.array([1.0, 2.0, 0.0])
    assert cost(place) == 1.625
    assert gradient(place).tolist() == [0, 1.25, -2]


def test_the_promise_of_equation_9_by_hand() -> None:
    # C = v², at v = 1: ∇C = 2, so with η = ¼ it promises to fall by 1; it falls from 1 to ¼.
    walk = minimise(lambda v: v**2, 1.0, 0.25, 1, lambda v: 2 * v)
    assert descent._promise(walk) == 0.75


def _uphill(valley: Valley) -> Valley:
    return replace(valley, gradient=lambda v: -valley.gradient(v))


@pytest.mark.parametrize("row", [descent.G4, descent.G7], ids=lambda row: row.id)
def test_walking_uphill_is_seen(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {name: _uphill(valley) for name, valley in VALLEYS.items()}
    monkeypatch.setattr(f"{MODULE}.VALLEYS", wrong)
    assert row.run(Scale(quick=True, seeds=1)).agrees is False


def test_a_direction_that_is_not_the_steepest_is_beaten(monkeypatch: pytest.MonkeyPatch) -> None:
    right = descent._long_valley

    def skewed(n: int) -> object:  # a gradient that is a little off in one component
        cost, gradient = right(n)
        return cost, lambda v: gradient(v) + 0.5 * np.eye(n)[0]

    assert descent.G6.run(Scale(quick=True, seeds=1)).agrees
    monkeypatch.setattr(f"{MODULE}._long_valley", skewed)
    assert descent.G6.run(Scale(quick=True, seeds=1)).agrees is False


def test_rates_from_too_small_to_too_large(results: dict[str, Result]) -> None:
    numbers = results["G5"].numbers
    # Along v₁ the factor is 1 − η, along v₂ 1 − 10 η: after 30 steps at η = 0.1 only v₁ is left.
    assert numbers["costs after the last step"][2] == pytest.approx(8 * 0.9**60)
    assert numbers["endings"] == ["steps done"] * 4 + ["diverged"]
    # |1 − 10 η| = 1 at η = 0.2.
    assert numbers["largest rate without divergence"] == pytest.approx(0.2, abs=0.001)


def test_the_cosine_in_the_plane() -> None:
    angles, changes, first = descent._around()
    assert (np.diff(angles) > 0).all()
    cost, gradient = descent._long_valley(2)
    slope = float(np.linalg.norm(gradient(np.array([3.0, 2.0]))))
    assert first == pytest.approx(-0.3 * slope * np.cos(np.radians(angles)))
    assert (changes > first).all()  # it curves up in every direction
    assert cost(np.array([1.0, 1.0])) == 0


def test_both_hollows_are_found_and_arrows_drawn(results: dict[str, Result]) -> None:
    assert results["G7"].numbers["ends"] == pytest.approx([2, -1], abs=0.01)
    assert [str(p.data).count('"step"') for p in results["G7"].pictures] == [4, 4]


def test_second_derivatives_of_one_neuron_by_hand() -> None:
    # σ(wx + b): ∂²/∂w² = σ'' x², ∂²/∂w∂b = σ'' x, ∂²/∂b² = σ'', with σ'' = σ' (1 − 2σ).
    rng = np.random.default_rng(4)
    (w, b), (x,) = rng.standard_normal(2), rng.uniform(0, 1, 1)
    bend = sigmoid_prime(w * x + b) * (1 - 2 * sigmoid(w * x + b))
    expected = bend * np.array([[x * x, x], [x, 1]])
    assert descent._hessian([1, 1], seed=4) == pytest.approx(expected, abs=1e-9)


def test_counts_by_hand(results: dict[str, Result]) -> None:
    networks = results["G8"].numbers["networks"]
    # 2·3 + 3 + 3·1 + 1 = 13 variables; 13² = 169; 13 · 14 / 2 = 91.
    assert networks["[2, 3, 1]"] == {"variables": 13, "all": 169, "distinct": 91}
    assert networks["[784, 30, 10]"]["all"] == (784 * 30 + 30 + 30 * 10 + 10) ** 2
