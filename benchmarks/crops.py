"""Made pictures of one number cut out of a page, with what stands there beside it; and of words.

    python benchmarks/crops.py [--on validation] [--count 100] [--only underline dash] [--save DIR]
        [--hand FONT ...]

Real pictures are small and hold more than the number: an underline, a cross, a dash, the feet of
the line above, a patterned paper, the edge of a shadow, a ring, a sign or a unit, the margins of
the page that a photo stands on. Each condition draws one of these around a number of one to six of
MNIST's digits; counted are the pictures whose digits are read, and nothing else. The conditions
`print` and `letters` show words and no number; counted are the pictures in which nothing is read,
which is also said as the share of words that were taken for numbers. `label` has a printed word
before the number. Letters come from the fonts inside Matplotlib and, for words and signs "by hand",
from OpenCV's own font, words bent and slanted: strokes up to OpenCV 4, a sans-serif since 5; or
from the files that --hand names, fonts made from people's handwriting.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont
from things import filled, laid, skin

from numerist import load_mnist
from numerist.reading import Reader
from numerist.reading.strings import make_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from numerist.data import Dataset

Array: TypeAlias = npt.NDArray[Any]
Rng: TypeAlias = np.random.Generator

WORDS = (  # parted by spaces
    "Amount Total Date Name Address Postcode Invoice Account Number Signature Phone Street City "
    "Betrag Datum Ort Summe Konto Rechnung Vorname Strasse Menge Preis Stück Prénom Adresse Ville "
    "montant numéro facture rue mark grade class page line paid received from the of and for "
    "with value tax net gross due item price unit order ship bill check cheque bank branch year"
)


BEFORE, BEHIND = ("No", "Rs", "kr", "EUR", "x"), ("kg", "cm", "m", "km", "kr", "EUR", "x")
"""Short words beside a number; in other fonts the networks learned from them."""

HAND: list[Path] = []
"""Files of the fonts that words by hand are drawn with; none for OpenCV's."""


@dataclass
class Crop:
    """A picture while it is made.

    Attributes:
        ink: float32 (h, w), what the pen left, 0…1.
        print: float32 (h, w), what was on the paper before, 0…1.
        text: the number's digits.
        box: left, top, right, bottom of the number, in pixels.
        height: of the writing.
        thick: about the thickness of its strokes.
        paper, pen, printed: colours, (3,), 0…1.
    """

    ink: Array
    print: Array
    text: str
    box: tuple[int, int, int, int]
    height: float
    thick: float
    paper: Array
    pen: Array
    printed: Array

    def picture(self) -> Array:
        printed, ink = self.print[..., None], self.ink[..., None]
        ground = self.paper * (1 - printed) + self.printed * printed
        return np.asarray(ground * (1 - ink) + self.pen * ink, np.float32)


def plain(digits: Dataset, rng: Rng, *, room: float = 1.0) -> Crop:
    """Return a number with room around it, in heights."""
    height = float(np.exp(rng.uniform(np.log(16), np.log(70))))
    length = int(rng.integers(1, 7))
    gap = "close" if rng.random() < 0.5 else "wide"
    made = make_number(digits, length, rng, gap=gap, height=(height, height))
    ink = 1 - made.picture.astype(np.float32) / 255
    rows, columns = np.flatnonzero(ink.max(axis=1) > 0.3), np.flatnonzero(ink.max(axis=0) > 0.3)
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    left, top, right, bottom = np.rint(room * height * rng.uniform(0.3, 1, 4)).astype(int).tolist()
    box = left, top, left + ink.shape[1], top + ink.shape[0]
    paper = rng.uniform(0.6, 1) * rng.uniform(0.95, 1, 3)
    pen = paper * rng.uniform(0.1, 0.5) * rng.uniform(0.8, 1, 3)
    ink = np.pad(ink, ((top, bottom), (left, right)))
    thick = height * rng.uniform(0.06, 0.12)
    printed = paper * rng.uniform(0.4, 0.8)
    return Crop(ink, np.zeros_like(ink), made.text, box, height, thick, paper, pen, printed)


