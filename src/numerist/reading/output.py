"""Readings as text, JSON, JSON lines, CSV and TSV, one after the other as they come.

Each format is three pieces of text: what begins a file, what stands there for a document, what ends
the file. So a hundred thousand documents take no more memory than one. All of it is UTF-8.
"""

from __future__ import annotations

import collections
import contextlib
import csv
import functools
import io
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, TypeAlias

from numerist.errors import InputError, WriteError
from numerist.reading.result import SCHEMA_VERSION, Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from numerist.reading.bulk.names import Names
    from numerist.reading.result import PageReading

COLUMNS = (
    *("source", "page", "line", "number", "text", "confidence"),
    *("left", "top", "right", "bottom", "error"),
)


@dataclass(frozen=True, slots=True)
class Failure:
    """A document that could not be read at all.

    Attributes:
        source: its name.
        error: why, in one line.
    """

    source: str
    error: str

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, as JSON has them, after `reading.schema()`."""
        return {"schema": SCHEMA_VERSION, "source": self.source, "error": self.error}


Outcome: TypeAlias = Reading | Failure


def errors(outcome: Outcome) -> list[str]:
    """Return what went wrong with a document, or with pages of it.

    >>> errors(Failure("a.png", "a.png: expected a picture, found nothing. Send another."))
    ['a.png: expected a picture, found nothing. Send another.']
    """
    if isinstance(outcome, Failure):
        return [outcome.error]
    return [page.error for page in outcome.pages if page.error is not None]


class Format(Protocol):
    """A way to write outcomes."""

    def begin(self) -> str:
        """Return what stands before all of them."""

    def record(self, outcome: Outcome) -> str:
        """Return one of them."""

    def end(self) -> str:
        """Return what stands behind all of them."""


def format_named(name: str, *, single: bool) -> Format:
    """Return one of `FORMATS`.

    Args:
        name: of the format.
        single: whether there is one document only, so that its name need not be said.
    """
    return FORMATS[name](single=single)


class Text:
    """Plain text.

    A single document is its text, each line with its end, and a form feed before each page but the
    first. Of several, each line says where it comes from, as grep does it.

    >>> from numerist.reading.result import Number, PageReading
    >>> numbers = tuple(Number(text, 1.0, (0, 0, 9, 9), line=k) for k, text in enumerate("74"))
    >>> reading = Reading("a.png", (PageReading(1, (9, 9), numbers),))
    >>> print(Text(single=True).record(reading), end="")
    7
    4
    >>> print(Text(single=False).record(reading), end="")
    a.png: 7
    a.png: 4
    """

    def __init__(self, *, single: bool) -> None:
        self._single = single

    def begin(self) -> str:
        """Return nothing."""
        return ""

    def record(self, outcome: Outcome) -> str:
        """Return the lines of a document; of one that failed, or has no numbers, none."""
        if isinstance(outcome, Failure):
            return ""
        if self._single:
            lines = outcome.text.replace("\f", "\n\f")
            return f"{lines}\n" if outcome.numbers else ""
        several = len(outcome.pages) > 1
        return "".join(
            f"{printable(outcome.source)}{f', page {page.number}' if several else ''}: {line}\n"
            for page in outcome.pages
            if page.error is None
            for line in page.text.split("\n")
        )

    def end(self) -> str:
        """Return nothing."""
        return ""


class Json:
    """One JSON document: an object for a single document, else a list of them, each in a line."""

    def __init__(self, *, single: bool) -> None:
        self._single = single
        self._between = ""

    def begin(self) -> str:
        """Return the bracket before a list."""
        return "" if self._single else "["

    def record(self, outcome: Outcome) -> str:
        """Return an object."""
        if self._single:
            return _json(outcome, indent=2) + "\n"
        between, self._between = self._between, ","
        return f"{between}\n{_json(outcome)}"

    def end(self) -> str:
        """Return the bracket behind a list."""
        return "" if self._single else "\n]\n"


class JsonLines:
    """A JSON object in a line for each document."""

    def __init__(self, *, single: bool = False) -> None:
        del single

    def begin(self) -> str:
        """Return nothing."""
        return ""

    def record(self, outcome: Outcome) -> str:
        """Return a line."""
        return _json(outcome) + "\n"

    def end(self) -> str:
        """Return nothing."""
        return ""


class Csv:
    """A table with a row for each number, and one for each page without any, or that failed.

    Pages count from 1; lines, and the numbers in a line, from 0.
    """

    def __init__(self, *, single: bool = False, separator: str = ",") -> None:
        del single
        self._separator = separator

    def begin(self) -> str:
        """Return the header."""
        return self._rows([COLUMNS])

    def record(self, outcome: Outcome) -> str:
        """Return the rows of a document."""
        if isinstance(outcome, Failure):
            return self._rows([[outcome.source, *[""] * (len(COLUMNS) - 2), outcome.error]])
        return "".join(self._rows(_page_rows(outcome.source, page)) for page in outcome.pages)

    def _rows(self, rows: Iterable[Iterable[Any]]) -> str:
        return "".join(_row(row, self._separator) for row in rows)

    def end(self) -> str:
        """Return nothing."""
        return ""


FORMATS: dict[str, Callable[..., Format]] = {
    "text": Text,
    "json": Json,
    "jsonl": JsonLines,
    "csv": Csv,
    "tsv": functools.partial(Csv, separator="\t"),
}


def _page_rows(source: str, page: PageReading) -> Iterator[list[Any]]:
    if not page.numbers:
        yield [source, page.number, *[""] * (len(COLUMNS) - 3), page.error or ""]
    before: collections.Counter[int] = collections.Counter()
    for number in page.numbers:
        plain = number.as_dict()
        place = [source, page.number, number.line, before[number.line]]
        before[number.line] += 1
        yield [*place, number.text, plain["confidence"], *plain["box"], ""]


def _row(values: Iterable[Any], separator: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(values)  # with its usual line end it quotes both \r and \n
    return text.getvalue().removesuffix("\r\n") + "\n"


def _json(outcome: Outcome, indent: int | None = None) -> str:
    return json.dumps(outcome.as_dict(), ensure_ascii=False, indent=indent, allow_nan=False)


def encoded(text: str) -> bytes:
    r"""Return text as UTF-8; what UTF-8 can't say, of odd file names, as escapes that JSON knows.

    >>> encoded("\u03b7 \udcff")
    b'\xce\xb7 \\udcff'
    """
    return text.encode("utf-8", "backslashreplace")


def printable(text: str) -> str:
    r"""Return text in one line and without codes that a terminal would obey.

    >>> printable("a\x1b[2J\n.png")
    'a\\x1b[2J\\n.png'
    """
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def complete_records(path: Path) -> tuple[Names, int]:
    """Return the sources that stand in a file of JSON lines, and where its last line ends.

    Args:
        path: the file. A last line without its end was being written when that was interrupted,
            and does not count.

    Raises:
        InputError: it is not a file of JSON lines, as this program writes them.
    """
    from numerist.reading.bulk.names import Names  # noqa: PLC0415

    length = 0

    def sources() -> Iterator[str]:
        nonlocal length
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if not line.endswith(b"\n"):
                    return
                yield _source(line, f"{path}, line {number}")
                length += len(line)

    return Names(sources()), length


def _source(line: bytes, place: str) -> str:
    try:
        record = json.loads(line)
        source = record["source"]
        if record["schema"] == SCHEMA_VERSION and isinstance(source, str):
            return source
    except (ValueError, TypeError, LookupError, RecursionError):
        pass
    raise InputError(
        place, f"a reading as JSON (schema {SCHEMA_VERSION})", "something else",
        "Name another file, or remove that line.",
    )  # fmt: skip


@contextlib.contextmanager
def appending(path: Path, length: int) -> Iterator[BinaryIO]:
    """Give a file to append lines to, from `length` on; what stands beyond it is dropped.

    Flush after each line: killed at any moment, the file then holds whole lines and at most a half.

    Raises:
        WriteError: it can't be written.
    """
    try:
        with path.open("ab") as file:
            file.truncate(length)
            yield file
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise WriteError(
            str(path), "a file that can be written", error.strerror or str(error),
            "Choose another place, or free space and permissions there.",
        ) from error  # fmt: skip
