"""The data dictionary: what each file of a bundle's data holds, every column with its unit."""

from __future__ import annotations

from collections.abc import Iterable

from bench.plural import counted
from bench.report.escape import markdown
from bench.report.paper.data import frames
from bench.report.paper.source import Source

#: What each file holds, one row of it standing for what.
FILES = {
    "measurements": "One row for each case and metric, failures included.",
    "replicates": "One row for each case and process that timed it.",
    "samples": "One row for each timed batch of calls, outliers included.",
    "seeds": "One row for each case, outcome and seed (or draw).",
    "claims": "One row for each claim of the suite, with its verdict.",
    "claim_points": "One row for each claim and setting in which it was judged.",
    "crossovers": "One row for each setting, metric, subject and baseline: from where on the subject needs less.",
    "ratios": "One row for each point: subject over baseline.",
    "quality": "One row for each timed case: how noisy it was.",
    "laws": "One row for each power law and value of the axis that splits it.",
    "law_points": "One row for each point of a law.",
    "hypotheses": "One row for each hypothesis and point at which it was judged.",
    "hypothesis_summary": "One row for each hypothesis: at how many points it was judged how.",
    "outcomes": "One row for each case and number that the workload reports of itself.",
    "targets": "One row for each case that trains: steps and seconds until its target.",
    "flops": "One row for each case: FLOPs from three sources.",
    "errors": "One row for each case and tensor: numerical error against float64.",
    "shares": "One row for each part, point and subject: its share of the whole.",
    "halves": "One row for each part and subject: where it passes half of the whole.",
    "failures": "One row for each reason for which something has no value.",
}

