"""An installation without the compiled loop, as where no compiler was found: NumPy learns.

Each test is a process of its own in which the loop can't be imported.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

WITHOUT_LOOP = "import sys; sys.modules['numerist.engine._loop'] = None\n"
NOTE = "numerist was installed without its compiled engine"

LEARN_TWICE = """
import numpy as np
from numerist import Network
data = [(np.full((4, 1), k / 10), np.full((2, 1), k % 2)) for k in range(10)]
nets = [Network([4, 3, 2], seed=0) for _ in range(3)]
for net, engine in zip(nets, ("auto", "auto", "numpy")):
    net.SGD(data, 2, 5, 1.0, engine=engine)
assert nets[0].weights[0].tobytes() == nets[2].weights[0].tobytes()
assert nets[0].weights[0].tobytes() != Network([4, 3, 2], seed=0).weights[0].tobytes()
"""

COMMAND = "from numerist.cli import main\nmain()"


def without_loop(code: str, *words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_LOOP + code, *words],
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )


def test_numpy_learns_with_one_note(tmp_path: Path) -> None:
    ran = without_loop(LEARN_TWICE, folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr.count(NOTE) == 1
    assert "Install a C++ compiler" in ran.stderr
    assert ran.stdout.splitlines() == ["Epoch 0 complete", "Epoch 1 complete"] * 3


def test_the_command_line_learns_with_numpy(tmp_path: Path) -> None:
    words = ("train", "--epochs", "1", "--train-on", "200", "--seed", "1")
    ran = without_loop(COMMAND, *words, folder=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "numpy engine" in ran.stdout.splitlines()[0]
    assert ran.stderr.count(NOTE) == 1


def test_to_ask_for_the_compiled_engine_is_a_clear_error(tmp_path: Path) -> None:
    words = ("train", "--epochs", "1", "--train-on", "200", "--engine", "compiled")
    ran = without_loop(COMMAND, *words, folder=tmp_path)
    assert ran.returncode != 0
    assert "an installation without it" in ran.stderr
    assert "Install a C++ compiler" in ran.stderr
    assert "Traceback" not in ran.stderr
