"""`numerist read --out results.parquet`: tables of what was read."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from numerist.cli.read_job import lost
from numerist.cli.read_run import Account
from numerist.reading.bulk import cluster, table
from numerist.reading.bulk.chunks import Chunks, read_chunk
from numerist.reading.bulk.engine import on_processes
from numerist.reading.bulk.names import Names
from numerist.reading.bulk.parts import Parts, refuse_existing
from numerist.reading.output import printable
from numerist.reading.workers import cores

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from numerist.cli.read_inputs import Inputs
    from numerist.cli.read_job import Job
    from numerist.reading.bulk.chunks import Chunk, Input, Lost, Part

    Engine = Callable[[Chunks], Generator[Part]]


def write_table(
    out: Path,
    job: Job,
    inputs: Inputs,
    jobs: int | None,
    *,
    resume: bool,
    address: str | None = None,
) -> None:
    """Read inputs into the two tables of `numerist.reading.bulk.parts`.

    Args:
        out: the table of numbers.
        job: what to do with each input.
        inputs: what to read.
        jobs: processes at most; one for each core if not given.
        resume: go on with what is there.
        address: of the cluster that reads; this machine if not given.

    Raises:
        InputError: something is there, and nobody said that it is to be gone on with; pyarrow is
            not installed.
        NumeristError: the cluster can't be used.
    """
    table.schemas()  # or nothing can be written
    about = table.settled(job.settings)
    parts = Parts(out, about)
    run = _TableRun(parts)
    with _engine(address, job, about, jobs) as (engine, prepared), parts.writing():
        if not resume:
            refuse_existing(parts)
        there, first = _there(parts)
        failed_there = parts.failed()
        chunks = Chunks(map(prepared, inputs.found(there)), first)
        with contextlib.closing(engine(chunks)) as results:
            run.write_parts(results, chunks, inputs.count(there.total()))
    run.finish(already=there.total(), failed=failed_there)


def _there(parts: Parts) -> tuple[Names, int]:
    """Return the names of what has been read, and the number of the next input."""
    first = 0

    def names() -> Iterator[str]:
        nonlocal first
        for number, name in parts.inputs():
            first = max(first, number + 1)
            yield name

    there = Names(names())
    return there, first


@contextlib.contextmanager
def _engine(
    address: str | None, job: Job, about: str, jobs: int | None
) -> Iterator[tuple[Engine, Callable[[Input], Input]]]:
    """Give what reads chunks, and what is to be done to each input before."""
    failed = functools.partial(_failed, about)
    if address is None:
        begin = functools.partial(_begin, job, about)
        yield lambda chunks: on_processes(chunks, begin, jobs or cores(), failed), lambda one: one
        return
    path = job.settings.get("model")
    model = Path(path).read_bytes() if path is not None else None
    begin = functools.partial(_begin_elsewhere, job, about, model)
    with cluster.joined(address) as ray:
        yield (
            lambda chunks: cluster.on_cluster(ray, chunks, begin, jobs, failed),
            cluster.carried,
        )


def _begin(job: Job, about: str) -> Callable[[Chunk], Part]:
    """Return the function that reads a chunk, in a process of its own."""
    work = job.begin(alone=False)
    return functools.partial(read_chunk, work, functools.partial(table.encode, about))


def _begin_elsewhere(job: Job, about: str, model: bytes | None) -> Callable[[Chunk], Part]:
    """Return the same on a machine that does not have the file of the model, but its bytes."""
    if model is None:
        return _begin(job, about)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.onnx")
        path.write_bytes(model)
        return _begin(dataclasses.replace(job, settings={**job.settings, "model": path}), about)


def _failed(about: str, gone: Lost) -> Part:
    """Return the part of an input whose process died."""
    encode = functools.partial(table.encode, about)
    return read_chunk(lambda source: lost(source, gone.how), encode, gone.chunk)


class _TableRun(Account):
    """Writes parts as they come."""

    def __init__(self, parts: Parts) -> None:
        super().__init__("parquet", single=False, out=parts.out)
        self._parts = parts

    def write_parts(
        self, results: Iterator[Part], chunks: Chunks, count: Callable[[], int] | None
    ) -> None:
        """Write what comes, and the tables at the end; Ctrl-C ends it, and the parts stay."""
        self._interrupted = True
        with contextlib.suppress(KeyboardInterrupt), self.bar(count) as bar:
            for part in results:
                self._parts.write(part.first, part.content)
                self.note(part.count, part.failed, part.errors, part.error_count)
                chunks.learn(part)
                bar.update(part.count)
            self._parts.finish()
            self._interrupted = False

    def finish(self, already: int, failed: int) -> None:
        """Say what is to be said, and where it is."""
        if self._interrupted:
            self._out = self._parts.folder
        elif self._failed or failed:
            click.echo(f"What could not be read is in {printable(str(self._parts.failures))}")
        super().finish(already, failed)

    def _listed_in(self) -> Path | None:
        return self._out if self._interrupted else self._parts.failures
