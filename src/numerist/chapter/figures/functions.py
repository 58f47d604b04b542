"""Functions of one variable: σ, the step, and any y(x)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numerist.chapter.figures.arguments import rising, runs, some_named
from numerist.chapter.figures.axes import MAX_SERIES, add_legend, legend_height, look, new_axes
from numerist.chapter.figures.palette import BLUE
from numerist.chapter.figures.svg import WIDTH, mark, picture
from numerist.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from numerist.chapter.figures.picture import Picture

_HEIGHT = 210


def draw_functions(
    x: ArrayLike,
    functions: Mapping[str, ArrayLike],
    *,
    alt: str,
    xlabel: str = "z",
    ylabel: str = "",
) -> Picture:
    """Draw functions as lines through their values.

    Args:
        x: places (n,), two or more, rising.
        functions: name → values (n,); with more than one, the names stand in a legend.
        alt: what a screen reader says.
        xlabel: name of the horizontal axis.
        ylabel: name of the vertical axis.

    Returns:
        An SVG picture. Its class: `curve`.

    Raises:
        InputError: places that do not rise, values that are not finite, no function or too many.
        ShapeError: not one value for each place.

    >>> z = np.linspace(-4, 4, 101)
    >>> draw_functions(z, {"σ(z)": 1 / (1 + np.exp(-z))}, alt="A smooth step.").kind
    'svg'
    """
    places = rising(x, "x")
    some_named(functions, "functions", MAX_SERIES)
    lines = {
        name: runs(values, f"function '{name}'", points=len(places))[0]
        for name, values in functions.items()
    }

    def paint(figure: Figure) -> None:
        axes = new_axes(figure, xlabel, ylabel)
        for index, (name, values) in enumerate(lines.items()):
            style = {**look(index), "marker": None, "linewidth": 2.2}
            axes.plot(places, values, label=name, gid=mark("curve"), **style)
        axes.margins(x=0)
        if len(lines) > 1:
            add_legend(figure, axes)

    return picture(WIDTH, _HEIGHT + legend_height(list(lines)), alt, paint)


def draw_step(*, alt: str, at_zero: float = 0.0, reach: float = 4.0) -> Picture:
    """Draw the step function, with a full dot for its value at 0 and a hollow one where it is not.

    Args:
        alt: what a screen reader says.
        at_zero: the value at 0 by convention: 0, as perceptrons have it (equation 2), 1 or ½.
        reach: the axis goes from −reach to reach.

    Returns:
        An SVG picture. Its classes: `curve` (two halves), `value` and `gap` (dots).

    Raises:
        InputError: a value outside 0…1, or a reach that is not positive.

    >>> draw_step(alt="0 up to 0, then 1.").data.count('"curve"')
    2
    """
    if not 0 <= at_zero <= 1:
        raise InputError("at_zero", "a value from 0 to 1", repr(at_zero), "Perceptrons have 0.")
    if not 0 < reach < np.inf:
        raise InputError("reach", "a positive number", repr(reach), "Try 4.")

    def paint(figure: Figure) -> None:
        axes = new_axes(figure, "z", "step(z)")
        for side, level in ((-1, 0.0), (1, 1.0)):
            # The line ends at the edge of a hollow dot.
            start = 0 if level == at_zero else side * 0.014 * 2 * reach
            axes.plot(
                [start, side * reach], [level, level], color=BLUE, linewidth=2.2, gid=mark("curve")
            )
            if level != at_zero:
                axes.plot([0], [level], "o", mfc="none", mec=BLUE, ms=7, mew=1.6, gid=mark("gap"))
        axes.plot([0], [at_zero], "o", color=BLUE, markersize=7, gid=mark("value"))
        axes.margins(x=0)
        axes.set_ylim(-0.12, 1.12)

    return picture(WIDTH, _HEIGHT, alt, paint)
