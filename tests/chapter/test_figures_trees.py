"""A question and its sub-questions: every box, every edge, nothing on top of another."""
# ruff: noqa: S314  (the SVG that is parsed is our own)

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from numerist.chapter.figures import Picture, draw_tree
from numerist.errors import InputError

_FACE: list[tuple[str, str, float | None]] = [
    ("face", "Is it a face?", 0.981),
    ("left", "Is there an eye top left?", 0.9921),
    ("right", "Is there an eye top right?", 0.99),
    ("nose", "A nose in the middle?", None),
    ("brow", "A brow?", 0.95),
    ("lashes", "Lashes?", 0.9),
    ("iris", "An iris?", 1.0),
]
_EDGES = [
    ("left", "face"),
    ("right", "face"),
    ("nose", "face"),
    ("brow", "left"),
    ("lashes", "left"),
    ("iris", "left"),
]


def _elements(picture: Picture, name: str) -> list[ET.Element]:
    return [e for e in ET.fromstring(picture.data).iter() if e.get("class") == name]


def _points(element: ET.Element) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", element.attrib["d"])]
    return np.array(numbers).reshape(-1, 2)


def _boxes(picture: Picture) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(p.min(axis=0), p.max(axis=0)) for p in map(_points, _elements(picture, "box"))]


def test_every_question_is_a_box_and_every_answer_an_arrow() -> None:
    picture = draw_tree(_FACE, _EDGES, alt="A face and its parts.")
    assert len(_elements(picture, "box")) == 7
    assert len(_elements(picture, "edge")) == len(_elements(picture, "head")) == 6
    said = " ".join(str(e.text) for e in _elements(picture, "question"))
    assert said == " ".join(question for _, question, _ in _FACE)
    accuracies = [e.text for e in _elements(picture, "accuracy")]
    assert accuracies == ["98.1 %", "99.2 %", "99.0 %", "95.0 %", "90.0 %", "100.0 %"]


def test_boxes_do_not_overlap_and_stay_inside() -> None:
    picture = draw_tree(_FACE, _EDGES, alt="A face and its parts.")
    boxes = _boxes(picture)
    for (low, high), (other_low, other_high) in combinations(boxes, 2):
        assert (low > other_high).any() or (high < other_low).any()
    for low, high in boxes:
        assert (low >= 0).all()
        assert (high <= [picture.width, picture.height]).all()


def test_small_questions_stand_left_of_the_question_they_help() -> None:
    boxes = dict(zip([name for name, _, _ in _FACE], _boxes(
        draw_tree(_FACE, _EDGES, alt="A face and its parts.")), strict=True))  # fmt: skip
    for child, parent in _EDGES:
        assert boxes[child][1][0] < boxes[parent][0][0]
    picture = draw_tree(_FACE, _EDGES, alt="A face and its parts.")
    for (child, parent), edge, head in zip(
        _EDGES, _elements(picture, "edge"), _elements(picture, "head"), strict=True
    ):
        start, tip = _points(edge)[0], _points(head)[0]
        assert start[0] == pytest.approx(boxes[child][1][0], abs=0.05)
        assert start[1] == pytest.approx((boxes[child][0][1] + boxes[child][1][1]) / 2, abs=0.05)
        assert tip[0] == pytest.approx(boxes[parent][0][0], abs=0.05)
        assert tip[1] == pytest.approx((boxes[parent][0][1] + boxes[parent][1][1]) / 2, abs=0.05)


def test_words_stay_inside_their_boxes() -> None:
    picture = draw_tree(_FACE, _EDGES, alt="A face and its parts.")
    longest = max(len(str(e.text)) for e in _elements(picture, "question"))
    low, high = _boxes(picture)[0]
    assert 6.4 * longest < high[0] - low[0]


@pytest.mark.parametrize(
    ("nodes", "edges", "said"),
    [
        ([], [], "nodes: expected at least one"),
        ([("a", "A?", None), ("a", "B?", None)], [], "names, each only once"),
        ([("a", " ", None)], [], "node 'a': expected a question"),
        ([("a", "A?", 98.0)], [], "accuracy of 'a': expected a share from 0 to 1, found 98.0"),
        ([("a", "A?", None)], [("b", "a")], "expected names of nodes, found 'b'"),
        ([("a", "A?", None), ("b", "B?", None)], [], "a tree"),
        ([("a", "A?", None), ("b", "B?", None)], [("a", "b"), ("b", "a")], "a tree"),
        (
            [("a", "A?", None), ("b", "B?", None), ("c", "C?", None)],
            [("a", "b"), ("b", "a")],
            "a loop through",
        ),
        (
            [("a", "A?", None), ("b", "B?", None), ("c", "C?", None)],
            [("a", "b"), ("a", "c")],
            "one edge from each node",
        ),
        (
            [(str(i), "?", None) for i in range(5)],
            [(str(i), str(i + 1)) for i in range(4)],
            "4 levels at most, found 5",
        ),
    ],
)
def test_what_is_no_tree_is_refused(
    nodes: list[tuple[str, str, float | None]], edges: list[tuple[str, str]], said: str
) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        draw_tree(nodes, edges, alt="Nothing.")
