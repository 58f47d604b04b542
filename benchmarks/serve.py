"""Requests a second and their latencies: the service beside the plainest way with the same model.

    pip install '.[serve]' && python benchmarks/serve.py [--seconds 5] [--connections 1 16 64]
    python benchmarks/serve.py --soak 200000
    python benchmarks/serve.py --overload 10

The plainest way is FastAPI with one Uvicorn, a `def` for each route, one request, one inference.
Both get the same bodies over loopback, made of MNIST's validation images: single digits as JSON,
and pictures of numbers of six digits. Each connection sends its next request when it has its
answer. The load is made by this process, which takes a part of the cores as well, the same for
both; with --rounds, the two take turns, and the table has medians.
Computing is the time on the processors for each request, of all threads and processes of the
service: what counts where others use the machine too.
--soak: so many requests from 16 connections, one in a hundred a picture; every half minute how many
have failed, and the resident memory of each process of the service.
--overload: so many times the load that 64 connections get answers to, from as many times as many
connections: what is answered and refused, how long both take, and whether all is well formed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import itertools
import json
import math
import os
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from numerist import load_mnist
from numerist.reading.strings import make_number

if TYPE_CHECKING:
    from collections.abc import Iterator

WARM = 0.5  # seconds
Answer = tuple[int, bytes, float]
"""Status, body, seconds."""


def plain(port: int) -> None:
    """The plainest service with the same model."""
    import uvicorn
    from fastapi import FastAPI, File
    from pydantic import BaseModel

    from numerist import load_model
    from numerist.reading import Reader

    app, model = FastAPI(), load_model()
    reader = Reader(model)

    class Digits(BaseModel):
        images: list[list[list[float]]]
        ink: int

    def digits(body: Digits) -> dict[str, Any]:
        answers, sure, probabilities = model.judge(np.array(body.images, np.float32) / body.ink)
        rows = zip(answers.tolist(), sure.tolist(), probabilities.tolist(), strict=True)
        return {
            "digits": [
                {"text": model.classes[answer], "confidence": confidence, "probabilities": row}
                for answer, confidence, row in rows
            ]
        }

    def read(file: bytes) -> dict[str, Any]:
        return reader.read(file).as_dict()

    digits.__annotations__["body"] = Digits
    read.__annotations__["file"] = bytes
    read.__defaults__ = (File(),)
    app.post("/v1/digits", response_model=None)(digits)
    app.post("/v1/read", response_model=None)(read)
    uvicorn.run(app, port=port, log_level="warning")


@contextlib.contextmanager
def serving(which: str) -> Iterator[tuple[int, int]]:
    """A service as a process of its own; gives its port and its process id."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = {
        "numerist": [sys.executable, "-m", "numerist", "serve", "--port", str(port)],
        "plain": [sys.executable, __file__, "--plain", str(port)],
    }[which]
    with subprocess.Popen(  # noqa: S603  (our own programs)
        command, stdout=subprocess.DEVNULL
    ) as process:
        try:
            for _ in range(600):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.1)
            yield port, process.pid
        finally:
            process.terminate()


