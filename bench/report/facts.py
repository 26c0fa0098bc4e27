"""How a run was measured, on what, and what it takes to repeat it: facts in words, from ``run.json``."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from bench.analysis.summary import Analysis
from bench.report import units
from bench.report.table import Table, plain_number, simple, text
from bench.report.view import View
from bench.suite.model import HERE

Fact = tuple[str, str]


def method_facts(view: View, analysis: Analysis) -> list[Fact]:
    """How it was measured and how noisy that was."""
    measure = view.suite.get("measure") or {}
    noise, counts = analysis.noise, analysis.coverage
    facts = [("cases", _cases(analysis))]
    if counts.missing:
        facts.append(("not reached", f"{counts.missing} of {counts.planned} planned cases"))
    if noise.cases:
        least, middle, most = noise.replicates
        facts += [
            ("processes per case", f"{least} to {most}, median {units.number(middle)}" if least < most else str(least)),
            ("interval of times", f"{_percent(measure.get('level'))} confidence, half-width "
             f"± {units.percent(noise.half_width)} in the median" if units.known(noise.half_width)
             else "none: one process per case"),
            *([("resolution", resolution["quote"])] if (resolution := view.meta.get("resolution")) else []),
            ("noisy times", f"{noise.noisy} of {noise.cases} ({units.percent(noise.share)})"),
            ("stopped by", ", ".join(f"{cause}: {count}" for cause, count in noise.stopped.items()) or "unknown"),
        ]  # fmt: skip
    if imported := view.meta.get("imported"):
        tool = f"{imported['tool']} {imported['version']}"
        measured = f"{tool}; its file does not say how it warmed up and when it stopped"
        return [*facts, ("measured by", measured)]
    facts += [
        ("stop rule", _stop_rule(view, measure)),
        ("samples", f"at least {measure.get('samples', '?')} per process, each a batch of at least "
         f"{_seconds(measure.get('sample_s'))}, after a warm-up of at most {_seconds(measure.get('warmup_s'))}"),
        *_outcome_fact(measure),
        ("the same in every case", view.fixed_words() or "nothing"),
        ("passes", f"{', '.join(measure.get('metrics') or ())}; each by itself, so that no meter slows another"),
    ]  # fmt: skip
    return facts


def _stop_rule(view: View, measure: Mapping[str, Any]) -> str:
    compare = view.suite.get("compare")
    if not compare:
        return (
            f"{_range(measure.get('replicates') or ('?', '?'))} fresh processes, until the interval is within "
            f"± {_percent(measure.get('target'))} or {_seconds(measure.get('budget_s'))} are spent on the case"
        )
    baseline = view.subject_word(str(compare["baseline"]))
    return (
        f"{_range(compare['pairs'])} pairs of fresh processes, side by side with {baseline}, until the comparison is "
        f"decided at {_percent(compare['level'])} confidence (the same: within ±{_percent(compare['band'])}) or "
        f"{_seconds(compare['budget_s'])} are spent on a case; what looks changed or unclear is measured again before "
        "it is called changed"
    )


def _outcome_fact(measure: Mapping[str, Any]) -> list[Fact]:
    """How often a workload was asked for its own numbers, where it was."""
    if "outcome" not in (measure.get("metrics") or ()):
        return []
    seeds = int(measure.get("seeds") or 1)
    return [("outcomes", f"{seeds} seeds, each in a fresh process" if seeds > 1 else "one process; intervals over its "
             "draws of inputs")]  # fmt: skip


def _cases(analysis: Analysis) -> str:
    counts = analysis.coverage
    parts = [
        (counts.ok, "complete"),
        (counts.partial, "in part"),
        (counts.failed, "failed"),
        (counts.skipped, "left out"),
    ]
    return f"{counts.cases}: " + ", ".join(f"{count} {word}" for count, word in parts if count)


def machine_facts(meta: Mapping[str, Any]) -> list[Fact]:
    """The machine, flattened: nested keys read ``gpu name``."""
    return [("device", str(meta.get("device", "unknown"))), *_flat(meta.get("machine") or {})]


def software_facts(meta: Mapping[str, Any]) -> list[Fact]:
    """Versions, and what differs from them in each other installation that was measured."""
    own = meta.get("software") or {}
    bench = ("bench", str(meta.get("bench_version", "unknown")))
    facts = [bench, *(fact for fact in _flat(own) if fact != bench)]
    for name, one in (meta.get("installations") or {}).items():
        if name == HERE:
            continue
        here = dict(_flat(own))
        other = [(key, value) for key, value in _flat(one.get("software") or {}) if here.get(key) != value]
        parts = [f"{key} {value}" for key, value in (*_flat(one.get("record") or {}), *other)]
        facts.append((f"installation {name}", "; ".join(parts) or "as here"))
    return facts


def provenance_facts(meta: Mapping[str, Any]) -> list[Fact]:
    """Everything needed to repeat the run."""
    suite, git, workload = meta["suite"], meta.get("git"), meta.get("workload") or {}
    facts = [
        ("run", str(meta.get("run_id", "unknown"))),
        ("command", shlex.join(str(part) for part in meta.get("command") or ())),
        ("seed", str(meta.get("seed", "unknown"))),
        # The folders above it are the author's own business.
        ("suite", f"{suite['name']} ({PurePath(str(suite.get('path', 'unknown file'))).name})"),
        ("preset", str(meta.get("preset") or "none")),
        ("started", str(meta.get("started", "unknown"))),
        ("finished", str(meta.get("finished") or ("interrupted" if meta.get("interrupted") else "not yet"))),
    ]
    if meta.get("overrides"):
        facts.append(("overrides", "; ".join(f"{k} = {v}" for k, v in meta["overrides"].items())))
    if meta.get("where"):
        facts.append(("where", "; ".join(str(rule) for rule in meta["where"])))
    if later := suite.get("claims_later"):
        facts.append(("claims", f"declared after the run, in {later['file']} (sha256 {later['sha256'][:16]})"))
    facts.append(("workload", f"{suite.get('workload', '')} (sha256 {str(workload.get('sha256', 'unknown'))[:16]})"))
    if git:
        dirty = ", with uncommitted changes" if git.get("dirty") else ", clean"
        facts.append(("git", f"{git.get('commit', 'unknown')}{dirty}"))
    else:
        facts.append(("git", "not a checkout"))
    if meta.get("timing"):
        words = {"wall_s": "wall", "start_s": "starting", "passes_s": "other passes", "warmup_s": "warm-up",
                 "sampling_s": "samples"}  # fmt: skip
        spent = [f"{words.get(k, k)} {units.duration(v)}" for k, v in meta["timing"].items() if units.known(v)]
        facts.append(("time spent", ", ".join(spent)))
    return facts


def noise_rows(view: View, analysis: Analysis) -> Table | None:
    """The cases whose times are least certain: the noisy ones, or the widest where none is flagged."""
    frame = analysis.quality
    if frame.empty:
        return None
    noisy = frame[frame["noisy"]]
    chosen = noisy if not noisy.empty else frame[frame["case"].isin(list(analysis.noise.worst))]
    chosen = chosen.sort_values("half_width", ascending=False, kind="stable")
    axes = [axis for axis in (view.main_axis, *view.facet_axes) if axis is not None]
    rows = []
    for row in chosen.head(20).to_dict("records"):
        width = row["half_width"]
        rows.append(
            [
                text(", ".join([view.subject_word(row["subject"]), *(view.value_word(a, row[a]) for a in axes)])),
                plain_number(width, f"± {units.percent(width)}") if units.known(width) else text("no interval", "warn"),
                plain_number(row["median_over_min"], units.ratio(row["median_over_min"]))
                if units.known(row["median_over_min"])
                else text("unknown", "quiet"),
                plain_number(row["replicates"]),
                plain_number(row["cpu_pressure"], units.percent(row["cpu_pressure"]))
                if units.known(row["cpu_pressure"])
                else text("unknown", "quiet"),
                text(row["notes"] or ("noisy" if row["noisy"] else "")),
            ]
        )
    sure = bool(chosen["half_width"].map(units.known).any())
    title = "Noisy times" if not noisy.empty else "Widest intervals" if sure else "Spread of the samples"
    more = f" The first 20 of {len(chosen)}; all are in tables/quality.csv." if len(chosen) > 20 else ""
    told = "Relative half-width of the interval, median" if sure else "Times of one process have no interval. Median"
    caption = (
        f"{told} over minimum of samples, and CPU pressure: the share of the time in which something had to wait for a "
        f"processor.{more}"
    )
    heads = ("case", "half-width", "median / min", "processes", "CPU pressure", "notes")
    return simple("noise", title, caption, heads, rows)


def _flat(data: Mapping[str, Any], before: str = "") -> list[Fact]:
    facts: list[Fact] = []
    for key, value in data.items():
        # The names of environment variables stay as they are set.
        name = f"{before} {key if str(key).isupper() else str(key).replace('_', ' ')}".strip()
        if isinstance(value, Mapping):
            facts += _flat(value, name)
        elif str(key).endswith("_bytes") and units.known(value):
            facts.append((name.removesuffix(" bytes"), units.quantity(value, "B")))
        elif isinstance(value, list | tuple):
            facts.append((name, ", ".join(str(item) for item in value) or "none"))
        else:
            word = ("yes" if value else "no") if isinstance(value, bool) else str(value)
            facts.append((name.removesuffix(" bytes"), "unknown" if value is None else word))
    return facts


def _range(bounds: Sequence[object]) -> str:
    return str(bounds[0]) if bounds[0] == bounds[1] else f"{bounds[0]} to {bounds[1]}"


def _percent(value: object) -> str:
    return f"{100 * value:g} %" if isinstance(value, int | float) else "?"


def _seconds(value: object) -> str:
    return units.quantity(value, "s") if isinstance(value, int | float) else "? s"
