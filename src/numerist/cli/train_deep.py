"""The deep half of `numerist train`: convolutional and deep networks, in PyTorch."""

from __future__ import annotations

import dataclasses
import hashlib
import math
import os
import secrets
import signal
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from numerist.checks import choice, whole
from numerist.cli import options
from numerist.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numerist.data import Dataset
    from numerist.deep.meeting import Meeting
    from numerist.deep.recipe import Recipe
    from numerist.deep.teachers import Vote
    from numerist.deep.training import Training
    from numerist.model import Model
    from numerist.model.layers import Layer

_SAVE_EVERY = 30.0  # seconds between checkpoints within an epoch
NETWORK = "network"
"""The value of --model that stands for the chapter's."""
DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "float32", "bfloat16")


@dataclass(frozen=True, slots=True)
class Settings:
    """What `numerist train --model …` was asked for; None: as the recipe has it."""

    model: str
    recipe: str
    epochs: int | None
    batch: int | None
    rate: float | None
    distortion: float | None
    smoothing: float | None
    average: float | None
    seed: int | None
    train_on: int | None
    device: str
    workers: int
    group: int | None
    address: str | None
    machines: int
    precision: str
    checkpoint: Path | None
    resume: bool
    plot: Path | None
    data: Path | None
    start_from: Path | None
    teacher: tuple[Path, ...]
    twin: Path | None
    data_dir: Path | None
    out: Path


def train_deep(settings: Settings) -> None:
    """Train as asked, show how it goes, and write the model."""
    from numerist.deep import import_torch

    _refuse_one_file_for_two(settings)
    if settings.address:  # PyTorch reads it once: its own lines would stand before ours
        os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "FATAL")
    torch = import_torch("--model", beside_others=is_busy())
    from numerist.deep import checkpoint
    from numerist.deep.training import Training
    from numerist.model.layers import read_layers
    from numerist.reading.output import printable

    _refuse_unknown(settings.model)
    _refuse_what_cannot_end(settings)
    if settings.resume and settings.checkpoint is None:
        raise click.UsageError("--resume needs --checkpoint FILE, the file to go on from.")
    if settings.train_on is not None:
        whole("--train-on", settings.train_on, least=1)
    resumed = settings.checkpoint if settings.resume and settings.checkpoint else None
    if resumed and not resumed.exists():
        click.echo(f"{printable(str(resumed))} is not there yet; beginning.", err=True)
        resumed = None
    meeting = _meeting(settings, resumed)
    seed = settings.seed
    if seed is None:
        seed = checkpoint.seed_in(resumed) if resumed else secrets.randbelow(2**32)
    device = chosen_device(torch, settings.device)
    refuse_workers(torch, settings.workers, device)
    recipe = _recipe(settings, torch, device)
    if settings.plot and not recipe.epochs:
        raise InputError("--plot", "--epochs of 1 or more", "0", "Leave one of the two out.")
    sets = _sets(settings)
    start = read_layers(settings.start_from) if settings.start_from else ()
    _refuse_other_start(settings, start)
    recipe = _fitting(recipe, sets, start, settings)
    _refuse_other_twin(settings.twin, recipe)
    _refuse_uneven(settings.workers * (meeting.machines if meeting else 1), recipe)
    teachers = _teachers(settings.teacher, recipe, sets)
    training = Training(recipe, sets.learning, len(sets.classes), seed, device, start, teachers)
    run = Run(training, sets, settings.checkpoint)
    if resumed:
        run.history = checkpoint.load(resumed, training)
        click.echo(f"Going on after step {training.step} of {training.steps}.")
    numbers = sum(p.numel() for p in training.net.parameters())
    what = printable(str(settings.start_from or recipe.model))
    click.echo(
        f"Learning from {len(sets.learning)} images; {what} with {numbers:,} parameters,"
        f" epochs: {recipe.epochs}, mini-batches of {recipe.batch}, seed {seed}, {device},"
        f" {recipe.precision}{_together(settings.workers, meeting)}."
    )
    _learn(run, settings, start, meeting, begins=not resumed)
    _finish(run, settings)


