"""What the service does and what it bears, all in one place."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from numerist.checks import positive, whole
from numerist.errors import InputError
from numerist.reading.workers import cores

if TYPE_CHECKING:
    import os

SHORTEST_KEY = 16  # characters


@dataclass(frozen=True, slots=True)
class Settings:
    """How the service works, and its limits.

    Attributes:
        model: a model file of the ten digits; what comes with numerist if None.
        api_key: what requests have to bring; None asks for none.
        body_bytes: of one request.
        bytes_at_once: of the bodies of all requests that are under way.
        pixels: of one picture.
        pages: of one document.
        images: of one request for digits.
        seconds: for one request, from its first byte to its answer.
        at_once: requests that are under way, of those to /v1.
        queue: pictures that wait for a process.
        queue_images: images of digits that wait for the network.
        workers: processes that read pictures; one for each core if None.

    Raises:
        InputError: limits below 1, or a key that is too short, or that no header can bring.
    """

    model: str | os.PathLike[str] | None = None
    api_key: str | None = None
    body_bytes: int = 20_000_000
    bytes_at_once: int = 500_000_000
    pixels: int = 50_000_000
    pages: int = 50
    images: int = 1000
    seconds: float = 30.0
    at_once: int = 256
    queue: int = 64
    queue_images: int = 4096
    workers: int | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            if field.type == "int":
                whole(field.name, getattr(self, field.name), least=1)
        positive("seconds", self.seconds)
        if self.workers is not None:
            whole("workers", self.workers, least=1)
        if self.api_key is not None:
            _refuse_key(self.api_key)

    @property
    def processes(self) -> int:
        """How many processes read pictures."""
        return self.workers or cores()


def _refuse_key(key: str) -> None:
    """Raise `InputError` for a key that is guessed, or that no header can bring."""
    expected, found = f"at least {SHORTEST_KEY} characters", f"{len(key)}"
    odd = next((c for c in key if c == " " or not c.isprintable()), None)
    if odd is not None:
        expected, found = "characters that a header can bring", f"{odd!r} in it"
    if odd is not None or len(key) < SHORTEST_KEY:
        raise InputError(
            "the key", expected, found,
            "Make one with: python -c 'import secrets; print(secrets.token_urlsafe())'",
        )  # fmt: skip


def refuse_unguarded(host: str, api_key: str | None) -> None:
    """Raise `InputError` where others could reach a service that asks for no key.

    >>> refuse_unguarded("127.0.0.1", None)
    """
    if api_key is None and not is_loopback(host):
        raise InputError(
            f"--host {host}", "a key, as others can reach the service there", "none",
            "Set NUMERIST_API_KEY, or listen on 127.0.0.1.",
        )  # fmt: skip


def means_this_machine(host: str) -> bool:
    """Say whether the Host of a request can mean nothing else, whatever names lead where.

    >>> [means_this_machine(host) for host in ("localhost:8000", "[::1]", "example.org")]
    [True, True, False]
    """
    with contextlib.suppress(ValueError):
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    return False


def is_loopback(host: str) -> bool:
    """Say whether a name or address leads to this machine alone.

    >>> is_loopback("::1"), is_loopback("0.0.0.0")
    (True, False)
    """
    try:
        found = socket.getaddrinfo(host or "0.0.0.0", None, type=socket.SOCK_STREAM)  # noqa: S104
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(
        ipaddress.ip_address(str(address[4][0]).split("%")[0]).is_loopback for address in found
    )
