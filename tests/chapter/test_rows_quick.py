"""Every row of the chapter runs at quick scale, and its code as pasted."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from numerist.chapter import book
from numerist.chapter.row import Scale

if TYPE_CHECKING:
    from numerist.chapter.row import Result
    from numerist.data import Mnist

ROWS = book.rows()

each_row = pytest.mark.parametrize("row_id", ROWS)


@cache
def quick(row_id: str) -> Result:
    return ROWS[row_id].run(Scale(quick=True))


@each_row
def test_a_row_says_what_it_is_about(row_id: str) -> None:
    row = ROWS[row_id]
    assert row.title
    assert row.idea.endswith((".", "…"))
    assert row.says.endswith((".", "?"))
    assert row.seconds > 0


@each_row
def test_it_runs_quick_and_does_not_contradict_the_chapter(row_id: str, mnist: Mnist) -> None:
    result = quick(row_id)
    assert result.measured.endswith((".", "”"))
    assert result.agrees is not False
    assert result.agrees in {True, None}  # no NumPy bool, which JSON would refuse


@each_row
def test_its_numbers_go_into_json(row_id: str, mnist: Mnist) -> None:
    numbers = quick(row_id).numbers
    assert numbers
    assert json.loads(json.dumps(numbers, allow_nan=False))


@each_row
def test_its_pictures_fit_into_the_report(row_id: str, mnist: Mnist) -> None:
    pictures = quick(row_id).pictures
    assert pictures
    for picture in pictures:
        assert len(picture.alt) > 20
        assert 500 < len(picture.to_bytes()) < 200_000


@each_row
def test_its_numbers_have_true_minus_signs(row_id: str, mnist: Mnist) -> None:
    result = quick(row_id)
    for text in (result.measured, *(picture.alt for picture in result.pictures)):
        assert not re.search(r"\de-\d|(^|[\s(,=])-\.?\d", text)


@each_row
def test_its_code_runs_as_pasted(
    row_id: str, mnist: Mnist, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(compile(ROWS[row_id].code, row_id, "exec"), {"__name__": "__main__"})  # noqa: S102
    assert capsys.readouterr().out
