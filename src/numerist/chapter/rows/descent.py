"""Rows G4 to G8: gradient descent on any function, its rate, its direction, its limits."""
# ruff: noqa: PLC0415  (pictures need Matplotlib, which loads when a row runs)

from __future__ import annotations

from itertools import pairwise
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from numerist.chapter.minus import minus
from numerist.chapter.row import Result, Row
from numerist.chapter.training import between, seeds_named
from numerist.descent import (
    VALLEYS,
    Descent,
    Ending,
    compare_directions,
    count_parameters,
    minimise,
    numerical_gradient,
    second_derivatives,
)
from numerist.network import Network
from numerist.neurons import Layers, SigmoidNetwork

if TYPE_CHECKING:
    from collections.abc import Callable

    from numerist.chapter.figures import Picture
    from numerist.chapter.row import Scale
    from numerist.neurons.activations import Array


def _surface(function: Callable[[Any], Any], v1: Array, v2: Array) -> Array:
    """Return C at all places of a grid, (len(v2), len(v1))."""
    return np.array([[float(function(np.array([a, b]))) for a in v1] for b in v2])


def _distance(walk: Descent, minimum: Any) -> float:
    return float(np.linalg.norm(walk.path[-1] - np.asarray(minimum)))


def _long_valley(n: int) -> tuple[Callable[[Array], float], Callable[[Array], Array]]:
    """Return C(v) = Σ k_j (v_j − 1)² / 2 of n variables with curvatures from 0.5 to 2, and ∇C."""
    k = np.linspace(0.5, 2, n)
    return (lambda v: float((k * (v - 1) ** 2).sum() / 2)), (lambda v: k * (v - 1))


def _run_descent(scale: Scale) -> Result:
    """Walk down four valleys, with a gradient given and a numerical one."""
    bowl, gorge = VALLEYS["bowl"], VALLEYS["rosenbrock"]
    n = scale.choose(full=1000, quick=20)
    cost, gradient = _long_valley(n)
    start = np.random.default_rng(0).standard_normal(n)
    far = scale.choose(full=40_000, quick=1000)
    walks = {
        "bowl": minimise(bowl.function, bowl.start, 0.1, 60, bowl.gradient),
        "bowl, gradient by central differences": minimise(bowl.function, bowl.start, 0.1, 60),
        "curved gorge": minimise(gorge.function, gorge.start, 0.001, far, gorge.gradient),
        f"{n} variables": minimise(cost, start, 0.5, 200, gradient),
    }
    bottoms: dict[str, Any] = dict(zip(walks, (0, 0, (1, 1), 1), strict=True))
    left = {name: _distance(walk, bottoms[name]) for name, walk in walks.items()}
    shares = {
        name: left[name] / float(np.linalg.norm(walk.path[0] - np.asarray(bottoms[name])))
        for name, walk in walks.items()
    }
    rises = {name: int((np.diff(walk.costs) > 0).sum()) for name, walk in walks.items()}
    given, numerical = list(walks.values())[:2]
    apart = float(np.abs(given.end - numerical.end).max())
    promise = _promise(minimise(bowl.function, bowl.start, 0.001, 20, bowl.gradient))
    exact = 1e-8
    near = scale.choose(full=1e-4, quick=1.0)  # a quick walk need only have come nearer
    return Result(
        measured=(
            "What is left of the way to the lowest place: "
            + ", ".join(
                f"{name} {left[name]:.1g} after {walk.steps:,} steps at η = {walk.eta:g}"
                for name, walk in walks.items()
            )
            + f". Steps that went up: {sum(rises.values())}. With small steps, η = 0.001, C falls "
            f"by {100 * promise:.2f} % of η‖∇C‖²."
        ),
        agrees=max(shares.values()) < near
        and apart < exact
        and not any(rises.values())
        and 0.99 < promise <= 1,  # noqa: PLR2004
        numbers={
            "distance left": left,
            "share of the distance left": shares,
            "steps": {name: walk.steps for name, walk in walks.items()},
            "steps upwards": rises,
            "given and numerical gradient apart": apart,
            "share of η‖∇C‖² by which C falls": promise,
        },
        pictures=_draw_descent(walks["bowl"], walks["curved gorge"]),
    )


def _promise(walk: Descent) -> float:
    """Return how much C falls, as a share of what equation (9) with Δv = −η∇C says."""
    said = walk.eta * (walk.gradients[:-1] ** 2).sum(axis=1)
    return float((-np.diff(walk.costs) / said).mean())


