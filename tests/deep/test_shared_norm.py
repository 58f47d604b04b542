"""Batch normalisation in parts: beside PyTorch's own on the whole.

Two workers that hold the same images are imitated by doubling each sum; they must do what PyTorch
does with those images twice in one mini-batch. Workers that hold different ones are in
`test_shared_training.py`.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import nn

from numerist.deep.architectures import build
from numerist.deep.export import plain_layers
from numerist.deep.shared_norm import SharedNorm, share_norms

if TYPE_CHECKING:
    from collections.abc import Callable

Norm = Any  # one of PyTorch's two


@pytest.fixture(params=[1, 2])
def workers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many hold the same part; a sum over all of them is so many times that of one."""
    count: int = request.param
    add_up: Callable[[torch.Tensor], object] = lambda sums: sums.mul_(count)  # noqa: E731
    monkeypatch.setattr(torch.distributed, "all_reduce", add_up)
    return count


def made(shape: tuple[int, ...]) -> tuple[Norm, torch.Tensor, torch.Tensor]:
    """A normalisation with weights of its own, its input, and the gradient of its output."""
    torch.manual_seed(4)
    norm: Norm = nn.BatchNorm2d(shape[1]) if len(shape) == 4 else nn.BatchNorm1d(shape[1])
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    x = 3 * torch.randn(shape) + 100  # a mean far from zero, where variances are hard to tell
    if len(shape) == 4:
        x = x.to(memory_format=torch.channels_last)
    return norm, x, torch.randn(shape)


@pytest.mark.parametrize("shape", [(6, 5, 4, 3), (7, 9), (1, 3, 8, 8)])
def test_forwards_backwards_and_what_is_remembered(shape: tuple[int, ...], workers: int) -> None:
    norm, x, dy = made(shape)
    shared = SharedNorm(copy.deepcopy(norm))
    whole = torch.cat([x] * workers).requires_grad_()
    expected = norm(whole)
    expected.backward(torch.cat([dy] * workers))
    part = x.clone().requires_grad_()
    found = shared(part)
    found.backward(dy)
    n = len(x)
    assert whole.grad is not None
    assert part.grad is not None
    torch.testing.assert_close(found, expected[:n], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(part.grad, whole.grad[:n], rtol=1e-4, atol=1e-4)
    for ours, theirs in ((shared.weight, norm.weight), (shared.bias, norm.bias)):
        assert ours.grad is not None
        assert theirs.grad is not None  # that of all; ours is that of a part
        torch.testing.assert_close(ours.grad * workers, theirs.grad, rtol=1e-4, atol=1e-3)
    for name, tensor in norm.state_dict().items():
        torch.testing.assert_close(shared.state_dict()[name], tensor, rtol=1e-4, atol=1e-5)
    norm.eval()
    shared.eval()
    assert torch.equal(shared(x), SharedNorm(shared).eval()(x))
    torch.testing.assert_close(shared(x), norm(x), rtol=1e-4, atol=1e-4)


def test_numbers_worked_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """I hold 1 and 3, another worker 5 and 7: mean 4, variance 5, without bias 20/3."""
    mine, of_other = torch.tensor([[1.0], [3.0]]), [5.0 + 7.0, 25.0 + 49.0, 2.0]

    def add_other(sums: torch.Tensor) -> None:
        sums += torch.tensor(of_other, dtype=sums.dtype)

    monkeypatch.setattr(torch.distributed, "all_reduce", add_other)
    norm = SharedNorm(nn.BatchNorm1d(1, eps=0.0))
    found = norm(mine).detach().numpy()
    np.testing.assert_allclose(found, (np.array([[1.0], [3.0]]) - 4) / np.sqrt(5), rtol=1e-6)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    assert norm.running_mean.item() == pytest.approx(0.1 * 4)
    assert norm.running_var.item() == pytest.approx(0.9 + 0.1 * 20 / 3)


@pytest.mark.parametrize("name", ["cnn-small", "deep-mlp:6,5"])
def test_a_network_keeps_its_tensors_their_names_and_its_way_out(name: str) -> None:
    net = build(name, 10)
    state, weights = net.state_dict(), list(net.parameters())
    before = plain_layers(net)
    share_norms(net)
    assert sum(isinstance(module, SharedNorm) for module in net) == (4 if "cnn" in name else 2)
    assert all(a is b for a, b in zip(net.parameters(), weights, strict=True))
    assert list(net.state_dict()) == list(state)
    assert all(a.data_ptr() == state[k].data_ptr() for k, a in net.state_dict().items())
    assert len(plain_layers(net)) == len(before)
