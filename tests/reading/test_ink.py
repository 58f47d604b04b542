"""Ink of made pages, against what was drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from numerist.reading.ink import (
    ink_close_by,
    ink_from_further_off,
    ink_in_all_colours,
    is_colourful,
    is_evenly_lit,
    page_ink,
)
from numerist.reading.sheet import find_sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from numerist.data import Mnist
    from numerist.reading.ink import Ink

    Grid = Callable[..., tuple[np.ndarray, int]]

RNG = np.random.default_rng(0)


def drawn(strokes: np.ndarray, kind: str) -> np.ndarray:
    """A page with these strokes, 0…1."""
    high, wide = strokes.shape
    y, x = np.mgrid[0 : 1 : high * 1j, 0 : 1 : wide * 1j]
    light = {
        "plain": np.ones_like(x),
        "sloping": 1 - 0.5 * x,
        "dark corners": 1 - 0.8 * ((x - 0.5) ** 2 + (y - 0.5) ** 2),
        "shadow": 1 - 0.35 / (1 + np.exp(-(x - y) / 0.03)),
        "inverse": np.ones_like(x),
        "noisy": np.ones_like(x),
        "faint": np.ones_like(x),
    }[kind]
    paper, pen = {"inverse": (0.1, 0.9), "faint": (0.9, 0.75)}.get(kind, (0.9, 0.25))
    noise = 0.03 if kind == "noisy" else 0.004
    page = (paper + (pen - paper) * strokes) * light + RNG.normal(0, noise, strokes.shape)
    result: np.ndarray = np.clip(page, 0, 1).astype(np.float32)
    return result


@pytest.mark.parametrize(
    "kind", ["plain", "sloping", "dark corners", "shadow", "inverse", "noisy", "faint"]
)
@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("find_ink", [page_ink, ink_close_by])
def test_ink_is_what_was_drawn_whatever_the_light(
    kind: str, colour: bool, find_ink: Callable[[np.ndarray], Ink], grid: Grid
) -> None:
    strokes, _ = grid(300, 420)
    page = drawn(strokes, kind)
    if colour:
        page = np.stack([page, page**1.1, page**1.3], axis=2)
    ink = find_ink(page)
    both = (ink.strokes & strokes).sum()
    assert both / strokes.sum() > 0.95
    near = ink.strokes[12:228, 12:380]  # the edge of a shadow may stay where nothing is written
    assert both / near.sum() > 0.85  # an edge may be half a pixel wider
    assert ink.level[strokes].mean() > 0.8
    assert ink.level[~strokes].mean() < 0.06


@pytest.mark.parametrize(
    ("kind", "even"),
    [
        ("plain", True), ("inverse", True), ("noisy", True), ("faint", True),
        ("sloping", False), ("dark corners", False), ("shadow", False),
    ],
)  # fmt: skip
def test_writing_does_not_make_light_uneven(kind: str, even: bool, grid: Grid) -> None:
    strokes, _ = grid(300, 420)
    page = drawn(strokes, kind)
    assert is_evenly_lit(page) == even
    assert is_evenly_lit(np.stack([page] * 3, axis=2)) == even


@pytest.mark.parametrize("paper", [
    (1.0, 1.0, 1.0), (0.9, 0.8, 0.4), (0.8, 0.85, 1.0), (0.3, 0.3, 0.3), (0.3, 0.4, 0.9),
])  # fmt: skip
def test_a_red_stamp_makes_a_page_colourful_and_black_ink_can_be_seen_under_it(
    paper: tuple[float, ...], grid: Grid
) -> None:
    strokes, _ = grid(300, 420)
    page = np.where(strokes[..., None], 0.15, 1) * np.array(paper, np.float32)
    assert not is_colourful(page)
    assert not is_colourful(page.mean(axis=2))
    assert not is_colourful(page.mean(axis=2, keepdims=True))
    stamp = np.zeros(strokes.shape, np.uint8)
    for radius in (60, 80):
        cv2.circle(stamp, (200, 150), radius, 1, 5)
    stamp[140:160, 150:250] = 1
    page = page * np.where(stamp[..., None], (0.9, 0.3, 0.35), 1).astype(np.float32)
    assert is_colourful(page)
    ink = ink_in_all_colours(page)
    assert (ink.strokes & strokes).sum() > 0.95 * strokes.sum()
    alone = (stamp > 0) & (cv2.dilate(strokes.astype(np.uint8), np.ones((5, 5))) == 0)
    assert (ink.strokes & alone).sum() < 0.02 * alone.sum()
    assert (page_ink(page).strokes & alone).sum() > 0.5 * alone.sum()


def test_chalk_can_be_seen_under_a_red_ring_on_a_board(grid: Grid) -> None:
    strokes, _ = grid(300, 420)
    ring = np.zeros(strokes.shape, np.uint8)
    cv2.circle(ring, (200, 150), 70, 1, 6)
    page = np.full((*strokes.shape, 3), 0.2, np.float32)
    page[ring > 0] = (0.9, 0.2, 0.2)
    page[strokes] = 0.9
    assert is_colourful(page)
    ink = ink_in_all_colours(page)
    assert (ink.strokes & strokes).sum() > 0.95 * strokes.sum()
    alone = (ring > 0) & (cv2.dilate(strokes.astype(np.uint8), np.ones((5, 5))) == 0)
    assert (ink.strokes & alone).sum() < 0.02 * alone.sum()


@pytest.mark.parametrize("light", [False, True])
def test_crumbs_of_chalk_are_strokes_from_further_off(light: bool) -> None:
    written = np.zeros((240, 600), np.uint8)
    for x in range(80, 600, 110):
        cv2.ellipse(written, (x, 120), (34, 60), 0, 0, 360, 1, 12)
    rng = np.random.default_rng(3)
    crumbs = cv2.GaussianBlur(rng.standard_normal(written.shape), (0, 0), 1.5) > -0.04
    chalk = (written > 0) & crumbs
    page = (np.where(chalk, 0.8, 0.3) + rng.normal(0, 0.02, chalk.shape)).astype(np.float32)
    page = page if light else 1 - page
    near, far = page_ink(page).strokes, ink_from_further_off(page, 120).strokes
    parts = [cv2.connectedComponents(ink.astype(np.uint8))[0] - 1 for ink in (near, far)]
    assert parts[0] > 20
    assert parts[1] == 5
    both = cv2.dilate(written, np.ones((15, 15))) > 0
    assert not (far & ~both).any()


def test_from_further_off_no_stroke_leads_to_a_border_that_it_does_not_lead_to() -> None:
    page = np.ones((84, 120), np.float32)
    page[2:82, 2:118:19] = page[2:82, 3:118:19] = page[2:82, 4:118:19] = 0
    rim = np.ones(page.shape, bool)
    rim[1:-1, 1:-1] = False
    ink = ink_from_further_off(page, 80)
    assert ink.strokes.any()
    assert not (ink.strokes & rim).any()
    page[:2] = page[2]
    cut = ink_from_further_off(page, 80).strokes
    assert cut[0].any()
    assert not (cut & rim)[1:].any()


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (60, 40)])
def test_blank_paper_has_no_ink(size: tuple[int, int]) -> None:
    for level in (0.0, 0.5, 1.0):
        assert not page_ink(np.full(size, level, np.float32)).strokes.any()


def test_noise_is_hardly_ever_taken_for_ink() -> None:
    inked = 0
    for seed in range(40):
        paper = np.random.default_rng(seed).normal(0.8, 0.01, (60, 40)).astype(np.float32)
        inked += page_ink(np.clip(paper, 0, 1)).strokes.mean() > 0.02
    assert inked <= 4


def test_a_thick_digit_that_fills_a_small_picture_is_not_hollow() -> None:
    strokes = np.zeros((60, 44), bool)
    strokes[6:54, 16:30] = True
    ink = page_ink(drawn(strokes, "plain"))
    assert (ink.strokes & strokes).sum() / strokes.sum() > 0.95


def test_depth_is_the_same_wherever_a_pen_wrote() -> None:
    """Unlike the level, which is measured by the ink nearby."""
    pen, pale = np.zeros((400, 600), bool), np.zeros((400, 600), bool)
    pen[100:140, 60:540:40] = pen[100:140, 61:540:40] = pen[100:140, 62:540:40] = True
    pale[300:303, 20:580] = pale[120:123, 20:580] = True
    page = np.full((400, 600), 0.9, np.float32)
    page[pale] = 0.9 * 0.7
    page[pen] = 0.9 * 0.2
    page *= np.linspace(1, 0.6, 600, dtype=np.float32)  # the light falls from the left
    depth = page_ink(page).depth
    near, far = depth[121, 70:530][~pen[121, 70:530]], depth[301, 70:530]
    assert depth[110, 61:540:40] == pytest.approx(1, abs=0.12)
    assert np.median(near) == pytest.approx(0.3 / 0.8, abs=0.06)
    assert np.median(far) == pytest.approx(0.3 / 0.8, abs=0.06)


def on_table(corners: list[tuple[int, int]], table: float) -> tuple[np.ndarray, np.ndarray]:
    """A page of strokes on a table, 0…1, (320, 240), and which of it is the sheet."""
    drawing = Image.new("L", (240, 320))
    ImageDraw.Draw(drawing).polygon(corners, fill=255)
    sheet = np.asarray(drawing) > 0
    page = np.where(sheet, 0.9, table)
    for top in range(60, 240, 30):
        page[top : top + 12, 60:180:9] = page[top : top + 12, 61:180:9] = 0.2
    grain = RNG.normal(0, 0.01, page.shape)
    return np.clip(page + grain, 0, 1).astype(np.float32), sheet


WHOLE = [(30, 20), (215, 35), (205, 295), (22, 280)]
CUT_OFF = [(0, 25), (228, 35), (215, 319), (0, 319)]


@pytest.mark.parametrize("corners", [WHOLE, CUT_OFF])
@pytest.mark.parametrize("table", [0.1, 0.5, 0.7])
def test_a_sheet_on_a_darker_table_is_found(corners: list[tuple[int, int]], table: float) -> None:
    page, sheet = on_table(corners, table)
    found = find_sheet(page[..., None])
    assert found is not None
    assert (found & sheet).sum() / (found | sheet).sum() > 0.96


@pytest.mark.parametrize("find_ink", [page_ink, ink_close_by])
def test_on_the_table_around_a_sheet_there_is_no_ink(
    find_ink: Callable[[np.ndarray], Ink],
) -> None:
    page, sheet = on_table(WHOLE, 0.2)
    page[5:15, 100:140] = 0.9  # something light on the table
    strokes = find_ink(page).strokes
    assert strokes[sheet].any()
    assert not strokes[~sheet].any()


def test_a_sheet_with_dark_squares_is_found() -> None:
    page, sheet = on_table(WHOLE, 0.1)
    squares = np.zeros_like(sheet)
    for place in (0, 1):
        squares[place::8] = squares[:, place::8] = True
    page[squares & sheet] *= 0.5
    found = find_sheet(page[..., None])
    assert found is not None
    assert (found & sheet).sum() / (found | sheet).sum() > 0.96


def test_a_sheet_is_found_where_the_table_has_a_patch_as_light() -> None:
    page, sheet = on_table(WHOLE, 0.3)
    rows, columns = np.nonzero(sheet)
    low, right = int(np.median(rows)), int(columns[np.abs(rows - np.median(rows)) < 2].max())
    page[low : low + 14, right - 3 : right + 25] = 0.9
    found = find_sheet(page[..., None])
    assert found is not None
    assert (found & sheet).sum() / (found | sheet).sum() > 0.96


def test_what_goes_on_beyond_a_corner_is_no_sheet() -> None:
    """Dense writing may part a corner from the rest; better no sheet than one without it."""
    page, sheet = on_table([(20, 20), (220, 20), (220, 300), (20, 300)], 0.05)
    y, x = np.mgrid[0:320, 0:240]
    page[(abs(x + y - 140) < 10) & ((x - y) % 20 < 9) & sheet] = 0.2
    found = find_sheet(page[..., None])
    assert found is None or found[24:60, 24:60].all()


def test_a_sheet_half_in_shadow_is_found() -> None:
    page, sheet = on_table(WHOLE, 0.5)
    down = np.linspace(0, 1, len(page), dtype=np.float32)[:, None]
    found = find_sheet((page / (1 + 2 / (1 + np.exp((down - 0.6) / 0.05))))[..., None])
    assert found is not None
    assert (found & sheet).sum() / (found | sheet).sum() > 0.96


@pytest.mark.parametrize("turn", range(4))
@pytest.mark.parametrize("slope", [0.0, 0.05])
def test_a_dark_strip_along_a_side_is_no_ink_and_hides_none(turn: int, slope: float) -> None:
    """The table beyond the paper's edge, in a picture cut out of a page."""
    page = np.full((80, 80, 3), (0.9, 0.88, 0.85), np.float32)
    written = np.zeros((80, 80), bool)
    for left in (34, 52, 66):
        written[20:60, left : left + 4] = True
    page[written] = 0.25
    page[np.arange(80) < 14 + slope * np.arange(80)[:, None]] = 0.1, 0.15, 0.3
    ink = page_ink(np.clip(np.rot90(page, turn) + RNG.normal(0, 0.01, page.shape), 0, 1))
    found = np.rot90(ink.strokes, -turn)
    assert (found & written).sum() / written.sum() > 0.95
    assert (found & ~written).sum() < 0.1 * written.sum()


