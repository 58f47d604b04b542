"""The reader on pictures whose truth is known."""

from __future__ import annotations

import inspect
import itertools
import pickle
import string
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from stdnum import luhn

from numerist import Network
from numerist.errors import InputError, PictureError
from numerist.reading import Reader, read
from numerist.reading.confidence import (
    NUMBER,
    evidence_for,
    least_odds,
    odds_of,
)
from numerist.reading.decode import best_texts
from numerist.reading.ink import Ink, page_ink
from numerist.reading.lattice import judged
from numerist.reading.looks import WayToLook
from numerist.reading.pieces import cut_row, parts_of
from numerist.reading.reader import MOST_PARTS, _may_say_number, amount
from numerist.reading.result import Alternative
from numerist.reading.rows import find_rows
from numerist.reading.strings import make_number
from numerist.reading.whole_row import judged_along, nothing
from numerist.reading.words import smaller_words

if TYPE_CHECKING:
    from numerist.data import Mnist
    from numerist.reading.strings import Made


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def beside(images: np.ndarray, gap: int = 0) -> np.ndarray:
    """MNIST's images side by side, dark on light."""
    images = np.pad(images, ((0, 0), (0, 0), (0, gap)))
    whole: np.ndarray = np.rint(255 * (1 - np.concatenate(list(images), axis=1))).astype(np.uint8)
    return whole


def test_the_chapters_picture(reader: Reader, mnist: Mnist) -> None:
    reading = reader.read(beside(mnist.training.images[:6]))
    assert reading.text == "504192"
    assert reading.pages[0].size == (168, 28)
    assert len(reading.numbers) == 1
    digits = reading.numbers[0].digits
    for place, digit in enumerate(digits):
        left, top, right, bottom = digit.box
        assert 28 * place <= left < right <= 28 * (place + 1)
        ink = mnist.training.images[place] > 0.3
        ys, xs = np.nonzero(ink)
        truth = (28 * place + xs.min(), ys.min(), 28 * place + xs.max() + 1, ys.max() + 1)
        np.testing.assert_allclose((left, top, right, bottom), truth, atol=2.5)


def test_the_confidences_of_digits_multiply_to_that_of_their_number(
    reader: Reader, mnist: Mnist
) -> None:
    rng = np.random.default_rng(21)
    for gap in ("wide", "overlapping"):
        made = make_number(mnist.validation, 5, rng, gap=gap, paper="worn")
        for number in reader.read(made.picture).numbers:
            product = np.prod([digit.confidence for digit in number.digits])
            assert product == pytest.approx(number.confidence)
            for digit in number.digits:
                others = [other.confidence for other in digit.alternatives]
                assert max(others, default=0.0) <= 1 - digit.confidence + 1e-9


@pytest.mark.parametrize(("gap", "least"), [("wide", 0.9), ("close", 0.85)])
@pytest.mark.parametrize("paper", ["clean", "photo"])
def test_made_numbers_are_read(
    reader: Reader, gap: str, least: float, paper: str, mnist: Mnist
) -> None:
    rng = np.random.default_rng(11)
    made = [make_number(mnist.validation, 4, rng, gap=gap, paper=paper) for _ in range(24)]
    right = [reader.read(one.picture).text.replace(" ", "") == one.text for one in made]
    assert np.mean(right) >= least - (0.05 if paper == "photo" else 0)


def in_a_bent_shadow(made: list[Made]) -> np.ndarray:
    """A page with numbers at the top and the edge of a shadow below them, thicker than any pen."""
    page = np.full((1200, 900), 255.0)
    for place, one in enumerate(made):
        high, wide = one.picture.shape
        top, left = 60 + 100 * place, 80 + 120 * place
        page[top : top + high, left : left + wide] = one.picture
    y, x = np.mgrid[0:1:1200j, 0:1:900j]
    page *= 1 - 0.6 / (1 + np.exp(-(y - 0.45 - 0.8 * (x - 0.1) ** 2) / 0.01))
    result: np.ndarray = np.rint(page).astype(np.uint8)
    return result


@pytest.mark.parametrize("dark", [False, True])
def test_what_is_in_doubt_is_looked_at_in_another_ink(
    reader: Reader, mnist: Mnist, dark: bool
) -> None:
    rng = np.random.default_rng(2)
    made = [make_number(mnist.validation, 4, rng, gap="close") for _ in range(4)]
    page = in_a_bent_shadow(made)
    said = [number.text for number in reader.read(255 - page if dark else page).numbers]
    assert len({one.text for one in made} & set(said)) >= 3
    assert len(said) <= 5


