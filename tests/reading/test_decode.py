"""The best ways through a lattice against all of them, one by one."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numerist.reading.decode import (
    _HIDDEN,
    BALANCE,
    Step,
    _by_row,
    best_texts,
    expected,
    joined,
    lead_over,
    ways,
)
from numerist.reading.edges import Edge, Weights, edges_of
from numerist.reading.lattice import Candidate, Lattice
from numerist.reading.patterns import Automaton, any_number, digits_of, of_length, of_pattern
from numerist.reading.pieces import Pieces
from numerist.reading.separators_along import UNHEARD


def lattice(count: int, seed: int) -> Lattice:
    """Pieces side by side with candidates of up to three, and probabilities at random."""
    rng = np.random.default_rng(seed)
    boxes = np.array([(10 * k, 2, 10 * k + 9, 40) for k in range(count)])
    boxes[rng.random(count) < 0.3, 1] = 34  # some small ones at the baseline
    pieces = Pieces(
        np.zeros((44, 10 * count), np.float32), np.zeros((44, 10 * count), int), boxes,
        rng.integers(10, 500, count), rng.uniform(0, 6, count) * (np.arange(count) > 0), 1.0, 2,
        np.zeros((count, 11), np.float32),
    )  # fmt: skip
    candidates = [
        Candidate(first, after, (10 * first, 2, 10 * after, 40), float(rng.uniform(0, 5)))
        for first in range(count)
        for after in range(first + 1, min(first + 3, count) + 1)
    ]
    probabilities = rng.dirichlet(np.full(10, 0.15), len(candidates))
    known = rng.uniform(0, 1, len(candidates))
    in_row = rng.dirichlet(np.full(11, 0.15), len(candidates))[:, :10]
    columns = np.log(rng.dirichlet(np.full(11, 0.5), 6 * count))
    return Lattice(pieces, tuple(candidates), probabilities, known, in_row, columns, UNHEARD)


def every_way(
    edges: list[list[Edge]], weights: Weights, piece: int = 0
) -> list[tuple[str, float, dict[str, float]]]:
    """All ways from a piece on: text, cost, summed features; by plain recursion."""
    if piece == len(edges):
        return [("", 0.0, {})]
    found = []
    for edge in edges[piece]:
        cost = sum(getattr(weights, name) * value for name, value in edge.features.items())
        for text, rest, features in every_way(edges, weights, edge.after):
            both = {
                name: edge.features.get(name, 0.0) + features.get(name, 0.0)
                for name in {*edge.features, *features}
            }
            found.append((edge.character + text, cost + rest, both))
    return found


AUTOMATA = [any_number(), of_length(2), of_length(3), of_pattern(r"[1-5]*[06-9]")]


@settings(max_examples=25, deadline=None)
@given(count=st.integers(1, 4), seed=st.integers(0, 10_000), automaton=st.sampled_from(AUTOMATA))
def test_the_best_ways_come_in_order_and_no_text_is_missing(
    count: int, seed: int, automaton: Automaton
) -> None:
    here, weights = lattice(count, seed), Weights()
    best: dict[str, float] = {}  # of each text
    for text, cost, _ in every_way(edges_of(here), weights):
        if automaton.accepts(text):
            best[text] = min(cost, best.get(text, math.inf))
    right = sorted((cost, text) for text, cost in best.items())
    found = [(way.cost, way.text) for way in itertools.islice(ways(here, automaton, weights), 200)]
    costs = [cost for cost, _ in right[:200]]
    np.testing.assert_allclose([cost for cost, _ in found], costs, atol=1e-9)
    # the same texts at each cost; where the list was cut off, the last cost may have more
    last = costs[-1] if len(right) > len(costs) else math.inf
    for pairs in (found, right):
        pairs[:] = sorted((round(c, 6), text) for c, text in pairs if c < last - 1e-9)
    assert found == right
    for way in itertools.islice(ways(here, automaton, weights), 3):
        assert automaton.accepts(way.text)
        assert "".join(step.edge.character for step in way.steps) == way.text
        assert [step.begin for step in way.steps] == [0, *(s.edge.after for s in way.steps)][:-1]


@settings(max_examples=30, deadline=None)
@given(
    count=st.integers(1, 4),
    seed=st.integers(0, 10_000),
    automaton=st.sampled_from(AUTOMATA),
    within=st.floats(0, 12),
)
def test_ways_that_cost_too_much_more_are_left_out_and_no_others(
    count: int, seed: int, automaton: Automaton, within: float
) -> None:
    here = lattice(count, seed)
    every = [(way.cost, way.text) for way in itertools.islice(ways(here, automaton), 300)]
    some = [(way.cost, way.text) for way in ways(here, automaton, within=within)][:300]
    assert some == every[: len(some)]
    most = min((cost for cost, _ in every), default=0.0) + within
    assert all(cost <= most + 1e-6 for cost, _ in some)
    assert all(cost > most - 1e-6 for cost, _ in every[len(some) :])


@settings(max_examples=40, deadline=None)
@given(
    count=st.integers(1, 3),
    seed=st.integers(0, 10_000),
    automaton=st.sampled_from(AUTOMATA),
    text=st.text("0123456789", max_size=3),
)
def test_a_text_that_the_row_proposes_takes_its_cheapest_way(
    count: int, seed: int, automaton: Automaton, text: str
) -> None:
    here = dataclasses.replace(lattice(count, seed), columns=saying(text))
    right = least_cost(edges_of(here, every=True), Weights(), text)
    found = [way for way in _by_row(here, automaton, Weights(), []) if digits_of(way.text) == text]
    possible = automaton.accepts(text) and right < math.inf
    assert [way.cost for way in found] == ([pytest.approx(right)] if possible else [])
    for way in found:
        assert sum(step.cost for step in way.steps) == pytest.approx(way.cost)
        assert [step.begin for step in way.steps] == [0, *(s.edge.after for s in way.steps)][:-1]
        read = [step for step in way.steps if step.edge.character]
        assert "".join(step.edge.character for step in read) == way.text
        for step in read:  # who hides, hides in a candidate that is read
            assert [other.hidden for other in read if shares(other, step)].count(False) == 1


def shares(one: Step, other: Step) -> bool:
    return one.edge.candidate == other.edge.candidate


def least_cost(edges: list[list[Edge]], weights: Weights, text: str, piece: int = 0) -> float:
    """Of reading a text from a piece on; up to three digits in a candidate, all but one hidden."""
    if piece == len(edges):
        return 0.0 if not text else math.inf
    costs = [math.inf]
    for edge in edges[piece]:
        cost = sum(getattr(weights, name) * value for name, value in edge.features.items())
        if not edge.character:
            costs.append(cost + least_cost(edges, weights, text, edge.after))
        for count in (1, 2, 3):
            if edge.character in list(text[:count]) and len(text) >= count:
                rest = least_cost(edges, weights, text[count:], edge.after)
                costs.append(cost + (count - 1) * _HIDDEN + rest)
    return min(costs)


@pytest.mark.parametrize("text", ["41", "14"])
@pytest.mark.parametrize("first_hides", [False, True])
def test_a_digit_that_no_cut_parts_is_read_and_counts_as_joined(
    text: str, first_hides: bool
) -> None:
    """One piece, in which the row sees two digits as surely as can be."""
    shown = np.full((1, 10), 1e-6)
    shown[0, int(text[first_hides])] = 1.0
    here = dataclasses.replace(
        lattice(1, 3), columns=saying(text), probabilities=shown, in_row=shown, known=np.ones(1)
    )
    (way, share), *_ = best_texts(here)
    assert way.text == text
    assert share > 0.5
    assert joined(way, here) == 1
    assert [step.hidden for step in way.steps] == [first_hides, not first_hides]
    (way, _), *_ = best_texts(here, of_length(1))
    assert way.text == text[first_hides]


def test_a_space_is_read_where_a_gap_is() -> None:
    seen = np.full((1, 10), 1e-6)
    seen[0, 7] = 1.0
    boxes = np.array([(0, 2, 20, 42), (25, 2, 45, 42), (95, 2, 115, 42)])  # gaps of 5 and 50
    pieces = Pieces(
        np.zeros((44, 120), np.float32), np.zeros((44, 120), int), boxes, np.full(3, 300),
        np.zeros(3), 1.0, 2, np.zeros((3, 11), np.float32),
    )  # fmt: skip
    candidates = (
        Candidate(0, 1, (0, 2, 20, 42), 0.0), Candidate(1, 2, (25, 2, 45, 42), 0.0),
        Candidate(2, 3, (95, 2, 115, 42), 0.0),
    )  # fmt: skip
    sevens = np.repeat(seen, 3, axis=0)
    here = Lattice(pieces, candidates, sevens, np.ones(3), sevens, saying("777"), UNHEARD)
    asked = {r"\d+ \d+": "77 7", r"\d+": "777", r"\d+( \d+)*": "77 7", r"\d{3} ?": "777"}
    for pattern, text in asked.items():
        assert best_texts(here, of_pattern(pattern))[0][0].text == text
    assert best_texts(here, of_pattern(r"\d \d\d")) == []


@settings(max_examples=20, deadline=None)
@given(count=st.integers(1, 4), seed=st.integers(0, 10_000), automaton=st.sampled_from(AUTOMATA))
def test_the_sum_over_all_ways_is_that_of_all_ways(
    count: int, seed: int, automaton: Automaton
) -> None:
    here, weights = lattice(count, seed), Weights()
    terms = [
        math.exp(-cost)
        for text, cost, _ in every_way(edges_of(here), weights)
        if automaton.accepts(text)
    ]
    total, _ = expected(edges_of(here), automaton, weights)
    assert total == (pytest.approx(math.log(sum(terms))) if terms else -math.inf)


@settings(max_examples=20, deadline=None)
@given(count=st.integers(1, 4), seed=st.integers(0, 10_000))
def test_expected_features_are_the_gradient_of_the_sum(count: int, seed: int) -> None:
    here, weights = lattice(count, seed), Weights()
    edges = edges_of(here)
    _, features = expected(edges, any_number(), weights)
    for field in dataclasses.fields(Weights):
        step = 1e-5
        sides: list[Any] = []
        for sign in (1, -1):
            moved = dataclasses.replace(
                weights, **{field.name: getattr(weights, field.name) + sign * step}
            )
            sides.append(expected(edges, any_number(), moved)[0])
        slope = (sides[0] - sides[1]) / (2 * step)
        assert -features.get(field.name, 0.0) == pytest.approx(slope, abs=1e-5), field.name


def test_nothing_fits() -> None:
    assert next(ways(lattice(1, 0), of_length(5)), None) is None
    assert expected(edges_of(lattice(1, 0)), of_length(5), Weights()) == (-math.inf, {})


def test_where_leaving_out_everything_is_best_there_is_no_text() -> None:
    here = lattice(3, 1)
    nothing = dataclasses.replace(Weights(), dirt=-50.0)
    assert best_texts(here, any_number(), nothing) == []
    free = dataclasses.replace(Weights(), digit=-50.0)
    assert best_texts(here, any_number(), free)
    texts = [way.text for way, _ in best_texts(here, any_number(), free)]
    found = best_texts(here, any_number(), free, lambda text: text == texts[-1])
    assert [way.text for way, _ in found] == [texts[-1]] != texts  # where the best does not fit


def test_the_network_along_the_row_has_its_say_on_what_the_lattice_proposes() -> None:
    here = lattice(2, 4)
    silent = dataclasses.replace(here, columns=np.log(np.full((8, 11), 1 / 11)))
    free = dataclasses.replace(Weights(), digit=-2.0)
    first, second = (way.text for way in itertools.islice(ways(silent, any_number(), free), 2))
    columns = np.full((2 * len(second) + 1, 11), np.log(1e-4))
    columns[:, 10] = np.log(0.99)
    for k, sign in enumerate(second):
        columns[2 * k + 1, [int(sign), 10]] = np.log([0.99, 1e-4])
    loud = dataclasses.replace(here, columns=columns)
    found = best_texts(loud, any_number(), free)
    assert found[0][0].text == second
    assert found[0][0].along == pytest.approx(0, abs=0.3)
    assert sum(share for _, share in found) == pytest.approx(1)
    assert first in [way.text for way, _ in found]


def with_cuts(here: Lattice, *pixels: float) -> Lattice:
    return dataclasses.replace(here, pieces=dataclasses.replace(here.pieces, cut=np.array(pixels)))


def test_where_digits_are_joined_one_more_counts() -> None:
    free = Weights(digit=-2.0, cut=0, apart=0, joined=0)  # cuts change no cost
    here = dataclasses.replace(lattice(3, 4), columns=np.log(np.full((8, 11), 1 / 11)))
    apart, half, joined = (with_cuts(here, 0, *cut) for cut in ((0, 0), (0, 2.0), (2.0, 2.0)))
    plain, some, more = (
        {way.text: share for way, share in best_texts(each, any_number(), free)}
        for each in (apart, half, joined)
    )
    best = max(plain, key=plain.__getitem__)
    assert len(best) == 3  # all three pieces: it tells how many are joined
    assert plain.keys() == some.keys() == more.keys()
    for text, share in plain.items():
        fewer = math.exp(BALANCE.digit * (len(digits_of(text)) - 3))
        odds = share / plain[best]
        assert more[text] / more[best] == pytest.approx(odds * fewer)
        assert some[text] / some[best] == pytest.approx(odds * math.sqrt(fewer))
    (short, _), *_ = best_texts(joined, of_length(2), free)
    (long, _), *_ = best_texts(joined, any_number(), free)
    behind = math.log(more[best] / more[short.text])
    assert lead_over(joined, long, short) == pytest.approx(behind)
    assert lead_over(joined, short, long) == 0


def saying(text: str) -> np.ndarray:
    """Columns that say a text and hardly anything else."""
    columns = np.full((2 * len(text) + 1, 11), 1e-4)
    columns[0::2, 10] = 0.99
    columns[np.arange(1, len(columns), 2), [int(sign) for sign in text]] = 0.99
    result: np.ndarray = np.log(columns)
    return result


def test_a_text_that_the_row_alone_proposes_is_read() -> None:
    here = lattice(3, 4)
    free = dataclasses.replace(Weights(), digit=-6.0)
    seen = np.full((len(here.candidates), 10), 1e-6)
    seen[:, 7] = 1.0  # no candidate looks like anything but a seven
    here = dataclasses.replace(here, probabilities=seen, known=seen[:, 7], in_row=seen)
    assert {way.text for way in ways(here, any_number(), free)} >= {"7", "77", "777"}
    assert best_texts(here, any_number(), free)[0][0].text.strip("7") == ""
    told = dataclasses.replace(here, columns=saying("747"))
    best, share = best_texts(told, any_number(), free)[0]
    assert best.text == "747"
    assert share > 0.5
    assert [step.edge.character for step in best.steps if step.edge.character] == ["7", "4", "7"]
    assert best.cost > next(ways(here, any_number(), free)).cost
    assert best_texts(told, of_length(2), free)[0][0].text == "77"  # it does not fit
    with_three = best_texts(told, any_number(), free, lambda text: text.startswith("77"))
    assert with_three[0][0].text.startswith("77")


def test_where_the_row_says_nothing_there_is_no_number() -> None:
    """The lattice finds a digit, the row none: the empty text is a text among others, not a way."""
    here = lattice(1, seed=3)
    free = Weights(dirt=3.0)  # leaving out is dearer than a digit, but within what is looked at
    silent = np.full((6, 11), -40.0)
    silent[:, 10] = 0.0
    unsure = silent.copy()
    unsure[2, [7, 10]] = math.log(0.45), math.log(0.55)
    assert best_texts(dataclasses.replace(here, columns=silent), any_number(), free) == []
    found = best_texts(dataclasses.replace(here, columns=unsure), any_number(), free)
    assert all(way.text for way, _ in found)
