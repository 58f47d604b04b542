"""`numerist train`: the chapter's network learns MNIST."""

from __future__ import annotations

import dataclasses
import os
import secrets
import shlex
import sys
import threading
import time
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from numerist.checks import whole
from numerist.cli import options
from numerist.cli.train_deep import DEVICES, NETWORK, PRECISIONS, train_deep
from numerist.cli.train_deep import Settings as DeepSettings
from numerist.diagnosis import phrases
from numerist.engine import ENGINES, resolve
from numerist.errors import DivergedError, InputError
from numerist.neurons import ACTIVATIONS, COSTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy as np

    from numerist.data import Dataset, Mnist
    from numerist.diagnosis import Finding, Observer
    from numerist.network import Network

F = TypeVar("F", bound="Callable[..., Any] | click.Command")

_FILE = click.Path(dir_okay=False, path_type=Path)
_ACTIVATIONS = [name for name in ACTIVATIONS if name != "softmax"]


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of `numerist train`, by their names."""

    hidden: str | None
    layers: str | None
    epochs: int
    batch: int
    rate: float
    cost: str
    activation: str
    output: str
    seed: int | None
    train_on: int | None
    best_of: int
    engine: str
    on: str
    data_dir: Path | None
    out: Path


def _option(name: str, help_: str, **more: Any) -> Callable[[F], F]:
    return click.option(name, help=help_, show_default=True, **more)


@click.command()
@click.option(
    "--model",
    "model",
    default=NETWORK,
    show_default=True,
    help="What learns: network, the chapter's, or with PyTorch cnn (its quick recipes take the"
    " smaller cnn-small and cnn-medium), deep-mlp:100,100,… or mlp:100,…",
)
@_option("--hidden", "Neurons of the hidden layer, or of several: 100,30. Without it, 30.")
@_option("--layers", "All layers instead: 784,30,10.")
@_option("--epochs", "Times through the data.", type=int, default=30)
@_option("--batch", "Size of a mini-batch.", type=int, default=10)
@_option("--rate", "Learning rate η.", type=float, default=3.0)
@_option(
    "--cost", "What learning makes small.", type=click.Choice(list(COSTS)), default="quadratic"
)
@_option(
    "--activation",
    "Activation of the hidden layers.",
    type=click.Choice(_ACTIVATIONS),
    default="sigmoid",
)
@_option(
    "--output",
    "Activation of the output layer.",
    type=click.Choice(list(ACTIVATIONS)),
    default="sigmoid",
)
@_option(
    "--seed", "Repeats a run to the bit; a fresh one if not given.", type=click.IntRange(min=0)
)
@_option("--train-on", "Learn from the first N images only.", type=int, metavar="N")
@_option(
    "--best-of",
    "Train K networks, with seeds SEED, SEED+1, …, and keep the best on the validation images.",
    type=click.IntRange(min=1),
    default=1,
    metavar="K",
)
@_option(
    "--engine",
    "What computes: NumPy, or the compiled loop, many times faster; auto: that where installed.",
    type=click.Choice(ENGINES),
    default="auto",
)
@options.which_set(
    default="test", help="Images to evaluate on after each epoch. They choose nothing."
)
@options.data_dir
@_option(
    "--out",
    "The model file to write.",
    type=click.Path(path_type=Path),
    default=Path("digits.onnx"),
)
@click.option(
    "--recipe",
    type=click.Choice(["quick", "good", "best", "finish"]),
    default="quick",
    show_default=True,
    help="How to train a cnn: for seconds, for minutes, or for an hour or two; finish: gently, from"
    " the --start-from that best made.",
)
@click.option(
    "--distortion",
    type=click.FloatRange(0, 10),
    help="How strongly a cnn's images are distorted, not as the recipe has it; 1: as hands differ.",
)
@click.option(
    "--smoothing",
    type=click.FloatRange(0, 1, max_open=True),
    help="Share of a cnn's target that all classes get alike, not as the recipe has it.",
)
@click.option(
    "--average",
    type=click.FloatRange(0, 1, max_open=True),
    help="Weight of the past in a cnn's mean weights, not as the recipe has it; 0: none.",
)
@_option("--checkpoint", "Write here, again and again, where a cnn's training stands.", type=_FILE)
@click.option("--resume", is_flag=True, help="Go on from --checkpoint, if it is there.")
@_option("--device", "Where a cnn is trained.", type=click.Choice(DEVICES), default="auto")
@_option(
    "--workers",
    "Let N processes share each step of a cnn's training, on as many cores or graphics processors.",
    type=click.IntRange(min=1),
    default=1,
    metavar="N",
)
@click.option(
    "--group",
    help="Images that a cnn's batch normalisation looks at together, not as the recipe has it; 0:"
    " all of a mini-batch. As many workers as a mini-batch has groups can share it.",
    type=click.IntRange(min=0),
    metavar="N",
)
@_option(
    "--address",
    "Train on several machines that meet at this port of one of them; the same command on each.",
    metavar="HOST:PORT",
)
@_option(
    "--machines",
    "How many meet at --address, each with --workers of its own.",
    type=click.IntRange(min=2),
    default=2,
    metavar="M",
)
@_option(
    "--precision",
    "Numbers of a cnn's training; auto: bfloat16 where it is faster.",
    type=click.Choice(PRECISIONS),
    default="auto",
)
@_option("--plot", "Draw a cnn's learning curve: a PNG or SVG file.", type=_FILE)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Learn from images of your own instead of MNIST: a folder with a sub-folder for each"
    " class, a CSV file, or an IDX file. Of few images without --epochs: so often that there are"
    " 400 steps.",
)
@_option("--start-from", "Go on learning from this model file, not from nothing.", type=_FILE)
@_option(
    "--teacher",
    "Learn what this model file answers, more than the labels; given several times, their vote.",
    type=_FILE,
    multiple=True,
)
@_option(
    "--twin",
    "Learn from all 60,000 images, validation images too. How sure to be is taken from this model"
    " file: the same training, of the first 50,000.",
    type=_FILE,
)
@click.pass_context
def train(context: click.Context, /, model: str, **options_: Any) -> None:
    """Learn to recognise handwritten digits from MNIST.

    The defaults are those of the chapter: [784, 30, 10], 30 epochs, mini-batches of 10, η = 3.0.
    After each epoch it prints how many test images the network gets right, as the chapter does;
    the network of the last epoch is kept, whichever was best. Ctrl-C keeps the last whole epoch.

    With --model cnn a convolutional network learns, by a recipe that is fixed beforehand. After a
    whole epoch Ctrl-C keeps all that it has learned; before, no model is written.
    """
    if model != NETWORK:
        with options.as_typed(context):
            train_deep(_deep_settings(context, model, options_))
        return
    _refuse_deep_options(context)
    learn_network(Settings(**{name: options_[name] for name in Settings.__dataclass_fields__}))


def learn_network(settings: Settings) -> None:
    """Let the chapter's network learn as asked."""
    from numerist.data import load_mnist
    from numerist.files import refuse_unwritable

    settings = dataclasses.replace(settings, engine=resolve(settings.engine))
    sizes = _sizes(settings.layers, settings.hidden)
    _check(settings, sizes)
    refuse_unwritable(settings.out)
    mnist = load_mnist(settings.data_dir)
    learning = mnist.training[: options.count(settings.train_on, len(mnist.training))]
    seed = settings.seed if settings.seed is not None else secrets.randbelow(2**32)
    judges: Dataset = getattr(mnist, settings.on)
    click.echo(
        f"Learning from {len(learning)} images; network {sizes}, mini-batches of"
        f" {settings.batch}, η = {settings.rate:g}, seed {seed}, {settings.engine} engine."
    )
    click.echo(f"After each epoch: how many of the {len(judges)} {settings.on} images are right.")
    runs = [_Run(sizes, settings, seed + number) for number in range(settings.best_of)]
    start = time.perf_counter()
    _learn(runs, learning, judges, mnist.validation)
    _finish(runs, settings, mnist, len(learning), time.perf_counter() - start)


