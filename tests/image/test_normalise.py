"""The normaliser: what MNIST is like, what must not matter, and real digits in pictures."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from numerist.errors import InputError, ShapeError
from numerist.image import NORMALISER_VERSION, PictureError, normalise, normalise_all, normalise_ink

if TYPE_CHECKING:
    from numerist.data import Mnist

Array = npt.NDArray[Any]

SCRIPT = Path(__file__).parents[2] / "benchmarks/pasted.py"
COUNT = 150  # digits of each kind


def load_pasted() -> Any:
    spec = importlib.util.spec_from_file_location("pasted", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PASTED = load_pasted()


def nearest(image: Array, other: Array) -> float:
    """The mean difference, the best of nine: a centre of mass near a half rounds either way."""
    shifts = (-1, 0, 1)
    return min(
        float(np.abs(np.roll(image, (down, right), (0, 1)) - other).mean())
        for down in shifts
        for right in shifts
    )


def centre(image: Array) -> Array:
    y, x = np.mgrid[:28, :28]
    total: Array = np.array([(image * y).sum(), (image * x).sum()]) / image.sum()
    return total


def extent(image: Array, above: float = 0.0) -> tuple[int, int]:
    rows, columns = (np.flatnonzero(image.max(axis=axis) > above) for axis in (1, 0))
    return int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1


def a_five(side: int = 120, width: int = 10, bar_apart: int = 0) -> Array:
    """A five drawn with a pen, 1.0 ink on 0.0 paper, in the middle; its bar may stand apart."""
    image = Image.new("L", (side, side), 0)
    pen = ImageDraw.Draw(image)
    unit = side / 120
    line = round(width * unit)
    top = 30 - bar_apart
    pen.line([(46 * unit, top * unit), (80 * unit, top * unit)], 255, line)
    pen.line([(46 * unit, 30 * unit), (45 * unit, 55 * unit)], 255, line)
    pen.arc([38 * unit, 50 * unit, 82 * unit, 94 * unit], 230, 150, 255, line)
    return np.asarray(image) / 255


# MNIST


def test_mnists_own_images_come_back_as_they_are(mnist: Mnist) -> None:
    images = mnist.training.images[:1000]
    seen = normalise_all(images)
    assert (seen == images).all(axis=(1, 2)).mean() > 0.995  # a few have a longer side of 19
    np.testing.assert_array_equal(normalise_all(1 - images[:100]), 1 - (1 - images[:100]))
    as_bytes = np.rint(images[:100] * 255).astype(np.uint8)
    np.testing.assert_allclose(normalise_all(as_bytes), images[:100], atol=1e-6)


def test_what_was_measured_of_mnist_holds(mnist: Mnist) -> None:
    images = mnist.training.images[:2000]
    centres = np.array([centre(image) for image in images])
    assert np.abs(centres - 14).max() < 0.53
    assert np.mean([max(extent(image)) == 20 for image in images]) > 0.995


def test_normalised_pictures_sit_as_mnists_do(mnist: Mnist) -> None:
    for kind in ("dark on light ×5", "off-centre", "everything together"):
        for picture in PASTED.pictures(kind, mnist.validation.images[:40]):
            seen = normalise(picture)
            assert np.abs(centre(seen) - 14).max() <= 0.501  # as MNIST's, within rounding
            assert 18 <= max(extent(seen, 0.5)) <= 21
            assert seen.max() == 1
            assert (seen == 0).mean() > 0.5


# Digits pasted into pictures of every kind

BLURS = {"dark on light ×0.5", "light on dark ×0.5", "turned by up to 10°", "everything together"}


@pytest.mark.parametrize("kind", list(PASTED.KINDS))
def test_a_pasted_digit_looks_like_itself(kind: str, mnist: Mnist) -> None:
    count = COUNT if "×40" not in kind else 30
    digits = mnist.validation.images[:count]
    seen = normalise_all(PASTED.pictures(kind, digits))
    own = [nearest(image, digit) for image, digit in zip(seen, digits, strict=True)]
    assert np.mean(own) < (0.07 if kind in BLURS else 0.03)
    rng = np.random.default_rng(0)
    others = digits[rng.permutation(count)]
    closer = [
        nearest(image, digit) <= nearest(image, other)
        for image, digit, other in zip(seen, digits, others, strict=True)
    ]
    assert np.mean(closer) >= 0.98


# What must not matter


@settings(max_examples=40)
@given(
    paper=st.integers(0, 255),
    pen=st.integers(0, 255),
    left=st.integers(0, 60),
    top=st.integers(0, 60),
)
def test_place_polarity_brightness_and_contrast_do_not_matter(
    paper: int, pen: int, left: int, top: int
) -> None:
    ink = a_five()
    expected = normalise(np.rint(255 * (1 - ink)).astype(np.uint8))
    picture = np.full((180, 180), 0.0)
    picture[top : top + 120, left : left + 120] = ink
    seen = normalise(np.rint(paper + (pen - paper) * picture).astype(np.uint8))
    if abs(paper - pen) >= 25:
        assert nearest(seen, expected) < 0.01
    elif paper == pen:
        assert not seen.any()


@settings(max_examples=25)
@given(side=st.integers(40, 900), light=st.booleans())
def test_size_does_not_matter(side: int, light: bool) -> None:
    ink = a_five(1200)
    image = Image.fromarray(np.rint(255 * ink).astype(np.uint8))
    small = np.asarray(image.resize((side, side), Image.Resampling.BOX)) / 255
    expected = normalise(ink)
    assert nearest(normalise(small if light else 1 - small), expected) < 0.03


@settings(max_examples=25)
@given(
    colours=st.tuples(
        st.tuples(*[st.floats(0, 1)] * 3),
        st.tuples(*[st.floats(0, 1)] * 3),
    )
)
def test_colours_do_not_matter(colours: tuple[tuple[float, ...], tuple[float, ...]]) -> None:
    paper, pen = (np.array(colour) for colour in colours)
    if np.abs(paper - pen).max() < 0.15:
        return
    ink = a_five()[..., None]
    seen = normalise(paper + (pen - paper) * ink)
    assert nearest(seen, normalise(1 - ink[..., 0])) < 0.02


def test_equal_strokes_of_any_width_reach_full_ink() -> None:
    for width in (2, 4, 10, 16, 24):
        seen = normalise(1 - a_five(400, width))
        assert (seen >= 0.9).sum() >= 16
        assert (seen > 0.5).sum() >= 40  # a hairline is broadened, not lost
        assert nearest(seen, normalise(1 - a_five(400, 10))) < 0.14


def test_a_hairline_is_drawn_evenly() -> None:
    image = Image.new("L", (500, 500), 255)
    ImageDraw.Draw(image).line([(180, 60), (290, 440)], 0, 3)
    seen = normalise(image)
    rows = np.flatnonzero(seen.max(axis=1) > 0.2)
    assert len(rows) >= 19
    assert seen[rows[1:-1]].max(axis=1).min() > 0.75
    assert 1.2 < seen[rows[1:-1]].sum(axis=1).mean() < 2.5


def test_the_faint_part_of_a_stroke_reaches_nearly_full_ink() -> None:
    picture = np.full((200, 120), 0.9)
    picture[40:100, 55:67] = 0.1
    picture[100:160, 55:67] = 0.58  # two fifths of the contrast
    seen = normalise(picture)
    rows = np.flatnonzero(seen.max(axis=1) > 0.2)
    assert len(rows) == 20
    assert seen[rows[15:19]].max(axis=1).min() > 0.7


# Pieces, specks, lines, frames


def test_a_bar_that_stands_apart_stays_and_a_far_speck_goes() -> None:
    apart = a_five(120, 8, bar_apart=14)
    seen = normalise(1 - apart)
    inked = np.flatnonzero(seen.max(axis=1) > 0.5)
    assert len(inked) < inked[-1] - inked[0] + 1  # empty rows: bar and bow are both there
    dirty = np.pad(apart, 40)
    dirty[5:9, 5:9] = 1
    dirty[190:194, 100:103] = 0.8
    assert nearest(normalise(1 - dirty), seen) < 0.005


def test_two_digits_both_stay() -> None:
    two = np.hstack([a_five(), a_five()])
    seen = normalise(1 - two)
    middle = seen[:, 12:16]
    assert seen[:, :12].sum() > 10
    assert seen[:, 16:].sum() > 10
    assert middle.sum() < 0.1 * seen.sum()


def test_ruled_lines_from_side_to_side_go() -> None:
    plain = normalise(1 - a_five())
    ruled = a_five()
    ruled[112:115] = 0.8
    assert nearest(normalise(1 - ruled), plain) < 0.005


@pytest.mark.parametrize("frame", [(6, 6), (10, 3)])
@pytest.mark.parametrize("light", [True, False])
def test_frames_go_whatever_the_polarity(frame: tuple[int, int], light: bool) -> None:
    plain = normalise(1 - a_five())
    framed = np.pad(a_five(), frame, constant_values=1.0)
    assert nearest(normalise(framed if light else 1 - framed), plain) < 0.005


def test_a_bold_digit_up_to_the_border_is_no_frame() -> None:
    image = Image.new("L", (60, 80), 20)
    ImageDraw.Draw(image).ellipse([0, 0, 59, 79], outline=230, width=19)
    seen = normalise(image)
    assert seen[14, 14] == 0  # the hole of the zero is paper
    assert extent(seen, 0.5)[0] == 20


# Nothing to see


def test_blank_pictures_give_zeros() -> None:
    rng = np.random.default_rng(4)
    y, x = np.mgrid[:90, :120]
    for picture in (
        np.full((50, 50), 0.7),
        np.zeros((28, 28)),
        np.ones((28, 28)),
        np.zeros((1, 1)),
        np.zeros((1, 5000)),
        0.4 + 0.004 * x,
        0.7 - 0.003 * y + 0.002 * x,
        np.clip(rng.normal(0.6, 0.05, (80, 80)), 0, 1),
        rng.uniform(0, 1, (200, 200, 3)),
        np.zeros((30, 30, 4)),
    ):
        seen = normalise(picture)
        assert seen.shape == (28, 28)
        assert not seen.any()
    assert normalise_all([]).shape == (0, 28, 28)
    assert not normalise_ink(np.zeros((5, 9))).any()


@settings(max_examples=150)
@given(
    shape=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    colours=st.sampled_from([(), (1,), (2,), (3,), (4,)]),
    seed=st.integers(0, 10_000),
    levels=st.integers(1, 256),
)
def test_any_pixels_give_an_image(
    shape: tuple[int, int], colours: tuple[int, ...], seed: int, levels: int
) -> None:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, levels, shape + colours).astype(np.uint8)
    seen = normalise(pixels)
    assert seen.shape == (28, 28)
    assert seen.dtype == np.float32
    assert ((seen >= 0) & (seen <= 1)).all()
    np.testing.assert_array_equal(normalise(pixels), seen)  # the same bits again


def test_pictures_from_files_and_wrong_input(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    picture = np.rint(255 * (1 - a_five())).astype(np.uint8)
    Image.fromarray(picture).save(buffer, "PNG")
    np.testing.assert_array_equal(normalise(buffer.getvalue()), normalise(picture))
    with pytest.raises(PictureError):
        normalise(tmp_path)
    with pytest.raises(ShapeError):
        normalise_ink(np.zeros((2, 3, 4)))
    with pytest.raises(ShapeError):
        normalise_ink(np.zeros((0, 4)))
    with pytest.raises(InputError):
        normalise_ink(np.full((4, 4), 7.0))
    with pytest.raises(InputError):
        normalise_ink(np.full((4, 4), np.nan))
    assert NORMALISER_VERSION == "3"


def test_one_step_by_hand() -> None:
    """A bar of 40 × 8 pixels: 20 × 4 normalised, centre of mass 14.5, not 13.5, of two."""
    ink = np.zeros((100, 100))
    ink[30:70, 50:58] = 1
    seen = normalise_ink(ink)
    expected = np.zeros((28, 28))
    expected[4:24, 12:16] = 1
    assert nearest(seen, expected) == 0
    assert centre(seen) == pytest.approx([14.5, 14.5])
