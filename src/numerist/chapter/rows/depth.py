"""Row X1: networks of many hidden layers, learned the plain way and today's."""
# ruff: noqa: PLC0415  (what a row needs loads when the row runs)

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

from numerist.chapter.learning_result import learning_result
from numerist.chapter.row import Result, Row, Scale
from numerist.chapter.side_by_side import side_by_side
from numerist.chapter.training import count, images, seeds_named, spread, words
from numerist.deep import import_torch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numerist.chapter.training import Images

WIDTH = 30  # neurons in each hidden layer, as in the chapter's first network
POINT = 100  # of 10,000 images
CHANCE = 50  # more than seeds of one network differ by


@dataclass(frozen=True, slots=True)
class Learned:
    """How a network learned.

    Attributes:
        right: validation images it got right after each epoch.
        test: test images it got right in the end.
    """

    right: list[int]
    test: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """A training that is to be done.

    Attributes:
        depth: hidden layers.
        eta: the rate of plain SGD; None for today's way, which has a schedule.
        seed: of all that is random.
        epochs: how many.
        scale: says how many images there are.
    """

    depth: int
    eta: float | None
    seed: int
    epochs: int
    scale: Scale


def learn_plainly(
    hidden: Sequence[int], eta: float, epochs: int, seed: int, data: Images
) -> Learned:
    """Train a deep network as the chapter trains a shallow one.

    Sigmoid neurons, weights and biases from N(0, 1), plain SGD with mini-batches of 10.
    """
    from numerist.network import Network

    net = Network([784, *hidden, 10], seed=seed)
    right: list[int] = []
    net.SGD(
        data.training,
        epochs,
        10,
        eta,
        test_data=data.validation,
        on_epoch=lambda _, good, __: right.append(good or 0),
    )
    return Learned(right, net.evaluate(data.test))


def learn_as_today(hidden: Sequence[int], epochs: int, seed: int, data: Images) -> Learned:
    """Train a network of the same layers as it is done today; see `numerist.deep.architectures`.

    Raises:
        NumeristError: PyTorch is not installed.
    """
    import_torch("rows that train deep networks", beside_others=True)
    from numerist.deep.recipe import RECIPES
    from numerist.deep.training import Training

    model = "deep-mlp:" + ",".join(map(str, hidden))
    training = Training(
        replace(RECIPES["deep"], model=model, epochs=epochs), data.training, 10, seed
    )
    right: list[int] = []
    for step in range(1, training.steps + 1):
        training.take_step()
        if step % training.steps_an_epoch == 0:
            right.append(training.right(data.validation))
    return Learned(right, training.right(data.test))


def learn(attempt: Attempt) -> Learned:
    """Do an attempt."""
    data, hidden = images(attempt.scale), [WIDTH] * attempt.depth
    if attempt.eta is None:
        return learn_as_today(hidden, attempt.epochs, attempt.seed, data)
    return learn_plainly(hidden, attempt.eta, attempt.epochs, attempt.seed, data)


def _run_x1(scale: Scale) -> Result:
    import_torch("rows that train deep networks", beside_others=True)
    depths, rates = scale.choose((1, 5, 10), (1, 5)), scale.choose((3.0, 1.0, 0.3), (3.0,))
    epochs, seeds = scale.choose(15, 2), scale.choose(scale.seeds, 1)
    attempts = [
        Attempt(depth, eta, seed, epochs, scale)
        for depth in reversed(depths)  # the longest first
        for eta in (None, *rates)
        for seed in range(seeds)
    ]
    learned = dict(zip(attempts, side_by_side(learn, attempts, scale.choose(2, 1)), strict=True))

    def of(depth: int, eta: float | None) -> list[Learned]:
        return [learned[Attempt(depth, eta, seed, epochs, scale)] for seed in range(seeds)]

    plain = {depth: {eta: of(depth, eta) for eta in rates} for depth in depths}
    best = {depth: best_rate(plain[depth]) for depth in depths}
    today = {depth: of(depth, None) for depth in depths}
    chosen = {depth: plain[depth][best[depth]] for depth in depths}
    data = images(scale)
    return learning_result(
        f"{words(WIDTH, 'neuron')} in each hidden layer, {epochs} epochs, {seeds_named(seeds)}, "
        f"right of {count(len(data.test))} test images. Plain SGD (sigmoid neurons, weights from "
        f"N(0, 1), m = 10, of η = {_listed(rates)} the best on the validation images): "
        + "; ".join(
            f"{words(depth, 'hidden layer')} {spread(_test(chosen[depth]))} (η = {best[depth]:g})"
            for depth in depths
        )
        + ". Today’s way (weights as He and others draw them, rectified linear units, batch "
        "normalisation, AdamW, a rate that rises and falls): "
        + "; ".join(
            f"{words(depth, 'hidden layer')} {spread(_test(today[depth]))}" for depth in depths
        )
        + ". "
        + " ".join(
            f"What today’s way with {words(depth, 'hidden layer')} reads of the validation images "
            f"after 1 epoch takes plain SGD {_epochs_to_reach(chosen[depth], today[depth])}."
            for depth in depths[1:]
        )
        + " “Agrees” means here: every deep plain run reads less than every plain run with one "
        "hidden layer, and today’s way with as many layers is more than a point ahead of it, and "
        "no worse than with one.",
        None if scale.quick else deep_is_slow(_tests(chosen), _tests(today)),
        {
            **{f"plain, {words(d, 'hidden layer')}": [r.right for r in chosen[d]] for d in depths},
            **{f"today, {words(d, 'hidden layer')}": [r.right for r in today[d]] for d in depths},
        },
        len(data.validation),
        judges="validation",
        numbers={
            "right_of_test": {
                "today": {str(depth): _test(today[depth]) for depth in depths},
                "plain": {
                    str(depth): {f"{eta:g}": _test(plain[depth][eta]) for eta in rates}
                    for depth in depths
                },
            },
            "total_of_test": len(data.test),
            "best_rate": {str(depth): eta for depth, eta in best.items()},
        },
    )


