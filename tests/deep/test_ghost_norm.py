"""Batch normalisation in groups: beside PyTorch's own, used on each group alone."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from numerist.deep.architectures import build
from numerist.deep.export import plain_layers
from numerist.deep.ghost_norm import GhostNorm, normalise_in_groups

Norm = Any  # one of PyTorch's two


def made(shape: tuple[int, ...], kind: torch.dtype) -> tuple[Norm, torch.Tensor, torch.Tensor]:
    """A normalisation with weights of its own, its input, and the gradient of its output."""
    torch.manual_seed(4)
    norm: Norm = nn.BatchNorm2d(shape[1]) if len(shape) == 4 else nn.BatchNorm1d(shape[1])
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    x = (3 * torch.randn(shape) + 10).to(kind)  # a mean that is not zero
    if len(shape) == 4:
        x = x.to(memory_format=torch.channels_last)
    return norm, x, torch.randn(shape).to(kind)


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("groups", [2, 3])
@pytest.mark.parametrize("shape", [(8, 5, 4, 3), (7, 9), (3, 2, 8, 8), (64, 16, 5, 5)])
def test_each_group_is_what_pytorch_makes_of_it_alone(
    shape: tuple[int, ...], groups: int, kind: torch.dtype
) -> None:
    """Outputs, gradients, and what is remembered: the mean over the groups."""
    norm, x, dy = made(shape, kind)
    ghost = GhostNorm(copy.deepcopy(norm), groups)
    alone = [copy.deepcopy(norm) for _ in range(groups)]
    whole = x.clone().requires_grad_()
    found = ghost(whole)
    found.backward(dy)
    expected, gradients = [], []
    for one, part, d_part in zip(alone, x.tensor_split(groups), dy.tensor_split(groups)):  # noqa: B905
        tracked = part.clone().requires_grad_()
        expected.append(one(tracked))
        expected[-1].backward(d_part)
        gradients.append(tracked.grad)
    torch.testing.assert_close(found, torch.cat(expected))
    torch.testing.assert_close(whole.grad, torch.cat(gradients))
    assert found.dtype == kind
    for name in ("weight", "bias"):
        total = sum(getattr(one, name).grad for one in alone)
        torch.testing.assert_close(getattr(ghost, name).grad, total, rtol=1e-5, atol=1e-5)
    for name in ("running_mean", "running_var"):
        mean = torch.stack([getattr(one, name) for one in alone]).mean(dim=0)
        torch.testing.assert_close(getattr(ghost, name), mean, rtol=1e-5, atol=1e-6)
    assert ghost.num_batches_tracked == 1
    norm.load_state_dict(ghost.state_dict())
    assert torch.equal(ghost.eval()(x), norm.eval()(x))


def test_numbers_worked_by_hand() -> None:
    """1 and 3 have mean 2, variance 1 (2 without bias); 5 and 9 have 7 and 4 (8)."""
    norm = GhostNorm(nn.BatchNorm1d(1, eps=0.0), 2)
    found = norm(torch.tensor([[1.0], [3.0], [5.0], [9.0]])).detach().flatten().tolist()
    np.testing.assert_allclose(found, [-1, 1, -1, 1], rtol=1e-6)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    assert norm.running_mean.item() == pytest.approx(0.1 * (2 + 7) / 2)
    assert norm.running_var.item() == pytest.approx(0.9 + 0.1 * (2 + 8) / 2)


@pytest.mark.parametrize("name", ["cnn-small", "deep-mlp:6,5"])
def test_a_network_keeps_its_tensors_their_names_and_its_way_out(name: str) -> None:
    net = build(name, 10)
    state, weights = net.state_dict(), list(net.parameters())
    before = plain_layers(net)
    normalise_in_groups(net, 1)
    assert not any(isinstance(module, GhostNorm) for module in net)
    normalise_in_groups(net, 4)
    assert sum(isinstance(module, GhostNorm) for module in net) == (4 if "cnn" in name else 2)
    assert all(a is b for a, b in zip(net.parameters(), weights, strict=True))
    assert list(net.state_dict()) == list(state)
    assert all(a.data_ptr() == state[k].data_ptr() for k, a in net.state_dict().items())
    assert len(plain_layers(net)) == len(before)
