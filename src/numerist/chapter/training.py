"""What the rows that train a network have in common: the images, a quiet run, its spread."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from numerist.chapter.minus import minus
from numerist.data import Dataset, load_mnist
from numerist.network import Network

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numerist.chapter.row import Scale
    from numerist.data.mnist import Mnist
    from numerist.neurons.activations import Array

QUICK_TRAINING, QUICK_TEST = 2_000, 1_000


class Images(NamedTuple):
    """The images at a scale: to learn from, to choose by, and to judge by."""

    training: Dataset
    validation: Dataset
    test: Dataset


def images(scale: Scale) -> Images:
    """Return MNIST, all of it at full scale, the first of each set at quick scale."""
    data = _mnist()
    if not scale.quick:
        return Images(*data)
    return Images(
        data.training[:QUICK_TRAINING], data.validation[:QUICK_TEST], data.test[:QUICK_TEST]
    )


@cache
def _mnist() -> Mnist:
    return load_mnist()


@dataclass(frozen=True, slots=True)
class Run:
    """A network and how it learned.

    Attributes:
        seed: of its weights and shuffles.
        net: the network after its last epoch.
        right: images it got right after each epoch.
        total: of how many.
        seconds: that learning took, evaluations included.
    """

    seed: int
    net: Network
    right: list[int]
    total: int
    seconds: float

    @property
    def last(self) -> int:
        """Images right after the last epoch."""
        return self.right[-1]

    @property
    def best(self) -> int:
        """Images right after the best epoch: a figure to compare with the chapter's only."""
        return max(self.right)

    @property
    def shares(self) -> list[float]:
        """Accuracy after each epoch, 0 to 1."""
        return [right / self.total for right in self.right]


def train(
    sizes: Sequence[int],
    training: Dataset,
    judges: Dataset,
    *,
    epochs: int = 30,
    m: int = 10,
    eta: float = 3.0,
    seed: int = 0,
    cost: str = "quadratic",
    watch: Callable[[Network], None] | None = None,
) -> Run:
    """Train a network as the chapter does, without printing.

    Args:
        sizes: neurons in each layer.
        training: the images to learn from.
        judges: the images to count right answers on, after each epoch.
        epochs: as in all that follows, the default is the chapter's.
        m: examples in a mini-batch.
        eta: the learning rate η.
        seed: of weights and shuffles.
        cost: by name.
        watch: called with the network before learning and after each epoch.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> data = Dataset(rng.random((20, 2, 2), np.float32), (np.arange(20) % 2).astype(np.uint8))
    >>> run = train([4, 3, 2], data, data, epochs=2)
    >>> len(run.right), run.total
    (2, 20)
    """
    net = Network(sizes, cost=cost, seed=seed)
    right: list[int] = []

    def note(_epoch: int, count: int | None, _total: int | None) -> None:
        right.append(count or 0)
        if watch is not None:
            watch(net)

    if watch is not None:
        watch(net)
    start = perf_counter()
    net.SGD(training, epochs, m, eta, test_data=judges, on_epoch=note)
    return Run(seed, net, right, len(judges), perf_counter() - start)


def answers(net: Network, data: Dataset) -> Array:
    """Return the network's digit for each image, int (n,)."""
    digits: Array = net.feedforward(data.rows.T).argmax(axis=0)
    return digits


def recall(net: Network, data: Dataset) -> list[float]:
    """Return for each digit the share of its images that the network gets right, 0 to 1."""
    given = answers(net, data)
    return [float((given[data.labels == digit] == digit).mean()) for digit in range(10)]


def count(number: float) -> str:
    """Return a number of images in words.

    >>> count(9536), count(9496.5), count(9500.0), count(-3)
    ('9,536', '9,496.5', '9,500', '−3')
    """
    return minus(f"{number:,.1f}".removesuffix(".0"))


def spread(values: Sequence[float]) -> str:
    """Return the least, the median and the greatest of several counts; equal ones only once.

    >>> spread([9465, 9531, 9480]), spread([9465])
    ('9,465 … 9,531 (median 9,480)', '9,465')
    """
    if min(values) == max(values):
        return count(values[0])
    return f"{count(min(values))} … {count(max(values))} (median {count(median(values))})"


def share_spread(values: Sequence[float], digits: int = 1) -> str:
    """Return the same for shares from 0 to 1, in percent.

    >>> share_spread([0.9, 0.95, 0.93])
    '90.0 … 95.0 % (median 93.0 %)'
    """
    low, middle, high = (f"{100 * f(values):.{digits}f}" for f in (min, median, max))
    return f"{high} %" if low == high else f"{low} … {high} % (median {middle} %)"


def between(values: Sequence[float], form: str = ".2f") -> str:
    """Return the least and the greatest of several numbers, written alike; equal ones only once.

    >>> between([1.5, 1.98]), between([1.981, 1.979]), between([-0.5, 0.25], ".1f")
    ('1.50 … 1.98', '1.98', '−0.5 … 0.2')
    """
    low, high = (minus(format(f(values), form)) for f in (min, max))
    return low if low == high else f"{low} … {high}"


def ranged(values: Sequence[float], form: str = ".2f") -> str:
    """Return the least, the median and the greatest of several numbers; equal ones only once.

    >>> ranged([0.5, 0.25, 0.3]), ranged([1e-7, 1e-7], ".0e")
    ('0.25 … 0.50 (median 0.30)', '1e−07')
    """
    ends, middle = between(values, form), minus(format(median(values), form))
    return ends if ends == middle else f"{ends} (median {middle})"


def nines(data: Dataset) -> Dataset:
    """Return the same images, labelled 1 if they show a 9 and else 0."""
    return Dataset(data.images, (data.labels == 9).astype(np.uint8))  # noqa: PLR2004


def seeds_named(number: int) -> str:
    """Return which seeds were used.

    >>> seeds_named(1), seeds_named(3)
    ('seed 0', 'seeds 0 to 2')
    """
    return "seed 0" if number == 1 else f"seeds 0 to {number - 1}"


def words(number: int, thing: str) -> str:
    """Return a number of things.

    >>> words(1, "epoch"), words(30, "epoch")
    ('1 epoch', '30 epochs')
    """
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
