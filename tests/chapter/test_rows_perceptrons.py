"""Rows P1 to P8: every row runs, and says what can be worked out by hand."""

from __future__ import annotations

import re
from itertools import product

import pytest

from numerist.chapter.row import Result, Scale
from numerist.chapter.rows import perceptrons
from numerist.chapter.rows.perceptrons import ROWS
from numerist.neurons import (
    GATES,
    NAND,
    Perceptron,
    ThresholdPerceptron,
    add,
    compile_expression,
    half_adder,
)

MODULE = "numerist.chapter.rows.perceptrons"


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    return {row.id: row.run(Scale(quick=True, seeds=2)) for row in ROWS}


def test_inputs_on_the_boundary_are_among_those_compared(results: dict[str, Result]) -> None:
    assert results["P1"].numbers["on the threshold"] >= results["P1"].numbers["perceptrons"]
    assert ">threshold 1, so bias −1<" in str(results["P1"].pictures[0].data)
    # Weights −1, 0, 1: of 3 + 9 + 27 perceptrons every input lies on the boundary of one.
    assert results["P2"].numbers["on the boundary"] == 3 * 2 + 9 * 4 + 27 * 8


def test_a_perceptron_that_fires_on_its_threshold_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    class Eager(ThresholdPerceptron):
        def __init__(self, weights: list[float], threshold: float) -> None:
            super().__init__(weights, threshold - 0.5)

    monkeypatch.setattr(f"{MODULE}.ThresholdPerceptron", Eager)
    for row in ROWS[:2]:
        assert row.run(Scale(quick=True, seeds=1)).agrees is False


def test_both_festival_tables_are_shown_in_full(results: dict[str, Result]) -> None:
    strict = ["000 → 0", "001 → 0", "010 → 0", "011 → 0", "100 → 1", "101 → 1", "110 → 1"]
    willing = ["0", "0", "0", "1", "1", "1", "1", "1"]
    shown = re.findall(r"([01]{3} → [01]) and ([01])", results["P3"].measured)
    assert shown == list(zip([*strict, "111 → 1"], willing, strict=True))
    rows = results["P3"].numbers["truth tables"]
    assert [tuple(row.values()) for row in rows] == [
        (0, 0, 0, 0, 0, 0),
        (0, 0, 1, 2, 0, 0),
        (0, 1, 0, 2, 0, 0),
        (0, 1, 1, 4, 0, 1),
        (1, 0, 0, 6, 1, 1),
        (1, 0, 1, 8, 1, 1),
        (1, 1, 0, 8, 1, 1),
        (1, 1, 1, 10, 1, 1),
    ]


def test_five_people_disagree_unless_all_say_the_same() -> None:
    network = perceptrons._five_disagree()
    assert network.sizes == (5, 3, 4, 1)
    for votes in product((0, 1), repeat=5):
        assert network(votes).tolist() == [len(set(votes)) - 1]


def test_one_by_one_is_worked_by_hand() -> None:
    # NAND of 1 and 1 is 0, of anything else 1.
    network = half_adder().to_network()
    assert perceptrons._one_by_one(network, [1, 1]) == [0, 1]
    assert perceptrons._one_by_one(network, [0, 1]) == [1, 0]


def test_single_perceptrons_compute_all_of_two_inputs_but_xor_and_its_opposite(
    results: dict[str, Result],
) -> None:
    assert results["P5"].numbers["functions that none computes"] == ["0110", "1001"]


def test_a_wrong_gate_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(GATES, "OR", Perceptron([2, 2], -3))
    assert perceptrons.P5.run(Scale(quick=True)).agrees is False


def test_half_adders_are_drawn_as_the_chapter_draws_them(results: dict[str, Result]) -> None:
    doubled, merged = (str(picture.data) for picture in results["P6"].pictures)
    with_input_layer = str(results["P7"].pictures[0].data)
    assert [doubled.count('"edge"'), merged.count('"edge"')] == [10, 9]
    assert ["−4" in doubled, "−4" in merged, "−4" in with_input_layer] == [False, True, True]
    circles = [text.count('"unit gate"') for text in (doubled, merged, with_input_layer)]
    assert circles == [5, 5, 5]
    # The chapter lets x1 and x2 float at first, then gives them a layer.
    inputs = [text.count('"unit input"') for text in (doubled, merged, with_input_layer)]
    assert inputs == [0, 0, 2]


def test_the_adder_is_tried_on_every_pair_at_any_scale(results: dict[str, Result]) -> None:
    assert results["P8"].numbers["pairs"] == 65_536
    assert results["P8"].numbers["seconds for all pairs"] < 1


def test_a_wrong_adder_and_a_wrong_compiler_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(f"{MODULE}.add", lambda circuit, a, b: add(circuit, a, b) + (a * b == 77))
        assert perceptrons.P8.run(Scale(quick=True, seeds=1)).agrees is False
    monkeypatch.setattr(
        f"{MODULE}.compile_table", lambda table: compile_expression("1", table.inputs)
    )
    assert perceptrons.P8.run(Scale(quick=True, seeds=1)).agrees is False


def test_the_perceptron_of_the_chapter_carries_its_numbers(results: dict[str, Result]) -> None:
    drawn = str(results["P5"].pictures[0].data)
    assert drawn.count(">−2<") == NAND.weights.size
    assert ">3<" in drawn
