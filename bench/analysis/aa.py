"""What a run that measured every case against itself says of this machine: false alarms, and the least change found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from bench.analysis.aa_pairs import Numbers, Pairs, pairs_of
from bench.analysis.aa_power import POWERS, detectable, detectable_apart, draw, protocol
from bench.analysis.aa_replay import (
    Rate,
    Replayed,
    last_pair,
    rate,
    replay,
    replay_apart,
    replay_fixed,
    tally,
)
from bench.analysis.tables import build, plain, rows_of
from bench.suite.model import Compare

#: A between-process effect is tried out that is so many times as wide as the spread inside a process.
SHAKEN = 3.0

#: Numbers of pairs tried: the least of a comparison, doubled so often.
DOUBLINGS = 4

_VERDICTS = ("slower", "faster", "same", "unclear")
_KEYS = [f"{power:.0%}".rstrip("%") for power in POWERS]
_CASE_COLUMNS = {
    "case": "object",
    "recorded": "int64",
    "comparisons": "int64",
    **dict.fromkeys(_VERDICTS, "int64"),
    "ratio": "float64",
    "pairs": "float64",
    "seconds": "float64",
    "noise": "float64",
    "within": "float64",
    "most_pairs": "int64",
    **dict.fromkeys([f"detect_{key}" for key in _KEYS], "float64"),
    "shaken_comparisons": "int64",
    **dict.fromkeys([f"shaken_{name}" for name in _VERDICTS], "int64"),
}
_SIZE_COLUMNS = {
    "case": "object",
    "pairs": "int64",
    "comparisons": "int64",
    "slower": "int64",
    "faster": "int64",
    **dict.fromkeys([f"detect_{key}" for key in _KEYS], "float64"),
    "apart_comparisons": "int64",
    "apart_slower": "int64",
    "apart_faster": "int64",
    **dict.fromkeys([f"apart_{key}" for key in _KEYS], "float64"),
}


@dataclass(frozen=True)
class SelfComparison:
    """Every case against itself, or against itself with a known slowdown.

    Attributes:
        compare: The settings of the comparisons that were tried out.
        inject: Share by which the second copy was slowed; 0 where the two are the same.
        cases: One row a case: ``case``, ``recorded`` pairs, ``comparisons`` replayed from them and how many ended
            ``slower, faster, same, unclear``; the median ``ratio``; ``pairs`` and ``seconds`` of a comparison on
            average; ``noise``, the robust standard deviation of a pair's log ratio, and ``within``, that of samples
            inside a process; ``most_pairs`` the budget allows; the least slowdowns found, ``detect_80`` and
            ``detect_95`` (shares of the time, infinity for none); ``shaken_…``: the same comparisons with a further
            effect of each process.
        sizes: One row a case and number of pairs: comparisons looked at once (``comparisons, slower, faster``), the
            least slowdowns found with at most so many pairs, and ``apart_…``: the same of processes that were
            measured half a run apart.
    """

    compare: Compare
    inject: float
    cases: pd.DataFrame
    sizes: pd.DataFrame

    def rate(self, *verdicts: str, shaken: bool = False) -> Rate:
        """How many comparisons of all cases together ended with one of some verdicts."""
        before = "shaken_" if shaken else ""
        count = int(self.cases[[f"{before}{name}" for name in verdicts]].to_numpy().sum())
        return rate(count, int(self.cases[f"{before}comparisons"].sum()))

    def size_rate(self, pairs: int, *verdicts: str, apart: bool = False) -> Rate:
        """The same of comparisons of one size, looked at once, side by side or apart."""
        before = "apart_" if apart else ""
        part = self.sizes[self.sizes["pairs"] == pairs]
        count = int(part[[f"{before}{name}" for name in verdicts]].to_numpy().sum())
        return rate(count, int(part[f"{before}comparisons"].sum()))

    def resolution(self, power: float) -> float:
        """The least slowdown found with that power, in the median over cases; NaN without any."""
        found = self.cases[_key("detect", power)]
        return float(found.median()) if len(found) else math.nan


def analyse_aa(
    replicates: pd.DataFrame, samples: pd.DataFrame, compare: Compare, *, inject: float = 0.0, seed: int = 0
) -> SelfComparison:
    """Replay comparisons over the recorded pairs and work out what they can find.

    Args:
        replicates: Rows of processes, see :func:`~bench.analysis.aa_pairs.pairs_of`.
        samples: Rows of samples.
        compare: The settings of the comparisons.
        inject: Share by which the second copy was slowed.
        seed: Of the drawn blocks and of the offsets of the further effect.
    """
    cases, sizes = [], []
    for place, pairs in enumerate(pairs_of(replicates, samples)):
        random = np.random.default_rng([seed, place])
        wanted = [compare.pairs[0] << doubling for doubling in range(DOUBLINGS + 1)]
        wanted = [count for count in wanted if count <= len(pairs.logs)]
        # The same blocks for all protocols: where two of them are alike, so is what they find.
        blocks = draw(_centred(pairs).differences, pairs.servers, max([*wanted, compare.pairs[1]]), random)
        cases.append(_case(pairs, compare, blocks, random))
        sizes += [_size(pairs, compare, count, blocks, random) for count in wanted]
    return SelfComparison(compare, inject, build(cases, _CASE_COLUMNS), build(sizes, _SIZE_COLUMNS))


def _case(pairs: Pairs, compare: Compare, blocks: Numbers, random: np.random.Generator) -> dict[str, Any]:
    found = replay(pairs, compare)
    shaken = replay(pairs.shaken(SHAKEN, random), compare) if pairs.within > 0 else []
    most = compare.pairs[1]
    last = last_pair(np.tile(pairs.spent_s.mean(axis=0), (most, 1)), compare)
    least = detectable(blocks, protocol(compare, last=last), compare.band, pairs.pools)
    return {
        "case": pairs.case,
        "recorded": len(pairs.logs),
        "comparisons": len(found),
        **_counts(found, ""),
        "ratio": math.exp(float(np.median([one.log for one in found]))) if found else math.nan,
        "pairs": _mean([one.pairs for one in found]),
        "seconds": _mean([one.seconds for one in found]),
        "noise": _robust(pairs),
        "within": pairs.within,
        "most_pairs": last,
        **{_key("detect", power): value for power, value in zip(POWERS, least, strict=True)},
        "shaken_comparisons": len(shaken),
        **_counts(shaken, "shaken_"),
    }


def _size(pairs: Pairs, compare: Compare, count: int, blocks: Numbers, random: np.random.Generator) -> dict[str, Any]:
    level, band = compare.level, compare.band
    once = replay_fixed(pairs, count, level, band)
    apart = replay_apart(pairs, count, level, band) if count <= pairs.pools else []
    least = detectable(blocks, protocol(compare, count), band, pairs.pools)
    far = (math.nan,) * len(POWERS)
    # Two runs made one after the other have a server for each process; so a stretch must be no longer than the pool.
    if 2 * count <= len(pairs.logs) and count <= pairs.pools:
        far = detectable_apart(_centred(pairs), count, level, band, random)
    return {
        "case": pairs.case,
        "pairs": count,
        "comparisons": len(once),
        "slower": tally(once, "slower"),
        "faster": tally(once, "faster"),
        **{_key("detect", power): value for power, value in zip(POWERS, least, strict=True)},
        "apart_comparisons": len(apart),
        "apart_slower": tally(apart, "slower"),
        "apart_faster": tally(apart, "faster"),
        **{_key("apart", power): value for power, value in zip(POWERS, far, strict=True)},
    }


def summary(result: SelfComparison, meta: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept with the machine and quoted by later reports, as plain JSON: numbers that are not finite are null.

    Args:
        result: The analysis.
        meta: ``run.json`` of the run.
    """
    changed, shaken = result.rate("slower", "faster"), result.rate("slower", "faster", shaken=True)
    return {
        "format": 1,
        "started": meta.get("started"),
        "run_id": meta.get("run_id"),
        "suite": str(meta["suite"]["name"]),
        "device": meta.get("device"),
        "bench_version": meta.get("bench_version"),
        "software": meta.get("software"),
        "inject": result.inject,
        "compare": {**asdict(result.compare), "pairs": list(result.compare.pairs)},
        "cases": len(result.cases),
        "changed": _rate_data(changed),
        "slower": _rate_data(result.rate("slower")),
        "faster": _rate_data(result.rate("faster")),
        "same": _rate_data(result.rate("same")),
        "unclear": _rate_data(result.rate("unclear")),
        "shaken_changed": _rate_data(shaken),
        **{_key("resolution", power): _finite(result.resolution(power)) for power in POWERS},
    }


