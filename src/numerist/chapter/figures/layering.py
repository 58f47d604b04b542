"""Layout of a network drawn in layers, after Sugiyama: few crossings, straight lines.

A line that skips layers passes each of them at a waypoint; lines from one unit share theirs, as a
wire does that splits. Units and waypoints of a layer are first brought into an order with few
crossings, by sweeps that sort each layer by where its neighbours are, then moved towards their
neighbours as far as the distance between them allows.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numerist.neurons.activations import Array

Slot: TypeAlias = tuple[str, int]  # a unit, or a waypoint of its lines, and the layer
_SWEEPS = 24


@dataclass(frozen=True, slots=True)
class Layout:
    """Where units and waypoints stand across the layers.

    Attributes:
        across: position of each, in slots; neighbours in a layer are at least 1 apart.
        extent: the number of slots from the first position, 0, to the last, plus 1.
    """

    across: dict[Slot, float]
    extent: float


def route(source: str, target: str, layer: Mapping[str, int]) -> list[Slot]:
    """Return what a line passes: its source, a waypoint in each layer it skips, its target.

    >>> route("a", "d", {"a": 0, "d": 3})
    [('a', 0), ('a', 1), ('a', 2), ('d', 3)]
    """
    passed = [(source, at) for at in range(layer[source], layer[target])]
    return [*passed, (target, layer[target])]


def lay_out(
    layer: Mapping[str, int], lines: Sequence[tuple[str, str]], *, keep_first: bool
) -> Layout:
    """Return the layout of units in given layers.

    Args:
        layer: unit → number of its layer, in the order they would have by themselves.
        lines: (source, target); the target stands in a later layer.
        keep_first: leave the order of the first layer as it is.

    >>> found = lay_out({"a": 0, "b": 0, "c": 1}, [("a", "c"), ("b", "c")], keep_first=True)
    >>> found.across["c", 1], found.extent
    (0.5, 2.0)
    """
    hops = sorted({hop for line in lines for hop in pairwise(route(*line, layer))})
    rows: list[list[Slot]] = [[] for _ in range(max(layer.values()) + 1)]
    for unit, at in layer.items():
        rows[at].append((unit, at))
    for hop in hops:
        for slot in hop:
            if slot not in rows[slot[1]]:
                rows[slot[1]].append(slot)
    rows = _untangled(rows, hops, keep_first=keep_first)
    return _spaced(rows, hops)


def crossings(rows: Sequence[Sequence[Slot]], hops: Sequence[tuple[Slot, Slot]]) -> int:
    """Count the crossings of lines between neighbouring layers.

    >>> rows = [[("a", 0), ("b", 0)], [("c", 1), ("d", 1)]]
    >>> crossings(rows, [(("a", 0), ("d", 1)), (("b", 0), ("c", 1))])
    1
    """
    place = {slot: at for row in rows for at, slot in enumerate(row)}
    total = 0
    for level in range(len(rows)):
        ends = [(place[a], place[b]) for a, b in hops if a[1] == level]
        start, stop = np.array(ends, dtype=np.int64).reshape(-1, 2).T
        before = np.sign(start[:, np.newaxis] - start)
        behind = np.sign(stop[:, np.newaxis] - stop)
        total += int((before * behind < 0).sum()) // 2
    return total


def _neighbours(hops: Sequence[tuple[Slot, Slot]]) -> tuple[dict[Slot, list[Slot]], ...]:
    """Return for each slot those one layer before and those one layer behind."""
    before: dict[Slot, list[Slot]] = {}
    behind: dict[Slot, list[Slot]] = {}
    for a, b in hops:
        behind.setdefault(a, []).append(b)
        before.setdefault(b, []).append(a)
    return before, behind


def _untangled(
    rows: list[list[Slot]], hops: Sequence[tuple[Slot, Slot]], *, keep_first: bool
) -> list[list[Slot]]:
    before, behind = _neighbours(hops)
    best, fewest = rows, crossings(rows, hops)
    rows = [list(row) for row in rows]
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        levels = range(1, len(rows)) if down else range(len(rows) - 2, keep_first - 1, -1)
        for level in levels:
            other = rows[level - 1 if down else level + 1]
            place = {slot: float(at) for at, slot in enumerate(other)}
            near = before if down else behind
            own = {slot: float(at) for at, slot in enumerate(rows[level])}
            share = max(1, len(other) - 1) / max(1, len(own) - 1)
            rows[level].sort(
                key=lambda slot, near=near, place=place, own=own, share=share: (  # type: ignore[misc]
                    float(np.mean([place[n] for n in near[slot]]))
                    if slot in near
                    else own[slot] * share
                )
            )
        found = crossings(rows, hops)
        if found < fewest:
            best, fewest = [list(row) for row in rows], found
    return best


def _spaced(rows: list[list[Slot]], hops: Sequence[tuple[Slot, Slot]]) -> Layout:
    before, behind = _neighbours(hops)
    widest = max(len(row) for row in rows)
    across = {slot: at + (widest - len(row)) / 2 for row in rows for at, slot in enumerate(row)}
    for sweep in range(_SWEEPS):
        order = rows if sweep % 2 == 0 else rows[::-1]
        for row in order:
            wish = np.array(
                [
                    np.mean(
                        [across[n] for n in before.get(slot, []) + behind.get(slot, [])]
                        or [across[slot]]
                    )
                    for slot in row
                ]
            )
            wish = np.clip(apart(wish), 0, None)
            # Keep all inside the widest layer's extent, without coming closer to each other.
            limit = widest - 1 - np.arange(len(row))[::-1]
            across.update(zip(row, np.minimum(wish, limit).tolist(), strict=True))
            across.update(
                zip(row, np.maximum([across[s] for s in row], np.arange(len(row))), strict=True)
            )
    low = min(across.values())
    across = {slot: float(at - low) for slot, at in across.items()}
    return Layout(across, max(across.values()) + 1)


def apart(wish: Array) -> Array:
    """Return places at least 1 apart, in order, as near to the wishes as can be (least squares).

    Less a staircase of ones, such places need only not fall; the nearest sequence that does not
    fall comes from pooling neighbours that do.

    >>> apart(np.array([1.0, 1.0, 5.0]))
    array([0.5, 1.5, 5. ])
    """
    stairs = np.arange(len(wish))
    pools: list[tuple[float, int]] = []
    for value in (wish - stairs).tolist():
        mean, count = value, 1
        while pools and pools[-1][0] > mean:
            other, more = pools.pop()
            mean = (mean * count + other * more) / (count + more)
            count += more
        pools.append((mean, count))
    level = np.concatenate([np.full(count, mean) for mean, count in pools])
    placed: Array = level + stairs
    return placed
