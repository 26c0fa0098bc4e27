"""What the HTML and the Markdown page show."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from bench.report.case_table import CaseTable
from bench.report.claims_block import Card, Shared, apart, cited_cases, tally
from bench.report.facts import Fact
from bench.report.figures.spec import Figure
from bench.report.table import Table
from bench.report.verdicts import Finding
from bench.report.view import View

if TYPE_CHECKING:
    from bench.report.compare_page import Block

#: Tables that tell again, in full, what the verdicts above them have told; a page folds them.
_TOLD = frozenset({"claims", "claim-points", "hypotheses", "hypothesis-points", "laws"})
#: A longer description follows with the methods; its first sentence opens the page.
_SHORT = 240


@dataclass(frozen=True)
class Page:
    """Everything the HTML and the Markdown page show, in reading order.

    Attributes:
        view: The run in words.
        findings: The hypotheses and laws, each with its verdict.
        untested: What these verdicts do not cover.
        pointwise: How to read many verdicts; empty where there is no hypothesis.
        headlines: Plain sentences, crossovers first.
        answers: The tables of verdicts and crossovers.
        figures: Each with its SVG.
        left_out: Titles of figures that the cap left to the tables.
        tables: All other tables.
        noise: The least certain times, if any time was measured.
        methods: How it was measured.
        machine: On what.
        software: Versions.
        provenance: What it takes to repeat it.
        suite_text: The suite as read.
        comparison: What a run that compares its own cases found; it opens the answer.
        claims: The claims, each with its verdict; they open the answer of all other runs.
        cases: Every case in one row, for the links of claims.
        claim_lines: The headlines that tell what the claims tell, which a page with claims leaves out.
        one_by_one: How to read many claims.
    """

    view: View
    findings: tuple[Finding, ...]
    untested: tuple[str, ...]
    pointwise: str
    headlines: tuple[str, ...]
    answers: tuple[Table, ...]
    figures: tuple[tuple[Figure, str], ...]
    left_out: tuple[str, ...]
    tables: tuple[Table, ...]
    noise: Table | None
    methods: tuple[Fact, ...]
    machine: tuple[Fact, ...]
    software: tuple[Fact, ...]
    provenance: tuple[Fact, ...]
    suite_text: str
    comparison: Block | None = None
    claims: tuple[Card, ...] = ()
    cases: CaseTable | None = None
    claim_lines: tuple[str, ...] = ()
    one_by_one: str = ""

    @property
    def title(self) -> str:
        """The suite's title, or what was compared."""
        return self.comparison.heading if self.comparison is not None else self.view.title

    @property
    def tally(self) -> tuple[tuple[str, str], ...]:
        """How many claims have which verdict, each with its tone."""
        return tally(self.claims)

    @property
    def shared(self) -> Shared:
        """What the claims have in common."""
        return self._apart[0]

    @property
    def cards(self) -> tuple[Card, ...]:
        """The claims, each with what is its own."""
        return self._apart[1]

    @cached_property
    def _apart(self) -> tuple[Shared, tuple[Card, ...]]:
        return apart(self.claims)

    @property
    def rule(self) -> str:
        """When a claim holds and when it fails, and how to read many: the caption of their table."""
        return next((table.caption for table in self.answers if table.name == "claims"), self.one_by_one)

    @property
    def evidence(self) -> CaseTable | None:
        """The table of all cases, cut to those that a claim rests on."""
        if self.cases is None or not self.claims:
            return None
        cited = set(cited_cases(self.claims))
        kept = [place for place, row in enumerate(self.cases.table.rows) if row[-1].text in cited]
        rows = tuple(self.cases.table.rows[place] for place in kept)
        caption = "With the intervals of what was measured, and the place of each row among all cases."
        table = replace(self.cases.table, title="Cases that the claims rest on", caption=caption, rows=rows)
        return replace(self.cases, table=table, anchors=tuple(self.cases.anchors[place] for place in kept))

    @property
    def lead(self) -> str:
        """The suite's description; of a long one its first sentence."""
        text = self.description
        if len(text) <= _SHORT:
            return text
        first, *_ = re.split(r"(?<=[.!?:]) (?=[A-Z0-9])", text, maxsplit=1)
        return f"{first[:-1]}." if first.endswith(":") else first

    @property
    def description(self) -> str:
        """The suite's description on one line."""
        return " ".join(str(self.view.suite.get("description") or "").split())

    @property
    def remarks(self) -> tuple[str, ...]:
        """The headlines without those that the claims tell."""
        return tuple(line for line in self.headlines if line not in self.claim_lines)

    @property
    def opening(self) -> tuple[Table, ...]:
        """The tables that say what nothing above them says."""
        return tuple(table for table in self.answers if table.name not in _TOLD)

    @property
    def retold(self) -> tuple[Table, ...]:
        """The further tables of which the same is true."""
        return tuple(table for table in self.tables if table.name in _TOLD)

    @property
    def told(self) -> tuple[Table, ...]:
        """The tables that say in full what the verdicts say in short."""
        return tuple(table for table in self.answers if table.name in _TOLD)

    @property
    def summary(self) -> str:
        """One line on what was run: device, machine, preset, date."""
        meta = self.view.meta
        processor = (meta.get("machine") or {}).get("cpu") or ""
        if isinstance(processor, dict):
            processor = f"{processor.get('model') or 'unknown processor'} ({processor.get('cores', '?')} cores)"
        parts = [
            f"Run {meta.get('run_id', 'without a name')}",
            f"device {meta.get('device', 'unknown')}",
            str(processor),
        ]
        parts.append(f"preset {meta['preset']}" if meta.get("preset") else "full suite")
        parts.append(f"started {str(meta.get('started', 'unknown'))[:16].replace('T', ' ')}")
        if meta.get("interrupted") or not meta.get("finished"):
            parts.append("interrupted: not every case was reached")
        return "; ".join(part for part in parts if part) + "."
