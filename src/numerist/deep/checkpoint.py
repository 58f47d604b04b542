"""Checkpoints: all that a training needs to go on, in a file that is whole or not there."""

from __future__ import annotations

import copy
import errno
import json
import math
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from numerist.errors import CheckpointError
from numerist.files import replacing

if TYPE_CHECKING:
    from numerist.deep.training import Training

_FORMAT = "numerist checkpoint 1"
MAX_BYTES = 2 << 30


def save(path: str | os.PathLike[str], training: Training, history: list[dict[str, Any]]) -> None:
    """Write where a training stands.

    Args:
        path: the file.
        training: between two steps.
        history: of the epochs so far, plain numbers and names.

    Raises:
        WriteError: it can't be written.
    """
    content = {
        "format": _FORMAT,
        "run": describe(training),
        "step": training.step,
        "losses": training.losses,
        "history": json.dumps(history),
        "net": training.net.state_dict(),
        "kept": training.kept.state_dict(),
        "optimiser": training.optimiser.state_dict(),
    }
    put(path, content)


def put(path: str | os.PathLike[str], content: Any) -> None:
    """Write what PyTorch can save, whole or not at all.

    Raises:
        WriteError: it can't be written.
    """
    with replacing(path) as part:
        try:
            torch.save(content, part)
        except RuntimeError as error:  # PyTorch says that it failed, but not why
            raise OSError(errno.EIO, "no room for all of it, or a broken disk") from error


def load(path: str | os.PathLike[str], training: Training) -> list[dict[str, Any]]:
    """Bring a new training to where the one in the file stood; return its history.

    Nothing in the file is executed. `training` is unchanged unless the whole file fits. The file
    may be by another number of workers: then what is learned is the same but for the order in which
    numbers are added up, and so the number of threads is of no matter either.

    Raises:
        CheckpointError: there is no such file, it is none of ours, or of another run: other
            recipe, seed, data, or classes.
    """
    content = _read(Path(path))
    there, here = _parsed(path, content["run"], dict), json.loads(describe(training))
    if there.get("workers", 1) != here.pop("workers"):
        del here["threads"]
    _refuse_other_run(path, there, here)
    history: list[dict[str, Any]] = _parsed(path, content["history"], list)
    step = content["step"]
    if type(step) is not int or not 0 <= step <= training.steps:
        raise _damaged(path, f"step {_short(repr(step))} of {training.steps}")
    losses = _losses(path, content)
    _restore(path, training, content)
    training.step, training.losses = step, losses
    return history


def _losses(path: str | os.PathLike[str], content: dict[str, Any]) -> tuple[float, int]:
    """Return `Training.losses`; none where a file from before says nothing of them."""
    losses = content.get("losses", (0.0, 0))
    match losses:
        case (float(total), int(steps)) if math.isfinite(total) and steps >= 0:
            return total, steps
    raise _damaged(path, f"losses {_short(repr(losses))}")


def seed_in(path: str | os.PathLike[str]) -> int:
    """Return the seed of the run that wrote the file.

    Raises:
        CheckpointError: as `load`.
    """
    seed = _parsed(path, _read(Path(path))["run"], dict).get("seed")
    if type(seed) is not int:
        raise _damaged(path, "one without a seed")
    return seed


def _refuse_other_run(
    path: str | os.PathLike[str], there: dict[str, Any], here: dict[str, Any], within: str = ""
) -> None:
    """Raise CheckpointError at the first setting of the run in the file that is another."""
    for key, expected in here.items():
        place, found = f"{within}{key}", there.get(key)
        if isinstance(expected, dict) and isinstance(found, dict):
            _refuse_other_run(path, found, expected, f"{place}, ")
        elif found != expected:
            raise CheckpointError(
                f"{os.fspath(path)}, {place}", _short(expected), _short(found),
                "Resume with the settings of the run that wrote it, or begin without --resume.",
            )  # fmt: skip


def _restore(path: str | os.PathLike[str], training: Training, content: dict[str, Any]) -> None:
    """Load the weights and the optimiser's state: all of it, or none."""
    parts = {"net": training.net, "kept": training.kept, "optimiser": training.optimiser}
    before = {name: copy.deepcopy(part.state_dict()) for name, part in parts.items()}
    try:
        for name, part in parts.items():
            part.load_state_dict(content[name])
        _refuse_misfits(training.optimiser)
    except Exception as error:  # what PyTorch raises on strange content has no base of its own
        for name, part in parts.items():
            part.load_state_dict(before[name])
        raise _damaged(path, _short(str(error))) from error


def _refuse_misfits(optimiser: torch.optim.Optimizer) -> None:
    """Raise ValueError if what the optimiser remembers of a weight does not fit it."""
    for weight, remembered in optimiser.state.items():
        for name, tensor in remembered.items():
            if tensor.ndim and tensor.shape != weight.shape:
                raise ValueError(f"{name} of shape {tuple(tensor.shape)}")


def _parsed(path: str | os.PathLike[str], text: Any, kind: type) -> Any:
    """Return the value of that kind in a JSON text."""
    try:
        value = json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise _damaged(path, "one with a damaged description") from error
    if not isinstance(value, kind):
        raise _damaged(path, "one with a description of another kind")
    return value


def describe(training: Training) -> str:
    """Describe the run, as far as its bits depend on it, as JSON."""
    return json.dumps({
        "recipe": training.recipe.as_dict(),
        "seed": training.seed,
        "classes": training.classes,
        "training images": training.data_hash,
        "first weights": training.first_weights,
        "teachers": training.teachers and training.teachers.digest,
        "device": training.device,
        "threads": torch.get_num_threads(),
        "workers": training.workers,
    })  # fmt: skip


def _read(path: Path) -> dict[str, Any]:
    try:
        wrong = _damage(path)
        content = None if wrong else torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise CheckpointError(
            str(path), "a checkpoint", error.strerror or str(error), "Begin without --resume."
        ) from error
    except Exception as error:  # what the unpickler raises on strange bytes has no base of its own
        raise _damaged(path, "one that PyTorch does not load") from error
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise _damaged(path, wrong or "something else")
    missing = {"run", "step", "history", "net", "kept", "optimiser"} - set(content)
    if missing:
        raise _damaged(path, f"one without {min(missing)}")
    return content


def _damage(path: Path) -> str | None:
    """Return what is wrong with the file as a ZIP file such as PyTorch writes; None if nothing.

    PyTorch itself compares no checksums. Nor does it write compressed parts, and refusing them
    bounds memory by the size of the file.
    """
    size = path.stat().st_size
    if not path.is_file() or size > MAX_BYTES:
        return f"{size} bytes, or no file"
    try:
        with zipfile.ZipFile(path) as parts:
            if any(part.compress_type != zipfile.ZIP_STORED for part in parts.infolist()):
                return "compressed parts"
            broken = parts.testzip()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, EOFError):
        return "part of one, or something else"
    return f"one with damage in {broken!r:.60}" if broken else None


def _damaged(path: str | os.PathLike[str], found: str) -> CheckpointError:
    return CheckpointError(
        os.fspath(path), "a checkpoint that numerist wrote", found, "Begin without --resume."
    )


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    text = " ".join(text.split())
    return text if len(text) <= 60 else f"{text[:57]}…"  # noqa: PLR2004