_SHARED = ("epochs", "batch", "rate", "seed", "train_on", "data_dir", "out")
_DEEP = (
    "recipe", "distortion", "smoothing", "average", "checkpoint", "resume", "device", "workers",
    "group", "address", "machines", "precision", "plot", "data", "start_from", "teacher",
    "twin",
)  # fmt: skip


def _given(context: click.Context, names: Iterable[str]) -> list[str]:
    """Return which options stand on the command line."""
    usual = (click.core.ParameterSource.DEFAULT, click.core.ParameterSource.ENVIRONMENT)
    return [name for name in names if context.get_parameter_source(name) not in usual]


def _refuse_deep_options(context: click.Context) -> None:
    for name in _given(context, _DEEP):
        raise click.UsageError(
            f"--{name.replace('_', '-')} is for --model cnn and its kind: add --model cnn."
        )


def _deep_settings(context: click.Context, model: str, given: dict[str, Any]) -> DeepSettings:
    """Return the settings of a deep training; what stands on no command line is the recipe's."""
    for name in _given(context, set(given) - {*_SHARED, *_DEEP}):
        raise click.UsageError(f"--{name.replace('_', '-')} is for the chapter's network only.")
    values = {name: given[name] for name in (*_SHARED, *_DEEP)}
    for name in ("epochs", "batch", "rate"):
        if not _given(context, [name]):
            values[name] = None
    if given["address"] is None and _given(context, ["machines"]):
        raise click.UsageError("--machines needs --address HOST:PORT, where they meet.")
    for name in _given(context, ["recipe", "distortion", "smoothing", "average"]):
        if model != "cnn":
            raise click.UsageError(f"--{name} is for --model cnn only.")
    return DeepSettings(model=model, **values)


