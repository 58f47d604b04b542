from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session")
def grid() -> Callable[..., tuple[np.ndarray, int]]:
    """Draws digits like 0 and 1 in a grid: the page, bool (high, wide), and how many lines."""
    return _zeros_and_ones


def _zeros_and_ones(high: int, wide: int, size: int = 40) -> tuple[np.ndarray, int]:
    page = np.zeros((high, wide), bool)
    lines = 0
    for top in range(20, high - size - 10, 2 * size):
        lines += 1
        for place, left in enumerate(range(20, wide - size, round(0.9 * size))):
            if place % 2:
                page[top : top + size, left + 8 : left + 13] = True
            else:
                page[top : top + size, left : left + 25] = True
                page[top + 5 : top + size - 5, left + 5 : left + 20] = False
    return page, lines
