"""Rows D2 to D5: how a network recognises a digit."""
# ruff: noqa: PLC0415  (what a row needs loads when the row runs)

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from numerist.chapter.learning_result import by_epoch, learning_result
from numerist.chapter.row import Result, Row, Scale
from numerist.chapter.training import (
    Images,
    answers,
    between,
    count,
    images,
    ranged,
    seeds_named,
    spread,
    train,
    words,
)
from numerist.neurons import bits_layer, from_bits, sigmoid, to_bits, worst_cases

if TYPE_CHECKING:
    from numerist.chapter.figures import Picture
    from numerist.data import Dataset
    from numerist.model.explain import Explanation
    from numerist.network import Network
    from numerist.neurons.activations import Array


# Row D2: the network with the highest activation


def _run_d2(scale: Scale) -> Result:
    from numerist.chapter.figures import draw_bars, draw_digits, draw_network

    data, seeds = images(scale), scale.choose(scale.seeds, 1)
    sizes, epochs = scale.choose((5, 15, 30), (5, 30)), scale.choose(10, 2)
    runs = {
        n: [
            train([784, n, 10], data.training, data.test, epochs=epochs, seed=seed)
            for seed in range(seeds)
        ]
        for n in sizes
    }
    last = runs[sizes[-1]][0]
    outputs = last.net.feedforward(data.test.rows.T)
    top = np.sort(outputs, axis=0)
    clear, torn = int((top[-1] - top[-2]).argmax()), int((top[-1] - top[-2]).argmin())
    # The answer is the number of the neuron with the highest activation, found here by hand.
    by_hand = sum(
        max(range(10), key=lambda k: column[k]) == label
        for column, label in zip(outputs.T.tolist(), data.test.labels.tolist(), strict=True)
    )
    same = by_hand == last.last
    found = "; ".join(f"n = {n}: {spread([run.last for run in runs[n]])}" for n in sizes)
    bars = [
        draw_bars(
            [str(digit) for digit in range(10)],
            outputs[:, index],
            label="activation",
            alt=f"The ten output activations for an image of a {data.test.labels[index]}: the "
            f"highest is that of neuron {outputs[:, index].argmax()}.",
        )
        for index in (clear, torn)
    ]
    shown = data.test.images[[clear, torn]]
    return Result(
        f"Right of {count(len(data.test))} test images after {words(epochs, 'epoch')}, "
        f"{seeds_named(seeds)}, by the number n of hidden neurons: {found}. Picking the highest of "
        f"the ten activations by hand gives {count(by_hand)} for n = {sizes[-1]} and seed 0, where "
        f"counting gives {count(last.last)}. That network's closest call is "
        f"a {data.test.labels[torn]}, where the two highest activations differ by "
        f"{top[-1, torn] - top[-2, torn]:.1g}.",
        same,
        {
            "right": {str(n): [run.last for run in of_n] for n, of_n in runs.items()},
            "total": len(data.test),
            "activations": outputs[:, [clear, torn]].T.tolist(),
        },
        [
            draw_network(
                [784, 15, 10],
                alt="A network of 784 inputs, 15 hidden neurons, 10 "
                "outputs, every neuron connected to all of the next layer.",
            ),
            draw_digits(
                shown,
                [f"read as {a}" for a in outputs[:, [clear, torn]].argmax(axis=0)],
                alt=f"Two test images: a {data.test.labels[clear]}, of which the network is most "
                f"sure, and a {data.test.labels[torn]}, of which it is least sure.",
            ),
            *bars,
        ],
    )


# Row D3: ten outputs or four


def _run_d3(scale: Scale) -> Result:
    data, seeds = images(scale), scale.choose(scale.seeds, 1)
    epochs = scale.choose(30, 2)
    ten = [
        train([784, 30, 10], data.training, data.test, epochs=epochs, seed=seed)
        for seed in range(seeds)
    ]
    four = [learn_bits(data, epochs, seed) for seed in range(seeds)]
    total = len(data.test)
    last_ten, last_four = [run.last for run in ten], [right[-1] for right in four]
    ahead = [a - b for a, b in zip(last_ten, last_four, strict=True)]
    return learning_result(
        f"Right of {count(total)} after {epochs} epochs, {seeds_named(seeds)}: ten outputs "
        f"{spread(last_ten)}, four outputs {spread(last_four)}. With the same seed ten are ahead "
        f"by {spread(ahead)} images. Both have 30 hidden neurons, mini-batches of 10 and η = 3.0; "
        "an answer of four bits is right if all four are on the right side of ½.",
        None if scale.quick else min(ahead) > 0,
        {"ten outputs": by_epoch(ten), "four outputs": four},
        total,
    )


