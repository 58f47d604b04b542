"""A feedforward network as circles and lines."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from numerist.chapter.figures.board import Board, number, trimmed
from numerist.chapter.figures.svg import SMALL, WIDTH, picture
from numerist.checks import whole
from numerist.errors import InputError, ShapeError
from numerist.neurons.arrays import finite_array

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import SupportsIndex

    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from numerist.chapter.figures.board import Point
    from numerist.chapter.figures.picture import Picture
    from numerist.neurons.activations import Array

MAX_DRAWN = 16  # neurons of a layer; of a larger one the first and last four are drawn
_SOME = 4
_MAX_LABELLED = 24  # lines that can carry their weights and stay readable
_MANY_LAYERS = 6  # above, circles are smaller and fewer
_LEAST_STEP = 30.0  # from layer to layer
_CROWD = 60  # lines, above which they are drawn thinner
_STUB = 5.0  # of a line, to be seen on either side of its weight
_TOP, _BOTTOM = 46, 28


def draw_network(
    sizes: Sequence[SupportsIndex],
    *,
    alt: str,
    weights: Sequence[ArrayLike] | None = None,
    biases: Sequence[ArrayLike] | None = None,
    activations: Sequence[ArrayLike] | None = None,
) -> Picture:
    """Draw a network as the chapter does: input, hidden and output layers, from left to right.

    Args:
        sizes: neurons in each layer, input layer first. Of layers above 16 neurons the first and
            last four are drawn, with dots in between.
        alt: what a screen reader says.
        weights: for each layer but the first (n_out, n_in), written on the lines; for networks
            of 24 lines at most.
        biases: for each layer but the first (n_out,) or (n_out, 1), written into the circles.
        activations: for each layer, the first too, (n,) or (n, 1): written into the circles of the
            input layer, and below those of the others.

    Returns:
        An SVG picture. Its classes: `neuron` (with `input`, `hidden` or `output`), `line`,
        `dots`, `weight`, `bias`, `activation`, `label`, `out` (the arrows that leave the output
        layer).

    Raises:
        InputError: fewer than two layers, a size below 1, or too many lines for weights.
        ShapeError: weights, biases or activations do not fit the sizes.

    >>> draw_network([6, 4, 3, 1], alt="Four layers of neurons.").data.count('"neuron hidden"')
    7
    """
    counts = [whole("size of a layer", size, least=1) for size in sizes]
    if len(counts) < 2:  # noqa: PLR2004 -- an input and an output
        raise InputError(
            "sizes of the network", "two layers or more", str(counts), "Give input and output size."
        )
    w = _checked_weights(weights, counts)
    b = _checked_columns("biases", biases, counts[1:])
    a = _checked_columns("activations", activations, counts)
    wide = max((len(number(float(bias))) for layer in b or () for bias in layer), default=0)
    plan = _Plan(counts, roomy=any(given is not None for given in (w, b, a)), letters=wide)

    def paint(figure: Figure) -> None:
        board = Board(figure)
        _draw_lines(board, plan, w)
        _draw_neurons(board, plan, b, a)
        _draw_labels(board, plan)

    return picture(plan.width, plan.height, alt, paint)


class _Plan:
    """Where everything goes.

    Attributes:
        places: for each layer index → centre of the circle, of the neurons that are drawn.
        dots: centres of the three dots of each layer that has some.
        slim: whether there are so many layers that circles have to be small and few.
    """

    def __init__(self, sizes: list[int], *, roomy: bool, letters: int) -> None:
        self.sizes = sizes
        self.slim = len(sizes) > _MANY_LAYERS
        some = _SOME - self.slim
        limit = 2 * some if self.slim else MAX_DRAWN
        drawn = [
            list(range(n)) if n <= limit else [*range(some), *range(n - some, n)] for n in sizes
        ]
        slots = [len(d) + (len(d) < n) * 1.5 for d, n in zip(drawn, sizes, strict=True)]
        pitch = 64.0 if roomy else 20.0 if self.slim else max(22.0, min(40.0, 150 / max(slots)))
        self.radius = max(15.0, 2.8 * letters + 3) if roomy else 4.0 if self.slim else 8.0
        beside = 6 if roomy else 26  # numbers need the room between layers
        left, out = (14.0, 34.0) if self.slim else (beside + self.radius, beside + 24 + self.radius)
        self.width = max(float(WIDTH), left + out + _LEAST_STEP * (len(sizes) - 1))
        step = (self.width - left - out) / (len(sizes) - 1)
        self.xs = [left + step * layer for layer in range(len(sizes))]
        tall = max(slots) * pitch
        self.height = _TOP + tall + _BOTTOM
        self.places: list[dict[int, Point]] = []
        self.dots: list[Point] = []
        for x, shown, slot, size in zip(self.xs, drawn, slots, sizes, strict=True):
            y = _TOP + (tall - slot * pitch) / 2 + pitch / 2
            beyond = [len(shown) < size and count >= some for count in range(len(shown))]
            self.places.append(
                {
                    index: (x, y + pitch * (count + 1.5 * beyond[count]))
                    for count, index in enumerate(shown)
                }
            )
            if len(shown) < size:
                middle = y + pitch * (some - 1 + 1.25)
                self.dots += [(x, middle + d * pitch * 0.3) for d in (-1, 0, 1)]


def _draw_lines(board: Board, plan: _Plan, weights: list[Array] | None) -> None:
    ends = [
        [
            (i, j, *trimmed(a, b, plan.radius, plan.radius))
            for i, a in s.items()
            for j, b in t.items()
        ]
        for s, t in pairwise(plan.places)
    ]
    crowded = sum(map(len, ends)) > _CROWD
    for layer, lines in enumerate(ends):
        if weights is None:
            for _, _, a, b in lines:
                board.line(
                    [a, b], "line", width=0.7 if crowded else 1.2, alpha=0.45 if crowded else 0.75
                )
        else:
            texts = [number(float(weights[layer][j, i])) for i, j, _, _ in lines]
            _draw_weighted(board, [(a, b) for _, _, a, b in lines], texts)
    for x, y in plan.places[-1].values():
        board.arrow([(x + plan.radius, y), (x + plan.radius + 24, y)], "out")


def _draw_weighted(board: Board, lines: list[tuple[Point, Point]], texts: list[str]) -> None:
    """Draw lines with a weight in a gap of each, where other lines and weights are farthest."""
    along = np.linspace(0, 1, 41)[:, np.newaxis]
    on_lines = [np.array(a) + along * (np.array(b) - np.array(a)) for a, b in lines]
    taken: list[Array] = []
    for index, ((start, end), text) in enumerate(zip(lines, texts, strict=True)):
        others = np.concatenate(
            [*on_lines[:index], *on_lines[index + 1 :], *taken, np.full((1, 2), np.inf)]
        )
        way = np.array(end) - np.array(start)
        length, gap = float(np.hypot(*way)), 6.6 * len(text) + 4
        nearest = min(0.5, (gap / 2 + _STUB) / length)  # to an end: some of the line is seen
        shares = [0.5, *(0.5 + side * off for off in (0.08, 0.16, 0.24) for side in (-1, 1))]
        shares = [min(max(share, nearest), 1 - nearest) for share in shares]
        written = np.array([[-0.4], [0.0], [0.4]]) * gap / length
        places = [np.array(start) + (share + written) * way for share in shares]
        room = [
            round(float(np.hypot(*(others[:, np.newaxis] - place).T).min()), 6) for place in places
        ]
        best = int(np.argmax(room))
        angle = float(np.degrees(np.arctan2(-way[1], way[0])))
        board.line(lines[index], "line", alpha=0.8, gap=(shares[best] * length, gap))
        x, y = places[best][1].tolist()
        board.write((x, y), text, "weight", angle=angle)
        taken.append(places[best])


def _draw_neurons(
    board: Board, plan: _Plan, biases: list[Array] | None, activations: list[Array] | None
) -> None:
    for layer, places in enumerate(plan.places):
        kind = "input" if layer == 0 else "hidden" if layer < len(plan.places) - 1 else "output"
        for index, (x, y) in places.items():
            board.circle((x, y), plan.radius, f"neuron {kind}")
            if biases is not None and layer > 0:
                board.write((x, y), number(float(biases[layer - 1][index])), "bias")
            if activations is not None:
                below = y if layer == 0 else y + plan.radius + 8
                said = number(float(activations[layer][index]))
                board.write((x, below), said, "activation", bold=True)
    for dot in plan.dots:
        board.circle(dot, 1.6, "dots", filled=True)


def _draw_labels(board: Board, plan: _Plan) -> None:
    """Write what each layer is above it, and its size below it."""
    xs, last = plan.xs, len(plan.xs) - 1
    if plan.slim:
        board.write((2, 22), "input\nlayer", "label", align="left")
        board.write((plan.width - 2, 22), "output\nlayer", "label", align="right")
    else:
        board.write((xs[0], 22), "input\nlayer", "label")
        board.write((xs[last], 22), "output\nlayer", "label")
    if last > 1:
        word = "hidden\nlayer" if last == 2 else "hidden layers"  # noqa: PLR2004
        board.write(((xs[1] + xs[last - 1]) / 2, 22), word, "label")
    if last > 2:  # noqa: PLR2004
        left = xs[1] - 8 if not plan.slim else max(xs[1], 48)
        board.line([(left, 34), (xs[last - 1] + (not plan.slim) * 8, 34)], "brace")
    for x, size in zip(xs, plan.sizes, strict=True):
        board.write((x, plan.height - 12), str(size), "label size", size=SMALL)


def _checked_weights(weights: Sequence[ArrayLike] | None, sizes: list[int]) -> list[Array] | None:
    if weights is None:
        return None
    lines = sum(a * b for a, b in pairwise(sizes))
    if lines > _MAX_LABELLED:
        raise InputError(
            "weights",
            f"a network of {_MAX_LABELLED} lines at most, where numbers on them can be read",
            f"{lines} lines",
            "Leave the weights out, or draw a smaller network.",
        )
    arrays = [finite_array(w, "weights") for w in weights]
    wanted = [(n_out, n_in) for n_in, n_out in pairwise(sizes)]
    _check_shapes("weights", [a.shape for a in arrays], wanted)
    return arrays


def _checked_columns(
    place: str, columns: Sequence[ArrayLike] | None, sizes: list[int]
) -> list[Array] | None:
    if columns is None:
        return None
    arrays = [finite_array(column, place) for column in columns]
    flat = [a[:, 0] if a.ndim == 2 and a.shape[1] == 1 else a for a in arrays]  # noqa: PLR2004
    _check_shapes(place, [a.shape for a in flat], [(n,) for n in sizes])
    return flat


def _check_shapes(
    place: str, found: list[tuple[int, ...]], wanted: Sequence[tuple[int, ...]]
) -> None:
    if found != list(wanted):
        raise ShapeError(
            place,
            f"arrays of shapes {list(wanted)}",
            f"{found}",
            "Give one array for each such layer.",
        )
