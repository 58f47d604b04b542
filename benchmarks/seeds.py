"""The chapter's experiment over many seeds, and where bad runs lose their images.

    python benchmarks/seeds.py [--hidden 30 100] [--seeds 10] [--epochs 30]

For each seed: the test images right after the last epoch, the best epoch on the way, and the digits
that the network never answers (an output neuron that has died), with what that costs.
"""

from __future__ import annotations

import argparse
import statistics

import numpy as np

from numerist import load_mnist, network


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--hidden", type=int, nargs="+", default=[30, 100])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=30)
    arguments = parser.parse_args()
    mnist = load_mnist()
    for hidden in arguments.hidden:
        last, best = [], []
        for seed in range(arguments.seeds):
            net = network.Network([784, hidden, 10], seed=seed)
            counts: list[int] = []
            net.SGD(
                mnist.training, arguments.epochs, 10, 3.0, mnist.test,
                on_epoch=lambda _, right, __: counts.append(right or 0),  # noqa: B023
            )  # fmt: skip
            answers = net.feedforward(mnist.test.rows.T).argmax(axis=0)
            silent = [digit for digit in range(10) if (answers == digit).sum() < 50]
            lost = int(np.isin(mnist.test.labels, silent).sum())
            last.append(counts[-1])
            best.append(max(counts))
            print(
                f"[784, {hidden}, 10] seed {seed}: epoch 0 {counts[0]}, best {best[-1]}, "
                f"last {last[-1]}; never answers {silent or 'none'} ({lost} images)",
                flush=True,
            )
        for name, values in (("last epoch", last), ("best epoch", best)):
            print(
                f"[784, {hidden}, 10] {name} over {len(values)} seeds: minimum {min(values)}, "
                f"median {statistics.median(values)}, maximum {max(values)}; "
                f"best of the first three {max(values[:3])}",
                flush=True,
            )


if __name__ == "__main__":
    main()
