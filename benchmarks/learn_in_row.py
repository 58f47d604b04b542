"""Trains the network that judges candidates in their row; nothing here is a test.

    pip install '.[train]' && python benchmarks/learn_in_row.py --out in_row.onnx

Numbers are made of MNIST's training digits, distorted and some in other countries' forms, with gaps
from wide to overlapping on all papers, a few of their digits replaced by what is none, crosses and
letters among it, some with a sign or a unit beside them, some in bad light; some are words. The
reader cuts them. Of a candidate it is known which ink is whose, so it is known which digit it is,
or that it is none: a part of one, or parts of two.
Validation digits judge after each epoch. --numbers, --epochs, --rate and --seed repeat a run;
--start-from goes on from a model file; --mix-with takes the mean with another's numbers, as
`learn_whole_row.py` does. --hands names fonts made from people's handwriting, for letters and signs
(`written.py` says where there are some). The network that ships was learned in several runs, one
from the other (docs/model-card.md).
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from light import in_bad_light
from marks import HANDS, NONE, UNCLEAR, letters, marks
from signs import LONG, beside, label_of, plain_one, plain_zero, separated, separator, word
from torch import nn
from torch.nn import functional
from tqdm import tqdm

from numerist import load_mnist
from numerist.data import Dataset
from numerist.deep.architectures import Block, convolutional
from numerist.deep.distortion import distort
from numerist.deep.export import plain_layers
from numerist.deep.recipe import MNIST_HANDS, Recipe
from numerist.deep.strangers import strangers
from numerist.deep.variants import draw_variants
from numerist.image import NORMALISER_VERSION
from numerist.model import load_model
from numerist.model.layers import Convolution, Dense, read_layers, write_layers
from numerist.reading import Reader
from numerist.reading.in_row import views
from numerist.reading.lattice import find_candidates
from numerist.reading.strings import PAPERS, make_number, make_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numerist.reading.lattice import Candidate
    from numerist.reading.strings import Made, Placed
    from numerist.reading.words import Word

BLOCKS = (
    Block(24), Block(24, pool=2), Block(48), Block(48, pool=2),
    Block(96, padding=1), Block(96, padding=1),
)  # fmt: skip
RECIPE = Recipe("cnn", epochs=5, batch=128, rate=0.1, smoothing=0.02, average=0.998)
GAPS = {"wide": 0.2, "close": 0.2, "touching": 0.25, "overlapping": 0.35}  # how often
POOL = 2000  # distorted digits, of which numbers are made before new ones are distorted
STRANGE = 0.05  # of the pool: what is no digit
MARKS = 0.04  # of the pool: crosses, dashes, single letters
BESIDE = 0.4  # of the numbers whose digits do not touch: a sign or a unit beside them
SEPARATE = ("wide", "close")
BAD_LIGHT = 0.3  # of the numbers
PLAIN = {1: (0.35, plain_one), 0: (0.2, plain_zero)}  # of these digits are drawn, and how
ALIKE = 0.1  # of the numbers: they end in digits of one kind, half of them in zeros
WORDS, SHORTEST = 0.06, 4  # of the numbers: letters alone, and at least so many
SEPARATED, OFTEN = 0.3, 0.6  # of the numbers whose digits do not touch: with separators; of all
WHOLE = 0.6  # of the words are written as one, if there are fonts by hand
ELSEWHERE = 0.3  # of the pool: as digits are written in other countries; ones, twos, nines oftener
SLANTED, STRETCHED = 0.16, 0.16  # as in `Distortion`: more than hands of one country differ
UNEVEN, SO_UNEVEN = 0.22, 0.4  # how much heights differ, and in how many of the numbers
DATA = "numbers made of MNIST's training digits; letters of the fonts that come with Matplotlib"
INK = 0.3  # of full ink: what counts for whose a piece is
SAME = 0.8  # of their ink together, in common: a candidate is that digit, on whichever way,
NEAR = 0.6  # or so near to one that it is neither a digit nor none
RIGHT, ROUGH = 0.3, 0.2  # the same on the best way: it is that digit, or neither


@dataclass(frozen=True)
class Examples:
    """Views of candidates, uint8 (n, 2, 28, 28), and what they are, int64 (n,)."""

    images: torch.Tensor
    labels: torch.Tensor


@dataclass(frozen=True)
class Pool:
    """What numbers are made of, and what words are."""

    digits: Dataset
    letters: Dataset

    def row(
        self, length: int, rng: np.random.Generator, *, often: bool = False, **how: Any
    ) -> Made:
        """A row: digits and now and then a stranger, perhaps with a sign or a unit; or letters.

        Args:
            length: so many.
            often: whether many have separators, also where these touch digits.
            how: as for `make_number`.
        """
        if rng.random() < WORDS:
            if HANDS and rng.random() < WHOLE:
                return make_row([word(str(rng.choice(LONG)), rng).image], [UNCLEAR], rng, **how)
            return make_number(self.letters, max(length, SHORTEST), rng, **how)
        chosen = self._chosen(length, rng)
        labels = self.digits.labels[chosen].tolist()
        images = [
            _drawn(label, rng, self.digits.images[k])
            for k, label in zip(chosen, labels, strict=True)
        ]
        lower = [0.0] * length
        share = OFTEN if often else SEPARATED * (how["gap"] in SEPARATE)
        if rng.random() < share and length > 1:
            for place, sign in sorted(separated(length, rng).items(), reverse=True):
                image, down = separator(sign, rng)
                images[place:place], labels[place:place] = [image], [label_of(sign)]
                lower[place:place] = [down]
        if rng.random() < BESIDE and how["gap"] in SEPARATE:
            before, behind = beside(rng)
            images = [*(one.image for one in before), *images, *(one.image for one in behind)]
            labels = [NONE] * len(before) + labels + [NONE] * len(behind)
            lower = [*(one.lower for one in before), *lower, *(one.lower for one in behind)]
        made = make_row(images, labels, rng, lower=lower, **how)
        if rng.random() >= BAD_LIGHT:
            return made
        height = float(np.median([digit.ink.shape[0] for digit in made.digits]))
        return dataclasses.replace(made, picture=in_bad_light(made.picture, height, rng))

    def _chosen(self, length: int, rng: np.random.Generator) -> Any:
        """Which of the digits; now and then the last are all of one kind."""
        chosen = rng.integers(len(self.digits), size=length)
        if length > 1 and rng.random() < ALIKE:
            kind = 0 if rng.random() < 0.5 else int(rng.integers(NONE))
            last = int(rng.integers(2, length + 1))
            chosen[-last:] = rng.choice(np.flatnonzero(self.digits.labels == kind), last)
        return chosen


def _drawn(label: int, rng: np.random.Generator, image: Any) -> Any:
    """A digit, or instead of it, of ones and zeros, a plain one."""
    share, plain = PLAIN.get(label, (0.0, None))
    return plain(rng) if plain and rng.random() < share else image


def pool(digits: Dataset, rng: np.random.Generator) -> Pool:
    """Digits as other hands write them, with some of what is no digit; and letters."""
    chance = torch.Generator().manual_seed(int(rng.integers(1 << 40)))
    chosen = rng.integers(len(digits), size=POOL)
    plain = torch.from_numpy(digits.images[chosen].astype(np.float32))
    labels = torch.from_numpy(digits.labels[chosen]).long()
    drawn = draw_variants(plain, labels, ELSEWHERE, chance)
    hands = dataclasses.replace(MNIST_HANDS, variants=0.0, shear=SLANTED, stretch=STRETCHED)
    strange = strangers(round(STRANGE * POOL), plain, chance)
    crosses, words = marks(round(MARKS * POOL), rng), letters(POOL // 10, rng)
    images = torch.cat([drawn, torch.from_numpy(crosses.images)])
    images = torch.cat([distort(images, hands, chance), strange]).numpy()
    kinds = np.append(labels.numpy(), np.full(len(crosses) + len(strange), NONE))
    bent = distort(torch.from_numpy(words.images), hands, chance).numpy()
    return Pool(_inked(images, kinds), _inked(bent, words.labels))


def _inked(images: Any, labels: Any) -> Dataset:
    dark = images.max(axis=(1, 2)) > 2 * INK
    return Dataset(images[dark], labels[dark])


def numbers(digits: Dataset, count: int, seed: int) -> Iterator[Examples]:
    """The examples of one made number after the other."""
    rng = np.random.default_rng([99, seed])
    reader = Reader()
    for number in range(count):
        if number % 200 == 0:
            some = pool(digits, rng)
        gap = str(rng.choice(list(GAPS), p=list(GAPS.values())))
        paper = PAPERS[rng.integers(len(PAPERS))]
        uneven = UNEVEN * (rng.random() < SO_UNEVEN)
        made = some.row(int(rng.integers(1, 7)), rng, gap=gap, paper=paper, uneven=uneven)
        words = reader.words(made.picture.astype(np.float32) / 255)
        if len(words) == 1:
            yield of_number(words[0], made.digits, rng)


def of_number(word: Word, digits: tuple[Placed, ...], rng: np.random.Generator) -> Examples:
    """All candidates that are digits, and at most twice as many of the others."""
    candidates = find_candidates(word.pieces)
    if not candidates:
        return Examples(torch.zeros((0, 2, 28, 28), dtype=torch.uint8), torch.zeros(0).long())
    found = shares(word, candidates, digits)
    known = [digit.label if digit.label <= UNCLEAR else NONE for digit in digits]
    labels = labelled(candidates, found, known)
    right = np.flatnonzero((labels >= 0) & (labels < NONE))
    wrong = rng.permutation(np.flatnonzero(labels == NONE))[: max(4, 2 * len(right))]
    chosen = np.concatenate([right, wrong])
    seen = views(word.pieces, [candidates[k] for k in chosen])
    images = np.rint(255 * seen.reshape(-1, 2, 28, 28)).astype(np.uint8)
    return Examples(torch.from_numpy(images), torch.from_numpy(labels[chosen]))


def shares(word: Word, candidates: Sequence[Candidate], digits: tuple[Placed, ...]) -> Any:
    """For each candidate and digit: the ink that both have, as a share of what either has."""
    pieces = word.pieces
    common = np.zeros((len(pieces.boxes) + 1, len(digits)))
    for k, digit in enumerate(digits):
        y, x = np.nonzero(digit.ink > INK)
        on_page = np.stack([x + digit.left + 0.5, y + digit.top + 0.5])
        in_word = (on_page - np.array([word.origin]).T + word.margin) * pieces.scale
        column, row = np.minimum(in_word.astype(int), np.array([pieces.numbers.shape[::-1]]).T - 1)
        counted = np.bincount(
            pieces.numbers[np.maximum(row, 0), np.maximum(column, 0)], minlength=len(common)
        )
        common[:, k] = counted * pieces.scale**2
    whole = common.sum(axis=0)
    found = np.zeros((len(candidates), len(digits)))
    for k, candidate in enumerate(candidates):
        mine = common[candidate.first + 1 : candidate.after + 1].sum(axis=0)
        area = pieces.areas[candidate.first : candidate.after].sum()
        found[k] = mine / np.maximum(whole + area - mine, 1)
    return found


def labelled(candidates: Sequence[Candidate], found: Any, labels: list[int]) -> Any:
    """What each candidate is, int64 (n,): a digit's label, `NONE`, or −1 if that is not clear."""
    result = np.full(len(found), NONE)
    result[found.max(axis=1) > NEAR] = -1
    for candidate, digit in best_way(candidates, found):
        if found[candidate, digit] > ROUGH:
            result[candidate] = labels[digit] if found[candidate, digit] > RIGHT else -1
    same = found.max(axis=1) > SAME
    result[same] = np.array(labels)[found[same].argmax(axis=1)]
    result[result > NONE] = -1  # letters that look like digits
    return result


