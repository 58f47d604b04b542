"""Rows A1 to A3: layers of any sizes, images of any size, and no loops."""
# ruff: noqa: PLC0415  (pictures need Matplotlib, which loads when a row runs)

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from numerist import network as network_module
from numerist.chapter.row import Result, Row
from numerist.chapter.rows.perceptrons import drawn_circuit
from numerist.chapter.rows.program import feedforward_by_component
from numerist.chapter.training import images, nines, seeds_named, share_spread
from numerist.data import Dataset
from numerist.descent import count_parameters
from numerist.errors import InputError
from numerist.network import Network
from numerist.neurons import NAND, Circuit, Gate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numerist.chapter.figures import Picture
    from numerist.chapter.row import Scale
    from numerist.neurons.activations import Array


def _run_sizes(scale: Scale) -> Result:
    """Build networks of many shapes, the chapter's among them, and evaluate each in two ways."""
    from numerist.chapter.figures import draw_network

    shapes: list[list[int]] = [[6, 4, 1], [6, 4, 3, 1], [784, 15, 10], [3, 2], [5] * 12]
    for seed in range(scale.seeds):
        rng = np.random.default_rng(seed)
        shapes += [
            rng.integers(1, 30, int(rng.integers(2, 9))).tolist()
            for _ in range(scale.choose(full=20, quick=3))
        ]
    differences, built = [], True
    for sizes in shapes:
        net = Network(sizes, seed=0)
        x = np.random.default_rng(0).uniform(0, 1, sizes[0])
        one_by_one = feedforward_by_component(net, x.tolist())
        differences.append(float(np.abs(net.feedforward(x) - one_by_one).max()))
        parameters = sum(array.size for array in (*net.weights, *net.biases))
        built &= parameters == count_parameters(sizes)
        built &= [w.shape for w in net.weights] == [(b, a) for a, b in pairwise(sizes)]
    rounding = 1e-12
    return Result(
        measured=(
            f"{len(shapes)} networks, the chapter's [6, 4, 3, 1] and random ones of two to eight "
            f"layers among them ({seeds_named(scale.seeds)}): each has the weights and biases that "
            f"its sizes ask for, and its outputs differ from computing neuron by neuron by at most "
            f"{max(differences):.1g}."
        ),
        agrees=built and max(differences) < rounding,
        numbers={
            "networks": len(shapes),
            "shapes, the first of them": shapes[:5],
            "all have the right weights and biases": built,
            "largest difference from neuron by neuron": max(differences),
            "parameters of [6, 4, 3, 1]": count_parameters([6, 4, 3, 1]),
        },
        pictures=[
            draw_network(
                [6, 4, 1],
                alt="A network of three layers: six input neurons, one hidden layer of four "
                "neurons, and one output neuron; every neuron is connected with all of the next "
                "layer.",
            ),
            draw_network(
                [6, 4, 3, 1],
                alt="A network of four layers: six input neurons, two hidden layers of four and "
                "three neurons, and one output neuron.",
            ),
        ],
    )


A1 = Row(
    id="A1",
    title="Input, hidden and output layers",
    idea="The first layer holds the input, the last one the answer, and what lies between is "
    "called hidden, which means no more than that. A list of sizes describes the whole network.",
    says="A network of three layers has a single hidden one; a network of four layers, such as "
    "[6, 4, 3, 1], has two. Such networks are also called multilayer perceptrons, although they "
    "are made of sigmoid neurons.",
    code="""\
from numerist import Network
from numerist.chapter.figures import draw_network

net = Network([6, 4, 3, 1], seed=0)
print([w.shape for w in net.weights], [b.shape for b in net.biases])
print(net.feedforward([0, 0.2, 0.4, 0.6, 0.8, 1]))
picture = draw_network([6, 4, 3, 1], alt="Four layers of neurons.")
# open("network.svg", "w", encoding="utf-8").write(picture.data)
""",
    run=_run_sizes,
    seconds=0.5,
)

_SIDE = 64
_MARGIN = 4  # 28 pixels doubled are 56, and 4 on each side make 64


def _enlarged(data: Dataset) -> Dataset:
    """Return images of 64×64, every pixel doubled, labelled 1 if they show a 9 and else 0."""
    doubled = data.images.repeat(2, axis=1).repeat(2, axis=2)
    wide: Array = np.pad(doubled, ((0, 0), (_MARGIN, _MARGIN), (_MARGIN, _MARGIN)))
    return nines(Dataset(wide, data.labels))


def _other_sizes() -> dict[str, int]:
    """Return for images of several sizes how many input neurons a network took for them."""
    taken = {}
    for height, width in ((28, 28), (20, 12), (7, 100), (1, 1)):
        blank = Dataset(np.zeros((2, height, width), np.float32), np.array([0, 1], dtype=np.uint8))
        net = Network([height * width, 3, 1], seed=0)
        net.SGD(blank, 1, 2, 1.0, on_epoch=lambda *_: None)
        taken[f"{height}×{width}"] = net.weights[0].shape[1]
    return taken


