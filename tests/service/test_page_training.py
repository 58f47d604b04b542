"""Learning in the web page: the packed digits, the learner beside Python's, and the page itself."""

from __future__ import annotations

import base64
import io
import re
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from numerist import Network
from numerist.errors import DataError
from numerist.service import packed
from numerist.service.page import write_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

    from numerist.data import Mnist

Array = npt.NDArray[Any]
WEB = Path(__file__).parents[2] / "src/numerist/service/web"


@pytest.fixture
def scripts(browser: Browser) -> Page:
    """A page with nothing in it but the learner's own scripts, as the worker has them."""
    tab = browser.new_page()
    source = "\n".join((WEB / f"{name}.js").read_text("utf-8") for name in ("unpack", "learner"))
    exported = "Object.assign(globalThis, {Chance, Learner, sparseDigits, unpackDigits});"
    tab.evaluate(f"(() => {{ {source}\n{exported} }})()")
    return tab


def text_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


def test_a_run_that_is_begun_anew_learns_once_at_a_time(scripts: Page) -> None:
    """However often a run is begun, paused and gone on with, one timer leads to the next piece."""
    source = (WEB / "worker.js").read_text("utf-8")
    waiting = scripts.evaluate(f"""() => {{
      const waiting = new Map();
      const setTimeout = (f) => (waiting.set(waiting.size + 1, f), waiting.size);
      const clearTimeout = (id) => waiting.delete(id);
      const postMessage = () => {{}};
      let onmessage = null;
      {source}
      digits = {{training: {{count: 9e4}}, heldOut: {{count: 0, labels: []}}}};
      for (let k = 0; k < 3; k++) {{
        DOES.begin({{run: k, hidden: 5, start: "small", seed: 1}});
        learner.learn = () => {{}};
        course.batch = 1;
        DOES.run({{epochs: 1e6}});
        DOES.pause();
        DOES.run({{epochs: 1e6}});
      }}
      return waiting.size;
    }}""")
    assert waiting == 1


BYTES = "(text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer"

TEXT = """(bytes) => {
  let text = "";
  for (let k = 0; k < bytes.length; k += 30000) {
    text += String.fromCharCode(...bytes.subarray(k, k + 30000));
  }
  return btoa(text);
}"""

UNPACK = f"""(text) => {{
  const sets = unpackDigits(({BYTES})(text));
  return ["training", "heldOut"].map((name) => {{
    const set = sets[name];
    const greys = new Uint8Array(set.count * 784);
    for (let k = 0; k < set.count; k++) {{
      for (let t = set.starts[k]; t < set.starts[k + 1]; t++) {{
        greys[k * 784 + set.pixels[t]] = Math.round(3 * set.ink[t]);
      }}
    }}
    return [greys, set.labels].map({TEXT});
  }});
}}"""


def unpacked(tab: Page, content: bytes) -> list[tuple[Array, Array]]:
    """The digits of both sets as the page unpacks them: greys (n, 28, 28) and labels."""
    return [
        (bytes_of(greys).reshape(-1, 28, 28), bytes_of(labels))
        for greys, labels in tab.evaluate(UNPACK, text_of(content))
    ]


def bytes_of(text: str) -> Array:
    return np.frombuffer(base64.b64decode(text), np.uint8)


def by_class(images: Array, labels: Array) -> tuple[Array, Array]:
    """Nearest of four greys, class after class, each in its order."""
    order = [k for digit in range(10) for k in range(len(labels)) if labels[k] == digit]
    return np.floor(images[order].astype(float) / 85 + 0.5), labels[order]


# the packed digits


@pytest.mark.parametrize("count", [1, 29, 30, 31, 200])
def test_what_is_packed_is_unpacked(scripts: Page, count: int) -> None:
    rng = np.random.default_rng(count)
    images = rng.integers(0, 256, (count + 7, 28, 28)).astype(np.uint8)  # every pixel surprises
    images[rng.uniform(size=images.shape) < 0.8] = 0
    images[0] = 255
    labels = rng.integers(0, 10, count + 7).astype(np.uint8)
    found = unpacked(scripts, packed.pack(images, labels, count))
    for part, (greys, classes) in zip((slice(count), slice(count, None)), found, strict=True):
        wanted_greys, wanted_classes = by_class(images[part], labels[part])
        assert np.array_equal(greys, wanted_greys)
        assert np.array_equal(classes, wanted_classes)


