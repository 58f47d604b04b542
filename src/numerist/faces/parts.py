"""How each part of a face is drawn, and what may stand in its place.

Every function draws around the origin of its pencil. What a person would draw differently each
time (the shape of a mouth, the strokes of hair) is drawn by the generator that is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numerist.faces.pencil import arc

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from numerist.faces.pencil import Pencil, Points

HEAD = (13.0, 16.5)  # half the width and half the height of a head, in pixels
PIECES = ("brow", "lashes", "iris")  # of an eye


def head(pencil: Pencil, rng: np.random.Generator, skin: float) -> None:
    """Draw a head with its ears and nothing in it."""
    width, height = HEAD[0] * rng.uniform(0.88, 1.08), HEAD[1] * rng.uniform(0.92, 1.05)
    for side in (-1, 1):
        ear = arc(2.2, 3.2, at=(side * (width + 0.6), 0.5))
        pencil.fill(ear, skin)
        pencil.line(ear, 0.8, 0.8)
    outline = arc(width, height, points=32)
    pencil.fill(outline, skin)
    pencil.line(outline, 1.0, 0.9)


def eye(pencil: Pencil, rng: np.random.Generator, pieces: Collection[str] = PIECES) -> None:
    """Draw an eye, or some pieces of it: brow, lashes (on the upper lid), iris."""
    lid = rng.uniform(3.0, 3.7)
    brow, lift, heavy = rng.uniform(3.2, 4.2), rng.uniform(0.6, 1.8), rng.uniform(1.0, 1.7)
    lean = rng.uniform(-0.8, 0.8)
    radius, strokes = rng.uniform(1.5, 2.0), int(rng.integers(4, 6))
    if "iris" in pieces:
        pencil.fill(arc(radius, radius), 0.85)
        pencil.fill(arc(0.5, 0.5, points=6, at=(0.5, -0.5)), 0.1)  # the light in it
    if "lashes" in pieces:
        pencil.line(arc(lid, 2.4, 195, 345, 9), 0.8, 0.9)
        roots, tips = (arc(w, h, 200, 340, strokes) for w, h in ((lid, 2.4), (lid + 1, 4.4)))
        _strokes(pencil, roots, tips, width=0.6, ink=0.8)
    if "brow" in pieces:
        x = np.linspace(-brow, brow, 7)
        y = -4.9 - lift * (1 - (x / brow) ** 2) + lean * x / brow
        pencil.line(np.column_stack([x, y]), heavy, 0.85)


def nose(pencil: Pencil, rng: np.random.Generator) -> None:
    """Draw a nose: seen from the side, as a wedge, or as a bridge with nostrils."""
    tall, wide, side = rng.uniform(3.2, 4.4), rng.uniform(1.6, 2.5), rng.choice((-1, 1))
    kind = rng.integers(3)
    if kind == 0:
        pencil.line([(0, -tall), (side * wide, 2.0), (-side * wide * 0.5, 2.6)], 0.9, 0.8)
    elif kind == 1:
        pencil.line([(-0.3, -tall), (-wide, 2.2), (wide, 2.2), (0.3, -tall)], 0.9, 0.8)
    else:
        pencil.line([(side * 0.7, -tall), (side * 0.7, 0.5)], 0.8, 0.6)
        pencil.line(arc(wide, 1.4, 0, 180, 7, at=(0, 1.2)), 0.9, 0.8)
        for x in (-wide / 2, wide / 2):
            pencil.fill(arc(0.6, 0.5, points=6, at=(x, 1.6)), 0.9)


def mouth(pencil: Pencil, rng: np.random.Generator) -> None:
    """Draw a mouth: smiling, sulking, with lips, or open."""
    wide, tall = rng.uniform(4.0, 6.0), rng.uniform(1.2, 2.6)
    kind = rng.integers(4)
    if kind == 0:
        pencil.line(arc(wide, tall, 10, 170, 9, at=(0, -tall / 2)), 1.1, 0.85)
    elif kind == 1:
        pencil.line(arc(wide, tall, 200, 340, 9, at=(0, tall / 2)), 1.1, 0.85)
    elif kind == 2:  # noqa: PLR2004
        lips = [(-wide, 0), (-1.3, -1.5), (0, -0.9), (1.3, -1.5), (wide, 0), (0, 1.9)]
        pencil.fill(lips, 0.6)
        pencil.line([(-wide, 0), (wide, 0)], 0.7, 0.95)
    else:
        pencil.fill(arc(wide * 0.8, tall), 0.9)
        pencil.fill(arc(wide * 0.5, 0.5, points=8, at=(0, -tall * 0.45)), 0.1)  # teeth


def hair(pencil: Pencil, rng: np.random.Generator) -> None:
    """Draw hair on top of a head whose middle is the origin: smooth, in strokes, or curly."""
    width, height = HEAD[0] + rng.uniform(0, 1.2), HEAD[1] + rng.uniform(0, 1.2)
    low, ink = rng.uniform(-11.5, -9.5), rng.uniform(0.45, 0.95)
    kind = rng.integers(3)
    if kind == 0:
        parting = rng.uniform(-6, 6)
        crown = arc(width, height, 200, 340)
        pencil.fill([*crown, (width * 0.7, low), (parting, low - 2.5), (-width * 0.7, low)], ink)
    elif kind == 1:
        strokes = int(rng.integers(14, 20))
        roots, tips = (
            arc(w, h, 212, 328, strokes)
            for w, h in ((width * 0.8, -low), (width + 0.6, height + 1))
        )
        tips = tips + rng.uniform(-1.5, 1.5, tips.shape)
        _strokes(pencil, roots, tips, width=1.1, ink=ink)
    else:
        for out in (0.76, 0.94):
            for curl in arc(width * out, height * out, 205, 335, 10):
                pencil.line(arc(2.0, 2.0, points=8, at=tuple(curl)), 1.0, ink)
    if rng.random() < 0.3:  # noqa: PLR2004  (long hair, beside the head)
        for side in (-1, 1):
            fall = arc(width + 0.8, height, 270, 270 + side * 95, 8)
            pencil.line(fall, rng.uniform(1.5, 2.5), ink)


def hat(pencil: Pencil, rng: np.random.Generator) -> None:
    """Draw a hat on a head whose middle is the origin."""
    ink, brim, top = rng.uniform(0.3, 0.9), rng.uniform(12, 15), rng.uniform(6.5, 10)
    pencil.fill([(-top, -17.5), (top, -17.5), (top, -11), (-top, -11)], ink)
    pencil.line([(-brim, -11), (brim, -11)], 1.5, 0.9)


def glasses(pencil: Pencil, rng: np.random.Generator, apart: float) -> None:
    """Draw glasses around two eyes that stand `apart` from the middle, at height 0."""
    wide, tall, ink = rng.uniform(4.0, 4.7), rng.uniform(3.2, 4.2), rng.uniform(0.5, 0.9)
    square = rng.random() < 0.4  # noqa: PLR2004
    for x in (-apart, apart):
        if square:
            rim = arc(wide * 1.25, tall * 1.25, 45, 405, 5, at=(x, 0.5))
        else:
            rim = arc(wide, tall, at=(x, 0.5))
        pencil.line(rim, 0.8, ink)
    pencil.line([(-apart + wide, 0), (apart - wide, 0)], 0.9, ink)


def beard(pencil: Pencil, rng: np.random.Generator) -> None:
    """Draw a beard along the lower edge of a head whose middle is the origin."""
    ink = rng.uniform(0.3, 0.8)
    strokes = int(rng.integers(12, 20))
    roots, tips = (arc(w, h, 25, 155, strokes) for w, h in ((12, 14), (13.5, 18)))
    _strokes(pencil, roots, tips, width=0.8, ink=ink)


def _strokes(pencil: Pencil, roots: Points, tips: Points, width: float, ink: float) -> None:
    for root, tip in zip(roots, tips, strict=True):
        pencil.line([root, tip], width, ink)


def _cross(pencil: Pencil, rng: np.random.Generator) -> None:
    r = rng.uniform(2, 3.5)
    pencil.line([(-r, -r), (r, r)], 0.9, 0.8)
    pencil.line([(-r, r), (r, -r)], 0.9, 0.8)


def _box(pencil: Pencil, rng: np.random.Generator) -> None:
    x, y = rng.uniform(1.8, 4, 2)
    pencil.line([(-x, -y), (x, -y), (x, y), (-x, y), (-x, -y)], 0.9, 0.8)


def _ring(pencil: Pencil, rng: np.random.Generator) -> None:
    r = rng.uniform(1.5, 3.5)
    pencil.line(arc(r, r), 0.9, 0.8)


def _zigzag(pencil: Pencil, rng: np.random.Generator) -> None:
    x = np.linspace(-4, 4, 6)
    y = rng.uniform(1, 2.5) * np.array([1, -1, 1, -1, 1, -1])
    pencil.line(np.column_stack([x, y]), 0.9, 0.8)


def _star(pencil: Pencil, rng: np.random.Generator) -> None:
    r = rng.uniform(2.0, 3.5)
    pencil.fill(arc(r, r, points=11) * np.resize([[1.0], [0.45]], (11, 1)), 0.8)


STRANGERS: tuple[Callable[[Pencil, np.random.Generator], None], ...] = (
    _cross,
    _box,
    _ring,
    _zigzag,
    _star,
)
"""Shapes that are no part of a face."""


def clutter(pencil: Pencil, rng: np.random.Generator, size: float) -> None:
    """Draw one thing of no meaning anywhere on a sheet: a line, a spot, or a patch of grey."""
    (x, y), ink = rng.uniform(0, size, 2), rng.uniform(0.2, 0.8)
    kind = rng.integers(3)
    if kind == 0:
        pencil.line([(x, y), (x + rng.uniform(-14, 14), y + rng.uniform(-14, 14))], 0.8, ink)
    elif kind == 1:
        w, h = rng.uniform(0.5, 1.6, 2)
        pencil.fill(arc(w, h, points=8, at=(x, y)), ink)
    else:
        w, h = rng.uniform(1.5, 5, 2)
        pencil.fill([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], ink / 2)
