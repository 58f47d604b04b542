"""The sample picture that comes with numerist, and how it was made.

    python -m numerist.reading.sample [FILE]

makes it again, from MNIST's training digits. MNIST is by Y. LeCun, C. Cortes and C. J. C. Burges,
CC BY-SA 3.0, and so is this picture.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from numerist.files import replacing
from numerist.reading.strings import Made, make_number

if TYPE_CHECKING:
    from numerist.data import Dataset

Array: TypeAlias = npt.NDArray[Any]

SAMPLE = Path(__file__).with_name("sample.png")
"""The picture that comes with numerist."""

SEED = 12
LINES = (
    ((6, "wide"),),
    ((5, "close"), (3, "touching")),
    ((4, "touching"), (4, "wide")),
)
"""Length and gap of the numbers in each line."""

_SIZE = (440, 288)  # width and height in pixels
_MARGIN = 22
_HEIGHT = (40.0, 46.0)  # of the digits
_APART = 64  # pixels between two numbers
_PAPER = np.array([250.0, 246.0, 234.0])
_PEN = np.array([38.0, 52.0, 110.0])
_SHADE = 14.0  # grey values, from the lightest corner to the darkest
_GRAIN = 1.5
_STEPS = 24  # colours of the file: few, so that it is small


def make_sample(digits: Dataset, seed: int = SEED) -> Made:
    """Return a page with a few numbers, and what they say.

    Args:
        digits: to take them from; MNIST's training images for the picture that comes along.
        seed: of all that is random.

    Returns:
        The page, uint8 (h, w, 3), and its text: a space between numbers, a line end between lines.
    """
    rng = np.random.default_rng(seed)
    width, height = _SIZE
    ink = np.zeros((height, width))
    texts = []
    for row, line in enumerate(LINES):
        made = [make_number(digits, length, rng, gap=gap, height=_HEIGHT) for length, gap in line]
        texts.append(" ".join(number.text for number in made))
        left = _MARGIN + int(rng.integers(12))
        middle = round((row + 0.5) * (height - 2 * _MARGIN) / len(LINES)) + _MARGIN
        for number in made:
            drawn = _cut_out(1 - number.picture / 255)
            top = middle - drawn.shape[0] // 2
            ink[top : top + drawn.shape[0], left : left + drawn.shape[1]] = drawn
            left += drawn.shape[1] + _APART
    return Made(_on_paper(ink, rng), "\n".join(texts))


def _cut_out(ink: Array) -> Array:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _on_paper(ink: Array, rng: np.random.Generator) -> Array:
    """Return ink as a pen on paper with some grain, in light from above left, in few colours."""
    height, width = ink.shape
    shade = np.add.outer(np.linspace(0, 0.5, height), np.linspace(0, 0.5, width))
    grain = rng.normal(0, 1, (height // 2 + 1, width // 2 + 1)).repeat(2, axis=0).repeat(2, axis=1)
    dark = (_SHADE * shade + _GRAIN * grain[:height, :width])[..., None] / 255
    steps = np.rint(ink[..., None] * (_STEPS - 1)) / (_STEPS - 1)
    level = np.rint((1 - dark) * 128) / 128  # of the light
    picture = (_PAPER + (_PEN - _PAPER) * steps) * level
    pixels: Array = np.rint(np.clip(picture, 0, 255)).astype(np.uint8)
    return pixels


def main() -> None:
    """Make the picture that comes with numerist."""
    from PIL import Image  # noqa: PLC0415
    from PIL.PngImagePlugin import PngInfo  # noqa: PLC0415

    from numerist.data import LICENCE, load_mnist  # noqa: PLC0415

    target = Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE
    sample = make_sample(load_mnist().training)
    notes = PngInfo()
    notes.add_text("Description", sample.text)
    notes.add_text("Copyright", LICENCE)
    with replacing(target) as part:
        Image.fromarray(sample.picture).save(part, format="PNG", optimize=True, pnginfo=notes)


if __name__ == "__main__":
    main()
