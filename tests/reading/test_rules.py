"""Lines that are not writing, drawn at known places: they go, and the digits stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from numerist.reading.lines import find_lines, lines_across
from numerist.reading.removal import without_stubs
from numerist.reading.rules import without_dashes, without_page_rules, without_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Grid = Callable[..., tuple[np.ndarray, int]]

HEIGHT = 40


def lined(shape: tuple[int, int], lines: Sequence[tuple[float, ...]]) -> np.ndarray:
    """Straight lines two pixels thick, each from x, y to x, y; bool."""
    page = np.zeros(shape, bool)
    for x0, y0, x1, y1 in lines:
        count = 2 * int(max(abs(x1 - x0), abs(y1 - y0))) + 1
        x, y = (np.rint(np.linspace(*ends, count)).astype(int) for ends in ((x0, x1), (y0, y1)))
        for down, right in ((0, 0), (1, 0), (0, 1), (1, 1)):
            page[np.clip(y + down, 0, shape[0] - 1), np.clip(x + right, 0, shape[1] - 1)] = True
    return page


def shares(written: np.ndarray, lines: np.ndarray, pale: float = 1.0) -> tuple[float, float]:
    """Which share of the writing is lost, and which of the lines is left."""
    strokes = written | lines
    depth = np.where(written, 1, np.where(lines, pale, 0)).astype(np.float32)
    left = without_rules(strokes, depth, HEIGHT)
    assert not (left & ~strokes).any()
    alone = lines & ~written
    return (written & ~left).sum() / written.sum(), (left & alone).sum() / max(alone.sum(), 1)


@pytest.mark.parametrize("slope", [0.0, 0.02, -0.03, 0.08, -0.12])
@pytest.mark.parametrize("pale", [1.0, 0.4])
def test_ruled_lines_go_and_what_crosses_them_stays(slope: float, pale: float, grid: Grid) -> None:
    written = grid(220, 500)[0]
    lines = lined(
        written.shape, [(0, y - 250 * slope, 499, y + 250 * slope) for y in (64, 144)]
    ) | lined(written.shape, [(5, 0, 5 - 220 * slope, 219)])
    lost, left = shares(written, lines, pale)
    assert lost < (0.05 if pale == 1 else 0.01)
    assert left < 0.17


@pytest.mark.parametrize("cell", [26, 34, 50])
@pytest.mark.parametrize("slope", [0.0, 0.07])
def test_squared_paper_that_is_paler_than_the_pen_goes(cell: int, slope: float, grid: Grid) -> None:
    written = grid(300, 600)[0]
    net: list[tuple[float, ...]] = [
        (0.0, y - 300 * slope, 599.0, y + 300.0 * slope) for y in range(-40, 340, cell)
    ]
    net += [(x + 150 * slope, 0, x - 150 * slope, 299) for x in range(-20, 620, cell)]
    lost, left = shares(written, lined(written.shape, net), 0.4)
    assert lost < 0.01
    assert left < 0.07


def test_knots_in_a_line_go_with_it() -> None:
    lines = lined((100, 500), [(0, 50, 499, 50)])
    lines[48:53, 20::60] = lines[48:53, 21::60] = True
    assert shares(np.eye(100, 500, dtype=bool)[::-1], lines)[1] == 0


def test_a_bent_line_goes(grid: Grid) -> None:
    written = grid(220, 500)[0]
    lines = np.zeros_like(written)
    x = np.arange(500)
    y = np.rint(70 + 12 * ((x - 250) / 250) ** 2).astype(int)
    lines[y, x] = lines[y + 1, x] = True
    lost, left = shares(written, lines)
    assert lost < 0.05
    assert left < 0.1


@pytest.mark.parametrize("wide", [40, 120, 250])
@pytest.mark.parametrize("slope", [0.0, 0.06])
def test_a_box_goes_though_its_sides_are_no_longer_than_a_one(wide: int, slope: float) -> None:
    written = np.zeros((140, 320), bool)
    written[50:90, 52:57] = True  # a one in it
    right, down = 30 + wide, 30 + wide * slope
    corners = [(30, 30), (right, down), (right - 60 * slope, down + 60), (30 - 60 * slope, 90)]
    lines = lined(
        written.shape, [(*a, *b) for a, b in zip(corners, [*corners[1:], corners[0]], strict=True)]
    )
    lost, left = shares(written, lines)
    assert lost < 0.1  # its foot stands on the box
    assert left < 0.1


def test_a_comb_goes_with_the_teeth_that_digits_touch() -> None:
    written = np.zeros((120, 400), bool)
    for begin in range(36, 340, 42):
        written[40:80, begin : begin + 25] = True
        written[45:75, begin + 5 : begin + 20] = False
    written[55:62, 61:80] = True  # from one box to the next
    lines = [(30, y, 366, y) for y in (32, 88)] + [(x, 32, x, 88) for x in range(30, 370, 42)]
    lost, left = shares(written, lined(written.shape, lines), 0.5)
    assert lost < 0.01
    assert left < 0.05


def test_a_one_on_ruled_paper_is_no_side_of_a_box() -> None:
    """Though it reaches from line to line, and stands straight: it is darker, or thicker."""
    lines = lined((160, 500), [(0, y, 499, y) for y in (20, 62, 104, 146)])
    thin, thick = np.zeros((160, 500), bool), np.zeros((160, 500), bool)
    thin[62:106, 200:202] = True
    thick[62:106, 200:206] = True
    assert shares(thin, lines, 0.5)[0] < 0.1
    assert shares(thick, lines)[0] < 0.15


def test_digits_alone_lose_nothing_to_the_search_for_lines(grid: Grid) -> None:
    strokes = grid(220, 500)[0]
    assert (without_rules(strokes, strokes.astype(np.float32), HEIGHT) == strokes).all()
    seven = np.zeros((100, 200), bool)
    for left in (20, 70, 120):  # bars at one height, with gaps between
        seven[20:25, left : left + 28] = seven[20:60, left + 23 : left + 28] = True
    assert (without_rules(seven, seven.astype(np.float32), HEIGHT) == seven).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 1), (2, 2)])
def test_tiny_pages(shape: tuple[int, int]) -> None:
    for strokes in (np.zeros(shape, bool), np.ones(shape, bool)):
        assert without_rules(strokes, strokes.astype(np.float32), 40.0).shape == shape
        assert without_page_rules(strokes).shape == shape


def test_a_box_goes_though_some_of_its_sides_fall_between_two_pixels() -> None:
    """And so are paler than others."""
    written = np.zeros((140, 320), bool)
    written[46:86, 52:57] = written[46:86, 92:97] = True
    depth = written.astype(np.float32)
    lines = np.zeros_like(written)
    for place, pale in ((30, 0.45), (96, 0.9)):
        lines[place : place + 2, 30:150] = True
        depth[place : place + 2, 30:150] = pale
    for place, pale in ((30, 0.9), (148, 0.5)):
        lines[30:98, place : place + 2] = True
        depth[30:98, place : place + 2] = pale
    left = without_rules(written | lines, depth, HEIGHT)
    assert (left & written).sum() == written.sum()
    assert (left & lines).sum() < 12  # a corner, maybe


def test_an_underline_that_the_writing_touches_goes_and_the_foot_of_a_two_stays() -> None:
    """The line is hardly longer than the writing and as thick as its strokes."""
    written = np.zeros((100, 130), bool)
    for left in (30, 57, 84):
        written[20:60, left : left + 25] = True
        written[25:55, left + 5 : left + 20] = False
    line = np.zeros_like(written)
    line[58:63, 27:112] = True
    lost, rest = shares(written, line)
    assert lost < 0.2  # what the line covers, and the sides' ends in it
    assert rest < 0.05
    two = np.zeros((100, 130), bool)
    two[20:25, 30:60] = two[20:58, 55:60] = two[58:63, 26:84] = True
    assert shares(two, np.zeros_like(two))[0] == 0


def zero(page: np.ndarray, left: int) -> None:
    """A zero in rows 20 to 60, five pixels thick."""
    y, x = np.mgrid[: page.shape[0], : page.shape[1]].astype(float)
    outer, inner = (
        np.hypot((x - left - 12) / (12 - thick), (y - 40) / (20 - thick)) <= 1 for thick in (0, 5)
    )
    page |= outer & ~inner


def test_a_short_underline_goes_that_reaches_beyond_one_digit_on_both_sides() -> None:
    for begin, end, goes in ((30, 78, True), (42, 90, False), (18, 66, False)):
        written, line = np.zeros((100, 130), bool), np.zeros((100, 130), bool)
        zero(written, 42)
        line[59:63, begin:end] = True
        lost, left = shares(written, line)
        assert lost < 0.05
        assert (left < 0.05) == goes  # on one side it may be the foot of a two


def test_the_bar_of_a_broad_seven_below_writing_is_no_underline() -> None:
    page = np.zeros((160, 130), bool)
    zero(page, 45)
    page[68:73, 30:82] = page[68:110, 74:79] = True
    assert shares(page, np.zeros_like(page))[0] == 0


def test_of_two_underlines_both_go() -> None:
    written, lines = np.zeros((100, 160), bool), np.zeros((100, 160), bool)
    for place in (30, 62, 94):
        zero(written, place)
    lines[59:62, 25:125] = lines[66:69, 35:130] = True
    lost, left = shares(written, lines)
    assert lost < 0.05
    assert left < 0.2  # where the digits stand on the upper one


def test_what_stands_on_an_underline_leaves_little_of_it_and_what_crosses_it_stays() -> None:
    written, line = np.zeros((100, 160), bool), np.zeros((100, 160), bool)
    for place in (30, 62, 94):
        zero(written, place)
    line[57:65, 25:125] = True  # their feet are in it
    lost, left = shares(written, line)
    assert lost < 0.12
    assert left < 0.05
    written[20:80, 128:133] = True  # a one that ends below it
    line[57:65, 25:145] = True
    strokes = written | line
    kept = without_rules(strokes, strokes.astype(np.float32), HEIGHT)
    assert kept[20:80, 128:133].all()
    assert (kept & line & ~written).sum() < 0.05 * line.sum()


@pytest.mark.parametrize("bow", [-4, 4])
def test_an_underline_drawn_with_a_bow_goes(bow: int, grid: Grid) -> None:
    written = grid(100, 200)[0]
    line = np.zeros_like(written)
    x = np.arange(10, 170)
    for down in (0, 1, 2):
        line[np.rint(66 + bow * np.sin(np.pi * (x - 10) / 160)).astype(int) + down, x] = True
    lost, left = shares(written, line)
    assert lost == 0
    assert left < 0.05


def test_two_lines_side_by_side_go() -> None:
    """They are found as one, whose middle is the gap between them."""
    strokes = np.zeros((100, 400), bool)
    strokes[50:52] = strokes[54:56] = strokes[52:54, ::20] = True
    depth = np.where(strokes, 0.9, 0.1).astype(np.float32)
    assert not without_rules(strokes, depth, HEIGHT).any()


def broken(page: np.ndarray, part: float) -> np.ndarray:
    """What noise leaves of lines: runs of some pixels are gone, at random places."""
    holes = np.random.default_rng(2).random((page.shape[0] // 5 + 1, page.shape[1] // 5 + 1)) < part
    kept: np.ndarray = (
        page & ~np.kron(holes, np.ones((5, 5), bool))[: page.shape[0], : page.shape[1]]
    )
    return kept


@pytest.mark.parametrize("slope", [0.0, 0.05])
def test_squared_paper_that_noise_has_broken_goes_and_the_writing_stays(
    slope: float, grid: Grid
) -> None:
    written = grid(600, 800)[0]
    net: list[tuple[float, ...]] = [
        (0.0, y - 400 * slope, 799.0, y + 400.0 * slope) for y in range(-40, 640, 40)
    ]
    net += [(x + 300 * slope, 0, x - 300 * slope, 599) for x in range(-20, 820, 40)]
    lines = broken(lined(written.shape, net), 0.25)
    strokes = written | lines
    depth = np.where(written, 1, np.where(lines, 0.35, 0)).astype(np.float32)
    left = without_dashes(strokes, depth, HEIGHT)
    assert not (written & ~left).any()
    assert (left & ~written).sum() < 0.2 * (lines & ~written).sum()


def test_pale_ones_in_a_column_are_no_dashes() -> None:
    page = np.zeros((900, 300), bool)
    for row in range(14):
        page[20 + 60 * row : 60 + 60 * row, 40:43] = True
        page[20 + 60 * row : 60 + 60 * row, 240:243] = True
    depth = np.where(page, np.float32(0.4), 0)
    assert (without_dashes(page, depth, HEIGHT) == page).all()


def test_of_very_many_dashes_the_widest_are_looked_at() -> None:
    strokes = np.zeros((1500, 1240), bool)
    for left in range(0, 1240, 20):
        strokes[30:1400:25, left : left + 15] = True
    strokes[1450:1452, 100:1100] = True
    lines = find_lines(strokes, strokes.astype(np.float32), 30, 10)
    assert strokes[30:1400:25, ::20].sum() > 3000
    assert 2900 <= len(lines) <= 3000
    assert 990 <= max(map(len, lines)) <= 1000


def two_digits(shape: tuple[int, int] = (60, 60)) -> np.ndarray:
    """A zero and a one, 40 pixels high, in a picture not much larger."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    away = np.hypot((x - 20) / 0.7, y - 30)
    return np.asarray((np.abs(away - 18) < 2) | ((np.abs(x - 45) < 2) & (np.abs(y - 30) < 20)))


