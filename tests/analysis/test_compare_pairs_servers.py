"""Runs measured apart: processes of one server count once."""

from __future__ import annotations

import math

import pytest

from bench.analysis.compare.pairs import Process, Times
from bench.analysis.compare.welch import welch_effect


def side(*values: tuple[float, int | None]) -> dict[int, Process]:
    return {number: Process(value, 0.1, server) for number, (value, server) in enumerate(values)}


def test_processes_of_one_server_count_once() -> None:
    """Two servers at 1 and 4, each with two processes that agree: two values, not four."""
    old = side((1.0, 0), (1.0, 0), (4.0, 1), (4.0, 1))
    new = side((2.0, 0), (8.0, 1))
    found = Times(old, new, paired=False, stored=(1.0, 1.0)).effect(0.95)
    expected = welch_effect([2.0, 8.0], [1.0, 4.0], 0.95)
    assert found.log == pytest.approx(math.log(2.0))
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_without_servers_each_process_counts() -> None:
    old, new = side((1.0, None), (2.0, None), (4.0, None)), side((2.0, None), (4.0, None), (8.0, None))
    found = Times(old, new, paired=False, stored=(1.0, 1.0)).effect(0.95)
    expected = welch_effect([2.0, 4.0, 8.0], [1.0, 2.0, 4.0], 0.95)
    assert (found.log, found.low, found.high) == pytest.approx((expected.log, expected.low, expected.high))