def stroke(
    layer: Array, points: list[tuple[float, float]], thick: float, dark: float = 1.0
) -> None:
    """Draw a pen's stroke through points into a layer."""
    drawn = np.zeros((layer.shape[0] * 4, layer.shape[1] * 4), np.uint8)
    line = np.rint(4 * np.array(points)).astype(np.int32)
    cv2.polylines(drawn, [line], False, 255, max(1, round(4 * thick)), cv2.LINE_AA)
    small = cv2.resize(drawn, layer.shape[::-1], interpolation=cv2.INTER_AREA)
    np.maximum(layer, dark * small.astype(np.float32) / 255, out=layer)


def waved(begin: tuple[float, float], end: tuple[float, float], height: float, rng: Rng) -> Any:
    """Return the points of a line drawn by hand."""
    x, y = (np.linspace(a, b, 8) for a, b in zip(begin, end, strict=True))
    bent = rng.normal(0, 0.02) * height * np.sin(np.linspace(0, np.pi, 8))
    return list(zip(x.tolist(), (y + bent).tolist(), strict=True))


def camera(picture: Array, rng: Rng, *, noise: float = 0.01, quality: int = 80) -> Array:
    """Return it blurred, with noise, as JPEG, uint8 (h, w, 3)."""
    picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 0.8))
    picture = picture + rng.normal(0, noise * rng.uniform(0.3, 1), picture.shape)
    how = [int(cv2.IMWRITE_JPEG_QUALITY), quality]
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", as_bytes(picture), how)[1], 1))


def as_bytes(picture: Array) -> Array:
    return np.asarray(np.rint(255 * np.clip(picture, 0, 1)), np.uint8)


Made: TypeAlias = tuple[Array, str]


def bare(digits: Dataset, rng: Rng) -> Made:
    crop = plain(digits, rng)
    return camera(crop.picture(), rng), crop.text


def underline(digits: Dataset, rng: Rng) -> Made:
    """Drawn by hand under the number, touching it or not, once or twice."""
    crop = plain(digits, rng)
    left, _, right, bottom = crop.box
    for _ in range(int(rng.integers(1, 3))):
        y = bottom + rng.uniform(-0.08, 0.25) * crop.height
        tilt = np.tan(np.deg2rad(rng.normal(0, 2))) * (right - left)
        begin = left - rng.uniform(-0.2, 0.5) * crop.height, y - tilt / 2
        end = right + rng.uniform(-0.2, 0.5) * crop.height, y + tilt / 2
        stroke(crop.ink, waved(begin, end, crop.height, rng), crop.thick * rng.uniform(0.5, 1))
    return camera(crop.picture(), rng), crop.text


def cross(digits: Dataset, rng: Rng) -> Made:
    """A cross or a plus beside the number, as high as it or less."""
    crop = plain(digits, rng, room=2.2)
    left, top, right, bottom = crop.box
    size = crop.height * rng.uniform(0.3, 0.6)
    at_left = left > 1.6 * size + 0.35 * crop.height
    x = left - 0.35 * crop.height - size / 2 if at_left else right + 0.35 * crop.height + size / 2
    y, turn = rng.uniform(top + size / 2, bottom - size / 2), rng.choice([0, np.pi / 4])
    for angle in (turn, turn + np.pi / 2):
        lean = angle + rng.normal(0, 0.12)
        dx, dy = np.cos(lean) * size / 2, np.sin(lean) * size / 2
        stroke(crop.ink, [(x - dx, y - dy), (x + dx, y + dy)], crop.thick)
    return camera(crop.picture(), rng), crop.text


def dots(digits: Dataset, rng: Rng) -> Made:
    """A point behind the number, ink splashed around it."""
    crop = plain(digits, rng)
    _, _, right, bottom = crop.box
    places = [(right + 0.15 * crop.height, bottom - 0.05 * crop.height)]
    high, wide = crop.ink.shape
    places += [(rng.uniform(0, wide), rng.uniform(0, high)) for _ in range(int(rng.integers(4)))]
    for x, y in places:
        radius = crop.thick * rng.uniform(0.3, 0.8)
        if crop.ink[max(0, int(y) - 2) : int(y) + 3, max(0, int(x) - 2) : int(x) + 3].max() < 0.3:
            stroke(crop.ink, [(x, y), (x + 0.3, y)], 2 * radius)
    return camera(crop.picture(), rng), crop.text


