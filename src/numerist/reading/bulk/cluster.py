"""The engine for several machines: chunks as plain tasks of a Ray cluster that runs already.

Ray decides where a task runs and tells when a process or a machine has died; which inputs are read
again, and in what order results come, is decided here. Whatever is asked for twice is the same
twice (`read_chunk`), and only who asks writes it, so each input is in the table once.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import pickle
import socket
import subprocess
import sys
from collections import deque
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

from numerist.errors import InputError, NumeristError, PictureError
from numerist.image.picture import opened
from numerist.reading.bulk.chunks import Lost, one_by_one
from numerist.reading.bulk.extra import needed
from numerist.reading.bulk.remote import Remote
from numerist.reading.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from numerist.reading.bulk.chunks import Chunk, Chunks, Input, Part

TRIES = 2  # of a chunk of several inputs
MOST_TRIES = 4  # of an input: machines come and go, and a picture is blamed last
_BUSY, _WINDOW = 2, 8  # chunks for each core: being read or next; with those that wait for others
_MOST_CARRIED = 256 << 20  # bytes of pictures on their way
_PAUSE = 0.1  # seconds after which is looked at what has come, if not all has
_KNOCK, _ANSWER = 10, 60  # seconds to wait for a machine, and for Ray
_PLACE = "--address"

# Ray itself tries for ever, and writes of each try: so a process that can be ended asks first.
_ASK = """
import sys, ray
try:
    ray.init(sys.argv[1], log_to_driver=False, logging_level="ERROR")
except BaseException as error:
    print(" ".join(str(error).split()))
    sys.exit(1)
"""


def carried(source: Input) -> Input:
    """Return an input that can be read on any machine: what lies on this one goes with its bytes.

    What can't be read here becomes the `PictureError` that says so.
    """
    if not isinstance(source, Source) or isinstance(source.picture, bytes):
        return source
    if isinstance(source.picture, Remote) and source.picture.is_everywhere:
        return source
    try:
        picture = source.content()
        if not isinstance(picture, bytes):
            with opened(picture, source.name) as file, opened(file, source.name) as whole:
                picture = whole.read()
    except PictureError as error:
        return error
    except OSError as error:
        found = error.strerror or str(error)
        return PictureError(source.name, "a picture that can be read", found, "Try again.")
    return Source(source.name, picture)


@contextlib.contextmanager
def joined(address: str) -> Iterator[Any]:
    """Join a cluster, and give the package `ray`; in the end it is left.

    Args:
        address: host:port of its head, or "auto" for the one that this machine belongs to. This
            machine must belong to it.

    Raises:
        InputError: Ray is not installed; an address of another form.
        NumeristError: nobody answers there, something else than Ray, or another version of it.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray would report to its makers
    _refuse_malformed(address)
    ray = needed("ray", _PLACE, "cluster")
    _refuse_silent(address)
    _ask(address)
    try:
        ray.init(address, log_to_driver=False, logging_level=logging.ERROR)
    except Exception as error:
        raise _unusable(address, " ".join(str(error).split())) from error
    try:
        yield ray
    finally:
        ray.shutdown()


def on_cluster(
    ray: Any,
    chunks: Chunks,
    begin: Callable[[], Callable[[Chunk], Part]],
    count: int | None,
    failed: Callable[[Lost], Part],
) -> Generator[Part]:
    """Yield what comes of chunks, in their order.

    A chunk whose process or machine is lost is read again; if that happens twice, its inputs are
    read each on its own, so that only the one at fault fails: what has been lost four times.

    Args:
        ray: the package, of a process that has joined a cluster.
        chunks: taken one by one, as processes become free; nothing of them is on this machine.
        begin: called once in each process; returns the function that does the work. Can be pickled.
        count: processes at most; one for each core of the cluster if None.
        failed: makes a part of a chunk of one input over which processes died.

    Raises:
        NumeristError: whatever `begin` or the work raises; numerist is missing on a machine, or has
            another version there.
    """
    cluster = _Cluster(ray, begin, count)
    slots: deque[_Slot] = deque()  # in the order of the inputs
    rest = iter(chunks)
    while True:
        while cluster.has_room(len(slots)) and (chunk := next(rest, None)):
            slots.append(_Slot(chunk))
            cluster.start(slots[-1])
        if not slots:
            return
        if (part := slots[0].part) is not None:
            slots.popleft()
            yield part
            continue
        for slot in cluster.lost():
            if len(slot.chunk.sources) > 1:
                at = slots.index(slot)
                del slots[at]
                for number, one in enumerate(one_by_one(slot.chunk)):
                    slots.insert(at + number, _Slot(one, tries=slot.tries))
                    cluster.start(slots[at + number])
            else:
                slot.part = failed(Lost(slot.chunk, slot.how))


@dataclass(slots=True, eq=False)
class _Slot:
    """A chunk, and the place where its part will stand."""

    chunk: Chunk
    part: Part | None = None
    tries: int = 0
    how: str = ""  # it was lost
    size: int = 0  # bytes of pictures that go with it

    def __post_init__(self) -> None:
        pictures = (getattr(source, "picture", None) for source in self.chunk.sources)
        self.size = sum(len(picture) for picture in pictures if isinstance(picture, bytes))


