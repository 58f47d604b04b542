"""Digits of other hands that anybody has: those that come with scikit-learn, and those of fonts.

    python benchmarks/other_hands.py [MODEL] [--hand FONT ...]

1,797 digits by 13 people in Turkey, of 8×8 pixels with 17 greys (E. Alpaydin, C. Kaynak, "Optical
recognition of handwritten digits", UCI Machine Learning Repository, 1998). Nothing learned from
them; they go through the normaliser as pictures do, with two pixels of paper around them. With
--hand instead of these the ten digits of each font made from people's handwriting (`written.py`
says where there are some), black on white, the font 90 pixels high.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from numerist import load_model


def of_scikit_learn() -> tuple[list[Any], Any]:
    """Return pictures, uint8 (12, 12), and their digits."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    paper = np.rint(255 - digits.images * 255 / 16).astype(np.uint8)
    return [np.pad(picture, 2, constant_values=255) for picture in paper], digits.target


def of_fonts(files: list[Path]) -> tuple[list[Any], Any]:
    """Return pictures, uint8 (160, 140), and their digits, ten of each font."""
    pictures = []
    for file in files:
        font = ImageFont.truetype(file, 90)
        for digit in range(10):
            page = Image.new("L", (140, 160), 255)
            ImageDraw.Draw(page).text((70, 80), str(digit), 0, font, anchor="mm")
            pictures.append(np.asarray(page))
    return pictures, np.tile(np.arange(10), len(files))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("model", nargs="?", help="what comes with numerist if not given")
    parser.add_argument("--hand", type=Path, nargs="+", metavar="FONT")
    arguments = parser.parse_args()
    model = load_model(arguments.model) if arguments.model else load_model()
    pictures, digits = of_fonts(arguments.hand) if arguments.hand else of_scikit_learn()
    found = model.predict(pictures)
    right = found == digits
    print(f"{right.sum()} of {len(right)} right, {right.mean():.2%}")
    wrong = Counter(zip(digits[~right].tolist(), found[~right].tolist(), strict=True))
    print(", ".join(f"{truth} as {read}: {count}" for (truth, read), count in wrong.most_common()))


if __name__ == "__main__":
    main()
