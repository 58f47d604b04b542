"""Recognising digits: images a second, microseconds for one, memory, time to the first answer.

    pip install '.[train,bench]' && python benchmarks/recognition.py [--rounds 5]

Beside the shipped network through `Model`: the same network in PyTorch (eager), the chapter's
Network [784, 30, 10], and scikit-learn's support vector machine (RBF, learned from the first 5,000
images). Each lives in a process of its own; they take turns. All have both cores.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from speed import machine, peak_memory

from numerist import Network, load_mnist

if TYPE_CHECKING:
    from collections.abc import Callable

BATCH, SINGLES = 2000, 200


def shipped() -> Callable[[Any], Any]:
    from numerist import load_model

    return load_model().predict


def torch_eager() -> Callable[[Any], Any]:
    import torch

    from numerist.deep.export import trainable
    from numerist.model.layers import read_layers
    from numerist.model.runtime import SHIPPED

    layers = read_layers(SHIPPED)
    net = trainable(layers, len(layers[-1].biases)).eval()  # type: ignore[union-attr]

    def predict(images: Any) -> Any:
        with torch.inference_mode():
            return net(torch.from_numpy(images)[:, None])[:, :10].argmax(dim=1).numpy()

    return predict


def chapters_network() -> Callable[[Any], Any]:
    net = Network([784, 30, 10], seed=8)
    net.SGD(load_mnist().training, 10, 10, 3.0, on_epoch=lambda *_: None)
    return lambda images: net.feedforward(images.reshape(len(images), 784).T).argmax(axis=0)


def svm() -> Callable[[Any], Any]:
    from sklearn.svm import SVC

    learning = load_mnist().training[:5000]
    machine_ = SVC(gamma=0.02, C=5).fit(learning.rows, learning.labels)
    return lambda images: machine_.predict(images.reshape(len(images), 784))


CONTENDERS = {
    "numerist, the shipped network": shipped,
    "the same in PyTorch, eager": torch_eager,
    "numerist, Network [784, 30, 10]": chapters_network,
    "scikit-learn, SVC on 5,000 images": svm,
}
FIRST_ANSWER = {
    "numerist, the shipped network": "import numpy as np, numerist;"
    "print(numerist.load_model().predict(np.zeros((28, 28), np.float32)))",
    "the same in PyTorch, eager": "import torch; from torch import nn;"
    "print(nn.Sequential(nn.Flatten(), nn.Linear(784, 10))(torch.zeros(1, 28, 28)).argmax())",
}


def work(name: str, pipe: Any) -> None:
    try:
        predict = CONTENDERS[name]()
    except ImportError as error:
        pipe.send(str(error))
        return
    test = load_mnist().test
    predict(test.images[:BATCH])
    pipe.send(None)
    while pipe.recv():
        begun = time.perf_counter()
        answers = predict(test.images[:BATCH])
        batch = time.perf_counter() - begun
        begun = time.perf_counter()
        for k in range(SINGLES):
            predict(test.images[k : k + 1])
        single = (time.perf_counter() - begun) / SINGLES
        right = float((answers == test.labels[:BATCH]).mean())
        pipe.send((BATCH / batch, single * 1e6, right, peak_memory()))


def seconds_to_first_answer(code: str) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return time.perf_counter() - begun


def spread(values: list[float], form: str) -> str:
    return f"{statistics.median(values):{form}} ({min(values):{form}}…{max(values):{form}})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    spawn = multiprocessing.get_context("spawn")
    pipes: dict[str, Any] = {}
    found: dict[str, list[Any]] = {}
    for name in CONTENDERS:
        ours, theirs = spawn.Pipe()
        spawn.Process(target=work, args=(name, theirs), daemon=True).start()
        if missing := ours.recv():
            print(f"without {name}: {missing}", file=sys.stderr)
            continue
        pipes[name], found[name] = ours, []
    first: dict[str, list[float]] = {name: [] for name in FIRST_ANSWER}
    for _ in range(rounds):
        for name, pipe in pipes.items():
            pipe.send(True)
            found[name].append(pipe.recv())
        for name, code in FIRST_ANSWER.items():
            first[name].append(seconds_to_first_answer(code))
    for pipe in pipes.values():
        pipe.send(False)
    said = ", ".join(f"{key} {value}" for key, value in machine().items())
    print(f"Measured with: {said}; {rounds} rounds, median (min…max).\n")
    print(f"| | images/s, {BATCH} at once | µs for one | peak MB | first answer, s | right |")
    print("|---|---|---|---|---|---|")
    for name, results in found.items():
        rates, singles, right, memory = zip(*results, strict=True)
        began = spread(first[name], ".2f") if name in first else "–"
        print(
            f"| {name} | {spread(list(rates), ',.0f')} | {spread(list(singles), ',.0f')}"
            f" | {max(memory):.0f} | {began} | {right[0]:.2%} |"
        )


if __name__ == "__main__":
    main()
