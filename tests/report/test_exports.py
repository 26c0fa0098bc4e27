"""Exports hold the run's own numbers, nothing else, and are read by what they are made for."""

from __future__ import annotations

import csv
import json
import math
import re
import statistics
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pytest_benchmark.stats import Stats

from bench.report.exports import FORMATS, export
from bench.report.exports.bencher import measure, shortened
from bench.report.exports.openmetrics import escaped, label_names
from bench.report.exports.spread import spread
from bench.results.folder import RunFolder
from bench.results.rows import STATUSES, Row
from bench.results.run import Run, open_run

HOSTILE = ["quo\"te's", "two\nlines", "emoji 😀 naïve", "back\\slash \\n", "x" * 300, "[b]/{c},d=e", "<script>&%"]
FAILED = [status for status in STATUSES if status != "ok"]


def stored_run(parent: Path, names: list[str], scale: float = 1.0) -> Run:
    """A run of the subjects ``names`` at n = 16, three processes each, and one case for every way to fail at n = 32.

    The processes of each take 1, 2 and 4 ms: geometric mean 2 ms.
    """
    axes = {"kernel": [*names, *FAILED], "n": [16, 32], "causal": [False]}
    suite = {"name": "demo", "subject": "kernel", "axes": axes, "labels": {}}
    meta = {
        "format": 1,
        "run_id": "demo-1",
        "bench_version": "0.1.0",
        "started": "1970-01-02T00:00:00+00:00",
        "finished": "1970-01-02T01:00:00+00:00",
        "suite": suite,
        "device": "cpu",
        "machine": {"host": 'ho"st\n\\', "cpu": {"model": "a processor", "cores": 2}},
        "git": {"commit": "abc", "dirty": True, "branch": "main"},
    }
    folder = RunFolder.create(parent, meta, [], "")
    cases = []
    for name, status in [*((name, "ok") for name in names), *((status, status) for status in FAILED)]:
        n = 16 if status == "ok" else 32
        values = {"kernel": name, "n": n, "causal": False}
        place: dict[str, Any] = {"case": f"demo/kernel={name}/n={n}", "group": f"demo/n={n}", "subject": name}
        cases.append(place["case"])
        if status != "ok":
            folder.write_rows([Row(**place, axes=values, metric="time", unit="s", status=status, reason="a reason")])
            continue
        for number, seconds in enumerate((0.001, 0.002, 0.004)):
            record = {"case": place["case"], "replicate": number, "calls": 7}
            folder.write_samples({**record, "seconds": [scale * seconds * factor for factor in (0.9, 1, 1.5)]})
        told = {"low": scale * 0.0012, "high": scale * 0.0031, "level": 0.95, "replicates": 3, "samples": 9}
        rows = [
            Row(**place, axes=values, metric="time", unit="s", value=scale * 0.002, **told, extra={"calls": 7},
                notes=("a note",), noisy=True),
            Row(**place, axes=values, metric="peak_tensor_bytes", unit="B", value=4096.0, low=4096.0, high=4096.0),
            Row(**place, axes=values, metric="flops_dispatch", unit="FLOP", value=1024.0),
            Row(**place, axes=values, metric="error_output_cosine", unit="1", value=0.5),
            Row(**place, axes=values, metric="error_output_rel_l2", unit="1", value=0.0),
            Row(**place, axes=values, metric="outcome_steps", unit="steps", value=math.inf),
        ]  # fmt: skip
        folder.write_rows(rows)
    for group in ("demo/n=16", "demo/n=32"):
        folder.finish_group(group, [case for case in cases if case.endswith(group[-2:])], {})
    folder.close()
    return open_run(folder.path)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return stored_run(tmp_path, HOSTILE)


@pytest.mark.parametrize("form", FORMATS)
def test_what_has_no_value_is_counted_and_never_written(run: Run, form: str) -> None:
    made = export(run, form)
    assert {status: made.left_out[status] for status in FAILED} == dict.fromkeys(FAILED, 1)
    with_value = {
        "pytest-benchmark": len(HOSTILE),
        "bencher": 5 * len(HOSTILE),
        "github-action-benchmark": 4 * len(HOSTILE),
        "openmetrics": 6 * len(HOSTILE),
    }
    assert made.exported == with_value[form]
    if form != "openmetrics":
        assert sum(made.left_out.values()) + made.exported == (
            len(FAILED) + (1 if form == "pytest-benchmark" else 6) * len(HOSTILE)
        )


