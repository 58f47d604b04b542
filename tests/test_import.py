"""`import numerist` costs NumPy and nothing heavier."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import numerist
from numerist import reading
from numerist.reading import result

# The standard library's own modules and NumPy aside, importing numerist may load these packages.
ALLOWED = {"numerist"}


def _run(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


def test_import_loads_numpy_and_nothing_heavier() -> None:
    code = (
        "import json, sys, numpy; before = set(sys.modules); import numerist;"
        "print(json.dumps(sorted({m.split('.')[0] for m in set(sys.modules) - before})))"
    )
    loaded = set(json.loads(_run(code))) - set(sys.stdlib_module_names)
    assert loaded - {"numpy"} == ALLOWED


def test_import_opens_these_rooms_and_no_others() -> None:
    code = "import sys, numerist; print(*sys.modules)"
    loaded = _run(code).split()
    rooms = {name.split(".")[1] for name in loaded if name.startswith("numerist.")}
    assert rooms == {
        "checks",
        "data",
        "engine",
        "errors",
        "files",
        "mnist_loader",
        "model",
        "network",
        "neurons",
        "reading",
    }
    assert not {"subprocess", "tarfile", "ssl", "http"} & set(loaded)


def test_public_names_are_sorted_and_there() -> None:
    assert numerist.__all__ == sorted(numerist.__all__)
    assert numerist.__all__ == [
        "Dataset",
        "Model",
        "Network",
        "NumeristError",
        "Reader",
        "__version__",
        "errors",
        "load_mnist",
        "load_model",
        "mnist_loader",
        "network",
        "neurons",
        "read",
    ]
    assert all(hasattr(numerist, name) for name in numerist.__all__)
    assert set(numerist.__all__) <= set(dir(numerist))


@pytest.mark.parametrize(
    ("package", "version"),
    [
        ("click", "8.1.8"),  # has no NoArgsIsHelpError: every wrong use was a traceback
        ("onnxruntime", "1.18.1"),  # made for NumPy 1: ImportError beside NumPy 2
        ("opencv-python-headless", "4.9.0.80"),  # likewise
        ("pillow", "11.0.0"),  # pillow-heif 1.0 refuses it
        ("fastapi", "0.123.0"),  # does not know min and max of POST /v1/read by their names
    ],
)
def test_versions_that_do_not_work_are_not_allowed(package: str, version: str) -> None:
    pyproject = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(pyproject)["project"]
    lines = map(Requirement, project["dependencies"] + project["optional-dependencies"]["serve"])
    allowed = {line.name: line.specifier for line in lines}
    assert not allowed[package].contains(version)
    assert allowed["numpy"].contains("2.0.0")


def test_what_reading_returns_has_public_names_that_load_nothing_before_they_are_asked_for() -> (
    None
):
    assert reading.__all__ == sorted(reading.__all__)
    assert set(reading.__all__) <= set(dir(reading))
    for name in ("Alternative", "Digit", "Number", "PageReading", "Reading", "schema"):
        assert getattr(reading, name) is getattr(result, name)
    loaded = _run("import sys, numerist.reading; print(*sys.modules)").split()
    assert not {"numerist.reading.result", "numerist.reading.reader"} & set(loaded)
