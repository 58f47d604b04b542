"""Draws the golden pictures, and writes what the normaliser makes of them.

    python tests/golden/make.py

writes `pictures/NAME.png`, drawn by the code below, `images/NAME.png`, the 28×28 results in 255
greys (ink white), and `version.txt`, the normaliser's. Python and JavaScript are both held to them
(`tests/service/test_page_golden.py`). Remake them only when the normaliser is meant to change, with
a new version, and look at what has changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from numerist.image import NORMALISER_VERSION, normalise

if TYPE_CHECKING:
    from collections.abc import Callable

Array = npt.NDArray[Any]
HERE = Path(__file__).parent

SEVEN = [[(0.1, 0.05), (0.9, 0.05), (0.4, 0.95)], [(0.3, 0.5), (0.75, 0.5)]]
FOUR = [[(0.45, 0.0), (0.05, 0.6), (0.95, 0.6)], [(0.7, 0.35), (0.65, 1.0)]]
TWO = [[(0.1, 0.25), (0.35, 0.02), (0.75, 0.1), (0.8, 0.35), (0.1, 0.95), (0.9, 0.9)]]
ONE = [[(0.3, 0.2), (0.55, 0.0), (0.5, 1.0)]]


def ink(strokes: list[Any], size: tuple[int, int], box: tuple[float, ...], width: float) -> Array:
    """Strokes as a map from 0 to 1, (height, width), with smooth edges.

    `size` is (width, height) of the picture, `box` (left, top, width, height) of the strokes in it.
    """
    finer = 4
    image = Image.new("L", (size[0] * finer, size[1] * finer))
    pen = ImageDraw.Draw(image)
    radius = width * finer / 2
    for stroke in strokes:
        points = [((box[0] + x * box[2]) * finer, (box[1] + y * box[3]) * finer) for x, y in stroke]
        pen.line(points, 255, round(2 * radius))
        for x, y in points:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), 255)
    smooth: Array = np.asarray(image.resize(size, Image.Resampling.BOX)) / 255
    return smooth


def mixed(ink: Array, paper: Any, colour: Any) -> Array:
    """Ink of a colour on paper of another."""
    if np.ndim(paper) or np.ndim(colour):
        ink = ink[..., None]
    picture: Array = paper + ink * (np.asarray(colour) - paper)
    return picture


def uneven(size: tuple[int, int], low: float) -> Array:
    """Light that falls off to the right and below, from 1 to `low`."""
    across = np.linspace(1, 0, size[0]) + np.linspace(1, 0, size[1])[:, None]
    return low + (1 - low) * across / 2


def framed(picture: Array, width: int) -> Array:
    picture = picture.copy()
    for side in (np.s_[:width], np.s_[-width:], np.s_[:, :width], np.s_[:, -width:]):
        picture[side] = 0.15
    return picture


def lined(picture: Array, places: list[int], width: int, colour: Any, *, slope: float) -> Array:
    """Level lines over the picture (darker where it is darker), rising by so much a pixel."""
    down, across = np.indices(picture.shape[:2])
    height = down + slope * across
    picture = picture.copy()
    for place in places:
        line = (height >= place) & (height < place + width)
        picture[line] = np.minimum(picture[line], colour)
    return picture


def squared(picture: Array, every: int, colour: Any) -> Array:
    places = list(range(every // 2, max(picture.shape), every))
    level = lined(picture, places, 2, colour, slope=0.01)
    return lined(level.swapaxes(0, 1), places, 2, colour, slope=-0.01).swapaxes(0, 1)


def boxed(picture: Array, box: tuple[int, int, int, int], width: int, grey: float) -> Array:
    """A rectangle's outline, (left, top, right, bottom), on a picture."""
    image = Image.fromarray(np.rint(255 * picture).astype(np.uint8))
    ImageDraw.Draw(image).rectangle(box, outline=round(255 * grey), width=width)
    drawn: Array = np.asarray(image) / 255
    return drawn


