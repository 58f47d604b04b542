"""Learning from teachers: the vote is a mean, and it is what is learned."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from numerist.deep import checkpoint
from numerist.deep.export import plain_layers
from numerist.deep.recipe import RECIPES, Recipe
from numerist.deep.teachers import Vote
from numerist.deep.training import Training
from numerist.errors import CheckpointError, InputError
from numerist.model.layers import Dense, Plain, write_layers

if TYPE_CHECKING:
    from pathlib import Path

    from numerist.data import Mnist
    from numerist.model.layers import Layer

RECIPE = Recipe("mlp:30", epochs=4, batch=20, rate=0.5)


def written(path: Path, layers: list[Layer], classes: int = 10) -> Path:
    write_layers(
        path, layers, classes=[str(k) for k in range(classes)], knows_strangers=False,
        sharpness=1.0, normaliser="1", training_data={}, licence="", made_by="",
        rejection=[], accuracy={},
    )  # fmt: skip
    return path


def dense(seed: int, outputs: int = 10) -> Dense:
    rng = np.random.default_rng(seed)
    return Dense(
        rng.normal(0, 0.1, (outputs, 784)).astype(np.float32),
        rng.normal(size=outputs).astype(np.float32),
    )


def test_a_vote_is_the_mean_of_the_probabilities(tmp_path: Path) -> None:
    nets = [dense(1), dense(2)]
    files = [written(tmp_path / f"{k}.onnx", [Plain("flatten"), net]) for k, net in enumerate(nets)]
    images = np.random.default_rng(3).random((5, 1, 28, 28)).astype(np.float32)
    expected = np.zeros((5, 10))
    for net in nets:
        weights = net.weights.astype(np.float16)  # as the file has them
        powers = np.exp(images.reshape(5, 784) @ weights.astype(float).T + net.biases)
        expected += powers / powers.sum(axis=1, keepdims=True) / 2
    vote = Vote(files, 10)
    assert np.allclose(vote(torch.from_numpy(images)), expected, atol=2e-3)
    assert vote.digest != Vote(files[:1], 10).digest


def test_a_teacher_of_other_classes_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path / "t.onnx", [Plain("flatten"), dense(1, 4)], 4)
    with pytest.raises(InputError, match=r"t\.onnx.*11 outputs.*4"):
        Vote([file], 11)


@pytest.fixture(scope="module")
def teacher(mnist: Mnist, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that has learned from 2,000 digits."""
    training = Training(RECIPES["quick"], mnist.training[:2000], 10, seed=1)
    for _ in range(training.steps):
        training.take_step()
    file = tmp_path_factory.mktemp("teacher") / "teacher.onnx"
    return written(file, plain_layers(training.kept))


def test_a_student_answers_as_its_teacher_does(mnist: Mnist, teacher: Path) -> None:
    vote, unseen = Vote([teacher], 10), mnist.validation.images[:2000]
    told = vote(torch.from_numpy(unseen)[:, None])
    apart = []
    for teachers in (None, vote):
        recipe = dataclasses.replace(RECIPE, epochs=10)
        training = Training(recipe, mnist.training[:1000], 10, 2, teachers=teachers)
        for _ in range(training.steps):
            training.take_step()
        answers = training.logits(unseen).softmax(dim=1)
        apart.append(float((answers - told).abs().sum(dim=1).mean()))
    assert apart[1] < 0.9 * apart[0]


def test_the_loss_is_that_of_teacher_and_label_or_label_alone(mnist: Mnist, teacher: Path) -> None:
    vote = Vote([teacher], 10)
    digits = mnist.training[:100]
    labels = np.where(np.arange(100) % 3 == 0, (digits.labels + 1) % 10, digits.labels)
    digits = dataclasses.replace(digits, labels=labels)
    recipe = dataclasses.replace(RECIPE, smoothing=0.2, batch=100)
    training = Training(recipe, digits, 10, 2, teachers=vote)
    images, target = training.mini_batch(0)
    with torch.no_grad():
        scores = training.net(images[:, None]).double().numpy()
        told = vote(images[:, None]).double().numpy()
    logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    losses = []
    for row, answer, label in zip(logs, told, target.tolist(), strict=True):
        by_label = -(0.8 * row[label] + 0.02 * row.sum())
        trusted = 0.9 if answer.argmax() == label else 0.0
        losses.append((1 - trusted) * by_label - trusted * (answer * row).sum())
    assert 30 <= (told.argmax(axis=1) != target.numpy()).sum() <= 60  # both kinds are there
    assert training.take_step() == pytest.approx(np.mean(losses), rel=1e-5)


def test_a_run_goes_on_with_its_own_teachers_only(
    mnist: Mnist, teacher: Path, tmp_path: Path
) -> None:
    data = mnist.training[:100]
    taught = Training(RECIPE, data, 10, 2, teachers=Vote([teacher], 10))
    checkpoint.save(tmp_path / "c", taught, [])
    checkpoint.load(tmp_path / "c", Training(RECIPE, data, 10, 2, teachers=Vote([teacher], 10)))
    for other in (None, Vote([teacher, teacher], 10)):
        with pytest.raises(CheckpointError, match="teachers"):
            checkpoint.load(tmp_path / "c", Training(RECIPE, data, 10, 2, teachers=other))
