"""What kinds of bodies there are."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from numerist.service.problems import Problem

if TYPE_CHECKING:
    from fastapi import Request

FORM, JSON = "multipart/form-data", "application/json"
_DOCUMENTS = (
    "application/pdf",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "",
)


def refuse_repeated(request: Request) -> None:
    """Raise `Problem` if a parameter stands in the address twice: only one of them would count."""
    counts = Counter(name for name, _ in request.query_params.multi_items())
    for name, count in counts.items():
        if count > 1:
            raise Problem(
                422, "bad_parameter", place=name, expected="said once", found=f"{count} times",
                cure="Leave out all but one.",
            )  # fmt: skip


def kind(request: Request) -> str:
    """Return the type of the body, in small letters and without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def refuse_no_document(request: Request) -> None:
    """Raise `Problem` unless the body may be a document; curl calls any body a form's."""
    if kind(request) != FORM and kind(request) not in _DOCUMENTS:
        _refuse_no_picture(request, "a picture, a PDF, or a form with one")


def refuse_no_digits(request: Request) -> None:
    """Raise `Problem` unless the body may be pictures, or images as JSON."""
    if kind(request) not in (FORM, JSON):
        _refuse_no_picture(request, f"{JSON}, {FORM} or image/*")


def _refuse_no_picture(request: Request, expected: str) -> None:
    if not kind(request).startswith("image/"):
        raise Problem(
            415, "unsupported_type", place="Content-Type", expected=expected,
            found=kind(request) or "none", cure="Send what /openapi.json describes.",
        )  # fmt: skip
