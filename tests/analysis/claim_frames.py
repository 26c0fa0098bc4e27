"""Claims and the frames they are judged by, from plain numbers."""

from __future__ import annotations

from typing import Any

from bench.analysis.claims import Claims, judge_claims
from tests.analysis.frames import Bench, meta, question


def claim(kind: str, spec: dict[str, Any], metric: str = "time", name: str = "c", **where: Any) -> dict[str, Any]:
    """A claim as ``run.json`` has it."""
    declared = {"id": name, "text": "It is so.", "source": "Someone 2021", "metric": metric, "where": where}
    return {**declared, kind: spec}


def judge(bench: Bench, *claims: dict[str, Any], axes: dict[str, list[Any]] | None = None, **rest: Any) -> Claims:
    """Judge claims by what a bench collected; the axes' values are those of its rows unless given."""
    found: dict[str, list[Any]] = {
        axis: list(dict.fromkeys(row[axis] for row in bench.rows if row[axis] is not None)) for axis in bench.axes
    }
    suite = {"crossovers": question(("sdpa",), ("naive", "sdpa")), "claims": list(claims), **rest}
    device, preset = suite.pop("device", None), suite.pop("preset", None)
    about = meta({**found, **(axes or {})}, suite.pop("crossovers"), **suite)
    about |= {"device": device, "preset": preset}
    return judge_claims(about, bench.measurements, bench.replicates, bench.outcomes)


def only(claims: Claims) -> dict[str, Any]:
    """The row of the only claim."""
    (row,) = claims.claims.to_dict("records")
    return row


def exact_crossing(lengths: tuple[int, ...], at: float = 64, hidden: int | None = None) -> Bench:
    """FLOPs of linear / SDPA are ``at`` / n."""
    bench = Bench("kernel", "n", *(["hidden"] if hidden else []))
    more = {"hidden": hidden} if hidden else {}
    for n in lengths:
        bench.exact("flops_formula", 4.0 * n * n, kernel="sdpa", n=n, **more)
        bench.exact("flops_formula", 4.0 * n * at, kernel="linear", n=n, **more)
    return bench
