"""Whole runs of small plans through real processes: every fault is a row, and no case harms another."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.results.folder import FolderError
from bench.results.records import store_record
from bench.results.run import open_run
from bench.runner.events import CaseFinished, Event, RunFinished
from bench.runner.run import execute, resume
from bench.runner.verify import verify
from bench.suite.model import Plan
from tests.runner.plans import HERE, QUICK, make_plan


def run_plan(plan: Plan, out: Path, events: list[Event] | None = None) -> Path:
    listener = (events if events is not None else []).append
    return execute(
        plan, out=out, seed=7, device="auto", command=["bench", "run"], overrides={}, where=[], listener=listener
    )


def test_a_run_keeps_what_is_known_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    plan = make_plan(["good"])
    unknown = open_run(run_plan(plan, tmp_path)).meta
    assert unknown["resolution"] is None
    record = {
        "format": 1,
        "run_id": "aa_faulty",
        "suite": "aa_faulty",
        "started": "2026-11-23T08:00:00+00:00",
        "cases": 1,
        "changed": {"count": 2, "of": 412},
        "resolution_80": 0.018,
        "compare": {"level": 0.99, "budget_s": 5.0},
    }
    store_record(record, unknown["machine"], "cpu")
    known = open_run(run_plan(plan, tmp_path)).meta["resolution"]
    assert known["record"] == record
    assert known["quote"].startswith("on this machine, changes under 1.8 % are not resolved")
    assert open_run(run_plan(with_metrics(plan, "flops"), tmp_path)).meta["resolution"] is None


def with_metrics(plan: Plan, *metrics: str) -> Plan:
    measure = dataclasses.replace(plan.suite.measure, metrics=metrics)
    return Plan(dataclasses.replace(plan.suite, measure=measure), plan.groups)


def test_every_fault_is_a_row_and_the_others_are_measured(tmp_path: Path) -> None:
    kinds = ["good", "wrong", "approximate", "segfault", "raise", "hang", "exit", "oom", "huge", "none", "late"]
    measure = dataclasses.replace(QUICK, timeout_s=3.0)
    events: list[Event] = []
    plan = make_plan([*kinds, "same"], measure=measure, skip={"same": "left out on purpose"})
    run = open_run(run_plan(plan, tmp_path, events))
    time_rows = run.measurements[run.measurements["metric"] == "time"].set_index("subject")
    found = {kind: time_rows.loc[kind, "status"] for kind in [*kinds, "same"]}
    assert found == {
        "good": "ok",
        "wrong": "wrong_result",
        "approximate": "ok",
        "segfault": "crashed",
        "raise": "error",
        "hang": "timeout",
        "exit": "crashed",
        "oom": "oom_host",
        "huge": "skipped",
        "none": "unsupported",
        "late": "ok",
        "same": "skipped",
    }
    assert "needs about 931322.6 GiB" in time_rows.loc["huge", "reason"]
    assert time_rows.loc["same", "reason"] == "left out on purpose"
    assert "output: relative L2 error" in time_rows.loc["wrong", "reason"]
    failed = run.measurements[run.measurements["status"] != "ok"]
    assert failed["value"].isna().all() and failed["reason"].notna().all()
    assert not run.measurements.duplicated(["case", "metric"]).any()
    assert sum(isinstance(event, CaseFinished) for event in events) == 12
    assert isinstance(events[-1], RunFinished) and not events[-1].interrupted


def test_the_three_sources_and_the_memory_of_a_matrix_product(tmp_path: Path) -> None:
    run = open_run(run_plan(make_plan(["good"], sizes=(32,)), tmp_path))
    values = run.measurements.set_index("metric")["value"]
    assert values["flops_formula"] == values["flops_dispatch"] == values["flops_fvcore"] == 2 * 32**3
    assert values["peak_tensor_bytes"] == 4 * 32 * 32
    assert values["error_output_rel_l2"] < 1e-6
    assert len(run.replicates) == 2
    assert (run.samples.groupby("replicate").size() == 2).all()


def test_larger_cases_after_an_oom_are_not_tried(tmp_path: Path) -> None:
    run = open_run(run_plan(make_plan(["oom"], sizes=(32, 64, 128)), tmp_path))
    rows = run.measurements[run.measurements["metric"] == "time"].sort_values("n")
    assert list(rows["status"]) == ["oom_host", "skipped", "skipped"]
    assert list(rows["reason"])[1:] == ["oom_host at n = 32"] * 2


def test_what_cannot_fit_the_budget_is_skipped_with_the_reason(tmp_path: Path) -> None:
    measure = dataclasses.replace(QUICK, budget_s=0.02)
    run = open_run(run_plan(make_plan(["good"], sizes=(64, 4096), measure=measure), tmp_path))
    rows = run.measurements[run.measurements["metric"] == "time"].sort_values("n")
    assert list(rows["status"]) == ["ok", "skipped"]
    assert "over budget: about" in list(rows["reason"])[1]


def test_a_first_call_that_compiles_is_not_taken_for_a_slow_case(tmp_path: Path) -> None:
    # Four calls of 0.5 s would not fit into 1 s; from the second on a call takes microseconds.
    measure = dataclasses.replace(QUICK, budget_s=1.0)
    run = open_run(run_plan(make_plan(["lazy"], measure=measure), tmp_path))
    row = run.measurements[run.measurements["metric"] == "time"].iloc[0]
    assert row["status"] == "ok"
    assert row["value"] < 0.1
    assert row["extra"]["first_call_s"] > 0.5
    assert row["samples"] == 4


def test_turns_are_random_and_repeat_with_the_seed(tmp_path: Path) -> None:
    measure = dataclasses.replace(QUICK, samples=6, budget_s=60.0)
    plan = make_plan(["good", "same", "twice"], measure=measure)
    orders = []
    for name in ("a", "b"):
        lines = (run_plan(plan, tmp_path / name) / "samples.jsonl").read_text().splitlines()
        records = [json.loads(line) for line in lines]
        orders.append({(record["case"], record["replicate"]): record["turns"] for record in records})
    assert orders[0] == orders[1]
    first = [turns for (_, replicate), turns in orders[0].items() if replicate == 0]
    assert sorted(turn for turns in first for turn in turns) == list(range(18))
    assert any(turns != sorted(range(start, 18, 3)) for start, turns in enumerate(first))


def test_a_run_can_be_repeated_from_its_folder(tmp_path: Path) -> None:
    meta = open_run(run_plan(make_plan(["good"]), tmp_path)).meta
    assert meta["seed"] == 7
    assert meta["device"] == "cpu"
    assert meta["software"]["torch"]
    assert meta["workload"]["file"].endswith("faulty.py")
    assert meta["timing"]["sampling_s"] > 0
    assert meta["finished"] and not meta["interrupted"]


def test_verify_times_nothing(tmp_path: Path) -> None:
    rows = verify(make_plan(["good", "wrong", "approximate", "none"]), "auto", 0, lambda event: None)
    statuses = {row["subject"]: row["status"] for row in rows}
    assert statuses == {"good": "ok", "wrong": "wrong_result", "approximate": "ok", "none": "unsupported"}
    assert all(row["metric"].startswith("error_") for row in rows)


def test_a_changed_workload_is_not_resumed(tmp_path: Path) -> None:
    workload = tmp_path / "mine.py"
    workload.write_text((HERE / "faulty.py").read_text())
    folder = run_plan(make_plan(["good"], workload="./mine.py:faulty", folder=tmp_path), tmp_path)
    workload.write_text(workload.read_text() + "\n# changed\n")
    with pytest.raises(FolderError, match="has changed since the run started"):
        resume(folder, command=[], listener=lambda event: None)


SIZES = tuple(range(8, 48))
PROGRAM = f"""
import sys
from pathlib import Path
from bench.runner.run import execute, resume
from tests.runner.plans import make_plan
out = Path(sys.argv[1])
folders = sorted(out.iterdir()) if out.exists() else []
if folders:
    resume(folders[0], command=["again"], listener=lambda event: None)
