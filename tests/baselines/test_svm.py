"""Support vector machines against plain scikit-learn on the chapter's pixels, bytes / 256."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.svm import SVC

from numerist.baselines import SVM, TunedSVM
from numerist.baselines.deslant import deslant

if TYPE_CHECKING:
    from numerist.data import Dataset, Mnist


@pytest.fixture(scope="module")
def training(mnist: Mnist) -> Dataset:
    return mnist.training[:1500]


@pytest.fixture(scope="module")
def asked(mnist: Mnist) -> Dataset:
    return mnist.validation[:1000]


def bytes_of(images: np.ndarray) -> np.ndarray:
    return np.rint(images.reshape(len(images), -1).astype(np.float64) * 255)


def upright(data: Dataset) -> np.ndarray:
    return deslant(data.images).reshape(len(data), -1)


def test_float32_pixels_become_bytes_over_256_exactly() -> None:
    levels = np.arange(256)
    pixels = (levels / 255).astype(np.float32)
    assert (SVM()._scaled(pixels) == levels / 256).all()
    assert SVM()._scaled(levels / 255) == pytest.approx(levels / 256, rel=1e-15)


def test_the_svm_of_its_day_is_the_plain_machine_on_the_chapters_pixels(
    training: Dataset, asked: Dataset
) -> None:
    model = SVM().fit(training.images, training.labels)
    plain = SVC(C=1.0, kernel="rbf", gamma=1 / 784).fit(
        bytes_of(training.images) / 256, training.labels
    )
    chapters = bytes_of(asked.images) / 256
    assert (model.predict(asked.images) == plain.predict(chapters)).all()
    assert model.decision_function(asked.images) == pytest.approx(plain.decision_function(chapters))


def test_the_tuned_svm_is_the_plain_machine_with_its_parameters_and_is_better(
    training: Dataset, asked: Dataset
) -> None:
    answers = TunedSVM().fit(training.images, training.labels).predict(asked.rows)
    plain = SVC(C=5, gamma=0.025).fit(upright(training), training.labels)
    assert (answers == plain.predict(upright(asked))).all()
    of_its_day = SVM().fit(training.images, training.labels).predict(asked.images)
    assert (answers == asked.labels).mean() > (of_its_day == asked.labels).mean() + 0.05


def test_only_rows_of_the_images_size_are_set_upright(training: Dataset, asked: Dataset) -> None:
    plain = SVC(C=5, gamma=0.025).fit(training.rows, training.labels)
    as_they_are = TunedSVM(shape=None).fit(training.rows, training.labels)
    assert (as_they_are.predict(asked.rows) == plain.predict(asked.rows)).all()
    without_last = TunedSVM().fit(training.rows[:, :-1], training.labels)  # always paper
    assert (without_last.predict(asked.rows[:, :-1]) == plain.predict(asked.rows)).all()


def test_labels_may_be_strings() -> None:
    model = TunedSVM(gamma=1.0).fit([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0]], ["three", "one", "two"])
    assert model.predict([[0.9, 1.0], [0.1, 0.0], [0.0, 0.9]]).tolist() == ["one", "three", "two"]
