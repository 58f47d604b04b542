"""Whatever is sent to the service, it answers or refuses: no 500, no malformed refusal.

    pip install '.[dev]' && python benchmarks/fuzz_service.py --count 2000 --examples 500

Two runs against `numerist serve`. First Schemathesis makes requests from the OpenAPI description,
right ones and wrong ones, and compares what comes back with what the description says. Then valid
bodies (pictures and PDFs as they are and in forms, images as JSON) are mutated as in `fuzz.py`, and
posted to both addresses. A body *fails* when the status is 500, when a 200 or a refusal is not what
the description says, when the reader met what it did not know (a 422 that says so), or when the
connection breaks. What fails is kept in --keep; the exit status is then 1. A process that dies or
is ended over a body is no failure, and counted.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import jsonschema  # type: ignore[import-untyped]
import numpy as np
from fuzz import SEEDS, mutated
from serve import serving
from tqdm import tqdm

if TYPE_CHECKING:
    from collections.abc import Iterator

BEARABLE = {200, 408, 413, 415, 422, 429, 503}
AT_ONCE = 4
Body = tuple[str, str, bytes]
"""Path, type, content."""


def form(name: str, content: bytes) -> bytes:
    head = f'--limit\r\nContent-Disposition: form-data; name="{name}"; filename="a"\r\n\r\n'
    return head.encode() + content + b"\r\n--limit--\r\n"


def originals() -> Iterator[tuple[str, Body]]:
    """Valid bodies by format."""
    limited = "multipart/form-data; boundary=limit"
    for kind, seeds in SEEDS.items():
        for content in seeds():
            whole = "application/pdf" if kind == "pdf" else f"image/{kind}"
            yield kind, ("/v1/read", whole, content)
            yield kind, ("/v1/read", limited, form("file", content))
            yield kind, ("/v1/digits", limited, form("files", content))
    image = np.zeros((28, 28), int)
    image[4:24, 13:15] = 255
    text = json.dumps({"images": [image.tolist()] * 2, "ink": 255})
    yield "json", ("/v1/digits", "application/json", text.encode())


def bodies(count: int, seed: int) -> Iterator[Body]:
    """So many mutated bodies of each format, the same for the same seed."""
    by_kind: dict[str, list[Body]] = collections.defaultdict(list)
    for kind, body in originals():
        by_kind[kind].append(body)
    for number, (kind, found) in enumerate(by_kind.items()):
        rng = np.random.default_rng([seed, number])
        for k in range(count):
            path, type_, content = found[k % len(found)]
            yield path, type_, mutated(content, rng, kind)


def wrong(response: httpx.Response, path: str, description: Any) -> str:
    """What is wrong with an answer; nothing if nothing is."""
    if response.status_code not in BEARABLE:
        return f"status {response.status_code}: {response.text[:200]}"
    if "breaks the reader" in response.text:
        return response.text
    responses = description["paths"][path]["post"]["responses"]
    schema = responses[str(response.status_code)]["content"]["application/json"]["schema"]
    try:
        jsonschema.validate(response.json(), {**schema, "components": description["components"]})
    except (ValueError, jsonschema.ValidationError) as error:
        return str(error)[:500]
    return ""


def kept(path: Path, content: bytes, said: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".body").write_bytes(content)
    path.with_suffix(".txt").write_text(said)


async def post_all(place: str, todo: list[Body], keep: Path) -> collections.Counter[str]:
    counts: collections.Counter[str] = collections.Counter()
    turn = iter(tqdm(todo, mininterval=5))
    async with httpx.AsyncClient(base_url=place, timeout=120) as client:
        description = (await client.get("/openapi.json")).json()

        async def some() -> None:
            for path, kind, content in turn:
                try:
                    headers = {"Content-Type": kind}
                    response = await client.post(path, content=content, headers=headers)
                    counts[f"{path} {response.status_code}"] += 1
                    fault = wrong(response, path, description)
                except httpx.HTTPError as error:
                    fault = repr(error)
                if fault:
                    counts["failed"] += 1
                    kept(keep / str(counts["failed"]), content, f"{path}\n{kind}\n{fault}\n")

        await asyncio.gather(*(some() for _ in range(AT_ONCE)))
        metrics = (await client.get("/metrics")).text
        for why, lost in re.findall(
            r'numerist_workers_lost_total\{why="(\w+)"\} ([\d.]+)', metrics
        ):
            counts[f"processes lost: {why}"] = int(float(lost))
    return counts


def described(place: str, examples: int, seed: int) -> int:
    """Let Schemathesis compare the service with its description; the exit status.

    Left out: that what fits the schemas is accepted. They can't say which patterns there are, and
    what parameters mean together.
    """
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "run", f"{place}/openapi.json"),
        *("--checks", "all", "--exclude-checks", "positive_data_acceptance"),
        *("-n", str(examples), "--seed", str(seed), "--continue-on-failure"),
        *("--request-timeout", "120", "--no-color"),
    ]
    return subprocess.run(command, check=False).returncode  # noqa: S603  (our own arguments)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=500, help="mutated bodies of each format")
    parser.add_argument("--examples", type=int, default=200, help="of Schemathesis")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("escaped"))
    given = parser.parse_args()
    with serving("numerist") as (port, _):
        place = f"http://127.0.0.1:{port}"
        status = described(place, given.examples, given.seed) if given.examples else 0
        todo = list(bodies(given.count, given.seed))
        counts = asyncio.run(post_all(place, todo, given.keep))
    for name, count in sorted(counts.items()):
        print(f"{name}: {count}")
    return 1 if status or counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
