"""A network as circles and lines, counted."""
# ruff: noqa: S314  (the SVG that is parsed is our own)

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from numerist.chapter.figures import Picture, draw_network
from numerist.errors import InputError, ShapeError


def _elements(picture: Picture, name: str) -> list[ET.Element]:
    root = ET.fromstring(picture.data)
    return [e for e in root.iter() if e.get("class") == name]


def _count(picture: Picture) -> Counter[str]:
    return Counter(e.get("class", "") for e in ET.fromstring(picture.data).iter())


def _points(element: ET.Element) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", element.attrib["d"])]
    return np.array(numbers).reshape(-1, 2)


def _centres(picture: Picture, kind: str) -> list[tuple[float, float]]:
    boxes = [_points(e) for e in _elements(picture, f"neuron {kind}")]
    return [tuple((b.min(axis=0) + b.max(axis=0)) / 2) for b in boxes]


def test_every_neuron_is_a_circle_and_every_pair_a_line() -> None:
    found = _count(draw_network([6, 4, 3, 1], alt="The chapter's example."))
    assert found["neuron input"] == 6
    assert found["neuron hidden"] == 4 + 3
    assert found["neuron output"] == 1
    assert found["line"] == 6 * 4 + 4 * 3 + 3 * 1
    assert found["out"] == 1
    assert found["dots"] == 0


def test_of_a_large_layer_some_are_drawn_with_dots_between() -> None:
    picture = draw_network([784, 15, 10], alt="The network for digits.")
    found = _count(picture)
    assert found["neuron input"] == 8
    assert found["neuron hidden"] == 15
    assert found["neuron output"] == found["out"] == 10
    assert found["dots"] == 3
    assert found["line"] == 8 * 15 + 15 * 10
    inputs = sorted(y for _, y in _centres(picture, "input"))
    dots = sorted(_points(e)[:, 1].mean() for e in _elements(picture, "dots"))
    assert inputs[3] < dots[0]
    assert dots[2] < inputs[4]
    assert [e.text for e in _elements(picture, "label size")] == ["784", "15", "10"]


def test_ten_hidden_layers_still_fit_a_phone() -> None:
    picture = draw_network([784, *[30] * 8, 10], alt="A deep network.")
    assert picture.width == 340
    assert _count(picture)["neuron hidden"] == 8 * 6


def test_circles_do_not_touch_and_lines_end_at_circles() -> None:
    picture = draw_network([3, 4, 2], alt="Three layers.")
    centres = {k: _centres(picture, k) for k in ("input", "hidden", "output")}
    radius = np.ptp(_points(_elements(picture, "neuron input")[0])[:, 0]) / 2
    for a, b in combinations([c for kind in centres.values() for c in kind], 2):
        assert np.hypot(a[0] - b[0], a[1] - b[1]) > 2 * radius + 2
    wanted = {
        (a, b)
        for one, two in (("input", "hidden"), ("hidden", "output"))
        for a in centres[one]
        for b in centres[two]
    }
    drawn = set()
    for line in _elements(picture, "line"):
        start, end = _points(line)
        near = [
            [c for kind in centres.values() for c in kind if abs(np.hypot(*(p - c)) - radius) < 0.1]
            for p in (start, end)
        ]
        assert [len(n) for n in near] == [1, 1]
        drawn.add((near[0][0], near[1][0]))
    assert drawn == wanted


def test_weights_and_biases_are_written() -> None:
    picture = draw_network(
        [2, 2, 1],
        weights=[np.array([[1, -2], [0.25, 3]]), np.array([[-1.5, 0]])],
        biases=[np.array([7, -8]), np.array([[0.125]])],
        alt="A small network.",
    )
    texts = Counter(e.text for e in _elements(picture, "weight"))
    assert texts == Counter(["1", "−2", "0.25", "3", "−1.5", "0"])
    assert [e.text for e in _elements(picture, "bias")] == ["7", "−8", "0.12"]
    for line in _elements(picture, "line"):  # two strokes, with a gap for the weight
        assert line.attrib["d"].count("M") == 2
        a, b, c, d = _points(line)
        assert np.hypot(*(b - a)) + np.hypot(*(d - c)) < np.hypot(*(d - a)) - 8