def test_the_digits_in_the_page_are_mnists_and_small(scripts: Page, mnist: Mnist) -> None:
    content = packed.sample()
    assert len(content) < 190_000
    training, held_out = unpacked(scripts, content)
    images = np.rint(255 * mnist.training.images[:5000])
    wanted = by_class(images, mnist.training.labels[:5000])
    assert all(map(np.array_equal, training, wanted))
    images = np.rint(255 * mnist.validation.images[:1000])  # none that is learned from
    wanted = by_class(images, mnist.validation.labels[:1000])
    assert all(map(np.array_equal, held_out, wanted))


def test_all_of_mnist_is_packed_for_the_service(mnist: Mnist) -> None:
    content = packed.everything()
    assert len(content) < 2_000_000
    counts = np.array(struct.unpack("<20I", content[:80])).reshape(2, 10)
    assert np.array_equal(counts[0], np.bincount(mnist.training.labels))
    assert np.array_equal(counts[1], np.bincount(mnist.validation.labels))


def test_without_mnist_at_hand_nothing_is_packed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    packed._packed_mnist.cache_clear()
    monkeypatch.setenv("NUMERIST_DATA", str(tmp_path))
    with pytest.raises(DataError):
        packed.sample()
    monkeypatch.delenv("NUMERIST_DATA")
    monkeypatch.setenv("NUMERIST_CACHE", str(tmp_path))
    with pytest.raises(DataError):
        packed.sample()
    assert list(tmp_path.iterdir()) == []


# the learner


LEARN = f"""([greys, counts, {{hidden, start, batch, epochs, eta}}]) => {{
  const digits = sparseDigits(new Uint8Array(({BYTES})(greys)), Uint32Array.from(counts));
  const chance = new Chance(7);
  const learner = new Learner(hidden, start, chance);
  const listed = () => Object.fromEntries(
    Object.entries(learner.parameters()).map(([name, values]) => [name, [...values]]));
  const before = listed();
  const orders = [];
  for (let epoch = 0; epoch < epochs; epoch++) {{
    const order = chance.permutation(digits.count);
    orders.push([...order]);
    for (let at = 0; at < digits.count; at += batch) {{
      learner.learn(digits, order.subarray(at, at + batch), eta);
    }}
  }}
  return {{before, orders, after: listed(), right: learner.right(digits)}};
}}"""


def network_of(numbers: dict[str, list[float]], hidden: int) -> Network:
    net = Network([784, hidden, 10], seed=0)
    net.weights = [
        np.reshape(numbers["weights"], (hidden, 784)),
        np.reshape(numbers["outWeights"], (10, hidden)),
    ]
    net.biases = [np.reshape(numbers[name], (-1, 1)) for name in ("biases", "outBiases")]
    return net


@pytest.mark.parametrize(
    "knobs",
    [
        {"hidden": 30, "start": "chapter", "batch": 10, "epochs": 2, "eta": 3},
        {"hidden": 7, "start": "small", "batch": 64, "epochs": 2, "eta": 0.5},
        {"hidden": 5, "start": "small", "batch": 1, "epochs": 2, "eta": 1},
    ],
)
def test_the_learner_learns_what_the_chapters_network_does(
    scripts: Page, mnist: Mnist, knobs: dict[str, Any]
) -> None:
    levels, labels = by_class(
        np.rint(255 * mnist.training.images[:300]), mnist.training.labels[:300]
    )
    hidden, batch = knobs["hidden"], knobs["batch"]
    greys = text_of(levels.astype(np.uint8).tobytes())
    counts = np.bincount(labels, minlength=10).tolist()
    found = scripts.evaluate(LEARN, [greys, counts, knobs])
    net = network_of(found["before"], hidden)
    x = (levels / 3).reshape(-1, 784, 1)
    y = np.eye(10)[labels][..., None]
    for order in found["orders"]:
        assert sorted(order) == list(range(300))
        for at in range(0, 300, batch):
            net.update_mini_batch([(x[k], y[k]) for k in order[at : at + batch]], knobs["eta"])
    assert found["orders"][0] != found["orders"][1]
    after = network_of(found["after"], hidden)
    for ours, theirs in zip(
        [*after.weights, *after.biases], [*net.weights, *net.biases], strict=True
    ):
        assert np.abs(ours - theirs).max() < 1e-3
    before = network_of(found["before"], hidden)
    assert np.abs(after.weights[0] - before.weights[0]).max() > 0.05  # there was something to learn
    right = net.evaluate([(each, int(label)) for each, label in zip(x, labels, strict=True)])
    assert abs(found["right"] - right) <= 1