def best_way(candidates: Sequence[Candidate], found: Any) -> list[tuple[int, int]]:
    """The candidates, one for each digit, that have most in common with the digits, in order."""
    pieces, digits = max(candidate.after for candidate in candidates), found.shape[1]
    best = np.full((pieces + 1, digits + 1), -np.inf)
    best[0, 0] = 0.0
    came: dict[tuple[int, int], tuple[int, int, int]] = {}
    begins: list[list[int]] = [[] for _ in range(pieces)]
    for k, candidate in enumerate(candidates):
        begins[candidate.first].append(k)

    def reach(after: int, digit: int, value: float, origin: tuple[int, int, int]) -> None:
        if value > best[after, digit]:
            best[after, digit] = value
            came[after, digit] = origin

    for piece in range(pieces):
        for digit in range(digits + 1):
            here = best[piece, digit]
            if here == -np.inf:
                continue
            reach(piece + 1, digit, here - 0.2, (piece, digit, -1))  # a piece left out
            for k in begins[piece] if digit < digits else ():
                after = candidates[k].after
                reach(after, digit + 1, here + found[k, digit], (piece, digit, k))
    way, place = [], (pieces, digits)
    while place in came:
        piece, digit, k = came[place]
        if k >= 0:
            way.append((k, digit))
        place = piece, digit
    return way


