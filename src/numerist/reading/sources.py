"""From what stands on a command line to pictures: paths, folders, globs, standard input.

Everything is looked up when its turn comes, so that 100,000 files cost no more memory than the
names of one folder, and the first is read at once.
"""

from __future__ import annotations

import contextlib
import fnmatch
import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from numerist.errors import PictureError
from numerist.image.picture import MOST_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ENDINGS = (
    *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".webp", ".gif", ".bmp", ".dib"),
    *(".tif", ".tiff", ".heic", ".heif", ".hif", ".avif", ".pdf"),
    *(".ppm", ".pgm", ".pbm", ".pnm", ".ico", ".tga"),
)
_BEGINNINGS = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF8",
    b"BM",
    b"II*\0",
    b"MM\0*",
    b"%PDF-",
    *(f"P{digit}".encode() + space for digit in range(1, 7) for space in (b"\n", b" ", b"\r")),
)
_KINDS = (b"ftyphei", b"ftyphev", b"ftypmif", b"ftypmsf", b"ftypavi")  # from byte 4
_MAGIC = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Source:
    """Something to read pages from.

    Attributes:
        name: what to call it: the path, or "standard input".
        picture: the path, or the bytes of standard input; `open_pages` takes both.
    """

    name: str
    picture: Path | bytes


def find_sources(
    arguments: Sequence[str | os.PathLike[str]],
) -> Iterator[Source | PictureError]:
    """Yield what the arguments name, in their order.

    Args:
        arguments: each a file; a folder, which stands for all pictures in and below it; a pattern
            of files with `*`, `?`, `[…]` and `**` (any folders), where no shell has expanded it;
            or "-" for standard input.

    Yields:
        For a folder its files and then those of its folders, each sorted by name: those that end or
        begin as a picture or a PDF does; hidden ones are left out, and no folder is entered twice,
        whatever links there are. For a pattern its matches, sorted. What does not exist or can't be
        listed arrives as the `PictureError` that says so, in its place.

    >>> [str(source) for source in find_sources(["nothing.png"])]
    ['nothing.png: expected a picture, a folder or a pattern, found no such file. Check the name.']
    """
    for argument in arguments:
        if argument == "-":
            yield _standard_input()
        else:
            yield from _named(Path(argument), _shown(argument))


def _standard_input() -> Source | PictureError:
    name = "standard input"
    try:
        content = sys.stdin.buffer.read(MOST_BYTES + 1)
    except (OSError, AttributeError) as error:  # AttributeError: there is none
        return _error(name, f"none ({error})", "Send a picture to it.")
    if len(content) > MOST_BYTES:
        return _error(name, f"more than {MOST_BYTES >> 20} MiB", "Name a file instead.")
    return Source(name, content)


def _named(path: Path, name: str) -> Iterator[Source | PictureError]:
    """Yield the file of this name, or the files of the folder, or of the pattern."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        if _MAGIC.isdisjoint(str(path)):
            reason = getattr(error, "strerror", None) or str(error)
            missing = isinstance(error, FileNotFoundError)
            yield _error(name, "no such file" if missing else reason, "Check the name.")
        else:
            yield from _matches(path)
        return
    if stat.S_ISDIR(mode):
        yield from _below(path)
    else:
        yield Source(name, path)


def _below(folder: Path) -> Iterator[Source | PictureError]:
    """Yield the pictures in a folder and below it."""
    empty = True
    for found in _folders(folder):
        if isinstance(found, PictureError):
            empty = False
            yield found
            continue
        for path in found[1]:
            if _may_be_picture(path):
                empty = False
                yield Source(_shown(path), path)
    if empty:
        yield _error(_shown(folder), "a folder without any", "Name another.")


def _folders(top: Path) -> Iterator[tuple[Path, list[Path]] | PictureError]:
    """Yield a folder and all below it, each once, and each with its files, sorted."""
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
            yield _error(_shown(folder), error.strerror or str(error), "Check its permissions.")
            continue
        yield folder, files
        waiting += reversed(folders)


def _listed(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return the folders and the files in a folder, sorted, without what is hidden or neither."""
    folders, files = [], []
    with os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):  # a link that leads in circles
                if entry.name.startswith("."):
                    continue
                if entry.is_dir():
                    folders.append(entry.name)
                elif entry.is_file():
                    files.append(entry.name)
    return [folder / name for name in sorted(folders)], [folder / name for name in sorted(files)]


def _may_be_picture(path: Path) -> bool:
    """Say whether a file ends or begins as a picture does."""
    if path.suffix.lower() in _ENDINGS:
        return True
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError:
        return False
    return start.startswith(_BEGINNINGS) or start[4:].startswith(_KINDS) or start[8:12] == b"WEBP"


def _matches(pattern: Path) -> Iterator[Source | PictureError]:
    """Yield the files that a pattern stands for, and the pictures of the folders it stands for."""
    parts: list[str] = []
    for part in pattern.parts:
        if (part, parts[-1:]) != ("**", ["**"]):  # two say no more than one
            parts.append(part)
    found = False
    for path in _expanded(Path(), parts):
        if path.is_dir() and "**" in parts:
            continue  # what is in it matches by itself
        found = True
        yield from _named(path, _shown(path))
    if not found:
        yield _error(_shown(pattern), "a pattern that no file matches", "Check the pattern.")


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


def _shown(path: str | os.PathLike[str]) -> str:
    """Return a path as text that can be printed, whatever bytes it is made of."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _error(place: str, found: str, cure: str) -> PictureError:
    return PictureError(place, "a picture, a folder or a pattern", found, cure)