def test_what_is_asked_for_does_not_choose_the_ink(mnist: Mnist) -> None:
    """A number that does not fit is a doubt of another kind."""
    rng = np.random.default_rng(3)
    made = [make_number(mnist.validation, 4, rng, gap="close") for _ in range(4)]
    said = [number.text for number in Reader(length=6).read(in_a_bent_shadow(made)).numbers]
    assert said.count("?") >= 3


def finds(ink: Ink) -> WayToLook:
    """A way that always finds this ink."""
    return WayToLook(lambda _: lambda _: ink, lambda *_: True)


@pytest.mark.parametrize("options", [{}, {"force": True}, {"max_error": 0.01}, {"length": 4}])
def test_a_doubtful_reading_is_better_than_none(
    options: dict[str, Any], mnist: Mnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_number(mnist.validation, 4, np.random.default_rng(5), gap="close")
    blank = page_ink(np.ones(made.picture.shape, np.float32))
    for module in ("reader", "looks"):
        monkeypatch.setattr(f"numerist.reading.{module}.calibrated", lambda _: 0.2)
    monkeypatch.setattr("numerist.reading.reader.OTHER_WAYS", [finds(blank)])
    (number,) = Reader(**options).read(made.picture).numbers
    assert number.text == ("?" if "max_error" in options else made.text)


def test_in_doubt_the_ink_counts_in_which_more_is_read_for_sure(
    reader: Reader, mnist: Mnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_number(mnist.validation, 4, np.random.default_rng(5), gap="close")
    half = made.picture.copy()
    half[:, : half.shape[1] // 2] = half.max()
    right = page_ink(made.picture / np.float32(255))
    worse = page_ink(half / np.float32(255))
    for first, *others in itertools.permutations((right, worse, worse)):
        ways = [finds(ink) for ink in others]
        monkeypatch.setattr("numerist.reading.reader.page_ink", lambda _, ink=first: ink)
        monkeypatch.setattr("numerist.reading.reader.OTHER_WAYS", ways)
        assert reader.read(made.picture).text == made.text


@pytest.mark.parametrize("shape", [(1, 1), (28, 28), (500, 20), (200, 300, 3)])
@pytest.mark.parametrize("level", [0, 127, 255])
def test_blank_pages_say_nothing(reader: Reader, shape: tuple[int, ...], level: int) -> None:
    reading = reader.read(np.full(shape, level, np.uint8))
    assert reading.text == ""
    assert reading.numbers == ()
    assert reading.confidence == 1.0


def test_boxes_lie_where_the_numbers_are_drawn(reader: Reader, mnist: Mnist) -> None:
    rng = np.random.default_rng(2)
    page = np.full((900, 1200), 255, np.uint8)
    truth = []
    for top, left in ((40, 60), (40, 700), (420, 300), (700, 80)):
        made = make_number(mnist.validation, 3, rng, height=(50, 60))
        high, wide = made.picture.shape
        page[top : top + high, left : left + wide] = made.picture
        ys, xs = np.nonzero(made.picture < 128)
        box = (left + xs.min(), top + ys.min(), left + xs.max(), top + ys.max())
        truth.append((made.text, box))
    numbers = reader.read(page).numbers
    assert [number.text for number in numbers] == [text for text, _ in truth]
    assert [number.line for number in numbers] == [0, 0, 1, 2]
    for number, (_, box) in zip(numbers, truth, strict=True):
        np.testing.assert_allclose(number.box, box, atol=6)


@pytest.fixture(scope="module")
def made(mnist: Mnist) -> tuple[np.ndarray, str]:
    """Six digits, wide apart, that are read without a pattern as well."""
    one = make_number(mnist.training, 6, np.random.default_rng(8), height=(40, 40))
    assert read(one.picture).text.replace(" ", "") == one.text
    return one.picture, one.text


def test_a_length_and_a_pattern_constrain_the_reading(made: tuple[np.ndarray, str]) -> None:
    picture, text = made
    assert read(picture, length=6).text == text
    assert read(picture, pattern=r"\d{6}").text == text
    five = read(picture, length=5).text
    assert five == "?" or (len(five) == 5 and five.isdigit())
    assert read(picture, pattern=f"[^{text[0]}].{{5}}").text != text
    assert read(picture, pattern=r"\d{12}").text == "?"
    assert read(picture, pattern=r"\d{12}", force=True).text == text
    sequence = read(picture, pattern=r"\d{3} ?\d{3}").numbers
    assert len(sequence) == 1
    assert sequence[0].text.replace(" ", "") == text


def test_check_digits_and_ranges_constrain_it(made: tuple[np.ndarray, str]) -> None:
    picture, text = made
    value = int(text)
    assert read(picture, least=value, most=value).text == text
    above = read(picture, least=value + 1, most=999_999).text
    assert above == "?" or int(above) > value
    checked = read(picture, check="luhn").text
    assert checked == "?" or luhn.is_valid(checked)
    assert (checked == text) == luhn.is_valid(text)


def test_few_errors_turn_doubt_into_question_marks(reader: Reader, mnist: Mnist) -> None:
    rng = np.random.default_rng(3)
    made = [
        make_number(mnist.validation, 5, rng, gap="overlapping", paper="photo") for _ in range(16)
    ]
    careful = Reader(max_error=0.01)
    texts = []
    for one in made:
        loose, strict = reader.read(one.picture), careful.read(one.picture)
        texts.append(strict.text)
        said = {number.box: number for number in loose.numbers}
        for sure in strict.numbers:
            if sure.text != "?":
                assert sure.text == said[sure.box].text
                assert sure.confidence == said[sure.box].confidence >= 0.9
            else:
                assert sure.confidence == 0
                hidden = said[sure.box]
                assert sure.alternatives[0] == Alternative(hidden.text, hidden.confidence)
    assert any("?" in text for text in texts)
    assert any("?" not in text for text in texts)


def test_confidence_falls_along_the_alternatives_and_adds_up_to_no_more_than_one(
    reader: Reader, mnist: Mnist
) -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        one = make_number(mnist.validation, 4, rng, gap="touching")
        for number in reader.read(one.picture).numbers:
            sure = [number.confidence, *(other.confidence for other in number.alternatives)]
            assert all(0 <= value <= 1 for value in sure)
            assert sure == sorted(sure, reverse=True)
            texts = [number.text, *(other.text for other in number.alternatives)]
            assert len(set(texts)) == len(texts)


def test_a_document_of_pages_goes_on_after_a_damaged_one(
    tmp_path: Path, reader: Reader, mnist: Mnist
) -> None:
    images = mnist.training.images
    pages = [Image.fromarray(beside(images[k : k + 3], 4)) for k in (0, 3)]
    file = tmp_path / "two.tif"
    pages[0].save(file, save_all=True, append_images=pages[1:])
    reading = reader.read(file)
    assert [page.text for page in reading.pages] == ["504", "192"]
    assert reading.text == "504\f192"
    assert reading.source == str(file)
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 40)
    with pytest.raises(PictureError, match=r"broken\.png"):
        reader.read(broken)


def test_a_texture_is_refused_by_name_and_soon(reader: Reader) -> None:
    page = np.full((2000, 2000), 255, np.uint8)
    for y in range(10, 1980, 40):
        for x in range(10, 1980, 60):
            page[y : y + 14, x : x + 3] = 0
    with pytest.raises(PictureError, match="rows of strokes"):
        reader.read(page)


@pytest.mark.parametrize(
    "options",
    [
        {"length": 0}, {"length": 5, "pattern": "1"}, {"pattern": "("}, {"check": "lunh"},
        {"least": 5, "most": 4}, {"max_error": 0}, {"max_error": -1}, {"max_error": 1.0},
        {"least": float("nan")},
    ],
)  # fmt: skip
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Reader(**options)


def test_a_model_of_other_classes_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "two.onnx"
    Network([784, 5, 2], seed=0).save(file)
    with pytest.raises(InputError, match="ten digits"):
        Reader(file)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12), ("1.234,50", 1234.5), ("1,234", 1234), ("0.5", 0.5), ("1-2", 12),
        ("1.000.000", 1e6),
    ],
)  # fmt: skip
def test_amounts_as_people_write_them(text: str, value: float) -> None:
    assert amount(text) == value


