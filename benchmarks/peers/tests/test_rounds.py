"""Orders, files of results, and going on with them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from benchmarks.peers import rounds, store
from benchmarks.peers.compared import PRODUCTS, Compared, Costs, Task, ToolFailed
from benchmarks.peers.rounds import Wanted

WANTED = Wanted(("steady", "broken"), (0, 3, 5), 10.0, 7)


class Steady:
    """A tool that reports what it was given."""

    name = "steady"
    rules: Mapping[str, str] = {"rule": "steady"}

    def version(self) -> str:
        return "1"

    def settings(self, budget_s: float, costs: Costs) -> dict[str, Any]:
        return {"budget_s": budget_s}

    def compare(self, task: Task) -> Compared:
        assert not list(task.folder.iterdir())
        return Compared({"rule": "slower" if task.new > PRODUCTS else "none"}, task.new / PRODUCTS)


class Broken(Steady):
    name = "broken"

    def compare(self, task: Task) -> Compared:
        raise ToolFailed("no answer")


TOOLS = {"steady": Steady(), "broken": Broken()}


def after(count: int) -> Callable[[], bool]:
    """Ends a measurement before its comparison number ``count`` (from 0); the start of a round asks as well."""
    asked = iter([False] * (count + 1))
    return lambda: next(asked, True)


def measure(path: Path, count: int, wanted: Wanted = WANTED) -> None:
    rounds.measure(path, wanted, TOOLS, after(count), lambda record: None, lambda: Costs(1.0, 0.001))


def test_a_round_has_everything_once_in_an_order_of_its_own() -> None:
    first, second = (rounds.order(WANTED, number) for number in (0, 1))
    pairs = {(tool, change) for tool in WANTED.tools for change in WANTED.changes}
    assert {(job.tool, job.change) for job in first} == {(job.tool, job.change) for job in second} == pairs
    assert first == rounds.order(WANTED, 0)
    assert len({tuple((job.tool, job.change) for job in rounds.order(WANTED, number)) for number in range(5)}) > 1
    assert [job.place for job in first] == list(range(6))


def test_what_was_cut_off_is_gone_on_with(tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole.jsonl", tmp_path / "parts.jsonl"
    measure(whole, 6)
    measure(parts, 2)
    with parts.open("a") as file:
        file.write('{"kind": "comparison", "round": 0, "pla')
    measure(parts, 4)
    keys = [
        [
            (record["round"], record["place"], record["tool"], record["change"])
            for record in store.read(path).comparisons
        ]
        for path in (whole, parts)
    ]
    assert keys[0] == keys[1] == [(0, job.place, job.tool, job.change) for job in rounds.order(WANTED, 0)]
    assert len(store.read(parts).costs) == 2


def test_a_comparison_is_kept_whole(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    measure(path, 6)
    results = store.read(path)
    assert results.setup["versions"]["steady"] == "1"
    found = {(record["tool"], record["change"]): record for record in results.comparisons}
    assert found["steady", 3]["verdicts"] == {"rule": "slower"}
    assert found["steady", 3]["ratio"] == 1.03
    assert found["steady", 0]["verdicts"] == {"rule": "none"}
    assert found["steady", 5]["settings"] == {"budget_s": 10.0}
    assert found["broken", 5]["failed"] == "no answer"


def test_other_settings_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    measure(path, 1)
    with pytest.raises(store.ResultsError, match=r"measured with --changes 0,3,5, got 0; give the same, or another"):
        measure(path, 1, Wanted(WANTED.tools, (0,), 10.0, 7))
    with pytest.raises(store.ResultsError, match=r"measured with --budget 10\.0, got 5\.0"):
        measure(path, 1, Wanted(WANTED.tools, WANTED.changes, 5.0, 7))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected results of"),
        ("{}\n", "expected results of"),
        ("[1]\n", "expected results of"),
        ("what\n", "line 1: got 'what', expected a JSON object"),
        (json.dumps({"kind": "setup", "format": 99}) + "\n", "format 99, expected 1"),
    ],
)
def test_files_that_are_no_results(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "other.jsonl"
    path.write_text(text)
    with pytest.raises(store.ResultsError, match=said):
        store.read(path)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(store.ResultsError, match=r"none\.jsonl: No such file"):
        store.read(tmp_path / "none.jsonl")
