"""The comparison: equal means, plain numbers, and sums worked out again."""

from __future__ import annotations

import json

import numpy as np
import pytest

from numerist.errors import InputError
from numerist.faces import Comparison, Scale, compare, draw_faces
from numerist.faces.compare import EQUAL, OURS, QUICK, _chance, hidden_neurons


@pytest.fixture(scope="module")
def result() -> Comparison:
    return compare(QUICK)


def test_contenders_have_equal_means(result: Comparison) -> None:
    ours, rival = result.contenders[OURS], result.contenders[EQUAL]
    arrays = (*result.assembled.network.weights, *result.assembled.network.biases)
    assert ours.parameters == sum(np.count_nonzero(array) for array in arrays)
    n_in, hidden, n_out = rival.sizes
    assert rival.parameters == hidden * (n_in + 1) + n_out * (hidden + 1)
    # At least as many as ours, and one hidden neuron fewer would be too few.
    assert rival.parameters - (n_in + 2) < ours.parameters <= rival.parameters
    assert ours.pictures == rival.pictures == QUICK.pictures
    assert (ours.answers, rival.answers) == (12, 1)
    more = result.contenders["end to end, more pictures"]
    assert more.sizes == rival.sizes
    assert more.pictures == QUICK.more * rival.pictures
    assert result.contenders["end to end, ten times as wide"].sizes == [n_in, 10 * hidden, n_out]
    assert result.contenders["end to end, told all answers"].answers == 12


def test_accuracies_are_those_of_the_networks(result: Comparison) -> None:
    test = draw_faces(QUICK.test_pictures, [0, 1])
    said = result.assembled.network.feedforward(test.rows.T)[0]
    right = sum(bool(a >= 0.5) == bool(y) for a, y in zip(said, test.answer("face"), strict=True))
    assert result.contenders[OURS].accuracies[0] == pytest.approx(right / len(test))
    assert result.questions["face"] == pytest.approx(result.contenders[OURS].accuracies)
    yes = int(test.answer("hair").sum())
    assert result.chance["hair"] == pytest.approx(max(yes, len(test) - yes) / len(test))


def test_everyone_learns(result: Comparison) -> None:
    for contender in result.contenders.values():
        assert len(contender.accuracies) == len(contender.seconds) == QUICK.seeds
        assert contender.mean > result.chance["face"] + 0.15, contender.name
    for name, accuracies in result.questions.items():
        assert np.mean(accuracies) > result.chance[name] + 0.08, name


def test_means_and_spreads_by_hand(result: Comparison) -> None:
    (a, b), (c, d) = (result.contenders[name].accuracies for name in (OURS, EQUAL))
    assert result.contenders[OURS].mean == pytest.approx((a + b) / 2)
    assert result.contenders[OURS].spread == pytest.approx(abs(a - b) / 2**0.5)
    lead, spread = result.lead
    assert lead == pytest.approx(((a - c) + (b - d)) / 2)
    assert spread == pytest.approx(abs((a - c) - (b - d)) / 2**0.5)


def test_numbers_and_tree_are_plain(result: Comparison) -> None:
    numbers = json.loads(json.dumps(result.numbers(), allow_nan=False))
    assert numbers["contenders"][EQUAL]["accuracies"] == result.contenders[EQUAL].accuracies
    assert numbers["scale"]["pictures"] == QUICK.pictures
    tree = json.loads(json.dumps(result.tree(), allow_nan=False))
    assert [part["name"] for part in tree["parts"]] == [
        *("left eye", "right eye", "nose", "mouth", "hair")
    ]
    iris = tree["parts"][0]["parts"][2]
    assert (iris["name"], iris["region"], iris["sizes"]) == (
        *("left iris", [13, 8, 9, 12], [108, 6, 1]),
    )
    assert iris["accuracy"] == pytest.approx(np.mean(result.questions["left iris"]))


def test_a_seed_repeats_and_another_differs() -> None:
    scale = Scale(pictures=30, test_pictures=40, seeds=2, more=1)
    words: list[str] = []
    first, again = compare(scale, seed=5, progress=words.append), compare(scale, seed=5)
    for name, contender in first.contenders.items():
        assert contender.accuracies == again.contenders[name].accuracies
    assert first.questions == again.questions
    assert first.questions != compare(scale, seed=6).questions
    assert len(words) == 1 + 2 * len(first.contenders)
    assert first.contenders["end to end, more pictures"].pictures == 30


def test_one_seed_has_no_spread() -> None:
    result = compare(Scale(pictures=20, test_pictures=20, seeds=1, more=1))
    assert result.lead[1] is result.contenders[OURS].spread is None
    json.dumps([result.numbers(), result.tree()], allow_nan=False)


def test_chance_is_the_share_of_the_commoner_answer() -> None:
    assert _chance(np.array([True, False, False, False])) == 0.75
    assert _chance(np.array([True, True, True, False])) == 0.75


def test_hidden_neurons_against_trying_all() -> None:
    for parameters in (1, 50, 53, 54, 997):
        for outputs in (1, 3):
            enough = [h for h in range(1, 99) if h * 18 + outputs * (h + 1) >= parameters]
            assert hidden_neurons(parameters, 17, outputs) == enough[0]


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="seeds"):
        Scale(seeds=0)
    with pytest.raises(InputError, match="seed"):
        compare(QUICK, seed=-1)
