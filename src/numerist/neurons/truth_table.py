"""Truth tables: what every input gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numerist.errors import InputError, ShapeError
from numerist.neurons.binary import all_inputs, checked_inputs, checked_names, checked_outputs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import ArrayLike

    from numerist.neurons.activations import Array


class TruthTable:
    """The outputs for all inputs, in counting order: 00, 01, 10, 11.

    Args:
        inputs: names of the n inputs; the first is the most significant bit of the row number.
        outputs: for each output its name and its 2^n values, 0 or 1.

    Raises:
        InputError: a value is neither 0 nor 1, a name occurs twice, or n is above 24.
        ShapeError: an output does not have 2^n values.

    >>> print(TruthTable(["a", "b"], {"a and b": [0, 0, 0, 1]}))
    a b | a and b
    0 0 | 0
    0 1 | 0
    1 0 | 0
    1 1 | 1
    """

    def __init__(self, inputs: Sequence[str], outputs: Mapping[str, ArrayLike]) -> None:
        self.inputs = checked_names(inputs, "inputs of a truth table")
        checked_outputs(outputs, "outputs of a truth table", "values")
        self.outputs = {name: self._read(name, values) for name, values in outputs.items()}
        if len(set(self.inputs)) != len(self.inputs):
            raise InputError(
                "inputs of a truth table",
                "names that differ",
                ", ".join(self.inputs),
                "Rename one.",
            )

    @classmethod
    def of(
        cls, says: Callable[[Array], Array], n: int, names: Sequence[str] | None, output: str
    ) -> TruthTable:
        """Return what n inputs give.

        Args:
            says: inputs as columns (n, 2^n) → outputs (2^n,), or (k, 2^n) for k of them.
            n: how many inputs there are.
            names: of the inputs; None for x1, x2, …
            output: name of the output; several are numbered from 1.

        Raises:
            InputError: there is not one name for each input, or n is above 24.

        >>> print(TruthTable.of(lambda bits: 1 - bits, 1, ["a"], "not a"))
        a | not a
        0 | 1
        1 | 0
        """
        inputs = [f"x{j}" for j in range(1, n + 1)] if names is None else names
        table = cls(inputs, {})
        if len(table.inputs) != n:
            raise InputError(
                "names",
                f"{n}, one for each input",
                f"{len(table.inputs)}",
                "Leave them out for x1, x2, …",
            )
        rows = np.atleast_2d(says(table.columns))
        numbered = [f"{output}{k}" for k in range(1, len(rows) + 1)] if len(rows) > 1 else [output]
        return cls(table.inputs, dict(zip(numbered, rows, strict=True)))

    def _read(self, name: str, values: ArrayLike) -> Array:
        """Return the values as int64 (2^n,)."""
        column = np.asarray(values)
        rows = 2 ** checked_inputs(len(self.inputs))
        if column.shape != (rows,):
            raise ShapeError(
                f"output '{name}' of a truth table",
                f"{rows} values, one for each input",
                f"shape {column.shape}",
                "Give one value a row, in counting order.",
            )
        if not np.isin(column, (0, 1)).all():
            raise InputError(
                f"output '{name}' of a truth table", "0 or 1", "something else", "Use bits."
            )
        return column.astype(np.int64)

    @property
    def columns(self) -> Array:
        """All inputs as columns, int64 (n, 2^n)."""
        return all_inputs(len(self.inputs))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TruthTable):
            return NotImplemented
        same_names = self.inputs == other.inputs and list(self.outputs) == list(other.outputs)
        return same_names and all(
            np.array_equal(values, other.outputs[name]) for name, values in self.outputs.items()
        )

    __hash__ = None  # type: ignore[assignment]  # it holds arrays

    def __repr__(self) -> str:
        return f"TruthTable({list(self.inputs)}, {list(self.outputs)})"

    def __str__(self) -> str:
        head = [*self.inputs, "|", *self.outputs]
        body = [
            [*map(str, bits), "|", *(str(values[row]) for values in self.outputs.values())]
            for row, bits in enumerate(self.columns.T)
        ]
        return "\n".join(
            " ".join(f"{cell:<{len(name)}}" for name, cell in zip(head, line, strict=True)).rstrip()
            for line in [head, *body]
        )
