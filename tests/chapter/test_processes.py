"""Processes beside this one end when it does, however it ends."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from numerist.chapter.processes import companions

STARTS_ONE = """
import os, time
from numerist.chapter.processes import companions

if __name__ == "__main__":
    pool = companions(1)
    print(pool.submit(os.getpid).result(), flush=True)
    pool.submit(time.sleep, 600)
    time.sleep(600)
"""


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="looks for a process in /proc")
@pytest.mark.parametrize("how", ["kill", "terminate"])
def test_a_companion_ends_with_the_process_that_started_it(tmp_path: Path, how: str) -> None:
    script = tmp_path / "starts_one.py"
    script.write_text(STARTS_ONE)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        companion = Path("/proc", process.stdout.readline().strip())
        assert companion.is_dir()
        getattr(process, how)()
        process.wait(100)
    deadline = time.monotonic() + 100
    while companion.is_dir() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not companion.is_dir()


def test_they_compute() -> None:
    with companions(2) as pool:
        assert list(pool.map(abs, [-1, 2, -3])) == [1, 2, 3]