def learn_bits(data: Images, epochs: int, seed: int, hidden: int = 30) -> list[int]:
    """Train a network with four outputs, the digit in binary; return test images right by epoch."""
    from numerist.network import Network

    net = Network([784, hidden, 4], seed=seed)
    wanted = to_bits(data.training.labels, 4).T.astype(np.float32)
    right: list[int] = []

    def note(_epoch: int, _right: int | None, _total: int | None) -> None:
        digits = from_bits(net.feedforward(data.test.rows.T) > 0.5)  # noqa: PLR2004
        right.append(int((digits == data.test.labels).sum()))

    net.SGD((data.training.rows, wanted), epochs, 10, 3.0, on_epoch=note)
    return right


# Row D4: what hidden neurons detect


@dataclass(frozen=True, slots=True)
class Detectors:
    """What the hidden neurons of one network detect, in figures.

    Attributes:
        learnt: correlation of neighbouring pixels in what the weights changed by.
        before: the same in the weights before learning.
        each: the same in the weights as they are, neuron by neuron.
        digits: for how many digits each neuron fires more often than not.
    """

    learnt: float
    before: float
    each: list[float]
    digits: list[int]

    @property
    def shared(self) -> int:
        """How many neurons fire for several digits, not for one or none, nor for all but one."""
        return sum(1 < n < 9 for n in self.digits)  # noqa: PLR2004


def detectors(net: Network, start: Network, data: Images, where: Array) -> Detectors:
    """Measure what the hidden neurons of a network detect.

    Args:
        net: after learning.
        start: the same before.
        data: the images.
        where: bool (28, 28): the pixels that count.
    """
    before, after = (n.weights[0].reshape(-1, 28, 28) for n in (start, net))
    return Detectors(
        neighbours_agree(after - before, where),
        neighbours_agree(before, where),
        [neighbours_agree(one[np.newaxis], where) for one in after],
        _digits_that_fire(net, data),
    )