else:
    plan = make_plan(["good", "same", "raise"], sizes={SIZES})
    told = {{"command": ["first"], "overrides": {{}}, "where": [], "listener": lambda event: None}}
    execute(plan, out=out, seed=1, device="cpu", **told)
"""


def stored_bytes(out: Path) -> int:
    return sum(file.stat().st_size for file in out.glob("*/*.jsonl"))


@pytest.mark.slow
def test_killed_at_twenty_random_moments_then_resumed_every_case_is_there_once(tmp_path: Path) -> None:
    """kill -9 again and again, as an out-of-memory killer or a scheduler would; then resume to the end."""
    out = tmp_path / "out"
    chance = random.Random(3)
    for _ in range(20):
        before = stored_bytes(out)
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(out)])
        while process.poll() is None and stored_bytes(out) == before:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.5))
        assert process.poll() is None, "the run ended before it could be killed: give it more sizes"
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run([sys.executable, "-c", PROGRAM, str(out)], check=True, timeout=300)
    (folder,) = out.iterdir()
    run = open_run(folder)
    rows = run.measurements[run.measurements["metric"] == "time"]
    expected = [f"faulty/kind={kind}/n={n}" for kind in ("good", "same", "raise") for n in SIZES]
    assert sorted(rows["case"]) == sorted(expected)
    assert not run.measurements.duplicated(["case", "metric"]).any()
    assert len(run.replicates) == 2 * 2 * len(SIZES)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_or_sigterm_keeps_finished_groups_and_says_interrupted(sent: int, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(out)], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        files = list(out.glob("*/measurements.jsonl"))
        if files and '"kind":"group"' in files[0].read_text():
            break
        time.sleep(0.01)
    os.kill(process.pid, sent)
    process.wait(timeout=30)
    (folder,) = out.iterdir()
    run = open_run(folder)
    assert run.meta["interrupted"] and run.meta["finished"] is None
    assert len(run.measurements) >= 3
