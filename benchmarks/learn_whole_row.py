"""Trains the network that reads along whole rows; nothing here is a test.

    pip install '.[train]' && python benchmarks/learn_whole_row.py --out whole_row.onnx

Numbers are made as for `learn_in_row.py`: of MNIST's training digits, distorted and some in other
countries' forms, with all gaps and papers; what is no digit among them is to be passed over. The
loss is connectionist temporal classification. Validation digits judge after each epoch. --numbers,
--epochs, --rate and --seed repeat a run; --start-from goes on from a model file. --mix-with takes
the mean of what was learned and another file's numbers, --share of the former: it knows what both
know (M. Wortsman and others, "Robust fine-tuning of zero-shot models", CVPR 2022). --separators
trains the other network that reads along rows, which has labels for separators, too. Those that
ship were learned in several runs, one from the other (docs/model-card.md).
"""

from __future__ import annotations

import argparse
import copy
import itertools
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from learn_in_row import GAPS, SO_UNEVEN, UNEVEN, go_on, mixed, pool, source
from marks import HANDS, NONE, SEPARATORS, UNCLEAR
from torch import nn
from torch.nn import functional
from tqdm import tqdm

from numerist import load_mnist
from numerist.image import NORMALISER_VERSION
from numerist.model.along import RowModel, Step, read_along, write_along
from numerist.reading.ink import page_ink
from numerist.reading.pieces import parts_of
from numerist.reading.rows import find_rows
from numerist.reading.strings import PAPERS
from numerist.reading.whole_row import HIGH, view

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numerist.data import Dataset
    from numerist.reading.strings import Placed

Row = tuple[Any, list[int]]  # its view, uint8 (32, w), and its digits and separators
BATCH, RATE, SMALLEST = 32, 3e-3, 0.01
AVERAGE = 0.998  # of the weights on the way, from step to step
LONGEST = 8  # digits
_NEVER = -6.0  # a logit
PART = 400  # numbers made of one pool of digits
HEIGHTS = (18.0, 44.0)  # pixels of the digits


@dataclass(frozen=True)
class Layer:
    """A convolution: so many channels, of rows and columns; the maximum of rows and columns."""

    channels: int
    kernel: tuple[int, int] = (3, 3)
    pool: tuple[int, int] = (1, 1)


LAYERS = (
    Layer(16, pool=(2, 2)), Layer(32), Layer(48, pool=(2, 1)), Layer(64), Layer(64, pool=(2, 1)),
    Layer(96, pool=(2, 1)), Layer(128, pool=(2, 1)), Layer(128, (1, 5)), Layer(128, (1, 5)),
)  # fmt: skip


def rows(which: str, count: int, seed: int, *, separators: bool) -> Iterator[Row]:
    """Made numbers as the reader brings them to the network, from as many processes as cores.

    Args:
        which: "training" or "validation", whose digits.
        count: numbers; those of which a digit falls out of the row are left out.
        seed: of all that is random; with it, rows are the same whatever the number of processes.
        separators: whether many have some, which are part of what they say.
    """
    parts = [
        (which, min(PART, count - first), [98, seed, first], list(HANDS), separators)
        for first in range(0, count, PART)
    ]
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        mp_context=fresh, initializer=torch.set_num_threads, initargs=(1,)
    ) as made:
        for part in tqdm(
            made.map(some_rows, *zip(*parts, strict=True)), total=len(parts), disable=None
        ):
            yield from part


def some_rows(
    which: str, count: int, seed: list[int], hands: list[Path], separators: bool
) -> list[Row]:
    """So many of one pool of digits, one after the other; words are in these fonts, too."""
    HANDS[:] = hands
    digits = getattr(load_mnist(), which)
    return list(rows_of(digits, count, np.random.default_rng(seed), separators=separators))


def rows_of(
    digits: Dataset, count: int, rng: np.random.Generator, *, separators: bool
) -> Iterator[Row]:
    some = pool(digits, rng)
    for _ in range(count):
        gap = str(rng.choice(list(GAPS), p=list(GAPS.values())))
        paper = PAPERS[rng.integers(len(PAPERS))]
        length = int(rng.integers(1, LONGEST + 1))
        uneven = UNEVEN * (rng.random() < SO_UNEVEN)
        made = some.row(
            length, rng, often=separators, gap=gap, paper=paper, height=HEIGHTS, uneven=uneven
        )
        ink = page_ink(made.picture.astype(np.float32) / 255)
        found = find_rows(ink.strokes, ink.depth)
        if len(found) != 1:
            continue
        row = found[0]
        left, top, right, bottom = row.box
        if made.digits[0].left + 3 < left or made.digits[-1].left > right:
            continue  # a digit fell out of the row
        parts = parts_of(ink.level[top:bottom, left:right], row.mask, row.height)
        boxes = parts.stats[:, :4] + np.pad(parts.stats[:, :2], ((0, 0), (2, 0)))
        seen = np.rint(255 * view(parts.level, boxes)).astype(np.uint8)
        yield seen, list(_said(made.digits, separators=separators))


