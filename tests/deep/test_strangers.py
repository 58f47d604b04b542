"""What is no digit: fitted as the normaliser does it, always pictures, what their names say."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from numerist.deep import strangers as room
from numerist.deep.distortion import refit
from numerist.deep.strangers import gently, glyphs, strangers
from numerist.deep.variants import ink_box

MAKERS = {make.__name__.removeprefix("_"): make for make in room._MAKERS}


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def longest_side(image: np.ndarray) -> int:
    ys, xs = np.nonzero(image > 0.25)
    return int(max(np.ptp(ys), np.ptp(xs))) + 1


def centre_of_mass(image: np.ndarray) -> tuple[float, float]:
    y, x = np.mgrid[: image.shape[0], : image.shape[1]] + 0.5
    return float((x * image).sum() / image.sum()), float((y * image).sum() / image.sum())


# refit


@pytest.mark.parametrize("shape", [(20, 45), (60, 33), (28, 28), (100, 100)])
def test_refit_gives_the_longest_side_and_the_centre_of_mass(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(3)
    images = np.zeros((30, *shape), np.float32)
    for image in images:  # two touching rectangles, of any size and place
        h, w = rng.integers(6, shape[0] // 2), rng.integers(6, shape[1] // 2)
        y, x = rng.integers(1, shape[0] - h - 5), rng.integers(1, shape[1] - w - 5)
        image[y : y + h, x : x + w] = rng.uniform(0.5, 1)
        image[y + h - 1 : y + h + 4, x + w - 1 : x + w + 4] = 1
    fitted = refit(torch.from_numpy(images)).numpy()
    assert fitted.shape == (30, 28, 28)
    for before, image in zip(images, fitted, strict=True):
        border = image[0].sum() + image[-1].sum() + image[:, 0].sum() + image[:, -1].sum()
        if border:  # heavy on one side: MNIST's makers cut such ink off as well
            continue
        assert abs(longest_side(image) - 20) <= 1
        assert centre_of_mass(image) == pytest.approx((14, 14), abs=0.5)
        ratio = [
            np.ptp(np.nonzero(picture.max(axis=0) > 0.25)[0]) + 1
            - (np.ptp(np.nonzero(picture.max(axis=1) > 0.25)[0]) + 1) for picture in (before, image)
        ]  # fmt: skip
        if abs(ratio[0]) > 5:
            assert np.sign(ratio[0]) == np.sign(ratio[1])  # wide stays wide
    inner = fitted[:, 1:-1, 1:-1].sum(axis=(1, 2)) == fitted.sum(axis=(1, 2))
    assert inner.mean() > 0.5  # else little was compared


def test_refit_leaves_mnists_digits_where_they_are(digits: torch.Tensor) -> None:
    """They were fitted by its makers; ours agrees with theirs to a fraction of a pixel."""
    sizes, moved = [], []
    for image in refit(digits[:500]).numpy():
        sizes.append(longest_side(image))
        moved.append(np.hypot(*(np.array(centre_of_mass(image)) - 14)))
    assert np.mean(np.abs(np.array(sizes) - 20) <= 1) > 0.99
    assert np.median(moved) < 0.1


def test_refit_leaves_blank_paper_blank() -> None:
    assert refit(torch.zeros(3, 40, 20)).sum() == 0


# every kind


@pytest.mark.parametrize("kind", MAKERS)
def test_every_kind_is_pictures_and_a_seed_repeats_them(digits: torch.Tensor, kind: str) -> None:
    n = 500
    made = MAKERS[kind](n, digits, seeded(1))
    assert made.shape == (n, 28, 28)
    assert made.dtype == torch.float32
    assert torch.isfinite(made).all()
    assert made.min() >= 0
    assert made.max() <= 1
    blank = (made.amax(dim=(1, 2)) < 0.25).float().mean()
    assert blank <= (0.05 if kind == "noise" else 0.005)  # specks may be few, down to none
    assert len(torch.unique(made.reshape(n, -1), dim=0)) > 0.6 * n
    assert torch.equal(made, MAKERS[kind](n, digits, seeded(1)))
    assert not torch.equal(made, MAKERS[kind](n, digits, seeded(2)))


@pytest.mark.parametrize("kind", ["pairs", "scribbles", "letters"])
def test_what_is_fitted_has_a_digits_size_and_place(digits: torch.Tensor, kind: str) -> None:
    made = MAKERS[kind](300, digits, seeded(4)).numpy()
    sizes = np.array([longest_side(image) for image in made])
    assert np.mean(np.abs(sizes - 20) <= 2) > 0.9
    off = np.array([np.hypot(*(np.array(centre_of_mass(image)) - 14)) for image in made])
    assert np.mean(off < 1) > 0.9


def test_the_kinds_come_in_their_shares_and_in_the_number_asked_for(digits: torch.Tensor) -> None:
    counts: dict[str, int] = {}

    def counting(name: str, make: Any) -> Any:
        def made(n: int, images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
            counts[name] = n
            return torch.as_tensor(make(n, images, generator))

        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "_MAKERS", tuple(counting(*item) for item in MAKERS.items()))
        assert len(strangers(2000, digits, seeded(3))) == 2000
    shares = dict(zip(MAKERS, room._WEIGHTS, strict=True))
    assert sum(shares.values()) == pytest.approx(1)
    for name, share in shares.items():
        assert abs(counts[name] / 2000 - share) < 5 * math.sqrt(share * (1 - share) / 2000), name
    for n in (1, 2, 19):
        assert strangers(n, digits[:2], seeded(n)).shape == (n, 28, 28)
    first, again = (strangers(100, digits, seeded(5)) for _ in range(2))
    assert torch.equal(first, again)


# what their names say


def test_halves_are_halves(digits: torch.Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is a digit with all beyond a cut missing, and about half of its box is left."""
    monkeypatch.setattr(room, "refit", lambda images: images)
    monkeypatch.setattr(room, "_pairs", lambda n, *_: torch.full((n, 28, 28), torch.nan))
    square = torch.zeros(2, 28, 28)
    square[:, 4:24, 4:24] = 1
    sides = set()
    for half in MAKERS["halves"](300, square, seeded(6)):
        left, top, right, bottom = (int(side[0]) for side in ink_box(half[None]))
        assert half.sum() == (right - left + 1) * (bottom - top + 1)  # a rectangle
        across, along = sorted([right - left + 1, bottom - top + 1])
        assert along == 20
        assert 8 <= across <= 12
        cut_sides = {"left": left > 4, "top": top > 4, "right": right < 23, "bottom": bottom < 23}
        assert sum(cut_sides.values()) == 1
        sides.add(next(side for side, cut in cut_sides.items() if cut))
    assert sides == {"left", "top", "right", "bottom"}
    every = {image.numpy().tobytes() for image in digits[:50]}
    for half in MAKERS["halves"](100, digits[:50], seeded(6)):
        if half.isnan().all():  # a narrow one, which shows a one
            continue
        left, top, right, bottom = (int(side[0]) for side in ink_box(half[None]))
        assert right - left > 0.3 * (bottom - top)
        assert half.numpy().tobytes() not in every
        ink = half > 0
        assert any(torch.equal(image * ink, half) for image in digits[:50])


