"""The normaliser's steps one by one, beside plain slow versions and other libraries."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from numerist.image.frame import without_frame
from numerist.image.ink import digit_pieces, look
from numerist.image.normalise import is_normalised, stroke_width
from numerist.image.paper import darkening
from numerist.image.resample import between, footprints, shrink


@given(
    start=st.floats(-20, 20),
    step=st.floats(0.1, 9),
    broad=st.floats(1, 2),
    count=st.integers(1, 9),
    size=st.integers(1, 9),
)
def test_footprints_beside_counting_small_steps(
    start: float, step: float, broad: float, count: int, size: int
) -> None:
    width = max(1.0, broad * step)
    weights = footprints(start, step, width, count, size)
    fine = (np.arange(4000) + 0.5) / 4000 * width
    for row in range(count):
        places = np.floor(start + (row + 0.5) * step - width / 2 + fine)
        slow = [(places == column).mean() for column in range(size)]
        np.testing.assert_allclose(weights[row], slow, atol=2 / 4000)


def test_cubic_convolution_beside_two_libraries() -> None:
    """Its weights are linear in a, which is −0.5 in Pillow and −0.75 in OpenCV; ours is −0.9."""
    line = np.random.default_rng(0).uniform(0, 1, (1, 30)).astype(np.float32)
    pillow = np.asarray(Image.fromarray(line).resize((90, 1), Image.Resampling.BICUBIC))[0]
    opencv = cv2.resize(line, (90, 1), interpolation=cv2.INTER_CUBIC)[0]
    expected = pillow + (opencv - pillow) * (0.9 - 0.5) / (0.75 - 0.5)
    ours = between(0.0, 1 / 3, 90, 30) @ line[0]
    np.testing.assert_allclose(ours[6:-6], expected[6:-6], atol=1e-5)  # borders: their own ways


def test_outside_the_line_is_paper() -> None:
    """Eight pixels, of which 1.5 to 6.5 have two on either side; new ones of a half from −5 on."""
    middle = -5 + (np.arange(40) + 0.5) / 2
    weights = between(-5.0, 0.5, 40, 8)
    inside = (middle > 1.5) & (middle < 6.5)
    assert inside.sum() == 10
    np.testing.assert_allclose(weights[inside].sum(axis=1), 1)
    assert not weights[(middle < -1.5) | (middle > 9.5)].any()


def test_shrinking_is_area_averaging_as_in_pillow() -> None:
    rng = np.random.default_rng(0)
    picture = rng.uniform(0, 1, (90, 61)).astype(np.float32)
    expected = Image.fromarray(picture).resize((20, 30), Image.Resampling.BOX)
    ours = shrink(picture, 30)
    assert ours.shape == (30, 20)
    np.testing.assert_allclose(ours.mean(), picture.mean(), atol=1e-3)
    np.testing.assert_allclose(shrink(picture[:, :60], 30), _box(picture[:, :60], 3), atol=1e-6)
    assert np.abs(ours - np.asarray(expected)).mean() < 0.03  # Pillow rounds windows to pixels
    assert shrink(picture, 90) is picture


def _box(picture: Any, every: int) -> Any:
    height, width = (n // every for n in picture.shape)
    return picture.reshape(height, every, width, every).mean(axis=(1, 3))


@pytest.mark.parametrize("sign", [-1, 1])
def test_even_light_leaves_the_ink_alone(sign: int) -> None:
    """What is known: paper that is a plane, ink that absorbs half of the light, noise of 0.01."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:100, :100] / 100
    light = 0.6 + sign * (0.2 * x - 0.15 * y)
    ink = np.zeros((100, 100))
    ink[30:70, 45:55] = 0.5
    difference, noise = darkening((light * (1 - ink) + rng.normal(0, 0.006, x.shape)).astype("f4"))
    assert np.abs(difference - ink).mean() < 0.02
    assert difference[30:70, 45:55].mean() == pytest.approx(0.5, abs=0.03)
    assert noise == pytest.approx(0.01, rel=0.4)  # 0.006 of light of about 0.6


def test_a_soft_shadow_is_followed() -> None:
    x = np.mgrid[:160, :160][1] / 160
    light = 0.9 - 0.3 / (1 + np.exp(-(x - 0.55) / 0.05))
    ink = np.zeros((160, 160))
    ink[40:120, 60:70] = ink[40:120, 100:110] = 0.7
    difference, _ = darkening((light * (1 - ink)).astype(np.float32))
    assert np.abs(difference[ink == 0]).mean() < 0.02
    assert difference[40:120, 60:70].mean() == pytest.approx(0.7, abs=0.03)
    assert difference[40:120, 100:110].mean() == pytest.approx(0.7, abs=0.03)


def test_the_direction_of_colour_is_found() -> None:
    """Red ink as bright as its green paper: a grey picture would not show it."""
    green, red = np.array([0.2, 0.6, 0.3]), np.array([0.9, 0.257, 0.3])
    grey = np.array([0.299, 0.587, 0.114])
    assert green @ grey == pytest.approx(red @ grey, abs=0.01)
    picture = np.broadcast_to(green, (60, 60, 3)).astype(np.float32).copy()
    picture[20:40, 28:32] = red
    seen = look(picture)
    assert seen.box == (28, 20, 32, 40)
    assert seen.digit.sum() == 80


