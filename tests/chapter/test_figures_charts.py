"""Charts show the numbers they are given: coordinates are read back from the SVG."""
# ruff: noqa: S314  (the SVG that is parsed is our own)

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from numerist.chapter.figures import (
    Picture,
    draw_agreement,
    draw_bars,
    draw_error,
    draw_ladder,
    draw_learning_curves,
)
from numerist.errors import InputError, ShapeError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _groups(picture: Picture, name: str) -> list[ET.Element]:
    return [e for e in ET.fromstring(picture.data).iter() if e.get("class") == name]


def _points(group: ET.Element) -> NDArray[np.float64]:
    """Return the vertices of the first path in an element, (n, 2), where it is used."""
    path = next(e for e in group.iter() if "d" in e.attrib)
    numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", path.attrib["d"])]
    uses = [e for e in group.iter() if e.tag.endswith("}use")]
    down = float(uses[0].attrib["y"]) if uses and path.get("id") else 0.0
    points: NDArray[np.float64] = np.array(numbers).reshape(-1, 2) + np.array([0.0, down])
    return points


def _texts(picture: Picture) -> list[str | None]:
    return [e.text for e in ET.fromstring(picture.data).iter() if e.tag.endswith("}text")]


def _is_scaled(drawn: NDArray[np.float64], values: Any) -> None:
    """Check that coordinates are a·values + c."""
    values = np.asarray(values, dtype=float)
    line = np.polyfit(values, drawn, 1)
    np.testing.assert_allclose(np.polyval(line, values), drawn, atol=0.02)
    assert abs(line[0]) * np.ptp(values) > 20  # units of the picture: it is no flat line


def test_a_learning_curve_is_the_median_and_its_band_the_extremes() -> None:
    runs = np.array([[0.5, 0.80, 0.90], [0.7, 0.82, 0.97], [0.6, 0.90, 0.91]])
    picture = draw_learning_curves({"three runs": runs}, alt="It learns.")
    (curve,), (band,) = _groups(picture, "curve"), _groups(picture, "band")
    points = _points(curve)
    _is_scaled(points[:, 0], [0, 1, 2])
    _is_scaled(points[:, 1], [0.6, 0.82, 0.91])
    assert points[0, 1] > points[1, 1]  # better is higher; y counts downwards
    scale = np.polyfit([0.6, 0.82, 0.91], points[:, 1], 1)
    outline = _points(band)
    assert outline[:, 1].max() == pytest.approx(np.polyval(scale, 0.5), abs=0.05)
    assert outline[:, 1].min() == pytest.approx(np.polyval(scale, 0.97), abs=0.05)


def test_a_single_run_has_no_band() -> None:
    picture = draw_learning_curves({"one run": [0.1, 0.2, 0.3]}, alt="It learns.")
    assert len(_groups(picture, "curve")) == 1
    assert _groups(picture, "band") == []


def test_what_the_chapter_says_is_a_level_line_at_its_value() -> None:
    picture = draw_learning_curves(
        {"run": [0.2, 0.6, 1.0]}, references={"the chapter": 0.4}, alt="It learns."
    )
    (reference,), (curve,) = _groups(picture, "reference"), _groups(picture, "curve")
    level = _points(reference)[:, 1]
    assert level[0] == level[1] == pytest.approx(_points(curve)[:2, 1].mean(), abs=0.02)
    assert "the chapter" in _texts(picture)
    assert "40 %" in _texts(picture)


def test_values_that_are_no_shares_are_not_written_in_percent() -> None:
    picture = draw_learning_curves(
        {"cost": [3.0, 2.0, 1.0]}, shares=False, ylabel="cost", first=1, alt="It falls."
    )
    assert not any("%" in (text or "") for text in _texts(picture))


def test_curves_of_different_lengths_go_together() -> None:
    picture = draw_learning_curves({"a": [0.1, 0.2], "b": [0.1, 0.2, 0.3, 0.4]}, alt="Two.")
    a, b = (_points(g) for g in _groups(picture, "curve"))
    np.testing.assert_allclose(a, b[:2], atol=0.02)


def test_a_ladder_has_logarithmic_steps_and_a_point_for_each_run() -> None:
    steps = [0.001, 0.1, 1, 100]
    runs = [[0.2, 0.7, 0.9, 0.1], [0.4, 0.9, 0.94, 0.1], [0.3, 0.8, 0.92, 0.1]]
    picture = draw_ladder(steps, {"net": runs}, xlabel="rate", alt="A ladder.")
    points = _points(_groups(picture, "curve")[0])
    _is_scaled(points[:, 0], np.log10(steps))
    _is_scaled(points[:, 1], [0.3, 0.8, 0.92, 0.1])
    uses = [e for e in _groups(picture, "run")[0].iter() if e.tag.endswith("}use")]
    _is_scaled(np.array([float(e.attrib["x"]) for e in uses]), np.log10(steps * 3))
    _is_scaled(np.array([float(e.attrib["y"]) for e in uses]), np.ravel(runs))
    assert {"0.001", "0.1", "1", "100"} <= set(_texts(picture))


