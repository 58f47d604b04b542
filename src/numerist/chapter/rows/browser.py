"""Row X3: the network in a page that a browser opens, offline and at a phone's size."""
# ruff: noqa: PLC0415  (what a row needs loads when the row runs)

from __future__ import annotations

import base64
import importlib.util
import io
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from numerist.chapter.row import Result, Row, Scale
from numerist.chapter.training import count, images
from numerist.errors import NumeristError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from playwright.sync_api import Browser, Playwright
    from playwright.sync_api import Page as Tab

    from numerist.chapter.figures import Picture
    from numerist.data import Dataset
    from numerist.neurons.activations import Array

CLOSE = 1e-3  # between probabilities here and there
_FIRST, _SECONDS = 1_000, 60.0  # images at full scale; all of them if that takes no longer
_AT_ONCE = 50  # images given to the page together
_PATIENCE = 60.0  # seconds until the page has to be ready
_WIDE, _HIGH = 390, 844  # pixels of a phone
_PHONE: dict[str, Any] = {
    "viewport": {"width": _WIDE, "height": _HIGH},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "color_scheme": "light",
}
_DRAWN = "42"
_STROKES = (  # of it; parts of the board's width and height
    ((0.28, 0.18), (0.14, 0.58), (0.44, 0.58)),
    ((0.37, 0.36), (0.35, 0.82)),
    ((0.58, 0.32), (0.65, 0.2), (0.76, 0.18), (0.84, 0.3), (0.8, 0.44), (0.56, 0.8), (0.88, 0.8)),
)


# what the page's own text says


@dataclass(frozen=True, slots=True)
class Look:
    """What there is to see in the text of a page.

    Attributes:
        asking: what could make it ask for something: directives of its content security policy
            that allow it, or that are missing, and addresses.
        parts: bytes by what they are for; together the whole page.
    """

    asking: list[str]
    parts: Mapping[str, int]


def look(text: str) -> Look:
    """Look at a page without opening it.

    Args:
        text: HTML, as `numerist export --to web` writes it.

    >>> look('<a href="https://example.org">there</a>').asking
    ['no policy: default-src', 'no policy: base-uri', 'no policy: form-action', \
'https://example.org']
    """
    seen = _Elements()
    seen.feed(text)
    seen.close()
    addresses = [found for found in _ADDRESS.findall(text) if not found.startswith(_NAMES)]
    asking = dict.fromkeys((*_allowing(seen.policy), *addresses, *seen.references))
    known = {name: seen.bytes.get(id_, 0) for name, id_ in _PARTS.items()}
    rest = len(text.encode()) - sum(known.values())
    return Look(list(asking), {**known, "programs and texts": rest})


_PARTS = {"the network's numbers": "numbers", "digits to learn from": "packed"}
_ADDRESS = re.compile(r"(?i)\b(?:https?|wss?|ftp)://[^\s\"'`<>)\\]*")
_NAMES = ("http://www.w3.org/", "https://creativecommons.org/licenses/")  # no browser asks there
_REFERENCES = frozenset(
    {"action", "background", "data", "formaction", "href", "ping", "poster", "src", "srcset"}
)
_INSIDE = ("#", "data:", "blob:")  # references to what is in the page
_HARMLESS = re.compile(r"'none'|'sha(256|384|512)-[\w+/=]+'|blob:|data:")
_NEEDED = ("default-src", "base-uri", "form-action")  # no other directive stands in for these


