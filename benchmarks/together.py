"""Real pictures of numbers, put together on pages: does a number say there what it says alone?

    python benchmarks/together.py --folder DIR ... [--columns 4] [--lines 18] [--pages 10]
        [--uneven 0.0]

A folder has a labels.csv (file,text), as for `reading.py`. Each page holds numbers drawn from it,
about 40 pixels high, on light paper; --uneven is the standard deviation of ln of their heights.
Counted are numbers as `pages.py` does, and which of those that the page loses are read right where
they are cut out of it.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from changed import as_bytes
from pages import Placed, counted
from reading import digits_of, folder

from numerist.image import open_picture
from numerist.reading import Reader

if TYPE_CHECKING:
    from collections.abc import Sequence

Array: TypeAlias = npt.NDArray[Any]

HIGH, WIDE = 1400, 1000
HEIGHT = 40
PAPER = 245.0
INKED = 0.3  # of a picture's contrast: so far from most of it a number is
AROUND = 12  # pixels around a number that is cut out of its page


def number_of(file: Path) -> Array:
    """Return a picture cut to its ink, as ink on nothing, float64 (h, w), 0…255."""
    picture = open_picture(file)
    grey = as_bytes(255 * (picture.mean(axis=2) if picture.ndim == 3 else picture))
    off = np.median(grey) - grey.astype(float)
    inked = off > INKED * max(off.max(), 1.0)
    rows, columns = (np.flatnonzero(inked.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return np.zeros((0, 0))
    cut = grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(float)
    return np.asarray(np.clip(np.percentile(cut, 90) - cut, 0, 255))


def made_page(
    examples: Sequence[tuple[Path, str]],
    rng: np.random.Generator,
    columns: int,
    lines: int,
    uneven: float,
) -> tuple[Array, list[Placed]]:
    """Return a page, uint8 (h, w), and the numbers on it."""
    page, numbers = np.full((HIGH, WIDE), PAPER), []
    for line in range(lines):
        for column in range(columns):
            file, text = examples[int(rng.integers(len(examples)))]
            ink = number_of(file)
            if not ink.size:
                continue
            times = HEIGHT * np.exp(rng.normal(0, uneven)) / len(ink)
            times = min(times, 0.8 * WIDE / columns / ink.shape[1])
            how = cv2.INTER_AREA if times < 1 else cv2.INTER_CUBIC
            ink = np.clip(cv2.resize(ink, None, fx=times, fy=times, interpolation=how), 0, 255)
            left = int(20 + (column + rng.uniform(0, 0.1)) * WIDE / columns)
            top = 30 + line * (HIGH - 80) // lines
            high, wide = ink.shape
            part = page[top : top + high, left : left + wide]
            if part.shape == ink.shape:
                np.minimum(part, PAPER - ink, out=part)
                numbers.append(Placed((left, top, left + wide, top + high), digits_of(text)))
    return as_bytes(page + rng.normal(0, 2, page.shape)), numbers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--folder", type=Path, nargs="+", required=True)
    parser.add_argument("--columns", type=int, default=4)
    parser.add_argument("--lines", type=int, default=18)
    parser.add_argument("--pages", type=int, default=10)
    parser.add_argument("--uneven", type=float, default=0.0)
    arguments = parser.parse_args()
    reader = Reader()
    print("| folder | numbers | right | misread | missed | invented | right alone |")
    print("|---|---|---|---|---|---|---|")
    for path in arguments.folder:
        examples, rng = folder(path), np.random.default_rng(7)
        total, alone = np.zeros(4, int), 0
        for _ in range(arguments.pages):
            page, numbers = made_page(
                examples, rng, arguments.columns, arguments.lines, arguments.uneven
            )
            found = [Placed(n.box, digits_of(n.text)) for n in reader.read(page).numbers]
            total += counted(numbers, found)[0]
            for number in numbers:
                if not counted([number], found)[0].right:
                    left, top, right, bottom = (int(side) for side in number.box)
                    rows = slice(max(0, top - AROUND), bottom + AROUND)
                    cut = page[rows, max(0, left - AROUND) : right + AROUND]
                    alone += digits_of(reader.read(cut).text) == number.text
        written, right_ones, missed, invented = total.tolist()
        misread = written - right_ones - missed
        print(
            f"| {path.name} | {written} | {right_ones} | {misread} | {missed} | {invented} "
            f"| {alone} more |",
            flush=True,
        )


if __name__ == "__main__":
    main()
