"""Networks by name: sizes worked by hand, multiplications counted where they happen."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from numerist.deep.architectures import ARCHITECTURES, build
from numerist.deep.export import plain_layers
from numerist.errors import InputError
from numerist.model.layers import multiply_adds, parameters

# weights of the convolutions and of the dense layer, then all batch normalisations (2 an output)
# or biases, as on paper
BY_HAND = {
    "cnn-small": 25 * 16 + 9 * (16 * 32 + 32 * 64 + 64 * 64) + 2 * (16 + 32 + 64 + 64) + 650,
    "cnn-medium": 25 * 16 + 9 * (16 * 32 + 32 * 64 + 64 * 64) + 2 * (16 + 32 + 64 + 64) + 650,
    "cnn": 9 * (32 + 32 * 32 + 32 * 64 + 64 * 64 + 64 * 128 + 128 * 128)
    + 2 * (32 + 32 + 64 + 64 + 128 + 128) + 1290,
    "mlp": 784 * 30 + 30 + 300 + 10,
    "deep-mlp": 784 * 100 + 4 * 100 * 100 + 5 * 2 * 100 + 1010,
    "mlp:100,20": 78_500 + 2_020 + 210,
}  # fmt: skip


@pytest.mark.parametrize("name", [*ARCHITECTURES, "mlp:100,20"])
def test_the_number_of_parameters_is_that_on_paper(name: str) -> None:
    assert sum(p.numel() for p in build(name, 10).parameters()) == BY_HAND[name]


def test_the_one_that_ships_keeps_to_its_budget() -> None:
    layers = plain_layers(build("cnn", 11).eval())
    assert parameters(layers) <= 400_000
    assert multiply_adds(layers) <= 15_000_000


@pytest.mark.parametrize("name", [*ARCHITECTURES, "deep-mlp:40,30"])
def test_multiplications_are_those_that_pytorch_makes(name: str) -> None:
    """A hook at each layer with weights counts: a filter's weights for each value it gives."""
    net = build(name, 10).eval()
    counted = 0

    def count(layer: nn.Module, _: object, output: torch.Tensor) -> None:
        nonlocal counted
        weights = layer.weight
        assert isinstance(weights, torch.Tensor)
        counted += output[0].numel() * math.prod(weights.shape[1:])

    for layer in net:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    net(torch.zeros(1, 1, 28, 28))
    assert multiply_adds(plain_layers(net)) == counted


def test_the_docstrings_figures() -> None:
    sizes = {
        name: (parameters(layers), multiply_adds(layers))
        for name in ("cnn-small", "cnn-medium", "cnn")
        for layers in [plain_layers(build(name, 10).eval())]
    }
    for (numbers, products), said in zip(
        sizes.values(), [(61e3, 0.7e6), (61e3, 0.9e6), (288e3, 13e6)], strict=True
    ):
        assert numbers == pytest.approx(said[0], rel=0.05)
        assert products == pytest.approx(said[1], rel=0.1)


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("outputs", [2, 11])
def test_every_architecture_answers_with_as_many_logits(name: str, outputs: int) -> None:
    assert build(name, outputs).eval()(torch.rand(3, 1, 28, 28)).shape == (3, outputs)


def test_weights_come_from_pytorchs_generator() -> None:
    nets = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        nets.append(torch.cat([p.flatten() for p in build("cnn-small", 10).parameters()]))
    assert torch.equal(nets[0], nets[1])
    assert not torch.equal(nets[0], nets[2])


def test_the_initial_weights_have_the_spread_that_their_authors_say() -> None:
    torch.manual_seed(0)
    chapter = dict(build("mlp:200", 10)[1].named_parameters())
    assert float(chapter["weight"].detach().std()) == pytest.approx(1.0, rel=0.02)
    assert float(chapter["bias"].detach().std()) == pytest.approx(1.0, rel=0.2)
    today = dict(build("deep-mlp:200,200", 10)[1].named_parameters())
    assert float(today["weight"].detach().std()) == pytest.approx(math.sqrt(2 / 784), rel=0.02)


@pytest.mark.parametrize(
    "name",
    ["", "CNN", "cnn:30", "mlp:a", "mlp:30,", "mlp:,30", "mlp:0", "mlp:-3", "mlp:3.5",
     "resnet", "mlp:30:40", "mlp:٣", "mlp:1000000000", "deep-mlp:20000,20000"],
)  # fmt: skip
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(InputError):
        build(name, 10)
