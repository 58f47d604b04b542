"""The assembled network, against its sub-networks asked one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerist.errors import InputError, ShapeError
from numerist.faces import FACE, Assembled, Question, Region, assemble
from numerist.network import Network

if TYPE_CHECKING:
    from numerist.neurons.activations import Array


def _random_networks(question: Question, seed: int = 0) -> dict[str, Network]:
    networks = {}
    for k, asked in enumerate(question):
        sizes = [len(asked.parts), 1]
        if asked.region is not None:
            sizes = [asked.region.height * asked.region.width, asked.hidden, 1]
        networks[asked.name] = Network(sizes, seed=100 * seed + k)
    return networks


@pytest.fixture(scope="module")
def networks() -> dict[str, Network]:
    return _random_networks(FACE)


@pytest.fixture(scope="module")
def whole(networks: dict[str, Network]) -> Assembled:
    return assemble(FACE, networks)


def _sigma(z: Array) -> Array:
    sigma: Array = 1 / (1 + np.exp(-z))
    return sigma


def test_it_says_what_its_sub_networks_say(networks: dict[str, Network], whole: Assembled) -> None:
    images = np.random.default_rng(1).random((25, 40, 40))

    def bottom(name: str) -> Array:
        region = next(question.region for question in FACE if question.name == name)
        assert region is not None
        top, left, height, width = region
        cut = images[:, top : top + height, left : left + width].reshape(25, -1)
        return networks[name].feedforward(cut.T)

    answers = whole.answers(images)
    eyes = []
    for side in ("left", "right"):
        pieces = np.vstack([bottom(f"{side} {piece}") for piece in ("brow", "lashes", "iris")])
        assert answers[f"{side} lashes"] == pytest.approx(pieces[1], rel=1e-5)
        eyes.append(networks[f"{side} eye"].feedforward(pieces))
        assert answers[f"{side} eye"] == pytest.approx(eyes[-1][0], rel=1e-5)
    relays = [_sigma(10 * bottom(name) - 5) for name in ("nose", "mouth", "hair")]
    face = networks["face"].feedforward(np.vstack([*eyes, *relays]))[0]
    assert answers["face"] == pytest.approx(face, rel=1e-5)
    assert whole.network.feedforward(images.reshape(25, -1).T)[0] == pytest.approx(face, rel=1e-5)
    assert face.std() > 0.001  # it does depend on the picture


def test_sizes_and_parameters_counted_by_hand(whole: Assembled) -> None:
    # Hidden: 2 eyes × 3 pieces × 6, nose 8, mouth 8, hair 4.
    assert whole.network.sizes == [1600, 56, 9, 5, 1]
    brow, lashes, iris = ((n + 1) * 6 + 7 for n in (140, 126, 108))
    nose, mouth, hair = (13 * 14 + 1) * 8 + 9, (12 * 20 + 1) * 8 + 9, (12 * 32 + 1) * 4 + 5
    assert whole.trained == 2 * (brow + lashes + iris + 4) + nose + mouth + hair + 6 == 9535
    assert whole.relays == 3
    arrays = (*whole.network.weights, *whole.network.biases)
    assert sum(np.count_nonzero(array) for array in arrays) == whole.trained + 2 * whole.relays


@given(st.integers(0, 39), st.integers(0, 39), st.floats(0, 1))
def test_an_answer_depends_on_its_own_regions_only(row: int, column: int, grey: float) -> None:
    whole = assemble(FACE, _random_networks(FACE))
    picture = np.full((1, 40, 40), 0.5)
    changed = picture.copy()
    changed[0, row, column] = grey
    before, after = whole.answers(picture), whole.answers(changed)
    for question in FACE:
        seen = False
        for asked in question:
            if asked.region is not None:
                top, left, height, width = asked.region
                seen |= top <= row < top + height and left <= column < left + width
        same = before[question.name][0] == after[question.name][0]
        if not seen:
            assert same
        elif question.region is not None and abs(grey - 0.5) > 0.01:
            assert not same


def test_an_answer_that_waits_for_two_layers_passes_two_relays() -> None:
    early = Question("early", Region(0, 0, 1, 1), hidden=1)
    late = Question("late", Region(0, 1, 1, 1), hidden=1)
    for name in ("later", "latest"):
        late = Question(name, parts=(late,), enough=1)
    top = Question("top", parts=(early, late), enough=1)
    networks = _random_networks(top, seed=7)
    whole = assemble(top, networks, size=2)
    assert whole.network.sizes == [4, 2, 2, 2, 2, 1]
    assert whole.relays == 2
    assert whole.neurons["early"] == (2, 0)

    x = np.array([[0.9, 0.2, 0.4, 0.6]])
    first = networks["early"].feedforward(x[:, :1].T)
    waited = _sigma(10 * _sigma(10 * first - 5) - 5)
    second = networks["late"].feedforward(x[:, 1:2].T)
    for name in ("later", "latest"):
        second = networks[name].feedforward(second)
    said = networks["top"].feedforward(np.vstack([waited, second]))[0]
    assert whole.answers(x)["top"] == pytest.approx(said, rel=1e-5)


def test_bad_input_is_refused(networks: dict[str, Network], whole: Assembled) -> None:
    with pytest.raises(InputError, match="network for a question"):
        assemble(FACE, {})
    with pytest.raises(ShapeError, match=r"network for 'nose': expected sizes \[182, 8, 1\]"):
        assemble(FACE, networks | {"nose": Network([182, 9, 1], seed=0)})
    with pytest.raises(InputError, match="network for 'nose': expected sigmoid neurons"):
        assemble(FACE, networks | {"nose": Network([182, 8, 1], activation="tanh", seed=0)})
    with pytest.raises(InputError, match="inside a picture of 30×30"):
        assemble(FACE, networks, size=30)
    with pytest.raises(ShapeError, match=r"input of the network: expected shape \(1600,\)"):
        whole.answers(np.zeros((2, 30, 30)))
