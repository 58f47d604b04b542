"""Why a network does not learn: a training run is observed, and its likely fault is named.

An `Observer` looks at a network before learning and after every epoch, on a sample of the training
and of the validation examples, and keeps a `Record`. `diagnose` reads the record and returns
findings: the likely cause, the evidence, what to try. A run that went well gives none.

The thresholds were chosen on runs of [784, 30, 10] and its relatives on MNIST with the seeds 100,
101, …; the tests use other seeds. Only training and validation images are looked at.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from numerist.checks import positive, whole
from numerist.data.examples import Array, Examples, as_examples
from numerist.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numerist.network import Network
    from numerist.neurons import Activation

# A neuron is saturated where less than this share of the steepest slope is left: a sigmoid outside
# 0.01…0.99, where σ' < 0.0099 of at most 0.25. Less than 1/25 of a gradient passes through it.
_FLAT = 0.04
_BARELY = 0.95  # an output is dead if it is saturated near 0 on nearly all images of its own class
_FEW_IMAGES = 10  # of fewer images of a class nothing is concluded

# In good runs the first hidden layer starts 50 to 65 % saturated ([784, n, 10], weights N(0, 1)),
# the output layer 15 to 30 % (n = 30) or 40 to 56 % (n = 100, which costs some outputs). With
# weights three times as large it is 86 and 70 %, with ten times 96 and 91 %, and nothing learns.
_SATURATED_OUTPUTS = 0.65
_SATURATED_HIDDEN = 0.95
# Weights from N(0, 1) suit inputs of size 1. Ten times that does what ten times the weights do.
_WIDE_INPUT = 10.0
_SAME = 1e-6  # rows of weights that differ less than rounding in float32 does are the same
# Between training and validation images good runs differ by 2 to 7 points. Learning from 2,000
# images makes it 7 to 10, 1,000 10 to 15, 500 16 to 22, 50 30 and more.
_GAP = 0.10
# A network is in trouble if it is this much worse than looking up the most similar of the sampled
# training images. Good runs beat that by 1 to 7 points; ten hidden neurons fall 4 points short.
_SHORT = 0.05
_BELOW = 0.02  # enough where the cost is visibly still falling
# The validation cost wavers by up to a tenth from epoch to epoch, and so do its early falls: of
# fewer than five nobody can say that it has levelled off.
_NO_PLATEAU = 5
# The cost falls about as (epochs)^−α. 0.2 means that as many epochs again take 13 % off it. Of good
# runs some reach 0.4, so this counts only below what looking up gives.
_STILL_FALLING = 0.2
_SILENT = 0.999  # of a layer's activations saturated: hidden layers of good runs end at 0.6 to 0.9
# Stochastic steps raise the cost by 2 % now and then. With η = 3 and dead outputs it rose in at
# most 1 epoch of 9, with η = 10 and 30 in 2 to 4 of 9.
_RISE, _OFTEN = 0.02, 0.2
_LEAP, _MOSTLY = 0.05, 1 / 3  # without dead outputs: a small network reaches 0.05 in 1 epoch of 9
# The alignment is 0.67 and more with η = 0.001 and 0.01, 0.6 to 0.8 with 0.03, which is still slow,
# below 0.35 with 0.3, −0.2 to 0.2 with 3.
_STRAIGHT = 0.5
# A sigmoid layer with small weights passes back a quarter of the gradient or less. With three
# hidden layers 0.016 was left of it and they learned; with five 0.0006, and they did not.
_VANISHED = 0.01


class Cause(StrEnum):
    """What may be wrong with a training run."""

    INPUTS = "inputs not scaled to 0…1"
    LABELS = "labels do not fit the images"
    INITIALISATION = "initialisation"
    RATE_TOO_HIGH = "learning rate too high"
    RATE_TOO_LOW = "learning rate too low"
    DEAD_OUTPUTS = "outputs that died"
    TOO_LITTLE_DATA = "too little data"
    TOO_FEW_EPOCHS = "too few epochs"
    ARCHITECTURE = "architecture"


@dataclass(frozen=True, slots=True)
class Finding:
    """A likely cause, why it is believed, and what to do about it.

    >>> print(Finding(Cause.TOO_FEW_EPOCHS, "The cost is falling.", "Go on."))
    Likely cause: too few epochs. The cost is falling. Try: Go on.
    """

    cause: Cause
    evidence: str
    cure: str

    def __str__(self) -> str:
        return f"Likely cause: {self.cause}. {self.evidence} Try: {self.cure}"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A network at one moment. Lists by layer leave out the input layer.

    Attributes:
        epochs: how many epochs it had learned; 0 is before learning.
        saturated: by layer, the share of activations that are saturated, over neurons and examples.
        gradients: by layer, the length ‖∇C‖ of the gradient of the training sample's mean cost.
        changes: by layer, how far the weights moved since the snapshot before, ‖Δw‖ / ‖w‖.
        alignment: the cosine of the angle between that move, of all weights and biases together,
            and −∇C at its end. 1 is straight down the valley; long steps swing across it.
        spread: by layer, how far its neurons differ in weights and bias: 0 if all are the same, 1
            if their mean is 0.
        training_cost, validation_cost: mean cost.
        training_accuracy, validation_accuracy: share of right answers.
        winning: by output, the share of validation examples in which it is the highest (with
            several outputs per class: in which it is at least 0.5).
        firing: by output, the largest activation on validation examples.
        dead: the outputs that are saturated near 0 on the training examples in which they should
            be 1.
    """

    epochs: int
    saturated: list[float]
    gradients: list[float]
    changes: list[float]
    alignment: float
    spread: list[float]
    training_cost: float
    validation_cost: float
    training_accuracy: float
    validation_accuracy: float
    winning: list[float]
    firing: list[float]
    dead: list[int]