def test_errors_that_fall_as_a_power_lie_on_the_line_of_that_power() -> None:
    sizes = np.array([1, 10, 100, 1000])
    picture = draw_error(sizes, {"measured": 7 / np.sqrt(sizes)}, alt="It falls.")
    measured, slope = (_points(_groups(picture, n)[0]) for n in ("curve", "slope"))
    np.testing.assert_allclose(measured, slope, atol=0.02)
    _is_scaled(measured[:, 1], np.log10(7 / np.sqrt(sizes)))
    flat = draw_error(sizes, {"measured": 7 / sizes}, slope=None, alt="It falls faster.")
    assert _groups(flat, "slope") == []


def test_errors_less_than_two_powers_of_ten_apart_have_ticks_between_these() -> None:
    series = {"a": [0.3, 0.04, 0.012]}
    words = _texts(draw_error([1, 10, 100], series, slope=None, shares=True, alt="It falls."))
    assert [word for word in words if word and "%" in word] == ["2 %", "5 %", "10 %", "20 %"]
    plain = _texts(draw_error([1, 10, 100], {"a": [0.3, 0.04, 0.001]}, slope=None, alt="Further."))
    assert "%" not in "".join(filter(None, plain))
    assert {"0.001", "0.01", "0.1"} <= set(plain)


def test_bars_are_as_long_as_their_values() -> None:
    picture = draw_bars(list("0129"), [1, 2, 4, 3], errors=[0.5] * 4, label="d", alt="Bars.")
    tall = np.array([np.ptp(_points(g)[:, 1]) for g in _groups(picture, "bar")])
    np.testing.assert_allclose(tall / tall[0], [1, 2, 4, 3], rtol=1e-3)
    (error,) = _groups(picture, "error")
    whiskers = [_points(e) for e in error.iter() if "d" in e.attrib]
    assert len(whiskers) == 4
    np.testing.assert_allclose([np.ptp(w[:, 1]) for w in whiskers], tall[0], rtol=1e-3)


def test_level_bars_have_their_values_written() -> None:
    picture = draw_bars(
        ["chance", "darkness"], [0.1, 0.2225], label="a", shares=True, horizontal=True, alt="Two."
    )
    long = np.array([np.ptp(_points(g)[:, 0]) for g in _groups(picture, "bar")])
    assert long[1] / long[0] == pytest.approx(2.225, rel=1e-3)
    assert {"10.00 %", "22.25 %", "chance", "darkness"} <= set(_texts(picture))


def test_errors_below_and_above_differ() -> None:
    picture = draw_bars(["a"], [10], errors=[[1], [4]], label="x", alt="One bar.")
    bar, error = (_points(_groups(picture, n)[0])[:, 1] for n in ("bar", "error"))
    unit = np.ptp(bar) / 10
    assert bar.min() - error.min() == pytest.approx(4 * unit, rel=1e-2)
    assert error.max() - bar.min() == pytest.approx(1 * unit, rel=1e-2)


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda: draw_learning_curves({}, alt="x"), "curves: expected 1 to 10 of them, found 0"),
        (
            lambda: draw_learning_curves({str(i): [0.1, 0.2] for i in range(11)}, alt="x"),
            "curves: expected 1 to 10 of them, found 11",
        ),
        (
            lambda: draw_learning_curves({"η = 100": [0.1, np.nan]}, alt="x"),
            "curve 'η = 100': expected finite numbers",
        ),
        (
            lambda: draw_ladder([1, 0.1], {"a": [1, 2]}, xlabel="η", alt="x"),
            "steps: expected positive numbers that rise, found [1.0, 0.1]",
        ),
        (
            lambda: draw_ladder([0, 1], {"a": [1, 2]}, xlabel="η", alt="x"),
            "steps: expected positive numbers that rise",
        ),
        (
            lambda: draw_error([1, 10], {"a": [1, 0]}, alt="x"),
            "series 'a': expected positive errors",
        ),
        (
            lambda: draw_bars(["a"], [1], errors=[-1], label="x", alt="x"),
            "errors: expected lengths of at least 0",
        ),
    ],
)
def test_bad_numbers_are_refused(draw: Any, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        draw()


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (
            lambda: draw_learning_curves({"a": np.zeros((2, 3, 4))}, alt="x"),
            "curve 'a': expected shape (runs, points), found shape (2, 3, 4)",
        ),
        (lambda: draw_learning_curves({"a": []}, alt="x"), "curve 'a': expected shape"),
        (
            lambda: draw_ladder([1, 2, 3], {"a": [1, 2]}, xlabel="η", alt="x"),
            "series 'a': expected shape (runs, 3), found shape (2,)",
        ),
        (lambda: draw_bars(["a", "b"], [1], label="x", alt="x"), "names: expected 1, found 2"),
        (lambda: draw_bars([], [], label="x", alt="x"), "values: expected a flat list"),
        (
            lambda: draw_bars(["a", "b"], [1, 2], errors=[1], label="x", alt="x"),
            "errors: expected shape (runs, 2)",
        ),
    ],
)
def test_bad_shapes_are_refused(draw: Any, said: str) -> None:
    with pytest.raises(ShapeError, match=re.escape(said)):
        draw()


