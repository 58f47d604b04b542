"""Gradient descent: the valley and the path down, as a surface, as contours, in one variable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import FancyArrowPatch
from matplotlib.ticker import MaxNLocator

from numerist.chapter.figures.arguments import flat, grid, rising
from numerist.chapter.figures.axes import new_axes, plain
from numerist.chapter.figures.palette import BLUE, FAINT, HEIGHTS, INK, VERMILION
from numerist.chapter.figures.svg import WIDTH, mark, picture
from numerist.checks import whole
from numerist.errors import InputError, ShapeError
from numerist.neurons.arrays import finite_array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from numerist.chapter.figures.picture import Picture
    from numerist.neurons.activations import Array

_SHARPNESS = 144  # dots per inch of the surface, which is an image: two for each unit


def draw_valley(
    v1: ArrayLike,
    v2: ArrayLike,
    cost: ArrayLike,
    *,
    alt: str,
    path: ArrayLike | None = None,
    costs: ArrayLike | None = None,
    view: tuple[float, float] = (38.0, -60.0),
) -> Picture:
    """Draw C(v₁, v₂) as a surface in space, and the path that rolls down it.

    Args:
        v1: places along the first axis (p,), rising.
        v2: places along the second axis (q,), rising.
        cost: (q, p): cost[i, j] = C(v1[j], v2[i]).
        alt: what a screen reader says.
        path: places passed (k, 2).
        costs: C at these places (k,); needed with a path.
        view: height and direction from which one looks, in degrees.

    Returns:
        An SVG picture, the surface an image inside. Its class, if there is a path: `path`.

    Raises:
        InputError: numbers that are not finite, or places that do not rise.
        ShapeError: arrays that do not fit each other.

    >>> v = np.linspace(-1, 1, 9)
    >>> draw_valley(v, v, v**2 + v[:, np.newaxis] ** 2, alt="A bowl.").data.count("<image")
    1
    """
    x, y, z = _checked_ground(v1, v2, cost)
    walk = None if path is None else _checked_path(path)
    heights = None if walk is None else _checked_costs(costs, len(walk))

    def paint(figure: Figure) -> None:
        axes: Any = figure.add_axes((0.0, 0.05, 0.93, 0.99), projection="3d", computed_zorder=False)
        axes.view_init(*view)
        axes.plot_surface(
            *np.meshgrid(x, y),
            z,
            rcount=60,
            ccount=60,
            cmap=HEIGHTS,
            linewidth=0,
            antialiased=True,
            rasterized=True,
            zorder=1,
        )
        if walk is not None and heights is not None:
            lifted = heights + 0.015 * np.ptp(z)  # or half of the line would be under ground
            axes.plot(
                walk[:, 0],
                walk[:, 1],
                lifted,
                "o-",
                color=VERMILION,
                linewidth=2.2,
                markersize=4,
                zorder=3,
                gid=mark("path"),
            )
        _name_axes(axes)

    return picture(WIDTH, 290, alt, lambda figure: _sharp(figure, paint))


def draw_contours(
    v1: ArrayLike,
    v2: ArrayLike,
    cost: ArrayLike,
    *,
    alt: str,
    path: ArrayLike | None = None,
    levels: int = 12,
) -> Picture:
    """Draw C(v₁, v₂) as contour lines, as on a map, with the path down: full dot to hollow dot.

    The lines stand at quantiles of the cost, so that steep walls do not take all of them.

    Args:
        v1: places along the first axis (p,), rising.
        v2: places along the second axis (q,), rising.
        cost: (q, p): cost[i, j] = C(v1[j], v2[i]).
        alt: what a screen reader says.
        path: places passed (k, 2).
        levels: about how many contour lines.

    Returns:
        An SVG picture. Its classes: `contours`, and `path`, `start`, `end` if there is a path.

    Raises:
        InputError: numbers that are not finite, places that do not rise, no level, or a cost that
            is the same everywhere.
        ShapeError: arrays that do not fit each other.

    >>> v = np.linspace(-1, 1, 9)
    >>> draw_contours(v, v, v**2 + v[:, np.newaxis] ** 2, alt="Rings.").kind
    'svg'
    """
    x, y, z = _checked_ground(v1, v2, cost)
    whole("levels", levels, least=1)
    if np.ptp(z) == 0:
        raise InputError("cost", "values that differ", "a plain", "Draw another part of it.")
    walk = None if path is None else _checked_path(path)

    def paint(figure: Figure) -> None:
        axes = new_axes(figure, "v₁", "v₂")
        axes.grid(visible=False)
        heights = np.unique(np.quantile(z, np.linspace(0.02, 0.98, levels)))
        lines = axes.contour(x, y, z, levels=heights, colors=[BLUE], linewidths=1.0)
        lines.set_gid(mark("contours"))
        if walk is None:
            return
        axes.plot(*walk.T, "o-", color=VERMILION, lw=1.8, ms=3, gid=mark("path"))
        axes.plot(*walk[0], "o", color=VERMILION, ms=8, gid=mark("start"))
        axes.plot(*walk[-1], "o", mfc="none", mec=VERMILION, mew=1.8, ms=9, gid=mark("end"))
        axes.set_xlim(x[0], x[-1])
        axes.set_ylim(y[0], y[-1])

    return picture(WIDTH, 270, alt, paint)


def draw_one_variable(
    v: ArrayLike,
    cost: ArrayLike,
    *,
    alt: str,
    path: ArrayLike,
    costs: ArrayLike,
    slopes: ArrayLike | None = None,
) -> Picture:
    """Draw descent in one variable: C(v), tangents at the places passed, and the steps.

    The steps are arrows below the curve, one below the other in time.

    Args:
        v: places (n,), rising.
        cost: C at these places (n,).
        alt: what a screen reader says.
        path: places passed (k,).
        costs: C at them (k,).
        slopes: C' at them (k,), for tangents.

    Returns:
        An SVG picture. Its classes: `curve`, `step` (an arrow for each), `place`, `tangent`.

    Raises:
        InputError: numbers that are not finite, or places that do not rise.
        ShapeError: arrays that do not fit each other.

    >>> v = np.linspace(-2, 2, 41)
    >>> draw_one_variable(v, v**2, path=[2, 1], costs=[4, 1], alt="A step.").data.count('"step"')
    1
    """
    x = rising(v, "v")
    y = _as_many(cost, "cost", len(x))
    walk = flat(path, "path")
    heights = _as_many(costs, "costs", len(walk))
    tilt = None if slopes is None else _as_many(slopes, "slopes", len(walk))

    def paint(figure: Figure) -> None:
        axes = new_axes(figure, "v", "C(v)")
        axes.plot(x, y, color=BLUE, linewidth=2.2, gid=mark("curve"))
        if tilt is not None:
            _draw_tangents(axes, walk, heights, tilt, (float(np.ptp(x)), float(np.ptp(y))))
        _draw_steps(axes, walk, heights, float(y.min()), float(np.ptp(y)) or 1.0)
        axes.plot(walk, heights, "o", color=VERMILION, markersize=6, gid=mark("place"))

    return picture(WIDTH, 270, alt, paint)


def _draw_steps(axes: Axes, walk: Array, heights: Array, bottom: float, tall: float) -> None:
    """Draw each step in v as an arrow below the curve, one below the other in time."""
    space = min(0.08 * tall, 0.5 * tall / len(walk))
    rows = bottom - 0.1 * tall - space * np.arange(len(walk) - 1)
    for index, (row, a, b) in enumerate(zip(rows, walk, walk[1:], strict=False)):
        axes.plot([a, a], [heights[index], row], color=VERMILION, lw=0.8, ls=(0, (1, 2)))
        arrow = FancyArrowPatch(
            (a, row), (b, row), arrowstyle="-|>", mutation_scale=9, color=VERMILION, lw=1.6,
            shrinkA=0, shrinkB=0,
        )  # fmt: skip
        arrow.set_gid(mark("step"))
        axes.add_patch(arrow)
    ticks = np.array(MaxNLocator(6).tick_values(bottom, bottom + tall))
    axes.set_yticks(ticks[ticks >= bottom - 0.05 * tall])  # C has none below
    axes.set_ylim(min([bottom, *rows]) - 0.07 * tall, bottom + 1.05 * tall)


def _draw_tangents(
    axes: Axes, walk: Array, heights: Array, slopes: Array, extent: tuple[float, float]
) -> None:
    """Draw tangents of about one length on the screen, however steep."""
    wide, tall = extent
    for x, y, slope in zip(walk, heights, slopes, strict=True):
        half = 0.13 * wide / np.hypot(1, slope * wide / (tall or 1))
        axes.plot(
            [x - half, x + half],
            [y - slope * half, y + slope * half],
            color=INK,
            linewidth=1.4,
            gid=mark("tangent"),
        )


def _name_axes(axes: Any) -> None:
    """Name and thin out the axes in space, and leave their walls empty."""
    for axis, name in ((axes.xaxis, "v₁"), (axes.yaxis, "v₂"), (axes.zaxis, "C")):
        axis.set_label_text(name)
        axis.pane.set_visible(False)
        axis.line.set_color(INK)
        axis._axinfo["grid"].update(color=INK, linewidth=0.6, linestyle=":")  # noqa: SLF001
        axis.set_major_formatter(plain)
        axis.get_major_locator().set_params(nbins=5)
        axis.labelpad = -2
        axis.set_tick_params(pad=-1)
        for line in axis.get_gridlines():
            line.set_alpha(FAINT)


def _sharp(figure: Figure, paint: Any) -> None:
    """Paint, with images inside the drawing at twice the resolution of the screen's pixels."""
    figure.set_dpi(_SHARPNESS)
    paint(figure)


def _checked_ground(v1: ArrayLike, v2: ArrayLike, cost: ArrayLike) -> tuple[Array, Array, Array]:
    x, y = rising(v1, "v1"), rising(v2, "v2")
    return x, y, grid(cost, "cost", (len(y), len(x)))


def _checked_path(path: ArrayLike) -> Array:
    walk = finite_array(path, "path")
    if walk.ndim != 2 or walk.shape[1] != 2 or not len(walk):  # noqa: PLR2004
        raise ShapeError(
            "path", "shape (k, 2), one place or more", f"shape {walk.shape}", "Give places in rows."
        )
    return walk


def _checked_costs(costs: ArrayLike | None, count: int) -> Array:
    if costs is None:
        raise ShapeError("costs", f"{count}, one for each place", "none", "Give C along the path.")
    return _as_many(costs, "costs", count)


def _as_many(values: ArrayLike, place: str, count: int) -> Array:
    array = flat(values, place)
    if len(array) != count:
        raise ShapeError(place, f"{count} values", str(len(array)), "Give one for each place.")
    return array
