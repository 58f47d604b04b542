"""Training on many workers against one process: examples a second, start-up apart.

    python benchmarks/workers.py [--recipe quick|good|best] [--steps 200] [--rounds 5]
    python benchmarks/workers.py --cost [--steps 200]
    python benchmarks/workers.py --images

Each round runs all contenders, one after the other, each on MNIST's training images from new
weights (seed 3), one thread a process, float32:

    alone     one process, the plain training
    one       one worker: the same through the process group
    two       two workers that share each step
    four      four workers, on as many cores as there are
    whole     one process that normalises the whole mini-batch at once, instead of in groups
    apart     two plain trainings that know nothing of each other: what two cores can give at most

Timed are --steps steps after 20 others; examples are those of the mini-batches, of both trainings
for `apart`. A busy machine makes processes wait for each other's turn on a core; there processor
time tells how much more work two have together than one. The last lines are ratios within a round:
median, least, most.

--cost: processor time of a step with the recipe's groups over that with none, alternating.
--images: which share of a step's processor time goes into making its images, by recipe, one thread.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import time
from typing import TYPE_CHECKING

import torch
from torch import distributed

from numerist import load_mnist
from numerist.deep.recipe import RECIPES
from numerist.deep.shared_training import SharedTraining
from numerist.deep.training import Training
from numerist.deep.workers import Crew, shared_folder, work_together

if TYPE_CHECKING:
    from numerist.deep.recipe import Recipe

SEED = 3
WARM_UP = 20
CONTENDERS = {"alone": 1, "whole": 1, "one": 1, "two": 2, "four": 4, "apart": 2}
RATIOS = [
    ("one", "alone"), ("two", "alone"), ("two", "one"), ("four", "alone"), ("apart", "alone"),
    ("alone", "whole"),
]  # fmt: skip


def measure(crew: Crew, contender: str, recipe: Recipe, steps: int) -> None:
    """Be one of the processes; the first one writes how long the steps took."""
    kind = SharedTraining if contender in {"one", "two", "four"} else Training
    if contender == "whole":
        recipe = dataclasses.replace(recipe, group=0)
    training = kind(recipe, load_mnist().training, 10, SEED)
    for _ in range(WARM_UP):
        training.take_step()
    distributed.barrier()
    begun, worked = time.perf_counter(), time.process_time()
    for _ in range(steps):
        training.take_step()
    (crew.folder / f"worked-{crew.rank}").write_text(str(time.process_time() - worked))
    distributed.barrier()
    if crew.rank == 0:
        (crew.folder / "seconds").write_text(str(time.perf_counter() - begun))


def rate(contender: str, recipe: Recipe, steps: int) -> tuple[float, float]:
    """Return examples a second, and examples a second of processor time, of all processes."""
    count = CONTENDERS[contender]
    with shared_folder() as folder:
        work_together(Crew(count, folder, "cpu", 1), measure, contender, recipe, steps)
        seconds = float((folder / "seconds").read_text())
        worked = sum(float(file.read_text()) for file in folder.glob("worked-*"))
    examples = steps * recipe.batch * (count if contender == "apart" else 1)
    return examples / seconds, examples / worked


def share_of_images(name: str, steps: int = 10) -> float:
    """Return the processor time of making images, as a share of that of whole steps."""
    recipe = dataclasses.replace(RECIPES[name], precision="float32")
    training = Training(recipe, load_mnist().training, 10, SEED)
    training.take_step()
    begun = time.process_time()
    for step in range(steps):
        training.mini_batch(step)
    made = time.process_time()
    for _ in range(steps):
        training.take_step()
    return (made - begun) / (time.process_time() - made)


def cost_of_groups(name: str, steps: int) -> list[float]:
    """Return processor times of a step in groups, each over that of one without beside it."""
    recipe = dataclasses.replace(RECIPES[name], precision="float32")
    data = load_mnist().training
    trainings = [
        Training(dataclasses.replace(recipe, group=group), data, 10, SEED)
        for group in (recipe.group, 0)
    ]
    ratios = []
    for _ in range(steps):
        spent = []
        for training in trainings:
            begun = time.process_time()
            training.take_step()
            spent.append(time.process_time() - begun)
        ratios.append(spent[0] / spent[1])
    return ratios[1:]


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def compare(words: argparse.Namespace) -> None:
    """Let the contenders run in turns."""
    recipe = dataclasses.replace(RECIPES[words.recipe], precision="float32")
    print(f"{words.recipe}: {recipe.model}, {recipe.batch} a mini-batch; torch {torch.__version__}")
    rates: dict[str, list[float]] = {name: [] for name in words.contenders}
    work: dict[str, list[float]] = {name: [] for name in words.contenders}
    for number in range(words.rounds):
        for name in words.contenders:
            examples, of_processor = rate(name, recipe, words.steps)
            rates[name].append(examples)
            work[name].append(of_processor)
            print(
                f"round {number + 1}: {name:6} {examples:8.0f} a second, {of_processor:8.0f} a"
                " second of processor time",
                flush=True,
            )
    if work.keys() >= {"two", "alone"}:
        most = [2 * a / b for a, b in zip(work["two"], work["alone"], strict=True)]
        print(f"two / alone by processor time, if none ever waits: {spread(most)}")
    for name, values in rates.items():
        print(f"{name:6} {statistics.median(values):8.0f} a second")
    for above, below in RATIOS:
        if rates.keys() >= {above, below}:
            ratios = [a / b for a, b in zip(rates[above], rates[below], strict=True)]
            print(f"{above} / {below}: {spread(ratios)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", choices=("quick", "good", "best"), default="quick")
    parser.add_argument("--steps", type=int, default=200, help="an even number")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS,
                        default=[name for name in CONTENDERS if name != "four"])  # fmt: skip
    parser.add_argument("--images", action="store_true")
    parser.add_argument("--cost", action="store_true")
    words = parser.parse_args()
    torch.set_num_threads(1)
    if words.cost:
        for name in ("quick", "good", "best"):
            quarters = statistics.quantiles(cost_of_groups(name, words.steps))
            print(f"{name}: {quarters[1]:.3f} ({quarters[0]:.3f} to {quarters[2]:.3f})")
        return
    if words.images:
        for name in ("quick", "good", "best"):
            print(f"{name}: {share_of_images(name):.0%}")
        return
    compare(words)


if __name__ == "__main__":
    main()