def post(path: str, kind: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def digit_requests() -> list[bytes]:
    images = np.rint(load_mnist().validation.images[:200] * 255).astype(int)
    return [
        post(
            "/v1/digits",
            "application/json",
            json.dumps({"images": [image.tolist()], "ink": 255}).encode(),
        )
        for image in images
    ]


def picture_requests() -> list[bytes]:
    digits = load_mnist().validation
    rng = np.random.default_rng(0)
    requests = []
    for _ in range(40):
        number = make_number(digits, 6, rng, gap="close")
        file = io.BytesIO()
        Image.fromarray(number.picture).save(file, "PNG")
        body = (
            b'--limit\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n'
            b"Content-Type: image/png\r\n\r\n" + file.getvalue() + b"\r\n--limit--\r\n"
        )
        requests.append(post("/v1/read", "multipart/form-data; boundary=limit", body))
    return requests


async def one(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> tuple[int, bytes]:
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
    return int(head[9:12]), await reader.readexactly(length)


async def connection(
    port: int, requests: Iterator[bytes], until: float, times: list[float], failed: list[int]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (begun := time.perf_counter()) < until:
        status, _ = await one(reader, writer, next(requests))
        (times if status == 200 else failed).append(time.perf_counter() - begun)  # type: ignore[arg-type]
    writer.close()


async def load(
    at: tuple[int, int], requests: list[bytes], count: int, seconds: float
) -> dict[str, float]:
    port, pid = at
    turn = itertools.cycle(requests)
    for duration in (WARM, seconds):
        times: list[float] = []
        failed: list[int] = []
        before, begun = computed(pid), time.perf_counter()
        until = begun + duration
        await asyncio.gather(*(connection(port, turn, until, times, failed) for _ in range(count)))
        took = time.perf_counter() - begun
    p50, p95, p99 = np.percentile(times, [50, 95, 99]) * 1e3
    return {
        "answered": len(times),
        "rate": len(times) / took,
        "p50": p50,
        "p95": p95,
        "p99": p99,
        "failed": len(failed),
        "computed": (computed(pid) - before) / len(times) * 1e3,
    }


def computed(pid: int) -> float:
    """Seconds that a process and its children have computed, where the system tells."""
    try:
        own = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return float("nan")
    ticks = int(own[11]) + int(own[12])
    return ticks / os.sysconf("SC_CLK_TCK") + sum(computed(int(child)) for child in children)


def memory(pid: int) -> float:
    """Resident megabytes, where the system tells."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1e3
    return float("nan")


def family(pid: int) -> list[int]:
    """A process and all that it has started, where the system tells."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return [pid]
    return [pid, *(one for child in children for one in family(int(child)))]


def soak(count: int) -> None:
    digits, pictures = digit_requests(), picture_requests()
    mixed = [part for picture in pictures for part in (*digits[:99], picture)]
    print("| requests | failed | p99 ms | MB: service, and each process that reads |")
    print("|---|---|---|---|")
    with serving("numerist") as at:
        done = failed = 0
        while done < count:
            found = asyncio.run(load(at, mixed, 16, 30.0))
            done += round(found["answered"])
            failed += round(found["failed"])
            sizes = ", ".join(f"{memory(pid):.0f}" for pid in family(at[1]))
            print(f"| {done:,} | {failed} | {found['p99']:.0f} | {sizes} |", flush=True)


async def press(
    port: int, requests: Iterator[bytes], pace: float, seconds: float, answers: list[Answer]
) -> None:
    """Send a request every `pace` seconds, or later if there is no answer yet."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    start = time.perf_counter() + pace * np.random.default_rng().random()
    for number in range(math.ceil(seconds / pace)):
        await asyncio.sleep(max(start + number * pace - time.perf_counter(), 0))
        begun = time.perf_counter()
        if begun > start + seconds:
            break
        try:
            status, body = await one(reader, writer, next(requests))
        except (OSError, asyncio.IncompleteReadError):
            status, body = 0, b""
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        answers.append((status, body, time.perf_counter() - begun))
    writer.close()


async def pressed(
    port: int, requests: list[bytes], count: int, rate: float, seconds: float
) -> list[Answer]:
    """All answers that so many connections get, which together ask at a rate."""
    turn = itertools.cycle(requests)
    answers: list[Answer] = []
    pace = count / rate
    await asyncio.gather(*(press(port, turn, pace, seconds, answers) for _ in range(count)))
    return answers


def well_formed(status: int, body: bytes) -> bool:
    """Whether an answer is a reading, digits, or a refusal for want of room."""
    try:
        found = json.loads(body)
    except ValueError:
        return False
    if status == 200:
        return "digits" in found or "pages" in found
    return status == 429 and set(found["error"]) == {"code", "place", "expected", "found", "cure"}


def overload(times: int, seconds: float) -> None:
    count = times * 64
    print(
        "| requests | connections | sent a second | answered a second; from 64 | p50, p99 ms |"
        " refused | p50, p99, most ms | neither |"
    )
    print("|---|---|---|---|---|---|---|---|")
    with serving("numerist") as at:
        for kind, bodies in (("pictures", picture_requests()), ("digits", digit_requests())):
            usual = asyncio.run(load(at, bodies, 64, seconds))["rate"]
            begun = time.perf_counter()
            answers = asyncio.run(pressed(at[0], bodies, count, times * usual, seconds))
            took = time.perf_counter() - begun
            ok, refused = ([a[2] for a in answers if a[0] == status] for status in (200, 429))
            bad = sum(not well_formed(status, body) for status, body, _ in answers)
            p = [np.percentile(each or [np.nan], [50, 99, 100]) * 1e3 for each in (ok, refused)]
            print(
                f"| {kind} | {count} | {len(answers) / took:.0f} | {len(ok) / took:.0f};"
                f" {usual:.0f} | {p[0][0]:.0f}, {p[0][1]:.0f} | {len(refused)}"
                f" | {p[1][0]:.0f}, {p[1][1]:.0f}, {p[1][2]:.0f} | {bad} |",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16, 64])
    parser.add_argument("--kinds", nargs="+", default=["digits", "pictures"])
    parser.add_argument("--soak", type=int)
    parser.add_argument("--overload", type=int)
    parser.add_argument("--plain", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.plain:
        plain(given.plain)
    elif given.soak:
        soak(given.soak)
    elif given.overload:
        overload(given.overload, given.seconds)
    else:
        compare(given.kinds, given.seconds, given.rounds, given.connections)


def compare(kinds: list[str], seconds: float, rounds: int, connections: list[int]) -> None:
    bodies = {"digits": digit_requests(), "pictures": picture_requests()}
    print(
        "| requests | connections | service | a second | p50 ms | p95 ms | p99 ms | failed |"
        " computing ms each |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    with serving("numerist") as ours, serving("plain") as theirs:
        for kind, count in itertools.product(kinds, connections):
            found: dict[str, list[dict[str, float]]] = {"numerist": [], "plain": []}
            for _ in range(rounds):
                for name, at in (("numerist", ours), ("plain", theirs)):
                    found[name].append(asyncio.run(load(at, bodies[kind], count, seconds)))
            for name, rows in found.items():
                median = {key: statistics.median(row[key] for row in rows) for key in rows[0]}
                print(
                    f"| {kind} | {count} | {name} | {median['rate']:.0f} | {median['p50']:.1f} |"
                    f" {median['p95']:.1f} | {median['p99']:.1f} | {median['failed']:.0f} |"
                    f" {median['computed']:.2f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
