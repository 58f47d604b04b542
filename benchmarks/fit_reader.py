"""Finds the weights of the reader's lattice and its curve of confidence; nothing here is a test.

    pip install '.[train]' && python benchmarks/fit_reader.py [--model MODEL] [--count 400]
        [--hand FONT ...]

Numbers are made of MNIST's validation digits, which the networks have not learned from and the test
images are not among: of all gaps and papers, 1 to 10 digits, some numbers with digits of uneven
height. The weights are those of highest likelihood (L-BFGS on the exact gradient), `apart` and
`heard` as they are (docs/decisions.md), some of the digits in other countries' forms; the balance
of lattice and network along the row is the one that makes the right one of the best texts most
probable; the curve of confidence is a logistic regression on other numbers (--judge of them, and an
eighth as many rows of what is no digit). With --hand, fonts like handwriting, each of which writes
sixty lines of words, so is what tells numbers, some of them with marks beside them, from words. It
prints what to write into edges.py, decode.py and confidence.py.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import crops
import numpy as np
from learn_in_row import SO_UNEVEN, UNEVEN
from marks import NONE
from scipy.optimize import minimize

from numerist import load_mnist, load_model
from numerist.reading import decode
from numerist.reading.confidence import Evidence, evidence_for
from numerist.reading.decode import Balance, best_texts, expected
from numerist.reading.edges import WEIGHTS, Weights, edges_of
from numerist.reading.patterns import Automaton, any_number
from numerist.reading.reader import Reader
from numerist.reading.strings import GAPS, PAPERS, make_number

if TYPE_CHECKING:
    from numerist.data import Dataset
    from numerist.model import Model
    from numerist.reading.lattice import Lattice

NAMES = [field.name for field in dataclasses.fields(Weights)]


def exactly(text: str) -> Automaton:
    """The automaton of one text, with any separators left out."""
    steps = [{character: place + 1} for place, character in enumerate(text)]
    return Automaton((*steps, {}), frozenset({len(text)}))


def other_hands(digits: Dataset) -> Dataset:
    """Some of the digits as they are written elsewhere."""
    import torch

    from numerist.deep.variants import draw_variants

    images, labels = torch.from_numpy(digits.images), torch.from_numpy(digits.labels).long()
    drawn = draw_variants(images, labels, 0.3, torch.Generator().manual_seed(0))
    return dataclasses.replace(digits, images=drawn.numpy())


def no_digits(digits: Dataset) -> Dataset:
    """What is no digit, to be set side by side as if it were: whatever is read of it is wrong."""
    import torch

    from numerist.deep.strangers import strangers

    chance = torch.Generator().manual_seed(0)
    images = strangers(1000, torch.from_numpy(digits.images[:1000]), chance).numpy()
    inked = images.max(axis=(1, 2)) > 0.6
    return dataclasses.replace(digits, images=images[inked], labels=np.full(inked.sum(), NONE))


def lattices(digits: Dataset, model: Model, count: int, seed: int) -> list[tuple[str, Lattice]]:
    """Made numbers of all kinds with their lattices; where they fall apart, with several."""
    rng = np.random.default_rng(seed)
    reader = Reader(model)
    found = []
    kinds = itertools.cycle(itertools.product([*GAPS, "wide", "close", "close"], PAPERS))
    for (gap, paper), _ in zip(kinds, range(count), strict=False):
        uneven = UNEVEN * (rng.random() < SO_UNEVEN)
        length = int(rng.integers(1, 11))
        made = make_number(digits, length, rng, gap=gap, paper=paper, uneven=uneven)
        pixels = made.picture.astype(np.float32) / 255
        text = "".join(str(digit.label) for digit in made.digits if digit.label < NONE)
        found += [(text, lattice) for lattice in reader.lattices(pixels)[1]]
    return found


def fit(examples: list[tuple[str, Lattice]]) -> Weights:
    """The weights that make the right texts most probable."""
    prepared = [
        (exactly(text), edges_of(lattice, any_number().characters)) for text, lattice in examples
    ]
    start = np.array([getattr(WEIGHTS, name) for name in NAMES])

    def loss(values: Any) -> tuple[float, Any]:
        weights = Weights(*values.tolist())
        total, gradient, used = 0.0, np.zeros(len(NAMES)), 0
        for right, edges in prepared:
            ours, mine = expected(edges, right, weights)
            everything, theirs = expected(edges, any_number(), weights)
            if ours == -math.inf:
                continue
            used += 1
            lost = min(everything - ours, 30.0)
            total += lost
            if lost < 30:  # what can't be reached teaches nothing
                gradient += [mine.get(name, 0.0) - theirs.get(name, 0.0) for name in NAMES]
        pull = 0.002 * (values - start)
        print(f"{total / used:.4f} a number, {used} of {len(prepared)} can be reached", flush=True)
        return total / used + float(pull @ (values - start)) / 2, gradient / used + pull

    bounds: list[tuple[float, float | None]] = [
        (-5.0, None) if name in {"digit", "separator", "dirt"} else (0.0, None) for name in NAMES
    ]
    for name in ("apart", "heard"):
        bounds[NAMES.index(name)] = (getattr(WEIGHTS, name),) * 2
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 25}
    )
    return Weights(*found.x.tolist())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--judge", type=int, default=1500)
    parser.add_argument("--hand", type=Path, nargs="*", default=[], metavar="FONT")
    parser.add_argument("--curve-only", action="store_true", help="weights and balance stay")
    arguments = parser.parse_args()
    model = load_model(arguments.model) if arguments.model else load_model()
    strange = no_digits(load_mnist().validation)
    digits = other_hands(load_mnist().validation)
    weights = WEIGHTS
    if not arguments.curve_only:
        weights = fit(lattices(digits, model, arguments.count, 0))
        print(weights)
    plain = lattices(load_mnist().validation, model, arguments.judge, 1)
    nothing = lattices(strange, model, arguments.judge // 8, 3)
    if not arguments.curve_only:
        decode.BALANCE = balance(lattices(digits, model, arguments.judge // 2, 2), weights)
        print(decode.BALANCE)
    curve(plain + nothing, weights)
    if arguments.hand:
        numbers = plain + cropped(MARKED, 100, model)
        number(numbers, words(arguments.hand, model) + nothing, weights)


MARKED = ("cross", "dash", "underline", "dots", "ruled", "boxed")


def cropped(conditions: tuple[str, ...], count: int, model: Model) -> list[tuple[str, Lattice]]:
    """Lattices of small pictures, other than those of `crops.py`'s table."""
    digits, reader = load_mnist().validation, Reader(model)
    found = []
    for condition, place in itertools.product(conditions, range(count)):
        picture, text = crops.made_crop(condition, 1000 + place, digits)
        pixels = picture.astype(np.float32) / 255
        found += [(text, lattice) for lattice in reader.lattices(pixels)[1]]
    return found


