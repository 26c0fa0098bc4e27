"""What spoils a machine, judged from plain values."""

from __future__ import annotations

import pytest

from bench.meters import machine
from bench.meters.device import CpuDevice
from bench.meters.examine import (
    allocator_finding,
    dtype_findings,
    dtype_speeds,
    examine,
    governor_finding,
    gpu_findings,
    load_finding,
    readers_finding,
    smt_finding,
    threads_finding,
    turbo_finding,
)
from bench.meters.noise import Noise


@pytest.mark.parametrize(("value", "level"), [(None, "ok"), ("performance", "ok"), ("powersave", "warn")])
def test_governor(value: str | None, level: str) -> None:
    assert governor_finding(value).level == level


@pytest.mark.parametrize(("value", "level"), [(None, "ok"), (False, "ok"), (True, "warn")])
def test_turbo_and_hyper_threading(value: bool | None, level: str) -> None:
    assert turbo_finding(value).level == smt_finding(value).level == level


@pytest.mark.parametrize(
    ("load", "pressure", "level"),
    [
        (0.1, 0.0, "ok"),
        (1.5, 0.0, "warn"),
        (0.1, 15.0, "warn"),
        (2.5, 0.0, "bad"),
        (0.0, 60.0, "bad"),
        (None, None, "warn"),
        (None, 5.0, "ok"),
        (0.5, None, "ok"),
    ],
)
def test_load_on_two_cores(load: float | None, pressure: float | None, level: str) -> None:
    assert load_finding(load, pressure, 2).level == level


@pytest.mark.parametrize(
    ("environment", "limit", "level"),
    [
        ({}, None, "ok"),
        ({"OMP_NUM_THREADS": "2"}, None, "ok"),
        ({"OMP_NUM_THREADS": "4"}, None, "bad"),
        ({"OMP_NUM_THREADS": "2"}, 1.5, "bad"),
        ({}, 1.0, "warn"),
        ({"OMP_WAIT_POLICY": "ACTIVE"}, None, "warn"),
        ({"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}, 1.0, "ok"),
    ],
)
def test_threads_on_two_cores(environment: dict[str, str], limit: float | None, level: str) -> None:
    assert threads_finding(environment, 2, limit).level == level


def test_allocator() -> None:
    assert allocator_finding("glibc").level == "ok"
    assert allocator_finding("").level == "warn"


def test_readers() -> None:
    full = Noise(0.0, 1.0, 1, 1, 1.0, 1.0, 1.0)
    assert readers_finding(full).level == "ok"
    found = readers_finding(Noise(0.0, None, None, 1, 1.0, None, None))
    assert found.level == "warn"
    assert found.detail == "missing: CPU pressure, load"


def test_dtypes_are_judged_against_float32() -> None:
    levels = [found.level for found in dtype_findings({"float32": 80e9, "bfloat16": 190e9, "float16": 1e9})]
    assert levels == ["ok", "ok", "warn"]


def test_dtype_speeds_are_positive() -> None:
    speeds = dtype_speeds(CpuDevice(), size=32)
    assert list(speeds) == ["float32", "bfloat16", "float16"]
    assert min(speeds.values()) > 0


@pytest.mark.parametrize(
    ("gpu", "levels"),
    [
        ({"name": "H100", "throttle": "0x0000000000000001", "persistence": "Enabled"}, ["ok"]),
        ({"name": "H100", "throttle": "0x0000000000000044", "persistence": "Disabled"}, ["bad", "warn"]),
        ({"name": "H100", "throttle": "[N/A]", "persistence": "Enabled"}, ["warn"]),
        ({"name": "H100"}, ["warn"]),
    ],
)
def test_gpus(gpu: dict[str, str], levels: list[str]) -> None:
    assert [found.level for found in gpu_findings(gpu)] == levels


def test_slowed_clocks_are_named() -> None:
    (found,) = gpu_findings({"name": "H100", "throttle": "0x24"})
    assert found.detail == "slowed down: software power cap, software thermal slowdown"


def test_all_of_it_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "gpus", lambda: [{"name": "H100", "throttle": "0x0", "persistence": "Disabled"}])
    findings = examine("cpu")
    assert {"other load", "threads", "float16 products", "H100 clocks"} <= {found.what for found in findings}
    assert all(found.remedy for found in findings if found.level == "bad")
