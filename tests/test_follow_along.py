"""docs/follow-along.md and its notebook: every line runs, and prints what the page says."""

from __future__ import annotations

import code
import contextlib
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "follow-along.md").read_text(encoding="utf-8")
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]\d+)?")


class Block:
    """A block of code, with what the page says that it prints, and how exactly."""

    def __init__(self, source: str, line: int) -> None:
        self.source, self.line, self.expected, self.how = source, line, "", ""


def blocks(page: str) -> list[Block]:
    found: list[Block] = []
    for fence in re.finditer(r"^```(\w*) ?([^\n]*)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        language, how, inside = fence.groups()
        if language == "python":
            found.append(Block(inside, page.count("\n", 0, fence.start()) + 2))
        else:
            assert language == "text", f"{language}: only code that runs, and what it prints"
            assert not found[-1].expected, "two outputs for one block"
            found[-1].expected, found[-1].how = inside, how
    return found


BLOCKS = blocks(PAGE)


def difference(printed: str, expected: str, how: str) -> str:
    """Say in what the output differs from the page's; nothing if it does not.

    how: nothing for the same text; "within 5%" for the same words and numbers as near as that;
    "for example" for the same number of lines and words, whatever the numbers and pictures.
    """
    got = [line.rstrip() for line in printed.rstrip().split("\n")]
    want = [line.rstrip() for line in expected.rstrip().split("\n")]
    words: Callable[[str], str] = _kept
    near = True
    if percent := re.fullmatch(r"within (\d+)%", how):
        words = _words
        numbers = [[float(n) for n in NUMBER.findall("\n".join(lines))] for lines in (got, want)]
        near = numbers[0] == pytest.approx(numbers[1], rel=int(percent[1]) / 100, abs=0)
    elif how == "for example":
        words = _without_pictures
    else:
        assert not how, how
    same = len(got) == len(want) and [*map(words, got)] == [*map(words, want)]
    return "" if same and near else "\n".join(["printed:", *got, f"the page, {how}:", *want])


def _kept(line: str) -> str:
    return line


def _words(line: str) -> str:
    return " ".join(NUMBER.sub("0", line).split())


def _without_pictures(line: str) -> str:
    return "" if re.fullmatch(r"[ .:=+*#%@-]*", line) else _words(line)


class Typist(code.InteractiveConsole):
    """Types line by line, as a reader does; notes which lines there are and which ones ran."""

    def __init__(self) -> None:
        super().__init__({"__name__": "__main__"}, "<typed>")
        self.there: set[tuple[CodeType, int]] = set()
        self.ran: set[tuple[CodeType, int]] = set()

    def type(self, block: Block) -> str:
        """Type a block and a last Enter; return what it printed."""
        with contextlib.redirect_stdout(io.StringIO()) as out:
            for line in [*block.source.rstrip("\n").split("\n"), ""]:
                try:
                    more = self.push(line)
                except Exception as error:
                    error.add_note(f"{line!r} in the block at line {block.line} of the page")
                    raise
        assert not more, f"the block at line {block.line} is not finished"
        return out.getvalue()

    def runcode(self, code: CodeType) -> None:
        self.there.update(_lines(code))
        before = sys.gettrace()
        sys.settrace(self._trace)
        try:
            exec(code, self.locals)  # noqa: S102
        finally:
            sys.settrace(before)

    def showsyntaxerror(self, *_: Any, **__: Any) -> None:
        raise  # noqa: PLE0704  (called while the error is handled)

    def _trace(self, frame: FrameType, event: str, _arg: object) -> Any:
        if frame.f_code.co_filename != "<typed>":
            return None
        if event in {"call", "line"}:
            self.ran.add((frame.f_code, frame.f_lineno))
        return self._trace


def _lines(code: CodeType) -> Iterator[tuple[CodeType, int]]:
    yield from ((code, line) for _, _, line in code.co_lines() if line)
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _lines(inner)


@pytest.fixture(scope="module")
def session() -> tuple[Typist, list[str]]:
    typist = Typist()
    return typist, [typist.type(block) for block in BLOCKS]


@pytest.mark.parametrize("number", range(len(BLOCKS)), ids=lambda n: f"line {BLOCKS[n].line}")
def test_a_block_prints_what_the_page_says(session: tuple[Typist, list[str]], number: int) -> None:
    block = BLOCKS[number]
    assert not difference(session[1][number], block.expected, block.how)


def test_every_line_of_code_ran(session: tuple[Typist, list[str]]) -> None:
    typist, _ = session
    assert len(typist.there) > 200
    assert not typist.there - typist.ran


def test_a_line_that_does_not_run_is_noticed() -> None:
    typist = Typist()
    typist.type(Block("def f(x):\n    if x:\n        return 1\n    return 2\n\n\nf(1)", 1))
    assert {line for _, line in typist.there - typist.ran} == {4}


def test_an_error_names_the_line() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        Typist().type(Block("x = 1\nx / 0\nx = 2", 7))
    assert caught.value.__notes__ == ["'x / 0' in the block at line 7 of the page"]
    with pytest.raises(SyntaxError):
        Typist().type(Block("for x in [1]:\n    print(x)\nprint(2)", 7))  # no blank line between


@pytest.mark.parametrize(
    ("printed", "expected", "how", "same"),
    [
        ("a 1 \n", "a 1\n", "", True),
        ("a  1", "a 1", "", False),
        ("", "", "", True),
        ("surprise", "", "", False),
        ("", "promise", "", False),
        ("Epoch 0: 96 / 100", "Epoch 0: 100 / 100", "within 5%", True),
        ("Epoch 0: 94 / 100", "Epoch 0: 100 / 100", "within 5%", False),
        ("Epoch 1: 96 / 100", "Epoch 0: 96 / 100", "within 5%", False),
        ("off by 2.1e-05", "off by 2.0e-04", "within 50%", False),
        ("gets 96", "has 96", "within 5%", False),
        ("1 2", "1", "within 5%", False),
        ("  .@#\n3, read as 5", "##\n7, read as 1", "for example", True),
        ("3, read as 5", "##\n7, read as 1", "for example", False),
        ("??\n3, read as 5", "##\n7, read as 1", "for example", False),
    ],
)
def test_outputs_are_compared(printed: str, expected: str, how: str, same: bool) -> None:
    assert (difference(printed, expected, how) == "") is same


def _notebook(*words: str, env: dict[str, str] | None = None) -> None:
    ran = subprocess.run(
        [sys.executable, str(DOCS / "notebook.py"), *words],
        env={**os.environ, "PYTHONUTF8": "1", **(env or {})},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_notebook_is_up_to_date() -> None:
    _notebook("--check")


def test_the_notebook_has_the_code_of_the_page_and_no_outputs() -> None:
    book = json.loads((DOCS / "follow-along.ipynb").read_text(encoding="utf-8"))
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in book["cells"])
    sources = ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]
    of_page = [block.source.rstrip("\n") for block in BLOCKS]
    assert [source for source in sources if source in of_page] == of_page
    words = " ".join(
        "".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "markdown"
    )
    prose = re.sub(r"^(```.*?^```|<!--.*?^-->)$", "", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert words.split() == prose.split()


def test_the_notebook_runs_and_prints_what_the_page_says(tmp_path: Path) -> None:
    folders = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    _notebook("--run", str(tmp_path / "ran.ipynb"), env=dict.fromkeys(folders, str(tmp_path)))
    book = json.loads((tmp_path / "ran.ipynb").read_text(encoding="utf-8"))
    cells = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    remaining = iter(BLOCKS)
    block = next(remaining)
    pictures = 0
    for cell in cells:
        said = [out for out in cell["outputs"] if out.get("name") != "stderr"]  # notes
        printed = "".join("".join(out.get("text", "")) for out in said)
        if "".join(cell["source"]) == block.source.rstrip("\n"):
            assert not difference(printed, block.expected, block.how)
            block = next(remaining, Block("", 0))
        else:
            assert not printed
            pictures += sum("text/html" in out.get("data", {}) for out in cell["outputs"])
    assert not block.source, f"the block at line {block.line} of the page did not run"
    assert pictures == PAGE.count("\nshow(") >= 8
