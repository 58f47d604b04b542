"""Training on many workers: what one process would have learned, with each number of them."""

from __future__ import annotations

import dataclasses
import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch

from numerist.deep import checkpoint
from numerist.deep.export import plain_layers
from numerist.deep.recipe import MNIST_HANDS, Recipe
from numerist.deep.shared_training import parts_of, refuse_uneven
from numerist.deep.teachers import Vote
from numerist.deep.training import Training
from numerist.deep.workers import Crew, work_together
from numerist.errors import CheckpointError, InputError
from numerist.model.layers import write_layers

if TYPE_CHECKING:
    from numerist.data import Dataset, Mnist

SEED = 9  # as in crew_jobs
STEPS = 7  # more than an epoch, and no multiple of 2 or 3: workers' turns do not come out even
SOME = 150
GROUPS = 6  # of each mini-batch below; 2 and 3 workers can share them
CNN = Recipe(
    "cnn-small", epochs=2, batch=25, group=4, rate=0.05, smoothing=0.1, average=0.9,
    distortion=dataclasses.replace(MNIST_HANDS, coarse=0.1), strangers=0.3, neighbours=0.3,
)  # fmt: skip
PLAIN = Recipe("deep-mlp:12,9", epochs=2, batch=24, group=4, rate=0.01, optimiser="adamw")
TAUGHT = Recipe("deep-mlp:9", epochs=2, batch=24, group=4, rate=0.05, weight_decay=0.01)
ROUGH = dataclasses.replace(CNN, precision="bfloat16")
Made = dict[str, Any]


@pytest.fixture(scope="module")
def jobs() -> Any:
    """The functions that workers of tests do; processes started later find them as well."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parent / "jobs"))
        yield importlib.import_module("crew_jobs")


@pytest.fixture(scope="module")
def teacher(mnist: Mnist, tmp_path_factory: pytest.TempPathFactory) -> Path:
    training = Training(Recipe("mlp:8", 1, batch=16), mnist.training[:32], 10, 1)
    training.take_step()
    path = tmp_path_factory.mktemp("teacher") / "teacher.onnx"
    write_layers(
        path, plain_layers(training.kept), classes=[str(digit) for digit in range(10)],
        normaliser="1", training_data={}, licence="", made_by="", rejection=[], accuracy={},
    )  # fmt: skip
    return path


@pytest.fixture(scope="module")
def data(mnist: Mnist) -> Dataset:
    return mnist.training[:SOME]


@pytest.fixture(scope="module")
def cases(teacher: Path) -> dict[str, tuple[Recipe, list[Path]]]:
    return {
        "cnn": (CNN, []), "plain": (PLAIN, []), "taught": (TAUGHT, [teacher]), "rough": (ROUGH, []),
    }  # fmt: skip


@pytest.fixture(scope="module", params=[2, 3])
def shared(
    request: pytest.FixtureRequest,
    jobs: Any,
    cases: Any,
    data: Dataset,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[int, Path]:
    """How many workers, and the folder with what they made: each recipe, some steps long."""
    out, folder = tmp_path_factory.mktemp("out"), tmp_path_factory.mktemp("crew")
    work_together(Crew(request.param, folder, "cpu", 1), jobs.learn, cases, data, STEPS, out)
    return request.param, out


def begun(jobs: Any, case: tuple[Recipe, list[Path]], data: Dataset) -> Training:
    """A training that computes as those of the workers do."""
    recipe, files = case
    teachers = Vote(files, 10) if files else None
    training = Training(recipe, data, 10, SEED, teachers=teachers)
    if recipe.precision == "float32":
        jobs.compute_in_double(training)
    return training


def alone(
    jobs: Any, case: tuple[Recipe, list[Path]], data: Dataset
) -> tuple[Training, list[float]]:
    """The same steps in this process, by the class that knows of no workers."""
    training = begun(jobs, case, data)
    return training, [training.take_step() for _ in range(STEPS)]


def all_numbers(state: dict[str, torch.Tensor]) -> torch.Tensor:
    return torch.cat([tensor.flatten() for tensor in state.values() if tensor.is_floating_point()])


@pytest.mark.parametrize("name", ["cnn", "plain", "taught"])
def test_many_workers_learn_what_one_process_learns(
    shared: tuple[int, Path], jobs: Any, cases: Any, data: Dataset, name: str
) -> None:
    """Weights, averages, statistics, the optimiser's memory: the same but for rounding."""
    count, out = shared
    training, losses = alone(jobs, cases[name], data)
    state = torch.load(out / f"{name}-{count}-0.ckpt", weights_only=True)
    for part, net in (("net", training.net), ("kept", training.kept)):
        for key, expected in net.state_dict().items():
            torch.testing.assert_close(state[part][key], expected, rtol=1e-9, atol=1e-10)
    there = state["optimiser"]["state"]
    for weight, memory in training.optimiser.state_dict()["state"].items():
        for key, expected in memory.items():
            torch.testing.assert_close(there[weight][key], expected, rtol=1e-9, atol=1e-10)
    fresh = begun(jobs, cases[name], data)
    [noted] = checkpoint.load(out / f"{name}-{count}-0.ckpt", fresh)
    assert noted["losses"] == pytest.approx(losses, rel=1e-9)
    assert noted["right"] == fresh.right(data)


