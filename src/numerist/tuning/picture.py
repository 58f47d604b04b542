"""A study in one picture: how it went, what mattered, each parameter, and the ladder of rates."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numerist.errors import InputError, NumeristError
from numerist.files import replacing

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from numerist.tuning.outcome import Outcome
    from numerist.tuning.plan import Plan

_COLUMNS = 3
_STEPS = 2  # of the ladder, for a factor of 10
_FEW = 100  # the largest x by the least, up to which 1, 2, 5, 10, … stand along the axis
_KINDS = {
    "complete": {"marker": "o", "color": "#1f5fa8", "label": "to the end"},
    "pruned": {"marker": "v", "color": "#b8860b", "label": "stopped early"},
    "diverged": {"marker": "x", "color": "#b02a2a", "label": "diverged"},
}
_FORMATS = {".png": "png", ".svg": "svg"}


def check(path: str | os.PathLike[str], extra: str = "tune") -> None:
    """Refuse what can't be drawn to, before long work.

    Args:
        path: of the file.
        extra: of numerist's extras, that which brings Matplotlib to whoever asks.

    Raises:
        InputError: another kind of file than PNG and SVG.
        NumeristError: Matplotlib is not installed.
    """
    if Path(path).suffix.lower() not in _FORMATS:
        raise InputError("--plot", "a file ending in .png or .svg", str(path), "Rename it.")
    try:
        import matplotlib.figure  # noqa: F401, PLC0415  (only to say what is missing)
    except ImportError as error:
        raise NumeristError(
            "--plot", "Matplotlib", f"none ({error})",
            f"Install it with: pip install 'numerist[{extra}]'",
        ) from error  # fmt: skip


def draw(
    path: str | os.PathLike[str],
    plan: Plan,
    ended: Sequence[Outcome],
    importances: Mapping[str, float],
) -> None:
    """Draw a study.

    Args:
        path: of the file, PNG or SVG by its ending.
        plan: of the study.
        ended: its trials.
        importances: of the parameters, as `numerist.tuning.importance` has them.

    Raises:
        WriteError: the file can't be written.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415  (heavy)

    searched = [name for name, domain in plan.domains.items() if not domain.fixed]
    ladder = "rate" in searched
    count = 2 + len(searched) + ladder
    rows = math.ceil(count / _COLUMNS)
    figure = Figure(figsize=(4.2 * _COLUMNS, 3.2 * rows), layout="constrained")
    places = iter(figure.subplots(rows, _COLUMNS, squeeze=False).flat)
    _history(next(places), ended)
    _bars(next(places), importances)
    if ladder:
        _ladder(next(places), ended)
    for name in searched:
        _slice(next(places), plan, name, ended)
    for unused in places:
        unused.set_axis_off()
    save(figure, path)


def save(figure: Any, path: str | os.PathLike[str], dpi: int = 110) -> None:
    """Write a figure of Matplotlib's, the same bytes each time.

    Args:
        figure: what to write.
        path: of the file, PNG or SVG by its ending.
        dpi: dots an inch, of a PNG file.

    Raises:
        WriteError: the file can't be written.
    """
    import matplotlib as mpl  # noqa: PLC0415

    kind = _FORMATS[Path(path).suffix.lower()]
    with (
        replacing(path) as part,
        mpl.rc_context({"svg.hashsalt": "numerist", "svg.fonttype": "none"}),
    ):
        figure.savefig(
            part, format=kind, dpi=dpi, metadata={"Date": None} if kind == "svg" else None
        )


def _kind(one: Outcome) -> str:
    return "diverged" if one.diverged else "complete" if one.complete else "pruned"


