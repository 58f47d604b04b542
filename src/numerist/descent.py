"""Gradient descent on any function of any number of variables, equations (7) to (15).

A function C(v) is a valley, v a place in it. `minimise` walks down by the rule v → v − η∇C and
keeps the whole path, to be looked at and drawn.

>>> walk = minimise(lambda v: (v - 3) ** 2, start=0.0, eta=0.1, steps=100)
>>> round(walk.end, 6)
3.0
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, SupportsIndex

import numpy as np

from numerist.checks import finite, generator, positive, whole
from numerist.errors import InputError, ShapeError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike

    from numerist.neurons.activations import Array

_PATIENCE = 5  # swinging raises a cost for a step or two; at five in a row the rate is too large
_UNCHANGED = 1e-6  # of what ‖∇C‖ promises: a cost that falls by less has not fallen
_ROUNDING = 1e-12  # of a cost: changes that are smaller can't be told from rounding
_AS_STEEP = 0.5  # of the first slope: steps that swing and leave more than this do not settle
_SAME_SLOPE = 0.1  # a gradient that has changed by less than this share: short steps
_SLOW = 0.5  # less than this share of the way: the rate is too small for so few steps


class Ending(StrEnum):
    """Why a descent ended."""

    STEPS_DONE = "steps done"
    GRADIENT_SMALL = "gradient small"
    DIVERGED = "diverged"


@dataclass(frozen=True, slots=True)
class Descent:
    """A walk down a valley: k steps from the start, in a space of n variables.

    All its numbers are finite: of a walk that diverges the finite part is kept.

    Attributes:
        path: the places, float64 (k + 1, n); the start is the first.
        costs: C at these places, float64 (k + 1,).
        gradients: ∇C at these places, float64 (k + 1, n).
        eta: the learning rate η.
        ending: why the walk ended.
        shape: the shape of the start; () for a plain number.
    """

    path: Array
    costs: Array
    gradients: Array
    eta: float
    ending: Ending
    shape: tuple[int, ...]

    @property
    def steps(self) -> int:
        """The number of steps taken, k."""
        return len(self.path) - 1

    @property
    def end(self) -> Any:
        """The last place in the shape of the start: an array, or a float for a plain number."""
        return _given_back(self.path[-1], self.shape)

    @property
    def slopes(self) -> Array:
        """The length of the gradient at each place, ‖∇C‖, float64 (k + 1,)."""
        return np.asarray([_length(gradient) for gradient in self.gradients])

    @property
    def share(self) -> float | None:
        """How much of the way down has been gone, from 0 to 1; None where there is no trend.

        The way down is what the cost has fallen already and what it will still fall if it goes
        on slowing down as it did over the last half of the walk, by the same factor in every
        step. This is exact where one curvature rules, as in a round bowl. A long flat valley that
        has not shown itself yet is not foreseen. 0 means that no end is in sight: the cost does
        not slow down at all. There is no trend where the cost has not fallen.
        """
        if self.ending is Ending.DIVERGED or self.steps < 2:  # noqa: PLR2004 -- a trend takes three
            return None
        if self.costs[-1] >= self.costs[0] or self._jumps:
            return None
        quarter = max(1, self.steps // 4)
        before, middle, last = (float(self.costs[-1 - i * quarter]) for i in (2, 1, 0))
        earlier, later = before - middle, middle - last
        if later < 0 or earlier < 0:
            return None
        if later == 0:
            return 1.0
        if later >= earlier:
            return 0.0
        gone = float(self.costs[0]) - last
        # The geometric series later·q + later·q² + …, with q = later / earlier.
        to_come = later * (later / (earlier - later))
        return gone / (gone + to_come)

    @property
    def _promised(self) -> float:
        """How far the cost would have fallen if the ground had not curved: η Σ ‖∇C‖²."""
        with np.errstate(over="ignore"):
            return float(self.eta * np.square(self.slopes[:-1]).sum())

    @property
    def _jumps(self) -> bool:
        """Whether the walk crosses the valley for ever and lands as high as it left."""
        range_of_costs = float(self.costs.max()) - float(self.costs.min())
        shows = self._promised > _ROUNDING * float(np.abs(self.costs).max())
        return shows and range_of_costs <= _UNCHANGED * self._promised

    @property
    def _swings(self) -> bool:
        """Whether most of the later steps went back across the valley, against those before."""
        later = self.gradients[-1 - max(1, self.steps // 2) :]
        scaled = later / max(float(np.abs(later).max()), np.finfo(np.float64).tiny)
        against = (scaled[1:] * scaled[:-1]).sum(axis=1) < 0
        return bool(2 * against.sum() > len(against))

    @property
    def _stays_steep(self) -> bool:
        return bool(self.slopes[-1] > _AS_STEEP * self.slopes[0])

    @property
    def _hardly_moved(self) -> bool:
        """Whether the gradient is still that of the start: the ground has not shown its shape."""
        change = _length(self.gradients[-1] - self.gradients[0])
        return change <= _SAME_SLOPE * float(self.slopes[0])

    @property
    def sentence(self) -> str:
        """What happened and what to try, for a person."""
        if self.ending is Ending.DIVERGED:
            return self._divergence
        if self.steps == 0:
            ground = "level" if self.ending is Ending.GRADIENT_SMALL else "not level"
            return (
                f"No step was taken: the cost is {self.costs[0]:.4g}, and the ground is {ground} "
                f"(gradient {self.slopes[0]:.2g})."
            )
        if self.ending is Ending.GRADIENT_SMALL:
            return (
                f"{self._walked}, and the ground is level there (gradient {self.slopes[-1]:.2g})."
            )
        if self._jumps or self.costs[0] == self.costs[-1] == self.costs.min():
            return self._no_change
        if self.steps == 1 and self.costs[1] < self.costs[0]:
            return f"{self._walked}."  # one step shows no trend
        return self._progress

    @property
    def _walked(self) -> str:
        return (
            f"After {_steps(self.steps)} the cost went from {self.costs[0]:.4g} "
            f"to {self.costs[-1]:.4g}"
        )

    @property
    def _divergence(self) -> str:
        """The sentence of a walk that diverged."""
        if _keeps_growing(self.costs.tolist()):
            then = f"has grown {_PATIENCE} steps in a row, from {self.costs[-1 - _PATIENCE]:.4g}"
        else:
            then = "leaves the finite numbers with the next"
        return (
            f"Diverged: after {_steps(self.steps)} the cost is {self.costs[-1]:.4g} and {then}. "
            f"The rate η = {self.eta:g} is too large; try a tenth of it."
        )

    @property
    def _no_change(self) -> str:
        """The sentence of a walk that has not come down, on ground that is not level."""
        why = (
            "large, as each step jumps across the valley; try half of it."
            if self._jumps
            else "small for a change to show; try ten times as much."
        )
        return (
            f"After {_steps(self.steps)} the cost is unchanged, {self.costs[-1]:.4g}, and the "
            f"ground is not level (gradient {self.slopes[-1]:.2g}). "
            f"The rate η = {self.eta:g} is too {why}"
        )

    @property
    def _progress(self) -> str:
        """The sentence of a walk that took all its steps, by how far it has come."""
        if self.costs[-1] > self.costs[0]:
            return (
                f"{self._walked}: it grew. "
                f"The rate η = {self.eta:g} is too large; try a tenth of it."
            )
        share = self.share
        if self._swings and (self._stays_steep or (share is not None and share < _SLOW)):
            return (
                f"{self._walked}, from one side of the valley to the other and back. "
                f"The rate η = {self.eta:g} is too large; try half of it."
            )
        if share is None:
            lowest = int(self.costs.argmin())
            low = f"lowest at step {lowest} ({self.costs[lowest]:.4g})"
            return f"{self._walked}, {low}, with no steady trend. A smaller rate shows more."
        if share == 0 and not self._hardly_moved:
            return f"{self._walked} and still falls without slowing down: no end is in sight."
        come = f"{self._walked}: {_part(share)} of the way down that can be foreseen."
        if share >= _SLOW:
            return come
        return (
            f"{come} The rate η = {self.eta:g} is too small for so few steps; raise it, or walk on."
        )


def minimise(  # noqa: D417
    function: Callable[[Any], Any],
    start: ArrayLike,
    eta: float,
    steps: int,
    gradient: Callable[[Any], Any] | None = None,
    *,
    tolerance: float = 1e-8,
) -> Descent:
    """Walk down the valley C(v) by v → v' = v − η∇C, equations (11) and (15).

    Args:
        function, gradient: C and ∇C. Both are called with v in the shape of `start`, float64 (a
            number if `start` is one); C returns one number, ∇C the shape of v. Without a gradient
            it is computed by `numerical_gradient`.
        start: the first place, of any shape; one number for a function of one variable.
        eta: the learning rate η, a positive number.
        steps: the most steps to take, 0 or more.
        tolerance: the walk ends where ‖∇C‖ is no larger than this.

    Returns:
        The whole path, the costs along it, and why it ended. A rate that is too large raises no
        error and no warning: the walk ends, as `Ending.DIVERGED`, when the cost has grown five
        steps in a row or is about to leave the finite numbers.

    Raises:
        InputError: an argument makes no sense, or C or ∇C is not finite at the start.
        ShapeError: C is not one number, or ∇C has not the shape of v.

    >>> bowl = VALLEYS["bowl"]
    >>> walk = minimise(bowl.function, bowl.start, 0.1, 20, bowl.gradient)
    >>> walk.path.shape, walk.ending
    ((21, 2), <Ending.STEPS_DONE: 'steps done'>)
    >>> print(minimise(bowl.function, bowl.start, 1.1, 100, bowl.gradient).sentence)
    Diverged: after 5 steps the cost is 38.7 and has grown 5 steps in a row, from 6.25. \
