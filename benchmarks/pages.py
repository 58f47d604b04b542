"""Made pages with handwritten numbers, under one condition of real photos at a time.

    python benchmarks/pages.py [--on validation] [--count 6] [--only ruled comb] [--save DIR]

Each page holds some ten to twenty numbers of two to eight of MNIST's digits at known places, drawn
with a pen on paper; then comes one condition, its strength at random. Counted are the numbers that
are read right at their place; misread; missed, where nothing is read; and invented, read where
nothing is written. Gaps are wide or close, so what fails beyond the clean page is the page's. The
seed of a page is its condition and its place, so the same pages come again.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from things import filled, laid, skin

from numerist import load_mnist
from numerist.reading import Reader
from numerist.reading.strings import make_number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numerist.data import Dataset

Array: TypeAlias = npt.NDArray[Any]

WIDE, HIGH = 900, 1200
_INSIDE = 0.5  # of the smaller of two boxes, for a reading to be at a number's place


class Placed(NamedTuple):
    """A number on a page: left, top, right, bottom in pixels, and its digits."""

    box: tuple[float, float, float, float]
    text: str


@dataclass
class Page:
    """A page while it is made.

    Attributes:
        ink: float32 (h, w), what the pen left, 0…1.
        print: float32 (h, w), what was printed on the paper before, 0…1.
        numbers: what is written where.
        height: of the writing.
        paper, pen, printed: colours, (3,), 0…1.
    """

    ink: Array
    print: Array
    numbers: list[Placed]
    height: float
    paper: Array
    pen: Array
    printed: Array

    def picture(self) -> Array:
        """Return it as light, float32 (h, w, 3), 0…1."""
        printed = self.print[..., None]
        ground = self.paper * (1 - printed) + self.printed * printed
        ink = self.ink[..., None]
        result: Array = (ground * (1 - ink) + self.pen * ink).astype(np.float32)
        return result


Rng: TypeAlias = np.random.Generator


def written(digits: Dataset, rng: Rng, *, pitch: float | None = None) -> Page:
    """Return a page of numbers in lines, `pitch` heights of the writing apart."""
    height = rng.uniform(26, 46)
    page = blank(height, rng)
    step = height * (pitch or rng.uniform(1.9, 2.6))
    wanted, bottom = int(rng.integers(10, 21)), 2.5 * height
    while bottom < HIGH - height and len(page.numbers) < wanted:
        left = rng.uniform(0.8, 2.5) * height
        while len(page.numbers) < wanted:
            ink, text = number(digits, int(rng.integers(2, 9)), height, rng)
            if left + ink.shape[1] > WIDE - 0.8 * height:
                break
            put(page, ink, text, left, bottom + rng.normal(0, 0.06) * height)
            left += ink.shape[1] + rng.uniform(2.2, 5) * height
        bottom += step
    return page


def blank(height: float, rng: Rng) -> Page:
    paper = rng.uniform(0.86, 1) * rng.uniform(0.95, 1, 3)
    pen = rng.uniform(0.05, 0.3) * rng.uniform(0.7, 1, 3)
    nothing = np.zeros((HIGH, WIDE), np.float32)
    return Page(nothing, nothing.copy(), [], height, paper, pen, paper * rng.uniform(0.3, 0.8, 3))


def number(digits: Dataset, length: int, height: float, rng: Rng) -> tuple[Array, str]:
    """Return the ink of a number, (h, w), cut to its box, and its digits."""
    gap = "close" if rng.random() < 0.5 else "wide"
    made = make_number(digits, length, rng, gap=gap, height=(0.9 * height, 1.1 * height))
    ink = 1 - made.picture.astype(np.float32) / 255
    rows, columns = np.flatnonzero(ink.max(axis=1) > 0.3), np.flatnonzero(ink.max(axis=0) > 0.3)
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], made.text


def put(page: Page, ink: Array, text: str, left: float, bottom: float) -> None:
    x, y = round(left), max(0, round(bottom) - ink.shape[0])
    part = page.ink[y : y + ink.shape[0], x : x + ink.shape[1]]
    np.maximum(part, ink[: part.shape[0], : part.shape[1]], out=part)
    page.numbers.append(Placed((x, y, x + part.shape[1], y + part.shape[0]), text))


def line(layer: Array, begin: tuple[float, float], end: tuple[float, float], thick: float) -> None:
    """Draw a straight line, its edges and ends on parts of pixels, into a layer."""
    ends = [tuple(round(16 * v) for v in point) for point in (begin, end)]
    drawn = np.zeros_like(layer)
    whole = max(1, int(thick))
    cv2.line(drawn, ends[0], ends[1], 1.0 if thick >= 1 else thick, whole, cv2.LINE_AA, 4)
    drawn = np.minimum(cv2.GaussianBlur(drawn, (0, 0), 0.4 + (thick - whole) / 3), 1)
    np.maximum(layer, drawn, out=layer)


def clean(digits: Dataset, rng: Rng) -> tuple[Array, list[Placed]]:
    page = written(digits, rng)
    return page.picture(), page.numbers


def shadow(digits: Dataset, rng: Rng) -> tuple[Array, list[Placed]]:
    page = written(digits, rng)
    return page.picture() * light(rng), page.numbers


def light(rng: Rng) -> Array:
    """Return light from one side, and a shadow or two with an edge, (h, w, 1)."""
    y, x = np.mgrid[0 : 1 : HIGH * 1j, 0 : 1 : WIDE * 1j]
    turn = rng.uniform(0, 2 * np.pi)
    result = 1 - rng.uniform(0.1, 0.4) * ((x - 0.5) * np.cos(turn) + (y - 0.5) * np.sin(turn) + 0.5)
    for _ in range(int(rng.integers(1, 3))):
        turn, bent = rng.uniform(0, 2 * np.pi), rng.uniform(-0.6, 0.6)
        along = (x - 0.5) * np.cos(turn) + (y - 0.5) * np.sin(turn)
        across = (y - 0.5) * np.cos(turn) - (x - 0.5) * np.sin(turn)
        edge = along + bent * across**2 - rng.uniform(-0.3, 0.3)
        result = result * (1 - rng.uniform(0.1, 0.5) / (1 + np.exp(-edge / rng.uniform(0.01, 0.1))))
    return np.asarray(result[..., None], np.float32)


def glare(digits: Dataset, rng: Rng) -> tuple[Array, list[Placed]]:
    """A lamp's reflection on smooth paper takes away more than half of the contrast."""
    page = written(digits, rng)
    y, x = np.mgrid[0 : 1 : HIGH * 1j, 0 : 1 : WIDE * 1j]
    (left, top), (wide, high) = rng.uniform(0.2, 0.8, size=2), rng.uniform(0.1, 0.35, size=2)
    lamp = np.exp(-(((x - left) / wide) ** 2) - ((y - top) / high) ** 2)
    picture = 0.8 * page.picture()
    picture += (1 - picture) * (rng.uniform(0.5, 0.8) * lamp)[..., None]
    picture += rng.normal(0, 0.01, picture.shape)
    return picture, page.numbers


