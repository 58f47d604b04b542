"""The rules: each looks at a record and returns its finding, or None."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from numerist.diagnosis.finding import Cause, Finding
from numerist.diagnosis.phrases import (
    count,
    dead_outputs,
    epochs,
    other_rate,
    reached,
    saturated_at_start,
    sentence,
)
from numerist.diagnosis.questions import (
    falling,
    in_trouble,
    last_drop,
    leaps,
    overshoots,
    rises,
    shortfall,
    silenced,
    starts_saturated,
)
from numerist.diagnosis.record import Record
from numerist.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

# Weights from N(0, 1) suit inputs of size 1. Ten times that does what ten times the weights do.
_WIDE_INPUT = 10.0
_FEW = 2  # training images of each class
_SAME = 1e-6  # rows of weights that differ less than rounding in float32 does are the same
_AS_BRIGHT = 0.5  # the mean inputs of two samples of MNIST differ by 1 % of it or so
# Between training and validation images good runs differ by 2 to 7 points. Learning from 2,000
# images makes it 7 to 10, 1,000 10 to 15, 500 16 to 22, 50 30 and more.
_GAP = 0.10
_BELOW = 0.02  # short of looking up by this: enough where the cost is visibly still falling
# The validation cost wavers by up to a tenth from epoch to epoch, and so do its early falls: of
# fewer than five nobody can say that it has levelled off.
_NO_PLATEAU = 5
# The cost falls about as (epochs)^−α. 0.2 means that as many epochs again take 13 % off it. Of good
# runs some reach 0.4, so this counts only below what looking up gives.
_STILL_FALLING = 0.2
# Stochastic steps raise the cost by 2 % now and then. With η = 3 and dead outputs it rose in at
# most 1 epoch of 9, with η = 10 and 30 in 2 to 4 of 9. Without a hidden layer it rises in up to a
# quarter of the epochs with η = 3 and with 10, and a lower rate loses more outputs.
_RISE, _OFTEN = 0.02, 0.2
_LEAP, _MOSTLY = 0.05, 1 / 3  # without dead outputs: a small network reaches 0.05 in 1 epoch of 9
# The alignment is 0.67 and more with η = 0.001 and 0.01, 0.6 to 0.8 with 0.03, which is still slow,
# below 0.35 with 0.3, −0.2 to 0.2 with 3.
_STRAIGHT = 0.5
# Where outputs sink, the direction changes in spite of small steps. Of what the slope promises a
# step ten times as long keeps 0.9 and more with η = 0.1, with 3 at most a third.
_SAME_SLOPE = 0.9
# With m = 10 and η = 3 80 % are right after 1,000 steps, 90 % after 4,000.
_SMALL, _STEPS = 10, 2000
_STEEPER = 6  # the rates that suit cross-entropy are lower than those of the quadratic cost by this
# A sigmoid layer with small weights passes back a quarter of the gradient or less. With three
# hidden layers 0.016 was left of it and they learned; with five 0.0006, and they did not.
_VANISHED = 0.01


def diagnose(record: Record) -> list[Finding]:
    """Return the likely causes of a bad run, the most likely first; none if the run was good.

    Usually it is one. Causes are tried in the order in which one brings others about: inputs that
    are far too large saturate neurons as too large weights do, so inputs come first.

    Args:
        record: what an `Observer` saw.

    Raises:
        InputError: it is no record.
    """
    if not isinstance(record, Record):
        raise InputError(
            "record", "a Record", type(record).__name__, "Write diagnose(observer.record())."
        )
    if record.epochs == 0 and not record.diverged:
        return []
    found = next(filter(None, (rule(record) for rule in _RULES)), None)
    if found is None:
        return []
    further = {
        Cause.LABELS: None,
        Cause.OTHER_IMAGES: None,
        Cause.TOO_LITTLE_DATA: None,
        Cause.RATE_TOO_HIGH: _few_steps(record),  # a rate that suits needs steps enough, too
        Cause.TOO_FEW_STEPS: _too_low(record) if _far_too_low(record) else None,
    }.get(found.cause, _little_data(record))
    return [found] if further is None else [found, further]


# The rules: each returns its finding, or None.


def _inputs(record: Record) -> Finding | None:
    largest = max(abs(record.lowest_input), abs(record.highest_input))
    if largest <= _WIDE_INPUT or not in_trouble(record):
        return None
    return Finding(
        Cause.INPUTS,
        f"The inputs range from {record.lowest_input:g} to {record.highest_input:g};"
        f" {saturated_at_start(record)}, so hardly any gradient gets through.",
        f"scale the inputs to 0…1: divide them by {largest:g}.",
    )


def _other_images(record: Record) -> Finding | None:
    """What is learned from is not what is judged by: classes are missing, or dark is light."""
    last, (known, new) = record.snapshots[-1], record.means
    if record.missing and record.examples >= _FEW * record.sizes[-1]:
        outputs = ", ".join(map(str, record.missing))
        return Finding(
            Cause.TOO_LITTLE_DATA,
            f"No training image asks for output {outputs}, and validation images do;"
            f" {reached(last)}.",
            "images of all classes, or validation images of the same classes only.",
        )
    if last.training_accuracy - last.validation_accuracy < _GAP:
        return None
    if abs(known - new) <= _AS_BRIGHT * max(abs(known), abs(new)):
        return None
    return Finding(
        Cause.OTHER_IMAGES,
        f"The mean input is {known:.2g} in training images and {new:.2g} in validation images;"
        f" {reached(last)}.",
        "make both in the same way: ink 1 and paper 0, the same size and frame.",
    )


def _labels(record: Record) -> Finding | None:
    """Neither the network nor looking up does better than chance on images that are new.

    Where they learned from a few examples, in which some classes do not occur, that says nothing of
    labels.
    """
    # Four standard errors of a share, which chance goes beyond once in 30,000 times. The network is
    # granted twice that, since the best of many epochs is a matter of luck, too.
    margin = 4 * math.sqrt(record.chance * (1 - record.chance) / record.sampled[1])
    best = max(s.validation_accuracy for s in record.snapshots)
    if record.lookup > record.chance + margin or best > record.chance + 2 * margin:
        return None
    if record.examples < _FEW * record.sizes[-1]:
        return _learned_by_heart(record)
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
                f" {reached(last)}.",
                "draw the weights at random, as Network does.",
            )
    return None


def _too_large(record: Record) -> Finding | None:
    if not in_trouble(record) or not starts_saturated(record):
        return None
    return Finding(
        Cause.INITIALISATION,
        f"The weights were far too large to begin with: {saturated_at_start(record)}, so hardly"
        f" any gradient gets through; {reached(record.snapshots[-1])}.",
        "draw smaller weights, N(0, 1) divided by the square root of the number of inputs of the"
        " neuron.",
    )


def _too_high(record: Record) -> Finding | None:
    first, last = record.snapshots[0], record.snapshots[-1]
    if record.diverged:
        evidence = f"The weights left the finite numbers in epoch {record.epochs}."
    elif leaps(record):
        died = f"; {dead_outputs(record)}" if last.dead else ""
        does = (
            f"takes off no more than {record.kept[1]:.0%} of what the slope there promises: it ends"
            " nearly across the valley"
            if record.kept[1] >= 0
            else "raises the cost: it ends beyond the valley"
        )
        evidence = (
            f"One step of this length from the start {does}. Of rates that suit it takes off half"
            f" of the promise or more{died}; {reached(last)}."
        )
    elif not record.kept and _thrown(record):
        evidence = (
            f"{sentence(dead_outputs(record))}; at the start {first.saturated[-1]:.0%} of the"
            f" output activations were saturated, now {last.saturated[-1]:.0%} are. The first steps"
            " were too long, and the gradient that could undo them is gone:"
            f" {last.gradients[-1]:.1g} in the output layer, {first.gradients[-1]:.1g} at the"
            f" start; {reached(last)}."
        )
    elif gone := silenced(record):
        evidence = (
            f"Hidden layer {gone} no longer responds: {first.saturated[gone - 1]:.0%} of its"
            f" activations were saturated before learning, now {last.saturated[gone - 1]:.0%} are,"
            f" and no gradient passes through; {reached(last)}."
        )
    elif (last.dead and len(record.sizes) > 2 and rises(record, _RISE) >= _OFTEN) or (  # noqa: PLR2004
        in_trouble(record) and rises(record, _LEAP) >= _MOSTLY
    ):
        dead = f"{sentence(dead_outputs(record))}, and the" if last.dead else "The"
        evidence = (
            f"{dead} training cost goes up and down instead of falling: it rose by more than"
            f" {_RISE:.0%} in {rises(record, _RISE):.0%} of the epochs; {reached(last)}."
        )
    else:
        return None
    lower = (multiple for multiple in (0.1, 0.01) if not overshoots(record, multiple))
    cure = f"{other_rate(record, next(lower, 0.001))}; begin anew."
    return Finding(Cause.RATE_TOO_HIGH, evidence, cure)


def _thrown(record: Record) -> bool:
    """Whether the first steps killed most outputs, rather than that they all sank slowly."""
    first, last = record.snapshots[0], record.snapshots[-1]
    half = record.sizes[-1] / 2
    return len(first.dead) <= half < len(last.dead) and record.snapshots[1].alignment < _STRAIGHT


def _few_steps(record: Record) -> Finding | None:
    """Too few steps, where a smaller mini-batch gives more of them in as many epochs."""
    m, steps = record.mini_batch_size, record.steps
    if m is None or m <= _SMALL or steps is None or steps >= _STEPS:
        return None
    if _little_data(record) or not (in_trouble(record) or leaps(record)):
        return None
    return Finding(
        Cause.TOO_FEW_STEPS,
        f"A mini-batch of {m} examples gives {count(-(-record.examples // m), 'step')} an epoch,"
        f" {steps} in all, and to learn takes thousands; {reached(record.snapshots[-1])}.",
        f"mini-batches of {_SMALL} instead of {m}: the work of an epoch is the same.",
    )


def _died(record: Record) -> Finding | None:
    last = record.snapshots[-1]
    if not last.dead:
        return None
    hidden = f" for {record.sizes[-2]} hidden neurons" if len(record.sizes) > 2 else ""  # noqa: PLR2004
    with_cost = f" together with the {record.cost} cost" if record.cost == "quadratic" else ""
    evidence = (
        f"{sentence(dead_outputs(record))}. {record.snapshots[0].saturated[-1]:.0%} of the output"
        f" activations were saturated before learning: the initial weights are too large{hidden}"
        f"{with_cost}, since a saturated output gets hardly any gradient; {reached(last)}."
    )
    rate = "a sixth of the rate" if record.eta is None else f"η = {record.eta / _STEEPER:.2g}"
    other_cost = f"the cross-entropy cost, whose gradient does not vanish there, with {rate}; or "
    cure = "smaller initial weights, or another seed."
    return Finding(
        Cause.DEAD_OUTPUTS, evidence, (other_cost if record.cost == "quadratic" else "") + cure
    )


def _little_data(record: Record) -> Finding | None:
    last = record.snapshots[-1]
    gap = last.training_accuracy - last.validation_accuracy
    error = math.hypot(*(0.5 / math.sqrt(n) for n in record.sampled))  # of a difference of shares
    return None if gap < max(_GAP, 2 * error) else _learned_by_heart(record)


def _learned_by_heart(record: Record) -> Finding:
    last = record.snapshots[-1]
    examples = "example" if record.examples == 1 else "examples"
    return Finding(
        Cause.TOO_LITTLE_DATA,
        f"The network is right in {last.training_accuracy:.1%} of the training images but only in"
        f" {last.validation_accuracy:.1%} of the validation images: it learned its"
        f" {record.examples} {examples}, not what they have in common.",
        "more examples, or more made of them by small shifts and turns.",
    )


def _too_low(record: Record) -> Finding | None:
    last = record.snapshots[-1]
    # Three times as high, if ten times as high would be too high.
    higher = [multiple for multiple in (10, 3) if not overshoots(record, multiple)]
    if (
        not in_trouble(record)
        or (last.alignment < _STRAIGHT and not _far_too_low(record))
        or not higher
        or _little_data(record)  # a few examples are learned in a few steps, which can't swing
    ):
        return None
    if last.alignment >= _STRAIGHT:
        small = (
            "they all go the same way, almost straight down the gradient (cosine"
            f" {last.alignment:.2f} in the last epoch; rates that suit give about 0)"
        )
    else:
        small = (
            "the slope hardly changes on one ten times as long, which from the start takes off"
            f" {record.kept[10]:.0%} of what it promises"
        )
    tens = ", and so on by tens until the cost stops falling smoothly" if higher[0] == 10 else ""  # noqa: PLR2004
    return Finding(
        Cause.RATE_TOO_LOW,
        f"The steps are so small that {small}: in the last epoch the weights moved by"
        f" {max(last.changes):.2%} of their size, and the training cost fell by"
        f" {last_drop(record):.2%}; {reached(last)}.",
        f"{other_rate(record, higher[0])}{tens}.",
    )


def _far_too_low(record: Record) -> bool:
    """Whether the slope stays the same as far as ten steps from the start reach."""
    return record.kept.get(10, 0) >= _SAME_SLOPE


def _too_few(record: Record) -> Finding | None:
    before, last = record.snapshots[-2], record.snapshots[-1]
    if record.epochs < _NO_PLATEAU:
        goes_on = True
    else:
        goes_on = (
            shortfall(record) > _BELOW
            and falling(record) >= _STILL_FALLING
            and last.validation_cost < before.validation_cost
        )
    if not goes_on or last.training_cost >= before.training_cost:
        return None
    return Finding(
        Cause.TOO_FEW_EPOCHS,
        f"After {epochs(record.epochs)} the cost has not levelled off: the last one took it from"
        f" {before.training_cost:.3g} to {last.training_cost:.3g} on training images, from"
        f" {before.validation_cost:.3g} to {last.validation_cost:.3g} on validation images.",
        f"{max(10, 3 * record.epochs)} epochs.",
    )


def _vanishing(record: Record) -> Finding | None:
    first, last = record.snapshots[0].gradients, record.snapshots[-1]
    if not in_trouble(record) or first[0] >= _VANISHED * first[-1] or len(first) <= 2:  # noqa: PLR2004
        return None
    return Finding(
        Cause.ARCHITECTURE,
        f"The gradient vanished on its way back through {len(first)} layers: before learning it was"
        f" {first[-1]:.1g} in the last layer, {first[0]:.1g} in the first; {reached(last)}.",
        "fewer layers, or relu activations with a smaller rate.",
    )


def _architecture(record: Record) -> Finding | None:
    if not in_trouble(record):
        return None
    last = record.snapshots[-1]
    narrow = min(record.sizes[1:-1], default=0)
    size = (
        f"its narrowest hidden layer has {count(narrow, 'neuron')}"
        if narrow
        else "it has none hidden"
    )
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
    _other_images,
    _labels,
    _identical,
    _too_large,
    _too_high,
    _few_steps,
    _too_low,
    _died,
    _little_data,
    _vanishing,
    _too_few,
    _architecture,
)
