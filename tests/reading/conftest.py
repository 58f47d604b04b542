from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from numerist.reading.output import Failure
from numerist.reading.result import Alternative, Digit, Number, PageReading, Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from numerist.reading.output import Outcome


@pytest.fixture(scope="session")
def page() -> Callable[..., PageReading]:
    """Makes the reading of a page out of its number and its lines: `page(1, "1 22", "333")`."""
    return _page


def _page(number: int, *lines: str) -> PageReading:
    numbers = [
        Number(text, 0.75, (10 * k, 20 * line, 10 * k + 9.26, 20 * line + 15), line,
               tuple(Digit(c, 0.9, (k, 0, 1, 1), (Alternative("7", 0.05),)) for c in text),
               (Alternative("9", 0.2), Alternative("77", 0.01)))
        for line, texts in enumerate(lines)
        for k, text in enumerate(texts.split())
    ]  # fmt: skip
    return PageReading(number, (100, 100), tuple(numbers))


@pytest.fixture(scope="session")
def outcomes() -> list[Outcome]:
    """What becomes of documents: two that are read, one that is not, an empty one, half a one."""
    return [
        Reading("a.png", (_page(1, "504192"),)),
        Reading('folder, with "marks"/b\n.png', (_page(1, "1 22", "", "333"),)),
        Failure("c.png", "c.png: expected a picture, found nothing. Send another."),
        Reading("empty.png", (_page(1),)),
        Reading(
            "two.pdf", (_page(1, "7"), PageReading(2, (0, 0), error="two.pdf, page 2: damaged"))
        ),
    ]


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