@dataclass(frozen=True, slots=True)
class Record:
    """What was seen of a training run.

    Attributes:
        sizes: neurons by layer.
        activation, output, cost: names, as in `Network`.
        eta: the learning rate, if it was told.
        examples: how many training examples there are.
        sampled: how many of them, and of the validation examples, were looked at.
        lowest_input, highest_input: the range of the training inputs.
        chance: the share of the most frequent class among the validation examples.
        lookup: accuracy of answering with the class of the most similar sampled training example.
        snapshots: before learning, and after every epoch.
        diverged: whether the weights left the finite numbers.
    """

    sizes: list[int]
    activation: str
    output: str
    cost: str
    eta: float | None
    examples: int
    sampled: tuple[int, int]
    lowest_input: float
    highest_input: float
    chance: float
    lookup: float
    snapshots: list[Snapshot]
    diverged: bool

    @property
    def epochs(self) -> int:
        """The number of epochs learned."""
        return len(self.snapshots) - 1

    def numbers(self) -> dict[str, Any]:
        """Return everything as lists and plain numbers, ready for JSON and for drawing.

        The fields of the snapshots stand in `curves`, each a list over `curves["epochs"]`. What is
        not finite is None.
        """
        numbers = asdict(self)
        snapshots = numbers.pop("snapshots")
        numbers["curves"] = {name: [s[name] for s in snapshots] for name in snapshots[0]}
        plain: dict[str, Any] = _plain(numbers)
        return plain


