"""What `numerist read` does with one file, in this process or in one beside it."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from numerist.errors import InputError, NumeristError, PictureError, WriteError
from numerist.reading.output import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numerist.reading.output import Outcome
    from numerist.reading.reader import Reader
    from numerist.reading.result import Reading
    from numerist.reading.sources import Source

_MOST_NAME = 255 - len("..01234567.part")  # bytes of a file's name, which is so written at first
_MOST_PATH = 2048  # bytes below the folder: a system takes 4096 of it all


@dataclass(frozen=True, slots=True)
class Place:
    """Where pictures of pages go.

    Attributes:
        path: a file, or a folder.
        base: for a folder: the folder above all sources, whose tree is repeated in it; None for a
            file.
    """

    path: Path
    base: str | None = None

    def of(self, source: Source, page: int, pages: int) -> Path:
        """Return the file for a page of a source; of several pages each name has the number."""
        number = f"-{page}" if pages > 1 else ""
        if self.base is None:
            return self.path.with_name(f"{self.path.stem}{number}{self.path.suffix}")
        here = source.picture if isinstance(source.picture, Path) else source.path
        name = _without_ways_out(source.name.partition("://")[2] or source.name)
        if here is not None:
            name = os.path.relpath(here, self.base)
            if Path(name).parts[0] == os.pardir:  # of a list: from anywhere
                name = os.path.relpath(here.absolute(), here.absolute().anchor)
        return self.path / _fitting(name, f"{number}.png")


def _fitting(name: str, ending: str) -> Path:
    """Return a path with its ending whose names a disk takes.

    What is too long is cut, and a hash tells it from others that begin as it does.
    """
    parts = Path(name).parts
    if len(os.fsencode(name)) > _MOST_PATH:
        parts = ("_".join(parts),)
    return Path(*(_cut(part, "") for part in parts[:-1]), _cut(parts[-1], ending))


def _cut(name: str, ending: str) -> str:
    whole = os.fsencode(name)
    if len(whole) + len(ending) <= _MOST_NAME:
        return name + ending
    ending = f"-{hashlib.blake2b(whole, digest_size=8).hexdigest()}{ending}"
    return whole[: _MOST_NAME - len(ending)].decode("utf-8", "ignore") + ending


def _without_ways_out(name: str) -> str:
    """Return the name of what is nowhere on this disk, as a path that leads down only.

    >>> _without_ways_out("bucket/../a.png"), _without_ways_out("standard input")
    ('bucket/a.png', 'standard input')
    """
    parts = PurePosixPath(name.replace("\\", "/").replace(":", "_")).parts
    return "/".join(part for part in parts if part not in ("/", "..")) or "picture"


def place_for(
    option: str, path: Path | None, arguments: Sequence[str], *, single: bool | None = None
) -> Place | None:
    """Return where the pictures that an option asks for go: a folder, unless there is one file.

    Args:
        option: its name, for messages.
        path: its value.
        arguments: the sources as they were given.
        single: whether these stand for one file, if that is not to be told from them.

    Raises:
        InputError: a name that stands for no picture, or for one where there are several sources,
            or the only source itself; a folder that holds a source.
    """
    from numerist.reading.drawing import picture_format
    from numerist.reading.source import ends_as_picture

    if path is None:
        return None
    one = is_single(arguments) if single is None else single
    if not one and ends_as_picture(path.name) and not path.is_dir():
        raise InputError(
            option, "a folder, as there may be several pictures", f"{path}, the name of one",
            "Name a folder, or read a single SOURCE that is a file.",
        )  # fmt: skip
    if not one or path.is_dir():
        _refuse_folder_of_sources(option, path, arguments)
        return Place(path, _above(arguments))
    picture_format(path)
    source = Path(arguments[0])
    if path.exists() and source.exists() and path.samefile(source):
        raise InputError(
            option, "another file than the one that is read", str(path), "Choose another name."
        )
    return Place(path)


def _refuse_folder_of_sources(option: str, folder: Path, arguments: Sequence[str]) -> None:
    """Refuse a folder that holds sources: a drawing could take the place of one."""
    from numerist.reading.source import is_url

    for argument in arguments:
        if argument == "-" or is_url(argument):
            continue
        above = _fixed(argument).resolve()
        if folder.resolve() in (above, *above.parents):
            raise InputError(
                option, "a folder that no SOURCE is in", f"{folder}, which holds {argument}",
                "Choose another folder, or for a single SOURCE the name of a picture file.",
            )  # fmt: skip


def is_single(arguments: Sequence[str]) -> bool:
    """Tell whether the arguments stand for one file, whatever there is on this disk."""
    from numerist.reading.source import ends_as_picture, is_archive, is_url

    if len(arguments) != 1:
        return False
    if is_archive(arguments[0]):
        return False
    if is_url(arguments[0]):
        web = arguments[0].lower().startswith(("http://", "https://"))
        return web or (ends_as_picture(arguments[0]) and not set(arguments[0]) & set("*?["))
    return not Path(arguments[0]).is_dir() and (
        Path(arguments[0]).exists() or not set(arguments[0]) & set("*?[")
    )


def _above(arguments: Sequence[str]) -> str:
    """Return the folder above all that the arguments can stand for."""
    from numerist.reading.source import is_url

    here = [argument for argument in arguments if argument != "-" and not is_url(argument)]
    folders = [_fixed(argument).absolute() for argument in here]
    try:
        return os.path.commonpath(folders) if folders else str(Path.cwd())
    except ValueError as error:
        raise InputError(
            "SOURCE", "one drive, where pictures are to be drawn", "several",
            "Read them one after the other.",
        ) from error  # fmt: skip


def _fixed(argument: str) -> Path:
    """Return the folder that all files which an argument stands for are below."""
    path = Path(argument)
    if path.is_dir():
        return path
    while not path.exists() and set(str(path)) & set("*?["):
        path = path.parent
    return path if path.is_dir() else path.parent


@dataclass(frozen=True, slots=True)
class Job:
    """What to do with each file.

    Attributes:
        settings: of the `Reader`.
        annotate: where the page with the answers goes.
        explain: where the page with the lattice goes.
    """

    settings: dict[str, Any]
    annotate: Place | None = None
    explain: Place | None = None

    def begin(self, *, alone: bool = True) -> Callable[[Source | PictureError], Outcome]:
        """Return the function that works on a source; its reader stays warm.

        Args:
            alone: whether it may use all cores.

        Raises:
            InputError, ModelError: settings that make no sense, a model that can't be used.
        """
        from numerist.reading.reader import Reader

        if not alone:
            import cv2

            cv2.setNumThreads(1)
        reader = Reader(**self.settings)
        return lambda source: self._outcome(reader, source)

    def _outcome(self, reader: Reader, source: Source | PictureError) -> Outcome:
        if isinstance(source, PictureError):
            return Failure(source.place, str(source))
        try:
            picture = source.content()
            reading = reader.read(picture, source.name)
            self._draw(reader, source, picture, reading)
        except WriteError:
            raise  # it is no fault of this file
        except NumeristError as error:
            return Failure(source.name, str(error))
        except Exception as error:  # noqa: BLE001  (one file must not take the others with it)
            what = f"one that breaks the program ({type(error).__name__}: {error})"
            return Failure(source.name, _message(source, what, "Please report this picture."))
        return reading

    def _draw(
        self, reader: Reader, source: Source, picture: Path | bytes, reading: Reading
    ) -> None:
        """Write the pictures that were asked for."""
        from numerist.reading.drawing import annotated
        from numerist.reading.pages import open_pages

        if self.annotate is None and self.explain is None:
            return
        count = len(reading.pages)
        for page, read in zip(open_pages(picture, source.name), reading.pages, strict=False):
            if isinstance(page, PictureError):
                continue
            if self.annotate is not None:
                _write(self.annotate, self.annotate.of(source, page.number, count),
                       annotated(page, read))  # fmt: skip
            if self.explain is not None:
                _write(self.explain, self.explain.of(source, page.number, count),
                       reader.explain(page.pixels.clip(0, 1)))  # fmt: skip


def _write(place: Place, target: Path, picture: Any) -> None:
    from numerist.files import make_folder
    from numerist.reading.drawing import write_picture

    if place.base is not None:
        make_folder(target.parent)
    write_picture(target, picture)


def lost(source: Source | PictureError, how: str) -> Failure:
    """Return what became of a source when the process that worked on it died."""
    if isinstance(source, PictureError):
        return Failure(source.place, str(source))
    what = f"that the process which read it was {how}"
    return Failure(source.name, _message(source, what, "Memory may be short: try --jobs 1."))


def _message(source: Source, found: str, cure: str) -> str:
    return str(PictureError(source.name, "a picture that can be read", found, cure))
