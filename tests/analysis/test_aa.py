"""From frames to rates and resolution: simulated runs whose noise is known."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest

from bench.analysis.aa import analyse_aa, frame_data, summary
from bench.analysis.aa_pairs import pairs_of
from bench.suite.model import Compare
from tests.analysis.aa_frames import frames, normal, pairs_from

META = {"suite": {"name": "aa_s"}, "started": "2026-11-23T07:00:00+00:00", "run_id": "aa_s-1", "device": "cpu"}


def test_pairs_are_what_both_copies_have_in_the_order_measured() -> None:
    replicates, samples = frames(2, 4, normal(0.01))
    replicates["start_s"] = 0.04
    gone = (replicates["case"] == "s/k=0/copy=second") & (replicates["replicate"] == 2)
    shuffled = replicates[~gone].sample(frac=1, random_state=0)
    first, second = sorted(pairs_of(shuffled, samples), key=lambda one: one.case)
    assert (first.case, len(first.logs), len(second.logs)) == ("s/k=0", 3, 4)
    values = replicates.set_index(["case", "replicate"])["value"]
    expected = np.log(values["s/k=0/copy=second"] / values["s/k=0/copy=first"]).dropna()
    assert first.differences[[0, 1]] == pytest.approx(expected.loc[[0, 1]].to_numpy())
    assert first.cost_s == pytest.approx(np.full((3, 2), 0.1)) and first.spent_s == pytest.approx(first.cost_s - 0.04)
    assert 0.002 < first.within < 0.03


def test_the_servers_of_pairs_are_kept_where_all_are_known() -> None:
    replicates, samples = frames(1, 6, normal(0.01))
    (old,) = pairs_of(replicates, samples)
    assert (old.servers.tolist(), old.pools) == ([0, 1, 2, 3, 4, 5], 6)
    (new,) = pairs_of(replicates.assign(server=replicates["replicate"] % 4), samples)
    assert (new.servers.tolist(), new.pools) == ([0, 1, 2, 3, 0, 1], 4)
    # A run of before servers were told apart.
    (unknown,) = pairs_of(replicates.assign(server=None), samples)
    assert unknown.servers.tolist() == old.servers.tolist()
    some = replicates.assign(server=replicates["replicate"] % 4).astype({"server": float})
    some.loc[(some["subject"] == "second") & (some["replicate"] == 3), "server"] = math.nan
    assert pairs_of(some, samples)[0].servers.tolist() == old.servers.tolist()


def test_servers_that_differ_raise_no_false_alarms() -> None:
    """At 20 %, 24 pairs of servers that differ five times as much as their pairs do, drawn anew for every case."""
    replicates, samples = frames(40, 48, normal(0.01), cost=0.05, seed=8)
    numbers = replicates["replicate"] % 24
    shifts = np.random.default_rng(9).normal(0, 0.05, (40, 2, 24))
    second = (replicates["subject"] == "second").astype(int)
    replicates["value"] *= np.exp(shifts[replicates["k"], second, numbers])
    rates = [
        analyse_aa(frame, samples, Compare("first", level=0.8)).rate("slower", "faster")
        for frame in (replicates.assign(server=numbers), replicates)
    ]
    assert all(rate.of >= 40 for rate in rates)
    assert rates[0].low < 0.2 < rates[1].value


def test_values_that_are_no_times_are_left_out() -> None:
    replicates, samples = frames(1, 4, normal(0.01))
    replicates.loc[0, "value"] = math.nan
    assert len(pairs_of(replicates, samples)[0].logs) == 3
    assert pairs_of(replicates.iloc[:0], samples) == []
    assert math.isnan(pairs_of(replicates, samples.iloc[:0])[0].within)


def test_offsets_are_as_wide_as_asked() -> None:
    shaken = pairs_from(np.zeros(4000), within=0.02).shaken(3.0, np.random.default_rng(0))
    assert shaken.logs.std() == pytest.approx(0.06, rel=0.05)


@pytest.mark.parametrize("heavy", [False, True])
def test_false_alarms_stay_below_the_nominal_rate(heavy: bool) -> None:
    """At 10 %, so that a few hundred comparisons say something; heavy tails are Student's with 2 degrees of freedom."""
    noise = (lambda random, count: 0.02 * random.standard_t(2, count)) if heavy else normal(0.02)
    replicates, samples = frames(4, 1500, noise, drift=0.002, cost=0.05, seed=5)
    result = analyse_aa(replicates, samples, Compare("first", level=0.9))
    assert result.rate("slower", "faster").of > 120
    assert result.rate("slower", "faster").low < 0.1
    assert result.rate("slower", "faster").value < 0.15
    assert result.rate("slower", "faster", shaken=True).low < 0.1
    assert result.size_rate(48, "slower", "faster").low < 0.1
    # Half a run apart the drift has gone far.
    assert result.size_rate(48, "slower", "faster", apart=True).value > 0.5


def test_what_was_injected_is_found() -> None:
    replicates, samples = frames(2, 480, normal(0.015), inject=0.05, cost=0.05)
    result = analyse_aa(replicates, samples, Compare("first"), inject=0.05)
    assert result.rate("slower").value > 0.95 and result.rate("faster").count == 0
    assert result.cases["ratio"].tolist() == pytest.approx([1.05, 1.05], abs=0.01)
    # What can be found does not depend on what was injected.
    plain = analyse_aa(*frames(2, 480, normal(0.015), cost=0.05), Compare("first"))
    assert result.resolution(0.8) == pytest.approx(plain.resolution(0.8), rel=0.2)


def test_the_same_seed_gives_the_same_answer() -> None:
    replicates, samples = frames(1, 60, normal(0.02))
    one, other = (analyse_aa(replicates, samples, Compare("first"), seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(one.cases, other.cases)
    pd.testing.assert_frame_equal(one.sizes, other.sizes)


def test_more_budget_resolves_more() -> None:
    replicates, samples = frames(1, 240, normal(0.03), cost=0.1)
    least = [
        analyse_aa(replicates, samples, Compare("first", budget_s=budget)).resolution(0.8) for budget in (2.4, 4.8)
    ]
    assert least[0] > least[1]
    sizes = analyse_aa(replicates, samples, Compare("first")).sizes
    assert sizes["pairs"].tolist() == [12, 24, 48, 96, 192]
    assert sizes["detect_80"].is_monotonic_decreasing
    assert sizes["comparisons"].tolist() == [20, 10, 5, 2, 1]
    assert sizes["apart_comparisons"].tolist() == [20, 10, 4, 2, 0]


def test_summary_is_plain_json() -> None:
    replicates, samples = frames(3, 30, normal(20.0))
    result = analyse_aa(replicates, samples, Compare("first", pairs=(12, 24), budget_s=0.1))
    told = summary(result, META)
    # Noise so wild that not even a tenfold time would be found.
    assert told["resolution_80"] is None
    assert told["cases"] == 3 and told["changed"]["of"] == 3
    json.dumps([told, frame_data(result.cases), frame_data(result.sizes)], allow_nan=False)


def test_a_run_without_times_is_empty_and_no_error() -> None:
    replicates, samples = frames(1, 2, normal(0.02))
    result = analyse_aa(replicates.iloc[:0], samples.iloc[:0], Compare("first"))
    assert result.cases.empty and result.rate("slower").of == 0 and math.isnan(result.resolution(0.8))