def dash(digits: Dataset, rng: Rng) -> Made:
    """A dash before or behind the number, on ruled paper or not."""
    crop = plain(digits, rng, room=1.6)
    left, top, right, bottom = crop.box
    long, y = crop.height * rng.uniform(0.25, 0.7), top + rng.uniform(0.4, 0.65) * crop.height
    x = right + 0.25 * crop.height if rng.random() < 0.5 else left - 0.25 * crop.height - long
    stroke(
        crop.ink, waved((x, y), (x + long, y + rng.normal(0, 0.04) * long), long, rng), crop.thick
    )
    if rng.random() < 0.5:
        y = bottom + rng.uniform(-0.05, 0.15) * crop.height
        stroke(
            crop.print, [(-9, y), (crop.ink.shape[1] + 9, y)], crop.thick * rng.uniform(0.2, 0.5)
        )
    return camera(crop.picture(), rng), crop.text


def ruled(digits: Dataset, rng: Rng) -> Made:
    """Ruled paper, the line through the feet or near them; a margin at times."""
    crop = plain(digits, rng)
    wide, thick = crop.ink.shape[1], crop.thick * rng.uniform(0.15, 0.5)
    y = crop.box[3] + rng.uniform(-0.15, 0.1) * crop.height
    tilt, step = np.tan(np.deg2rad(rng.normal(0, 2))) * wide, rng.uniform(1.4, 2.2) * crop.height
    for k in (-1, 0, 1):
        stroke(crop.print, [(-5, y + k * step), (wide + 5, y + tilt + k * step)], thick)
    if rng.random() < 0.4:
        x = crop.box[0] - rng.uniform(0.1, 0.5) * crop.height
        stroke(crop.print, [(x, -5), (x - tilt / wide * 9, crop.ink.shape[0] + 5)], thick)
    return camera(crop.picture(), rng), crop.text


def squared(digits: Dataset, rng: Rng) -> Made:
    """Squared paper, its squares from a third of the writing's height up, not quite straight."""
    crop = plain(digits, rng)
    high, wide = crop.ink.shape
    cell, thick = (
        rng.uniform(0.35, 1.2) * crop.height,
        max(0.7, crop.thick * rng.uniform(0.1, 0.35)),
    )
    tilt = np.tan(np.deg2rad(rng.normal(0, 2)))
    for y in np.arange(rng.uniform(-1, 0) * cell, high + wide * abs(tilt), cell):
        stroke(crop.print, [(-5, y), (wide + 5, y + tilt * wide)], thick)
    for x in np.arange(rng.uniform(-1, 0) * cell, wide + high * abs(tilt), cell):
        stroke(crop.print, [(x, -5), (x - tilt * high, high + 5)], thick)
    return camera(crop.picture(), rng), crop.text


def boxed(digits: Dataset, rng: Rng) -> Made:
    """A form's box around the number, as dark as the pen or paler; digits may touch it."""
    crop = plain(digits, rng)
    room = rng.uniform(-0.03, 0.25, 4) * crop.height
    left, top, right, bottom = np.array(crop.box) + room * [-1, -1, 1, 1]
    layer = crop.ink if rng.random() < 0.4 else crop.print
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    stroke(layer, corners, max(0.8, crop.thick * rng.uniform(0.15, 0.5)))
    return camera(crop.picture(), rng), crop.text


def pattern(digits: Dataset, rng: Rng) -> Made:
    """The patterned paper of cheques: dots, or fine waves, as a scanner sees them."""
    crop = plain(digits, rng)
    y, x = np.mgrid[: crop.ink.shape[0], : crop.ink.shape[1]].astype(np.float32)
    turn, step = rng.uniform(0, np.pi), rng.uniform(2.2, 6)
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    if rng.random() < 0.5:
        wave = np.cos(2 * np.pi * along / step) * np.cos(2 * np.pi * across / step)
    else:
        wave = np.cos(2 * np.pi * (along + 2 * np.sin(across / rng.uniform(6, 20))) / step)
    crop.print = np.clip(0.5 + 2 * wave, 0, 1) * rng.uniform(0.3, 1)
    return camera(crop.picture(), rng, quality=90), crop.text


