"""Options and habits that several verbs share."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from numerist.checks import whole
from numerist.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numerist.data import Dataset
    from numerist.data.own import OwnImages


F = TypeVar("F", bound="Callable[..., Any] | click.Command")


def _data_dir(without: str) -> Callable[[F], F]:
    return click.option(
        "--data-dir",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="NUMERIST_DATA",
        show_envvar=True,
        help=f"Folder with the four MNIST files, plain or .gz; {without}.",
    )


data_dir = _data_dir("fetched and cached if not given")
data_dir_or_cache = _data_dir("without it, those in the cache; none is fetched")

SETS = ("test", "validation", "training")


class OutFile(click.Path):
    """A file to write to, and no folder, be it there or not."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the path."""
        if os.fsdecode(value).endswith(("/", os.sep)):
            self.fail(f"{value} is a folder: name a file in it.", param, ctx)
        return Path(os.fsdecode(super().convert(value, param, ctx)))


class PngFile(OutFile):
    """A file to write a picture to: by another name it would not be what it says."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the path."""
        path: Path = super().convert(value, param, ctx)
        if path.suffix.lower() not in {"", ".png"}:
            self.fail(
                f"{path} would be a PNG picture: choose a name that ends in .png.", param, ctx
            )
        return path


def which_set(**more: Any) -> Callable[[F], F]:
    """Return the option --on, which names one of the three sets of images."""
    return click.option("--on", "on", type=click.Choice(SETS), show_default=True, **more)


def mnist_set(name: str, folder: Path | None) -> Dataset:
    """Return one of the three sets by its name."""
    from numerist.data import load_mnist

    chosen: Dataset = getattr(load_mnist(folder), name)
    return chosen


@contextlib.contextmanager
def as_typed(context: click.Context) -> Iterator[None]:
    """Let errors of a verb's arguments name its options as they stand on the command line."""
    names = {param.name: param.opts[0] for param in context.command.params}
    try:
        yield
    except InputError as error:
        if error.place not in names:
            raise
        parts = error.expected, error.found, error.cure
        raise type(error)(names[error.place], *parts) from error


def own_images(source: Path, least: int = 2) -> OwnImages:
    """Return images of one's own, of at least so many classes; say which files are left out."""
    from tqdm import tqdm

    from numerist.data.own import load_own
    from numerist.reading.output import printable

    def progress(files: list[Any]) -> Any:
        return tqdm(files, unit=" images", disable=None, leave=False)

    found = load_own(source, progress, least)
    if found.unreadable:
        click.echo(f"Left out, of the files there: {len(found.unreadable)}", err=True)
        for file, reason in found.unreadable:
            click.echo(printable(f"  {file}: {reason}"), err=True)
    return found


def refuse_overwriting(option: str, out: Path | None, read_from: Sequence[Path]) -> None:
    """Refuse to write over what is read from, by whatever name.

    Raises:
        click.UsageError: `out` is one of these files.
    """
    if out is None or not os.path.exists(out):  # noqa: PTH110  (Path's raises)
        return
    if any(os.path.exists(path) and out.samefile(path) for path in read_from):  # noqa: PTH110
        raise click.UsageError(f"{option} {out} is what is read from: choose another name.")


def terminal() -> dict[str, Any]:
    """Return what `terminal_sheet` needs to know of the terminal behind stdout."""
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower()
    colour = "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    return {
        "width": shutil.get_terminal_size().columns,
        "colour": sys.stdout.isatty() and colour,
        "unicode": encoding.startswith("utf"),
    }


def count(wanted: int | None, there: int, cure: str = "The others are validation images.") -> int:
    """Return how many training images --train-on asks for; all that are there without it.

    Raises:
        InputError: fewer than one, or more than there are.
    """
    if wanted is None:
        return there
    if whole("--train-on", wanted, least=1) > there:
        raise InputError("--train-on", f"at most {there}", str(wanted), cure)
    return wanted