def _draw_descent(round_walk: Descent, gorge_walk: Descent) -> list[Picture]:
    """Draw the round valley as a surface, and the curved gorge as a map, each with its path."""
    from numerist.chapter.figures import draw_contours, draw_valley

    v = np.linspace(-2.4, 2.4, 41)
    v1, v2 = np.linspace(-1.6, 1.5, 80), np.linspace(-0.6, 1.8, 80)
    shown = np.unique(np.geomspace(1, gorge_walk.steps, 60).astype(int))
    return [
        draw_valley(
            v,
            v,
            _surface(VALLEYS["bowl"].function, v, v),
            path=round_walk.path[:20],
            costs=round_walk.costs[:20],
            alt="A valley shaped like a bowl, seen from above at an angle. A path of dots leads "
            "from its edge straight down to its bottom, with shorter and shorter steps.",
        ),
        draw_contours(
            v1,
            v2,
            _surface(VALLEYS["rosenbrock"].function, v1, v2),
            path=gorge_walk.path[[0, *shown]],
            alt="A map of a curved gorge. The path drops from the upper left into the gorge and "
            "then follows its bend to the lowest place on the right.",
        ),
    ]


G4 = Row(
    id="G4",
    title="Gradient descent, on any function",
    idea="Stand anywhere in a valley, find the direction that goes up most steeply, take a small "
    "step the other way, and repeat. It works for two variables, where it can be drawn, and in "
    "the same words for a thousand.",
    says="Equations (7) to (15): ΔC ≈ ∇C·Δv, so with Δv = −η∇C it is ΔC ≈ −η‖∇C‖² ≤ 0, and C "
    "keeps falling. Repeated, v → v − η∇C leads down to a minimum, one hopes the lowest.",
    code="""\
import numpy as np
from numerist.descent import minimise

def cost(v):  # any function of any number of variables; the gradient is computed if not given
    return (v[0] - 1) ** 2 + 3 * (v[1] + 2) ** 2

walk = minimise(cost, start=[4.0, 2.0], eta=0.1, steps=50)
print(walk.end)
print(walk.sentence)
""",
    run=_run_descent,
    seconds=4.0,
)

_CURVATURES = np.array([1.0, 10.0])


def _ellipse(v: Array) -> float:
    """C(v) = v₁²/2 + 10 v₂²/2: a long valley, ten times as curved across as along."""
    return float((_CURVATURES * v**2).sum() / 2)


def _walk_ellipse(eta: float, steps: int) -> Descent:
    return minimise(_ellipse, (-4.0, 1.0), eta, steps, lambda v: _CURVATURES * v)


def _largest_rate() -> float:
    """Return the largest rate that does not diverge, found by halving an interval."""
    low, high = 0.001, 10.0
    while high - low > 1e-4:  # noqa: PLR2004
        middle = (low + high) / 2
        diverged = _walk_ellipse(middle, 2000).ending is Ending.DIVERGED
        low, high = (low, middle) if diverged else (middle, high)
    return low


def _run_rates(_: Scale) -> Result:
    """Walk down a long valley with rates from far too small to too large."""
    from numerist.chapter.figures import draw_contours, draw_learning_curves

    steps = 30
    walks = {eta: _walk_ellipse(eta, steps) for eta in (0.001, 0.02, 0.1, 0.19, 0.21)}
    small, _slow, good, swinging, large = walks.values()
    edge, theory = _largest_rate(), 2 / float(_CURVATURES.max())
    v1, v2 = np.linspace(-4.6, 2, 60), np.linspace(-1.6, 1.6, 60)
    curves = {f"η = {eta:g}": walk.costs for eta, walk in walks.items()}
    grown = float(large.costs[-1] / large.costs[0])
    return Result(
        measured=(
            f"C falls from {small.costs[0]:g} in {steps} steps to "
            + ", ".join(
                f"{walk.costs[-1]:.2g} at η = {eta:g}"
                for eta, walk in walks.items()
                if walk is not large
            )
            + f". At η = {large.eta:g} it is said: {large.sentence} The largest rate that does "
            f"not diverge is {edge:.3f}; 2 / (largest curvature) is {theory:g}."
        ),
        agrees=large.ending is Ending.DIVERGED
        and grown > 1
        and "too small" in small.sentence
        and good.costs[-1] < small.costs[-1]
        and swinging.ending is not Ending.DIVERGED
        and abs(edge - theory) < 0.01,  # noqa: PLR2004  (growth must show within 2,000 steps)
        numbers={
            "rates": list(walks),
            "costs after the last step": [float(walk.costs[-1]) for walk in walks.values()],
            "endings": [str(walk.ending) for walk in walks.values()],
            "sentences": [walk.sentence for walk in walks.values()],
            "largest rate without divergence": edge,
            "2 / largest curvature": theory,
        },
        pictures=[
            draw_learning_curves(
                curves,
                ylabel="C",
                xlabel="step",
                shares=False,
                alt="The cost by step for five rates: 0.001 hardly falls, 0.02 falls slowly, 0.1 "
                "and 0.19 fall faster, and 0.21 climbs until the walk is stopped.",
            ),
            draw_contours(
                v1,
                v2,
                _surface(_ellipse, v1, v2),
                path=swinging.path,
                alt="A map of a long valley. At the rate 0.19 the path jumps from one wall to the "
                "other while it moves slowly along the valley to its lowest place.",
            ),
        ],
    )