@pytest.mark.parametrize("slope", [0.0, 0.06, -0.1])
@pytest.mark.parametrize("standing", [False, True])
def test_a_pale_line_from_border_to_border_goes_in_a_small_picture(
    slope: float, standing: bool
) -> None:
    """It is shorter than a rule of a page; on the way it may be lost among paper."""
    written = two_digits()
    line = lined(written.shape, [(0, 33 - 30 * slope, 59, 33 + 30 * slope)])
    line = line.T if standing else line
    seen = line & ~(np.add.outer(np.arange(60), np.arange(60)) % 30 < 6)
    seen[[0, -1]], seen[:, [0, -1]] = line[[0, -1]], line[:, [0, -1]]
    depth = np.where(written, 1, np.where(line, 0.4, 0)).astype(np.float32)
    left = without_rules(written | seen, depth, HEIGHT)
    assert (written & ~left).sum() < 0.02 * written.sum()
    assert (left & line & ~written).sum() < 0.25 * line.sum()


@pytest.mark.parametrize(("paper", "stays"), [(4, True), (7, False)])
def test_a_pale_one_as_high_as_the_picture_stays(paper: int, stays: bool) -> None:
    written = two_digits()[10 - paper : 50 + paper]
    one = np.zeros(written.shape, bool)
    one[:, 52:55] = True
    depth = np.where(written, 1, np.where(one, 0.4, 0)).astype(np.float32)
    left = without_rules(written | one, depth, HEIGHT)
    assert (left & one).sum() == (one.sum() if stays else 0)


