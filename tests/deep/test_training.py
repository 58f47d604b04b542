"""Training: it learns, it goes on to the bit, and its average is an average."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch.nn import functional

from numerist.data import Dataset
from numerist.deep import checkpoint
from numerist.deep.distortion import Distortion
from numerist.deep.recipe import MNIST_HANDS, RECIPES, Recipe
from numerist.deep.strangers import strangers
from numerist.deep.training import Training
from numerist.errors import DivergedError, InputError, ShapeError

if TYPE_CHECKING:
    from numerist.data import Mnist

QUICK = dataclasses.replace(RECIPES["quick"], batch=64)
EVERYTHING = Recipe(
    "deep-mlp:12,9", epochs=3, batch=10, rate=0.05, smoothing=0.1, average=0.9,
    distortion=MNIST_HANDS, strangers=0.3,
)  # fmt: skip
SOME = 64  # images, for the recipe above: 6 steps an epoch, 18 in all, 4 images left over


def taken(training: Training, steps: int) -> list[float]:
    return [training.take_step() for _ in range(steps)]


def everything(training: Training) -> list[torch.Tensor]:
    """All that the next step depends on, but for the data."""
    states = [training.net.state_dict(), training.kept.state_dict()]
    remembered = training.optimiser.state_dict()["state"]
    return [
        torch.tensor(training.step),
        *(tensor for state in states for tensor in state.values()),
        *(torch.as_tensor(value) for state in remembered.values() for value in state.values()),
    ]


def same_bits(first: Training, second: Training) -> bool:
    pairs = zip(everything(first), everything(second), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


# learning


def test_the_quick_recipe_learns_2000_digits(mnist: Mnist) -> None:
    training = Training(QUICK, mnist.training[:2000], 10, seed=1)
    before = training.right(mnist.validation[:2000])
    losses = taken(training, training.steps)
    assert training.step == training.steps == 2 * (2000 // 64)
    assert np.mean(losses[-10:]) < 0.5 * np.mean(losses[:5])
    assert before < 0.35 * 2000  # it knew nothing
    assert training.right(mnist.validation[:2000]) > 0.85 * 2000


@pytest.mark.parametrize("name", ["mlp:30", "deep-mlp:30,30"])
@pytest.mark.parametrize("optimiser", ["sgd", "adamw"])
def test_dense_networks_learn_with_either_optimiser(
    mnist: Mnist, name: str, optimiser: str
) -> None:
    rate = 0.1 if optimiser == "sgd" else 0.01
    recipe = Recipe(name, epochs=4, batch=20, rate=rate, optimiser=optimiser)
    training = Training(recipe, mnist.training[:1000], 10, seed=2)
    taken(training, training.steps)
    assert training.right(mnist.validation[:1000]) > 500  # 100 by chance


def test_strangers_become_the_last_answer(mnist: Mnist) -> None:
    recipe = dataclasses.replace(QUICK, strangers=0.5)
    training = Training(recipe, mnist.training[:2000], 10, seed=3)
    images, labels = training.mini_batch(0)
    assert images.shape == (96, 28, 28)
    assert labels[64:].tolist() == [10] * 32
    taken(training, training.steps)
    digits = torch.from_numpy(mnist.validation.images[:500])
    others = strangers(500, digits, torch.Generator().manual_seed(1))
    refused = [(training.logits(x).argmax(dim=1) == 10).float().mean() for x in (others, digits)]
    assert refused[0] > 0.6
    assert refused[1] < 0.2
    assert training.right(mnist.validation[:500]) > 350  # among the digits' own answers


def test_strangers_are_as_coarse_as_digits(mnist: Mnist) -> None:
    """Else large pixels would speak for a digit."""

    def roughness(coarse: float) -> float:
        recipe = dataclasses.replace(QUICK, strangers=1.0, distortion=Distortion(coarse=coarse))
        training = Training(recipe, mnist.training[:500], 10, seed=3)
        seen = [training.mini_batch(step)[0][64:] for step in range(10)]
        return float(torch.cat(seen).diff(n=2, dim=2).abs().mean())

    assert roughness(1.0) < 0.85 * roughness(0.0)


# one step, worked without the class


def test_a_step_is_pytorchs_own_nesterov_step_at_the_recipes_rate(mnist: Mnist) -> None:
    """Weights decay, biases do not; labels are smoothed; the rate is that of the schedule."""
    recipe = Recipe(
        "mlp:6", epochs=2, batch=8, rate=0.3, momentum=0.8, weight_decay=0.1, smoothing=0.2
    )
    training = Training(recipe, mnist.training[:40], 10, seed=4)
    weights = [p.detach().clone() for p in training.net.parameters()]
    speed = [torch.zeros_like(p) for p in weights]
    for step in range(4):
        images, labels = training.mini_batch(step)
        tracked = [w.clone().requires_grad_() for w in weights]
        hidden = torch.sigmoid(images.reshape(8, 784) @ tracked[0].T + tracked[1])
        log_p = functional.log_softmax(hidden @ tracked[2].T + tracked[3], dim=1)
        target = functional.one_hot(labels, 10) * 0.8 + 0.02
        loss = -(target * log_p).sum(dim=1).mean()
        gradients = torch.autograd.grad(loss, tracked)
        rate = recipe.rate_at(step / 10)
        for k, gradient in enumerate(gradients):
            decayed = gradient + (0.1 * weights[k] if weights[k].ndim > 1 else 0)
            speed[k] = decayed if step == 0 else 0.8 * speed[k] + decayed
            weights[k] = weights[k] - rate * (decayed + 0.8 * speed[k])
        assert training.take_step() == pytest.approx(loss.item(), rel=1e-5)
        for ours, plain in zip(training.net.parameters(), weights, strict=True):
            torch.testing.assert_close(ours.detach(), plain, atol=1e-5, rtol=1e-4)


# mini-batches


def test_an_epoch_shows_each_image_once_and_the_next_in_another_order(mnist: Mnist) -> None:
    recipe = Recipe("mlp:5", epochs=2, batch=10)
    data = mnist.training[:47]
    training = Training(recipe, data, 10, seed=5)
    assert training.steps_an_epoch == 4
    epochs = []
    for first in (0, 4):
        shown = torch.cat([training.mini_batch(first + k)[0] for k in range(4)])
        rows = [image.numpy().tobytes() for image in shown]
        assert len(set(rows)) == 40  # seven wait for another epoch
        assert set(rows) <= {image.tobytes() for image in data.images}
        epochs.append(rows)
    assert epochs[0] != epochs[1]
    for step in range(8):
        images, labels = training.mini_batch(step)
        for image, label in zip(images.numpy(), labels.tolist(), strict=True):
            at = (data.images == image).all(axis=(1, 2)).nonzero()[0]
            assert label in data.labels[at]


def test_a_mini_batch_depends_on_seed_and_step_alone(mnist: Mnist) -> None:
    one, other, third = (
        Training(EVERYTHING, mnist.training[:SOME], 10, seed) for seed in (6, 6, 7)
    )
    for step in (5, 0, 17, 5):
        expected, (images, labels) = one.mini_batch(step), other.mini_batch(step)
        assert torch.equal(expected[0], images)
        assert torch.equal(expected[1], labels)
        assert not torch.equal(images, third.mini_batch(step)[0])
    plain = dataclasses.replace(EVERYTHING, distortion=Distortion(), strangers=0.0)
    training = Training(plain, mnist.training[:SOME], 10, 6)
    assert not torch.equal(training.mini_batch(3)[0], one.mini_batch(3)[0][:10])


def test_no_example_comes_twice(mnist: Mnist) -> None:
    """The same ten digits, forty epochs long: each time in another form."""
    recipe = dataclasses.replace(EVERYTHING, epochs=40)
    training = Training(recipe, mnist.training[:10], 10, seed=7)
    shown = torch.cat([training.mini_batch(step)[0][:10] for step in range(40)])
    assert len({image.numpy().tobytes() for image in shown}) == 40 * 10


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
def test_the_stream_of_examples_takes_constant_memory(mnist: Mnist) -> None:
    """600 distorted mini-batches are 240 MB; none of it stays."""
    recipe = dataclasses.replace(
        EVERYTHING, batch=128, distortion=dataclasses.replace(MNIST_HANDS, variants=0.0),
        strangers=0.0,
    )  # fmt: skip
    training = Training(recipe, mnist.training[:512], 10, seed=8)

    def memory() -> float:
        """Of this process, MB."""
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

    for step in range(100):
        training.mini_batch(step)
    before = memory()
    for step in range(100, 700):
        training.mini_batch(step)
    assert memory() - before < 60


# the running average


def test_the_kept_network_is_the_running_average_of_all_there_were(mnist: Mnist) -> None:
    """A plain loop in float64; in the beginning the mean of the steps so far."""
    recipe = Recipe("deep-mlp:7", epochs=5, batch=8, rate=0.1, average=0.8)
    training = Training(recipe, mnist.training[:64], 10, seed=9)

    def now() -> dict[str, np.ndarray[Any, Any]]:
        state = training.net.state_dict()
        return {k: t.numpy().astype(np.float64) for k, t in state.items() if t.is_floating_point()}

    average = now()
    seen = 1
    for _ in range(20):
        training.take_step()
        seen += 1
        share = max(0.2, 1 / seen)
        average = {k: (1 - share) * average[k] + share * v for k, v in now().items()}
        kept = training.kept.state_dict()
        for name, expected in average.items():
            np.testing.assert_allclose(kept[name].numpy(), expected, atol=1e-5, rtol=1e-5)
    assert "2.running_mean" in average  # statistics of batch normalisation are among them
    assert not np.allclose(average["1.weight"], now()["1.weight"], atol=1e-4)


def test_without_an_average_the_last_weights_are_kept(mnist: Mnist) -> None:
    training = Training(QUICK, mnist.training[:100], 10, seed=1)
    assert training.kept is training.net


def test_logits_come_from_the_kept_network_and_change_nothing(mnist: Mnist) -> None:
    training = Training(EVERYTHING, mnist.training[:SOME], 10, seed=2)
    taken(training, 5)
    before = [tensor.clone() for tensor in everything(training)]
    images = torch.from_numpy(mnist.validation.images[:600])  # more than go in at once
    logits = training.logits(images)
    with torch.no_grad():
        expected = training.kept.eval()(images[:, None])
    torch.testing.assert_close(logits, expected, atol=1e-5, rtol=1e-5)
    assert all(torch.equal(a, b) for a, b in zip(before, everything(training), strict=True))
    right = (expected[:, :10].argmax(dim=1).numpy() == mnist.validation.labels[:600]).sum()
    assert training.right(mnist.validation[:600]) == right


# going on


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    stops=st.lists(st.integers(0, 18), min_size=1, max_size=3).map(sorted), seed=st.integers(0, 5)
)
def test_a_training_that_went_on_ends_with_the_same_bits(
    mnist: Mnist, tmp_path: Path, stops: list[int], seed: int
) -> None:
    data, path = mnist.training[:SOME], tmp_path / "run.ckpt"
    whole = Training(EVERYTHING, data, 10, seed)
    losses = taken(whole, whole.steps)
    part, seen = Training(EVERYTHING, data, 10, seed), []
    for stop in stops:
        seen += taken(part, stop - part.step)
        checkpoint.save(path, part, [{"step": stop}])
        part = Training(EVERYTHING, data, 10, seed)
        assert checkpoint.load(path, part) == [{"step": stop}]
        assert part.step == stop
    seen += taken(part, part.steps - part.step)
    assert seen == losses
    assert same_bits(part, whole)


@pytest.mark.parametrize("optimiser", ["sgd", "adamw"])
@pytest.mark.parametrize("model", ["cnn-small", "mlp:9"])
def test_going_on_with_every_kind_of_network_and_optimiser(
    mnist: Mnist, tmp_path: Path, model: str, optimiser: str
) -> None:
    recipe = dataclasses.replace(EVERYTHING, model=model, optimiser=optimiser, average=0.0)
    data, path = mnist.training[:SOME], tmp_path / "run.ckpt"
    whole, part = Training(recipe, data, 10, 3), Training(recipe, data, 10, 3)
    taken(whole, 12)
    taken(part, 7)
    checkpoint.save(path, part, [])
    part = Training(recipe, data, 10, 3)
    checkpoint.load(path, part)
    taken(part, 5)
    assert same_bits(part, whole)


def test_a_seed_repeats_a_run_and_pytorchs_own_randomness_is_left_alone(mnist: Mnist) -> None:
    nets = []
    for seed, global_seed in ((1, 10), (1, 20), (2, 10)):
        torch.manual_seed(global_seed)
        expected = torch.rand(3)
        torch.manual_seed(global_seed)
        training = Training(EVERYTHING, mnist.training[:SOME], 10, seed)
        taken(training, 4)
        assert torch.equal(torch.rand(3), expected)
        nets.append(training)
    assert same_bits(nets[0], nets[1])
    assert not same_bits(nets[0], nets[2])


# what goes wrong


def test_a_wild_rate_is_called_by_its_name(mnist: Mnist) -> None:
    recipe = Recipe("deep-mlp:8", epochs=5, batch=8, rate=1e30, warm_up=0)
    training = Training(recipe, mnist.training[:64], 10, seed=1)
    with pytest.raises(DivergedError, match="learning rate 1e\\+30 is too high") as caught:
        taken(training, training.steps)
    assert caught.value.place == f"step {training.step}"


def test_what_cant_be_learned_from_is_refused(mnist: Mnist) -> None:
    recipe = Recipe("mlp:5", epochs=1, batch=50)
    with pytest.raises(InputError, match="at least a mini-batch of 50, found 49"):
        Training(recipe, mnist.training[:49], 10, 1)
    Training(recipe, mnist.training[:50], 10, 1)
    small = Dataset(mnist.training.images[:50, :20], mnist.training.labels[:50])
    with pytest.raises(ShapeError, match="28×28 pixels, found 20×28"):
        Training(recipe, small, 10, 1)
    with pytest.raises(InputError, match="numbers below 9, the classes, found 9"):
        Training(recipe, mnist.training[:50], 9, 1)
    for seed in (-1, 1.5, 1 << 63, "1"):
        with pytest.raises(InputError, match="seed"):
            Training(recipe, mnist.training[:50], 10, seed)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="one of cnn-small"):
        Training(dataclasses.replace(recipe, model="cnn-huge"), mnist.training[:50], 10, 1)


def test_the_largest_seed_works(mnist: Mnist) -> None:
    training = Training(Recipe("mlp:5", 1, batch=8), mnist.training[:8], 10, (1 << 63) - 1)
    assert np.isfinite(training.take_step())


def test_the_datas_hash_tells_images_and_labels_apart(mnist: Mnist) -> None:
    recipe = Recipe("mlp:5", epochs=1, batch=8)
    data = mnist.training[:20]
    other = Dataset(data.images, data.labels[::-1].copy())
    hashes = {
        Training(recipe, part, 10, 1).data_hash for part in (data, other, data[:19], data[:20])
    }
    assert len(hashes) == 3
