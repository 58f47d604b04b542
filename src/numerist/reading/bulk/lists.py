"""Lists of what is to be read: a text file, or a column of a CSV or Parquet file."""

from __future__ import annotations

import codecs
import csv
import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from numerist.errors import DataError, InputError
from numerist.reading.bulk.extra import arrow_file, needed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from io import BufferedReader

STANDARD_INPUT = Path("-")
_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_USUAL = "source"  # what our own tables call it
_LONGEST = 32_768  # bytes of a name
_WIDEST = 1_000_000  # characters of a header
_AT_ONCE = 4096  # rows


def listed(path: Path, column: str | None = None) -> Iterator[str]:
    """Return the paths and URLs that a list names, one after the other; empty ones are left out.

    Args:
        path: a .csv, .tsv or .parquet file, each with a header; any other is text with one in each
            line, or with a zero byte behind each, as `find -print0` writes them; - is that on
            standard input. Text is UTF-8; other bytes in it stay as they are, as names of files
            may have any.
        column: which one; without it that called "source", or the only one.

    Raises:
        InputError: there is no such file or column; a column where there are none.
        DataError: it turns out to be damaged on the way.
    """
    ending = path.suffix.lower()
    try:
        if ending == ".parquet":
            return _of_parquet(path, column)
        if ending in _SEPARATORS:
            return _of_csv(path, column, _SEPARATORS[ending])
        if column is not None:
            raise InputError(
                "--column", "a list that is a .csv, .tsv or .parquet file", str(path),
                "Leave --column out.",
            )  # fmt: skip
        return _of_text(path)
    except OSError as error:
        raise InputError(
            str(path), "a list that can be read", error.strerror or str(error), "Check the name."
        ) from error


def _of_text(path: Path) -> Iterator[str]:
    """Return the names in a text: one in each line, or with a zero byte behind each."""
    here = path == STANDARD_INPUT
    file = open(0, "rb", closefd=False) if here else path.open("rb")  # noqa: SIM115
    place = "standard input" if here else str(path)

    def names() -> Iterator[str]:
        with file:
            start = file.peek()
            if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise _damaged(place, "UTF-16 instead of UTF-8")
            file.read(len(codecs.BOM_UTF8) * start.startswith(codecs.BOM_UTF8))
            if b"\0" in start:
                whole = _records(file, b"\0", place)
            else:
                whole = (line.rstrip(b"\r") for line in _records(file, b"\n", place))
            for name in filter(None, whole):
                yield name.decode("utf-8", "surrogateescape")

    return names()


def _records(file: BufferedReader, end: bytes, place: str) -> Iterator[bytes]:
    """Yield what stands before each end, as soon as it is there, and behind the last one."""
    rest = b""
    while block := file.read1():
        *whole, rest = (rest + block).split(end)
        if max(map(len, (*whole, rest))) >= _LONGEST:
            raise _damaged(place, f"a name of {_LONGEST:,} bytes or more")
        if end == b"\0" and b"" in whole:
            raise _damaged(place, "two zero bytes in a row")
        yield from whole
    yield rest


def _of_csv(path: Path, column: str | None, separator: str) -> Iterator[str]:
    file = path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")

    def names() -> Iterator[str]:
        with file:
            try:
                for row in rows:
                    if len(row) > which and row[which]:
                        yield row[which]
            except csv.Error as error:
                raise _damaged(path, str(error).rstrip(".")) from error

    try:
        header = _header(file, path)
        if separator == "," and ";" in header and "," not in header:  # where 1,5 is a number
            separator = ";"
        rows = csv.reader(itertools.chain([header], file), delimiter=separator)
        which = _chosen(next(rows, []), column, path)
    except csv.Error as error:
        file.close()
        raise _damaged(path, str(error).rstrip(".")) from error
    except BaseException:
        file.close()
        raise
    return names()


def _header(file: TextIO, path: Path) -> str:
    header = file.readline(_WIDEST)
    if len(header) == _WIDEST:
        raise _damaged(path, f"a header of {_WIDEST:,} characters or more")
    return header


def _of_parquet(path: Path, column: str | None) -> Iterator[str]:
    needed("pyarrow", str(path))
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        table = pq.ParquetFile(arrow_file(path))
    except pa.ArrowException as error:
        raise _damaged(path, str(error).rstrip(".")) from error
    name = table.schema_arrow.names[_chosen(table.schema_arrow.names, column, path)]

    def names() -> Iterator[str]:
        with table:
            try:
                for batch in table.iter_batches(_AT_ONCE, columns=[name]):
                    yield from filter(None, _texts(batch.column(0), path))
            except (pa.ArrowException, OSError) as error:
                raise _damaged(path, str(error).rstrip(".")) from error

    return names()


def _texts(values: Any, path: Path) -> list[str | None]:
    texts: list[str | None] = values.to_pylist()
    if any(not isinstance(text, str | None) for text in texts):
        raise _damaged(path, f"a column of {values.type}")
    return texts


def _chosen(names: Sequence[str], column: str | None, path: Path) -> int:
    """Return the number of a column."""
    wanted = column or (_USUAL if len(names) != 1 else names[0])
    if wanted in names:
        return list(names).index(wanted)
    raise InputError(
        str(path), f"a column called {wanted}", ", ".join(names)[:500] or "none",
        "Name one by --column.",
    )  # fmt: skip


def _damaged(place: Path | str, found: str) -> DataError:
    return DataError(str(place), "a list of paths and URLs", found, "Make the list again.")
