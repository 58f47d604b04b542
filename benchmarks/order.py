"""Numbers of made pages that lie aslant: are they in reading order, and in the right lines?

    python benchmarks/order.py [--count 20] [--only table] [--turned 0 2 -4]

Numbers of one to five of MNIST's digits, 40 pixels high, stand at known places: in tables, with a
third of the entries missing, with every other column half a line lower, as text in two columns, or
in a single line. The page is turned. It is right in order if all numbers that are found come as
they were written, and in lines if those and only those have the same `line` that stand in one. What
they are read as does not count. The seed of a page is its kind and its place, so the same pages
come again at each angle.
"""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from numerist import load_mnist
from numerist.reading.strings import make_number

if TYPE_CHECKING:
    from numerist.data import Dataset

Array: TypeAlias = npt.NDArray[Any]

HEIGHT, PITCH = 40, 110  # pixels
MOST = 40.0  # pixels from where a number was written: it is the same one


class Placed(NamedTuple):
    """A number that is to be written: its middle's x, its line's y, and which line that is."""

    x: float
    y: float
    line: int


def table(rng: np.random.Generator) -> list[Placed]:
    columns = int(rng.integers(2, 6))
    apart = rng.uniform(500, 800) if columns < 4 else rng.uniform(260, 500)
    return _cells(columns, apart, int(rng.integers(3, 9)))


def gaps(rng: np.random.Generator) -> list[Placed]:
    """A table with a third of its entries missing."""
    columns, lines = int(rng.integers(3, 6)), int(rng.integers(4, 9))
    cells = _cells(columns, rng.uniform(260, 500), lines)
    kept = [cell for cell in cells if rng.random() > 1 / 3]
    present = sorted({cell.line for cell in kept})
    return [cell._replace(line=present.index(cell.line)) for cell in kept]


def heights(rng: np.random.Generator) -> list[Placed]:
    """Every other column begins half a line lower."""
    columns, lines = int(rng.integers(2, 5)), int(rng.integers(3, 7))
    cells = _cells(columns, rng.uniform(350, 600), lines)
    by = sorted({cell.x for cell in cells})
    halves = [(cell, 2 * cell.line + by.index(cell.x) % 2) for cell in cells]
    moved = [cell._replace(y=cell.y + half % 2 * PITCH / 2, line=half) for cell, half in halves]
    return sorted(moved, key=lambda cell: (cell.line, cell.x))


def text(rng: np.random.Generator) -> list[Placed]:
    """Two columns of lines of three numbers."""
    cells = _cells(6, 200, int(rng.integers(3, 9)))
    by = sorted({cell.x for cell in cells})
    return [cell._replace(x=cell.x + 250 * (by.index(cell.x) > 2)) for cell in cells]


def single(rng: np.random.Generator) -> list[Placed]:
    """One line of two to five numbers."""
    columns = int(rng.integers(2, 6))
    return _cells(columns, rng.uniform(1200, 1800) / columns, 1)


def _cells(columns: int, apart: float, lines: int) -> list[Placed]:
    return [
        Placed(150 + column * apart, 120.0 + PITCH * line, line)
        for line in range(lines)
        for column in range(columns)
    ]


def drawn(cells: list[Placed], digits: Dataset, rng: np.random.Generator) -> Array:
    """Return a level page with a number in each cell, uint8 (h, w)."""
    wide = round(max(cell.x for cell in cells)) + 150
    high = round(max(cell.y for cell in cells)) + 120
    page = np.full((high, wide), 245, np.uint8)
    for cell in cells:
        length = int(rng.integers(1, 6))
        ink = make_number(digits, length, rng, height=(HEIGHT, HEIGHT)).picture
        tall, broad = ink.shape
        top = round(cell.y + rng.normal(0, 0.06) * HEIGHT - tall / 2)
        left = round(cell.x - broad / 2)
        part = page[top : top + tall, left : left + broad]
        np.minimum(part, ink, out=part)
    return page


def turned(page: Array, angle: float) -> tuple[Array, Array]:
    """Return a page turned by so many degrees, clockwise, and the matrix that moves its points."""
    high, wide = page.shape
    move = cv2.getRotationMatrix2D((wide / 2, high / 2), -angle, 1)
    cosine, sine = math.cos(math.radians(angle)), abs(math.sin(math.radians(angle)))
    size = math.ceil(high * sine + wide * cosine), math.ceil(high * cosine + wide * sine)
    move[:, 2] += (size[0] - wide) / 2, (size[1] - high) / 2
    result = cv2.warpAffine(page, move, size, flags=cv2.INTER_CUBIC, borderValue=245)
    return result, move


def judged(page: Array, places: Array, lines: list[int], reader: Any) -> tuple[bool, bool]:
    """Return whether what is found is in order, and whether it is in the right lines."""
    words = reader.words(page.astype(np.float32)[..., None].repeat(3, axis=2) / 255)
    found, of_line = [], {}
    for word in words:
        sides = np.array([word.on_page(box) for box in word.pieces.boxes.tolist()])
        middle = (sides[:, :2].min(axis=0) + sides[:, 2:].max(axis=0)) / 2
        away = np.hypot(*(places - middle).T)
        if away.min() < MOST:
            k = int(away.argmin())
            found.append(k)
            of_line[k] = word.line
    pairs = {(lines[k], line) for k, line in of_line.items()}
    same = len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})
    return found == sorted(found), same


KINDS = {"table": table, "gaps": gaps, "heights": heights, "text": text, "single": single}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--only", nargs="*", default=list(KINDS))
    parser.add_argument("--turned", nargs="*", type=float, default=[0, 1, 2, 3, 5, -2, -4])
    arguments = parser.parse_args()
    from numerist.reading import Reader

    digits, reader = load_mnist().validation, Reader()
    print("in order, in lines, of", arguments.count)
    for kind in arguments.only:
        told = []
        for angle in arguments.turned:
            right = np.zeros(2, int)
            for seed in range(arguments.count):
                rng = np.random.default_rng([seed, *kind.encode()])
                cells = KINDS[kind](rng)
                page, move = turned(drawn(cells, digits, rng), angle)
                places = np.array([move @ (x, y, 1) for x, y, _ in cells])
                right += judged(page, places, [cell.line for cell in cells], reader)
            told.append(f"{angle:g}°: {right[0]}, {right[1]}")
        print(f"{kind:8}", "; ".join(told), flush=True)


if __name__ == "__main__":
    main()
