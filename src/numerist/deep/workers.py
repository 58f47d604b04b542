"""Processes that work together, and begin again where one of them dies.

Starting them, watching them and starting them again is the work of PyTorch's own agent
(`torch.distributed.elastic`), which `torchrun` stands on as well. Here is what is ours: one error
instead of a traceback from each process, an end that is asked for, and nothing left behind.

What processes on one machine have to tell each other goes through a folder of this user and the
loopback interface: no port is opened to the network. On several machines they meet at an address,
see `numerist.deep.meeting`; on each of them a command has started those there.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import pickle
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numerist.deep import meeting as meetings
from numerist.errors import NumeristError
from numerist.threads import surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numerist.deep.meeting import Meeting

MOST_RESTARTS = 10
"""After so many dead workers, it is not by chance."""

_PATIENCE = 60.0  # seconds
_SILENT = timedelta(minutes=5)  # then a machine is taken for lost
_FOLLOWS = (signal.SIGTERM, signal.SIGABRT)  # how workers end because another one has
_LOOPBACK = ("lo", "lo0")
_SAID = {  # the agent opens no port, and says no more than it must
    "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1", "TORCH_CPP_LOG_LEVEL": "FATAL",
}  # fmt: skip
_AGENT = ("torch.distributed.elastic", "torch.multiprocessing")  # the loggers of the agent


@dataclass(frozen=True, slots=True)
class Crew:
    """The processes that work together.

    Attributes:
        count: how many, on this machine.
        folder: what they share, while they are there; belongs to this user alone.
        device: "cpu", or "cuda" with a graphics processor for each.
        threads: that each of them computes on.
        meeting: where those of other machines are met, who belong to them; None if there are none.
        parent: the process that starts them.
    """

    count: int
    folder: Path
    device: str
    threads: int
    meeting: Meeting | None = None
    parent: int = field(default_factory=os.getpid)

    @property
    def rank(self) -> int:
        """Which of the workers of all machines this process is, from 0."""
        return int(os.environ["RANK"])

    @property
    def is_first_here(self) -> bool:
        """Whether it is the first of the workers on its machine."""
        return os.environ["LOCAL_RANK"] == "0"

    @property
    def restarts(self) -> int:
        """How often all of them have been started again."""
        return int(os.environ["TORCHELASTIC_RESTART_COUNT"])

    def ask_to_stop(self) -> None:
        """Ask all workers to come to an end."""
        self._stop.touch()

    def is_asked_to_stop(self) -> bool:
        """Tell whether that was asked, or nobody is there any more who could.

        With other machines these go on, once the command has been started here again.
        """
        return self._stop.exists() or (self.meeting is None and os.getppid() != self.parent)

    @property
    def patience(self) -> float:
        """Seconds that workers without a parent have to write where they stand."""
        return 0.0 if self.meeting else _PATIENCE

    @property
    def _stop(self) -> Path:
        return self.folder / "stop"

    @property
    def done(self) -> Path:
        """What is there once the work has been done, by one of them at least."""
        return self.folder / "done"

    @property
    def error(self) -> Path:
        """Where the error stands that ended the work."""
        return self.folder / "error"

    @property
    def trouble(self) -> Path:
        """Where it stands what broke a worker that was not killed."""
        return self.folder / "trouble"


def work_together(crew: Crew, work: Callable[..., None], *args: Any) -> None:
    """Let workers do `work(crew, *args)`, all at the same time; return when they have done it.

    When one of them dies, all begin again, up to `MOST_RESTARTS` times: `work` goes on from what it
    has written. On Ctrl-C the workers are asked to stop, and it is as if they had done all; on a
    second one they are killed. A machine that is lost is waited for.

    Args:
        crew: the workers; its folder is there and empty.
        work: a function of a module; is called within a process group of `torch.distributed`.
        args: can be pickled.

    Raises:
        NumeristError: what `work` raises, on whatever machine; or the workers die again and again;
            or machines do not find each other.
        KeyboardInterrupt: Ctrl-C, for the second time.
    """
    ended: list[BaseException | None] = []
    agent = threading.Thread(target=_supervise, args=(crew, work, args, ended), daemon=True)
    with _asking_to_stop(crew), surroundings(_SAID):
        with _blocked_interrupts():
            agent.start()
        try:
            while agent.is_alive():
                agent.join(0.2)  # a wait without end would not hear Ctrl-C everywhere
                if (
                    crew.meeting
                    and crew.is_asked_to_stop()
                    and not (crew.done.exists() or multiprocessing.active_children())
                ):
                    break  # it waits for other machines
        except KeyboardInterrupt:
            for process in multiprocessing.active_children():
                process.kill()
            raise
    if crew.error.exists():
        raise pickle.loads(crew.error.read_bytes())  # noqa: S301  (from our own worker)
    if ended and ended[0] is not None:
        raise _failed(crew, ended[0]) from ended[0]


def _supervise(
    crew: Crew, work: Callable[..., None], args: tuple[Any, ...], ended: list[BaseException | None]
) -> None:
    """Start the workers, and start them again; note in `ended` how it ended."""
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs  # noqa: PLC0415
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch  # noqa: PLC0415

    meeting = crew.meeting
    machines = meeting.machines if meeting else 1
    try:
        config = LaunchConfig(
            min_nodes=machines,
            max_nodes=machines,
            nproc_per_node=crew.count,
            logs_specs=DefaultLogsSpecs(str(crew.folder / "logs")),  # else in a folder that stays
            run_id="numerist",
            max_restarts=MOST_RESTARTS,
            monitor_interval=0.1,
            start_method="spawn",
            **(_at(meeting) if meeting else _here(crew)),
        )
        with _silent_agent():
            elastic_launch(config, _begin)(crew, work, args)
    except Exception as error:  # noqa: BLE001  (goes to who waits)
        ended.append(error)
    else:
        ended.append(None)


def _here(crew: Crew) -> dict[str, Any]:
    """Return where the agent of one machine finds its workers: in the crew's folder."""
    return {
        "rdzv_backend": "c10d",
        "rdzv_endpoint": str(crew.folder / "rendezvous"),
        "rdzv_configs": {"store_type": "file"},
        "local_addr": "localhost",
    }