def texture(digits: Dataset, rng: Rng) -> tuple[Array, list[Placed]]:
    """Paper with a grain, fibres and specks, and the camera's noise."""
    page = written(digits, rng)
    shape = page.ink.shape
    grain = cv2.GaussianBlur(rng.normal(0, 1, shape), (0, 0), rng.uniform(0.7, 4))
    cloud = cv2.GaussianBlur(rng.normal(0, 1, shape), (0, 0), rng.uniform(15, 60))
    picture = page.picture()
    picture *= (1 + rng.uniform(0.01, 0.035) * grain / grain.std())[..., None]
    picture *= (1 + rng.uniform(0.01, 0.04) * cloud / cloud.std())[..., None]
    for _ in range(int(rng.integers(0, 40))):
        x, y = rng.uniform(0, WIDE), rng.uniform(0, HIGH)
        cv2.circle(picture, (int(x), int(y)), int(rng.integers(1, 3)), (0.5, 0.48, 0.45), -1)
    picture += rng.normal(0, rng.uniform(0.005, 0.025), picture.shape)
    return picture, page.numbers


def perspective(digits: Dataset, rng: Rng) -> tuple[Array, list[Placed]]:
    page = written(digits, rng)
    return seen(page.picture(), page.numbers, rng)


def seen(
    picture: Array,
    numbers: list[Placed],
    rng: Rng,
    *,
    far: float = 0.0,
    around: Array | None = None,
) -> tuple[Array, list[Placed]]:
    """Return a page as a camera sees it that is not held straight.

    Args:
        picture: (h, w, 3).
        numbers: on it.
        rng: for the angle, up to 5°, and how the corners move, up to 0.06 of the width.
        far: how much smaller the page is seen, so that what is around it is seen too.
        around: (h, w, 3), that; the page's own border goes on if not given.
    """
    corners = np.array([[0, 0], [WIDE, 0], [WIDE, HIGH], [0, HIGH]], float)
    middle = corners.mean(axis=0)
    turn = np.deg2rad(rng.uniform(-5, 5))
    turned = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    moved = (corners - middle) @ turned * (1 - far) + middle
    moved += rng.uniform(-0.06, 0.06, (4, 2)) * WIDE
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), moved.astype(np.float32))
    size, how = (WIDE, HIGH), cv2.INTER_AREA if far else cv2.INTER_LINEAR
    result = cv2.warpPerspective(picture, matrix, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    if around is not None:
        page = cv2.warpPerspective(np.ones((HIGH, WIDE), np.float32), matrix, size)[..., None]
        result = result * page + around * (1 - page)
    return np.asarray(result), [placed for old in numbers for placed in _moved(old, matrix)]


def _moved(placed: Placed, matrix: Array) -> list[Placed]:
    """Return a number where it is seen; nothing if the picture cuts it off."""
    left, top, right, bottom = placed.box
    corners = np.array([[[left, top], [right, top], [right, bottom], [left, bottom]]], np.float32)
    x, y = cv2.perspectiveTransform(corners, matrix)[0].T.astype(float)
    box = (float(x.min()), float(y.min()), float(x.max()), float(y.max()))
    inside = box[0] > 3 and box[1] > 3 and box[2] < WIDE - 3 and box[3] < HIGH - 3
    return [Placed(box, placed.text)] if inside else []


def rule(page: Page, step: float, rng: Rng, *, squared: bool = False) -> None:
    """Print lines over the page, one along the first line of writing's foot."""
    thick = rng.uniform(0.8, 2.2)
    foot = page.numbers[0].box[3] + rng.uniform(-0.05, 0.15) * page.height
    for y in np.arange(foot % step, HIGH, step):
        line(page.print, (0, y), (WIDE, y), thick)
    if squared:
        for x in np.arange(rng.uniform(0, step), WIDE, step):
            line(page.print, (x, 0), (x, HIGH), thick)
    elif rng.random() < 0.5:
        x = rng.uniform(0.02, 0.1) * WIDE
        line(page.print, (x, 0), (x, HIGH), thick)


def ruled(digits: Dataset, rng: Rng) -> tuple[Array, list[Placed]]:
    pitch = rng.uniform(1.5, 2.2)
    page = written(digits, rng, pitch=pitch)
    rule(page, pitch * page.height, rng)
    return page.picture(), page.numbers


def squared(digits: Dataset, rng: Rng) -> tuple[Array, list[Placed]]:
    cell = rng.uniform(0.6, 1.3)
    page = written(digits, rng, pitch=cell * (2 if cell > 0.8 else 3))
    rule(page, cell * page.height, rng, squared=True)
    return page.picture(), page.numbers


def box(digits: Dataset, rng: Rng) -> tuple[Array, list[Placed]]:
    """A box around each number; some numbers touch it."""
    page = written(digits, rng)
    thick = rng.uniform(1, 3)
    for placed in page.numbers:
        room = rng.uniform(0, 0.4, 4) * page.height
        frame(page, np.array(placed.box) + room * [-2, -1, 2, 1], thick)
    return page.picture(), page.numbers


def frame(page: Page, sides: Array, thick: float) -> None:
    left, top, right, bottom = sides.tolist()
    for y in (top, bottom):
        line(page.print, (left, y), (right, y), thick)
    for x in (left, right):
        line(page.print, (x, top), (x, bottom), thick)


def comb(digits: Dataset, rng: Rng) -> tuple[Array, list[Placed]]:
    """Boxes for one digit each, side by side; some digits touch them."""
    height = rng.uniform(26, 46)
    page = blank(height, rng)
    thick, wide, high = rng.uniform(1, 3), rng.uniform(0.9, 1.3), rng.uniform(1.1, 1.6)
    wide, high = wide * height, high * height
    y = rng.uniform(0.5, 1.5) * height
    while y + 2 * high < HIGH and len(page.numbers) < 18:
        x = rng.uniform(0.5, 2) * height
        while True:
            length = int(rng.integers(2, 9))
            if x + length * wide > WIDE - 0.5 * height:
                break
            for place in range(length):
                frame(
                    page, np.array([x + place * wide, y, x + (place + 1) * wide, y + high]), thick
                )
            _into_boxes(
                page,
                [number(digits, 1, height, rng) for _ in range(length)],
                (x, y, wide, high),
                rng,
            )
            x += length * wide + rng.uniform(2.2, 4) * height
        y += high + rng.uniform(0.8, 2) * height
    return page.picture(), page.numbers


def _into_boxes(
    page: Page, inks: list[tuple[Array, str]], first: tuple[float, float, float, float], rng: Rng
) -> None:
    """Write digits into boxes; the first is at left and top, so wide and so high."""
    x, y, wide, high = first
    already = len(page.numbers)
    for place, (ink, text) in enumerate(inks):
        middle = x + (place + 0.5) * wide + rng.normal(0, 0.06) * page.height
        foot = y + (high + ink.shape[0]) / 2 + rng.normal(0, 0.06) * page.height
        put(page, ink, text, middle - ink.shape[1] / 2, foot)
    boxes = np.array([placed.box for placed in page.numbers[already:]])
    text = "".join(placed.text for placed in page.numbers[already:])
    around = (*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist())
    page.numbers[already:] = [Placed(around, text)]


def blue(digits: Dataset, rng: Rng) -> tuple[Array, list[Placed]]:
    page = written(digits, rng)
    page.pen = np.array([rng.uniform(0.05, 0.35), rng.uniform(0.1, 0.4), rng.uniform(0.5, 0.75)])
    return page.picture() * light(rng), page.numbers


def pencil(digits: Dataset, rng: Rng) -> tuple[Array, list[Placed]]:
    """Pale and uneven grey, with noise."""
    page = written(digits, rng)
    page.pen = page.paper * rng.uniform(0.45, 0.75)
    press = cv2.GaussianBlur(rng.normal(0, 1, page.ink.shape), (0, 0), 1.2)
    page.ink *= np.clip(1 - rng.uniform(0.1, 0.3) * np.abs(press) / press.std(), 0.2, 1)
    picture = page.picture() + rng.normal(0, rng.uniform(0.003, 0.015), (HIGH, WIDE, 3))
    return picture, page.numbers


def inverse(digits: Dataset, rng: Rng) -> tuple[Array, list[Placed]]:
    """Light on dark: a blackboard, a screen."""
    page = written(digits, rng)
    page.paper, page.pen = rng.uniform(0.03, 0.3, 3), rng.uniform(0.7, 1, 3)
    noise = rng.normal(0, rng.uniform(0.002, 0.015), (HIGH, WIDE, 3))
    return page.picture() * light(rng) + noise, page.numbers


def table(digits: Dataset, rng: Rng) -> tuple[Array, list[Placed]]:
    """Paper on a table that is darker, with a grain."""
    page = written(digits, rng)
    return seen(page.picture(), page.numbers, rng, far=rng.uniform(0.08, 0.25), around=wood(rng))


def wood(rng: Rng) -> Array:
    """Return the top of a table, (h, w, 3)."""
    rough = cv2.GaussianBlur(rng.normal(0, 1, (HIGH, WIDE)), (0, 0), 30, sigmaY=rng.uniform(1, 30))
    shade = 1 + rng.uniform(0.03, 0.25) * rough / rough.std()
    colour = rng.uniform(0.05, 0.6) * np.array([1, rng.uniform(0.7, 1), rng.uniform(0.4, 1)])
    return np.asarray(shade[..., None] * colour, np.float32)


def phone(digits: Dataset, rng: Rng) -> tuple[Array, list[Placed]]:
    """Ruled or squared paper on a table, not held straight, in a shadow, blurred, as JPEG."""
    is_squared = rng.random() < 0.5
    cell = rng.uniform(0.6, 1.3) if is_squared else rng.uniform(1.5, 2.2)
    pitch = cell * (1 if not is_squared else 2 if cell > 0.8 else 3)
    page = written(digits, rng, pitch=pitch)
    rule(page, cell * page.height, rng, squared=is_squared)
    picture, numbers = seen(
        page.picture(), page.numbers, rng, far=rng.uniform(0, 0.2), around=wood(rng)
    )
    picture = cv2.GaussianBlur(picture * light(rng), (0, 0), rng.uniform(0.3, 1))
    picture += rng.normal(0, rng.uniform(0.003, 0.015), picture.shape)
    quality = [int(cv2.IMWRITE_JPEG_QUALITY), int(rng.integers(60, 95))]
    jpeg = cv2.imencode(".jpg", as_bytes(picture), quality)[1]
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR)).astype(np.float32) / 255, numbers