_RANGE = "least and largest value of the axis at which both sides were measured"
#: Column to unit and meaning, wherever it occurs; ``of the row`` is what the column ``unit`` says.
COLUMNS: dict[str, tuple[str, str]] = {
    "case": ("", "id of the case: the suite, each axis and its value"),
    "group": ("", "id of the group of cases that were measured together"),
    "subject": ("", "the value of the subject axis: what is compared"),
    "metric": ("", "name of the quantity"),
    "value": ("of the row", "the estimate: of time, the geometric mean over processes"),
    "unit": ("", "unit of value, low and high: s, B, FLOP, 1 for none, or a word of the workload"),
    "low": ("of the value", "lower bound of the confidence interval"),
    "high": ("of the value", "upper bound of the confidence interval"),
    "level": ("1", "confidence level of the interval"),
    "status": ("", "ok, or why there is no value"),
    "reason": ("", "the status in words"),
    "replicates": ("1", "processes that the value rests on"),
    "samples": ("1", "timed batches that the value rests on"),
    "noisy": ("", "whether the time is flagged noisy"),
    "notes": ("", "remarks"),
    "extra": ("", "JSON: details of the meter"),
    "replicate": ("1", "number of the process; processes of one number ran side by side"),
    "calls": ("1", "calls in one timed batch"),
    "involuntary_switches": ("1", "times the process lost its processor"),
    "cpu_pressure": ("1", "share of the time in which something waited for a processor"),
    "cost_s": ("s", "wall time that the process took in all"),
    "start_s": ("s", "wall time that its start took"),
    "server": ("1", "number of the fork server that it came from"),
    "sample": ("1", "number of the batch within its process"),
    "seconds": ("s", "time per call"),
    "axis": ("", "the axis that points lie on"),
    "baseline": ("", "name of what is compared with"),
    "member": ("", "the subject of the baseline that is least at this point"),
    "ratio": ("1", "subject over baseline; below 1 where the subject needs less"),
    "count": ("1", "processes (ratios) or cases (failures) that the row rests on"),
    "verdict": ("", "what was judged: see the documentation of the analysis"),
    "outcome": ("", "crosses, from the start, none, unclear or no data"),
    "at": ("of the axis", "the point from which the subject needs less"),
    "first": ("of the axis", f"{_RANGE}: the least"),
    "last": ("of the axis", f"{_RANGE}: the largest"),
    "crossings": ("1", "how often the two change places"),
    "relative": ("1", "the point as a multiple of another axis, where the suite asks for it"),
    "best_member": ("", "the subject of the baseline that is best just above the point"),
    "text": ("", "the row in one sentence"),
    "half_width": ("1", "half the width of the interval over the value"),
    "stopped": ("", "why measuring the case ended"),
    "median_over_min": ("1", "median of the samples over the least"),
    "outliers": ("1", "samples flagged as outliers; none is dropped"),
    "id": ("", "id of what the suite declares"),
    "title": ("", "its title"),
    "x": ("of the axis or metric", "name (laws) or value (points) along the horizontal axis"),
    "y": ("of the metric", "name (laws) or value (points) along the vertical axis"),
    "split": ("", "the axis that each value of has a fit of its own"),
    "split_value": ("", "its value"),
    "slope": ("1", "exponent of the fitted law"),
    "intercept": ("1", "log10 of the fitted law at x = 1"),
    "points": ("1", "points that were fitted, or judged"),
    "x_low": ("of x", "least x that was fitted"),
    "x_high": ("of x", "largest x that was fitted"),
    "expected": ("1", "what the suite expects: a slope, or a claim in words"),
    "tolerance": ("1", "how far the slope may be from it"),
    "scale": ("of y", "factor of the declared law"),
    "axes": ("", "JSON: the case's axes"),
    "point": ("", "JSON: the axes of the point"),
    "point_text": ("", "the point in words"),
    "evidence": ("", "JSON: the comparisons that the verdict rests on"),
    "margin": ("of the metric", "difference that counts as none"),
    "supported": ("1", "points at which the hypothesis is supported"),
    "rejected": ("1", "points at which it is rejected"),
    "unclear": ("1", "points (or settings) at which it cannot be told"),
    "nothing": ("1", "points at which there is nothing to explain"),
    "draws": ("1", "values that the interval rests on"),
    "steps": ("1", "steps until the target"),
    "steps_low": ("1", "lower bound of steps"),
    "steps_high": ("1", "upper bound of steps"),
    "step_seconds": ("s", "time per step"),
    "step_low": ("s", "lower bound of step_seconds"),
    "step_high": ("s", "upper bound of step_seconds"),
    "seconds_low": ("s", "lower bound of seconds"),
    "seconds_high": ("s", "upper bound of seconds"),
    "reached": ("1", "seeds that reached the target"),
    "seeds": ("1", "seeds in all"),
    "peak_tensor_bytes": ("B", "most bytes of tensors alive at once"),
    "formula": ("FLOP", "FLOPs by the workload's formula"),
    "dispatch": ("FLOP", "FLOPs by torch's dispatch counter"),
    "fvcore": ("FLOP", "FLOPs by fvcore"),
    "sources": ("1", "sources that gave a number"),
    "spread": ("1", "largest relative difference between them"),
    "agree": ("", "whether they agree within 1 %"),
    "zero": ("", "whether a counter gave 0"),
    "tensor": ("", "which result of the workload"),
    "max_abs": ("of the tensor", "largest absolute error"),
    "rel_l2": ("1", "relative L2 error"),
    "cosine": ("1", "cosine similarity"),
    "zeros": ("1", "share of exact zeros"),
    "nonfinite": ("1", "share of values that are not finite"),
    "approximation": ("", "whether the workload is an approximation, whose error is no failure"),
    "part": ("", "which part of the whole"),
    "whole": ("of the metric", "value of the whole"),
    "share": ("1", "part over whole"),
    "check": ("1", "sum of all parts over the whole"),
    "scope": ("", "case: nothing of it has a value; metric: these metrics have none"),
    "metrics": ("", "which metrics have no value"),
    "cases": ("", "JSON: ids of the cases"),
    "source": ("", "who claims it"),
    "kind": ("", "crossover, ratio, order, slope, equality, share or value"),
    "found": ("", "what was measured, in words"),
    "facets": ("1", "settings in which the claim was judged"),
    "holds": ("1", "settings in which it holds"),
    "fails": ("1", "settings in which it fails"),
    "uncovered": ("", "what was not covered, and why"),
    "facet": ("", "JSON: the axes of the setting"),
    "facet_text": ("", "the setting in words"),
    "expected_low": ("of the value", "lower bound of what is expected"),
    "expected_high": ("of the value", "upper bound of what is expected"),
}
_BY_FILE = {
    ("replicates", "value"): ("s", "time per call: median of the samples of the process"),
    ("replicates", "samples"): ("1", "timed batches of this process"),
    ("seeds", "value"): ("of the row", "the workload's own number for this seed or draw"),
    ("seeds", "replicate"): ("1", "number of the seed (or draw)"),
    ("shares", "value"): ("of the metric", "value of the part: s, B or FLOP"),
    ("claims", "value"): ("of the metric", "what was measured; empty where there are several settings"),
    ("claim_points", "value"): ("of the metric", "what was measured in this setting"),
    ("targets", "seconds"): ("s", "time until the target"),
}


def described(source: Source, file: str, column: str) -> tuple[str, str]:
    """Unit and meaning of a column; an axis of the suite says so."""
    found = _BY_FILE.get((file, column)) or COLUMNS.get(column)
    if column in source.view.axes and (found is None or (file, column) not in _BY_FILE):
        return "of the suite", f"axis of the suite: {source.view.axis_word(column)}"
    return found or ("", "not described: see the documentation of the analysis")


def dictionary(sources: Iterable[Source]) -> str:
    """The text of ``data/dictionary.md``."""
    lines = [
        "# Data dictionary", "",
        "Every file is there as CSV (UTF-8, RFC 4180, an empty cell where there is no value) and as Parquet with the "
        "same columns. Numbers are in the unit given; unit 1 is a plain number, and a column without a unit holds "
        "words. `run.json` has the suite, the command, seeds, versions and the machine; `suite.toml` is the suite as "
        "it was read.",
    ]  # fmt: skip
    for source in sources:
        for name, frame in frames(source).items():
            lines += ["", f"## {source.folder}/{name}", "", f"{FILES.get(name, '')} {counted(len(frame), 'row')}.", ""]
            lines += ["| column | unit | meaning |", "| --- | --- | --- |"]
            for column in frame.columns:
                unit, meaning = described(source, name, str(column))
                lines.append(f"| {markdown(str(column))} | {markdown(unit)} | {markdown(meaning)} |")
    return "\n".join(lines) + "\n"
