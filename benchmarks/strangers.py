"""What is no digit: how much of each kind a model takes for one.

    python benchmarks/strangers.py [MODEL] [--count 2000] [--clothes FOLDER] [--fonts FOLDER]

The border is the model's own: 99.5 % of the validation images are above it (`Model.border`). The
test images and each kind of stranger are counted. None of these strangers was made by the code that
made the model's counter-examples: they are drawn with Pillow, and go through the normaliser as any
picture does. Clothes are the test images of Fashion-MNIST (Debian: dataset-fashion-mnist), letters
come from the TrueType fonts in a folder (Debian: fonts-liberation, fonts-freefont-ttf).
"""

from __future__ import annotations

import argparse
import string
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from numerist import load_mnist
from numerist.data import read_idx
from numerist.image import normalise, write_png
from numerist.image import sheet as lay_out
from numerist.model import Model
from numerist.model.runtime import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Iterator

Array: TypeAlias = npt.NDArray[Any]

PAPER, PEN = 240, 30


def paper(ink: Array) -> Array:
    """Ink, 0…1, as dark strokes on light paper."""
    pixels: Array = np.rint(PAPER + (PEN - PAPER) * np.clip(ink, 0, 1)).astype(np.uint8)
    return pixels


def blank(_: Array, rng: np.random.Generator) -> Iterator[Array]:
    while True:
        grey = np.full((60, 60), rng.integers(60, 250))
        yield np.clip(grey + rng.normal(0, rng.uniform(0, 4), grey.shape), 0, 255).astype(np.uint8)


def noise(_: Array, rng: np.random.Generator) -> Iterator[Array]:
    while True:
        side = int(rng.integers(8, 60))
        image = Image.fromarray(rng.integers(0, 256, (side, side), dtype=np.uint8))
        image = image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0, 1.5))))
        yield np.asarray(image.resize((56, 56)))


def noise_as_input(_: Array, rng: np.random.Generator) -> Iterator[Array]:
    while True:
        yield rng.random((28, 28), np.float32)


def halves(digits: Array, rng: np.random.Generator) -> Iterator[Array]:
    """The left, right, upper or lower half of the ink's box."""
    while True:
        digit = digits[rng.integers(len(digits))]
        rows, columns = np.flatnonzero(digit.any(axis=1)), np.flatnonzero(digit.any(axis=0))
        top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
        middle_y, middle_x = (top + bottom) // 2, (left + right) // 2
        wide, high = slice(left, right), slice(top, bottom)
        parts = [
            (slice(top, middle_y), wide),
            (slice(middle_y, bottom), wide),
            (high, slice(left, middle_x)),
            (high, slice(middle_x, right)),
        ]
        yield paper(np.pad(digit[parts[rng.integers(4)]], 12))


def pairs(digits: Array, rng: np.random.Generator) -> Iterator[Array]:
    while True:
        left, right = digits[rng.integers(len(digits), size=2)]
        picture = np.zeros((40, 60), np.float32)
        picture[6:34, 2:30] = left
        at = int(rng.integers(18, 29))
        picture[6:34, at : at + 28] = np.maximum(picture[6:34, at : at + 28], right)
        yield paper(picture)


def scribbles(_: Array, rng: np.random.Generator) -> Iterator[Array]:
    while True:
        image = Image.new("L", (120, 120), PAPER)
        pen = ImageDraw.Draw(image)
        corners = rng.integers(15, 105, (int(rng.integers(5, 12)), 2))
        if rng.random() < 0.5:
            turn = np.linspace(0, rng.uniform(9, 30), 80)
            radius = np.linspace(8, 40, 80) * rng.uniform(0.7, 1.2) + rng.normal(0, 2, 80)
            corners = np.stack([60 + radius * np.cos(turn), 60 + radius * np.sin(turn)], axis=1)
        pen.line([tuple(corner) for corner in corners], fill=PEN, width=int(rng.integers(2, 8)))
        yield np.asarray(image)


def letters(fonts: list[Path], rng: np.random.Generator) -> Iterator[Array]:
    while True:
        font = ImageFont.truetype(fonts[rng.integers(len(fonts))], 60)
        letter = string.ascii_letters[rng.integers(52)]
        image = Image.new("L", (110, 110), PAPER)
        ImageDraw.Draw(image).text((55, 55), letter, fill=PEN, font=font, anchor="mm")
        yield np.asarray(image)


def clothes(folder: Path, rng: np.random.Generator) -> Iterator[Array]:
    images = read_idx(next(folder.glob("t10k-images-idx3-ubyte*")))
    while True:
        ink = np.asarray(images[rng.integers(len(images))], np.float32) / 255
        yield ink if rng.random() < 0.5 else paper(ink)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("model", nargs="?", type=Path, default=SHIPPED)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--clothes", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    parser.add_argument("--fonts", type=Path, default=Path("/usr/share/fonts/truetype/liberation"))
    parser.add_argument("--sheet", type=Path, help="write what was taken for digits, as a picture")
    arguments = parser.parse_args()
    model, mnist = Model(arguments.model), load_mnist()
    accepted = model.known(mnist.test.images) >= model.border
    print(f"known from {model.border:.4f} on: {model.metadata.strangers['accepted']:.1%} of the")
    print(f"validation images, {accepted.mean():.2%} of the test images;")
    print(f"taken for digits, of {arguments.count}:")
    rng = np.random.default_rng(0)
    digits = mnist.test.images
    kinds = {
        kind.__name__: kind(digits, rng)
        for kind in (blank, noise, noise_as_input, halves, pairs, scribbles)
    }
    fonts = sorted(arguments.fonts.glob("*.ttf"))
    if fonts:
        kinds["letters"] = letters(fonts, rng)
    if arguments.clothes.is_dir():
        kinds["clothes"] = clothes(arguments.clothes, rng)
    taken: list[Array] = []
    for name, made in kinds.items():
        images = np.stack([normalise(next(made)) for _ in range(arguments.count)])
        if name == "noise_as_input":
            images = np.stack([next(made) for _ in range(arguments.count)])
        sure = model.known(images)
        print(f"{name:15} {(sure >= model.border).mean():7.2%}", flush=True)
        taken += list(images[np.argsort(-sure)[:20]])
    if arguments.sheet:
        write_png(arguments.sheet, lay_out(np.stack(taken), columns=20))


if __name__ == "__main__":
    main()
