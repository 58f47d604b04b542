"""Amounts, dates, times and codes with separators between digits: with a pattern, and without.

    python benchmarks/separated.py [--on validation] [--count 100] [--only KIND ...] [--save DIR]

Groups of digits of one height, 16 to 70 pixels, with what a pen as thick as theirs leaves between
them. Right is the whole text, separators and all, as one number; beside it, how often the digits
are. What is read with a pattern, wrong, and not "?" was forced. Days and months are such; years are
from 1900 to 2099.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from crops import Made, camera, cut_out, digits_of, stroke, waved

from numerist import load_mnist
from numerist.reading import Reader
from numerist.reading.strings import make_row

if TYPE_CHECKING:
    from collections.abc import Callable

    from numerist.data import Dataset

Array: TypeAlias = npt.NDArray[Any]
Rng: TypeAlias = np.random.Generator
Line: TypeAlias = "list[tuple[float, float]]"  # of heights, to the right and down from the line

GAP = 0.08, 0.3  # heights, between a separator and a digit beside it
PATTERNS = {
    "amount": r"\d+\.\d{2}",
    "comma": r"\d+,\d{2}",
    "thousands": r"\d{1,3}(,\d{3})*\.\d{2}",
    "date": r"\d{1,2}/\d{1,2}/\d{2}(\d{2})?",
    "points": r"\d{1,2}\.\d{1,2}\.\d{4}",
    "dashes": r"\d{4}-\d{2}-\d{2}",
    "time": r"\d{1,2}:\d{2}",
    "code": r"\d{5}(-\d{4})?",
    "plain code": r"\d{5}(-\d{4})?",
    "spaces": r"\d{3} \d{3} \d{3}",
}
"""What is written, and what is asked for."""


def written(kind: str, rng: Rng) -> str:
    """Return a text of a kind."""

    def digits(count: int) -> str:
        return "".join(map(str, rng.integers(10, size=count)))

    day, month, year = (int(rng.integers(1, most)) for most in (32, 13, 200))
    texts = {
        "amount": f"{digits(int(rng.integers(1, 6)))}.{digits(2)}",
        "comma": f"{digits(int(rng.integers(1, 6)))},{digits(2)}",
        "thousands": f"{digits(int(rng.integers(1, 4)))},{digits(3)}.{digits(2)}",
        "points": f"{day}.{month}.{1900 + year}",
        "dashes": f"{1900 + year}-{month:02}-{day:02}",
        "time": f"{rng.integers(24)}:{rng.integers(60):02}",
        "code": f"{digits(5)}-{digits(4)}",
        "plain code": digits(5),
        "spaces": f"{digits(3)} {digits(3)} {digits(3)}",
        "date": f"{day:02}/{month:02}/{year % 100:02}",
    }
    if rng.random() < 0.7:  # a year of four digits
        texts["date"] = f"{day}/{month}/{1900 + year}"
    return texts[kind]


def made(kind: str, place: int, digits: Dataset) -> Made:
    """Return a picture, uint8 (h, w, 3), and its text."""
    rng = np.random.default_rng([29, list(PATTERNS).index(kind), place])
    height = float(np.exp(rng.uniform(np.log(16), np.log(70))))
    text = written(kind, rng)
    parts = re.findall(r"\d+|\D", text)
    inks = {k: group(one, height, digits, rng) for k, one in enumerate(parts) if one.isdigit()}
    thick = rng.uniform(0.8, 1.2) * float(np.mean([thickness(ink) for ink in inks.values()]))
    groups: list[tuple[Array, int]] = []
    marks: list[Line] = []
    right, line = height * rng.uniform(0.3, 1), 2 * height
    for k, part in enumerate(parts):
        if part == " ":
            right += height * rng.uniform(0.5, 1.1)
        elif part.isdigit():
            groups.append((inks[k], round(right)))
            right += inks[k].shape[1]
        else:
            lines = [height * np.array(one) for one in SEPARATORS[part](rng)]
            left = (
                right + thick / 2 + height * rng.uniform(*GAP) - min(x[:, 0].min() for x in lines)
            )
            marks += [(one + np.array([left, line])).tolist() for one in lines]
            right = left + max(one[:, 0].max() for one in lines) + thick / 2
            right += height * rng.uniform(*GAP)
    canvas = np.zeros((round(3 * height), round(right + height * rng.uniform(0.3, 1))), np.float32)
    for mark in marks:
        stroke(canvas, mark, thick)
    for ink, begin in groups:
        high, wide = ink.shape
        top = max(round(line + 0.03 * height * rng.normal()) - high, 0)
        there = canvas[top : top + high, begin : begin + wide]
        np.maximum(there, ink[: there.shape[0], : there.shape[1]], out=there)
    paper = rng.uniform(0.6, 1) * rng.uniform(0.95, 1, 3)
    dark = paper * rng.uniform(0.1, 0.5) * rng.uniform(0.8, 1, 3)
    picture = paper + (dark - paper) * canvas[round(height * rng.uniform(0, 0.6)) :, :, None]
    return camera(picture.astype(np.float32), rng), text


def group(text: str, height: float, digits: Dataset, rng: Rng) -> Array:
    """Return digits side by side, as ink, float32 (h, w), cut to its box."""
    labels = [int(sign) for sign in text]
    images = [digits.images[rng.choice(np.flatnonzero(digits.labels == one))] for one in labels]
    gap = "close" if rng.random() < 0.5 else "wide"
    row = make_row(images, labels, rng, gap=gap, height=(height, height))
    return cut_out(1 - row.picture.astype(np.float32) / 255)


def thickness(ink: Array) -> float:
    """Return about how thick strokes are: their area, over half of what is around them."""
    inked = ink > 0.5
    edges = np.abs(np.diff(np.pad(inked, 1).astype(int), axis=0)).sum()
    edges += np.abs(np.diff(np.pad(inked, 1).astype(int), axis=1)).sum()
    return float(2 * 4 / np.pi * inked.sum() / edges)  # a circle has 4/π times its length in edges


def _dot(x: float, y: float, rng: Rng) -> Line:
    return [(x, y), (x + rng.uniform(0, 0.05), y + rng.uniform(-0.02, 0.05))]


def _point(rng: Rng) -> list[Line]:
    return [_dot(0, rng.uniform(-0.1, 0.05), rng)]


def _comma(rng: Rng) -> list[Line]:
    top, bottom = rng.uniform(-0.12, 0), rng.uniform(0.1, 0.25)
    return [waved((0, top), (-rng.uniform(0, 0.15), bottom), 1, rng)]


def _dash(rng: Rng) -> list[Line]:
    y, long = -rng.uniform(0.35, 0.6), rng.uniform(0.2, 0.5)
    return [waved((0, y), (long, y + rng.normal(0, 0.08) * long), 1, rng)]


def _slash(rng: Rng) -> list[Line]:
    bottom, top = (0, rng.uniform(-0.05, 0.2)), (rng.uniform(0.2, 0.6), -rng.uniform(0.95, 1.2))
    return [waved(bottom, top, 1, rng)]


def _colon(rng: Rng) -> list[Line]:
    low = rng.uniform(0.05, 0.25)
    high = low + rng.uniform(0.3, 0.5)
    return [_dot(0, -low, rng), _dot(rng.uniform(0, 0.05), -high, rng)]


SEPARATORS: dict[str, Callable[[Rng], list[Line]]] = {
    ".": _point, ",": _comma, "-": _dash, "/": _slash, ":": _colon,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--on", choices=["validation", "test"], default="validation")
    parser.add_argument("--count", type=int, default=100, help="pictures of each kind")
    parser.add_argument("--only", nargs="*", default=list(PATTERNS), choices=list(PATTERNS))
    parser.add_argument("--save", type=Path, help="a folder for what is misread")
    arguments = parser.parse_args()
    digits, plain = getattr(load_mnist(), arguments.on), Reader()
    print("| kind | with its pattern | ? | nothing | forced | without | its digits |")
    print("|---|---|---|---|---|---|---|")
    for kind in arguments.only:
        asked = Reader(pattern=PATTERNS[kind])
        said, bare, alone = [], 0, 0
        for place in range(arguments.count):
            picture, text = made(kind, place, digits)
            with_it, without = (
                [number.text for page in reader.read(picture).pages for number in page.numbers]
                for reader in (asked, plain)
            )
            said.append("right" if with_it == [text] else " ".join(with_it))
            bare += without == [text]
            alone += digits_of("".join(without)) == digits_of(text)
            if arguments.save and not with_it == without == [text]:
                arguments.save.mkdir(parents=True, exist_ok=True)
                name = f"{kind}_{place}_{text}_{'_'.join(with_it)}_{'_'.join(without)}.png"
                cv2.imwrite(str(arguments.save / name.replace("/", "|")), picture[..., ::-1])
        counts = [said.count(one) for one in ("right", "?", "")]
        shares = *counts, len(said) - sum(counts), bare, alone
        print(f"| {kind} | {' | '.join(map(str, shares))} |", flush=True)


if __name__ == "__main__":
    main()