def webcam(digits: Dataset, rng: Rng) -> Made:
    """Grey light that falls off to the sides, noise, few colours, strong JPEG."""
    crop = plain(digits, rng)
    high, wide = crop.ink.shape
    y, x = np.mgrid[0 : 1 : high * 1j, 0 : 1 : wide * 1j]
    far = np.hypot(x - rng.uniform(0.2, 0.8), (y - rng.uniform(0.2, 0.8)) * high / wide)
    light = rng.uniform(0.5, 0.9) * (1 - rng.uniform(0.2, 0.7) * far**2)
    picture = cv2.GaussianBlur(crop.picture() * light[..., None], (0, 0), 0.02 * crop.height)
    return camera(picture, rng, noise=0.05, quality=int(rng.integers(25, 70))), crop.text


def shadow(digits: Dataset, rng: Rng) -> Made:
    """The hard edge of a shadow across the number."""
    crop = plain(digits, rng)
    high, wide = crop.ink.shape
    turn = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[:high, :wide]
    along = (x - wide * rng.uniform(0.2, 0.8)) * np.cos(turn)
    along = along + (y - high * rng.uniform(0.2, 0.8)) * np.sin(turn)
    soft = crop.height * rng.uniform(0.01, 0.1)
    light = 1 - rng.uniform(0.3, 0.65) / (1 + np.exp(-np.clip(along / soft, -30, 30)))
    return camera(crop.picture() * light[..., None], rng), crop.text


def faint(digits: Dataset, rng: Rng) -> Made:
    """Pencil: pale, uneven, on paper with a grain."""
    crop = plain(digits, rng)
    crop.pen = crop.paper * rng.uniform(0.6, 0.85)
    press = cv2.GaussianBlur(rng.normal(0, 1, crop.ink.shape), (0, 0), 0.08 * crop.height)
    crop.ink *= np.clip(1 - 0.35 * np.maximum(press / press.std(), 0), 0.2, 1)
    grain = cv2.GaussianBlur(rng.normal(0, 1, crop.ink.shape), (0, 0), rng.uniform(0.6, 2))
    picture = crop.picture() + (rng.uniform(0.003, 0.012) * grain / grain.std())[..., None]
    return camera(picture, rng), crop.text


def board(digits: Dataset, rng: Rng) -> Made:
    """Light on dark, with what was wiped away still to be seen."""
    crop = plain(digits, rng)
    crop.paper, crop.pen = rng.uniform(0.05, 0.3, 3), rng.uniform(0.65, 1, 3)
    smear = cv2.GaussianBlur(
        rng.normal(0, 1, crop.ink.shape), (0, 0), 0.5 * crop.height, sigmaY=0.15 * crop.height
    )
    picture = crop.picture() + (rng.uniform(0.01, 0.05) * smear / smear.std())[..., None]
    return camera(picture, rng), crop.text


def neighbours(digits: Dataset, rng: Rng) -> Made:
    """Parts of the lines above and below, cut off by the picture's border."""
    crop = plain(digits, rng)
    high, wide = crop.ink.shape
    for edge in rng.permutation(["above", "below"])[: int(rng.integers(1, 3))]:
        made = make_number(digits, 6, rng, gap="wide", height=(crop.height, crop.height))
        other = 1 - made.picture.astype(np.float32) / 255
        other = other[other.max(axis=1) > 0.3][:, :wide]
        room = (crop.box[1] if edge == "above" else high - crop.box[3]) - 0.1 * crop.height
        part = min(round(rng.uniform(0.1, 0.35) * crop.height), int(room), len(other))
        if part < 2:
            continue
        rows = slice(0, part) if edge == "above" else slice(high - part, high)
        piece = other[-part:] if edge == "above" else other[:part]
        np.maximum(crop.ink[rows, : other.shape[1]], piece, out=crop.ink[rows, : other.shape[1]])
    return camera(crop.picture(), rng), crop.text


