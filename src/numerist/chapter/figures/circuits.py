"""A circuit of perceptrons, as the chapter draws its adder."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from numerist.chapter.figures.board import Board, number, subscripted, trimmed
from numerist.chapter.figures.layering import Layout, lay_out, route
from numerist.chapter.figures.svg import WIDTH, picture
from numerist.checks import whole
from numerist.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import SupportsIndex

    from matplotlib.figure import Figure

    from numerist.chapter.figures.board import Point
    from numerist.chapter.figures.picture import Picture

_FEW_LINES = 4  # a drawing of so few marks every weight; else only those unlike the others
_MAX_ACROSS = 6  # layers that fit side by side on a phone
_FEW_INPUTS = 8  # above, input units may change places to untangle the lines


class _Unit(NamedTuple):
    name: str
    layer: int
    bias: float | None


class _Line(NamedTuple):
    source: str
    target: str
    weight: float


def draw_circuit(
    nodes: Sequence[tuple[str, SupportsIndex, float | None]],
    edges: Sequence[tuple[str, str, float]],
    *,
    alt: str,
    outputs: Mapping[str, str] | None = None,
    input_units: bool = True,
    mark: Literal["all", "exceptions"] | None = None,
    note: str = "",
) -> Picture:
    """Draw a circuit of perceptrons.

    Up to six layers go from left to right, as in the chapter; more go downwards. Two lines
    between the same units are drawn side by side.

    Args:
        nodes: (name, layer, bias). Input units stand in layer 0 and have the bias None.
        edges: (from, to, weight), each into a later layer; a doubled line is there twice.
        alt: what a screen reader says.
        outputs: name of an output → name of the node it is read from.
        input_units: draw inputs as circles without inputs of their own, as is conventional;
            otherwise as names that float before the network.
        mark: "all" writes every weight and bias, "exceptions" only those unlike the most
            frequent, which are said in a line below; by default all, if there are few lines.
        note: what else is to be said in a line below.

    Returns:
        An SVG picture. Its classes: `unit input`, `unit gate`, `edge`, `out`, `head`, `name`,
        `weight`, `bias`, `note`.

    Raises:
        InputError: no nodes, a name twice, an unknown name, a line that does not lead to a later
            layer, an input unit with a bias, or a gate without one.

    >>> picture = draw_circuit(
    ...     [("x1", 0, None), ("x2", 0, None), ("nand", 1, 3)],
    ...     [("x1", "nand", -2), ("x2", "nand", -2)],
    ...     outputs={"output": "nand"},
    ...     alt="A perceptron with weights −2, −2 and bias 3.",
    ... )
    >>> picture.data.count('class="unit gate"'), picture.data.count('class="edge"')
    (1, 2)
    """
    units = _checked_units(nodes)
    lines = _checked_lines(edges, units)
    outs = dict(outputs or {})
    _check_outputs(outs, units)
    if mark not in (None, "all", "exceptions"):
        raise InputError("mark", "'all' or 'exceptions'", repr(mark), "Choose one of these.")
    every = mark == "all" or (mark is None and len(lines) <= _FEW_LINES)
    drawing = _Drawing(units, lines, outs, input_units=input_units, every=every, note=note)
    return picture(drawing.width, drawing.height, alt, drawing.paint)


class _Drawing:
    """Where everything goes, and how it is drawn."""

    def __init__(
        self,
        units: dict[str, _Unit],
        lines: list[_Line],
        outputs: dict[str, str],
        *,
        input_units: bool,
        every: bool,
        note: str,
    ) -> None:
        self.units, self.lines, self.outputs = units, lines, outputs
        self.input_units, self.every = input_units, every
        self.usual_weight = _most_frequent([line.weight for line in lines])
        biases = [unit.bias for unit in units.values() if unit.bias is not None]
        self.usual_bias = _most_frequent(biases)
        self.note = ", ".join(filter(None, ["" if every else self._note(biases), note]))
        depth = max(unit.layer for unit in units.values())
        # An output is the end of a line as well: a place behind the last layer.
        self.layer = {name: unit.layer for name, unit in units.items()}
        self.layer |= {f"\0{output}": depth + 1 for output in outputs}
        self.links = [(line.source, line.target) for line in lines]
        self.links += [(unit, f"\0{output}") for output, unit in outputs.items()]
        inputs = sum(unit.layer == 0 for unit in units.values())
        self.layout = lay_out(self.layer, self.links, keep_first=inputs <= _FEW_INPUTS)
        self.levels = depth + 1 + bool(outputs)
        self.down = self.levels > _MAX_ACROSS
        self._measure(self.layout)

    def _measure(self, layout: Layout) -> None:
        names = [unit.name for unit in self.units.values() if unit.layer == 0]
        before = 7 * max((len(subscripted(name)) for name in names), default=0)
        behind = 7 * max((len(subscripted(name)) for name in self.outputs), default=0)
        if self.down:
            self.slot = max(13.0, min(44.0, (WIDTH - 24) / layout.extent))
            self.width = max(float(WIDTH), self.slot * layout.extent + 24)
            self.step = 46.0
            self.radius = min(14.0, 0.4 * self.slot)
            self.start = 34.0
            self.height = self.start + self.step * (self.levels - 1) + 34
            self.margin = (self.width - self.slot * layout.extent) / 2
        else:
            self.slot, self.radius = 50.0, 15.0
            floating = 0 if self.input_units else before - 12
            self.start = 20.0 + max(0, floating)
            self.width = float(WIDTH)
            end = behind + 6 if self.outputs else 20
            self.step = (self.width - self.start - end) / max(1, self.levels - 1)
            self.height = self.slot * layout.extent + 8
            self.margin = 4.0
        self.foot = self.height + 8
        if self.note:
            self.height += 26

    def paint(self, figure: Figure) -> None:
        board = Board(figure)
        parallel = Counter((line.source, line.target) for line in self.lines)
        drawn: Counter[tuple[str, str]] = Counter()
        for line in self.lines:
            pair = line.source, line.target
            side = drawn[pair] - (parallel[pair] - 1) / 2
            drawn[pair] += 1
            marked = self.every or line.weight != self.usual_weight
            self._draw_line(board, *pair, side=side, text=number(line.weight) if marked else "")
        for output, source in self.outputs.items():
            self._draw_output(board, output, source)
        for unit in self.units.values():
            self._draw_unit(board, unit)
        if self.note:
            board.write((self.width / 2, self.foot + 4), self.note, "note")

    def _place(self, slot: tuple[str, int]) -> Point:
        along = self.start + self.step * slot[1]
        across = self.margin + self.slot * (self.layout.across[slot] + 0.5)
        return (across, along) if self.down else (along, across)

    def _size(self, name: str) -> float:
        """Radius that lines keep from the middle of a unit."""
        if name.startswith("\0"):
            return 0
        return self.radius if self.input_units or self.units[name].layer else self.radius - 3

    def _points(self, source: str, target: str, side: float) -> list[Point]:
        """Return the line's points, its ends at the circles, shifted sideways by `side` lines."""
        points = [self._place(slot) for slot in route(source, target, self.layer)]
        shift = 7.0 * side * min(1.0, self.radius / 10)
        (ax, ay), (bx, by) = points[0], points[-1]
        length = math.hypot(bx - ax, by - ay)
        nx, ny = -(by - ay) / length * shift, (bx - ax) / length * shift
        points = [(x + nx, y + ny) for x, y in points]
        at_a = math.sqrt(self._size(source) ** 2 - shift**2)
        at_b = math.sqrt(self._size(target) ** 2 - shift**2) if self._size(target) else 0
        points[0], _ = trimmed(points[0], points[1], at_a, 0)
        _, points[-1] = trimmed(points[-2], points[-1], 0, at_b)
        return _straightened(points)

    def _draw_line(self, board: Board, source: str, target: str, *, side: float, text: str) -> None:
        points = self._points(source, target, side)
        head = min(7.0, 0.6 * self.radius)
        if not text:
            board.arrow(points, "edge", head=head)
            return
        (ax, ay), (bx, by) = points[:2]
        share, room = 0.45, 7.2 * len(text) + 5
        angle = math.degrees(math.atan2(ay - by, bx - ax))
        angle = (angle + 90) % 180 - 90  # never upside down
        board.arrow(points, "edge", gap=(share * math.hypot(bx - ax, by - ay), room), head=head)
        board.write(
            (ax + share * (bx - ax), ay + share * (by - ay)), text, "weight", angle=angle, bold=True
        )

    def _draw_output(self, board: Board, output: str, unit: str) -> None:
        points = self._points(unit, f"\0{output}", 0)
        x, y = points[-1]
        board.arrow(points, "out", head=min(7.0, 0.6 * self.radius))
        place, align = ((x, y + 12), "center") if self.down else ((x + 4, y), "left")
        board.write(place, subscripted(output), "name", align=align)  # type: ignore[arg-type]

    def _draw_unit(self, board: Board, unit: _Unit) -> None:
        place = self._place((unit.name, unit.layer))
        if unit.bias is not None:
            board.circle(place, self.radius, "unit gate")
            if self.every or unit.bias != self.usual_bias:
                board.write(place, number(unit.bias), "bias")
            return
        text = subscripted(unit.name)
        fits = 7 * len(text) <= 2 * self.radius - 6
        if self.input_units:
            board.circle(place, self.radius, "unit input")
        if fits or not self.input_units:
            align, x = ("center", place[0]) if self.down or fits else ("right", place[0] + 10)
            board.write((x, place[1]), text, "name", align=align)  # type: ignore[arg-type]
        elif self.down:
            board.write((place[0], place[1] - self.radius - 9), text, "name")
        else:
            board.write((4, place[1] - self.radius - 8), text, "name", align="left")

    def _note(self, biases: list[float]) -> str:
        word = "all" if len({line.weight for line in self.lines}) == 1 else "unmarked"
        bias_word = "all" if len(set(biases)) == 1 else "unmarked"
        return (
            f"{word} weights {number(self.usual_weight)}, "
            f"{bias_word} biases {number(self.usual_bias)}"
        )


