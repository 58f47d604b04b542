"""What holds for every picture: it is fit to stand in a page, on white and on dark."""
# ruff: noqa: S314  (the SVG that is parsed is our own)

from __future__ import annotations

import base64
import io
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import font_manager
from PIL import Image, ImageFont

from numerist.chapter.figures import (
    Picture,
    draw_agreement,
    draw_answers,
    draw_bars,
    draw_circuit,
    draw_confusion,
    draw_contours,
    draw_cuts,
    draw_digits,
    draw_error,
    draw_evidence,
    draw_functions,
    draw_ladder,
    draw_learning_curves,
    draw_loop,
    draw_network,
    draw_one_variable,
    draw_sheet,
    draw_step,
    draw_tree,
    draw_valley,
    draw_weights,
    palette,
)
from numerist.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_V = np.linspace(-2, 2, 21)
_BOWL = _V**2 + 2 * _V[:, np.newaxis] ** 2
_WALK = [[1.5, 1.5], [1.0, 0.5], [0.5, 0.1]]
_NODES: list[tuple[str, int, float | None]] = [
    ("x1", 0, None),
    ("x2", 0, None),
    ("n1", 1, 3),
    ("n2", 2, 3),
    ("n3", 2, 3),
    ("carry", 2, 3),
    ("sum", 3, 3),
]
_EDGES: list[tuple[str, str, float]] = [
    ("x1", "n1", -2),
    ("x2", "n1", -2),
    ("x1", "n2", -2),
    ("n1", "n2", -2),
    ("x2", "n3", -2),
    ("n1", "n3", -2),
    ("n1", "carry", -2),
    ("n1", "carry", -2),
    ("n2", "sum", -2),
    ("n3", "sum", -2),
]

