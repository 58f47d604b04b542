"""Readings as tables: a row for each number, in Parquet.

Two tables come of a run. That of numbers has a row for each number, and one without a number for
each page on which there is none. That of failures has a row for each input, or page of one, that
could not be read. So each page of each input is in one of them, and an input of which nothing could
be read only in the second. While a run is under way both are one table, with all columns.
"""

from __future__ import annotations

import collections
import hashlib
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numerist.errors import InputError
from numerist.model.runtime import SHIPPED
from numerist.reading import in_row, whole_row
from numerist.reading.bulk.extra import arrow_file, needed
from numerist.reading.output import Failure, encoded
from numerist.reading.result import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numerist.reading.output import Outcome
    from numerist.reading.result import Digit, Number, PageReading

_KEY = b"numerist"  # in the metadata of a file
_COMPRESSION = "zstd"
_SIDES = ("left", "top", "right", "bottom")
_FAILED = ("input", "source", "page", "error")  # the columns of the table of failures
_AT_ONCE = 4096  # rows
_HASH = 16  # hexadecimal digits that tell a network
_GROUP = 16_384  # rows of a finished file that can be read at once


def schemas() -> tuple[Any, Any, Any]:
    """Return the schemas (`pyarrow.Schema`) of numbers, of failures, and of both in one.

    Raises:
        InputError: pyarrow is not installed.
    """
    pa = needed("pyarrow", "Parquet")
    alternatives = pa.list_(pa.struct({"text": pa.string(), "confidence": pa.float64()}))
    answer = {"text": pa.string(), "confidence": pa.float64()}
    box = dict.fromkeys(_SIDES, pa.float64())
    digits = pa.list_(pa.struct({**answer, **box, "alternatives": alternatives}))
    place = {"page": pa.int32(), "line": pa.int32(), "number": pa.int32()}
    fields = {"input": pa.int64(), "source": pa.string(), **place, **answer, **box}
    both = pa.schema(
        {**fields, "alternatives": alternatives, "digits": digits, "error": pa.string()}
    )
    both = both.set(0, both.field("input").with_nullable(False))
    both = both.set(1, both.field("source").with_nullable(False))
    failures = pa.schema([both.field(name) for name in _FAILED])
    return both.remove(both.get_field_index("error")), failures, both


def settled(settings: Mapping[str, Any]) -> str:
    """Return settings as text that is the same for the same settings.

    Of the networks, that of the model and those that come with numerist, the content counts,
    wherever they are.
    """
    others = {name: str(value) for name, value in settings.items() if _is_given(value)}
    digits = Path(others.pop("model", SHIPPED))
    networks = {"digits": digits, "in_row": in_row.NETWORK, "whole_row": whole_row.NETWORK}
    about = {
        "schema": SCHEMA_VERSION,
        "settings": others,
        "networks": {name: _hash(path) for name, path in networks.items()},
    }
    return json.dumps(about, sort_keys=True)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:_HASH]


def _is_given(value: Any) -> bool:
    return value is not None and value is not False


def encode(about: str, first: int, outcomes: Sequence[Outcome]) -> bytes:
    """Return a Parquet file with the rows of some outcomes.

    Args:
        about: of how they were read, as `settled` says it.
        first: the number of the first one.
        outcomes: what was read.
    """
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    schema = schemas()[2].with_metadata({_KEY: about.encode()})
    found = [row for k, outcome in enumerate(outcomes) for row in rows(first + k, outcome)]
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(found, schema), buffer, compression=_COMPRESSION)
    return buffer.getvalue()


def rows(number: int, outcome: Outcome) -> Iterator[dict[str, Any]]:
    """Yield the rows of one outcome; what a row does not have is null."""
    start: dict[str, Any] = {"input": number, "source": _text(outcome.source)}
    if isinstance(outcome, Failure):
        yield {**start, "error": _text(outcome.error)}
        return
    for page in outcome.pages:
        at = {**start, "page": page.number}
        if page.error is not None:
            yield {**at, "error": _text(page.error)}
        elif page.numbers:
            yield from ({**at, **row} for row in _numbers(page))
        else:
            yield at


def _numbers(page: PageReading) -> Iterator[dict[str, Any]]:
    before: collections.Counter[int] = collections.Counter()
    for number in page.numbers:
        place = {"line": number.line, "number": before[number.line]}
        before[number.line] += 1
        yield {**place, **_plain(number), "digits": [_plain(digit) for digit in number.digits]}


def _plain(node: Number | Digit) -> dict[str, Any]:
    """Return text, confidence, box and alternatives as JSON has them, sides as columns."""
    plain = node.as_dict()
    box = dict(zip(_SIDES, plain["box"], strict=True))
    kept = {name: plain[name] for name in ("text", "confidence", "alternatives")}
    return {**kept, **box}


