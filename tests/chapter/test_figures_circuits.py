"""Circuits of perceptrons: every unit, every line, every mark, and nothing on top of another."""
# ruff: noqa: S314  (the SVG that is parsed is our own)

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from numerist.chapter.figures import Picture, draw_circuit
from numerist.errors import InputError
from numerist.neurons.adders import adder, full_adder, half_adder

if TYPE_CHECKING:
    from numerist.neurons.circuit import Circuit


def _described(circuit: Circuit) -> dict[str, Any]:
    return {
        "nodes": [
            (unit, at, float(circuit.gates[unit].perceptron.bias) if at else None)
            for at, layer in enumerate(circuit.layers)
            for unit in layer
        ],
        "edges": [(line.source, line.target, line.weight) for line in circuit.lines],
        "outputs": circuit.outputs,
    }


def _elements(picture: Picture, name: str) -> list[ET.Element]:
    return [e for e in ET.fromstring(picture.data).iter() if e.get("class") == name]


def _texts(picture: Picture, name: str) -> list[str | None]:
    return [e.text for e in _elements(picture, name)]


def _box(element: ET.Element) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", element.attrib["d"])]
    points = np.array(numbers).reshape(-1, 2)
    return np.array([points.min(axis=0), points.max(axis=0)])


def test_the_half_adder_as_the_chapter_draws_it() -> None:
    picture = draw_circuit(**_described(half_adder()), alt="Five NAND perceptrons.")
    assert len(_elements(picture, "unit input")) == 2
    assert len(_elements(picture, "unit gate")) == 5
    assert len(_elements(picture, "edge")) == 10
    assert len(_elements(picture, "out")) == 2
    assert len(_elements(picture, "head")) == 12
    assert sorted(map(str, _texts(picture, "name"))) == ["carry", "sum", "x₁", "x₂"]
    assert _texts(picture, "weight") == []
    assert _texts(picture, "note") == ["all weights −2, all biases 3"]


def test_a_doubled_line_is_two_lines_side_by_side() -> None:
    picture = draw_circuit(
        [("x1", 0, None), ("g", 1, 3)], [("x1", "g", -2), ("x1", "g", -2)], alt="NOT out of NAND."
    )
    one, other = (_box(edge) for edge in _elements(picture, "edge"))
    assert abs(one[0, 1] - other[0, 1]) > 4  # parallel, level, apart
    assert abs(one[0, 1] - one[1, 1]) < 0.1
    assert abs(other[0, 1] - other[1, 1]) < 0.1


def test_the_merged_line_carries_its_weight() -> None:
    picture = draw_circuit(**_described(half_adder().merged()), alt="One weight is −4.")
    assert len(_elements(picture, "edge")) == 9
    assert _texts(picture, "weight") == ["−4"]
    assert _texts(picture, "note") == ["unmarked weights −2, all biases 3"]


def test_a_single_perceptron_shows_all_its_weights_and_its_bias() -> None:
    nodes = [("x1", 0, None), ("x2", 0, None), ("x3", 0, None), ("go", 1, -5)]
    edges = [("x1", "go", 6), ("x2", "go", 2), ("x3", "go", 2)]
    picture = draw_circuit(
        nodes, edges, outputs={"output": "go"}, input_units=False, alt="Shall we go?"
    )
    assert Counter(_texts(picture, "weight")) == Counter(["6", "2", "2"])
    assert _texts(picture, "bias") == ["−5"]
    assert _elements(picture, "unit input") == []
    assert _texts(picture, "name") == ["output", "x₁", "x₂", "x₃"]
    assert _elements(picture, "note") == []


def test_marks_by_choice() -> None:
    described = _described(half_adder().merged())
    every = draw_circuit(**described, mark="all", alt="All weights.")
    assert Counter(_texts(every, "weight")) == Counter({"−2": 8, "−4": 1})
    assert _texts(every, "bias") == ["3"] * 5


@pytest.mark.parametrize("circuit", [half_adder(), full_adder(), adder(2), adder(8)])
def test_units_stay_apart_and_inside(circuit: Circuit) -> None:
    picture = draw_circuit(**_described(circuit), alt="An adder.")
    assert picture.width == 340
    gates = _elements(picture, "unit gate")
    assert len(gates) == len(circuit.gates)
    assert len(_elements(picture, "edge")) == len(circuit.lines)
    assert len(_elements(picture, "out")) == len(circuit.outputs)
    boxes = [_box(e) for e in [*gates, *_elements(picture, "unit input")]]
    radius = np.ptp(boxes[0][:, 0]) / 2
    assert radius >= 5  # still a circle on a phone
    for one, other in combinations(boxes, 2):
        distance = np.hypot(*(one.mean(axis=0) - other.mean(axis=0)))
        assert distance > 2 * radius + 1
    for box in [_box(e) for e in _elements(picture, "edge")] + boxes:
        assert (box >= 0).all()
        assert (box <= [picture.width, picture.height]).all()


