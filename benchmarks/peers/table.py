"""The Markdown table of what was found, as measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from scipy import stats

from benchmarks.peers.compared import CHANGED, Tool
from benchmarks.peers.store import Results

#: Confidence of the intervals of rates.
LEVEL = 0.95


def clopper_pearson(found: int, trials: int, level: float = LEVEL) -> tuple[float, float]:
    """Exact confidence interval of a rate (Clopper & Pearson 1934); the whole range where nothing was tried."""
    if trials == 0:
        return 0.0, 1.0
    interval = stats.binomtest(found, trials).proportion_ci(confidence_level=level, method="exact")
    return float(interval.low), float(interval.high)


def render(results: Results, tools: Mapping[str, Tool]) -> str:
    """The table, one row for each rule, and what it takes to read it."""
    changes = sorted(set(results.setup["changes"]))
    slower = [change for change in changes if change > 0]
    head = ["tool and rule"]
    if 0 in changes:
        head.append("alarms where nothing changed")
    head += [f"found at +{change} %" for change in slower]
    head += ["wrong direction"] if slower else []
    head += ["seconds of a comparison", "failed"]
    lines = [_row(head), "|---" * len(head) + "|"]
    for name in results.setup["tools"]:
        records = [record for record in results.comparisons if record["tool"] == name]
        lines += [
            _row([title, *_rates(records, rule, changes), *_cost(records)]) for rule, title in tools[name].rules.items()
        ]
    return "\n\n".join(["\n".join(lines), *_notes(results)])


def _rates(records: Sequence[Mapping[str, Any]], rule: str, changes: Sequence[int]) -> list[str]:
    """Cells of one rule: alarms, found at each change, wrong directions."""
    cells, wrong, trials = [], 0, 0
    for change in changes:
        verdicts = [
            record["verdicts"][rule] for record in records if record["change"] == change and not record["failed"]
        ]
        wanted = CHANGED if change == 0 else ("slower",)
        cells.append(_rate(sum(verdict in wanted for verdict in verdicts), len(verdicts)))
        if change > 0:
            wrong += verdicts.count("faster")
            trials += len(verdicts)
    return [*cells, f"{wrong} of {trials}"] if any(change > 0 for change in changes) else cells


def _rate(found: int, trials: int) -> str:
    if trials == 0:
        return "–"
    low, high = clopper_pearson(found, trials)
    return f"{_percent(found / trials)} ({_percent(low)}–{_percent(high)}), {found} of {trials}"


def _percent(share: float) -> str:
    """Two digits where they matter: below 10 % and above 90 % rates are told apart by tenths."""
    return f"{100 * share:.0f} %" if 0.1 <= share <= 0.9 or share in (0, 1) else f"{100 * share:.1f} %"


def _cost(records: Sequence[Mapping[str, Any]]) -> list[str]:
    seconds = [record["seconds"] for record in records if not record["failed"]]
    failed = sum(bool(record["failed"]) for record in records)
    return [f"{median(seconds):.1f} (to {max(seconds):.1f})" if seconds else "–", str(failed) if failed else "0"]


def _notes(results: Results) -> list[str]:
    setup, records = results.setup, results.comparisons
    if not records:
        return ["Nothing was measured yet."]
    rounds = len({record["round"] for record in records})
    versions = ", ".join(f"{name} {version}" for name, version in setup["versions"].items())
    machine = setup["machine"]
    start_s, call_s = (median(cost[name] for cost in results.costs) for name in ("start_s", "call_s"))
    notes = [
        f"Rates with their {100 * LEVEL:g} % Clopper–Pearson intervals; {len(records)} comparisons in {rounds} rounds, "
        f"budget {setup['budget_s']:g} s of wall time for a comparison by any tool, seed {setup['seed']}.",
        f"{_minute(records[0])} to {_minute(records[-1])} UTC on {machine['cores']} cores of {machine['cpu']}; "
        f"load average {median(record['load'] for record in records):.1f} in the median, the tools' own included. "
        f"A process that imports torch took {start_s:.2f} s, a call of the work {1e3 * call_s:.2f} ms (medians).",
        f"Versions: {versions}.",
    ]
    shares = [record["settings"]["work_share"] for record in records if record["tool"] == "hyperfine"]
    if shares:
        share = median(shares)
        notes.append(
            f"hyperfine times whole commands, of which the start of Python and torch is {100 * (1 - share):.0f} %: "
            f"of 5 % more work it can see {5 * share:.1f} %."
        )
    told = [_told(records, change) for change in sorted(set(setup["changes"])) if "crossover" in setup["tools"]]
    if any(told):
        notes.append(
            "Where crossover reports no change, it says which of two it is: " + "; ".join(filter(None, told)) + "."
        )
    reasons = sorted(
        {f"{record['tool']}: {record['failed'].splitlines()[0]}" for record in records if record["failed"]}
    )
    if reasons:
        notes.append("Failures: " + "; ".join(reasons) + ".")
    return notes


def _minute(record: Mapping[str, Any]) -> str:
    return str(record["started"])[:16].replace("T", " ")


def _told(records: Sequence[Mapping[str, Any]], change: int) -> str:
    """How often crossover showed that nothing that matters changed, and how often it could not tell."""
    verdicts = [
        record["verdicts"]["crossover"]
        for record in records
        if record["tool"] == "crossover" and record["change"] == change and not record["failed"]
    ]
    if not verdicts:
        return ""
    counts = f"`same` {verdicts.count('same')} and `unclear` {verdicts.count('unclear')} times of {len(verdicts)}"
    return f"{counts} at {'no change' if change == 0 else f'+{change} %'}"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
