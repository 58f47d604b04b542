"""How sure a reading is: the curve by hand, and that the sure ones are right."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerist.errors import InputError
from numerist.reading import Reader, confidence
from numerist.reading.confidence import (
    CURVE,
    NUMBER,
    Evidence,
    calibrated,
    evidence_for,
    least_confidence,
    least_odds,
    odds_of,
)
from numerist.reading.decode import Step, Way
from numerist.reading.edges import Edge
from numerist.reading.strings import make_number

if TYPE_CHECKING:
    from numerist.data import Mnist


AREAS = np.array([60, 30, 10])


def way(*known: float) -> Way:
    """A way of digits with these costs of `known`, and a piece left out."""
    steps = [
        Step(k, Edge(k + 1, "7", {"digit": 1.0, "known": cost}, k, 0.3, 0.2), 1.0)
        for k, cost in enumerate(known)
    ]
    steps.append(Step(len(known), Edge(len(known) + 1, "", {"dirt": 1.0, "ink": 0.1}), 1.0))
    return Way("7" * len(known), 1.0, tuple(steps), -0.4)


def test_what_speaks_for_a_reading_is_added_up_over_its_digits() -> None:
    found = evidence_for(0.8, way(0.1, 0.2), AREAS)
    assert found == pytest.approx((math.log(4), -0.3, -0.4, -0.1, 1))


def test_the_curve_gives_shares_of_odds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confidence, "CURVE", Evidence(1, 0, 0, 0, 0))
    for share in (0.01, 0.5, 0.75, 0.999):
        assert calibrated(evidence_for(share, way(1, 2), AREAS)) == pytest.approx(share)
    low, high = (calibrated(evidence_for(share, way(), AREAS)) for share in (0, 1))
    assert 0 < low < high < 1
    monkeypatch.setattr(confidence, "CURVE", Evidence(0, 0, 0, 0, math.log(3)))
    assert calibrated(evidence_for(0.2, way(5, 5), AREAS)) == pytest.approx(0.75)


@pytest.mark.parametrize("counts", [CURVE, NUMBER])
def test_nothing_that_speaks_for_a_reading_counts_against_it(counts: Evidence) -> None:
    assert min(counts[:4]) >= 0
    far = Evidence(-1e6, -1e6, -1e6, -1e6)
    assert calibrated(far) == 0


def test_the_more_is_left_out_the_less_it_is_a_number() -> None:
    sure = evidence_for(1.0, way(0.0, 0.0), AREAS)
    assert odds_of(NUMBER, sure) > 0
    assert odds_of(NUMBER, sure._replace(whole=-0.9)) < least_odds([])
    assert odds_of(NUMBER, sure._replace(along=-30.0)) < least_odds([])


@settings(max_examples=50)
@given(found=st.lists(st.floats(-20, 20), max_size=50))
def test_the_more_words_a_page_has_the_surer_its_numbers_must_be(found: list[float]) -> None:
    least = least_odds(found)
    clear = evidence_for(1.0, way(0.0), AREAS)._replace(whole=0.0)
    assert least_odds([]) <= least < odds_of(NUMBER, clear) - 1
    assert least_odds([*found, -20.0]) >= least
    assert least_odds([*found, 20.0]) <= least


@pytest.mark.parametrize("share", [0.0, 1.0, 2.0, -0.1, math.nan])
def test_a_share_of_errors_lies_between_0_and_1(share: float) -> None:
    with pytest.raises(InputError, match="max_error"):
        least_confidence(share)


def test_those_read_with_confidence_are_right(mnist: Mnist) -> None:
    """Of 150 made numbers: the mean confidence is the share that is right, within chance."""
    rng, reader = np.random.default_rng(8), Reader()
    sure, right = [], []
    for number in range(150):
        gap = ("wide", "close", "touching")[number % 3]
        made = make_number(mnist.validation, int(rng.integers(1, 6)), rng, gap=gap)
        for found in reader.read(made.picture).numbers:
            sure.append(found.confidence)
            right.append(found.text == made.text)
    expected = np.array(sure)
    deviation = math.sqrt((expected * (1 - expected)).sum()) / len(expected)
    assert abs(np.mean(right) - expected.mean()) < 3 * deviation + 0.03
    best = expected >= np.quantile(expected, 0.5)
    assert np.mean(np.array(right)[best]) >= 0.96
