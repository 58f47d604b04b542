"""How the service and its processes talk: frames of a JSON head and a body of bytes.

A frame is the length of the head and that of the body, four bytes each, little end first, and then
the two. Nothing is pickled, so a process that a picture has taken over can't take over the service.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

if TYPE_CHECKING:
    import asyncio

Frame: TypeAlias = tuple[dict[str, Any], bytes]

_LENGTHS = struct.Struct("<II")


def packed(head: dict[str, Any], body: bytes = b"") -> list[bytes]:
    """Return the parts of a frame.

    >>> [len(part) for part in packed({}, b"!")]
    [8, 2, 1]
    """
    start = json.dumps(head).encode()
    return [_LENGTHS.pack(len(start), len(body)), start, body]


def write_frame(file: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    """Write a frame to a file."""
    file.writelines(packed(head, body))
    file.flush()


def read_frame(file: BinaryIO) -> Frame | None:
    """Return the next frame of a file; None at its end."""
    lengths = file.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    head, body = (file.read(length) for length in _LENGTHS.unpack(lengths))
    return json.loads(head), body


async def receive_frame(stream: asyncio.StreamReader) -> Frame:
    """Return the next frame of a stream.

    Raises:
        asyncio.IncompleteReadError: the stream ended before or in it.
    """
    lengths = _LENGTHS.unpack(await stream.readexactly(_LENGTHS.size))
    head, body = [await stream.readexactly(length) for length in lengths]
    return json.loads(head), body
