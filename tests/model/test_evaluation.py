from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest

from numerist.model.evaluation import Evaluation


@pytest.fixture
def five() -> Evaluation:
    return Evaluation(
        labels=np.array([0, 1, 2, 2, 1]),
        answers=np.array([0, 2, 2, 0, 0]),
        probabilities=np.array(
            [
                [0.9, 0.1, 0.0],
                [0.1, 0.3, 0.6],  # margin 0.3
                [0.0, 0.1, 0.9],
                [0.8, 0.1, 0.1],  # margin 0.7
                [0.5, 0.4, 0.1],  # margin 0.1
            ]
        ),
        confidence=np.array([0.9, 0.6, 0.9, 0.8, 0.5]),
    )


def test_counts_by_hand(five: Evaluation) -> None:
    assert (five.right, five.total) == (2, 5)
    assert five.confusion.tolist() == [[1, 0, 0], [1, 0, 1], [1, 0, 1]]


def test_the_surest_of_the_wrong_answers_comes_first(five: Evaluation) -> None:
    assert five.misread.tolist() == [3, 1, 4]


def test_calibration_error_and_promises_by_hand(five: Evaluation) -> None:
    # ten groups of at most one answer: confidence against 1 where right, 0 where wrong
    assert five.calibration_error == pytest.approx((0.1 + 0.6 + 0.1 + 0.8 + 0.5) / 5)

    class Promising:
        class metadata:  # noqa: N801
            rejection: ClassVar = [{"max_error": 0.1, "threshold": 0.8, "answered": 0.5}]

    (found,) = five.rejection(Promising)  # type: ignore[arg-type]
    assert found["answered"] == pytest.approx(3 / 5)
    assert found["wrong"] == pytest.approx(1 / 3)
