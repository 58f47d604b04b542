"""The network that reads along rows: its view, its columns, and how probable they make a text."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerist.model.along import RowModel
from numerist.reading import Reader, whole_row
from numerist.reading.pieces import HEIGHT, cut_row, parts_of
from numerist.reading.strings import make_number
from numerist.reading.whole_row import (
    APART,
    HIGH,
    NETWORK,
    WRITING,
    best_path,
    judged_along,
    likeliest,
    likely_texts,
    nothing,
    text_log_probabilities,
    unheard,
    view,
)

if TYPE_CHECKING:
    from numerist.data import Mnist


def columns(seed: int, count: int) -> np.ndarray:
    """Random columns in which only 3, 7 and no digit are possible."""
    chances = np.zeros((count, 11))
    chances[:, [3, 7, 10]] = np.random.default_rng(seed).dirichlet([1, 1, 1], count)
    with np.errstate(divide="ignore"):
        return np.log(chances)


def said(labels: tuple[int, ...]) -> str:
    """What a label for each column says: runs of the same are one, and 10 is nothing."""
    return "".join(str(label) for label, _ in itertools.groupby(labels) if label < 10)


@given(st.integers(0, 1000), st.integers(1, 6))
@settings(max_examples=25, deadline=None)
def test_texts_are_as_probable_as_all_their_alignments_together(seed: int, count: int) -> None:
    here = columns(seed, count)
    counted: dict[str, float] = {}
    for labels in itertools.product((3, 7, 10), repeat=count):
        chance = float(np.exp(sum(here[k, label] for k, label in enumerate(labels))))
        counted[said(labels)] = counted.get(said(labels), 0.0) + chance
    texts = sorted(counted)
    assert np.allclose(np.exp(text_log_probabilities(here, texts)), [counted[t] for t in texts])
    assert sum(counted.values()) == pytest.approx(1)


@given(st.integers(0, 1000), st.integers(1, 6))
@settings(max_examples=25, deadline=None)
def test_likely_texts_are_those_with_most_alignments_together(seed: int, count: int) -> None:
    here = columns(seed, count)
    texts = [
        "".join(signs) for n in range(count + 1) for signs in itertools.product("37", repeat=n)
    ]
    chances = np.exp(text_log_probabilities(here, texts))
    least = 0.025 * chances.max()  # a little above where texts are left out
    ranked = [text for _, text in sorted(zip(-chances, texts, strict=True))]
    right = [text for text in ranked if chances[texts.index(text)] > least]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(whole_row, "_BEAM", len(texts))  # so that none falls out on the way
        found = likely_texts(here)
        best = likeliest(here)
    assert math.exp(best) == pytest.approx(chances[1:].max(), rel=0.02)  # texts[0] is empty
    assert best_path(here) <= math.log(chances[1:].max()) + 1e-9
    assert nothing(here) == pytest.approx(chances[0])
    assert set(right) <= set(found)
    order = np.array([chances[texts.index(text)] for text in found])
    assert (order[1:] <= 1.02 * order[:-1]).all()  # hardly probable digits are not followed
    assert np.exp(text_log_probabilities(here, found)).min() > 0.015 * chances.max()
    if count <= 2:  # no more texts than are followed
        assert likely_texts(here) == found


def test_what_is_beside_all_digits_of_a_row_is_unheard() -> None:
    """A line of 160 pixels, two digits in it: what is further from both than 24 pixels counts."""
    mask = np.zeros((HEIGHT + 20, 160), bool)
    mask[30:33] = True
    pieces = cut_row(parts_of(mask.astype(np.float32), mask, HEIGHT))
    begin = int(np.flatnonzero(pieces.numbers.any(axis=0))[0])
    here = np.log(np.full((48, 11), 0.001))
    here[:, 10] = math.log(0.99)
    assert unheard(here, pieces) == 1
    for middle in (60, 90):  # of the picture: a pixel of the view is two, and its margin 8
        here[round(((begin + middle) / 2 + 8) / APART - 0.5)] = math.log(1 / 11)
    assert unheard(here, pieces) == pytest.approx(1 - (24 + 30 + 24) / 160, abs=0.02)


def test_of_numbers_hardly_any_ink_is_unheard(mnist: Mnist) -> None:
    rng = np.random.default_rng(31)
    reader, digits = Reader(), mnist.validation
    for gap in ("wide", "touching", "overlapping"):
        for _ in range(10):
            picture = make_number(digits, 6, rng, gap=gap, paper="worn").picture
            found = [word.pieces for word in reader.words(picture.astype(np.float32) / 255)]
            large = max(found, key=lambda pieces: pieces.areas.sum())
            (along,) = judged_along([large])
            assert unheard(along, large) < 0.1


def test_the_likeliest_text_is_none_that_is_empty_however_sure_that_is() -> None:
    here = np.full((3, 11), -np.inf)
    here[:, 10] = np.log([0.999, 0.999, 0.999])
    here[1, [4, 10]] = np.log([0.001, 0.999])
    assert likely_texts(here) == [""]
    assert likeliest(here) == -np.inf  # a digit as improbable as that is not followed
    here[1, [4, 10]] = np.log([0.01, 0.99])
    assert likely_texts(here) == [""]
    assert best_path(here) == -np.inf
    assert math.exp(likeliest(here)) == pytest.approx(0.999 * 0.01 * 0.999)


def test_as_torch_has_it() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is in the extra [train]")
    texts = ["1", "11", "907", "", "1234567"]
    scores = torch.randn(30, 11, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    here = scores.log_softmax(1)
    ours = text_log_probabilities(here.numpy(), texts)
    for text, value in zip(texts, ours, strict=True):
        loss = torch.nn.functional.ctc_loss(
            here[:, None], torch.tensor([[int(sign) for sign in text]]), (30,), (len(text),),
            blank=10, reduction="sum",
        )  # fmt: skip
        assert value == pytest.approx(-float(loss), abs=1e-9)


def test_only_digits_count_and_what_does_not_fit_is_impossible() -> None:
    here = columns(0, 5)
    apart, together = text_log_probabilities(here, ["3-7", "37"])
    assert apart == together > -np.inf
    assert text_log_probabilities(here, ["33373337"]).tolist() == [-np.inf]  # eight in five columns
    assert text_log_probabilities(here[:0], ["", "3"]).tolist() == [0.0, -np.inf]


def test_the_view_shows_writing_in_the_middle_and_20_pixels_high() -> None:
    level = np.zeros((90, 120), np.float32)
    level[30:70, 20:24] = 1  # a one as high as writing,
    level[80:84, 60:64] = 1  # and a dot below
    boxes = np.array([(20, 30, 24, 70), (60, 80, 64, 84)])
    seen = view(level, boxes)
    rows = np.flatnonzero(seen[:, :30].max(axis=1) > 0.5)
    assert seen.shape[0] == HIGH
    assert seen.shape[1] % APART == 0
    assert len(rows) == WRITING
    assert rows[0] == (HIGH - WRITING) // 2
    assert seen.sum() == pytest.approx(level[:, :].sum() / (HEIGHT / WRITING) ** 2, rel=0.05)


def test_it_reads_numbers_without_any_cut_and_whatever_else_is_on_the_page(mnist: Mnist) -> None:
    digits = mnist.validation
    rng = np.random.default_rng(5)
    reader = Reader()
    made = [make_number(digits, n, rng, gap="touching", height=(30, 50)) for n in (3, 7, 2, 5)]
    words = [reader.words(one.picture.astype(np.float32) / 255)[0] for one in made]
    together = judged_along([word.pieces for word in words])
    right = 0
    for one, word, here in zip(made, words, together, strict=True):
        assert np.array_equal(judged_along([word.pieces])[0], here)
        assert np.allclose(np.exp(here).sum(axis=1), 1, atol=1e-4)
        right += said(tuple(here.argmax(axis=1).tolist())) == one.text
    assert right >= 3


def test_the_network_that_ships_says_where_it_is_from() -> None:
    metadata = RowModel(NETWORK).metadata
    assert metadata.input_shape == [HIGH]
    assert len(metadata.classes) == 11
    assert "learn_whole_row.py" in metadata.made_by
    assert "MNIST" in metadata.licence
    assert NETWORK.stat().st_size < 1_000_000