@pytest.mark.parametrize("dark", [0.3, 0.6])
def test_what_is_written_in_a_dark_strip_is_not_taken_for_a_table(dark: float) -> None:
    page = np.full((120, 160), 0.9)
    page[:, :60] *= dark
    page[40:80, 20:24] *= 0.3
    page[40:80, 36:40] *= 0.3
    assert find_sheet(page[..., None].astype(np.float32)) is None


def test_a_digit_along_the_border_is_not_taken_for_a_table(mnist: Mnist) -> None:
    for digit in mnist.validation.images[:500]:
        inked = digit > 0.3
        tight = np.kron(digit[inked.any(axis=1)][:, inked.any(axis=0)], np.ones((3, 3)))
        picture = np.hstack([tight, 0 * tight, 0 * tight, tight])
        assert find_sheet(1 - picture[..., None].astype(np.float32)) is None


def test_nothing_on_a_table_is_ink_and_all_on_the_sheet_is() -> None:
    page, sheet = on_table(WHOLE, 0.3)
    page[5:12, 100:103] = 0.9  # something on the table
    ink = page_ink(page)
    drawn_there = (page < 0.25) & sheet
    assert not ink.strokes[~sheet].any()
    assert (ink.strokes & drawn_there).sum() / drawn_there.sum() > 0.95
    assert (ink.strokes & ~drawn_there).sum() < 0.1 * drawn_there.sum()


