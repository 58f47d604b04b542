"""What people write beside a number and in it, drawn: $ and %, kg and No, (12), 5000/-, 12.50.

To learn from, as `marks`. Nothing here could be a one by itself but brackets, and strokes with a
dash behind them or a point below: these are longer than ones and lean or bow more, or shorter. So
that no one is taken for such a stroke, and no zero for a ring of such a sign, some ones and zeros
in rows are drawn, too. What was struck out beside a number is none.
`crops.py` has such signs, too, in other fonts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np
from marks import (
    FINE,
    HANDS,
    INKED,
    SEPARATORS,
    TALL,
    THICK,
    THIN,
    UNCLEAR,
    a_font,
    cross,
    glyph,
    skeleton,
)
from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS = {"sign": 0.25, "word": 0.4, "brackets": 0.13, "stroke": 0.1, "struck": 0.12}  # how often
SIGNS = "#$€£%&@??!!+=*x"
BEFORE = ("No", "Nr", "Rs", "Kr", "kr", "EUR", "DM", "Fr", "St", "x", "H", "K", "ca", "CHF", "SEK")
BEHIND = (
    "kg", "cm", "km", "mm", "m", "kr", "EUR", "x", "kWh", "ct", "pcs", "ft", "St", "th", "mg",
    "km/h", "Uhr", "hrs", "h", "pm", "am", "CHF", "DM", "Fr", "k", "K", "min", "sec",
)  # fmt: skip
WORDS = (  # parted by spaces
    "Apr Aug Box Brot Cher Datum Eggs Ende Etage Fax Feb Geld Halle Haus Heft Jan Juli June Karte "
    "Lager Lait Lot Mai Milk Monat Nuts Oct Oil Page Pain Platz Raum Rest Rice Room Sack Salz "
    "Seite Set Size Sun Tel Teil Thu Tisch Tram Ware Woche Zimmer add by circa day each eggs fois "
    "from gut half jour left litre max min mois mehr nach oder one per plus pour rest sans sec "
    "see semaine shop sur team than that then to und until very von wait was week with year zwei"
)
LONG = tuple(word for word in WORDS.split() if len(word) > 3)
_BOTH = 0.15  # of the numbers beside which anything stands: on both sides
_WORDS = 0.45  # of the words are these
_FROM_FONTS = 0.4  # of the signs, brackets and strokes, if there are fonts by hand
_ONE_BRACKET = 0.1  # of the brackets are the first or the second alone
_COMMAS, _TWO_DASHES = 0.3, 0.25  # of the strokes with a dash behind them
_ONE_BAR, _ENDS_ALONE = 0.7, 0.3  # of dollars; of whose bars only the ends are drawn
_TAILS = 0.15  # of plain ones
_ZIGZAG = 0.6  # of what is struck out: nothing of it is left to see
_EVEN = 0.85  # of the words: strokes as a pen leaves them


class Beside(NamedTuple):
    """What stands beside a number.

    Attributes:
        image: float32 (h, w), as high as beside digits of 20 pixels.
        lower: pixels that its middle is below that of the digits.
    """

    image: Any
    lower: float = 0.0


def beside(rng: np.random.Generator) -> tuple[list[Beside], list[Beside]]:
    """Return what stands before a number and behind it, in order."""
    before, behind = _beside(rng)
    if rng.random() < _BOTH:
        others = _beside(rng)
        before, behind = before or others[0], behind or others[1]
    return before, behind


def _beside(rng: np.random.Generator) -> tuple[list[Beside], list[Beside]]:
    kind = rng.choice(list(KINDS), p=list(KINDS.values()))
    from_font = bool(HANDS) and rng.random() < _FROM_FONTS
    if kind == "stroke":
        ends = "/-", "/-", "/=", ",-", ",=", ".-"
        return [], [word(str(rng.choice(ends)), rng) if from_font else _stroke_and_dash(rng)]
    if kind == "struck":
        one = Beside(_struck_out(rng))
        return ([one], []) if rng.random() < 0.3 else ([], [one])
    if kind == "brackets":
        high, bow = TALL * rng.uniform(1.1, 1.5), rng.uniform(0.12, 0.22)
        both = [Beside(_bracket(high, bow, side, rng)) for side in (-1, 1)]
        if from_font:
            both = [word(sign, rng) for sign in str(rng.choice(["()", "()", "[]"]))]
        only = rng.random()
        before = both[:1] if only > _ONE_BRACKET else []
        return before, both[1:] if only < 1 - _ONE_BRACKET else []
    first = rng.random() < 0.5
    if kind == "word":
        words = WORDS.split() if rng.random() < _WORDS else BEFORE if first else BEHIND
        one = word(str(rng.choice(words)), rng)
    else:
        one = word(str(rng.choice(list(SIGNS))), rng) if from_font else Beside(_sign(rng))
    return ([one], []) if first else ([], [one])


def separated(length: int, rng: np.random.Generator) -> dict[int, str]:
    """Return what stands between a number's digits, by how many of them are before it.

    Amounts, dates, times, fractions, numbers with a dash.

    Args:
        length: how many digits there are, 2 or more.
        rng: of all that is random.
    """
    kind = rng.choice(["amount", "date", "fraction", "time", "dash"], p=[0.4, 0.2, 0.2, 0.08, 0.12])
    if kind == "amount":
        point, comma = (".", ",") if rng.random() < 0.5 else (",", ".")
        behind = int(rng.integers(1, min(4, length)))
        thousands = range(length - behind - 3, 0, -3) if rng.random() < 0.6 else ()
        return {**dict.fromkeys(thousands, comma), length - behind: point}
    if kind == "date" and length > 2:
        first, second = sorted(rng.choice(np.arange(1, length), 2, replace=False).tolist())
        return dict.fromkeys([first, second], str(rng.choice(list("/.-"), p=[0.6, 0.25, 0.15])))
    sign = {"time": ":", "dash": "-"}.get(str(kind), "/")
    return {int(rng.integers(1, length)): sign}


def separator(sign: str, rng: np.random.Generator) -> Beside:
    """Return a point, comma, dash, colon or slash, in full ink."""
    image, lower = _separator(sign, rng)
    return Beside(image / max(float(image.max()), INKED / 2), lower)


def _separator(sign: str, rng: np.random.Generator) -> Beside:
    if HANDS and rng.random() < _FROM_FONTS:
        return word(sign, rng)
    size, line = rng.uniform(0.5, 1.5), TALL / 2 - 0.5
    point = [[0.0, 0.0], [size * rng.normal(0, 0.5), size * 0.5]]
    if sign == ".":
        return Beside(_pen([point], rng), line + rng.uniform(-1, 1.5))
    if sign == ":":
        apart = TALL * rng.uniform(0.3, 0.65)
        other = np.array(point) + np.array([rng.normal(0, 1), -apart])
        return Beside(_pen([point, other], rng), rng.uniform(-1, line - apart / 2 + 1))
    if sign == "-":
        long = TALL * rng.uniform(0.25, 0.7)
        bar = [[0, 0], [long / 2, rng.normal(0, 0.5)], [long, rng.normal(0, 1)]]
        return Beside(_pen([bar], rng), rng.uniform(-2, 2))
    if sign == ",":
        high = TALL * rng.uniform(0.2, 0.45)
        tail = [[0, -high / 2], [rng.uniform(-0.1, 0.3) * high, 0], [-0.3 * high, high / 2]]
        return Beside(_pen([tail], rng), line + rng.uniform(0, 0.5) * high)
    high = TALL * (rng.uniform(0.85, 1.15) if rng.random() < 0.35 else rng.uniform(1.1, 1.7))
    t = np.linspace(-1, 1, 9)
    bow = rng.normal(0, 0.03) * high * (1 - t**2)
    slash = np.stack([bow, t * high / 2], axis=1)
    return Beside(_pen([slash], rng, lean=rng.uniform(0.2, 0.75)), rng.normal(0, 1.5))


def label_of(sign: str) -> int:
    """Return the label of a separator."""
    return UNCLEAR + 1 + SEPARATORS.index(sign)


def plain_one(rng: np.random.Generator) -> Any:
    """Return a one as many write it, float32 (h, w): a stroke that leans to any side, often tall.

    MNIST's lean to the right. Now and then it bends a little, or ends in a short tail.
    """
    high = TALL * rng.uniform(0.9, 1.3)
    t = np.linspace(-1, 1, 9)
    bow = rng.uniform(-0.05, 0.05) * high * (1 - t**2)
    lines = [np.stack([bow, t * high / 2], axis=1)]
    if rng.random() < _TAILS:
        end = np.array([bow[-1], high / 2])
        tail = rng.choice([-1, 1]) * rng.uniform(0.05, 0.2) * high
        lines.append(np.stack([end, end + np.array([tail, -rng.uniform(-0.02, 0.1) * high])]))
    return _pen(lines, rng, lean=float(rng.uniform(-0.35, 0.5)))


def plain_zero(rng: np.random.Generator) -> Any:
    """Return a neat zero, float32 (h, w): an ellipse, narrow to round."""
    high = TALL * rng.uniform(0.8, 1.1) / 2
    begin = rng.uniform(0, 360)
    ring = _arc([0, 0], [high * rng.uniform(0.45, 1), high], begin, begin + rng.uniform(350, 380))
    return _pen([ring], rng, lean=float(rng.uniform(-0.1, 0.35)))


def _arc(middle: Any, radii: Any, begin: float, end: float) -> Any:
    """Return points of an ellipse between two angles, in degrees, clockwise from the right."""
    angles = np.deg2rad(np.linspace(begin, end, 14))
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) * radii + middle


def _pen(lines: list[Any], rng: np.random.Generator, *, lean: float = 0.0) -> Any:
    """Return strokes as a hand draws them, cut to their box.

    Args:
        lines: of each stroke, its points (x, y) in pixels.
        rng: of all that is random.
        lean: so far to the right for each pixel up; at random if it is 0.
    """
    lean, turn = lean or rng.normal(0, 0.12), rng.normal(0, 0.06)
    matrix = np.array([[1, -lean + turn], [-turn, 1]])
    wave = rng.normal(0, 0.5, (2, 2))
    bent = []
    for line in lines:
        points = np.asarray(line) @ matrix.T
        points = points + np.sin(points[:, ::-1] / 6 + wave[0]) * wave[1] + rng.normal(0, 0.4, 2)
        bent.append(points)
    every = np.concatenate(bent)
    low, high = every.min(axis=0) - THICK, every.max(axis=0) + THICK
    wide, tall = (int(side) + 1 for side in high - low)
    drawn = np.zeros((tall * FINE, wide * FINE), np.uint8)
    thick = max(1, round(FINE * rng.uniform(THIN, THICK)))
    for points in bent:
        scaled = np.rint(FINE * (points - low)).astype(np.int32)
        cv2.polylines(drawn, [scaled], False, 255, thick, cv2.LINE_AA)
    small = cv2.resize(drawn, (wide, tall), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / 255


def _bracket(high: float, bow: float, side: int, rng: np.random.Generator) -> Any:
    """Return a round bracket: side −1 opens, 1 closes."""
    t = np.linspace(-1, 1, 14)
    x = side * bow * high * (1 - np.abs(t) ** rng.uniform(1.6, 2.6))
    return _pen([np.stack([x, t * high / 2], axis=1)], rng)


def _stroke_and_dash(rng: np.random.Generator) -> Beside:
    """Return a long stroke that leans to the right, or a comma, and a dash or two behind it."""
    high = TALL * rng.uniform(1.1, 1.5)
    wide = high * rng.uniform(0.35, 0.8)
    lines = [[[0, high / 2], [wide / 2, 0], [wide, -high / 2]]]
    lower = 0.0
    if rng.random() < _COMMAS:
        lines = [[[0, TALL * 0.65], [TALL * rng.uniform(0.05, 0.15), TALL * 0.4]]]
        wide, lower = TALL * 0.15, TALL * 0.3
    left, long = wide * rng.uniform(0.8, 1.1) + 3, rng.uniform(6, 18)
    y = rng.uniform(-3, 5)
    for k in range(2 if rng.random() < _TWO_DASHES else 1):
        lines.append([[left, y + 4 * k], [left + long / 2, y + 4 * k], [left + long, y + 4 * k]])
    return Beside(_pen(lines, rng, lean=rng.uniform(0.01, 0.15)), lower)


def _struck_out(rng: np.random.Generator) -> Any:
    """Return a scribble up and down over what was there, or a word with strokes through it."""
    if rng.random() < _ZIGZAG:
        wide, high = rng.uniform(0.6, 3) * TALL, TALL * rng.uniform(0.5, 1.2)
        turns = max(7, round(wide / rng.uniform(1.2, 3.5)))
        x = np.linspace(0, wide, turns) + rng.normal(0, 0.8, turns)
        y = high / 2 * np.where(np.arange(turns) % 2, 1, -1) * rng.uniform(0.7, 1, turns)
        return _pen([np.stack([x, y], axis=1)], rng)
    struck = word(str(rng.choice(BEFORE + BEHIND)), rng).image
    tall, wide = struck.shape
    for _ in range(rng.integers(2, 5)):
        first, last = (rng.uniform(0.2, 0.8, 2) * tall).round().astype(int).tolist()
        thick = round(rng.uniform(THIN, THICK))
        cv2.line(struck, (0, first), (wide, last), 1.0, thick, cv2.LINE_AA)
    return struck


def _sign(rng: np.random.Generator) -> Any:
    kind = str(rng.choice(list(SIGNS)))
    y = TALL * rng.uniform(0.8, 1.15) / 2
    x = y * rng.uniform(0.5, 0.8)
    if kind in _LINES:
        return _pen(_LINES[kind](x, y, rng), rng)
    return _cut(cross(rng) if kind in "x+*" else glyph(kind, rng))


def _number_sign(x: float, y: float, rng: np.random.Generator) -> list[Any]:
    apart, lean = rng.uniform(0.3, 0.5, 2), rng.uniform(0, 0.3) * x
    standing = [s * apart[0] * x for s in (-1, 1)]
    lines = [[[at + lean, -y], [at - lean, y]] for at in standing]
    return lines + [[[-x, s * apart[1] * y], [x, s * apart[1] * y]] for s in (-1, 1)]


def _dollar(x: float, y: float, rng: np.random.Generator) -> list[Any]:
    upper = _arc([0, -y / 2], [x, y / 2], -30 - rng.uniform(0, 30), -270)
    lower = _arc([0, y / 2], [x, y / 2], -90, 150)
    over = rng.uniform(1.1, 1.4)
    bars = [0.0] if rng.random() < _ONE_BAR else [-0.25 * x, 0.25 * x]
    curve = [np.concatenate([upper, lower])]
    if rng.random() < _ENDS_ALONE:
        return curve + [np.array([[0, s * y * 0.9], [0, s * y * 1.35]]) for s in (-1, 1)]
    return curve + [np.array([[bar, -y * over], [bar, y * over]]) for bar in bars]


def _euro(x: float, y: float, _: np.random.Generator) -> list[Any]:
    bars = [[[-1.3 * x, s * 0.25 * y], [0.5 * x, s * 0.25 * y]] for s in (-1, 1)]
    return [_arc([0.2 * x, 0], [x, y], -40, -320), *bars]


def _percent(x: float, y: float, rng: np.random.Generator) -> list[Any]:
    radii = 2 * y * rng.uniform(0.15, 0.22) * np.ones(2)
    rings = [_arc([s * 0.75 * x, s * 0.55 * y], radii, 0, 380) for s in (-1, 1)]
    return [[[x, -y], [-x, y]], *rings]


def _question(x: float, y: float, rng: np.random.Generator) -> list[Any]:
    dot = y * rng.uniform(0.85, 1)
    hook = _arc([0, -y / 2], [0.7 * x, y / 2], -190, 60)
    return [np.concatenate([hook, [[0, 0.25 * y], [0, 0.5 * y]]]), [[0, dot], [0.5, dot + 1]]]


def _exclamation(_: float, y: float, rng: np.random.Generator) -> list[Any]:
    lean, end = rng.normal(0.1, 0.1) * y, rng.uniform(0.2, 0.55) * y
    return [[[lean, -y], [0, end]], [[0, y], [0.5, y + rng.uniform(0.3, 1)]]]


def _equals(_: float, __: float, rng: np.random.Generator) -> list[Any]:
    half, apart = rng.uniform(4, 9), rng.uniform(4, 8)
    return [[[-half, s * apart / 2], [0, s * apart / 2], [half, s * apart / 2]] for s in (-1, 1)]


_LINES: dict[str, Callable[[float, float, np.random.Generator], list[Any]]] = {
    "#": _number_sign, "$": _dollar, "€": _euro, "%": _percent, "?": _question,
    "!": _exclamation, "=": _equals,
}  # fmt: skip


def word(text: str, rng: np.random.Generator) -> Beside:
    """Return a word, a unit, a currency, a sign: on the digits' line, of even strokes mostly."""
    font, even = a_font(text, rng)
    left, top, right, bottom = font.getbbox(text, anchor="ls")
    room = 6 * FINE
    size = round(right - left + 2 * room), round(bottom - top + 2 * room)
    image = Image.new("L", size)
    ImageDraw.Draw(image).text((room - left, room - top), text, 255, font, anchor="ls")
    drawn = _bent(np.asarray(image), rng)
    if rng.random() < even:
        thick = round(FINE * rng.uniform(THIN, THICK))
        pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thick, thick))
        drawn = cv2.dilate(skeleton(drawn), pen)
    share = rng.uniform(0.75, 1.05) / FINE
    sides = (max(1, round(size[0] * share)), max(1, round(size[1] * share)))
    small = cv2.resize(drawn, sides, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    middle = share * (top + bottom) / 2 + TALL / 2  # the line is where the digits end
    return Beside(_cut(small / max(float(small.max()), INKED)), middle)


def _bent(drawn: Any, rng: np.random.Generator) -> Any:
    """Return it leaning, and bent a little."""
    high, wide = drawn.shape
    lean = rng.normal(0, 0.15)
    move = np.array([[1, -lean, lean * high / 2], [0, 1, 0]], np.float32)
    drawn = cv2.warpAffine(drawn, move, (wide, high))
    rough = rng.normal(0, 1, (2, high, wide)).astype(np.float32)
    shift = np.stack([cv2.GaussianBlur(one, (0, 0), 4 * FINE) for one in rough])
    shift *= FINE * rng.uniform(0, 1.2) / max(float(shift.std()), 1e-6)
    y, x = np.mgrid[:high, :wide].astype(np.float32)
    return cv2.remap(drawn, x + shift[0], y + shift[1], cv2.INTER_LINEAR)


def _cut(image: Any) -> Any:
    """Return what is inked, with a pixel around it."""
    inked = image > INKED
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    if not len(rows):
        return image
    return np.pad(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], 1)
