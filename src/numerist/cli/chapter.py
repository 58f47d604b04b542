"""`numerist chapter`: the whole chapter, run and shown."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from numerist.errors import NumeristError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numerist.chapter.progress import Progress
    from numerist.chapter.runner import Outcome


@click.command()
@click.argument("rows", nargs=-1, metavar="[ROW]...")
@click.option("--list", "only_list", is_flag=True, help="List the rows and stop.")
@click.option("--quick", is_flag=True, help="Everything at a small scale, in under a minute.")
@click.option(
    "--seeds", type=click.IntRange(min=1),
    help="Seeds to average over, where chance plays a part: 3, or 1 if quick.",
)  # fmt: skip
@click.option(
    "--jobs", type=click.IntRange(min=1), help="Rows at once; as many as there are cores."
)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("chapter-report"),
    show_default=True, help="Folder for report.html, report.json and what is measured.",
)  # fmt: skip
def chapter(
    *,
    rows: Sequence[str],
    only_list: bool,
    quick: bool,
    seeds: int | None,
    jobs: int | None,
    out: Path,
) -> None:
    """Run every idea of the chapter, or some rows of it, and write a report.

    A ROW is an id such as P6, or a letter for a whole part: P S A D G I E X. Each row says what the
    chapter says and what was measured here. Interrupted, the same command goes on where it was.
    """
    from numerist.chapter import book, report, runner
    from numerist.chapter.progress import Progress
    from numerist.chapter.row import Scale
    from numerist.files import make_folder, refuse_unwritable

    chosen = book.chosen(rows)
    if only_list:
        for row in chosen:
            click.echo(f"{row.id:4} {row.title}")
        return
    _refuse_without_extra()
    scale = Scale(quick=quick, seeds=seeds or (1 if quick else 3))
    refuse_unwritable(make_folder(out) / "report.html")
    measured, count = out / "measured", jobs or os.cpu_count() or 1
    progress = Progress(runner.expected(chosen, scale, measured), count)
    start = time.perf_counter()
    running = runner.run(chosen, scale, measured, count, begun=progress.begin)
    try:
        outcomes = _watch(running, len(chosen), progress)
    except KeyboardInterrupt as error:
        line = "interrupted; the same command goes on where it was"
        raise click.ClickException(line) from error
    wall = time.perf_counter() - start
    page, _ = report.write(out, outcomes, scale, wall)
    took = report.times(outcomes, wall)
    verdicts = [report.verdict(outcome) for outcome in outcomes.values()]
    counts = ", ".join(
        _counted(verdicts.count(word), word)
        for word in ("agrees", "nothing to compare", "differs", "failed")
        if word in verdicts
    )
    several = "1 row" if len(outcomes) == 1 else f"{len(outcomes)} rows"
    click.echo(
        f"{several}: {counts}. Took {report.duration(wall)}; the rows' own processor "
        f"time is {report.duration(took.processor)}. Report: {page}"
    )
    if "failed" in verdicts:
        raise SystemExit(1)


def _counted(count: int, verdict: str) -> str:
    """Say of how many rows something is true.

    >>> _counted(1, "agrees"), _counted(2, "agrees"), _counted(2, "failed")
    ('1 agrees', '2 agree', '2 failed')
    """
    return f"{count} {verdict if count == 1 else verdict.removesuffix('s')}"


def _refuse_without_extra() -> None:
    """Say now what is not installed, not after the work."""
    for package in ("jinja2", "matplotlib", "sklearn"):
        if importlib.util.find_spec(package) is None:
            raise NumeristError(
                "numerist chapter",
                "the packages of the extra `chapter`",
                f"none of the name {package}",
                "Install them with: pip install 'numerist[chapter]'",
            )


def _watch(running: Iterable[Outcome], total: int, progress: Progress) -> dict[str, Outcome]:
    """Show how far it is, row by row and in between; return the outcomes by id."""
    outcomes: dict[str, Outcome] = {}
    with _bar(progress) as write:
        for outcome in running:
            outcomes[outcome.row.id] = outcome
            progress.end(outcome.row.id, outcome.kept.seconds if outcome.kept else None)
            write(_line(outcome, len(outcomes), total))
    return outcomes


@contextlib.contextmanager
def _bar(progress: Progress) -> Iterator[Callable[[str], None]]:
    """Show a bar with the time left, moving all the time; give what writes lines above it."""
    from tqdm import tqdm

    over = threading.Event()
    layout = "{percentage:3.0f}% |{bar}| {elapsed} so far{desc}"

    def write(line: str) -> None:
        tqdm.write(line, file=sys.stdout)
        sys.stdout.flush()

    with tqdm(total=1.0, disable=None, leave=False, bar_format=layout) as bar:

        def move() -> None:
            while not over.wait(0.5):
                bar.n = progress.share()
                left = tqdm.format_interval(round(progress.left()))
                bar.set_description_str(f", about {left} left")

        mover = threading.Thread(target=move, daemon=True)
        if not bar.disable:
            mover.start()
        try:
            yield write
        finally:
            over.set()
            if mover.ident is not None:
                mover.join()


def _line(outcome: Outcome, number: int, total: int) -> str:
    from numerist.chapter.report import verdict

    when = f"{outcome.kept.seconds:6.1f} s" if outcome.kept else "        "
    kept = "" if outcome.fresh else ", kept from before"
    why = f": {outcome.failure}" if outcome.failure else ""
    row = outcome.row
    return f"{number:3}/{total} {row.id:4}{when}  {row.title} ({verdict(outcome)}{kept}){why}"
