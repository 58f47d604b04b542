"""Row D1: a number is cut into digits by trying, with the classifier as the judge."""
# ruff: noqa: PLC0415  (what a row needs loads when the row runs)

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from numerist.chapter.minus import minus
from numerist.chapter.row import Result, Row, Scale
from numerist.chapter.training import count, images, seeds_named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numerist.chapter.figures import Picture
    from numerist.data import Dataset
    from numerist.model import Model
    from numerist.neurons.activations import Array
    from numerist.reading import Reader
    from numerist.reading.decode import Way
    from numerist.reading.lattice import Lattice

CHAPTERS = "504192"  # the chapter's picture: MNIST's first six training images
DIGITS = 6  # of the made numbers, as many as in the chapter's picture
_MARGIN = 14  # pixels of paper around digits of 28
_INKED = 0.3  # of full ink: where a digit's box ends, as in made numbers
_LEAST_HIGH = 0.4  # of the tallest piece: lower ones are dots and dirt
_SHOWN = 4  # ways to cut in the picture


def on_paper(ink: Array) -> Array:
    """Return ink, 0…1 (h, w), as a picture with paper around it, uint8, black on white."""
    picture: Array = np.rint(255 * (1 - np.pad(ink, _MARGIN))).astype(np.uint8)
    return picture


def pushed_together(digits: Array) -> Array:
    """Return digits side by side with no paper between their boxes.

    Args:
        digits: (n, h, w), paper 0 and ink 1, each with ink of 0.3 or more.

    Returns:
        (h, w) ink.

    >>> pushed_together(np.array([[[0, 1, 0]], [[0, 0.5, 1]]])).tolist()
    [[1.0, 0.5, 1.0]]
    """
    boxes = []
    for digit in digits:
        columns = np.flatnonzero((digit >= _INKED).any(axis=0))
        boxes.append(digit[:, columns[0] : columns[-1] + 1])
    return np.concatenate(boxes, axis=1)


def each_piece_a_digit(picture: Array, model: Model) -> str:
    """Return what the simple way reads: every connected piece of ink is one digit.

    Args:
        picture: uint8 (h, w) or (h, w, 3).
        model: of the ten digits.

    Returns:
        The digits from left to right; pieces lower than 0.4 of the tallest are left out.
    """
    import cv2

    from numerist.image import normalise_ink, open_picture
    from numerist.reading.ink import page_ink

    ink = page_ink(open_picture(picture))
    _, numbers, stats, _ = cv2.connectedComponentsWithStats(ink.strokes.astype(np.uint8))
    tallest = stats[1:, cv2.CC_STAT_HEIGHT].max(initial=0)
    seen = []
    for piece in sorted(range(1, len(stats)), key=lambda piece: int(stats[piece, 0])):
        left, top, wide, high, _ = stats[piece].tolist()
        if high >= _LEAST_HIGH * tallest:
            box = slice(top, top + high), slice(left, left + wide)
            inside = np.where(numbers[box] == piece, ink.level[box], np.float32(0))
            seen.append(normalise_ink(np.pad(inside, 1)))
    return "".join(str(digit) for digit in model.predict(np.stack(seen))) if seen else ""


def segmentations(lattice: Lattice) -> int:
    """Return in how many ways the candidates cut the whole number into digits.

    A candidate goes from one piece to another; a way is a chain of them from the first piece to
    the last, with nothing left out.
    """
    ways = [1] + [0] * len(lattice.pieces.boxes)
    for candidate in sorted(lattice.candidates, key=lambda one: one.first):
        ways[candidate.after] += ways[candidate.first]
    return ways[-1]


@dataclass(frozen=True, slots=True)
class Compared:
    """Which made numbers were read right as a whole.

    Attributes:
        lattice: bool (n,), by the reader, which tries many segmentations.
        simple: bool (n,), the same numbers by the simple way.
    """

    lattice: Array
    simple: Array

    @property
    def shares(self) -> tuple[float, float]:
        """The share of numbers that each reads right, the reader's first."""
        return float(self.lattice.mean()), float(self.simple.mean())

    @property
    def lead(self) -> tuple[float, float]:
        """By which share the reader is ahead, and the standard error of that, number by number.

        >>> Compared(np.array([1, 1, 1, 1], bool), np.array([1, 0, 1, 0], bool)).lead
        (0.5, 0.25)
        """
        ahead = self.lattice.astype(float) - self.simple
        return float(ahead.mean()), float(ahead.std() / len(ahead) ** 0.5)