def test_a_number_and_its_alternatives_share_one_probability(mnist: Mnist, reader: Reader) -> None:
    rng, several = np.random.default_rng(6), 0
    for _ in range(25):
        made = make_number(mnist.validation, 4, rng, gap="touching", paper="worn")
        for number in reader.read(made.picture).numbers:
            sure = [number.confidence, *(other.confidence for other in number.alternatives)]
            assert sum(sure) <= 1 + 1e-9
            assert sure == sorted(sure, reverse=True)
            several += len(sure) > 1
    assert several > 10


WORDS = [
    "Amount", "Montant", "Remarks", "Name", "Summe", "Kunde", "Nummer", "Bemerkung", "Adresse",
    "Rechnung", "Datum", "Menge", "Payment", "Number",
]  # fmt: skip


def test_force_answers_for_each_word_as_a_whole(mnist: Mnist) -> None:
    """What is no number as a whole is looked at in parts, but not with force."""
    font = ImageFont.truetype(Path(mpl.get_data_path()) / "fonts/ttf/DejaVuSans-Oblique.ttf", 40)
    page = Image.new("L", (560, 80), 255)
    ImageDraw.Draw(page).text((20, 12), "Warenwert", fill=0, font=font)
    made = make_number(mnist.validation, 3, np.random.default_rng(2), gap="close", height=(40, 40))
    page.paste(Image.fromarray(made.picture), (235, 10))
    pixels = np.asarray(page, np.float32) / 255
    forced = Reader(force=True)
    (whole,) = forced.words(pixels)
    assert len(smaller_words(whole)) > 1
    assert len(forced.read(page).numbers) == 1
    assert Reader().read(page).text == made.text


