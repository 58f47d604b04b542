from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerist.engine import available
from numerist.errors import InputError
from numerist.network import Network
from numerist.neurons import COSTS
from numerist.tuning.space import (
    CNN,
    CNN_SPACE,
    NETWORK,
    NETWORK_SPACE,
    NETWORK_USUAL,
    Domain,
    output,
    parse,
    rounded,
    settings,
)


def test_a_value_is_fixed_a_range_is_searched_and_a_list_is_chosen_from() -> None:
    assert parse(NETWORK["rate"], "3").values == (3.0,)
    assert parse(NETWORK["batch"], "4:128") == Domain((), 4, 128)
    assert parse(NETWORK["hidden"], "10, 30,100").values == (10, 30, 100)
    assert parse(NETWORK["cost"], "quadratic,cross-entropy").values == (
        "quadratic",
        "cross-entropy",
    )
    assert parse(NETWORK["batch"], "10:10").values == (10,)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rate", ""),
        ("rate", "0"),
        ("rate", "-1:1"),
        ("rate", "nan"),
        ("rate", "1:inf"),
        ("rate", "10:1"),
        ("rate", "1:2:3"),
        ("rate", ":"),
        ("rate", "1,"),
        ("batch", "2.5"),
        ("batch", "0:10"),
        ("hidden", "10:10001"),
        ("hidden", "9" * 5000),
        ("cost", "quadratic:cross-entropy"),
        ("cost", "hinge"),
        ("activation", "softmax"),
    ],
)
def test_what_means_nothing_is_refused_by_its_option(name: str, text: str) -> None:
    with pytest.raises(InputError, match=f"--{name}") as caught:
        parse(NETWORK[name], text)
    assert len(str(caught.value)) < 300


@given(st.text(alphabet="0123456789.,:-e nai", max_size=20))
def test_any_text_is_a_domain_of_numbers_that_make_sense_or_refused(text: str) -> None:
    try:
        domain = parse(NETWORK["rate"], text)
    except InputError:
        return
    for value in domain.values or (domain.low, domain.high):
        assert isinstance(value, float)
        assert math.isfinite(value)
        assert value > 0
        assert value in domain


def test_numbers_out_of_a_range_are_rounded_and_others_stay() -> None:
    domains = {name: parse(CNN[name], text) for name, text in CNN_SPACE.items()}
    domains["average"] = parse(CNN["average"], "0.99999,0")
    drawn = {
        "rate": 0.123456, "batch": 100, "smoothing": 0.0123456, "average": 0.99999,
        "distortion": 1.23456,
    }  # fmt: skip
    assert settings(CNN, domains, drawn) == {
        "rate": 0.123, "batch": 100, "smoothing": 0.0123, "average": 0.99999, "distortion": 1.23,
    }  # fmt: skip


@given(st.data())
def test_what_is_used_of_a_range_lies_within_it(data: st.DataObject) -> None:
    ends = st.floats(1e-9, 1e9)
    low, high = sorted((data.draw(ends), data.draw(ends)))
    value = data.draw(st.floats(low, high))
    short = rounded(value, Domain((), low, high))
    assert isinstance(short, float)
    assert low <= short <= high
    assert abs(short - value) <= 0.005 * value


def test_a_mean_that_is_never_to_stand_still_does_not() -> None:
    """0.9996 of the past, to three digits, would be all of it."""
    domains = {name: parse(CNN[name], "0.99:0.9999") for name in ("average",)}
    parameters = {"average": CNN["average"]}
    assert settings(parameters, domains, {"average": 0.99962}) == {"average": 0.9996}


def test_the_usual_settings_lie_in_what_is_searched() -> None:
    for name, value in NETWORK_USUAL.items():
        assert value in parse(NETWORK[name], NETWORK_SPACE[name])


@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("activation", NETWORK["activation"].names)
def test_both_engines_know_every_activation_and_cost_that_may_be_tried(
    cost: str, activation: str
) -> None:
    net = Network([4, 3, 2], activation=activation, output=output(cost), cost=cost, seed=1)
    data = [([0.1, 0.2, 0.3, 0.4], [1.0, 0.0])] * 4
    net.SGD(data, 1, 2, 0.1, engine="numpy", on_epoch=lambda *_: None)
    if available():
        net.SGD(data, 1, 2, 0.1, engine="compiled", on_epoch=lambda *_: None)


def test_names_have_no_range() -> None:
    with pytest.raises(InputError, match="log-likelihood; or several") as caught:
        parse(NETWORK["cost"], "quadratic:cross-entropy")
    assert "range" not in str(caught.value)