def _learn(runs: list[_Run], learning: Dataset, judges: Dataset, validation: Dataset) -> None:
    """Let the networks learn: side by side in threads, where the compiled engine learns."""
    from tqdm import tqdm

    settings = runs[0].settings
    together = 1  # NumPy's small steps hold Python's lock: two threads would only wait
    if settings.engine == "compiled":
        together = min(len(runs), os.cpu_count() or 1)
    if len(runs) > 1:
        click.echo(f"{len(runs)} networks, {together} at a time, seeds {runs[0].seed} and up.")
    total = len(runs) * settings.epochs * len(learning)
    with tqdm(total=total, unit=" images", unit_scale=True, disable=None, leave=False) as bar:
        sets = learning, judges, validation
        if together == 1:
            for run in runs:
                run.learn(*sets, bar, threading.Event())
                if run.stopped and not run.diverged:
                    return
            return
        _side_by_side(runs, together, lambda run, end: run.learn(*sets, bar, end))


def _side_by_side(
    runs: list[_Run], together: int, learn: Callable[[_Run, threading.Event], None]
) -> None:
    """Call `learn` for all runs, so many at a time; what stops one of them stops all."""
    end = threading.Event()
    with ThreadPoolExecutor(together) as pool:
        learning = [pool.submit(learn, run, end) for run in runs]
        try:
            wait(learning, return_when=FIRST_EXCEPTION)
        except KeyboardInterrupt:
            pass
        finally:
            end.set()  # of no effect on what has ended
            pool.shutdown(cancel_futures=True)
        for task in learning:
            if not task.cancelled():
                task.result()


