"""What workers of several machines settle before they go on: that they do the same, and from where.

All of it goes through a process group of `torch.distributed`, and all workers call it alike.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import torch
from torch import distributed

from numerist.errors import NumeristError

if TYPE_CHECKING:
    from pathlib import Path

_MISSING = "nothing"


def refuse_differences(run: dict[str, Any]) -> None:
    """Raise NumeristError, in all workers the same, if not all of them have the same settings.

    Args:
        run: what has to be the same, plain numbers and names.
    """
    runs = [_flat(json.loads(text)) for text in _all_texts(json.dumps(run))]
    for rank, other in enumerate(runs):
        for name in runs[0] | other:
            expected, found = runs[0].get(name, _MISSING), other.get(name, _MISSING)
            if expected != found:
                raise NumeristError(
                    f"worker {rank}, {name}",
                    f"{expected:.60}, as worker 0 has it",
                    f"{found:.60}",
                    "Give the same command on each machine, of the same version of numerist.",
                )


def share_newest(path: Path, step: int) -> None:
    """Put the checkpoint of whoever has come furthest into the place of everybody's.

    Args:
        path: of the checkpoint on this machine.
        step: at which it stands.
    """
    steps = [int(text) for text in _all_texts(str(step))]
    furthest = steps.index(max(steps))
    size = torch.tensor(path.stat().st_size)
    distributed.broadcast(size, furthest)
    content = torch.empty(int(size.item()), dtype=torch.uint8)
    if distributed.get_rank() == furthest:
        content = torch.frombuffer(bytearray(path.read_bytes()), dtype=torch.uint8)
    distributed.broadcast(content, furthest)
    if step < steps[furthest]:
        part = path.with_name(f"{path.name}-{distributed.get_rank()}")
        part.write_bytes(content.numpy().tobytes())
        part.replace(path)


def _all_texts(text: str) -> list[str]:
    """Return what each worker says, by rank."""
    mine = torch.frombuffer(bytearray(text.encode()), dtype=torch.uint8)
    sizes = [torch.tensor(0) for _ in range(distributed.get_world_size())]
    distributed.all_gather(sizes, torch.tensor(len(mine)))
    room = max(int(size.item()) for size in sizes)
    padded = torch.zeros(room, dtype=torch.uint8)
    padded[: len(mine)] = mine
    texts = [torch.empty_like(padded) for _ in sizes]
    distributed.all_gather(texts, padded)
    return [
        bytes(told[: int(size.item())].numpy()).decode()
        for told, size in zip(texts, sizes, strict=True)
    ]


def _flat(run: dict[str, Any], within: str = "") -> dict[str, str]:
    """Return settings within settings as one table.

    >>> _flat({"recipe": {"rate": 0.1}, "seed": 3})
    {'recipe, rate': '0.1', 'seed': '3'}
    """
    table: dict[str, str] = {}
    for key, value in run.items():
        if isinstance(value, dict):
            table |= _flat(value, f"{within}{key}, ")
        else:
            table[f"{within}{key}"] = json.dumps(value)
    return table
