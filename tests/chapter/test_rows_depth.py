"""Row X1: each network is trained as it says, and the verdict follows the figures."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from numerist.chapter.row import Scale
from numerist.chapter.rows import depth
from numerist.chapter.rows.depth import Attempt, Learned, learn_as_today, learn_plainly
from numerist.chapter.training import Images, train

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numerist.data import Mnist


@pytest.fixture
def few(mnist: Mnist) -> Images:
    return Images(mnist.training[:600], mnist.validation[:300], mnist.test[:200])


def test_the_plain_way_is_the_chapter_s(few: Images) -> None:
    sizes = [784, 30, 30, 10]
    by_validation = train(sizes, few.training, few.validation, epochs=3, eta=1.5, seed=4)
    by_test = train(sizes, few.training, few.test, epochs=3, eta=1.5, seed=4)
    found = learn_plainly([30, 30], 1.5, epochs=3, seed=4, data=few)
    assert found == Learned(by_validation.right, by_test.last)


def test_todays_way_learns_many_layers_from_a_few_images(few: Images) -> None:
    found = learn_as_today([30] * 5, epochs=8, seed=1, data=few)
    assert len(found.right) == 8
    assert found.right[-1] > 120  # of 300; chance is 30
    assert found.right[-1] > found.right[0]
    assert found.test != found.right[-1]  # other images
    again = learn_as_today([30] * 5, 8, 1, few._replace(test=few.validation))
    assert again == Learned(found.right, found.right[-1])
    assert learn_as_today([30] * 5, 8, 2, few).right != found.right


def _made_up(table: Callable[[Attempt], int]) -> Callable[..., list[Learned]]:
    """Return a stand-in for training that reads `table` images in the end."""

    def do(_work: object, attempts: Sequence[Attempt], processes: int) -> list[Learned]:
        assert processes == 2
        assert all(attempt.epochs == 15 for attempt in attempts)
        return [Learned([5000] * 14 + [table(attempt)], table(attempt) - 7) for attempt in attempts]

    return do


def _table(attempt: Attempt) -> int:
    rates = {None: 9700, 3.0: 9500, 1.0: 9450, 0.3: 9000}
    deeper = {None: 0, 3.0: 200, 1.0: 20, 0.3: 10}  # is what each way loses by a layer more
    return rates[attempt.eta] - deeper[attempt.eta] * (attempt.depth - 1) + attempt.seed


def test_every_figure_comes_from_its_own_runs(
    monkeypatch: pytest.MonkeyPatch, mnist: Mnist
) -> None:
    monkeypatch.setattr(depth, "side_by_side", _made_up(_table))
    result = depth.ROWS[0].run(Scale(seeds=2))
    assert result.agrees is True
    assert result.numbers["best_rate"] == {"1": 3.0, "5": 1.0, "10": 1.0}
    ends = {name: [run[-1] for run in runs] for name, runs in result.numbers["right"].items()}
    assert ends == {
        "plain, 1 hidden layer": [9500, 9501],
        "plain, 5 hidden layers": [9370, 9371],
        "plain, 10 hidden layers": [9270, 9271],
        "today, 1 hidden layer": [9700, 9701],
        "today, 5 hidden layers": [9700, 9701],
        "today, 10 hidden layers": [9700, 9701],
    }
    of_test = result.numbers["right_of_test"]
    assert of_test["plain"]["10"] == {"3": [7693, 7694], "1": [9263, 9264], "0.3": [8903, 8904]}
    assert of_test["today"]["10"] == [9693, 9694]
    assert "5 hidden layers 9,363 … 9,364 (median 9,363.5) (η = 1)" in result.measured
    assert "plain SGD 1 epoch" in result.measured


@pytest.mark.parametrize(
    "spoil",
    [
        lambda a, right: 9490 if a.eta == 3.0 else right,  # depth does not hinder
        lambda a, right: (
            9400 if a.eta is None and a.depth == 10 else right
        ),  # nor does today's help
    ],
)
def test_a_claim_that_does_not_hold_is_not_agreed_with(
    monkeypatch: pytest.MonkeyPatch, mnist: Mnist, spoil: Callable[[Any, int], int]
) -> None:
    monkeypatch.setattr(depth, "side_by_side", _made_up(lambda a: spoil(a, _table(a))))
    assert depth.ROWS[0].run(Scale(seeds=2)).agrees is False


def test_without_pytorch_the_row_names_the_line_that_installs_it() -> None:
    code = """
import sys
sys.modules["torch"] = None  # import then behaves as if it were not installed
from numerist.chapter import book
from numerist.chapter.row import Scale
try:
    book.rows()["X1"].run(Scale(quick=True))
except Exception as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("NumeristError")
    assert "pip install 'numerist[train]'" in done.stdout
