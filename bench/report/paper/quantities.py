"""Every number a run has, made into macros: facts of the run, crossovers, laws, shares, ratios, rows."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from bench.analysis.tables import plain, rows_of
from bench.analysis.wording import estimate, place, significant
from bench.report import units
from bench.report.paper.macros import PLAIN, Number, Numbers
from bench.report.paper.names import Words
from bench.report.paper.siunitx import number
from bench.report.paper.source import Source
from bench.report.paper.words import tex

Row = Mapping[str, Any]


def collect(source: Source, numbers: Numbers) -> None:
    """Register all numbers of one run."""
    run = source.run.meta.get("run_id", source.suite)
    numbers.section(f"{source.suite}, run {run}: the run as a whole")
    _facts(source, numbers)
    numbers.section(f"{source.suite}: crossovers")
    _crossovers(source, numbers)
    numbers.section(f"{source.suite}: slopes of power laws")
    for position, row in enumerate(rows_of(source.analysis.laws), 1):
        _bare(source, numbers, law_key(source, row), row, "slope", f"laws.csv, record {position}")
    numbers.section(f"{source.suite}: shares in per cent")
    for position, row in enumerate(rows_of(source.analysis.shares), 1):
        if units.known(row["share"]):
            value, origin = float(row["share"]), f"{source.folder}/shares.csv, record {position}"
            _exact(numbers, share_key(source, row), number(100 * value, most=3), value, origin, "%", 0.01)
    numbers.section(f"{source.suite}: ratios to a baseline, below 1 where the subject needs less")
    for position, row in enumerate(rows_of(source.analysis.ratios), 1):
        _bare(source, numbers, source.ratio(row), row, "ratio", f"ratios.csv, record {position}")
    numbers.section(f"{source.suite}: measurements")
    _measurements(source, numbers)


def law_key(source: Source, row: Row) -> Words:
    """What the slope of a law stands for."""
    return source.fact("law", str(row["id"]), str(row["split"]), plain(row["split_value"]), "slope")


def share_key(source: Source, row: Row) -> Words:
    """What a share stands for."""
    where = source.place(row, subject=False)
    return source.fact("share", *where, str(row["subject"]), str(row["part"]), str(row["metric"]))


def metric_unit(source: Source, metric: str) -> Words:
    """What the unit of a metric stands for."""
    return source.fact(metric, "unit")


def scale(rows: pd.DataFrame) -> tuple[units.Scale, bool]:
    """The unit in which a metric's values are printed, and whether they need powers of ten."""
    values = [float(value) for value in rows["value"].tolist() if units.known(value)]
    chosen = units.common_scale(values, str(rows["unit"].iloc[0]))
    sizes = [abs(value) / chosen.factor for value in values if value]
    return chosen, bool(sizes) and (min(sizes) < 1e-4 or max(sizes) >= 1e7)


def unit_source(chosen: units.Scale) -> str:
    """A display unit as siunitx reads it; a word of the suite's own that is not plain letters is set as text."""
    if chosen.tex.startswith("\\") or (chosen.tex.isalpha() and chosen.tex.isascii()) or not chosen.tex:
        return chosen.tex
    return rf"\text{{{tex(chosen.tex)}}}"


def _bare(source: Source, numbers: Numbers, key: Words, row: Row, name: str, where: str) -> None:
    """A number without unit, its interval in ``low`` and ``high``."""
    if not units.known(row[name]):
        return
    value, low, high = (float(row[column]) for column in (name, "low", "high"))
    power = value != 0 and not 1e-4 <= abs(value) < 1e7
    shown = number(value, low, high, power=power)
    numbers.add(Number(key, shown, "", value, low, high, PLAIN, 1.0, f"{source.folder}/{where}"))


def _exact(
    numbers: Numbers, key: Words, shown: str, value: float, origin: str, unit: str = "", factor: float = 1.0
) -> None:
    numbers.add(Number(key, shown, unit, value, math.nan, math.nan, PLAIN, factor, origin))


def _measurements(source: Source, numbers: Numbers) -> None:
    frame = source.view.measurements
    scales: dict[str, tuple[units.Scale, bool]] = {}
    for metric, own in frame[frame["status"] == "ok"].groupby("metric", sort=False):
        chosen, _ = scales[str(metric)] = scale(own)
        numbers.unit(metric_unit(source, str(metric)), unit_source(chosen), chosen.symbol)
    for position, row in enumerate(rows_of(frame), 1):
        if row["status"] != "ok" or not units.known(row["value"]):
            continue
        chosen, power = scales[row["metric"]]
        value, low, high = (float(row[name]) for name in ("value", "low", "high"))
        shown = number(value / chosen.factor, low / chosen.factor, high / chosen.factor, power=power)
        origin = f"{source.folder}/measurements.csv, record {position}, case {row['case']}, metric {row['metric']}"
        numbers.add(
            Number(
                source.measured(row), shown, chosen.symbol, value, low, high, str(row["unit"]), chosen.factor, origin
            )
        )


def _crossovers(source: Source, numbers: Numbers) -> None:
    for position, row in enumerate(rows_of(source.analysis.crossovers), 1):
        if row["outcome"] != "crosses" or not units.known(row["at"]):
            continue
        at, low, high = (float(row[name]) for name in ("at", "low", "high"))
        shown = {"": place(at) if low == high else significant(at)}
        if high > low:
            # The words of the report, so that both round alike: bounds outwards.
            match = re.search(r"≈ (\S+) \((\S+) to (\S+)\)", estimate(at, low, high, row["first"], row["last"]))
            shown = dict(zip(("", "low", "high"), match.groups(), strict=True)) if match else shown
        origin = f"{source.folder}/crossovers.csv, record {position}, {row['axis']}"
        for what, text in shown.items():
            _exact(numbers, source.crossover(row, what), text, {"": at, "low": low, "high": high}[what], origin)


def _facts(source: Source, numbers: Numbers) -> None:
    noise, counts = source.analysis.noise, source.analysis.coverage
    measure = source.view.suite.get("measure") or {}
    counted: dict[Words, float] = {
        ("cases",): counts.cases,
        ("cases", "complete"): counts.ok,
        ("cases", "in part"): counts.partial,
        ("cases", "failed"): counts.failed,
        ("cases", "left out"): counts.skipped,
        ("cases", "not reached"): counts.missing,
        ("cases", "planned"): counts.planned if counts.planned is not None else counts.cases,
    }
    if noise.cases:
        least, middle, most = noise.replicates
        counted |= {
            ("cases", "timed"): noise.cases,
            ("cases", "noisy"): noise.noisy,
            ("processes", "least"): least,
            ("processes", "median"): middle,
            ("processes", "most"): most,
        }
    origin = f"{source.folder}/run.json and quality.csv"
    for words, count in counted.items():
        _exact(numbers, source.fact(*words), f"{count:g}", float(count), origin)
    shares = {"level": measure.get("level"), "half width": noise.half_width if noise.cases else None}
    for word, share in shares.items():
        if units.known(share):
            value, most = float(str(share)), 4 if word == "level" else 2
            _exact(numbers, source.fact(word), number(100 * value, most=most), value, origin, "%", 0.01)
