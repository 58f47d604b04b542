"""What all the classifiers have in common: how they take images and labels."""
# ruff: noqa: N803  (X is what scikit-learn calls it, also by keyword)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

if TYPE_CHECKING:
    from numerist.neurons.activations import Array

_FLOATS = (np.float64, np.float32)  # both are kept as they come; all else becomes the first


class ImageClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # Any to mypy
    """A scikit-learn classifier of images or of any other rows of numbers.

    Attributes:
        classes_: the labels seen in `fit`, sorted, (k,).
        n_features_in_: pixels in an image.
    """

    classes_: Array
    n_features_in_: int

    def _learnt_from(self, X: Any, y: Any) -> tuple[Array, Array]:
        """Return checked images (n, d) and the number of the class of each, int (n,)."""
        images, labels = validate_data(self, _flat(X), y, dtype=_FLOATS)
        check_classification_targets(labels)
        self.classes_, numbers = np.unique(labels, return_inverse=True)
        return images, numbers

    def _asked_about(self, X: Any) -> Array:
        """Return checked images (n, d), as many pixels each as in `fit`."""
        check_is_fitted(self)
        images: Array = validate_data(self, _flat(X), dtype=_FLOATS, reset=False)
        return images


def drawn_seed(random_state: Any) -> int:
    """Return a seed below 2³¹ from what scikit-learn calls `random_state`.

    Args:
        random_state: a whole number, a `numpy.random.RandomState`, which moves on, or None for a
            fresh seed.
    """
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def _flat(X: Any) -> Any:
    """Images (n, height, width) as rows (n, height·width); all else as it is."""
    if isinstance(X, np.ndarray) and X.ndim == 3:  # noqa: PLR2004
        return X.reshape(len(X), X.shape[1] * X.shape[2])
    return X
