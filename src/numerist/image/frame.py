"""Cutting off what lies beside the paper: a frame, as scanners leave it, or the top of a desk."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.image.resample import shrink

Array: TypeAlias = npt.NDArray[Any]

_LOOK = 64  # pixels of the longer side
_NARROWEST = 18  # of these: a narrower picture may be filled by a 1
_DEEPEST = 0.25  # of the picture: wider is no frame
_MIDDLE = 0.15  # of a side at each end does not tell of its frame
_MOST = 0.85  # of the lines across a side end at its frame's edge,
_STRAIGHT = 0.025  # of the picture's longer side beside it, at most
_NEAR = 0.04  # of it, the digit keeps away from a desk
_INK = 0.35  # of what lies inside may be as dark as the frame
_SIDES = 3  # that have a frame surely are framed; the digit may touch it


class _Edge(NamedTuple):
    """Where the frame on one side ends: so deep (pixels), and deeper with each pixel along it."""

    level: float
    slope: float

    def depth(self, places: Array) -> Array:
        result: Array = np.maximum(self.level + self.slope * places, 0)
        return result


_Edges: TypeAlias = "list[_Edge | None]"  # at the top, left, bottom and right


def without_frame(picture: Array) -> Array:
    """Return the picture inside its frame; the whole picture if it has none.

    A frame begins at the edge and ends in a straight line, and what lies within has the paper's
    colour in its corners. If it lies along fewer than three sides, it is a desk beside the paper,
    where neither opposite sides nor the digit touch it, and the digit no more than one edge.

    Args:
        picture: float32 (h, w) or (h, w, 3).

    >>> paper = np.ones((40, 40), np.float32)
    >>> without_frame(np.pad(paper, 3)).shape, without_frame(paper).shape
    ((38, 38), (40, 40))
    """
    dark = _dark(picture)
    if min(dark.shape) < _NARROWEST:
        return picture
    border = np.concatenate([dark[0], dark[-1], dark[1:-1, 0], dark[1:-1, -1]])
    usual = bool(border.mean() > 0.5)  # noqa: PLR2004
    for shade in (usual, not usual):
        outside = dark == shade
        edges = [_edge(_from_side(outside, side)) for side in range(4)]
        if _is_frame(outside, edges) if shade == usual else _is_desk(outside, edges):
            return _inside(picture, max(outside.shape), edges)
    return picture


def _dark(picture: Array) -> Array:
    """Return which pixels of the picture, made small, are darker than the middle of its range."""
    small = shrink(picture, _LOOK)
    grey = small if small.ndim == 2 else small.mean(axis=2)  # noqa: PLR2004
    low, high = np.quantile(grey, [0.02, 0.98])
    dark: Array = grey < (low + high) / 2
    return dark


def _from_side(array: Array, side: int) -> Array:
    """Return a view of an array with its top, left, bottom or right (0 to 3) on top."""
    turned = array.swapaxes(0, 1) if side % 2 else array
    return turned[::-1] if side > 1 else turned


def _edge(outside: Array) -> _Edge | None:
    """Return where the frame at the top ends.

    None unless most columns in the middle, but for those that are outside far down, end there.
    """
    height, width = outside.shape
    depth = np.where(outside.all(axis=0), height, outside.argmin(axis=0))
    margin, deepest = int(_MIDDLE * width), 1 + _DEEPEST * height
    middle = np.arange(margin, width - margin)
    places = middle[depth[middle] <= deepest]
    if len(places) < max(3, len(middle) / 2) or (depth[places] > 0).mean() < _MOST:
        return None
    third = len(places) // 3
    left, right = places[:third], places[-third:]
    rise = float(np.median(depth[right]) - np.median(depth[left]))
    slope = rise / float(right.mean() - left.mean())
    edge = _Edge(float(np.median(depth[places] - slope * places)), slope)
    straight = np.abs(depth[places] - edge.depth(places)) <= _STRAIGHT * max(outside.shape)
    if (straight & (depth[places] > 0)).mean() < _MOST:
        return None
    return edge if edge.depth(np.array([0, width - 1])).max() <= deepest else None


def _is_frame(outside: Array, edges: _Edges) -> bool:
    """Return whether a frame lies along three sides at least, or else a desk along some."""
    if 4 - edges.count(None) < _SIDES:
        return _is_desk(outside, edges)
    return _is_paper(outside, _within(outside.shape, edges, _STRAIGHT))


def _is_desk(outside: Array, edges: _Edges) -> bool:
    """Return whether there is a desk along one side or two that meet.

    What is left keeps away from it, and from all edges but one.
    """
    along = [edge is not None for edge in edges]
    if sum(along) not in (1, 2) or (sum(along) == 2 and along[0] == along[2]):  # noqa: PLR2004
        return False
    framed, near = (_within(outside.shape, edges, more) for more in (_STRAIGHT, _NEAR))
    left = outside & ~framed
    touched = [bool(_from_side(left, side)[0].any()) for side in range(4)]
    return _is_paper(outside, framed) and not (left & near).any() and sum(touched) <= 1


def _within(shape: tuple[int, ...], edges: _Edges, more: float) -> Array:
    """Return which pixels lie in the frame, or beside it by a share of the longer side."""
    framed = np.zeros(shape, bool)
    for side, edge in enumerate(edges):
        if edge is not None:
            turned = _from_side(framed, side)
            rows, columns = np.arange(turned.shape[0])[:, None], np.arange(turned.shape[1])
            turned |= rows < edge.depth(columns) + more * max(shape)
    return framed


def _is_paper(outside: Array, framed: Array) -> bool:
    """Return whether what is left has paper in its corners and mostly."""
    rows, columns = np.flatnonzero(~framed.all(axis=1)), np.flatnonzero(~framed.all(axis=0))
    if not rows.size:
        return False
    inside = (outside & ~framed)[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    high, wide = (max(1, n // 10) for n in inside.shape)
    corners = [  # paper, not frame
        lines[:, part].mean() < 0.5  # noqa: PLR2004
        for lines in (inside[:high], inside[-high:])
        for part in (slice(0, wide), slice(-wide, None))
    ]
    return all(corners) and bool(inside.mean() < _INK)


def _inside(picture: Array, longer: int, edges: _Edges) -> Array:
    """Return the picture cut where all of a side is frame; the rest of it gets paper's colour.

    Its edges were found where its longer side had `longer` pixels.
    """
    scale = max(picture.shape[:2]) / longer
    picture = picture.copy()
    cuts = [0] * 4
    for side, edge in enumerate(edges):
        if edge is None:
            continue
        turned = _from_side(picture, side)
        rows, columns = np.arange(turned.shape[0])[:, None], np.arange(turned.shape[1])
        depth = np.ceil((edge.depth((columns + 0.5) / scale - 0.5) + 1) * scale).astype(int)
        beside = (rows >= depth) & (rows < depth + max(1, round(scale)))
        turned[rows < depth] = np.median(turned[beside], axis=0)
        cuts[side] = int(depth.min())
    top, left, bottom, right = cuts
    return picture[top : picture.shape[0] - bottom, left : picture.shape[1] - right]
