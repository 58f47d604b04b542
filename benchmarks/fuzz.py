"""Damaged and hostile files, thousands of each format: does anything escape?

    python benchmarks/fuzz.py --count 2000                       # numerist.reading.pages.open_pages
    python benchmarks/fuzz.py --count 20000 --workers 2 --target numerist:read
    python benchmarks/fuzz.py --formats pdf heic --seed 3

Small valid files of each format are made on the spot, mutated, and given as bytes to a function in
a worker process. A file counts as *read*, or as *named* when a `NumeristError` says why not. It
*escapes* when the worker dies (crash), takes more than `SECONDS` twice (hang), takes more than
`MEMORY` with its child processes (memory), or raises anything else (unnamed). Seconds are of
computing, in the worker and what it starts, so that a busy machine makes no hang; one that waits
without computing is ended after `PATIENCE` by the clock. Where computing can't be told (no /proc),
the clock counts. What escapes is kept
in `--keep`, named after its format, its fate, the seed and its number, and the exit status is 1.
Python warnings are counted and kept too, but are no escape. The same seed makes the same files.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import contextlib
import importlib
import io
import itertools
import multiprocessing
import os
import re
import struct
import sys
import threading
import time
import warnings
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw
from tqdm import tqdm

from numerist.errors import NumeristError, PictureError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECONDS = 5.0
PATIENCE = 600.0
MEMORY = 1 << 30
FATES = ("read", "named", "warned", "crash", "hang", "memory", "unnamed")
RNG = np.random.Generator


# Seeds: small valid files


def drawn(mode: str = "RGB", number: str = "504192", size: tuple[int, int] = (120, 60)) -> Any:
    image = Image.new("RGB", size, (230, 225, 210))
    ImageDraw.Draw(image).text((15, 12), number, fill=(20, 30, 90), font_size=24)
    if mode == "scan":  # black and white without dots in between
        return image.convert("L").point(lambda grey: 255 * (grey > 128)).convert("1")
    if mode == "I;16":
        return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    return image.convert(mode)


def encoded(kind: str, mode: str = "RGB", **how: Any) -> bytes:
    buffer = io.BytesIO()
    drawn(mode).save(buffer, kind, **how)
    return buffer.getvalue()


def with_exif() -> Any:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "A camera"
    return exif


def pngs() -> list[bytes]:
    plain = [encoded("PNG", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")]
    more = [drawn("RGB", "17"), drawn("RGB", "2026")]
    return [
        *plain,
        encoded("PNG", exif=with_exif()),
        encoded("PNG", save_all=True, append_images=more),
    ]


def jpegs() -> list[bytes]:
    return [
        encoded("JPEG", quality=80),
        encoded("JPEG", progressive=True),
        encoded("JPEG", "L", optimize=True),
        encoded("JPEG", "CMYK"),
        encoded("JPEG", exif=with_exif(), subsampling=0, restart_marker_rows=1),
        encoded("MPO", save_all=True, append_images=[drawn("RGB", "17")]),
    ]


def webps() -> list[bytes]:
    return [
        encoded("WEBP"),
        encoded("WEBP", "RGBA", lossless=True, exif=with_exif()),
        encoded("WEBP", save_all=True, append_images=[drawn("RGB", "17")]),
    ]


def bmps() -> list[bytes]:
    return [encoded("BMP", mode) for mode in ("1", "L", "P", "RGB", "RGBA")]


def gifs() -> list[bytes]:
    return [
        encoded("GIF", "P"),
        encoded("GIF", "L", transparency=230),
        encoded("GIF", "P", save_all=True, append_images=[drawn("P", "17"), drawn("P", "99")]),
    ]


def tiffs() -> list[bytes]:
    more = [drawn("L", "17"), drawn("RGB", "2026")]
    return [
        encoded("TIFF", save_all=True, append_images=more),
        encoded("TIFF", save_all=True, append_images=more, compression="tiff_lzw"),
        encoded("TIFF", compression="tiff_adobe_deflate", exif=with_exif()),
        encoded("TIFF", compression="jpeg"),
        encoded("TIFF", "1", compression="group4"),
        encoded("TIFF", "CMYK", compression="packbits"),
        encoded("TIFF", "I;16"),
        encoded("TIFF", "F"),
    ]


def heics() -> list[bytes]:
    import pillow_heif

    pillow_heif.register_heif_opener()
    return [
        encoded("HEIF"),
        encoded("HEIF", "RGBA", quality=-1),
        encoded("HEIF", "L", exif=with_exif()),
        encoded("HEIF", tile_size=32),
        encoded("HEIF", save_all=True, append_images=[drawn("RGB", "17")]),
    ]


def pdfs() -> list[bytes]:
    more = [drawn("L", "17"), drawn("scan", "2026")]
    return [
        encoded("PDF", save_all=True, append_images=more, resolution=200),
        encoded("PDF", "scan", resolution=200),
        written_pdf(lambda content: (b"", content)),
        written_pdf(lambda content: (b"/Filter/FlateDecode", zlib.compress(content))),
    ]


def written_pdf(packed: Callable[[bytes], tuple[bytes, bytes]]) -> bytes:
    """A page with text, lines, a form and an image, and a second one that is turned."""

    def stream(entries: bytes, content: bytes) -> bytes:
        filtering, content = packed(content)
        length = b"/Length %d" % len(content)
        return b"<<" + entries + filtering + length + b">>\nstream\n" + content + b"\nendstream"

    uses = b"/Resources<</Font<</T 6 0 R>>/XObject<</F 7 0 R/I 8 0 R>>>>"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 80 40]/Contents 5 0 R" + uses + b">>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 36 36]/Rotate 90/Contents 5 0 R" + uses + b">>",
        stream(b"", b"BT /T 10 Tf 8 24 Td (504192) Tj ET /F Do q 16 0 0 16 4 4 cm /I Do Q"),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        stream(b"/Type/XObject/Subtype/Form/BBox[0 0 40 40]", b"2 2 m 36 4 l S 4 4 3 3 re f"),
        stream(
            b"/Type/XObject/Subtype/Image/Width 8/Height 8"
            b"/BitsPerComponent 8/ColorSpace/DeviceGray",
            bytes(range(0, 256, 4)),
        ),
    ]
    content, places = b"%PDF-1.5\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    total = len(objects) + 1
    tail = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (total, len(content))
    return content + b"xref\n0 %d\n0000000000 65535 f \n%s" % (total, table) + tail


SEEDS: dict[str, Callable[[], list[bytes]]] = {
    "png": pngs,
    "jpeg": jpegs,
    "webp": webps,
    "bmp": bmps,
    "gif": gifs,
    "tiff": tiffs,
    "heic": heics,
    "pdf": pdfs,
}
PIECES = {  # where the parts of a format begin
    "png": rb"....(?:IHDR|IDAT|PLTE|tRNS|eXIf|acTL|fcTL|fdAT|IEND)",
    "jpeg": rb"\xff[\xc0-\xfe]",
    "webp": rb"(?:RIFF|VP8 |VP8L|VP8X|ANIM|ANMF|ALPH|EXIF)....",
    "gif": rb"[!,][\xf9\xff\xfe\x00]",
    "heic": rb"....(?:ftyp|meta|hdlr|pitm|iloc|iinf|infe|iprp|ipco|ipma|ispe|hvcC|iref|mdat|dimg)",
    "pdf": rb"\d+ 0 obj|stream|endstream|endobj|xref|trailer|/\w+",
}
EXTREMES = (0, 1, 2, 255, 256, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 10**6, 0x7FFFFFFF, 0xFFFFFFFF)


# Mutations


def flip(content: bytearray, rng: RNG, _: str) -> None:
    for place in rng.integers(0, len(content), rng.integers(1, 20)):
        content[place] ^= 1 << int(rng.integers(8))


def truncate(content: bytearray, rng: RNG, _: str) -> None:
    del content[int(rng.integers(1, len(content))) :]


def splice(content: bytearray, rng: RNG, _: str) -> None:
    start, place = rng.integers(0, len(content), 2)
    part = content[start : start + int(rng.integers(1, 200))]
    content[place : place + int(rng.integers(2) * len(part))] = part


def extreme(content: bytearray, rng: RNG, _: str) -> None:
    """Set what may be a length or a size, mostly near the start, to an extreme."""
    for _time in range(int(rng.integers(1, 4))):
        place = int(rng.integers(0, min(len(content), int(rng.choice([64, 256, 1 << 30])))))
        form = str(rng.choice(["<H", ">H", "<I", ">I"]))
        value = int(rng.choice(EXTREMES)) % (1 << 8 * struct.calcsize(form))
        content[place : place + struct.calcsize(form)] = struct.pack(form, value)


def fill(content: bytearray, rng: RNG, _: str) -> None:
    start = int(rng.integers(0, len(content)))
    end = min(len(content), start + int(rng.integers(1, 100)))
    content[start:end] = bytes([int(rng.choice([0, 255]))]) * (end - start)


def shuffle(content: bytearray, rng: RNG, kind: str) -> None:
    """Swap two parts, or leave one out, or double one."""
    starts = [
        found.start() for found in re.finditer(PIECES.get(kind, rb"(?!)"), content, re.DOTALL)
    ]
    if len(starts) < 3:
        starts = sorted(int(place) for place in rng.integers(0, len(content), 6))
    pieces = [content[a:b] for a, b in zip([0, *starts], [*starts, len(content)], strict=True)]
    first, second = (int(place) for place in rng.integers(1, len(pieces), 2))
    what = rng.integers(3)
    if what == 0:
        pieces[first], pieces[second] = pieces[second], pieces[first]
    elif what == 1:
        del pieces[first]
    else:
        pieces.insert(second, pieces[first] * int(rng.choice([1, 2, 50])))
    content[:] = b"".join(pieces)


def number(content: bytearray, rng: RNG, _: str) -> None:
    """Replace a number that is written out, as in PDF, by an extreme one."""
    found = list(re.finditer(rb"\d+", content))
    if found:
        one = found[int(rng.integers(len(found)))]
        content[one.start() : one.end()] = str(int(rng.choice([*EXTREMES, 10**7]))).encode()


MUTATIONS = (flip, truncate, splice, extreme, extreme, fill, shuffle, shuffle)


def mutated(content: bytes, rng: RNG, kind: str) -> bytes:
    changed = bytearray(content)
    ways = (*MUTATIONS, number, number, number) if kind == "pdf" else MUTATIONS
    for _ in range(int(rng.integers(1, 4))):
        ways[int(rng.integers(len(ways)))](changed, rng, kind)
        if len(changed) < 8:  # nothing left to change
            break
    return with_sums(bytes(changed)) if kind == "png" and rng.random() < 0.8 else bytes(changed)


def with_sums(content: bytes) -> bytes:
    """A PNG with the checksums put right, so that damage gets further than to them."""
    result, place = bytearray(content), 8
    while place + 12 <= len(content):
        end = place + 8 + int.from_bytes(content[place : place + 4], "big")
        if end + 4 > len(content):
            break
        result[end : end + 4] = struct.pack(">I", zlib.crc32(content[place + 4 : end]))
        place = end + 4
    return bytes(result)


# Workers


def pages(content: bytes) -> None:
    """Open every page; raise the first failure at the end."""
    from numerist.reading.pages import open_pages

    failures = [page for page in open_pages(content) if isinstance(page, PictureError)]
    if failures:
        raise failures[0]


def work(connection: Any, target: str) -> None:
    """Answer each file with its fate, and the most memory that it took here."""
    module, function = target.split(":")
    tried = getattr(importlib.import_module(module), function)
    while (content := connection.recv()) is not None:
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")  # Linux: forget the peak
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                tried(content)
                fate, said = "read", ""
            except NumeristError as error:
                fate, said = "named", str(error)
            except BaseException as error:  # noqa: BLE001
                fate, said = "unnamed", repr(error)
        if warned and fate != "unnamed":
            fate, said = "warned", str(warned[0].message)
        if memory("self", "VmHWM") > MEMORY:
            fate, said = "memory", f"{memory('self', 'VmHWM') >> 20} MiB"
        connection.send((fate, said))


def memory(process: int | str, field: str = "VmRSS") -> int:
    """Bytes of memory of a process; 0 where there is no telling."""
    with contextlib.suppress(OSError):
        status = Path(f"/proc/{process}/status").read_text()
        if found := re.search(rf"{field}:\s*(\d+) kB", status):
            return int(found[1]) * 1024
    return 0


def memory_of_all(process: int) -> int:
    """The same of a process and those that it has started.

    What several share counts once: a child is a copy of its parent until it begins by itself.
    """
    children = ""
    with contextlib.suppress(OSError):
        children = Path(f"/proc/{process}/task/{process}/children").read_text()
    all_of_it = memory(process)
    with contextlib.suppress(OSError):
        if children and (found := re.search(r"Pss:\s*(\d+) kB", rolled_up(process))):
            all_of_it = int(found[1]) * 1024
    return all_of_it + sum(memory_of_all(int(child)) for child in children.split())


def rolled_up(process: int) -> str:
    return Path(f"/proc/{process}/smaps_rollup").read_text()


def computed(process: int) -> float | None:
    """Seconds of computing of a process and all that it started; None where there is no telling."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return None
    own = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")  # with children that have ended
    return own + sum(computed(int(child)) or 0.0 for child in children)


