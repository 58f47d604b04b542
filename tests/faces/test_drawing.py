"""Sets of drawn faces: repeatable, balanced, and labelled by the rule that is stated."""

from __future__ import annotations

import numpy as np
import pytest

from numerist.errors import InputError, ShapeError
from numerist.faces import NAMES, Faces, draw_faces


@pytest.fixture(scope="module")
def faces() -> Faces:
    return draw_faces(600, seed=3)


def test_a_seed_repeats_and_more_begin_with_the_same(faces: Faces) -> None:
    again = draw_faces(20, seed=3)
    assert (again.images == faces.images[:20]).all()
    assert (again.answers == faces.answers[:20]).all()
    assert (draw_faces(20, seed=4).images != again.images).any()


def test_arrays_are_as_described(faces: Faces) -> None:
    assert faces.images.dtype == np.float32
    assert faces.images.shape == (600, 40, 40)
    assert faces.images.min() == 0
    assert faces.images.max() <= 1
    assert faces.answers.dtype == np.bool_
    assert (faces.rows[7].reshape(40, 40) == faces.images[7]).all()
    assert (faces.answer("mouth") == faces.answers[:, NAMES.index("mouth")]).all()
    some = faces[np.array([5, 2])]
    assert (some.images[1] == faces.images[2]).all()
    assert (some.answers[0] == faces.answers[5]).all()


def test_answers_above_follow_from_those_below(faces: Faces) -> None:
    answers = {name: faces.answer(name).astype(int) for name in NAMES}
    for side in ("left", "right"):
        brow, lashes, iris = (answers[f"{side} {piece}"] for piece in ("brow", "lashes", "iris"))
        pieces = brow + lashes + iris
        assert ((pieces >= 2) == answers[f"{side} eye"]).all()
    eyes = answers["left eye"] + answers["right eye"]
    parts = eyes + answers["nose"] + answers["mouth"] + answers["hair"]
    assert ((parts >= 4) == answers["face"]).all()
    assert set(np.unique(parts)) == set(range(6))


def test_no_answer_is_nearly_always_the_same(faces: Faces) -> None:
    for name in NAMES:
        assert 0.35 < faces.answer(name).mean() < 0.75
    assert 0.45 < faces.answer("face").mean() < 0.55


def test_no_single_part_gives_a_face_away(faces: Faces) -> None:
    face = faces.answer("face")
    for name in NAMES[1:]:
        assert (faces.answer(name) == face).mean() < 0.8


def test_bad_input_is_refused(faces: Faces) -> None:
    with pytest.raises(InputError, match="n: expected a whole number of at least 1"):
        draw_faces(0, seed=0)
    with pytest.raises(InputError, match="question: expected one of face, left eye"):
        faces.answer("knee")
    with pytest.raises(ShapeError, match="one row of answers for each image"):
        Faces(faces.images, faces.answers[:-1])
    with pytest.raises(InputError, match=r"write \.images\[i\]"):
        faces[3]  # type: ignore[index]


@pytest.mark.parametrize("seed", [-1, "x", 1.5])
def test_a_seed_that_makes_no_sense_is_refused(seed: object) -> None:
    with pytest.raises(InputError, match="seed: expected a whole number of at least 0"):
        draw_faces(2, seed=seed)  # type: ignore[arg-type]
