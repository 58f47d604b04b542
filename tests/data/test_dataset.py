from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from numerist import Dataset, Network
from numerist.diagnosis import Observer
from numerist.errors import InputError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Callable


def test_slices_and_indices_keep_images_and_labels_together(tiny: Dataset) -> None:
    assert len(tiny[5:8]) == 3
    assert tiny[5:8].labels.tolist() == [5, 6, 7]
    chosen = tiny[np.array([12, 3])]
    assert chosen.labels.tolist() == [2, 3]
    np.testing.assert_array_equal(chosen.images[0], tiny.images[12])
    assert tiny.rows.shape == (40, 784)
    np.testing.assert_array_equal(tiny.rows[7], tiny.images[7].ravel())


def test_a_single_index_is_an_error_that_says_what_to_write(tiny: Dataset) -> None:
    with pytest.raises(InputError, match=r"\.images\[i\]"):
        tiny[3]  # type: ignore[index]


def test_labels_must_fit_images() -> None:
    with pytest.raises(ShapeError):
        Dataset(np.zeros((2, 28, 28), np.float32), np.zeros(3, np.uint8))
    with pytest.raises(ShapeError):
        Dataset(np.zeros((2, 784), np.float32), np.zeros(2, np.uint8))


def test_grey_values_are_no_ink() -> None:
    with pytest.raises(InputError, match="Divide grey values by 255"):
        Dataset(np.zeros((2, 28, 28), np.uint8), np.zeros(2, np.uint8))


def test_lists_become_arrays() -> None:
    data = Dataset([[[0.0, 1.0]], [[1.0, 0.0]]], [1, 2])  # type: ignore[arg-type]
    assert data.images.shape == (2, 1, 2)
    assert data.labels.dtype == np.uint8


@pytest.mark.parametrize(
    ("images", "labels", "found"),
    [
        (np.full((2, 28, 28), np.nan), [0, 1], "NaN"),
        (np.full((2, 28, 28), np.inf), [0, 1], "infinity"),
        (np.zeros((2, 28, 28)), [0, 300], "0 to 300"),
        (np.zeros((2, 28, 28)), [-1, 3], "-1 to 3"),
        (np.zeros((2, 28, 28)), ["a", "b"], "<U1"),
        (np.zeros((2, 28, 28)), [0.0, 1.0], "float64"),
    ],
)
def test_what_is_no_picture_or_no_label_is_refused(images: Any, labels: Any, found: str) -> None:
    with pytest.raises(InputError, match=f"found .*{found}"):
        Dataset(images, labels)


def test_no_example_at_all_is_said_wherever_examples_are_wanted() -> None:
    """As of training[training.labels == 12]."""
    none = Dataset(np.zeros((0, 28, 28), np.float32), np.zeros(0, np.uint8))
    some = Dataset(np.zeros((2, 28, 28), np.float32), np.zeros(2, np.uint8))
    assert none.rows.shape == (0, 784)
    net = Network([784, 3, 10], seed=0)
    uses: list[Callable[[], object]] = [
        lambda: net.SGD(none, 1, 10, 3.0),
        lambda: net.evaluate(none),
        lambda: Observer(net, none, some),
        lambda: Observer(net, some, none),
    ]
    for use in uses:
        with pytest.raises(InputError, match="at least one example"):
            use()
