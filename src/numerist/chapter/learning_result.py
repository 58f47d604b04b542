"""The end that rows about learning have in common: the counts by epoch, and their curves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numerist.chapter.row import Result
from numerist.chapter.training import seeds_named, share_spread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numerist.chapter.figures import Picture
    from numerist.chapter.training import Run


def learning_result(
    measured: str,
    agrees: bool | None,
    right: Mapping[str, Sequence[Sequence[int]]],
    total: int,
    *,
    numbers: Mapping[str, Any] | None = None,
    pictures: Sequence[Picture] = (),
    judges: str = "test",
    references: Mapping[str, float] | None = None,
) -> Result:
    """Return a result with the curves of accuracy by epoch as its first picture.

    Args:
        measured: as in `Result`.
        agrees: as in `Result`.
        right: for each kind of network, and for each seed from 0 on, images right by epoch.
        total: of how many.
        numbers: what else was measured; `right` and `total` are added.
        pictures: what else there is to look at.
        judges: the images that were read: "test" or "validation".
        references: name → accuracy to compare with.

    >>> result = learning_result("It learns.", True, {"η = 3": [[90, 95], [91, 93]]}, total=100)
    >>> result.pictures[0].alt
    'Accuracy by epoch, seeds 0 to 1. At the end: η = 3 93.0 … 95.0 % (median 94.0 %).'
    """
    from numerist.chapter.figures import draw_learning_curves  # noqa: PLC0415  (Matplotlib)

    shares = {
        name: [[count / total for count in run] for run in of_name]
        for name, of_name in right.items()
    }
    ends = "; ".join(
        f"{name} {share_spread([run[-1] for run in of_name])}" for name, of_name in shares.items()
    )
    seeds = seeds_named(max(map(len, right.values())))
    curves = draw_learning_curves(
        shares,
        ylabel=f"accuracy on the {judges} images",
        references=references,
        alt=f"Accuracy by epoch, {seeds}. At the end: {ends}.",
    )
    everything = {"right": right, "total": total, **(numbers or {})}
    return Result(measured, agrees, everything, [curves, *pictures])


def by_epoch(runs: Sequence[Run]) -> list[list[int]]:
    """Return for each run how many images it got right after each epoch."""
    return [run.right for run in runs]
