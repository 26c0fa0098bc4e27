"""The stop rules, on replicates whose values are known: when a comparison ends, and what it leaves in the rows."""

from __future__ import annotations

from itertools import count

import pytest

from bench.runner.passes import Passed
from bench.runner.process import CaseFailed
from bench.runner.replicate import Replicate
from bench.runner.rows import time_row
from bench.runner.stopping import PairRule, WidthRule
from bench.runner.timed import Timed
from bench.suite.model import Compare, Measure
from tests.runner.plans import make_plan

MEASURE = Measure(replicates=(12, 48), level=0.99, budget_s=1000.0)
COMPARE = Compare(baseline="old", pairs=(12, 48))
#: Disturbances of twelve pairs, balanced in sign, so that ranks find nothing.
WIGGLE = (0.001, -0.001, 0.002, -0.002, 0.003, -0.003, 0.004, -0.004, 0.005, -0.005, 0.006, -0.006)


def sides(*kinds: str) -> list[Timed]:
    return [Timed(Passed(case)) for case in make_plan(kinds).cases]


def rule(timed: list[Timed], measure: Measure = MEASURE, compare: Compare = COMPARE) -> PairRule:
    return PairRule(timed, measure, compare, "kind")


def measured(stop: PairRule, timed: list[Timed], ratio: float, spread: float = 1.0, servers: int = 24) -> int:
    """Rounds until the rule ends them; ``new`` takes ``ratio`` times as long, give or take the wiggle."""
    for number in count():
        due = stop.due(number) if number < 48 else []
        if not due:
            if number == 48:
                stop.due(48)
            stop.close()
            return number
        for one in due:
            slower = ratio * (1 + spread * WIGGLE[number % 12]) if one.case.subject != "old" else 1.0
            one.replicates.append(Replicate(number, 1, 0.0, server=number % servers, seconds=[slower]))
            one.spent_s += 1.0
    raise AssertionError


def test_what_reads_the_same_at_the_first_look_is_done() -> None:
    timed = sides("old", "new")
    assert measured(rule(timed), timed, 1.0) == 12
    assert timed[1].stopped == "decided"
    assert timed[1].comparison == {
        "baseline": timed[0].case.id,
        "look": 1,
        "looks": [12, 24, 48],
        "share": pytest.approx(1 / 7),
    }
    assert timed[0].comparison is None and timed[0].stopped == "decided"


def test_what_looks_changed_is_measured_again_before_it_is_called_so() -> None:
    timed = sides("old", "new")
    assert measured(rule(timed), timed, 1.10) == 24
    assert timed[1].stopped == "decided"
    assert timed[1].comparison is not None and timed[1].comparison["look"] == 2


def test_what_stays_unclear_takes_all_its_pairs() -> None:
    timed = sides("old", "new")
    assert measured(rule(timed), timed, 1.0, spread=100.0) == 48
    assert timed[1].stopped == "most replicates"
    assert timed[1].comparison is not None and timed[1].comparison["look"] == 3


def test_a_budget_that_runs_out_between_looks_makes_the_next_look_the_last() -> None:
    timed = sides("old", "new")
    spent = Measure(replicates=(12, 48), level=0.99, budget_s=30.0)
    assert measured(rule(timed, spent), timed, 1.0, spread=100.0) == 30
    # Unclear after 24 pairs; the thirty there are judge it with the share of the third look.
    assert timed[1].comparison is not None
    assert (timed[1].comparison["look"], timed[1].comparison["share"]) == (3, pytest.approx(4 / 7))
    assert timed[1].stopped == "budget"


def test_a_change_is_measured_again_even_where_the_first_look_took_the_budget() -> None:
    timed = sides("old", "new")
    spent = Measure(replicates=(12, 48), level=0.99, budget_s=5.0)
    assert measured(rule(timed, spent), timed, 1.10) == 24
    assert timed[1].stopped == "decided"


def test_decided_comparisons_rest_while_others_go_on() -> None:
    timed = sides("old", "new", "third")
    stop = rule(timed)
    rounds = []
    for number in range(48):
        due = stop.due(number)
        rounds.append([one.case.subject for one in due])
        for one in due:
            factor = {"old": 1.0, "new": 1 + WIGGLE[number % 12], "third": 1 + 100 * WIGGLE[number % 12]}
            one.replicates.append(Replicate(number, 1, 0.0, server=number % 24, seconds=[factor[one.case.subject]]))
    assert rounds[11] == ["old", "new", "third"] and rounds[12] == ["old", "third"] == rounds[47]


def test_without_its_baseline_a_case_still_gets_its_least_replicates() -> None:
    timed = sides("old", "new")
    timed[0].failure = CaseFailed("crashed", "ended by SIGSEGV")
    assert measured(rule(timed), timed, 1.0) == 12
    assert timed[1].comparison is None and len(timed[1].replicates) == 12
    assert timed[1].stopped == "nothing to compare with"


def test_pairs_of_one_pair_of_servers_count_once() -> None:
    """What the start of two interpreters settled is in all their pairs: however many, they show one difference."""
    timed = sides("old", "new")
    assert measured(rule(timed), timed, 1.10, servers=1) == 48
    assert timed[1].stopped == "most replicates"


def test_only_cases_alike_but_for_the_subject_are_compared() -> None:
    timed = [Timed(Passed(case)) for case in make_plan(["old", "new"], (64, 128)).cases]
    stop = rule(timed)
    measured(stop, timed, 1.0)
    assert timed[1].comparison is not None and timed[1].comparison["baseline"] == "faulty/kind=old/n=64"
    assert timed[3].comparison is not None and timed[3].comparison["baseline"] == "faulty/kind=old/n=128"


def test_the_row_says_how_the_comparison_was_judged() -> None:
    timed = sides("old", "new")
    measured(rule(timed), timed, 1.0)
    assert time_row(timed[1], 0.99).extra["comparison"]["look"] == 1
    assert "comparison" not in time_row(timed[0], 0.99).extra


def test_a_width_stops_at_its_target_and_no_sooner_than_the_least_replicates() -> None:
    timed = sides("good")
    stop = WidthRule(timed, Measure(replicates=(3, 9), target=0.02))
    for number in range(3):
        assert stop.due(number) == timed
        timed[0].replicates.append(Replicate(number, 1, 0.0, seconds=[1.0]))
    assert stop.due(3) == []
    stop.close()
    assert timed[0].stopped == "target"
