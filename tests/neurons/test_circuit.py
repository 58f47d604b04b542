import itertools
import random
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerist.errors import InputError, ShapeError
from numerist.neurons import circuit as module
from numerist.neurons.adders import adder, half_adder
from numerist.neurons.binary import all_inputs
from numerist.neurons.circuit import Circuit, Gate, difference, equal
from numerist.neurons.gates import AND, GATES, NAND, NOT, OR
from numerist.neurons.perceptron import Perceptron, ThresholdPerceptron


def random_circuit(seed: int, n: int = 4, size: int = 12) -> Circuit:
    """Gates of all kinds, odd perceptrons among them, given in random order."""
    rng = random.Random(seed)  # noqa: S311
    units, gates = [f"x{i}" for i in range(n)], []
    kinds = [*GATES.values(), Perceptron([0.1, 0.2, -0.3], 0), Perceptron([], 1), Perceptron([], 0)]
    for i in range(size):
        perceptron = rng.choice(kinds)
        sources = tuple(rng.choice(units) for _ in perceptron.weights)
        gates.append(Gate(f"g{i}", perceptron, sources))
        units.append(f"g{i}")
    rng.shuffle(gates)
    return Circuit(units[:n], gates, {f"out {u}": u for u in rng.sample(units, 3)})


def slowly(circuit: Circuit, unit: str, x: dict[str, int]) -> int:
    """Ask every gate's sources what they say, from the output backwards."""
    if unit in x:
        return x[unit]
    gate = circuit.gates[unit]
    return gate.perceptron([slowly(circuit, source, x) for source in gate.sources])


@given(st.integers(0, 2**32))
def test_all_rows_at_once_are_each_gate_on_its_own(seed: int) -> None:
    circuit = random_circuit(seed)
    x = all_inputs(4)
    values, activations = circuit.evaluate(x), circuit.activations(x)
    for column, bits in enumerate(x.T.tolist()):
        named = dict(zip(circuit.inputs, bits, strict=True))
        for unit in circuit.units:
            assert activations[unit][column] == slowly(circuit, unit, named)
        expected = [slowly(circuit, unit, named) for unit in circuit.outputs.values()]
        assert values[:, column].tolist() == expected
        assert list(circuit(**named).values()) == expected


@given(st.integers(0, 2**32))
def test_merged_and_layered_circuits_say_the_same(seed: int) -> None:
    circuit = random_circuit(seed)
    expected = circuit.truth_table()
    merged = circuit.merged()
    assert merged.truth_table() == expected
    assert all(len(set(gate.sources)) == len(gate.sources) for gate in merged.gates.values())
    network = circuit.to_network()
    assert np.array_equal(network(expected.columns), list(expected.outputs.values()))


@given(st.integers(0, 2**32))
def test_layers(seed: int) -> None:
    circuit = random_circuit(seed)
    depth = {unit: number for number, layer in enumerate(circuit.layers) for unit in layer}
    assert sorted(depth) == sorted(circuit.units)
    assert circuit.layers[0] == circuit.inputs
    for gate in circuit.gates.values():
        assert depth[gate.name] == 1 + max((depth[s] for s in gate.sources), default=0)


def test_small_blocks_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    circuit = random_circuit(1)
    expected = circuit.truth_table()
    monkeypatch.setattr(module, "_BLOCK", 50)  # three columns at a time
    assert circuit.truth_table() == expected


def test_what_a_drawing_needs() -> None:
    circuit = half_adder()
    assert circuit.layers == (("x1", "x2"), ("n1",), ("n2", "n3", "carry"), ("sum",))
    assert len(circuit.gates) == 5
    assert {
        (gate.perceptron.bias, *gate.perceptron.weights) for gate in circuit.gates.values()
    } == {(3, -2, -2)}
    lines = [(line.source, line.target, line.weight) for line in circuit.lines]
    assert len(lines) == 10
    assert lines.count(("n1", "carry", -2)) == 2  # the doubled line
    merged = [(line.source, line.target, line.weight) for line in circuit.merged().lines]
    assert len(merged) == 9
    assert merged.count(("n1", "carry", -4)) == 1
    assert [line for line in merged if line[2] != -2] == [("n1", "carry", -4)]
    assert circuit.merged().layers == circuit.layers


def test_an_output_may_be_an_input_unit() -> None:
    circuit = Circuit(["a", "b"], [], {"first": "b", "second": "a", "third": "b"})
    assert circuit(a=1, b=0) == {"first": 0, "second": 1, "third": 0}
    assert circuit.to_network()([1, 0]).tolist() == [0, 1, 0]


def test_no_inputs_one_row() -> None:
    circuit = Circuit([], [Gate("one", Perceptron([], 3), ())], {"out": "one"})
    assert circuit() == {"out": 1}
    assert circuit.truth_table().outputs["out"].tolist() == [1]
    assert circuit.to_network()([]).tolist() == [1]


def test_a_long_chain_is_no_problem() -> None:
    n = 3000
    gates = [Gate(f"g{i}", NOT, (f"g{i - 1}" if i else "x",)) for i in range(n)]
    circuit = Circuit(["x"], reversed(gates), {"out": f"g{n - 1}"})
    assert len(circuit.layers) == n + 1
    assert circuit.truth_table().outputs["out"].tolist() == [0, 1]


