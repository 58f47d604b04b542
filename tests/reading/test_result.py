"""The tree of a reading, as objects and as plain values."""

from __future__ import annotations

import json
import math
import pickle
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import numpy as np
import pytest

from numerist.reading.result import Alternative, Digit, Number, PageReading, Reading, schema

SCHEMA = schema()


def number(text: str, confidence: float, line: int, left: float = 0) -> Number:
    digits = tuple(
        Digit(character, 0.9, (left + 10 * k, 5, left + 10 * k + 8, 20), (Alternative("7", 0.1),))
        for k, character in enumerate(text)
        if text != "?"
    )
    box = (left, 5, left + 10 * len(text), 20)
    return Number(text, confidence, box, line, digits, (Alternative("17", 0.01),))


@pytest.fixture
def reading() -> Reading:
    first = (number("12", 0.5, 0), number("3-4", 0.8, 0, 50), number("?", 0.25, 2))
    return Reading(
        "scans/two pages.tif",
        (
            PageReading(1, (300, 200), first),
            PageReading(2, (0, 0), error="scans/two pages.tif, page 2: damaged"),
            PageReading(3, (300, 200)),
        ),
    )


def valid(value: Any) -> bool:
    return bool(jsonschema.Draft202012Validator(SCHEMA).is_valid(value))


def test_text_and_confidence_of_pages_and_document(reading: Reading) -> None:
    assert reading.pages[0].text == "12 3-4\n?"
    assert reading.text == "12 3-4\n?\f\f"
    assert math.isclose(reading.confidence, 0.5 * 0.8 * 0.25)
    assert [n.text for n in reading.numbers] == ["12", "3-4", "?"]
    assert reading.pages[0].box == (0, 0, 300, 200)


def test_as_dict_fits_the_published_schema_through_json(reading: Reading) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    plain = json.loads(json.dumps(reading.as_dict(), allow_nan=False))
    jsonschema.Draft202012Validator(SCHEMA).validate(plain)
    assert plain["schema"] == "1"
    assert plain["source"] == "scans/two pages.tif"
    assert [page["error"] for page in plain["pages"]] == [
        None, "scans/two pages.tif, page 2: damaged", None,
    ]  # fmt: skip
    second = plain["pages"][0]["numbers"][1]
    assert second["text"] == "3-4"
    assert second["box"] == [50, 5, 80, 20]
    assert [digit["text"] for digit in second["digits"]] == ["3", "-", "4"]
    assert second["digits"][1]["alternatives"] == [{"text": "7", "confidence": 0.1}]


def test_numbers_of_numpy_become_plain_ones() -> None:
    left, top, right, bottom = np.array([1, 2, 3, 4], np.float32)
    box = (left, top, right, bottom)
    one = Number("1", np.float32(0.123456789), box, 0)  # type: ignore[arg-type]
    plain = json.loads(json.dumps(Reading("a", (PageReading(1, (9, 9), (one,)),)).as_dict()))
    assert plain["pages"][0]["numbers"][0]["confidence"] == 0.123457
    assert plain["pages"][0]["numbers"][0]["box"] == [1, 2, 3, 4]
    assert valid(plain)


def test_the_schema_describes_every_field() -> None:
    for name, definition in SCHEMA["$defs"].items():
        for field, meaning in definition.get("properties", {}).items():
            described = meaning.get("description")
            if "$ref" in meaning and not described:
                described = SCHEMA["$defs"][meaning["$ref"].split("/")[-1]].get("description")
            assert described, f"{name}.{field}"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("confidence",), 1.5),
        (("pages", 0, "numbers", 0, "text"), "12a"),
        (("pages", 0, "numbers", 0, "text"), ""),
        (("pages", 0, "numbers", 0, "box"), [1, 2, 3]),
        (("pages", 0, "numbers", 0, "digits", 0, "text"), "12"),
        (("pages", 0, "numbers", 0, "digits", 0, "text"), " "),
        (("pages", 0, "numbers", 0, "digits", 0, "text"), "?"),
        (("pages", 0, "page"), 0),
        (("pages",), []),
        (("schema",), "2"),
        (("something",), "more"),
        (("pages", 0, "something"), "more"),
    ],
)
def test_the_schema_refuses_what_is_no_reading(
    reading: Reading, path: tuple[Any, ...], value: Any
) -> None:
    plain = json.loads(json.dumps(reading.as_dict()))
    assert valid(plain)
    assert valid([plain, plain])
    *above, last = path
    node = plain
    for step in above:
        node = node[step]
    node[last] = value
    assert not valid(plain)


def test_every_field_is_required(reading: Reading) -> None:
    plain = json.loads(json.dumps(reading.as_dict()))
    page = plain["pages"][0]
    for node in (plain, page, page["numbers"][0], page["numbers"][0]["digits"][0]):
        for field in list(node):
            value = node.pop(field)
            assert not valid(plain), field
            node[field] = value
    assert valid(plain)


def test_a_reading_goes_through_pickle(reading: Reading) -> None:
    assert pickle.loads(pickle.dumps(reading)) == reading  # noqa: S301  (our own)