class _Elements(HTMLParser):
    """Gathers a page's policy, its references to elsewhere, and the bytes of its scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.policy: dict[str, list[str]] = {}
        self.references: list[str] = []
        self.bytes: dict[str, int] = {}
        self._id = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name.rpartition(":")[2]: value or "" for name, value in attrs}
        self._id = found.get("id", "") if tag == "script" else ""
        if found.get("http-equiv", "").lower() == "content-security-policy":
            words = [part.split() for part in found["content"].split(";")]
            self.policy = {name: sources for name, *sources in filter(None, words)}
        self.references += [
            value
            for name, value in found.items()
            if name in _REFERENCES and value and not value.startswith(_INSIDE)
        ]

    def handle_data(self, data: str) -> None:
        if self._id:
            self.bytes[self._id] = self.bytes.get(self._id, 0) + len(data.encode())

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._id = ""


def _allowing(policy: Mapping[str, list[str]]) -> list[str]:
    """Return what in a content security policy lets a page ask for something."""
    missing = [f"no policy: {name}" for name in _NEEDED if name not in policy]
    loose = [
        f"policy: {name} {source}"
        for name, sources in policy.items()
        for source in sources
        if not _HARMLESS.fullmatch(source)
    ]
    return missing + loose


# what a browser does with it


@dataclass(frozen=True, slots=True)
class Opened:
    """What a browser made of the page, offline, in a window of a phone's size.

    Attributes:
        browser: its name and version.
        ready: milliseconds from asking for the page until it reads.
        answers: the class of each image, int (n,).
        probabilities: (n, classes).
        milliseconds: of each image, from the network's 28×28 pixels to the answer (n,).
        asked: addresses that were asked for, but for the file itself.
        said: errors; warnings come from graphics drivers, too.
        wide: pixels that the page would like to be wide.
        drawn: what it read of the number that was drawn with a finger.
        screen: what was to be seen then, a PNG file.
    """

    browser: str
    ready: float
    answers: Array
    probabilities: Array
    milliseconds: Array
    asked: list[str]
    said: list[str]
    wide: int
    drawn: str
    screen: bytes


def open_page(path: Path, test: Dataset, scale: Scale) -> Opened | str:
    """Open a page in Chromium and let it answer test images.

    Args:
        path: of the page.
        test: its images are answered, one after the other.
        scale: all images if quick; otherwise the first 1,000, and the others as well if all
            together take less than a minute.

    Returns:
        What came out; or, where there is no browser, a few words that say what is missing.

    Raises:
        NumeristError: the page does not get ready.
    """
    if importlib.util.find_spec("playwright") is None:
        return "Playwright is not installed (pip install playwright)"
    with ThreadPoolExecutor(1) as thread:  # a notebook has a loop of its own in this one
        return thread.submit(_open_page, path, test, scale).result()


def _open_page(path: Path, test: Dataset, scale: Scale) -> Opened | str:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = _chromium(playwright)
        if browser is None:
            return "there is no Chromium that starts"
        with browser:
            return _tried(browser, path, test, scale)


def _chromium(playwright: Playwright) -> Browser | None:
    """Return the system's Chromium, or the one that Playwright was given; None without."""
    from playwright.sync_api import Error

    found = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        return playwright.chromium.launch(executable_path=found)
    except Error:
        return None


def _tried(browser: Browser, path: Path, test: Dataset, scale: Scale) -> Opened:
    context = browser.new_context(offline=True, **_PHONE)
    tab = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    tab.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda request: asked.append(request.url))
    begun = time.perf_counter()
    tab.goto(path.as_uri())
    _wait(tab, said)
    ready = 1000 * (time.perf_counter() - begun)
    drawn = _draw(tab)
    screen = _fewer_colours(tab.screenshot())
    wide = int(tab.evaluate("document.documentElement.scrollWidth"))
    found = _answers(tab, test, scale)
    return Opened(
        f"Chromium {browser.version.partition('.')[0]}",
        ready,
        found[:, 0].astype(int),
        found[:, 2:],
        found[:, 1],
        [one for one in asked[1:] if not one.startswith(_INSIDE)],  # the first is the file
        said,
        wide,
        drawn,
        screen,
    )


def _wait(tab: Tab, said: Sequence[str]) -> None:
    """Wait until the page reads; by asking it, since its policy refuses Playwright's own way."""
    end = time.monotonic() + _PATIENCE
    while not tab.evaluate("Boolean(window.numerist)"):
        if time.monotonic() > end:
            raise NumeristError(
                "the page in Chromium",
                f"a page that reads after {_PATIENCE:.0f} s",
                "; ".join(said) or "nothing",
                "Open it yourself: `numerist export --to web page.html`.",
            )
        tab.wait_for_timeout(20)


def _draw(tab: Tab) -> str:
    """Draw a number with a finger, and return what the page reads."""
    finger = tab.context.new_cdp_session(tab)
    box = tab.evaluate("document.getElementById('board').getBoundingClientRect().toJSON()")
    for stroke in _STROKES:
        for k, (x, y) in enumerate(stroke):
            at = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
            kind = "touchMove" if k else "touchStart"
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [at]})
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    number = "document.querySelector('#answer .number')?.textContent ?? ''"
    return str(tab.evaluate(number))


