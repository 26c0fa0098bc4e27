"""Comparisons made of numbers, for tests of how they are shown: every verdict, every change, hostile names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from bench.analysis.compare import Comparison
from bench.report.compare_words import Words
from bench.report.view import View
from tests.report import synthetic

NOTE = "the interval excludes 1, but not once all 40 times are accounted for"
COLUMNS = (
    "case", "subject", "n", "dtype", "metric", "unit", "old", "new", "ratio", "low", "high", "level", "p", "q",
    "count_old", "count_new", "method", "verdict", "look", "looks", "more_pairs", "more_s", "noisy", "note",
)  # fmt: skip


def row(subject: str, n: int, ratio: float, half: float, verdict: str, **rest: Any) -> dict[str, Any]:
    """One time row: the ratio with an interval of ``half`` on the log scale."""
    old = 1e-6 * n
    found: dict[str, Any] = {
        "case": f"attention/kernel={subject}/n={n}/dtype=float32", "subject": subject, "n": n, "dtype": "float32",
        "metric": "time", "unit": "s", "old": old, "new": old * ratio, "ratio": ratio,
        "low": ratio * math.exp(-half), "high": ratio * math.exp(half), "level": 0.99, "p": 1e-5, "q": 1e-4,
        "count_old": 24, "count_new": 24, "method": "signed ranks", "verdict": verdict, "look": 2, "looks": 3,
        "more_pairs": math.nan, "more_s": math.nan, "noisy": False, "note": "",
    }  # fmt: skip
    return {**found, **rest}


def exact(subject: str, n: int, metric: str, unit: str, old: float, new: float, verdict: str) -> dict[str, Any]:
    """One row of an exact metric."""
    ratio = new / old if old else math.nan
    return row(subject, n, ratio, 0.0, verdict, metric=metric, unit=unit, old=old, new=new, p=math.nan, q=math.nan,
               count_old=0, count_new=0, method="exact", look=None, looks=None)  # fmt: skip


def comparison(rows: Sequence[dict[str, Any]], **rest: Any) -> Comparison:
    """A comparison with these rows."""
    frames = {
        "changes": pd.DataFrame(rest.pop("changes", []), columns=["case", "change", "old", "new", "reason"]),
        "refused": pd.DataFrame(rest.pop("refused", []), columns=["case", "what", "old", "new"]),
    }
    slower = sum(one["verdict"] == "slower" for one in rows if one["metric"] == "time")
    texts: dict[str, Any] = {
        "old": "attention-20260101T120000-host",
        "new": "attention-20260102T120000-host",
        "conditions": ("Measured apart: what the machine did meanwhile is in the ratios, not in their intervals.",),
        "control": "At most 1 % of what is called slower or faster is expected to be neither.",
        "summary": (f"{slower} of {len(rows)} times slower.",),
        "level": 0.99,
        "band": 0.02,
        "paired": False,
        "subject": "kernel",
        "axes": ("n", "dtype"),
        **rest,
    }
    return Comparison(rows=pd.DataFrame(rows, columns=list(COLUMNS)), **frames, **texts)


def mixed_rows() -> list[dict[str, Any]]:
    """Slower, faster, unclear and same times, and exact metrics."""
    return [
        row("linear", 1024, 1.123, 0.018, "slower"),
        row("linear", 64, 1.0512, 0.0495, "slower"),
        row("sdpa", 1024, 0.91, 0.02, "faster"),
        row("sdpa", 64, 1.012, 0.04, "unclear", more_pairs=14.0, more_s=40.2),
        row("naive", 64, 1.03, 0.02, "unclear", note=NOTE, noisy=True),
        *(row("naive", n, 1.001, 0.008, "same") for n in (128, 256, 512, 1024)),
        exact("linear", 1024, "peak_tensor_bytes", "B", 2.0**20, 2.0**21, "slower"),
        exact("sdpa", 1024, "peak_tensor_bytes", "B", 2.0**20, 2.0**19, "faster"),
        exact("naive", 64, "flops_dispatch", "FLOP", 1e6, 1e6, "same"),
        exact("naive", 64, "error", "1", 1e-7, 1.5e-7, "same"),
    ]


CHANGES = [
    {"case": "attention/kernel=flex/n=64", "change": "added", "old": "", "new": "ok", "reason": ""},
    {"case": "attention/kernel=old/n=64", "change": "removed", "old": "ok", "new": "", "reason": ""},
    {"case": "attention/kernel=naive/n=8192", "change": "failed", "old": "ok", "new": "oom_host",
     "reason": "needs 4.0 GiB, 2.1 GiB are free"},
]  # fmt: skip
REFUSED = [{"case": "", "what": "source", "old": "ab12cd34", "new": "ef56ab78"}]


def mixed(**rest: Any) -> Words:
    """Everything at once, two runs apart."""
    given = {"changes": CHANGES, "refused": REFUSED, **rest}
    return words(comparison(mixed_rows(), **given))


def within() -> Words:
    """A run against another installation, side by side."""
    told = comparison(mixed_rows()[:9], old="torch==2.12.0", new="here", paired=True, subject="installation",
                      axes=("kernel", "n", "dtype"))  # fmt: skip
    rows = told.rows.assign(kernel=told.rows["subject"], subject="here")
    rows = rows[
        ["case", "subject", "kernel", *(name for name in rows.columns if name not in ("case", "subject", "kernel"))]
    ]
    return words(Comparison(**{**told.__dict__, "rows": rows}), subject="installation")


def many(count: int = 60) -> Words:
    """More rows than a figure or a table of the terminal holds, some of them extreme."""
    rows = [row("linear", 64 + n, 1.9 - n / 40, 0.03 + (2.0 if n == 7 else 0.0), "slower") for n in range(20)]
    rows += [row("sdpa", 64 + n, 1.0 + n / 1000, 0.05, "unclear", more_pairs=3.0) for n in range(count - 20)]
    return words(comparison(rows))


def hostile() -> Words:
    """Names that break HTML, LaTeX or Markdown where they are not escaped."""
    names = synthetic.HOSTILE
    rows = [
        row(name, 64, 1.1, 0.02, "slower", case=f"{name}/n=64", note=name, dtype=names[number - 1])
        for number, name in enumerate(names)
    ]
    changes = [{"case": name, "change": "failed", "old": name, "new": name, "reason": name} for name in names]
    refused = [{"case": name, "what": "source", "old": name, "new": name} for name in names]
    return words(comparison(rows, changes=changes, refused=refused, old=names[0], new=names[1], control=names[2],
                            summary=tuple(names), conditions=tuple(names)))  # fmt: skip


def empty() -> Words:
    """Nothing in common."""
    return words(comparison([], refused=REFUSED, summary=("Nothing was compared.",)))


def words(told: Comparison, **suite: Any) -> Words:
    """A comparison with the labels of the attention suite."""
    axes = {"kernel": list(synthetic.KERNELS), "n": list(synthetic.LENGTHS), "dtype": ["float32"]}
    meta = synthetic.meta(axes=axes, crossovers=[], **suite)
    return Words(View(meta, synthetic.attention_run().measurements), told)
