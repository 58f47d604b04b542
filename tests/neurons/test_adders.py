from typing import Any

import numpy as np
import pytest

from numerist.errors import InputError, ShapeError
from numerist.neurons.adders import add, adder, full_adder, half_adder
from numerist.neurons.circuit import equal


@pytest.mark.parametrize("merged", [False, True])
def test_half_adder(merged: bool) -> None:
    circuit = half_adder().merged() if merged else half_adder()
    for x1 in (0, 1):
        for x2 in (0, 1):
            assert circuit(x1=x1, x2=x2) == {"sum": x1 ^ x2, "carry": x1 & x2}


def test_both_half_adders_are_equal() -> None:
    assert equal(half_adder(), half_adder().merged())


def test_full_adder() -> None:
    assert len(full_adder().gates) == 9
    for total in range(8):
        x1, x2, carry = total >> 2, total >> 1 & 1, total & 1
        out = full_adder()(x1=x1, x2=x2, carry_in=carry)
        assert 2 * out["carry"] + out["sum"] == x1 + x2 + carry


@pytest.mark.parametrize("merged", [False, True])
def test_eight_bits_on_all_65536_pairs(merged: bool) -> None:
    circuit = adder(8).merged() if merged else adder(8)
    pairs = np.arange(1 << 16)
    a, b = pairs >> 8, pairs & 255
    assert np.array_equal(add(circuit, a, b), a + b)


@pytest.mark.parametrize("n", range(1, 7))
def test_size_and_outputs(n: int) -> None:
    circuit = adder(n)
    assert len(circuit.gates) == 9 * n - 4
    assert len(circuit.outputs) == n + 1
    a, b = (x.ravel() for x in np.meshgrid(range(2**n), range(2**n)))
    assert np.array_equal(add(circuit, a, b), a + b)


def test_the_widest_adder() -> None:
    a = [2**61 - 1, 2**61 - 1, 0]
    b = [2**61 - 1, 1, 0]
    assert add(adder(61), a, b).tolist() == [x + y for x, y in zip(a, b, strict=True)]


def test_single_numbers() -> None:
    assert add(adder(8), 200, 100).tolist() == [300]


def test_bad_arguments() -> None:
    for n in (0, -1, 1.5, True, "8", None):
        with pytest.raises(InputError, match="n: expected a whole number of at least 1"):
            adder(n)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="n: expected 1 to 61"):
        adder(62)
    with pytest.raises(InputError, match="0 to 255"):
        add(adder(8), 256, 0)
    with pytest.raises(InputError, match="0 to 3"):
        add(adder(2), [4], [0])
    with pytest.raises(ShapeError, match="as a"):
        add(adder(2), [1, 2], [1])


@pytest.mark.parametrize("other", [half_adder(), full_adder(), 5, None])
def test_what_adder_did_not_return_adds_nothing(other: Any) -> None:
    with pytest.raises(InputError, match=r"circuit: expected what adder\(n\) returned"):
        add(other, 1, 1)
