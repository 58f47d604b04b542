"""Row E8: what is said of the network is true of its file, and the record is not lightly beaten."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from numerist.chapter.row import Scale
from numerist.chapter.rows import record
from numerist.chapter.rows.record import compare_with_record
from numerist.model import Model, evaluation
from numerist.model.evaluation import Evaluation
from numerist.model.layers import Convolution, Dense, Layer, MaxPool, Plain, write_layers

if TYPE_CHECKING:
    from pathlib import Path

    from numerist.data import Mnist


@pytest.fixture
def network(tmp_path: Path) -> Path:
    """A network that has learned nothing: 4 filters of 5×5, a pool, ten outputs."""
    rng = np.random.default_rng(3)
    layers: list[Layer] = [
        Convolution(rng.standard_normal((4, 1, 5, 5), np.float32), np.zeros(4, np.float32)),
        Plain("relu"),
        MaxPool(4),
        Plain("flatten"),
        Dense(rng.standard_normal((10, 4 * 6 * 6), np.float32), np.zeros(10, np.float32)),
    ]
    write_layers(tmp_path / "net.onnx", layers, classes=list("0123456789"))
    return tmp_path / "net.onnx"


def test_the_figures_are_those_of_the_file(network: Path, mnist: Mnist) -> None:
    result = compare_with_record(network, Scale(quick=True))
    test = mnist.test[:1000]
    answers = Model(network).probabilities(test.images).argmax(axis=1)
    wrong = np.flatnonzero(answers != test.labels)
    numbers = result.numbers
    assert numbers["right"] == 1000 - len(wrong)
    assert sorted(numbers["misread"]) == wrong.tolist()
    for index, answer, truth in zip(
        numbers["misread"], numbers["answers"], numbers["truth"], strict=True
    ):
        assert (answer, truth) == (answers[index], test.labels[index])
    assert numbers["parameters"] == 4 * 25 + 4 + 10 * 144 + 10
    assert numbers["multiply_adds"] == 4 * 25 * 24 * 24 + 10 * 144
    assert numbers["bytes"] == network.stat().st_size
    captions = re.findall(r"\d as \d", result.pictures[1].alt)
    shown = list(zip(numbers["truth"], numbers["answers"], strict=True))[:40]
    assert captions == [f"{true} as {answer}" for true, answer in shown]


def _with(right: int) -> Evaluation:
    labels = np.arange(10_000) % 10
    answers = np.where(np.arange(10_000) < right, labels, (labels + 1) % 10)
    probabilities = np.full((10_000, 10), 0.02, np.float32)
    probabilities[np.arange(10_000), answers] = 0.82
    return Evaluation(labels, answers, probabilities, probabilities.max(axis=1))


@pytest.mark.parametrize(
    ("right", "agrees", "words"),
    [
        (9980, True, "That is 1 more than the record"),
        (9979, False, "That is as many as the record"),
        (9975, False, "That is 4 fewer than the record"),
        (10_000, True, "21 more than"),
    ],
)
def test_only_what_is_above_the_record_is_above_the_record(  # noqa: PLR0917
    right: int,
    agrees: bool,
    words: str,
    network: Path,
    mnist: Mnist,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(evaluation, "evaluate", lambda *_: _with(right))
    result = compare_with_record(network, Scale())
    assert result.agrees is agrees
    assert words in result.measured
    assert len(result.pictures) == (3 if right < 10_000 else 1)


def test_the_record_of_the_row_is_that_of_the_shipped_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(record, "compare_with_record", lambda path, _: asked.append(path))
    record.ROWS[0].run(Scale())
    assert [path.name for path in asked] == ["digits.onnx"]
