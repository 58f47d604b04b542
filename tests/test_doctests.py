"""The examples in docstrings run, in the package as it is installed."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import numerist

MODULES = [
    "numerist",
    *(
        module.name
        for module in pkgutil.walk_packages(numerist.__path__, "numerist.")
        if module.name != "numerist.__main__"
    ),
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    counts = [
        sum(len(test.examples) for test in finder.find(importlib.import_module(name)))
        for name in MODULES
    ]
    assert sum(counts) >= 15
