"""Circuits: perceptrons connected by name, in any order that has no loop."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from numerist.errors import InputError, ShapeError
from numerist.neurons.arrays import binary_columns
from numerist.neurons.binary import checked_inputs, checked_names, checked_outputs, inputs_between
from numerist.neurons.firing import fires
from numerist.neurons.perceptron import Perceptron, ThresholdPerceptron
from numerist.neurons.perceptron_network import PerceptronNetwork
from numerist.neurons.truth_table import TruthTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import ArrayLike

    from numerist.neurons.activations import Array

_PASS = Perceptron([2], -1)  # says what its one input says, and never has w·x + b = 0
_BLOCK = 1 << 24  # values of units that are held at a time: 16 MiB


@dataclass(frozen=True, slots=True)
class Gate:
    """A perceptron at its place in a circuit.

    Attributes:
        name: what other gates and outputs call it.
        perceptron: its weights and bias; one with a threshold is put into that form.
        sources: for each weight the input unit or gate that the line comes from. One source may
            stand there twice: a doubled line.

    Raises:
        InputError: there are not as many sources as weights.
    """

    name: str
    perceptron: Perceptron
    sources: tuple[str, ...]

    def __post_init__(self) -> None:
        if isinstance(self.perceptron, ThresholdPerceptron):
            object.__setattr__(self, "perceptron", self.perceptron.with_bias())
        if not isinstance(self.perceptron, Perceptron):
            raise InputError(
                f"gate '{self.name}'", "a Perceptron", repr(self.perceptron)[:60], "Give it one."
            )
        lines = self.perceptron.weights.size
        if len(self.sources) != lines:
            raise InputError(
                f"gate '{self.name}'",
                f"{lines} sources, one for each weight",
                str(len(self.sources)),
                "Name a source for each weight.",
            )

    def merged(self) -> Gate:
        """Return the gate with lines from the same source merged; their weights add up.

        >>> from numerist.neurons.gates import NAND
        >>> Gate("carry", NAND, ("m", "m")).merged()
        Gate(name='carry', perceptron=Perceptron(weights=[-4.0], bias=3.0), sources=('m',))
        """
        weights: dict[str, float] = {}
        for source, weight in zip(self.sources, self.perceptron.weights.tolist(), strict=True):
            weights[source] = weights.get(source, 0.0) + weight
        return Gate(
            self.name, Perceptron(list(weights.values()), self.perceptron.bias), tuple(weights)
        )


class Line(NamedTuple):
    """A line of a circuit's drawing: from a unit to a gate, with a weight."""

    source: str
    target: str
    weight: float


