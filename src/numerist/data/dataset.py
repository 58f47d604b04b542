"""A set of labelled digit images, as arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from numerist.errors import InputError, ShapeError

if TYPE_CHECKING:
    import numpy.typing as npt


_MOST = 256  # labels, which are uint8


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Dataset:
    """Images and their labels, in the same order.

    Attributes:
        images: float32 (n, height, width), paper 0.0, ink 1.0.
        labels: uint8 (n,), the digit in each image.

    Raises:
        ShapeError: not one label for each image.
        InputError: the images are not finite floating-point numbers, or the labels not whole ones
            from 0 to 255.

    >>> two = Dataset(np.zeros((2, 28, 28), np.float32), np.array([7, 2], np.uint8))
    >>> two
    <Dataset: 2 images of 28×28, labels 2 to 7>
    >>> len(two), two[:1].labels
    (2, array([7], dtype=uint8))
    """

    images: npt.NDArray[np.float32]
    labels: npt.NDArray[np.uint8]

    def __post_init__(self) -> None:
        for name in ("images", "labels"):
            object.__setattr__(self, name, np.asarray(getattr(self, name)))
        if self.images.ndim != 3 or self.labels.shape != self.images.shape[:1]:  # noqa: PLR2004
            raise ShapeError(
                "data set",
                "images (n, height, width) and labels (n,)",
                f"images {self.images.shape} and labels {self.labels.shape}",
                "Give one label for each image.",
            )

        if self.images.dtype.kind != "f":
            raise InputError(
                "images of a data set",
                "floating-point numbers, paper 0.0 and ink 1.0",
                str(self.images.dtype),
                "Divide grey values by 255.",
            )
        if not np.isfinite(self.images.sum()) and not np.isfinite(self.images).all():
            raise InputError(
                "images of a data set", "finite numbers", "NaN or infinity", "Look where from."
            )
        whole = self.labels.dtype.kind in "iu" or not len(self.labels)
        if not whole or (
            len(self.labels) and not 0 <= self.labels.min() <= self.labels.max() < _MOST
        ):
            found = f"{self.labels.min()} to {self.labels.max()}" if whole else self.labels.dtype
            raise InputError(
                "labels of a data set",
                f"whole numbers from 0 to {_MOST - 1}",
                str(found),
                "Give each class a number.",
            )
        object.__setattr__(self, "labels", self.labels.astype(np.uint8, copy=False))

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        """Say what is in it; the numbers themselves would fill screens."""
        high, wide = self.images.shape[1:]
        labels = f", labels {self.labels.min()} to {self.labels.max()}" if len(self) else ""
        return f"<Dataset: {len(self):,} images of {high}×{wide}{labels}>"

    def __getitem__(self, rows: slice | npt.NDArray[Any] | list[int]) -> Dataset:
        """Return the examples in a slice, or at a list of indices, as another data set."""
        if not isinstance(rows, slice | list | np.ndarray):
            raise InputError(
                "data set [ … ]",
                "a slice, or an array or list of indices",
                repr(rows),
                "For one image write .images[i] and .labels[i].",
            )
        return Dataset(self.images[rows], self.labels[rows])

    def joined(self, other: Dataset) -> Dataset:
        """Return the examples of both, this one's first.

        >>> two = Dataset(np.zeros((2, 28, 28), np.float32), np.array([7, 2], np.uint8))
        >>> two.joined(two[:1]).labels
        array([7, 2, 7], dtype=uint8)
        """
        return Dataset(
            np.concatenate([self.images, other.images]),
            np.concatenate([self.labels, other.labels]),
        )

    @property
    def rows(self) -> npt.NDArray[np.float32]:
        """The images flattened, float32 (n, height·width)."""
        return self.images.reshape(len(self), math.prod(self.images.shape[1:]))
