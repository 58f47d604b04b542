"""The same work for several inputs, in processes side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from numerist.chapter.processes import companions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    A = TypeVar("A")

T = TypeVar("T")


def side_by_side(work: Callable[[A], T], inputs: Sequence[A], processes: int) -> list[T]:
    """Return what `work` returns for each input, in their order.

    Args:
        work: a function of a module, so that other processes find it.
        inputs: the longest work first, so that no process is left with it in the end.
        processes: 1 for one input after the other in this process.

    >>> side_by_side(abs, [-1, 2], processes=1)
    [1, 2]
    """
    if processes == 1:
        return [work(one) for one in inputs]
    with companions(processes) as pool:
        return list(pool.map(work, inputs))
