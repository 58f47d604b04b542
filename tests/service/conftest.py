"""A real browser for the tests of the web page."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING, Any

import pytest

from numerist.service.packed import sample
from numerist.service.page import write_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

    from numerist.data import Mnist


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    missing = pytest.fail if os.environ.get("NUMERIST_EXPECT_BROWSER") else pytest.skip
    try:
        from playwright import sync_api as api  # noqa: PLC0415
    except ImportError:
        missing("needs: pip install playwright")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        missing("needs Chromium (Debian's package chromium)")
    with api.sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox"],
            timeout=100_000,  # ms
        )
        yield running
        running.close()


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory, mnist: Mnist) -> Path:
    """The page as `numerist export` writes it, digits inside."""
    path = tmp_path_factory.mktemp("page") / "page.html"
    write_page(path, digits=sample())
    return path


@pytest.fixture(scope="session")
def until() -> Callable[..., None]:
    """Waits until an expression is true; Playwright's own way is refused by the page's policy."""

    def wait(tab: Page, code: str, seconds: float = 600) -> None:
        end = time.monotonic() + seconds
        while not tab.evaluate(code):
            assert time.monotonic() < end, f"never: {code}"
            tab.wait_for_timeout(20)

    return wait


@pytest.fixture
def open_page(browser: Browser, until: Callable[..., None]) -> Iterator[Callable[..., Page]]:
    """Opens pages offline; afterwards there was no error, and no request but for the file."""
    contexts: list[BrowserContext] = []
    said: list[str] = []
    asked: list[str] = []

    def open_(path: Path, **options: Any) -> Page:
        context = browser.new_context(offline=True, **options)
        context.set_default_timeout(100_000)  # ms
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(path.as_uri())
        until(tab, "Boolean(window.numerist)")
        return tab

    yield open_
    for context in contexts:
        context.close()
    assert [line for line in said if "GPU stall due to ReadPixels" not in line] == []  # a driver's
    assert [
        address for address in asked if not address.startswith(("file:", "blob:", "data:"))
    ] == []
    assert len([address for address in asked if address.startswith("file:")]) == len(contexts)


@pytest.fixture
def draw_a_seven() -> Callable[[Page], None]:
    """Draws a seven on the page's board with the mouse."""

    def draw(tab: Page) -> None:
        board = tab.locator("#board")
        board.scroll_into_view_if_needed()
        box = board.bounding_box()
        assert box is not None
        points = [(0.4, 0.2), (0.62, 0.2), (0.48, 0.85)]
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
        tab.mouse.move(*places[0])
        tab.mouse.down()
        for point in places[1:]:
            tab.mouse.move(*point, steps=4)
        tab.mouse.up()

    return draw