def combed(picture: Array) -> Array:
    """A tooth on each side of the digit, standing on a line, as in forms."""
    picture = picture.copy()
    picture[132:135, 8:136] = picture[80:135, 8:10] = picture[80:135, 134:136] = 0.3
    return picture


def desk(picture: Array, colour: Any, *, corner: bool) -> Array:
    """The picture's left side, or its left and its top, are no paper; the edges are slant."""
    down, across = np.indices(picture.shape[:2])
    picture = picture.copy()
    picture[across + 0.05 * down < 24] = colour
    if corner:
        picture[down - 0.04 * across < 17] = colour
    return picture


def punched(picture: Array) -> Array:
    down, across = np.indices(picture.shape[:2])
    picture = picture.copy()
    picture[np.hypot(down - 70, across - 18) < 11] = 0.2
    return picture


def noisy(picture: Array, spread: float) -> Array:
    return picture + np.random.default_rng(1).normal(0, spread, picture.shape)


def with_alpha(colour: Array, alpha: Array) -> Array:
    return np.dstack([colour, alpha])


def square() -> Array:
    picture = np.ones((60, 60))
    picture[10:50, 10:50] = 0
    return picture


def specked() -> Array:
    picture = mixed(ink(TWO, (90, 90), (30, 25, 30, 40), 5), 0.95, 0.1)
    picture[5:8, 80:83] = picture[80:82, 6:9] = 0.2
    return picture


def half_transparent() -> Array:
    """Strokes that are opaque, on paper that is hardly there, of many colours."""
    rng = np.random.default_rng(2)
    there = ink(FOUR, (84, 84), (20, 20, 44, 44), 7)
    colour = np.clip(
        mixed(there, (0.9, 0.8, 0.3), (0.2, 0.1, 0.5)) + rng.normal(0, 0.04, (84, 84, 3)), 0, 1
    )
    return with_alpha(colour, 0.08 + 0.92 * there)


def fringe() -> Array:
    """Thin strokes drawn smoothly on white, of which only what is quite white was removed."""
    there = ink(TWO, (50, 50), (12, 11, 24, 28), 2.2)
    return with_alpha(np.repeat((1 - 0.9 * there)[..., None], 3, axis=2), (there > 0).astype(float))


def faint() -> Array:
    """Nothing of it is opaque."""
    there = ink(SEVEN, (70, 70), (14, 12, 42, 46), 6)
    return with_alpha(np.broadcast_to((0.1, 0.3, 0.7), (70, 70, 3)), 0.35 * there)


def hole() -> Array:
    """Opaque paper with a digit cut out of it."""
    there = ink(TWO, (80, 80), (18, 16, 44, 50), 8)
    return with_alpha(np.broadcast_to((0.3, 0.25, 0.2), (80, 80, 3)), 1 - there)


TWO_AT = (20, 16, 44, 52)
ON_PAPER = ((144, 144), (46, 30, 52, 78), 7)
LIT = ((120, 120), (28, 22, 64, 76), 8)

