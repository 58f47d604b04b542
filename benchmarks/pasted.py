"""MNIST's digits pasted into pictures as people take them: what the normaliser loses.

    python benchmarks/pasted.py MODEL [--on test] [--count 10000] [--seed 0] [--kinds NAME ...]

Every kind of picture is made from each digit with a generator of its own, seeded by the seed and
the digit's number. The pictures go through `numerist.image.normalise` and then through the model;
beside each kind's accuracy stands what it lost against the same digits unpasted.
"""

from __future__ import annotations

import argparse
import io
import time
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

if TYPE_CHECKING:
    from collections.abc import Callable

Array: TypeAlias = npt.NDArray[Any]
Kind: TypeAlias = "Callable[[Array, np.random.Generator], Array]"

WHITE, BLACK = 0.95, 0.1


def scaled(digit: Array, times: float) -> Array:
    """The digit's ink, so many times larger: bicubic upwards, area averaging downwards."""
    size = tuple(max(1, round(n * times)) for n in digit.shape[::-1])
    how = Image.Resampling.BICUBIC if times > 1 else Image.Resampling.BOX
    ink = Image.fromarray(digit.astype(np.float32)).resize(size, how)
    result: Array = np.clip(np.asarray(ink), 0, 1)
    return result


def inside(ink: Array, size: int, rng: np.random.Generator) -> Array:
    """The ink somewhere in a picture of size × size."""
    picture = np.zeros((size, size), np.float32)
    top, left = (int(rng.integers(0, size - n + 1)) for n in ink.shape)
    picture[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return picture


def drawn(ink: Array, paper: Any = WHITE, pen: Any = BLACK) -> Array:
    """The ink on paper; each a grey, three colours, or one such value a pixel."""
    paper, pen = np.asarray(paper, np.float32), np.asarray(pen, np.float32)
    if paper.ndim == 1 or pen.ndim == 1:
        ink = ink[..., None]
    picture: Array = paper + (pen - paper) * ink
    return picture


def as_bytes(picture: Array) -> Array:
    pixels: Array = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)
    return pixels


def slope(size: int, rng: np.random.Generator, darkest: float = 0.4) -> Array:
    """Light that falls off across the picture in any direction, from 1 to `darkest`."""
    turn = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    along = (x * np.cos(turn) + y * np.sin(turn)) / (abs(np.cos(turn)) + abs(np.sin(turn)))
    light: Array = (1 + darkest) / 2 + (1 - darkest) / 2 * along
    return light


def shadow(size: int, rng: np.random.Generator, darkness: float = 0.35) -> Array:
    """Light with the soft edge of a shadow through the picture."""
    turn = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    along = x * np.cos(turn) + y * np.sin(turn) - rng.uniform(-0.6, 0.6)
    light: Array = 1 - darkness / (1 + np.exp(-along / 0.12))
    return light


def blurred(picture: Array, radius: float) -> Array:
    image = Image.fromarray(as_bytes(picture)).filter(ImageFilter.GaussianBlur(radius))
    return np.asarray(image) / np.float32(255)


def jpeg(picture: Array, quality: int = 50) -> Array:
    buffer = io.BytesIO()
    Image.fromarray(as_bytes(picture)).save(buffer, "JPEG", quality=quality)
    with Image.open(buffer) as image:
        return np.asarray(image) / np.float32(255)


def noisy(picture: Array, rng: np.random.Generator, sigma: float = 0.06) -> Array:
    return picture + rng.normal(0, sigma, picture.shape).astype(np.float32)


def turned(ink: Array, rng: np.random.Generator) -> Array:
    image = Image.fromarray(ink.astype(np.float32))
    image = image.rotate(rng.uniform(-10, 10), Image.Resampling.BICUBIC)
    result: Array = np.clip(np.asarray(image), 0, 1)
    return result


