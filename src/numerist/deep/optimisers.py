"""PyTorch's optimisers without its compiler, which they load for nothing: that takes a second.

Their methods that are not to be compiled ask the compiler to leave them alone, and a step asks in
any case. Here they are called as they are, without what is around them; of a step that turns
gradients off. Where a PyTorch is made otherwise, nothing changes.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from torch import nn

    from numerist.deep.recipe import Recipe


def optimiser_for(net: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Return what a recipe trains with; biases and normalisation do not decay."""
    decaying = [p for p in net.parameters() if p.ndim > 1]
    others = [p for p in net.parameters() if p.ndim <= 1]
    groups = [
        {"params": decaying, "weight_decay": recipe.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    if recipe.optimiser == "adamw":
        return _by_itself(torch.optim.AdamW)(groups, lr=recipe.rate, fused=True)
    return _by_itself(torch.optim.SGD)(
        groups, lr=recipe.rate, momentum=recipe.momentum, nesterov=recipe.momentum > 0, fused=True
    )


def _by_itself(kind: Any) -> Any:
    """Return a kind of optimiser whose methods do what they do, with nothing around them."""
    methods = {
        name: plain
        for name, method in vars(torch.optim.Optimizer).items()
        if inspect.isfunction(method)
        and getattr(kind, name) is method
        and (plain := inspect.unwrap(method)) is not method
    }
    step = torch.no_grad()(inspect.unwrap(kind.step))
    return type(kind.__name__, (kind,), methods | {"step": step})
