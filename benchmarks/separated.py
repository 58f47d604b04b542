"""Amounts, dates, times, codes with separators drawn between digits: read with a pattern, and without.

    python benchmarks/separated.py [--on validation] [--count 100] [--only KIND ...] [--save DIR]

Groups of validation digits of one height, 16 to 70 pixels, with what a pen leaves between them.
Right is, with the pattern, the whole text, separators and all; without one its digits alone, as one
number or several. Another text than "?" that is wrong was forced.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from crops import Made, camera, cut_out, digits_of, stroke, waved

from numerist import load_mnist
from numerist.reading import Reader
from numerist.reading.strings import make_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from numerist.data import Dataset

Array: TypeAlias = npt.NDArray[Any]
Rng: TypeAlias = np.random.Generator

KINDS = {
    "amount": ("{n}.22", r"\d+\.\d{2}"),
    "comma": ("{n},22", r"\d+,\d{2}"),
    "thousands": ("2,333.22", r"\d{1,3}(,\d{3})*\.\d{2}"),
    "date": ("22/22/4444", r"\d{1,2}/\d{1,2}/\d{4}"),
    "points": ("22.22.4444", r"\d{1,2}\.\d{1,2}\.\d{4}"),
    "dashes": ("4444-22-22", r"\d{4}-\d{2}-\d{2}"),
    "time": ("22:22", r"\d{1,2}:\d{2}"),
    "code": ("55555-4444", r"\d{5}(-\d{4})?"),
    "plain code": ("55555", r"\d{5}(-\d{4})?"),
    "spaces": ("333 333 333", r"\d{3} \d{3} \d{3}"),
}
"""What is written, each digit for so many at most as it says or just that, and its pattern."""


def groups(form: str, rng: Rng) -> list[str | int]:
    """Return how many digits, and which separator, follow each other."""
    form = form.replace("{n}", str(n := int(rng.integers(1, 6))) * n)
    found: list[str | int] = []
    for character in form:
        if not character.isdigit():
            found.append(character)
        elif found and isinstance(found[-1], int):
            found[-1] += 1
        else:
            found.append(1)
    return found


def made(kind: str, place: int, digits: Dataset) -> Made:
    """Return a picture, uint8 (h, w, 3), and its text."""
    rng = np.random.default_rng([29, list(KINDS).index(kind), place])
    height = float(np.exp(rng.uniform(np.log(16), np.log(70))))
    thick = height * rng.uniform(0.07, 0.13)
    layers, text, right = [], "", height * rng.uniform(0.3, 1)
    room = 2 * height
    for part in groups(KINDS[kind][0], rng):
        if part == " ":
            right += height * rng.uniform(0.5, 1.1)
            text += " "
        elif isinstance(part, str):
            right += height * rng.uniform(0.08, 0.3)
            lines = SEPARATORS[part](height, rng)
            left = min(x for line in lines for x, _ in line)
            moved = [[(x - left + right, y + room) for x, y in line] for line in lines]
            layers.append(moved)
            right = max(x for line in moved for x, _ in line) + height * rng.uniform(0.08, 0.3)
            text += part
        else:
            gap = "close" if rng.random() < 0.5 else "wide"
            number = make_number(digits, part, rng, gap=gap, height=(height, height))
            ink = cut_out(1 - number.picture.astype(np.float32) / 255)
            layers.append((ink, round(right)))
            right += ink.shape[1] + (0 if gap == "wide" else height * rng.uniform(0, 0.1))
            text += number.text
    canvas = np.zeros((round(3 * height), round(right + height * rng.uniform(0.3, 1))), np.float32)
    for layer in layers:
        if isinstance(layer, list):
            for line in layer:
                stroke(canvas, line, thick)
        else:
            ink, left = layer
            base = min(round(room + 0.03 * height * rng.normal()), canvas.shape[0])
            top = max(base - ink.shape[0], 0)
            there = canvas[top : top + ink.shape[0], left : left + ink.shape[1]]
            np.maximum(there, ink[: there.shape[0], : there.shape[1]], out=there)
    paper = rng.uniform(0.6, 1) * rng.uniform(0.95, 1, 3)
    pen = paper * rng.uniform(0.1, 0.5) * rng.uniform(0.8, 1, 3)
    picture = paper + (pen - paper) * canvas[..., None]
    return camera(picture[round(height * rng.uniform(0, 0.6)) :].astype(np.float32), rng), text


Lines: TypeAlias = "list[list[tuple[float, float]]]"


def _dot(x: float, y: float, height: float, rng: Rng) -> list[tuple[float, float]]:
    end = x + height * rng.uniform(0, 0.05), y + height * rng.uniform(-0.02, 0.05)
    return [(x, y), end]


def _point(height: float, rng: Rng) -> Lines:
    return [_dot(0, -height * rng.uniform(-0.05, 0.1), height, rng)]


def _comma(height: float, rng: Rng) -> Lines:
    top, bottom = -height * rng.uniform(0, 0.12), height * rng.uniform(0.1, 0.25)
    return [waved((0, top), (-height * rng.uniform(0, 0.15), bottom), height, rng)]


def _dash(height: float, rng: Rng) -> Lines:
    y, long = -height * rng.uniform(0.35, 0.6), height * rng.uniform(0.2, 0.5)
    return [waved((0, y), (long, y + rng.normal(0, 0.08) * long), height, rng)]


def _slash(height: float, rng: Rng) -> Lines:
    bottom = 0, height * rng.uniform(-0.05, 0.2)
    top = height * rng.uniform(0.2, 0.6), -height * rng.uniform(0.95, 1.2)
    return [waved(bottom, top, height, rng)]


def _colon(height: float, rng: Rng) -> Lines:
    low, x = height * rng.uniform(0.05, 0.25), height * rng.uniform(0, 0.05)
    high = low + height * rng.uniform(0.3, 0.5)
    return [_dot(0, -low, height, rng), _dot(x, -high, height, rng)]


SEPARATORS: dict[str, Callable[[float, Rng], Lines]] = {
    ".": _point, ",": _comma, "-": _dash, "/": _slash, ":": _colon,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--on", choices=["validation", "test"], default="validation")
    parser.add_argument("--count", type=int, default=100, help="pictures of each kind")
    parser.add_argument("--only", nargs="*", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--save", type=Path, help="a folder for what is misread with a pattern")
    arguments = parser.parse_args()
    digits, plain = getattr(load_mnist(), arguments.on), Reader()
    print("| kind | pattern | right | ? | nothing | forced | its digits without a pattern |")
    print("|---|---|---|---|---|---|---|")
    for kind in arguments.only:
        pattern = KINDS[kind][1]
        reader, said = Reader(pattern=pattern), []
        bare = 0
        for place in range(arguments.count):
            picture, text = made(kind, place, digits)
            numbers = [n.text for page in reader.read(picture).pages for n in page.numbers]
            said.append("right" if numbers == [text] else " ".join(numbers))
            without = [n.text for page in plain.read(picture).pages for n in page.numbers]
            bare += digits_of("".join(without)) == digits_of(text)
            if arguments.save and numbers != [text]:
                arguments.save.mkdir(parents=True, exist_ok=True)
                name = f"{kind}_{place}_{text}_is_{'_'.join(numbers)}.png".replace("/", "|")
                cv2.imwrite(str(arguments.save / name), picture[..., ::-1])
        right, unknown, none = said.count("right"), said.count("?"), said.count("")
        print(
            f"| {kind} | `{pattern}` | {right} | {unknown} | {none}"
            f" | {len(said) - right - unknown - none} | {bare} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