PICTURES: dict[str, Callable[[], Array]] = {
    "dark-on-light": lambda: mixed(ink(SEVEN, (56, 56), (10, 8, 36, 40), 5), 1.0, 0.0),
    "light-on-dark": lambda: mixed(ink(FOUR, (100, 120), (22, 20, 56, 80), 9), 0.1, 0.9),
    "grey-on-grey": lambda: mixed(ink(TWO, (84, 84), TWO_AT, 6), 0.6, 0.4),
    "red-on-white": lambda: mixed(ink(TWO, (84, 84), TWO_AT, 6), (0.95,) * 3, (0.9, 0.2, 0.2)),
    "yellow-on-blue": lambda: mixed(
        ink(ONE, (60, 90), (12, 15, 36, 60), 7), (0.1, 0.2, 0.7), (0.9, 0.85, 0.2)
    ),
    "thin": lambda: mixed(ink(FOUR, (200, 200), (40, 30, 120, 140), 2.5), 1.0, 0.1),
    "thick": lambda: mixed(ink(SEVEN, (90, 90), (20, 18, 50, 54), 22), 1.0, 0.1),
    "tiny": lambda: mixed(ink(SEVEN, (11, 13), (2, 2, 7, 9), 1.6), 1.0, 0.0),
    "large-pixels": lambda: mixed(ink(TWO, (19, 21), (5.3, 4.6, 8, 10), 1.9), 0.9, 0.15),
    "wide-picture": lambda: mixed(ink(TWO, (300, 40), (210, 6, 22, 28), 4), 0.9, 0.1),
    "small-in-large": lambda: mixed(ink(FOUR, (500, 400), (300, 60, 50, 60), 6), 0.97, 0.2),
    "larger-than-is-looked-at": lambda: np.kron(
        mixed(ink(SEVEN, (90, 60), (30, 8, 32, 44), 6), 1.0, 0.1), np.ones((25, 25))
    ),
    "uneven-light": lambda: mixed(ink(TWO, *LIT), 0.9, 0.25) * uneven((120, 120), 0.45),
    "uneven-light-on-dark": lambda: mixed(ink(FOUR, *LIT), 0.25, 0.95) * uneven((120, 120), 0.6),
    "noise": lambda: noisy(mixed(ink(SEVEN, (110, 110), (26, 22, 58, 66), 8), 0.8, 0.3), 0.04),
    "specks": specked,
    "frame": lambda: framed(mixed(ink(FOUR, (112, 112), (32, 30, 48, 52), 7), 0.92, 0.15), 6),
    "up-to-the-border": lambda: mixed(ink(TWO, (40, 56), (3, 3, 34, 50), 6), 1.0, 0.1),
    "square": square,
    "one-pixel-wide": lambda: mixed(ink(ONE, (40, 40), (2, 2, 36, 36), 5), 1.0, 0.0)[:, 20:21],
    "nothing": lambda: np.full((40, 60), 0.5),
    "half-transparent": half_transparent,
    "fringe": fringe,
    "faint": faint,
    "hole": hole,
    "ruled": lambda: lined(
        mixed(ink(TWO, *ON_PAPER), 0.95, 0.15), [22, 60, 98, 136], 2, 0.55, slope=0.015
    ),
    "squared": lambda: squared(
        mixed(ink(FOUR, *ON_PAPER), (0.97, 0.97, 0.95), (0.1, 0.1, 0.3)), 30, (0.5, 0.65, 0.9)
    ),
    "boxed": lambda: boxed(mixed(ink(ONE, *ON_PAPER), 0.95, 0.2), (14, 12, 128, 130), 3, 0.25),
    "comb": lambda: combed(mixed(ink(SEVEN, *ON_PAPER), 0.93, 0.1)),
    "desk": lambda: desk(
        mixed(ink(TWO, *ON_PAPER), (0.95, 0.94, 0.9), (0.1, 0.1, 0.3)),
        (0.5, 0.35, 0.2),
        corner=False,
    ),
    "desk-corner": lambda: desk(mixed(ink(FOUR, *ON_PAPER), 0.95, 0.1), 0.2, corner=True),
    "punched": lambda: punched(mixed(ink(SEVEN, *ON_PAPER), 0.9, 0.2)),
}


def draw(name: str) -> Array:
    """A golden picture, uint8."""
    picture: Array = np.rint(255 * np.clip(PICTURES[name](), 0, 1)).astype(np.uint8)
    return picture


def main() -> None:
    for name in PICTURES:
        picture = HERE / f"pictures/{name}.png"
        Image.fromarray(draw(name)).save(picture, optimize=True)
        image = np.rint(255 * normalise(picture)).astype(np.uint8)
        Image.fromarray(image).save(HERE / f"images/{name}.png", optimize=True)
    (HERE / "version.txt").write_text(f"{NORMALISER_VERSION}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