def test_difference_finds_the_one_input_that_differs() -> None:
    n = 18  # more than one block of rows
    wide = Perceptron([1] * n, -(n - 0.5))  # all ones
    names = tuple(f"x{i}" for i in range(n))
    never = Circuit(names, [Gate("g", Perceptron([0] * n, 0), names)], {"out": "g"})
    once = Circuit(names[::-1], [Gate("g", wide, names)], {"out": "g"})
    assert difference(never, once) == dict.fromkeys(names, 1)
    assert difference(never, never) is None


def test_inputs_are_matched_by_name() -> None:
    without = Perceptron([1, -1], 0)  # the first, but not the second
    one = Circuit(["a", "b"], [Gate("g", without, ("a", "b"))], {"out": "g"})
    turned = Circuit(["b", "a"], [Gate("g", without, ("a", "b"))], {"out": "g"})
    other = Circuit(["b", "a"], [Gate("g", without, ("b", "a"))], {"out": "g"})
    assert equal(one, turned)
    assert not equal(one, other)


def test_outputs_are_matched_by_name() -> None:
    gates = [Gate("and", AND, ("a", "b")), Gate("or", OR, ("a", "b"))]
    one = Circuit(["a", "b"], gates, {"p": "and", "q": "or"})
    other = Circuit(["b", "a"], gates, {"q": "or", "p": "and"})
    swapped = Circuit(["a", "b"], gates, {"p": "or", "q": "and"})
    assert equal(one, other)
    assert not equal(one, swapped)
    with pytest.raises(InputError, match="inputs of the second circuit"):
        equal(one, Circuit(["a", "c"], [], {"p": "a", "q": "a"}))
    with pytest.raises(InputError, match="outputs of the second circuit"):
        equal(one, Circuit(["a", "b"], [], {"p": "a"}))
    with pytest.raises(InputError, match="0 to 24"):
        equal(adder(13), adder(13))


def test_bad_circuits() -> None:
    with pytest.raises(InputError, match=r"gate 'g': expected 2 sources, .*found 1"):
        Gate("g", NAND, ("a",))
    with pytest.raises(InputError, match=r"gate 'g': expected a source .*found 'z'"):
        Circuit(["a"], [Gate("g", NOT, ("z",))], {})
    with pytest.raises(InputError, match=r"output 'o': expected a source .*found 'z'"):
        Circuit(["a"], [], {"o": "z"})
    with pytest.raises(InputError, match="found 'a' twice"):
        Circuit(["a"], [Gate("a", NOT, ("a",))], {})
    with pytest.raises(InputError, match="output at least"):
        Circuit(["a"], [], {}).to_network()


def test_a_loop_is_shown_in_the_direction_of_its_lines() -> None:
    gates = [
        Gate("p", NOT, ("r",)),
        Gate("q", NOT, ("p",)),
        Gate("r", NAND, ("a", "q")),
        Gate("behind", NOT, ("r",)),
    ]
    with pytest.raises(InputError, match="no loop") as caught:
        Circuit(["a"], gates[::-1], {})
    loop = caught.value.found.split(" → ")
    assert loop[0] == loop[-1]
    lines = {("r", "p"), ("p", "q"), ("q", "r")}
    assert set(pairwise(loop)) == lines
    with pytest.raises(InputError, match="s → s"):
        Circuit(["a"], [Gate("s", NOT, ("s",))], {})


def test_bad_inputs() -> None:
    circuit = half_adder()
    with pytest.raises(InputError, match=r"expected x1, x2, found x1\."):
        circuit(x1=1)
    with pytest.raises(InputError, match=r"found x1, x2, y\."):
        circuit(x1=1, x2=0, y=1)
    with pytest.raises(InputError, match="0 or 1"):
        circuit(x1=1, x2=2)
    with pytest.raises(ShapeError, match=r"\(2, m\)"):
        circuit.evaluate([[0, 1]])


def test_one_input_as_a_list_gives_what_it_gives_by_name() -> None:
    circuit = random_circuit(1)
    for bits in itertools.product((0, 1), repeat=4):
        named = dict(zip(circuit.inputs, bits, strict=True))
        assert circuit(list(bits)) == circuit(**named)
    with pytest.raises(ShapeError, match=r"shape \(4,\), found shape \(\)"):
        circuit(1)
    with pytest.raises(InputError):
        circuit([0, 0, 0, 0], **named)


def test_a_perceptron_with_a_threshold_stands_in_a_circuit() -> None:
    """x > 0.5, equation (1)."""
    gate = Gate("g", ThresholdPerceptron([1], 0.5), ("x",))  # type: ignore[arg-type]
    circuit = Circuit(["x"], [gate], {"o": "g"})
    assert [circuit(x=0), circuit(x=1)] == [{"o": 0}, {"o": 1}]
    assert circuit.gates["g"].perceptron.bias == -0.5


@pytest.mark.parametrize(
    "make",
    [
        lambda: Circuit(["x"], [Gate("g", NOT, ("x",))], ["g"]),  # type: ignore[arg-type]
        lambda: Circuit("x", [Gate("g", NOT, ("x",))], {"o": "g"}),
        lambda: Circuit(3, [], {}),  # type: ignore[arg-type]
        lambda: Gate("g", [1, 2], ("x", "y")),  # type: ignore[arg-type]
        lambda: equal(half_adder(), None),  # type: ignore[arg-type]
        lambda: equal(3, half_adder()),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_circuit_is_refused_by_name(make: Callable[[], object]) -> None:
    with pytest.raises(InputError):
        make()