def _run_d4(scale: Scale) -> Result:
    from numerist.chapter.figures import draw_digits, draw_weights
    from numerist.model import Model
    from numerist.model.explain import explain
    from numerist.network import Network

    data, seeds = images(scale), scale.choose(scale.seeds, 1)
    # Pixels that are paper in nearly all images keep their first weights: there is no ink to
    # learn from. They are left out, of the pictures and of the figures below.
    inked = data.training.images.mean(axis=0) > 0.02  # noqa: PLR2004
    sizes, epochs = [784, 30, 10], scale.choose(30, 3)
    nets = [
        train(sizes, data.training, data.test, epochs=epochs, seed=seed).net
        for seed in range(seeds)
    ]
    found = [
        detectors(net, Network(sizes, seed=seed), data, inked) for seed, net in enumerate(nets)
    ]
    net, index = nets[0], 0
    digit, for_and_against = contributions(net, data.test.rows[index], data.validation.rows)
    order = np.argsort(-for_and_against)
    ends = [*order[:4].tolist(), *order[-4:].tolist()]
    # A part of a shape is a connected patch of pixels that several digits have in common.
    agrees = all(one.learnt > one.before + 0.3 and one.shared > 15 for one in found)  # noqa: PLR2004  (half of the neurons)
    weights = net.weights[0].reshape(-1, 28, 28) * inked
    said = [f"neuron {j}\n{for_and_against[j]:+.1f}".replace("-", "−") for j in ends]
    parts = explained(net, data.test.images[index])
    shipped = explain(Model(), data.test.images[index])
    return Result(
        f"What 30 hidden neurons learnt ({seeds_named(seeds)}) lies in patches: the changes of "
        "the weights of neighbouring pixels have a correlation of "
        f"{ranged([one.learnt for one in found])}, the random weights before "
        f"{ranged([one.before for one in found])}. Of the 30, "
        f"{spread([one.shared for one in found])} fire for several digits, not for one or for "
        "all. Not every neuron is a clear picture: in its weights as they are, the correlation is "
        f"{ranged([r for one in found for r in one.each])} by neuron; parts are a heuristic, not "
        f"a rule. The first test image is read as {digit} (seed 0); compared with an average "
        f"image, neuron {order[0]} says most for that, {for_and_against[order[0]]:+.1f} in "
        f"weighted input, and neuron {order[-1]} most against it, "
        f"{for_and_against[order[-1]]:+.1f}. Which parts of the image speak is found by changing "
        f"them: where the ink that says most for the {digit} is wiped off, the odds of a {digit} "
        f"are divided by {_factor(parts.ink[digit].max())}; where the paper that says most for it "
        f"is filled with ink, by {_factor(parts.paper[digit].max())}. In the last picture the "
        "network that comes with numerist is asked the same.",
        None if scale.quick else agrees,
        {
            "neighbours_correlation_learnt": [one.learnt for one in found],
            "neighbours_correlation_before": [one.before for one in found],
            "neighbours_correlation_by_neuron": [one.each for one in found],
            "digits_each_neuron_fires_for": [one.digits for one in found],
            "answer": digit,
            "contributions": for_and_against.tolist(),
            "evidence_of_ink": _ends(parts.ink[digit]),
            "evidence_of_paper": _ends(parts.paper[digit]),
        },
        [
            draw_weights(
                weights,
                [str(j) for j in range(30)],
                columns=6,
                alt="The weights of the 30 hidden neurons as pictures (seed 0): blue where ink "
                "makes the neuron fire, red where ink keeps it from firing. Neighbouring pixels "
                f"have a correlation of {ranged(found[0].each)} by neuron.",
            ),
            draw_digits(
                data.test.images[[index]],
                [f"read as {digit}"],
                alt=f"The first test image, a {data.test.labels[index]}.",
            ),
            draw_weights(
                weights[ends],
                said,
                columns=4,
                alt=f"The four hidden neurons that spoke most for the answer {digit}, and the four "
                f"that spoke most against it: {', '.join(said)}.".replace("\n", " "),
            ),
            _draw_parts(parts, digit, "this network"),
            _draw_parts(shipped, shipped.likeliest[0], "the network that comes with numerist"),
        ],
    )


def _draw_parts(parts: Explanation, answer: int, judge: str) -> Picture:
    """Draw what spoke for and against the answer and the two digits that are next probable."""
    from numerist.chapter.figures import draw_evidence

    asked = [answer, *(k for k in parts.likeliest if k != answer)][:3]
    captions = [f"{k}: {100 * parts.probabilities[k]:.1f} %" for k in asked]
    return draw_evidence(
        np.stack([parts.image] * len(asked)),
        parts.evidence[asked],
        captions,
        alt=f"The first test image as {judge} takes it: blue where the ink, or the paper where "
        "there is none, speaks for a digit, red where it speaks against it; for its answer and the "
        f"two digits that are the next probable, {', '.join(captions)}.",
    )


def explained(net: Network, image: Array) -> Explanation:
    """Return which parts of an image spoke for and against each answer of a network.

    Args:
        net: a network of 784 inputs.
        image: (28, 28).
    """
    from numerist.model import Model
    from numerist.model.explain import explain

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "network.onnx")
        net.save(file)
        return explain(Model(file), image)


def _factor(evidence: float) -> str:
    """Return by how much odds are divided, to two digits.

    >>> _factor(7.94), _factor(1.1)
    ('2,800', '3')
    """
    return count(float(f"{np.exp(evidence):.2g}"))


def _ends(evidence: Array) -> list[float]:
    """Return the least and the greatest evidence."""
    return [float(evidence.min()), float(evidence.max())]


def contributions(net: Network, image: Array, others: Array) -> tuple[int, Array]:
    """Return a network's answer, and what each neuron of its last hidden layer says for it.

    The weighted input of the answering neuron is Σ w_j a_j + b. A neuron that fires at every image
    says nothing about this one; so what counts is w_j (a_j − ā_j), where ā_j is its average
    activation: positive where neuron j speaks for the answer, negative where it speaks against it.

    Args:
        net: a network of sigmoid neurons with a hidden layer.
        image: (n_in,).
        others: images to average over, (n, n_in).

    Returns:
        The answer, and w_j (a_j − ā_j) for each hidden neuron (n_hidden,).
    """
    *_, hidden, outputs = net.activations(image)
    usual = net.activations(others.T)[-2].mean(axis=1)
    answer = int(outputs[:, 0].argmax())
    spoken: Array = net.weights[-1][answer] * (hidden[:, 0] - usual)
    return answer, spoken


