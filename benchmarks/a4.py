"""How long the reader takes: a page of 200 numbers, pictures of one, and the whole command.

    python benchmarks/a4.py [--rounds 7] [--against DIR] [--profile]

The page is A4 at 300 dots an inch, five columns of forty numbers of two to six digits; thirty
pictures have 640×480 pixels and a number of five digits each. Each is read once to warm up, then in
turn; given are medians (least, most) by the clock and of computing, for the small pictures of the
medians of each: one that is read in doubt is looked at several times, so no single one tells how
long they take. --against: the `src` folder of another state of the project, read in a
process of its own, in turn with this one, as a busy machine needs it. Digits are validation digits.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    import numpy.typing as npt

HIGH, WIDE = 3508, 2480
SMALL = 30


def page(rng: np.random.Generator) -> tuple[npt.NDArray[Any], list[str]]:
    """Return an A4 page, uint8 (h, w), and what is written on it, in reading order."""
    from numerist import load_mnist
    from numerist.reading.strings import make_number

    digits = load_mnist().validation
    result = np.full((HIGH, WIDE), 245, np.uint8)
    texts = []
    for line in range(40):
        for column in range(5):
            gap = "close" if rng.random() < 0.5 else "wide"
            made = make_number(
                digits, int(rng.integers(2, 7)), rng, gap=gap, height=(42, 50), paper="clean"
            )
            ink = made.picture[10:-10, 10:-10]
            top, left = 60 + 85 * line, 90 + 470 * column
            part = result[top : top + ink.shape[0], left : left + ink.shape[1]]
            np.minimum(part, ink, out=part)
            texts.append(made.text)
    noise = rng.normal(0, 2, result.shape)
    return np.clip(result + noise, 0, 255).astype(np.uint8), texts


def small(rng: np.random.Generator) -> npt.NDArray[Any]:
    """Return a picture of 640×480 with one number, uint8 (h, w)."""
    from numerist import load_mnist
    from numerist.reading.strings import make_number

    ink = make_number(load_mnist().validation, 5, rng, height=(70, 70)).picture
    result = np.full((480, 640), 235, np.uint8)
    np.minimum(
        result[200 : 200 + ink.shape[0], 60 : 60 + ink.shape[1]],
        ink,
        out=result[200 : 200 + ink.shape[0], 60 : 60 + ink.shape[1]],
    )
    return np.clip(result + rng.normal(0, 3, result.shape), 0, 255).astype(np.uint8)


def serve(folder: Path) -> None:
    """Answer each line on standard input, a picture's name, with what it took and what it says."""
    from numerist.reading import Reader

    reader = Reader()
    for line in sys.stdin:
        picture = np.asarray(Image.open(folder / line.strip()))
        clock, computing = time.perf_counter(), time.process_time()
        reading = reader.read(picture)
        taken = time.perf_counter() - clock, time.process_time() - computing
        said = [number.text for page in reading.pages for number in page.numbers]
        print(json.dumps([*taken, said]), flush=True)


class State:
    """A process that reads with one state of the project."""

    def __init__(self, source: Path, folder: Path) -> None:
        self.source = source
        self.process = subprocess.Popen(  # noqa: S603
            [sys.executable, __file__, "--serve", str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=surroundings(source),
        )  # fmt: skip

    def read(self, name: str) -> tuple[float, float, list[str]]:
        asked, answered = self.process.stdin, self.process.stdout
        if asked is None or answered is None:
            raise RuntimeError("pipes were asked for")
        print(name, file=asked, flush=True)
        clock, computing, said = json.loads(answered.readline())
        return clock, computing, said


def surroundings(source: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(source)}


def cold(source: Path, picture: Path) -> float:
    """Return seconds by the clock of the whole command."""
    begun = time.perf_counter()
    subprocess.run(  # noqa: S603
        [sys.executable, "-m", "numerist", "read", str(picture)],
        env=surroundings(source), check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return time.perf_counter() - begun


def in_turn(states: list[State], name: str, rounds: int) -> list[npt.NDArray[Any]]:
    """Return each state's times for a picture, (rounds, 2): by the clock and of computing."""
    for state in states:
        state.read(name)
    turns = [[state.read(name)[:2] for state in states] for _ in range(rounds)]
    return list(np.array(turns).transpose(1, 0, 2))


def told(seconds: npt.ArrayLike) -> str:
    seconds = np.asarray(seconds)
    return f"{np.median(seconds):.3f} ({seconds.min():.3f}…{seconds.max():.3f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--profile", action="store_true", help="where a page's time goes")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve)
        return
    rng = np.random.default_rng(17)
    pixels, texts = page(rng)
    if arguments.profile:
        profiled(pixels)
        return
    here = Path(__file__).resolve().parents[1] / "src"
    with tempfile.TemporaryDirectory() as there:
        folder = Path(there)
        Image.fromarray(pixels).save(folder / "page.png")
        names = [f"small-{number}.png" for number in range(SMALL)]
        for name in names:
            Image.fromarray(small(rng)).save(folder / name)
        sources = [here, *([arguments.against.resolve()] if arguments.against else [])]
        states = [State(source, folder) for source in sources]
        for state in states:
            said = state.read("page.png")[2]
            right = sum((said.count(text) > 0) for text in texts)
            print(f"{state.source}: {right} of {len(texts)} numbers are read")
        for state, times in zip(states, in_turn(states, "page.png", arguments.rounds), strict=True):
            print(f"{state.source}, page: {told(times[:, 0])} s, computing {told(times[:, 1])}")
        small_ones = [in_turn(states, name, arguments.rounds) for name in names]
        for state, times_of in zip(states, zip(*small_ones, strict=True), strict=True):
            typical = np.array([np.median(times, axis=0) for times in times_of])
            print(
                f"{state.source}, {SMALL} small ones: {told(typical[:, 0])} s, "
                f"computing {told(typical[:, 1])}"
            )
        for state in states:
            print(
                f"{state.source}, whole command:",
                told([cold(state.source, folder / names[0]) for _ in range(arguments.rounds)]),
            )


def profiled(pixels: npt.NDArray[Any]) -> None:
    import cProfile
    import pstats

    from numerist.reading import Reader

    reader = Reader()
    reader.read(pixels)
    profile = cProfile.Profile(time.process_time)
    profile.runcall(reader.read, pixels)
    pstats.Stats(profile).sort_stats("cumulative").print_stats(60)


if __name__ == "__main__":
    main()
