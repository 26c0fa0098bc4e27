"""The last words of ``bench run``: verdicts, crossovers and claims, as plain text no wider than the terminal."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from bench.analysis.headlines import claim_sentences, law_sentences
from bench.analysis.quality import Coverage
from bench.analysis.summary import Analysis
from bench.analysis.wording import earliness, place
from bench.report import units
from bench.report.claim_tables import claim_lines
from bench.report.compare_text import comparison_text
from bench.report.compare_words import Words
from bench.report.grids import crossover_rows, crossover_short
from bench.report.verdicts import other_headlines
from bench.report.view import View

if TYPE_CHECKING:
    from bench.analysis.compare import Comparison

#: Lines of crossovers per metric; a run with more in all shows facet's earliest only; the report has the rest.
MOST_LINES = 30


def summary_text(
    meta: Mapping[str, Any],
    analysis: Analysis,
    width: int = 100,
    *,
    report: str | None = None,
    folder: str | None = None,
    comparison: Comparison | None = None,
) -> str:
    """What a run found, as text without colour codes.

    Args:
        meta: ``run.json``.
        analysis: What the run says.
        width: Columns of the terminal; no line is longer, but for the path of the report.
        report: Path of the page, for the last line.
        folder: The run's folder, to go on with a run that was interrupted.
        comparison: Of a run that compares its own cases; it comes first.
    """
    width = max(width, 40)
    names = View(meta, analysis.crossovers)
    lines = _wrapped(names.title, width, "", "")
    if analysis.coverage.missing:
        lines += _unreached(analysis.coverage, width, folder)
    if comparison is not None:
        words = Words(names, comparison)
        told = comparison_text(words, width, hint="the report lists them")
        lines = [*_wrapped(words.heading, width, "", ""), "", *told.splitlines(), ""]
    judged = [*analysis.hypothesis_summary["text"].tolist(), *law_sentences(analysis.laws)]
    lines += [line for text in judged for line in _wrapped(text, width, "- ", "  ")]
    if analysis.crossovers.empty:
        told_below = claim_sentences(analysis.claims)
        rest = [text for text in other_headlines(analysis) if text not in told_below]
        lines += [line for text in rest for line in _wrapped(text, width, "- ", "  ")]
    else:
        lines += ["", *_crossovers(names, analysis, width)]
    if claimed := claim_lines(analysis, width):
        # After all tables, so that they stand on the screen when a long run ends.
        lines += ["", *claimed]
    lines.append("")
    for text in _caveats(analysis):
        lines += _wrapped(text, width, "", "  ")
    if report is not None:
        # Never wrapped: a path is there to be copied.
        lines.append(f"Report: {report}")
    return "\n".join(lines)


def _unreached(counts: Coverage, width: int, folder: str | None) -> list[str]:
    """What an interrupted run lacks, and how to go on: before anything that is said of the rest."""
    text = f"Not reached: {counts.missing} of {counts.planned} cases; what follows is of the others."
    if folder is None:
        return [*_wrapped(text, width, "", "  "), ""]
    # Never wrapped: a command is there to be copied.
    return [*_wrapped(f"{text} Go on with:", width, "", "  "), f"  bench run --resume {shlex.quote(folder)}", ""]


def _crossovers(view: View, analysis: Analysis, width: int) -> list[str]:
    frame = analysis.crossovers
    baseline = view.baseline
    shown = frame[frame["baseline"] == baseline]
    shown = shown if not shown.empty else frame
    axis = view.axis_symbol(str(shown["axis"].iloc[0]))
    word = view.axis_word(str(shown["axis"].iloc[0]))
    # More of the axis may take back what an interrupted run found.
    far = "for good"
    if analysis.coverage.missing:
        last = shown["last"].max()
        far = f"up to {axis} = {place(last)}" if units.known(last) else "as far as it was reached"
    told = f"Overtakes {view.baseline_word(str(baseline))}, {far}, from this {word} on ({_level(shown)} interval):"
    lines = _wrapped(told, width, "", "")
    found: list[tuple[str, list[dict[str, Any]], list[str]]] = []
    for metric in sorted(dict.fromkeys(shown["metric"]), key=("time", "memory", "flops").index):
        part, axes = crossover_rows(view, shown[shown["metric"] == metric], str(metric))
        records = [{str(key): value for key, value in row.items()} for row in part.to_dict("records")]
        found.append((view.metric_word(str(metric)), records, axes))
    short = sum(len(records) for _, records, _ in found) > MOST_LINES
    for title, records, axes in found:
        chosen = _earliest(records, axes) if short else records
        rows = [[_facet(view, row, axes), view.subject_word(row["subject"]), _at(row, axis)] for row in chosen]
        where = f" by {', '.join(view.axis_word(a) for a in axes)}" if axes else ""
        first = "; the earliest of each" if len(chosen) < len(records) else ""
        lines += _wrapped(f"{title}{where}{first}", width, "  ", "    ")
        lines += _aligned(rows[:MOST_LINES], width)
        if len(rows) > MOST_LINES:
            lines.append(f"    … and {len(rows) - MOST_LINES} more in the report")
    return lines


def _earliest(records: Sequence[dict[str, Any]], axes: Sequence[str]) -> list[dict[str, Any]]:
    """The first subject to overtake in each facet; one that does not where none does."""
    best: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in records:
        key = tuple(row[axis] for axis in axes)
        if key not in best or earliness(row) < earliness(best[key]):
            best[key] = row
    return list(best.values())


def _facet(view: View, row: dict[str, Any], axes: Sequence[str]) -> str:
    """The facet in few words; the line above names the axes, so that texts stand without theirs."""
    words = (
        view.cell_word(axis, row[axis]) if isinstance(row[axis], str) else view.value_word(axis, row[axis])
        for axis in axes
    )
    return ", ".join(words)


def _at(row: dict[str, Any], axis: str) -> str:
    short = crossover_short(row)
    if row["outcome"] != "crosses":
        return short
    return f"{axis} {short}" if short.startswith("≈") else f"{axis} = {short}"


def _aligned(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Columns two spaces apart; words repeated from the line above are left out; the widest column gives way."""
    if not rows:
        return []
    used = [i for i in range(len(rows[0])) if any(row[i] for row in rows)]
    sizes = {i: max(len(row[i]) for row in rows) for i in used}
    room = width - 4 - 2 * (len(used) - 1)
    while sum(sizes.values()) > room:
        widest = max(used, key=lambda i: sizes[i])
        sizes[widest] -= 1
    lines = []
    before: Sequence[str] = [""] * len(rows[0])
    for row in rows:
        cells, same = [], True
        for i in used:
            same = same and i < used[-2] and row[i] == before[i]
            text = "" if same else row[i]
            cells.append((text if len(text) <= sizes[i] else text[: sizes[i] - 1] + "…").ljust(sizes[i]))
        lines.append(("    " + "  ".join(cells)).rstrip())
        before = row
    return lines


