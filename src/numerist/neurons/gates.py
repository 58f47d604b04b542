"""Logic gates as perceptrons, and why XOR is not among them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, TypeAlias

from numerist.errors import InputError
from numerist.neurons.perceptron import Perceptron
from numerist.neurons.perceptron_network import PerceptronNetwork
from numerist.neurons.truth_table import TruthTable

if TYPE_CHECKING:
    from numerist.neurons.activations import Array

    Row: TypeAlias = tuple[int, ...]

NAND = Perceptron([-2, -2], 3)
AND = Perceptron([2, 2], -3)
OR = Perceptron([2, 2], -1)
NOR = Perceptron([-2, -2], 1)
NOT = Perceptron([-2], 1)

GATES: dict[str, Perceptron] = {"NAND": NAND, "AND": AND, "OR": OR, "NOR": NOR, "NOT": NOT}

# XOR takes two layers: OR and NAND of the inputs, then AND of those two.
XOR = PerceptronNetwork(
    [[OR.weights, NAND.weights], [AND.weights]], [[OR.bias, NAND.bias], [AND.bias]]
)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Four inputs that no single perceptron can tell apart as a truth table asks.

    Attributes:
        ones: two inputs that should give 1.
        zeros: two inputs that should give 0, and that add up to the same as `ones`.
    """

    ones: tuple[Row, Row]
    zeros: tuple[Row, Row]

    def __str__(self) -> str:
        high = [f"{_side(x)} > 0, since {_bits(x)} gives 1" for x in self.ones]
        low = [f"{_side(x)} ≤ 0, since {_bits(x)} gives 0" for x in self.zeros]
        total = _side(tuple(map(sum, zip(*self.ones, strict=True))), biases=2)
        return "\n".join(
            [*high, *low, f"The first two add up to {total} > 0, the last two to {total} ≤ 0."]
        )


def why_no_perceptron(table: TruthTable) -> Contradiction | None:
    """Return why no single perceptron has this truth table, or None if that can't be seen so.

    For XOR the reason is this. Suppose w1, w2, b did it. Equation (2) then says, row by row,
    b ≤ 0 (for 00), w2 + b > 0 (for 01), w1 + b > 0 (for 10), w1 + w2 + b ≤ 0 (for 11). Adding
    the second to the third gives w1 + w2 + 2b > 0; adding the first to the fourth gives
    w1 + w2 + 2b ≤ 0. Both can't hold, so there are no such w1, w2, b.

    The same happens in any truth table that has two inputs giving 1 and two inputs giving 0 with
    the same sum: that is what is looked for. Finding none does not prove that a perceptron
    exists, only that it can't be ruled out by four inequalities.

    Args:
        table: a truth table with one output. All pairs of rows are tried, 4^n / 2 of them.

    Raises:
        InputError: it is none, or has several outputs.

    >>> print(why_no_perceptron(TruthTable(["x1", "x2"], {"XOR": [0, 1, 1, 0]})))
    w2 + b > 0, since 01 gives 1
    w1 + b > 0, since 10 gives 1
    b ≤ 0, since 00 gives 0
    w1 + w2 + b ≤ 0, since 11 gives 0
    The first two add up to w1 + w2 + 2b > 0, the last two to w1 + w2 + 2b ≤ 0.
    >>> print(why_no_perceptron(NAND.truth_table()))
    None
    """
    tabled = isinstance(table, TruthTable)
    if not tabled or len(table.outputs) != 1:
        raise InputError(
            "table",
            "a truth table with one output",
            f"outputs {', '.join(table.outputs)}" if tabled else f"{table!r:.60}",
            "Name it: TruthTable(table.inputs, {name: table.outputs[name]})."
            if tabled
            else "Gates, networks and circuits have one: write .truth_table() behind them.",
        )
    (values,) = table.outputs.values()
    zeros = _sums_of_two(table.columns.T[values == 0])
    ones = _sums_of_two(table.columns.T[values == 1])
    for total, pair in ones.items():
        if total in zeros:
            return Contradiction(pair, zeros[total])
    return None


def _sums_of_two(rows: Array) -> dict[Row, tuple[Row, Row]]:
    """Return the sum of any two of these inputs, with one pair that has it."""
    sums: dict[Row, tuple[Row, Row]] = {}
    inputs: list[Row] = [tuple(map(int, row)) for row in rows]
    for one, other in combinations_with_replacement(inputs, 2):
        sums.setdefault(tuple(map(sum, zip(one, other, strict=True))), (one, other))
    return sums


def _side(x: Row, biases: int = 1) -> str:
    """Write the left side of an inequality: w·x + b in letters."""
    terms = [f"{n if n > 1 else ''}w{j}" for j, n in enumerate(x, start=1) if n]
    return " + ".join([*terms, "b" if biases == 1 else f"{biases}b"])


def _bits(x: Row) -> str:
    return "".join(map(str, x))