The rate η = 1.1 is too large; try a tenth of it.
    """
    place, shape = _place("start", start)
    _check_walk(eta, steps, tolerance)
    valley = _Ground(function, gradient, shape)
    path, costs, gradients = [place], [valley.cost(place)], [valley.gradient(place)]
    if not (math.isfinite(costs[0]) and np.isfinite(gradients[0]).all()):
        raise InputError(
            "start of the descent",
            "a place where the cost and its gradient are finite",
            f"cost {costs[0]}, gradient {gradients[0]}",
            "Start where the function is defined.",
        )
    ending = Ending.STEPS_DONE
    while True:
        if _length(gradients[-1]) <= tolerance:
            ending = Ending.GRADIENT_SMALL
            break
        if len(path) > steps:
            break
        with np.errstate(all="ignore"):  # an overflow is divergence, found just below
            place = path[-1] - eta * gradients[-1]
        cost, slope = valley.cost(place), valley.gradient(place)
        if not (math.isfinite(cost) and np.isfinite(slope).all()):
            ending = Ending.DIVERGED
            break
        path.append(place)
        costs.append(cost)
        gradients.append(slope)
        if _keeps_growing(costs):
            ending = Ending.DIVERGED
            break
    return Descent(np.array(path), np.array(costs), np.array(gradients), eta, ending, shape)


def numerical_gradient(
    function: Callable[[Any], Any], place: ArrayLike, step: float | None = None
) -> Any:
    """Return ∇C at a place, equation (13), by central differences.

    Each ∂C/∂v_j is (C(v + h e_j) − C(v − h e_j)) / 2h. The formula errs by h² C'''/6, and the
    rounding of C adds about ε|C|/h, with ε = 2.2e-16 the precision of float64. A smaller h helps
    against the first and hurts with the second; together they are smallest near h = ε^(1/3) ≈
    6e-6, in units in which v changes by about 1, and ten digits or so come out right. So h is
    6e-6 · max(1, |v_j|) for each variable. It costs 2n evaluations of C.

    Args:
        function: C, from v in the shape of `place` to one number.
        place: v, of any shape, or a plain number.
        step: another h, the same for all variables: larger where C is computed in float32 or is
            noisy (about 5e-3 for float32).

    Returns:
        ∇C, float64 in the shape of `place`; a float for a plain number. An entry is not finite
        where C is not.

    Raises:
        InputError: the place is not finite, the step not positive, or so small that a variable
            stays what it is.
        ShapeError: C is not one number.

    >>> numerical_gradient(lambda v: v[0] ** 2 + 3 * v[1], [2.0, 5.0]).round(6)
    array([4., 3.])
    """
    flat, shape = _place("place of the gradient", place)
    if step is not None:
        step = positive("step of the gradient", step, "Leave it out.")
    return _given_back(_central_differences(_Ground(function, None, shape), flat, step), shape)


@dataclass(frozen=True, slots=True)
class Directions:
    """Small steps of one length in many directions, compared with the step along −∇C.

    Attributes:
        steps: the random steps Δv, float64 (count, n).
        cosines: of the angle between each step and −∇C, (count,): 1 is straight down.
        first_order: ∇C · Δv for each, equation (12), (count,).
        changes: what C really changes by, C(v + Δv) − C(v), (count,).
        steepest_step: −ε∇C/‖∇C‖, (n,).
        steepest_first_order: ∇C · Δv for it, which is −ε‖∇C‖.
        steepest_change: what C really changes by along it.
        margin: what curvature, and rounding, can make of a difference of two changes at most. It
            is measured without the gradient: C(v + Δv) + C(v − Δv) − 2C(v) is twice the second
            order of a change, for steps as small as these.
    """

    steps: Array
    cosines: Array
    first_order: Array
    changes: Array
    steepest_step: Array
    steepest_first_order: float
    steepest_change: float
    margin: float

    @property
    def beaten_by(self) -> int:
        """How many of the random steps really go down further than the one along −∇C.

        It compares `changes`, and what the ground's curvature can do does not count (`margin`).
        By Cauchy–Schwarz, |∇C · Δv| ≤ ‖∇C‖ ‖Δv‖, this is 0 if the gradient is right.
        """
        return int((self.changes < self.steepest_change - self.margin).sum())


def compare_directions(  # noqa: D417
    function: Callable[[Any], Any],
    place: ArrayLike,
    length: float = 1e-3,
    *,
    count: int = 10_000,
    gradient: Callable[[Any], Any] | None = None,
    seed: int | None = None,
) -> Directions:
    """Try many steps of the same length: the exercise on steepest descent.

    Args:
        function, gradient, place: C, ∇C and v, as in `minimise`.
        length: ε = ‖Δv‖, positive and small.
        count: how many random directions, evenly spread over all directions; at least 1.
        seed: of the random directions.

    Raises:
        InputError: an argument makes no sense, or ∇C is zero there: no way is down.
        ShapeError: C is not one number, or ∇C has not the shape of v.

    >>> found = compare_directions(lambda v: (v**2).sum(), [1.0, 2.0, 3.0], count=1000, seed=1)
    >>> found.beaten_by
    0
    """
    flat, shape = _place("place of the comparison", place)
    _check_directions(length, count)
    valley = _Ground(function, gradient, shape)
    here, slope = valley.cost(flat), valley.gradient(flat)
    steepness = _length(slope)
    if not (math.isfinite(here) and math.isfinite(steepness) and steepness > 0):
        raise InputError(
            "place of the comparison",
            "a slope: a finite cost and a finite gradient that is not zero",
            f"cost {here}, gradient {slope}",
            "Choose a place away from the minimum.",
        )
    # Normally distributed vectors point everywhere with the same density.
    steps = generator(seed).standard_normal((count, flat.size))
    steps *= length / np.linalg.norm(steps, axis=1, keepdims=True)
    steepest = slope / steepness * -length
    first_order = steps @ slope
    costs, behind = (
        np.array([valley.cost(flat + side * step) for step in (*steps, steepest)])
        for side in (1, -1)
    )
    bend = float(np.abs(costs + behind - 2 * here).max())
    rounding = 8 * flat.size * np.finfo(np.float64).eps * float(np.abs(costs).max())
    changes = costs - here
    return Directions(
        steps=steps,
        cosines=-first_order / (length * steepness),
        first_order=first_order,
        changes=changes[:-1],
        steepest_step=steepest,
        steepest_first_order=float(steepest @ slope),
        steepest_change=float(changes[-1]),
        margin=bend + rounding,
    )


class SecondDerivatives(NamedTuple):
    """How many second derivatives ∂²C/∂v_j∂v_k there are: all, and those that can differ."""

    all: int
    distinct: int


def second_derivatives(n: SupportsIndex) -> SecondDerivatives:
    """Count the second derivatives of a function of n variables: n², by symmetry n(n + 1)/2.

    Raises:
        InputError: n is not a whole number, 1 or more.

    >>> second_derivatives(1_000_000)
    SecondDerivatives(all=1000000000000, distinct=500000500000)
    >>> second_derivatives(count_parameters([784, 30, 10])).distinct
    284661730
    """
    count = whole("number of variables", n, least=1)
    return SecondDerivatives(count * count, count * (count + 1) // 2)


def count_parameters(sizes: Sequence[SupportsIndex]) -> int:
    """Count the weights and biases of a network with layers of these sizes, input layer first.

    Raises:
        InputError: fewer than two layers, or a size that is not a whole number, 1 or more.

    >>> count_parameters([784, 30, 10])
    23860
    """
    try:
        counts = [whole("size of a layer", size, least=1) for size in sizes]
    except TypeError:  # nothing to go through
        counts = []
    if len(counts) < 2:  # noqa: PLR2004 -- an input and an output
        raise InputError(
            "sizes of the network", "two layers or more", repr(sizes), "Give input and output size."
        )
    return sum(n_out * (n_in + 1) for n_in, n_out in pairwise(counts))


@dataclass(frozen=True, slots=True)
class Valley:
    """An example to walk down in: C, its exact gradient, a start, and where the bottom is."""

    name: str
    function: Callable[[Any], Any]
    gradient: Callable[[Any], Any]
    start: Any
    minimum: Any


def _rosenbrock(v: Array) -> float:
    return float((1 - v[0]) ** 2 + 100 * (v[1] - v[0] ** 2) ** 2)


def _rosenbrock_gradient(v: Array) -> Array:
    beside = v[1] - v[0] ** 2
    return np.array([-2 * (1 - v[0]) - 400 * v[0] * beside, 200 * beside])


VALLEYS: dict[str, Valley] = {
    valley.name: valley
    for valley in (
        # v₁² + v₂²: round, the same in all directions; any number of variables will do.
        Valley("bowl", lambda v: (v**2).sum(), lambda v: 2 * v, (2.0, 1.5), (0.0, 0.0)),
        # A curved gorge with steep walls and a nearly level floor.
        Valley("rosenbrock", _rosenbrock, _rosenbrock_gradient, (-1.2, 1.0), (1.0, 1.0)),
        # One variable, C' = v (v + 1) (v − 2): the start decides which of two hollows is found.
        Valley(
            "two hollows",
            lambda v: v**4 / 4 - v**3 / 3 - v**2,
            lambda v: v * (v + 1) * (v - 2),
            3.0,
            2.0,
        ),
    )
}


class _Ground:
    """C and ∇C of flat places (n,), whatever the shape that the caller's functions want."""

    def __init__(
        self,
        function: Callable[[Any], Any],
        gradient: Callable[[Any], Any] | None,
        shape: tuple[int, ...],
    ) -> None:
        self._function = function
        self._gradient = gradient
        self._shape = shape

    def cost(self, flat: Array) -> float:
        """C, or infinity where the place or its computation left the finite numbers."""
        value = self._call(self._function, flat)
        if value.size != 1:
            raise ShapeError(
                "cost", "one number", f"shape {value.shape}", "Let the function return C(v) alone."
            )
        return float(value.reshape(()))

    def gradient(self, flat: Array) -> Array:
        """∇C (n,), not finite where the place or its computation left the finite numbers."""
        if self._gradient is None:
            return _central_differences(self, flat, None)
        value = self._call(self._gradient, flat)
        if value.shape != self._shape and np.isfinite(flat).all():
            raise ShapeError(
                "gradient",
                f"shape {self._shape}, that of v",
                f"shape {value.shape}",
                "Return one partial derivative for each variable.",
            )
        return value.reshape(-1)

    def _call(self, function: Callable[[Any], Any], flat: Array) -> Array:
        if not np.isfinite(flat).all():
            return np.array(np.inf)
        try:
            with np.errstate(all="ignore"):
                value = np.asarray(function(_shaped(flat, self._shape)))
        except ArithmeticError:  # what Python's own floats raise where NumPy's become infinite
            return np.full(self._shape if function is self._gradient else (), np.inf)
        if not np.can_cast(value.dtype, np.float64, casting="same_kind"):
            raise InputError(
                "value of the function or of its gradient",
                "real numbers",
                f"{value.dtype}",
                "Let it return numbers.",
            )
        return value.astype(np.float64)


def _central_differences(valley: _Ground, flat: Array, step: float | None) -> Array:
    """∇C (n,) at a flat place."""
    if not np.isfinite(flat).all():
        return np.full(flat.shape, np.inf)
    if step is None:
        h = np.cbrt(np.finfo(np.float64).eps) * np.maximum(1, np.abs(flat))
    else:
        h = np.full(flat.shape, step)
        if (flat + h == flat - h).any():
            raise InputError(
                "step of the gradient",
                "one that changes each variable",
                f"{step:g} beside a variable of {np.abs(flat).max():g}",
                "Leave it out.",
            )
    result = np.empty(flat.shape)
    for j in range(flat.size):
        above, below = flat.copy(), flat.copy()
        above[j] += h[j]
        below[j] -= h[j]
        width = above[j] - below[j]  # as rounded: 2h itself may not be what lies between them
        with np.errstate(all="ignore"):
            result[j] = np.float64(valley.cost(above) - valley.cost(below)) / width
    return result


def _keeps_growing(costs: list[float]) -> bool:
    """Whether each of the last steps raised the cost, by more than its rounding in all."""
    if len(costs) <= _PATIENCE:
        return False
    recent = costs[-_PATIENCE - 1 :]
    growing = all(a < b for a, b in pairwise(recent))
    rounding = 1e-12 * max(abs(costs[0]), abs(recent[0]))
    return growing and recent[-1] - recent[0] > rounding


def _length(vector: Array) -> float:
    """‖vector‖, scaled first so that squares do not overflow."""
    largest = float(np.abs(vector).max())
    if largest == 0 or not math.isfinite(largest):
        return largest
    return largest * float(np.linalg.norm(vector / largest))


def _shaped(flat: Array, shape: tuple[int, ...]) -> Any:
    """The flat place in its own shape, a copy; a NumPy float for (), which can overflow to ∞."""
    return flat.reshape(shape).copy()[()]


def _given_back(flat: Array, shape: tuple[int, ...]) -> Any:
    """The same for the caller's eyes: a plain float for ()."""
    return _shaped(flat, shape) if shape else float(flat[0])


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"


def _part(share: float) -> str:
    """A share in words, with more digits the nearer it is to 0 or 1, and never 0 % or 100 %."""
    nearest = min(share, 1 - share)
    if nearest < 1e-6:  # noqa: PLR2004 -- a millionth
        return "nearly nothing" if share < _SLOW else "practically all"
    digits = max(0, 1 - math.floor(math.log10(100 * nearest)))
    return f"about {100 * share:.{digits}f} %"


def _place(what: str, place: ArrayLike) -> tuple[Array, tuple[int, ...]]:
    """The place as flat float64, and its own shape."""
    cure = "Give one number for each variable."
    try:
        array = np.asarray(place, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InputError(what, "numbers", repr(place), cure) from None
    if array.size == 0:
        raise ShapeError(what, "at least one variable", f"shape {array.shape}", cure)
    if not np.isfinite(array).all():
        raise InputError(what, "finite numbers", "NaN or infinity", cure)
    return array.flatten(), array.shape


def _check_walk(eta: float, steps: int, tolerance: float) -> None:
    positive("eta", eta)
    whole("steps", steps, least=0)
    if finite("tolerance", tolerance) < 0:
        raise InputError("tolerance", "0 or a positive number", str(tolerance), "Leave it out.")


def _check_directions(length: float, count: int) -> None:
    positive("length of the steps", length, "Try 0.001.")
    whole("count of directions", count, least=1)