@pytest.mark.parametrize("behind", [True, False], ids=["behind", "before"])
def test_what_is_struck_out_beside_a_number_is_none_of_it(
    reader: Reader, mnist: Mnist, *, behind: bool
) -> None:
    """A scribble up and down, as dense as people make it, right beside the last or first digit."""
    rng, right = np.random.default_rng(44), 0
    for _ in range(20):
        made = make_number(mnist.validation, 3, rng, gap="wide", height=(40, 40))
        inked = np.flatnonzero((made.picture < 128).any(axis=0))
        digits = made.picture[:, inked[0] : inked[-1] + 1]
        high, wide = digits.shape
        page = Image.new("L", (wide + 140, high), 255)
        page.paste(Image.fromarray(digits), (20 if behind else 100, 0))
        x = np.arange(0, 70, 5) + (26 + wide if behind else 25)
        y = high / 2 + np.where(np.arange(len(x)) % 2, 1, -1) * rng.uniform(12, 19, len(x))
        ImageDraw.Draw(page).line(list(zip(x.tolist(), y.tolist(), strict=True)), fill=0, width=4)
        right += reader.read(page).text == made.text
    assert right >= 14


def test_most_words_are_no_numbers_and_force_reads_them(reader: Reader) -> None:
    """Some letters look like digits; words of which most do are still read."""
    font = ImageFont.truetype(Path(mpl.get_data_path()) / "fonts/ttf/DejaVuSans.ttf", 50)
    read = []
    for word in WORDS:
        image = Image.fromarray(np.full((100, 400), 255, np.uint8))
        ImageDraw.Draw(image).text((20, 15), word, fill=20, font=font)
        read.append(reader.read(np.array(image)).text)
        if word in WORDS[:4]:
            assert Reader(force=True).read(np.array(image)).text
    assert read.count("") >= 12  # of 14


def test_a_pattern_with_a_space_reads_what_a_gap_parts(mnist: Mnist) -> None:
    rng = np.random.default_rng(5)
    spaced, right = Reader(pattern=r"\d+ \d+"), 0
    for _ in range(8):
        two = [make_number(mnist.validation, 2, rng, height=(40, 40)) for _ in range(2)]
        high = max(made.picture.shape[0] for made in two)
        left, second = (
            np.pad(made.picture, ((0, high - made.picture.shape[0]), (0, 0)), constant_values=255)
            for made in two
        )
        (number,) = spaced.read(np.hstack([left[:, :-8], second[:, 8:]])).pages[0].numbers
        right += number.text == f"{two[0].text} {two[1].text}"
        assert "".join(digit.text for digit in number.digits) == number.text.replace(" ", "")
        assert number.confidence == pytest.approx(np.prod([d.confidence for d in number.digits]))
    assert right >= 6


