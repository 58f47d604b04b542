"""The application: its routes, and what they share."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import html
import json
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.routing import APIRoute

from numerist import __version__
from numerist.errors import DataError, InputError, NumeristError
from numerist.model import SHIPPED
from numerist.service import bodies, problems
from numerist.service.batching import Batcher
from numerist.service.crew import Crew
from numerist.service.describe import (
    DIGITS_BODY,
    KEYS,
    METRICS,
    READ_BODY,
    REFUSALS,
    DigitParameters,
    DigitsAnswer,
    ReadingAnswer,
    ReadParameters,
)
from numerist.service.gate import OPEN, Gate
from numerist.service.images import images_of
from numerist.service.installing import add_installing
from numerist.service.metrics import Metrics
from numerist.service.settings import Settings

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterator

    import numpy.typing as npt

    from numerist.model import Model

_LIGHT = 64 * 1024  # bytes of JSON that the event loop may stand still for
_NOTE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Numerist</title>
<h1>Numerist</h1><p>The service is at work: POST pictures to <code>/v1/read</code> or
<code>/v1/digits</code>; <a href="/openapi.json">its description</a>. Of this model there is no
page: {}"""


def create_app(model: Model, settings: Settings | None = None) -> FastAPI:
    """Return the application.

    Args:
        model: of the ten digits, loaded; what `settings.model` names.
        settings: limits and key.

    Returns:
        What an ASGI server runs. Its processes live from the server's start to its end.
    """
    settings = settings or Settings()
    metrics = Metrics()
    crew, batcher = Crew(settings, metrics), Batcher(model.judge, settings, metrics)

    @contextlib.asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        async with crew.running(), batcher.running():
            yield

    app = FastAPI(
        title="Numerist",
        summary="Reads handwritten numbers.",
        version=__version__,
        license_info={"name": "MIT", "identifier": "MIT"},
        lifespan=life,
        generate_unique_id_function=lambda route: route.name,
        docs_url=None,  # these pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,  # to whatever host a request names
    )
    app.state.metrics, app.state.crew, app.state.batcher = metrics, crew, batcher
    problems.teach(app)
    app.add_middleware(Gate, settings=settings, metrics=metrics)
    _add_reading(app, crew)
    _add_digits(app, crew, batcher, model, settings)
    _add_rest(app, crew, settings, metrics)
    add_installing(app)
    _let_heads_be_asked(app)
    if settings.api_key is not None:
        _describe_key(app)
    return app


def _let_heads_be_asked(app: FastAPI) -> None:
    """Let HEAD stand for GET, as HTTP has it; the server leaves out the body."""
    app.openapi()  # kept: the description need not say so
    for route in app.routes:
        if isinstance(route, APIRoute) and route.methods == {"GET"}:
            route.methods = {"GET", "HEAD"}


def _describe_key(app: FastAPI) -> None:
    """Let the description say what needs a key, and how it is brought; the gate asks for it."""
    description = app.openapi()  # kept: what is changed here stays
    description["components"]["securitySchemes"] = KEYS
    for path, methods in description["paths"].items():
        for method in methods.values():
            if path not in OPEN:
                method["security"] = [{name: []} for name in KEYS]


def _add_reading(app: FastAPI, crew: Crew) -> None:
    @app.post(
        "/v1/read",
        summary="Read the numbers in a picture or a PDF",
        responses={200: {"model": ReadingAnswer}, **REFUSALS},
        response_class=Response,
        openapi_extra=READ_BODY,
    )
    async def read(request: Request, parameters: Annotated[ReadParameters, Query()]) -> Response:
        bodies.refuse_repeated(request)
        bodies.refuse_no_document(request)
        head = {"do": "read", "options": parameters.model_dump()}
        answer = await _asked(crew, head, request)
        return Response(answer, media_type="application/json")