def _refuse_one_file_for_two(settings: Settings) -> None:
    """Raise UsageError if one thing would be written over another; a model may replace its own."""
    more = [settings.checkpoint, settings.plot]
    written = [file.resolve() for file in (settings.out, *more) if file]
    learned = [settings.start_from, settings.twin, *settings.teacher]
    kept = {file.resolve() for file in learned if file} - set(written[:1])
    if settings.data:
        kept.add(settings.data.resolve())
    if len(set(written)) < len(written) or kept & set(written):
        raise click.UsageError("--out, --checkpoint, --plot, and what is read, need a file each.")
    if settings.data and any(file.is_relative_to(settings.data.resolve()) for file in written):
        raise click.UsageError(
            "--out, --checkpoint and --plot are not for the folder of --data, which holds images."
        )


def _refuse_unknown(model: str) -> None:
    """Raise InputError if there is no such architecture, whatever its layers."""
    from numerist.deep.architectures import ARCHITECTURES

    choice("model", model.partition(":")[0], dict.fromkeys((NETWORK, *ARCHITECTURES)))


def _refuse_what_cannot_end(settings: Settings) -> None:
    """Raise an error if what writes the files in the end is missing, or can't write there."""
    import onnx  # noqa: F401

    from numerist.files import refuse_unwritable
    from numerist.image import NORMALISER_VERSION  # noqa: F401
    from numerist.model import calibration  # noqa: F401
    from numerist.model.runtime import import_onnxruntime
    from numerist.tuning import picture

    import_onnxruntime()
    if settings.plot:
        picture.check(settings.plot, "train")
    for path in (settings.out, settings.checkpoint, settings.plot):
        if path is not None:
            refuse_unwritable(path)
    there = settings.checkpoint
    if there and not settings.resume and there.exists() and there.stat().st_size:
        raise InputError(
            "--checkpoint", "a file that is new or empty", str(there),
            "Go on from it with --resume, remove it, or choose another name.",
        )  # fmt: skip


def _meeting(settings: Settings, resumed: Path | None) -> Meeting | None:
    """Return where other machines are met, if they are."""
    from numerist.deep import meeting

    if settings.address is None:
        return None
    if settings.seed is None and not resumed:
        raise click.UsageError("--address needs --seed N, the same on each machine.")
    found = meeting.parse(settings.address, settings.machines)
    found.way()
    return found


def _learn(
    run: Run,
    settings: Settings,
    start: Sequence[Layer],
    meeting: Meeting | None,
    *,
    begins: bool,
) -> None:
    """Take all steps that are left, in this process or in several; other machines may need ours."""
    if meeting or (settings.workers > 1 and run.training.step < run.training.steps):
        from numerist.cli.train_workers import learn_together

        learn_together(run, settings, start, meeting, begins=begins)
    else:
        run.learn()


def _finish(run: Run, settings: Settings) -> None:
    """Write the model, also of a training that was interrupted, unless no epoch was whole."""
    finished = run.is_finished()
    if not finished and run.training.step < run.training.steps_an_epoch:
        raise click.ClickException("interrupted; no epoch was whole, so no model was written.")
    _write(run, settings)
    if not finished:
        raise SystemExit(1)


def _together(workers: int, meeting: Meeting | None) -> str:
    if meeting:
        return f", {workers} workers here of {meeting.machines} machines that meet at {meeting}"
    return f", {workers} workers" if workers > 1 else ""


_DIGITS = [str(digit) for digit in range(10)]


@dataclass(frozen=True, slots=True)
class Sets:
    """What to learn from, what to calibrate by, and what judges in the end, if there is that."""

    learning: Dataset
    validation: Dataset
    test: Dataset | None
    classes: list[str]
    about: dict[str, Any]
    licence: str
    judges: str  # what to call the images that each epoch is judged by
    twin: Path | None = None  # who says how sure to be, where nothing is left to tell it by


def _sets(settings: Settings) -> Sets:
    if settings.twin and (settings.data or settings.train_on):
        raise click.UsageError("--twin is for all of MNIST: leave out --data and --train-on.")
    if settings.data is not None:
        sets = _own_images(settings.data, settings.train_on)
    else:
        sets = _mnist(settings)
    return _with_models(sets, settings)