G5 = Row(
    id="G5",
    title="How long a step: choosing η",
    idea="The gradient tells the truth only nearby. A step that is too long lands on the other "
    "wall, higher than before; one that is too short takes forever. The walk notices both and "
    "says so.",
    says="η must be small enough for ΔC ≈ ∇C·Δv to be a good approximation, else ΔC > 0 may "
    "happen. It must not be too small either, or gradient descent works very slowly.",
    code="""\
import numpy as np
from numerist.descent import minimise

def cost(v):
    return (v[0] ** 2 + 10 * v[1] ** 2) / 2

for eta in (0.001, 0.1, 0.21):
    print(minimise(cost, start=[-4.0, 1.0], eta=eta, steps=30).sentence)
""",
    run=_run_rates,
    seconds=1.0,
)


def _run_steepest(scale: Scale) -> Result:
    """Try random directions in valleys of few and many variables."""
    from numerist.chapter.figures import draw_functions

    gorge = VALLEYS["rosenbrock"]
    count = scale.choose(full=10_000, quick=1000)
    beaten, best = 0, {}
    for n in (2, 10, 100):
        cost, gradient = _long_valley(n)
        shares = []
        for seed in range(scale.seeds):
            place = np.random.default_rng(seed).standard_normal(n)
            found = compare_directions(cost, place, count=count, gradient=gradient, seed=seed)
            beaten += found.beaten_by
            shares.append(float(found.cosines.max()))
        best[n] = shares
    for seed in range(scale.seeds):
        place = np.random.default_rng(seed).uniform(-2, 2, 2)
        found = compare_directions(
            gorge.function, place, 1e-5, count=count, gradient=gorge.gradient, seed=seed
        )
        beaten += found.beaten_by
    tried = 4 * scale.seeds * count
    angles, changes, first = _around()
    return Result(
        measured=(
            f"Of {tried:,} random steps of one length, in valleys of 2, 10 and 100 variables and "
            f"in a curved gorge ({seeds_named(scale.seeds)}), {beaten} really go down further than "
            "the step along −∇C, by more than the curvature of the ground explains. The best of "
            f"{count:,} goes down, to first order, by a share of "
            + ", ".join(
                f"{between(shares, '.4f')} of it with {n} variables" for n, shares in best.items()
            )
            + "."
        ),
        agrees=beaten == 0,
        numbers={
            "directions": tried,
            "better than −∇C": beaten,
            "best share by number of variables": {str(n): shares for n, shares in best.items()},
        },
        pictures=[
            draw_functions(
                angles,
                {"ΔC": changes, "∇C·Δv": first},
                xlabel="angle between Δv and −∇C, in degrees",
                ylabel="change of C",
                alt="The change of C by the angle between the step and the downward gradient: a "
                "cosine turned over, lowest at 0 degrees, 0 at ±90 and highest at ±180. The true "
                "change lies a little above its linear approximation, as the valley curves up.",
            )
        ],
    )


def _around() -> tuple[Array, Array, Array]:
    """Return angles to −∇C in degrees, ΔC, and ∇C·Δv, for steps in all directions of a plane."""
    cost, gradient = _long_valley(2)
    place = np.array([3.0, 2.0])
    found = compare_directions(cost, place, 0.3, count=360, gradient=gradient, seed=0)
    down = found.steepest_step
    across = found.steps @ np.array([-down[1], down[0]])
    angles = np.degrees(np.arctan2(across, found.steps @ down))
    order = np.argsort(angles)
    return angles[order], found.changes[order], found.first_order[order]