def test_weights_at_the_start_are_normal(scripts: Page) -> None:
    code = """(start) => {
      const {weights, biases, outWeights} = new Learner(60, start, new Chance(3));
      return [[...weights], [...biases], [...outWeights]];
    }"""
    for start, spreads in (("chapter", (1, 1, 1)), ("small", (784**-0.5, 1, 60**-0.5))):
        for values, spread in zip(scripts.evaluate(code, start), spreads, strict=True):
            scaled = np.sort(np.array(values) / spread)
            n = len(scaled)
            assert abs(scaled.mean()) < 4 / np.sqrt(n)
            assert abs(scaled.std() - 1) < 4 / np.sqrt(2 * n)
            within = (np.abs(scaled) < 1).mean()  # of a normal distribution 68.27 %
            assert abs(within - 0.6827) < 4 * np.sqrt(0.6827 * 0.3173 / n)


def test_a_seed_repeats_and_another_one_does_not(scripts: Page) -> None:
    draws = scripts.evaluate(
        "[1, 1, 2].map((seed) => { const c = new Chance(seed); return [...c.permutation(50)]; })"
    )
    assert draws[0] == draws[1]
    assert draws[0] != draws[2]
    assert sorted(draws[2]) == list(range(50))


# the page


SHOWN = "progress.textContent.startsWith(`Epoch ${numerist.training.last.epoch}:`)"
IDLE = "!numerist.training.running && numerist.training.last?.epoch === {}"


def accuracy(tab: Page) -> float:
    found = re.search(r"([\d.]+)\s%", tab.inner_text("#progress"))
    assert found is not None
    return float(found[1]) / 100


def pixels_of(tab: Page, name: str) -> Array:
    text = tab.evaluate(f"document.getElementById('{name}').toDataURL()")
    with Image.open(io.BytesIO(base64.b64decode(text.partition(",")[2]))) as image:
        return np.asarray(image.convert("RGB")) / 255


def drawn(tab: Page) -> None:
    """Wait until what is to be drawn is drawn: two frames."""
    tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_a_network_learns_in_the_page(
    open_page: Callable[..., Page], until: Callable[..., None], shipped: Path
) -> None:
    tab = open_page(shipped)
    tab.locator("#start").select_option("small")
    for epoch in (1, 2, 3):
        tab.click("#oneEpoch")
        until(tab, IDLE.format(epoch))
    until(tab, SHOWN)
    assert accuracy(tab) >= 0.85
    assert tab.evaluate("numerist.training.last.total") == 1000
    points = tab.evaluate("numerist.training.runs.at(-1).points")
    assert len(points) == 4
    assert points[0] < 0.3
    assert "Epoch 3" in tab.inner_text("#said")  # announced
    label = tab.locator("#curve").get_attribute("aria-label")
    assert label is not None
    assert "after 3 epochs" in label


def test_the_chapters_network_learns_in_the_page_and_reads_what_is_drawn(
    open_page: Callable[..., Page],
    until: Callable[..., None],
    shipped: Path,
    draw_a_seven: Callable[[Page], None],
) -> None:
    tab = open_page(shipped)
    tab.click("[data-eta='3']")
    until(tab, IDLE.format(30))
    until(tab, SHOWN)
    assert accuracy(tab) >= 0.85
    draw_a_seven(tab)
    count = tab.locator("#layer").inner_text()
    assert "of 18" in count
    assert tab.locator("#neurons").is_hidden()  # the network of the page has no such neurons
    tab.click("#toBoard")
    assert tab.evaluate("document.activeElement.id") == "board"
    assert tab.inner_text("#answer .number") == "7"
    assert "of 6" in tab.inner_text("#layer")
    code = (
        """() => Object.values(numerist.training.parameters).slice(0, 2).map((each) => [...each])"""
    )
    weights, biases = tab.evaluate(code)
    image = 1 - pixels_of(tab, "seen")[..., 0].reshape(784)
    by_hand = 1 / (1 + np.exp(-(np.reshape(weights, (30, 784)) @ image + biases)))
    undecided = int(np.abs(by_hand - 0.5).argmin())
    tab.locator("#neuron").fill(str(undecided + 1))
    state = tab.inner_text("#neuronState")
    assert state.startswith(f"Neuron {undecided + 1} of 30: activation ")
    activation = float(re.findall(r"activation ([\d.]+)", state)[0])
    assert activation == pytest.approx(by_hand[undecided], abs=0.05)  # it is shown in 8 bits
    pressed = tab.locator("#next")
    while pressed.is_enabled():
        pressed.click()
    assert tab.inner_text("#layer").startswith("6 of 6: sigmoid, 10")
    tab.locator("[name=reader][value=shipped]").check()
    assert tab.locator("#neurons").is_hidden()
    assert tab.inner_text("#answer .number") == "7"


