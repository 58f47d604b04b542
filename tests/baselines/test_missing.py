"""Without scikit-learn the baselines say how to get it."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["numerist.baselines", "numerist.estimators"])
def test_the_line_that_installs_scikit_learn_is_named(module: str) -> None:
    code = f"""
import sys
sys.modules["sklearn"] = None  # import then behaves as if it were not installed
try:
    import {module}
except Exception as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("NumeristError")
    assert "pip install 'numerist[chapter]'" in done.stdout