def neighbours_agree(pictures: Array, where: Array) -> float:
    """Return the correlation of pixels with their right neighbours: 0 for noise, 1 for plains.

    Args:
        pictures: (n, height, width).
        where: bool (height, width): only pairs of which both pixels are in here count.
    """
    pairs = where[:, :-1] & where[:, 1:]
    left, right = pictures[:, :, :-1][:, pairs], pictures[:, :, 1:][:, pairs]
    return float(np.corrcoef(left.ravel(), right.ravel())[0, 1])


def _digits_that_fire(net: Network, data: Images) -> list[int]:
    """Return for each hidden neuron for how many digits it fires more often than not."""
    hidden = net.activations(data.validation.rows.T)[1] > 0.5  # noqa: PLR2004
    by_digit = np.array([hidden[:, data.validation.labels == d].mean(axis=1) for d in range(10)])
    return [int(n) for n in (by_digit > 0.5).sum(axis=0)]  # noqa: PLR2004


# Row D5: four bits out of ten outputs


@dataclass(frozen=True, slots=True)
class Reading:
    """How a layer of bits reads the test images behind a trained network.

    Attributes:
        by_bits: images that the bits get right.
        by_highest: images that the highest activation gets right.
        within: images whose activations keep within the bounds of the exercise.
        alike: of those, images that both read as the same digit.
    """

    by_bits: int
    by_highest: int
    within: int
    alike: int


def _read_with_bits(net: Network, data: Dataset, weights: Array, biases: Array) -> Reading:
    outputs = net.feedforward(data.rows.T)
    read = from_bits(sigmoid(weights @ outputs + biases) > 0.5)  # noqa: PLR2004
    highest = answers(net, data)
    within = (outputs.max(axis=0) >= 0.99) & (np.sort(outputs, axis=0)[-2] < 0.01)  # noqa: PLR2004
    return Reading(
        int((read == data.labels).sum()),
        int((highest == data.labels).sum()),
        int(within.sum()),
        int((read == highest)[within].sum()),
    )


def _run_d5(scale: Scale) -> Result:
    from numerist.chapter.figures import draw_bars, draw_network

    weights, biases = bits_layer()
    margins = worst_cases(weights, biases)
    wrong_corners = _wrong_corners(weights, biases)
    data, seeds = images(scale), scale.choose(scale.seeds, 1)
    epochs = scale.choose(10, 2)
    readings = [
        _read_with_bits(
            train([784, 30, 10], data.training, data.test, epochs=epochs, seed=seed).net,
            data.test,
            weights,
            biases,
        )
        for seed in range(seeds)
    ]
    alike = all(reading.alike == reading.within for reading in readings)
    agrees = bool(margins.min() > 0) and wrong_corners == 0 and alike
    total = len(data.test)
    return Result(
        "Each bit listens with weight 20 to the digits that have it, and has the bias −10. For "
        "every vector of activations within the bounds all four bits come out right: the smallest "
        f"margin of a weighted input is {margins.min():.1f} (a proof, over all real activations), "
        f"and of the 10 · 2¹⁰ corners of the bounds {wrong_corners} are wrong. Behind a trained "
        f"network ({seeds_named(seeds)}) the layer reads "
        f"{spread([reading.by_bits for reading in readings])} of {count(total)} test images, the "
        f"highest activation {spread([reading.by_highest for reading in readings])}. The outputs "
        f"keep within the bounds for {spread([reading.within for reading in readings])} images, "
        f"and of those both read {spread([reading.alike for reading in readings])} alike.",
        agrees,
        {
            "weights": weights.tolist(),
            "biases": biases.ravel().tolist(),
            "margins": margins.tolist(),
            "wrong_corners": wrong_corners,
            "right_by_bits": [reading.by_bits for reading in readings],
            "right_by_highest": [reading.by_highest for reading in readings],
            "within_bounds": [reading.within for reading in readings],
            "read_alike_within_bounds": [reading.alike for reading in readings],
            "total": total,
        },
        [
            draw_network(
                [784, 15, 10, 4],
                alt="The network with a further layer: its ten outputs feed four neurons, one for "
                "each bit.",
            ),
            draw_bars(
                [str(digit) for digit in range(10)],
                margins.min(axis=1),
                label="smallest margin of the bits",
                alt="The smallest margin of the four bits for each digit, in the worst case: "
                f"{between(margins.min(axis=1).tolist(), '.1f')}.",
            ),
        ],
    )


