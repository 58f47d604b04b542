"""Tables of readings: read back by pyarrow and pandas, and whole whatever happens meanwhile."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import hashlib
import io
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from numerist.errors import InputError, PictureError, WriteError
from numerist.model.runtime import SHIPPED
from numerist.reading import in_row, whole_row
from numerist.reading.bulk import table
from numerist.reading.bulk.chunks import MOST_INPUTS, Chunk, Chunks, Part, read_chunk
from numerist.reading.bulk.parts import Parts, refuse_existing
from numerist.reading.output import Failure, format_named
from numerist.reading.result import Number, PageReading, Reading
from numerist.reading.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numerist.reading.output import Outcome

ABOUT = table.settled({"length": 3, "force": False, "model": None})


@pytest.fixture(scope="module")
def many(outcomes: list[Outcome], page: Callable[..., PageReading]) -> list[Outcome]:
    """Besides, an odd name, and one that is there twice."""
    return [*outcomes, Reading("caf\udce9 η.png", (page(1, "?"),)), outcomes[0]]


def both(outcomes: list[Outcome], folder: Path, size: int = 2) -> tuple[Any, Any]:
    """The two tables, from parts of some outcomes each."""
    written = []
    for first in range(0, len(outcomes), size):
        path = folder / f"{first}.parquet"
        path.write_bytes(table.encode(ABOUT, first, outcomes[first : first + size]))
        written.append(path)
    table.merge(written, ABOUT, folder / "numbers.parquet", folder / "failures.parquet")
    return pq.read_table(folder / "numbers.parquet"), pq.read_table(folder / "failures.parquet")


def test_rows_are_those_of_csv_and_their_digits_those_of_json(
    tmp_path: Path, many: list[Outcome]
) -> None:
    numbers, failures = both(many, tmp_path)
    text = "".join(map(format_named("csv", single=False).record, many))
    shown = text.encode("utf-8", "backslashreplace").decode()
    rows = list(csv.reader(io.StringIO(shown, newline="")))
    names = ["source", "page", "line", "number", "text", "confidence", "left", "top", "right",
             "bottom"]  # fmt: skip
    plain = [["" if row[name] is None else str(row[name]) for name in names]
             for row in numbers.to_pylist()]  # fmt: skip
    assert plain == [row[:-1] for row in rows if not row[-1]]
    assert [
        [row["source"], str(row["page"] or ""), row["error"]] for row in failures.to_pylist()
    ] == [[row[0], row[1], row[-1]] for row in rows if row[-1]]
    assert numbers["input"].to_pylist() == [0, 1, 1, 1, 3, 4, 5, 6]
    assert failures["input"].to_pylist() == [2, 4]
    flat = [number for outcome in many if isinstance(outcome, Reading)
            for number in outcome.as_dict()["pages"][0]["numbers"]]  # fmt: skip
    read = [row for row in numbers.to_pylist() if row["text"] is not None]
    assert len(read) == len(flat)
    for row, number in zip(read, flat, strict=True):
        assert row["alternatives"] == number["alternatives"]
        for digit, same in zip(row["digits"], number["digits"], strict=True):
            sides = [digit.pop(side) for side in ("left", "top", "right", "bottom")]
            assert {**digit, "box": sides} == same


def test_the_schema_is_what_the_documentation_says(tmp_path: Path, many: list[Outcome]) -> None:
    numbers, failures = both(many, tmp_path)
    assert [(f.name, str(f.type)) for f in failures.schema] == [
        ("input", "int64"), ("source", "string"), ("page", "int32"), ("error", "string"),
    ]  # fmt: skip
    documented = (Path(__file__).parents[3] / "docs/million.md").read_text(encoding="utf-8")
    for field in (*numbers.schema, *failures.schema):
        assert f"| `{field.name}` |" in documented
    kinds = {f.name: f.type for f in numbers.schema}
    assert kinds["confidence"] == kinds["left"] == pa.float64()
    assert kinds["digits"].value_type.field("alternatives").type == kinds["alternatives"]


def test_pandas_reads_both(tmp_path: Path, many: list[Outcome]) -> None:
    both(many, tmp_path)
    numbers = pd.read_parquet(tmp_path / "numbers.parquet")
    failures = pd.read_parquet(tmp_path / "failures.parquet")
    assert list(numbers[numbers.text.notna()].text) == [
        "504192", "1", "22", "333", "7", "?", "504192",
    ]  # fmt: skip
    assert list(numbers[numbers.text.isna()].source) == ["empty.png"]
    assert [len(digits) for digits in numbers[numbers.text.notna()].digits] == [6, 1, 2, 3, 1, 1, 6]
    assert numbers.digits[0][1]["text"] == "0"
    assert numbers.alternatives[0][0] == {"text": "9", "confidence": 0.2}
    assert set(failures.source) == {"c.png", "two.pdf"}
    assert set(failures.input) - set(numbers.input) == {2}  # of two.pdf one page was read


@pytest.mark.parametrize("which", [slice(0), slice(2, 3), slice(3, 4)])
def test_tables_without_rows_have_their_columns(
    many: list[Outcome], which: slice, tmp_path: Path
) -> None:
    numbers, failures = both(many[which], tmp_path)
    assert (len(numbers.column_names), len(failures.column_names)) == (13, 4)
    assert numbers.num_rows + failures.num_rows == len(many[which])


def test_many_rows_come_in_groups(tmp_path: Path, page: Callable[..., PageReading]) -> None:
    same = page(1, "1 2 3")
    numbers, _ = both([Reading(f"{k}.png", (same,)) for k in range(9000)], tmp_path, 1000)
    assert numbers["source"].to_pylist() == [f"{k // 3}.png" for k in range(27_000)]
    groups = pq.ParquetFile(tmp_path / "numbers.parquet").metadata.num_row_groups
    assert 1 < groups <= 3


# parts


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "results.parquet"


PAGES = (
    PageReading(1, (9, 9), (Number("7", 0.75, (0, 0, 9, 9), line=0),)), PageReading(2, (9, 9)),
)  # fmt: skip


def there(out: Path) -> list[str]:
    """The names of the inputs in the two finished files, each as often as it is there."""
    pairs = set()
    for path in (out, out.with_name("results.failures.parquet")):
        found = pq.read_table(path, columns=["input", "source"]).to_pydict()
        pairs |= set(zip(found["input"], found["source"], strict=True))
    assert sorted(number for number, _ in pairs) == list(range(len(pairs)))
    return [name for _, name in sorted(pairs)]


def go_on(out: Path, names: list[str], size: int = 2) -> None:
    """What a run does: read what is not there yet, and finish. Names with x fail."""
    parts = Parts(out, ABOUT)
    with parts.writing():
        done = list(parts.inputs())
        left, first = list(names), len(done)
        for _, name in done:
            left.remove(name)
        while left:
            some, left = left[:size], left[size:]
            outcomes: list[Outcome] = [
                Failure(name, "bad") if "x" in name else Reading(name, PAGES) for name in some
            ]
            parts.write(first, table.encode(ABOUT, first, outcomes))
            first += len(some)
        parts.finish()


NAMES = ["a", "b", "x1", "c", "c", "x2", "d"]


def test_a_run_gives_two_files_and_leaves_nothing_else(out: Path) -> None:
    go_on(out, NAMES)
    assert there(out) == NAMES
    assert sorted(path.name for path in out.parent.iterdir()) == [
        "results.failures.parquet", "results.parquet",
    ]  # fmt: skip


def test_a_finished_run_is_gone_on_with_where_there_is_more(out: Path) -> None:
    go_on(out, NAMES)
    before = out.stat()
    go_on(out, NAMES)
    assert out.stat().st_mtime_ns == before.st_mtime_ns  # there was nothing to do
    go_on(out, [*NAMES, "e", "x3"])
    go_on(out, [*NAMES, "e", "x3", "f"])
    assert there(out) == [*NAMES, "e", "x3", "f"]
    assert Parts(out, ABOUT).failed() == 3


def test_failures_are_counted_by_inputs(
    out: Path, many: list[Outcome], page: Callable[..., PageReading]
) -> None:
    bad = PageReading(1, (9, 9), error="damaged")
    pages = (bad, page(2, "7"), dataclasses.replace(bad, number=3))
    parts = Parts(out, ABOUT)
    assert parts.failed() == 0
    parts.write(0, table.encode(ABOUT, 0, many))
    parts.write(len(many), table.encode(ABOUT, len(many), [Reading("three.pdf", pages)]))
    assert parts.failed() == 3
    parts.finish()
    assert parts.failed() == 3
    parts.write(20, table.encode(ABOUT, 20, many))
    assert parts.failed() == 5


class Killed(BaseException):
    """Stands for SIGKILL: nothing that tidies up runs on its way."""


def test_killed_at_any_moment_and_started_again_each_input_is_there_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dies before its first, second, third … change of the disk, until one run is not hit."""
    for round_ in range(200):
        out = tmp_path / f"{round_}" / "results.parquet"
        out.parent.mkdir()
        go_on(out, NAMES[:3])  # a finished run that is gone on with
        left = round_
        with contextlib.ExitStack() as stack:

            def dying(true: Any) -> Any:
                def change(*arguments: Any, **more: Any) -> Any:
                    nonlocal left
                    if left < 0:
                        return None  # it is dead, and changes nothing more
                    left -= 1
                    if left < 0:
                        raise Killed
                    return true(*arguments, **more)

                return change

            patch = stack.enter_context(monkeypatch.context())
            for name in ("rename", "replace", "link", "unlink", "rmdir", "mkdir", "fsync"):
                patch.setattr(os, name, dying(getattr(os, name)))
            try:
                go_on(out, NAMES)
            except Killed:
                pass
            else:
                break
        for path in out.parent.glob("results*.parquet"):
            pq.read_table(path)  # whoever reads it, at any moment, finds a whole one
        go_on(out, NAMES)
        assert there(out) == NAMES, round_
        assert sorted(path.name for path in out.parent.iterdir()) == [
            "results.failures.parquet", "results.parquet",
        ], round_  # fmt: skip
    assert 15 < round_ < 199
    assert there(out) == NAMES


