"""Several processes of this machine at one study."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import signal
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from numerist.errors import NumeristError
from numerist.threads import deaf_to_interrupts, one_thread_each

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess
    from pathlib import Path

_LOOK = 0.5  # seconds between looks at the processes
_PATIENCE = 10.0  # seconds for a process to end
_DEATHS = 3  # of processes one after the other, without a trial between them


@dataclass(frozen=True, slots=True)
class Task:
    """What a process needs to work at a study.

    Attributes:
        storage: a file or a URL.
        study: its name.
        wanted: how many trials there are to be in all.
        seconds: until no more trials begin; None for no such limit.
        engine: as `numerist.tuning.learners.learner` takes it.
        data_dir: where MNIST is.
    """

    storage: str
    study: str
    wanted: int
    seconds: float | None
    engine: str
    data_dir: Path | None


def run(task: Task, count: int, look: Callable[[], None], finished: Callable[[], int]) -> None:
    """Let processes work at a study until they are done.

    A process that dies is replaced, unless they die one after the other.

    Args:
        task: what each of them does.
        count: how many, at least 1.
        look: called again and again meanwhile.
        finished: tells how many trials have ended.

    Raises:
        NumeristError: whatever a process raised, or they die too often.
        KeyboardInterrupt: as soon as it comes; the processes are ended.
    """
    began = time.monotonic()
    workers: list[_Worker] = []
    deaths, before = 0, finished()
    try:
        while len(workers) < count:
            workers.append(_Worker(task))
        while workers:
            time.sleep(_LOOK)
            look()
            now = finished()
            deaths, before = (0, now) if now > before else (deaths, before)
            for worker in [worker for worker in workers if not worker.process.is_alive()]:
                workers.remove(worker)
                if worker.ended_well():
                    continue
                deaths += 1
                if deaths >= _DEATHS:
                    raise worker.death()
                workers.append(_Worker(_shorter(task, time.monotonic() - began)))
        look()
    finally:
        for worker in workers:
            worker.process.terminate()
        for worker in workers:
            worker.end()


def _shorter(task: Task, seconds: float) -> Task:
    """Return the task with the time that is left of it."""
    left = None if task.seconds is None else max(0.0, task.seconds - seconds)
    return dataclasses.replace(task, seconds=left)


class _Worker:
    """A process, and the pipe through which it says what went wrong."""

    def __init__(self, task: Task) -> None:
        context = multiprocessing.get_context("spawn")
        self._heard, said = context.Pipe(duplex=False)
        self.process: SpawnProcess = context.Process(target=_main, args=(task, said), daemon=True)
        with one_thread_each(), deaf_to_interrupts():
            self.process.start()
        said.close()

    def ended_well(self) -> bool:
        """Tell whether it did all it had to; raise what it raised."""
        self.process.join()
        try:
            if self._heard.poll():
                raise self._heard.recv()
        except EOFError:
            pass
        return self.process.exitcode == 0

    def death(self) -> NumeristError:
        return NumeristError(
            "processes of the search", "processes that live", f"{_DEATHS} deaths without a trial"
            f" between them, the last with status {self.process.exitcode}",
            "Memory may be short: try fewer --jobs, or fewer --hidden.",
        )  # fmt: skip

    def end(self) -> None:
        self.process.join(_PATIENCE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def _main(task: Task, said: Connection) -> None:
    """Work at a study, in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Windows hands nothing down
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        _work(task)
    except KeyboardInterrupt:
        raise SystemExit(1) from None
    except NumeristError as error:
        said.send(error)
        raise SystemExit(1) from None
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it is leaving; who waits too long kills it


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # its trial stays as it is, and is found by whoever goes on


def _work(task: Task) -> None:
    from numerist.data import load_mnist  # noqa: PLC0415
    from numerist.tuning import import_optuna  # noqa: PLC0415
    from numerist.tuning.learners import learner  # noqa: PLC0415
    from numerist.tuning.storage import errors_named, open_storage  # noqa: PLC0415
    from numerist.tuning.study import open_study  # noqa: PLC0415
    from numerist.tuning.trials import Objective  # noqa: PLC0415
    from numerist.tuning.work import work  # noqa: PLC0415

    until = None if task.seconds is None else time.monotonic() + task.seconds
    import_optuna("numerist tune")
    mnist = load_mnist(task.data_dir)
    with errors_named(task.storage):
        study, plan = open_study(open_storage(task.storage), task.study)
        learn = learner(plan, mnist.training, mnist.validation, task.engine)
        work(study, Objective(plan, learn, task.wanted), until)