_JUDGE = """([text, size]) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const pixels = new Float32Array(bytes.buffer);
  return Array.from({length: pixels.length / size}, (_, k) => {
    const begun = performance.now();
    const {answer, probabilities} =
      numerist.judge(numerist.network, pixels.subarray(k * size, (k + 1) * size));
    return [answer, performance.now() - begun, ...probabilities];
  });
}"""


def _answers(tab: Tab, test: Dataset, scale: Scale) -> Array:
    """Return answer, milliseconds and probabilities of each image, (n, 2 + classes)."""
    begun = time.perf_counter()
    first = test if scale.quick else test[:_FIRST]
    found = _judged(tab, first)
    if worth_all(time.perf_counter() - begun, len(first), len(test)):
        found += _judged(tab, test[len(first) :])
    return np.array(found)


def worth_all(seconds: float, done: int, total: int) -> bool:
    """Return whether all images take less than a minute, if some took so many seconds.

    >>> worth_all(5, 1_000, 10_000), worth_all(7, 1_000, 10_000)
    (True, False)
    """
    return seconds * total / done < _SECONDS


def _judged(tab: Tab, data: Dataset) -> list[list[float]]:
    found: list[list[float]] = []
    for start in range(0, len(data), _AT_ONCE):
        rows = data.rows[start : start + _AT_ONCE].astype("<f4")
        text = base64.b64encode(rows.tobytes()).decode("ascii")
        found += tab.evaluate(_JUDGE, [text, rows.shape[1]])
    return found


def _fewer_colours(screen: bytes) -> bytes:
    """Return a PNG file with a palette of 64 colours, a third of the bytes."""
    from PIL import Image

    packed = io.BytesIO()
    with Image.open(io.BytesIO(screen)) as image:
        image.convert("RGB").quantize(64).save(packed, "PNG", optimize=True)
    return packed.getvalue()


# the verdict


@dataclass(frozen=True, slots=True)
class Parity:
    """How the page's answers compare with Python's.

    Attributes:
        total: images.
        same: of them, those with the same answer.
        apart: the largest difference between probabilities; 1 where one is no number.
    """

    total: int
    same: int
    apart: float


def compare(answers: Array, probabilities: Array, others: Array, other: Array) -> Parity:
    """Set answers (n,) and probabilities (n, classes) beside others.

    >>> compare(np.array([1, 0]), np.array([[0.25, 0.75], [0.5, 0.5]]),
    ...         np.array([1, 1]), np.array([[0.25, 0.75], [0.25, 0.75]]))
    Parity(total=2, same=1, apart=0.25)
    """
    same = int((answers == others).sum())
    apart = np.nan_to_num(np.abs(probabilities - other), nan=1.0)
    return Parity(len(answers), same, float(apart.max()))


def ported(asking: Sequence[str], opened: Opened | None, parity: Parity | None) -> bool | None:
    """Return whether the network is in the browser what it is in Python; None if not tried.

    It is if every answer is the same, no probability differs by more than a thousandth, the page
    asks for nothing, says no error, and is no wider than a phone.

    Args:
        asking: what the page's text could ask for.
        opened: what came out in the browser; None without one.
        parity: how that compares with Python.
    """
    if opened is None or parity is None:
        return None
    quiet = not asking and not opened.asked and not opened.said and opened.wide <= _WIDE
    return quiet and 0 < parity.total == parity.same and parity.apart <= CLOSE


# the row


def export(folder: Path) -> Path:
    """Write the page of the network that comes with numerist, as a user would.

    Args:
        folder: to write `page.html` into.

    Raises:
        NumeristError: the command fails.
    """
    path = folder / "page.html"
    command = [sys.executable, "-m", "numerist", "export", "--to", "web", str(path)]
    ran = subprocess.run(  # noqa: S603  (our own command)
        command, capture_output=True, text=True, errors="replace", check=False
    )
    if ran.returncode or not path.is_file():
        raise NumeristError(
            "numerist export --to web",
            "a page",
            (ran.stderr.strip().splitlines() or ["nothing"])[-1],
            "Try it in a shell.",
        )
    return path