def _text(text: str) -> str:
    return encoded(text).decode()


def inputs(path: Path, about: str) -> Iterator[tuple[int, str]]:
    """Return the number and the name of each input of a file, in the order of its rows.

    Args:
        path: a file of this project's, with any of the three schemas.
        about: what it must say of itself.

    Raises:
        InputError: it is something else, or was read with other settings.
    """
    table = _opened(path)
    there = (table.schema_arrow.metadata or {}).get(_KEY, b"").decode("utf-8", "replace")
    if there != about:
        table.close()
        raise InputError(
            str(path), *_apart(about, there),
            "Give the same options as before to the same numerist, or choose another name.",
        )  # fmt: skip
    return _distinct(table)


def _apart(about: str, there: str) -> tuple[str, str]:
    """Return how something should have been read and how it was, where that differs."""
    try:
        wanted, found = _parts(about), _parts(there)
    except (ValueError, TypeError, LookupError):
        return "a table of numerist", "a table of something else"
    names = sorted(name for name in wanted | found if wanted.get(name) != found.get(name))
    said = [
        ", ".join(f"{name} {parts[name]}" if name in parts else f"no {name}" for name in names)
        for parts in (wanted, found)
    ]
    return f"one that was read with {said[0]}", f"one with {said[1]}"


def _parts(about: str) -> dict[str, str]:
    settings = json.loads(about)
    return {"schema": settings["schema"], **settings["settings"], **settings["networks"]}


def _distinct(table: Any) -> Iterator[tuple[int, str]]:
    last = None
    with table:
        for batch in table.iter_batches(_AT_ONCE, columns=["input", "source"]):
            numbers, sources = (column.to_pylist() for column in batch.columns)
            for pair in zip(numbers, sources, strict=True):
                if pair != last:
                    yield pair
                last = pair


def failed(path: Path) -> int:
    """Return how many inputs of a file could not be read, or not wholly.

    Args:
        path: a file of failures, or of all there is.
    """
    count, last = 0, None
    with _opened(path) as table:
        for batch in table.iter_batches(_AT_ONCE, columns=["input", "error"]):
            for number in (
                batch.filter(batch.column("error").is_valid()).column("input").to_pylist()
            ):
                count += number != last
                last = number
    return count


def merge(paths: Sequence[Path], about: str, numbers: Path, failures: Path) -> None:
    """Write the two tables of a run, from its files, in their order and a few rows at a time.

    Args:
        paths: files with any of the three schemas.
        about: of how they were read.
        numbers: the file of numbers to write.
        failures: the file of failures to write.
    """
    import pyarrow.parquet as pq  # noqa: PLC0415

    one, other, both = (s.with_metadata({_KEY: about.encode()}) for s in schemas())
    with (
        arrow_file(numbers, "wb") as good_file,
        arrow_file(failures, "wb") as bad_file,
        pq.ParquetWriter(good_file, one, compression=_COMPRESSION) as good,
        pq.ParquetWriter(bad_file, other, compression=_COMPRESSION) as bad,
    ):
        to_good, to_bad = _Gathered(good), _Gathered(bad)
        for path in paths:
            with _opened(path) as table:
                for batch in table.iter_batches(_AT_ONCE):
                    whole = _completed(batch, both)
                    failed = whole.column("error").is_valid()
                    to_bad.add(whole.filter(failed).select(other.names).cast(other))
                    rest = whole.filter(whole.column("error").is_null())
                    to_good.add(rest.select(one.names).cast(one))
        to_good.write()
        to_bad.write()


def _completed(batch: Any, schema: Any) -> Any:
    """Return a batch as a table with all columns of a schema; what it does not have is null."""
    import pyarrow as pa  # noqa: PLC0415

    there = set(batch.schema.names)
    columns = [
        batch.column(field.name)
        if field.name in there
        else pa.nulls(batch.num_rows, type=field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


class _Gathered:
    """Writes rows in groups that are worth it."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer
        self._tables: list[Any] = []
        self._count = 0

    def add(self, table: Any) -> None:
        self._tables.append(table)
        self._count += table.num_rows
        if self._count >= _GROUP:
            self.write()

    def write(self) -> None:
        import pyarrow as pa  # noqa: PLC0415

        if self._count:
            self._writer.write_table(pa.concat_tables(self._tables).combine_chunks())
        self._tables, self._count = [], 0


def _opened(path: Path) -> Any:
    """Return a Parquet file.

    Raises:
        InputError: it is none.
    """
    needed("pyarrow", str(path))
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        return pq.ParquetFile(arrow_file(path))
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            str(path), "a Parquet file", str(error)[:500], "Choose another name, or remove it."
        ) from error
