"""Seconds for one epoch of the chapter's experiment: `Network` with NumPy beside the chapter's way.

    python benchmarks/epoch.py [--rounds 5]

Both learn from the same 50,000 images in mini-batches of 10 with η = 3.0, from the same weights,
in turns; the medians of the rounds and their ratio are printed. `Network` turns the list of pairs
into matrices once a call, before the first epoch; the last column includes that. That both learn
the same is shown in tests/test_benchmarks.py.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from typing import TYPE_CHECKING, Any

import numpy as np

import numerist
from numerist import mnist_loader, network
from numerist.chapter.plain import PlainNetwork

if TYPE_CHECKING:
    from collections.abc import Callable


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def network_seconds(net: network.Network, pairs: Any) -> tuple[float, float]:
    """Return seconds for the whole call, and for its second epoch alone."""
    ends = [time.perf_counter()]
    net.SGD(pairs, 2, 10, 3.0, engine="numpy", on_epoch=lambda *_: ends.append(time.perf_counter()))
    return ends[1] - ends[0], ends[2] - ends[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    training_data, _, _ = mnist_loader.load_data_wrapper()
    print(f"numerist {numerist.__version__}, NumPy {np.__version__}, ", end="")
    print(f"Python {platform.python_version()}, {platform.machine()}, {rounds} rounds in turns\n")
    print(
        "| network | chapter's way, s | Network, s | ratio (min…max) | with preparing the list, s |"
    )
    print("|---|---|---|---|---|")
    for hidden in (30, 100):
        slow, fast, first = [], [], []
        for seed in range(rounds):
            net = network.Network([784, hidden, 10], seed=seed)
            plain = PlainNetwork(net.weights, net.biases)
            slow.append(seconds(lambda: plain.epoch(training_data, 10, 3.0, seed)))  # noqa: B023
            with_list, alone = network_seconds(net, training_data)
            fast.append(alone)
            first.append(with_list)
        ratios = [s / f for s, f in zip(slow, fast, strict=True)]
        print(
            f"| [784, {hidden}, 10] | {statistics.median(slow):.2f} | {statistics.median(fast):.2f}"
            f" | {statistics.median(ratios):.1f} ({min(ratios):.1f}…{max(ratios):.1f})"
            f" | {statistics.median(first):.2f} |"
        )


if __name__ == "__main__":
    main()
