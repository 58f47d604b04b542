"""A board to draw circles, lines and words on, in units that are pixels, y downwards."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from matplotlib import colormaps
from matplotlib.patches import Circle, Patch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path

from numerist.chapter.figures.palette import INK
from numerist.chapter.figures.svg import SMALL, mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from numerist.neurons.activations import Array

Point: TypeAlias = tuple[float, float]
LINE = 1.2  # width of lines
_HEAD = 7.0  # length of an arrow's head


class Board:
    """Draws on a whole figure; every element gets a class in the SVG.

    Args:
        figure: an empty figure; its size in points is the board's in units.
    """

    def __init__(self, figure: Figure) -> None:
        width, height = (float(72 * inches) for inches in figure.get_size_inches())
        self._size = width, height
        self._axes: Axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self._axes.set_xlim(0, width)
        self._axes.set_ylim(height, 0)
        self._axes.axis("off")

    def circle(
        self, centre: Point, radius: float, name: str, *, colour: str = INK, filled: bool = False
    ) -> None:
        """Draw a circle, empty unless filled."""
        circle = Circle(
            centre, radius, fill=filled, facecolor=colour, edgecolor=colour, linewidth=LINE
        )
        self._add(circle, name)

    def write(
        self,
        place: Point,
        text: str,
        name: str,
        *,
        align: Literal["left", "center", "right"] = "center",
        size: float = SMALL,
        colour: str = INK,
        angle: float = 0,
        bold: bool = False,
    ) -> None:
        """Write lines of text, centred upon the place in height; angle in degrees, for one line.

        Each line is an element of its own, so that it is aligned whatever font a page has.
        """
        lines = text.split("\n")
        for number, line in enumerate(lines):
            words = self._axes.text(
                place[0],
                place[1] + (number - (len(lines) - 1) / 2) * size * 1.25,
                line,
                ha=align,
                va="center_baseline",
                fontsize=size,
                color=colour,
                rotation=angle,
                rotation_mode="anchor",
                fontweight="bold" if bold else "normal",
            )
            words.set_gid(mark(name))

    def line(
        self,
        points: Sequence[Point],
        name: str,
        *,
        colour: str = INK,
        width: float = LINE,
        alpha: float = 1.0,
        gap: tuple[float, float] | None = None,
    ) -> None:
        """Draw a line through points, its bends rounded.

        Args:
            points: two or more.
            name: its class.
            colour: its colour.
            width: its width in units.
            alpha: its opacity.
            gap: (distance of its middle from the first point, length) of a break in the first
                stretch, for a word.
        """
        vertices, codes = _rounded(points)
        if gap is not None:
            (ax, ay), (bx, by) = points[:2]
            length = math.hypot(bx - ax, by - ay)
            ends = [(gap[0] + side * gap[1] / 2) / length for side in (-1, 1)]
            broken = [(ax + t * (bx - ax), ay + t * (by - ay)) for t in ends]
            vertices = [points[0], *broken, *vertices[1:]]
            codes = [int(Path.MOVETO), int(Path.LINETO), int(Path.MOVETO), *codes[1:]]
        path = PathPatch(
            Path(vertices, codes),
            fill=False,
            edgecolor=colour,
            linewidth=width,
            alpha=alpha,
            capstyle="butt",
        )
        self._add(path, name)

    def arrow(
        self,
        points: Sequence[Point],
        name: str,
        *,
        colour: str = INK,
        gap: tuple[float, float] | None = None,
        head: float = _HEAD,
    ) -> None:
        """Draw a line that ends in an arrow's head; the head has the class `head`."""
        (ax, ay), (bx, by) = points[-2:]
        length = math.hypot(bx - ax, by - ay)
        ux, uy = (bx - ax) / length, (by - ay) / length
        foot = (bx - head * ux, by - head * uy)
        self.line([*points[:-1], foot], name, colour=colour, gap=gap)
        wing = 0.38 * head
        corners = [
            (bx, by),
            (foot[0] - wing * uy, foot[1] + wing * ux),
            (foot[0] + wing * uy, foot[1] - wing * ux),
        ]
        self._add(Polygon(corners, facecolor=colour, edgecolor="none"), "head")

    def box(self, left: float, top: float, width: float, height: float, name: str) -> None:
        """Draw a rectangle with round corners, empty."""
        r = 6.0
        right, bottom = left + width, top + height
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        inward = [(1, 1), (-1, 1), (-1, -1), (1, -1)]
        vertices: list[Point] = [(left, top + r)]
        for number, ((x, y), (dx, dy)) in enumerate(zip(corners, inward, strict=True)):
            before, after = (x, y + dy * r), (x + dx * r, y)
            first, last = (before, after) if number % 2 == 0 else (after, before)
            vertices += [first, (x, y), last]
        codes = [Path.MOVETO, *[Path.LINETO, Path.CURVE3, Path.CURVE3] * 4, Path.CLOSEPOLY]
        vertices.append(vertices[0])
        patch = PathPatch(Path(vertices, codes), fill=False, edgecolor=INK, linewidth=LINE)
        self._add(patch, name)

    def fill(
        self,
        left: float,
        top: float,
        width: float,
        height: float,
        name: str,
        *,
        colour: str,
        alpha: float = 1.0,
    ) -> None:
        """Fill a rectangle."""
        patch = Rectangle(
            (left, top), width, height, facecolor=colour, edgecolor="none", alpha=alpha
        )
        self._add(patch, name)

    def image(
        self,
        values: Array,
        frame: tuple[float, float, float, float],
        colours: str,
        limits: tuple[float, float],
    ) -> None:
        """Draw an image (height, width) into a frame (left, top, width, height), pixels sharp.

        Args:
            values: what the colours stand for.
            frame: where it goes.
            colours: name of Matplotlib's colour map.
            limits: values that have the first and the last colour.
        """
        low, high = limits
        self.pixels(
            colormaps[colours](np.clip((values - low) / (high - low), 0, 1), bytes=True), frame
        )

    def pixels(self, colours: Array, frame: tuple[float, float, float, float]) -> None:
        """Draw colours, uint8 (height, width, 3 or 4), into a frame (left, top, width, height)."""
        left, top, width, height = frame
        drawn = self._axes.imshow(
            colours,
            extent=(left, left + width, top + height, top),
            interpolation="none",
            aspect="auto",
            clip_on=False,
        )
        drawn.set_gid(mark("image"))
        # Drawing an image moves the limits of the axes; put them back.
        self._axes.set_xlim(0, self._size[0])
        self._axes.set_ylim(self._size[1], 0)

    def _add(self, patch: Patch, name: str) -> None:
        patch.set_gid(mark(name))
        self._axes.add_artist(patch)
        patch.set_clip_on(False)


