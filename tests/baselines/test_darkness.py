"""Average darkness: by hand, by the normal distribution written out, and on MNIST."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from numerist.baselines import AverageDarkness

if TYPE_CHECKING:
    from numerist.data import Mnist


def test_means_and_answers_worked_by_hand() -> None:
    model = AverageDarkness().fit(
        [[0.0, 0.2], [0.3, 0.1], [0.5, 0.5], [0.7, 1.0], [0.9, 0.8]], [1, 1, 7, 0, 0]
    )
    # Darkness of the images: 0.1, 0.2 | 0.5 | 0.85, 0.85.
    assert model.classes_.tolist() == [0, 1, 7]
    assert model.darkness_ == pytest.approx([0.85, 0.15, 0.5])
    assert model.spread_ == pytest.approx(np.sqrt((0.05**2 + 0.05**2) / 5))
    # The borders lie half way: 0.325 and 0.675.
    asked = [[0.31, 0.31], [0.34, 0.34], [0.66, 0.66], [0.0, 1.0], [0.69, 0.69]]
    assert model.predict(asked).tolist() == [1, 7, 7, 7, 0]


def test_probabilities_are_those_of_equal_normal_distributions() -> None:
    rng = np.random.default_rng(1)
    labels = np.arange(90) % 3
    images = np.clip(rng.normal(0.3 + 0.1 * labels[:, None], 0.2, (90, 5)), 0, 1)
    model = AverageDarkness().fit(images, labels)
    asked = rng.random((40, 5))
    densities = np.array(
        [
            [np.exp(-((x.mean() - mean) ** 2) / (2 * model.spread_**2)) for mean in model.darkness_]
            for x in asked
        ]
    )
    expected = densities / densities.sum(axis=1, keepdims=True)
    assert model.predict_proba(asked) == pytest.approx(expected)
    assert (model.predict_proba(asked).argmax(axis=1) == model.predict(asked)).all()


def test_probabilities_without_any_spread_are_certain() -> None:
    model = AverageDarkness().fit([[0.25], [0.75]], ["light", "dark"])
    assert model.predict_proba([[0.3], [0.9]]).tolist() == [[0, 1], [1, 0]]


def test_images_may_be_flat_or_not() -> None:
    images = np.random.default_rng(0).random((20, 4, 6))
    labels = np.arange(20) % 2
    flat = AverageDarkness().fit(images.reshape(20, 24), labels)
    assert (AverageDarkness().fit(images, labels).predict(images) == flat.predict(images)).all()
    assert flat.n_features_in_ == 24


def test_bad_input_is_refused_in_scikit_learns_words() -> None:
    model = AverageDarkness()
    with pytest.raises(NotFittedError):
        model.predict([[0.5]])
    with pytest.raises(ValueError, match="NaN"):
        model.fit([[np.nan], [0.5]], [0, 1])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        model.fit([[0.1], [0.5]], [0, 1, 2])
    with pytest.raises(ValueError, match="is expecting 1 features"):
        model.fit([[0.1], [0.5]], [0, 1]).predict([[0.1, 0.2]])
    with pytest.raises(ValueError, match="minimum of 1 is required"):
        model.fit(np.empty((0, 28, 28)), [])


def test_mnist_gives_the_chapters_2225(mnist: Mnist) -> None:
    model = AverageDarkness().fit(mnist.training.images, mnist.training.labels)
    assert (model.predict(mnist.test.images) == mnist.test.labels).sum() == 2225
    darkest, lightest = model.classes_[[model.darkness_.argmax(), model.darkness_.argmin()]]
    assert (darkest, lightest) == (0, 1)
    assert model.darkness_[2] > model.darkness_[1]  # the chapter's example of 2 and 1