LIKE_DIGITS = [
    "Total", "Bill", "Ville", "Of", "Item", "GROSS", "Adresse", "Bios", "Solo", "loss", "bill",
    "Oslo", "Ziel", "ship", "soil", "Gold", "Blob", "TAX", "Zoll", "old",
]  # fmt: skip


def test_numbers_between_words_of_a_text_are_read_and_words_are_not(
    reader: Reader, mnist: Mnist
) -> None:
    rng, high = np.random.default_rng(3), 30
    font = ImageFont.truetype(Path(mpl.get_data_path()) / "fonts/ttf/DejaVuSans-Oblique.ttf", 46)
    page = Image.new("L", (1300, 900), 240)
    texts = []
    for line in range(10):
        x, y = 40, 40 + 84 * line
        for place in range(6):
            if place == 1 + line % 4:
                made = make_number(mnist.validation, 4, rng, height=(high, high))
                texts.append(made.text)
                number = Image.fromarray(made.picture).crop((14, 0, made.picture.shape[1], 90))
                page.paste(number, (x, y - 14))
                x += number.width + 10
            else:
                word = str(rng.choice(LIKE_DIGITS))
                ImageDraw.Draw(page).text((x, y), word, fill=20, font=font, anchor="ls")
                x += int(font.getlength(word)) + 36
    said = [number.text for number in reader.read(page).pages[0].numbers]
    assert len(set(texts) & set(said)) >= 8
    assert len(said) <= 11  # 50 words are there too


def test_a_hundred_digits_are_read_and_a_long_zigzag_is_none(reader: Reader, mnist: Mnist) -> None:
    made = make_number(mnist.validation, 100, np.random.default_rng(0), gap="touching")
    assert len(reader.read(made.picture).text) == pytest.approx(100, abs=3)
    hatching = Image.new("L", (4000, 60), 255)
    corners = [(x, 40 if x % 20 else 15 + x % 7) for x in range(10, 3990, 10)]
    ImageDraw.Draw(hatching).line(corners, fill=0, width=2)
    ink = page_ink(np.asarray(hatching, np.float32) / 255)
    (row,) = find_rows(ink.strokes)
    left, top, right, bottom = row.box
    parts = parts_of(ink.level[top:bottom, left:right], row.mask, row.height)
    assert len(cut_row(parts, np.zeros((1, 11), np.float32)).boxes) > MOST_PARTS
    assert reader.read(hatching).text == ""


def test_what_is_not_searched_for_a_number_is_none(reader: Reader) -> None:
    """Lines of words have very many ways; what the row says of them is enough."""
    font = ImageFont.truetype(Path(mpl.get_data_path()) / "fonts/ttf/DejaVuSansMono.ttf", 30)
    rng = np.random.default_rng(8)
    skipped = 0
    for _ in range(12):
        page = Image.new("L", (1300, 60), 255)
        words = "".join(rng.choice(list(string.ascii_lowercase), 60))
        ImageDraw.Draw(page).text((10, 8), words, fill=0, font=font)
        pieces = [word.pieces for word in reader.words(np.asarray(page, np.float32) / 255)]
        along = judged_along(pieces)
        never = [
            nothing(columns) < 0.5 and not _may_say_number(columns, one)
            for columns, one in zip(along, pieces, strict=True)
        ]
        skipped += sum(never)
        for lattice in itertools.compress(judged(reader.model, pieces, along, never), never):
            way, share = best_texts(lattice, always=True)[0]  # even where nothing is the best
            assert odds_of(NUMBER, evidence_for(share, way, lattice.pieces.areas)) < least_odds([])
    assert skipped >= 8


def test_where_the_row_says_nothing_no_digit_is_looked_for(
    reader: Reader, mnist: Mnist, monkeypatch: pytest.MonkeyPatch
) -> None:
    font = ImageFont.truetype(Path(mpl.get_data_path()) / "fonts/ttf/STIXGeneral.ttf", 30)
    page = Image.new("L", (500, 60), 255)
    ImageDraw.Draw(page).text((10, 8), "HEXKHE", fill=0, font=font)
    pixels = np.asarray(page, np.float32) / 255
    (said,) = (nothing(c) for c in judged_along([word.pieces for word in reader.words(pixels)]))
    assert said > 0.95
    (seen,) = reader._look(pixels).seen
    assert (seen.lattice.candidates, seen.texts) == ((), [])
    (forced,) = Reader(force=True)._look(pixels).seen
    assert forced.lattice.candidates
    rng = np.random.default_rng(9)
    for _ in range(20):  # while of numbers it says something
        made = make_number(mnist.validation, 2, rng, paper="photo")
        pieces = [word.pieces for word in reader.words(made.picture.astype(np.float32) / 255)]
        assert max(map(nothing, judged_along(pieces))) < 0.5
    assert reader.read(made.picture).text == made.text
    monkeypatch.setattr("numerist.reading.reader._NOTHING", 0.0)
    assert reader.read(made.picture).text == ""