G6 = Row(
    id="G6",
    title="Exercise: −∇C is the best small step",
    idea="By the Cauchy–Schwarz inequality ∇C·Δv is at least −‖∇C‖ ‖Δv‖, and it is equal to that "
    "only where Δv points along −∇C. So among all steps of one length, this one goes down most.",
    says="Prove that with ‖Δv‖ = ε fixed, ∇C·Δv is smallest for Δv = −η∇C with η = ε/‖∇C‖. In "
    "this sense gradient descent does the most for an immediate decrease of C.",
    code="""\
import numpy as np
from numerist.descent import compare_directions

def cost(v):
    return (v ** 2).sum() + np.sin(v).sum()

found = compare_directions(cost, [1.0, -2.0, 0.5], length=0.001, count=5000, seed=0)
print(found.steepest_first_order, found.first_order.min())
print(found.beaten_by)
""",
    run=_run_steepest,
    seconds=3.0,
)


def _run_one_variable(_: Scale) -> Result:
    """Walk into both hollows of a curve; compare each step with an independent slope."""
    valley = VALLEYS["two hollows"]
    walks = [minimise(valley.function, start, 0.1, 15, valley.gradient) for start in (3.0, -1.8)]
    ends = [walk.end for walk in walks]
    off = max(
        abs(float(move) + walk.eta * float(numerical_gradient(valley.function, float(place))))
        for walk in walks
        for place, move in zip(walk.path[:-1, 0], np.diff(walk.path[:, 0]), strict=True)
    )
    falls = all(bool((np.diff(walk.costs) < 0).all()) for walk in walks)
    hollows = [2.0, -1.0]  # where C' = v (v + 1) (v − 2) is 0 and changes from falling to rising
    near, exact = 0.01, 1e-8
    return Result(
        measured=(
            f"Every step is −η times the slope of the tangent, to {off:.1g}, and C "
            f"{'falls with each' if falls else 'does not always fall'}. From v = 3 the walk ends "
            f"at {ends[0]:.4f}, from v = −1.8 at "
            f"{minus(f'{ends[1]:.4f}')}, after {walks[0].steps} steps at η = {walks[0].eta:g}: "
            "which hollow is found "
            "depends on the start."
        ),
        agrees=falls
        and off < exact
        and all(abs(end - v) < near for end, v in zip(ends, hollows, strict=True)),
        numbers={
            "starts": [float(walk.path[0, 0]) for walk in walks],
            "ends": ends,
            "costs at the ends": [float(walk.costs[-1]) for walk in walks],
            "largest difference of a step from −η C'": off,
        },
        pictures=[_draw_one_variable(walk) for walk in walks],
    )


def _draw_one_variable(walk: Descent) -> Picture:
    from numerist.chapter.figures import draw_one_variable

    v, shown = np.linspace(-1.9, 3.1, 121), 5
    begin, end = float(walk.path[0, 0]), float(walk.path[-1, 0])
    return draw_one_variable(
        v,
        VALLEYS["two hollows"].function(v),
        path=walk.path[:shown, 0],
        costs=walk.costs[:shown],
        slopes=walk.gradients[:shown, 0],
        alt=f"A curve with two hollows, at −1 and at 2. From v = {minus(f'{begin:g}')} steps "
        f"lead towards {minus(f'{end:.0f}')}; each is drawn as an arrow, long where the tangent is "
        "steep and short where it is nearly level.",
    )


G7 = Row(
    id="G7",
    title="Exercise: one variable",
    idea="With one variable the gradient is the slope of the tangent: step left where the curve "
    "rises, right where it falls, and further where it is steep. Near the bottom the steps become "
    "small by themselves.",
    says="The exercise asks for the case of a single variable, and for a geometric picture of what "
    "gradient descent does there.",
    code="""\
from numerist.descent import minimise

def cost(v):
    return v**4 / 4 - v**3 / 3 - v**2  # two hollows, at −1 and at 2

for start in (3.0, 0.3, -0.3, -1.8):
    print(start, minimise(cost, start, eta=0.1, steps=30).end)
""",
    run=_run_one_variable,
    seconds=0.5,
)


def _unpacked(v: Array, sizes: list[int]) -> SigmoidNetwork:
    """Return the network whose weights and biases are the entries of v, layer by layer."""
    weights, biases, at = [], [], 0
    for n_in, n_out in pairwise(sizes):
        weights.append(v[at : at + n_out * n_in].reshape(n_out, n_in))
        biases.append(v[at + n_out * n_in : at + n_out * (n_in + 1)])
        at += n_out * (n_in + 1)
    return SigmoidNetwork(weights, biases)


def _packed(layers: Layers) -> Array:
    return np.concatenate(
        [part.ravel() for pair in zip(layers.weights, layers.biases, strict=True) for part in pair]
    )


