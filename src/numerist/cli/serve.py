"""`numerist serve`: the HTTP service and the page."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from numerist.checks import positive

_DEFAULT_PORT = 8000


def _above_zero(_: click.Context, option: click.Parameter, value: float | None) -> float | None:
    """Return what an option says, if it is a finite number above 0.

    Raises:
        InputError: it is not.
    """
    return None if value is None else positive(option.opts[0], value)


def _millions(value: float) -> int:
    return max(1, round(Fraction(value) * 10**6))  # no float is too large, and none too small


@click.command()
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    help="Recognise with this model of the ten digits, not with the one that comes with numerist.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=_DEFAULT_PORT,
    show_default=True,
    help="Where to listen; 0 for any that is free.",
)
@click.option(
    "--api-key",
    metavar="KEY",
    envvar="NUMERIST_API_KEY",
    show_envvar=True,
    help="What requests have to bring; others see options, so better say it in the environment.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes that read pictures; one for each core.",
)
@click.option(
    "--seconds", type=float, callback=_above_zero, metavar="S", help="For one request; 30."
)
@click.option(
    "--max-megabytes", type=float, callback=_above_zero, metavar="MB", help="Of one request; 20."
)
@click.option(
    "--max-megapixels", type=float, callback=_above_zero, metavar="MP", help="Of one picture; 50."
)
@click.option(
    "--max-pages", "pages", type=click.IntRange(1), metavar="N", help="Of one document; 50."
)
@click.option("--at-once", type=click.IntRange(1), metavar="N", help="Requests under way; 256.")
@click.option(
    "--queue", type=click.IntRange(1), metavar="N", help="Pictures that wait for a process; 64."
)
def serve(*, host: str, port: int, **given: Any) -> None:
    """Serve the reader over HTTP, and the page.

    POST a picture or a PDF to /v1/read, images of single digits to /v1/digits; /openapi.json
    describes both. Only this machine is served, unless there is a key: then --host 0.0.0.0 serves
    all.

    Ctrl-C or SIGTERM stops it, when what is under way is finished.
    """
    from numerist.errors import NumeristError

    try:
        from numerist.service.run import serve as run
        from numerist.service.settings import Settings
    except ModuleNotFoundError as error:
        if str(error.name).startswith("numerist"):
            raise
        raise NumeristError(
            "numerist serve", "FastAPI, Uvicorn and what goes with them", f"none ({error})",
            "Install them with: pip install 'numerist[serve]'",
        ) from error  # fmt: skip
    megabytes, megapixels = given.pop("max_megabytes"), given.pop("max_megapixels")
    if megabytes is not None:
        given["body_bytes"] = _millions(megabytes)
    if megapixels is not None:
        given["pixels"] = _millions(megapixels)
    settings = Settings(**{name: value for name, value in given.items() if value is not None})
    run(settings, host, port, lambda place: click.echo(f"Numerist serves on {place}"))