def source() -> str:
    """Return what is learned from."""
    return ", ".join([DATA, *sorted(font.stem for font in HANDS)])


def gathered(parts: Iterator[Examples], count: int, what: str) -> Examples:
    found = list(tqdm(parts, total=count, unit=" numbers", desc=what, disable=None))
    return Examples(
        torch.cat([part.images for part in found]), torch.cat([part.labels for part in found])
    )


def as_input(images: torch.Tensor) -> torch.Tensor:
    return (images.float() / 255).contiguous(memory_format=torch.channels_last)


def varied(images: torch.Tensor) -> torch.Tensor:
    """A little darker or lighter, and all moved by up to a pixel."""
    power = 0.6 + 0.8 * torch.rand(len(images), 1, 1, 1)
    moved: tuple[int, int] = tuple(torch.randint(-1, 2, (2,)).tolist())
    return torch.roll(as_input(images) ** power, moved, (2, 3))


def network() -> nn.Sequential:
    net = convolutional(BLOCKS, NONE + 1)
    net[0] = nn.Conv2d(2, BLOCKS[0].channels, BLOCKS[0].kernel, bias=False)
    return net


def go_on(net: nn.Sequential, trained: Sequence[Any], some: torch.Tensor) -> None:
    """Give a network the numbers of a trained one.

    There, normalisation has become part of the convolutions. Here each gets one anew, with the mean
    and deviation of what comes out of its convolution, so that it changes nothing yet.

    Args:
        net: a chain, new.
        trained: its layers with weights, in order; each has `weights` and `biases`.
        some: examples, as the network takes them.
    """
    left, x = iter(trained), some
    with torch.no_grad():
        for module in net:
            if isinstance(module, nn.Conv2d | nn.Linear):
                layer = next(left)
                module.weight.copy_(torch.from_numpy(layer.weights))
                if module.bias is not None:
                    module.bias.copy_(torch.from_numpy(layer.biases))
            elif isinstance(module, nn.BatchNorm2d):
                mean, variance = x.mean(dim=(0, 2, 3)), x.var(dim=(0, 2, 3))
                module.running_mean, module.running_var = mean, variance
                module.weight.copy_((variance + module.eps).sqrt())
                module.bias.copy_(mean + torch.from_numpy(layer.biases))
                module.eval()
            x = module(x)


