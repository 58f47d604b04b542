"""`numerist read` as people use it: one picture, many, killed, interrupted, misused."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import select
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema  # type: ignore[import-untyped]
import numpy as np
import pytest
from PIL import Image

from numerist.cli import read_job
from numerist.errors import InputError
from numerist.reading.result import schema
from numerist.reading.sample import SAMPLE
from numerist.reading.sources import Source
from numerist.reading.strings import make_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from numerist.data import Mnist

Command = Any  # what the fixture numerist_command gives

posix = pytest.mark.skipif(os.name == "nt", reason="signals to a child work otherwise on Windows")
SCHEMA = schema()
SAID = "266733\n19433 865\n4089 9320\n"  # by the sample
MANY = 100


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, mnist: Mnist) -> Path:
    """A hundred small pictures in a folder and one below it; their names say what they say."""
    top = tmp_path_factory.mktemp("pictures")
    (top / "more").mkdir()
    rng = np.random.default_rng(5)
    for k in range(MANY):
        height = 120 if k % 40 == 3 else 22  # a few take much longer
        made = make_number(mnist.training, 2, rng, height=(height, height + 4))
        place = top / "more" if k >= MANY // 2 else top
        Image.fromarray(made.picture).save(place / f"{k:03d}-{made.text}.png")
    return top


@pytest.fixture(scope="module")
def undisturbed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What a run over the folder writes as JSON lines."""
    out = tmp_path_factory.mktemp("undisturbed") / "out.jsonl"
    command = [*NUMERIST, "read", str(folder), "--format", "jsonl", "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    return out.read_bytes()


NUMERIST = (sys.executable, "-m", "numerist")


def begin(
    *words: str, program: tuple[str, ...] = (*NUMERIST, "read"), **more: Any
) -> subprocess.Popen[str]:
    """Start reading in a process group of its own, as a terminal does."""
    return subprocess.Popen(
        [*program, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        encoding="utf-8", start_new_session=True, env={**os.environ, "PYTHONUTF8": "1"}, **more,
    )  # fmt: skip


# Reading to which something happens when so many records are written, whatever the machine does.
DISTURBED = """
import json, multiprocessing, os, signal, sys, time
from numerist.cli.read_run import Run

put, when, written = Run._put, json.loads(sys.argv[1]), 0

def disturbed(self, text):
    global written
    put(self, text)
    written += bool(text)
    if text and written in when:
        WHAT_HAPPENS

Run._put = disturbed
from numerist.cli import main
main(["read", *sys.argv[2:]])
"""
HALTED = "print('halted', flush=True); time.sleep(600)"  # until there is a signal
BEREFT = "[os.kill(child.pid, signal.SIGKILL) for child in multiprocessing.active_children()]"


def disturbed(what: str, when: list[int], *words: str) -> subprocess.Popen[str]:
    return begin(
        *words, program=(sys.executable, "-c", DISTURBED.replace("WHAT_HAPPENS", what), str(when))
    )


def wait_until_halted(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "halted\n"


def seen_on_a_terminal(*words: str, **more: Any) -> tuple[int, bytes]:
    """Read with a terminal behind stderr; the status, and what was written there."""
    import fcntl  # noqa: PLC0415
    import pty  # noqa: PLC0415
    import termios  # noqa: PLC0415

    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    seen = b""
    with subprocess.Popen([*NUMERIST, "read", *words], stderr=terminal, **more) as process:
        os.close(terminal)
        while process.poll() is None or select.select([controller], [], [], 0)[0]:
            if select.select([controller], [], [], 0.1)[0]:
                try:
                    seen += os.read(controller, 10_000)
                except OSError:  # Linux says so where the other end is closed
                    break
    os.close(controller)
    return process.returncode, seen


def nobody_is_left(group: int) -> bool:
    """Whether all processes of a group are over, at last."""
    deadline = time.monotonic() + 100
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def records(lines: bytes | str) -> list[dict[str, Any]]:
    text = lines.decode("utf-8") if isinstance(lines, bytes) else lines
    return [json.loads(line) for line in text.split("\n")[:-1]]


def small_picture(path: Path) -> Path:
    """A part of the sample: 865."""
    with Image.open(SAMPLE) as image:
        image.crop((255, 110, 400, 180)).save(path)
    return path


# one picture


def test_one_picture_is_its_text(numerist_command: Command) -> None:
    ran = numerist_command("read", str(SAMPLE))
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, SAID, "")


def test_one_picture_as_json_and_json_lines_fits_the_schema(numerist_command: Command) -> None:
    for name in ("json", "jsonl"):
        ran = numerist_command("read", str(SAMPLE), "--format", name)
        assert ran.returncode == 0, ran.stderr
        record = json.loads(ran.stdout)
        jsonschema.Draft202012Validator(SCHEMA).validate(record)
        assert record["source"] == str(SAMPLE)
        assert record["text"] == SAID.rstrip("\n")
        assert record["pages"][0]["box"] == [0, 0, 440, 288]
        for number in record["pages"][0]["numbers"]:
            left, top, right, bottom = number["box"]
            assert 0 <= left < right <= 440
            assert 0 <= top < bottom <= 288


def test_one_picture_from_standard_input_as_csv() -> None:
    ran = subprocess.run(
        [*NUMERIST, "read", "-", "--format", "csv"], check=True, capture_output=True,
        input=SAMPLE.read_bytes(), timeout=600,
    )  # fmt: skip
    header, *rows = csv.reader(io.StringIO(ran.stdout.decode("utf-8"), newline=""))
    assert header[:5] == ["source", "page", "line", "number", "text"]
    assert [row[2:5] for row in rows] == [
        ["0", "0", "266733"], ["1", "0", "19433"], ["1", "1", "865"], ["2", "0", "4089"],
        ["2", "1", "9320"],
    ]  # fmt: skip
    assert {row[0] for row in rows} == {"standard input"}


def test_a_blank_page_says_so(numerist_command: Command, tmp_path: Path) -> None:
    Image.new("L", (300, 200), 240).save(tmp_path / "blank.png")
    ran = numerist_command("read", "blank.png")
    assert (ran.returncode, ran.stdout) == (0, "")
    assert ran.stderr == "numerist: blank.png: no number found\n"
    ran = numerist_command("read", "blank.png", "--format", "csv")
    assert ran.stdout.splitlines()[1] == "blank.png,1,,,,,,,,,"


@pytest.mark.parametrize("name", ["text", "json", "csv", "jsonl"])
def test_one_that_is_no_picture_is_one_line_and_status_1(
    numerist_command: Command, tmp_path: Path, name: str
) -> None:
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    ran = numerist_command("read", "bad.png", "--format", name)
    assert ran.returncode == 1
    assert ran.stderr.startswith("numerist: bad.png: expected a picture")
    assert ran.stderr.count("\n") == 1
    if name.startswith("json"):
        record = json.loads(ran.stdout)
        jsonschema.Draft202012Validator(SCHEMA).validate(record)
        assert record["error"] == ran.stderr.removeprefix("numerist: ").rstrip("\n")
    elif name == "csv":
        assert next(csv.DictReader(io.StringIO(ran.stdout)))["error"].startswith("bad.png: ")


def test_what_is_known_of_the_numbers_reaches_the_reader(
    numerist_command: Command, tmp_path: Path
) -> None:
    path = str(small_picture(tmp_path / "small.png"))
    assert numerist_command("read", path).stdout == "865\n"
    assert numerist_command("read", path, "--length", "3").stdout == "865\n"
    assert numerist_command("read", path, "--length", "9").stdout == "?\n"
    assert numerist_command("read", path, "--pattern", r"8\d5").stdout == "865\n"
    assert numerist_command("read", path, "--pattern", "1111111").stdout == "?\n"
    assert numerist_command("read", path, "--pattern", "1111111", "--force").stdout == "865\n"
    assert numerist_command("read", path, "--min", "800", "--max", "900").stdout == "865\n"
    assert numerist_command("read", path, "--min", "90000").stdout == "?\n"


def test_a_place_that_can_not_be_written_ends_it_all(
    numerist_command: Command, tmp_path: Path
) -> None:
    for name in ("a.png", "b.png", "c.png"):
        small_picture(tmp_path / name)
    (tmp_path / "drawn").mkdir()
    (tmp_path / "drawn" / "b.png.png").mkdir()
    ran = numerist_command("read", "a.png", "b.png", "c.png", "--annotate", "drawn")
    assert ran.returncode == 1
    assert ran.stdout == "a.png: 865\n"
    assert ran.stderr.startswith("numerist: ")
    assert "b.png.png: expected a file that can be written" in ran.stderr
    assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ["--length", "0"], ["--length", "many"], ["--pattern", "("], ["--pattern", "abc"],
        ["--check", "none"], ["--min", "5", "--max", "1"], ["--max-error", "-1"],
        ["--max-error", "nan"], ["--format", "xml"], ["--jobs", "0"],
        ["--resume"], ["--resume", "--format", "jsonl"], ["--sample"],
        ["--annotate", "no-picture.txt"], ["--explain", "folder.pdf"],
        ["--explain", "x.png", "--annotate", "./x.png"], ["--out", "."], ["--annotate", "."],
        ["--out", "small.png"], ["--out", "new.png", "--format", "json"], ["--out", "x.zip"], [""],
        ["--column", "source"], ["--out", "x.xlsx", "--format", "csv"], ["--out", "x.csv.gz"],
        ["--out", "x.xml"], ["--out", "new/"],
    ],
)  # fmt: skip
def test_wrong_use_is_one_line_and_status_2(
    numerist_here: Command, tmp_path: Path, words: list[str]
) -> None:
    small_picture(tmp_path / "small.png")
    ran = numerist_here("read", "small.png", *words)
    assert ran.returncode == 2
    assert (ran.stdout, ran.stderr.count("\n")) == ("", 1)
    assert ran.stderr.startswith("numerist: ")
    assert [path.name for path in tmp_path.iterdir()] == ["small.png"]