def things(digits: Dataset, rng: Rng) -> tuple[Array, list[Placed]]:
    """Coins, cups, other papers lie on the page and on the table, a thumb holds it."""
    picture, numbers = (table if rng.random() < 0.5 else texture)(digits, rng)
    picture = np.asarray(picture, np.float32)
    height = float(np.median([number.box[3] - number.box[1] for number in numbers]))
    for _ in range(int(rng.integers(1, 4))):
        for _ in range(50):
            outline, colour = _thing(height, rng)
            shadow = cv2.dilate(outline, np.ones((2 * round(height / 3) + 1,) * 2))
            boxes = (np.rint(number.box).astype(int) for number in numbers)
            if not any(shadow[y:below, x:right].any() for x, y, right, below in boxes):
                picture = laid(picture, outline, colour, height, rng)
                break
    return picture + rng.normal(0, 0.005, picture.shape), numbers


def _thing(height: float, rng: Rng) -> tuple[Array, Array]:
    """Return where a thing may be, float32 (h, w), and its colour, (3,)."""
    x, y = rng.uniform(0, WIDE), rng.uniform(0, HIGH)
    size = height * float(np.exp(rng.uniform(np.log(0.6), np.log(4))))
    kind = rng.integers(3)
    colour = rng.uniform(0.05, 1, 3) if rng.random() < 0.5 else rng.uniform(0.05, 1) * np.ones(3)
    if kind == 0:
        turn = np.linspace(0, 2 * np.pi, 60)
        points = list(zip(x + size * np.cos(turn), y + size * np.sin(turn), strict=True))
        return filled((HIGH, WIDE), points), colour
    if kind == 1:
        angle, high = rng.uniform(0, np.pi), size * rng.uniform(0.4, 1)
        along, across = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        corners = [(1, 1), (-1, 1), (-1, -1), (1, -1)]
        points = [
            tuple(np.array([x, y]) + a * size * along + b * high * across) for a, b in corners
        ]
        return filled((HIGH, WIDE), points), colour
    side = rng.integers(4)
    begin = [(-size, y), (x, -size), (WIDE + size, y), (x, HIGH + size)][side]
    end = [(size, y), (x, size), (WIDE - size, y), (x, HIGH - size)][side]
    return filled((HIGH, WIDE), [begin, end], size), skin(rng)


