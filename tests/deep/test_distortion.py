"""Distortions: each part against a drawing worked by hand, or against SciPy."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.interpolate import BSpline
from scipy.ndimage import map_coordinates

from numerist.deep.distortion import (
    Distortion,
    change_pen,
    coarsen,
    displacement,
    distort,
    through_large_pixels,
    warp,
)
from numerist.image import normalise

SIDE = 28
ALL = Distortion(
    rotation=10,
    shear=0.15,
    scale=0.1,
    stretch=0.1,
    shift=1.0,
    elastic=0.8,
    pen=0.5,
    coarse=0.3,
    variants=0.2,
)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def in_pixels(where: torch.Tensor) -> np.ndarray:
    """From −1…1 between the borders to pixels, the centre of the first one at 0."""
    pixels: np.ndarray = (where.numpy().astype(np.float64) + 1) * SIDE / 2 - 0.5
    return pixels


def untouched() -> np.ndarray:
    """Each pixel from its own place, (28, 28, 2), x before y."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float64)
    return np.stack([x, y], axis=2)


def linear_parts(distortion: Distortion, n: int, seed: int) -> np.ndarray:
    """The n matrices of the affine maps, measured on the displacements, (n, 2, 2)."""
    where = in_pixels(displacement(n, distortion, seeded(seed)))
    by_x, by_y = where[:, 5, 6] - where[:, 5, 5], where[:, 6, 5] - where[:, 5, 5]
    return np.stack([by_x, by_y], axis=2)


# nothing


def test_no_distortion_is_the_identity(digits: torch.Tensor, chance: torch.Generator) -> None:
    assert torch.equal(distort(digits[:50], Distortion(), chance), digits[:50])


def test_no_displacement_takes_each_pixel_from_its_own_place(digits: torch.Tensor) -> None:
    where = displacement(3, Distortion(), seeded(0))
    np.testing.assert_allclose(in_pixels(where), np.stack([untouched()] * 3), atol=1e-5)
    torch.testing.assert_close(warp(digits[:3], where), digits[:3], atol=1e-5, rtol=0)


# warp


@pytest.mark.parametrize("seed", range(3))
def test_warp_is_bilinear_as_in_scipy(digits: torch.Tensor, seed: int) -> None:
    strong = dataclasses.replace(ALL, rotation=40, shift=4.0, elastic=3.0)  # beyond the border too
    images, where = digits[:6], displacement(6, strong, seeded(seed))
    warped = warp(images, where).numpy()
    for image, new, place in zip(images.numpy(), warped, in_pixels(where), strict=True):
        paper_around = np.pad(image, 1)  # SciPy's own border is not the bilinear one
        expected = map_coordinates(
            paper_around, [place[..., 1] + 1, place[..., 0] + 1], order=1, mode="constant"
        )
        np.testing.assert_allclose(new, expected, atol=2e-5)


# the affine part


def test_rotation_turns_by_the_angle_that_was_drawn() -> None:
    n = 4000
    matrices = linear_parts(Distortion(rotation=10), n, 1)
    np.testing.assert_allclose(np.linalg.det(matrices), 1, atol=1e-4)
    np.testing.assert_allclose(matrices @ matrices.transpose(0, 2, 1), [np.eye(2)] * n, atol=1e-4)
    angles = np.degrees(np.arctan2(matrices[:, 1, 0], matrices[:, 0, 0]))
    assert abs(angles.mean()) < 5 * 10 / math.sqrt(n)
    assert abs(angles.std() - 10) < 5 * 10 / math.sqrt(2 * n)


def test_a_rotated_bar_lies_at_that_angle() -> None:
    bar = torch.zeros(40, SIDE, SIDE)
    bar[:, 13:15, 4:24] = 1
    where = displacement(40, Distortion(rotation=15), seeded(2))
    matrix = in_pixels(where)
    drawn = np.arctan2(
        matrix[:, 5, 6, 1] - matrix[:, 5, 5, 1], matrix[:, 5, 6, 0] - matrix[:, 5, 5, 0]
    )
    y, x = np.mgrid[:SIDE, :SIDE] - 13.5
    for image, angle in zip(warp(bar, where).numpy(), drawn, strict=True):
        xx, yy, xy = ((image * part).sum() for part in (x * x, y * y, x * y))
        lies = 0.5 * math.atan2(2 * xy, xx - yy)  # the main axis of its ink
        # a pixel taken from the place at +angle: what lay at +angle comes to lie at 0
        assert lies == pytest.approx(-angle, abs=0.01)
    assert np.abs(drawn).max() > 0.3


def test_shear_moves_rows_to_the_side_and_nothing_else() -> None:
    n = 4000
    matrices = linear_parts(Distortion(shear=0.2), n, 3)
    np.testing.assert_allclose(matrices[:, :, 0], [[1, 0]] * n, atol=1e-4)
    np.testing.assert_allclose(matrices[:, 1, 1], 1, atol=1e-4)
    slant = matrices[:, 0, 1]
    assert abs(slant.mean()) < 5 * 0.2 / math.sqrt(n)
    assert abs(slant.std() - 0.2) < 5 * 0.2 / math.sqrt(2 * n)


