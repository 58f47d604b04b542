"""From what stands on a command line to pictures: paths, folders, globs, archives, URLs, and lists.

Everything is looked up when its turn comes, so that 100,000 files cost no more memory than the
names of one folder, and the first is read at once.
"""

from __future__ import annotations

import contextlib
import fnmatch
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from numerist.errors import PictureError
from numerist.files import as_utf8
from numerist.image.picture import MOST_BYTES
from numerist.reading.source import (
    BEGINNING,
    Source,
    archive_in_folder,
    begins_as_picture,
    ends_as_picture,
    is_archive,
    is_drawing,
    is_url,
    refused,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Source", "find_listed", "find_sources"]

_ASIDE = ", but drawings of numerist's own"
_MAGIC = frozenset("*?[")


def find_sources(
    arguments: Sequence[str | os.PathLike[str]],
) -> Iterator[Source | PictureError]:
    """Yield what the arguments name, in their order.

    Args:
        arguments: each a file; a folder, which stands for all pictures in and below it; a pattern
            of files with `*`, `?`, `[…]` and `**` (any folders), where no shell has expanded it; an
            archive (.tar, .tar.gz, .tar.zst, .zip), which stands for the pictures in it; a URL of
            any of these, as fsspec knows them; or "-" for standard input.

    Yields:
        For a folder its files and then those of its folders, each sorted by name: those that end or
        begin as a picture or a PDF does; hidden ones are left out, and no folder is entered twice,
        whatever links there are. For a pattern its matches, sorted. Of both, what this program drew
        itself is left out. What does not exist or can't be
        listed, and archives in folders, arrive as the `PictureError` that says so, in their place.

    >>> [str(source) for source in find_sources(["nothing.png"])]
    ['nothing.png: expected a picture, a folder or a pattern, found no such file. Check the name.']
    """
    for argument in arguments:
        if argument == "-":
            yield _standard_input()
        elif isinstance(argument, str) and is_url(argument):
            from numerist.reading.bulk import remote  # noqa: PLC0415

            yield from remote.find(argument)
        else:
            yield from _named(Path(argument), as_utf8(argument))


def find_listed(names: Iterable[str]) -> Iterator[Source | PictureError]:
    """Yield what a list names, in its order.

    Args:
        names: each a path, as `find_sources` takes it, or the URL of a file or an archive.
    """
    for name in names:
        if is_url(name):
            from numerist.reading.bulk import remote  # noqa: PLC0415

            yield from remote.find(name, listed=True)
        else:
            yield from _named(Path(name), as_utf8(name))


def _standard_input() -> Source | PictureError:
    name = "standard input"
    try:
        content = sys.stdin.buffer.read(MOST_BYTES + 1)
    except (OSError, AttributeError) as error:  # AttributeError: there is none
        reason = error.strerror if isinstance(error, OSError) else "none"
        return refused(name, str(reason), "Send a picture to it.")
    if len(content) > MOST_BYTES:
        return refused(name, f"more than {MOST_BYTES >> 20} MiB", "Name a file instead.")
    return Source(name, content)


def _named(path: Path, name: str) -> Iterator[Source | PictureError]:
    """Yield the file of this name, or the files of the folder, or of the pattern."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        if _MAGIC.isdisjoint(str(path)):
            reason = getattr(error, "strerror", None) or str(error)
            missing = isinstance(error, FileNotFoundError)
            yield refused(name, "no such file" if missing else reason, "Check the name.")
        else:
            yield from _matches(path)
        return
    if stat.S_ISDIR(mode):
        yield from _below(path)
    elif is_archive(path.name):
        from numerist.reading.bulk import archives  # noqa: PLC0415

        yield from archives.pictures(lambda: path.open("rb"), name, path)
    else:
        yield Source(name, path)


def _below(folder: Path) -> Iterator[Source | PictureError]:
    """Yield the pictures in a folder and below it."""
    empty, aside = True, ""
    for found in _folders(folder):
        if isinstance(found, PictureError):
            empty = False
            yield found
            continue
        for name in found[1]:
            path = found[0] / name
            if is_archive(name):
                empty = False
                yield archive_in_folder(as_utf8(path))
            elif is_drawing(path):
                aside = _ASIDE
            elif _may_be_picture(path):
                empty = False
                yield Source(as_utf8(path), path)
    if empty:
        yield refused(as_utf8(folder), f"a folder without any{aside}", "Name another.")


def _folders(top: Path) -> Iterator[tuple[Path, list[str]] | PictureError]:
    """Yield a folder and all below it, each once, and each with its files' names, sorted."""
    seen = set()
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        try:
            status = folder.stat()
            if (identity := (status.st_dev, status.st_ino)) in seen:
                continue
            seen.add(identity)
            folders, files = _listed(folder)
        except OSError as error:
            yield refused(as_utf8(folder), error.strerror or str(error), "Check its permissions.")
            continue
        yield folder, files
        waiting += reversed(folders)


def _listed(folder: Path) -> tuple[list[Path], list[str]]:
    """Return the folders and the names of the files in a folder, without what is hidden.

    Both are sorted. What is neither folder nor file is left out.
    """
    folders: list[str] = []
    files: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):  # a link that leads in circles
                if entry.name.startswith("."):
                    continue
                if entry.is_dir():
                    folders.append(entry.name)
                elif entry.is_file():
                    files.append(entry.name)
    files.sort()  # names only: a million of them are 100 MB less than as many paths
    return [folder / name for name in sorted(folders)], files


def _may_be_picture(path: Path) -> bool:
    """Say whether a file ends or begins as a picture does."""
    if ends_as_picture(path.name):
        return True
    try:
        with path.open("rb") as file:
            return begins_as_picture(file.read(BEGINNING))
    except OSError:
        return False


def _matches(pattern: Path) -> Iterator[Source | PictureError]:
    """Yield the files that a pattern stands for, and the pictures of the folders it stands for."""
    parts: list[str] = []
    for part in pattern.parts:
        if (part, parts[-1:]) != ("**", ["**"]):  # two say no more than one
            parts.append(part)
    found, aside = False, ""
    for path in _expanded(Path(), parts):
        if path.is_dir() and "**" in parts:
            continue  # what is in it matches by itself
        if path.is_file() and is_drawing(path):
            aside = _ASIDE
            continue
        found = True
        yield from _named(path, as_utf8(path))
    if not found:
        what = f"a pattern that no file matches{aside}"
        yield refused(as_utf8(pattern), what, "Check the pattern.")


def _expanded(folder: Path, parts: list[str]) -> Iterator[Path]:
    """Yield what the parts of a pattern match below a folder, sorted."""
    if not parts:
        yield folder
        return
    part, *rest = parts
    if part == "**":
        rest = rest or ["*"]
        for below in _folders(folder):
            if not isinstance(below, PictureError):
                yield from _expanded(below[0], rest)
    elif _MAGIC.isdisjoint(part):
        if os.path.lexists(folder / part):
            yield from _expanded(folder / part, rest)
    else:
        for name in _names(folder, part):
            yield from _expanded(folder / name, rest)


def _names(folder: Path, pattern: str) -> list[str]:
    """Return the names in a folder that match; hidden ones only where the pattern is hidden too."""
    try:
        names = fnmatch.filter((path.name for path in folder.iterdir()), pattern)
    except OSError:
        return []
    return sorted(name for name in names if pattern.startswith(".") or not name.startswith("."))
