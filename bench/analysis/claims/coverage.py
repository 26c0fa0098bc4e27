"""What a claim's verdict does not cover, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench.analysis.claims.points import Gap, Judged
from bench.analysis.claims.run import ClaimRun
from bench.analysis.tables import family, plain
from bench.analysis.wording import value_words

#: Gaps, and facets of one gap, that are told one by one; of more the first ones are, and how many others there are.
_MOST = 3
#: Longer reasons are cut; the table of failures has all of them.
_LONGEST = 80


def uncovered(claim: Mapping[str, Any], judged: Judged, run: ClaimRun) -> str:
    """One line: whether the run came first, the device, values of axes that this run does not have, and what was asked
    for and has no value.

    Empty where nothing is missing.
    """
    parts = ["declared after the run was measured"] if run.meta["suite"].get("claims_later") else []
    # What is counted is the same on every device.
    if str(run.meta.get("device") or "") == "cpu" and family(str(claim["metric"])) != "flops":
        parts.append("no GPU: measured on the CPU only")
    absent = _absent(claim, judged, run)
    if absent:
        preset = f" (preset {run.meta['preset']})" if run.meta.get("preset") else ""
        parts.append(f"{' and '.join(absent)}: not in this run{preset}")
    gaps = _gaps(judged.gaps, absent)
    parts += gaps[: _MOST + 1] if len(gaps) <= _MOST + 1 else [*gaps[:_MOST], f"and {len(gaps) - _MOST} more"]
    told = " ".join(gap.what for gap in judged.gaps)
    parts += [limit for limit in dict.fromkeys(judged.limits) if limit not in told]
    if not judged.points and not absent and not gaps:
        parts.append("no case of this run meets its conditions")
    return "; ".join(parts)


def _absent(claim: Mapping[str, Any], judged: Judged, run: ClaimRun) -> list[str]:
    """Values that the claim names and no case of the run has."""
    wanted = list(judged.named)
    for axis, spec in claim["where"].items():
        if not isinstance(spec, Mapping):
            values = spec if isinstance(spec, list | tuple) else [spec]
            # Of a list one value is enough.
            if not any(plain(value) in run.seen.get(axis, ()) for value in values):
                wanted += [(axis, value) for value in values]
    missing = [(axis, value) for axis, value in wanted if plain(value) not in run.seen.get(axis, ())]
    return list(dict.fromkeys(value_words(axis, value, run.labels) for axis, value in missing))


def _gaps(gaps: Sequence[Gap], absent: Sequence[str]) -> list[str]:
    """One line for each thing that lacks a value for one reason, with the facets in which it does."""
    found: dict[tuple[str, str], list[str]] = {}
    for gap in gaps:
        # Values that no case has are told already.
        if gap.what not in absent:
            found.setdefault((gap.what, _short(gap.why)), []).append(gap.facet)
    lines = []
    for (what, why), facets in found.items():
        names = [name for name in dict.fromkeys(facets) if name]
        more = f"; and {len(names) - _MOST} more" if len(names) > _MOST + 1 else ""
        where = f" ({'; '.join(names[:_MOST] if more else names)}{more})" if names else ""
        lines.append(f"{what or 'no value'}: {why}{where}")
    return lines


def _short(why: str) -> str:
    """A reason without the numbers of a single case."""
    if why.startswith("over budget"):
        return "over budget"
    return why if len(why) <= _LONGEST else f"{why[: _LONGEST - 1].rstrip()}…"
