"""Digits that arrive together are recognised together.

A network takes less time for each image of many than for one alone. So while every core runs it for
some, the others gather, and go in together when one is free. Nobody waits for more to come: with
nothing to do, a request is served at once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.reading.workers import cores
from numerist.service.problems import busy, out_of_time

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from numerist.service.metrics import Metrics
    from numerist.service.settings import Settings

Array: TypeAlias = npt.NDArray[Any]
Judged: TypeAlias = tuple[Array, ...]

MOST = 16
"""Images in one run, unless a single request has more.

With more, an image takes hardly less, and the other stages of the service stand still for longer.
"""


@dataclass(slots=True, eq=False)
class _Waiting:
    images: Array
    result: asyncio.Future[Judged]


class Batcher:
    """Judges images of many requests, in threads beside the event loop.

    Args:
        judge: from images (n, 28, 28) to arrays, each with n entries; as `Model.judge`.
        settings: the limits.
        metrics: what is counted.
        threads: runs at once; one for each core if None. `judge` computes in one thread.
    """

    def __init__(
        self,
        judge: Callable[[Array], Judged],
        settings: Settings,
        metrics: Metrics,
        threads: int | None = None,
    ) -> None:
        self._threads = threads or cores()
        self._judge, self._settings, self._metrics = judge, settings, metrics
        self._waiting: deque[_Waiting] = deque()
        self._images = 0  # that wait
        self._some = asyncio.Event()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work while inside."""
        with ThreadPoolExecutor(self._threads, "digits") as threads:
            tasks = [asyncio.create_task(self._work(threads)) for _ in range(self._threads)]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def judge(self, images: Array, deadline: float) -> Judged:
        """Return what `judge` says of these images.

        Args:
            images: float32 (n, 28, 28).
            deadline: until when it has to be there, by the clock of the event loop.

        Raises:
            Problem: too many wait already, or the time is over.
        """
        if self._waiting and self._images + len(images) > self._settings.queue_images:
            raise busy("queue", f"at most {self._settings.queue_images} images", "more")
        entry = _Waiting(images, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        self._images += len(images)
        self._some.set()
        try:
            async with asyncio.timeout_at(deadline):
                return await entry.result
        except TimeoutError as error:
            raise out_of_time(self._settings.seconds, "many before it") from error

    async def _work(self, threads: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._some.wait()
            await asyncio.sleep(0)  # lets in what has arrived already
            batch = self._next()
            if not batch:
                continue
            images = np.concatenate([entry.images for entry in batch])
            self._metrics.batches.observe(len(images))
            try:
                found = await loop.run_in_executor(threads, self._judge, images)
            except Exception as error:  # noqa: BLE001  (whatever it is, it belongs to who asked)
                self._fail(batch, error)
                continue
            _hand_out(batch, found)

    def _next(self) -> list[_Waiting]:
        """Return who is served next: who came first, and nobody who has given up."""
        batch: list[_Waiting] = []
        size = 0
        while self._waiting and (not batch or size + len(self._waiting[0].images) <= MOST):
            entry = self._waiting.popleft()
            self._images -= len(entry.images)
            if not entry.result.done():
                batch.append(entry)
                size += len(entry.images)
        if not self._waiting:
            self._some.clear()
        return batch

    def _fail(self, batch: list[_Waiting], error: Exception) -> None:
        for entry in batch:
            if not entry.result.done():
                entry.result.set_exception(error)


def _hand_out(batch: list[_Waiting], found: Judged) -> None:
    """Give each request its part."""
    start = 0
    for entry in batch:
        end = start + len(entry.images)
        if not entry.result.done():
            entry.result.set_result(tuple(part[start:end] for part in found))
        start = end