class _Cluster:
    """The tasks that are under way."""

    def __init__(self, ray: Any, begin: Callable[[], Any], count: int | None) -> None:
        self._ray, self._count = ray, count
        self._begin = ray.put(pickle.dumps(begin))  # once, not with each task
        self._task = ray.remote(num_cpus=1, max_retries=0)(_read)
        kinds = ray.exceptions
        self._deaths = (
            *(kinds.WorkerCrashedError, kinds.NodeDiedError),
            *(kinds.OutOfMemoryError, kinds.ObjectLostError),
        )
        self._running: dict[Any, _Slot] = {}
        self._carried = 0
        self._look()

    def has_room(self, slots: int) -> bool:
        """Tell whether one more chunk should be taken, where there are so many already."""
        most = self._count or _BUSY * self._cores
        return (
            len(self._running) < most
            and slots < _WINDOW * self._cores
            and self._carried < _MOST_CARRIED
        )

    def _look(self) -> None:
        """Look how large the cluster is; it may grow and shrink."""
        self._cores = self._count or max(1, int(self._ray.cluster_resources().get("CPU", 0)))

    def start(self, slot: _Slot) -> None:
        slot.tries += 1
        self._carried += slot.size
        self._running[self._task.remote(metadata.version("numerist"), self._begin, slot.chunk)] = (
            slot
        )

    def lost(self) -> list[_Slot]:
        """Wait until something comes, note it, and return those that were lost too often."""
        ready, _ = self._ray.wait(
            list(self._running), num_returns=len(self._running), timeout=_PAUSE
        )
        self._look()
        lost = []
        for reference in ready:
            slot = self._running.pop(reference)
            self._carried -= slot.size
            try:
                slot.part = self._ray.get(reference)
            except self._ray.exceptions.RayError as error:
                if not isinstance(error, self._deaths):
                    raise _raised(error) from error
                slot.how = f"lost, alone or with its machine ({type(error).__name__})"
                if slot.tries >= (TRIES if len(slot.chunk.sources) > 1 else MOST_TRIES):
                    lost.append(slot)
                else:
                    self.start(slot)
        return lost


def _read(version: str, begin: bytes, chunk: Chunk) -> Part:
    """Read a chunk, in some process of the cluster."""
    here = metadata.version("numerist")
    if version != here:
        raise NumeristError(
            f"numerist on {socket.gethostname()}", f"version {version}", here,
            "Install the same version on all machines.",
        )  # fmt: skip
    for protocol, remote in {
        source.picture.url.partition("://")[0]: source.picture
        for source in chunk.sources
        if isinstance(source, Source) and isinstance(source.picture, Remote)
    }.items():
        if lack := remote.lacks():
            raise NumeristError(
                f"numerist on {socket.gethostname()}", f"what reaches {protocol}:// there as well",
                lack, "Install numerist with the same extras on all machines.",
            )  # fmt: skip
    return _prepared(begin)(chunk)


@functools.lru_cache(maxsize=1)
def _prepared(begin: bytes) -> Callable[[Chunk], Part]:
    """Return the function that does the work; its reader stays warm as long as the process."""
    import cv2  # noqa: PLC0415

    cv2.setNumThreads(1)
    work: Callable[[Chunk], Part] = pickle.loads(begin)()  # noqa: S301  (from who gave the task)
    return work


def _raised(error: Any) -> NumeristError:
    """Return what a task raised, or why there was none."""
    cause = getattr(error, "cause", error)
    if isinstance(cause, NumeristError):
        return cause
    return NumeristError(
        "the cluster", "machines that can read", " ".join(str(cause).split())[-500:],
        "Is numerist installed on all of them, the same version, with its extra 'cluster'?",
    )  # fmt: skip


def _refuse_malformed(address: str) -> None:
    host, colon, port = address.rpartition(":")
    good = host and colon and port.isdecimal() and "/" not in address and int(port) < 1 << 16
    if not (good or address == "auto"):
        raise InputError(
            _PLACE, "host:port of a Ray cluster, or auto", address,
            "Name its head as `ray start` did, and run this on one of its machines.",
        )  # fmt: skip


def _refuse_silent(address: str) -> None:
    """Raise if nobody listens there."""
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _KNOCK).close()
    except OSError as error:
        raise _unusable(address, error.strerror or str(error)) from error


def _ask(address: str) -> None:
    """Raise if what listens there is no Ray that can be joined."""
    command = [sys.executable, "-P", "-c", _ASK, address]
    try:
        ran = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=False, timeout=_ANSWER
        )
    except subprocess.TimeoutExpired as error:
        found = f"no answer of Ray within {_ANSWER} seconds"
        raise _unusable(address, found) from error
    if ran.returncode:
        raise _unusable(address, ran.stdout.strip()[-500:] or f"status {ran.returncode}")


def _unusable(address: str, found: str) -> NumeristError:
    return NumeristError(
        f"{_PLACE} {address}", "a Ray cluster that can be joined", found.rstrip("."),
        "Start one with `ray start --head`, and further machines with `ray start --address`; the"
        " same Python and Ray on all of them, and this command on one of them.",
    )  # fmt: skip
