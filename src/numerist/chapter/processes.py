"""Processes that compute beside this one."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess


def companions(count: int) -> ProcessPoolExecutor:
    """Return processes that leave Ctrl-C to this one and end when it ends, however it ends."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(count, context, _live_and_die_with_the_parent)


def _live_and_die_with_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
