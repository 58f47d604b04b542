"""What the rules ask of a record."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from numerist.diagnosis.measures import ratio

if TYPE_CHECKING:
    from numerist.diagnosis.record import Record

# In good runs the first hidden layer starts 50 to 65 % saturated ([784, n, 10], weights N(0, 1)),
# the output layer 15 to 30 % (n = 30) or 40 to 56 % (n = 100, which costs some outputs). With
# weights three times as large it is 86 and 70 %, with ten times 96 and 91 %, and nothing learns.
_SATURATED_OUTPUTS = 0.65
_SATURATED_HIDDEN = 0.95
# A network is in trouble if it is this much worse than looking up the most similar of the sampled
# training images. Good runs beat that by 1 to 7 points; ten hidden neurons fall 4 points short.
_SHORT = 0.05
# A step keeps half of its promise if it ends at the bottom of a parabola, nothing if it ends across
# the valley. The rates that suit keep 0.4 to 0.9 before learning: η = 3 with the quadratic cost,
# 0.5 with the others. 0.47 and more is kept with η = 10, where digits are lost now and then, 0.2
# with 30 and 0.06 with 100, where most are; with cross-entropy 0.06 and less with η = 3, 10, …
_KEPT = 0.25
# From 5,000 images good runs beat looking up by 1 to 3 points, from 50,000 by 7 to 9; those learned
# by cross-entropy with η = 10 are 7 to 0 points short of it.
_HARDLY = 0.01
_SILENT = 0.999  # of a layer's activations saturated: hidden layers of good runs end at 0.6 to 0.9


def shortfall(record: Record) -> float:
    """Return how much less often the network is right than looking up the most similar example."""
    return record.lookup - record.snapshots[-1].validation_accuracy


def in_trouble(record: Record) -> bool:
    """Whether the run diverged, lost an output, or ends far below looking up."""
    last = record.snapshots[-1]
    return record.diverged or bool(last.dead) or shortfall(record) > _SHORT


def starts_saturated(record: Record) -> bool:
    """Whether a layer was more saturated before learning than N(0, 1) makes it."""
    *hidden, output = record.snapshots[0].saturated
    if record.cost != "quadratic":
        output = 0.0  # ∂C/∂z = a − y: the gradient passes through a saturated output
    two_sided = record.activation in ("sigmoid", "tanh")  # half of all rectified neurons are off
    return output >= _SATURATED_OUTPUTS or (
        two_sided and max(hidden, default=0) >= _SATURATED_HIDDEN
    )


def overshoots(record: Record, multiple: float = 1) -> bool:
    """Whether a step from the start, with a multiple of η, ends beyond the valley or nearly so.

    False if the rate was not told.
    """
    return bool(record.kept) and not record.kept[multiple] >= _KEPT


def leaps(record: Record) -> bool:
    """Whether the steps are too long, and the run suffers from it.

    Where a step from the start ends higher than it began, it is enough that the network is hardly
    better than looking up.
    """
    return overshoots(record) and (
        in_trouble(record) or (shortfall(record) > -_HARDLY and not record.kept[1] >= 0)
    )


def silenced(record: Record) -> int | None:
    """Return the number of a hidden layer that learning has saturated for all examples."""
    layers = zip(record.snapshots[0].saturated[:-1], record.snapshots[-1].saturated, strict=False)
    gone = [k for k, (start, end) in enumerate(layers, 1) if start < _SILENT <= end]
    return gone[0] if gone and in_trouble(record) else None


def rises(record: Record, least: float) -> float:
    """Return the share of the epochs after the first in which the training cost rose by `least`."""
    costs = [s.training_cost for s in record.snapshots[1:]]
    risen = [b > a * (1 + least) for a, b in pairwise(costs)]
    return sum(risen) / len(risen) if risen else 0.0


def last_drop(record: Record) -> float:
    """Return the share of the training cost that the last epoch took off."""
    before, after = (s.training_cost for s in record.snapshots[-2:])
    return ratio(before - after, before)


def falling(record: Record) -> float:
    """Return α of cost ~ epochs^−α, fitted to the validation cost in the last half of the run."""
    seen = [s for s in record.snapshots[1:] if 2 * s.epochs >= record.epochs]
    costs = np.array([s.validation_cost for s in seen])
    if not (np.isfinite(costs).all() and (costs > 0).all()):
        return 0.0
    return -float(np.polyfit(np.log([s.epochs for s in seen]), np.log(costs), 1)[0])
