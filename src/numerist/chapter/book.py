"""All rows of the chapter, in its order."""

from __future__ import annotations

import functools
import importlib
import re
from typing import TYPE_CHECKING

from numerist.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numerist.chapter.row import Row

PARTS: Mapping[str, tuple[str, ...]] = {
    "Perceptrons": ("perceptrons",),
    "Sigmoid neurons": ("sigmoid_neurons",),
    "Architecture": ("architecture",),
    "Recognising digits": ("segmentation", "recognising"),
    "Learning with gradient descent": ("learning", "descent"),
    "The program": ("program",),
    "Experiments": ("experiments", "yardsticks", "record", "more_data"),
    "Toward deep learning": ("depth", "deep_learning", "browser", "speed", "real_use"),
}
"""The parts of the chapter, and the modules in `numerist.chapter.rows` that hold their rows."""


@functools.cache
def rows() -> Mapping[str, Row]:
    """Return every row by its id, in the order of the chapter."""
    found: dict[str, Row] = {}
    for part in parts().values():
        found |= {row.id: row for row in part}
    return found


@functools.cache
def parts() -> Mapping[str, tuple[Row, ...]]:
    """Return the rows of each part, by its title."""
    return {
        title: tuple(sorted((row for name in names for row in _module_rows(name)), key=_place))
        for title, names in PARTS.items()
    }


def _module_rows(name: str) -> tuple[Row, ...]:
    listed: tuple[Row, ...] = importlib.import_module(f"numerist.chapter.rows.{name}").ROWS
    return listed


def _place(row: Row) -> tuple[str, int]:
    return row.id[0], int(row.id[1:])


def chosen(words: Sequence[str]) -> list[Row]:
    """Return the rows that the words name: ids such as P6, or a letter for a whole part.

    No words stand for all rows.

    Raises:
        InputError: a word is neither.

    >>> [row.id for row in chosen(["p5", "A"])]
    ['P5', 'A1', 'A2', 'A3']
    """
    wanted: set[str] = set()
    for word in words:
        name = word.upper()
        if name not in rows() and not re.fullmatch("[PSADGIEX]", name):
            raise InputError(
                "row",
                "an id such as P6, or one of the letters P S A D G I E X",
                repr(word),
                f"Write them apart: {' '.join(re.split('[, ]+', word.strip(', ')))}"
                if "," in word
                else "`numerist chapter --list` lists them.",
            )
        wanted |= {id_ for id_ in rows() if id_ == name or id_[0] == name}
    return [row for row in rows().values() if row.id in wanted or not words]
