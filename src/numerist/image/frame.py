"""Cutting off a dark (or light) frame, as scanners and the edge of a table leave it."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.image.resample import shrink

Array: TypeAlias = npt.NDArray[Any]

_LOOK = 64  # pixels of the longer side
_DEEPEST = 0.25  # of the picture: wider is no frame
_MOST = 0.85  # of a line that is all frame or all paper
_ABRUPT = 2  # lines from all frame to all paper, at most
_INK = 0.35  # of what lies inside may be as dark as the frame
_SIDES = 3  # that have a frame, at least; a line along one or two does not hide the paper


def without_frame(picture: Array) -> Array:
    """Return the picture inside its frame; the whole picture if it has none.

    A frame lies along three sides or all four, begins at the edge, ends in a straight line, and
    what lies within has the paper's colour in its corners.

    Args:
        picture: float32 (h, w) or (h, w, 3).

    >>> paper = np.ones((40, 40), np.float32)
    >>> without_frame(np.pad(paper, 3)).shape, without_frame(paper).shape
    ((38, 38), (40, 40))
    """
    dark = _dark(picture)
    edge = np.concatenate([dark[0], dark[-1], dark[1:-1, 0], dark[1:-1, -1]])
    outside = dark == (edge.mean() > 0.5)  # noqa: PLR2004
    widths = [_depth(outside), _depth(outside[::-1]), _depth(outside.T), _depth(outside.T[::-1])]
    if sum(width > 0 for width in widths) < _SIDES:
        return picture
    top, bottom, left, right = widths
    height, width = outside.shape
    if not _is_paper(outside[top : height - bottom, left : width - right]):
        return picture
    scale = max(picture.shape[:2]) / max(height, width)
    top, bottom, left, right = (int(np.ceil(each * scale)) for each in widths)
    return picture[top : picture.shape[0] - bottom, left : picture.shape[1] - right]


def _dark(picture: Array) -> Array:
    """Return which pixels of the picture, made small, are darker than the middle of its range."""
    small = shrink(picture, _LOOK)
    grey = small if small.ndim == 2 else small.mean(axis=2)  # noqa: PLR2004
    low, high = np.quantile(grey, [0.02, 0.98])
    dark: Array = grey < (low + high) / 2
    return dark


def _depth(outside: Array) -> int:
    """Return how many lines at the top are frame; 0 unless paper begins at once below them."""
    height, width = outside.shape
    margin = int(0.15 * width)
    share = outside[: 1 + int(_DEEPEST * height), margin : width - margin].mean(axis=1)
    paper = np.flatnonzero(share <= 1 - _MOST)
    if not paper.size or paper[0] == 0 or (share[: max(1, paper[0] - _ABRUPT)] < _MOST).any():
        return 0
    return int(paper[0]) + 1  # the line where paper begins may be frame in part


def _is_paper(outside: Array) -> bool:
    """Return whether what is left has paper in its corners and mostly."""
    high, wide = (max(1, n // 10) for n in outside.shape)
    corners = [  # paper, not frame
        rows[:, columns].mean() < 0.5  # noqa: PLR2004
        for rows in (outside[:high], outside[-high:])
        for columns in (slice(0, wide), slice(-wide, None))
    ]
    return outside.size > 0 and all(corners) and bool(outside.mean() < _INK)
