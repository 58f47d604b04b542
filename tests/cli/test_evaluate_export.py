"""`numerist evaluate` and `numerist export`: what they refuse before they compute anything."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from numerist import Network
from numerist.model import SHIPPED

if TYPE_CHECKING:
    from pathlib import Path

Command = Any  # what the fixture numerist_command gives


@pytest.mark.parametrize(
    "words",
    [
        "evaluate digits.onnx --png linked.png",
        "evaluate digits.onnx --show-input photo.png --explain photo.png",
        "evaluate digits.onnx --show-input photo.png --explain folder/../photo.png",
        "evaluate digits.onnx --show-input photo.png --explain digits.onnx",
        "export digits.onnx --to web digits.onnx",
        "export linked.onnx --to web digits.onnx",
    ],
)
def test_what_is_read_is_never_written_over(
    words: str, numerist_command: Command, tmp_path: Path
) -> None:
    Network([784, 10], seed=0).save(tmp_path / "digits.onnx")
    Image.new("L", (50, 50), 230).save(tmp_path / "photo.png")
    for name in ("linked.onnx", "linked.png"):
        (tmp_path / name).symlink_to("digits.onnx")
    (tmp_path / "folder").mkdir()
    files = [tmp_path / "digits.onnx", tmp_path / "photo.png"]
    before = [path.read_bytes() for path in files]
    ran = numerist_command(*words.split())
    assert [path.read_bytes() for path in files] == before
    assert ran.returncode == 2
    assert "is what is read from" in ran.stderr
    assert ran.stdout == ""


WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@pytest.mark.parametrize("classes", [WORDS, sorted(WORDS), list("9876543210"), ["cat", "dog"]])
def test_mnist_does_not_judge_a_model_of_other_classes(
    classes: list[str], numerist_command: Command, tmp_path: Path
) -> None:
    accuracy = {"held-out": {"right": 112, "total": 120}}
    net = Network([784, len(classes)], seed=0)
    net.save(tmp_path / "own.onnx", classes=classes, accuracy=accuracy)
    ran = numerist_command("evaluate", "own.onnx")
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert "own.onnx: expected a model of MNIST's digits" in ran.stderr
    assert f"classes {', '.join(classes)}" in ran.stderr
    assert "112 of 120 held-out images right" in ran.stderr


@pytest.mark.parametrize("classes", [["\x1b[31mred", "new\nline"], ["\x1b[31mred", "\x9b7m"]])
def test_the_names_of_classes_and_files_say_nothing_to_the_terminal(
    classes: list[str], numerist_command: Command, tmp_path: Path
) -> None:
    odd = "\x1b]0;own.onnx"
    Network([784, 2], seed=0).save(tmp_path / odd, classes=classes)
    paper = Image.new("L", (60, 60), 230)
    paper.paste(20, (28, 10, 32, 50))
    paper.save(tmp_path / "\x1b.png")
    refused = numerist_command("evaluate", odd)
    assert refused.returncode == 2
    shown = numerist_command("evaluate", odd, "--show-input", "\x1b.png", "--show-input", "\x1b")
    assert shown.returncode == 1
    for said in (refused.stderr, shown.stderr, shown.stdout.splitlines()[0]):
        assert "\\x1b" in said
        assert said.rstrip("\n").isprintable()


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes are Linux's")
@pytest.mark.parametrize("words", ["evaluate {}", "export {} --to web page"])
def test_names_that_output_cannot_encode_are_escaped(
    words: str, numerist_command: Command, tmp_path: Path
) -> None:
    odd = os.fsdecode(b"odd\xff.onnx")
    shutil.copy(SHIPPED, tmp_path / odd)
    strict = {"PYTHONIOENCODING": "utf-8:strict"}
    words = words.replace("page", odd.replace("onnx", "html"))
    ran = numerist_command(*words.format(odd).split(), env=strict)
    assert ran.returncode == 0, ran.stderr
    assert r"odd\udcff" in ran.stdout


def test_what_a_model_of_other_classes_says_of_a_picture_is_shown(
    numerist_command: Command, tmp_path: Path
) -> None:
    Network([784, 2], seed=0).save(tmp_path / "own.onnx", classes=["cat", "dog"])
    paper = Image.new("L", (60, 60), 230)
    paper.paste(20, (28, 10, 32, 50))
    paper.save(tmp_path / "photo.png")
    ran = numerist_command("evaluate", "own.onnx", "--show-input", "photo.png")
    assert ran.returncode == 0, ran.stderr
    assert "photo.png: cat (" in ran.stdout or "photo.png: dog (" in ran.stdout


def test_no_picture_is_asked_for_by_a_model_that_takes_none(
    numerist_command: Command, tmp_path: Path
) -> None:
    Network([4, 2], seed=0).save(tmp_path / "four.onnx")
    ran = numerist_command("evaluate", "four.onnx")
    assert ran.returncode == 2
    assert "--show-input" not in ran.stderr
    assert "numerist.load_model" in ran.stderr


def test_verifying_promises_to_fetch_nothing(numerist_command: Command) -> None:
    said = numerist_command("data", "verify", "--help").stdout
    assert "none is fetched" in " ".join(said.split())
    assert "fetched and cached" not in said
