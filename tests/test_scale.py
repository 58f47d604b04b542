"""The model behind docs/scale.md against numbers worked by hand."""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def scale() -> Any:
    spec = importlib.util.spec_from_file_location("scale", ROOT / "benchmarks/scale.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["scale"] = module  # dataclasses look for themselves there
    spec.loader.exec_module(module)
    return module


def test_a_sum_over_workers_by_hand(scale: Any) -> None:
    link = scale.Link(latency=0.001, rate=1000.0)
    # a ring of 4: 6 messages of a quarter of 8 bytes, each 1 ms and 2 ms
    assert link.ring(8, 4) == pytest.approx(6 * 0.003)
    # a tree of 8: up and down 3 steps of all 8 bytes, each 1 ms and 8 ms
    assert link.tree(8, 8) == pytest.approx(6 * 0.009)
    assert link.tree(8, 5) == link.tree(8, 8)
    assert link.ring(8, 1) == link.tree(8, 1) == 0


def test_a_step_of_training_by_hand(scale: Any) -> None:
    link = scale.Link(latency=0.001, rate=1000.0)
    training = scale.Training(example=0.01, image=0.002, gradient=8)
    assert training.step(10, 1, link) == pytest.approx(0.12)
    # three examples of ten for who has most; a ring of 4 for 8 bytes takes 18 ms
    assert training.step(10, 4, link) == pytest.approx(3 * 0.012 + 0.018)
    # four workers of two cores: the work takes twice as long, the sum does not
    assert training.step(10, 4, link, cores=2) == pytest.approx(6 * 0.012 + 0.018)
    assert training.rate(10, 4, link) == pytest.approx(10 / 0.054)
    # a tree of 4: 4 steps of 1 + 8 ms
    assert training.step(10, 4, link, tree=True) == pytest.approx(0.036 + 0.036)
    with pytest.raises(ValueError, match="without an example"):
        training.step(10, 11, link)


def test_images_made_beside_a_gpu_cost_nothing_until_they_are_too_slow(scale: Any) -> None:
    link = scale.Link(0.0, 1e9)
    for makers, each in ((1, 0.004), (2, 0.002), (8, 0.001)):
        training = scale.Training(example=0.001, image=0.004, gradient=0, makers=makers)
        assert training.step(100, 1, link) == pytest.approx(100 * each)


def test_how_many_workers_are_worth_it(scale: Any) -> None:
    # work of w/W and 2 (W - 1) messages of time t: least at W = sqrt(w / 2 t)
    training = scale.Training(example=0.1, image=0.0, gradient=0)
    for latency in (0.05, 0.005):
        link = scale.Link(latency, 1e9)
        exact = math.sqrt(100_000 * 0.1 / (2 * latency))
        assert training.best(100_000, 2000, link) == pytest.approx(exact, rel=0.05)
    assert training.best(1000, 7, link) == 7


def test_reading_by_hand(scale: Any) -> None:
    reading = scale.Reading(
        picture=0.01, size=1000, start=2.0, list=0.0001, part=0.02, task=0.01, merge=0.03, row=80,
        seconds=3.0, carry=1e6,
    )  # fmt: skip
    assert reading.in_a_part == pytest.approx(300)
    # a picture: 0.1 ms to list, 1 ms to carry, a 300th of 30 ms
    assert reading.asking == pytest.approx(0.0012)
    assert reading.most_processes == 8
    assert reading.rate(4) == pytest.approx(400)
    assert reading.rate(4, cores=2) == pytest.approx(200)
    assert reading.rate(100) == pytest.approx(1 / 0.0012)
    # 30,000 pictures by 4: 2 s, 75 s, and 100 parts of 30 ms to merge
    assert reading.total(30_000, 4) == pytest.approx(2 + 75 + 3)
    # two commands with two cores each: half of the pictures and of the parts for each of them
    assert reading.total(30_000, 4, 2) == pytest.approx(2 + 75 + 1.5)


def test_who_waits_for_bytes_needs_no_core_meanwhile(scale: Any) -> None:
    reading = scale.Reading(
        picture=0.01, size=0, start=0.0, list=0.0, part=0.03, task=0.0, merge=0.0, row=0, wait=0.02
    )
    assert reading.in_a_part == pytest.approx(100)
    assert reading.rate(1) == pytest.approx(1 / 0.03)
    assert reading.rate(2, cores=1) == pytest.approx(2 / 0.03)
    assert reading.rate(3, cores=1) == reading.rate(9, cores=1) == pytest.approx(1 / 0.01)


def test_the_largest_part_is_that_of_the_code(scale: Any) -> None:
    from numerist.reading.bulk import chunks  # noqa: PLC0415

    assert scale.PICTURES.most == chunks.MOST_INPUTS
    assert scale.PICTURES.seconds == chunks._SECONDS
    quick = scale.dataclasses.replace(scale.PICTURES, picture=0.001)
    assert quick.in_a_part == 1024


def test_money_is_by_the_hour(scale: Any) -> None:
    assert scale.dollars(7200, 100, 0.04) == pytest.approx(8.0)


def test_the_tables_of_the_document_are_those_of_the_model(
    scale: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    document = (ROOT / "docs/scale.md").read_text(encoding="utf-8")
    for show in (scale.show_checks, scale.show_training, scale.show_reading):
        show()
        assert capsys.readouterr().out.strip() in document, "run: python benchmarks/scale.py"
