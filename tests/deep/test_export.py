"""From PyTorch to the model file: the same answers, without PyTorch."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

from numerist import load_model
from numerist.deep.architectures import ARCHITECTURES, build
from numerist.deep.export import plain_layers, trainable
from numerist.deep.recipe import RECIPES
from numerist.deep.training import Training
from numerist.errors import InputError
from numerist.model.layers import Convolution, Dense, read_layers, write_layers

if TYPE_CHECKING:
    from pathlib import Path

    from numerist.data import Mnist

CLASSES = [str(digit) for digit in range(10)]
HALF = 2e-3  # float16 holds eleven bits; probabilities move by this much at most


def lively(name: str, digits: torch.Tensor) -> nn.Sequential:
    """A new network whose normalisations have seen digits, and which tells one from another."""
    torch.manual_seed(3)
    net = build(name, 10)
    generator = torch.Generator().manual_seed(4)
    for layer in net:
        if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            layer.momentum = None  # the mean over all that is seen
            n = layer.num_features
            layer.weight.data = 0.5 + torch.rand(n, generator=generator)
            layer.bias.data = 0.3 * torch.randn(n, generator=generator)
    last = net[-1]
    assert isinstance(last, nn.Linear)
    with torch.no_grad():
        net.train()(digits[:, None])
        if name != "mlp":
            last.weight *= 10
    return net.eval()


def pytorchs(net: nn.Sequential, images: torch.Tensor) -> np.ndarray:
    with torch.no_grad():
        return np.asarray(torch.softmax(net(images[:, None]), dim=1))


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_gives_pytorchs_probabilities(
    tmp_path: Path, digits: torch.Tensor, name: str
) -> None:
    net = lively(name, digits[:200])
    write_layers(tmp_path / "model.onnx", plain_layers(net), classes=CLASSES)
    found = load_model(tmp_path / "model.onnx").probabilities(digits[:200].numpy())
    expected = pytorchs(net, digits[:200])
    np.testing.assert_allclose(found, expected, atol=5 * HALF)  # logits are large
    assert np.ptp(expected, axis=0).max() > 100 * HALF  # the digits make a difference


@pytest.mark.parametrize("strangers", [0.0, 0.3])
def test_a_network_that_learned_answers_alike_in_its_file(
    tmp_path: Path, mnist: Mnist, strangers: float
) -> None:
    recipe = dataclasses.replace(RECIPES["quick"], batch=64, average=0.9, strangers=strangers)
    training = Training(recipe, mnist.training[:2000], 10, seed=1)
    for _ in range(training.steps):
        training.take_step()
    path, images = tmp_path / "model.onnx", mnist.validation.images[:1000]
    write_layers(
        path, plain_layers(training.kept), classes=CLASSES, knows_strangers=bool(strangers)
    )
    of_all = torch.softmax(training.logits(images), dim=1).numpy()
    known = of_all[:, :10].sum(axis=1)
    expected = of_all[:, :10] / known[:, None]
    model = load_model(path)
    np.testing.assert_allclose(model.probabilities(images), expected, atol=HALF)
    agree = model.predict(images) == expected.argmax(axis=1)
    ranked = np.sort(expected, axis=1)
    assert (agree | (ranked[:, -1] - ranked[:, -2] < 2 * HALF)).all()
    assert agree.mean() > 0.998
    assert (model.predict(images) == mnist.validation.labels[:1000]).mean() > 0.8
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    assert names == ["probabilities", *(["known"] if strangers else [])]
    if strangers:
        found = session.run(["known"], {"images": images})[0]
        np.testing.assert_allclose(found, known, atol=HALF)


def test_normalisation_is_folded_as_on_paper() -> None:
    """y = (w·x + b − μ) · γ/√(σ² + ε) + β, with numbers that come out even."""
    norm = nn.BatchNorm1d(2, eps=0.0)
    for tensor, values in (
        (norm.weight, [6.0, 1.0]), (norm.bias, [0.5, -1.0]),
        (norm.running_mean, [1.0, 0.0]), (norm.running_var, [4.0, 0.25]),
    ):  # fmt: skip
        assert tensor is not None
        tensor.data = torch.tensor(values)
    dense = nn.Linear(1, 2)
    dense.weight.data, dense.bias.data = torch.tensor([[1.0], [2.0]]), torch.tensor([3.0, 0.0])
    (layer,) = plain_layers(nn.Sequential(dense, norm))
    assert isinstance(layer, Dense)
    assert layer.weights.tolist() == [[3.0], [4.0]]
    assert layer.biases.tolist() == [(3 - 1) * 3 + 0.5, -1.0]


def test_the_plain_layers_are_copies_in_single_precision(digits: torch.Tensor) -> None:
    net = lively("cnn-small", digits[:20])
    layers = plain_layers(net)
    before = [layer.weights.copy() for layer in layers if isinstance(layer, Convolution | Dense)]
    with torch.no_grad():
        for p in net.parameters():
            p.add_(1.0)
    after = [layer.weights for layer in layers if isinstance(layer, Convolution | Dense)]
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == np.float32


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_read_layers_gives_back_the_network_to_half_precision(
    tmp_path: Path, digits: torch.Tensor, name: str
) -> None:
    layers = plain_layers(lively(name, digits[:20]))
    write_layers(tmp_path / "model.onnx", layers, classes=CLASSES)
    back = read_layers(tmp_path / "model.onnx")
    assert [layer.kind for layer in back] == [layer.kind for layer in layers]
    for one, other in zip(layers, back, strict=True):
        if isinstance(one, Convolution | Dense):
            assert isinstance(other, Convolution | Dense)
            np.testing.assert_array_equal(one.weights.astype(np.float16), other.weights)
            np.testing.assert_array_equal(one.biases.astype(np.float16), other.biases)


@pytest.mark.parametrize(
    "module",
    [
        nn.Tanh(), nn.Dropout(0.5), nn.Conv2d(1, 2, 3, dilation=2), nn.Conv2d(2, 2, 3, groups=2),
        nn.Conv2d(1, 2, (3, 5)), nn.Conv2d(1, 2, 3, stride=(1, 2)),
        nn.Conv2d(1, 2, 3, padding=(1, 0)),
        nn.Conv2d(1, 2, 3, padding="same"), nn.Conv2d(1, 2, 3, padding=1, padding_mode="circular"),
        nn.MaxPool2d(3, stride=2), nn.MaxPool2d((2, 3)), nn.MaxPool2d(2, padding=1),
        nn.MaxPool2d(2, ceil_mode=True), nn.AdaptiveAvgPool2d(2), nn.BatchNorm2d(3),
    ],
    ids=str,
)  # fmt: skip
def test_what_the_file_does_not_have_is_refused_and_not_written_wrongly(module: nn.Module) -> None:
    with pytest.raises(InputError, match="layers that the model file has"):
        plain_layers(nn.Sequential(module))


@pytest.mark.parametrize(
    "norm", [nn.BatchNorm1d(4, affine=False), nn.BatchNorm1d(4, track_running_stats=False)]
)
def test_a_normalisation_without_numbers_is_refused(norm: nn.Module) -> None:
    with pytest.raises(InputError):
        plain_layers(nn.Sequential(nn.Linear(3, 4), norm))
    with pytest.raises(InputError):
        plain_layers(nn.Sequential(nn.ReLU(), nn.BatchNorm1d(4)))


# going on from a model file


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_trainable_network_answers_as_its_layers_did(digits: torch.Tensor, name: str) -> None:
    net = lively(name, digits[:200])
    again = trainable(plain_layers(net), 10)
    torch.testing.assert_close(
        again(digits[:50, None]).detach(), net(digits[:50, None]).detach(), atol=1e-3, rtol=1e-3
    )
    assert all(p.requires_grad for p in again.parameters())


def test_another_number_of_answers_gets_a_new_last_layer(digits: torch.Tensor) -> None:
    net = lively("cnn-small", digits[:20])
    again = trainable(plain_layers(net), 3)
    assert again(digits[:5, None]).shape == (5, 3)
    kept, there = plain_layers(again)[0], plain_layers(net)[0]
    assert isinstance(kept, Convolution)
    assert isinstance(there, Convolution)
    np.testing.assert_array_equal(kept.weights, there.weights)