@pytest.mark.parametrize("linked", ["results.parquet", "results.failures.parquet"])
def test_through_a_link_what_it_points_to_is_gone_on_with(out: Path, linked: str) -> None:
    """Relative links, that lead elsewhere from any other folder."""
    go_on(out, NAMES)
    (out.parent / "far").mkdir()
    (out.parent / linked).rename(out.parent / "far" / linked)
    (out.parent / linked).symlink_to(Path("far", linked))
    if linked == out.name:
        (out.parent / "results.failures.parquet").rename(
            out.parent / "far/results.failures.parquet"
        )
    go_on(out, [*NAMES, "e", "x3"])
    assert there(out.resolve()) == [*NAMES, "e", "x3"]
    assert not list(out.parent.rglob("*.parts"))


def test_two_writers_at_once_are_refused(out: Path) -> None:
    parts = Parts(out, ABOUT)
    with parts.writing(), pytest.raises(WriteError, match="another process that does"):
        go_on(out, NAMES)
    go_on(out, NAMES)


def test_other_settings_and_other_files_are_refused(out: Path) -> None:
    go_on(out, NAMES)
    other = table.settled({"length": 4})
    with pytest.raises(InputError, match="that was read with length 4, found one with length 3"):
        list(Parts(out, other).inputs())
    pq.write_table(pa.table({"input": [1], "source": ["a"]}), out)
    with pytest.raises(InputError, match="a table of something else"):
        list(Parts(out, ABOUT).inputs())
    out.write_bytes(b"PAR1")
    with pytest.raises(InputError, match="a Parquet file"):
        list(Parts(out, ABOUT).inputs())
    with pytest.raises(InputError, match="--resume"):
        refuse_existing(Parts(out, ABOUT))


