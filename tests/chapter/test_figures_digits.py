"""Digits and weights: the pixels that come out are those that went in."""
# ruff: noqa: S314  (the SVG that is parsed is our own)

from __future__ import annotations

import base64
import io
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from numerist.chapter.figures import Picture, draw_digits, draw_evidence, draw_sheet, draw_weights
from numerist.errors import InputError, ShapeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_RNG = np.random.default_rng(5)
_DIGITS = _RNG.random((7, 28, 28))


def _elements(picture: Picture, name: str) -> list[ET.Element]:
    return [e for e in ET.fromstring(picture.data).iter() if e.get("class") == name]


def _pixels(element: ET.Element) -> NDArray[np.int64]:
    file = base64.b64decode(element.attrib["href"].partition(",")[2])
    with Image.open(io.BytesIO(file)) as image:
        return np.asarray(image.convert("RGBA").convert("RGB")).astype(np.int64)


def test_a_sheet_is_ink_on_paper_in_sixteen_greys() -> None:
    picture = draw_sheet(_DIGITS, columns=4, alt="Noise.")
    assert isinstance(picture.data, bytes)
    assert (picture.width, picture.height) == (4 * 30 + 2, 2 * 30 + 2)
    with Image.open(io.BytesIO(picture.data)) as image:
        grey = np.asarray(image.convert("L")).astype(float) / 255
        assert len(np.unique(np.asarray(image))) <= 16
    # Image 5 stands in the second row, second column; ink is dark.
    np.testing.assert_allclose(1 - grey[32:60, 32:60], _DIGITS[5], atol=0.5 / 15 + 0.01)
    assert (grey[:2] == 1).all()


def test_images_with_captions_keep_their_pixels_and_stay_sharp() -> None:
    picture = draw_digits(_DIGITS, [f"{i}, read as 9\n(61 %)" for i in range(7)], alt="Noise.")
    images = _elements(picture, "image")
    assert len(images) == 7
    for element, digit in zip(images, _DIGITS, strict=True):
        assert "pixelated" in element.attrib["style"]
        pixels = _pixels(element)
        assert pixels.shape == (28, 28, 3)
        np.testing.assert_allclose(pixels[..., 1], 255 * (1 - digit), atol=6)
    assert [e.text for e in _elements(picture, "caption")][2:4] == ["1, read as 9", "(61 %)"]


def test_images_lie_in_rows_and_do_not_overlap() -> None:
    picture = draw_digits(_DIGITS, [str(i) for i in range(7)], columns=3, alt="Noise.")
    frames = []
    for element in _elements(picture, "image"):
        a, b, c, d, x, y = map(float, re.findall(r"-?[\d.]+", element.attrib["transform"]))
        assert b == c == 0
        size = np.array([a * float(element.attrib["width"]), d * float(element.attrib["height"])])
        frames.append((np.array([x, y]), np.array([x, y]) + size))
    lefts = sorted({round(float(low[0])) for low, _ in frames})
    assert len(lefts) == 3
    assert len({round(float(low[1])) for low, _ in frames}) == 3
    for i, (low, high) in enumerate(frames):
        assert (low >= 0).all()
        assert (high <= [picture.width, picture.height]).all()
        for other_low, other_high in frames[:i]:
            assert (low >= other_high).any() or (high <= other_low).any()


def test_images_stand_upright() -> None:
    digit = np.zeros((1, 28, 28))
    digit[0, :3] = 1  # ink at the top
    (image,) = _elements(draw_digits(digit, ["a bar on top"], alt="A bar."), "image")
    height = float(re.findall(r"-?[\d.]+", image.attrib["transform"])[3])
    rows = _pixels(image)[:, 0, 0]
    top = rows[:3] if height > 0 else rows[-3:]
    assert (top < 10).all()
    assert (rows > 245).sum() == 25


def test_weights_are_blue_for_and_red_against() -> None:
    weights = np.zeros((2, 4, 4))
    weights[0, 0, 0], weights[1, 0, 0] = 2.0, -2.0
    picture = draw_weights(weights, ["for", "against"], limit=2, alt="Two neurons.")
    first, second = (_pixels(e).reshape(-1, 3) for e in _elements(picture, "image"))
    strong = [p[np.abs(p - p.mean(axis=1, keepdims=True)).sum(axis=1).argmax()] for p in
              (first, second)]  # fmt: skip
    assert strong[0][2] > strong[0][0] + 50
    assert strong[1][0] > strong[1][2] + 50
    assert (np.median(first, axis=0) > 240).all()  # no weight: white
    texts = [e.text for e in ET.fromstring(picture.data).iter() if e.tag.endswith("}text")]
    assert {"ink speaks for", "against"} <= set(texts)
    assert len(_elements(picture, "swatch")) == 2


