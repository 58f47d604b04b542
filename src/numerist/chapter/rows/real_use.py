"""Row X5: amounts and postcodes are read, and doubtful ones are put aside."""
# ruff: noqa: PLC0415  (what a row needs loads when the row runs)

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from numerist.chapter.row import Result, Row, Scale
from numerist.chapter.training import count, images, seeds_named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numerist.chapter.figures import Picture
    from numerist.data import Dataset
    from numerist.model import Model
    from numerist.neurons.activations import Array
    from numerist.reading import Number, Reader
    from numerist.reading.strings import Made

PROMISES = (0.05, 0.01)  # shares of wrong answers that are bearable; the last one is the strictest
LEAST_ANSWERED = 0.5  # of the slips, at the first promise
CLOSE = 0.05  # between confidence and the share that is right, on average
_GROUPS = 6  # of slips with about the same confidence, in the picture


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader says of one slip.

    Attributes:
        truth: what stands on it.
        guess: the best reading, given or not; "" if there is none.
        confidence: of it, 0…1.
        given: whether it keeps the promise; else the slip is put aside.
    """

    truth: str
    guess: str
    confidence: float
    given: bool

    @property
    def right(self) -> bool:
        """Whether the best reading is what stands there."""
        return self.guess == self.truth


def answer(reader: Reader, slip: Made) -> Answer:
    """Let a reader with a promise read a slip.

    A slip on which it sees several numbers counts as read as all of them.
    """
    from numerist.reading.result import UNKNOWN

    numbers = reader.read(slip.picture).numbers
    best = [_best(number) for number in numbers]
    given = bool(numbers) and all(number.text != UNKNOWN for number in numbers)
    confidence = math.prod(sure for _, sure in best) if best else 0.0
    return Answer(slip.text, " ".join(text for text, _ in best), confidence, given)


def _best(number: Number) -> tuple[str, float]:
    """Return the best reading of a number, given or not, and its confidence."""
    from numerist.reading.result import UNKNOWN

    if number.text != UNKNOWN:
        return number.text, number.confidence
    hidden = next(iter(number.alternatives), None)
    return (hidden.text, hidden.confidence) if hidden else ("", 0.0)


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of many slips at one promise."""

    answers: Sequence[Answer]

    @property
    def given(self) -> int:
        """Slips that were answered."""
        return sum(one.given for one in self.answers)

    @property
    def wrong(self) -> int:
        """Of these, the wrong ones."""
        return sum(one.given and not one.right for one in self.answers)

    @property
    def right(self) -> int:
        """Slips whose best reading is right, given or not."""
        return sum(one.right for one in self.answers)

    @property
    def confidence(self) -> float:
        """The mean confidence of the best readings."""
        return float(np.mean([one.confidence for one in self.answers]))

    def kept(self, promise: float) -> bool:
        """Whether so many wrong ones are no surprise if the promise is true."""
        return at_least(self.wrong, self.given, promise) >= 0.05  # noqa: PLR2004


def at_least(wrong: int, of: int, rate: float) -> float:
    """Return how probable it is that at least so many of so many are wrong, each at a rate.

    >>> at_least(0, 10, 0.01), at_least(2, 2, 0.5), round(at_least(1, 3, 0.1), 3)
    (1.0, 0.25, 0.271)
    """
    fewer = (math.comb(of, k) * rate**k * (1 - rate) ** (of - k) for k in range(wrong))
    return 1 - math.fsum(fewer)


def reliable(found: Mapping[float, Judged]) -> bool:
    """Return whether slips are read with a confidence that can be relied on.

    Every promise is kept, as far as chance lets one tell; at the first of them at least half of
    the slips are answered; and the mean confidence is within five points of the share that is
    right.
    """
    first = found[PROMISES[0]]
    total = len(first.answers)
    return (
        all(judged.kept(promise) for promise, judged in found.items())
        and first.given >= LEAST_ANSWERED * total
        and abs(first.confidence - first.right / total) <= CLOSE
    )


