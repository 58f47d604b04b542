"""Axes as all charts have them: ticks in plain numbers, a pale grid, the legend on top."""

from __future__ import annotations

import math
from itertools import cycle
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter, NullLocator

from numerist.chapter.figures.palette import DASHES, INK, MARKERS, SERIES
from numerist.chapter.figures.svg import mark

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from numerist.neurons.activations import Array

_SHORT_NAME = 17  # letters of a name, of which two have room side by side
MAX_SERIES = 10  # colours and dashes together tell that many apart


def new_axes(figure: Figure, xlabel: str, ylabel: str) -> Axes:
    """Return axes that fill the figure, with its texts kept inside."""
    figure.set_layout_engine("constrained")
    axes = figure.add_subplot()
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.grid(visible=True)
    axes.set_axisbelow(True)
    return axes


def look(index: int) -> dict[str, Any]:
    """Return colour, dashes and marker of a series.

    >>> look(0)["color"] == look(5)["color"], look(0)["linestyle"] == look(5)["linestyle"]
    (True, False)
    """
    turn = (index + index // len(SERIES)) % len(DASHES)
    return {
        "color": SERIES[index % len(SERIES)],
        "linestyle": DASHES[turn],
        "marker": MARKERS[turn],
        "linewidth": 1.8,
        "markersize": 5,
    }


def plain(value: float, _position: object = None) -> str:
    """Return the text of a tick.

    >>> plain(0.001), plain(3.0), plain(50000), plain(-4)
    ('0.001', '3', '50,000', '−4')
    """
    many = 1000
    text = f"{value:,.0f}" if abs(value) >= many else f"{value:g}"
    return text.replace("-", "−")


def power(value: float, _position: object = None) -> str:
    """Return the text of a tick on a logarithmic axis: powers of ten where zeros are many.

    >>> power(10_000), power(1e12), power(1e-6), power(0.01)
    ('10,000', '10¹²', '10⁻⁶', '0.01')
    """
    few = 5  # zeros that can be read at a glance
    exponent = round(math.log10(value)) if value > 0 else 0
    if abs(exponent) < few or not math.isclose(value, 10.0**exponent):
        return plain(value)
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def three_digits(value: float) -> float:
    """Round a number to three digits, or to a whole number.

    >>> three_digits(0.018234), three_digits(36.1234), three_digits(1234.5)
    (0.0182, 36.1, 1234.0)
    """
    many = 1000
    return float(round(value)) if abs(value) >= many else float(f"{value:.3g}")


def percent(value: float, _position: object = None) -> str:
    """Return the text of a tick for a share.

    >>> percent(0.955), percent(1.0)
    ('95.5 %', '100 %')
    """
    return f"{round(100 * value, 6):g} %"


def in_percent(axes: Axes) -> None:
    """Label the vertical axis, which shows shares, in percent."""
    axes.yaxis.set_major_formatter(FuncFormatter(percent))


def leave_flat(axes: Axes) -> None:
    """Keep an axis of shares from stretching what hardly changes over its whole height.

    It spans half the way from its middle to 0 or 1, whichever is nearer, at least: a point is
    little at 50 %, and much at 98 %.
    """
    low, high = axes.get_ylim()
    middle = (low + high) / 2
    least = 0.5 * min(middle, 1 - middle)
    if high - low < least:
        axes.set_ylim(middle - least / 2, middle + least / 2)


def logarithmic(axes: Axes, which: Literal["x", "y"], ticks: Array | None = None) -> None:
    """Make an axis logarithmic, with ticks at powers of ten, or at given places."""
    if which == "x":
        axes.set_xscale("log")
    else:
        axes.set_yscale("log")
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(power))
    axis.set_minor_formatter(NullFormatter())
    if ticks is not None:
        axis.set_major_locator(FixedLocator(ticks.tolist()))
        axis.set_minor_locator(NullLocator())


def one_two_five(low: float, high: float) -> Array | None:
    """Return ticks 1, 2, 5, 10 … from `low` to `high`, or None.

    Where these would be fewer than three, the ticks are as far from each other as on a linear
    axis. None where powers of ten are enough, or where there would be no tick.

    >>> one_two_five(0.008, 0.06).tolist(), one_two_five(1, 1000), one_two_five(3, 3)
    ([0.01, 0.02, 0.05], None, None)
    >>> one_two_five(0.14, 0.26).round(2).tolist()
    [0.15, 0.2, 0.25]
    """
    enough = 100  # times the lowest: then there are two powers of ten at least
    if high / low >= enough:
        return None
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = np.array([float(f"{digit}e{k}") for k in exponents for digit in (1, 2, 5)])
    inside = _between(ticks, low, high)
    if len(inside) < 3 and low < high:  # noqa: PLR2004
        even = MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(low, high)
        inside = _between(np.array(even), low, high)
    return inside if len(inside) else None


def _between(ticks: Array, low: float, high: float) -> Array:
    inside: Array = ticks[(ticks >= 0.999 * low) & (ticks <= 1.001 * high)]
    return inside


def draw_references(axes: Axes, references: Mapping[str, float]) -> None:
    """Draw a level line for each value to compare with."""
    for (name, value), dots in zip(references.items(), cycle([(2, 2), (6, 2), (1, 3)])):
        axes.axhline(
            value, color=INK, linewidth=1.2, linestyle=(0, dots), label=name, gid=mark("reference")
        )


def _columns(names: Sequence[str]) -> int:
    """Return how many columns of such names have room above the axes."""
    return 2 if max(map(len, names)) <= _SHORT_NAME else 1


def legend_height(names: Sequence[str]) -> int:
    """Return the height of a legend of these names; one name needs none.

    >>> legend_height(["σ"]), legend_height(["30 hidden", "100 hidden"])
    (0, 18)
    """
    return 18 * -(-len(names) // _columns(names)) if len(names) > 1 else 0


def add_legend(figure: Figure, axes: Axes) -> None:
    """Put the names of the series above the axes."""
    handles, names = axes.get_legend_handles_labels()
    figure.legend(
        handles,
        names,
        loc="outside upper left",
        ncols=_columns(names),
        handlelength=2.6,
        columnspacing=1.2,
        borderaxespad=0.2,
    )
