"""The processes that open and read pictures, and can be ended when one takes too long.

Threads can't be ended, and the pools of the standard library end none of their processes over a
single task. So each process is a program of its own (`worker`), asked over a pipe, and killed with
all that it has started when its time is over; another takes its place.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from starlette.requests import ClientDisconnect

from numerist.errors import NumeristError
from numerist.service.frames import packed, receive_frame
from numerist.service.problems import Problem, busy, out_of_time
from numerist.threads import one_thread_each

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from numerist.service.frames import Frame
    from numerist.service.metrics import Metrics
    from numerist.service.settings import Settings

_PATIENCE = 120.0  # seconds for a process to start, on a machine that has a lot to do
_PAUSE = 1.0  # seconds before the next try, when one could not be started


class Crew:
    """Processes, of which each works on one thing at a time.

    Args:
        settings: the limits, and the model.
        metrics: what is counted.
    """

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings, self._metrics = settings, metrics
        self._free: asyncio.Queue[_Worker] = asyncio.Queue()
        self._all: set[_Worker] = set()
        self._starting: set[asyncio.Task[None]] = set()
        self._asked = 0

    @property
    def ready(self) -> bool:
        """Whether any process is there."""
        return bool(self._all)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Have the processes while inside.

        Raises:
            NumeristError: they can't be started.
        """
        try:
            started = [self._start() for _ in range(self._settings.processes)]
            await asyncio.gather(*started)
            yield
        finally:
            for task in self._starting:
                task.cancel()
            await asyncio.gather(*self._starting, return_exceptions=True)
            for worker in self._all:
                await worker.end()

    def refuse_when_full(self) -> None:
        """Raise `Problem` when too many wait already."""
        if self._asked >= self._settings.queue + self._settings.processes:
            raise busy("queue", f"at most {self._settings.queue} pictures that wait", "more")

    async def ask(
        self,
        head: dict[str, Any],
        body: bytes,
        deadline: float,
        is_gone: Callable[[], Awaitable[bool]],
    ) -> bytes:
        """Return the body of what a process answers.

        Args:
            head: what to do, as `worker` takes it.
            body: what to do it with.
            deadline: when the answer has to be there, by the clock of the event loop.
            is_gone: tells, when its turn comes, whether nobody waits for the answer any more.

        Raises:
            Problem: too many wait; the time is over; the answer is a refusal; the process died.
            ClientDisconnect: nobody waits.
        """
        self.refuse_when_full()
        self._asked += 1
        gauge = self._metrics.under_way.labels("pictures")
        gauge.set(self._asked)
        try:
            await is_gone()  # or a server that has paused reading does not learn it meanwhile
            worker = await self._next(deadline)
            if await is_gone():
                self._free.put_nowait(worker)
                raise ClientDisconnect
            answer, result = await self._answer(worker, head, body, deadline)
        finally:
            self._asked -= 1
            gauge.set(self._asked)
        if answer["status"] != 200:  # noqa: PLR2004
            raise Problem(**answer)
        return result

    async def _next(self, deadline: float) -> _Worker:
        """Return a process that is free, and not one that died meanwhile."""
        try:
            async with asyncio.timeout_at(deadline):
                while not (worker := await self._free.get()).alive:
                    self._metrics.lost.labels("died").inc()
                    self._replace(worker)
                return worker
        except TimeoutError as error:
            raise out_of_time(self._settings.seconds, "many before it") from error

    async def _answer(
        self, worker: _Worker, head: dict[str, Any], body: bytes, deadline: float
    ) -> Frame:
        """Return what a process answers; whatever goes wrong, there is a free one afterwards."""
        seconds = max(deadline - asyncio.get_running_loop().time(), 0.0)
        why = "cancelled"
        try:
            async with asyncio.timeout_at(deadline):
                answer = await worker.ask({**head, "seconds": seconds}, body)
            why = ""
        except TimeoutError as error:
            why = "out_of_time"
            raise out_of_time(self._settings.seconds, "one that takes longer") from error
        except (asyncio.IncompleteReadError, OSError) as error:
            why = "died"
            raise Problem(
                503, "lost", place="picture", expected="one that can be read",
                found="that the process which read it ended",
                cure="Memory may be short: send a smaller picture.",
            ) from error  # fmt: skip
        finally:
            if why:
                self._metrics.lost.labels(why).inc()
                self._replace(worker)
            else:
                self._free.put_nowait(worker)
        return answer

    def _replace(self, worker: _Worker) -> None:
        """Kill a process, and let another one take its place."""
        self._all.discard(worker)
        worker.kill()
        task = asyncio.create_task(self._restart(worker))
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _restart(self, worker: _Worker) -> None:
        await worker.end()
        while True:
            with contextlib.suppress(NumeristError):
                await self._start()
                return
            await asyncio.sleep(_PAUSE)

    async def _start(self) -> None:
        """Start a process.

        Raises:
            NumeristError: it does not start.
        """
        worker = await _Worker.started(self._settings)
        self._all.add(worker)
        self._free.put_nowait(worker)


class _Worker:
    """One process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def started(cls, settings: Settings) -> _Worker:
        """Start one, and wait until it is ready."""
        model = os.fspath(settings.model) if settings.model is not None else None
        limits = {
            "model": model,
            "pixels": settings.pixels,
            "pages": settings.pages,
            "images": settings.images,
        }
        with one_thread_each():
            environment = dict(os.environ)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "numerist.service.worker", json.dumps(limits)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment,
            start_new_session=True,  # with its children it can be killed in one go
        )
        worker = cls(process)
        try:
            async with asyncio.timeout(_PATIENCE):
                answer, _ = await worker._received()
        except (asyncio.IncompleteReadError, OSError, TimeoutError) as error:
            await worker.end()
            raise NumeristError(
                "processes that read pictures", "ones that start", "one that did not",
                "Free memory, or start fewer: --workers 1.",
            ) from error  # fmt: skip
        except BaseException:
            worker.kill()
            raise
        if answer["status"] != 200:  # noqa: PLR2004
            await worker.end()
            raise NumeristError(*(answer[part] for part in ("place", "expected", "found", "cure")))
        return worker

    @property
    def alive(self) -> bool:
        """Whether it is there, as far as is known."""
        return self._process.returncode is None

    async def ask(self, head: dict[str, Any], body: bytes) -> Frame:
        """Return its answer; it takes what it has no time for, as it has one thing at a time."""
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101  (a pipe was asked for)
        stdin.writelines(packed(head, body))
        await stdin.drain()
        return await self._received()

    async def _received(self) -> Frame:
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101  (a pipe was asked for)
        return await receive_frame(stdout)

    def kill(self) -> None:
        """Kill it, and what it has started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    async def end(self) -> None:
        """Kill it, unless it is over, and wait for its end."""
        if self.alive:
            self.kill()
        await self._process.wait()