def test_a_benchmark_has_the_processes_for_rounds(run: Run) -> None:
    document = json.loads(export(run, "pytest-benchmark").text)
    assert len(document["benchmarks"]) == len(HOSTILE)
    first = document["benchmarks"][0]
    stats = first["stats"]
    assert stats["data"] == [0.001, 0.002, 0.004]
    assert (stats["min"], stats["max"], stats["median"], stats["rounds"]) == (0.001, 0.004, 0.002, 3)
    # Three values: the quartiles lie a quarter of the way from the ends to the middle.
    assert stats["q1"] == pytest.approx(0.00125)
    assert stats["q3"] == pytest.approx(0.0035)
    assert stats["iqr"] == pytest.approx(0.00225)
    assert stats["mean"] == pytest.approx(0.007 / 3)
    assert stats["ops"] == pytest.approx(3 / 0.007)
    assert stats["iterations"] == 7
    about = first["extra_info"]["crossover_bench"]
    assert (about["value"], about["low"], about["high"], about["level"]) == (0.002, 0.0012, 0.0031, 0.95)
    assert about["metrics"]["peak_tensor_bytes"] == {"value": 4096.0, "unit": "B"}
    assert "outcome_steps" not in about["metrics"]
    assert first["params"] == {"kernel": HOSTILE[0], "n": 16, "causal": False}
    assert document["commit_info"]["dirty"] is True
    left = document["crossover_bench"]["left_out"]
    assert [(one["case"], one["status"], one["reason"]) for one in left] == [
        (f"demo/kernel={status}/n=32", status, "a reason") for status in FAILED
    ]


def test_cases_without_a_time_are_named_though_they_have_other_values(tmp_path: Path) -> None:
    meta = {"format": 1, "run_id": "d", "suite": {"name": "d", "subject": "k", "axes": {"k": ["a"]}}}
    folder = RunFolder.create(tmp_path, meta, [], "")
    folder.write_rows([Row("d/k=a", "d", "a", {"k": "a"}, "flops_formula", "FLOP", value=1.0)])
    folder.finish_group("d", ["d/k=a"], {})
    made = export(open_run(folder.path), "pytest-benchmark")
    assert made.exported == 0
    left = json.loads(made.text)["crossover_bench"]["left_out"]
    assert left == [{"case": "d/k=a", "status": "no time", "reason": ""}]


_SECONDS = st.lists(st.floats(1e-9, 1e3), min_size=1, max_size=30)


@given(_SECONDS)
@example([1.0, 2.0, 3.0])
@example([5.0])
@example([2.0, 2.0, 2.0, 2.0, 9.0])
def test_the_summary_is_that_of_the_tool_itself(data: list[float]) -> None:
    theirs = Stats()
    theirs.data = list(data)
    wanted, found = theirs.as_dict(), spread(data)
    assert set(found) == set(wanted)
    if data not in ([1.0, 2.0, 3.0], [5.0], [2.0, 2.0, 2.0, 2.0, 9.0]):
        mean, deviation = statistics.fmean(data), statistics.stdev(data) if len(data) > 1 else 0.0
        q1, q3 = wanted["q1"], wanted["q3"]
        fences = (mean - deviation, mean + deviation, q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1))
        # On a fence the last digit decides, which is nobody's.
        assume(all(abs(value - fence) > 1e-9 * max(data) for value in data for fence in fences))
    for key, value in wanted.items():
        assert found[key] == (value if isinstance(value, str) else pytest.approx(value, rel=1e-9, abs=1e-9 * max(data)))


def _compare(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from pytest_benchmark.cli import main; main()", "compare", *words]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", cwd=cwd, timeout=120, check=False)


def test_pytest_benchmark_compares_two_exports(tmp_path: Path) -> None:
    for number, scale in ((1, 1.0), (2, 3.0)):
        run = stored_run(tmp_path / str(number), ["left", "right", *HOSTILE], scale)
        (tmp_path / f"run{number}.json").write_text(export(run, "pytest-benchmark").text, encoding="utf-8")
    answer = _compare("run1.json", "run2.json", "--csv", "out.csv", "--columns", "min,max,median,rounds", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert f"benchmark 'demo/n=16': {2 * (2 + len(HOSTILE))} tests" in answer.stdout
    shown = [line for line in answer.stdout.splitlines() if line.startswith("demo/kernel=left/n=16 (")]
    assert [re.findall(r"\d+\.\d+", line.partition(")")[2])[0] for line in shown] == ["1.0000", "3.0000"]
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["name"] == "demo.toml::demo/kernel=right/n=16"]
    assert sorted((float(row["median"]), row["rounds"]) for row in rows) == [(0.002, "3"), (0.006, "3")]
    for status in FAILED:
        assert f"kernel={status}/" not in answer.stdout


