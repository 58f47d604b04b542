"""Without Matplotlib the pictures say how to get it, and nothing else needs it."""

from __future__ import annotations

import subprocess
import sys


def _run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def test_the_line_that_installs_matplotlib_is_named() -> None:
    said = _run("""
import sys
sys.modules["matplotlib"] = None  # import then behaves as if it were not installed
try:
    import numerist.chapter.figures
except Exception as error:
    print(type(error).__name__, error)
""")
    assert said.startswith("NumeristError")
    assert "pip install 'numerist[chapter]'" in said


def test_the_chapter_itself_is_imported_without_it() -> None:
    said = _run("import sys, numerist.chapter; print('matplotlib' in sys.modules)")
    assert said.strip() == "False"
