"""One self-contained HTML page and one JSON file out of the rows' outcomes."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from numerist import __version__
from numerist.chapter import book
from numerist.files import replacing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numerist.chapter.row import Scale
    from numerist.chapter.runner import Outcome

_VERDICTS = {True: "agrees", False: "differs", None: "nothing to compare"}


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the chapter and the outcomes of its rows, in order."""

    title: str
    outcomes: list[Outcome]


def write(folder: Path, outcomes: Mapping[str, Outcome], scale: Scale) -> tuple[Path, Path]:
    """Write ``report.html`` and ``report.json`` into a folder; whole or not at all.

    Args:
        folder: where to.
        outcomes: by the id of the row; rows that were not run are left out.
        scale: of the run.

    Returns:
        The paths of the two files.

    Raises:
        WriteError: a file can't be written.
    """
    texts = {"report.html": _html(outcomes, scale), "report.json": _json(outcomes, scale)}
    for name, text in texts.items():
        with replacing(folder / name) as part:
            part.write_text(text, encoding="utf-8")
    return folder / "report.html", folder / "report.json"


def verdict(outcome: Outcome) -> str:
    """Say in a word or two how a row's result compares with the chapter."""
    return "failed" if outcome.kept is None else _VERDICTS[outcome.kept.result.agrees]


def _html(outcomes: Mapping[str, Outcome], scale: Scale) -> str:
    import jinja2  # noqa: PLC0415  (comes with the extra [chapter])

    template = resources.files("numerist.chapter").joinpath("report.html.j2")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["verdict"] = verdict
    page: str = environment.from_string(template.read_text(encoding="utf-8")).render(
        parts=_parts(outcomes), scale=scale, machine=_machine()
    )
    return page


def _parts(outcomes: Mapping[str, Outcome]) -> list[_Part]:
    listed = (
        _Part(title, [outcomes[row.id] for row in rows if row.id in outcomes])
        for title, rows in book.parts().items()
    )
    return [part for part in listed if part.outcomes]


def _json(outcomes: Mapping[str, Outcome], scale: Scale) -> str:
    rows = [
        {
            "id": outcome.row.id,
            "part": part.title,
            "title": outcome.row.title,
            "idea": outcome.row.idea,
            "says": outcome.row.says,
            "code": outcome.row.code,
            "verdict": verdict(outcome),
            "failure": outcome.failure,
            **_measured(outcome),
        }
        for part in _parts(outcomes)
        for outcome in part.outcomes
    ]
    content = {
        "scale": {"quick": scale.quick, "seeds": scale.seeds},
        "machine": _machine(),
        "rows": rows,
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)


def _measured(outcome: Outcome) -> dict[str, Any]:
    if outcome.kept is None:
        return {"measured": None, "numbers": {}, "pictures": [], "seconds": None}
    result = outcome.kept.result
    return {
        "measured": result.measured,
        "numbers": result.numbers,
        "pictures": [picture.alt for picture in result.pictures],
        "seconds": round(outcome.kept.seconds, 2),
    }


def _machine() -> dict[str, Any]:
    return {
        "numerist": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
    }
