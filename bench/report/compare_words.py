"""A comparison in words: what its rows are called, what their verdicts read, and what would decide the open ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from bench.analysis.compare.model import axis_column
from bench.analysis.tables import family, plain, present
from bench.report.compare_values import count_words, more_words, ratio_words, value_words
from bench.report.view import View
from bench.suite.model import INSTALLATION

if TYPE_CHECKING:
    from bench.analysis.compare import Comparison

#: Verdicts in the order in which they matter, with the tone of each.
TONES = {"slower": "bad", "faster": "good", "unclear": "warn", "same": "quiet"}
#: What the notes of noisy rows have in them; "noisy" says as much where there is little room.
_NOISE = ("disturbed or not steady", "CPU pressure")
#: What these verdicts read for bytes, FLOPs and errors, which are neither fast nor slow.
_AMOUNTS = {"slower": "more", "faster": "less"}
_FAMILIES = ("time", "memory", "flops", "error")
_METRICS = {"error": "Worst relative L2 error"}
_CHANGES = {
    "added": "only in the new",
    "removed": "only in the old",
    "not reached": "not reached by an interrupted run",
    "failed": "fails now",
    "recovered": "works now",
    "status": "another status",
}


@dataclass(frozen=True)
class Line:
    """One row of a comparison, in words.

    Attributes:
        case: The case's id.
        cells: Its place on the axes that differ between rows, in the order of :attr:`Words.keys`.
        label: The same in one line.
        metric: As stored, such as ``time``.
        old: Value of the old side with its unit.
        new: The same of the new one.
        ratio: New / old with its interval.
        verdict: ``slower``, ``faster``, ``same`` or ``unclear``, also for bytes.
        word: What the verdict reads: ``more`` for bytes that are ``slower``.
        counts: Pairs, or processes of both sides; empty for exact metrics.
        remark: What it would take to decide, and what else is to be known; empty for nothing.
        brief: The same without what made it noisy, for the terminal.
        data: The row itself.
    """

    case: str
    cells: tuple[str, ...]
    label: str
    metric: str
    old: str
    new: str
    ratio: str
    verdict: str
    word: str
    counts: str
    remark: str
    brief: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Words:
    """Puts a comparison into words.

    Attributes:
        view: A run that has the labels: the new one of two.
        comparison: What was compared.
    """

    view: View
    comparison: Comparison

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """What tells rows apart: ``subject`` and the axes that have more than one value in them."""
        rows = self.comparison.rows
        # The subject axis has a column of its own beside "subject", by another name where it is called like a column.
        own = axis_column(self.comparison.subject)
        axes = ["subject", *(axis for axis in self.comparison.axes if axis != own)]
        found = [axis for axis in axes if axis in rows and len({plain(value) for value in rows[axis].tolist()}) > 1]
        return tuple(found) or ("subject",)

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """The names of :attr:`keys`."""
        return tuple(self.view.axis_word(self._axis(key)) for key in self.keys)

    @cached_property
    def sides(self) -> tuple[str, str]:
        """Heads of the values of both sides: names where a run compared its own cases, else ``old`` and ``new``."""
        if not self.comparison.paired:
            return "old", "new"
        subjects = list(dict.fromkeys(str(value) for value in self.comparison.rows["subject"].tolist()))
        new = self.view.subject_word(subjects[0]) if len(subjects) == 1 else "candidate"
        return self.view.subject_word(self.comparison.old), new

    @property
    def title(self) -> str:
        """What is compared with what."""
        old, new = self.comparison.old, self.comparison.new
        if not self.comparison.paired:
            return f"{new} (new) against {old} (old)"
        old, new = self.sides
        return f"{new if new != 'candidate' else 'Every other'} against {old}"

    @property
    def heading(self) -> str:
        """Title of a report that opens with the comparison.

        Where installations are compared, the suite's own title asks what this run does not answer.
        """
        if self.comparison.paired and self.comparison.subject == INSTALLATION:
            return f"{self.view.suite['name']}: {self.title}"
        return self.view.title

    @cached_property
    def lines(self) -> list[Line]:
        """Every row: times, then bytes, FLOPs and errors, each in the order of the comparison, by what matters."""
        found = [self._line({str(k): v for k, v in row.items()}) for row in self.comparison.rows.to_dict("records")]
        found.sort(key=lambda line: _FAMILIES.index(family(line.metric)) if family(line.metric) in _FAMILIES else 9)
        seen = Counter((line.metric, line.label) for line in found)
        # Two values with one label would make rows alike that are not.
        return [
            line if seen[line.metric, line.label] == 1 else Line(**{**line.__dict__, "label": line.case})
            for line in found
        ]

    @property
    def open_lines(self) -> list[Line]:
        """What changed, and what is unclear."""
        return [line for line in self.lines if line.verdict != "same"]

    @property
    def same_lines(self) -> list[Line]:
        """What was shown to be the same."""
        return [line for line in self.lines if line.verdict == "same"]

    def metric_word(self, metric: str) -> str:
        """The display name of a metric."""
        return _METRICS.get(metric) or self.view.metric_word(metric)

    @staticmethod
    def change_word(change: str) -> str:
        """What became of a case that only one side has, or whose status differs."""
        return _CHANGES.get(change, change)

    def band(self, metric: str = "time") -> str:
        """Within what a metric counts as the same: ``±2 %``, an error ``a factor of 2``."""
        # Rounding differs between builds of the same code; what is the same within a few per cent would be chance.
        return "a factor of 2" if metric == "error" else f"±{100 * self.comparison.band:g} %"

    @property
    def level(self) -> str:
        """The confidence of a single comparison: ``99 %``."""
        return f"{100 * self.comparison.level:g} %"

    def _axis(self, key: str) -> str:
        """The axis behind a column; one named like another column has a prefix there."""
        if key == "subject":
            return self.comparison.subject
        return key if key in self.view.axes else key.removeprefix("axis_")

    def _line(self, row: dict[str, Any]) -> Line:
        cells = tuple(self._cell(key, row[key]) for key in self.keys)
        metric, verdict = str(row["metric"]), str(row["verdict"])
        remarks = self._remarks(row)
        words = [self._value(key, row[key]) for key in self.keys]
        return Line(
            case=str(row["case"]),
            cells=cells,
            label=", ".join(word for word in words if word),
            metric=metric,
            old=value_words(row["old"], str(row["unit"])),
            new=value_words(row["new"], str(row["unit"])),
            ratio=ratio_words(row["ratio"], row["low"], row["high"], self.comparison.band),
            verdict=verdict,
            word=verdict if metric == "time" else _AMOUNTS.get(verdict, verdict),
            counts=count_words(row, self.comparison.paired),
            remark="; ".join(remarks),
            brief="; ".join(one for one in remarks if not (row["noisy"] is True and any(t in one for t in _NOISE))),
            data=row,
        )

    def _cell(self, key: str, value: Any) -> str:
        if not present(value):
            return "–"
        return self.view.subject_word(plain(value)) if key == "subject" else self.view.cell_word(self._axis(key), value)

    def _value(self, key: str, value: Any) -> str:
        if not present(value):
            return ""
        if key != "subject":
            return self.view.value_word(self._axis(key), value)
        # A number or a yes as a subject means little without its axis: "threads 2".
        text, axis = plain(value), self.comparison.subject
        word = self.view.subject_word(text)
        bare = word == text and (text in ("true", "false") or text.replace(".", "", 1).isdigit())
        return f"{self.view.axis_symbol(axis)} {text}" if bare else word

    def _remarks(self, row: Mapping[str, Any]) -> list[str]:
        note = row["note"] if isinstance(row["note"], str) else ""
        parts = [
            more_words(row, self.comparison.paired) if row["verdict"] == "unclear" else "",
            *note.split("; "),
            "noisy" if row["noisy"] is True else "",
        ]
        return [part for part in parts if part]


def varying_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of ``changes`` or ``refused`` as plain mappings."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]
