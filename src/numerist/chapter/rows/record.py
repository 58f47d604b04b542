"""Row E8: the record of 2013, and the network that comes with numerist."""
# ruff: noqa: PLC0415  (what a row needs loads when the row runs)

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numerist.chapter.row import Result, Row, Scale
from numerist.chapter.training import count, images

if TYPE_CHECKING:
    from pathlib import Path

    from numerist.chapter.figures import Picture
    from numerist.data import Dataset
    from numerist.model import Model
    from numerist.model.evaluation import Evaluation

RECORD, ABOVE = 9_979, 9_900  # of 10,000: the record of 2013, and 99 %
_SHOWN = 40  # misread images in the picture
_EXPLAINED = 3  # of them, the surest, with what spoke for which digit


def _run_e8(scale: Scale) -> Result:
    from numerist.model.runtime import SHIPPED

    return compare_with_record(SHIPPED, scale)


def compare_with_record(path: Path, scale: Scale) -> Result:
    """Judge a network of convolutions on the test images, and set it beside the record of 2013.

    Args:
        path: its model file.
        scale: full, or the first test images only.

    Raises:
        ModelError: there is no such file, or it is no network of convolutions.
    """
    from numerist.chapter.figures import draw_bars
    from numerist.model import load_model
    from numerist.model.evaluation import evaluate
    from numerist.model.layers import multiply_adds, parameters, read_layers

    test = images(scale).test
    layers, model = read_layers(path), load_model(path)
    found = evaluate(model, test)
    operations = multiply_adds(layers, model.metadata.input_shape)
    kilobytes = round(path.stat().st_size / 1000)
    promised = model.metadata.accuracy.get("test")
    return Result(
        f"The network that comes with numerist reads {count(found.right)} of "
        f"{count(found.total)} test images, {100 * found.right / found.total:.2f} %, where the "
        f"record, a vote of five networks, is {count(RECORD)} of 10,000. {_standing(found)} It is "
        f"one network of {count(parameters(layers))} parameters in a file of {kilobytes} kB, and "
        f"takes {operations / 1e6:.1f} million multiplications an image. “Agrees” means here: "
        "above 99 % and above the record.",
        None if scale.quick else found.right > RECORD,
        {
            "right": found.right,
            "total": found.total,
            "record": RECORD,
            "said_by_the_file": promised,
            "parameters": parameters(layers),
            "multiply_adds": operations,
            "bytes": path.stat().st_size,
            "misread": found.misread.tolist(),
            "answers": found.answers[found.misread].tolist(),
            "truth": found.labels[found.misread].tolist(),
            "confidence": found.confidence[found.misread].tolist(),
            "made_by": model.metadata.made_by,
        },
        [
            draw_bars(
                ["record of 2013", "numerist's network"],
                [(10_000 - RECORD) / 10_000, 1 - found.right / found.total],
                label="share of test images misread",
                shares=True,
                horizontal=True,
                alt=f"Share of test images misread: record of 2013 {(10_000 - RECORD) / 100:.2f} "
                f"percent, numerist's network {100 * (1 - found.right / found.total):.2f} percent.",
            ),
            *_misread(found, test),
            *_why(model, found, test, scale.choose(_EXPLAINED, 1)),
        ],
    )


def _standing(found: Evaluation) -> str:
    """Say how far from the record that is, and how far chance goes.

    The number of mistakes on other images of the same kind would vary by about its square root.
    """
    if found.total != 10_000:  # noqa: PLR2004  (a quick run)
        return "These are too few to compare."
    ahead, wrong = found.right - RECORD, found.total - found.right
    where = {1: "more than", 0: "as many as", -1: "fewer than"}[int(np.sign(ahead))]
    by = f"{abs(ahead)} {where}" if ahead else where
    return (
        f"That is {by} the record; on 10,000 other images its {wrong} mistakes would vary by about "
        f"{wrong**0.5:.0f}."
    )


def _misread(found: Evaluation, test: Dataset) -> list[Picture]:
    """Draw the misread images, the surest first; nothing if there are none."""
    from numerist.chapter.figures import draw_digits

    shown = found.misread[:_SHOWN]
    if not len(shown):
        return []
    captions = [f"{found.labels[i]} as {found.answers[i]}" for i in shown]
    return [
        draw_digits(
            test.images[shown],
            captions,
            alt=f"Of the {count(len(found.misread))} test images that it misreads "
            f"{len(shown)}, the surest first, the true digit and the answer: "
            f"{', '.join(captions)}.",
        )
    ]


def _why(model: Model, found: Evaluation, test: Dataset, most: int) -> list[Picture]:
    """Draw what spoke for the wrong answer and for the truth, in the surest misread images."""
    from numerist.chapter.figures import draw_evidence
    from numerist.model.explain import explain

    chosen = found.misread[:most]
    if not len(chosen):
        return []
    shown, maps, captions = [], [], []
    for index in chosen:
        parts = explain(model, test.images[index])
        for digit in (found.answers[index], found.labels[index]):
            shown.append(parts.image)
            maps.append(parts.evidence[digit])
            captions.append(f"{digit}: {100 * parts.probabilities[digit]:.1f} %")
    pairs = ", ".join(
        f"{wrong} where {true} is true"
        for wrong, true in zip(captions[::2], captions[1::2], strict=True)
    )
    return [
        draw_evidence(
            np.stack(shown),
            np.stack(maps),
            captions,
            columns=2,
            alt="Why it misread some: in pairs, what speaks in blue for the wrong answer, then "
            f"for the truth, and in red against it: {pairs}.",
        )
    ]


ROWS: tuple[Row, ...] = (
    Row(
        "E8",
        "Above 99 %, and above the record of 2013",
        "Later techniques (filters that look at small patches, digits distorted anew in each "
        "epoch, a rate that falls) make a small network read better than large ones used to.",
        "Techniques of later chapters get above 99 %. In 2013 the record was 9,979 of 10,000; it "
        "was a vote of five networks.",
        """\
import numerist
from numerist.model import Model

training, validation, test = numerist.load_mnist()
model = Model()
right = (model.predict(test.images[:2000]) == test.labels[:2000]).sum()
print(right, "of the first 2000 test images")
""",
        _run_e8,
        seconds=12,
    ),
)
