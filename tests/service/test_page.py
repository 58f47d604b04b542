"""The web page, in a real browser: JavaScript beside Python, and real pointer events."""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from numerist import Network, load_model
from numerist.errors import DamagedModelError, InputError, NotAModelError
from numerist.image import normalise, normalise_ink
from numerist.model import SHIPPED
from numerist.model.layers import Convolution, Dense, MaxPool, Plain, read_layers, write_layers
from numerist.reading.sample import SAMPLE
from numerist.service.packed import sample
from numerist.service.page import _text, page, write_page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from playwright.sync_api import Browser, Locator, Page

    from numerist.data import Mnist
    from numerist.model.layers import Layer

Array = npt.NDArray[Any]
Points = list[tuple[float, float]]

PASTED = Path(__file__).parents[2] / "benchmarks/pasted.py"
DIGITS = list("0123456789")
HOSTILE = "</script><script>document.title = 'taken'</script>"

# strokes in a box of 1 × 1, as one writes them
STROKES: dict[str, list[Points]] = {
    "1": [[(0.3, 0.2), (0.5, 0), (0.5, 1)]],
    "3": [[(0.1, 0.15), (0.5, 0), (0.85, 0.2), (0.4, 0.48), (0.9, 0.7), (0.5, 1), (0.05, 0.88)]],
    "4": [[(0.4, 0), (0.05, 0.6), (1, 0.6)], [(0.7, 0.3), (0.65, 1)]],
    "7": [[(0, 0.02), (1, 0), (0.4, 1)], [(0.2, 0.5), (0.8, 0.5)]],
}


def ones(*shape: int) -> npt.NDArray[np.float32]:
    return np.ones(shape, np.float32)


def answer(tab: Page) -> str:
    """The number that the page reads; nothing if it gives no answer."""
    number = tab.locator("#answer .number")
    return number.inner_text() if number.count() else ""


def text_of(array: Array) -> str:
    return base64.b64encode(np.ascontiguousarray(array, np.float32).tobytes()).decode()


JUDGE = """([text, size]) => {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const all = new Float32Array(bytes.buffer);
  const found = [];
  for (let k = 0; k < all.length; k += size) {
    const one = numerist.judge(numerist.network, all.subarray(k, k + size));
    found.push([one.answer, one.confidence, ...one.probabilities]);
  }
  return found;
}"""


def assert_same_judgement(tab: Page, model: Path | None, images: Array) -> None:
    found = np.array(tab.evaluate(JUDGE, [text_of(images), 784]))
    answers, confidence, probabilities = (load_model(model) if model else load_model()).judge(
        images
    )
    assert found[:, 0].tolist() == answers.tolist()
    assert np.abs(found[:, 1] - confidence).max() < 1e-3
    assert np.abs(found[:, 2:] - probabilities).max() < 1e-3
    assert len(set(answers.tolist())) > 1  # they are not all alike, whatever goes in


# the file


def test_the_page_is_one_small_file_that_fetches_nothing(mnist: Mnist) -> None:
    text = page(digits=sample())
    assert len(text.encode()) <= 1_000_000
    assert len(page().encode()) < len(text.encode()) - 200_000
    assert "default-src 'none'" in text
    assert not re.search(r"https?:|@import|\bfetch\(|XMLHttpRequest|\bimport\b|sendBeacon", text)
    assert re.findall(r'(?:src|href)="([^"]*)"', text) == ["data:,", "#train"]


def test_a_model_of_other_images_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "pairs.onnx"
    layers: list[Layer] = [Plain("flatten"), Dense(ones(3, 2 * 28 * 28), ones(3))]
    write_layers(path, layers, classes=["a", "b", "c"], input_shape=(2, 28, 28))
    with pytest.raises(InputError, match=r"pairs\.onnx.*28×28.*2×28×28"):
        page(path)
    Network([16, 4], seed=1).save(tmp_path / "small.onnx")
    with pytest.raises(InputError, match="one of 16"):
        page(tmp_path / "small.onnx")
    (tmp_path / "no.onnx").write_bytes(b"no model")
    with pytest.raises(NotAModelError):
        page(tmp_path / "no.onnx")


@pytest.mark.parametrize(
    "layers",
    [
        [Convolution(ones(4, 2, 3, 3), ones(4)), Plain("mean"), Dense(ones(2, 4), ones(2))],
        [Convolution(ones(4, 1, 3, 3), ones(4)), Plain("mean"), Dense(ones(2, 5), ones(2))],
        [Convolution(ones(4, 1, 29, 29), ones(4)), Plain("mean"), Dense(ones(2, 4), ones(2))],
        [MaxPool(29), Plain("flatten"), Dense(ones(2, 1), ones(2))],
        [Dense(ones(2, 1), ones(2))],
    ],
)  # fmt: skip
def test_layers_that_do_not_fit_are_refused(tmp_path: Path, layers: list[Any]) -> None:
    path = tmp_path / "unfit.onnx"
    write_layers(path, layers, classes=["a", "b"])
    with pytest.raises(DamagedModelError, match="fits the one before"):
        page(path)


