"""PyTorch's optimisers without its compiler, which they load for nothing: that takes a second.

Their methods that are not to be compiled ask the compiler to leave them alone, unless each knows
already what to call instead: here itself. A step asks in any case, so it is taken without what is
around it, which only turns gradients off. Where a PyTorch is made otherwise, the compiler is loaded.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from numerist.deep.recipe import Recipe

for _method in vars(torch.optim.Optimizer).values():
    if inspect.isfunction(_method) and (_plain := inspect.unwrap(_method)) is not _method:
        setattr(_plain, "__dynamo_disable", _plain)  # noqa: B010  (no name of this module)


class SGD(torch.optim.SGD):
    """Stochastic gradient descent with Nesterov momentum."""

    step = torch.no_grad()(inspect.unwrap(torch.optim.SGD.step))


class AdamW(torch.optim.AdamW):
    """Adam with weight decay by itself (I. Loshchilov and F. Hutter, 2019)."""

    step = torch.no_grad()(inspect.unwrap(torch.optim.AdamW.step))


def optimiser_for(net: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Return what a recipe trains with; biases and normalisation do not decay."""
    decaying = [p for p in net.parameters() if p.ndim > 1]
    others = [p for p in net.parameters() if p.ndim <= 1]
    groups = [
        {"params": decaying, "weight_decay": recipe.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    if recipe.optimiser == "adamw":
        return AdamW(groups, lr=recipe.rate, fused=True)
    return SGD(
        groups, lr=recipe.rate, momentum=recipe.momentum, nesterov=recipe.momentum > 0, fused=True
    )
