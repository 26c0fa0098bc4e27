"""The plain sentences a report opens with.

Claims come first, then hypotheses and laws, crossovers of time, memory and FLOPs, shares, and what to beware of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from bench.analysis.claims.words import counts_words
from bench.analysis.quality import Coverage, Noise
from bench.analysis.tables import rows_of
from bench.analysis.wording import METRIC_NAMES, Labels, earliness, percent, value_words
from bench.plural import counted

MOST = 12
_MOST_TIME = 6
_MOST_SUBJECTS = 4
_MOST_SHARES = 2
_MOST_CLAIMS = 4
_MOST_HYPOTHESES = 5
_MOST_LAWS = 4

_TOLD = ("crosses", "from the start", "unclear", "none")

Record = dict[str, Any]


def claim_sentences(claims: pd.DataFrame) -> list[str]:
    """How many claims hold, and one sentence for each that fails, in declared order.

    Args:
        claims: The claims of :func:`bench.analysis.claims.judge_claims`.
    """
    if claims.empty:
        return []
    failing = rows_of(claims.loc[claims["verdict"] == "fails", ["text", "found"]])
    sentences = [f"Fails: {row['text'].rstrip('.')}. Found: {row['found']}." for row in failing]
    more = len(sentences) - _MOST_CLAIMS
    if more > 0:
        sentences = [*sentences[:_MOST_CLAIMS], f"{counted(more, 'more claim')} {'fails' if more == 1 else 'fail'}."]
    told = counts_words(claims["verdict"].tolist())
    return [f"{told[0].upper()}{told[1:]}.", *sentences]


def hypothesis_sentences(summary: pd.DataFrame) -> list[str]:
    """One sentence for each hypothesis that was judged at any point, in declared order.

    Args:
        summary: The frame of :func:`bench.analysis.hypotheses.hypothesis_summary`.
    """
    texts: list[str] = summary.loc[summary["points"] > 0, "text"].tolist()
    return texts[:_MOST_HYPOTHESES]


def law_sentences(laws: pd.DataFrame) -> list[str]:
    """One sentence for each law that has fitted points, with its slopes side by side, in declared order.

    Args:
        laws: The frame of :func:`bench.analysis.laws.fit_laws`.
    """
    found: dict[str, tuple[str, list[str]]] = {}
    for row in rows_of(laws[laws["points"] > 0]):
        found.setdefault(row["id"], (row["title"], []))[1].append(row["text"].removesuffix("."))
    return [f"{title}: {'; '.join(texts)}." for title, texts in found.values()][:_MOST_LAWS]


def crossover_sentences(crossovers: pd.DataFrame, members: Mapping[str, Sequence[str]], labels: Labels) -> list[str]:
    """Sentences on the most informative crossovers.

    Informative means: in the first facet (the first value of every axis) the subjects that overtake, earliest first;
    then the facets that differ from it in one axis, then in more, each with the subject that overtakes first.

    Args:
        crossovers: The crossover table.
        members: Baseline name to its subjects.
        labels: Names of axes, values and baselines.
    """
    columns = [str(name) for name in crossovers.columns]
    axes = columns[: columns.index("axis")]
    rows = rows_of(crossovers)
    standards = {str(member) for names in members.values() for member in names}
    rows = [row for row in rows if row["subject"] not in standards] or rows
    varied = {axis for axis in axes if len({str(row[axis]) for row in rows}) > 1}
    shown = [axis for axis in axes if axis in varied]
    sentences: list[str] = []
    for metric, most in (("time", _MOST_TIME), ("memory", 1), ("flops", 1)):
        chosen: list[str] = []
        for number, facet in enumerate(_facets(rows, axes, metric)):
            entries = _subjects(rows, axes, metric, facet)
            for entry in entries[: _MOST_SUBJECTS if number == 0 and most > 1 else 1]:
                words = [value_words(axis, entry[0][axis], labels) for axis in shown]
                heading = ", ".join([METRIC_NAMES[metric], *words])
                chosen.append(f"{heading}: {_sentence(entry, members, labels)}.")
        sentences += chosen[:most]
    return sentences


def share_sentences(halves: pd.DataFrame, subjects: Iterable[str], labels: Labels) -> list[str]:
    """Sentences on the parts that pass half of the whole, in the first facet, FLOPs before time.

    Args:
        halves: The frame of :func:`bench.analysis.shares.halves`.
        subjects: Whose shares to speak of, in order of preference.
        labels: Names of subjects.
    """
    passing = halves[halves["outcome"].isin(["rises", "falls"])]
    known = passing["subject"].unique().tolist()
    subject = next((name for name in subjects if name in known), known[0] if known else "")
    sentences = []
    for metric in ("flops", "time"):
        rows = passing[(passing["metric"] == metric) & (passing["subject"] == subject)]
        facets = [name for name in halves.columns[: list(halves.columns).index("axis")]]
        if rows.empty:
            continue
        reference = rows.iloc[0]
        same = rows[[all(row[name] == reference[name] for name in facets) for _, row in rows.iterrows()]]
        for text in same.sort_values("outcome", ascending=False, kind="stable")["text"].tolist():
            sentences.append(f"{METRIC_NAMES[metric]} with {labels.get(subject, subject)}: {text}.")
    return sentences[:_MOST_SHARES] if len(sentences) <= _MOST_SHARES else _one_each(sentences)


def caveat_sentences(
    coverage: Coverage, noise: Noise, disagreements: Sequence[str], zeros: int, counted: int
) -> list[str]:
    """Sentences on what is missing, noisy or contradictory; none where all is well.

    Args:
        coverage: Case counts.
        noise: The noise of the times.
        disagreements: Texts of the cases whose FLOP sources disagree.
        zeros: How many of these have a counter at 0.
        counted: Cases with any FLOP count.
    """
    sentences = []
    lacking = coverage.cases - coverage.ok
    if lacking:
        kinds = (("failed", coverage.failed), ("in part only", coverage.partial), ("skipped", coverage.skipped))
        counts = ", ".join(f"{count} {word}" for word, count in kinds if count)
        sentences.append(f"Without all values: {lacking} of {coverage.cases} cases ({counts}).")
    if coverage.missing:
        sentences.append(f"Not reached: {coverage.missing} of {coverage.planned} planned cases.")
    if noise.noisy:
        sentences.append(f"Flagged as noisy: {noise.noisy} of {noise.cases} times ({percent(noise.share)}).")
    if disagreements:
        also = f", {zeros} of them with a counter at 0" if zeros else ""
        count = f"{len(disagreements)} of {counted} cases{also}"
        sentences.append(f"FLOP sources disagree or cannot be checked: {count}; the first: {disagreements[0]}.")
    return sentences


def _facets(rows: Sequence[Record], axes: Sequence[str], metric: str) -> list[tuple[Any, ...]]:
    """Facets with an outcome: the first, then by how many axes they differ from it."""
    facets = list(
        dict.fromkeys(
            tuple(row[axis] for axis in axes) for row in rows if row["metric"] == metric and row["outcome"] in _TOLD
        )
    )
    return sorted(facets, key=lambda facet: sum(a != b for a, b in zip(facet, facets[0], strict=True)))


def _subjects(rows: Sequence[Record], axes: Sequence[str], metric: str, facet: tuple[Any, ...]) -> list[list[Record]]:
    """The rows of each subject of a facet; subjects that overtake their first baseline earliest come first."""
    found: dict[str, list[Record]] = {}
    for row in rows:
        if row["metric"] == metric and tuple(row[axis] for axis in axes) == facet and row["outcome"] in _TOLD:
            found.setdefault(row["subject"], []).append(row)

    return sorted(found.values(), key=lambda entry: earliness(entry[0]))


def _sentence(entry: Sequence[Record], members: Mapping[str, Sequence[str]], labels: Labels) -> str:
    """One subject against its baselines; baselines with the same answer share a phrase."""
    subject = labels.get(entry[0]["subject"], entry[0]["subject"])
    text, before = "", ""
    for rows in _same_answer(entry, members):
        row = rows[0]
        faster = row["metric"] == "time"
        baseline = " and ".join(_baseline(one, members, labels) for one in rows)
        who = "it" if text else subject
        phrase = {
            "crosses": f"{who} {'overtakes' if faster else 'falls below'} {baseline} {_where(row)}",
            "from the start": f"{who} {'is faster' if faster else 'needs less'} than {baseline} {row['text']}",
            "none": f"{who} does not {'overtake' if faster else 'fall below'} {baseline} ({row['text']})",
            "unclear": f"whether {who} {'overtakes' if faster else 'falls below'} {baseline} is {row['text']}",
        }[row["outcome"]]
        if row["outcome"] == before == "crosses":
            text += f", and {baseline} {_where(row)}"
        else:
            text += f"; {phrase}" if text else phrase
        before = row["outcome"]
    return text


def _same_answer(entry: Sequence[Record], members: Mapping[str, Sequence[str]]) -> list[list[Record]]:
    """Rows with the same text together, without a single baseline that was the best of a larger one anyway."""
    found: dict[str, list[Record]] = {}
    for row in entry:
        found.setdefault(row["text"], []).append(row)

    def implied(row: Record, rows: Sequence[Record]) -> bool:
        single = len(members.get(row["baseline"], ())) == 1
        larger = (other for other in rows if len(members.get(other["baseline"], ())) > 1)
        return single and any(other["best_member"] == row["best_member"] for other in larger)

    return [[row for row in rows if not implied(row, rows)] for rows in found.values()]


def _where(row: Record) -> str:
    return f"({row['text']})" if row["text"].startswith("crosses") else str(row["text"])


def _baseline(row: Record, members: Mapping[str, Sequence[str]], labels: Labels) -> str:
    name = row["baseline"]
    own = members.get(name, ())
    if len(own) == 1:
        return labels.get(name) or labels.get(own[0], name)
    best = labels.get(row["best_member"], row["best_member"])
    return f"{labels.get(name, name)} (there {best})"


def _one_each(sentences: Sequence[str]) -> list[str]:
    """The first sentence on each metric, so that FLOPs do not crowd out time."""
    first = {sentence.split(" ", 1)[0]: sentence for sentence in reversed(sentences)}
    return [sentence for sentence in sentences if sentence in first.values()][:_MOST_SHARES]
