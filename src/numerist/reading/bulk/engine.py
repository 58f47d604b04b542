"""The engine that is always there: chunks in processes of this machine.

Another engine has to do the same: give each chunk to `read_chunk`, and yield what comes of the
chunks in their order.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from numerist.reading.bulk.chunks import Lost, one_by_one
from numerist.reading.workers import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from numerist.reading.bulk.chunks import Chunk, Part


def on_processes(
    chunks: Iterable[Chunk],
    begin: Callable[[], Callable[[Chunk], Part]],
    count: int,
    failed: Callable[[Lost], Part],
) -> Generator[Part]:
    """Yield what comes of chunks, in their order.

    Where a process dies, the inputs of its chunk are read again, each on its own, so that only the
    one at fault is lost.

    Args:
        chunks: taken one by one, as processes become free.
        begin: called once in each process; returns the function that does the work.
        count: processes at most.
        failed: makes a part of a chunk of one input whose process died.

    Raises:
        NumeristError: as `numerist.reading.workers.in_order`.
    """
    results: Generator[Part | Lost] = in_order(chunks, begin, count, Lost)
    with contextlib.closing(results):
        for result in results:
            if not isinstance(result, Lost):
                yield result
            elif len(result.chunk.sources) == 1:
                yield failed(result)
            else:
                yield from on_processes(one_by_one(result.chunk), begin, 1, failed)
