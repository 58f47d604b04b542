"""Rows A1 to A3: layers of any sizes, images of any size, no loops."""

from __future__ import annotations

import numpy as np
import pytest

from numerist.chapter.row import Result, Scale
from numerist.chapter.rows import architecture
from numerist.chapter.rows.architecture import ROWS
from numerist.data import Dataset
from numerist.network import Network

MODULE = "numerist.chapter.rows.architecture"


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    return {row.id: row.run(Scale(quick=True, seeds=2)) for row in ROWS}


def test_the_chapters_networks_are_drawn(results: dict[str, Result]) -> None:
    drawn = [str(picture.data) for picture in results["A1"].pictures]
    kinds = [[text.count(f'"neuron {k}"') for k in ("input", "hidden", "output")] for text in drawn]
    assert kinds == [[6, 4, 1], [6, 7, 1]]
    # 6·4 + 4 + 4·3 + 3 + 3·1 + 1
    assert results["A1"].numbers["parameters of [6, 4, 3, 1]"] == 47


def test_a_network_that_computes_otherwise_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    class Rounded(Network):
        def feedforward(self, a: object) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
            return np.asarray(super().feedforward(a).round(6))  # type: ignore[arg-type]

    monkeypatch.setattr(f"{MODULE}.Network", Rounded)
    assert architecture.A1.run(Scale(quick=True, seeds=1)).agrees is False


def test_images_are_enlarged_to_64_by_64_and_only_nines_marked() -> None:
    ink = np.zeros((2, 28, 28), np.float32)
    ink[0, 0, 0] = ink[1, 27, 27] = 1
    large = architecture._enlarged(Dataset(ink, np.array([9, 4], np.uint8)))
    assert large.images.shape == (2, 64, 64)
    assert large.labels.tolist() == [1, 0]
    assert large.images.sum(axis=(1, 2)).tolist() == [4, 4]
    assert np.argwhere(large.images[0]).tolist() == [[4, 4], [4, 5], [5, 4], [5, 5]]
    assert np.argwhere(large.images[1]).tolist() == [[58, 58], [58, 59], [59, 58], [59, 59]]


def test_large_images_have_the_chapters_input_neurons(results: dict[str, Result]) -> None:
    assert results["A2"].numbers["sizes"] == [4096, 30, 1]
    assert results["A2"].numbers["input neurons by size of the image"]["20×12"] == 240
    assert len(results["A2"].pictures) == 2
    assert results["A2"].agrees is None  # too small to tell


def test_loops_are_refused_by_name(results: dict[str, Result]) -> None:
    refusals = results["A3"].numbers["refusals"]
    assert all("no loop" in message for message in refusals.values())
    assert "n → n" in refusals["a gate that reads itself"]


def test_documentation_that_does_not_say_it_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("numerist.network.__doc__", "A network.")
    assert architecture.A3.run(Scale(quick=True)).agrees is False
