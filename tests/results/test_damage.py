"""Unreadable lines of a run: a torn write of an attempt that was cut off is harmless, anything else is said."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from bench.results.damage import harmful_row
from bench.results.folder import FolderError, RunFolder, finished_groups
from bench.results.run import open_run
from tests.results.test_run import META, make_row

START, ROW, END = ({"kind": kind, "group": "g"} for kind in ("group_start", "measurement", "group"))
NEXT = {"kind": "group_start", "group": "h"}


@pytest.mark.parametrize(
    ("records", "harmful"),
    [
        ([START, ROW, END], None),
        ([START, ROW, None], None),  # torn tail
        ([START, None, START, ROW, END], None),  # torn row, then the group again
        ([START, ROW, None, START, ROW, END], None),  # torn end of a group, then the group again
        ([START, ROW, END, None, NEXT, ROW, END], None),  # torn beginning, then another attempt at it
        ([START, None, END], 2),  # a row of a finished group
        ([START, None, END, NEXT, ROW], 2),
        ([START, ROW, None, NEXT, ROW, END], 3),  # the end of a finished group
        ([START, ROW, END, None, ROW, END], 4),  # the beginning of a group that goes on
        ([START, ROW, END, None, None, NEXT], 4),  # more than one torn write
        ([None, ROW, END], 1),
        ([None], 1),
        ([None, None, None], 1),
        ([], None),
    ],
)
def test_which_lines_do_harm(records: list[dict[str, Any] | None], harmful: int | None) -> None:
    assert harmful_row(list(enumerate(records, start=1))) == harmful


def measured(folder: RunFolder, group: str, value: float) -> None:
    """One group of one case in two processes."""
    folder.start_group(group)
    for number in range(2):
        folder.write_samples({"case": f"{group}/a", "replicate": number, "calls": 1, "seconds": [value]})
    folder.write_rows([make_row(f"{group}/a", value=value, replicates=2)])
    folder.finish_group(group, [f"{group}/a"], {})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run of two groups: six lines of rows, four of samples."""
    with_rows = RunFolder.create(tmp_path, META, [], "[suite]\n")
    measured(with_rows, "g1", 1.0)
    measured(with_rows, "g2", 2.0)
    with_rows.close()
    return with_rows.path


def spoil(file: Path, number: int) -> None:
    """Break one line in its middle."""
    lines = file.read_bytes().splitlines(keepends=True)
    lines[number - 1] = lines[number - 1][:9] + b"\n"
    file.write_bytes(b"".join(lines))


@pytest.mark.parametrize("number", [1, 2, 3, 5])
def test_a_damaged_line_of_a_finished_group_is_an_error_that_says_where_and_what_to_do(
    folder: Path, number: int
) -> None:
    spoil(folder / "measurements.jsonl", number)
    told = rf"measurements\.jsonl, line {number}: .*keep the {number - 1} lines .*bench run --resume {folder}"
    for reader in (open_run, finished_groups):
        with pytest.raises(FolderError, match=told):
            reader(folder)


def test_a_torn_tail_is_an_unfinished_group(folder: Path) -> None:
    os.truncate(folder / "measurements.jsonl", (folder / "measurements.jsonl").stat().st_size - 5)
    assert list(open_run(folder).measurements["case"]) == ["g1/a"]
    assert list(finished_groups(folder)) == ["g1"]


def test_a_run_that_went_on_after_a_torn_write_is_whole(folder: Path) -> None:
    for name in ("measurements.jsonl", "samples.jsonl"):
        os.truncate(folder / name, (folder / name).stat().st_size - 5)
    again = RunFolder(folder)
    measured(again, "g2", 3.0)
    again.close()
    run = open_run(folder)
    assert dict(zip(run.measurements["case"], run.measurements["value"], strict=True)) == {"g1/a": 1.0, "g2/a": 3.0}
    assert run.replicates["value"].tolist() == [1.0, 1.0, 3.0, 3.0]


@pytest.mark.parametrize("number", [1, 2, 4])
def test_samples_that_a_row_rests_on_are_missed(folder: Path, number: int) -> None:
    spoil(folder / "samples.jsonl", number)
    case = "g1/a" if number < 3 else "g2/a"
    with pytest.raises(FolderError, match=rf"samples\.jsonl, line {number}: .*{case}"):
        _ = open_run(folder).replicates


def test_outcomes_that_a_row_rests_on_are_missed(tmp_path: Path) -> None:
    with_rows = RunFolder.create(tmp_path, META, [], "[suite]\n")
    with_rows.start_group("g1")
    values = {"knn": {"values": [0.5], "unit": "1"}}
    for number in range(2):
        record = {"kind": "outcome", "case": "g1/a", "replicate": number, "values": values}
        with_rows.write_samples(record)
    row = make_row("g1/a", metric="outcome_knn", value=0.5, replicates=2, extra={"log": False})
    with_rows.write_rows([row])
    with_rows.finish_group("g1", ["g1/a"], {})
    assert len(open_run(with_rows.path).outcomes) == 2
    spoil(with_rows.path / "samples.jsonl", 2)
    with pytest.raises(FolderError, match=r"samples\.jsonl, line 2"):
        _ = open_run(with_rows.path).outcomes


def test_a_file_of_anything_is_no_run(folder: Path) -> None:
    (folder / "measurements.jsonl").write_bytes(bytes(range(256)) * 20)
    with pytest.raises(FolderError, match=re.escape("measurements.jsonl, line 1")):
        open_run(folder)
    (folder / "measurements.jsonl").unlink()
    (folder / "measurements.jsonl.gz").write_bytes(b"no gzip")
    with pytest.raises(FolderError, match=r"measurements\.jsonl cannot be read: "):
        open_run(folder)


def test_a_line_that_is_json_and_no_record_is_damaged_too(folder: Path) -> None:
    lines = (folder / "measurements.jsonl").read_text().splitlines()
    lines[1] = json.dumps([1, 2])
    (folder / "measurements.jsonl").write_text("\n".join(lines) + "\n")
    with pytest.raises(FolderError, match="line 2"):
        open_run(folder)
