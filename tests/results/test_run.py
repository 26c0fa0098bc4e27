"""The run folder: which rows count, what a resumed run replaces, and the frames made of them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bench.results.folder import FolderError, RunFolder, finished_groups, run_id
from bench.results.rows import Row
from bench.results.run import open_run

META: dict[str, Any] = {
    "format": 1,
    "run_id": "demo-1-host",
    "suite": {"axes": {"kernel": ["a", "b"], "n": [1, 2], "causal": [False]}},
}


def make_row(case: str, metric: str = "time", **values: Any) -> Row:
    group = case.partition("/")[0]
    axes = {"kernel": case[-1], "n": 1, "causal": False}
    return Row(case, group, case[-1], axes, metric, "s", **values)


def new_folder(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path, META, [], "[suite]\n")


def test_run_id_is_a_safe_name() -> None:
    assert run_id("my suite", "2026-11-23T00:45:00+00:00", "box/1") == "my_suite-20261123T004500-box_1"


def test_a_taken_name_gets_a_number(tmp_path: Path) -> None:
    first, second = new_folder(tmp_path), new_folder(tmp_path)
    assert (first.path.name, second.path.name) == ("demo-1-host", "demo-1-host-2")
    assert open_run(second.path).meta["run_id"] == "demo-1-host-2"


def test_only_rows_of_finished_groups_count(tmp_path: Path) -> None:
    folder = new_folder(tmp_path)
    folder.write_rows([make_row("g1/a", value=1.0)])
    folder.finish_group("g1", ["g1/a"], {})
    folder.write_rows([make_row("g2/a", value=2.0)])
    assert list(open_run(folder.path).measurements["case"]) == ["g1/a"]
    assert list(finished_groups(folder.path)) == ["g1"]


def test_a_group_measured_again_replaces_what_an_interruption_left(tmp_path: Path) -> None:
    folder = new_folder(tmp_path)
    folder.start_group("g1")
    folder.write_rows([make_row("g1/a", value=1.0)])
    folder.write_rows([make_row("g1/a", metric="leftover", value=1.0)])
    folder.start_group("g1")
    folder.write_rows([make_row("g1/a", value=3.0)])
    folder.write_rows([make_row("g1/b", status="timeout", reason="no answer")])
    folder.finish_group("g1", ["g1/a", "g1/b"], {})
    frame = open_run(folder.path).measurements
    assert [tuple(row) for row in frame[["case", "metric", "status"]].to_numpy()] == [
        ("g1/a", "time", "ok"),
        ("g1/b", "time", "timeout"),
    ]
    assert frame["value"][0] == 3.0
    assert math.isnan(frame["value"][1])


def test_frames_have_axes_as_columns_with_their_types(tmp_path: Path) -> None:
    folder = new_folder(tmp_path)
    folder.write_rows([make_row("g1/a", value=1.0, low=0.9, high=1.1, replicates=2, samples=4)])
    folder.write_samples({"case": "g1/a", "replicate": 0, "calls": 3, "seconds": [1.0, 3.0, 2.0]})
    folder.write_samples({"case": "g1/a", "replicate": 1, "calls": 3, "seconds": [5.0]})
    folder.write_samples({"case": "g1/a", "replicate": 2, "calls": 3, "seconds": [9.0]})  # of an attempt cut off
    folder.finish_group("g1", ["g1/a"], {})
    run = open_run(folder.path)
    assert run.measurements["n"].dtype.kind == "i"
    assert run.measurements["causal"].dtype == bool
    assert list(run.replicates["value"]) == [2.0, 5.0]
    assert list(run.samples["seconds"]) == [1.0, 3.0, 2.0, 5.0]


def test_processes_say_which_server_they_came_from(tmp_path: Path) -> None:
    folder = new_folder(tmp_path)
    folder.write_rows([make_row("g1/a", value=1.0, replicates=2)])
    told = {"start_s": 0.25, "warmup_s": 0.5, "server": 3}
    folder.write_samples({"case": "g1/a", "replicate": 0, "calls": 2, "seconds": [1.0, 2.0], **told})
    folder.write_samples({"case": "g1/a", "replicate": 1, "calls": 2, "seconds": [1.0]})  # as older runs have them
    folder.finish_group("g1", ["g1/a"], {})
    replicates = open_run(folder.path).replicates
    first, second = replicates[["server", "start_s", "cost_s"]].itertuples(index=False)
    assert tuple(first) == (3, 0.25, 0.25 + 0.5 + 2 * 3.0)
    assert math.isnan(second.server) and math.isnan(second.start_s)


def test_not_a_number_survives_storage(tmp_path: Path) -> None:
    folder = new_folder(tmp_path)
    (stored,) = folder.write_rows([make_row("g1/a", metric="error_output_rel_l2", value=math.inf)])
    folder.finish_group("g1", ["g1/a"], {})
    assert stored["value"] is None
    assert open_run(folder.path).measurements["value"][0] == math.inf


def test_the_cache_holds_the_same_rows(tmp_path: Path) -> None:
    folder = new_folder(tmp_path)
    folder.write_rows([make_row("g1/a", value=1.0, notes=("x",))])
    folder.finish_group("g1", ["g1/a"], {})
    run = open_run(folder.path)
    cached = pd.read_parquet(run.write_cache())
    assert list(cached["value"]) == [1.0]
    assert list(cached["notes"]) == ['["x"]']


def test_a_failure_never_carries_a_value() -> None:
    with pytest.raises(ValueError, match="has no value"):
        make_row("g1/a", value=0.0, status="oom_host", reason="x")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "no run folder at"),
        (lambda path: path.mkdir(), r"it has no run\.json"),
        (lambda path: (path.mkdir(), (path / "run.json").write_text("{"))[0], "cannot be read"),
        (lambda path: (path.mkdir(), (path / "run.json").write_text('{"format": 9}'))[0], "format 9, expected 1"),
    ],
)
def test_what_is_no_run_folder_is_said_so(tmp_path: Path, make: Any, message: str) -> None:
    make(tmp_path / "x")
    with pytest.raises(FolderError, match=message):
        open_run(tmp_path / "x")
