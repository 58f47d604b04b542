from __future__ import annotations

import os

if "PYTEST_XDIST_WORKER" in os.environ:  # several processes: with one thread each, before NumPy
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))

import contextlib
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import hypothesis
import numpy as np
import pytest

import numerist
from numerist.cli import main
from numerist.data import Dataset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numerist.data import Mnist


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Without pytest-xdist (`-p no:xdist`) what pyproject.toml asks of it means nothing."""
    if not pluginmanager.hasplugin("xdist"):
        for option in ("--numprocesses", "--dist"):
            parser.addoption(option, help="nothing, without pytest-xdist")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """At most three processes for the whole suite; none beside this one for files that were named.

    Many tests wait for processes of their own, so there are more than two cores can keep busy.
    """
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    return min(3, 1 + (os.cpu_count() or 1)) if whole else 0


hypothesis.settings.register_profile("numerist", deadline=None)  # shared machines stall
hypothesis.settings.load_profile("numerist")


@pytest.fixture(scope="session")
def mnist() -> Mnist:
    """The real images, through the loader that users have."""
    return numerist.load_mnist()


@pytest.fixture
def tiny() -> Dataset:
    """Forty made images of 28×28 in ten classes: class k has ink in rows 2k and 2k + 1 only."""
    rng = np.random.default_rng(5)
    labels = np.arange(40, dtype=np.uint8) % 10
    images = np.zeros((40, 28, 28), np.float32)
    for image, label in zip(images, labels, strict=True):
        image[2 * label : 2 * label + 2] = rng.uniform(0.5, 1.0, (2, 28))
    return Dataset(images, labels)


Run = subprocess.CompletedProcess[str]


@pytest.fixture
def numerist_command(tmp_path: Path) -> Callable[..., Run]:
    """The command line as a process, in an empty folder."""

    def run(*words: str, env: dict[str, str] | None = None) -> Run:
        ran: Run = subprocess.run(
            [sys.executable, "-m", "numerist", *words],
            cwd=tmp_path,
            env={**os.environ, "PYTHONUTF8": "1", **(env or {})},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=600,
            check=False,
        )
        return ran

    return run


@pytest.fixture
def numerist_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Run]:
    """The command line in this process, in an empty folder: quicker, for what is refused."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")  # which it may set

    def run(*words: str) -> Run:
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        status = ended.value.code
        assert isinstance(status, int)
        return subprocess.CompletedProcess(words, status, *capfd.readouterr())

    return run


@pytest.fixture
def begin_program(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a program, given as text, in a session of its own; in the end all of it is over."""
    processes: list[subprocess.Popen[str]] = []

    def start(program: str, *words: str) -> subprocess.Popen[str]:
        processes.append(
            subprocess.Popen(
                [sys.executable, "-c", program, *words],
                cwd=tmp_path,
                env={**os.environ, "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1"},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                start_new_session=True,
            )
        )
        return processes[-1]

    yield start
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
