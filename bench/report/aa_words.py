"""What an A/A run found, in sentences, and what its cases are called."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from bench.analysis.aa import SHAKEN, SelfComparison, varying
from bench.analysis.aa_replay import RATE_LEVEL, Rate
from bench.analysis.decision import looks
from bench.analysis.tables import rows_of
from bench.plural import counted
from bench.report import units
from bench.report.view import View
from bench.suite.model import Compare


@dataclass(frozen=True)
class AAWords:
    """A run of ``bench aa`` in the reader's words.

    Attributes:
        view: The run.
        result: What it says.
    """

    view: View
    result: SelfComparison

    @cached_property
    def labels(self) -> dict[str, str]:
        """What each case is called: the axes in which the cases differ, or its id where there is but one."""
        frame = self.view.measurements.drop_duplicates("group")
        rows = {str(row["group"]): row for row in rows_of(frame)}
        cases = [str(case) for case in self.result.cases["case"]]
        axes = varying(self.view.axes, [rows[case] for case in cases if case in rows], self.view.subject_axis)
        return {
            case: ", ".join(self.view.value_word(axis, rows[case][axis]) for axis in axes) or case
            if case in rows
            else case
            for case in cases
        }

    @cached_property
    def missing(self) -> list[str]:
        """Cases that were planned and have no pair of times, each with the reason of its copy that has one."""
        known = set(self.result.cases["case"])
        rows = self.view.measurements
        found = rows[~rows["group"].isin(known)].drop_duplicates("group")
        return [
            f"{row['group']}: {str(row['status']).replace('_', ' ')}{': ' + row['reason'] if row['reason'] else ''}"
            for row in rows_of(found)
        ]

    @property
    def level(self) -> str:
        """The nominal rate of false alarms: ``1 %``."""
        return percent(1 - self.result.compare.level)

    @cached_property
    def sentences(self) -> list[str]:
        """What the run found, what matters most first."""
        if not len(self.result.cases) or not self.result.rate("slower").of:
            return ["No comparison could be replayed: no case has as many pairs as one may take."]
        told = self._injected() if self.result.inject else self._alarms()
        return [*told, *self._resolution(), *self._apart(), *self._noise()]

    def _alarms(self) -> list[str]:
        found = self.result.rate("slower", "faster")
        told = f"{counted(found.count, 'false alarm')} in {counted(found.of, 'comparison')} of a case with itself: "
        told += f"{rate_words(found)}, nominally at most {self.level}."
        if found.low > 1 - self.result.compare.level:
            told += " That is more than the nominal rate: something here moves one side of a pair and not the other."
        same, unclear = self.result.rate("same"), self.result.rate("unclear")
        band = percent(self.result.compare.band)
        ends = f"{same.count} were shown to be the same within ±{band}, {unclear.count} stayed unclear."
        shaken = self.result.rate("slower", "faster", shaken=True)
        return [told, ends, *([self._shaken(shaken)] if shaken.of else [])]

    def _shaken(self, shaken: Rate) -> str:
        return (
            f"With a further random effect of each process, {SHAKEN:g} times as wide as the spread inside one: "
            f"{counted(shaken.count, 'false alarm')} in {counted(shaken.of, 'comparison')}, {rate_words(shaken)}."
        )

    def _noise(self) -> list[str]:
        """How disturbed the machine was: what it could resolve then is not what it can resolve at rest."""
        times = self.view.rows("time")
        noisy = int(times["noisy"].astype(bool).sum()) if "noisy" in times else 0
        if not noisy:
            return []
        return [
            f"{noisy} of {counted(len(times), 'time')} {'are' if noisy > 1 else 'is'} flagged as noisy: other work "
            "ran on the machine, and a quieter hour may resolve more."
        ]

    def _injected(self) -> list[str]:
        found, wrong = self.result.rate("slower"), self.result.rate("faster")
        ratio = float(self.result.cases["ratio"].median())
        return [
            f"A slowdown of {percent(self.result.inject)} by real work was found in {found.count} of "
            f"{counted(found.of, 'comparison')}: {rate_words(found)}.",
            f"{wrong.count or 'None'} of them called the slowed side faster: {rate_words(wrong)}.",
            f"The ratio found is {ratio:.4f} in the median, {1 + self.result.inject:.4f} was injected.",
        ]

    def _resolution(self) -> list[str]:
        compare, cases = self.result.compare, len(self.result.cases)
        where = f"in the median of {cases} cases" if cases > 1 else "of the one case"
        least = [self.result.resolution(power) for power in (0.8, 0.95)]
        if not math.isfinite(least[0]):
            return [f"No slowdown is found with 80 % power {where}: measure more pairs, or a larger budget."]
        sure = f"one of {least_words(least[1])} with 95 %" if math.isfinite(least[1]) else "none with 95 %"
        most = self.result.cases["most_pairs"]
        few = int(most.min())
        pairs = f"{compare.pairs[1]} pairs" if few == compare.pairs[1] else f"{few} to {int(most.max())} pairs"
        pairs = f"{few} pairs" if few == int(most.max()) else pairs
        return [
            f"The least slowdown found with 80 % power is {least_words(least[0])}, {sure}, {where}, with what a "
            f"comparison may use: {compare.budget_s:g} s a side, which allows {pairs}."
        ]

    def _apart(self) -> list[str]:
        """What would have been said of the largest size that both ways were tried at."""
        if self.result.inject:
            return []
        sizes = self.result.sizes
        tried = sizes[(sizes["apart_comparisons"] > 0) & (sizes["comparisons"] > 0)]
        if tried.empty:
            return []
        pairs = min(int(tried["pairs"].max()), self.result.compare.pairs[1])
        beside = self.result.size_rate(pairs, "slower", "faster")
        apart = self.result.size_rate(pairs, "slower", "faster", apart=True)
        if not (beside.of and apart.of):
            return []
        return [
            f"Measured one after the other, half of this run apart, {pairs} processes a side call {apart.count} "
            f"of {apart.of} ties changed; side by side {beside.count} of {beside.of}, each looked at once."
        ]

    @property
    def sized(self) -> pd.DataFrame:
        """The rows by number of pairs, the cases in words."""
        return self.result.sizes.assign(case=self.result.sizes["case"].map(self.labels))


def look_words(compare: Compare) -> str:
    """When a comparison is looked at: ``12, 24 and 48``."""
    *first, last = (str(count) for count in looks(*compare.pairs))
    return f"{', '.join(first)} and {last}" if first else last


def percent(share: float) -> str:
    """A share with at most three digits that say something: ``1 %``, ``0.25 %``, ``12.5 %``."""
    return "–" if math.isnan(share) else f"{100 * share:.3g} %"


def least_words(share: float) -> str:
    """A least change: ``1.8 %``, ``12 %``, ``none`` where nothing would be found, ``–`` where nobody knows."""
    if math.isnan(share):
        return "–"
    return "none" if math.isinf(share) else f"{_digits(share)} %"


def rate_words(rate: Rate) -> str:
    """A rate with its interval: ``0.49 % (95 % interval 0.06 to 1.7 %)``."""
    if not rate.of:
        return "not tried"
    ends = ((rate.low, -1), (rate.value, 0), (rate.high, 1))
    low, value, high = ("0" if share == 0 else _digits(share, towards) for share, towards in ends)
    return f"{value} % ({100 * RATE_LEVEL:.0f} % interval {low} to {high} %)"


def _digits(share: float, towards: int = 0) -> str:
    """A share in per cent: two decimals below 1, one below 10, none above; rounded as ``towards`` says."""
    shown = 100 * share
    return units.fixed(shown, 2 if shown < 0.995 else 1 if shown < 9.95 else 0, towards)
