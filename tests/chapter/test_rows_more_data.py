"""Row E10: examples are made anew, kept by nobody, and counted right."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from numerist.chapter.row import Scale
from numerist.chapter.rows import more_data
from numerist.chapter.rows.more_data import (
    Small,
    Stream,
    learn_from_images,
    learn_from_stream,
    training_on,
)
from numerist.chapter.training import Images
from numerist.data import Dataset

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numerist.data import Mnist

QUICK = Scale(quick=True)


def test_only_the_first_images_are_learned_from(mnist: Mnist) -> None:
    test = mnist.test[:200]
    spoilt = Dataset(mnist.training.images[:300].copy(), mnist.training.labels[:300].copy())
    spoilt.images[100:] = 0.5
    true = Images(mnist.training[:300], mnist.validation[:10], test)
    other = Images(spoilt, mnist.validation[:10], test)
    assert learn_from_images(100, 500, 0, true) == learn_from_images(100, 500, 0, other)
    assert learn_from_images(300, 600, 0, true) != learn_from_images(300, 600, 0, other)


def test_a_moment_of_a_long_stream_is_the_end_of_a_short_one(mnist: Mnist) -> None:
    short = learn_from_stream(Stream(True, (1_500,), 0, QUICK))
    long = learn_from_stream(Stream(True, (500, 1_500, 3_000), 0, QUICK))
    assert len(long) == 3
    assert long[1] == short[0]
    assert long[0] < long[2]
    assert learn_from_stream(Stream(True, (500, 1_500), 1, QUICK)) != long[:2]


def test_made_examples_never_come_again_and_others_do(mnist: Mnist) -> None:
    few = Images(mnist.training[:100], mnist.validation[:10], mnist.test[:10])

    def examples(made: bool) -> list[list[bytes]]:
        training = training_on(Stream(made, (300,), 0, QUICK), few)
        assert training.steps == 3
        batches = (training.mini_batch(step)[0].numpy() for step in range(3))
        return [[image.tobytes() for image in batch] for batch in batches]

    originals = {image.tobytes() for image in few.training.rows}
    for batch in examples(made=False):
        assert set(batch) == originals
    made = [image for batch in examples(made=True) for image in batch]
    assert len(set(made) - originals) == 300


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not count the same way")
def test_a_stream_takes_no_more_memory_however_long_it_is() -> None:
    code = """
import resource
from numerist.chapter.row import Scale
from numerist.chapter.rows.more_data import Stream, training_on
from numerist.chapter.training import images
scale = Scale(quick=True)
training = training_on(Stream(True, (30_000,), 0, scale), images(scale))
for step in range(1, 301):
    training.take_step()
    if step in (100, 300):
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    unit = 1 if sys.platform == "darwin" else 1024
    early, late = (int(line) * unit for line in done.stdout.split())
    # 20,000 examples more, which would take 63 MB
    assert late - early < 25_000_000


def _made_up(
    small: Callable[[Small], int], stream: Callable[[Stream], list[int]]
) -> Callable[..., list[object]]:
    def do(_: object, works: Sequence[Small | Stream], processes: int) -> list[object]:
        assert processes == 2
        return [small(one) if isinstance(one, Small) else stream(one) for one in works]

    return do


def _rising(stream: Stream) -> list[int]:
    return [9_000 + 150 * k + stream.seed + 5 * stream.made for k in range(len(stream.at))]


@pytest.mark.parametrize(
    ("small", "stream", "agrees"),
    [
        (lambda s: 8_000 + s.size // 50, _rising, True),
        (lambda s: 9_000 - s.size // 50, _rising, False),
        (lambda s: 8_000 + s.size // 50, lambda s: _rising(s)[::-1], False),
        (lambda s: 8_000 + s.size // 50, lambda s: _rising(s) if s.made else [9_900] * 6, False),
    ],
)
def test_the_verdict_follows_the_figures(
    small: Callable[[Small], int],
    stream: Callable[[Stream], list[int]],
    agrees: bool,
    monkeypatch: pytest.MonkeyPatch,
    mnist: Mnist,
) -> None:
    monkeypatch.setattr(more_data, "side_by_side", _made_up(small, stream))
    result = more_data.ROWS[0].run(Scale(seeds=3))
    assert result.agrees is agrees
    numbers = result.numbers
    assert numbers["right"][0] == [
        small(Small(size, 500_000, 0, Scale(seeds=3))) for size in numbers["sizes"]
    ]
    at = tuple(numbers["streamed"])
    assert at[-1] == 3_000_000
    assert numbers["right_by_made_examples"] == [
        stream(Stream(True, at, seed, Scale())) for seed in (0, 1)
    ]
    assert numbers["right_by_repeated_examples"][0] == stream(Stream(False, at, 0, Scale()))


def test_without_pytorch_the_first_curve_stays_and_the_line_that_installs_it_is_named() -> None:
    code = """
import sys
sys.modules["torch"] = None  # import then behaves as if it were not installed
from numerist.chapter import book
from numerist.chapter.row import Scale
result = book.rows()["E10"].run(Scale(quick=True))
print(result.measured, result.agrees, len(result.numbers["right"][0]), len(result.pictures))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'numerist[train]'" in done.stdout
    assert done.stdout.strip().endswith("None 3 1")