@dataclass
class _Run:
    """One network learning, and what is kept of it."""

    sizes: list[int]
    settings: Settings
    seed: int
    history: list[int] = field(default_factory=list)
    stopped: str | None = None
    diverged: bool = False
    observer: Observer = field(init=False)
    net: Network = field(init=False)

    def __post_init__(self) -> None:
        from numerist.network import Network

        self.net = Network(
            self.sizes,
            seed=self.seed,
            activation=self.settings.activation,
            output=self.settings.output,
            cost=self.settings.cost,
        )

    def learn(
        self,
        learning: Dataset,
        judges: Dataset,
        validation: Dataset,
        bar: Any,
        end: threading.Event,
    ) -> None:
        """Learn; on Ctrl-C, or when the weights grow beyond all bounds, keep the last whole epoch.

        What stopped it stands in `stopped`; `end` stops it from outside, and is set by what
        should stop the others.
        """
        from numerist.diagnosis import Observer

        kept = self._copy(), self.history
        self.observer = Observer(
            self.net,
            learning,
            validation,
            eta=self.settings.rate,
            mini_batch_size=self.settings.batch,
        )
        name = f"seed {self.seed}: " if self.settings.best_of > 1 else ""

        def after_epoch(epoch: int, right: int | None, total: int | None) -> None:
            nonlocal kept
            kept = self._copy(), [*kept[1], right or 0]  # both or neither, if interrupted
            self.observer(epoch)
            bar.write(f"{name}Epoch {epoch}: {right} / {total}", file=sys.stdout)
            sys.stdout.flush()

        try:
            self.net.SGD(
                learning,
                self.settings.epochs,
                self.settings.batch,
                self.settings.rate,
                test_data=judges,
                engine=self.settings.engine,
                on_epoch=after_epoch,
                progress=_Counting(bar, len(learning), end),
            )
        except KeyboardInterrupt:
            self.stopped = "interrupted"
        except BrokenPipeError:
            self.stopped = "nobody reads the output"
            end.set()
        except DivergedError as error:
            self.stopped = str(error)
            self.diverged = True
        (self.net.weights, self.net.biases), self.history = kept

    def findings(self) -> list[Finding]:
        """Return what seems to be wrong with the run; nothing if it was stopped from outside."""
        from numerist.diagnosis import diagnose

        if self.stopped and not self.diverged:
            return []
        return diagnose(self.observer.record(diverged=self.diverged))

    def _copy(self) -> tuple[list[np.ndarray[Any, Any]], list[np.ndarray[Any, Any]]]:
        return [w.copy() for w in self.net.weights], [b.copy() for b in self.net.biases]


class _Counting:
    """Wraps the range of an epoch's mini-batches, moves the bar by images, and heeds `end`."""

    def __init__(self, bar: Any, images: int, end: threading.Event) -> None:
        self._bar = bar
        self._images = images
        self._end = end

    def __call__(self, starts: range) -> Iterator[int]:
        for start in starts:
            if self._end.is_set():
                raise KeyboardInterrupt
            yield start
            with self._bar.get_lock():
                self._bar.update(min(starts.step, self._images - start))


def _finish(
    runs: list[_Run], settings: Settings, mnist: Mnist, learned_from: int, seconds: float
) -> None:
    """Keep the best run, say how it went, and write the model."""
    stopped = next((run.stopped for run in runs if run.stopped and not run.diverged), None)
    useful = [run for run in runs if run.history or (settings.epochs == 0 and not stopped)]
    if not useful:
        wild = [run for run in runs if run.diverged]
        _say(wild[0].findings() if wild else [])
        why = stopped or wild[0].stopped
        why = str(why).rstrip(".")
        raise click.ClickException(f"{why}; no epoch was whole, so no model was written.")
    best, lines = _choose(useful, mnist)
    stopped = stopped or best.stopped
    judges: Dataset = getattr(mnist, settings.on)
    right = best.history[-1] if best.history else best.net.evaluate(judges)
    accuracy = {settings.on: {"right": right, "total": len(judges)}}
    _save(best, settings, accuracy, learned_from)
    lines += [
        f"Seed {run.seed} was left out: {run.stopped}"
        for run in runs
        if run.diverged and run is not best
    ]
    if stopped:
        lines.append(
            f"Stopped ({stopped}); kept what was learned in {phrases.epochs(len(best.history))}."
        )
    lines.append(_last_line(best, right, len(judges), settings, seconds))
    click.echo("\n".join(lines))  # only now that the model is safe
    _say(best.findings())
    if stopped:
        raise SystemExit(1)


