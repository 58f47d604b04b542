from __future__ import annotations

import dataclasses
import decimal
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerist.errors import InputError
from numerist.neurons import ACTIVATIONS, Activation, sigmoid, sigmoid_prime


def exact_sigmoid(z: float) -> float:
    """σ(z) with fifty decimal digits: an independent way."""
    with decimal.localcontext() as context:
        context.prec = 50
        context.Emin = -999_999
        return float(1 / (1 + (-decimal.Decimal(z)).exp()))


@given(st.floats(-1e4, 1e4))
def test_sigmoid_is_right_to_float_precision_and_never_warns(z: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = float(sigmoid(np.array(z)))
    exact = exact_sigmoid(z)
    assert abs(found - exact) <= 4 * np.finfo(float).eps * exact + np.finfo(float).tiny


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid_keeps_the_precision_of_its_input(dtype: type[np.floating[Any]]) -> None:
    z = np.array([-1e4, -100.0, -1.0, 0.0, 1.0, 100.0, 1e4], dtype=dtype)
    assert sigmoid(z).dtype == dtype
    exact = [exact_sigmoid(float(v)) for v in z]
    np.testing.assert_allclose(sigmoid(z), exact, rtol=8 * float(np.finfo(dtype).eps), atol=1e-38)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.bool_])
def test_sigmoid_of_whole_numbers_wraps_around_nowhere(dtype: type[Any]) -> None:
    z = np.array([0, 1, 1], dtype=dtype)
    expected = [exact_sigmoid(v) for v in (0, 1, 1)]
    np.testing.assert_allclose(sigmoid(z), expected, rtol=1e-15)
    np.testing.assert_allclose(sigmoid_prime(z), [0.25, *[expected[1] * (1 - expected[1])] * 2])


def test_sigmoid_by_hand() -> None:
    # σ(ln 3) = 1/(1 + 1/3) = 3/4, σ(−ln 3) = 1/4; σ' = 3/16 at both
    z = np.log(3) * np.array([1, -1])
    np.testing.assert_allclose(sigmoid(z), [0.75, 0.25], rtol=1e-15)
    np.testing.assert_allclose(sigmoid_prime(z), [3 / 16, 3 / 16], rtol=1e-15)


@given(st.floats(-700, 700))
def test_sigmoid_prime_is_symmetric_and_keeps_its_small_values(z: float) -> None:
    a, b = (float(sigmoid_prime(np.array(v))) for v in (z, -z))
    assert a == pytest.approx(b, rel=1e-14)
    assert a > 0


def derivative_error(activation: Activation, seed: int = 0) -> float:
    """Largest difference between `backward` and central differences, over random columns."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(5, 7))
    z[np.abs(z) < 1e-3] = 0.1  # away from the kink of relu
    gradient = rng.normal(size=z.shape)
    back = activation.backward(activation(z), gradient)
    step = 1e-6
    numeric = np.empty_like(z)
    for index in np.ndindex(z.shape):
        up, down = z.copy(), z.copy()
        up[index] += step
        down[index] -= step
        numeric[index] = ((activation(up) - activation(down)) * gradient).sum() / (2 * step)
    return float(np.abs(back - numeric).max())


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=lambda a: a.name)
def test_derivative(activation: Activation) -> None:
    assert derivative_error(activation) < 1e-8


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=lambda a: a.name)
def test_a_planted_wrong_derivative_is_caught(activation: Activation) -> None:
    wrong = dataclasses.replace(
        activation, backward=lambda a, g: activation.backward(a, g) * (1 + 1e-4)
    )
    assert derivative_error(wrong) > 1e-6


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=lambda a: a.name)
def test_stays_within_its_bounds_and_finite(activation: Activation) -> None:
    z = np.linspace(-1e4, 1e4, 2001).reshape(3, -1)
    a = activation(z)
    assert np.isfinite(a).all()
    assert (a >= activation.low).all()
    assert (a <= activation.high).all()


def test_the_table_has_the_chapters_names() -> None:
    assert set(ACTIVATIONS) == {"sigmoid", "tanh", "relu", "identity", "softmax"}
    assert all(name == activation.name for name, activation in ACTIVATIONS.items())


def test_softmax_by_hand() -> None:
    # e^0 : e^(ln 2) : e^(ln 5) = 1 : 2 : 5
    z = np.log([[1.0], [2.0], [5.0]])
    np.testing.assert_allclose(
        ACTIVATIONS["softmax"](z + 1000), [[1 / 8], [2 / 8], [5 / 8]], rtol=1e-12
    )


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_lists_and_numbers_are_taken_as_arrays_are(name: str) -> None:
    f = ACTIVATIONS[name]
    for z in ([1, 2], [0.5, -3.0], 1, np.array([200, 3], np.uint8)):
        np.testing.assert_array_equal(f(z), f.function(np.array(z, np.float64)))  # type: ignore[arg-type]
    assert f(np.ones(2, np.float32)).dtype == np.float32


@pytest.mark.parametrize("z", ["a", None, [1, None], [[1], [2, 3]]])
def test_what_is_no_number_is_refused(z: Any) -> None:
    for f in (sigmoid, sigmoid_prime, ACTIVATIONS["softmax"]):
        with pytest.raises(InputError, match="weighted inputs z: expected a number"):
            f(z)
