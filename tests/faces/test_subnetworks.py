"""Sub-networks: what each sees, and that it learns its own question."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from numerist.errors import InputError, ShapeError
from numerist.faces import FACE, Faces, Plan, Question, draw_faces, learn, train_subnetworks
from numerist.faces.subnetworks import ask, pixels_of, relayed

if TYPE_CHECKING:
    from numerist.network import Network


@pytest.fixture(scope="module")
def training() -> Faces:
    return draw_faces(700, seed=1)


@pytest.fixture(scope="module")
def networks(training: Faces) -> dict[str, Network]:
    return train_subnetworks(training, seed=0, plan=Plan(epochs=10))


def _named(name: str) -> Question:
    return next(question for question in FACE if question.name == name)


def test_relays_by_hand() -> None:
    once = 1 / (1 + math.exp(-10 * (0.7 - 0.5)))
    twice = 1 / (1 + math.exp(-10 * (once - 0.5)))
    assert relayed(np.array([0.7]), 0).tolist() == [0.7]
    assert relayed(np.array([0.7]), 1) == pytest.approx([once])
    assert relayed(np.array([0.7]), 2) == pytest.approx([twice])


def test_pixels_of_a_question_are_cut_out_of_the_picture(training: Faces) -> None:
    for name in ("nose", "right iris"):
        question = _named(name)
        assert question.region is not None
        top, left, height, width = question.region
        cut = training.images[:, top : top + height, left : left + width]
        assert (pixels_of(question, training.rows) == cut.reshape(len(cut), -1)).all()


def test_learn_starts_with_small_weights_and_repeats() -> None:
    x = np.random.default_rng(0).random((10, 400))
    still = learn([400, 50, 1], x, x[:, 0] > 0.5, seed=3, plan=Plan(epochs=0))
    assert still.weights[0].std() == pytest.approx(1 / math.sqrt(400), rel=0.02)
    once, again = (
        learn([400, 5, 1], x, x[:, 0] > 0.5, seed=3, plan=Plan(epochs=2)) for _ in range(2)
    )
    assert all((a == b).all() for a, b in zip(once.weights, again.weights, strict=True))


def test_every_sub_network_learns_its_own_question(
    training: Faces, networks: dict[str, Network]
) -> None:
    unseen = draw_faces(400, seed=2)
    answers = ask(FACE, networks, unseen.rows)
    assert list(answers) == [question.name for question in FACE]
    for name, activations in answers.items():
        truth = unseen.answer(name)
        chance = max(truth.mean(), 1 - truth.mean())
        assert ((activations >= 0.5) == truth).mean() > chance + 0.12, name
        right = {other: ((activations >= 0.5) == unseen.answer(other)).mean() for other in answers}
        assert max(right, key=lambda other: right[other]) == name


def test_each_network_has_random_numbers_of_its_own(networks: dict[str, Network]) -> None:
    fresh = train_subnetworks(draw_faces(2, seed=0), 0, Plan(epochs=0), Plan(epochs=0))
    assert (fresh["left brow"].weights[0] != fresh["right brow"].weights[0]).any()
    other = train_subnetworks(draw_faces(2, seed=0), 1, Plan(epochs=0), Plan(epochs=0))
    assert (fresh["nose"].weights[0] != other["nose"].weights[0]).any()


def test_bad_input_is_refused(training: Faces, networks: dict[str, Network]) -> None:
    with pytest.raises(InputError, match="network for a question"):
        ask(FACE, {name: networks[name] for name in networks if name != "nose"}, training.rows)
    with pytest.raises(ShapeError, match="flattened square pictures"):
        ask(FACE, networks, training.images)
    with pytest.raises(ShapeError, match="flattened square pictures"):
        ask(FACE, networks, training.rows[:, :-1])
    with pytest.raises(InputError, match="inside a picture of 20×20"):
        ask(FACE, networks, training.rows[:, :400])
    with pytest.raises(InputError, match="question 'left eye': expected a region"):
        pixels_of(_named("left eye"), training.rows)
