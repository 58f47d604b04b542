from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerist.deep.recipe import MNIST_HANDS, RECIPES
from numerist.errors import InputError, NumeristError
from numerist.tuning.plan import Plan, from_json, joined, new


def test_what_is_not_given_is_the_chapters() -> None:
    plan = new({"seed": 5})
    assert (plan.model, plan.epochs, plan.train_on, plan.pruning) == ("network", 30, 50_000, True)
    assert plan.usual == {
        "rate": 3, "batch": 10, "hidden": 30, "cost": "quadratic", "activation": "sigmoid",
    }  # fmt: skip


def test_a_cnn_is_as_its_recipe_has_it() -> None:
    plan = new({"model": "cnn", "recipe": "good"})
    assert plan.epochs == RECIPES["good"].epochs
    assert plan.usual["batch"] == RECIPES["good"].batch
    strength = plan.usual["distortion"]
    assert isinstance(strength, float)
    assert MNIST_HANDS.times(strength) == RECIPES["good"].distortion


def test_a_fresh_seed_is_another_each_time() -> None:
    assert new({}).seed != new({}).seed


def test_a_plan_comes_back_from_its_text() -> None:
    plan = new({"model": "cnn", "seed": 9, "space": {"rate": "0.1:1"}})
    assert from_json(plan.as_json(), "study") == plan


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"model": "svm"}, "--model"),
        ({"epochs": 0}, "--epochs"),
        ({"train_on": 50_001}, "--train-on"),
        ({"train_on": 0}, "--train-on"),
        ({"train_on": 100, "space": {"batch": "4:128"}}, "--batch"),
        ({"model": "cnn", "train_on": 1}, "--batch"),
        ({"seed": -1}, "--seed"),
        ({"recipe": "good"}, "--recipe"),
        ({"model": "cnn", "recipe": "worst"}, "--recipe"),
        ({"space": {"distortion": "1"}}, "--distortion"),
        ({"model": "cnn", "space": {"hidden": "30"}}, "--hidden"),
        ({"space": {"rate": "fast"}}, "--rate"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(given: dict[str, Any], place: str) -> None:
    with pytest.raises(InputError, match=place):
        new(given)


@pytest.mark.parametrize(
    ("given", "least", "most"),
    [
        ({}, 4, 128), ({"train_on": 100}, 4, 100), ({"train_on": 3}, 3, 3),
        ({"model": "cnn"}, 32, 512), ({"model": "cnn", "train_on": 500}, 32, 500),
    ],
)  # fmt: skip
def test_the_usual_batches_are_as_large_as_the_images_allow(
    given: dict[str, Any], least: int, most: int
) -> None:
    domain = new(given).domains["batch"]
    assert all(batch in domain for batch in (least, most))
    assert not any(batch in domain for batch in (least - 1, most + 1))


def test_who_joins_gets_the_plan_and_may_repeat_it() -> None:
    plan = new({"seed": 5, "epochs": 7, "space": {"rate": "0.1:10"}})
    assert joined(plan, {}, "study x") == plan
    asked = {"epochs": 7, "space": {"rate": "0.10:10.0"}}  # the same, written otherwise
    assert joined(plan, asked, "study x") == plan


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ({"epochs": 8}, "--epochs"),
        ({"seed": 6}, "--seed"),
        ({"model": "cnn"}, "--model"),
        ({"train_on": 500}, "--train-on"),
        ({"pruning": False}, "--pruning"),
        ({"space": {"rate": "0.1:11"}}, "--rate"),
        ({"space": {"smoothing": "0"}}, "--smoothing"),
    ],
)
def test_who_joins_with_something_else_is_refused(asked: dict[str, Any], place: str) -> None:
    plan = new({"seed": 5, "epochs": 7, "space": {"rate": "0.1:10"}})
    with pytest.raises(InputError, match=place):
        joined(plan, asked, "study x")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*Plan.__dataclass_fields__, "rate", "x"]), inner, max_size=8
        )
    ),
)


@given(_JSON.map(json.dumps) | st.text() | st.none() | st.integers())
def test_a_study_with_something_else_in_it_is_refused_by_name(content: Any) -> None:
    with pytest.raises(NumeristError, match="study x"):
        from_json(content, "study x")


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": "30"}, {"seed": 1.5}, {"model": ["cnn"]}, {"space": {}}, {"extra": 1},
        {"space": {"rate": 3}}, {"pruning": None, "epochs": None}, {"recipe": "good"},
    ],
)  # fmt: skip
def test_a_plan_that_was_tampered_with_is_refused(change: dict[str, Any]) -> None:
    content = {**json.loads(new({"seed": 1}).as_json()), **change}
    with pytest.raises(NumeristError, match="study x"):
        from_json(json.dumps(content), "study x")
