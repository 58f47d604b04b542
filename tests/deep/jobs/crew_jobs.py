"""What workers do in tests: functions that processes can import."""

from __future__ import annotations

import functools
import json
import os
import signal
from typing import TYPE_CHECKING, Any

import torch
from torch import distributed

from numerist.deep import checkpoint
from numerist.deep.agreement import refuse_differences, share_newest
from numerist.deep.shared_training import SharedTraining
from numerist.deep.teachers import Vote
from numerist.errors import DivergedError, NumeristError, WriteError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numerist.data import Dataset
    from numerist.deep.recipe import Recipe
    from numerist.deep.training import Training
    from numerist.deep.workers import Crew

    Cases = dict[str, tuple[Recipe, Sequence[Path]]]


def learn(crew: Crew, cases: Cases, data: Dataset, steps: int, out: Path) -> None:
    """Take steps by each recipe; save where they end, the losses, and what each was shown."""
    for name, (recipe, files) in cases.items():
        outputs = 10 + bool(recipe.strangers)
        teachers = Vote(files, outputs) if files else None
        training = SharedTraining(recipe, data, 10, 9, teachers=teachers)
        if recipe.precision == "float32":
            compute_in_double(training)
        shown: list[tuple[torch.Tensor, torch.Tensor]] = []
        training._loss = functools.partial(_noting, training._loss, shown)  # type: ignore[method-assign]
        losses = [training.take_step() for _ in range(steps)]
        file = f"{name}-{crew.count}-{crew.rank}"
        torch.save(shown, out / f"{file}.shown")
        history = [{"losses": losses, "right": training.right(data)}]
        checkpoint.save(out / f"{file}.ckpt", training, history)


def compute_in_double(training: Training) -> None:
    """Let a new training compute in 64 bits, so that rounding tips no unit over its kink.

    In 32 bits it did within seven steps, by some seeds and on some processors, and what came after
    was learned another way.
    """
    for net in {training.net, training.kept}:
        net.double().register_forward_pre_hook(lambda _, args: (args[0].double(),))
    if isinstance(training, SharedTraining):
        training._statistics = [b for b in training.net.buffers() if b.is_floating_point()]


def _noting(
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    shown: list[tuple[torch.Tensor, torch.Tensor]],
    images: torch.Tensor,
    labels: torch.Tensor,
) -> torch.Tensor:
    shown.append((images.clone(), labels.clone()))
    return loss(images, labels)


def go_on(crew: Crew, recipe: Recipe, data: Dataset, path: Path) -> None:
    """Go on from a checkpoint to the end."""
    training = SharedTraining(recipe, data, 10, 3)
    compute_in_double(training)
    history = checkpoint.load(path, training)
    distributed.barrier()  # all have read before one writes
    while training.step < training.steps:
        training.take_step()
    if crew.rank == 0:
        checkpoint.save(path, training, history)


def die(crew: Crew, times: int, rank: int) -> None:
    """Let one worker be killed, so many times."""
    if crew.restarts < times and crew.rank == rank:
        os.kill(os.getpid(), signal.SIGKILL)
    distributed.all_reduce(torch.ones(1))
    (crew.folder / f"done-{crew.rank}-{crew.restarts}").touch()


def diverge(crew: Crew) -> None:
    """All of them notice it."""
    raise DivergedError("step 5", "a finite loss", "nan", f"Says one of {crew.count}.")


def disk_full(crew: Crew) -> None:
    """One of them notices it; the others wait for that one."""
    if crew.rank == 0:
        raise WriteError("run.ckpt", "a file that can be written", "No space left", "Free some.")
    distributed.all_reduce(torch.ones(1))


def settle(crew: Crew, out: Path) -> None:
    """Say what each has, and note what is said about it; then share the newest checkpoint."""
    first = crew.rank == 0
    same: dict[str, Any] = {"seed": 3, "recipe": {"rate": 0.5}}
    other: dict[str, Any] = {"seed": 3, "recipe": {"rate": 0.25}}
    said: list[str | None] = []
    for mine in (same if first else other, same if first else {**same, "teachers": "two"}, same):
        try:
            refuse_differences(mine)
            said.append(None)
        except NumeristError as error:
            said.append(str(error))
    (out / f"said-{crew.rank}").write_text(json.dumps(said))
    path = out / f"checkpoint-{crew.rank}"
    path.write_text(f"of worker {crew.rank}")
    share_newest(path, 4 + crew.rank)


def bug(crew: Crew) -> None:
    """One of them breaks down, always."""
    if crew.rank == 1:
        raise ValueError("no number")
    distributed.all_reduce(torch.ones(1))


def wait_to_be_stopped(crew: Crew, pids: Path) -> None:
    """Work until asked to stop."""
    if signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ()):
        (pids / "hears-interrupts").touch()
    (pids / str(os.getpid())).touch()
    stop = torch.zeros(1)
    while not stop.item():
        stop = torch.tensor([float(crew.is_asked_to_stop())])
        distributed.all_reduce(stop)
    (pids / f"stopped-{crew.rank}").touch()
