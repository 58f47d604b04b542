"""Text, JSON, JSON lines and CSV, read back by other programs' readers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerist.errors import InputError, WriteError
from numerist.reading.output import (
    COLUMNS,
    FORMATS,
    appending,
    complete_records,
    encoded,
    errors,
    format_named,
    printable,
)
from numerist.reading.result import PageReading, Reading, schema

if TYPE_CHECKING:
    from pathlib import Path

    from numerist.reading.output import Outcome

SCHEMA = schema()
SCHEMA_CHECK = jsonschema.Draft202012Validator(SCHEMA)


Page = Callable[..., PageReading]


def written(name: str, outcomes: list[Outcome], *, single: bool = False) -> str:
    form = format_named(name, single=single)
    whole = form.begin() + "".join(map(form.record, outcomes)) + form.end()
    return encoded(whole).decode("utf-8")


def test_text_of_one_document_is_its_text(outcomes: list[Outcome], page: Page) -> None:
    assert written("text", outcomes[1:2], single=True) == "1 22\n333\n"
    assert written("text", [Reading("x", (page(1, "7"), page(2, "8")))], single=True) == "7\n\f8\n"
    assert written("text", outcomes[2:4], single=True) == ""


def test_text_of_several_says_for_each_line_where_it_is_from(outcomes: list[Outcome]) -> None:
    assert written("text", outcomes).splitlines() == [
        "a.png: 504192",
        'folder, with "marks"/b\\n.png: 1 22',
        'folder, with "marks"/b\\n.png: 333',
        "empty.png: ",
        "two.pdf, page 1: 7",
    ]


def test_json_is_an_object_or_a_list_after_the_schema(outcomes: list[Outcome]) -> None:
    one = json.loads(written("json", outcomes[:1], single=True))
    SCHEMA_CHECK.validate(one)
    assert one["text"] == "504192"
    several = json.loads(written("json", outcomes))
    SCHEMA_CHECK.validate(several)
    assert [record["source"] for record in several] == [outcome.source for outcome in outcomes]
    assert several[1]["pages"][0]["numbers"][2]["line"] == 2
    assert several[2]["error"].startswith("c.png: ")
    assert json.loads(written("json", [])) == []


def test_json_lines_are_one_object_a_line(outcomes: list[Outcome]) -> None:
    lines = written("jsonl", outcomes).split("\n")
    assert lines.pop() == ""
    records = [json.loads(line) for line in lines]
    assert len(records) == len(outcomes)
    for record in records:
        SCHEMA_CHECK.validate(record)
    assert records == json.loads(written("json", outcomes))


def test_csv_has_a_row_for_each_number_and_for_each_page_without(outcomes: list[Outcome]) -> None:
    header, *rows = csv.reader(io.StringIO(written("csv", outcomes), newline=""))
    assert header == list(COLUMNS)
    assert ",".join(header) == (
        "source,page,line,number,text,confidence,left,top,right,bottom,error"
    )
    odd = 'folder, with "marks"/b\n.png'
    assert rows == [
        ["a.png", "1", "0", "0", "504192", "0.75", "0.0", "0.0", "9.3", "15.0", ""],
        [odd, "1", "0", "0", "1", "0.75", "0.0", "0.0", "9.3", "15.0", ""],
        [odd, "1", "0", "1", "22", "0.75", "10.0", "0.0", "19.3", "15.0", ""],
        [odd, "1", "2", "0", "333", "0.75", "0.0", "40.0", "9.3", "55.0", ""],
        ["c.png", *[""] * 9, "c.png: expected a picture, found nothing. Send another."],
        ["empty.png", "1", *[""] * 9],
        ["two.pdf", "1", "0", "0", "7", "0.75", "0.0", "0.0", "9.3", "15.0", ""],
        ["two.pdf", "2", *[""] * 8, "two.pdf, page 2: damaged"],
    ]


def test_tsv_is_the_same_table_with_tabs(outcomes: list[Outcome], page: Page) -> None:
    outcomes = [*outcomes, Reading('a\tb "c"\n.png', (page(1, "1"),))]
    tables = [
        list(csv.reader(io.StringIO(written(name, outcomes), newline=""), delimiter=separator))
        for name, separator in (("csv", ","), ("tsv", "\t"))
    ]
    assert tables[0] == tables[1]
    assert written("tsv", outcomes).startswith("\t".join(COLUMNS) + "\n")


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_names_that_are_no_utf8_are_written_all_the_same(name: str, page: Page) -> None:
    odd = Reading("caf\udce9 η.png", (page(1, "1"),))
    text = written(name, [odd])
    assert "\\udce9 η" in text
    if name == "json":
        assert json.loads(text)[0]["source"] == "caf\udce9 η.png"


@given(name=st.text())
def test_any_name_goes_through_csv_and_json_lines(name: str, page: Page) -> None:
    outcome = Reading(name, (page(1, "1"),))
    row = list(csv.reader(io.StringIO(written("csv", [outcome]), newline="")))[1]
    assert row[0] == name
    line = written("jsonl", [outcome])
    assert line.count("\n") == 1
    assert json.loads(line)["source"] == name


@given(st.text())
def test_printable_text_has_no_codes_for_the_terminal(text: str) -> None:
    assert printable(text).isprintable()
    if text.isprintable():
        assert printable(text) == text


def test_errors_of_documents_and_pages(outcomes: list[Outcome]) -> None:
    assert [len(errors(outcome)) for outcome in outcomes] == [0, 0, 1, 0, 1]
    assert errors(outcomes[4]) == ["two.pdf, page 2: damaged"]


def test_complete_records_are_those_with_an_end(tmp_path: Path, outcomes: list[Outcome]) -> None:
    whole = encoded(written("jsonl", [*outcomes, outcomes[0]]))
    path = tmp_path / "out.jsonl"
    ends = [k + 1 for k, byte in enumerate(whole) if byte == ord("\n")]
    for cut in (0, 1, ends[0] - 1, ends[0], ends[0] + 1, ends[3] - 1, ends[4], len(whole)):
        path.write_bytes(whole[:cut])
        sources, length = complete_records(path)
        kept = [end for end in ends if end <= cut]
        assert length == (kept[-1] if kept else 0)
        assert sources.total() == len(kept)
    assert [sources.take("a.png") for _ in range(3)] == [True, True, False]
    assert [sources.take("c.png") for _ in range(2)] == [True, False]


@pytest.mark.parametrize(
    "line",
    [
        b"source,page,line\n", b"[1, 2]\n", b"\n", b'{"source": "a.png"}\n',
        b'{"schema": "2", "source": "a.png"}\n', b'{"schema": "1", "source": 3}\n', b"\xff\xfe\n",
        b"[" * 100_000 + b"\n",
    ],
)  # fmt: skip
def test_a_file_of_something_else_is_refused(
    tmp_path: Path, line: bytes, outcomes: list[Outcome]
) -> None:
    path = tmp_path / "out.jsonl"
    path.write_bytes(encoded(written("jsonl", outcomes)) + line)
    with pytest.raises(InputError, match=r"out\.jsonl, line 6"):
        complete_records(path)


def test_appending_drops_the_half_line_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_bytes(b"one\ntwo\nthr")
    with appending(path, 8) as file:
        file.write(b"three\n")
    assert path.read_bytes() == b"one\ntwo\nthree\n"
    with appending(tmp_path / "new.jsonl", 0) as file:
        file.write(b"one\n")
    assert (tmp_path / "new.jsonl").read_bytes() == b"one\n"


def test_appending_where_nothing_can_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WriteError), appending(tmp_path / "no folder" / "out.jsonl", 0):
        pass
