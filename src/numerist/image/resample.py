"""Bringing grey pictures to another size, by steps that any language can repeat."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

_SHARPNESS = 0.9
"""−a of the cubic: 0.5 is smoothest, 0.75 what image programs take. Chosen on validation images."""


def footprints(start: float, step: float, width: float, count: int, size: int) -> Array:
    """Return the weights that bring a line of `size` pixels to `count` pixels.

    Each new pixel looks at a window of the old line, as wide as `width`, and takes every old pixel
    by the share of the window that it covers. A window of one step makes area averaging; a window
    of one old pixel makes linear interpolation. Outside the line there is paper: it counts 0.

    Args:
        start: where the first new pixel begins, in old pixels from the beginning of the line.
        step: old pixels between the beginnings of neighbouring new pixels.
        width: of a window, in old pixels; it lies in the middle of its step.
        count: new pixels.
        size: old pixels.

    Returns:
        float64 (count, size).

    >>> footprints(0.0, 2.0, 2.0, 2, 4)
    array([[0.5, 0.5, 0. , 0. ],
           [0. , 0. , 0.5, 0.5]])
    """
    middle = start + (np.arange(count) + 0.5) * step
    left, right = middle - width / 2, middle + width / 2
    old = np.arange(size)
    covered = np.minimum(right[:, None], old + 1) - np.maximum(left[:, None], old)
    weights: Array = np.maximum(covered, 0) / width
    return weights


def between(start: float, step: float, count: int, size: int) -> Array:
    """Return the weights that bring a line of `size` pixels to `count` pixels that lie closer.

    Cubic convolution (R. Keys, "Cubic convolution interpolation for digital image processing",
    1981), with a = −0.9: large pixels become strokes with edges about as sharp as those of MNIST.
    Outside the line there is paper: it counts 0.

    Args:
        start: as for `footprints`, and so are the others.
        step: at most 1.
        count: new pixels.
        size: old pixels.

    Returns:
        float64 (count, size); some weights are below 0.

    >>> between(0.0, 1.0, 2, 2)
    array([[1., 0.],
           [0., 1.]])
    """
    middle = start + (np.arange(count) + 0.5) * step
    away = np.abs(middle[:, None] - (np.arange(size) + 0.5))
    near = (2 - _SHARPNESS) * away**3 - (3 - _SHARPNESS) * away**2 + 1
    far = _SHARPNESS * (2 - away) ** 2 * (1 - away)
    weights: Array = np.where(away < 1, near, np.where(away < 2, far, 0.0))  # noqa: PLR2004
    return weights


def shrink(picture: Array, side: int) -> Array:
    """Return the picture with its longer side at most `side` pixels, by area averaging.

    Args:
        picture: float32 (h, w) or (h, w, 3).
        side: in pixels. A picture that is small enough comes back as it is.
    """
    import cv2  # noqa: PLC0415

    height, width = picture.shape[:2]
    longest = max(height, width)
    if longest <= side:
        return picture
    size = [max(1, (n * side + longest // 2) // longest) for n in (width, height)]
    smaller: Array = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return smaller
