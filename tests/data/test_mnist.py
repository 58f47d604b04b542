"""The real images, compared with what is published about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numerist import mnist_loader

if TYPE_CHECKING:
    from numerist.data import Mnist

# Images of each digit among the 60,000 and the 10,000, as the literature gives them.
PUBLISHED_60000 = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
PUBLISHED_TEST = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_three_sets_of_the_chapters_sizes(mnist: Mnist) -> None:
    assert [len(part) for part in mnist] == [50_000, 10_000, 10_000]
    for part in mnist:
        assert part.images.shape == (len(part), 28, 28)
        assert part.images.dtype == np.float32
        assert part.images.min() == 0.0
        assert part.images.max() == 1.0
        assert part.labels.dtype == np.uint8


def test_digits_are_as_many_as_published(mnist: Mnist) -> None:
    both = np.concatenate([mnist.training.labels, mnist.validation.labels])
    assert np.bincount(both).tolist() == PUBLISHED_60000
    assert np.bincount(mnist.test.labels).tolist() == PUBLISHED_TEST
    assert mnist.training.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]


def test_published_mean_and_deviation(mnist: Mnist) -> None:
    """0.1307 and 0.3081 over the 60,000 training images stand in many a recipe."""
    pixels = np.concatenate([mnist.training.rows, mnist.validation.rows])
    assert round(float(pixels.mean(dtype=np.float64)), 4) == 0.1307
    assert round(float(pixels.std(dtype=np.float64)), 4) == 0.3081


def test_the_chapters_loader_gives_its_shapes() -> None:
    sets = mnist_loader.load_data()
    for (images, digits), n in zip(sets, (50_000, 10_000, 10_000), strict=True):
        assert isinstance(images, np.ndarray)
        assert images.shape == (n, 784)
        assert digits.shape == (n,)


def test_the_chapters_wrapper_gives_lists_of_columns(mnist: Mnist) -> None:
    training, validation, test = mnist_loader.load_data_wrapper()
    assert [type(part) for part in (training, validation, test)] == [list, list, list]
    assert [len(part) for part in (training, validation, test)] == [50_000, 10_000, 10_000]
    x, y = training[7]
    assert (x.shape, y.shape) == ((784, 1), (10, 1))
    assert y.argmax() == mnist.training.labels[7]
    assert y.sum() == 1.0
    np.testing.assert_array_equal(x[:, 0], mnist.training.rows[7])
    for part, images in ((validation, mnist.validation), (test, mnist.test)):
        x, digit = part[-1]
        assert x.shape == (784, 1)
        assert isinstance(digit, int)
        assert digit == images.labels[-1]
