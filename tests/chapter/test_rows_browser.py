"""Row X3: what a page could ask for is seen, and what a browser makes of it is judged."""

from __future__ import annotations

import asyncio
import importlib.util
import io
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from numerist import Network, load_model
from numerist.chapter import book
from numerist.chapter.row import Scale
from numerist.chapter.rows import browser
from numerist.chapter.rows.browser import (
    Opened,
    Parity,
    compare,
    export,
    look,
    open_page,
    ported,
    worth_all,
)
from numerist.errors import NumeristError
from numerist.service.packed import sample
from numerist.service.page import page, write_page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numerist.data import Dataset, Mnist

POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'"
QUICK = Scale(quick=True)
needs_browser = pytest.mark.skipif(
    importlib.util.find_spec("playwright") is None
    or not (shutil.which("chromium") or shutil.which("google-chrome")),
    reason="needs: pip install playwright, and Chromium (Debian's package chromium)",
)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, mnist: Mnist) -> Path:
    return export(tmp_path_factory.mktemp("exported"))


def html(inside: str = "", policy: str = POLICY) -> str:
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return f"<!doctype html><head>{meta}</head><body>{inside}</body>"


# what the text says


@pytest.mark.parametrize(
    ("text", "asking"),
    [
        ("<p>no policy at all", ["no policy: default-src", "no policy: base-uri",
                                 "no policy: form-action"]),
        (html(policy="default-src 'none'; base-uri 'none'"), ["no policy: form-action"]),
        (html(policy=POLICY + "; connect-src 'self'"), ["policy: connect-src 'self'"]),
        (html(policy=POLICY + "; img-src data: https:"), ["policy: img-src https:"]),
        (html(policy=POLICY + "; script-src 'unsafe-eval'"), ["policy: script-src 'unsafe-eval'"]),
        (html(policy=POLICY + "; worker-src blob:there"), ["policy: worker-src blob:there"]),
        (html(policy=POLICY.replace("'none'", "*", 1)), ["policy: default-src *"]),
        (html('<img src="//example.org/a.png">'), ["//example.org/a.png"]),
        (html('<link rel="stylesheet" HREF="style.css">'), ["style.css"]),
        (html('<svg><use xlink:href="shapes.svg#a"/></svg>'), ["shapes.svg#a"]),
        (html('<img srcset="a.png 2x">'), ["a.png 2x"]),
        (html('<a href="https://example.org">'), ["https://example.org"]),
        (html("<script>open('WSS://example.org/x')</script>"), ["WSS://example.org/x"]),
        (html('<meta http-equiv="refresh" content="0; url=http://example.org">'),
         ["http://example.org"]),
    ],
)  # fmt: skip
def test_what_could_ask_for_something_is_named(text: str, asking: list[str]) -> None:
    assert look(text).asking == asking


def test_what_stays_in_the_page_is_no_asking() -> None:
    inside = (
        '<a href="#down"><img src="data:image/png;base64,AAAA"><a href="">'
        '<svg xmlns="http://www.w3.org/2000/svg">https://creativecommons.org/licenses/by-sa/3.0/'
    )
    policy = f"{POLICY}; script-src 'sha256-a+/Z='; img-src blob: data:"
    assert look(html(inside, policy)).asking == []


def test_the_page_of_the_command_asks_for_nothing_and_the_served_one_does(exported: Path) -> None:
    text = exported.read_text(encoding="utf-8")
    assert text == page(digits=sample())
    assert look(text).asking == []
    served = look(page(served=True)).asking
    assert "policy: connect-src 'self'" in served
    assert "policy: manifest-src 'self'" in served


def test_the_parts_add_up_and_are_as_large_as_they_are(exported: Path) -> None:
    parts = look(exported.read_text(encoding="utf-8")).parts
    assert sum(parts.values()) == exported.stat().st_size
    packed = -(-len(sample()) * 5 // 4)  # base 85: four bytes in five letters
    assert parts["digits to learn from"] == pytest.approx(packed, abs=1)
    without = look(page()).parts
    assert without["digits to learn from"] == 0
    assert without["the network's numbers"] == parts["the network's numbers"] > 300_000


def test_a_page_that_cannot_be_written_is_said(tmp_path: Path, mnist: Mnist) -> None:
    with pytest.raises(NumeristError, match="missing"):
        export(tmp_path / "missing")


# the verdict

FINE = Opened(
    browser="Chromium 1", ready=1.0, answers=np.array([1]), probabilities=np.eye(2)[1:],
    milliseconds=np.ones(1), asked=[], said=[], wide=390, drawn="", screen=b"",
)  # fmt: skip


@pytest.mark.parametrize(
    ("asking", "opened", "parity", "verdict"),
    [
        ([], FINE, Parity(20, 20, 1e-3), True),
        ([], FINE, Parity(20, 19, 0.0), False),
        ([], FINE, Parity(20, 20, 0.0011), False),
        ([], FINE, Parity(0, 0, 0.0), False),
        (["//there"], FINE, Parity(20, 20, 0.0), False),
        ([], replace(FINE, asked=["http://there"]), Parity(20, 20, 0.0), False),
        ([], replace(FINE, said=["TypeError"]), Parity(20, 20, 0.0), False),
        ([], replace(FINE, wide=391), Parity(20, 20, 0.0), False),
        ([], None, None, None),
    ],
)
def test_it_is_ported_if_all_is_the_same_and_quiet(
    asking: list[str], opened: Opened | None, parity: Parity | None, verdict: bool | None
) -> None:
    assert ported(asking, opened, parity) is verdict


def test_answers_are_compared() -> None:
    here = np.array([[0.9, 0.1], [0.4, 0.6], [0.5, 0.5]])
    there = np.array([[0.8, 0.2], [0.4, 0.6], [0.2, 0.8]])
    found = compare(here.argmax(axis=1), here, there.argmax(axis=1), there)
    assert (found.total, found.same) == (3, 2)
    assert found.apart == pytest.approx(0.3)
    here[1] = np.nan  # a page that computes wrongly may give anything
    assert compare(np.zeros(3), here, np.zeros(3), there).apart == 1


def test_all_images_if_they_take_less_than_a_minute() -> None:
    assert worth_all(5.9, 1_000, 10_000)
    assert not worth_all(6.1, 1_000, 10_000)
    assert not worth_all(61, 20, 20)


# without a browser


def without_playwright(monkeypatch: pytest.MonkeyPatch, _: Path) -> str:
    find = importlib.util.find_spec

    def hidden(name: str, package: str | None = None) -> object:
        return None if name == "playwright" else find(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", hidden)
    return "pip install playwright"


def without_chromium(monkeypatch: pytest.MonkeyPatch, folder: Path) -> str:
    pytest.importorskip("playwright", reason="needs: pip install playwright")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(folder))
    return "no Chromium"


def with_a_broken_chromium(monkeypatch: pytest.MonkeyPatch, folder: Path) -> str:
    said = without_chromium(monkeypatch, folder)
    broken = folder / "chromium"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _: str(broken))
    return said


