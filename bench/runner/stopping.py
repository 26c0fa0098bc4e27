"""When the rounds of a group end: at intervals narrow enough, or once every comparison is decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bench.analysis.decision import decided, looks, paired_differences, paired_effect, shares
from bench.analysis.intervals import geometric_interval, relative_half_width
from bench.runner.timed import Timed
from bench.suite.model import Compare, Measure

#: Why a case was measured no further whose baseline failed or is not there.
_ALONE = "nothing to compare with"


class StopRule(Protocol):
    """Decides before each round which cases take part in it."""

    def due(self, rounds: int) -> list[Timed]:
        """The cases to measure after so many rounds; none ends the group."""

    def close(self) -> None:
        """Note in each case why it stopped."""


def exhausted(one: Timed, measure: Measure, least: int) -> bool:
    """Whether a case has ``least`` replicates and has used up its budget."""
    return len(one.replicates) >= least and one.spent_s >= measure.budget_s


class WidthRule:
    """Rounds go on until the interval of each time is narrow enough, or its case's budget is spent."""

    def __init__(self, timed: Sequence[Timed], measure: Measure) -> None:
        self._timed = timed
        self._measure = measure

    def due(self, rounds: int) -> list[Timed]:
        """All cases that have not failed or used up their budget, while one of them is not precise enough."""
        active = [one for one in self._timed if one.failure is None and not self._exhausted(one)]
        done = rounds >= self._measure.replicates[0] and all(self._met(one) for one in active)
        return [] if done else active

    def close(self) -> None:
        """Target, budget, or the most replicates."""
        for one in self._timed:
            if self._met(one):
                one.stopped = "target"
            elif self._exhausted(one):
                one.stopped = "budget"

    def _exhausted(self, one: Timed) -> bool:
        return exhausted(one, self._measure, self._measure.replicates[0])

    def _met(self, one: Timed) -> bool:
        if len(one.replicates) < self._measure.replicates[0]:
            return False
        interval = geometric_interval([replicate.value for replicate in one.replicates], self._measure.level)
        return relative_half_width(interval) <= self._measure.target


@dataclass
class _Comparison:
    new: Timed
    old: Timed
    open: bool = True
    look: int = 0
    share: float = 1.0
    stopped: str = "most replicates"


class PairRule:
    """Rounds go on until every comparison with the baseline is decided, or has used up its pairs or its budget.

    What looks the same at the first look is done; what looks changed, or unclear, is measured again: every comparison
    gets its second look, whatever its budget. The share of the error that the last look could spend goes into the rows,
    so that the analysis can repeat the judgement.
    """

    def __init__(self, timed: Sequence[Timed], measure: Measure, compare: Compare, subject: str) -> None:
        self._timed = timed
        self._measure = measure
        self._compare = compare
        self._looks = looks(*compare.pairs)
        self._shares = shares(self._looks)
        self._pairs = [
            _Comparison(one, other)
            for one in timed
            for other in timed
            if one.case.subject != compare.baseline
            and other.case.subject == compare.baseline
            and _without(one, subject) == _without(other, subject)
        ]

    def due(self, rounds: int) -> list[Timed]:
        """The sides of every open comparison; at the beginning also cases that have no one to be compared with."""
        for pair in self._pairs:
            if pair.open:
                self._look(pair)
        least = self._measure.replicates[0]
        wanted = [side for pair in self._pairs if pair.open for side in (pair.new, pair.old)]
        return [one for one in self._timed if one.failure is None and (one in wanted or rounds < least)]

    def close(self) -> None:
        """Decided, budget, or the most replicates; the baseline stops with the last of its comparisons."""
        compared = [side for pair in self._pairs for side in (pair.new, pair.old)]
        for one in self._timed:
            if one not in compared:
                one.stopped = _ALONE
        for pair in self._pairs:
            pair.new.stopped = pair.stopped
            if pair.old.stopped in ("most replicates", "decided"):
                pair.old.stopped = pair.stopped
            if pair.look:
                pair.new.comparison = {
                    "baseline": pair.old.case.id,
                    "look": pair.look,
                    "looks": list(self._looks),
                    "share": pair.share,
                }

    def _look(self, pair: _Comparison) -> None:
        sides = (pair.new, pair.old)
        if any(side.failure is not None for side in sides):
            pair.open, pair.stopped = False, _ALONE
            return
        count = min(len(side.replicates) for side in sides)
        spent = any(exhausted(side, self._measure, self._compare.confirmed) for side in sides)
        due = self._looks[pair.look]
        if count < due and not spent:
            return
        pair.share = self._shares[pair.look]
        pair.look += 1
        new, old = ({replicate.number: replicate.value for replicate in side.replicates} for side in sides)
        servers = {replicate.number: replicate.server for replicate in pair.new.replicates}
        units = [servers[number] for number in sorted(new.keys() & old.keys())]
        effect = paired_effect(paired_differences(new, old), self._compare.level, pair.share, units)
        found = decided(effect, pair.look, self._compare.band, len(self._looks))
        if found is not None or spent or pair.look == len(self._looks):
            pair.open = False
            pair.stopped = "decided" if found else "budget" if spent else "most replicates"


def _without(one: Timed, subject: str) -> dict[str, object]:
    return {axis: value for axis, value in one.case.axes.items() if axis != subject}