def _run_large_images(scale: Scale) -> Result:
    """Train a network with 4,096 inputs and one output to tell nines."""
    from numerist.chapter.figures import draw_digits, draw_network

    data = images(scale)
    training = _enlarged(data.training[: scale.choose(full=3000, quick=200)])
    test = _enlarged(data.test[: scale.choose(full=2000, quick=200)])
    sizes = [training.images[0].size, 30, 1]
    epochs, seeds = scale.choose(full=6, quick=2), scale.choose(full=scale.seeds, quick=1)
    accuracies = []
    for seed in range(seeds):
        net = Network(sizes, seed=seed)
        net.SGD(training, epochs, 10, 3.0, on_epoch=lambda *_: None)
        accuracies.append(net.evaluate(test) / len(test))
    never = float((test.labels == 0).mean())
    others = _other_sizes()
    fits = sizes[0] == 4096 and all(  # noqa: PLR2004  (the chapter's figure)
        n == math.prod(map(int, size.split("×"))) for size, n in others.items()
    )
    return Result(
        measured=(
            f"Images of {_SIDE}×{_SIDE} need {sizes[0]:,} input neurons. {sizes} learned from "
            f"{len(training):,} enlarged MNIST digits in {epochs} epochs at η = 3 "
            f"({seeds_named(seeds)}) and tells whether {len(test):,} test images are nines with an "
            f"accuracy of {share_spread(accuracies)}; always saying no has {100 * never:.1f} %. "
            f"Images of {', '.join(others)} work as well."
        ),
        # A quick network is too small to tell whether it has learned.
        agrees=None if scale.quick else fits and min(accuracies) > never,
        numbers={
            "sizes": sizes,
            "epochs": epochs,
            "accuracies": accuracies,
            "accuracy of always saying no": never,
            "input neurons by size of the image": others,
        },
        pictures=[
            draw_network(
                sizes,
                alt="A network with 4,096 input neurons, of which the first and last four are "
                "drawn, 30 hidden neurons, and a single output neuron.",
            ),
            draw_digits(
                test.images[test.labels == 1][:4],
                ["9"] * 4,
                alt="Four nines from MNIST, enlarged to 64 by 64 pixels.",
            ),
        ],
    )


A2 = Row(
    id="A2",
    title="A 64×64 image in, one answer out",
    idea="Each pixel gets an input neuron that holds its grey value from 0 to 1, and a question "
    "of yes or no takes one output neuron. Nothing in the network knows about 28×28.",
    says="A 64 by 64 greyscale image has 4,096 = 64 × 64 input neurons. One output neuron says "
    "below 0.5 that the image is not a 9, and above 0.5 that it is.",
    code="""\
import numpy as np
from numerist import Dataset, Network, load_mnist

digits = load_mnist().training[:300]
large = np.pad(digits.images.repeat(2, axis=1).repeat(2, axis=2), ((0, 0), (4, 4), (4, 4)))
nines = Dataset(large, (digits.labels == 9).astype(np.uint8))
net = Network([64 * 64, 30, 1], seed=0)
net.SGD(nines, 2, 10, 3.0, test_data=nines)
print(net.weights[0].shape)
""",
    run=_run_large_images,
    seconds=12.0,
)


def _refusal(gates: Sequence[Gate]) -> str:
    """Return what is said of a circuit with these gates, or nothing if it is built."""
    try:
        Circuit(["x"], gates, {"out": gates[0].name})
    except InputError as error:
        return str(error)
    return ""


def _run_feedforward(_: Scale) -> Result:
    """Try to build loops, and look whether the documentation says that there are none."""
    ring = [Gate(f"n{i}", NAND, ("x", f"n{(i + 1) % 3}")) for i in range(3)]
    tried = {
        "a gate that reads itself": _refusal([Gate("n", NAND, ("x", "n"))]),
        "two gates that read each other": _refusal(
            [Gate("n1", NAND, ("x", "n2")), Gate("n2", NAND, ("x", "n1"))]
        ),
        "a ring of three": _refusal(ring),
    }
    chain = [*ring[:2], Gate("n2", NAND, ("x", "x"))]
    documented = "feedforward" in (network_module.__doc__ or "").lower()
    refused = sum("no loop" in message for message in tried.values())
    return Result(
        measured=(
            f"{refused} of {len(tried)} circuits with a loop are refused; the ring, cut open, is "
            f"{'refused as well' if _refusal(chain) else 'built'}. The documentation of the "
            f"network {'says' if documented else 'does not say'} that it is feedforward; "
            "recurrent networks are out of scope, as in the chapter, and nothing is built."
        ),
        agrees=refused == len(tried) and not _refusal(chain) and documented,
        numbers={"refusals": tried, "said in the documentation": documented},
        pictures=[
            drawn_circuit(
                Circuit(["x"], chain, {"out": "n0"}),
                "The ring, cut open: a circuit in which every line leads on to a later layer. It "
                "is built.",
            ),
            _draw_ring(tried),
        ],
    )


def _draw_ring(tried: dict[str, str]) -> Picture:
    from numerist.chapter.figures import draw_loop

    return draw_loop(
        ["n0", "n2", "n1"],
        alt="Three neurons in a ring, each of which listens to the one before. Asked for it, the "
        f"program says: {tried['a ring of three']}",
    )


A3 = Row(
    id="A3",
    title="Feedforward only",
    idea="Every line leads on to a later layer, so each neuron is computed once, after those it "
    "listens to. With a loop, the input of a neuron would depend on its own output.",
    says="Loops are not allowed here, as the input of σ would depend on its output. Recurrent "
    "networks, in which neurons fire for a limited time, are mentioned and left out of scope.",
    code="""\
from numerist.errors import InputError
from numerist.neurons import NAND, Circuit, Gate

gates = [Gate("n1", NAND, ("x", "n2")), Gate("n2", NAND, ("x", "n1"))]
try:
    Circuit(["x"], gates, outputs={"out": "n1"})
except InputError as error:
    print(error)
""",
    run=_run_feedforward,
    seconds=0.1,
)

ROWS: tuple[Row, ...] = (A1, A2, A3)