def test_the_command_writes_the_page_whole_or_not_at_all(
    numerist_command: Any, tmp_path: Path, mnist: Mnist
) -> None:
    ran = numerist_command("export", "--to", "web", "page.html")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == page(digits=sample())
    (tmp_path / "old.html").write_text("old")
    (tmp_path / "no.onnx").write_bytes(b"no model")
    ran = numerist_command("export", "no.onnx", "--to", "web", "old.html")
    assert (ran.returncode, ran.stderr.count("\n")) == (1, 1)
    assert "no.onnx" in ran.stderr
    assert (tmp_path / "old.html").read_text() == "old"
    ran = numerist_command("export", "--to", "web", "missing/page.html")
    assert ran.returncode == 1
    assert "missing" in ran.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["no.onnx", "old.html", "page.html"]


def test_without_mnist_at_hand_the_page_is_written_and_it_is_said(
    numerist_command: Any, tmp_path: Path
) -> None:
    (tmp_path / "nothing").mkdir()
    for where in ({"NUMERIST_DATA": "nothing"}, {"NUMERIST_DATA": "", "NUMERIST_CACHE": "nothing"}):
        ran = numerist_command("export", "--to", "web", "page.html", env=where)
        assert ran.returncode == 0
        assert "Without digits to learn from" in ran.stderr
        assert "train-images-idx3-ubyte" in ran.stderr
        assert "fetching" not in ran.stderr  # nothing is asked of any network
        assert (tmp_path / "page.html").read_text(encoding="utf-8") == page()


def test_digits_are_left_out_where_they_must_not_be_passed_on(
    numerist_command: Any, tmp_path: Path
) -> None:
    ran = numerist_command("export", "--no-digits", "--to", "web", "page.html")
    assert (ran.returncode, ran.stderr) == (0, "")
    written = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert re.search(r'<script[^>]* id="packed"[^>]*></script>', written)  # nothing inside
    assert written == page()


@pytest.mark.parametrize("words", [[], ["--to", "web"], ["--to", "phone", "page.html"]])
def test_wrong_use_of_the_command(numerist_command: Any, words: list[str]) -> None:
    ran = numerist_command("export", *words)
    assert ran.returncode == 2
    assert "--help" in ran.stderr


# the network


def test_all_half_precision_numbers(open_page: Callable[..., Page], shipped: Path) -> None:
    found = open_page(shipped).evaluate(
        "Array.from({length: 65536}, (_, k) => String(numerist.fromHalf(k)))"
    )
    wanted = np.arange(65536, dtype=np.uint16).view(np.float16).astype(float)
    got = np.array([float(number.replace("Infinity", "inf")) for number in found])
    assert np.array_equal(got, wanted, equal_nan=True)


def test_all_numbers_of_the_shipped_network_are_in_the_page(
    open_page: Callable[..., Page], shipped: Path
) -> None:
    code = """() => numerist.network.layers.filter(({weights}) => weights)
      .flatMap(({weights, biases}) => [weights, biases]).map((numbers) => {
        const bytes = new Uint8Array(numbers.slice().buffer);
        let text = "";
        for (let k = 0; k < bytes.length; k += 30000) {
          text += String.fromCharCode(...bytes.subarray(k, k + 30000));
        }
        return btoa(text);
      })"""
    found = [
        np.frombuffer(base64.b64decode(text), "<f4") for text in open_page(shipped).evaluate(code)
    ]
    layers = [layer for layer in read_layers(SHIPPED) if isinstance(layer, Convolution | Dense)]
    wanted = [numbers.reshape(-1) for each in layers for numbers in (each.weights, each.biases)]
    assert all(map(np.array_equal, found, wanted))
    assert sum(map(len, found)) == sum(map(len, wanted)) > 200_000


@pytest.mark.parametrize("count", range(6))
def test_bytes_come_back_from_text(
    open_page: Callable[..., Page], shipped: Path, count: int
) -> None:
    content = bytes(range(251, 251 + count)) if count < 5 else bytes(range(256)) * 7 + b"<<<"
    text = _text(content)
    assert "<" not in text
    found = open_page(shipped).evaluate("(text) => [...numerist.fromBase85(text)]", text)
    assert bytes(found) == content


def test_the_shipped_network_answers_as_in_python(
    open_page: Callable[..., Page], shipped: Path, mnist: Mnist
) -> None:
    rng = np.random.default_rng(3)
    noise = rng.uniform(0, 1, (20, 28, 28)).astype(np.float32)
    images = np.concatenate([mnist.validation.images[:200], noise])
    assert_same_judgement(open_page(shipped), None, images)


NETWORKS: list[tuple[list[int], dict[str, Any]]] = [
    ([784, 30, 10], {}),
    ([784, 12, 7, 10], {"activation": "tanh", "output": "identity"}),
    ([784, 9, 10], {"activation": "relu", "output": "softmax", "cost": "log-likelihood"}),
    ([784, 6, 10], {"activation": "identity", "output": "tanh"}),
    ([784, 10], {"output": "relu"}),
    ([784, 3, 1], {"border": 0.45}),
]


@pytest.mark.parametrize(("sizes", "options"), NETWORKS)
def test_the_chapters_networks_answer_as_in_python(
    open_page: Callable[..., Page],
    tmp_path: Path,
    mnist: Mnist,
    sizes: list[int],
    options: dict[str, Any],
) -> None:
    net = Network(sizes, seed=4, **options)
    net.weights = [w / np.sqrt(w.shape[1] / 5) for w in net.weights]  # so that answers differ
    images = mnist.validation.images[:100]
    if sizes[-1] == 1:  # half of them below the border
        net.biases[-1] -= np.median(net.weights[-1] @ (1 / (1 + np.exp(
            -net.weights[0] @ images.reshape(100, -1).T - net.biases[0]
        ))) + net.biases[-1]) + np.log(1 / net.border - 1)  # fmt: skip
    net.save(tmp_path / "net.onnx")
    write_page(tmp_path / "net.html", tmp_path / "net.onnx")
    tab = open_page(tmp_path / "net.html")
    assert_same_judgement(tab, tmp_path / "net.onnx", images)


