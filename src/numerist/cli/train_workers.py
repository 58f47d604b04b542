"""The part of `numerist train --workers N` that runs on many workers: the steps, nothing else.

What asks for them checks the settings, waits, and writes the model of what they have learned.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numerist.cli.train_deep import Run, Settings
    from numerist.data import Dataset
    from numerist.deep.meeting import Meeting
    from numerist.deep.recipe import Recipe
    from numerist.deep.training import Training
    from numerist.deep.workers import Crew
    from numerist.model.layers import Layer


@dataclass(frozen=True, slots=True)
class _Job:
    """What all workers have to know; the images are in a file, which they share in memory."""

    recipe: Recipe
    classes: list[str]
    judges: str
    seed: int
    device: str
    start: Sequence[Layer]
    teachers: tuple[Path, ...]
    checkpoint: Path
    copy: Path | None
    save_every: float
    images: Path


def learn_together(
    run: Run,
    settings: Settings,
    start: Sequence[Layer],
    meeting: Meeting | None,
    *,
    begins: bool,
) -> None:
    """Let workers take all steps; Ctrl-C ends them early, after a whole step.

    In the end `run` stands where they stood. With other machines each of them has a checkpoint of
    its own, known to it alone: a command that is started again can't be in the way of the others.

    Args:
        run: where to begin.
        settings: what the command was asked for.
        start: the layers of the network that is gone on from, if there is one.
        meeting: where other machines are met that train as well, if there are any.
        begins: whether `run` does not come from its checkpoint.
    """
    import torch

    from numerist.deep import checkpoint
    from numerist.deep.workers import Crew, shared_folder, work_together

    training, sets = run.training, run.sets
    threads = max(1, torch.get_num_threads() // settings.workers)
    with shared_folder() as folder:
        public = run.checkpoint.resolve() if run.checkpoint else None
        path = folder / "run.ckpt" if meeting or not public else public
        if begins or meeting:
            checkpoint.save(path, training, run.history)
        job = _Job(
            training.recipe, sets.classes, sets.judges, training.seed, training.device, start,
            settings.teacher, path, public if meeting else None, run.save_every, folder / "images",
        )  # fmt: skip
        _put_images(job.images, sets.learning, sets.validation)
        crew = Crew(settings.workers, folder, training.device, threads, meeting)
        work_together(crew, _take_steps, job)
        run.history = checkpoint.load(path, training)


def _take_steps(crew: Crew, job: _Job) -> None:
    """Be one of the workers, from where the checkpoint stands."""
    from tqdm import tqdm

    from numerist.cli.train_deep import Run, Sets
    from numerist.deep import checkpoint
    from numerist.deep.shared_training import SharedTraining
    from numerist.deep.teachers import Vote

    tqdm.set_lock(threading.RLock())  # its own one would outlive a worker that is killed
    learning, validation = _images(job.images)
    outputs = len(job.classes) + bool(job.recipe.strangers)
    teachers = Vote(job.teachers, outputs) if job.teachers else None
    training = SharedTraining(
        job.recipe, learning, len(job.classes), job.seed, job.device, job.start, teachers
    )
    first = crew.is_first_here
    history = checkpoint.load(job.checkpoint, training)
    if crew.meeting:
        history = _settled(crew.meeting, job, training)
    run = Run(
        training,
        Sets(learning, validation, None, job.classes, {}, "", job.judges),
        job.checkpoint if first else None,
        history=history,
        shown=crew.rank == 0,
        copy=job.copy if first else None,
        save_every=job.save_every,
    )
    if first and crew.restarts:
        click.echo(f"A worker died; all go on after step {training.step}.", err=True)
    run.take_steps(crew.is_asked_to_stop)


def _settled(meeting: Meeting, job: _Job, training: Training) -> list[dict[str, Any]]:
    """Go on from where the furthest of all machines stands, if all do the same."""
    import torch

    from numerist import __version__
    from numerist.deep import checkpoint
    from numerist.deep.agreement import refuse_differences, share_newest

    refuse_differences({
        "version of numerist": __version__,
        "version of PyTorch": str(torch.__version__).partition("+")[0],
        "machines": meeting.machines,
        **json.loads(checkpoint.describe(training)),
    })  # fmt: skip
    share_newest(job.checkpoint, training.step)
    return checkpoint.load(job.checkpoint, training)


def _put_images(path: Path, *sets: Dataset) -> None:
    """Write images and labels where workers find them."""
    import torch

    from numerist.deep import checkpoint

    content = [(torch.from_numpy(s.images), torch.from_numpy(s.labels)) for s in sets]
    checkpoint.put(path, content)


def _images(path: Path) -> list[Dataset]:
    """Return what `_put_images` has written; all workers of a machine have it in memory once."""
    import torch

    from numerist.data import Dataset

    found = torch.load(path, mmap=True, weights_only=True)
    return [Dataset(images.numpy(), labels.numpy()) for images, labels in found]