def test_lines_lead_from_their_source_to_their_target() -> None:
    """Each arrow's first point lies on the source's circle, the tip on the target's."""
    picture = draw_circuit(**_described(half_adder()), alt="Five NAND perceptrons.")
    boxes = [_box(e) for n in ("unit input", "unit gate") for e in _elements(picture, n)]
    centres = {u: b.mean(axis=0) for u, b in zip(half_adder().units, boxes, strict=True)}
    radius = np.ptp(boxes[0][:, 0]) / 2
    edges, heads = _elements(picture, "edge"), _elements(picture, "head")
    for line, edge, head in zip(half_adder().lines, edges, heads[:10], strict=True):
        start, tip = (
            np.array(re.findall(r"-?\d+(?:\.\d+)?", e.attrib["d"])[:2], dtype=float)
            for e in (edge, head)
        )
        assert np.hypot(*(start - centres[line.source])) == pytest.approx(radius, abs=0.1)
        assert np.hypot(*(tip - centres[line.target])) == pytest.approx(radius, abs=0.1)


_X: list[tuple[str, int, float | None]] = [("x", 0, None), ("g", 1, 3)]


@pytest.mark.parametrize(
    ("nodes", "edges", "said"),
    [
        ([], [], "nodes: expected at least one"),
        ([("x", 0, None), ("x", 1, 3)], [], "names, each only once"),
        ([("x", 0, 3)], [], "bias of node 'x'"),
        ([("g", 1, None)], [], "bias of node 'g'"),
        ([("g", 1, float("nan"))], [], "bias of node 'g'"),
        ([("g", -1, 3)], [], "layer of node 'g'"),
        (_X, [("x", "h", 1)], "edge from 'x' to 'h': expected names of nodes, found 'h'"),
        (_X, [("g", "x", 1)], "a target in a later layer, found layers 1 and 0"),
        (_X, [("g", "g", 1)], "a target in a later layer"),
        (_X, [("x", "g", float("inf"))], "a finite weight"),
    ],
)
def test_descriptions_that_are_no_circuit_are_refused(
    nodes: list[tuple[str, int, float | None]], edges: list[tuple[str, str, float]], said: str
) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        draw_circuit(nodes, edges, alt="Nothing.")


def test_an_output_of_no_node_and_an_unknown_mark_are_refused() -> None:
    with pytest.raises(InputError, match="output 'sum': expected the name of a node"):
        draw_circuit(_X, [], outputs={"sum": "h"}, alt="Nothing.")
    with pytest.raises(InputError, match="mark: expected 'all' or 'exceptions'"):
        draw_circuit(_X, [], mark="some", alt="Nothing.")  # type: ignore[arg-type]


def test_a_weight_stands_in_the_middle_of_its_gap() -> None:
    nodes = [("a", 0, None), ("b", 0, None), ("c", 1, 3.0), ("d", 2, -1.0)]
    edges = [("a", "c", -2.0), ("b", "c", -2.0), ("c", "d", 1.0), ("b", "d", 4.0)]
    picture = draw_circuit(nodes, edges, alt="Two perceptrons.", outputs={"o": "d"})
    for line, word in zip(_elements(picture, "edge"), _elements(picture, "weight"), strict=True):
        numbers = re.findall(r"-?\d+(?:\.\d+)?", line.attrib["d"])
        points = np.array([float(n) for n in numbers]).reshape(-1, 2)
        middle = (points[1] + points[2]) / 2
        angle = np.radians(-float(re.findall(r"rotate\((\S+)", word.attrib["transform"])[0]))
        way = np.array([np.cos(angle), -np.sin(angle)])  # along the letters
        away = np.array([float(word.attrib["x"]), float(word.attrib["y"])]) - middle
        assert abs(away @ way) < 0.5


def test_a_note_is_written_below() -> None:
    nodes, edges = [("a", 0, None), ("b", 1, 3.0)], [("a", "b", -2.0)]
    picture = draw_circuit(nodes, edges, alt="One.", note="threshold −3")
    assert _texts(picture, "note") == ["threshold −3"]
    both = draw_circuit(nodes, edges, alt="One.", note="threshold −3", mark="exceptions")
    assert _texts(both, "note") == ["all weights −2, all biases 3, threshold −3"]
