"""Pictures on other machines, through fsspec: s3://, gs://, https:// and whatever else it knows.

How to get there (region, end point, credentials) is what each service's own environment variables
and files say; none of it is taken from here, and none is written anywhere.
"""

from __future__ import annotations

import functools
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from numerist.errors import InputError, PictureError
from numerist.files import as_utf8
from numerist.image.picture import MOST_BYTES
from numerist.reading.bulk import archives
from numerist.reading.bulk.extra import needed
from numerist.reading.source import (
    Source,
    archive_in_folder,
    ends_as_picture,
    is_archive,
    refused,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MAGIC = re.compile(r"[*?[]")
_WEB = ("http", "https")
_HERE = ("file:", "local:", "memory:")
_TRIES = 4
_PAUSE = 0.5  # seconds, twice as long each time
_BLOCK = 1 << 20
_FINAL = (FileNotFoundError, PermissionError, IsADirectoryError)
_BUSY = (408, 425, 429)  # answers of web servers that mean: later; with 500 and more
_GONE = (404, 410)


def find(url: str, *, listed: bool = False) -> Iterator[Source | PictureError]:
    """Yield the pictures that a URL stands for.

    Args:
        url: of a file; of an archive; of a folder, which stands for the pictures in and below it;
            or with `*`, `?`, `[…]` and `**` in it. On the web it is always a file.
        listed: it comes from a list, so it is a file, and nobody need be asked.

    Yields:
        Pictures as they are listed there, which of S3 is the order of their names. What can't be
        had arrives as the `PictureError` that says so.
    """
    try:
        system, path = _there(url)
        if is_archive(url) and not _MAGIC.search(url):
            _refuse_odd(system, path, as_utf8(url))
            yield from archives.pictures(lambda: _opened(system, path), as_utf8(url))
            return
        protocol = url.partition("://")[0]
        if listed or protocol.lower() in _WEB:
            yield _one(url)
        elif _MAGIC.search(path):
            yield from _matches(system, path, url)
        elif trying(lambda: system.info(path))["type"] == "directory":
            yield from _below(system, path, url)
        else:
            yield _one(url)
    except PictureError as error:
        yield error
    except Exception as error:  # noqa: BLE001  (each service has errors of its own)
        yield _failed(as_utf8(url), error)


@dataclass(frozen=True, slots=True)
class Remote:
    """A picture on another machine."""

    url: str

    @property
    def is_everywhere(self) -> bool:
        """Whether other machines see the same behind it."""
        return not self.url.lower().startswith(_HERE)

    def lacks(self) -> str:
        """Return what this machine lacks to reach it; "" if nothing.

        Whoever has found the picture lacks nothing; another machine may.
        """
        try:
            _there(self.url)
        except PictureError as error:
            return error.found if isinstance(error.__cause__, ImportError | InputError) else ""
        except Exception:  # noqa: BLE001  (whatever else may be wrong, it is there)
            return ""
        return ""

    def fetch(self, name: str) -> bytes:
        """Return its bytes."""
        try:
            system, path = _there(self.url)
            _refuse_odd(system, path, name)
            content = cast("bytes", trying(lambda: _beginning(system, path)))
        except PictureError:
            raise
        except Exception as error:
            raise _failed(name, error) from error
        if len(content) > MOST_BYTES:
            raise refused(name, f"more than {MOST_BYTES >> 20} MiB", "Send a smaller picture.")
        return content


def trying(get: Callable[[], Any]) -> Any:
    """Return what a call returns, after some pauses if the network or the other side fails it."""
    for number in range(_TRIES - 1):
        try:
            return get()
        except Exception as error:
            if not _may_pass(_told(error)):
                raise
            time.sleep(_PAUSE * 2**number)
    return get()


def _told(error: BaseException) -> BaseException:
    """Return what went wrong, where fsspec takes all that does with a web server for no file."""
    cause = error.__cause__
    web = isinstance(cause, TimeoutError) or type(cause).__module__.startswith("aiohttp.")
    if cause is None or not web or getattr(cause, "status", None) in _GONE:
        return error
    return cause


def _may_pass(error: BaseException) -> bool:
    """Tell whether the next try may go better."""
    status = getattr(error, "status", None)  # of a web server's answer, as aiohttp has it
    if isinstance(status, int):
        return status in _BUSY or status >= 500  # noqa: PLR2004
    if isinstance(error, OSError):
        return not isinstance(error, _FINAL)
    return type(error).__module__.startswith("aiohttp.")  # a line that broke


def _one(url: str) -> Source:
    """Return the source of one picture; of this process's own memory with its bytes."""
    remote = Remote(url)
    name = as_utf8(url)
    return Source(name, remote.fetch(name) if url.startswith("memory://") else remote)


def _there(url: str) -> tuple[Any, str]:
    """Return the file system of a URL, and the path there.

    Raises:
        PictureError: fsspec does not know it, or lacks a package.
    """
    if "::" in url:
        raise refused(url, "a chain of URLs", "Name one.")
    try:
        fsspec = needed("fsspec", url)
        options = {} if url.lower().startswith(_WEB) else {"use_listings_cache": False}
        system, path = fsspec.url_to_fs(url, **options)
    except InputError as error:
        raise PictureError(error.place, error.expected, error.found, error.cure) from error
    except (ImportError, ValueError) as error:
        cure = "Install what it names, or pip install 'numerist[cloud]' for S3."
        raise refused(url, f"one that can't be reached ({error})", cure) from error
    return system, path


def _opened(system: Any, path: str) -> BinaryIO:
    return cast("BinaryIO", trying(lambda: system.open(path, "rb", block_size=8 * _BLOCK)))


def _beginning(system: Any, path: str) -> bytes:
    with system.open(path, "rb", cache_type="readahead", block_size=4 * _BLOCK) as file:
        size = getattr(file, "size", None)
        if size is not None and size > MOST_BYTES:
            return b"\0" * (MOST_BYTES + 1)
        return cast("bytes", file.read(MOST_BYTES + 1))


def _refuse_odd(system: Any, path: str, name: str) -> None:
    """Refuse what is on this disk and no file: whoever opens a pipe waits for ever."""
    if "file" in _protocols(system) and system.info(path)["type"] == "other":
        raise refused(name, "no file", "Name another.")


def _protocols(system: Any) -> tuple[str, ...]:
    return system.protocol if isinstance(system.protocol, tuple) else (system.protocol,)


def _below(system: Any, path: str, url: str) -> Iterator[Source | PictureError]:
    """Yield the pictures in a folder and below it."""
    root = _root(url, path)
    empty = True
    for name in _names(system, path):
        if any(part.startswith(".") for part in name[len(path) :].split("/")):
            continue
        if is_archive(name):
            empty = False
            yield archive_in_folder(as_utf8(root + name))
        elif ends_as_picture(name):
            empty = False
            yield _one(root + name)
    if empty:
        yield refused(as_utf8(url), "a folder without any", "Name another.")


def _matches(system: Any, pattern: str, url: str) -> Iterator[Source | PictureError]:
    """Yield the files, and the archives' members, that a pattern stands for."""
    from fsspec.utils import glob_translate  # noqa: PLC0415

    root = _root(url, pattern)
    fits = re.compile(glob_translate(pattern))
    fixed = pattern[: _MAGIC.search(pattern).start()].rpartition("/")[0]  # type: ignore[union-attr]
    empty = True
    for name in _names(system, fixed):
        if fits.fullmatch(name):
            empty = False
            found = root + name
            if is_archive(found):
                yield from find(found)
            else:
                yield _one(found)
    if empty:
        yield refused(as_utf8(url), "a pattern that no file matches", "Check the pattern.")


def _root(url: str, path: str) -> str:
    """Return what stands before a path in its URL: the protocol, and a host if there is one.

    >>> _root("file:///scans/", "/scans"), _root("sftp://host/scans", "/scans")
    ('file://', 'sftp://host')
    """
    start, end = url.rstrip("/"), path.rstrip("/")
    return start.removesuffix(end) if start.endswith(end) else url.partition("://")[0] + "://"


def _names(system: Any, path: str) -> Iterator[str]:
    """Yield the paths of all files below a folder.

    fsspec's own ways hold all that is below it in memory, or leave out folders that they fail to
    list. S3 has no folders, and may have millions of names below one; so it is asked for a thousand
    at a time.
    """
    if "s3" in _protocols(system):
        yield from _s3_names(system, path)
        return
    waiting = [path]
    while waiting:
        folders, files = _listed(system, waiting.pop())
        yield from sorted(files)
        waiting += sorted(folders, reverse=True)


def _listed(system: Any, folder: str) -> tuple[list[str], list[str]]:
    """Return the paths of the folders and of the files in a folder."""
    kinds: dict[bool, list[str]] = {True: [], False: []}
    for entry in trying(lambda: system.ls(folder, detail=True)):
        path, is_folder = entry["name"].rstrip("/"), entry["type"] == "directory"
        if path == folder.rstrip("/") or (is_folder and entry.get("islink")):
            continue
        if entry["type"] != "other" or (entry.get("islink") and _leads_to_file(system, path)):
            kinds[is_folder].append(path)
    return kinds[True], kinds[False]


def _leads_to_file(system: Any, link: str) -> bool:
    try:
        return bool(system.info(link)["type"] == "file")
    except OSError:
        return False


def _s3_names(system: Any, path: str) -> Iterator[str]:
    bucket, _, key = path.partition("/")
    prefix = key.rstrip("/") + "/" if key else ""
    more: dict[str, str] = {}
    while True:
        found = trying(functools.partial(
            system.call_s3, "list_objects_v2", Bucket=bucket, Prefix=prefix, **more
        ))  # fmt: skip
        for entry in found.get("Contents", ()):
            if not entry["Key"].endswith("/"):
                yield f"{bucket}/{entry['Key']}"
        if not found.get("IsTruncated"):
            return
        more = {"ContinuationToken": found["NextContinuationToken"]}


def _failed(place: str, error: BaseException) -> PictureError:
    error = _told(error)
    if isinstance(error, FileNotFoundError):
        return refused(place, "no such file", "Check the name.")
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return refused(place, f"one that can't be fetched ({what[:500]})", "Try again later.")
