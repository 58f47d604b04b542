"""Images of your own: a folder with a sub-folder for each class, a CSV file, or IDX files.

Pictures go through the same normaliser as everywhere. Images in IDX and in CSV that are 28×28
already are taken as MNIST has them: bytes, ink 255; those on light paper as a `Model` takes them.
"""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from numerist.data.dataset import Dataset
from numerist.data.idx import read_idx
from numerist.errors import DataError, InputError
from numerist.files import as_utf8

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import numpy.typing as npt

_SIDE = 28
_PIXELS = _SIDE * _SIDE
_MOST_CLASSES = 256
_NAMED = 12  # classes named in an error
_PARTS = 5  # of so many images one is held out
_LABELS = ("label", "class", "text")
_TABLES = (".csv", ".tsv")
_IGNORED = ("Thumbs.db", "desktop.ini")
_LONGEST = 640  # digits that Python reads as one number, whatever limit it was set


@dataclass(frozen=True, slots=True)
class OwnImages:
    """What was found.

    Attributes:
        data: the images, 28×28, and the number of the class of each.
        classes: the name of each class, in the order of the numbers.
        unreadable: for each file that can't be used, its name and the reason.
        files: the file of each image; empty where they came as pixels.
        sha256: of each CSV or IDX file, by its name; of pictures "pictures", one over a line for
            each that was read, in their order: its SHA-256, two spaces, the name of its class.
    """

    data: Dataset
    classes: list[str]
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    sha256: dict[str, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)

    def labelled_as(self, classes: Sequence[str]) -> Dataset:
        """Return the images with the numbers that their classes have, by name, among others.

        Args:
            classes: the names of a model's classes, in the order of their numbers.

        Raises:
            InputError: an image is of a class that is not among them.
        """
        missing = [name for name in self.classes if name not in classes]
        if missing:
            raise InputError(
                "classes of the images", f"those of the model: {_listed(classes)}",
                f"others, too: {_listed(missing)}",
                "Name each class as the model does, or leave its images out.",
            )  # fmt: skip
        numbers = np.array([classes.index(name) for name in self.classes])
        return Dataset(self.data.images, numbers[self.data.labels])

    def split(self, seed: int = 0) -> tuple[Dataset, Dataset]:
        """Return what to learn from, and what to hold out: one in five of each class.

        Raises:
            DataError: a class has only one image.
        """
        rng = np.random.default_rng(seed)
        held = np.zeros(len(self.data), bool)
        for number, name in enumerate(self.classes):
            here = rng.permutation(np.flatnonzero(self.data.labels == number))
            if len(here) == 1:
                raise DataError(
                    f"class {name!r}", "at least 2 images, one to learn from and one to judge by",
                    "1", "Add images, or take the class away.",
                )  # fmt: skip
            held[here[: max(1, len(here) // _PARTS)]] = True
        return self.data[np.flatnonzero(~held)], self.data[np.flatnonzero(held)]


def load_own(
    source: str | os.PathLike[str],
    progress: Callable[[list[Any]], Iterable[Any]] = iter,
    least: int = 2,
) -> OwnImages:
    """Return the images in a folder, a CSV file, or an IDX file.

    Args:
        source: a folder with one sub-folder for each class, which holds pictures of any format; a
            table (.csv, .tsv) that has in each row a label and 784 pixels (0…255), or the name of a
            picture and its label, between commas, semicolons or tabs; or an IDX file of images,
            `…images…`, with `…labels…` beside it. Where the label stands the table's first line
            may say (label, class or text).
        progress: wraps the list of what is to be read, as tqdm does.
        least: how many classes there are to be; to learn from one alone makes no sense.

    Raises:
        DataError: there is nothing to learn from: no such place, a class without images, too few
            classes, a picture outside the sub-folders, a row without label.
    """
    path = Path(source)
    if path.is_dir():
        found = _from_folder(path, progress)
    elif path.suffix.lower() in _TABLES and path.is_file():
        found = _from_csv(path, progress)
    elif path.is_file():
        found = _from_idx(path)
    else:
        raise DataError(
            str(path), "a folder, a CSV file or an IDX file", "nothing of that name",
            "A folder holds one sub-folder for each class.",
        )  # fmt: skip
    _refuse_poor(found, path, least)
    return found


def _from_folder(path: Path, progress: Callable[[list[Any]], Iterable[Any]]) -> OwnImages:
    folders = [entry for entry in sorted(path.iterdir()) if _counts(entry)]
    for entry in folders:
        if not entry.is_dir():
            raise DataError(
                str(entry), "only folders here, one for each class", "a file",
                "Move it into the folder of its class.",
            )  # fmt: skip
    files = [
        (file, number)
        for number, folder in enumerate(folders)
        for file in sorted(folder.rglob("*"))
        if _counts(file) and (file.is_symlink() or not file.is_dir())  # links are not followed
    ]
    return _pictures(files, [as_utf8(folder.name) for folder in folders], progress)


def _counts(entry: Path) -> bool:
    return not entry.name.startswith(".") and entry.name not in _IGNORED


def _pictures(
    files: list[tuple[Path, int]],
    classes: list[str],
    progress: Callable[[list[Any]], Iterable[Any]],
) -> OwnImages:
    from numerist.image import PictureError, normalise  # noqa: PLC0415

    images, labels, unreadable, files_read = [], [], [], []
    lines = hashlib.sha256()
    for file, number in progress(files):
        if _is_special(file):
            unreadable.append((str(file), "a pipe or a device"))
            continue
        try:
            image = normalise(file)
        except PictureError as error:
            unreadable.append((str(file), f"{error.found}"))
            continue
        if image.any():
            images.append(image)
            labels.append(number)
            files_read.append(str(file))
            lines.update(f"{_sha256(file)}  {classes[number]}\n".encode())
        else:
            unreadable.append((str(file), "no ink on the paper"))
    found = _own(images, labels, classes, {"pictures": lines.hexdigest()})
    return dataclasses.replace(found, unreadable=unreadable, files=files_read)


def _is_special(file: Path) -> bool:
    """Tell what is neither file nor folder; opening it might wait for ever."""
    try:
        mode = file.stat().st_mode
    except (OSError, ValueError):
        return False  # what fails to open it says why
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _own(
    images: list[npt.NDArray[np.float32]] | npt.NDArray[np.float32],
    labels: list[int],
    classes: list[str],
    sha256: dict[str, str],
) -> OwnImages:
    if len(classes) > _MOST_CLASSES:
        raise DataError(
            "classes", f"at most {_MOST_CLASSES}", str(len(classes)), "Is this the right folder?"
        )
    stacked = np.asarray(images, np.float32).reshape(-1, _SIDE, _SIDE)
    data = Dataset(stacked, np.array(labels, np.uint8))
    return OwnImages(data, classes, sha256=sha256)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _from_csv(path: Path, progress: Callable[[list[Any]], Iterable[Any]]) -> OwnImages:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(_rows(csv.reader(file, delimiter=_separator(file, path)), path))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            str(path), "a CSV file in UTF-8", str(error), "Save it again as CSV."
        ) from error
    first = rows[0][1] if rows else []
    wide = len(first) == _PIXELS + 1
    if not wide and len(first) != 2:  # noqa: PLR2004
        raise DataError(
            f"{path}, line 1", f"2 columns (file, label) or {_PIXELS + 1} (label, pixels)",
            f"{len(first)} column{'s' * (len(first) != 1)}",
            "Take other columns away; between the columns stand commas, semicolons or tabs.",
        )  # fmt: skip
    at, is_header = _label_column(first, path.parent)
    rows = rows[is_header:]
    names = sorted({row[at] for _, row in rows}, key=_natural)
    numbers = {name: number for number, name in enumerate(names)}
    if wide:
        pixels = [_pixels(row, at, f"{path}, line {line}") for line, row in rows]
        labels = [numbers[row[at]] for _, row in rows]
        return _own(_ink(np.asarray(pixels)), labels, names, {as_utf8(path.name): _sha256(path)})
    files = [(path.parent / row[1 - at], numbers[row[at]]) for _, row in rows]
    found = _pictures(files, names, progress)
    return dataclasses.replace(found, sha256={as_utf8(path.name): _sha256(path), **found.sha256})


def _separator(file: TextIO, path: Path) -> str:
    """Return what stands between the columns of a file, which is read from its beginning again."""
    first = file.readline()
    file.seek(0)
    if path.suffix.lower() == ".tsv":
        return "\t"
    return next((mark for mark in ",;\t" if mark in first), ",")


def _rows(reader: Iterator[list[str]], path: Path) -> Iterator[tuple[int, list[str]]]:
    width = None
    for line, row in enumerate(reader, start=1):
        if not row:
            continue
        width = width or len(row)
        if len(row) != width or not all(cell.strip() for cell in row):
            raise DataError(
                f"{path}, line {line}", f"{width} columns, none empty",
                f"{len(row)} columns, {sum(not cell.strip() for cell in row)} empty",
                "Mend the line, or take it away.",
            )  # fmt: skip
        yield line, [cell.strip() for cell in row]


def _label_column(first: list[str], folder: Path) -> tuple[int, bool]:
    """Return which column holds the label, and whether the first line names the columns.

    The label is in the column called so, else beside a picture, else before all pixels.
    """
    if len(first) == 2:  # noqa: PLR2004
        pictures = [os.path.isfile(folder / cell) for cell in first]  # noqa: PTH113  (any text)
        if any(pictures):
            return int(pictures[0]), False
    named = [k for k, cell in enumerate(first) if cell.lower() in _LABELS]
    if named:
        return named[0], True
    if len(first) == 2:  # noqa: PLR2004
        return 1, True
    return 0, not _looks_like_pixels(first[1:])


def _looks_like_pixels(cells: list[str]) -> bool:
    """Tell numbers of an image from names of columns, which may be numbers that count up."""
    numbers = _numbers(cells)
    return not np.isnan(numbers).any() and bool((np.diff(numbers) != 1).any())


def _natural(name: str) -> tuple[int, str]:
    """Sort 2 before 10, and never leave two names as alike: a set has no order of its own."""
    is_number = name.isdecimal() and len(name) <= _LONGEST
    return (int(name) if is_number else 2**31, name)


def _pixels(row: list[str], at: int, place: str) -> npt.NDArray[np.uint8]:
    """Return all of a row but the label, which is at `at`."""
    cells = row[:at] + row[at + 1 :]
    values = _numbers(cells)
    wrong = np.flatnonzero(~((values >= 0) & (values <= 255) & (values % 1 == 0)))  # noqa: PLR2004
    if len(wrong):
        k = int(wrong[0])
        raise DataError(
            f"{place}, column {k + 1 + (k >= at)}", "a whole number from 0 (paper) to 255 (ink)",
            repr(cells[k]), "Mend it; pixels from 0 to 1 have to be multiplied by 255.",
        )  # fmt: skip
    return values.astype(np.uint8)


def _numbers(cells: list[str]) -> npt.NDArray[np.float64]:
    """Return the numbers in cells; NaN where there is none."""
    try:
        return np.array([float(cell) for cell in cells])
    except ValueError:
        return np.array([_number(cell) for cell in cells])


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return np.nan


def _from_idx(path: Path) -> OwnImages:
    if "images-idx3" in path.name:
        beside = path.name.replace("images-idx3", "labels-idx1")
    else:
        beside = path.name.replace("images", "labels")
    if beside == path.name or not path.with_name(beside).is_file():
        raise DataError(
            str(path), "an IDX file `…images…` with `…labels…` beside it",
            f"no {beside}" if beside != path.name else "another name",
            "Give the file of the images; a table's name ends in .csv or .tsv.",
        )  # fmt: skip
    images, labels = read_idx(path), read_idx(path.with_name(beside))
    if images.shape[1:] != (_SIDE, _SIDE) or images.dtype != np.uint8:
        raise DataError(
            str(path), f"bytes (n, {_SIDE}, {_SIDE})", f"{images.dtype} {images.shape}",
            "Save pictures of other sizes as files in folders.",
        )  # fmt: skip
    if labels.shape != images.shape[:1] or labels.dtype.kind not in "iu":
        raise DataError(
            str(path.with_name(beside)), f"{len(images)} whole numbers",
            f"{labels.dtype} {labels.shape}", "Give one label for each image.",
        )  # fmt: skip
    classes, numbers = np.unique(labels, return_inverse=True)
    sha256 = {as_utf8(name): _sha256(path.with_name(name)) for name in (path.name, beside)}
    return _own(_ink(images), numbers.tolist(), [str(name) for name in classes], sha256)


def _ink(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return images (n, 28, 28) of bytes (n, …) as a `Model` sees them."""
    from numerist.image import dark_on_light  # noqa: PLC0415

    ink = np.divide(pixels, 255, dtype=np.float32)
    return dark_on_light(ink.reshape(-1, _SIDE, _SIDE))


def _listed(names: Sequence[str]) -> str:
    """Return names with commas between them; of many the first."""
    return ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")


def _refuse_poor(found: OwnImages, path: Path, least: int) -> None:
    """Refuse what no network can learn from, or be judged by."""
    if len(found.classes) < least:
        wanted = "two classes" if least > 1 else "one class"
        raise DataError(
            str(path), f"at least {wanted}", f"{len(found.classes)}",
            "A folder holds one sub-folder for each class, with its pictures.",
        )  # fmt: skip
    counts = np.bincount(found.data.labels, minlength=len(found.classes))
    for name, count in zip(found.classes, counts, strict=True):
        if count == 0:
            unread = [
                f"{file}: {reason}"
                for file, reason in found.unreadable
                if as_utf8(Path(file).parent.name) == name
            ]
            raise DataError(
                f"{path}, class {name!r}", "at least one image that can be read",
                "none" + (f" ({unread[0]})" if unread else ""),
                "Add images, or take the class away.",
            )  # fmt: skip