def _caveats(analysis: Analysis) -> list[str]:
    counts, noise = analysis.coverage, analysis.noise
    states = [
        (counts.ok, "complete"),
        (counts.partial, "in part"),
        (counts.failed, "failed"),
        (counts.skipped, "left out"),
    ]
    texts = [f"Cases: {counts.cases}; " + ", ".join(f"{count} {word}" for count, word in states if count) + "."]
    bad = [r for r in analysis.failures.to_dict("records") if r["status"] not in ("skipped", "unsupported")]
    for row in bad[:3]:
        texts.append(f"{str(row['status']).replace('_', ' ')} ({row['count']}): {row['reason'] or 'no reason given'}")
    if len(bad) > 3:
        texts.append(f"… and {len(bad) - 3} more causes in the report")
    if noise.noisy:
        texts.append(
            f"Noise: {noise.noisy} of {noise.cases} times ({units.percent(noise.share)}) are flagged as noisy."
        )
    contrary = int((analysis.flops_agreement["text"] != "").sum())
    if contrary:
        texts.append(f"FLOPs: sources disagree on {contrary} cases.")
    return texts


def _level(frame: pd.DataFrame) -> str:
    return f"{100 * float(frame['level'].iloc[0]):g} %"


def _wrapped(text: str, width: int, first: str, later: str) -> list[str]:
    return textwrap.wrap(" ".join(text.split()), width, initial_indent=first, subsequent_indent=later) or [first]