def compare(reader: Reader, digits: Dataset, gap: str, each: int, seeds: int) -> Compared:
    """Read made numbers of six digits in both ways.

    Args:
        reader: that tries many segmentations; the simple way gets its network.
        digits: that the numbers are made of.
        gap: one of `numerist.reading.strings.GAPS`.
        each: how many numbers a seed.
        seeds: how many seeds, from 0 on.
    """
    from numerist.reading.strings import GAPS, make_number

    lattice, simple = [], []
    for seed in range(seeds):
        rng = np.random.default_rng([seed, list(GAPS).index(gap)])
        for _ in range(each):
            made = make_number(digits, DIGITS, rng, gap=gap)
            lattice.append(reader.read(made.picture).text == made.text)
            simple.append(each_piece_a_digit(made.picture, reader.model) == made.text)
    return Compared(np.array(lattice), np.array(simple))


def solved(by_gap: Mapping[str, Compared]) -> bool:
    """Return whether trying segmentations reads numbers, also where their digits touch.

    That is: of touching ones it reads more than half, and more than the simple way; of wide ones
    no fewer than the simple way. Both by two standard errors, so not by chance.
    """
    touching, wide = by_gap["touching"], by_gap["wide"]
    (ahead, by_chance), (ahead_wide, by_chance_wide) = touching.lead, wide.lead
    half = touching.shares[0] > 0.5  # noqa: PLR2004
    return half and ahead > 2 * by_chance and ahead_wide >= -2 * by_chance_wide


def _run_d1(scale: Scale) -> Result:
    from numerist.image import open_picture
    from numerist.reading import Reader

    reader, data = Reader(), images(scale)
    six = data.training.images[:DIGITS]
    reading = reader.read(on_paper(np.concatenate(list(six), axis=1)))
    squeezed = on_paper(pushed_together(six))
    squeezed_reading = reader.read(squeezed)
    simply = each_piece_a_digit(squeezed, reader.model)
    lattices = reader.lattices(open_picture(squeezed))[1]
    gaps = scale.choose(("wide", "close", "touching", "overlapping"), ("wide", "touching"))
    seeds, each = scale.choose(scale.seeds, 1), scale.choose(50, 8)
    by_gap = {gap: compare(reader, data.test, gap, each, seeds) for gap in gaps}
    right = reading.text == CHAPTERS
    tried = sum(map(segmentations, lattices))
    judged = sum(len(lattice.candidates) for lattice in lattices)
    return Result(
        f"The chapter's picture, six training images side by side, is read as {reading.text or '?'}"
        f" with a confidence of {100 * reading.confidence:.0f} %. Pushed together until their boxes"
        f" touch, the six are read as {squeezed_reading.text or '?'} "
        f"({100 * squeezed_reading.confidence:.0f} %): the ink is cut into many pieces, "
        f"{count(judged)} runs of neighbouring pieces may be a digit, and these, judged by the "
        f"network all at once, can be put together to the whole in {count(tried)} ways. With each "
        f"connected piece a digit the same network reads {simply or 'nothing'}. The picture shows "
        "the best ways, and what the network says of each segment alone. "
        f"Whole numbers right, of {seeds * each} each made of six test images, "
        f"{seeds_named(seeds)}, many segmentations against each connected piece a digit: "
        + "; ".join(f"{gap} {_against(found)}" for gap, found in by_gap.items())
        + " (± standard error of the difference). “Agrees” means here: the chapter's picture is "
        "read right; of numbers whose digits touch more than half are, and more than the simple "
        "way reads; of wide ones no fewer than it reads, both beyond two standard errors.",
        False if not right else None if scale.quick else solved(by_gap),
        {
            "chapter": {"read_as": reading.text, "confidence": reading.confidence},
            "pushed_together": {
                "read_as": squeezed_reading.text,
                "confidence": squeezed_reading.confidence,
                "simple_way": simply,
                "judged": judged,
                "ways": tried,
            },
            "right": {
                gap: {"lattice": int(found.lattice.sum()), "simple": int(found.simple.sum())}
                for gap, found in by_gap.items()
            },
            "total": seeds * each,
        },
        [
            *(draw_ways(lattice) for lattice in lattices[:1] if lattice.candidates),
            _bars(by_gap),
        ],
    )