def behind(digits: Dataset, rng: Rng) -> tuple[Array, list[Placed]]:
    """Thin paper: the back's writing shows through, mirrored; cups have left rings, drops spots."""
    page, back = written(digits, rng), written(digits, rng)
    through = cv2.GaussianBlur(back.ink[:, ::-1], (0, 0), rng.uniform(0.5, 0.04 * back.height))
    picture = page.picture()
    picture -= rng.uniform(0.08, 0.3) * through[..., None] * (page.paper - page.pen)
    for _ in range(int(rng.integers(0, 3))):
        picture *= 1 - _stain(rng) * rng.uniform(0.1, 0.35) * np.array([0.5, 0.75, 1.0])
    picture += rng.normal(0, rng.uniform(0.002, 0.01), picture.shape)
    return picture * light(rng) if rng.random() < 0.5 else picture, page.numbers


def _stain(rng: Rng) -> Array:
    """Return where a cup has left its ring, or a drop a spot with a darker rim, (h, w, 1)."""
    stain = np.zeros((HIGH, WIDE), np.float32)
    place = round(rng.uniform(0, WIDE)), round(rng.uniform(0, HIGH))
    size, thick = round(rng.uniform(40, 170)), round(rng.uniform(3, 14))
    if rng.random() < 0.5:
        cv2.circle(stain, place, size, 0.5, -1, cv2.LINE_AA)
    cv2.circle(stain, place, size, 1.0, thick, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(stain, (0, 0), rng.uniform(0.7, 3))[..., None])