def words(fonts: list[Path], model: Model) -> list[tuple[str, Lattice]]:
    """Lattices of lines of words in each font."""
    found = []
    for font in fonts:
        crops.HAND[:] = [font]
        found += cropped(("letters",), 60, model)
    return found


def balance(examples: list[tuple[str, Lattice]], weights: Weights) -> Balance:
    """What the lattice's cost, the network along the row and one more digit count."""
    found = []
    for text, lattice in examples:
        best = [way for way, _ in best_texts(lattice, None, weights)]
        texts = [way.text for way in best]
        if text in texts:
            each = Balance(1, 0, 0), Balance(0, 1, 0)
            scores = [alone.of(best, lattice) for alone in each]
            without = decode.BALANCE._replace(digit=0).of(best, lattice)
            share = decode.joined(best[int(np.argmax(without))], lattice)
            x = np.array([*scores, [share * sum(map(str.isdigit, text)) for text in texts]]).T
            found.append((x, texts.index(text)))

    def lost(values: Any) -> float:
        scores = [(x @ values, right) for x, right in found]
        return float(np.mean([np.logaddexp.reduce(s) - s[right] for s, right in scores]))

    result = minimize(lost, [0.7, 0.5, 1.0], method="Nelder-Mead")
    print(f"{lost([1, 0, 0]):.4f} by the lattice alone, {result.fun:.4f} by all, of {len(found)}")
    return Balance(*np.round(result.x, 3).tolist())


def evidence(examples: list[tuple[str, Lattice]], weights: Weights) -> tuple[Any, Any]:
    """What speaks for the best text of each lattice that has one, and whether it is right."""
    found, right = [], []
    for text, lattice in examples:
        for best, share in best_texts(lattice, None, weights)[:1]:
            found.append(evidence_for(share, best, lattice.pieces.areas))
            right.append(best.text == text)
    return np.array(found), np.array(right, float)


def regression(x: Any, y: Any, much: Any, free: list[int]) -> Evidence:
    """Return what each column counts, none below 0 but the last; 0 those that are not free."""

    def cross_entropy(counts: Any) -> tuple[float, Any]:
        z = x @ counts
        slope = x.T @ (much * (1 / (1 + np.exp(-z)) - y))
        return float(much @ (np.logaddexp(0, z) - y * z)) / much.sum(), slope / much.sum()

    bounds = [(0.0, None if k in free else 0.0) for k in range(x.shape[1] - 1)] + [(None, None)]
    start = [0.3 * (k in free) for k in range(x.shape[1])]
    found = minimize(cross_entropy, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return Evidence(*np.round(found.x, 3).tolist())


def curve(examples: list[tuple[str, Lattice]], weights: Weights) -> None:
    """Print the curve of confidence, and what it makes of the examples."""
    x, y = evidence(examples, weights)
    found = regression(x, y, np.ones(len(y)), [0, 1, 2, 4])
    print(f"right {y.mean():.3f} of {len(y)}; CURVE = {found}")
    sure = 1 / (1 + np.exp(-x @ found))
    for least in (0.5, 0.9, 0.95, 0.99):
        kept = sure >= least
        wrong = 1 - y[kept].mean() if kept.any() else 0.0
        print(f"confidence {least}: {kept.mean():.1%} answered, {wrong:.2%} wrong")


def number(
    numbers: list[tuple[str, Lattice]], others: list[tuple[str, Lattice]], weights: Weights
) -> None:
    """Print what tells numbers from words, and which share of each would be kept."""
    (all_of_them, right), (theirs, _) = evidence(numbers, weights), evidence(others, weights)
    ours = all_of_them[right > 0]
    x, y = np.concatenate([ours, theirs]), np.repeat([1.0, 0.0], [len(ours), len(theirs)])
    much = np.repeat([1 / len(ours), 1 / len(theirs)], [len(ours), len(theirs)])
    found = regression(x, y, much, [0, 1, 2, 3, 4])
    print(f"NUMBER = {found}")
    for least in (-4, -3, -2.5, -2, -1):
        lost, kept = ours @ found < least, theirs @ found >= least
        shares = f"{lost.sum()} of {len(lost)} numbers lost, {kept.mean():.1%} of the others kept"
        print(f"from {least}: {shares}")


if __name__ == "__main__":
    main()
