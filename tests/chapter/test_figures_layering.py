"""Layout in layers: few crossings, nothing too close, as near to the wishes as can be."""

from __future__ import annotations

from itertools import pairwise, permutations, product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from numerist.chapter.figures.layering import Slot, apart, crossings, lay_out, route
from numerist.neurons.adders import adder, half_adder

if TYPE_CHECKING:
    from numerist.neurons.circuit import Circuit

_WISHES = st.lists(st.floats(-20, 20), min_size=1, max_size=12)


@given(_WISHES)
def test_places_apart_are_those_of_isotonic_regression(wishes: list[float]) -> None:
    wish, stairs = np.array(wishes), np.arange(len(wishes))
    expected = IsotonicRegression().fit_transform(stairs, wish - stairs) + stairs
    np.testing.assert_allclose(apart(wish), expected, atol=1e-9)


@given(_WISHES, st.randoms(use_true_random=False))
def test_no_other_places_at_least_one_apart_are_nearer(wishes: list[float], random: object) -> None:
    wish = np.array(wishes)
    found = apart(wish)
    assert (np.diff(found) >= 1 - 1e-9).all()
    rng = np.random.default_rng(random.getrandbits(32))  # type: ignore[attr-defined]
    for _ in range(20):
        other = found + rng.normal(scale=0.5, size=len(wish))
        other = np.maximum.accumulate(other - np.arange(len(wish))) + np.arange(len(wish))
        assert ((other - wish) ** 2).sum() >= ((found - wish) ** 2).sum() - 1e-6


def _cross(a: float, b: float, c: float, d: float) -> bool:
    """Whether the line from a to b crosses that from c to d: at both ends another is left."""
    return (a < c and b > d) or (a > c and b < d)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=12, unique=True))
def test_crossings_are_counted_pair_by_pair(ends: list[tuple[int, int]]) -> None:
    rows: list[list[Slot]] = [[(f"a{i}", 0) for i in range(5)], [(f"b{i}", 1) for i in range(5)]]
    hops = [((f"a{i}", 0), (f"b{j}", 1)) for i, j in ends]
    slow = sum(
        _cross(*ends[i], *ends[j]) for i in range(len(ends)) for j in range(i + 1, len(ends))
    )
    assert crossings(rows, hops) == slow


def _layers(circuit: Circuit) -> dict[str, int]:
    return {unit: at for at, layer in enumerate(circuit.layers) for unit in layer}


def _rows(across: dict[Slot, float]) -> list[list[Slot]]:
    levels = sorted({level for _, level in across})
    return [sorted((s for s in across if s[1] == at), key=across.__getitem__) for at in levels]


def test_the_half_adder_has_as_few_crossings_as_can_be() -> None:
    layer = _layers(half_adder())
    lines = [(line.source, line.target) for line in half_adder().lines]
    hops = list({hop for line in lines for hop in pairwise(route(*line, layer))})
    rows = _rows(lay_out(layer, lines, keep_first=True).across)
    orders = product([rows[0]], *(list(map(list, permutations(row))) for row in rows[1:]))
    assert crossings(rows, hops) == min(crossings(order, hops) for order in orders)


@pytest.mark.parametrize("n", [1, 2, 8])
def test_adders_are_laid_out_with_room_for_each_unit(n: int) -> None:
    layer = _layers(adder(n))
    lines = [(line.source, line.target) for line in adder(n).lines]
    found = lay_out(layer, lines, keep_first=False)
    assert {unit for unit, at in found.across if layer[unit] == at} == set(adder(n).units)
    for row in _rows(found.across):
        assert (np.diff([found.across[slot] for slot in row]) >= 1 - 1e-9).all()
    places = np.array(list(found.across.values()))
    assert places.min() == 0
    assert found.extent == pytest.approx(places.max() + 1)
    # No wider than its widest layer of units and passing lines.
    assert found.extent <= max(map(len, _rows(found.across))) + 1e-9


def test_the_first_layer_keeps_its_order_where_that_is_asked() -> None:
    layer = {"a": 0, "b": 0, "c": 1, "d": 1}
    lines = [("a", "d"), ("b", "c")]
    kept = lay_out(layer, lines, keep_first=True).across
    assert kept["a", 0] < kept["b", 0]
    assert kept["d", 1] < kept["c", 1]
