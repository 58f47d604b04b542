"""Ctrl-C, let in only where nothing of Optuna's is half done.

Between a trial's beginning and its end Optuna starts and stops a thread for its heartbeat. An
interruption just there would leave the thread running, and the process with it, for ever; one while
the database is written makes its driver complain.
"""

from __future__ import annotations

import contextlib
import signal
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator


class Interrupts:
    """Holds Ctrl-C back but where it is let in; as context manager, in the main thread.

    The same goes for SIGTERM, where that has Python's own handler of Ctrl-C. Where something else
    is in charge of one of them it stays in charge.
    """

    def __init__(self) -> None:
        self._open = self._came = False
        self._taken: list[int] = []

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is signal.default_int_handler:
                with contextlib.suppress(ValueError):  # not the main thread: no signal comes here
                    signal.signal(number, self._handle)
                    self._taken.append(number)
        return self

    def __exit__(self, *_: object) -> None:
        while self._taken:
            signal.signal(self._taken.pop(), signal.default_int_handler)

    @contextlib.contextmanager
    def let_in(self) -> Iterator[None]:
        """Let Ctrl-C in meanwhile, and one that came before.

        Raises:
            KeyboardInterrupt: it comes, or has come.
        """
        self._open = True
        try:
            if self._came:
                self._came = False
                raise KeyboardInterrupt
            yield
        finally:
            self._open = False

    @contextlib.contextmanager
    def held_back(self) -> Iterator[None]:
        """Hold Ctrl-C back meanwhile, where it is let in before and after."""
        before, self._open = self._open, False
        yield
        if before:
            self._open = True
            if self._came:
                self._came = False
                raise KeyboardInterrupt

    def _handle(self, *_: object) -> None:
        if self._open:
            raise KeyboardInterrupt
        self._came = True