class Observer:
    """Watches a network learn; an instance is an `on_epoch` callback of `Network.SGD`.

    Make it just before learning begins: it looks at the network then, too. It draws its samples
    with a generator of its own, so that it does not change what is learned. A look at 1,000 and
    1,000 images costs a few hundredths of a second.

    Args:
        net: the network that learns.
        training, validation: examples, as for `Network.SGD`; each desired output is 0 or 1.
        eta: the learning rate, if advice is to name it.
        sample: how many training examples to look at, and as many validation examples.

    Raises:
        InputError, ShapeError: data that `Network.SGD` would refuse, or desired outputs that are
            neither 0 nor 1: this is for networks that classify.

    >>> from numerist import Network
    >>> points = np.random.default_rng(0).random((400, 2))
    >>> above = (points[:, 0] + points[:, 1] > 1).astype(int)
    >>> training, validation = (points[:300], above[:300]), (points[300:], above[300:])
    >>> net = Network([2, 4, 2], seed=0)
    >>> observer = Observer(net, training, validation)
    >>> net.SGD(training, 20, 10, 3.0, on_epoch=observer)
    >>> diagnose(observer.record())
    []
    >>> [w.fill(0) for w in (*net.weights, *net.biases)]
    [None, None, None, None]
    >>> observer = Observer(net, training, validation)
    >>> net.SGD(training, 5, 10, 3.0, on_epoch=observer)
    >>> print(diagnose(observer.record())[0].cause)
    initialisation
    """

    def __init__(
        self,
        net: Network,
        training: Examples,
        validation: Examples,
        *,
        eta: float | None = None,
        sample: int = 1000,
    ) -> None:
        whole("sample", sample, least=1)
        self._net = net
        self._eta = None if eta is None else positive("eta", eta)
        inputs, desired = self._rows(training, "training")
        self._examples = len(inputs)
        self._range = float(inputs.min()), float(inputs.max())
        self._training = _sample(inputs, desired, sample)
        self._validation = _sample(*self._rows(validation, "validation"), sample)
        self._snapshots: list[Snapshot] = []
        self._before = self._parameters()
        self._look()

    def __call__(self, epoch: int, right: int | None = None, total: int | None = None) -> None:  # noqa: ARG002
        """Look at the network after an epoch; the arguments are those of `on_epoch`."""
        self._look()

    def record(self, *, diverged: bool = False) -> Record:
        """Return what was seen; call it when learning is over, while the network is as it was left.

        Args:
            diverged: say so if `DivergedError` was raised, but the weights were put back.
        """
        finite = all(np.isfinite(a).all() for a in (*self._net.weights, *self._net.biases))
        return Record(
            sizes=list(self._net.sizes),
            activation=self._net.hidden.name,
            output=self._net.output.name,
            cost=self._net.cost.name,
            eta=self._eta,
            examples=self._examples,
            sampled=(self._training[0].shape[1], self._validation[0].shape[1]),
            lowest_input=self._range[0],
            highest_input=self._range[1],
            chance=_largest_class(self._validation[1]),
            lookup=_lookup(self._training, self._validation),
            snapshots=list(self._snapshots),
            diverged=diverged or not finite,
        )

    def _rows(self, data: Examples, place: str) -> tuple[Array, Array]:
        inputs, desired = as_examples(data, self._net.sizes[0], self._net.sizes[-1], place)
        if not np.isin(desired, (0, 1)).all():
            raise InputError(
                f"{place}, desired outputs",
                "0 or 1, as of a network that classifies",
                f"{desired.min():g} to {desired.max():g}",
                "Only networks that classify can be diagnosed.",
            )
        return inputs, desired

    def _look(self) -> None:
        net = self._net
        x, y = self._training
        with np.errstate(over="ignore", invalid="ignore"):  # large weights: a cost may be infinite
            layers = _activations(net, x, net.weights, net.biases)
            outputs, unseen = layers[-1], _outputs(net, self._validation[0])
            nabla_b, nabla_w = net.backprop(x, y)
            now = self._parameters()
            moves = [a - b for a, b in zip(now, self._before, strict=True)]
            snapshot = Snapshot(
                epochs=len(self._snapshots),
                saturated=[
                    float(_flat(f, a).mean()) for f, a in zip(_functions(net), layers, strict=True)
                ],
                gradients=[
                    math.hypot(np.linalg.norm(b), np.linalg.norm(w)) / x.shape[1]
                    for b, w in zip(nabla_b, nabla_w, strict=True)
                ],
                changes=[
                    _ratio(np.linalg.norm(move), np.linalg.norm(w))
                    for move, w in zip(moves[: len(net.weights)], now, strict=False)
                ],
                alignment=-_cosine(moves, [*nabla_w, *nabla_b]),
                spread=[_spread(w, b) for w, b in zip(net.weights, net.biases, strict=True)],
                training_cost=float(net.cost.each(outputs, y).mean()),
                validation_cost=float(net.cost.each(unseen, self._validation[1]).mean()),
                training_accuracy=float(_right(outputs, y, net.border).mean()),
                validation_accuracy=float(_right(unseen, self._validation[1], net.border).mean()),
                winning=_winning(unseen, self._validation[1], net.border),
                firing=[float(a) for a in unseen.max(axis=1)],
                dead=_dead(net.output, outputs, y),
            )
        self._snapshots.append(snapshot)
        self._before = now

    def _parameters(self) -> list[Array]:
        """Return a copy of the weights, then of the biases, float64."""
        return [a.astype(np.float64) for a in (*self._net.weights, *self._net.biases)]


