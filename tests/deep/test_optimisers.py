"""The optimisers against PyTorch's own, as they are for everybody else."""

from __future__ import annotations

import copy
import subprocess
import sys
from typing import Any

import pytest
import torch
from torch import nn

from numerist.deep.optimisers import optimiser_for
from numerist.deep.recipe import Recipe


def net() -> nn.Sequential:
    torch.manual_seed(4)
    return nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 3))


def steps(model: nn.Module, optimiser: Any, count: int) -> None:
    chance = torch.Generator().manual_seed(1)
    for _ in range(count):
        optimiser.zero_grad()
        model(torch.randn(8, 6, generator=chance)).square().sum().backward()
        optimiser.step()


@pytest.mark.parametrize("name", ["sgd", "adamw"])
def test_they_take_the_steps_of_pytorchs_own_to_the_bit(name: str) -> None:
    ours = net()
    theirs = copy.deepcopy(ours)
    recipe = Recipe("cnn", 1, optimiser=name, rate=0.02, momentum=0.9, weight_decay=0.1)
    groups = [
        {"params": [theirs[0].weight, theirs[3].weight], "weight_decay": 0.1},
        {"params": [p for p in theirs.parameters() if p.ndim == 1], "weight_decay": 0.0},
    ]
    plain: Any = (
        torch.optim.SGD(groups, lr=0.02, momentum=0.9, nesterov=True, fused=True)
        if name == "sgd"
        else torch.optim.AdamW(groups, lr=0.02, fused=True)
    )
    mine = optimiser_for(ours, recipe)
    steps(ours, mine, 3)
    steps(theirs, plain, 3)
    goes_on = optimiser_for(ours, recipe)
    goes_on.load_state_dict(mine.state_dict())
    for model, optimiser in ((ours, goes_on), (theirs, plain)):
        steps(model, optimiser, 3)
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(one, other)
        assert one.requires_grad


def test_the_compiler_is_not_loaded() -> None:
    code = (
        "import sys, torch; from torch import nn; from numerist.deep.recipe import Recipe;"
        " from numerist.deep.optimisers import optimiser_for; net = nn.Linear(2, 2);"
        " mine = optimiser_for(net, Recipe('cnn', 1)); mine.zero_grad();"
        " net(torch.ones(1, 2)).sum().backward(); mine.step(); mine.state_dict();"
        " sys.exit('torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
