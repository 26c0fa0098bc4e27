"""What the HTML and the Markdown page show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.report.facts import Fact
from bench.report.figures.spec import Figure
from bench.report.table import Table
from bench.report.verdicts import Finding
from bench.report.view import View

if TYPE_CHECKING:
    from bench.report.compare_page import Block


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

    @property
    def title(self) -> str:
        """The suite's title, or what was compared."""
        return self.comparison.heading if self.comparison is not None else self.view.title

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
