"""Rows D2 to D5: what they compute, against numbers found in another way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from numerist.chapter.row import Scale
from numerist.chapter.rows import recognising
from numerist.chapter.rows.recognising import contributions, learn_bits, neighbours_agree
from numerist.chapter.training import Images, Run, train
from numerist.network import Network
from numerist.neurons import bits_layer, worst_cases

if TYPE_CHECKING:
    from numerist.data import Dataset, Mnist


def test_contributions_add_up_to_what_the_answer_has_more_than_usual() -> None:
    net, rng = Network([5, 4, 3], seed=1), np.random.default_rng(0)
    image, others = rng.random(5), rng.random((7, 5))
    answer, spoken = contributions(net, image, others)
    # The weighted input of the answering output, from the activation: z = ln(a / (1 − a)).
    outputs = net.feedforward(np.vstack([image, others]).T)
    z = np.log(outputs / (1 - outputs))[answer]
    assert answer == outputs[:, 0].argmax()
    assert spoken.shape == (4,)
    assert spoken.sum() == pytest.approx(z[0] - z[1:].mean(), abs=1e-6)


def test_a_neuron_that_always_fires_says_nothing() -> None:
    net, rng = Network([5, 4, 3], seed=1), np.random.default_rng(0)
    net.weights[0][2], net.biases[0][2] = 0, 30
    _, spoken = contributions(net, rng.random(5), rng.random((7, 5)))
    assert spoken[2] == pytest.approx(0, abs=1e-9)
    assert np.abs(np.delete(spoken, 2)).min() > 1e-3


def test_neighbours_agree_on_slopes_and_not_in_noise() -> None:
    everywhere = np.ones((28, 28), dtype=bool)
    slope = np.tile(np.arange(28.0), (28, 1))[np.newaxis]
    noise = np.random.default_rng(0).standard_normal((40, 28, 28))
    assert neighbours_agree(slope, everywhere) == pytest.approx(1)
    assert abs(neighbours_agree(noise, everywhere)) < 0.03
    left = everywhere.copy()
    left[:, 14:] = False
    noise[:, :, :14] = slope[:, :, :14]
    assert neighbours_agree(noise, left) == pytest.approx(1)


def test_four_outputs_learn_the_digits_in_binary(tiny: Dataset) -> None:
    right = learn_bits(Images(tiny, tiny, tiny), epochs=300, seed=0)
    assert len(right) == 300
    assert right[0] < 20
    assert right[-1] == 40  # which needs the same order of bits in and out


def test_corners_find_a_layer_that_is_wrong_somewhere() -> None:
    weights, biases = bits_layer()
    assert recognising._wrong_corners(weights, biases) == 0
    # With 0.5 as its border, a bit that also hears half of another digit is wrong at some corners.
    spoilt = weights.copy()
    spoilt[0, 3] = 10.2  # 10.2 · 0.99 > 10 where a[3] is the right one
    assert recognising._wrong_corners(spoilt, biases) == 1024  # all those of the 3
    # 20 · 0.01 for each further digit: five wrong ones are too many for this border.
    assert 0 < recognising._wrong_corners(weights, np.full((4, 1), -0.7)) < 10_240


def test_the_clearest_image_and_the_closest_call_are_shown(mnist: Mnist) -> None:
    numbers = recognising.ROWS[0].run(Scale(quick=True)).numbers
    clear, torn = (max(a) - sorted(a)[-2] for a in numbers["activations"])
    assert clear > 0.9
    assert torn < 0.1
    assert {n: len(right) for n, right in numbers["right"].items()} == {"5": 1, "30": 1}


def test_that_both_read_alike_is_counted(mnist: Mnist, monkeypatch: pytest.MonkeyPatch) -> None:
    def decided(*args: Any, **options: Any) -> Run:
        run = train(*args, **options)
        run.net.weights[-1] *= 30  # outputs near 0 and 1, as after long training
        run.net.biases[-1] *= 30
        return run

    monkeypatch.setattr(recognising, "train", decided)
    row = recognising.ROWS[3]
    assert row.run(Scale(quick=True)).agrees is True
    # A layer that reads all bits as 0; the proof is left as it is.
    right = worst_cases(*bits_layer())
    monkeypatch.setattr(recognising, "worst_cases", lambda *_: right)
    monkeypatch.setattr(recognising, "_wrong_corners", lambda *_: 0)
    monkeypatch.setattr(
        recognising, "bits_layer", lambda: (np.zeros((4, 10)), np.full((4, 1), -1.0))
    )
    spoilt = row.run(Scale(quick=True))
    assert spoilt.agrees is False
    assert spoilt.numbers["read_alike_within_bounds"][0] < 200  # the zeros


def test_the_figures_of_the_bits_are_for_the_same_network(mnist: Mnist) -> None:
    numbers = recognising.ROWS[3].run(Scale(quick=True)).numbers
    assert min(map(min, numbers["margins"])) == pytest.approx(20 * (0.5 - 5 * 0.01))
    (right,) = numbers["right_by_bits"]
    assert 0 < right <= 1_000


def test_every_seed_has_a_network_of_its_own(mnist: Mnist, monkeypatch: pytest.MonkeyPatch) -> None:
    few = Images(mnist.training[:800], mnist.validation[:200], mnist.test[:200])
    monkeypatch.setattr(recognising, "images", lambda _: few)
    monkeypatch.setattr(Scale, "choose", lambda _, full, quick: full if full == 3 else quick)
    detect, bits = (recognising.ROWS[k].run(Scale(seeds=3)) for k in (2, 3))
    learnt = detect.numbers["neighbours_correlation_learnt"]
    assert len(set(learnt)) == 3
    assert len(set(detect.numbers["neighbours_correlation_before"])) == 3
    by_neuron = detect.numbers["neighbours_correlation_by_neuron"]
    assert [len(each) for each in by_neuron] == [30, 30, 30]
    assert all(
        min(each) < before_or_after for each, before_or_after in zip(by_neuron, learnt, strict=True)
    )
    assert len(set(bits.numbers["right_by_highest"])) > 1
    for result in (detect, bits):
        assert "seeds 0 to 2" in result.measured
