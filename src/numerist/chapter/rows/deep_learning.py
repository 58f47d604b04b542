"""Row X2: a large question broken into small ones."""
# ruff: noqa: PLC0415  (what a row needs loads when the row runs)

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numerist.chapter.row import Result, Row, Scale
from numerist.chapter.training import words

if TYPE_CHECKING:
    from numerist.faces import Comparison, Contender, Question

ROWS_OF_FACES = 3  # in the picture, of six each


def _run_x2(scale: Scale) -> Result:
    from numerist.chapter.figures import draw_bars, draw_digits, draw_tree
    from numerist.faces import FACE, compare, draw_faces
    from numerist.faces import Scale as FacesScale

    found = compare(
        scale.choose(
            FacesScale(seeds=scale.seeds),
            FacesScale(pictures=60, test_pictures=100, seeds=1, more=2),
        )
    )
    ours, equal, *others = found.contenders.values()
    lead, spread = found.lead
    # Ahead by more than twice the standard deviation over seeds: not by chance.
    agrees = lead > 2 * (spread or 0)
    faces = draw_faces(6 * ROWS_OF_FACES, seed=0)
    nodes, edges = _tree(found, FACE)
    return Result(
        f"Drawn faces, {words(found.scale.seeds, 'seed')}, accuracy on "
        f"{found.scale.test_pictures:,} other pictures"
        f"{'' if spread is None else ' (mean ± standard deviation)'}: twelve sub-networks put "
        f"together {_share(ours)}; one network trained end to end on the same "
        f"{equal.pictures:,} pictures, with at least as many weights "
        f"({equal.parameters:,} against {ours.parameters:,}), {_share(equal)}. "
        + "; ".join(f"{one.name}: {_share(one)}" for one in others).capitalize()
        + ". The sub-networks know two things more: where to look for what, and the answers to the "
        "small questions.",
        None if scale.quick else agrees,
        found.numbers(),
        [
            draw_digits(
                faces.images,
                ["a face" if face else "no face" for face in faces.answer("face")],
                columns=6,
                alt="Drawn pictures, some of them faces, others with parts missing or replaced.",
            ),
            draw_tree(
                nodes,
                edges,
                alt="The questions as a tree, with the accuracy of each answer: brow, lashes and "
                "iris lead to each eye; eyes, nose, mouth and hair lead to the face.",
            ),
            draw_bars(
                [one.name for one in found.contenders.values()],
                [one.mean for one in found.contenders.values()],
                errors=[one.spread or 0.0 for one in found.contenders.values()],
                label="accuracy",
                shares=True,
                horizontal=True,
                alt="Accuracy of the contenders: "
                + ", ".join(f"{one.name} {_share(one)}" for one in found.contenders.values())
                + ".",
            ),
        ],
    )


def _share(contender: Contender) -> str:
    """Return a contender's accuracy in percent, with its spread where there are several seeds."""
    spread = "" if contender.spread is None else f" ± {100 * contender.spread:.1f}"
    return f"{100 * contender.mean:.1f}{spread} %"


def _tree(
    found: Comparison, root: Question
) -> tuple[list[tuple[str, str, float | None]], list[tuple[str, str]]]:
    """Return all questions with their mean accuracy, and which of them helps to answer which."""
    nodes: list[tuple[str, str, float | None]] = [
        (question.name, f"{question.name}?", float(np.mean(found.questions[question.name])))
        for question in root
    ]
    edges = [(part.name, question.name) for question in root for part in question.parts]
    return nodes, edges


ROWS: tuple[Row, ...] = (
    Row(
        "X2",
        "A question broken into sub-questions",
        "Is it a face? Is there an eye at the top left, and in it an iris? Small networks answer "
        "such small questions, and their answers feed a network that answers the large one.",
        "A network that recognises faces could be made of sub-networks, which are themselves "
        "broken down until single neurons can answer. It is a thought experiment without figures.",
        """\
from numerist.faces import Scale, compare

result = compare(Scale(pictures=200, test_pictures=500, seeds=1, more=1))
for name, contender in result.contenders.items():
    print(f"{name}: {contender.mean:.1%}")
""",
        _run_x2,
        seconds=60,
    ),
)
