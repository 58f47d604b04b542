"""What the processes that this one starts inherit: surroundings, and deaf ears for Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


@contextlib.contextmanager
def one_thread_each() -> Iterator[None]:
    """Let processes started inside compute on one thread, so that they do not fight for cores."""
    with surroundings(dict.fromkeys(_THREADS, "1")):
        yield


@contextlib.contextmanager
def surroundings(names: dict[str, str]) -> Iterator[None]:
    """Give processes started inside these environment variables; as before in the end."""
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextlib.contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Let processes started inside ignore Ctrl-C from their first moment on: this one ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the business of the main thread only
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
