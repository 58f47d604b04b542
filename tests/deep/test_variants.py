"""Digits of other hands: strokes against a plain slow loop, and what is drawn where on MNIST."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from numerist.deep import variants
from numerist.deep.variants import draw_variants, ink_box, pen_radius, strokes

if TYPE_CHECKING:
    from collections.abc import Callable

INK = 0.4


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def drawn_slowly(
    image: np.ndarray, lines: list[tuple[tuple[float, float], tuple[float, float], float]]
) -> np.ndarray:
    """One pixel after the other: how far is its centre from the nearest point of each line?"""
    result = image.astype(np.float64).copy()
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            for (x0, y0), (x1, y1), radius in lines:
                if radius <= 0:
                    continue
                length = math.hypot(x1 - x0, y1 - y0)
                if length < 1e-2:
                    distance = math.hypot(x - x0, y - y0)
                else:
                    ux, uy = (x1 - x0) / length, (y1 - y0) / length
                    s = min(max((x - x0) * ux + (y - y0) * uy, 0), length)
                    distance = math.hypot(x - x0 - s * ux, y - y0 - s * uy)
                result[y, x] = max(result[y, x], min(max(radius + 0.5 - distance, 0), 1))
    return result


POINT = st.tuples(st.floats(-5, 17, width=32), st.floats(-5, 15, width=32))


@settings(max_examples=60)
@given(
    lines=st.lists(st.tuples(POINT, POINT, st.floats(-1, 4, width=32)), min_size=1, max_size=3),
    seed=st.integers(0, 100),
)
def test_strokes_equal_a_plain_loop_over_pixels(
    lines: list[tuple[tuple[float, float], tuple[float, float], float]], seed: int
) -> None:
    image = np.random.default_rng(seed).random((2, 11, 13), np.float32) ** 4
    begin, end = (torch.tensor([[line[k] for line in lines]] * 2) for k in (0, 1))
    radius = torch.tensor([[line[2] for line in lines]] * 2)
    new = strokes(torch.from_numpy(image), begin, end, radius).numpy()
    for k in (0, 1):
        np.testing.assert_allclose(new[k], drawn_slowly(image[k], lines), atol=2e-2)


def test_a_stroke_worked_by_hand() -> None:
    image = strokes(
        torch.zeros(1, 5, 9), torch.tensor([[[2.0, 2.0]]]), torch.tensor([[[6.0, 2.0]]]),
        torch.tensor([[0.75]]),
    )[0]  # fmt: skip
    side = 0.25  # one pixel away: 0.75 + 0.5 − 1
    assert image[2].tolist() == [0, side, 1, 1, 1, 1, 1, side, 0]
    assert image[1].tolist() == [0, 0, side, side, side, side, side, 0, 0]
    assert torch.equal(image[1], image[3])
    assert image[[0, 4]].sum() == 0


# the pen


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("upright", [True, False])
def test_the_radius_of_a_bars_pen(width: int, upright: bool) -> None:
    bar = torch.zeros(28, 28)
    bar[4:24, 13 : 13 + width] = 1
    radius = float(pen_radius((bar if upright else bar.T)[None])[0])
    # area 20·w, edges 2·(20 + w): by hand 1.2 · 20w / (40 + 2w)
    assert radius == pytest.approx(1.2 * 20 * width / (40 + 2 * width), rel=1e-5)
    assert abs(radius - width / 2) < 0.15


def test_the_radius_stays_within_what_pens_draw() -> None:
    solid, blank = torch.ones(28, 28), torch.zeros(28, 28)
    solid[0] = solid[-1] = 0
    assert pen_radius(torch.stack([solid, blank])).tolist() == [2.5, 0.5]


# where the ink is


def test_the_box_of_the_ink_equals_numpys(digits: torch.Tensor) -> None:
    found = torch.stack(ink_box(digits), dim=1).numpy()
    for image, box in zip(digits.numpy(), found, strict=True):
        ys, xs = np.nonzero(image > INK)
        assert box.tolist() == [xs.min(), ys.min(), xs.max(), ys.max()]


def test_the_middle_of_a_row_is_its_inks_mean_and_of_an_empty_row_all_inks() -> None:
    images = torch.zeros(2, 28, 28)
    images[0, 5, [4, 8]] = torch.tensor([1.0, 0.5])
    images[1, 9, 20] = 1.0
    middle = variants._middle_of_row(images, torch.tensor([5.2, 5.0]))
    assert middle.tolist() == pytest.approx([(4 + 0.5 * 8) / 1.5, 20.0])


# the variants


def changed(digits: torch.Tensor, labels: torch.Tensor, digit: int) -> tuple[torch.Tensor, ...]:
    here = digits[labels == digit]
    return here, draw_variants(here, torch.full((len(here),), digit), 1.0, seeded(5))


@pytest.fixture
def as_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Digits as they are before they are fitted into the picture again."""

    def middle(images: torch.Tensor) -> torch.Tensor:
        around = (images.shape[1] - 28) // 2
        return images[:, around : around + 28, around : around + 28]

    monkeypatch.setattr(variants, "refit", middle)