CONDITIONS: dict[str, Callable[[Dataset, Rng], tuple[Array, list[Placed]]]] = {
    "clean": clean, "shadow": shadow, "texture": texture, "perspective": perspective,
    "ruled": ruled, "squared": squared, "box": box, "comb": comb, "blue": blue, "pencil": pencil,
    "inverse": inverse, "table": table, "phone": phone, "glare": glare,
    "things": things, "behind": behind,
}  # fmt: skip


def as_bytes(picture: Array) -> Array:
    return np.asarray(np.rint(255 * np.clip(picture, 0, 1)), np.uint8)


def made_page(condition: str, place: int, digits: Dataset) -> tuple[Array, list[Placed]]:
    """Return a page, uint8 (h, w, 3), and the numbers on it."""
    rng = np.random.default_rng([11, list(CONDITIONS).index(condition), place])
    picture, numbers = CONDITIONS[condition](digits, rng)
    return as_bytes(picture), numbers


class Count(NamedTuple):
    """Numbers of pages: written; read right; missed; invented."""

    written: int
    right: int
    missed: int
    invented: int


def counted(numbers: list[Placed], found: list[Placed]) -> tuple[Count, list[str]]:
    """Compare what was read with what is written, number by number; also say what is wrong.

    A number is right if a single reading is at its place and says its digits.
    """
    inside = np.array([[_inside(place.box, was.box) for was in numbers] for place in found])
    inside = inside.reshape(len(found), len(numbers)) > _INSIDE
    right = missed = 0
    wrong = []
    for place, truth in enumerate(numbers):
        said = [found[k].text for k in np.flatnonzero(inside[:, place])]
        missed += not said
        if said == [truth.text] and inside[inside[:, place]].sum() == 1:
            right += 1
        else:
            wrong.append(f"{_at(truth)} {truth.text} read as {' '.join(said)!r}")
    invented = [found[k] for k in np.flatnonzero(~inside.any(axis=1))]
    wrong += [f"{_at(lost)} nothing read as {lost.text!r}" for lost in invented]
    return Count(len(numbers), right, missed, len(invented)), wrong


