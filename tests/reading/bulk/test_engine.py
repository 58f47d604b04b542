"""Chunks in processes: all of them, in order, and of one whose process dies all but the culprit."""

from __future__ import annotations

import ast
import importlib
import multiprocessing
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from numerist.reading.bulk.chunks import Chunk, read_chunk
from numerist.reading.bulk.engine import on_processes
from numerist.reading.output import Failure
from numerist.reading.source import Source, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numerist.reading.bulk.chunks import Lost, Part

# What the processes do; a module of its own, because they must find it by name.
MADE_READING = """
import functools, os, signal
from numerist.reading.bulk.chunks import read_chunk
from numerist.reading.output import Failure

def begin():
    return functools.partial(read_chunk, outcome, encode)

def outcome(source):
    if source.name.startswith("deadly"):
        os.kill(os.getpid(), signal.SIGKILL)
    return Failure(source.name, "read")

def encode(first, outcomes):
    return repr((first, [(one.source, one.error) for one in outcomes])).encode()
"""


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    (tmp_path / "made_reading.py").write_text(MADE_READING)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("made_reading")
    sys.modules.pop("made_reading")


@pytest.mark.skipif(os.name == "nt", reason="signals work otherwise on Windows")
@pytest.mark.parametrize("count", [1, 2])
def test_of_a_chunk_whose_process_dies_only_the_culprit_is_lost(made: Any, count: int) -> None:
    def failed(lost: Lost) -> Part:
        return read_chunk(lambda one: Failure(name_of(one), lost.how), made.encode, lost.chunk)

    names = [["a", "b", "c"], ["d", "deadly", "e"], ["f"], ["deadly too"], ["g"]]
    chunks: list[Chunk] = []
    for some in names:
        first = sum(len(chunk.sources) for chunk in chunks)
        chunks.append(Chunk(first, tuple(Source(name, Path(name)) for name in some)))
    parts = list(on_processes(chunks, made.begin, count, failed))
    assert [ast.literal_eval(part.content.decode()) for part in parts] == [
        (0, [("a", "read"), ("b", "read"), ("c", "read")]),
        (3, [("d", "read")]),
        (4, [("deadly", "killed by signal 9")]),
        (5, [("e", "read")]),
        (6, [("f", "read")]),
        (7, [("deadly too", "killed by signal 9")]),
        (8, [("g", "read")]),
    ]
    assert not multiprocessing.active_children()
