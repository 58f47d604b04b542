"""What stands in rows beside digits, drawn: crosses, dashes, letters.

Among `marks` is nothing that may be a one with a long upstroke, for somebody: ticks and letters
such as A, N and V taught networks to pass over such ones. Rows of `letters` alone have them,
labelled `UNCLEAR`: the network along rows learns to pass over all of such a row, the one that sees
single candidates learns nothing of them. The letters are of fonts made from people's handwriting,
the files in `HANDS`, and of Matplotlib's, most of them thinned to strokes of even width.
`crops.py` has other fonts in the words that it calls letters.
"""

from __future__ import annotations

import functools
import string
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from numerist.data import Dataset

NONE, UNCLEAR = 10, 11  # no digit; looks like one
SEPARATORS = ".,-:/"  # labelled from `UNCLEAR` + 1 on
SIDE, TALL = 28, 20  # pixels of a picture, and of a capital in it
CLEAR = "EHKXkmx"  # letters that are like no digit in anybody's hand
SIGNS = "&#@%$+=*€"
FONTS = ("DejaVuSans", "DejaVuSans-Oblique", "STIXGeneralItalic", "cmss10", "cmmi10")
HANDS: list[Path] = []
"""Files of fonts made from people's handwriting (`learn_in_row.py --hands`); else Matplotlib's."""

BY_HAND = 0.75  # of letters and signs are of such a font, if there are any
FINE = 4  # drawn so much larger
THIN, THICK = 1.3, 3.2  # pixels of a stroke
INKED = 0.3  # of full ink: where what is drawn ends


def marks(count: int, rng: np.random.Generator) -> Dataset:
    """Crosses, dashes and letters that nobody takes for digits; 28×28, all `NONE`."""
    kinds = rng.choice(3, size=count, p=[0.55, 0.1, 0.35])
    drawn = [(cross, _dash, _letter)[kind](rng) for kind in kinds]
    return Dataset(np.stack(drawn), np.full(count, NONE))


def letters(count: int, rng: np.random.Generator) -> Dataset:
    """Letters of which words are made, 28×28; those that may look like digits are `UNCLEAR`."""
    clear, others = list(CLEAR), sorted(set(string.ascii_letters) - set(CLEAR))
    signs = [str(rng.choice(clear if rng.random() < 0.3 else others)) for _ in range(count)]
    labels = np.array([NONE if sign in CLEAR else UNCLEAR for sign in signs])
    return Dataset(np.stack([glyph(sign, rng) for sign in signs]), labels)


def _lines(lines: list[Any], thick: float) -> Any:
    """Return strokes through points (x, y) in pixels, float32 (28, 28)."""
    drawn = np.zeros((SIDE * FINE, SIDE * FINE), np.uint8)
    for line in lines:
        points = np.rint(FINE * (np.asarray(line) + SIDE / 2)).astype(np.int32)
        cv2.polylines(drawn, [points], False, 255, max(1, round(FINE * thick)), cv2.LINE_AA)
    return _small(drawn)


def _small(drawn: Any) -> Any:
    small = cv2.resize(drawn, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / 255


def cross(rng: np.random.Generator) -> Any:
    """A cross, a plus or a star: strokes through one place, from a third of a digit's height up."""
    size, turn = rng.uniform(6, TALL), rng.choice([0, np.pi / 4]) + rng.normal(0, 0.1)
    strokes = 3 if rng.random() < 0.1 else 2
    lines = []
    for k in range(strokes):
        angle = turn + np.pi * k / strokes + rng.normal(0, 0.1)
        half = size / 2 * rng.uniform(0.7, 1.2) * np.array([np.cos(angle), np.sin(angle)])
        middle = rng.normal(0, 0.06, 2) * size
        lines.append([middle - half, middle + half])
    return _lines(lines, rng.uniform(THIN, THICK))


def _dash(rng: np.random.Generator) -> Any:
    """A dash, or two as an equals sign."""
    long, apart = rng.uniform(6, 18), rng.uniform(4, 7)
    lines = []
    for y in [0.0] if rng.random() < 0.7 else [-apart / 2, apart / 2]:
        ends = np.array([[-long / 2, y], [0, y], [long / 2, y]])
        lines.append(ends + rng.normal(0, 0.05, (3, 2)) * long)
    return _lines(lines, rng.uniform(THIN, THICK))


def _letter(rng: np.random.Generator) -> Any:
    return glyph(str(rng.choice(list(CLEAR + SIGNS))), rng)


def glyph(sign: str, rng: np.random.Generator) -> Any:
    """Return a letter of even strokes as a pen leaves them, or printed, float32 (28, 28)."""
    side = 2 * SIDE * FINE
    image = Image.new("L", (side, side))
    font, even = a_font(sign, rng)
    ImageDraw.Draw(image).text((side // 2, side // 2), sign, 255, font, anchor="mm")
    drawn = np.asarray(image)
    if rng.random() < even:
        thick = round(FINE * rng.uniform(THIN, THICK))
        pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thick, thick))
        drawn = cv2.dilate(skeleton(drawn), pen)
    left, top, wide, high = cv2.boundingRect(drawn)
    share = min(1.0, (SIDE - 2) * FINE / max(wide, high, 1))
    middle = np.array([left + wide / 2, top + high / 2])
    offset = SIDE * FINE / 2 - share * middle
    matrix = np.array([[share, 0, offset[0]], [0, share, offset[1]]])
    return _small(cv2.warpAffine(drawn, matrix, (SIDE * FINE, SIDE * FINE)))


def skeleton(drawn: Any) -> Any:
    """Return the middles of strokes (C. Lantuéjoul, 1980), uint8 0 or 255."""
    left, round_ = np.where(drawn > 127, 255, 0).astype(np.uint8), np.ones((3, 3), np.uint8)
    result = np.zeros_like(left)
    while left.any():
        inner = cv2.erode(left, round_)
        result |= left & ~cv2.dilate(inner, round_)
        left = inner
    return cv2.morphologyEx(result, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))


def a_font(text: str, rng: np.random.Generator) -> tuple[ImageFont.FreeTypeFont, float]:
    """Return a font to write a text with, and how often its strokes are to be made even.

    Digits are about `TALL` × `FINE` pixels high in it.
    """
    if HANDS and rng.random() < BY_HAND:
        font = by_hand(HANDS[int(rng.integers(len(HANDS)))])
        if all(has(font, character) for character in text):
            return font, 0.5
    names = FONTS if text.isalpha() else FONTS[:1]
    return font_of(str(rng.choice(names))), 0.8


@functools.cache
def font_of(name: str) -> ImageFont.FreeTypeFont:
    import matplotlib as mpl

    file = Path(mpl.get_data_path(), "fonts", "ttf", f"{name}.ttf")
    return ImageFont.truetype(file, round(1.37 * TALL * FINE))


@functools.cache
def by_hand(file: Path) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(file, 100)
    _, top, _, bottom = font.getbbox("8", anchor="ls")
    return font.font_variant(size=round(100 * TALL * FINE / (bottom - top)))


def has(font: ImageFont.FreeTypeFont, character: str) -> bool:
    """Whether a font has a character; else it draws an empty box, or nothing."""
    mask, missing = font.getmask(character), font.getmask("\U0010fffd")
    return mask.getbbox() is not None and bytes(mask) != bytes(missing)
