"""Dark panels with light writing on light paper, and what is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from numerist.reading import Reader
from numerist.reading.panels import dark_panels
from numerist.reading.strings import make_number

if TYPE_CHECKING:
    from numerist.data import Mnist

PANEL = slice(220, 340), slice(60, 460)


def page(*, panel: float = 0.15, paper: float = 0.95) -> np.ndarray:
    result = np.full((420, 560), paper, np.float32)
    result[PANEL] = panel
    return result


@pytest.mark.parametrize("shape", [(420, 560), (420, 560, 3)])
def test_a_panel_with_something_light_in_it_is_found_but_for_its_edge(
    shape: tuple[int, ...],
) -> None:
    picture = page()
    picture[260:300, 100:110] = 0.9
    if len(shape) > 2:
        picture = np.repeat(picture[..., None], 3, axis=2)
    ((rows, columns),) = dark_panels(picture)
    for found, drawn in ((rows, PANEL[0]), (columns, PANEL[1])):
        assert drawn.start < found.start <= drawn.start + 5
        assert drawn.stop - 5 <= found.stop < drawn.stop


def test_what_is_empty_pale_round_or_most_of_the_page_is_no_panel() -> None:
    assert dark_panels(page()) == []  # nothing in it
    for none in (page(panel=0.8), page(panel=0.95, paper=0.1), np.full((9, 9), 0.5, np.float32)):
        none[: len(none) // 2, :3] = 1
        assert dark_panels(none) == []
    y, x = np.mgrid[:420, :560]
    round_ = np.where((y - 210) ** 2 + (x - 280) ** 2 < 150**2, 0.1, 0.95).astype(np.float32)
    round_[190:230, 260:300] = 0.95
    assert dark_panels(round_) == []


def test_a_corner_in_the_shade_is_no_panel() -> None:
    across = np.clip((np.arange(560) - 330) / 150, 0, 1)
    shaded = np.broadcast_to(0.9 - 0.6 * across, (420, 560)).astype(np.float32)
    shaded[180:240, 480:520] = 0.95
    assert dark_panels(shaded) == []
    shaded[:, 420:] -= 0.3  # the same with an edge
    assert len(dark_panels(shaded)) == 1


def test_numbers_on_a_panel_and_around_it_are_read(mnist: Mnist) -> None:
    right = 0
    for seed in range(5):
        rng = np.random.default_rng(seed)
        made = [make_number(mnist.validation, 4, rng, height=(38, 38)) for _ in range(2)]
        dark, light = (np.asarray(one.picture).astype(np.float32) / 255 for one in made)
        picture = page(paper=1.0)
        picture[80 : 80 + dark.shape[0], 70 : 70 + dark.shape[1]] = dark
        top = PANEL[0].start + (120 - light.shape[0]) // 2
        picture[top : top + light.shape[0], 90 : 90 + light.shape[1]] = 1 - 0.85 * light
        texts = [number.text for number in Reader().read(picture).numbers]
        right += texts == [one.text for one in made]
    assert right >= 4
