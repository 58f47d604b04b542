from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import hypothesis
import numpy as np
import pytest

import numerist
from numerist.data import Dataset

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numerist.data import Mnist


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
