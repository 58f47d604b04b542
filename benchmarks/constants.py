"""The constants that docs/scale.md stands on, measured on this machine; see `benchmarks/scale.py`.

    python benchmarks/constants.py [sums|table|elsewhere|start|tasks ...] [--address HOST:PORT]

    sums       seconds of a sum over 2 and 4 processes (Gloo): of 100 numbers, of all gradients
    table      bytes of a picture in the table; seconds to write a part, to merge one, to list
    elsewhere  seconds to open and read a small object of an S3 server on this machine
    start      seconds until a new process has read its first picture
    tasks      processor time of the asking process for a part that a Ray cluster reads (--address)

Each is the median of five rounds, with the least and the most. What only computes is told in
processor time, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import functools
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from million import pictures, processor_time, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from numerist.reading.bulk.chunks import Chunk, Lost, Part

ROUNDS = 5
PER_PART = 285  # pictures that a core reads in the three seconds of a part
START = """
from numerist.reading import Reader
from numerist.reading.sample import SAMPLE
Reader().read(SAMPLE)
"""


def told(name: str, values: list[float], unit: str, scale: float = 1) -> None:
    median, least, most = (scale * f(values) for f in (statistics.median, min, max))
    print(f"{name}: {median:.3g} {unit} ({least:.3g} to {most:.3g})", flush=True)


def timed(
    work: Callable[[], Any], times: int, clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """Return the seconds of one call, in each round."""
    found = []
    for _ in range(ROUNDS):
        begun = clock()
        for _ in range(times):
            work()
        found.append((clock() - begun) / times)
    return found


def add_up(rank: int, count: int, folder: str, sizes: dict[str, int]) -> None:
    """Be one of the processes; the first one tells."""
    import torch
    from torch import distributed

    torch.set_num_threads(1)
    meeting = f"file://{folder}/meeting"
    distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=count)
    for name, size in sizes.items():
        numbers = torch.zeros(size)
        distributed.all_reduce(numbers)
        values = timed(functools.partial(distributed.all_reduce, numbers), 100)
        if rank == 0:
            told(f"a sum of {name} ({size:,}), {count} processes", values, "ms", 1e3)
    distributed.destroy_process_group()


def sums() -> None:
    import torch

    from numerist.deep.architectures import build
    from numerist.deep.recipe import RECIPES

    sizes = {"few numbers": 100}
    for name in ("good", "best"):
        net = build(RECIPES[name].model, 10)
        sizes[f"the gradients of {name}"] = sum(part.numel() for part in net.parameters())
    for count in (2, 4):
        with tempfile.TemporaryDirectory() as folder:
            torch.multiprocessing.spawn(add_up, (count, folder, sizes), count)


@functools.cache
def readings() -> list[Any]:
    from numerist.reading import Reader

    reader = Reader()
    return [reader.read(content, f"scans.tar/{name}") for name, content in pictures(PER_PART)]


def part(first: int) -> bytes:
    """Return the bytes of a part of made pictures."""
    from numerist.reading.bulk import table

    return table.encode("", first, readings())


def table() -> None:
    from numerist.reading.bulk import cluster
    from numerist.reading.bulk.parts import Parts
    from numerist.reading.sources import find_sources

    size = len(part(0))
    print(f"a part of {PER_PART} pictures: {size:,} bytes, {size / PER_PART:.0f} a picture")
    told("encoding a picture", timed(lambda: part(0), 3, time.process_time), "µs", 1e6 / PER_PART)
    waiting, writing, merging = [], [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            parts = Parts(Path(folder, "out.parquet"), "")
            made = [(first, part(first)) for first in range(0, 50 * PER_PART, PER_PART)]
            begun, used = time.perf_counter(), time.process_time()
            for first, content in made:
                parts.write(first, content)
            waiting.append((time.perf_counter() - begun) / len(made))
            writing.append((time.process_time() - used) / len(made))
            used = time.process_time()
            parts.finish()
            merging.append((time.process_time() - used) / len(made))
    told("writing a part, until it is on the disk", waiting, "ms", 1e3)
    told("writing a part", writing, "ms", 1e3)
    told("merging a part at the end", merging, "ms", 1e3)
    with tempfile.TemporaryDirectory() as folder:
        source = written("tar", 2000, Path(folder))
        listing = timed(lambda: sum(1 for _ in find_sources([source])), 1, time.process_time)
        told("listing a picture of a tar file", listing, "µs", 1e6 / 2000)
        carried = timed(
            lambda: sum(1 for _ in map(cluster.carried, find_sources([source]))), 1,
            time.process_time,
        )  # fmt: skip
        told("listing and reading it, to be sent", carried, "µs", 1e6 / 2000)


def elsewhere() -> None:
    import boto3
    from moto.server import ThreadedMotoServer

    from numerist.reading.bulk.remote import Remote

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        os.environ["AWS_ENDPOINT_URL"] = f"http://{host}:{port}"
        os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
        os.environ["AWS_ACCESS_KEY_ID"] = os.environ["AWS_SECRET_ACCESS_KEY"] = "made-up"  # noqa: S105
        client = boto3.client("s3")
        client.create_bucket(Bucket="scans")
        client.put_object(Bucket="scans", Key="a.png", Body=next(pictures(1))[1])
        remote = Remote("s3://scans/a.png")
        fetching = timed(lambda: remote.fetch("a"), 20)
        told("an object elsewhere, server and all", fetching, "ms", 1e3)
    finally:
        server.stop()


def start() -> None:
    command = [sys.executable, "-c", START]
    starting = timed(lambda: subprocess.run(command, check=True), 1, processor_time)  # noqa: S603
    told("a process until its first picture is read", starting, "s of a core")


def at_once(content: bytes, chunk: Chunk) -> Part:
    """Take no time to read a chunk, so that only asking for it does."""
    from numerist.reading.bulk.chunks import Part

    return Part(chunk.first, len(chunk.sources), 0, (), 0, 1.0, content)


def begin(content: bytes) -> Callable[[Chunk], Part]:
    return functools.partial(at_once, content)


def never(lost: Lost) -> Part:
    raise RuntimeError(lost.how)


def tasks(address: str, count: int = 200) -> None:
    import constants  # this file, by the name that other machines find it by

    from numerist.reading.bulk import cluster
    from numerist.reading.bulk.chunks import Chunk
    from numerist.reading.source import Source

    content = part(0)
    sources = [Source(f"scans.tar/{name}", made) for name, made in pictures(PER_PART)]
    names = [Source(source.name, b"") for source in sources]
    with cluster.joined(address) as ray:
        for what, some in (("names", names), ("pictures", sources)):
            spent = []
            for _ in range(ROUNDS):
                chunks: Any = (Chunk(k * PER_PART, tuple(some)) for k in range(count))
                work = functools.partial(constants.begin, content)
                used = time.process_time()
                for _ in cluster.on_cluster(ray, chunks, work, None, never):
                    pass
                spent.append((time.process_time() - used) / count)
            told(f"a part of {PER_PART} {what} by a cluster", spent, "ms of who asks", 1e3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    what = {"sums": sums, "table": table, "elsewhere": elsewhere, "start": start}
    parser.add_argument("what", nargs="*", help=f"{', '.join(what)}, tasks")
    parser.add_argument("--address", default="auto")
    given = parser.parse_args()
    for name in given.what or what:
        if name == "tasks":
            tasks(given.address)
        else:
            what[name]()


if __name__ == "__main__":
    main()