def _at(placed: Placed) -> str:
    return "({:.0f}, {:.0f}, {:.0f}, {:.0f}):".format(*placed.box)


def _inside(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Return the share of the smaller of two boxes that they have in common."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return max(wide, 0) * max(high, 0) / max(smaller, 1)


def digits_of(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def main() -> None:
    measure(CONDITIONS, made_page, __doc__)


def measure(
    conditions: Mapping[str, Any],
    made: Callable[[str, int, Dataset], tuple[Array, list[Placed]]],
    about: str | None,
) -> None:
    """Read pages of each condition as the command line asks, and print how well.

    Args:
        conditions: by name.
        made: the page of a condition at a place, uint8 (h, w, 3), and the numbers on it.
        about: what the command says of itself.
    """
    parser = argparse.ArgumentParser(description=about.splitlines()[0] if about else None)
    parser.add_argument("--on", choices=["validation", "test"], default="validation")
    parser.add_argument("--count", type=int, default=6, help="pages of each condition")
    parser.add_argument("--only", nargs="*", default=list(conditions), choices=list(conditions))
    parser.add_argument("--save", type=Path, help="a folder for the pages")
    parser.add_argument("--wrong", action="store_true", help="list what was misread")
    arguments = parser.parse_args()
    digits, reader = getattr(load_mnist(), arguments.on), Reader()
    print("| condition | numbers | right | misread | missed | invented | seconds a page |")
    print("|---|---|---|---|---|---|---|")
    for condition in arguments.only:
        counts, mistakes, seconds = [], [], 0.0
        for place in range(arguments.count):
            picture, numbers = made(condition, place, digits)
            if arguments.save:
                arguments.save.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(arguments.save / f"{condition}_{place}.png"), picture[..., ::-1])
            begun = time.perf_counter()
            reading = reader.read(picture)
            seconds += time.perf_counter() - begun
            found = [Placed(n.box, digits_of(n.text)) for p in reading.pages for n in p.numbers]
            count, wrong = counted(numbers, [number for number in found if number.text])
            counts.append(count)
            mistakes += [f"  page {place}, {line}" for line in wrong]
        whole, right, missed, invented = (sum(part) for part in zip(*counts, strict=True))
        print(
            f"| {condition} | {whole} | {right / whole:.1%} | {whole - right - missed} | {missed}"
            f" | {invented} | {seconds / arguments.count:.2f} |",
            flush=True,
        )
        if arguments.wrong:
            print("\n".join(mistakes), flush=True)


if __name__ == "__main__":
    main()