def test_bencher_has_value_and_bounds(run: Run) -> None:
    document = json.loads(export(run, "bencher").text)
    assert len(document) == len(HOSTILE)
    assert document[f"demo/kernel={HOSTILE[0]}/n=16"] == {
        "time_seconds": {"value": 0.002, "lower_value": 0.0012, "upper_value": 0.0031},
        "peak_tensor_bytes": {"value": 4096.0},
        "flops_dispatch": {"value": 1024.0},
        "error_output_cosine": {"value": 0.5},
        "error_output_rel_l2": {"value": 0.0},
    }


def test_names_that_bencher_would_refuse_are_cut_and_stay_apart(tmp_path: Path) -> None:
    names = ["é" * 600 + "a", "é" * 600 + "b"]
    document = json.loads(export(stored_run(tmp_path, names), "bencher").text)
    assert len(document) == 2
    assert all(len(name.encode()) <= 1024 for name in document)
    assert all(len(measure(f"outcome_{'m' * size}", "s").encode()) <= 64 for size in range(40, 80))
    assert measure("outcome_wait", "s") == "outcome_wait_seconds"
    assert measure("outcome_steps", "steps") == "outcome_steps"


@given(st.text(min_size=1), st.text(min_size=1), st.integers(20, 40))
def test_shortened_names_are_alike_only_where_the_names_are(one: str, other: str, most: int) -> None:
    short = [shortened(name, most) for name in (one, other)]
    assert all(len(name.encode()) <= most for name in short)
    assert (short[0] == short[1]) == (one == other)


def test_github_action_has_what_less_is_better_of(run: Run) -> None:
    entries = json.loads(export(run, "github-action-benchmark").text)
    metrics = Counter(entry["name"].rpartition(" ")[2] for entry in entries)
    wanted = ("time", "peak_tensor_bytes", "flops_dispatch", "error_output_rel_l2")
    assert metrics == dict.fromkeys(wanted, len(HOSTILE))
    assert len({entry["name"] for entry in entries}) == len(entries)
    first = entries[0]
    assert first["name"] == f"demo/kernel={HOSTILE[0]}/n=16 time"
    assert (first["unit"], first["value"]) == ("s", 0.002)
    # The longer side of 1.2 to 3.1 around 2 ms, to three digits, and never less.
    assert 0.0031 - 0.002 <= float(first["range"].removeprefix("± ")) <= 0.00111
    assert first["extra"] == "95 % interval: 0.0012 to 0.0031\nprocesses: 3\nnoisy\na note"
    assert all(isinstance(entry[key], str) for entry in entries for key in ("name", "unit"))
    assert all(type(entry["value"]) is float for entry in entries)


_NAME = r"[a-zA-Z_][a-zA-Z0-9_]*"
_VALUE = rf'{_NAME}="(?:[^"\\\n]|\\["\\n])*"'
_SAMPLE = re.compile(rf"({_NAME})(?:\{{({_VALUE}(?:,{_VALUE})*)\}})? (\S+)")
_LABEL = re.compile(rf'({_NAME})="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')

Families = dict[str, list[tuple[dict[str, str], float]]]


def read_openmetrics(text: str) -> Families:
    """Families of gauges with their samples; raises ``ValueError`` for whatever the specification forbids."""
    lines = text.split("\n")
    if lines[-2:] != ["# EOF", ""]:
        raise ValueError("no # EOF as last line")
    families: Families = {}
    current, expected = "", {"TYPE"}
    for line in lines[:-2]:
        if line.startswith("#"):
            _, kind, name, rest = line.split(" ", 3)
            if kind == "TYPE":
                if name in families or rest != "gauge" or not re.fullmatch(_NAME, name):
                    raise ValueError(f"bad type: {line}")
                families[name], current, expected = [], name, {"UNIT", "HELP"}
            elif kind not in expected or name != current:
                raise ValueError(f"out of place: {line}")
            elif kind == "UNIT" and not name.endswith(f"_{rest}"):
                raise ValueError(f"the name lacks the unit: {line}")
            else:
                expected = {"HELP"} if kind == "UNIT" else set()
            continue
        match = _SAMPLE.fullmatch(line)
        if match is None or match[1] != current:
            raise ValueError(f"no sample of {current}: {line}")
        expected = set()
        found = _LABEL.findall(match[2] or "")
        labels = {key: re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), value) for key, value in found}
        if len(labels) != len(found) or any(labels == known for known, _ in families[current]):
            raise ValueError(f"twice: {line}")
        if not re.fullmatch(r"[+-]?(\d+(\.\d*)?([eE][+-]?\d+)?|Inf)|NaN", match[3]):
            raise ValueError(f"no number: {line}")
        families[current].append((labels, float(match[3].replace("Inf", "inf"))))
    return families


