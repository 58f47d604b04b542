"""Fits what tells a slash from a one where it makes a fraction or a date; nothing here is a test.

    pip install '.[chapter]' && python benchmarks/fit_slashes.py --hand FONT ...

A logistic regression of `numerist.reading.slashes.Look.features`, on ones between digits and on
slashes that are read as ones: in numbers made of MNIST's training digits, each by another hand, and
in numbers that fonts made from people's handwriting write, as `written.py` has them. It prints what
to write into slashes.py, and how many are found in fonts, and in made numbers, that are left out.
No real picture is learned from; `reading.py --folder` judges by those.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from tqdm import tqdm
from written import KINDS, picture

from numerist import load_mnist
from numerist.reading import Reader
from numerist.reading.decode import best_texts, looks_of_ones
from numerist.reading.patterns import digits_of
from numerist.reading.strings import PAPERS, make_number

if TYPE_CHECKING:
    from collections.abc import Iterator

MADE, BY_FONT = 3000, 6  # numbers made of MNIST's digits; of each kind, in each font
WRITTEN = "date", "fraction", "whole"
SOFT = 30.0  # how little large weights cost


class Example(NamedTuple):
    """A stroke: what tells it, whether it is a slash, and whose."""

    features: tuple[float, ...]
    is_slash: bool
    source: str


def numbers(fonts: list[Path]) -> Iterator[tuple[Any, str, str]]:
    """Pictures, float32, with their texts and whose they are."""
    digits, rng = load_mnist().training, np.random.default_rng(78)
    for k in tqdm(range(MADE), disable=None):
        made = make_number(digits, int(rng.integers(3, 7)), rng, paper=PAPERS[k % len(PAPERS)])
        if "1" in made.text[1:-1]:
            yield made.picture.astype(np.float32) / 255, made.text, f"made {k % 40}"
    for kind in WRITTEN:
        for place, font in enumerate(tqdm(fonts * BY_FONT, disable=None)):
            rng = np.random.default_rng([172, place, len(kind)])
            text = KINDS[kind](rng)
            seen = picture(text, font, rng)
            if seen is not None:
                yield seen.astype(np.float32) / 255, text, font.stem


def examples(fonts: list[Path]) -> Iterator[Example]:
    """Ones and slashes of numbers whose other digits are read rightly."""
    reader = Reader()
    for pixels, text, source in numbers(fonts):
        for lattice in reader.lattices(pixels)[1]:
            found = best_texts(lattice)
            said = found[0][0].text if found else ""
            if not said.isdigit() or digits_of(text.replace("/", "1")) != said:
                continue
            for place, look in looks_of_ones(found[0][0], lattice).items():
                if not look.is_blot:
                    yield Example(look.features, text[place] == "/", source)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--hand", type=Path, nargs="+", required=True, metavar="FONT")
    known = list(examples(parser.parse_args().hand))
    features = np.array([one.features for one in known])
    slash = np.array([one.is_slash for one in known])
    source = np.array([one.source for one in known])
    fit = LogisticRegression(C=SOFT, max_iter=5000)
    apart = GroupKFold(8)
    odds = cross_val_predict(
        fit, features, slash, groups=source, cv=apart, method="decision_function"
    )
    made = np.char.startswith(source, "made")
    for name, some in {"made": made, "in fonts": ~made}.items():
        for what, kind in {"ones": ~slash, "slashes": slash}.items():
            here = odds[some & kind]
            if len(here):
                print(f"{len(here)} {what} {name}: {np.mean(here > 0):.1%} taken for slashes")
    fit.fit(features, slash)
    print("_BASE", fit.intercept_.round(1), "_WEIGHTS", fit.coef_.round(1))


if __name__ == "__main__":
    main()