def _said(digits: Iterable[Placed], *, separators: bool) -> Iterator[int]:
    """What the network is to say: a digit, or behind `NONE` a separator."""
    for digit in digits:
        if digit.label < NONE:
            yield digit.label
        elif digit.label > UNCLEAR and separators:
            yield digit.label - UNCLEAR + NONE


def network(*, separators: bool) -> nn.Sequential:
    """A network with labels for the digits and nothing, and perhaps for separators."""
    modules: list[nn.Module] = []
    before, labels = 1, NONE + 1 + separators * len(SEPARATORS)
    layers = [*LAYERS, Layer(labels, (1, 1))]
    for k, layer in enumerate(layers):
        last = k == len(LAYERS)
        padding = (layer.kernel[0] // 2, layer.kernel[1] // 2)
        modules.append(nn.Conv2d(before, layer.channels, layer.kernel, padding=padding, bias=last))
        if not last:
            modules += [nn.BatchNorm2d(layer.channels), nn.ReLU(), nn.MaxPool2d(layer.pool)]
        before = layer.channels
    return nn.Sequential(*modules)


def steps_of(net: nn.Sequential) -> list[Step]:
    """The network's convolutions, normalisation made part of them."""
    found: list[Step] = []
    for module in net:
        if isinstance(module, nn.Conv2d):
            bias = module.bias if module.bias is not None else torch.zeros(module.out_channels)
            found.append(Step(module.weight.detach().numpy(), bias.detach().numpy()))
        elif isinstance(module, nn.BatchNorm2d):
            scale = (module.weight / torch.sqrt(module.running_var + module.eps)).detach().numpy()
            shift = module.bias.detach().numpy() - module.running_mean.numpy() * scale
            found[-1] = Step(found[-1].weights * scale[:, None, None, None], shift)
        elif isinstance(module, nn.MaxPool2d):
            found[-1] = Step(found[-1].weights, found[-1].biases, module.kernel_size)
    return found


def with_separators(steps: list[Step]) -> list[Step]:
    """Return a network's convolutions, with outputs for separators: improbable everywhere."""
    last, missing = steps[-1], NONE + 1 + len(SEPARATORS) - len(steps[-1].biases)
    none = np.zeros((missing, *last.weights.shape[1:]), np.float32)
    biases = np.append(last.biases, np.full(missing, _NEVER, np.float32))
    return [*steps[:-1], Step(np.concatenate([last.weights, none]), biases)]


def batches(examples: list[Row], rng: np.random.Generator | None) -> Iterator[list[Row]]:
    """Rows of about the same width together, in random order if there is a generator."""
    order = np.arange(len(examples)) if rng is None else rng.permutation(len(examples))
    some = 32 * BATCH
    for start in range(0, len(order), some):
        part = sorted(order[start : start + some].tolist(), key=lambda k: examples[k][0].shape[1])
        starts = np.arange(0, len(part), BATCH)
        for begin in starts if rng is None else rng.permutation(starts):
            yield [examples[k] for k in part[begin : begin + BATCH]]


def as_input(some: list[Row]) -> torch.Tensor:
    wide = max(image.shape[1] for image, _ in some)
    batch = np.zeros((len(some), 1, HIGH, wide), np.float32)
    for row, (image, _) in zip(batch, some, strict=True):
        row[0, :, : image.shape[1]] = image
    return torch.from_numpy(batch / 255)


def varied(images: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """A little darker or lighter, wider or narrower, higher or lower."""
    power = torch.from_numpy(rng.uniform(0.6, 1.4, (len(images), 1, 1, 1)).astype(np.float32))
    wide = 2 * round(images.shape[3] * rng.uniform(0.85, 1.2) / 2)
    stretched = functional.interpolate(images**power, (HIGH, wide), mode="bilinear")
    return torch.roll(stretched, (int(rng.integers(-2, 3)), int(rng.integers(-1, 2))), (2, 3))


def loss_of(
    net: nn.Sequential, images: torch.Tensor, some: list[Row], *, lower: bool
) -> torch.Tensor:
    with torch.autocast("cpu", torch.bfloat16, enabled=lower):
        logits = net(images.contiguous(memory_format=torch.channels_last))
    columns = functional.log_softmax(logits.float()[:, :, 0].permute(2, 0, 1), dim=2)
    labels = torch.tensor([label for _, text in some for label in text], dtype=torch.long)
    lengths = torch.tensor([len(text) for _, text in some])
    wide = torch.full((len(some),), columns.shape[0])
    loss: torch.Tensor = functional.ctc_loss(
        columns, labels, wide, lengths, blank=NONE, reduction="none", zero_infinity=True
    )
    return (loss / lengths.clamp(min=1)).mean()


def learn(
    net: nn.Sequential,
    learning: list[Row],
    judging: list[Row],
    rng: np.random.Generator,
    *,
    epochs: int,
    rate: float,
    lower: bool = False,
) -> nn.Sequential:
    """Return the trained network: the average of the weights on the way."""
    net = net.to(memory_format=torch.channels_last)
    kept = copy.deepcopy(net).requires_grad_(False)
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=SMALLEST)
    total = epochs * -(-len(learning) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total, pct_start=0.2)
    step = 0
    for epoch in range(epochs):
        net.train()
        lost = 0.0
        bar = tqdm(batches(learning, rng), total=total // epochs, disable=None, leave=False)
        for some in bar:
            loss = loss_of(net, varied(as_input(some), rng), some, lower=lower)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimiser.step()
            if step + 1 < total:
                schedule.step()
            step += 1
            lost += float(loss.detach())
            weight = max(1 - AVERAGE, 1 / (step + 1))
            for mine, theirs in zip(
                kept.state_dict().values(), net.state_dict().values(), strict=True
            ):
                if mine.is_floating_point():
                    mine.lerp_(theirs, weight)
        right = judged(kept, judging)
        print(
            f"Epoch {epoch + 1} of {epochs}: loss {lost * epochs / total:.4f}, {right}", flush=True
        )
    return kept.eval()


def judged(net: nn.Sequential, examples: list[Row]) -> str:
    """How many numbers are right where each column's most probable label is taken."""
    net.eval()
    right = digits = 0
    with torch.no_grad():
        for some in batches(examples, None):
            best = net(as_input(some))[:, :, 0].argmax(dim=1).numpy()
            for columns, (_, text) in zip(best, some, strict=True):
                changed = np.append(True, columns[1:] != columns[:-1])
                said = columns[changed & (columns != NONE)].tolist()
                right += said == text
                digits += [k for k in said if k < NONE] == [k for k in text if k < NONE]
    share, of_digits = right / len(examples), digits / len(examples)
    return f"{share:.2%} of {len(examples)} numbers right, {of_digits:.2%} but for separators"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--numbers", type=int, default=40_000)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--hands", type=Path, nargs="*", default=[], metavar="FONT")
    parser.add_argument("--bfloat16", action="store_true", help="faster where a core has it")
    parser.add_argument("--separators", action="store_true", help="labels for them, too")
    parser.add_argument("--start-from", type=Path, help="a model file of an earlier run")
    parser.add_argument("--mix-with", type=Path, help="another model file")
    parser.add_argument("--share", type=float, default=0.5, help="of what was learned")
    arguments = parser.parse_args()
    HANDS[:] = arguments.hands
    with_them = arguments.separators
    judging = list(rows("validation", max(arguments.numbers // 40, 1), 0, separators=with_them))
    learning = list(rows("training", arguments.numbers, arguments.seed, separators=with_them))
    torch.manual_seed(arguments.seed)
    net, made_by = network(separators=with_them), "numerist: learn_whole_row.py"
    if arguments.start_from:
        some = [row for batch in itertools.islice(batches(learning, None), 8) for row in batch]
        steps = read_along(arguments.start_from)
        go_on(net, with_separators(steps) if with_them else steps, as_input(some))
        made_by = f"{RowModel(arguments.start_from).metadata.made_by}, then"
        print(f"Before: {judged(net, judging)}", flush=True)
    rng = np.random.default_rng(arguments.seed)
    net = learn(
        net, learning, judging, rng, epochs=arguments.epochs, rate=arguments.rate,
        lower=arguments.bfloat16,
    )  # fmt: skip
    steps = steps_of(net)
    made_by += f" --numbers {arguments.numbers} --epochs {arguments.epochs} --seed {arguments.seed}"
    if arguments.rate != RATE:
        made_by += f" --rate {arguments.rate:g}"
    if with_them:
        made_by += " --separators"
    if arguments.mix_with:
        steps = mixed(steps, read_along(arguments.mix_with), arguments.share)
        made_by += f", share {arguments.share:g} beside the file before"
    write_along(
        arguments.out,
        steps,
        high=HIGH,
        classes=[*map(str, range(NONE)), "none", *(SEPARATORS if with_them else "")],
        normaliser=NORMALISER_VERSION,
        training_data={"name": source()},
        licence="MIT; learned from MNIST by Y. LeCun, C. Cortes and C. J. C. Burges, CC BY-SA 3.0",
        made_by=made_by,
    )


if __name__ == "__main__":
    main()
