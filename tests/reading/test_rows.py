"""Rows of made pages, against what was drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from numerist.reading import rows as rows_room
from numerist.reading.rows import find_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from numerist.data import Mnist

    Grid = Callable[..., tuple[np.ndarray, int]]


def test_lines_of_a_page_become_rows_from_the_top(grid: Grid) -> None:
    strokes, lines = grid(420, 500)
    rows = find_rows(strokes)
    assert [row.line for row in rows] == list(range(lines))
    for k, row in enumerate(rows):
        left, top, right, bottom = row.box
        assert (top, bottom) == (20 + 80 * k, 60 + 80 * k)
        assert row.mask.shape == (bottom - top, right - left)
        assert (row.mask == strokes[top:bottom, left:right]).all()
        assert row.height == pytest.approx(40)


def test_far_apart_is_another_row_of_the_same_line() -> None:
    strokes = np.zeros((100, 900), bool)
    for left in (20, 60, 500, 540):
        strokes[30:70, left : left + 6] = True
    rows = find_rows(strokes)
    assert [row.line for row in rows] == [0, 0]
    assert [row.box[0] for row in rows] == [20, 500]


def test_specks_start_no_row_and_a_point_belongs_to_its_row(grid: Grid) -> None:
    strokes, _ = grid(120, 300)
    clean = find_rows(strokes)
    strokes[100:103, 40:43] = True  # below, alone
    strokes[55:60, 50:54] = True  # at the baseline, between two digits
    rows = find_rows(strokes)
    assert len(rows) == len(clean) == 1
    assert rows[0].mask.sum() == clean[0].mask.sum() + 20


def test_a_comma_that_hangs_from_a_row_is_no_row(grid: Grid) -> None:
    strokes, _ = grid(160, 300)
    strokes[80:] = False
    clean = find_rows(strokes)
    hanging = strokes.copy()
    hanging[56:76, 47:52] = True  # between two digits, half as high, mostly below them
    rows = find_rows(hanging)
    assert len(clean) == len(rows) == 1
    assert rows[0].mask.sum() == clean[0].mask.sum() + 100
    for top, left in ((56, 285), (110, 47), (66, 47)):  # beside them all; far below; just below
        apart = strokes.copy()
        apart[top : top + 24, left : left + 5] = True
        assert len(find_rows(apart)) == 2


@pytest.mark.parametrize("size", [20, 40, 70])
def test_rows_of_squared_paper_are_as_high_as_the_writing(size: int, grid: Grid) -> None:
    """Though the grid is one piece, as high as the page, and has more ink than the writing."""
    strokes, _ = grid(1000, 900, size)
    strokes[20 + 3 * size :] = False
    lines = int(strokes[20 + 2 * size].any()) + 1
    strokes[5::50] = strokes[6::50] = True
    strokes[:, 3::50] = strokes[:, 4::50] = True
    rows = find_rows(strokes)
    assert len({row.line for row in rows}) == lines
    assert all(row.height == pytest.approx(size, abs=4) for row in rows)


def test_a_ring_around_numbers_is_none_and_takes_none_with_it(grid: Grid) -> None:
    strokes, _ = grid(420, 500)
    strokes[:95] = strokes[310:] = strokes[:, :90] = strokes[:, 400:] = False
    clean = [row.box for row in find_rows(strokes)]
    y, x = np.mgrid[0:420, 0:500]
    radius = np.hypot((x - 250) / 248, (y - 205) / 203)
    strokes |= (radius < 1) & (radius > 0.992)
    assert len(clean) == 3
    assert [row.box for row in find_rows(strokes)] == clean


def test_many_pieces_take_time_in_proportion() -> None:
    strokes = np.zeros((1500, 1500), bool)
    strokes[::8, ::8] = strokes[1::8, ::8] = strokes[2::8, ::8] = True
    strokes[3::8, ::8] = strokes[4::8, ::8] = True
    assert find_rows(strokes) == []  # a texture


def test_nothing_to_find() -> None:
    assert find_rows(np.zeros((50, 80), bool)) == []
    assert find_rows(np.ones((1, 1), bool)) == []


@pytest.mark.parametrize("wide", [60, 150])
def test_writing_that_touches_its_frame_is_as_high_as_it_is(wide: int) -> None:
    """Together they are one piece, as high as the frame."""
    strokes = np.zeros((120, 220), bool)
    for left in range(30, 20 + wide - 25, 30):
        strokes[40:80, left : left + 20] = True
        strokes[45:75, left + 5 : left + 15] = False
    written = strokes.copy()
    strokes[24:26, 20 : 20 + wide] = strokes[94:96, 20 : 20 + wide] = True
    strokes[24:96, 20:22] = strokes[24:96, 18 + wide : 20 + wide] = True
    strokes[55:58, 20:30] = True  # a stroke that reaches to the side
    rows = find_rows(strokes)
    assert [row.height for row in rows] == pytest.approx([40], abs=3)
    left, top, right, bottom = rows[0].box
    assert (rows[0].mask & ~written[top:bottom, left:right]).sum() < 40


def test_a_digit_cut_out_tightly_keeps_its_pale_strokes() -> None:
    """A seven up to the border, its stem half as dark as its bar; a zero, dark in one half only."""
    seven = np.zeros((60, 44), bool)
    seven[:6] = True
    for y in range(60):
        seven[y, max(0, 38 - y // 2) : 44 - y // 2] = True
    zero = np.zeros((60, 44), bool)
    zero[:6] = zero[-6:] = zero[:, :6] = zero[:, -6:] = True
    for strokes in (seven, zero):
        depth = np.where(strokes, 0.45, 0).astype(np.float32)
        depth[:12] *= 2
        rows = find_rows(strokes, depth)
        assert sum(row.mask.sum() for row in rows) == strokes.sum()


def test_a_pale_net_as_thick_as_strokes_goes_in_a_small_picture() -> None:
    strokes = np.zeros((60, 90), bool)
    strokes[14:40, 20:24] = strokes[14:40, 50:54] = strokes[36:40, 50:66] = True
    net = np.zeros_like(strokes)
    net[6:10] = net[32:36] = net[:, 34:38] = net[:, 72:76] = net[:, 10:14] = True
    depth = np.where(strokes, 0.95, np.where(net, 0.5, 0)).astype(np.float32)
    rows = find_rows(strokes | net, depth)
    assert sum(row.mask.sum() for row in rows) == pytest.approx(strokes.sum(), abs=160)
    assert [row.height for row in rows] == pytest.approx([26], abs=6)


def test_a_pale_net_that_noise_has_broken_goes_in_a_small_picture() -> None:
    strokes = np.zeros((120, 180), bool)
    strokes[28:80, 40:48] = strokes[28:80, 100:108] = strokes[72:80, 100:132] = True
    net = np.zeros_like(strokes)
    net[12::24] = net[:, 20::24] = True
    net &= np.random.default_rng(1).random(net.shape) > 0.15
    depth = np.where(strokes, 0.95, np.where(net, 0.35, 0)).astype(np.float32)
    rows = find_rows(strokes | net, depth)
    assert [row.height for row in rows] == pytest.approx([52], abs=4)
    left, top, right, bottom = rows[0].box
    assert (left, top, right, bottom) == pytest.approx((40, 28, 132, 80), abs=3)


def test_numbers_by_a_paler_pen_are_no_net_wherever_the_border_cuts_them(mnist: Mnist) -> None:
    rng = np.random.default_rng(4)
    depth = np.zeros((230, 336), np.float32)
    for line, dark in enumerate((0.5, 0.8, 0.5, 0.5)):
        row = np.hstack(list(mnist.validation.images[rng.integers(10_000, size=6)]))
        depth[58 * line : 58 * line + 56] = dark * np.kron(row, np.ones((2, 2)))
    depth = depth[24:204, 24:310]
    rows = find_rows(depth > 0.2, depth)
    assert len({row.line for row in rows}) >= 3
    assert sum(row.mask.sum() for row in rows) > 0.8 * (depth > 0.2).sum()


def test_a_pale_rest_by_itself_is_no_row_and_pale_writing_is_one(grid: Grid) -> None:
    page = np.zeros((700, 700), np.float32)
    digits = grid(300, 300)[0]
    page[20:320, 20:320] = digits
    page[400:480, 20:320][digits[:80]] = 0.4  # as pale as the rest below
    without = len(find_rows(page > 0, page))
    for top in (30, 100, 170, 240, 310):
        page[top : top + 40, 600:602] = 0.4
    rows = find_rows(page > 0, page)
    assert len(rows) == without > 3
    dark = page.copy()
    dark[100:140, 600:602] = 1.0  # a thin one by the pen of the others
    assert len(find_rows(dark > 0, dark)) == without + 1


@pytest.mark.parametrize("count", [2, 3])
def test_a_tall_blot_beside_lines_neither_joins_nor_shuffles_them(count: int) -> None:
    page = np.zeros((320, 500), bool)
    for line in range(count):
        for left in (100, 130, 160, 350, 380):
            top = 40 + 80 * line
            cv2.ellipse(ring := np.zeros((40, 26), np.uint8), (13, 20), (11, 18), 0, 0, 360, 1, 4)
            page[top : top + 40, left : left + 26] = ring > 0
    places = [(row.box[:2], row.line) for row in find_rows(page)]
    assert [line for _, line in places] == sorted([*range(count), *range(count)])
    page[25 : 15 + 80 * count, 20:45] = True  # the edge of a shadow
    found = [(row.box[:2], row.line) for row in find_rows(page)]
    assert [place for place, _ in found if place[0] > 40] == [place for place, _ in places]
    lines = [line for place, line in found if place[0] > 40]
    assert [lines.count(line) for line in dict.fromkeys(lines)] == [2] * count


def test_a_large_first_digit_is_part_of_its_number() -> None:
    page = np.zeros((120, 700), bool)
    for left, high in ((10, 95), *((90 + 36 * k, 40) for k in range(15))):
        wide = high * 2 // 3
        ring = cv2.ellipse(
            np.zeros((high, wide), np.uint8), (wide // 2, high // 2),
            (wide // 2 - 3, high // 2 - 3), 0, 0, 360, 1, 4,
        )  # fmt: skip
        page[105 - high : 105, left : left + wide] = ring > 0
    assert len(find_rows(page)) == 1


def test_a_pale_one_by_itself_is_kept_where_no_lines_are_printed(grid: Grid) -> None:
    page = np.zeros((340, 700), np.float32)
    page[20:320, 20:320] = grid(300, 300)[0]
    without = len(find_rows(page > 0, page))
    page[150:190, 600:604] = 0.6
    assert len(find_rows(page > 0, page)) == without + 1


def test_high_writing_is_no_reason_to_look_for_dashes(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[float] = []

    def look(strokes: np.ndarray, _: np.ndarray, height: float) -> np.ndarray:
        looked.append(height)
        return strokes

    monkeypatch.setattr(rows_room, "without_dashes", look)
    page = np.zeros((1900, 2000), np.uint8)
    for k in range(110):
        cv2.ellipse(page, (80 + 170 * (k % 11), 90 + 170 * (k // 11)), (50, 70), 0, 0, 360, 1, 12)
    assert find_rows(page > 0)
    assert not looked
    page[::170, :] = 0
    for k in range(200):
        page[5 + 170 * (k % 11), 9 * k : 9 * k + 6] = 1  # slivers
    find_rows(page > 0)
    assert looked


@pytest.mark.parametrize("tilt", [0, 60])
def test_the_edge_of_a_shadow_neither_hides_the_lines_nor_is_one(tilt: int, grid: Grid) -> None:
    """Though it has more ink than all writing."""
    strokes, _ = grid(1200, 900)
    strokes[:, 440:] = False
    strokes[820:] = False
    clean = find_rows(strokes)
    edge = np.zeros(strokes.shape, np.uint8)
    cv2.line(edge, (600, 100), (600 + tilt, 1200), 1, 90)
    assert edge.sum() > strokes.sum()
    rows = find_rows(strokes | (edge > 0))
    assert [row.box for row in rows] == [row.box for row in clean]
    assert len(rows) > 5


def test_a_fold_by_itself_is_no_one_and_a_high_one_before_its_number_is(grid: Grid) -> None:
    strokes, _ = grid(900, 420, 20)
    strokes[:, 250:] = False
    clean = find_rows(strokes)
    fold = cv2.line(np.zeros(strokes.shape, np.uint8), (290, 100), (390, 250), 1, 8) > 0
    assert [row.box for row in find_rows(strokes | fold)] == [row.box for row in clean]
    left, top, _, bottom = clean[3].box
    one = np.zeros_like(strokes)
    one[bottom - 60 : bottom, left - 12 : left - 7] = True
    boxes = [row.box for row in find_rows(strokes | one)]
    assert (left - 12, min(top, bottom - 60)) in [box[:2] for box in boxes]


def test_what_is_around_several_rows_is_no_digit(grid: Grid) -> None:
    strokes, _ = grid(900, 420, 20)
    strokes[:, 250:] = False
    clean = find_rows(strokes)
    down = np.arange(100, 700)
    wave = np.stack([250 + 160 * np.sin(down / 60), down], axis=1).astype(np.int32)
    snake = cv2.polylines(np.zeros(strokes.shape, np.uint8), [wave], False, 1, 24) > 0
    boxes = [row.box for row in find_rows(strokes | snake)]
    assert not [box for box in boxes if box[3] - box[1] > 400]
    assert len(boxes) >= len(clean) - 4  # but where it is drawn over them


def test_a_high_number_beside_low_lines_is_read_with_its_one(grid: Grid) -> None:
    strokes, _ = grid(900, 420, 20)
    strokes[:, 250:] = False
    few = find_rows(strokes)
    strokes[100:200, 300:316] = True  # as broad as the edge of a shadow, but not alone
    strokes[100:116, 340:390] = strokes[100:200, 374:390] = True
    rows = find_rows(strokes)
    assert len(rows) == len(few) + 1
    assert (300, 100, 390, 200) in [row.box for row in rows]


def test_a_disc_as_high_as_digits_parts_two_numbers(grid: Grid) -> None:
    strokes, _ = grid(120, 300)
    disc = np.zeros(strokes.shape, np.uint8)
    cv2.circle(disc, (270, 40), 19, 1, -1)
    strokes[:, 240:] = False
    with_disc = find_rows(strokes | (disc > 0))
    assert [row.box for row in with_disc] == [row.box for row in find_rows(strokes)]
    assert len(find_rows(disc > 0)) == 1  # by itself it may be a zero


@pytest.mark.parametrize(("radius", "squeezed", "away", "gone"), [
    (10, 1.0, 60, True), (13, 1.0, 60, True),  # punched holes
    (10, 0.7, 60, False), (13, 0.75, 60, False),  # blots
    (9, 1.0, 16, False), (10, 1.0, 30, False),  # thick points in or behind a number
])  # fmt: skip
def test_punched_holes_are_no_digits_but_points_stay(
    radius: int, squeezed: float, away: int, gone: bool, grid: Grid
) -> None:
    strokes, _ = grid(120, 400)
    strokes[:, 240:] = False
    right = int(np.flatnonzero(strokes.any(axis=0))[-1])
    y, x = np.mgrid[:120, :400]
    hole = np.hypot((x - right - away) / squeezed, y - 45) <= radius
    boxes = [row.box for row in find_rows(strokes | hole)]
    assert (boxes == [row.box for row in find_rows(strokes)]) is gone


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_one_at_the_border_counts_where_the_number_is_cut_out_tightly(
    side: str, grid: Grid
) -> None:
    """A line along one side is the edge of a desk, unless the other side cuts the number, too."""
    strokes, _ = grid(90, 140)
    number = strokes[20:60, 20:117]
    number[:, 30:70] = False  # two zeros
    line = np.zeros((40, 12), bool)
    line[:, :4] = True
    tight = np.hstack([line, number]) if side == "left" else np.hstack([number, line[:, ::-1]])
    (row,) = find_rows(tight)
    assert (row.mask == tight).all()
    wide = np.pad(tight, ((0, 0), (0, 9)) if side == "left" else ((0, 0), (9, 0)))
    (row,) = find_rows(wide)
    assert row.mask.sum() == number.sum()


def test_a_printed_line_through_a_tightly_cut_row_is_no_one(grid: Grid) -> None:
    strokes, _ = grid(90, 140)
    number = strokes[20:60, 20:45]
    gap, line = np.zeros((40, 20), bool), np.ones((40, 3), bool)
    cut = np.hstack([number, gap, line, gap, number])
    assert sum(row.mask.sum() for row in find_rows(cut)) == 2 * number.sum()
