"""How machines that train together find each other: one of them listens at an address, all meet.

The meeting itself (who is there, in which order, who is gone) is that of PyTorch's elastic agent.
Ours is its store: PyTorch's own listens on every network of a machine, this one where it is told.
Whoever reaches that port can let these processes do anything: what the agents tell each other is
pickled, and nobody is asked for a password. It belongs on a network of one's own.
"""

from __future__ import annotations

import contextlib
import errno
import json
import socket
import struct
import sys
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from numerist.errors import InputError, NumeristError

if TYPE_CHECKING:
    from torch.distributed import TCPStore

WAIT = 300.0
"""Seconds that machines wait for each other."""

BACKEND = "numerist"
_ENDED = "ended"  # the key of why one machine has ended all
_HIGHEST_PORT = 65535
_EVERYWHERE = ("0.0.0.0", "0", "::", "[::]")  # noqa: S104  (they are refused)


@dataclass(frozen=True, slots=True)
class Meeting:
    """Where machines meet, and how many they are."""

    host: str
    port: int
    machines: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def way(self) -> str:
        """Return the address that this machine has on its way to the meeting.

        Raises:
            InputError: there is no such way.
        """
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                probe.connect((self.host, self.port))  # sends nothing
                own: str = probe.getsockname()[0]
        except OSError as error:
            raise InputError(
                "--address", "a machine that can be reached", f"{self.host!r}: {error.strerror}",
                "Give its name or its IPv4 address, the same on each machine.",
            ) from error  # fmt: skip
        if own.startswith("127.") and not self._is_loopback():
            raise InputError(
                "--address", "a name that other machines reach", f"{self.host!r}, here {own}",
                "Give this machine's IPv4 address, as the others see it.",
            )  # fmt: skip
        return own

    def _is_loopback(self) -> bool:
        """Return whether loopback was asked for, as for commands that are all on one machine."""
        return self.host == "localhost" or self.host.startswith("127.")

    def client(self) -> TCPStore:
        """Return a connection to the store.

        In a thread, as PyTorch waits for ever for a service that takes connections and is silent.

        Raises:
            NumeristError: there is such a service.
            DistError: nobody is there.
        """
        from torch.distributed import TCPStore  # noqa: PLC0415

        outcome: list[TCPStore | Exception] = []

        def connect() -> None:
            wait = timedelta(seconds=WAIT)
            try:
                outcome.append(TCPStore(self.host, self.port, is_master=False, timeout=wait))
            except Exception as error:  # noqa: BLE001  (raised by who waits)
                outcome.append(error)

        thread = threading.Thread(target=connect, daemon=True)
        thread.start()
        thread.join(2 * WAIT)
        if not outcome:
            raise NumeristError(
                f"--address {self}", "numerist on the machine of that address",
                "something that takes connections and is silent", "Take a port that is free.",
            )  # fmt: skip
        if isinstance(outcome[0], Exception):
            raise outcome[0]
        return outcome[0]

    def tell_end(self, error: NumeristError) -> None:
        """Let all machines know why the work ends."""
        parts = (error.place, error.expected, error.found, error.cure)
        self.client().set(_ENDED, json.dumps(parts))

    def why_ended(self) -> NumeristError | None:
        """Return why another machine has ended the work, if one has."""
        store = self.client()
        return NumeristError(*json.loads(store.get(_ENDED))) if store.check([_ENDED]) else None


def parse(address: str, machines: int) -> Meeting:
    """Return the meeting at HOST:PORT.

    Raises:
        InputError: it is no such address, or fewer than two machines.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) <= _HIGHEST_PORT:
        raise InputError(
            "--address",
            "HOST:PORT",
            address,
            "Take a free port of one of the machines: a.lan:29500.",
        )
    if host in _EVERYWHERE:
        raise InputError(
            "--address", "the address of one machine", host,
            "Give one that only your own machines reach: the port is open to all who do.",
        )  # fmt: skip
    if machines < 2:  # noqa: PLR2004
        raise InputError(
            "--machines", "at least 2", str(machines), "On one machine leave --address out."
        )
    return Meeting(host, int(port), machines)


def register() -> None:
    """Teach PyTorch's agent to meet at our store."""
    from torch.distributed.elastic.rendezvous import rendezvous_handler_registry  # noqa: PLC0415

    with contextlib.suppress(ValueError):  # it knows already
        rendezvous_handler_registry.register(BACKEND, _handler)


def _handler(parameters: Any) -> Any:
    from torch.distributed.elastic.rendezvous.c10d_rendezvous_backend import (  # noqa: PLC0415
        C10dRendezvousBackend,
    )
    from torch.distributed.elastic.rendezvous.dynamic_rendezvous import (  # noqa: PLC0415
        create_handler,
    )

    class Backend(C10dRendezvousBackend):  # type: ignore[misc]
        @property
        def name(self) -> str:
            return BACKEND

    host, _, port = parameters.endpoint.rpartition(":")
    store = _store(Meeting(host, int(port), parameters.max_nodes))
    return create_handler(store, Backend(store, parameters.run_id), parameters)


def _store(meeting: Meeting) -> TCPStore:
    """Return the store, served from here if the address is this machine's and the port is free."""
    from torch.distributed import TCPStore  # noqa: PLC0415

    try:
        listening = socket.create_server((meeting.host, meeting.port))
    except OSError as error:
        if error.errno in {errno.EACCES, errno.EPERM}:
            raise InputError(
                f"--address {meeting}", "a port that this user may open", str(error.strerror),
                "Take one above 1023.",
            ) from error  # fmt: skip
        return meeting.client()  # another machine's address, or another command here was first
    try:
        return TCPStore(
            meeting.host, meeting.port, is_master=True, wait_for_workers=False,
            timeout=timedelta(seconds=WAIT), master_listen_fd=listening.detach(),
        )  # fmt: skip
    except NotImplementedError as error:
        raise NumeristError(
            "PyTorch",
            "2.8 or newer, for --address",
            f"an older one ({error})",
            "Install a newer one.",
        ) from error


def interface(address: str) -> str | None:
    """Return the name of the network interface that has an address; None where that isn't told."""
    if not sys.platform.startswith("linux"):
        return None
    import fcntl  # noqa: PLC0415  (not everywhere)

    asked = 0x8915  # SIOCGIFADDR
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            with contextlib.suppress(OSError):  # one without an address
                found = fcntl.ioctl(probe, asked, struct.pack("256s", name.encode()))
                if socket.inet_ntoa(found[20:24]) == address:
                    return name
    return None


def wrong(meeting: Meeting, error: BaseException) -> NumeristError | None:
    """Return what to say of a meeting that failed; None if it was no fault of the meeting."""
    from torch.distributed import DistError  # noqa: PLC0415
    from torch.distributed.elastic.rendezvous import (  # noqa: PLC0415
        RendezvousClosedError,
        RendezvousError,
        RendezvousTimeoutError,
    )

    again = "Start all of them again; with --checkpoint and --resume they go on."
    place = f"--address {meeting}"
    if isinstance(error, RendezvousTimeoutError):
        return NumeristError(
            place, f"{meeting.machines} machines within {WAIT:g} s", "fewer",
            f"Start the same command on each of them. {again}",
        )  # fmt: skip
    if isinstance(error, RendezvousClosedError):
        return NumeristError(
            place, "machines that go on", "one that has ended; it says there why", again
        )
    if isinstance(error, RendezvousError | DistError):
        said = " ".join(str(error).split())
        return NumeristError(
            place, "numerist on the machine of that address", f"no answer ({said:.120})",
            f"Start the command there as well, and let nothing else use the port. {again}",
        )  # fmt: skip
    return None
