"""Running rows side by side, one process a core, the longest first."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import threading
import time
from concurrent.futures import (
    CancelledError,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    as_completed,
)
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TYPE_CHECKING

from numerist.chapter import book
from numerist.chapter.processes import companions
from numerist.chapter.shelf import Kept, Shelf
from numerist.errors import NumeristError
from numerist.threads import one_thread_each

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.process import BaseProcess
    from pathlib import Path
    from typing import TypeAlias

    from numerist.chapter.row import Row, Scale

    _Measure: TypeAlias = Callable[[str, Scale], Kept]
    _Begun: TypeAlias = Callable[[str], None]
    _Submit: TypeAlias = Callable[[Row], Future[Kept]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row.

    Attributes:
        row: the row.
        kept: its result; None if it failed.
        failure: why it failed; None if it did not.
        fresh: whether it was measured now, not found on the shelf.
    """

    row: Row
    kept: Kept | None
    failure: str | None
    fresh: bool


def measure(row_id: str, scale: Scale) -> Kept:
    """Run one row here and now."""
    start, processor = time.perf_counter(), _processor_time()
    result = book.rows()[row_id].run(scale)
    return Kept(result, time.perf_counter() - start, _processor_time() - processor)


def _processor_time() -> float:
    """Return the seconds that this process has computed, and processes that it started and ended.

    The latter are counted where the system tells them, which Windows does not.
    """
    return sum(os.times()[:4])


def expected(rows: Sequence[Row], scale: Scale, folder: Path) -> dict[str, float]:
    """Return how many seconds each row will take, by its id; rows on the shelf are left out.

    As many as last time, if the shelf knows that, else as many as the row says.

    Raises:
        WriteError: the folder of the shelf can't be made.
    """
    shelf = Shelf(folder, scale)
    waiting = [row for row in rows if shelf.get(row.id) is None]
    known = {row.id: shelf.seconds(row.id) for row in waiting}
    return {
        row.id: row.expected(scale) if (seconds := known[row.id]) is None else seconds
        for row in waiting
    }


def run(
    rows: Sequence[Row],
    scale: Scale,
    folder: Path,
    jobs: int,
    how: _Measure = measure,
    *,
    begun: _Begun | None = None,
) -> Iterator[Outcome]:
    """Run rows and yield what becomes of each, as soon as it is known.

    Results on the shelf are yielded first, without being measured again. A row that fails, even by
    killing its process, takes no other with it. When the caller stops (Ctrl-C), finished rows stay
    on the shelf and nothing goes on in the background.

    Args:
        rows: what to run.
        scale: at which scale.
        folder: of the shelf.
        jobs: processes at once; each computes on one thread.
        how: measures one row, in a process of its own.
        begun: called with the id of each row that begins, from another thread.

    Raises:
        WriteError: a result can't be kept.
    """
    shelf = Shelf(folder, scale)
    waiting: list[Row] = []
    for row in rows:
        kept = shelf.get(row.id)
        if kept is None:
            waiting.append(row)
        else:
            yield Outcome(row, kept, None, fresh=False)
    lengths = expected(waiting, scale, folder)
    waiting.sort(key=lambda row: -lengths[row.id])
    with one_thread_each(), _workers(jobs, how, scale, begun) as submit:
        futures = {submit(row): row for row in waiting}
        for future in as_completed(futures):
            yield _outcome(futures[future], future, shelf)


def _outcome(row: Row, future: Future[Kept], shelf: Shelf) -> Outcome:
    error = future.exception()
    if error is None:
        shelf.put(row.id, future.result())
        return Outcome(row, future.result(), None, fresh=True)
    if isinstance(error, BrokenProcessPool):
        return Outcome(row, None, "its process died", fresh=True)
    reason = str(error) if isinstance(error, NumeristError) else f"{type(error).__name__}: {error}"
    return Outcome(row, None, reason, fresh=True)


class _Worker:
    """One process that measures rows, one after the other; replaced when it dies."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    def measure(self, how: _Measure, row_id: str, scale: Scale) -> Kept:
        if self._pool is None:
            self._pool = companions(1)
        try:
            return self._pool.submit(how, row_id, scale).result()
        except BrokenProcessPool:
            self._pool = None
            raise


@contextlib.contextmanager
def _workers(count: int, how: _Measure, scale: Scale, begun: _Begun | None) -> Iterator[_Submit]:
    """Give a function that hands a row to the next free worker; end all of them on leaving.

    A row of several processes waits for that many workers and holds all of them, idle but for one,
    so that no more processes compute than there are workers.
    """
    others = set(multiprocessing.active_children())
    free: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
    taking = threading.Lock()  # two rows that each hold some and wait for more would wait for ever
    stopping = threading.Event()
    for _ in range(count):
        free.put(_Worker())

    def on_free_workers(row: Row) -> Kept:
        with taking:
            needed = 1 if scale.quick else min(row.processes, count)
            workers = [free.get() for _ in range(needed)]
        try:
            if stopping.is_set():
                raise CancelledError
            if begun is not None:
                begun(row.id)
            return workers[0].measure(how, row.id, scale)
        finally:
            for worker in workers:
                free.put(worker)

    threads = ThreadPoolExecutor(count)
    given: list[Future[Kept]] = []

    def submit(row: Row) -> Future[Kept]:
        given.append(threads.submit(on_free_workers, row))
        return given[-1]

    try:
        yield submit
    finally:
        stopping.set()
        threads.shutdown(wait=False, cancel_futures=True)
        while not all(future.done() for future in given):  # one may be starting its process
            _end(set(multiprocessing.active_children()) - others)
        _end(set(multiprocessing.active_children()) - others)  # those that wait for work


def _end(processes: set[BaseProcess]) -> None:
    """End processes, and wait until they are over."""
    for process in processes:
        process.terminate()
    for process in processes:
        while process.is_alive():  # another thread may wait for it, too, and be told first
            process.join(0.05)
    time.sleep(0.01)