def test_points_that_agree_lie_on_the_diagonal() -> None:
    x, y = [-1.0, 0.5, 2.0], [-1.0, 0.8, 2.0]
    picture = draw_agreement(x, y, xlabel="known", ylabel="checked", alt="One is off.")
    (diagonal,), (points,) = _groups(picture, "diagonal"), _groups(picture, "points")
    (x0, y0), (x1, y1) = _points(diagonal)
    drawn = [(float(u.attrib["x"]), float(u.attrib["y"])) for u in points.iter() if "x" in u.attrib]
    _is_scaled(np.array([px for px, _ in drawn]), x)
    _is_scaled(np.array([py for _, py in drawn]), y)
    off = [py - (y0 + (px - x0) * (y1 - y0) / (x1 - x0)) for px, py in drawn]
    assert off[0] == pytest.approx(0, abs=0.05)
    assert off[1] < -5  # above the diagonal; y counts downwards
    assert off[2] == pytest.approx(0, abs=0.05)
    with pytest.raises(ShapeError, match="y"):
        draw_agreement([1, 2], [1], xlabel="known", ylabel="checked", alt="One is missing.")


def test_large_numbers_on_logarithmic_axes_are_powers() -> None:
    sizes = [10.0, 1e3, 1e6]
    picture = draw_error(sizes, {"pairs": [n**2 for n in sizes]}, slope=None, alt="It grows.")
    texts = _texts(picture)
    assert "10¹²" in texts
    assert not [text for text in texts if text and text.count("0") > 4]


def test_ticks_that_would_touch_are_left_to_powers_of_ten() -> None:
    near = draw_error([13, 23_860, 79_510, 10**6], {"n": [1, 2, 3, 4]}, slope=None, alt="Near.")
    assert "23,860" not in _texts(near)
    far = draw_error([13, 23_860], {"n": [1, 2]}, slope=None, alt="Far.")
    assert "23,860" in _texts(far)


def test_long_names_are_folded_and_leave_the_bars_their_room() -> None:
    long = "end to end, ten times as wide, more pictures"
    short, folded = (
        draw_bars(["sub-networks", name], [0.9, 0.95], label="a", horizontal=True, alt="Two.")
        for name in ("end to end", long)
    )
    lengths = [np.ptp(_points(_groups(p, "bar")[1])[:, 0]) for p in (short, folded)]
    assert lengths[1] > 0.75 * lengths[0]
    words = [text or "" for text in _texts(folded)]
    start = words.index("end to end, ten times")
    assert " ".join(words[start : start + 2]) == long
    even = draw_bars(["wrong of the rest, at 5 %"], [1], label="a", horizontal=True, alt="One.")
    assert {"wrong of the", "rest, at 5 %"} <= set(_texts(even))
    three = draw_bars([f"{long}, {long}"], [1], label="a", horizontal=True, alt="One.")
    assert three.height - 56 > 14 * 4  # as many lines of 14 as it needs
    assert short.height == folded.height == 2 * 34 + 56


@pytest.mark.parametrize("value", [0.016724, 0.155249, 36.1234, 1234.56, 60000, 0])
def test_values_of_bars_are_written_to_three_digits(value: float) -> None:
    picture = draw_bars(["a"], [value], label="kB", horizontal=True, alt="One bar.")
    wanted = f"{value:,.0f}" if value >= 1000 else f"{float(f'{value:.2e}'):g}"
    assert wanted in _texts(picture)


@pytest.mark.parametrize("first", [0, 1])
def test_a_single_epoch_has_a_whole_number(first: int) -> None:
    picture = draw_learning_curves({"a": [0.5]}, first=first, alt="One epoch.")
    assert [t for t in _texts(picture) if t and "%" not in t and t[-1].isdigit()] == [str(first)]


def test_what_hardly_changes_looks_flat_and_what_changes_does_not() -> None:
    def height(values: list[float]) -> float:
        picture = draw_learning_curves({"run": values}, alt="A run.")
        return float(np.ptp(_points(_groups(picture, "curve")[0])[:, 1]))

    assert height([0.111, 0.11, 0.11]) < 10  # units, of 240
    assert height([0.98, 0.982, 0.981]) < 50
    assert height([0.91, 0.94, 0.95]) > 120
    assert height([0.1, 0.5, 0.9]) > 120
    assert height([0.0, 0.0]) == height([1.0, 1.0]) == 0


def test_a_narrow_logarithmic_axis_has_several_ticks() -> None:
    for values in ([0.26, 0.14], [0.262, 0.201], [0.0123, 0.011]):
        words = _texts(draw_error([1, 10], {"a": values}, slope=None, shares=True, alt="It falls."))
        ticks = [float(t.removesuffix(" %")) / 100 for t in words if t and "%" in t]
        assert len(ticks) >= 2
        assert 0.99 * values[1] <= min(ticks) < max(ticks) <= 1.01 * values[0]
