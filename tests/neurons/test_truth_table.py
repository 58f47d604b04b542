from typing import Any

import pytest

from numerist.errors import InputError, ShapeError
from numerist.neurons.truth_table import TruthTable


def test_equality_is_that_of_names_and_values() -> None:
    table = TruthTable(["a"], {"x": [0, 1]})
    assert table == TruthTable(["a"], {"x": [False, True]})
    assert table != TruthTable(["a"], {"x": [1, 0]})
    assert table != TruthTable(["b"], {"x": [0, 1]})
    assert table != TruthTable(["a"], {"y": [0, 1]})
    assert table != "table"


def test_no_inputs_make_one_row() -> None:
    assert str(TruthTable([], {"x": [1]})) == "| x\n| 1"


def test_bad_tables() -> None:
    with pytest.raises(ShapeError, match="output 'x' of a truth table: expected 4 values"):
        TruthTable(["a", "b"], {"x": [0, 1]})
    with pytest.raises(InputError, match="0 or 1"):
        TruthTable(["a"], {"x": [0, 2]})
    with pytest.raises(InputError, match="names that differ"):
        TruthTable(["a", "a"], {"x": [0, 0, 0, 1]})
    with pytest.raises(InputError, match="0 to 24"):
        TruthTable([f"x{i}" for i in range(25)], {"x": [0]})


@pytest.mark.parametrize(("inputs", "outputs"), [(["a"], [0, 1]), (3, {}), ("ab", {})])
def test_what_is_no_table_is_refused_by_name(inputs: Any, outputs: Any) -> None:
    with pytest.raises(InputError, match="puts of a truth table: expected a"):
        TruthTable(inputs, outputs)