def best_rate(runs: Mapping[float, Sequence[Learned]]) -> float:
    """Return the rate whose runs read most validation images in the end, in the median.

    >>> best_rate({3.0: [Learned([8, 5], 0)], 1.0: [Learned([2, 6], 0)]})
    1.0
    """
    return max(runs, key=lambda eta: median(run.right[-1] for run in runs[eta]))


def deep_is_slow(plain: Mapping[int, Sequence[int]], today: Mapping[int, Sequence[int]]) -> bool:
    """Return whether depth hinders plain SGD, and does not hinder today's way.

    For each network of several hidden layers: every plain run reads less than every plain run with
    one hidden layer; today's way is more than a point ahead of it in the median, and reads no less
    than today's way with one hidden layer, by more than chance.

    Args:
        plain: by the number of hidden layers, 1 among them, of 10,000 images right in each run.
        today: the same.

    >>> deep_is_slow({1: [9500, 9480], 5: [9400, 9470]}, {1: [9700], 5: [9690]})
    True
    >>> deep_is_slow({1: [9500, 9480], 5: [9400, 9490]}, {1: [9700], 5: [9690]})
    False
    >>> deep_is_slow({1: [9500, 9480], 5: [9400, 9470]}, {1: [9700], 5: [9600]})
    False
    >>> deep_is_slow({1: [9690, 9680], 5: [9650, 9640]}, {1: [9700], 5: [9700]})
    False
    """
    return all(
        max(plain[depth]) < min(plain[1])
        and median(plain[depth]) < median(today[depth]) - POINT
        and median(today[depth]) >= median(today[1]) - CHANCE
        for depth in plain
        if depth > 1
    )


def _test(runs: Sequence[Learned]) -> list[int]:
    return [run.test for run in runs]


def _tests(runs: Mapping[int, Sequence[Learned]]) -> dict[int, list[int]]:
    return {depth: _test(of_depth) for depth, of_depth in runs.items()}


def _epochs_to_reach(slow: Sequence[Learned], fast: Sequence[Learned]) -> str:
    """Say when the median of `slow` first reads as many as that of `fast` after its first epoch.

    >>> fast, slow = [Learned([5, 6], 0)], [Learned([3, 4, 5], 0)]
    >>> _epochs_to_reach(slow, fast), _epochs_to_reach([Learned([3, 4], 0)], fast)
    ('3 epochs', 'more than 2 epochs')
    """
    goal = median(run.right[0] for run in fast)
    curve = [median(column) for column in zip(*(run.right for run in slow), strict=True)]
    reached = (words(epoch, "epoch") for epoch, right in enumerate(curve, 1) if right >= goal)
    return next(reached, f"more than {words(len(curve), 'epoch')}")


def _listed(rates: Sequence[float]) -> str:
    """Return rates in words.

    >>> _listed((3.0, 1.0, 0.3)), _listed((3.0,))
    ('3, 1 or 0.3', '3')
    """
    return " or ".join(", ".join(f"{rate:g}" for rate in rates).rsplit(", ", 1))


ROWS: tuple[Row, ...] = (
    Row(
        "X1",
        "Networks of 5 to 10 hidden layers",
        "With many layers a network can break a question down many times. What the chapter's way "
        "of learning makes of such networks, and what today's way does: other first weights, other "
        "neurons, layers that keep their outputs in a middle range, a better step.",
        "For decades deep networks learned too slowly with gradient descent to be of use; since "
        "2006 techniques have been found by which networks of 5 to 10 hidden layers are trained "
        "routinely.",
        """\
from numerist.chapter.row import Scale
from numerist.chapter.rows.depth import learn_as_today, learn_plainly
from numerist.chapter.training import images

data = images(Scale(quick=True))  # 2,000 images to learn from
print("plain:", learn_plainly([30] * 10, 3.0, epochs=5, seed=0, data=data).right)
print("today:", learn_as_today([30] * 10, epochs=5, seed=0, data=data).right)
""",
        _run_x1,
        seconds=150,
        processes=2,
    ),
)
