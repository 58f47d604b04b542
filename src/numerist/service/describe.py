"""What goes in and comes out, as OpenAPI describes it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from numerist.reading.checkdigits import CHECKS

SIDE = 28
Probability = Annotated[float, Field(ge=0, le=1)]
NotSaid: TypeAlias = SkipJsonSchema[None]
"""None where a parameter is left out; an address has no way of saying it."""


class Strict(BaseModel):
    """What holds nothing but what it names."""

    model_config = ConfigDict(extra="forbid")


Share = Annotated[float, Field(gt=0, lt=1)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
_LESS_SURE = 'At most this share of the answers is wrong; the others are "?".'


class ReadParameters(Strict):
    """What is known of the numbers."""

    pattern: Annotated[
        Annotated[str, Field(max_length=200)] | NotSaid,
        Field(description="Every number fits this regular expression. Not with length.",
              examples=[r"\d{5}(-\d{4})?"]),
    ] = None  # fmt: skip
    length: Annotated[
        Annotated[int, Field(ge=1, le=100)] | NotSaid,
        Field(description="Every number has so many digits."),
    ] = None
    check: Annotated[
        Annotated[str, Field(json_schema_extra={"enum": list(CHECKS)})] | NotSaid,
        Field(description="Every number ends in this check digit.", examples=["luhn"]),
    ] = None
    least: Annotated[Finite | NotSaid, Field(alias="min", description="No number is less.")] = None
    most: Annotated[
        Finite | NotSaid, Field(alias="max", description="No number is greater; min or more.")
    ] = None
    max_error: Annotated[Share | NotSaid, Field(description=_LESS_SURE, examples=[0.01])] = None
    force: Annotated[bool, Field(description='Never "?".')] = False


class DigitParameters(Strict):
    """What is asked of the answers."""

    max_error: Annotated[
        Share | NotSaid,
        Field(description=f"{_LESS_SURE} Not less than the model promises.", examples=[0.01]),
    ] = None


Pixel = Annotated[float, Field(ge=0, le=255, allow_inf_nan=False, strict=True)]
Row = Annotated[list[Pixel], Field(min_length=SIDE, max_length=SIDE, fail_fast=True)]
Image = Annotated[list[Row], Field(min_length=SIDE, max_length=SIDE, fail_fast=True)]


class Digits(Strict):
    """Images of digits, 28×28 each, as MNIST has them."""

    images: Annotated[
        list[Image],
        Field(
            min_length=1,
            fail_fast=True,
            description="Rows from the top down; by default at most 1000 images.",
        ),
    ]
    ink: Annotated[
        Literal[1, 255], Field(description="The number that stands for full ink; paper is 0.")
    ] = 1


class DigitAnswer(BaseModel):
    """One digit."""

    text: Annotated[str, Field(description='Its class, or "?".', examples=["7"])]
    confidence: Annotated[Probability, Field(description="How probably the text is right.")]
    probabilities: Annotated[
        list[Probability], Field(description="Of each class, if it is one of them.")
    ]


class DigitsAnswer(BaseModel):
    """What the images show, in their order."""

    classes: list[str]
    digits: list[DigitAnswer]


class Alternative(BaseModel):
    """Another answer."""

    text: str
    confidence: Probability


class Found(BaseModel):
    """What stands somewhere on a page."""

    text: Annotated[str, Field(examples=["42"])]
    confidence: Probability
    box: Annotated[
        list[float],
        Field(min_length=4, max_length=4, description="Left, top, right, bottom in pixels."),
    ]


class Digit(Found):
    """One digit of a number, or a separator in it."""

    alternatives: list[Alternative]


class Number(Found):
    """One number."""

    line: Annotated[int, Field(ge=0)]
    digits: list[Digit]
    alternatives: list[Alternative]


class Page(Found):
    """One page."""

    page: Annotated[int, Field(ge=1)]
    turned: Literal[0, 90, 180, 270]
    numbers: list[Number]
    error: str | None


class ReadingAnswer(BaseModel):
    """What a document says; the same tree as that of `numerist read --format json`."""

    version: Annotated[Literal["1"], Field(alias="schema")]
    source: Annotated[str, Field(examples=["cheque.png"])]
    text: str
    confidence: Probability
    pages: list[Page]


class Parts(BaseModel):
    """What is wrong with a request."""

    code: Annotated[str, Field(description="For programs.", examples=["body_too_large"])]
    place: str
    expected: str
    found: str
    cure: str


class Refusal(BaseModel):
    """The answer to what gets no other."""

    error: Parts


_REASONS = {
    401: "The key is missing or wrong.",
    408: "The body came too slowly.",
    413: "Too many bytes, pixels, pages or images.",
    415: "Not a picture, or another type of body.",
    421: "Without a key, a Host that is not this machine.",
    422: "Damaged, or parameters that make no sense.",
    429: "No room at the moment; Retry-After says when to come again.",
    503: "Out of time, or the process that read it died.",
}
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal, "description": reason} for status, reason in _REASONS.items()
}

KEYS: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
"""The two ways in which a request may bring its key."""

METRICS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
}
_FILE = {"type": "string", "format": "binary"}
_PICTURES = ("image/*", "application/pdf", "application/octet-stream")


def _form(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    properties = {"type": "object", "properties": {name: schema}, "required": [name]}
    return {"multipart/form-data": {"schema": properties}}


READ_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A picture or a PDF: as it is, or as the only file of a form.",
        "content": {
            **{name: {"schema": _FILE} for name in _PICTURES},
            **_form("file", _FILE),
        },
    }
}
_BAR, _PAPER = [0] * 13 + [255] * 2 + [0] * 13, [0] * SIDE
_ONE = [_PAPER] * 4 + [_BAR] * 20 + [_PAPER] * 4  # an upright stroke
DIGITS_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "Images as JSON; or pictures of any size with one digit: one as it is, or "
        "several as files of a form.",
        "content": {
            "application/json": {
                "schema": Digits.model_json_schema(),
                "examples": {"a one": {"value": {"images": [_ONE], "ink": 255}}},
            },
            "image/*": {"schema": _FILE},
            **_form("files", {"type": "array", "items": _FILE, "minItems": 1}),
        },
    }
}
