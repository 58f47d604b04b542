"""Lists of inputs: text, CSV, Parquet, and what is none."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
import tracemalloc
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerist.errors import DataError, InputError
from numerist.reading.bulk.lists import listed

if TYPE_CHECKING:
    from pathlib import Path

posix = pytest.mark.skipif(os.name == "nt", reason="names of any bytes are not Windows's")


def test_text_has_one_in_each_line(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes("\ufeffa b.png\r\n\n#η.png\n s3://b/c,d.png".encode())
    assert list(listed(path)) == ["a b.png", "#η.png", " s3://b/c,d.png"]
    path.write_bytes(b"caf\xe9.png\n")
    assert [os.fsencode(name) for name in listed(path)] == [b"caf\xe9.png"]
    path.write_bytes(b"")
    assert list(listed(path)) == []


@posix
@given(st.lists(st.binary(min_size=1, max_size=2000).filter(lambda name: b"\0" not in name)))
def test_find_print0_and_text_give_the_same_names(
    tmp_path_factory: pytest.TempPathFactory, names: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("lists") / "list"
    path.write_bytes(b"".join(name + b"\0" for name in [b"./first", *names]))
    assert [os.fsencode(name) for name in listed(path)] == [b"./first", *names]
    plain = [name for name in names if not set(name) & set(b"\r\n")]
    path.write_bytes(b"\n".join([b"./first", *plain]))
    assert [os.fsencode(name) for name in listed(path)] == [b"./first", *plain]


def test_standard_input_is_read_as_it_comes() -> None:
    code = """if 1:
        from numerist.reading.bulk.lists import STANDARD_INPUT, listed
        listed(STANDARD_INPUT)  # what is only looked at takes nothing away
        for name in listed(STANDARD_INPUT):
            print(name, flush=True)
    """
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        for name in (b"a.png", b"b c.png"):  # the second is sent when the first is there
            child.stdin.write(name + b"\n")
            child.stdin.flush()
            assert child.stdout.readline() == name + b"\n"
        child.stdin.close()
        assert child.stdout.read() == b""


@given(st.lists(st.tuples(*[st.text(st.characters(exclude_categories=["Cs"])
                                    .filter(lambda c: c not in "\r\n\0"))] * 2)))  # fmt: skip
def test_csv_and_parquet_give_the_column(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("lists")
    text = io.StringIO()
    csv.writer(text).writerows([("id", "source"), *rows])
    (folder / "list.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
    columns = {"id": [row[0] for row in rows], "source": [row[1] for row in rows]}
    pq.write_table(pa.table(columns, pa.schema({"id": pa.string(), "source": pa.string()})),
                   folder / "list.parquet")  # fmt: skip
    for name in ("list.csv", "list.parquet"):
        assert list(listed(folder / name)) == [row[1] for row in rows if row[1]]
        assert list(listed(folder / name, "id")) == [row[0] for row in rows if row[0]]


def test_the_column_is_source_or_the_only_one_or_named(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("path\na.png\n")
    (tmp_path / "two.tsv").write_text("path\tlabel\na.png\t1\nb.png\n")
    assert list(listed(tmp_path / "one.csv")) == ["a.png"]
    with pytest.raises(InputError, match="a column called source, found path, label"):
        listed(tmp_path / "two.tsv")
    assert list(listed(tmp_path / "two.tsv", "path")) == ["a.png", "b.png"]
    assert list(listed(tmp_path / "two.tsv", "label")) == ["1"]
    with pytest.raises(InputError, match="a column called none"):
        listed(tmp_path / "one.csv", "none")
    (tmp_path / "list.txt").write_text("a.png")
    with pytest.raises(InputError, match="Leave --column out"):
        listed(tmp_path / "list.txt", "path")


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes are Linux's")
def test_lists_whose_names_are_no_utf_8(tmp_path: Path) -> None:
    pq.write_table(pa.table({"source": ["a.png"]}), tmp_path / "list.parquet")
    path = (tmp_path / "list.parquet").rename(tmp_path / "l\udcff.parquet")
    assert list(listed(path)) == ["a.png"]


def test_what_is_no_list_is_refused(tmp_path: Path) -> None:
    for name in ("none.txt", "none.csv", "none.parquet"):
        with pytest.raises(InputError, match=name):
            listed(tmp_path / name)
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 nothing")
    with pytest.raises(DataError, match=r"bad\.parquet"):
        listed(tmp_path / "bad.parquet")
    (tmp_path / "shell.txt").write_text("a.png\n", encoding="utf-16")
    with pytest.raises(DataError, match="UTF-16 instead of UTF-8"):
        list(listed(tmp_path / "shell.txt"))
    (tmp_path / "empty.csv").write_bytes(b"")
    with pytest.raises(InputError, match=r"empty\.csv"):
        listed(tmp_path / "empty.csv")
    (tmp_path / "long.csv").write_text('source\n"' + "x" * 200_000)
    with pytest.raises(DataError, match="field larger"):
        list(listed(tmp_path / "long.csv"))
    (tmp_path / "wide.csv").write_text("x" * 200_000)
    with pytest.raises(DataError, match=r"wide\.csv.*field larger"):
        listed(tmp_path / "wide.csv")
    pq.write_table(pa.table({"source": [1, 2]}), tmp_path / "numbers.parquet")
    with pytest.raises(DataError, match="a column of int64"):
        list(listed(tmp_path / "numbers.parquet"))


def test_a_line_without_end_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_bytes(b"x" * 10_000_000)
    with (tmp_path / "zeros").open("wb") as file:
        file.truncate(1 << 30)
    for name, found in (
        ("list.txt", "a name of 32,768 bytes or more"), ("zeros", "two zero bytes in a row"),
    ):  # fmt: skip
        tracemalloc.start()
        with pytest.raises(DataError, match=found):
            list(listed(tmp_path / name))
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
        tracemalloc.stop()


def test_a_csv_file_with_semicolons(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text('id;source\n1;"a;1.png"\n2;b,c.png\n')
    assert list(listed(tmp_path / "list.csv", "source")) == ["a;1.png", "b,c.png"]