def _mnist(settings: Settings) -> Sets:
    from numerist.data import LICENCE, fetch, load_mnist

    mnist = load_mnist(settings.data_dir)
    learning = mnist.training[: options.count(settings.train_on, len(mnist.training))]
    judges = "validation"
    if settings.twin:
        learning, judges = learning.joined(mnist.validation), "learned"
    about = {
        "name": "MNIST, the first images of the training set",
        "examples": len(learning),
        "sha256": {name: fetch.FILES[name].sha256 for name in fetch.TRAINING_FILES},
    }
    licence = f"MIT; learned from {LICENCE}"
    return Sets(
        learning, mnist.validation, mnist.test, _DIGITS, about, licence, judges, settings.twin
    )


def _own_images(source: Path, train_on: int | None) -> Sets:
    from numerist.files import as_utf8

    found = options.own_images(source)
    learning, held = found.split()
    order = np.random.default_rng(0).permutation(len(learning))
    few = options.count(train_on, len(learning), f"The other {len(held)} judge what was learned.")
    if train_on is not None:
        learning = learning[order[:few]]
    click.echo(f"{len(found.classes)} classes; {len(held)} images are held out to judge by.")
    about = {
        "name": as_utf8(source.resolve().name), "examples": len(learning),
        "classes": len(found.classes), "sha256": found.sha256,
    }  # fmt: skip
    licence = "that of the images it learned from"
    return Sets(learning, held, None, found.classes, about, licence, "held-out")


def _with_models(sets: Sets, settings: Settings) -> Sets:
    """Return the sets with what the model files that are learned from say of their origin."""
    used = [("start-from", settings.start_from), *(("teacher", file) for file in settings.teacher)]
    models = [_origin(option, file) for option, file in used if file]
    if not models:
        return sets
    licences = dict.fromkeys(
        f"{one['file']}, which it learned from: {one['licence']}"
        for one in models
        if one["licence"] != sets.licence
    )
    return dataclasses.replace(
        sets, about={**sets.about, "models": models}, licence="; ".join([sets.licence, *licences])
    )


def _origin(option: str, file: Path) -> dict[str, Any]:
    """Return what a model file is, and what it says of its origin.

    Raises:
        ModelError: it can't be read.
    """
    from numerist.files import as_utf8
    from numerist.model.onnx_file import read

    metadata = read(file)[1]
    return {
        "as": option, "file": as_utf8(file.name), "licence": metadata.licence,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "training_data": metadata.training_data, "made_by": metadata.made_by,
    }  # fmt: skip


def _refuse_other_start(settings: Settings, start: Sequence[Layer]) -> None:
    """Raise InputError if another architecture is asked for than that of --start-from.

    "cnn" stands for any network of convolutions, as the recipe that it began with had it.
    """
    if not start:
        return
    from numerist.deep.architectures import build
    from numerist.deep.export import plain_layers
    from numerist.model.layers import Convolution, outline

    found = outline(start)
    if settings.model == "cnn":
        fits = any(isinstance(layer, Convolution) for layer in start)
    else:
        fits = found == outline(plain_layers(build(settings.model, len(_DIGITS))))
    if not fits:
        raise InputError(
            f"--start-from {settings.start_from}", f"a network as --model {settings.model} makes",
            found, "Give the --model that it was trained with.",
        )  # fmt: skip


def _refuse_uneven(workers: int, recipe: Recipe) -> None:
    """Raise InputError unless so many workers can share a step."""
    if workers > 1:
        from numerist.deep.shared_training import refuse_uneven

        refuse_uneven(workers, recipe)


def _refuse_other_twin(twin: Path | None, recipe: Recipe) -> None:
    """Raise InputError unless the twin, if there is one, is what the recipe trains, of 50,000."""
    if twin is None:
        return
    from numerist.data.mnist import TRAINING_SIZE
    from numerist.deep.architectures import build
    from numerist.deep.export import plain_layers
    from numerist.model.layers import parameters, read_layers
    from numerist.model.onnx_file import read

    outputs = len(_DIGITS) + bool(recipe.strangers)
    wanted = parameters(plain_layers(build(recipe.model, outputs)))
    found = parameters(read_layers(twin))
    cure = "Train it first, with the same options but --twin."
    if found != wanted:
        raise InputError(
            f"twin {twin}", f"a network of {wanted:,} parameters, as this training makes",
            f"one of {found:,}", cure,
        )  # fmt: skip
    examples = read(twin)[1].training_data.get("examples")
    if examples != TRAINING_SIZE:
        raise InputError(
            f"twin {twin}", f"one that learned from {TRAINING_SIZE:,} images",
            f"one that learned from {examples or 'an unknown number of'}", cure,
        )  # fmt: skip


