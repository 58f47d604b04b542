from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numerist.data import Mnist


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """The nets here are too small to share between threads, and the cores may be busy."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def digits(mnist: Mnist) -> torch.Tensor:
    """2,000 training images, float32 (2000, 28, 28)."""
    return torch.from_numpy(mnist.training.images[:2000])


@pytest.fixture(scope="session")
def labels(mnist: Mnist) -> torch.Tensor:
    """Their labels, int64 (2000,)."""
    return torch.from_numpy(mnist.training.labels[:2000].astype("int64"))


@pytest.fixture
def chance() -> torch.Generator:
    return torch.Generator().manual_seed(7)