def _middle_of_gap(line: ET.Element) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    _, before, behind, _ = _points(line)
    return np.asarray((before + behind) / 2)


def test_weights_stand_in_their_gaps_and_no_other_line_runs_through_them() -> None:
    picture = draw_network(
        [3, 2, 1],
        weights=[np.full((2, 3), -0.54), np.full((1, 2), -1.27)],
        biases=[np.full(2, -0.13), np.full(1, 0.64)],
        activations=[np.zeros(3), np.zeros(2), np.zeros(1)],
        alt="A small network.",
    )
    lines, words = _elements(picture, "line"), _elements(picture, "weight")
    for line, word in zip(lines, words, strict=True):
        middle, ends = _middle_of_gap(line), _points(line)
        at = float(word.attrib["x"]), float(word.attrib["y"])
        assert np.hypot(*(middle - at)) < 6  # from the middle to the foot of the letters
        assert min(np.hypot(*(ends[1] - ends[0])), np.hypot(*(ends[3] - ends[2]))) > 4
        way = (ends[3] - ends[0]) / np.hypot(*(ends[3] - ends[0]))
        letters = [middle + along * way for along in (-14, 0, 14)]  # half of "−0.54"
        for other in lines:
            a, b, c, d = _points(other)
            drawn = [s + t * (e - s) for s, e in ((a, b), (c, d)) for t in np.linspace(0, 1, 50)]
            if other is not line:
                assert min(np.hypot(*(p - q)) for p in drawn for q in letters) > 3.5
    circle = _points(_elements(picture, "neuron hidden")[0])
    assert np.ptp(circle[:, 0]) > 30 + 2  # "−0.13" in DejaVu Sans of 11 is 30 wide


def test_a_weight_stands_on_its_own_line() -> None:
    picture = draw_network([1, 2], weights=[[[11], [22]]], alt="Two lines.")
    upper, lower = sorted(_centres(picture, "output"), key=lambda c: c[1])
    assert upper[1] < lower[1]
    heights = {}
    for element in _elements(picture, "weight"):
        place = re.findall(r"translate\([-\d.]+ ([-\d.]+)\)", element.get("transform", ""))
        heights[element.text] = float(place[0] if place else element.attrib["y"])
    assert heights["11"] < heights["22"]


@pytest.mark.parametrize("sizes", [[], [3], [3, 0], [3, -1], [3, 2.5], [3, True]])
def test_sizes_that_are_no_network_are_refused(sizes: list[int]) -> None:
    with pytest.raises(InputError, match="size"):
        draw_network(sizes, alt="Nothing.")


def test_weights_where_they_could_not_be_read_are_refused() -> None:
    with pytest.raises(InputError, match=r"24 lines at most.*25 lines"):
        draw_network([5, 5], weights=[np.ones((5, 5))], alt="Too much.")


@pytest.mark.parametrize(
    ("weights", "biases"),
    [
        ([np.ones((2, 3))], None),
        ([np.ones((3, 2)), np.ones((1, 3))], None),
        (None, [np.ones(2)]),
        (None, [np.ones((1, 3))]),
    ],
)
def test_shapes_that_do_not_fit_are_refused(weights: object, biases: object) -> None:
    with pytest.raises(ShapeError, match="expected arrays of shapes"):
        draw_network([2, 3], weights=weights, biases=biases, alt="No.")  # type: ignore[arg-type]


def test_weights_that_are_not_finite_are_refused() -> None:
    with pytest.raises(InputError, match="weights: expected finite numbers"):
        draw_network([1, 1], weights=[[[np.nan]]], alt="No.")


def test_activations_stand_in_the_inputs_and_below_the_others() -> None:
    picture = draw_network(
        [2, 1],
        weights=[[[1, -2]]],
        biases=[[0.5]],
        activations=[[0.25, 1], [[0.75]]],
        alt="One neuron.",
    )
    said = _elements(picture, "activation")
    assert [e.text for e in said] == ["0.25", "1", "0.75"]
    assert [e.text for e in _elements(picture, "bias")] == ["0.5"]


def test_activations_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"activations: .* \[\(2,\), \(1,\)\]"):
        draw_network([2, 1], activations=[[0.5]], alt="One is missing.")