def _at(meeting: Meeting) -> dict[str, Any]:
    """Return where the agents of several machines find each other."""
    meetings.register()
    return {
        "rdzv_backend": meetings.BACKEND,
        "rdzv_endpoint": str(meeting),
        "rdzv_configs": {"join_timeout": int(meetings.WAIT)},
        "local_addr": meeting.way(),
    }


def _begin(crew: Crew, work: Callable[..., None], args: tuple[Any, ...]) -> None:
    """Be a worker: join the others and do the work."""
    import torch  # noqa: PLC0415
    from torch import distributed  # noqa: PLC0415

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who has started us will say what it means
    threading.Thread(target=_end_as_orphan, args=(crew, crew.patience), daemon=True).start()
    if not crew.folder.exists():
        os._exit(1)  # nobody waits any more
    if crew.meeting and (why := crew.meeting.why_ended()):
        _leave(crew, why)
    if crew.error.exists():
        return
    crew.trouble.unlink(missing_ok=True)
    torch.set_num_threads(crew.threads)
    if crew.device == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    try:
        _join_group(crew)
        work(crew, *args)
    except NumeristError as error:
        _leave(crew, error)
        if crew.meeting:
            with contextlib.suppress(Exception):  # who can't be told hears nothing more from here
                crew.meeting.tell_end(error)
            _fall()  # the agents meet once more, and their next workers hear it
    except Exception as error:  # noqa: BLE001  (whatever it is, it is told)
        with contextlib.suppress(FileExistsError), crew.trouble.open("x") as file:
            file.write(f"{type(error).__name__}: {error}")  # of the first; others follow from it
        _fall()
    crew.done.touch()
    distributed.destroy_process_group()
    threading.Thread(target=_end_as_orphan, args=(crew, 0.0), daemon=True).start()


