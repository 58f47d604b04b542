"""Sub-networks put together, beside one network trained end to end.

The contenders learn from the same pictures and are judged on the same others:

- sub-networks: each learns its own question, and they are put together;
- end to end: one network of all the pixels, one hidden layer and one output, that is told only
  whether it is a face. It has as many weights and biases as the assembled network has that are
  not zero, relays included; where that is not possible exactly, a few more;
- the same with more pictures;
- the same, told the answers to all twelve questions, not only to the largest one;
- one with ten times as many hidden neurons; and that with more pictures.

So that nobody is fooled: the sub-networks are told two things that the first rival is not: where
in a picture to look for what, and twelve answers a picture instead of one. The fourth contender
shows how much the answers alone are worth. All begin with small weights and learn by the same SGD
with cross-entropy. A rival with as many layers as the assembled network was tried, and was no
better than the one with a single hidden layer.

Measured with `Scale()` and seed 0, four repetitions, accuracy on 4,000 other pictures as mean ±
standard deviation, half of the pictures being faces: sub-networks 94.6 ± 0.3 %, end to end
83.8 ± 1.7 %, four times the pictures 85.3 ± 0.5 %, told all answers 85.0 ± 1.1 %, ten times as wide
85.1 ± 0.5 %, that with four times the pictures 88.3 ± 0.9 %.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from numerist.checks import whole
from numerist.descent import count_parameters
from numerist.faces.assembly import Assembled, assemble
from numerist.faces.drawing import Faces, draw_faces
from numerist.faces.questions import FACE, NAMES
from numerist.faces.subnetworks import Plan, learn, train_subnetworks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numerist.faces.questions import Question
    from numerist.network import Network
    from numerist.neurons.activations import Array

OURS = "sub-networks"
EQUAL = "end to end"
_PLAN = Plan(epochs=20, mini_batch_size=10, eta=1.0)


@dataclass(frozen=True)
class _Rival:
    """A network that is trained as a whole; `wide` multiplies its hidden neurons."""

    name: str
    plan: Plan
    more: bool = False
    all_answers: bool = False
    wide: int = 1


# Rates and lengths, above too, were chosen out of a few for each contender by its accuracy on
# pictures drawn from other seeds; where two were equal within chance, the shorter.
_RIVALS = (
    _Rival(EQUAL, Plan(10, 10, 0.2)),
    _Rival("end to end, more pictures", Plan(20, 10, 0.5), more=True),
    _Rival("end to end, told all answers", Plan(20, 10, 0.1), all_answers=True),
    _Rival("end to end, ten times as wide", Plan(20, 10, 0.3), wide=10),
    _Rival("end to end, ten times as wide, more pictures", Plan(20, 10, 0.3), more=True, wide=10),
)


@dataclass(frozen=True)
class Scale:
    """How much to compare.

    Args:
        pictures: to learn from, for each seed others.
        test_pictures: to be judged on, the same for all.
        seeds: how often everything is repeated: pictures, initial weights, order.
        more: how many times as many pictures there are in "more pictures".

    Raises:
        InputError: a number that is not whole or below 1.
    """

    pictures: int = 4000
    test_pictures: int = 4000
    seeds: int = 4
    more: int = 4

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            whole(name, value, least=1)


QUICK = Scale(pictures=400, test_pictures=300, seeds=2, more=2)
"""A few seconds."""


@dataclass
class Contender:
    """One way to answer whether it is a face, and how well it did.

    Attributes:
        name: what it is called.
        sizes: of the layers of its network.
        parameters: weights and biases that are not zero by construction.
        pictures: how many it learnt from.
        answers: how many true answers it was told with each picture.
        accuracies: on the test pictures, one for each seed.
        training_accuracies: on the pictures it learnt from.
        seconds: of training, one for each seed.
    """

    name: str
    sizes: list[int]
    parameters: int
    pictures: int
    answers: int
    accuracies: list[float] = field(default_factory=list)
    training_accuracies: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def mean(self) -> float:
        """Mean accuracy over the seeds."""
        return float(np.mean(self.accuracies))

    @property
    def spread(self) -> float | None:
        """Standard deviation of the accuracy over the seeds; None for a single one."""
        return _deviation(self.accuracies)


@dataclass
class Comparison:
    """What `compare` measured; accuracies are shares from 0 to 1.

    Attributes:
        scale: how much was compared.
        contenders: by name, "sub-networks" first.
        questions: for each question, the accuracy with which its neuron in the assembled network
            answers it, on the test pictures, one for each seed.
        chance: for each question, what always giving the commoner answer would reach there.
        assembled: the assembled network of the first seed.
    """

    scale: Scale
    contenders: dict[str, Contender]
    questions: dict[str, list[float]]
    chance: dict[str, float]
    assembled: Assembled

    @property
    def lead(self) -> tuple[float, float | None]:
        """By how much the sub-networks are ahead of "end to end": mean and spread over the seeds.

        The mean is negative where they are behind; the spread is None for a single seed.
        """
        ours, theirs = (self.contenders[name].accuracies for name in ("sub-networks", "end to end"))
        ahead = np.subtract(ours, theirs)
        return float(ahead.mean()), _deviation(ahead)

    def tree(self, question: Question = FACE) -> dict[str, Any]:
        """Return the tree of questions for a picture, parts nested under "parts".

        Each has name, region (top, left, height, width, or None), sizes of its sub-network, mean
        accuracy, spread, and chance.
        """
        region = question.region
        inputs = len(question.parts) if region is None else region.height * region.width
        return {
            "name": question.name,
            "region": None if region is None else list(region),
            "sizes": [inputs, *([question.hidden] if region else []), 1],
            "accuracy": float(np.mean(self.questions[question.name])),
            "spread": _deviation(self.questions[question.name]),
            "chance": self.chance[question.name],
            "parts": [self.tree(part) for part in question.parts],
        }

    def numbers(self) -> dict[str, Any]:
        """Return everything but the network as plain numbers, lists and dicts, for JSON."""
        lead, spread = self.lead
        return {
            "scale": asdict(self.scale),
            "contenders": {name: asdict(one) for name, one in self.contenders.items()},
            "questions": self.questions,
            "chance": self.chance,
            "lead": lead,
            "lead_spread": spread,
        }


def compare(
    scale: Scale | None = None, seed: int = 0, *, progress: Callable[[str], None] | None = None
) -> Comparison:
    """Train all contenders, several times, and judge them.

    Args:
        scale: how much; `Scale()` takes about a minute on one core, `QUICK` a few seconds.
        seed: of everything random.
        progress: called with a few words before each piece of work.

    Raises:
        InputError: the seed is not a whole number of at least 0.

    >>> result = compare(Scale(pictures=20, test_pictures=20, seeds=1, more=1))
    >>> [contender.sizes for contender in result.contenders.values()][:2]
    [[1600, 56, 9, 5, 1], [1600, 6, 1]]
    """
    scale, say = scale or Scale(), progress or _say_nothing
    whole("seed", seed, least=0)
    say("drawing pictures")
    pool = draw_faces(scale.pictures * max(scale.seeds, scale.more), [seed, 0])
    test = draw_faces(scale.test_pictures, [seed, 1])
    contenders: dict[str, Contender] = {}
    assembled = []
    for repetition in range(scale.seeds):
        few = _blocks(pool, scale.pictures, repetition, 1)
        many = _blocks(pool, scale.pictures, repetition, scale.more)
        say(f"{OURS}, {repetition + 1} of {scale.seeds}")
        start = perf_counter()
        networks = train_subnetworks(few, [seed, repetition], _PLAN)
        assembled.append(assemble(FACE, networks))
        ours = _entry(contenders, OURS, assembled[-1].network, few, len(NAMES))
        ours.parameters = assembled[-1].trained + 2 * assembled[-1].relays
        _judge(ours, assembled[-1].network, few, test, start)
        for rival in _RIVALS:
            say(f"{rival.name}, {repetition + 1} of {scale.seeds}")
            faces, start = many if rival.more else few, perf_counter()
            network = _train(rival, faces, ours.parameters, [seed, repetition])
            entry = _entry(contenders, rival.name, network, faces, network.sizes[-1])
            _judge(entry, network, faces, test, start)
    answers = [one.answers(test.rows) for one in assembled]
    return Comparison(
        scale,
        contenders,
        questions={name: [_share(a[name], test.answer(name)) for a in answers] for name in NAMES},
        chance={name: _chance(test.answer(name)) for name in NAMES},
        assembled=assembled[0],
    )


def hidden_neurons(parameters: int, inputs: int, outputs: int) -> int:
    """Return the fewest hidden neurons with which a network has at least so many parameters.

    With h of them [inputs, h, outputs] has h (inputs + 1) + outputs (h + 1) weights and biases.

    >>> hidden_neurons(23860, 784, 10), hidden_neurons(23861, 784, 10)
    (30, 31)
    """
    return max(1, -((outputs - parameters) // (inputs + 1 + outputs)))


def _train(rival: _Rival, faces: Faces, parameters: int, seed: Sequence[int]) -> Network:
    answers = faces.answers if rival.all_answers else faces.answers[:, :1]
    inputs, outputs = faces.rows.shape[1], answers.shape[1]
    hidden = rival.wide * hidden_neurons(parameters, inputs, outputs)
    first = int(np.random.SeedSequence(seed).generate_state(1)[0])
    return learn([inputs, hidden, outputs], faces.rows, answers, first, rival.plan)


def _entry(
    contenders: dict[str, Contender], name: str, network: Network, faces: Faces, answers: int
) -> Contender:
    """Return the contender of this name, a new one at first."""
    parameters = count_parameters(network.sizes)
    new = Contender(name, network.sizes, parameters, len(faces), answers)
    return contenders.setdefault(name, new)


def _judge(
    contender: Contender, network: Network, training: Faces, test: Faces, start: float
) -> None:
    """Note how long a network was trained since `start`, and how well it does."""
    contender.seconds.append(perf_counter() - start)
    for faces, noted in (
        (training, contender.training_accuracies),
        (test, contender.accuracies),
    ):
        noted.append(_share(network.feedforward(faces.rows.T)[0], faces.answer("face")))


def _blocks(pool: Faces, pictures: int, first: int, count: int) -> Faces:
    """Return `count` blocks of pictures, going on from the beginning after the last."""
    rows = np.arange(first * pictures, (first + count) * pictures) % len(pool)
    return pool[rows]


def _share(activations: Array, truth: Array) -> float:
    """Return the share of right answers, where ½ and above is a yes."""
    return float(((activations >= 0.5) == truth).mean())  # noqa: PLR2004


def _chance(truth: Array) -> float:
    return float(max(truth.mean(), 1 - truth.mean()))


def _deviation(values: Sequence[float] | Array) -> float | None:
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def _say_nothing(words: str) -> None:
    """Report no progress."""
