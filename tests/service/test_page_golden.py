"""The golden pictures of the normaliser: Python and the page's JavaScript make the same of them."""

from __future__ import annotations

import base64
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from numerist.image import NORMALISER_VERSION, normalise

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

Array = npt.NDArray[Any]

GOLDEN = Path(__file__).parents[1] / "golden"
NAMES = sorted(path.stem for path in (GOLDEN / "pictures").iterdir())
TOLERANCE = 2 / 255
EMPTY = {"nothing", "one-pixel-wide", "hole"}  # a hole shows paper of the same colour


def image(name: str) -> Array:
    """What is to become of a golden picture, to the nearest of 255 greys."""
    with Image.open(GOLDEN / f"images/{name}.png") as opened:
        return np.asarray(opened) / 255


def test_there_are_pictures_and_images_of_this_normaliser() -> None:
    assert len(NAMES) > 20
    assert sorted(path.stem for path in (GOLDEN / "images").iterdir()) == NAMES
    assert (GOLDEN / "version.txt").read_text("utf-8").strip() == NORMALISER_VERSION


@pytest.mark.parametrize("name", NAMES)
def test_python_makes_the_golden_image(name: str) -> None:
    found = normalise(GOLDEN / f"pictures/{name}.png")
    assert np.abs(found - image(name)).max() <= TOLERANCE


NORMALISE = """async (text) => {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const picture = await numerist.openImage(new Blob([bytes]));
  return [...numerist.normalise(numerist.asPicture(picture))];
}"""


def test_javascript_makes_the_golden_images(open_page: Callable[..., Page], shipped: Path) -> None:
    tab = open_page(shipped)
    wrong = {}
    for name in NAMES:
        text = base64.b64encode((GOLDEN / f"pictures/{name}.png").read_bytes()).decode()
        found = np.reshape(tab.evaluate(NORMALISE, text), (28, 28))
        off = np.abs(found - image(name)).max()
        if off > TOLERANCE:
            wrong[name] = round(255 * off, 1)
    assert wrong == {}


@pytest.mark.parametrize("name", sorted({*NAMES} - EMPTY))
def test_golden_images_are_as_mnists_makers_made_theirs(name: str) -> None:
    ink = image(name)
    sides = [np.ptp(np.flatnonzero(ink.max(axis=axis) >= 0.5)) + 1 for axis in (0, 1)]
    assert max(sides) in (19, 20, 21)  # edges are soft
    middle = [(axis * ink).sum() / ink.sum() for axis in np.indices((28, 28))]
    assert np.abs(np.subtract(middle, 14)).max() <= 0.51
    assert ink.max() == 1


def test_golden_images_that_are_known_by_hand() -> None:
    assert {name for name in NAMES if image(name).max() == 0} == EMPTY
    square = image("square")
    block = np.zeros((28, 28))
    block[4:24, 4:24] = 1  # its centre of mass at 13.5 is as near to pixel 14 as at 14.5
    moved = [np.roll(block, shift, (0, 1)) for shift in ((0, 0), (0, 1), (1, 0), (1, 1))]
    assert min(np.abs(square - each).max() for each in moved) <= TOLERANCE


def test_golden_pictures_are_what_the_script_draws() -> None:
    spec = importlib.util.spec_from_file_location("make", GOLDEN / "make.py")
    assert spec is not None
    assert spec.loader is not None
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    assert sorted(make.PICTURES) == NAMES
    for name in NAMES:
        with Image.open(GOLDEN / f"pictures/{name}.png") as opened:
            drawn = make.draw(name)
            assert opened.size == drawn.shape[1::-1]
            apart = np.abs(np.asarray(opened).astype(int) - drawn)
        assert (apart > 2).mean() < 0.01, name  # versions of Pillow draw edges a little differently