def _low(ended: Sequence[Outcome]) -> float:
    """Return where the axis of accuracy begins, %: what is far below the rest is drawn there."""
    shares = sorted(100 * one.share for one in ended if one.shares)
    if not shares:
        return 0.0
    middle, top = shares[len(shares) // 2], shares[-1]
    return max(0.0, middle - 4 * (top - middle) - 1)


def _scatter(axes: Any, ended: Sequence[Outcome], x: Sequence[Any]) -> None:
    """Draw each trial at its x and its accuracy."""
    low = _low(ended)
    for kind, look in _KINDS.items():
        chosen = [i for i, one in enumerate(ended) if _kind(one) == kind]
        if chosen:
            heights = [max(low, 100 * ended[i].share) for i in chosen]
            axes.scatter([x[i] for i in chosen], heights, s=18, alpha=0.75, **look)
    axes.set_ylabel("validation images right, %")
    axes.grid(alpha=0.3)


def _history(axes: Any, ended: Sequence[Outcome]) -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    axes.set_title("the search")
    _scatter(axes, ended, [one.number for one in ended])
    steps = best_so_far(ended)
    if steps:
        numbers, shares = zip(*steps, strict=True)
        axes.step(
            [*numbers, ended[-1].number], [100 * share for share in (*shares, shares[-1])],
            where="post", color="#1f5fa8", linewidth=1, label="best so far",
        )  # fmt: skip
    axes.set_xlabel("trial")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if ended:
        axes.legend(fontsize="small", loc="best")


def best_so_far(ended: Sequence[Outcome]) -> list[tuple[int, float]]:
    """Return the complete trials that were better than all before: number and share."""
    steps: list[tuple[int, float]] = []
    for one in ended:
        if one.complete and (not steps or one.share > steps[-1][1]):
            steps.append((one.number, one.share))
    return steps


def _bars(axes: Any, importances: Mapping[str, float]) -> None:
    axes.set_title("what mattered")
    if not importances:
        axes.text(0.5, 0.5, "too few trials to say", ha="center", transform=axes.transAxes)
        axes.set_axis_off()
        return
    names = list(importances)[::-1]
    axes.barh(names, [100 * importances[name] for name in names], color="#1f5fa8")
    axes.set_xlabel("share of importance, %")


def rungs(ended: Sequence[Outcome]) -> list[tuple[float, float, float]]:
    """Return the ladder of rates: rate, best share after one epoch, best share in the end.

    Rates are put together on steps of 1, 3, 10, …; the share in the end is over the trials that
    ran to their end or were stopped, whatever their other settings.
    """
    steps: dict[int, list[Outcome]] = {}
    for one in ended:
        if one.shares:
            steps.setdefault(round(_STEPS * math.log10(float(one.settings["rate"]))), []).append(
                one
            )
    return [
        (
            float(f"{10 ** (step / _STEPS):.1g}"),
            max(one.shares[0] for one in steps[step]),
            max(one.share for one in steps[step]),
        )
        for step in sorted(steps)
    ]


def _ladder(axes: Any, ended: Sequence[Outcome]) -> None:
    axes.set_title("the ladder of rates")
    found = rungs(ended)
    rates = [rate for rate, _, _ in found]
    axes.plot(rates, [100 * first for _, first, _ in found], "o--", label="after one epoch")
    axes.plot(rates, [100 * last for _, _, last in found], "o-", label="in the end")
    _by_factors(axes)
    axes.set_xlabel("learning rate η, in steps")
    axes.set_ylabel("best on validation images, %")
    axes.grid(alpha=0.3)
    if found:
        axes.legend(fontsize="small", loc="best")


def _by_factors(axes: Any) -> None:
    """Make x logarithmic, with numbers that have room beside each other."""
    from matplotlib.ticker import LogLocator, NullFormatter  # noqa: PLC0415

    axes.set_xscale("log")
    low, high = axes.get_xlim()
    axes.xaxis.set_minor_formatter(NullFormatter())
    if high < _FEW * low:  # powers of ten would be too few
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter("{x:g}")


def _slice(axes: Any, plan: Plan, name: str, ended: Sequence[Outcome]) -> None:
    parameter, domain = plan.parameters[name], plan.domains[name]
    axes.set_title(name)
    if domain.values:
        values = list(domain.values)
        _scatter(axes, ended, [values.index(one.settings[name]) for one in ended])
        axes.set_xticks(range(len(values)), [str(value) for value in values])
        axes.set_xlim(-0.5, len(values) - 0.5)
        return
    _scatter(axes, ended, [one.settings[name] for one in ended])
    if parameter.log:
        _by_factors(axes)
