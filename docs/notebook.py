"""Makes the notebook of follow-along.md: python docs/notebook.py [--check | --run FILE].

Text becomes Markdown cells, `python` blocks become code cells. The `text` blocks say what the code
prints; the notebook prints it itself, so they are left out, and no outputs are stored. What stands
in a comment `<!-- notebook … -->` of the page is code for the notebook only: its pictures.

    --check     exit 1 if the notebook is not what the page gives
    --run FILE  run the notebook from top to bottom and write it, with its outputs, to FILE
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).with_name("follow-along.md")
NOTEBOOK = PAGE.with_suffix(".ipynb")

_v4: Any = nbformat.v4  # it has no types

_BLOCK = re.compile(
    r"^```(?P<language>\w*)[^\n]*\n(?P<code>.*?)^```$|^<!-- notebook\n(?P<only>.*?)^-->$",
    re.MULTILINE | re.DOTALL,
)


def cells(page: str) -> Iterator[tuple[str, str]]:
    """Yield ("markdown" or "code", source) in the order of the page."""
    prose, end = "", 0
    for block in _BLOCK.finditer(page):
        prose += page[end : block.start()]
        end = block.end()
        code = block["only"] or (block["code"] if block["language"] == "python" else None)
        if code is None:  # what the code before prints: the text goes on behind it
            continue
        if prose.strip():
            yield "markdown", re.sub(r"\n{3,}", "\n\n", prose.strip())
        prose = ""
        yield "code", code.rstrip("\n")
    if (prose + page[end:]).strip():
        yield "markdown", (prose + page[end:]).strip()


def notebook(page: str) -> Any:
    """Return the notebook. Ids are a heading and a number, so that few change with the page."""
    section, number = "top", 0
    made = []
    for kind, source in cells(page):
        headings = re.findall(r"^#+ (.+)$", source, re.MULTILINE) if kind == "markdown" else []
        if headings:
            section = re.sub(r"[^a-z0-9]+", "-", headings[-1].lower()).strip("-")[:50]
            number = 0
        number += 1
        new = _v4.new_markdown_cell if kind == "markdown" else _v4.new_code_cell
        made.append(new(source, id=f"{section}-{number}"))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made_of = {"kernelspec": kernel, "language_info": {"name": "python"}}
    book = _v4.new_notebook(cells=made, metadata=made_of, nbformat_minor=5)
    nbformat.validate(book)
    return book


def text_of(book: Any) -> str:
    return f"{_v4.writes_json(book).rstrip()}\n"


def run(book: Any, target: Path) -> None:
    """Run all cells in a kernel of this Python; a cell that fails is shown, with exit status 1."""
    from jupyter_client.kernelspec import KernelSpecManager  # noqa: PLC0415  (only to run it)
    from jupyter_client.manager import AsyncKernelManager  # noqa: PLC0415
    from nbclient import NotebookClient  # noqa: PLC0415
    from nbclient.exceptions import CellExecutionError  # noqa: PLC0415

    class Here(AsyncKernelManager):
        """Starts this Python's own kernel, whatever is registered on the machine."""

        def _kernel_spec_manager_default(self) -> Any:
            return KernelSpecManager(kernel_dirs=[])

    client = NotebookClient(book, timeout=300, kernel_name="python3", kernel_manager_class=Here)
    try:
        client.execute()
    except CellExecutionError as error:
        sys.exit(str(error))
    target.write_text(text_of(book), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true")
    choice.add_argument("--run", type=Path, metavar="FILE")
    asked = parser.parse_args()
    book = notebook(PAGE.read_text(encoding="utf-8"))
    if asked.run:
        run(book, asked.run)
    elif asked.check:
        there = NOTEBOOK.read_text(encoding="utf-8") if NOTEBOOK.exists() else ""
        if there != text_of(book):
            sys.exit(f"{NOTEBOOK.name} is not up to date; run: python docs/notebook.py")
    else:
        NOTEBOOK.write_text(text_of(book), encoding="utf-8")


if __name__ == "__main__":
    main()
