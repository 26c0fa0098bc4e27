"""A run's answer in a few sentences: verdicts, then who overtakes the baseline; all numbers are macros."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.analysis.tables import rows_of
from bench.analysis.wording import METRIC_NAMES, earliness
from bench.report.paper.claims import VERDICTS
from bench.report.paper.crossings import crossover_cell
from bench.report.paper.macros import Numbers
from bench.report.paper.source import Source
from bench.report.paper.summaries import JUDGED
from bench.report.paper.words import flow
from bench.report.view import pick

#: Methods that the text names; the tables have all.
_MOST = 5


def results(source: Source, numbers: Numbers) -> str:
    """LaTeX of the paragraph; it names the first setting of the suite, as the tables of the paper do."""
    lines = [*_verdicts(source, numbers), *_hypotheses(source, numbers), *_crossovers(source, numbers)]
    if not lines:
        counts = source.analysis.coverage
        lines = [
            f"{numbers.num(source.fact('cases', 'complete'))} of {numbers.num(source.fact('cases'))} cases have all "
            "values that were asked for." if counts.ok + counts.partial else "No case has a value."
        ]  # fmt: skip
    return " ".join(lines) + "\n"


def _verdicts(source: Source, numbers: Numbers) -> list[str]:
    lines = []
    for kind, words in (("claims", "the claims"), ("laws", "the fits of power laws")):
        if source.fact(kind, VERDICTS[0]) in numbers:
            told = ", ".join(f"{verdict} {numbers.num(source.fact(kind, verdict))}" for verdict in VERDICTS)
            lines.append(rf"Verdicts on {words}: {told} (Table~\ref{{tab:{source.stem}{kind}}}).")
    return lines


def _hypotheses(source: Source, numbers: Numbers) -> list[str]:
    """How often each hypothesis was judged how, the most frequent verdict first."""
    lines = []
    for row in rows_of(source.analysis.hypothesis_summary):
        found = sorted((word for word in JUDGED if row[word]), key=lambda word: -row[word])
        num = {word: numbers.num(source.fact("hypothesis", str(row["id"]), word)) for word in ("points", *found)}
        told = [f"{'nothing to explain' if word == 'nothing' else word} at {num[word]}" for word in found]
        if told:
            first = f"{told[0]} of {num['points']} points"
            name = flow(f"{row['id']}: {row['title']}")
            lines.append(f"{name}: {', '.join([first, *told[1:]])}.")
    return lines


def _crossovers(source: Source, numbers: Numbers) -> list[str]:
    view, frame = source.view, source.analysis.crossovers
    if frame.empty or view.baseline is None:
        return []
    asked = frame[(frame["baseline"] == view.baseline) & (frame["axis"] == view.main_axis)]
    axes = [axis for axis in view.facet_axes if axis in asked.columns]
    facets = view.facets(asked, axes)
    if not facets:
        return []
    here = rows_of(pick(asked, facets[0]))
    name, axis = view.baseline_word(view.baseline), view.axis_symbol(str(view.main_axis))
    lines = []
    for metric in ("time", "memory", "flops"):
        own = [row for row in here if row["metric"] == metric and row["subject"] not in view.baseline_members]
        own = [row for row in own if row["outcome"] != "no data"]
        if not own:
            continue
        found = sorted((row for row in own if row["outcome"] in ("crosses", "from the start")), key=earliness)
        words = flow(METRIC_NAMES[metric])
        if not found:
            lines.append(f"{words}: no method needs less than {flow(name)} at the end of the measured range.")
            continue
        (subject, at), *others = [_part(source, numbers, row, axis) for row in found[:_MOST]]
        parts = [f"{subject} needs less than {flow(name)} {at}", *(" ".join(part) for part in others)]
        parts += [f"{len(found) - _MOST} more do as well"] if len(found) > _MOST else []
        lines.append(f"{words}: {'; '.join(parts)}.")
    where = view.facet_word(facets[0])
    return [f"Setting: {flow(where)}.", *lines] if where and lines else lines


def _part(source: Source, numbers: Numbers, row: Mapping[str, Any], axis: str) -> tuple[str, str]:
    """Who overtakes, and from where on."""
    subject = flow(source.view.subject_word(str(row["subject"])))
    if row["outcome"] == "from the start":
        return rf"\emph{{{subject}}}", "from the start"
    cell = crossover_cell(source, numbers, row)
    sign = "=" if row["low"] == row["high"] else r"\approx"
    code = (cell.code or flow(cell.text)).removeprefix(r"$\approx$ ")
    return rf"\emph{{{subject}}}", rf"from ${_symbol(axis)} {sign}$ {code} on"


def _symbol(axis: str) -> str:
    return axis if len(axis) == 1 and axis.isascii() and axis.isalpha() else rf"\text{{{flow(axis)}}}"
