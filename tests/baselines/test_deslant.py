"""Setting digits upright: strokes drawn with a known slant, and what must not change."""

from __future__ import annotations

import numpy as np
import pytest

from numerist.baselines.deslant import deslant
from numerist.errors import InputError


def blob(slant: float, side: int = 41) -> np.ndarray:
    """A tall, soft stroke that moves right by `slant` for each row down."""
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    drawn: np.ndarray = np.exp(-(((x - slant * y) / 2) ** 2) / 2 - (y / 6) ** 2 / 2)
    return drawn


def lean(image: np.ndarray) -> float:
    """Covariance of the ink in x and y, by the plain sum over the pixels."""
    pixels = [(y, x, image[y, x]) for y, x in np.ndindex(image.shape)]
    ink = sum(p for _, _, p in pixels)
    centre_y = sum(y * p for y, _, p in pixels) / ink
    centre_x = sum(x * p for _, x, p in pixels) / ink
    return float(sum((y - centre_y) * (x - centre_x) * p for y, x, p in pixels) / ink)


@pytest.mark.parametrize("slant", [-0.8, -0.3, 0.1, 0.5])
def test_a_slanting_stroke_becomes_the_upright_one(slant: float) -> None:
    (upright,) = deslant(blob(slant)[None])
    assert abs(lean(blob(slant))) > 3
    assert abs(lean(upright)) < 0.01
    assert upright == pytest.approx(blob(0), abs=0.04)  # what linear interpolation blurs


def test_what_stands_upright_stays() -> None:
    images = np.stack([blob(0), np.zeros((41, 41)), np.full((41, 41), 0.5)])
    assert deslant(images) == pytest.approx(images, abs=1e-12)


def test_ink_in_a_single_row_has_no_slant() -> None:
    images = np.zeros((2, 5, 7), dtype=np.float32)
    images[0, 1] = [0, 0.1, 0.2, 0.9, 0.3, 0, 0]
    images[1, 4, 6] = 0.7
    assert (deslant(images) == images).all()


def test_shape_and_type_are_kept_and_images_are_independent() -> None:
    images = np.random.default_rng(0).random((4, 6, 9)).astype(np.float32)
    together = deslant(images)
    assert (together.dtype, together.shape) == (np.float32, (4, 6, 9))
    for i in range(4):
        assert together[i] == pytest.approx(deslant(images[i : i + 1])[0], abs=1e-6)
    assert deslant(images[:0]).shape == (0, 6, 9)


def test_less_than_no_ink_is_refused_with_the_way_out() -> None:
    images = np.zeros((1, 28, 28))
    images[0, 3, 3] = -0.1
    with pytest.raises(InputError, match=r"0 or more, found -0\.1.*shape=None"):
        deslant(images)


def test_half_a_pixel_is_shared_between_two() -> None:
    # Two rows, one pixel apart: slant 1, and each is half a row from the centre.
    image = np.zeros((1, 2, 4))
    image[0, 0, 1] = image[0, 1, 2] = 1
    assert deslant(image).tolist() == [[[0, 0.5, 0.5, 0], [0, 0.5, 0.5, 0]]]