def read_slips(
    digits: Dataset, each: int, seeds: int, model: Model | None = None
) -> tuple[list[Made], dict[float, Judged]]:
    """Make slips and read each at every promise.

    Args:
        digits: that they are made of.
        each: how many of each kind a seed.
        seeds: how many seeds, from 0 on.
        model: that reads; what comes with numerist if not given.

    Returns:
        The slips, postcodes and amounts in turn; and what became of them by promise.
    """
    from numerist.chapter.slips import PATTERNS, make_slip
    from numerist.model import load_model
    from numerist.reading import Reader

    model = load_model() if model is None else model
    slips, answers = [], {promise: list[Answer]() for promise in PROMISES}
    readers = {
        (kind, promise): Reader(model, pattern=pattern, max_error=promise)
        for kind, pattern in PATTERNS.items()
        for promise in PROMISES
    }
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        for kind in list(PATTERNS) * each:
            slips.append(make_slip(kind, digits, rng))
            for promise in PROMISES:
                answers[promise].append(answer(readers[kind, promise], slips[-1]))
    return slips, {promise: Judged(of_promise) for promise, of_promise in answers.items()}


def _run_x5(scale: Scale) -> Result:
    seeds, each = scale.choose(scale.seeds, 1), scale.choose(60, 6)
    slips, found = read_slips(images(scale).test, each, seeds)
    total, best = len(slips), found[PROMISES[0]]
    parts = {
        "postcodes": Judged(best.answers[::2]),
        "amounts": Judged(best.answers[1::2]),
    }
    return Result(
        f"Slips made of test images, {count(seeds * each)} postcodes and as many amounts, "
        f"{seeds_named(seeds)}, with gaps from wide to overlapping, half of them photo-like. Taken "
        f"at its word, the reader has {_percent(best.right, total)} of all right ("
        + ", ".join(
            f"{name} {_percent(one.right, len(one.answers))}" for name, one in parts.items()
        )
        + f") with a mean confidence of {100 * best.confidence:.0f} %. "
        + " ".join(_promised(promise, judged) for promise, judged in found.items())
        + f" “Agrees” means here: both promises are kept, as far as chance lets one tell; at "
        f"{100 * PROMISES[0]:g} % at least half are answered; and the mean confidence is within "
        f"{100 * CLOSE:g} points of the share that is right.",
        None if scale.quick else reliable(found),
        {
            "total": total,
            "right": {name: one.right for name, one in parts.items()},
            "mean_confidence": best.confidence,
            "promises": {
                f"{promise:g}": {"answered": judged.given, "wrong": judged.wrong}
                for promise, judged in found.items()
            },
            "groups": [list(group) for group in groups(best.answers, _GROUPS)],
        },
        [
            _examples(slips, found[PROMISES[-1]].answers),
            _kept(found),
            _relied_on(best.answers),
        ],
    )


def _percent(part: int, whole: int) -> str:
    """Return a share in percent; of nothing, nothing.

    >>> _percent(1, 3), _percent(0, 0)
    ('33 %', '0 %')
    """
    return f"{100 * part / max(whole, 1):.0f} %"


def _promised(promise: float, judged: Judged) -> str:
    total, aside = len(judged.answers), len(judged.answers) - judged.given
    right_aside = judged.right - (judged.given - judged.wrong)
    return (
        f"Asked for at most {100 * promise:g} % errors it answers {_percent(judged.given, total)} "
        f"({count(judged.given)} slips, {judged.wrong} of them wrong) and puts the others aside, "
        f"{_percent(right_aside, aside)} of which would have been right."
    )


