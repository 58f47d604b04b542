"""A baseline with one feature: how dark an image is."""
# ruff: noqa: N803  (X is what scikit-learn calls it, also by keyword)

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from numerist.baselines.classifier import ImageClassifier

if TYPE_CHECKING:
    from numerist.neurons.activations import Array


class AverageDarkness(ImageClassifier):
    """Guess the digit whose images are, on average, as dark as this one.

    Attributes:
        darkness_: mean over the pixels and over the training images of each class, float64 (k,),
            in the order of `classes_`.
        spread_: standard deviation of the darkness within a class, over all classes.

    >>> images = np.array([[0.0, 0.1], [0.2, 0.1], [0.9, 0.7]])
    >>> model = AverageDarkness().fit(images, ["light", "light", "dark"])
    >>> model.predict([[0.6, 0.3], [1.0, 1.0]])  # half way is 0.45
    array(['light', 'dark'], dtype='<U5')
    """

    darkness_: Array
    spread_: float

    def fit(self, X: Any, y: Any) -> Self:
        """Average the darkness of each class."""
        images, numbers = self._learnt_from(X, y)
        darkness = _darkness(images)
        self.darkness_ = np.bincount(numbers, weights=darkness) / np.bincount(numbers)
        self.spread_ = float(np.sqrt(np.square(darkness - self.darkness_[numbers]).mean()))
        return self

    def predict(self, X: Any) -> Array:
        """Return the class of the closest average darkness for each image, (n,)."""
        nearest = self._distances(X).argmin(axis=1)
        labels: Array = self.classes_[nearest]
        return labels

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class for each image, (n, k).

        It supposes that the darkness within each class is normally distributed with the same
        `spread_`, and that all classes are equally frequent; the likeliest class is then the one
        that `predict` gives.
        """
        distances = self._distances(X)
        # The closest class has exponent 0, which keeps the sum away from 0.
        further = np.square(distances) - np.square(distances.min(axis=1, keepdims=True))
        weights = np.exp(-further / max(2 * self.spread_**2, np.finfo(np.float64).tiny))
        probabilities: Array = weights / weights.sum(axis=1, keepdims=True)
        return probabilities

    def _distances(self, X: Any) -> Array:
        """Between the darkness of each image and of each class, (n, k)."""
        darkness = _darkness(self._asked_about(X))
        distances: Array = np.abs(darkness[:, np.newaxis] - self.darkness_)
        return distances

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # one number cannot tell ten digits apart
        return tags


def _darkness(images: Array) -> Array:
    """Mean of the pixels of each image, float64 (n,)."""
    mean: Array = images.mean(axis=1, dtype=np.float64)
    return mean
