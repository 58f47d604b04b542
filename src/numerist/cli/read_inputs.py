"""What `numerist read` is asked to read."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numerist.cli.read_job import Job
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

    def found(self, job: Job, there: Names | None) -> Iterator[Source | PictureError]:
        """Yield what is to be read, in order.

        Args:
            job: whose own pictures are left out where folders are looked through.
            there: what has been read; it is taken out of there.
        """
        from numerist.errors import PictureError
        from numerist.reading.source import name_of
        from numerist.reading.sources import find_listed, find_sources

        places = (job.annotate, job.explain)
        own = {place.path.resolve() for place in places if place and place.base}

        def is_drawn(source: Source | PictureError) -> bool:
            """Whether this very command may have drawn it."""
            picture = None if isinstance(source, PictureError) else source.picture
            return isinstance(picture, Path) and bool(own & set(picture.resolve().parents))

        seen = itertools.filterfalse(is_drawn, find_sources(self.sources))
        for source in itertools.chain(seen, find_listed(self._listed())):
            if there is None or not there.take(name_of(source)):
                yield source

    def count(self, job: Job, already: int) -> Callable[[], int] | None:
        """Return what counts the inputs that are left; None where that takes too long."""
        from numerist.reading.source import is_archive, is_url

        def slow(source: str) -> bool:
            return source == "-" or is_url(source) or is_archive(source)

        if self.lists or any(map(slow, self.sources)):
            return None
        return lambda: sum(1 for _ in self.found(job, None)) - already

    def _listed(self) -> Iterator[str]:
        from numerist.reading.bulk.lists import listed

        return itertools.chain.from_iterable(listed(path, self.column) for path in self.lists)
