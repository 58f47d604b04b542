"""Seconds for one epoch of the chapter's experiment, beside what others need: one table.

    pip install '.[bench]' && python benchmarks/speed.py [--rounds 5] [--out benchmarks/speed]
    python benchmarks/speed.py --growth

Writes speed.md and speed.json. Every contender (contenders.py) lives in a process of its own and
has warmed up; then they take turns of at least a second, in epochs, each round with other weights
and other orders of examples, the same for all. What is right is counted after the first epoch of a
turn. Peak memory is that of the process, with the images in it.
--growth: how our engines' cost grows with hidden neurons, mini-batches and examples.
"""

from __future__ import annotations

import argparse
import functools
import importlib.metadata
import json
import multiprocessing
import os
import platform
import resource
import statistics
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import contenders
import numpy as np

import numerist
from numerist import engine, load_mnist
from numerist.network import Network

NETWORKS = ([784, 30, 10], [784, 100, 10])
M, ETA, EPOCHS = 10, 3.0, 30
TURN = 1.0  # seconds that a turn takes at least: one epoch, or the mean of several


def peak_memory() -> float:
    """Return MB."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1e3
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def work(name: str, sizes: list[int], pipe: Any) -> None:
    """The process of one contender: learns an epoch whenever it is sent a seed."""
    begun = time.perf_counter()
    try:
        contender = contenders.ALL[name](sizes, 0, M, ETA)
        n = len(contender.x)
        contender.start()
        contender.again(0)
        if name != contenders.Chapter.name:  # nothing to warm up there
            contender.epoch(np.random.default_rng(0).permutation(n))
    except ImportError as error:
        pipe.send(str(error))
        return
    pipe.send({"ready": time.perf_counter() - begun})
    while (seed := pipe.recv()) is not None:
        contender.again(seed)
        rng = np.random.default_rng(seed)
        times: list[float] = []
        right = 0
        while sum(times) < TURN:
            order = rng.permutation(n)
            begun = time.perf_counter()
            contender.epoch(order)
            times.append(time.perf_counter() - begun)
            right = right or contender.right()
        pipe.send({"seconds": statistics.mean(times), "right": right, "memory": peak_memory()})


def compare(sizes: list[int], rounds: int) -> dict[str, Any]:
    spawn = multiprocessing.get_context("spawn")
    workers, results = {}, {}
    for name in contenders.ALL:
        if name == contenders.Compiled.name and not engine.available():
            continue
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=work, args=(name, sizes, theirs))
        process.start()
        first = ours.recv()
        if isinstance(first, str):
            print(f"without {name}: {first}", file=sys.stderr)
            continue
        workers[name] = ours, process
        results[name] = {"ready": first["ready"], "seconds": [], "right": []}
        print(f"{sizes} {name}: ready after {first['ready']:.1f} s", file=sys.stderr, flush=True)
    for seed in range(rounds):
        for name, (pipe, _) in workers.items():
            time.sleep(0.3)  # until threads of the one before have gone to sleep
            pipe.send(seed)
            answer = pipe.recv()
            results[name]["seconds"].append(answer["seconds"])
            results[name]["right"].append(answer["right"])
            results[name]["memory"] = answer["memory"]
            print(f"{sizes} {name}: {answer}", file=sys.stderr, flush=True)
    for pipe, process in workers.values():
        pipe.send(None)
        process.join()
    return results


def operations(sizes: list[int], n: int, ink: float) -> float:
    """Return the floating-point operations of an epoch, a product and a sum counted as two.

    Each weight: forward, gradient, and one step a mini-batch; behind the first layer also backward.
    `ink` is the share of inputs that are not zero; the first layer's weights need no more of it.
    """
    total = 0.0
    for layer, (n_in, n_out) in enumerate(pairwise(sizes)):
        share = ink if layer == 0 else 1.0
        step = 2 * n_in * n_out / M * (1 if layer or ink == 1 else min(1.0, ink * M))
        total += 2 * n_in * n_out * share * (2 if layer == 0 else 3) + step
    return n * total


def peak_of_a_core() -> float:
    """Return the best GFLOP/s of a product of large float32 matrices in one thread."""
    from threadpoolctl import threadpool_limits

    a = np.random.default_rng(0).random((1536, 1536), np.float32)
    best = 0.0
    with threadpool_limits(1):
        for _ in range(12):
            begun = time.perf_counter()
            a @ a
            best = max(best, 2 * len(a) ** 3 / (time.perf_counter() - begun) / 1e9)
    return best


def _note(counts: list[int], _epoch: int, right: int | None, _total: int | None) -> None:
    counts.append(right or 0)


def thirty_epochs(sizes: list[int], name: str, rounds: int) -> dict[str, Any]:
    """Return seconds and results of the chapter's whole run, evaluation after each epoch."""
    mnist = load_mnist()
    seconds, last, best = [], [], []
    for seed in range(rounds):
        net = Network(sizes, seed=seed)
        counts: list[int] = []
        begun = time.perf_counter()
        net.SGD(
            mnist.training, EPOCHS, M, ETA, mnist.test, engine=name,
            on_epoch=functools.partial(_note, counts),
        )  # fmt: skip
        seconds.append(time.perf_counter() - begun)
        last.append(counts[-1])
        best.append(max(counts))
    print(f"{sizes} {name}, {EPOCHS} epochs: {seconds} {last}", file=sys.stderr, flush=True)
    return {"seconds": seconds, "right": last, "best": best}


