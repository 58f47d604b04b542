"""Telling paper from ink: where the paper is, how light it is, and how much each pixel differs.

The paper is what most of the picture, and most of its border, has in common: a plane of colour
first, which follows even light falling from one side, then a smooth correction, which follows
shadows. Ink is what differs from it, in the direction of colour in which the picture differs most.
So there is no need to decide between dark on light and light on dark, or between red and blue.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.image.resample import shrink

Array: TypeAlias = npt.NDArray[Any]

_GRID = 32  # pixels; a plane needs no more of them
_FROM_ALL = (1.0, 0.5, 0.25, 0.12, 0.12)  # of the spread: what lies further away weighs little
_FROM_NEAR = (0.12, 0.12, 0.12)
_LEVEL = 0.02  # slopes cost so much
_DARKEST = 0.1  # paper darker than this is not made up for, its noise would be
_TOP = 8  # that many pixels as strong as ink make ink; fewer are dust
_DARKER = -0.05  # of the direction: ink is at least about as dark as paper in this colour
_BARE = 0.3  # of the ink's strength: what differs less is paper
_WINDOWS = (2, 4)  # the picture's longer side divided by these: where paper is alike, ever closer
_ENOUGH = 0.1  # of a window that is bare paper
_BORDER = 1.0  # how much more the border of a picture says of the paper than all the rest
_CORNER = 0.15  # of a side
_CORNERS = 8.0  # how much more the corners say than the rest of the border


def darkening(picture: Array) -> tuple[Array, float]:
    """Return how much each pixel differs from the paper, in the ink's direction, and the noise.

    Args:
        picture: float32 (h, w) or (h, w, 3), 0…1.

    Returns:
        float32 (h, w), about 0.0 on paper, positive for ink; and the standard deviation of it on
        paper.
    """
    plane = _plane(picture)
    grey, level, divide = _along_ink(picture, plane)
    return _from_paper(grey, level, divide=divide)


def darker_than(picture: Array, paper: Array) -> Array:
    """Return how much darker than its paper each pixel is, as a share of the paper's light.

    Args:
        picture: float32 (h, w) or (h, w, channels), 0…1.
        paper: of the same shape.
    """
    result: Array = (paper - picture) / np.maximum(paper, np.float32(_DARKEST))
    return result


def strength(difference: Array) -> float:
    """Return how strong the strongest ink is.

    A speck of dust should not count: of large pictures it is the maximum after blurring them a
    little, of small ones the eighth strongest pixel.

    Args:
        difference: float32 (h, w).
    """
    import cv2  # noqa: PLC0415

    if min(difference.shape) >= 64:  # noqa: PLR2004
        return float(cv2.blur(difference, (3, 3)).max())
    flat = difference.ravel()
    top = min(_TOP, flat.size)
    return float(np.partition(flat, flat.size - top)[flat.size - top])


def _plane(picture: Array) -> Array:
    """Return the plane (per colour) that most of the picture and its border lie on.

    Two searches, one that begins with everything and one that begins with the corners; the plane
    that more of the picture lies on is taken.
    """
    small = shrink(picture, _GRID)
    height, width = small.shape[:2]
    values = small.reshape(height * width, -1).astype(np.float64)
    prior = _prior(height, width)
    corners = values[prior == prior.max()]
    basis = _basis(height, width)
    spread = max(float(np.ptp(values, axis=0).max()), 1e-6)
    fits = [
        _fit(basis, values, prior, np.median(values, axis=0), [k * spread for k in _FROM_ALL]),
        _fit(basis, values, prior, np.median(corners, axis=0), [k * spread for k in _FROM_NEAR]),
    ]
    plane, _ = min(fits, key=lambda fit: fit[1])
    full = _basis(*picture.shape[:2]) @ plane
    return full.reshape(picture.shape).astype(np.float32)


def _fit(
    basis: Array, values: Array, prior: Array, start: Array, scales: list[float]
) -> tuple[Array, float]:
    """Return the plane that least squares find from a start, and how much lies off it.

    Weighted again and again: what lies further from the plane than the scale weighs little.
    """
    distance = np.abs(values - start).max(axis=1)
    for scale in scales:
        weighted = basis * (prior / (1 + (distance / scale) ** 2) ** 2)[:, None]
        normal = weighted.T @ basis
        normal[[1, 2], [1, 2]] += _LEVEL * normal[0, 0]
        plane = np.linalg.solve(normal, weighted.T @ values)
        distance = np.abs(values - basis @ plane).max(axis=1)
    near = (distance / scales[-1]) ** 2
    return plane, float((prior * near / (1 + near)).sum())


def _basis(height: int, width: int) -> Array:
    """Return 1, x, y of each pixel, (height·width, 3), x and y from -1 to 1."""
    y = (2 * np.arange(height) + 1) / height - 1
    x = (2 * np.arange(width) + 1) / width - 1
    ones = np.ones((height, width))
    return np.stack([ones, ones * x, ones * y[:, None]], axis=-1).reshape(-1, 3)


def _prior(height: int, width: int) -> Array:
    """Return how much each pixel says of the paper beforehand, (height·width,).

    The border as much as all the rest, and its corners more than that: few digits reach them.
    """
    border = np.ones((height, width), bool)
    deep = 1 + min(height, width) // _GRID
    border[deep:-deep, deep:-deep] = False
    inside = border.size - border.sum()
    weights = np.where(border, max(_BORDER * inside / border.sum(), 1.0), 1.0)
    high, wide = (max(1, int(_CORNER * n)) for n in (height, width))
    corner = np.zeros((height, width), bool)
    for rows in (slice(0, high), slice(-high, None)):
        for columns in (slice(0, wide), slice(-wide, None)):
            corner[rows, columns] = True
    weights[corner & border] *= _CORNERS
    return weights.ravel()


def _along_ink(picture: Array, plane: Array) -> tuple[Array, Array, bool]:
    """Return picture and paper as one number a pixel: how far along the ink's direction of colour.

    Also whether the ink is darker than the paper in every colour, so that it absorbs a share of
    the light, whatever light there is.
    """
    if picture.ndim == 2:  # noqa: PLR2004
        picture, plane = picture[..., None], plane[..., None]
    difference = plane - picture
    size = np.abs(difference).max(axis=-1)
    strong = difference[size >= 0.5 * max(strength(size), 1e-6)]
    darker = strong.sum(axis=1) > 0
    dark, light = strong[darker].sum(axis=0), strong[~darker].sum(axis=0)
    direction = dark if np.abs(dark).sum() >= np.abs(light).sum() else light
    direction = (direction / max(float(np.abs(direction).sum()), 1e-6)).astype(np.float32)
    divide = bool((direction >= _DARKER).all())
    return picture @ direction, plane @ direction, divide


def _from_paper(grey: Array, level: Array, *, divide: bool) -> tuple[Array, float]:
    """Return the difference from the paper and its noise, after following the paper's shadows."""
    paper = level
    difference = _difference(grey, paper, divide=divide)
    for part in _WINDOWS:
        bare = np.abs(difference) < _BARE * max(strength(difference), 0.0)
        paper = level + _correction(grey - level, bare, max(grey.shape) // part)
        difference = _difference(grey, paper, divide=divide)
    on_paper = np.abs(difference[bare])
    noise = 1.25 * float(on_paper.mean()) if on_paper.size else 0.0
    return difference, noise


def _difference(grey: Array, paper: Array, *, divide: bool) -> Array:
    difference: Array = paper - grey
    return difference / np.maximum(paper, _DARKEST) if divide else difference


def _correction(excess: Array, bare: Array, window: int) -> Array:
    """Return the mean of `excess` over the bare paper in a window around each pixel.

    Where hardly any paper is bare, the correction fades to 0.
    """
    import cv2  # noqa: PLC0415

    sure: Array = bare.astype(np.uint8)
    if max(bare.shape) >= 24:  # noqa: PLR2004
        sure = cv2.erode(sure, np.ones((3, 3), np.uint8))  # strokes have soft edges
    weight = sure.astype(np.float32)
    size = (2 * (window // 2) + 1,) * 2
    share = cv2.blur(weight, size, borderType=cv2.BORDER_CONSTANT)
    total = cv2.blur(excess * weight, size, borderType=cv2.BORDER_CONSTANT)
    correction: Array = total / np.maximum(share, _ENOUGH)
    return correction