def _run_x3(scale: Scale) -> Result:
    from numerist.model import load_model

    test = images(scale).test
    test = test[:20] if scale.quick else test
    with tempfile.TemporaryDirectory() as folder:
        path = export(Path(folder))
        text = path.read_text(encoding="utf-8")
        tried = open_page(path, test, scale)
    seen = look(text)
    size = len(text.encode())
    numbers = {"bytes": size, "parts": dict(seen.parts), "asking": seen.asking}
    begin = f"The page is one file of {size / 1e6:.2f} MB. {_of_asking(seen.asking)} "
    if isinstance(tried, str):
        return Result(
            f"{begin}No browser opened it: {tried}. So its answers, its speed, and how it looks "
            "on a small screen were not tried.",
            ported(seen.asking, None, None),
            numbers | {"not_tried": tried},
            [_sizes(seen.parts)],
        )
    judged = test[: len(tried.answers)]
    answers, _, probabilities = load_model().judge(judged.images)
    parity = compare(tried.answers, tried.probabilities, answers, probabilities)
    right = int((tried.answers == judged.labels).sum())
    return Result(
        begin + _of_browser(tried, parity, right),
        ported(seen.asking, tried, parity),
        numbers | _in_numbers(tried, parity, right),
        [_sizes(seen.parts), _screen(tried)],
    )


def _of_asking(asking: Sequence[str]) -> str:
    if asking:
        return f"It could ask for something: {', '.join(asking[:3])}."
    return "It asks for nothing: its policy forbids it, and no address is in it."


def _of_browser(opened: Opened, parity: Parity, right: int) -> str:
    loud = [*opened.asked, *opened.said]
    fits = f"It is {opened.wide} pixels wide there. " if opened.wide > _WIDE else ""
    return (
        f"{opened.browser} opened it offline, in a window of a phone's size, not on a phone. Of "
        f"{count(parity.total)} test images {count(parity.same)} get Python's answer "
        f"({count(right)} are right); probabilities differ by at most {parity.apart:.0e}. "
        f"{fits}{f'It said or asked: {loud[0]}. ' if loud else ''}"
        f"An answer takes {median(opened.milliseconds):.1f} ms (median)."
    )


def _in_numbers(opened: Opened, parity: Parity, right: int) -> dict[str, Any]:
    return {
        "browser": opened.browser,
        "images": parity.total,
        "same": parity.same,
        "right": right,
        "apart": parity.apart,
        "milliseconds": {
            "median": float(median(opened.milliseconds)),
            "most": float(opened.milliseconds.max()),
        },
        "ready": opened.ready,
        "asked": opened.asked,
        "said": opened.said,
        "wide": opened.wide,
        "drawn": opened.drawn,
    }


def _sizes(parts: Mapping[str, int]) -> Picture:
    from numerist.chapter.figures import draw_bars

    kilobytes = [size / 1000 for size in parts.values()]
    return draw_bars(
        list(parts),
        kilobytes,
        label="kB in the page",
        horizontal=True,
        alt="Kilobytes in the page: "
        + ", ".join(f"{name} {size:.0f}" for name, size in zip(parts, kilobytes, strict=True))
        + ".",
    )


def _screen(opened: Opened) -> Picture:
    from numerist.chapter.figures import Picture

    return Picture(
        "png",
        opened.screen,
        _WIDE,
        _HIGH,
        f"The page in a window of a phone's size, with {_DRAWN} drawn on its board by a finger. "
        + (f"It reads {opened.drawn}." if opened.drawn else "It reads nothing."),
    )


ROWS: tuple[Row, ...] = (
    Row(
        "X3",
        "In a browser and on a phone",
        "Learning takes long, but what was learned is a few hundred thousand numbers and a little "
        "arithmetic. Put into one page they work wherever there is a browser, without a server.",
        "A trained network can easily be ported: it can run in a web browser, or as an app on a "
        "mobile device. There are no figures.",
        """\
import tempfile
from pathlib import Path
from numerist.service.packed import sample
from numerist.service.page import write_page

path = Path(tempfile.mkdtemp()) / "page.html"
size = write_page(path, digits=sample())
print(f"{size / 1e6:.2f} MB; open it in any browser: {path.as_uri()}")
""",
        _run_x3,
        seconds=60,
    ),
)