def machine() -> dict[str, Any]:
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(": ")[1] for line in info.read_text().splitlines() if "model name" in line
        ]
        cpu = names[0] if names else cpu
    versions = {}
    for name in ("numpy", "torch", "jax", "scikit-learn"):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    loops: list[str] = []
    if engine.available():
        from numerist.engine import _loop

        loops = _loop.versions()[:1]
    return {
        "processor": cpu, "cores": os.cpu_count(), "load": os.getloadavg()[0],
        "python": platform.python_version(), "numerist": numerist.__version__, **versions,
        "loop": "".join(loops),
    }  # fmt: skip


def table(sizes: list[int], found: dict[str, Any], peak: float, ink: float) -> list[str]:
    n = len(load_mnist().training)
    dense, sparse = operations(sizes, n, 1.0) / 1e9, operations(sizes, n, ink) / 1e9
    results = found["epoch"]
    compiled = results.get(contenders.Compiled.name)
    needs = (
        f"An epoch needs {dense:.2f} GFLOP, or {sparse:.2f} without the inputs that are zero"
        f" ({1 - ink:.0%}). One core's measured peak: {peak:.0f} GFLOP/s in float32."
    )
    columns = (
        "| | epoch, s: median (min…max) | times the compiled | right of 10,000: median (min…max)"
        " | 30 epochs, s | peak memory, MB | ready after, s | share of peak: dense, needed |"
    )
    lines = [f"## {sizes}", "", needs, "", columns, "|---|---|---|---|---|---|---|---|"]
    for name, result in results.items():
        seconds, right = result["seconds"], result["right"]
        median = statistics.median(seconds)
        ratio = "–"
        if compiled:
            ratios = [a / b for a, b in zip(seconds, compiled["seconds"], strict=True)]
            ratio = f"{statistics.median(ratios):.1f} ({min(ratios):.1f}…{max(ratios):.1f})"
        whole = found["thirty"].get(name)
        thirty = f"{EPOCHS * median:.1f}"
        if whole:
            times = whole["seconds"]
            thirty = f"{statistics.median(times):.1f} ({min(times):.1f}…{max(times):.1f}) *"
        lines.append(
            f"| {name} | {median:.3f} ({min(seconds):.3f}…{max(seconds):.3f}) | {ratio}"
            f" | {statistics.median(right):.0f} ({min(right)}…{max(right)}) | {thirty}"
            f" | {result['memory']:.0f} | {result['ready']:.1f}"
            f" | {dense / median / peak:.1%}, {sparse / median / peak:.1%} |"
        )
    return [
        *lines,
        "",
        "\\* measured, with an evaluation after each epoch; the others: 30 medians.",
        "",
    ]


