"""Large windows against OpenCV's."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from numerist.reading.windows import closed, opened_along

RNG = np.random.default_rng(7)


@pytest.mark.parametrize("shape", [(50, 70), (33, 20), (1, 1)])
@pytest.mark.parametrize("window", [(9, 1), (1, 9), (9, 9), (31, 15), (1, 1)])
def test_closing_is_that_of_opencv(shape: tuple[int, int], window: tuple[int, int]) -> None:
    wide, high = window
    picture = RNG.integers(0, 256, shape, dtype=np.uint8)
    room = 40
    further = cv2.copyMakeBorder(picture, room, room, room, room, cv2.BORDER_REPLICATE)
    theirs = cv2.morphologyEx(further, cv2.MORPH_CLOSE, np.ones((high, wide), np.uint8))
    assert np.array_equal(closed(picture, wide, high), theirs[room:-room, room:-room])


@pytest.mark.parametrize("shape", [(50, 70), (33, 20), (1, 1)])
@pytest.mark.parametrize("wide", [1, 2, 3, 8, 9, 40, 99])
def test_opening_is_that_of_opencv(shape: tuple[int, int], wide: int) -> None:
    for picture in (
        RNG.integers(0, 256, shape, dtype=np.uint8),
        (RNG.random(shape) < 0.8).astype(np.uint8),
        np.ones(shape, np.uint8),
    ):
        theirs = cv2.morphologyEx(picture, cv2.MORPH_OPEN, np.ones((1, wide), np.uint8))
        assert np.array_equal(opened_along(picture, wide), theirs)
