"""Finds the weights of the reader's lattice and its curve of confidence; nothing here is a test.

    pip install '.[train]' && python benchmarks/fit_reader.py [--model MODEL] [--count 400]

Numbers are made of MNIST's validation digits, which the networks have not learned from and the test
images are not among: of all gaps and papers, 1 to 10 digits, some numbers with digits of uneven
height. The weights are those of highest likelihood (L-BFGS on the exact gradient), `apart` as it is
(docs/decisions.md), some of the digits in other countries' forms; the balance of lattice and
network along the row is the one that makes the right one of the best texts most probable; the curve
of confidence is a logistic regression on other numbers (--judge of them, and an eighth as many rows
of what is no digit). It prints what to write into edges.py, decode.py and confidence.py.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    prepared = [(exactly(text), edges_of(lattice)) for text, lattice in examples]
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
    bounds[NAMES.index("apart")] = (WEIGHTS.apart, WEIGHTS.apart)
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 25}
    )
    return Weights(*found.x.tolist())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--judge", type=int, default=1500)
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


def curve(examples: list[tuple[str, Lattice]], weights: Weights) -> None:
    """Print the curve of confidence, and what it makes of the examples."""
    evidence, right = [], []
    for text, lattice in examples:
        for best, share in best_texts(lattice, None, weights)[:1]:
            evidence.append(evidence_for(share, best))
            right.append(best.text == text)
    x, y = np.array(evidence), np.array(right, float)

    def cross_entropy(curve: Any) -> tuple[float, Any]:
        z = x @ curve
        slope = x.T @ (1 / (1 + np.exp(-z)) - y) / len(y)
        return float(np.mean(np.logaddexp(0, z) - y * z)), slope

    bounds = [(0.0, None)] * 3 + [(None, None)]
    found = minimize(
        cross_entropy, [0.3, 0.1, 0.2, 1.0], jac=True, method="L-BFGS-B", bounds=bounds
    )
    print(f"right {y.mean():.3f} of {len(y)}; {Evidence(*np.round(found.x, 3).tolist())}")
    sure = 1 / (1 + np.exp(-x @ found.x))
    for least in (0.5, 0.9, 0.95, 0.99):
        kept = sure >= least
        wrong = 1 - y[kept].mean() if kept.any() else 0.0
        print(f"confidence {least}: {kept.mean():.1%} answered, {wrong:.2%} wrong")


if __name__ == "__main__":
    main()
