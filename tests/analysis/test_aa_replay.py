"""Replayed comparisons: worked by hand, and the same as the runner's own rule."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from bench.analysis.aa_replay import last_pair, rate, replay, replay_apart, replay_fixed, welch
from bench.analysis.compare.welch import welch_effect
from bench.analysis.decision import decided, paired_differences, paired_effect
from bench.runner.passes import Passed
from bench.runner.replicate import Replicate
from bench.runner.stopping import PairRule
from bench.runner.timed import Timed
from bench.suite.model import Case, Compare, Environment, Measure
from tests.analysis.aa_frames import pairs_from, pairs_of_logs

SMALL = Compare("first", pairs=(2, 8), budget_s=100.0)


def test_each_comparison_begins_where_the_one_before_ended() -> None:
    # Looks at 2, 4 and 8 pairs. Pairs that agree have intervals without width.
    differences = [0.0] * 2 + [0.1] * 4 + [-0.1] * 4 + [0.0] * 8
    found = replay(pairs_from(differences, spent=0.5), SMALL)
    # 2 pairs are the same at once; a change waits for the second look; at pair 12 only 6 of 8 are left.
    assert [(one.verdict, one.pairs) for one in found] == [("same", 2), ("slower", 4), ("faster", 4), ("same", 2)]
    assert [one.seconds for one in found] == [2.0, 4.0, 4.0, 2.0]
    assert found[1].log == pytest.approx(0.1)


def test_the_budget_ends_a_comparison_between_its_looks() -> None:
    pairs = pairs_from([0.1, -0.1] * 8, spent=1.0)
    # 6 s a side are spent after six pairs: the third look is made then.
    found = replay(pairs, Compare("first", (2, 8), budget_s=6.0))
    assert [(one.verdict, one.pairs) for one in found] == [("unclear", 6), ("unclear", 6)]


def test_every_comparison_gets_its_second_look_whatever_its_budget() -> None:
    found = replay(pairs_from([0.1] * 12, spent=1.0), Compare("first", (2, 8), budget_s=0.5))
    assert [(one.verdict, one.pairs) for one in found] == [("slower", 4), ("slower", 4)]


def test_pairs_of_one_pair_of_servers_count_once() -> None:
    # Two pairs of servers that differ by 8 and 12 %: however many pairs, there are two differences, and no change yet.
    differences = [0.08, 0.12] * 4
    (one,) = replay(pairs_from(differences, servers=2), SMALL)
    assert (one.verdict, one.pairs, one.log) == ("unclear", 8, pytest.approx(0.1))
    assert [found.verdict for found in replay_fixed(pairs_from(differences, servers=2), 8, 0.99, 0.02)] == ["unclear"]
    # Were each from servers of its own, they would do.
    assert [found.verdict for found in replay_fixed(pairs_from(differences), 8, 0.99, 0.02)] == ["slower"]


def test_too_few_pairs_make_no_comparison() -> None:
    assert replay(pairs_from([0.0] * 7), SMALL) == []


def test_last_pair_is_the_most_where_the_budget_reaches() -> None:
    assert last_pair(np.full((8, 2), 0.1), SMALL) == 8
    uneven = np.column_stack([np.full(8, 0.1), np.full(8, 1.0)])
    assert last_pair(uneven, Compare("first", (2, 8), budget_s=5.0)) == 5


@pytest.mark.parametrize("seed", range(12))
def test_the_runner_stops_where_the_replay_does(seed: int) -> None:
    random = np.random.default_rng(seed)
    compare = Compare("first", pairs=(3, 12), level=0.9, band=0.02, budget_s=random.uniform(0.5, 4.0))
    logs = random.normal([0.0, random.choice([0.0, 0.03])], 0.01, (12, 2))
    spent = random.uniform(0.05, 0.4, (12, 2))
    servers = int(random.integers(2, 13))
    (expected,) = replay(pairs_of_logs(logs, spent, servers=servers), compare)[:1]
    sides = [Timed(Passed(_case(copy))) for copy in ("first", "second")]
    measure = Measure(replicates=compare.pairs, level=compare.level, budget_s=compare.budget_s)
    rule = PairRule(sides, measure, compare, "copy")
    rounds = 0
    while rounds < 12 and rule.due(rounds):
        for place, side in enumerate(sides):
            value = math.exp(logs[rounds, place])
            side.replicates.append(Replicate(rounds, 0, 0.0, server=rounds % servers, seconds=[value]))
            side.spent_s += spent[rounds, place]
        rounds += 1
    rule.due(rounds)
    rule.close()
    told: dict[str, Any] = sides[1].comparison or {}
    values = [{replicate.number: replicate.value for replicate in side.replicates} for side in sides]
    units = [replicate.server for replicate in sides[1].replicates]
    effect = paired_effect(paired_differences(values[1], values[0]), compare.level, told["share"], units)
    verdict = decided(effect, told["look"], compare.band, len(told["looks"])) or "unclear"
    assert (rounds, verdict) == (expected.pairs, expected.verdict)
    assert effect.log == pytest.approx(expected.log)


def _case(copy: str) -> Case:
    return Case(copy, {"k": 1, "copy": copy}, {}, Environment(), "case", copy)


def test_fixed_sizes_are_looked_at_once() -> None:
    found = replay_fixed(pairs_from([0.0] * 4 + [0.1] * 4 + [0.0]), 4, 0.99, 0.02)
    assert [one.verdict for one in found] == ["same", "slower"]


def test_apart_compares_processes_half_a_run_apart() -> None:
    # The machine is 10 % slower in the second half; side by side nothing differs.
    wobble = np.tile([0.0, 1e-4], 8)
    logs = np.column_stack([wobble, wobble]) + np.repeat([0.0, 0.1], 8)[:, None]
    pairs = pairs_of_logs(logs)
    assert {one.verdict for one in replay_fixed(pairs, 4, 0.99, 0.02)} == {"same"}
    # The second copy is the late one in half of them, and then looks slower.
    assert [one.verdict for one in replay_apart(pairs, 4, 0.99, 0.02)] == ["slower", "faster", "slower", "faster"]


def test_welch_agrees_with_the_comparison_of_two_runs() -> None:
    random = np.random.default_rng(3)
    new, old = random.normal(0.1, 0.05, (5, 9)), random.normal(0.0, 0.02, (5, 9))
    mean, low, high = welch(new, old, 0.99)
    for row in range(5):
        effect = welch_effect(np.exp(new[row]).tolist(), np.exp(old[row]).tolist(), 0.99)
        assert (mean[row], low[row], high[row]) == pytest.approx((effect.log, effect.low, effect.high), rel=1e-9)


def test_clopper_pearson_by_hand() -> None:
    none = rate(0, 10)
    assert (none.value, none.low) == (0.0, 0.0)
    assert none.high == pytest.approx(1 - 0.025**0.1)  # no success in ten: (1 - p)^10 = 2.5 %
    assert rate(10, 10).low == pytest.approx(0.025**0.1)
    assert math.isnan(rate(0, 0).value) and math.isnan(rate(0, 0).high)