def test_scale_and_stretch_are_log_normal_and_independent() -> None:
    n = 4000
    matrices = linear_parts(Distortion(scale=0.1, stretch=0.3), n, 4)
    np.testing.assert_allclose(matrices[:, [0, 1], [1, 0]], 0, atol=1e-4)
    x, y = np.log(matrices[:, 0, 0]), np.log(matrices[:, 1, 1])
    size, stretch = (x + y) / 2, x - y
    for values, deviation in ((size, 0.1), (stretch, 0.3)):
        assert abs(values.mean()) < 5 * deviation / math.sqrt(n)
        assert abs(values.std() - deviation) < 5 * deviation / math.sqrt(2 * n)
    assert abs(np.corrcoef(size, stretch)[0, 1]) < 5 / math.sqrt(n)


def test_a_scaled_square_has_the_side_that_was_drawn() -> None:
    square = torch.zeros(20, SIDE, SIDE)
    square[:, 9:19, 9:19] = 1
    scale = linear_parts(Distortion(scale=0.2), 20, 5)[:, 0, 0]
    areas = distort(square, Distortion(scale=0.2), seeded(5)).sum(dim=(1, 2)).numpy()
    np.testing.assert_allclose(np.sqrt(areas), 10 / scale, atol=0.3)  # pixels: a sharp edge
    assert scale.max() > 1.2
    assert scale.min() < 0.85


def test_shift_is_in_pixels_and_the_same_everywhere() -> None:
    n = 4000
    moved = in_pixels(displacement(n, Distortion(shift=1.5), seeded(6))) - untouched()
    np.testing.assert_allclose(moved, moved[:, :1, :1].repeat(28, 1).repeat(28, 2), atol=1e-4)
    shift = moved[:, 0, 0]
    np.testing.assert_allclose(shift.mean(axis=0), 0, atol=5 * 1.5 / math.sqrt(n))
    np.testing.assert_allclose(shift.std(axis=0), 1.5, atol=5 * 1.5 / math.sqrt(2 * n))
    assert abs(np.corrcoef(shift.T)[0, 1]) < 5 / math.sqrt(n)


# the elastic part


def test_the_elastic_field_has_the_deviation_that_was_asked_for_in_pixels() -> None:
    n = 3000
    field = in_pixels(displacement(n, Distortion(elastic=0.8), seeded(8))) - untouched()
    assert field.mean() == pytest.approx(0, abs=0.02)
    assert math.sqrt((field**2).mean()) == pytest.approx(0.8, rel=0.02)
    deviation = field.std(axis=0)  # of each pixel: no place is spared
    assert deviation.min() > 0.6
    assert deviation.max() < 1.1


def test_the_elastic_field_is_a_surface_of_cubic_b_splines() -> None:
    """Least squares with SciPy's B-splines on seven knots an axis leaves nothing over."""
    field = in_pixels(displacement(4, Distortion(elastic=1.0), seeded(9))) - untouched()
    places = np.linspace(1, 5, SIDE)  # the outermost knots lie one beyond the picture
    basis = np.stack(
        [BSpline.basis_element(np.arange(k - 2, k + 3), extrapolate=False)(places)
         for k in range(7)], axis=1,
    )  # fmt: skip
    basis = np.nan_to_num(basis)
    np.testing.assert_allclose(basis.sum(axis=1), 1, atol=1e-9)  # else SciPy was asked wrongly
    inverse = np.linalg.pinv(basis)
    for surface in field.transpose(0, 3, 1, 2).reshape(8, SIDE, SIDE):
        knots = inverse @ surface @ inverse.T
        np.testing.assert_allclose(basis @ knots @ basis.T, surface, atol=1e-4)
        assert np.abs(surface).max() > 0.3


def test_the_field_is_smooth_and_its_axes_are_independent() -> None:
    field = in_pixels(displacement(3000, Distortion(elastic=1.0), seeded(10))) - untouched()
    steps = np.abs(np.diff(field, axis=1)).max()
    assert steps < 1.0  # strokes bend, they do not tear
    x, y = field[..., 14, 14, 0], field[..., 14, 14, 1]
    assert abs(np.corrcoef(x, y)[0, 1]) < 5 / math.sqrt(3000)


# the pen


def test_the_pen_gets_thinner_or_thicker_and_the_rest_stays(digits: torch.Tensor) -> None:
    changed = change_pen(digits, 0.4, seeded(11))
    same = (changed == digits).all(dim=2).all(dim=1)
    n = len(digits)
    assert abs(int((~same).sum()) - 0.4 * n) < 5 * math.sqrt(0.4 * 0.6 * n)
    ink = (changed.sum(dim=(1, 2)) / digits.sum(dim=(1, 2)))[~same]
    assert (ink < 0.9).float().mean() > 0.1
    assert (ink > 1.1).float().mean() > 0.1
    assert ink.min() > 0.2
    assert ink.max() < 3
    assert torch.equal(change_pen(digits, 0.0, seeded(11)), digits)


