"""Support vector machines, as the chapter's day had them by default, and tuned."""
# ruff: noqa: N803  (X and C are what scikit-learn calls them, also by keyword)

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from sklearn.svm import SVC

from numerist.baselines.classifier import ImageClassifier
from numerist.baselines.deslant import deslant

if TYPE_CHECKING:
    from numerist.neurons.activations import Array


class SVM(ImageClassifier):
    """A support vector machine with the defaults of scikit-learn when the chapter was written.

    These are a kernel exp(−γ‖x − x'‖²) with γ = 1/(number of pixels), and C = 1; today's default
    for γ is another one. The chapter's pixels were bytes divided by 256, not by 255: `scale` turns
    one into the other, exactly for float32 pixels that are a byte divided by 255.

    There is no `predict_proba`: the machine gives distances, not probabilities. Wrap it in
    scikit-learn's `CalibratedClassifierCV` to have both.

    Args:
        C: the penalty for training images on the wrong side.
        gamma: γ of the kernel, or "auto" for 1/(number of pixels).
        scale: what the pixels are multiplied by.
        cache_size: memory for the kernel while it learns, in MB; more is faster.

    Attributes:
        svc_: scikit-learn's machine, trained on scaled pixels.

    >>> SVM().fit([[0.0, 0.0], [1.0, 1.0]], [3, 8]).predict([[0.2, 0.1], [0.6, 0.7]])
    array([3, 8])
    """

    svc_: Any

    def __init__(
        self,
        C: float = 1.0,
        gamma: float | str = "auto",
        scale: float = 255 / 256,
        cache_size: float = 1000,
    ) -> None:
        self.C = C
        self.gamma = gamma
        self.scale = scale
        self.cache_size = cache_size

    def fit(self, X: Any, y: Any) -> Self:
        """Learn; the time grows faster than the number of images, about as its square."""
        images, numbers = self._learnt_from(X, y)
        svc = SVC(C=self.C, kernel="rbf", gamma=self.gamma, cache_size=self.cache_size)
        self.svc_ = svc.fit(self._scaled(images), numbers)
        return self

    def predict(self, X: Any) -> Array:
        """Return the class of each image, (n,)."""
        images = self._scaled(self._asked_about(X))
        labels: Array = self.classes_[self.svc_.predict(images)]
        return labels

    def decision_function(self, X: Any) -> Array:
        """Return how far each image lies on the side of each class, (n, k); (n,) for two."""
        images = self._scaled(self._asked_about(X))
        distances: Array = self.svc_.decision_function(images)
        return distances

    def _scaled(self, images: Array) -> Array:
        """In the type of the images: in float64, 1/255 rounded to float32 would show."""
        scaled: Array = images * images.dtype.type(self.scale)
        return scaled


class TunedSVM(SVM):
    """A support vector machine tuned on the 10,000 validation images, on upright digits.

    Tried with 10,000 training images: C = 2, 5, 10 with γ = 0.02, 0.03, 0.05, and 0.01, where C
    hardly matters and γ is best at 0.02 to 0.03; with 50,000, C = 5: γ = 0.025 read 9,850 of the
    validation images, γ = 0.03 read 9,846. Upright, with C = 5 and γ = 0.025, 9,887.

    Args:
        C, gamma, scale, cache_size: as for `SVM`; γ is for pixels from 0 to 1.
        shape: (height, width) of the images: rows of so many pixels are set upright by `deslant`;
            rows of any other length are taken for no images and used as they are. None for never.
    """

    def __init__(
        self,
        C: float = 5.0,
        gamma: float | str = 0.025,
        scale: float = 1.0,
        cache_size: float = 1000,
        shape: tuple[int, int] | None = (28, 28),
    ) -> None:
        super().__init__(C, gamma, scale, cache_size)
        self.shape = shape

    def _scaled(self, images: Array) -> Array:
        if self.shape is not None and images.shape[1] == self.shape[0] * self.shape[1]:
            images = deslant(images.reshape(-1, *self.shape)).reshape(images.shape)
        return super()._scaled(images)