@posix
@pytest.mark.parametrize("name", ["text", "json", "jsonl", "parquet"])
def test_a_pipe_or_a_device_is_no_place_to_write_to(
    numerist_here: Command, tmp_path: Path, name: str
) -> None:
    small_picture(tmp_path / "small.png")
    os.mkfifo(tmp_path / "pipe")
    for out in ("/dev/null", "pipe"):
        ran = numerist_here("read", "small.png", "--format", name, "--out", out)
        assert (ran.returncode, ran.stdout) == (2, "")
        assert ran.stderr.startswith(f"numerist: --out {out} is a pipe or a device")


def test_standard_output_is_called_a_dash(numerist_command: Command, tmp_path: Path) -> None:
    small_picture(tmp_path / "small.png")
    ran = numerist_command("read", "small.png", "--out", "-")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "865\n", "")
    assert [path.name for path in tmp_path.iterdir()] == ["small.png"]


@posix
def test_without_standard_input_there_is_none() -> None:
    command = ["sh", "-c", f"{sys.executable} -m numerist read - <&-"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr.endswith("a pattern, found none. Send a picture to it.\n")


def test_an_option_that_is_meant_is_named(numerist_command: Command) -> None:
    ran = numerist_command("read", "small.png", "--lenght", "3")
    assert ran.stderr == (
        "numerist: No such option '--lenght'. Did you mean '--length'? See python -m numerist read"
        " --help.\n"
    )


def test_without_anything_to_read_it_says_what_to_give(numerist_command: Command) -> None:
    ran = numerist_command("read")
    assert ran.returncode == 2
    assert "files" not in ran.stdout
    assert ran.stderr.startswith("numerist: Nothing to read: name pictures, folders or patterns")
    assert "--sample" in ran.stderr


def test_a_model_of_other_classes_or_none_is_refused(
    numerist_command: Command, tmp_path: Path
) -> None:
    small_picture(tmp_path / "small.png")
    ran = numerist_command("read", "small.png", "--model", "none.onnx")
    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1


# the sample


def test_the_sample_is_shown_read_and_drawn(numerist_command: Command, tmp_path: Path) -> None:
    ran = numerist_command("read", "--sample", env={"COLUMNS": "80"})
    assert ran.returncode == 0, ran.stderr
    shown, text = ran.stdout.split("\n\n", 1)[0], ran.stdout
    assert SAID in text
    picture = text[: text.index(SAID)].rstrip().split("\n")
    assert len(shown) > 80
    assert 10 < len(picture) < 60
    assert all(len(line) <= 80 for line in picture)
    marks = sum(len(line.replace(" ", "")) for line in picture)
    assert marks > 200  # ink
    assert marks < 0.4 * 80 * len(picture)  # and paper
    *_, copy, licence = text.splitlines()
    assert copy == "With boxes and answers: sample-read.png"
    assert "MNIST" in licence
    assert "CC BY-SA 3.0" in licence
    with Image.open(tmp_path / "sample-read.png") as image, Image.open(SAMPLE) as sample:
        assert image.size == tuple(3 * side for side in sample.size)


def test_the_sample_is_never_written_over_a_file(numerist_command: Command, tmp_path: Path) -> None:
    (tmp_path / "sample-read.png").write_text("mine")
    (tmp_path / "sample-read-2.png").write_text("mine, too")
    ran = numerist_command("read", "--sample")
    assert "With boxes and answers: sample-read-3.png\n" in ran.stdout
    assert (tmp_path / "sample-read.png").read_text() == "mine"
    assert (tmp_path / "sample-read-2.png").read_text() == "mine, too"
    assert (tmp_path / "sample-read-3.png").read_bytes().startswith(b"\x89PNG")


def test_the_sample_as_json_is_json_alone(numerist_command: Command, tmp_path: Path) -> None:
    ran = numerist_command("read", "--sample", "--format", "json", "--annotate", "a.webp")
    assert json.loads(ran.stdout)["text"] == SAID.rstrip("\n")
    assert [path.name for path in tmp_path.iterdir()] == ["a.webp"]


def test_the_schema_is_printed_and_nothing_read(numerist_command: Command) -> None:
    ran = numerist_command("read", "--schema", "missing.png")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == SCHEMA
    assert SCHEMA["$id"] == "urn:numerist:reading:1"


def test_the_sample_is_all_there_is_to_read(numerist_command: Command) -> None:
    assert numerist_command("read", "--sample", "x.png").returncode == 2


# many pictures


def test_a_folder_is_read_in_order(folder: Path, undisturbed: bytes) -> None:
    there = sorted(folder.glob("*.png")) + sorted(folder.glob("more/*.png"))
    assert len(there) == MANY
    read = records(undisturbed)
    assert [record["source"] for record in read] == [str(path) for path in there]
    for record in read:
        jsonschema.Draft202012Validator(SCHEMA).validate(record)
    right = sum(
        record["text"] == path.stem.split("-")[1] for record, path in zip(read, there, strict=True)
    )
    assert right > 0.9 * MANY  # they are what their names say


def test_text_of_several_says_whose_it_is(numerist_command: Command, tmp_path: Path) -> None:
    small_picture(tmp_path / "small.png")
    (tmp_path / "sample.png").write_bytes(SAMPLE.read_bytes())
    ran = numerist_command("read", "small.png", "sample.png", "small.png")
    assert ran.returncode == 0, ran.stderr
    lines = [f"sample.png: {line}" for line in SAID.splitlines()]
    assert ran.stdout.splitlines() == ["small.png: 865", *lines, "small.png: 865"]
    assert ran.stderr == ""  # no bar where no terminal is


def test_json_of_a_folder_is_a_list_even_of_one(numerist_command: Command, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    small_picture(tmp_path / "one" / "small.png")
    for words in (["one"], ["one/*.png"], ["one/small.png", "one/small.png"]):
        ran = numerist_command("read", *words, "--format", "json")
        found = json.loads(ran.stdout)
        jsonschema.Draft202012Validator(SCHEMA).validate(found)
        assert [record["text"] for record in found] == ["865"] * len(words)


def test_failures_are_in_their_place_and_listed_at_the_end(
    numerist_command: Command, tmp_path: Path
) -> None:
    good = small_picture(tmp_path / "good.png").name
    (tmp_path / "bad.png").write_bytes(b"nothing")
    words = [good, "bad.png", "none.png", good]
    ran = numerist_command("read", *words, "--format", "jsonl")
    assert ran.returncode == 1
    read = records(ran.stdout)
    assert [record["source"] for record in read] == words
    assert ["error" in record for record in read] == [False, True, True, False]
    first, *listed = ran.stderr.splitlines()
    assert first == "numerist: 2 of 4 files could not be read, or not wholly:"
    assert listed == [f"  {read[1]['error']}", f"  {read[2]['error']}"]


def test_the_list_of_failures_has_an_end(numerist_command: Command) -> None:
    ran = numerist_command("read", *(f"{k}.png" for k in range(50)))
    assert ran.returncode == 1
    lines = ran.stderr.splitlines()
    assert lines[0] == "numerist: 50 of 50 files could not be read, or not wholly:"
    assert len(lines) == 22
    assert lines[-1] == "  … and 30 more"


@posix
def test_names_can_not_command_the_terminal(numerist_command: Command, tmp_path: Path) -> None:
    small_picture(tmp_path / "a\x1b[2J.png")
    (tmp_path / "b\x1b[2J.png").write_bytes(b"nothing")
    ran = numerist_command("read", ".")
    assert ran.stdout == "a\\x1b[2J.png: 865\n"
    (tmp_path / "a\x1b[2J.png").unlink()
    _, seen = seen_on_a_terminal("b\x1b[2J.png", "b\x1b[2J.png", cwd=tmp_path)
    assert b"\x1b[2J" not in seen
    assert seen.count(b"  b\\x1b[2J.png: expected a picture") == 2


@posix
def test_killed_and_gone_on_with_it_writes_the_same_file(
    folder: Path, undisturbed: bytes, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    words = (str(folder), "--format", "jsonl", "--out", str(out))
    with disturbed(HALTED, [25], *words) as process:
        wait_until_halted(process)
        process.kill()
        process.communicate(timeout=600)
    done = out.read_bytes()
    assert done.count(b"\n") == 25
    assert undisturbed.startswith(done)
    again = subprocess.run(
        [*NUMERIST, "read", *words], capture_output=True, text=True, timeout=600, check=False
    )
    assert again.returncode == 2  # nobody said --resume: nothing is lost by mistake
    assert out.read_bytes() == done
    with begin(*words, "--resume") as process:
        said, _ = process.communicate(timeout=600)
    assert process.returncode == 0
    assert said == f"{MANY} files in {out}, {done.count(bytes([10]))} of them before\n"
    assert out.read_bytes() == undisturbed


@posix
def test_ctrl_c_keeps_what_is_complete_and_says_how_to_go_on(
    folder: Path, undisturbed: bytes, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    words = (str(folder), "--format", "jsonl", "--out", str(out), "--annotate", str(tmp_path / "a"))
    with disturbed(HALTED, [10], *words) as process:
        wait_until_halted(process)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to all of them
        _, said = process.communicate(timeout=600)
    assert process.returncode == 1
    assert re.fullmatch(
        r"numerist: interrupted after \d+ files; the same command with --resume goes on\.\n", said
    )
    done = out.read_bytes()
    assert undisturbed.startswith(done)
    assert done.endswith(b"\n")
    assert int(said.split()[3]) == done.count(b"\n") == 10
    assert not list(tmp_path.rglob("*.part"))  # of a picture that was being written
    assert nobody_is_left(process.pid)
    with begin(*words, "--resume") as process:
        process.communicate(timeout=600)
    assert out.read_bytes() == undisturbed


@posix
def test_ctrl_c_leaves_a_whole_table(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("old")
    with disturbed(HALTED, [15], str(folder), "--format", "csv", "--out", str(out)) as process:
        wait_until_halted(process)
        assert out.read_text() == "old"
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=600)
    assert process.returncode == 1
    assert "interrupted after" in said
    header, *rows = csv.reader(io.StringIO(out.read_text(encoding="utf-8"), newline=""))
    assert all(len(row) == len(header) == 11 for row in rows)
    assert 10 < len(rows) < MANY
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_what_stands_half_is_read_again(folder: Path, undisturbed: bytes, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    last = undisturbed.rindex(b"\n", 0, -1) + 1
    out.write_bytes(undisturbed[: last + 40])
    words = [str(folder), "--format", "jsonl", "--out", str(out), "--resume"]
    subprocess.run([*NUMERIST, "read", *words], check=True, capture_output=True, timeout=600)
    assert out.read_bytes() == undisturbed


def test_going_on_reads_twice_what_is_named_twice(
    numerist_command: Command, tmp_path: Path
) -> None:
    small_picture(tmp_path / "a.png")
    words = ("read", "a.png", "a.png", "--format", "jsonl", "--out", "out.jsonl", "--resume")
    numerist_command(*words)
    whole = (tmp_path / "out.jsonl").read_bytes()
    assert whole.count(b"\n") == 2
    (tmp_path / "out.jsonl").write_bytes(whole[: len(whole) // 2])
    numerist_command(*words)
    assert (tmp_path / "out.jsonl").read_bytes() == whole
    numerist_command(*words)
    assert (tmp_path / "out.jsonl").read_bytes() == whole


def test_what_failed_before_is_said_again(numerist_command: Command, tmp_path: Path) -> None:
    small_picture(tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes(b"nothing")
    words = ("read", "bad.png", "good.png", "--format", "jsonl", "--out", "out.jsonl")
    assert numerist_command(*words).returncode == 1
    first = (tmp_path / "out.jsonl").read_bytes().splitlines(keepends=True)[0]
    for there in (first, first + b'{"error": "'):
        (tmp_path / "out.jsonl").write_bytes(there)
        ran = numerist_command(*words, "--resume")
        assert ran.returncode == 1
        assert ran.stdout == "2 files in out.jsonl, 1 of them before\n"
        what = "1 of 1 file before could not be read, or not wholly"
        assert ran.stderr == f"numerist: {what}: see out.jsonl\n"


def test_going_on_with_another_kind_of_file_is_refused(
    numerist_command: Command, tmp_path: Path
) -> None:
    small_picture(tmp_path / "a.png")
    (tmp_path / "letter.txt").write_text("Dear all,\n")
    ran = numerist_command("read", "a.png", "--format", "jsonl", "--out", "letter.txt", "--resume")
    assert ran.returncode == 2
    assert "letter.txt, line 1" in ran.stderr
    assert (tmp_path / "letter.txt").read_text() == "Dear all,\n"


@posix
def test_a_process_that_is_killed_costs_its_own_file_only(
    folder: Path, undisturbed: bytes, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    words = (str(folder), "--format", "jsonl", "--out", str(out), "--jobs", "1")
    with disturbed(BEREFT, [10, 25, 40], *words) as process:
        _, said = process.communicate(timeout=600)
    read, before = records(out.read_bytes()), records(undisturbed)
    assert len(read) == MANY
    failed = [record for record in read if "error" in record]
    assert len(failed) <= 3
    for record, same in zip(read, before, strict=True):
        assert record["source"] == same["source"]
        if "error" in record:
            assert "killed by signal 9" in record["error"]
            assert record["source"] in said
        else:
            assert record == same
    assert process.returncode == (1 if failed else 0)


@posix
def test_a_terminal_sees_how_far_it_is(folder: Path, tmp_path: Path) -> None:
    with (tmp_path / "out.csv").open("wb") as out:
        status, seen = seen_on_a_terminal(str(folder), "--format", "csv", stdout=out)
    assert status == 0
    bars = re.findall(rb"(\d+)/100 \[[^\]]*<(\d\d:\d\d), [^\]]*files/s\]", seen)
    assert len(bars) > 2
    counts = [int(count) for count, _ in bars]
    assert counts == sorted(counts)
    assert (tmp_path / "out.csv").read_bytes().count(b"\n") >= MANY


# files


def test_out_is_written_whole_and_says_what_it_holds(
    numerist_command: Command, tmp_path: Path
) -> None:
    small_picture(tmp_path / "small.png")
    (tmp_path / "out.txt").write_text("old")
    ran = numerist_command("read", "small.png", "--out", "out.txt")
    assert (ran.returncode, ran.stdout) == (0, "1 file in out.txt\n")
    assert (tmp_path / "out.txt").read_bytes() == b"865\n"
    ran = numerist_command("read", "small.png", "--out", "none/out.txt")
    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1


def test_the_ending_of_out_is_the_format_or_is_refused(
    numerist_command: Command, tmp_path: Path
) -> None:
    small_picture(tmp_path / "small.png")
    for name, begins in (("a.tsv", "source\tpage\t"), ("a.CSV", "source,page,"), ("a", "865")):
        ran = numerist_command("read", "small.png", "--out", name)
        assert ran.returncode == 0, ran.stderr
        assert (tmp_path / name).read_text().startswith(begins)
    ran = numerist_command("read", "small.png", "--out", "a.log")
    assert ran.returncode == 2
    assert ".txt, .json, .jsonl, .csv, .tsv or .parquet, or say by --format" in ran.stderr
    ran = numerist_command("read", "small.png", "--out", "a.log", "--format", "text")
    assert (tmp_path / "a.log").read_text() == "865\n"


def test_annotated_copies_of_one_and_of_many_pages(
    numerist_command: Command, tmp_path: Path
) -> None:
    small_picture(tmp_path / "small.png")
    ran = numerist_command("read", "small.png", "--annotate", "drawn.png")
    assert ran.returncode == 0, ran.stderr
    with Image.open(tmp_path / "small.png") as before, Image.open(tmp_path / "drawn.png") as after:
        times = after.width // before.width
        assert after.size == (times * before.width, times * before.height)
        assert after.mode == "RGB"
    with Image.open(tmp_path / "small.png") as page:
        page.save(tmp_path / "three.tif", save_all=True, append_images=[page, page])
    ran = numerist_command("read", "three.tif", "--annotate", "page.jpg")
    assert ran.stdout == "865\n\f865\n\f865\n"
    assert {path.name for path in tmp_path.glob("page*")} == {
        "page-1.jpg", "page-2.jpg", "page-3.jpg",
    }  # fmt: skip


def test_annotated_copies_repeat_the_tree_of_folders(
    numerist_command: Command, tmp_path: Path
) -> None:
    for name in ("a/x.png", "a/x.tif", "b/x.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        small_picture(tmp_path / name)
    for _ in range(2):  # the second time the copies are there, and are not read themselves
        ran = numerist_command("read", "a", "b/*.png", "--annotate", "a/drawn", "--jobs", "2")
        assert ran.stdout.splitlines() == ["a/x.png: 865", "a/x.tif: 865", "b/x.png: 865"]
        top = tmp_path / "a/drawn"
        drawn = {path.relative_to(top).as_posix() for path in top.rglob("*.*")}
        assert drawn == {"a/x.png.png", "a/x.tif.png", "b/x.png.png"}


def test_the_name_of_a_picture_is_no_place_for_several(
    numerist_command: Command, tmp_path: Path
) -> None:
    for name in ("a.png", "b.png"):
        small_picture(tmp_path / name)
    for option in ("--annotate", "--explain"):
        for sources in (["a.png", "b.png"], ["."], ["?.png"]):
            ran = numerist_command("read", *sources, option, "seen.png")
            assert (ran.returncode, ran.stdout) == (2, "")
            assert ran.stderr.startswith(f"numerist: {option}: expected a folder")
    assert len(list(tmp_path.iterdir())) == 2


def test_what_was_drawn_is_not_read_the_next_time(
    numerist_command: Command, tmp_path: Path
) -> None:
    small_picture(tmp_path / "a.png")
    for option, place in (("--annotate", "seen.png"), ("--explain", "cuts.png")):
        assert numerist_command("read", "a.png", option, place).returncode == 0
    assert numerist_command("read", ".", "--annotate", "seen").stdout == "a.png: 865\n"
    assert numerist_command("read", ".").stdout == "a.png: 865\n"


def test_a_picture_is_never_drawn_over(numerist_command: Command, tmp_path: Path) -> None:
    before = small_picture(tmp_path / "small.png").read_bytes()
    for option in ("--annotate", "--explain"):
        ran = numerist_command("read", "small.png", option, "./small.png")
        assert ran.returncode == 2
        assert ran.stderr.startswith(f"numerist: {option}: ")
    assert (tmp_path / "small.png").read_bytes() == before


def test_the_lattice_is_drawn(numerist_command: Command, tmp_path: Path) -> None:
    small_picture(tmp_path / "small.png")
    ran = numerist_command("read", "small.png", "--explain", "lattice.png")
    assert ran.returncode == 0, ran.stderr
    with Image.open(tmp_path / "lattice.png") as image:
        assert len(image.convert("RGB").getcolors(1 << 24) or []) > 2


# where pictures go


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("in/a.png", "in/deep/b.png", "other/c.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "source", "expected"),
    [
        (["in"], "in/deep/b.png", "out/deep/b.png.png"),
        (["in/a.png", "in/deep/b.png"], "in/deep/b.png", "out/deep/b.png.png"),
        (["in", "other"], "in/a.png", "out/in/a.png.png"),
        (["in/*.png"], "in/a.png", "out/a.png.png"),
        (["in/**/*.png", "-"], "in/deep/b.png", "out/deep/b.png.png"),
        (["in", "none.png"], "in/a.png", "out/in/a.png.png"),
    ],
)
def test_the_tree_begins_where_all_sources_are(
    tree: Path, arguments: list[str], source: str, expected: str
) -> None:
    place = read_job.place_for("--annotate", Path("out"), arguments)
    assert place is not None
    for path in (Path(source), tree / source):
        assert place.of(Source(str(path), path), 1, 1) == Path(expected)
    second = place.of(Source(source, Path(source)), 2, 3)
    assert second == Path(expected.removesuffix(".png") + "-2.png")


def test_standard_input_has_a_name_there(tree: Path) -> None:
    place = read_job.place_for("--annotate", Path("in"), ["-"])
    assert place is not None
    assert place.of(Source("standard input", b""), 1, 1) == Path("in/standard input.png")


@pytest.mark.parametrize(
    ("arguments", "single"),
    [(["in/a.png"], True), (["-"], True), (["none.png"], True), (["in"], False),
     (["in/*"], False), (["in/a.png", "in/a.png"], False)],
)  # fmt: skip
def test_one_file_is_one_file(tree: Path, arguments: list[str], *, single: bool) -> None:
    assert read_job.is_single(arguments) is single


def test_one_file_with_marks_of_a_pattern_in_its_name(tree: Path) -> None:
    (tree / "in/[1].png").write_bytes(b"")
    assert read_job.is_single(["in/[1].png"])
    with pytest.raises(InputError, match="another file"):
        read_job.place_for("--explain", tree / "in/[1].png", ["in/[1].png"])


def test_a_picture_that_breaks_the_program_is_a_failure_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from numerist.reading.reader import Reader  # noqa: PLC0415

    def broken(*_: Any) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(Reader, "read", broken)
    work: Callable[[Source], Any] = read_job.Job({}).begin()
    failure = work(Source("a.png", tmp_path / "a.png"))
    assert failure.source == "a.png"
    assert "ZeroDivisionError: oh" in failure.error
    assert failure.error.startswith("a.png: ")


def test_help_costs_nothing_heavy() -> None:
    code = (
        "import sys\nfrom numerist.cli import main\n"
        "try: main(['read', '--help'])\n"
        "finally: print(*sys.modules, file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=600
    )
    assert "Usage:" in ran.stdout
    loaded = set(ran.stderr.split())
    assert "numerist.cli.read" in loaded
    assert not loaded & {"cv2", "onnxruntime", "PIL", "onnx", "tqdm", "scipy", "multiprocessing"}
