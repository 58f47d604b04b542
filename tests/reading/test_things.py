"""Things on made pages: found to the pixel, and writing left where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from numerist.reading.afar import from_afar
from numerist.reading.ink import ink_close_by, page_ink

if TYPE_CHECKING:
    from collections.abc import Callable

    from numerist.reading.ink import Ink

HIGH, WIDE = 160, 300
RNG = np.random.default_rng(8)


def written(thick: int = 4) -> np.ndarray:
    """Angles like sevens in a row, 36 pixels high, in the upper left of a page."""
    strokes = np.zeros((HIGH, WIDE), bool)
    for left in range(30, 180, 30):
        strokes[24 : 24 + thick, left : left + 20] = True
        strokes[24:60, left + 20 - thick : left + 20] = True
    return strokes


def disc(x: int, y: int, radius: int) -> np.ndarray:
    drawn = np.zeros((HIGH, WIDE), np.uint8)
    cv2.circle(drawn, (x, y), radius, 1, -1)
    return drawn > 0


def rubber() -> np.ndarray:
    """A rectangle that the lower border cuts."""
    drawn = np.zeros((HIGH, WIDE), bool)
    drawn[120:, 200:250] = True
    return drawn


def blotted_four() -> np.ndarray:
    """A square without one corner, as high as the writing."""
    strokes = np.zeros((HIGH, WIDE), bool)
    strokes[24:60, 200:236] = True
    strokes[24:42, 200:216] = False
    return strokes


def bold_sixes() -> np.ndarray:
    """Two of them, nearly twice as high as the sevens and three times as thick."""
    drawn = np.zeros((HIGH, WIDE), np.uint8)
    for x, thick in ((225, -1), (270, 9)):
        cv2.circle(drawn, (x, 110), 15, 1, thick)
        cv2.line(drawn, (x - 10, 105), (x + 8, 70), 1, 9)
    return drawn > 0


def oval(x: int, y: int, wide: int, high: int) -> np.ndarray:
    drawn = np.zeros((HIGH, WIDE), np.uint8)
    cv2.ellipse(drawn, (x, y), (wide, high), 0, 0, 360, 1, -1)
    return drawn > 0


def seen(light: np.ndarray) -> np.ndarray:
    """Through a lens, with noise."""
    blurred = cv2.GaussianBlur(light.astype(np.float32), (0, 0), 0.7)
    noise = RNG.normal(0, 0.004, light.shape)
    return np.asarray(np.clip(blurred + noise, 0, 1), np.float32)


def page(strokes: np.ndarray, thing: np.ndarray, light: float) -> np.ndarray:
    return seen(np.where(thing, light, np.where(strokes, 0.2, 0.8)))


THINGS = {
    "in the page": disc(230, 100, 34),
    "at the side": disc(300, 90, 40),
    "in a corner": disc(10, 150, 60),
    "a rubber": rubber(),
}


@pytest.mark.parametrize("where", THINGS)
@pytest.mark.parametrize("light", [0.05, 0.4, 0.6, 1.0])
@pytest.mark.parametrize("find_ink", [page_ink, ink_close_by])
def test_a_thing_beside_writing_is_no_ink(
    where: str, light: float, find_ink: Callable[[np.ndarray], Ink]
) -> None:
    strokes, thing = written(), THINGS[where]
    ink = find_ink(page(strokes, thing, light)).strokes
    assert (ink & strokes).sum() > 0.9 * strokes.sum()
    assert (ink & ~cv2.dilate(strokes.astype(np.uint8), np.ones((5, 5))).astype(bool)).sum() < 12


@pytest.mark.parametrize("where", THINGS)
def test_it_is_found_where_it_lies(where: str) -> None:
    afar = from_afar(page(written(), THINGS[where], 0.4))
    assert afar.sheet is not None
    assert (afar.sheet != THINGS[where]).mean() > 0.995


@pytest.mark.parametrize(
    "strokes",
    [
        pytest.param(written(3), id="thin"),
        pytest.param(written(10), id="thick"),
        pytest.param(written(3) | (written(12) & (np.arange(WIDE) > 120)), id="thin and thick"),
        pytest.param(written() | disc(205, 57, 4), id="a point"),
        pytest.param(written(3) | blotted_four(), id="a four that ran full"),
        pytest.param(written(3) | bold_sixes(), id="bold sixes, one of which ran full"),
        pytest.param(written(4) | oval(205, 42, 11, 18), id="a zero that ran full"),
        pytest.param(np.zeros((HIGH, WIDE), bool), id="nothing"),
        pytest.param(disc(150, 80, 50), id="nothing else"),
    ],
)
def test_writing_is_no_thing(strokes: np.ndarray) -> None:
    assert from_afar(page(strokes, np.zeros_like(strokes), 0.0)).sheet is None


@pytest.mark.parametrize("holes", [(), (1,), (1, 3)])
def test_a_digit_whose_holes_ran_full_is_no_thing(holes: tuple[int, ...]) -> None:
    strokes = written()
    for k in range(5):
        left = 30 + 30 * k
        strokes[24:60, left : left + 24] = False
        for y, radius in ((32, 8), (48, 12)):
            thick = -1 if k in holes else 4
            eight = np.zeros((HIGH, WIDE), np.uint8)
            cv2.circle(eight, (left + 10, y), radius, 1, thick)
            strokes |= eight > 0
    assert from_afar(page(strokes, np.zeros_like(strokes), 0.0)).sheet is None


@pytest.mark.parametrize("edge", [62, 100, 150])
@pytest.mark.parametrize("slope", [-0.4, 0.0, 0.3])
def test_paper_in_a_sharp_shadow_that_holds_writing_is_no_thing(edge: int, slope: float) -> None:
    strokes = written()
    y, x = np.mgrid[:HIGH, :WIDE]
    light = np.where(x + slope * y > edge, 0.5, 1.0)
    picture = seen(np.where(strokes, 0.2, 0.8) * light)
    ink = page_ink(picture).strokes
    assert (ink & strokes).sum() > 0.85 * strokes.sum()


def test_a_soft_shadow_is_no_thing() -> None:
    y, x = np.mgrid[:HIGH, :WIDE]
    light = 1 - 0.6 * np.exp(-((x - 240) ** 2 + (y - 110) ** 2) / 40**2)
    assert from_afar(seen(np.where(written(), 0.2, 0.8) * light)).sheet is None