def desk(digits: Dataset, rng: Rng) -> Made:
    """The paper's edge with a dark desk beyond it, straight, at one side."""
    crop = plain(digits, rng)
    high, wide = crop.ink.shape
    picture, dark = crop.picture(), rng.uniform(0.05, 0.4, 3)
    y, x = np.mgrid[:high, :wide]
    sides = {"left": x, "right": wide - 1 - x, "above": y, "below": high - 1 - y}
    rooms = dict(zip(("left", "above", "right", "below"), _rooms(crop), strict=True))
    side = max(rooms, key=lambda name: rooms[name])
    tilt = np.tan(np.deg2rad(rng.normal(0, 3)))
    off = (y - high / 2 if side in ("left", "right") else x - wide / 2) * tilt
    beyond = sides[side] + off < rooms[side] * rng.uniform(0.3, 0.7)
    picture[beyond] = dark
    return camera(picture, rng), crop.text


def _rooms(crop: Crop) -> tuple[int, int, int, int]:
    left, top, right, bottom = crop.box
    return left, top, crop.ink.shape[1] - right, crop.ink.shape[0] - bottom


# Words


def word(rng: Rng, height: float, *, by_hand: bool) -> Array:
    """Return a word of letters, its capitals about so high, as ink, float32 (h, w)."""
    text = str(rng.choice(WORDS.split()))
    style = rng.integers(4)
    text = text.upper() if style == 0 else text if style == 1 else text.capitalize()
    if by_hand and not HAND:
        drawn = _bent(text, height, rng)
    else:
        import matplotlib as mpl

        folder = Path(mpl.get_data_path()) / "fonts/ttf"
        names = "DejaVuSans", "DejaVuSerif", "DejaVuSansMono", "DejaVuSans-Bold"
        files = HAND if by_hand else [folder / f"{name}.ttf" for name in names]
        file = files[int(rng.integers(len(files)))]
        font = ImageFont.truetype(file, round(1.37 * height))
        image = Image.new("L", (round(height * (len(text) + 2)), round(2.4 * height)))
        ImageDraw.Draw(image).text((round(0.4 * height), round(0.3 * height)), text, 255, font)
        drawn = np.asarray(image)
    return cut_out(drawn.astype(np.float32) / 255)


