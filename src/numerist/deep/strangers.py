"""What is no digit: noise, scribbles, letters, blots, half a digit, two digits, made in batches.

A network that learned digits alone calls everything one of them. These are its counter-examples,
all of them drawn here: from MNIST's digits, from random strokes, and from the fonts that come with
Pillow and Matplotlib. All are fitted into the picture as the normaliser does it: the ink's longer
side 20 pixels, its centre of mass in the middle.
"""

from __future__ import annotations

import functools
import string
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from numerist.deep.distortion import SIDE, Distortion, distort, refit
from numerist.deep.variants import ink_box, strokes

if TYPE_CHECKING:
    from collections.abc import Callable

_BOX = 20  # pixels, the ink's longer side
_BAR = 0.32  # of its height: what is narrower may be a one
_GENTLE = Distortion(
    rotation=5, shear=0.15, scale=0.05, stretch=0.15, shift=0.6, elastic=0.35, pen=0.4
)


def strangers(n: int, digits: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Return n images that show no digit, or not one alone.

    Args:
        n: how many.
        digits: (at least 2, 28, 28), digits to take halves and pairs from.
        generator: of all that is random.

    Returns:
        float32 (n, 28, 28).
    """
    share = torch.multinomial(torch.tensor(_WEIGHTS), n, replacement=True, generator=generator)
    counts = torch.bincount(share, minlength=len(_MAKERS)).tolist()
    made = [make(k, digits, generator) for make, k in zip(_MAKERS, counts, strict=True) if k]
    return torch.cat(made)


def _pick(digits: torch.Tensor, n: int, generator: torch.Generator) -> torch.Tensor:
    return digits[torch.randint(len(digits), (n,), generator=generator)]


def _uniform(n: int, low: float, high: float, generator: torch.Generator) -> torch.Tensor:
    return low + (high - low) * torch.rand(n, generator=generator)


def _noise(n: int, _: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Specks: dense or few, fine or coarse, grey or black."""
    grain = torch.rand((n, SIDE, SIDE), generator=generator)
    coarse = functional.interpolate(grain[:, None, ::3, ::3], size=SIDE, mode="bilinear")[:, 0]
    fine = torch.rand(n, generator=generator)[:, None, None] < 0.6  # noqa: PLR2004
    grain = torch.where(fine, grain, coarse)
    share = _uniform(n, 0.01, 0.9, generator)[:, None, None]
    black = torch.rand(n, generator=generator)[:, None, None] < 0.5  # noqa: PLR2004
    specks = torch.where(black, (grain < share).float(), (1 - grain / share).clamp(min=0))
    inside = torch.rand(n, generator=generator) < 0.5  # noqa: PLR2004
    margin = functional.pad(torch.ones(n, _BOX, _BOX), (4, 4, 4, 4))
    return torch.where(inside[:, None, None], specks * margin, specks)


def _halves(n: int, digits: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """The left, right, upper or lower part of a digit, alone; none that is a one."""
    images = _pick(digits, n, generator)
    left, top, right, bottom = ink_box(images)
    share = _uniform(n, 0.38, 0.6, generator)
    first = torch.rand(n, generator=generator) < 0.5  # noqa: PLR2004
    across = torch.rand(n, generator=generator) < 0.3  # noqa: PLR2004
    place = torch.arange(SIDE) + 0.5
    sides = []
    for low, high in ((left, right + 1), (top, bottom + 1)):
        cut = low + (high - low) * share
        sides.append(((place < cut[:, None]) == first[:, None]).float())
    mask = torch.where(across[:, None, None], sides[1][:, :, None], sides[0][:, None, :])
    half = images * mask
    fitted = torch.rand(n, generator=generator) < 0.8  # noqa: PLR2004
    half = torch.where(fitted[:, None, None], refit(half), half)
    left, top, right, bottom = ink_box(half)
    bar = (right - left) < _BAR * (bottom - top)
    return torch.where(bar[:, None, None], _pairs(n, digits, generator), half)


def _pairs(n: int, digits: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Two digits side by side, or one and a piece of another."""
    left, right = _pick(digits, n, generator), _pick(digits, n, generator)
    gap = torch.randint(14, 25, (n,), generator=generator)
    wide = torch.zeros(n, SIDE, 2 * SIDE)
    wide[:, :, :SIDE] = left
    columns = torch.arange(2 * SIDE) - gap[:, None]
    inside = ((columns >= 0) & (columns < SIDE)).float()[:, None]
    index = columns.clamp(0, SIDE - 1)[:, None].expand(n, SIDE, 2 * SIDE)
    moved = right.gather(2, index) * inside
    wide = torch.maximum(wide, moved)
    piece = torch.rand(n, generator=generator) < 0.35  # noqa: PLR2004
    first, last = _uniform(n, 6, 14, generator), gap + _uniform(n, 8, 18, generator)
    place = torch.arange(2 * SIDE) + 0.5
    second = torch.rand(n, generator=generator) < 0.5  # noqa: PLR2004
    keep = torch.where(second[:, None], place >= first[:, None], place < last[:, None])
    wide = torch.where(piece[:, None, None], wide * keep[:, None], wide)
    return refit(wide)


def _scribbles(n: int, _: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A smooth stroke at random, or straight ones from corner to corner."""
    points = 24
    turns = torch.randn((n, points, 2), generator=generator)
    kernel = torch.tensor([1.0, 4, 6, 4, 1])[None, None] / 16
    flat = turns.transpose(1, 2).reshape(2 * n, 1, points)
    bent = functional.conv1d(flat, kernel, padding=2).reshape(n, 2, points).transpose(1, 2)
    corners = torch.rand((n, points, 2), generator=generator)
    smooth = torch.rand(n, generator=generator) < 0.45  # noqa: PLR2004
    path = torch.where(smooth[:, None, None], torch.cumsum(bent, dim=1), corners)
    few = torch.randint(4, 12, (n,), generator=generator)
    many = torch.randint(7, points, (n,), generator=generator)
    there = torch.arange(points) <= torch.where(smooth, many, few)[:, None]
    path = torch.where(there[..., None], path, path[:, :1])
    low, high = path.amin(dim=1, keepdim=True), path.amax(dim=1, keepdim=True)
    path = (path - low) / (high - low).amax(dim=2, keepdim=True).clamp(min=1e-3) * 19 + 4
    radius = _uniform(n, 0.4, 2.0, generator)[:, None] * there[:, 1:]
    return refit(strokes(torch.zeros(n, SIDE, SIDE), path[:, :-1], path[:, 1:], radius))


def _blots(n: int, _: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Filled shapes: smooth at random, or put together of ellipses and trapezia; grey inside."""
    free = torch.rand(n, generator=generator)[:, None, None] < 0.3  # noqa: PLR2004
    shape = torch.where(free, _puddles(n, generator), _bodies(n, generator))
    return refit(shape * _cloth(n, generator))


def _puddles(n: int, generator: torch.Generator) -> torch.Tensor:
    """Shapes whose outline is smooth and at random."""
    coarse = torch.randn((n, 1, 5, 5), generator=generator)
    height = functional.interpolate(coarse, size=SIDE, mode="bicubic", align_corners=True)[:, 0]
    line = torch.linspace(-1, 1, SIDE)
    from_middle = (line[:, None] ** 2 + line[None] ** 2)[None]
    return ((height + 0.9 - 1.3 * from_middle) * 4).clamp(0, 1)


def _bodies(n: int, generator: torch.Generator) -> torch.Tensor:
    """Up to four ellipses and trapezia, most of them alike left and right."""
    parts = 4

    def uniform(low: float, high: float) -> torch.Tensor:
        return _uniform(n * parts, low, high, generator).reshape(n, parts, 1, 1)

    line = torch.linspace(-1.4, 1.4, SIDE)
    alike = torch.rand(n, generator=generator)[:, None, None, None] < 0.75  # noqa: PLR2004
    x = torch.where(alike, line.abs(), line) - uniform(-0.2, 0.7)
    y = line[:, None] - uniform(-0.8, 0.8)
    taper = 1 + y * uniform(-0.6, 0.6)
    slanted = (x + y * uniform(-0.5, 0.5)) / (uniform(0.12, 0.7) * taper.clamp(min=0.2))
    power = torch.where(uniform(0, 1) < 0.5, 2.0, 8.0)  # noqa: PLR2004  (an ellipse, or straight)
    inside = 1 - slanted.abs() ** power - (y / uniform(0.2, 1.0)).abs() ** power
    there = torch.arange(parts)[:, None, None] <= _uniform(n, 0, parts, generator).reshape(
        -1, 1, 1, 1
    )
    return ((inside * 3).clamp(0, 1) * there).amax(dim=1)


def _cloth(n: int, generator: torch.Generator) -> torch.Tensor:
    """A grey that varies: patches, stripes, fine grain; or plain black."""
    texture = torch.rand((n, 1, 9, 9), generator=generator)
    patches = functional.interpolate(texture, size=SIDE, mode="bilinear")[:, 0]
    line = torch.arange(SIDE, dtype=torch.float32)
    wave = line * _uniform(n, 0.3, 3.0, generator)[:, None] + _uniform(n, 0, 6, generator)[:, None]
    stripes = (1 + wave.sin()) / 2
    upright = torch.rand(n, generator=generator)[:, None, None] < 0.4  # noqa: PLR2004
    stripes = torch.where(upright, stripes[:, None], stripes[:, :, None]).expand(n, SIDE, SIDE)
    grain = torch.rand((n, SIDE, SIDE), generator=generator)
    depths = torch.rand((3, n, 1, 1), generator=generator) ** 2
    plain = torch.rand(n, generator=generator)[:, None, None] < 0.25  # noqa: PLR2004
    pale = sum(d * t for d, t in zip(depths, (patches, stripes, grain), strict=True))
    return torch.where(plain, torch.ones(()), (1 - 0.8 * pale).clamp(0.1, 1))


def _letters(n: int, _: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Letters and signs of several fonts."""
    return _pick(glyphs(), n, generator)


_MAKERS: tuple[Callable[[int, torch.Tensor, torch.Generator], torch.Tensor], ...] = (
    _noise, _halves, _pairs, _scribbles, _blots, _letters,
)  # fmt: skip
_WEIGHTS = [0.05, 0.25, 0.25, 0.12, 0.13, 0.2]


@functools.cache
def glyphs() -> torch.Tensor:
    """Return letters and signs of the fonts that come with Matplotlib, fitted, (n, 28, 28)."""
    import matplotlib as mpl  # noqa: PLC0415
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415

    signs = string.ascii_letters + "&?#@%$+=*!ÄäÖöÜüßéøåñç"
    drawn = []
    folder = Path(mpl.get_data_path(), "fonts", "ttf")
    names = ("DejaVu", "STIXGeneral", "cmr10", "cmb10", "cmss10", "cmtt10")
    files = sorted(file for file in folder.glob("*.ttf") if file.name.startswith(names))
    fonts = [ImageFont.truetype(file, 40) for file in files] + [ImageFont.load_default(40)]
    for font in fonts:
        for sign in signs:
            image = Image.new("L", (72, 72))
            ImageDraw.Draw(image).text((36, 36), sign, fill=255, font=font, anchor="mm")
            drawn.append(np.asarray(image, np.float32) / 255)
    images = torch.from_numpy(np.stack(drawn))
    smaller = functional.avg_pool2d(images[:, None], 2)[:, 0]  # else the fit would skip pixels
    return refit(smaller[smaller.sum(dim=(1, 2)) > 4])  # noqa: PLR2004  (some fonts lack signs)


def gently(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Return the strangers distorted a little."""
    return distort(images, _GENTLE, generator)