def diagnose(record: Record) -> list[Finding]:
    """Return the likely causes of a bad run, the most likely first; none if the run was good.

    Usually it is one. Causes are tried in the order in which one brings others about: inputs that
    are far too large saturate neurons as too large weights do, so inputs come first.

    Args:
        record: what an `Observer` saw.
    """
    if record.epochs == 0 and not record.diverged:
        return []
    found = next(filter(None, (rule(record) for rule in _RULES)), None)
    if found is None:
        return []
    data = None if found.cause in (Cause.LABELS, Cause.TOO_LITTLE_DATA) else _little_data(record)
    return [found] if data is None else [found, data]


# The rules: each returns its finding, or None.


def _inputs(record: Record) -> Finding | None:
    largest = max(abs(record.lowest_input), abs(record.highest_input))
    if largest <= _WIDE_INPUT or not _in_trouble(record):
        return None
    return Finding(
        Cause.INPUTS,
        f"The inputs range from {record.lowest_input:g} to {record.highest_input:g};"
        f" {_saturated_at_start(record)}, so hardly any gradient gets through.",
        f"scale the inputs to 0…1: divide them by {largest:g}.",
    )


def _labels(record: Record) -> Finding | None:
    """Neither the network nor looking up does better than chance on images that are new."""
    # Four standard errors of a share, which chance goes beyond once in 30,000 times. The network is
    # granted twice that, since the best of many epochs is a matter of luck, too.
    margin = 4 * math.sqrt(record.chance * (1 - record.chance) / record.sampled[1])
    best = max(s.validation_accuracy for s in record.snapshots)
    if record.lookup > record.chance + margin or best > record.chance + 2 * margin:
        return None
    last = record.snapshots[-1]
    return Finding(
        Cause.LABELS,
        f"On validation images the network is right in {last.validation_accuracy:.1%}, and"
        f" answering with the label of the most similar training image in {record.lookup:.1%};"
        f" always saying the most frequent class gives {record.chance:.1%}.",
        "look at some images with their labels; were images and labels shuffled apart, or read"
        " from files that do not belong together?",
    )


def _identical(record: Record) -> Finding | None:
    for layer, (size, spread) in enumerate(
        zip(record.sizes[1:-1], record.snapshots[0].spread, strict=False), start=1
    ):
        if size > 1 and spread < _SAME:
            last = record.snapshots[-1]
            return Finding(
                Cause.INITIALISATION,
                f"The {size} neurons of hidden layer {layer} began with the same weights and"
                " biases, so that they all get the same gradient and can hardly come to differ;"
                f" {_reached(last)}.",
                "draw the weights at random, as Network does.",
            )
    return None


def _too_large(record: Record) -> Finding | None:
    if not _in_trouble(record) or not _starts_saturated(record):
        return None
    return Finding(
        Cause.INITIALISATION,
        f"The weights were far too large to begin with: {_saturated_at_start(record)}, so hardly"
        f" any gradient gets through; {_reached(record.snapshots[-1])}.",
        "draw smaller weights, N(0, 1) divided by the square root of the number of inputs of the"
        " neuron.",
    )