def cut_out(ink: Array) -> Array:
    """Return ink, float32 (h, w), 0…1, cut to its box."""
    rows, columns = np.flatnonzero(ink.max(axis=1) > 0.3), np.flatnonzero(ink.max(axis=0) > 0.3)
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _bent(text: str, height: float, rng: Rng) -> Array:
    """Return a word in OpenCV's font, slanted and bent, uint8 (h, w)."""
    text = text.encode("ascii", "ignore").decode()
    font = int(rng.choice([cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX]))
    size, thick = 4 * height / 22, max(2, round(4 * height * rng.uniform(0.06, 0.1)))
    (wide, high), below = cv2.getTextSize(text, font, size, thick)
    drawn = np.zeros((2 * high + below, wide + 8 * thick), np.uint8)
    cv2.putText(drawn, text, (4 * thick, high + high // 2), font, size, 255, thick, cv2.LINE_AA)
    lean = np.array([[1, -rng.normal(0.1, 0.12), 0.1 * high], [0, 1, 0]])
    bent = cv2.GaussianBlur(rng.normal(0, 1, drawn.shape), (0, 0), high / 3)
    drawn = cv2.warpAffine(drawn, lean, (drawn.shape[1] + high, drawn.shape[0]))
    y, x = np.mgrid[: drawn.shape[0], : drawn.shape[1]].astype(np.float32)
    bent = cv2.resize(bent, drawn.shape[::-1]) * 0.02 * high / bent.std()
    drawn = cv2.remap(drawn, x + bent.astype(np.float32), y, cv2.INTER_LINEAR)
    return np.asarray(cv2.resize(drawn, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA))


def words(digits: Dataset, rng: Rng, *, by_hand: bool) -> Made:
    """One to three words in a line and no number."""
    crop = plain(digits, rng)
    parts = [word(rng, crop.height, by_hand=by_hand) for _ in range(int(rng.integers(1, 4)))]
    high = max(len(part) for part in parts)
    apart = np.zeros((high, round(0.5 * crop.height)), np.float32)
    line = [np.pad(part, ((high - len(part), 0), (0, 0))) for part in parts]
    ink = np.hstack([half for part in line for half in (part, apart)])
    crop.ink = np.pad(ink, round(0.5 * crop.height))
    crop.print = np.zeros_like(crop.ink)
    return camera(crop.picture(), rng), ""


def label(digits: Dataset, rng: Rng, *, by_hand: bool = False) -> Made:
    """A word, printed smaller or as high, then the number in the same line."""
    crop = plain(digits, rng)
    high = crop.height * rng.uniform(0.4, 1)
    before = word(rng, high, by_hand=by_hand)
    room = round(rng.uniform(1.3, 2.5) * crop.height)
    top = crop.box[3] - len(before)
    if top < 0:
        before, top = before[-top:], 0
    left = np.zeros((crop.ink.shape[0], before.shape[1] + room), np.float32)
    left[top : top + len(before), : before.shape[1]] = before[: len(left) - top]
    left = np.pad(left, ((0, 0), (round(0.5 * crop.height), 0)))
    left = left[:, : max(1, left.shape[1] - crop.box[0])]
    none = np.zeros_like(crop.ink)
    if by_hand:
        crop.ink, crop.print = np.hstack([left, crop.ink]), np.hstack([np.zeros_like(left), none])
    else:
        crop.printed = crop.paper * rng.uniform(0.1, 0.5)
        crop.ink, crop.print = np.hstack([np.zeros_like(left), crop.ink]), np.hstack([left, none])
    return camera(crop.picture(), rng), crop.text


def beside(
    digits: Dataset, rng: Rng, before: tuple[str, ...] = (), behind: tuple[str, ...] = ()
) -> Made:
    """One of some signs or short words by hand right before the number, or behind it."""
    crop = plain(digits, rng, room=1.2)
    place = int(rng.integers(len(before) + len(behind)))
    written, above = _written((before + behind)[place], crop.height, rng)
    gap = round(crop.height * rng.uniform(0.15, 0.5))
    left, _, right, bottom = crop.box
    x = left - gap - written.shape[1] if place < len(before) else right + gap
    y = bottom - above
    room = [max(0, -y), max(0, y + written.shape[0] - crop.ink.shape[0])]
    room += [max(0, -x), max(0, x + written.shape[1] - crop.ink.shape[1])]
    sides = np.array(room).reshape(2, 2) + round(0.4 * crop.height)
    crop.ink = np.pad(crop.ink, sides)
    crop.print = np.zeros_like(crop.ink)
    y, x = y + int(sides[0, 0]), x + int(sides[1, 0])
    part = crop.ink[y : y + written.shape[0], x : x + written.shape[1]]
    np.maximum(part, written, out=part)
    return camera(crop.picture(), rng), crop.text


def _written(text: str, height: float, rng: Rng) -> tuple[Array, int]:
    """Return a text by hand, digits of which would be so high, and how far it is above its line."""
    if HAND:
        font = ImageFont.truetype(HAND[int(rng.integers(len(HAND)))], 100)
        _, top, _, bottom = font.getbbox("8", anchor="ls")
        font = font.font_variant(size=round(100 * height / (bottom - top)))
        box = font.getbbox(text, anchor="ls")
        left, top, right, bottom = (int(side) for side in box)
        image = Image.new("L", (right - left + 8, bottom - top + 8))
        ImageDraw.Draw(image).text((4 - left, 4 - top), text, 255, font, anchor="ls")
        drawn, line = np.asarray(image), 4 - top
    else:
        face, size = cv2.FONT_HERSHEY_SIMPLEX, height / 22
        thick = max(1, round(height * rng.uniform(0.06, 0.1)))
        (wide, high), below = cv2.getTextSize(text, face, size, thick)
        line = high + 2 * thick
        drawn = np.zeros((line + below + 4 * thick, wide + 4 * thick), np.uint8)
        cv2.putText(drawn, text, (2 * thick, line), face, size, 255, thick, cv2.LINE_AA)
    ink = drawn.astype(np.float32) / 255
    first = int(np.flatnonzero(ink.max(axis=1) > 0.3)[0])
    return cut_out(ink), line - first


def printed_words(digits: Dataset, rng: Rng) -> Made:
    return words(digits, rng, by_hand=False)


def letters(digits: Dataset, rng: Rng) -> Made:
    return words(digits, rng, by_hand=True)


def label_by_hand(digits: Dataset, rng: Rng) -> Made:
    return label(digits, rng, by_hand=True)


def ring(digits: Dataset, rng: Rng) -> Made:
    """A ring around the number, by the same pen or another; its ends need not quite meet."""
    crop = plain(digits, rng, room=1.4)
    left, top, right, bottom = crop.box
    x, y = (left + right) / 2, (top + bottom) / 2
    wide = (right - left) / 2 * rng.uniform(1.2, 1.4) + 0.3 * crop.height
    high = (bottom - top) / 2 * rng.uniform(1.3, 1.6) + 0.1 * crop.height
    turn = rng.uniform(0, 2 * np.pi) + np.linspace(0, 2 * np.pi * rng.uniform(0.97, 1.02), 60)
    points = list(
        zip((x + wide * np.cos(turn)).tolist(), (y + high * np.sin(turn)).tolist(), strict=True)
    )
    layer = crop.ink if rng.random() < 0.5 else crop.print
    stroke(layer, points, max(0.8, crop.thick * rng.uniform(0.4, 1.0)))
    return camera(crop.picture(), rng), crop.text


def margins(digits: Dataset, rng: Rng) -> Made:
    """The photo stands on a white page, or between black bars."""
    picture, text = webcam(digits, rng)
    high, wide = picture.shape[:2]
    colour = 255 if rng.random() < 0.5 else 0
    sides = (rng.uniform(0.1, 1.0, 4) * [high, high, wide, wide]).astype(int)
    if rng.random() < 0.3:
        sides[2:] = 0
    top, bottom, left, right = sides.tolist()
    page = np.full((high + top + bottom, wide + left + right, 3), colour, np.uint8)
    page[top : top + high, left : left + wide] = picture
    return page, text


def close_up(digits: Dataset, rng: Rng) -> Made:
    """A few digits by a broad pen fill a picture of many pixels."""
    crop = plain(digits, rng, room=0.3)
    crop.ink = cv2.dilate(crop.ink, np.ones((2, 2), np.uint8))
    times = rng.uniform(400, 900) / max(crop.ink.shape)
    picture = cv2.resize(crop.picture(), None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
    return camera(np.clip(picture, 0, 1), rng), crop.text


def aslant(digits: Dataset, rng: Rng) -> Made:
    """Eight digits on a page that lies up to 9° aslant."""
    made = make_number(digits, 8, rng, gap="close", paper="photo", height=(24, 44))
    high, wide = made.picture.shape[:2]
    angle = float(rng.uniform(4, 9) * rng.choice([-1, 1]))
    move = cv2.getRotationMatrix2D((wide / 2, high / 2), angle, 1)
    c, s = abs(move[0, 0]), abs(move[0, 1])
    size = int(high * s + wide * c), int(high * c + wide * s)
    move[:, 2] += (size[0] - wide) / 2, (size[1] - high) / 2
    border = cv2.BORDER_REPLICATE
    return cv2.warpAffine(made.picture, move, size, flags=cv2.INTER_CUBIC, borderMode=border), (
        made.text
    )


def thumb(digits: Dataset, rng: Rng) -> Made:
    """The thumb that holds the paper, from a side into the picture."""
    crop = plain(digits, rng, room=3)
    room = _rooms(crop)
    side = int(np.argmax(room))
    thick = rng.uniform(0.4, 0.8) * room[side]
    tip = max(room[side] * rng.uniform(0.5, 0.85) - thick / 2, 0)
    lean = rng.normal(0, 0.4) * (tip + thick)
    at = rng.uniform(0.1, 0.9)
    points = [_at_side(crop, side, far, at, off) for far, off in ((-thick, lean), (tip, 0.0))]
    outline = filled(crop.ink.shape, points, thick)
    return camera(laid(crop.picture(), outline, skin(rng), crop.height, rng), rng), crop.text


def thing(digits: Dataset, rng: Rng) -> Made:
    """A coin or a rubber lies beside the number, cut off by the picture's border at times."""
    crop = plain(digits, rng, room=3)
    room = _rooms(crop)
    side = int(np.argmax(room))
    x, y = _at_side(crop, side, room[side] * rng.uniform(0.3, 0.5), rng.uniform(0.15, 0.85))
    size = room[side] * rng.uniform(0.2, 0.45)
    turn = rng.uniform(0, 2 * np.pi)
    if rng.random() < 0.5:
        angles = np.linspace(0, 2 * np.pi, 60)
        points = [(x + size * np.cos(a), y + size * np.sin(a)) for a in angles]
    else:
        long, high = 0.8 * size, 0.8 * size * rng.uniform(0.4, 1)
        cos, sin = np.cos(turn), np.sin(turn)
        corners = [(-long, -high), (long, -high), (long, high), (-long, high)]
        points = [(x + a * cos - b * sin, y + a * sin + b * cos) for a, b in corners]
    grey = rng.uniform(0.05, 0.9) * np.ones(3)
    colour = rng.uniform(0.05, 1, 3) if rng.random() < 0.5 else grey
    outline = filled(crop.ink.shape, points)
    return camera(laid(crop.picture(), outline, colour, crop.height, rng), rng), crop.text


def _at_side(
    crop: Crop, side: int, far: float, along: float, off: float = 0.0
) -> tuple[float, float]:
    """Return the point so far from a side (left, top, right, bottom), at a share of its length."""
    high, wide = crop.ink.shape
    if side in (0, 2):
        return (far if side == 0 else wide - far), along * high + off
    return along * wide + off, (far if side == 1 else high - far)


CONDITIONS: dict[str, Callable[[Dataset, Rng], Made]] = {
    "bare": bare, "underline": underline, "cross": cross, "dots": dots, "dash": dash,
    "ruled": ruled, "squared": squared, "boxed": boxed, "pattern": pattern, "webcam": webcam,
    "shadow": shadow, "faint": faint, "board": board, "neighbours": neighbours, "desk": desk,
    "label": label, "label_by_hand": label_by_hand, "print": printed_words, "letters": letters,
    "ring": ring, "margins": margins, "close_up": close_up, "aslant": aslant,
    "thumb": thumb, "thing": thing,
    "sign": partial(beside, before=("#", "$", "="), behind=("%", "*", "#", "$", "=")),
    "unit": partial(beside, before=BEFORE, behind=BEHIND),
    "bracket": partial(beside, before=("(",), behind=(")",)),
    "question": partial(beside, behind=("?", "!")),
    "stroke": partial(beside, behind=("/-", ",-", "/=")),
}  # fmt: skip


def made_crop(condition: str, place: int, digits: Dataset) -> Made:
    """Return a picture, uint8 (h, w, 3), and its digits."""
    rng = np.random.default_rng([13, list(CONDITIONS).index(condition), place])
    return CONDITIONS[condition](digits, rng)


def digits_of(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--on", choices=["validation", "test"], default="validation")
    parser.add_argument("--count", type=int, default=100, help="pictures of each condition")
    parser.add_argument("--only", nargs="*", default=list(CONDITIONS), choices=list(CONDITIONS))
    parser.add_argument("--save", type=Path, help="a folder for the pictures that are misread")
    parser.add_argument("--hand", type=Path, nargs="*", default=[], metavar="FONT")
    arguments = parser.parse_args()
    HAND[:] = arguments.hand
    digits, reader = getattr(load_mnist(), arguments.on), Reader()
    print("| condition | pictures | right | with something else | confidently wrong |")
    print("|---|---|---|---|---|")
    for condition in arguments.only:
        right = more = sure = 0
        for place in range(arguments.count):
            picture, text = made_crop(condition, place, digits)
            numbers = [n for page in reader.read(picture).pages for n in page.numbers]
            said = [digits_of(number.text) for number in numbers]
            is_right = "".join(said) == text
            right += is_right
            more += not is_right and (text in said or not text)
            sure += not is_right and any(
                number.confidence > 0.9 and digits_of(number.text) != text for number in numbers
            )
            if arguments.save and not is_right:
                arguments.save.mkdir(parents=True, exist_ok=True)
                name = f"{condition}_{place}_{text}_{'-'.join(said)}.png"
                cv2.imwrite(str(arguments.save / name), picture[..., ::-1])
        print(
            f"| {condition} | {arguments.count} | {right / arguments.count:.0%} | {more}"
            f" | {sure} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
