"""`numerist tune`: search for hyper-parameters."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from numerist.checks import finite
from numerist.cli import options
from numerist.cli.train_deep import DEVICES, PRECISIONS
from numerist.engine import ENGINES, resolve
from numerist.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    import optuna

    from numerist.tuning.crew import Task
    from numerist.tuning.outcome import Outcome
    from numerist.tuning.plan import Plan

F = TypeVar("F", bound="Callable[..., Any] | click.Command")

_FILE = click.Path(dir_okay=False, path_type=Path)
_PARAMETERS = (
    "rate", "batch", "hidden", "cost", "activation", "smoothing", "average", "distortion",
)  # fmt: skip
_PLANNED = ("model", "recipe", "epochs", "train_on", "seed", "pruning")


def _searched(name: str, help_: str, space: str) -> Callable[[F], F]:
    return click.option(f"--{name}", metavar="SPACE", help=f"{help_}  [default: {space}]")


@click.command()
@click.option(
    "--model",
    type=click.Choice(["network", "cnn"]),
    help="What learns: the chapter's network, or with PyTorch a convolutional one."
    "  [default: network]",
)
@click.option(
    "--trials",
    type=click.IntRange(min=1),
    default=60,
    show_default=True,
    metavar="N",
    help="How many the study is to have in all.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Begin no more trials after so long.",
)
@_searched("rate", "Learning rate η.", "0.01:30; cnn 0.01:1")
@_searched("batch", "Size of a mini-batch.", "4:128; cnn 32:512")
@_searched("hidden", "Neurons of the hidden layer.", "10:200")
@_searched("cost", "What learning makes small; the outputs go with it.", "all three")
@_searched("activation", "Activation of the hidden layer.", "sigmoid,tanh,relu")
@_searched("smoothing", "Share of a cnn's target that all classes get alike.", "0:0.3")
@_searched("average", "Weight of the past in a cnn's mean weights.", "0,0.9,0.99,0.999")
@_searched("distortion", "Strength of a cnn's distortions; 1 as hands differ.", "0:1.5")
@click.option(
    "--epochs", type=click.IntRange(min=1), help="Of each trial.  [default: 30; cnn: the recipe's]"
)
@click.option(
    "--recipe",
    type=click.Choice(["quick", "good", "best"]),
    help="Of a cnn: what is not searched.  [default: quick]",
)
@click.option(
    "--pruning/--no-pruning",
    default=None,
    help="Stop trials early that are worse than the median was by then.  [default: pruning]",
)
@click.option(
    "--seed", type=click.IntRange(min=0), help="Repeats a study; a fresh one if not given."
)
@click.option("--train-on", type=int, metavar="N", help="Learn from the first N images only.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Processes of this machine at the study.",
)
@click.option(
    "--study", metavar="NAME", help="Begin it, go on with it, or join it.  [default: MODEL]"
)
@click.option(
    "--storage",
    default="tune.db",
    show_default=True,
    metavar="FILE or URL",
    envvar="NUMERIST_TUNE_STORAGE",
    show_envvar=True,
    help="Where studies are kept: an SQLite file, or postgresql://USER@HOST/DATABASE.",
)
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="auto",
    show_default=True,
    help="What computes the chapter's network.",
)
@click.option(
    "--device",
    type=click.Choice(DEVICES),
    default="auto",
    show_default=True,
    help="Where a cnn is trained.",
)
@click.option(
    "--precision",
    type=click.Choice(PRECISIONS),
    default="auto",
    show_default=True,
    help="Numbers of a cnn's training.",
)
@click.option("--plot", type=_FILE, help="Draw what came of it: a PNG or SVG file.")
@click.option("--out", type=_FILE, help="Write all trials to this JSON file.")
@options.data_dir
def tune(
    *, storage: str, study: str | None, plot: Path | None, out: Path | None, **given: Any
) -> None:
    """Search for the hyper-parameters that learn best.

    Each trial trains a network and is judged on the 10,000 validation images, never on the test
    images. The first takes the settings of numerist train, the others what TPE proposes.

    A SPACE is a value that stays fixed (10), a range (0.1:10), or several values (10,30,100).

    The study is kept: after Ctrl-C, or a crash, the same command goes on. The same --storage
    and --study on other machines join in. In the end the best settings stand as a command line.
    """
    from numerist.files import refuse_unwritable
    from numerist.tuning import import_optuna, picture
    from numerist.tuning.plan import new

    import_optuna("numerist tune")
    # Some of it is only needed in the end, and must not turn out to be missing then.
    from numerist.tuning import importance, outcome  # noqa: F401
    from numerist.tuning.storage import (
        errors_named,
        is_new,
        open_storage,
        refuse_other_than_unicode,
        shown,
    )
    from numerist.tuning.study import begin_or_join

    if given["timeout"] is not None:
        finite("--timeout", given["timeout"])
    _refuse_one_file_for_two(storage, plot, out)
    if plot is not None:
        picture.check(plot)
    for path in (plot, out):
        if path is not None:
            importance.check()
            refuse_unwritable(path)
    if not study and study is not None:
        raise InputError("--study", "a name", "none", "Leave it out for the usual one.")
    name = study or given["model"] or "network"
    refuse_other_than_unicode("--study", name)
    engine = _engine(given, given["model"])
    asked = _asked(given)
    if is_new(storage):  # what is refused leaves no file behind
        _check(new(asked), engine, given)
    with errors_named(storage):
        begun, plan = begin_or_join(
            open_storage(storage), name, asked, lambda plan: _check(plan, engine, given)
        )
        if plan.model == "cnn" and "," not in engine:
            engine = _engine(given, plan.model)
        _refuse_others_options(given, plan.model)
        search = _Search(begun, plan, given["trials"])
        click.echo(search.first_words(f"{name} in {shown(storage)}"))
        finished = search.run(_task(storage, name, engine, given), given["jobs"])
        ended = search.ended()
        _write(search, ended, plot, out)
    click.echo(last_words(plan, ended))
    if not finished:
        raise click.ClickException("interrupted; the same command goes on with the study")


def _asked(given: dict[str, Any]) -> dict[str, Any]:
    """Return what was asked for of the plan; what was not is missing."""
    asked = {name: given[name] for name in _PLANNED if given[name] is not None}
    space = {name: given[name] for name in _PARAMETERS if given[name] is not None}
    return {**asked, "space": space}


def _refuse_one_file_for_two(storage: str, plot: Path | None, out: Path | None) -> None:
    from numerist.tuning.storage import url_of

    url = url_of(storage)
    kept = url.database if url.get_backend_name() == "sqlite" else None
    files = [Path(file).resolve() for file in (kept, plot, out) if file]
    if len(set(files)) < len(files):
        raise click.UsageError("--storage, --plot and --out need a file each.")


def _refuse_others_options(given: dict[str, Any], model: str) -> None:
    for name in ("device", "precision") if model == "network" else ("engine",):
        if given[name] != "auto":
            raise click.UsageError(f"--{name} is not for --model {model}.")


def _check(plan: Plan, engine: str, given: dict[str, Any]) -> None:
    """Raise an error if no trial could begin: the study is not begun then."""
    from numerist.data import load_mnist

    _refuse_others_options(given, plan.model)
    if plan.model == "network":
        resolve(engine)
    load_mnist(given["data_dir"])


def _engine(given: dict[str, Any], model: str | None) -> str:
    """Return what computes, as `numerist.tuning.learners` names it."""
    if model != "cnn":
        return str(given["engine"])
    from numerist.cli.train_deep import chosen_device, has_bfloat16, is_busy
    from numerist.deep import import_torch

    torch = import_torch("--model cnn", beside_others=is_busy())
    device, precision = chosen_device(torch, given["device"]), given["precision"]
    if precision == "auto":
        precision = "bfloat16" if has_bfloat16(torch, device) else "float32"
    return f"{device},{precision}"


def _task(storage: str, name: str, engine: str, given: dict[str, Any]) -> Task:
    from numerist.tuning.crew import Task

    return Task(storage, name, given["trials"], given["timeout"], engine, given["data_dir"])


class _Search:
    """A study while it runs, and what is seen of it."""

    def __init__(self, study: optuna.Study, plan: Plan, wanted: int) -> None:
        self.study = study
        self.plan = plan
        self._wanted = wanted
        self._told = {one.number for one in self.ended()}
        self._bar: Any = None

    def ended(self) -> list[Outcome]:
        """Return the trials that have ended, whoever ran them."""
        from numerist.tuning.outcome import outcomes

        return outcomes(self.study, self.plan)

    def first_words(self, place: str) -> str:
        plan = self.plan
        what = "the chapter's network" if plan.model == "network" else f"cnn, recipe {plan.recipe}"
        said = (
            f"Searching for {what}: {_trials(self._wanted)}, epochs: {plan.epochs}, learning from"
            f" {plan.train_on} images, judged on the 10000 validation images; seed {plan.seed}."
            f"\nStudy {place}."
        )
        if self._told:
            said += f" It has {_trials(len(self._told))} already."
        return said

    def run(self, task: Task, jobs: int) -> bool:
        """Run what is missing; return False if Ctrl-C ended it."""
        from tqdm import tqdm

        began = len(self._told)
        if began >= self._wanted:
            return True
        with tqdm(
            total=self._wanted, initial=began, unit=" trials", disable=None, leave=False
        ) as self._bar:
            try:
                self._work(task, jobs)
            except KeyboardInterrupt:
                self._look()
                return False
        return True

    def _work(self, task: Task, jobs: int) -> None:
        from numerist.data import load_mnist
        from numerist.tuning import crew
        from numerist.tuning.learners import learner
        from numerist.tuning.trials import Objective
        from numerist.tuning.work import work

        mnist = load_mnist(task.data_dir)  # also where others use it: they find it fetched
        if jobs > 1:
            del mnist
            crew.run(task, jobs, self._look, lambda: len(self._told))
            return
        until = None if task.seconds is None else time.monotonic() + task.seconds
        learn = learner(self.plan, mnist.training, mnist.validation, task.engine)
        work(self.study, Objective(self.plan, learn, self._wanted, self._watch), until, self._look)

    def _watch(self, number: int, epoch: int, share: float) -> None:
        self._bar.set_postfix_str(f"trial {number}, epoch {epoch}: {share:.2%}")

    def _look(self) -> None:
        """Say what has ended since the last look."""
        from numerist.tuning.outcome import best

        ended = self.ended()
        first = best(ended)
        for one in ended:
            if one.number not in self._told:
                self._told.add(one.number)
                self._bar.write(_line(one, best=one is first), file=sys.stdout)
                self._bar.update(1)
        sys.stdout.flush()


def _line(one: Outcome, *, best: bool) -> str:
    """Return what is said of a trial that has ended."""
    from numerist.tuning.outcome import described

    if one.complete:
        how = f"{one.share:.2%}{', the best so far' if best else ''}"
    elif one.diverged:
        how = "diverged"
    else:
        how = f"stopped after epoch {len(one.shares) - 1} at {one.share:.2%}"
    return f"Trial {one.number}: {described(one.settings)}: {how}, {one.seconds:.1f} s"


def _trials(number: int) -> str:
    return "1 trial" if number == 1 else f"{number} trials"


def last_words(plan: Plan, ended: list[Outcome]) -> str:
    """Return what came of a study: its best trial, the usual settings, and a line to paste."""
    from numerist.tuning.outcome import best, command, described

    chosen = best(ended)
    if chosen is None:
        return "No trial has run to its end."
    early = sum(not one.complete and not one.diverged for one in ended)
    wild = sum(bool(one.diverged) for one in ended)
    counted = f"Best of {_trials(len(ended))} ({early} stopped early, {wild} diverged):"
    how = f"{described(chosen.settings)}: {chosen.share:.2%} of the validation images right."
    lines = [counted, f"trial {chosen.number}: {how}"]
    usual = [one for one in ended if one.complete and one.settings == plan.usual]
    if usual and usual[0] is not chosen:
        lines.append(
            f"The usual settings, trial {usual[0].number}: {described(usual[0].settings)}:"
            f" {usual[0].share:.2%}."
        )
    lines += ["Trained again, and judged by the test images:", command(plan, chosen)]
    return "\n".join(lines)


def _write(search: _Search, ended: list[Outcome], plot: Path | None, out: Path | None) -> None:
    """Write the files that were asked for."""
    from numerist.files import replacing
    from numerist.tuning import picture
    from numerist.tuning.importance import importances
    from numerist.tuning.outcome import best, command

    if plot is None and out is None:
        return
    study, plan = search.study, search.plan
    mattered = importances(study, plan)
    if plot is not None:
        picture.draw(plot, plan, ended, mattered)
    if out is not None:
        chosen = best(ended)
        content = {
            "study": study.study_name,
            "plan": json.loads(plan.as_json()),
            "judged_on": "validation",
            "best": None if chosen is None else chosen.number,
            "command": None if chosen is None else command(plan, chosen),
            "importances": mattered,
            "trials": [one.as_json() for one in ended],
        }
        with replacing(out) as part:
            part.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
