from itertools import product
from typing import Any

import numpy as np
import pytest

from numerist.errors import InputError
from numerist.neurons.adders import half_adder
from numerist.neurons.gates import AND, GATES, NAND, NOR, NOT, OR, XOR, why_no_perceptron
from numerist.neurons.perceptron import Perceptron
from numerist.neurons.truth_table import TruthTable

TRUTH = {"NAND": [1, 1, 1, 0], "AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "NOR": [1, 0, 0, 0]}


@pytest.mark.parametrize("name", TRUTH)
def test_gates_of_two_inputs(name: str) -> None:
    assert GATES[name].truth_table().outputs["out"].tolist() == TRUTH[name]


def test_not() -> None:
    assert GATES["NOT"].truth_table().outputs["out"].tolist() == [1, 0]
    assert set(GATES) == {*TRUTH, "NOT"}
    assert [GATES[name] for name in GATES] == [NAND, AND, OR, NOR, NOT]


@pytest.mark.parametrize("gate", GATES.values())
def test_no_input_lies_on_a_gates_boundary(gate: Perceptron) -> None:
    # So gates become the same gates of sigmoid neurons when their weights grow.
    x = np.array(list(product((0, 1), repeat=gate.weights.size)))
    assert np.abs(x @ gate.weights + gate.bias).min() == 1


def test_nand_has_the_chapters_weights() -> None:
    assert NAND.weights.tolist() == [-2, -2]
    assert NAND.bias == 3


def test_xor_is_a_network() -> None:
    assert XOR([[0, 0, 1, 1], [0, 1, 0, 1]]).tolist() == [[0, 1, 1, 0]]


def functions_of_perceptrons(n: int, largest: int) -> set[tuple[int, ...]]:
    """The truth tables of all perceptrons with small whole weights, biases half a unit apart."""
    x = np.array(list(product((0, 1), repeat=n)))
    found = set()
    for weights in product(range(-largest, largest + 1), repeat=n):
        sums = x @ weights
        for bias in np.arange(-n * largest - 0.5, n * largest + 1):
            found.add(tuple((sums + bias > 0).astype(int).tolist()))
    return found


@pytest.mark.parametrize(("n", "count"), [(1, 4), (2, 14), (3, 104)])
def test_what_four_inequalities_rule_out_is_what_no_perceptron_does(n: int, count: int) -> None:
    possible = functions_of_perceptrons(n, largest=2 if n > 2 else 1)
    assert len(possible) == count  # of 4, 16, 256: the known numbers of threshold functions
    for values in product((0, 1), repeat=2**n):
        table = TruthTable([f"x{j}" for j in range(n)], {"f": values})
        assert (why_no_perceptron(table) is None) == (values in possible)


@pytest.mark.parametrize("values", [[0, 1, 1, 0], [1, 0, 0, 1], [0, 0, 0, 1, 1, 0, 0, 0]])
def test_the_contradiction_holds_for_every_perceptron(values: list[int]) -> None:
    names = [f"x{j}" for j in range(len(values).bit_length() - 1)]
    reason = why_no_perceptron(TruthTable(names, {"f": values}))
    assert reason is not None
    row = dict(zip(product((0, 1), repeat=len(names)), values, strict=True))
    assert [row[x] for x in (*reason.ones, *reason.zeros)] == [1, 1, 0, 0]
    rng = np.random.default_rng(0)
    for _ in range(100):  # the two sums are one number, which can't be above 0 and not above it
        w, b = rng.standard_normal(len(names)), rng.standard_normal()
        left = [np.dot(w, x) + b for x in (*reason.ones, *reason.zeros)]
        assert left[0] + left[1] == pytest.approx(left[2] + left[3])
        says = [Perceptron(w, b)(x) for x in (*reason.ones, *reason.zeros)]
        assert says != [1, 1, 0, 0]


def test_the_reason_in_words() -> None:
    reason = str(why_no_perceptron(TruthTable(["a", "b"], {"XNOR": [1, 0, 0, 1]})))
    assert "w1 + w2 + 2b > 0" in reason
    assert "w1 + w2 + 2b ≤ 0" in reason


@pytest.mark.parametrize(
    ("table", "found"),
    [(half_adder().truth_table(), "outputs sum, carry"), (None, "None"), (5, "5")],
)
def test_a_table_with_two_outputs_is_an_error_that_names_them(table: Any, found: str) -> None:
    with pytest.raises(InputError, match=f"one output, found {found}"):
        why_no_perceptron(table)


def test_a_gate_takes_its_inputs_one_by_one() -> None:
    for a, b in product((0, 1), repeat=2):
        assert NAND(a, b) == (not (a and b))
        assert NOT(a) == (not a)
        assert XOR(a, b).tolist() == [a != b]
    with pytest.raises(InputError, match="shape"):
        NAND(1)


@pytest.mark.parametrize("table", [NAND, XOR, half_adder(), [0, 1, 1, 0]])
def test_what_has_a_truth_table_is_none(table: Any) -> None:
    with pytest.raises(InputError, match=r"one output, found .*\.truth_table\(\)"):
        why_no_perceptron(table)
    if table is XOR:
        assert why_no_perceptron(table.truth_table()) is not None