def learn(
    net: nn.Sequential,
    learning: Examples,
    judging: Examples,
    *,
    epochs: int,
    rate: float,
    lower: bool = False,
) -> nn.Sequential:
    """Return the trained network: the average of the weights on the way."""
    net = net.to(memory_format=torch.channels_last)
    kept = copy.deepcopy(net).requires_grad_(False)
    optimiser = torch.optim.SGD(
        net.parameters(), lr=rate, momentum=0.9, nesterov=True, weight_decay=5e-4
    )
    steps = len(learning.labels) // RECIPE.batch
    for epoch in range(epochs):
        net.train()
        order = torch.randperm(len(learning.labels))
        for step in tqdm(range(steps), unit=" steps", disable=None, leave=False):
            chosen = order[step * RECIPE.batch : (step + 1) * RECIPE.batch]
            for group in optimiser.param_groups:
                share = RECIPE.rate_at((epoch * steps + step) / (epochs * steps)) / RECIPE.rate
                group["lr"] = rate * share
            with torch.autocast("cpu", torch.bfloat16, enabled=lower):
                logits = net(varied(learning.images[chosen]))
            loss = functional.cross_entropy(
                logits.float(), learning.labels[chosen], label_smoothing=RECIPE.smoothing
            )
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            weight = max(1 - RECIPE.average, 1 / (epoch * steps + step + 2))
            for mine, theirs in zip(
                kept.state_dict().values(), net.state_dict().values(), strict=True
            ):
                if mine.is_floating_point():
                    mine.lerp_(theirs, weight)
        print(f"Epoch {epoch + 1} of {epochs}: {judged(kept, judging)}", flush=True)
    return kept.eval()