def _hessian(sizes: list[int], seed: int) -> Array:
    """Return all second derivatives of a small network's output, by differences of the first."""
    rng = np.random.default_rng(seed)
    v, x, h = rng.standard_normal(count_parameters(sizes)), rng.uniform(0, 1, sizes[0]), 1e-5
    columns = []
    for unit in np.eye(v.size):
        up, down = (
            _packed(_unpacked(v + side * h * unit, sizes).derivatives(x)) for side in (1, -1)
        )
        columns.append((up - down) / (2 * h))
    return np.array(columns)


def _run_second_derivatives(scale: Scale) -> Result:
    """Count them, compute all of a small network, and time what the chapter's would take."""
    small = [2, 3, 1]
    hessians = [_hessian(small, seed) for seed in range(scale.seeds)]
    asymmetry = max(float(np.abs(matrix - matrix.T).max()) for matrix in hessians)
    computed = hessians[0].size
    parameters = {
        str(sizes): count_parameters(sizes) for sizes in (small, [784, 30, 10], [784, 100, 10])
    }
    counts = {name: second_derivatives(n) for name, n in parameters.items()}
    million = second_derivatives(1_000_000)
    seconds = _seconds_of_a_gradient(scale)
    n = parameters["[784, 30, 10]"]
    exact = 1e-7
    return Result(
        measured=(
            f"A million variables: {million.all:,} second derivatives, {million.distinct:,} of "
            f"them different. "
            + "; ".join(
                f"{name} has {parameters[name]:,} variables and {c.all:,} ({c.distinct:,})"
                for name, c in counts.items()
            )
            + f". All {computed} of the small one were computed ({seeds_named(scale.seeds)}): they "
            f"are symmetric to {asymmetry:.1g}. For [784, 30, 10] on ten images one gradient "
            f"takes {1000 * seconds:.2g} ms; all second derivatives, as differences of "
            f"{2 * n:,} gradients, would take {2 * n * seconds:.2g} s and "
            f"{8 * counts['[784, 30, 10]'].all / 1e9:.1f} GB, and those of a million variables "
            f"{8 * million.all / 1e9:,.0f} GB."
        ),
        agrees=million.all == 10**12
        and round(million.distinct / 10**12, 3) == 0.5  # noqa: PLR2004  (half a trillion)
        and computed == counts[str(small)].all
        and asymmetry < exact,
        numbers={
            "a million variables": {"all": million.all, "distinct": million.distinct},
            "networks": {
                name: {"variables": parameters[name], "all": c.all, "distinct": c.distinct}
                for name, c in counts.items()
            },
            "largest asymmetry": asymmetry,
            "seconds of one gradient, [784, 30, 10], ten images": seconds,
        },
        pictures=[_draw_counts(sorted([*parameters.values(), 1_000_000]))],
    )


def _draw_counts(variables: list[int]) -> Picture:
    """Draw how many first and second derivatives there are, by the number of variables."""
    from numerist.chapter.figures import draw_error

    found = [second_derivatives(n) for n in variables]
    return draw_error(
        variables,
        {
            "second derivatives": [c.all for c in found],
            "different ones": [c.distinct for c in found],
            "first derivatives": variables,
        },
        xlabel="variables",
        ylabel="derivatives",
        slope=None,
        alt="Numbers of derivatives against the number of variables, both axes logarithmic: "
        + "; ".join(
            f"{n:,} variables have {n:,} first derivatives and {c.all:,} second ones, "
            f"{c.distinct:,} of them different"
            for n, c in zip(variables, found, strict=True)
        )
        + ".",
    )


def _seconds_of_a_gradient(scale: Scale) -> float:
    """Return the least time of several gradients of [784, 30, 10] for ten images."""
    net = Network([784, 30, 10], seed=0)
    rng = np.random.default_rng(0)
    x, y = rng.uniform(0, 1, (784, 10)), np.eye(10)
    times = []
    for _ in range(scale.choose(full=50, quick=5)):
        start = perf_counter()
        net.backprop(x, y)
        times.append(perf_counter() - start)
    return min(times)


G8 = Row(
    id="G8",
    title="Second derivatives are too many",
    idea="A ball with momentum would need to know how the ground curves: a second derivative for "
    "every pair of variables. Pairs grow as the square, so for networks one stays with the "
    "gradient.",
    says="With a million variables there are about a trillion second derivatives ∂²C/∂v_j∂v_k; "
    "about half a trillion, as the order of j and k does not matter.",
    code="""\
from numerist.descent import count_parameters, second_derivatives

print(second_derivatives(1_000_000))
for sizes in ([784, 30, 10], [784, 100, 10]):
    print(sizes, count_parameters(sizes), second_derivatives(count_parameters(sizes)))
""",
    run=_run_second_derivatives,
    seconds=0.5,
)

ROWS: tuple[Row, ...] = (G4, G5, G6, G7, G8)
