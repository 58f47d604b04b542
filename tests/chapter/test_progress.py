"""How far a run is, on a clock of our own."""

from __future__ import annotations

import pytest

from numerist.chapter.progress import Progress


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_it_moves_while_a_row_runs(clock: Clock) -> None:
    progress = Progress({"E7": 100.0}, jobs=2, clock=clock)
    progress.begin("E7")
    shares, left = [], []
    for _ in range(5):
        shares.append(progress.share())
        left.append(progress.left())
        clock.now += 20
    assert shares == pytest.approx([0, 0.2, 0.4, 0.6, 0.8])
    assert left == pytest.approx([100, 80, 60, 40, 20])


def test_two_jobs_share_the_work_but_not_a_row(clock: Clock) -> None:
    many = Progress({"a": 10.0, "b": 10.0, "c": 10.0, "d": 10.0}, jobs=2, clock=clock)
    assert many.left() == pytest.approx(20)
    long = Progress({"a": 30.0, "b": 2.0, "c": 2.0}, jobs=2, clock=clock)
    assert long.left() == pytest.approx(30)
    assert Progress({}, jobs=2, clock=clock).left() == 0


def test_a_row_that_takes_longer_never_seems_over(clock: Clock) -> None:
    progress = Progress({"a": 10.0}, jobs=1, clock=clock)
    progress.begin("a")
    clock.now += 50
    assert 0 < progress.left() <= 10
    assert 0.5 < progress.share() < 1
    progress.end("a", 50.0)
    assert progress.left() == 0
    assert progress.share() == 1


def test_the_pace_of_finished_rows_counts_for_those_to_come(clock: Clock) -> None:
    progress = Progress({"a": 10.0, "b": 10.0}, jobs=1, clock=clock)
    progress.begin("a")
    clock.now += 30
    progress.end("a", 30.0)
    assert progress.left() == pytest.approx(30)  # three times as slow as expected


def test_a_failed_row_says_nothing_about_the_pace(clock: Clock) -> None:
    progress = Progress({"a": 10.0, "b": 10.0}, jobs=1, clock=clock)
    progress.begin("a")
    clock.now += 30
    progress.end("a", None)
    assert progress.left() == pytest.approx(10)


def test_a_row_from_the_shelf_changes_nothing(clock: Clock) -> None:
    progress = Progress({"a": 10.0}, jobs=1, clock=clock)
    progress.end("kept", 500.0)
    assert progress.left() == pytest.approx(10)


def test_the_share_never_goes_back(clock: Clock) -> None:
    progress = Progress({"a": 10.0, "b": 100.0}, jobs=1, clock=clock)
    progress.begin("a")
    clock.now += 5
    before = progress.share()
    clock.now += 45
    progress.end("a", 50.0)  # five times as slow: b will take 500 s
    assert progress.left() == pytest.approx(500)
    assert progress.share() >= before