@pytest.mark.usefixtures("as_drawn")
def test_only_some_kinds_change_and_only_gain_ink(
    digits: torch.Tensor, labels: torch.Tensor
) -> None:
    before = digits.clone()
    made = draw_variants(digits, labels, 1.0, seeded(1))
    assert torch.equal(digits, before)
    assert made.min() >= 0
    assert made.max() <= 1
    assert (made >= digits)[(labels != 2) & (labels != 4) & (labels != 9)].all()
    touched = (made != digits).any(dim=2).any(dim=1)
    for digit in range(10):
        share = touched[labels == digit].float().mean()
        if digit in (0, 1, 7, 9):
            assert share > (0.98 if digit != 9 else 0.9), digit  # open nines get no bowl
        elif digit in (2, 4):
            assert 0.1 < share < 0.8  # wide open ones stay as they are
        else:
            assert share == 0, digit


def test_the_share_is_the_share(digits: torch.Tensor, labels: torch.Tensor) -> None:
    sevens = digits[labels == 7].repeat(10, 1, 1)
    made = draw_variants(sevens, torch.full((len(sevens),), 7), 0.3, seeded(2))
    touched = int((made != sevens).any(dim=2).any(dim=1).sum())
    assert abs(touched - 0.3 * len(sevens)) < 5 * math.sqrt(0.21 * len(sevens))
    assert torch.equal(draw_variants(digits, labels, 0.0, seeded(2)), digits)


def test_the_bar_of_a_seven_lies_across_the_middle_of_its_stem(
    digits: torch.Tensor, labels: torch.Tensor
) -> None:
    before, after = changed(digits, labels, 7)
    _, top, _, bottom = ink_box(before)
    for k, gained in enumerate((after - before).numpy()):
        ys, xs = np.nonzero(gained > INK)
        if not len(ys):
            continue
        height = float(bottom[k] - top[k])
        middle = (ys.mean() - float(top[k])) / height
        assert 0.25 < middle < 0.85
        assert xs.max() - xs.min() <= 16  # at most 2 · 6 and the pen
        assert ys.max() - ys.min() <= 10


def test_the_slash_of_a_zero_rises_to_the_right_through_its_middle(
    digits: torch.Tensor, labels: torch.Tensor
) -> None:
    before, after = changed(digits, labels, 0)
    y, x = np.mgrid[:28, :28].astype(float)
    middles, rises = [], []
    for gained in (after - before).numpy():
        weight = gained / gained.sum()
        mx, my = (weight * x).sum(), (weight * y).sum()
        middles.append((mx, my))
        rises.append((weight * (x - mx) * (y - my)).sum() < 0)  # y grows downwards
    np.testing.assert_allclose(np.mean(middles, axis=0), 13.5, atol=1)
    assert np.mean(rises) > 0.98  # what crosses the digit's own ink is no gain


