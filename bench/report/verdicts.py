"""Hypotheses and laws in three lines each: the claim, the verdict, the evidence. And what the run cannot say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.analysis.headlines import hypothesis_sentences, law_sentences
from bench.analysis.hypotheses import VERDICTS
from bench.analysis.summary import Analysis
from bench.analysis.tables import plain
from bench.report.view import View

#: The tone of each verdict; the words always stand beside the colour.
TONES = {
    "supported": "good",
    "rejected": "bad",
    "unclear": "warn",
    "nothing to explain": "quiet",
    "holds": "good",
    "fails": "bad",
}
_LAW_VERDICTS = ("holds", "fails", "unclear")


@dataclass(frozen=True)
class Finding:
    """One declared claim and what became of it.

    Attributes:
        name: ``H1: Rounding`` or the law's title.
        claim: What the suite declares.
        verdict: ``rejected at 5 of 8 points``.
        tone: See :data:`TONES`.
        evidence: Numbers, one line; empty where there are none.
    """

    name: str
    claim: str
    verdict: str
    tone: str
    evidence: str


def findings(view: View, analysis: Analysis) -> list[Finding]:
    """All hypotheses, then all laws, in declared order."""
    return [
        *(_hypothesis(declared, analysis) for declared in view.declared("hypotheses")),
        *(_law(view, declared, analysis) for declared in view.declared("laws")),
    ]


def other_headlines(analysis: Analysis) -> list[str]:
    """The headlines without those that the findings already tell."""
    told = {*hypothesis_sentences(analysis.hypothesis_summary), *law_sentences(analysis.laws)}
    return [line for line in analysis.headlines if line not in told]


def untested(view: View, analysis: Analysis) -> list[str]:
    """What the verdicts do not cover: the device, claims without a point, values of axes that gave nothing."""
    sentences = []
    if str(view.meta.get("device", "")) == "cpu":
        sentences.append(
            "No GPU: this run used the CPU. What a GPU's kernels, reduced-precision matrix products and autocast do "
            "was not tested."
        )
    preset = view.meta.get("preset")
    if preset:
        sentences.append(f"Only the cases of preset {preset} were asked for; the full suite has more.")
    if view.meta.get("where"):
        sentences.append(f"Only a part was asked for: {'; '.join(str(rule) for rule in view.meta['where'])}.")
    missing = analysis.hypothesis_summary[analysis.hypothesis_summary["points"] == 0]
    if not missing.empty:
        sentences.append(f"No point was measured for {', '.join(missing['id'].tolist())}.")
    sentences += _silent(view, analysis)
    return sentences


def counted(counts: Mapping[str, int], order: Sequence[str], noun: str) -> tuple[str, str]:
    """Verdict counts in words, the most frequent first, and their tone: ``rejected at 5 of 8 points, …``."""
    total = sum(counts.values())
    found = sorted((v for v in order if counts.get(v)), key=lambda v: -counts[v])
    if not found:
        return "not tested", "quiet"
    tone = _tone([(counts[verdict], TONES[verdict]) for verdict in found])
    if len(found) == 1:
        return f"{found[0]} at {f'all {total} {noun}s' if total > 1 else f'the only {noun}'}", tone
    first, *rest = (f"{verdict} at {counts[verdict]}" for verdict in found)
    return ", ".join([f"{first} of {total} {noun}s", *rest]), tone


def _tone(counts: Sequence[tuple[int, str]]) -> str:
    """The tone of the most frequent verdict; a claim that both stands and falls is neither good nor bad news."""
    if {"good", "bad"} <= {tone for _, tone in counts}:
        return "warn"
    return max(counts, key=lambda entry: entry[0])[1] if counts else "quiet"


def summary_counts(row: Mapping[Any, Any]) -> dict[str, int]:
    """The verdict counts of a row of the summary of hypotheses."""
    return {verdict: int(row[verdict.split(" ")[0]]) for verdict in VERDICTS}


def _hypothesis(declared: Mapping[str, Any], analysis: Analysis) -> Finding:
    name = str(declared["id"])
    summary = analysis.hypothesis_summary
    rows = summary[summary["id"] == name].to_dict("records")
    counts = summary_counts(rows[0]) if rows else {}
    verdict, tone = counted(counts, VERDICTS, "point")
    judged = analysis.hypotheses[analysis.hypotheses["id"] == name].to_dict("records")
    # A point for each way it was decided; where none was, one that shows what is open.
    decided = [v for v in ("supported", "rejected") if counts.get(v)]
    shown = decided or [v for v in VERDICTS if counts.get(v)][:1]
    texts = []
    for wanted in shown:
        row = next(row for row in judged if row["verdict"] == wanted)
        texts.append(f"({row['point_text']}) {row['reason']}" if row["point_text"] else str(row["reason"]))
    claim = " ".join(str(declared.get("text") or "").split())
    return Finding(f"{name}: {declared['title']}", claim, verdict, tone, " ".join(texts))


def _law(view: View, declared: Mapping[str, Any], analysis: Analysis) -> Finding:
    rows = analysis.laws[analysis.laws["id"] == str(declared["id"])].to_dict("records")
    empty = [view.value_word(str(row["split"]), row["split_value"]) for row in rows if not row["points"]]
    rows = [row for row in rows if row["points"] > 0]
    parts, tones = [], []
    for verdict in _LAW_VERDICTS:
        values = [view.value_word(str(row["split"]), row["split_value"]) for row in rows if row["verdict"] == verdict]
        if values:
            parts.append(f"{verdict} for {', '.join(values)}")
            tones.append((len(values), TONES[verdict]))
    if parts and empty:
        parts.append(f"not fitted for {', '.join(empty)}")
        tones.append((len(empty), "quiet"))
    claim = " ".join(str(declared.get("text") or "").split())
    evidence = " ".join(str(row["text"]) for row in rows)
    return Finding(str(declared["title"]), claim, "; ".join(parts) or "not tested", _tone(tones), evidence)


def _silent(view: View, analysis: Analysis) -> list[str]:
    """Values of axes that were asked for and that no outcome has, by axis."""
    if analysis.outcomes.empty:
        return []
    sentences = []
    for axis in view.axes:
        have = {plain(value) for value in analysis.outcomes[axis].drop_duplicates().tolist()}
        lost = [view.value_word(axis, value) for value in view.present(axis) if plain(value) not in have]
        if lost and have:
            sentences.append(f"No outcome for {view.axis_word(axis)} {', '.join(lost)}: see the table of failures.")
    return sentences