class Circuit:
    """A network of perceptrons with named inputs and named outputs.

    Args:
        inputs: names of the input units, which just output x1, x2, …
        gates: the perceptrons, in any order.
        outputs: for each output its name and the unit (gate or input unit) it is read from.

    Attributes:
        inputs: tuple of names.
        gates: name → `Gate`, sorted so that each stands behind its sources.
        outputs: output's name → unit's name.
        layers: names of the units by layer. Layer 0 is the input layer; a gate stands one layer
            behind the last of its sources.

    Raises:
        InputError: a name occurs twice, a source or output is unknown, or there is a loop.

    >>> from numerist.neurons.gates import AND, NOT
    >>> circuit = Circuit(
    ...     ["a", "b"],
    ...     [Gate("both", AND, ("a", "c")), Gate("c", NOT, ("b",))],
    ...     {"a without b": "both"},
    ... )
    >>> circuit.layers
    (('a', 'b'), ('c',), ('both',))
    >>> circuit(a=1, b=0)
    {'a without b': 1}
    >>> print(circuit.truth_table())
    a b | a without b
    0 0 | 0
    0 1 | 0
    1 0 | 1
    1 1 | 0
    """

    def __init__(
        self, inputs: Sequence[str], gates: Iterable[Gate], outputs: Mapping[str, str]
    ) -> None:
        self.inputs = checked_names(inputs, "inputs of a circuit")
        checked_outputs(outputs, "outputs of a circuit", "unit")
        given = tuple(gates)
        _refuse_repeated([*self.inputs, *(gate.name for gate in given)])
        _refuse_unknown(self.inputs, given, outputs)
        by_name = {gate.name: gate for gate in given}
        depth = _depths(self.inputs, by_name)
        self.gates = {gate.name: gate for gate in sorted(given, key=lambda g: depth[g.name])}
        self.outputs = dict(outputs)
        behind = groupby(self.gates, key=depth.__getitem__)
        self.layers = (self.inputs, *(tuple(names) for _, names in behind))
        self._rows = {name: row for row, name in enumerate([*self.inputs, *self.gates])}
        self._plan = [batch for layer in self.layers[1:] for batch in self._batches(layer)]

    @property
    def units(self) -> tuple[str, ...]:
        """Names of all units: the input units, then the gates, layer by layer."""
        return tuple(self._rows)

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines between units; a doubled line is there twice."""
        return tuple(
            Line(source, gate.name, weight)
            for gate in self.gates.values()
            for source, weight in zip(gate.sources, gate.perceptron.weights.tolist(), strict=True)
        )

    def __call__(self, inputs: ArrayLike | None = None, /, **bits: int) -> dict[str, int]:
        """Return the outputs by name for one input, given by name or as a list.

        Args:
            inputs: (n,), each 0 or 1, in the order of `inputs`; instead of names.
            bits: each input's bit by its name.

        Raises:
            InputError: an input is missing, unknown, or neither 0 nor 1.
            ShapeError: the list is not one of n inputs.
        """
        if inputs is not None and not bits:
            if np.ndim(inputs) != 1:
                raise ShapeError(
                    "inputs of a circuit",
                    f"shape ({len(self.inputs)},)",
                    f"shape {np.shape(inputs)}",
                    "Give a list of bits, or each by name; .evaluate takes columns.",
                )
            values = self.evaluate(inputs)
            return dict(zip(self.outputs, values.tolist(), strict=True))
        if inputs is not None or set(bits) != set(self.inputs):
            raise InputError(
                "inputs of a circuit",
                ", ".join(self.inputs) or "none",
                ", ".join(bits) or "none",
                "Give each input its bit, by name.",
            )
        values = self.evaluate([bits[name] for name in self.inputs])
        return dict(zip(self.outputs, values.tolist(), strict=True))

    def evaluate(self, inputs: ArrayLike) -> Array:
        """Return the outputs for one input, or for many at once.

        Args:
            inputs: one input (n,), or m inputs in columns (n, m); each entry 0 or 1, in the order
                of `inputs`.

        Returns:
            int64 (k,) or (k, m), in the order of `outputs`.

        Raises:
            ShapeError: there are not n inputs.
            InputError: an input is neither 0 nor 1.
        """
        rows = [self._rows[unit] for unit in self.outputs.values()]
        return self._evaluate(inputs, rows)

    def activations(self, inputs: ArrayLike) -> dict[str, Array]:
        """Return what every unit says, by name; arguments as in `evaluate`.

        Returns:
            unit's name → int64 () for one input, (m,) for columns.

        >>> from numerist.neurons.adders import half_adder
        >>> {name: int(bit) for name, bit in half_adder().activations([1, 1]).items()}
        {'x1': 1, 'x2': 1, 'n1': 0, 'n2': 1, 'n3': 1, 'carry': 1, 'sum': 0}
        """
        values = self._evaluate(inputs, list(range(len(self._rows))))
        return dict(zip(self._rows, values, strict=True))

    def truth_table(self) -> TruthTable:
        """Return the outputs for all 2^n inputs.

        Raises:
            InputError: there are more than 24 inputs.
        """
        n = len(self.inputs)
        values = self.evaluate(inputs_between(0, 2 ** checked_inputs(n), n))
        return TruthTable(self.inputs, dict(zip(self.outputs, values, strict=True)))

    def merged(self) -> Circuit:
        """Return the circuit with every doubled line merged into one, its weights added up.

        The weighted sums stay the same, since w x + w' x = (w + w') x, and so does every output.

        >>> from numerist.neurons.adders import half_adder
        >>> [line for line in half_adder().merged().lines if line.weight != -2]
        [Line(source='n1', target='carry', weight=-4.0)]
        """
        gates = [gate.merged() for gate in self.gates.values()]
        return Circuit(self.inputs, gates, self.outputs)

    def to_network(self) -> PerceptronNetwork:
        """Return the circuit as a layered network, whose lines never skip a layer.

        Where a line of the circuit does skip layers, perceptrons with weight 2 and bias −1
        stand in between and pass the bit on. The last layer is the outputs, in their order.

        Raises:
            InputError: the circuit has no outputs.

        >>> from numerist.neurons.adders import half_adder
        >>> half_adder().to_network()
        PerceptronNetwork(sizes=(2, 3, 3, 2))
        """
        if not self.outputs:
            raise InputError("circuit", "an output at least", "none", "Name one.")
        layers = list(self._carried())
        last = self.layers[-1] if len(self.layers) > 1 else ()
        layers[-1:] = [
            [self.gates[u] if u in last else Gate(u, _PASS, (u,)) for u in self.outputs.values()]
        ]
        before: Sequence[str] = self.inputs
        weights, biases = [], []
        for layer in layers:
            weights.append(_matrix(layer, before))
            biases.append([gate.perceptron.bias for gate in layer])
            before = [gate.name for gate in layer]
        return PerceptronNetwork(weights, biases)

    def __repr__(self) -> str:
        return (
            f"Circuit(inputs={list(self.inputs)}, {len(self.gates)} gates, "
            f"outputs={list(self.outputs)})"
        )

    def _carried(self) -> Iterator[list[Gate]]:
        """Yield for each layer its gates, and passing ones for units that later layers read."""
        last_use = dict.fromkeys(self.outputs.values(), len(self.layers))
        for number, layer in reversed(list(enumerate(self.layers[1:], start=1))):
            for source in (s for name in layer for s in self.gates[name].sources):
                last_use.setdefault(source, number)
        alive: list[str] = list(self.inputs)
        for number, layer in enumerate(self.layers[1:] or ((),), start=1):
            passed = [name for name in alive if last_use.get(name, 0) > number]
            yield [*(self.gates[name] for name in layer), *(Gate(u, _PASS, (u,)) for u in passed)]
            alive = [*(name for name in layer if name in last_use), *passed]

    def _batches(self, layer: Sequence[str]) -> Iterator[_Batch]:
        """Yield the gates of a layer, together where they have the same weights and bias."""
        kinds: dict[tuple[bytes, float], list[Gate]] = {}
        for gate in (self.gates[name] for name in layer):
            kind = gate.perceptron.weights.tobytes(), gate.perceptron.bias
            kinds.setdefault(kind, []).append(gate)
        for gates in kinds.values():
            targets = np.array([self._rows[gate.name] for gate in gates])
            sources = [[self._rows[source] for source in gate.sources] for gate in gates]
            yield _Batch(gates[0].perceptron, targets, np.array(sources, dtype=np.int64).T)

    def _evaluate(self, inputs: ArrayLike, wanted: list[int]) -> Array:
        """Return the rows of values that are wanted, (len(wanted),) or (len(wanted), m)."""
        x = binary_columns(inputs, len(self.inputs), "inputs of a circuit")
        result = np.empty((len(wanted), x.shape[1]), dtype=np.int64)
        size = max(1, _BLOCK // max(1, len(self._rows)))
        for start in range(0, x.shape[1], size):
            result[:, start : start + size] = self._values(x[:, start : start + size])[wanted]
        return result[:, 0] if np.ndim(inputs) == 1 else result

    def _values(self, x: Array) -> Array:
        """Return the value of every unit, int8 (units, m), for inputs in columns (n, m).

        Perceptrons of one layer with the same weights and bias are computed as one matrix.
        """
        values = np.empty((len(self._rows), x.shape[1]), dtype=np.int8)
        values[: len(self.inputs)] = x
        for perceptron, targets, sources in self._plan:
            values[targets] = fires(perceptron.weights, perceptron.bias, values, sources)
        return values


class _Batch(NamedTuple):
    """Gates of one layer with one perceptron: rows (g,) and the rows of sources (k, g)."""

    perceptron: Perceptron
    targets: Array
    sources: Array


def difference(one: Circuit, other: Circuit) -> dict[str, int] | None:
    """Return an input on which two circuits differ, or None if they agree on every input.

    All 2^n inputs are tried, so None is a proof. Inputs and outputs are matched by name.

    Raises:
        InputError: the circuits have other inputs or outputs, or more than 24 inputs.

    >>> from numerist.neurons.gates import AND, OR
    >>> both = Circuit(["a", "b"], [Gate("g", AND, ("a", "b"))], {"out": "g"})
    >>> either = Circuit(["b", "a"], [Gate("g", OR, ("b", "a"))], {"out": "g"})
    >>> difference(both, either)
    {'a': 0, 'b': 1}
    """
    for circuit in (one, other):
        if not isinstance(circuit, Circuit):
            raise InputError("comparison", "two circuits", repr(circuit)[:60], "Give circuits.")
    for what, mine, theirs in (
        ("inputs", one.inputs, other.inputs),
        ("outputs", tuple(one.outputs), tuple(other.outputs)),
    ):
        if sorted(mine) != sorted(theirs):
            raise InputError(
                f"{what} of the second circuit",
                ", ".join(mine) or "none",
                ", ".join(theirs) or "none",
                "Only circuits with the same names can be compared.",
            )
    n = checked_inputs(len(one.inputs))
    rows = [one.inputs.index(name) for name in other.inputs]
    order = [list(other.outputs).index(name) for name in one.outputs]
    size = 1 << 16
    for start in range(0, 2**n, size):
        x = inputs_between(start, min(start + size, 2**n), n)
        unequal = (one.evaluate(x) != other.evaluate(x[rows])[order]).any(axis=0)
        if unequal.any():
            return dict(zip(one.inputs, x[:, unequal.argmax()].tolist(), strict=True))
    return None


def equal(one: Circuit, other: Circuit) -> bool:
    """Return whether two circuits agree on every input; arguments and errors as `difference`.

    >>> from numerist.neurons.adders import half_adder
    >>> equal(half_adder(), half_adder().merged())
    True
    """
    return difference(one, other) is None


def _matrix(layer: Sequence[Gate], before: Sequence[str]) -> Array:
    """Return the weights of a layer, (len(layer), len(before)); doubled lines are added up."""
    column = {name: k for k, name in enumerate(before)}
    matrix = np.zeros((len(layer), len(before)))
    for j, gate in enumerate(layer):
        for source, weight in zip(gate.sources, gate.perceptron.weights, strict=True):
            matrix[j, column[source]] += weight
    return matrix


def _refuse_repeated(names: list[str]) -> None:
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        raise InputError(
            "names in a circuit", "names that differ", f"'{repeated[0]}' twice", "Rename one."
        )


def _refuse_unknown(
    inputs: tuple[str, ...], gates: tuple[Gate, ...], outputs: Mapping[str, str]
) -> None:
    known = {*inputs, *(gate.name for gate in gates)}
    ends = [(f"gate '{gate.name}'", source) for gate in gates for source in gate.sources]
    ends += [(f"output '{name}'", unit) for name, unit in outputs.items()]
    for place, source in ends:
        if source not in known:
            raise InputError(
                place,
                "a source that is an input or a gate of the circuit",
                f"'{source}'",
                "Add it, or correct its name.",
            )


def _depths(inputs: tuple[str, ...], gates: Mapping[str, Gate]) -> dict[str, int]:
    """Return the layer of every unit; gates are taken up once all their sources have one."""
    depth = dict.fromkeys(inputs, 0)
    waiting = {name: len(set(gate.sources)) for name, gate in gates.items()}
    readers: dict[str, list[str]] = {}
    for name, gate in gates.items():
        for source in dict.fromkeys(gate.sources):
            readers.setdefault(source, []).append(name)
    ready = [*inputs, *(name for name, missing in waiting.items() if not missing)]
    for unit in ready:  # it grows as it is gone through
        if unit in gates:
            depth[unit] = 1 + max((depth[s] for s in gates[unit].sources), default=0)
        for name in readers.get(unit, ()):
            waiting[name] -= 1
            if not waiting[name]:
                ready.append(name)
    if len(depth) < len(inputs) + len(gates):
        raise InputError(
            "gates of a circuit",
            "no loop",
            " → ".join(_loop({n: g for n, g in gates.items() if n not in depth})),
            "Feedforward networks have no loops; cut one of these lines.",
        )
    return depth


def _loop(stuck: Mapping[str, Gate]) -> list[str]:
    """Return a loop among gates each of which has a source among them, in signal direction."""
    path = [next(iter(stuck))]
    while path[-1] not in path[:-1]:
        path.append(next(source for source in stuck[path[-1]].sources if source in stuck))
    return path[path.index(path[-1]) :][::-1]
