"""Set slanting handwriting upright."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numerist.errors import InputError

if TYPE_CHECKING:
    from numerist.neurons.activations import Array


def deslant(images: Array) -> Array:
    """Shear each image so that its ink leans to neither side.

    The slant is how far the ink moves right for each row down, a straight line fitted through its
    centre of mass: cov(x, y) / var(y), weighted by the ink. Each row is then moved back by the
    slant times its height above the centre; in between two pixels, by linear interpolation.

    Args:
        images: (n, height, width), float32 or float64, paper 0, ink above.

    Returns:
        Images of the same shape and type. One without ink, or with all its ink in one row, has no
        slant and comes back as it was. Ink moved over the edge is lost.

    Raises:
        InputError: there is less than no ink somewhere.

    >>> stroke = np.eye(3)[None]  # one pixel to the right for each row down
    >>> deslant(stroke)[0].tolist()
    [[0.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]
    """
    if images.size and images.min() < 0:
        raise InputError(
            "images to set upright",
            "ink of 0 or more",
            f"{images.min()}",
            "Give grey values; for rows that are no images say TunedSVM(shape=None).",
        )
    height, width = images.shape[1:]
    y, x = np.arange(height, dtype=np.float64), np.arange(width, dtype=np.float64)
    ink = images.sum(axis=(1, 2), dtype=np.float64)
    ink[ink == 0] = 1  # then all the sums below are 0 anyway
    rows, columns = (images.sum(axis=axis, dtype=np.float64) for axis in (2, 1))
    down = y - (rows @ y / ink)[:, None]  # of each row from the centre, (n, height)
    right = x - (columns @ x / ink)[:, None]
    covariance = np.einsum("nyx,ny,nx->n", images, down, right)
    variance = np.einsum("ny,ny->n", rows, down**2)
    slant = np.divide(covariance, variance, out=np.zeros(len(images)), where=variance > 1e-9 * ink)
    return _moved(images, slant[:, None] * down)


def _moved(images: Array, shift: Array) -> Array:
    """Each row takes its pixels from `shift` (n, height) further right; outside is paper."""
    width = images.shape[2]
    whole = np.floor(shift)
    part = (shift - whole).astype(images.dtype)[:, :, None]
    left = np.arange(width) + whole.astype(np.intp)[:, :, None] + 1
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1)))
    here, beside = (
        np.take_along_axis(padded, np.clip(left + i, 0, width + 1), axis=2) for i in (0, 1)
    )
    moved: Array = here * (1 - part) + beside * part
    return moved
