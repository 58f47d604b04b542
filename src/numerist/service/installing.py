"""What lets the served page be installed and open offline, and MNIST for learning in it."""

from __future__ import annotations

import asyncio
import json
from importlib import resources
from typing import TYPE_CHECKING

from fastapi.responses import Response

from numerist.errors import DataError
from numerist.service import problems
from numerist.service.icons import SIZES, icon
from numerist.service.packed import everything

if TYPE_CHECKING:
    from fastapi import FastAPI

ICONS = {f"/icon-{size}.png": size for size in SIZES}
PATHS = frozenset({"/manifest.webmanifest", "/sw.js", "/mnist", *ICONS})
"""What the page asks for: open, as the page is, for a browser sends no key with it."""

_MNIST_BY_HAND = (
    "Where the service runs: numerist data fetch, or a folder with MNIST's four files, named in "
    "NUMERIST_DATA before it starts."
)
_KEPT = {"Cache-Control": "public, max-age=86400"}


def add_installing(app: FastAPI) -> None:
    """Add the routes of `PATHS`."""

    @app.get("/manifest.webmanifest", include_in_schema=False)
    async def manifest_of_the_page() -> Response:
        return Response(manifest(), media_type="application/manifest+json", headers=_KEPT)

    @app.get("/sw.js", include_in_schema=False)
    async def service_worker() -> Response:
        content = (resources.files("numerist.service") / "web/sw.js").read_text(encoding="utf-8")
        return Response(
            content, media_type="text/javascript", headers={"Cache-Control": "no-cache"}
        )

    for path, size in ICONS.items():
        _add_icon(app, path, size)
    _add_mnist(app)


def _add_icon(app: FastAPI, path: str, size: int) -> None:
    @app.get(path, include_in_schema=False)
    async def icon_of_the_page() -> Response:
        content = await asyncio.to_thread(icon, size)
        return Response(content, media_type="image/png", headers=_KEPT)


def _add_mnist(app: FastAPI) -> None:
    one_at_a_time = asyncio.Lock()  # packing takes seconds and 0.4 GB, the first time

    @app.get("/mnist", include_in_schema=False)
    async def mnist() -> Response:
        try:
            async with one_at_a_time:
                content = await asyncio.to_thread(everything)
        except DataError as error:
            error.cure = _MNIST_BY_HAND
            raise problems.of_error(404, "no_mnist", error) from error
        return Response(content, media_type="application/octet-stream", headers=_KEPT)


def manifest() -> str:
    """Return the manifest of the installed page, JSON.

    >>> json.loads(manifest())["display"]
    'standalone'
    """
    return json.dumps({
        "name": "Numerist",
        "short_name": "Numerist",
        "description": "Reads handwritten digits, and learns to.",
        "lang": "en",
        "start_url": "./",
        "scope": "./",
        "display": "standalone",
        "background_color": "#f4f3ef",
        "theme_color": "#f4f3ef",
        "icons": [
            {"src": path[1:], "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
            for path, size in ICONS.items()
            for purpose in ("any", "maskable")
        ],
    })  # fmt: skip