def groups(answers: Sequence[Answer], number: int) -> list[tuple[float, float]]:
    """Return mean confidence and share right of equally large groups, the least sure first.

    >>> doubtful, sure = Answer("1", "7", 0.5, given=False), Answer("1", "1", 0.75, given=True)
    >>> groups([sure, doubtful], 2)
    [(0.5, 0.0), (0.75, 1.0)]
    """
    ordered = sorted(answers, key=lambda one: one.confidence)
    parts = (ordered[k * len(ordered) // number : (k + 1) * len(ordered) // number]
             for k in range(number))  # fmt: skip
    return [
        (
            float(np.mean([one.confidence for one in part])),
            float(np.mean([one.right for one in part])),
        )
        for part in parts
        if part
    ]


def _examples(slips: Sequence[Made], answers: Sequence[Answer]) -> Picture:
    """Draw of each kind two that are answered and one that is put aside, where there are."""
    from numerist.chapter.figures import draw_digits

    chosen: list[int] = []
    for first in (0, 1):  # postcodes, amounts
        of_kind = range(first, len(slips), 2)
        chosen += [k for k in of_kind if answers[k].given][:2]
        chosen += [k for k in of_kind if not answers[k].given][:1]
    captions = [_caption(answers[k]) for k in chosen]
    said = ", ".join(
        f"{slips[k].text} {'read as ' + answers[k].guess if answers[k].given else 'put aside'}"
        for k in chosen
    )
    return draw_digits(
        np.stack([_thumbnail(slips[k].picture) for k in chosen]),
        captions,
        columns=3,
        alt=f"Postcodes and amounts, at most {100 * PROMISES[-1]:g} percent errors asked for: "
        f"{said}.",
    )


def _caption(one: Answer) -> str:
    percent = f"{math.floor(1000 * one.confidence) / 10:g} %"  # never 100 % for less
    return f"{one.guess}\n{percent}" if one.given else f"?\n{percent}"


def _thumbnail(picture: Array, wide: int = 216, high: int = 72) -> Array:
    """Return a picture as ink, 0…1 (high, wide), shrunk as needed, with paper around it."""
    import cv2

    grey: Any = picture if picture.ndim == 2 else picture.mean(axis=2)  # noqa: PLR2004
    scale = min(wide / grey.shape[1], high / grey.shape[0])
    size = max(1, int(scale * grey.shape[1])), max(1, int(scale * grey.shape[0]))
    small = cv2.resize(grey.astype(np.float32), size, interpolation=cv2.INTER_AREA) / 255
    spare = high - size[1], wide - size[0]
    around = [(one // 2, one - one // 2) for one in spare]
    ink: Array = np.pad(1 - np.clip(small, 0, 1), around)
    return ink


def _kept(found: Mapping[float, Judged]) -> Picture:
    from numerist.chapter.figures import draw_bars

    first = found[PROMISES[0]]
    total = len(first.answers)
    bars = {"wrong, if all are answered": 1 - first.right / total}
    for promise, judged in found.items():
        bars[f"put aside, at {100 * promise:g} % asked"] = 1 - judged.given / total
        bars[f"wrong of the rest ({100 * promise:g} %)"] = judged.wrong / max(judged.given, 1)
    return draw_bars(
        list(bars),
        list(bars.values()),
        label="share of the slips",
        shares=True,
        horizontal=True,
        alt="What putting aside does: "
        + "; ".join(f"{name}: {100 * share:.1f} percent" for name, share in bars.items())
        + ".",
    )


def _relied_on(answers: Sequence[Answer]) -> Picture:
    from numerist.chapter.figures import draw_agreement

    found = groups(answers, _GROUPS)
    return draw_agreement(
        [100 * sure for sure, _ in found],
        [100 * right for _, right in found],
        xlabel="mean confidence, %",
        ylabel="right as a whole, %",
        alt="Slips in groups of equal size by confidence; mean confidence and the share that is "
        "right: "
        + ", ".join(f"{100 * sure:.0f} and {100 * right:.0f} %" for sure, right in found)
        + ".",
    )


ROWS: tuple[Row, ...] = (
    Row(
        "X5",
        "Banks and post offices",
        "Whoever pays out money or sends a letter on needs to know when to trust the machine: it "
        "is told how many errors are bearable, answers what it is sure enough of, and puts the "
        "rest aside for a person.",
        "Neural networks are good enough that banks process cheques with them and post offices "
        "recognise addresses. There are no figures.",
        """\
import numpy as np
import numerist
from numerist.chapter.slips import PATTERNS, make_slip
from numerist.reading import Reader

training, validation, test = numerist.load_mnist()
rng = np.random.default_rng(3)
reader = Reader(pattern=PATTERNS["amount"], max_error=0.05)
for _ in range(8):
    slip = make_slip("amount", validation, rng)
    print(slip.text, "read as", reader.read(slip.picture).text)
""",
        _run_x5,
        seconds=25,
    ),
)
