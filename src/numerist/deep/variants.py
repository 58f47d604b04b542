"""Digits as other hands write them, drawn onto MNIST's.

MNIST is American handwriting of one time. Elsewhere a one has an upstroke, often a long one that
may begin with a hook, and a foot, or a short stroke across, a seven a bar, a zero a slash; a four
is closed, or like an h; the head of a two is closed as well, or a loop; a nine ends in a hook, or
in a bowl as broad as that of a three.
Each of these is a stroke or two more (or less), placed by where the digit's ink is and about as
thick as its pen.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from numerist.deep.distortion import refit

if TYPE_CHECKING:
    from collections.abc import Callable

_INK = 0.4  # from here on a pixel counts as ink
_WIDEST_TOP = 8.0  # pixels between the arms of an open four
_WIDEST_HEAD = 11.0  # pixels between the ends of an open two's head
_OFTENER = {1: 2.5, 2: 2.0, 9: 1.5}  # times as many of these: what a one looks like differs most
_APART = 0.45  # radians at least between the upstroke of a one and its stem
_PARTS = 4  # straight ones that a bent stroke is drawn of
_CROSSED = 0.25  # of the changed ones
_HOOKED = 0.4  # of the upstrokes
_LOOPS = 0.7  # of the changed twos
_SHORT_ARMS = 0.5  # of the changed fours
_BOWLS = 0.6  # of the changed nines
_NARROWEST_GAP = 3  # pixels between the arms of an open four
_SHORTEST_STEM = 4.0  # pixels of a nine below its head
_SHORTEST_FOOT = 7.0  # pixels of a two, in its lowest quarter
_BROAD = 3.0  # radii of the pen: what is broader in a row is more than an upright stroke
_MARGIN = 8  # pixels around, for what is drawn beyond the border


def draw_variants(
    images: torch.Tensor, labels: torch.Tensor, share: float, generator: torch.Generator
) -> torch.Tensor:
    """Return the images, a share of the digits that are written otherwise elsewhere in such a form.

    Args:
        images: float32 (n, 28, 28), ink 1, paper 0.
        labels: int64 (n,), the digit in each.
        share: of those digits that change; of ones, twos and nines, more.
        generator: of all that is random.
    """
    images = images.clone()
    chance = torch.rand(len(images), generator=generator)
    for digit, draw in _DRAWN.items():
        chosen = chance < share * _OFTENER.get(digit, 1.0)
        here = torch.nonzero(chosen & (labels == digit))[:, 0]
        if len(here):
            images[here] = draw(images[here], generator)
    return images


def strokes(
    images: torch.Tensor, begin: torch.Tensor, end: torch.Tensor, radius: torch.Tensor
) -> torch.Tensor:
    """Return the images with straight strokes drawn onto them, round at their ends.

    Args:
        images: (n, height, width).
        begin: (n, k, 2), where the k strokes of each image begin, x before y; the centre of the
            first pixel is (0, 0).
        end: (n, k, 2), where they end.
        radius: (n, k), half the thickness, pixels; nothing is drawn where it is not positive.
    """
    height, width = images.shape[1:]
    along = end - begin
    length = along.square().sum(dim=2).clamp(min=1e-6)
    x = torch.arange(width, dtype=images.dtype) - begin[..., 0, None]  # (n, k, width)
    y = torch.arange(height, dtype=images.dtype) - begin[..., 1, None]  # (n, k, height)
    t = x[:, :, None] * along[..., 0, None, None] + y[:, :, :, None] * along[..., 1, None, None]
    t = (t / length[..., None, None]).clamp(0, 1)  # (n, k, height, width)
    dx = x[:, :, None] - t * along[..., 0, None, None]
    dy = y[:, :, :, None] - t * along[..., 1, None, None]
    distance = torch.sqrt(dx.square() + dy.square())
    ink = (radius[..., None, None] + 0.5 - distance).clamp(0, 1)
    ink *= (radius > 0)[..., None, None]
    return torch.maximum(images, ink.amax(dim=1))


def pen_radius(images: torch.Tensor) -> torch.Tensor:
    """Return about half the thickness of each image's strokes, (n,), pixels.

    A stroke's area is its length times its thickness, and its edges are twice its length.
    """
    area = images.sum(dim=(1, 2))
    edges = images.diff(dim=1).abs().sum(dim=(1, 2)) + images.diff(dim=2).abs().sum(dim=(1, 2))
    return (1.2 * area / edges.clamp(min=1e-6)).clamp(0.5, 2.5)


def _uniform(n: int, low: float, high: float, generator: torch.Generator) -> torch.Tensor:
    return low + (high - low) * torch.rand(n, generator=generator)


def ink_box(images: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Return left, top, right, bottom of the ink, each (n,)."""
    ink = images > _INK
    columns, rows = ink.any(dim=1).float(), ink.any(dim=2).float()
    height, width = rows.shape[1], columns.shape[1]
    left, top = columns.argmax(dim=1), rows.argmax(dim=1)
    right = width - 1 - columns.flip(1).argmax(dim=1)
    bottom = height - 1 - rows.flip(1).argmax(dim=1)
    return left.float(), top.float(), right.float(), bottom.float()


