"""Packages that only reading by the million needs."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from numerist.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def needed(package: str, place: str, extra: str = "cloud") -> Any:
    """Return a package of an extra.

    Args:
        package: its name.
        place: what needs it.
        extra: the extra that it is in.

    Raises:
        InputError: it is not installed.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise InputError(
            place, f"{package}, a package that is needed for it", "none",
            f"Install it with: pip install 'numerist[{extra}]'.",
        ) from error  # fmt: skip


def arrow_file(path: Path, mode: str = "rb") -> Any:
    """Open a file for pyarrow, which of paths as text takes those in UTF-8 only."""
    import pyarrow as pa  # noqa: PLC0415

    return pa.OSFile(os.fsencode(path), mode)
