"""Separators: drawn pieces, whose names are known, and numbers with marks between digits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from numerist.reading import Reader, read
from numerist.reading.decode import _heard
from numerist.reading.patterns import SEPARATORS, digits_of
from numerist.reading.pieces import HEIGHT, Pieces, cut_row, parts_of
from numerist.reading.separators import ends_amount, separators
from numerist.reading.separators_along import UNHEARD
from numerist.reading.strings import make_row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numerist.data import Mnist

Lines = list[list[tuple[float, float]]]

# strokes in heights: x, and y above the line; drawn 0.1 thick
MARKS: dict[str, Lines] = {
    ".": [[(0, 0), (0.01, 0)]],
    ",": [[(0.06, 0.05), (0.05, -0.05), (0, -0.18)]],
    "-": [[(0, 0.5), (0.35, 0.47)]],
    ":": [[(0, 0.15), (0.01, 0.15)], [(0.02, 0.6), (0.03, 0.6)]],
    "/": [[(0, -0.1), (0.4, 1.1)]],
    "=": [[(0, 0.35), (0.35, 0.34)], [(0.01, 0.6), (0.37, 0.62)]],
    "+": [[(0, 0.48), (0.45, 0.5)], [(0.23, 0.28), (0.22, 0.72)]],
}


def draw(
    ink: np.ndarray, lines: Lines, left: float, line: float, height: float, *, thick: float = 0.1
) -> None:
    """Draw strokes into ink, uint8; from there to the right, above and below the line."""
    for points in lines:
        places = [(left + x * height, line - y * height) for x, y in points]
        at = np.rint(16 * np.array(places)).astype(np.int32)
        cv2.polylines(ink, [at], False, 255, max(round(thick * height), 1), cv2.LINE_AA, shift=4)


def between_zeros(
    lines: Lines,
    gap: float = 0.7,
    *,
    thick: float = 0.1,
    dark: float = 1.0,
    heard: Mapping[str, float] | None = None,
) -> list[tuple[str, float, int]]:
    """Return what may stand between two rings with strokes between them: sign, shape, pieces.

    The row says everywhere how probably there is each separator; nothing, if it isn't asked.
    """
    ink = np.zeros((90, 160), np.uint8)
    for x in (30, 60 + gap * HEIGHT):
        cv2.ellipse(ink, (round(x), 40), (12, 18), 0, 0, 360, 255, 4, cv2.LINE_AA)
    mark = np.zeros_like(ink)
    draw(mark, lines, 30 + 15 + 0.2 * HEIGHT, 60, HEIGHT, thick=thick)
    level = np.maximum(ink, dark * mark).astype(np.float32) / 255
    pieces = cut_row(parts_of(level, level > 0.4, HEIGHT))
    margin = round(pieces.margin * pieces.scale)
    along = UNHEARD
    if heard is not None:
        chances = [*[0.0] * 11, *(heard.get(sign, 0.0) for sign in ".,-:/")]
        along = np.log(np.tile(np.maximum(chances, 1e-9), (200, 1)))
    found = separators(pieces, 20 + margin, 60 + margin, along)
    return [(sign, shape, after - first) for first, after, sign, shape in found]


@pytest.mark.parametrize("sign", SEPARATORS)
def test_a_mark_is_known_by_shape_and_place(sign: str) -> None:
    found = [one for one in between_zeros(MARKS[sign]) if one[1] < 6]
    assert min(found, key=lambda one: (one[1], -one[2]))[0] == sign  # a colon is two points, too
    assert min(shape for name, shape, _ in found if name == sign) < (5 if sign == "/" else 0.5)


def test_a_dash_is_one_though_it_was_cut_and_a_colon_is_two_points() -> None:
    long = [[(0.0, 0.5), (0.6, 0.5)]]
    assert max(pieces for sign, _, pieces in between_zeros(long, gap=1.0) if sign == "-") > 1
    assert [pieces for sign, _, pieces in between_zeros(MARKS[":"]) if sign == ":"] == [2]


@pytest.mark.parametrize(
    ("lines", "is_none"),
    [
        ([[(0, 0.9), (0.01, 0.9)]], ".,-:"),  # a speck at the top
        ([[(0, 0.5), (0.01, 0.5)]], ".,:"),  # and in the middle
        ([[(0, 0.05), (0.35, 0.05)]], "-"),  # a rest of a line
        ([[(0, 0), (0.01, 0)], [(0.45, 0.5), (0.46, 0.5)]], ":"),  # two specks, apart
    ],
)
def test_elsewhere_it_is_none(lines: Lines, is_none: str) -> None:
    assert not [one for one in between_zeros(lines) if one[0] in is_none]


def test_what_is_doubtful_costs_more() -> None:
    """Beside the same that is not: small, pale, below a digit, leaning to the left."""

    def cost(sign: str, lines: Lines, **pen: Any) -> float:
        return min(shape for name, shape, _ in between_zeros(lines, **pen) if name == sign)

    point = cost(".", MARKS["."])
    assert cost(".", MARKS["."], thick=0.05) > point + 0.5
    assert cost(".", MARKS["."], dark=0.5) > point + 0.5
    below = cost(".", [[(-0.5, -0.15), (-0.49, -0.15)]])  # below the first zero
    assert below > cost(".", [[(0, -0.15), (0.01, -0.15)]]) + 1 > point + 1
    assert cost("/", [[(0.4, -0.1), (0, 1.1)]]) > cost("/", MARKS["/"]) + 0.5
    assert cost("/", [[(0, 0), (0.4, 0.5), (0, 1.0)]]) > cost("/", MARKS["/"]) + 0.5


def test_a_point_below_what_overhangs_is_one_and_so_is_a_broad_comma() -> None:
    ink = np.zeros((90, 160), np.uint8)
    seven, point = [(0, 1), (0.6, 0.95), (0.1, 0)], [(0.55, 0.02), (0.56, 0.02)]
    draw(ink, [seven, point], 20, 60, HEIGHT)
    cv2.ellipse(ink, (95, 40), (12, 18), 0, 0, 360, 255, 4, cv2.LINE_AA)
    level = ink.astype(np.float32) / 255
    pieces = cut_row(parts_of(level, level > 0.4, HEIGHT))
    margin = round(pieces.margin * pieces.scale)
    found = separators(pieces, 20 + margin, 60 + margin)
    assert min(shape for *_, sign, shape in found if sign == ".") < 0.6
    comma: Lines = [[(0.3, 0.08), (0.25, -0.1), (0, -0.3)]]
    assert [sign for sign, shape, _ in between_zeros(comma, gap=0.9) if shape < 0.6] == [","]


def test_of_a_digit_in_two_parts_nothing_is_a_separator() -> None:
    """The bar of a five by itself, above its body: pieces of both take turns from left to right."""
    ink = np.zeros((70, 100), np.uint8)
    draw(ink, [[(0, 1), (0.5, 1.02)]], 10, 55, HEIGHT)
    body = [(0.05, 0.75), (0.1, 0.5), (0.45, 0.4), (0.5, 0.15), (0.3, 0.0), (0.0, 0.0)]
    draw(ink, [body], 10, 55, HEIGHT)
    cv2.ellipse(ink, (70, 35), (12, 18), 0, 0, 360, 255, 4, cv2.LINE_AA)
    level = ink.astype(np.float32) / 255
    pieces = cut_row(parts_of(level, level > 0.4, HEIGHT))
    assert len(pieces.boxes) > 3  # it was cut
    assert not [one for one in separators(pieces, 17, 57) if one.shape < 5 and one.character != "/"]


def test_no_pieces_no_separators() -> None:
    empty = cut_row(parts_of(np.zeros((40, 40), np.float32), np.zeros((40, 40), bool), HEIGHT))
    assert list(separators(empty, 0, 40)) == []


def made(mnist: Mnist, form: str, rng: np.random.Generator) -> tuple[np.ndarray, str]:
    """Return a picture, uint8, and its text: digits in the place of each digit of a form."""
    text = "".join(str(rng.integers(10)) if sign.isdigit() else sign for sign in form)
    return written(mnist, text, rng), text


def written(mnist: Mnist, text: str, rng: np.random.Generator, *, gap: float = 0.14) -> np.ndarray:
    """Return a picture of a text, uint8; marks stand so many heights from digits."""
    digits, height, line, left = mnist.validation, 40, 70, 20.0
    ink = np.zeros((110, 700), np.uint8)
    for sign in text:
        if not sign.isdigit():
            draw(ink, MARKS[sign], left + gap * height, line, height)
            left += (2 * gap + max(x for stroke in MARKS[sign] for x, _ in stroke)) * height
            continue
        image = digits.images[rng.choice(np.flatnonzero(digits.labels == int(sign)))]
        digit = 255 - make_row([image], [int(sign)], rng, height=(height, height)).picture
        rows, columns = (np.flatnonzero(digit.max(axis=side) > 90) for side in (1, 0))
        digit = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        high, wide = digit.shape
        there = ink[line - high : line, round(left) : round(left) + wide]
        np.maximum(there, digit, out=there)
        left += wide + 0.12 * height
    return 255 - ink[:, : round(left) + 20]


FORMS = {  # each digit stands for any
    "1234.50": r"\d+\.\d{2}",
    "1,234.50": r"\d{1,3}(,\d{3})*\.\d{2}",
    "12,50": r"\d+,\d{2}",
    "2026-12-01": r"\d{4}-\d\d-\d\d",
    "12345-6789": r"\d{5}(-\d{4})?",
    "12:34": r"\d\d:\d\d",
    "8:30-16:45": r"\d{1,2}:\d\d-\d{1,2}:\d\d",
}


@pytest.mark.parametrize("form", FORMS)
def test_numbers_with_separators_are_read_with_a_pattern_and_without(
    form: str, mnist: Mnist
) -> None:
    rng = np.random.default_rng(8)
    asked, plain, right, bare = Reader(pattern=FORMS[form]), Reader(), 0, 0
    for _ in range(10):
        picture, text = made(mnist, form, rng)
        right += asked.read(picture).text == text
        bare += plain.read(picture).text == text
    assert right >= 8
    assert bare >= 8


def test_a_date_is_read_and_no_other_number_becomes_one(mnist: Mnist) -> None:
    rng = np.random.default_rng(4)
    reader, asked = Reader(), Reader(pattern=r"\d{1,2}/\d{1,2}/\d{2}(\d\d)?")

    def of(text: str) -> np.ndarray:
        return written(mnist, text, rng)

    dates = ["12/03/2026", "3/4/1999", "31/12/99", "7/21/2005", "24/9/2042", "05/06/1950"]
    assert sum(reader.read(of(text)).text == text for text in dates) >= 5
    assert sum(asked.read(of(text)).text == text for text in dates) >= 5
    (number,) = reader.read(of(dates[0])).pages[0].numbers
    texts = [number.text, *(other.text for other in number.alternatives)]
    assert texts[:2] == ["12/03/2026", "1210312026"]
    assert len({digits_of(text) for text in texts}) == len(texts)
    others = [text.replace("/", "1") for text in dates] + ["4217315638", "2716612345"]
    assert not any("/" in reader.read(of(text)).text for text in others)


def test_a_high_stroke_between_digits_is_a_slash(mnist: Mnist) -> None:
    rng = np.random.default_rng(6)
    reader = Reader()
    fractions = ["17/20", "3/4", "42/50", "9/10", "256/300", "5/8"]
    right = 0
    for text in fractions:
        numbers = reader.read(written(mnist, text, rng)).pages[0].numbers
        right += [number.text for number in numbers] == [text]
        assert not any(
            number.text == text.replace("/", "1") and number.confidence > 0.8 for number in numbers
        )
    assert right >= 5
    picture = written(mnist, "17/20", rng)
    (number,) = reader.read(picture).pages[0].numbers
    texts = [number.text, *(other.text for other in number.alternatives)]
    assert "/" in texts[0]
    assert texts[1] == texts[0].replace("/", "1")
    assert number.confidence + number.alternatives[0].confidence <= 1
    (asked,) = read(picture, length=5).pages[0].numbers
    assert asked.confidence < 0.5
    bare = [written(mnist, text.replace("/", "1"), rng) for text in fractions]
    assert not any("/" in reader.read(one).text for one in bare)


def test_the_row_tells_where_shapes_do_not() -> None:
    hanging: Lines = [[(0.06, 0.3), (0.05, 0.0), (0, -0.3)]]  # higher than commas are
    assert not [sign for sign, shape, _ in between_zeros(hanging) if sign == "," and shape < 2]
    (shape,) = (cost for sign, cost, _ in between_zeros(hanging, heard={",": 0.95}) if sign == ",")
    assert shape < 0.3
    assert "," not in [sign for sign, _, _ in between_zeros(hanging, heard={",": 0.1})]
    thin: dict[str, Any] = {"lines": MARKS["."], "thick": 0.05}
    (alone,) = (shape for sign, shape, _ in between_zeros(**thin) if sign == ".")
    (heard,) = (shape for sign, shape, _ in between_zeros(**thin, heard={".": 0.75}) if sign == ".")
    assert 0 < heard == pytest.approx(alone / 4)


def test_a_colon_is_heard_by_one_of_its_points_and_wherever_they_stand() -> None:
    def cost(lines: Lines, sure: float) -> list[float]:
        heard = between_zeros(lines, heard={":": sure})
        return [shape for sign, shape, _ in heard if sign == ":"]

    lower, upper = MARKS[":"]
    for lines in ([lower], [upper], [[(0, 0.35), (0.01, 0.35)], [(0, 0.53), (0.01, 0.53)]]):
        assert ":" not in [sign for sign, _, _ in between_zeros(lines)]
        assert cost(lines, 0.1) == []
        assert min(cost(lines, 0.9)) < 0.3
    assert cost([[(0, 0.0), (0, 0.6)]], 0.9) == []  # no point


def amount(
    *dashes: tuple[float, float, float], thick: int = 4, hook: int = 0
) -> tuple[Pieces, int]:
    """A digit 40 pixels high, a stroke behind it, and dashes: left, right and middle, in heights.

    With the number of the stroke's first piece. A hook goes up from the stroke's foot.
    """
    ink = np.zeros((90, 200), np.float32)
    cv2.rectangle(ink, (10, 25), (34, 65), 1.0, 4)
    cv2.line(ink, (60, 65), (72, 25), 1.0, thick)
    cv2.line(ink, (60, 65), (60 - hook, 65 - hook), 1.0, thick)
    for left, right, middle in dashes:
        row = round(25 + 40 * middle)
        cv2.line(ink, (round(72 + 40 * left), row), (round(72 + 40 * right), row), 1.0, 3)
    pieces = cut_row(parts_of(ink, ink > 0, 40.0))
    begins, boxes = pieces.uncut
    return pieces, int(begins[boxes[:, 0] > boxes[0, 2]][0])


@pytest.mark.parametrize("dashes", [[(0.2, 0.6, 0.5)], [(0.2, 0.6, 0.4), (0.15, 0.6, 0.65)]])
def test_a_straight_stroke_with_a_dash_or_two_ends_an_amount(
    dashes: list[tuple[float, float, float]],
) -> None:
    assert ends_amount(*amount(*dashes))
    assert not ends_amount(*amount())
    assert not ends_amount(*amount(*dashes, hook=14))
    assert not ends_amount(*amount(*((left, right, 0.0) for left, right, _ in dashes)))  # above
    assert not ends_amount(*amount(*((left, left + 0.05, y) for left, _, y in dashes)))  # points
    assert not ends_amount(*amount(*((left + 0.6, right + 0.6, y) for left, right, y in dashes)))
    assert not ends_amount(*amount(*dashes, (0.8, 1.2, 0.5)))  # three, or one behind the other


@pytest.mark.parametrize("end", ["-", "="])
def test_what_ends_an_amount_is_no_one(mnist: Mnist, end: str) -> None:
    rng = np.random.default_rng(8)
    texts = ["25", "3486", "70", "962", "58403"]
    said = [[n.text for n in read(written(mnist, f"{text}/{end}", rng)).pages[0].numbers]
            for text in texts]  # fmt: skip
    assert sum(one == [text] for one, text in zip(said, texts, strict=True)) >= 4
    ones = [read(written(mnist, f"{text}1", rng)).text for text in texts]
    assert [len(one) for one in ones if one.endswith("1")] == [len(text) + 1 for text in texts]


@pytest.mark.parametrize("text", ["6=8", "12=15", "3+44", "12+5=17", "90=7+83"])
def test_close_signs_part_numbers(mnist: Mnist, text: str) -> None:
    rng = np.random.default_rng(7)
    said = text.replace("=", "+").split("+")
    right = 0
    for _ in range(5):
        page = Reader().read(written(mnist, text, rng, gap=0.12)).pages[0]
        right += [number.text for number in page.numbers] == said
    assert right >= 4


def test_a_separator_has_a_box_and_costs_the_digits_nothing(mnist: Mnist) -> None:
    picture, text = made(mnist, "12-34", np.random.default_rng(3))
    (number,) = read(picture).pages[0].numbers
    assert number.text == text
    left, top, right, bottom = number.digits[2].box
    assert 55 > right - left > 14 > bottom - top  # the whole dash, not the first piece of it
    others = [digits_of(other.text) for other in number.alternatives]
    assert digits_of(text) not in others
    assert len(set(others)) == len(others)
    (bare,) = read(picture, length=4).pages[0].numbers
    assert bare.text == digits_of(text)
    assert bare.confidence == pytest.approx(number.confidence, abs=0.02)


def test_a_pattern_leaves_no_separator_out_and_a_length_does(mnist: Mnist) -> None:
    rng = np.random.default_rng(5)
    for form in ("625.19", "12-34", "98:76"):
        picture, text = made(mnist, form, rng)
        digits = digits_of(text)
        (number,) = read(picture, pattern=rf"\d{{{len(digits)}}}").pages[0].numbers
        assert number.text == "?"
        assert digits in [other.text for other in number.alternatives]
        assert read(picture, length=len(digits)).text == digits
        assert read(picture, pattern=r"\d+", force=True).text == digits
        plain = written(mnist, digits, rng)
        assert read(plain, pattern=r"\d+").text == read(plain).text
    point, text = made(mnist, "12.50", rng)  # which of the two it is, is not so clear
    assert read(point, pattern=r"\d+,\d\d").text == text.replace(".", ",")


@pytest.mark.parametrize(
    ("pattern", "text"), [(r"-?\d+", "-45"), (r"-?\d+", "308"), (r"\d+/\d+", "17/25")]
)
def test_a_sign_and_a_fraction_are_read_where_a_pattern_has_them(
    pattern: str, text: str, mnist: Mnist
) -> None:
    rng, reader = np.random.default_rng(6), Reader(pattern=pattern)
    assert [reader.read(written(mnist, text, rng)).text for _ in range(5)].count(text) >= 4


@pytest.mark.parametrize(
    ("pattern", "text"),
    [(r"\d{1,2}/\d{1,2}/\d{2}", "47583"), (r"\d+\.\d\d", "15:36"), (r"\d\d:\d\d", "15.36"),
     (r"\d{5}-\d{4}", "628453071"), (r"\d\d/\d\d", "2345")],
)  # fmt: skip
def test_what_looks_like_no_such_separator_is_not_forced(
    pattern: str, text: str, mnist: Mnist
) -> None:
    rng, reader = np.random.default_rng(6), Reader(pattern=pattern)
    assert [reader.read(written(mnist, text, rng)).text for _ in range(4)] == ["?"] * 4
    assert read(written(mnist, text, rng), pattern=pattern, force=True).text != "?"


def test_an_amount_is_what_it_says(mnist: Mnist) -> None:
    """Not a hundred times as much: 0 to 99.99, where a point is read."""
    rng = np.random.default_rng(2)
    pictures = [made(mnist, "12.34", rng) for _ in range(6)]
    kept = Reader(most=99.99)
    assert sum(kept.read(picture).text == text for picture, text in pictures) >= 5


def test_what_the_row_hears_of_slashes() -> None:
    assert sorted(_heard("3/4")) == ["314", "34"]
    assert sorted(_heard("1/2/3")) == ["11213", "1123", "1213", "123"]
    assert sorted(_heard("1/1/2")) == ["11112", "1112", "112"]  # each once
    assert _heard("12.5") == ["12.5"]
    assert len(_heard("2/3/4/5")) == 8
    assert _heard("/".join("1234567")) == ["1234567", "1121314151617"]
