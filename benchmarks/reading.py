"""Reading numbers: whole numbers right, on made pictures and on real ones, beside other ways.

    python benchmarks/reading.py [--count 200] [--on test] [--folder DIR ...] [--others]

Made numbers are of MNIST's test digits, which neither the network nor the reader has seen
(`numerist.reading.strings`): by gap and paper with 6 digits, with the length known, and by length;
then what the promise of few errors gives. --folder: pictures with a labels.csv (file,text), only
digits compared. --others: the simple way (each connected piece of ink a digit, same network), and
Tesseract (digits only) and RapidOCR where they are installed, on the same pictures.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from numerist import load_mnist, load_model
from numerist.chapter.rows.segmentation import each_piece_a_digit
from numerist.image import open_picture
from numerist.reading import Reader
from numerist.reading.strings import GAPS, PAPERS, make_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numerist.data import Dataset

Example = tuple[Any, str]


def digits_of(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def share(read: Callable[[Any], str], examples: Sequence[Example]) -> tuple[float, float]:
    """Return the share of numbers that are right as a whole, and seconds for one."""
    begun = time.perf_counter()
    right = [digits_of(read(picture)) == digits_of(text) for picture, text in examples]
    return float(np.mean(right)), (time.perf_counter() - begun) / len(examples)


def made(digits: Dataset, count: int, length: int | None, gap: str, paper: str) -> list[Example]:
    rng = np.random.default_rng([7, length or 0, list(GAPS).index(gap), PAPERS.index(paper)])
    lengths = rng.integers(2, 11, count) if length is None else np.full(count, length)
    numbers = [make_number(digits, int(n), rng, gap=gap, paper=paper) for n in lengths]
    return [(number.picture, number.text) for number in numbers]


def folder(path: Path) -> list[Example]:
    with (path / "labels.csv").open(encoding="utf-8", newline="") as file:
        return [(str(path / row["file"]), row["text"]) for row in csv.DictReader(file)]


def simple_way() -> Callable[[Any], str]:
    """Each connected piece of ink is a digit."""
    model = load_model()
    return lambda picture: each_piece_a_digit(picture, model)


def tesseract(picture: Any) -> str:
    command = ["tesseract", "-", "-", "--psm", "7", "-c", "tessedit_char_whitelist=0123456789"]
    pixels = np.rint(255 * open_picture(picture)).astype(np.uint8)
    import io

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    ran = subprocess.run(command, input=buffer.getvalue(), capture_output=True, check=False)  # noqa: S603
    return ran.stdout.decode(errors="replace")


def others() -> Iterator[tuple[str, Callable[[Any], str]]]:
    yield "simple way", simple_way()
    if shutil.which("tesseract"):
        yield "Tesseract", tesseract
    try:
        from rapidocr import RapidOCR
    except ImportError:
        return
    engine = RapidOCR()

    def rapid(picture: Any) -> str:
        pixels = np.rint(255 * open_picture(picture)).astype(np.uint8)
        if pixels.ndim == 2:
            pixels = np.stack([pixels] * 3, axis=2)
        return "".join(getattr(engine(pixels), "txts", None) or ())

    yield "RapidOCR", rapid


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=200, help="numbers of each kind")
    parser.add_argument("--on", choices=["validation", "test"], default="test")
    parser.add_argument("--folder", type=Path, nargs="*", default=[])
    parser.add_argument("--others", action="store_true")
    parser.add_argument("--no-made", action="store_true")
    parser.add_argument("--wrong", action="store_true", help="list what was misread in folders")
    arguments = parser.parse_args()
    digits = getattr(load_mnist(), arguments.on)
    reader, known = Reader(), Reader(length=6)
    ways: list[tuple[str, Callable[[Any], str]]] = [("numerist", lambda p: reader.read(p).text)]
    if arguments.others:
        ways += list(others())
    if not arguments.no_made:
        print("| gap | paper | " + " | ".join(name for name, _ in ways) + " | length known |")
        for gap, paper in itertools.product(GAPS, PAPERS):
            examples = made(digits, arguments.count, 6, gap, paper)
            found = [share(read, examples)[0] for _, read in ways]
            found.append(share(lambda p: known.read(p).text, examples)[0])
            print(
                f"| {gap} | {paper} | " + " | ".join(f"{x:.1%}" for x in found) + " |", flush=True
            )
        for length in (2, 4, 8, 10):
            found = [
                share(ways[0][1], made(digits, arguments.count, length, gap, "clean"))[0]
                for gap in GAPS
            ]
            print(f"{length} digits, clean: " + ", ".join(f"{x:.1%}" for x in found), flush=True)
        promised(digits, arguments.count)
    for path in arguments.folder:
        examples = folder(path)
        for name, read in ways:
            right, seconds = share(read, examples)
            print(
                f"{path.name}, {name}: {right:.1%} of {len(examples)}, {1e3 * seconds:.0f} ms each"
            )
        if arguments.wrong:
            for picture, text in examples:
                said = reader.read(picture).text
                if digits_of(said) != digits_of(text):
                    print(f"  {Path(picture).name}: {text} read as {said!r}")


def promised(digits: Dataset, count: int) -> None:
    """What is answered, and how much of that is wrong, at several promises."""
    examples = [
        example
        for gap, paper in itertools.product(GAPS, PAPERS)
        for example in made(digits, count, None, gap, paper)
    ]
    for max_error in (0.05, 0.01):
        careful = Reader(max_error=max_error)
        texts = [
            (digits_of(careful.read(p).text), digits_of(t), careful.read(p)) for p, t in examples
        ]
        given = [(said, text) for said, text, reading in texts if said and "?" not in reading.text]
        wrong = sum(said != text for said, text in given)
        print(
            f"promise {max_error:g}: {len(given) / len(examples):.1%} answered,"
            f" {wrong / max(len(given), 1):.2%} of them wrong"
        )


if __name__ == "__main__":
    main()
