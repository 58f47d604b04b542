"""Networks that look along rows: what the file computes, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from numerist.errors import InputError, NotAModelError
from numerist.model import SHIPPED, load_model
from numerist.model.along import RowModel, Step, read_along, write_along
from numerist.reading.whole_row import NETWORK

if TYPE_CHECKING:
    from pathlib import Path


def steps() -> list[Step]:
    rng = np.random.default_rng(0)

    def step(out: int, before: int, kernel: tuple[int, int], pool: tuple[int, int]) -> Step:
        weights = rng.normal(0, 0.5, (out, before, *kernel)).astype(np.float16)
        biases = rng.normal(0, 0.5, out).astype(np.float16)
        return Step(weights.astype(np.float32), biases.astype(np.float32), pool)

    return [step(4, 1, (3, 3), (2, 2)), step(5, 4, (3, 5), (4, 1)), step(3, 5, (1, 1), (1, 1))]


def slowly(chain: list[Step], picture: np.ndarray) -> np.ndarray:
    """The same, written out: (high, w) to ln of probabilities (columns, labels)."""
    here = picture[None].astype(float)
    for k, step in enumerate(chain):
        _, _, high, wide = step.weights.shape
        padded = np.pad(here, ((0, 0), (high // 2, high // 2), (wide // 2, wide // 2)))
        found = np.zeros((len(step.biases), *here.shape[1:]))
        for y in range(here.shape[1]):
            for x in range(here.shape[2]):
                window = padded[:, y : y + high, x : x + wide]
                found[:, y, x] = (step.weights * window).sum(axis=(1, 2, 3)) + step.biases
        if k < len(chain) - 1:
            found = np.maximum(found, 0)
            down, across = step.pool
            rows, columns = found.shape[1] // down, found.shape[2] // across
            cropped = found[:, : rows * down, : columns * across]
            found = cropped.reshape(-1, rows, down, columns, across).max(axis=(2, 4))
        here = found
    logits = here[:, 0].T
    result: np.ndarray = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return result


def written(path: Path, chain: list[Step], **about: Any) -> Path:
    write_along(path, chain, high=8, classes=["a", "b", "none"], **about)
    return path


@pytest.mark.parametrize("wide", [6, 14, 30])
def test_it_computes_what_the_convolutions_say(tmp_path: Path, wide: int) -> None:
    model = RowModel(written(tmp_path / "rows.onnx", steps(), licence="MIT"))
    pictures = np.random.default_rng(1).random((3, 8, wide)).astype(np.float32)
    found = model.log_probabilities(pictures)
    assert found.shape == (3, wide // 2, 3)
    assert model.metadata.licence == "MIT"
    for picture, answers in zip(pictures, found, strict=True):
        assert np.allclose(answers, slowly(steps(), picture), atol=1e-4)


def test_what_is_read_back_is_what_was_written(tmp_path: Path) -> None:
    found = read_along(written(tmp_path / "rows.onnx", steps()))
    assert len(found) == len(steps())
    for back, there in zip(found, steps(), strict=True):
        assert np.array_equal(back.weights, there.weights)  # float16 holds them exactly
        assert np.array_equal(back.biases, there.biases)
        assert back.pool == there.pool
    with pytest.raises(NotAModelError, match="looks along rows"):
        read_along(SHIPPED)


def test_each_kind_of_network_is_refused_as_the_other(tmp_path: Path) -> None:
    with pytest.raises(NotAModelError, match="looks along rows"):
        RowModel(SHIPPED)
    with pytest.raises(NotAModelError, match="looks along rows"):
        load_model(NETWORK)
    with pytest.raises(NotAModelError):
        RowModel(tmp_path / "none.onnx")


def test_numbers_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    chain = steps()
    chain[0].weights[0, 0, 0, 0] = np.nan
    with pytest.raises(InputError, match=r"weights\.0"):
        written(tmp_path / "rows.onnx", chain)
    assert not list(tmp_path.iterdir())
