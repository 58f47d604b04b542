"""Adders out of NAND perceptrons: two bits, two bits and a carry, two numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numerist.checks import whole
from numerist.errors import InputError, ShapeError
from numerist.neurons.binary import MAX_WIDTH, from_bits, to_bits
from numerist.neurons.circuit import Circuit, Gate
from numerist.neurons.gates import NAND

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from numerist.neurons.activations import Array


def half_adder() -> Circuit:
    """Return the circuit that adds two bits: sum x1 ⊕ x2 and carry x1 · x2, by five NANDs.

    The line from n1 to the carry is doubled, as NAND takes two inputs; `.merged()` makes one
    line of weight −4 of it, and changes nothing else.

    >>> print(half_adder().truth_table())
    x1 x2 | sum carry
    0  0  | 0   0
    0  1  | 1   0
    1  0  | 1   0
    1  1  | 0   1
    """
    gates = [
        Gate("n1", NAND, ("x1", "x2")),
        Gate("n2", NAND, ("x1", "n1")),
        Gate("n3", NAND, ("x2", "n1")),
        Gate("sum", NAND, ("n2", "n3")),
        Gate("carry", NAND, ("n1", "n1")),
    ]
    return Circuit(["x1", "x2"], gates, {"sum": "sum", "carry": "carry"})


def full_adder() -> Circuit:
    """Return the circuit that adds two bits and a carry, by nine NANDs.

    >>> full_adder()(x1=1, x2=1, carry_in=1)
    {'sum': 1, 'carry': 1}
    """
    gates = _full_adder_gates(("x1", "x2", "carry_in"), "n", ("sum", "carry"))
    return Circuit(["x1", "x2", "carry_in"], gates, {"sum": "sum", "carry": "carry"})


def _full_adder_gates(
    inputs: tuple[str, str, str], prefix: str, outputs: tuple[str, str]
) -> list[Gate]:
    """Two half adders, one behind the other; NAND of their inverted carries is OR of them."""
    (x1, x2, carry_in), (total, carry) = inputs, outputs
    n = [f"{prefix}{i}" for i in range(8)]
    return [
        Gate(n[1], NAND, (x1, x2)),
        Gate(n[2], NAND, (x1, n[1])),
        Gate(n[3], NAND, (x2, n[1])),
        Gate(n[4], NAND, (n[2], n[3])),  # x1 ⊕ x2
        Gate(n[5], NAND, (n[4], carry_in)),
        Gate(n[6], NAND, (n[4], n[5])),
        Gate(n[7], NAND, (carry_in, n[5])),
        Gate(total, NAND, (n[6], n[7])),
        Gate(carry, NAND, (n[1], n[5])),
    ]


def adder(n: int) -> Circuit:
    """Return the circuit that adds two numbers of n bits, by 9n − 4 NANDs.

    A half adder for the lowest bits, then full adders, each given the carry of the one before.
    Inputs are a, then b, each from its highest bit a{n−1} down to a0; outputs are s{n} … s0.

    Raises:
        InputError: n is not a whole number from 1 to 61.

    >>> adder(2)(a1=1, a0=1, b1=0, b0=1)
    {'s2': 1, 's1': 0, 's0': 0}
    """
    n = whole("n", n, least=1)
    if n >= MAX_WIDTH:
        raise InputError("n", f"1 to {MAX_WIDTH - 1} bits", str(n), "Take fewer bits.")
    gates = [
        Gate("n0_1", NAND, ("a0", "b0")),
        Gate("n0_2", NAND, ("a0", "n0_1")),
        Gate("n0_3", NAND, ("b0", "n0_1")),
        Gate("s0", NAND, ("n0_2", "n0_3")),
        Gate("c1", NAND, ("n0_1", "n0_1")),
    ]
    for i in range(1, n):
        gates += _full_adder_gates((f"a{i}", f"b{i}", f"c{i}"), f"n{i}_", (f"s{i}", f"c{i + 1}"))
    outputs = {f"s{n}": f"c{n}", **{f"s{i}": f"s{i}" for i in range(n - 1, -1, -1)}}
    return Circuit(_names(n), gates, outputs)


def _names(n: int) -> list[str]:
    """Return the inputs of an adder: a, then b, each from its highest bit down."""
    return [f"{x}{i}" for x in "ab" for i in range(n - 1, -1, -1)]


def add(circuit: Circuit, a: ArrayLike, b: ArrayLike) -> Array:
    """Return the sums of whole numbers, computed by an adder; all pairs at once.

    Args:
        circuit: what `adder(n)` returned.
        a: numbers of n bits, (m,), or a single one.
        b: as many again.

    Returns:
        int64 (m,); for single numbers m is 1.

    Raises:
        ShapeError: a and b are not flat lists of one length.
        InputError: a number is not whole, or needs more than n bits; the circuit is no such adder.

    >>> add(adder(8), [1, 200], [1, 100])
    array([  2, 300])
    """
    if np.shape(a) != np.shape(b):
        raise ShapeError(
            "b", f"shape {np.shape(a)}, as a", f"shape {np.shape(b)}", "Give pairs of numbers."
        )
    width = _width(circuit)
    return from_bits(circuit.evaluate(np.vstack([to_bits(a, width), to_bits(b, width)])))


def _width(circuit: Circuit) -> int:
    """Return how many bits the numbers have that an adder adds."""
    inputs = list(getattr(circuit, "inputs", []))
    width = len(inputs) // 2
    if not inputs or inputs != _names(width):
        found = f"one with inputs {', '.join(inputs)}" if inputs else f"{circuit!r:.60}"
        raise InputError(
            "circuit", "what adder(n) returned", found, "Write add(adder(8), a, b) for bytes."
        )
    return width
