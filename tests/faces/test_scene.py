"""Scenes: the truth of the answers written out, and what is drawn where."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from numerist.errors import InputError
from numerist.faces import FACE, Scene, Thing, draw

WHOLE = {
    "left eye": Thing("eye"),
    "right eye": Thing("eye"),
    "nose": Thing("nose"),
    "mouth": Thing("mouth"),
    "hair": Thing("hair"),
}


def test_an_eye_is_two_of_its_three_pieces() -> None:
    eyes = {
        (): False,
        ("brow",): False,
        ("lashes",): False,
        ("iris",): False,
        ("brow", "lashes"): True,  # closed
        ("brow", "iris"): True,
        ("lashes", "iris"): True,
        ("brow", "lashes", "iris"): True,
    }
    for pieces, is_eye in eyes.items():
        answers = Scene({"right eye": Thing("eye", pieces)}).answers
        assert answers["right eye"] is is_eye
        assert not answers["left eye"]
        for piece in ("brow", "lashes", "iris"):
            assert answers[f"right {piece}"] is (piece in pieces)


def test_a_face_lacks_one_part_at_most() -> None:
    for present in product((False, True), repeat=5):
        things = {name: WHOLE[name] for name, here in zip(WHOLE, present, strict=True) if here}
        answers = Scene(things, glasses=True, beard=True, clutter=3).answers
        assert answers["face"] is (present.count(False) <= 1)
        assert [answers[name] for name in WHOLE] == list(present)


def test_a_part_in_the_wrong_place_does_not_count() -> None:
    swapped = WHOLE | {"nose": Thing("mouth"), "mouth": Thing("nose")}
    answers = Scene(swapped).answers
    assert (answers["nose"], answers["mouth"], answers["face"]) == (False, False, False)
    assert not Scene({"forehead": Thing("mouth")}).answers["mouth"]
    upside_down = Scene({"left eye": Thing("eye upside down")}).answers
    assert not any(upside_down[name] for name in ("left eye", "left brow", "left iris"))
    assert not Scene({"hair": Thing("hat")}).answers["hair"]


def _without(name: str) -> dict[str, Thing]:
    if name in WHOLE:
        return {place: thing for place, thing in WHOLE.items() if place != name}
    side, piece = name.split()
    pieces = tuple(other for other in ("brow", "lashes", "iris") if other != piece)
    return WHOLE | {f"{side} eye": Thing("eye", pieces)}


@pytest.mark.parametrize("name", [question.name for question in FACE if question.region])
def test_what_a_question_asks_for_is_drawn_in_its_region(name: str) -> None:
    # The same seed with and without the part: what differs is the part, and lies in the region.
    region = next(question.region for question in FACE if question.name == name)
    assert region is not None
    inside = []
    for seed in range(30):
        drawn, missing = (
            draw(Scene(things), np.random.default_rng(seed)) for things in (WHOLE, _without(name))
        )
        difference = np.abs(drawn - missing).ravel()
        assert difference.sum() > 1
        inside.append(difference[region.pixels()].sum() / difference.sum())
    assert np.mean(inside) > (0.7 if name == "hair" else 0.95)  # hair may be long


def test_pictures_are_grey_and_vary() -> None:
    pictures = [draw(Scene(WHOLE, clutter=2), np.random.default_rng(seed)) for seed in range(5)]
    for picture in pictures:
        assert picture.dtype == np.float32
        assert picture.shape == (40, 40)
        assert picture.min() == 0.0
        assert 0.4 < picture.max() <= 1.0
    assert np.abs(pictures[0] - pictures[1]).mean() > 0.05


def test_scenes_that_do_not_exist_are_refused() -> None:
    with pytest.raises(InputError, match="place: expected one of left eye"):
        Scene({"knee": Thing("eye")})
    with pytest.raises(InputError, match="thing at 'nose'"):
        Scene({"nose": Thing("knee")})
    with pytest.raises(InputError, match="thing at 'nose': expected one of eye"):
        Scene({"nose": Thing("hair")})
    with pytest.raises(InputError, match="thing at 'hair': expected one of hair, hat"):
        Scene({"hair": Thing("eye")})
    with pytest.raises(InputError, match="piece of the eye at 'left eye'"):
        Scene({"left eye": Thing("eye", ("knee",))})
