"""Charts of measurements: learning curves, ladders of rates or examples, errors, bars."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from numerist.chapter.figures.arguments import flat, one_each, rising, runs, some_named
from numerist.chapter.figures.axes import (
    MAX_SERIES,
    add_legend,
    draw_references,
    in_percent,
    leave_flat,
    legend_height,
    logarithmic,
    look,
    new_axes,
    one_two_five,
    percent,
    plain,
    three_digits,
)
from numerist.chapter.figures.palette import BLUE, INK
from numerist.chapter.figures.svg import SMALL, WIDTH, mark, picture
from numerist.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from numerist.chapter.figures.picture import Picture
    from numerist.neurons.activations import Array

_HEIGHT = 240
_MANY_POINTS = 12  # above, points of a curve get no markers
_NAME = 24  # letters of a bar's name that have room in one line beside it
_MANY_TICKS = 6  # above, a logarithmic axis has ticks at powers of ten only


def draw_learning_curves(
    curves: Mapping[str, ArrayLike],
    *,
    alt: str,
    ylabel: str = "accuracy on the test images",
    xlabel: str = "epoch",
    first: int = 0,
    shares: bool = True,
    references: Mapping[str, float] | None = None,
) -> Picture:
    """Draw how runs learn: the median of each group of runs, and a band from worst to best.

    Args:
        curves: name → (epochs,) for one run, (runs, epochs) for several; 1 to 10 names.
        alt: what a screen reader says.
        ylabel: name of the vertical axis.
        xlabel: name of the horizontal axis.
        first: number of the first epoch.
        shares: whether the values are shares, to be written in percent.
        references: name → value to compare with, drawn as level lines.

    Returns:
        An SVG picture. Its classes: `curve`, `band` (where there are several runs), `reference`.

    Raises:
        InputError: no curves or too many, or values that are not finite.
        ShapeError: values of another shape.

    >>> draw_learning_curves({"η = 3": [0.91, 0.93]}, alt="It rises.").data.count('"curve"')
    1
    """
    some_named(curves, "curves", MAX_SERIES)
    groups = {name: runs(values, f"curve '{name}'") for name, values in curves.items()}
    names = [*groups, *(references or {})]

    def paint(figure: Figure) -> None:
        axes = new_axes(figure, xlabel, ylabel)
        for index, (name, values) in enumerate(groups.items()):
            epochs = np.arange(first, first + values.shape[1])
            style = look(index)
            if len(epochs) > _MANY_POINTS:
                style["markevery"] = (index % 3, max(1, len(epochs) // 6))
            _draw_spread(axes, epochs, values, style["color"])
            axes.plot(epochs, np.median(values, axis=0), label=name, gid=mark("curve"), **style)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True, min_n_ticks=1))
        _finish(figure, axes, references, shares=shares, legend=len(names) > 1)
        if shares:
            leave_flat(axes)

    return picture(WIDTH, _HEIGHT + legend_height(names), alt, paint)


def draw_ladder(
    steps: ArrayLike,
    series: Mapping[str, ArrayLike],
    *,
    alt: str,
    xlabel: str,
    ylabel: str = "accuracy on the test images",
    shares: bool = True,
    references: Mapping[str, float] | None = None,
) -> Picture:
    """Draw results along a logarithmic axis: against learning rates, or numbers of examples.

    Args:
        steps: positive, rising (n,): the rates or the numbers of examples.
        series: name → (n,) or (runs, n). Every run is a point, the line is their median.
        alt: what a screen reader says.
        xlabel: name of the horizontal axis.
        ylabel: name of the vertical axis.
        shares: whether the values are shares, to be written in percent.
        references: name → value to compare with, drawn as level lines.

    Returns:
        An SVG picture. Its classes: `curve`, `run`, `reference`.

    Raises:
        InputError: steps that do not rise from above 0, values that are not finite, no series or
            too many.
        ShapeError: not one column of values for each step.

    >>> rates = draw_ladder(
    ...     [0.01, 0.1, 1], {"30 epochs": [0.7, 0.9, 0.95]}, xlabel="η", alt="It rises with η."
    ... )
    >>> rates.data.count('"curve"')
    1
    """
    x = rising(steps, "steps", positive=True)
    some_named(series, "series", MAX_SERIES)
    groups = {name: runs(v, f"series '{name}'", points=len(x)) for name, v in series.items()}
    names = [*groups, *(references or {})]

    def paint(figure: Figure) -> None:
        axes = new_axes(figure, xlabel, ylabel)
        logarithmic(axes, "x", x if len(x) <= _MANY_TICKS else None)
        _draw_series(axes, x, groups)
        _finish(figure, axes, references, shares=shares, legend=len(names) > 1)

    return picture(WIDTH, _HEIGHT + legend_height(names), alt, paint)


def draw_error(
    sizes: ArrayLike,
    series: Mapping[str, ArrayLike],
    *,
    alt: str,
    xlabel: str = "size m of the mini-batch",
    ylabel: str = "error of the estimated gradient",
    slope: float | None = -0.5,
    slope_name: str = "∝ 1/√m",
    shares: bool = False,
) -> Picture:
    """Draw errors against sizes, both axes logarithmic, where powers are straight lines.

    Args:
        sizes: positive, rising (n,).
        series: name → positive (n,) or (runs, n).
        alt: what a screen reader says.
        xlabel: name of the horizontal axis.
        ylabel: name of the vertical axis.
        slope: power to compare with, drawn through the median of the first series; or None.
        slope_name: its name in the legend.
        shares: whether the errors are shares, to be written in percent.

    Returns:
        An SVG picture. Its classes: `curve`, `run`, `slope`.

    Raises:
        InputError: sizes that do not rise from above 0, errors that are not positive.
        ShapeError: not one column of errors for each size.

    >>> draw_error([1, 4], {"measured": [2, 1]}, alt="It falls.").data.count('"slope"')
    1
    """
    x = rising(sizes, "sizes", positive=True)
    some_named(series, "series", MAX_SERIES)
    groups = {name: runs(v, f"series '{name}'", points=len(x)) for name, v in series.items()}
    for name, values in groups.items():
        if (values <= 0).any():
            raise InputError(
                f"series '{name}'",
                "positive errors, as the axis is logarithmic",
                f"{values.min():g}",
                "Leave out those that are 0.",
            )

    def paint(figure: Figure) -> None:
        axes = new_axes(figure, xlabel, ylabel)
        logarithmic(axes, "x", x if len(x) <= _MANY_TICKS and _apart(x) else None)
        values = np.concatenate([of_name.ravel() for of_name in groups.values()])
        logarithmic(axes, "y", one_two_five(float(values.min()), float(values.max())))
        if shares:
            in_percent(axes)
        _draw_series(axes, x, groups)
        if slope is not None:
            middle = np.median(next(iter(groups.values())), axis=0)
            level = np.exp(np.mean(np.log(middle) - slope * np.log(x)))
            axes.plot(
                x,
                level * x**slope,
                color=INK,
                linewidth=1,
                linestyle=(0, (2, 2)),
                label=slope_name,
                gid=mark("slope"),
            )
        if len(names) > 1:
            add_legend(figure, axes)

    names = [*groups] if slope is None else [*groups, slope_name]
    return picture(WIDTH, _HEIGHT + legend_height(names), alt, paint)


def draw_agreement(x: ArrayLike, y: ArrayLike, *, alt: str, xlabel: str, ylabel: str) -> Picture:
    """Draw pairs of numbers that should be equal: points, and the diagonal on which they belong.

    Args:
        x: what is relied on (n,).
        y: what is checked (n,).
        alt: what a screen reader says.
        xlabel: name of the horizontal axis.
        ylabel: name of the vertical axis.

    Returns:
        An SVG picture. Its classes: `points`, `diagonal`.

    Raises:
        InputError: values that are not finite.
        ShapeError: not one number for each.

    >>> labels = {"xlabel": "by hand", "ylabel": "by machine"}
    >>> draw_agreement([1, 2], [1, 2.1], alt="Near.", **labels).data.count('"diagonal"')
    1
    """
    known, checked = flat(x, "x"), flat(y, "y")
    one_each(checked, "y", len(known))
    both = np.concatenate([known, checked])
    ends = [float(both.min()), float(both.max())]

    def paint(figure: Figure) -> None:
        axes = new_axes(figure, xlabel, ylabel)
        axes.plot(ends, ends, color=INK, linewidth=1, linestyle=(0, (2, 2)), gid=mark("diagonal"))
        axes.plot(known, checked, "o", color=BLUE, markersize=5, alpha=0.75, gid=mark("points"))
        axes.xaxis.set_major_formatter(plain)
        axes.yaxis.set_major_formatter(plain)
        axes.locator_params(nbins=5)

    return picture(WIDTH, _HEIGHT, alt, paint)


def _apart(x: Array) -> bool:
    """Whether numbers written at their places on a logarithmic axis do not touch."""
    room = (WIDTH - 80) * np.diff(np.log(x)) / np.log(x[-1] / x[0])
    widths = [7.0 * len(plain(value)) for value in x.tolist()]
    return all(gap > (a + b) / 2 for gap, a, b in zip(room, widths[:-1], widths[1:], strict=True))


def draw_bars(
    names: Sequence[str],
    values: ArrayLike,
    *,
    alt: str,
    label: str,
    errors: ArrayLike | None = None,
    shares: bool = False,
    horizontal: bool = False,
) -> Picture:
    """Draw bars, such as the darkness of each digit, or accuracies of several classifiers.

    Args:
        names: of the bars (n,).
        values: (n,).
        alt: what a screen reader says.
        label: what is measured.
        errors: half the length of the error bars (n,), or their parts below and above (2, n).
        shares: whether the values are shares, to be written in percent.
        horizontal: for long names: bars that lie below each other, with their values written, to
            three digits unless they are shares.

    Returns:
        An SVG picture. Its classes: `bar`, and `error` if there are error bars.

    Raises:
        InputError: no bars, or values that are not finite, or negative errors.
        ShapeError: not one value or error for each name.

    >>> draw_bars(["0", "1"], [0.17, 0.08], label="darkness", alt="").data.count('"bar"')
    Traceback (most recent call last):
    numerist.errors.InputError: alt: expected a sentence that says what is to be seen, found ''. \
