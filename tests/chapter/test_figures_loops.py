"""A ring of neurons: its arrows lead from each to the next."""
# ruff: noqa: S314  (the SVG that is parsed is our own)

from __future__ import annotations

import math
import re
from xml.etree import ElementTree as ET

import pytest

from numerist.chapter.figures import draw_loop
from numerist.errors import InputError


def _numbers(element: ET.Element) -> list[tuple[float, float]]:
    values = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", element.attrib["d"])]
    return list(zip(values[::2], values[1::2], strict=True))


@pytest.mark.parametrize("count", [2, 3, 8])
def test_every_arrow_leads_from_a_neuron_to_the_next(count: int) -> None:
    root = ET.fromstring(draw_loop([f"n{k}" for k in range(count)], alt="A ring.").data)
    by_class = {
        name: [e for e in root.iter() if e.get("class") == name]
        for name in ("neuron", "loop", "head")
    }
    assert {len(found) for found in by_class.values()} == {count}
    centres = []
    for circle in by_class["neuron"]:
        points = _numbers(circle)
        centres.append(tuple(sum(p[k] for p in points[:-1]) / len(points[:-1]) for k in (0, 1)))
    for k, (line, head) in enumerate(zip(by_class["loop"], by_class["head"], strict=True)):
        start, tip = _numbers(line)[0], _numbers(head)[0]
        following = centres[(k + 1) % count]
        assert math.dist(start, centres[k]) < 24
        assert math.dist(tip, following) < 26


@pytest.mark.parametrize("count", [0, 1, 9])
def test_other_numbers_are_refused(count: int) -> None:
    with pytest.raises(InputError, match="names: expected 2 to 8 neurons"):
        draw_loop(["n"] * count, alt="A ring.")
