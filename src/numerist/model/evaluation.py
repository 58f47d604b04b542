"""How a model does on labelled images: what it gets right, what it mistakes for what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from numerist.errors import InputError
from numerist.model.calibration import calibration_error

if TYPE_CHECKING:
    import numpy.typing as npt

    from numerist.data import Dataset
    from numerist.model.runtime import Model

    Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """The answers of a model to labelled images.

    Attributes:
        labels: the true class of each image, int (n,).
        answers: the model's class, int (n,).
        probabilities: float (n, classes).
        confidence: float (n,), how probably each answer is right.
    """

    labels: Array
    answers: Array
    probabilities: Array
    confidence: Array

    @property
    def total(self) -> int:
        """Number of images."""
        return len(self.labels)

    @property
    def right(self) -> int:
        """Number of images with the right answer."""
        return int((self.labels == self.answers).sum())

    @property
    def confusion(self) -> Array:
        """Counts (classes, classes): a row is the true class, a column the answer."""
        classes = self.probabilities.shape[1]
        flat = np.bincount(self.labels * classes + self.answers, minlength=classes * classes)
        return flat.reshape(classes, classes)

    @property
    def calibration_error(self) -> float:
        """Mean distance between confidence and share right, over ten equally large groups."""
        return calibration_error(self.confidence, self.labels == self.answers)

    def rejection(self, model: Model) -> list[dict[str, float]]:
        """Return what becomes of each promise of the model on these images.

        Returns:
            For each threshold in the model's metadata {"max_error", "threshold", "answered": share
            of the images, "wrong": share of those answers}.
        """
        wrong = self.labels != self.answers
        found = []
        for entry in model.metadata.rejection:
            kept = self.confidence >= entry["threshold"]
            found.append({
                "max_error": entry["max_error"],
                "threshold": entry["threshold"],
                "answered": float(kept.mean()),
                "wrong": float(wrong[kept].mean()) if kept.any() else 0.0,
            })  # fmt: skip
        return found

    @property
    def misread(self) -> Array:
        """Indices of the images with a wrong answer, the worst first.

        Worst is where the wrong answer was surest: by its probability less that of the truth.
        """
        wrong = np.flatnonzero(self.labels != self.answers)
        margin = (
            self.probabilities[wrong, self.answers[wrong]]
            - self.probabilities[wrong, self.labels[wrong]]
        )
        return wrong[np.argsort(-margin, kind="stable")]


def evaluate(model: Model, images: Dataset) -> Evaluation:
    """Return how `model` does on labelled images.

    Raises:
        InputError: the model has fewer classes than the labels name, or takes images of another
            size.
    """
    if images.images.shape[1:] != tuple(model.metadata.input_shape) or (
        len(model.classes) <= images.labels.max(initial=0)
    ):
        raise InputError(
            "model to evaluate",
            f"images of {images.images.shape[1:]} and a class for each label",
            f"images of {tuple(model.metadata.input_shape)} and {len(model.classes)} classes",
            "Evaluate it on the kind of images that it learned from.",
        )
    answers, confidence, probabilities = model.judge(images.images)
    return Evaluation(images.labels.astype(np.intp), answers, probabilities, confidence)
