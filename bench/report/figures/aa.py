"""The plan of an A/A figure: the least slowdown found, and the rate of false alarms, against the number of pairs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from bench.analysis.tables import rows_of
from bench.report.aa_words import AAWords
from bench.report.figures.spec import Figure, Panel

#: Rates of fewer comparisons say too little to be drawn.
LEAST_TRIED = 10

#: Cases that each have a line of their own; more are drawn as the range of all and their median.
MOST_CASES = 6


@dataclass(frozen=True)
class Power:
    """The least slowdown found with 80 % power, in per cent, by pairs.

    Attributes:
        label: What stands at the line's end.
        pairs: Numbers of pairs, increasing.
        least: One value each; none is infinite.
        kind: ``case``, ``median``, ``faint`` (one of many cases, without a label) or ``apart``.
        present: Pairs and per cent at the present budget, where the line is a case's.
    """

    label: str
    pairs: tuple[float, ...]
    least: tuple[float, ...]
    kind: str
    present: tuple[float, float] | None = None


@dataclass(frozen=True)
class Alarms:
    """Rates of verdicts of one kind, in per cent, with their intervals; a rate of 0 has its upper bound alone."""

    label: str
    kind: str
    pairs: tuple[float, ...]
    rates: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class AAFigure:
    """A planned figure.

    Attributes:
        figure: Name, title and caption, for the page.
        powers: The lines of the left panel.
        alarms: Those of the right one.
        nominal: The nominal rate in per cent.
        injected: The slowdown injected, in per cent; 0 for none. The rates are then those of finding it.
    """

    figure: Figure
    powers: tuple[Power, ...]
    alarms: tuple[Alarms, ...]
    nominal: float
    injected: float


def plan_aa(words: AAWords) -> AAFigure | None:
    """The figure of an A/A run; ``None`` where there is nothing to draw."""
    powers = _powers(words)
    alarms = _alarms(words)
    if not powers or not alarms:
        return None
    result = words.result
    injected = 100 * result.inject
    what = f"a slowdown of {injected:.3g} % is found" if injected else "a case is called changed against itself"
    thin = "; thin lines are the cases, the thick one their median" if len(result.cases) > MOST_CASES else ""
    ring = " A ring marks the present budget." if any(line.present for line in powers) else ""
    never = any(count == 0 for line in alarms for count in line.rates)
    triangle = "; a triangle is the upper bound where it never happened" if never else ""
    caption = (
        f"Left: the least slowdown found in 80 % of comparisons with at most so many pairs{thin}.{ring} "
        "Dashed: if the sides are measured one after the other, half of the run apart (median of the cases). "
        f"Right: how often {what}, looked at once after so many pairs, with 95 % intervals{triangle}. Sizes with fewer "
        f"than {LEAST_TRIED} comparisons are left out. Black: as a run compares, at its mean number of pairs."
    )
    title = "What this machine resolves"
    panels = (Panel("Least slowdown found (80 % power), %"), Panel(f"{_rate_label(words)}, %"))
    figure = Figure("aa", "lines", title, caption, "pairs of processes", "%", panels, columns=2)
    nominal = 100 * (1 - result.compare.level)
    return AAFigure(figure, tuple(powers), tuple(alarms), nominal, injected)


def _rate_label(words: AAWords) -> str:
    return "Found" if words.result.inject else "False alarms"


def _powers(words: AAWords) -> list[Power]:
    result = words.result
    cases = rows_of(result.cases)
    many = len(cases) > MOST_CASES
    lines = []
    for case in cases:
        part = result.sizes[(result.sizes["case"] == case["case"])]
        present = (float(case["most_pairs"]), 100 * case["detect_80"])
        label, kind = ("", "faint") if many else (words.labels[case["case"]], "case")
        line = _line(label, part["pairs"], part["detect_80"], kind)
        if line is not None:
            shown = math.isfinite(present[1]) and not many
            lines.append(replace(line, present=present if shown else None))
    middle = result.sizes.groupby("pairs")[["detect_80", "apart_80"]].median().reset_index()
    if many:
        found = _line("median case", middle["pairs"], middle["detect_80"], "median")
        lines += [found] if found is not None else []
    apart = _line("measured apart", middle["pairs"], middle["apart_80"], "apart")
    return [*lines, *([apart] if apart is not None and lines else [])]


def _line(label: str, pairs: pd.Series[Any], least: pd.Series[Any], kind: str) -> Power | None:
    found = [(float(p), 100 * float(a)) for p, a in zip(pairs, least, strict=True) if math.isfinite(a)]
    return Power(label, tuple(p for p, _ in found), tuple(a for _, a in found), kind) if found else None


def _alarms(words: AAWords) -> list[Alarms]:
    result = words.result
    verdicts = ("slower",) if result.inject else ("slower", "faster")
    lines = []
    for label, apart in (("side by side", False), ("measured apart", True)):
        found = [
            (float(pairs), rate)
            for pairs in sorted(set(result.sizes["pairs"].tolist()))
            if (rate := result.size_rate(int(pairs), *verdicts, apart=apart)).of >= LEAST_TRIED
        ]
        if found:
            lines.append(
                Alarms(
                    label,
                    "apart" if apart else "beside",
                    tuple(pairs for pairs, _ in found),
                    tuple(100 * rate.value for _, rate in found),
                    tuple(100 * rate.low for _, rate in found),
                    tuple(100 * rate.high for _, rate in found),
                )
            )
    whole = result.rate(*verdicts)
    if whole.of:
        pairs = float((result.cases["pairs"] * result.cases["comparisons"]).sum() / result.cases["comparisons"].sum())
        bounds = (100 * whole.value,), (100 * whole.low,), (100 * whole.high,)
        lines.append(Alarms("as a run compares", "whole", (pairs,), *bounds))
    return lines
