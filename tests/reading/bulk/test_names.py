"""A bag of names on disk beside one in memory."""

from __future__ import annotations

import collections
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from numerist.reading.bulk.names import Names


@given(st.lists(st.text(max_size=3)), st.lists(st.text(max_size=3)))
def test_it_gives_what_was_put_in_as_often_as_that(put: list[str], taken: list[str]) -> None:
    names, expected = Names(put), collections.Counter(put)
    assert names.total() == len(put)
    for name in [*taken, *put, *put]:
        assert names.take(name) == (expected[name] > 0)
        expected[name] -= expected[name] > 0
    assert names.total() == len(put)


def test_many_names_do_not_fill_the_memory_of_python() -> None:
    tracemalloc.start()
    names = Names(f"folder/{k}.png" for k in range(100_000))
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
    assert names.take("folder/99999.png")
    assert not names.take("folder/100000.png")