def _middle_of_row(images: torch.Tensor, row: torch.Tensor) -> torch.Tensor:
    """Return the mean x of the ink in a row of each image, (n,); of all its ink if there is none.

    A row between the ends of a broken stroke may be empty.
    """
    line = images[torch.arange(len(images)), row.round().long().clamp(0, images.shape[1] - 1)]
    line = torch.where(line.any(dim=1, keepdim=True), line, images.sum(dim=1))
    x = torch.arange(images.shape[2], dtype=images.dtype)
    return (line * x).sum(dim=1) / line.sum(dim=1).clamp(min=1e-6)


def _seven(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A bar across the stem."""
    n = len(images)
    uniform = functools.partial(_uniform, n, generator=generator)
    _, top, _, bottom = ink_box(images)
    y = top + (bottom - top) * uniform(0.4, 0.68)
    x = _middle_of_row(images, y)
    half, rise = uniform(2.5, 6.0), uniform(-0.1, 0.35)
    begin = torch.stack([x - half, y + half * rise], dim=1)[:, None]
    end = torch.stack([x + half, y - half * rise], dim=1)[:, None]
    return strokes(images, begin, end, (pen_radius(images) * uniform(0.6, 1.1))[:, None])


def _zero(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A slash from the lower left to the upper right."""
    n = len(images)
    uniform = functools.partial(_uniform, n, generator=generator)
    left, top, right, bottom = ink_box(images)
    height = bottom - top
    begin = torch.stack([left + uniform(-1.5, 2.0), bottom - height * uniform(-0.05, 0.3)], dim=1)
    end = torch.stack([right - uniform(-1.5, 2.0), top + height * uniform(-0.05, 0.3)], dim=1)
    radius = pen_radius(images) * uniform(0.5, 1.0)
    return strokes(images, begin[:, None], end[:, None], radius[:, None])


def _one(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A short stroke across the stem, or an upstroke before it, a foot below it, or both."""
    crossed = _uniform(len(images), 0, 1, generator) < _CROSSED
    drawn = _with_upstroke(images, generator)
    drawn[crossed] = _with_stroke_across(images[crossed], generator)
    return drawn


def _with_stroke_across(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A stroke from the left that meets the stem about its middle, or just crosses it.

    It is what becomes of an upstroke where the pen goes up and down along the same stem.
    """
    n = len(images)
    uniform = functools.partial(_uniform, n, generator=generator)
    _, top, _, bottom = ink_box(images)
    y = top + (bottom - top) * uniform(0.3, 0.6)
    x = _middle_of_row(images, y)
    length = uniform(3.5, 8.0)
    begin = torch.stack([x - length, y + length * uniform(-0.1, 0.5)], dim=1)
    end = torch.stack([x + uniform(-0.5, 2.5), y - uniform(0.0, 1.5)], dim=1)
    towards = (begin + end) / 2 + torch.stack([uniform(-1.0, 1.0), uniform(-1.0, 2.5)], dim=1)
    begins, ends = bent(begin, towards, end)
    radius = (pen_radius(images) * uniform(0.7, 1.0))[:, None].expand(n, _PARTS)
    drawn = strokes(images, begins, ends, radius)
    return refit(_with_lead_in(drawn, begin, radius[:, 0], generator))


def _with_lead_in(
    images: torch.Tensor, begin: torch.Tensor, radius: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    """A short stroke from the upper left to where some upstrokes begin.

    Args:
        images: (n, 28, 28).
        begin: (n, 2), where the upstrokes begin.
        radius: (n,), half their thickness; none begins where it is not positive.
        generator: of all that is random.
    """
    uniform = functools.partial(_uniform, len(images), generator=generator)
    high = uniform(0.5, 4.5)
    first = begin - torch.stack([uniform(0.5, 3.5), high], dim=1)
    turn = begin + torch.stack([uniform(-1.5, 0.0), uniform(0.0, 0.3) * high], dim=1)
    begins, ends = bent(first, turn, begin)
    pen = radius * (uniform(0, 1) < _HOOKED)
    return strokes(images, begins, ends, pen[:, None].expand(-1, _PARTS))


def _nine(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A hook at the end of the stem, or a bowl instead of the stem."""
    bowl = _uniform(len(images), 0, 1, generator) < _BOWLS
    drawn = _with_hook(images, generator)
    drawn[bowl] = _with_bowl(images[bowl], generator)
    return drawn


def _with_hook(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A hook at the end of the stem, to the left and a little up."""
    n = len(images)
    uniform = functools.partial(_uniform, n, generator=generator)
    left, top, right, bottom = ink_box(images)
    begin = torch.stack([_middle_of_row(images, bottom - 1), bottom - 0.5], dim=1)
    wide = (right - left) * uniform(0.4, 0.9)
    deep = (bottom - top) * uniform(0.02, 0.12)
    end = torch.stack([begin[:, 0] - wide, bottom - (bottom - top) * uniform(-0.02, 0.18)], dim=1)
    towards = torch.stack([begin[:, 0] - 0.4 * wide, bottom + 2 * deep], dim=1)
    begins, ends = bent(begin, towards, end)
    radius = (pen_radius(images) * uniform(0.8, 1.0))[:, None].expand(n, _PARTS)
    return refit(strokes(images, begins, ends, radius))


def _with_bowl(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """The head of a nine, and below it a bowl, open to the left, where the stem was.

    It bulges to the right, and its end turns up more or less. A nine without a stem, or with an
    open head, of which a five would come, is as before.
    """
    n = len(images)
    uniform = functools.partial(_uniform, n, generator=generator)
    radius = pen_radius(images)
    left, top, right, bottom = ink_box(images)
    stem = _begin_of_stem(images, radius)
    bowled = (bottom - stem > _SHORTEST_STEM) & (_strokes_in_row(images, (top + stem) / 2) > 1)
    y = stem + (bottom - stem) * uniform(0.0, 0.4)
    rows = torch.arange(images.shape[1], dtype=images.dtype)
    head = images * (y[:, None] + 0.5 - rows).clamp(0, 1)[:, :, None]
    begin = torch.stack([_middle_of_row(images, y), y], dim=1)
    wide, deep = (right - left) * uniform(0.6, 1.3), uniform(4.0, 10.0)

    def at(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return begin + torch.stack([x * wide, y * deep], dim=1)

    ground = at(-uniform(0.2, 0.5), torch.ones(n))
    side = at(uniform(-0.1, 0.8), uniform(0.5, 1.0))
    end = at(-uniform(0.7, 1.0), 1 - uniform(-0.1, 0.5))
    below = at(-uniform(0.5, 0.8), uniform(1.0, 1.2))
    pieces = bent(begin, side, ground), bent(ground, below, end)
    begins, ends = (torch.cat(parts, dim=1) + _MARGIN for parts in zip(*pieces, strict=True))
    pen = (radius * uniform(0.8, 1.0))[:, None].expand(n, 2 * _PARTS)
    drawn = strokes(functional.pad(head, (_MARGIN,) * 4), begins, ends, pen)
    return torch.where(bowled[:, None, None], refit(drawn), images)


def _strokes_in_row(images: torch.Tensor, row: torch.Tensor) -> torch.Tensor:
    """Return how many pieces of ink a row of each image has, (n,)."""
    line = images[torch.arange(len(images)), row.round().long().clamp(0, images.shape[1] - 1)]
    ink = functional.pad((line > _INK).float(), (1, 0))
    return (ink.diff(dim=1) > 0).sum(dim=1)


def _begin_of_stem(images: torch.Tensor, radius: torch.Tensor) -> torch.Tensor:
    """Return the first row from which on, downwards, ink is a single upright stroke, (n,)."""
    ink = images > _INK
    broad = ink.sum(dim=2) > (_BROAD * radius + 2)[:, None]
    rows = torch.arange(images.shape[1], dtype=images.dtype)
    return ((rows + 1) * broad).amax(dim=1)


def _with_upstroke(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """An upstroke before the stem, a foot below it, or both.

    Half of the upstrokes end at the top of the stem, the others further down. They are bent: they
    begin flat and end steep, or the other way round.
    """
    n = len(images)
    uniform = functools.partial(_uniform, n, generator=generator)
    _, top, _, bottom = ink_box(images)
    y = top + (bottom - top) * uniform(-0.45, 0.45).clamp(min=0) + 0.5
    x, foot = _middle_of_row(images, y - 0.5), _middle_of_row(images, bottom)
    stem = torch.atan2(bottom - top, _middle_of_row(images, top) - foot)
    angle, length = torch.minimum(uniform(0.4, 1.2), stem - _APART), uniform(4.0, 18.0)
    length = torch.minimum(length, 0.95 * (bottom - y) / angle.sin().clamp(min=0.1))  # not below
    tip = torch.stack([x - length * angle.cos(), y + length * angle.sin()], dim=1)
    end = torch.stack([x, y], dim=1)
    across = torch.stack([angle.sin(), angle.cos()], dim=1) * (length * uniform(-0.1, 0.4))[:, None]
    begins, ends = bent(tip, (tip + end) / 2 + across, end)
    left, right = uniform(2.0, 5.5), uniform(2.0, 5.5)
    heel = torch.stack([foot - left, bottom + uniform(-0.7, 0.7)], dim=1)
    toe = torch.stack([foot + right, bottom], dim=1)
    begins, ends = (torch.cat([a, b[:, None]], dim=1) for a, b in ((begins, heel), (ends, toe)))
    radius = pen_radius(images)[:, None] * _uniform(2 * n, 0.6, 1.1, generator).reshape(n, 2)
    kind = uniform(0, 1)
    with_upstroke, with_foot = kind < 0.75, (kind > 0.55)  # noqa: PLR2004  (a fifth has both)
    radius *= torch.stack([with_upstroke, with_foot], dim=1)
    drawn = strokes(images, begins, ends, radius[:, [0] * _PARTS + [1]])
    drawn = _with_lead_in(drawn, tip, radius[:, 0], generator)
    return refit(drawn)  # a long upstroke moves the middle


def bent(
    begin: torch.Tensor, towards: torch.Tensor, end: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return beginnings and ends, each (n, k, 2), of the parts of a quadratic Bézier curve.

    Args:
        begin: (n, 2), where the curves begin.
        towards: (n, 2), the point that they bend to.
        end: (n, 2), where they end.
    """
    t = torch.linspace(0, 1, _PARTS + 1)[None, :, None]
    points = (
        (1 - t).square() * begin[:, None]
        + 2 * t * (1 - t) * towards[:, None]
        + t.square() * end[:, None]
    )
    return points[:, :-1], points[:, 1:]


def _four(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A stroke that closes the top, or a right arm that ends not far above the bar, as in an h."""
    short = _uniform(len(images), 0, 1, generator) < _SHORT_ARMS
    drawn = _closed(images, generator)
    drawn[short] = _with_short_arm(images[short], generator)
    return drawn


def _with_short_arm(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """An open four without the upper part of its right arm; others are as before."""
    n = len(images)
    left, top, right, bottom = ink_box(images)
    rows, columns = (torch.arange(size, dtype=images.dtype) for size in images.shape[1:])
    high = bottom - top
    inner = (rows > (top + 0.3 * high)[:, None]) & (rows < (top + 0.8 * high)[:, None])
    bar = (images.sum(dim=2) * inner).argmax(dim=1).to(images.dtype)
    middle = _between_arms(images, top + 0.5 * (bar - top))
    end = bar - (bar - top) * _uniform(n, 0.1, 0.6, generator)
    gone = (end[:, None] - rows + 0.5).clamp(0, 1)[:, :, None]
    gone = gone * (columns > middle[:, None])[:, None]
    inside = (middle > left + 2) & (middle < right - 2)  # else there are no two arms
    return refit(images * (1 - gone * inside[:, None, None]))


def _between_arms(images: torch.Tensor, row: torch.Tensor) -> torch.Tensor:
    """Return the middle of the widest gap in a row of each image, (n,); -1 where there is none."""
    line = images[torch.arange(len(images)), row.round().long().clamp(0, images.shape[1] - 1)]
    ink = line > _INK
    x = torch.arange(images.shape[2])
    before = torch.where(ink, x, -1).cummax(dim=1).values
    gap = torch.where(ink.flip(1).cummax(dim=1).values.flip(1) & (before >= 0), x - before, 0)
    width, place = gap.max(dim=1)
    middle = place - width / 2
    return torch.where(width >= _NARROWEST_GAP, middle, -1.0)


def _closed(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A stroke that closes the top, unless that is so wide that a nine would come of it."""
    n = len(images)
    left, _, right, _ = ink_box(images)
    centre = (left + right) / 2
    x = torch.arange(images.shape[2], dtype=images.dtype)
    ink = images > _INK
    ends = []
    for side in (x < centre[:, None], x >= centre[:, None]):
        part = (ink & side[:, None]).float()
        rows = part.amax(dim=2)
        top = rows.argmax(dim=1).float() + 0.7
        ends.append(torch.stack([_middle_of_row(part, top), top], dim=1))
    radius = pen_radius(images) * _uniform(n, 0.6, 1.0, generator)
    radius *= (ends[0] - ends[1]).norm(dim=1) < _WIDEST_TOP
    return strokes(images, ends[0][:, None], ends[1][:, None], radius[:, None])


def _two(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A head that a stroke closes, or a loop instead of the head."""
    loop = _uniform(len(images), 0, 1, generator) < _LOOPS
    drawn = _with_closed_head(images, generator)
    drawn[loop] = _with_loop(images[loop], generator)
    return drawn


def _with_loop(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """The lower part of a two, and above it a loop, to whose right side its stem leads.

    A two that has no stem below the middle, or a loop at its foot already, as eights have, or
    hardly any foot, as nines have none, is as before.
    """
    n = len(images)
    uniform = functools.partial(_uniform, n, generator=generator)
    radius = pen_radius(images)
    _, top, _, bottom = ink_box(images)
    y = top + (bottom - top) * uniform(0.4, 0.6)
    has_stem = (_strokes_in_row(images, y) == 1) & (_strokes_in_row(images, (y + bottom) / 2) == 1)
    rows = torch.arange(images.shape[1], dtype=images.dtype)
    begin, _, end, _ = ink_box(images * (rows > (top + 3 * bottom)[:, None] / 4)[:, :, None])
    has_foot = end - begin >= _SHORTEST_FOOT
    foot = images * (rows - y[:, None] + 0.5).clamp(0, 1)[:, :, None]
    right = torch.stack([_middle_of_row(images, y), y], dim=1)
    wide, high = uniform(2.5, 4.5), uniform(3.0, 5.0)
    leaves = uniform(0.3, 1.3)  # radians below its right side the stem leaves the loop
    corner = torch.stack([wide * leaves.cos(), high * leaves.sin()], dim=1)
    turns = torch.linspace(0, 2 * torch.pi, 2 * _PARTS + 1)
    around = torch.stack([wide[:, None] * turns.cos(), high[:, None] * turns.sin()], dim=2)
    points = (right - corner)[:, None] + around + _MARGIN
    pen = (radius * uniform(0.8, 1.0))[:, None].expand(n, 2 * _PARTS)
    drawn = strokes(functional.pad(foot, (_MARGIN,) * 4), points[:, :-1], points[:, 1:], pen)
    return torch.where((has_stem & has_foot)[:, None, None], refit(drawn), images)


def _with_closed_head(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A stroke from the hook at the left of the head to the stem, if they are not far apart."""
    n = len(images)
    uniform = functools.partial(_uniform, n, generator=generator)
    left, top, right, bottom = ink_box(images)
    x, y = (torch.arange(size, dtype=images.dtype) for size in images.shape[:0:-1])
    high, wide = bottom - top, right - left
    hook = (images > _INK) & (x < (left + 0.45 * wide)[:, None])[:, None]
    hook &= (y < (top + 0.4 * high)[:, None])[:, :, None]
    rows = hook.any(dim=2).float()
    low = rows.shape[1] - 1 - rows.flip(1).argmax(dim=1).float()
    begin = torch.stack([_middle_of_row(images * hook, low), low], dim=1)
    stem = images * (x > (left + 0.5 * wide)[:, None])[:, None]
    beside = torch.minimum(low + uniform(0.0, 3.0), top + 0.6 * high)
    end = torch.stack([_middle_of_row(stem, beside), beside], dim=1)
    near = (begin - end).norm(dim=1) < _WIDEST_HEAD
    hooked = (low - top > 0.12 * high) & rows.any(dim=1)
    radius = pen_radius(images) * uniform(0.6, 1.0) * (near & hooked)
    return strokes(images, begin[:, None], end[:, None], radius[:, None])


_DRAWN: dict[int, Callable[[torch.Tensor, torch.Generator], torch.Tensor]] = {
    0: _zero, 1: _one, 2: _two, 4: _four, 7: _seven, 9: _nine,
}  # fmt: skip
