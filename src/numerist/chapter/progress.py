"""How far a run of rows is, and how long it will still take."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TAIL = 0.1  # a row that takes longer than expected is thought to need this share of its time more
_LEAST_SEEN = 2.0  # seconds of finished rows, before their pace says something
_PACES = 0.1, 10.0  # no machine is thought to be slower or quicker than expected by more


class Progress:
    """Knows what each row is expected to take, which ones run, and which are over.

    It moves while rows run, not only when they end. Rows begin in one thread and end in another.

    Args:
        expected: seconds by row, of all that are to be run.
        jobs: rows at once.
        clock: seconds that never go back.

    >>> clock = iter([0, 0, 30, 30, 40, 40]).__next__
    >>> progress = Progress({"E1": 40.0, "E2": 60.0}, jobs=1, clock=clock)
    >>> progress.begin("E1")
    >>> progress.left()  # 10 s of E1, after 30, and 60 s of E2
    70.0
    >>> progress.end("E1", seconds=30.0)  # a quick machine: three quarters of what was expected
    >>> progress.left()
    45.0
    """

    def __init__(
        self,
        expected: Mapping[str, float],
        jobs: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._waiting = dict(expected)
        self._expected = dict(expected)
        self._running: dict[str, float] = {}
        self._jobs = jobs
        self._clock = clock
        self._start = clock()
        self._seen = self._foreseen = 0.0
        self._share = 0.0
        self._lock = threading.Lock()

    def begin(self, row_id: str) -> None:
        """Note that a row begins."""
        with self._lock:
            self._waiting.pop(row_id, None)
            self._running[row_id] = self._clock()

    def end(self, row_id: str, seconds: float | None) -> None:
        """Note that a row is over, and how long it took; None if it failed."""
        with self._lock:
            self._waiting.pop(row_id, None)
            self._running.pop(row_id, None)
            if seconds is not None and row_id in self._expected:
                self._seen += seconds
                self._foreseen += self._expected[row_id]

    def left(self) -> float:
        """Return about how many seconds it will take from now on."""
        with self._lock:
            return self._left(self._clock())

    def share(self) -> float:
        """Return the share of the time that is over, 0 to 1; it never goes back."""
        with self._lock:
            now = self._clock()
            gone, left = now - self._start, self._left(now)
            self._share = max(self._share, gone / (gone + left) if gone > 0 else 0.0)
            return self._share

    def _left(self, now: float) -> float:
        pace = self._pace()
        rows = [pace * seconds for seconds in self._waiting.values()]
        for row_id, begin in self._running.items():
            ran = now - begin
            rows.append(max(pace * self._expected.get(row_id, 0.0) - ran, _TAIL * ran))
        return max(sum(rows) / self._jobs, *rows, 0.0)  # the longest takes one process all its time

    def _pace(self) -> float:
        """Return how slow this machine is, as a multiple of what was expected."""
        if self._seen < _LEAST_SEEN or self._foreseen <= 0:
            return 1.0
        low, high = _PACES
        return min(max(self._seen / self._foreseen, low), high)
