"""A mistake that nothing else shows: the reference run, copied with the baseline's times halved."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from bench.analysis.claims import judge_claims
from bench.results.folder import MEASUREMENTS, SAMPLES
from bench.results.run import Run, open_run
from tests.conftest import ROOT
from tests.results.lines import read_lines

REFERENCE = ROOT / "reports" / "reference-cpu"
WHERE = {"dtype": "float32", "causal": False, "mode": "forward", "allocator": "retain"}
SIDES = {"of": {"kernel": "linear"}, "to": {"kernel": "sdpa"}, "at": {"n": 1024}}
CROSSOVER = {"axis": "n", "subject": "linear", "baseline": "SDPA"}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    """The run, and its copy."""
    folder = tmp_path_factory.mktemp("halved")
    shutil.copy(REFERENCE / "run.json", folder / "run.json")
    for name in (MEASUREMENTS, SAMPLES):
        records, _ = read_lines(REFERENCE / name)
        text = "".join(f"{json.dumps(halved(record))}\n" for record in records)
        (folder / name).write_text(text, encoding="utf-8")
    return open_run(REFERENCE), open_run(folder)


def halved(record: dict[str, Any]) -> dict[str, Any]:
    """A stored line with the time of SDPA halved; every other line as it is."""
    if record.get("kind") == "samples" and "/kernel=sdpa/" in record["case"]:
        return {**record, "seconds": [0.5 * seconds for seconds in record["seconds"]]}
    timed = record.get("kind") == "measurement" and record["metric"] == "time" and record["value"] is not None
    if timed and record["subject"] == "sdpa":
        return {**record, **{name: record[name] and 0.5 * record[name] for name in ("value", "low", "high")}}
    return record


def verdicts(run: Run, claims: list[dict[str, Any]]) -> Iterator[tuple[str, str, float]]:
    about = {**run.meta, "suite": {**run.meta["suite"], "claims": claims}}
    rows = judge_claims(about, run.measurements, run.replicates, run.outcomes).claims
    return zip(rows["id"].tolist(), rows["verdict"].tolist(), rows["value"].tolist(), strict=True)


def claims(crossing: float, ratio: float) -> list[dict[str, Any]]:
    """Claims that hold of a run with this crossover and ratio of time; the last three speak of FLOPs and memory."""
    kinds: dict[str, tuple[str, str, dict[str, Any]]] = {
        "crossover": ("time", "crossover", {**CROSSOVER, "within": [0.8 * crossing, 1.2 * crossing]}),
        "ratio": ("time", "ratio", {**SIDES, "below": 1.3 * ratio}),
        "order": ("time", "order", {"axis": "kernel", "values": ["linear", "sdpa", "naive"], "at": {"n": 1024}}),
        "memory-over-time": ("memory", "ratio", {**SIDES, "below_ratio_of": "time"}),
        "slope": ("time", "slope", {"axis": "n", "from": 512, "to": 4096, "equals": 2, "tolerance": 0.3}),
        "flops-crossover": ("flops", "crossover", {**CROSSOVER, "within": [63.9, 64.1]}),
        "flops-ratio": ("flops", "ratio", {**SIDES, "below": 0.07}),
        "memory": ("memory", "crossover", {**CROSSOVER, "never": True}),
    }
    found = []
    for name, (metric, kind, spec) in kinds.items():
        where = {**WHERE, "kernel": "sdpa"} if kind == "slope" else WHERE
        found.append({"id": name, "text": "…", "source": "…", "metric": metric, "where": where, kind: spec})
    return found


def test_halving_the_baseline_changes_the_verdicts_that_rest_on_it(runs: tuple[Run, Run]) -> None:
    before, after = runs
    timed = {"text": "…", "source": "…", "metric": "time", "where": WHERE}
    open_question = [
        {"id": "at", **timed, "crossover": {**CROSSOVER, "above": 0}},
        {"id": "ratio", **timed, "ratio": {**SIDES, "above": 0}},
    ]
    crossing, ratio = (value for _, _, value in verdicts(before, open_question))
    declared = claims(crossing, ratio)
    found = {name: verdict for name, verdict, _ in verdicts(before, declared)}
    changed = {name: verdict for name, verdict, _ in verdicts(after, declared)}
    for name in ("crossover", "ratio"):
        assert (found[name], changed[name]) == ("holds", "fails"), name
    assert found["order"] == "holds" and found["memory-over-time"] == "fails"
    # A constant factor changes no slope; what is counted knows nothing of time.
    for name in ("slope", "flops-crossover", "flops-ratio", "memory"):
        assert found[name] == changed[name] == "holds", name
    moved = dict(zip(("at", "ratio"), (value for _, _, value in verdicts(after, open_question)), strict=True))
    assert moved["ratio"] == pytest.approx(2 * ratio)
    assert moved["at"] > 1.3 * crossing


def test_only_the_baseline_was_touched(runs: tuple[Run, Run]) -> None:
    before, after = (run.measurements for run in runs)
    assert before[["case", "metric"]].equals(after[["case", "metric"]])
    differ = before[before["value"].ne(after["value"]) & before["value"].notna()]
    assert set(differ["subject"]) == {"sdpa"} and set(differ["metric"]) == {"time"}
