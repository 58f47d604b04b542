"""Made pages as people have them: notes on a desk, a sudoku, sums, a whiteboard, crumpled paper.

    python benchmarks/everyday.py [--on validation] [--count 6] [--only sudoku notes] [--save DIR]

Counted as in `pages.py`. The seed of a page is its kind and its place: the same pages come again.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import cv2
import numpy as np
from pages import (
    HIGH,
    WIDE,
    Array,
    Placed,
    Rng,
    as_bytes,
    blank,
    line,
    measure,
    number,
    put,
    rule,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numerist.data import Dataset

    Made = tuple[Array, list[Placed]]

PENS = (
    (0.1, 0.1, 0.1), (0.1, 0.25, 0.75), (0.8, 0.1, 0.15), (0.15, 0.55, 0.2), (0.5, 0.2, 0.55),
)  # fmt: skip
NOTES = ((0.45, 0.95, 1), (1, 0.95, 0.45), (1, 0.6, 0.75), (0.6, 0.95, 0.65), (1, 0.75, 0.4))
HIGHLIGHTS = ((1, 1, 0.3), (1, 0.55, 0.75), (0.55, 1, 0.55), (0.4, 0.85, 1), (1, 0.7, 0.35))


def seen(light: Array, rng: Rng) -> Array:
    """Return a page as a phone has it: a little blurred, with noise, as JPEG, float32 0…1."""
    blurred = cv2.GaussianBlur(np.clip(light, 0, 1).astype(np.float32), (0, 0), rng.uniform(0.5, 1))
    noisy = blurred + rng.normal(0, rng.uniform(0.005, 0.02), light.shape)
    _, coded = cv2.imencode(
        ".jpg", as_bytes(noisy), [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 95))]
    )
    again: Array = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.float32) / 255
    return again


def one_of(colours: tuple[tuple[float, ...], ...], rng: Rng) -> Array:
    return np.array(colours[rng.integers(len(colours))]) * rng.uniform(0.85, 1)


def drawn(light: Array, ink: Array, pen: Array, left: int, top: int) -> None:
    """Draw ink, (h, w), by a pen of a colour, (3,), onto a page."""
    part = light[top : top + ink.shape[0], left : left + ink.shape[1]]
    part[:] = part * (1 - ink[..., None]) + pen * ink[..., None]


def grain(spread: float, blur: float, rng: Rng) -> Array:
    """Return what a surface differs by from even light, (h, w, 1)."""
    noise = rng.normal(0, 1, (HIGH, WIDE)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), blur)
    even: Array = spread * (smooth / smooth.std())[..., None]
    return even


def notes(digits: Dataset, rng: Rng) -> Made:
    """Coloured notes on a desk, a number or two on each."""
    light = rng.uniform(0.3, 0.95) * rng.uniform(0.8, 1, 3) + grain(0.02, 3, rng)
    numbers = []
    for place in range(6):
        if rng.random() < 0.15:
            continue
        row, column = divmod(place, 2)
        wide, high = 380, 340
        left = 35 + 430 * column + int(rng.integers(-15, 16))
        top = 30 + 390 * row + int(rng.integers(-20, 21))
        light[top + 4 : top + high + 4, left + 4 : left + wide + 4] *= 0.75  # its shadow
        shade = np.linspace(1, rng.uniform(0.85, 1), high)[:, None, None]
        light[top : top + high, left : left + wide] = one_of(NOTES, rng) * shade
        pen = one_of(PENS, rng)
        for k in range(int(rng.integers(1, 3))):
            ink, text = number(digits, int(rng.integers(2, 6)), rng.uniform(36, 60), rng)
            if ink.shape[1] > wide - 40:
                continue
            x = left + int(rng.uniform(15, wide - ink.shape[1] - 15))
            y = top + 40 + 140 * k + int(rng.integers(0, 40))
            drawn(light, ink, pen, x, y)
            numbers.append(Placed((x, y, x + ink.shape[1], y + ink.shape[0]), text))
    return seen(light, rng), numbers


def sudoku(digits: Dataset, rng: Rng) -> Made:
    """Nine by nine cells, a digit in nearly every second."""
    page = blank(rng.uniform(34, 48), rng)
    page.printed = np.full(3, 0.1)
    side, left, top, cells = int(rng.uniform(74, 92)), 30, 120, 9
    for k in range(cells + 1):
        thick = rng.uniform(1, 2) if k % 3 else rng.uniform(3, 5)
        x, y = left + k * side, top + k * side
        line(page.print, (x, top), (x, top + cells * side), thick)
        line(page.print, (left, y), (left + cells * side, y), thick)
    for row, column in np.ndindex(cells, cells):
        ink, text = number(digits, 1, page.height, rng)
        if rng.random() < 0.55 or max(ink.shape) > side - 8:
            continue
        x = left + column * side + (side - ink.shape[1]) / 2 + rng.normal(0, 4)
        y = top + (row + 1) * side - (side - ink.shape[0]) / 2 + rng.normal(0, 4)
        put(page, ink, text, x, y)
    return seen(page.picture(), rng), page.numbers


def sums(digits: Dataset, rng: Rng) -> Made:
    """Numbers below each other, a plus before the last, a line, and what is below it."""
    page = blank(rng.uniform(34, 46), rng)
    high = page.height
    for place in range(6):
        row, column = divmod(place, 2)
        right, bottom, widest = 380 + 430 * column, 100 + 380 * row, 0
        several = int(rng.integers(2, 4))
        for k in range(several + 1):
            ink, text = number(digits, int(rng.integers(2, 6)), high, rng)
            widest = max(widest, ink.shape[1])
            bottom += round(1.6 * high)
            if k == several:
                bottom += round(0.5 * high)
                y = bottom - 1.35 * high
                ends = (right - widest - 30, y), (right + 10, y + rng.normal(0, 3))
                line(page.ink, *ends, rng.uniform(2, 4))
            put(page, ink, text, right - ink.shape[1], bottom)
            if k == several - 1 and rng.random() < 0.8:
                x, y, arm = right - widest - 1.1 * high, bottom - 0.5 * high, 0.3 * high
                line(page.ink, (x - arm, y), (x + arm, y + 2), 3)
                line(page.ink, (x, y - arm), (x + 2, y + arm), 3)
    return seen(page.picture(), rng), page.numbers


def numbered(digits: Dataset, rng: Rng) -> Made:
    """A list on ruled paper: its lines are numbered, and a margin's line goes through that."""
    page = blank(rng.uniform(28, 40), rng)
    high, bottom = page.height, 2.5 * page.height
    first = Placed((0, 0, 1, bottom), "")
    page.numbers.append(first)
    rule(page, 2.1 * high, rng)
    page.numbers.remove(first)
    margin = rng.uniform(0.8, 3.5) * high
    line(page.print, (margin, 0), (margin, HIGH), 2)
    while bottom < HIGH - high:
        ink, text = number(digits, 1 if bottom < HIGH / 2 else 2, high, rng)
        put(page, ink, text, 0.8 * high, bottom)
        x, y = (round(k) for k in (1.0 * high + ink.shape[1], bottom - 0.06 * high))
        cv2.circle(page.ink, (x, y), max(1, round(0.06 * high)), 1.0, -1, cv2.LINE_AA)
        ink, text = number(digits, int(rng.integers(3, 7)), high, rng)
        put(page, ink, text, max(4.2 * high, x + 1.6 * high), bottom)
        bottom += 2.1 * high
    return seen(page.picture(), rng), page.numbers


