"""Distortions of digits, drawn anew for each example, as batches of tensors.

A digit is turned, slanted, scaled and shifted (an affine map), its strokes are bent (an elastic
field: random displacements at the knots of a coarse grid, made smooth by cubic B-splines), its pen
gets thinner or thicker, and it may be as blurred as a digit of few pixels is once it is enlarged.
The idea of making examples in this way: P. Simard, D. Steinkraus and J. Platt, "Best practices for
convolutional neural networks", ICDAR 2003.

Everything random is drawn from the generator that is passed, for the whole mini-batch at once, so
that a seed gives the same examples however the work is split.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import torch
from torch.nn import functional

from numerist.checks import finite

SIDE = 28
_KNOTS = 7  # of the coarse grid, along each axis
_BOX = 20  # pixels, the longer side of a digit's ink
_FAINT = 0.25  # from here on a pixel counts as ink
_LARGE_PIXELS = 1.5, 2.4  # pixels: how large those of a small picture are


@dataclass(frozen=True, slots=True)
class Distortion:
    """How strongly to distort; all zero: not at all.

    Attributes:
        rotation: standard deviation of the angle, degrees.
        shear: standard deviation of the slant, pixels to the side for a pixel upwards.
        scale: standard deviation of the logarithm of the scale.
        stretch: the same of height over width.
        shift: standard deviation in each direction, pixels.
        elastic: standard deviation of the elastic displacement, pixels.
        pen: share of the digits whose pen gets thinner or thicker.
        coarse: share of the digits that look as if their pixels were about twice as large.
        variants: share of the digits of some kinds that are drawn as elsewhere in the world; see
            `numerist.deep.variants`.
    """

    rotation: float = 0.0
    shear: float = 0.0
    scale: float = 0.0
    stretch: float = 0.0
    shift: float = 0.0
    elastic: float = 0.0
    pen: float = 0.0
    coarse: float = 0.0
    variants: float = 0.0

    def times(self, factor: float) -> Distortion:
        """Return all of it `factor` times as strong; shares stay at most 1.

        Raises:
            InputError: the factor is no finite number.
        """
        finite("distortion", factor)
        values = {name: getattr(self, name) * factor for name in self.__dataclass_fields__}
        for name in ("pen", "coarse", "variants"):
            values[name] = min(1.0, values[name])
        return Distortion(**values)


def distort(
    images: torch.Tensor, distortion: Distortion, generator: torch.Generator
) -> torch.Tensor:
    """Return each image distorted in a way of its own.

    Args:
        images: float32 (n, 28, 28), ink 1, paper 0.
        distortion: how strongly.
        generator: of all that is random, on the CPU.

    Returns:
        float32 (n, 28, 28).
    """
    if distortion == Distortion():
        return images
    if distortion.pen:
        images = change_pen(images, distortion.pen, generator)
    images = warp(images, displacement(len(images), distortion, generator).to(images.device))
    return coarsen(images, distortion.coarse, generator) if distortion.coarse else images


def displacement(n: int, distortion: Distortion, generator: torch.Generator) -> torch.Tensor:
    """Return from where each pixel of each image is taken: float32 (n, 28, 28, 2), x before y.

    Coordinates as `torch.nn.functional.grid_sample` has them: −1 at the left or upper border of
    the image, 1 at the right or lower one.
    """
    pixel = 2 / SIDE
    theta = _affine(n, distortion, generator)
    where = theta[:, :, :2] @ _pixels() + theta[:, :, 2:]  # (n, 2, 784)
    if distortion.elastic:
        coarse = torch.randn((2 * n, _KNOTS, _KNOTS), generator=generator)
        basis = _basis()
        smooth = basis @ coarse @ basis.T
        where += (distortion.elastic * pixel) * smooth.reshape(n, 2, -1)
    return where.reshape(n, 2, SIDE, SIDE).permute(0, 2, 3, 1)


def warp(images: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
    """Return the images with each pixel taken, bilinearly, from `where`; paper beyond the border.

    Args:
        images: (n, 28, 28).
        where: (n, 28, 28, 2), as `displacement` returns it.
    """
    return functional.grid_sample(images[:, None], where, align_corners=False)[:, 0]


def change_pen(images: torch.Tensor, share: float, generator: torch.Generator) -> torch.Tensor:
    """Return the images, a share of them drawn with a thinner or a thicker pen.

    The strokes are blurred and cut at another level: where a blurred stroke is at least so dark,
    there is ink.
    """
    n = len(images)
    chosen = (torch.rand(n, generator=generator) < share).to(images.device)
    level = (0.25 + 0.45 * torch.rand((n, 1, 1), generator=generator)).to(images.device)
    blurred = _blur(images)
    darkest = blurred.amax(dim=(1, 2), keepdim=True).clamp(min=1e-6)
    changed = ((blurred / darkest - level) * 3.5 + 0.5).clamp(0, 1)
    return torch.where(chosen[:, None, None], changed, images)


def coarsen(images: torch.Tensor, share: float, generator: torch.Generator) -> torch.Tensor:
    """Return the images, a share of them as if their pixels were about twice as large.

    Where the large pixels begin, and how large they are, differs from image to image. They are
    brought back to 28×28 by linear interpolation, a little softer than what the normaliser does
    with small pictures, and what got pale is made darker, more or less.
    """
    chosen = torch.nonzero(torch.rand(len(images), generator=generator) < share)[:, 0]
    n = len(chosen)
    gain = (0.9 + 0.6 * torch.rand((n, 1, 1), generator=generator)).to(images)
    low, high = _LARGE_PIXELS
    size = low + (high - low) * torch.rand(n, generator=generator)
    down, across = (
        through_large_pixels(size, torch.rand(n, generator=generator)).to(images) for _ in range(2)
    )
    chosen = chosen.to(images.device)
    blurred = down @ images[chosen] @ across.mT
    darkest = blurred.amax(dim=(1, 2), keepdim=True).clamp(min=1e-6)
    return images.index_copy(0, chosen, (blurred / darkest * gain).clamp(0, 1))


def through_large_pixels(size: torch.Tensor, phase: torch.Tensor) -> torch.Tensor:
    """Return the weights that bring a line of 28 pixels to larger ones and back, (n, 28, 28).

    Args:
        size: of the larger pixels, in pixels, (n,); not below the least of `_LARGE_PIXELS`.
        phase: share of the first one that lies before the line, (n,).
    """
    size, begin = size[:, None, None], (-phase * size)[:, None, None]
    large = torch.arange(math.ceil(SIDE / _LARGE_PIXELS[0]) + 1)[None, :, None]
    small = torch.arange(SIDE)[None, None]
    left = begin + large * size
    covered = torch.minimum(left + size, small + 1) - torch.maximum(left, small)
    apart = (small + 0.5 - left).div(size).sub(0.5).abs()  # from the large pixel's middle
    return (1 - apart).clamp(min=0).mT @ (covered.clamp(min=0) / size)


def refit(images: torch.Tensor) -> torch.Tensor:
    """Return the images with their ink's longer side 20 pixels, centre of mass in the middle.

    Args:
        images: (n, height, width) of any size; those without ink stay empty.

    Returns:
        (n, 28, 28).
    """
    height, width = images.shape[1:]
    ink = images > _FAINT
    x, y = _span(ink.any(dim=1)), _span(ink.any(dim=2))
    longest = torch.maximum(x, y).clamp(min=1)
    mass = images.sum(dim=(1, 2)).clamp(min=1e-6)
    columns = torch.arange(width, dtype=images.dtype) + 0.5
    rows = torch.arange(height, dtype=images.dtype) + 0.5
    middle_x = (images.sum(dim=1) * columns).sum(dim=1) / mass
    middle_y = (images.sum(dim=2) * rows).sum(dim=1) / mass
    line = (torch.arange(SIDE) + 0.5 - SIDE / 2) / _BOX
    x = (middle_x[:, None] + line * longest[:, None]) * (2 / width) - 1
    y = (middle_y[:, None] + line * longest[:, None]) * (2 / height) - 1
    n = len(images)
    where = torch.stack(
        [x[:, None].expand(n, SIDE, SIDE), y[:, :, None].expand(n, SIDE, SIDE)], dim=3
    )
    return warp(images, where)


def _span(used: torch.Tensor) -> torch.Tensor:
    """Return how many places from the first used one to the last, (n,)."""
    count = used.shape[1]
    first = used.float().argmax(dim=1)
    last = count - 1 - used.flip(1).float().argmax(dim=1)
    return torch.where(used.any(dim=1), last - first + 1, 0).float()


def _affine(n: int, distortion: Distortion, generator: torch.Generator) -> torch.Tensor:
    """Return n affine maps from the new image to the old, (n, 2, 3)."""
    z = torch.randn((n, 6), generator=generator)
    angle = z[:, 0] * math.radians(distortion.rotation)
    slant = z[:, 1] * distortion.shear
    size = torch.exp(z[:, 2] * distortion.scale)
    stretch = torch.exp(z[:, 3] * distortion.stretch / 2)
    cos, sin = torch.cos(angle), torch.sin(angle)
    # rotation · slant · sizes, each inverse to what the digit does; the sign of chance is free
    x, y = size * stretch, size / stretch
    rows = [cos * x, (cos * slant - sin) * y, sin * x, (sin * slant + cos) * y]
    linear = torch.stack(rows, dim=1).reshape(n, 2, 2)
    offset = z[:, 4:, None] * (distortion.shift * 2 / SIDE)
    return torch.cat([linear, offset], dim=2)


@functools.cache
def _pixels() -> torch.Tensor:
    """Return the centres of the pixels, (2, 784), x before y, from −1 to 1 between borders."""
    line = (torch.arange(SIDE) + 0.5) * (2 / SIDE) - 1
    y, x = torch.meshgrid(line, line, indexing="ij")
    return torch.stack([x.flatten(), y.flatten()])


@functools.cache
def _basis() -> torch.Tensor:
    """Return the cubic B-splines of the coarse grid at the pixels, (28, knots).

    Scaled so that displacements that are N(0, 1) at the knots have a standard deviation of 1, on
    average over the pixels.
    """
    position = torch.linspace(1.0, _KNOTS - 2.0, SIDE)
    t = (position[:, None] - torch.arange(_KNOTS)[None, :]).abs()
    inner = 2 / 3 - t**2 + t**3 / 2
    outer = (2 - t).clamp(min=0) ** 3 / 6
    basis = torch.where(t < 1, inner, outer)
    return basis / basis.square().sum(dim=1).mean().sqrt()


def _blur(images: torch.Tensor) -> torch.Tensor:
    """Return the images blurred a little: 1-2-1 in each direction."""
    kernel = torch.tensor([1.0, 2.0, 1.0], device=images.device) / 4
    kernel = torch.outer(kernel, kernel)[None, None]
    return functional.conv2d(images[:, None], kernel, padding=1)[:, 0]
