"""`numerist chapter` as a process."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
Command = Any  # what the fixture numerist_command gives

# The rows of the chapter.
IDS = [
    *(f"P{k}" for k in range(1, 9)),
    *(f"S{k}" for k in range(1, 8)),
    *(f"A{k}" for k in range(1, 4)),
    *(f"D{k}" for k in range(1, 6)),
    *(f"G{k}" for k in range(1, 12)),
    *(f"I{k}" for k in range(1, 7)),
    *(f"E{k}" for k in range(1, 12)),
    *(f"X{k}" for k in range(1, 6)),
]


class Page(HTMLParser):
    """Collects ids, addresses and open elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src", "xlink:href", "action"):
                self.addresses.append(value or "")


def test_list_has_every_row_in_the_chapters_order(numerist_command: Command) -> None:
    ran = numerist_command("chapter", "--list")
    assert ran.returncode == 0, ran.stderr
    assert [line.split()[0] for line in ran.stdout.splitlines()] == IDS


def test_some_rows_make_a_self_contained_report(numerist_command: Command, tmp_path: Path) -> None:
    ran = numerist_command("chapter", "p6", "S2", "G7", "--quick", "--out", "report")
    assert ran.returncode == 0, ran.stderr
    assert "3 rows: 3 agree" in ran.stdout
    text = (tmp_path / "report/report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert {"P6", "S2", "G7"} <= set(page.ids)
    assert "script" not in page.tags
    assert page.tags.count("svg") >= 4
    assert all(re.match(r"#|data:image/png;base64,", address) for address in page.addresses)
    assert not re.search(r"@import|url\(\s*['\"]?(?!#|data:)", text)
    report = json.loads((tmp_path / "report/report.json").read_text(encoding="utf-8"))
    assert [row["id"] for row in report["rows"]] == ["P6", "S2", "G7"]
    assert all(row["verdict"] == "agrees" and row["measured"] for row in report["rows"])
    assert report["seconds"]["wall"] > 0
    assert report["seconds"]["kept"] == 0

    again = numerist_command("chapter", "P6", "S2", "G7", "--quick", "--out", "report")
    assert again.stdout.count("kept from before") == 3
    other = numerist_command("chapter", "P6", "--quick", "--seeds", "2", "--out", "report")
    assert "kept from before" not in other.stdout


@pytest.mark.parametrize("out", ["file/report", "blocked"])
def test_a_place_for_no_folder(numerist_command: Command, tmp_path: Path, out: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked/measured").write_text("")
    ran = numerist_command("chapter", "P1", "--quick", "--out", out)
    assert ran.returncode == 1
    assert ran.stderr.startswith("numerist: ")
    assert "Traceback" not in ran.stderr


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks for children in /proc")
def test_workers_end_with_a_killed_parent(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "numerist", "chapter", "E3", "--out", "report"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL) as process:
        while not (workers := _children(process.pid)):
            assert process.poll() is None
            time.sleep(0.1)
        time.sleep(2)
        workers = _children(process.pid)
        process.kill()
    deadline = time.monotonic() + 100
    while any(Path("/proc", pid).exists() for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [pid for pid in workers if Path("/proc", pid).exists()]


def _children(pid: int) -> set[str]:
    """Return the processes that any thread of a process has started."""
    lists = Path("/proc", str(pid), "task").glob("*/children")
    return {child for listed in lists for child in listed.read_text().split()}


@pytest.mark.parametrize("word", ["Q", "P99", "X9", "6", "P6,E5"])
def test_an_unknown_row_is_wrong_use(numerist_here: Command, word: str) -> None:
    ran = numerist_here("chapter", word)
    assert ran.returncode == 2
    assert word in ran.stderr
    assert "Traceback" not in ran.stderr


# The command line, but row E2 never ends; a module of its own, for the workers to find.
ENDLESS = """
import functools, time
from numerist.chapter import runner

def measure(row_id, scale):
    if row_id == "E2":
        time.sleep(900)
    return runner.measure(row_id, scale)

if __name__ == "__main__":
    import endless
    from numerist.cli import main
    runner.run = functools.partial(runner.run, how=endless.measure)
    main()
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGINT to a child works otherwise on Windows")
def test_interrupted_it_goes_on_where_it_was(numerist_command: Command, tmp_path: Path) -> None:
    (tmp_path / "endless.py").write_text(ENDLESS)
    words = ["chapter", "P", "E2", "--quick", "--jobs", "2", "--out", "report"]
    command = [sys.executable, "endless.py", *words]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=600)
    assert process.returncode == 1
    assert "Traceback" not in err
    assert not list((tmp_path / "report").rglob("*.part"))
    again = numerist_command(*words)
    assert again.returncode == 0, again.stderr
    row = first.split()[1]
    kept = [line.split()[1] for line in again.stdout.splitlines() if "kept from before" in line]
    assert row in kept
    assert len(kept) < 9


def test_a_report_that_cannot_be_written_is_noticed_first(
    numerist_command: Command, tmp_path: Path
) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report/report.html").mkdir()
    ran = numerist_command("chapter", "P1", "--quick", "--out", "report")
    assert ran.returncode == 1
    assert "report.html" in ran.stderr
    assert "P1" not in ran.stdout


def test_all_of_it_quickly(numerist_command: Command, tmp_path: Path) -> None:
    """What CI runs: every row at a small scale; no result may differ from the chapter.

    It promises less than a minute on two cores. A clock would blame it for all that the machine
    does beside; processor time does not count waiting, and two cores have two minutes of it.
    """
    ran = numerist_command("chapter", "--quick", "--out", "report")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    report = json.loads((tmp_path / "report/report.json").read_text(encoding="utf-8"))
    assert [row["id"] for row in report["rows"]] == IDS
    assert {row["verdict"] for row in report["rows"]} <= {"agrees", "nothing to compare"}
    assert (tmp_path / "report/report.html").stat().st_size < 5 << 20
    seconds = report["seconds"]
    processor = sum(row["processor_seconds"] for row in report["rows"])
    assert seconds["processor"] == pytest.approx(processor, abs=1)
    assert 1 < processor < 120, f"{processor:.0f} s of processor time; more than two cores' minute"
    assert seconds["wall"] * (os.cpu_count() or 1) > processor
    assert re.search(r"the rows' own processor time is (\d+ min )?[\d.]+ s", ran.stdout)


@pytest.mark.parametrize("package", ["jinja2", "matplotlib", "sklearn"])
def test_a_missing_extra_is_said_before_the_work(tmp_path: Path, package: str) -> None:
    code = f"""
import sys
sys.modules[{package!r}] = None  # import then behaves as if it were not installed
from numerist.cli import main
sys.argv = ["numerist", "chapter", "P6", "--quick", "--out", "report"]
main()
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert "pip install 'numerist[chapter]'" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("row", ["P1,P2", "P1, P2", "P1,P2,"])
def test_rows_with_commas_are_told_apart(numerist_command: Command, row: str) -> None:
    ran = numerist_command("chapter", row, "--list")
    assert ran.returncode == 2
    assert "Write them apart: P1 P2" in ran.stderr