def seconds_an_epoch(sizes: list[int], data: Any, m: int, name: str, repeats: int = 3) -> float:
    net = Network(sizes, seed=0)
    ends = [time.perf_counter()]
    net.SGD(
        data, repeats + 1, m, 0.1, engine=name, on_epoch=lambda *_: ends.append(time.perf_counter())
    )
    times = [b - a for a, b in pairwise(ends[1:])]
    return statistics.median(times)


def more_examples(data: Any, n: int) -> Any:
    """Return n examples, those beyond the first 50,000 shifted by up to two pixels."""
    rng = np.random.default_rng(0)
    images = [data.images]
    while sum(map(len, images)) < n:
        images.append(np.roll(data.images, rng.integers(-2, 3, 2), axis=(1, 2)))
    labels = np.tile(data.labels, len(images))
    return numerist.Dataset(np.concatenate(images)[:n], labels[:n])


def growth(most: int) -> list[str]:
    data = load_mnist().training
    lines = [
        "# How cost grows",
        "",
        "Microseconds an example in one thread, medians of three epochs.",
        "",
    ]
    curves: list[tuple[str, list[tuple[str, list[int], Any, int]]]] = [
        ("hidden neurons (m = 10, 10,000 examples)",
         [(str(h), [784, h, 10], data[:10_000], 10) for h in (10, 30, 100, 300, 1000)]),
        ("mini-batch ([784, 30, 10], 50,000 examples)",
         [(str(m), [784, 30, 10], data, m) for m in (1, 3, 10, 30, 100, 300, 1000)]),
    ]  # fmt: skip
    for title, cases in curves:
        lines += [f"| {title} | NumPy engine | compiled engine | ratio |", "|---|---|---|---|"]
        for label, sizes, examples, m in cases:
            lines.append(growth_row(label, sizes, examples, m))
            print(lines[-1], file=sys.stderr, flush=True)
        lines.append("")
    lines += [
        "| examples ([784, 30, 10], m = 10) | NumPy engine | compiled engine | ratio |",
        "|---|---|---|---|",
    ]
    for n in (1_000, 10_000, 100_000, 1_000_000):
        if n <= most:
            lines.append(growth_row(f"{n:,}", [784, 30, 10], more_examples(data, n), 10))
            print(lines[-1], file=sys.stderr, flush=True)
    return [*lines, ""]


def growth_row(label: str, sizes: list[int], examples: Any, m: int) -> str:
    slow, fast = (
        seconds_an_epoch(sizes, examples, m, name) / len(examples) * 1e6
        for name in ("numpy", "compiled")
    )
    return f"| {label} | {slow:.2f} | {fast:.2f} | {slow / fast:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("speed"))
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--most", type=int, default=1_000_000, help="examples for --growth")
    arguments = parser.parse_args()
    about = machine()
    said = ", ".join(f"{key} {value}" for key, value in about.items())
    if arguments.growth:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1):  # two threads that wait for each other measure the neighbours
            lines = growth(arguments.most)
        text = [*lines, f"Measured with: {said}.", ""]
        arguments.out.with_name("growth.md").write_text("\n".join(text), encoding="utf-8")
        return
    rows = load_mnist().training.rows
    ink = float((rows != 0).mean())
    peak = peak_of_a_core()
    lines = [
        "# Seconds for one epoch",
        "",
        f"Measured with: {said}; {arguments.rounds} rounds.",
        "",
    ]
    found: dict[str, Any] = {"machine": about, "peak_gflops": peak, "share_not_zero": ink}
    for sizes in NETWORKS:
        one: dict[str, Any] = {"epoch": compare(sizes, arguments.rounds), "thirty": {}}
        for contender, name in ((contenders.NumPy, "numpy"), (contenders.Compiled, "compiled")):
            if contender.name in one["epoch"]:
                one["thirty"][contender.name] = thirty_epochs(sizes, name, arguments.rounds)
        one["operations"] = {"dense": operations(sizes, len(rows), 1.0),
                             "needed": operations(sizes, len(rows), ink)}  # fmt: skip
        found[str(sizes)] = one
        lines += table(sizes, one, peak, ink)
    arguments.out.with_suffix(".md").write_text("\n".join(lines), encoding="utf-8")
    arguments.out.with_suffix(".json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
