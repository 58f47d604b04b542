"""Rows E6, E7, E9 and E11: what they compute, against numbers found in another way."""

from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.svm import SVC

from numerist.chapter.row import Scale
from numerist.chapter.rows import yardsticks
from numerist.chapter.rows.yardsticks import FAULTS
from numerist.chapter.training import Images
from numerist.data import Dataset
from numerist.diagnosis import Cause, Finding

if TYPE_CHECKING:
    from numerist.data import Mnist


def test_margins_worked_by_hand() -> None:
    outputs = np.array([[0.9, 0.2], [0.3, 0.6], [0.5, 0.1]])
    data = Dataset(np.zeros((2, 1, 1), np.float32), np.array([0, 2], np.uint8))
    np.testing.assert_allclose(yardsticks._margins(outputs, data), [0.4, -0.5])


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
    result = yardsticks.ROWS[3].run(Scale(quick=True))
    assert "the cause was named in 0; not always: η = 100 (0 of 1)" in result.measured
    assert result.measured.endswith("it says: “nothing”")


def test_no_run_of_two_epochs_is_called_a_good_one(mnist: Mnist) -> None:
    result = yardsticks.ROWS[3].run(Scale(quick=True))
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


def test_two_svms_at_once_are_those_one_after_the_other(mnist: Mnist) -> None:
    scale = Scale(quick=True)
    one, both = (yardsticks.fit_svms(scale, processes) for processes in (1, 2))
    assert [right for right, _ in both] == [right for right, _ in one]
    assert not multiprocessing.active_children()
    few, test = mnist.training[:300], mnist.test[:1_000]
    # scikit-learn by hand, with the parameters of the row
    machine = SVC(C=1, kernel="rbf", gamma=1 / 784)
    machine.fit(few.rows * np.float32(255 / 256), few.labels)
    right = machine.predict(test.rows * np.float32(255 / 256)) == test.labels
    assert one[0][0] == right.sum()


def test_good_runs_are_full_size_and_of_ten_seeds(monkeypatch: pytest.MonkeyPatch) -> None:
    few = Images(*(Dataset(np.zeros((10, 1, 1), np.float32), np.arange(10, dtype=np.uint8)),) * 3)
    asked: list[tuple[bool, int, int]] = []

    def find(fault: yardsticks.Fault, _: Images, epochs: int, seed: int) -> Any:
        asked.append((fault.cause is None, epochs, seed))
        finding = Finding(Cause[fault.cause], "It is seen.", "Mend it.") if fault.cause else None
        return ([finding] if finding else []), [0.1, 0.2]

    monkeypatch.setattr(yardsticks, "images", lambda _: few)
    monkeypatch.setattr(yardsticks, "find_fault", find)
    result = yardsticks.ROWS[3].run(Scale(seeds=2))
    assert [one[1:] for one in asked if one[0]] == [(30, seed) for seed in range(10)]
    assert [one[2] for one in asked if not one[0]] == [0, 1] * len(FAULTS)
    assert result.agrees is True
    assert "nothing was said of 10" in result.measured


def test_one_good_run_that_is_blamed_is_told(monkeypatch: pytest.MonkeyPatch, mnist: Mnist) -> None:
    def find(fault: yardsticks.Fault, _: Images, _epochs: int, seed: int) -> Any:
        cause = Cause[fault.cause] if fault.cause else Cause.ARCHITECTURE
        silent = fault.cause is None and seed != 7
        return ([] if silent else [Finding(cause, "It is seen.", "Mend it.")]), [0.1, 0.2]

    monkeypatch.setattr(yardsticks, "find_fault", find)
    result = yardsticks.ROWS[3].run(Scale(seeds=1))
    assert result.agrees is False
    assert "nothing was said of 9" in result.measured


def test_weights_that_are_a_digits_average_look_like_it(mnist: Mnist) -> None:
    few = mnist.training[:500]
    means = np.array([few.images[few.labels == digit].mean(axis=0) for digit in range(10)])
    like = yardsticks._likeness((means - few.images.mean(axis=0)).reshape(10, 784), few)
    assert like == pytest.approx([1.0] * 10, abs=1e-6)
    noise = np.random.default_rng(0).standard_normal((10, 784))
    assert max(map(abs, yardsticks._likeness(noise, few))) < 0.25
