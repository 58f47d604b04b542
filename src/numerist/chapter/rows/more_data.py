"""Row E10: more data, from a hundred images to millions of made ones."""
# ruff: noqa: PLC0415  (what a row needs loads when the row runs)

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from numerist.chapter.row import Result, Row, Scale
from numerist.chapter.side_by_side import side_by_side
from numerist.chapter.training import Images, count, images, seeds_named, spread
from numerist.deep import import_torch
from numerist.errors import NumeristError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numerist.deep.training import Training

BATCH = 100
CHANCE = 0.005  # of the test images: what seeds differ by, for the small networks
CHANCE_DEEP = 0.001  # the same where 99 % are right


def _run_e10(scale: Scale) -> Result:
    from numerist.chapter.figures import draw_ladder

    sizes = scale.choose((100, 300, 1_000, 3_000, 10_000, 50_000), (100, 500, 2_000))
    seen = scale.choose(500_000, 6_000)  # examples, each as often as that allows
    seeds, processes = scale.choose(scale.seeds, 1), scale.choose(2, 1)
    works = [Small(size, seen, seed, scale) for size in reversed(sizes) for seed in range(seeds)]
    found = dict(zip(works, side_by_side(learn_from, works, processes), strict=True))
    right = [[found[Small(size, seen, seed, scale)] for size in sizes] for seed in range(seeds)]
    total = len(images(scale).test)
    medians = [median(column) for column in zip(*right, strict=True)]
    by_size = ", ".join(
        f"{count(size)}: {100 * middle / total:.1f} %"
        for size, middle in zip(sizes, medians, strict=True)
    )
    millions = _millions(scale)
    grows = rises(medians, CHANCE * total)
    return Result(
        f"[784, 30, 10], m = 10, η = 3.0, accuracy on {count(total)} test images, median of "
        f"{seeds_named(seeds)}, by the number of training images: {by_size}. Every network saw "
        f"{count(seen)} examples in all, so that only the variety differs, not the work. Over the "
        f"seeds, {spread([r[0] for r in right])} test images are right with the fewest training "
        f"images, {spread([r[-1] for r in right])} with the most. {millions.measured}",
        None if scale.quick or millions.agrees is None else grows and millions.agrees,
        {
            "sizes": list(sizes),
            "right": right,
            "total": total,
            "examples_seen": seen,
            **millions.numbers,
        },
        [
            draw_ladder(
                sizes,
                {"30 hidden neurons": [[n / total for n in row] for row in right]},
                xlabel="training images",
                alt="Accuracy against the number of training images, on a logarithmic axis: "
                f"from {100 * medians[0] / total:.0f} to "
                f"{100 * medians[-1] / total:.0f} percent.",
            ),
            *millions.pictures,
        ],
    )


def rises(right: Sequence[float], chance: float) -> bool:
    """Return whether more examples help: the most more than the fewest, and none worse by `chance`.

    >>> rises([80, 92, 91], chance=2), rises([80, 92, 89], chance=2), rises([80, 79], chance=2)
    (True, False, False)
    """
    steady = all(after > before - chance for before, after in pairwise(right))
    return steady and right[-1] > right[0]


# From the images there are: every network sees as many examples, fewer of them different


@dataclass(frozen=True, slots=True)
class Small:
    """One of the chapter's networks, and the images it is to learn from.

    Attributes:
        size: how many of the training images, from the first on.
        seen: examples it sees in all.
        seed: of weights and shuffles.
        scale: says how many images there are.
    """

    size: int
    seen: int
    seed: int
    scale: Scale


def learn_from(small: Small) -> int:
    """Return test images right after learning from the first images only."""
    return learn_from_images(small.size, small.seen, small.seed, images(small.scale))