def _against(found: Compared) -> str:
    ours, simple = (100 * share for share in found.shares)
    return f"{ours:.0f} % against {simple:.0f} % (± {100 * found.lead[1]:.0f})"


def draw_ways(lattice: Lattice) -> Picture:
    """Draw the best ways to cut a number: of each of the best texts of digits the best way."""
    from numerist.chapter.figures.cuts import draw_cuts
    from numerist.reading.decode import best_texts

    best = [found for found in best_texts(lattice) if found[0].text.isdigit()][:_SHOWN]
    cuts = [_cut(way, lattice) for way, _ in best]
    captions = [
        minus(f"{way.text}: cost {way.cost:.1f}, {100 * share:.0f} % probable")
        for way, share in best
    ]
    return draw_cuts(
        lattice.pieces.level,
        np.stack([owner for owner, _ in cuts]),
        [labels for _, labels in cuts],
        captions,
        alt="Six digits pushed together, and the best ways to cut them, each segment in a colour "
        "with the digit that the networks see in it and how sure they are: "
        + "; ".join(
            f"{caption} ({', '.join(label.replace(chr(10), ' ') for label in labels)})"
            for caption, (_, labels) in zip(captions, cuts, strict=True)
        )
        + ".",
    )


def _cut(way: Way, lattice: Lattice) -> tuple[Array, list[str]]:
    """Return to which digit of a way each pixel belongs, int (h, w), and what is said of each."""
    numbers = lattice.pieces.numbers
    owner, labels = np.zeros_like(numbers), []
    for step in way.steps:
        if step.edge.candidate >= 0:
            candidate = lattice.candidates[step.edge.candidate]
            digit = int(step.edge.character)
            sure = lattice.both[step.edge.candidate]
            labels.append(f"{digit}\n{100 * sure[digit]:.0f} %")
            inside = (numbers > candidate.first) & (numbers <= candidate.after)
            owner[inside] = len(labels)
    return owner, labels


def _bars(by_gap: Mapping[str, Compared]) -> Picture:
    from numerist.chapter.figures import draw_bars

    names: list[str] = []
    shares: list[float] = []
    for gap, found in by_gap.items():
        names += [f"{gap}: many segmentations", "each piece a digit"]
        shares += found.shares
    total = len(next(iter(by_gap.values())).lattice)
    return draw_bars(
        names,
        shares,
        errors=[_standard_error(share, total) for share in shares],
        label="share of whole numbers right",
        shares=True,
        horizontal=True,
        alt="Share of whole numbers of six test digits read right, by the gap between the digits: "
        + "; ".join(_named(names, shares))
        + ".",
    )


def _standard_error(share: float, total: int) -> float:
    return float((share * (1 - share) / total) ** 0.5)


def _named(names: Sequence[str], shares: Sequence[float]) -> list[str]:
    return [f"{name} {100 * share:.0f} %" for name, share in zip(names, shares, strict=True)]


ROWS: tuple[Row, ...] = (
    Row(
        "D1",
        "Segmentation: one number, many ways to cut it",
        "A number is read by cutting it into digits, and where to cut is found by trying: of many "
        "segmentations that one is taken in which the network knows every segment for a digit.",
        "An image of 504192 is to be broken into six. A program can try many segmentations and "
        "score each by how confident the classifier is of its segments; a wrong cut leaves it in "
        "trouble with one of them. Once there is a good classifier this is not hard.",
        """\
import numpy as np
import numerist
from numerist.chapter.rows.segmentation import on_paper
from numerist.reading import Reader

training, validation, test = numerist.load_mnist()
reading = Reader().read(on_paper(np.concatenate(list(training.images[:6]), axis=1)))
print(reading.text, f"{reading.confidence:.1%}")
for digit in reading.numbers[0].digits:
    print(digit.text, f"{digit.confidence:.1%}", "in columns", digit.box[0], "to", digit.box[2])
""",
        _run_d1,
        seconds=25,
    ),
)