Describe the picture.
    """
    heights = flat(values, "values")
    one_each(names, "names", len(heights))
    spread = None if errors is None else _checked_errors(errors, len(heights))
    folded = [_folded(name) if horizontal else name for name in names]
    lines = max(name.count("\n") for name in folded) + 1

    def paint(figure: Figure) -> None:
        axes = new_axes(figure, "" if not horizontal else label, label if not horizontal else "")
        places = np.arange(len(heights))
        draw = axes.barh if horizontal else axes.bar
        for bar in draw(places, heights, 0.66, color=BLUE):
            bar.set_gid(mark("bar"))
        if spread is not None:
            x, y = (heights, places) if horizontal else (places, heights)
            sides = (spread, None) if horizontal else (None, spread)
            drawn = axes.errorbar(
                x, y, sides[1], sides[0], fmt="none", color=INK, elinewidth=1.4, capsize=3
            )
            drawn[2][0].set_gid(mark("error"))
        _name_bars(axes, folded, heights, spread, shares=shares, horizontal=horizontal)

    tall = max(34, 14 * lines + 6) * len(heights) + 56
    return picture(WIDTH, tall if horizontal else _HEIGHT - 30, alt, paint)


def _folded(name: str) -> str:
    """Return a name in as many lines as it needs, of about the same length."""
    needed = len(textwrap.wrap(name, _NAME))
    wraps = (textwrap.wrap(name, width) for width in range(1, _NAME + 1))
    return "\n".join(next(lines for lines in wraps if len(lines) == needed))


def _name_bars(
    axes: Axes,
    names: Sequence[str],
    values: Array,
    spread: Array | None,
    *,
    shares: bool,
    horizontal: bool,
) -> None:
    if not horizontal:
        axes.set_xticks(range(len(names)), list(names))
        axes.grid(visible=False, axis="x")
        if shares:
            in_percent(axes)
        return
    axes.set_yticks(range(len(names)), list(names))
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlim(min(0, 1.2 * values.min()), 1.28 * max(values.max(), 0) or 1)
    axes.xaxis.set_major_formatter(percent if shares else plain)
    axes.locator_params(axis="x", nbins=4)
    for index, value in enumerate(values.tolist()):
        end = value + (0 if spread is None else float(spread[1, index]))
        text = f"{100 * value:.2f} %" if shares else plain(three_digits(value))
        axes.annotate(
            text,
            (max(end, 0), index),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL,
            color=INK,
        )


def _checked_errors(errors: ArrayLike, count: int) -> Array:
    array = runs(errors, "errors", points=count)
    if len(array) > 2 or (array < 0).any():  # noqa: PLR2004 -- below and above
        raise InputError(
            "errors",
            f"lengths of at least 0, shape ({count},) or (2, {count})",
            f"shape {array.shape}, smallest {array.min():g}",
            "Give distances from the value, not limits.",
        )
    return np.broadcast_to(array, (2, count))


def _draw_spread(axes: Axes, x: Array, values: Array, colour: str) -> None:
    if len(values) > 1:
        axes.fill_between(
            x,
            values.min(axis=0),
            values.max(axis=0),
            color=colour,
            alpha=0.25,
            linewidth=0,
            gid=mark("band"),
        )


def _draw_series(axes: Axes, x: Array, groups: Mapping[str, Array]) -> None:
    for index, (name, values) in enumerate(groups.items()):
        style = look(index)
        if len(values) > 1:
            points = {**style, "linestyle": "none", "alpha": 0.55, "markersize": 4}
            axes.plot(np.tile(x, len(values)), values.ravel(), gid=mark("run"), **points)
            style["marker"] = None
        axes.plot(x, np.median(values, axis=0), label=name, gid=mark("curve"), **style)


def _finish(
    figure: Figure,
    axes: Axes,
    references: Mapping[str, float] | None,
    *,
    shares: bool,
    legend: bool,
) -> None:
    draw_references(axes, references or {})
    if shares:
        in_percent(axes)
    if legend:
        add_legend(figure, axes)