def _too_high(record: Record) -> Finding | None:
    first, last = record.snapshots[0], record.snapshots[-1]
    if record.diverged:
        evidence = f"The weights left the finite numbers in epoch {record.epochs}."
    elif 2 * len(first.dead) <= record.sizes[-1] < 2 * len(last.dead):
        evidence = (
            f"{_dead_outputs(record)}; at the start {first.saturated[-1]:.0%} of the output"
            f" activations were saturated, now {last.saturated[-1]:.0%} are. The first steps were"
            f" too long, and the gradient that could undo them is gone: {last.gradients[-1]:.1g} in"
            f" the output layer, {first.gradients[-1]:.1g} at the start; {_reached(last)}."
        )
    elif gone := _silenced(record):
        evidence = (
            f"Hidden layer {gone} no longer responds: {first.saturated[gone - 1]:.0%} of its"
            f" activations were saturated before learning, now {last.saturated[gone - 1]:.0%} are,"
            f" and no gradient passes through; {_reached(last)}."
        )
    elif (last.dead and _rises(record, _RISE) >= _OFTEN) or (
        _in_trouble(record) and _rises(record, _LEAP) >= _MOSTLY
    ):
        dead = f"{_dead_outputs(record)}, and the" if last.dead else "The"
        evidence = (
            f"{dead} training cost goes up and down instead of falling: it rose by more than"
            f" {_RISE:.0%} in {_rises(record, _RISE):.0%} of the epochs; {_reached(last)}."
        )
    else:
        return None
    return Finding(Cause.RATE_TOO_HIGH, evidence, f"{_other_rate(record, 0.1)}; begin anew.")


def _died(record: Record) -> Finding | None:
    last = record.snapshots[-1]
    if not last.dead:
        return None
    hidden = f" for {record.sizes[-2]} hidden neurons" if len(record.sizes) > 2 else ""  # noqa: PLR2004
    with_cost = f" together with the {record.cost} cost" if record.cost == "quadratic" else ""
    evidence = (
        f"{_dead_outputs(record)}. {record.snapshots[0].saturated[-1]:.0%} of the output"
        f" activations were saturated before learning: the initial weights are too large{hidden}"
        f"{with_cost}, since a saturated output gets hardly any gradient; {_reached(last)}."
    )
    other_cost = 'cost="cross-entropy", whose gradient does not vanish there; or '
    cure = "smaller initial weights, or another seed."
    return Finding(
        Cause.DEAD_OUTPUTS, evidence, (other_cost if record.cost == "quadratic" else "") + cure
    )


def _little_data(record: Record) -> Finding | None:
    last = record.snapshots[-1]
    gap = last.training_accuracy - last.validation_accuracy
    error = math.hypot(*(0.5 / math.sqrt(n) for n in record.sampled))  # of a difference of shares
    if gap < max(_GAP, 2 * error):
        return None
    return Finding(
        Cause.TOO_LITTLE_DATA,
        f"The network is right in {last.training_accuracy:.1%} of the training images but only in"
        f" {last.validation_accuracy:.1%} of the validation images: it learned its"
        f" {record.examples} examples, not what they have in common.",
        "more examples, or more made of them by small shifts and turns.",
    )


def _too_low(record: Record) -> Finding | None:
    last = record.snapshots[-1]
    if (
        not _in_trouble(record)
        or last.alignment < _STRAIGHT
        or _little_data(record)  # a few examples are learned in a few steps, which can't swing
    ):
        return None
    return Finding(
        Cause.RATE_TOO_LOW,
        f"The steps are so small that they all go the same way: in the last epoch the weights"
        f" moved almost straight down the gradient (cosine {last.alignment:.2f}; rates that suit"
        f" give about 0), by {max(last.changes):.2%} of their size, and the training cost fell by"
        f" {_last_drop(record):.2%}; {_reached(last)}.",
        f"{_other_rate(record, 10)}, and so on by tens until the cost stops falling smoothly.",
    )


def _too_few(record: Record) -> Finding | None:
    before, last = record.snapshots[-2], record.snapshots[-1]
    if record.epochs < _NO_PLATEAU:
        falling = (
            last.training_cost < before.training_cost
            or last.validation_cost < before.validation_cost
        )
    else:
        falling = (
            _shortfall(record) > _BELOW
            and _falling(record) >= _STILL_FALLING
            and last.validation_cost < before.validation_cost
        )
    if not falling:
        return None
    return Finding(
        Cause.TOO_FEW_EPOCHS,
        f"After {_epochs(record.epochs)} the cost has not levelled off: the last one took it from"
        f" {before.training_cost:.3g} to {last.training_cost:.3g} on training images, from"
        f" {before.validation_cost:.3g} to {last.validation_cost:.3g} on validation images.",
        f"{max(10, 3 * record.epochs)} epochs.",
    )


