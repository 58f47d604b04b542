"""Connections that are closed when nobody asks anything over them.

Uvicorn waits for the head of a request for ever, so that whoever opens many connections and sends
half a line over each uses up all that the system allows this process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio


class Patience(HttpToolsProtocol):
    """A connection on which the head of the next request is there in time, or never.

    The time counts from where the connection begins, or the last answer ends, whatever arrives.
    """

    seconds = 30.0
    _end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        super().connection_lost(exc)
        self._stop_waiting()

    def on_headers_complete(self) -> None:
        """Leave the clock to the gate, as the head of a request is there."""
        self._stop_waiting()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request, unless it is there already."""
        super().on_response_complete()
        if self.cycle.response_complete:
            self._wait()

    def _wait(self) -> None:
        self._stop_waiting()
        self._end = self.loop.call_later(self.seconds, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None


def patience(seconds: float) -> type[Patience]:
    """Return `Patience` of so many seconds, as Uvicorn makes its connections itself."""
    return type("Patience", (Patience,), {"seconds": seconds})
