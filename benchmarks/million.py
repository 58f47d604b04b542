"""Reading by the million: many made pictures in one run, killed in the middle, and two against one.

    python benchmarks/million.py [--count 5000] [--kills 2] [--kind tar] [--jobs N]
    python benchmarks/million.py --speed [--count 600] [--rounds 3] [--processes 1 2 4]

Makes pictures of short numbers from MNIST's validation digits (seed 8, in a folder, a tar or a zip
below --folder, made once), reads them into a Parquet file, kills the whole group of processes by
SIGKILL at moments spread over the run, goes on with --resume, and looks at what is there: each
input once, numbered without gaps, nothing missing. The memory of all processes together is looked
at each second (proportional set size: shared pages count once), and written down with what had been
read by then, as a table beside the results. 100,000 pictures take 150 MB of --folder, and at 26 a
second an hour.

--speed: the same pictures by one process and by two (or others), one thread each, in turns; rates
from the first part to the last, that is without the start. Processor time, start included, tells on
a busy machine, too, whether more cost more than one.
"""

from __future__ import annotations

import argparse
import collections
import io
import itertools
import os
import resource
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
from PIL import Image

from numerist import load_mnist
from numerist.reading.strings import make_number

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 8
KINDS = ("folder", "tar", "zip")


def pictures(count: int) -> Iterator[tuple[str, bytes]]:
    """Small pictures of numbers of one to three digits; their names say what they say."""
    digits, rng = load_mnist().validation, np.random.default_rng(SEED)
    for k in range(count):
        made = make_number(digits, int(rng.integers(1, 4)), rng, height=(20, 26))
        buffer = io.BytesIO()
        Image.fromarray(made.picture).save(buffer, "PNG")
        yield f"{k // 1000:03}/{k:07}-{made.text}.png", buffer.getvalue()


def written(kind: str, count: int, folder: Path) -> Path:
    """Make the pictures, unless they are there."""
    path = folder / (f"{count}" if kind == "folder" else f"{count}.{kind}")
    if path.exists():
        return path
    part = path.with_name(f"part-{path.name}")
    if kind == "folder":
        for name, content in pictures(count):
            (part / name).parent.mkdir(parents=True, exist_ok=True)
            (part / name).write_bytes(content)
    elif kind == "tar":
        with tarfile.open(part, "w") as tar:
            for name, content in pictures(count):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
                tar.getmembers().clear()  # it would remember them all
    else:
        with zipfile.ZipFile(part, "w") as packed:
            for name, content in pictures(count):
                packed.writestr(name, content)
    return part.replace(path)


def names(source: Path) -> Iterator[str]:
    """Yield the names of the pictures, by other means than those that are tried."""
    if source.suffix == ".tar":
        with tarfile.open(source, "r|") as tar:
            for member in tar:
                tar.members.clear()  # type: ignore[attr-defined]  # as above
                yield member.name
    elif source.suffix == ".zip":
        with zipfile.ZipFile(source) as packed:
            yield from packed.namelist()
    else:
        yield from (str(path.relative_to(source)) for path in source.glob("*/*"))


def begun(source: Path, out: Path, jobs: int, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "numerist", "read", str(source), "--out", str(out)]
    return subprocess.Popen([*command, "--jobs", str(jobs), *more], start_new_session=True)  # noqa: S603


