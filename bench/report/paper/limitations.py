"""The limitations paragraph of a run: what it does not show, made of its facts."""

from __future__ import annotations

from collections.abc import Mapping

from bench.analysis.tables import present, rows_of
from bench.report import units
from bench.report.paper.macros import Numbers
from bench.report.paper.source import Source
from bench.report.paper.words import flow, sentence
from bench.report.verdicts import untested

#: Reasons for missing values that the paragraph names; the table of failures has all.
_MOST = 6


def limitations(source: Source, numbers: Numbers) -> str:
    """LaTeX: the machine, the range, what was skipped and why, noise, and what the claims leave open."""
    lines = [*_machine(source), *_range(source), *_missing(source, numbers), *_noise(source, numbers)]
    lines += [*_judged(source), *_kept(source)]
    return " ".join(lines) + "\n"


def _machine(source: Source) -> list[str]:
    machine = source.run.meta.get("machine") or {}
    lines = ["All numbers are of one machine; another one may order the methods differently."]
    # What the verdicts of the report say of themselves, the missing GPU first.
    lines += [flow(sentence(text)) for text in untested(source.view, source.analysis)]
    if machine.get("virtual"):
        lines.append("The machine is virtual: what its host did meanwhile is not known.")
    cpu = machine.get("cpu")
    if isinstance(cpu, Mapping) and "governor" in cpu and cpu.get("governor") is None:
        lines.append("Its clock was not fixed.")
    return lines


def _range(source: Source) -> list[str]:
    view, axis = source.view, source.view.main_axis
    if axis is None:
        return []
    values = [value for value in view.present(axis) if units.known(value)]
    if not values:
        return []
    word = flow(view.axis_word(axis))
    lines = [f"The values of {word} go from {min(values):g} to {max(values):g}; nothing is said of what lies beyond."]
    crossovers = source.analysis.crossovers
    if not crossovers.empty and bool((crossovers["outcome"] == "unclear").any()):
        lines.append("Where intervals do not tell on which side of the baseline a method ends, its crossover is called "
                     "unclear.")  # fmt: skip
    return lines


def _missing(source: Source, numbers: Numbers) -> list[str]:
    frame, counts = source.analysis.failures, source.analysis.coverage
    lines = []
    if counts.missing:
        lines.append(
            f"The run is not complete: {numbers.num(source.fact('cases', 'not reached'))} of "
            f"{numbers.num(source.fact('cases', 'planned'))} planned cases were not reached."
        )
    if source.run.meta.get("interrupted"):
        lines.append("It was interrupted.")
    whole = [row for row in rows_of(frame) if row["scope"] == "case"]
    if not whole:
        return lines
    parts = []
    for row in sorted(whole, key=lambda row: -row["count"])[:_MOST]:
        key = source.fact(
            "without value", str(row["status"]), str(row["reason"]), str(row["scope"]), str(row["metrics"])
        )
        reason = str(row["reason"]) if present(row["reason"]) and row["reason"] else "no reason given"
        first = reason.strip().split("\n")[0]
        short = first if len(first) <= 120 else f"{first[:119]}…"
        parts.append(f"{numbers.num(key)} {flow(str(row['status']).replace('_', ' '))} ({flow(short)})")
    more = len(whole) - len(parts)
    lines.append(f"Cases without any value: {'; '.join(parts)}" + (f"; and {more} further reasons." if more else "."))
    return lines


def _noise(source: Source, numbers: Numbers) -> list[str]:
    noise = source.analysis.noise
    if not noise.cases:
        return []
    lines = []
    key = source.fact("half width")
    if key in numbers:
        lines.append(rf"The half-width of the interval of a time is \qty{{{numbers.macro(key)}}}{{\percent}} of it in "
                     "the median.")  # fmt: skip
    else:
        lines.append("Times have no interval: each case was timed in one process.")
    if noise.noisy:
        trust = "; their intervals say how far they can be trusted" if key in numbers else ""
        lines.append(f"Of {numbers.num(source.fact('cases', 'timed'))} timed cases "
                     f"{numbers.num(source.fact('cases', 'noisy'))} are flagged noisy{trust}.")  # fmt: skip
    if key in numbers:
        lines.append("Intervals hold what differs between processes on this machine, not what differs between "
                     "machines, builds or days; each is for its own value, uncorrected for their number.")  # fmt: skip
    return lines


def _judged(source: Source) -> list[str]:
    """What each claim leaves open, once for all that leave the same open; that there was no GPU is told above."""
    found: dict[str, list[str]] = {}
    for row in rows_of(source.analysis.claims):
        parts = [part for part in str(row["uncovered"]).split("; ") if part and not part.startswith("no GPU")]
        if parts:
            found.setdefault("; ".join(parts), []).append(str(row["id"]))
    return [
        f"Not covered by {'claim' if len(names) == 1 else 'claims'} {flow(', '.join(names))}: {flow(sentence(text))}"
        for text, names in found.items()
    ]


def _kept(source: Source) -> list[str]:
    git = source.run.meta.get("git")
    if not git:
        return ["The code was no checkout, so that no commit names it."]
    return ["The code had changes that are in no commit."] if git.get("dirty") else []
