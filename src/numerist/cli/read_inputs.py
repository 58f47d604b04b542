"""What `numerist read` is asked to read."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numerist.errors import PictureError
    from numerist.reading.bulk.names import Names
    from numerist.reading.source import Source


@dataclass(frozen=True, slots=True)
class Inputs:
    """The arguments and lists of one command.

    Attributes:
        sources: the arguments.
        lists: the lists.
        column: of the lists, if one was named.
    """

    sources: tuple[str, ...]
    lists: tuple[Path, ...] = ()
    column: str | None = None

    @property
    def single(self) -> bool:
        """Whether they stand for one file, whatever there is on this disk."""
        from numerist.cli.read_job import is_single

        return not self.lists and is_single(self.sources)

    def refuse_missing(self) -> None:
        """Raise now what would be raised after some work.

        Raises:
            InputError: there is no such list, or no such column in it; a package is missing.
        """
        from numerist.reading.bulk.extra import needed
        from numerist.reading.bulk.lists import listed
        from numerist.reading.source import is_url

        for path in self.lists:
            listed(path, self.column)
        for source in filter(is_url, self.sources):
            needed("fsspec", source)

    def found(self, there: Names | None) -> Iterator[Source | PictureError]:
        """Yield what is to be read, in order.

        Args:
            there: what has been read; it is taken out of there.
        """
        from numerist.reading.source import name_of
        from numerist.reading.sources import find_listed, find_sources

        for source in itertools.chain(find_sources(self.sources), find_listed(self._listed())):
            if there is None or not there.take(name_of(source)):
                yield source

    def count(self, already: int) -> Callable[[], int] | None:
        """Return what counts the inputs that are left; None where that takes too long."""
        from numerist.reading.source import is_archive, is_url

        def slow(source: str) -> bool:
            return source == "-" or is_url(source) or is_archive(source)

        if self.lists or any(map(slow, self.sources)):
            return None
        return lambda: sum(1 for _ in self.found(None)) - already

    def _listed(self) -> Iterator[str]:
        from numerist.reading.bulk.lists import listed

        return itertools.chain.from_iterable(listed(path, self.column) for path in self.lists)