def test_openmetrics_says_everything_and_survives_a_strict_reader(run: Run) -> None:
    text = export(run, "openmetrics").text
    families = read_openmetrics(text)
    count = len(HOSTILE)
    assert {name: len(samples) for name, samples in families.items()} == {
        "crossover_run_info": 1,
        "crossover_run_started_timestamp_seconds": 1,
        "crossover_time_seconds": count,
        "crossover_time_low_seconds": count,
        "crossover_time_high_seconds": count,
        "crossover_memory_bytes": count,
        "crossover_work_flops": count,
        "crossover_error": 2 * count,
        "crossover_outcome": count,
        "crossover_missing": len(FAILED),
    }
    assert families["crossover_run_started_timestamp_seconds"] == [({}, 86400.0)]
    assert families["crossover_run_info"][0][0]["host"] == 'ho"st\n\\'
    for name, (labels, value) in zip(HOSTILE, families["crossover_time_seconds"], strict=True):
        assert labels == {"suite": "demo", "case": f"demo/kernel={name}/n=16", "metric": "time",
                          "axis_kernel": name, "axis_n": "16", "axis_causal": "false"}  # fmt: skip
        assert value == 0.002
    assert {value for _, value in families["crossover_outcome"]} == {math.inf}
    assert {labels["unit"] for labels, _ in families["crossover_outcome"]} == {"steps"}
    assert [labels["status"] for labels, _ in families["crossover_missing"]] == FAILED
    valued = {labels["case"] for name, rows in families.items() for labels, _ in rows
              if "case" in labels and name != "crossover_missing"}  # fmt: skip
    assert valued.isdisjoint(labels["case"] for labels, _ in families["crossover_missing"])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# EOF\n", ""),
        ("# UNIT crossover_time_seconds seconds", "# UNIT crossover_time_seconds ms"),
        ("# TYPE crossover_memory_bytes gauge", "# TYPE crossover_time_seconds gauge"),
        (" 4096.0", " many"),
        ('axis_n="16"', 'axis n="16"'),
        ('quo\\"te', 'quo"te'),
        ("two\\nlines", "two\nlines"),
        ("# EOF", "crossover_missing 1.0\n# EOF\n# EOF"),
    ],
)
def test_the_strict_reader_is_strict(run: Run, old: str, new: str) -> None:
    text = export(run, "openmetrics").text
    assert old in text
    with pytest.raises(ValueError):
        read_openmetrics(text.replace(old, new))


def test_another_reader_of_openmetrics_agrees(run: Run) -> None:
    parser = pytest.importorskip("prometheus_client.openmetrics.parser")
    text = export(run, "openmetrics").text
    theirs = {
        family.name: [(sample.labels, sample.value) for sample in family.samples]
        for family in parser.text_string_to_metric_families(text)
    }
    assert theirs == read_openmetrics(text)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_can_be_a_label(text: str) -> None:
    families = read_openmetrics(f'# TYPE a gauge\n# HELP a b.\na{{b="{escaped(text)}"}} 1.0\n# EOF\n')
    assert families == {"a": [({"b": text}, 1.0)]}


@given(st.lists(st.text(), unique=True))
def test_labels_of_axes_are_valid_and_apart(axes: list[str]) -> None:
    names = label_names(axes)
    assert list(names) == axes
    assert len(set(names.values())) == len(axes)
    assert all(re.fullmatch(_NAME, name) for name in names.values())


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_run_gives_the_same_text(run: Run, form: str) -> None:
    text = export(run, form).text
    assert text == export(open_run(run.folder), form).text
    assert text.endswith("\n")
    if form != "openmetrics":
        json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
