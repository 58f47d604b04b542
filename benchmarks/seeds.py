"""The chapter's experiment over many seeds, and where bad runs lose their images.

    python benchmarks/seeds.py [--hidden 30 100] [--seeds 10] [--epochs 30]
                               [--cost quadratic] [--rate 3] [--engine numpy]

For each seed: the test images right after the last epoch, the best epoch on the way, and the digits
that it has lost: those of which it gets fewer than a tenth right, because their output neuron is
dead.
"""

from __future__ import annotations

import argparse
import statistics

from numerist import load_mnist, network


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--hidden", type=int, nargs="+", default=[30, 100])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--cost", default="quadratic")
    parser.add_argument("--engine", default="numpy")
    parser.add_argument("--rate", type=float, default=3.0)
    arguments = parser.parse_args()
    mnist = load_mnist()
    for hidden in arguments.hidden:
        last, best = [], []
        for seed in range(arguments.seeds):
            net = network.Network([784, hidden, 10], seed=seed, cost=arguments.cost)
            counts: list[int] = []
            net.SGD(
                mnist.training, arguments.epochs, 10, arguments.rate, mnist.test,
                engine=arguments.engine,
                on_epoch=lambda _, right, __: counts.append(right or 0),  # noqa: B023
            )  # fmt: skip
            answers = net.feedforward(mnist.test.rows.T).argmax(axis=0)
            right = [
                float((answers[mnist.test.labels == digit] == digit).mean()) for digit in range(10)
            ]
            lost = [digit for digit in range(10) if right[digit] < 0.1]
            last.append(counts[-1])
            best.append(max(counts))
            print(
                f"[784, {hidden}, 10] seed {seed}: epoch 0 {counts[0]}, best {best[-1]}, "
                f"last {last[-1]}; lost digits {lost or 'none'}",
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