def test_in_bfloat16_the_rounding_is_seen_but_nothing_else(
    shared: tuple[int, Path], jobs: Any, cases: Any, data: Dataset
) -> None:
    """Eight bits: each number differs a little, all of them together hardly."""
    count, out = shared
    first = all_numbers(begun(jobs, cases["rough"], data).net.state_dict())
    training, losses = alone(jobs, cases["rough"], data)
    state = torch.load(out / f"rough-{count}-0.ckpt", weights_only=True)
    moved = all_numbers(training.net.state_dict()) - first
    moved_together = all_numbers(state["net"]) - first
    assert (moved - moved_together).norm() < 0.15 * moved.norm()
    noted = json.loads(state["history"])[0]["losses"]
    assert noted == pytest.approx(losses, rel=0.05)


@pytest.mark.parametrize("name", ["cnn", "plain", "taught", "rough"])
def test_all_workers_have_the_same_bits(shared: tuple[int, Path], name: str) -> None:
    count, out = shared
    states = [torch.load(out / f"{name}-{count}-{k}.ckpt", weights_only=True) for k in range(count)]
    for other in states[1:]:
        assert other["history"] == states[0]["history"]
        for part in ("net", "kept"):
            for key, expected in states[0][part].items():
                assert torch.equal(other[part][key], expected)


@pytest.mark.parametrize("name", ["cnn", "plain"])
def test_the_workers_parts_are_the_very_mini_batch_and_no_example_comes_twice(
    shared: tuple[int, Path], jobs: Any, cases: Any, data: Dataset, name: str
) -> None:
    count, out = shared
    training, _ = alone(jobs, cases[name], data)
    shown = [torch.load(out / f"{name}-{count}-{rank}.shown") for rank in range(count)]
    for step in range(STEPS):
        images, labels = training.mini_batch(step)
        parts = [of_one[step] for of_one in shown]
        assert torch.equal(torch.cat([part[0] for part in parts]), images)
        assert torch.equal(torch.cat([part[1] for part in parts]), labels)
        groups, each = images.tensor_split(GROUPS), GROUPS // count
        for rank, part in enumerate(parts):  # whole groups
            assert torch.equal(part[0], torch.cat(groups[rank * each : (rank + 1) * each]))
        for group in labels.tensor_split(GROUPS):  # each with its share of strangers
            strangers = int((group == 10).sum())
            assert strangers in ({1, 2} if name == "cnn" else {0})
    if name == "plain":
        epoch = torch.cat([part[step][0] for step in range(6) for part in shown])
        assert len({image.numpy().tobytes() for image in epoch}) == 6 * 24  # each once


def test_a_checkpoint_of_one_is_gone_on_with_by_two_and_that_of_two_by_one(
    jobs: Any, data: Dataset, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """One alone begins, two go on, and one alone loads what they have done."""
    whole, part, end = (Training(PLAIN, data, 10, 3) for _ in range(3))
    for training in (whole, part, end):
        jobs.compute_in_double(training)
    while whole.step < whole.steps:
        whole.take_step()
    path = tmp_path / "run.ckpt"
    for _ in range(3):
        part.take_step()
    checkpoint.save(path, part, [{"epoch": 1}])
    work_together(Crew(2, tmp_path_factory.mktemp("crew"), "cpu", 1), jobs.go_on, PLAIN, data, path)
    assert checkpoint.load(path, end) == [{"epoch": 1}]
    assert end.step == whole.step
    for key, expected in whole.net.state_dict().items():
        torch.testing.assert_close(end.net.state_dict()[key], expected, rtol=1e-9, atol=1e-10)


def test_another_number_of_threads_is_named_if_the_workers_are_as_many(
    data: Dataset, tmp_path: Path
) -> None:
    """As for one process; with other workers the bits differ anyway."""
    part, path = Training(PLAIN, data, 10, 3), tmp_path / "run.ckpt"
    checkpoint.save(path, part, [])
    content = torch.load(path, weights_only=True)
    run = json.loads(content["run"])
    for workers, refused in ((1, True), (2, False), (None, True)):
        there = {**run, "threads": 99, "workers": workers}
        if workers is None:  # as before there were workers
            del there["workers"]
        torch.save({**content, "run": json.dumps(there)}, path)
        if refused:
            with pytest.raises(CheckpointError, match="threads"):
                checkpoint.load(path, part)
        else:
            checkpoint.load(path, part)


def test_a_mini_batch_is_shared_by_groups_or_not_at_all() -> None:
    """154 images in four groups: of 39, 39, 38 and 38."""
    assert [parts_of(154, 4, workers) for workers in (1, 2, 4)] == [
        [154], [78, 76], [39, 39, 38, 38],
    ]  # fmt: skip
    recipe = Recipe("cnn", 1, batch=128, group=32)
    for workers in (1, 2, 4):
        refuse_uneven(workers, recipe)
    for workers in (3, 8):
        with pytest.raises(InputError, match=rf"one of 1, 2, 4, as .* found {workers}\. .*--group"):
            refuse_uneven(workers, recipe)
    with pytest.raises(InputError, match=r"one of 1, as a mini-batch of 128 .* in 1 of 128"):
        refuse_uneven(2, dataclasses.replace(recipe, group=0))


def test_the_way_of_one_process_without_groups_is_that_of_before(data: Dataset) -> None:
    """One group is PyTorch's own normalisation, to the bit; several are another way to learn."""
    nets = []
    for group in (0, 25, 4):
        training = Training(dataclasses.replace(CNN, group=group), data, 10, 3)
        training.take_step()
        nets.append(all_numbers(training.net.state_dict()))
    assert torch.equal(nets[0], nets[1])
    assert not torch.allclose(nets[0], nets[2], atol=1e-4)
