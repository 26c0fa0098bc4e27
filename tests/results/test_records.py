"""What a machine keeps of its A/A runs."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from bench.results.folder import FolderError
from bench.results.records import (
    fingerprint,
    latest_record,
    quote,
    read_settings,
    records_folder,
    store_record,
    write_findings,
    write_settings,
)
from bench.suite.model import Compare

MACHINE: dict[str, Any] = {
    "host": "lab",
    "cpu": {"model": "Some CPU", "cores": 8},
    "memory_bytes": 32 * 2**30,
    "device": {"device": "cpu"},
}
RECORD: dict[str, Any] = {
    "format": 1,
    "started": "2026-11-23T07:00:00+01:00",
    "run_id": "aa_attention-1",
    "suite": "aa_attention",
    "compare": {"level": 0.99, "budget_s": 5.0},
    "cases": 12,
    "changed": {"count": 2, "of": 412},
    "resolution_80": 0.018,
}


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def test_quote_says_what_is_not_resolved_and_how_often_wolf_was_cried() -> None:
    assert quote(RECORD) == (
        "on this machine, changes under 1.8 % are not resolved (median of 12 cases of attention, 5 s a side, "
        "80 % power, A/A of 2026-11-23: 2 false alarms in 412 comparisons at nominal 1 %)"
    )


def test_quote_of_one_case_and_of_nothing_resolved() -> None:
    one = {**RECORD, "cases": 1, "changed": {"count": 1, "of": 1}, "resolution_80": None}
    assert quote(one) == (
        "on this machine, no change is resolved reliably (one case of attention, 5 s a side, 80 % power, "
        "A/A of 2026-11-23: 1 false alarm in 1 comparison at nominal 1 %)"
    )
    assert "changes under 12 % are" in quote({**RECORD, "resolution_80": 0.123})
    assert "changes under 2.0 % are" in quote({**RECORD, "resolution_80": 0.02})


@pytest.mark.parametrize(
    "change", [{"host": "x"}, {"cpu": {"model": "y", "cores": 8}}, {"memory_bytes": 2**30}, {"device": {"name": "H"}}]
)
def test_another_machine_has_another_fingerprint(change: dict[str, Any]) -> None:
    assert fingerprint({**MACHINE, **change}, "cpu") != fingerprint(MACHINE, "cpu")
    assert fingerprint(MACHINE, "cuda") != fingerprint(MACHINE, "cpu")


def test_a_little_more_or_less_memory_is_the_same_machine() -> None:
    less = copy.deepcopy(MACHINE) | {"memory_bytes": 32 * 2**30 - 4096, "kernel": "6.2"}
    assert fingerprint(less, "cpu") == fingerprint(MACHINE, "cpu")
    assert len(fingerprint({}, "cpu")) == 16


def test_latest_is_by_time_and_of_this_machine(tmp_path: Path) -> None:
    assert latest_record(MACHINE, "cpu") is None
    later = {**RECORD, "run_id": "b", "suite": "aa_encoder", "started": "2026-11-23T06:30:00+00:00"}
    store_record(later, MACHINE, "cpu")
    file = store_record(RECORD, MACHINE, "cpu")  # 06:00 UTC
    assert file == tmp_path / "data/crossover-bench/machines" / fingerprint(MACHINE, "cpu") / "aa-20261123T060000.json"
    found = latest_record(MACHINE, "cpu")
    assert found is not None and found["run_id"] == "b"
    preferred = latest_record(MACHINE, "cpu", suite="attention")
    assert preferred is not None and preferred["run_id"] == "aa_attention-1"
    assert latest_record(MACHINE, "cuda") is None


def test_many_comparisons_come_before_a_later_handful() -> None:
    store_record(RECORD, MACHINE, "cpu")
    few = {**RECORD["changed"], "count": 0, "of": 7}
    store_record({**RECORD, "run_id": "b", "started": "2026-11-24T06:30:00+00:00", "changed": few}, MACHINE, "cpu")
    found = latest_record(MACHINE, "cpu")
    assert found is not None and found["run_id"] == RECORD["run_id"]


def test_a_run_has_one_record_and_two_at_once_have_two() -> None:
    first = store_record(RECORD, MACHINE, "cpu")
    assert store_record({**RECORD, "cases": 13}, MACHINE, "cpu") == first
    assert store_record({**RECORD, "run_id": "other"}, MACHINE, "cpu") != first


def test_a_broken_record_is_passed_over() -> None:
    store_record(RECORD, MACHINE, "cpu")
    (records_folder(MACHINE, "cpu") / "aa-20991231T000000.json").write_text("{torn", encoding="utf-8")
    found = latest_record(MACHINE, "cpu")
    assert found is not None and found["cases"] == 12


def test_settings_come_back_and_stay_beside_the_findings(tmp_path: Path) -> None:
    compare = Compare("first", pairs=(4, 8), level=0.95, band=0.01, budget_s=2.0)
    write_settings(tmp_path, compare, 0.03, 96)
    read, inject, settings = read_settings(tmp_path)
    assert (read, inject, settings["pairs"]) == (compare, 0.03, 96)
    write_findings(tmp_path, settings, {"summary": RECORD})
    assert read_settings(tmp_path)[0] == compare


def test_a_folder_of_another_kind_is_named(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=r"is not a run of `bench aa`: it has no aa\.json"):
        read_settings(tmp_path)
    (tmp_path / "aa.json").write_text('{"settings": {"compare": {}}}', encoding="utf-8")
    with pytest.raises(FolderError, match=r"aa\.json cannot be read"):
        read_settings(tmp_path)