def test_no_sheet_where_all_is_paper() -> None:
    page, _ = on_table([(0, 0), (239, 0), (239, 319), (0, 319)], 0.3)
    y, x = np.mgrid[0:320, 0:240].astype(np.float32)
    soft = 1 - 0.5 / (1 + np.exp(-(x - 0.4 * y) / 8))  # the blurred edge of a shadow
    hard = np.where(x + 0.3 * y > 190, 0.6, 1.0)  # a sharp one, without a corner
    lighter = np.where((abs(x - 120) < 80) & (abs(y - 160) < 110), 0.4, 1.0)  # a dark rectangle
    darker = np.where((abs(x - 120) < 105) & (abs(y - 160) < 145), 0.4, 1.0)  # a large one
    lamp = 1 / (1 + np.exp((np.maximum(abs(x - 120) - 70, abs(y - 160) - 110)) / 8))
    for light in (np.ones_like(x), soft, hard, lighter, darker, 0.2 + 0.8 * lamp):
        assert find_sheet((page * light)[..., None].astype(np.float32)) is None
    assert find_sheet(RNG.random((320, 240, 3), np.float32)) is None
    assert find_sheet(np.zeros((4, 320, 1), np.float32)) is None


def test_strokes_near_the_edge_of_a_sheet_are_ink() -> None:
    page, _ = on_table([(30, 20), (210, 20), (210, 300), (30, 300)], 0.05)
    page = np.kron(page, np.ones((4, 4), np.float32))
    page[200:260, 160:166] = page[600:660, 810:816] = 0.2
    strokes = page_ink(page).strokes
    assert strokes[202:258, 161:165].mean() > 0.9
    assert strokes[602:658, 811:815].mean() > 0.9
    assert not strokes[300:1100, 170:230].any()


