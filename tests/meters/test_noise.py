"""Readers of noise: parsed from files a test writes, and absent where the platform lacks them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from bench.meters import noise
from bench.meters.noise import Noise, between, cpu_pressure, readings

PRESSURE = "some avg10=15.70 avg60=3.07 avg300=0.76 total=4920546\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
STILL = Noise(10.0, 1.0, 1_000_000, 5, 2.0, 0.5, 0.3)


def test_pressure_is_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "cpu"
    file.write_text(PRESSURE)
    monkeypatch.setattr(noise, "_PRESSURE", file)
    assert cpu_pressure() == (15.7, 4920546)


@pytest.mark.parametrize("text", ["", "some avg10=x total=1\n", "some\n", "full avg10=1.0 total=1\n"])
def test_pressure_that_cannot_be_read_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    file = tmp_path / "cpu"
    file.write_text(text)
    monkeypatch.setattr(noise, "_PRESSURE", file)
    assert cpu_pressure() == (None, None)


def test_waiting_and_stealing_are_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "schedstat").write_text("105128 2500000000 2\n")
    (tmp_path / "stat").write_text("cpu  32813 0 7162 196242 751 0 119 200 0 0\ncpu0 1 2\n")
    monkeypatch.setattr(noise, "_SCHEDULE", tmp_path / "schedstat")
    monkeypatch.setattr(noise, "_STAT", tmp_path / "stat")
    found = readings()
    assert found.waited_s == 2.5
    assert found.stolen_s == 200 / os.sysconf("SC_CLK_TCK")


def test_nothing_readable_gives_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_PRESSURE", "_SCHEDULE", "_STAT"):
        monkeypatch.setattr(noise, name, tmp_path / "absent")
    monkeypatch.setattr(noise.os, "getloadavg", _fails)
    found = readings()
    assert (found.cpu_pressure, found.pressure_total_us, found.waited_s, found.stolen_s, found.load) == (None,) * 5
    difference = between(found, replace(found, at_s=found.at_s + 1))
    assert (difference.stall_share, difference.waited_share, difference.stolen_share) == (None, None, None)


def _fails() -> None:
    raise OSError


def test_shares_by_hand() -> None:
    after = replace(STILL, at_s=14.0, pressure_total_us=2_000_000, involuntary_switches=12, waited_s=2.2, stolen_s=0.9)
    found = between(STILL, after)
    assert found.seconds == 4.0
    assert found.stall_share == pytest.approx(0.25)  # 1 s of 4
    assert found.waited_share == pytest.approx(0.05)
    assert found.stolen_share == pytest.approx(0.1)
    assert found.involuntary_switches == 7


def test_no_time_between_gives_no_share() -> None:
    assert between(STILL, STILL).stall_share is None


def test_counters_never_run_backwards_here() -> None:
    first, second = readings(), readings()
    found = between(first, second)
    assert found.involuntary_switches is None or found.involuntary_switches >= 0
    assert found.waited_share is None or found.waited_share >= 0
