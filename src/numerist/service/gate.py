"""Before a request reaches its route: keys, counts, clocks, and bodies that are measured.

What is refused here is refused before anything of the body is kept.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers, MutableHeaders

from numerist.service.installing import PATHS
from numerist.service.problems import Problem, busy
from numerist.service.settings import means_this_machine

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from numerist.service.metrics import Metrics
    from numerist.service.settings import Settings

OPEN = frozenset({"/", "/healthz", "/readyz", "/openapi.json"}) | PATHS
"""Paths that need no key."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Gate:
    """What every request goes through, as ASGI has it.

    Args:
        app: what lies behind.
        settings: the limits.
        metrics: what is counted.
    """

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self._app, self._settings, self._metrics = app, settings, metrics
        self._under_way = 0
        self._held = 0  # bytes of bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send)
        begun = time.perf_counter()
        try:
            await self._admitted(scope, receive, answer)
        except Exception:
            answer.status = 500
            raise
        finally:
            self._note(scope, answer.status, time.perf_counter() - begun)

    async def _admitted(self, scope: Scope, receive: Receive, send: Send) -> None:
        working = scope["path"].startswith("/v1/")
        body = _Body(self, receive, self._settings)
        scope["deadline"] = body.deadline
        self._under_way += working
        try:
            self._refuse(scope, working=working)
        except Problem as problem:
            self._metrics.refused.labels(problem.code).inc()
            await problem.response()(scope, receive, send)
        else:
            self._metrics.under_way.labels("requests").set(self._under_way)
            await self._app(scope, body, send)
        finally:
            self._under_way -= working
            self._held -= body.length

    def _refuse(self, scope: Scope, *, working: bool) -> None:
        """Raise `Problem` unless the head of a request is in order, and there is room."""
        headers = Headers(scope=scope)
        if self._settings.api_key is None:
            _refuse_other_host(headers.get("host", "localhost"))
        elif scope["path"] not in OPEN:
            _refuse_stranger(headers, self._settings.api_key)
        if working and self._under_way > self._settings.at_once:
            raise busy("service", f"at most {self._settings.at_once} requests at once", "more")
        if int(headers.get("content-length") or 0) > self._settings.body_bytes:
            raise _too_large(self._settings.body_bytes)
        coding = headers.get("content-encoding", "identity")
        if coding.lower() != "identity":
            raise Problem(
                415, "unsupported_coding", place="Content-Encoding", expected="identity",
                found=coding, cure="Send the body as it is.",
                headers={"Accept-Encoding": "identity"},
            )  # fmt: skip

    def hold(self, count: int) -> None:
        """Note that so many bytes more of a body are kept.

        Raises:
            Problem: there is no room for them.
        """
        self._held += count
        if self._held > self._settings.bytes_at_once:
            raise busy("service", "room for the body", "many bodies under way")

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "other")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.requests.labels(route, method, str(status)).inc()
        self._metrics.seconds.labels(route).observe(seconds)


class _Answer:
    """Sends what the application answers, and remembers its status."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 499  # the client has gone, as some servers write it

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers.setdefault("Cache-Control", "no-store")
            headers["X-Content-Type-Options"] = "nosniff"
            headers["X-Frame-Options"] = "DENY"
        await self._send(message)


class _Body:
    """Receives a body piece by piece, as long as it is small enough and in time."""

    def __init__(self, gate: Gate, receive: Receive, settings: Settings) -> None:
        self._gate, self._receive, self._settings = gate, receive, settings
        self.deadline = asyncio.get_running_loop().time() + settings.seconds
        self.length = 0
        self._more = True

    async def __call__(self) -> Message:
        if not self._more:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self.deadline):
                message = await self._receive()
        except TimeoutError as error:
            raise Problem(
                408, "too_slow", place="body", expected=f"all within {self._settings.seconds:g} s",
                found=f"{self.length} bytes", cure="Send it faster, or less of it.",
                headers={"Connection": "close"},
            ) from error  # fmt: skip
        self._count(message)
        return message

    def _count(self, message: Any) -> None:
        count = len(message.get("body", b""))
        self.length += count
        self._more = message.get("more_body", False)
        self._gate.hold(count)
        if self.length > self._settings.body_bytes:
            raise _too_large(self._settings.body_bytes)


def _too_large(most: int) -> Problem:
    return Problem(
        413, "body_too_large", place="body", expected=f"at most {most:,} bytes", found="more",
        cure="Send a smaller picture, or fewer.",
    )  # fmt: skip


def _refuse_other_host(host: str) -> None:
    """Raise `Problem` unless a request names this machine.

    Without a key all programs here may ask, browsers among them; but not pages from elsewhere,
    whose own name may be made to lead here after they were opened (DNS rebinding).
    """
    if not means_this_machine(host):
        raise Problem(
            421, "other_host", place="Host", expected="localhost, or an address of it",
            found=host or "nothing", cure="Ask http://127.0.0.1, or let the service have a key.",
        )  # fmt: skip


def _refuse_stranger(headers: Headers, key: str) -> None:
    """Raise `Problem` unless a request has the key; in a time that does not depend on the key."""
    given = headers.get("x-api-key", "")
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        given = token.strip()
    if not hmac.compare_digest(given.encode("latin-1"), key.encode()):
        raise Problem(
            401, "unauthorized", place="Authorization", expected="the key of this service",
            found="another" if given else "none",
            cure='Send "Authorization: Bearer KEY" or "X-API-Key: KEY".',
            headers={"WWW-Authenticate": "Bearer"},
        )  # fmt: skip
