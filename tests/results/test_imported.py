"""Foreign files become runs that hold what they say, or nothing at all."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.report.exports import export
from bench.results.folder import FolderError
from bench.results.imported import ONE_PROCESS, SOURCE, SUMMARY_ONLY, TOO_SHORT, import_pytest_benchmark
from bench.results.pytest_json import read_pytest_json
from bench.results.run import Run, open_run
from tests.report.test_exports import HOSTILE, stored_run


def benchmark(name: str, data: list[Any] | None, params: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    param = "-".join(map(str, params.values())) if params else None
    full = f"tests/test_a.py::{name}" + (f"[{param}]" if param else "")
    stats: dict[str, Any] = {"iterations": 10, "rounds": len(data or [1, 2]), "median": 0.25, "min": 0.2}
    if data is not None:
        stats["data"] = data
    return {"group": None, "name": full, "fullname": full, "params": params, "param": param, "stats": stats, **more}


def document(*benchmarks: Any, **more: Any) -> dict[str, Any]:
    return {
        "machine_info": {"node": "box", "system": "Linux", "release": "6.1", "machine": "x86_64",
                         "python_version": "3.11.7", "cpu": {"brand_raw": "A CPU", "count": 4}},
        "commit_info": {"id": "abc123", "dirty": True, "branch": "main", "project": "mine"},
        "benchmarks": list(benchmarks),
        "datetime": "2026-11-23T12:00:00.5+00:00",
        "version": "5.3.1",
        **more,
    }  # fmt: skip


def imported(tmp_path: Path, data: Any, **options: Any) -> Run:
    file = tmp_path / "results.json"
    file.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    folder, _ = import_pytest_benchmark(file, tmp_path / "reports", **options)
    return open_run(folder)


def test_a_benchmark_is_a_case_of_one_process(tmp_path: Path) -> None:
    run = imported(tmp_path, document(benchmark("test_sort", [0.3, 0.1, 0.2, 0.4], {"n": 16, "kind": "quick"})))
    (row,) = run.measurements.to_dict("records")
    assert row["case"] == "pytest-benchmark/tests/test_a.py::test_sort[16-quick]"
    assert (row["benchmark"], row["n"], row["kind"]) == ("tests/test_a.py::test_sort", 16, "quick")
    assert (row["metric"], row["unit"], row["status"]) == ("time", "s", "ok")
    # The median of four is between the second and the third.
    assert (row["value"], row["replicates"], row["samples"]) == (0.25, 1, 4)
    assert math.isnan(row["low"]) and math.isnan(row["high"])
    assert row["notes"] == [ONE_PROCESS]
    assert list(run.samples["seconds"]) == [0.3, 0.1, 0.2, 0.4]
    assert list(run.replicates["value"]) == [0.25]
    assert list(run.replicates["calls"]) == [10]


def test_run_json_has_machine_commit_and_source(tmp_path: Path) -> None:
    run = imported(tmp_path, document(benchmark("test_a", [0.1])), command=["bench", "import", "x"])
    meta = run.meta
    assert run.folder.name == meta["run_id"] == "pytest_benchmark-20261123T120000-box"
    assert meta["machine"]["host"] == "box"
    assert meta["machine"]["cpu"] == {"model": "A CPU", "cores": 4}
    assert meta["git"] == {"commit": "abc123", "branch": "main", "dirty": True}
    assert meta["software"]["packages"] == {"pytest-benchmark": "5.3.1"}
    assert meta["imported"]["commit_info"]["project"] == "mine"
    assert meta["command"] == ["bench", "import", "x"]
    assert (run.folder / SOURCE).read_bytes() == (tmp_path / "results.json").read_bytes()
    assert not (run.folder / "plan.json").exists()
    assert imported(tmp_path, document(benchmark("test_a", [0.1]))).folder.name.endswith("-box-2")
    assert sorted(path.name[:6] for path in (tmp_path / "reports").iterdir()) == ["pytest", "pytest"]


def test_parameters_are_axes_and_absent_ones_say_so(tmp_path: Path) -> None:
    data = document(
        benchmark("test_a", [0.1], {"n": 8, "flag": True, "what": None, "shape": [2, 3]}),
        benchmark("test_b", [0.2], {"threads": 2, "case": "x", "é é": 1.5, "group": 10**30}),
        benchmark("test_c", [0.3], group="mine"),
    )
    frame = imported(tmp_path, data).measurements.set_index("subject")
    first, second, third = (f"tests/test_a.py::test_{letter}" for letter in "abc")
    assert frame.loc[first, ["n", "flag", "what", "shape"]].tolist() == [8, True, "None", "[2, 3]"]
    # Names that mean something else, or are no names, are changed.
    assert frame.loc[second, ["threads_param", "case_param", "___", "group_param"]].tolist() == [
        2,
        "x",
        1.5,
        "1" + "0" * 30,
    ]
    assert frame.loc[third, ["n", "threads_param", "benchmark_group"]].tolist() == ["not set", "not set", "mine"]
    assert frame.loc[first, "benchmark_group"] == "not set"


def test_labels_give_back_what_was_changed(tmp_path: Path) -> None:
    run = imported(tmp_path, document(benchmark("test_b", [0.2], {"case": 1, "n": 2})))
    assert run.meta["suite"]["labels"] == {"case_param": "case", "benchmark=tests/test_a.py::test_b": "test_b"}


def test_parameters_that_read_alike_are_told_apart_by_their_ids(tmp_path: Path) -> None:
    one, other = benchmark("test_a", [0.1], {"n": 1}), benchmark("test_a", [0.2], {"n": "1"})
    other |= {"param": "1b", "fullname": "tests/test_a.py::test_a[1b]"}
    run = imported(tmp_path, document(one, other))
    assert list(run.measurements["parameters"]) == ["1", "1b"]
    assert list(run.measurements["case"].str[-4:]) == ["a[1]", "[1b]"]


def test_a_parameter_can_be_the_subject(tmp_path: Path) -> None:
    data = document(*(benchmark("test_a", [0.1], {"case": kind, "n": n}) for n in (1, 2) for kind in ("x", "y")))
    for given_name in ("case", "case_param"):
        run = imported(tmp_path, data, subject=given_name)
        assert run.meta["suite"]["subject"] == "case_param"
        assert list(run.measurements["subject"]) == ["x", "y", "x", "y"]
        assert run.measurements["group"].nunique() == 2
    with pytest.raises(FolderError, match=r"results\.json: the subject: got 'cas'; did you mean 'case'\?"):
        imported(tmp_path, data, subject="cas")


def test_a_summary_without_samples_has_a_value_and_says_so(tmp_path: Path) -> None:
    run = imported(tmp_path, document(benchmark("test_a", None)))
    (row,) = run.measurements.to_dict("records")
    assert (row["value"], row["samples"]) == (0.25, 2)
    assert row["notes"] == [ONE_PROCESS, SUMMARY_ONLY]
    assert run.samples.empty


def test_a_time_of_zero_is_no_time(tmp_path: Path) -> None:
    run = imported(tmp_path, document(benchmark("test_a", [0, 0.0, 0.1]), benchmark("test_b", [0.1])))
    rows = run.measurements.to_dict("records")
    assert [(row["status"], row["reason"]) for row in rows[:1]] == [("unsupported", TOO_SHORT)]
    assert math.isnan(rows[0]["value"])
    assert list(run.replicates["case"]) == [rows[1]["case"]]


def test_an_export_of_ours_comes_back_with_its_processes(tmp_path: Path) -> None:
    before = stored_run(tmp_path / "before", HOSTILE)
    run = imported(tmp_path, export(before, "pytest-benchmark").text, subject="kernel")
    assert list(run.replicates.groupby("case", sort=False)["value"].apply(list)) == [[0.001, 0.002, 0.004]] * len(
        HOSTILE
    )
    kept = ["kernel", "n", "causal", "value", "low", "high", "level", "replicates", "unit"]
    was = before.measurements
    was = was[(was["metric"] == "time") & (was["status"] == "ok")]
    assert run.measurements[kept].to_dict("records") == was[kept].to_dict("records")
    assert all(notes == [] for notes in run.measurements["notes"])


def test_an_estimate_that_cannot_be_is_not_believed(tmp_path: Path) -> None:
    before = stored_run(tmp_path / "before", ["a"])
    data = json.loads(export(before, "pytest-benchmark").text)
    data["benchmarks"][0]["extra_info"]["crossover_bench"]["value"] = -1
    (row,) = imported(tmp_path, data).measurements.to_dict("records")
    assert (row["value"], row["replicates"], row["notes"]) == (0.002, 1, [ONE_PROCESS])


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_survive(tmp_path: Path, name: str) -> None:
    data = document(benchmark(name, [0.1], {name: name}), benchmark("other", [0.2], {name: 1}))
    data["machine_info"]["node"] = name
    run = imported(tmp_path, data)
    assert run.folder.parent == tmp_path / "reports"
    assert list(run.measurements["benchmark"]) == [f"tests/test_a.py::{name}", "tests/test_a.py::other"]
    assert run.meta["machine"]["host"] == name


def test_halves_of_characters_are_replaced(tmp_path: Path) -> None:
    text = json.dumps(document(benchmark("test_a", [0.1], {"n": "A\ud800B"})))
    assert "\\ud800" in text
    assert list(imported(tmp_path, text).measurements["n"]) == ["A�B"]


GOOD = benchmark("test_a", [0.1])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("", r"got no JSON \(Expecting value.*\), expected a file of pytest --benchmark-json$"),
        ('{"benchmarks": [', r"got no JSON \("),
        ("\x00\x01", r"got no JSON \("),
        ("[" * 200_000, r"got no JSON|nested too deeply"),
        ("[]", r"got a list of 0, expected the JSON of pytest-benchmark"),
        ({"results": [], "version": 1}, r"got an object with 'results', 'version', expected the JSON"),
        ({}, r"got an object with nothing in it, expected"),
        (document(), r"benchmarks: got a list of 0, expected at least one benchmark"),
        (document(7), r"benchmarks\[0\]: got 7, expected an object"),
        (document(GOOD, GOOD), r"benchmarks\[1\]\.fullname: got 't.*', expected another name than .* benchmarks\[0\]"),
        (document({**GOOD, "fullname": "", "name": None}), r"benchmarks\[0\]\.fullname: got nothing, expected the"),
        (document({**GOOD, "stats": None}), r"benchmarks\[0\]\.stats: got nothing, expected an object with median"),
        (document({**GOOD, "params": [1]}), r"benchmarks\[0\]\.params: got a list of 1, expected an object or null"),
        (document({**GOOD, "param": 5}), r"benchmarks\[0\]\.param: got 5, expected text or null"),
        (document(benchmark("t", [0.1, -1])), r"stats\.data\[1\]: got -1, expected a number of seconds of 0 or more"),
        (document(benchmark("t", [math.nan])), r"stats\.data\[0\]: got 'nan', expected a number"),
        (document(benchmark("t", [math.inf])), r"stats\.data\[0\]: got 'inf', expected a number"),
        (document(benchmark("t", [True])), r"stats\.data\[0\]: got True, expected a number"),
        (document(benchmark("t", ["1"])), r"stats\.data\[0\]: got '1', expected a number"),
        (document(benchmark("t", [10**400])), r"stats\.data\[0\]: got 1000+…, expected a number"),
        (document({**GOOD, "stats": {"data": 3}}), r"stats\.data: got 3, expected a list of seconds"),
        (document({**GOOD, "stats": {"rounds": 3}}), r"stats\.median: got nothing, expected a number"),
        (document({**GOOD, "stats": {"median": 1}}), r"stats\.rounds: got nothing, expected a whole number"),
        (document({**GOOD, "stats": {"data": [1], "iterations": 0}}), r"stats\.iterations: got 0, expected a whole"),
        (document(GOOD, datetime="yesterday"), r"datetime: got 'yesterday', expected an ISO time"),
        (document(GOOD, machine_info=3), r"machine_info: got 3, expected an object or null"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line_and_leaves_nothing(tmp_path: Path, data: Any, message: str) -> None:
    with pytest.raises(FolderError, match=message) as caught:
        imported(tmp_path, data)
    assert str(caught.value).startswith(str(tmp_path / "results.json"))
    assert len(str(caught.value).splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


def test_a_disk_that_refuses_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    file.write_text(json.dumps(document(GOOD)), encoding="utf-8")
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        import_pytest_benchmark(file, tmp_path / "file" / "reports")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "results.json"]


@pytest.mark.parametrize(
    ("fullname", "param"),
    [
        ("mine.toml::mine/kernel=a/n=8", "mine/kernel=a/n=8"),  # of `bench export` and of `pytest mine.toml`
        ("mine[kernel=a/n=8]", "kernel=a/n=8"),  # of exports of older versions
    ],
)
def test_a_case_of_a_suite_is_of_the_suite_and_its_axes(tmp_path: Path, fullname: str, param: str) -> None:
    one = benchmark("x", [0.1], {"kernel": "a", "n": 8}) | {"fullname": fullname, "name": param, "param": param}
    (row,) = imported(tmp_path, document(one)).measurements.to_dict("records")
    assert (row["benchmark"], row["kernel"], row["n"]) == ("mine", "a", 8)


def test_an_interruption_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bench.results.folder.RunFolder.finish_group", interrupted)
    with pytest.raises(KeyboardInterrupt):
        imported(tmp_path, document(GOOD))
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(place=st.sampled_from(["fullname", "params", "param", "stats", "group", "extra_info"]), value=_JSON)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_json_is_read_or_refused(place: str, value: Any) -> None:
    text = json.dumps(document({**GOOD, place: value}))
    try:
        found = read_pytest_json(Path("x.json"), text.encode())
    except FolderError as error:
        assert str(error).startswith("x.json: ")
    else:
        assert found.benchmarks[0].median >= 0


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=20))
def test_the_value_is_the_median(data: list[int]) -> None:
    import statistics

    found = read_pytest_json(Path("x"), json.dumps(document(benchmark("t", data))).encode())
    assert found.benchmarks[0].median == statistics.median(data)
