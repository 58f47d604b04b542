"""Compilers: from a truth table, or a Boolean expression, to a circuit of NAND perceptrons.

That both always succeed is what it means that NAND, and so the perceptron, is universal.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import TYPE_CHECKING

from numerist.errors import InputError
from numerist.neurons.circuit import Circuit, Gate
from numerist.neurons.expression import names_in, parse
from numerist.neurons.gates import NAND
from numerist.neurons.perceptron import Perceptron
from numerist.neurons.truth_table import TruthTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numerist.neurons.expression import Token

_ZERO, _ONE = -2, -1  # the two constants, beside nodes 0, 1, 2 …
_NAND_OF_NOTHING = Perceptron([], NAND.bias)  # without lines it always says 1, since 3 > 0


def compile_expression(
    expression: str | Mapping[str, str], inputs: Sequence[str] | None = None
) -> Circuit:
    """Return a circuit of NAND perceptrons that computes one or several Boolean expressions.

    Args:
        expression: a text such as "a & (b ^ ~c)", whose output is called "out"; or several, by
            the names of their outputs. Sub-expressions in common are computed once.
            Operators are Python's, with Python's precedence: ~ & ^ | on bits, not and or on
            truths; here they mean the same. Values are names, 0, 1, True, False.
            Python's parser takes chains of and, or of any length; of & | ^ some 1,000 to 3,000
            terms, and beyond that their halves in parentheses, halves of halves, and so on.
        inputs: names of the inputs, in order; without it those that occur, as they occur.

    Raises:
        InputError: something else stands there; the message says in which column. Or a name is
            not among the inputs.

    >>> circuit = compile_expression("a & (b ^ ~c)")
    >>> circuit(a=1, b=0, c=0)
    {'out': 1}
    >>> len(compile_expression({"sum": "a ^ b", "carry": "a & b"}).gates)  # the half adder
    5
    """
    # What is no text is refused where it is read.
    texts = dict(expression) if isinstance(expression, Mapping) else {"out": expression}
    parsed = {name: parse(text, f"expression '{name}'") for name, text in texts.items()}
    if inputs is None:
        inputs = list(dict.fromkeys(n for tokens in parsed.values() for n in names_in(tokens)))
    builder = _Builder(inputs)
    outputs = {
        name: _build_expression(builder, tokens, f"expression '{name}'")
        for name, tokens in parsed.items()
    }
    return builder.circuit(outputs)


def compile_table(table: TruthTable) -> Circuit:
    """Return a circuit of NAND perceptrons that has this truth table.

    The table is split by its first input into a half for 0 and a half for 1, each half by the
    second input, and so on; equal parts are built only once.

    >>> from numerist.neurons.truth_table import TruthTable
    >>> majority = TruthTable(["a", "b", "c"], {"most": [0, 0, 0, 1, 0, 1, 1, 1]})
    >>> compile_table(majority).truth_table() == majority
    True

    Raises:
        InputError: it is no truth table.
    """
    if not isinstance(table, TruthTable):
        raise InputError(
            "table", "a TruthTable", repr(table), "Build one: TruthTable(inputs, outputs)."
        )
    builder = _Builder(table.inputs)
    outputs = {}
    parts: dict[bytes, int] = {b"\0": _ZERO, b"\1": _ONE}
    for name, values in table.outputs.items():
        outputs[name] = _build_table(builder, values.astype("u1").tobytes(), parts)
    return builder.circuit(outputs)


class _Builder:
    """Collects NANDs of nodes; what is the same, or constant, is not built again.

    Nodes 0 to n − 1 are the inputs; node n + i is the i-th NAND.
    """

    def __init__(self, inputs: Sequence[str]) -> None:
        self.inputs = list(inputs)
        self._nands: list[tuple[int, int]] = []
        self._known: dict[tuple[int, int], int] = {}
        self._inverse = {_ZERO: _ONE, _ONE: _ZERO}

    def nand(self, a: int, b: int) -> int:
        if _ZERO in (a, b) or self._inverse.get(a) == b:
            return _ONE
        if a == _ONE:
            a = b
        if b == _ONE:
            b = a
        if a == b and a in self._inverse:
            return self._inverse[a]
        key = min(a, b), max(a, b)
        if key not in self._known:
            node = self._known[key] = len(self.inputs) + len(self._nands)
            self._nands.append(key)
            if a == b:
                self._inverse |= {a: node, node: a}
        return self._known[key]

    def invert(self, a: int) -> int:
        return self.nand(a, a)

    def both(self, a: int, b: int) -> int:
        return self.invert(self.nand(a, b))

    def either(self, a: int, b: int) -> int:
        return self.nand(self.invert(a), self.invert(b))

    def differ(self, a: int, b: int) -> int:
        middle = self.nand(a, b)
        return self.nand(self.nand(a, middle), self.nand(b, middle))

    def choose(self, condition: int, then: int, otherwise: int) -> int:
        return self.nand(self.nand(condition, then), self.nand(self.invert(condition), otherwise))

    def circuit(self, outputs: Mapping[str, int]) -> Circuit:
        """Return the circuit of the gates that the outputs need, called n1, n2 and so on."""
        n = len(self.inputs)
        needed = {node for node in outputs.values() if node >= n}
        for node in range(n + len(self._nands) - 1, n - 1, -1):  # sources come before
            if node in needed:
                needed.update(source for source in self._nands[node - n] if source >= n)
        name = dict(enumerate(self.inputs))
        fresh = _fresh_names(self.inputs)
        gates = []
        constants = set(outputs.values()) & {_ZERO, _ONE}
        if constants:
            name[_ONE] = next(fresh)
            gates.append(Gate(name[_ONE], _NAND_OF_NOTHING, ()))
        if _ZERO in constants:
            name[_ZERO] = next(fresh)
            gates.append(Gate(name[_ZERO], NAND, (name[_ONE], name[_ONE])))
        for node in sorted(needed):
            a, b = self._nands[node - n]
            name[node] = next(fresh)
            gates.append(Gate(name[node], NAND, (name[a], name[b])))
        return Circuit(self.inputs, gates, {out: name[node] for out, node in outputs.items()})


def _fresh_names(taken: Sequence[str]) -> Iterator[str]:
    used = set(taken)
    return (name for i in count(1) if (name := f"n{i}") not in used)


def _build_table(builder: _Builder, values: bytes, parts: dict[bytes, int]) -> int:
    """Return the node for a table of 2^k values, which depends on the last k inputs."""
    if values not in parts:
        half = len(values) // 2
        zero, one = values[:half], values[half:]
        low = _build_table(builder, zero, parts)
        high = low if zero == one else _build_table(builder, one, parts)
        chosen_by = len(builder.inputs) - (len(values).bit_length() - 1)
        parts[values] = low if low == high else builder.choose(chosen_by, high, low)
    return parts[values]


def _build_expression(builder: _Builder, tokens: Sequence[Token], place: str) -> int:
    """Return the node for an expression in postfix order."""
    binary: dict[str, Callable[[int, int], int]] = {
        "&": builder.both,
        "|": builder.either,
        "^": builder.differ,
    }
    index = {name: node for node, name in enumerate(builder.inputs)}
    stack: list[int] = []
    for kind, text, column in tokens:
        if kind == "constant":
            stack.append(_ONE if text == "1" else _ZERO)
        elif kind == "name":
            if text not in index:
                raise InputError(
                    f"{place}, column {column}",
                    f"one of the inputs {', '.join(builder.inputs) or '(none)'}",
                    f"'{text}'",
                    "Add it to the inputs, or correct it.",
                )
            stack.append(index[text])
        elif kind == "~":
            stack.append(builder.invert(stack.pop()))
        else:
            right, left = stack.pop(), stack.pop()
            stack.append(binary[kind](left, right))
    return stack.pop()