def learn_from_images(size: int, seen: int, seed: int, data: Images) -> int:
    """Return test images right after learning from the first `size` training images."""
    from numerist.network import Network

    net = Network([784, 30, 10], seed=seed)
    net.SGD(data.training[:size], seen // size, 10, 3.0, on_epoch=lambda *_: None)
    return net.evaluate(data.test)


# From a stream of made examples, each seen once


@dataclass(frozen=True, slots=True)
class Stream:
    """A network that learns from a stream, and when to look at it.

    Attributes:
        made: whether every example is made anew by distortion; otherwise the training images come
            again and again.
        at: numbers of examples after which it is judged.
        seed: of all that is random.
        scale: says how many images there are.
    """

    made: bool
    at: tuple[int, ...]
    seed: int
    scale: Scale


def learn_from_stream(stream: Stream) -> list[int]:
    """Return test images right after each number of examples.

    The rate is constant and the weights of the last thousand steps are averaged, so that the
    network at each of these moments is what a training of that length would have given.

    Raises:
        NumeristError: PyTorch is not installed.
    """
    data = images(stream.scale)
    training = training_on(stream, data)
    right = []
    for examples in stream.at:
        while training.step * BATCH < examples:
            training.take_step()
        right.append(training.right(data.test))
    return right


def training_on(stream: Stream, data: Images) -> Training:
    """Return a training in which no example is there before its mini-batch, nor after it."""
    import_torch("rows that train deep networks", beside_others=True)
    from numerist.deep.distortion import Distortion
    from numerist.deep.recipe import MNIST_HANDS, Recipe
    from numerist.deep.training import Training

    hands = replace(MNIST_HANDS, pen=0.0, variants=0.0)  # which take half of the time
    recipe = Recipe(
        "deep-mlp:300",
        epochs=-(-stream.at[-1] // len(data.training)),
        batch=BATCH,
        rate=0.1,
        warm_up=0.0,
        decay=False,
        weight_decay=0.0,  # it is for those that see the same examples again
        average=0.999,
        distortion=hands if stream.made else Distortion(),
    )
    return Training(recipe, data.training, 10, stream.seed)


def _millions(scale: Scale) -> Result:
    """Return what a stream of made examples gives; its verdict is None without PyTorch."""
    from numerist.chapter.figures import draw_error

    try:
        import_torch("rows that train deep networks", beside_others=True)
    except NumeristError as error:
        return Result(f"The curve on to millions of examples needs PyTorch. {error.cure}", None)
    at = scale.choose((10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000), (1_000, 3_000))
    seeds, processes = scale.choose(min(scale.seeds, 2), 1), scale.choose(2, 1)
    kinds = {"made": True, "repeated": False}
    streams = [Stream(made, at, seed, scale) for made in kinds.values() for seed in range(seeds)]
    found = dict(zip(streams, side_by_side(learn_from_stream, streams, processes), strict=True))
    right = {
        kind: [found[Stream(made, at, seed, scale)] for seed in range(seeds)]
        for kind, made in kinds.items()
    }
    data = images(scale)
    total, originals = len(data.test), len(data.training)
    medians = {
        kind: [median(column) for column in zip(*runs, strict=True)] for kind, runs in right.items()
    }
    return Result(
        f"To millions: [784, 300, 10] of rectified linear units learns from a stream of examples, "
        f"each made by distorting one of the {count(originals)} images, seen once and forgotten. "
        f"Right of {count(total)} test images ({seeds_named(seeds)}): "
        + "; ".join(
            f"after {count(n)} {spread(list(column))}"
            for n, column in zip(at, zip(*right["made"], strict=True), strict=True)
        )
        + f". With the {count(originals)} images over and over instead, as many steps end at "
        f"{spread([run[-1] for run in right['repeated']])}.",
        rises(medians["made"], CHANCE_DEEP * total)
        and medians["made"][-1] > medians["repeated"][-1],
        {
            "streamed": list(at),
            "right_by_made_examples": right["made"],
            "right_by_repeated_examples": right["repeated"],
        },
        [
            draw_error(
                at,
                {
                    "each made anew": _shares_misread(right["made"], total),
                    "the images again and again": _shares_misread(right["repeated"], total),
                },
                xlabel="examples seen",
                ylabel="share of test images misread",
                slope=None,
                shares=True,
                alt=f"Share of test images misread against the number of examples, both axes "
                "logarithmic. With examples made anew it goes from "
                f"{_percent_misread(medians['made'][0], total)} to "
                f"{_percent_misread(medians['made'][-1], total)}, with the images again and again "
                f"from {_percent_misread(medians['repeated'][0], total)} to "
                f"{_percent_misread(medians['repeated'][-1], total)}.",
            )
        ],
    )


def _percent_misread(right: float, total: int) -> str:
    return f"{100 * (1 - right / total):.2f} percent"


def _shares_misread(runs: Sequence[Sequence[int]], total: int) -> list[list[float]]:
    """Return the share misread; of none at all, half an image, which a logarithmic axis can show.

    >>> _shares_misread([[90, 100]], total=100)
    [[0.1, 0.005]]
    """
    return [[max(total - right, 0.5) / total for right in run] for run in runs]


ROWS: tuple[Row, ...] = (
    Row(
        "E10",
        "More data",
        "First the same network, the same number of steps, and only the number of different "
        "examples grows: from a hundred to the 50,000 that MNIST has. Then distortion makes more: "
        "millions of them, in a stream that keeps none.",
        "A hundred images are a beginning; with thousands, or even millions or billions, of "
        "training examples a recogniser of handwriting gets better.",
        """\
import numerist

training, validation, test = numerist.load_mnist()
for size in (100, 1000, 10000):
    net = numerist.Network([784, 30, 10], seed=1)
    net.SGD(training[:size], 20000 // size, 10, 3.0, on_epoch=lambda *counts: None)
    print(size, net.evaluate(test))
""",
        _run_e10,
        seconds=250,
        processes=2,
    ),
)
