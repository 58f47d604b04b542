"""MNIST in the chapter's form: lists of columns.

Args of every function: `data_dir`, a folder with the four files; see `numerist.load_mnist`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from numerist.checks import whole
from numerist.data import Dataset, load_mnist
from numerist.errors import InputError

if TYPE_CHECKING:
    import os

    import numpy.typing as npt

    Array: TypeAlias = npt.NDArray[Any]
    Path: TypeAlias = str | os.PathLike[str]


def load_data(
    data_dir: Path | None = None,
) -> tuple[tuple[Array, Array], tuple[Array, Array], tuple[Array, Array]]:
    """Return (training, validation, test) data, each a pair of arrays (images, digits).

    The images are float32 (n, 784), paper 0.0 and ink 1.0; the digits are int64 (n,); n is 50,000,
    10,000 and 10,000.
    """
    training, validation, test = load_mnist(data_dir)
    return _arrays(training), _arrays(validation), _arrays(test)


def load_data_wrapper(
    data_dir: Path | None = None,
) -> tuple[list[tuple[Array, Array]], list[tuple[Array, int]], list[tuple[Array, int]]]:
    """Return (training, validation, test) data as lists of pairs (x, y).

    x is a column (784, 1). For training, y is the desired output, a column (10, 1); for the other
    two, it is the digit.
    """
    training, validation, test = load_data(data_dir)
    return (
        [(x, vectorized_result(y)) for x, y in _pairs(training)],
        _pairs(validation),
        _pairs(test),
    )


def vectorized_result(j: int) -> Array:
    """Return the unit vector (10, 1) with 1.0 in row j: the desired output for the digit j.

    >>> vectorized_result(3).ravel().tolist()
    [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    if whole("digit", j, least=0) > 9:  # noqa: PLR2004
        raise InputError("digit", "a whole number from 0 to 9", str(j), "There are ten digits.")
    e = np.zeros((10, 1))
    e[j] = 1.0
    return e


def _arrays(dataset: Dataset) -> tuple[Array, Array]:
    return dataset.rows, dataset.labels.astype(np.int64)


def _pairs(arrays: tuple[Array, Array]) -> list[tuple[Array, int]]:
    images, digits = arrays
    return list(zip(images.reshape(*images.shape, 1), digits.tolist(), strict=True))
