"""Numbers cut apart: every segment in its colour, every label below its segment."""
# ruff: noqa: S314  (the SVG that is parsed is our own)

from __future__ import annotations

import base64
import io
import itertools
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from numerist.chapter.figures.cuts import _spread_out, draw_cuts
from numerist.errors import InputError, ShapeError

# Two ways to cut four columns of ink: as one and three, and as two and one, the last left out.
INK = np.array([[1.0, 1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0]])
WAYS = np.array([[[1, 2, 2, 2], [0, 0, 0, 0]], [[1, 1, 2, 0], [0, 0, 0, 0]]])
LABELS = [["5\n98 %", "0\n9 %"], ["7\n3 %", "1\n4 %"]]


def _drawn(**changes: Any) -> ET.Element:
    arguments: dict[str, Any] = {
        "ink": INK,
        "segments": WAYS,
        "labels": LABELS,
        "captions": ["50: good", "71: bad"],
        "alt": "Two ways to cut.",
    } | changes
    picture = draw_cuts(**arguments)
    assert picture.kind == "svg"
    return ET.fromstring(str(picture.data))


def _pixels(image: ET.Element) -> Any:
    code = image.attrib["href"].removeprefix("data:image/png;base64,")
    with Image.open(io.BytesIO(base64.b64decode(code))) as opened:
        return np.asarray(opened.convert("RGB")).astype(int)


def _of_class(root: ET.Element, name: str) -> list[ET.Element]:
    return [element for element in root.iter() if element.get("class") == name]


def test_segments_have_one_colour_each_and_what_is_left_out_is_grey() -> None:
    first, second = (_pixels(image) for image in _of_class(_drawn(), "image"))
    across = [(2 * k + 1) * first.shape[1] // 8 for k in range(4)]  # the columns' middles
    above, below = first.shape[0] // 4, 3 * first.shape[0] // 4
    one, two, *others = first[above, across].tolist()
    assert one != two
    assert others == [two, two]
    assert (first[below, across] == 255).all()
    same, still_same, other, left_out = second[above, across].tolist()
    assert same == still_same == one
    assert other == two
    assert max(left_out) - min(left_out) < 30 < min(max(one) - min(one), max(two) - min(two))


def test_half_of_the_ink_is_half_of_the_colour() -> None:
    (full,), (half,) = (
        [_pixels(image)[0, 0] for image in _of_class(drawn, "image")[:1]]
        for drawn in (_drawn(), _drawn(ink=INK / 2))
    )
    assert 255 - half == pytest.approx((255 - full) / 2, abs=1)


def test_labels_stand_below_their_segments() -> None:
    root = _drawn(ink=np.ones((1, 4)), segments=[[[1, 1, 1, 2]]], labels=[["5", "0"]],
                  captions=["50"])  # fmt: skip
    left, right = (float(label.attrib["x"]) for label in _of_class(root, "label"))
    # Four columns over the whole width but for its edges: middles at 1.5 and 3.5 columns.
    assert right - left == pytest.approx(2 * (340 - 8) / 4, abs=0.1)
    assert left == pytest.approx(4 + 1.5 * (340 - 8) / 4, abs=0.1)


def test_each_way_has_its_caption_and_lines() -> None:
    root = _drawn()
    assert [c.text for c in _of_class(root, "caption")] == ["50: good", "71: bad"]
    lines = [label.text for label in _of_class(root, "label")]
    assert lines == ["5", "98 %", "0", "9 %", "7", "3 %", "1", "4 %"]
    for text in root.iter("{http://www.w3.org/2000/svg}text"):
        assert 0 < float(text.attrib["y"]) < float(root.attrib["height"])


@given(st.lists(st.floats(0, 340), max_size=30))
def test_labels_never_lie_upon_each_other_nor_outside(places: list[float]) -> None:
    moved = _spread_out(sorted(places))
    room = 38 if len(places) <= 340 // 38 else 340 / len(places)
    assert all(b - a >= room - 1e-6 for a, b in itertools.pairwise(moved))
    assert all(room / 2 - 1e-6 <= place <= 340 - room / 2 + 1e-6 for place in moved)


@pytest.mark.parametrize(
    ("changes", "error", "match"),
    [
        ({"ink": 2 * INK}, InputError, "ink: expected values from 0 to 1"),
        ({"ink": INK[:1]}, ShapeError, r"ink: expected shape \(2, 4\)"),
        ({"segments": WAYS[0]}, ShapeError, "segments: expected shape"),
        ({"captions": ["50"]}, ShapeError, "captions: expected 2"),
        ({"labels": LABELS[:1]}, ShapeError, "labels: expected 2"),
        ({"labels": [["5"], ["7", "1"]]}, ShapeError, "segments: expected those of 1 labels"),
        ({"labels": [["5", "0", "4"], ["7", "1"]]}, ShapeError, "those of 3 labels"),
        ({"alt": " "}, InputError, "alt"),
    ],
)
def test_bad_input_is_refused(changes: dict[str, Any], error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        _drawn(**changes)