def test_the_chapters_network_learns_when_it_is_chosen_to_read(
    open_page: Callable[..., Page],
    until: Callable[..., None],
    shipped: Path,
    draw_a_seven: Callable[[Page], None],
) -> None:
    tab = open_page(shipped)
    draw_a_seven(tab)
    tab.locator("[name=reader][value=trained]").check()
    until(tab, IDLE.format(30))
    until(tab, SHOWN)
    assert accuracy(tab) >= 0.8
    assert tab.inner_text("#answer .number") == "7"
    assert tab.locator("#neurons").is_visible()


def test_eta_of_100_is_seen_to_fail(
    open_page: Callable[..., Page], until: Callable[..., None], shipped: Path
) -> None:
    tab = open_page(shipped)
    tab.click("[data-eta='100']")
    until(tab, IDLE.format(30))
    until(tab, SHOWN)
    assert accuracy(tab) < 0.4
    tab.click("[data-eta='3']")
    until(tab, IDLE.format(30))
    labels = tab.evaluate("numerist.training.runs.map(({label}) => label)")
    assert labels == ["η = 100", "η = 3"]  # side by side
    ends = tab.evaluate("numerist.training.runs.map(({points}) => points.at(-1))")
    assert ends[1] - ends[0] > 0.4


@pytest.mark.parametrize("width", [320, 700])
def test_labels_of_curves_that_end_together_stand_apart(browser: Browser, width: int) -> None:
    source = (WEB / "curve.js").read_text("utf-8")
    flat = [[0.1] * 31, [0.0, *[0.098] * 30], [0.12] * 31, [0.1] * 31]
    two = [[0.18] * 31, [0.11] * 31]  # one label between these lines would be on one of them
    for runs in (flat, [[1 - share for share in run] for run in flat], [[0.1], [0.1]], two):
        tab = browser.new_page()
        boxes = tab.evaluate(
            f"""([width, runs]) => {{
          document.body.innerHTML = `<canvas style="width:${{width}}px"></canvas>`;
          const said = [];
          const write = CanvasRenderingContext2D.prototype.fillText;
          CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {{
            write.call(this, text, x, y);
            const at = this.measureText(text);
            if (text.startsWith("η")) said.push([text, x - at.actualBoundingBoxLeft,
              y - at.actualBoundingBoxAscent, x + at.actualBoundingBoxRight,
              y + at.actualBoundingBoxDescent]);
          }};
          {source}
          const labelled = runs.map((points, k) => ({{ label: `η = ${{k}}00`, points }}));
          drawCurve(document.querySelector("canvas"), labelled, 30);
          return said;
        }}""",
            [width, runs],
        )
        assert sorted(box[0] for box in boxes) == [f"η = {k}00" for k in range(len(runs))]
        for k, (_, left, top, right, bottom) in enumerate(boxes):
            assert left >= 0
            assert top >= 0
            assert right <= width
            assert bottom <= 230  # where the axis is
            if runs is two:
                heights = [12 + 218 * (1 - share) for (share, *_) in runs]
                assert not any(top <= height <= bottom for height in heights)
            for _, other_left, other_top, other_right, other_bottom in boxes[:k]:
                apart = right <= other_left or left >= other_right
                assert apart or bottom <= other_top or top >= other_bottom
        tab.close()


def test_it_pauses_goes_on_and_begins_anew(
    open_page: Callable[..., Page], until: Callable[..., None], shipped: Path
) -> None:
    tab = open_page(shipped)
    tab.click("#run")
    until(tab, "numerist.training.runs.at(-1).points.length > 2")
    assert tab.inner_text("#run") == "Pause"
    tab.click("#run")
    until(tab, "!numerist.training.running")
    weights = tab.evaluate("numerist.training.parameters.weights[14 * 28 + 14]")
    epochs = tab.evaluate("numerist.training.last.epoch")
    tab.wait_for_timeout(400)
    assert tab.evaluate("numerist.training.parameters.weights[14 * 28 + 14]") == weights
    tab.locator("#eta").select_option("10")
    tab.click("#oneEpoch")
    until(tab, IDLE.format(epochs + 1))
    assert tab.evaluate("numerist.training.parameters.weights[14 * 28 + 14]") != weights
    assert tab.evaluate("numerist.training.runs.at(-1).label") == "η = 3 → 10"
    tab.click("#reset")
    until(tab, IDLE.format(0))
    drawn(tab)
    assert "Nothing learned yet" in tab.inner_text("#progress")
    tab.locator("#hidden").select_option("5")
    until(tab, "numerist.training.parameters.biases.length === 5")


