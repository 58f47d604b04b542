"""Pictures that light or the camera spoiled in places, to learn from.

A lamp's reflection takes contrast, a digit at the end of a row is paler than the others, all of it
is a little blurred. A row that is spoiled so says what it said before.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

_LAMPS, _BLURRED = 0.6, 0.5  # of the pictures
_TAKEN = 0.25, 0.75  # of the contrast, where most is
_BLUR = 0.02, 0.07  # heights of the writing: standard deviation


def in_bad_light(picture: Any, height: float, rng: np.random.Generator) -> Any:
    """Return a picture of dark ink, uint8 of the same shape, as light and the camera spoiled it.

    Args:
        picture: uint8 (h, w) or (h, w, 3).
        height: of the writing, in pixels.
        rng: of all that is random.
    """
    taken = rng.uniform(*_TAKEN) * (_lamp if rng.random() < _LAMPS else _end)(picture, rng)
    if picture.ndim == 3:
        taken = taken[..., None]
    result = picture + (float(np.quantile(picture, 0.9)) - picture.astype(np.float32)) * taken
    if rng.random() < 0.5:  # it dazzles, and the paper around is darker
        result += (255 - result) * 0.5 * taken
    if rng.random() < _BLURRED:
        result = cv2.GaussianBlur(result, (0, 0), max(0.4, height * rng.uniform(*_BLUR)))
    return np.rint(np.clip(result, 0, 255)).astype(np.uint8)


def _lamp(picture: Any, rng: np.random.Generator) -> Any:
    """Return how near each pixel is to a place, 0…1: an ellipse, soft."""
    high, wide = picture.shape[:2]
    y, x = np.mgrid[:high, :wide].astype(np.float32)
    across = (x / wide - rng.uniform(-0.05, 1.05)) / rng.uniform(0.1, 0.45)
    down = (y / high - rng.uniform(0.1, 0.9)) / rng.uniform(0.25, 0.8)
    return np.exp(-(across**2) - down**2)


def _end(picture: Any, rng: np.random.Generator) -> Any:
    """Return how far each pixel is towards the left end or the right end, 0…1."""
    wide = picture.shape[1]
    begins = rng.uniform(0.3, 0.9)
    along = np.clip((np.linspace(0, 1, wide) - begins) / rng.uniform(0.05, 1 - begins + 0.05), 0, 1)
    if rng.random() < 0.5:
        along = along[::-1]
    return np.broadcast_to(along, picture.shape[:2]).astype(np.float32)