def memory(group: int) -> int:
    """Return the proportional set size of a group of processes, in MiB."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[2]) == group:
                lines = (stat.parent / "smaps_rollup").read_text().splitlines()
                total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except (OSError, IndexError, ValueError):
            continue
    return total // 1024


def parts(out: Path) -> list[Path]:
    return sorted(out.with_name(f"{out.name}.parts").glob("part-*.parquet"))


def inputs_done(out: Path) -> int:
    """Return how many inputs stand before the last part, as its name says."""
    there = parts(out)
    return int(there[-1].stem.partition("-")[2]) if there else 0


def run_with_kills(source: Path, out: Path, count: int, kills: int, jobs: int) -> list[int]:
    """Read it all, and return the memory by seconds."""
    rng = np.random.default_rng(SEED)
    moments = [(k + rng.uniform(1.2, 1.8)) * count / (kills + 1) for k in range(kills)]
    curve: list[int] = []
    start = time.monotonic()
    table = out.with_suffix(".memory.csv")
    table.write_text("seconds,MiB,inputs,run\n")
    for attempt in itertools.count():
        more = ["--resume"] if attempt else []
        process = begun(source, out, jobs, *more)
        while process.poll() is None:
            time.sleep(1)
            curve.append(memory(process.pid))
            with table.open("a") as file:
                seconds = time.monotonic() - start
                file.write(f"{seconds:.0f},{curve[-1]},{inputs_done(out)},{attempt + 1}\n")
            if moments and inputs_done(out) >= moments[0]:
                moments.pop(0)
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                now, there = time.monotonic() - start, len(parts(out))
                print(f"killed after {now:.0f} s: {inputs_done(out):,} inputs in {there} parts")
        if process.returncode in (0, 1):
            break
        if process.returncode != -signal.SIGKILL:
            sys.exit("the command failed")
    if moments:
        sys.exit("it was over before it could be killed so often: try more pictures")
    print(f"{count / (time.monotonic() - start):.1f} pictures a second, kills and all")
    return curve


def check(source: Path, out: Path, count: int) -> None:
    """Compare what there is with what there should be."""
    numbers = pq.read_table(out, columns=["input", "source", "text"])
    failures = pq.read_table(out.with_name(f"{out.stem}.failures.parquet"))
    pairs = {
        (number, name)
        for table in (numbers, failures)
        for number, name in zip(
            table["input"].to_pylist(), table["source"].to_pylist(), strict=True
        )
    }
    expected = collections.Counter(f"{source}/{name}" for name in names(source))
    found = collections.Counter(name for _, name in pairs)
    print(f"missing {(expected - found).total()}, twice {(found - expected).total()}, "
          f"failures {failures.num_rows}, rows {numbers.num_rows:,}")  # fmt: skip
    if found != expected or sorted(number for number, _ in pairs) != list(range(count)):
        sys.exit("that is wrong")
    texts: dict[str, str] = {}
    for name, text in zip(numbers["source"].to_pylist(), numbers["text"].to_pylist(), strict=True):
        texts[name] = texts.get(name, "") + (text or "")
    right = sum(name.rpartition("-")[2] == f"{text}.png" for name, text in texts.items())
    print(f"{right / count:.2%} say what they say")


def show(curve: list[int]) -> None:
    steps = np.array_split(np.array(curve), min(10, len(curve)))
    print("memory in MiB, mean of each tenth:", *(round(float(step.mean())) for step in steps))
    print("largest:", max(curve))


def processor_time() -> float:
    """Return the seconds that all processes which are over have computed."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def speed(source: Path, count: int, rounds: int, folder: Path, processes: list[int]) -> None:
    """Print pictures a second by so many processes, and how often that is what the first do."""
    rates: dict[int, list[float]] = {jobs: [] for jobs in processes}
    for number in range(rounds):
        for jobs in processes[:: 1 if number % 2 == 0 else -1]:
            out = folder / f"speed-{os.getpid()}-{number}-{jobs}.parquet"
            process = begun(source, out, jobs)
            marks: list[tuple[float, int]] = []
            spent = processor_time()
            while process.poll() is None:
                done = inputs_done(out)
                if done > (marks[-1][1] if marks else 0):
                    marks.append((time.perf_counter(), done))
                time.sleep(0.01)
            if process.returncode:
                sys.exit("the command failed")
            if len(marks) < 2:
                sys.exit("it was over too soon to tell a rate: try more pictures")
            (begin, before), (end, after) = marks[0], marks[-1]
            rates[jobs].append((after - before) / (end - begin))
            spent = 1000 * (processor_time() - spent) / count
            print(f"{jobs} at once: {rates[jobs][-1]:.1f} a second, {spent:.1f} ms of processor "
                  "time each")  # fmt: skip
    first = float(np.median(rates[processes[0]]))
    for jobs, found in rates.items():
        rate = float(np.median(found))
        print(f"{count} pictures, {jobs} at once: {rate:.1f} a second, {rate / first:.2f} times")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--kind", choices=KINDS, default="tar")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir(), "million"))
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    count = given.count or (600 if given.speed else 5000)
    source = written(given.kind, count, given.folder)
    if given.speed:
        speed(source, count, given.rounds, given.folder, given.processes)
        return
    out = given.folder / f"results-{os.getpid()}.parquet"
    curve = run_with_kills(source, out, count, given.kills, given.jobs)
    check(source, out, count)
    show(curve)


if __name__ == "__main__":
    main()
