"""Batch normalisation in groups of a mini-batch, each by its own mean and variance.

Known as ghost batch normalisation: E. Hoffer, I. Hubara and D. Soudry, "Train longer, generalize
better", 2017. Here it is what makes a training independent of the number of its workers: whoever
has whole groups needs nothing from anybody else, neither forwards nor back.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


def normalise_in_groups(net: nn.Sequential, groups: int) -> None:
    """Let each batch normalisation of a network look at so many groups one by one.

    Weights and statistics stay the same tensors, under the same names. With one group nothing
    changes.
    """
    for name, module in net.named_children():
        if groups > 1 and isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            setattr(net, name, GhostNorm(module, groups))


class GhostNorm(nn.BatchNorm2d):  # type: ignore[misc]
    """Does what `norm` would do with each group alone; takes (n, c) and (n, c, h, w).

    The groups are as even as can be, the first ones larger (`torch.tensor_split`). Mean and
    variance that are remembered move towards those of the groups, on average.
    """

    def __init__(self, norm: nn.BatchNorm1d | nn.BatchNorm2d, groups: int) -> None:
        super().__init__(norm.num_features, norm.eps, norm.momentum)
        self.groups = groups
        self.weight, self.bias = norm.weight, norm.bias
        self.running_mean, self.running_var = norm.running_mean, norm.running_var
        self.num_batches_tracked = norm.num_batches_tracked
        self.train(norm.training)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return x normalised, scaled and moved."""
        if not self.training:
            return super().forward(x)
        self.num_batches_tracked.add_(1)
        normalised: torch.Tensor = _Normalise.apply(x, self.weight, self.bias, self)
        return normalised

    def _check_input_dim(self, input: torch.Tensor) -> None:  # noqa: A002  (PyTorch's name)
        """Let dense layers through as well."""


class _Normalise(torch.autograd.Function):  # type: ignore[misc]
    """PyTorch's own kernels, group by group; forwards they write into one tensor, uncopied."""

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, norm: GhostNorm
    ) -> torch.Tensor:
        groups = ctx.groups = norm.groups
        ctx.eps = norm.eps
        y = torch.empty_like(x)
        seen = weight.new_empty(2 * groups, len(weight)).unbind()  # of each: mean, 1/σ
        parts = zip(x.tensor_split(groups), y.tensor_split(groups), strict=True)
        for k, (part, out) in enumerate(parts):
            torch.native_batch_norm(
                part, weight, bias, norm.running_mean, norm.running_var, True,
                _share(k, groups, norm.momentum), norm.eps,
                out=(out, seen[2 * k], seen[2 * k + 1]),
            )  # fmt: skip
        ctx.save_for_backward(x, weight, *seen)
        return y

    @staticmethod
    def backward(ctx: Any, dy: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        x, weight, *seen = ctx.saved_tensors
        parts = zip(
            dy.tensor_split(ctx.groups), x.tensor_split(ctx.groups), seen[::2], seen[1::2],
            strict=True,
        )  # fmt: skip
        dx, d_weight, d_bias = zip(
            *(
                torch.ops.aten.native_batch_norm_backward(
                    d_out, part, weight, None, None, mean, inverse, True, ctx.eps, [True] * 3
                )
                for d_out, part, mean, inverse in parts
            ),
            strict=True,
        )
        return torch.cat(dx), sum(d_weight[1:], d_weight[0]), sum(d_bias[1:], d_bias[0]), None


def _share(k: int, groups: int, momentum: float) -> float:
    """Return the momentum of the k-th of some groups that come one after the other.

    So that each of them counts alike in the end, and all together `momentum`.

    >>> old = 1.0
    >>> for k in range(4):
    ...     old *= 1 - _share(k, 4, 0.1)
    >>> round(old, 9)
    0.9
    """
    each = momentum / groups
    return each / (1 - each * (groups - 1 - k))