@pytest.mark.parametrize("turn", [0.0, 0.6, np.pi / 2, 2.5])
@pytest.mark.parametrize("dark", [0.35, 0.6])
def test_the_sharp_edge_of_a_shadow_is_no_ink(turn: float, dark: float, grid: Grid) -> None:
    strokes = grid(90, 150)[0]
    page = drawn(strokes, "plain")
    y, x = np.mgrid[:90, :150]
    page[(x - 75) * np.cos(turn) + (y - 45) * np.sin(turn) > 0] *= dark
    ink = page_ink(page)
    both = (ink.strokes & strokes).sum()
    assert both / strokes.sum() > 0.9
    assert both / ink.strokes.sum() > 0.8


@pytest.mark.parametrize("step", [3, 4])
def test_writing_on_patterned_paper_is_found(step: int, grid: Grid) -> None:
    """The dots are half as dark as the pen, and there are so many that they are no few outliers."""
    strokes = grid(100, 220)[0]
    page = drawn(strokes, "plain")
    dots = np.zeros_like(strokes)
    dots[::step, ::2] = dots[1::step, 1::2] = True
    page[dots & ~strokes] -= 0.3
    ink = page_ink(page)
    both = (ink.strokes & strokes).sum()
    assert both / strokes.sum() > 0.9
    assert both / ink.strokes.sum() > 0.6  # blurred, strokes are broader


