"""A pencil that draws lines and areas, in coordinates that can be moved, turned and scaled."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Points = npt.NDArray[np.float64] | Sequence[tuple[float, float]]  # (k, 2): x right, y down

_FINE = 3  # pixels of the drawing for one of the finished picture, in each direction


class Pencil:
    """Draws on a square sheet that is three times finer than the finished picture.

    Ink covers what lies below it. Coordinates are pixels of the finished picture; for a new
    pencil they count from the upper left corner.

    Args:
        size: height and width of the finished picture.

    >>> pencil = Pencil(4)
    >>> pencil.fill([(1, 1), (3, 1), (3, 3), (1, 3)], ink=1.0)
    >>> pencil.picture().round()[1]
    array([0., 1., 1., 0.], dtype=float32)
    """

    def __init__(self, size: int) -> None:
        from PIL import Image, ImageDraw  # noqa: PLC0415  (loads when it is used)

        self._sheet = Image.new("L", (size * _FINE, size * _FINE), 0)
        self._draw: Any = ImageDraw.Draw(self._sheet)
        self._turn = np.eye(2)
        self._origin = np.zeros(2)
        self._grow = 1.0

    def at(
        self, x: float, y: float, *, grow: float = 1.0, tilt: float = 0.0, flip: bool = False
    ) -> Self:
        """Return a pencil for the same sheet with coordinates of its own.

        Args:
            x: its origin, in the coordinates of this pencil.
            y: the same, downwards.
            grow: how much larger everything becomes, widths of lines included.
            tilt: angle in radians, clockwise as seen.
            flip: whether to draw upside down.
        """
        cos, sin = np.cos(tilt), np.sin(tilt)
        turn = np.array([[cos, -sin], [sin, cos]]) * grow
        pencil = object.__new__(type(self))
        pencil._sheet, pencil._draw = self._sheet, self._draw
        pencil._turn = self._turn @ turn @ np.diag([1.0, -1.0 if flip else 1.0])
        pencil._origin = self._turn @ (x, y) + self._origin
        pencil._grow = self._grow * grow
        return pencil

    def line(self, points: Points, width: float, ink: float) -> None:
        """Draw a line through points (k, 2)."""
        thick = max(1, round(width * self._grow * _FINE))
        self._draw.line(self._placed(points), fill=_grey(ink), width=thick, joint="curve")

    def fill(self, points: Points, ink: float) -> None:
        """Fill the area inside the points (k, 2)."""
        self._draw.polygon(self._placed(points), fill=_grey(ink))

    def picture(self) -> npt.NDArray[np.float32]:
        """Return the finished picture, float32 (size, size), paper 0.0 and full ink 1.0."""
        return np.asarray(self._sheet.reduce(_FINE), dtype=np.float32) / np.float32(255)

    def _placed(self, points: Points) -> list[float]:
        xy = (np.asarray(points) @ self._turn.T + self._origin) * _FINE
        flat: list[float] = xy.ravel().tolist()
        return flat


def _grey(ink: float) -> int:
    return round(255 * min(max(ink, 0.0), 1.0))


def arc(
    width: float,
    height: float,
    start: float = 0.0,
    stop: float = 360.0,
    points: int = 16,
    *,
    at: tuple[float, float] = (0.0, 0.0),
) -> npt.NDArray[np.float64]:
    """Return points (k, 2) on an ellipse.

    Args:
        width: from the middle to the right end.
        height: from the middle to the lower end.
        start: angle in degrees; 0 is right, 90 is below, 180 left, 270 above.
        stop: the same, of the last point.
        points: how many.
        at: the middle.

    >>> arc(2, 1, 180, 360, points=3).round(6) + 0.0
    array([[-2.,  0.],
           [ 0., -1.],
           [ 2.,  0.]])
    """
    ellipse: npt.NDArray[np.float64] = _circle(start, stop, points) * (width, height) + at
    return ellipse


@lru_cache(maxsize=256)
def _circle(start: float, stop: float, points: int) -> npt.NDArray[np.float64]:
    """Return points on the circle of radius 1; the same few arcs are asked for again and again."""
    angles = np.radians(np.linspace(start, stop, points))
    return np.column_stack([np.cos(angles), np.sin(angles)])
