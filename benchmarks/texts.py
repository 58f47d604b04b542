"""Made pages of words with numbers among them: what is read, and which words are taken for some.

    python benchmarks/texts.py [--hand FONT ...] [--on validation] [--pages 2] [--save DIR]

Each page holds 24 lines of words in one font, about one in eight of them a number of two to five of
MNIST's digits, 0.9 to 1.4 heights apart. Fonts like handwriting are in Debian's packages fonts-*
(fonts-kristi, fonts-breip, fonts-dkg-handwriting, fonts-ecolier-court, fonts-femkeklaver,
fonts-sjfonts, fonts-rufscript, fonts-dancingscript, fonts-bwht, fonts-kaushanscript); without any
it is one that comes with Matplotlib. The figures in docs/reading.md are of eleven, the regular ones
of each family: Because We Build, Breip, Dancing Script, Delphine, dkg, Ecolier-court, femkeklaver,
Kaushan Script, Kristi, Rufscript, SteveHand. Counted are numbers as `pages.py` does.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import crops
import cv2
import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from pages import Count, Placed, counted, digits_of

from numerist import load_mnist
from numerist.reading import Reader
from numerist.reading.strings import make_number

if TYPE_CHECKING:
    from numerist.data import Dataset

Array: TypeAlias = npt.NDArray[Any]

HIGH, WIDE = 1700, 1200
LINES, APART = 24, 66
HEIGHT = 26
NUMBERS = 0.12


def made_text(font: Path, place: int, digits: Dataset) -> tuple[Array, list[Placed], int]:
    """Return a page, uint8 (h, w), the numbers on it and how many words there are."""
    rng = np.random.default_rng([23, place])
    crops.HAND[:] = [font]
    page = np.zeros((HIGH, WIDE), np.float32)
    numbers, words = [], 0
    for line in range(LINES):
        left, base = 60, 60 + HEIGHT + APART * line
        while True:
            text = ""
            if rng.random() < NUMBERS:
                length = int(rng.integers(2, 6))
                made = make_number(digits, length, rng, height=(HEIGHT, HEIGHT))
                text = made.text
                ink = crops.cut_out(1 - made.picture.astype(np.float32) / 255)
            else:
                ink = crops.word(rng, HEIGHT, by_hand=True)
            high, wide = ink.shape
            if left + wide > WIDE - 50 or base < high:
                break
            part = page[base - high : base, left : left + wide]
            np.maximum(part, ink, out=part)
            if text:
                numbers.append(Placed((left, base - high, left + wide, base), text))
            words += not text
            left += wide + int(HEIGHT * rng.uniform(0.9, 1.4))
    picture = 245 - 200 * page + rng.normal(0, 3, page.shape)
    return np.clip(picture, 0, 255).astype(np.uint8), numbers, words


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    usual = Path(mpl.get_data_path()) / "fonts/ttf/DejaVuSans-Oblique.ttf"
    parser.add_argument("--hand", type=Path, nargs="+", default=[usual], metavar="FONT")
    parser.add_argument("--on", choices=["validation", "test"], default="validation")
    parser.add_argument("--pages", type=int, default=2, help="in each font")
    parser.add_argument("--save", type=Path, help="a folder for the pages")
    arguments = parser.parse_args()
    digits, reader = getattr(load_mnist(), arguments.on), Reader()
    print("| font | words | numbers | right | misread | missed | invented |")
    print("|---|---|---|---|---|---|---|")
    total, all_words = Count(0, 0, 0, 0), 0
    for font in arguments.hand:
        counts, words = Count(0, 0, 0, 0), 0
        for place in range(arguments.pages):
            picture, numbers, there = made_text(font, place, digits)
            if arguments.save:
                arguments.save.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(arguments.save / f"{font.stem}_{place}.png"), picture)
            found = [
                Placed(n.box, digits_of(n.text)) for n in reader.read(picture).pages[0].numbers
            ]
            count, _ = counted(numbers, found)
            counts, words = Count(*map(sum, zip(counts, count, strict=True))), words + there
        print(line(font.stem, words, counts), flush=True)
        total, all_words = Count(*map(sum, zip(total, counts, strict=True))), all_words + words
    print(line("all", all_words, total))


def line(name: str, words: int, count: Count) -> str:
    written, right, missed, invented = count
    misread = written - right - missed
    return f"| {name} | {words} | {written} | {right} | {misread} | {missed} | {invented} |"


if __name__ == "__main__":
    main()
