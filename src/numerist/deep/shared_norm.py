"""Batch normalisation over a mini-batch of which each worker holds a part.

Mean and variance are those of the whole mini-batch, so that what is learned does not depend on how
many workers learn it. PyTorch's own `SyncBatchNorm` does the same on graphics processors only.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import distributed, nn


def share_norms(net: nn.Sequential) -> None:
    """Let each batch normalisation of a network look at the parts of all workers.

    Weights and statistics stay the same tensors, under the same names.
    """
    for name, module in net.named_children():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            setattr(net, name, SharedNorm(module))


class SharedNorm(nn.BatchNorm2d):  # type: ignore[misc]
    """Does what `norm` would do with the whole mini-batch; takes (n, c) and (n, c, h, w).

    While it learns, all workers of the process group have to call it, each with its part, and to
    go back through it.
    """

    def __init__(self, norm: nn.BatchNorm1d | nn.BatchNorm2d) -> None:
        super().__init__(norm.num_features, norm.eps, norm.momentum)
        self.weight, self.bias = norm.weight, norm.bias
        self.running_mean, self.running_var = norm.running_mean, norm.running_var
        self.num_batches_tracked = norm.num_batches_tracked
        self.train(norm.training)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the part normalised, scaled and moved."""
        if not self.training:
            return super().forward(x)
        with torch.no_grad():
            mean, variance, count = _statistics(x)
            self.num_batches_tracked.add_(1)
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * (count / (count - 1)), self.momentum)
        normalised: torch.Tensor = _Normalise.apply(
            x, self.weight, self.bias, mean, variance, count, self.eps
        )
        return normalised

    def _check_input_dim(self, input: torch.Tensor) -> None:  # noqa: A002  (PyTorch's name)
        """Let dense layers through as well."""


class _Normalise(torch.autograd.Function):  # type: ignore[misc]
    """y = (x − μ) γ/σ + β, where μ and σ depend on the parts of all workers."""

    @staticmethod
    def forward(  # noqa: PLR0917  (PyTorch passes them by place)
        ctx: Any,
        x: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor,
        mean: torch.Tensor,
        variance: torch.Tensor,
        count: float,
        eps: float,
    ) -> torch.Tensor:
        ctx.save_for_backward(x, weight, mean, variance)
        ctx.count, ctx.eps = count, eps
        y: torch.Tensor = torch.native_batch_norm(
            x, weight, bias, mean, variance, training=False, momentum=0.0, eps=eps
        )[0]
        return y

    @staticmethod
    def backward(ctx: Any, dy: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Return γ/σ (dy − mean(dy) − x̂ mean(dy x̂)), with means over the parts of all workers.

        The gradients of γ and β are those of this part; the workers' sum is taken later, as that of
        all other weights.
        """
        x, weight, mean, variance = ctx.saved_tensors
        dx, d_weight, d_bias = torch.ops.aten.native_batch_norm_backward(
            dy, x, weight, mean, variance, None, None, False, ctx.eps, [True, True, True]
        )
        sums = torch.stack([d_weight, d_bias]).double()
        distributed.all_reduce(sums)
        over, alike = (sums / ctx.count).float()  # mean(dy x̂), mean(dy)
        inverse = torch.rsqrt(variance + ctx.eps)
        slope = -weight * inverse.square() * over
        offset = -weight * inverse * alike - slope * mean
        dx = torch.addcmul(dx, x, _by_channel(slope, x)).add_(_by_channel(offset, x))
        return dx, d_weight, d_bias, None, None, None, None


def _statistics(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, float]:
    """Return mean (c,), variance (c,), and the count of numbers in a channel, of all parts.

    Sums are added up in double precision: a variance is a small difference of large ones.
    """
    here = torch.batch_norm_update_stats(x.float(), None, None, 0.0)
    mean, variance = (part.double() for part in here)
    count = x.numel() / x.shape[1]
    sums = torch.cat([mean * count, (variance + mean.square()) * count, mean.new_tensor([count])])
    distributed.all_reduce(sums)
    total = float(sums[-1].item())
    mean, square = sums[:-1].reshape(2, -1) / total
    return mean.float(), (square - mean.square()).clamp(min=0).float(), total


def _by_channel(values: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    shape = (1, -1, *[1] * (like.ndim - 2))
    return values.reshape(shape).to(like.dtype)
