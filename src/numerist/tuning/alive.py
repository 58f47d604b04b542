"""Whether the process that began a trial still runs.

Where Linux tells, a trial whose process is no more is found at once by others on the same machine.
Elsewhere, and from other machines, it is found by its missing heartbeat; see
`numerist.tuning.storage`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

_PROC = Path("/proc")
_MARK = re.compile(r"\S+ \S+ [0-9]{1,10} [0-9]+")


def mark() -> str:
    """Return what tells this process from all others, or "" where there is no such thing.

    It names the running system, the process namespace (containers have one each) and the user, to
    whom the others' processes may not be visible, the process, and when it began: numbers of
    processes are used again.
    """
    return _mark(os.getpid())


def is_gone(marked: object) -> bool:
    """Tell whether the process of a mark surely runs no more.

    Args:
        marked: what `mark` returned in it; anything else is not known to be gone.

    >>> is_gone(mark()), is_gone(""), is_gone(None)
    (False, False, False)
    """
    if not isinstance(marked, str) or not _MARK.fullmatch(marked):
        return False
    boot, namespace, process, _ = marked.split(" ")
    if [boot, namespace] != mark().split(" ")[:2]:
        return False
    return _mark(int(process)) != marked


def _mark(process: int) -> str:
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        namespace = f"{(_PROC / 'self/ns/pid').readlink()}/{os.getuid()}"
        status = (_PROC / str(process) / "stat").read_text()
    except OSError:
        return ""
    fields = status.rpartition(")")[2].split()  # the name before it may hold anything
    state, began = fields[0], fields[19]
    return "" if state in "ZX" else f"{boot} {namespace} {process} {began}"