def test_lines_as_dark_as_writing_go_only_if_there_are_two() -> None:
    """The bar of a four reaches from side to side where it is cut out alone."""
    four = np.zeros((60, 44), bool)
    four[2:58, 30:34] = four[38:42] = True
    for k in range(36):
        four[2 + k, max(30 - k, 0) : 34 - k] = True
    depth = four.astype(np.float32)
    assert np.array_equal(without_rules(four, depth, 56), four)
    nicked = four.copy()
    nicked[40, :2] = nicked[40, -2:] = False  # its bar begins and ends twice
    assert np.array_equal(without_rules(nicked, nicked.astype(np.float32), 56), nicked)
    under = four.copy()
    under[54:56] = True  # a thinner line
    left = without_rules(under, under.astype(np.float32), 56)
    assert (four[:50] & ~left[:50]).sum() == 0
    written = two_digits()
    two = lined(written.shape, [(0, 8, 59, 8), (0, 44, 59, 44)])
    both = written | two
    left = without_rules(both, both.astype(np.float32), HEIGHT)
    assert (left & two & ~written).sum() < 0.25 * two.sum()
    assert (written & ~left).sum() < 0.06 * written.sum()


def test_what_only_begins_and_ends_at_borders_is_no_line() -> None:
    strokes = np.zeros((60, 120), bool)
    strokes[20:22, :12] = strokes[20:22, -12:] = True
    assert lines_across(strokes, strokes.astype(np.float32), 4) == []
    strokes[20:22] = True
    (line,) = lines_across(strokes, strokes.astype(np.float32), 4)
    assert (len(line), line.thickness, line.depth, line.even) == (120, 2, 1, 1)
    assert np.allclose(line.middles, 20.5)


def test_no_stub_of_a_line_is_left_at_the_sides_of_a_stroke_that_it_crossed() -> None:
    stem, line = np.zeros((9, 11), bool), np.zeros((9, 11), bool)
    stem[:, 5], line[4, :], line[8, :] = True, True, True
    kept = stem & ~np.pad(np.ones((1, 11), bool), ((8, 0), (0, 0)))  # its foot went with a line
    level = 0.9 * (stem | line).astype(np.float32)
    level[2, 4] = 0.3  # a soft edge, too pale for a stroke
    left = without_stubs(level, stem | line, kept)
    assert np.array_equal(left[kept], level[kept])
    assert left[2, 4] == level[2, 4]
    assert not left[4, :5].any()
    assert not left[4, 6:].any()
    assert left[8, 5] == level[8, 5]  # below the stroke: it may be the foot of it
    assert not left[8, :5].any()