GALLERY: dict[str, Callable[[str], Picture]] = {
    "network": lambda alt: draw_network([784, 15, 10], alt=alt),
    "deep network": lambda alt: draw_network([784, *[30] * 8, 10], alt=alt),
    "small network": lambda alt: draw_network(
        [2, 2, 1],
        weights=[[[1, -2.25], [0.5, 3]], [[-1, 2]]],
        biases=[[-1, 2], [[-0.5]]],
        activations=[[0, 1], [0.25, 0.5], [0.125]],
        alt=alt,
    ),
    "loop": lambda alt: draw_loop(["n0", "n1", "n2"], alt=alt),
    "answers": lambda alt: draw_answers(
        np.linspace(0, 1, 3 * 784).reshape(3, 28, 28), np.eye(3), ["0", "1", "2"], alt=alt
    ),
    "agreement": lambda alt: draw_agreement(
        _V, _V**3 / 4, xlabel="measured", ylabel="computed", alt=alt
    ),
    "circuit": lambda alt: draw_circuit(
        _NODES, _EDGES, outputs={"sum": "sum", "carry": "carry"}, alt=alt
    ),
    "floating inputs": lambda alt: draw_circuit(
        _NODES, _EDGES, outputs={"sum": "sum"}, input_units=False, alt=alt
    ),
    "functions": lambda alt: draw_functions(
        _V, {"σ": 1 / (1 + np.exp(-_V)), "tanh": np.tanh(_V)}, alt=alt
    ),
    "step": lambda alt: draw_step(alt=alt),
    "valley": lambda alt: draw_valley(_V, _V, _BOWL, path=_WALK, costs=[6.75, 1.5, 0.27], alt=alt),
    "contours": lambda alt: draw_contours(_V, _V, _BOWL, path=_WALK, alt=alt),
    "one variable": lambda alt: draw_one_variable(
        _V, _V**2, path=[1.5, 1, 0.5], costs=[2.25, 1, 0.25], slopes=[3, 2, 1], alt=alt
    ),
    "sheet": lambda alt: draw_sheet(np.linspace(0, 1, 12 * 784).reshape(12, 28, 28), alt=alt),
    "digits": lambda alt: draw_digits(
        np.linspace(0, 1, 3 * 784).reshape(3, 28, 28), ["4, read as 9\n(61 %)"] * 3, alt=alt
    ),
    "weights": lambda alt: draw_weights(
        np.linspace(-1, 1, 2 * 784).reshape(2, 28, 28), ["neuron 0", "neuron 1"], alt=alt
    ),
    "evidence": lambda alt: draw_evidence(
        np.linspace(0, 1, 2 * 784).reshape(2, 28, 28),
        np.linspace(-1, 1, 2 * 784).reshape(2, 28, 28),
        ["7: 99.9 %", "9: 0.1 %"],
        alt=alt,
    ),
    "learning": lambda alt: draw_learning_curves(
        {"η = 3": [[0.9, 0.94], [0.91, 0.95]], "η = 0.001": [0.1, 0.2]},
        references={"what the chapter says": 0.9542},
        alt=alt,
    ),
    "ladder": lambda alt: draw_ladder(
        [0.001, 1, 100], {"net": [[0.2, 0.9, 0.1], [0.3, 0.91, 0.1]]}, xlabel="rate η", alt=alt
    ),
    "error": lambda alt: draw_error([1, 10, 100], {"measured": [1, 0.3, 0.1]}, alt=alt),
    "bars": lambda alt: draw_bars(
        list("0123456789"), [0.1] * 10, errors=[0.02] * 10, label="darkness", alt=alt
    ),
    "level bars": lambda alt: draw_bars(
        ["chance", "darkness"],
        [0.1, 0.2225],
        label="accuracy",
        shares=True,
        horizontal=True,
        alt=alt,
    ),
    "confusion": lambda alt: draw_confusion(np.diag([1135] * 10), alt=alt),
    "cuts": lambda alt: draw_cuts(
        np.linspace(0, 1, 1600).reshape(20, 80),
        np.repeat([np.arange(80) // 10 + 1, np.arange(80) // 40], 20, axis=0).reshape(2, 20, 80),
        [[f"{digit}\n{100 - digit} %" for digit in range(1, 9)], ["1\n100 %"]],
        ["12345678: cost 1.5", "1: cost 12"],
        alt=alt,
    ),
    "tree": lambda alt: draw_tree(
        [("f", "Is it a face?", 0.98), ("e", "Is there an eye top left?", None)],
        [("e", "f")],
        alt=alt,
    ),
}
_ALT = 'A picture, "quoted" & <so on>.'


@pytest.fixture(scope="module")
def pictures() -> dict[str, Picture]:
    return {name: draw(_ALT) for name, draw in GALLERY.items()}


def _drawn(pictures: dict[str, Picture]) -> dict[str, tuple[ET.Element, Picture]]:
    found = {n: (ET.fromstring(p.data), p) for n, p in pictures.items() if p.kind == "svg"}
    assert len(found) == len(GALLERY) - 1
    return found


def test_svg_is_one_element_with_size_and_alt_text(pictures: dict[str, Picture]) -> None:
    for root, picture in _drawn(pictures).values():
        assert str(picture.data).startswith("<svg ")
        assert root.get("role") == "img"
        assert root.get("aria-label") == _ALT == picture.alt
        assert root.get("viewBox") == f"0 0 {picture.width} {picture.height}"
        assert picture.html() == picture.data
        # … and each number in it is a number.
        assert not re.search(r"\b(nan|inf)\b", str(picture.data), re.IGNORECASE)


def test_nothing_runs_and_nothing_is_fetched(pictures: dict[str, Picture]) -> None:
    for name, (root, picture) in _drawn(pictures).items():
        tags = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert tags <= {"svg", "g", "path", "text", "image", "use", "defs", "clipPath", "rect"}, (
            name
        )
        for element in root.iter():
            for key, value in element.attrib.items():
                assert not key.startswith("on")
                if key.endswith("href"):
                    assert value.startswith(("#", "data:image/png;base64,"))
                assert all(target.startswith("#") for target in re.findall(r"url\((.*?)\)", value))
        addresses = re.findall(r"https?://[^\"\s]+", str(picture.data))
        assert addresses == ["http://www.w3.org/2000/svg"]


def test_ids_resolve_and_never_clash_within_a_page(pictures: dict[str, Picture]) -> None:
    seen: set[str] = set()
    for root, _ in _drawn(pictures).values():
        ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
        assert len(ids) == len(set(ids))
        assert not seen & set(ids)
        seen |= set(ids)
        used = set()
        for element in root.iter():
            if element.get("href", "").startswith("#"):
                used.add(element.attrib["href"][1:])
            used |= set(re.findall(r"url\(#(.*?)\)", element.get("clip-path", "")))
        assert used == set(ids)
    assert seen


def test_colours_are_those_of_the_palette(pictures: dict[str, Picture]) -> None:
    allowed = {*palette.SERIES, palette.RED, palette.STRONG_BLUE}
    for name, (_, picture) in _drawn(pictures).items():
        drawing = re.sub(r"base64,[^\"]*", "", str(picture.data))
        assert set(re.findall(r"#[0-9a-fA-F]{6}\b(?!-)", drawing)) <= allowed, name
        assert "currentColor" in drawing
        assert "black" not in drawing


def test_text_is_large_enough_and_inside(pictures: dict[str, Picture]) -> None:
    """A phone of 360 pixels shows 340 units at about one pixel each."""
    face = font_manager.findfont("DejaVu Sans")
    for name, (root, picture) in _drawn(pictures).items():
        assert picture.width == 340
        assert 40 < picture.height < 1000
        texts = [element for element in root.iter() if element.tag.endswith("}text")]
        assert texts
        for element in texts:
            style = element.get("style", "")
            size = float(re.findall(r"font-size: ([\d.]+)px", style)[0])
            assert size >= 11, name
            if "rotate(" in element.get("transform", "").replace("rotate(-0)", ""):
                continue
            width = ImageFont.truetype(face, 100).getlength(element.text or "") * size / 100
            shift = {"middle": 0.5, "end": 1.0}.get(
                "".join(re.findall(r"text-anchor: (\w+)", style)), 0.0
            )
            x, y = float(element.get("x", "nan")), float(element.get("y", "nan"))
            assert x - shift * width >= -1, (name, element.text)
            assert x + (1 - shift) * width <= 341, (name, element.text)
            assert size * 0.6 <= y <= picture.height, (name, element.text)


def test_small_enough_for_a_report_of_five_megabytes(pictures: dict[str, Picture]) -> None:
    assert max(len(picture.to_bytes()) for picture in pictures.values()) < 200_000


@pytest.mark.parametrize("name", GALLERY)
def test_the_same_arguments_give_the_same_bytes(name: str, pictures: dict[str, Picture]) -> None:
    assert GALLERY[name](_ALT) == pictures[name]


def test_bytes_do_not_depend_on_process_or_settings(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text(
        "font.size: 30\ntext.color: red\nsvg.fonttype: path\naxes.linewidth: 5\n"
    )
    code = """
import sys
from numerist.chapter.figures import draw_learning_curves
picture = draw_learning_curves({"a": [0.1, 0.5, 0.9], "b": [0.2, 0.3, 0.4]}, alt="Two lines.")
sys.stdout.buffer.write(picture.to_bytes())
assert "matplotlib.pyplot" not in sys.modules
"""
    outputs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, **extra},
            capture_output=True,
            check=True,
        ).stdout
        for seed, extra in (("1", {}), ("2", {"MATPLOTLIBRC": str(tmp_path / "matplotlibrc")}))
    ]
    assert len(outputs[0]) > 1000
    assert outputs[0] == outputs[1]


