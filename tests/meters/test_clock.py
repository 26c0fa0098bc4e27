"""Rules of the clock, by a device whose time is made up: nothing here depends on how busy the machine is."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.meters.clock import MOST_CALLS, calibrate, sample, warm_up
from bench.meters.device import Call, CpuDevice


class FakeDevice(CpuDevice):
    """Each call costs the next of ``costs``; the last one is repeated. ``extra`` is added to single readings."""

    def __init__(self, costs: Iterable[float], resolution: float = 1e-9, extra: Iterable[float] = ()) -> None:
        *head, last = costs
        self.costs: Iterator[float] = chain(head, repeat(last))
        self.last = last
        self.head = len(head)
        self.step = resolution
        self.extra = iter(extra)
        self.batches: list[int] = []
        self.flushed = 0

    def elapsed(self, call: Call, calls: int) -> float:
        self.batches.append(calls)
        timed = min(calls, self.head)
        self.head -= timed
        return sum(next(self.costs) for _ in range(timed)) + (calls - timed) * self.last + next(self.extra, 0.0)

    def flush(self) -> None:
        self.flushed += 1

    def resolution_s(self) -> float:
        return self.step


def _never() -> None:
    raise AssertionError("the fake device calls nothing")


def test_a_slow_call_is_not_batched_and_made_once() -> None:
    device = FakeDevice([2.0])
    assert calibrate(_never, device, 0.005) == 1
    assert device.batches == [1]


def test_a_slow_call_known_from_the_warm_up_is_not_made_at_all() -> None:
    device = FakeDevice([2.0])
    assert calibrate(_never, device, 0.005, per_call_s=2.0) == 1
    assert device.batches == []


def test_a_fast_call_is_batched_to_the_sample_with_few_estimates() -> None:
    device = FakeDevice([1e-6])
    calls = calibrate(_never, device, 0.005)
    assert 5000 <= calls <= 6000
    assert device.batches == [1, 10, 100, 1000, 5500, 5500]


def test_knowing_the_call_saves_the_small_batches() -> None:
    device = FakeDevice([1e-6])
    assert calibrate(_never, device, 0.005, per_call_s=1e-6) == 5000
    assert device.batches == [5000, 5000]


def test_a_stall_during_calibration_does_not_leave_samples_too_short() -> None:
    # The second reading is stretched by 10 ms, which alone would look like a full sample.
    device = FakeDevice([1e-6], extra=[0.0, 0.010, 0.0])
    assert 5000 <= calibrate(_never, device, 0.005) <= 6000


def test_a_coarse_clock_needs_longer_samples() -> None:
    # 1000 steps of 100 us are 0.1 s.
    assert calibrate(_never, FakeDevice([1e-4], resolution=1e-4), 0.005) >= 1000


def test_a_call_that_takes_no_time_ends_at_the_cap() -> None:
    assert calibrate(_never, FakeDevice([0.0]), 0.005) == MOST_CALLS


@given(st.floats(1e-7, 10.0), st.floats(1e-4, 1.0))
def test_calibrated_samples_are_long_enough_and_not_much_longer(per_call: float, sample_s: float) -> None:
    device = FakeDevice([per_call])
    calls = calibrate(_never, device, sample_s)
    assert calls == MOST_CALLS or calls * per_call >= sample_s
    assert calls == 1 or calls * per_call <= 1.2 * sample_s + 2 * per_call
    assert len(device.batches) <= 10


def test_warm_up_ends_when_the_readings_settle() -> None:
    device = FakeDevice([0.5, 0.1, 0.06, 0.04, 0.04])
    found = warm_up(_never, device, most_s=10)
    # readings .5 .1 .06 .04 .04 .04 .04: the median of the last three meets the best before them at the seventh only,
    # and at the sixth: median(.04, .04, .04) against min(.5, .1, .06) is still 33 % off
    assert found.calls == 7
    assert found.seconds == pytest.approx(0.5 + 0.1 + 0.06 + 4 * 0.04)
    assert found.first_call_s == 0.5
    assert found.steady
    assert found.per_call_s == 0.04


def test_a_call_that_never_settles_stops_at_the_limit_and_says_so() -> None:
    found = warm_up(_never, FakeDevice([0.9**i for i in range(200)]), most_s=5)
    assert not found.steady
    assert 5 <= found.seconds < 6


def test_a_first_call_over_the_limit_is_the_only_one() -> None:
    found = warm_up(_never, FakeDevice([3.0, 0.01]), most_s=1)
    assert (found.calls, found.first_call_s, found.steady, found.per_call_s) == (1, 3.0, True, None)


def test_at_least_two_calls_otherwise() -> None:
    found = warm_up(_never, FakeDevice([0.9, 0.8]), most_s=1)
    assert (found.calls, found.per_call_s) == (2, 0.8)


def test_a_fast_call_warms_up_in_batches() -> None:
    device = FakeDevice([1e-3, 1e-6])
    found = warm_up(_never, device, most_s=1)
    assert found.steady
    assert max(device.batches) > 1000
    assert found.seconds < 0.1


def test_warming_a_call_that_takes_no_time_ends() -> None:
    found = warm_up(_never, FakeDevice([0.0]), most_s=0.01)
    assert (found.steady, found.seconds) == (True, 0.0)


def test_a_sample_flushes_once_and_is_per_call() -> None:
    device = FakeDevice([0.25])
    assert sample(_never, device, 8) == 0.25
    assert (device.batches, device.flushed) == ([8], 1)


@pytest.mark.parametrize("was_on", [True, False])
def test_the_collector_is_off_during_a_sample_and_restored(was_on: bool) -> None:
    seen: list[bool] = []

    def record(call: Callable[[], object]) -> None:
        sample(call, CpuDevice(), 3)

    (gc.enable if was_on else gc.disable)()
    try:
        record(lambda: seen.append(gc.isenabled()))
        with pytest.raises(RuntimeError):
            record(_raise)
        assert gc.isenabled() is was_on
    finally:
        gc.enable()
    assert seen == [False] * 3


def _raise() -> None:
    raise RuntimeError
