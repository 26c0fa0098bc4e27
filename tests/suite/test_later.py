"""Which runs the claims of a suite file can be asked of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.runner.stored import suite_data
from bench.suite.later import later_claims
from bench.suite.load import load_suite
from bench.suite.problems import SuiteError

SUITE = load_suite("attention")


def test_the_same_suite_with_other_values_of_its_axes() -> None:
    """A preset measures fewer values; what a claim then lacks is said in its verdict."""
    measured = suite_data(load_suite("attention", preset="quick"))
    assert [one["id"] for one in later_claims(SUITE, measured)] == [claim.id for claim in SUITE.claims]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"workload": "bench.workloads.attention:attentive"}, "did you mean 'bench.workloads.attention:attentive'?"),
        ({"subject": "dtype"}, 'suite.subject: got "kernel"; expected "dtype"'),
        ({"axes": {"kernel": ["sdpa"], "n": [1]}}, 'axes: got ["allocator", "causal"'),
        ({"crossovers": []}, "expected [], which the run measured"),
        ({"compare": {"pairs": [12, 48]}}, "with comparisons in pairs no claim is asked"),
    ],
)
def test_another_suite_is_refused(change: dict[str, object], told: str) -> None:
    with pytest.raises(SuiteError) as caught:
        later_claims(SUITE, {**suite_data(SUITE), **change})
    assert told in str(caught.value)


def test_without_claims_there_is_nothing_to_ask() -> None:
    with pytest.raises(SuiteError, match=r"claim: expected at least one \[\[claim\]\]"):
        later_claims(replace(SUITE, claims=()), suite_data(SUITE))
