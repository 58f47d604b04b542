"""Row X4: how much faster than the chapter's way of computing the same can be."""
# ruff: noqa: PLC0415  (what a row needs loads when the row runs)

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from numerist.chapter.plain import PlainNetwork
from numerist.chapter.row import Result, Row, Scale
from numerist.chapter.training import count, images, ranged
from numerist.network import Network

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numerist.data import Dataset

SIZES = (784, 30, 10)
_MINI_BATCH, _ETA = 10, 3.0
_MUCH = 10.0  # times: less is not "much, much faster"
_AS_GOOD = 0.02  # of the images: so much the accuracies after an epoch may lie apart


@dataclass(frozen=True, slots=True)
class Race:
    """The same work done in several ways, in turns.

    Attributes:
        seconds: of an epoch, by way and round; the chapter's way first.
        right: of the judging images, by way and round.
    """

    seconds: Mapping[str, list[float]]
    right: Mapping[str, list[int]]

    def times_faster(self) -> dict[str, list[float]]:
        """Return how many times as fast as the chapter's each other way is, round by round.

        >>> Race({"plain": [4.0, 6.0], "quick": [2.0, 2.0]}, {}).times_faster()
        {'quick': [2.0, 3.0]}
        """
        (_, plain), *others = self.seconds.items()
        return {
            name: [slow / fast for slow, fast in zip(plain, found, strict=True)]
            for name, found in others
        }


def race(training: Dataset, judges: Dataset, rounds: int) -> Race:
    """Let each way learn an epoch from the same weights, in turns, and count what it has learned.

    The chapter's way is `numerist.chapter.plain`; the others are `Network` with its engines, the
    compiled one where it was built. The preparation of the data is not timed.

    Args:
        training: to learn from.
        judges: to count right answers on.
        rounds: how often; each with weights of its own.
    """
    from numerist import engine

    columns = [image[:, None].astype(np.float64) for image in training.rows]
    desired = np.eye(SIZES[-1])[training.labels][:, :, None]
    pairs = list(zip(columns, desired, strict=True))
    tests = list(zip((row[:, None] for row in judges.rows), judges.labels.tolist(), strict=True))
    engines = ["numpy", "compiled"] if engine.available() else ["numpy"]
    seconds: dict[str, list[float]] = {"plain": [], **{name: [] for name in engines}}
    right: dict[str, list[int]] = {name: [] for name in seconds}
    for seed in range(rounds):
        plain = PlainNetwork(*_begun(seed))
        start = perf_counter()
        plain.epoch(pairs, _MINI_BATCH, _ETA, seed)
        seconds["plain"].append(perf_counter() - start)
        right["plain"].append(plain.right(tests))
        for name in engines:
            net = Network(SIZES, seed=seed)
            start = perf_counter()
            net.SGD(training, 1, _MINI_BATCH, _ETA, engine=name, on_epoch=lambda *_: None)
            seconds[name].append(perf_counter() - start)
            right[name].append(net.evaluate(judges))
    return Race(seconds, right)


def _begun(seed: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return weights and biases that a Network of that seed begins with, in double precision."""
    net = Network(SIZES, seed=seed)
    return [w.astype(np.float64) for w in net.weights], [b.astype(np.float64) for b in net.biases]


def much_faster(found: Race, judged: int) -> bool:
    """Return whether some way is much faster than the chapter's, and learns as well.

    The median of the rounds counts: at least ten times the speed, and an accuracy at most two
    points lower after the epoch.

    Args:
        found: of the race.
        judged: how many images the right answers were counted on.

    >>> much_faster(Race({"plain": [9.0], "quick": [0.5]}, {"plain": [90], "quick": [89]}), 100)
    True
    >>> much_faster(Race({"plain": [9.0], "quick": [0.5]}, {"plain": [90], "quick": [10]}), 100)
    False
    """
    least = median(found.right["plain"]) - _AS_GOOD * judged
    return any(
        median(times) >= _MUCH and median(found.right[name]) >= least
        for name, times in found.times_faster().items()
    )


_NAMED = {"plain": "example by example", "numpy": "with matrices", "compiled": "compiled"}


def _run_x4(scale: Scale) -> Result:
    from numerist.chapter.figures import draw_bars

    data = images(scale)
    found = race(data.training, data.test, scale.choose(5, 1))
    times = found.times_faster()
    rounds = len(found.seconds["plain"])
    total = len(data.test)
    faster = ", ".join(
        f"{_NAMED[name]} {ranged(each, ',.1f')} times" for name, each in times.items()
    )
    right = ", ".join(
        f"{_NAMED[name]} {100 * median(each) / total:.1f} %" for name, each in found.right.items()
    )
    return Result(
        f"An epoch of {count(len(data.training))} images takes the chapter's way "
        f"{median(found.seconds['plain']):.3g} s. The same work is faster: {faster} "
        f"({rounds} {'rounds in turns' if rounds > 1 else 'round'}). Right after it: {right}.",
        None if scale.quick else much_faster(found, total),
        {"seconds": dict(found.seconds), "right": dict(found.right), "times_faster": times},
        [
            draw_bars(
                [_NAMED[name] for name in found.seconds],
                [median(each) for each in found.seconds.values()],
                label="seconds for an epoch",
                horizontal=True,
                alt="Seconds for an epoch: "
                + ", ".join(
                    f"{_NAMED[name]} {median(each):.3g}" for name, each in found.seconds.items()
                )
                + ".",
            )
        ],
    )


ROWS: tuple[Row, ...] = (
    Row(
        "X4",
        "Code for production",
        "A program that is to be read computes one example after the other. One that is to be used "
        "computes the same with whole matrices, or compiled, and is done while the other begins.",
        "These scripts are for understanding; production code would be much, much faster. There "
        "are no figures.",
        """\
import numerist
from numerist.chapter.rows.speed import race

training, validation, test = numerist.load_mnist()
found = race(training[:2000], validation[:500], rounds=3)
for name, times in found.times_faster().items():
    print(f"{name}: {sorted(times)[1]:.1f} times as fast as the chapter's way")
""",
        _run_x4,
        seconds=25,
    ),
)
