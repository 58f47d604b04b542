import ast
import operator
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerist.errors import InputError
from numerist.neurons.adders import half_adder
from numerist.neurons.binary import all_inputs
from numerist.neurons.circuit import Circuit, equal
from numerist.neurons.logic import compile_expression, compile_table
from numerist.neurons.truth_table import TruthTable

NAMES = ["a", "b", "c", "d"]

expressions = st.recursive(
    st.sampled_from([*NAMES, "0", "1", "True", "False"]),
    lambda inner: st.one_of(
        st.builds("~({})".format, inner),
        st.builds("(not ({}))".format, inner),
        st.builds("({} {} {})".format, inner, st.sampled_from("&|^"), inner),
        st.builds("{} {} {}".format, inner, st.sampled_from(["and", "or"]), inner),
        st.builds("({} and {} and {})".format, inner, inner, inner),
    ),
    max_leaves=12,
)


def value(node: ast.AST, x: dict[str, int]) -> int:  # noqa: PLR0911  (one for each node)
    """What Python's integers make of it, the lowest bit of all of them."""
    match node:
        case ast.Expression(body=body):
            return value(body, x)
        case ast.Name(id=name):
            return x[name]
        case ast.Constant(value=constant):
            return int(bool(constant))
        case ast.UnaryOp(op=ast.Invert(), operand=operand):
            return ~value(operand, x) & 1
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return int(not value(operand, x))
        case ast.BinOp(left=left, op=op, right=right):
            python = {"BitAnd": operator.and_, "BitOr": operator.or_, "BitXor": operator.xor}
            return int(python[type(op).__name__](value(left, x), value(right, x)))
        case ast.BoolOp(op=op, values=values):
            every = isinstance(op, ast.And)
            return int((all if every else any)(value(v, x) for v in values))
    raise AssertionError(node)


def assert_is_all_nand(circuit: Circuit) -> None:
    for gate in circuit.gates.values():
        assert gate.perceptron.bias == 3
        assert gate.perceptron.weights.tolist() in ([-2, -2], [])


@given(expressions)
def test_expressions_are_what_python_makes_of_them(text: str) -> None:
    circuit = compile_expression(text, inputs=NAMES)
    assert_is_all_nand(circuit)
    tree = ast.parse(text, mode="eval")
    expected = [value(tree, dict(zip(NAMES, x, strict=True))) for x in all_inputs(4).T.tolist()]
    assert circuit.truth_table().outputs["out"].tolist() == expected


@given(st.integers(0, 7), st.integers(1, 3), st.integers(0, 2**32))
def test_random_truth_tables(n: int, outputs: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = TruthTable(
        [f"x{i}" for i in range(n)],
        {f"y{j}": rng.random(2**n) < rng.random() for j in range(outputs)},
    )
    circuit = compile_table(table)
    assert_is_all_nand(circuit)
    assert circuit.truth_table() == table


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_every_small_truth_table(n: int) -> None:
    for number in range(2**2**n):
        values = [number >> row & 1 for row in range(2**n)]
        table = TruthTable([f"x{i}" for i in range(n)], {"y": values})
        assert compile_table(table).truth_table() == table


def test_a_large_truth_table() -> None:
    rng = np.random.default_rng(5)
    table = TruthTable([f"x{i}" for i in range(13)], {"y": rng.integers(0, 2, 2**13)})
    assert compile_table(table).truth_table() == table


def test_a_structured_table_stays_small() -> None:
    n = 12
    parity = all_inputs(n).sum(axis=0) % 2
    circuit = compile_table(TruthTable([f"x{i}" for i in range(n)], {"y": parity}))
    assert len(circuit.gates) < 10 * n  # a sum of products would take 2^11 terms
    assert equal(circuit, compile_expression({"y": " ^ ".join(circuit.inputs)}))


def test_common_parts_are_built_once() -> None:
    once = compile_expression({"p": "a ^ b"})
    twice = compile_expression({"p": "a ^ b", "q": "b ^ a", "r": "~~(a ^ b)"})
    assert len(once.gates) == len(twice.gates) == 4
    assert twice.outputs["p"] == twice.outputs["q"] == twice.outputs["r"]


def test_the_half_adder_from_expressions() -> None:
    compiled = compile_expression({"sum": "x1 ^ x2", "carry": "x1 & x2"})
    assert len(compiled.gates) == 5
    assert equal(compiled, half_adder())


def test_what_is_not_needed_is_not_built() -> None:
    assert len(compile_expression("(a ^ b) & 0 | c").gates) == 0
    assert compile_expression("a").outputs == {"out": "a"}
    assert compile_expression("~~a").outputs == {"out": "a"}


@pytest.mark.parametrize(("text", "constant"), [("1", 1), ("0", 0), ("a | ~a", 1), ("a & ~a", 0)])
def test_constants(text: str, constant: int) -> None:
    circuit = compile_expression(text)
    assert set(circuit.truth_table().outputs["out"].tolist()) == {constant}
    assert_is_all_nand(circuit)


def test_inputs_keep_their_order_and_may_go_unused() -> None:
    assert compile_expression("b & a").inputs == ("b", "a")
    assert compile_expression("b & a", inputs=["a", "z", "b"]).inputs == ("a", "z", "b")


def test_inputs_may_be_called_as_gates_would_be() -> None:
    circuit = compile_expression("n1 ^ n2")
    assert circuit.truth_table().outputs["out"].tolist() == [0, 1, 1, 0]


def test_many_terms() -> None:
    names = [f"x{i}" for i in range(16)]
    circuit = compile_expression(" ^ ".join(names * 31))  # an odd number of times: parity
    assert np.array_equal(circuit.truth_table().outputs["out"], all_inputs(16).sum(axis=0) % 2)


def test_errors_name_output_and_column() -> None:
    message = "expression 'carry', column 5: expected one of the inputs a, b, found 'c'"
    with pytest.raises(InputError, match=re.escape(message)):
        compile_expression({"sum": "a", "carry": "a & c"}, inputs=["a", "b"])
    with pytest.raises(InputError, match="expression 'out', column 3"):
        compile_expression("a + b")
    with pytest.raises(InputError, match="twice"):
        compile_expression("a", inputs=["a", "a"])


@pytest.mark.parametrize("bad", [3, None, ["a"], b"a"])
def test_what_is_no_expression_or_table_is_refused(bad: object) -> None:
    with pytest.raises(InputError, match="expression 'out': expected a text"):
        compile_expression(bad)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="expression 'carry': expected a text"):
        compile_expression({"sum": "a ^ b", "carry": bad})  # type: ignore[dict-item]
    with pytest.raises(InputError, match="table: expected a TruthTable"):
        compile_table(bad)  # type: ignore[arg-type]
