"""Convolutional and deep networks, their training and their checkpoints, in PyTorch.

The modules of this package load PyTorch, which comes with the extra `train`; `import_torch` says so
where it is missing.
"""

from __future__ import annotations

import os
from typing import Any

from numerist.errors import NumeristError


def import_torch(place: str, *, beside_others: bool) -> Any:
    """Return PyTorch's module, set up for the machine as it is.

    Args:
        place: what needs it, for the error.
        beside_others: whether something else wants the cores. Then threads sleep while they wait
            instead of turning in circles: many times faster there, and half as fast where nothing
            else runs. What the environment says of it (OMP_WAIT_POLICY) stands.

    Raises:
        NumeristError: it is not installed.
    """
    if beside_others:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        import torch  # noqa: PLC0415  (seconds to load, and not everybody has it)
    except ImportError as error:
        raise NumeristError(
            place,
            "PyTorch",
            f"none ({error})",
            "Install it with: pip install 'numerist[train]'",
        ) from error
    return torch
