"""The simplest baseline: guess."""
# ruff: noqa: N803  (X is what scikit-learn calls it, also by keyword)

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from numerist.baselines.classifier import ImageClassifier, drawn_seed

if TYPE_CHECKING:
    from numerist.neurons.activations import Array


class Chance(ImageClassifier):
    """Guess one of the classes, all with the same chance: right one time in ten, with ten digits.

    The same image gets the same guess, however often and among whatever others it is asked about:
    the guess is drawn by a hash of its pixels and the seed. There is no `predict_proba`: an honest
    one would give every class the same and so not say which was guessed.

    Args:
        random_state: the seed; None for fresh guesses after each `fit`.

    >>> images = np.random.default_rng(0).random((1000, 28, 28))
    >>> digits = np.arange(1000) % 10
    >>> 0.07 < Chance(random_state=1).fit(images, digits).score(images, digits) < 0.13
    True
    """

    key_: bytes

    def __init__(self, random_state: Any = None) -> None:
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Note which classes there are; nothing is learnt of the images."""
        self._learnt_from(X, y)
        self.key_ = drawn_seed(self.random_state).to_bytes(4, "big")
        return self

    def predict(self, X: Any) -> Array:
        """Return a guess for each image, (n,)."""
        images = np.ascontiguousarray(self._asked_about(X), dtype=np.float64) + 0.0  # −0 is 0
        guesses = [self._draw(image.tobytes()) % len(self.classes_) for image in images]
        return self.classes_[guesses]

    def _draw(self, pixels: bytes) -> int:
        """A number below 2⁶⁴: so large that the remainder favours no class noticeably."""
        return int.from_bytes(blake2b(pixels, digest_size=8, key=self.key_).digest(), "big")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # by intent
        return tags
