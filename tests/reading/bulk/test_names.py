"""A bag of names on disk beside one in memory."""

from __future__ import annotations

import collections
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from numerist.errors import WriteError
from numerist.reading.bulk.names import Names
from numerist.reading.output import encoded


@given(st.lists(st.text(max_size=3)), st.lists(st.text(max_size=3)))
def test_it_gives_what_was_put_in_as_often_as_that(put: list[str], taken: list[str]) -> None:
    names, expected = Names(put), collections.Counter(put)
    assert names.total() == len(put)
    for name in [*taken, *put, *put]:
        assert names.take(name) == (expected[name] > 0)
        expected[name] -= expected[name] > 0
    assert names.total() == len(put)


def test_a_name_that_is_no_utf8_is_found_by_what_tables_write_for_it() -> None:
    stored = encoded("caf\udce9.png").decode()
    assert Names([stored]).take("caf\udce9.png")
    assert Names(["caf\udce9.png"]).take(stored)
    assert not Names([stored]).take("caf\udcea.png")


def test_a_disk_that_is_full_is_named() -> None:
    names = Names(["a.png"])
    names._base.execute("PRAGMA max_page_count = 3")
    with pytest.raises(WriteError, match="full"):
        names._add([(k.to_bytes(16, "big"),) for k in range(10_000)])


def test_many_names_do_not_fill_the_memory_of_python() -> None:
    tracemalloc.start()
    names = Names(f"folder/{k}.png" for k in range(100_000))
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
    assert names.take("folder/99999.png")
    assert not names.take("folder/100000.png")