def test_weights_of_all_neurons_share_one_scale() -> None:
    weights = np.stack([np.full((4, 4), 0.1), np.full((4, 4), 1.0)])
    picture = draw_weights(weights, ["weak", "strong"], alt="Two neurons.")
    weak, strong = (_pixels(e).mean(axis=(0, 1)) for e in _elements(picture, "image"))
    assert weak[0] > 200
    assert strong[0] < 60


def test_weights_that_are_all_zero_are_white() -> None:
    (image,) = _elements(draw_weights(np.zeros((1, 4, 4)), ["0"], alt="Nothing."), "image")
    assert (_pixels(image) > 240).all()


@pytest.mark.parametrize(
    ("error", "draw", "said"),
    [
        (InputError, lambda: draw_sheet(_DIGITS * 255, alt="x"), "images: expected values from 0"),
        (InputError, lambda: draw_sheet(-_DIGITS, alt="x"), "images: expected values from 0"),
        (InputError, lambda: draw_sheet(_DIGITS, columns=0, alt="x"), "columns: expected a whole"),
        (ShapeError, lambda: draw_sheet(np.zeros((0, 28, 28)), alt="x"), "one image or more"),
        (ShapeError, lambda: draw_sheet(np.zeros((5, 784)), alt="x"), "found shape (5, 784)"),
        (ShapeError, lambda: draw_digits(_DIGITS, ["a"], alt="x"), "captions: expected 7, found 1"),
        (ShapeError, lambda: draw_weights(_DIGITS, [], alt="x"), "captions: expected 7, found 0"),
        (
            InputError,
            lambda: draw_weights(np.full((1, 4, 4), np.nan), ["a"], alt="x"),
            "weights: expected finite numbers",
        ),
        (
            InputError,
            lambda: draw_weights(np.ones((1, 4, 4)), ["a"], limit=0, alt="x"),
            "limit: expected a finite number above 0",
        ),
    ],
)
def test_bad_input_is_refused(error: type[Exception], draw: Any, said: str) -> None:
    with pytest.raises(error, match=re.escape(said)):
        draw()


def test_evidence_lies_in_blue_and_red_over_the_image() -> None:
    image, evidence = np.zeros((2, 28, 28)), np.zeros((2, 28, 28))
    image[:, 10:14], evidence[0, :5], evidence[1, 20:] = 1, 3.0, -1.5
    picture = draw_evidence(image, evidence, ["7: 90 %", "9: 8 %"], limit=3.0, alt="Two.")
    first, second = (_pixels(element) for element in _elements(picture, "image"))
    assert first[2, 2].tolist() == [33, 102, 172]  # full blue
    assert second[25, 2].tolist() == [216, 140, 149]  # half of full red, on white
    assert first[7, 2].tolist() == second[2, 2].tolist() == [255, 255, 255]
    for panel in (first, second):
        assert panel[12, 2].tolist() == [153, 153, 153]  # the image, as a shadow
    assert [e.text for e in _elements(picture, "caption")] == ["7: 90 %", "9: 8 %"]
    assert [e.text for e in _elements(picture, "name")] == ["speaks for", "against"]


def test_evidence_that_does_not_fit_the_image_is_refused() -> None:
    image = np.zeros((1, 28, 28))
    with pytest.raises(ShapeError, match=r"evidence: expected shape \(1, 28, 28\)"):
        draw_evidence(image, np.zeros((1, 28, 27)), ["a"], alt="One.")
    with pytest.raises(InputError, match="evidence"):
        draw_evidence(image, image * np.nan, ["a"], alt="One.")
    with pytest.raises(InputError, match="images: expected values from 0"):
        draw_evidence(image + 2, image, ["a"], alt="One.")
    with pytest.raises(InputError, match="limit"):
        draw_evidence(image, image, ["a"], alt="One.", limit=0)
