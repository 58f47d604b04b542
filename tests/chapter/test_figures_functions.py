"""σ and the step, read back from the SVG."""
# ruff: noqa: S314  (the SVG that is parsed is our own)

from __future__ import annotations

import math
import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from numerist.chapter.figures import Picture, draw_functions, draw_step
from numerist.errors import InputError, ShapeError


def _groups(picture: Picture, name: str) -> list[ET.Element]:
    return [e for e in ET.fromstring(picture.data).iter() if e.get("class") == name]


def _points(group: ET.Element) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    path = next(e for e in group.iter() if "d" in e.attrib)
    numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", path.attrib["d"])]
    return np.array(numbers).reshape(-1, 2)


def _dots(picture: Picture, name: str) -> list[tuple[float, float]]:
    uses = [e for g in _groups(picture, name) for e in g.iter() if e.tag.endswith("}use")]
    return [(float(e.attrib["x"]), float(e.attrib["y"])) for e in uses]


def test_sigma_has_its_shape() -> None:
    z = [-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0]
    sigma = [1 / (1 + math.exp(-x)) for x in z]
    (curve,) = _groups(draw_functions(z, {"σ": sigma}, alt="A smooth step."), "curve")
    points = _points(curve)
    for drawn, values in zip(points.T, (z, sigma), strict=True):
        line = np.polyfit(values, drawn, 1)
        np.testing.assert_allclose(np.polyval(line, values), drawn, atol=0.02)
    assert points[0, 1] - points[-1, 1] > 100  # it rises


@pytest.mark.parametrize(("at_zero", "gaps"), [(0, 1), (1, 1), (0.5, 2)])
def test_the_step_says_by_dots_what_it_is_at_zero(at_zero: float, gaps: int) -> None:
    picture = draw_step(at_zero=at_zero, alt="A step.")
    low, high = sorted((_points(g) for g in _groups(picture, "curve")), key=lambda p: -p[0, 1])
    ((x, y),) = _dots(picture, "value")
    # SVG's y counts downwards: 0 is low, 1 is high.
    assert y == pytest.approx(low[0, 1] + at_zero * (high[0, 1] - low[0, 1]), abs=0.05)
    hollow = _dots(picture, "gap")
    assert len(hollow) == gaps
    open_ends = [side[0, 1] for side, value in ((high, 1), (low, 0)) if value != at_zero]
    assert sorted(level for _, level in hollow) == pytest.approx(open_ends, abs=0.15)
    assert low[:, 0].max() <= x + 0.01
    assert high[:, 0].min() >= x - 0.01
    assert np.ptp(low[:, 1]) == np.ptp(high[:, 1]) == 0


def test_several_functions_have_their_names_in_a_legend() -> None:
    picture = draw_functions([0, 1], {"one": [0, 1], "other": [1, 0]}, alt="Two lines.")
    texts = [e.text for e in ET.fromstring(picture.data).iter() if e.tag.endswith("}text")]
    assert {"one", "other"} <= set(texts)
    assert len(_groups(picture, "curve")) == 2


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="x: expected numbers that rise"):
        draw_functions([1, 0], {"a": [1, 2]}, alt="x")
    with pytest.raises(ShapeError, match="x: expected a flat list of 2 or more"):
        draw_functions([1], {"a": [1]}, alt="x")
    with pytest.raises(ShapeError, match=r"function 'a': expected shape \(runs, 2\)"):
        draw_functions([0, 1], {"a": [1, 2, 3]}, alt="x")
    with pytest.raises(InputError, match="functions: expected 1 to 10"):
        draw_functions([0, 1], {}, alt="x")
    with pytest.raises(InputError, match="at_zero: expected a value from 0 to 1"):
        draw_step(at_zero=2, alt="x")
    with pytest.raises(InputError, match="reach: expected a positive number"):
        draw_step(reach=0, alt="x")
