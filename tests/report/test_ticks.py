from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bench.report.figures.ticks import axis_number, log_limits, log_ticks, shorten, spread, thin


def test_plain_numbers() -> None:
    assert [axis_number(x) for x in (16384, 0.05, 1.0, 1e-7)] == ["16384", "0.05", "1", "1e-7"]


def test_decades_or_steps() -> None:
    assert log_ticks(0.05, 3000) == [0.1, 1, 10, 100, 1000]
    assert log_ticks(0.9, 6) == [1, 2, 5]
    assert log_ticks(290, 650) == [300, 400, 500, 600]
    assert log_ticks(0.25, 300, base=2) == [0.25, 1, 4, 16, 64, 256]


def test_thin_keeps_the_last_label_and_an_even_stride() -> None:
    assert thin([0, 10, 20, 30, 40], [15] * 5, 2) == [0, 2, 4]
    assert thin([0, 10, 20, 30], [15] * 4, 2) == [1, 3]
    assert thin([], [], 2) == []


def test_thin_keeps_as_many_uneven_labels_as_there_is_room_for() -> None:
    # Every second one would be 0, 40 and 60; 20 and 50 have room beside 0, 40 … but 50 not beside 60.
    assert thin([0, 20, 40, 50, 60], [15] * 5, 2) == [0, 1, 2, 4]


def test_spread_moves_neighbours_apart_evenly() -> None:
    assert spread([50, 50, 10], 10, 0, 100) == [45, 55, 10]


@given(st.lists(st.floats(0, 100), min_size=1, max_size=9))
def test_labels_never_overlap(places: list[float]) -> None:
    placed = sorted(spread(places, 10, 5, 95))
    assert all(b - a >= 10 - 1e-6 for a, b in pairwise(placed))
    assert placed[0] >= 5 - 1e-6
    assert placed[-1] <= 95 + 1e-6


@given(st.lists(st.floats(1e-9, 1e12), min_size=1, max_size=5), st.sampled_from([2, 10]))
def test_ticks_lie_inside_the_limits(values: list[float], base: int) -> None:
    low, high = log_limits(values)
    ticks = log_ticks(low, high, base)
    assert ticks == sorted(ticks)
    assert 1 <= len(ticks) <= 7
    assert all(low * 0.999 <= tick <= high * 1.001 for tick in ticks)


def test_shorten() -> None:
    assert shorten("x" * 300, 10) == "x" * 9 + "…"
    assert shorten("short") == "short"