def mixed(learned: Sequence[Any], other: Sequence[Any], share: float) -> list[Any]:
    """The mean of two networks' numbers, a share of the first."""
    return [
        dataclasses.replace(
            mine,
            weights=share * mine.weights + (1 - share) * theirs.weights,
            biases=share * mine.biases + (1 - share) * theirs.biases,
        )
        if hasattr(mine, "weights")
        else mine
        for mine, theirs in zip(learned, other, strict=True)
    ]


def judged(net: nn.Sequential, examples: Examples) -> str:
    net.eval()
    with torch.no_grad():
        parts = [net(as_input(images)) for images in examples.images.split(500)]
    answers, digit = torch.cat(parts).argmax(dim=1), examples.labels < NONE
    right = (answers == examples.labels).float()
    return f"{right[digit].mean():.2%} of the digits, {right[~digit].mean():.2%} of the others"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--numbers", type=int, default=20_000)
    parser.add_argument("--epochs", type=int, default=RECIPE.epochs)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=RECIPE.rate)
    parser.add_argument("--hands", type=Path, nargs="*", default=[], metavar="FONT")
    parser.add_argument("--bfloat16", action="store_true", help="faster where a core has it")
    parser.add_argument("--start-from", type=Path, help="a model file of an earlier run")
    parser.add_argument("--mix-with", type=Path, help="another model file")
    parser.add_argument("--share", type=float, default=0.5, help="of what was learned")
    arguments = parser.parse_args()
    HANDS[:] = arguments.hands
    mnist = load_mnist()
    judging = max(arguments.numbers // 20, 1)
    learning = gathered(
        numbers(mnist.training, arguments.numbers, arguments.seed), arguments.numbers, "learning"
    )
    unseen = gathered(numbers(mnist.validation, judging, 0), judging, "judging")
    print(f"{len(learning.labels)} candidates, {(learning.labels < NONE).sum()} of them digits")
    torch.manual_seed(arguments.seed)
    net, made_by = network(), "numerist: learn_in_row.py"
    if arguments.start_from:
        trained = [
            layer
            for layer in read_layers(arguments.start_from)
            if isinstance(layer, Convolution | Dense)
        ]
        go_on(net, trained, as_input(learning.images[:1000]))
        made_by = f"{load_model(arguments.start_from).metadata.made_by}, then"
        print(f"Before: {judged(net, unseen)}", flush=True)
    net = learn(
        net, learning, unseen, epochs=arguments.epochs, rate=arguments.rate,
        lower=arguments.bfloat16,
    )  # fmt: skip
    made_by += f" --numbers {arguments.numbers} --epochs {arguments.epochs} --seed {arguments.seed}"
    if arguments.rate != RECIPE.rate:
        made_by += f" --rate {arguments.rate:g}"
    layers = plain_layers(net)
    if arguments.mix_with:
        layers = mixed(layers, read_layers(arguments.mix_with), arguments.share)
        made_by += f", share {arguments.share:g} beside the file before"
    write_layers(
        arguments.out,
        layers,
        classes=[str(digit) for digit in range(NONE)],
        knows_strangers=True,
        input_shape=(2, 28, 28),
        normaliser=NORMALISER_VERSION,
        training_data={"name": source()},
        licence="MIT; learned from MNIST by Y. LeCun, C. Cortes and C. J. C. Burges, CC BY-SA 3.0",
        made_by=made_by,
        rejection=[],
        accuracy={},
    )


if __name__ == "__main__":
    main()
