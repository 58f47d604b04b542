"""The web page in Chromium: its size, how soon it answers, how quickly it learns.

    python benchmarks/page.py

needs Playwright (pip install playwright) and Chromium (Debian's package chromium). Networks of
[784, hidden, 10] learn from the 5,000 digits in the page, 30 epochs each, after one run that lets
the browser compile. Milliseconds of an epoch are of learning alone, as the page shows them; the
last column is all of it: shuffling, judging the 1,000 held out, showing weights and curve. From the
pen's lifting to the answer: by the browser's clock, from the event on; the first of each of five
fresh pages, a second after it is ready, and ten later ones.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from numerist.service.packed import sample
from numerist.service.page import write_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

EPOCHS = 30
COURSES = [(30, 10, 3), (30, 10, 100), (30, 1, 1), (30, 100, 10), (100, 10, 3)]


def opened(browser: Browser, path: Path) -> tuple[Page, float]:
    """The page, and the milliseconds from asking for it until a stroke would be answered."""
    tab = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    begun = time.perf_counter()
    tab.goto(path.as_uri())
    while not tab.evaluate("Boolean(window.numerist)"):
        time.sleep(0.002)
    return tab, 1000 * (time.perf_counter() - begun)


def watched(tab: Page) -> None:
    """Let the page note when the pen was lifted, and when the answer was there and seen."""
    tab.evaluate("""() => {
      let up = 0;
      window.spent = [];
      document.addEventListener("pointerup", (event) => (up = event.timeStamp), true);
      new MutationObserver(() => {
        if (!up) return; // of a stroke that is still being drawn
        const spent = [performance.now() - up];
        const since = up;
        up = 0;
        requestAnimationFrame(() => setTimeout(() => {
          window.spent.push([...spent, performance.now() - since]);
        }));
      }).observe(document.getElementById("answer"), { childList: true });
    }""")


def computed(session: CDPSession) -> float:
    """Milliseconds that the page's main thread has computed."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(1e3 * next(each["value"] for each in metrics if each["name"] == "TaskDuration"))


def seven(tab: Page, session: CDPSession) -> tuple[float, ...]:
    """Draw a digit; the milliseconds from the pen's lifting to the answer, and to its frame.

    And how many of them the page's main thread computed, on whatever a machine has to do besides.
    """
    box = tab.evaluate("document.getElementById('board').getBoundingClientRect().toJSON()")
    tab.evaluate("spent.length = 0")
    for k, (x, y) in enumerate([(0.4, 0.2), (0.62, 0.2), (0.48, 0.85)]):
        tab.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
        if k == 0:
            tab.mouse.down()
    before = computed(session)
    tab.mouse.up()
    while not (found := tab.evaluate("spent[0]")):
        time.sleep(0.01)
    found.append(computed(session) - before)
    tab.click("#clear")
    return tuple(found)


def learned(tab: Page, hidden: int, batch: int, eta: float) -> tuple[list[float], float, float]:
    """Milliseconds of each epoch, seconds in all, and the share right at the end."""
    for name, value in (("hidden", hidden), ("batch", batch), ("eta", eta)):
        tab.locator(f"#{name}").select_option(str(value))
    spent = """(epochs) => new Promise((done) => {
      const {training} = numerist;
      training.begin();
      const run = training.number;
      const times = [];
      const begun = performance.now();
      training.go(epochs);
      const look = () => {
        const {last} = training;
        if (last?.run === run && last.epoch > times.length) times.push(last.milliseconds);
        if (training.running || times.length === 0) setTimeout(look);
        else done([times, performance.now() - begun, last.right / last.total]);
      };
      look();
    })"""
    times, wall, right = tab.evaluate(spent, EPOCHS)
    return times, wall / 1000, right


def main() -> None:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder, "page.html")
        size = write_page(path, digits=sample())
        plain = write_page(Path(folder, "plain.html"))
        print(f"{size:,} bytes; {plain:,} without digits, which take {len(sample()):,} packed")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        print(f"Chromium {browser.version}")
        readiness = [opened(browser, path)[1] for _ in range(5)]
        print(f"ready after {statistics.median(readiness):.0f} ms (of 5: {max(readiness):.0f})")
        rounds = []
        for _ in range(5):
            tab, _ = opened(browser, path)
            tab.wait_for_timeout(1000)
            watched(tab)
            session = tab.context.new_cdp_session(tab)
            session.send("Performance.enable", {"timeDomain": "threadTicks"})
            rounds.append([seven(tab, session) for _ in range(11)])
        for k, what in enumerate(("answer", "its frame", "its frame, processor time")):
            first = statistics.median(each[0][k] for each in rounds)
            later = statistics.median(each[k] for found in rounds for each in found[1:])
            print(
                f"pen up to {what}: first {first:.1f}, later {later:.1f} ms (medians of 5 and 50)"
            )
        learned(tab, 30, 10, 3)
        for course in COURSES:
            times, wall, right = learned(tab, *course)
            print(
                f"[784, {course[0]}, 10], mini-batch {course[1]}, η = {course[2]}: "
                f"{statistics.median(times):.0f} ms an epoch (most {max(times):.0f}), "
                f"{1000 * wall / EPOCHS:.0f} ms with all; {right:.1%}"
            )
        browser.close()


if __name__ == "__main__":
    main()
