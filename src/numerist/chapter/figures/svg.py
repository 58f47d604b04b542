"""From a Matplotlib figure to an `<svg>` element that is fit to stand in a page.

Matplotlib writes a file of its own: with a DTD, metadata, a style sheet for everything (`*`), one
ink colour, and ids that would clash with those of the next picture in the page. What comes out
here has none of these: the ink is `currentColor`, ids that nothing refers to are gone, the others
carry a name made of the picture itself, and the marks of the drawing functions are classes.
"""

from __future__ import annotations

import base64
import hashlib
import io
import math
import re
import warnings
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from PIL import Image

from numerist.chapter.figures.palette import INK
from numerist.chapter.figures.picture import Picture, checked_alt

if TYPE_CHECKING:
    from collections.abc import Callable

WIDTH = 340  # units of a picture as wide as a phone's column: 1 unit is about 1 CSS pixel there
TEXT = 12.0  # size of text in the same units
SMALL = 11.0  # and the smallest there is

_MARK = "mark:"
_NAMESPACE = "http://www.w3.org/2000/svg"
_HREF = "{http://www.w3.org/1999/xlink}href"
_PNG = "data:image/png;base64,"
_SETTINGS = {
    "svg.fonttype": "none",  # text stays text: small, readable aloud, and in the page's size
    "svg.hashsalt": "numerist",
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": "none",
    "grid.color": INK,
    "grid.alpha": 0.18,
    "grid.linewidth": 0.8,
    "xtick.color": INK,
    "ytick.color": INK,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": SMALL,
    "axes.labelsize": TEXT,
    "axes.titlesize": TEXT,
    "legend.frameon": False,
    "legend.fontsize": SMALL,
}


def picture(width: float, height: float, alt: str, paint: Callable[[Figure], None]) -> Picture:
    """Let `paint` draw on a figure of this many units, and return it as an SVG picture.

    Raises:
        InputError: there is no alt text.

    >>> nothing = picture(340, 200, "An empty picture.", lambda figure: None)
    >>> nothing.kind, nothing.width, nothing.height
    ('svg', 340, 200)
    """
    alt = checked_alt(alt)
    width, height = math.ceil(width), math.ceil(height)
    with mpl.rc_context(), warnings.catch_warnings():
        # Text stays text, so a page can show what Matplotlib's own font does not have.
        warnings.filterwarnings("ignore", message="Glyph ")
        mpl.rcdefaults()  # whatever this machine's settings are
        settings: Any = mpl.rcParams  # typed by a list of names that grows with Matplotlib
        settings.update(_SETTINGS)
        figure = Figure(figsize=(width / 72, height / 72), dpi=72)
        paint(figure)
        buffer = io.BytesIO()
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(buffer, metadata={"Date": None})
    text = _fit_for_a_page(buffer.getvalue(), width, height, alt)
    return Picture("svg", text, width, height, alt)


def mark(name: str) -> str:
    """Return the gid of an artist whose element is to have this class.

    >>> mark("neuron")
    'mark:neuron'
    """
    return _MARK + name


def _fit_for_a_page(file: bytes, width: int, height: int, alt: str) -> str:
    root = ET.fromstring(file)  # noqa: S314  (Matplotlib has just written it)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.endswith(("}metadata", "}style")):
                parent.remove(child)
    _shrink_images(root)
    _settle_ids(root, hashlib.sha256(file).hexdigest()[:10])
    _tidy(root)
    root.attrib.clear()
    root.attrib.update(
        {
            "class": "picture",
            "viewBox": f"0 0 {width} {height}",
            "width": str(width),
            "height": str(height),
            "role": "img",
            "aria-label": alt,
            "stroke-linejoin": "round",
        }
    )
    ET.register_namespace("", _NAMESPACE)
    text = ET.tostring(root, encoding="unicode")
    return text.replace(INK, "currentColor")


def _settle_ids(root: ET.Element, name: str) -> None:
    """Turn marks into classes, drop ids without use, and make the others this picture's own."""
    for element in root.iter():
        href = element.attrib.pop(_HREF, None)
        if href is not None:
            element.set("href", href.replace("\n", ""))
    used = {
        found
        for element in root.iter()
        for value in (element.get("clip-path", ""), element.get("href", "")[:80])
        for found in re.findall(r"^(?:url\()?#([^)]+)", value)
    }
    for element in root.iter():
        own = element.attrib.pop("id", "")
        if own.startswith(_MARK):
            element.set("class", own.removeprefix(_MARK))
        elif own in used:
            element.set("id", f"{name}-{own}")
        for key in ("clip-path", "href"):
            if "#" in element.get(key, "")[:80]:
                element.set(key, element.attrib[key].replace("#", f"#{name}-", 1))


def _tidy(element: ET.Element) -> None:
    """Drop white space and digits that no one sees, and groups that group nothing."""
    if not element.tag.endswith("}text"):
        element.text = None
    element.tail = None
    if "d" in element.attrib:
        element.set("d", _shorter(element.attrib["d"]))
    style = element.get("style", "")
    if "font-family" in style:
        element.set("style", re.sub(r"font-family: [^;]*", "font-family: sans-serif", style))
    for index, child in enumerate(list(element)):
        _tidy(child)
        if child.tag.endswith("}g") and len(child) == 1 and set(child.keys()) <= {"class"}:
            inner = child[0]
            if "class" not in child.attrib or "class" not in inner.attrib:
                inner.attrib.update(child.attrib)
                element[index] = inner
    for child in list(element):
        if child.tag.endswith("}g") and len(child) == 0:
            element.remove(child)


def _shorter(path: str) -> str:
    """Round the numbers of a path to hundredths of a unit."""
    short = re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]):.2f}", path)
    short = re.sub(r"(\.\d*?)0+(?!\d)", r"\1", short)
    return " ".join(re.sub(r"\.(?!\d)", "", short).split())


def _shrink_images(root: ET.Element) -> None:
    """Give images inside the drawing a palette where they have few colours, all kept exactly."""
    for element in root.iter(f"{{{_NAMESPACE}}}image"):
        code = element.attrib[_HREF].removeprefix(_PNG)
        image = Image.open(io.BytesIO(base64.b64decode(code)))
        element.set(_HREF, _PNG + base64.b64encode(as_png(image)).decode("ascii"))


def as_png(image: Image.Image) -> bytes:
    """Return an image as a PNG file, with a palette if it has 256 colours or fewer.

    >>> Image.open(io.BytesIO(as_png(Image.new("RGB", (2, 2), "red")))).mode
    'P'
    """
    buffer = io.BytesIO()
    pixels = np.ascontiguousarray(image.convert("RGBA"))
    colours, index = np.unique(pixels.view(np.uint32), return_inverse=True)
    if len(colours) > 256:  # noqa: PLR2004 -- an index is a byte
        image.save(buffer, "PNG", optimize=True)
        return buffer.getvalue()
    table = colours.view(np.uint8).reshape(-1, 4)
    small = Image.fromarray(index.reshape(pixels.shape[:2]).astype(np.uint8), mode="P")
    small.putpalette(table[:, :3].tobytes())
    transparent = {} if (table[:, 3] == 255).all() else {"transparency": table[:, 3].tobytes()}  # noqa: PLR2004
    small.save(buffer, "PNG", optimize=True, **transparent)
    return buffer.getvalue()
