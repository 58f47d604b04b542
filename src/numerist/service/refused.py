"""What a request is refused for, whoever finds it: the application or one of its processes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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


def of_validation(code: str, errors: Sequence[Mapping[str, Any]]) -> RefusedError:
    """Return the first of what Pydantic found wrong, with status 422."""
    first = errors[0]
    place = first["loc"]
    if place[:1] == ("query",):
        place = place[1:2]  # behind the name stands how Pydantic calls its type
    value = first.get("input")
    simple = isinstance(value, str | int | float | bool)
    return RefusedError(
        ".".join(map(str, place)) or "body", str(first["msg"]),
        repr(value)[:80] if simple else type(value).__name__,
        "See /openapi.json for what is asked for.", kind=(422, code),
    )  # fmt: skip
