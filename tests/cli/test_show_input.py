"""`numerist evaluate --show-input`: the picture as the network sees it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from numerist import load_model
from numerist.image import normalise, terminal_picture

if TYPE_CHECKING:
    from pathlib import Path

    from numerist.data import Mnist

Command = Any  # what the fixture numerist_command gives


@pytest.fixture
def pictures(tmp_path: Path, mnist: Mnist) -> list[str]:
    """Two digits as a pen writes them, blue on grey paper, and a blank sheet."""
    names = []
    for index in (3, 4):
        ink = Image.fromarray(mnist.validation.images[index]).resize((112, 112))
        ink_share = np.clip(np.asarray(ink), 0, 1)[..., None]
        pixels = 200 + (np.array([40, 50, 140]) - 200) * ink_share
        names.append(f"digit{index}.png")
        Image.fromarray(np.rint(pixels).astype(np.uint8)).save(tmp_path / names[-1])
    Image.new("L", (50, 50), 230).save(tmp_path / "blank.png")
    return [*names, "blank.png"]


def test_without_a_model_it_shows_what_a_network_sees(
    numerist_command: Command, pictures: list[str], tmp_path: Path, mnist: Mnist
) -> None:
    words = [word for name in pictures for word in ("--show-input", name)]
    ran = numerist_command("evaluate", *words)
    assert ran.returncode == 0, ran.stderr
    for name, digit in zip(pictures[:2], mnist.validation.labels[3:5], strict=True):
        lines = terminal_picture(normalise(tmp_path / name), colour=False)
        assert "\n".join(line.rstrip() for line in lines) in ran.stdout
        assert f"{name}: {digit} (" in ran.stdout  # by the network that comes with numerist
    assert "blank.png: no ink found" in ran.stdout


def test_what_is_hardly_a_digit_is_called_that(
    numerist_command: Command, pictures: list[str], tmp_path: Path
) -> None:
    crossed = Image.new("L", (60, 60), 240)
    pen = ImageDraw.Draw(crossed)
    for line in ((10, 10, 50, 50), (10, 50, 50, 10), (10, 10, 50, 10), (10, 50, 50, 50)):
        pen.line(line, fill=20, width=4)
    crossed.save(tmp_path / "crossed.png")
    words = ["--show-input", pictures[0], "--show-input", "crossed.png"]
    people = numerist_command("evaluate", *words).stdout
    digit, other = json.loads(numerist_command("evaluate", "--json", *words).stdout)
    assert people.count(", but hardly a digit") == 1
    assert people.index("crossed.png") < people.index(", but hardly a digit")
    assert (digit["stranger"], other["stranger"]) == (False, True)


def test_with_a_model_it_says_the_answer_and_goes_on_after_errors(
    numerist_command: Command, pictures: list[str], tmp_path: Path
) -> None:
    trained = numerist_command("train", "--epochs", "1", "--train-on", "2000", "--seed", "1")
    assert trained.returncode == 0, trained.stderr
    (tmp_path / "broken.png").write_bytes((tmp_path / pictures[0]).read_bytes()[:200])
    asked = ["broken.png", *pictures, "none.png", "."]
    words = [word for name in asked for word in ("--show-input", name)]
    model = load_model(tmp_path / "digits.onnx")
    people = numerist_command("evaluate", "digits.onnx", *words)
    machines = numerist_command("evaluate", "digits.onnx", "--json", *words)
    for ran in (people, machines):
        assert ran.returncode == 1
        lines = ran.stderr.splitlines()
        assert [line.split(":")[1].strip() for line in lines] == ["broken.png", "none.png", "."]
    rows = json.loads(machines.stdout)
    assert [row["picture"] for row in rows] == pictures
    assert rows[2] == {"picture": "blank.png", "ink": False}
    for row in rows[:2]:
        seen = normalise(tmp_path / row["picture"])
        answer = int(model.predict(seen))
        assert row["answer"] == str(answer)
        # a network of the chapter's kind is as sure as its answer is probable
        assert row["confidence"] == pytest.approx(float(model.probabilities(seen)[answer]))
        assert f"{row['picture']}: {answer} ({row['confidence']:.1%})" in people.stdout


def test_wrong_use(numerist_command: Command, pictures: list[str]) -> None:
    for words, says in (
        (["--show-input", pictures[0], "--png", "a.png"], "--png"),
        (["--show-input"], "--show-input"),
    ):
        ran = numerist_command("evaluate", *words)
        assert ran.returncode == 2
        assert says in ran.stderr