def test_every_kind_of_layer_answers_as_in_python(
    open_page: Callable[..., Page], tmp_path: Path
) -> None:
    rng = np.random.default_rng(5)

    def drawn(*shape: int) -> Array:
        return rng.normal(0, 0.5, shape).astype(np.float16).astype(np.float32)

    last = Dense(drawn(4, 5), np.zeros(4, np.float32))
    layers: list[Layer] = [
        Convolution(drawn(5, 1, 3, 3), drawn(5), padding=1), Plain("relu"),  # 28 × 28
        MaxPool(3),  # 9 × 9, a row and a column are left over
        Convolution(drawn(6, 5, 4, 4), drawn(6), padding=2, stride=2), Plain("sigmoid"),  # 5 × 5
        Convolution(drawn(7, 6, 1, 1), drawn(7), stride=2), Plain("mean"),
        Plain("flatten"), Dense(drawn(5, 7), drawn(5)), Plain("relu"), last,
    ]  # fmt: skip
    path = tmp_path / "net.onnx"

    images = rng.uniform(0, 1, (60, 28, 28)) ** rng.uniform(1, 9, (60, 1, 1))
    images = images.astype(np.float32)
    write_layers(path, layers, classes=["a", "b", "c", "none"])
    last.biases[:] = -np.log(load_model(path).probabilities(images)).mean(axis=0)  # all as likely
    write_layers(path, layers, classes=["a", "b", "c"], knows_strangers=True, sharpness=30)
    write_page(tmp_path / "net.html", path)
    tab = open_page(tmp_path / "net.html")
    assert_same_judgement(tab, path, images)
    _, confidence, probabilities = load_model(path).judge(images)
    known = confidence / probabilities.max(axis=1)
    assert known.min() < 0.3
    assert known.max() > 0.7


# the normaliser


def load_pasted() -> Any:
    spec = importlib.util.spec_from_file_location("pasted", PASTED)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def png(pixels: Array) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


NORMALISE = """async (files) => {
  const seen = [];
  for (const text of files) {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const image = await numerist.openImage(new Blob([bytes]));
    seen.push([...numerist.normalise(numerist.asPicture(image))]);
  }
  return seen;
}"""


def normalised(tab: Page, files: Sequence[bytes]) -> Array:
    texts = [base64.b64encode(file).decode() for file in files]
    return np.array(tab.evaluate(NORMALISE, texts)).reshape(-1, 28, 28)


def test_pictures_are_normalised_as_in_python(
    open_page: Callable[..., Page], shipped: Path, mnist: Mnist
) -> None:
    pasted = load_pasted()
    kinds = [kind for kind in pasted.KINDS if "×40" not in kind]
    digits = mnist.validation.images[40:42]
    files = [png(picture) for kind in kinds for picture in pasted.pictures(kind, digits)]
    found = normalised(open_page(shipped), files)
    wanted = np.array([normalise(file) for file in files])
    assert len(files) > 50
    assert (wanted.max(axis=(1, 2)) > 0.9).all()
    assert np.abs(found - wanted).max() <= 2 / 255


