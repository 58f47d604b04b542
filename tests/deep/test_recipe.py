"""Recipes: the schedule by hand, and what makes no sense is refused."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from numerist.deep.architectures import ARCHITECTURES
from numerist.deep.recipe import RECIPES, Recipe
from numerist.errors import InputError


def test_the_rate_rises_along_a_line_and_falls_along_half_a_cosine() -> None:
    recipe = Recipe("cnn", 10, rate=0.2, warm_up=0.25)
    by_hand = {
        0.0: 0.02,  # a tenth
        0.125: 0.11,  # halfway from 0.02 to 0.2
        0.25: 0.2,
        0.5: 0.1 * (1 + math.cos(math.pi / 3)),  # = 0.15
        0.625: 0.1,
        0.75: 0.05,
        1.0: 0.0,
    }
    for progress, rate in by_hand.items():
        assert recipe.rate_at(progress) == pytest.approx(rate, abs=1e-12), progress


def test_the_corners_of_the_schedule() -> None:
    assert Recipe("cnn", 1, rate=0.3, warm_up=0).rate_at(0) == 0.3
    constant = Recipe("cnn", 1, rate=0.3, warm_up=0, decay=False)
    assert {constant.rate_at(k / 7) for k in range(8)} == {0.3}
    late = Recipe("cnn", 1, rate=0.3, warm_up=1.0)
    assert late.rate_at(0.5) == pytest.approx(0.165)
    assert late.rate_at(1.0) == pytest.approx(0.0)
    plateau = Recipe("cnn", 1, rate=0.3, warm_up=0.5, decay=False)
    assert plateau.rate_at(0.25) == pytest.approx(0.165)
    assert plateau.rate_at(0.5) == plateau.rate_at(1.0) == 0.3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", -1), ("epochs", 1.5), ("epochs", True), ("batch", 1), ("batch", 0),
        ("batch", "8"), ("rate", 0), ("rate", -0.1), ("rate", math.nan), ("rate", math.inf),
        ("optimiser", "lion"), ("optimiser", None), ("precision", "float16"), ("warm_up", 1.1),
        ("warm_up", -0.1), ("momentum", 2), ("smoothing", math.nan), ("average", 1.5),
        ("smoothing", 1), ("average", 1.0),
        ("strangers", -0.5), ("group", 1), ("group", -2),
    ],
)  # fmt: skip
def test_values_that_make_no_sense_are_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(InputError) as caught:
        Recipe(**{"model": "cnn", "epochs": 1, name: value})
    assert caught.value.place == name


def test_the_recipes_that_come_along_are_of_architectures_that_there_are() -> None:
    assert {recipe.model for recipe in RECIPES.values()} <= set(ARCHITECTURES)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_survives_json(name: str) -> None:
    recipe = RECIPES[name]
    there = json.loads(json.dumps(recipe.as_dict()))
    assert there == recipe.as_dict()
    assert there["distortion"]["elastic"] == recipe.distortion.elastic
    assert there["epochs"] == recipe.epochs
