"""Row X2: the tree that is drawn is the tree of questions."""

from __future__ import annotations

from numerist.chapter.rows import deep_learning
from numerist.faces import FACE, NAMES, Scale, compare


def test_all_questions_are_in_the_tree_with_their_accuracy() -> None:
    found = compare(Scale(pictures=20, test_pictures=30, seeds=2, more=1))
    nodes, edges = deep_learning._tree(found, FACE)
    assert [name for name, _, _ in nodes] == list(NAMES)
    for name, _, accuracy in nodes:
        assert accuracy == sum(found.questions[name]) / 2
    above = dict(edges)
    assert len(edges) == len(above) == 11
    assert above["left iris"] == "left eye"
    assert {name for name, upper in edges if upper == "face"} == {
        "left eye",
        "right eye",
        "nose",
        "mouth",
        "hair",
    }