def frame_data(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame as plain JSON."""
    return [{name: _finite(value) for name, value in row.items()} for row in rows_of(frame)]


def varying(axes: Mapping[str, Sequence[Any]], cases: Sequence[Mapping[str, Any]], leave_out: str) -> list[str]:
    """The axes in which some cases differ, in declared order."""
    return [axis for axis in axes if axis != leave_out and len({plain(case.get(axis)) for case in cases}) > 1]


def _key(name: str, power: float) -> str:
    return f"{name}_{100 * power:.0f}"


def _counts(found: Sequence[Replayed], before: str) -> dict[str, int]:
    return {
        f"{before}slower": tally(found, "slower"),
        f"{before}faster": tally(found, "faster"),
        f"{before}same": tally(found, "same"),
        f"{before}unclear": tally(found, "unclear"),
    }


def _centred(pairs: Pairs) -> Pairs:
    """The pairs without the difference that was injected, or that the copies happened to have."""
    return replace(pairs, logs=pairs.logs - np.array([0.0, np.median(pairs.differences)]))


def _robust(pairs: Pairs) -> float:
    """Standard deviation of the differences by their quartiles, which a few wild pairs do not move."""
    low, high = np.quantile(pairs.differences, (0.25, 0.75))
    return float(high - low) / 1.349


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else math.nan


def _rate_data(found: Rate) -> dict[str, Any]:
    return {name: _finite(value) for name, value in asdict(found).items()}


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
