"""Refusals: each has a status, a code for programs, and four parts for people."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from numerist.service.refused import RefusedError, of_validation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI, Request
    from starlette.responses import Response

    from numerist.errors import NumeristError

RETRY_SECONDS = 1
"""After how long a request that was refused for lack of room may come again."""

_LONGEST = 500  # characters of one part
_log = logging.getLogger("numerist.service")


class Problem(Exception):  # noqa: N818  (what a client is told, as RFC 9457 calls it)
    """A request that gets no answer but this.

    Args:
        status: of HTTP.
        code: one word for programs.
        place, expected, found, cure: as in `numerist.errors.NumeristError`.
        headers: of the response.
    """

    def __init__(
        self,
        status: int,
        code: str,
        *,
        place: str,
        expected: str,
        found: str,
        cure: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status, self.code = status, code
        self.parts = {"place": place, "expected": expected, "found": found, "cure": cure}
        self.headers = dict(headers or {})
        super().__init__(status, code)

    def as_dict(self) -> dict[str, Any]:
        """Return the body of the response."""
        parts = {name: text[:_LONGEST] for name, text in self.parts.items()}
        return {"error": {"code": self.code, **parts}}

    def response(self) -> JSONResponse:
        """Return the response; text that UTF-8 can't say is escaped."""
        body = {
            name: text.encode("utf-8", "backslashreplace").decode()
            for name, text in self.as_dict()["error"].items()
        }
        return JSONResponse({"error": body}, self.status, self.headers)


def of_error(status: int, code: str, error: NumeristError) -> Problem:
    """Return an error of numerist as a problem."""
    return Problem(
        status,
        code,
        place=error.place,
        expected=error.expected,
        found=error.found,
        cure=error.cure,
    )


def busy(place: str, expected: str, found: str) -> Problem:
    """Return the refusal of what there is no room for at the moment."""
    return Problem(
        429, "busy", place=place, expected=expected, found=found,
        cure="Try again a little later.", headers={"Retry-After": str(RETRY_SECONDS)},
    )  # fmt: skip


def out_of_time(seconds: float, found: str) -> Problem:
    """Return what a request hears whose time is over."""
    return Problem(
        503, "out_of_time", place="request", expected=f"one that takes at most {seconds:g} s",
        found=found, cure="Send fewer or smaller pictures, or try when there is less to do.",
        headers={"Retry-After": str(RETRY_SECONDS)},
    )  # fmt: skip


def teach(app: FastAPI) -> None:
    """Let an application answer every error with a problem."""
    app.add_exception_handler(Problem, _of_problem)
    app.add_exception_handler(RefusedError, _of_refused)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(ClientDisconnect, _of_nobody)
    app.add_exception_handler(Exception, _of_fault)


async def _of_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101  (what it is registered for, as below)
    return _counted(request, error)


def _counted(request: Request, problem: Problem) -> Response:
    request.app.state.metrics.refused.labels(problem.code).inc()
    return problem.response()


async def _of_http(request: Request, error: Exception) -> Response:
    """Answer for what the framework refuses: an unknown path, a wrong method."""
    assert isinstance(error, HTTPException)  # noqa: S101
    phrase = HTTPStatus(error.status_code).phrase.lower()
    place, expected, found = request.url.path, "what /openapi.json describes", phrase
    cure = "POST pictures to /v1/read or /v1/digits."
    if allowed := (error.headers or {}).get("Allow"):
        expected, found = " or ".join(sorted(allowed.split(", "))), request.method
        cure = f"Send it by {expected}."
    problem = Problem(
        error.status_code, phrase.replace(" ", "_"), place=place, expected=expected, found=found,
        cure=cure, headers=error.headers,
    )  # fmt: skip
    return _counted(request, problem)


async def _of_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    described = request.app.openapi()["paths"][request.scope["route"].path]
    parameters = described[request.method.lower()]["parameters"]
    names = [parameter["name"] for parameter in parameters]
    return _refusal(request, of_validation("bad_parameter", error.errors(), names))


async def _of_refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)  # noqa: S101
    return _refusal(request, error)


def _refusal(request: Request, error: RefusedError) -> Response:
    return _counted(request, of_error(*error.kind, error))


async def _of_nobody(request: Request, _: Exception) -> Response:
    """Answer a client that has gone while it sent, or waited: only the metrics see it."""
    problem = Problem(
        400, "gone", place="body", expected="all of it", found="a client that went away",
        cure="Send it again.",
    )  # fmt: skip
    return _counted(request, problem)


async def _of_fault(request: Request, error: Exception) -> Response:
    """Answer for a mistake in this program: the log has it, the client does not."""
    _log.error("%s %s", request.method, request.url.path, exc_info=error)
    problem = Problem(
        500, "fault", place="service", expected="an answer", found="a mistake in the service",
        cure="Please report it, with the request.",
    )  # fmt: skip
    return _counted(request, problem)
