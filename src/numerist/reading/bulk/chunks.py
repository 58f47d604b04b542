"""The unit of work: some inputs, read one after the other, and the table that comes of them.

`read_chunk` needs nothing but its arguments, and gives the same for the same chunk however often
and wherever it runs; a chunk and what comes of it can be pickled. So any engine can do this work.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from numerist.errors import PictureError
from numerist.reading.output import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numerist.reading.output import Outcome
    from numerist.reading.source import Source

Input: TypeAlias = "Source | PictureError"

MOST_INPUTS = 1024  # of a chunk
_MOST_CARRIED = 32 << 20  # bytes of pictures that come with it
_SECONDS = 3.0  # that a chunk should take: so much is lost, times processes, when a run is killed
_MOST_ERRORS = 20  # messages that are kept to be shown


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some inputs.

    Attributes:
        first: the number of the first one, of all inputs.
        sources: what to read; a `PictureError` stands for what could not be found.
    """

    first: int
    sources: tuple[Input, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """What came of a chunk.

    Attributes:
        first: the number of its first input; `count`: how many inputs.
        failed: how many of them could not be read, or not wholly.
        errors: why, of the first ones; `error_count`: how many reasons there are.
        seconds: how long it took.
        content: the table, as the bytes of a file.
    """

    first: int
    count: int
    failed: int
    errors: tuple[str, ...]
    error_count: int
    seconds: float
    content: bytes


@dataclass(frozen=True, slots=True)
class Lost:
    """A chunk whose process died over it, and how."""

    chunk: Chunk
    how: str


def read_chunk(
    work: Callable[[Input], Outcome],
    encode: Callable[[int, Sequence[Outcome]], bytes],
    chunk: Chunk,
) -> Part:
    """Return what comes of a chunk.

    Args:
        work: makes an outcome of an input; what fails is one, too.
        encode: makes the bytes of a table of the number of the first input, and the outcomes.
        chunk: what to read.
    """
    begun = time.perf_counter()
    outcomes = [work(source) for source in chunk.sources]
    wrong = [errors(outcome) for outcome in outcomes]
    reasons = [reason for some in wrong for reason in some]
    return Part(
        first=chunk.first,
        count=len(outcomes),
        failed=sum(map(bool, wrong)),
        errors=tuple(reasons[:_MOST_ERRORS]),
        error_count=len(reasons),
        content=encode(chunk.first, outcomes),
        seconds=time.perf_counter() - begun,
    )


class Chunks:
    """Cuts inputs into chunks that take some seconds each.

    Args:
        sources: all inputs.
        first: the number of the first one.
    """

    def __init__(self, sources: Iterable[Input], first: int) -> None:
        self._sources, self._next = iter(sources), first
        self._size = 1

    def __iter__(self) -> Iterator[Chunk]:
        """Yield chunk after chunk, until there are no more inputs."""
        while some := self._some():
            yield Chunk(self._next, some)
            self._next += len(some)

    def learn(self, part: Part) -> None:
        """Make the next chunks longer or shorter, by how long one took."""
        fitting = round(_SECONDS * part.count / max(part.seconds, 1e-3))
        self._size = max(1, min(fitting, 2 * max(part.count, self._size), MOST_INPUTS))

    def _some(self) -> tuple[Input, ...]:
        some: list[Input] = []
        carried = 0
        for source in self._sources:
            some.append(source)
            if not isinstance(source, PictureError) and isinstance(source.picture, bytes):
                carried += len(source.picture)
            if len(some) >= self._size or carried >= _MOST_CARRIED:
                break
        return tuple(some)


def one_by_one(chunk: Chunk) -> Iterator[Chunk]:
    """Yield a chunk for each input of a chunk."""
    for number, source in enumerate(chunk.sources, start=chunk.first):
        yield Chunk(number, (source,))