def test_pairs_are_wider_than_high_or_less_than_two(digits: torch.Tensor) -> None:
    made = MAKERS["pairs"](400, digits, seeded(7)).numpy()
    wide = [
        np.ptp(np.nonzero(image.max(axis=0) > 0.25)[0])
        > np.ptp(np.nonzero(image.max(axis=1) > 0.25)[0])
        for image in made
    ]
    assert np.mean(wide) > 0.6


def test_glyphs_are_letters_of_several_fonts() -> None:
    """No two signs of a font look the same, and each font draws its own."""
    drawn = glyphs()
    n = len(drawn)
    assert n > 8 * 52
    assert len(torch.unique(drawn.reshape(n, -1), dim=0)) > 0.85 * n
    first = drawn[:52]  # a…z, A…Z of the first font
    tallest = first.amax(dim=2).gt(0.25).sum(dim=1)
    widest = first.amax(dim=1).gt(0.25).sum(dim=1)
    narrow, broad = (widest / tallest)["abcdefghijklmnopqrstuvwxyz".index("l")], widest / tallest
    assert narrow < 0.35  # an l is a stroke
    assert broad["abcdefghijklmnopqrstuvwxyz".index("m")] > 1.2  # an m is broader than high
    o = first["abcdefghijklmnopqrstuvwxyz".index("o")]
    assert o[14, 14] < 0.1  # hollow
    assert o.sum() > 30


def test_gently_changes_strangers_a_little(digits: torch.Tensor) -> None:
    before = glyphs()[:100]
    after = gently(before, seeded(8))
    alike = torch.stack([
        torch.corrcoef(torch.stack([a.flatten(), b.flatten()]))[0, 1]
        for a, b in zip(before, after, strict=True)
    ])  # fmt: skip
    assert alike.median() > 0.7
    assert alike.max() < 1 - 1e-6
