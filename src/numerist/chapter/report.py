"""One self-contained HTML page and one JSON file out of the rows' outcomes."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
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


@dataclass(frozen=True, slots=True)
class Times:
    """What a run took, in seconds.

    Attributes:
        wall: by the clock, from the first row to the last; None if nobody looked at it.
        rows: all rows together, each by the clock. Rows kept from before are counted.
        processor: all rows together, in processor time, which does not count waiting.
        kept: how many rows were kept from before.
    """

    wall: float | None
    rows: float
    processor: float
    kept: int


def times(outcomes: Mapping[str, Outcome], wall: float | None) -> Times:
    """Return what a run took that lasted `wall` seconds by the clock."""
    kept = [outcome.kept for outcome in outcomes.values() if outcome.kept is not None]
    return Times(
        None if wall is None else round(wall, 2),
        round(sum(row.seconds for row in kept), 2),
        round(sum(row.processor for row in kept), 2),
        sum(not outcome.fresh for outcome in outcomes.values()),
    )


def write(
    folder: Path, outcomes: Mapping[str, Outcome], scale: Scale, wall: float | None = None
) -> tuple[Path, Path]:
    """Write ``report.html`` and ``report.json`` into a folder; whole or not at all.

    Args:
        folder: where to.
        outcomes: by the id of the row; rows that were not run are left out.
        scale: of the run.
        wall: seconds that it took by the clock.

    Returns:
        The paths of the two files.

    Raises:
        WriteError: a file can't be written.
    """
    took = times(outcomes, wall)
    texts = {
        "report.html": _html(outcomes, scale, took),
        "report.json": _json(outcomes, scale, took),
    }
    for name, text in texts.items():
        with replacing(folder / name) as part:
            part.write_text(text, encoding="utf-8")
    return folder / "report.html", folder / "report.json"


def verdict(outcome: Outcome) -> str:
    """Say in a word or two how a row's result compares with the chapter."""
    return "failed" if outcome.kept is None else _VERDICTS[outcome.kept.result.agrees]


def duration(seconds: float) -> str:
    """Return a time in words.

    >>> duration(3.21), duration(59.96), duration(878)
    ('3.2 s', '1 min 0 s', '14 min 38 s')
    """
    if round(seconds, 1) < 60:  # noqa: PLR2004
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def _html(outcomes: Mapping[str, Outcome], scale: Scale, took: Times) -> str:
    import jinja2  # noqa: PLC0415  (comes with the extra [chapter])

    template = resources.files("numerist.chapter").joinpath("report.html.j2")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals |= {"verdict": verdict, "duration": duration}
    page: str = environment.from_string(template.read_text(encoding="utf-8")).render(
        parts=_parts(outcomes), scale=scale, took=took, machine=_machine()
    )
    return page


def _parts(outcomes: Mapping[str, Outcome]) -> list[_Part]:
    listed = (
        _Part(title, [outcomes[row.id] for row in rows if row.id in outcomes])
        for title, rows in book.parts().items()
    )
    return [part for part in listed if part.outcomes]


def _json(outcomes: Mapping[str, Outcome], scale: Scale, took: Times) -> str:
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
        "seconds": asdict(took),
        "rows": rows,
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)


def _measured(outcome: Outcome) -> dict[str, Any]:
    if outcome.kept is None:
        return {
            "measured": None,
            "numbers": {},
            "pictures": [],
            "seconds": None,
            "processor_seconds": None,
        }
    result = outcome.kept.result
    return {
        "measured": result.measured,
        "numbers": result.numbers,
        "pictures": [picture.alt for picture in result.pictures],
        "seconds": round(outcome.kept.seconds, 2),
        "processor_seconds": round(outcome.kept.processor, 2),
    }


def _machine() -> dict[str, Any]:
    return {
        "numerist": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
    }