def _wrong_corners(weights: Array, biases: Array) -> int:
    """Return how many corners of the bounds, all digits together, get a wrong bit.

    At a corner each output is at one end of what is allowed to it: 0.99 or 1 for the right one,
    0 or 0.01 for the others.
    """
    ends = to_bits(np.arange(1 << 10), 10)  # every choice of ends, (10, 1024)
    wrong = 0
    for digit in range(10):
        activations = 0.01 * ends
        activations[digit] = 0.99 + 0.01 * ends[digit]
        bits = weights @ activations + biases > 0
        wrong += int((from_bits(bits) != digit).sum())
    return wrong


ROWS: tuple[Row, ...] = (
    Row(
        "D2",
        "784 inputs, n hidden neurons, ten outputs",
        "Every pixel is an input, every digit an output. The answer is the number of the output "
        "neuron with the highest activation.",
        "A three-layer network, 784–n–10, for different n (15 in its drawing). If neuron 6 has the "
        "highest activation, the guess is a 6.",
        """\
import numerist

training, validation, test = numerist.load_mnist()
net = numerist.Network([784, 15, 10], seed=0)
net.SGD(training[:10000], 3, 10, 3.0, test_data=test)
activations = net.feedforward(test.rows[0])
print(activations.round(3), "highest:", activations.argmax(), "truth:", test.labels[0])
""",
        _run_d2,
        seconds=45,
    ),
    Row(
        "D3",
        "Ten outputs or four",
        "Four neurons would be enough to write a digit in binary. But a bit such as “8 or 9” has "
        "little to do with the shape of what was written, so ten outputs learn better.",
        "Both can be tried, and the network with ten outputs learns to recognise digits better "
        "than the one with four.",
        """\
from numerist.chapter.row import Scale
from numerist.chapter.rows.recognising import learn_bits
from numerist.chapter.training import images, train

data = images(Scale(quick=True))
print("ten: ", train([784, 30, 10], data.training, data.test, epochs=10).right)
print("four:", learn_bits(data, epochs=10, seed=0))
""",
        _run_d3,
        seconds=80,
    ),
    Row(
        "D4",
        "What hidden neurons detect",
        "A hidden neuron may look for a part of a shape, and the outputs weigh such evidence. The "
        "weights, drawn as pictures, show how far that is true of a trained network.",
        "As a heuristic: hidden neurons detect parts, such as a quarter of a 0, and an output adds "
        "up the parts. Nothing says that it must be so.",
        """\
import numerist
from numerist.chapter.rows.recognising import contributions

training, validation, test = numerist.load_mnist()
net = numerist.Network([784, 30, 10], seed=0)
net.SGD(training[:10000], 3, 10, 3.0, test_data=test)
answer, spoken = contributions(net, test.rows[0], validation.rows)
print("read as", answer)
for j in spoken.argsort():
    print(f"hidden neuron {j}: {spoken[j]:+.2f}")
""",
        _run_d4,
        seconds=10,
    ),
    Row(
        "D5",
        "Exercise: a layer that writes the digit in binary",
        "Four more neurons turn the ten outputs into bits: each adds up the outputs of the digits "
        "that have its bit, and asks whether they exceed one half.",
        "Weights and biases are to be found, given that the right output is at least 0.99 and the "
        "others are less than 0.01.",
        """\
import numpy as np
from numerist.neurons import bits_layer, worst_cases

weights, biases = bits_layer()
print(weights, biases.ravel())
outputs = np.full((10, 1), 0.009)
outputs[6] = 0.99
print("6 is", (weights @ outputs + biases > 0).astype(int).ravel())
print("least margin:", worst_cases(weights, biases).min())
""",
        _run_d5,
        seconds=7,
    ),
)