def _teachers(files: Sequence[Path], recipe: Recipe, sets: Sets) -> Vote | None:
    from numerist.deep.teachers import Vote

    return Vote(files, len(sets.classes) + bool(recipe.strangers)) if files else None


_STRANGERS = 0.15
_ENOUGH = 400  # steps, for small collections of one's own
_GENTLER = 0.1  # the rate of going on, as a share of that of beginning


def _fitting(recipe: Recipe, sets: Sets, start: Sequence[Layer], settings: Settings) -> Recipe:
    """Return the recipe without what makes sense for digits alone, and fitted to few images.

    Of few images the batch is smaller and there are more epochs, unless they were asked for. A
    network that tells strangers goes on learning to.
    """
    from numerist.model.layers import Dense

    changes: dict[str, Any] = {}
    last = start[-1] if start else None
    if isinstance(last, Dense) and len(last.biases) == len(_DIGITS) + 1:
        changes["strangers"] = recipe.strangers or _STRANGERS
    if sets.classes != _DIGITS:
        changes = {
            "strangers": 0.0,
            "neighbours": 0.0,
            "distortion": dataclasses.replace(recipe.distortion, variants=0.0),
        }
    if sets.test is None:
        batch, images = recipe.batch, len(sets.learning)
        if settings.batch is None:
            batch = changes["batch"] = min(batch, max(2, images // 4))
        if settings.epochs is None:
            steps = max(1, images // batch)  # in an epoch
            changes["epochs"] = max(recipe.epochs, math.ceil(_ENOUGH / steps))
    return dataclasses.replace(recipe, **changes)


@dataclass
class Run:
    """A training with what is seen of it, unless it is not to be seen."""

    training: Training
    sets: Sets
    checkpoint: Path | None
    history: list[dict[str, Any]] = field(default_factory=list)
    shown: bool = True
    copy: Path | None = None  # of the checkpoint, for whoever goes on one day
    save_every: float = field(default_factory=lambda: _SAVE_EVERY)

    def learn(self) -> None:
        """Take all steps; Ctrl-C ends them early, after a whole step."""
        with _asked_to_stop() as asked:
            self.take_steps(lambda: bool(asked))

    def take_steps(self, stops: Callable[[], bool]) -> None:
        """Take steps until all are taken, or `stops()` is true of some worker's."""
        from tqdm import tqdm

        training = self.training
        batch = training.recipe.batch
        saved = epoch_begun = time.perf_counter()
        with tqdm(
            total=training.steps * batch, initial=training.step * batch,
            unit=" images", unit_scale=True, disable=None if self.shown else True, leave=False,
        ) as bar:  # fmt: skip
            while training.step < training.steps and not training.agreed(stops()):
                training.take_step()
                bar.update(batch)
                now = time.perf_counter()
                if training.step % training.steps_an_epoch == 0:
                    self._epoch_ends(now - epoch_begun)
                    epoch_begun, saved = time.perf_counter(), now
                elif self.checkpoint and now - saved > self.save_every:
                    self._save()
                    saved = now
        if training.step < training.steps:
            self._save()

    def is_finished(self) -> bool:
        """Tell whether all steps are taken, and say so if not."""
        from numerist.reading.output import printable

        training = self.training
        if training.step == training.steps:
            return True
        there = self.checkpoint and self.checkpoint.exists()  # not if other machines never came
        where = (
            f"; {printable(str(self.checkpoint))} goes on from there with --resume" if there else ""
        )
        click.echo(f"Interrupted after step {training.step} of {training.steps}{where}.")
        return False

    def _epoch_ends(self, seconds: float) -> None:
        from tqdm import tqdm

        training = self.training
        epoch = training.step // training.steps_an_epoch
        right = training.right(self.sets.validation)
        loss = training.mean_loss
        self.history.append({"epoch": epoch, "loss": loss, "right": right, "seconds": seconds})
        if self.shown:
            tqdm.write(
                f"Epoch {epoch} of {training.recipe.epochs}: {right} / {len(self.sets.validation)}"
                f" {self.sets.judges} images, loss {loss:.4f}, {seconds:.1f} s",
                file=sys.stdout,
            )
            sys.stdout.flush()
        self._save()

    def _save(self) -> None:
        from numerist.deep import checkpoint

        for path in (self.checkpoint, self.copy):
            if path:
                checkpoint.save(path, self.training, self.history)


@contextmanager
def _asked_to_stop() -> Iterator[list[int]]:
    """Give a list that is empty until Ctrl-C; a second one interrupts at once."""
    asked: list[int] = []

    def note(number: int, _: object) -> None:
        asked.append(number)
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


def is_busy() -> bool:
    """Tell whether more is running on this machine than it has cores."""
    return hasattr(os, "getloadavg") and os.getloadavg()[0] > (os.cpu_count() or 1)


def chosen_device(torch: Any, wanted: str) -> str:
    """Return the device that is wanted, or the best there is; one that is not there is an error."""
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if wanted == "auto":
        return next(name for name, available in there.items() if available)
    if not there[wanted]:
        raise InputError(
            "--device", "a device that PyTorch finds here", wanted, "--device auto takes what is."
        )
    return wanted


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def refuse_workers(torch: Any, workers: int, device: str) -> None:
    """Raise InputError if there is no place on this machine for so many workers."""
    if device == "mps" and workers > 1:
        raise InputError(
            "--workers", "one process, on this device", f"{workers} on {device}",
            "Leave --workers out, or add --device cpu.",
        )  # fmt: skip
    cuda = device == "cuda"
    there = torch.cuda.device_count() if cuda else cores()
    if workers > max(1, there):
        raise InputError(
            "--workers", f"at most {there}, its {'GPUs' if cuda else 'cores'}", str(workers),
            "Each computes all the time; more would wait for each other.",
        )  # fmt: skip


def _recipe(settings: Settings, torch: Any, device: str) -> Recipe:
    from numerist.deep.recipe import MNIST_HANDS, RECIPES

    recipe = RECIPES[settings.recipe]
    if settings.model == "cnn" and settings.recipe == "finish" and not settings.start_from:
        raise InputError(
            "--recipe", "--start-from with finish", "none",
            "Name the model file that --recipe best wrote.",
        )  # fmt: skip
    if settings.model != "cnn":
        recipe = dataclasses.replace(RECIPES["deep"], model=settings.model)
    changes: dict[str, Any] = {
        name: value
        for name in ("epochs", "batch", "group", "rate", "smoothing", "average")
        if (value := getattr(settings, name)) is not None
    }
    if settings.distortion is not None:
        changes["distortion"] = MNIST_HANDS.times(settings.distortion)
    if settings.start_from and settings.rate is None:
        changes["rate"] = recipe.rate * _GENTLER
    precision = settings.precision
    if precision == "auto":
        precision = "bfloat16" if has_bfloat16(torch, device) else "float32"
    return dataclasses.replace(recipe, precision=precision, **changes)


def has_bfloat16(torch: Any, device: str) -> bool:
    """Tell whether the device multiplies bfloat16 faster than float32."""
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    if device != "cpu" or not hasattr(torch.cpu, "get_capabilities"):
        return False
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def _write(run: Run, settings: Settings) -> None:
    """Write the model, calibrated and with its thresholds; let the test images judge it."""
    from numerist.files import replacing
    from numerist.model import load_model
    from numerist.reading.output import printable

    twin = load_model(run.sets.twin) if run.sets.twin else None  # which may be replaced
    with replacing(settings.out) as part:
        judged = _write_judged(run, settings, part, twin)
    if settings.plot:
        _plot(run, settings.plot)
    size = settings.out.stat().st_size / 1e3
    click.echo(f"{judged}, by the model file {printable(str(settings.out))} ({size:.0f} kB).")


def _write_judged(run: Run, settings: Settings, out: Path, twin: Model | None) -> str:
    """Write the model twice: as it is judged, and with what came of it; return that in words."""
    from numerist.model import load_model
    from numerist.model.calibration import border, thresholds

    sets = run.sets
    about = _about(run, settings)
    _write_layers(run, out, about)
    model = load_model(out)
    unlearned = twin or model  # has not seen what is held out
    numbers, confidence, _ = unlearned.judge(sets.validation.images)
    right = numbers == sets.validation.labels
    about["rejection"] = thresholds(confidence, right)
    if run.training.recipe.strangers:
        about["strangers"] = border(unlearned.known(sets.validation.images))
    about["accuracy"] = {}
    name, counted = sets.judges, (int(right.sum()), len(right))
    if not sets.twin:
        about["accuracy"][name] = {"right": counted[0], "total": counted[1]}
    if sets.test is not None:
        judged = model.predict(sets.test.images) == sets.test.labels
        name, counted = "test", (int(judged.sum()), len(judged))
        about["accuracy"][name] = {"right": counted[0], "total": counted[1]}
    _write_layers(run, out, about)
    return f"{counted[0] / counted[1]:.2%} of the {counted[1]} {name} images right"


def _write_layers(run: Run, out: Path, about: dict[str, Any]) -> None:
    from numerist.deep.export import plain_layers
    from numerist.model.calibration import sharpness
    from numerist.model.layers import read_sharpness, write_layers

    training, sets = run.training, run.sets
    if sets.twin:
        sharp = read_sharpness(sets.twin)
    else:
        logits = training.logits(sets.validation.images)[:, : len(sets.classes)].numpy()
        sharp = sharpness(logits, sets.validation.labels)
    write_layers(
        out,
        plain_layers(training.kept),
        classes=sets.classes,
        knows_strangers=bool(training.recipe.strangers),
        sharpness=sharp,
        **about,
    )


def _plot(run: Run, path: Path) -> None:
    """Draw loss and accuracy by epoch."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    from numerist.tuning.picture import save

    epochs = [entry["epoch"] for entry in run.history]
    figure = Figure(figsize=(7, 6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    share = [100 * entry["right"] / len(run.sets.validation) for entry in run.history]
    above.plot(epochs, share, marker="o")
    above.set_ylabel(f"{run.sets.judges} images right, %")
    below.plot(epochs, [entry["loss"] for entry in run.history], marker="o")
    below.set_ylabel("mean loss while learning")
    below.set_xlabel("epoch")
    below.xaxis.set_major_locator(MaxNLocator(integer=True))
    for axes in (above, below):
        axes.grid(alpha=0.3)
    save(figure, path, dpi=120)


def _about(run: Run, settings: Settings) -> dict[str, Any]:
    from numerist import __version__
    from numerist.files import as_utf8
    from numerist.image import NORMALISER_VERSION

    training, recipe = run.training, run.training.recipe
    words = {
        "--model": settings.model,
        "--recipe": settings.recipe if settings.model == "cnn" else None,
        "--epochs": recipe.epochs,
        "--batch": recipe.batch, "--rate": f"{recipe.rate:g}", "--precision": recipe.precision,
        "--distortion": settings.distortion, "--smoothing": settings.smoothing,
        "--average": settings.average,
        "--group": settings.group,
        "--workers": settings.workers if settings.workers > 1 or settings.address else None,
        "--machines": settings.machines if settings.address else None,
        "--seed": training.seed, "--train-on": settings.train_on,
        "--data": settings.data and settings.data.resolve().name,
        "--start-from": settings.start_from and settings.start_from.name,
        "--teacher": " --teacher ".join(file.name for file in settings.teacher) or None,
        "--twin": settings.twin and settings.twin.name,
    }  # fmt: skip
    command = " ".join(f"{key} {value}" for key, value in words.items() if value is not None)
    whole = training.step == training.steps
    stopped = "" if whole else f", interrupted after step {training.step}"
    return {
        "normaliser": NORMALISER_VERSION,
        "training_data": run.sets.about,
        "licence": run.sets.licence,
        "made_by": as_utf8(f"numerist {__version__}: numerist train {command}{stopped}"),
    }
