"""The page where it is served: it is installed, opens offline, and learns from all of MNIST."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image

from numerist.errors import DataError
from numerist.service import installing, packed
from numerist.service.app import page_of
from numerist.service.gate import OPEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from numerist.data import Mnist

KEY = "a-key-for-these-tests"
FOREIGN = ("https:", "http:", "ws:", "wss:", "ftp:")


@contextlib.contextmanager
def serving(**env: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A service in a process of its own, and its address."""
    command = [sys.executable, "-m", "numerist", "serve", "--port", "0", "--workers", "1"]
    process = subprocess.Popen(
        command, env={**os.environ, **env}, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[-1], process
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(100) == 0
        process.stdout.close()


@pytest.fixture(scope="module")
def address(mnist: Mnist) -> Iterator[str]:
    with serving(NUMERIST_API_KEY=KEY) as (place, _):
        yield place


@pytest.fixture
def visit(browser: Browser, until: Callable[..., None]) -> Iterator[Callable[[str], Page]]:
    """Opens the page of a service; afterwards nothing was asked of any other place."""
    said: list[str] = []
    asked: list[str] = []
    places: list[str] = []
    context = browser.new_context()
    context.set_default_timeout(100_000)  # ms

    def visit_(place: str) -> Page:
        places.append(place)
        context.on("request", lambda request: asked.append(request.url))  # of its worker too
        tab = context.new_page()
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.goto(f"{place}/")
        until(tab, "Boolean(window.numerist)")
        return tab

    yield visit_
    context.close()
    assert said == []
    assert [
        each for each in asked if each.startswith(FOREIGN) and not each.startswith(places[0])
    ] == []


def test_what_the_page_asks_for_is_open_without_a_key(address: str) -> None:
    assert httpx.get(f"{address}/metrics", timeout=100).status_code == 401
    for path in ["/", *installing.PATHS]:
        assert path in OPEN
        assert httpx.get(f"{address}{path}", timeout=100).status_code == 200, path


def test_the_manifest_names_icons_that_are_there(address: str) -> None:
    answer = httpx.get(f"{address}/manifest.webmanifest", timeout=100)
    assert answer.headers["content-type"] == "application/manifest+json"
    manifest = answer.json()
    assert {"name", "short_name", "start_url", "display"} <= set(manifest)
    assert "id" not in manifest  # it is its start_url then, wherever a proxy has put it
    sizes = set()
    for entry in manifest["icons"]:
        icon = httpx.get(f"{address}/{entry['src']}", timeout=100)
        assert icon.headers["content-type"] == "image/png" == entry["type"]
        with Image.open(io.BytesIO(icon.content)) as image:
            assert "x".join(map(str, image.size)) == entry["sizes"]
            assert len(image.getcolors(1 << 20) or []) > 2  # something is drawn, with soft edges
            edge = image.crop((0, 0, image.width, image.height // 10))
            assert len(edge.getcolors() or []) == 1  # masks may cut off a tenth at each side
        sizes.add((entry["sizes"], entry["purpose"]))
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= sizes


def test_all_of_mnist_is_served_packed(address: str) -> None:
    answer = httpx.get(f"{address}/mnist", timeout=100)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.content == packed.everything()


def test_chromium_would_install_it(address: str, visit: Callable[[str], Page]) -> None:
    tab = visit(address)
    client = tab.context.new_cdp_session(tab)
    found = client.send("Page.getAppManifest")
    assert found["errors"] == []
    assert found["url"] == f"{address}/manifest.webmanifest"
    errors = [
        error["errorId"]
        for error in client.send("Page.getInstallabilityErrors")["installabilityErrors"]
    ]
    assert [each for each in errors if each != "in-incognito"] == []  # as every test's window is


def test_it_opens_when_the_service_is_gone(
    visit: Callable[[str], Page],
    until: Callable[..., None],
    draw_a_seven: Callable[[Page], None],
) -> None:
    with serving() as (place, _):
        tab = visit(place)
        tab.evaluate("navigator.serviceWorker.ready.then(() => true)")
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{place}/", timeout=100)
    tab.reload()
    until(tab, "Boolean(window.numerist)")
    assert tab.evaluate("Boolean(navigator.serviceWorker.controller)")
    draw_a_seven(tab)
    assert tab.inner_text("#answer .number") == "7"
    kept = tab.evaluate(
        "caches.open('numerist').then((kept) => kept.keys()).then((all) => all.map(({url}) => url))"
    )
    names = [each.removeprefix(f"{place}/") for each in kept]
    assert sorted(names) == [
        "",
        "icon-180.png",
        "icon-192.png",
        "icon-512.png",
        "manifest.webmanifest",
    ]


def test_the_page_learns_from_all_of_mnist(
    address: str, visit: Callable[[str], Page], until: Callable[..., None]
) -> None:
    tab = visit(address)
    assert "5,000 digits" in tab.inner_text("#trainData")
    tab.click("#everything")
    until(tab, "numerist.training.last?.total === 10000")
    assert "50,000 digits" in tab.inner_text("#trainData")
    assert tab.locator("#everything").is_hidden()
    tab.locator("#start").select_option("small")  # large ones leave some seeds at 80 % for long
    tab.click("#oneEpoch")
    until(tab, "!numerist.training.running && numerist.training.last.epoch === 1")
    last: dict[str, Any] = tab.evaluate("numerist.training.last")
    assert last["right"] / last["total"] > 0.9


def test_without_mnist_the_page_is_served_and_says_so(
    visit: Callable[[str], Page], tmp_path: Path
) -> None:
    with serving(NUMERIST_DATA=str(tmp_path)) as (place, _):
        answer = httpx.get(f"{place}/mnist", timeout=100)
        assert answer.status_code == 404
        error = answer.json()["error"]
        assert error["code"] == "no_mnist"
        assert "NUMERIST_DATA" in error["cure"]
        assert "--data-dir" not in error["cure"]
        tab = visit(place)
        assert "no digits in this page" in tab.inner_text("#trainData")
        assert tab.locator("#training").is_hidden()


@pytest.mark.parametrize(
    ("status", "said"), [(404, "no MNIST"), (503, "not answer"), (None, "not answer")]
)
def test_it_is_said_why_all_of_mnist_did_not_come(
    address: str, browser: Browser, status: int | None, said: str
) -> None:
    tab = browser.new_context().new_page()
    tab.route("**/mnist", lambda to: to.fulfill(status=status) if status else to.abort())
    tab.goto(f"{address}/")
    tab.click("#everything")
    tab.wait_for_selector(f"#progress:has-text('{said}')", timeout=10_000)
    assert tab.locator("#everything").is_enabled()
    tab.context.close()


def test_the_policy_lets_a_served_page_ask_its_service_only(address: str, browser: Browser) -> None:
    tab = browser.new_context().new_page()
    tab.goto(f"{address}/")
    code = "(where) => fetch(where).then(() => 'asked', () => 'refused')"
    assert tab.evaluate(code, "healthz") == "asked"
    assert tab.evaluate(code, "http://127.0.0.1:9/") == "refused"
    assert tab.evaluate(code, "https://example.org/") == "refused"
    tab.context.close()


def test_a_model_without_a_page_and_mnist_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def none() -> bytes:
        raise DataError("MNIST", "it", "nothing", "Fetch it.")

    monkeypatch.setattr(packed, "sample", none)
    assert "installed" not in page_of(tmp_path / "missing.onnx")
    assert page_of(None).startswith("<!doctype html>")