def cardboard(digits: Dataset, rng: Rng) -> Made:
    """Brown and corrugated, written on by a felt pen."""
    page = written(digits, rng)
    page.ink = cv2.dilate(page.ink, np.ones((3, 3), np.uint8), iterations=int(rng.integers(0, 2)))
    page.paper = np.array([0.72, 0.6, 0.45]) * rng.uniform(0.8, 1.1)
    waves = np.sin(2 * np.pi * np.arange(HIGH) / rng.uniform(9, 20) + rng.uniform(0, 6))
    light = page.picture() * (1 + 0.04 * waves[:, None, None]) + grain(0.02, 1.2, rng)
    return seen(light, rng), page.numbers


def colours(digits: Dataset, rng: Rng) -> Made:
    """Each number by another pen."""
    page = written(digits, rng)
    light = np.ones((HIGH, WIDE, 3), np.float32) * page.paper
    for placed in page.numbers:
        left, top, right, bottom = (int(side) for side in placed.box)
        drawn(light, page.ink[top:bottom, left:right], one_of(PENS, rng), left, top)
    return seen(light, rng), page.numbers


def highlighted(digits: Dataset, rng: Rng) -> Made:
    """A broad bright pen went over half of the numbers."""
    page = written(digits, rng)
    light = page.picture()
    for placed in page.numbers:
        if rng.random() < 0.5:
            continue
        left, top, right, bottom = placed.box
        high, middle = bottom - top, (top + bottom) / 2
        layer = np.zeros((HIGH, WIDE), np.float32)
        begin, end = left - rng.uniform(0, 1) * high, right + rng.uniform(0, 1) * high
        rise = rng.normal(0, 4)
        line(layer, (begin, middle), (end, middle + rise), high * rng.uniform(0.7, 1.4))
        strong = rng.uniform(0.6, 1) * cv2.GaussianBlur(layer, (0, 0), 1.2)[..., None]
        light *= 1 - strong * (1 - one_of(HIGHLIGHTS, rng))
    return seen(light, rng), page.numbers