def _vanishing(record: Record) -> Finding | None:
    first, last = record.snapshots[0].gradients, record.snapshots[-1]
    if not _in_trouble(record) or first[0] >= _VANISHED * first[-1] or len(first) <= 2:  # noqa: PLR2004
        return None
    return Finding(
        Cause.ARCHITECTURE,
        f"The gradient vanished on its way back through {len(first)} layers: before learning it was"
        f" {first[-1]:.1g} in the last layer, {first[0]:.1g} in the first; {_reached(last)}.",
        'fewer layers, or activation="relu" with a smaller rate.',
    )


def _architecture(record: Record) -> Finding | None:
    if not _in_trouble(record):
        return None
    last = record.snapshots[-1]
    narrow = min(record.sizes[1:-1], default=0)
    size = f"its narrowest hidden layer has {narrow} neurons" if narrow else "it has none hidden"
    return Finding(
        Cause.ARCHITECTURE,
        f"The network is right in {last.training_accuracy:.1%} of its own training images and in"
        f" {last.validation_accuracy:.1%} of the validation images, where answering with the label"
        f" of the most similar of {record.sampled[0]} training images gives {record.lookup:.1%}."
        f" Its cost has levelled off, and nothing else is seen to be wrong; {size}.",
        f"{max(30, 4 * narrow)} hidden neurons, or another activation.",
    )


_RULES: tuple[Callable[[Record], Finding | None], ...] = (
    _inputs,
    _labels,
    _identical,
    _too_large,
    _too_high,
    _too_low,
    _died,
    _little_data,
    _vanishing,
    _too_few,
    _architecture,
)


# What the rules ask of a record.


def _shortfall(record: Record) -> float:
    """How much less often the network is right than looking up the most similar example."""
    return record.lookup - record.snapshots[-1].validation_accuracy


def _in_trouble(record: Record) -> bool:
    last = record.snapshots[-1]
    return record.diverged or bool(last.dead) or _shortfall(record) > _SHORT


def _starts_saturated(record: Record) -> bool:
    *hidden, output = record.snapshots[0].saturated
    two_sided = record.activation in ("sigmoid", "tanh")  # half of all rectified neurons are off
    return output >= _SATURATED_OUTPUTS or (
        two_sided and max(hidden, default=0) >= _SATURATED_HIDDEN
    )


def _silenced(record: Record) -> int | None:
    """Return the number of a hidden layer that learning has saturated for all examples."""
    layers = zip(record.snapshots[0].saturated[:-1], record.snapshots[-1].saturated, strict=False)
    gone = [k for k, (start, end) in enumerate(layers, 1) if start < _SILENT <= end]
    return gone[0] if gone and _in_trouble(record) else None


def _rises(record: Record, least: float) -> float:
    """The share of the epochs after the first in which the training cost rose by `least`."""
    costs = [s.training_cost for s in record.snapshots[1:]]
    risen = [b > a * (1 + least) for a, b in pairwise(costs)]
    return sum(risen) / len(risen) if risen else 0.0


def _last_drop(record: Record) -> float:
    """The share of the training cost that the last epoch took off."""
    before, after = (s.training_cost for s in record.snapshots[-2:])
    return _ratio(before - after, before)


def _falling(record: Record) -> float:
    """α of cost ~ epochs^−α, fitted to the validation cost over the last half of the epochs."""
    seen = [s for s in record.snapshots[1:] if 2 * s.epochs >= record.epochs]
    costs = np.array([s.validation_cost for s in seen])
    if not (np.isfinite(costs).all() and (costs > 0).all()):
        return 0.0
    return -float(np.polyfit(np.log([s.epochs for s in seen]), np.log(costs), 1)[0])


# Phrases.


def _reached(last: Snapshot) -> str:
    return f"{last.validation_accuracy:.1%} of the validation images are right"


def _saturated_at_start(record: Record) -> str:
    first = record.snapshots[0]
    *hidden, output = first.saturated
    shares = [f"{share:.0%} of hidden layer {k}" for k, share in enumerate(hidden, start=1)]
    return (
        f"before learning {', '.join([*shares, f'{output:.0%} of the output layer'])} are saturated"
    )