class Worker:
    """A process that tries files, one after the other, and is replaced when it falls over."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.process: Any = None

    def start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self.process = context.Process(target=work, args=(other, self.target), daemon=True)
        self.process.start()
        other.close()
        self.tried(b"")  # imports what it needs, which counts for nobody

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.join()
            self.process = None

    def fate(self, content: bytes) -> tuple[str, str]:
        fate, said = self.tried(content)
        if fate == "hang":  # or was the machine busy?
            fate, said = self.tried(content)
        return fate, said

    def tried(self, content: bytes) -> tuple[str, str]:
        if self.process is None:
            self.start()
        fate = "crash", "the worker died"
        with contextlib.suppress(EOFError, OSError):
            self.connection.send(content)
            begun, before = time.monotonic(), computed(self.process.pid)
            while not self.connection.poll(0.02):
                took = waited = time.monotonic() - begun
                if before is not None and (now := computed(self.process.pid)) is not None:
                    took = now - before
                if (content and (took > SECONDS or waited > PATIENCE)) or waited > 2 * PATIENCE:
                    fate = "hang", f"{took:.1f} s of computing, {waited:.1f} s by the clock"
                    break
                if (used := memory_of_all(self.process.pid)) > MEMORY:
                    fate = "memory", f"{used >> 20} MiB"
                    break
            else:
                return tuple(self.connection.recv())
        self.stop()
        return fate


# The run


def files(kind: str, begin: int, count: int, seed: int) -> Iterator[tuple[int, bytes]]:
    seeds = SEEDS[kind]()
    for k in range(begin, begin + count):
        rng = np.random.default_rng([seed, list(SEEDS).index(kind), k])
        yield k, mutated(seeds[k % len(seeds)], rng, kind)


def run(kind: str, args: argparse.Namespace) -> collections.Counter[str]:
    """Try the files of a format; return how many met which fate."""
    fates: collections.Counter[str] = collections.Counter()
    local, workers = threading.local(), []

    def one(numbered: tuple[int, bytes]) -> tuple[int, bytes, str, str]:
        if not hasattr(local, "worker"):
            local.worker = Worker(args.target)
            workers.append(local.worker)
        return (*numbered, *local.worker.fate(numbered[1]))

    with concurrent.futures.ThreadPoolExecutor(args.workers) as pool:
        numbered = files(kind, args.begin, args.count, args.seed)
        bar = tqdm(total=args.count, desc=kind, mininterval=5, disable=args.quiet)
        while batch := list(itertools.islice(numbered, 50 * args.workers)):
            for k, content, fate, said in pool.map(one, batch):
                fates[fate] += 1
                bar.update()
                if fate not in ("read", "named"):
                    keep(args.keep, f"{kind}-{fate}-{args.seed}-{k}.{kind}", content, said)
        bar.close()
    for worker in workers:
        worker.stop()
    return fates


def keep(folder: Path, name: str, content: bytes, said: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    tqdm.write(f"{folder / name}: {said}")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--count", type=int, default=2000, help="files of each format")
    parser.add_argument("--formats", nargs="+", choices=list(SEEDS), default=list(SEEDS))
    parser.add_argument("--begin", type=int, default=0, help="the first one's number: to go on")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--target", default="fuzz:pages", help="module:function that takes bytes")
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"))
    parser.add_argument("--quiet", action="store_true")
    args = parser.parse_args()
    escaped = 0
    print("| " + " | ".join(("format", "files", *FATES, "seconds")) + " |")
    print("|---" * (len(FATES) + 3) + "|")
    for kind in args.formats:
        start = time.monotonic()
        fates = run(kind, args)
        counts = [fates[fate] for fate in FATES]
        escaped += sum(counts[3:])
        cells = [kind, args.count, *counts, round(time.monotonic() - start)]
        print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)
    return 1 if escaped else 0


if __name__ == "__main__":
    sys.exit(main())