@pytest.mark.parametrize("pattern", [r"\d{4}( \d{4})*", r"\d{1,2}/\d{1,2}/\d{2,4}|\d{4}"])
def test_a_pattern_with_a_space_or_a_slash_leaves_no_digits_out_either(
    pattern: str, mnist: Mnist
) -> None:
    reader, rng = Reader(pattern=pattern), np.random.default_rng(3)
    for length, least in ((4, 10), (6, 0)):
        made = [make_number(mnist.validation, length, rng) for _ in range(12)]
        said = [reader.read(one.picture).text for one in made]
        right = sum(text == one.text for text, one in zip(said, made, strict=True))
        assert right >= least
        assert length == 4 or said.count("?") >= 11


@pytest.mark.parametrize(
    "wrong",
    [
        {"pattern": 5}, {"pattern": b"x"}, {"pattern": r"(?=2)\d"}, {"pattern": r"(?<!2)\d"},
        {"model": 5}, {"least": 10**400},
    ],
)  # fmt: skip
def test_settings_of_the_wrong_kind_are_named_errors(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=f"^({next(iter(wrong))}|min): expected"):
        Reader(**wrong)


def test_read_takes_what_a_reader_is_asked_for_and_nothing_else(reader: Reader) -> None:
    _, *options = inspect.signature(read).parameters.values()
    assert options == list(inspect.signature(type(reader)).parameters.values())
    with pytest.raises(TypeError, match=r"^read\(\) got an unexpected keyword argument 'lenght'"):
        read(np.full((9, 9), 255, np.uint8), lenght=3)  # type: ignore[call-arg]


@pytest.mark.parametrize("length", [3, 5, 7])
def test_a_number_of_another_length_is_unknown_and_not_made_to_fit(
    length: int, mnist: Mnist
) -> None:
    asked, forced = Reader(length=5), Reader(length=5, force=True)
    rng = np.random.default_rng(length)
    made = [
        make_number(mnist.validation, length, rng, gap=gap)
        for gap in ("wide", "close", "touching") * 6
    ]
    said = [asked.read(one.picture).text for one in made]
    if length == 5:
        assert sum(text == one.text for text, one in zip(said, made, strict=True)) >= 16
    else:
        assert said.count("?") >= 16
    if length > 5:
        assert all(len(forced.read(one.picture).text) == 5 for one in made[:4])


def test_what_is_asked_for_makes_no_other_number_of_a_clear_one(
    reader: Reader, mnist: Mnist
) -> None:
    rng = np.random.default_rng(21)
    made = [make_number(mnist.validation, 5, rng) for _ in range(25)]
    read = [one for one in made if reader.read(one.picture).text == one.text]
    assert len(read) >= 20
    others = 0
    for asked in ({"length": 4}, {"check": "luhn"}, {"most": 9999}):
        asking = Reader(**asked)
        for one in read:
            fits = luhn.is_valid(one.text) if "check" in asked else one.text.startswith("0")
            (number,) = asking.read(one.picture).numbers
            if fits and "length" not in asked:
                assert number.text == one.text, asked
            else:
                assert number.text == "?" or number.confidence < 0.95, (asked, one.text)
                others += number.text != "?"
    assert others <= 1


@pytest.mark.parametrize(
    "options",
    [
        {}, {"length": 6}, {"pattern": r"\d{6}"}, {"check": "luhn"}, {"least": 1}, {"most": 9e9},
        {"check": "ean", "least": 0, "most": 10, "max_error": 0.01, "force": True},
    ],
)  # fmt: skip
def test_a_reader_goes_through_pickle(
    options: dict[str, Any], made: tuple[np.ndarray, str]
) -> None:
    reader = Reader(**options)
    again = pickle.loads(pickle.dumps(reader))  # noqa: S301  (our own)
    assert again.read(made[0]) == reader.read(made[0])
