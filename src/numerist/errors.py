"""The errors that numerist raises, all in one tree.

    NumeristError                     the command line catches this one, and nothing else
    ├── InputError (ValueError)       an argument that makes no sense: sizes, rate, labels …
    │   └── ShapeError                an array whose shape does not fit, or fits in two ways
    ├── DivergedError                 training left the finite numbers
    ├── DataError                     data that can't be used
    │   ├── IdxError                  an IDX file that breaks its format
    │   │   ├── NotIdxError           … the magic number is not one of IDX
    │   │   ├── IdxTypeError          … the code of the element type is unknown
    │   │   ├── IdxTruncatedError     … the file ends inside its header
    │   │   ├── IdxPromiseError       … the header promises more data than there are
    │   │   ├── IdxTrailingError      … data go on behind the promised ones
    │   │   └── IdxGzipError          … the gzip stream around it is damaged
    │   ├── MnistUnavailableError     no source has the MNIST files
    │   └── PictureError              a picture that can't be read
    ├── ModelError                    a model file that can't be used
    │   ├── NotAModelError            … not a numerist model at all
    │   ├── DamagedModelError         … a numerist model, but not as it was written
    │   └── NewerModelError           … written by a newer format than this version reads
    ├── CheckpointError               a checkpoint that can't be gone on from
    └── WriteError (OSError)          a file can't be written

Every error carries four parts: the place, what was expected there, what was found, and the cure.
"""

from __future__ import annotations

from typing import Any


class NumeristError(Exception):
    """Base of all errors of this project.

    Args:
        place: where it went wrong: an argument, a file, a file and an offset.
        expected: what should have been there.
        found: what was there.
        cure: a sentence that says what to do about it.

    >>> str(NumeristError("eta", "a positive number", "-3.0", "Try 3.0."))
    'eta: expected a positive number, found -3.0. Try 3.0.'
    """

    def __init__(self, place: str, expected: str, found: str, cure: str) -> None:
        self.place = place
        self.expected = expected
        self.found = found
        self.cure = cure
        super().__init__(place, expected, found, cure)

    def __str__(self) -> str:
        return f"{self.place}: expected {self.expected}, found {self.found}. {self.cure}"

    def __reduce__(self) -> tuple[Any, ...]:  # OSError's own forgets arguments
        return type(self), (self.place, self.expected, self.found, self.cure)


class InputError(NumeristError, ValueError):
    """An argument makes no sense."""


class ShapeError(InputError):
    """The shape of an array does not fit, or would fit in more than one way."""


class DivergedError(NumeristError):
    """Training left the finite numbers."""


class DataError(NumeristError):
    """Data can't be used."""


class IdxError(DataError):
    """An IDX file breaks its format."""


class NotIdxError(IdxError):
    """The file does not begin as an IDX file does."""


class IdxTypeError(IdxError):
    """The header names an element type that IDX does not have."""


class IdxTruncatedError(IdxError):
    """The file ends inside its header."""


class IdxPromiseError(IdxError):
    """The header promises more data than the file holds."""


class IdxTrailingError(IdxError):
    """Data go on behind what the header promised."""


class IdxGzipError(IdxError):
    """The gzip stream is damaged or cut off."""


class MnistUnavailableError(DataError):
    """No source has the MNIST files.

    Args:
        reasons: for each source that was tried, its name and why it failed.
        place, expected, found, cure: as in `NumeristError`.
    """

    def __init__(
        self, place: str, expected: str, found: str, cure: str, reasons: list[tuple[str, str]]
    ) -> None:
        super().__init__(place, expected, found, cure)
        self.reasons = reasons

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.place, self.expected, self.found, self.cure, self.reasons)

    def __str__(self) -> str:
        tried = "".join(f"\n  - {source}: {reason}" for source, reason in self.reasons)
        return f"{self.place}: expected {self.expected}, found {self.found}:{tried}\n{self.cure}"


class PictureError(DataError):
    """A picture can't be read."""


class ModelError(NumeristError):
    """A model file can't be used."""


class NotAModelError(ModelError):
    """The file is not a numerist model."""


class DamagedModelError(ModelError):
    """The file is a numerist model, but not as it was written."""


class NewerModelError(ModelError):
    """The file was written in a newer format than this version reads."""


class CheckpointError(NumeristError):
    """A training can't go on from this file."""


class WriteError(NumeristError, OSError):
    """A file can't be written."""