def test_two_and_a_half_times_as_many_ones_change(
    digits: torch.Tensor, labels: torch.Tensor
) -> None:
    ones = digits[labels == 1].repeat(10, 1, 1)
    made = draw_variants(ones, torch.full((len(ones),), 1), 0.2, seeded(2))
    touched = int((made != ones).any(dim=2).any(dim=1).sum())
    assert abs(touched - 0.5 * len(ones)) < 5 * math.sqrt(0.25 * len(ones))


def test_a_one_with_a_long_upstroke_is_fitted_again(
    digits: torch.Tensor, labels: torch.Tensor
) -> None:
    _, made = changed(digits, labels, 1)
    y, x = np.mgrid[:28, :28] + 0.5
    for image in made.numpy():
        ys, xs = np.nonzero(image > 0.25)
        assert 18 <= max(np.ptp(ys), np.ptp(xs)) + 1 <= 22
        middle = (image * x).sum() / image.sum(), (image * y).sum() / image.sum()
        np.testing.assert_allclose(middle, 14, atol=0.6)


def test_a_two_gains_a_stroke_from_its_hook_to_its_stem(
    digits: torch.Tensor, labels: torch.Tensor
) -> None:
    two = torch.zeros(1, 28, 28)
    two[0, 4, 9:18] = two[0, 4:9, 9] = two[0, 4:12, 18] = 1  # a head with a hook at its left
    two[0, 12:23, 13] = two[0, 23, 9:20] = 1
    gained = (variants._with_closed_head(two, seeded(0)) - two)[0]
    ys, xs = np.nonzero(gained.numpy() > 0.1)
    assert xs.min() >= 8
    assert xs.max() <= 20
    assert {*range(10, 18)} <= {*xs}  # all the way across
    assert ys.min() >= 6
    assert ys.max() <= 15
    before = digits[labels == 2]
    after = variants._with_closed_head(before, seeded(5))
    _, top, _, bottom = ink_box(before)
    for k, more in enumerate((after - before).numpy()):
        if more.any():  # above the foot
            assert np.nonzero(more)[0].max() <= top[k] + 0.6 * (bottom[k] - top[k]) + 3.5


@pytest.mark.usefixtures("as_drawn")
def test_a_one_gains_an_upstroke_on_the_left_of_its_top_or_a_foot_or_both(
    digits: torch.Tensor, labels: torch.Tensor
) -> None:
    before = digits[labels == 1]
    after = variants._with_upstroke(before, seeded(5))
    _, top, _, bottom = ink_box(before)
    x = torch.arange(28.0)
    upstrokes = feet = both = 0
    for k, gained in enumerate(after - before):
        t, b = int(top[k]), int(bottom[k])
        if b - t < 14:  # strokes of a lying one meet
            continue
        stem = float((before[k, t : t + 3].sum(0) * x).sum() / before[k, t : t + 3].sum())
        above, lower = gained[: b - 2], gained[b - 2 :].sum()
        upper = above.sum()
        upstrokes, feet = upstrokes + int(upper > 1), feet + int(lower > 1)
        both += int(upper > 1 and lower > 1)
        if upper > 1:
            assert float((above.sum(0) * x).sum() / upper) < stem + 1
            assert gained[: max(t - 3, 0)].sum() == 0
    n = upstrokes + feet - both
    assert abs(upstrokes / n - 0.75) < 0.12
    assert abs(feet / n - 0.45) < 0.12
    assert abs(both / n - 0.20) < 0.1


@pytest.mark.usefixtures("as_drawn")
def test_a_one_may_be_crossed_about_its_middle_mostly_on_the_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ones = torch.zeros(200, 28, 28)
    ones[:, 4:24, 13:15] = 1
    monkeypatch.setattr(variants, "_HOOKED", 0.0)
    gained = (variants._with_stroke_across(ones, seeded(1)) - ones).numpy()
    rows, columns = gained.sum(axis=(0, 2)), gained.sum(axis=(0, 1))
    assert rows[:8].sum() == rows[22:].sum() == 0
    assert columns[:13].sum() > 4 * columns[15:].sum() > 0
    assert (gained[:, :, 12].max(axis=1) > 0.3).all()  # each touches the stem
    monkeypatch.setattr(variants, "_with_upstroke", lambda images, _: images.clone())
    crossed = (variants._one(ones, seeded(4)) != ones).any(dim=2).any(dim=1)
    assert 0.15 < float(crossed.float().mean()) < 0.35  # a quarter of them


