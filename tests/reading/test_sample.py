"""The sample picture that comes along, and that anybody can make again."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from numerist.reading.reader import Reader
from numerist.reading.sample import LINES, SAMPLE, make_sample

if TYPE_CHECKING:
    from pathlib import Path

    from numerist.data import Mnist


@pytest.fixture(scope="module")
def said() -> str:
    with Image.open(SAMPLE) as image:
        return str(image.info["Description"])


def test_it_is_small_and_says_whose_digits_it_shows() -> None:
    assert SAMPLE.stat().st_size < 60_000
    with Image.open(SAMPLE) as image:
        assert image.format == "PNG"
        assert image.mode == "RGB"
        assert "CC BY-SA 3.0" in image.info["Copyright"]


def test_it_says_what_it_shows(said: str) -> None:
    lengths = [[len(text) for text in line.split(" ")] for line in said.split("\n")]
    assert lengths == [[length for length, _ in line] for line in LINES]
    assert set(said) == set("0123456789 \n")  # all ten digits


def test_it_is_read(said: str) -> None:
    reading = Reader().read(SAMPLE)
    assert reading.text == said
    for number in reading.numbers:
        assert len(number.digits) == len(number.text)


def test_anybody_can_make_it_again(mnist: Mnist, said: str) -> None:
    made = make_sample(mnist.training)
    assert made.text == said
    with Image.open(SAMPLE) as image:
        shipped = np.asarray(image).astype(float)
    assert np.abs(shipped - made.picture).mean() < 0.5  # processors round in different ways


def test_the_seed_decides(mnist: Mnist) -> None:
    one, same, other = (make_sample(mnist.training, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one.picture, same.picture)
    assert one.text == same.text != other.text


def test_the_script_writes_it(tmp_path: Path, said: str) -> None:
    target = tmp_path / "again.png"
    command = [sys.executable, "-m", "numerist.reading.sample", str(target)]
    subprocess.run(command, check=True, timeout=600)
    with Image.open(target) as image:
        assert image.info["Description"] == said
