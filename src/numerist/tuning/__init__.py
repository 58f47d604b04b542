"""Search for hyper-parameters: what to try, by whom, how to go on, and what came of it.

Optuna proposes and remembers; nothing here schedules more than the processes of this machine. Every
trial is judged on the validation images. The test images are never loaded for it to see.

The modules of this package load Optuna, which comes with the extra `tune`; `import_optuna` says so
where it is missing.
"""

from __future__ import annotations

from typing import Any

from numerist.errors import NumeristError


def import_optuna(place: str) -> Any:
    """Return Optuna's module, which from then on says nothing on its own.

    Args:
        place: what needs it, for the error.

    Raises:
        NumeristError: it is not installed.
    """
    try:
        import optuna  # noqa: PLC0415  (not everybody has it)
    except ImportError as error:
        raise NumeristError(
            place, "Optuna", f"none ({error})", "Install it with: pip install 'numerist[tune]'"
        ) from error
    optuna.logging.set_verbosity(optuna.logging.CRITICAL)
    return optuna