@pytest.mark.parametrize("missing", [without_playwright, without_chromium, with_a_broken_chromium])
def test_without_a_browser_the_page_is_looked_at_and_it_is_said(
    mnist: Mnist,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    missing: Callable[[pytest.MonkeyPatch, Path], str],
) -> None:
    reason = missing(monkeypatch, tmp_path)
    result = book.rows()["X3"].run(QUICK)
    assert result.agrees is None
    assert reason in result.measured
    assert "not tried" in result.measured
    assert "It asks for nothing" in result.measured
    assert result.numbers["bytes"] > 500_000
    assert len(result.pictures) == 1


# in a browser


@needs_browser
def test_the_row_opens_the_page_at_a_phones_size(mnist: Mnist) -> None:
    result = book.rows()["X3"].run(QUICK)
    assert result.agrees is True
    assert result.numbers["same"] == result.numbers["images"] == 20
    assert result.numbers["drawn"] == "42"
    assert 0 < result.numbers["milliseconds"]["median"] <= result.numbers["milliseconds"]["most"]
    sizes, screen = result.pictures
    assert sizes.kind == "svg"
    with Image.open(io.BytesIO(screen.to_bytes())) as image:
        assert image.size == (2 * 390, 2 * 844)
        dark = np.asarray(image.convert("L"))[320:780] < 64
    assert 0.02 < dark.mean() < 0.3  # the drawn strokes


def opened(path: Path, test: Dataset, scale: Scale = QUICK) -> Opened:
    found = open_page(path, test, scale)
    assert isinstance(found, Opened)
    return found


@needs_browser
@pytest.mark.parametrize(("seconds", "answered"), [(600.0, 130), (0.0, 60)])
def test_all_images_are_answered_in_their_order_if_there_is_time(
    exported: Path, mnist: Mnist, monkeypatch: pytest.MonkeyPatch, seconds: float, answered: int
) -> None:
    monkeypatch.setattr(browser, "_FIRST", 60)
    monkeypatch.setattr(browser, "_SECONDS", seconds)
    images = mnist.validation[:130]

    async def in_a_notebook() -> Opened:
        return opened(exported, images, Scale())

    with ThreadPoolExecutor(1) as thread:  # other tests' Playwright keeps a loop in this one
        found = thread.submit(asyncio.run, in_a_notebook()).result()
    answers, _, probabilities = load_model().judge(images.images[:answered])
    assert found.answers.tolist() == answers.tolist()
    assert np.abs(found.probabilities - probabilities).max() < 1e-3
    assert found.milliseconds.shape == (answered,)


@needs_browser
def test_another_network_is_not_taken_for_the_same(tmp_path: Path, mnist: Mnist) -> None:
    Network([784, 5, 10], seed=1).save(tmp_path / "net.onnx")
    write_page(tmp_path / "page.html", tmp_path / "net.onnx")
    images = mnist.validation[:20]
    found = opened(tmp_path / "page.html", images)
    answers, _, probabilities = load_model().judge(images.images)
    parity = compare(found.answers, found.probabilities, answers, probabilities)
    assert parity.same < 10
    assert parity.apart > 0.5
    assert ported([], found, parity) is False


@needs_browser
def test_asking_errors_and_width_are_noticed(exported: Path, tmp_path: Path, mnist: Mnist) -> None:
    text = exported.read_text(encoding="utf-8")
    start = text.index('<meta http-equiv="Content-Security-Policy"')
    free = text[:start] + text[text.index(">", start) + 1 :]
    address = "http://127.0.0.1:9/a.png"
    added = f'<img src="{address}" style="width: 700px"><script>throw new Error("odd")</script>'
    (tmp_path / "page.html").write_text(free.replace("<main>", f"<main>{added}"), encoding="utf-8")
    found = opened(tmp_path / "page.html", mnist.validation[:2])
    assert found.asked == [address]
    assert any("odd" in line for line in found.said)
    assert found.wide > 600
    assert ported([], found, Parity(2, 2, 0.0)) is False


@needs_browser
def test_a_page_that_never_reads_is_said(
    tmp_path: Path, mnist: Mnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser, "_PATIENCE", 0.5)
    text = html("<script>throw new Error('odd')</script>", "default-src 'unsafe-inline'")
    (tmp_path / "page.html").write_text(text)
    with pytest.raises(NumeristError, match="odd"):
        open_page(tmp_path / "page.html", mnist.validation[:2], QUICK)
