"""One thing to read pages from, wherever its bytes are; and what looks like a picture."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from numerist.errors import PictureError

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
TAR, GZIP, ZSTD, ZIP = (".tar",), (".tar.gz", ".tgz"), (".tar.zst", ".tzst"), (".zip",)
ARCHIVES = (*TAR, *GZIP, *ZSTD, *ZIP)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
BEGINNING = 16  # bytes that tell a picture
DRAWN_BY = "Drawn by numerist read"
"""What EXIF's Software says of the pictures that we draw."""

_DRAWN_ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
_DRAWN_WITHIN = 1024  # bytes from the beginning, or the end, of a file


class Elsewhere(Protocol):
    """A picture that is no file of its own: in an archive, or on another machine.

    It is small and can be pickled: whoever reads it fetches it.
    """

    def fetch(self, name: str) -> bytes:
        """Return the bytes of the picture.

        Raises:
            PictureError: they can't be had; `name` is the place.
        """


@dataclass(frozen=True, slots=True)
class Source:
    """Something to read pages from.

    Attributes:
        name: what to call it: a path, the path of an archive and that in it, a URL, or "standard
            input".
        picture: a path, bytes, or where to fetch them.
        path: of what lies in an archive here: where it would be if the archive were a folder.
    """

    name: str
    picture: Path | bytes | Elsewhere
    path: Path | None = None

    def content(self) -> Path | bytes:
        """Return what `open_pages` takes.

        Raises:
            PictureError: it can't be fetched.
        """
        if isinstance(self.picture, Path | bytes):
            return self.picture
        return self.picture.fetch(self.name)


def name_of(source: Source | PictureError) -> str:
    """Return what a source is called, or what takes its place."""
    return source.place if isinstance(source, PictureError) else source.name


def ends_as_picture(name: str) -> bool:
    """Tell whether a file's name ends as that of a picture or a PDF.

    >>> ends_as_picture("scans/A.JPG"), ends_as_picture("png")
    (True, False)
    """
    return name.lower().endswith(_ENDINGS)


def is_archive(name: str) -> bool:
    """Tell whether a file's name ends as that of an archive that is read.

    >>> is_archive("scans.tar.gz"), is_archive("scans.7z")
    (True, False)
    """
    return name.lower().endswith(ARCHIVES)


def is_url(text: str) -> bool:
    r"""Tell whether this is a URL.

    >>> is_url("s3://bucket/scans"), is_url(r"C:\scans"), is_url("scans/a.png")
    (True, False, False)
    """
    return _URL.match(text) is not None


def begins_as_picture(start: bytes) -> bool:
    """Tell whether a file whose first `BEGINNING` bytes these are may be a picture or a PDF."""
    return start.startswith(_BEGINNINGS) or start[4:].startswith(_KINDS) or start[8:12] == b"WEBP"


def is_drawing(path: Path) -> bool:
    """Tell whether a file is a page on which this program drew its answers, or its cuts."""
    if not path.name.lower().endswith(_DRAWN_ENDINGS):
        return False
    try:
        with path.open("rb") as file:
            start = file.read(_DRAWN_WITHIN)
            file.seek(max(0, file.seek(0, os.SEEK_END) - _DRAWN_WITHIN))
            return DRAWN_BY.encode() in start + file.read()
    except OSError:
        return False


def refused(place: str, found: str, cure: str) -> PictureError:
    """Return what stands in the place of a picture that there is not."""
    return PictureError(place, "a picture, a folder or a pattern", found, cure)


def archive_in_folder(place: str) -> PictureError:
    """Return what stands in the place of an archive below a folder: it may hold the same again."""
    return refused(place, "an archive in a folder", "Name it, too, or unpack it, or move it away.")