def _straightened(points: list[Point]) -> list[Point]:
    """Leave out bends that are none."""
    kept = [points[0]]
    for bend, after in pairwise(points[1:]):
        (ax, ay), (bx, by), (cx, cy) = kept[-1], bend, after
        turn = abs((bx - ax) * (cy - by) - (by - ay) * (cx - bx))
        if turn > 0.5 * math.hypot(cx - ax, cy - ay):
            kept.append(bend)
    return [*kept, points[-1]]


def _most_frequent(values: Sequence[float]) -> float:
    return Counter(values).most_common(1)[0][0] if values else 0.0


def _checked_units(
    nodes: Sequence[tuple[str, SupportsIndex, float | None]],
) -> dict[str, _Unit]:
    units: dict[str, _Unit] = {}
    for name, layer, bias in nodes:
        if not name or name in units:
            raise InputError(
                "nodes", "names, each only once", repr(name), "Give each node a name of its own."
            )
        at = whole(f"layer of node '{name}'", layer, least=0)
        if (at == 0) != (bias is None) or (bias is not None and not math.isfinite(bias)):
            raise InputError(
                f"bias of node '{name}'",
                "None in layer 0, the input layer, and a finite number in the others",
                f"{bias!r} in layer {at}",
                "Input units have no bias, gates have one.",
            )
        units[name] = _Unit(name, at, bias)
    if not units:
        raise InputError("nodes", "at least one", "none", "Name the units of the circuit.")
    return units


def _checked_lines(
    edges: Sequence[tuple[str, str, float]], units: Mapping[str, _Unit]
) -> list[_Line]:
    lines = []
    for source, target, weight in edges:
        place = f"edge from '{source}' to '{target}'"
        missing = [name for name in (source, target) if name not in units]
        if missing:
            raise InputError(
                place, "names of nodes", f"'{missing[0]}'", "Add the node, or mend the name."
            )
        if units[source].layer >= units[target].layer:
            raise InputError(
                place,
                "a target in a later layer",
                f"layers {units[source].layer} and {units[target].layer}",
                "Networks here are feedforward; mend the layers.",
            )
        if not math.isfinite(weight):
            raise InputError(place, "a finite weight", repr(weight), "Mend the weight.")
        lines.append(_Line(source, target, float(weight)))
    return lines


def _check_outputs(outputs: Mapping[str, str], units: Mapping[str, _Unit]) -> None:
    for output, unit in outputs.items():
        if unit not in units:
            raise InputError(
                f"output '{output}'", "the name of a node", repr(unit), "Mend the name."
            )
