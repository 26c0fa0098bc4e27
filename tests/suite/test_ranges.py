"""Axis values: hand-worked ranges, and what must hold of any."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.suite.ranges import MOST_VALUES, axis_values


@pytest.mark.parametrize(
    ("spec", "values"),
    [
        ({"from": 64, "to": 512, "factor": 2}, (64, 128, 256, 512)),
        ({"from": 3, "to": 80, "factor": 3}, (3, 9, 27)),
        ({"from": -2, "to": 5, "step": 3}, (-2, 1, 4)),
        ({"from": 7, "to": 7, "step": 1}, (7,)),
        (["b", "a"], ("b", "a")),
        ([0.5, 1, True], (0.5, 1, True)),
    ],
)
def test_values(spec, values) -> None:
    assert axis_values(spec) == (values, [])


def test_a_scalar_stands_for_a_list_only_where_it_may() -> None:
    assert axis_values("x", scalar_ok=True) == (("x",), [])
    assert axis_values("x")[1][0].expected.startswith("a list of values")


def test_too_many_values() -> None:
    assert axis_values({"from": 1, "to": MOST_VALUES, "step": 1})[1] == []
    (fault,) = axis_values({"from": 0, "to": MOST_VALUES, "step": 1})[1]
    assert fault.expected == "at most 1000 values"


def test_true_and_one_differ_but_one_and_one_point_nought_do_not() -> None:
    assert axis_values([True, 1]) == ((True, 1), [])
    assert len(axis_values([1, 1.0])[1]) == len(axis_values([1, "1"])[1]) == 1


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(2, 10))
def test_factor_ranges(first, more, factor) -> None:
    values, faults = axis_values({"from": first, "to": first + more, "factor": factor})
    assert not faults and values[0] == first
    assert all(later == factor * earlier for earlier, later in itertools.pairwise(values))
    assert values[-1] <= first + more < values[-1] * factor


@given(st.integers(-500, 500), st.integers(0, 999), st.integers(1, 50))
def test_step_ranges(first, more, step) -> None:
    assert axis_values({"from": first, "to": first + more, "step": step}) == (
        tuple(range(first, first + more + 1, step)),
        [],
    )


@given(
    st.dictionaries(st.sampled_from(["from", "to", "factor", "step", "x"]), st.integers(-3, 9) | st.text(max_size=1))
)
def test_any_table_gives_values_or_faults_never_both(spec) -> None:
    values, faults = axis_values(spec)
    assert bool(values) != bool(faults)
