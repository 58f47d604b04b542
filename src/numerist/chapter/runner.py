"""Running rows side by side, one process a core, the longest first."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import signal
import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TYPE_CHECKING

from numerist.chapter import book
from numerist.chapter.shelf import Kept, Shelf
from numerist.errors import NumeristError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.process import BaseProcess
    from pathlib import Path
    from typing import TypeAlias

    from numerist.chapter.row import Row, Scale

    _Measure: TypeAlias = Callable[[str, Scale], Kept]
    _Submit: TypeAlias = Callable[[_Measure, str, Scale], Future[Kept]]

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


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
    start = time.perf_counter()
    result = book.rows()[row_id].run(scale)
    return Kept(result, time.perf_counter() - start)


def run(
    rows: Sequence[Row], scale: Scale, folder: Path, jobs: int, how: _Measure = measure
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
    waiting.sort(key=lambda row: -row.seconds)
    with _one_thread_each(), _workers(jobs) as submit:
        futures = {submit(how, row.id, scale): row for row in waiting}
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
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(1, context, _live_and_die_with_the_parent)
        try:
            return self._pool.submit(how, row_id, scale).result()
        except BrokenProcessPool:
            self._pool = None
            raise


@contextlib.contextmanager
def _workers(count: int) -> Iterator[_Submit]:
    """Give a function that hands a row to the next free worker; end all of them on leaving."""
    others = set(multiprocessing.active_children())
    free: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
    for _ in range(count):
        free.put(_Worker())

    def on_a_free_worker(how: _Measure, row_id: str, scale: Scale) -> Kept:
        worker = free.get()
        try:
            return worker.measure(how, row_id, scale)
        finally:
            free.put(worker)

    threads = ThreadPoolExecutor(count)
    try:
        yield lambda how, row_id, scale: threads.submit(on_a_free_worker, how, row_id, scale)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        ours = set(multiprocessing.active_children()) - others
        for process in ours:
            process.terminate()
        for process in ours:
            process.join()
        threads.shutdown()


def _live_and_die_with_the_parent() -> None:
    """Leave Ctrl-C to the parent; end with it, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


@contextlib.contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let processes started inside compute on one thread, so that they do not fight for cores."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
