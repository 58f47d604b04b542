"""IDX, the file format of MNIST: arrays of any rank and of six element types, big-endian.

    offset  bytes   what
    0       2       zero
    2       1       code of the element type
    3       1       rank r: the number of dimensions
    4       4·r     the size of each dimension, unsigned, big-endian
    4+4·r   …       the elements, big-endian, the last dimension varying fastest

A file may be wrapped in gzip; that is told from its first bytes, not from its name.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import math
import os
import struct
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from numerist.errors import (
    DataError,
    IdxGzipError,
    IdxPromiseError,
    IdxTrailingError,
    IdxTruncatedError,
    IdxTypeError,
    InputError,
    NotIdxError,
)
from numerist.files import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

ELEMENT_TYPES: dict[int, np.dtype[Any]] = {
    0x08: np.dtype(np.uint8),
    0x09: np.dtype(np.int8),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}

_GZIP_MAGIC = b"\x1f\x8b"
_MAX_RANK = 64  # NumPy's own limit
_CHUNK = 1 << 20


def read_idx(source: str | os.PathLike[str] | bytes) -> npt.NDArray[Any]:
    """Read an IDX file, plain or gzipped.

    Memory grows with what the file really holds: its header is not believed until that many
    bytes have arrived.

    Args:
        source: a path, or the bytes of a file.

    Returns:
        An array of the type and shape in the header, in the machine's byte order, writable.

    Raises:
        NotIdxError, IdxTypeError, IdxTruncatedError, IdxPromiseError, IdxTrailingError,
        IdxGzipError: the file breaks the format; each names the file and the offset.
        DataError: there is no such file, or it can't be read.

    >>> read_idx(bytes([0, 0, 0x08, 1, 0, 0, 0, 3, 5, 0, 4]))
    array([5, 0, 4], dtype=uint8)
    """
    name = "IDX bytes" if isinstance(source, bytes) else os.fspath(source)
    try:
        with _open(source) as file:
            return _read(file, name)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise IdxGzipError(
            name,
            "a whole gzip stream",
            f"a damaged or cut-off one ({error})",
            "Fetch or copy the file again.",
        ) from error
    except OSError as error:
        raise DataError(
            name,
            "a file that can be read",
            error.strerror or str(error),
            "Look at the path and its permissions.",
        ) from error


@contextlib.contextmanager
def _open(source: str | os.PathLike[str] | bytes) -> Iterator[IO[bytes]]:
    """Open the source for reading, through gzip if it begins as gzip does."""
    with io.BytesIO(source) if isinstance(source, bytes) else Path(source).open("rb") as file:
        zipped = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        file.seek(0)
        if zipped:
            with gzip.GzipFile(fileobj=file) as unzipped:
                yield unzipped  # type: ignore[misc]  # it reads as any binary file does
        else:
            yield file


def _read(file: IO[bytes], name: str) -> npt.NDArray[Any]:
    dtype, shape = _read_header(file, name)
    promised = math.prod(shape) * dtype.itemsize
    body = _read_at_most(file, promised)
    offset = 4 + 4 * len(shape)
    if len(body) < promised:
        raise IdxPromiseError(
            f"{name}, offset {offset}",
            f"{promised} bytes for shape {shape} of {dtype.name}",
            f"{len(body)} bytes",
            "The file was cut off or its header is wrong; fetch it again.",
        )
    if file.read(1):
        raise IdxTrailingError(
            f"{name}, offset {offset + promised}",
            f"the end of the file after shape {shape} of {dtype.name}",
            "further bytes",
            "The header is wrong or something was appended; fetch the file again.",
        )
    array = np.frombuffer(body, dtype=dtype).reshape(shape)
    return array.astype(dtype.newbyteorder("="), copy=dtype.byteorder == ">")


def _read_header(file: IO[bytes], name: str) -> tuple[np.dtype[Any], tuple[int, ...]]:
    magic = file.read(4)
    if magic[:2] != b"\0\0"[: len(magic)]:
        raise NotIdxError(
            f"{name}, offset 0",
            "two zero bytes, as every IDX file has",
            f"0x{magic[:2].hex()}",
            "This is some other format.",
        )
    if len(magic) < 4:  # noqa: PLR2004
        raise IdxTruncatedError(
            f"{name}, offset 0", "4 bytes of magic number", f"{len(magic)}", "Fetch it again."
        )
    code, rank = magic[2], magic[3]
    if code not in ELEMENT_TYPES:
        known = ", ".join(f"0x{known:02x}" for known in ELEMENT_TYPES)
        raise IdxTypeError(
            f"{name}, offset 2", f"an element type among {known}", f"0x{code:02x}", "Is it IDX?"
        )
    if rank > _MAX_RANK:
        raise IdxTypeError(
            f"{name}, offset 3", f"at most {_MAX_RANK} dimensions", f"{rank}", "Is it IDX?"
        )
    sizes = file.read(4 * rank)
    if len(sizes) < 4 * rank:
        raise IdxTruncatedError(
            f"{name}, offset 4",
            f"{4 * rank} bytes for the sizes of {rank} dimensions",
            f"{len(sizes)} bytes",
            "The file was cut off; fetch it again.",
        )
    shape = struct.unpack(f">{rank}I", sizes)
    if 0 in shape and math.prod(size for size in shape if size) > np.iinfo(np.intp).max // 8:
        raise IdxTypeError(
            f"{name}, offset 4", "a shape that an array can have", f"{shape}", "Is it IDX?"
        )
    return ELEMENT_TYPES[code], shape


def _read_at_most(file: IO[bytes], count: int) -> bytearray:
    body = bytearray()
    while len(body) < count:
        chunk = file.read(min(_CHUNK, count - len(body)))
        if not chunk:
            break
        body += chunk
    return body


def write_idx(path: str | os.PathLike[str], array: npt.NDArray[Any]) -> None:
    """Write an array as an IDX file, gzipped if the name ends in ``.gz``; whole or not at all.

    Raises:
        InputError: IDX has no code for the array's element type, or a dimension is too large.
        WriteError: the file can't be written.
    """
    big_endian = array.dtype.newbyteorder(">")
    codes = [code for code, dtype in ELEMENT_TYPES.items() if dtype == big_endian]
    if not codes or any(size >= 1 << 32 for size in array.shape):
        raise InputError(
            "array for an IDX file",
            "uint8, int8, int16, int32, float32 or float64, dimensions below 2³²",
            f"{array.dtype.name} of shape {array.shape}",
            "Convert it with astype().",
        )
    header = bytes([0, 0, codes[0], array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    whole = header + array.astype(big_endian).tobytes()
    with replacing(path) as part:
        part.write_bytes(gzip.compress(whole, mtime=0) if str(path).endswith(".gz") else whole)
