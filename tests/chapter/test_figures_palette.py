"""The series' colours: seen on white and on dark, and told apart by everyone."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from numerist.chapter.figures import palette
from numerist.chapter.figures.axes import MAX_SERIES, look


def _linear(colour: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Linear light of #rrggbb, (3,), as sRGB defines it."""
    values = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2, 1 to 21."""
    light = sorted(float(_linear(c) @ [0.2126, 0.7152, 0.0722]) + 0.05 for c in (one, other))
    return light[1] / light[0]


def test_contrast_as_known() -> None:
    assert _contrast("#000000", "#ffffff") == pytest.approx(21)
    assert _contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("background", ["#ffffff", "#fafafa", "#121212", "#1e1e1e"])
@pytest.mark.parametrize("colour", palette.SERIES)
def test_every_colour_stands_out_on_both_backgrounds(colour: str, background: str) -> None:
    assert _contrast(colour, background) >= 3


# What is left of linear RGB without one kind of cones (Machado, Oliveira and Fernandes, 2009).
_SIGHT = {
    "full": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}


def _lab(
    linear: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    ratio = np.clip(to_xyz @ np.clip(linear, 0, 1) / [0.95047, 1, 1.08883], 1e-9, None)
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", _SIGHT)
def test_colours_are_told_apart_with_any_sight(sight: str) -> None:
    for one, other in combinations(palette.SERIES, 2):
        seen = [_lab(_SIGHT[sight] @ _linear(colour)) for colour in (one, other)]
        assert np.linalg.norm(seen[0] - seen[1]) > 15, (one, other)  # 2.3 is just noticeable


def test_no_two_series_have_colour_and_dashes_alike() -> None:
    looks = [(look(i)["color"], str(look(i)["linestyle"])) for i in range(MAX_SERIES)]
    assert len(set(looks)) == MAX_SERIES == 10
