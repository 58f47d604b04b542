"""Things that lie on a page or reach into a picture of one, drawn: thumbs, coins, rubbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

Array: TypeAlias = npt.NDArray[Any]
Rng: TypeAlias = np.random.Generator
_FINE = 4  # drawn so much larger


def filled(
    shape: tuple[int, ...], points: Sequence[tuple[float, float]], thick: float = 0
) -> Array:
    """Return the outline of a thing, float32 (h, w), 0…1.

    Args:
        shape: height and width, in pixels.
        points: the corners of a polygon, x before y; or
        thick: if positive, the ends of a bar so thick, which is round there.
    """
    drawn = np.zeros((_FINE * shape[0], _FINE * shape[1]), np.uint8)
    corners = np.rint(_FINE * np.asarray(points)).astype(np.int32)
    if thick:
        cv2.polylines(drawn, [corners], False, 255, max(1, round(_FINE * thick)))
    else:
        cv2.fillPoly(drawn, [corners], 255)
    small = cv2.resize(drawn, shape[1::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) / 255


def laid(picture: Array, outline: Array, colour: Array, height: float, rng: Rng) -> Array:
    """Return the picture with a thing on it, its shadow beside it, its sides darker.

    Args:
        picture: float32 (h, w, 3).
        outline: float32 (h, w), where the thing is, 0…1.
        colour: of the thing, (3,).
        height: of the writing, in pixels.
        rng: of all that is random.
    """
    away = rng.uniform(0.02, 0.12) * height
    moved = np.array([[1, 0, away * rng.choice([-1, 1])], [0, 1, away]])
    cast = cv2.warpAffine(outline, moved, outline.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    cast = cv2.GaussianBlur(cast, (0, 0), 0.3 + away)
    ground = picture * (1 - rng.uniform(0.1, 0.5) * cast)[..., None]
    from_side = cv2.GaussianBlur(outline, (0, 0), 0.3 * height)
    body = colour * (0.7 + 0.4 * from_side)[..., None]
    return np.asarray(ground * (1 - outline[..., None]) + body * outline[..., None], np.float32)


def skin(rng: Rng) -> Array:
    """Return the colour of somebody's skin, (3,)."""
    return np.asarray(np.array([0.85, 0.62, 0.5]) ** rng.uniform(0.8, 3))