def test_the_same_digit_with_more_and_more_pen_only_gains_ink(digits: torch.Tensor) -> None:
    many = change_pen(digits[:1].repeat(200, 1, 1), 1.0, seeded(12))
    order = many.sum(dim=(1, 2)).argsort()
    assert (many[order].diff(dim=0) >= -1e-6).all()  # pixel by pixel, thin inside thick
    assert many[order[-1]].sum() > 1.5 * many[order[0]].sum()


def test_the_pen_leaves_blank_paper_blank() -> None:
    assert change_pen(torch.zeros(20, SIDE, SIDE), 1.0, seeded(1)).sum() == 0


# few pixels


def test_coarse_digits_look_about_as_the_normaliser_makes_them_of_few_pixels(
    digits: torch.Tensor,
) -> None:
    some = digits[:100]
    small = [
        Image.fromarray((255 * (1 - digit)).astype(np.uint8)).resize((14, 14), Image.Resampling.BOX)
        for digit in some.numpy()
    ]
    seen = torch.from_numpy(np.stack([normalise(picture) for picture in small]))
    made = torch.stack([coarsen(some, 1.0, seeded(seed)) for seed in range(60)])
    apart = (made - seen).abs().mean(dim=(2, 3)).amin(dim=0)  # of the likest pen
    assert apart.mean() < 0.8 * (some - seen).abs().mean()  # they are a little softer


def test_large_pixels_by_a_plain_slow_way() -> None:
    """Each the mean of what it covers; back by linear interpolation; paper around the line."""
    line = np.random.default_rng(4).random(SIDE)
    for size, phase in ((2.0, 0.0), (1.5, 0.3), (2.4, 0.9), (1.83, 0.5)):
        fine = 1000  # parts of a pixel
        begin = -phase * size
        count = math.ceil((SIDE - begin) / size)
        places = (np.arange(SIDE * fine) + 0.5) / fine
        owner = np.floor((places - begin) / size).astype(int)
        values = np.bincount(owner, np.repeat(line, fine), count) / (fine * size)
        middles = begin + (np.arange(-1, count + 1) + 0.5) * size
        back = np.interp(np.arange(SIDE) + 0.5, middles, [0, *values, 0])
        weights = through_large_pixels(torch.tensor([size]), torch.tensor([phase]))[0]
        np.testing.assert_allclose(weights.numpy() @ line, back, atol=2e-3)


def test_large_pixels_begin_anywhere_and_differ_in_size(digits: torch.Tensor) -> None:
    """A network that saw them begin at even places alone misread those that did not."""
    bar = torch.zeros(400, SIDE, SIDE)
    bar[:, 4:24, 13:15] = 1
    made = coarsen(bar, 1.0, seeded(3)).numpy()
    widths = (made[:, 14] > 0.05).sum(axis=1)
    assert len(set(widths.tolist())) > 2
    assert torch.equal(coarsen(digits, 0.0, seeded(1)), digits)


def test_a_share_of_the_digits_gets_coarse_and_the_rest_stays(digits: torch.Tensor) -> None:
    changed = coarsen(digits, 0.3, seeded(5))
    same = (changed == digits).all(dim=2).all(dim=1)
    n = len(digits)
    assert abs(int((~same).sum()) - 0.3 * n) < 5 * math.sqrt(0.3 * 0.7 * n)
    assert coarsen(torch.zeros(9, SIDE, SIDE), 1.0, seeded(1)).sum() == 0


# all of it


def test_a_seed_gives_the_same_bits_and_another_seed_others(digits: torch.Tensor) -> None:
    first, again, other = (distort(digits[:100], ALL, seeded(seed)) for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert (first != other).any(dim=2).any(dim=1).all()


def test_ink_stays_between_paper_and_ink_and_the_input_as_it_was(digits: torch.Tensor) -> None:
    before = digits.clone()
    for seed in range(3):
        made = distort(digits, ALL.times(2), seeded(seed))
        assert made.shape == digits.shape
        assert made.dtype == torch.float32
        assert made.min() >= 0
        assert made.max() <= 1 + 1e-6
    assert torch.equal(digits, before)


def test_each_image_is_distorted_in_a_way_of_its_own(digits: torch.Tensor) -> None:
    same = digits[:1].repeat(50, 1, 1)
    for name in ("rotation", "shear", "scale", "stretch", "shift", "elastic"):
        one = dataclasses.replace(Distortion(), **{name: getattr(ALL, name)})
        made = distort(same, one, seeded(0)).reshape(50, -1)
        assert len(torch.unique(made, dim=0)) == 50, name


def test_times_scales_everything_and_shares_end_at_one() -> None:
    twice = ALL.times(2)
    assert (twice.rotation, twice.shift, twice.variants) == (20, 2, 0.4)
    assert ALL.times(3).pen == 1.0
    assert ALL.times(0) == Distortion()
