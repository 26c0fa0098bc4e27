"""The self-tests pass with meters that are right, fail with meters that are wrong, and never raise."""

from __future__ import annotations

import math

import pytest

from bench.meters import selftest
from bench.meters.device import Call, CpuDevice
from bench.meters.memory import MemoryReading
from bench.meters.selftest import check, run_selftests


@pytest.mark.parametrize(
    ("expected", "measured", "tolerance", "ok"),
    [
        (2.0, 2.05, 0.03, True),
        (2.0, 2.07, 0.03, False),
        (100.0, 100.0, 0.0, True),
        (100.0, 101.0, 0.0, False),
        (1e-6, 5e-8, None, True),
        (1e-6, 2e-6, None, False),
        (1.0, None, 0.5, False),
        (1.0, math.nan, 0.5, False),
    ],
)
def test_judging(expected: float, measured: float | None, tolerance: float | None, ok: bool) -> None:
    assert check("x", expected, measured, "1", tolerance).ok is ok


def test_exact_meters_pass_here() -> None:
    for found in (
        selftest.check_tensor_bytes(CpuDevice(), 1 << 20),
        selftest.check_error(),
        selftest.check_matmul_flops(CpuDevice()),
        selftest.check_attention_flops(CpuDevice()),
    ):
        assert found.ok, found


class _Clock(CpuDevice):
    """Charges so many seconds a call, and ``drift`` more at each reading."""

    def __init__(self, costs: dict[str, float], drift: float = 0.0) -> None:
        self.costs = costs
        self.drift = drift
        self.readings = 0

    def elapsed(self, call: Call, calls: int) -> float:
        self.readings += 1
        return calls * self.costs.get(getattr(call, "__name__", ""), 1.0) + self.drift * self.readings

    def resolution_s(self) -> float:
        return 1e-9

    def spin(self, seconds: float) -> float | None:
        return None


def test_twice_the_work_is_judged_by_the_ratio() -> None:
    assert selftest.check_twice_the_work(_Clock({"once": 0.01, "twice": 0.02})).measured == pytest.approx(2.0)
    assert not selftest.check_twice_the_work(_Clock({"once": 0.01, "twice": 0.022})).ok


def test_a_drifting_clock_does_not_favour_either_side() -> None:
    found = selftest.check_twice_the_work(_Clock({"once": 1.0, "twice": 2.0}, drift=0.001))
    assert found.measured == pytest.approx(2.0, rel=0.03)


def test_a_spin_is_checked_by_its_cycles_or_by_the_ratio() -> None:
    class Known(_Clock):
        def spin(self, seconds: float) -> float | None:
            return seconds

    found = selftest.check_spin(Known({"<lambda>": 0.052}))
    assert found.ok
    assert found.expected == 0.05
    found = selftest.check_spin(_Clock({}))
    assert (found.expected, found.measured, found.ok) == (2.0, 1.0, False)


def test_a_missing_meter_is_a_failed_check_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selftest, "measure_memory", lambda call, device: MemoryReading(None, None))
    found = selftest.check_resident_bytes()
    assert not found.ok
    assert "high-water" in found.note


def test_a_meter_that_raises_is_a_failed_check(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no meter")

    for name in ("compare", "measure_memory", "sample", "calibrate"):
        monkeypatch.setattr(selftest, name, broken)
    checks = run_selftests("cpu")
    failed = {found.name: found.note for found in checks if not found.ok}
    assert failed["error"] == "RuntimeError: no meter"
    assert len(checks) == 9


def test_all_of_them_run_here() -> None:
    checks = run_selftests("cpu")
    # Timings depend on what else runs; that a number came of each does not.
    assert all(found.measured is not None for found in checks), [found for found in checks if found.measured is None]
    assert all(found.unit in ("s", "B", "FLOP", "1") for found in checks)