def test_a_frame_is_measured_on_each_side() -> None:
    paper = np.full((60, 50), 0.9, np.float32)
    paper[20:40, 24:28] = 0.1
    framed = np.pad(paper, ((3, 4), (5, 2)), constant_values=0.1)
    inside = without_frame(framed)
    assert inside.min(axis=1)[0] > 0.8  # no frame left
    assert inside.shape[0] >= 56
    assert inside.shape[1] >= 46
    assert (inside == np.float32(0.1)).sum() == 80  # the stroke is whole
    for bare in (paper, 1 - paper):
        assert without_frame(bare) is bare


def a_seven(side: int = 80) -> Any:
    """A seven with a level bar, 0.1 on paper of 0.9, up to all edges but the right one."""
    picture = np.full((side, side), 0.9, np.float32)
    picture[:8] = 0.1
    for row in range(side):
        left = int(60 - 0.7 * row)
        picture[row, max(left, 0) : left + 9] = 0.1
    return picture


@pytest.mark.parametrize("light", [True, False])
@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("sides", [1, 2])
def test_a_desk_beside_the_paper_goes(sides: int, turns: int, light: bool) -> None:
    """Its edge may be slant; where it is, paper's colour is."""
    picture = np.full((100, 120), 0.9, np.float32)
    picture[50:80, 60:66] = 0.1
    down, across = np.indices(picture.shape)
    beside = across + 0.05 * down < 20
    if sides > 1:
        beside |= down - 0.04 * across < 15
    picture[beside] = 0.25
    picture = np.rot90(picture if light else 1 - picture, turns)
    inside = without_frame(picture)
    paper, ink = (0.9, 0.1) if light else (0.1, 0.9)
    stroke = np.isclose(inside, ink, atol=1e-6)
    assert stroke.sum() == 180
    assert np.allclose(inside[~stroke], paper, atol=1e-6)
    assert inside.shape != picture.shape


def test_what_is_no_desk_stays() -> None:
    """A bar of a digit, ink that touches what is dark, dark along opposite sides."""
    paper = np.full((100, 120), 0.9, np.float32)
    paper[40:80, 60:66] = 0.1
    touching, opposite, deep, round_ = (paper.copy() for _ in range(4))
    touching[:12] = touching[:60, 60:66] = 0.1
    opposite[:12] = opposite[-12:] = 0.1
    deep[:35] = 0.1
    down, across = np.indices(paper.shape)
    round_[down < 14 + 10 * np.sin(across / 12)] = 0.1
    for picture in (a_seven(), 1 - a_seven(), touching, opposite, deep, round_):
        assert without_frame(picture) is picture


def piece(left: int, top: int, width: int, height: int, pixels: int | None = None) -> list[int]:
    return [left, top, width, height, pixels if pixels is not None else width * height // 3]


@pytest.mark.parametrize(
    ("pieces", "kept"),
    [
        ([piece(40, 40, 30, 50)], [True]),
        ([piece(40, 40, 30, 50), piece(42, 28, 28, 5)], [True, True]),  # the bar of a 5
        ([piece(40, 40, 30, 50), piece(5, 5, 3, 3)], [True, False]),  # a speck far away
        ([piece(40, 40, 30, 50), piece(72, 60, 3, 3)], [True, False]),  # a speck near
        ([piece(40, 40, 20, 50), piece(70, 40, 20, 50)], [True, True]),  # two digits
        ([piece(40, 40, 30, 50), piece(0, 110, 150, 4)], [True, False]),  # a ruled line
        ([piece(40, 40, 30, 50), piece(0, 0, 6, 150)], [True, False]),  # a shadow at the edge
        ([piece(40, 40, 30, 50), piece(100, 20, 20, 20, 310)], [True, False]),  # a punched hole
        ([piece(40, 40, 30, 50, 300), piece(2, 60, 20, 20, 400)], [True, False]),  # larger by area
        ([piece(40, 40, 30, 50), piece(71, 40, 20, 16, 300)], [True, True]),  # a bold bar beside it
        ([piece(40, 40, 20, 20, 400)], [True]),  # nothing else is there
        ([piece(0, 20, 150, 5)], [True]),  # nothing else is there
        ([piece(60, 10, 6, 12), piece(60, 25, 6, 12), piece(60, 40, 6, 12)], [True] * 3),
    ],
)
def test_which_pieces_make_the_digit(pieces: list[list[int]], kept: list[bool]) -> None:
    assert digit_pieces(np.array(pieces), (150, 150)).tolist() == kept


def test_what_counts_as_normalised() -> None:
    image = np.zeros((28, 28), np.float32)
    image[5:25, 13:16] = 1
    assert is_normalised(image)
    assert not is_normalised(image * 0.5)  # too faint
    assert not is_normalised(np.roll(image, 2, axis=1))  # not in the middle
    assert not is_normalised(image[::-1] + 0.1)  # no paper
    short = image.copy()
    short[5] = short[24] = 0
    assert not is_normalised(short)


def test_the_width_of_strokes() -> None:
    ring = np.zeros((200, 200))
    y, x = np.mgrid[:200, :200] - 99.5
    ring[np.abs(np.hypot(x, y) - 60) <= 4] = 1
    assert stroke_width(ring) == pytest.approx(8 * np.pi / 4, rel=0.05)  # outlines are of steps
