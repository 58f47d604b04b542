"""Seconds to 99 % of the test images: our quick recipe beside PyTorch's and Keras' own examples.

    pip install '.[train,bench]' && python benchmarks/to_99.py [--rounds 3]

The peers' networks, optimisers, rates, mini-batches and preparation of the images are those that
their documentation gives for MNIST (PyTorch: examples/mnist; Keras: "Simple MNIST convnet", here on
its JAX back end); the test images judge them after each epoch, and the clock stops at the first
epoch that ends at 99 % or better. Ours is the whole command `numerist train --model cnn`, which
stops after two epochs whatever it has reached. The clock starts with the process: imports, reading
MNIST from the cache and compilation count. Each has both cores; they take turns.
"""

from __future__ import annotations

import argparse
import itertools
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]

GOAL = 0.99
MOST = {"pytorch": 14, "keras": 15}  # epochs, as the examples have it


def images_and_labels() -> list[tuple[Array, Array]]:
    """Return all 60,000 images to learn from, and the test images."""
    from numerist import load_mnist

    mnist = load_mnist()
    first, more, test = mnist.training, mnist.validation, mnist.test
    images = np.concatenate([first.images, more.images])
    return [(images, np.concatenate([first.labels, more.labels])), (test.images, test.labels)]


def say(epoch: int, right: float) -> None:
    """Tell the parent how far it is."""
    print(f"epoch {epoch}: {right:.4f}", flush=True)


def pytorch(seed: int) -> None:
    """Two convolutions, dropout, two dense layers; Adadelta, mini-batches of 64."""
    import torch
    from torch import nn
    from torch.utils.data import DataLoader, TensorDataset

    def prepared(images: Array, labels: Array) -> TensorDataset:
        pixels = (torch.from_numpy(images)[:, None] - 0.1307) / 0.3081
        return TensorDataset(pixels, torch.from_numpy(labels).long())

    torch.manual_seed(seed)
    learn, judge = images_and_labels()
    train = DataLoader(prepared(*learn), batch_size=64, shuffle=True)
    test = DataLoader(prepared(*judge), batch_size=1000)
    net = nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Dropout(0.25), nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(128, 10),
    )  # fmt: skip
    optimiser = torch.optim.Adadelta(net.parameters(), lr=1.0)
    schedule = torch.optim.lr_scheduler.StepLR(optimiser, step_size=1, gamma=0.7)
    for epoch in range(1, MOST["pytorch"] + 1):
        net.train()
        for images, labels in train:
            optimiser.zero_grad()
            nn.functional.cross_entropy(net(images), labels).backward()
            optimiser.step()
        net.eval()
        with torch.no_grad():
            right = sum((net(x).argmax(dim=1) == y).sum().item() for x, y in test)
        say(epoch, right / len(judge[1]))
        schedule.step()


def keras(seed: int) -> None:
    """Two convolutions, each pooled, dropout, one dense layer; Adam, mini-batches of 128."""
    os.environ["KERAS_BACKEND"] = "jax"
    import keras as k

    k.utils.set_random_seed(seed)
    (images, labels), (test_images, test_labels) = (
        (images[..., None], np.eye(10)[labels]) for images, labels in images_and_labels()
    )
    net = k.Sequential([
        k.Input((28, 28, 1)),
        k.layers.Conv2D(32, 3, activation="relu"), k.layers.MaxPooling2D(2),
        k.layers.Conv2D(64, 3, activation="relu"), k.layers.MaxPooling2D(2),
        k.layers.Flatten(), k.layers.Dropout(0.5), k.layers.Dense(10, activation="softmax"),
    ])  # fmt: skip
    net.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])

    def judged(epoch: int, _: object) -> None:
        say(epoch + 1, net.evaluate(test_images, test_labels, verbose=0)[1])

    net.fit(
        images, labels, batch_size=128, epochs=MOST["keras"], validation_split=0.1, verbose=0,
        callbacks=[k.callbacks.LambdaCallback(on_epoch_end=judged)],
    )  # fmt: skip


def seconds_to_goal(name: str, seed: int, folder: Path) -> tuple[float, float, int]:
    """Return seconds, the share right and the epochs it took."""
    if name == "numerist":
        command = [
            sys.executable, "-m", "numerist", "train", "--model", "cnn", "--seed", str(seed),
            "--out", str(folder / "quick.onnx"),
        ]  # fmt: skip
    else:
        command = [sys.executable, __file__, "--contender", name, "--seed", str(seed)]
    begun = time.perf_counter()
    right, epoch = 0.0, 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        for line in process.stdout or ():
            if found := re.match(r"epoch (\d+): ([\d.]+)", line):
                epoch, right = int(found[1]), float(found[2])
                if right >= GOAL:
                    break
            elif found := re.match(r"([\d.]+)% of the 10000 test images", line):
                epoch, right = 2, float(found[1]) / 100
        if right >= GOAL and name != "numerist":
            seconds = time.perf_counter() - begun
            process.kill()
            return seconds, right, epoch
    return time.perf_counter() - begun, right, epoch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--contender", choices=["pytorch", "keras"], help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.contender:
        {"pytorch": pytorch, "keras": keras}[arguments.contender](arguments.seed)
        return
    found: dict[str, list[tuple[float, float, int]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        names = ("numerist", "pytorch", "keras")
        for seed, name in itertools.product(range(arguments.rounds), names):
            result = seconds_to_goal(name, seed, Path(folder))
            print(name, seed, result, file=sys.stderr, flush=True)
            found.setdefault(name, []).append(result)
    ours = [seconds for seconds, _, _ in found["numerist"]]
    print("| | seconds | times ours | test images right | epochs |\n|---|---|---|---|---|")
    for name, results in found.items():
        seconds, right, epochs = zip(*results, strict=True)
        times = [theirs / mine for theirs, mine in zip(seconds, ours, strict=True)]
        print(
            f"| {name} | {statistics.median(seconds):.1f} ({min(seconds):.1f}…{max(seconds):.1f})"
            f" | {statistics.median(times):.1f} ({min(times):.1f}…{max(times):.1f})"
            f" | {min(right):.2%}…{max(right):.2%} | {min(epochs)}…{max(epochs)} |"
        )


if __name__ == "__main__":
    main()
