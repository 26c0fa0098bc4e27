"""Durable JSON lines: what a killed writer leaves, and what the next one and the reader make of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.results.store import LineWriter, write_json
from tests.results.lines import read_lines


def test_records_come_back_in_order(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    with LineWriter(path) as writer:
        writer.write({"a": 1})
        writer.write({"b": "ß", "c": [1.5, None]})
    assert read_lines(path) == ([{"a": 1}, {"b": "ß", "c": [1.5, None]}], 0)


def test_a_missing_file_has_no_records(tmp_path: Path) -> None:
    assert read_lines(tmp_path / "none.jsonl") == ([], 0)


def test_a_torn_tail_costs_one_line_and_never_the_next_record(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    with LineWriter(path) as writer:
        for number in range(3):
            writer.write({"number": number})
    os.truncate(path, path.stat().st_size - 5)
    with LineWriter(path) as writer:
        writer.write({"number": 3})
    records, bad = read_lines(path)
    assert [record["number"] for record in records] == [0, 1, 3]
    assert bad == 1


@given(cut=st.integers(min_value=0, max_value=200))
def test_whatever_is_cut_off_whole_lines_survive(cut: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("cut") / "rows.jsonl"
    with LineWriter(path) as writer:
        for number in range(10):
            writer.write({"number": number, "text": "x" * number})
    whole = path.read_bytes()
    kept = whole[: max(len(whole) - cut, 0)]
    path.write_bytes(kept)
    records, bad = read_lines(path)
    assert [record["number"] for record in records[: kept.count(b"\n")]] == list(range(kept.count(b"\n")))
    assert bad <= 1


def test_nan_is_refused_rather_than_written_as_no_json(tmp_path: Path) -> None:
    with LineWriter(tmp_path / "rows.jsonl") as writer, pytest.raises(ValueError, match="JSON compliant"):
        writer.write({"value": float("nan")})


def test_kill_minus_nine_loses_no_acknowledged_record(tmp_path: Path) -> None:
    """A real process, killed while it writes: everything it had said was written is there."""
    path, said = tmp_path / "rows.jsonl", tmp_path / "said"
    program = (
        "import sys\nfrom pathlib import Path\nfrom bench.results.store import LineWriter\n"
        "writer, said = LineWriter(Path(sys.argv[1])), open(sys.argv[2], 'w', buffering=1)\n"
        "for number in range(10**6):\n    writer.write({'number': number})\n    said.write(f'{number}\\n')\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(path), str(said)]) as process:
        deadline = time.monotonic() + 20
        while (not said.exists() or said.stat().st_size < 2000) and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    acknowledged = [int(line) for line in said.read_text().splitlines()]
    records, bad = read_lines(path)
    assert len(acknowledged) > 100
    assert [record["number"] for record in records][: len(acknowledged)] == acknowledged
    assert bad <= 1


def test_json_is_replaced_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    write_json(path, {"a": 1})
    write_json(path, {"a": 2})
    assert json.loads(path.read_text()) == {"a": 2}
    assert [file.name for file in tmp_path.iterdir()] == ["run.json"]
