"""What training and reading would take on machines that nobody here has: a model of a few sums.

    python benchmarks/scale.py            the tables of docs/scale.md
    python benchmarks/scale.py --plot docs/scale.svg

Every constant says where it comes from: measured on two cores of this project's machine (by
`benchmarks/constants.py`, `workers.py` or `million.py`), or assumed. Prices are assumptions, too.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path

HOUR = 3600
BILLION = 10**9


@dataclass(frozen=True, slots=True)
class Link:
    """What joins workers.

    Attributes:
        latency: seconds until a message of no length is there.
        rate: bytes a second.
    """

    latency: float
    rate: float

    def ring(self, size: int, workers: int) -> float:
        """Return the seconds of a sum of `size` bytes over workers in a ring.

        Each passes on a part of the sum 2 (W - 1) times, and a part is a W-th of it.
        """
        return 2 * (workers - 1) * (self.latency + size / workers / self.rate)

    def tree(self, size: int, workers: int) -> float:
        """Return the seconds of the same where sums go up a tree and down again."""
        return 2 * math.ceil(math.log2(workers)) * (self.latency + size / self.rate)


@dataclass(frozen=True, slots=True)
class Training:
    """A network that many workers train, each with a part of every mini-batch.

    Attributes:
        example: seconds of a worker for one example, forwards and back.
        image: seconds of a core to make one distorted image.
        makers: cores that make images for one worker; 0 where the worker does it itself.
        gradient: bytes.
    """

    example: float
    image: float
    gradient: int
    makers: int = 0

    def step(
        self, batch: int, workers: int, link: Link, cores: int | None = None, *, tree: bool = False
    ) -> float:
        """Return the seconds of a step; of `cores` cores if they are fewer than workers."""
        if workers > batch:
            raise ValueError("a worker without an example")
        part = math.ceil(batch / workers)  # who has the largest part is waited for
        if self.makers:
            work = part * max(self.example, self.image / self.makers)  # at the same time
        else:
            work = part * (self.example + self.image)
        work *= max(1.0, workers / (cores or workers))
        if workers == 1:
            return work
        return work + (link.tree if tree else link.ring)(self.gradient, workers)

    def rate(
        self, batch: int, workers: int, link: Link, cores: int | None = None, *, tree: bool = False
    ) -> float:
        """Return examples a second."""
        return batch / self.step(batch, workers, link, cores, tree=tree)

    def best(self, batch: int, most: int, link: Link, *, tree: bool = False) -> int:
        """Return how many workers, at most `most`, make the shortest steps."""
        return min(
            range(1, min(batch, most) + 1), key=lambda w: self.step(batch, w, link, tree=tree)
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """Many pictures that many cores read, and one process gives out and writes down.

    Attributes:
        picture: seconds of a core for one picture; `wait`: seconds in which it waits for its bytes.
        size: bytes of one.
        start: seconds until a process reads its first one.
        list: seconds of the one process to find the next picture.
        part, task: seconds of it to write a part; to give it out and take it back.
        merge: seconds a part at the end.
        row: bytes of a picture in the table.
        seconds: that a part takes a core; `most`: pictures in it at most.
        carry: bytes a second that the one process can give out.
    """

    picture: float
    size: int
    start: float
    list: float
    part: float
    task: float
    merge: float
    row: int
    wait: float = 0.0
    seconds: float = 3.0
    most: int = 1024
    carry: float = math.inf

    @property
    def in_a_part(self) -> float:
        return max(1.0, min(self.most, self.seconds / (self.picture + self.wait)))

    @property
    def asking(self) -> float:
        """Seconds of the one process for a picture, while it is read."""
        return self.list + self.size / self.carry + (self.part + self.task) / self.in_a_part

    def rate(self, processes: int, cores: int | None = None) -> float:
        """Return pictures a second, start and end apart."""
        reading = min(processes / (self.picture + self.wait), (cores or processes) / self.picture)
        return min(reading, 1 / self.asking)

    def total(self, count: int, processes: int, commands: int = 1) -> float:
        """Return the seconds of all of it; by several commands, each with a share of both."""
        count, processes = math.ceil(count / commands), max(1, processes // commands)
        merging = count / self.in_a_part * self.merge
        return self.start + count / self.rate(processes) + merging

    @property
    def most_processes(self) -> int:
        """How many processes the one can keep busy."""
        return int((self.picture + self.wait) / self.asking)


# Measured on two cores, see docs/scale.md. `example` and `image`: 1 / the rate of one process, of
# which images are that share.
def _network(rate: float, images: float, parameters: int) -> Training:
    return Training((1 - images) / rate, images / rate, 4 * parameters)


GOOD_RATE, BEST_RATE = 4036, 775  # examples a second
GOOD = _network(GOOD_RATE, 0.25, 61_306)
BEST = _network(BEST_RATE, 0.11, 288_299)
HERE = Link(latency=0.73e-3, rate=1e9)  # Gloo between processes of one machine

# Small pictures of one to three digits, out of a tar file; `part`: a disk takes that long to say
# that a file is there for good (assumed; 1 ms at best here).
MERGE = 4.4e-3
PICTURES = Reading(
    picture=10.5e-3, size=722, start=0.7, list=45e-6, part=5e-3, task=5.2e-3, merge=MERGE, row=81
)

# What was measured with nothing beside it: docs/workers.md, docs/million.md; None: not yet.
CORES = 2
CHECKED: tuple[tuple[str, Training, dict[int, float | None]], ...] = (
    ("good", GOOD, {1: GOOD_RATE, 2: 6962}),
    ("best", BEST, {1: BEST_RATE, 2: 1298, 4: 1037}),
)
READ: dict[int, float | None] = {1: 96.7, 2: 178.3, 4: 175.0}

# Assumed, as of 2026-11-29: what can be rented, and how it is joined.
CORE_HOUR, GPU_HOUR = 0.04, 3.0  # dollars; a GPU comes with GPU_CORES
GPU_CORES = 16
ETHERNET = Link(latency=50e-6, rate=1.25e9)  # 10 Gbit/s between machines
GPUS = Link(latency=10e-6, rate=50e9)
GPU_EXAMPLE = 1e-5  # seconds: 79 million operations at 8 TFLOP/s, a few per cent of the peak
ANSWER = 30e-3  # seconds until an object store answers

READINGS = {
    "small, in tar files": PICTURES,
    "small, each an object": dataclasses.replace(  # asked for its size, then for itself
        PICTURES, wait=2 * ANSWER, size=0, list=ANSWER / 1000
    ),
    "A4 pages of 200 numbers, in tar files": dataclasses.replace(
        PICTURES, picture=2.6, size=500_000, carry=ETHERNET.rate, merge=222 / 285 * MERGE
    ),
}


def hours(seconds: float) -> str:
    return f"{seconds / HOUR:,.{0 if seconds > 10 * HOUR else 2}f}"


def dollars(seconds: float, machines: int, price: float) -> float:
    """Return what machines cost that are rented by the hour."""
    return seconds / HOUR * machines * price


def show_checks() -> None:
    """Examples or pictures a second on two cores, nothing beside it."""
    print("| | processes | the model | measured | off by |\n|---|---|---|---|---|")
    for name, network, measured in CHECKED:
        for count, found in measured.items():
            said = network.rate(128, count, HERE, CORES)
            print(row(f"training, {name}", count, said, found))
    for count, found in READ.items():
        print(row("reading", count, PICTURES.rate(count, CORES), found))


def row(name: str, count: int, said: float, found: float | None) -> str:
    if found is None:
        return f"| {name} | {count} | {said:,.0f} | not measured | |"
    return f"| {name} | {count} | {said:,.0f} | {found:,.0f} | {said / found - 1:+.0%} |"


def show_training() -> None:
    """A billion distorted examples of the recipe `best`."""
    print("| workers | mini-batch | sum | examples a second | hours | dollars | not computing |")
    print("|---|---|---|---|---|---|---|")
    slow = dataclasses.replace(BEST, example=GPU_EXAMPLE)
    fed = dataclasses.replace(slow, makers=GPU_CORES)
    for what, network, link, price, workers, batch, tree in (
        ("core", BEST, ETHERNET, CORE_HOUR, 1, 128, False),
        ("cores", BEST, ETHERNET, CORE_HOUR, 16, 128, False),
        ("cores", BEST, ETHERNET, CORE_HOUR, 128, 128, False),
        ("cores", BEST, ETHERNET, CORE_HOUR, 1000, 1024, False),
        ("cores", BEST, ETHERNET, CORE_HOUR, 1000, 1024, True),
        ("cores", BEST, ETHERNET, CORE_HOUR, 1000, 8192, False),
        ("cores", BEST, ETHERNET, CORE_HOUR, 1000, 8192, True),
        ("GPU that makes its images on one core", slow, GPUS, GPU_HOUR, 1, 1024, False),
        ("GPU", fed, GPUS, GPU_HOUR, 1, 1024, False),
        ("GPUs", fed, GPUS, GPU_HOUR, 8, 1024, False),
        ("GPUs", fed, GPUS, GPU_HOUR, 100, 1024, False),
        ("GPUs", fed, GPUS, GPU_HOUR, 100, 8192, False),
        ("GPUs", fed, GPUS, GPU_HOUR, 100, 8192, True),
    ):
        step = network.step(batch, workers, link, tree=tree)
        work = network.step(math.ceil(batch / workers), 1, link)
        seconds = BILLION / batch * step
        how = "" if workers == 1 else "tree" if tree else "ring"
        money = dollars(seconds, workers, price)
        print(f"| {workers:,} {what} | {batch:,} | {how} | {batch / step:,.0f} "
              f"| {hours(seconds)} | {money:,.0f} | {1 - work / step:.0%} |")  # fmt: skip


def show_reading() -> None:
    """A billion pictures."""
    print(
        "| pictures | cores | commands | a second | hours | dollars | cores that one keeps busy |"
    )
    print("|---|---|---|---|---|---|---|")
    for name, reading in READINGS.items():
        for cores, commands in ((2, 1), (100, 1), (1000, 1), (1000, 100)):
            seconds = reading.total(BILLION, cores, commands)
            rate, money = BILLION / seconds, dollars(seconds, cores, CORE_HOUR)
            print(f"| {name} | {cores:,} | {commands} | {rate:,.0f} | {hours(seconds)} "
                  f"| {money:,.0f} | {reading.most_processes:,} |")  # fmt: skip


def plot(path: Path) -> None:
    """Draw how much more machines bring."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "scale", "svg.fonttype": "none", "font.size": 8})
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
    counts = [2**k for k in range(11)]
    for batch, colour in ((128, "C0"), (1024, "C1"), (8192, "C2")):
        for tree in (False, True):
            some = [w for w in counts if w <= batch]
            rates = [BEST.rate(batch, w, ETHERNET, tree=tree) for w in some]
            (line,) = left.loglog(some, rates, "--" if tree else "-", color=colour)
            line.set_label(f"{batch:,} a mini-batch, {'tree' if tree else 'ring'}")
    left.set(xlabel="workers, one core each", ylabel="examples a second")
    for name, reading in READINGS.items():
        right.loglog(counts, [reading.rate(count) for count in counts], label=name)
    right.set(xlabel="cores", ylabel="pictures a second")
    for axes in (left, right):
        axes.legend(frameon=False, fontsize=7)
        axes.grid(alpha=0.3)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plot", type=Path, help="draw both curves into this file instead")
    given = parser.parse_args()
    if given.plot:
        plot(given.plot)
        return
    for show in (show_checks, show_training, show_reading):
        print(f"\n{(show.__doc__ or 'Predicted and measured.').splitlines()[0]}\n")
        show()


if __name__ == "__main__":
    main()
