"""What a request is refused for, whoever finds it: the application or one of its processes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numerist.checks import nearest
from numerist.errors import NumeristError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class RefusedError(NumeristError):
    """A request that is refused for what it brings.

    Args:
        place, expected, found, cure: as in `NumeristError`.
        kind: the status of HTTP, and one word for programs.
    """

    def __init__(
        self,
        place: str,
        expected: str,
        found: str,
        cure: str,
        *,
        kind: tuple[int, str] = (422, "refused"),
    ) -> None:
        super().__init__(place, expected, found, cure)
        self.kind = kind

    def __reduce__(self) -> tuple[Any, ...]:
        return (*super().__reduce__(), {"kind": self.kind})


def of_validation(
    code: str, errors: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> RefusedError:
    """Return the first of what Pydantic found wrong, with status 422.

    Args:
        code: one word for programs.
        errors: as Pydantic lists them.
        names: of all that may be said there.
    """
    strange = [error for error in errors if error["type"] == "extra_forbidden"]
    missing = errors[0]["type"] == "missing"  # maybe as it stands there by another name
    first = strange[0] if missing and strange else errors[0]
    place = first["loc"]
    if place[:1] == ("query",):
        place = place[1:2]  # behind the name stands how Pydantic calls its type
    name, cure = ".".join(map(str, place)) or "body", "See /openapi.json for what is asked for."
    if first["type"] == "extra_forbidden":
        near = nearest(name, names)
        cure = f"Did you mean {near}?" if near else "Leave it out, or choose one of these."
    return RefusedError(name, _expected(first, names), _found(first), cure, kind=(422, code))


_EXPECTED = {
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than": "less than {lt:g}",
    "less_than_equal": "at most {le:g}",
    "string_too_long": "at most {max_length} characters",
    "too_short": "at least {min_length}",
    "too_long": "at most {max_length}",
    "literal_error": "{expected}",
    "json_invalid": "JSON",
    "missing": "a value",
    "model_type": "an object",
    "list_type": "a list",
    **dict.fromkeys(("int_parsing", "int_parsing_size"), "a whole number"),
    **dict.fromkeys(("float_parsing", "float_type", "finite_number"), "a finite number"),
    "bool_parsing": "true or false",
}
"""What Pydantic asked for, by its names for what is wrong."""


def _expected(error: Mapping[str, Any], names: Sequence[str]) -> str:
    if error["type"] == "extra_forbidden":
        return f"one of {', '.join(names)}"
    known = _EXPECTED.get(error["type"])
    return str(error["msg"]) if known is None else known.format(**error.get("ctx", {}))


def _found(error: Mapping[str, Any]) -> str:
    value, more = error.get("input"), error.get("ctx", {})
    if error["type"] in ("missing", "extra_forbidden"):
        return "none" if error["type"] == "missing" else "this name"
    if error["type"] == "json_invalid":
        return f"something else ({more['error']})"
    if "actual_length" in more:
        return str(more["actual_length"])
    if isinstance(value, str | int | float | bool):
        return repr(value)[:80]
    if value is None:
        return "null"
    return "a list" if isinstance(value, list) else "an object"