def trimmed(a: Point, b: Point, at_a: float, at_b: float) -> tuple[Point, Point]:
    """Return the line from a to b without its ends, where the circles are.

    >>> trimmed((0.0, 0.0), (10.0, 0.0), 2.0, 3.0)
    ((2.0, 0.0), (7.0, 0.0))
    """
    length = math.hypot(b[0] - a[0], b[1] - a[1])
    ux, uy = (b[0] - a[0]) / length, (b[1] - a[1]) / length
    return (a[0] + at_a * ux, a[1] + at_a * uy), (b[0] - at_b * ux, b[1] - at_b * uy)


def _rounded(points: Sequence[Point], radius: float = 12.0) -> tuple[list[Point], list[int]]:
    """Return vertices and codes of a line whose bends are curves of about this radius."""
    vertices: list[Point] = [points[0]]
    codes: list[int] = [int(Path.MOVETO)]
    for before, bend, after in zip(points, points[1:], points[2:], strict=False):
        towards = [math.hypot(p[0] - bend[0], p[1] - bend[1]) for p in (before, after)]
        r = min(radius, *(length / 2 for length in towards))
        entry, leave = (
            (bend[0] + r * (p[0] - bend[0]) / length, bend[1] + r * (p[1] - bend[1]) / length)
            for p, length in zip((before, after), towards, strict=True)
        )
        vertices += [entry, bend, leave]
        codes += [int(Path.LINETO), int(Path.CURVE3), int(Path.CURVE3)]
    return [*vertices, points[-1]], [*codes, int(Path.LINETO)]


def subscripted(name: str) -> str:
    """Return a name with the digits at its end as subscripts, and blanks for underscores.

    >>> subscripted("x12"), subscripted("carry_in"), subscripted("7")
    ('x₁₂', 'carry in', '7')
    """
    stem = name.rstrip("0123456789")
    digits = name[len(stem) :] if stem else ""
    low = digits.translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
    return (stem or name).replace("_", " ") + low


def number(value: float) -> str:
    """Return a weight or bias as people write it, with a true minus sign.

    >>> number(-2.0), number(0.25), number(0.123456)
    ('−2', '0.25', '0.12')
    """
    rounded = round(value, 2) or 0.0  # no −0
    return f"{rounded:.2f}".rstrip("0").rstrip(".").replace("-", "−")