@pytest.mark.parametrize("draw", [variants._with_upstroke, variants._with_stroke_across])
@pytest.mark.usefixtures("as_drawn")
def test_some_upstrokes_begin_with_a_hook_from_the_upper_left(
    draw: Callable[..., torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    ones = torch.zeros(300, 28, 28)
    ones[:, 4:24, 17:19] = 1
    made = draw(ones, seeded(1))
    monkeypatch.setattr(variants, "_HOOKED", 0.0)
    plain = draw(ones, seeded(1))
    assert (made >= plain).all()
    hooks = (made - plain).numpy()
    hooked = hooks.sum(axis=(1, 2)) > 0.3
    assert 0.2 < hooked.mean() < 0.5  # 0.4 of those with an upstroke
    y, x = np.mgrid[:28, :28]
    for hook, one in zip(hooks[hooked], plain[torch.from_numpy(hooked)].numpy(), strict=True):
        ys, xs = np.nonzero((one > INK) & (x < 16) & (y < 22))
        begin = np.argmin(xs)  # the upstroke's left end, about
        assert (hook * x).sum() / hook.sum() < xs[begin] + 2
        assert (hook * y).sum() / hook.sum() < ys[begin] + 1.5


@pytest.mark.usefixtures("as_drawn")
def test_a_two_may_have_a_loop_for_a_head() -> None:
    twos = torch.zeros(200, 28, 28)
    twos[:, 4, 9:18] = twos[:, 4:12, 17:19] = 1
    twos[:, 12:24, 14:16] = 1
    twos[:, 22:24, 8:20] = 1
    made = variants._with_loop(twos, seeded(1))
    assert torch.equal(made[:, 21:], twos[:, 21:])  # the foot
    assert not torch.equal(made, twos)
    for two in made.numpy() > INK:
        holes, _ = ndimage.label(~two)
        sizes = np.bincount(holes.ravel())[2:]  # the first is what is around
        assert len(sizes) == 1
        ys, xs = np.nonzero(holes == 2)
        assert ys.max() < 18  # one hole, above the foot,
        assert xs.mean() < 15  # left of the stem


def test_a_two_with_a_loop_at_its_foot_gets_none_above() -> None:
    two = torch.zeros(1, 28, 28)
    two[0, 4, 9:18] = two[0, 4:14, 18] = two[0, 14, 8:18] = 1
    two[0, 14:23, 8] = two[0, 23, 8:20] = two[0, 14:23, 14] = 1
    assert torch.equal(variants._with_loop(two, seeded(0)), two)


@pytest.mark.usefixtures("as_drawn")
def test_a_nine_gains_a_hook_at_the_left_of_its_foot() -> None:
    nines = torch.zeros(100, 28, 28)
    nines[:, 4, 10:18] = nines[:, 12, 10:18] = nines[:, 4:12, 10] = 1
    nines[:, 4:24, 18] = 1
    gained = (variants._with_hook(nines, seeded(1)) - nines).numpy()
    ys, xs = np.nonzero(gained.sum(axis=0) > 0)
    assert ys.min() >= 17
    assert xs.max() <= 20
    mass = gained.sum(axis=0)
    assert mass[:, :18].sum() > 4 * mass[:, 19:].sum()
    assert (gained.sum(axis=(1, 2)) > 1).all()


@pytest.mark.usefixtures("as_drawn")
def test_a_nine_may_have_a_bowl_below_its_head_as_a_three_has() -> None:
    nines = torch.zeros(200, 28, 28)
    nines[:, 4, 10:18] = nines[:, 12, 10:18] = nines[:, 4:12, 10] = 1
    nines[:, 4:24, 17:19] = 1
    made = variants._with_bowl(nines, seeded(1))
    assert torch.equal(made[:, :13, 9:19], nines[:, :13, 9:19])  # the head
    below = made[:, 16:]  # at the latest there the stem has ended
    inked = below > INK
    columns = inked.any(dim=1).float()
    assert (columns.argmax(dim=1) < 15).all()  # open to the left: all of them get there
    assert int((made[:, 13:, 20:] > INK).any(dim=2).any(dim=1).sum()) > 20  # some bulge
    pieces = torch.stack(
        [variants._strokes_in_row(made, torch.full((200,), float(y))) for y in range(13, 28)]
    )
    assert ((pieces > 1).any(dim=0)).sum() > 60  # an end that turns up is beside the right side
    bowls = variants._nine(nines, seeded(4)) < nines  # only a bowl takes the stem away
    assert 0.5 < float(bowls.any(dim=2).any(dim=1).float().mean()) < 0.7


def test_a_nine_with_an_open_head_or_without_a_stem_gets_no_bowl() -> None:
    nines = torch.zeros(2, 28, 28)
    nines[0, 4, 10:19] = nines[0, 4:13, 10] = nines[0, 13, 10:19] = nines[0, 13:24, 18] = (
        1  # as a 5
    )
    nines[1, 4, 10:19] = nines[1, 22, 10:19] = nines[1, 4:23, 10] = nines[1, 4:23, 18] = 1  # a ring
    assert torch.equal(variants._with_bowl(nines, seeded(0)), nines)


def test_a_four_gains_ink_only_between_its_two_arms(
    digits: torch.Tensor, labels: torch.Tensor
) -> None:
    before = digits[labels == 4]
    after = variants._closed(before, seeded(3))
    left, top, right, bottom = ink_box(before)
    for k, gained in enumerate((after - before).numpy()):
        ys, xs = np.nonzero(gained > 0)
        if not len(ys):
            continue
        reach = 3.1  # a round end of the thickest pen, 2.5 + 0.5
        assert xs.min() >= float(left[k]) - reach
        assert xs.max() <= float(right[k]) + reach
        assert ys.min() >= float(top[k]) - reach
        assert ys.max() <= float(bottom[k])
        assert xs.max() - xs.min() <= 8 + 2 * reach


def test_a_four_like_an_h_has_a_short_right_arm_and_all_else() -> None:
    four = torch.zeros(1, 28, 28)
    four[0, 4:15, 9:11] = four[0, 13:15, 9:21] = four[0, 4:24, 17:19] = 1
    for seed in range(20):
        made = variants._with_short_arm(four, seeded(seed))[0].numpy() > INK
        ys, xs = np.nonzero(made)
        arm = made[:, xs.max() - 4 : xs.max()]  # the stem, left of where the bar ends
        left = made[:, xs.min() : xs.min() + 2]
        assert np.nonzero(left)[0].min() == ys.min()  # the left arm reaches the top,
        short = np.nonzero(arm)[0].min() - ys.min()
        assert 3 <= short <= 9  # the right one a tenth to six tenths of the ten pixels
        assert np.nonzero(arm)[0].max() == ys.max()  # and the stem goes down to the bottom


def test_what_is_no_open_four_keeps_its_arm() -> None:
    closed = torch.zeros(1, 28, 28)
    closed[0, 4:24, 13:15] = closed[0, 14:16, 8:20] = 1  # a cross
    assert torch.equal(variants._with_short_arm(closed, seeded(0)) > INK, closed > INK)


def test_a_four_whose_arm_ends_in_a_speck_gets_no_stroke_to_the_border() -> None:
    four = torch.zeros(1, 28, 28)
    four[0, 4, 11] = four[0, 6:14, 11] = 1  # the left arm, its tip apart
    four[0, 4:24, 17] = 1
    four[0, 13, 10:20] = 1
    gained = draw_variants(four, torch.tensor([4]), 1.0, seeded(0)) - four
    assert gained.sum() > 1
    assert gained[0, :, :7].sum() == 0


def test_a_seed_gives_the_same_bits(digits: torch.Tensor, labels: torch.Tensor) -> None:
    first, again, other = (draw_variants(digits, labels, 0.5, seeded(k)) for k in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
