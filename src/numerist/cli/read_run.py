"""What `numerist read` writes and says while it works."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

import click

from numerist.files import replacing
from numerist.reading.output import (
    Failure,
    appending,
    encoded,
    errors,
    format_named,
    printable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numerist.reading.output import Outcome
    from numerist.reading.result import Reading

_LISTED = 20  # failures at the end


class Account:
    """Remembers what is to be said at the end.

    Args:
        name: of the format.
        single: whether there is one file only.
        out: the file to write to; standard output if None.
    """

    def __init__(self, name: str, *, single: bool, out: Path | None) -> None:
        self._name, self._single, self._out = name, single, out
        self._count = self._failed = self._errors = 0
        self._failures: list[str] = []
        self._interrupted = False

    def note(self, count: int, failed: int, reasons: Sequence[str], error_count: int) -> None:
        """Note some files: how many, how many of them failed, why, and how many reasons that is."""
        self._count += count
        self._failed += failed
        self._errors += error_count
        self._failures += [printable(line) for line in reasons[: _LISTED - len(self._failures)]]

    def bar(self, count: Callable[[], int] | None) -> Any:
        """Return a bar, for a terminal; `count` counts the files, if that can be done."""
        from tqdm import tqdm

        shown = not self._single and sys.stderr.isatty()
        total = count() if shown and count else None
        return tqdm(total=total, unit=" files", disable=not shown, leave=False, smoothing=0.05)

    def finish(self, already: int, failed: int) -> None:
        """Say what is to be said, and leave with status 1 if something failed, now or before.

        Args:
            already: how many files had been read before.
            failed: how many of these could not be read.
        """
        if self._out is not None:
            before = f", {already} of them before" if already else ""
            out = printable(str(self._out))
            click.echo(f"{_files(self._count + already)} in {out}{before}")
        self._list_failures()
        if failed:
            what = f"{failed} of {_files(already)} before could not be read, or not wholly"
            click.echo(f"numerist: {what}: see {printable(str(self._listed_in()))}", err=True)
        if self._interrupted:
            raise click.ClickException(f"interrupted after {_files(self._count)}; {self._go_on()}")
        if self._failed or failed:
            click.get_current_context().exit(1)

    def _listed_in(self) -> Path | None:
        """Return the file that says what could not be read."""
        return self._out

    def _list_failures(self) -> None:
        if self._single and len(self._failures) == 1:
            click.echo(f"numerist: {self._failures[0]}", err=True)
        elif self._failed:
            what = f"{self._failed} of {_files(self._count)} could not be read, or not wholly:"
            lines = [f"numerist: {what}", *(f"  {line}" for line in self._failures)]
            more = self._errors - len(self._failures)
            lines += [f"  … and {more} more"] if more > 0 else []
            click.echo("\n".join(lines), err=True)

    def _go_on(self) -> str:
        if self._out is None:
            return "with --format jsonl --out FILE it could be gone on with."
        if self._name in ("jsonl", "parquet"):
            return "the same command with --resume goes on."
        return f"{self._out} holds these. Only --format jsonl and parquet can be gone on with."


class Run(Account):
    """Writes outcomes as they come: all formats but tables in Parquet."""

    def __init__(self, name: str, *, single: bool, out: Path | None) -> None:
        super().__init__(name, single=single, out=out)
        self._format = format_named(name, single=single)
        self._stream: Any = None

    @contextlib.contextmanager
    def writing(self, length: int) -> Iterator[None]:
        """Open what is written to; `length` is that of the JSON lines that stay there."""
        with contextlib.ExitStack() as stack:
            if self._out is None:
                if sys.stdout is None:
                    raise click.ClickException("standard output is closed; name a file with --out.")
                self._stream = sys.stdout.buffer
            elif self._name == "jsonl":
                self._stream = stack.enter_context(appending(self._out, length))
            else:
                part = stack.enter_context(replacing(self._out))
                self._stream = stack.enter_context(part.open("wb"))
            yield

    def write_all(self, outcomes: Iterator[Outcome], count: Callable[[], int] | None) -> None:
        """Write what comes; Ctrl-C ends it, and what is there then is written whole.

        Args:
            outcomes: what comes.
            count: counts the files; None if that can't be done.
        """
        self._interrupted = True  # unless it comes to its end
        self._put(self._format.begin())
        with contextlib.suppress(KeyboardInterrupt), self.bar(count) as bar:
            for outcome in outcomes:
                self._note(outcome)
                with bar.external_write_mode(file=sys.stdout):
                    self._put(self._format.record(outcome))
                bar.update()
            self._interrupted = False
        if self._interrupted and not self._count:
            raise KeyboardInterrupt  # nothing is lost, and no file need be replaced
        self._put(self._format.end())

    def _note(self, outcome: Outcome) -> None:
        wrong = errors(outcome)
        self.note(1, bool(wrong), wrong, len(wrong))
        if self._single and self._name == "text" and not isinstance(outcome, Failure):
            self._say_if_empty(outcome)

    @staticmethod
    def _say_if_empty(reading: Reading) -> None:
        if not (reading.numbers or errors(reading)):
            click.echo(f"numerist: {printable(reading.source)}: no number found", err=True)

    def _put(self, text: str) -> None:
        if text:
            self._stream.write(encoded(text))
            self._stream.flush()


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
