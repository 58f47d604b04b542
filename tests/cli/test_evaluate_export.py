"""`numerist evaluate` and `numerist export`: what they refuse, and own images that judge."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from numerist import Network, load_model
from numerist.data import read_idx, write_idx
from numerist.data.own import load_own
from numerist.model import SHIPPED

if TYPE_CHECKING:
    from numerist.data import Mnist

Command = Any  # what the fixture numerist_command gives


@pytest.mark.parametrize(
    "words",
    [
        "evaluate digits.onnx --png linked.png",
        "evaluate digits.onnx --show-input photo.png --explain photo.png",
        "evaluate digits.onnx --show-input photo.png --explain folder/../photo.png",
        "evaluate digits.onnx --show-input photo.png --explain linked.png",
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


# images of one's own


@pytest.fixture
def shelves(tmp_path: Path, mnist: Mnist) -> dict[str, Path]:
    """Zeros, ones and twos as pictures in folders, as CSV and as IDX files; and a model of them.

    The model's classes stand in another order than those of the folders.
    """
    own = tmp_path / "own"
    chosen = [np.flatnonzero(mnist.validation.labels == digit)[:8] for digit in range(3)]
    rows = []
    for name, indices in zip(THREE, chosen, strict=True):
        (own / name).mkdir(parents=True)
        for k, image in enumerate(mnist.validation.images[indices]):
            pixels = np.rint(255 * image).astype(np.uint8)
            Image.fromarray(255 - pixels).save(own / name / f"{k}.png")
            rows.append([name, *pixels.ravel().tolist()])
    table = tmp_path / "own.csv"
    table.write_text("".join(",".join(map(str, row)) + "\n" for row in rows), encoding="utf-8")
    pixels = np.array([row[1:] for row in rows], np.uint8).reshape(-1, 28, 28)
    write_idx(tmp_path / "own-images", pixels)
    write_idx(tmp_path / "own-labels", np.arange(3, dtype=np.uint8).repeat(8))
    net = Network([784, 20, 3], seed=0)
    few = mnist.training[np.flatnonzero(mnist.training.labels < 3)[:300]]
    turned = np.array([2, 0, 1])[few.labels]  # of `CLASSES`
    net.SGD((few.rows, np.eye(3)[turned]), 2, 10, 3.0, on_epoch=lambda *_: None)
    net.save(tmp_path / "own.onnx", classes=CLASSES)
    net.save(tmp_path / "numbers.onnx", classes=["1", "2", "0"])
    return {"folder": own, "csv": table, "idx": tmp_path / "own-images"}


THREE = ["nought", "one", "two"]
CLASSES = ["one", "two", "nought"]


@pytest.mark.parametrize(
    ("kind", "model"),
    [("folder", "own.onnx"), ("csv", "own.onnx"), ("idx", "numbers.onnx")],
)
def test_own_images_judge_a_model_of_own_classes_by_name(
    shelves: dict[str, Path], kind: str, model: str, numerist_here: Command, tmp_path: Path
) -> None:
    ran = numerist_here("evaluate", model, "--data", str(shelves[kind]), "--json")
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    loaded = load_model(tmp_path / model)
    confusion = np.zeros((3, 3), int)
    pictures = [tmp_path / "own" / name / f"{k}.png" for name in THREE for k in range(8)]
    answers = loaded.predict(pictures if kind == "folder" else read_idx(shelves["idx"]))
    for k, answer in enumerate(answers):
        confusion[CLASSES.index(THREE[k // 8]), answer] += 1
    assert said["confusion"] == confusion.tolist()
    assert (said["total"], said["right"]) == (24, confusion.trace())
    assert said["right"] > 12  # the classes were not mixed up
    assert [entry["class"] for entry in said["by_class"]] == loaded.classes
    for entry in said["misread"]:
        assert ("file" in entry) == (kind == "folder")
        assert kind != "folder" or Path(entry["file"]).parent.name == entry["label"]


def test_own_images_are_told_of_by_their_classes_and_files(
    shelves: dict[str, Path], numerist_here: Command, tmp_path: Path
) -> None:
    zero = tmp_path / "own" / "nought" / "0.png"
    zero.rename(tmp_path / "own" / "one" / "really a nought.png")
    (tmp_path / "own" / "two" / "broken.png").write_bytes(b"no picture")
    ran = numerist_here("evaluate", "own.onnx", "--data", "own", "--png", "sheet.png")
    assert ran.returncode == 0, ran.stderr
    assert "By class:" in ran.stdout
    misread = [line for line in ran.stdout.splitlines() if "really a nought" in line]
    assert len(misread) == 1
    assert misread[0].endswith("one as nought  own/one/really a nought.png")
    assert "broken.png" in ran.stderr
    assert (tmp_path / "sheet.png").exists()


def test_one_class_of_digits_is_enough_to_judge_by(
    shelves: dict[str, Path], numerist_here: Command, tmp_path: Path
) -> None:
    (tmp_path / "twos").mkdir()
    (shelves["folder"] / "two").rename(tmp_path / "twos" / "2")
    ran = numerist_here("evaluate", "--data", "twos")
    assert ran.returncode == 0, ran.stderr
    assert "8 of 8 images in twos right: 100.00%" in ran.stdout
    assert "(0 of 0)" in ran.stdout


def test_who_is_judged_by_what_it_learned_from_says_so(
    shelves: dict[str, Path], numerist_here: Command, tmp_path: Path
) -> None:
    about = {"name": "own", "sha256": load_own(shelves["folder"]).sha256}
    Network([784, 3]).save(tmp_path / "same.onnx", classes=CLASSES, training_data=about)
    for model, says in (("same.onnx", True), ("own.onnx", False)):
        ran = numerist_here("evaluate", model, "--data", "own", "--json")
        assert ("learned from most of these images" in ran.stderr) == says
        assert json.loads(ran.stdout)["total"] == 24


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--data own", "expected those of the model: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, found others"),
        ("own.onnx --data own --on validation", "--on is for MNIST"),
        ("own.onnx --data own --data-dir own", "--data-dir is for MNIST"),
        ("own.onnx --data own --show-input own/one/1.png", "choose one of the two"),
        ("own.onnx --data own --png own/one/new.png", "not for the place of --data"),
        ("own.onnx --data own.csv --png own.csv", "ends in .png"),
        ("own.onnx", "--data judges it by images of its own classes"),
    ],
)
def test_own_images_that_cannot_judge(
    shelves: dict[str, Path], words: str, says: str, numerist_here: Command
) -> None:
    before = {path: path.read_bytes() for path in shelves["folder"].rglob("*.png")}
    ran = numerist_here("evaluate", *words.split())
    assert ran.returncode == 2
    assert says in ran.stderr
    assert {path: path.read_bytes() for path in shelves["folder"].rglob("*.png")} == before


def test_a_picture_that_a_table_names_is_never_written_over(
    shelves: dict[str, Path], numerist_here: Command, tmp_path: Path
) -> None:
    table = tmp_path / "named.csv"
    table.write_text("own/one/1.png,one\nown/two/1.png,two\n", encoding="utf-8")
    before = (shelves["folder"] / "one" / "1.png").read_bytes()
    words = ["own.onnx", "--data", "named.csv", "--png", "own/one/1.png"]
    ran = numerist_here("evaluate", *words)
    assert ran.returncode == 2
    assert "is what is read from" in ran.stderr
    assert (shelves["folder"] / "one" / "1.png").read_bytes() == before


def test_verifying_promises_to_fetch_nothing(numerist_command: Command) -> None:
    said = numerist_command("data", "verify", "--help").stdout
    assert "none is fetched" in " ".join(said.split())
    assert "fetched and cached" not in said