def corrected(digits: Dataset, rng: Rng) -> Made:
    """Under some numbers the paper was painted white."""
    page = written(digits, rng)
    light = np.ones((HIGH, WIDE, 3)) * page.paper * np.array([1, 0.95, 0.88]) * rng.uniform(0.8, 1)
    for placed in page.numbers:
        if rng.random() < 0.6:
            continue
        left, top, right, bottom = placed.box
        pad = rng.uniform(3, 14)
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        outwards = pad * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) + rng.normal(0, 4, (4, 2))
        layer = np.zeros((HIGH, WIDE), np.float32)
        cv2.fillPoly(layer, [np.rint(np.array(corners) + outwards).astype(np.int32)], 1.0)
        layer = cv2.GaussianBlur(layer, (0, 0), 1)
        rim = np.abs(cv2.GaussianBlur(np.roll(layer, 2, axis=0) - layer, (0, 0), 1))
        light = light * (1 - layer[..., None]) + rng.uniform(0.95, 1) * layer[..., None]
        light -= 0.12 * rim[..., None]
    drawn(light, page.ink, page.pen, 0, 0)
    return seen(light, rng), page.numbers


def crumpled(digits: Dataset, rng: Rng) -> Made:
    """Folds across the page, each of its sides in another light."""
    page = written(digits, rng)
    light = np.ones((HIGH, WIDE), np.float32)
    down, aside = np.mgrid[:HIGH, :WIDE].astype(np.float32)
    for _ in range(int(rng.integers(6, 16))):
        turn, away = rng.uniform(0, np.pi), rng.uniform(-600, 600)
        off = (aside - WIDE / 2) * np.cos(turn) + (down - HIGH / 2) * np.sin(turn) - away
        fades = np.exp(-np.abs(off) / rng.uniform(20, 150))
        light += rng.uniform(0.03, 0.12) * np.sign(off) * fades
    light = cv2.GaussianBlur(light, (0, 0), 1.5)
    return seen(page.picture() * light[..., None], rng), page.numbers


def dark(digits: Dataset, rng: Rng) -> Made:
    """Bright colours on black, as a tablet shows them at night."""
    page = written(digits, rng)
    light = np.full((HIGH, WIDE, 3), rng.uniform(0.03, 0.14), np.float32)
    for placed in page.numbers:
        left, top, right, bottom = (int(side) for side in placed.box)
        pen = 1 - 0.7 * one_of(PENS, rng)
        drawn(light, page.ink[top:bottom, left:right], pen, left, top)
    return light, page.numbers


def whiteboard(digits: Dataset, rng: Rng) -> Made:
    """Grey, smeared, with a lamp's reflection; the pen is nearly dry."""
    page = written(digits, rng)
    light = rng.uniform(0.6, 0.85) * rng.uniform(0.95, 1, 3) * np.ones((HIGH, WIDE, 3))
    smeared = cv2.GaussianBlur(rng.normal(0, 1, (HIGH, WIDE)), (0, 0), sigmaX=40, sigmaY=6)
    light *= 1 - 0.06 * np.abs(smeared / np.abs(smeared).max())[..., None]
    dry = np.clip(1 - np.abs(grain(0.23, 5, rng)[..., 0]), 0.35, 1)
    drawn(light, page.ink * dry, one_of(PENS[:4], rng), 0, 0)
    down, aside = np.mgrid[:HIGH, :WIDE]
    off = np.hypot(aside - rng.uniform(0, WIDE), down - rng.uniform(0, HIGH))
    lamp = np.exp(-((off / rng.uniform(60, 150)) ** 2) / 2)[..., None]
    light += (1 - light) * lamp * rng.uniform(0.4, 0.9)
    return seen(light, rng), page.numbers


KINDS: dict[str, Callable[[Dataset, Rng], Made]] = {
    kind.__name__: kind
    for kind in (
        notes, sudoku, sums, numbered, cardboard, colours, highlighted, corrected, crumpled, dark,
        whiteboard,
    )
}  # fmt: skip


def made(kind: str, place: int, digits: Dataset) -> Made:
    """Return a page, uint8 (h, w, 3), and the numbers on it."""
    rng = np.random.default_rng([zlib.crc32(kind.encode()), place])
    picture, numbers = KINDS[kind](digits, rng)
    return as_bytes(picture), numbers


if __name__ == "__main__":
    measure(KINDS, made, __doc__)