@pytest.mark.parametrize("turn", [0.25, 0.9, 2.2, 3.5])
@pytest.mark.parametrize("dark", [0.45, 0.65])
def test_the_slanting_edge_of_a_shadow_in_a_small_picture_is_no_ink(
    turn: float, dark: float
) -> None:
    written = np.zeros((120, 190), bool)
    for left in range(40, 150, 22):
        written[40:85, left : left + 4] = True
        written[81:85, left : left + 14] = True
    y, x = np.mgrid[:120, :190]
    along = (x - 75) * np.cos(turn) + (y - 55) * np.sin(turn)
    light = 1 - dark / (1 + np.exp(-np.clip(along / 2, -30, 30)))
    page = np.where(written, 0.3, 0.9) * light + RNG.normal(0, 0.005, written.shape)
    ink = page_ink(np.clip(page, 0, 1).astype(np.float32))
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(written, 2), (5, 5))
    assert (ink.strokes & written).sum() / written.sum() > 0.9
    assert (ink.strokes & ~windows.any(axis=(2, 3))).sum() < 0.02 * written.sum()


@pytest.mark.parametrize("share", [0.25, 0.35, 0.5])
def test_paper_in_the_light_beside_a_shadow_is_no_ink(share: float) -> None:
    """A few thick digits fill a picture, most of it is in shadow: the rest is far lighter."""
    written = np.zeros((88, 190), bool)
    for left in (14, 58, 102, 146):
        cut = written[14:74, left : left + 30]
        cut[:8] = cut[26:34] = cut[-8:] = cut[:, -8:] = True
    y, x = np.mgrid[:88, :190]
    light = 1 - 0.5 / (1 + np.exp(-np.clip(x + 0.5 * y - share * 190, -30, 30)))
    strokes = page_ink((np.where(written, 0.03, 1.0) * light).astype(np.float32)).strokes
    assert (strokes & written).sum() > 0.9 * written.sum()
    assert (strokes & ~written).sum() < 0.15 * written.sum()


@pytest.mark.parametrize("edge", [200, 300, 420])
def test_a_sharp_shadow_across_a_large_page_is_no_ink(edge: int, grid: Grid) -> None:
    """Its edge is as broad as the window in which paper is looked for, but not as a blot is."""
    strokes = grid(800, 600, 36)[0]
    y, x = np.mgrid[:800, :600]
    strokes[((y - 20) // 72 % 3 > 0) | (x > 450)] = False
    page = drawn(strokes, "plain") * np.where(x + 0.1 * y > edge, 0.5, 1.0)
    ink = page_ink(page.astype(np.float32))
    both = (ink.strokes & strokes).sum()
    assert both / strokes.sum() > 0.95
    assert both / ink.strokes.sum() > 0.9


def test_a_digit_that_the_border_cuts_is_ink() -> None:
    page = np.full((60, 200), 0.9, np.float32)
    page[10:50, :6] = 0.16
    for left in (60, 100, 140):
        page[10:14, left : left + 20] = page[10:50, left + 16 : left + 20] = 0.16
    strokes = page_ink(page).strokes
    assert strokes[12:48, 1:5].all()
    assert (strokes == (page < 0.5)).mean() > 0.98


@pytest.mark.parametrize("thick", [5, 7, 9])
@pytest.mark.parametrize("wide", [108, 130])
def test_a_close_up_by_a_thick_pen_is_ink_at_any_size(wide: int, thick: int) -> None:
    """Strokes that fill the window in which paper is looked for, and leave little of it between."""
    small = np.full((88, wide), 0.95, np.float32)
    for x in (0.3, 0.72):
        cv2.ellipse(small, (round(x * wide), 44), (20, 32), 0, 0, 360, 0.1, thick)
    for times in (1, 3, 4, 5, 8):
        page = cv2.resize(small, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
        strokes = page_ink(np.clip(page, 0, 1)).strokes
        assert (strokes != (page < 0.6)).mean() < 0.02, times


def test_small_thin_writing_on_ruled_paper_is_not_blurred() -> None:
    page = Image.new("L", (44, 32), 250)
    pen = ImageDraw.Draw(page)
    for x in (4, 14, 24, 34):  # as a pencil draws it, a pixel thick
        pen.ellipse((x, 8, x + 7, 24), outline=120)
    written = np.asarray(page) < 200
    for y in (3, 11, 19, 27):
        pen.line((0, y, 43, y), fill=100)
    drawn = np.asarray(page) < 200
    assert drawn.mean() > 0.2
    strokes = page_ink(np.asarray(page, np.float32) / 255).strokes
    assert strokes[written].all()
    assert not strokes[~drawn].any()
