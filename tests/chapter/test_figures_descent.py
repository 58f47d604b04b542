"""The valley and the path down, read back from the SVG."""
# ruff: noqa: S314  (the SVG that is parsed is our own)

from __future__ import annotations

import base64
import io
import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from numerist.chapter.figures import Picture, draw_contours, draw_one_variable, draw_valley
from numerist.errors import InputError, ShapeError

_V = np.linspace(-2, 2, 41)
_W = np.linspace(-1, 1, 21)
_BOWL = _V**2 + _W[:, np.newaxis] ** 2  # (21, 41)
_WALK = np.array([[1.6, -0.8], [0.8, -0.4], [0.4, -0.2], [0.2, -0.1]])


def _groups(picture: Picture, name: str) -> list[ET.Element]:
    return [e for e in ET.fromstring(picture.data).iter() if e.get("class") == name]


def _points(group: ET.Element) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    path = next(e for e in group.iter() if "d" in e.attrib)
    numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", path.attrib["d"])]
    return np.array(numbers).reshape(-1, 2)


def test_the_surface_is_one_image_with_nothing_behind_it() -> None:
    picture = draw_valley(_V, _W, _BOWL, alt="A bowl.")
    (image,) = [e for e in ET.fromstring(picture.data).iter() if e.tag.endswith("}image")]
    file = base64.b64decode(image.attrib["href"].partition(",")[2])
    with Image.open(io.BytesIO(file)) as surface:
        alpha = np.asarray(surface.convert("RGBA"))[..., 3]
    assert alpha[0, 0] == alpha[-1, -1] == 0  # the corners show the page
    assert (alpha == 255).mean() > 0.3
    assert _groups(picture, "path") == []


def test_the_path_in_space_has_all_its_places() -> None:
    costs = (_WALK**2).sum(axis=1)
    picture = draw_valley(_V, _W, _BOWL, path=_WALK, costs=costs, alt="A bowl, a path.")
    (path,) = _groups(picture, "path")
    points = _points(path)
    assert len(points) == 4
    assert points[0, 1] < points[-1, 1]  # it starts higher, on the near side it would be lower


def test_contours_are_level_and_the_path_goes_through_its_places() -> None:
    picture = draw_contours(_V, _W, _BOWL, path=_WALK, levels=6, alt="Rings and a path.")
    points = _points(_groups(picture, "path")[0])
    for drawn, places in zip(points.T, _WALK.T, strict=True):
        line = np.polyfit(places, drawn, 1)
        np.testing.assert_allclose(np.polyval(line, places), drawn, atol=0.02)
    # Back from the picture's units: C is the same all along each ring.
    to_v, to_w = (np.polyfit(d, p, 1) for d, p in zip(points.T, _WALK.T, strict=True))
    (rings,) = _groups(picture, "contours")
    levels = []
    for ring in (e for e in rings.iter() if "d" in e.attrib):
        for part in ring.attrib["d"].split("M")[1:]:
            numbers = np.array(re.findall(r"-?\d+(?:\.\d+)?", part), dtype=float).reshape(-1, 2)
            cost = np.polyval(to_v, numbers[:, 0]) ** 2 + np.polyval(to_w, numbers[:, 1]) ** 2
            assert np.ptp(cost) < 0.03
            levels.append(round(float(cost.mean()), 1))
    assert len(set(levels)) >= 5
    assert len(_groups(picture, "start")) == len(_groups(picture, "end")) == 1


def test_in_one_variable_each_step_is_an_arrow_of_its_length() -> None:
    path = np.array([1.5, 0.9, 0.54])
    picture = draw_one_variable(
        _V, _V**2, path=path, costs=path**2, slopes=2 * path, alt="Three places."
    )
    curve = _points(_groups(picture, "curve")[0])
    scale = np.ptp(curve[:, 0]) / 4
    steps = _groups(picture, "step")
    assert len(steps) == 2
    for step, (a, b) in zip(steps, pairwise(path), strict=True):
        xs = np.concatenate([_points(e)[:, 0] for e in step.iter() if "d" in e.attrib])
        assert np.ptp(xs) == pytest.approx(scale * (a - b), abs=2.5)
    assert len(_groups(picture, "tangent")) == 3


def test_tangents_have_the_slope_they_are_given() -> None:
    path = np.array([1.5, -1.0])
    slopes = np.array([3.0, -2.0])
    picture = draw_one_variable(
        _V, _V**2, path=path, costs=path**2, slopes=slopes, alt="Two tangents."
    )
    curve = _points(_groups(picture, "curve")[0])
    across = np.ptp(curve[:, 0]) / 4
    down = np.ptp(curve[:, 1]) / 4  # v² goes from 0 to 4 between −2 and 2
    for tangent, slope in zip(_groups(picture, "tangent"), slopes, strict=True):
        (ax, ay), (bx, by) = _points(tangent)
        assert -(by - ay) / down / ((bx - ax) / across) == pytest.approx(slope, rel=0.02)


@pytest.mark.parametrize(
    ("error", "draw", "said"),
    [
        (
            ShapeError,
            lambda: draw_valley(_V, _W, _BOWL.T, alt="x"),
            "cost: expected shape (21, 41), found shape (41, 21)",
        ),
        (
            ShapeError,
            lambda: draw_contours(_V, _W, _BOWL, path=_WALK.T, alt="x"),
            "path: expected shape (k, 2)",
        ),
        (
            ShapeError,
            lambda: draw_valley(_V, _W, _BOWL, path=_WALK, alt="x"),
            "costs: expected 4, one for each place, found none",
        ),
        (
            ShapeError,
            lambda: draw_valley(_V, _W, _BOWL, path=_WALK, costs=[1], alt="x"),
            "costs: expected 4 values, found 1",
        ),
        (
            InputError,
            lambda: draw_contours(_V[::-1], _W, _BOWL, alt="x"),
            "v1: expected numbers that rise",
        ),
        (
            InputError,
            lambda: draw_contours(_V, _W, _BOWL, path=[[np.inf, 0]], alt="x"),
            "path: expected finite numbers",
        ),
        (
            ShapeError,
            lambda: draw_one_variable(_V, _V**2, path=[1, 2], costs=[1], alt="x"),
            "costs: expected 2 values, found 1",
        ),
        (
            InputError,
            lambda: draw_contours(_V, _W, np.zeros_like(_BOWL), alt="x"),
            "cost: expected values that differ",
        ),
        (InputError, lambda: draw_contours(_V, _W, _BOWL, levels=0, alt="x"), "levels: expected"),
    ],
)
def test_bad_input_is_refused(error: type[Exception], draw: Any, said: str) -> None:
    with pytest.raises(error, match=re.escape(said)):
        draw()
