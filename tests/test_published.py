"""The published runs say what their rows and today's suites say, and every verdict leads to its rows."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from bench.suite.load import load_suite
from tests.conftest import ROOT

RUNS = sorted((ROOT / "reports").glob("reference-*"))
README = ROOT / "reports" / "README.md"
ORDER = ("holds", "fails", "unclear")


def meta(run: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((run / "run.json").read_text(encoding="utf-8"))
    return read


def claims(run: Path) -> dict[str, str]:
    """Verdicts by claim."""
    with (run / "tables" / "claims.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["verdict"] for row in csv.DictReader(file)}


def line(run: Path) -> str:
    """A run's line in ``reports/README.md``."""
    about, verdicts = meta(run), list(claims(run).values())
    counts = " | ".join(str(verdicts.count(word)) for word in ORDER)
    later = "after" if (run / "claims.json").exists() else "before"
    name, suite, day = run.name, about["suite"]["name"], about["started"][:10]
    return f"| [{name}]({name}/report.md) | `{suite}` | {day} | {counts} | {later} |"


class _Page(HTMLParser):
    """Ids of a page, and for each claim's card the targets of its links."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.cards: dict[str, list[str]] = {}
        self._lists: list[bool] = []
        self._card = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("id"):
            self.ids.add(str(found["id"]))
        if tag == "ol":
            self._lists.append(found.get("class") == "claims")
        elif tag == "li" and self._lists == [True]:
            self._card = str(found["id"])
            self.cards[self._card] = []
        elif tag == "a" and True in self._lists and str(found.get("href")).startswith("#"):
            self.cards[self._card].append(str(found["href"])[1:])

    def handle_endtag(self, tag: str) -> None:
        if tag == "ol":
            self._lists.pop()


def test_every_run_is_listed() -> None:
    text = README.read_text(encoding="utf-8")
    assert [run.name for run in RUNS if line(run) not in text] == []


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_claims_are_those_of_the_suite(run: Path) -> None:
    suite = load_suite(meta(run)["suite"]["name"])
    assert suite.claims
    assert set(claims(run)) == {claim.id for claim in suite.claims}


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_every_verdict_leads_to_its_rows(run: Path) -> None:
    page = _Page()
    page.feed((run / "report.html").read_text(encoding="utf-8"))
    assert len(page.cards) == len(claims(run))
    linked = {target for targets in page.cards.values() for target in targets}
    assert linked <= page.ids
    with (run / "tables" / "claims.csv").open(encoding="utf-8", newline="") as file:
        resting = {f"claim-{row['id']}": json.loads(row["cases"]) for row in csv.DictReader(file)}
    assert [card for card, targets in page.cards.items() if bool(targets) != bool(resting[card])] == []


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_no_path_of_the_machine_is_published(run: Path) -> None:
    for name in ("run.json", "report.html", "report.md"):
        assert re.findall(r"/(?:home|root|tmp|work|opt)/\S+", (run / name).read_text(encoding="utf-8")) == []
