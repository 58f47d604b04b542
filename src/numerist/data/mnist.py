"""MNIST as three sets of arrays.

MNIST is by Yann LeCun, Corinna Cortes and Christopher J. C. Burges, licensed CC BY-SA 3.0. It is
made of the NIST Special Databases 1 and 3.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from numerist.data.dataset import Dataset
from numerist.data.idx import read_idx
from numerist.files import as_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

LICENCE = "MNIST by Y. LeCun, C. Cortes and C. J. C. Burges, CC BY-SA 3.0"
VALIDATION_SIZE = 10_000
"""The last images of the 60,000 are the validation set, as in the chapter."""
TRAINING_SIZE = 50_000
"""The others are learned from."""


class Mnist(NamedTuple):
    """The three sets of the chapter: 50,000 to learn from, 10,000 to choose by, 10,000 to judge."""

    training: Dataset
    validation: Dataset
    test: Dataset


def load_mnist(data_dir: str | os.PathLike[str] | None = None) -> Mnist:
    """Return MNIST; fetch it first if it is not at hand.

    Args:
        data_dir: a folder with the four IDX files, plain or .gz. Without it the environment
            variable NUMERIST_DATA names the folder; without that, the files come from the user's
            cache, which is filled from the internet once (12 MB).

    Returns:
        (training, validation, test): `Dataset`s of 50,000, 10,000 and 10,000 images.

    Raises:
        MnistUnavailableError: no source has the files; the message lists each with its reason.
        InputError: data_dir is neither a text nor a path.
        DataError: the folder lacks a file, or has one that is not MNIST's.
    """
    from numerist.data.fetch import fetch, find_in_folder  # noqa: PLC0415  (most never fetch)

    folder = data_dir if data_dir is not None else os.environ.get("NUMERIST_DATA")
    files = find_in_folder(as_path(folder, "data_dir")) if folder else fetch()
    return from_files(files)


def from_files(files: Mapping[str, bytes]) -> Mnist:
    """Return MNIST from its four IDX files, their plain bytes by name."""
    learn = Dataset(
        _as_ink(read_idx(files["train-images-idx3-ubyte"])),
        read_idx(files["train-labels-idx1-ubyte"]),
    )
    test = Dataset(
        _as_ink(read_idx(files["t10k-images-idx3-ubyte"])),
        read_idx(files["t10k-labels-idx1-ubyte"]),
    )
    return Mnist(learn[:-VALIDATION_SIZE], learn[-VALIDATION_SIZE:], test)


def _as_ink(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Map 0…255 to 0…1."""
    return np.divide(pixels, 255, dtype=np.float32)
