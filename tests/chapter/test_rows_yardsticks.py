"""Rows E6, E7, E9, E10 and E11: what they compute, against numbers found in another way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from numerist.chapter.row import Scale
from numerist.chapter.rows import yardsticks
from numerist.chapter.rows.yardsticks import FAULTS
from numerist.chapter.training import Images
from numerist.data import Dataset
from numerist.diagnosis import Cause

if TYPE_CHECKING:
    import pytest

    from numerist.data import Mnist


def test_margins_worked_by_hand() -> None:
    outputs = np.array([[0.9, 0.2], [0.3, 0.6], [0.5, 0.1]])
    data = Dataset(np.zeros((2, 1, 1), np.float32), np.array([0, 2], np.uint8))
    np.testing.assert_allclose(yardsticks._margins(outputs, data), [0.4, -0.5])


def test_only_the_first_images_are_learned_from(mnist: Mnist) -> None:
    test = mnist.test[:200]
    spoilt = Dataset(mnist.training.images[:300].copy(), mnist.training.labels[:300].copy())
    spoilt.images[100:] = 0.5
    true = Images(mnist.training[:300], mnist.validation[:10], test)
    other = Images(spoilt, mnist.validation[:10], test)
    assert yardsticks._learn_from(100, 500, 0, true) == yardsticks._learn_from(100, 500, 0, other)
    assert yardsticks._learn_from(300, 600, 0, true) != yardsticks._learn_from(300, 600, 0, other)


def test_hard_images_are_misread_by_every_network(mnist: Mnist) -> None:
    numbers = yardsticks.ROWS[2].run(Scale(quick=True)).numbers
    assert len(numbers["answers"]) == len(numbers["truth"]) == len(numbers["misread_by_all"])
    for index, given, truth in zip(
        numbers["misread_by_all"], numbers["answers"], numbers["truth"], strict=True
    ):
        assert truth == mnist.test.labels[index]
        assert truth not in given
    confusion = np.array(numbers["confusion"])
    assert confusion.sum() == 1_000
    assert confusion.sum() - np.trace(confusion) == numbers["misread"][0]


def test_darkness_is_the_chapter_s_to_the_image(mnist: Mnist) -> None:
    assert yardsticks.ROWS[1].run(Scale(quick=True)).numbers["right"]["average darkness"] == 2225


def test_chance_is_tried_with_every_seed(mnist: Mnist) -> None:
    numbers = yardsticks.ROWS[1].run(Scale(quick=True, seeds=3)).numbers
    assert len(set(numbers["chance"])) > 1
    assert numbers["right"]["chance"] == sorted(numbers["chance"])[1]


def test_debugging_that_finds_nothing_is_told(
    monkeypatch: pytest.MonkeyPatch, mnist: Mnist
) -> None:
    monkeypatch.setattr(yardsticks, "find_fault", lambda *_, **__: ([], [0.1, 0.2]))
    result = yardsticks.ROWS[4].run(Scale(quick=True))
    assert "the cause was named in 0; not in: η = 100" in result.measured
    assert result.measured.endswith("it says: “nothing”")


def test_no_run_of_two_epochs_is_called_a_good_one(mnist: Mnist) -> None:
    result = yardsticks.ROWS[4].run(Scale(quick=True))
    assert "nothing wrong" not in result.measured
    assert result.numbers["found_in_good_runs"] == []


def test_every_fault_has_a_cause_that_can_be_named() -> None:
    assert {fault.cause for fault in FAULTS.values()} <= set(Cause.__members__)


def test_faults_spoil_what_they_say(mnist: Mnist) -> None:
    few = mnist.training[:100]
    shuffled = yardsticks._shuffled(few)
    assert sorted(shuffled.labels) == sorted(few.labels)
    assert (shuffled.labels != few.labels).mean() > 0.7
    assert np.array_equal(shuffled.images, few.images)
    raw = yardsticks._as_bytes(few)
    assert raw.images.max() == 255
    assert np.array_equal(raw.labels, few.labels)
