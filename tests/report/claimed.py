"""A run with claims, in the shape run.json has them: every verdict, several points, a hostile text."""

from __future__ import annotations

from typing import Any

from tests.report.synthetic import HOSTILE, FakeRun, attention_run, hostile_run

_SOURCE = "Katharopoulos et al. 2020, https://arxiv.org/abs/2006.16236"


def claim(
    name: str, text: str, metric: str = "time", where: dict[str, Any] | None = None, **expected: Any
) -> dict[str, Any]:
    """One claim as ``run.json`` holds it."""
    return {"id": name, "text": text, "source": _SOURCE, "metric": metric, "where": where or {}, **expected}


#: Linear attention takes 90 µs + 4.6 µs n, the best standard kernel 10 µs + 23.4 ns n²: equal at n = 214; Performer,
#: 500 µs + 24 µs n, at n = 1046; where the allocator slows both challengers from n = 2048 on, nothing moves.
CLAIMS = [
    claim("linear-early", "Linear attention is faster from a few hundred tokens on.",
          crossover={"axis": "n", "subject": "linear", "baseline": "best standard", "within": [150.0, 300.0]}),
    claim("performer-never", "Performer never pays.", where={"allocator": "retain"},
          crossover={"axis": "n", "subject": "performer", "baseline": "best standard", "never": True}),
    claim("quadratic", "SDPA's FLOPs grow as n².", "flops", {"kernel": "sdpa"},
          slope={"axis": "n", "from": 64.0, "to": 8192.0, "equals": 2.0, "tolerance": 0.1}),
    claim("never-measured", "Linear attention is ten times faster at a million tokens.",
          ratio={"of": {"kernel": "linear"}, "to": {"kernel": "sdpa"}, "at": {"n": 1048576}, "below": 0.1}),
]  # fmt: skip


def claimed_run() -> FakeRun:
    """The attention run with claims of all three verdicts."""
    run = attention_run()
    run.meta["suite"]["claims"] = CLAIMS
    return run


def hostile_claims_run() -> FakeRun:
    """The hostile run with a claim whose text, source and subject are hostile too."""
    run = hostile_run()
    run.meta["suite"]["claims"] = [
        {**claim("hostile", f"{HOSTILE[0]} {HOSTILE[1]} {HOSTILE[2]} {HOSTILE[3]}",
                 ratio={"of": {"kernel": HOSTILE[0]}, "to": {"kernel": HOSTILE[4]}, "at": {}, "below": 0.9}),
         "source": HOSTILE[4]},
    ]  # fmt: skip
    return run


def hostile_ids_run() -> FakeRun:
    """Claims whose ids are hostile: two that an HTML id cannot tell apart, one that is the name of a table."""
    run = hostile_run()
    names = [*HOSTILE, "a&b-c%d#e$f{g}h~i^j\\k", "points"]
    run.meta["suite"]["claims"] = [
        {**claim(name, f"- {name}", where={"dtype": HOSTILE[number % 3]},
                 order={"axis": "n", "values": [64, 128], "at": {"kernel": name if name in HOSTILE else HOSTILE[4]}}),
         "source": f"{name} <img src=x onerror=alert(1)>"}
        for number, name in enumerate(names)
    ]  # fmt: skip
    return run