def test_odd_pictures_are_normalised_as_in_python(
    open_page: Callable[..., Page], shipped: Path, mnist: Mnist
) -> None:
    digit = np.asarray(Image.fromarray(mnist.validation.images[7]).resize((140, 140)))
    grey = np.rint(255 * (1 - np.clip(digit, 0, 1))).astype(np.uint8)
    there = np.where(grey < 128, 255, 0).astype(np.uint8)
    yellow = np.full((140, 140, 3), (250, 240, 80), np.uint8)
    # once misread: a mean of two shades that lies just on the border between dark and light
    framed = load_pasted().pictures("dark frame", mnist.training.images[1000:1018])[17]
    pictures = [
        np.dstack([yellow, there]),  # strokes on nothing
        np.dstack([yellow // 2, 255 - there]),  # a hole in the paper
        grey[:, :1],  # one pixel wide
        np.full((40, 90), 130, np.uint8),  # nothing to be seen
        grey[::5, ::5],
        np.rint(255 * mnist.validation.images[8]).astype(np.uint8),  # normalised already
        np.kron(grey, np.ones((17, 15), np.uint8)),  # larger than is looked at
        framed,
    ]
    files = [png(picture) for picture in pictures]
    wanted = np.array([normalise(file) for file in files])
    assert wanted[3].max() == 0
    assert np.abs(normalised(open_page(shipped), files) - wanted).max() <= 2 / 255


def test_a_photo_is_upright_as_its_exif_data_say(
    open_page: Callable[..., Page], shipped: Path, mnist: Mnist
) -> None:
    digit = Image.fromarray(np.rint(255 * (1 - mnist.validation.images[9])).astype(np.uint8))
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    digit.resize((280, 280)).save(buffer, "JPEG", quality=95, exif=exif)
    upright = normalise(buffer.getvalue())
    found = normalised(open_page(shipped), [buffer.getvalue()])[0]
    assert np.abs(found - upright).mean() < 0.01  # JPEG decoders differ a little
    assert np.abs(np.rot90(found) - upright).mean() > 0.05


@pytest.mark.parametrize("alpha", [(40, 90), (64, 64)], ids=["uneven", "even"])
@pytest.mark.parametrize(
    "turned", [(1, 0.001), (3, 0.03), (6, 0.03)], ids=["not", "half", "quarter"]
)
def test_half_transparent_pictures_keep_their_colours_and_are_upright(
    open_page: Callable[..., Page],
    shipped: Path,
    mnist: Mnist,
    turned: tuple[int, float],
    alpha: tuple[int, int],
) -> None:
    orientation, most = turned
    digit = Image.fromarray(mnist.validation.images[9]).resize((140, 140))
    ink = np.clip(np.asarray(digit), 0, 1)[..., None]
    faint = np.tile(np.linspace(*alpha, 140).round()[None, :, None], (140, 1, 1))
    colours = np.rint([20, 60, 160] * ink + [240, 200, 90] * (1 - ink))
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.dstack([colours, faint]).astype(np.uint8)).save(buffer, "PNG", exif=exif)
    wanted = normalise(buffer.getvalue())
    assert wanted.max() > 0.9
    found = normalised(open_page(shipped), [buffer.getvalue()])[0]
    assert np.abs(found - wanted).max() <= most


def test_ink_is_normalised_as_in_python(open_page: Callable[..., Page], shipped: Path) -> None:
    rng = np.random.default_rng(6)
    maps = []
    for _ in range(40):
        height, width = rng.integers(3, 90, 2)
        ink = rng.uniform(0, 1, (height, width)) * (rng.uniform(0, 1, (height, width)) < 0.3)
        maps.append(ink.astype(np.float32))
    code = """(maps) => maps.map(({text, height, width}) => {
      const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
      return [...numerist.normaliseInk({values: new Float32Array(bytes.buffer), height, width})];
    })"""
    asked = [{"text": text_of(m), "height": m.shape[0], "width": m.shape[1]} for m in maps]
    found = np.array(open_page(shipped).evaluate(code, asked)).reshape(-1, 28, 28)
    wanted = np.array([normalise_ink(ink) for ink in maps])
    assert np.abs(found - wanted).max() <= 2 / 255


# drawing


def place(tab: Page, x: float, y: float) -> tuple[float, float]:
    """Where a point of the board, from 0 to 1, lies in the window."""
    box = tab.locator("#board").bounding_box()
    assert box is not None
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def draw(tab: Page, points: Points, steps: int = 4) -> None:
    tab.locator("#board").scroll_into_view_if_needed()
    tab.mouse.move(*place(tab, *points[0]))
    tab.mouse.down()
    for point in points[1:]:
        tab.mouse.move(*place(tab, *point), steps=steps)
    tab.mouse.up()


def strokes_at(digit: str, left: float, width: float = 0.18) -> list[Points]:
    return [[(left + width * x, 0.2 + 0.6 * y) for x, y in stroke] for stroke in STROKES[digit]]


def runs(image: Array) -> list[Points]:
    """A stroke along each run of inked pixels, of every second row: the pen is as wide as two."""
    strokes = []
    for y in range(0, 28, 2):
        row = image[y : y + 2].mean(axis=0) > 0.4
        edges = np.flatnonzero(np.diff(np.concatenate([[0], row, [0]])))
        for left, right in zip(edges[::2], edges[1::2], strict=True):
            inside = [min(left + 1, (left + right) / 2), max(right - 1, (left + right) / 2)]
            strokes.append([(0.25 + 0.5 * x / 28, 0.08 + 0.84 * (y + 1) / 28) for x in inside])
    return strokes


def canvas(tab: Page, name: str) -> Array:
    """The pixels that a canvas shows, (height, width, 3) from 0 to 1."""
    text = tab.evaluate(f"document.getElementById('{name}').toDataURL()")
    with Image.open(io.BytesIO(base64.b64decode(text.partition(",")[2]))) as image:
        return np.asarray(image.convert("RGB")) / 255


def seen(tab: Page) -> Array:
    """How dark the 28×28 image is that the page shows."""
    dark: Array = 1 - canvas(tab, "seen")[..., 0]
    return dark


def likeness(image: Array, other: Array) -> float:
    """The best correlation of nine: a centre of mass near a half rounds either way."""
    shifts = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    moved = [np.roll(image, shift, (0, 1)).ravel() for shift in shifts]
    return max(float(np.corrcoef(each, other.ravel())[0, 1]) for each in moved)


def test_digits_of_mnist_drawn_with_the_mouse(
    open_page: Callable[..., Page], shipped: Path, mnist: Mnist
) -> None:
    tab = open_page(shipped, viewport={"width": 1000, "height": 800})
    firsts = [int(np.flatnonzero(mnist.validation.labels == digit)[0]) for digit in range(10)]
    for index in firsts[::3]:
        for stroke in runs(mnist.validation.images[index]):
            draw(tab, stroke, steps=1)
        assert answer(tab) == str(mnist.validation.labels[index])
        original = mnist.validation.images[index]
        assert likeness(seen(tab), original) > 0.65  # drawn with a thick pen
        tab.click("#clear")


def test_a_digit_is_read_while_it_is_being_drawn(
    open_page: Callable[..., Page], shipped: Path, until: Callable[..., None]
) -> None:
    tab = open_page(shipped)
    live = "document.getElementById('answer').getAttribute('aria-live')"
    first, *others = strokes_at("7", 0.4)[0]
    tab.mouse.move(*place(tab, *first))
    tab.mouse.down()
    for point in others:
        tab.mouse.move(*place(tab, *point), steps=4)
    until(tab, "document.querySelector('#answer .number')?.textContent === '7'")
    assert tab.evaluate(live) == "off"  # what is not written yet is not said aloud
    assert tab.inner_text("#timing") == ""
    tab.mouse.up()
    assert (answer(tab), tab.evaluate(live)) == ("7", "polite")
    tab.click("#undo")
    assert answer(tab) == ""


def test_a_number_is_read_digit_by_digit_while_it_is_written(
    open_page: Callable[..., Page], shipped: Path
) -> None:
    tab = open_page(shipped)
    for stroke in strokes_at("7", 0.4):
        draw(tab, stroke)
    assert answer(tab) == "7"
    for stroke in strokes_at("4", 0.7):
        draw(tab, stroke)
    assert answer(tab) == "74"
    draw(tab, strokes_at("3", 0.1)[0])  # to the left of them
    assert answer(tab) == "374"
    names = [button.get_attribute("aria-label") for button in tab.locator("#digits button").all()]
    assert [str(name)[:15] for name in names] == [
        "Digit 1 of 3: 3", "Digit 2 of 3: 7", "Digit 3 of 3: 4",
    ]  # fmt: skip
    tab.locator("#digits button").nth(1).click()
    assert tab.locator("#seen").get_attribute("aria-label") == "The digit at 28 × 28 pixels: 7"
    tab.click("#undo")
    assert answer(tab) == "74"
    tab.click("#clear")
    assert answer(tab) == ""
    tab.click("#undo")
    assert answer(tab) == "74"


SPANS: list[tuple[list[tuple[float, float]], list[list[int]]]] = [
    ([(0, 40), (60, 100)], [[0], [1]]),
    ([(60, 100), (0, 40)], [[1], [0]]),  # from left to right, whatever came first
    ([(0, 100), (74, 174)], [[0, 1]]),  # 26 of 100
    ([(0, 100), (76, 176)], [[0], [1]]),  # 24 of 100
    ([(0, 100), (92, 122)], [[0, 1]]),  # 8 of the narrower one's 30
    ([(0, 40), (60, 100), (20, 80)], [[0, 1, 2]]),  # the third joins the others
    ([(0, 40), (200, 240), (30, 50), (45, 60)], [[0, 2, 3], [1]]),
]


def test_strokes_that_lie_above_each_other_make_one_digit(
    open_page: Callable[..., Page], shipped: Path
) -> None:
    tab = open_page(shipped)
    code = (
        "(strokes) => numerist.groupStrokes(strokes).map((g) => g.map((s) => strokes.indexOf(s)))"
    )
    for spans, groups in SPANS:
        strokes = [
            [{"x": left, "y": 9 * k, "width": 0}, {"x": right, "y": 9 * k + 5, "width": 0}]
            for k, (left, right) in enumerate(spans)
        ]
        assert [sorted(group) for group in tab.evaluate(code, strokes)] == groups


def test_a_tap_leaves_a_dot(open_page: Callable[..., Page], shipped: Path) -> None:
    tab = open_page(shipped)
    for points in ([(0.5, 0.5)], [(0.5, 0.5), (0.5, 0.5)]):  # the second with a move to nowhere
        draw(tab, points)
        image = seen(tab)
        assert image[14, 14] > 0.8  # the middle of a disc of 20 pixels
        assert 250 < (image > 0.5).sum() < 350
        tab.click("#clear")


def test_an_empty_board_gives_no_answer(open_page: Callable[..., Page], shipped: Path) -> None:
    tab = open_page(shipped)
    shares = tab.locator("#probabilities .share")
    assert (answer(tab), tab.locator("#digits button").count()) == ("", 0)
    assert set(shares.all_inner_texts()) == {""}
    draw(tab, strokes_at("7", 0.4)[0])
    assert answer(tab) == "7"
    assert sum(float(share.rstrip(" %")) for share in shares.all_inner_texts()) > 98
    tab.click("#clear")
    assert answer(tab) == ""
    assert set(shares.all_inner_texts()) == {""}
    assert tab.locator("#clear").is_disabled()


def test_what_is_no_digit_is_said_to_be_none(open_page: Callable[..., Page], shipped: Path) -> None:
    tab = open_page(shipped)
    zigzag = [(0.3 + 0.4 * (k % 2), 0.1 + 0.05 * k) for k in range(17)]
    draw(tab, zigzag)
    assert answer(tab) == "?"
    assert "not a digit" in tab.inner_text("#answer")


def draw_by_finger(tab: Page, strokes: list[Points]) -> None:
    client = tab.context.new_cdp_session(tab)
    for stroke in strokes:
        kinds = ["touchStart", *["touchMove"] * (len(stroke) - 1)]
        for kind, point in zip(kinds, stroke, strict=True):
            x, y = place(tab, *point)
            client.send(
                "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]}
            )
        client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_that_a_point_between_digits_is_none_is_said(
    open_page: Callable[..., Page], shipped: Path
) -> None:
    tab = open_page(shipped)
    for digit, left in (("1", 0.1), ("7", 0.3)):
        for stroke in strokes_at(digit, left):
            draw(tab, stroke)
    assert "Only digits" not in tab.inner_text("#answer")
    draw(tab, [(0.55, 0.8), (0.55, 0.805)])
    draw(tab, strokes_at("4", 0.65)[0])
    draw(tab, strokes_at("4", 0.65)[1])
    assert answer(tab) == "17?4"
    assert tab.inner_text("#answer .sure").endswith("sure. Only digits are read here.")


def test_a_finger_draws_and_does_not_scroll(open_page: Callable[..., Page], shipped: Path) -> None:
    phone = {"width": 390, "height": 500}
    tab = open_page(shipped, viewport=phone, has_touch=True, is_mobile=True)
    draw_by_finger(tab, [*strokes_at("4", 0.2, 0.22), *strokes_at("1", 0.6, 0.22)])
    tab.wait_for_selector("#digits button:nth-child(2)")
    assert answer(tab) == "41"
    assert tab.evaluate("scrollY") == 0
    assert tab.evaluate("document.documentElement.scrollHeight") > phone["height"]  # it could
    assert tab.evaluate("document.documentElement.scrollWidth") <= phone["width"]
    assert tab.locator("#photoButton").is_visible()


@pytest.mark.parametrize("size", [(740, 340), (932, 430)])
def test_on_a_phone_held_sideways_board_and_answer_are_in_sight(
    open_page: Callable[..., Page], shipped: Path, size: tuple[int, int]
) -> None:
    wide, high = size
    phone = {"width": wide, "height": high}
    tab = open_page(shipped, viewport=phone, has_touch=True, is_mobile=True)
    draw_by_finger(tab, [*strokes_at("4", 0.2, 0.22), *strokes_at("1", 0.6, 0.22)])
    tab.wait_for_selector("#digits button:nth-child(2)")
    assert answer(tab) == "41"
    box = tab.locator("#board").bounding_box()
    assert box is not None
    assert box["width"] / box["height"] == pytest.approx(5 / 3, abs=0.01)
    assert box["width"] < 0.6 * wide  # beside it a finger scrolls
    for name in ("board", "answer"):
        there = tab.locator(f"#{name}").bounding_box()
        assert there is not None
        assert there["y"] + there["height"] <= high, name
    with Image.open(io.BytesIO(tab.locator("#board").screenshot())) as picture:
        dark = np.asarray(picture.convert("L")) < 128
    inked = np.flatnonzero(dark.any(axis=0))[[0, -1]] / dark.shape[1]
    pen = 0.017  # half as wide, of the board
    assert inked == pytest.approx([0.2 + 0.05 * 0.22 - pen, 0.6 + 0.5 * 0.22 + pen], abs=0.01)
    assert tab.evaluate("scrollY") == 0
    assert tab.evaluate("document.documentElement.scrollWidth") <= wide


def test_the_keyboard_alone_does_everything(open_page: Callable[..., Page], shipped: Path) -> None:
    tab = open_page(shipped)

    def press(*keys: str) -> None:
        for key in keys:
            tab.keyboard.press(key)

    press("Tab", "Tab", *["ArrowUp"] * 9, "Space", *["ArrowDown"] * 18, "Space")
    assert answer(tab) == "1"
    press(*["ArrowRight"] * 9, "Space", *["ArrowUp"] * 8, "Space")  # a stroke of its own
    assert len(answer(tab)) == 2
    press("Backspace")
    assert answer(tab) == "1"
    press("Delete")
    assert answer(tab) == ""
    press("Control+z")
    assert answer(tab) == "1"
    for _ in range(12):
        press("Tab")
        if tab.evaluate("document.activeElement.id") == "next":
            break
    press("Enter")
    label = tab.inner_text("#layer").replace("\N{NO-BREAK SPACE}", " ")
    assert label == "3 of 18: rectified, 32 maps of 26 × 26"


# pictures


@pytest.fixture
def photo(mnist: Mnist) -> tuple[bytes, str]:
    """A digit on grey paper, and what it is."""
    ink = Image.fromarray(mnist.validation.images[3]).resize((112, 112))
    pixels = 200 - 150 * np.clip(np.asarray(ink), 0, 1)
    return png(np.rint(pixels).astype(np.uint8)), str(mnist.validation.labels[3])


GIVE = """([kind, text, type]) => {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], "file", {type}));
  document.dispatchEvent(kind === "drop" ? new DragEvent("drop", {dataTransfer: data})
    : new ClipboardEvent("paste", {clipboardData: data}));
}"""


def test_pictures_are_chosen_dropped_and_pasted(
    open_page: Callable[..., Page], shipped: Path, photo: tuple[bytes, str]
) -> None:
    tab = open_page(shipped)
    picture, label = photo
    tab.set_input_files("#picture", {"name": "a.png", "mimeType": "image/png", "buffer": picture})
    tab.wait_for_selector("#answer .number")
    assert answer(tab) == label
    text = base64.b64encode(picture).decode()
    for kind in ("drop", "paste"):
        tab.click("#clear")
        assert answer(tab) == ""
        tab.evaluate(GIVE, [kind, text, "image/png"])
        tab.wait_for_selector("#answer .number")
        assert answer(tab) == label
    draw(tab, strokes_at("7", 0.4)[0])  # what is drawn takes the picture's place
    assert answer(tab) == "7"
    tab.click("#undo")
    assert answer(tab) == label


def test_a_picture_of_a_number_is_told_who_reads_it(
    open_page: Callable[..., Page], shipped: Path
) -> None:
    tab = open_page(shipped)
    number: Any = {"name": "a.png", "mimeType": "image/png", "buffer": SAMPLE.read_bytes()}
    tab.set_input_files("#picture", number)
    tab.wait_for_selector("#answer:has-text('numerist read')")
    assert answer(tab) == "?"


def test_what_is_no_picture_or_shows_no_digit_is_said(
    open_page: Callable[..., Page], shipped: Path
) -> None:
    tab = open_page(shipped)
    draw(tab, strokes_at("7", 0.4)[0])
    text = base64.b64encode(b"no picture").decode()
    tab.evaluate(GIVE, ["drop", text, "image/png"])
    tab.wait_for_selector("#answer:has-text('not a picture')")
    assert answer(tab) == "7"  # what was drawn is still there
    blank = base64.b64encode(png(np.full((60, 60), 220, np.uint8))).decode()
    tab.evaluate(GIVE, ["drop", blank, "image/png"])
    tab.wait_for_selector("#answer:has-text('no digit')")
    assert answer(tab) == ""
    wide = base64.b64encode(png(np.full((1, 40_000), 220, np.uint8))).decode()
    tab.evaluate(GIVE, ["drop", wide, "image/png"])
    tab.wait_for_selector("#answer:has-text('too large')")


# looking inside


def test_a_hidden_neuron_of_the_chapters_network_is_shown(
    open_page: Callable[..., Page], tmp_path: Path
) -> None:
    net = Network([784, 5, 10], seed=2)
    net.biases[0][:, 0] = [0.5, -1.25, 2, 3, 4]
    net.weights[1][:] = 0
    net.weights[1][[6, 8], [1, 1]] = [2, -3]  # neuron 2 speaks for 6 and against 8
    net.save(tmp_path / "net.onnx")
    write_page(tmp_path / "net.html", tmp_path / "net.onnx")
    tab = open_page(tmp_path / "net.html")
    tab.locator("#neuron").fill("2")
    state = tab.inner_text("#neuronState")
    assert state == "Neuron 2 of 5: bias −1.25. It speaks most for 6 and most against 8."
    pixels = canvas(tab, "weights")
    weights = net.weights[0][1].reshape(28, 28)
    large = np.abs(weights) > 0.5 * np.abs(weights).max()
    bluer = pixels[..., 2] > pixels[..., 0]
    assert (bluer == (weights > 0))[large].all()
    draw(tab, strokes_at("7", 0.4)[0])
    activation = re.findall(r"activation ([\d.]+)", tab.inner_text("#neuronState"))
    assert len(activation) == 1
    image = seen(tab).reshape(784, 1)
    by_hand = 1 / (1 + np.exp(-(net.weights[0] @ image + net.biases[0])[1, 0]))
    assert float(activation[0]) == pytest.approx(by_hand, abs=0.02)  # the image is shown in 8 bits


def test_it_is_shown_which_hidden_neurons_spoke_for_an_answer_and_which_against(
    open_page: Callable[..., Page], tmp_path: Path
) -> None:
    net = Network([784, 20, 10], seed=4)
    net.save(tmp_path / "net.onnx")
    write_page(tmp_path / "net.html", tmp_path / "net.onnx")
    tab = open_page(tmp_path / "net.html")
    assert tab.locator("#speakers").is_hidden()
    draw(tab, strokes_at("7", 0.4)[0])
    said = int(answer(tab))
    hidden = net.weights[0] @ seen(tab).reshape(784, 1) + net.biases[0]
    added = net.weights[1][said] / (1 + np.exp(-hidden[:, 0]))
    for side, sign in (("for", 1), ("against", -1)):
        assert tab.inner_text(f"p:has(+ #speak-{side})") == f"Spoke most {side} {said}:"
        labels = [str(each.get_attribute("aria-label")) for each in speakers(tab, side)]
        found = [
            re.fullmatch(rf"Hidden neuron (\d+): ([+−])([\d.]+) for {said}", x) for x in labels
        ]
        told = {int(m[1]) - 1: float(m[3]) * (1 if m[2] == "+" else -1) for m in found if m}
        assert len(told) == min(6, (sign * added > 0).sum())
        np.testing.assert_allclose(list(told.values()), added[list(told)], atol=0.1)  # 8 bits
        assert (np.diff([sign * sum_ for sum_ in told.values()]) <= 0).all()
        rest = np.delete(added, list(told))
        assert (sign * rest).max() <= min(sign * sum_ for sum_ in told.values()) + 0.1
    last = speakers(tab, "against")[-1]
    last.click()
    assert tab.inner_text("#neuronState").startswith(f"Neuron {list(told)[-1] + 1} of 20: ")
    assert last.evaluate("(it) => document.activeElement === it")  # who has no mouse goes on there
    first = speakers(tab, "for")[0].element_handle()
    draw(tab, strokes_at("1", 0.4)[0])
    assert first.evaluate("(it) => it.isConnected")  # a click on it, begun before, still counts


def speakers(tab: Page, side: str) -> list[Locator]:
    return tab.locator(f"#speak-{side} button").all()


def test_without_hidden_neurons_none_are_shown(
    open_page: Callable[..., Page], shipped: Path
) -> None:
    assert open_page(shipped).locator("#neurons").is_hidden()


def test_every_layer_can_be_looked_at(open_page: Callable[..., Page], shipped: Path) -> None:
    tab = open_page(shipped)
    draw(tab, strokes_at("7", 0.4)[0])
    count = len(tab.evaluate("numerist.network.layers")) + 1
    pictures = set()
    for k in range(count):
        label = tab.inner_text("#layer")
        assert (label.startswith(f"{2 + k} of {count}: "), "undefined" in label) == (True, False)
        assert "undefined" not in tab.inner_text("#means")
        pictures.add(tab.evaluate("document.getElementById('maps').toDataURL()"))
        if not tab.locator("#next").is_enabled():
            break
        tab.click("#next")
    assert k == count - 2
    assert len(pictures) > 10
    for _ in range(count - 1):
        tab.click("#previous")
    assert tab.locator("#previous").is_disabled()


# for everyone


def test_everything_has_a_name_and_the_answer_is_announced(
    open_page: Callable[..., Page], shipped: Path
) -> None:
    tab = open_page(shipped)
    assert tab.locator("#answer").get_attribute("aria-live") == "polite"
    roles = tab.locator("body").aria_snapshot()
    expected = [
        'application "Drawing board"', 'button "Undo"', 'button "Picture …"', 'button "Next layer"',
        'status "Answer"', 'list "How probable each answer is"',
    ]  # fmt: skip
    assert [name for name in expected if name not in roles] == []
    code = """() => [...document.querySelectorAll("canvas, button, input")].filter((each) => {
      const around = each.closest("label")?.innerText;
      return !(each.getAttribute("aria-label") || each.innerText || around);
    }).map((each) => each.outerHTML)"""
    nameless = [each for each in tab.evaluate(code) if 'id="photo"' not in each]  # not shown here
    assert nameless == []


def test_without_scripts_there_are_a_heading_and_a_sentence_and_nothing_dead(
    browser: Browser, shipped: Path
) -> None:
    tab = browser.new_context(java_script_enabled=False).new_page()
    tab.goto(shipped.as_uri())
    said = "This page reads digits with JavaScript. Please switch it on."
    assert tab.locator("body").inner_text() == f"Numerist\n{said}"
    assert tab.locator("body").aria_snapshot() == '- banner:\n  - heading "Numerist" [level=1]'
    tab.context.close()


def test_light_and_dark(open_page: Callable[..., Page], shipped: Path) -> None:
    tab = open_page(shipped, color_scheme="light")
    draw(tab, strokes_at("7", 0.4)[0])
    code = "getComputedStyle(document.body).backgroundColor"
    light, ink = tab.evaluate(code), seen(tab)
    tab.emulate_media(color_scheme="dark")
    tab.wait_for_timeout(100)
    dark, light_ink = tab.evaluate(code), seen(tab)
    brightness = [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in (light, dark)]
    assert brightness[0] > 600
    assert brightness[1] < 150
    assert np.corrcoef(ink.ravel(), light_ink.ravel())[0, 1] < -0.99  # white on black now


def test_bars_and_the_chosen_digit_are_seen_in_forced_colours(
    open_page: Callable[..., Page], shipped: Path
) -> None:
    tab = open_page(shipped, forced_colors="active")
    for digit, left in (("4", 0.2), ("1", 0.6)):
        for stroke in strokes_at(digit, left):
            draw(tab, stroke)
    tab.mouse.move(0, 0)

    def shot(which: Locator) -> Array:
        with Image.open(io.BytesIO(which.screenshot())) as picture:
            return np.asarray(picture.convert("RGB")).astype(int)

    full = shot(tab.locator("#probabilities .best .bar"))
    empty = shot(tab.locator("#probabilities li:not(.best) .bar").first)
    middle = full.shape[0] // 2
    contrast = np.abs(full[middle, 8:-8] - empty[middle, 8:-8]).sum(axis=-1)
    assert (contrast > 380).mean() > 0.9  # filled, and the other one not
    assert np.abs(empty[middle, 8] - empty[0, 8]).sum() > 380  # but it is seen how long it could be
    paper = shot(tab.locator("#digits"))[0, -1]
    tops = [shot(tab.locator("#digits button").nth(k))[:6, 30] for k in (0, 1)]
    other, chosen = ((np.abs(top - paper).sum(axis=-1) > 100).sum() for top in tops)
    assert (other, chosen) == (1, 4)  # pixels of border


def test_texts_of_a_hostile_model_stay_texts(
    open_page: Callable[..., Page], tmp_path: Path
) -> None:
    names = [HOSTILE, "{{numbers}}"]
    layers: list[Layer] = [Plain("flatten"), Dense(ones(2, 784), ones(2))]
    write_layers(
        tmp_path / "net.onnx",
        layers,
        classes=names,
        made_by=HOSTILE,
        licence=HOSTILE,
        accuracy={"test": 5, HOSTILE: {"right": 1, "total": 2}},
    )
    write_page(tmp_path / "net.html", tmp_path / "net.onnx")
    tab = open_page(tmp_path / "net.html", viewport={"width": 390, "height": 800})
    assert tab.title() == json.loads(
        (Path(__file__).parents[2] / "src/numerist/service/web/texts.json").read_text("utf-8")
    )["title"]  # fmt: skip
    assert tab.locator("#probabilities .name").all_inner_texts() == names
    assert HOSTILE in tab.inner_text("#about")
    assert tab.evaluate("document.scripts.length") == 6
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_page_may_not_ask_for_anything(browser: Browser, shipped: Path) -> None:
    tab = browser.new_context().new_page()
    refused: list[str] = []
    tab.on("console", lambda message: refused.append(message.text))
    tab.goto(shipped.as_uri())
    code = "fetch('http://127.0.0.1:9/').then(() => 'asked', () => 'refused')"
    assert tab.evaluate(code) == "refused"
    assert any("Content Security Policy" in line for line in refused)
    tab.context.close()
