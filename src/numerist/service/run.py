"""Uvicorn around the application: where it listens, and how it stops."""

from __future__ import annotations

import math
import signal
import socket
from typing import TYPE_CHECKING

import uvicorn

from numerist.errors import NumeristError
from numerist.model import load_model
from numerist.reading.reader import Reader
from numerist.service.app import create_app
from numerist.service.patience import patience
from numerist.service.settings import Settings, refuse_unguarded
from numerist.threads import one_thread_each

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_WAITING = 2048  # connections that the system keeps until they are accepted
_GRACE = 5  # seconds beyond those of a request


def serve(
    settings: Settings, host: str, port: int, announce: Callable[[str], None] = print
) -> None:
    """Serve until SIGTERM or Ctrl-C; what is under way then is finished.

    Args:
        settings: limits, key and model.
        host: name or address to listen on.
        port: to listen on; 0 for any that is free.
        announce: is told the address, once requests are taken.

    Raises:
        InputError: a place that others can reach, and no key; a model of something else.
        ModelError: a model that can't be used.
        NumeristError: nothing can listen there.
    """
    refuse_unguarded(host, settings.api_key)
    with one_thread_each():  # the other cores belong to the event loop and the processes
        model = load_model(settings.model) if settings.model is not None else load_model()
    Reader(model)  # refuses models that can't read numbers
    listening = _bound(host, port)
    config = uvicorn.Config(
        create_app(model, settings),
        http=patience(settings.seconds),
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        timeout_graceful_shutdown=math.ceil(settings.seconds) + _GRACE,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _nothing)  # Uvicorn hands it on when it has stopped
    with listening:
        _Server(config, lambda: announce(_address(listening))).run(sockets=[listening])


class _Server(uvicorn.Server):
    """Says when it takes requests."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()


def _nothing(_: int, __: FrameType | None) -> None:
    """Be what happens at a signal: the server has stopped already, and the status is 0."""


def _bound(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        NumeristError: it can't.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=_WAITING)
    except (OSError, OverflowError, UnicodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise NumeristError(
            f"{host}, port {port}", "a place where nothing listens yet", reason,
            "Choose another --port, or --host.",
        ) from error  # fmt: skip


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
