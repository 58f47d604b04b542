"""Numbers in fonts made from people's handwriting: other hands than MNIST's, with separators.

    python benchmarks/written.py --hand FONT ... [--count 2] [--kinds date ...] [--save DIR]

Each font writes so many numbers of each kind, its digits 24 to 70 pixels high, seen by a camera.
Right is the whole text in one piece; the digits may be right where a separator is not. Fonts are in
the packages that `texts.py` names, and in those of Fontsource (npm, @fontsource/caveat and others).
Of some fonts strangers and separators were learned from, of none the digits (docs/model-card.md).
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from crops import camera, digits_of
from PIL import Image, ImageDraw, ImageFont

from numerist.reading import Reader

if TYPE_CHECKING:
    from collections.abc import Callable

Rng = np.random.Generator


def _digits(rng: Rng, count: int) -> str:
    return "".join(map(str, rng.integers(10, size=count)))


def _date(rng: Rng, sign: str) -> str:
    year = str(rng.integers(1950, 2030))
    both = sign.join((str(rng.integers(1, 32)), str(rng.integers(1, 13))))
    return f"{both}{sign}{year if rng.random() < 0.5 else year[2:]}"


KINDS: dict[str, Callable[[Rng], str]] = {
    "whole": lambda rng: _digits(rng, int(rng.integers(2, 8))),
    "amount": lambda rng: f"{rng.integers(1000):,}.{_digits(rng, 2)}",
    "thousands": lambda rng: f"{rng.integers(1000, 99999):,}.{_digits(rng, 2)}",
    "comma": lambda rng: f"{rng.integers(1000)},{_digits(rng, int(rng.integers(1, 3)))}",
    "date": lambda rng: _date(rng, "/"),
    "pointed date": lambda rng: _date(rng, "."),
    "fraction": lambda rng: f"{rng.integers(1, 100)}/{rng.integers(1, 100)}",
    "time": lambda rng: f"{rng.integers(24)}:{rng.integers(60):02}",
    "dash": lambda rng: f"{_digits(rng, int(rng.integers(2, 6)))}-{_digits(rng, 4)}",
}


def picture(text: str, file: Path, rng: Rng) -> Any:
    """Return a text in a font, uint8 (h, w, 3); None if it has not all the characters."""
    font = ImageFont.truetype(file, 100)
    _, top, _, bottom = font.getbbox("8", anchor="ls")
    font = font.font_variant(size=round(100 * rng.uniform(24, 70) / (bottom - top)))
    if any(font.getmask(sign).getbbox() is None for sign in text):
        return None
    left, top, right, bottom = (round(side) for side in font.getbbox(text))
    room = bottom - top
    page = Image.new("L", (right - left + 2 * room, 3 * room))
    ImageDraw.Draw(page).text((room - left, room - top), text, 255, font)
    ink = np.asarray(page, np.float32)[..., None] / 255
    paper = rng.uniform(0.6, 1) * rng.uniform(0.95, 1, 3)
    pen = paper * rng.uniform(0.1, 0.5) * rng.uniform(0.8, 1, 3)
    return camera(paper * (1 - ink) + pen * ink, rng)


WHAT = "all", "right", "digits", "sure"  # is counted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--hand", type=Path, nargs="+", required=True, metavar="FONT")
    parser.add_argument("--count", type=int, default=2, help="of each kind, in each font")
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--save", type=Path, help="a folder for the pictures that are misread")
    arguments = parser.parse_args()
    reader = Reader()
    print("| kind | numbers | right | digits right | confidently wrong |")
    print("|---|---|---|---|---|")
    for kind in arguments.kinds:
        found: Counter[str] = Counter()
        for place, file in enumerate(arguments.hand * arguments.count):
            rng = np.random.default_rng([17, list(KINDS).index(kind), place])
            text = KINDS[kind](rng)
            seen = picture(text, file, rng)
            if seen is None:
                continue
            numbers = [number for page in reader.read(seen).pages for number in page.numbers]
            said = "|".join(number.text for number in numbers)
            right = said == text
            found["all"] += 1
            found["right"] += right
            found["digits"] += digits_of(said) == digits_of(text)
            found["sure"] += not right and any(number.confidence > 0.9 for number in numbers)
            if arguments.save and not right:
                arguments.save.mkdir(parents=True, exist_ok=True)
                name = f"{kind}_{place}_{text}_{said}.png".replace("/", "∕").replace(":", "∶")
                cv2.imwrite(str(arguments.save / name), seen[..., ::-1])
        print(f"| {kind} |", *(f"{found[what]} |" for what in WHAT), flush=True)


if __name__ == "__main__":
    main()