def test_settings_are_told_apart(tmp_path: Path) -> None:
    assert json.loads(ABOUT)["settings"] == {"length": "3"}
    assert set(json.loads(ABOUT)["networks"]) == {"digits", "in_row", "whole_row"}
    assert table.settled({"least": 0}) != table.settled({"least": None})
    model, moved = tmp_path / "digits.onnx", tmp_path / "old.onnx"
    model.write_bytes(b"one")
    before = table.settled({"model": model})
    assert hashlib.sha256(b"one").hexdigest()[:16] in before
    model.rename(moved)
    model.write_bytes(b"another, trained since")
    assert table.settled({"model": model}) != before
    assert table.settled({"model": moved}) == before


def test_networks_that_come_along_count_as_a_model_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = tmp_path / "moved.onnx"
    shipped.write_bytes(SHIPPED.read_bytes())
    before = table.settled({"model": None})
    assert table.settled({"model": shipped}) == before
    trained = tmp_path / "trained.onnx"
    trained.write_bytes(b"since")
    for where, name in (
        (table, "SHIPPED"), (in_row, "NETWORK"), (whole_row, "NETWORK"),
    ):  # fmt: skip
        with monkeypatch.context() as patch:
            patch.setattr(where, name, trained)
            assert table.settled({"model": None}) != before


