"""`numerist read`: the numbers in pictures."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from numerist.cli import options

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from numerist.cli.read_inputs import Inputs
    from numerist.cli.read_job import Job
    from numerist.errors import PictureError
    from numerist.reading.bulk.names import Names
    from numerist.reading.output import Outcome
    from numerist.reading.sources import Source

F = TypeVar("F", bound="Callable[..., Any] | click.Command")

_PATH = click.Path(path_type=Path)
_FORMATS = ("text", "json", "jsonl", "csv", "tsv", "parquet")
_ENDINGS = {"": "text", ".txt": "text"} | {f".{name}": name for name in _FORMATS[1:]}
_WRITTEN = ".txt, .json, .jsonl, .csv, .tsv or .parquet"
_BINARY = (".gz", ".bz2", ".xz", ".zst", ".7z", ".xls", ".xlsx", ".ods", ".docx", ".odt", ".db")
_GONE_ON_WITH = ("jsonl", "parquet")
_SHOWN_WIDTH = 160  # columns of the terminal that the sample takes at most


def _option(*names: str, **more: Any) -> Callable[[F], F]:
    return click.option(*names, **more)


def _print_schema(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        from numerist.reading.result import SCHEMA

        click.echo(SCHEMA.read_text(encoding="utf-8"), nl=False)
        context.exit()


@click.command()
@click.argument("sources", metavar="[SOURCE]...", nargs=-1)
@_option(
    "--format",
    "format_",
    type=click.Choice(_FORMATS),
    help="Text; JSON with boxes and alternatives; the same, a line for each file; a table with a"
    " row for each number, as CSV, TSV or Parquet. Without it the ending of --out says it.",
)
@_option(
    "--out",
    type=options.OutFile(),
    help="Write to this file, or to - for standard output.",
)
@_option(
    "--list",
    "lists",
    metavar="FILE",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Read what this file, or - for standard input, names: paths and URLs, one in each line or"
    " as find -print0 writes them, or a column of a .csv, .tsv or .parquet file.",
)
@_option(
    "--column",
    metavar="NAME",
    help='The column of --list; without it "source", or the only one.',
)
@_option(
    "--annotate",
    metavar="PATH",
    type=_PATH,
    help="Draw boxes and answers onto a copy of each page. A picture file for one SOURCE, else a"
    " folder.",
)
@_option(
    "--explain",
    metavar="PATH",
    type=_PATH,
    help="Draw how each number was cut into digits, with the score of each piece, likewise.",
)
@_option("--length", type=click.IntRange(min=1), metavar="N", help="Every number has N digits.")
@_option(
    "--pattern",
    metavar="REGEX",
    help=r"Every number fits this, such as '\d{5}(-\d{4})?': digits and - . , / : and space.",
)
@_option("--check", metavar="NAME", help="Every number ends in this check digit, such as luhn.")
@_option("--min", "least", type=float, metavar="X", help="No number is less.")
@_option("--max", "most", type=float, metavar="X", help="No number is greater.")
@_option("--force", is_flag=True, help='Never "?": the best answer there is, even if none fits.')
@_option(
    "--max-error",
    type=float,
    metavar="SHARE",
    help='Say "?" so often that at most this share of the other answers is wrong, such as 0.01.',
)
@_option(
    "--model",
    type=click.Path(path_type=Path),
    help="Read with this model of the ten digits, not with the one that comes with numerist.",
)
@_option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Files at once; one for each core."
)
@_option(
    "--address",
    metavar="HOST:PORT",
    help="Read on the Ray cluster with this head, or the one that this machine belongs to (auto);"
    " into Parquet.",
)
@_option(
    "--resume",
    is_flag=True,
    help="Go on with an interrupted --out FILE of JSON lines or Parquet: what stands there is not"
    " read again.",
)
@_option(
    "--sample",
    is_flag=True,
    help="Show and read the picture that comes with numerist, and write an annotated copy of it.",
)
@_option(
    "--schema",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_schema,
    help="Print the schema of the JSON, and read nothing.",
)
def read(
    *,
    sources: tuple[str, ...],
    format_: str | None,
    out: Path | None,
    lists: tuple[Path, ...],
    column: str | None,
    annotate: Path | None,
    explain: Path | None,
    jobs: int | None,
    address: str | None,
    resume: bool,
    sample: bool,
    **settings: Any,
) -> None:
    r"""Read the handwritten numbers in pictures, scans and PDF documents.

    A SOURCE is a file; a folder with all pictures below it; a pattern such as 'scans/**/*.png'; an
    archive (.tar, .tar.gz, .tar.zst, .zip); a URL of any of these (s3://, gs://, https://, …); or -
    for standard input. Folders and patterns leave out what --annotate and --explain drew. Where no
    answer fits what you know of the numbers (--length, --pattern, --check, --min, --max), or none
    keeps --max-error, the answer is "?". Points, commas, dashes and colons between digits belong to
    an answer, unless a --pattern such as '\d+' has no place for them, and so do the slashes of
    dates.

    Of several files each line of text begins with the file's name. In the pictures of --annotate
    green answers have a confidence of 99 % or more, orange ones of 90 % or more, red ones less.

    What can't be read is listed at the end, and the status is then 1. JSON and CSV have it in its
    place, as an error. Parquet has it in a table of its own, beside the other:
    results.failures.parquet beside results.parquet.
    """
    from numerist.cli.read_inputs import Inputs
    from numerist.reading.sample import SAMPLE

    if column is not None and not lists:
        raise click.UsageError("--column is that of a --list, and none is given.")
    if sample:
        if sources or lists or resume:
            raise click.UsageError(
                "--sample reads its own picture: without SOURCE, --list and --resume."
            )
        sources, annotate = (str(SAMPLE),), annotate or _free("sample-read.png")
    out = None if out == Path("-") else out
    name = format_ or _format_of(out)
    _check(sources, lists, name, out, resume=resume)
    if address is not None and (name != "parquet" or annotate or explain):
        raise click.UsageError(
            "--address is for --format parquet, without --annotate and --explain."
        )
    inputs = Inputs(sources, lists, column)
    job = _job(inputs, annotate, explain, settings)
    inputs.refuse_missing()
    work = job.begin()  # and if that fails, nothing has been written yet
    if name == "parquet":
        from numerist.cli.read_table import write_table

        write_table(cast("Path", out), job, inputs, jobs, resume=resume, address=address)
        return
    if sample and name == "text":
        _show(SAMPLE)
    finish = _write(inputs, job, work, jobs=jobs, name=name, out=out, resume=resume)
    if sample and name == "text":
        from numerist.data import LICENCE

        click.echo(f"\nWith boxes and answers: {annotate}\nDigits: {LICENCE}.")
    finish()


def _format_of(out: Path | None) -> str:
    """Return the format that the ending of a file asks for: text where there is none.

    Raises:
        click.UsageError: it asks for what is not written.
    """
    ending = out.suffix.lower() if out else ""
    if ending not in _ENDINGS:
        raise click.UsageError(
            f"--out {out} asks for a format that is not written: choose a name that ends in"
            f" {_WRITTEN}, or say by --format what is to stand in it."
        )
    return _ENDINGS[ending]


def _check(
    sources: Sequence[str], lists: Sequence[Path], name: str, out: Path | None, *, resume: bool
) -> None:
    """Refuse what can't be meant."""
    if not sources and not lists:
        raise click.UsageError(
            "Nothing to read: name pictures, folders or patterns, or - for standard input;"
            " or try --sample."
        )
    if "" in sources:
        raise click.UsageError("An empty SOURCE names nothing: write . for this folder.")
    if [*sources, *map(str, lists)].count("-") > 1:
        raise click.UsageError("There is one standard input only: give - once.")
    if resume and (name not in _GONE_ON_WITH or out is None or "-" in sources):
        raise click.UsageError(
            "--resume is for --format jsonl or parquet with --out FILE, and files."
        )
    if name == "parquet" and out is None:
        raise click.UsageError("Parquet needs a file: --out results.parquet.")
    if out is not None:
        if os.path.exists(out) and not out.is_file():  # noqa: PTH110  (Path's raises)
            raise click.UsageError(
                f"--out {out} is a pipe or a device, which can't be replaced or gone on with: name"
                " a file, or leave it out for standard output."
            )
        _refuse_to_overwrite(out, [*sources, *map(str, lists)])


def _refuse_to_overwrite(out: Path, read_from: Sequence[str]) -> None:
    """Refuse to write where a picture is, or what is read from."""
    from numerist.reading.source import ends_as_picture, is_archive

    if ends_as_picture(out.name) or is_archive(out.name) or out.suffix.lower() in _BINARY:
        raise click.UsageError(
            f"--out {out} has the name of what is no text, and text would be written to it:"
            f" choose one that ends in {_WRITTEN}. --annotate draws."
        )
    options.refuse_overwriting("--out", out, list(map(Path, read_from)))


def _job(
    inputs: Inputs, annotate: Path | None, explain: Path | None, settings: dict[str, Any]
) -> Job:
    from numerist.cli.read_job import Job, place_for

    if annotate is not None and annotate == explain:
        raise click.UsageError("--annotate and --explain need a place each.")
    places = [
        place_for(option, path, inputs.sources, single=inputs.single)
        for option, path in (("--annotate", annotate), ("--explain", explain))
    ]
    return Job(settings, *places)


def _write(
    inputs: Inputs,
    job: Job,
    work: Callable[[Source | PictureError], Outcome],
    *,
    jobs: int | None,
    name: str,
    out: Path | None,
    resume: bool,
) -> Callable[[], None]:
    """Write what is read, one file after the other; return what says so at the end."""
    from numerist.cli.read_run import Run
    from numerist.reading.bulk.lock import locked

    with contextlib.ExitStack() as stack:
        there, length, failed = None, 0, 0
        if name == "jsonl" and out is not None:
            stack.enter_context(locked(out))
            there, length = _there(out, resume=resume)
            failed = _failed(out) if there else 0
        run = Run(name, single=inputs.single, out=out)
        outcomes = _outcomes(inputs.found(there), job, work, jobs)
        stack.enter_context(contextlib.closing(outcomes))
        stack.enter_context(run.writing(length))
        already = there.total() if there else 0
        run.write_all(outcomes, inputs.count(already))
    return functools.partial(run.finish, already=already, failed=failed)


def _free(name: str) -> Path:
    """Return a path in this folder that is not there yet: `name`, or with -2, -3, … in it."""
    path = Path(name)
    for number in itertools.count(2):
        if not path.exists():
            return path
        path = Path(f"{Path(name).stem}-{number}{Path(name).suffix}")
    raise AssertionError


def _there(out: Path, *, resume: bool) -> tuple[Names | None, int]:
    """Return what a file of JSON lines holds already, and the length of its complete lines.

    Raises:
        InputError: it holds something, and nobody said --resume.
    """
    from numerist.errors import InputError
    from numerist.reading.output import complete_records

    if out.stat().st_size == 0:
        return None, 0
    if not resume:
        raise InputError(
            str(out), "a new file", "one that holds something",
            "Go on with it by --resume, remove it, or choose another name.",
        )  # fmt: skip
    return complete_records(out)


def _failed(out: Path) -> int:
    """Return how many whole lines of a file of JSON lines, as we write them, have an error."""
    with out.open("rb") as file:
        return sum(b'"error": "' in line for line in file if line.endswith(b"\n"))


def _outcomes(
    sources: Iterator[Source | PictureError],
    job: Job,
    work: Callable[[Source | PictureError], Outcome],
    jobs: int | None,
) -> Generator[Outcome]:
    """Yield what becomes of the sources, in their order: one alone here, several in processes."""
    from numerist.cli.read_job import lost
    from numerist.reading.workers import cores, in_order

    first = list(itertools.islice(sources, 2))
    if len(first) < 2:  # noqa: PLR2004
        yield from map(work, first)
        return
    begin = functools.partial(job.begin, alone=False)
    results = in_order(itertools.chain(first, sources), begin, jobs or cores(), lost)
    with contextlib.closing(results):
        yield from results


def _show(path: Path) -> None:
    """Show a picture in the terminal, dark ink bright."""
    import numpy as np

    from numerist.image import open_picture, terminal_picture
    from numerist.image.resample import shrink

    how = options.terminal()
    picture = open_picture(path)
    grey = picture if picture.ndim == 2 else picture.mean(axis=2)  # noqa: PLR2004
    ink = 1 - grey / grey.max()
    small = shrink(ink.astype(np.float32), min(how["width"], _SHOWN_WIDTH))
    bright = np.sqrt(np.clip(small / small.max() - 0.1, 0, 1))  # thin strokes stay, paper goes
    lines = terminal_picture(bright, colour=how["colour"], unicode=how["unicode"])
    click.echo("\n".join(line.rstrip() for line in lines).strip("\n") + "\n")
