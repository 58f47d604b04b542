"""Work on many things in processes beside this one.

Results come in the order of the tasks, few tasks are in flight however many there are, and a
process that dies takes none but its own task with it.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
from collections import deque
from dataclasses import dataclass
from multiprocessing import connection
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from numerist.errors import NumeristError
from numerist.threads import deaf_to_interrupts, one_thread_each

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from multiprocessing.connection import Connection

Task = TypeVar("Task")
Result = TypeVar("Result")

IN_FLIGHT = 16  # tasks for each process: what waits behind a slow one
MOST_FALSE_STARTS = 3  # in a row; then it is not by chance
_PATIENCE = 5.0  # seconds for a process to end, and to tidy up; a busy disk takes its time
_DONE = object()


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_order(
    tasks: Iterable[Task],
    prepare: Callable[[], Callable[[Task], Result]],
    count: int,
    lost: Callable[[Task, str], Result],
) -> Generator[Result]:
    """Yield the result of each task, in the order of the tasks.

    The processes leave Ctrl-C to this one, compute on one thread each, and are over when the
    generator is closed. Close it, if you may leave it before its end (`contextlib.closing`).

    Args:
        tasks: what to work on; taken one by one, as processes become free. Can be pickled.
        prepare: called once in each process; returns the function that does the work. Can be
            pickled.
        count: processes at most; each is started when there is something for it to do.
        lost: gives the result of a task whose process died, from the task and how it died.

    Raises:
        NumeristError: processes can't be started; whatever `prepare` raises; whatever the work
            raises, when its turn has come.
    """
    tasks = iter(tasks)
    crew = _Crew(prepare, count, lost)
    slots: deque[_Slot[Task, Result]] = deque()
    try:
        while True:
            while crew.free and len(slots) < IN_FLIGHT * count:
                task: Any = next(tasks, _DONE)
                if task is _DONE:
                    break
                slots.append(_Slot(task))
                crew.begin(slots[-1])
            if not slots:
                return
            if not slots[0].done:
                crew.wait()
            elif slots[0].failed:
                raise slots[0].result
            else:
                yield slots.popleft().result
    finally:
        crew.end()


@dataclass(slots=True)
class _Slot(Generic[Task, Result]):
    """A task, and the place where its result will stand."""

    task: Any  # a Task; None once it is done
    result: Any = None
    done: bool = False
    failed: bool = False

    def fill(self, result: Result | NumeristError, *, failed: bool = False) -> None:
        """Note the result, or the error that there is instead."""
        self.result, self.done, self.failed = result, True, failed
        self.task = None  # it may be large, and its turn may be far


class _Crew(Generic[Task, Result]):
    """The processes, of which some work and some wait."""

    def __init__(
        self,
        prepare: Callable[[], Callable[[Task], Result]],
        count: int,
        lost: Callable[[Task, str], Result],
    ) -> None:
        self._prepare, self._count, self._lost = prepare, count, lost
        self._idle: list[_Worker] = []
        self._busy: dict[Connection, tuple[_Worker, _Slot[Task, Result]]] = {}
        self._false_starts = 0

    @property
    def free(self) -> bool:
        return len(self._busy) < self._count

    def begin(self, slot: _Slot[Task, Result]) -> None:
        """Let a free process begin with a task."""
        while self._idle:
            worker = self._idle.pop()
            if worker.give(slot.task):
                self._busy[worker.connection] = worker, slot
                return
            worker.end()  # it died while it had nothing to do
        worker = _Worker(self._prepare)
        self._busy[worker.connection] = worker, slot
        worker.give(slot.task)  # if that fails, `wait` will find out

    def wait(self) -> None:
        """Wait until a process has something to say, and note it."""
        for ready in connection.wait(list(self._busy)):
            worker, slot = self._busy[ready]  # type: ignore[index]
            try:
                good, result = worker.connection.recv()
            except (EOFError, OSError):
                del self._busy[worker.connection]
                self._mourn(worker, slot)
                continue
            if not worker.prepared:
                if not good:
                    raise result
                worker.prepared, self._false_starts = True, 0
                continue
            del self._busy[worker.connection]
            self._idle.append(worker)
            slot.fill(result, failed=not good)

    def _mourn(self, worker: _Worker, slot: _Slot[Task, Result]) -> None:
        """Note that a process died; the task is at fault, unless it was not begun."""
        how = worker.end()
        if worker.prepared:
            slot.fill(self._lost(slot.task, how))
            return
        self._false_starts += 1
        if self._false_starts == MOST_FALSE_STARTS:
            raise NumeristError(
                "worker processes", "processes that start", f"{how}, again and again",
                "Free memory, or read one file at a time.",
            )  # fmt: skip
        self.begin(slot)

    def end(self) -> None:
        for worker in [*self._idle, *(worker for worker, _ in self._busy.values())]:
            worker.end()


class _Worker:
    """One process, and the line to it."""

    def __init__(self, prepare: Callable[[], Callable[[Any], Any]]) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.prepared = False
        self._process = context.Process(target=_serve, args=(theirs, prepare), daemon=True)
        with deaf_to_interrupts(), one_thread_each():
            self._process.start()
        theirs.close()  # so that the line breaks when the process ends

    def give(self, task: Any) -> bool:
        """Send a task, and say whether that worked."""
        try:
            self.connection.send(task)
        except OSError:
            return False
        return True

    def end(self) -> str:
        """End the process, if it is not over yet, and say how it ended."""
        self.connection.close()
        self._process.terminate()  # of no effect on one that is dying already
        self._process.join(_PATIENCE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        code = self._process.exitcode or 0
        return f"killed by signal {-code}" if code < 0 else f"ended with status {code}"


def _serve(line: Connection, prepare: Callable[[], Callable[[Any], Any]]) -> None:
    """Work in a process of its own, until the line breaks or it is told to end; then tidy up.

    While it prepares there is nothing to tidy up, and it just ends: libraries that are being loaded
    take an exit for an error of their own, and say so.
    """
    try:
        _work(line, prepare)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it is leaving; who waits too long kills it


def _work(line: Connection, prepare: Callable[[], Callable[[Any], Any]]) -> None:
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            work = prepare()
        except NumeristError as error:
            line.send((False, error))
            return
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        line.send((True, None))
        while True:
            task = line.recv()
            try:
                answer = True, work(task)
            except NumeristError as error:
                answer = False, error
            line.send(answer)
