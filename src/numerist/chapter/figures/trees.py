"""A question broken into sub-questions: sub-networks as boxes whose answers feed a network."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

from numerist.chapter.figures.board import Board
from numerist.chapter.figures.svg import SMALL, WIDTH, picture
from numerist.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure

    from numerist.chapter.figures.picture import Picture

_GAP = 26.0  # between columns, for the arrows
_SPACE = 10.0  # between boxes below each other
_MOST_LEVELS = 4


def draw_tree(
    nodes: Sequence[tuple[str, str, float | None]],
    edges: Sequence[tuple[str, str]],
    *,
    alt: str,
) -> Picture:
    """Draw a tree of questions as the chapter does: small questions left, the large one right.

    Args:
        nodes: (name, question, accuracy): the accuracy is a share, or None if there is none.
        edges: (from, to): the answer to the first helps to answer the second. Each node but one,
            the root, has one edge that leaves it.
        alt: what a screen reader says.

    Returns:
        An SVG picture. Its classes: `box`, `question` (one for each line), `accuracy`, `edge`.

    Raises:
        InputError: no nodes, a name twice, an unknown name, not a tree, more than four levels, an
            accuracy outside 0…1.

    >>> tree = draw_tree(
    ...     [("face", "a face?", 0.98), ("eye", "an eye?", 0.99), ("nose", "a nose?", None)],
    ...     [("eye", "face"), ("nose", "face")],
    ...     alt="Two sub-networks, eye and nose, feed one that answers: is it a face?",
    ... )
    >>> tree.data.count('"box"'), tree.data.count('"edge"')
    (3, 2)
    """
    questions = _checked_nodes(nodes)
    parent = _checked_edges(edges, questions)
    level = {name: _depth(name, parent) for name in questions}
    columns = max(level.values()) + 1
    if columns > _MOST_LEVELS:
        raise InputError(
            "tree", f"{_MOST_LEVELS} levels at most", str(columns), "Draw a part of it."
        )
    width = (WIDTH - 4 - _GAP * (columns - 1)) / columns
    texts = {
        name: textwrap.wrap(question, max(4, int((width - 8) / 6.4)))
        for name, (question, _) in questions.items()
    }
    tall = {
        name: 14 + SMALL * 1.25 * (len(texts[name]) + (questions[name][1] is not None))
        for name in questions
    }
    left = {name: 2 + (columns - 1 - level[name]) * (width + _GAP) for name in questions}
    middle, height = _stack(questions, parent, tall)

    def paint(figure: Figure) -> None:
        board = Board(figure)
        for child, above in parent.items():
            ends = [(left[child] + width, middle[child]), (left[above], middle[above])]
            bend = left[above] - _GAP / 2
            level_line = abs(middle[child] - middle[above]) < 0.5  # noqa: PLR2004
            inner = [] if level_line else [(bend, middle[child]), (bend, middle[above])]
            board.arrow([ends[0], *inner, ends[1]], "edge", head=6)
        for name, (_, accuracy) in questions.items():
            board.box(left[name], middle[name] - tall[name] / 2, width, tall[name], "box")
            centre = left[name] + width / 2
            shift = 0 if accuracy is None else SMALL * 1.25 / 2
            board.write((centre, middle[name] - shift), "\n".join(texts[name]), "question")
            if accuracy is not None:
                y = middle[name] + SMALL * 1.25 * len(texts[name]) / 2
                board.write((centre, y), f"{100 * accuracy:.1f} %", "accuracy", bold=True)

    return picture(WIDTH, height, alt, paint)


def _stack(
    questions: Mapping[str, object], parent: Mapping[str, str], tall: Mapping[str, float]
) -> tuple[dict[str, float], float]:
    """Return the middle of each box, and the height of all: children above each other, the
    parent beside their middle, every subtree in a band of its own.
    """  # noqa: D205
    children = {name: [c for c in questions if parent.get(c) == name] for name in questions}
    middle: dict[str, float] = {}

    def place(name: str, top: float) -> float:
        """Place a subtree below `top`; return where the next one may begin."""
        below = top
        for child in children[name]:
            below = place(child, below)
        inside = [middle[c] for c in (children[name][:1] + children[name][-1:])]
        least = top + tall[name] / 2
        middle[name] = max(least, sum(inside) / len(inside)) if inside else least
        return max(below, middle[name] + tall[name] / 2 + _SPACE)

    root = next(name for name in questions if name not in parent)
    return middle, place(root, 2.0) - _SPACE + 4


def _depth(name: str, parent: Mapping[str, str]) -> int:
    depth = 0
    while name in parent:
        name, depth = parent[name], depth + 1
        if depth > len(parent):
            raise InputError("edges", "a tree", f"a loop through '{name}'", "Remove an edge.")
    return depth


def _checked_nodes(
    nodes: Sequence[tuple[str, str, float | None]],
) -> dict[str, tuple[str, float | None]]:
    questions: dict[str, tuple[str, float | None]] = {}
    for name, question, accuracy in nodes:
        if name in questions:
            raise InputError("nodes", "names, each only once", repr(name), "Rename one of them.")
        if not question.strip():
            raise InputError(f"node '{name}'", "a question", repr(question), "Say what it asks.")
        if accuracy is not None and not (math.isfinite(accuracy) and 0 <= accuracy <= 1):
            raise InputError(
                f"accuracy of '{name}'", "a share from 0 to 1", repr(accuracy), "Divide by 100."
            )
        questions[name] = (question, accuracy)
    if not questions:
        raise InputError("nodes", "at least one", "none", "Name the questions.")
    return questions


def _checked_edges(
    edges: Sequence[tuple[str, str]], questions: Mapping[str, object]
) -> dict[str, str]:
    parent: dict[str, str] = {}
    for child, above in edges:
        place = f"edge from '{child}' to '{above}'"
        missing = [name for name in (child, above) if name not in questions]
        if missing:
            raise InputError(place, "names of nodes", f"'{missing[0]}'", "Add it, or mend it.")
        if child in parent:
            raise InputError(
                place, "one edge from each node", f"another to '{parent[child]}'", "Remove one."
            )
        parent[child] = above
    roots = [name for name in questions if name not in parent]
    if len(roots) != 1:
        raise InputError(
            "edges",
            "a tree: one node, the root, without an edge that leaves it",
            f"{len(roots)} such nodes",
            "Connect every node but the root.",
        )
    return parent