def test_tables_that_do_not_say_their_networks_are_refused(out: Path) -> None:
    """As they were begun before networks counted."""
    before = json.dumps({"schema": 1, "settings": {"length": "3"}})
    Parts(out, before).write(0, table.encode(before, 0, []))
    with pytest.raises(InputError, match="to the same numerist, or choose another name"):
        list(Parts(out, ABOUT).inputs())


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes are Linux's")
def test_files_whose_names_are_no_utf_8(tmp_path: Path) -> None:
    out = tmp_path / "r\udcff" / "results.parquet"
    out.parent.mkdir()
    go_on(out, NAMES)
    go_on(out, [*NAMES, "e"])
    out.parent.rename(tmp_path / "r")
    assert there(tmp_path / "r" / out.name) == [*NAMES, "e"]


def test_places_that_can_not_be_written_are_named(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="none"):
        go_on(tmp_path / "none" / "results.parquet", NAMES)
    (tmp_path / "results.parquet.parts").write_text("a file")
    with pytest.raises(WriteError, match=r"results\.parquet"):
        go_on(tmp_path / "results.parquet", NAMES)


# chunks


def chunks_of(chunks: Chunks, seconds: float) -> Iterator[Chunk]:
    """The chunks, where each input takes so long."""
    for chunk in chunks:
        yield chunk
        count = len(chunk.sources)
        chunks.learn(Part(chunk.first, count, 0, (), 0, seconds * count, b""))


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.5, 100.0])
def test_chunks_hold_each_input_once_and_take_some_seconds(seconds: float) -> None:
    sources = [Source(f"{k}", Path(f"{k}")) for k in range(5000)]
    found = list(chunks_of(Chunks(sources, 7), seconds))
    assert [s for chunk in found for s in chunk.sources] == sources
    assert [chunk.first for chunk in found[:3]] == [7, 8, 8 + len(found[1].sources)]
    assert sum(len(chunk.sources) for chunk in found[:-1]) + 7 == found[-1].first
    longest = max(len(chunk.sources) for chunk in found)
    assert longest == {0.0: MOST_INPUTS, 0.01: 300, 0.5: 6, 100.0: 1}[seconds]


def test_chunks_do_not_carry_more_bytes_than_they_should() -> None:
    sources = [Source(f"{k}", bytes(10 << 20)) for k in range(9)]
    chunks = Chunks(sources, 0)
    chunks.learn(Part(0, 1024, 0, (), 0, 0.0, b""))
    assert [len(chunk.sources) for chunk in chunks] == [4, 4, 1]


def test_a_chunk_gives_the_same_wherever_it_is_read(many: list[Outcome]) -> None:
    def work(source: Any) -> Outcome:
        return many[int(source.name)]

    def encode(first: int, outcomes: Any) -> bytes:
        return table.encode(ABOUT, first, outcomes)

    chunk = Chunk(10, tuple(Source(f"{k}", Path("x")) for k in range(len(many))))
    part, again = read_chunk(work, encode, chunk), read_chunk(work, encode, chunk)
    assert part.content == again.content
    assert (part.first, part.count, part.failed, part.error_count) == (10, 7, 2, 2)
    assert part.errors[1] == "two.pdf, page 2: damaged"
    lost = read_chunk(lambda _: Failure("x", "gone"), encode, chunk)
    assert (lost.count, lost.failed) == (7, 7)
    error = PictureError("a", "b", "c", "d.")
    assert read_chunk(lambda _: Failure("a", str(error)), encode, Chunk(0, (error,))).failed == 1