def _choose(runs: list[_Run], mnist: Mnist) -> tuple[_Run, list[str]]:
    """Return the run that is best on the validation images, and what to say of the choice."""
    candidates = [run for run in runs if not run.diverged] or runs
    if len(candidates) == 1:
        return candidates[0], []
    scores = [run.net.evaluate(mnist.validation) for run in candidates]
    listed = ", ".join(
        f"{run.seed}: {score}" for run, score in zip(candidates, scores, strict=True)
    )
    said = f"Right of {len(mnist.validation)} validation images, by seed: {listed}"
    return candidates[scores.index(max(scores))], [said]


def _say(findings: list[Finding]) -> None:
    for finding in findings:
        click.echo(str(finding), err=True)


def _last_line(best: _Run, right: int, total: int, settings: Settings, seconds: float) -> str:
    from numerist.reading.output import printable

    highest = max(best.history, default=right)
    epoch = f" (epoch {best.history.index(highest)})" if best.history else ""
    return (
        f"Best {highest / total:.2%}{epoch}, final {right / total:.2%} on the"
        f" {settings.on} images, {seconds:.1f} s, seed {best.seed}."
        f" Model: {printable(str(settings.out))}"
    )


def _save(
    run: _Run, settings: Settings, accuracy: dict[str, dict[str, int]], learned_from: int
) -> None:
    from numerist import __version__
    from numerist.data import LICENCE, fetch

    epochs = len(run.history)
    words = {
        "--layers": ",".join(map(str, run.sizes)), "--epochs": epochs,
        "--batch": settings.batch, "--rate": settings.rate, "--cost": settings.cost,
        "--activation": settings.activation, "--output": settings.output,
        "--train-on": learned_from, "--seed": run.seed, "--engine": settings.engine,
    }  # fmt: skip
    command = " ".join(f"{name} {shlex.quote(str(value))}" for name, value in words.items())
    run.net.save(
        settings.out,
        training_data={
            "name": "MNIST, the first images of the training set",
            "examples": learned_from,
            "sha256": {name: fetch.FILES[name].sha256 for name in fetch.TRAINING_FILES},
        },
        accuracy=accuracy,
        licence=f"MIT; learned from {LICENCE}",
        made_by=f"numerist {__version__}: numerist train {command}",
    )


def _sizes(layers: str | None, hidden: str | None) -> list[int]:
    if layers is not None and hidden is not None:
        raise InputError(
            "--layers and --hidden", "one of the two", "both", "--layers 784,30,10 says it all."
        )
    option = "--hidden" if layers is None else "--layers"
    given = layers if layers is not None else "30" if hidden is None else hidden
    text = given if layers is not None else f"784,{given},10"
    try:
        return [whole(option, int(size), least=1) for size in text.split(",")]
    except ValueError as error:
        raise InputError(
            option,
            "whole numbers of at least 1, separated by commas",
            repr(given),
            "The chapter's network is --layers 784,30,10.",
        ) from error


def _check(settings: Settings, sizes: list[int]) -> None:
    """Refuse what can't work before anything is fetched or computed."""
    from numerist.checks import positive
    from numerist.network import Network

    if (sizes[0], sizes[-1]) != (784, 10):
        raise InputError(
            "--layers",
            "784 inputs (28×28 pixels) and 10 outputs (digits)",
            f"{sizes[0]} and {sizes[-1]}",
            "From Python, numerist.Network takes any sizes and any data.",
        )
    whole("--epochs", settings.epochs, least=0)
    whole("--batch", settings.batch, least=1)
    positive("--rate", settings.rate)
    names = {name: getattr(settings, name) for name in ("activation", "output", "cost")}
    Network([1, sizes[-1]], **names)  # refuses what does not go together, draws no large arrays