def _add_digits(
    app: FastAPI, crew: Crew, batcher: Batcher, model: Model, settings: Settings
) -> None:
    @app.post(
        "/v1/digits",
        summary="Recognise images of one digit each",
        responses={200: {"model": DigitsAnswer}, **REFUSALS},
        response_class=Response,
        openapi_extra=DIGITS_BODY,
    )
    async def digits(request: Request, parameters: Annotated[DigitParameters, Query()]) -> Response:
        bodies.refuse_repeated(request)
        least = _threshold(model, parameters.max_error)
        bodies.refuse_no_digits(request)
        images = await _images(request, crew, settings)
        found = await batcher.judge(images, request.scope["deadline"])
        return Response(_told(model, found, least), media_type="application/json")


async def _images(request: Request, crew: Crew, settings: Settings) -> npt.NDArray[np.float32]:
    """Return the images of a request, float32 (n, 28, 28)."""
    pictures = bodies.kind(request) != bodies.JSON
    if not pictures and len(body := await request.body()) <= _LIGHT:
        return images_of(body, settings.images)
    ink = await _asked(crew, {"do": "digits" if pictures else "numbers"}, request)
    return np.frombuffer(ink, "<f4").reshape(-1, 28, 28)


async def _asked(crew: Crew, head: dict[str, Any], request: Request) -> bytes:
    """Return what a process makes of the body of a request."""
    crew.refuse_when_full()  # before the body is there, and in `ask` again
    body = await request.body()
    head["type"] = request.headers.get("content-type", "")
    return await crew.ask(head, body, request.scope["deadline"], request.is_disconnected)


def _threshold(model: Model, max_error: float | None) -> float:
    """Return the confidence below which the answer is "?"."""
    try:
        return 0.0 if max_error is None else model.threshold(max_error)
    except InputError as error:
        raise problems.of_error(422, "bad_parameter", error) from error


def _told(model: Model, found: tuple[Any, ...], least: float) -> bytes:
    """Return answers, confidences and probabilities as JSON."""
    answers, confidence, probabilities = (part.tolist() for part in found)
    digits = [
        {
            "text": model.classes[answer] if sure >= least else "?",
            "confidence": round(sure, 6),
            "probabilities": [round(probability, 6) for probability in row],
        }
        for answer, sure, row in zip(answers, confidence, probabilities, strict=True)
    ]
    return json.dumps({"classes": model.classes, "digits": digits}).encode()


def _add_rest(app: FastAPI, crew: Crew, settings: Settings, metrics: Metrics) -> None:
    @app.get("/healthz", summary="Whether the service lives")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz", summary="Whether it can work", responses={503: REFUSALS[503]})
    async def readyz() -> dict[str, str]:
        if not crew.ready:
            raise problems.Problem(
                503, "not_ready", place="service", expected="processes that read pictures",
                found="none yet", cure="Ask again in a second.",
            )  # fmt: skip
        return {"status": "ready"}

    @app.get(
        "/metrics",
        summary="Counters for Prometheus",
        responses={**METRICS, 401: REFUSALS[401]},
        response_class=Response,
    )
    async def counters() -> Response:
        return Response(metrics.text(), media_type=metrics.content_type)

    whole_page = functools.cache(functools.partial(page_of, settings.model))

    @app.get("/", include_in_schema=False, response_class=HTMLResponse)
    async def page() -> HTMLResponse:
        return HTMLResponse(await asyncio.to_thread(whole_page))


def page_of(model: str | os.PathLike[str] | None) -> str:
    """Return the web page with a model inside; for a model that it can't hold, a note.

    Digits to learn from are in it if MNIST is at hand.
    """
    from numerist.service.packed import sample  # noqa: PLC0415
    from numerist.service.page import page  # noqa: PLC0415

    try:
        digits = sample()
    except DataError:
        digits = None
    try:
        return page(SHIPPED if model is None else model, digits, served=True)
    except NumeristError as error:
        return _NOTE.format(html.escape(str(error)))