def tight(ink: Array) -> Array:
    """The ink cut out along its edges."""
    rows, columns = np.flatnonzero(ink.max(axis=1) > 0.3), np.flatnonzero(ink.max(axis=0) > 0.3)
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def framed(picture: Array, rng: np.random.Generator) -> Array:
    """The picture inside a dark frame of uneven width."""
    edge = max(2, picture.shape[0] // 12)
    widths = rng.integers(edge // 2 + 1, edge + 1, 4)
    return np.pad(picture, (tuple(widths[:2]), tuple(widths[2:])), constant_values=0.1)


def specked(picture: Array, rng: np.random.Generator) -> Array:
    """The picture with ten dark specks, each about a thirtieth of its side."""
    picture = picture.copy()
    side = len(picture)
    size = max(1, side // 40)
    for top, left in rng.integers(0, side - size, (10, 2)):
        picture[top : top + size, left : left + size] = rng.uniform(0.1, 0.6)
    return picture


def lined(picture: Array, rng: np.random.Generator, every: float, *, turn: float) -> Array:
    """The picture (h, w, 3) with level lines, blue or grey, each `every` pixels."""
    down, across = np.indices(picture.shape[:2])
    place = (down - rng.uniform(0, every) + turn * across) % every
    colour = [(0.47, 0.63, 0.86), (0.6, 0.6, 0.6), (0.3, 0.3, 0.3)][rng.integers(3)]
    picture = picture.copy()
    line = place < rng.integers(1, 4)
    picture[line] = np.minimum(picture[line], colour)
    return picture


def on_ruled(digit: Array, rng: np.random.Generator) -> Array:
    """On ruled paper: three to six lines, one or more across the digit."""
    picture = lined(
        np.full((180, 180, 3), WHITE), rng, rng.uniform(28, 60), turn=rng.normal(0, 0.01)
    )
    return drawn(inside(scaled(digit, 4), 180, rng), picture, (0.1, 0.1, 0.3))


def on_squared(digit: Array, rng: np.random.Generator) -> Array:
    turn, every = rng.normal(0, 0.01), rng.uniform(18, 50)
    level = lined(np.full((180, 180, 3), WHITE), rng, every, turn=turn)
    both = lined(level.swapaxes(0, 1), rng, every, turn=-turn).swapaxes(0, 1)
    return drawn(inside(scaled(digit, 4), 180, rng), both, (0.1, 0.1, 0.3))


def in_box(digit: Array, rng: np.random.Generator) -> Array:
    """In a printed box, which stands a little apart from the picture's edges."""
    picture = drawn(np.pad(scaled(digit, 4), 24))
    image = Image.fromarray(as_bytes(picture))
    left, top, right, bottom = rng.integers(2, 24, 4)
    box = (left, top, 159 - right, 159 - bottom)
    ImageDraw.Draw(image).rectangle(box, outline=40, width=int(rng.integers(1, 4)))
    return np.asarray(image) / np.float32(255)


def in_comb(digit: Array, rng: np.random.Generator) -> Array:
    """Between two teeth that stand on a line, as forms have them."""
    picture = drawn(np.pad(scaled(digit, 4), 24))
    left, right, high = (int(n) for n in rng.integers((6, 140, 20), (24, 156, 120)))
    width, grey = int(rng.integers(1, 4)), rng.uniform(0.15, 0.6)
    picture[142 : 142 + width, left:right] = grey
    for tooth in (left, right - width):
        picture[142 - high : 142, tooth : tooth + width] = grey
    return picture


def beside_desk(digit: Array, rng: np.random.Generator, sides: int) -> Array:
    """On paper beside which a desk is seen, darker, along one side or two that meet."""
    size, deep = 200, rng.integers(12, 46)
    ink = np.pad(scaled(digit, 4), ((size - 132, 20), (size - 132, 20)))
    picture = drawn(ink, (WHITE, WHITE, 0.9), (0.1, 0.1, 0.3))
    down, across = np.indices(picture.shape[:2])
    colour = [(0.5, 0.35, 0.2), (0.2, 0.2, 0.2), (0.45, 0.45, 0.48)][rng.integers(3)]
    picture[across + rng.uniform(-0.05, 0.05) * (down - size / 2) < deep] = colour
    if sides > 1:
        picture[down + rng.uniform(-0.05, 0.05) * (across - size / 2) < deep] = colour
    return picture


def punched(digit: Array, rng: np.random.Generator) -> Array:
    """Beside a punched hole with something dark behind it."""
    picture = drawn(np.pad(scaled(digit, 4), ((40, 40), (64, 16))))
    down, across = np.indices(picture.shape)
    away = np.hypot(down - rng.uniform(20, 170), across - rng.uniform(24, 34))
    picture[away < rng.uniform(9, 16)] = rng.uniform(0.1, 0.5)
    return picture


def transparent(ink: Array, rng: np.random.Generator) -> Array:
    """Strokes of any colour on nothing."""
    colour = np.broadcast_to(rng.uniform(0, 1, 3), (*ink.shape, 3))
    return np.concatenate([colour, ink[..., None]], axis=2)


def everything(digit: Array, rng: np.random.Generator) -> Array:
    """A poor photo: turned, off-centre, uneven light, a blue pen, noise, blur, JPEG."""
    ink = inside(scaled(turned(digit, rng), 4), 180, rng)
    light = slope(180, rng, 0.6)[..., None]
    picture = drawn(ink, (0.8, 0.78, 0.7), (0.2, 0.25, 0.55)) * light
    return jpeg(noisy(blurred(picture, 1), rng, 0.03))


KINDS: dict[str, Kind] = {
    "dark on light ×0.5": lambda digit, _: drawn(scaled(digit, 0.5)),
    "dark on light ×1": lambda digit, _: drawn(digit),
    "dark on light ×2": lambda digit, _: drawn(scaled(digit, 2)),
    "dark on light ×5": lambda digit, _: drawn(scaled(digit, 5)),
    "dark on light ×40": lambda digit, _: drawn(scaled(digit, 40)),
    "light on dark ×0.5": lambda digit, _: drawn(scaled(digit, 0.5), BLACK, WHITE),
    "light on dark ×1": lambda digit, _: drawn(digit, BLACK, WHITE),
    "light on dark ×5": lambda digit, _: drawn(scaled(digit, 5), BLACK, WHITE),
    "light on dark ×40": lambda digit, _: drawn(scaled(digit, 40), BLACK, WHITE),
    "grey on grey": lambda digit, _: drawn(scaled(digit, 3), 0.6, 0.4),
    "red on white": lambda digit, _: drawn(scaled(digit, 3), (0.9, 0.9, 0.9), (0.9, 0.2, 0.2)),
    "yellow on blue": lambda digit, _: drawn(scaled(digit, 3), (0.2, 0.3, 0.6), (0.9, 0.8, 0.2)),
    "transparent": lambda digit, rng: transparent(scaled(digit, 3), rng),
    "uneven light": lambda digit, rng: drawn(scaled(digit, 4)) * slope(112, rng),
    "uneven light, light on dark": lambda digit, rng: (
        drawn(scaled(digit, 4), 0.2, 0.9) * slope(112, rng)
    ),
    "soft shadow": lambda digit, rng: drawn(inside(scaled(digit, 4), 168, rng)) * shadow(168, rng),
    "off-centre": lambda digit, rng: drawn(inside(scaled(digit, 3), 250, rng)),
    "small in a large picture": lambda digit, rng: drawn(inside(scaled(digit, 2), 800, rng)),
    "up to the border": lambda digit, _: drawn(tight(scaled(digit, 4))),
    "up to the border, light on dark": lambda digit, _: drawn(tight(scaled(digit, 4)), 0.1, 0.9),
    "JPEG at quality 50": lambda digit, _: jpeg(drawn(scaled(digit, 3), 0.8, 0.3)),
    "JPEG at quality 50 ×1": lambda digit, _: jpeg(drawn(digit, 0.8, 0.3)),
    "slightly blurred": lambda digit, _: blurred(drawn(scaled(digit, 4)), 2),
    "noise": lambda digit, rng: noisy(drawn(scaled(digit, 4), 0.8, 0.3), rng),
    "noise ×1": lambda digit, rng: noisy(drawn(digit, 0.8, 0.3), rng, 0.04),
    "turned by up to 10°": lambda digit, rng: drawn(turned(scaled(digit, 4), rng)),
    "specks": lambda digit, rng: specked(drawn(inside(scaled(digit, 4), 168, rng)), rng),
    "dark frame": lambda digit, rng: framed(drawn(scaled(digit, 4)), rng),
    "ruled paper": on_ruled,
    "squared paper": on_squared,
    "printed box": in_box,
    "comb of a form": in_comb,
    "desk on one side": lambda digit, rng: beside_desk(digit, rng, 1),
    "desk on two sides": lambda digit, rng: beside_desk(digit, rng, 2),
    "punched hole": punched,
    "everything together": everything,
}


def pictures(kind: str, digits: Array, seed: int = 0) -> list[Array]:
    """The digits (n, 28, 28) as pictures of one kind, bytes, (h, w) or (h, w, 3 or 4)."""
    return [
        as_bytes(KINDS[kind](digit, np.random.default_rng([seed, number])))
        for number, digit in enumerate(digits)
    ]


def main() -> None:
    from numerist import load_mnist, load_model
    from numerist.image import normalise

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("model")
    parser.add_argument("--on", choices=["test", "validation", "training"], default="test")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    arguments = parser.parse_args()
    model = load_model(arguments.model)
    chosen = getattr(load_mnist(), arguments.on)[: arguments.count]
    plain = float((model.predict(chosen.images) == chosen.labels).mean())
    print(f"{len(chosen)} {arguments.on} images, unpasted: {plain:.2%}\n")
    print("| pasted | right | points lost | ms a picture |\n|---|---|---|---|")
    for kind in arguments.kinds:
        seconds, seen = 0.0, []
        for number, digit in enumerate(chosen.images):
            rng = np.random.default_rng([arguments.seed, number])
            picture = as_bytes(KINDS[kind](digit, rng))
            start = time.perf_counter()
            seen.append(normalise(picture))
            seconds += time.perf_counter() - start
        right = float((model.predict(np.stack(seen)) == chosen.labels).mean())
        milliseconds = 1000 * seconds / len(chosen)
        print(f"| {kind} | {right:.2%} | {100 * (plain - right):.2f} | {milliseconds:.2f} |")


if __name__ == "__main__":
    main()