def test_weights_are_seen_as_they_form(
    open_page: Callable[..., Page], until: Callable[..., None], shipped: Path
) -> None:
    tab = open_page(shipped, color_scheme="light")
    tab.click("#reset")
    until(tab, "Boolean(numerist.training.parameters)")
    drawn(tab)
    blank = pixels_of(tab, "forming")
    assert blank.shape[:2] == (5 * 29 - 1, 6 * 29 - 1)
    tab.click("#oneEpoch")
    until(tab, IDLE.format(1))
    drawn(tab)
    change = pixels_of(tab, "forming")
    first = change[:28, :28]
    assert np.ptp(blank[:28, :28]) == 0  # nothing has changed
    assert np.ptp(first[8:20, 8:20]) > 0.2
    assert np.ptp(first[0]) == 0  # where no digit has ink nothing is learned
    tab.locator("#shownWeights").select_option("weights")
    drawn(tab)
    assert np.ptp(pixels_of(tab, "forming")[0, :28]) > 0.2  # but there are weights


def test_the_keyboard_alone_trains(
    open_page: Callable[..., Page], until: Callable[..., None], shipped: Path
) -> None:
    tab = open_page(shipped)
    reached = []
    for _ in range(30):
        tab.keyboard.press("Tab")
        reached.append(tab.evaluate("document.activeElement.id || document.activeElement.name"))
        if reached[-1] == "oneEpoch":
            break
    assert {"board", "run", "oneEpoch"} <= set(reached)
    tab.keyboard.press("Enter")
    until(tab, IDLE.format(1))
    assert "Epoch 1" in tab.inner_text("#said")


def test_a_finger_trains_on_a_phone(
    open_page: Callable[..., Page], until: Callable[..., None], shipped: Path
) -> None:
    phone = {"width": 360, "height": 640}
    tab = open_page(shipped, viewport=phone, has_touch=True, is_mobile=True)
    tab.locator("[data-eta='3']").tap()
    until(tab, "numerist.training.runs.at(-1)?.points.length > 1")
    tab.locator("#run").tap()
    until(tab, "!numerist.training.running")
    assert tab.evaluate("document.documentElement.scrollWidth") <= phone["width"]
    small = """() => [...document.querySelectorAll("#train button, #train select")]
      .map((each) => each.getBoundingClientRect())
      .filter(({width, height}) => width && (width < 40 || height < 40)).length"""
    assert tab.evaluate(small) == 0


def test_the_page_stays_quick_while_it_learns(
    open_page: Callable[..., Page],
    until: Callable[..., None],
    shipped: Path,
    draw_a_seven: Callable[[Page], None],
) -> None:
    tab = open_page(shipped)
    tab.locator("#hidden").select_option("100")
    tab.click("#run")
    until(tab, "numerist.training.running && numerist.training.last !== null")
    epochs = tab.evaluate("""async () => {
      const before = numerist.training.last.epoch;
      for (let k = 0; k < 30; k++) await new Promise((done) => setTimeout(done, 10));
      return numerist.training.last.epoch - before;
    }""")
    assert epochs < 25  # in the page's own thread it would learn an epoch between any two looks
    draw_a_seven(tab)
    assert tab.inner_text("#answer .number") == "7"


def test_without_digits_the_page_says_so(
    open_page: Callable[..., Page], tmp_path: Path, draw_a_seven: Callable[[Page], None]
) -> None:
    write_page(tmp_path / "page.html")
    tab = open_page(tmp_path / "page.html")
    assert "no digits in this page" in tab.inner_text("#trainData")
    assert tab.locator("#training").is_hidden()
    assert tab.locator("#readers").is_hidden()
    draw_a_seven(tab)
    assert tab.inner_text("#answer .number") == "7"


def test_where_the_digits_are_from_is_said(open_page: Callable[..., Page], shipped: Path) -> None:
    text = open_page(shipped).inner_text("#trainData")
    assert "5,000 digits of MNIST to learn from and 1,000 held out" in text
    assert "CC BY-SA 3.0" in text
    assert "Y. LeCun, C. Cortes and C. J. C. Burges" in text
