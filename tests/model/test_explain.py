"""Explanations: against a loop as plain as can be, and models whose evidence is known by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from numerist.errors import InputError, ShapeError, WriteError
from numerist.image import PictureError, normalise
from numerist.model import Model, write_network
from numerist.model.explain import Explanation, explain, write_explanation
from numerist.network import Network

if TYPE_CHECKING:
    from pathlib import Path

    from numerist.data import Mnist

SIDE = 28


def _model(folder: Path, net: Network, **about: Any) -> Model:
    write_network(folder / "model.onnx", net, **about)
    return Model(folder / "model.onnx")


def _looks_at_a_corner(folder: Path) -> Model:
    """Return a model whose class 3 adds up the ink of a corner; the others know nothing."""
    net = Network([SIDE * SIDE, 10], output="softmax", cost="log-likelihood", seed=0)
    corner = np.zeros((SIDE, SIDE), np.float32)
    corner[2:6, 20:25] = 0.5  # top right: neither symmetric nor square
    net.weights[0][...] = 0
    net.weights[0][3] = corner.ravel()
    net.biases[0][...] = 0
    return _model(folder, net)


def _part(row: int, column: int, y: int, x: int, radius: float = 4.0) -> float:
    """How much of pixel (y, x) is changed with the middle (row, column), written out."""
    if abs(y - row) >= radius or abs(x - column) >= radius:
        return 0.0
    along = math.cos(math.pi * (y - row) / (2 * radius)) ** 2
    return along * math.cos(math.pi * (x - column) / (2 * radius)) ** 2


def test_a_class_that_looks_at_one_corner_gets_evidence_there_and_nowhere_else(
    tmp_path: Path,
) -> None:
    model = _looks_at_a_corner(tmp_path)
    image = np.random.default_rng(0).random((SIDE, SIDE)).astype(np.float32)
    found = explain(model, image)
    corner = [(y, x) for y in range(2, 6) for x in range(20, 25)]
    for row, column in [(3, 22), (2, 20), (7, 18), (0, 27), (8, 27), (3, 5), (20, 22)]:
        parts = [(y, x, _part(row, column, y, x)) for y, x in corner]
        # The log-odds of class 3 are its weighted input less ln 9: what is lost is lost from it.
        wiped = 0.5 * sum(part * float(image[y, x]) for y, x, part in parts)
        filled = 0.5 * sum(part * (1 - float(image[y, x])) for y, x, part in parts)
        assert found.ink[3, row, column] == pytest.approx(wiped, abs=2e-5)
        assert found.paper[3, row, column] == pytest.approx(-filled, abs=2e-5)
        if wiped > 0.01:
            assert found.ink[5, row, column] < 0 < found.paper[5, row, column]
    away = np.ones((SIDE, SIDE), dtype=bool)
    away[:9, 17:] = False  # nearer than a radius to the corner
    assert not found.ink[:, away].any()
    assert not found.paper[:, away].any()
    assert found.ink[3, 3, 22] > 1


def test_every_pixel_is_as_a_plain_slow_loop_finds_it(tmp_path: Path) -> None:
    net = Network([12 * 20, 6, 4], output="softmax", cost="log-likelihood", seed=2)
    model = _model(tmp_path, net, input_shape=(12, 20))
    image = np.zeros((12, 20), np.float32)
    image[3:9, 5:8] = np.random.default_rng(1).random((6, 3))
    found = explain(model, image, radius=2.5)
    outputs = net.feedforward(image.ravel())
    assert found.probabilities == pytest.approx(outputs, abs=1e-6)
    for row in range(12):
        for column in range(20):
            wiped, filled = image.astype(float), image.astype(float)
            for y in range(12):
                for x in range(20):
                    part = _part(row, column, y, x, radius=2.5)
                    wiped[y, x] *= 1 - part
                    filled[y, x] += part * (1 - filled[y, x])
            for changed, evidence in ((wiped, found.ink), (filled, found.paper)):
                other = net.feedforward(changed.ravel())
                for k, (p, q) in enumerate(zip(outputs, other, strict=True)):
                    wanted = math.log(p / (1 - p)) - math.log(q / (1 - q))
                    assert evidence[k, row, column] == pytest.approx(wanted, abs=1e-4)


def test_ink_speaks_where_there_is_ink_and_paper_elsewhere() -> None:
    image = np.array([[1.0, 0.0, 0.25]], np.float32)
    ink, paper = np.array([[[4.0, 4, 4]]], np.float32), np.array([[[8.0, 8, 8]]], np.float32)
    parts = Explanation(image, ["a"], np.ones(1, np.float32), ink, paper)
    assert parts.evidence.tolist() == [[[4.0, 8.0, 7.0]]]


def test_evidence_stays_finite_where_a_class_is_certain(tmp_path: Path) -> None:
    net = Network([SIDE * SIDE, 10], output="softmax", cost="log-likelihood", seed=0)
    net.weights[0][...] *= 1000
    found = explain(_model(tmp_path, net), np.full((SIDE, SIDE), 0.5))
    assert found.probabilities.max() == 1
    for evidence in (found.ink, found.paper):
        assert evidence.dtype == np.float32
        assert np.abs(evidence).max() <= 2 * math.log(1e9) + 1e-3
    assert np.abs(found.ink).max() > 10


def test_an_empty_image_has_no_ink_that_speaks(tmp_path: Path) -> None:
    found = explain(_looks_at_a_corner(tmp_path), np.zeros((SIDE, SIDE), np.uint8))
    assert not found.ink.any()
    assert found.paper[3].min() < -1


def test_any_picture_goes_through_the_normaliser(tmp_path: Path, mnist: Mnist) -> None:
    model = _looks_at_a_corner(tmp_path)
    digit = Image.fromarray((255 * (1 - mnist.training.images[0])).astype(np.uint8)).resize(
        (90, 70)
    )
    digit.save(tmp_path / "digit.png")
    seen = normalise(tmp_path / "digit.png")
    assert np.array_equal(explain(model, tmp_path / "digit.png").image, seen)
    # … but what is of the network's size goes in as it is, as in Model
    small = mnist.training.images[0]
    as_bytes = np.rint(255 * small).astype(np.uint8)
    for same in (small, small.ravel(), small.astype(float), as_bytes):
        assert np.array_equal(explain(model, same).image, small)


def test_bad_input_is_refused(tmp_path: Path) -> None:
    model = _looks_at_a_corner(tmp_path)
    image = np.zeros((SIDE, SIDE))
    for bad in (image - 0.1, image + 1.1, image * np.nan):
        with pytest.raises(InputError, match=r"image: expected pixels from paper 0.0 to ink 1.0"):
            explain(model, bad)
    with pytest.raises(InputError, match="image: expected pixels"):
        explain(model, np.full((SIDE, SIDE), "x"))
    with pytest.raises(ShapeError):
        explain(model, np.zeros((2, SIDE, SIDE)))
    with pytest.raises(PictureError):
        explain(model, tmp_path / "nothing.png")
    for radius in (0, -1, math.nan):
        with pytest.raises(InputError, match="radius: expected a finite number above 0"):
            explain(model, image, radius=radius)
    flat = _model(tmp_path, Network([5, 2], seed=0))
    with pytest.raises(InputError, match=r"model: expected one of pictures"):
        explain(flat, np.zeros(5))
    wide = _model(tmp_path, Network([24, 2], seed=0), input_shape=(4, 6))
    with pytest.raises(ShapeError, match=r"image: expected shape \(4, 6\)"):
        explain(wide, np.zeros((SIDE, SIDE)))


def _pixels(path: Path) -> np.ndarray[Any, np.dtype[np.int64]]:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(np.int64)


def test_the_picture_is_blue_where_something_speaks_for_a_class_and_red_against(
    tmp_path: Path,
) -> None:
    image = np.zeros((SIDE, SIDE), np.float32)
    image[10:18, 10:18] = 1
    evidence = np.zeros((3, SIDE, SIDE), np.float32)
    evidence[1, :5], evidence[1, -5:] = 2, -2
    parts = Explanation(
        image, ["a", "b", "c"], np.array([0.2, 0.7, 0.1], np.float32), evidence, evidence
    )
    write_explanation(tmp_path / "b.png", parts, ["b"], scale=4)
    pixels = _pixels(tmp_path / "b.png")
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    is_blue, is_red = blue - red > 100, red - blue > 100
    rows_of_blue, rows_of_red = np.flatnonzero(is_blue.any(axis=1)), np.flatnonzero(is_red.any(1))
    # the panel: 5 rows at its top, 5 at its bottom; then the squares of the legend
    assert is_blue.sum() - 16 * 16 == pytest.approx(5 * SIDE * 4 * 4, abs=40)
    assert is_red.sum() - 16 * 16 == pytest.approx(5 * SIDE * 4 * 4, abs=40)
    assert rows_of_blue[0] + 23 * 4 == rows_of_red[0]
    grey = (red == green) & (green == blue) & (red > 120) & (red < 155)
    assert grey.sum() >= 8 * 8 * 16  # the image beneath


def test_the_most_probable_classes_are_shown_unless_others_are_named(tmp_path: Path) -> None:
    model = _looks_at_a_corner(tmp_path)
    image = np.zeros((SIDE, SIDE), np.float32)
    image[2:6, 20:25] = 1
    parts = explain(model, image)
    assert parts.likeliest == [3, 0, 1, 2, 4, 5, 6, 7, 8, 9]
    write_explanation(tmp_path / "usual.png", parts)
    write_explanation(tmp_path / "named.png", parts, ["3", "0", "1"])
    write_explanation(tmp_path / "other.png", parts, ["3", "0", "2", "7"])
    usual, named, other = (_pixels(tmp_path / f"{n}.png") for n in ("usual", "named", "other"))
    assert np.array_equal(usual, named)
    assert other.shape[1] > usual.shape[1]
    for wrong in (["x"], []):
        with pytest.raises(InputError, match="classes: expected some of 0, 1, 2"):
            write_explanation(tmp_path / "no.png", parts, wrong)
    assert not (tmp_path / "no.png").exists()
    with pytest.raises(InputError, match="scale: expected a whole number of at least 1"):
        write_explanation(tmp_path / "no.png", parts, scale=0)
    with pytest.raises(WriteError):
        write_explanation(tmp_path / "nowhere" / "a.png", parts)


def test_a_class_with_an_endless_name_takes_no_endless_picture(tmp_path: Path) -> None:
    net = Network([SIDE * SIDE, 2], seed=0)
    model = _model(tmp_path, net, classes=["a" * 10_000, "b"])
    write_explanation(tmp_path / "a.png", explain(model, np.zeros((SIDE, SIDE))))
    assert _pixels(tmp_path / "a.png").shape[1] < 1_000
