"""Guesses: evenly spread, repeatable, and blind to what an image shows."""

from __future__ import annotations

import numpy as np
import pytest

from numerist.baselines import Chance


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(8).random((10_000, 12)).astype(np.float32)


def test_one_guess_in_ten_is_right(images: np.ndarray) -> None:
    digits = np.arange(10_000) % 10
    right = (Chance(random_state=3).fit(images, digits).predict(images) == digits).sum()
    assert 880 <= right <= 1120  # 1000 ± 4 standard deviations of √(10000 · 0.1 · 0.9) = 30


def test_all_classes_are_guessed_equally_often_however_unequal_they_are(
    images: np.ndarray,
) -> None:
    labels = np.where(np.arange(10_000) == 0, "rare", np.where(images[:, 0] < 0.1, "some", "most"))
    guesses = Chance(random_state=0).fit(images, labels).predict(images)
    names, counts = np.unique(guesses, return_counts=True)
    assert names.tolist() == ["most", "rare", "some"]
    assert np.abs(counts - 10_000 / 3).max() < 4 * np.sqrt(10_000 * (1 / 3) * (2 / 3))


def test_an_image_keeps_its_guess_whatever_stands_beside_it(images: np.ndarray) -> None:
    model = Chance(random_state=5).fit(images, np.arange(10_000) % 10)
    guesses = model.predict(images)
    some = np.array([77, 3, 5000])
    assert (model.predict(images[some]) == guesses[some]).all()
    assert (model.predict(images.astype(np.float64)) == guesses).all()
    assert (model.predict(-0.0 * images[:1]) == model.predict(0.0 * images[:1])).all()


def test_the_seed_decides(images: np.ndarray) -> None:
    def guesses(seed: int | None) -> np.ndarray:
        predicted: np.ndarray = (
            Chance(random_state=seed).fit(images, np.arange(10_000) % 10).predict(images)
        )
        return predicted

    assert (guesses(1) == guesses(1)).all()
    for other in (guesses(2), guesses(None)):
        assert 0.05 < (guesses(1) == other).mean() < 0.15  # two independent guesses agree 1 in 10


def test_it_claims_no_probabilities() -> None:
    assert not hasattr(Chance(), "predict_proba")
