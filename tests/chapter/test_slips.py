"""Slips say what they say, and look as their kind does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from numerist.chapter.slips import PATTERNS, _amount, make_slip
from numerist.data import Dataset
from numerist.errors import InputError

if TYPE_CHECKING:
    from numerist.data import Mnist


@pytest.fixture
def bars() -> Dataset:
    """Upright bars, labelled 1."""
    images = np.zeros((1, 28, 28), np.float32)
    images[0, 4:24, 12:16] = 1
    return Dataset(images, np.array([1], np.uint8))


@pytest.mark.parametrize("kind", PATTERNS)
def test_the_text_fits_the_pattern_of_its_kind(kind: str, mnist: Mnist) -> None:
    rng = np.random.default_rng(0)
    slips = [make_slip(kind, mnist.validation, rng) for _ in range(60)]
    assert all(re.fullmatch(PATTERNS[kind], slip.text) for slip in slips)
    lengths = {len(slip.text) for slip in slips}
    assert lengths == ({5} if kind == "postcode" else {4, 5, 6, 7})
    assert len({slip.text for slip in slips}) > 55
    for slip in slips:
        assert slip.picture.dtype == np.uint8
        edge = slip.picture[:3].astype(float)
        assert edge.mean() > slip.picture.min() + 50  # paper around, and something dark on it


def test_half_of_the_slips_are_clean(mnist: Mnist) -> None:
    rng = np.random.default_rng(1)
    for kind in PATTERNS:
        slips = [make_slip(kind, mnist.validation, rng) for _ in range(60)]
        clean = sum(bool((slip.picture[:3] == 255).all()) for slip in slips)
        assert 18 <= clean <= 42  # 30 ± 3 standard deviations


def test_an_amount_has_its_point_where_the_text_has_it(bars: Dataset) -> None:
    for seed in range(20):
        made = _amount(bars, np.random.default_rng(seed), "wide", clean=True)
        dark = (made.picture < 128).astype(np.uint8)
        count, _, stats, _ = cv2.connectedComponentsWithStats(dark)
        assert count - 1 == len(made.text)
        pieces = sorted(stats[1:].tolist())
        tallest = max(high for _, _, _, high, _ in pieces)
        small = [k for k, (_, _, _, high, _) in enumerate(pieces) if high < 0.3 * tallest]
        assert small == [made.text.index(".")]
        _, top, _, high, _ = pieces[small[0]]
        lowest = max(top + high for _, top, _, high, _ in pieces)
        assert lowest - 2 <= top + high <= lowest + 1  # it stands on the line


def test_uneven_light_leaves_ink_and_paper_apart(bars: Dataset) -> None:
    pictures = [
        _amount(bars, np.random.default_rng(seed), "wide", clean=False).picture
        for seed in range(20)
    ]
    papers = [float(picture[:5].mean()) for picture in pictures]
    assert min(papers) < 200 < max(papers)
    for picture in pictures:
        assert np.percentile(picture, 1) < 0.6 * np.percentile(picture, 60)


@pytest.mark.parametrize("kind", PATTERNS)
def test_the_same_seed_gives_the_same_slip(kind: str, mnist: Mnist) -> None:
    one, same, other = (
        make_slip(kind, mnist.validation, np.random.default_rng(seed)) for seed in (3, 3, 4)
    )
    assert one.text == same.text
    assert (one.picture == same.picture).all()
    assert other.text != one.text


def test_another_kind_is_refused(bars: Dataset) -> None:
    with pytest.raises(InputError, match="kind: expected one of postcode, amount, found 'date'"):
        make_slip("date", bars, np.random.default_rng(0))