def _dead_outputs(record: Record) -> str:
    dead = record.snapshots[-1].dead
    if len(dead) == record.sizes[-1]:
        return "No output fires any more"
    if len(dead) == 1:
        return f"Output {dead[0]} stays near 0 even for the class it stands for"
    return f"Outputs {', '.join(map(str, dead))} stay near 0 even for the classes they stand for"


def _epochs(count: int) -> str:
    return "1 epoch" if count == 1 else f"{count} epochs"


def _other_rate(record: Record, factor: float) -> str:
    if record.eta is None:
        return "a rate ten times as high" if factor > 1 else "a tenth of the rate"
    return f"η = {record.eta * factor:.3g} instead of {record.eta:g}"


# What is measured.


def _sample(inputs: Array, desired: Array, count: int) -> tuple[Array, Array]:
    """Return a sample in columns: float64 (n_in, m) and (n_out, m), always the same one."""
    chosen = np.random.default_rng(0).permutation(len(inputs))[:count]
    return inputs[chosen].T.astype(np.float64), desired[chosen].T.astype(np.float64)


def _functions(net: Network) -> list[Activation]:
    return [net.hidden] * (net.num_layers - 2) + [net.output]


def _activations(
    net: Network, x: Array, weights: Sequence[Array], biases: Sequence[Array]
) -> list[Array]:
    """Return the activations of all layers but the input layer."""
    layers = [x]
    for f, w, b in zip(_functions(net), weights, biases, strict=True):
        layers.append(f.function(w @ layers[-1] + b))
    return layers[1:]


def _outputs(net: Network, x: Array) -> Array:
    return _activations(net, x, net.weights, net.biases)[-1]


def _flat(f: Activation, a: Array) -> Array:
    """Return where the slope at activation a is below 4 % of the steepest, bool as a."""
    if f.name == "softmax":
        slope, steepest = a * (1 - a), 0.25
    else:
        slope, steepest = f.backward(a, np.ones_like(a)), 0.25 if f.name == "sigmoid" else 1.0
    flat: Array = slope < _FLAT * steepest
    return flat


def _dead(output: Activation, a: Array, y: Array) -> list[int]:
    low = _flat(output, a) & (a < 0.5)  # noqa: PLR2004
    return [
        j
        for j, own in enumerate(y > 0)
        if own.sum() >= _FEW_IMAGES and low[j, own].mean() >= _BARELY
    ]


def _right(a: Array, y: Array, border: float) -> Array:
    right: Array
    if _unit(y):
        right = a.argmax(axis=0) == y.argmax(axis=0)
    else:
        right = ((a >= border) == (y > 0)).all(axis=0)
    return right


def _winning(a: Array, y: Array, border: float) -> list[float]:
    won = a == a.max(axis=0) if _unit(y) else a >= border
    return [float(share) for share in won.mean(axis=1)]


def _unit(y: Array) -> bool:
    """Whether each desired output is a unit vector: one output for each class."""
    return len(y) > 1 and bool((y.sum(axis=0) == 1).all())


def _spread(w: Array, b: Array) -> float:
    neurons = np.hstack([w, b]).astype(np.float64)
    return _ratio(np.linalg.norm(neurons - neurons.mean(axis=0)), np.linalg.norm(neurons))


def _cosine(first: Sequence[Array], second: Sequence[Array]) -> float:
    """The cosine of the angle between two vectors, each in pieces; 0 if one of them is 0."""
    a, b = (np.concatenate([piece.ravel() for piece in pieces]) for pieces in (first, second))
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    return _ratio(a @ b, lengths)


def _ratio(a: Any, b: Any) -> float:
    return float(a / b) if b > 0 else 0.0


def _largest_class(y: Array) -> float:
    return float(np.unique(y, axis=1, return_counts=True)[1].max() / y.shape[1])


def _lookup(known: tuple[Array, Array], new: tuple[Array, Array]) -> float:
    """Share of new examples that have the desired output of the nearest known one."""
    (x, y), (v, t) = known, new
    distance = (x * x).sum(axis=0)[:, np.newaxis] - 2 * x.T @ v  # + v·v, the same for all x
    return float((y[:, distance.argmin(axis=0)] == t).all(axis=0).mean())


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
