"""PyTorch for the rows that train deep networks, or the line that installs it."""

from __future__ import annotations

import os
from typing import Any

from numerist.errors import NumeristError


def need_torch() -> Any:
    """Return PyTorch's module.

    Raises:
        NumeristError: it is not installed.
    """
    # Threads that sleep while they wait disturb no row that computes beside this one.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        import torch  # noqa: PLC0415  (seconds to load, and not everybody has it)
    except ImportError as error:
        raise NumeristError(
            "rows that train deep networks",
            "PyTorch",
            f"none ({error})",
            "Install it with: pip install 'numerist[train]'",
        ) from error
    return torch