def _join_group(crew: Crew) -> None:
    """Become one of a process group; what it tells goes over loopback, or on the way to others."""
    from torch import distributed  # noqa: PLC0415

    meeting = crew.meeting
    if meeting is None:
        name = min({name for _, name in socket.if_nameindex()} & {*_LOOPBACK}, default=None)
        store = distributed.FileStore(str(crew.folder / f"group-{crew.restarts}"))
    else:
        name = meetings.interface(meeting.way())
        # the agents agree on a port anew each time they meet: it serves as the meeting's number
        store = distributed.PrefixStore(f"group-{os.environ['MASTER_PORT']}", meeting.client())
    if name:
        os.environ.setdefault("GLOO_SOCKET_IFNAME", name)
        os.environ.setdefault("NCCL_SOCKET_IFNAME", name)
    distributed.init_process_group(
        "cpu:gloo,cuda:nccl" if crew.device == "cuda" else "gloo",
        store=store,
        rank=crew.rank,
        world_size=int(os.environ["WORLD_SIZE"]),
        timeout=_SILENT if meeting else None,
    )


def _fall() -> None:
    """End this process as one that has failed.

    At once: an interpreter that ends in the usual way beside Gloo's threads may be killed by a
    signal, which would be told instead of what went wrong.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)


def _end_as_orphan(crew: Crew, patience: float) -> None:
    """End this process some seconds after who started it was killed; nobody else would."""
    parent = crew.parent
    while os.getppid() == parent:
        time.sleep(0.5)
    time.sleep(patience)
    shutil.rmtree(crew.folder, ignore_errors=True)
    os._exit(1)


def _leave(crew: Crew, error: NumeristError) -> None:
    """Note the error for who started us; of several, one."""
    part = crew.folder / f"error-{crew.rank}"
    part.write_bytes(pickle.dumps(error))
    part.replace(crew.error)


def _failed(crew: Crew, error: BaseException) -> NumeristError:
    """Return what to say of work that was not done."""
    if isinstance(error, NumeristError):
        return error
    of_meeting = meetings.wrong(crew.meeting, error) if crew.meeting else None
    return of_meeting or _too_often(crew, error)


def _too_often(crew: Crew, error: BaseException) -> NumeristError:
    """Return what to say of workers that died too often."""
    found = " ".join(str(error).split())
    if crew.trouble.exists():
        found = " ".join(crew.trouble.read_text().split())
    for rank, failure in getattr(error, "failures", {}).items():
        if failure.exitcode < 0 and -failure.exitcode not in _FOLLOWS:
            found = f"worker {rank} killed by signal {-failure.exitcode}"
    return NumeristError(
        "workers", "processes that live", f"{found:.300}, after {MOST_RESTARTS} new beginnings",
        "Free memory, take fewer workers, or none to see what is wrong.",
    )  # fmt: skip


@contextlib.contextmanager
def _asking_to_stop(crew: Crew) -> Iterator[None]:
    """Ask the workers to stop on Ctrl-C; the second one interrupts at once."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the business of the main thread only
        return

    def ask(*_: object) -> None:
        crew.ask_to_stop()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _blocked_interrupts() -> Iterator[None]:
    """Let a thread started inside, and its processes, hear no Ctrl-C from the first moment on."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker  # noqa: PLC0415  (not everywhere)

    resource_tracker.ensure_running()  # it lets interrupts through again when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _silent_agent() -> Iterator[None]:
    """Silence the agent's own account of what dies; it is said in our words."""
    loggers = [
        logging.getLogger(name)
        for name in logging.root.manager.loggerDict
        if name.startswith(_AGENT)
    ]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextlib.contextmanager
def shared_folder() -> Iterator[Path]:
    """Give a folder for a crew, which is gone in the end."""
    with tempfile.TemporaryDirectory(prefix="numerist-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