def test_the_settings_of_the_caller_stay_as_they_were() -> None:
    with mpl.rc_context({"font.size": 7.0, "svg.hashsalt": "mine"}):
        before = dict(mpl.rcParams)
        draw_step(alt="A step.")
        assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", GALLERY)
@pytest.mark.parametrize("alt", ["", "  ", None])
def test_a_picture_without_alt_text_is_refused(name: str, alt: str) -> None:
    with pytest.raises(InputError, match="alt: expected a sentence"):
        GALLERY[name](alt)


def test_png_goes_into_a_page_with_its_alt_text(pictures: dict[str, Picture]) -> None:
    picture = pictures["sheet"]
    tag = picture.html()
    assert 'alt="A picture, &quot;quoted&quot; &amp; &lt;so on&gt;."' in tag
    code = re.findall(r'src="data:image/png;base64,([^"]+)"', tag)[0]
    with Image.open(io.BytesIO(base64.b64decode(code))) as image:
        assert image.size == (picture.width, picture.height)
        assert image.format == "PNG"
        assert image.mode == "P"
        assert not {"date", "Creation Time", "tIME", "Software"} & set(image.info)


@pytest.mark.parametrize(("kind", "data"), [("svg", b""), ("png", ""), ("gif", b"")])
def test_a_picture_whose_data_are_not_of_its_kind_is_refused(kind: str, data: str | bytes) -> None:
    with pytest.raises(InputError, match="kind 'svg' with text, or 'png' with bytes"):
        Picture(kind, data, 1, 1, "Nothing.")  # type: ignore[arg-type]


def test_letters_that_matplotlib_has_no_glyph_for_stay_text() -> None:
    picture = draw_network([1, 1], alt="Zwei Neuronen, 两个神经元.")
    assert "两个神经元" in str(picture.data)
    bars = draw_bars(["一", "二"], [1, 2], label="数", alt="Bars.")
    assert "一" in str(bars.data)
    dollars = draw_bars(["$a$", "b"], [1, 2], label="x", alt="Bars.")
    assert ">$a$<" in str(dollars.data)
