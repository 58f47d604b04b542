"""Results that have been measured, kept in files so that a run goes on where it was.

Each row has one JSON file, written whole or not at all. Its key is a hash of all that the result
depends on: the row, the scale, and the sources of the package. A file with another key is as good
as none.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import json
import math
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numerist.chapter.row import Result
from numerist.files import make_folder, replacing

if TYPE_CHECKING:
    from numerist.chapter.row import Scale

_NOT_MEASURED = {"cli", "progress.py", "report.py"}


@dataclass(frozen=True, slots=True)
class Kept:
    """A result and what it took.

    Attributes:
        result: what was measured.
        seconds: by the clock.
        processor: seconds of processor time, of all processes of the row; waiting is not counted.
    """

    result: Result
    seconds: float
    processor: float


class Shelf:
    """The folder in which results are kept.

    Args:
        folder: made if it does not exist.
        scale: of the run; results of another scale lie beside, in files of their own.

    Raises:
        WriteError: the folder can't be made or written.
    """

    def __init__(self, folder: Path, scale: Scale) -> None:
        self._folder = make_folder(folder)
        self._scale = scale

    def put(self, row_id: str, kept: Kept) -> None:
        """Keep a result."""
        content = {
            "key": self._key(row_id),
            "seconds": kept.seconds,
            "processor": kept.processor,
            "result": {
                **asdict(kept.result),
                "pictures": [_packed(p) for p in kept.result.pictures],
            },
        }
        text = json.dumps(content, allow_nan=False)
        with replacing(self._path(row_id)) as part:
            part.write_text(text, encoding="utf-8")

    def get(self, row_id: str) -> Kept | None:
        """Return what is kept of a row; None if nothing is, or if it was measured otherwise."""
        try:
            content = json.loads(self._path(row_id).read_text(encoding="utf-8"))
            if content["key"] != self._key(row_id):
                return None
            fields = content["result"]
            fields["pictures"] = [_unpacked(picture) for picture in fields["pictures"]]
            return Kept(Result(**fields), content["seconds"], content["processor"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def seconds(self, row_id: str) -> float | None:
        """Return how long a row took when it was last measured, if only by other sources."""
        try:
            seconds = float(json.loads(self._path(row_id).read_text(encoding="utf-8"))["seconds"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return seconds if 0 <= seconds < math.inf else None

    def _path(self, row_id: str) -> Path:
        speed = "quick" if self._scale.quick else "full"
        return self._folder / f"{row_id}-{speed}-{self._scale.seeds}.json"

    def _key(self, row_id: str) -> str:
        return hashlib.sha256(f"{row_id} {self._scale} {_sources()}".encode()).hexdigest()


@functools.cache
def _sources() -> str:
    """Return a hash of what a measurement can depend on: our sources, other packages' versions."""
    package = Path(__file__).parents[1]
    versions = [metadata.version(name) for name in ("numpy", "scikit-learn", "matplotlib")]
    for name in ("torch", "playwright"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions.append(metadata.version(name))
    whole = hashlib.sha256(" ".join(versions).encode())
    # the networks that ship, the engine and the page count, too
    kinds = ("*.py", "*.onnx", "*.so", "*.pyd", "*.js", "*.css", "*.html", "*.json")
    for path in sorted(file for kind in kinds for file in package.rglob(kind)):
        if not _NOT_MEASURED & set(path.relative_to(package).parts):
            whole.update(path.read_bytes())
    return whole.hexdigest()


def _packed(picture: Any) -> dict[str, Any]:
    fields = asdict(picture)
    if isinstance(fields["data"], bytes):
        fields["data"] = base64.b64encode(fields["data"]).decode("ascii")
    return fields


def _unpacked(fields: dict[str, Any]) -> Any:
    from numerist.chapter.figures import Picture  # noqa: PLC0415

    data = fields["data"]
    return Picture(
        **{**fields, "data": base64.b64decode(data) if fields["kind"] == "png" else data}
    )
